/*
 * case_owner.c - what an owner can do with its own keys: two branches of its log, entries that are not what they
 * should be; and issuers that disagree.
 *
 * An owner with two branches is two nodes with one set of keys: the second (its twin) begins with a copy of the
 * disk of the first, and goes its own way.
 */
#include "sim_int.h"

#define AGAIN_MS 20000		/* what cannot be done now is tried again after so long, later on more rarely */

static int64_t
some_time(struct sim *s)
{
	return 15 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 20 * SIM_MINUTE);
}

static void
again(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	if (s->now < s->active_ms)
		cases_at(s, s->now + (s->now < SIM_LIVELY_MS ? AGAIN_MS : 30 * AGAIN_MS), act, c);
}

/* --- two branches --- */

struct node *
case_twin(struct sim *s, struct node *n)
{
	struct node *t = world_guest(s, &n->code);
	struct image now = { NULL, { 0 } };

	if (t == NULL)
		return NULL;
	disk_keep(n, &now);
	disk_return(t, &now, true);
	disk_forget(&now);
	t->keys = n->keys;
	t->issuer = n->issuer;
	t->generation = n->generation;
	yw_buf_add(&t->request, n->request.data, n->request.len);
	t->liar = t->dishonest = n->liar = n->dishonest = true;
	t->next_id = n->next_id;
	t->main = n;
	snprintf(t->name, sizeof t->name, "%s'", n->code.code);
	n->twin = t;
	return t;
}

/* Only where both have registered something there are two branches. */
static void
two_branches_yet(struct sim *s, struct drawn *c)
{
	if (c->other != NULL && c->who->truth.n > c->number && c->other->truth.n > c->number)
		cases_happened(s, c);
}

static void
go_on(struct sim *s, struct drawn *c)
{
	two_branches_yet(s, c);
	node_register(c->who, 1, false);
	node_register(c->other, 1 + (unsigned)sim_random(s, 2), true);
	cases_at(s, s->now + 1000 + (int64_t)sim_random(s, s->now < SIM_LIVELY_MS ? 2 * SIM_MINUTE : 12 * SIM_HOUR), go_on, c);
}

/* Somebody met both branches, be it the owner itself; that all hear of it is part of settling, and that nobody mixes
 * the two is looked at after every step. */
static bool
anybody_noticed(struct sim *s, const struct drawn *c)
{
	for (unsigned i = 0; i < s->n_all; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (log != NULL && log->frozen)
			return true;
	}
	return false;
}

/* The second machine is gone, and every copy can be of the first one's branch: in bad weather no entry of the other may
 * have come to anybody, and then there is nothing to notice but that two machines ran (L5). */
static bool
nobody_met_both(struct sim *s, const struct drawn *c)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].child == c->other || s->wires[i].parent == c->other)
			return false;
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct seen *seen = &s->nodes[i].seen[c->who->id];

		if (&s->nodes[i] != c->who && seen->size > c->number && !(seen->branches & 1))
			return false;
	}
	return true;
}

static void
two_branches_end(struct sim *s, struct drawn *c)
{
	int64_t end = s->now + 3 * SIM_HOUR;	/* an owner at rest says something once an hour */

	while (!sim_failed(s) && !anybody_noticed(s, c) && s->now < end)
		sim_run_until(s, s->now + SIM_MINUTE);
	if (anybody_noticed(s, c))
		return;
	if (nobody_met_both(s, c))
		sim_tell(s, "no entry of the other branch of %s has come to anybody", c->who->code.code);
	else
		sim_fail(s, "nobody noticed the two branches of %s", c->who->code.code);
}

/* --- a county forks its log: one branch at its city, one at the province --- */

static bool
fork_begins(struct sim *s, struct drawn *c)
{
	return world_all_in(s) && c->who->n_records == 0 && (c->other = case_twin(s, c->who)) != NULL;
}

static void
fork_now(struct sim *s, struct drawn *c)
{
	if (!fork_begins(s, c)) {
		again(s, c, fork_now);
		return;
	}
	for (unsigned i = 0; i < s->n_wires; i++) {	/* the first goes on with its city only */
		struct wire *w = &s->wires[i];

		if (w->child != c->who || w->parent != &s->nodes[0])
			continue;
		w->child = c->other;
		c->wire = w;
		if (w->session != NULL && w->session->alive)
			wire_down(w->session, "its child is another");
	}
	if (c->wire == NULL)
		c->wire = world_wire(s, c->other, &s->nodes[0]);
	c->number = c->who->truth.n;
	node_start(c->other);
	go_on(s, c);
}

