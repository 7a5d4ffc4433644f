/*
 * sim.c - see sim.h: events in virtual time, and one seed from beginning to end.
 */
#include <stdarg.h>

#include "sim_int.h"

#define ACTIVE_MS (40 * 60 * 1000)	/* how long things are registered and go wrong */
#define SETTLE_MS (6 * 3600 * 1000)	/* then everybody must agree within so long */
#define LOOK_MS (30 * 1000)
#define STEPS_MAX 3000000

/* --- chance, words, failure --- */

uint64_t
sim_random(struct sim *s, uint64_t below)
{
	return below == 0 ? 0 : yw_test_next(&s->chance) % below;
}

bool
sim_percent(struct sim *s, unsigned percent)
{
	return sim_random(s, 100) < percent;
}

void
sim_fill(void *arg, void *out, size_t len)
{
	struct sim *s = arg;
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)yw_test_next(&s->chance);
}

void *
sim_alloc(size_t n)
{
	void *p = calloc(1, n);

	if (p == NULL)
		abort();
	return p;
}

void
sim_tell(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->o.trace)
		return;
	printf("%02lld:%02lld:%02lld.%03lld  ", (long long)(s->now / 3600000), (long long)(s->now / 60000 % 60),
	    (long long)(s->now / 1000 % 60), (long long)(s->now % 1000));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

void
sim_fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (sim_failed(s))
		return;
	va_start(ap, fmt);
	vsnprintf(s->r->failure, sizeof s->r->failure, fmt, ap);
	va_end(ap);
	sim_tell(s, "FAILED: %s", s->r->failure);
}

bool
sim_failed(const struct sim *s)
{
	return s->r->failure[0] != '\0';
}

/* --- events: a binary heap by (time, number) --- */

static bool
before(const struct event *a, const struct event *b)
{
	return a->at < b->at || (a->at == b->at && a->number < b->number);
}

static struct event *
sift_up(struct sim *s, size_t i)
{
	for (; i > 0 && before(&s->heap[i], &s->heap[(i - 1) / 2]); i = (i - 1) / 2) {
		struct event t = s->heap[i];

		s->heap[i] = s->heap[(i - 1) / 2];
		s->heap[(i - 1) / 2] = t;
	}
	return &s->heap[i];
}

static struct event
pop(struct sim *s)
{
	struct event first = s->heap[0];
	size_t i = 0;

	s->heap[0] = s->heap[--s->n_events];
	for (;;) {
		size_t l = 2 * i + 1, least = i;
		struct event t;

		if (l < s->n_events && before(&s->heap[l], &s->heap[least]))
			least = l;
		if (l + 1 < s->n_events && before(&s->heap[l + 1], &s->heap[least]))
			least = l + 1;
		if (least == i)
			return first;
		t = s->heap[i];
		s->heap[i] = s->heap[least];
		s->heap[least] = t;
		i = least;
	}
}

static struct event *
push(struct sim *s, const struct event *e)
{
	if (s->n_events == s->cap_events) {
		s->cap_events = s->cap_events == 0 ? 1024 : s->cap_events * 2;
		s->heap = realloc(s->heap, s->cap_events * sizeof *s->heap);
		if (s->heap == NULL)
			abort();
	}
	s->heap[s->n_events++] = *e;
	return sift_up(s, s->n_events - 1);
}

struct event *
sim_at(struct sim *s, int64_t at, enum event_kind kind, void *what)
{
	struct event e = { .at = at, .number = s->event_number++, .kind = kind, .what = what };

	return push(s, &e);
}

void
sim_act(struct sim *s, int64_t at, void (*act)(struct sim *, void *), void *what)
{
	sim_at(s, at, EV_ACT, what)->act = act;
}

static void
run_event(struct sim *s, struct event *e)
{
	struct node *n = e->what;

	switch (e->kind) {
	case EV_TURN:
		if (n->ledger != NULL && n->turn_at == e->at)
			node_turn(n);
		break;
	case EV_CONNECT:
		wire_connect(e->what);
		break;
	case EV_REQUEST:
		wire_request(s, e->what, &e->bytes);
		break;
	case EV_REPLY:
		wire_reply(s, e->what, &e->bytes);
		break;
	case EV_DEADLINE:
		wire_deadline(e->what);
		break;
	case EV_DOWN:
		wire_down(e->what, "the other side is gone");
		break;
	case EV_ACT:
		e->act(s, e->what);
		break;
	}
}

static void
run_until(struct sim *s, int64_t end)
{
	while (!sim_failed(s) && s->n_events > 0 && s->heap[0].at <= end) {
		struct event e = pop(s);

		s->now = e.at;
		s->r->steps++;
		if (s->r->steps > STEPS_MAX)
			sim_fail(s, "the network does not come to rest: %llu steps", (unsigned long long)s->r->steps);
		run_event(s, &e);
	}
	s->now = end;
}

/* --- the seed's script --- */

static void
start(struct sim *s, void *what)
{
	(void)s;
	if (((struct node *)what)->ledger == NULL)
		node_start(what);
}

