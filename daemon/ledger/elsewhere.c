/*
 * elsewhere.c - a copy that is on the branch of keys which were rotated out, while a quorum stands on the other one (T5, L8).
 *
 * A thief goes on with the old keys beside the owner's key change.  Who took entries of the thief's before it knew of the change
 * cannot learn of it by going on, since its copy leads to no head of the owner's any more; and what was signed by the new keys
 * says nothing to it.  So whoever holds another branch is asked what follows a smaller size, at which both have one root.  Of
 * such a package the key changes are learnt, and nothing else; by them beats are judged.  The copy has to be on the branch of
 * one of them, and is cut back to where the two part (branch.c), if all of this holds:
 *
 *	keys	each change is proven into a head by the newest of them, to which my copy leads as far as the size asked about; it
 *		is signed by the keys that were valid there, and embeds keys that the issuer gave.  What my copy says behind that
 *		size does not count for it
 *	beat	it stands (T7), by keys by which no head of my copy can be, and it is proven to lead to that
 *		head.  So what froze my copy, or might have, freezes nothing (T5)
 *	none	is known with a quorum, nor of my copy one that had it, of which it is not proven that it is on one branch with this
 *		beat: what had its quorum is left for no other.  Then a closing says which branch counts
 *
 * So a thief, who has no other keys, moves nobody, nor does a relay, which has no receipts, nor a quorum without the old keys,
 * which has no key change.  The copy is cut for this a few times at most, and takes no other entries until it has reached the
 * beat.  What is learnt is in memory alone: it is asked for again.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

#define CUTS_MAX 8		/* of a log that was cut back so often no more is, but by a closing */
#define PASSED_MAX 4		/* packages that bring other keys, while nobody has said whether a beat leads to the head that is known */

void
drop_elsewhere(struct log_inside *in)
{
	free(in->elsewhere.keys);
	yw_buf_release(&in->elsewhere.beat);
	in->elsewhere = (struct elsewhere) { .keys = NULL };
}

/* --- the beat --- */

static const struct yw_generation *
keys_elsewhere(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in), *keys = in->elsewhere.keys;

	return g != NULL && g->open && keys != NULL && yw_hash_equal(&keys->request, &g->request) ? keys : NULL;
}

/* Not by their number: an issuer who has the old keys too may have given itself a higher one. */
static bool
can_be_by(const struct yw_generation *g, uint64_t size, const struct yw_key_set_public *keys)
{
	for (size_t i = 0; i < g->n_spans && (i == 0 || g->spans[i].from < size); i++)
		if (yw_pubkey_equal(&g->spans[i].keys.head, &keys->head))
			return true;
	return false;
}

/* Does it stand, by keys by which no head of my copy can be?  *head is what it says if it does. */
static enum yw_code
stands_beyond(const struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_tree_head *head, bool *out,
    struct yw_error *err)
{
	const struct yw_generation *keys = keys_elsewhere(l, in);
	struct yw_beat_verdict v;
	enum yw_code code;

	*out = false;
	if (keys == NULL || note.len == 0)
		return YW_OK;
	code = yw_trust_judge_beat(l->trust, keys, note, &v, NULL);
	if (code != YW_OK)
		return code == YW_ENOMEM ? yw_fail(err, code, "no memory for a beat of '%s'", in->pub.origin.text) : YW_OK;
	*head = (struct yw_tree_head) { v.head.size, v.head.root };
	*out = v.stands && !can_be_by(log_generation(l, in), in->committed_size, &yw_generation_head_span(keys, head->size)->keys);
	return YW_OK;
}

/* Is a beat known that does, and that leads to the head (LEADS_THERE), or of which peers can be asked whether it does (UNKNOWN)?
 * A later one is not waited for: of a log that grows there is always one. */
static enum yw_code
has_use(const struct yw_ledger *l, const struct log_inside *in, enum standing *out, struct yw_error *err)
{
	const struct elsewhere *e = &in->elsewhere;
	struct yw_tree_head head;
	bool beyond;
	enum yw_code code = stands_beyond(l, in, yw_buf_bytes(&e->beat), &head, &beyond, err);

	*out = OF_ANOTHER_BRANCH;
	if (code == YW_OK && beyond && head.size <= e->head.size)
		code = compare_heads(l, in, &head, &e->head, out, err);
	return code;
}

