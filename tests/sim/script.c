/*
 * script.c - what happens in a seed whatever its cases are: nodes join, register, crash; lines are cut; the
 * weather changes.  Most of it in the first minutes; where a seed goes on for days, everything becomes rare.
 */
#include "sim_int.h"

#define BUSY_AT (50 * SIM_MINUTE)	/* with 109 nodes: all logs are busy, and that is measured */
#define BUSY_MS (10 * INT64_C(1000))
#define BUSY_EVERY_MS 5000
#define OPENS_MS (9 * SIM_HOUR)		/* with 109 nodes, once they have joined: at this hour of a day all offices open, */
#define OPENING_MS (30 * INT64_C(1000))	/* within so long; some work at other hours too */
#define ODD_HOURS 12
#define BUSY_LEAST 90		/* percent of a province: whatever goes wrong there, so many of its logs are busy */
#define CROWD 15		/* links to a node with more than so many are looked at apart from the others (R8) */

static bool
lively(const struct sim *s)
{
	return s->now < SIM_LIVELY_MS;
}

static void
start(struct sim *s, void *what)
{
	(void)s;
	struct node *n = what;

	if (n->ledger == NULL && !n->late)
		node_start(n);
}

/* --- registering --- */

/* What is registered at the same time goes to everybody in the same messages: a province at work is many at once. */
static int64_t
until_offices_open(struct sim *s)
{
	return (SIM_DAY + OPENS_MS - s->now % SIM_DAY) % SIM_DAY + 1 + (int64_t)sim_random(s, OPENING_MS);
}

static int64_t
register_pause(struct sim *s)
{
	if (s->o.province)
		return until_offices_open(s);
	if (!lively(s))
		return (int64_t)sim_random(s, (uint64_t)s->active_ms / 4);
	return 100 + (int64_t)sim_random(s, sim_percent(s, 40) ? 3000 : 400000);
}

/* How many of a hundred registrations are of many records: in every tenth seed so many that they fill its logs. */
static unsigned
imports_percent(const struct sim *s)
{
	return !s->o.province && s->o.seed % 10 == 0 ? 25 : 2;
}

static void
do_register(struct sim *s, void *what)
{
	struct node *n = what;
	bool scattered = sim_percent(s, 30);
	unsigned records = 1;

	if (sim_percent(s, imports_percent(s)))
		records = 1 + (unsigned)sim_random(s, scattered ? 60 : 300);
	node_register(n, records, scattered);
	if (s->now < s->active_ms)
		sim_act(s, s->now + register_pause(s), do_register, n);
}

static void
works_late(struct sim *s, void *what)
{
	(void)what;
	node_register(&s->nodes[sim_random(s, s->n_nodes)], 1, false);
}

/* --- what goes wrong --- */

static void
crash(struct sim *s, void *what)
{
	struct node *n = what;

	if (s->calm || n->dishonest || n->gone)
		return;
	if (sim_percent(s, 30))
		n->crash_at = IN_THE_BATCH + (enum crash_point)sim_random(s, 3);
	else
		node_crash(n, sim_percent(s, 50));
}

static void
mend(struct sim *s, void *what)
{
	(void)s;
	((struct wire *)what)->parted = false;
}

static void
part(struct sim *s, void *what)
{
	struct wire *w = what;

	if (s->calm || w->parted)
		return;
	sim_tell(s, "the line between %s and %s is cut", w->child->code.code, w->parent->code.code);
	wire_part(w);
	if (sim_percent(s, 50) && w->session != NULL && w->session->alive)
		wire_down(w->session, "the line is cut");
	sim_act(s, s->now + 1000 + (int64_t)sim_random(s, 15 * SIM_MINUTE), mend, w);
}

/* Once the first minutes are over a storm is followed by fine weather for a long time, and that by a storm. */
static void
weather(struct sim *s, void *what)
{
	static const unsigned losses[] = { 0, 0, 0, 1, 5, 20, 50 };
	static const int64_t delays[] = { 2, 20, 200, 2000 };
	bool fine = !lively(s) && s->loss != 0;

	(void)what;
	if (s->calm)
		return;
	s->loss = losses[sim_random(s, fine ? 1 : sizeof losses / sizeof *losses)];
	s->delay_ms = delays[sim_random(s, sizeof delays / sizeof *delays)];
	s->lie_rate = !lively(s) ? sim_percent(s, 10) : sim_percent(s, 50) ? 2 : 20;
	sim_tell(s, "weather: %u in 100 messages get lost, up to %lld ms on the way", s->loss, (long long)s->delay_ms);
	sim_act(s, s->now + (int64_t)sim_random(s, (uint64_t)(fine ? s->active_ms / 2 : 10 * SIM_MINUTE)), weather, NULL);
}

/* It comes to pass, if not now then when somebody is there again. */
static void
compare(struct sim *s, void *what)
{
	struct node *n = world_honest(s);

	(void)what;
	if (n != NULL && yw_ledger_due(n->ledger))	/* what a commit showed is in its state after the turn that it left due */
		sim_act(s, s->now + 1, compare, NULL);
	else if (n != NULL)
		fresh_compare(s, n, false);
	else
		sim_act(s, s->now + 1000, compare, NULL);
}

/* --- how much goes over a link when all logs are busy (R8) --- */

static bool
may_append(struct node *n)
{
	struct yw_error why;

	return n->ledger != NULL && yw_ledger_state(n->ledger, &why) == YW_LEDGER_APPENDING;
}

