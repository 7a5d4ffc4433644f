/*
 * rocksdb.c - the store on disk; the only file that includes rocksdb/c.h.
 *
 * RocksDB is told to refuse rather than to guess: checksums are always verified, damage in the middle
 * of the WAL is refused, the WALs are tracked in the MANIFEST.  What it cannot notice (the end of its
 * last WAL is gone) is the guard's business, one room further.
 *
 * Debian builds it with assertions, and one of them aborts the process when its own file LOG is written
 * to after a failed write.  So LOG gets its head at opening and nothing later (what went wrong comes
 * with the status), opening for writing asks for room first, and writing stops at a reserve.
 *
 * The default family holds only the format version; ours are beside it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <rocksdb/c.h>

#include "base/fault.h"
#include "base/file.h"
#include "store/treap.h"
#include "store/store_int.h"
#include "store/there_int.h"

#define FORMAT_KEY "format-version"
#define FILE_BYTES (16u << 20)		/* small files make erasing cheap */
#define DICTIONARY_BYTES (16 << 10)
#define OPEN_FILES_MAX 256		/* below the usual limit of 1024 with room for sockets */
#define REST_BYTES (1u << 20)		/* less stays in write buffers: small files are work for later */
#define BOTTOM_TOO 2			/* kForce of BottommostLevelCompaction has no name in c.h either */
#define LOG_FATAL 4			/* RocksDB's info log levels have no names in c.h */
#define LOG_BYTES (1u << 20)
#define LOG_FILES 3

struct rocks {
	struct yw_store head;
	rocksdb_t *db;
	rocksdb_column_family_handle_t **families;	/* n_families, then the default one */
	rocksdb_options_t *options, *plain, *bulk;	/* of the database, of either kind of family */
	rocksdb_cache_t *cache;
	rocksdb_readoptions_t *read;
	rocksdb_writeoptions_t *write, *write_synced;
	uint64_t reserve_bytes, opening_bytes;		/* free while it is written to; and to open it */
	struct yw_there there;
	uint64_t format;
	size_t unrested;				/* bytes written since the last rest; the writer's */
	char dir[PATH_MAX];
};

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

static const struct yw_store_ops ops;

static struct rocks *
rocks_of(struct yw_store *s)
{
	return (struct rocks *)s;
}

static struct yw_bytes
bytes_of(const char *data, size_t len)
{
	return (struct yw_bytes) { (const uint8_t *)data, len };
}

static const char *
chars(struct yw_bytes b)
{
	return b.data != NULL ? (const char *)b.data : "";
}

/* The one place where a status string becomes ours; frees it. */
static enum yw_code
fail_status(const struct rocks *r, const char *doing, char *status, struct yw_error *err)
{
	yw_fail(err, YW_EIO, "unable to %s '%.64s': %s [%.80s]", doing, r->dir, yw_status_meaning(status), status);
	rocksdb_free(status);
	return YW_EIO;
}

/* The same, of an open store: whatever it was, nothing more is written. */
static enum yw_code
stop_on_status(struct rocks *r, const char *doing, char *status, struct yw_error *err)
{
	bool curable = yw_status_wants_room(status);
	struct yw_error why;

	fail_status(r, doing, status, &why);
	yw_store_stop(&r->head, &why, curable);
	return yw_fail(err, YW_EIO, "%s", why.msg);
}

/* ---- options */

static rocksdb_options_t *
family_options(const rocksdb_options_t *base, rocksdb_cache_t *cache, bool bulk)
{
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
	rocksdb_options_t *o = rocksdb_options_create_copy((rocksdb_options_t *)base);

	rocksdb_block_based_options_set_block_cache(table, cache);
	rocksdb_block_based_options_set_format_version(table, 5);
	rocksdb_block_based_options_set_block_size(table, bulk ? 16 << 10 : 4 << 10);
	rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(10));
	rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
	rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
	rocksdb_options_set_block_based_table_factory(o, table);
	rocksdb_block_based_options_destroy(table);

	rocksdb_options_set_compression(o, rocksdb_lz4_compression);
	if (bulk) {
		rocksdb_options_set_bottommost_compression(o, rocksdb_zstd_compression);
		rocksdb_options_set_bottommost_compression_options(o, -14, 3, 0, DICTIONARY_BYTES, 1);
		rocksdb_options_set_bottommost_compression_options_zstd_max_train_bytes(o, 100 * DICTIONARY_BYTES, 1);
		rocksdb_options_set_bottommost_compression_options_max_dict_buffer_bytes(o, FILE_BYTES, 1);
	}
	return o;
}

