/*
 * evidence.h - what proves one record to somebody who holds only the network file (rule B12).
 *
 * One canonical text.  evidence.c gives the format byte by byte.
 */
#ifndef YW_TRUST_EVIDENCE_H
#define YW_TRUST_EVIDENCE_H

#include "trust/chain.h"

struct yw_evidence_subject {
	struct yw_origin origin;
	uint64_t index;
	uint16_t item;
	struct yw_bytes body;		/* the Record, or data NULL: `withheld` */
	struct yw_bytes beat;		/* the beat the proof leads to, with receipts; of larger size than index */
};

YW_CHECKED enum yw_code yw_evidence_make(const struct yw_trust *t, const struct yw_evidence_subject *s,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

struct yw_evidence_verdict {
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint64_t index;
	uint16_t item;
	struct yw_hash body_sha256;
	bool withheld;
	struct yw_bytes body;		/* into the evidence text's decoded copy below */
	int64_t claimed_ms;		/* signed_at */
	enum yw_quorum quorum;
	uint64_t existed_by_s;		/* quorum time; if met */
	uint64_t owner_time_s;
	struct yw_jurisdiction via[YW_CHAIN_LINKS_MAX + 1];
	size_t n_via;
	struct yw_beat_receipt receipts[64];
	size_t n_receipts;
	struct yw_buf decoded;
};

/* Offline, from the network file alone.  The error names the failing section and line. */
YW_CHECKED enum yw_code yw_evidence_verify(const struct yw_network *n, struct yw_bytes text,
    struct yw_evidence_verdict *out, struct yw_error *err);
void yw_evidence_verdict_release(struct yw_evidence_verdict *v);

#endif
