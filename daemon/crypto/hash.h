/*
 * hash.h - SHA-256 by libcrypto (5 to 7 times libsodium's speed where the processor helps) and HMAC.
 */
#ifndef YW_CRYPTO_HASH_H
#define YW_CRYPTO_HASH_H

#include "crypto/keys.h"

void yw_sha256(const void *data, size_t len, struct yw_hash *out);

/* SHA-256 over parts, one after the other, without joining them first. */
void yw_sha256_parts(const struct yw_bytes *parts, size_t n, struct yw_hash *out);

/* Of a leaf of a log: SHA-256(00 || leaf), RFC 6962 section 2.1. */
void yw_leaf_hash(struct yw_bytes leaf, struct yw_hash *out);

void yw_hmac_sha256(const void *key, size_t key_len, const struct yw_bytes *parts, size_t n,
    struct yw_hash *out);

/* A hash taken piece by piece: init, any number of adds, end (which leaves it ready for init). */
struct yw_hasher { uint64_t state[16]; };
void yw_hasher_init(struct yw_hasher *h);
void yw_hasher_add(struct yw_hasher *h, const void *data, size_t len);
void yw_hasher_end(struct yw_hasher *h, struct yw_hash *out);

#endif
