/*
 * rivals.c - beats that are not known to lead to the newest one with quorum: of another branch than the copy's (L6, T7).
 *
 * A log that went on in two ways may have had its quorum on both, and whoever holds one of them has to know of the other:
 * where the log ends, and whether a closing is void, is asked of all quorum beats (reach.c).  So a beat of another branch is
 * kept and passed on as well, and a quorum beat that is replaced by one of which the copy does not show that it extends it
 * stays until it does.  There are few in honest networks and none where nothing is wrong; of too many the largest stay, those
 * with quorum before the others.  What has lost its quorum and stands all the same is one with quorum here.  Which these are of
 * all that is kept, for a day too, is asked again when some of them may not stand any more, or go: as a restart would.
 */
#include "ledger/ledger_int.h"

static const struct yw_bytes nothing = { NULL, 0 };

static struct key
key_rival(const struct log_inside *in, uint64_t size, const struct yw_hash *root)
{
	struct key k = key_head(in->pub.number, 'r');

	yw_put_be64(k.b + k.len, size);
	memcpy(k.b + k.len + 8, root->b, YW_HASH_BYTES);
	k.len += 8 + YW_HASH_BYTES;
	return k;
}

static void
drop_at(struct yw_log *log, size_t at)
{
	yw_buf_release(&log->rivals[at].note);
	log->n_rivals--;
	memmove(&log->rivals[at], &log->rivals[at + 1], (log->n_rivals - at) * sizeof *log->rivals);
	log->rivals[log->n_rivals] = (struct yw_beat) { .note = YW_BUF_INIT };
}

void
drop_rivals(struct log_inside *in)
{
	while (in->pub.n_rivals > 0)
		drop_at(&in->pub, in->pub.n_rivals - 1);
}

static void
remove_at(struct yw_ledger *l, struct log_inside *in, size_t at)
{
	struct key k = key_rival(in, in->pub.rivals[at].size, &in->pub.rivals[at].root);

	yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	drop_at(&in->pub, at);
	log_touch(l, in);
}

/* Which of two gives way first?  The answer depends on nothing but the two. */
static bool
gives_way(const struct yw_beat *a, const struct yw_beat *b)
{
	if (a->stands != b->stands)
		return b->stands;
	return a->size != b->size ? a->size < b->size : memcmp(a->root.b, b->root.b, YW_HASH_BYTES) > 0;
}

/* The one that gives way before all others. */
static size_t
least(const struct yw_log *log)
{
	size_t last = 0;

	for (size_t i = 1; i < log->n_rivals; i++)
		if (gives_way(&log->rivals[i], &log->rivals[last]))
			last = i;
	return last;
}

static void
bound(struct yw_ledger *l, struct log_inside *in)
{
	if (in->pub.n_rivals > YW_RIVALS_KEPT)
		remove_at(l, in, least(&in->pub));
}

static struct yw_beat *
find(struct yw_log *log, uint64_t size, const struct yw_hash *root)
{
	for (size_t i = 0; i < log->n_rivals; i++)
		if (log->rivals[i].size == size && yw_hash_equal(&log->rivals[i].root, root))
			return &log->rivals[i];
	return NULL;
}

/* In place of what is held of the same head; *b passes over. */
static enum yw_code
put(struct yw_ledger *l, struct log_inside *in, struct yw_beat *b, struct yw_error *err)
{
	struct yw_beat *held = find(&in->pub, b->size, &b->root);
	struct key k = key_rival(in, b->size, &b->root);
	enum yw_code code = YW_OK;

	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&b->note));
	if (held == NULL)
		held = &in->pub.rivals[in->pub.n_rivals++];
	yw_buf_release(&held->note);
	log_touch(l, in);
	*held = *b;
	held->stamp = in->pub.stamp;
	b->note = (struct yw_buf)YW_BUF_INIT;
	if (held->quorum == YW_QUORUM_MET)
		code = settle_generation(l, in, err);
	bound(l, in);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
add_rival(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, const struct yw_note *n, struct yw_error *err)
{
	const struct yw_beat *held = find(&in->pub, c->size, &c->root);
	struct yw_bytes old = held != NULL ? yw_buf_bytes(&held->note) : nothing;
	struct yw_beat b = { .note = YW_BUF_INIT };
	enum yw_code code = judge_merged(l, head_generation(l, in), old, held != NULL ? held->known : 0, n, &b, err);

	if (code == YW_OK && !yw_bytes_equal(old, yw_buf_bytes(&b.note)))
		code = put(l, in, &b, err);
	yw_buf_release(&b.note);
	return code;
}

