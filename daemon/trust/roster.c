/*
 * roster.c - an issuer's list of the generations it answers for (T11).
 *
 * Only the issuer's own log is asked: what others said of the same generations is their business, and
 * a roster must be comparable with its log by anybody.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "record/wire.h"
#include "trust/trust_int.h"

struct list {
	const struct statement **s;
	size_t n;
};

/* Which generation does a delegation or a closing speak of? */
static void
subject(const struct statement *s, const char **code, uint32_t *generation)
{
	bool closing = s->kind == YW_TRUST_CLOSING;

	*code = closing ? s->said->closing.code.code : s->said->request.code.code;
	*generation = closing ? s->said->closing.generation : s->said->request.generation;
}

static int
compare_subjects(const struct statement *a, const struct statement *b)
{
	const char *x, *y;
	uint32_t m, n;
	int c;

	subject(a, &x, &m);
	subject(b, &y, &n);
	c = strcmp(x, y);
	return c != 0 ? c : (m > n) - (m < n);
}

static int
by_subject(const void *a, const void *b)
{
	return compare_subjects(*(const struct statement *const *)a, *(const struct statement *const *)b);
}

/* One statement of each generation: the first closing; of delegations the newest key set, of one key set the first. */
static void
list_one(struct list *l, const struct statement *s)
{
	for (size_t i = 0; i < l->n; i++) {
		if (compare_subjects(l->s[i], s) != 0)
			continue;
		if (s->kind == YW_TRUST_DELEGATION && s->said->request.key_set > l->s[i]->said->request.key_set)
			l->s[i] = s;
		return;
	}
	l->s[l->n++] = s;
}

static void
drop_closed(struct list *open, const struct list *closed)
{
	size_t n = 0;

	for (size_t i = 0; i < open->n; i++) {
		bool gone = false;

		for (size_t j = 0; j < closed->n; j++)
			gone |= compare_subjects(open->s[i], closed->s[j]) == 0 && !YW_FAULT("roster-open-and-closed");
		if (!gone)
			open->s[n++] = open->s[i];
	}
	open->n = n;
}

static void
drop_until(struct list *closed, const struct heard_roster *previous)
{
	size_t n = 0;

	for (size_t i = 0; i < closed->n; i++)
		if (previous == NULL || closed->s[i]->index > previous->index || YW_FAULT("roster-says-again"))
			closed->s[n++] = closed->s[i];
	closed->n = n;
}

/* Is it its issuer's word, and said before the log ended?  As of any statement that gives no keys. */
static bool
is_placed(const struct yw_generation *g, const struct heard_roster *r)
{
	return r->index < g->end.size && yw_pubkey_equal(&yw_generation_entry_keys(g, r->index)->entry, &r->signer);
}

/* What stands below index: whom the log delegated and did not close, whom it closed since its newest roster there. */
static const struct heard_roster *
collect(const struct yw_generation *g, const struct fed_log *log, uint64_t index, struct list *open, struct list *closed)
{
	const struct heard_roster *previous = NULL;

	for (size_t i = 0; log != NULL && i < log->n_rosters && log->rosters[i].index < index; i++)
		if (is_placed(g, &log->rosters[i]))
			previous = &log->rosters[i];
	for (size_t i = 0; log != NULL && i < log->n && log->s[i].index < index; i++) {
		const struct statement *s = &log->s[i];

		if (s->kind == YW_TRUST_DELEGATION && (s->placed || YW_FAULT("roster-of-unplaced")) &&
		    (!s->reused || YW_FAULT("roster-of-reused")))
			list_one(open, s);
		if (s->kind == YW_TRUST_CLOSING && (s->stands || YW_FAULT("roster-of-void")))
			list_one(closed, s);
	}
	drop_closed(open, closed);
	drop_until(closed, previous);
	if (open->n != 0)
		qsort(open->s, open->n, sizeof *open->s, by_subject);
	if (closed->n != 0)
		qsort(closed->s, closed->n, sizeof *closed->s, by_subject);
	return previous;
}

struct rows {
	Yiwang__V1__Roster__Open *open, **opens;
	Yiwang__V1__Roster__Closed *closed, **closeds;
};

static void
fill(const struct list *open, const struct list *closed, struct rows *r)
{
	const char *code;

	for (size_t i = 0; i < open->n; i++) {
		Yiwang__V1__Roster__Open *m = r->opens[i] = &r->open[i];

		yiwang__v1__roster__open__init(m);
		subject(open->s[i], &code, &m->generation);
		m->code = (char *)(uintptr_t)code;
		m->key_set = open->s[i]->said->request.key_set;
		m->delegation = open->s[i]->index;
	}
	for (size_t i = 0; i < closed->n; i++) {
		Yiwang__V1__Roster__Closed *m = r->closeds[i] = &r->closed[i];

		yiwang__v1__roster__closed__init(m);
		subject(closed->s[i], &code, &m->generation);
		m->code = (char *)(uintptr_t)code;
		m->closing = closed->s[i]->index;
	}
}

enum yw_code
yw_trust_roster_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, struct yw_buf *out,
    struct yw_error *err)
{
	Yiwang__V1__Roster__Previous before = YIWANG__V1__ROSTER__PREVIOUS__INIT;
	Yiwang__V1__Roster roster = YIWANG__V1__ROSTER__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	size_t most = log != NULL ? log->n + 1 : 1;
	struct list open = { calloc(most, sizeof *open.s), 0 }, closed = { calloc(most, sizeof *closed.s), 0 };
	struct rows rows = { calloc(most, sizeof *rows.open), calloc(most, sizeof *rows.opens),
		calloc(most, sizeof *rows.closed), calloc(most, sizeof *rows.closeds) };
	const struct heard_roster *previous;
	enum yw_code code;

