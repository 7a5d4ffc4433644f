/*
 * tree.c - the growing edge of a Merkle tree.
 *
 * A binary counter: peak[b] is the root of the perfect subtree of 2^b leaves that bit b of the size
 * stands for.  Adding a leaf carries upwards; whenever the carry passes a multiple of 8 bits, its
 * hash belongs to a tile of that level.  So a leaf costs one hash on average beyond its own.
 * A node keeps one tree per log, and most logs are short: room is made as they grow.
 */
#include "tlog/tree.h"

#include <stdlib.h>

#define TILE_BITS 8
#define EDGE_LEAST 16		/* hashes for which an edge has room at first */

struct full_tile {
	unsigned level;
	uint64_t n;
	struct yw_hash hashes[YW_TILE_HASHES];
};

struct yw_tree {
	uint64_t size;
	struct yw_hash peak[64];
	struct {
		struct yw_hash *hashes;
		size_t cap;
		bool changed;
	} edge[YW_TREE_LEVELS];		/* the tile being filled, per level */
	struct full_tile *full;		/* filled since the last flush */
	size_t n_full, cap_full;
};

enum yw_code
yw_tree_new(struct yw_tree **out)
{
	struct yw_tree *t = calloc(1, sizeof *t);

	if (t == NULL)
		return YW_ENOMEM;
	*out = t;
	return YW_OK;
}

void
yw_tree_free(struct yw_tree *t)
{
	if (t == NULL)
		return;
	for (unsigned level = 0; level < YW_TREE_LEVELS; level++)
		free(t->edge[level].hashes);
	free(t->full);
	free(t);
}

void
yw_node_hash(const struct yw_hash *l, const struct yw_hash *r, struct yw_hash *out)
{
	uint8_t node[1 + 2 * YW_HASH_BYTES];

	node[0] = 1;
	memcpy(node + 1, l->b, YW_HASH_BYTES);
	memcpy(node + 1 + YW_HASH_BYTES, r->b, YW_HASH_BYTES);
	yw_sha256(node, sizeof node, out);
}

void
yw_empty_root(struct yw_hash *out)
{
	yw_sha256("", 0, out);
}

uint64_t
yw_tree_split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

void
yw_range_root(const struct yw_hash *leaves, size_t n, struct yw_hash *out)
{
	struct yw_hash l, r;
	size_t k;

	if (n == 0) {
		yw_empty_root(out);
	} else if (n == 1) {
		*out = leaves[0];
	} else {
		k = yw_tree_split(n);
		yw_range_root(leaves, k, &l);
		yw_range_root(leaves + k, n - k, &r);
		yw_node_hash(&l, &r, out);
	}
}

static size_t
edge_width(uint64_t size, unsigned level)
{
	return (size >> (level * TILE_BITS)) % YW_TILE_HASHES;
}

static enum yw_code
reserve_edge(struct yw_tree *t, unsigned level, uint64_t hashes)
{
	size_t cap = t->edge[level].cap, most = hashes < YW_TILE_HASHES ? (size_t)hashes : YW_TILE_HASHES;
	struct yw_hash *grown;

	if (most <= cap)
		return YW_OK;
	for (cap = cap == 0 ? EDGE_LEAST : cap; cap < most;)
		cap *= 2;
	grown = realloc(t->edge[level].hashes, cap * sizeof *grown);
	if (grown == NULL)
		return YW_ENOMEM;
	t->edge[level].hashes = grown;
	t->edge[level].cap = cap;
	return YW_OK;
}

static enum yw_code
reserve_full(struct yw_tree *t, uint64_t more)
{
	size_t cap = t->cap_full;
	struct full_tile *grown;

	if (t->n_full + more <= cap)
		return YW_OK;
	while (cap < t->n_full + more)
		cap = cap == 0 ? 1 : cap * 2;
	grown = realloc(t->full, cap * sizeof *grown);
	if (grown == NULL)
		return YW_ENOMEM;
	t->full = grown;
	t->cap_full = cap;
	return YW_OK;
}

/* For n more leaves; then nothing fails any more. */
static enum yw_code
reserve(struct yw_tree *t, size_t n)
{
	uint64_t before = t->size, after = t->size + n, full = 0;

	for (unsigned level = 0; level < YW_TREE_LEVELS && after > 0; level++) {
		if (reserve_edge(t, level, after - before + edge_width(t->size, level)) != YW_OK)
			return YW_ENOMEM;
		before >>= TILE_BITS;
		after >>= TILE_BITS;
		full += after - before;
	}
	return reserve_full(t, full);
}

