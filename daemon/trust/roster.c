/*
 * roster.c - an issuer's list of the generations it answers for (T11).
 *
 * Only the issuer's own log is asked: what others said of the same generations is their business, and
 * a roster must be comparable with its log by anybody.
 */
#include <stdlib.h>

#include "record/wire.h"
#include "trust/trust_int.h"
#include "yiwang/v1/trust.pb-c.h"

struct row {
	const struct statement *s;
	Yiwang__V1__Roster__Open m;
};

static int
compare_rows(const void *a, const void *b)
{
	const struct yw_request *x = &((const struct row *)a)->s->request, *y = &((const struct row *)b)->s->request;
	int c = strcmp(x->code.code, y->code.code);

	return c != 0 ? c : (x->generation > y->generation) - (x->generation < y->generation);
}

/* The delegations that stand below index; *previous: the newest roster there, or NULL. */
static size_t
collect(const struct fed_log *log, uint64_t index, struct row *rows, const struct statement **previous)
{
	size_t n = 0;

	*previous = NULL;
	for (size_t i = 0; log != NULL && i < log->n && log->s[i].index < index; i++) {
		const struct statement *s = &log->s[i];

		if (s->stands && s->kind == YW_TRUST_ROSTER)
			*previous = s;
		if (s->stands && s->kind == YW_TRUST_DELEGATION)
			rows[n++].s = s;
	}
	qsort(rows, n, sizeof *rows, compare_rows);
	return n;
}

static void
fill_row(struct row *row)
{
	const struct yw_request *r = &row->s->request;

	row->m = (Yiwang__V1__Roster__Open)YIWANG__V1__ROSTER__OPEN__INIT;
	row->m.code = (char *)(uintptr_t)r->code.code;
	row->m.generation = r->generation;
	row->m.key_set = r->key_set;
	row->m.delegation = row->s->index;
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
	struct row *rows = calloc(most, sizeof *rows);
	Yiwang__V1__Roster__Open **open = calloc(most, sizeof *open);
	const struct statement *previous;
	enum yw_code code;

	if (rows == NULL || open == NULL) {
		code = yw_fail(err, YW_ENOMEM, "no memory for a roster");
		goto out;
	}
	roster.n_open = collect(log, index, rows, &previous);
	for (size_t i = 0; i < roster.n_open; i++) {
		fill_row(&rows[i]);
		open[i] = &rows[i].m;
	}
	roster.open = open;
	if (previous != NULL) {
		before.index = previous->index;
		roster.previous = &before;
	}
	m.kind_case = YIWANG__V1__TRUST__KIND_ROSTER;
	m.roster = &roster;
	code = yw_wire_pack(&m.base, out, err);
out:
	free(rows);
	free(open);
	return code;
}

enum yw_code
yw_trust_make_roster(const struct yw_trust *t, const struct yw_generation *g, struct yw_buf *out, struct yw_error *err)
{
	return yw_trust_roster_at(t, g, UINT64_MAX, out, err);
}
