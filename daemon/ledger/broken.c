/*
 * broken.c - the evidence against an owner who signed for an entry that breaks its log (L9).
 *
 * The value under heads n 'e', numbers big-endian: index u64, number of leaves u16, leaves 32 each, number of hashes
 * u8, hashes 32 each, length of the note u32, note, envelope.
 */
#include "ledger/ledger_int.h"

/* What no peer goes past was proven before: check_range() in replica.c. */
enum yw_code
put_broken(struct yw_ledger *l, const struct log_inside *in, const struct yw_package *p, size_t at, struct yw_bytes head,
    struct yw_error *err)
{
	struct yw_hash left[YW_TILE_HASHES];
	size_t n_left = yw_tree_edge(in->tree, left);
	struct yw_buf v = YW_BUF_INIT;
	struct key k = key_head(in->pub.number, 'e');
	enum yw_code code;

	yw_buf_add_be64(&v, p->start + at);
	yw_buf_add_be16(&v, (uint16_t)(n_left + p->n_entries - at));
	yw_buf_add(&v, left, n_left * sizeof *left);
	for (size_t i = at; i < p->n_entries; i++)
		yw_buf_add(&v, p->entries[i].leaf.b, sizeof p->entries[i].leaf.b);
	yw_buf_add_byte(&v, (uint8_t)p->subtree.n);
	yw_buf_add(&v, p->subtree.h, p->subtree.n * sizeof *p->subtree.h);
	yw_buf_add_be32(&v, (uint32_t)head.len);
	yw_buf_add(&v, head.data, head.len);
	yw_buf_add(&v, p->entries[at].envelope.data, p->entries[at].envelope.len);
	code = yw_buf_check(&v, err);
	if (code == YW_OK)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&v));
	yw_buf_release(&v);
	return code;
}

/* Takes n bytes off *v; false: there are fewer. */
static bool
take(struct yw_bytes *v, void *out, size_t n)
{
	if (v->len < n)
		return false;
	memcpy(out, v->data, n);
	v->data += n;
	v->len -= n;
	return true;
}

static bool
take_number(struct yw_bytes *v, size_t bytes, uint64_t *out)
{
	uint8_t b[8] = { 0 };

	if (!take(v, b + 8 - bytes, bytes))
		return false;
	*out = yw_get_be64(b);
	return true;
}

/* As many hashes as the number before them says. */
static bool
take_hashes(struct yw_bytes *v, size_t bytes, struct yw_hash *out, size_t max, size_t *n)
{
	uint64_t count;

	if (!take_number(v, bytes, &count) || count > max)
		return false;
	*n = (size_t)count;
	return take(v, out, *n * sizeof *out);
}

static bool
decode(struct yw_bytes v, struct yw_broken *b)
{
	uint64_t note;

	if (!take_number(&v, 8, &b->index) || !take_hashes(&v, 2, b->leaves, YW_TILE_HASHES, &b->n_leaves) ||
	    !take_hashes(&v, 1, b->subtree.h, YW_PROOF_MAX, &b->subtree.n) || !take_number(&v, 4, &note) || note > v.len)
		return false;
	b->start = b->index - b->index % YW_TILE_HASHES;
	yw_buf_add(&b->head, v.data, (size_t)note);
	yw_buf_add(&b->envelope, v.data + note, v.len - (size_t)note);
	return b->index - b->start < b->n_leaves;
}

enum yw_code
yw_view_broken(const struct yw_view *v, const struct yw_log_info *log, struct yw_broken *out, struct yw_error *err)
{
	struct key k = key_head(log->number, 'e');
	struct yw_buf value = YW_BUF_INIT;
	enum yw_code code;

	*out = (struct yw_broken) { .head = YW_BUF_INIT, .envelope = YW_BUF_INIT };
	code = yw_store_get(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&k), &value, err);
	if (code == YW_OK && !decode(yw_buf_bytes(&value), out))
		code = yw_fail(err, YW_EIO, "the evidence against '%s' has another form: the store is damaged", log->origin.text);
	if (code == YW_OK)
		code = yw_buf_check(out->head.failed ? &out->head : &out->envelope, err);
	yw_buf_release(&value);
	return code;
}

void
yw_broken_release(struct yw_broken *b)
{
	yw_buf_release(&b->head);
	yw_buf_release(&b->envelope);
}

/* Does the entry break the log?  *out says how. */
static enum yw_code
breaks(const struct yw_broken *b, const struct yw_trust *t, const struct yw_generation *g, struct yw_error *out)
{
	struct yw_entry e;
	enum yw_code code = yw_entry_read(g->origin.text, yw_buf_bytes(&b->envelope), &e, out);

	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	code = yw_entry_verify(&e, out);
	if (code == YW_OK && b->index == 0)
		code = yw_trust_judge_genesis(t, g, &e, out);
	yw_entry_release(&e);
	if (code == YW_OK)
		return yw_fail(out, YW_EINVAL, "entry %llu of '%s' breaks nothing", (unsigned long long)b->index, g->origin.text);
	return code == YW_ENOMEM ? code : YW_OK;
}

enum yw_code
yw_broken_check(const struct yw_broken *b, const struct yw_trust *t, const struct yw_generation *g, struct yw_checkpoint *head,
    struct yw_error *why)
{
	struct yw_hash leaf, node;
	struct yw_note n;
	enum yw_code code = yw_note_parse(yw_buf_bytes(&b->head), &n, why);

	if (code == YW_OK) {
		code = yw_checkpoint_parse(n.text, head, why);
		yw_note_release(&n);
	}
	if (code == YW_OK && strcmp(head->origin, g->origin.text) != 0)
		code = yw_fail(why, YW_ESIG, "the head is of another log than '%s'", g->origin.text);
	if (code == YW_OK)
		code = yw_head_check(yw_buf_bytes(&b->head), &yw_generation_head_keys(g, head->size)->head, head, why);
	if (code != YW_OK)
		return code;
	yw_leaf_hash(yw_buf_bytes(&b->envelope), &leaf);
	yw_range_root(b->leaves, b->n_leaves, &node);
	if (!yw_hash_equal(&leaf, &b->leaves[b->index - b->start]) || yw_check_subtree(b->start, b->start + b->n_leaves, &node,
	    head->size, &head->root, &b->subtree) != YW_OK)
		return yw_fail(why, YW_ESIG, "entry %llu does not prove into the head of '%s'", (unsigned long long)b->index,
		    g->origin.text);
	return breaks(b, t, g, why);
}
