/*
 * request.h - a join request: the public keys of one key set, signed by each of them (rule B10).
 */
#ifndef YW_TRUST_REQUEST_H
#define YW_TRUST_REQUEST_H

#include "crypto/hash.h"
#include "crypto/sign.h"
#include "record/code.h"

#define YW_REQUEST_TYPE "application/vnd.yiwang.request.v1+protobuf"
#define YW_REQUEST_MAX 1024		/* bytes of a serialised SignedRequest */

struct yw_request {
	struct yw_hash network;			/* network hash */
	struct yw_jurisdiction code;
	uint32_t generation;			/* from 1 */
	uint32_t key_set;			/* k, from 0 */
	struct yw_key_set_public keys;
	struct yw_jurisdiction issuer;		/* "" for the first node */
};

/*
 * Decodes a serialised SignedRequest and checks all that it proves by itself: one form, fields
 * present and sound, B4 of the three signing keys, no key used twice, the three signatures.
 * `old_head`: the head key it claims to follow (NULL: none is known); *by_old_head says whether a
 * signature by it is there and good.  YW_EFORMAT, YW_ESIG, YW_EINVAL with the field named.
 */
YW_CHECKED enum yw_code yw_request_read(struct yw_bytes signed_request, const struct yw_pubkey *old_head,
    struct yw_request *out, bool *by_old_head, struct yw_error *err);

/* Signs with the key set (whose public half goes into r->keys) and, where given, the old head key.
 * Appends the serialised SignedRequest. */
YW_CHECKED enum yw_code yw_request_make(struct yw_request *r, const struct yw_key_set *keys,
    const struct yw_seckey *old_head, struct yw_buf *out, struct yw_error *err);

/* The same question alone, of a request that was read before.  YW_ENOMEM, YW_EFORMAT. */
YW_CHECKED enum yw_code yw_request_asked_by(struct yw_bytes signed_request, const struct yw_pubkey *old_head, bool *asked);

/* SHA-256 of the serialised SignedRequest: what a consent names. */
void yw_request_hash(struct yw_bytes signed_request, struct yw_hash *out);

/*
 * The short fingerprint that two admins compare by telephone: 6 groups of 5 decimal digits over the
 * request's hash, e.g. "48213 90021 77410 00952 61837 24015" (36 bytes with the NUL).
 */
#define YW_FINGERPRINT_MAX 36
void yw_request_fingerprint(struct yw_bytes signed_request, char out[static YW_FINGERPRINT_MAX]);

#endif
