/*
 * sim_int.h - what the files of the simulation share.
 *
 *	sim.c		events, chance, one seed from beginning to end
 *	script.c	what happens in a seed: joining, registering, weather, crashes
 *	acts.c		what people change: network files, registrars
 *	world.c		who there is: codes, keys, requests, the network file
 *	simnode.c	one node: start, turn, crash, what it registers
 *	next.c		logs that end, and next ones of the same nodes
 *	disk.c		its disk: torn writes, old images
 *	wire.c		the virtual network: sessions, messages, what gets lost
 *	surgery.c	messages taken apart and put together again
 *	lie.c		the liar, who lies in every way
 *	cases.c		the table of named cases; case_*.c, each case
 *	check.c		the truth, and the invariants after every step
 *	settle.c	does everybody agree?
 *	fresh.c, alike.c	comparison with a fresh replica
 *	story.c		messages as words
 *	forge.c		statements that an issuer forges
 *	verify.c	signatures, and entries that their owner seals badly on purpose
 */
#ifndef YW_TESTS_SIM_SIM_INT_H
#define YW_TESTS_SIM_SIM_INT_H

#include <stdio.h>
#include <stdlib.h>

#include "ledger/view.h"
#include "sim.h"
#include "support/testing.h"
#include "sync/desk.h"
#include "yiwang/v1/sync.pb-c.h"

#define SIM_NODES_MAX 128	/* guests among them */
#define SIM_WIRES_MAX 256
#define SIM_AUDIENCE_MAX 3
#define SIM_VERSIONS_MAX 3	/* of the network file, behind the first */
#define SIM_ROOTS_MAX 3
#define SIM_OLD_MESSAGES 8
#define SIM_GUESSES 256
#define SIM_EPOCH_MS INT64_C(1793000000000)	/* what the virtual world calls its beginning */
#define SIM_MINUTE (60 * INT64_C(1000))
#define SIM_HOUR (60 * SIM_MINUTE)
#define SIM_DAY (24 * SIM_HOUR)
#define SIM_LIVELY_MS (40 * SIM_MINUTE)	/* the first minutes, in which most things happen */

struct sim;
struct node;
struct wire;
struct drawn;

/* --- what really is: written down when its owner commits it --- */

/* How an owner can spoil an entry of its own (verify.c). */
enum spoil { SOUND, UNSIGNED, OTHER_KEY, BORROWED };

struct fact {			/* one entry */
	struct yw_hash leaf;
	struct yw_hash *hashes;		/* of its records */
	enum yw_class cls;
	enum spoil spoil;
	struct yw_jurisdiction codes[SIM_AUDIENCE_MAX];
	size_t n_codes, n_items;
	bool names_holder;		/* this one (V4) */
	struct yw_jurisdiction holder;
};

struct truth {			/* of one owner's log */
	struct fact *facts;
	size_t n, cap, n_holders;	/* n_holders: of them that name one */
	struct true_head { uint64_t size; struct yw_hash root; } *heads;
	size_t n_heads, cap_heads;
};

/* --- nodes --- */

struct record {			/* one that waits for its commit */
	struct yw_append a;
	struct yw_buf body;
	struct yw_jurisdiction codes[SIM_AUDIENCE_MAX];
};

struct heads_seen { uint64_t head, full, beat, quorum, frozen; };

/* What a node showed of one owner's log when it was last looked at, and what it told others of it. */
struct seen {
	uint64_t size;
	struct yw_hash root;
	unsigned branches;		/* it can still be on, one bit each: the owner's, its twin's */
	uint64_t promised;		/* entries that it said it holds durably */
	bool stopped;
	struct heads_seen heads;
};

struct spot {			/* a body that was just taken: is it right? */
	struct node *owner;
	uint64_t index;
	uint16_t item;
};

struct image {			/* of a disk */
	struct yw_store *store;
	uint8_t guard[YW_GUARD_BYTES];
};

struct registrar {		/* of a node, on a machine of its own (T13) */
	bool has_keys, waits;		/* `file` waits for the commit */
	struct yw_key_set keys;		/* it signs by the entry key */
	struct yw_signed file;
	uint64_t next_id;
};

struct quiet {			/* a node just before all logs are busy (R8) */
	bool up, may_append;
	unsigned boots;
	size_t size;			/* of its log */
};

/* Where in its next commit a node loses its power. */
enum crash_point { NO_CRASH, IN_THE_BATCH, BEFORE_THE_GUARD, IN_THE_GUARD };

