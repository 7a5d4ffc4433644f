/*
 * case_moves.c - logs that end in good order: a county is handed over from its city to the province, and back (T6, T8).
 */
#include "sim_int.h"

static struct yw_closing_draft
to_other(struct sim *s, const struct drawn *c)
{
	const struct node *province = &s->nodes[0];
	bool back = yw_jurisdiction_equal(&c->who->issuer, &province->code);

	return (struct yw_closing_draft) { .reason = "it is handed over", .next_issuer = back ? c->other->code : province->code };
}

/* It goes on by itself, where its closing says. */
static void
hand_over(struct sim *s, struct drawn *c)
{
	struct yw_closing_draft d = to_other(s, c);

	if (c->who->generation == 3)
		return;
	if (c->who->closed || !world_all_in(s)) {
		cases_again(s, c, hand_over);
		return;
	}
	c->who->next_log = (struct next) { .goes_on = true, .issuer = d.next_issuer };
	if (next_close(s, c->who, &d))
		cases_happened(s, c);
	cases_again(s, c, hand_over);
}

static bool
handed_over_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	c->other = c->who != NULL ? world_node(s, &c->who->issuer) : NULL;
	if (c->other == NULL || c->other->id == 0 || world_claimed(s, c->other))
		return false;
	cases_at(s, 13 * SIM_MINUTE, hand_over, c);
	return true;
}

/* It goes on by itself, also where the end came before. */
static bool
has_gone_on(struct sim *s, struct drawn *c)
{
	return !c->who->closed && case_is_known(s, c->who);
}

/* Its chain of logs counts as one: what was said in the first is there, and no step was a recovery. */
static void
handed_over_end(struct sim *s, struct drawn *c)
{
	const struct yw_generation *g;

	if (!cases_until(s, c, has_gone_on, 2 * SIM_HOUR))
		sim_fail(s, "%s was handed over, and has not gone on", c->who->code.code);
	case_owner_goes_on(s, c->who, false);
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		g = yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &c->who->code);
		if (g->generation != c->who->generation || !yw_jurisdiction_equal(&g->issuer, &c->who->issuer))
			sim_fail(s, "%s does not know that %s belongs to %s now", s->nodes[i].code.code, c->who->code.code,
			    c->who->issuer.code);
	}
}

const struct sim_case case_handed_over = {
	.name = "handed-over",
	.what = "is handed over from its city to the province, and back, and goes on with a next log each time",
	.holds = "everybody knows whose it is, and none of it was a recovery",
	.percent = 6,
	.begin = handed_over_begin, .end = handed_over_end,
};
