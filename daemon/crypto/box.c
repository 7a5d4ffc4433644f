/*
 * box.c - see box.h.
 */
#include <sodium.h>

#include "crypto/box.h"

_Static_assert(YW_AEAD_KEY_BYTES == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(YW_AEAD_TAG_BYTES == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag size");

void
yw_dh_public_of(const struct yw_dh_secret *sec, struct yw_dh_public *pub)
{
	crypto_scalarmult_base(pub->b, sec->b);
}

enum yw_code
yw_dh(const struct yw_dh_secret *sec, const struct yw_dh_public *pub,
    uint8_t out[static YW_SESSION_KEY_BYTES])
{
	/* libsodium returns -1 exactly for an all-zero result. */
	return crypto_scalarmult(out, sec->b, pub->b) == 0 ? YW_OK : YW_EINVAL;
}

static void
nonce_bytes(uint64_t nonce, uint8_t out[static crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
	int i;

	memset(out, 0, 4);
	for (i = 0; i < 8; i++)
		out[4 + i] = (uint8_t)(nonce >> (8 * i));
}

void
yw_aead_seal(const uint8_t key[static YW_AEAD_KEY_BYTES], uint64_t nonce, const void *ad, size_t ad_len,
    const void *plain, size_t len, uint8_t *out)
{
	uint8_t n[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

	nonce_bytes(nonce, n);
	crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain, len, ad, ad_len, NULL, n, key);
}

enum yw_code
yw_aead_open(const uint8_t key[static YW_AEAD_KEY_BYTES], uint64_t nonce, const void *ad, size_t ad_len,
    const void *sealed, size_t len, uint8_t *out)
{
	uint8_t n[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

	if (len < YW_AEAD_TAG_BYTES)
		return YW_ESIG;
	nonce_bytes(nonce, n);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, ad, ad_len, n, key) != 0)
		return YW_ESIG;
	return YW_OK;
}
