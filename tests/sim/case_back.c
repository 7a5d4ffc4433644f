/*
 * case_back.c - whole disks that come back from earlier, the guard with them or lost: nothing on the machine can
 * notice, the neighbours can (L2, L3).
 */
#include "sim_int.h"

/* What nobody else holds is lost with the disk, and nobody can notice: that is no case for neighbours. */
static bool
others_hold_it(struct sim *s, struct node *who)
{
	unsigned up = 0, hold = 0;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		struct yw_log *log = n != who && n->ledger != NULL && !n->closed ? world_log(s, n, who) : NULL;

		up += log != NULL;
		hold += log != NULL && log->size >= who->truth.n;
	}
	return up > 0 && hold == up;
}

static void
returns(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n <= c->number || c->who->n_records > 0 || !others_hold_it(s, c->who)) {
		cases_at(s, s->now + 1000, returns, c);
		return;
	}
	cases_happened(s, c);
	c->who->set_back = true;
	node_crash(c->who, true);
	disk_return(c->who, &c->image, true);
	if (c->without_guard)
		memset(c->who->guard, 0xff, sizeof c->who->guard);
}

static void
is_kept(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n == 0) {
		cases_at(s, s->now + SIM_MINUTE, is_kept, c);
		return;
	}
	disk_keep(c->who, &c->image);
	c->number = c->who->truth.n;
	cases_at(s, s->now + (int64_t)sim_random(s, 5 * SIM_MINUTE), returns, c);
}

static bool
whole_image_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	c->who->prudent = true;
	cases_at(s, 12 * SIM_MINUTE, is_kept, c);
	return true;
}

static bool
no_guard_begin(struct sim *s, struct drawn *c)
{
	c->without_guard = true;
	return whole_image_begin(s, c);
}

static void
end(struct sim *s, struct drawn *c)
{
	struct yw_log *own = yw_ledger_own(c->who->ledger);

	if (own->frozen)
		sim_fail(s, "%s has forked its log", c->who->code.code);
	if (own->size < c->who->truth.n)
		sim_fail(s, "%s is not whole again, though everybody held its log", c->who->code.code);
}

const struct sim_case case_whole_image = {
	.name = "whole-image",
	.what = "finds its whole disk set back to an older image, the guard with it, and appends nothing uncleared",
	.holds = "it has asked, is whole again, and has forked nothing",
	.percent = 10,
	.begin = whole_image_begin, .end = end,
};

const struct sim_case case_no_guard = {
	.name = "no-guard",
	.what = "finds its disk set back to an older image, and its guard lost",
	.holds = "it has asked, is whole again, and has forked nothing",
	.percent = 10,
	.begin = no_guard_begin, .end = end,
};
