/*
 * case_thief.c - what can be done with a stolen key: ask for the next log of its owner, or for another code; sign receipts
 * of long ago, or after the log was closed; sign other heads than its owner did, after a rotation (T2, T5, T9, T12, T15).
 */
#include "sim_int.h"

/* --- the thief asks for the next generation --- */

static void
thief_asks(struct sim *s, struct drawn *c)
{
	struct node *city = world_node(s, &c->who->issuer);
	struct yw_request r = { .network = s->network.hash, .code = c->who->code, .generation = c->who->generation + 1,
		.issuer = city->code };
	struct yw_key_set keys;
	struct yw_seed seed;
	struct yw_error err;

	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &keys);
	yw_buf_clear(&c->kept[0]);
	if (c->who->ledger == NULL || !next_closed(s, c->who) || yw_request_make(&r, &keys, &c->who->keys.head, &c->kept[0], &err) != YW_OK ||
	    !forge_delegation(city, yw_buf_bytes(&c->kept[0]))) {
		cases_again(s, c, thief_asks);
		return;
	}
	c->who->next_log = (struct next) { .closing = c->who->next_log.closing, .issuer = city->code, .needs_consent = true };
	if (next_begin(s, c->who))
		cases_happened(s, c);
}

static void
revoke_now(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "its key was stolen", .revoked = true };

	if (world_all_in(s) && next_close(s, c->who, &d))
		cases_at(s, s->now + SIM_MINUTE, thief_asks, c);
	else
		cases_again(s, c, revoke_now);
}

static bool
thief_begin(struct sim *s, struct drawn *c)
{
	struct node *city;

	c->who = world_pick_idle(s);
	city = c->who != NULL ? world_node(s, &c->who->issuer) : NULL;
	if (city == NULL || city->id == 0 || world_claimed(s, city))
		return false;
	cases_at(s, cases_time(s), revoke_now, c);
	return true;
}

static void
thief_end(struct sim *s, struct drawn *c)
{
	case_owner_goes_on(s, c->who, true);
}

const struct sim_case case_thief_asks = {
	.name = "thief-asks",
	.what = "is revoked after its key was stolen, and the thief signs a request for its next log, which its city grants",
	.holds = "nobody knows the thief's log, and the owner has gone on by a recovery with consent",
	.percent = 6,
	.begin = thief_begin, .end = thief_end,
};

/* --- the keys of one code for another --- */

static void
other_code(struct sim *s, struct drawn *c)
{
	struct node *issuer = world_node(s, &c->who->issuer);
	struct yw_request r = { .network = s->network.hash, .code = s->strange, .generation = 1, .issuer = issuer->code };
	struct yw_error err;

	yw_buf_clear(&c->kept[0]);
	if (!world_all_in(s) || issuer->ledger == NULL ||
	    yw_request_make(&r, &c->who->keys, NULL, &c->kept[0], &err) != YW_OK) {
		cases_again(s, c, other_code);
		return;
	}
	cases_happened(s, c);
	if (yw_ledger_admit(issuer->ledger, yw_buf_bytes(&c->kept[0]), &err) == YW_OK)
		sim_fail(s, "%s admits %s with the keys of %s", issuer->code.code, s->strange.code, c->who->code.code);
	if (forge_delegation(issuer, yw_buf_bytes(&c->kept[0])))
		c->since = s->now;
}

static bool
other_code_begin(struct sim *s, struct drawn *c)
{
	char code[YW_CODE_DIGITS + 1];

	c->who = world_pick_idle(s);
	if (c->who == NULL || s->strange.code[0] != '\0')
		return false;
	snprintf(code, sizeof code, "%.4s98", c->who->issuer.code);
	if (yw_jurisdiction_parse(code, YW_CODE_DIGITS, &s->strange) != YW_OK)
		abort();
	cases_at(s, cases_time(s), other_code, c);
	return true;
}

static void
other_code_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger != NULL && yw_trust_open(yw_ledger_trust(s->nodes[i].ledger), &s->strange) != NULL)
			sim_fail(s, "%s takes the keys of %s for those of %s", s->nodes[i].code.code, c->who->code.code,
			    s->strange.code);
}

const struct sim_case case_key_twice = {
	.name = "key-twice",
	.what = "has its keys used by a thief to ask for another code; its issuer refuses, and logs it nevertheless",
	.holds = "nobody knows that other code, and the keys are still their owner's",
	.percent = 6,
	.begin = other_code_begin, .end = other_code_end,
};

/* --- receipts --- */

#define LONG_AGO_S (400 * 24 * 3600)

