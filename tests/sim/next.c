/*
 * next.c - logs that end, and the next ones of the same nodes (T6 to T10), in any seed.
 *
 * A node is a machine: when it goes on with a next log it keeps its place, its disk and its lines, and has new keys.  What
 * was true of the log before stays, in a struct node of its own that is nobody's any more (`past`).
 */
#include "sim_int.h"

#define SEEDS_PERCENT 60	/* have logs that end */
#define ENDS_MAX 3		/* in a seed */
#define ENDS_PROVINCE 4		/* in one of 109 nodes */
#define FIRST_AT (12 * SIM_MINUTE)
#define AGAIN_MS (20 * 1000)	/* what cannot be done now is tried again after so long */
#define CONSENT_AGAIN_MS (5 * SIM_MINUTE)
#define CONSENTS_MAX 3		/* to one request: twice in a row the power does not go */

/* --- the next log of a node --- */

/* Whatever is known of n's log is known of `past` from now on. */
static void
leave(struct sim *s, struct node *n, struct node *past)
{
	for (unsigned i = 0; i < s->n_all; i++) {
		struct node *at = &s->nodes[i];

		at->seen[past->id] = at->seen[n->id];
		at->seen[n->id] = (struct seen) { .size = 0 };
		at->n_owners = 0;
		for (size_t k = 0; k < at->n_spots; k++)
			if (at->spots[k].owner == n)
				at->spots[k].owner = past;
	}
	past->truth = n->truth;
	n->truth = (struct truth) { .n = 0 };
	past->generation = n->generation;
	past->issuer = n->issuer;
	past->keys = n->keys;
	past->set_back = n->set_back;
	past->past = past->gone = past->closed = true;
	s->n_past++;
}

/* What `yiwang log next` does: fresh keys, a request for them, and a guard that promises nothing. */
static void
take_keys(struct sim *s, struct node *n, const struct yw_key_set *old)
{
	struct yw_request r = { .network = s->network.hash, .code = n->code, .generation = n->generation, .issuer = n->issuer };
	struct yw_guard_io guard = disk_guard;
	struct yw_seed seed;
	struct yw_error err;

	guard.arg = n;
	n->crash_at = NO_CRASH;
	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &n->keys);
	yw_buf_clear(&n->request);
	memset(n->guard, 0, sizeof n->guard);
	if (yw_request_make(&r, &n->keys, n->next_log.old_key_lost ? NULL : &old->head, &n->request, &err) != YW_OK ||
	    (n->store != NULL && disk_init_guard(&guard, &err) != YW_OK))
		sim_fail(s, "%s cannot ask for a next log: %s", n->code.code, err.msg);
}

static bool
has_line_to(struct sim *s, const struct node *n, const struct node *to)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].child == n && s->wires[i].parent == to)
			return true;
	return false;
}

/* T9: by the issuer's issuer, as soon as it can be asked; again where it was lost with the power. */
static void
consent(struct sim *s, void *what)
{
	struct node *n = what, *issuer = world_node(s, &n->issuer), *above = world_node(s, &issuer->issuer);
	bool asks = above != NULL && above->ledger != NULL && world_log(s, above, n) == NULL, done;
	struct yw_error err;

	if (above == NULL || n->next_log.consents == CONSENTS_MAX)	/* it has gone on below the province since, or enough was said */
		return;
	done = asks && yw_ledger_consent(above->ledger, yw_buf_bytes(&n->request), &err) == YW_OK;
	if (done) {
		sim_tell(s, "%s consents to the recovery of %s", above->code.code, n->code.code);
		s->r->bad[SIM_RECOVERED] += n->next_log.consents++ == 0;
		node_poke(above, s->now);
	}
	if (asks || above->ledger == NULL)
		sim_act(s, s->now + (done ? CONSENT_AGAIN_MS : AGAIN_MS), consent, n);
}

