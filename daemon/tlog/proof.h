/*
 * proof.h - inclusion, consistency and subtree proofs: made from tiles, checked from hashes alone.
 *
 * Sources: RFC 9162 section 2.1; subtree proofs as in C2SP tlog-mirror (draft-ietf-plants-merkle-tree-certs
 * section 4).  Verification is pure and needs no tree.
 */
#ifndef YW_TLOG_PROOF_H
#define YW_TLOG_PROOF_H

#include "tlog/tree.h"

struct yw_proof {
	struct yw_hash h[YW_PROOF_MAX];
	size_t n;
};

YW_CHECKED enum yw_code yw_prove_inclusion(const struct yw_tile_reader *r, uint64_t index, uint64_t size,
    struct yw_proof *out, struct yw_error *err);
YW_CHECKED enum yw_code yw_prove_consistency(const struct yw_tile_reader *r, uint64_t size1, uint64_t size2,
    struct yw_proof *out, struct yw_error *err);
/* That [start, end) with `start` as C2SP asks is a subtree consistent with the tree of `size`. */
YW_CHECKED enum yw_code yw_prove_subtree(const struct yw_tile_reader *r, uint64_t start, uint64_t end,
    uint64_t size, struct yw_proof *out, struct yw_error *err);

/* The root of the first `size` leaves, from tiles. */
YW_CHECKED enum yw_code yw_root_at(const struct yw_tile_reader *r, uint64_t size, struct yw_hash *out,
    struct yw_error *err);

/* YW_OK or YW_ESIG. */
YW_CHECKED enum yw_code yw_check_inclusion(uint64_t index, uint64_t size, const struct yw_hash *leaf,
    const struct yw_proof *p, const struct yw_hash *root);
YW_CHECKED enum yw_code yw_check_consistency(uint64_t size1, const struct yw_hash *root1, uint64_t size2,
    const struct yw_hash *root2, const struct yw_proof *p);
YW_CHECKED enum yw_code yw_check_subtree(uint64_t start, uint64_t end, const struct yw_hash *subtree,
    uint64_t size, const struct yw_hash *root, const struct yw_proof *p);

#endif
