/*
 * view.c - the last commit, published for readers.
 *
 * The writer builds one immutable `published` per commit; a view is a reference to it.  The snapshot is taken
 * after the batch, so what a reader finds is never behind the sizes it was told.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

struct yw_view {
	struct yw_ledger *l;
	struct published *p;
};

/* --- publishing; under publish_lock where refs are touched --- */

static void
unref_trust(struct shared_trust *t)
{
	if (t != NULL && --t->refs == 0) {
		yw_trust_free(t->t);
		free(t);
	}
}

static void
unref_published(struct published *p)
{
	if (p == NULL || --p->refs > 0)
		return;
	*p->n_snapshots -= p->snap != NULL;
	yw_snapshot_free(p->snap);
	unref_trust(p->trust);
	for (size_t i = 0; i < p->n_logs; i++)
		if (p->logs[i] != NULL && --p->logs[i]->refs == 0)
			free(p->logs[i]);
	free(p);
}

/* Is there something in the state that is not yet as what is known now has it, and is set so in the next turn? */
static bool
is_state_due(const struct log_inside *in)
{
	return in->apply_from != UINT64_MAX || in->ids_due || in->pub.absent_due;
}

static void
fill_info(const struct log_inside *in, uint64_t commit, struct yw_log_info *out)
{
	const struct yw_log *log = &in->pub;

	*out = (struct yw_log_info) {
		.number = log->number,
		.commit = commit,
		.origin = log->origin,
		.code = log->code,
		.generation = log->generation,
		.own = log->own,
		.n_forks = log->n_forks,
		.frozen = log->frozen,
		.broken = log->broken,
		.needs_newer = log->needs_newer,
		.size = log->size,
		.held = log->held,
		.receipts_to = log->receipts_to,
		.head_size = log->head_size,
		.full_size = log->full_size,
		.n_missing = log->n_missing,
		.n_lost = log->n_lost,
		.n_erased = log->n_erased,
		.absent_due = log->absent_due,
		.state_due = is_state_due(in),
		.holder_due = log->holder_due,
		.holder = log->holder,
		.withholds = log->withholds,
		.root = log->root,
		.met = log->met,
	};
	memcpy(out->trouble, log->trouble, sizeof out->trouble);
	memcpy(out->forks, log->forks, sizeof out->forks);
	for (size_t i = 0; i < log->n_beats; i++) {
		out->beat_size = log->beats[i].size;
		out->beat_time_s = log->beats[i].owner_time_s;
		if (log->beats[i].quorum == YW_QUORUM_MET) {
			out->quorum_size = log->beats[i].size;
			out->quorum_time_s = log->beats[i].quorum_time_s;
		}
	}
}

/* The trust of the last commit where it did not change, else a copy. */
static struct shared_trust *
share_trust(struct yw_ledger *l, struct yw_error *err)
{
	struct shared_trust *t;

	if (!l->trust_changed && l->published != NULL) {
		pthread_mutex_lock(&l->publish_lock);
		t = l->published->trust;
		t->refs++;
		pthread_mutex_unlock(&l->publish_lock);
		return t;
	}
	t = calloc(1, sizeof *t);
	if (t == NULL || yw_trust_copy(l->trust, &t->t, err) != YW_OK) {
		free(t);
		return NULL;
	}
	t->refs = 1;
	return t;
}

/* Places for the logs that this turn changes; those of the others are taken over when it is published. */
static bool
add_infos(struct yw_ledger *l, struct published *p)
{
	for (; p->n_logs < l->n_logs; p->n_logs++) {
		const struct log_inside *in = l->logs[p->n_logs];
		bool same = in->shown && !in->changed && in->shown_due == is_state_due(in) && l->published != NULL &&
		    p->n_logs < l->published->n_logs;
		struct shared_info *info = same ? NULL : calloc(1, sizeof *info);

		if (!same && info == NULL)
			return false;
		if (!same)
			info->refs = 1;
		p->logs[p->n_logs] = info;
	}
	return true;
}

/* From the last commit, whom nobody reads any more, or shared with those who do. */
static void
take_over(struct published *old, struct published *p, size_t i)
{
	p->logs[i] = old->logs[i];
	if (old->refs == 1)
		old->logs[i] = NULL;
	else
		p->logs[i]->refs++;
}

