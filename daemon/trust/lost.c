/*
 * lost.c - which bodies their owner has declared lost (V6).
 *
 * A `lost` entry speaks from its own position on, so it counts for places of its own log that stand before it, and for all of
 * those of older generations.  Where one place is named twice the first entry counts, by generation and index: receipts
 * ask which one it is (R5).
 *
 * The places lie in one row per log, not in the statements.  A statement that says again what is said there adds nothing, as
 * long as the former stands wherever the latter does: by the same signer, with no change of keys between the two.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

int
yw_own_place_compare(const struct yw_own_place *a, const struct yw_own_place *b)
{
	if (a->generation != b->generation)
		return a->generation < b->generation ? -1 : 1;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return (int)a->item - (int)b->item;
}

static int
compare_at(const struct lost_place *p, const struct yw_own_place *place)
{
	const struct yw_own_place own = { p->generation, p->index, p->item };

	return yw_own_place_compare(&own, place);
}

/* Its places rise, so the last one speaks for all. */
bool
yw_trust_looks_back(const struct fed_log *log, const struct statement *s)
{
	const struct said_lost *lost = &s->said->lost;
	const struct yw_own_place here = { .generation = log->generation, .index = s->index };

	return yw_jurisdiction_equal(&lost->code, &log->code) && yw_own_place_compare(&lost->last, &here) < 0;
}

/* --- the row of a log --- */

struct lost_row *
yw_lost_row_share(struct lost_row *r)
{
	if (r != NULL)
		atomic_fetch_add(&r->refs, 1);
	return r;
}

void
yw_lost_row_drop(struct lost_row *r)
{
	if (r != NULL && atomic_fetch_sub(&r->refs, 1) == 1)
		free(r);
}

/* Where the place is first named, or would be. */
static size_t
row_find(const struct lost_row *r, const struct yw_own_place *place)
{
	size_t lo = 0, hi = r != NULL ? r->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_at(&r->p[mid], place) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* NULL: that entry says nothing. */
static const struct statement *
statement_at(const struct fed_log *log, uint64_t index)
{
	size_t lo = 0, hi = log->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (log->s[mid].index < index)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < log->n && log->s[lo].index == index ? &log->s[lo] : NULL;
}

/* From which entry on a word of this signer says the same as the last statement of the log would. */
static uint64_t
same_keys_from(const struct fed_log *log)
{
	size_t i = log->n - 1;

	while (i > 0 && log->s[i - 1].kind != YW_TRUST_KEY_CHANGE)
		i--;
	return i > 0 ? log->s[i - 1].index + 1 : 0;
}

static bool
is_again(const struct fed_log *log, const struct statement *s, uint64_t since, const struct lost_place *p)
{
	const struct statement *before = p->by >= since && p->by < s->index ? statement_at(log, p->by) : NULL;

	return before != NULL && yw_pubkey_equal(&before->signer, &s->signer);
}

/* Both rows into one, what is named again left out; gives how many there are. */
static size_t
merge(const struct fed_log *log, const struct statement *s, uint64_t since, struct lost_place *out)
{
	const struct lost_row *old = log->lost;
	const struct said_lost *lost = &s->said->lost;
	size_t n = 0, i = 0;

	for (size_t j = 0; j < lost->n; j++) {
		const struct yw_own_place *p = &lost->places[j];
		bool again = false;
		size_t to = row_find(old, p);

		if (to > i)
			memcpy(out + n, old->p + i, (to - i) * sizeof *out);
		n += to - i;
		for (i = to; old != NULL && i < old->n && compare_at(&old->p[i], p) == 0 && old->p[i].by < s->index; i++) {
			again |= is_again(log, s, since, &old->p[i]);
			out[n++] = old->p[i];
		}
		if (!again)
			out[n++] = (struct lost_place) { p->index, s->index, p->generation, p->item };
	}
	if (old != NULL && i < old->n) {
		memcpy(out + n, old->p + i, (old->n - i) * sizeof *out);
		n += old->n - i;
	}
	return n;
}

/* A statement that comes before others of its log is not compared with them: a key change may stand between. */
enum yw_code
yw_trust_keep_lost(struct fed_log *log, size_t at)
{
	const struct statement *s = &log->s[at];
	uint64_t since = at == log->n - 1 ? same_keys_from(log) : UINT64_MAX;
	size_t had = log->lost != NULL ? log->lost->n : 0;
	struct lost_row *row, *fit;

	if (yw_trust_looks_back(log, s)) {
		row = malloc(sizeof *row + (had + s->said->lost.n) * sizeof *row->p);
		if (row == NULL)
			return YW_ENOMEM;
		atomic_init(&row->refs, 1);
		row->n = merge(log, s, since, row->p);
		if (row->n == had) {
			free(row);
		} else {
			yw_lost_row_drop(log->lost);
			fit = realloc(row, sizeof *row + row->n * sizeof *row->p);
			log->lost = fit != NULL ? fit : row;
		}
	}
	free(s->said->lost.places);
	s->said->lost.places = NULL;
	return YW_OK;
}

void
yw_trust_lost_changed(struct yw_trust *t)
{
	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; t->logs[i].lost != NULL && j < t->logs[i].n; j++) {
			const struct statement *s = &t->logs[i].s[j];

			if (s->kind == YW_TRUST_LOST && s->stands != s->stood)
				t->logs[i].lost_moment = t->moment;
		}
}

