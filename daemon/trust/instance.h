/*
 * instance.h - the signed statement of one running daemon: which start of it says how long its log is (L5).
 */
#ifndef YW_TRUST_INSTANCE_H
#define YW_TRUST_INSTANCE_H

#include "crypto/sign.h"
#include "record/code.h"

#define YW_INSTANCE_TYPE "application/vnd.yiwang.instance.v1+protobuf"
#define YW_INSTANCE_ID_BYTES 16
#define YW_TAKE_TYPE "application/vnd.yiwang.take.v1+protobuf"
#define YW_TAKE_MAX 16			/* instances that one take ends */

struct yw_instance {
	struct yw_origin origin;
	uint8_t id[YW_INSTANCE_ID_BYTES];	/* random at each start */
	uint64_t counter;			/* rises with each statement */
	uint64_t size;				/* leaves */
	struct yw_hash root;
};

/* Appends a serialised SignedInstance. */
YW_CHECKED enum yw_code yw_instance_sign(const struct yw_instance *i, const struct yw_seckey *head, struct yw_buf *out,
    struct yw_error *err);
/* `instance` is the serialised Instance, `sig` beside it. */
YW_CHECKED enum yw_code yw_instance_check(struct yw_bytes instance, const struct yw_sig *sig,
    const struct yw_pubkey *head, struct yw_instance *out, struct yw_error *err);

struct yw_take {		/* which of several machines with one key goes on */
	struct yw_origin origin;
	uint8_t id[YW_INSTANCE_ID_BYTES];
	uint8_t ended[YW_TAKE_MAX][YW_INSTANCE_ID_BYTES];
	size_t n_ended;
};

/* The same for a take: a serialised SignedTake; a serialised Take, with `sig` beside it. */
YW_CHECKED enum yw_code yw_take_sign(const struct yw_take *t, const struct yw_seckey *head, struct yw_buf *out,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_take_check(struct yw_bytes take, const struct yw_sig *sig, const struct yw_pubkey *head,
    struct yw_take *out, struct yw_error *err);

#endif
