/*
 * replica.c - verified copies: entries of other logs, and the one place that writes an entry.
 *
 * What a replica asks of an entry, in this order: does it belong to the log (origin, form, signature: package.c),
 * does it prove into a head that its owner signed (here), was its signer valid at its index (trust/).  The
 * first two failing means a lying peer or a broken log; the third is kept, without effect, with an alarm.
 */
#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

/* --- writing an entry whose place is decided --- */

/* A registrar's key signs records, of some kinds (T13): which, is asked of each item. */
bool
signer_valid(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e, uint64_t index)
{
	const struct yw_generation *g = log_generation(l, in);

	if (g == NULL)
		return false;
	if (YW_FAULT("position"))
		return true;
	if (e->trust_kind != YW_TRUST_NONE)
		return yw_pubkey_equal(&yw_generation_entry_keys(g, index)->entry, &e->signer);
	return yw_trust_may_sign(l->trust, g, index, &e->signer, NULL);
}

static enum yw_code
feed_trust(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, struct yw_error *err)
{
	struct key k = key_entry(in->pub.number, index);
	struct yw_error alarm = { 0 };
	uint8_t kind = (uint8_t)e->trust_kind;
	enum yw_code code;

	yw_batch_put(l->batch, F_TRUST, key_bytes(&k), (struct yw_bytes) { &kind, 1 });
	code = yw_trust_add(l->trust, &in->pub.origin, index, e, &alarm);
	if (code != YW_OK)
		return yw_fail(err, code, "no memory for a trust statement of '%s'", in->pub.origin.text);
	if (alarm.msg[0] != '\0')
		yw_log(YW_LOG_WARN, "trust-alarm", "origin=%s index=%llu %s", in->pub.origin.text,
		    (unsigned long long)index, alarm.msg);
	l->trust_changed = true;
	if (e->trust_kind == YW_TRUST_CLOSING)	/* one that is void has no effect, not even for the rest of a turn (T7) */
		code = answer_trust(l, err);
	return code == YW_OK ? attach_logs(l, err) : code;
}

bool
speaks_of_trust(const struct yw_entry *e)
{
	return e->trust_kind == YW_TRUST_UNKNOWN ||
	    (e->trust_kind != YW_TRUST_NONE && e->standing == YW_STANDING_APPLIED);
}

