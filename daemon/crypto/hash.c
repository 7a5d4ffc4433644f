/*
 * hash.c - see hash.h.
 *
 * SHA256_Init and its like are called "deprecated" by OpenSSL 3 in favour of EVP, whose fetch and
 * context allocation cost more than hashing a Merkle node; the low-level functions never fail.  The
 * one call SHA256() is EVP inside.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "crypto/hash.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct yw_hasher), "yw_hasher must hold a SHA256_CTX");

void
yw_hasher_init(struct yw_hasher *h)
{
	SHA256_Init((SHA256_CTX *)h->state);
}

void
yw_hasher_add(struct yw_hasher *h, const void *data, size_t len)
{
	if (len != 0)
		SHA256_Update((SHA256_CTX *)h->state, data, len);
}

void
yw_hasher_end(struct yw_hasher *h, struct yw_hash *out)
{
	SHA256_Final(out->b, (SHA256_CTX *)h->state);
	explicit_bzero(h, sizeof *h);
}

void
yw_sha256(const void *data, size_t len, struct yw_hash *out)
{
	SHA256_CTX ctx;

	SHA256_Init(&ctx);
	if (len != 0)
		SHA256_Update(&ctx, data, len);
	SHA256_Final(out->b, &ctx);
}

void
yw_sha256_parts(const struct yw_bytes *parts, size_t n, struct yw_hash *out)
{
	SHA256_CTX ctx;
	size_t i;

	SHA256_Init(&ctx);
	for (i = 0; i < n; i++)
		if (parts[i].len != 0)
			SHA256_Update(&ctx, parts[i].data, parts[i].len);
	SHA256_Final(out->b, &ctx);
}

void
yw_leaf_hash(struct yw_bytes leaf, struct yw_hash *out)
{
	static const uint8_t prefix = 0;
	const struct yw_bytes parts[] = { { &prefix, 1 }, leaf };

	yw_sha256_parts(parts, 2, out);
}

/* RFC 2104. */
void
yw_hmac_sha256(const void *key, size_t key_len, const struct yw_bytes *parts, size_t n,
    struct yw_hash *out)
{
	uint8_t block[64] = { 0 }, pad[64];
	struct yw_hash inner;
	struct yw_hasher h;
	size_t i;

	if (key_len > sizeof block)
		yw_sha256(key, key_len, (struct yw_hash *)block);
	else if (key_len != 0)
		memcpy(block, key, key_len);
	for (i = 0; i < sizeof block; i++)
		pad[i] = block[i] ^ 0x36;
	yw_hasher_init(&h);
	yw_hasher_add(&h, pad, sizeof pad);
	for (i = 0; i < n; i++)
		yw_hasher_add(&h, parts[i].data, parts[i].len);
	yw_hasher_end(&h, &inner);
	for (i = 0; i < sizeof block; i++)
		pad[i] = block[i] ^ 0x5c;
	yw_hasher_init(&h);
	yw_hasher_add(&h, pad, sizeof pad);
	yw_hasher_add(&h, &inner, sizeof inner);
	yw_hasher_end(&h, out);
	explicit_bzero(block, sizeof block);
	explicit_bzero(pad, sizeof pad);
}
