/*
 * case_issuer.c - what an issuer can do to those below it, and what it cannot: take a node over alone, end a log where it
 * never was, keep its closing back (T6, T7, T9).
 */
#include "sim_int.h"

#define TRY_MS 20000

/* A county below a city that no other case needs; who: the city, or the county. */
bool
case_pick_pair(struct sim *s, struct node **city, struct node **county)
{
	*county = world_pick_idle(s);
	*city = *county != NULL ? world_node(s, &(*county)->issuer) : NULL;
	return *city != NULL && (*city)->id != 0 && !world_claimed(s, *city);
}

/* --- a recovery without consent --- */

/* Sooner or later, whatever else ends before. */
static void
owner_goes_on(struct sim *s, void *what)
{
	struct drawn *c = what;

	c->other->next_log = (struct next) { .closing = c->other->next_log.closing, .issuer = c->who->code };
	if (!next_begin(s, c->other))
		sim_act(s, s->now + TRY_MS, owner_goes_on, c);
}

static void
invent(struct sim *s, struct drawn *c)
{
	struct yw_request r = { .network = s->network.hash, .code = c->other->code, .generation = c->other->generation + 1,
		.issuer = c->who->code };
	struct yw_key_set keys;
	struct yw_seed seed;
	struct yw_error err;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &keys);
	yw_buf_clear(&c->kept[0]);
	if (!next_closed(s, c->other) || yw_request_make(&r, &keys, NULL, &c->kept[0], &err) != YW_OK ||
	    !forge_delegation(c->who, yw_buf_bytes(&c->kept[0]))) {
		cases_again(s, c, invent);
		return;
	}
	cases_happened(s, c);
	sim_act(s, s->now + 2 * SIM_MINUTE, owner_goes_on, c);
}

static void
alone_now(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it has its own plans for it" };

	if (world_all_in(s) && next_close(s, c->other, &d))
		cases_at(s, s->now + SIM_MINUTE, invent, c);
	else
		cases_again(s, c, alone_now);
}

static bool
alone_begin(struct sim *s, struct drawn *c)
{
	if (!case_pick_pair(s, &c->who, &c->other))
		return false;
	cases_at(s, cases_time(s), alone_now, c);
	return true;
}

/* Does everybody take for the newest generation of `of` the one that it asked for? */
void
case_owner_goes_on(struct sim *s, const struct node *of, bool recovery)
{
	const struct yw_generation *g;
	struct yw_hash want;

	yw_request_hash(yw_buf_bytes(&of->request), &want);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		g = yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &of->code);
		if (g == NULL || !yw_hash_equal(&g->request, &want))
			sim_fail(s, "%s takes another for %s than who asked for its next log", s->nodes[i].code.code, of->code.code);
		else if (g->recovery != recovery)
			sim_fail(s, "%s calls generation %u of %s %s recovery", s->nodes[i].code.code, (unsigned)g->generation,
			    of->code.code, g->recovery ? "a" : "no");
	}
}

bool
case_is_known(struct sim *s, const struct node *of)
{
	struct yw_hash want;
	bool all = of->generation > 1;

	yw_request_hash(yw_buf_bytes(&of->request), &want);
	for (unsigned i = 0; i < s->n_nodes && all; i++) {
		const struct yw_generation *g = s->nodes[i].ledger != NULL && !s->nodes[i].closed ?
		    yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &of->code) : NULL;

		all = s->nodes[i].ledger == NULL || s->nodes[i].closed || (g != NULL && yw_hash_equal(&g->request, &want));
	}
	return all;
}

static bool
is_known(struct sim *s, struct drawn *c)
{
	return case_is_known(s, c->other);
}

static void
alone_end(struct sim *s, struct drawn *c)
{
	const struct yw_generation *g;
	struct yw_hash invented;

	yw_request_hash(yw_buf_bytes(&c->kept[0]), &invented);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		g = yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &c->other->code);
		if (g != NULL && yw_hash_equal(&g->request, &invented))
			sim_fail(s, "%s takes a node that was invented for %s", s->nodes[i].code.code, c->other->code.code);
	}
	if (!cases_until(s, c, is_known, 2 * SIM_HOUR))
		sim_fail(s, "%s has not gone on with a log of its own", c->other->code.code);
	case_owner_goes_on(s, c->other, false);
}

const struct sim_case case_recovery_alone = {
	.name = "recovery-alone",
	.what = "closes a county and admits a node of its own invention in its place, without the consent that a recovery needs",
	.holds = "nobody knows that node, and the county has gone on with a log of its own",
	.percent = 6,
	.begin = alone_begin, .end = alone_end,
};

