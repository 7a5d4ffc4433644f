/*
 * case_bodies.c - bodies that are gone for good, and what their owner does about it (V6, R5).
 */
#include "sim_int.h"

#define TICK_MS 10000
#define LOST_ID "%s/demand/lost"

/*
 * c->who loses its whole disk, guard and all, right after it has registered a record whose body only c->other got, which keeps
 * it to itself.  All else comes back from the network.  Then it declares lost what it lacks.
 *
 * c->since: when the record was registered; c->number: its entry; c->of[0]: the entry that declares it lost.
 */

static void
lost_id(const struct drawn *c, char out[static YW_ID_MAX + 1])
{
	snprintf(out, YW_ID_MAX + 1, LOST_ID, c->who->code.code);
}

static bool
shows(struct node *n, const char *id, struct yw_item *item)
{
	struct yw_view *v;
	enum yw_code code;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	code = yw_view_current(v, id, item, NULL);
	yw_view_close(v);
	return code == YW_OK;
}

/* --- the body stays where it is --- */

static bool
is_lost_one(const struct drawn *c, const ProtobufCBinaryData *body)
{
	char id[YW_ID_MAX + 1];

	lost_id(c, id);
	return memmem(body->data, body->len, id, strlen(id)) != NULL;
}

static bool
drop_from(const struct drawn *c, Yiwang__V1__Body **list, size_t *n)
{
	size_t before = *n;

	for (size_t i = *n; i-- > 0;)
		if (!list[i]->not_held && is_lost_one(c, &list[i]->bytes))
			surgery_drop_body(list, n, i);
	return *n != before;
}

/* Who lacks the body can give no receipt on a beat between it and the entry that declares it lost (R5); but whoever has its keys. */
static void
check_receipts(struct sim *s, const struct drawn *c, struct node *n)
{
	bool lacks_it = n != c->who && n != c->other && n->main != c->other && n->twin != c->other;
	const struct yw_log *log = c->of[0] != 0 && lacks_it && !n->robbed ? world_log(s, n, c->who) : NULL;

	for (size_t i = 0; log != NULL && i < log->n_beats; i++)
		if (log->beats[i].mine && log->beats[i].size > c->number && log->beats[i].size <= c->of[0])
			sim_fail(s, "%s gave a receipt for %llu entries of %s, and lacks a body that only a later one declares lost",
			    n->code.code, (unsigned long long)log->beats[i].size, c->who->code.code);
}

static bool
keep_to_itself(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;
	bool changed;

	check_receipts(s, c, from);
	if (c->since == 0 || (c->over && c->of[0] == 0) || (from == c->who && to == c->other) || !surgery_open(&g, is_request, b))
		return true;
	changed = drop_from(c, g.e->bodies, &g.e->n_bodies);
	for (size_t i = 0; i < g.e->n_packages; i++)
		changed |= drop_from(c, g.e->packages[i]->bodies, &g.e->packages[i]->n_bodies);
	surgery_close(&g, changed ? b : NULL);
	return true;
}

/* --- its owner --- */

/* Whole, with nothing in the open turn, and everybody at hand was asked for what it lacks. */
static bool
may_declare(struct node *n)
{
	struct yw_error why;

	return n->ledger != NULL && n->n_records == 0 && yw_ledger_state(n->ledger, &why) == YW_LEDGER_APPENDING &&
	    yw_ledger_own(n->ledger)->size >= n->truth.n && yw_exchange_asked_all(n->x);
}

/* False: not now. */
static bool
say_lost(struct sim *s, struct drawn *c)
{
	struct yw_lack lacks[YW_ITEMS_MAX];
	struct node *n = c->who;
	struct yw_error why;
	size_t k;

	if (!may_declare(n))
		return false;
	if (yw_ledger_lacks(n->ledger, lacks, YW_ITEMS_MAX, &k, &why) != YW_OK)
		abort();
	c->over = k == 0 && c->of[0] != 0;	/* it stands in its log */
	if (k == 0 || k == YW_ITEMS_MAX)
		return false;
	if (yw_ledger_declare_lost(n->ledger, k, &why) != YW_OK) {
		sim_fail(s, "%s cannot declare lost what it lacks: %s", n->code.code, why.msg);
		return false;
	}
	sim_tell(s, "%s declares %zu bodies lost", n->code.code, k);
	c->of[0] = yw_ledger_own(n->ledger)->size - 1;
	cases_happened(s, c);
	node_poke(n, s->now);
	return true;
}

