/*
 * case_hours.c - offices that are closed at night: the machines of most counties are switched off in the evening, and in
 * the morning they are all there again within minutes.
 *
 * It is another start of the machine (L3), so whoever was off asks whether its disk is an old copy, dozens at once, and
 * no person clears anybody; it is another instance (L5), and the one before has said nothing for hours.  Whom another
 * case has claimed stays on, as well as who has nobody but a liar to hear from, and whose log ends, or has ended.
 */
#include "sim_int.h"

#define EVENING_MS (18 * SIM_HOUR)
#define GOING_MS (30 * SIM_MINUTE)	/* within so long they are switched off, */
#define MORNING_MS (8 * SIM_HOUR + 30 * SIM_MINUTE)
#define COMING_MS (5 * SIM_MINUTE)	/* and on again */
#define CAUGHT_UP_MS (10 * SIM_MINUTE)	/* so long after the last of them, or after whatever else kept them from it */
#define LOOK_MS 5000
#define LEAST 70		/* percent of the counties that can, and somewhat more: well over half of all */
#define MORE 20
#define DAYS_MS (3 * SIM_DAY)	/* of a small world, which has no nights else */
/* R8: what a link carries in a morning, on average of its seconds; whatever the number of those that come.  By measure: up to
 * 1.2 messages and 4,600 bytes, where all logs are busy it is some 10 and 25,000. */
#define MESSAGES_MAX 2.0
#define BYTES_MAX 8192.0

/* --- who takes part --- */

/* Is nothing else the matter with it, or about to happen to it? */
static bool
is_sound(const struct node *n)
{
	return !n->gone && !n->late && !n->closed && n->ends == 0 && n->generation == 1 && !n->dishonest && !n->set_back;
}

/* Whoever stays on and holds most: the first node, if it is there. */
static struct node *
stayed_on(struct sim *s)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger != NULL && s->nodes[i].night == ITS_DAY && is_sound(&s->nodes[i]))
			return &s->nodes[i];
	return NULL;
}

static bool
hears_liars(struct sim *s, const struct node *n)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].child == n && s->wires[i].parent->liar)
			return true;
	return false;
}

static bool
is_county(const struct node *n)
{
	return strcmp(n->code.code + YW_CODE_DIGITS - 2, "00") != 0;
}

static bool
can_keep_hours(struct sim *s, const struct node *n)
{
	return is_county(n) && is_sound(n) && !world_claimed(s, n) && !hears_liars(s, n);
}

/* --- the evening --- */

static void
goes_home(struct sim *s, void *what)
{
	struct node *n = what;
	struct yw_error why;

	if (s->calm || n->ledger == NULL || n->n_records > 0 || n->rotates || n->waits || !can_keep_hours(s, n) ||
	    yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING)
		return;
	sim_tell(s, "%s is switched off for the night", n->code.code);
	node_stop(n);
	n->power_ons++;
	n->night = OFF;
}

static void morning(struct sim *s, struct drawn *c);

/* Not while somebody is waited for still: then they work through the night. */
static void
evening(struct sim *s, struct drawn *c)
{
	cases_at(s, s->now + SIM_DAY, evening, c);
	if (c->number != 0)
		return;
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].keeps_hours)
			sim_act(s, s->now + (int64_t)sim_random(s, GOING_MS), goes_home, &s->nodes[i]);
	cases_at(s, s->now - EVENING_MS + SIM_DAY + MORNING_MS, morning, c);
}

/* --- the morning --- */

static void
comes(struct sim *s, void *what)
{
	struct node *n = what;

	(void)s;
	n->night = CAME;
	node_start(n);
}

/* Is something else the matter: bad weather, a line that is cut, a node that has crashed? */
static bool
is_disturbed(struct sim *s)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].parted && is_sound(s->wires[i].child))
			return true;
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger == NULL && s->nodes[i].night != OFF && is_sound(&s->nodes[i]))
			return true;
	return s->loss > 0;
}

/* c->of[i]: entries of node i's log that there were when the first one came.  Of restricted bodies those that it may have. */
static bool
has_all(struct sim *s, const struct drawn *c, struct node *n, char *why, size_t len)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *owner = &s->nodes[i];
		const struct yw_log *log = world_log(s, n, owner);

		if (!is_sound(owner) || (c->of[i] == 0 && log == NULL))
			continue;
		if (log != NULL && log->size >= c->of[i] && log->held >= c->of[i])
			continue;
		snprintf(why, len, "has %llu of %llu entries of %s, and all bodies that it may have of the first %llu",
		    (unsigned long long)(log != NULL ? log->size : 0), (unsigned long long)c->of[i], owner->code.code,
		    (unsigned long long)(log != NULL ? log->held : 0));
		return false;
	}
	return true;
}

/* Is it on, cleared by others (else it would not append), and does it hold what those hold that stayed on? */
static bool
is_back(struct sim *s, const struct drawn *c, struct node *n, char *why, size_t len)
{
	enum yw_ledger_mode mode;
	struct yw_error state;

	if (n->ledger == NULL) {
		snprintf(why, len, "is off");
		return false;
	}
	mode = yw_ledger_state(n->ledger, &state);
	if (mode == YW_LEDGER_TWO)
		sim_fail(s, "L5: %s was off at night, and is taken for two machines in the morning: %s", n->code.code,
		    state.msg);
	if (mode != YW_LEDGER_APPENDING) {
		snprintf(why, len, "does not append (L3): %s", state.msg);
		return false;
	}
	return has_all(s, c, n, why, len);
}