enum yw_code
see_elsewhere(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_error *err)
{
	struct elsewhere *e = &in->elsewhere;
	enum standing known = OF_ANOTHER_BRANCH;
	struct yw_tree_head head;
	bool beyond;
	enum yw_code code = stands_beyond(l, in, note, &head, &beyond, err);

	if (code == YW_OK && beyond)
		code = has_use(l, in, &known, err);
	if (code != YW_OK || !beyond || known != OF_ANOTHER_BRANCH)
		return code;
	yw_buf_clear(&e->beat);
	yw_buf_add(&e->beat, note.data, note.len);
	log_touch(l, in);
	return yw_buf_check(&e->beat, err);
}

/* --- keys --- */

/* Is it proven that the first entries of my copy, so many as come before the package, lead to its head? */
static enum yw_code
check_common(struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p, struct yw_checkpoint *head,
    struct yw_error *err)
{
	struct yw_hash mine;
	enum yw_code code = note_checkpoint(p->head, head, err);

	if (code != YW_OK)
		return yw_fail(err, code == YW_ENOMEM ? code : YW_EPEER, "a package of '%s' with a head that is none", p->origin.text);
	if (strcmp(head->origin, p->origin.text) != 0 || head->size != p->head_size)
		return yw_fail(err, YW_EPEER, "a package of '%s' comes with a head that does not fit it", p->origin.text);
	code = log_root(l, in, p->start, &mine, err);
	if (code != YW_OK || p->start == 0)
		return code;
	if (!p->has_consistency || p->from_size != p->start || !yw_hash_equal(&p->from_root, &mine))
		return yw_fail(err, YW_EINVAL, "a package of '%s' starts from what is not held here", p->origin.text);
	if (yw_check_consistency(p->start, &mine, head->size, &head->root, &p->consistency) != YW_OK)
		return yw_fail(err, YW_ESIG, "that %llu entries of '%s' lead to a head of %llu is not proven",
		    (unsigned long long)p->start, p->origin.text, (unsigned long long)head->size);
	return YW_OK;
}

/* Beats that were taken for what they say by the keys of my copy. */
static enum yw_code
see_held(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->pub.n_beats; i++)
		code = see_elsewhere(l, in, yw_buf_bytes(&in->pub.beats[i].note), err);
	for (size_t i = 0; code == YW_OK && i < in->pub.n_rivals; i++)
		code = see_elsewhere(l, in, yw_buf_bytes(&in->pub.rivals[i].note), err);
	return code;
}

/* *keys: those to which the package leads from a size at which both have one root; *head: its own, into which they are proven. */
static enum yw_code
prove_keys(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_checkpoint *head,
    struct yw_generation **keys, struct yw_error *err)
{
	enum yw_code code;

	if (in == l->own || in->tree_changed || is_cutting(in) || p->start > in->committed_size)
		return yw_fail(err, YW_EINVAL, "key changes of '%s' that are not asked about now", p->origin.text);
	code = check_common(l, in, p, head, err);
	return code == YW_OK ? check_shown_keys(l, in, p->start, p, keys, err) : code;
}

enum yw_code
learn_elsewhere(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_generation *keys = NULL;
	struct yw_checkpoint head;
	enum standing known;
	enum yw_code code = has_use(l, in, &known, err);

	/* A head that was made up keeps nobody from what others show for longer than that. */
	if (code != YW_OK || known == LEADS_THERE || (known == UNKNOWN && in->elsewhere.passed++ < PASSED_MAX))
		return code;
	if (g == NULL || !g->open)
		return yw_fail(err, YW_EINVAL, "key changes of '%s' that are not asked about now", p->origin.text);
	code = prove_keys(l, in, p, &head, &keys, err);
	if (code != YW_OK)
		return code;
	free(in->elsewhere.keys);
	in->elsewhere.keys = keys;
	in->elsewhere.passed = 0;
	in->elsewhere.head = (struct yw_tree_head) { head.size, head.root };
	log_touch(l, in);
	return see_held(l, in, err);
}