	if (open.s == NULL || closed.s == NULL || rows.open == NULL || rows.opens == NULL || rows.closed == NULL ||
	    rows.closeds == NULL) {
		code = yw_fail(err, YW_ENOMEM, "no memory for a roster");
		goto out;
	}
	previous = collect(g, log, index, &open, &closed);
	fill(&open, &closed, &rows);
	roster.n_open = open.n;
	roster.open = rows.opens;
	roster.n_closed = closed.n;
	roster.closed = rows.closeds;
	if (previous != NULL) {
		before.index = previous->index;
		roster.previous = &before;
	}
	m.kind_case = YIWANG__V1__TRUST__KIND_ROSTER;
	m.roster = &roster;
	code = yw_wire_pack(&m.base, out, err);
out:
	free(open.s);
	free(closed.s);
	free(rows.open);
	free(rows.opens);
	free(rows.closed);
	free(rows.closeds);
	return code;
}

bool
yw_trust_roster_due(const struct yw_trust *t, const struct yw_generation *g, int64_t now_ms)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	const struct statement *roster = NULL;
	bool changed = false, issues = false;

	for (size_t i = 0; log != NULL && i < log->n; i++) {
		const struct statement *s = &log->s[i];

		if (s->kind == YW_TRUST_ROSTER && s->placed) {
			roster = s;
			issues = true;
			changed = false;
		} else if ((s->kind == YW_TRUST_DELEGATION && s->placed && !s->reused) || (s->stands && !yw_says_absent(s->kind))) {
			changed = issues = true;
		}
	}
	return changed || (issues && roster != NULL && now_ms - roster->signed_at_ms >= YW_ROSTER_EVERY_MS);
}

enum yw_code
yw_trust_make_roster(const struct yw_trust *t, const struct yw_generation *g, struct yw_buf *out, struct yw_error *err)
{
	return yw_trust_roster_at(t, g, UINT64_MAX, out, err);
}

/* --- Is it true? --------------------------------------------------------------------------------- */

enum yw_code
yw_trust_hear_roster(struct fed_log *log, uint64_t index, const struct yw_pubkey *signer, struct yw_bytes roster,
    struct yw_error *err)
{
	size_t at = log->n_rosters;

	while (at > 0 && log->rosters[at - 1].index > index)
		at--;
	if (at > 0 && log->rosters[at - 1].index == index)
		return YW_OK;
	if (log->n_rosters == log->cap_rosters) {
		size_t cap = log->cap_rosters == 0 ? 8 : 2 * log->cap_rosters;
		struct heard_roster *more = realloc(log->rosters, cap * sizeof *more);

		if (more == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a roster");
		log->rosters = more;
		log->cap_rosters = cap;
	}
	memmove(log->rosters + at + 1, log->rosters + at, (log->n_rosters - at) * sizeof *log->rosters);
	log->rosters[at] = (struct heard_roster) { .index = index, .signer = *signer };
	yw_sha256(roster.data, roster.len, &log->rosters[at].text);
	log->n_rosters++;
	return YW_OK;
}

/* One that is not placed accuses nobody: it is not its issuer's word, or its log ended before the issuer knew. */
static enum yw_code
judge(const struct yw_trust *t, const struct yw_generation *g, struct heard_roster *r, struct yw_error *err)
{
	struct yw_buf want = YW_BUF_INIT;
	struct yw_hash text;
	enum yw_code code;

	r->bad = false;
	r->placed = g != NULL && is_placed(g, r);
	if (g == NULL || (!r->placed && !YW_FAULT("roster-of-nobody")))
		return YW_OK;
	code = yw_trust_roster_at(t, g, r->index, &want, err);
	if (code == YW_OK) {
		yw_sha256(want.data, want.len, &text);
		r->bad = !yw_hash_equal(&text, &r->text) && !YW_FAULT("roster-unheard");
	}
	yw_buf_release(&want);
	return code;
}

enum yw_code
yw_trust_judge_rosters(const struct yw_trust *t, struct fed_log *log, uint64_t from, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_find(t, &log->code, log->generation);
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < log->n_rosters; i++)
		if (log->rosters[i].index >= from)
			code = judge(t, g, &log->rosters[i], err);
	return code;
}

/* Does one of them, or something of which they speak, count otherwise than before?  Behind the newest nothing matters to any. */
static bool
has_changed(const struct yw_generation *g, const struct fed_log *log)
{
	for (size_t i = 0; i < log->n_rosters; i++)
		if (log->rosters[i].placed != (g != NULL && is_placed(g, &log->rosters[i])))
			return true;
	for (size_t i = 0; i < log->n && log->s[i].index < log->rosters[log->n_rosters - 1].index; i++) {
		const struct statement *s = &log->s[i];

		if ((s->kind == YW_TRUST_DELEGATION || s->kind == YW_TRUST_CLOSING) &&
		    (s->placed != s->was_placed || s->reused != s->was_reused || s->stands != s->stood))
			return true;
	}
	return false;
}

enum yw_code
yw_trust_rosters_changed(struct yw_trust *t)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < t->n_logs; i++) {
		struct fed_log *log = &t->logs[i];

		if (log->n_rosters != 0 && has_changed(yw_trust_find(t, &log->code, log->generation), log) && !YW_FAULT("roster-once"))
			code = yw_trust_judge_rosters(t, log, 0, NULL);
	}
	return code;
}
