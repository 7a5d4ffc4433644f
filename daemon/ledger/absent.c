/*
 * absent.c - what its owner declared lost, or erased, counts as absent (V6, B7, R5): what is lost also where the body is
 * held, and what is erased goes.
 *
 * Which places those are is trust/'s to say, and may turn out late: a declaration stands in the log of a later generation, its
 * signer turns out not to have been valid, a branch is cut.  The marks in the family "missing" are what the store was made
 * by.  Where the two part the place is judged anew, in the turn that learnt it: so state is always that of a replica which
 * knew from the start.  What this very turn brought waits for the next one, since it is read from the store.  The same is
 * true of the ids that an erasure names, and of what stands in "items" about them.
 *
 * And the act: what this node's own logs lack is declared lost on a person's word.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

struct merge {			/* two rows side by side: what was said, and what is marked so */
	const struct log_inside *in;
	struct yw_absent_walk walk;
	struct yw_absent_body said;
	bool is_said;		/* that is one; false: there are no more */
	struct yw_iter *marks;	/* NULL: both rows are empty */
};

struct parting {		/* a place at which they differ */
	struct yw_own_place place;
	bool is_said;		/* and how; else it is marked, and nobody says so */
	struct yw_absent_body said;
};

static enum yw_code
merge_open(struct merge *m, struct yw_ledger *l, const struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct key prefix = key_number(in->pub.number);

	*m = (struct merge) { .in = in };
	if (g != NULL) {
		m->walk = yw_trust_absent_walk(l->trust, g);
		m->is_said = yw_trust_absent_next(&m->walk, &m->said);
	}
	if (!m->is_said && in->pub.n_lost + in->pub.n_erased == 0)
		return YW_OK;
	m->marks = yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	return m->marks != NULL ? YW_OK :
	    yw_fail(err, YW_ENOMEM, "no memory to read what is missing of '%s'", in->pub.origin.text);
}

static enum yw_code
merge_close(struct merge *m, enum yw_code code, struct yw_error *err)
{
	enum yw_code end = m->marks != NULL ? yw_iter_finish(m->marks, code == YW_OK ? err : NULL) : YW_OK;

	return code != YW_OK ? code : end;
}

static bool
is_marked_as(struct yw_bytes v, const struct log_inside *in, const struct yw_absent_body *said)
{
	return absent_mark_by(v) == absent_by(in, said) && ((v.data[0] & MISSING_ERASED) != 0) == said->erased;
}

/* Moves on to the next place that is marked so. */
static bool
at_mark(struct merge *m)
{
	while (yw_iter_valid(m->marks) && !is_absent_mark(yw_iter_value(m->marks)))
		yw_iter_next(m->marks);
	return yw_iter_valid(m->marks);
}

static struct yw_own_place
marked_place(const struct merge *m)
{
	struct yw_bytes key = yw_iter_key(m->marks);

	return (struct yw_own_place) { m->in->pub.generation, yw_get_be64(key.data + 4), yw_get_be16(key.data + 12) };
}

static bool
next_parting(struct merge *m, struct parting *out)
{
	bool same = true;

	while (same && m->marks != NULL) {
		bool marked = at_mark(m);
		int c;

		if (!marked && !m->is_said)
			return false;
		*out = (struct parting) { .is_said = m->is_said, .said = m->said };
		if (marked)
			out->place = marked_place(m);
		c = !marked ? -1 : !m->is_said ? 1 : yw_own_place_compare(&m->said.place, &out->place);
		same = c == 0 && is_marked_as(yw_iter_value(m->marks), m->in, &m->said);
		if (c > 0) {
			out->is_said = false;
		} else {
			out->place = m->said.place;
			m->is_said = yw_trust_absent_next(&m->walk, &m->said);
		}
		if (c >= 0)
			yw_iter_next(m->marks);
	}
	return !same;
}