bool
goes_beyond(const struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p)
{
	const struct yw_generation *g = log_generation(l, in);

	return g != NULL && !g->open && (p->n_admitted != 0 || (p->n_changes != 0 &&
	    (p->start < in->pub.size || p->changes[p->n_changes - 1].index >= g->end.size)));
}

enum yw_code
learn_beyond(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	const struct yw_generation *known = head_generation(l, in);
	struct yw_generation *keys = NULL;
	struct yw_checkpoint head;
	enum yw_code code = prove_keys(l, in, p, &head, &keys, err);

	if (code != YW_OK)
		return code;
	if (yw_generation_parts_at(known, keys) == UINT64_MAX && keys->n_admitted <= known->n_admitted) {
		free(keys);	/* who brings no more is not asked at once */
		return yw_fail(err, YW_EINVAL, "keys of '%s' that are known, behind its end", p->origin.text);
	}
	drop_ahead(in);
	in->ahead = keys;
	l->trust_changed = true;	/* receipts by these keys may be here */
	log_touch(l, in);
	return YW_OK;
}

/* --- and what else has a quorum --- */

/* Of the two the smaller leads to the other one; else *unknown may say that this is not known. */
static enum yw_code
lead(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *a, const struct yw_tree_head *b, bool *out,
    struct question *unknown, struct yw_error *err)
{
	const struct yw_tree_head *small = a->size <= b->size ? a : b;
	enum standing s;
	enum yw_code code = compare_any(l, in, a, b, &s, err);

	*out = code == YW_OK && s == LEADS_THERE;
	if (code == YW_OK && s == UNKNOWN)
		*unknown = (struct question) { *small, small == a ? *b : *a };
	return code;
}

/* May a beat that has its quorum, or of my copy one that had it, be of another branch than that one? */
static enum yw_code
is_left(struct yw_ledger *l, const struct log_inside *in, const struct yw_beat *b, const struct yw_tree_head *beat, bool *out,
    struct question *unknown, struct yw_error *err)
{
	struct yw_tree_head head = { b->size, b->root };
	bool leads;
	enum yw_code code;

	*out = false;
	if (!b->stands && !(b->stood && is_mine(l, in, b->size, &b->root)))
		return YW_OK;
	code = lead(l, in, &head, beat, &leads, unknown, err);
	*out = !leads;
	return code;
}

static enum yw_code
leaves_any(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *beat, bool *out, struct question *unknown,
    struct yw_error *err)
{
	enum yw_code code = YW_OK;

	*out = false;
	for (size_t i = 0; code == YW_OK && !*out && i < in->pub.n_beats; i++)
		code = is_left(l, in, &in->pub.beats[i], beat, out, unknown, err);
	for (size_t i = 0; code == YW_OK && !*out && i < in->pub.n_rivals; i++)
		code = is_left(l, in, &in->pub.rivals[i], beat, out, unknown, err);
	return code;
}

enum yw_code
judge_elsewhere(struct yw_ledger *l, const struct log_inside *in, struct yw_tree_head *beat, struct question *unknown,
    struct yw_error *err)
{
	const struct elsewhere *e = &in->elsewhere;
	struct yw_tree_head head;
	bool holds, leaves = false;
	unsigned cuts = 0;
	enum yw_code code = stands_beyond(l, in, yw_buf_bytes(&e->beat), &head, &holds, err);

	beat->size = unknown->large.size = 0;
	holds = holds && head.size <= e->head.size && in != l->own;
	if (code == YW_OK && holds)
		code = lead(l, in, &head, &e->head, &holds, unknown, err);
	if (code == YW_OK && holds)
		code = leaves_any(l, in, &head, &leaves, unknown, err);
	if (code == YW_OK && holds)
		code = count_cuts(l, in, &cuts, err);
	if (code == YW_OK && holds && !leaves && cuts < CUTS_MAX)
		*beat = head;
	return code;
}