/* Adds a receipt by the stolen cosigning key to a beat. */
static void
add_receipt(struct sim *s, const struct node *thief, const struct yw_key_set *keys, uint64_t time_s, ProtobufCBinaryData *beat)
{
	struct yw_bytes bytes = { beat->data, beat->len };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_vkey v;
	struct yw_note n;
	struct yw_error err;

	if (yw_note_parse(bytes, &n, NULL) != YW_OK)
		return;
	yw_buf_add(&out, beat->data, beat->len);
	if (yw_cosign_vkey(s->network.name, &thief->code, &keys->pub.cosign, &v) != YW_OK ||
	    yw_note_cosign(n.text, &v, &keys->cosign, time_s, &out, &err) != YW_OK)
		sim_fail(s, "no receipt is forged");
	else
		surgery_set(beat, yw_buf_bytes(&out));
	yw_note_release(&n);
	yw_buf_release(&out);
}

static bool
sign_beats(struct sim *s, const struct node *thief, const struct yw_key_set *keys, bool is_request, struct yw_buf *b)
{
	uint64_t long_ago = SIM_EPOCH_MS / 1000 - LONG_AGO_S;
	struct surgery g;
	bool changed;

	if (!surgery_open(&g, is_request, b))
		return false;
	for (size_t i = 0; i < g.e->n_beats; i++)
		add_receipt(s, thief, keys, long_ago, &g.e->beats[i]);
	changed = g.e->n_beats > 0;
	surgery_close(&g, changed ? b : NULL);
	return changed;
}

/* A member of the quorum, but for the province. */
static struct node *
pick_mirror(struct sim *s)
{
	struct node *n = world_pick(s, sim_percent(s, 50));

	return s->network.policy != NULL && n != NULL && n->id <= 2 ? n : NULL;
}

static bool
backdates_begin(struct sim *s, struct drawn *c)
{
	c->who = pick_mirror(s);
	if (c->who != NULL)
		c->who->robbed = true;
	return c->who != NULL;
}

static bool
backdates_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	(void)from;
	(void)to;
	if (!s->calm && sim_percent(s, 20) && sign_beats(s, c->who, &c->who->keys, is_request, b)) {
		s->mirror_stopped = true;	/* it meets receipts of its own that it does not know, as one that was set back (L4) */
		cases_happened(s, c);
	}
	return true;
}

static void
backdates_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		for (size_t k = 0; s->nodes[i].ledger != NULL && k < yw_ledger_count(s->nodes[i].ledger); k++) {
			const struct yw_log *log = yw_ledger_at(s->nodes[i].ledger, k);

			for (size_t b = 0; b < log->n_beats; b++)
				if (log->beats[b].quorum == YW_QUORUM_MET &&
				    log->beats[b].quorum_time_s < SIM_EPOCH_MS / 1000 - LONG_AGO_S / 2)
					sim_fail(s, "%s believes that '%s' existed a year ago, on the word of %s alone",
					    s->nodes[i].code.code, log->origin.text, c->who->code.code);
		}
}

const struct sim_case case_backdates = {
	.name = "backdates",
	.what = "has its cosigning key stolen, and the thief signs receipts of a year ago on every beat that goes by",
	.holds = "no log is older for it: a quorum needs the others",
	.percent = 6,
	.begin = backdates_begin, .carry = backdates_carry, .end = backdates_end,
};

/* --- receipts of a closed generation --- */

static void
mirror_ends(struct sim *s, struct drawn *c)
{
	const struct yw_closing_draft d = { .reason = "its key was stolen", .revoked = !s->forges };

	if (!world_all_in(s) || !next_close(s, c->who, &d)) {
		cases_again(s, c, mirror_ends);
		return;
	}
	s->mirror_stopped = true;
	c->since = s->now;
}

static bool
closed_mirror_begin(struct sim *s, struct drawn *c)
{
	struct node *issuer;

	c->who = pick_mirror(s);
	issuer = c->who != NULL ? world_node(s, &c->who->issuer) : NULL;
	if (issuer == NULL || !world_is_leaf(s, c->who) || (issuer->id != 0 && world_claimed(s, issuer)))
		return false;
	c->who->robbed = true;
	cases_at(s, cases_time(s), mirror_ends, c);
	return true;
}

static bool
closed_mirror_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	(void)from;
	(void)to;
	if (c->since != 0 && sim_percent(s, 20) && sign_beats(s, c->who, &c->who->keys, is_request, b))
		cases_happened(s, c);
	return true;
}

