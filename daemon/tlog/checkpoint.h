/*
 * checkpoint.h - C2SP tlog-checkpoint: a signed statement of how long a log is and what it holds.
 */
#ifndef YW_TLOG_CHECKPOINT_H
#define YW_TLOG_CHECKPOINT_H

#include "tlog/note.h"

struct yw_checkpoint {
	char origin[YW_ORIGIN_MAX + 1];
	uint64_t size;			/* leaves, not bytes */
	struct yw_hash root;
};

/* Decodes a note's text; extension lines are refused here, since our logs write none. */
YW_CHECKED enum yw_code yw_checkpoint_parse(struct yw_bytes text, struct yw_checkpoint *out, struct yw_error *err);
void yw_checkpoint_text(const struct yw_checkpoint *c, struct yw_buf *out);

/* Makes the whole signed note of a head: text, blank line, the head key's line (key name = origin). */
YW_CHECKED enum yw_code yw_head_sign(const struct yw_checkpoint *c, const struct yw_seckey *head_key,
    const struct yw_pubkey *head_pub, struct yw_buf *note, struct yw_error *err);

/* Parses a note and verifies the head line by head_pub under the origin's name.  YW_ESIG if missing or bad. */
YW_CHECKED enum yw_code yw_head_check(struct yw_bytes note, const struct yw_pubkey *head_pub,
    struct yw_checkpoint *out, struct yw_error *err);

#endif
