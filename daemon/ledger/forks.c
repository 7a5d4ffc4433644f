/*
 * forks.c - two heads of one log that cannot both be true: kept, and what follows from them (L6, L7).
 *
 * An owner who goes on in two ways signs any number of pairs, and not all of them count for ever: not where a closing that
 * turns out void names one of the heads (T7), nor by keys that were rotated out, against a quorum beat beyond (T5).  So of
 * any set of at most YW_FORKS_WITHOUT heads the first pair without them is kept, in each of two orders that depend on nothing
 * but the pairs and their keys; which are few, and the same in whatever order pairs are met:
 *
 *	newer keys first	whether the log is frozen: where the first that speaks is outlived (T5) all are
 *	lower ones first	how far its copies go (onward.c): no pair signed later, by whichever keys, drives out the lowest
 *
 * That a pair freezes the log is worked out anew whenever trust or the log's quorum beats change; of those that do the first
 * one is shown.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

static void
free_fork(struct fork *f)
{
	if (f == NULL)
		return;
	yw_buf_release(&f->a);
	yw_buf_release(&f->b);
	free(f);
}

void
drop_forks(struct log_inside *in)
{
	while (in->n_forks > 0)
		free_fork(in->forks[--in->n_forks]);
	in->pub.n_forks = 0;
}

static void
as_contradiction(const struct fork *f, struct yw_contradiction *out)
{
	*out = (struct yw_contradiction) { .head_a = yw_buf_bytes(&f->a), .head_b = yw_buf_bytes(&f->b), .instead = f->instead,
		.consistency = f->proof };
}

/* --- the store --- */

struct key
key_fork(uint32_t number, const struct yw_hash *id)
{
	struct key k = key_head(number, 'x');

	memcpy(k.b + k.len, id->b, YW_HASH_BYTES);
	k.len += YW_HASH_BYTES;
	return k;
}

enum yw_code
fork_encode(const struct yw_contradiction *c, bool sized, struct yw_buf *out, struct yw_error *err)
{
	yw_buf_add_be16(out, (uint16_t)c->head_a.len);
	yw_buf_add(out, c->head_a.data, c->head_a.len);
	yw_buf_add_be16(out, (uint16_t)c->head_b.len);
	yw_buf_add(out, c->head_b.data, c->head_b.len);
	if (sized)
		yw_buf_add(out, c->instead.b, YW_HASH_BYTES);
	for (size_t i = 0; sized && i < c->consistency.n; i++)
		yw_buf_add(out, c->consistency.h[i].b, YW_HASH_BYTES);
	return yw_buf_check(out, err);
}

static enum yw_code
put_fork(struct yw_ledger *l, const struct log_inside *in, const struct fork *f, struct yw_error *err)
{
	struct key k = key_fork(in->pub.number, &f->id);
	struct yw_buf v = YW_BUF_INIT;
	struct yw_contradiction c;
	enum yw_code code;

	as_contradiction(f, &c);
	code = fork_encode(&c, f->small.size != f->large.size, &v, err);
	if (code == YW_OK)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&v));
	yw_buf_release(&v);
	return code;
}

static bool
cut_head(struct yw_bytes *from, struct yw_bytes *out)
{
	size_t len = from->len >= 2 ? yw_get_be16(from->data) : 0;

	if (len == 0 || from->len < 2 + len)
		return false;
	*out = (struct yw_bytes) { from->data + 2, len };
	*from = (struct yw_bytes) { from->data + 2 + len, from->len - 2 - len };
	return true;
}

bool
fork_decode(struct yw_bytes v, struct yw_contradiction *out)
{
	*out = (struct yw_contradiction) { .consistency = { .n = 0 } };
	if (!cut_head(&v, &out->head_a) || !cut_head(&v, &out->head_b) || v.len % YW_HASH_BYTES != 0 ||
	    v.len > (1 + YW_PROOF_MAX) * YW_HASH_BYTES)
		return false;
	if (v.len != 0) {
		memcpy(out->instead.b, v.data, YW_HASH_BYTES);
		out->consistency.n = v.len / YW_HASH_BYTES - 1;
		memcpy(out->consistency.h, v.data + YW_HASH_BYTES, out->consistency.n * YW_HASH_BYTES);
	}
	return true;
}

/* --- one pair --- */