enum yw_code
publish_prepare(struct yw_ledger *l, struct published **out, struct yw_error *err)
{
	struct published *p = calloc(1, sizeof *p + l->n_logs * sizeof p->logs[0]);

	if (p == NULL || (p->trust = share_trust(l, err)) == NULL) {
		free(p);
		return yw_fail(err, YW_ENOMEM, "no memory to publish a commit");
	}
	p->refs = 1;
	p->n_snapshots = &l->n_snapshots;
	if (!add_infos(l, p)) {
		publish_drop(l, p);
		return yw_fail(err, YW_ENOMEM, "no memory to publish a commit");
	}
	l->trust_changed = false;	/* what changes it from here on is for the next commit */
	*out = p;
	return YW_OK;
}

enum yw_code
publish(struct yw_ledger *l, struct published *p, struct yw_error *err)
{
	struct published *old;

	p->snap = yw_snapshot_new(l->store);
	if (p->snap == NULL) {
		publish_drop(l, p);
		return yw_fail(err, YW_ENOMEM, "no memory to publish a commit");
	}
	pthread_mutex_lock(&l->publish_lock);
	l->n_snapshots++;
	old = l->published;
	for (size_t i = 0; i < p->n_logs; i++) {
		if (p->logs[i] == NULL) {
			take_over(old, p, i);
			continue;
		}
		fill_info(l->logs[i], l->commit, &p->logs[i]->log);
		l->logs[i]->shown = true;
		l->logs[i]->shown_due = p->logs[i]->log.state_due;
	}
	l->published = p;
	unref_published(old);
	pthread_mutex_unlock(&l->publish_lock);
	return YW_OK;
}

void
publish_drop(struct yw_ledger *l, struct published *p)
{
	pthread_mutex_lock(&l->publish_lock);
	unref_published(p);
	pthread_mutex_unlock(&l->publish_lock);
}

void
unpublish(struct yw_ledger *l)
{
	publish_drop(l, l->published);
	l->published = NULL;
}

/* --- views --- */

enum yw_code
yw_view_open(struct yw_ledger *l, struct yw_view **out, struct yw_error *err)
{
	struct yw_view *v = calloc(1, sizeof *v);

	if (v == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the ledger");
	v->l = l;
	pthread_mutex_lock(&l->publish_lock);
	v->p = l->published;
	v->p->refs++;
	pthread_mutex_unlock(&l->publish_lock);
	*out = v;
	return YW_OK;
}

void
yw_view_close(struct yw_view *v)
{
	struct yw_ledger *l;

	if (v == NULL)
		return;
	l = v->l;
	pthread_mutex_lock(&l->publish_lock);
	unref_published(v->p);
	pthread_mutex_unlock(&l->publish_lock);
	free(v);
}

const struct yw_trust *
yw_view_trust(const struct yw_view *v)
{
	return v->p->trust->t;
}

const struct yw_generation *
yw_view_generation(const struct yw_view *v, const struct yw_log_info *log)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);

	return g == NULL && log->own ? &v->l->claim : g;	/* which never changes */
}

struct yw_store *
view_store(const struct yw_view *v)
{
	return v->l->store;
}

const struct yw_snapshot *
view_snapshot(const struct yw_view *v)
{
	return v->p->snap;
}

void
view_self(const struct yw_view *v, struct yw_asker *out)
{
	self_asker(v->l, out);
}

size_t
yw_view_count(const struct yw_view *v)
{
	return v->p->n_logs;
}

const struct yw_log_info *
yw_view_at(const struct yw_view *v, size_t i)
{
	return &v->p->logs[i]->log;
}

const struct yw_log_info *
yw_view_of(const struct yw_view *v, const struct yw_log *log)
{
	return log->number < v->p->n_logs ? &v->p->logs[log->number]->log : NULL;
}

const struct yw_log_info *
yw_view_log(const struct yw_view *v, const char *origin)
{
	for (size_t i = 0; i < v->p->n_logs; i++)
		if (strcmp(v->p->logs[i]->log.origin.text, origin) == 0)
			return &v->p->logs[i]->log;
	return NULL;
}

static enum yw_code
get(const struct yw_view *v, unsigned family, const struct key *k, struct yw_buf *out, struct yw_error *err)
{
	return yw_store_get(v->l->store, v->p->snap, family, key_bytes(k), out, err);
}