/* Until nothing is left to say: the power may go before it is said. */
static void
declare(struct sim *s, struct drawn *c)
{
	(void)say_lost(s, c);
	if (!c->over)
		cases_at(s, s->now + TICK_MS, declare, c);
}

static void
disk_goes(struct sim *s, struct drawn *c)
{
	struct yw_log *log = world_log(s, c->other, c->who);
	char id[YW_ID_MAX + 1];
	struct yw_item item;

	lost_id(c, id);
	if (c->who->ledger == NULL || c->who->n_records > 0 || log == NULL || log->size < c->who->truth.n ||
	    !shows(c->other, id, &item) || !shows(c->who, id, &item)) {
		cases_soon(s, c, disk_goes);
		return;
	}
	c->number = item.index;
	sim_tell(s, "the disk of %s is lost; %s alone has a body of it", c->who->code.code, c->other->code.code);
	c->who->set_back = true;
	node_crash_for(c->who, true, SIM_MINUTE);
	yw_store_close(c->who->store);
	c->who->store = disk_new();
	memset(c->who->guard, 0xff, sizeof c->who->guard);
	cases_at(s, s->now + 2 * SIM_MINUTE, declare, c);
}

static void
is_registered(struct sim *s, struct drawn *c)
{
	static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };
	char id[YW_ID_MAX + 1];

	lost_id(c, id);
	if (!world_all_in(s) || !node_append(c->who, id, &unconditional)) {
		cases_soon(s, c, is_registered);
		return;
	}
	c->since = s->now;
	cases_soon(s, c, disk_goes);
}

static bool
begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	for (unsigned i = 0; c->who != NULL && i < s->n_wires; i++)
		if (s->wires[i].child == c->who)
			c->other = s->wires[i].parent;
	if (c->other == NULL)
		return false;
	c->who->prudent = true;
	cases_at(s, 12 * SIM_MINUTE, is_registered, c);
	return true;
}

/* Where there was no time for it the body goes on its way, as if nothing had been. */
static void
calm(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over |= c->of[0] == 0;
}

/* --- in the end --- */

static void
check_copy(struct sim *s, struct drawn *c, struct node *n)
{
	const struct yw_log *log = world_log(s, n, c->who);
	char id[YW_ID_MAX + 1];
	struct yw_item item;

	lost_id(c, id);
	if (log == NULL || log->size <= c->of[0])
		sim_fail(s, "%s has not heard what %s declared lost", n->code.code, c->who->code.code);
	else if (log->receipts_to != log->size)		/* bodies for few may still be on their way */
		sim_fail(s, "%s gives receipts on the log of %s up to %llu of %llu, though what is lost was declared so", n->code.code,
		    c->who->code.code, (unsigned long long)log->receipts_to, (unsigned long long)log->size);
	else if (shows(n, id, &item))
		sim_fail(s, "%s shows a record of %s whose body was declared lost", n->code.code, c->who->code.code);
}

static void
end(struct sim *s, struct drawn *c)
{
	if (say_lost(s, c))
		sim_run_until(s, s->now + 2 * SIM_MINUTE);
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++)
		if (s->nodes[i].ledger != NULL && !s->nodes[i].closed)
			check_copy(s, c, &s->nodes[i]);
}

const struct sim_case case_declared_lost = {
	.name = "declared-lost",
	.what = "loses its disk, gets its log back from the network but for a body, and declares it lost",
	.holds = "receipts go past it, and nobody shows the record, who has the body neither",
	.percent = 10,
	.begin = begin, .carry = keep_to_itself, .calm = calm, .end = end,
};

/* --- a record that must go --- */

/*
 * c->who registers a record and erases it, as its node is whole; a crash may take the erasure back, and then it is said again.
 *
 * c->number: the record's entry; c->of[0]: the entry that erases it; c->over: that stands in its log.
 */
