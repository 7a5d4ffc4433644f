/*
 * memory.c - the store's contract in memory, with a power switch: it carries the simulation.
 *
 * A store is one treap per family, twice: what is there, and what had been synced.  Both share what
 * they have in common, so a sync is a handful of references and a snapshot is the same.  There is
 * no thread, no clock and no chance in here.
 */
#include <stdlib.h>

#include "store/store_int.h"
#include "store/treap.h"

struct memory {
	struct yw_store head;
	pthread_mutex_t lock;		/* over the roots; versions are read without it */
	struct yw_treap **now, **synced;	/* one root per family */
	uint64_t bytes, synced_bytes;	/* keys and values in them */
	bool full;
	atomic_bool cut;		/* the power was */
};

struct memory_snapshot {
	struct yw_snapshot head;
	struct yw_treap *roots[];
};

struct memory_iter {
	struct yw_iter head;
	struct yw_treap *root;		/* our version */
	const struct yw_treap_item *at;
	bool descending;
	size_t prefix_len;
	uint8_t prefix[];
};

static const struct yw_store_ops ops;

static struct memory *
memory_of(struct yw_store *s)
{
	return (struct memory *)s;
}

static void
unref_all(struct yw_treap **roots, size_t n)
{
	for (size_t i = 0; i < n; i++)
		yw_treap_unref(roots[i]);
}

static void
ref_all(struct yw_treap **to, struct yw_treap *const *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = yw_treap_ref(from[i]);
}

static void
memory_close(struct yw_store *s)
{
	struct memory *m = memory_of(s);

	unref_all(m->now, s->n_families);
	unref_all(m->synced, s->n_families);
	free(m->now);
	free(m->synced);
	pthread_mutex_destroy(&m->lock);
	yw_store_head_release(s);
	free(m);
}

enum yw_code
yw_store_open_memory(const struct yw_store_options *o, struct yw_store **out)
{
	struct memory *m = calloc(1, sizeof *m);

	*out = NULL;
	if (m == NULL)
		return YW_ENOMEM;
	m->now = calloc(o->n_families + 1, sizeof *m->now);
	m->synced = calloc(o->n_families + 1, sizeof *m->synced);
	if (m->now == NULL || m->synced == NULL) {
		free(m->now);
		free(m->synced);
		free(m);
		return YW_ENOMEM;
	}
	yw_store_head_init(&m->head, &ops, o);
	pthread_mutex_init(&m->lock, NULL);
	*out = &m->head;
	return YW_OK;
}

static enum yw_code
dead(struct yw_store *s, struct yw_error *err)
{
	return atomic_load(&memory_of(s)->cut) ? yw_fail(err, YW_EIO, "%s", s->why.msg) : YW_OK;
}

static void
set_synced(struct memory *m)
{
	unref_all(m->synced, m->head.n_families);
	ref_all(m->synced, m->now, m->head.n_families);
	m->synced_bytes = m->bytes;
}

/* One step into next[]; keeps count of the bytes. */
static enum yw_code
apply(struct yw_treap **next, const struct yw_batch_op *op, uint64_t *bytes)
{
	struct yw_treap **root = &next[op->family];
	size_t was;
	enum yw_code code = op->put ? yw_treap_put(root, op->key, op->value, &was) : yw_treap_delete(root, op->key, &was);

	if (code == YW_OK)
		*bytes += (op->put ? op->key.len + op->value.len : 0) - was;
	return code;
}

static enum yw_code
memory_room_for(struct yw_store *s, size_t bytes, struct yw_error *err)
{
	struct memory *m = memory_of(s);
	bool full;

	(void)bytes;
	pthread_mutex_lock(&m->lock);
	full = m->full;
	pthread_mutex_unlock(&m->lock);
	return full ? yw_fail(err, YW_ESTOPPED, "the disk is full; free some space, writing then goes on by itself") : YW_OK;
}