static bool
fork_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL || c->who->issuer.code[0] == '\0' || world_node(s, &c->who->issuer)->id == 0)
		return false;
	cases_at(s, some_time(s), fork_now, c);
	return true;
}

const struct sim_case case_fork = {
	.name = "fork",
	.what = "forks its log on purpose: one branch goes to its city, one to the province",
	.holds = "the log is frozen everywhere, and nothing else suffers",
	.percent = 10,
	.begin = fork_begin, .calm = two_branches_yet, .end = two_branches_end,
};

/* --- a city shows its children two views --- */

static void
views_now(struct sim *s, struct drawn *c)
{
	unsigned moved = 0;

	if (s->now > s->active_ms - 5 * SIM_MINUTE)	/* too late for anybody to see both */
		return;
	if (!world_all_in(s) || c->who->n_records != 0 || (c->other = case_twin(s, c->who)) == NULL) {
		again(s, c, views_now);
		return;
	}
	c->number = c->who->truth.n;
	s->mirror_stopped = true;	/* who sees a larger head of its own than it has cosigns nothing (L2) */
	node_start(c->other);
	for (unsigned i = 0; i < s->n_wires; i++) {
		struct wire *w = &s->wires[i];

		if (w->parent != c->who || moved++ % 2 != 0)
			continue;
		w->parent = c->other;
		if (w->session != NULL && w->session->alive)
			wire_down(w->session, "its city is another, and does not say so");
	}
	go_on(s, c);
}

/* In the end the children talk to one and the same again. */
static void
views_calm(struct sim *s, struct drawn *c)
{
	two_branches_yet(s, c);
	for (unsigned i = 0; c->other != NULL && i < s->n_wires; i++) {
		struct wire *w = &s->wires[i];

		if (w->parent != c->other)
			continue;
		w->parent = c->who;
		if (w->session != NULL && w->session->alive)
			wire_down(w->session, "its city is the first again");
	}
}

static bool
views_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, false);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), views_now, c);
	return true;
}

const struct sim_case case_two_views = {
	.name = "two-views",
	.what = "shows two of its children different views of its own log",
	.holds = "the log is frozen everywhere, and nothing else suffers",
	.percent = 10,
	.begin = views_begin, .calm = views_calm, .end = two_branches_end,
};

/* --- entries that are not what they should be --- */

static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };

static bool
spoil_begin(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), act, c);
	return true;
}

static void
spoilt_id(const struct drawn *c, char id[static YW_ID_MAX + 1])
{
	snprintf(id, YW_ID_MAX + 1, "%s/demand/spoilt", c->who->code.code);
}

/* It stands in the log only once its owner has committed it; what a power cut takes is done again. */
static void
spoilt_yet(struct sim *s, struct drawn *c)
{
	const struct truth *t = &c->who->truth;
	enum spoil how = c->who->spoil_next;

	for (c->number = 0; c->number < t->n; c->number++)
		if (t->facts[c->number].spoil == how) {
			cases_happened(s, c);
			return;
		}
	if (c->who->n_records > 0 || !case_spoil(s, c, how))
		cases_soon(s, c, spoilt_yet);
}

bool
case_spoil(struct sim *s, struct drawn *c, enum spoil how)
{
	char id[YW_ID_MAX + 1];

	spoilt_id(c, id);
	if (!world_all_in(s) || !node_append(c->who, id, &unconditional))
		return false;
	c->who->liar = c->who->dishonest = true;
	verify_spoil(c->who, how);
	cases_soon(s, c, spoilt_yet);
	return true;
}

static void
unsigned_now(struct sim *s, struct drawn *c)
{
	if (!case_spoil(s, c, UNSIGNED))
		again(s, c, unsigned_now);
}

static bool
unsigned_begin(struct sim *s, struct drawn *c)
{
	return spoil_begin(s, c, unsigned_now);
}

