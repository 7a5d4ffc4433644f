/*
 * ledger.h - the life of logs on disk: my own, and my verified copies of others.
 *
 * Everything that changes goes through one writer in turns:
 *
 *	take...(), append...(), beat, receipts	inputs of a turn, applied to one open batch and to memory
 *	yw_ledger_commit()			batch synced -> guard synced -> published (L1, S1, S2)
 *
 * Only after yw_ledger_commit() returned YW_OK may anything be acknowledged, sent or shown.  Readers, in any
 * thread, hold a view (view.h) of the last commit and never wait for the writer.
 *
 * An input that is refused leaves no trace.  When a commit fails, nothing of the turn happened:
 * YW_ESTOPPED (disk reserve) may be tried again; YW_EIO stops writing until the daemon is restarted.
 *
 * Sans-I/O: store, guard, clock and randomness are handed in.
 */
#ifndef YW_LEDGER_LEDGER_H
#define YW_LEDGER_LEDGER_H

#include "base/clock.h"
#include "ledger/access.h"
#include "ledger/guard.h"
#include "ledger/package.h"
#include "record/signed.h"
#include "store/store.h"
#include "trust/evidence.h"
#include "trust/instance.h"

struct yw_ledger;

extern const struct yw_family_spec yw_ledger_families[];
extern const size_t yw_ledger_n_families;
#define YW_LEDGER_FORMAT 1
#define YW_STATE_VERSION 1	/* S4: rises with what this program applies: kinds, operations, classes, trust kinds */

struct yw_ledger_options {
	struct yw_store *store;			/* opened with the families above; outlives the ledger */
	const struct yw_guard_io *guard;	/* outlives the ledger */
	const struct yw_erased_io *erased;	/* the list beside it; NULL: none is kept.  Copied */
	struct yw_clock clock;
	const struct yw_network *network;	/* verified; copied */
	/* These belong together: yw_home_open() has seen to it. */
	struct yw_jurisdiction code;		/* of this node */
	const struct yw_key_set *keys;		/* borrowed; outlives the ledger */
	const struct yw_key_set *next_keys;	/* as yw_ledger_next_keys() */
	struct yw_bytes request;		/* own SignedRequest, serialised; copied */
	uint64_t beat_every_ms;			/* R4 */
	uint64_t peer_wait_ms;			/* L3; 0: appends at once */
	bool never_alone;			/* append_without_peer: never */
	uint64_t erase_within_ms;		/* V6: so soon the bytes of what is erased leave the disk; 0: at once */
	size_t next_bytes;			/* T14: kept of a next generation; 0: YW_NEXT_BYTES_MAX */
	const struct yw_guard_mark *here;	/* boot and machine of this run; NULL: as yw_guard_here() */
};

/*
 * Reads what the store holds and compares it with the guard.  A node behind its guard opens (reads and
 * serves) and refuses to append: see yw_ledger_state().
 * YW_EDENIED: the code is not that of this store.  YW_EIO / YW_EFORMAT: store damaged.
 */
YW_CHECKED enum yw_code yw_ledger_open(const struct yw_ledger_options *o, struct yw_ledger **out, struct yw_error *err);
void yw_ledger_close(struct yw_ledger *l);

enum yw_ledger_mode {
	YW_LEDGER_JOINING,	/* no delegation of a first log known yet: nothing to append to */
	YW_LEDGER_ASKING,	/* nobody has said yet that this is no old copy of the disk (L3) */
	YW_LEDGER_APPENDING,
	YW_LEDGER_BEHIND,	/* the guard promises more than the store holds, or there is no guard */
	YW_LEDGER_CONTRADICTED,	/* my own log has two heads (L6) */
	YW_LEDGER_TWO,		/* another machine runs with my keys (L5) */
	YW_LEDGER_ROTATED_OUT,	/* another key set signs my log, and it is not on this machine (T5) */
	YW_LEDGER_VOIDED,	/* my code's generation was given to other keys (T3, T14) */
	YW_LEDGER_CLOSED,	/* my issuer has ended my log (T6): it goes on as a next generation */
	YW_LEDGER_FAILED	/* a disk or database error stopped writing */
};
/* The sentence says which state, why, and what would end it; NULL: it is not wanted.  Writer thread. */
enum yw_ledger_mode yw_ledger_state(struct yw_ledger *l, struct yw_error *why);

