/*
 * box.h - the two primitives under Noise: X25519 and ChaCha20-Poly1305 (RFC 8439).
 */
#ifndef YW_CRYPTO_BOX_H
#define YW_CRYPTO_BOX_H

#include "crypto/keys.h"

#define YW_AEAD_KEY_BYTES 32
#define YW_AEAD_TAG_BYTES 16

void yw_dh_public_of(const struct yw_dh_secret *sec, struct yw_dh_public *pub);

/* YW_EINVAL where the result is all zero (a low-order point): Noise refuses it. */
YW_CHECKED enum yw_code yw_dh(const struct yw_dh_secret *sec, const struct yw_dh_public *pub,
    uint8_t out[static YW_SESSION_KEY_BYTES]);

/* out holds len + YW_AEAD_TAG_BYTES; the nonce is 4 zero bytes and the number little-endian (Noise). */
void yw_aead_seal(const uint8_t key[static YW_AEAD_KEY_BYTES], uint64_t nonce, const void *ad, size_t ad_len,
    const void *plain, size_t len, uint8_t *out);

/* len counts the tag; out holds len - YW_AEAD_TAG_BYTES.  YW_ESIG: forged or damaged, out untouched. */
YW_CHECKED enum yw_code yw_aead_open(const uint8_t key[static YW_AEAD_KEY_BYTES], uint64_t nonce,
    const void *ad, size_t ad_len, const void *sealed, size_t len, uint8_t *out);

#endif
