/*
 * The tree against the plain recursion of RFC 6962: for every size, roots, reloading from tiles,
 * every kind of proof; and no proof survives a flipped bit.
 */
#include "support/testing.h"
#include "tlog/proof.h"

#define MOST 700

static struct yw_hash leaves[MOST];
static struct { struct yw_hash h[YW_TILE_HASHES]; size_t width; } tiles[2][4];

static enum yw_code
write_tile(void *arg, unsigned level, uint64_t n, const struct yw_hash *hashes, size_t width, struct yw_error *err)
{
	(void)arg;
	(void)err;
	YW_CHECK(level < 2 && n < 4 && width >= 1 && width <= YW_TILE_HASHES && width >= tiles[level][n].width);
	memcpy(tiles[level][n].h, hashes, width * sizeof *hashes);
	tiles[level][n].width = width;
	return YW_OK;
}

static enum yw_code
read_tile(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *err)
{
	(void)arg;
	if (level >= 2 || n >= 4 || tiles[level][n].width < width)
		return yw_fail(err, YW_ENOENT, "no tile %u/%llu of width %zu", level, (unsigned long long)n, width);
	memcpy(out, tiles[level][n].h, tiles[level][n].width * sizeof *out);
	return YW_OK;
}

static const struct yw_tile_reader reader = { read_tile, NULL };
static const struct yw_tile_writer writer = { write_tile, NULL };

/* Grows a tree to `size` in steps of random length, flushing now and then. */
static struct yw_tree *
grow(uint64_t size, uint64_t *seed)
{
	struct yw_error err;
	struct yw_tree *t;
	uint64_t at = 0, n;

	memset(tiles, 0, sizeof tiles);
	for (size_t i = 0; i < MOST; i++)
		yw_sha256(&i, sizeof i, &leaves[i]);
	YW_PASS(yw_tree_new(&t));
	for (; at < size; at += n) {
		n = 1 + yw_test_next(seed) % (size - at);
		YW_PASS(yw_tree_append(t, leaves + at, n));
		if (yw_test_next(seed) % 2 == 0)
			YW_PASS(yw_tree_flush(t, &writer, &err));
	}
	YW_PASS(yw_tree_flush(t, &writer, &err));
	return t;
}

static void
roots_and_reload(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_hash want, got;
	struct yw_error err;
	struct yw_tree *t, *again;

	YW_PASS(yw_tree_new(&again));
	for (uint64_t size = 0; size <= 600; size += size < 20 ? 1 : 1 + yw_test_next(&seed) % 7) {
		t = grow(size, &seed);
		yw_range_root(leaves, size, &want);
		yw_tree_root(t, &got);
		YW_CHECK(yw_hash_equal(&want, &got));
		YW_PASS(yw_tree_load(again, size, &reader, &err));
		yw_tree_root(again, &got);
		YW_CHECK(yw_hash_equal(&want, &got));
		YW_PASS(yw_tree_append(t, leaves + size, 50));
		YW_PASS(yw_tree_append(again, leaves + size, 50));
		yw_range_root(leaves, size + 50, &want);
		yw_tree_root(again, &got);
		YW_CHECK(yw_hash_equal(&want, &got));
		yw_tree_free(t);
	}
	yw_tree_free(again);
}

static void
flip(struct yw_proof *p, uint64_t *seed)
{
	p->h[yw_test_next(seed) % p->n].b[yw_test_next(seed) % YW_HASH_BYTES] ^= (uint8_t)(1u << yw_test_next(seed) % 8);
}

static void
proofs(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_hash root, old, sub;
	struct yw_error err;
	struct yw_proof p;
	struct yw_tree *t = grow(MOST, &seed);

	for (int i = 0; i < 4000; i++) {
		uint64_t size = 1 + yw_test_next(&seed) % MOST, at = yw_test_next(&seed) % size;
		uint64_t start = at - at % YW_TILE_HASHES, end = start + 1 + yw_test_next(&seed) % YW_TILE_HASHES;

		yw_range_root(leaves, size, &root);
		YW_PASS(yw_root_at(&reader, size, &old, &err));
		YW_CHECK(yw_hash_equal(&old, &root));

		YW_PASS(yw_prove_inclusion(&reader, at, size, &p, &err));
		YW_PASS(yw_check_inclusion(at, size, &leaves[at], &p, &root));
		if (p.n > 0) {
			flip(&p, &seed);
			YW_FAILS(yw_check_inclusion(at, size, &leaves[at], &p, &root), YW_ESIG);
		}
		yw_range_root(leaves, at + 1, &old);
		YW_PASS(yw_prove_consistency(&reader, at + 1, size, &p, &err));
		YW_PASS(yw_check_consistency(at + 1, &old, size, &root, &p));
		if (p.n > 0) {
			flip(&p, &seed);
			YW_FAILS(yw_check_consistency(at + 1, &old, size, &root, &p), YW_ESIG);
		}
		end = end > size ? size : end;
		yw_range_root(leaves + start, end - start, &sub);
		YW_PASS(yw_prove_subtree(&reader, start, end, size, &p, &err));
		YW_PASS(yw_check_subtree(start, end, &sub, size, &root, &p));
		sub.b[0] ^= 1;
		YW_FAILS(yw_check_subtree(start, end, &sub, size, &root, &p), YW_ESIG);
	}
	yw_tree_free(t);
}

static void
bad_ranges(void)
{
	struct yw_proof p = { .n = 0 };
	struct yw_error err;

	YW_FAILS(yw_prove_inclusion(&reader, 5, 5, &p, &err), YW_EINVAL);
	YW_FAILS(yw_prove_consistency(&reader, 0, 5, &p, &err), YW_EINVAL);
	YW_FAILS(yw_prove_consistency(&reader, 6, 5, &p, &err), YW_EINVAL);
	YW_FAILS(yw_prove_subtree(&reader, 2, 5, 9, &p, &err), YW_EINVAL);
	YW_FAILS(yw_check_inclusion(0, 0, &leaves[0], &p, &leaves[0]), YW_ESIG);
}

YW_TESTS({ "RFC 6962 roots, tiles and reloading for every size", roots_and_reload },
    { "R3 proofs made are proofs checked, and a flipped bit is refused", proofs },
    { "what is no range is refused", bad_ranges })
