/*
 * case_next.c - what comes after the end of a log: two machines that both go on with it, a county that was merged into its
 * city, the counties of a city that is closed (T3, T8, T10, T14).
 */
#include "sim_int.h"

#define TRY_MS 20000

static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };

static enum yw_ledger_mode
mode_of(struct node *n)
{
	struct yw_error why;

	return n->ledger != NULL ? yw_ledger_state(n->ledger, &why) : YW_LEDGER_FAILED;
}

/* --- two machines open the next log --- */

/*
 * c->other is a county of c->who, closed in good order; its machine was copied before anybody asked for a next log.  Which of
 * the two is granted does not matter, so it is c->other; the copy is a guest, node c->number.  c->since: both are kept since
 * then.  All of it goes on to its end, whatever else ends before.
 */

static struct node *
copy_of(struct sim *s, const struct drawn *c)
{
	return &s->nodes[c->number];
}

static void
both_register(struct sim *s, void *what)
{
	struct drawn *c = what;

	if (mode_of(copy_of(s, c)) != YW_LEDGER_APPENDING)
		return;
	node_register(c->other, 1, false);
	node_register(copy_of(s, c), 1 + (unsigned)sim_random(s, 3), true);
	sim_act(s, s->now + 1000 + (int64_t)sim_random(s, TRY_MS), both_register, c);
}

/* Granted in good faith, to somebody on the telephone: the second counts for nothing (T3). */
static void
grant_copy_too(struct sim *s, void *what)
{
	struct drawn *c = what;

	if (forge_delegation(c->who, yw_buf_bytes(&copy_of(s, c)->request)))
		sim_tell(s, "%s grants the copy's request as well", c->who->code.code);
	else
		sim_act(s, s->now + TRY_MS, grant_copy_too, c);
}

/* Again where it was lost with the power. */
static void
grant(struct sim *s, void *what)
{
	struct drawn *c = what;
	const struct yw_generation *g = NULL;
	struct yw_origin origin;
	struct yw_error err;

	if (c->who->ledger != NULL)
		g = yw_trust_origin(yw_ledger_trust(c->who->ledger), world_origin(s, c->other, &origin));
	if (g != NULL && g->delegation.index < c->who->truth.n) {
		if (sim_percent(s, 50))
			grant_copy_too(s, c);
		return;
	}
	if (g == NULL && c->who->ledger != NULL && yw_ledger_admit(c->who->ledger, yw_buf_bytes(&c->other->request), &err) == YW_OK)
		node_poke(c->who, s->now);
	sim_act(s, s->now + TRY_MS, grant, c);
}

/* T14: until it is settled a neighbour keeps both. */
static void
look_at_both(struct sim *s, void *what)
{
	struct drawn *c = what;
	size_t n = c->who->ledger != NULL ? yw_ledger_n_kept(c->who->ledger) : 0;

	if (n > 2)
		sim_fail(s, "%s keeps %zu copies of the next log of %s", c->who->code.code, n, c->other->code.code);
	if (n == 2 && c->since == 0) {
		c->since = s->now;
		cases_happened(s, c);
	}
	if (c->since != 0 && s->now - c->since >= SIM_MINUTE)
		grant(s, c);
	else
		sim_act(s, s->now + 1000, look_at_both, c);
}

static void
copy_starts(struct sim *s, void *what)
{
	struct drawn *c = what;

	node_start(copy_of(s, c));
	both_register(s, c);
	look_at_both(s, c);
}

static void
both_ask(struct sim *s, void *what)
{
	struct drawn *c = what;
	struct node *n = c->other, *copy;
	unsigned n_wires = s->n_wires;

	if (!next_closed(s, n) || mode_of(n) != YW_LEDGER_CLOSED || n->n_records > 0) {
		sim_act(s, s->now + TRY_MS, both_ask, c);
		return;
	}
	copy = case_twin(s, n);
	if (copy == NULL)
		return;
	n->twin = NULL;			/* of the log before there is one branch, and both keep to the rules */
	n->liar = n->dishonest = copy->liar = false;
	copy->set_back = true;		/* what it says of its next log is nobody's log in the end */
	c->number = copy->id;
	sim_tell(s, "the machine of %s is copied, and both ask for its next log", n->code.code);
	n->waits = true;		/* for grant() */
	n->next_log = (struct next) { .closing = n->next_log.closing, .issuer = c->who->code };
	if (!next_begin(s, n))
		return;
	next_of_copy(s, copy);
	for (unsigned i = 0; i < n_wires; i++)
		if (s->wires[i].child == n)
			world_wire(s, copy, s->wires[i].parent);
	sim_act(s, s->now + (int64_t)sim_random(s, TRY_MS), copy_starts, c);
}

