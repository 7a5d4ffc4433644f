/*
 * case_moves.c - logs that end in good order: a county is handed over from its city to the province, and back (T6, T8); one
 * that has changed its keys goes on with a next log, and somebody joins who was there for none of it (L8, T5).
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

/* --- somebody joins when all that is over --- */

/* What c->who does, c->other learns from copies alone: that the new keys were granted it may hear last. */

static void
joins(struct sim *s, struct drawn *c)
{
	(void)s;
	c->other->late = false;
	node_start(c->other);
}

static void
has_next_log(struct sim *s, struct drawn *c)
{
	if (c->who->closed || c->who->generation != 2 || !case_is_known(s, c->who)) {
		cases_soon(s, c, has_next_log);
		return;
	}
	cases_happened(s, c);
	joins(s, c);
}

/* By the new keys, and up to where its issuer holds it. */
static void
new_keys_end(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it moves to another machine" };
	const struct yw_log *log = world_log(s, world_node(s, &c->who->issuer), c->who);
	const struct yw_generation *g = log != NULL ? yw_ledger_generation(world_node(s, &c->who->issuer)->ledger, log) : NULL;

	c->who->next_log = (struct next) { .goes_on = true, .issuer = c->who->issuer };
	if (c->who->rotates || g == NULL || g->n_spans != 2 || log->size < c->who->truth.n || !next_close(s, c->who, &d)) {
		cases_soon(s, c, new_keys_end);
		return;
	}
	node_register(c->who, 1, false);	/* it does not know yet */
	has_next_log(s, c);
}

static bool
newcomer_begin(struct sim *s, struct drawn *c)
{
	const struct node *issuer;

	c->who = world_pick_idle(s);
	for (unsigned tries = 0; tries < 8 && (c->other == NULL || c->other == c->who); tries++)
		c->other = world_pick_idle(s);
	issuer = c->who != NULL ? world_node(s, &c->who->issuer) : NULL;
	if (issuer == NULL || c->other == c->who || (issuer->id != 0 && world_claimed(s, issuer)))
		return false;
	c->other->late = true;
	c->then = new_keys_end;
	cases_at(s, 12 * SIM_MINUTE, case_rotate, c);
	return true;
}

/* It joins in any case. */
static void
newcomer_calm(struct sim *s, struct drawn *c)
{
	if (c->other->late)
		joins(s, c);
}

/* It knows of both logs what the province knows, and has all of the first up to its end. */
static void
check_knows(struct sim *s, struct drawn *c)
{
	const struct yw_generation *g, *known;
	const struct yw_log *log;
	struct yw_origin first;

	world_origin(s, &(struct node) { .code = c->who->code, .generation = 1 }, &first);
	g = yw_trust_origin(yw_ledger_trust(c->other->ledger), first.text);
	known = yw_trust_origin(yw_ledger_trust(s->nodes[0].ledger), first.text);
	log = yw_ledger_log(c->other->ledger, first.text);
	if (g == NULL || g->open || g->n_spans != 2 || log == NULL || log->full_size < g->end.size)
		sim_fail(s, "%s joined when the log of %s had new keys and an end, and does not know it", c->other->code.code, c->who->code.code);
	else if (known == NULL || g->end.size != known->end.size || !yw_hash_equal(&g->end.root, &known->end.root))
		sim_fail(s, "%s ends the log of %s at %llu entries, and not as others do", c->other->code.code, c->who->code.code,
		    (unsigned long long)g->end.size);
}

static void
newcomer_end(struct sim *s, struct drawn *c)
{
	case_owner_goes_on(s, c->who, false);
	if (!sim_failed(s))
		check_knows(s, c);
	if (!sim_failed(s))
		fresh_compare(s, c->other, false);
	if (!sim_failed(s))
		case_registers(s, c->who);
	if (!sim_failed(s))
		case_registers(s, c->other);
}

const struct sim_case case_newcomer = {
	.name = "newcomer",
	.what = "changes its keys, is closed, and goes on with a next log; then somebody joins who has nothing of it yet",
	.holds = "who joined knows both logs as everybody does, and a fresh replica of what it holds says the same",
	.every = 10,
	.begin = newcomer_begin, .calm = newcomer_calm, .end = newcomer_end,
};
