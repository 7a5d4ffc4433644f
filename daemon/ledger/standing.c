/*
 * standing.c - how two heads of one log stand to each other: does the smaller one lead to the larger one, or are they of two
 * branches (L6, T7)?
 *
 * The copy shows it where it is long enough and has the larger one's root.  Else a proof does: that from another root, or
 * from the same one, a tree of the smaller size leads to the larger one.  Such a proof needs nobody's word.  It is asked of
 * peers (next_questions()), kept as long as both heads are at hand, and made of the copy before that is cut; so after a
 * restart, and on a node that holds another branch, the answer is the same.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

static const struct yw_bytes nothing = { NULL, 0 };

/* --- the store --- */

static void
add_head(struct key *k, const struct yw_tree_head *h)
{
	yw_put_be64(k->b + k->len, h->size);
	memcpy(k->b + k->len + 8, h->root.b, YW_HASH_BYTES);
	k->len += 8 + YW_HASH_BYTES;
}

static struct key
key_proven(const struct log_inside *in, const struct proven *p)
{
	struct key k = key_head(in->pub.number, 'p');

	add_head(&k, &p->small);
	add_head(&k, &p->large);
	return k;
}

void
drop_proven(struct log_inside *in)
{
	free(in->proven);
	in->proven = NULL;
	in->n_proven = 0;
}

bool
same_head(const struct yw_tree_head *a, const struct yw_tree_head *b)
{
	return a->size == b->size && yw_hash_equal(&a->root, &b->root);
}

static const struct proven *
find_proven(const struct log_inside *in, uint64_t size, const struct yw_tree_head *large)
{
	for (size_t i = 0; i < in->n_proven; i++)
		if (in->proven[i].small.size == size && same_head(&in->proven[i].large, large))
			return &in->proven[i];
	return NULL;
}

/* The root that leads from that size to the larger head, as a proof or a contradiction shows it, whichever smaller head it was
 * made for.  NULL: none does. */
static const struct yw_hash *
leading(const struct log_inside *in, uint64_t size, const struct yw_tree_head *large)
{
	const struct proven *p = find_proven(in, size, large);

	if (p != NULL)
		return &p->from;
	for (size_t i = 0; i < in->n_forks; i++)
		if (in->forks[i]->small.size == size && same_head(&in->forks[i]->large, large))
			return &in->forks[i]->instead;
	return NULL;
}

static bool
holds_true(const struct proven *p)
{
	return p->small.size < p->large.size &&
	    yw_check_consistency(p->small.size, &p->from, p->large.size, &p->large.root, &p->proof) == YW_OK;
}

static enum yw_code
remember(struct log_inside *in, const struct proven *p, struct yw_error *err)
{
	struct proven *more = realloc(in->proven, (in->n_proven + 1) * sizeof *more);

	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a proof of '%s'", in->pub.origin.text);
	in->proven = more;
	in->proven[in->n_proven++] = *p;
	return YW_OK;
}

static bool
decode(struct yw_bytes k, struct yw_bytes v, struct proven *p)
{
	const uint8_t *at = k.data + 5;		/* behind the number of the log, and 'p' */

	if (k.len != 5 + 2 * (8 + YW_HASH_BYTES) || v.len % YW_HASH_BYTES != 0 || v.len < YW_HASH_BYTES ||
	    v.len > (1 + YW_PROOF_MAX) * YW_HASH_BYTES)
		return false;
	p->small.size = yw_get_be64(at);
	memcpy(p->small.root.b, at + 8, YW_HASH_BYTES);
	p->large.size = yw_get_be64(at + 8 + YW_HASH_BYTES);
	memcpy(p->large.root.b, at + 16 + YW_HASH_BYTES, YW_HASH_BYTES);
	memcpy(p->from.b, v.data, YW_HASH_BYTES);
	p->proof.n = v.len / YW_HASH_BYTES - 1;
	memcpy(p->proof.h, v.data + YW_HASH_BYTES, p->proof.n * YW_HASH_BYTES);
	return true;
}

enum yw_code
load_proven(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'p');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;

	drop_proven(in);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct proven p;

		if (decode(yw_iter_key(it), yw_iter_value(it), &p) && holds_true(&p))
			code = remember(in, &p, err);
		else
			code = yw_fail(err, YW_EIO, "a proof between two heads of '%s' proves nothing: the store is damaged",
			    in->pub.origin.text);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