enum yw_code
yw_view_entry(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, struct yw_buf *out,
    struct yw_error *err)
{
	struct key k = key_entry(log->number, index);

	if (index >= log->size)
		return yw_fail(err, YW_ENOENT, "'%s' has %llu entries here, no entry %llu", log->origin.text,
		    (unsigned long long)log->size, (unsigned long long)index);
	return get(v, F_ENTRIES, &k, out, err);
}

enum yw_code
yw_view_body(const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t item, struct yw_buf *out,
    struct yw_error *err)
{
	struct key k = key_place(log->number, index, item);
	bool absent = yw_view_absent(v, log, index, item, NULL);
	enum yw_code code = absent ? YW_ENOENT : get(v, F_BODIES, &k, out, err);

	return code == YW_ENOENT ? yw_fail(err, code, "the body of item %u of entry %llu of '%s' is not held here", item,
	    (unsigned long long)index, log->origin.text) : code;
}

enum yw_code
yw_view_beat(const struct yw_view *v, const struct yw_log_info *log, uint64_t min_size, bool newest, struct yw_buf *out,
    struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'b'), from = key_beat(log->number, min_size);
	const struct yw_generation *g = yw_view_generation(v, log);
	struct yw_bytes none = { NULL, 0 };
	enum yw_code code = YW_ENOENT, end;
	struct yw_iter *it;

	it = yw_iter_new(v->l->store, v->p->snap, F_HEADS, key_bytes(&prefix), newest ? none : key_bytes(&from), newest);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the beats of '%s'", log->origin.text);
	if (g != NULL && yw_iter_valid(it) && yw_get_be64(yw_iter_key(it).data + prefix.len) >= min_size)
		code = verified_lines(yw_view_trust(v), g, yw_iter_value(it), out, err);
	end = yw_iter_finish(it, err);
	if (end != YW_OK)
		return end;
	return code != YW_ENOENT ? code : yw_fail(err, code, "no beat of '%s' of at least %llu entries is here yet",
	    log->origin.text, (unsigned long long)min_size);
}

enum yw_code
yw_view_foreign_beat(const struct yw_view *v, const struct yw_log_info *log, uint64_t below, uint64_t *index,
    struct yw_error *err)
{
	struct key prefix = key_number(log->number), from = key_entry(log->number, below);
	enum yw_code code = YW_ENOENT, end;
	struct yw_iter *it;

	it = yw_iter_new(v->l->store, v->p->snap, F_TRUST, key_bytes(&prefix), key_bytes(&from), true);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", log->origin.text);
	for (; code == YW_ENOENT && yw_iter_valid(it); yw_iter_next(it)) {
		*index = yw_get_be64(yw_iter_key(it).data + prefix.len);
		if (*index < below && yw_iter_value(it).len == 1 && yw_iter_value(it).data[0] == YW_TRUST_FOREIGN_BEAT)
			code = YW_OK;
	}
	end = yw_iter_finish(it, err);
	return end != YW_OK ? end : code;
}

enum yw_code
yw_view_contradiction(const struct yw_view *v, const struct yw_log_info *log, size_t at, struct yw_buf *heads,
    struct yw_contradiction *out, struct yw_error *err)
{
	struct key k;
	enum yw_code code;

	yw_buf_clear(heads);
	if (at >= log->n_forks)
		return yw_fail(err, YW_ENOENT, "no two heads of '%s' contradict each other", log->origin.text);
	k = key_fork(log->number, &log->forks[at].id);
	code = get(v, F_HEADS, &k, heads, err);
	if (code == YW_OK && !fork_decode(yw_buf_bytes(heads), out))
		code = yw_fail(err, YW_EIO, "a contradiction of '%s' has another form: the store is damaged", log->origin.text);
	return code;
}

void
yw_view_tiles(const struct yw_view *v, const struct yw_log_info *log, struct yw_view_tiles *self,
    struct yw_tile_reader *out)
{
	struct tiles *t = (struct tiles *)self;

	*t = (struct tiles) { .store = v->l->store, .snap = v->p->snap, .number = log->number };
	tiles_reader(t, out);
}

/* --- the reader for chains and evidence --- */

static enum yw_code
known_log(const struct yw_view *v, const char *origin, const struct yw_log_info **out, struct yw_error *err)
{
	*out = yw_view_log(v, origin);
	return *out != NULL ? YW_OK : yw_fail(err, YW_ENOENT, "the log '%s' is not held here", origin);
}