enum yw_code
keep_rival(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, struct yw_error *err)
{
	const struct yw_beat *held = find(&in->pub, b->size, &b->root);
	struct yw_beat copy = *b;
	enum yw_code code;

	if (held != NULL && yw_bytes_equal(yw_buf_bytes(&held->note), yw_buf_bytes(&b->note)))
		return YW_OK;
	copy.note = (struct yw_buf)YW_BUF_INIT;
	yw_buf_add(&copy.note, b->note.data, b->note.len);
	code = yw_buf_check(&copy.note, err);
	if (code == YW_OK)
		code = put(l, in, &copy, err);
	yw_buf_release(&copy.note);
	return code;
}

void
put_rival(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *h, struct yw_bytes note)
{
	struct key k = key_rival(in, h->size, &h->root);

	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), note);
}

enum yw_code
load_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'r');
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	drop_rivals(in);
	in->rivals_due = true;
	if (log_generation(l, in) == NULL)
		return YW_OK;
	it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_beat b = { .note = YW_BUF_INIT, .stamp = in->pub.stamp };

		code = judge_again(l, in, yw_iter_value(it), &b, err);
		if (code == YW_OK)
			load_as_rival(in, &b);
		else
			yw_buf_release(&b.note);
		code = code == YW_ESIG ? YW_OK : code;	/* by keys that count no more (T3) */
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

void
load_as_rival(struct log_inside *in, struct yw_beat *b)
{
	if (find(&in->pub, b->size, &b->root) != NULL) {
		yw_buf_release(&b->note);
		return;
	}
	in->pub.rivals[in->pub.n_rivals++] = *b;
	if (in->pub.n_rivals > YW_RIVALS_KEPT)
		drop_at(&in->pub, least(&in->pub));
}

enum yw_code
judge_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	in->rivals_due = true;		/* one of which nothing could be said by the keys that were known is in the store alone */
	for (size_t i = in->pub.n_rivals; code == YW_OK && log_generation(l, in) != NULL && i-- > 0;) {
		struct yw_beat b = { .note = YW_BUF_INIT };

		code = judge_again(l, in, yw_buf_bytes(&in->pub.rivals[i].note), &b, err);
		if (code == YW_OK && judged_otherwise(&b, &in->pub.rivals[i]))
			code = put(l, in, &b, err);
		if (code == YW_ESIG) {		/* by keys that were handed on before, as was learnt since: it says nothing now (T5) */
			drop_at(&in->pub, i);
			log_touch(l, in);
			code = YW_OK;
		}
		yw_buf_release(&b.note);
	}
	return code;
}

enum yw_code
says_more(struct yw_ledger *l, struct log_inside *in, const struct yw_tree_head *b, const struct yw_tree_head *larger, bool *out,
    struct yw_error *err)
{
	enum yw_code code = YW_OK;

	*out = false;
	for (size_t i = 0; code == YW_OK && !*out && i < yw_trust_n_asked(l->trust); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(l->trust, i);
		enum standing is = UNKNOWN, will_be = UNKNOWN;

		if (strcmp(a->origin.text, in->pub.origin.text) != 0)
			continue;
		code = compare_any(l, in, &a->head, b, &is, err);
		if (code == YW_OK)
			code = compare_any(l, in, &a->head, larger, &will_be, err);
		*out = is != UNKNOWN && will_be == UNKNOWN;
	}
	return code;
}

/* Does another quorum beat say all that this one does, since it is known to extend it? */
static enum yw_code
is_needless(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, bool *out, struct yw_error *err)
{
	struct yw_tree_head small = { b->size, b->root }, heads[YW_QUORUMS_KEPT];
	size_t n = quorum_heads(in, heads);
	enum yw_code code = YW_OK;

	*out = false;
	for (size_t i = 0; code == YW_OK && !*out && i < n; i++) {
		enum standing s = UNKNOWN;
		bool more = false;

		if (heads[i].size > b->size)
			code = compare_heads(l, in, &small, &heads[i], &s, err);
		if (code == YW_OK && s == LEADS_THERE)
			code = says_more(l, in, &small, &heads[i], &more, err);
		*out = code == YW_OK && s == LEADS_THERE && !more;
	}
	return code;
}