/* Is the entry evidence here, which shows by itself that its owner signed a head over it (L9)? */
static bool
has_evidence(struct sim *s, const struct drawn *c, struct node *n)
{
	const struct yw_log *log = world_log(s, n, c->who);
	struct yw_checkpoint head;
	struct yw_broken b;
	struct yw_error why;
	struct yw_view *v;
	bool has;

	if (log == NULL || !log->broken)
		return false;
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	has = yw_view_broken(v, yw_view_log(v, log->origin.text), &b, &why) == YW_OK && b.index == c->number &&
	    yw_broken_check(&b, yw_view_trust(v), yw_ledger_generation(n->ledger, log), &head, &why) == YW_OK;
	if (!has)
		sim_fail(s, "%s says that the log of %s is broken, and has nothing to show for it: %s", n->code.code, c->who->code.code,
		    why.msg);
	yw_broken_release(&b);
	yw_view_close(v);
	return has;
}

static bool
is_found_broken(struct sim *s, struct drawn *c)
{
	bool any = false;

	for (unsigned i = 0; i < s->n_nodes; i++)
		any |= &s->nodes[i] != c->who && has_evidence(s, c, &s->nodes[i]);
	return any;
}

static void
unsigned_end(struct sim *s, struct drawn *c)
{
	if (!cases_until(s, c, is_found_broken, SIM_HOUR))
		sim_fail(s, "nobody knows that the log of %s is broken", c->who->code.code);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = &s->nodes[i] != c->who ? world_log(s, &s->nodes[i], c->who) : NULL;

		for (size_t b = 0; log != NULL && !s->nodes[i].robbed && b < log->n_beats; b++)
			if (log->beats[b].mine && log->beats[b].size > c->number)
				sim_fail(s, "%s gives a receipt beyond entry %llu of %s, which nobody signed", s->nodes[i].code.code,
				    (unsigned long long)c->number, c->who->code.code);
		if (log != NULL && log->size > c->number)
			sim_fail(s, "%s holds entry %llu of %s, which nobody signed", s->nodes[i].code.code, (unsigned long long)c->number,
			    c->who->code.code);
	}
}

const struct sim_case case_unsigned = {
	.name = "unsigned",
	.what = "logs an entry that nobody signed",
	.holds = "every copy ends before it, and it is shown who signed for it",
	.percent = 10,
	.begin = unsigned_begin, .end = unsigned_end,
};

static void
other_key_now(struct sim *s, struct drawn *c)
{
	c->who->foreign = &s->nodes[0].keys;
	if (!case_spoil(s, c, OTHER_KEY))
		again(s, c, other_key_now);
}

static bool
other_key_begin(struct sim *s, struct drawn *c)
{
	return spoil_begin(s, c, other_key_now);
}

void
case_spoilt_unseen(struct sim *s, struct drawn *c)
{
	char id[YW_ID_MAX + 1];
	struct yw_item item;
	struct yw_view *v;

	spoilt_id(c, id);
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];

		if (n == c->who || n->ledger == NULL)
			continue;
		if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
			abort();
		if (yw_view_current(v, id, &item, NULL) == YW_OK)
			sim_fail(s, "%s shows %s, signed by a key that is not its owner's", n->code.code, id);
		yw_view_close(v);
	}
}

const struct sim_case case_other_key = {
	.name = "other-key",
	.what = "logs an entry that is signed by another node's key",
	.holds = "everybody keeps it and nobody shows it",
	.percent = 10,
	.begin = other_key_begin, .end = case_spoilt_unseen,
};

/* --- a borrowed hash: another's record, logged as one's own --- */

/* Some record of another that it holds: its hash and body. */
static bool
borrow(struct sim *s, struct drawn *c)
{
	struct node *owner = &s->nodes[sim_random(s, s->n_nodes)];
	uint64_t i = sim_random(s, owner->truth.n);
	struct yw_origin origin;
	struct yw_view *v;
	bool found;

	if (owner == c->who || owner->dishonest || owner->truth.n == 0 || owner->truth.facts[i].n_items != 1 ||
	    c->who->ledger == NULL)
		return false;
	if (yw_view_open(c->who->ledger, &v, NULL) != YW_OK)
		abort();
	yw_buf_clear(&c->kept[0]);
	found = yw_view_log(v, world_origin(s, owner, &origin)) != NULL &&
	    yw_view_body(v, yw_view_log(v, origin.text), i, 0, &c->kept[0], NULL) == YW_OK;
	yw_view_close(v);
	c->who->borrow = owner->truth.facts[i].hashes;
	return found;
}

static void
borrow_now(struct sim *s, struct drawn *c)
{
	for (unsigned tries = 0; tries < 50; tries++)
		if (borrow(s, c) && case_spoil(s, c, BORROWED))
			return;
	again(s, c, borrow_now);
}