static bool
read_place(const struct yw_buf *note, struct yw_tree_head *out)
{
	struct yw_checkpoint c;

	if (note_checkpoint(yw_buf_bytes(note), &c, NULL) != YW_OK)
		return false;
	*out = (struct yw_tree_head) { c.size, c.root };
	return true;
}

static int
compare_bytes(struct yw_bytes a, struct yw_bytes b)
{
	int c = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* What follows from the two notes; of one size the first bytewise is the first. */
static bool
finish_fork(struct fork *f)
{
	struct yw_hasher h;

	if (!read_place(&f->a, &f->small) || !read_place(&f->b, &f->large))
		return false;
	if (f->small.size == f->large.size && compare_bytes(yw_buf_bytes(&f->a), yw_buf_bytes(&f->b)) > 0) {
		struct yw_tree_head head = f->small;
		struct yw_buf note = f->a;

		f->small = f->large;
		f->large = head;
		f->a = f->b;
		f->b = note;
	}
	yw_hasher_init(&h);
	yw_hasher_add(&h, f->a.data, f->a.len);
	yw_hasher_add(&h, f->b.data, f->b.len);
	yw_hasher_end(&h, &f->id);
	return true;
}

static enum yw_code
read_fork(struct log_inside *in, struct yw_bytes v, struct yw_error *err)
{
	struct fork *f = calloc(1, sizeof *f);
	struct yw_contradiction c;
	enum yw_code code = YW_OK;

	if (f == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	if (fork_decode(v, &c)) {
		f->instead = c.instead;
		f->proof = c.consistency;
		yw_buf_add(&f->a, c.head_a.data, c.head_a.len);
		yw_buf_add(&f->b, c.head_b.data, c.head_b.len);
		code = f->a.failed || f->b.failed ? yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text) : YW_OK;
	}
	if (code == YW_OK && (f->b.len == 0 || !finish_fork(f) || in->n_forks == YW_FORKS_KEPT))
		code = yw_fail(err, YW_EIO, "a contradiction of '%s' has another form: the store is damaged", in->pub.origin.text);
	if (code != YW_OK) {
		free_fork(f);
		return code;
	}
	f->stamp = in->pub.stamp;
	in->forks[in->n_forks++] = f;
	return YW_OK;
}

enum yw_code
load_forks(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'x');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;

	drop_forks(in);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it))
		code = read_fork(in, yw_iter_value(it), err);
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

/* --- frozen --- */

/* What had its quorum stands: a new network file, or the closing of a mirror, takes a quorum away until others have signed,
 * and a key that was rotated out does not come to life in between. */
static uint64_t
stood_size(const struct log_inside *in)
{
	const struct yw_log *log = &in->pub;
	uint64_t size = 0;

	for (size_t i = 0; i < log->n_beats; i++) {
		const struct yw_beat *b = &log->beats[i];

		if (b->size > size && b->stood)
			size = b->size;
	}
	return size;
}

static enum yw_code
verify(const struct yw_generation *g, const struct yw_contradiction *c, struct yw_contradiction_verdict *v,
    struct yw_error *err)
{
	enum yw_code code;

	*v = (struct yw_contradiction_verdict) { .n_via = 0 };
	code = yw_contradiction_check(g, c, v, err);
	return YW_FAULT("contradiction") ? YW_OK : code;
}

static bool
has_head(const struct fork *f, const struct yw_tree_head *h)
{
	return same_head(&f->small, h) || same_head(&f->large, h);
}

bool
is_of_void_closing(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h)
{
	for (size_t i = 0; i < yw_trust_n_asked(l->trust); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(l->trust, i);

		if (a->is_void && strcmp(a->origin.text, in->pub.origin.text) == 0 && same_head(h, &a->signed_head))
			return true;
	}
	return false;
}

/* By the keys that are valid now; and not by one that a key change which was shown, and is not held yet, rotates out before. */
static void
judge_fork(const struct yw_ledger *l, const struct log_inside *in, struct fork *f)
{
	const struct yw_generation *g = log_generation(l, in), *ahead = head_generation(l, in);
	struct yw_contradiction_verdict v;
	struct yw_contradiction c;

	as_contradiction(f, &c);
	f->verifies = g != NULL && verify(g, &c, &v, NULL) == YW_OK && (ahead == g || verify(ahead, &c, &v, NULL) == YW_OK);
	f->speaks = f->verifies && !is_of_void_closing(l, in, &f->small) && !is_of_void_closing(l, in, &f->large);
	f->span = f->verifies ? (size_t)(yw_generation_head_span(g, f->small.size) - g->spans) : 0;
}