static bool
is_asked_about(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h)
{
	for (size_t i = 0; i < in->pub.n_beats; i++)
		if (in->pub.beats[i].size == h->size && yw_hash_equal(&in->pub.beats[i].root, &h->root))
			return true;
	for (size_t i = 0; i < in->pub.n_rivals; i++)
		if (in->pub.rivals[i].size == h->size && yw_hash_equal(&in->pub.rivals[i].root, &h->root))
			return true;
	for (size_t i = 0; i < yw_trust_n_asked(l->trust); i++)
		if (strcmp(yw_trust_asked(l->trust, i)->origin.text, in->pub.origin.text) == 0 &&
		    same_head(&yw_trust_asked(l->trust, i)->head, h))
			return true;
	return same_head(&in->elsewhere.head, h) || is_head(&in->elsewhere.beat, h);
}

/* Beats come and go as long as the log grows: of too many proofs those go of which a head is not at hand any more. */
static void
bound(struct yw_ledger *l, struct log_inside *in)
{
	size_t n = 0;

	if (in->n_proven < YW_PROVEN_KEPT)
		return;
	for (size_t i = 0; i < in->n_proven; i++) {
		const struct proven *p = &in->proven[i];
		struct key k = key_proven(in, p);

		if (is_asked_about(l, in, &p->small) && is_asked_about(l, in, &p->large))
			in->proven[n++] = *p;
		else
			yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	}
	in->n_proven = n;
}

static enum yw_code
put(struct yw_ledger *l, struct log_inside *in, const struct proven *p, struct yw_error *err)
{
	uint8_t v[(1 + YW_PROOF_MAX) * YW_HASH_BYTES];
	struct key k = key_proven(in, p);
	enum yw_code code;

	if (find_proven(in, p->small.size, &p->large) != NULL)
		return YW_OK;
	bound(l, in);
	code = remember(in, p, err);
	if (code != YW_OK)
		return code;
	memcpy(v, p->from.b, YW_HASH_BYTES);
	memcpy(v + YW_HASH_BYTES, p->proof.h, p->proof.n * YW_HASH_BYTES);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, (1 + p->proof.n) * YW_HASH_BYTES });
	log_touch(l, in);
	return YW_OK;
}

/* --- comparing --- */

/* Is that head one of the tree that is held here?  Only what is in the store is looked at. */
static enum yw_code
holds(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h, bool *out, struct yw_error *err)
{
	struct yw_hash mine;
	enum yw_code code;

	*out = false;
	if (h->size > in->committed_size)
		return YW_OK;
	code = log_root(l, in, h->size, &mine, err);
	*out = code == YW_OK && yw_hash_equal(&mine, &h->root);
	return code;
}

bool
is_head(const struct yw_buf *note, const struct yw_tree_head *h)
{
	struct yw_checkpoint c;

	return note_checkpoint(yw_buf_bytes(note), &c, NULL) == YW_OK && c.size == h->size && yw_hash_equal(&c.root, &h->root);
}

enum yw_code
compare_heads(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *small,
    const struct yw_tree_head *large, enum standing *out, struct yw_error *err)
{
	const struct yw_hash *from;
	bool has_large, has_small = false;
	enum yw_code code;

	*out = UNKNOWN;
	if (small->size == large->size)
		*out = yw_hash_equal(&small->root, &large->root) ? LEADS_THERE : OF_ANOTHER_BRANCH;
	else if (small->size == 0)
		*out = LEADS_THERE;
	else if ((from = leading(in, small->size, large)) != NULL)
		*out = yw_hash_equal(from, &small->root) ? LEADS_THERE : OF_ANOTHER_BRANCH;
	if (*out != UNKNOWN)
		return YW_OK;
	code = holds(l, in, large, &has_large, err);
	if (code == YW_OK && has_large)
		code = holds(l, in, small, &has_small, err);
	if (code == YW_OK && has_large)
		*out = has_small ? LEADS_THERE : OF_ANOTHER_BRANCH;
	return code;
}

static const struct yw_tree_head *
smaller(const struct yw_tree_head *a, const struct yw_tree_head *b)
{
	return a->size <= b->size ? a : b;
}

enum yw_code
compare_any(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *a, const struct yw_tree_head *b,
    enum standing *out, struct yw_error *err)
{
	const struct yw_tree_head *small = smaller(a, b);

	return compare_heads(l, in, small, small == a ? b : a, out, err);
}

/* --- what is compared --- */

size_t
quorum_heads(const struct log_inside *in, struct yw_tree_head out[static YW_QUORUMS_KEPT])
{
	size_t n = 0;

	for (size_t i = 0; i < in->pub.n_beats; i++)
		if (in->pub.beats[i].stands)
			out[n++] = (struct yw_tree_head) { in->pub.beats[i].size, in->pub.beats[i].root };
	for (size_t i = 0; i < in->pub.n_rivals; i++)
		if (in->pub.rivals[i].stands)
			out[n++] = (struct yw_tree_head) { in->pub.rivals[i].size, in->pub.rivals[i].root };
	return n;
}