static void
county_ends(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it moves to another machine" };

	if (world_all_in(s) && next_close(s, c->other, &d))
		sim_act(s, s->now + TRY_MS, both_ask, c);
	else
		cases_again(s, c, county_ends);
}

static bool
two_next_begin(struct sim *s, struct drawn *c)
{
	if (!case_pick_pair(s, &c->who, &c->other))
		return false;
	cases_at(s, cases_time(s), county_ends, c);
	return true;
}

/* Everybody knows the one that was granted, the other has stopped, and no copies are kept any more. */
static bool
is_settled(struct sim *s, struct drawn *c)
{
	bool all = case_is_known(s, c->other) && mode_of(copy_of(s, c)) == YW_LEDGER_VOIDED &&
	    mode_of(c->other) == YW_LEDGER_APPENDING;

	for (unsigned i = 0; i < s->n_nodes; i++)
		all = all && (s->nodes[i].ledger == NULL || yw_ledger_n_kept(s->nodes[i].ledger) == 0);
	return all;
}

static bool
count(void *arg, const struct yw_lost_item *item)
{
	(void)item;
	(*(size_t *)arg)++;
	return true;
}

/* What the copy had acknowledged is listed there, to be put again where it counts. */
static void
check_listed(struct sim *s, struct drawn *c)
{
	struct node *copy = copy_of(s, c);
	size_t listed = 0, acknowledged = 0;
	struct yw_origin origin;
	struct yw_view *v;

	for (size_t i = 0; i < copy->truth.n; i++)
		acknowledged += copy->truth.facts[i].n_items;
	if (yw_view_open(copy->ledger, &v, NULL) != YW_OK)
		abort();
	if (yw_view_lost(v, yw_view_log(v, world_origin(s, copy, &origin)), count, &listed, NULL) != YW_OK || listed != acknowledged)
		sim_fail(s, "%s acknowledged %zu records in a log that came to nothing, and lists %zu of them", copy->name, acknowledged,
		    listed);
	yw_view_close(v);
}

static void
two_next_end(struct sim *s, struct drawn *c)
{
	if (!cases_until(s, c, is_settled, 2 * SIM_HOUR)) {
		sim_fail(s, "two machines went on with the log of %s, and it is not settled which", c->other->code.code);
		return;
	}
	case_owner_goes_on(s, c->other, false);
	check_listed(s, c);
	case_registers(s, c->other);
}

const struct sim_case case_two_next = {
	.name = "two-next",
	.what = "ends a county's log; its machine is copied, and both go on with a next log, which both register in",
	.holds = "all have taken the one that was granted first; the other machine has stopped, and lists what it had acknowledged",
	.percent = 6,
	.begin = two_next_begin, .end = two_next_end,
};

/* --- a county is merged into its city --- */

/*
 * The city registers a record in the place of one of the county's, before or after the closing that names it the successor;
 * so does the province, which is no successor.  c->of[0]: the closing came first.
 */

static void
merged_id(const struct node *n, char out[static YW_ID_MAX + 1])
{
	snprintf(out, YW_ID_MAX + 1, "%s/demand/merged", n->code.code);
}

static bool
has_committed(struct node *n, const char *id)
{
	struct yw_item item;
	struct yw_view *v;
	bool has;

	if (n->ledger == NULL)
		return false;
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	has = yw_view_current(v, id, &item, NULL) == YW_OK;
	yw_view_close(v);
	return has;
}

/* Until it stands in its log.  False: not yet. */
static bool
takes_place(struct sim *s, struct drawn *c, struct node *n)
{
	char old[YW_ID_MAX + 1], id[YW_ID_MAX + 1];

	merged_id(c->other, old);
	merged_id(n, id);
	if (has_committed(n, id))
		return true;
	if (node_append_for(n, id, old, &unconditional))
		sim_tell(s, "%s registers %s in the place of %s", n->code.code, id, old);
	return false;
}

static void
is_replaced(struct sim *s, struct drawn *c)
{
	bool city = takes_place(s, c, c->who), province = takes_place(s, c, &s->nodes[0]);

	if (!city || !province)
		cases_again(s, c, is_replaced);
	else if (!c->other->closed)
		c->then(s, c);
	else
		cases_happened(s, c);
}