/* Which of two comes first? */
typedef bool order(const struct fork *a, const struct fork *b);

/* The one that was signed when the log was shorter. */
static bool
is_lower(const struct fork *a, const struct fork *b)
{
	if (a->verifies != b->verifies)
		return a->verifies;
	if (a->large.size != b->large.size)
		return a->large.size < b->large.size;
	return memcmp(a->id.b, b->id.b, YW_HASH_BYTES) < 0;
}

/* The one by newer keys, as it counts wherever the other one does (T5). */
static bool
is_newer(const struct fork *a, const struct fork *b)
{
	return a->verifies && b->verifies && a->span != b->span ? a->span > b->span : is_lower(a, b);
}

static void
sort(struct log_inside *in, order *goes_before)
{
	for (size_t i = 1; i < in->n_forks; i++) {
		struct fork *f = in->forks[i];
		size_t at = i;

		for (; at > 0 && goes_before(f, in->forks[at - 1]); at--)
			in->forks[at] = in->forks[at - 1];
		in->forks[at] = f;
	}
}

/* Those that speak, for whoever reads. */
static void
list(struct log_inside *in)
{
	struct yw_log *log = &in->pub;

	log->n_forks = 0;
	for (size_t i = 0; i < in->n_forks; i++)
		if (in->forks[i]->speaks)
			log->forks[log->n_forks++] = (struct yw_log_fork) { in->forks[i]->id, in->forks[i]->stamp };
}

const struct fork *
lowest_pair(const struct log_inside *in)
{
	const struct fork *lowest = NULL;

	for (size_t i = 0; i < in->n_forks; i++)
		if (in->forks[i]->speaks && (lowest == NULL || is_lower(in->forks[i], lowest)))
			lowest = in->forks[i];
	return lowest;
}

/* The first pair that speaks is by the newest keys. */
static bool
is_frozen(const struct yw_ledger *l, struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);
	const struct fork *f = NULL;

	for (size_t i = 0; i < in->n_forks; i++)
		judge_fork(l, in, in->forks[i]);
	sort(in, is_newer);
	list(in);
	for (size_t i = 0; i < in->n_forks && f == NULL; i++)
		f = in->forks[i]->speaks ? in->forks[i] : NULL;
	return f != NULL && g->open &&
	    (YW_FAULT("old-keys-freeze") || !yw_generation_outlived(g, f->small.size, stood_size(in)));
}

void
load_frozen(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		l->logs[i]->pub.frozen = is_frozen(l, l->logs[i]);
}

static void
set_frozen(struct yw_ledger *l, struct log_inside *in, bool frozen)
{
	in->pub.frozen = frozen;
	in->pub.target_size = 0;
	drop_waiting(in);
	drop_beyond(in);
	log_touch(l, in);
}

void
follow_frozen(struct yw_ledger *l, struct log_inside *in)
{
	bool frozen = is_frozen(l, in);

	if (frozen != in->pub.frozen)
		set_frozen(l, in, frozen);
}

void
judge_forks(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->n_forks > 0 && (l->trust_changed || l->logs[i]->changed))
			follow_frozen(l, l->logs[i]);
}

/* --- another pair --- */

/* *c as it came. */
static enum yw_code
make_fork(struct yw_ledger *l, const struct log_inside *in, const struct yw_contradiction *c, struct fork **out,
    struct yw_error *err)
{
	struct fork *f = calloc(1, sizeof *f);
	enum yw_code code;

