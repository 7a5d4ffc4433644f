/*
 * sim.c - see sim.h: events in virtual time, and one seed from beginning to end.
 */
#include <stdarg.h>

#include "sim_int.h"

#define SETTLE_MS (6 * SIM_HOUR)	/* then everybody must agree within so long */
#define LOOK_MS (30 * 1000)
#define STEPS_MAX 20000000

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

void *
sim_grow(void *list, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return list;
	*cap = *cap == 0 ? 64 : *cap * 2;
	list = realloc(list, *cap * size);
	if (list == NULL)
		abort();
	return list;
}

void
sim_tell(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (!s->o.trace)
		return;
	printf("%02lld:%02lld:%02lld.%03lld  ", (long long)(s->now / SIM_HOUR), (long long)(s->now / SIM_MINUTE % 60),
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

const char *
sim_bad_name(unsigned i)
{
	static const char *const names[SIM_BADS + 1] = {
		[SIM_LOST] = "messages got lost", [SIM_OVERTAKEN] = "messages were overtaken", [SIM_PARTED] = "lines were cut",
		[SIM_KILLED] = "nodes were killed", [SIM_POWER_GONE] = "nodes lost their power", [SIM_LIED] = "messages were lies",
		[SIM_CUT_OFF] = "peers were cut off",
		[SIM_ENDED] = "logs were ended", [SIM_REVOKED] = "logs were revoked", [SIM_MERGED] = "nodes were merged",
		[SIM_DOUBTED] = "logs were doubted", [SIM_HANDED_OVER] = "nodes were handed over",
		[SIM_WENT_ON] = "next logs were asked for", [SIM_RECOVERED] = "recoveries were consented to",
		[SIM_VERSIONS] = "later network files", [SIM_REGISTRARS] = "registrars were named",
		[SIM_SIGNED] = "entries were signed elsewhere", [SIM_REGISTRARS_ENDED] = "registrars were ended",
		[SIM_CHANGED] = "rosters came with a change", [SIM_ROSTERS] = "rosters came weekly",
	};

	return names[i];
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
	struct event e = s->heap[i];

	for (; i > 0 && before(&e, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = e;
	return &s->heap[i];
}

static struct event
pop(struct sim *s)
{
	struct event first = s->heap[0], last = s->heap[--s->n_events];
	size_t i = 0, next;

	for (; (next = 2 * i + 1) < s->n_events; i = next) {
		if (next + 1 < s->n_events && before(&s->heap[next + 1], &s->heap[next]))
			next++;
		if (before(&last, &s->heap[next]))
			break;
		s->heap[i] = s->heap[next];
	}
	s->heap[i] = last;
	return first;
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

	story_speaks(NULL);
	switch (e->kind) {
	case EV_TURN:
		if (n->ledger != NULL && n->turn_at == e->at)
			node_turn(n);
		break;
	case EV_CONNECT:
		wire_connect(e->what);
		break;
	case EV_REQUEST:
		wire_request(s, e->what, e->number, &e->bytes);
		wire_forget(e->what);
		break;
	case EV_REPLY:
		wire_reply(s, e->what, e->number, &e->bytes);
		wire_forget(e->what);
		break;
	case EV_DEADLINE:
		wire_deadline(e->what);
		wire_forget(e->what);
		break;
	case EV_DOWN:
		wire_down(e->what, "the other side is gone");
		break;
	case EV_ACT:
		e->act(s, e->what);
		break;
	case EV_CASE:
		if (!s->calm)
			e->act_case(s, e->what);
		break;
	}
}

void
sim_run_until(struct sim *s, int64_t end)
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

/* --- a seed --- */

/* All faults end; then everybody must come to agree, by itself. */
static void
settle(struct sim *s)
{
	char why[200] = "";
	int64_t end;

	script_calm(s);
	end = s->now + SETTLE_MS;
	sim_tell(s, "from here on nothing bad happens");
	while (!sim_failed(s)) {
		sim_run_until(s, s->now + LOOK_MS);
		if (sim_failed(s) || settled(s, why, sizeof why))
			return;
		if (s->now >= end)
			sim_fail(s, "%s, %lld hours after the last fault", why, (long long)(SETTLE_MS / SIM_HOUR));
	}
}

static void
free_session(struct session *x)
{
	while (x->asked != NULL) {
		struct asked *a = x->asked;

		x->asked = a->next;
		free(a);
	}
	free(x);
}

static void
tear_down(struct sim *s)
{
	for (unsigned i = 0; i < s->n_all; i++)
		node_stop(&s->nodes[i]);
	for (size_t i = 0; i < s->n_events; i++)
		yw_buf_release(&s->heap[i].bytes);
	free(s->heap);
	while (s->sessions != NULL) {
		struct session *x = s->sessions;

		s->sessions = x->next;
		free_session(x);
	}
	for (size_t i = 0; i < SIM_OLD_MESSAGES; i++)
		yw_buf_release(&s->old[i].bytes);
	cases_release(s);
	world_release(s);
}

bool
sim_run(const struct sim_options *o, struct sim_report *out)
{
	struct sim *s = sim_alloc(sizeof *s);

	*out = (struct sim_report) { 0 };
	s->o = *o;
	s->r = out;
	s->chance = o->seed * 0xd1342543de82ef95u + 1;	/* not the step of yw_test_next(): seeds share nothing */
	s->active_ms = o->peers != 0 ? SIM_HOUR : !o->province ? SIM_LIVELY_MS : o->hours != 0 ? o->hours * SIM_HOUR : 3 * SIM_DAY;
	verify_begin();
	check_watch(s);
	story_of(s);
	world_make(s);
	if (!sim_failed(s)) {
		story_cast(s);
		if (o->peers == 0)
			cases_draw(s);
		script_write(s);
	}
	sim_run_until(s, s->active_ms);
	if (!sim_failed(s))
		settle(s);
	if (!sim_failed(s))
		settle_end(s);
	if (!sim_failed(s) && o->peers == 0 && out->compared != SIM_FRESH_TIMES + 1)
		sim_fail(s, "%llu comparisons with a fresh replica, not %d", (unsigned long long)out->compared, SIM_FRESH_TIMES + 1);
	if (!sim_failed(s))
		cases_end(s);
	verify_end(s);
	out->nodes = s->n_nodes;
	out->virtual_ms = s->now;
	for (unsigned i = 0; i < s->n_all; i++)
		out->entries += world_has_log(s, &s->nodes[i]) ? s->nodes[i].truth.n : 0;
	for (unsigned i = 0; i < s->n_cases; i++)
		if (s->cases[i].happened > 0)
			for (unsigned k = 0; sim_cases[k] != NULL; k++)
				out->happened |= (uint64_t)(sim_cases[k] == s->cases[i].is) << k;
	tear_down(s);
	free(s);
	return out->failure[0] == '\0';
}
