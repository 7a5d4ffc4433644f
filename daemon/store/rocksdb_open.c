/*
 * rocksdb_open.c - a database on disk from its directory to a store that can be written to, and back.
 *
 * What is there is looked at before anything is touched: is it a store, of this format, with these families, and is there
 * room for what opening writes?
 */
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/fault.h"
#include "base/file.h"
#include "store/rocksdb_int.h"

#define FORMAT_KEY "format-version"
#define DICTIONARY_BYTES (16 << 10)
#define OPEN_FILES_MAX 256		/* below the usual limit of 1024 with room for sockets */
#define LOG_FATAL 4			/* RocksDB's info log levels have no names in c.h */
#define LOG_BYTES (1u << 20)
#define LOG_FILES 3

enum yw_code
rocks_fail(const struct rocks *r, const char *doing, char *status, struct yw_error *err)
{
	yw_fail(err, YW_EIO, "unable to %s '%.64s': %s [%.80s]", doing, r->dir, yw_status_meaning(status), status);
	rocksdb_free(status);
	return YW_EIO;
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

	if (YW_FAULT("uncompressed")) {		/* what stands in a file can be seen in its bytes */
		rocksdb_options_set_compression(o, rocksdb_no_compression);
		return o;
	}
	rocksdb_options_set_compression(o, rocksdb_lz4_compression);
	if (bulk) {
		rocksdb_options_set_bottommost_compression(o, rocksdb_zstd_compression);
		rocksdb_options_set_bottommost_compression_options(o, -14, 3, 0, DICTIONARY_BYTES, 1);
		rocksdb_options_set_bottommost_compression_options_zstd_max_train_bytes(o, 100 * DICTIONARY_BYTES, 1);
		rocksdb_options_set_bottommost_compression_options_max_dict_buffer_bytes(o, ROCKS_FILE_BYTES, 1);
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
		return rocks_fail(r, "configure", status, err);
	rocksdb_options_set_create_if_missing(o, !want->read_only);
	rocksdb_options_set_create_missing_column_families(o, !want->read_only);
	rocksdb_options_set_paranoid_checks(o, 1);
	rocksdb_options_set_db_write_buffer_size(o, want->write_buffer_bytes);
	rocksdb_options_set_write_buffer_size(o, want->write_buffer_bytes / 2);
	rocksdb_options_set_max_open_files(o, OPEN_FILES_MAX);
	rocksdb_options_set_max_background_jobs(o, 2);
	rocksdb_options_set_target_file_size_base(o, ROCKS_FILE_BYTES);
	rocksdb_options_set_max_bytes_for_level_base(o, 4 * ROCKS_FILE_BYTES);
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

void
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

enum yw_code
rocks_free_bytes(const struct rocks *r, uint64_t *avail, struct yw_error *err)
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
	enum yw_code code = rocks_free_bytes(r, &avail, err);

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
		return rocks_fail(r, "read", status, err);
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
		return rocks_fail(r, "open", status, err);
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
		return rocks_fail(r, "open", status, err);
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
		code = rocks_fail(r, "open", status, err);
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

void
rocks_write_version(struct rocks *r, char **status)
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
	rocks_write_version(r, &status);
	return status != NULL ? rocks_fail(r, "write", status, err) : YW_OK;
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
	yw_store_head_init(&r->head, &rocks_ops, o);
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