/* Of one that is down it is not known what its last turn left on its disk. */
bool
next_begin(struct sim *s, struct node *n)
{
	struct node *past = n->ledger != NULL ? world_guest(s, &n->code) : NULL, *issuer = world_node(s, &n->next_log.issuer);

	if (past == NULL || (!has_line_to(s, n, issuer) && world_wire(s, n, issuer) == NULL))
		return false;
	node_crash_for(n, false, 1000);
	leave(s, n, past);
	n->generation++;
	n->issuer = issuer->code;
	n->closed = n->rotates = false;
	take_keys(s, n, &past->keys);
	sim_tell(s, "%s asks %s for generation %u of its log%s", n->code.code, issuer->code.code, (unsigned)n->generation,
	    n->next_log.needs_consent ? ", which is a recovery" : "");
	s->r->bad[SIM_WENT_ON]++;
	if (n->next_log.needs_consent)
		consent(s, n);
	return true;
}

void
next_of_copy(struct sim *s, struct node *copy)
{
	struct yw_key_set old = copy->keys;

	copy->generation++;
	take_keys(s, copy, &old);
}

bool
next_after_loss(struct sim *s, struct node *n)
{
	struct node *past = world_guest(s, &n->code);

	if (past == NULL)
		return false;
	node_stop(n);
	yw_store_close(n->store);
	n->store = NULL;
	leave(s, n, past);
	past->set_back = true;		/* what it acknowledged and promised went with its disk */
	for (unsigned i = 0; i < SIM_NODES_MAX; i++)
		n->seen[i] = (struct seen) { .size = 0 };
	n->generation++;
	n->rotates = false;
	n->next_log.old_key_lost = true;
	take_keys(s, n, &past->keys);
	return true;
}

/* --- its end --- */

static void
count_closing(struct sim *s, const struct yw_closing_draft *d)
{
	s->r->bad[d->revoked ? SIM_REVOKED : SIM_ENDED]++;
	s->r->bad[SIM_MERGED] += d->successor.code[0] != '\0';
	s->r->bad[SIM_DOUBTED] += d->doubted;
	s->r->bad[SIM_HANDED_OVER] += d->next_issuer.code[0] != '\0';
}

bool
next_closed(struct sim *s, struct node *n)
{
	const struct node *issuer = world_node(s, &n->issuer);
	const struct yw_generation *g;
	struct yw_origin origin;

	if (issuer->ledger == NULL)
		return false;
	g = yw_trust_origin(yw_ledger_trust(issuer->ledger), world_origin(s, n, &origin));
	return g != NULL && !g->open;
}

static void
go_on(struct sim *s, void *what)
{
	struct node *n = what;

	if (n->ledger == NULL)
		sim_act(s, s->now + AGAIN_MS, go_on, n);
	else
		(void)!next_begin(s, n);	/* where there is no room for it, it stays closed */
}

/* The issuer may lose its power before the closing is on its disk: then its admin does it again. */
static void
confirm(struct sim *s, void *what)
{
	struct node *n = what, *issuer = world_node(s, &n->issuer);
	struct yw_origin origin;
	struct yw_error err;

	if (n->generation != n->ends)	/* it was, and it has gone on */
		return;
	if (!next_closed(s, n)) {
		if (issuer->ledger != NULL &&
		    yw_ledger_close_log(issuer->ledger, world_origin(s, n, &origin), &n->next_log.closing, &err) == YW_OK)
			node_poke(issuer, s->now);
		sim_act(s, s->now + AGAIN_MS, confirm, n);
		return;
	}
	count_closing(s, &n->next_log.closing);
	if (n->next_log.goes_on)
		sim_act(s, s->now + (int64_t)sim_random(s, 6 * SIM_MINUTE), go_on, n);
}

