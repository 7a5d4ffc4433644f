/*
 * tree.h - an RFC 6962 Merkle tree as 256-hash tiles (C2SP tlog-tiles) with an incremental frontier.
 *
 * Pure: tiles come and go through callbacks.  A tree in memory holds, per level, the hashes of the
 * tile being filled; everything to the left is only ever read for proofs.
 */
#ifndef YW_TLOG_TREE_H
#define YW_TLOG_TREE_H

#include "crypto/hash.h"

#define YW_TREE_LEVELS 8		/* 256^8 leaves */

struct yw_tree;

/*
 * Reads tile n of a level (0 = leaves) of a tree: gives at least `width` hashes into out (room for
 * 256).  A tile may be stored wider than asked.  YW_ENOENT if it is not there.
 */
struct yw_tile_reader {
	enum yw_code (*read)(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out,
	    struct yw_error *err);
	void *arg;
};

/* Takes a tile that changed: `width` hashes, 1 to 256. */
struct yw_tile_writer {
	enum yw_code (*write)(void *arg, unsigned level, uint64_t n, const struct yw_hash *hashes, size_t width,
	    struct yw_error *err);
	void *arg;
};

YW_CHECKED enum yw_code yw_tree_new(struct yw_tree **out);	/* size 0 */
void yw_tree_free(struct yw_tree *t);

/* Restores a tree of `size` leaves from its tiles; the caller compares the root with what it expects. */
YW_CHECKED enum yw_code yw_tree_load(struct yw_tree *t, uint64_t size, const struct yw_tile_reader *r,
    struct yw_error *err);

void yw_tree_root(const struct yw_tree *t, struct yw_hash *out);

/* The leaf hashes after the last multiple of 256, for the hash of a package's range; returns how many. */
size_t yw_tree_edge(const struct yw_tree *t, struct yw_hash out[static YW_TILE_HASHES]);

YW_CHECKED enum yw_code yw_tree_append(struct yw_tree *t, const struct yw_hash *leaves, size_t n);

/* Hands out every tile that changed since the last flush (partial ones too), then forgets them. */
YW_CHECKED enum yw_code yw_tree_flush(struct yw_tree *t, const struct yw_tile_writer *w, struct yw_error *err);

void yw_node_hash(const struct yw_hash *l, const struct yw_hash *r, struct yw_hash *out);	/* H(01 || l || r) */
void yw_empty_root(struct yw_hash *out);						/* H("") */

/* Where a tree of n leaves parts: the largest power of two below n, n > 1. */
uint64_t yw_tree_split(uint64_t n);

/* MTH of a range of leaf hashes held in memory. */
void yw_range_root(const struct yw_hash *leaves, size_t n, struct yw_hash *out);

#endif
