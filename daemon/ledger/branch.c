/*
 * branch.c - the branch that counts (L8): a copy that is on another one is cut back, and what is cut is kept as evidence.
 *
 * Three things say that a copy is not the log:
 *
 *	a closing	names the head at which the log ends (T6).  A copy that is long enough and has another root there, or is
 *			shorter and not known to lead there, seeks that branch: a peer that holds it gives entries from a size on,
 *			proven into the closing's head, with a proof that my root at that size leads there too.  The first entry that
 *			is another one than mine is where the branches part; nothing is cut on anybody's mere word, nor while it is
 *			not known whether a beat with quorum that is held beyond there makes the closing void (T7, standing.c).
 *	a beat		by other keys, of an open log, that stands on another branch (elsewhere.c).  That is sought and cut in the
 *			same way
 *	a delegation	that goes before the one by which the copy was made (T3): its entry 0 is by other keys, so all of it goes.
 *
 * A copy that cannot go on since its branch is broken (L9) leaves that for the one that a closing names, and for that of another
 * delegation: the entry which breaks it is not there.
 *
 * Entries, bodies and beats that are cut stand under a number of their own (lost_number()), a branch each; what they said of
 * ids and of trust is taken back.  Long branches are cut in several turns, from the end; each leaves a shorter copy, and a
 * crash in between only means that the rest is found again.  Then memory is read anew, since trust cannot unlearn.
 */
#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define CUT_ENTRIES 512		/* in one turn */

static const struct yw_bytes nothing = { NULL, 0 };

/* --- what is sought --- */

/* The head at which the log ends, and its note: that of the closing, or of the larger beat with quorum that extends it
 * (T7).  Size 0: it is open, or ends at no entries. */
static struct yw_bytes
ending(const struct yw_ledger *l, const struct log_inside *in, struct yw_tree_head *head)
{
	const struct yw_generation *g = log_generation(l, in);
	const struct yw_beat *beats[YW_QUORUMS_KEPT];
	size_t n = 0;

	for (size_t i = 0; i < in->pub.n_beats; i++)
		beats[n++] = &in->pub.beats[i];
	for (size_t i = 0; i < in->pub.n_rivals; i++)
		beats[n++] = &in->pub.rivals[i];
	for (size_t i = 0; !g->open && g->end.size > g->closing.head.size && i < n; i++)
		if (beats[i]->size == g->end.size && yw_hash_equal(&beats[i]->root, &g->end.root)) {
			*head = g->end;
			return yw_buf_bytes(&beats[i]->note);
		}
	return yw_trust_closing_note(l->trust, g, head);
}

/* The head that the copy has to lead to, or to hold; size 0: none is known. */
static enum yw_code
wanted(struct yw_ledger *l, const struct log_inside *in, struct yw_tree_head *head, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct question unknown;

	if (g == NULL || g->open)
		return judge_elsewhere(l, in, head, &unknown, err);
	(void)ending(l, in, head);
	return YW_OK;
}

static bool
is_closed(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);

	return g != NULL && !g->open;
}

/* Which branch is sought, if the copy neither reaches there nor is on the way to it. */
enum yw_code
judge_branch(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_tree_head head = { .size = 0 };
	struct yw_hash mine;
	enum yw_code code = YW_OK;

	in->sought.size = 0;
	in->elsewhere.counts = false;
	if (in->cut_to == UINT64_MAX && (!in->pub.broken || is_closed(l, in)))
		code = wanted(l, in, &head, err);
	if (code != YW_OK || head.size == 0)
		return code;
	if (in->committed_size >= head.size)
		code = log_root(l, in, head.size, &mine, err);
	if (code != YW_OK)
		return code;
	if (in->committed_size >= head.size && yw_hash_equal(&mine, &head.root)) {
		in->common = in->common_of.size = 0;
		drop_elsewhere(in);
		return YW_OK;
	}
	in->elsewhere.counts = log_generation(l, in)->open;
	if (in->pub.target_size == head.size && yw_hash_equal(&in->pub.target_root, &head.root))
		return YW_OK;
	in->sought = head;
	if (!same_head(&in->common_of, &head))	/* what is sought now may part elsewhere */
		in->common = 0;
	in->common_of = head;
	return YW_OK;
}