/* Is it of the copy's own branch, and not older than what is at hand?  Then it is a beat like others. */
static bool
is_no_rival(struct yw_ledger *l, const struct log_inside *in, const struct yw_beat *b)
{
	const struct yw_beat *newest = standing_beat(&in->pub);

	return (newest == NULL || b->size >= newest->size) && is_mine(l, in, b->size, &b->root);
}

static bool
is_at_hand(struct log_inside *in, const struct yw_checkpoint *c)
{
	const struct yw_beat *same = find_beat(&in->pub, c->size);

	return find(&in->pub, c->size, &c->root) != NULL || (same != NULL && yw_hash_equal(&same->root, &c->root));
}

/* Is it of another branch than the copy's, as far as can be seen? */
static bool
is_elsewhere(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c)
{
	const struct yw_beat *newest = standing_beat(&in->pub);

	if (c->size <= in->committed_size)
		return !is_mine(l, in, c->size, &c->root);
	return newest != NULL && c->size < newest->size && !is_mine(l, in, newest->size, &newest->root);
}

static enum yw_code
offer(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, bool is_rival, struct yw_error *err)
{
	struct yw_beat b = { .note = YW_BUF_INIT };
	struct yw_checkpoint c;
	struct key k;
	bool needless = false;
	enum yw_code code = note_checkpoint(note, &c, err);

	if (code != YW_OK || is_at_hand(in, &c) || !(is_rival || is_elsewhere(l, in, &c)))
		return code;
	code = judge_again(l, in, note, &b, err);
	if (code == YW_OK && b.stands)
		code = is_needless(l, in, &b, &needless, err);
	if (code == YW_OK && !needless && is_no_rival(l, in, &b)) {	/* it was kept while its keys were not known */
		k = key_rival(in, b.size, &b.root);
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
		code = add_note_to_beat(l, in, b.size, yw_buf_bytes(&b.note), err);
	} else if (code == YW_OK && !needless &&
	    (in->pub.n_rivals < YW_RIVALS_KEPT || gives_way(&in->pub.rivals[least(&in->pub)], &b))) {
		code = keep_rival(l, in, &b, err);
	}
	yw_buf_release(&b.note);
	return code == YW_ESIG ? YW_OK : code;	/* by keys that count no more (T3) */
}

/* Of what the store keeps, for its day too: where there was no room for it, those that took it may not stand any more, or be gone. */
static enum yw_code
offer_all(struct yw_ledger *l, struct log_inside *in, char what, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, what);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;

	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it))
		code = offer(l, in, yw_iter_value(it), what == 'r', err);
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

enum yw_code
tidy_rivals(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	bool two_ways = in->n_forks > 0 || in->pub.n_rivals > 0;
	enum yw_code code = two_ways ? sort_out_beats(l, in, err) : YW_OK;

	for (size_t i = in->pub.n_rivals; code == YW_OK && i-- > 0;) {
		const struct yw_beat *b = &in->pub.rivals[i];
		struct yw_beat clean = { .note = YW_BUF_INIT };	/* of lines by keys that became known since, and are not good */
		bool needless = false, mine;

		if (b->stands)
			code = is_needless(l, in, b, &needless, err);
		mine = code == YW_OK && !needless && is_no_rival(l, in, b);
		if (mine)
			code = judge_again(l, in, yw_buf_bytes(&b->note), &clean, err);
		if (code == YW_OK && (needless || mine)) {
			remove_at(l, in, i);	/* first: what it is added to may make a rival of another, at any place */
			in->rivals_due = true;
		}
		if (code == YW_OK && mine)
			code = add_note_to_beat(l, in, clean.size, yw_buf_bytes(&clean.note), err);
		yw_buf_release(&clean.note);
		code = code == YW_ESIG ? YW_OK : code;	/* by keys that count no more (T3) */
	}
	if (code != YW_OK || !two_ways || !in->rivals_due)
		return code;
	in->rivals_due = false;
	code = offer_all(l, in, 'r', err);
	return code == YW_OK ? offer_all(l, in, 'b', err) : code;
}
