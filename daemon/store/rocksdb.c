/*
 * rocksdb.c - the store on disk, once it is open (rocksdb_open.c); these two alone see rocksdb/c.h.
 *
 * RocksDB is told to refuse rather than to guess: checksums are always verified, damage in the middle
 * of the WAL is refused, the WALs are tracked in the MANIFEST.  What it cannot notice (the end of its
 * last WAL is gone) is the guard's business, one room further.
 *
 * Debian builds it with assertions, and one of them aborts the process when a file is used again of which a
 * write or sync has failed; its own LOG is the usual one.  So LOG gets its head at opening and nothing later
 * (what went wrong comes with the status), opening for writing asks for room first, and writing stops at a
 * reserve.  What is left is a broken disk and threads of its own that meet on one file: then the process ends,
 * and what was durable is there when it is started again.
 *
 * The default family holds only the format version; ours are beside it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/rocksdb_int.h"
#include "store/treap.h"

#define REST_BYTES (1u << 20)		/* less stays in write buffers: small files are work for later */
#define BOTTOM_TOO 2			/* kForce of BottommostLevelCompaction has no name in c.h either */

struct rocks_snapshot {
	struct yw_snapshot head;
	const rocksdb_snapshot_t *snap;
	rocksdb_readoptions_t *read;
};

struct rocks_iter {
	struct yw_iter head;
	rocksdb_iterator_t *it;
	rocksdb_readoptions_t *read;
	bool descending;
	uint8_t lower[YW_STORE_KEY_MAX], upper[YW_STORE_KEY_MAX];	/* RocksDB keeps pointing here */
};

static const char *
chars(struct yw_bytes b)
{
	return b.data != NULL ? (const char *)b.data : "";
}

/* The same, of an open store: whatever it was, nothing more is written. */
static enum yw_code
stop_on_status(struct rocks *r, const char *doing, char *status, struct yw_error *err)
{
	bool curable = yw_status_wants_room(status);
	struct yw_error why;

	rocks_fail(r, doing, status, &why);
	yw_store_stop(&r->head, &why, curable);
	return yw_fail(err, YW_EIO, "%s", why.msg);
}

/* ---- writing */

static void
flush(struct rocks *r, char **status)
{
	rocksdb_flushoptions_t *o = rocksdb_flushoptions_create();

	for (size_t i = 0; *status == NULL && i <= r->head.n_families; i++)
		rocksdb_flush_cf(r->db, o, r->families[i], status);
	rocksdb_flushoptions_destroy(o);
}

/*
 * Everything goes into tables, and with it RocksDB begins another write-ahead log: so nothing is lost with the one that
 * was removed.  Where all was in tables already it would begin none: hence the version, once more.
 */
static void
renew_wal(struct rocks *r, char **status)
{
	rocks_write_version(r, status);
	if (*status == NULL)
		flush(r, status);
}

static enum yw_code
check_there(struct rocks *r, struct yw_error *err)
{
	char *status = NULL;

	switch (yw_there_look(&r->there)) {
	case YW_THERE:
		return YW_OK;
	case YW_THERE_GONE:
		break;
	case YW_THERE_NO_WAL:
		renew_wal(r, &status);
		return status != NULL ? stop_on_status(r, "flush", status, err) : yw_fail(err, YW_ESTOPPED, "writing had stopped: the "
		    "write-ahead log of '%.100s' was removed under the running daemon; what it held is in tables now: try again", r->dir);
	}
	return yw_fail(err, YW_ESTOPPED, "writing has stopped: the database '%.100s' was removed or replaced under the running "
	    "daemon; put it back, or stop the daemon and go back to a backup", r->dir);
}

static enum yw_code
check_reserve(struct rocks *r, size_t more, struct yw_error *err)
{
	uint64_t avail = 0;
	enum yw_code code = rocks_free_bytes(r, &avail, err);

	if (code != YW_OK || (avail >= r->reserve_bytes && avail - r->reserve_bytes >= more))
		return code;
	return yw_fail(err, YW_ESTOPPED, "writing has stopped: the disk of '%.64s' has %llu MiB free, less than the reserve "
	    "of %llu MiB; free some space, writing then goes on by itself", r->dir, (unsigned long long)(avail >> 20),
	    (unsigned long long)(r->reserve_bytes >> 20));
}

