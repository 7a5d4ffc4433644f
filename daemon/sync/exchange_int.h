/*
 * exchange_int.h - what the files of the exchange share.
 *
 *	inbound.c	a message taken apart, any thread
 *	exchange.c	the exchange as a whole: a message in, a message out, time, questions
 *	link.c		one peer: up, down, who it is (hello), what it was told
 *	news.c		heads, sizes and beats, told and heard
 *	wants.c		which ranges of which log are asked from whom, and packages that come
 *	serve.c		what a peer asked for, and small deltas that nobody has to ask for
 *	bodies.c	bodies that are missing, asked by place
 *	forks.c		two heads that cannot both be true, passed on
 *	strange.c	logs that nobody has admitted as far as this node knows
 *	days.c		beats that are kept for ever, compared with what the peer keeps
 *	join.c		requests of others, and my own: to be admitted, or for new keys
 *	instances.c	which start of a peer speaks, and whether two do
 *	question.c	is my disk an old copy?  Asked and answered
 *	networks.c	later network files, asked for and handed out
 *	watch.c		who is silent, and a line when that begins or ends
 *
 * One pair (link, log), as wants.c and serve.c see it.  `size` is mine, `theirs` what the peer said or showed:
 *
 *	                 news: theirs grows, a head                 package / news / want
 *	  quiet ----------------------------------> ahead  --------------------------------> quiet
 *	(theirs == size)                     (theirs > size: I want)
 *	    |                                                            its news: theirs grows
 *	    | my log grows (size > theirs)        small: pushed at once, `pushed` = what it will have
 *	    +----------------------------> behind ------------------------------------------> quiet
 *	                                          large: told the head; it wants, I serve
 *
 * and one log, over all links (wants.c):
 *
 *	         somebody has more           package with head and         size reaches target
 *	 IDLE ---------------------> FIRST ----------------------> FETCH -----------------------> IDLE
 *	   ^    one want, head_size 0   |  consistency: target known  |  up to 4 flights into target
 *	   |                            | deadline, link down,        | each flight: ASKED -> HERE (early, kept)
 *	   +----------------------------+ "cannot serve"              |                    -> applied, freed
 *	                                                              | same three: that flight is freed
 *	 frozen (L6) or broken (L9): flights are freed, nothing is asked any more; it is served on.  But of a frozen log a
 *	 want names one of the heads to which its copy may go on; with the package that proves it FETCH begins.
 */
#ifndef YW_SYNC_EXCHANGE_INT_H
#define YW_SYNC_EXCHANGE_INT_H

#include "base/log.h"
#include "ledger/view.h"
#include "sync/exchange.h"
#include "sync/said.h"
#include "yiwang/v1/sync.pb-c.h"

#define YW_X_FLIGHTS 4			/* packages of one log in flight */
#define YW_X_PACKAGE_BYTES (512u << 10)	/* entries and bodies of one package, about */
#define YW_X_PUSH_BYTES (64u << 10)	/* a delta that is sent unasked is not larger */
#define YW_X_SOFT_BYTES (512u << 10)	/* a message this large gets no further package or body */
#define YW_X_NOTES_BYTES (512u << 10)	/* news and beats in one message */
#define YW_X_ASKED 32			/* wants of one peer that may wait here */
#define YW_X_SLOTS 512			/* links that are told apart; the transport holds fewer */
#define YW_X_PLACES 256			/* bodies that one peer may ask for, or that are asked for, at a time */
#define YW_X_BEAT_LINES 16		/* signature lines of one beat that a peer is remembered to know */
#define YW_X_WANT_MS 30000		/* a want that was not answered by then is asked again, of others first */
#define YW_X_WANT_NEW_MS 5000		/* the same of a peer that has not answered any yet: it may claim what it likes */
#define YW_X_HOLD_MS 5000		/* and of that peer after so long, doubled with each miss in a row */
#define YW_X_MISSES_MAX 7
#define YW_X_HEAD_MS 1000		/* R4: one head per log, link and second */
#define YW_X_PACE_MS 1000		/* after news what a peer hears of others' logs waits so long for company (R8) */
#define YW_X_LAZY_MS 5000		/* numbers alone wait so long for a message to ride in */
#define YW_X_NEW_BEAT_MS (10 * 60000)	/* so long after a beat was first told, what is added to it goes at once */
#define YW_X_FRESH_MS (5 * 60000)	/* later on it is told so late to who does not sign it, */
#define YW_X_FRESH_ALONG_MS (YW_X_FRESH_MS / 2)	/* or this, where a message goes anyway */
#define YW_X_BODY_RETRY_MS 60000	/* a body that no peer has is asked for again, */
#define YW_X_BODY_REST_MS (16 * YW_X_BODY_RETRY_MS)	/* and at last so rarely: one that is nowhere is asked for by everybody (R8) */
#define YW_X_STRANGER_MS 2000		/* a stranger asks so often at first */
#define YW_X_FORKS 16			/* contradictions in one message */
#define YW_X_DAYS 32			/* days of one log in one want, and beats in its answer (R6) */
#define YW_X_DAYS_ASKED 32		/* such wants to one peer at a time, and of one that may wait here */
#define YW_X_DAYS_MS (3600 * 1000)	/* so long after a difference, or a change, they are compared again */
#define YW_X_EVIDENCE 32		/* pieces about instances in one message: no node has more generations */
#define YW_X_SEEN 6			/* instances of one log that are remembered */
#define YW_X_INSTANCE_FRESH_MS (600 * 1000)	/* so long one statement is said of one head (L5): each new one costs a signature here
					 * and a check at each peer; whoever heard another instance since asks for a new one */
