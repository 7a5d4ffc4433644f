/*
 * proof.c - proofs made from tiles, and checked without a tree.
 *
 * Making follows the recursions of RFC 9162 section 2.1 and of the subtree draft; checking follows
 * their loops.  An ordinary consistency proof is the subtree proof of [0, size1).
 */
#include "tlog/proof.h"

#define TILE_BITS 8

/* Root of the perfect subtree of 2^bits leaves at lo, out of one tile. */
static enum yw_code
perfect_root(const struct yw_tile_reader *r, uint64_t lo, unsigned bits, struct yw_hash *out,
    struct yw_error *err)
{
	unsigned level = bits / TILE_BITS;
	uint64_t at = lo >> (level * TILE_BITS);
	size_t offset = at % YW_TILE_HASHES, n = (size_t)1 << (bits % TILE_BITS);
	struct yw_hash tile[YW_TILE_HASHES];
	enum yw_code code;

	code = r->read(r->arg, level, at / YW_TILE_HASHES, offset + n, tile, err);
	if (code != YW_OK)
		return code;
	yw_range_root(tile + offset, n, out);
	return YW_OK;
}

/* MTH(D[lo:hi)) for the ranges that the recursions below meet: lo is a multiple of every split. */
static enum yw_code
range_root(const struct yw_tile_reader *r, uint64_t lo, uint64_t hi, struct yw_hash *out, struct yw_error *err)
{
	uint64_t n = hi - lo, k;
	struct yw_hash left, right;
	enum yw_code code;

	if ((n & (n - 1)) == 0)
		return perfect_root(r, lo, (unsigned)__builtin_ctzll(n), out, err);
	k = yw_tree_split(n);
	code = perfect_root(r, lo, (unsigned)__builtin_ctzll(k), &left, err);
	if (code == YW_OK)
		code = range_root(r, lo + k, hi, &right, err);
	if (code == YW_OK)
		yw_node_hash(&left, &right, out);
	return code;
}

static enum yw_code
add(const struct yw_tile_reader *r, uint64_t lo, uint64_t hi, struct yw_proof *out, struct yw_error *err)
{
	if (out->n == YW_PROOF_MAX)
		return yw_fail(err, YW_ELIMIT, "a proof would need more than %d hashes", YW_PROOF_MAX);
	return range_root(r, lo, hi, &out->h[out->n++], err);
}

static enum yw_code
inclusion(const struct yw_tile_reader *r, uint64_t m, uint64_t lo, uint64_t hi, struct yw_proof *out,
    struct yw_error *err)
{
	enum yw_code code;
	uint64_t k;

	if (hi - lo == 1)
		return YW_OK;
	k = yw_tree_split(hi - lo);
	if (m - lo < k) {
		code = inclusion(r, m, lo, lo + k, out, err);
		return code != YW_OK ? code : add(r, lo + k, hi, out, err);
	}
	code = inclusion(r, m, lo + k, hi, out, err);
	return code != YW_OK ? code : add(r, lo, lo + k, out, err);
}

enum yw_code
yw_prove_inclusion(const struct yw_tile_reader *r, uint64_t index, uint64_t size, struct yw_proof *out,
    struct yw_error *err)
{
	out->n = 0;
	if (index >= size)
		return yw_fail(err, YW_EINVAL, "entry %llu is not below size %llu",
		    (unsigned long long)index, (unsigned long long)size);
	return inclusion(r, index, 0, size, out, err);
}

/* SUBTREE_SUBPROOF of the draft, over D[lo:hi); `whole`: the subtree's own hash is known to the reader. */
static enum yw_code
subtree(const struct yw_tile_reader *r, uint64_t start, uint64_t end, uint64_t lo, uint64_t hi, bool whole,
    struct yw_proof *out, struct yw_error *err)
{
	enum yw_code code;
	uint64_t k;

	if (start == lo && end == hi)
		return whole ? YW_OK : add(r, lo, hi, out, err);
	k = lo + yw_tree_split(hi - lo);
	if (end <= k) {
		code = subtree(r, start, end, lo, k, whole, out, err);
		return code != YW_OK ? code : add(r, k, hi, out, err);
	}
	code = k <= start ? subtree(r, start, end, k, hi, whole, out, err) :
	    subtree(r, k, end, k, hi, false, out, err);
	return code != YW_OK ? code : add(r, lo, k, out, err);
}

/* Is [start, end) a subtree by the draft: start a multiple of the smallest power of two >= its length? */
static bool
is_subtree(uint64_t start, uint64_t end, uint64_t size)
{
	uint64_t n;

	if (start >= end || end > size)
		return false;
	n = end - start;
	return start % (n == 1 ? 1 : yw_tree_split(n) * 2) == 0;
}