static enum yw_code
rocks_room_for(struct yw_store *s, size_t bytes, struct yw_error *err)
{
	struct rocks *r = rocks_of(s);
	enum yw_code code = check_there(r, err);

	return code == YW_OK ? check_reserve(r, bytes, err) : code;
}

static enum yw_code
rocks_write(struct yw_store *s, const struct yw_batch *b, bool sync, struct yw_error *err)
{
	struct rocks *r = rocks_of(s);
	enum yw_code code = rocks_room_for(s, yw_batch_bytes(b), err);
	rocksdb_writebatch_t *wb;
	struct yw_batch_op op;
	char *status = NULL;
	size_t at = 0;

	if (code != YW_OK)
		return code;
	wb = rocksdb_writebatch_create();
	while (yw_batch_step(b, &at, &op)) {
		if (op.put)
			rocksdb_writebatch_put_cf(wb, r->families[op.family], chars(op.key), op.key.len, chars(op.value),
			    op.value.len);
		else
			rocksdb_writebatch_delete_cf(wb, r->families[op.family], chars(op.key), op.key.len);
	}
	YW_POINT("batch");
	rocksdb_write(r->db, sync ? r->write_synced : r->write, wb, &status);
	YW_POINT("batch-written");
	rocksdb_writebatch_destroy(wb);
	r->unrested += yw_batch_bytes(b);
	return status != NULL ? stop_on_status(r, "write", status, err) : YW_OK;
}