struct node {
	struct sim *s;
	unsigned id;
	char name[YW_CODE_DIGITS + 2];	/* in the story: the code, of a twin with a stroke */
	struct yw_jurisdiction code, issuer;
	uint32_t generation;		/* of the log that it writes */
	bool past;			/* no machine any more, but the truth of a log that was followed by a next one */
	struct yw_key_set keys;
	struct yw_key_set next, old;	/* of a rotation: those that were asked for, until they sign; those before */
	bool rotates;			/* `next` is on its machine */
	bool waits;			/* its issuer's admin is away: nobody grants its request */
	bool late;			/* it begins when its case says so: until then the others are everybody */
	bool closed;			/* its issuer has closed its log: it is told no more than a stranger */
	uint32_t ends;			/* the generation of it that was closed; 0 none */
	struct next {			/* how its log ends, and how it goes on */
		struct yw_closing_draft closing;
		bool goes_on;		/* by itself, some time after it was closed, */
		struct yw_jurisdiction issuer;	/* at this one */
		bool old_key_lost;	/* it cannot ask by its old head key, */
		bool needs_consent;	/* or that one counts for nothing any more */
		unsigned consents;	/* that were given to it */
	} next_log;
	struct yw_buf request;
	struct yw_store *store;
	uint8_t guard[YW_GUARD_BYTES];
	enum crash_point crash_at;
	struct yw_ledger *ledger;	/* NULL: the node is down */
	struct yw_exchange *x;
	struct yw_desk *desk;
	unsigned boots, tears;		/* and of these, how often the power went in the middle of a commit */
	int64_t turn_at;		/* of its next turn; INT64_MAX: none is due */
	int64_t utc_skew_ms;
	int64_t stepped_at;		/* when its clock last did; 0: never */
	bool liar;			/* what it sends may be wrong: whoever notices cuts it off */
	bool dishonest;			/* what it logs may be wrong */
	bool gone;			/* it never comes back */
	bool set_back;			/* its disk is an old image */
	bool prudent;			/* it appends nothing before it is cleared (L3) */
	bool names_boots;		/* each boot of its machine has an id, as with the prudent: it asks anew (L3) */
	bool keeps_hours;		/* its machine is switched off at night (case_hours.c) */
	enum { ITS_DAY, OFF, CAME } night;
	bool robbed;			/* somebody else signs receipts by its key: what stands in its name need not be its word */
	bool disputed;			/* its issuer has closed it at a head that it never signed: it stops once that is in force */
	uint64_t framed;		/* somebody else signs heads by keys that it has changed there: who does not know freezes its log; 0: nobody does */
	unsigned power_ons;		/* boots of its machine */
	struct node *twin;		/* of the one that was there first: the same keys on another machine */
	struct node *main;		/* of a twin: the one that was there first */
	bool resumes;			/* a twin: when it starts next it has the memory of that one, too */
	enum spoil spoil_next;
	const struct yw_hash *borrow;	/* what a BORROWED entry names */
	const struct yw_key_set *foreign;	/* what an OTHER_KEY entry is signed with */
	struct truth truth;		/* of its own log */
	struct seen seen[SIM_NODES_MAX];
	uint64_t looked;		/* what its commits below this one show was looked at */
	struct node **owners;		/* of its logs, in the order in which it has them */
	size_t n_owners, cap_owners;
	struct spot *spots;
	size_t n_spots, cap_spots;
	struct record *records;
	size_t n_records, cap_records;
	struct registrar registrar;
	uint64_t next_id;
	uint32_t revisions[64];		/* of its first records, which are changed now and then */
	struct quiet quiet;
};

/* --- the network --- */

struct end {			/* of a session: what the desk calls its link */
	struct session *session;
	struct node *node;
	struct yw_desk_peer *peer;	/* NULL: down, or nobody's */
};

struct session {
	struct session *next;
	struct wire *wire;
	bool alive;
	struct end child, parent;
	uint64_t up_to, down_to;	/* numbers of the newest request and reply that have arrived */
	struct asked *asked;
};

struct asked {			/* a request; what the parent's desk calls its call */
	struct asked *next, **at;	/* of its session; where that points to it */
	struct session *session;
	uint64_t tag;
	unsigned refs;			/* by events and the parent's desk: gone with the last */
	bool done;
};

struct wire {			/* from a node to one of its upstreams */
	struct node *child, *parent;
	bool parted;			/* by wire_part() */
	struct session *session;	/* the newest; may be dead */
	int64_t penalty_ms;
	uint64_t messages, bytes;
};