size_t
yw_ledger_n_sought(const struct yw_ledger *l, const struct yw_log *log)
{
	const struct log_inside *in = l->logs[log->number];
	size_t n = in->n_questions + (in->sought.size != 0);

	return n > 1 && YW_FAULT("one-sought") ? 1 : n;
}

void
yw_ledger_sought(const struct yw_ledger *l, const struct yw_log *log, size_t i, struct yw_sought *out)
{
	const struct log_inside *in = l->logs[log->number];
	const struct question *q = &in->questions[i];

	if (i < in->n_questions)
		*out = (struct yw_sought) { .head = q->large, .common = q->small.size, .most = q->small.size, .standing = true,
			.root = q->small.root };
	else
		*out = (struct yw_sought) { .head = in->sought, .common = in->common,
			.most = in->committed_size < in->sought.size ? in->committed_size : in->sought.size - 1 };
}

bool
yw_ledger_seeks(const struct yw_ledger *l, const struct yw_log *log, struct yw_sought *out)
{
	if (yw_ledger_n_sought(l, log) == 0)
		return false;
	yw_ledger_sought(l, log, 0, out);
	return true;
}

bool
yw_ledger_bound(const struct yw_ledger *l, const struct yw_log *log)
{
	return l->logs[log->number]->elsewhere.counts;
}

enum yw_code
yw_ledger_root(struct yw_ledger *l, const struct yw_log *log, uint64_t size, struct yw_hash *out, struct yw_error *err)
{
	const struct log_inside *in = l->logs[log->number];

	if (size > in->committed_size)
		return yw_fail(err, YW_ENOENT, "'%s' has %llu entries here", log->origin.text,
		    (unsigned long long)in->committed_size);
	return log_root(l, in, size, out, err);
}

/* --- a package of the sought branch --- */

bool
is_sought(const struct log_inside *in, const struct yw_package *p)
{
	return in->sought.size != 0 && p->head.len == 0 && p->head_size == in->sought.size;
}

/* My leaves of the block in which the package starts. */
static enum yw_code
own_leaves(struct yw_ledger *l, const struct log_inside *in, uint64_t start, struct yw_hash out[static YW_TILE_HASHES],
    size_t *n, struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	uint64_t block = start - start % YW_TILE_HASHES;
	struct yw_tile_reader r;

	tiles_reader(&t, &r);
	*n = in->committed_size - block < YW_TILE_HASHES ? (size_t)(in->committed_size - block) : YW_TILE_HASHES;
	return *n != 0 ? r.read(r.arg, 0, block / YW_TILE_HASHES, *n, out, err) : YW_OK;
}

/* Does my copy up to where the package starts lead to the head, and does the package? */
static enum yw_code
check_sought(struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p,
    const struct yw_hash own[static YW_TILE_HASHES], struct yw_error *err)
{
	struct yw_hash leaves[2 * YW_TILE_HASHES], node, mine;
	size_t left = (size_t)(p->start % YW_TILE_HASHES);
	uint64_t end = p->start + p->n_entries;
	enum yw_code code = log_root(l, in, p->start, &mine, err);

	if (code != YW_OK)
		return code;
	for (size_t i = 0; i < left; i++)
		leaves[i] = own[i];
	for (size_t i = 0; i < p->n_entries; i++)
		leaves[left + i] = p->entries[i].leaf;
	yw_range_root(leaves, left + p->n_entries, &node);
	if (end > in->sought.size || (p->start != 0 && (!p->has_consistency || p->from_size != p->start ||
	    yw_check_consistency(p->start, &mine, in->sought.size, &in->sought.root, &p->consistency) != YW_OK)) ||
	    yw_check_subtree(p->start - left, end, &node, in->sought.size, &in->sought.root, &p->subtree) != YW_OK)
		return yw_fail(err, YW_ESIG, "entries %llu to %llu of '%s' do not prove into the head at which it was closed",
		    (unsigned long long)p->start, (unsigned long long)end - 1, p->origin.text);
	return YW_OK;
}