/* A place that no entry has is marked too, so that it is looked at once. */
static enum yw_code
judge_place(struct yw_ledger *l, struct log_inside *in, const struct parting *p, struct yw_error *err)
{
	struct key k = key_place(in->pub.number, p->place.index, p->place.item);
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, p->place.index, &envelope, &e, err);

	if (code == YW_OK) {
		in->recount = true;
		if (p->place.item < e.n_items)
			code = replay_place(l, in, p->place.index, &e, p->place.item,
			    e.standing == YW_STANDING_APPLIED && signer_valid(l, in, &e, p->place.index), err);
		else if (p->is_said)
			put_absent(l, in, &p->said, 0);
		else
			yw_batch_delete(l->batch, F_MISSING, key_bytes(&k));
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

/* What comes later finds out by itself when it is written. */
static enum yw_code
follow_log(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct parting p;
	struct merge m;
	bool any = false;
	enum yw_code code;

	in->pub.absent_due = in->n_taken > 0 || is_cutting(in);
	if (in->pub.absent_due)
		return YW_OK;
	code = merge_open(&m, l, in, err);
	while (code == YW_OK && next_parting(&m, &p)) {
		if (p.place.index >= in->committed_size) {
			in->pub.absent_due |= p.place.index < in->pub.size;
			continue;
		}
		code = judge_place(l, in, &p, err);
		any = true;
	}
	code = merge_close(&m, code, err);
	if (any)
		log_touch(l, in);
	return code == YW_OK ? code : spoil(l, code, err);
}

/* Than when it was last followed?  So that who says much makes no work with the words of others. */
static bool
says_else(const struct yw_ledger *l, struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);
	uint64_t before = in->absent_moment;

	in->absent_moment = g != NULL ? yw_trust_absent_moment(l->trust, g) : 0;
	return in->absent_moment != before;
}

static enum yw_code
follow_erasure(struct yw_ledger *l, const struct log_inside *in, uint64_t index, struct yw_buf *envelope, struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, index, envelope, &e, err);

	if (code != YW_OK)
		return code;
	code = items_follow_erasure(l, in, index, &e, err);
	yw_entry_release(&e);
	return code;
}

/* Every erasure of the log that the store has: of ids of another code it may count since others' logs changed (T10). */
static enum yw_code
follow_erasures(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_number(in->pub.number);
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	it = yw_iter_new(l->store, NULL, F_TRUST, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		uint64_t index = yw_get_be64(yw_iter_key(it).data + prefix.len);

		if (index < in->committed_size && yw_iter_value(it).len == 1 && yw_iter_value(it).data[0] == YW_TRUST_ERASURE)
			code = follow_erasure(l, in, index, &envelope, err);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	yw_buf_release(&envelope);
	code = code == YW_OK ? end : code;
	if (code == YW_OK)
		log_touch(l, in);
	return code == YW_OK ? code : spoil(l, code, err);
}

/* Of the log's own ids the turn in which they came, or in which its keys or its end changed (reach.c), has said it all. */
static bool
erases_else(const struct yw_ledger *l, struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);
	uint64_t moment = g != NULL ? yw_trust_said_moment(l->trust, g) : 0;
	bool other = moment != in->said_moment && !is_cutting(in);

	if (other && !in->erases)	/* what was written in this turn is read in the next one */
		in->said_moment = moment;
	in->ids_due = other && in->erases;
	return other && !in->erases;
}

enum yw_code
follow_absent(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t moment = yw_trust_moment(l->trust);
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if ((l->absent_moment != moment && says_else(l, in)) || in->pub.absent_due)
			code = follow_log(l, in, err);
		if (code == YW_OK && (l->absent_moment != moment || in->ids_due) && erases_else(l, in))
			code = follow_erasures(l, in, err);
	}
	l->absent_moment = moment;
	return code;
}

bool
absent_due(const struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->pub.absent_due || l->logs[i]->ids_due)
			return true;
	return false;
}