#define YW_X_REDRAW_MS (3600 * 1000)	/* so rarely does one that falls behind draw another id: its disk remembers so many */
#define YW_X_PROBE_MS 5000		/* who says nothing for so long loses its place to a newer session of its node */
#define YW_X_ASK_MS 5000		/* a question that did not help is asked again, while I wait for it */
#define YW_X_NETWORKS_MAX 8	/* network files in one message */
#define YW_X_RECEIPTS 32		/* logs of one question about my receipts */
#define YW_X_ASK_REST_MS 60000		/* and while I do not */
#define YW_X_JOINS_MAX 64		/* T14: join requests that wait here, and answers kept */
#define YW_X_JOIN_MS (7 * 24 * 3600 * 1000LL)	/* and for how long */
#define YW_X_LEFT_MS (3600 * 1000LL)	/* what a stranger left here gives way so long after its session went */

/* --- inbound.c --- */

struct yw_in_news {
	struct yw_origin origin;
	uint64_t held, verified;
	struct yw_bytes head;
};

struct yw_in_want {
	struct yw_origin origin;
	uint64_t size, start, end, head_size;
	struct yw_hash root, head_root;
	bool prove, admitted;
};

struct yw_in_place {
	struct yw_origin origin;
	uint64_t index;
	uint16_t item;
};

struct yw_in_body {
	struct yw_origin origin;
	struct yw_body body;
	bool not_held;
};

struct yw_in_fork {
	struct yw_origin origin;
	struct yw_contradiction pair;
};

struct yw_in_days_want {
	struct yw_origin origin;
	uint32_t from, before;
	struct yw_hash sha256;
};

struct yw_in_days {
	struct yw_origin origin;
	uint32_t from, next;
	struct yw_bytes beats[YW_X_DAYS];
	size_t n_beats;
};

enum yw_in_kind {
	YW_IN_NOTHING,		/* only a hello, or not even that */
	YW_IN_EXCHANGE,
	YW_IN_JOIN,
	YW_IN_JOIN_STATUS,
	YW_IN_JOIN_ANSWER,
	YW_IN_REFUSAL
};

struct yw_inbound {	/* spans borrow from `message` */
	unsigned refs;		/* the taker's, and one per package that waits for its turn; writer's thread */
	void *message;
	size_t bytes;		/* on the wire */
	enum yw_in_kind kind;
	const Yiwang__V1__Hello *hello;
	const Yiwang__V1__JoinAnswer *answer;
	const Yiwang__V1__Refusal *refusal;
	struct yw_bytes request;	/* JOIN: a SignedRequest; JOIN_STATUS: its hash, 32 bytes */
	struct yw_in_news *news;
	size_t n_news;
	struct yw_bytes *beats;
	size_t n_beats;
	struct yw_in_want *wants;
	size_t n_wants;
	struct yw_package *packages;	/* an empty one, n_entries 0: "cannot serve" */
	size_t n_packages;
	struct yw_in_place *places;
	size_t n_places;
	struct yw_in_body *bodies;
	size_t n_bodies;
	struct yw_in_fork *forks;
	size_t n_forks;
	struct yw_in_days_want *days_wants;
	size_t n_days_wants;
	struct yw_in_days *days;
	size_t n_days;
	uint64_t networks_from;		/* network files from this version on are wanted; 0: none */
	const ProtobufCBinaryData *networks;
	size_t n_networks;
	struct yw_in_question {
		bool asked;
		struct yw_origin origin;
		char *const *receipts;
		size_t n_receipts;
	} question;
	struct yw_in_answer {
		bool given;
		struct yw_origin origin;
		struct yw_clearance a;	/* its code is the link's */
		Yiwang__V1__HeldReceipt *const *receipts;
		size_t n_receipts;
	} answered;
	const Yiwang__V1__SignedInstance *instance;
	Yiwang__V1__TwoLive *const *two_live;
	size_t n_two_live;
	Yiwang__V1__SignedTake *const *takes;
	size_t n_takes;
	uint32_t wait_ms;
	bool again;
};