bool
next_close(struct sim *s, struct node *n, const struct yw_closing_draft *d)
{
	struct node *issuer = world_node(s, &n->issuer);
	struct yw_origin origin;
	struct yw_error err;

	if (issuer->ledger == NULL || yw_ledger_close_log(issuer->ledger, world_origin(s, n, &origin), d, &err) != YW_OK)
		return false;
	sim_tell(s, "%s closes '%s'%s", issuer->code.code, origin.text, d->revoked ? ": its keys count for nothing any more" : "");
	n->closed = true;
	n->ends = n->generation;
	n->next_log.closing = *d;
	node_poke(issuer, s->now);
	sim_act(s, s->now + AGAIN_MS, confirm, n);
	return true;
}

/* --- in any seed --- */

/* One that no case needs as it is, and whose receipts no quorum needs; with a sound issuer. */
static struct node *
candidate(struct sim *s)
{
	struct node *n = world_pick_idle(s), *issuer;

	if (n == NULL || n->closed || n->set_back || n->truth.n == 0)
		return NULL;
	issuer = world_node(s, &n->issuer);
	return issuer->id != 0 && world_claimed(s, issuer) ? NULL : n;
}

/* Rather one below a city: of the others none has a recovery. */
static struct node *
pick_one(struct sim *s)
{
	struct node *n = NULL;

	for (unsigned tries = 0; tries < 4 && (n == NULL || world_node(s, &n->issuer)->id == 0); tries++)
		n = candidate(s);
	return n;
}

/* Of the two strict ancestors that a county has the one that is not its issuer; else "". */
static struct yw_jurisdiction
other_issuer(struct sim *s, const struct node *n)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (yw_jurisdiction_above(&s->nodes[i].code, &n->code) && !yw_jurisdiction_equal(&s->nodes[i].code, &n->issuer) &&
		    !s->nodes[i].closed)
			return s->nodes[i].code;
	return (struct yw_jurisdiction) { "" };
}

static void
draw_closing(struct sim *s, struct node *n, struct yw_closing_draft *d)
{
	*d = (struct yw_closing_draft) { .reason = "as the seed has it", .revoked = sim_percent(s, 40) };
	if (sim_percent(s, 20))
		d->successor = s->nodes[0].code;
	else if (sim_percent(s, 50))
		d->next_issuer = other_issuer(s, n);
	d->doubted = n->truth.n > (s->o.province ? 3 : 8) && sim_percent(s, 50);
	d->doubted_from = d->doubted ? 1 + sim_random(s, 2) : 0;
	n->next_log = (struct next) { .goes_on = d->successor.code[0] == '\0', .old_key_lost = sim_percent(s, 30),
		.issuer = d->next_issuer.code[0] != '\0' ? d->next_issuer : n->issuer };
	n->next_log.needs_consent = d->revoked || n->next_log.old_key_lost;
}

/* The province's own issuer are the root keys, who consent in a network file only. */
static bool
can_be_had(struct sim *s, const struct node *n)
{
	return !n->next_log.needs_consent || world_node(s, &n->next_log.issuer)->id != 0;
}

static void
log_ends(struct sim *s, void *what)
{
	struct node *n = world_all_in(s) ? pick_one(s) : NULL;
	struct yw_closing_draft d;

	(void)what;
	if (s->calm)
		return;
	if (n != NULL)
		draw_closing(s, n, &d);
	if (n == NULL || !can_be_had(s, n) || !next_close(s, n, &d)) {
		sim_act(s, s->now + AGAIN_MS, log_ends, NULL);
		return;
	}
	node_register(n, 1, false);	/* it does not know yet */
}

void
next_write(struct sim *s)
{
	int64_t from = s->o.province ? SIM_HOUR : FIRST_AT, to = s->o.province ? s->active_ms / 2 : SIM_LIVELY_MS;
	unsigned ends = s->o.province ? ENDS_PROVINCE : sim_percent(s, SEEDS_PERCENT) ? 1 + (unsigned)sim_random(s, ENDS_MAX) : 0;

	for (unsigned i = 0; i < ends; i++)
		sim_act(s, from + (int64_t)sim_random(s, (uint64_t)(to - from)), log_ends, NULL);
}