enum event_kind { EV_TURN, EV_CONNECT, EV_REQUEST, EV_REPLY, EV_DEADLINE, EV_DOWN, EV_ACT, EV_CASE };

typedef void sim_act_fn(struct sim *s, void *what);
typedef void sim_case_fn(struct sim *s, struct drawn *c);

struct event {
	int64_t at;
	uint64_t number;		/* order among equals */
	enum event_kind kind;
	void *what;
	union {
		sim_act_fn *act;
		sim_case_fn *act_case;
	};
	struct yw_buf bytes;
};

/* --- named cases --- */

struct drawn {			/* a case in a seed; but for `happened`, its own to use */
	const struct sim_case *is;
	unsigned happened;		/* how often it came to pass */
	struct node *who, *other;
	struct wire *wire;
	uint64_t number;
	int64_t since;
	bool over;
	sim_case_fn *then;		/* what follows a step that several cases take */
	struct image image;
	bool without_guard;		/* the image comes back without its guard */
	uint64_t of[SIM_NODES_MAX];	/* something of each node's log */
	struct yw_buf kept[8];		/* bytes to remember, e.g. old heads */
};

struct sim_case {
	const char *name, *what, *holds;
	unsigned percent;		/* of the seeds that draw it; 0: it is run by its name alone */
	unsigned every;			/* or one of so many seeds in a row draws it, and chance in all the others is as it was without it */
	unsigned in_province;		/* and of those with 109 nodes */
	/* Puts its part into the seed's script.  It may draw c->who; false: not in this world. */
	bool (*begin)(struct sim *s, struct drawn *c);
	/* A message that `from` sends: may change it.  False: it is lost.  NULL: nothing to do. */
	bool (*carry)(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b);
	/* All faults end here.  NULL: nothing to do. */
	sim_case_fn *calm;
	/* What must be true at the end, beyond what must be true of every seed. */
	sim_case_fn *end;
};

/* case_owner.c: logs an entry that is not what it should be, under an id of the case's own.  False: not now. */
bool case_spoil(struct sim *s, struct drawn *c, enum spoil how);
/* case_owner.c: its keys and a copy of its disk on another machine, which is not started yet.  NULL: no room. */
struct node *case_twin(struct sim *s, struct node *n);
/* At the end: nobody shows what case_spoil() logged. */
void case_spoilt_unseen(struct sim *s, struct drawn *c);
/* case_keys.c: asks for new keys of c->who; once they are granted, c->then. */
sim_case_fn case_rotate;
/* case_issuer.c: a county below a city, neither of which another case needs.  False: none. */
bool case_pick_pair(struct sim *s, struct node **city, struct node **county);
/* case_next.c: can that city be closed, so that the province acts for its counties?  No case may need one of them but `but`. */
bool case_city_may_end(struct sim *s, const struct node *city, const struct node *but);
/* case_owner.c: a request by fresh keys for that code. */
void case_request(struct sim *s, const struct yw_jurisdiction *code, const struct yw_jurisdiction *issuer, struct yw_buf *out);
/* case_issuer.c: does everybody know the next generation that `of` asked for? */
bool case_is_known(struct sim *s, const struct node *of);
/* case_issuer.c: fails unless everybody takes for the newest generation of `of` the one that it asked for. */
void case_owner_goes_on(struct sim *s, const struct node *of, bool recovery);

/* case_keys.c: asks for a next key set, which the issuer grants at once; it signs when the log says so.  False: not now. */
bool case_new_keys(struct sim *s, struct node *n);
/* case_back.c: lets time go on, at the end, until a node is in that state.  False: not within so long. */
bool case_comes_to(struct sim *s, struct node *n, enum yw_ledger_mode mode, int64_t ms);

/* case_back.c: fails unless all append again, after at most an hour, but for those of whom more is lost than power.  Of the
 * prudent too?  (Whose issuer appends uncleared waits for it as long as that one does, L3.) */
void case_all_append(struct sim *s, bool prudent);
void case_resume(struct node *n);	/* case_clone.c: has said nothing yet; it has the memory of n->main */
/* case_disk.c: at the end: fails unless n registers as ever, and everybody gets what it registers, within an hour. */
void case_registers(struct sim *s, struct node *n);
/* case_time.c: fails unless all lines of that node are up, after at most an hour; NULL: of all nodes. */
void case_lines_are_up(struct sim *s, const struct node *of);

extern const struct sim_case *const sim_cases[];	/* NULL behind the last */

