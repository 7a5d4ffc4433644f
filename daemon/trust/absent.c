/*
 * absent.c - which bodies their owner has declared lost, or erased (V6).
 *
 * Such an entry speaks from its own position on, so it counts for places of its own log that stand before it, and for all of
 * those of older generations.  Who acts for the issuer of a code that was merged into another erases there too (T10), in
 * whatever log is its own.  Where one place is named twice an erasure goes before a loss; of two alike the owner's entry
 * counts, then that of a nearer issuer, and the first by generation and index: receipts ask which one it is (R5).
 *
 * The places lie in one row per log, not in the statements.  A statement that says again what is said there adds nothing, as
 * long as the former stands wherever the latter does: of the same kind, by the same signer, with no change of keys between
 * the two, and of the log's own code, since it does not act for another's at every index.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

/* The order of an erasure in another log than those of the code (T10): above that of every entry of theirs. */
#define ACTING (UINT64_C(1) << 63)
#define ACTING_GENERATION_BITS 20

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
compare_at(const struct absent_place *p, const struct yw_jurisdiction *code, const struct yw_own_place *place)
{
	const struct yw_own_place own = { p->generation, p->index, p->item };
	int c = strcmp(p->code.code, code->code);

	return c != 0 ? c : yw_own_place_compare(&own, place);
}

/* --- who may speak --- */

bool
yw_says_absent(enum yw_trust_kind kind)
{
	return kind == YW_TRUST_LOST || kind == YW_TRUST_ERASURE;
}

/* Its places rise, so the last one speaks for all. */
bool
yw_trust_looks_back(const struct fed_log *log, const struct statement *s)
{
	const struct said_places *places = &s->said->absent;
	const struct yw_own_place here = { .generation = log->generation, .index = s->index };

	return yw_jurisdiction_equal(&places->code, &log->code) && yw_own_place_compare(&places->last, &here) < 0;
}

static bool
is_for_another(const struct fed_log *log, const struct statement *s)
{
	return s->kind == YW_TRUST_ERASURE && !yw_jurisdiction_equal(&s->said->absent.code, &log->code);
}

const struct yw_generation *
yw_trust_merged_under(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, const struct yw_jurisdiction *code)
{
	const struct yw_generation *last = NULL;
	const struct yw_jurisdiction *issuer;
	bool found;

	for (size_t i = yw_trust_slot(t, code, 0, &found); i < t->n_generations; i++) {
		const struct yw_generation *of = &t->generations[i];

		if (!yw_jurisdiction_equal(&of->code, code))
			break;
		if (yw_trust_was_open(of, g, index))
			return NULL;
		if (yw_trust_before(&of->delegation, g, index))
			last = of;
	}
	if (last == NULL || last->closing.successor.code[0] == '\0' || index > YW_ACTING_INDEX_MAX ||
	    g->generation >> ACTING_GENERATION_BITS != 0)
		return NULL;
	issuer = last->closing.next_issuer.code[0] != '\0' ? &last->closing.next_issuer : &last->issuer;
	return issuer->code[0] != '\0' && yw_trust_acts_for(t, g, index, issuer) ? last : NULL;
}

/* T10: may the log of g say that of another code? */
bool
yw_trust_erases_for(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s)
{
	const struct yw_generation *last = s->placed ? yw_trust_merged_under(t, g, s->index, &s->said->absent.code) : NULL;

	return last != NULL && s->said->absent.last.generation <= last->generation;
}

/* What others than the owner say depends on what became of the owner's logs, so it is judged when all those are known. */
void
yw_trust_judge_acting(struct yw_trust *t)
{
	for (size_t i = 0; t->has_absent && i < t->n_logs; i++) {
		struct fed_log *log = &t->logs[i];
		const struct yw_generation *g = log->absent != NULL ? yw_trust_find(t, &log->code, log->generation) : NULL;

		for (size_t j = 0; g != NULL && j < log->n; j++)
			if (is_for_another(log, &log->s[j]))
				log->s[j].stands = yw_trust_erases_for(t, g, &log->s[j]);
	}
}

/* --- the row of a log --- */

struct absent_row *
yw_absent_row_share(struct absent_row *r)
{
	if (r != NULL)
		atomic_fetch_add(&r->refs, 1);
	return r;
}

void
yw_absent_row_drop(struct absent_row *r)
{
	if (r != NULL && atomic_fetch_sub(&r->refs, 1) == 1)
		free(r);
}

/* Where the place is first named, or would be. */
static size_t
row_find(const struct absent_row *r, const struct yw_jurisdiction *code, const struct yw_own_place *place)
{
	size_t lo = 0, hi = r != NULL ? r->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_at(&r->p[mid], code, place) < 0)
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
is_again(const struct fed_log *log, const struct statement *s, uint64_t since, const struct absent_place *p)
{
	const struct statement *before = p->by >= since && p->by < s->index ? statement_at(log, p->by) : NULL;

	return before != NULL && before->kind == s->kind && !is_for_another(log, s) && yw_pubkey_equal(&before->signer, &s->signer);
}