void
aim_at(struct yw_ledger *l, struct log_inside *in, const struct yw_tree_head *head, struct yw_buf *alone)
{
	yw_buf_release(&in->pub.target);
	in->pub.target = *alone;
	in->pub.target_size = head->size;
	in->pub.target_root = head->root;
	in->sought.size = 0;
	log_touch(l, in);
}

void
mend(struct yw_ledger *l, struct log_inside *in)
{
	if (!in->pub.broken)
		return;
	yw_log(YW_LOG_WARN, "broken-no-more", "origin=%s what broke it is not of the branch that counts: %s", in->pub.origin.text,
	    in->pub.trouble);
	in->pub.broken = false;
	in->pub.trouble[0] = '\0';
	log_touch(l, in);
}

/* The copy leads to the head. */
static enum yw_code
aim(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_tree_head head = in->sought;
	struct yw_buf alone = YW_BUF_INIT;
	enum yw_code code = log_generation(l, in)->open ?
	    head_line(in->elsewhere.keys, yw_buf_bytes(&in->elsewhere.beat), &alone, err) :
	    ending_alone(l, in, ending(l, in, &head), &alone, err);

	if (code == YW_OK) {
		mend(l, in);
		aim_at(l, in, &head, &alone);
	} else {
		yw_buf_release(&alone);
	}
	return code;
}

/* Does a beat with quorum stand beyond there on my copy, of which no proof says yet how it stands to the closing?  It may
 * make that one void (T7), and what was cut would speak no more.  It cannot where another contradicts a closing that stands all
 * the same: then nobody is asked either (standing.c). */
static enum yw_code
is_undecided(struct yw_ledger *l, const struct log_inside *in, uint64_t parts, bool *out, struct yw_error *err)
{
	struct yw_tree_head closing = log_generation(l, in)->closing.head, beats[YW_QUORUMS_KEPT];
	size_t n = quorum_heads(in, beats);
	bool contradicted = false, unknown = false;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n; i++) {
		enum standing s;

		code = compare_any(l, in, &closing, &beats[i], &s, err);
		contradicted |= code == YW_OK && s == OF_ANOTHER_BRANCH;
		unknown |= code == YW_OK && s == UNKNOWN && beats[i].size > parts && is_mine(l, in, beats[i].size, &beats[i].root);
	}
	*out = unknown && !contradicted;
	return code;
}

/* The copy is cut back to where the branches part, once it is known that the closing, or the beat, stands beside what had its
 * quorum. */
static enum yw_code
part(struct yw_ledger *l, struct log_inside *in, uint64_t parts, struct yw_error *err)
{
	bool undecided = false;
	enum yw_code code = log_generation(l, in)->open ? YW_OK : is_undecided(l, in, parts, &undecided, err);

	if (code != YW_OK || undecided)
		return code;
	in->cut_to = parts;
	in->sought.size = 0;
	mend(l, in);
	log_touch(l, in);
	return YW_OK;
}

/* Is it proven that my copy is on another branch where the package starts? */
static bool
parts_before(struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p)
{
	struct yw_hash mine;

	return p->start != 0 && p->has_consistency && p->from_size == p->start &&
	    log_root(l, in, p->start, &mine, NULL) == YW_OK && !yw_hash_equal(&mine, &p->from_root) &&
	    yw_check_consistency(p->start, &p->from_root, in->sought.size, &in->sought.root, &p->consistency) == YW_OK;
}

