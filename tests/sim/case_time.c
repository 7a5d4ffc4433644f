/*
 * case_time.c - clocks that step, lines that are down, everybody at once, and strangers.
 */
#include "record/wire.h"
#include "sim_int.h"

static int64_t
some_time(struct sim *s)
{
	return 12 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 14 * SIM_MINUTE);
}

/* --- who takes part --- */

#define AGREED_MS SIM_HOUR		/* so long after that, and after whatever else kept them from it */
#define LOOK_MS 5000

/* Is it there, and nothing else the matter with it? */
static bool
takes_part(const struct node *n)
{
	return n->ledger != NULL && !n->gone && !n->closed && !n->dishonest && !n->set_back;
}

/* c->of[i]: entries that node i had when all lines were up again. */
static bool
lacks(struct sim *s, const struct drawn *c, struct node *n, const struct node *owner)
{
	uint64_t had = c->of[owner->id];
	const struct yw_log *log;

	if (!takes_part(n) || !takes_part(owner))
		return false;
	log = world_log(s, n, owner);
	had = had < owner->truth.n ? had : owner->truth.n;	/* less, where its log is a next one now */
	return log == NULL || log->size < had;
}

/* Else c->who lacks something of c->other: whom it is asked of first the next time. */
static bool
all_agree(struct sim *s, struct drawn *c)
{
	if (c->who != NULL && c->other != NULL && lacks(s, c, c->who, c->other))
		return false;
	for (unsigned i = 0; i < s->n_nodes; i++)
		for (unsigned k = 0; k < s->n_nodes; k++)
			if (lacks(s, c, &s->nodes[k], &s->nodes[i])) {
				c->who = &s->nodes[k];
				c->other = &s->nodes[i];
				return false;
			}
	return true;
}

/* --- clocks --- */

#define CLOCK_STEPS 6

/* c->of[i]: one more than the entries that node i had when its clock first stepped. */
static void
step_clock(struct sim *s, struct drawn *c)
{
	struct node *n = &s->nodes[sim_random(s, s->n_nodes)];
	bool back = sim_percent(s, 50);

	sim_tell(s, "the clock of %s steps %s by a day", n->code.code, back ? "back" : "on");
	n->utc_skew_ms += back ? -SIM_DAY : SIM_DAY;
	n->stepped_at = s->now;
	if (c->of[n->id] == 0)
		c->of[n->id] = n->truth.n + 1;
}

/* Has it registered by such a clock? */
static bool
claims_other_days(const struct drawn *c, const struct node *n)
{
	return c->of[n->id] != 0 && n->truth.n >= c->of[n->id];
}

static void
clock_steps_calm(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (claims_other_days(c, &s->nodes[i]))
			cases_happened(s, c);
}

/* c->who: has a quorum signed for all that it registered?  Where one of it signs nothing any more, at least its owner has. */
static bool
is_signed(struct sim *s, struct drawn *c)
{
	const struct yw_log *own = c->who->ledger != NULL ? yw_ledger_own(c->who->ledger) : NULL;
	const struct yw_beat *last = own != NULL && own->n_beats > 0 ? &own->beats[own->n_beats - 1] : NULL;

	return last != NULL && last->size == c->who->truth.n && (last->quorum != YW_QUORUM_NOT_MET || s->mirror_stopped);
}

/* When its newest entry was made, as the entry itself claims: by how much is that wrong? */
static int64_t
claimed_ms(struct sim *s, struct node *n)
{
	struct yw_buf envelope = YW_BUF_INIT;
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_entry e;
	struct yw_view *v;
	int64_t off;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(s, n, &origin));
	if (yw_view_entry(v, log, log->size - 1, &envelope, NULL) != YW_OK ||
	    yw_entry_read(origin.text, yw_buf_bytes(&envelope), &e, NULL) != YW_OK)
		abort();
	off = e.signed_at_ms - (SIM_EPOCH_MS + s->now);
	yw_entry_release(&e);
	yw_view_close(v);
	yw_buf_release(&envelope);
	return off;
}

/* By whatever day it is there, it registers and claims that day, everybody gets it, and a quorum signs for it (R9). */
static void
clock_steps_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		c->who = &s->nodes[i];
		if (!claims_other_days(c, c->who) || !takes_part(c->who) || c->who->liar)
			continue;
		case_registers(s, c->who);
		if (!sim_failed(s) && llabs(claimed_ms(s, c->who) - c->who->utc_skew_ms) > SIM_DAY / 2)
			sim_fail(s, "the clock of %s was stepped, and what it registers claims another time", c->who->code.code);
		if (!cases_until(s, c, is_signed, SIM_HOUR))
			sim_fail(s, "the clock of %s was stepped, and no quorum signs for what it registers", c->who->code.code);
	}
}