static void
set_wal_and_log(rocksdb_options_t *o, const struct yw_store_options *want)
{
	rocksdb_options_set_wal_recovery_mode(o, rocksdb_tolerate_corrupted_tail_records_recovery);
	rocksdb_options_set_max_total_wal_size(o, 2 * want->write_buffer_bytes);
	rocksdb_options_set_WAL_ttl_seconds(o, 0);	/* no archive: what is erased must be gone */
	rocksdb_options_set_WAL_size_limit_MB(o, 0);
	rocksdb_options_set_recycle_log_file_num(o, 0);
	rocksdb_options_set_info_log_level(o, LOG_FATAL);
	rocksdb_options_set_max_log_file_size(o, LOG_BYTES);
	rocksdb_options_set_keep_log_file_num(o, LOG_FILES);
	rocksdb_options_set_manifest_preallocation_size(o, 64 << 10);
	rocksdb_options_set_max_manifest_file_size(o, 1);	/* each change begins another: keys of files that are gone stand in none */
	rocksdb_options_set_stats_dump_period_sec(o, 0);	/* an idle node sleeps */
	rocksdb_options_set_stats_persist_period_sec(o, 0);
}

static enum yw_code
make_options(struct rocks *r, const struct yw_store_options *want, struct yw_error *err)
{
	rocksdb_options_t *base = rocksdb_options_create(), *o = rocksdb_options_create();
	char *status = NULL;

	/* What has no setter in the C interface.  A failed background job is not tried again behind our back. */
	rocksdb_get_options_from_string(base, "track_and_verify_wals_in_manifest=true;max_bgerror_resume_count=0", o,
	    &status);
	rocksdb_options_destroy(base);
	r->options = o;
	if (status != NULL)
		return fail_status(r, "configure", status, err);
	rocksdb_options_set_create_if_missing(o, !want->read_only);
	rocksdb_options_set_create_missing_column_families(o, !want->read_only);
	rocksdb_options_set_paranoid_checks(o, 1);
	rocksdb_options_set_db_write_buffer_size(o, want->write_buffer_bytes);
	rocksdb_options_set_write_buffer_size(o, want->write_buffer_bytes / 2);
	rocksdb_options_set_max_open_files(o, OPEN_FILES_MAX);
	rocksdb_options_set_max_background_jobs(o, 2);
	rocksdb_options_set_target_file_size_base(o, FILE_BYTES);
	rocksdb_options_set_max_bytes_for_level_base(o, 4 * FILE_BYTES);
	rocksdb_options_set_level_compaction_dynamic_level_bytes(o, 1);
	rocksdb_options_set_skip_stats_update_on_db_open(o, 1);
	set_wal_and_log(o, want);
	r->cache = rocksdb_cache_create_lru(want->cache_bytes);
	r->plain = family_options(o, r->cache, false);
	r->bulk = family_options(o, r->cache, true);
	r->read = rocksdb_readoptions_create();
	rocksdb_readoptions_set_verify_checksums(r->read, 1);
	r->write = rocksdb_writeoptions_create();
	r->write_synced = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(r->write_synced, 1);
	return YW_OK;
}

/* ---- open and close */