/* --- a closing on a forged branch --- */

/* Everybody holds a beat with quorum at or beyond this size? */
static bool
all_have_quorum(struct sim *s, const struct node *owner, uint64_t size)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], owner);

		if (log == NULL || log->n_beats == 0 || log->beats[0].quorum != YW_QUORUM_MET || log->beats[0].size < size)
			return false;
	}
	return true;
}

static bool
forges_end(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it forked its log, says its city" };
	const struct yw_log *log = world_log(s, c->who, c->other);
	struct yw_origin origin;

	if (log == NULL || log->full_size == 0 || !all_have_quorum(s, c->other, log->full_size))
		return false;
	forge_head(s, c->other, &c->other->keys, log->full_size, &c->kept[0]);	/* the city has stolen the key */
	return forge_closing(c->who, world_origin(s, c->other, &origin), &d, &c->kept[0]);
}

static void
forged_now(struct sim *s, struct drawn *c)
{
	if (forges_end(s, c))
		cases_happened(s, c);
	else
		cases_again(s, c, forged_now);
}

static bool
forged_begin(struct sim *s, struct drawn *c)
{
	if (s->network.policy == NULL || !case_pick_pair(s, &c->who, &c->other))
		return false;
	s->forges = true;
	cases_at(s, cases_time(s), forged_now, c);
	return true;
}

static void
forged_end(struct sim *s, struct drawn *c)
{
	struct yw_error why;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_trust *t = s->nodes[i].ledger != NULL ? yw_ledger_trust(s->nodes[i].ledger) : NULL;

		if (t != NULL && !s->nodes[i].closed && yw_trust_open(t, &c->other->code) == NULL)
			sim_fail(s, "%s believes that %s was closed on a branch that never was", s->nodes[i].code.code,
			    c->other->code.code);
	}
	if (yw_ledger_state(c->other->ledger, &why) != YW_LEDGER_APPENDING)
		sim_fail(s, "%s has been stopped by a closing that is void: %s", c->other->code.code, why.msg);
}

const struct sim_case case_forged_branch = {
	.name = "forged-branch",
	.what = "closes a county's log at a head that it forged with the stolen key, though a beat with quorum says otherwise",
	.holds = "the closing is void, and the county goes on",
	.percent = 6,
	.begin = forged_begin, .end = forged_end,
};

/* --- the same, and then those whose word contradicted it are revoked --- */

/* Does the network file's quorum ask for it?  Codes with a space before them stand in that line alone. */
static bool
is_mirror(const struct sim *s, const struct node *n)
{
	char word[YW_CODE_DIGITS + 2];

	snprintf(word, sizeof word, " %s", n->code.code);
	return memmem(s->network_file.data, s->network_file.len, word, strlen(word)) != NULL;
}

static bool
may_be_revoked(struct sim *s, const struct drawn *c, const struct node *m)
{
	struct node *issuer = world_node(s, &m->issuer);

	return !world_claimed(s, m) && (issuer == c->who || !world_claimed(s, issuer)) && case_city_may_end(s, m, NULL);
}

/* What a city that is closed says after that of its county counts for nothing (T6). */
static bool
is_issuer_of(const struct node *a, const struct node *b)
{
	return yw_jurisdiction_equal(&b->issuer, &a->code);
}

/* All but one have to sign: without two of them no quorum is met any more. */
static bool
pick_mirrors(struct sim *s, const struct drawn *c, struct node *out[static 2])
{
	size_t n = 0;

	for (unsigned i = 1; i < s->n_nodes && n < 2; i++) {
		struct node *m = &s->nodes[i];

		if (m != c->who && m != c->other && is_mirror(s, m) && may_be_revoked(s, c, m) &&
		    (n == 0 || (!is_issuer_of(out[0], m) && !is_issuer_of(m, out[0]))))
			out[n++] = m;
	}
	return n == 2;
}

/* What does n say of the closing that was forged?  NULL: nothing yet. */
static const struct yw_closing_asked *
said_of(struct sim *s, const struct node *n, const struct node *closed)
{
	const struct yw_trust *t = yw_ledger_trust(n->ledger);
	struct yw_origin origin;

	world_origin(s, closed, &origin);
	for (size_t i = 0; i < yw_trust_n_asked(t); i++)
		if (strcmp(yw_trust_asked(t, i)->origin.text, origin.text) == 0)
			return yw_trust_asked(t, i);
	return NULL;
}

static unsigned
take_for(struct sim *s, const struct node *closed, bool is_void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_closing_asked *a = s->nodes[i].ledger != NULL ? said_of(s, &s->nodes[i], closed) : NULL;

		n += a != NULL && a->is_void == is_void;
	}
	return n;
}

