/*
 * ledger_int.h - what the files of this room share: the key space, and the ledger's insides.
 *
 * Keys in the store; numbers big-endian, `n` is the local number of a log (u32), so that one log's data
 * lie together and no personal data stands in a key:
 *
 *	meta	"commit"			u64: commit number, as in the guard
 *		"code"				code of this node
 *		"foreign"			u32: UTC day (since 1970) of the newest foreign_beat in my log
 *		"behind"			why this node may not append, kept until it is whole again
 *		"log" n				size u64, root 32, broken u8, origin length u16, origin, trouble
 *	entries	n index				Envelope, verbatim
 *	tiles	n level(u8) tile(u64)		hashes, 32 bytes each
 *	bodies	n index item(u16)		Record, verbatim
 *	missing	n index item			1 byte: 1 unconditional, 0 not (a body this node may have and lacks)
 *	trust	n index				empty: entry `index` is a trust statement that was fed to trust/
 *	heads	n 'h'				newest head known, a signed note
 *		n 'f'				newest full head
 *		n 'b' size			a beat, a signed note
 *		n 'x' ('a'|'b')			two heads that contradict
 *		n 'c'				size u64, root 32: last cosigned (L4)
 *	items	id 00 generation(u32) index item	what was said of an id, oldest first; see items.c
 */
#ifndef YW_LEDGER_LEDGER_INT_H
#define YW_LEDGER_LEDGER_INT_H

#include <pthread.h>

#include "ledger/view.h"
#include "tlog/tree.h"

enum family { F_META, F_ENTRIES, F_TILES, F_BODIES, F_MISSING, F_TRUST, F_HEADS, F_ITEMS };

struct key {
	uint8_t b[YW_ID_MAX + 32];
	size_t len;
};

static inline struct yw_bytes
key_bytes(const struct key *k)
{
	return (struct yw_bytes) { k->b, k->len };
}

struct key key_meta(const char *name);
struct key key_log(uint32_t n);				/* meta */
struct key key_number(uint32_t n);			/* the prefix of a log */
struct key key_entry(uint32_t n, uint64_t index);	/* entries, trust */
struct key key_tile(uint32_t n, unsigned level, uint64_t tile);
struct key key_place(uint32_t n, uint64_t index, uint16_t item);	/* bodies, missing */
struct key key_head(uint32_t n, char what);
struct key key_beat(uint32_t n, uint64_t size);
struct key key_item(const char *id, uint32_t generation, uint64_t index, uint16_t item);
struct key key_item_prefix(const char *id);

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

/* --- items.c --- */

void item_put(struct yw_batch *b, const struct yw_log *log, const struct yw_record *r, const struct yw_entry *e,
    uint64_t index, uint16_t item);
YW_CHECKED enum yw_code item_decode(struct yw_bytes key, struct yw_bytes value, struct yw_item *out, struct yw_error *err);
YW_CHECKED enum yw_code item_current(struct yw_store *s, const struct yw_snapshot *snap, const char *id,
    struct yw_item *out, struct yw_error *err);

/* --- the writer's insides --- */

struct log_inside {		/* beside each struct yw_log, which other rooms may read */
	struct yw_log pub;
	struct yw_tree *tree;
	uint64_t committed_size;
	struct yw_hash committed_root;
	int64_t beat_at_ms;	/* own log: monotonic time of the newest beat; INT64_MIN: none in this run */
	struct yw_missing *taken;	/* bodies that came in this turn */
	size_t n_taken;
	bool stored;		/* its record is in the store */
	bool changed;		/* in this turn */
	bool tree_changed;
};

struct group;			/* append.c: records that will share one entry */
struct pending;			/* append.c: the newest revision of an id in this turn */

struct published {		/* immutable; what views hold */
	unsigned refs;		/* under yw_ledger.publish_lock */
	struct yw_snapshot *snap;
	struct shared_trust *trust;
	size_t n_logs;
	struct yw_log_info logs[];
};