/* --- One log, as the writer sees it.  Pointers stay valid until the ledger is closed. --- */

struct yw_beat {		/* a head that its owner cosigned, with the receipts collected so far */
	uint64_t size;
	struct yw_buf note;
	struct yw_hash root;
	enum yw_quorum quorum;
	bool stands, stood;	/* it has a quorum, or had one, as struct yw_beat_verdict says */
	uint64_t quorum_time_s, owner_time_s;
	bool mine;		/* my receipt is on it, and fresh enough */
	size_t lines_at;	/* bytes of the note: what comes after are its signature lines, the head's own first */
	size_t known;		/* bytes of the note: what comes after are lines by keys that are not known yet, which
				 * wait here for their key and are passed on to nobody */
	uint32_t head_id;	/* of the head key that signed it, as it was judged last */
	uint64_t signed_for_s;	/* the owner's time that I signed last */
	uint64_t stamp;		/* as yw_log.stamp: when it last changed */
};
struct yw_met {			/* a beat that had its quorum with receipts which count no more (T12) */
	uint64_t size;			/* 0: none */
	uint64_t quorum_time_s;		/* when it was seen to have it */
	struct yw_jurisdiction by;	/* who closed the generation that gave them; "" the root keys */
};
struct yw_log_fork {		/* two heads that cannot both be true (L6) */
	struct yw_hash id;		/* SHA-256 of the two, as yw_view_contradiction() gives them */
	uint64_t stamp;			/* as yw_log.stamp: when it came */
};
#define YW_FORKS_KEPT 14		/* so many of them: see forks.c */
#define YW_BEATS_KEPT 3		/* newest with quorum, oldest pending or the newest that had one, newest (R6, T7); sizes rise */
#define YW_RIVALS_KEPT 4	/* beats that are not known to lead to the newest with quorum (T7) */

struct yw_log {
	uint32_t number;		/* local, in store keys; its place in yw_ledger_at() */
	bool own;
	bool frozen;			/* since the first of `forks` is held (L7) */
	bool withholds;			/* V6: set back, it gives out none of its bodies before it has learnt what is erased */
	bool broken;			/* entry `size` breaks the log (L9); `trouble` says how */
	bool needs_newer;
	bool absent_due;		/* what was declared lost or erased is not yet marked so, or the other way round */
	bool holder_due;		/* this node is `holder` now, or is it no more, and its bodies are not yet as they must be */
	uint64_t size;			/* entries verified; durable once committed */
	uint64_t held;			/* below: every body this node may have is held (or is lost, erased) */
	uint64_t receipts_to;		/* below: every unconditional body is held (or is lost, erased) */
	uint64_t head_size;		/* of `head`, which has head_root, */
	uint64_t full_size;		/* `full` */
	uint64_t target_size;		/* and `target`; 0: there is none */
	size_t n_missing;		/* bodies it may have and lacks */
	uint64_t judged;		/* how often places were judged anew: some may be missing before those that were known */
	size_t n_beats;
	size_t n_rivals;
	size_t n_forks;
	uint64_t stamp;			/* of its last change, larger than any before: who told a peer all up to a
					 * stamp needs to look only at logs with a larger one */
	uint64_t days_stamp;		/* the same of what is kept of it for ever (R6) */
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	struct yw_jurisdiction holder;	/* who else keeps its restricted bodies (V4); "" nobody */
	struct yw_hash root, head_root;
	size_t n_lost, n_erased;	/* that it may have, and their owner has declared lost, or erased (V6) */
	struct yw_buf head;		/* newest head known, signature verified; may be larger than size */
	struct yw_buf full;		/* newest head whose entries are all here: what may be served */
	struct yw_buf target;		/* a larger head proven to extend (size, root): packages lead to it */
	struct yw_hash target_root;
	struct yw_beat beats[YW_BEATS_KEPT + 1];	/* the last place only while one is put in */
	struct yw_met met;		/* the largest one beyond the newest beat with quorum */
	struct yw_beat rivals[YW_RIVALS_KEPT + 1];	/* of another branch, in no order; the last place as above */
	struct yw_log_fork forks[YW_FORKS_KEPT];	/* by keys that are valid, none with the head of a void closing (T7); in one
					 * order everywhere */
	char trouble[YW_ERROR_MAX];
};

