/*
 * case_back.c - disks that come back from earlier: nothing on the machine can notice, the neighbours can, if they hold
 * more (L2, L3); a mirror that has forgotten what it signed (L4); and a whole province that asks itself (L3).
 */
#include "record/wire.h"
#include "sim_int.h"

#define TICK_MS 10000
#define TICKS 12			/* so often a stale neighbour may try */

bool
case_comes_to(struct sim *s, struct node *n, enum yw_ledger_mode mode, int64_t ms)
{
	int64_t end = s->now + ms;
	struct yw_error why;

	while (!sim_failed(s) && (n->ledger == NULL || yw_ledger_state(n->ledger, &why) != mode)) {
		if (s->now >= end)
			return false;
		sim_run_until(s, s->now + TICK_MS);
	}
	return true;
}

/* What nobody else holds is lost with the disk, and nobody can notice: that is no case for neighbours. */
static bool
others_hold_it(struct sim *s, struct node *who)
{
	unsigned up = 0, hold = 0;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		struct yw_log *log = n != who && n->ledger != NULL && !n->closed ? world_log(s, n, who) : NULL;

		up += log != NULL;
		hold += log != NULL && log->size >= who->truth.n;
	}
	return up > 0 && hold == up;
}

static void
set_back(struct sim *s, struct drawn *c, bool guard)
{
	cases_happened(s, c);
	c->who->set_back = true;
	node_crash(c->who, true);
	disk_return(c->who, &c->image, guard);
}

static void
returns(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n <= c->number || c->who->n_records > 0 || !others_hold_it(s, c->who)) {
		cases_soon(s, c, returns);
		return;
	}
	set_back(s, c, true);
	if (c->without_guard)
		memset(c->who->guard, 0xff, sizeof c->who->guard);
}

static void
is_kept(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n == 0) {
		cases_at(s, s->now + SIM_MINUTE, is_kept, c);
		return;
	}
	disk_keep(c->who, &c->image);
	c->number = c->who->truth.n;
	cases_at(s, s->now + (int64_t)sim_random(s, 5 * SIM_MINUTE), returns, c);
}

static bool
whole_image_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	c->who->prudent = true;
	cases_at(s, 12 * SIM_MINUTE, is_kept, c);
	return true;
}

static bool
no_guard_begin(struct sim *s, struct drawn *c)
{
	c->without_guard = true;
	return whole_image_begin(s, c);
}

static void
end(struct sim *s, struct drawn *c)
{
	struct yw_log *own = yw_ledger_own(c->who->ledger);

	if (own->frozen)
		sim_fail(s, "%s has forked its log", c->who->code.code);
	if (own->size < c->who->truth.n)
		sim_fail(s, "%s is not whole again, though everybody held its log", c->who->code.code);
}

const struct sim_case case_whole_image = {
	.name = "whole-image",
	.what = "finds its whole disk set back to an older image, the guard with it, and appends nothing uncleared",
	.holds = "it has asked, is whole again, and has forked nothing",
	.percent = 10,
	.begin = whole_image_begin, .end = end,
};

const struct sim_case case_no_guard = {
	.name = "no-guard",
	.what = "finds its disk set back to an older image, and its guard lost",
	.holds = "it has asked, is whole again, and has forked nothing",
	.percent = 10,
	.begin = no_guard_begin, .end = end,
};

/* --- the only neighbour at hand is as old as the image --- */

/*
 * c->who hangs below a city, and below the province too, from which all that it registers after the image is hidden.
 * c->of[0]: how often it was looked at while it had nobody but the province to ask.
 */
enum { CITY_TALKS = 0, CITY_IS_AWAY = 1 };

static void
look_at_stale(struct sim *s, struct drawn *c)
{
	struct node *n = c->who;
	struct yw_error why;
	enum yw_ledger_mode mode = n->ledger != NULL ? yw_ledger_state(n->ledger, &why) : YW_LEDGER_FAILED;

	if (mode == YW_LEDGER_APPENDING && yw_ledger_own(n->ledger)->size < n->truth.n) {
		sim_fail(s, "%s appends to %llu of %zu entries on the word of a stale neighbour", n->code.code,
		    (unsigned long long)yw_ledger_own(n->ledger)->size, n->truth.n);
		return;
	}
	if (c->number == CITY_IS_AWAY && (mode == YW_LEDGER_ASKING || mode == YW_LEDGER_BEHIND) && ++c->of[0] % TICKS == 0) {
		sim_tell(s, "%s can talk to its city again", n->code.code);
		c->number = CITY_TALKS;
	}
	if (c->number == CITY_TALKS && mode == YW_LEDGER_BEHIND && c->of[0] == TICKS) {
		sim_tell(s, "%s knows that its disk is old, and has only the province to fetch from", n->code.code);
		c->number = CITY_IS_AWAY;
	}
	c->over = c->of[0] >= 2 * TICKS;
	if (!c->over)
		cases_at(s, s->now + TICK_MS, look_at_stale, c);
}

