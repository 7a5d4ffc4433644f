/*
 * store.c - what holds for every kind of store: arguments checked, writing stopped for good after an
 * error, the call handed to the kind.
 */
#include "store/store_int.h"

#include "base/fault.h"

void
yw_store_head_init(struct yw_store *s, const struct yw_store_ops *ops, const struct yw_store_options *o)
{
	s->ops = ops;
	s->n_families = o->n_families;
	s->read_only = o->read_only;
	atomic_init(&s->stopped, false);
	pthread_mutex_init(&s->why_lock, NULL);
}

void
yw_store_head_release(struct yw_store *s)
{
	pthread_mutex_destroy(&s->why_lock);
}

void
yw_store_close(struct yw_store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

void
yw_store_stop(struct yw_store *s, const struct yw_error *why, bool curable)
{
	pthread_mutex_lock(&s->why_lock);
	if (!atomic_load(&s->stopped)) {
		s->why = *why;
		s->curable = curable;
		atomic_store(&s->stopped, true);
	}
	pthread_mutex_unlock(&s->why_lock);
}

bool
yw_store_failed(struct yw_store *s, struct yw_error *err)
{
	if (!atomic_load(&s->stopped))
		s->ops->look(s);
	if (!atomic_load(&s->stopped))
		return false;
	if (err != NULL)	/* written once, before the flag was set */
		*err = s->why;
	return true;
}

bool
yw_store_curable(struct yw_store *s)
{
	return yw_store_failed(s, NULL) && s->curable;
}

bool
yw_store_has_room(struct yw_store *s)
{
	return s->ops->has_room == NULL || s->ops->has_room(s);
}

static enum yw_code
may_write(struct yw_store *s, struct yw_error *err)
{
	struct yw_error why;

	if (s->read_only)
		return yw_fail(err, YW_EINVAL, "the store was opened read-only");
	if (yw_store_failed(s, &why))
		return yw_fail(err, YW_EIO, "%s", why.msg);
	return YW_OK;
}

enum yw_code
yw_store_write(struct yw_store *s, struct yw_batch *b, bool sync, struct yw_error *err)
{
	enum yw_code code;

	if ((code = yw_batch_check(b, s->n_families, err)) != YW_OK || (code = may_write(s, err)) != YW_OK)
		return code;
	if (YW_FAULT("store-write-unsynced"))
		sync = false;
	return s->ops->write(s, b, sync, err);
}

enum yw_code
yw_store_room_for(struct yw_store *s, size_t bytes, struct yw_error *err)
{
	enum yw_code code = may_write(s, err);

	return code == YW_OK ? s->ops->room_for(s, bytes, err) : code;
}

void
yw_store_rest(struct yw_store *s)
{
	if (s->ops->rest != NULL && may_write(s, NULL) == YW_OK)
		s->ops->rest(s);
}

enum yw_code
yw_store_scrub(struct yw_store *s, unsigned family, const struct yw_bytes *prefixes, size_t n, struct yw_error *err)
{
	if (family >= s->n_families || s->read_only)
		return yw_fail(err, YW_EINVAL, "nothing can be scrubbed there");
	for (size_t i = 0; i < n; i++)
		if (prefixes[i].len > YW_STORE_KEY_MAX)
			return yw_fail(err, YW_EINVAL, "a key of %zu bytes", prefixes[i].len);
	if (yw_store_failed(s, err))
		return YW_EIO;
	return s->ops->scrub != NULL ? s->ops->scrub(s, family, prefixes, n, err) : YW_OK;
}

enum yw_code
yw_store_checkpoint(struct yw_store *s, const char *dir, struct yw_error *err)
{
	if (s->ops->checkpoint == NULL)
		return yw_fail(err, YW_EINVAL, "a store in memory cannot be copied into '%s'", dir);
	return s->ops->checkpoint(s, dir, err);
}

static enum yw_code
read_value(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes key,
    yw_take_fn take, void *arg, struct yw_error *err)
{
	if (family >= s->n_families)
		return yw_fail(err, YW_EINVAL, "there is no family %u", family);
	return s->ops->read(s, snap, family, key, take, arg, err);
}

static void
append(void *arg, const void *data, size_t len)
{
	yw_buf_add(arg, data, len);
}

enum yw_code
yw_store_get(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes key,
    struct yw_buf *out, struct yw_error *err)
{
	enum yw_code code = read_value(s, snap, family, key, append, out, err);

	return code == YW_OK ? yw_buf_check(out, err) : code;
}

struct fixed {
	void *out;
	size_t want, got;
};

static void
take_fixed(void *arg, const void *data, size_t len)
{
	struct fixed *f = arg;

	f->got = len;
	if (len == f->want && len != 0)
		memcpy(f->out, data, len);
}

enum yw_code
yw_store_get_fixed(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes key,
    void *out, size_t len, struct yw_error *err)
{
	struct fixed f = { out, len, 0 };
	enum yw_code code = read_value(s, snap, family, key, take_fixed, &f, err);

	if (code == YW_OK && f.got != len)
		return yw_fail(err, YW_EIO, "a value in family %u has %zu bytes, not %zu: the store is damaged", family,
		    f.got, len);
	return code;
}

struct yw_snapshot *
yw_snapshot_new(struct yw_store *s)
{
	return s->ops->snapshot_new(s);
}

void
yw_snapshot_free(struct yw_snapshot *snap)
{
	if (snap != NULL)
		snap->store->ops->snapshot_free(snap);
}

struct yw_iter *
yw_iter_new(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes prefix,
    struct yw_bytes from, bool descending)
{
	if (family >= s->n_families || prefix.len > YW_STORE_KEY_MAX || from.len > YW_STORE_KEY_MAX)
		return NULL;
	return s->ops->iter_new(s, snap, family, prefix, from, descending);
}

bool
yw_iter_valid(const struct yw_iter *it)
{
	return it != NULL && it->store->ops->iter_valid(it);
}

void
yw_iter_next(struct yw_iter *it)
{
	it->store->ops->iter_next(it);
}

struct yw_bytes
yw_iter_key(const struct yw_iter *it)
{
	return it->store->ops->iter_key(it);
}

struct yw_bytes
yw_iter_value(const struct yw_iter *it)
{
	return it->store->ops->iter_value(it);
}

enum yw_code
yw_iter_finish(struct yw_iter *it, struct yw_error *err)
{
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no iterator: out of memory, or there is no such family or key");
	return it->store->ops->iter_finish(it, err);
}

void
yw_store_stats(struct yw_store *s, struct yw_store_stats *out)
{
	s->ops->stats(s, out);
}