/* Sooner, where another case revokes mirrors too. */
static void
watch_disputed(struct sim *s, void *what)
{
	struct drawn *c = what;

	if (take_for(s, c->other, false) == 0) {
		sim_act(s, s->now + 1000, watch_disputed, c);
		return;
	}
	c->other->closed = true;
	c->other->ends = c->other->generation;
	cases_happened(s, c);
}

static void
revoke_next(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "its key was stolen", .revoked = true };
	struct node *m = &s->nodes[c->of[c->number]];

	if (!may_be_revoked(s, c, m))	/* another case needs it */
		return;
	if (take_for(s, c->other, true) + (unsigned)c->number < s->n_nodes || !next_close(s, m, &d)) {
		cases_again(s, c, revoke_next);
		return;
	}
	s->mirror_stopped = s->days_differ = true;
	if (++c->number < 2)
		cases_at(s, s->now + 1000, revoke_next, c);
}

static void
forged_then_revoked(struct sim *s, struct drawn *c)
{
	if (!forges_end(s, c)) {
		cases_again(s, c, forged_then_revoked);
		return;
	}
	c->other->disputed = true;
	watch_disputed(s, c);
	cases_at(s, s->now + SIM_MINUTE, revoke_next, c);
}

static bool
word_revoked_begin(struct sim *s, struct drawn *c)
{
	struct node *mirrors[2];

	if (s->network.policy == NULL || !case_pick_pair(s, &c->who, &c->other) || !pick_mirrors(s, c, mirrors))
		return false;
	s->one_quorum = true;
	for (size_t i = 0; i < 2; i++)
		c->of[i] = mirrors[i]->id;
	cases_at(s, cases_time(s), forged_then_revoked, c);
	return true;
}

static void
word_revoked_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		const struct node *n = &s->nodes[i];

		if (n->ledger != NULL && !n->closed && yw_trust_open(yw_ledger_trust(n->ledger), &c->other->code) != NULL)
			sim_fail(s, "%s takes the closing of %s for void, though nobody's word contradicts it any more",
			    n->code.code, c->other->code.code);
	}
}

const struct sim_case case_word_revoked = {
	.name = "word-revoked",
	.what = "closes a county's log at a head that it forged, and then two mirrors are revoked, without whose word no quorum "
	    "contradicts it",
	.holds = "the closing, which was void for all, is in force for all",
	.begin = word_revoked_begin, .end = word_revoked_end,
};

/* --- the closing arrives last --- */

static void
late_now(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "it was merged into its city" };

	if (!world_all_in(s) || !next_close(s, c->other, &d)) {
		cases_again(s, c, late_now);
		return;
	}
	c->since = s->now;
	cases_happened(s, c);
	node_register(c->other, 1 + (unsigned)sim_random(s, 30), true);
}

/* From then on nobody hears anything of the city's log, the county neither, whoever passes it on. */
static bool
late_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;

	(void)from;
	if (c->since != 0 && !c->over && to != c->who)
		(void)surgery_hide(is_request, b, world_origin(s, c->who, &origin));
	return true;
}

static void
late_calm(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over = true;
}

static bool
late_begin(struct sim *s, struct drawn *c)
{
	if (!case_pick_pair(s, &c->who, &c->other))
		return false;
	c->who->liar = true;
	cases_at(s, cases_time(s), late_now, c);
	return true;
}

static void
late_end(struct sim *s, struct drawn *c)
{
	const struct yw_generation *first = NULL;
	struct yw_origin origin;

	world_origin(s, c->other, &origin);
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_generation *g = s->nodes[i].ledger != NULL && !s->nodes[i].closed ?
		    yw_trust_origin(yw_ledger_trust(s->nodes[i].ledger), origin.text) : NULL;

		first = first != NULL ? first : g;
		if (g != NULL && g->open)
			sim_fail(s, "%s does not know that %s was closed", s->nodes[i].code.code, c->other->code.code);
		else if (g != NULL && (g->end.size != first->end.size || !yw_hash_equal(&g->end.root, &first->end.root)))
			sim_fail(s, "%s ends the log of %s at %llu entries, others at %llu", s->nodes[i].code.code, c->other->code.code,
			    (unsigned long long)g->end.size, (unsigned long long)first->end.size);
	}
}

const struct sim_case case_late_closing = {
	.name = "late-closing",
	.what = "closes a county and keeps its own log back, and with it the closing, from everybody until the end",
	.holds = "all agree where the county's log ends, and on what counts",
	.percent = 6,
	.begin = late_begin, .carry = late_carry, .calm = late_calm, .end = late_end,
};