/* Puts the hash of the newest perfect subtree of 256^level leaves, which ends at t->size, into its tile. */
static void
add_to_tile(struct yw_tree *t, unsigned level, const struct yw_hash *h)
{
	uint64_t index = (t->size >> (level * TILE_BITS)) - 1;
	size_t at = index % YW_TILE_HASHES;
	struct full_tile *f;

	t->edge[level].hashes[at] = *h;
	t->edge[level].changed = true;
	if (at + 1 < YW_TILE_HASHES)
		return;
	f = &t->full[t->n_full++];
	f->level = level;
	f->n = index / YW_TILE_HASHES;
	memcpy(f->hashes, t->edge[level].hashes, sizeof f->hashes);
	t->edge[level].changed = false;
}

static void
append_one(struct yw_tree *t, const struct yw_hash *leaf)
{
	struct yw_hash carry = *leaf;
	uint64_t before = t->size++;
	unsigned bit = 0;

	add_to_tile(t, 0, &carry);
	for (; (before >> bit & 1) != 0; ) {
		yw_node_hash(&t->peak[bit], &carry, &carry);
		bit++;
		if (bit % TILE_BITS == 0 && bit / TILE_BITS < YW_TREE_LEVELS)
			add_to_tile(t, bit / TILE_BITS, &carry);
	}
	t->peak[bit] = carry;
}

enum yw_code
yw_tree_append(struct yw_tree *t, const struct yw_hash *leaves, size_t n)
{
	enum yw_code code = reserve(t, n);

	for (size_t i = 0; code == YW_OK && i < n; i++)
		append_one(t, &leaves[i]);
	return code;
}

void
yw_tree_root(const struct yw_tree *t, struct yw_hash *out)
{
	struct yw_hash root;
	bool any = false;

	for (unsigned bit = 0; bit < 64; bit++) {
		if ((t->size >> bit & 1) == 0)
			continue;
		if (any)
			yw_node_hash(&t->peak[bit], &root, &root);
		else
			root = t->peak[bit];
		any = true;
	}
	if (any)
		*out = root;
	else
		yw_empty_root(out);
}

size_t
yw_tree_edge(const struct yw_tree *t, struct yw_hash out[static YW_TILE_HASHES])
{
	size_t width = edge_width(t->size, 0);

	if (width != 0)
		memcpy(out, t->edge[0].hashes, width * sizeof *out);
	return width;
}

enum yw_code
yw_tree_load(struct yw_tree *t, uint64_t size, const struct yw_tile_reader *r, struct yw_error *err)
{
	enum yw_code code;

	for (unsigned level = 0; level < YW_TREE_LEVELS; level++) {
		size_t width = edge_width(size, level), at = 0;
		struct yw_hash hashes[YW_TILE_HASHES];

		t->edge[level].changed = false;
		if (width == 0)
			continue;
		code = r->read(r->arg, level, (size >> (level * TILE_BITS)) / YW_TILE_HASHES, width, hashes, err);
		if (code == YW_OK && reserve_edge(t, level, width) != YW_OK)
			code = yw_fail(err, YW_ENOMEM, "no memory for the edge of a tree");
		if (code != YW_OK)
			return code;
		memcpy(t->edge[level].hashes, hashes, width * sizeof *hashes);
		for (unsigned b = TILE_BITS; b-- > 0; ) {
			if ((width >> b & 1) == 0)
				continue;
			yw_range_root(hashes + at, (size_t)1 << b, &t->peak[level * TILE_BITS + b]);
			at += (size_t)1 << b;
		}
	}
	t->size = size;
	t->n_full = 0;
	return YW_OK;
}

enum yw_code
yw_tree_flush(struct yw_tree *t, const struct yw_tile_writer *w, struct yw_error *err)
{
	enum yw_code code;

	for (size_t i = 0; i < t->n_full; i++) {
		const struct full_tile *f = &t->full[i];

		code = w->write(w->arg, f->level, f->n, f->hashes, YW_TILE_HASHES, err);
		if (code != YW_OK)
			return code;
	}
	for (unsigned level = 0; level < YW_TREE_LEVELS; level++) {
		if (!t->edge[level].changed)
			continue;
		code = w->write(w->arg, level, (t->size >> (level * TILE_BITS)) / YW_TILE_HASHES,
		    t->edge[level].hashes, edge_width(t->size, level), err);
		if (code != YW_OK)
			return code;
	}
	free(t->full);
	t->full = NULL;
	t->n_full = t->cap_full = 0;
	for (unsigned level = 0; level < YW_TREE_LEVELS; level++)
		t->edge[level].changed = false;
	return YW_OK;
}
