/*
 * view.h - what the last commit left, for readers in any thread.
 *
 * A view is immutable and cheap (a reference); holding one keeps old data on disk from being reclaimed,
 * so hold it for a request, not for a session.
 */
#ifndef YW_LEDGER_VIEW_H
#define YW_LEDGER_VIEW_H

#include "ledger/ledger.h"
#include "trust/evidence.h"

struct yw_view;

struct yw_log_info {		/* as struct yw_log, frozen at the commit */
	uint32_t number;
	uint64_t commit;				/* the first that shows it as it is here */
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	bool own, frozen, broken, needs_newer, withholds;
	struct yw_log_fork forks[YW_FORKS_KEPT];
	size_t n_forks;
	uint64_t size, held, receipts_to, head_size, full_size;
	size_t n_missing, n_lost, n_erased;
	bool absent_due;				/* more may be lost or erased than these */
	bool state_due;					/* what its records say is not yet as this commit's trust has it: a turn is due */
	bool holder_due;
	struct yw_jurisdiction holder;			/* as yw_log.holder */
	struct yw_hash root;
	uint64_t beat_size, beat_time_s;		/* newest beat, owner's time; size 0: none */
	uint64_t quorum_size, quorum_time_s;		/* newest beat with quorum */
	struct yw_met met;				/* beyond that: what had its quorum when it was seen (T12) */
	char trouble[YW_ERROR_MAX];
};

YW_CHECKED enum yw_code yw_view_open(struct yw_ledger *l, struct yw_view **out, struct yw_error *err);	/* YW_ENOMEM */
void yw_view_close(struct yw_view *v);

const struct yw_trust *yw_view_trust(const struct yw_view *v);
/* Whose it is: as trust says, or of my own next log before anybody has granted it (T8), as its request alone does.  NULL:
 * nobody knows. */
const struct yw_generation *yw_view_generation(const struct yw_view *v, const struct yw_log_info *log);
size_t yw_view_count(const struct yw_view *v);
const struct yw_log_info *yw_view_at(const struct yw_view *v, size_t i);	/* in order of arrival */
const struct yw_log_info *yw_view_of(const struct yw_view *v, const struct yw_log *log);	/* NULL: not committed yet */
const struct yw_log_info *yw_view_log(const struct yw_view *v, const char *origin);	/* NULL: none */

/* Each appends to *out; YW_ENOENT where it is not held. */
YW_CHECKED enum yw_code yw_view_entry(const struct yw_view *v, const struct yw_log_info *log, uint64_t index,
    struct yw_buf *out, struct yw_error *err);
YW_CHECKED enum yw_code yw_view_body(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item,
    struct yw_buf *out, struct yw_error *err);
/* The smallest kept beat of at least min_size leaves (`newest`: the newest one instead), with the lines that are
 * verified here: what may be passed on. */
YW_CHECKED enum yw_code yw_view_beat(const struct yw_view *v, const struct yw_log_info *log, uint64_t min_size, bool newest,
    struct yw_buf *out, struct yw_error *err);
/* The smallest beat of at least min_size leaves whose quorum this node has seen, and which lost it since (T12): with the
 * lines of closed generations too, which are for nobody else's quorum. */
YW_CHECKED enum yw_code yw_view_met(const struct yw_view *v, const struct yw_log_info *log, uint64_t min_size,
    struct yw_buf *out, struct yw_error *err);
/* The first beats with quorum of days, in order, from a day on and before another (R6).  Gives how many are in *out. */
struct yw_day {
	uint32_t day;			/* UTC, since 1970 */
	uint64_t size, quorum_time_s;	/* of its first beat with quorum: yw_view_beat() has it */
};
YW_CHECKED enum yw_code yw_view_days(const struct yw_view *v, const struct yw_log_info *log, uint32_t from, uint32_t before,
    struct yw_day *out, size_t max, size_t *n, struct yw_error *err);
/* The last of what is kept for ever of its beats whose quorum time is not after time_s (R6): the first of a day, or the newest
 * with quorum.  YW_ENOENT: none. */