/* --- outbound --- */

#define YW_X_FIELDS 19		/* fields of Exchange, by number; 0 is not used */

struct yw_outbound {		/* an Exchange under construction: one buffer per field, so that any order will do */
	struct yw_buf field[YW_X_FIELDS];
	struct yw_buf scratch;
};

enum { YW_X_LOGS = 1, YW_X_BEATS, YW_X_WANTS, YW_X_PACKAGES, YW_X_BODY_WANTS, YW_X_BODIES, YW_X_FORKS_SENT,
	YW_X_DAYS_WANTS = 10, YW_X_DAYS_SENT, YW_X_QUESTION, YW_X_ANSWER, YW_X_INSTANCE, YW_X_TWO_LIVE,
	YW_X_TAKES, YW_X_NETWORKS_FROM, YW_X_NETWORKS };

void yw_x_put(struct yw_outbound *o, unsigned field, const ProtobufCMessage *m);
size_t yw_x_bytes(const struct yw_outbound *o);

static inline ProtobufCBinaryData
yw_x_bin(struct yw_bytes b)
{
	return (ProtobufCBinaryData) { b.len, (uint8_t *)b.data };
}

/* --- state --- */

struct yw_told_beat {
	uint64_t size;
	uint32_t lines[YW_X_BEAT_LINES];	/* marks of those that the peer knows */
	size_t n_lines;
	int64_t known_ms;		/* since when one of us has told the other of it */
	int64_t told_ms;
	int64_t unsaid_ms;		/* since when something of it waits for a ride; INT64_MAX: nothing does */
	uint64_t looked;		/* the beat's stamp when there was nothing left to say */
};

struct yw_lag {			/* what a peer said it has and I have not reached; news.c */
	uint64_t size;		/* the oldest such word, as far as I remember: 0: none */
	int64_t since_ms;	/* when it came, or something in its place */
	int64_t next_ms;	/* when the first word beyond it came; INT64_MAX: none did */
};

struct yw_pair {		/* one peer, one log */
	/* heard: */
	uint64_t theirs, theirs_held;	/* verified there; with its bodies */
	uint64_t said;			/* the largest size it ever said, of whatever branch */
	uint64_t keys_asked;		/* what it had said that it has when it was asked for key changes */
	size_t deaf;			/* so many key sets of the log were known when it said something by another; 0: no */
	uint64_t theirs_head;		/* largest head it showed */
	struct yw_lag lag;
	/* told: */
	uint64_t told, told_held, told_head;
	uint64_t pushed;		/* what it will have when all that I sent has come */
	int64_t head_ms;		/* when a head last went out; INT64_MIN: never */
	int64_t hold_ms;		/* it did not answer a want: not asked again before */
	unsigned told_two, told_take;	/* as the log's counts, the second one more */
	unsigned sought;		/* misses: of what is sought (T7, L8), and of entries, the next one's turn is after each */
	unsigned onward;		/* of the heads to which the copy of a frozen log may go on so many were asked for in vain */
	uint64_t back;			/* entries before the end of my copy at which it does not hold the branch that I seek (L8), or
					 * the same as I do */
	unsigned misses;		/* wants in a row that it did not answer */
	int64_t unsaid_ms;		/* since when numbers wait for a ride; INT64_MAX: they do not */
	struct yw_told_beat beats[YW_BEATS_KEPT];
	uint64_t rivals_told;		/* stamp of the newest beat of another branch that was told */
	uint64_t fork_told;		/* stamp of the newest contradiction that it knows */
	bool parted;			/* it did not go on from my copy: it may hold another branch */
	uint64_t keys_at;		/* the last key change that it brought, and that it was heard again for; 0: none */
	/* days.c: */
	uint32_t days_from;		/* below, both keep the same */
	int64_t days_ms;		/* asked: until when an answer is waited for; else when to go on */
	uint64_t days_began, days_same;	/* the log's days_stamp when the present comparison began, and when the last one
					 * found no difference; 0: it found, or has found, one */
	bool days_asked;
};

enum yw_body_use { YW_BODY_USELESS, YW_BODY_HAS_ENTRY, YW_BODY_HOLDS, YW_BODY_HOLDS_ALL };	/* of a link, for a body that is missing */

struct yw_asked_body {		/* a place at which a body is missing */
	uint32_t log;
	uint64_t index;
	uint16_t item;
	uint64_t tried[YW_X_SLOTS / 64];	/* links that said no, by slot */
	enum yw_body_use best;		/* the most that any link is of use for it, at yw_x_moves() best_at */
	uint64_t best_at;
	struct yw_exchange_link *link;	/* asked there; NULL: to be asked */
	int64_t deadline_ms;
};

