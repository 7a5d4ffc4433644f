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

/* An entry of a log with its proof into a head of it. */
struct yw_entry_proof {
	struct yw_bytes envelope;
	uint64_t index;
	struct yw_proof path;
};

#define YW_ADMITTED_MAX 16		/* delegations that are shown at once */

/* What is shown of the keys of a log by who holds it to who does not hold these entries (R3), in the order of the log. */
struct yw_shown_keys {
	const struct yw_entry_proof *changes;	/* key changes: how a replica comes to believe a head by the keys that they give (T5) */
	size_t n_changes;
	const struct yw_entry_proof *admitted;	/* delegations: where a closing is to be judged, who signs beats (T7) */
	size_t n_admitted;
	struct yw_bytes head;			/* a signed note, into which all are proven */
};

/*
 * Keys that stand at or behind entry `from` of g's log; the head is by those that the last change gives.  *out: g with these key
 * sets, to judge heads and beats by until the entries are here; freed by one free().  What t was fed of that log from `from` on is
 * left out, since it may be of another branch; UINT64_MAX: nothing is.  Nor does a closing of g count: *out is open (T7), and
 * where g is not, it has those that were `admitted` by it.  A delegation that has no effect then is passed over.
 *
 * YW_EINVAL	a change has no effect, as far as is known here: it may have later
 * YW_ESIG, YW_EFORMAT, YW_ELIMIT	they do not hold together, whatever else is known
 */
YW_CHECKED enum yw_code yw_shown_keys_check(const struct yw_trust *t, const struct yw_generation *g, uint64_t from,
    const struct yw_shown_keys *k, struct yw_generation **out, struct yw_error *err);

/* T7: the same, of a g that is closed, by what its log, as far as it was fed, says behind its end: a beat that may make the closing
 * void, or end it farther on, was signed by these.  *out NULL: nothing.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_beyond(const struct yw_trust *t, const struct yw_generation *g, struct yw_generation **out);

/* The delegations of g's log at or behind `from`, and below `to`, of codes whose receipts may count (T15): their indexes, rising,
 * at most YW_ADMITTED_MAX, whatever they come to. */
size_t yw_trust_admits(const struct yw_trust *t, const struct yw_generation *g, uint64_t from, uint64_t to,
    uint64_t out[static YW_ADMITTED_MAX]);

#endif
