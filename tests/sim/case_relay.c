/*
 * case_relay.c - what a node on the way can do to what it passes on: keep it back, show old or wrong things, ask for
 * what it may not have.  It holds no key but its own; when it stops, everybody must come to agree.
 */
#include "sim_int.h"

/* Somebody through whom others' logs go; what it sends is not to be trusted. */
static bool
pick_relay(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, false);
	if (c->who == NULL)
		return false;
	c->who->liar = true;
	return true;
}

static void
stop(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over = true;
}

static bool
speaks(const struct drawn *c, const struct node *from)
{
	return from == c->who && !c->over;
}

/* --- withhold --- */

static bool
withhold_begin(struct sim *s, struct drawn *c)
{
	if (!pick_relay(s, c))
		return false;
	do
		c->other = &s->nodes[sim_random(s, s->n_nodes)];
	while (c->other == c->who);
	return true;
}

static bool
withhold_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;

	if (speaks(c, from) && to != c->other && surgery_hide(is_request, b, world_origin(s, c->other, &origin)))
		cases_happened(s, c);
	return true;
}

/* Over lines past the one that withholds. */
static void
find_ways(struct sim *s, const struct drawn *c, bool reached[static SIM_NODES_MAX])
{
	bool more = true;

	reached[c->other->id] = true;
	while (more) {
		more = false;
		for (unsigned i = 0; i < s->n_wires; i++) {
			const struct node *a = s->wires[i].child, *b = s->wires[i].parent;

			if (a == c->who || b == c->who || a->gone || b->gone || a->closed || b->closed || reached[a->id] == reached[b->id])
				continue;
			reached[a->id] = reached[b->id] = more = true;
		}
	}
}

/* Somebody who has another way and lacks something all the same; NULL: nobody. */
static struct node *
misses(struct sim *s, const struct drawn *c)
{
	bool reached[SIM_NODES_MAX] = { false };

	find_ways(s, c, reached);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->other);

		if (reached[i] && !s->nodes[i].dishonest && (log == NULL || log->size < c->other->truth.n))
			return &s->nodes[i];
	}
	return NULL;
}

/* It takes for said what nobody has heard: whoever turns honest begins its sessions anew. */
static void
stop_withholding(struct sim *s, struct drawn *c)
{
	c->over = true;
	for (unsigned i = 0; i < s->n_wires; i++) {
		struct wire *w = &s->wires[i];

		if ((w->child == c->who || w->parent == c->who) && w->session != NULL && w->session->alive)
			wire_down(w->session, "nothing is withheld any more");
	}
}

static void
go_on_withholding(struct sim *s, void *what)
{
	struct drawn *c = what;

	s->withheld_ms = s->now;
	if (c->other->dishonest || c->other->gone || c->other->closed || c->other->set_back || misses(s, c) == NULL)
		stop_withholding(s, c);
	else if (s->now - c->since > 3 * SIM_HOUR)
		sim_fail(s, "%s lacks something of %s, and could have had it past %s", misses(s, c)->code.code, c->other->code.code,
		    c->who->code.code);
	else
		sim_act(s, s->now + 10000, go_on_withholding, c);
}

/* It goes on when nothing else is bad any more: those who have another way miss nothing. */
static void
withhold_calm(struct sim *s, struct drawn *c)
{
	c->since = s->now;
	go_on_withholding(s, c);
}

const struct sim_case case_withhold = {
	.name = "withhold",
	.what = "passes on nothing of somebody's log, as if there were nothing",
	.holds = "who has another way has all of it, and everybody once it stops",
	.percent = 10, .in_province = 30,
	.begin = withhold_begin, .carry = withhold_carry, .calm = withhold_calm,
};

/* --- the delegation arrives last --- */

/* c->other's delegation stands in its issuer's log; c->who hears of that log only at the end. */
static bool
late_begin(struct sim *s, struct drawn *c)
{
	c->other = world_pick(s, true);
	if (c->other == NULL)
		return false;
	c->who = world_node(s, &c->other->issuer);
	if (c->who->id == 0 || c->who->liar)
		return false;
	c->who->liar = true;
	return true;
}

