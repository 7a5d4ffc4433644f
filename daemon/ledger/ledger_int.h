/*
 * ledger_int.h - what the files of this room share: the key space, and the ledger's insides.
 *
 * Keys in the store; numbers big-endian, `n` is the local number of a log (u32), so that one log's data
 * lie together and no personal data stands in a key:
 *
 *	meta	"commit"			u64: commit number, as in the guard
 *		"code"				code of this node
 *		"request"			SHA-256 of the SignedRequest that began my log: another one begins a next log
 *		"two"				why it stopped since another machine runs with its keys (words; L5)
 *		"stopped"			id of 16 bytes: the instance that stopped
 *		"over"				there when another machine has taken this node over (L5)
 *		"instances"			ids of 16 bytes, each with a u64: of this disk, and how far their counters may have risen
 *		"twins", "ended"		ids of 16 bytes: of others since then; of those at an end
 *		"take"				the newest SignedTake made here
 *		"restored"			there when receipts may have been forgotten (L4)
 *		"uncleared"			there while nobody has cleared this node in this boot (L3)
 *		"foreign"			u32: UTC day (since 1970) of the newest foreign_beat in my log
 *		"erased" code(6) hash(32)	nothing: a body of this code with this hash was erased (V6)
 *		"scrub" n index item		nothing: a body that was deleted there, and may still lie in files (scrub.c)
 *		"scrub"				nothing: something was erased since that was looked for elsewhere
 *		"words"				there while beats are to be judged anew, since somebody's word counts otherwise (T12)
 *		"state"				u32: YW_STATE_VERSION by which items and later were made
 *		"behind"			kept until this node is whole again: 1 if nobody here knows how long my log was (u8),
 *						size u64 and root 32 of the largest head of it that was shown, why (words)
 *		"network" version(u64)		a later network file, the signed note; version 0: the other text of one
 *		"kept" slot(u32)		a copy of a next generation (kept.c): size u64, root 32, bytes u64, size of its full head u64, boot of
 *						the owner that was met 16, known before it u64, its SignedRequest; the copy stands as a log's under
 *						the number ff000000 | slot, with heads 'h' and 'f', and one 'x' without a hash (keptfork.c)
 *		"log" n				size u64, root 32, bits u8 (1 broken, 2 receipts unsure, 4 withholds, 8 this node is its
 *						holder), boot of the owner that was met 16,
 *						known before it or from others u64 (cleared.c), origin length u16, origin, trouble
 *	entries	n index				Envelope, verbatim
 *	tiles	n level(u8) tile(u64)		hashes, 32 bytes each
 *	bodies	n index item(u16)		Record, verbatim
 *	missing	n index item			1 byte of MISSING_...: a body this node may have and lacks; or one that was declared lost or was
 *						erased, then index u64 of the entry of the same log that says so, UINT64_MAX: another log does
 *	trust	n index				kind u8: entry `index` is a trust statement that was fed to trust/
 *	heads	n 'h'				newest head known, a signed note
 *		n 'f'				newest full head
 *		n 'b' size			a beat, a signed note
 *		n 'm' size			quorum time u64 (seconds), code 6 of who cut it (or nothing: the root keys): a beat that had its
 *						quorum with receipts of a generation that was closed since (T12)
 *		n 'd' day(u32)			size u64, quorum time u64 (seconds) of the first beat with quorum on that UTC day (R6)
 *		n 'x' hash(32)			two heads that contradict, the smaller first, or of one size the first bytewise, each with its
 *						length u16 before it; where sizes differ root 32, then a consistency proof from (size of the
 *						first, that root) to the second.  By the SHA-256 of the two
 *		n 'c'				size u64, root 32: largest cosigned (L4)
 *		n 'a'				u64: items below count; from there on they may not be as what is known now has it (reach.c)
 *		n 'r' size root(32)		as 'b': a beat that is not known to lead to the newest with quorum (rivals.c)
 *		n 'p' size root(32) size root(32)	root 32, then a consistency proof: from it the smaller size leads to the larger
 *						head; whether it is the smaller head's own says how the two stand (standing.c)
 *		n 'v' size root			for each beat with quorum that says something of a closing at that head (T7) how it
 *						stands u8, size u64, root 32 (reach.c)
 *		n 't'				a TwoLive: two machines run with the keys of this log, and nobody has ended it (L5)
 *		n 'q' request(32)		nothing: the generation that this request opened had a beat with quorum (T3)
 *		n 'e'				the entry that breaks the log, with its proof; see broken.c
 *		n 'l' branch(u8)		from u64, size u64: entries that were cut, of a branch that does not count; entries, bodies and
 *						beats stand as above, under (branch + 1) << 24 | n in place of n (branch.c)
 *	items	id 00 ~generation(u32) ~index ~item	what was said of an id, newest first; see items.c.  Of an erasure (V6) the order
 *						stands for the index, and the number of the id in it for the item
 *	later	as items			what was said in a way that only a newer version can apply
 *	replaced id 00 id			nothing: a record under the second id has said once that it replaces the first (T10)
 */
#ifndef YW_LEDGER_LEDGER_INT_H
#define YW_LEDGER_LEDGER_INT_H

#include <pthread.h>

#include "ledger/view.h"
#include "tlog/tree.h"

enum family { F_META, F_ENTRIES, F_TILES, F_BODIES, F_MISSING, F_TRUST, F_HEADS, F_ITEMS, F_LATER, F_REPLACED };

struct key {
	uint8_t b[2 * YW_ID_MAX + 1];
	size_t len;
};

static inline struct yw_bytes
key_bytes(const struct key *k)
{
	return (struct yw_bytes) { k->b, k->len };
}

struct key key_meta(const char *name);
struct key key_log(uint32_t n);				/* meta */
struct key key_network(uint64_t version);		/* meta */
struct key key_number(uint32_t n);			/* the prefix of a log */
struct key key_entry(uint32_t n, uint64_t index);	/* entries, trust */
struct key key_tile(uint32_t n, unsigned level, uint64_t tile);
struct key key_place(uint32_t n, uint64_t index, uint16_t item);	/* bodies, missing */
struct key key_head(uint32_t n, char what);
struct key key_beat(uint32_t n, uint64_t size);
struct key key_item(const char *id, uint32_t generation, uint64_t index, uint16_t item);
struct key key_item_prefix(const char *id);
struct key key_replaced(const char *old_id, const char *new_id);

/* --- tiles.c: tiles of one log in the store --- */