static bool
clock_steps_begin(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < CLOCK_STEPS; i++)
		cases_at(s, some_time(s), step_clock, c);
	return true;
}

const struct sim_case case_clock_steps = {
	.name = "clock-steps",
	.what = "clocks step by a day, on or back",
	.holds = "nobody lacks anything, and every log has its quorum",
	.percent = 10, .in_province = 50,
	.begin = clock_steps_begin, .calm = clock_steps_calm, .end = clock_steps_end,
};

/* --- lines --- */

static void
cut_all(struct sim *s)
{
	for (unsigned i = 0; i < s->n_wires; i++) {
		struct wire *w = &s->wires[i];

		wire_part(w);
		if (w->session != NULL && w->session->alive)
			wire_down(w->session, "its line is cut");
	}
}

/* c->of[i]: entries of node i then. */
static void
month_begins(struct sim *s, struct drawn *c)
{
	sim_tell(s, "all lines are down, for a month");
	cut_all(s);
	for (unsigned i = 0; i < s->n_nodes; i++)
		c->of[i] = s->nodes[i].truth.n;
}

/* Has it registered something of which nobody else has heard? */
static bool
was_alone(struct sim *s, const struct drawn *c, const struct node *owner)
{
	bool alone = owner->truth.n > c->of[owner->id];

	for (unsigned i = 0; alone && i < s->n_nodes; i++) {
		const struct yw_log *log = &s->nodes[i] != owner ? world_log(s, &s->nodes[i], owner) : NULL;

		alone = log == NULL || log->size <= c->of[owner->id];
	}
	return alone;
}

/* The lines come up.  It was a month alone where most were. */
static void
month_calm(struct sim *s, struct drawn *c)
{
	unsigned alone = 0;

	for (unsigned i = 0; i < s->n_nodes; i++)
		alone += was_alone(s, c, &s->nodes[i]);
	for (unsigned i = 0; i < s->n_nodes; i++)
		c->of[i] = s->nodes[i].truth.n;
	if (2 * alone > s->n_nodes)
		cases_happened(s, c);
}

static void
month_end(struct sim *s, struct drawn *c)
{
	if (!cases_until(s, c, all_agree, AGREED_MS))
		sim_fail(s, "an hour after the lines are up %s has not what was registered of %s in that month", c->who->name, c->other->name);
}

static bool
month_begin(struct sim *s, struct drawn *c)
{
	s->active_ms = 31 * SIM_DAY;
	cases_at(s, SIM_LIVELY_MS, month_begins, c);
	return true;
}

const struct sim_case case_month = {
	.name = "month",
	.what = "all lines are down for a month, and everybody goes on registering",
	.holds = "everybody has everything some time after they are up again",
	.percent = 1,
	.begin = month_begin, .calm = month_calm, .end = month_end,
};

/* --- a laptop that was in a drawer --- */

static void
lines_are_up(struct sim *s, struct drawn *c)
{
	(void)c;
	sim_tell(s, "the lines are up again, for those who are there");
	for (unsigned i = 0; i < s->n_wires; i++)
		s->wires[i].parted = false;
}

/* c->of[i]: one more than the days that the laptop keeps of node i's log. */
static void
drawer_closes(struct sim *s, struct drawn *c)
{
	bool same;

	if (c->who->ledger == NULL) {
		cases_at(s, s->now + SIM_MINUTE, drawer_closes, c);
		return;
	}
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger != NULL)
			c->of[i] = 1 + settle_days(c->who, &s->nodes[i], &same);
	cut_all(s);
	node_crash_for(c->who, false, s->active_ms - s->now);
	c->since = s->now;
}

/* Are there days of that log which it has to catch up with? */
static bool
has_new_days(const struct drawn *c, struct node *owner)
{
	bool same;

	return owner != c->who && takes_part(owner) && owner->generation == 1 && c->of[owner->id] != 0 &&
	    settle_days(owner, owner, &same) >= c->of[owner->id];
}

static void
laptop_calm(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && c->since != 0; i++)
		if (has_new_days(c, &s->nodes[i]))
			cases_happened(s, c);
}

static bool
has_caught_up(struct sim *s, struct drawn *c)
{
	bool same;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *owner = &s->nodes[i];
		const struct yw_log *log = world_log(s, c->who, owner);

		c->other = owner;
		if (takes_part(owner) && (log == NULL || log->size < owner->truth.n))
			return false;
		if (has_new_days(c, owner) && !s->days_differ && (settle_days(c->who, owner, &same) < c->of[i] || !same))
			return false;
	}
	c->other = NULL;
	return true;
}

