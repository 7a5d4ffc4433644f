/*
 * trust_int.h - the registry of trust.h from the inside: what is remembered of each log, and what it
 * comes to.
 *
 * Remembered are statements, each judged by itself when it comes; everything else is computed from
 * them, log by log from the first node downwards, and so never depends on the order between logs:
 *
 *	stands	nothing above or before it speaks against it (T2, T3); only what is before it in its own
 *		log or on the way down to that log is asked, and that is always known before it
 *	counts	it stands, and gave its generation: of several issuers' the one that had a beat with
 *		quorum, else the nearest one's
 *
 * A rule of a later issue is a case in process() or why_not(), and perhaps a field of a statement.
 */
#ifndef YW_TRUST_TRUST_INT_H
#define YW_TRUST_TRUST_INT_H

#include <stdatomic.h>

#include "trust/trust.h"

struct statement {		/* one trust entry of which something is remembered */
	uint64_t index;
	struct yw_pubkey signer;
	enum yw_trust_kind kind;	/* DELEGATION, ROSTER or UNKNOWN */
	struct yw_request request;	/* of a delegation; a bad one is not remembered */
	struct yw_hash request_sha256;
	bool stands;
};

struct fed_log {
	struct yw_origin origin;
	struct statement *s;	/* by index; of rosters only the newest */
	size_t n, cap;
};

struct shared_network {		/* never changes; shared by copies */
	atomic_uint refs;
	struct yw_network n;
};

struct yw_trust {
	struct shared_network *network;
	struct statement first;		/* the first node's own delegation, which no log holds */
	struct fed_log *logs;		/* by origin */
	size_t n_logs;
	struct yw_generation *generations;	/* by code, then generation */
	size_t n_generations;
	struct yw_hash *quorums;	/* requests whose generation had a beat with quorum */
	size_t n_quorums;
};

/* Everything computed anew from what is remembered.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_recompute(struct yw_trust *t);

/* Where (code, generation) stands among the generations, or would stand. */
size_t yw_trust_slot(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation, bool *found);

struct fed_log *yw_trust_fed(const struct yw_trust *t, const char *origin);
struct yw_generation *yw_trust_find(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation);

/*
 * T2: a statement that stands and holds a key of r in another use, or the same use by another code,
 * generation or key set.  With `log`, only what comes before statement `index` of it; NULL: anything.
 * Gives NULL or what to say: "its head key is the entry key of 320102" (in `out`).
 */
#define YW_REUSE_MAX 96
const char *yw_trust_reuse(const struct yw_trust *t, const struct yw_request *r, const struct fed_log *log,
    uint64_t index, char out[static YW_REUSE_MAX]);


/* yw_trust_judge_beat(), but only receipts of these codes count; NULL: of all. */
YW_CHECKED enum yw_code yw_trust_judge_beat_by(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes beat, const struct yw_jurisdiction *only, size_t n_only, struct yw_beat_verdict *out,
    struct yw_error *err);

/* T11: what the next roster of g's log must say, serialised, if it stands at `index`. */
YW_CHECKED enum yw_code yw_trust_roster_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    struct yw_buf *out, struct yw_error *err);

#endif