enum yw_code
take_sought(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct yw_hash own[YW_TILE_HASHES];
	size_t n_own = 0, left = (size_t)(p->start % YW_TILE_HASHES), i = 0;
	struct yw_tree_head head = { .size = 0 };
	enum yw_code code = wanted(l, in, &head, err);

	if (code == YW_OK && !same_head(&head, &in->sought))	/* it was asked for before this turn */
		code = yw_fail(err, YW_EINVAL, "another branch of '%s' is sought now", p->origin.text);
	if (code != YW_OK)
		return code;
	if (in->tree_changed || p->start > in->committed_size || p->n_good < p->n_entries)
		return yw_fail(err, YW_EINVAL, "a package of '%s' that cannot be compared now", p->origin.text);
	if (parts_before(l, in, p))
		return yw_fail(err, YW_ENOENT, "'%s' parts before %llu entries from the branch that is sought", p->origin.text,
		    (unsigned long long)p->start);
	code = own_leaves(l, in, p->start, own, &n_own, err);
	if (code == YW_OK)
		code = check_sought(l, in, p, own, err);
	if (code != YW_OK)
		return code;
	while (i < p->n_entries && left + i < n_own && yw_hash_equal(&own[left + i], &p->entries[i].leaf))
		i++;
	if (p->start + i > in->common)
		in->common = p->start + i;
	if (p->start + i == in->committed_size)		/* where it breaks, that the next entry there is a good one has to be seen */
		return !in->pub.broken || i < p->n_entries ? aim(l, in, err) : YW_OK;
	return i < p->n_entries && left + i < n_own ? part(l, in, p->start + i, err) : YW_OK;
}

/* --- cutting --- */

uint32_t
lost_number(uint32_t number, uint8_t branch)
{
	return ((uint32_t)branch + 1) << 24 | number;
}

struct key
key_lost(uint32_t number, uint8_t branch)
{
	struct key k = key_head(number, 'l');

	k.b[k.len++] = branch;
	return k;
}

/* What had its quorum speaks on, as a beat of another branch (T7). */
static void
keep_quorums(struct yw_ledger *l, struct log_inside *in)
{
	for (size_t i = 0; i < in->pub.n_beats; i++) {
		const struct yw_beat *b = &in->pub.beats[i];
		struct yw_tree_head h = { b->size, b->root };

		if (b->stands && b->size > in->cut_to && is_mine(l, in, b->size, &b->root))
			put_rival(l, in, &h, yw_buf_bytes(&b->note));
	}
}

enum yw_code
count_cuts(const struct yw_ledger *l, const struct log_inside *in, unsigned *n, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'l');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);

	for (*n = 0; yw_iter_valid(it); yw_iter_next(it))
		++*n;
	return yw_iter_finish(it, err);
}

/* The branch that is being cut; a new one where none is.  Who could have cut it so often has its issuer and a quorum in hand: of too
 * many the last two stand in one place, as far as they do not cover each other. */
static enum yw_code
open_branch(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	unsigned n;

	if (in->lost.size != 0)
		return YW_OK;
	if (prove_standing(l, in, err) != YW_OK)
		return YW_EIO;
	if (in->cut_to > 0)
		keep_quorums(l, in);
	if (count_cuts(l, in, &n, err) != YW_OK)
		return YW_EIO;
	in->lost = (struct lost) { .branch = (uint8_t)(n < LOST_MAX ? n : LOST_MAX - 1), .size = in->pub.size };
	yw_log(YW_LOG_WARN, "branch-lost", "origin=%s entries %llu to %llu here are of a branch that does not count: kept as "
	    "evidence", in->pub.origin.text, (unsigned long long)in->cut_to, (unsigned long long)in->pub.size - 1);
	return YW_OK;
}

static enum yw_code
move(struct yw_ledger *l, enum family family, const struct key *from, const struct key *to, struct yw_buf *value,
    struct yw_error *err)
{
	enum yw_code code;

	yw_buf_clear(value);
	code = yw_store_get(l->store, NULL, family, key_bytes(from), value, err);
	if (code != YW_OK)
		return code;
	yw_batch_put(l->batch, family, key_bytes(to), yw_buf_bytes(value));
	yw_batch_delete(l->batch, family, key_bytes(from));
	return YW_OK;
}

/* The body at a place, with what it said of its id.  What was kept for its owner alone (V4), who gets nothing of a lost branch
 * from anybody, goes. */