static void
stale_returns(struct sim *s, struct drawn *c)
{
	struct yw_log *log = world_log(s, c->other, c->who);

	if (c->who->ledger == NULL || c->who->truth.n <= c->number || c->who->n_records > 0 || log == NULL ||
	    log->size < c->who->truth.n) {
		cases_soon(s, c, stale_returns);
		return;
	}
	set_back(s, c, true);
	c->number = CITY_IS_AWAY;
	look_at_stale(s, c);
}

static void
stale_is_kept(struct sim *s, struct drawn *c)
{
	struct yw_log *log = world_log(s, &s->nodes[0], c->who);

	if (c->who->ledger == NULL || c->who->n_records > 0 || c->who->truth.n == 0 || log == NULL || log->size < c->who->truth.n) {
		cases_soon(s, c, stale_is_kept);
		return;
	}
	disk_keep(c->who, &c->image);
	c->since = s->now;
	c->number = c->who->truth.n;
	node_register(c->who, 1, false);
	stale_returns(s, c);
}

static bool
stale_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	c->other = c->who != NULL ? world_node(s, &c->who->issuer) : NULL;
	if (c->other == NULL || c->other->id == 0)
		return false;
	if (world_wire_of(s, c->who, &s->nodes[0]) == NULL && world_wire(s, c->who, &s->nodes[0]) == NULL)
		return false;
	c->who->prudent = true;
	cases_at(s, 12 * SIM_MINUTE, stale_is_kept, c);
	return true;
}

static bool
stale_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;

	if (c->since == 0 || c->over)
		return true;
	if (to == &s->nodes[0])
		surgery_hide(is_request, b, world_origin(s, c->who, &origin));
	return !c->happened || c->number != CITY_IS_AWAY ||
	    !((from == c->who && to == c->other) || (from == c->other && to == c->who));
}

static void
stop(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over = true;
}

const struct sim_case case_stale_peer = {
	.name = "stale-peer",
	.what = "finds its whole disk set back, and first has nobody to ask but one who holds no more of its log than the image",
	.holds = "that one's word cleared nobody and its old head made nothing whole; in the end it has all, and forked nothing",
	.percent = 8,
	.begin = stale_begin, .carry = stale_carry, .calm = stop, .end = end,
};

/* --- a mirror that has forgotten what it signed --- */

extern const struct sim_case case_mirror_rotates;

#define HEARD UINT64_MAX

/* c->of[i]: the largest receipt that the mirror gave on the log of node i before its disk was set back, or that is on the image:
 * it is known there, whether it has left or not.  After that HEARD, once the log's owner or issuer has answered what it knows of
 * the mirror's receipts. */
static struct node *
owner_of(struct sim *s, struct yw_bytes origin)
{
	struct yw_jurisdiction code;
	uint32_t generation;

	return yw_origin_parse((const char *)origin.data, origin.len, NULL, &code, &generation) == YW_OK ?
	    world_node(s, &code) : NULL;
}

/* Does it sign by keys by which it can have forgotten nothing?  (c->since: when it asked for them.) */
static bool
has_new_keys(const struct drawn *c)
{
	return c->since != 0 && !c->who->rotates;
}

/* A beat that leaves the mirror: whose it is, of what size, and whether it bears a receipt of the mirror's. */
static bool
own_receipt(struct sim *s, const struct node *mirror, const ProtobufCBinaryData *beat, struct node **owner, uint64_t *size)
{
	char name[YW_ORIGIN_MAX + 16];
	struct yw_checkpoint cp;
	struct yw_note n;
	bool found = false;

	if (yw_note_parse((struct yw_bytes) { beat->data, beat->len }, &n, NULL) != YW_OK)
		return false;
	snprintf(name, sizeof name, "%s/%s/cosign", s->network.name, mirror->code.code);
	if (yw_checkpoint_parse(n.text, &cp, NULL) == YW_OK) {
		*owner = owner_of(s, yw_bytes_str(cp.origin));
		*size = cp.size;
		for (size_t i = 0; *owner != NULL && i < n.n_sigs; i++)
			found = found || yw_bytes_equal(n.sigs[i].name, yw_bytes_str(name));
	}
	yw_note_release(&n);
	return found;
}