struct tiles {
	struct yw_store *store;
	const struct yw_snapshot *snap;	/* NULL: the newest state */
	struct yw_batch *batch;		/* to write to */
	uint32_t number;
};
_Static_assert(sizeof(struct tiles) <= sizeof(struct yw_view_tiles), "a view's reader has room for its argument");
/* The argument lives in *t, which must outlive the reader or writer. */
void tiles_reader(struct tiles *t, struct yw_tile_reader *out);
void tiles_writer(struct tiles *t, struct yw_tile_writer *out);
struct log_inside;
/* The root of the first `size` entries of a log, which its tiles in the store reach; of none too. */
YW_CHECKED enum yw_code log_root(const struct yw_ledger *l, const struct log_inside *in, uint64_t size, struct yw_hash *out,
    struct yw_error *err);

/* --- items.c --- */

/* What the erasure at this index of a log says of its ids, set anew; as the store has them. */
YW_CHECKED enum yw_code items_follow_erasure(struct yw_ledger *l, const struct log_inside *in, uint64_t index,
    const struct yw_entry *e, struct yw_error *err);

/* The same of one that is taken out of the log. */
YW_CHECKED enum yw_code items_forget_erasure(struct yw_ledger *l, const struct log_inside *in, uint64_t index,
    const struct yw_entry *e, struct yw_error *err);

/* What a held body of an applied entry says of its id: into items, later, or nowhere (r->counts). */
void item_put(struct yw_batch *b, const struct yw_log *log, const struct yw_record *r, const struct yw_entry *e,
    uint64_t index, uint16_t item);
YW_CHECKED enum yw_code item_decode(struct yw_bytes key, struct yw_bytes value, struct yw_item *out, struct yw_error *err);
/* The newest in F_ITEMS or F_LATER. */
YW_CHECKED enum yw_code item_newest(struct yw_store *s, const struct yw_snapshot *snap, enum family family, const char *id,
    struct yw_item *out, struct yw_error *err);

/* --- replaced.c --- */

/* What an item that counts says of another id. */
void replaced_put(struct yw_batch *b, const struct yw_record *r);

/* --- the writer's insides --- */

#define MISSING_UNCONDITIONAL 1		/* bits of a value in "missing" */
#define MISSING_REFUSED 2		/* it came, and may not be held (B5, B6), or is listed as erased: never asked for again */
#define MISSING_ABSENT 4			/* its owner has declared it lost, or erased it (V6): it counts as absent; */
#define MISSING_HELD 8			/* though it is here, as what is lost may be */
#define MISSING_ERASED 16		/* it is erased */

struct signed_head {		/* what an owner signed */
	struct yw_buf note;
	uint64_t size;		/* 0: none */
	struct yw_hash root;
};

struct fork {			/* two heads that cannot both be true (L6) */
	struct yw_buf a, b;		/* the owner's line alone; sizes rise, or of one size the first bytewise */
	struct yw_tree_head small, large;	/* what they say */
	struct yw_hash instead;		/* where sizes differ this root, and not a's, */
	struct yw_proof proof;		/* leads to b */
	struct yw_hash id;		/* SHA-256 of a and b */
	uint64_t stamp;			/* of the log, when it came */
	bool verifies, speaks;		/* by keys that are valid; and by no head that a void closing names */
	size_t span;			/* of the keys of the smaller head */
	bool stays;			/* forks.c's */
};

/* Heads that had their quorum, of a log. */
#define YW_QUORUMS_KEPT (YW_BEATS_KEPT + YW_RIVALS_KEPT)
#define YW_PROVEN_KEPT 64	/* proofs of a log: of more those go of which a head is not at hand any more */
#define YW_CLOSINGS_PROVEN 8	/* of so many closings of a log it is kept how the copy stood to them before it was cut */

struct proven {			/* as heads n 'p' */
	struct yw_tree_head small, large;
	struct yw_hash from;
	struct yw_proof proof;
};

struct question { struct yw_tree_head small, large; };	/* how do these two stand?  large.size 0: none */

/*
 * So many heads that void closings name (T7) change nothing of what all nodes make of the same pairs, whichever came first:
 * of each set of as many the first pair without them is kept, in either order (forks.c).
 */
#define YW_FORKS_WITHOUT 2
_Static_assert(YW_FORKS_KEPT == 2 * ((2 << YW_FORKS_WITHOUT) - 1), "in each order the first pair, and twice as many for each head more");

#define LOST_MAX 100		/* branches of one log; more share the last place */

struct elsewhere {		/* another branch of an open log than the copy's, with key changes that the copy has not (elsewhere.c) */
	struct yw_generation *keys;	/* as the log goes on there; NULL: none is known */
	struct yw_tree_head head;	/* into which they were proven */
	struct yw_buf beat;		/* one by them that stands, and that is of use if any is; empty: none */
	bool counts;			/* it stands, and the copy has to be on its branch */
	unsigned passed;		/* packages with other keys that were passed over since */
};

struct lost {			/* a branch that is being cut (branch.c) */
	uint8_t branch;
	uint64_t size;		/* of the copy before; 0: none is */
};