static enum yw_code
cut_item(struct yw_ledger *l, struct log_inside *in, uint64_t index, uint16_t item, bool shown, struct yw_buf *value,
    struct yw_error *err)
{
	struct key from = key_place(in->pub.number, index, item), to, said;
	struct yw_record r;
	enum yw_code code;

	to = key_place(lost_number(in->pub.number, in->lost.branch), index, item);
	yw_batch_delete(l->batch, F_MISSING, key_bytes(&from));
	if (!shown) {
		erase_body(l, &from);
		return YW_OK;
	}
	code = move(l, F_BODIES, &from, &to, value, err);
	if (code == YW_ENOENT)		/* nor is one there of a branch that had this place before */
		yw_batch_delete(l->batch, F_BODIES, key_bytes(&to));
	if (code != YW_OK || yw_record_form(yw_buf_bytes(value), &r, NULL) != YW_OK)
		return code == YW_ENOENT ? YW_OK : code;
	said = key_item(r.id_text, in->pub.generation, index, item);
	yw_batch_delete(l->batch, F_ITEMS, key_bytes(&said));
	yw_batch_delete(l->batch, F_LATER, key_bytes(&said));
	return YW_OK;
}

static enum yw_code
cut_entry(struct yw_ledger *l, struct log_inside *in, uint64_t index, struct yw_buf *value, struct yw_error *err)
{
	struct key from = key_entry(in->pub.number, index), to;
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code;

	to = key_entry(lost_number(in->pub.number, in->lost.branch), index);
	code = move(l, F_ENTRIES, &from, &to, &envelope, err);
	if (code == YW_OK)
		code = yw_entry_read(in->pub.origin.text, yw_buf_bytes(&envelope), &e, err);
	if (code == YW_OK) {
		if (speaks_of_trust(&e) && e.trust_kind == YW_TRUST_ERASURE)
			code = items_forget_erasure(l, in, index, &e, err);
		for (size_t i = 0; code == YW_OK && i < e.n_items; i++)
			code = cut_item(l, in, index, (uint16_t)i, may_show(l, in, &e), value, err);
		yw_entry_release(&e);
	}
	yw_batch_delete(l->batch, F_TRUST, key_bytes(&from));
	yw_buf_release(&envelope);
	return code;
}

/* Beats above `to` that are of the branch which goes; of a day that one of them stood for, another may come. */
static enum yw_code
cut_beats(struct yw_ledger *l, struct log_inside *in, uint64_t to, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'b'), from = key_beat(in->pub.number, to + 1);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), key_bytes(&from), false);
	enum yw_code code = YW_OK, end;

	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct key here, there;
		struct yw_checkpoint c;
		struct yw_hash mine;

		if (note_checkpoint(yw_iter_value(it), &c, NULL) != YW_OK || c.size > in->committed_size)
			continue;
		code = log_root(l, in, c.size, &mine, err);
		if (code != YW_OK || !yw_hash_equal(&mine, &c.root))
			continue;
		here = key_beat(in->pub.number, c.size);
		there = key_beat(lost_number(in->pub.number, in->lost.branch), c.size);
		yw_batch_put(l->batch, F_HEADS, key_bytes(&there), yw_iter_value(it));
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&here));
		code = forget_days(l, in, c.size, err);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}

/* The head of a beat that is held, without what others signed below it: that may be too long to be embedded in an entry (B1, T4,
 * T6).  *found: it is one of the copy's branch, and by keys that count. */
static enum yw_code
put_full(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, uint64_t to, bool *found, struct yw_error *err)
{
	struct yw_buf alone = YW_BUF_INIT;
	struct yw_checkpoint c;
	struct yw_hash mine;
	enum yw_code code;

	if (note_checkpoint(note, &c, NULL) != YW_OK || c.size > to)
		return YW_OK;
	code = log_root(l, in, c.size, &mine, err);
	if (code != YW_OK || !yw_hash_equal(&mine, &c.root))
		return code;
	code = head_alone(l, in, note, &alone, err);
	*found = code == YW_OK;
	if (*found) {
		ledger_put_note(l, in, 'f', yw_buf_bytes(&alone));
		in->pub.full_size = c.size;
	}
	yw_buf_release(&alone);
	return code == YW_ESIG ? YW_OK : code;
}