static void
mirror_speaks(struct sim *s, struct drawn *c, const Yiwang__V1__Exchange *e)
{
	struct node *owner;
	uint64_t size;

	for (size_t i = 0; i < e->n_beats; i++) {
		if (!own_receipt(s, c->who, &e->beats[i], &owner, &size) || owner == c->who || size <= c->of[owner->id])
			continue;
		if (c->happened && !has_new_keys(c))
			sim_fail(s, "%s gives a receipt on %s up to %llu before it knows what it signed there", c->who->code.code,
			    owner->code.code, (unsigned long long)size);
		else
			c->of[owner->id] = size;
		c->number++;
	}
}

static void
mirror_is_told(struct sim *s, struct drawn *c, const struct node *from, const Yiwang__V1__Answer *a)
{
	for (size_t i = 0; i < a->n_receipts; i++) {
		const struct node *owner = owner_of(s, yw_bytes_str(a->receipts[i]->origin));

		if (owner != NULL && (owner == from || yw_jurisdiction_equal(&owner->issuer, &from->code)))
			c->of[owner->id] = HEARD;
	}
}

static bool
mirror_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;

	if ((from != c->who && to != c->who) || !surgery_open(&g, is_request, b))
		return true;
	if (from == c->who)
		mirror_speaks(s, c, g.e);
	else if (c->happened && g.e->answer != NULL)
		mirror_is_told(s, c, from, g.e->answer);
	surgery_close(&g, NULL);
	return true;
}

static void
mirror_rotates(struct sim *s, struct drawn *c)
{
	struct yw_error why;

	if (c->who->ledger != NULL && yw_ledger_state(c->who->ledger, &why) == YW_LEDGER_APPENDING && case_new_keys(s, c->who))
		c->since = s->now;
	else
		cases_at(s, s->now + TICK_MS, mirror_rotates, c);
}

static void
mirror_returns(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->number == 0 || c->who->n_records > 0 || !others_hold_it(s, c->who)) {
		cases_soon(s, c, mirror_returns);
		return;
	}
	if (c->is == &case_mirror_rotates)
		cases_at(s, s->now + SIM_MINUTE, mirror_rotates, c);
	else
		s->mirror_stopped = true;	/* of logs whose owners and issuers are no neighbours of it */
	set_back(s, c, false);
}

/* What it has signed by now. */
static void
note_signed(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, c->who, &s->nodes[i]);

		for (size_t k = 0; log != NULL && k < log->n_beats; k++)
			if (log->beats[k].mine && log->beats[k].size > c->of[i])
				c->of[i] = log->beats[k].size;
	}
}

static void
mirror_is_kept(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || !world_all_in(s)) {
		cases_soon(s, c, mirror_is_kept);
		return;
	}
	disk_keep(c->who, &c->image);
	note_signed(s, c);
	c->number = 0;		/* receipts that it gave since */
	mirror_returns(s, c);
}

static bool
mirror_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, false);
	if (c->who == NULL)
		return false;
	cases_at(s, 15 * SIM_MINUTE + (int64_t)sim_random(s, 10 * SIM_MINUTE), mirror_is_kept, c);
	return true;
}

/* Its own county of which it still does not know what it signed last; NULL: none. */
static struct node *
not_remembered(struct sim *s, const struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		struct yw_log *log = world_log(s, c->who, n);

		if (!yw_jurisdiction_equal(&n->issuer, &c->who->code) || n->dishonest || n->closed || n->gone || n->set_back ||
		    log == NULL)
			continue;
		if (yw_ledger_unsure(c->who->ledger, log))
			return n;
	}
	return NULL;
}

static void
mirror_end(struct sim *s, struct drawn *c)
{
	int64_t end = s->now + 2 * SIM_HOUR;	/* an owner at rest says something once an hour */
	const struct node *n;

	while (!sim_failed(s) && not_remembered(s, c) != NULL && s->now < end)
		sim_run_until(s, s->now + TICK_MS);
	n = not_remembered(s, c);
	if (n != NULL)
		sim_fail(s, "%s, whose disk was set back, gives no receipts on %s any more", c->who->code.code, n->code.code);
}