static void
merge_now(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it is merged into its city", .successor = c->who->code };

	if (next_close(s, c->other, &d))
		cases_soon(s, c, is_replaced);
	else
		cases_again(s, c, merge_now);
}

static void
is_registered(struct sim *s, struct drawn *c)
{
	const struct yw_log *log = world_log(s, c->who, c->other);
	char id[YW_ID_MAX + 1];

	merged_id(c->other, id);
	if (!world_all_in(s) || !has_committed(c->other, id)) {
		if (world_all_in(s))
			(void)node_append(c->other, id, &unconditional);
		cases_again(s, c, is_registered);
	} else if (log == NULL || log->full_size < c->other->truth.n) {	/* the city ends the log at what it holds of it */
		cases_again(s, c, is_registered);
	} else {
		(c->of[0] ? merge_now : is_replaced)(s, c);
	}
}

static bool
merged_begin(struct sim *s, struct drawn *c)
{
	if (!case_pick_pair(s, &c->who, &c->other) || world_claimed(s, &s->nodes[0]))
		return false;
	c->of[0] = sim_percent(s, 50);
	c->then = merge_now;
	cases_at(s, cases_time(s), is_registered, c);
	return true;
}

struct found { char id[YW_ID_MAX + 1]; size_t n; };

static bool
find_one(void *arg, const char *id)
{
	struct found *f = arg;

	snprintf(f->id, sizeof f->id, "%s", id);
	f->n++;
	return true;
}

static void
check_merged(struct sim *s, struct drawn *c, struct node *n)
{
	char old[YW_ID_MAX + 1], new[YW_ID_MAX + 1];
	struct yw_jurisdiction into = { "" };
	struct found f = { .n = 0 };
	struct yw_item item;
	struct yw_view *v;

	merged_id(c->other, old);
	merged_id(c->who, new);
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	if (!yw_view_successor(v, old, &into) || !yw_jurisdiction_equal(&into, &c->who->code))
		sim_fail(s, "%s does not know that %s was merged into %s", n->code.code, c->other->code.code, c->who->code.code);
	else if (yw_view_replaced(v, old, find_one, &f, NULL) != YW_OK || f.n != 1 || strcmp(f.id, new) != 0)
		sim_fail(s, "at %s %zu records stand in the place of %s, the last of them '%s'", n->code.code, f.n, old, f.id);
	else if (yw_view_current(v, old, &item, NULL) != YW_OK || yw_view_current(v, new, &item, NULL) != YW_OK)
		sim_fail(s, "%s shows %s or %s no more", n->code.code, old, new);
	yw_view_close(v);
}

static void
merged_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++)
		if (s->nodes[i].ledger != NULL && !s->nodes[i].closed && !s->nodes[i].set_back)
			check_merged(s, c, &s->nodes[i]);
	if (mode_of(c->other) != YW_LEDGER_CLOSED)
		sim_fail(s, "%s goes on, though it was merged into %s", c->other->code.code, c->who->code.code);
}

const struct sim_case case_merged = {
	.name = "merged",
	.what = "is the successor of a county that it ends, and registers a record in the place of one of the county's; so does the "
	    "province, which is none",
	.holds = "everybody shows the old record, and the city's, and no other, in its place",
	.percent = 6,
	.begin = merged_begin, .end = merged_end,
};

/* --- a city is closed, and its counties go on below the province --- */

/*
 * c->who: the city; c->other: a county of it.  kept[0], kept[1]: two requests for a new county of it, the first of which the
 * province grants while the city is open, the second when it acts for it.
 */

static void
has_rotated(struct sim *s, struct drawn *c)
{
	const struct yw_generation *g = c->other->ledger != NULL ?
	    yw_trust_open(yw_ledger_trust(c->other->ledger), &c->other->code) : NULL;

	if (g != NULL && g->n_spans == 2 && !c->other->rotates)
		cases_happened(s, c);
	else
		cases_soon(s, c, has_rotated);
}

static void
county_rotates(struct sim *s, struct drawn *c)
{
	if (case_new_keys(s, c->other))
		has_rotated(s, c);
	else
		cases_again(s, c, county_rotates);
}

