/*
 * tnet.c - see tnet.h.
 */
#include "support/tnet.h"

#include "support/testing.h"

void
yw_tnet_seed(const char *label, struct yw_seed *out)
{
	const struct yw_bytes parts[] = { YW_BYTES_LIT("yiwang vector "), yw_bytes_str(label) };
	struct yw_hash h;

	yw_sha256_parts(parts, 2, &h);
	memcpy(out->b, h.b, sizeof out->b);
}

void
yw_tnet_keys(const char *label, struct yw_key_set *out)
{
	struct yw_seed seed;

	yw_tnet_seed(label, &seed);
	yw_key_set_derive(&seed, out);
}

void
yw_tnet_root_key(const char *label, struct yw_seckey *sec, struct yw_pubkey *pub)
{
	struct yw_seed seed;

	yw_tnet_seed(label, &seed);
	yw_seckey_from_seed(&seed, sec, pub);
}
