/*
 * tlogproof.h - C2SP tlog-proof: an inclusion proof with its checkpoint, as text.
 */
#ifndef YW_TLOG_TLOGPROOF_H
#define YW_TLOG_TLOGPROOF_H

#include "tlog/checkpoint.h"
#include "tlog/proof.h"

struct yw_tlog_proof {
	uint64_t index;
	struct yw_proof path;
	struct yw_bytes checkpoint;	/* the signed note; borrowed from the text */
	struct yw_bytes extra;		/* base64 of the `extra` line, unauthenticated; data NULL if absent */
};

/* Byte-exact; an `extra` line is accepted here (evidence refuses it, B12).  Verifies nothing. */
YW_CHECKED enum yw_code yw_tlog_proof_parse(struct yw_bytes text, struct yw_tlog_proof *out, struct yw_error *err);
void yw_tlog_proof_text(const struct yw_tlog_proof *p, struct yw_buf *out);

#endif