size_t yw_ledger_count(const struct yw_ledger *l);
uint64_t yw_ledger_stamp(const struct yw_ledger *l);	/* never below that of a log: nothing has changed while it is the same */
const uint64_t *yw_ledger_stamps(const struct yw_ledger *l);		/* of all logs, by number; until there is another log */
struct yw_log *yw_ledger_at(struct yw_ledger *l, size_t i);		/* in order of arrival */
struct yw_log *yw_ledger_log(struct yw_ledger *l, const char *origin);	/* NULL: not attributable here */
struct yw_log *yw_ledger_own(struct yw_ledger *l);			/* NULL while joining, and when voided */
/* Is it my next log, which registers before it is granted (T8)?  Nobody else can know whose it is. */
bool yw_ledger_claimed(const struct yw_ledger *l, const struct yw_log *log);
/* May it be extended by peers?  Every log but my own, and that one too while this node is behind (L2). */
bool yw_ledger_fetches(const struct yw_ledger *l, const struct yw_log *log);
const struct yw_trust *yw_ledger_trust(const struct yw_ledger *l);
/* As yw_trust_origin(), remembered until an answer may be another. */
const struct yw_generation *yw_ledger_generation(const struct yw_ledger *l, const struct yw_log *log);
/* The log of that generation's delegation, as yw_ledger_log() knows it; NULL also where that is no entry. */
struct yw_log *yw_ledger_granted_in(struct yw_ledger *l, const struct yw_log *log);
/* Rises with every commit that wrote anything. */
uint64_t yw_ledger_commits(const struct yw_ledger *l);

/* --- Inputs of a turn: my own log --- */

struct yw_append {		/* one record that waits to be registered */
	struct yw_bytes body;		/* a finished Record of this code */
	struct yw_audience audience;
	bool with_next;			/* this and the next of the array, or neither: a withdrawal before a narrowing (V4) */
	bool again;			/* also under an id that was erased (V6): somebody means it */
	/* by yw_append_check(): */
	bool checked;
	struct yw_record record;
	struct yw_hash sha256;
	/* out: */
	enum yw_code code;		/* ECONFLICT: revision is not last + 1 (err says the current one); EDENIED: the id was erased */
	struct yw_error err;
	uint64_t index;
	uint16_t item;
};

/* What the bytes alone decide, in any thread, so that the writer need not: code and err say what is wrong.
 * yw_ledger_append() does it where nobody did. */
void yw_append_check(struct yw_append *a);

/*
 * Registers records in the open turn.  Each is judged by itself; those of one class, openness and audience,
 * also of several calls in the turn, share entries (S2).  index and item are set at commit: keep the array
 * until then.  YW_ESTOPPED with the sentence of yw_ledger_state() when the node may not append, or of yw_ledger_stopped().
 */
YW_CHECKED enum yw_code yw_ledger_append(struct yw_ledger *l, struct yw_append *a, size_t n, struct yw_error *err);

/*
 * Registers, as one entry and byte for byte, what a registrar signed elsewhere (T13): it is all taken or nothing.  `s` is
 * kept by the caller until the commit; *index is set.
 * YW_EINVAL: for another log or code, by this node's own key, an id twice; YW_EDENIED: its key is no registrar's (any
 * more), or a kind is not among its own; YW_ECONFLICT, YW_ENOENT: of a record, as yw_ledger_append() says.
 */
YW_CHECKED enum yw_code yw_ledger_append_signed(struct yw_ledger *l, const struct yw_signed *s, uint64_t *index,
    struct yw_error *err);

/*
 * The keys of this machine (T5): which of them sign is decided by the logs alone, so a turn that is lost takes a rotation
 * back with it, and whatever a crash leaves of two key sets, the right one signs.
 */
const struct yw_key_set *yw_ledger_keys(const struct yw_ledger *l);	/* that sign now */
/* A key set that was asked for (borrowed until the next call), or NULL.  It signs from the turn on in which its delegation
 * is known: see yw_ledger_routine(). */
void yw_ledger_next_keys(struct yw_ledger *l, const struct yw_key_set *next);
/* After a commit: do those sign now?  Then the ones before them are of no use any more. */
bool yw_ledger_rotated(const struct yw_ledger *l);