struct yw_flight {
	enum { YW_FLIGHT_FREE, YW_FLIGHT_ASKED, YW_FLIGHT_HERE } state;
	uint64_t start, end, head_size;
	struct yw_exchange_link *link;
	int64_t deadline_ms;
	bool seeks;			/* another branch than my copy's (L8), or how two heads stand (T7), */
	bool standing;			/* only that */
	bool keys;			/* key changes, whatever comes with them (T5) */
	bool onward;			/* a head to which the copy of a frozen log may go on (L6), */
	struct yw_hash head_root;	/* of the head that is sought, or this one */
	size_t bytes;			/* reserved while ASKED, real while HERE */
	struct yw_inbound *in;		/* HERE: a reference */
	struct yw_package *package;
};

struct yw_seen {		/* the newest statement of an instance */
	struct yw_instance i;
	uint8_t bytes[256];		/* a SignedInstance */
	size_t len;
};

struct yw_days_hash {		/* of the first YW_X_DAYS days from some day on */
	struct yw_hash sha256;
	size_t n;			/* fewer where there are no more */
	uint32_t last;
};

struct yw_xlog {		/* one log, over all links */
	struct yw_log *log;
	struct yw_flight flights[YW_X_FLIGHTS];
	size_t per_entry;		/* bytes of an entry with its bodies, running mean */
	struct yw_seen seen[YW_X_SEEN];	/* in the order in which they spoke last */
	size_t n_seen;
	struct yw_buf take;		/* a SignedTake, to be told; empty: none */
	unsigned two_count, take_count;	/* how often that, and what shows that two live, changed */
	unsigned rank;			/* 0 an issuer's log, 1 in my own subtree, 2 another's */
	struct yw_missing body_from;	/* where the search for missing bodies goes on */
	uint64_t body_stamp;		/* the log's stamp when that search had come to the end, */
	uint64_t body_judged;		/* and its `judged` when that began */
	int64_t body_retry_ms;		/* when it begins anew; INT64_MAX: nothing was given up */
	int64_t body_wait_ms;		/* how long after the next that is given up, 0: a new reason to hope came; ... */
	uint64_t body_size, body_missing;	/* ... where the log has, and lacks, as much as then */
	uint64_t first_days_stamp;	/* days.c: the log's days_stamp when these were read; 0: never */
	struct yw_days_hash first_days;
};

struct yw_look {		/* one peer, one log: when it is looked at for what to say or ask */
	bool open;			/* there is something, at once or later */
	bool rides;			/* it may ride with a message before it is due */
	int64_t again_ms;		/* open: time alone makes it due, and not before then; INT64_MIN: it is looked at each time */
};

struct yw_exchange_link {	/* first what each turn looks at, though nothing is to be done */
	struct yw_exchange *x;
	struct yw_exchange_link *next;
	bool upstream;
	bool hello_due;			/* mine goes with the next message */
	int64_t hello_from_ms;		/* to a stranger not before that */
	bool again_due;
	bool second;			/* instances.c: another session of its node has the seat */
	/* exchange.c: a look at all that there is to say found nothing due: */
	bool rides;			/* what is not due may ride with a message */
	bool restless;			/* what is said of the log that is looked at hangs on other logs and peers too */
	uint64_t looked;		/* then; as yw_x_moves().  0: it has to be looked at */
	int64_t look_ms;		/* from then on time alone can make something due; INT64_MAX: it cannot */
	uint64_t logs_stamp;		/* the newest log.stamp looked at; 0: look at all */
	uint64_t logs_moment;		/* and trust/'s then */
	struct yw_look *looks;		/* by log number */
	struct yw_pair *pairs;		/* the same */
	size_t n_pairs;
	int64_t up_ms, heard_ms;
	int64_t told_ms;		/* news.c: when it last got a head or a beat */
	int64_t probed_ms;		/* instances.c; 0: not in doubt */
	struct yw_buf answer;		/* join.c; downstream: a JoinAnswer for the next reply; empty: none */
	size_t n_asked, n_places, n_days;
	unsigned n_days_asked;		/* of it, and not answered */
	unsigned n_wanted;		/* ranges asked of it and not answered, all logs */
	struct yw_error failed;		/* what it sent earlier turned out bad; YW_OK: nothing */
	unsigned slot;			/* below YW_X_SLOTS: no other link has it */
	struct yw_dh_public key;
	char name[96];
	struct yw_jurisdiction code;	/* proven; "" for a stranger */
	struct yw_jurisdiction claimed;	/* a stranger's own word */
	struct yw_hash chain;		/* SHA-256 of the chain that proved it */
	bool spoke;			/* it has said how far it is */
	bool own_offered;		/* entry 0 and head of my log, which it could not know */
	uint64_t next_size;		/* so long is its next log, which nobody has granted yet (strange.c); 0: it has none */
	int64_t next_ms;		/* not asked for more of that before; 0: nothing is waited for */
	bool serves;			/* it has answered a want */
	unsigned other_bodies;		/* bodies of another hash that it has given */
	struct yw_boot_name boot;	/* of the peer, from its hello; zero: it did not say */
	/* instances.c: */
	bool has_instance;
	uint8_t instance[YW_INSTANCE_ID_BYTES];
	struct yw_pubkey head;		/* by which it speaks, as its hello proved: zero: it did not */
	struct yw_origin origin;	/* as its instance states it */
	bool probe_due;
	/* question.c: */
	bool question_out;		/* no answer yet */
	int64_t ask_ms;			/* when to ask (again) */
	bool answer_due;
	struct yw_origin asked_origin;
	uint32_t asked_receipts[YW_X_RECEIPTS];	/* numbers of logs */
	size_t n_asked_receipts;
	/* networks.c: */
	struct yw_buf later_hello;	/* judged when the network files that it names are here; empty: none */
	uint64_t networks_want;		/* versions from there on are wanted of it; 0: none */
	int64_t networks_ms;		/* when to ask (again) */
	uint64_t networks_from;		/* it wants versions from there on; 0: none */
	bool twin_told;			/* two texts of one version; reset with what else was told */
	struct yw_hash networks_of;	/* a text that it named, and that leads elsewhere than what is held here */
	/* join.c, upstream: */
	bool join_polls;		/* it has my request, and is asked what became of it */
	bool join_asked;		/* no answer yet */
	int64_t join_ms;		/* when to ask next */
	/* serve.c and days.c: what it asked for */
	struct yw_in_want asked[YW_X_ASKED];
	struct yw_in_place places[YW_X_PLACES];
	struct yw_in_days_want days[YW_X_DAYS_ASKED];
};