YW_CHECKED enum yw_code yw_view_quorum_at(const struct yw_view *v, const struct yw_log_info *log, uint64_t time_s,
    struct yw_day *out, struct yw_error *err);
/* The newest foreign_beat below an entry (R9).  YW_ENOENT: none. */
YW_CHECKED enum yw_code yw_view_foreign_beat(const struct yw_view *v, const struct yw_log_info *log, uint64_t below,
    uint64_t *index, struct yw_error *err);
/*
 * Two heads of a log that cannot both be true (L6), those of log->forks[at]: signed notes without cosignatures, the smaller
 * one first, or of one size the first bytewise, so that the same pair is the same everywhere.  *out borrows from *heads,
 * which is the caller's to release in any case.  YW_ENOENT: there are no more.
 */
YW_CHECKED enum yw_code yw_view_contradiction(const struct yw_view *v, const struct yw_log_info *log, size_t at,
    struct yw_buf *heads, struct yw_contradiction *out, struct yw_error *err);

/*
 * The entry that breaks a log, with what proves that its owner signed for it (L9): the leaf hashes of its block, as far
 * as the package went in which it came.  yw_broken_release() in any case.  YW_ENOENT: none.
 */
struct yw_broken {
	uint64_t index;			/* of the entry */
	uint64_t start;			/* of the first leaf: index rounded down to a multiple of 256 */
	size_t n_leaves;
	struct yw_hash leaves[YW_TILE_HASHES];
	struct yw_proof subtree;	/* of [start, start + n_leaves) into the head (C2SP) */
	struct yw_buf head;		/* a signed note of the owner */
	struct yw_buf envelope;		/* verbatim */
};
YW_CHECKED enum yw_code yw_view_broken(const struct yw_view *v, const struct yw_log_info *log, struct yw_broken *out,
    struct yw_error *err);
void yw_broken_release(struct yw_broken *b);

/*
 * Judges such evidence against the owner of a generation, from nothing but itself and trust.  YW_OK: *why is how the
 * entry breaks the log, *head the head that covers it.  YW_ESIG / YW_EFORMAT: it is not proven.  YW_EINVAL: the entry
 * breaks nothing.  YW_ENOMEM.  Any thread.
 */
YW_CHECKED enum yw_code yw_broken_check(const struct yw_broken *b, const struct yw_trust *t, const struct yw_generation *g,
    struct yw_checkpoint *head, struct yw_error *why);

/* Tiles of a log; `self` is storage for the reader's argument and must live as long as it. */
struct yw_view_tiles { void *insides[4]; };
void yw_view_tiles(const struct yw_view *v, const struct yw_log_info *log, struct yw_view_tiles *self,
    struct yw_tile_reader *out);

/* For chains and evidence. */
void yw_view_reader(const struct yw_view *v, struct yw_log_reader *out);

/* --- Records --- */

struct yw_item {		/* one thing that was said of an id (B7) */
	char id[YW_ID_MAX + 1];
	bool erased;			/* nothing more than that: by entry `index` of that log, which may be another code's (T10) */
	enum yw_operation op;
	uint32_t revision;
	uint32_t generation;		/* of the id's code */
	uint64_t order;			/* in it, then by item: what was said later has a larger one */
	uint32_t log;			/* yw_log_info.number */
	uint64_t index;
	uint16_t item;
	struct yw_hash sha256;
	struct yw_audience audience;	/* codes empty: read the entry if they are needed */
};

/* What counts now for an id, as far as this version knows the kinds.  YW_ENOENT: nothing here (it may be withheld from this node). */
YW_CHECKED enum yw_code yw_view_current(const struct yw_view *v, const char *id, struct yw_item *out, struct yw_error *err);

/* The newest thing said of an id that is held here and needs a newer version to be applied (B3, B7): only its place
 * and hash mean anything.  YW_ENOENT: none. */
YW_CHECKED enum yw_code yw_view_later(const struct yw_view *v, const char *id, struct yw_item *out, struct yw_error *err);