static void
do_register(struct sim *s, void *what)
{
	struct node *n = what;
	bool scattered = sim_percent(s, 30);
	unsigned records = 1;

	if (sim_percent(s, 25))
		records = 1 + (unsigned)sim_random(s, scattered ? 60 : 300);
	node_register(n, records, scattered);
	if (s->now < ACTIVE_MS)
		sim_act(s, s->now + 100 + (int64_t)sim_random(s, sim_percent(s, 40) ? 3000 : 400000), do_register, n);
}

static void
crash(struct sim *s, void *what)
{
	struct node *n = what;

	if (s->calm)
		return;
	if (sim_percent(s, 30))
		n->crash_at_guard = true;	/* in the middle of its next commit */
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

	if (s->calm)
		return;
	sim_tell(s, "the line between %s and %s is cut", w->child->code.code, w->parent->code.code);
	w->parted = true;
	if (sim_percent(s, 50) && w->session != NULL && w->session->alive)
		wire_down(w->session, "the line is cut");
	sim_act(s, s->now + 1000 + (int64_t)sim_random(s, 15 * 60 * 1000), mend, w);
}

static void
weather(struct sim *s, void *what)
{
	static const unsigned losses[] = { 0, 0, 0, 1, 5, 20, 50 };
	static const int64_t delays[] = { 2, 20, 200, 2000 };

	(void)what;
	if (s->calm)
		return;
	s->loss = losses[sim_random(s, sizeof losses / sizeof *losses)];
	s->delay_ms = delays[sim_random(s, sizeof delays / sizeof *delays)];
	s->lie_rate = sim_percent(s, 50) ? 2 : 20;
	sim_tell(s, "weather: %u in 100 messages get lost, up to %lld ms on the way", s->loss, (long long)s->delay_ms);
	sim_act(s, s->now + (int64_t)sim_random(s, 10 * 60 * 1000), weather, NULL);
}

static void
write_script(struct sim *s)
{
	unsigned faults = (unsigned)sim_random(s, 6);

	weather(s, NULL);
	start(s, &s->nodes[0]);
	for (unsigned i = 1; i < s->n_nodes; i++)
		sim_act(s, (int64_t)sim_random(s, 10 * 60 * 1000), start, &s->nodes[i]);
	for (unsigned i = 0; i < s->n_nodes; i++)
		sim_act(s, (int64_t)sim_random(s, ACTIVE_MS / 4), do_register, &s->nodes[i]);
	for (unsigned i = 0; i < faults; i++) {
		sim_act(s, (int64_t)sim_random(s, ACTIVE_MS), crash, &s->nodes[sim_random(s, s->n_nodes)]);
		sim_act(s, (int64_t)sim_random(s, ACTIVE_MS), part, &s->wires[sim_random(s, s->n_wires)]);
	}
}

/* All faults end; then everybody must come to agree, by itself. */
static void
settle(struct sim *s)
{
	char why[200] = "";
	int64_t end = s->now + SETTLE_MS;

	s->calm = true;
	s->loss = s->lie_rate = 0;
	s->delay_ms = 20;
	for (unsigned i = 0; i < s->n_wires; i++)
		s->wires[i].parted = false;
	sim_tell(s, "from here on nothing bad happens");
	while (!sim_failed(s)) {
		run_until(s, s->now + LOOK_MS);
		if (check_settled(s, why, sizeof why))
			return;
		if (s->now >= end)
			sim_fail(s, "%s, %d hours after the last fault", why, SETTLE_MS / 3600000);
	}
}

static void
tear_down(struct sim *s)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		node_stop(&s->nodes[i]);
	for (size_t i = 0; i < s->n_events; i++)
		yw_buf_release(&s->heap[i].bytes);
	free(s->heap);
	while (s->sessions != NULL) {
		struct session *x = s->sessions;

		s->sessions = x->next;
		while (x->asked != NULL) {
			struct asked *a = x->asked;

			x->asked = a->next;
			free(a);
		}
		free(x);
	}
	for (size_t i = 0; i < SIM_OLD_MESSAGES; i++)
		yw_buf_release(&s->old[i].bytes);
	world_release(s);
}

bool
sim_run(const struct sim_options *o, struct sim_report *out)
{
	struct sim *s = sim_alloc(sizeof *s);
	bool good;

	*out = (struct sim_report) { 0 };
	s->o = *o;
	s->r = out;
	s->chance = o->seed * 0x9e3779b97f4a7c15u + 1;
	world_make(s);
	if (!sim_failed(s))
		write_script(s);
	run_until(s, ACTIVE_MS);
	if (!sim_failed(s))
		settle(s);
	if (!sim_failed(s))
		check_end(s);
	out->nodes = s->n_nodes;
	out->virtual_ms = s->now;
	for (unsigned i = 0; i < s->n_nodes; i++)
		out->entries += s->nodes[i].truth.n;
	tear_down(s);
	free(s);
	good = out->failure[0] == '\0';
	return good;
}