/* Both rows into one, what is named again left out; gives how many there are. */
static size_t
merge(const struct fed_log *log, const struct statement *s, uint64_t since, struct absent_place *out)
{
	const struct absent_row *old = log->absent;
	const struct said_places *said = &s->said->absent;
	size_t n = 0, i = 0;

	for (size_t j = 0; j < said->n; j++) {
		const struct yw_own_place *p = &said->places[j];
		bool again = false;
		size_t to = row_find(old, &said->code, p);

		if (to > i)
			memcpy(out + n, old->p + i, (to - i) * sizeof *out);
		n += to - i;
		for (i = to; old != NULL && i < old->n && compare_at(&old->p[i], &said->code, p) == 0 && old->p[i].by < s->index; i++) {
			again |= is_again(log, s, since, &old->p[i]);
			out[n++] = old->p[i];
		}
		if (!again)
			out[n++] = (struct absent_place) { p->index, s->index, p->generation, p->item, said->code };
	}
	if (old != NULL && i < old->n) {
		memcpy(out + n, old->p + i, (old->n - i) * sizeof *out);
		n += old->n - i;
	}
	return n;
}

/* A statement that comes before others of its log is not compared with them: a key change may stand between. */
enum yw_code
yw_trust_keep_places(struct fed_log *log, size_t at)
{
	const struct statement *s = &log->s[at];
	uint64_t since = at == log->n - 1 ? same_keys_from(log) : UINT64_MAX;
	size_t had = log->absent != NULL ? log->absent->n : 0;
	struct absent_row *row, *fit;

	if (yw_trust_looks_back(log, s) || (is_for_another(log, s) && yw_jurisdiction_above(&log->code, &s->said->absent.code))) {
		row = malloc(sizeof *row + (had + s->said->absent.n) * sizeof *row->p);
		if (row == NULL)
			return YW_ENOMEM;
		atomic_init(&row->refs, 1);
		row->n = merge(log, s, since, row->p);
		if (row->n == had) {
			free(row);
		} else {
			yw_absent_row_drop(log->absent);
			fit = realloc(row, sizeof *row + row->n * sizeof *row->p);
			log->absent = fit != NULL ? fit : row;
		}
	}
	free(s->said->absent.places);
	s->said->absent.places = NULL;
	return YW_OK;
}

void
yw_trust_absent_changed(struct yw_trust *t)
{
	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; t->logs[i].absent != NULL && j < t->logs[i].n; j++) {
			const struct statement *s = &t->logs[i].s[j];

			if (yw_says_absent(s->kind) && s->stands != s->stood)
				t->logs[i].absent_moment = t->moment;
		}
}

/* --- one place --- */

/* May this log speak of g's places? */
static bool
speaks_of(const struct fed_log *log, const struct yw_generation *g)
{
	const struct absent_row *r = log->absent;
	size_t p;

	if (r == NULL || yw_jurisdiction_equal(&log->code, &g->code))
		return r != NULL && log->generation >= g->generation;
	p = row_find(r, &g->code, &(struct yw_own_place) { 0, 0, 0 });
	return p < r->n && yw_jurisdiction_equal(&r->p[p].code, &g->code);
}

/* What one log says of a place: the first loss and the first erasure that stand. */
static void
first_of(const struct fed_log *log, const struct yw_generation *g, const struct yw_own_place *place,
    const struct statement **lost, const struct statement **erased)
{
	size_t p = row_find(log->absent, &g->code, place);

	*lost = *erased = NULL;
	for (; *erased == NULL && p < log->absent->n && compare_at(&log->absent->p[p], &g->code, place) == 0; p++) {
		const struct statement *s = statement_at(log, log->absent->p[p].by);

		if (s == NULL || !s->stands)
			continue;
		if (s->kind == YW_TRUST_ERASURE && !YW_FAULT("erasure-ignored"))
			*erased = s;
		if (s->kind == YW_TRUST_LOST && *lost == NULL && !YW_FAULT("lost-ignored"))
			*lost = s;
	}
}

struct word { const struct fed_log *log; const struct statement *s; };	/* NULL: nobody's */

/* Whose word counts, of two that say the same? */
static bool
goes_before(const struct fed_log *log, const struct word *than)
{
	size_t near, far;

	if (than->s == NULL)
		return true;
	near = yw_jurisdiction_digits(&log->code);
	far = yw_jurisdiction_digits(&than->log->code);
	return near != far ? near > far : log->generation < than->log->generation;
}

static void
keep_first(struct word *best, const struct fed_log *log, const struct statement *s)
{
	if (s != NULL && goes_before(log, best))
		*best = (struct word) { log, s };
}

