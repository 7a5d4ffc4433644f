/*
 * trust.h - which logs exist, whose they are, and which key was valid at which position.
 *
 * Pure: fed with the network file and with the trust entries of logs whose entries were verified up to
 * there, it answers from what it was fed.  The answer never depends on the order of feeding between logs
 * (inside a log entries come in order).  Now: version 1, generation 1 (B8, T2-T4, T11); rotation, closing
 * and later generations are kept and answered "not applied yet" until their rules arrive.
 *
 * Threads: the owner serialises calls that change it; answers are const and may run side by side.
 */
#ifndef YW_TRUST_TRUST_H
#define YW_TRUST_TRUST_H

#include "record/entry.h"
#include "tlog/checkpoint.h"
#include "trust/network.h"

struct yw_trust;

struct yw_entry_place {
	struct yw_origin origin;
	uint64_t index;
};

struct yw_key_span {			/* one key set of a generation and where it holds (T5) */
	uint32_t key_set;
	struct yw_key_set_public keys;
	uint64_t from;			/* signs entries from this index on, and heads of larger sizes */
};

struct yw_generation {			/* one log, as trust sees it */
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	struct yw_jurisdiction issuer;	/* "" for the first node */
	struct yw_entry_place delegation;	/* origin "" for the first node: the network file itself */
	struct yw_hash request;		/* SHA-256 of its SignedRequest */
	struct yw_key_span spans[YW_KEY_SETS_MAX];
	size_t n_spans;
	bool open;
	bool needs_newer;		/* a trust entry of an unknown kind was met (B3) */
};

/* Takes a deep copy of the newest network file, already verified. */
YW_CHECKED enum yw_code yw_trust_new(const struct yw_network *network, struct yw_trust **out, struct yw_error *err);
void yw_trust_free(struct yw_trust *t);

/* A deep copy, for readers who must not wait for the writer; it may be freed in another thread. */
YW_CHECKED enum yw_code yw_trust_copy(const struct yw_trust *t, struct yw_trust **out, struct yw_error *err);

const struct yw_network *yw_trust_network(const struct yw_trust *t);

/*
 * Feeds trust entry `index` of an attributable log: its signer was valid there, and e has standing
 * "applied" or is of a kind that is not known (B3: then its log needs_newer).  The same place again
 * changes nothing.  Entries that have no effect (T2, T3), a key in two uses, two issuers of one
 * generation, a roster that disagrees with its log (T11) are no error: *alarm then holds the sentence
 * (msg[0] 0: none).  YW_ENOMEM only; the registry is then good for nothing but yw_trust_free().
 */
YW_CHECKED enum yw_code yw_trust_add(struct yw_trust *t, const struct yw_origin *origin, uint64_t index,
    const struct yw_entry *e, struct yw_error *alarm);

/*
 * A beat with quorum was seen of the generation that this request opened (SHA-256 of its SignedRequest):
 * from now on no other issuer's delegation voids it (T3).  Whoever has seen one must say so again to each
 * new registry.  YW_ENOMEM, as above.
 */
YW_CHECKED enum yw_code yw_trust_add_quorum(struct yw_trust *t, const struct yw_hash *request);

/* The generation with this origin, or NULL: not attributable.  Valid until the next yw_trust_add. */
const struct yw_generation *yw_trust_origin(const struct yw_trust *t, const char *origin);
/* The newest open generation of a code, or NULL. */
const struct yw_generation *yw_trust_open(const struct yw_trust *t, const struct yw_jurisdiction *code);
/* The newest open generation of a code, if this is its session key, or NULL.  The code is asked for because
 * a session key proves nothing until a handshake: anybody may put another's into a request (T2). */
const struct yw_generation *yw_trust_by_session(const struct yw_trust *t, const struct yw_jurisdiction *code,
    const struct yw_dh_public *key);
size_t yw_trust_count(const struct yw_trust *t);
const struct yw_generation *yw_trust_at(const struct yw_trust *t, size_t i);	/* sorted by code, generation */

/* Which key set signs entry `index` / a head of `size` leaves (T5)?  Never NULL. */
const struct yw_key_set_public *yw_generation_entry_keys(const struct yw_generation *g, uint64_t index);
const struct yw_key_set_public *yw_generation_head_keys(const struct yw_generation *g, uint64_t size);
const struct yw_key_set_public *yw_generation_newest_keys(const struct yw_generation *g);

/* T4: is this a valid entry 0 of g's log?  YW_EINVAL with the reason. */
YW_CHECKED enum yw_code yw_trust_judge_genesis(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_entry *e, struct yw_error *err);

/* May the node `issuer` log a delegation of this request (T2, T3)?  YW_EINVAL / YW_ECONFLICT with the
 * reason a person can act on. */
YW_CHECKED enum yw_code yw_trust_judge_admission(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, struct yw_request *out, struct yw_error *err);

/* --- Serialised Trust statements, for the writer to append (each appends to *out) --- */
YW_CHECKED enum yw_code yw_trust_make_genesis(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes signed_request, struct yw_buf *out, struct yw_error *err);
/* A neighbour's beat with quorum: what follows in this log is not older than it (R9). */
YW_CHECKED enum yw_code yw_trust_make_foreign_beat(struct yw_bytes beat, struct yw_buf *out, struct yw_error *err);
YW_CHECKED enum yw_code yw_trust_make_delegation(struct yw_bytes signed_request, struct yw_buf *out,
    struct yw_error *err);
/* Everything open that g answers for, and what was closed since its previous roster (T11). */
YW_CHECKED enum yw_code yw_trust_make_roster(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_buf *out, struct yw_error *err);

/* --- Quorum (T15) --- */

/* The key of a code's receipts: "<network>/<code>/cosign" (B9). */
YW_CHECKED enum yw_code yw_cosign_vkey(const char *network, const struct yw_jurisdiction *code,
    const struct yw_pubkey *cosign, struct yw_vkey *out);
/* And back: whose receipts have that name, in this network?  False for any other name. */
bool yw_trust_cosigner(const struct yw_trust *t, struct yw_bytes name, struct yw_jurisdiction *out);

/*
 * Judges a beat of g's log: verifies head, owner's cosignature and each receipt by a cosigning key of an
 * open generation; receipts by unknown keys are skipped, a bad one by a known key refuses the beat, and
 * the owner's own never counts.  YW_ESIG, YW_EINVAL (of another log), YW_EFORMAT, YW_ELIMIT, YW_ENOMEM.
 */
struct yw_beat_verdict {
	struct yw_checkpoint head;
	uint64_t owner_time_s;		/* the owner's cosignature: dates the beat, never counts */
	enum yw_quorum quorum;
	uint64_t quorum_time_s;		/* smallest t such that receipts with time <= t meet it; if MET */
	struct yw_beat_receipt {
		struct yw_jurisdiction code;
		uint64_t earliest_s, newest_s;
	} receipts[64];
	size_t n_receipts;		/* sorted by code */
};
YW_CHECKED enum yw_code yw_trust_judge_beat(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes beat, struct yw_beat_verdict *out, struct yw_error *err);

/* Does the code's receipt on g's beats travel (R5: of the quorum's codes and of the log's ancestors)? */
bool yw_trust_receipt_travels(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_jurisdiction *code);

#endif