/* T10: into which code was that of this id merged?  False: it was not, as far as is known here, or it goes on. */
bool yw_view_successor(const struct yw_view *v, const char *id, struct yw_jurisdiction *out);

/*
 * T10: the ids under which records of its successor say now that they replace this one, in order: none unless the code of
 * the id was closed for good and merged into theirs.  `each` returns false to stop.
 */
YW_CHECKED enum yw_code yw_view_replaced(const struct yw_view *v, const char *id, bool (*each)(void *arg, const char *id),
    void *arg, struct yw_error *err);

/* Everything held that was said of an id, oldest first: `each` returns false to stop. */
YW_CHECKED enum yw_code yw_view_history(const struct yw_view *v, const char *id, bool (*each)(void *arg, const struct yw_item *),
    void *arg, struct yw_error *err);

/* Ids in order, only what counts now, from `after` on (exclusive; "" from the first) under a prefix such as
 * "320102/contract/" ("" all). */
YW_CHECKED enum yw_code yw_view_list(const struct yw_view *v, const char *prefix, const char *after,
    bool (*each)(void *arg, const struct yw_item *), void *arg, struct yw_error *err);

/* --- Places (B6) --- */

enum yw_body_state {		/* of one place, on this node */
	YW_BODY_HELD,
	YW_BODY_KEPT,		/* it is here for its owner, and is not shown (V4) */
	YW_BODY_LOST,		/* its owner has declared it lost (V6): it counts as absent, whoever may have it, also where it is held */
	YW_BODY_ERASED,		/* by its owner, or who acts for its issuer (V6, T10) */
	YW_BODY_WITHHELD,	/* by the audience of its entry (V1): the place is known, and nothing of what stands there */
	YW_BODY_MISSING,	/* this node may have it, and nobody has brought it yet */
	YW_BODY_REFUSED		/* it came, and may not be held here (B5, B6) */
};

struct yw_places {		/* what one entry registered */
	uint64_t index;
	const struct yw_entry *entry;			/* at least one item */
	enum yw_body_state state[YW_ITEMS_MAX];		/* of its n_items */
};

/*
 * The entries of a log that registered records, in order from entry `from` on: `each`, for whom *places is valid
 * during the call, returns false to stop.  Reads every entry on the way.
 */
YW_CHECKED enum yw_code yw_view_places(const struct yw_view *v, const struct yw_log_info *log, uint64_t from,
    bool (*each)(void *arg, const struct yw_places *places), void *arg, struct yw_error *err);

/* V6: has its owner declared the body at this place lost, or erased it?  *out, which may be NULL, is set if so. */
bool yw_view_absent(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item,
    struct yw_absent_body *out);

/* Every body of a log that is held, shown (V4) and not absent, counting or not, in order; what `each` is given is borrowed for the
 * call, and false ends it. */
YW_CHECKED enum yw_code yw_view_bodies(const struct yw_view *v, const struct yw_log_info *log,
    bool (*each)(void *arg, uint64_t index, uint16_t item, struct yw_bytes body), void *arg, struct yw_error *err);

/* Where bodies with this id are held, in all logs of its code, whether they count or not; in order, at most max, and *n is how
 * many there are.  Reads every body of these logs. */
YW_CHECKED enum yw_code yw_view_places_of(const struct yw_view *v, const char *id, struct yw_own_place *out, size_t max, size_t *n,
    struct yw_error *err);

/* R5: the place at which this node's receipts for a log stop, and why: missing, or refused.  YW_ENOENT: at none. */
YW_CHECKED enum yw_code yw_view_stop(const struct yw_view *v, const struct yw_log_info *log, struct yw_missing *out,
    enum yw_body_state *why, struct yw_error *err);

/* L8: the records of branches of this log that do not count, as far as their bodies are held here; in the order in which
 * they were logged.  What `each` is given is borrowed for the call; false ends it. */