static bool
late_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;

	/* Everybody but the county itself is kept from the city's log, whoever passes it on. */
	if (c->over || to == c->other || to == c->who)
		return true;
	if (surgery_hide(is_request, b, world_origin(s, c->who, &origin)) && from == c->who)
		cases_happened(s, c);
	return true;
}

static void
late_calm(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (&s->nodes[i] != c->who && &s->nodes[i] != c->other && world_log(s, &s->nodes[i], c->other) != NULL)
			sim_fail(s, "%s takes a log for that of %s, whose delegation nobody has shown", s->nodes[i].code.code,
			    c->other->code.code);
	c->over = true;
}

static void
late_end(struct sim *s, struct drawn *c)
{
	struct yw_origin origin;

	world_origin(s, c->who, &origin);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->other);
		const struct yw_generation *g = log != NULL ? yw_ledger_generation(s->nodes[i].ledger, log) : NULL;

		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		if (g == NULL || strcmp(g->delegation.origin.text, origin.text) != 0)
			sim_fail(s, "%s does not know %s by the word of %s", s->nodes[i].code.code, c->other->code.code, c->who->code.code);
	}
}

const struct sim_case case_late_delegation = {
	.name = "late-delegation",
	.what = "keeps its own log back from everybody but a county, and with it the county's delegation",
	.holds = "nobody shows the county's log before its delegation, and everybody does after",
	.percent = 8,
	.begin = late_begin, .carry = late_carry, .calm = late_calm, .end = late_end,
};

/* No honest owner's log is taken for forked or broken. */
static void
none_stopped(struct sim *s, struct drawn *c)
{
	(void)c;
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++)
		for (size_t k = 0; s->nodes[i].ledger != NULL && k < yw_ledger_count(s->nodes[i].ledger); k++) {
			const struct yw_log *log = yw_ledger_at(s->nodes[i].ledger, k);
			const struct node *owner = world_owner(s, &log->code, log->generation);

			if (owner != NULL && !owner->dishonest && (log->frozen || log->broken))
				sim_fail(s, "%s stopped the log of %s: %s", s->nodes[i].code.code, owner->code.code, log->trouble);
		}
}

/* --- old heads --- */

#define HEADS_KEPT 4

/*
 * The oldest head of each log that went by takes the place of the new ones: c->of[i] is the size of that of node i.
 * c->other was shown one; c->of[KNOWN + i] is the size of the newest head of node i that it knew in that boot, c->since.
 */
#define KNOWN HEADS_KEPT

static uint64_t
size_of(const ProtobufCBinaryData *note)
{
	struct yw_checkpoint cp = { .size = 0 };
	struct yw_note n;

	if (yw_note_parse((struct yw_bytes) { note->data, note->len }, &n, NULL) != YW_OK)
		return 0;
	if (yw_checkpoint_parse(n.text, &cp, NULL) != YW_OK)
		cp.size = 0;
	yw_note_release(&n);
	return cp.size;
}

static bool
swap_head(struct sim *s, struct drawn *c, Yiwang__V1__LogNews *n)
{
	struct node *owner = NULL;
	struct yw_origin origin;

	for (unsigned i = 0; i < HEADS_KEPT && i < s->n_nodes; i++)
		if (strcmp(world_origin(s, &s->nodes[i], &origin), n->origin) == 0)
			owner = &s->nodes[i];
	if (owner == NULL || n->head.len == 0)
		return false;
	if (c->kept[owner->id].len == 0) {
		yw_buf_add(&c->kept[owner->id], n->head.data, n->head.len);
		c->of[owner->id] = size_of(&n->head);
		return false;
	}
	if (size_of(&n->head) <= c->of[owner->id])
		return false;
	surgery_set(&n->head, yw_buf_bytes(&c->kept[owner->id]));
	return true;
}