struct log_inside {	/* around each struct yw_log, which other rooms may read; first what each turn looks at, though nothing is to be done */
	bool stored;		/* its record is in the store */
	bool changed;		/* in this turn */
	bool shown;		/* as `published` has it, */
	bool shown_due;		/* which says that state is due (view.c) */
	bool tree_changed;
	bool erases;		/* in this turn: an erasure was written, */
	bool rivals_due;	/* what is kept may have to be a rival now, and is not at hand (rivals.c) */
	bool ids_due;		/* of which more may have to be said in the next one (absent.c) */
	bool beats_unread;	/* nobody granted it when memory was read: its beats are in the store alone */
	size_t n_forks;
	uint64_t committed_size;
	uint64_t cut_to;	/* entries from here on are of a branch that does not count; UINT64_MAX: none are */
	uint64_t apply_from;	/* items from here on wait to be judged anew; UINT64_MAX: none do */
	uint64_t cosign_looked, cosign_moment;	/* stamp and trust/'s moment when receipts were due last; 0: look again */
	struct question *questions;	/* whether a closing is void hangs on them, and the answers are not known; of one larger head one */
	size_t n_questions;
	struct yw_tree_head sought;	/* where the copy is not known to be on the branch that counts, by a closing or by what stands elsewhere:
					 * a head of that; size 0: none */
	struct signed_head beyond;	/* of a frozen log: the largest beat with quorum by keys that only `ahead` knows; size 0: none */
	struct signed_head waiting;	/* a head that no other note stands for and that could not be compared yet */
	struct yw_log pub;
	struct yw_tree *tree;
	struct yw_hash committed_root;
	int64_t beat_at_ms;	/* own log: monotonic time of the newest beat; INT64_MIN: none in this run */
	struct yw_missing *taken;	/* bodies that came in this turn */
	size_t n_taken;
	size_t n_refused;	/* bodies that came and may not be held */
	bool recount;		/* what is missing was judged anew in this turn */
	uint64_t absent_moment;	/* the moment of trust whose declarations were followed */
	uint64_t said_moment;	/* the moment of trust at which what the log says of erased ids was followed */
	uint64_t heard;		/* entries that a peer holds, as far as one has said in this run; 0: none has */
	uint64_t compared;	/* heads and beats at hand up to this size agree with the tree */
	struct fork *forks[YW_FORKS_KEPT + 1];	/* held; whether they freeze the log is asked of trust (L7).  The last place while one comes */
	struct elsewhere elsewhere;
	struct yw_generation *ahead;	/* with keys whose key changes a package proved and that are not held yet, or behind the end; NULL: none */
	struct yw_buf two_live;	/* as heads n 't' */
	struct yw_hash quorum_of;	/* the request last written under heads n 'q'; zero: none */
	uint64_t cosigned;	/* as heads n 'c'; 0: nothing */
	struct yw_hash cosigned_root;
	bool unsure;		/* more may have been cosigned than is known: nothing is, until that is known (L4) */
	struct yw_met *cut;	/* as heads n 'm', by size */
	size_t n_cut;
	struct yw_boot_name met;	/* the owner's boot that was heard of last; zero: none */
	uint64_t known;		/* size of the log as known before that, or from others (cleared.c) */
	struct yw_generation applied;	/* by which items count in the store; origin "": by none yet (reach.c) */
	struct proven *proven;
	size_t n_proven;
	uint64_t common;	/* so much of the copy is proven to lead to what is sought, */
	struct yw_tree_head common_of;	/* this head */
	struct lost lost;
	uint64_t applied_to;	/* as heads n 'a'; UINT64_MAX: not there, all are as they must be in an open log */
	struct yw_day *days;	/* heads n 'd' written in this turn; size 0: none any more */
	size_t n_days;
	struct yw_day day_read;	/* the one that was read last, if it is known; size 0: there is none */
	bool day_known;
};

struct group;			/* append.c: records that will share one entry */
struct pending;			/* append.c: the newest revision of an id in this turn */

struct kept;			/* kept.c: a copy of a next generation (T14) */

struct published {		/* immutable; what views hold */
	unsigned refs;		/* under yw_ledger.publish_lock */
	size_t *n_snapshots;	/* the ledger's */
	struct yw_snapshot *snap;
	struct shared_trust *trust;
	size_t n_logs;
	struct shared_info {	/* of a log; the same in each commit until the log changes */
		unsigned refs;	/* under publish_lock */
		struct yw_log_info log;
	} *logs[];
};

struct behind {			/* what is missing of my own log, beside what the guard says (whole.c) */
	struct yw_error why;		/* msg[0] 0: nothing is */
	bool unknown;			/* nobody here knows how long my log was */
	uint64_t size;			/* of the largest head of my log that was shown; 0: none was */
	struct yw_hash root;
	bool stored;			/* the store says the same */
};

struct clearing {		/* cleared.c */
	bool done;			/* in this boot */
	bool stored;			/* the store holds the mark that it is not done */
	bool alone;			/* it appends all the same */
	int64_t until_ms;		/* then append_without_peer decides; INT64_MAX: my log is not known yet */
	struct yw_clearance *answers;	/* the newest of each code, without their heads */
	size_t n;
};

struct shared_trust {
	unsigned refs;		/* under yw_ledger.publish_lock */
	struct yw_trust *t;
};

struct yw_ledger {
	struct yw_store *store;
	struct yw_guard guard;
	struct yw_guard_mark mark;	/* as last written */
	struct yw_guard_mark here;	/* boot and machine of this run */
	struct yw_clock clock;
	struct yw_network network;	/* own copy, for rebuilding trust */
	struct yw_jurisdiction code;
	const struct yw_key_set *keys;	/* that sign: one of `held`, or the first where none of them does */
	const struct yw_key_set *held[2];	/* the key sets of this machine; the second one was asked for, or NULL */
	bool change_refused;		/* and said so */
	bool keys_sign;			/* false: my log is known, and another key set signs it */
	struct yw_buf request;
	struct yw_hash request_hash;
	struct yw_generation claim;	/* what my request opens, whoever grants it (next.c) */
	bool request_stored;		/* the store says the same */
	bool new_log;			/* it says another: what it notes of my own log is of the one before */
	uint64_t beat_every_ms;