static bool
borrow_begin(struct sim *s, struct drawn *c)
{
	return spoil_begin(s, c, borrow_now);
}

static bool
lend(struct drawn *c, uint64_t index, Yiwang__V1__Body *b)
{
	const struct truth *t = &c->who->truth;

	if (index >= t->n || t->facts[index].spoil != BORROWED || b->bytes.len == 0)
		return false;
	surgery_set(&b->bytes, yw_buf_bytes(&c->kept[0]));
	return true;
}

/* Its own disk holds something else at that place; what it hands out is the other's body. */
static bool
borrow_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;
	struct surgery g;
	bool changed = false;

	(void)to;
	if (from != c->who || !from->dishonest || !surgery_open(&g, is_request, b))
		return true;
	world_origin(s, c->who, &origin);
	for (size_t i = 0; i < g.e->n_packages; i++)
		for (size_t k = 0; strcmp(g.e->packages[i]->origin, origin.text) == 0 && k < g.e->packages[i]->n_bodies; k++)
			changed |= lend(c, g.e->packages[i]->bodies[k]->index, g.e->packages[i]->bodies[k]);
	for (size_t i = 0; i < g.e->n_bodies; i++)
		if (strcmp(g.e->bodies[i]->origin, origin.text) == 0)
			changed |= lend(c, g.e->bodies[i]->index, g.e->bodies[i]);
	surgery_close(&g, changed ? b : NULL);
	return true;
}

/* Everybody holds the entry, nobody a body there; so receipts stop before it. */
static void
borrowed_unheld(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		const struct yw_log *log = &s->nodes[i] != c->who && !s->nodes[i].closed ? world_log(s, &s->nodes[i], c->who) : NULL;
		struct yw_buf body = YW_BUF_INIT;
		struct yw_view *v;

		if (log == NULL)
			continue;
		if (yw_view_open(s->nodes[i].ledger, &v, NULL) != YW_OK)
			abort();
		if (yw_view_body(v, yw_view_log(v, log->origin.text), c->number, 0, &body, NULL) == YW_OK)
			sim_fail(s, "%s holds a body where %s borrowed its hash", s->nodes[i].code.code, c->who->code.code);
		if (log->size <= c->number || log->receipts_to > c->number)
			sim_fail(s, "%s gives receipts for %llu of %llu entries of %s, of which the %lluth is a borrowed hash",
			    s->nodes[i].code.code, (unsigned long long)log->receipts_to, (unsigned long long)log->size, c->who->code.code,
			    (unsigned long long)c->number);
		yw_buf_release(&body);
		yw_view_close(v);
	}
}

const struct sim_case case_borrowed = {
	.name = "borrowed-hash",
	.what = "logs the hash of another's record, and hands that record out as its own",
	.holds = "nobody holds it at that place, and receipts stop before it",
	.percent = 10,
	.begin = borrow_begin, .carry = borrow_carry, .end = borrowed_unheld,
};

/* --- a borrowed hash, to erase what it stands for --- */

static bool
erase_borrowed(struct sim *s, struct drawn *c)
{
	const struct yw_own_place place = { c->who->ledger != NULL && yw_ledger_own(c->who->ledger) != NULL ?
	    yw_ledger_own(c->who->ledger)->generation : 1, c->number, 0 };
	char id[YW_ID_MAX + 1];
	struct yw_erasure_draft d = { .id = id, .reason = "not mine", .basis = "none", .places = &place, .n = 1 };
	struct node *n = c->who;
	struct yw_error why;

	spoilt_id(c, id);
	if (c->number == 0 || n->ledger == NULL || n->n_records > 0 || yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING ||
	    yw_ledger_erase(n->ledger, &d, &why) != YW_OK)
		return false;
	sim_tell(s, "%s erases the place of the hash that it borrowed", n->code.code);
	cases_happened(s, c);
	node_poke(n, s->now);
	return true;
}

static void
erase_it(struct sim *s, struct drawn *c)
{
	if (!erase_borrowed(s, c))
		again(s, c, erase_it);
}

static void
borrow_to_erase(struct sim *s, struct drawn *c)
{
	for (unsigned tries = 0; tries < 50; tries++)
		if (borrow(s, c) && case_spoil(s, c, BORROWED)) {
			cases_soon(s, c, erase_it);
			return;
		}
	again(s, c, borrow_to_erase);
}