/* And it is one of them again: its lines are up, and what it registers is everywhere. */
static void
laptop_end(struct sim *s, struct drawn *c)
{
	case_lines_are_up(s, c->who);
	if (!cases_until(s, c, has_caught_up, AGREED_MS))
		sim_fail(s, "%s lay in a drawer for a month, and lacks entries or days of %s", c->who->code.code, c->other->code.code);
	else if (!sim_failed(s))
		case_registers(s, c->who);
}

static bool
laptop_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	s->active_ms = 31 * SIM_DAY;
	cases_at(s, SIM_LIVELY_MS, drawer_closes, c);
	cases_at(s, s->active_ms - 3 * SIM_HOUR, lines_are_up, c);
	return true;
}

const struct sim_case case_laptop = {
	.name = "laptop",
	.what = "lies switched off in a drawer for a month, and misses what the others have agreed on before it is back",
	.holds = "it has everything, with the first beats of the days that it missed, and everybody has what it registers",
	.percent = 1,
	.begin = laptop_begin, .calm = laptop_calm, .end = laptop_end,
};

/* --- everybody at once --- */

/* Does somebody who is there, and of whom nothing bad is known, wait for a line? */
static const struct wire *
down(struct sim *s, const struct node *of)
{
	for (unsigned i = 0; i < s->n_wires; i++) {
		const struct wire *w = &s->wires[i];
		const struct node *ends[] = { w->child, w->parent };
		bool there = of == NULL || w->child == of || w->parent == of;

		for (size_t k = 0; k < 2; k++)
			there = there && !ends[k]->liar && !ends[k]->gone && !ends[k]->past && !ends[k]->closed && ends[k]->ledger != NULL;
		if (there && (w->session == NULL || !w->session->alive))
			return w;
	}
	return NULL;
}

void
case_lines_are_up(struct sim *s, const struct node *of)
{
	int64_t end = s->now + SIM_HOUR;
	const struct wire *w;

	while ((w = down(s, of)) != NULL && s->now < end && !sim_failed(s))
		sim_run_until(s, s->now + 1000);
	if (w != NULL)
		sim_fail(s, "the line between %s and %s does not come back", w->child->code.code, w->parent->code.code);
}

/* c->number: when they agreed. */
static void
do_they_agree(struct sim *s, void *what)
{
	struct drawn *c = what;

	if (!all_agree(s, c)) {
		sim_act(s, s->now + LOOK_MS, do_they_agree, c);
		return;
	}
	c->number = (uint64_t)s->now;
	sim_tell(s, "%lld seconds after that everybody has what there was then", (long long)((s->now - c->since) / 1000));
}

static void
all_reconnect(struct sim *s, struct drawn *c)
{
	sim_tell(s, "all lines are up again at the same moment");
	for (unsigned i = 0; i < s->n_wires; i++) {
		s->wires[i].parted = false;
		wire_connect(&s->wires[i]);
	}
	for (unsigned i = 0; i < s->n_nodes; i++)
		c->of[i] = s->nodes[i].truth.n;
	c->since = s->now;
	do_they_agree(s, c);
	cases_happened(s, c);
}

static void
all_part(struct sim *s, struct drawn *c)
{
	sim_tell(s, "all lines are cut at the same moment");
	cut_all(s);
	cases_at(s, s->now + 2 * SIM_MINUTE, all_reconnect, c);
}

static bool
reconnect_begin(struct sim *s, struct drawn *c)
{
	/* With 109 nodes, once it is measured what they say when all are busy (script.c). */
	cases_at(s, s->o.province ? s->active_ms / 2 + 10 * SIM_MINUTE : some_time(s), all_part, c);
	return true;
}

static bool
have_agreed(struct sim *s, struct drawn *c)
{
	(void)s;
	return c->number != 0;
}

static void
reconnect_end(struct sim *s, struct drawn *c)
{
	int64_t by = c->since > s->active_ms ? c->since : s->active_ms;

	if (s->withheld_ms > 0 && by < s->withheld_ms + AGREED_MS)	/* who passed it on believes that it was heard: the next beat says it again (R4) */
		by = s->withheld_ms + AGREED_MS;
	by += AGREED_MS;
	case_lines_are_up(s, NULL);
	if (!cases_until(s, c, have_agreed, by - s->now) || (int64_t)c->number > by)
		sim_fail(s, "an hour after all faults have ended %s has not what there was of %s when all lines were up again",
		    c->who->name, c->other->name);
}

const struct sim_case case_reconnect = {
	.name = "reconnect",
	.what = "all nodes lose their lines at once, and come back in the same moment",
	.holds = "all lines are up again, and everybody has what there was within an hour",
	.percent = 10, .in_province = 100,
	.begin = reconnect_begin, .end = reconnect_end,
};

/* --- a stranger floods --- */

#define SHOUTS 60
#define CODES 5			/* of them it invents so many */

