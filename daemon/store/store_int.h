/*
 * store_int.h - what the files of this room share: the operations that a kind of store offers, the
 * walk over a batch, the meaning of RocksDB's status strings.
 */
#ifndef YW_STORE_STORE_INT_H
#define YW_STORE_STORE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store.h"

/* Sees a value where it lies; it is gone after the call. */
typedef void (*yw_take_fn)(void *arg, const void *data, size_t len);

/* Arguments are checked by store.c: families exist, keys are short enough, writing is allowed. */
struct yw_store_ops {
	void (*close)(struct yw_store *s);
	enum yw_code (*write)(struct yw_store *s, const struct yw_batch *b, bool sync, struct yw_error *err);
	enum yw_code (*room_for)(struct yw_store *s, size_t bytes, struct yw_error *err);	/* to write so many now */
	enum yw_code (*read)(struct yw_store *s, const struct yw_snapshot *snap, unsigned family,
	    struct yw_bytes key, yw_take_fn take, void *arg, struct yw_error *err);
	void (*look)(struct yw_store *s);	/* for trouble behind our back: calls yw_store_stop */
	bool (*has_room)(struct yw_store *s);	/* to be opened again, and written to; NULL: always */
	void (*rest)(struct yw_store *s);	/* NULL: has nothing to give back */
	enum yw_code (*scrub)(struct yw_store *s, unsigned family, const struct yw_bytes *prefixes, size_t n,
	    struct yw_error *err);		/* NULL: what is deleted is gone */
	enum yw_code (*checkpoint)(struct yw_store *s, const char *dir, struct yw_error *err);	/* NULL: has no files */
	void (*stats)(struct yw_store *s, struct yw_store_stats *out);

	struct yw_snapshot *(*snapshot_new)(struct yw_store *s);
	void (*snapshot_free)(struct yw_snapshot *snap);

	struct yw_iter *(*iter_new)(struct yw_store *s, const struct yw_snapshot *snap, unsigned family,
	    struct yw_bytes prefix, struct yw_bytes from, bool descending);
	bool (*iter_valid)(const struct yw_iter *it);
	void (*iter_next)(struct yw_iter *it);
	struct yw_bytes (*iter_key)(const struct yw_iter *it);
	struct yw_bytes (*iter_value)(const struct yw_iter *it);
	enum yw_code (*iter_finish)(struct yw_iter *it, struct yw_error *err);
};

/* The head of every kind of store, snapshot and iterator: first member of its struct. */
struct yw_store {
	const struct yw_store_ops *ops;
	size_t n_families;
	bool read_only;
	atomic_bool stopped;		/* set once, after `why` and `curable` are written */
	pthread_mutex_t why_lock;
	struct yw_error why;
	bool curable;
};
struct yw_snapshot {
	struct yw_store *store;
};
struct yw_iter {
	struct yw_store *store;
};

void yw_store_head_init(struct yw_store *s, const struct yw_store_ops *ops, const struct yw_store_options *o);
void yw_store_head_release(struct yw_store *s);

/* Stops writing for good; the first reason stays.  curable: see yw_store_curable(). */
void yw_store_stop(struct yw_store *s, const struct yw_error *why, bool curable);

/* One step of a batch, from *at = 0; false at its end. */
struct yw_batch_op {
	unsigned family;
	bool put;
	struct yw_bytes key, value;
};
bool yw_batch_step(const struct yw_batch *b, size_t *at, struct yw_batch_op *op);

/* The batch's own first error, and whether every family is below n. */
YW_CHECKED enum yw_code yw_batch_check(const struct yw_batch *b, size_t n_families, struct yw_error *err);

/* What a status string means and what to do about it: "<meaning>; <what to do>"; never NULL. */
const char *yw_status_meaning(const char *status);
bool yw_status_wants_room(const char *status);		/* and nothing else is wrong */

#endif