/* Who knows a newer head does not go back to an older one.  (Of first logs: the next one begins with none.) */
static void
never_back(struct sim *s, struct drawn *c)
{
	bool same_boot = c->other != NULL && c->since == c->other->boots;

	for (unsigned i = 0; c->other != NULL && i < HEADS_KEPT && i < s->n_nodes; i++) {
		const struct yw_log *log = !s->nodes[i].closed && !s->nodes[i].dishonest ? world_log(s, c->other, &s->nodes[i]) : NULL;
		uint64_t now = log != NULL ? log->head_size : 0;

		if (log != NULL && same_boot && log->generation == 1 && now < c->of[KNOWN + i])
			sim_fail(s, "%s knew a head of %s with %llu entries, and goes by one of %llu now", c->other->code.code,
			    s->nodes[i].code.code, (unsigned long long)c->of[KNOWN + i], (unsigned long long)now);
		c->of[KNOWN + i] = now;
	}
	c->since = c->other != NULL ? c->other->boots : 0;
}

static bool
old_head_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;
	bool changed = false;

	never_back(s, c);
	if (!speaks(c, from) || !surgery_open(&g, is_request, b))
		return true;
	for (size_t i = 0; i < g.e->n_logs; i++)
		changed |= swap_head(s, c, g.e->logs[i]);
	surgery_close(&g, changed ? b : NULL);
	if (changed)
		cases_happened(s, c);
	if (changed && c->other == NULL)
		c->other = to;
	return true;
}

/* Everybody has gone past what was shown as new. */
static void
old_head_end(struct sim *s, struct drawn *c)
{
	none_stopped(s, c);
	for (unsigned k = 0; k < HEADS_KEPT && k < s->n_nodes; k++)
		for (unsigned i = 0; c->kept[k].len > 0 && i < s->n_nodes; i++) {
			const struct yw_log *log = world_log(s, &s->nodes[i], &s->nodes[k]);

			if (log == NULL || s->nodes[i].closed || s->nodes[k].closed || s->nodes[k].dishonest || s->nodes[k].generation > 1)
				continue;
			if (log->size < c->of[k] || log->head_size < c->of[KNOWN + k])
				sim_fail(s, "%s holds %llu entries of %s, and goes by a head of %llu", s->nodes[i].code.code,
				    (unsigned long long)log->size, s->nodes[k].code.code, (unsigned long long)log->head_size);
		}
}

const struct sim_case case_old_head = {
	.name = "old-head",
	.what = "shows the oldest heads it ever saw in place of new ones",
	.holds = "no copy went back, no log is stopped, and all are whole",
	.percent = 10, .in_province = 50,
	.begin = pick_relay, .carry = old_head_carry, .calm = stop, .end = old_head_end,
};

/* --- other bodies --- */

struct swapped {			/* in c->kept[0], the first ones */
	struct yw_origin origin;
	struct node *to;
	uint64_t index;
	uint16_t item;
};
#define SWAPPED_MAX 64

static bool
swap_bodies(struct sim *s, struct drawn *c, struct node *to, const char *origin, Yiwang__V1__Body **list, size_t n)
{
	struct swapped w = { .to = to };
	bool changed = false;

	for (size_t i = 0; i < n; i++) {
		const char *of = origin != NULL ? origin : list[i]->origin;

		if (list[i]->bytes.len == 0 || sim_percent(s, 50))
			continue;
		list[i]->bytes.data[list[i]->bytes.len - 1] ^= 1;	/* in the title, mostly: still a record */
		changed = true;
		snprintf(w.origin.text, sizeof w.origin.text, "%s", of);
		w.index = list[i]->index;
		w.item = (uint16_t)list[i]->item;
		if (c->kept[0].len < SWAPPED_MAX * sizeof w)
			yw_buf_add(&c->kept[0], &w, sizeof w);
	}
	return changed;
}

static bool
changed_body_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;
	bool changed;

	if (!speaks(c, from) || !surgery_open(&g, is_request, b))
		return true;
	changed = swap_bodies(s, c, to, NULL, g.e->bodies, g.e->n_bodies);
	for (size_t i = 0; i < g.e->n_packages; i++)
		changed |= swap_bodies(s, c, to, g.e->packages[i]->origin, g.e->packages[i]->bodies, g.e->packages[i]->n_bodies);
	surgery_close(&g, changed ? b : NULL);
	if (changed)
		cases_happened(s, c);
	return true;
}