static void
rocks_close(struct yw_store *s)
{
	struct rocks *r = rocks_of(s);

	for (size_t i = 0; r->families != NULL && i <= s->n_families; i++)
		if (r->families[i] != NULL)
			rocksdb_column_family_handle_destroy(r->families[i]);
	if (r->db != NULL)
		rocksdb_close(r->db);
	if (r->read != NULL)
		rocksdb_readoptions_destroy(r->read);
	if (r->write != NULL)
		rocksdb_writeoptions_destroy(r->write);
	if (r->write_synced != NULL)
		rocksdb_writeoptions_destroy(r->write_synced);
	if (r->plain != NULL)
		rocksdb_options_destroy(r->plain);
	if (r->bulk != NULL)
		rocksdb_options_destroy(r->bulk);
	if (r->options != NULL)
		rocksdb_options_destroy(r->options);
	if (r->cache != NULL)
		rocksdb_cache_destroy(r->cache);
	free(r->families);
	yw_store_head_release(s);
	free(r);
}

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

/*
 * Is there a database?  RocksDB asks for CURRENT alone, and would begin a new one over the files of
 * an old one that lost it; it is synced before the first WAL is made, so no crash explains that.
 */
static enum yw_code
look_for_database(const struct rocks *r, bool *there, struct yw_error *err)
{
	DIR *d = opendir(r->dir);
	bool files = false;
	struct dirent *e;

	*there = false;
	if (d == NULL)
		return yw_fail(err, errno == ENOENT ? YW_ENOENT : YW_EIO, "unable to open '%s': %s", r->dir,
		    strerror(errno));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, "CURRENT") == 0)
			*there = true;
		if (ends_with(e->d_name, ".sst") || ends_with(e->d_name, ".log"))
			files = true;
	}
	closedir(d);
	if (!*there && files)
		return yw_fail(err, YW_EIO, "'%s' holds a database without its file CURRENT; keep a copy, then go back "
		    "to a backup or refetch from the network", r->dir);
	return YW_OK;
}

static enum yw_code
make_directory(const struct rocks *r, struct yw_error *err)
{
	char copy[PATH_MAX];

	if (mkdir(r->dir, 0700) != 0) {
		if (errno == EEXIST)
			return YW_OK;
		return yw_fail(err, YW_EIO, "unable to create '%s': %s", r->dir, strerror(errno));
	}
	YW_POINT("store-directory");
	memcpy(copy, r->dir, sizeof copy);
	return yw_dir_sync(dirname(copy), err);
}

static enum yw_code
free_bytes(const struct rocks *r, uint64_t *avail, struct yw_error *err)
{
	struct statvfs st;

	if (statvfs(r->dir, &st) != 0)
		return yw_fail(err, YW_ESTOPPED, "unable to ask '%.100s' for its free space: %s", r->dir, strerror(errno));
	*avail = (uint64_t)st.f_bavail * st.f_frsize;
	return YW_OK;
}

/* Opening writes what the WAL holds into tables. */
static enum yw_code
check_room_to_open(const struct rocks *r, struct yw_error *err)
{
	uint64_t avail = 0, need = r->opening_bytes;
	enum yw_code code = free_bytes(r, &avail, err);

	if (code != YW_OK || avail >= need)
		return code;
	return yw_fail(err, YW_ESTOPPED, "unable to open '%.64s' for writing: its disk has %llu MiB free, %llu MiB are needed; "
	    "free some space, then start again", r->dir, (unsigned long long)(avail >> 20),
	    (unsigned long long)(need >> 20));
}

/* 0: it holds none. */
static enum yw_code
read_version(struct rocks *r, rocksdb_t *db, uint64_t *version, struct yw_error *err)
{
	char *status = NULL, *value;
	size_t len = 0;

	value = rocksdb_get(db, r->read, FORMAT_KEY, strlen(FORMAT_KEY), &len, &status);
	if (status != NULL)
		return fail_status(r, "read", status, err);
	*version = value != NULL && len == sizeof *version ? yw_get_be64((uint8_t *)value) : 0;
	rocksdb_free(value);
	return YW_OK;
}