enum yw_code
write_entry(struct yw_ledger *l, struct log_inside *in, struct yw_bytes envelope, const struct yw_entry *e,
    const struct yw_hash *leaf, const struct yw_body *bodies, size_t n_bodies, struct yw_error *err)
{
	uint64_t index = in->pub.size;
	struct key k = key_entry(in->pub.number, index);
	bool valid = signer_valid(l, in, e, index);
	enum yw_code code = YW_OK;

	judged_early(l, in, index);
	yw_batch_put(l->batch, F_ENTRIES, key_bytes(&k), envelope);
	if (!valid)
		yw_log(YW_LOG_WARN, "signer-not-valid", "origin=%s index=%llu the key was not valid there: kept without effect",
		    in->pub.origin.text, (unsigned long long)index);
	if (yw_tree_append(in->tree, leaf, 1) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory to extend '%s'", in->pub.origin.text);
	in->pub.size++;
	in->tree_changed = true;
	if (code == YW_OK && speaks_of_trust(e))	/* whoever signed: that may turn out later (T5) */
		code = feed_trust(l, in, index, e, err);
	if (code == YW_OK && speaks_of_trust(e) && e->trust_kind == YW_TRUST_ERASURE) {
		in->erases = true;
		code = items_follow_erasure(l, in, index, e, err);
	}
	if (code == YW_OK && valid && in != l->own)
		code = take_embedded(l, e, err);
	write_bodies(l, in, index, e, valid && e->standing == YW_STANDING_APPLIED, bodies, n_bodies);
	return code == YW_OK ? code : spoil(l, code, err);
}

void
entries_written(struct yw_ledger *l, struct log_inside *in)
{
	yw_tree_root(in->tree, &in->pub.root);
	if (in->pub.n_missing == 0)
		in->pub.held = in->pub.size;
	if (in->pub.n_missing + in->n_refused == 0)
		in->pub.receipts_to = in->pub.size;
	log_touch(l, in);
}

/* --- packages --- */

/* The proof does not start from my root.  If it starts from another one, the sender is on another branch. */
static enum yw_code
judge_fork(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, const struct yw_checkpoint *c,
    struct yw_error *err)
{
	if (yw_hash_equal(&p->from_root, &in->pub.root) ||
	    yw_check_consistency(in->pub.size, &p->from_root, c->size, &c->root, &p->consistency) != YW_OK)
		return yw_fail(err, YW_ESIG, "the head of '%s' with %llu entries is not proven to extend the %llu held here",
		    p->origin.text, (unsigned long long)c->size, (unsigned long long)in->pub.size);
	if (in->pub.full_size != in->pub.size)	/* my own branch has no signed head here to show beside it */
		return yw_fail(err, YW_EINVAL, "a package of '%s' goes on from another branch", p->origin.text);
	return freeze(l, in, yw_buf_bytes(&in->pub.full), p->head, &p->from_root, &p->consistency, err);
}

/* L7: a closed log, in which nothing is frozen, is fetched up to its end: only with that a head may not disagree. */
static bool
fits_end(const struct yw_generation *g, const struct yw_checkpoint *c)
{
	return !g->open && (c->size != g->end.size || yw_hash_equal(&c->root, &g->end.root) || YW_FAULT("beside-the-end"));
}

/* The head that the package's proofs lead to: a target already held, or a new one proven to extend what is here. */
static enum yw_code
package_target(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct log_inside *other;
	enum yw_code code;

	if (p->head.len == 0) {
		if (in->pub.target_size == 0 || p->head_size != in->pub.target_size)
			return yw_fail(err, YW_EINVAL, "a package of '%s' leads to a head that is no target now", p->origin.text);
		c->size = in->pub.target_size;
		c->root = in->pub.target_root;
		return YW_OK;
	}
	code = read_head(l, p->head, &other, c, err);
	if (code == YW_ENOENT && other == in && p->n_changes > 0)
		code = take_key_changes(l, in, p, err);
	if (code == YW_OK && (other != in || c->size != p->head_size || c->size <= in->pub.size))
		code = yw_fail(err, YW_EPEER, "a package of '%s' comes with a head that does not fit it", p->origin.text);
	if (code == YW_OK)
		code = compare_same_size(l, in, c, p->head, err);
	if (code == YW_ECONFLICT && fits_end(log_generation(l, in), c))
		code = YW_OK;
	if (code != YW_OK || in->pub.size == 0 || YW_FAULT("consistency"))
		return code;
	if (!p->has_consistency || p->from_size != in->pub.size)
		return yw_fail(err, YW_EINVAL, "a package of '%s' proves consistency from %llu, this node is at %llu",
		    p->origin.text, (unsigned long long)p->from_size, (unsigned long long)in->pub.size);
	if (yw_check_consistency(in->pub.size, &in->pub.root, c->size, &c->root, &p->consistency) != YW_OK)
		return judge_fork(l, in, p, c, err);
	return YW_OK;
}

/* [start rounded down to 256, end) is a subtree of the target. */
enum yw_code
check_range(const struct yw_tree *tree, const struct yw_package *p, const struct yw_checkpoint *c, struct yw_error *err)
{
	struct yw_hash leaves[2 * YW_TILE_HASHES], node;
	size_t left = yw_tree_edge(tree, leaves);
	uint64_t end = p->start + p->n_entries;

	for (size_t i = 0; i < p->n_entries; i++)
		leaves[left + i] = p->entries[i].leaf;
	yw_range_root(leaves, left + p->n_entries, &node);
	if (end > c->size ||
	    yw_check_subtree(p->start - left, end, &node, c->size, &c->root, &p->subtree) != YW_OK)
		return yw_fail(err, YW_ESIG, "entries %llu to %llu of '%s' do not prove into its head of %llu",
		    (unsigned long long)p->start, (unsigned long long)end - 1, p->origin.text,
		    (unsigned long long)c->size);
	return YW_OK;
}

/* Entry `at` of the package breaks the log; `head` covers it. */
static enum yw_code
set_broken(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, size_t at, struct yw_bytes head,
    const char *why, struct yw_error *err)
{
	enum yw_code code = put_broken(l, in, p, at, head, err);

	if (code != YW_OK)
		return spoil(l, code, err);
	in->pub.broken = true;
	in->pub.target_size = 0;
	if (in->waiting.size > in->pub.size)	/* it waits for what will not come */
		drop_waiting(in);
	snprintf(in->pub.trouble, sizeof in->pub.trouble, "entry %llu breaks the log: %.180s",
	    (unsigned long long)(p->start + at), why);
	yw_log(YW_LOG_ERROR, "broken-log", "origin=%s %s", in->pub.origin.text, in->pub.trouble);
	log_touch(l, in);
	return YW_OK;
}

static enum yw_code
write_package(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	size_t body = 0, n;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < p->n_good; i++) {
		const struct yw_package_entry *pe = &p->entries[i];

		for (n = 0; body + n < p->n_bodies && p->bodies[body + n].index == p->start + i; n++)
			;
		code = write_entry(l, in, pe->envelope, &pe->e, &pe->leaf, p->bodies + body, n, err);
		body += n;
	}
	entries_written(l, in);
	if (code == YW_OK && p->n_good < p->n_entries)
		code = set_broken(l, in, p, p->n_good, yw_buf_bytes(&in->pub.target), p->broken.msg, err);
	return code;
}