/* What a node says by itself, where it is due and may be said: the change to keys that were delegated (T5); of the first
 * node, later network files (T1); of an issuer, its weekly roster (T11). */
YW_CHECKED enum yw_code yw_ledger_routine(struct yw_ledger *l, struct yw_error *err);

/* Makes the beat that is due (R4), if one is; YW_OK also when none is.  *next_ms: monotonic time to ask again. */
YW_CHECKED enum yw_code yw_ledger_beat(struct yw_ledger *l, int64_t *next_ms, struct yw_error *err);

/* --- Inputs of a turn: what this node says of trust, on a person's word --- */

/*
 * Grants a request: judged (T2, T3), then delegation and roster in the same turn (T11).  A recovery carries the consent
 * that it needs (T9); YW_ENOENT says whose is missing, or that no beat covers it yet.
 */
YW_CHECKED enum yw_code yw_ledger_admit(struct yw_ledger *l, struct yw_bytes signed_request, struct yw_error *err);
/* The same, saying what the jurisdiction is called, where no table of divisions has its code; "": nothing. */
YW_CHECKED enum yw_code yw_ledger_admit_named(struct yw_ledger *l, struct yw_bytes signed_request, const char *name,
    struct yw_error *err);

/* Consents to a recovery that an issuer below this node may then grant (T9). */
YW_CHECKED enum yw_code yw_ledger_consent(struct yw_ledger *l, struct yw_bytes signed_request, struct yw_error *err);

/*
 * Ends a generation at the newest head whose entries are all here (T6): closing and roster in the same turn.  Of the
 * draft origin, size and heads are filled in here.  YW_EINVAL / YW_ECONFLICT / YW_ENOENT with the reason.
 */
YW_CHECKED enum yw_code yw_ledger_close_log(struct yw_ledger *l, const char *origin, const struct yw_closing_draft *draft,
    struct yw_error *err);

/* A further key that signs records of these kinds (sorted) elsewhere; no kinds end it (T13). */
YW_CHECKED enum yw_code yw_ledger_registrar(struct yw_ledger *l, const struct yw_pubkey *key, const char *const *kinds,
    size_t n_kinds, struct yw_error *err);
/* Who else keeps the restricted bodies of my log; code "": nobody any more (V4). */
YW_CHECKED enum yw_code yw_ledger_holder(struct yw_ledger *l, const struct yw_jurisdiction *code, struct yw_error *err);

/*
 * What is lacking of my own log and of those before it (V6): bodies that are missing, or may not be held, and that were not
 * declared lost; in order of generation and place, at most max.  The logs are borrowed.
 */
struct yw_lack {
	const struct yw_log *log;
	uint64_t index;
	uint16_t item;
	bool refused;
};
#define YW_LACKS_MAX 4096
YW_CHECKED enum yw_code yw_ledger_lacks(struct yw_ledger *l, struct yw_lack *out, size_t max, size_t *n, struct yw_error *err);
/* Declares them lost, at most YW_LACKS_MAX at once: from then on they count as absent, everywhere.  YW_ECONFLICT: they are not
 * n any more; YW_ENOENT: nothing is lacking. */
YW_CHECKED enum yw_code yw_ledger_declare_lost(struct yw_ledger *l, size_t n, struct yw_error *err);

/*
 * Erases what stands under an id (V6, T10), at the places of the draft, which must be all there are: see yw_view_places_of().
 * In several entries, if one does not hold them all; then d->n may be more.  YW_ECONFLICT: there are other places now;
 * YW_EDENIED: another's; YW_EINVAL: bodies of that code are missing here, so nobody knows whether one is of this id.
 */
YW_CHECKED enum yw_code yw_ledger_erase(struct yw_ledger *l, const struct yw_erasure_draft *d, struct yw_error *err);

/*
 * A later version of the network file, from whomever it comes (T1): it holds from now on.  One that is held changes
 * nothing.  The errors of yw_trust_add_network(); YW_ECONFLICT: both texts are kept, and the alarm was said.
 */
YW_CHECKED enum yw_code yw_ledger_take_network(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err);
/* Appends what a `closing` line of the next version would say of a log of the first node, as far as it is held here.
 * Changes nothing: the root keys sign it.  The draft as for yw_ledger_close_log(). */
YW_CHECKED enum yw_code yw_ledger_closing_line(struct yw_ledger *l, const char *origin, const struct yw_closing_draft *draft,
    struct yw_buf *out, struct yw_error *err);