static bool
borrow_to_erase_begin(struct sim *s, struct drawn *c)
{
	return spoil_begin(s, c, borrow_to_erase);
}

/* In the log that it began with, and all that it registered in it. */
static bool
is_whole(const struct node *n)
{
	return n->generation == 1 && !n->set_back && !n->dishonest && yw_ledger_own(n->ledger) != NULL &&
	    yw_ledger_own(n->ledger)->size == n->truth.n && yw_ledger_own(n->ledger)->n_missing == 0;
}

/* Nobody shows it as erased, and its owner, if it is whole, shows it. */
static void
lender_unharmed(struct sim *s, struct drawn *c)
{
	struct yw_record r;

	if (c->kept[0].len == 0 || yw_record_form(yw_buf_bytes(&c->kept[0]), &r, NULL) != YW_OK ||
	    strstr(r.id_text, "/demand/erased") != NULL)	/* its owner erases that one (case erased) */
		return;
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];
		struct yw_item item = { .erased = false };
		struct yw_view *v;
		enum yw_code code;

		if (n->ledger == NULL || n->closed)
			continue;
		if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
			abort();
		code = yw_view_current(v, r.id_text, &item, NULL);
		if (code == YW_OK && item.erased)
			sim_fail(s, "%s shows %s as erased, of which %s logged the hash", n->code.code, r.id_text, c->who->code.code);
		if (code != YW_OK && is_whole(n) && strncmp(r.id_text, n->code.code, YW_CODE_DIGITS) == 0)
			sim_fail(s, "%s does not show its own %s any more, of which %s logged the hash", n->code.code, r.id_text, c->who->code.code);
		yw_view_close(v);
	}
}

const struct sim_case case_borrowed_erase = {
	.name = "borrowed-erase",
	.what = "logs the hash of another's record, and erases its own place of it",
	.holds = "the other's record is where it was",
	.percent = 10,
	.begin = borrow_to_erase_begin, .carry = borrow_carry, .end = lender_unharmed,
};

/* --- a borrowed hash, to read what it stands for --- */

/* Of a record that is not for it: the hash stands in an entry that everybody holds. */
static bool
covet(struct sim *s, struct drawn *c)
{
	struct node *owner = &s->nodes[sim_random(s, s->n_nodes)];
	uint64_t i = sim_random(s, owner->truth.n);

	if (owner == c->who || owner->dishonest || owner->truth.n == 0 || owner->truth.facts[i].n_items != 1 ||
	    owner->truth.facts[i].cls != YW_CLASS_NOT_SHARED)
		return false;
	c->who->borrow = owner->truth.facts[i].hashes;
	return true;
}

static void
covet_now(struct sim *s, struct drawn *c)
{
	for (unsigned tries = 0; tries < 50; tries++)
		if (covet(s, c) && case_spoil(s, c, BORROWED))
			return;
	again(s, c, covet_now);
}

static bool
covet_begin(struct sim *s, struct drawn *c)
{
	return spoil_begin(s, c, covet_now);
}

static bool
is_borrowed(const struct truth *t, uint64_t index)
{
	return index < t->n && t->facts[index].spoil == BORROWED;
}

/* It has no body to give there: what its disk holds has another hash. */
static void
keep_back(const struct truth *t, const char *origin, Yiwang__V1__Package *p)
{
	for (size_t i = p->n_bodies; strcmp(p->origin, origin) == 0 && i-- > 0;)
		if (is_borrowed(t, p->bodies[i]->index))
			surgery_drop_body(p->bodies, &p->n_bodies, i);
}

/* Its own place is asked for, which is open to it; the body lies at another one. */
static bool
ask_borrowed(struct sim *s, struct drawn *c, bool is_request, struct yw_buf *b)
{
	const struct truth *t = &c->who->truth;
	struct yw_origin origin;
	struct surgery g;

	if (!surgery_open(&g, is_request, b))
		return true;
	world_origin(s, c->who, &origin);
	for (size_t i = 0; i < g.e->n_packages; i++)
		keep_back(t, origin.text, g.e->packages[i]);
	for (size_t i = g.e->n_bodies; i-- > 0;)
		if (strcmp(g.e->bodies[i]->origin, origin.text) == 0 && is_borrowed(t, g.e->bodies[i]->index))
			surgery_drop_body(g.e->bodies, &g.e->n_bodies, i);
	for (uint64_t i = 0; !c->over && i < t->n; i++)
		if (is_borrowed(t, i) && sim_percent(s, 20))
			surgery_ask(g.e, origin.text, i);
	surgery_close(&g, b);
	return true;
}