/* Is there a beat at this node on which its receipt counts? */
static bool
counts_receipt(const struct node *n, const struct node *mirror)
{
	const struct yw_trust *t = yw_ledger_trust(n->ledger);
	struct yw_beat_verdict v;

	for (size_t i = 0; i < yw_ledger_count(n->ledger); i++) {
		const struct yw_log *log = yw_ledger_at(n->ledger, i);
		const struct yw_generation *g = yw_trust_origin(t, log->origin.text);

		for (size_t b = 0; g != NULL && b < log->n_beats; b++) {
			if (yw_trust_judge_beat(t, g, yw_buf_bytes(&log->beats[b].note), &v, NULL) != YW_OK)
				continue;
			for (size_t k = 0; k < v.n_receipts; k++)
				if (yw_jurisdiction_equal(&v.receipts[k].code, &mirror->code))
					return true;
		}
	}
	return false;
}

static void
closed_mirror_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger != NULL && !s->nodes[i].closed && counts_receipt(&s->nodes[i], c->who))
			sim_fail(s, "%s counts receipts of %s, which was closed", s->nodes[i].code.code, c->who->code.code);
}

const struct sim_case case_closed_mirror = {
	.name = "closed-mirror",
	.what = "is a mirror of the quorum, and closed after its key was stolen; the thief goes on signing receipts by it",
	.holds = "they count for no quorum",
	.percent = 5,
	.begin = closed_mirror_begin, .carry = closed_mirror_carry, .end = closed_mirror_end,
};

/* --- heads by a key that was rotated out --- */

/* Everybody but one holds a beat with quorum beyond the change. */
static bool
is_outlived(struct sim *s, const struct drawn *c, const struct node *but)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (&s->nodes[i] == but)
			continue;
		if (log == NULL || log->n_beats == 0 || log->beats[0].quorum != YW_QUORUM_MET || log->beats[0].size <= c->number)
			return false;
	}
	return true;
}

/* Where its new keys begin, as n knows; 0: it knows of none. */
static uint64_t
changed_at(const struct node *n, const struct node *owner)
{
	const struct yw_generation *g = n->ledger != NULL ? yw_trust_open(yw_ledger_trust(n->ledger), &owner->code) : NULL;

	return g != NULL && g->n_spans == 2 ? g->spans[1].from : 0;
}

static void
old_key_forks(struct sim *s, struct drawn *c)
{
	c->number = changed_at(c->who, c->who);
	if (c->who->rotates || c->number == 0 || !is_outlived(s, c, NULL)) {
		cases_again(s, c, old_key_forks);
		return;
	}
	forge_head(s, c->who, &c->who->old, 1 + sim_random(s, c->number), &c->kept[0]);
	c->who->framed = c->number;
	c->who->liar = true;
	c->since = s->now;
}

/* Does anybody keep the thief's head beside a true one, so that it can be shown? */
static bool
is_evidenced(struct sim *s, struct drawn *c)
{
	bool any = false;

	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);
		struct yw_buf heads = YW_BUF_INIT;
		struct yw_contradiction pair;
		struct yw_view *v;

		if (log == NULL)
			continue;
		if (yw_view_open(s->nodes[i].ledger, &v, NULL) != YW_OK)
			abort();
		any |= yw_view_contradiction(v, yw_view_log(v, log->origin.text), 0, &heads, &pair, NULL) == YW_OK;
		yw_buf_release(&heads);
		yw_view_close(v);
	}
	return any;
}

/* What is lost on the way tells nobody: it has come to pass once somebody keeps it. */
static bool
old_key_carry(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct yw_origin origin;
	struct surgery g;
	bool changed = false;

	(void)to;
	if (c->of[0] != 0 && !c->happened && is_evidenced(s, c))
		cases_happened(s, c);
	if (c->since == 0 || s->calm || from != c->who || !surgery_open(&g, is_request, b))
		return true;
	world_origin(s, c->who, &origin);
	for (size_t i = 0; i < g.e->n_logs; i++)
		if (strcmp(g.e->logs[i]->origin, origin.text) == 0) {
			surgery_set(&g.e->logs[i]->head, yw_buf_bytes(&c->kept[0]));
			changed = true;
		}
	surgery_close(&g, changed ? b : NULL);
	c->of[0] |= changed;
	return true;
}

static bool
old_key_begin(struct sim *s, struct drawn *c)
{
	c->who = s->network.policy != NULL ? world_pick_idle(s) : NULL;
	if (c->who == NULL)
		return false;
	c->then = old_key_forks;
	cases_at(s, cases_time(s), case_rotate, c);
	return true;
}