/* Does a quorum beat contradict one that contradicts the closing?  *unknown: the two of which that is not known. */
static enum yw_code
takes_sides(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *beat, const struct yw_tree_head *others,
    size_t n, bool *out, struct question *unknown, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	*out = false;
	for (size_t i = 0; code == YW_OK && !*out && i < n; i++) {
		enum standing s;

		code = compare_any(l, in, beat, &others[i], &s, err);
		*out = code == YW_OK && s == OF_ANOTHER_BRANCH;
		if (code == YW_OK && s == UNKNOWN)
			*unknown = (struct question) { *smaller(beat, &others[i]), smaller(beat, &others[i]) == beat ? others[i] : *beat };
	}
	return code;
}

/* Of several questions one of which somebody can hold the larger head, which a closing may have made up. */
static void
wonder(const struct yw_tree_head *closing, const struct yw_tree_head *beat, struct question *q)
{
	const struct yw_tree_head *small = smaller(closing, beat);

	if (q->large.size == 0 || small == closing)
		*q = (struct question) { *small, small == closing ? *beat : *closing };
}

/* Beats of which it is not known how they stand to the closing: where others contradict it, that matters of those alone that
 * contradict these (takes_sides()). */
static enum yw_code
wonder_all(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing, const struct yw_tree_head *beats,
    size_t n, const struct yw_tree_head *against, size_t n_against, struct question *q, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n; i++) {
		bool sides = n_against == 0;

		if (!sides)
			code = takes_sides(l, in, &beats[i], against, n_against, &sides, q, err);
		if (code == YW_OK && sides)
			wonder(closing, &beats[i], q);
	}
	return code;
}

enum yw_code
judge_closing(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing,
    struct yw_beat_said said[static YW_QUORUMS_KEPT], size_t *n, struct question *unknown, struct yw_error *err)
{
	struct yw_tree_head beats[YW_QUORUMS_KEPT], before[YW_QUORUMS_KEPT], against[YW_QUORUMS_KEPT], strange[YW_QUORUMS_KEPT];
	size_t n_beats = quorum_heads(in, beats), n_before = 0, n_against = 0, n_strange = 0;
	enum yw_code code = YW_OK;

	*n = 0;
	*unknown = (struct question) { .large = { .size = 0 } };
	for (size_t i = 0; code == YW_OK && i < n_beats; i++) {
		enum standing s;

		code = compare_any(l, in, closing, &beats[i], &s, err);
		if (code == YW_OK && s == UNKNOWN)
			strange[n_strange++] = beats[i];
		else if (code == YW_OK && s == OF_ANOTHER_BRANCH)
			said[(*n)++] = (struct yw_beat_said) { against[n_against++] = beats[i], YW_BEAT_CONTRADICTS };
		else if (code == YW_OK && beats[i].size >= closing->size)
			said[(*n)++] = (struct yw_beat_said) { beats[i], YW_BEAT_EXTENDS };
		else
			before[n_before++] = beats[i];
	}
	for (size_t i = 0; code == YW_OK && i < n_before; i++) {
		bool sides;

		code = takes_sides(l, in, &before[i], against, n_against, &sides, unknown, err);
		if (code == YW_OK && sides)
			said[(*n)++] = (struct yw_beat_said) { before[i], YW_BEAT_AGREES };
	}
	return code == YW_OK ? wonder_all(l, in, closing, strange, n_strange, against, n_against, unknown, err) : code;
}

/* --- asking --- */

void
drop_questions(struct log_inside *in)
{
	free(in->questions);
	in->questions = NULL;
	in->n_questions = 0;
}

/* Nobody holds a head that was made up, so no question waits for the answer to another; but who holds one is asked one thing of it
 * at a time. */
static enum yw_code
add_question(struct log_inside *in, const struct question *q, struct yw_error *err)
{
	struct question *more;

	if (q->large.size == 0)
		return YW_OK;
	for (size_t i = 0; i < in->n_questions; i++)
		if (same_head(&in->questions[i].large, &q->large))
			return YW_OK;
	more = realloc(in->questions, (in->n_questions + 1) * sizeof *more);
	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for what is asked about '%s'", in->pub.origin.text);
	in->questions = more;
	in->questions[in->n_questions++] = *q;
	return YW_OK;
}

enum yw_code
next_questions(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_beat_said said[YW_QUORUMS_KEPT];
	struct yw_tree_head beat;
	struct question q;
	enum yw_code code = YW_OK;
	size_t n;

	for (size_t i = 0; i < l->n_logs; i++)
		l->logs[i]->n_questions = 0;
	for (size_t i = 0; code == YW_OK && i < yw_trust_n_asked(l->trust); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(l->trust, i);
		struct log_inside *in = find_log(l, a->origin.text);

		if (in == NULL)
			continue;
		code = judge_closing(l, in, &a->head, said, &n, &q, err);
		if (code == YW_OK)
			code = add_question(in, &q, err);
	}
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if (in->elsewhere.keys == NULL)
			continue;
		code = judge_elsewhere(l, in, &beat, &q, err);
		if (code == YW_OK)
			code = add_question(in, &q, err);
	}
	return code;
}

