/*
 * case_clone.c - a machine that was copied, by an honest person: both run at once (L5), or register where nobody sees
 * both and come back (L6).
 */
#include "sim_int.h"
#include "support/resume.h"

#define LOOK_MS 5000
#define NOTICED_MS (3 * SIM_HOUR)	/* an owner at rest says something once an hour */

static int64_t
some_time(struct sim *s)
{
	return 15 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 25 * SIM_MINUTE);
}

/* The copy hangs below the same nodes as the original. */
static bool
copy_machine(struct sim *s, struct drawn *c)
{
	unsigned n = s->n_wires;

	if (!world_all_in(s) || c->who->n_records != 0 || (c->other = case_twin(s, c->who)) == NULL)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (s->wires[i].child == c->who)
			world_wire(s, c->other, s->wires[i].parent);
	c->number = c->who->truth.n;
	return true;
}

static bool
clone_begin(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL || world_node(s, &c->who->issuer)->liar)
		return false;
	cases_at(s, some_time(s), act, c);
	return true;
}

static enum yw_ledger_mode
mode_of(struct node *n)
{
	struct yw_error why;

	return n->ledger != NULL ? yw_ledger_state(n->ledger, &why) : YW_LEDGER_FAILED;
}

/* --- both run --- */

static void
take(struct sim *s, struct node *one)
{
	struct yw_error err;

	sim_tell(s, "a person lets the machine %s go on, and no other", one->name);
	if (yw_exchange_take_over(one->x, &err) != YW_OK)
		sim_fail(s, "%s cannot end its copy: %s", one->name, err.msg);
	node_poke(one, s->now);
}

void
case_resume(struct node *n)
{
	yw_test_resume(n->main->x, n->x);
	n->resumes = false;
}

/* Both say the same, until one of them has something to say. */
static void
write_one(struct sim *s, struct drawn *c)
{
	(void)s;
	node_register(c->who, 1, false);
}

static void
two_run_now(struct sim *s, struct drawn *c)
{
	static const char *const hows[] = { "while it is off", "while it runs", "while it runs, with its memory" };
	enum { COLD, RUNNING, RESUMED } how;

	if (!copy_machine(s, c)) {
		cases_at(s, s->now + 20000, two_run_now, c);
		return;
	}
	how = (unsigned)sim_random(s, 3);
	sim_tell(s, "the machine of %s is copied %s, and both run", c->who->code.code, hows[how]);
	if (how == COLD) {
		node_stop(c->who);
		node_start(c->who);
	}
	c->other->resumes = how == RESUMED;
	if (c->other->resumes)
		cases_at(s, s->now + (int64_t)sim_random(s, 5 * SIM_MINUTE), write_one, c);
	node_start(c->other);
	cases_happened(s, c);
}

static bool
two_run_begin(struct sim *s, struct drawn *c)
{
	return clone_begin(s, c, two_run_now);
}

static bool
told(const struct drawn *c)
{
	return mode_of(c->who) == YW_LEDGER_TWO && mode_of(c->other) == YW_LEDGER_TWO;
}

/* They were told; a person ended it; the one goes on, the other does not, and nothing was forked meanwhile. */
static void
two_run_end(struct sim *s, struct drawn *c)
{
	struct node *goes_on, *ends;
	int64_t end = s->now + NOTICED_MS;

	while (!sim_failed(s) && !told(c) && s->now < end)
		sim_run_until(s, s->now + LOOK_MS);
	if (!told(c)) {
		sim_fail(s, "%s runs on two machines, and nobody has told them both", c->who->code.code);
		return;
	}
	goes_on = sim_percent(s, 50) ? c->who : c->other;
	ends = goes_on == c->who ? c->other : c->who;
	take(s, goes_on);
	if (!case_comes_to(s, goes_on, YW_LEDGER_APPENDING, SIM_HOUR))
		sim_fail(s, "%s does not go on, though a person has ended its copy", goes_on->name);
	if (!case_comes_to(s, ends, YW_LEDGER_TWO, SIM_HOUR))
		sim_fail(s, "%s goes on, though a person has ended it", ends->name);
	sim_run_until(s, s->now + SIM_HOUR);
	if (mode_of(goes_on) != YW_LEDGER_APPENDING || mode_of(ends) != YW_LEDGER_TWO)
		sim_fail(s, "%s runs on two machines again", c->who->code.code);
	if (yw_ledger_own(goes_on->ledger)->frozen)
		sim_fail(s, "%s has forked its log", c->who->code.code);
}

const struct sim_case case_clone = {
	.name = "clone",
	.what = "runs on two machines, since its disk was copied",
	.holds = "both were told and stopped; a person ended one of them, and the other goes on",
	.percent = 8,
	.begin = two_run_begin, .end = two_run_end,
};

/* --- both register where nobody sees both --- */

static void
part_both(struct sim *s, const struct drawn *c, bool away)
{
	for (unsigned i = 0; i < s->n_wires; i++) {
		struct wire *w = &s->wires[i];

		if (w->child != c->who && w->child != c->other)
			continue;
		if (away)
			wire_part(w);
		w->parted = away;
		if (away && w->session != NULL && w->session->alive)
			wire_down(w->session, "its machine is carried away");
	}
}

static void
both_return(struct sim *s, struct drawn *c)
{
	sim_tell(s, "both machines of %s are back", c->who->code.code);
	part_both(s, c, false);
	if (c->who->truth.n > c->number && c->other->truth.n > c->number)
		cases_happened(s, c);
}

static void
away_now(struct sim *s, struct drawn *c)
{
	if (!copy_machine(s, c)) {
		cases_at(s, s->now + 20000, away_now, c);
		return;
	}
	sim_tell(s, "the machine of %s is copied, both are carried away, and both register", c->who->code.code);
	part_both(s, c, true);
	node_start(c->other);
	node_register(c->who, 1, false);
	node_register(c->other, 2, true);
	cases_at(s, s->now + SIM_MINUTE + (int64_t)sim_random(s, 5 * SIM_MINUTE), both_return, c);
}

static bool
away_begin(struct sim *s, struct drawn *c)
{
	return clone_begin(s, c, away_now);
}

/* Somebody of the others who does not know that the log went two ways; NULL: nobody. */
static struct node *
unaware(struct sim *s, const struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (&s->nodes[i] != c->who && s->nodes[i].ledger != NULL && !s->nodes[i].closed && (log == NULL || !log->frozen))
			return &s->nodes[i];
	}
	return NULL;
}

static void
away_end(struct sim *s, struct drawn *c)
{
	int64_t end = s->now + NOTICED_MS;

	while (!sim_failed(s) && unaware(s, c) != NULL && s->now < end)
		sim_run_until(s, s->now + LOOK_MS);
	if (unaware(s, c) != NULL)
		sim_fail(s, "%s does not know that %s went two ways", unaware(s, c)->code.code, c->who->code.code);
	if (!case_comes_to(s, c->who, YW_LEDGER_CONTRADICTED, SIM_HOUR) ||
	    !case_comes_to(s, c->other, YW_LEDGER_CONTRADICTED, SIM_HOUR))
		sim_fail(s, "%s goes on, though its log went two ways", c->who->code.code);
}

const struct sim_case case_clone_away = {
	.name = "clone-away",
	.what = "is copied; both machines register while they are away, and both come back",
	.holds = "the log is frozen everywhere, and neither machine goes on",
	.percent = 8,
	.begin = away_begin, .end = away_end,
};