/* Until it stands in its log. */
static void
acts_for_it(struct sim *s, struct drawn *c)
{
	struct node *province = &s->nodes[0];
	const struct yw_generation *g = province->ledger != NULL ? yw_trust_open(yw_ledger_trust(province->ledger), &s->strange) : NULL;
	struct yw_error err;

	if (g != NULL && g->delegation.index < province->truth.n) {
		county_rotates(s, c);
		return;
	}
	if (g == NULL && next_closed(s, c->who) && yw_ledger_admit(province->ledger, yw_buf_bytes(&c->kept[1]), &err) == YW_OK) {
		sim_tell(s, "%s admits %s for %s, which is closed", province->code.code, s->strange.code, c->who->code.code);
		node_poke(province, s->now);
	}
	cases_again(s, c, acts_for_it);
}

static void
city_ends(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "its office is dissolved", .revoked = sim_percent(s, 50) && !s->forges };

	if (!next_close(s, c->who, &d)) {
		cases_again(s, c, city_ends);
		return;
	}
	s->mirror_stopped = true;
	cases_at(s, s->now + SIM_MINUTE, acts_for_it, c);
}

static void
acts_too_early(struct sim *s, struct drawn *c)
{
	if (world_all_in(s) && forge_delegation(&s->nodes[0], yw_buf_bytes(&c->kept[0])))
		cases_at(s, s->now + SIM_MINUTE, city_ends, c);
	else
		cases_again(s, c, acts_too_early);
}

/* It was closed and needs a consent to go on, which its issuer's issuer has not given yet (T9): below a city that is closed the
 * province is its issuer, and the root keys would have to consent. */
static bool
awaits_consent(struct sim *s, const struct node *n)
{
	return n->ends != 0 && n->next_log.goes_on && n->next_log.needs_consent && (n->ends == n->generation || !case_is_known(s, n));
}

/* All its counties need another way, and no case may need one as it is. */
bool
case_city_may_end(struct sim *s, const struct node *city, const struct node *but)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];

		if (!yw_jurisdiction_equal(&n->issuer, &city->code))
			continue;
		if ((n != but && world_claimed(s, n)) || awaits_consent(s, n) ||
		    (world_wire_of(s, n, &s->nodes[0]) == NULL && world_wire(s, n, &s->nodes[0]) == NULL))
			return false;
	}
	return true;
}

static bool
closed_city_begin(struct sim *s, struct drawn *c)
{
	char code[YW_CODE_DIGITS + 1];

	if (s->strange.code[0] != '\0' || !case_pick_pair(s, &c->who, &c->other) || !case_city_may_end(s, c->who, c->other))
		return false;
	snprintf(code, sizeof code, "%.4s97", c->who->code.code);
	if (yw_jurisdiction_parse(code, YW_CODE_DIGITS, &s->strange) != YW_OK)
		abort();
	for (unsigned i = 0; i < 2; i++)
		case_request(s, &s->strange, &c->who->code, &c->kept[i]);
	cases_at(s, cases_time(s), acts_too_early, c);
	return true;
}

static void
closed_city_end(struct sim *s, struct drawn *c)
{
	struct yw_hash granted;

	yw_request_hash(yw_buf_bytes(&c->kept[1]), &granted);
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		const struct yw_trust *t = s->nodes[i].ledger != NULL ? yw_ledger_trust(s->nodes[i].ledger) : NULL;
		const struct yw_generation *fresh, *county;

		if (t == NULL || s->nodes[i].closed)
			continue;
		fresh = yw_trust_open(t, &s->strange);
		county = yw_trust_open(t, &c->other->code);
		if (fresh == NULL || !yw_hash_equal(&fresh->request, &granted))
			sim_fail(s, "%s takes another for %s than the one that the province admitted when it acted for %s", s->nodes[i].code.code,
			    s->strange.code, c->who->code.code);
		else if (county == NULL || county->n_spans != 2)
			sim_fail(s, "%s does not know the keys of %s that the province granted for %s", s->nodes[i].code.code,
			    c->other->code.code, c->who->code.code);
	}
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++)
		if (yw_jurisdiction_equal(&s->nodes[i].issuer, &c->who->code) && !s->nodes[i].closed)
			case_registers(s, &s->nodes[i]);
}

const struct sim_case case_closed_city = {
	.name = "closed-city",
	.what = "is closed, and the province acts for it: it admits a new county, and grants another one new keys; it had done so "
	    "already when that was the city's to do",
	.holds = "what it granted in time counts everywhere, what it granted before nowhere, and the city's counties go on",
	.percent = 6,
	.begin = closed_city_begin, .end = closed_city_end,
};