	if (f == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a contradiction of '%s'", in->pub.origin.text);
	f->instead = c->instead;
	f->proof = c->consistency;
	code = head_alone(l, in, c->head_a, &f->a, err);
	if (code == YW_OK)
		code = head_alone(l, in, c->head_b, &f->b, err);
	if (code == YW_ESIG || (code == YW_OK && !finish_fork(f)))
		code = yw_fail(err, YW_EINVAL, "two heads of '%s', not both by keys that are valid now", in->pub.origin.text);
	if (code == YW_OK)
		*out = f;
	else
		free_fork(f);
	return code;
}

struct without {
	struct yw_tree_head head[YW_FORKS_WITHOUT];
	size_t n;
};

static bool
has_any(const struct fork *f, const struct without *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (has_head(f, &w->head[i]))
			return true;
	return false;
}

/* Marks the first pair without these heads, and the first ones without one of its own either. */
static void
mark(struct log_inside *in, struct without w)
{
	size_t i = 0;

	while (i < in->n_forks && has_any(in->forks[i], &w))
		i++;
	if (i == in->n_forks)
		return;
	in->forks[i]->stays = true;
	if (w.n == YW_FORKS_WITHOUT)
		return;
	w.head[w.n++] = in->forks[i]->small;
	mark(in, w);
	w.head[w.n - 1] = in->forks[i]->large;
	mark(in, w);
}

/* Every pair without the mark goes. */
static void
drop_unmarked(struct yw_ledger *l, struct log_inside *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_forks; i++) {
		struct key k = key_fork(in->pub.number, &in->forks[i]->id);

		if (in->forks[i]->stays) {
			in->forks[n++] = in->forks[i];
			continue;
		}
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
		free_fork(in->forks[i]);
	}
	in->n_forks = n;
}

static bool
holds(const struct log_inside *in, const struct yw_hash *id)
{
	for (size_t i = 0; i < in->n_forks; i++)
		if (yw_hash_equal(&in->forks[i]->id, id))
			return true;
	return false;
}

/* Is it one that stays?  It is among the others then. */
static bool
joins(const struct yw_ledger *l, struct log_inside *in, struct fork *f)
{
	judge_fork(l, in, f);
	for (size_t i = 0; i < in->n_forks; i++)
		in->forks[i]->stays = false;
	in->forks[in->n_forks++] = f;
	sort(in, is_lower);
	mark(in, (struct without) { .n = 0 });
	sort(in, is_newer);
	mark(in, (struct without) { .n = 0 });
	for (size_t i = 0; i < in->n_forks && !f->stays; i++)
		if (in->forks[i] == f)
			memmove(&in->forks[i], &in->forks[i + 1], (--in->n_forks - i) * sizeof *in->forks);
	return f->stays;
}

/* YW_ECONFLICT: it is kept from now on; YW_OK: what it says is said already. */
static enum yw_code
take_fork(struct yw_ledger *l, struct log_inside *in, struct fork *f, struct yw_error *err)
{
	bool said = in->pub.n_forks > 0;
	enum yw_code code;

	if (holds(in, &f->id) || !joins(l, in, f)) {
		free_fork(f);
		return YW_OK;
	}
	drop_unmarked(l, in);
	log_touch(l, in);
	f->stamp = in->pub.stamp;
	code = put_fork(l, in, f, err);
	if (code != YW_OK)
		return spoil(l, code, err);
	follow_frozen(l, in);
	if (!said)
		yw_log(YW_LOG_ERROR, "contradiction", "origin=%s %s its owner signed two heads that cannot both be true: %s",
		    in->pub.origin.text, l->shown_by != NULL ? l->shown_by : "shown-by=-",
		    in->pub.frozen ? "the log is frozen, both are kept" : "both are kept");
	return yw_fail(err, YW_ECONFLICT, "two contradicting heads of '%s'", in->pub.origin.text);
}

enum yw_code
freeze(struct yw_ledger *l, struct log_inside *in, struct yw_bytes a, struct yw_bytes b, const struct yw_hash *instead,
    const struct yw_proof *proof, struct yw_error *err)
{
	struct yw_contradiction c = { .head_a = a, .head_b = b };
	struct fork *f;
	enum yw_code code;

	if (proof != NULL) {
		c.instead = *instead;
		c.consistency = *proof;
	}
	code = make_fork(l, in, &c, &f, err);
	if (code == YW_OK)
		code = take_fork(l, in, f, err);
	return code != YW_OK ? code : yw_fail(err, YW_ECONFLICT, "two contradicting heads of '%s'", in->pub.origin.text);
}

void
yw_ledger_shown_by(struct yw_ledger *l, const char *who)
{
	l->shown_by = who;
}

enum yw_code
yw_ledger_take_contradiction(struct yw_ledger *l, const char *origin, const struct yw_contradiction *c,
    struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	const struct yw_generation *g = in != NULL ? log_generation(l, in) : NULL;
	struct yw_contradiction_verdict v;
	struct fork *f;
	enum yw_code code = may_write(l, err);

	if (code != YW_OK)
		return code;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", origin);
	code = verify(g, c, &v, err);
	if (code == YW_OK)
		code = make_fork(l, in, c, &f, err);
	return code == YW_OK ? take_fork(l, in, f, err) : code;
}
