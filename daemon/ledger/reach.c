/*
 * reach.c - which keys count in a log, and how far (T5 to T7), where that is learnt late.
 *
 * Items are judged when their entries come, by what trust/ knows then.  A closing, a key change or a beat with quorum
 * may say later that other entries count; then those from the first index on at which the answers part are judged
 * anew, in the turn that learnt it: so state is always that of a replica which knew everything from the start.  Of
 * a log that has entries or bodies of its own in that turn this waits for the next one, since it reads from the store.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

/* --- What trust/ asks: how beats with quorum stand to the heads of closings (T7) --- */

/* Is that head one of the tree that is held here?  Only what is in the store is looked at. */
static enum yw_code
holds(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h, bool *out, struct yw_error *err)
{
	struct yw_hash mine;
	enum yw_code code = log_root(l, in, h->size, &mine, err);

	*out = code == YW_OK && yw_hash_equal(&mine, &h->root);
	return code;
}

static bool
is_head(const struct yw_buf *note, const struct yw_tree_head *h)
{
	struct yw_checkpoint c;

	return note_checkpoint(yw_buf_bytes(note), &c, NULL) == YW_OK && c.size == h->size && yw_hash_equal(&c.root, &h->root);
}

/* *known false: what is held here does not show it. */
static enum yw_code
relate(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing, const struct yw_tree_head *beat,
    enum yw_beat_relation *out, bool *known, struct yw_error *err)
{
	const struct yw_tree_head *small = beat->size < closing->size ? beat : closing;
	const struct yw_tree_head *large = small == beat ? closing : beat;
	bool has_small, has_large;
	enum yw_code code;

	*known = beat->size == closing->size;
	*out = yw_hash_equal(&beat->root, &closing->root) ? YW_BEAT_EXTENDS : YW_BEAT_CONTRADICTS;
	if (!*known && in->fork != NULL && is_head(&in->fork->a, small) && is_head(&in->fork->b, large)) {
		*known = true;		/* its proof leads to the larger one from another root than the smaller one's (L6) */
		*out = YW_BEAT_CONTRADICTS;
	}
	if (*known || large->size > in->committed_size)
		return YW_OK;
	code = holds(l, in, large, &has_large, err);
	if (code == YW_OK)
		code = holds(l, in, small, &has_small, err);
	if (code != YW_OK || !has_large)	/* on another branch: what it leads back to is not known */
		return code;
	*known = true;
	*out = !has_small ? YW_BEAT_CONTRADICTS : small == beat ? YW_BEAT_PRECEDES : YW_BEAT_EXTENDS;
	return YW_OK;
}

enum yw_code
answer_head(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing, struct yw_error *err)
{
	struct yw_generation was = *log_generation(l, in);
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->pub.n_beats; i++) {
		const struct yw_beat *b = &in->pub.beats[i];
		struct yw_tree_head beat = { b->size, b->root };
		enum yw_beat_relation relation;
		bool known;

		if (b->quorum != YW_QUORUM_MET)
			continue;
		code = relate(l, in, closing, &beat, &relation, &known, err);
		if (code == YW_OK && known && yw_trust_add_beat(l->trust, in->pub.origin.text, closing, &beat, relation) != YW_OK)
			code = yw_fail(err, YW_ENOMEM, "no memory for a beat of '%s'", in->pub.origin.text);
	}
	if (code == YW_OK && yw_generation_parts_at(&was, log_generation(l, in)) != UINT64_MAX)
		l->trust_changed = l->dirty = true;
	return code;
}

/* What trust/ asks changes with what it is told, so each question is copied before it is answered. */
enum yw_code
answer_trust(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < yw_trust_n_asked(l->trust); i++) {
		struct yw_closing_asked a = *yw_trust_asked(l->trust, i);
		struct log_inside *in = find_log(l, a.origin.text);

		if (in != NULL && log_generation(l, in) != NULL)
			code = answer_head(l, in, &a.head, err);
	}
	return code;
}

/* --- What follows --- */

static void
say_closed(const struct yw_ledger *l, const struct log_inside *in, const struct yw_generation *g)
{
	char reason[YW_ERROR_MAX];

	yw_trust_closing_reason(l->trust, g, reason);
	yw_log(in->pub.own ? YW_LOG_ERROR : YW_LOG_WARN, "log-closed", "origin=%s by=%s it ends at %llu entries%s%s; reason: %s",
	    in->pub.origin.text, g->closing.issuer.code[0] != '\0' ? g->closing.issuer.code : "root-keys",
	    (unsigned long long)g->end.size, g->closing.revoked ? ", its keys are revoked" : "",
	    in->pub.own ? ", and this node goes on with a next one: yiwang log next" : "", reason);
}

