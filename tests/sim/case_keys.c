/*
 * case_keys.c - what becomes of a log's keys: a rotation, after which the old ones are worth nothing; a closing, of
 * which its owner hears late (T5 to T7).
 */
#include "sim_int.h"

/* --- rotation --- */

/* A thief has the old keys, and signs by them what its owner then logs: nothing on a disk is stolen so easily. */
static void
old_key_signs(struct sim *s, struct drawn *c)
{
	c->who->foreign = &c->who->old;
	if (c->who->rotates || !case_spoil(s, c, OTHER_KEY))
		cases_again(s, c, old_key_signs);
}

bool
case_new_keys(struct sim *s, struct node *n)
{
	struct yw_request r = { .network = s->network.hash, .code = n->code, .generation = n->generation, .key_set = 1,
		.issuer = n->issuer };
	struct node *issuer = world_acting(s, n);
	struct yw_buf request = YW_BUF_INIT;
	struct yw_seed seed;
	struct yw_error err;

	if (!world_all_in(s) || n->ledger == NULL || issuer->ledger == NULL)
		return false;
	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &n->next);
	if (yw_request_make(&r, &n->next, &n->keys.head, &request, &err) != YW_OK ||
	    yw_ledger_admit(issuer->ledger, yw_buf_bytes(&request), &err) != YW_OK) {
		sim_tell(s, "%s does not delegate new keys of %s: %s", issuer->code.code, n->code.code, err.msg);
	} else {
		n->rotates = true;
		yw_ledger_next_keys(n->ledger, &n->next);
		node_poke(issuer, s->now);
	}
	yw_buf_release(&request);
	return n->rotates;
}

void
case_rotate(struct sim *s, struct drawn *c)
{
	if (case_new_keys(s, c->who))
		cases_at(s, s->now + SIM_MINUTE, c->then, c);
	else
		cases_again(s, c, case_rotate);
}

static bool
rotation_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	c->then = old_key_signs;
	cases_at(s, cases_time(s), case_rotate, c);
	return true;
}

static void
rotation_end(struct sim *s, struct drawn *c)
{
	const struct yw_generation *g;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		g = yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &c->who->code);
		if (g == NULL || g->n_spans != 2)
			sim_fail(s, "%s does not know the new keys of %s", s->nodes[i].code.code, c->who->code.code);
	}
	case_spoilt_unseen(s, c);
}

const struct sim_case case_rotation = {
	.name = "rotation",
	.what = "rotates its keys, and then logs an entry that a thief signed by the old ones",
	.holds = "everybody knows the new keys, keeps that entry, and nobody shows it",
	.percent = 8, .in_province = 50,
	.begin = rotation_begin, .end = rotation_end,
};

/* --- a closing that its owner hears of late --- */

static void
part_all(struct sim *s, const struct node *n)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].child == n)
			wire_part(&s->wires[i]);
}

static void
close_now(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it was merged into its city" };

	if (!next_close(s, c->who, &d)) {
		cases_again(s, c, close_now);
		return;
	}
	cases_happened(s, c);
	node_register(c->who, 1, false);	/* it does not know yet */
}

static void
cut_off(struct sim *s, struct drawn *c)
{
	if (!world_all_in(s)) {
		cases_again(s, c, cut_off);
		return;
	}
	sim_tell(s, "the lines of %s are cut", c->who->code.code);
	part_all(s, c->who);
	cases_at(s, s->now + SIM_MINUTE, close_now, c);
}

static bool
closing_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL || (world_node(s, &c->who->issuer)->id != 0 && world_claimed(s, world_node(s, &c->who->issuer))))
		return false;	/* whose issuer shows two views of its log shows two of the closing */
	cases_at(s, cases_time(s), cut_off, c);
	return true;
}

static void
closing_end(struct sim *s, struct drawn *c)
{
	struct yw_error why;

	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger != NULL && !s->nodes[i].closed && yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &c->who->code) != NULL)
			sim_fail(s, "%s does not know that %s was closed", s->nodes[i].code.code, c->who->code.code);
	if (yw_ledger_state(c->who->ledger, &why) != YW_LEDGER_CLOSED)
		sim_fail(s, "%s goes on after its closing: %s", c->who->code.code, why.msg);
}

const struct sim_case case_closing = {
	.name = "closing",
	.what = "is closed by its issuer while its lines are down, and goes on registering until it hears of it",
	.holds = "it has stopped, and everybody holds the log up to its end",
	.percent = 8, .in_province = 50,
	.begin = closing_begin, .end = closing_end,
};