/* --- Inputs of a turn: other logs.  YW_EPEER / YW_ESIG: what no honest peer sends; YW_ENOENT: a log that is
 * not attributable (yet); YW_ECONFLICT: a contradiction was found, kept, and the log frozen. --- */

/* A head that somebody showed (a signed note). */
YW_CHECKED enum yw_code yw_ledger_take_head(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err);
/* A beat with receipts. */
YW_CHECKED enum yw_code yw_ledger_take_beat(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err);
/* Must start at the log's size, or lead to where another branch is sought, or bring key changes from below that size (YW_EINVAL
 * otherwise: keep it, or drop it).  Checked before. */
YW_CHECKED enum yw_code yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err);
YW_CHECKED enum yw_code yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b,
    struct yw_error *err);

/*
 * L8: a log was closed, and its copy is, or may be, on another branch.  Whoever holds the head at which it ends is asked for
 * entries from `most`, or any smaller size down to `common`, proven into that head together with my root there:
 * yw_ledger_take_package() finds where the branches part, and cuts the copy; YW_ENOENT: they part before.  T7: or it is
 * not known how a closing stands to a beat with quorum.  Then all that is asked is a proof from `most`, where `root` is
 * that of the smaller of the two heads.  T5: or a beat with quorum by newer keys stands on another branch than the copy's, to
 * which that goes over in the same way; packages that start below its end, with key changes, are taken for these alone, and
 * so it is found.  Several may be sought, and the larger heads of some by nobody held, as where a closing made one up: each is
 * asked for by itself, the branch last.
 */
struct yw_sought {
	struct yw_tree_head head;
	uint64_t common, most;
	bool standing;
	struct yw_hash root;		/* if standing */
};
size_t yw_ledger_n_sought(const struct yw_ledger *l, const struct yw_log *log);
void yw_ledger_sought(const struct yw_ledger *l, const struct yw_log *log, size_t i, struct yw_sought *out);
bool yw_ledger_seeks(const struct yw_ledger *l, const struct yw_log *log, struct yw_sought *out);	/* the first; false: nothing is */
/* Does it go over to such a beat, so that of peers nothing is taken before but what leads there? */
bool yw_ledger_bound(const struct yw_ledger *l, const struct yw_log *log);
/* The root of the copy at a smaller size.  YW_ENOENT: it is not that long. */
YW_CHECKED enum yw_code yw_ledger_root(struct yw_ledger *l, const struct yw_log *log, uint64_t size, struct yw_hash *out,
    struct yw_error *err);

/*
 * L6: the heads to which the copy of a frozen log may go on, the best first; how many there are.  Whoever holds one of them is
 * asked for what follows my copy, proven into it together with my root.
 */
#define YW_GOALS_MAX (YW_BEATS_KEPT + YW_RIVALS_KEPT + 3)
struct yw_goal {
	struct yw_tree_head head;
	struct yw_bytes note;		/* borrowed until the next turn */
	bool stood;			/* it has or had a quorum */
};
size_t yw_ledger_goals(const struct yw_ledger *l, const struct yw_log *log, struct yw_goal out[static YW_GOALS_MAX]);

struct yw_boot_name { uint8_t b[16]; };	/* of one boot of one node, and says nothing else of either; zero: unknown */

/* --- Copies of next generations that nobody has granted yet (T14): no logs, and nothing of them is shown --- */

/*
 * A package of such a log, checked before: entry 0 first, then what goes on from the copy's end, each with a head.
 * YW_EINVAL: no next generation, granted already, or not where the copy ends; YW_ELIMIT: two are kept, or so many bytes;
 * YW_ESIG, YW_EFORMAT: it is not proven.  YW_ECONFLICT: its head contradicts one of the copy (L6): the two are kept, no
 * more of the copy is, and they speak against its log once that is granted.  Nobody is to be blamed: any stranger may hand over one.  session, boot: of who
 * brings it.
 */
YW_CHECKED enum yw_code yw_ledger_keep(struct yw_ledger *l, const struct yw_package *p, const struct yw_dh_public *session,
    const struct yw_boot_name *boot, struct yw_error *err);

