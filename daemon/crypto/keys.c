/*
 * keys.c - see keys.h.
 */
#include <sodium.h>

#include "crypto/keys.h"

_Static_assert(YW_SEED_BYTES == crypto_kdf_KEYBYTES, "a seed is a kdf key");
_Static_assert(YW_SEED_BYTES == crypto_sign_SEEDBYTES, "a derived seed makes a signing key");
_Static_assert(YW_SECKEY_BYTES == crypto_sign_SECRETKEYBYTES, "secret key size");
_Static_assert(YW_SIG_BYTES == crypto_sign_BYTES, "signature size");
_Static_assert(YW_SESSION_KEY_BYTES == crypto_scalarmult_BYTES, "session key size");

enum { ID_ENTRY = 1, ID_HEAD, ID_COSIGN, ID_SESSION };	/* B10 */
static const char kdf_context[crypto_kdf_CONTEXTBYTES] = { 'y', 'i', 'w', 'a', 'n', 'g', '_', '1' };

enum yw_code
yw_crypto_init(struct yw_error *err)
{
	if (sodium_init() < 0)
		return yw_fail(err, YW_EIO, "libsodium could not be initialised");
	return YW_OK;
}

void
yw_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

void
yw_seed_random(struct yw_seed *out)
{
	yw_random(out->b, sizeof out->b);
}

void
yw_wipe(void *secret, size_t len)
{
	sodium_memzero(secret, len);
}

bool
yw_equal_ct(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

void
yw_seckey_from_seed(const struct yw_seed *seed, struct yw_seckey *out, struct yw_pubkey *pub)
{
	crypto_sign_seed_keypair(pub->b, out->b, seed->b);
}

static void
derive(const struct yw_seed *seed, uint64_t id, uint8_t out[static YW_SEED_BYTES])
{
	crypto_kdf_derive_from_key(out, YW_SEED_BYTES, id, kdf_context, seed->b);
}

void
yw_key_set_derive(const struct yw_seed *seed, struct yw_key_set *out)
{
	struct yw_seed s;

	derive(seed, ID_ENTRY, s.b);
	yw_seckey_from_seed(&s, &out->entry, &out->pub.entry);
	derive(seed, ID_HEAD, s.b);
	yw_seckey_from_seed(&s, &out->head, &out->pub.head);
	derive(seed, ID_COSIGN, s.b);
	yw_seckey_from_seed(&s, &out->cosign, &out->pub.cosign);
	yw_wipe(&s, sizeof s);
	derive(seed, ID_SESSION, out->session.b);
	crypto_scalarmult_base(out->pub.session.b, out->session.b);
}

void
yw_key_set_wipe(struct yw_key_set *ks)
{
	yw_wipe(ks, sizeof *ks);
}

enum yw_code
yw_pubkey_check(const struct yw_pubkey *key, struct yw_error *err)
{
	if (crypto_core_ed25519_is_valid_point(key->b) != 1)
		return yw_fail(err, YW_EINVAL,
		    "public key is not a canonical point of the prime-order group");
	return YW_OK;
}