struct yw_handed {		/* who brought what is kept of a code that nobody may have admitted */
	struct yw_dh_public by;		/* the key of its session */
	char from[96];			/* and the address it came from, as yw_x_handed() tells it from others */
	bool by_owner;			/* it had proven that code */
	int64_t at_ms, left_ms;		/* when it came, and when that session was last there */
};

struct yw_join {		/* a request that waits (T14), or was refused */
	struct yw_handed handed;
	struct yw_jurisdiction code;
	uint32_t generation, key_set;
	struct yw_hash request;
	char fingerprint[YW_FINGERPRINT_MAX];
	int64_t received_utc_ms, expires_ms;
	uint8_t bytes[YW_REQUEST_MAX];
	size_t len;
	bool settled;			/* refused: kept so that the joiner learns it */
	char refusal[YW_ERROR_MAX];
};

struct yw_exchange {
	struct yw_exchange_options o;
	struct yw_buf request;		/* own copy of o.request */
	struct yw_jurisdiction code, issuer;	/* of this node, and whom its request names; from the request */
	struct yw_buf next_request;	/* for new keys (T5); empty: none are asked for */
	struct yw_request next;		/* what it says */
	struct yw_origin origin;	/* of my log, known or not yet */
	struct yw_buf chain;		/* mine; empty while none can be made */
	struct yw_origin chain_origin;	/* of the log that it leads to */
	struct yw_dh_public chain_session;	/* in which it ends */
	bool chain_granted;		/* it came with a JoinAnswer, not from my own logs */
	bool chain_too_large;		/* none can be made, and that was said */
	int64_t chain_ms;		/* when to try again: soon, and rarely once trust has stood still for a while */
	int64_t chain_moved_ms;		/* when it moved, as far as was looked, */
	uint64_t chain_moment;		/* to there */
	struct yw_exchange_link *links;
	unsigned links_made, links_grown;	/* since the beginning; those that had room for all logs (yw_x_grow) */
	bool twin_known;		/* there were two texts of one version when last looked for */
	uint64_t network_told;		/* version of the network file that my hello named last */
	struct yw_xlog *logs;		/* by log number */
	size_t n_logs;
	bool behind;			/* instances.c: my own log was, when last looked at */
	int64_t redrawn_ms;		/* no other id is drawn before; 0: none was */
	bool own_known;			/* my own log was there when last looked for */
	size_t n_trust;			/* generations when ranks were last given */
	size_t turn;			/* log at which the next want is looked for: fairness */
	size_t in_flight;		/* bytes of packages asked for or kept */
	struct yw_asked_body bodies[YW_X_PLACES];
	size_t n_bodies;
	size_t body_turn;
	uint64_t complete;		/* the ledger's stamp when no log lacked a body; 0: one does */
	struct yw_strange *strange;	/* YW_STRANGE_CODES_MAX of them once the first came */
	size_t n_strange;
	struct yw_join *joins;		/* YW_X_JOINS_MAX of them once the first came */
	size_t n_joins;
	struct yw_said refused_said;	/* of the codes of requests that were refused at once */
	char sentence[YW_ERROR_MAX + 64];	/* how it goes with the request that I hand in */
	bool deaf;			/* to some link in some log */
	uint64_t deaf_moment;		/* trust/'s when it was last looked for keys that became known */
	bool forks_taken;		/* in this turn: asked for again if it fails */
	bool mute;			/* writing has stopped for good: it serves, and neither tells nor asks */
	bool full;			/* the disk was, at the end of the last turn (wants.c) */
	int64_t next_ms;		/* earliest deadline seen in this turn */
	bool evidence;			/* instances.c: two instances, or a take, of some log were seen */
	uint64_t moves;			/* rises with all that may make something due, but for time and commits */
	uint64_t still;			/* yw_x_moves() when nothing was due on any link; 0: something was, or may be */
	int64_t still_ms;		/* the smallest of their look_ms */
	bool probes;			/* instances.c: somebody is in doubt */
	struct yw_buf statement;	/* of my instance, the newest; empty: the next one is made anew */
	struct yw_instance stated;	/* what it says, */
	struct yw_pubkey stated_by;	/* by which key, */
	int64_t stated_ms;		/* and since when */
	struct yw_alarms alarms;	/* watch.c */
	struct yw_exchange_link *looking;	/* whose deadlines these are; NULL: nobody's */
};