/* T9, once, when it is met: at the old node as an alarm. */
static void
say_recovery(const struct yw_ledger *l, const struct log_inside *in, const struct yw_generation *g)
{
	const struct yw_generation *mine = recovered_by_others(l);
	const struct yw_generation *by = yw_trust_origin(l->trust, g->delegation.origin.text);
	bool alarm = mine != NULL && strcmp(mine->origin.text, g->origin.text) == 0;

	yw_log(alarm ? YW_LOG_ERROR : YW_LOG_WARN, "recovery", "origin=%s by=%s consent=%s %s", in->pub.origin.text,
	    by != NULL ? by->code.code : "root-keys", g->consent.code[0] != '\0' ? g->consent.code : "root-keys",
	    alarm ? "a next generation of this node was opened by keys that are not of this machine: if nobody here asked for it, "
	    "ask who opened it, and who consented" : "a next generation whose old keys did not ask for it: it is marked for ever");
}

/* Marks what parted since; says what a person must hear. */
static enum yw_code
mark(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	uint64_t from;
	bool other;

	if (g == NULL)
		return YW_OK;
	if (g->recovery && (in->applied.origin.text[0] == '\0' || !in->applied.recovery))
		say_recovery(l, in, g);
	from = in->applied.origin.text[0] != '\0' ? yw_generation_parts_at(&in->applied, g) : UINT64_MAX;
	if (from < in->apply_from)
		in->apply_from = from;
	if (!g->open && in->applied.open && in->applied.origin.text[0] != '\0')
		say_closed(l, in, g);
	if (from != UINT64_MAX || g->open != in->applied.open)
		log_touch(l, in);
	if (in->applied.origin.text[0] != '\0' && g->open != in->applied.open && yw_trust_moment(l->trust) != l->closings_judged)
		l->closings_judged = 0;		/* beats with receipts of it are judged in the next turn (T12) */
	other = in->applied.origin.text[0] != '\0' && !yw_hash_equal(&in->applied.request, &g->request);
	in->applied = *g;
	return other ? judge_generation(l, in, err) : YW_OK;
}

static enum yw_code
apply(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code;

	if (in->apply_from == UINT64_MAX || in->tree_changed || in->n_taken > 0)
		return YW_OK;
	code = replay_range(l, in, in->apply_from, in->pub.size, err);
	in->apply_from = UINT64_MAX;
	log_touch(l, in);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
follow_reach(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = answer_trust(l, err);
	uint64_t moment = yw_trust_moment(l->trust);

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		if (l->reach_moment != moment)
			code = mark(l, l->logs[i], err);
		if (code == YW_OK && !is_cutting(l->logs[i]))
			code = apply(l, l->logs[i], err);
	}
	l->reach_moment = moment;
	return code;
}

bool
reach_due(const struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->apply_from != UINT64_MAX || is_cutting(l->logs[i]))
			return true;
	return l->closings_judged == 0;
}

/* The store was made by what was known then; that quorums say where a log ends is only now known again. */
enum yw_code
start_reach(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t moment = yw_trust_moment(l->trust);
	enum yw_code code = answer_trust(l, err);

	l->closings_judged = moment == yw_trust_moment(l->trust) ? moment : 0;
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		const struct yw_generation *g = log_generation(l, in);

		in->applied = g != NULL ? *g : (struct yw_generation) { .n_spans = 0 };
		in->apply_from = g != NULL && g->end.size < in->pub.size ? g->end.size : UINT64_MAX;
		if (in->apply_from != UINT64_MAX)
			log_touch(l, in);
		if (code == YW_OK)
			code = judge_generation(l, in, err);
		if (code == YW_OK)
			code = judge_branch(l, in, err);
	}
	return code;
}

/* A beat with quorum that is larger than what is held here may move the end (T7): its entries show whether it does. */
bool
is_ended(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);

	if (g == NULL || in->pub.size < g->end.size || in->sought.size != 0 || is_cutting(in))
		return false;
	for (size_t i = 0; i < in->pub.n_beats; i++)
		if (in->pub.beats[i].quorum == YW_QUORUM_MET && in->pub.beats[i].size > in->pub.size)
			return false;
	return true;
}
