/*
 * store.h - ordered keys and values in named families, with atomic batches and snapshots.
 *
 * The only room that knows RocksDB (rocksdb.c); memory.c keeps the same contract in memory, with a
 * power switch, so that simulations run the same ledger.  Knows nothing of what a log is.
 * Threads: reads and snapshots from any thread; batches are written by one thread at a time.
 */
#ifndef YW_STORE_STORE_H
#define YW_STORE_STORE_H

#include "base/buf.h"

struct yw_store;
struct yw_batch;
struct yw_snapshot;
struct yw_iter;

struct yw_family_spec {
	const char *name;		/* static; families are named by their place in this table */
	bool bulk;			/* large values, written in order: bigger blocks, zstd at the bottom */
};

struct yw_store_options {
	const struct yw_family_spec *families;
	size_t n_families;
	uint64_t format_version;	/* refused with a sentence if the directory says another */
	size_t cache_bytes;		/* one block cache and one write budget for all families */
	size_t write_buffer_bytes;
	uint64_t reserve_bytes;		/* writing stops while the disk has less than this free */
	bool read_only;
};

/*
 * Opens or creates (the directory too, mode 0700, its name durable; the parent must exist).
 *
 * YW_EIO	with the reason and what to do about it: locked, damaged, disk full, no permission
 * YW_EFORMAT	a directory of another format version, of other families, or not ours; untouched
 * YW_ENOENT	read_only, and there is nothing
 * YW_ESTOPPED	too little free disk to open for writing; read_only still opens
 *
 * A process that has opened a store must not fork without exec.
 */
YW_CHECKED enum yw_code yw_store_open(const char *dir, const struct yw_store_options *o, struct yw_store **out,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_store_open_memory(const struct yw_store_options *o, struct yw_store **out);
void yw_store_close(struct yw_store *s);

/* Keys have at most YW_STORE_KEY_MAX bytes.  A batch remembers its first error; yw_store_write reports it. */
#define YW_STORE_KEY_MAX 1024

struct yw_batch *yw_batch_new(void);			/* NULL: out of memory */
void yw_batch_free(struct yw_batch *b);
void yw_batch_clear(struct yw_batch *b);
void yw_batch_put(struct yw_batch *b, unsigned family, struct yw_bytes key, struct yw_bytes value);
void yw_batch_delete(struct yw_batch *b, unsigned family, struct yw_bytes key);
size_t yw_batch_bytes(const struct yw_batch *b);

/*
 * Atomic over all families.  sync: durable on return, and all writes before it, of which an empty batch makes no
 * exception.  The batch stays as it is.
 *
 * YW_EIO	final: yw_store_failed() from then on, reads go on; the batch may or may not be there
 * YW_ESTOPPED	below the disk reserve, or files were removed under it: nothing was written, may be tried again
 * YW_EINVAL	a family or key that cannot be, or the store is read-only; nothing was written
 */
YW_CHECKED enum yw_code yw_store_write(struct yw_store *s, struct yw_batch *b, bool sync, struct yw_error *err);

/* Would a batch of so many bytes be written now?  The same codes; nothing is written. */
YW_CHECKED enum yw_code yw_store_room_for(struct yw_store *s, size_t bytes, struct yw_error *err);

/* Has writing been stopped by an error (a write's, a background job's, damage met by a read)?  The
 * sentence goes to err.  The way on is to close and open again. */
bool yw_store_failed(struct yw_store *s, struct yw_error *err);

/* Did it fail for want of room, or in a background job, and not because the disk is broken or damaged?  Then whoever
 * holds it closes and opens it again, as soon as it has room for that.  Both from any thread. */
bool yw_store_curable(struct yw_store *s);
bool yw_store_has_room(struct yw_store *s);

/* snap NULL: the newest state.  Appends to *out.  YW_ENOENT absent. */
YW_CHECKED enum yw_code yw_store_get(struct yw_store *s, const struct yw_snapshot *snap, unsigned family,
    struct yw_bytes key, struct yw_buf *out, struct yw_error *err);

/* The same for a value of exactly len bytes, without allocating; another length is YW_EIO (damage). */
YW_CHECKED enum yw_code yw_store_get_fixed(struct yw_store *s, const struct yw_snapshot *snap, unsigned family,
    struct yw_bytes key, void *out, size_t len, struct yw_error *err);

/* Release snapshots and iterators before the store is closed. */
struct yw_snapshot *yw_snapshot_new(struct yw_store *s);	/* NULL: out of memory */
void yw_snapshot_free(struct yw_snapshot *snap);

/*
 * Iterates the keys of one moment (the snapshot's, or that of this call) that start with prefix: from
 * `from` on (empty: from the first), or descending from the last <= from (empty: from the last).  Loop:
 *	for (it = yw_iter_new(...); yw_iter_valid(it); yw_iter_next(it)) ...
 *	code = yw_iter_finish(it, err);		-- frees, and reports what ended the loop: always read it
 */
struct yw_iter *yw_iter_new(struct yw_store *s, const struct yw_snapshot *snap, unsigned family,
    struct yw_bytes prefix, struct yw_bytes from, bool descending);
bool yw_iter_valid(const struct yw_iter *it);
void yw_iter_next(struct yw_iter *it);
struct yw_bytes yw_iter_key(const struct yw_iter *it);		/* until the next yw_iter_next */
struct yw_bytes yw_iter_value(const struct yw_iter *it);
YW_CHECKED enum yw_code yw_iter_finish(struct yw_iter *it, struct yw_error *err);

/*
 * Gives memory back after bulk work: what is not yet in sorted files goes into some.  For when there is nothing
 * else to do: takes as long as writing a write buffer to disk.  Trouble shows in yw_store_failed().  The writer.
 */
void yw_store_rest(struct yw_store *s);

/*
 * What was deleted in the family under keys with these prefixes leaves every file of the store, as long as no snapshot from
 * before the deletion is open: that is the caller's to know.  Rewrites the files that held it, which takes as long as that.
 * The writer.  YW_ESTOPPED: no room for that now.
 */
YW_CHECKED enum yw_code yw_store_scrub(struct yw_store *s, unsigned family, const struct yw_bytes *prefixes, size_t n,
    struct yw_error *err);

/* Copies what is committed now into dir, which must not exist, to be opened as a store; files that never change are
 * shared where the file system can.  Any thread.  YW_EINVAL: a memory store. */
YW_CHECKED enum yw_code yw_store_checkpoint(struct yw_store *s, const char *dir, struct yw_error *err);

/* Bytes on disk and in memory, for status. */
struct yw_store_stats {
	uint64_t disk_bytes, free_bytes, memory_bytes;
};
void yw_store_stats(struct yw_store *s, struct yw_store_stats *out);

/*
 * Memory stores only: what a power cut leaves (everything synced), as a new store.  The old one is
 * dead: it still wants its yw_store_close(), everything else on it gives YW_EIO.  NULL: out of memory.
 */
struct yw_store *yw_store_power_cut(struct yw_store *s);

/* Memory stores only: the disk as it is, copied, as a store of its own; both go their own ways.  NULL: out of memory. */
struct yw_store *yw_store_image(struct yw_store *s);

/* Memory stores only: while the disk is full every write gives YW_ESTOPPED. */
void yw_store_fill_disk(struct yw_store *s, bool full);

/* Memory stores only: a sync fails, or (curable) there is no room for it: writing has failed. */
void yw_store_fail_disk(struct yw_store *s, bool curable);

#endif