struct shared_trust {
	unsigned refs;		/* under yw_ledger.publish_lock */
	struct yw_trust *t;
};

struct yw_ledger {
	struct yw_store *store;
	struct yw_guard guard;
	struct yw_guard_mark mark;	/* as last written */
	bool behind_stored;		/* the store knows that this node is behind its guard */
	struct yw_clock clock;
	struct yw_network network;	/* own copy, for rebuilding trust */
	struct yw_jurisdiction code;
	const struct yw_key_set *keys;
	struct yw_buf request;
	struct yw_hash request_hash;
	uint64_t beat_every_ms;

	struct yw_trust *trust;
	bool trust_changed;
	struct log_inside **logs;
	size_t n_logs, cap_logs;
	struct log_inside *own;
	struct yw_batch *batch;
	bool dirty;
	struct yw_error spoilt;		/* an input failed half-way: this turn cannot be committed; msg[0] 0: no */
	uint64_t commit;		/* number of the last commit in the store */
	uint64_t stamp;
	struct group *groups, *last_group;
	struct pending *pending;	/* open addressing; cap_pending is a power of two */
	size_t n_pending, cap_pending;
	uint32_t foreign_day;		/* as meta "foreign" */
	bool beat_due;			/* the commit of this turn makes a beat */
	struct yw_error behind;		/* why this node may not append; msg[0] 0: it may */
	struct yw_error failed;		/* why writing has stopped; msg[0] 0: it has not */

	pthread_mutex_t publish_lock;
	struct published *published;
	struct shared_trust *published_trust;
};

/* ledger.c */
YW_CHECKED enum yw_code attach_logs(struct yw_ledger *l, struct yw_error *err);
struct log_inside *find_log(const struct yw_ledger *l, const char *origin);
const struct yw_generation *log_generation(const struct yw_ledger *l, const struct log_inside *in);
void log_touch(struct yw_ledger *l, struct log_inside *in);	/* changed: goes into the commit, and to peers */
void ledger_put_note(struct yw_ledger *l, const struct log_inside *in, char what, struct yw_bytes note);
void self_asker(const struct yw_ledger *l, struct yw_asker *out);

/* append.c */
YW_CHECKED enum yw_code append_trust(struct yw_ledger *l, struct yw_bytes trust, struct yw_error *err);
YW_CHECKED enum yw_code append_genesis(struct yw_ledger *l, struct yw_error *err);
YW_CHECKED enum yw_code seal_groups(struct yw_ledger *l, struct yw_error *err);
void drop_groups(struct yw_ledger *l);
YW_CHECKED enum yw_code sign_own_head(struct yw_ledger *l, struct yw_error *err);
bool may_append(struct yw_ledger *l, struct yw_error *why);

/* replica.c: writes one entry whose place is decided; used for own and foreign logs alike. */
YW_CHECKED enum yw_code write_entry(struct yw_ledger *l, struct log_inside *in, struct yw_bytes envelope,
    const struct yw_entry *e, const struct yw_body *bodies, size_t n_bodies, struct yw_error *err);
YW_CHECKED enum yw_code freeze_heads(struct yw_ledger *l, struct log_inside *in, struct yw_bytes head_a, struct yw_bytes head_b,
    struct yw_error *err);		/* YW_ECONFLICT, both kept */
YW_CHECKED enum yw_code refresh_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);

/* beats.c */
YW_CHECKED enum yw_code load_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err);
YW_CHECKED enum yw_code make_beat(struct yw_ledger *l, struct yw_error *err);
void drop_beats(struct log_inside *in);
bool receipts_due(struct yw_ledger *l);

/* view.c */
YW_CHECKED enum yw_code publish(struct yw_ledger *l, struct yw_error *err);
void unpublish(struct yw_ledger *l);
struct yw_store *view_store(const struct yw_view *v);
const struct yw_snapshot *view_snapshot(const struct yw_view *v);

#endif