static void
set_absent(struct yw_absent_body *out, const struct word *w, const struct yw_own_place *place)
{
	*out = (struct yw_absent_body) { .place = *place, .erased = w->s->kind == YW_TRUST_ERASURE,
		.by = { w->log->origin, w->s->index }, .by_generation = w->log->generation, .said_at_ms = w->s->signed_at_ms };
}

/* Of the logs [at, end). */
static bool
absent_among(const struct yw_trust *t, const struct yw_generation *g, size_t at, size_t end, const struct yw_own_place *place,
    struct yw_absent_body *out)
{
	struct word lost = { NULL, NULL }, erased = { NULL, NULL };
	const struct word *w;

	for (size_t i = at; i < end; i++) {
		const struct statement *l, *e;

		if (!speaks_of(&t->logs[i], g))
			continue;
		first_of(&t->logs[i], g, place, &l, &e);
		keep_first(&lost, &t->logs[i], l);
		keep_first(&erased, &t->logs[i], e);
	}
	w = erased.s != NULL ? &erased : &lost;
	if (w->s != NULL && out != NULL)
		set_absent(out, w, place);
	return w->s != NULL;
}

bool
yw_trust_absent_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, uint16_t item,
    struct yw_absent_body *out)
{
	const struct yw_own_place place = { g->generation, index, item };

	return t->has_absent && absent_among(t, g, 0, t->n_logs, &place, out);
}

/* --- all of a log --- */

struct yw_absent_walk
yw_trust_absent_walk(const struct yw_trust *t, const struct yw_generation *g)
{
	struct yw_absent_walk w = { .t = t, .g = g, .at = t->n_logs, .from = { .generation = g->generation } };

	for (size_t i = 0; t->has_absent && i < t->n_logs; i++)
		if (speaks_of(&t->logs[i], g)) {
			w.at = w.at < i ? w.at : i;
			w.end = i + 1;
		}
	return w;
}

/* The least place from w->from on that any statement names. */
static bool
named_next(const struct yw_absent_walk *w, struct yw_own_place *out)
{
	bool found = false;

	for (size_t i = w->at; i < w->end; i++) {
		const struct fed_log *log = &w->t->logs[i];
		const struct absent_place *p;
		size_t k = speaks_of(log, w->g) ? row_find(log->absent, &w->g->code, &w->from) : SIZE_MAX;

		if (k == SIZE_MAX || k == log->absent->n)
			continue;
		p = &log->absent->p[k];
		if (yw_jurisdiction_equal(&p->code, &w->g->code) && p->generation == w->g->generation &&
		    (!found || compare_at(p, &w->g->code, out) < 0)) {
			*out = (struct yw_own_place) { p->generation, p->index, p->item };
			found = true;
		}
	}
	return found;
}

bool
yw_trust_absent_next(struct yw_absent_walk *w, struct yw_absent_body *out)
{
	struct yw_own_place place;

	while (!w->over && named_next(w, &place)) {
		w->from = place;
		w->from.item++;		/* below YW_ITEMS_MAX, so it does not wrap */
		if (absent_among(w->t, w->g, w->at, w->end, &place, out))
			return true;
	}
	w->over = true;
	return false;
}

uint64_t
yw_trust_absent_moment(const struct yw_trust *t, const struct yw_generation *g)
{
	uint64_t newest = 0;

	for (size_t i = 0; t->has_absent && i < t->n_logs; i++)
		if (speaks_of(&t->logs[i], g) && t->logs[i].absent_moment > newest)
			newest = t->logs[i].absent_moment;
	return newest;
}

/* --- the ids of an erasure --- */

uint64_t
yw_trust_said_moment(const struct yw_trust *t, const struct yw_generation *g)
{
	const struct fed_log *log = t->has_absent ? yw_trust_fed(t, g->origin.text) : NULL;

	return log != NULL ? log->absent_moment : 0;
}

bool
yw_trust_erasure_stands(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, struct yw_erased_at *out)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	const struct statement *s = log != NULL ? statement_at(log, index) : NULL;
	const struct yw_generation *last;

	if (s == NULL || s->kind != YW_TRUST_ERASURE || !s->stands || YW_FAULT("erasure-ignored"))
		return false;
	*out = (struct yw_erased_at) { s->said->absent.code, g->generation, index };
	if (!is_for_another(log, s))
		return true;
	last = yw_trust_merged_under(t, g, index, &s->said->absent.code);
	out->generation = last != NULL ? last->generation : 0;
	out->order = ACTING | (uint64_t)(yw_jurisdiction_digits(&g->code) / 2) << (YW_ACTING_INDEX_BITS + ACTING_GENERATION_BITS) |
	    (uint64_t)g->generation << YW_ACTING_INDEX_BITS | index;
	return last != NULL;
}

uint64_t
yw_erased_by(uint64_t order)
{
	return (order & ACTING) != 0 ? order & YW_ACTING_INDEX_MAX : order;
}