static void
invented_request(struct sim *s, struct node *victim, const struct yw_jurisdiction *code, struct yw_key_set *keys,
    struct yw_buf *out)
{
	struct yw_request r = { .network = s->network.hash, .code = *code, .generation = 1, .issuer = victim->code };
	struct yw_buf request = YW_BUF_INIT;
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__JoinRequest join = YIWANG__V1__JOIN_REQUEST__INIT;
	struct yw_seed seed;
	struct yw_error err;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, keys);
	if (yw_request_make(&r, keys, NULL, &request, &err) != YW_OK)
		sim_fail(s, "a stranger has no request: %s", err.msg);
	join.signed_request = (ProtobufCBinaryData) { request.len, request.data };
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN;
	q.join = &join;
	if (yw_wire_pack(&q.base, out, &err) != YW_OK)
		sim_fail(s, "a stranger is speechless: %s", err.msg);
	yw_buf_release(&request);
}

/* A log nobody delegated, with a head that its inventor signed, and wants for what others have. */
static void
invented_news(struct sim *s, const struct yw_jurisdiction *code, const struct yw_key_set *keys, struct yw_buf *out)
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__LogNews news = YIWANG__V1__LOG_NEWS__INIT, *list[1] = { &news };
	struct yw_checkpoint c = { .size = 1 + sim_random(s, 100000) };
	struct yw_origin origin;
	struct yw_buf head = YW_BUF_INIT;
	struct yw_error err;

	if (yw_origin_make("sim.example", code, 1, &origin) != YW_OK)
		abort();
	memcpy(c.origin, origin.text, sizeof c.origin);
	sim_fill(s, &c.root, sizeof c.root);
	if (yw_head_sign(&c, &keys->head, &keys->pub.head, &head, &err) != YW_OK)
		sim_fail(s, "a stranger has no head: %s", err.msg);
	news.origin = origin.text;
	news.verified = news.held = c.size;
	news.head = (ProtobufCBinaryData) { head.len, head.data };
	e.logs = list;
	e.n_logs = 1;
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	q.exchange = &e;
	if (yw_wire_pack(&q.base, out, &err) != YW_OK)
		sim_fail(s, "a stranger is speechless: %s", err.msg);
	yw_buf_release(&head);
}

static void
shout(struct sim *s, struct drawn *c)
{
	struct node *victim = &s->nodes[0];
	struct yw_buf request = YW_BUF_INIT;
	struct yw_jurisdiction code;
	struct yw_key_set keys;
	char text[YW_CODE_DIGITS + 1];

	if (victim->ledger == NULL || victim->truth.n == 0)
		return;
	snprintf(text, sizeof text, "3299%02u", 1 + (unsigned)sim_random(s, CODES));
	if (yw_jurisdiction_parse(text, YW_CODE_DIGITS, &code) != YW_OK)
		abort();
	invented_request(s, victim, &code, &keys, &request);
	if (sim_percent(s, 50)) {
		yw_buf_clear(&request);
		invented_news(s, &code, &keys, &request);
	}
	wire_shout(c->wire, &keys.pub.session, &request);
	cases_happened(s, c);
}

static bool
flood_begin(struct sim *s, struct drawn *c)
{
	struct yw_jurisdiction code;
	int64_t at = some_time(s);

	if (yw_jurisdiction_parse("329900", YW_CODE_DIGITS, &code) != YW_OK)
		abort();
	c->other = world_guest(s, &code);
	c->wire = c->other != NULL ? world_wire(s, c->other, &s->nodes[0]) : NULL;
	if (c->wire == NULL)
		return false;
	c->other->liar = c->other->gone = true;
	for (unsigned i = 0; i < SHOUTS; i++)
		cases_at(s, at + (int64_t)sim_random(s, 2 * SIM_MINUTE), shout, c);
	return true;
}

/* T14: one pending request per code, and no log of it. */
static void
flood_end(struct sim *s, struct drawn *c)
{
	struct yw_pending_join pending[64];
	size_t n = yw_exchange_pending(s->nodes[0].x, pending, 64);

	(void)c;
	if (n > CODES)
		sim_fail(s, "%s keeps %zu requests of a stranger with %d codes", s->nodes[0].code.code, n, CODES);
	if (yw_ledger_count(s->nodes[0].ledger) > s->n_nodes + s->n_past + 1)
		sim_fail(s, "%s keeps logs that nobody delegated", s->nodes[0].code.code);
}

const struct sim_case case_flood = {
	.name = "flood",
	.what = "a stranger floods the province with invented logs and requests",
	.holds = "it keeps one request per code, none of the logs, and nobody noticed",
	.percent = 10, .in_province = 50,
	.begin = flood_begin, .end = flood_end,
};
