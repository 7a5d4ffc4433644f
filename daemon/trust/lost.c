/*
 * lost.c - which bodies their owner has declared lost (V6).
 *
 * A `lost` entry speaks from its own position on, so it counts for places of its own log that stand before it, and for all of
 * those of older generations.  Where one place is named twice the first entry counts, by generation and index: receipts
 * ask which one it is (R5).
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

/* Its places rise, so the last one speaks for all. */
bool
yw_trust_looks_back(const struct yw_generation *g, const struct statement *s)
{
	const struct said_lost *lost = &s->said->lost;
	const struct yw_own_place here = { .generation = g->generation, .index = s->index };

	return yw_jurisdiction_equal(&lost->code, &g->code) && yw_own_place_compare(&lost->places[lost->n - 1], &here) < 0;
}

/* May this log speak of g's places? */
static bool
speaks_of(const struct fed_log *log, const struct yw_generation *g)
{
	return log->has_lost && log->generation >= g->generation && yw_jurisdiction_equal(&log->code, &g->code);
}

static bool
declares(const struct statement *s)
{
	return s->kind == YW_TRUST_LOST && s->stands && !YW_FAULT("lost-ignored");
}

static bool
names(const struct said_lost *lost, const struct yw_own_place *p)
{
	size_t lo = 0, hi = lost->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = yw_own_place_compare(p, &lost->places[mid]);

		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

static void
set_lost(struct yw_lost_body *out, const struct fed_log *log, const struct statement *s, const struct yw_own_place *place)
{
	*out = (struct yw_lost_body) { .place = *place, .by = { log->origin, s->index }, .by_generation = log->generation,
		.said_at_ms = s->signed_at_ms };
}

bool
yw_trust_lost_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, uint16_t item,
    struct yw_lost_body *out)
{
	const struct yw_own_place place = { g->generation, index, item };
	const struct fed_log *by = NULL;
	const struct statement *first = NULL;

	for (size_t i = 0; t->has_lost && i < t->n_logs; i++) {
		const struct fed_log *log = &t->logs[i];

		if (!speaks_of(log, g) || (by != NULL && by->generation < log->generation))
			continue;
		for (size_t j = 0; j < log->n; j++)
			if (declares(&log->s[j]) && names(&log->s[j].said->lost, &place)) {
				by = log;
				first = &log->s[j];
				break;
			}
	}
	if (by != NULL && out != NULL)
		set_lost(out, by, first, &place);
	return by != NULL;
}

/* --- all of a log --- */

static bool
is_of(const struct yw_own_place *p, const struct yw_generation *g)
{
	return p->generation == g->generation;
}

/* Every word about places of g's log; into out, if that is not NULL. */
static size_t
gather(const struct yw_trust *t, const struct yw_generation *g, struct yw_lost_body *out)
{
	size_t n = 0;

	for (size_t i = 0; t->has_lost && i < t->n_logs; i++) {
		const struct fed_log *log = &t->logs[i];

		for (size_t j = 0; speaks_of(log, g) && j < log->n; j++)
			for (size_t k = 0; declares(&log->s[j]) && k < log->s[j].said->lost.n; k++) {
				const struct yw_own_place *p = &log->s[j].said->lost.places[k];

				if (!is_of(p, g))
					continue;
				if (out != NULL)
					set_lost(&out[n], log, &log->s[j], p);
				n++;
			}
	}
	return n;
}

/* By place; of one place by who says so first. */
static int
compare_lost(const void *a, const void *b)
{
	const struct yw_lost_body *x = a, *y = b;
	int c = yw_own_place_compare(&x->place, &y->place);

	if (c != 0)
		return c;
	if (x->by_generation != y->by_generation)
		return x->by_generation < y->by_generation ? -1 : 1;
	return x->by.index < y->by.index ? -1 : x->by.index > y->by.index;
}

enum yw_code
yw_trust_lost(const struct yw_trust *t, const struct yw_generation *g, struct yw_lost_body **out, size_t *n,
    struct yw_error *err)
{
	size_t all = gather(t, g, NULL);

	*n = 0;
	*out = NULL;
	if (all == 0)
		return YW_OK;
	*out = malloc(all * sizeof **out);
	if (*out == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a list of lost bodies");
	gather(t, g, *out);
	qsort(*out, all, sizeof **out, compare_lost);
	for (size_t i = 0; i < all; i++)
		if (*n == 0 || yw_own_place_compare(&(*out)[*n - 1].place, &(*out)[i].place) != 0)
			(*out)[(*n)++] = (*out)[i];
	return YW_OK;
}