/* Works on a second set of references, so that a batch that runs out of memory leaves no trace. */
static enum yw_code
memory_write(struct yw_store *s, const struct yw_batch *b, bool sync, struct yw_error *err)
{
	struct memory *m = memory_of(s);
	enum yw_code code = memory_room_for(s, yw_batch_bytes(b), err);
	struct yw_treap **next, **old;
	struct yw_batch_op op;
	uint64_t bytes;
	size_t at = 0;

	if (code != YW_OK)
		return code;
	next = calloc(s->n_families + 1, sizeof *next);
	if (next == NULL)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	pthread_mutex_lock(&m->lock);
	ref_all(next, m->now, s->n_families);
	bytes = m->bytes;
	while (code == YW_OK && yw_batch_step(b, &at, &op))
		code = apply(next, &op, &bytes);
	old = next;
	if (code == YW_OK) {
		old = m->now;
		m->now = next;
		m->bytes = bytes;
		if (sync)
			set_synced(m);
	}
	pthread_mutex_unlock(&m->lock);
	unref_all(old, s->n_families);
	free(old);
	return code == YW_OK ? code : yw_fail(err, code, "out of memory");
}

static struct yw_treap *
version(struct yw_store *s, const struct yw_snapshot *snap, unsigned family)
{
	struct memory *m = memory_of(s);
	struct yw_treap *root;

	if (snap != NULL)
		return yw_treap_ref(((const struct memory_snapshot *)snap)->roots[family]);
	pthread_mutex_lock(&m->lock);
	root = yw_treap_ref(m->now[family]);
	pthread_mutex_unlock(&m->lock);
	return root;
}

static enum yw_code
memory_read(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes key,
    yw_take_fn take, void *arg, struct yw_error *err)
{
	enum yw_code code = dead(s, err);
	const struct yw_treap_item *item;
	struct yw_treap *root;
	struct yw_bytes value;

	if (code != YW_OK)
		return code;
	root = version(s, snap, family);
	item = yw_treap_find(root, key);
	if (item != NULL) {
		value = yw_treap_value(item);
		take(arg, value.data, value.len);
	}
	yw_treap_unref(root);
	return item != NULL ? YW_OK : yw_fail(err, YW_ENOENT, "no such key");
}

static void
memory_look(struct yw_store *s)
{
	(void)s;
}

static void
memory_stats(struct yw_store *s, struct yw_store_stats *out)
{
	struct memory *m = memory_of(s);

	pthread_mutex_lock(&m->lock);
	*out = (struct yw_store_stats) { .disk_bytes = m->bytes, .free_bytes = UINT64_MAX, .memory_bytes = m->bytes };
	pthread_mutex_unlock(&m->lock);
}

static struct yw_snapshot *
memory_snapshot_new(struct yw_store *s)
{
	struct memory *m = memory_of(s);
	struct memory_snapshot *snap = malloc(sizeof *snap + s->n_families * sizeof *snap->roots);

	if (snap == NULL)
		return NULL;
	snap->head.store = s;
	pthread_mutex_lock(&m->lock);
	ref_all(snap->roots, m->now, s->n_families);
	pthread_mutex_unlock(&m->lock);
	return &snap->head;
}

static void
memory_snapshot_free(struct yw_snapshot *head)
{
	struct memory_snapshot *snap = (struct memory_snapshot *)head;

	unref_all(snap->roots, head->store->n_families);
	free(snap);
}

/* Only a key with the prefix counts; keys of one prefix lie together, so the first other one ends it. */
static void
settle(struct memory_iter *it, const struct yw_treap_item *item)
{
	struct yw_bytes key;

	it->at = NULL;
	if (item == NULL)
		return;
	key = yw_treap_key(item);
	if (key.len >= it->prefix_len && memcmp(key.data, it->prefix, it->prefix_len) == 0)
		it->at = item;
}

static const struct yw_treap_item *
last_item(const struct yw_treap *root, struct yw_bytes prefix)
{
	uint8_t above[YW_STORE_KEY_MAX + 1];

	/* No key is longer than the padding: all that start with the prefix are below prefix ff ff ... */
	memset(above, 0xff, sizeof above);
	if (prefix.len != 0)
		memcpy(above, prefix.data, prefix.len);
	return yw_treap_at_most(root, (struct yw_bytes) { above, sizeof above }, true);
}

