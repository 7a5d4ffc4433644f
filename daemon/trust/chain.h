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
	bool recovery;			/* with consent (T9); told by the delegation that has one */
	struct yw_key_set_public keys;	/* the newest key set that the chain proves */
	struct yw_jurisdiction via[YW_CHAIN_LINKS_MAX + 1];	/* codes from the first node down to `code` */
	size_t n_via;
};

/* The delegation of a request, as yw_trust_make_delegation(), with the consent that it needs if it is a recovery (T9).
 * Judges it first, as yw_trust_judge_admission().  YW_ENOENT also: no beat covers the consent yet. */
YW_CHECKED enum yw_code yw_recovery_make(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

/*
 * Verifies everything that the chain can show: bounds, network version, delegations, key changes, consents, proofs,
 * heads.  Of `by` the network files count and nothing else; the chain may start from any of them.  That a
 * generation was closed, or who had none open, no chain can show.  YW_ESIG / YW_EINVAL name the failing link
 * ("link 2, below 320100: ..."), or "network versions N to M are needed": YW_ENOENT, where these are later ones.
 */
YW_CHECKED enum yw_code yw_chain_check(const struct yw_trust *by, struct yw_bytes chain, struct yw_chain_end *out,
    struct yw_error *err);

/*
 * A key_change entry of a log with its proof into a head of it (T5): how a replica that does not hold the entry yet comes
 * to believe a head by the keys that it gives (R3).
 */
struct yw_key_change {
	struct yw_bytes envelope;
	uint64_t index;
	struct yw_proof path;		/* of the entry into the head */
};

/*
 * Key changes that stand at or behind entry `from` of g's log, in order, and a head (a signed note) that they are proven
 * into and whose key they lead to.  *out: g with these key sets, to judge heads by until the entries are here.  What t was fed
 * of that log from `from` on is left out, since it may be of another branch; UINT64_MAX: nothing is.
 * Nor does a closing of g count: *out is open (T7).
 *
 * YW_EINVAL	one has no effect, as far as is known here: it may have later
 * YW_ESIG, YW_EFORMAT, YW_ELIMIT	they do not hold together, whatever else is known
 */
YW_CHECKED enum yw_code yw_key_changes_check(const struct yw_trust *t, const struct yw_generation *g,
    uint64_t from, const struct yw_key_change *c, size_t n, struct yw_bytes head, struct yw_generation *out, struct yw_error *err);

#endif