struct root {			/* a root key */
	struct yw_seckey sec;
	struct yw_pubkey pub;
};

struct version {		/* a later network file */
	struct yw_buf note;
	struct yw_network file;
};

struct sim {
	struct sim_options o;
	struct sim_report *r;
	uint64_t chance;
	int64_t now;			/* ms since the beginning */
	int64_t active_ms;		/* how long things are registered and go wrong */
	struct event *heap;
	size_t n_events, cap_events;
	uint64_t event_number;
	struct yw_buf network_file;
	struct yw_network network;	/* version 1 */
	struct version versions[SIM_VERSIONS_MAX];	/* those that follow it */
	size_t n_versions;
	bool days_differ;		/* who makes a quorum has changed: a day's first beat depends on who saw it when (T12, T15) */
	struct root roots[SIM_ROOTS_MAX];	/* of the newest */
	size_t n_roots;
	struct node nodes[SIM_NODES_MAX];
	unsigned n_nodes;		/* of the network; */
	unsigned n_all;			/* guests behind them: twins, strangers, logs that were followed by next ones */
	unsigned n_past;		/* of these, the last */
	struct wire wires[SIM_WIRES_MAX];
	unsigned n_wires;
	struct session *sessions;
	struct yw_jurisdiction strange;	/* a code that has a delegation and no node; "" none */
	/* weather: in percent, and ms */
	unsigned loss;
	int64_t delay_ms;
	unsigned lie_rate;
	bool calm;			/* the end: nothing bad happens any more, */
	int64_t withheld_ms;		/* but that somebody passed something on no more until then (case_relay.c) */
	unsigned not_in;		/* the pair of nodes that was not yet in, at the last look (world.c) */
	unsigned unsettled;		/* whose log was not as it must become, at the last look (settle.c) */
	struct node *guesses[SIM_GUESSES];	/* whose log is it?  (world.c) */
	struct yw_key_set fresh_keys;	/* of all fresh replicas, and what they would ask for */
	struct yw_buf fresh_request;
	struct old_message {		/* of the liar, to be sent again */
		bool is_request;
		struct yw_buf bytes;
	} old[SIM_OLD_MESSAGES];
	struct drawn cases[SIM_CASES_MAX];
	unsigned n_cases;
	bool mirror_stopped;		/* one that a quorum may need gives no receipts any more */
	bool forges;			/* a closing is forged: no mirror is revoked, which takes back what makes it void (T6, T7) */
	bool one_quorum;		/* or two are: no other quorum is asked for, which those that are left can meet (T7, T15) */
};

