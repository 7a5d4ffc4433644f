/*
 * chain_int.h - one link of a chain, as chain.c and evidence.c share it.
 */
#ifndef YW_TRUST_CHAIN_INT_H
#define YW_TRUST_CHAIN_INT_H

#include "trust/chain.h"
#include "yiwang/v1/trust.pb-c.h"

/* Appends the serialised Link that gave g its keys: the delegation, its proof, a beat with the owner's lines; and the
 * key changes of g's log, proven into a beat of that.  Of the first node the latter alone. */
YW_CHECKED enum yw_code yw_link_make(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

/*
 * Verifies a link below a generation that t already holds, and feeds its delegation and key changes to t.  *out: a
 * copy of the generation that it gave.  `issuer` NULL: any that t holds; else it must be that log's.  A link
 * without delegation is that of the first node.
 */
YW_CHECKED enum yw_code yw_link_take(struct yw_trust *t, const Yiwang__V1__Chain__Link *m, const char *issuer,
    struct yw_generation *out, struct yw_error *err);

/* The generation of the first node of whose log `beat` is one (a signed note; empty: its open generation). */
YW_CHECKED enum yw_code yw_chain_first(const struct yw_trust *t, struct yw_bytes beat, struct yw_origin *out,
    struct yw_error *err);

/*
 * The beat's text with these lines only: the head's, the owner's newest cosignature, and of each code in
 * `receipts` but its own the earliest receipt, in that order; by its newest open generation, or where `generations` does
 * not say 0 by that one.  YW_ENOENT: one of the first two is not there.
 */
YW_CHECKED enum yw_code yw_beat_strip(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat,
    const struct yw_jurisdiction *receipts, const uint32_t *generations, size_t n, struct yw_buf *out, struct yw_error *err);

/* An entry of g's log that a beat proves: form, signature, signer at its place (or `signer`, if that is not NULL),
 * inclusion. */
YW_CHECKED enum yw_code yw_proven_entry(const struct yw_generation *g, struct yw_bytes envelope, uint64_t index,
    const struct yw_proof *path, const struct yw_checkpoint *head, const struct yw_pubkey *signer, struct yw_entry *out,
    struct yw_error *err);

#endif