struct yw_kept {
	struct yw_origin origin;
	uint64_t size, bytes, full_size;	/* entries; bytes of them and their bodies; covered by a head */
	struct yw_hash root;
	bool stopped;			/* no more of it is kept */
	struct yw_bytes head;		/* the largest that was shown; borrowed until the next turn */
	uint64_t head_size;
};
/* That whose owner has this session key.  False: none. */
bool yw_ledger_kept(const struct yw_ledger *l, const struct yw_dh_public *session, struct yw_kept *out);
size_t yw_ledger_n_kept(const struct yw_ledger *l);

/* What was granted meanwhile is given to its log, a piece in each turn; what lost goes.  *more: call again in the next turn. */
YW_CHECKED enum yw_code yw_ledger_settle_kept(struct yw_ledger *l, bool *more, struct yw_error *err);

/* L3, as yw_ledger_knows(). */
bool yw_ledger_kept_knows(const struct yw_ledger *l, const struct yw_dh_public *session, const struct yw_boot_name *boot);

/* --- Is this an old copy of my disk (L3)?  Asked of peers, each in a session with it. --- */

void yw_ledger_boot(const struct yw_ledger *l, struct yw_boot_name *out);	/* of this run */

/* V6: a peer that was admitted holds so many entries of a log; erasures that stand in them are learnt by fetching them. */
void yw_ledger_heard(struct yw_ledger *l, const struct yw_log *log, uint64_t size);

/* As a mirror: the owner of a log was met in that boot of it; a head of so many entries came from somebody else than
 * the owner.  Both before, or with, what they bring. */
void yw_ledger_met(struct yw_ledger *l, const struct yw_log *log, const struct yw_boot_name *boot);
void yw_ledger_witness(struct yw_ledger *l, const struct yw_log *log, uint64_t size);
/* Is anything held of this log that was there before that boot of its owner, or came from others? */
bool yw_ledger_knows(const struct yw_ledger *l, const struct yw_log *log, const struct yw_boot_name *boot);
/* Has this node been cleared in this boot? */
bool yw_ledger_asks(const struct yw_ledger *l);		/* false: yes */

struct yw_clearance {
	struct yw_jurisdiction code;	/* who says it, proven in its session */
	struct yw_bytes head;		/* the largest head of my log that it holds, a signed note; empty: none */
	bool knows;			/* as yw_ledger_knows() there */
	bool cleared, behind;		/* the state it is in itself */
	bool holds_none;		/* set by yw_ledger_take_clearance() */
};
/* YW_ENOENT: my log is not known yet: ask again. */
YW_CHECKED enum yw_code yw_ledger_take_clearance(struct yw_ledger *l, const struct yw_clearance *a, struct yw_error *err);

/* Who shows what is taken from now on, as "key=value ..." of a log line; borrowed until the next call.  NULL: nobody, or
 * what was shown earlier is compared only now. */
void yw_ledger_shown_by(struct yw_ledger *l, const char *who);

/* Two heads that a peer shows as a contradiction, verified from these bytes alone.  YW_OK: what they say is
 * known here;
 * YW_ESIG, YW_EINVAL: they prove nothing. */
YW_CHECKED enum yw_code yw_ledger_take_contradiction(struct yw_ledger *l, const char *origin,
    const struct yw_contradiction *c, struct yw_error *err);

/* Is something of my own log lacking here that it once had, or may be (L1, L2)? */
bool yw_ledger_behind(const struct yw_ledger *l);
/* A person's word that this may be an old copy: stops appending, and asks until somebody has said that my log is whole.
 * YW_EINVAL: it is asking or fetching already, or has stopped for another reason. */
YW_CHECKED enum yw_code yw_ledger_refetch(struct yw_ledger *l, struct yw_error *err);

/* --- What have I signed (L4)?  Of a node that was set back. --- */

/* Was it set back, so that it is unsure of any log? */
bool yw_ledger_set_back(const struct yw_ledger *l);
/* Is nothing cosigned of this log, since more may have been cosigned before than is known? */
bool yw_ledger_unsure(const struct yw_ledger *l, const struct yw_log *log);
/* The largest beat of mine on the log that `from` holds; empty: it holds none.  The word of the owner or its acting
 * issuer ends it. */
YW_CHECKED enum yw_code yw_ledger_take_receipt(struct yw_ledger *l, const char *origin, const struct yw_jurisdiction *from,
    struct yw_bytes beat, struct yw_error *err);