static void
old_key_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (log != NULL && log->frozen)
			sim_fail(s, "%s froze the log of %s on the word of a key that was rotated out", s->nodes[i].code.code, c->who->code.code);
	}
	if (!is_evidenced(s, c))
		sim_fail(s, "nobody keeps the head that the thief signed by the old key of %s", c->who->code.code);
	case_registers(s, c->who);
}

const struct sim_case case_old_key_forks = {
	.name = "old-key-forks",
	.what = "has rotated its keys, and a thief shows heads of another branch that he signs by the old ones",
	.holds = "they are kept as evidence, and nothing is frozen, since a quorum stands beyond the change",
	.percent = 6,
	.begin = old_key_begin, .carry = old_key_carry, .end = old_key_end,
};

/* --- the same, shown to who has not heard of the rotation --- */

/* What is lost with the power freezes nobody: then it comes again. */
static void
shown_early(struct sim *s, struct drawn *c)
{
	struct yw_log *log = world_log(s, c->other, c->who);
	struct yw_contradiction pair = { .consistency = { .n = 0 } };
	struct yw_origin origin;
	struct yw_error err;

	if (log != NULL && log->frozen) {
		cases_happened(s, c);
		for (unsigned i = 0; i < s->n_wires; i++)
			if (s->wires[i].child == c->other)
				s->wires[i].parted = false;
		return;
	}
	c->number = changed_at(c->who, c->who);
	if (log != NULL && log->size > 0 && !c->who->rotates && c->number != 0 && is_outlived(s, c, c->other) &&
	    changed_at(c->other, c->who) == 0) {
		for (size_t i = 0; i < 2; i++)
			forge_head(s, c->who, &c->who->old, log->size, &c->kept[i]);
		pair.head_a = yw_buf_bytes(&c->kept[0]);
		pair.head_b = yw_buf_bytes(&c->kept[1]);
		c->who->framed = c->number;
		if (yw_ledger_take_contradiction(c->other->ledger, world_origin(s, c->who, &origin), &pair, &err) != YW_ECONFLICT)
			sim_fail(s, "%s does not take two heads by a key that is good as far as it knows: %s",
			    c->other->code.code, err.msg);
		node_poke(c->other, s->now);
	}
	cases_again(s, c, shown_early);
}

static void
away_and_rotate(struct sim *s, struct drawn *c)
{
	if (world_all_in(s) && c->since == 0) {
		sim_tell(s, "the lines of %s are cut", c->other->code.code);
		c->since = s->now;
	}
	for (unsigned i = 0; i < s->n_wires && c->since != 0; i++)
		if (s->wires[i].child == c->other)
			wire_part(&s->wires[i]);
	if (c->since != 0 && case_new_keys(s, c->who))
		cases_at(s, s->now + SIM_MINUTE, shown_early, c);
	else
		cases_again(s, c, away_and_rotate);
}

static bool
frozen_early_begin(struct sim *s, struct drawn *c)
{
	c->who = s->network.policy != NULL ? world_pick_idle(s) : NULL;
	for (unsigned tries = 0; c->who != NULL && tries < 6 && (c->other == NULL || c->other == c->who); tries++)
		c->other = world_pick_idle(s);
	if (c->other == NULL || c->other == c->who)
		return false;
	cases_at(s, 15 * SIM_MINUTE, away_and_rotate, c);
	return true;
}

static bool
nobody_is_frozen(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (log != NULL && log->frozen)
			return false;
	}
	return true;
}

static void
frozen_early_end(struct sim *s, struct drawn *c)
{
	if (!cases_until(s, c, nobody_is_frozen, SIM_HOUR))
		sim_fail(s, "the log of %s is frozen, though a quorum stands beyond the keys that froze it", c->who->code.code);
	else if (changed_at(c->other, c->who) != c->number)
		sim_fail(s, "%s does not know the new keys of %s", c->other->code.code, c->who->code.code);
	else if (!is_evidenced(s, c))
		sim_fail(s, "nobody keeps the heads that the thief signed by the old key of %s", c->who->code.code);
	else
		case_registers(s, c->who);
}

const struct sim_case case_frozen_early = {
	.name = "frozen-early",
	.what = "has rotated its keys, and a thief shows two heads by the old ones to somebody whose lines are down, who has not "
	    "heard of it",
	.holds = "that one has frozen the log, and goes on with it once it learns that a quorum stands beyond the change",
	.every = 20,
	.begin = frozen_early_begin, .end = frozen_early_end,
};