static enum yw_code
foreign(const struct rocks *r, uint64_t version, uint64_t ours, struct yw_error *err)
{
	if (version == 0)
		return yw_fail(err, YW_EFORMAT, "'%s' is a database of some other program; check data_dir", r->dir);
	return yw_fail(err, YW_EFORMAT, "'%s' has format version %llu, this program reads %llu; use the version that "
	    "wrote it, or refetch from the network", r->dir, (unsigned long long)version, (unsigned long long)ours);
}

/* Do the families on disk differ from the table?  `strange`: is one of them unknown to us? */
static enum yw_code
compare_families(struct rocks *r, const struct yw_store_options *o, bool *differ, bool *strange,
    struct yw_error *err)
{
	char *status = NULL, **names;
	size_t n = 0, known = 0;

	names = rocksdb_list_column_families(r->options, r->dir, &n, &status);
	if (status != NULL) {
		rocksdb_list_column_families_destroy(names, n);	/* an empty list, but allocated */
		return fail_status(r, "open", status, err);
	}
	for (size_t i = 0; i < n; i++) {
		known += strcmp(names[i], "default") == 0;
		for (size_t k = 0; k < o->n_families; k++)
			known += strcmp(names[i], o->families[k].name) == 0;
	}
	*strange = known < n;
	*differ = *strange || n != o->n_families + 1;
	rocksdb_list_column_families_destroy(names, n);
	return YW_OK;
}

/* Before a database is opened for writing with missing families, which would make them in one that is not ours. */
static enum yw_code
check_families(struct rocks *r, const struct yw_store_options *o, struct yw_error *err)
{
	static const char *const names[] = { "default" };
	const rocksdb_options_t *options[] = { r->options };
	rocksdb_column_family_handle_t *handle;
	bool differ, strange;
	uint64_t version = 0;
	char *status = NULL;
	enum yw_code code;
	rocksdb_t *db;

	code = compare_families(r, o, &differ, &strange, err);
	if (code != YW_OK || !differ)
		return code;
	db = rocksdb_open_for_read_only_column_families(r->options, r->dir, 1, names, options, &handle, 0, &status);
	if (status != NULL)
		return fail_status(r, "open", status, err);
	code = read_version(r, db, &version, err);
	rocksdb_column_family_handle_destroy(handle);
	rocksdb_close(db);
	if (code != YW_OK)
		return code;
	/* Ours if it was being made when the power went: families first, the version last. */
	return strange || (version != 0 && version != o->format_version) ? foreign(r, version, o->format_version, err) : YW_OK;
}

static enum yw_code
open_database(struct rocks *r, const struct yw_store_options *o, struct yw_error *err)
{
	size_t n = o->n_families + 1;
	const char **names = calloc(n, sizeof *names);
	const rocksdb_options_t **options = calloc(n, sizeof *options);
	enum yw_code code = YW_OK;
	char *status = NULL;

	r->families = calloc(n, sizeof *r->families);
	if (names == NULL || options == NULL || r->families == NULL) {
		code = yw_fail(err, YW_ENOMEM, "out of memory");
		goto out;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		names[i] = o->families[i].name;
		options[i] = o->families[i].bulk ? r->bulk : r->plain;
	}
	names[n - 1] = "default";
	options[n - 1] = r->plain;
	r->db = o->read_only ?
	    rocksdb_open_for_read_only_column_families(r->options, r->dir, (int)n, names, options, r->families, 0, &status) :
	    rocksdb_open_column_families(r->options, r->dir, (int)n, names, options, r->families, &status);
	if (status != NULL)
		code = fail_status(r, "open", status, err);
out:
	free(names);
	free(options);
	return code;
}

static bool
is_empty(struct rocks *r)
{
	rocksdb_iterator_t *it;
	bool empty = true;

	for (size_t i = 0; empty && i <= r->head.n_families; i++) {
		it = rocksdb_create_iterator_cf(r->db, r->read, r->families[i]);
		rocksdb_iter_seek_to_first(it);
		empty = !rocksdb_iter_valid(it);
		rocksdb_iter_destroy(it);
	}
	return empty;
}