/* The newest head moves up to `full` when everything below it is here. */
static enum yw_code
reach_target(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct yw_buf swap;

	if (log->size < log->target_size || log->target_size == 0)
		return YW_OK;
	if (!yw_hash_equal(&log->root, &log->target_root)) {	/* the proofs exclude it */
		yw_fail(err, YW_EIO, "the tree of '%s' does not give the root it was proven into: memory or disk is damaged",
		    log->origin.text);
		return spoil(l, YW_EIO, err);
	}
	swap = log->full;
	log->full = log->target;
	log->target = swap;
	log->full_size = log->target_size;
	log->target_size = 0;
	ledger_put_note(l, in, 'f', yw_buf_bytes(&log->full));
	return YW_OK;
}

/* After the proof, before the entries.  The newest head known moves too. */
static enum yw_code
set_target(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct yw_buf alone = YW_BUF_INIT;
	enum yw_code code = head_alone(l, in, note, &alone, err);

	if (code == YW_OK && c->size > log->head_size)
		code = take_newest(l, in, c, note, err);
	if (code == YW_OK && in == l->own)
		owe_head(l, c);
	if (code != YW_OK) {
		yw_buf_release(&alone);
		return code;
	}
	if (log->target_size != 0 && log->target_size != c->size)	/* nobody serves it any more; it stays signed */
		keep_waiting(in, yw_buf_bytes(&log->target), log->target_size, &log->target_root);
	yw_buf_release(&log->target);
	log->target = alone;
	log->target_size = c->size;
	log->target_root = c->root;
	return YW_OK;
}

/* An entry 0 that is no valid genesis makes a log that is never attributable (T4). */
static enum yw_code
check_genesis(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct yw_error why;
	enum yw_code code;

	if (p->start > 0 || p->n_good == 0)
		return YW_OK;
	code = yw_trust_judge_genesis(l->trust, log_generation(l, in), &p->entries[0].e, &why);
	if (code == YW_OK || code == YW_ENOMEM)
		return code == YW_OK ? code : yw_fail(err, code, "%s", why.msg);
	code = set_broken(l, in, p, 0, p->head.len != 0 ? p->head : yw_buf_bytes(&in->pub.target), why.msg, err);
	return code == YW_OK ? yw_fail(err, YW_EINVAL, "'%s': %s", p->origin.text, in->pub.trouble) : code;
}

/* Is this the next piece of a log that goes on? */
static enum yw_code
check_place(const struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	if (!takes_entries(l, in) || (in->pub.frozen && (in->pub.target_size == 0 || p->head.len != 0)) || in->pub.broken)
		return yw_fail(err, YW_EINVAL, "'%s' is not extended by peers: %s", p->origin.text,
		    !takes_entries(l, in) ? "it is my own" : in->pub.frozen ? "it is frozen" : in->pub.trouble);
	if (in->elsewhere.counts && (p->head.len != 0 || in->sought.size != 0))	/* T5 */
		return yw_fail(err, YW_EINVAL, "'%s' goes on to a beat by other keys, and to nothing else before", p->origin.text);
	if ((in->sought.size != 0 && in->committed_size >= in->sought.size) || is_cutting(in))	/* L8 */
		return yw_fail(err, YW_EINVAL, "'%s' goes on elsewhere, and the branch that counts is sought", p->origin.text);
	if (is_ended(l, in))	/* L7 */
		return yw_fail(err, YW_EINVAL, "'%s' was closed, and is held up to its end", p->origin.text);
	if (p->start != in->pub.size)
		return yw_fail(err, YW_EINVAL, "a package of '%s' starts at %llu, this node is at %llu", p->origin.text,
		    (unsigned long long)p->start, (unsigned long long)in->pub.size);
	return YW_OK;
}

enum yw_code
yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err)
{
	struct log_inside *in = find_log(l, p->origin.text);
	struct yw_checkpoint c;
	enum yw_code code = may_write(l, err);

	/* A delegation may have been taken back since this was asked for (T6). */
	if (code == YW_OK && (in == NULL || log_generation(l, in) == NULL))
		code = yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", p->origin.text);
	if (code != YW_OK)
		return code;
	if (answers_question(in, p))
		return take_answer(l, in, p, err);
	if (is_sought(in, p))
		return take_sought(l, in, p, err);
	if (goes_beyond(l, in, p))
		return learn_beyond(l, in, p, err);
	if (p->n_changes != 0 && p->start < in->pub.size)
		return learn_elsewhere(l, in, p, err);
	if (in->pub.frozen)
		code = aim_onward(l, in, p, err);
	if (code == YW_OK)
		code = check_place(l, in, p, err);
	if (code == YW_OK)
		code = package_target(l, in, p, &c, err);
	if (code == YW_OK)
		code = check_range(in->tree, p, &c, err);
	if (code == YW_OK)
		code = check_genesis(l, in, p, err);
	if (code == YW_OK && p->head.len > 0)
		code = set_target(l, in, &c, p->head, err);
	if (code != YW_OK)
		return code;
	code = write_package(l, in, p, err);
	return code == YW_OK ? reach_target(l, in, err) : code;
}