/* Two signed heads that are shown to be of two branches are a contradiction of the log (L6), where both notes are here. */
static struct yw_bytes
note_of(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h)
{
	const struct yw_log *log = &in->pub;
	struct yw_tree_head closing;
	struct yw_bytes note = yw_trust_closing_note(l->trust, log_generation(l, in), &closing);

	if (same_head(&closing, h))
		return note;
	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].size == h->size && yw_hash_equal(&log->beats[i].root, &h->root))
			return yw_buf_bytes(&log->beats[i].note);
	for (size_t i = 0; i < log->n_rivals; i++)
		if (log->rivals[i].size == h->size && yw_hash_equal(&log->rivals[i].root, &h->root))
			return yw_buf_bytes(&log->rivals[i].note);
	return is_head(&log->full, h) ? yw_buf_bytes(&log->full) : nothing;
}

static enum yw_code
take_proven(struct yw_ledger *l, struct log_inside *in, const struct proven *p, struct yw_error *err)
{
	struct yw_bytes a = note_of(l, in, &p->small), b = note_of(l, in, &p->large);
	enum yw_code code = put(l, in, p, err);

	if (code == YW_OK && a.len != 0 && b.len != 0 && !yw_hash_equal(&p->from, &p->small.root))
		code = freeze(l, in, a, b, &p->from, &p->proof, NULL);
	return code == YW_ENOMEM || code == YW_EIO ? spoil(l, code, err) : YW_OK;
}

static bool
is_about(const struct question *q, const struct yw_package *p)
{
	return p->head.len == 0 && p->has_consistency && p->from_size == q->small.size && p->head_size == q->large.size;
}

/* The question that the package answers; NULL: it proves nothing of any. */
static struct question *
find_answered(const struct log_inside *in, const struct yw_package *p, struct proven *made)
{
	for (size_t i = 0; i < in->n_questions; i++) {
		*made = (struct proven) { in->questions[i].small, in->questions[i].large, p->from_root, p->consistency };
		if (is_about(&in->questions[i], p) && holds_true(made))
			return &in->questions[i];
	}
	return NULL;
}

bool
answers_question(const struct log_inside *in, const struct yw_package *p)
{
	struct proven made;
	bool any = false;

	for (size_t i = 0; i < in->n_questions; i++)
		any |= is_about(&in->questions[i], p);
	return any && (!is_sought(in, p) || find_answered(in, p, &made) != NULL);
}

enum yw_code
take_answer(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct proven made;
	struct question *q = find_answered(in, p, &made);

	if (q == NULL)
		return yw_fail(err, YW_ESIG, "that %llu entries of '%s' lead to a head of %llu is not proven",
		    (unsigned long long)p->from_size, p->origin.text, (unsigned long long)p->head_size);
	*q = in->questions[--in->n_questions];
	return take_proven(l, in, &made, err);
}

/* --- before the copy is cut --- */

static enum yw_code
prove(struct yw_ledger *l, struct log_inside *in, const struct yw_tree_head *small, const struct yw_tree_head *large,
    struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct proven p = { .small = *small, .large = *large };
	struct yw_tile_reader r;
	bool has_large;
	enum yw_code code = holds(l, in, large, &has_large, err);

	if (code != YW_OK || !has_large || small->size == 0 || small->size >= large->size)
		return code;
	tiles_reader(&t, &r);
	code = yw_root_at(&r, small->size, &p.from, err);
	if (code == YW_OK)
		code = yw_prove_consistency(&r, small->size, large->size, &p.proof, err);
	return code == YW_OK ? put(l, in, &p, err) : code;
}

enum yw_code
prove_standing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_tree_head heads[YW_QUORUMS_KEPT + YW_CLOSINGS_PROVEN];
	size_t n = quorum_heads(in, heads), n_beats = n;
	enum yw_code code = YW_OK;

	for (size_t i = 0; i < yw_trust_n_asked(l->trust) && n < n_beats + YW_CLOSINGS_PROVEN; i++)
		if (strcmp(yw_trust_asked(l->trust, i)->origin.text, in->pub.origin.text) == 0)
			heads[n++] = yw_trust_asked(l->trust, i)->head;
	for (size_t i = 0; code == YW_OK && i < n; i++)
		for (size_t k = 0; code == YW_OK && k < n; k++)
			if (heads[i].size < heads[k].size && (i < n_beats || k < n_beats))
				code = prove(l, in, &heads[i], &heads[k], err);
	return code;
}
