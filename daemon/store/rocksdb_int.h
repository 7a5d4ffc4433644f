/*
 * rocksdb_int.h - what opening a database (rocksdb_open.c) and using it (rocksdb.c) share.
 */
#ifndef YW_STORE_ROCKSDB_INT_H
#define YW_STORE_ROCKSDB_INT_H

#include <limits.h>

#include <rocksdb/c.h>

#include "store/store_int.h"
#include "store/there_int.h"

#define ROCKS_FILE_BYTES (16u << 20)	/* small files make erasing cheap */

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

extern const struct yw_store_ops rocks_ops;

static inline struct rocks *
rocks_of(struct yw_store *s)
{
	return (struct rocks *)s;
}

static inline struct yw_bytes
bytes_of(const char *data, size_t len)
{
	return (struct yw_bytes) { (const uint8_t *)data, len };
}

/* The one place where a status string becomes ours; frees it. */
enum yw_code rocks_fail(const struct rocks *r, const char *doing, char *status, struct yw_error *err);

void rocks_close(struct yw_store *s);
enum yw_code rocks_free_bytes(const struct rocks *r, uint64_t *avail, struct yw_error *err);
void rocks_write_version(struct rocks *r, char **status);

#endif