/* Appends the largest beat kept that bears a receipt of `code`.  YW_ENOENT: none. */
YW_CHECKED enum yw_code yw_ledger_receipt_of(struct yw_ledger *l, const struct yw_log *log,
    const struct yw_jurisdiction *code, struct yw_buf *out, struct yw_error *err);

/* --- Another machine with my keys (L5) --- */

/* This start of the daemon. */
void yw_ledger_instance(struct yw_ledger *l, const uint8_t id[static YW_INSTANCE_ID_BYTES]);
/* Sets whose the next statement is, and its counter.  How far that may rise is written down ahead: what is said beyond was
 * not said by this disk. */
void yw_ledger_next_statement(struct yw_ledger *l, struct yw_instance *out);
/* Is that the newest statement, and would the next one say the same of the own log but for the counter? */
bool yw_ledger_stated(const struct yw_ledger *l, const struct yw_instance *newest);
/* Statements that a peer saw, signatures checked: two or three, as in proto TwoLive.  YW_EPEER: they show nothing. */
YW_CHECKED enum yw_code yw_ledger_take_two_live(struct yw_ledger *l, const struct yw_instance *s, size_t n,
    struct yw_error *err);
/* A person's word: this machine goes on, as the fresh instance.  YW_EINVAL: no other is known. */
YW_CHECKED enum yw_code yw_ledger_take_over(struct yw_ledger *l, const uint8_t fresh[static YW_INSTANCE_ID_BYTES],
    struct yw_error *err);
struct yw_bytes yw_ledger_own_take(const struct yw_ledger *l);	/* the newest SignedTake made here; empty: none */
/* Has another machine taken this node over?  Then it states nothing any more. */
bool yw_ledger_is_over(const struct yw_ledger *l);
/* As a mirror: what shows that two machines run with the keys of a log, a TwoLive; empty: nothing does, or it is at an end.
 * Kept over restarts, so that both are told; borrowed until the next one. */
void yw_ledger_keep_two_live(struct yw_ledger *l, const struct yw_log *log, struct yw_bytes shown);
struct yw_bytes yw_ledger_two_live(const struct yw_ledger *l, const struct yw_log *log);
/* A take that a peer showed, signature checked. */
YW_CHECKED enum yw_code yw_ledger_take_take(struct yw_ledger *l, const struct yw_take *t, struct yw_error *err);

/* Signs receipts on all pending beats that deserve one (R5). */
YW_CHECKED enum yw_code yw_ledger_cosign(struct yw_ledger *l, struct yw_error *err);

/* Places of bodies this node may have and lacks, from (index, item) on; returns how many were written. */
struct yw_missing { uint64_t index; uint16_t item; };
size_t yw_ledger_missing(struct yw_ledger *l, const struct yw_log *log, const struct yw_missing *from,
    struct yw_missing *out, size_t max);

/* --- The end of a turn --- */

YW_CHECKED enum yw_code yw_ledger_commit(struct yw_ledger *l, struct yw_error *err);

/* After a commit: did it show something that only the next one can do (a receipt that is deserved now, entries that count
 * otherwise)?  Then another turn is due at once.  False where nothing can be written. */
bool yw_ledger_due(const struct yw_ledger *l);

/*
 * Why nothing can be written now, and what ends it (S3); "": nothing is known against it.  Until a commit has written
 * something, or one with nothing to write has found room again.
 */
const char *yw_ledger_stopped(const struct yw_ledger *l);

/*
 * V6: what was erased leaves the disk now, and not when that is due; takes as long as writing a few files anew.  *left: so
 * many bodies do not yet, since somebody reads what was there before, or there were too many for once: ask again.
 */
YW_CHECKED enum yw_code yw_ledger_scrub(struct yw_ledger *l, size_t *left, struct yw_error *err);

/*
 * After each turn: what was erased leaves the disk where that is due, and memory is given back a while after bulk work (an
 * import, a catch-up, serving one) has ended.  Returns the monotonic time to ask again; INT64_MAX: there is nothing to give back.  Commits count by themselves;
 * what was sent to others is told by yw_ledger_sent().
 */
int64_t yw_ledger_rest(struct yw_ledger *l);
void yw_ledger_sent(struct yw_ledger *l, size_t bytes);

#endif