static enum yw_code
reader_entry(void *arg, const char *origin, uint64_t index, struct yw_buf *envelope, struct yw_error *err)
{
	const struct yw_log_info *log;
	enum yw_code code = known_log(arg, origin, &log, err);

	return code == YW_OK ? yw_view_entry(arg, log, index, envelope, err) : code;
}

/* A beat that covers the wanted size and that this node can prove into. */
static enum yw_code
reader_beat(void *arg, const char *origin, uint64_t min_size, struct yw_buf *note, struct yw_checkpoint *head,
    struct yw_error *err)
{
	const struct yw_log_info *log;
	struct yw_note n;
	enum yw_code code = known_log(arg, origin, &log, err);

	if (code == YW_OK)
		code = yw_view_beat(arg, log, min_size, false, note, err);
	if (code == YW_OK)
		code = yw_note_parse(yw_buf_bytes(note), &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, head, err);
	yw_note_release(&n);
	if (code == YW_OK && head->size > log->size)
		code = yw_fail(err, YW_ENOENT, "the entries of '%s' up to its beat of %llu are not all here yet", origin,
		    (unsigned long long)head->size);
	return code;
}

static enum yw_code
reader_inclusion(void *arg, const char *origin, uint64_t index, uint64_t size, struct yw_proof *out,
    struct yw_error *err)
{
	const struct yw_log_info *log;
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	enum yw_code code = known_log(arg, origin, &log, err);

	if (code == YW_OK && size > log->size)
		code = yw_fail(err, YW_ENOENT, "'%s' has only %llu entries here", origin, (unsigned long long)log->size);
	if (code != YW_OK)
		return code;
	yw_view_tiles(arg, log, &self, &r);
	return yw_prove_inclusion(&r, index, size, out, err);
}

void
yw_view_reader(const struct yw_view *v, struct yw_log_reader *out)
{
	*out = (struct yw_log_reader) { reader_entry, reader_beat, reader_inclusion, (void *)(uintptr_t)v };
}

/* --- records --- */

enum yw_code
yw_view_current(const struct yw_view *v, const char *id, struct yw_item *out, struct yw_error *err)
{
	return item_newest(v->l->store, v->p->snap, F_ITEMS, id, out, err);
}

enum yw_code
yw_view_later(const struct yw_view *v, const char *id, struct yw_item *out, struct yw_error *err)
{
	return item_newest(v->l->store, v->p->snap, F_LATER, id, out, err);
}

enum yw_code
yw_view_history(const struct yw_view *v, const char *id, bool (*each)(void *arg, const struct yw_item *), void *arg,
    struct yw_error *err)
{
	struct key prefix = key_item_prefix(id);
	struct yw_iter *it;
	struct yw_item item;
	enum yw_code code = YW_OK, end;

	it = yw_iter_new(v->l->store, v->p->snap, F_ITEMS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, true);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the history of '%s'", id);
	for (; yw_iter_valid(it); yw_iter_next(it)) {
		code = item_decode(yw_iter_key(it), yw_iter_value(it), &item, err);
		if (code != YW_OK || !each(arg, &item))
			break;
	}
	end = yw_iter_finish(it, err);
	return code != YW_OK ? code : end;
}

/* Where a listing goes on after an id: the first key that is not one of its items. */
static void
after_key(const char *after, struct key *out)
{
	*out = key_item_prefix(after);
	if (*after != '\0')
		out->b[out->len - 1] = 1;	/* the prefix ends in 00 */
	else
		out->len = 0;
}

enum yw_code
yw_view_list(const struct yw_view *v, const char *prefix, const char *after,
    bool (*each)(void *arg, const struct yw_item *), void *arg, struct yw_error *err)
{
	struct yw_item item, newest = { 0 };
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;
	struct key from;

	after_key(after, &from);
	it = yw_iter_new(v->l->store, v->p->snap, F_ITEMS, yw_bytes_str(prefix), key_bytes(&from), false);
	for (; yw_iter_valid(it); yw_iter_next(it)) {
		code = item_decode(yw_iter_key(it), yw_iter_value(it), &item, err);
		if (code != YW_OK)
			break;
		if (strcmp(item.id, newest.id) == 0)
			continue;	/* said earlier */
		newest = item;
		if (!each(arg, &newest))
			break;
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}
