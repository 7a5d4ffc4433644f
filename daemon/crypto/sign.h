/*
 * sign.h - Ed25519 (RFC 8032), the set of rule B4, and the DSSE v1 encoding that entries sign.
 *
 * Daemon, command and auditor must accept exactly the same signatures, so B4 is stricter than any
 * one library: S < L, R not small-order, and encode(S*B - h*A) equal to R's bytes.
 */
#ifndef YW_CRYPTO_SIGN_H
#define YW_CRYPTO_SIGN_H

#include "crypto/keys.h"

/* Signs and verifies what was signed before handing it out.  YW_ESIG: the key pair is damaged. */
YW_CHECKED enum yw_code yw_sign(const struct yw_seckey *key, const void *msg, size_t len,
    struct yw_sig *out, struct yw_error *err);

/* Is sig by pub over msg, by B4?  The prime-order check of pub is yw_pubkey_check, done once elsewhere.
 * Pure, any thread. */
bool yw_verify(const struct yw_pubkey *pub, const void *msg, size_t len, const struct yw_sig *sig);

/* DSSE v1 pre-authentication encoding: "DSSEv1 len(type) type len(body) body". */
void yw_pae(struct yw_buf *out, const char *type, const void *body, size_t len);

YW_CHECKED enum yw_code yw_sign_pae(const struct yw_seckey *key, const char *type, const void *body,
    size_t len, struct yw_sig *out, struct yw_error *err);

/* YW_OK, YW_ESIG, or YW_ENOMEM. */
YW_CHECKED enum yw_code yw_verify_pae(const struct yw_pubkey *pub, const char *type, const void *body,
    size_t len, const struct yw_sig *sig);

#endif