/* sim.c */
uint64_t sim_random(struct sim *s, uint64_t below);
bool sim_percent(struct sim *s, unsigned percent);
void sim_fill(void *sim, void *out, size_t len);
void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool sim_failed(const struct sim *s);
void sim_tell(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct event *sim_at(struct sim *s, int64_t at, enum event_kind kind, void *what);
void sim_act(struct sim *s, int64_t at, sim_act_fn *act, void *what);
void sim_run_until(struct sim *s, int64_t end);
void *sim_alloc(size_t n);
void *sim_grow(void *list, size_t n, size_t *cap, size_t size);		/* room for one more */

/* script.c */
void script_write(struct sim *s);
void script_calm(struct sim *s);

/* cases.c */
void cases_draw(struct sim *s);
void cases_at(struct sim *s, int64_t at, sim_case_fn *act, struct drawn *c);	/* not once it is calm */
void cases_soon(struct sim *s, struct drawn *c, sim_case_fn *act);	/* in a second, and in a minute once the first ones are over */
void cases_again(struct sim *s, struct drawn *c, sim_case_fn *act);	/* a little later: it cannot be done now */
/* At the end: lets time go on until that is so.  False: not within so long. */
bool cases_until(struct sim *s, struct drawn *c, bool (*is)(struct sim *s, struct drawn *c), int64_t ms);
int64_t cases_time(struct sim *s);	/* some time when everybody has joined and things still happen */
bool cases_carry(struct sim *s, struct node *from, struct node *to, bool is_request, struct yw_buf *b);
void cases_calm(struct sim *s);
void cases_end(struct sim *s);
void cases_release(struct sim *s);
/* It came to pass: told once. */
void cases_happened(struct sim *s, struct drawn *c);

/* acts.c */
void acts_write(struct sim *s);		/* its part of the script */
/* The root keys, some of them new, sign the version after the newest.  NULL: there have been enough. */
struct yw_buf *acts_version(struct sim *s, const struct yw_network_change *wanted);
/* Gives n the version after its newest, by root keys of somebody's own that the network file does not name. */
enum yw_code acts_forge(struct sim *s, struct node *n, struct yw_error *err);
void acts_hand_over(struct sim *s, void *what);		/* the newest, to somebody */
uint64_t acts_version_at(const struct node *n);		/* that it holds; 0: it is down */
/* False: not now. */
bool acts_name_registrar(struct node *n, bool ends);
bool acts_sign(struct node *n);
void acts_committed(struct node *n);

/* world.c */
void world_root(struct sim *s, struct root *out);	/* a fresh one */
void world_policy(struct sim *s, struct yw_buf *out);	/* lines of a network file */
const struct yw_network *world_newest(const struct sim *s);
void world_make(struct sim *s);
void world_release(struct sim *s);
const char *world_origin(struct sim *s, const struct node *n, struct yw_origin *out);
struct node *world_node(struct sim *s, const struct yw_jurisdiction *code);
struct node *world_acting(struct sim *s, const struct node *n);	/* its issuer, or who acts for it (T3) */
/* Whose is that log?  NULL: nobody's. */
struct node *world_owner(struct sim *s, const struct yw_jurisdiction *code, uint32_t generation);
/* Is there a log of the network that this one owns, or owned? */
bool world_has_log(struct sim *s, const struct node *n);
bool world_claimed(struct sim *s, const struct node *n);	/* by a case, or it lies */
struct wire *world_wire(struct sim *s, struct node *child, struct node *parent);	/* a new one */
struct wire *world_wire_of(struct sim *s, struct node *child, struct node *parent);	/* NULL: none */
struct node *world_guest(struct sim *s, const struct yw_jurisdiction *code);		/* NULL: no room */
bool world_is_leaf(struct sim *s, const struct node *n);
/* A random node that no other case has claimed for its own; leaf: without children.  NULL: none. */
struct node *world_pick(struct sim *s, bool leaf);
/* A random node that is there and not blamed for anything, to compare with.  NULL: none is there. */
struct node *world_honest(struct sim *s);
/* One without children, and whose receipts no quorum needs. */
struct node *world_pick_idle(struct sim *s);
struct yw_log *world_log(struct sim *s, struct node *at, const struct node *owner);	/* NULL: none, or down */
/* Has everybody been admitted who is not late, and do they know it? */
bool world_all_in(struct sim *s);

/* simnode.c */
void node_start(struct node *n);
void node_crash(struct node *n, bool power);
void node_crash_for(struct node *n, bool power, int64_t ms);
void node_turn(struct node *n);
void node_poke(struct node *n, int64_t at);
int64_t node_wake(const struct node *n);	/* when its next turn is due, if nobody says anything */
void node_register(struct node *n, unsigned records, bool scattered);
/* One record under an id of the caller's choice, in the open turn.  False: it may not append now. */
bool node_append(struct node *n, const char *id, const struct yw_audience *a);
bool node_append_for(struct node *n, const char *id, const char *replaces, const struct yw_audience *a);	/* T10 */
void node_stop(struct node *n);
void node_record(struct node *n, const char *id, uint32_t revision, struct yw_buf *out);	/* a body */

/* next.c */
void next_write(struct sim *s);		/* its part of the script */
/* The issuer of n closes its log, and sees to it that this is done.  False: not now. */
bool next_close(struct sim *s, struct node *n, const struct yw_closing_draft *d);
bool next_closed(struct sim *s, struct node *n);	/* is that done? */
/* n goes on with a next log, as n->next_log says.  False: it is down, or there is no room for it. */
bool next_begin(struct sim *s, struct node *n);
/* `copy` was n before that, and does the same on its own machine, which is not started yet. */
void next_of_copy(struct sim *s, struct node *copy);
/* Its machine is lost with its keys; another one, which is not started yet, has a request for a next log and nothing else. */
bool next_after_loss(struct sim *s, struct node *n);

/* disk.c */
struct yw_store *disk_new(void);
enum yw_code disk_init_guard(const struct yw_guard_io *io, struct yw_error *err);
extern const struct yw_guard_io disk_guard;	/* but for its arg, the node */
void disk_keep(struct node *n, struct image *out);	/* what is there now; what *out held is forgotten */
void disk_forget(struct image *i);
void disk_return(struct node *n, const struct image *i, bool guard);	/* the node is down */

/* wire.c */
extern const struct yw_desk_io wire_io;	/* but for its arg, the node */
void wire_connect(struct wire *w);
void wire_part(struct wire *w);		/* what is said is lost; a session may outlive it */
void wire_request(struct sim *s, struct asked *a, uint64_t number, struct yw_buf *bytes);
void wire_reply(struct sim *s, struct asked *a, uint64_t number, struct yw_buf *bytes);
void wire_deadline(struct asked *a);
void wire_down(struct session *x, const char *reason);
void wire_forget(struct asked *a);	/* one reference fewer */
void wire_lost_node(struct node *n);
/* A stranger says something to a node, in a session of its own, and does not care for the answer. */
void wire_shout(struct wire *w, const struct yw_dh_public *key, struct yw_buf *request);

/* surgery.c */
struct surgery {
	void *message;
	Yiwang__V1__Exchange *e;
	bool is_request;
};
/* False: it is no exchange, and there is nothing to close. */
bool surgery_open(struct surgery *g, bool is_request, const struct yw_buf *b);
void surgery_close(struct surgery *g, struct yw_buf *b);	/* b NULL: leaves the message as it was */
void surgery_drop_package(Yiwang__V1__Exchange *e, size_t i);
void surgery_drop_news(Yiwang__V1__Exchange *e, size_t i);
void surgery_drop_body(Yiwang__V1__Body **list, size_t *n, size_t i);
void surgery_drop_beat(Yiwang__V1__Exchange *e, size_t i);
void surgery_set(ProtobufCBinaryData *b, struct yw_bytes bytes);
void surgery_ask(Yiwang__V1__Exchange *e, const char *origin, uint64_t index);	/* for a body, too */
void surgery_flip(struct sim *s, ProtobufCBinaryData *b);
/* A contradiction of two heads, by a proof of nothing but chance. */
void surgery_accuse(struct sim *s, Yiwang__V1__Exchange *e, const char *origin, struct yw_bytes small, struct yw_bytes large);
/* Takes everything about a log out of a message; true if there was something. */
bool surgery_hide(bool is_request, struct yw_buf *b, const char *origin);

/* lie.c */
void lie(struct sim *s, bool is_request, struct yw_buf *bytes);

/* check.c */
void check_truth(struct node *n);	/* its own log, just committed */
void check_watch(struct sim *s);	/* from now on, this one */
void check_node(struct node *n, bool thorough);
void check_anew(struct node *n);	/* at the next look every log is looked at, not only what has changed */
void check_message(struct sim *s, struct node *from, struct node *to, struct yw_bytes bytes, bool is_request);
void check_whole(struct node *n);	/* just restarted */
void check_restarted(struct node *n);	/* its logs are looked at anew */

/* forge.c: what the daemon of an issuer would not log.  False: not now. */
bool forge_delegation(struct node *issuer, struct yw_bytes signed_request);
bool forge_closing(struct node *issuer, const char *origin, const struct yw_closing_draft *d, const struct yw_buf *head);
/* A head that its owner never signed, of that size and some root. */
void forge_head(struct sim *s, const struct node *owner, const struct yw_key_set *keys, uint64_t size, struct yw_buf *out);

/* verify.c */
void verify_begin(void);		/* of a seed */
void verify_end(struct sim *s);		/* fails it if a signature was really checked twice */
/* The next entry of records that it seals. */
void verify_spoil(struct node *n, enum spoil how);

/* settle.c */
bool settled(struct sim *s, char *why, size_t len);
/* Of how many days n keeps the first beat of owner's log (R6); same: are they the owner's own?  Both are there. */
size_t settle_days(struct node *n, struct node *owner, bool *same);
void settle_end(struct sim *s);

/* fresh.c */
/* Feeds a fresh replica all that `from` holds, and compares state.  all: everybody's digests too. */
void fresh_compare(struct sim *s, struct node *from, bool all);

#define FRESH_NAME "a fresh replica"
/* alike.c: fails the seed where two views say different things of logs that count equally far at both; told: both were told the
 * same beside entries, so what both hold counts equally far. */
void alike_digests(struct sim *s, struct yw_view *a, const char *name_a, struct yw_view *b, const char *name_b, bool told);
void alike_all(struct sim *s, struct yw_view *fresh, struct yw_view *view, const char *name);	/* and of trust and freezes */

/* story.c */
void story_of(struct sim *s);	/* what is logged from now on belongs to this one */
void story_speaks(const struct node *n);	/* and to this node; NULL: nobody knows */
void story_cast(struct sim *s);
void story_message(struct sim *s, const struct node *from, const struct node *to, struct yw_bytes bytes,
    bool is_request);

#endif