static const struct yw_treap_item *
first_step(const struct yw_treap *root, struct yw_bytes prefix, struct yw_bytes from, bool descending)
{
	const struct yw_treap_item *last;

	if (!descending)
		return yw_treap_at_least(root, yw_key_compare(from, prefix) > 0 ? from : prefix, true);
	last = last_item(root, prefix);
	if (last != NULL && from.len != 0 && yw_key_compare(yw_treap_key(last), from) > 0)
		return yw_treap_at_most(root, from, true);
	return last;
}

static struct yw_iter *
memory_iter_new(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, struct yw_bytes prefix,
    struct yw_bytes from, bool descending)
{
	struct memory_iter *it = malloc(sizeof *it + prefix.len);

	if (it == NULL)
		return NULL;
	it->head.store = s;
	it->descending = descending;
	it->prefix_len = prefix.len;
	if (prefix.len != 0)
		memcpy(it->prefix, prefix.data, prefix.len);
	it->root = atomic_load(&memory_of(s)->cut) ? NULL : version(s, snap, family);
	settle(it, first_step(it->root, prefix, from, descending));
	return &it->head;
}

static bool
memory_iter_valid(const struct yw_iter *it)
{
	return ((const struct memory_iter *)it)->at != NULL;
}

static void
memory_iter_next(struct yw_iter *head)
{
	struct memory_iter *it = (struct memory_iter *)head;
	struct yw_bytes key = yw_treap_key(it->at);

	settle(it, it->descending ? yw_treap_at_most(it->root, key, false) : yw_treap_at_least(it->root, key, false));
}

static struct yw_bytes
memory_iter_key(const struct yw_iter *it)
{
	return yw_treap_key(((const struct memory_iter *)it)->at);
}

static struct yw_bytes
memory_iter_value(const struct yw_iter *it)
{
	return yw_treap_value(((const struct memory_iter *)it)->at);
}

static enum yw_code
memory_iter_finish(struct yw_iter *head, struct yw_error *err)
{
	struct memory_iter *it = (struct memory_iter *)head;
	enum yw_code code = dead(head->store, err);

	yw_treap_unref(it->root);
	free(it);
	return code;
}

/* A new store that holds what is there now, or only what had been synced. */
static struct yw_store *
copy(struct yw_store *s, bool all)
{
	struct yw_store_options o = { .n_families = s->n_families, .read_only = s->read_only };
	struct memory *m = memory_of(s), *fresh;
	struct yw_store *out;

	if (yw_store_open_memory(&o, &out) != YW_OK)
		return NULL;
	fresh = memory_of(out);
	pthread_mutex_lock(&m->lock);
	ref_all(fresh->now, all ? m->now : m->synced, s->n_families);
	fresh->bytes = all ? m->bytes : m->synced_bytes;
	pthread_mutex_unlock(&m->lock);
	set_synced(fresh);
	return out;
}

struct yw_store *
yw_store_power_cut(struct yw_store *s)
{
	struct yw_error cut = { .code = YW_EIO, .msg = "the power was cut" };
	struct yw_store *out = copy(s, false);

	if (out != NULL) {
		yw_store_stop(s, &cut, false);
		atomic_store(&memory_of(s)->cut, true);
	}
	return out;
}

struct yw_store *
yw_store_image(struct yw_store *s)
{
	return copy(s, true);
}

void
yw_store_fill_disk(struct yw_store *s, bool full)
{
	struct memory *m = memory_of(s);

	pthread_mutex_lock(&m->lock);
	m->full = full;
	pthread_mutex_unlock(&m->lock);
}

void
yw_store_fail_disk(struct yw_store *s, bool curable)
{
	struct yw_error why;

	yw_fail(&why, YW_EIO, "unable to write: %s", yw_status_meaning(curable ? "No space left on device" : "IO error"));
	yw_store_stop(s, &why, curable);
}

static const struct yw_store_ops ops = {
	.close = memory_close,
	.write = memory_write,
	.room_for = memory_room_for,
	.read = memory_read,
	.look = memory_look,
	.stats = memory_stats,
	.snapshot_new = memory_snapshot_new,
	.snapshot_free = memory_snapshot_free,
	.iter_new = memory_iter_new,
	.iter_valid = memory_iter_valid,
	.iter_next = memory_iter_next,
	.iter_key = memory_iter_key,
	.iter_value = memory_iter_value,
	.iter_finish = memory_iter_finish,
};