struct yw_lost_item {
	uint64_t index;			/* where it stood */
	uint16_t item;
	struct yw_record record;
	const struct yw_audience *audience;
	struct yw_bytes body;
};
YW_CHECKED enum yw_code yw_view_lost(const struct yw_view *v, const struct yw_log_info *log,
    bool (*each)(void *arg, const struct yw_lost_item *), void *arg, struct yw_error *err);

/* S4.  *complete false: unconditional bodies below these sizes are missing, or what trust says has changed and state follows in the
 * next turn; *out is not set.  YW_ECONFLICT: it is not comparable, since what is below these sizes is erased by what is not. */
YW_CHECKED enum yw_code yw_view_digest(const struct yw_view *v, const struct yw_jurisdiction *code, bool *complete,
    struct yw_hash *out, struct yw_error *err);
/* The logs over which it goes, by origin: the code's generations and all on their chains, each up to where it counts.  With the version
 * of the network file, and what freezes them, that is the header: where it is equal digests must be. */
#define YW_DIGEST_LOGS_MAX (YW_KEY_SETS_MAX * (YW_CHAIN_LINKS_MAX + 1))
struct yw_digest_log {
	const struct yw_log_info *log;
	struct yw_tree_head head;
};
YW_CHECKED enum yw_code yw_view_digest_logs(const struct yw_view *v, const struct yw_jurisdiction *code,
    struct yw_digest_log out[static YW_DIGEST_LOGS_MAX], size_t *n, struct yw_error *err);

/* --- Serving a peer (R3, V3) --- */

struct yw_serving {		/* what one want is answered with */
	uint64_t start;
	uint64_t head_size;
	struct yw_buf bytes;		/* envelopes and bodies, joined */
	struct { size_t at, len; } entries[YW_PACKAGE_ENTRIES];
	size_t n_entries;
	struct { uint64_t index; uint16_t item; size_t at, len; } *bodies;
	size_t n_bodies;
	struct yw_buf head;		/* empty where the asker named the head, since it holds it */
	struct yw_proof subtree;
	bool has_consistency;
	struct yw_hash from_root;	/* at from_size */
	struct yw_proof consistency;
	struct yw_served_proof { uint64_t index; size_t at, len; struct yw_proof path; } *changes;	/* key changes; with the head */
	size_t n_changes;
	struct yw_served_proof *admitted;	/* delegations; yw_view_serve_admitted() */
	size_t n_admitted;
};

/*
 * Entries from `start` on, and below `end` if that is not 0, that fit in `budget` bytes, proved into the head of
 * head_size (0: the newest full head, with a consistency proof from from_size if that is not 0, and with the key changes
 * from there on), and the bodies the asker may have as far as they fit.  At least one entry.  YW_ENOENT: not held that far, or no such head.
 * yw_serving_release() always.
 */
YW_CHECKED enum yw_code yw_view_serve(const struct yw_view *v, const struct yw_log_info *log, uint64_t start,
    uint64_t end, uint64_t head_size, uint64_t from_size, const struct yw_asker *asker, size_t budget,
    struct yw_serving *out, struct yw_error *err);
void yw_serving_release(struct yw_serving *s);
/* Adds the delegations from from_size on that a quorum may ask for (T7), to what yw_view_serve() gave with the head. */
YW_CHECKED enum yw_code yw_view_serve_admitted(const struct yw_view *v, const struct yw_log_info *log, uint64_t from_size,
    struct yw_serving *s, struct yw_error *err);
/* The same as a package, which borrows from it and is not checked yet; from_size as above.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_serving_package(const struct yw_serving *s, const struct yw_origin *origin, uint64_t from_size,
    struct yw_package *out, struct yw_error *err);

/* One body by place, if the asker may have it (YW_EDENIED) and it is held (YW_ENOENT). */
YW_CHECKED enum yw_code yw_view_serve_body(const struct yw_view *v, const struct yw_log_info *log, uint64_t index,
    uint16_t item, const struct yw_asker *asker, struct yw_buf *out, struct yw_error *err);

#endif