enum yw_code
yw_prove_subtree(const struct yw_tile_reader *r, uint64_t start, uint64_t end, uint64_t size,
    struct yw_proof *out, struct yw_error *err)
{
	out->n = 0;
	if (!is_subtree(start, end, size))
		return yw_fail(err, YW_EINVAL, "[%llu, %llu) is no subtree of a log of %llu entries",
		    (unsigned long long)start, (unsigned long long)end, (unsigned long long)size);
	return subtree(r, start, end, 0, size, true, out, err);
}

enum yw_code
yw_prove_consistency(const struct yw_tile_reader *r, uint64_t size1, uint64_t size2, struct yw_proof *out,
    struct yw_error *err)
{
	return yw_prove_subtree(r, 0, size1, size2, out, err);
}

enum yw_code
yw_root_at(const struct yw_tile_reader *r, uint64_t size, struct yw_hash *out, struct yw_error *err)
{
	if (size == 0) {
		yw_empty_root(out);
		return YW_OK;
	}
	return range_root(r, 0, size, out, err);
}

enum yw_code
yw_check_inclusion(uint64_t index, uint64_t size, const struct yw_hash *leaf, const struct yw_proof *p,
    const struct yw_hash *root)
{
	uint64_t fn = index, sn = size - 1;
	struct yw_hash r = *leaf;

	if (index >= size)
		return YW_ESIG;
	for (size_t i = 0; i < p->n; i++) {
		if (sn == 0)
			return YW_ESIG;
		if ((fn & 1) != 0 || fn == sn) {
			yw_node_hash(&p->h[i], &r, &r);
			for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
				sn >>= 1;
		} else {
			yw_node_hash(&r, &p->h[i], &r);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && yw_hash_equal(&r, root) ? YW_OK : YW_ESIG;
}

/* fn, sn, tn: the paths to the subtree's first leaf, its last, and the tree's last. */
struct paths {
	uint64_t fn, sn, tn;
};

static void
up(struct paths *p)
{
	p->fn >>= 1;
	p->sn >>= 1;
	p->tn >>= 1;
}

/*
 * Which root `sr` of the whole tree, and which root `fr` of [start, end), does the proof lead to?  It says the
 * second itself where [start, end) is not one perfect subtree of the tree; else that is `node`'s word.
 * False: it leads to none.
 */
static bool
walk(uint64_t start, uint64_t end, const struct yw_hash *node, uint64_t size, const struct yw_proof *p,
    struct yw_hash *fr, struct yw_hash *sr)
{
	struct paths at = { start, end - 1, size - 1 };
	bool to_the_end = end == size;
	size_t i = 0;

	while (at.fn != at.sn && (to_the_end || (at.sn & 1) != 0))
		up(&at);
	if (at.fn != at.sn && p->n == 0)
		return false;
	*fr = *sr = at.fn != at.sn ? p->h[i++] : *node;
	for (; i < p->n; i++) {
		if (at.tn == 0)
			return false;
		if ((at.sn & 1) != 0 || at.sn == at.tn) {
			if (at.fn < at.sn)
				yw_node_hash(&p->h[i], fr, fr);
			yw_node_hash(&p->h[i], sr, sr);
			while ((at.sn & 1) == 0 && at.sn != 0)
				up(&at);
		} else {
			yw_node_hash(sr, &p->h[i], sr);
		}
		up(&at);
	}
	return at.tn == 0;
}

enum yw_code
yw_check_subtree(uint64_t start, uint64_t end, const struct yw_hash *node, uint64_t size,
    const struct yw_hash *root, const struct yw_proof *p)
{
	struct yw_hash fr, sr, empty;

	if (start == end && end <= size) {	/* nothing is consistent with everything, by its own hash alone */
		yw_empty_root(&empty);
		return p->n == 0 && yw_hash_equal(node, &empty) ? YW_OK : YW_ESIG;
	}
	if (!is_subtree(start, end, size) || !walk(start, end, node, size, p, &fr, &sr))
		return YW_ESIG;
	return yw_hash_equal(&fr, node) && yw_hash_equal(&sr, root) ? YW_OK : YW_ESIG;
}

enum yw_code
yw_check_consistency(uint64_t size1, const struct yw_hash *root1, uint64_t size2, const struct yw_hash *root2,
    const struct yw_proof *p)
{
	/* size 0 would accept any second root */
	return size1 == 0 ? YW_ESIG : yw_check_subtree(0, size1, root1, size2, root2, p);
}
