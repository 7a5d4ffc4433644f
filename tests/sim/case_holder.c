/*
 * case_holder.c - another node that keeps what is restricted (V4).
 *
 * c->who names a child of its own, c->other, whose line to it brings what it keeps; later it may name nobody any more.  A crash
 * may take what was said back, and then it is said again.
 *
 * c->number: 1 for a holder, 0 for nobody, as it must be in the end.
 */
#include "sim_int.h"

#define TICK_MS 10000

static struct yw_jurisdiction
wanted(const struct drawn *c)
{
	return c->number != 0 ? c->other->code : (struct yw_jurisdiction) { "" };
}

static const struct yw_log_info *
log_at(struct sim *s, const struct drawn *c, const struct yw_view *v)
{
	struct yw_origin origin;

	return yw_view_log(v, world_origin(s, c->who, &origin));
}

/* Does its log say so already? */
static bool
is_said(struct sim *s, const struct drawn *c)
{
	struct yw_jurisdiction want = wanted(c);
	const struct yw_log_info *log;
	struct yw_view *v;
	bool said;

	if (yw_view_open(c->who->ledger, &v, NULL) != YW_OK)
		abort();
	log = log_at(s, c, v);
	said = log != NULL && yw_jurisdiction_equal(&log->holder, &want);
	yw_view_close(v);
	return said;
}

/* False: not now, or it stands already. */
static bool
say_holder(struct sim *s, struct drawn *c)
{
	struct yw_jurisdiction want = wanted(c);
	struct node *n = c->who;
	struct yw_error why;
	enum yw_code code;

	c->over = false;
	if (n->ledger == NULL || n->n_records > 0 || yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING ||
	    yw_ledger_own(n->ledger)->size < n->truth.n)
		return false;
	c->over = is_said(s, c);
	if (c->over)
		return false;
	code = yw_ledger_holder(n->ledger, &want, &why);
	if (code == YW_ENOENT)		/* whoever it is has no open log now */
		return false;
	if (code != YW_OK) {
		sim_fail(s, "%s cannot name who keeps its restricted records: %s", n->code.code, why.msg);
		return false;
	}
	sim_tell(s, "%s names %s", n->code.code, want.code[0] != '\0' ? want.code : "nobody any more");
	cases_happened(s, c);
	node_poke(n, s->now);
	return true;
}

static void
says(struct sim *s, struct drawn *c)
{
	(void)say_holder(s, c);
	if (!c->over)
		cases_at(s, s->now + TICK_MS, says, c);
}

static void
nobody_more(struct sim *s, struct drawn *c)
{
	c->number = 0;
	says(s, c);
}

static void
first_record(struct sim *s, struct drawn *c)
{
	static const struct yw_audience not_shared = { YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, NULL, 0 };
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "%s/demand/kept", c->who->code.code);
	if (!world_all_in(s) || !node_append(c->who, id, &not_shared)) {
		cases_soon(s, c, first_record);
		return;
	}
	cases_at(s, cases_time(s), says, c);
	if (c->since != 0)
		cases_at(s, cases_time(s) + 10 * SIM_MINUTE, nobody_more, c);
}

static bool
begin(struct sim *s, struct drawn *c)
{
	unsigned first = (unsigned)sim_random(s, s->n_wires);

	for (unsigned i = 0; i < s->n_wires; i++) {
		const struct wire *w = &s->wires[(first + i) % s->n_wires];

		if (world_claimed(s, w->parent) || world_claimed(s, w->child))
			continue;
		c->who = w->parent;
		c->other = w->child;
		c->number = 1;
		c->since = sim_percent(s, 40);
		cases_at(s, 12 * SIM_MINUTE, first_record, c);
		return true;
	}
	return false;
}

/* --- in the end --- */

static bool
count_kept(void *arg, const struct yw_places *p)
{
	size_t *n = arg;

	for (size_t i = 0; i < p->entry->n_items; i++)
		*n += p->state[i] == YW_BODY_KEPT;
	return true;
}

/* What is missing at it, and that nobody has what it may not have, is looked at in every seed. */
static void
end(struct sim *s, struct drawn *c)
{
	struct yw_view *v;
	size_t kept = 0;
	char id[YW_ID_MAX + 1];
	struct yw_item item;

	if (say_holder(s, c))
		sim_run_until(s, s->now + 2 * SIM_MINUTE);
	if (!c->over || c->other->ledger == NULL || c->other->closed || c->who->closed || c->who->set_back)
		return;
	if (yw_view_open(c->other->ledger, &v, NULL) != YW_OK)
		abort();
	if (yw_view_places(v, log_at(s, c, v), 0, count_kept, &kept, NULL) != YW_OK)
		abort();
	snprintf(id, sizeof id, "%s/demand/kept", c->who->code.code);
	if ((kept != 0) != (c->number != 0))
		sim_fail(s, "%s keeps %zu bodies of %s, which names %s", c->other->code.code, kept, c->who->code.code,
		    c->number != 0 ? "it" : "nobody");
	else if (yw_view_current(v, id, &item, NULL) == YW_OK)
		sim_fail(s, "%s shows what it only keeps for %s", c->other->code.code, c->who->code.code);
	yw_view_close(v);
}

const struct sim_case case_holder = {
	.name = "holder",
	.what = "names a node below it that also keeps its restricted records, and perhaps nobody any more",
	.holds = "that one has them all and shows none, or has let go of them",
	.every = 25,
	.begin = begin, .end = end,
};