static enum yw_code
body_at(const struct node *n, const struct swapped *w, struct yw_buf *out)
{
	struct yw_view *v;
	enum yw_code code;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	code = yw_view_log(v, w->origin.text) != NULL ?
	    yw_view_body(v, yw_view_log(v, w->origin.text), w->index, w->item, out, NULL) : YW_ENOENT;
	yw_view_close(v);
	return code;
}

/* Has it been erased since, or declared lost?  The owner waits for none then. */
static bool
owner_has_none(const struct node *owner, const struct swapped *w)
{
	const struct yw_log *log = owner->ledger != NULL ? yw_ledger_log(owner->ledger, w->origin.text) : NULL;
	struct yw_buf body = YW_BUF_INIT;
	bool none = log != NULL && log->n_missing == 0 && body_at(owner, w, &body) == YW_ENOENT;

	yw_buf_release(&body);
	return none;
}

/* Who was given another body has the right one now. */
static void
check_swapped(struct sim *s, const struct swapped *w, const struct node *owner)
{
	const struct fact *f = &owner->truth.facts[w->index];
	struct yw_buf body = YW_BUF_INIT;
	struct yw_hash hash;
	enum yw_code code = body_at(w->to, w, &body);

	yw_sha256(body.data, body.len, &hash);
	if (code == YW_OK ? !yw_hash_equal(&hash, &f->hashes[w->item]) : !owner_has_none(owner, w))
		sim_fail(s, "%s was given another body for item %u of entry %llu of '%s', and %s now", w->to->code.code, w->item,
		    (unsigned long long)w->index, w->origin.text, code != YW_OK ? "has none" : "shows it");
	yw_buf_release(&body);
}

static void
changed_body_end(struct sim *s, struct drawn *c)
{
	struct yw_jurisdiction code;
	uint32_t generation;
	struct swapped w;

	for (size_t at = 0; at < c->kept[0].len && !sim_failed(s); at += sizeof w) {
		const struct node *owner;

		memcpy(&w, c->kept[0].data + at, sizeof w);
		if (yw_origin_parse(w.origin.text, strlen(w.origin.text), NULL, &code, &generation) != YW_OK)
			continue;
		owner = world_owner(s, &code, generation);
		if (owner == NULL || owner->dishonest || owner->set_back || owner->closed || owner->gone || w.index >= owner->truth.n ||
		    w.to->ledger == NULL || w.to->closed || w.to->set_back || w.to->main != NULL)
			continue;
		check_swapped(s, &w, owner);
	}
}

const struct sim_case case_changed_body = {
	.name = "changed-body",
	.what = "hands out other bodies than their owners registered",
	.holds = "nobody ever showed one of them",
	.percent = 10,
	.begin = pick_relay, .carry = changed_body_carry, .calm = stop, .end = changed_body_end,
};

/* --- proofs that prove nothing --- */

static bool
spoil_proof(struct sim *s, Yiwang__V1__Package *p)
{
	switch (sim_random(s, 3)) {
	case 0:
		if (p->n_subtree > 0)
			surgery_flip(s, &p->subtree[sim_random(s, p->n_subtree)]);
		return p->n_subtree > 0;
	case 1:
		if (p->n_consistency > 0)
			surgery_flip(s, &p->consistency[sim_random(s, p->n_consistency)]);
		return p->n_consistency > 0;
	default:
		p->head_size += 1 + sim_random(s, 5);
		return true;
	}
}

/* The first head of each of a few logs is kept; a later one that goes by makes a pair with it.  Both are signed by their owner,
 * and what is said to prove that they contradict each other does not (L6). */
static bool
accuse(struct sim *s, struct drawn *c, Yiwang__V1__Exchange *e, const char *origin, const ProtobufCBinaryData *head)
{
	struct yw_bytes note = { head->data, head->len }, kept;
	size_t i = 0, len = strlen(origin);

	if (note.len == 0)
		return false;
	while (i < sizeof c->kept / sizeof *c->kept && c->kept[i].len > len &&
	    (memcmp(c->kept[i].data, origin, len) != 0 || c->kept[i].data[len] != '\n'))
		i++;
	if (i == sizeof c->kept / sizeof *c->kept)
		return false;
	kept = yw_buf_bytes(&c->kept[i]);
	if (kept.len == 0)
		yw_buf_add(&c->kept[i], note.data, note.len);
	if (kept.len == 0 || yw_bytes_equal(kept, note) || !sim_percent(s, 20))
		return false;
	surgery_accuse(s, e, origin, kept, note);
	return true;
}

