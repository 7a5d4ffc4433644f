/*
 * keys.h - keys with a type each, so that one can never be passed for another.
 *
 * A jurisdiction holds one random seed per key set; the four keys come from it by libsodium's
 * crypto_kdf, context "yiwang_1", ids 1 entry, 2 head, 3 cosign, 4 session (rule B10).
 */
#ifndef YW_CRYPTO_KEYS_H
#define YW_CRYPTO_KEYS_H

#include "base/buf.h"
#include "base/limits.h"

#define YW_SEED_BYTES 32
#define YW_PUBKEY_BYTES 32
#define YW_SECKEY_BYTES 64		/* libsodium's form: seed, then public key */
#define YW_SIG_BYTES 64
#define YW_SESSION_KEY_BYTES 32

struct yw_seed { uint8_t b[YW_SEED_BYTES]; };			/* secret */
struct yw_pubkey { uint8_t b[YW_PUBKEY_BYTES]; };		/* Ed25519 */
struct yw_seckey { uint8_t b[YW_SECKEY_BYTES]; };		/* Ed25519, secret */
struct yw_sig { uint8_t b[YW_SIG_BYTES]; };
struct yw_dh_public { uint8_t b[YW_SESSION_KEY_BYTES]; };	/* X25519 */
struct yw_dh_secret { uint8_t b[YW_SESSION_KEY_BYTES]; };	/* X25519, secret */
struct yw_hash { uint8_t b[YW_HASH_BYTES]; };			/* SHA-256 */

struct yw_key_set_public {
	struct yw_pubkey entry, head, cosign;
	struct yw_dh_public session;
};

struct yw_key_set {		/* secret: wiped by yw_key_set_wipe() */
	struct yw_seckey entry, head, cosign;
	struct yw_dh_secret session;
	struct yw_key_set_public pub;
};

/* Once per process, before anything else of this room.  Any thread afterwards. */
YW_CHECKED enum yw_code yw_crypto_init(struct yw_error *err);

void yw_random(void *out, size_t len);		/* never fails: libsodium aborts without randomness */
void yw_seed_random(struct yw_seed *out);
void yw_wipe(void *secret, size_t len);
bool yw_equal_ct(const void *a, const void *b, size_t len);	/* constant time, for secrets */

void yw_key_set_derive(const struct yw_seed *seed, struct yw_key_set *out);
void yw_key_set_wipe(struct yw_key_set *ks);
void yw_seckey_from_seed(const struct yw_seed *seed, struct yw_seckey *out, struct yw_pubkey *pub);

/*
 * B4, once, where a key is delegated: canonical encoding, on the curve, in the prime-order
 * subgroup, not small-order.  YW_EINVAL otherwise.
 */
YW_CHECKED enum yw_code yw_pubkey_check(const struct yw_pubkey *key, struct yw_error *err);

static inline bool
yw_pubkey_equal(const struct yw_pubkey *a, const struct yw_pubkey *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static inline bool
yw_hash_equal(const struct yw_hash *a, const struct yw_hash *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

#endif