/* What may be served of the shorter copy: up to the largest beat that it has. */
static enum yw_code
cut_heads(struct yw_ledger *l, struct log_inside *in, uint64_t to, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'b'), from = key_beat(in->pub.number, to), f = key_head(in->pub.number, 'f');
	struct key h = key_head(in->pub.number, 'h');
	struct yw_iter *it;
	enum yw_code code = YW_OK;
	bool found = false;

	yw_batch_delete(l->batch, F_HEADS, key_bytes(&h));
	if (in->pub.full_size <= to)
		return YW_OK;
	yw_batch_delete(l->batch, F_HEADS, key_bytes(&f));
	in->pub.full_size = 0;
	it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), key_bytes(&from), true);
	for (; code == YW_OK && !found && yw_iter_valid(it); yw_iter_next(it))
		code = put_full(l, in, yw_iter_value(it), to, &found, err);
	return yw_iter_finish(it, err) != YW_OK ? YW_EIO : code;
}

/* Is entry 0 by another key than the first of the generation that counts now? */
static enum yw_code
of_another_generation(struct yw_ledger *l, const struct log_inside *in, bool *out, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, 0, &envelope, &e, err);

	if (code == YW_OK) {
		*out = g != NULL && !yw_pubkey_equal(&e.signer, &g->spans[0].keys.entry);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

/* What was promised about another generation's copy binds nobody here. */
static enum yw_code
forget_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key c = key_head(in->pub.number, 'c');
	bool another = false;
	enum yw_code code = of_another_generation(l, in, &another, err);

	if (code != YW_OK || !another)
		return code;
	yw_batch_delete(l->batch, F_HEADS, key_bytes(&c));
	in->known = 0;
	return YW_OK;
}

static enum yw_code
cut_step(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	uint64_t size = in->pub.size, to = size - in->cut_to < CUT_ENTRIES ? in->cut_to : size - CUT_ENTRIES;
	struct key k;
	struct yw_buf value = YW_BUF_INIT;
	uint8_t v[16];
	enum yw_code code = open_branch(l, in, err);

	for (uint64_t i = to; code == YW_OK && i < size; i++)
		code = cut_entry(l, in, i, &value, err);
	yw_buf_release(&value);
	if (code == YW_OK)
		code = cut_beats(l, in, to, err);
	if (code == YW_OK)
		code = cut_heads(l, in, to, err);
	if (code == YW_OK)
		code = log_root(l, in, to, &in->pub.root, err);
	if (code == YW_OK && to == 0)
		code = forget_generation(l, in, err);
	if (code != YW_OK)
		return code;
	k = key_lost(in->pub.number, in->lost.branch);
	yw_put_be64(v, to);
	yw_put_be64(v + 8, in->lost.size);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	in->pub.size = to;
	in->pub.target_size = 0;
	l->cut = true;
	log_touch(l, in);
	return YW_OK;
}

bool
is_cutting(const struct log_inside *in)
{
	return in->cut_to < in->pub.size;
}

enum yw_code
cut_logs(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if (!is_cutting(in) || in->tree_changed || in->n_taken > 0)
			continue;
		code = cut_step(l, in, err);
		if (code != YW_OK)
			return spoil(l, code, err);
		if (in->apply_from >= in->pub.size)
			in->apply_from = UINT64_MAX;
	}
	return code;
}

/* What is left of `cut_to` when memory has been read anew. */
void
settle_cut(struct log_inside *in)
{
	if (is_cutting(in))
		return;
	in->cut_to = UINT64_MAX;
	in->lost = (struct lost) { .size = 0 };
}

/* Of one that a nearer issuer voids (T3) all goes. */
enum yw_code
judge_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	bool another = false;
	enum yw_code code;

	if (log_generation(l, in) == NULL || in->pub.own || in->committed_size == 0)
		return YW_OK;
	code = of_another_generation(l, in, &another, err);
	if (another) {
		mend(l, in);
		in->cut_to = 0;
		l->dirty = true;
	}
	return code;
}