static void
busy(struct sim *s, void *what)
{
	node_register(what, 1, false);
	if (s->now + BUSY_EVERY_MS < BUSY_AT + BUSY_MS)
		sim_act(s, s->now + BUSY_EVERY_MS, busy, what);
}

static void
busy_begins(struct sim *s, void *what)
{
	(void)what;
	sim_tell(s, "from here on all logs are busy for a while");
	s->loss = 0;
	s->delay_ms = 20;
	for (unsigned i = 0; i < s->n_wires; i++)
		s->wires[i].messages = s->wires[i].bytes = 0;
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];

		n->quiet = (struct quiet) { n->ledger != NULL, may_append(n), n->boots, n->truth.n };
	}
}

/* Whose node was up all the time, and was not told to stop, which nobody is on a fine day: that one has grown. */
static void
were_busy(struct sim *s)
{
	unsigned grown = 0;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		bool up = n->quiet.up && n->ledger != NULL && n->boots == n->quiet.boots;
		bool may = s->o.peers != 0 || (n->quiet.may_append && may_append(n));

		if (up && n->truth.n > n->quiet.size)
			grown++;
		else if (up && may)
			sim_fail(s, "R8: the log of %s has not grown while all logs were busy, and its node was up", n->code.code);
	}
	if (grown * 100 < s->n_nodes * (s->o.peers != 0 ? 100 : BUSY_LEAST))
		sim_fail(s, "R8: of %u logs only %u have grown while all were busy", s->n_nodes, grown);
}

/* Has the upper end more peers than two cities have on average? */
static bool
is_crowded(struct sim *s, const struct wire *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_wires; i++)
		n += s->wires[i].parent == w->parent;
	return n > CROWD;
}

static void
busy_ends(struct sim *s, void *what)
{
	struct sim_load *l = &s->r->load;

	(void)what;
	for (unsigned i = 0; i < s->n_wires; i++) {
		const struct wire *w = &s->wires[i];
		double messages = (double)w->messages * 1000 / BUSY_MS, bytes = (double)w->bytes * 1000 / BUSY_MS;
		bool crowded = is_crowded(s, w);

		l->links++;
		l->messages += messages;
		l->bytes += bytes;
		l->most_messages = messages > l->most_messages ? messages : l->most_messages;
		l->most_bytes = bytes > l->most_bytes ? bytes : l->most_bytes;
		l->crowded += crowded;
		l->crowded_messages += crowded ? messages : 0;
		l->crowded_bytes += crowded ? bytes : 0;
	}
	l->messages /= l->links;
	l->bytes /= l->links;
	if (l->crowded > 0) {
		l->crowded_messages /= l->crowded;
		l->crowded_bytes /= l->crowded;
	}
	were_busy(s);
}

/* --- the script --- */

static void
write_faults(struct sim *s)
{
	unsigned faults = (unsigned)sim_random(s, s->o.province ? 20 : 6);

	for (unsigned i = 0; i < faults; i++) {
		sim_act(s, (int64_t)sim_random(s, (uint64_t)s->active_ms), crash, &s->nodes[sim_random(s, s->n_nodes)]);
		sim_act(s, (int64_t)sim_random(s, (uint64_t)s->active_ms), part, &s->wires[sim_random(s, s->n_wires)]);
	}
}

static void
write_starts(struct sim *s)
{
	start(s, &s->nodes[0]);
	for (unsigned i = 1; i < s->n_nodes; i++)
		sim_act(s, (int64_t)sim_random(s, 10 * SIM_MINUTE), start, &s->nodes[i]);
}

static void
write_busy(struct sim *s)
{
	sim_act(s, BUSY_AT, busy_begins, NULL);
	for (unsigned i = 0; i < s->n_nodes; i++)
		sim_act(s, BUSY_AT + (int64_t)sim_random(s, BUSY_EVERY_MS), busy, &s->nodes[i]);
	sim_act(s, BUSY_AT + BUSY_MS, busy_ends, NULL);
}

void
script_write(struct sim *s)
{
	if (s->o.peers != 0) {
		s->delay_ms = 20;
		write_starts(s);
		write_busy(s);
		return;
	}
	weather(s, NULL);
	write_starts(s);
	for (unsigned i = 0; i < s->n_nodes; i++)
		sim_act(s, (int64_t)sim_random(s, SIM_LIVELY_MS / 4), do_register, &s->nodes[i]);
	write_faults(s);
	next_write(s);
	acts_write(s);
	for (unsigned i = 0; i < SIM_FRESH_TIMES; i++)
		sim_act(s, (int64_t)sim_random(s, (uint64_t)s->active_ms), compare, NULL);
	if (!s->o.province)
		return;
	write_busy(s);
	for (unsigned i = 0; i < ODD_HOURS; i++)
		sim_act(s, SIM_HOUR + (int64_t)sim_random(s, (uint64_t)(s->active_ms - SIM_HOUR)), works_late, NULL);
}

void
script_calm(struct sim *s)
{
	s->calm = true;
	s->loss = s->lie_rate = 0;
	s->delay_ms = 20;
	for (unsigned i = 0; i < s->n_wires; i++)
		s->wires[i].parted = false;
	for (unsigned i = 0; i < s->n_all; i++)
		s->nodes[i].crash_at = NO_CRASH;
	sim_act(s, s->now, acts_hand_over, NULL);
	cases_calm(s);
}