static bool
covet_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;
	struct surgery g;

	if (from == c->who && from->dishonest)
		return ask_borrowed(s, c, is_request, b);
	if (to != c->who || !to->dishonest || !surgery_open(&g, is_request, b))
		return true;
	for (size_t i = 0; i < g.e->n_bodies; i++)
		if (g.e->bodies[i]->bytes.len > 0 && is_borrowed(&to->truth, g.e->bodies[i]->index) &&
		    strcmp(g.e->bodies[i]->origin, world_origin(s, to, &origin)) == 0)
			sim_fail(s, "%s reads at %s what it may not, by the hash of it in its own log", to->code.code, from->code.code);
	surgery_close(&g, NULL);
	return true;
}

static void
covet_calm(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over = true;
}

const struct sim_case case_borrowed_read = {
	.name = "borrowed-read",
	.what = "logs the hash of a record that is not for it, and asks everybody for that record as its own",
	.holds = "it was given nothing",
	.percent = 8,
	.begin = covet_begin, .carry = covet_carry, .calm = covet_calm, .end = borrowed_unheld,
};

/* --- two issuers for one code --- */

void
case_request(struct sim *s, const struct yw_jurisdiction *code, const struct yw_jurisdiction *issuer, struct yw_buf *out)
{
	struct yw_request r = { .network = s->network.hash, .code = *code, .generation = 1, .issuer = *issuer };
	struct yw_key_set keys;
	struct yw_seed seed;
	struct yw_error err;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &keys);
	if (yw_request_make(&r, &keys, NULL, out, &err) != YW_OK)
		sim_fail(s, "%s has no request: %s", code->code, err.msg);
}

static bool
admit_at(struct sim *s, struct node *issuer, const struct yw_jurisdiction *code, struct yw_buf *hash)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_error err;
	struct yw_hash h;
	bool done;

	case_request(s, code, &issuer->code, &request);
	done = issuer->ledger != NULL && yw_ledger_admit(issuer->ledger, yw_buf_bytes(&request), &err) == YW_OK;
	if (done) {
		yw_request_hash(yw_buf_bytes(&request), &h);
		yw_buf_add(hash, h.b, sizeof h.b);
		node_poke(issuer, s->now);
	}
	yw_buf_release(&request);
	return done;
}

/* Both in good faith: neither knows yet what the other does. */
static void
both_admit(struct sim *s, struct drawn *c)
{
	struct node *province = &s->nodes[0];

	if (!world_all_in(s) || province->ledger == NULL || c->who->ledger == NULL || 
	    !admit_at(s, c->who, &s->strange, &c->kept[0])) {
		again(s, c, both_admit);
		return;
	}
	if (admit_at(s, province, &s->strange, &c->kept[1]))
		cases_happened(s, c);
}

static bool
two_issuers_begin(struct sim *s, struct drawn *c)
{
	char code[YW_CODE_DIGITS + 1];

	c->who = world_pick(s, false);
	if (c->who == NULL)
		return false;
	snprintf(code, sizeof code, "%.4s99", c->who->code.code);
	if (yw_jurisdiction_parse(code, YW_CODE_DIGITS, &s->strange) != YW_OK)
		abort();
	cases_at(s, some_time(s), both_admit, c);
	return true;
}

/* T3: neither has had a quorum, so the nearer issuer's goes before. */
static void
two_issuers_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct node *n = &s->nodes[i];
		const struct yw_generation *g;

		if (n->ledger == NULL || n->dishonest || n->closed)
			continue;
		g = yw_trust_open(yw_ledger_trust(n->ledger), &s->strange);
		if (g == NULL || memcmp(g->request.b, c->kept[0].data, sizeof g->request.b) != 0)
			sim_fail(s, "%s takes another for %s than the one that %s admitted", n->code.code, s->strange.code,
			    c->who->code.code);
	}
}

const struct sim_case case_two_issuers = {
	.name = "two-issuers",
	.what = "and the province admit two different nodes under one code, neither knowing of the other",
	.holds = "everybody takes the city's for it",
	.percent = 10, .in_province = 30,
	.begin = two_issuers_begin, .end = two_issuers_end,
};
