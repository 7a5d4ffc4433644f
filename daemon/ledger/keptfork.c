/*
 * keptfork.c - two heads of one kept copy that cannot both be true (L6, T14): its owner's keys run a next log in two ways.
 *
 * As long as nobody has granted the request its keys are valid nowhere, so nothing can be frozen or passed on.  But the
 * first pair is kept beside the copy, which goes on no more, and when the request is granted it is judged as a peer's would
 * be: the log is frozen, and the pair is passed on.  Where another request is granted it goes with the copy.
 */
#include "base/log.h"
#include "ledger/kept_int.h"

static struct key
key_pair(const struct kept *k)
{
	return key_head(kept_number(k), 'x');
}

enum yw_code
load_kept_fork(struct yw_ledger *l, struct kept *k, struct yw_error *err)
{
	struct key at = key_pair(k);
	enum yw_code code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&at), &k->fork, err);

	k->stopped = code == YW_OK;
	return code == YW_ENOENT ? YW_OK : code;
}

/* The pair by itself: heads without other lines, smaller size first. */
static enum yw_code
keep_fork(struct yw_ledger *l, struct kept *k, struct yw_contradiction *c, struct yw_error *err)
{
	struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT;
	struct yw_contradiction_verdict v;
	struct key at = key_pair(k);
	enum yw_code code = head_line(&k->g, c->head_a, &a, err);

	if (code == YW_OK)
		code = head_line(&k->g, c->head_b, &b, err);
	c->head_a = yw_buf_bytes(&a);
	c->head_b = yw_buf_bytes(&b);
	if (code == YW_OK)
		code = yw_contradiction_check(&k->g, c, &v, err);
	if (code == YW_OK)
		code = fork_encode(c, v.size_a != v.size_b, &k->fork, err);
	yw_buf_release(&a);
	yw_buf_release(&b);
	if (code != YW_OK) {
		yw_buf_clear(&k->fork);
		return code;
	}
	yw_batch_put(l->batch, F_HEADS, key_bytes(&at), yw_buf_bytes(&k->fork));
	k->stopped = l->dirty = true;
	yw_log(YW_LOG_ERROR, "contradiction", "origin=%s %s its owner signed two heads that cannot both be true: both are kept beside "
	    "the copy, and speak against the log when it is granted", k->g.origin.text,
	    l->shown_by != NULL ? l->shown_by : "shown-by=-");
	return yw_fail(err, YW_ECONFLICT, "two contradicting heads of '%s'", k->g.origin.text);
}

/* With the newest head, of the same size. */
static enum yw_code
compare_newest(struct yw_ledger *l, struct kept *k, const struct yw_checkpoint *c, struct yw_bytes note, struct yw_error *err)
{
	struct yw_contradiction pair = { .head_a = yw_buf_bytes(&k->newest), .head_b = note };
	struct yw_checkpoint held;
	enum yw_code code = note_checkpoint(yw_buf_bytes(&k->newest), &held, err);

	return code != YW_OK || yw_hash_equal(&held.root, &c->root) ? code : keep_fork(l, k, &pair, err);
}

/* With the tree, which reaches to the head whose entries are all here. */
static enum yw_code
compare_tree(struct yw_ledger *l, struct kept *k, const struct yw_checkpoint *c, struct yw_bytes note, struct yw_bytes full,
    struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = kept_number(k) };
	struct yw_contradiction pair = { .head_a = note, .head_b = full };
	struct yw_tile_reader r;
	enum yw_code code;

	tiles_reader(&t, &r);
	code = yw_root_at(&r, c->size, &pair.instead, err);
	if (code != YW_OK || yw_hash_equal(&pair.instead, &c->root))
		return code;
	if (c->size != k->full_size)
		code = yw_prove_consistency(&r, c->size, k->full_size, &pair.consistency, err);
	return code == YW_OK ? keep_fork(l, k, &pair, err) : code;
}

/* A package that goes on from another root than the copy's proves that root into its own head. */
static enum yw_code
compare_start(struct yw_ledger *l, struct kept *k, const struct yw_checkpoint *c, const struct yw_package *p, struct yw_bytes full,
    struct yw_error *err)
{
	struct yw_contradiction pair = { .head_a = full, .head_b = p->head, .instead = p->from_root, .consistency = p->consistency };
	struct yw_hash root;

	yw_tree_root(k->tree, &root);
	if (k->full_size != k->size || !p->has_consistency || p->from_size != k->size || yw_hash_equal(&root, &p->from_root) ||
	    yw_check_consistency(k->size, &p->from_root, c->size, &c->root, &p->consistency) != YW_OK)
		return YW_OK;		/* a proof that fails proves nothing */
	return keep_fork(l, k, &pair, err);
}

enum yw_code
compare_kept(struct yw_ledger *l, struct kept *k, const struct yw_package *p, struct yw_error *err)
{
	struct key at = key_head(kept_number(k), 'f');
	struct yw_buf full = YW_BUF_INIT;
	struct yw_checkpoint c;
	enum yw_code code;

	if (k->going || k->fork.len != 0 || k->written == l->commit)	/* the store has not all of it yet: what is wrong comes again */
		return YW_OK;
	code = yw_head_check(p->head, &k->g.spans[0].keys.head, &c, err);
	if (code == YW_OK && c.size == k->newest_size)
		code = compare_newest(l, k, &c, p->head, err);
	if (code == YW_OK && k->full_size != 0)
		code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&at), &full, err);
	if (code == YW_OK && c.size != 0 && c.size <= k->full_size)
		code = compare_tree(l, k, &c, p->head, yw_buf_bytes(&full), err);
	else if (code == YW_OK && k->full_size != 0)
		code = compare_start(l, k, &c, p, yw_buf_bytes(&full), err);
	yw_buf_release(&full);
	return code;
}

enum yw_code
give_kept_fork(struct yw_ledger *l, const struct kept *k, struct yw_error *err)
{
	struct yw_contradiction c;
	struct yw_error why;
	enum yw_code code;

	if (k->fork.len == 0 || !fork_decode(yw_buf_bytes(&k->fork), &c))
		return YW_OK;
	code = yw_ledger_take_contradiction(l, k->g.origin.text, &c, &why);
	return code == YW_ENOMEM || code == YW_EIO ? yw_fail(err, code, "%s", why.msg) : YW_OK;
}
