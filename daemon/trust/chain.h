/*
 * chain.h - from the network file down to one key set, in one message (rule T16).
 *
 * Made from logs that are held, checked from the network file alone: what a stranger's hello or an
 * evidence file needs to be believed.
 */
#ifndef YW_TRUST_CHAIN_H
#define YW_TRUST_CHAIN_H

#include "tlog/proof.h"
#include "trust/trust.h"

/* How this room reads logs that it does not hold; any thread that the implementer allows. */
struct yw_log_reader {
	enum yw_code (*entry)(void *arg, const char *origin, uint64_t index, struct yw_buf *envelope,
	    struct yw_error *err);
	/* The newest beat (signed note with the owner's cosignature) of at least min_size leaves; YW_ENOENT. */
	enum yw_code (*beat)(void *arg, const char *origin, uint64_t min_size, struct yw_buf *note,
	    struct yw_checkpoint *head, struct yw_error *err);
	enum yw_code (*inclusion)(void *arg, const char *origin, uint64_t index, uint64_t size, struct yw_proof *out,
	    struct yw_error *err);
	void *arg;
};

/* Appends a serialised Chain down to g's newest key set.  YW_ENOENT: a log on the way has no beat yet
 * that covers the delegation (try again after the next one). */
YW_CHECKED enum yw_code yw_chain_make(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

struct yw_chain_end {
	struct yw_jurisdiction code;
	struct yw_origin origin;
	uint32_t generation;
	struct yw_key_set_public keys;	/* the newest key set that the chain proves */
	struct yw_jurisdiction via[YW_CHAIN_LINKS_MAX + 1];	/* codes from the first node down to `code` */
	size_t n_via;
};

/* Verifies everything: bounds, network version, delegations, proofs, heads, T3.  YW_ESIG / YW_EINVAL name
 * the failing link ("link 2 (320100 -> 320102): ..."). */
YW_CHECKED enum yw_code yw_chain_check(const struct yw_network *n, struct yw_bytes chain, struct yw_chain_end *out,
    struct yw_error *err);

#endif