static bool
garbage_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;
	bool changed = false;

	(void)to;
	if (!speaks(c, from) || !surgery_open(&g, is_request, b))
		return true;
	for (size_t i = 0; i < g.e->n_packages; i++)
		if (sim_percent(s, 50))
			changed |= spoil_proof(s, g.e->packages[i]);
	for (size_t i = 0; i < g.e->n_logs; i++)
		changed |= accuse(s, c, g.e, g.e->logs[i]->origin, &g.e->logs[i]->head);
	for (size_t i = 0; i < g.e->n_packages; i++)
		changed |= accuse(s, c, g.e, g.e->packages[i]->origin, &g.e->packages[i]->head);
	surgery_close(&g, changed ? b : NULL);
	if (changed)
		cases_happened(s, c);
	return true;
}

const struct sim_case case_garbage_proof = {
	.name = "garbage-proof",
	.what = "gives proofs that prove nothing, and accuses owners by them",
	.holds = "no log is frozen because of them",
	.percent = 10, .in_province = 50,
	.begin = pick_relay, .carry = garbage_carry, .calm = stop, .end = none_stopped,
};

/* --- half of its messages are lost --- */

static bool
half_lost_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, false);
	if (s->o.province)		/* of the days the first hour of this is enough */
		cases_at(s, SIM_HOUR, stop, c);
	return c->who != NULL;
}

static bool
half_lost_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	(void)to;
	(void)is_request;
	(void)b;
	if (!speaks(c, from))
		return true;
	c->number++;
	if (sim_percent(s, 50))
		return true;
	cases_happened(s, c);
	return false;
}

/* It was half of them, and not of two or three.  It is honest: whoever cuts it off has failed there and then (wire.c). */
static void
half_lost_end(struct sim *s, struct drawn *c)
{
	if (c->number >= 200 && (4 * (uint64_t)c->happened < c->number || 4 * (uint64_t)c->happened > 3 * c->number))
		sim_fail(s, "%s has lost %u of %llu messages", c->who->code.code, c->happened, (unsigned long long)c->number);
	case_lines_are_up(s, c->who);
}

const struct sim_case case_half_lost = {
	.name = "half-lost",
	.what = "loses half of the messages it sends",
	.holds = "nobody lacks anything, and nobody has cut it off for it",
	.percent = 10, .in_province = 30,
	.begin = half_lost_begin, .carry = half_lost_carry, .calm = stop, .end = half_lost_end,
};

/* --- curiosity --- */

/* A place in somebody's log whose body this node may not have. */
static bool
forbidden(struct sim *s, const struct node *asker, uint64_t *index, struct yw_origin *origin)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		struct node *owner = &s->nodes[sim_random(s, s->n_nodes)];

		*index = sim_random(s, owner->truth.n);
		if (owner == asker || owner->truth.n == 0 || owner->truth.facts[*index].cls != YW_CLASS_NOT_SHARED ||
		    yw_jurisdiction_above(&asker->code, &owner->code))
			continue;
		world_origin(s, owner, origin);
		return true;
	}
	return false;
}

static bool
curious_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;
	struct surgery g;
	uint64_t index;

	(void)to;
	if (!speaks(c, from) || sim_percent(s, 70) || !forbidden(s, from, &index, &origin) ||
	    !surgery_open(&g, is_request, b))
		return true;
	surgery_ask(g.e, origin.text, index);
	surgery_close(&g, b);
	cases_happened(s, c);
	return true;
}

static bool
curious_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, true);
	if (c->who == NULL)
		return false;
	c->who->liar = true;
	return true;
}

const struct sim_case case_curious = {
	.name = "curious",
	.what = "asks for bodies that it may not have",
	.holds = "it got none of them",
	.percent = 15,
	.begin = curious_begin, .carry = curious_carry, .calm = stop,
};