/*
 * --- Looking ---
 *
 * Before a message is made exchange.c looks at the logs: not at all of them, since most stand still, but at those that are
 * `open` and those that have changed since the last look; at all where the peer has shown who it is or that it knows of more
 * logs than before, or it is another moment of trust/.  yw_x_..._due(link, log) of news, wants, days and forks say whether
 * something is to be said or asked of one log now.  Where there is, or will be by time alone or because of another peer, they
 * open it, and what is said and asked is of open logs only.  What waits for its time alone is not looked at before: `restless`
 * says that it is not so.  What a peer says of a log, and what it is told or asked, opens the log anew: yw_x_open().
 *
 * --- exchange.c ---
 */

int64_t yw_x_now(const struct yw_exchange *x);
uint64_t yw_x_moves(const struct yw_exchange *x);		/* rises with all that is heard, written, begun or ended */
void yw_x_wake(struct yw_exchange *x, int64_t mono_ms);		/* tick no later than this */
void yw_x_say(struct yw_exchange *x, const struct yw_exchange_link *link, int level, const char *event,
    const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Gives logs and pairs their places after the ledger or a link was added to. */
YW_CHECKED enum yw_code yw_x_grow(struct yw_exchange *x, struct yw_error *err);
/* NULL: not attributable here. */
struct yw_xlog *yw_x_log(struct yw_exchange *x, const char *origin);
struct yw_pair *yw_x_pair(struct yw_exchange_link *link, const struct yw_log *log);
struct yw_pair *yw_x_open(struct yw_exchange_link *link, const struct yw_log *log);	/* the same, and the log is looked at */
/* What the ledger refused: for the peer to answer for (returned), or ours to swallow (YW_OK). */
enum yw_code yw_x_blame(struct yw_exchange *x, const struct yw_exchange_link *link, enum yw_code code,
    struct yw_error *err);

/* Can it hold delegations? */
static inline bool
yw_x_issues(const struct yw_log *log)
{
	return yw_jurisdiction_digits(&log->code) < YW_CODE_DIGITS;
}

static inline int64_t
yw_x_patience(const struct yw_exchange_link *link)
{
	return link->serves ? YW_X_WANT_MS : YW_X_WANT_NEW_MS;
}

static inline uint64_t
yw_x_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* --- inbound.c --- */

struct yw_inbound *yw_inbound_ref(struct yw_inbound *in);	/* yw_inbound_free() gives it back */

/* --- link.c --- */

static inline bool
yw_x_stranger(const struct yw_exchange_link *link)
{
	return link->code.code[0] == '\0';
}

YW_CHECKED enum yw_code yw_x_take_hello(struct yw_exchange_link *link, const Yiwang__V1__Hello *h,
    struct yw_error *err);
/* Appends a SignedInstance, as of now. */
YW_CHECKED enum yw_code yw_x_make_instance(struct yw_exchange *x, const struct yw_log *own, struct yw_buf *out,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_x_make_hello(struct yw_exchange *x, struct yw_buf *out, struct yw_error *err);
void yw_x_know_links(struct yw_exchange *x);	/* strangers whose key a log has meanwhile delegated */
void yw_x_know_own(struct yw_exchange *x);
/* The ledger could not judge what the peer said of this log, by keys that it does not know yet (T5). */
void yw_x_deaf(struct yw_exchange_link *link, const struct yw_log *log);
void yw_x_know_keys(struct yw_exchange *x);	/* it is asked to say it again */
void yw_x_renew_chain(struct yw_exchange *x);
YW_CHECKED enum yw_code yw_x_set_chain(struct yw_exchange *x, struct yw_bytes chain, const struct yw_origin *origin,
    bool granted, struct yw_error *err);
void yw_x_untell(struct yw_exchange_link *link);
/* What a chain leads through are heads like others (L6).  It was checked before. */
void yw_x_see_heads(struct yw_exchange *x, struct yw_bytes chain);

/* --- news.c --- */

bool yw_x_concerns(struct yw_exchange_link *link, const struct yw_log *log);	/* may it be told of this log, yet? */
bool yw_x_news_due(struct yw_exchange_link *link, const struct yw_log *log);
void yw_x_news_tell(struct yw_exchange_link *link, struct yw_outbound *o);
YW_CHECKED enum yw_code yw_x_news_take(struct yw_exchange_link *link, const struct yw_in_news *n,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_x_beat_take(struct yw_exchange_link *link, struct yw_bytes note, struct yw_error *err);
/* L5: of what a second session of a code brings heads and evidence alone, wherever they stand. */
YW_CHECKED enum yw_code yw_x_shown_take(struct yw_exchange_link *link, const struct yw_inbound *in, struct yw_error *err);

/* The peer has verified the log up to `size`, as its news, a want or a package says. */
void yw_x_heard(struct yw_exchange_link *link, const struct yw_log *log, uint64_t size);
/* Am I behind this peer in this log, and for how long has what it said stood? */
bool yw_x_behind(const struct yw_exchange *x, const struct yw_pair *p, const struct yw_log *log, int64_t *for_ms);

/* --- wants.c --- */

bool yw_x_want_due(struct yw_exchange_link *link, struct yw_xlog *xl);
void yw_x_wants_ask(struct yw_exchange_link *link, struct yw_outbound *o);
YW_CHECKED enum yw_code yw_x_package_take(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_package *p,
    struct yw_error *err);
/* S3: has the disk no room?  Then what peers say goes nowhere, and nothing is asked for. */
bool yw_x_full(const struct yw_exchange *x);
/* All that were asked there; link NULL: the overdue. */
void yw_x_wants_expire(struct yw_exchange *x, const struct yw_exchange_link *link);
void yw_x_wants_drop(struct yw_exchange *x, struct yw_xlog *xl);

/* --- serve.c --- */

void yw_x_want_take(struct yw_exchange_link *link, const struct yw_in_want *w);
void yw_x_place_take(struct yw_exchange_link *link, const struct yw_in_place *p);
void yw_x_serve(struct yw_exchange_link *link, struct yw_outbound *o);
/* Entry 0 with the newest head that covers it. */
void yw_x_serve_first(struct yw_exchange_link *link, const struct yw_log *log, struct yw_outbound *o);
/* Sends what the peer lacks of this log, where that is little and its place is known. */
bool yw_x_push(struct yw_exchange_link *link, const struct yw_log *log, struct yw_pair *p, struct yw_outbound *o);

/* --- bodies.c --- */

bool yw_x_bodies_due(struct yw_exchange_link *link);
void yw_x_bodies_ask(struct yw_exchange_link *link, struct yw_outbound *o);
void yw_x_bodies_meet(struct yw_exchange_link *link);	/* it is new, though its slot is not */
void yw_x_bodies_hope(struct yw_exchange_link *link, struct yw_xlog *xl);
YW_CHECKED enum yw_code yw_x_body_take(struct yw_exchange_link *link, struct yw_in_body *b, struct yw_error *err);
void yw_x_bodies_expire(struct yw_exchange *x, const struct yw_exchange_link *link);
void yw_x_bodies_retry(struct yw_exchange *x);	/* who refused may give now */

/* --- forks.c --- */

bool yw_x_fork_due(struct yw_exchange_link *link, const struct yw_log *log);
void yw_x_forks_tell(struct yw_exchange_link *link, struct yw_outbound *o);
YW_CHECKED enum yw_code yw_x_fork_take(struct yw_exchange_link *link, const struct yw_in_fork *f, struct yw_error *err);
void yw_x_forks_undone(struct yw_exchange *x);

/* --- strange.c --- */

void yw_x_strange_take(struct yw_exchange_link *link, const struct yw_package *p);	/* of a log not attributable here */
/* What was admitted meanwhile; what has expired. */
YW_CHECKED enum yw_code yw_x_strange_settle(struct yw_exchange *x, struct yw_error *err);
void yw_x_strange_drop(struct yw_exchange *x);
void yw_x_strange_left(struct yw_exchange_link *link);
bool yw_x_strange_due(struct yw_exchange_link *link);
void yw_x_strange_offer(struct yw_exchange_link *link, struct yw_outbound *o);
/* A next generation, from its owner (T14). */
void yw_x_next_news(struct yw_exchange_link *link, const struct yw_in_news *n);
bool yw_x_next_due(struct yw_exchange_link *link);
void yw_x_next_ask(struct yw_exchange_link *link, struct yw_outbound *o);

/* --- days.c --- */

bool yw_x_days_due(struct yw_exchange_link *link, const struct yw_log *log);
void yw_x_days_ask(struct yw_exchange_link *link, struct yw_outbound *o);
YW_CHECKED enum yw_code yw_x_days_take(struct yw_exchange_link *link, const struct yw_in_days *d, struct yw_error *err);
void yw_x_days_want_take(struct yw_exchange_link *link, const struct yw_in_days_want *w);
void yw_x_days_serve(struct yw_exchange_link *link, const struct yw_view *v, struct yw_outbound *o);
/* All that were asked there are asked again. */
void yw_x_days_lost(struct yw_exchange_link *link);
/* Keys became known: what had no quorum before may have it now. */
void yw_x_days_again(struct yw_exchange *x);

/* --- instances.c --- */

YW_CHECKED enum yw_code yw_x_instance_take(struct yw_exchange_link *link, const Yiwang__V1__SignedInstance *m,
    const struct yw_pubkey *head, const char *origin, struct yw_error *err);
YW_CHECKED enum yw_code yw_x_delta_take(struct yw_exchange_link *link, const Yiwang__V1__SignedInstance *m,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_x_two_live_take(struct yw_exchange_link *link, const Yiwang__V1__TwoLive *m,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_x_take_take(struct yw_exchange_link *link, const Yiwang__V1__SignedTake *m,
    struct yw_error *err);
bool yw_x_instances_due(struct yw_exchange_link *link);
void yw_x_instances_say(struct yw_exchange_link *link, struct yw_outbound *o);
void yw_x_probe(struct yw_exchange *x);
void yw_x_know_behind(struct yw_exchange *x);
void yw_x_leave_seat(struct yw_exchange_link *link);

/* --- question.c --- */

bool yw_x_question_due(struct yw_exchange_link *link);
void yw_x_question_say(struct yw_exchange_link *link, struct yw_outbound *o);	/* mine, and the answer to the peer's */
void yw_x_question_take(struct yw_exchange_link *link, const struct yw_in_question *q);
YW_CHECKED enum yw_code yw_x_answer_take(struct yw_exchange_link *link, const struct yw_in_answer *a,
    struct yw_error *err);
/* Before, and after, a peer brought heads of a log. */
void yw_x_met(struct yw_exchange_link *link, const struct yw_log *log);
void yw_x_witness(struct yw_exchange_link *link, const struct yw_log *log, uint64_t size);

/* --- networks.c --- */

/* Which network file does a hello name?  *judge: one that is held here, so that its chain can be judged. */
YW_CHECKED enum yw_code yw_x_networks_named(struct yw_exchange_link *link, const Yiwang__V1__Hello *h, bool *judge,
    struct yw_error *err);
bool yw_x_networks_due(struct yw_exchange_link *link);
void yw_x_networks_say(struct yw_exchange_link *link, struct yw_outbound *o);
YW_CHECKED enum yw_code yw_x_networks_take(struct yw_exchange_link *link, const ProtobufCBinaryData *notes, size_t n,
    struct yw_error *err);
void yw_x_networks_lost(struct yw_exchange_link *link);
void yw_x_networks_tell(struct yw_exchange *x);		/* after my newest version changed */

/* --- join.c --- */

void yw_x_join_take(struct yw_exchange_link *link, const struct yw_inbound *in);
YW_CHECKED enum yw_code yw_x_join_answer(struct yw_exchange_link *link, const Yiwang__V1__JoinAnswer *a,
    struct yw_error *err);
bool yw_x_join_due(struct yw_exchange_link *link);
void yw_x_join_ask(struct yw_exchange_link *link, Yiwang__V1__PeerRequest *q, Yiwang__V1__JoinRequest *join,
    Yiwang__V1__JoinStatus *status, struct yw_hash *hash);	/* hash: room for what status points at */
void yw_x_joins_expire(struct yw_exchange *x);

/* Of what strangers may bring there is so much room, which one of them could fill under codes of its choice. */
struct yw_handed yw_x_handed(const struct yw_exchange_link *link, const struct yw_jurisdiction *code);
/*
 * Which of n gives way where there is no room left to what this link brings of that code?  To a code's owner the oldest that a
 * stranger brought; else the oldest whose session is gone for YW_X_LEFT_MS; else, of the address from which most came and two
 * more than from that of the link, the oldest, those without a session first.  n: none.
 */
size_t yw_x_gives_way(const struct yw_exchange_link *link, const struct yw_jurisdiction *code, size_t n,
    const struct yw_handed *(*handed)(const struct yw_exchange *x, size_t i));
void yw_x_handed_left(struct yw_exchange_link *link);	/* the session of this link may be gone */
void yw_x_left(struct yw_handed *h, const struct yw_exchange_link *link);	/* the same of one thing that was brought */
void yw_x_join_begin(struct yw_exchange *x);	/* I hand in another request than before, or begin to */

#endif