/* --- one place --- */

/* May this log speak of g's places? */
static bool
speaks_of(const struct fed_log *log, const struct yw_generation *g)
{
	return log->lost != NULL && log->generation >= g->generation && yw_jurisdiction_equal(&log->code, &g->code);
}

/* The first statement of the log that stands and names what is at p in its row. */
static const struct statement *
first_of(const struct fed_log *log, size_t p)
{
	const struct lost_place *first = &log->lost->p[p];
	const struct yw_own_place place = { first->generation, first->index, first->item };

	for (; p < log->lost->n && compare_at(&log->lost->p[p], &place) == 0; p++) {
		const struct statement *s = statement_at(log, log->lost->p[p].by);

		if (s != NULL && s->stands && !YW_FAULT("lost-ignored"))
			return s;
	}
	return NULL;
}

static void
set_lost(struct yw_lost_body *out, const struct fed_log *log, const struct statement *s, const struct yw_own_place *place)
{
	*out = (struct yw_lost_body) { .place = *place, .by = { log->origin, s->index }, .by_generation = log->generation,
		.said_at_ms = s->signed_at_ms };
}

/* Of the logs [at, end). */
static bool
lost_among(const struct yw_trust *t, const struct yw_generation *g, size_t at, size_t end, const struct yw_own_place *place,
    struct yw_lost_body *out)
{
	const struct fed_log *by = NULL;
	const struct statement *first = NULL;

	for (size_t i = at; i < end; i++) {
		const struct fed_log *log = &t->logs[i];
		const struct statement *s;
		size_t p;

		if (!speaks_of(log, g) || (by != NULL && by->generation < log->generation))
			continue;
		p = row_find(log->lost, place);
		s = p < log->lost->n && compare_at(&log->lost->p[p], place) == 0 ? first_of(log, p) : NULL;
		if (s != NULL) {
			by = log;
			first = s;
		}
	}
	if (by != NULL && out != NULL)
		set_lost(out, by, first, place);
	return by != NULL;
}

bool
yw_trust_lost_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, uint16_t item,
    struct yw_lost_body *out)
{
	const struct yw_own_place place = { g->generation, index, item };

	return t->has_lost && lost_among(t, g, 0, t->n_logs, &place, out);
}

/* --- all of a log --- */

struct yw_lost_walk
yw_trust_lost_walk(const struct yw_trust *t, const struct yw_generation *g)
{
	struct yw_lost_walk w = { .t = t, .g = g, .at = t->n_logs, .from = { .generation = g->generation } };

	for (size_t i = 0; t->has_lost && i < t->n_logs; i++)
		if (speaks_of(&t->logs[i], g)) {
			w.at = w.at < i ? w.at : i;
			w.end = i + 1;
		}
	return w;
}

/* The least place from w->from on that any statement names. */
static bool
named_next(const struct yw_lost_walk *w, struct yw_own_place *out)
{
	bool found = false;

	for (size_t i = w->at; i < w->end; i++) {
		const struct fed_log *log = &w->t->logs[i];
		const struct lost_place *p;
		size_t k = speaks_of(log, w->g) ? row_find(log->lost, &w->from) : SIZE_MAX;

		if (k == SIZE_MAX || k == log->lost->n)
			continue;
		p = &log->lost->p[k];
		if (p->generation == w->g->generation && (!found || compare_at(p, out) < 0)) {
			*out = (struct yw_own_place) { p->generation, p->index, p->item };
			found = true;
		}
	}
	return found;
}

bool
yw_trust_lost_next(struct yw_lost_walk *w, struct yw_lost_body *out)
{
	struct yw_own_place place;

	while (!w->over && named_next(w, &place)) {
		w->from = place;
		w->from.item++;		/* below YW_ITEMS_MAX, so it does not wrap */
		if (lost_among(w->t, w->g, w->at, w->end, &place, out))
			return true;
	}
	w->over = true;
	return false;
}

uint64_t
yw_trust_lost_moment(const struct yw_trust *t, const struct yw_generation *g)
{
	uint64_t newest = 0;

	for (size_t i = 0; t->has_lost && i < t->n_logs; i++)
		if (speaks_of(&t->logs[i], g) && t->logs[i].lost_moment > newest)
			newest = t->logs[i].lost_moment;
	return newest;
}
