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
