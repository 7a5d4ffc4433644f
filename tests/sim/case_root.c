/*
 * case_root.c - what rests on the network file and on statements of a log's own: the first node, registrars (T1, T13).
 */
#include "sim_int.h"

#define AGAIN_MS 20000

static int64_t
some_time(struct sim *s)
{
	return 15 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 25 * SIM_MINUTE);
}

static void
again(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	if (s->now < s->active_ms)
		cases_at(s, s->now + AGAIN_MS, act, c);
}

/* --- a registrar that was ended --- */

static void
ended_signs(struct sim *s, struct drawn *c)
{
	c->who->foreign = &c->who->registrar.keys;
	if (!case_spoil(s, c, OTHER_KEY))
		again(s, c, ended_signs);
}

static void
end_registrar(struct sim *s, struct drawn *c)
{
	if (c->who->n_records > 0 || !acts_name_registrar(c->who, true)) {
		again(s, c, end_registrar);
		return;
	}
	cases_at(s, s->now + AGAIN_MS, ended_signs, c);
}

static void
name_registrar(struct sim *s, struct drawn *c)
{
	if (!world_all_in(s) || !acts_name_registrar(c->who, false)) {
		again(s, c, name_registrar);
		return;
	}
	if (acts_sign(c->who))
		cases_at(s, s->now + AGAIN_MS, end_registrar, c);
	else
		again(s, c, name_registrar);
}

static bool
registrar_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), name_registrar, c);
	return true;
}

const struct sim_case case_registrar = {
	.name = "registrar",
	.what = "ends its registrar, and then logs an entry that this one signs all the same",
	.holds = "everybody keeps it and nobody shows it",
	.percent = 8, .in_province = 30,
	.begin = registrar_begin, .end = case_spoilt_unseen,
};

/* --- a network file that the root keys did not sign --- */

static void
forge(struct sim *s, struct drawn *c)
{
	struct node *n = &s->nodes[sim_random(s, s->n_nodes)];
	struct yw_error err;

	cases_at(s, s->now + (s->now < SIM_LIVELY_MS ? SIM_MINUTE : 12 * SIM_HOUR), forge, c);
	if (n->ledger == NULL)
		return;
	sim_tell(s, "somebody gives %s a network file that the root keys did not sign", n->code.code);
	if (acts_forge(s, n, &err) == YW_OK)
		sim_fail(s, "%s takes a network file that its root keys did not sign", n->code.code);
	cases_happened(s, c);
}

static bool
forged_begin(struct sim *s, struct drawn *c)
{
	cases_at(s, some_time(s), forge, c);
	return true;
}

static void
forged_end(struct sim *s, struct drawn *c)
{
	const struct yw_network *newest = world_newest(s);

	(void)c;
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_network *n = s->nodes[i].ledger != NULL ? yw_trust_network(yw_ledger_trust(s->nodes[i].ledger)) : newest;

		if (n->version != newest->version || !yw_bytes_equal(yw_buf_bytes(&n->note), yw_buf_bytes(&newest->note)))
			sim_fail(s, "%s goes by another network file than the root keys signed", s->nodes[i].code.code);
	}
}

const struct sim_case case_forged_file = {
	.name = "forged-file",
	.what = "nodes are given a next network file by root keys that the one before does not name",
	.holds = "nobody has taken it",
	.percent = 6,
	.begin = forged_begin, .end = forged_end,
};

/* --- the first node is lost --- */

/* Somebody who holds all of its log. */
static struct node *
a_holder(struct sim *s)
{
	unsigned at = (unsigned)sim_random(s, s->n_nodes);

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[(at + i) % s->n_nodes];
		struct yw_log *log = n != &s->nodes[0] ? world_log(s, n, &s->nodes[0]) : NULL;

		if (log != NULL && log->full_size == s->nodes[0].truth.n && !n->dishonest && !n->closed)
			return n;
	}
	return NULL;
}

static void
new_machine(struct sim *s, void *what)
{
	struct node *n = what;

	sim_tell(s, "the first node is a new machine");
	if (n->ledger == NULL && !sim_failed(s))
		node_start(n);
}

/* The root keys end its log as far as it is known, and name the next one: the network file is all that people hand over. */
static void
replace_first(struct sim *s, struct drawn *c, struct node *holder)
{
	struct yw_closing_draft d = { .reason = "its machine burnt", .revoked = sim_percent(s, 50) && !s->forges };
	struct yw_network_change change = { .k = 0 };
	struct yw_buf line = YW_BUF_INIT;
	struct yw_origin origin;
	struct yw_error err;

	if (yw_ledger_closing_line(holder->ledger, world_origin(s, c->who, &origin), &d, &line, &err) != YW_OK)
		sim_fail(s, "%s cannot say where the log of the first node ends: %s", holder->code.code, err.msg);
	if (sim_failed(s) || !next_after_loss(s, c->who)) {
		yw_buf_release(&line);
		return;
	}
	s->days_differ = true;
	change.closing = yw_buf_bytes(&line);
	change.first = yw_buf_bytes(&c->who->request);
	if (acts_version(s, &change) != NULL) {
		cases_happened(s, c);
		acts_hand_over(s, NULL);
	}
	sim_act(s, s->now + (int64_t)sim_random(s, 10 * SIM_MINUTE), new_machine, c->who);
	yw_buf_release(&line);
}

static void
first_is_lost(struct sim *s, struct drawn *c)
{
	struct node *holder = world_all_in(s) && c->who->ledger != NULL && c->who->n_records == 0 ? a_holder(s) : NULL;

	if (holder == NULL) {
		cases_soon(s, c, first_is_lost);
		return;
	}
	if (s->n_versions == SIM_VERSIONS_MAX)
		return;
	sim_tell(s, "the machine of the first node is lost with its keys; %s holds its log up to %llu", holder->code.code,
	    (unsigned long long)c->who->truth.n);
	replace_first(s, c, holder);
}

static bool
first_lost_begin(struct sim *s, struct drawn *c)
{
	c->who = &s->nodes[0];
	cases_at(s, some_time(s), first_is_lost, c);
	return true;
}

/* Everybody knows the new one, and all that the old one had admitted are there as before. */
static void
first_lost_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		const struct yw_trust *t;
		const struct yw_generation *g;

		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		t = yw_ledger_trust(s->nodes[i].ledger);
		g = yw_trust_open(t, &c->who->code);
		if (g == NULL || g->generation != 2)
			sim_fail(s, "%s does not know that the first node was replaced", s->nodes[i].code.code);
		for (unsigned k = 1; k < s->n_nodes; k++)
			if (!s->nodes[k].closed && yw_trust_open(t, &s->nodes[k].code) == NULL)
				sim_fail(s, "%s does not know %s any more since the first node was replaced", s->nodes[i].code.code,
				    s->nodes[k].code.code);
	}
}

const struct sim_case case_first_lost = {
	.name = "first-lost",
	.what = "is lost with its keys; the root keys end its log in a later network file, and name a new first node there",
	.holds = "everybody has taken that file, and goes on under the new one",
	.percent = 6,
	.begin = first_lost_begin, .end = first_lost_end,
};