/* What the file system says is free, a quota may not give: so a file takes what opening may need, and goes again. */
static bool
rocks_has_room(struct yw_store *s)
{
	struct rocks *r = rocks_of(s);
	uint64_t avail = 0;
	char path[PATH_MAX + 8];
	bool room;
	int fd;

	if (rocks_free_bytes(r, &avail, NULL) != YW_OK || avail < r->opening_bytes || avail < r->reserve_bytes)
		return false;
	snprintf(path, sizeof path, "%s/probe", r->dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	unlink(path);
	room = posix_fallocate(fd, 0, (off_t)r->opening_bytes) == 0 && fdatasync(fd) == 0;
	close(fd);
	return room;
}

/* A background job that failed is only counted; why, a write is told (an empty one will do). */
static void
rocks_look(struct yw_store *s)
{
	struct rocks *r = rocks_of(s);
	rocksdb_writebatch_t *nothing;
	struct yw_error why;
	char *status = NULL;
	uint64_t n = 0;

	if (s->read_only || rocksdb_property_int(r->db, "rocksdb.background-errors", &n) != 0 || n == 0)
		return;
	nothing = rocksdb_writebatch_create();
	rocksdb_write(r->db, r->write, nothing, &status);
	rocksdb_writebatch_destroy(nothing);
	if (status != NULL) {
		stop_on_status(r, "write", status, &why);
		return;
	}
	yw_fail(&why, YW_EIO, "unable to write '%.100s': a background job of the database failed", r->dir);
	yw_store_stop(s, &why, true);
}

/* ---- reading */

static enum yw_code
rocks_read(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes key,
    yw_take_fn take, void *arg, struct yw_error *err)
{
	struct rocks *r = rocks_of(s);
	rocksdb_pinnableslice_t *slice;
	char *status = NULL;
	const char *value;
	size_t len = 0;

	slice = rocksdb_get_pinned_cf(r->db, snap != NULL ? ((const struct rocks_snapshot *)snap)->read : r->read,
	    r->families[family], chars(key), key.len, &status);
	if (status != NULL)
		return stop_on_status(r, "read", status, err);
	if (slice == NULL)
		return yw_fail(err, YW_ENOENT, "no such key");
	value = rocksdb_pinnableslice_value(slice, &len);
	take(arg, value, len);
	rocksdb_pinnableslice_destroy(slice);
	return YW_OK;
}

static rocksdb_readoptions_t *
read_options(const struct yw_snapshot *snap)
{
	rocksdb_readoptions_t *read = rocksdb_readoptions_create();

	rocksdb_readoptions_set_verify_checksums(read, 1);
	if (snap != NULL)
		rocksdb_readoptions_set_snapshot(read, ((const struct rocks_snapshot *)snap)->snap);
	return read;
}

static struct yw_snapshot *
rocks_snapshot_new(struct yw_store *s)
{
	struct rocks_snapshot *snap = malloc(sizeof *snap);

	if (snap == NULL)
		return NULL;
	snap->head.store = s;
	snap->snap = rocksdb_create_snapshot(rocks_of(s)->db);
	snap->read = read_options(&snap->head);
	return &snap->head;
}

static void
rocks_snapshot_free(struct yw_snapshot *head)
{
	struct rocks_snapshot *snap = (struct rocks_snapshot *)head;

	rocksdb_readoptions_destroy(snap->read);
	rocksdb_release_snapshot(rocks_of(head->store)->db, snap->snap);
	free(snap);
}

/* The keys with the prefix are those from it to below the upper bound: 0 bytes long if there is none. */
static size_t
upper_bound(struct yw_bytes prefix, uint8_t *upper)
{
	size_t n = prefix.len;

	while (n > 0 && prefix.data[n - 1] == 0xff)
		n--;
	if (n == 0)
		return 0;
	memcpy(upper, prefix.data, n);
	upper[n - 1]++;
	return n;
}

static void
first_step(struct rocks_iter *it, struct yw_bytes prefix, struct yw_bytes from, struct yw_bytes upper)
{
	if (!it->descending) {
		if (yw_key_compare(from, prefix) < 0)
			from = prefix;
		rocksdb_iter_seek(it->it, chars(from), from.len);
	} else if (from.len == 0 || (upper.len != 0 && yw_key_compare(from, upper) >= 0)) {
		rocksdb_iter_seek_to_last(it->it);
	} else {
		rocksdb_iter_seek_for_prev(it->it, chars(from), from.len);
	}
}

static struct yw_iter *
rocks_iter_new(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes prefix,
    struct yw_bytes from, bool descending)
{
	struct rocks_iter *it = malloc(sizeof *it);
	size_t upper_len;

	if (it == NULL)
		return NULL;
	it->head.store = s;
	it->descending = descending;
	it->read = read_options(snap);
	if (prefix.len != 0) {
		memcpy(it->lower, prefix.data, prefix.len);
		rocksdb_readoptions_set_iterate_lower_bound(it->read, (char *)it->lower, prefix.len);
	}
	upper_len = upper_bound(prefix, it->upper);
	if (upper_len != 0)
		rocksdb_readoptions_set_iterate_upper_bound(it->read, (char *)it->upper, upper_len);
	it->it = rocksdb_create_iterator_cf(rocks_of(s)->db, it->read, rocks_of(s)->families[family]);
	first_step(it, prefix, from, (struct yw_bytes) { it->upper, upper_len });
	return &it->head;
}

static bool
rocks_iter_valid(const struct yw_iter *it)
{
	return rocksdb_iter_valid(((const struct rocks_iter *)it)->it);
}

static void
rocks_iter_next(struct yw_iter *head)
{
	struct rocks_iter *it = (struct rocks_iter *)head;

	if (it->descending)
		rocksdb_iter_prev(it->it);
	else
		rocksdb_iter_next(it->it);
}

static struct yw_bytes
rocks_iter_key(const struct yw_iter *it)
{
	size_t len;
	const char *p = rocksdb_iter_key(((const struct rocks_iter *)it)->it, &len);

	return bytes_of(p, len);
}

static struct yw_bytes
rocks_iter_value(const struct yw_iter *it)
{
	size_t len;
	const char *p = rocksdb_iter_value(((const struct rocks_iter *)it)->it, &len);

	return bytes_of(p, len);
}

static enum yw_code
rocks_iter_finish(struct yw_iter *head, struct yw_error *err)
{
	struct rocks_iter *it = (struct rocks_iter *)head;
	struct rocks *r = rocks_of(head->store);
	char *status = NULL;

	rocksdb_iter_get_error(it->it, &status);
	rocksdb_iter_destroy(it->it);
	rocksdb_readoptions_destroy(it->read);
	free(it);
	return status != NULL ? stop_on_status(r, "read", status, err) : YW_OK;
}

/* ---- status */

static uint64_t
directory_bytes(const char *dir)
{
	DIR *d = opendir(dir);
	uint64_t sum = 0;
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		return 0;
	while ((e = readdir(d)) != NULL)
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_blocks * 512;
	closedir(d);
	return sum;
}

/* Bytes of all write buffers. */
static uint64_t
buffered_bytes(struct rocks *r)
{
	uint64_t sum = 0, n;

	for (size_t i = 0; i <= r->head.n_families; i++)
		if (rocksdb_property_int_cf(r->db, r->families[i], "rocksdb.cur-size-all-mem-tables", &n) == 0)
			sum += n;
	return sum;
}

/*
 * Write buffers keep what they hold until they are full, and the C library keeps what is freed below something
 * that is not: after 200,000 records a third of the memory was the one, a third the other.
 */
static void
rocks_rest(struct yw_store *s)
{
	struct rocks *r = rocks_of(s);
	struct yw_error err;
	char *status = NULL;

	if (r->unrested >= REST_BYTES && check_reserve(r, r->unrested, &err) == YW_OK) {
		r->unrested = 0;
		flush(r, &status);
	}
	if (status != NULL)
		(void)stop_on_status(r, "flush", status, &err);
	malloc_trim(0);
}

/*
 * Nothing of a key is left when all that is in memory went to tables, with it the write-ahead logs; when the tables with its
 * range were written anew down to the last level; and when one more change has begun a MANIFEST that never knew them.
 */
static enum yw_code
rocks_scrub(struct yw_store *s, unsigned family, const struct yw_bytes *prefixes, size_t n, struct yw_error *err)
{
	rocksdb_compactoptions_t *o;
	struct rocks *r = rocks_of(s);
	uint8_t upper[YW_STORE_KEY_MAX];
	char *status = NULL;
	enum yw_code code = check_there(r, err);

	if (code == YW_OK)
		code = check_reserve(r, r->unrested + 2 * ROCKS_FILE_BYTES, err);
	if (code != YW_OK)
		return code;
	flush(r, &status);
	YW_POINT("scrub-flushed");
	o = rocksdb_compactoptions_create();
	rocksdb_compactoptions_set_bottommost_level_compaction(o, BOTTOM_TOO);
	for (size_t i = 0; status == NULL && i < n; i++) {
		size_t len = upper_bound(prefixes[i], upper);

		rocksdb_compact_range_cf_opt(r->db, r->families[family], o, chars(prefixes[i]), prefixes[i].len,
		    len != 0 ? (char *)upper : NULL, len);
	}
	rocksdb_compactoptions_destroy(o);
	YW_POINT("scrub-compacted");
	if (status == NULL)
		renew_wal(r, &status);
	if (status != NULL)
		return stop_on_status(r, "scrub", status, err);
	r->unrested = 0;
	rocks_look(s);
	return yw_store_failed(s, err) ? YW_EIO : YW_OK;
}

static void
rocks_stats(struct yw_store *s, struct yw_store_stats *out)
{
	struct rocks *r = rocks_of(s);

	memset(out, 0, sizeof *out);
	out->disk_bytes = directory_bytes(r->dir);
	(void)rocks_free_bytes(r, &out->free_bytes, NULL);
	out->memory_bytes = rocksdb_cache_get_usage(r->cache) + buffered_bytes(r);
}

static enum yw_code
rocks_checkpoint(struct yw_store *s, const char *dir, struct yw_error *err)
{
	struct rocks *r = rocks_of(s);
	char *status = NULL;
	rocksdb_checkpoint_t *c = rocksdb_checkpoint_object_create(r->db, &status);
	enum yw_code code = YW_OK;

	if (status == NULL)
		rocksdb_checkpoint_create(c, dir, 0, &status);
	YW_POINT("checkpoint");
	if (status != NULL)
		code = yw_fail(err, YW_EIO, "unable to copy the database into '%s': %.120s (%s)", dir, status, yw_status_meaning(status));
	free(status);
	if (c != NULL)
		rocksdb_checkpoint_object_destroy(c);
	return code;
}

const struct yw_store_ops rocks_ops = {
	.close = rocks_close,
	.write = rocks_write,
	.room_for = rocks_room_for,
	.read = rocks_read,
	.look = rocks_look,
	.has_room = rocks_has_room,
	.rest = rocks_rest,
	.scrub = rocks_scrub,
	.checkpoint = rocks_checkpoint,
	.stats = rocks_stats,
	.snapshot_new = rocks_snapshot_new,
	.snapshot_free = rocks_snapshot_free,
	.iter_new = rocks_iter_new,
	.iter_valid = rocks_iter_valid,
	.iter_next = rocks_iter_next,
	.iter_key = rocks_iter_key,
	.iter_value = rocks_iter_value,
	.iter_finish = rocks_iter_finish,
};