	struct yw_trust *trust;
	bool trust_changed;
	bool answers_forgotten;		/* by trust/: what beats say of closings is kept anew (reach.c) */
	uint64_t attached;		/* trust/'s moment by which the logs are those that it grants, and one of them my own */
	size_t networks_stored;		/* network files that the store holds, with the first */
	bool twin_stored;
	size_t voids_said;		/* closings that a quorum beat makes void, as they were said last (reach.c) */
	uint64_t words_judged;		/* trust/'s word moment by which beats were judged (T12) */
	bool words_stored;		/* the store says that they are due */
	uint64_t judged_by;		/* the version of the network file by which beats at hand were judged (T15) */
	uint64_t reach_moment;		/* trust/'s when logs were marked last by what it says (reach.c); 0: never */
	uint64_t absent_moment;		/* the same of what was declared lost (absent.c) */
	uint64_t holder_moment;		/* and of who keeps what is restricted (holder.c) */
	bool cut;			/* in this turn: memory is read anew when it is committed (branch.c) */
	struct log_inside **logs;
	uint64_t *stamps;		/* the logs' stamps side by side, by number */
	size_t n_logs, cap_logs;
	uint32_t *by_origin;		/* number + 1 of each log by its origin's hash: open addressing, 2 * cap_logs places */
	struct attributed {		/* by number: what trust/ said last of whose log it is (T3) */
		const struct yw_generation *g;
		struct yw_log *granted_in;	/* NULL: that is not known here yet, or the network file grants it */
		uint64_t moment;	/* of trust/, when it was asked; 0: never */
	} *attributed;
	struct log_inside *own;
	struct yw_batch *batch;
	bool dirty;
	bool carried;			/* memory knows what the store lacks, of a turn that was lost or had no room: it goes into the next */
	const char *shown_by;		/* borrowed; NULL: nobody */
	struct yw_error spoilt;		/* an input failed half-way: this turn cannot be committed; msg[0] 0: no */
	uint64_t commit;		/* number of the last commit in the store */
	bool stale;			/* another version made the state: it is made anew as logs are loaded */
	uint64_t stamp;
	uint64_t settled, settled_moment;	/* stamp and trust/'s moment when it was judged last where logs end (branch.c) */
	uint64_t cosign_looked, cosign_moment, cosign_commit;	/* stamp, trust/'s moment and commit when receipts were due last */
	size_t moved;			/* bytes written and sent, since rest_ms was set */
	struct yw_erased_io erased;	/* read NULL: none */
	struct yw_buf listed;		/* rows of its list that the database does not know (erased.c) */
	bool erased_changed;		/* the list is to be written anew */
	uint64_t erase_within_ms;
	int64_t scrub_ms;		/* monotonic: when what was erased is to leave the disk; INT64_MAX: all has */
	int64_t rest_ms;		/* monotonic: when bulk work is taken to have ended; INT64_MAX: there was none */
	struct group *groups, *last_group;
	struct pending *pending;	/* open addressing; cap_pending is a power of two */
	size_t n_pending, cap_pending;
	uint32_t foreign_day;		/* as meta "foreign" */
	bool beat_due;			/* the commit of this turn makes a beat */
	struct kept **kept;		/* copies of next generations (T14) */
	size_t n_kept, next_bytes;	/* of each so many at most */
	struct behind behind;
	struct clearing clearing;
	struct twins {			/* twins.c */
		uint8_t id[YW_INSTANCE_ID_BYTES];
		uint64_t counter;	/* of its newest statement */
		uint8_t stopped[YW_INSTANCE_ID_BYTES];	/* the instance that did, if it has */
		bool over;		/* another one was taken */
		struct yw_buf mine, others, ended, take;
		struct yw_error why;	/* msg[0] 0: none is known */
	} twins;
	bool restored, restored_stored;	/* receipts may have been forgotten (mirror.c) */
	bool withholds;			/* some log does (erased.c) */
	uint64_t peer_wait_ms;
	bool never_alone;
	struct yw_error failed;		/* why writing has stopped; msg[0] 0: it has not */
	struct yw_error stopped;	/* the same, but it goes on by itself: the disk was at its reserve when asked last */
	size_t wanted;			/* bytes for which there was no room then */
	bool looked;			/* for room, in this turn */

	pthread_mutex_t publish_lock;
	struct published *published;
	size_t n_snapshots;		/* that readers may hold, with the published one; under publish_lock */
};

/* ledger.c */
YW_CHECKED enum yw_code attach_logs(struct yw_ledger *l, struct yw_error *err);
struct log_inside *find_log(const struct yw_ledger *l, const char *origin);
const struct yw_generation *log_generation(const struct yw_ledger *l, const struct log_inside *in);
void forget_attributed(struct yw_ledger *l);	/* there is another registry of trust */
void log_touch(struct yw_ledger *l, struct log_inside *in);	/* changed: goes into the commit, and to peers */
void ledger_put_note(struct yw_ledger *l, const struct log_inside *in, char what, struct yw_bytes note);
void self_asker(const struct yw_ledger *l, struct yw_asker *out);
/* An input failed half-way: the turn is lost.  Returns code. */
enum yw_code spoil(struct yw_ledger *l, enum yw_code code, const struct yw_error *err);
/* May this turn take more?  It may not once it is spoilt, or writing has stopped. */
YW_CHECKED enum yw_code may_take(const struct yw_ledger *l, struct yw_error *err);
/* The same of what is of no use before it is written: where the disk was full, not before there is room (S3), so that no turn is
 * lost for it.  What stops this node, or clears it, it is told all the same. */
YW_CHECKED enum yw_code may_write(struct yw_ledger *l, struct yw_error *err);
/* Has the disk, where it was full, room again for what it had none for?  Looked at once a turn. */
bool has_room(struct yw_ledger *l);
YW_CHECKED enum yw_code add_log(struct yw_ledger *l, const struct yw_origin *origin, struct log_inside **out,
    struct yw_error *err);