#define ERASED_ID "%s/demand/erased"

static void
erased_id(const struct drawn *c, char out[static YW_ID_MAX + 1])
{
	snprintf(out, YW_ID_MAX + 1, ERASED_ID, c->who->code.code);
}

static enum yw_code
erase(struct node *n, const char *id, struct yw_error *why)
{
	struct yw_own_place places[8];
	struct yw_erasure_draft d = { .id = id, .reason = "asked for", .basis = "the law", .places = places };
	struct yw_view *v;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK || yw_view_places_of(v, id, places, 8, &d.n, NULL) != YW_OK || d.n > 8)
		abort();
	yw_view_close(v);
	return yw_ledger_erase(n->ledger, &d, why);
}

/* False: not now, or it stands already. */
static bool
say_erased(struct sim *s, struct drawn *c)
{
	struct node *n = c->who;
	char id[YW_ID_MAX + 1];
	struct yw_item item;
	struct yw_error why;
	enum yw_code code;

	erased_id(c, id);
	if (n->ledger == NULL || n->n_records > 0 || yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING ||
	    yw_ledger_own(n->ledger)->size < n->truth.n || !shows(n, id, &item))
		return false;
	c->over = item.erased;
	if (item.erased)
		return false;
	c->number = item.index;
	code = erase(n, id, &why);
	if (code == YW_EINVAL)		/* a body of its own is still on its way back to it */
		return false;
	if (code != YW_OK) {
		sim_fail(s, "%s cannot erase what it registered: %s", n->code.code, why.msg);
		return false;
	}
	sim_tell(s, "%s erases entry %llu", n->code.code, (unsigned long long)c->number);
	c->of[0] = yw_ledger_own(n->ledger)->size - 1;
	cases_happened(s, c);
	node_poke(n, s->now);
	return true;
}

static void
erases(struct sim *s, struct drawn *c)
{
	(void)say_erased(s, c);
	if (!c->over)
		cases_at(s, s->now + TICK_MS, erases, c);
}

static void
to_be_erased(struct sim *s, struct drawn *c)
{
	static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };
	char id[YW_ID_MAX + 1];

	erased_id(c, id);
	if (!world_all_in(s) || !node_append(c->who, id, &unconditional)) {
		cases_soon(s, c, to_be_erased);
		return;
	}
	cases_at(s, cases_time(s), erases, c);
}

static bool
erased_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, 12 * SIM_MINUTE, to_be_erased, c);
	return true;
}

static void
check_erased(struct sim *s, struct drawn *c, struct node *n)
{
	const struct yw_log *log = world_log(s, n, c->who);
	struct yw_buf body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];
	struct yw_item item;
	struct yw_view *v;

	erased_id(c, id);
	if (log == NULL || log->size <= c->of[0]) {
		sim_fail(s, "%s has not heard what %s erased", n->code.code, c->who->code.code);
		return;
	}
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	if (yw_view_body(v, yw_view_log(v, log->origin.text), c->number, 0, &body, NULL) == YW_OK)
		sim_fail(s, "%s has the body of a record that %s erased", n->code.code, c->who->code.code);
	else if (!shows(n, id, &item) || !item.erased)
		sim_fail(s, "%s does not show as erased what %s erased", n->code.code, c->who->code.code);
	yw_buf_release(&body);
	yw_view_close(v);
}

static void
erased_end(struct sim *s, struct drawn *c)
{
	if (say_erased(s, c))
		sim_run_until(s, s->now + 2 * SIM_MINUTE);
	for (unsigned i = 0; i < s->n_nodes && c->of[0] != 0 && !sim_failed(s); i++)
		if (s->nodes[i].ledger != NULL && !s->nodes[i].closed && !s->nodes[i].dishonest)
			check_erased(s, c, &s->nodes[i]);
}

const struct sim_case case_erased = {
	.name = "erased",
	.what = "erases a record",
	.holds = "nobody has its body, and its id reads erased",
	.percent = 15,
	.begin = erased_begin, .end = erased_end,
};