static struct node *
not_back(struct sim *s, const struct drawn *c, char *why, size_t len)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].night != ITS_DAY && is_sound(&s->nodes[i]) && !is_back(s, c, &s->nodes[i], why, len))
			return &s->nodes[i];
	return NULL;
}

static void
compare_digests(struct sim *s, struct node *on)
{
	struct yw_view *there, *v;

	if (yw_view_open(on->ledger, &there, NULL) != YW_OK)
		abort();
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		if (s->nodes[i].night != CAME || s->nodes[i].ledger == NULL || !is_sound(&s->nodes[i]))
			continue;
		if (yw_view_open(s->nodes[i].ledger, &v, NULL) != YW_OK)
			abort();
		alike_digests(s, there, on->name, v, s->nodes[i].name, false);
		yw_view_close(v);
	}
	yw_view_close(there);
}

static void
judge_load(struct sim *s, const struct drawn *c)
{
	double seconds = (double)(s->now - (int64_t)c->number) / 1000, messages = 0, bytes = 0;

	for (unsigned i = 0; i < s->n_wires; i++) {
		const struct wire *w = &s->wires[i];

		messages = (double)w->messages > messages ? (double)w->messages : messages;
		bytes = (double)w->bytes > bytes ? (double)w->bytes : bytes;
		if ((double)w->messages > MESSAGES_MAX * seconds || (double)w->bytes > BYTES_MAX * seconds)
			sim_fail(s, "R8: the link between %s and %s carries %.2f messages and %.0f bytes a second in the morning",
			    w->child->code.code, w->parent->code.code, (double)w->messages / seconds, (double)w->bytes / seconds);
	}
	sim_tell(s, "in these %.0f seconds a link has carried at most %.2f messages and %.0f bytes a second", seconds,
	    messages / seconds, bytes / seconds);
}

/* Of a province it comes to pass where they were many. */
static void
all_are_back(struct sim *s, struct drawn *c, struct node *on)
{
	unsigned came = 0;

	compare_digests(s, on);
	judge_load(s, c);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		came += s->nodes[i].night == CAME;
		s->nodes[i].night = ITS_DAY;
	}
	sim_tell(s, "%lld seconds after the last one, or whatever else was the matter, all %u that were off are back",
	    (long long)((s->now - c->since) / 1000), came);
	c->number = 0;
	if (!s->o.province || 3 * came >= s->n_nodes)
		cases_happened(s, c);
}

static void
are_they_back(struct sim *s, void *what)
{
	struct drawn *c = what;
	struct node *on = stayed_on(s), *n = NULL;
	char why[300] = "";

	if (on == NULL || (is_disturbed(s) && s->now > c->since))
		c->since = s->now > c->since ? s->now : c->since;
	else
		n = not_back(s, c, why, sizeof why);
	if (on != NULL && n == NULL && s->now > c->since)
		all_are_back(s, c, on);
	else if (s->now > c->since + CAUGHT_UP_MS)
		sim_fail(s, "ten minutes after the last machine was switched on in the morning %s %s", n->code.code, why);
	else
		sim_act(s, s->now + LOOK_MS, are_they_back, c);
}

/* c->number: when it began, and 0 once all are back; c->since: when the last one comes, or something else was the matter. */
static void
morning(struct sim *s, struct drawn *c)
{
	struct node *on = stayed_on(s);

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		const struct yw_log *log = on != NULL ? world_log(s, on, n) : NULL;
		int64_t at = s->now + (int64_t)sim_random(s, COMING_MS);

		c->of[i] = log != NULL ? log->size : 0;
		if (n->night != OFF)
			continue;
		sim_act(s, at, comes, n);
		c->number = (uint64_t)s->now;
		c->since = at > c->since ? at : c->since;
	}
	for (unsigned i = 0; i < s->n_wires; i++)
		s->wires[i].messages = s->wires[i].bytes = 0;
	if (c->number != 0)
		are_they_back(s, c);
}

/* --- the case --- */

/* The last night is a short one. */
static void
hours_calm(struct sim *s, struct drawn *c)
{
	if (c->number == 0)
		morning(s, c);
}

static bool
all_back(struct sim *s, struct drawn *c)
{
	(void)s;
	return c->number == 0;
}

static void
hours_end(struct sim *s, struct drawn *c)
{
	if (!cases_until(s, c, all_back, COMING_MS + 2 * CAUGHT_UP_MS))
		sim_fail(s, "nobody has looked whether all that were off are back");
}

/* Who is switched off appends nothing uncleared; all others say in which boot they are, so that they can be cleared too, and
 * clear those below them. */
static bool
hours_begin(struct sim *s, struct drawn *c)
{
	unsigned percent = LEAST + (unsigned)sim_random(s, MORE), n = 0, counties = 0;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		s->nodes[i].keeps_hours = can_keep_hours(s, &s->nodes[i]) && sim_percent(s, percent);
		s->nodes[i].prudent |= s->nodes[i].keeps_hours;
		s->nodes[i].names_boots = true;
		n += s->nodes[i].keeps_hours;
		counties += is_county(&s->nodes[i]);
	}
	if (!s->o.province)
		s->active_ms = DAYS_MS;
	if (n == 0 || (s->o.province && 2 * n < counties) || s->active_ms <= EVENING_MS + GOING_MS)
		return false;
	cases_at(s, EVENING_MS, evening, c);
	return true;
}

const struct sim_case case_office_hours = {
	.name = "office-hours",
	.what = "most counties' machines are switched off in the evening, and in the morning all are on again within minutes",
	.holds = "each morning they soon have what the others have, and append, since others have cleared them",
	.in_province = 90,
	.begin = hours_begin, .calm = hours_calm, .end = hours_end,
};