/* networks.c */
YW_CHECKED enum yw_code load_networks(struct yw_ledger *l, struct yw_error *err);	/* before the logs */
void put_networks(struct yw_ledger *l);
void networks_stored(struct yw_ledger *l);	/* after a commit */
/* L6: the heads in their closing lines, of the configured one too; those that could not be compared yet wait in memory alone. */
YW_CHECKED enum yw_code see_file_heads(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code log_networks(struct yw_ledger *l, struct yw_error *err);

/* rotation.c: after trust has changed, or the keys held. */
void choose_keys(struct yw_ledger *l);

/* whole.c */
bool takes_entries(const struct yw_ledger *l, const struct log_inside *in);	/* from peers */
void put_behind(struct yw_ledger *l);
YW_CHECKED enum yw_code load_behind(struct yw_ledger *l, struct yw_error *err);
void owe_head(struct yw_ledger *l, const struct yw_checkpoint *c);	/* of my own log, verified, shown by a peer */
YW_CHECKED enum yw_code compare_guard(struct yw_ledger *l, const struct yw_guard_io *io, struct yw_error *err);
YW_CHECKED enum yw_code write_guard(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code judge_whole(struct yw_ledger *l, struct yw_error *err);	/* after a commit */
void say_behind(const struct yw_ledger *l, struct yw_error *why);

/* cleared.c */
YW_CHECKED enum yw_code load_cleared(struct yw_ledger *l, struct yw_error *err);
void put_cleared(struct yw_ledger *l);
void judge_cleared(struct yw_ledger *l);	/* after an answer, a while, or when my log became known */
int64_t cleared_wake(const struct yw_ledger *l);
void say_asking(const struct yw_ledger *l, struct yw_error *why);

/* next.c */
YW_CHECKED enum yw_code load_request(struct yw_ledger *l, struct yw_error *err);	/* before all else of the store */
void put_request(struct yw_ledger *l);
struct yw_bytes last_head(const struct yw_ledger *l);	/* of my log before this one, as far as it is held; or empty */
YW_CHECKED enum yw_code load_claim(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code attach_claim(struct yw_ledger *l, struct yw_error *err);
/* Is it my log, and not granted yet (T8)? */
bool is_claim(const struct yw_ledger *l, const struct log_inside *in);
bool is_spent(const struct yw_ledger *l, const struct log_inside *in);
/* Is the log that my request asked for another's (T3, T14)? */
bool is_passed_over(const struct yw_ledger *l);
void lose_own(struct yw_ledger *l, const struct log_inside *was);
void say_claimed(const struct yw_ledger *l, struct yw_error *why);

/* twins.c */
YW_CHECKED enum yw_code load_twins(struct yw_ledger *l, struct yw_error *err);
void release_twins(struct yw_ledger *l);
YW_CHECKED enum yw_code load_two_live(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);

/* mirror.c */
YW_CHECKED enum yw_code load_restored(struct yw_ledger *l, struct yw_error *err);
void mark_restored(struct yw_ledger *l);
void end_restored(struct yw_ledger *l);
bool signed_by_present_keys(const struct yw_ledger *l, struct yw_bytes note);	/* a beat: cosigned here */
YW_CHECKED enum yw_code load_cosigned(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
void put_cosigned(struct yw_ledger *l, struct log_inside *in, uint64_t size, const struct yw_hash *root);

/* load.c: memory from the store, at open and after a turn that was not committed. */
YW_CHECKED enum yw_code load_all(struct yw_ledger *l, struct yw_error *err);
/* The beats of one log; of one that nobody grants, when somebody does. */
YW_CHECKED enum yw_code load_notes(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* One entry of a log; *out borrows from `envelope`, which is replaced. */
YW_CHECKED enum yw_code load_entry(struct yw_ledger *l, const struct log_inside *in, uint64_t index, struct yw_buf *envelope,
    struct yw_entry *out, struct yw_error *err);
void put_record(struct yw_ledger *l, const struct log_inside *in);

/*
 * state.c: makes trust, missing, items and later anew where another version made them (B3, B7, S4).  load_all() does
 * what these name, in this order: replay_statements() stands in for reading what a log says of trust, and when all are
 * read replay_records() goes through every log.
 */
uint32_t state_version(void);
YW_CHECKED enum yw_code load_state_version(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code replay_statements(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
YW_CHECKED enum yw_code replay_records(struct yw_ledger *l, struct yw_error *err);
void put_state_version(struct yw_ledger *l);
/* Entries [from, to) once more, into the open batch; none of them is of this turn. */
YW_CHECKED enum yw_code replay_range(struct yw_ledger *l, struct log_inside *in, uint64_t from, uint64_t to,
    struct yw_error *err);

/* reach.c: what is learnt late about keys and ends (T5 to T7) is as if it had been known from the start. */
YW_CHECKED enum yw_code start_reach(struct yw_ledger *l, struct yw_error *err);	/* after load */
/* What trust/ was answered of closings of the log: before it hears of them. */
YW_CHECKED enum yw_code load_answers(struct yw_ledger *l, const struct log_inside *in, struct yw_error *err);
YW_CHECKED enum yw_code follow_reach(struct yw_ledger *l, struct yw_error *err);	/* in each turn, before its batch */
void put_applied(struct yw_ledger *l, struct log_inside *in);	/* with the log's record */
YW_CHECKED enum yw_code load_applied(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
bool reach_due(const struct yw_ledger *l);
void judged_early(const struct yw_ledger *l, struct log_inside *in, uint64_t index);	/* an entry or body, in the midst of a turn */
/* What trust/ asks of beats with quorum, as far as the store can say (T7): in each turn, and after it.  Whose logs are granted
 * is as it is then. */
YW_CHECKED enum yw_code answer_trust(struct yw_ledger *l, struct yw_error *err);
/* The same of one head, at which a closing is about to end the log. */
YW_CHECKED enum yw_code answer_head(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing,
    struct yw_error *err);
/* T6, T7: the log is closed, and held here up to its end, as far as beats at hand can move that. */
bool is_ended(const struct yw_ledger *l, const struct log_inside *in);

/* rivals.c */
YW_CHECKED enum yw_code load_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* After these, of what is kept as a beat and turns out to be of another branch than the copy; takes *b, which may be held. */
void load_as_rival(struct log_inside *in, struct yw_beat *b);
void drop_rivals(struct log_inside *in);
/* A beat whose head was read. */
YW_CHECKED enum yw_code add_rival(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, const struct yw_note *n,
    struct yw_error *err);
/* One that was judged, and does not stay where it was. */
YW_CHECKED enum yw_code keep_rival(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, struct yw_error *err);
/* Is it known of b how it stands to some closing, and not yet of the head to which it leads?  Then that one says less (T7). */
YW_CHECKED enum yw_code says_more(struct yw_ledger *l, struct log_inside *in, const struct yw_tree_head *b,
    const struct yw_tree_head *larger, bool *out, struct yw_error *err);
/* Into the batch alone: memory is read anew after it. */
void put_rival(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h, struct yw_bytes note);
YW_CHECKED enum yw_code judge_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);	/* after trust changed */
/* Those go that need not be kept apart any more; after a commit, for the next turn. */
YW_CHECKED enum yw_code tidy_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);

/* standing.c */
bool same_head(const struct yw_tree_head *a, const struct yw_tree_head *b);
bool is_head(const struct yw_buf *note, const struct yw_tree_head *h);
enum standing { UNKNOWN, LEADS_THERE, OF_ANOTHER_BRANCH };
YW_CHECKED enum yw_code load_proven(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
void drop_proven(struct log_inside *in);
/* Does the smaller head, or one of the same size, lead to the other?  compare_any: whichever is smaller. */
YW_CHECKED enum yw_code compare_heads(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *small,
    const struct yw_tree_head *large, enum standing *out, struct yw_error *err);
YW_CHECKED enum yw_code compare_any(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *a,
    const struct yw_tree_head *b, enum standing *out, struct yw_error *err);
/* Of all beats that stand (T7). */
size_t quorum_heads(const struct log_inside *in, struct yw_tree_head out[static YW_QUORUMS_KEPT]);
/* What all quorum beats that are held say of the head of a closing (T7).  *unknown: of which two heads it is not known
 * how they stand, though that may matter; large.size 0: none. */
YW_CHECKED enum yw_code judge_closing(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing,
    struct yw_beat_said said[static YW_QUORUMS_KEPT], size_t *n, struct question *unknown, struct yw_error *err);
YW_CHECKED enum yw_code next_questions(struct yw_ledger *l, struct yw_error *err);	/* after a commit */
void drop_questions(struct log_inside *in);
/* Does it speak of the sizes of one, and not of the branch that is sought? */
bool answers_question(const struct log_inside *in, const struct yw_package *p);
YW_CHECKED enum yw_code take_answer(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err);
/* Before the copy is cut: what it shows of quorum beats and closings is kept. */
YW_CHECKED enum yw_code prove_standing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);

/* branch.c */
YW_CHECKED enum yw_code judge_branch(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);	/* after a commit */
YW_CHECKED enum yw_code judge_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* The copy leads to that head: packages do too, from here on.  Takes its note, with the owner's line alone. */
void aim_at(struct yw_ledger *l, struct log_inside *in, const struct yw_tree_head *head, struct yw_buf *alone);
bool is_sought(const struct log_inside *in, const struct yw_package *p);
YW_CHECKED enum yw_code take_sought(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p,
    struct yw_error *err);
bool is_cutting(const struct log_inside *in);
YW_CHECKED enum yw_code cut_logs(struct yw_ledger *l, struct yw_error *err);	/* in each turn, before its batch */
void settle_cut(struct log_inside *in);
/* The entry that breaks the log is of a branch that does not count, or of another generation.  Its evidence stays. */
void mend(struct yw_ledger *l, struct log_inside *in);
uint32_t lost_number(uint32_t number, uint8_t branch);
YW_CHECKED enum yw_code count_cuts(const struct yw_ledger *l, const struct log_inside *in, unsigned *n, struct yw_error *err);
struct key key_lost(uint32_t number, uint8_t branch);

/* onward.c: what a package says of a frozen log: that the copy leads to one of its goals, which then is its target; or key changes. */
YW_CHECKED enum yw_code aim_onward(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err);
/* A beat of a frozen log, by a key whose key change is not held. */
YW_CHECKED enum yw_code see_beyond(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err);
void drop_beyond(struct log_inside *in);

/* elsewhere.c */
void drop_elsewhere(struct log_inside *in);
/* A package of another branch that starts below the end of the copy: of its key changes, and of nothing else, is learnt. */
YW_CHECKED enum yw_code learn_elsewhere(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err);
/* Does it bring keys of a log that was closed, from behind its end or of another branch (T7)?  Of it they are learnt, and
 * nothing else: heads and beats are judged by them. */
bool goes_beyond(const struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p);
YW_CHECKED enum yw_code learn_beyond(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err);
/* A beat, by whichever keys: it may be the one that stands there. */
YW_CHECKED enum yw_code see_elsewhere(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_error *err);
/* After a commit: that beat, if the copy has to be on its branch; size 0: it has not, as far as is known.  *unknown: of which two
 * heads it is not known how they stand, though that matters; large.size 0: none. */
YW_CHECKED enum yw_code judge_elsewhere(struct yw_ledger *l, const struct log_inside *in, struct yw_tree_head *beat,
    struct question *unknown, struct yw_error *err);

/* mode.c */
const struct yw_generation *recovered_by_others(const struct yw_ledger *l);

/* append.c */
YW_CHECKED enum yw_code append_genesis(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code seal_groups(struct yw_ledger *l, struct yw_error *err);
void drop_groups(struct yw_ledger *l);
YW_CHECKED enum yw_code sign_own_head(struct yw_ledger *l, struct yw_error *err);
bool may_append(struct yw_ledger *l, struct yw_error *why);
bool is_pending(const struct yw_ledger *l, const char *id);	/* something was said of it in this turn */
/* What stands before the first entry of a turn that somebody asked for; then the entry. */
YW_CHECKED enum yw_code begin_entries(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code append_trust(struct yw_ledger *l, struct yw_bytes trust, struct yw_error *err);

/* statements.c */
/* May this node say anything of trust now?  Asked before a statement is made; YW_ESTOPPED says why not. */
YW_CHECKED enum yw_code may_say(struct yw_ledger *l, struct yw_error *err);
/* A statement that trust/ has made for this node's log, as the next entry; what fails here fails the turn. */
enum roster { WITHOUT_ROSTER, WITH_ROSTER };	/* with: it changes what this node answers for (T11) */
YW_CHECKED enum yw_code say(struct yw_ledger *l, struct yw_bytes statement, enum roster roster, struct yw_error *err);
YW_CHECKED enum yw_code say_due_roster(struct yw_ledger *l, struct yw_error *err);	/* if one is (T11) */

/*
 * replica.c: writes one entry whose place is decided; used for own and foreign logs alike.  `bodies` are those
 * of this entry, rising by item.  After the last entry of an input: entries_written().
 */
YW_CHECKED enum yw_code write_entry(struct yw_ledger *l, struct log_inside *in, struct yw_bytes envelope,
    const struct yw_entry *e, const struct yw_hash *leaf, const struct yw_body *bodies, size_t n_bodies,
    struct yw_error *err);
void entries_written(struct yw_ledger *l, struct log_inside *in);
bool signer_valid(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e, uint64_t index);
/* Does trust/ want to know of it?  A kind that this version does not know is kept without effect, and still means
 * that the log needs a newer one (B3). */
bool speaks_of_trust(const struct yw_entry *e);

/* Is the package proven into that head, where it goes on from the end of the tree? */
YW_CHECKED enum yw_code check_range(const struct yw_tree *tree, const struct yw_package *p, const struct yw_checkpoint *c,
    struct yw_error *err);

/* kept.c */
YW_CHECKED enum yw_code load_kept(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code sweep_kept(struct yw_ledger *l, size_t *n, struct yw_error *err);	/* of what was erased (scrub.c) */
void drop_kept(struct yw_ledger *l);

/* broken.c: keeps entry `at` of a proven package as evidence (L9); the good ones before it are in the tree. */
YW_CHECKED enum yw_code put_broken(struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p, size_t at,
    struct yw_bytes head, struct yw_error *err);

/* holder.c: who else keeps the restricted bodies of a log (V4), whenever that is learnt. */
void start_holders(struct yw_ledger *l);	/* after load */
YW_CHECKED enum yw_code follow_holders(struct yw_ledger *l, struct yw_error *err);	/* in each turn, before its batch */
bool holders_due(const struct yw_ledger *l);

/* bodies.c */
/* Does this node show bodies of that entry, or does it only keep them (V4)? */
bool may_show(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e);
void write_bodies(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, bool counts,
    const struct yw_body *bodies, size_t n_bodies);
/* The same once more, of one item of an entry that is here, from what is held (state.c, absent.c). */
YW_CHECKED enum yw_code replay_place(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e,
    uint16_t item, bool counts, struct yw_error *err);
/* The mark of a place that was declared lost, or erased. */
void put_absent(struct yw_ledger *l, const struct log_inside *in, const struct yw_absent_body *lost, uint8_t flags);
YW_CHECKED enum yw_code count_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
YW_CHECKED enum yw_code refresh_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* R5: is a body lacking below that size that only an entry at or behind it declares lost or erases? */
bool absent_too_late(struct yw_ledger *l, const struct log_inside *in, uint64_t size);
/* A value of "missing": is it of a place that was declared lost or erased, and by which entry of the same log? */
bool is_absent_mark(struct yw_bytes v);
uint64_t absent_mark_by(struct yw_bytes v);
uint64_t absent_by(const struct log_inside *in, const struct yw_absent_body *lost);	/* as it would stand there */

/* absent.c: what its owner declared lost or erased counts as absent (V6), whenever that is learnt. */
YW_CHECKED enum yw_code start_absent(struct yw_ledger *l, struct yw_error *err);	/* after load */
YW_CHECKED enum yw_code follow_absent(struct yw_ledger *l, struct yw_error *err);	/* in each turn, before its batch */
bool absent_due(const struct yw_ledger *l);

/* erased.c */
YW_CHECKED enum yw_code apply_erased(struct yw_ledger *l, struct yw_error *err);	/* at open, before anybody is served */
YW_CHECKED enum yw_code write_erased(struct yw_ledger *l, struct yw_error *err);	/* after the batch, if it changed */
void hold_bodies(struct yw_ledger *l);	/* the disk was set back */
void release_bodies(struct yw_ledger *l);	/* after a commit: of logs of which all is here that peers have shown */
bool is_listed(const struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash);

/* scrub.c: what is erased is known by its hash, and leaves the disk (V6). */
void put_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash);
void drop_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash);
bool is_erased_hash(const struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash);
void erase_body(struct yw_ledger *l, const struct key *place);	/* one that is held */
/* Bodies under a number that is no log's, of this code; by_id: those of erased ids too.  Adds to *n. */
YW_CHECKED enum yw_code sweep_copy(struct yw_ledger *l, uint32_t number, const struct yw_jurisdiction *code, bool by_id, size_t *n,
    struct yw_error *err);
YW_CHECKED enum yw_code load_scrub(struct yw_ledger *l, struct yw_error *err);
int64_t scrub_rest(struct yw_ledger *l);	/* where it is due; gives when to ask again */

/* ahead.c */
/* By whose keys heads are judged: of the log as it is held, or as a package proved it to go on (T5). */
const struct yw_generation *head_generation(const struct yw_ledger *l, const struct log_inside *in);
void drop_ahead(struct log_inside *in);
/* Trust changed: of a closed log, the keys that are held behind its end. */
YW_CHECKED enum yw_code see_keys_beyond(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* A head that is not by the key valid at its size.  YW_ESIG: a line by a key of this log is wrong.  YW_ENOENT: it says
 * nothing as far as is known here; one of my own log by keys of mine is owed all the same (L2). */
YW_CHECKED enum yw_code judge_signer(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note,
    const struct yw_checkpoint *c, struct yw_error *err);
/* The head at which a log was closed, alone.  What led there is still to come, so its key may be one that was delegated and
 * whose key change is not held yet. */
YW_CHECKED enum yw_code ending_alone(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note,
    struct yw_buf *out, struct yw_error *err);
/* Those of a package, to be freed: *out is the generation with their keys.  from: as yw_shown_keys_check(). */
YW_CHECKED enum yw_code check_shown_keys(struct yw_ledger *l, const struct log_inside *in, uint64_t from, const struct yw_package *p,
    struct yw_generation **out, struct yw_error *err);
/* The key changes of a package that has some: its head can be judged then.  YW_EINVAL: not as far as is known here. */
YW_CHECKED enum yw_code take_key_changes(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p,
    struct yw_error *err);

/* heads.c */
YW_CHECKED enum yw_code note_checkpoint(struct yw_bytes note, struct yw_checkpoint *out, struct yw_error *err);
/* *in is set where the log is known, whatever is wrong with the head.  YW_ENOENT: it is not, or the key is not. */
YW_CHECKED enum yw_code read_head(struct yw_ledger *l, struct yw_bytes note, struct log_inside **in,
    struct yw_checkpoint *c, struct yw_error *err);
/* The same, and the note itself, to be released whatever comes of it; borrows from `note`. */
YW_CHECKED enum yw_code read_head_note(struct yw_ledger *l, struct yw_bytes note, struct yw_note *n, struct log_inside **in,
    struct yw_checkpoint *c, struct yw_error *err);
/* Text and the line by this key; false: it has none. */
bool line_by(const struct yw_note *n, const struct yw_vkey *key, struct yw_buf *out);
/* Text and head line alone: what came with cosignatures, or with lines that nobody asked for.  YW_ESIG: no line by
 * the key that is valid now. */
YW_CHECKED enum yw_code head_line(const struct yw_generation *g, struct yw_bytes note, struct yw_buf *out, struct yw_error *err);
YW_CHECKED enum yw_code head_alone(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note,
    struct yw_buf *out, struct yw_error *err);
YW_CHECKED enum yw_code compare_same_size(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c,
    struct yw_bytes note, struct yw_error *err);
/* Heads of other logs that a trust statement embeds (B8): seen like any other. */
YW_CHECKED enum yw_code take_embedded(struct yw_ledger *l, const struct yw_entry *e, struct yw_error *err);
/* Those of a network file's closings. */
YW_CHECKED enum yw_code take_file_heads(struct yw_ledger *l, struct yw_bytes file, struct yw_error *err);
/* What read_head() read. */
YW_CHECKED enum yw_code take_read_head(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c,
    struct yw_bytes note, struct yw_error *err);
/* The same, larger than any known. */
YW_CHECKED enum yw_code take_newest(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c,
    struct yw_bytes note, struct yw_error *err);
void keep_waiting(struct log_inside *in, struct yw_bytes note, uint64_t size, const struct yw_hash *root);
void drop_waiting(struct log_inside *in);
/* Heads that wait and turned out to lie before the break of a broken log: is there one, and it becomes full. */
bool heads_due(const struct yw_ledger *l);
YW_CHECKED enum yw_code follow_heads(struct yw_ledger *l, struct yw_error *err);
/* After a commit: what is held of sizes that the newest full head now covers.  May freeze the log in the next turn. */
YW_CHECKED enum yw_code compare_reached(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);

/* forks.c */
/* YW_ECONFLICT, and both are kept.  `a` is not larger than `b`; instead and proof lead to b where sizes differ. */
YW_CHECKED enum yw_code freeze(struct yw_ledger *l, struct log_inside *in, struct yw_bytes a, struct yw_bytes b,
    const struct yw_hash *instead, const struct yw_proof *proof, struct yw_error *err);
YW_CHECKED enum yw_code load_forks(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
void load_frozen(struct yw_ledger *l);	/* when all pairs and all that trust hears are loaded */
void judge_forks(struct yw_ledger *l);	/* of logs that changed in this turn; of all, if trust did */
void follow_frozen(struct yw_ledger *l, struct log_inside *in);	/* the same of one, at once: other keys of it are known */
void drop_forks(struct log_inside *in);
/* T7: a closing that a quorum makes void speaks against its issuer, and freezes no log by the head that it names. */
bool is_of_void_closing(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h);
/* Of the pairs that no void closing has to do with that which was signed when the log was shortest, by whichever keys; NULL: none. */
const struct fork *lowest_pair(const struct log_inside *in);
struct key key_fork(uint32_t number, const struct yw_hash *id);
/* As heads n 'x'; sized: the two heads' sizes differ.  *out of the latter borrows. */
YW_CHECKED enum yw_code fork_encode(const struct yw_contradiction *c, bool sized, struct yw_buf *out, struct yw_error *err);
bool fork_decode(struct yw_bytes v, struct yw_contradiction *out);

/* lines.c: which lines of a beat are kept (R5).  `old`, of the same text, may be empty; what its first `judged` bytes hold
 * was verified. */
struct merged {
	struct yw_buf *bytes;		/* the caller's */
	size_t known;			/* as yw_beat.known */
	struct yw_note note;		/* the same lines, to be released; borrows from `old` and `add` */
};
YW_CHECKED enum yw_code merge_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes old, size_t judged,
    const struct yw_note *add, struct merged *out, struct yw_error *err);
/* The same note without lines that do not verify: a key became known after its line was kept. */
YW_CHECKED enum yw_code clean_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note,
    struct yw_buf *out, struct yw_error *err);
/* And without those by keys that are not known: what may be passed on.  Those of generations that are closed are there, though
 * they count no more (T12). */
YW_CHECKED enum yw_code verified_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note,
    struct yw_buf *out, struct yw_error *err);

/* beats.c */
YW_CHECKED enum yw_code load_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
YW_CHECKED enum yw_code judge_strange(struct yw_ledger *l, struct yw_error *err);	/* after trust changed */
YW_CHECKED enum yw_code make_beat(struct yw_ledger *l, struct yw_error *err);
bool judged_otherwise(const struct yw_beat *a, const struct yw_beat *b);	/* does it say something else, or stand in other lines? */
YW_CHECKED enum yw_code judge_again(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_beat *b,
    struct yw_error *err);	/* a note that is held, by what is known now; b->note is the caller's to release */
YW_CHECKED enum yw_code judge_quorum(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_beat *b,
    struct yw_error *err);	/* the same where only the quorum is another: its lines were verified before */
void drop_beats(struct log_inside *in);
bool has_text(const struct yw_beat *b, struct yw_bytes note);	/* are they of one head? */
/* The lines of `old` and `add` in b->note, judged; what the first `judged` bytes of `old` hold was verified before. */
YW_CHECKED enum yw_code judge_merged(struct yw_ledger *l, const struct yw_generation *g, struct yw_bytes old, size_t judged,
    const struct yw_note *add, struct yw_beat *b, struct yw_error *err);
/* Adds the lines of `note`, which is `parsed`, to the beat of that size, or makes one. */
YW_CHECKED enum yw_code add_to_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_bytes note,
    const struct yw_note *parsed, struct yw_error *err);
/* The same of one that is not parsed yet. */
YW_CHECKED enum yw_code add_note_to_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_bytes note,
    struct yw_error *err);
/* Beats at hand that turn out to be of another branch than the copy become rivals. */
YW_CHECKED enum yw_code sort_out_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* Is the head one of the tree that is held here? */
bool is_mine(struct yw_ledger *l, const struct log_inside *in, uint64_t size, const struct yw_hash *root);
bool receipts_due(struct yw_ledger *l);

/* days.c */
YW_CHECKED enum yw_code load_quorums(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
uint32_t beat_day(const struct yw_beat *b);	/* of one with quorum */
/* A beat with quorum: no other issuer's delegation voids the generation any more (T3). */
YW_CHECKED enum yw_code settle_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
/* The first quorum beat of that day; size 0: none yet. */
YW_CHECKED enum yw_code first_of_day(struct yw_ledger *l, struct log_inside *in, uint32_t day, struct yw_day *out,
    struct yw_error *err);
/* After a beat was judged: with quorum it settles its generation, and if it is the first of its day, it stays, and one
 * that was held for it before may go. */
YW_CHECKED enum yw_code mark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, struct yw_error *err);
/* The quorum of a beat is another day's than it was: an earlier receipt came. */
YW_CHECKED enum yw_code unmark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was,
    const struct yw_beat *is, struct yw_error *err);
/* No day is stood for by the beat of that size any more. */
YW_CHECKED enum yw_code forget_days(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_error *err);
struct yw_beat *find_beat(struct yw_log *log, uint64_t size);	/* beats.c; NULL: not at hand */
const struct yw_beat *standing_beat(const struct yw_log *log);	/* the newest at hand that stands (T7), or NULL */

/* met.c: quorums that stood on receipts of a generation which is closed (T12). */
YW_CHECKED enum yw_code load_met(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
void drop_met(struct log_inside *in);
/* Has somebody's word come to count otherwise since beats were judged, be it that it counts as before by now?  Into the batch,
 * as it is with its commit: what it lost, or got, they tell of no more once memory is read anew.  After load_notes(). */
bool words_due(const struct yw_ledger *l);
void put_words(struct yw_ledger *l);
YW_CHECKED enum yw_code load_words(struct yw_ledger *l, struct yw_error *err);
/* A beat at hand was judged anew: what it loses by a closing is remembered. */
YW_CHECKED enum yw_code note_met(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was,
    const struct yw_beat *is, struct yw_error *err);
/* The beats that stand for days, and those that lost their quorum, are judged anew as well. */
/* Those that are kept for ever: what was cut, or may be; with another quorum all of them (T15). */
YW_CHECKED enum yw_code judge_days(struct yw_ledger *l, struct log_inside *in, bool other_quorum, struct yw_error *err);
void say_met(const struct log_inside *in, size_t before);	/* `before`: n_cut then */
bool is_met(const struct log_inside *in, uint64_t size);	/* such a beat stays in the store */
void choose_met(struct log_inside *in);		/* in->pub.met, after beats or marks changed */

/* view.c: memory first, so that what is durable cannot fail to be shown for want of it. */
YW_CHECKED enum yw_code publish_prepare(struct yw_ledger *l, struct published **out, struct yw_error *err);
YW_CHECKED enum yw_code publish(struct yw_ledger *l, struct published *p, struct yw_error *err);	/* takes p */
void publish_drop(struct yw_ledger *l, struct published *p);
void unpublish(struct yw_ledger *l);
struct yw_store *view_store(const struct yw_view *v);
const struct yw_snapshot *view_snapshot(const struct yw_view *v);
void view_self(const struct yw_view *v, struct yw_asker *out);	/* this node, as one that asks for bodies */

#endif