/* A crash, or a cut, may have come between a declaration and what follows of it. */
enum yw_code
start_absent(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		struct parting p;
		struct merge m;

		code = merge_open(&m, l, in, err);
		in->pub.absent_due = code == YW_OK && next_parting(&m, &p) && p.place.index < in->pub.size;
		code = merge_close(&m, code, err);
		if (in->pub.absent_due)
			log_touch(l, in);
	}
	return code;
}

/* --- the owner's word --- */

static const struct log_inside *
own_of(const struct yw_ledger *l, uint32_t generation)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->pub.generation == generation && yw_jurisdiction_equal(&l->logs[i]->pub.code, &l->code))
			return l->logs[i];
	return NULL;
}

static enum yw_code
add_lacks(struct yw_ledger *l, const struct log_inside *in, struct yw_lack *out, size_t max, size_t *n, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct key prefix = key_number(in->pub.number);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read what is missing of '%s'", in->pub.origin.text);
	for (; g != NULL && *n < max && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes key = yw_iter_key(it), v = yw_iter_value(it);
		uint64_t index = yw_get_be64(key.data + 4);

		if (!is_absent_mark(v) && index < g->end.size)	/* what stands behind the end counts for nothing anyway (T6) */
			out[(*n)++] = (struct yw_lack) { &in->pub, index, yw_get_be16(key.data + 12),
				(v.data[0] & MISSING_REFUSED) != 0 };
	}
	return yw_iter_finish(it, err);
}

enum yw_code
yw_ledger_lacks(struct yw_ledger *l, struct yw_lack *out, size_t max, size_t *n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	*n = 0;
	for (uint32_t g = 1; code == YW_OK && l->own != NULL && g <= l->own->pub.generation; g++) {
		const struct log_inside *in = own_of(l, g);

		if (in != NULL && in->pub.n_missing + in->n_refused != 0)
			code = add_lacks(l, in, out, max, n, err);
	}
	return code;
}

static enum yw_code
say_lost(struct yw_ledger *l, const struct yw_lack *lacks, size_t n, struct yw_error *err)
{
	struct yw_own_place places[YW_ABSENT_MAX];
	struct yw_buf lost = YW_BUF_INIT;
	enum yw_code code;

	for (size_t i = 0; i < n; i++)
		places[i] = (struct yw_own_place) { lacks[i].log->generation, lacks[i].index, lacks[i].item };
	code = yw_trust_make_lost(l->trust, log_generation(l, l->own), places, n, &lost, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(&lost), WITHOUT_ROSTER, err);
	yw_buf_release(&lost);
	return code;
}

/* What fails after the first entry fails the turn: all or nothing. */
static enum yw_code
say_all_lost(struct yw_ledger *l, const struct yw_lack *lacks, size_t n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n; i += YW_ABSENT_MAX) {
		code = say_lost(l, lacks + i, n - i < YW_ABSENT_MAX ? n - i : YW_ABSENT_MAX, err);
		if (code != YW_OK && i > 0)
			(void)spoil(l, code, err);
	}
	return code;
}

enum yw_code
yw_ledger_declare_lost(struct yw_ledger *l, size_t n, struct yw_error *err)
{
	struct yw_lack *lacks;
	size_t now = 0;
	enum yw_code code = may_say(l, err);

	if (code != YW_OK)
		return code;
	lacks = calloc(YW_LACKS_MAX, sizeof *lacks);
	code = lacks != NULL ? yw_ledger_lacks(l, lacks, YW_LACKS_MAX, &now, err) :
	    yw_fail(err, YW_ENOMEM, "no memory for a list of lost bodies");
	if (code == YW_OK && now == 0)
		code = yw_fail(err, YW_ENOENT, "no body of this node's own log is missing: there is nothing to declare lost");
	if (code == YW_OK && now != n)
		code = yw_fail(err, YW_ECONFLICT, "%zu bodies of this node's own log are missing now, not %zu: look at them again", now, n);
	if (code == YW_OK)
		code = say_all_lost(l, lacks, n, err);
	free(lacks);
	return code;
}