const struct sim_case case_mirror_back = {
	.name = "mirror-back",
	.what = "finds its disk set back to an older image, the guard beside it kept, and has forgotten receipts that it gave since",
	.holds = "it gave none on a log before the log's owner or issuer had shown the last one, and has asked all it could",
	.percent = 10,
	.begin = mirror_begin, .carry = mirror_carry, .end = mirror_end,
};

/* Where it did not come to new keys it goes on as the other one. */
static void
rotates_calm(struct sim *s, struct drawn *c)
{
	s->mirror_stopped = s->mirror_stopped || (c->happened && !has_new_keys(c));
}

const struct sim_case case_mirror_rotates = {
	.name = "mirror-rotates",
	.what = "finds its disk set back to an older image, has forgotten receipts that it gave since, and changes its keys",
	.holds = "by the old ones it gave none that it could not know of; by the new ones it gives them on all logs",
	.percent = 6,
	.begin = mirror_begin, .carry = mirror_carry, .calm = rotates_calm, .end = mirror_end,
};

/* --- a whole province asks itself --- */

static void
ring_begins(struct sim *s, struct drawn *c)
{
	if (!world_all_in(s)) {
		cases_at(s, s->now + 20000, ring_begins, c);
		return;
	}
	sim_tell(s, "the power goes in the whole province, and the machine of %s never comes back", c->who->code.code);
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (!s->nodes[i].dishonest && &s->nodes[i] != c->who)
			node_crash(&s->nodes[i], true);
	node_stop(c->who);
	c->who->gone = true;
	cases_happened(s, c);
}

static bool
answers_the_first(void *arg, const char *member)
{
	struct drawn *c = arg;
	struct sim *s = c->who->s;

	for (unsigned i = 1; i < s->n_nodes; i++)
		if (strcmp(s->nodes[i].code.code, member) == 0)
			return &s->nodes[i] != c->who && world_wire_of(s, &s->nodes[i], &s->nodes[0]) != NULL;
	return false;
}

/* The first node can be cleared by all below it, of whom one is gone, or by a quorum, which has to stand below it. */
static bool
opens(struct sim *s, struct drawn *c)
{
	return yw_policy_judge(world_newest(s)->policy, s->nodes[0].code.code, answers_the_first, c) == YW_QUORUM_MET;
}

static bool
ring_begin(struct sim *s, struct drawn *c)
{
	for (unsigned tries = 0; tries < 8 && (c->who == NULL || world_node(s, &c->who->issuer)->id != 0); tries++)
		c->who = world_pick_idle(s);
	if (c->who == NULL || world_node(s, &c->who->issuer)->id != 0 || !opens(s, c))
		return false;
	for (unsigned i = 0; i < s->n_nodes; i++)
		s->nodes[i].prudent = true;
	cases_at(s, 12 * SIM_MINUTE + (int64_t)sim_random(s, 15 * SIM_MINUTE), ring_begins, c);
	return true;
}

void
case_all_append(struct sim *s, bool prudent)
{
	struct yw_error why;

	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];

		if (n->gone || n->dishonest || n->closed || n->set_back || (n->prudent && !prudent) ||
		    case_comes_to(s, n, YW_LEDGER_APPENDING, SIM_HOUR))
			continue;
		yw_ledger_state(n->ledger, &why);
		sim_fail(s, "%s does not append again after the power was back: %s", n->code.code, why.msg);
	}
}

/* A later network file may name a quorum that cannot clear the first node: then people have them append alone. */
static void
ring_calm(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; c->happened > 0 && !opens(s, c) && i < s->n_nodes; i++)
		if (!s->nodes[i].dishonest && !s->nodes[i].set_back) {
			s->nodes[i].prudent = false;
			node_crash(&s->nodes[i], false);
		}
}

static void
ring_end(struct sim *s, struct drawn *c)
{
	(void)c;
	case_all_append(s, true);
}

const struct sim_case case_ring = {
	.name = "ring",
	.what = "loses its machine for ever when the whole province loses its power; nobody appends before others have said that "
	    "its disk is no old copy, and all wait for each other",
	.holds = "the ring has opened by itself: everybody else appends",
	.percent = 6,
	.begin = ring_begin, .calm = ring_calm, .end = ring_end,
};