static void
write_version(struct rocks *r, char **status)
{
	uint8_t value[sizeof r->format];

	yw_put_be64(value, r->format);
	YW_POINT("store-made");
	rocksdb_put(r->db, r->write_synced, FORMAT_KEY, strlen(FORMAT_KEY), (char *)value, sizeof value, status);
}

static enum yw_code
check_version(struct rocks *r, const struct yw_store_options *o, struct yw_error *err)
{
	uint64_t version = 0;
	char *status = NULL;
	enum yw_code code;

	code = read_version(r, r->db, &version, err);
	if (code != YW_OK || version == o->format_version)
		return code;
	if (version != 0 || o->read_only || !is_empty(r))
		return foreign(r, version, o->format_version, err);
	write_version(r, &status);
	return status != NULL ? fail_status(r, "write", status, err) : YW_OK;
}

enum yw_code
yw_store_open(const char *dir, const struct yw_store_options *o, struct yw_store **out, struct yw_error *err)
{
	struct rocks *r = calloc(1, sizeof *r);
	enum yw_code code;
	bool there;

	*out = NULL;
	if (r == NULL)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	yw_store_head_init(&r->head, &ops, o);
	r->reserve_bytes = o->reserve_bytes;
	r->opening_bytes = 2 * (uint64_t)o->write_buffer_bytes + LOG_BYTES;
	r->format = o->format_version;
	if ((size_t)snprintf(r->dir, sizeof r->dir, "%s", dir) >= sizeof r->dir)
		code = yw_fail(err, YW_ELIMIT, "path too long: '%.100s'", dir);
	else
		code = o->read_only ? YW_OK : make_directory(r, err);
	if (code == YW_OK)
		code = look_for_database(r, &there, err);
	if (code == YW_OK && !there && o->read_only)
		code = yw_fail(err, YW_ENOENT, "there is no store in '%s'", dir);
	if (code == YW_OK && !o->read_only)
		code = check_room_to_open(r, err);
	if (code == YW_OK)
		code = make_options(r, o, err);
	if (code == YW_OK && there)
		code = check_families(r, o, err);
	if (code == YW_OK)
		code = open_database(r, o, err);
	if (code == YW_OK && !o->read_only && !yw_there_begin(&r->there, r->dir))
		code = yw_fail(err, YW_EIO, "unable to look at '%s/LOCK': %s", r->dir, strerror(errno));
	if (code == YW_OK)
		code = check_version(r, o, err);
	if (code == YW_OK)
		*out = &r->head;
	else
		rocks_close(&r->head);
	return code;
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
	write_version(r, status);
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
	enum yw_code code = free_bytes(r, &avail, err);

	if (code != YW_OK || (avail >= r->reserve_bytes && avail - r->reserve_bytes >= more))
		return code;
	return yw_fail(err, YW_ESTOPPED, "writing has stopped: the disk of '%.64s' has %llu MiB free, less than the reserve "
	    "of %llu MiB; free some space, writing then goes on by itself", r->dir, (unsigned long long)(avail >> 20),
	    (unsigned long long)(r->reserve_bytes >> 20));
}

static enum yw_code
rocks_write(struct yw_store *s, const struct yw_batch *b, bool sync, struct yw_error *err)
{
	struct rocks *r = rocks_of(s);
	enum yw_code code = check_there(r, err);
	rocksdb_writebatch_t *wb;
	struct yw_batch_op op;
	char *status = NULL;
	size_t at = 0;

	if (code == YW_OK)
		code = check_reserve(r, yw_batch_bytes(b), err);
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

	if (free_bytes(r, &avail, NULL) != YW_OK || avail < r->opening_bytes || avail < r->reserve_bytes)
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
		code = check_reserve(r, r->unrested + 2 * FILE_BYTES, err);
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
	(void)free_bytes(r, &out->free_bytes, NULL);
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

static const struct yw_store_ops ops = {
	.close = rocks_close,
	.write = rocks_write,
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
