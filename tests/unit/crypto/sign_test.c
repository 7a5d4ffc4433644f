/*
 * Which signatures count (B4): one row per reason to refuse, each made so that nothing else is wrong
 * with it and a laxer verifier accepts it.  Made with plain big-number arithmetic over RFC 8032's
 * equations from the key of seed 07 07 ... 07; T is a point of order 8.  Then DSSE's encoding and the
 * derivation of keys.
 */
#include "crypto/sign.h"
#include "crypto/box.h"
#include "support/testing.h"

#define N(table) (sizeof table / sizeof *table)
#define KEY "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"
#define IDENTITY "0100000000000000000000000000000000000000000000000000000000000000"

static void
from_hex(const char *hex, void *out, size_t len)
{
	struct yw_buf b = YW_BUF_INIT;

	yw_unhex(hex, &b);
	YW_CHECK(b.len == len);
	memcpy(out, b.data, len);
	yw_buf_release(&b);
}

static void
signatures(void)
{
	static const struct { const char *what, *key, *r, *s; bool want; } rows[] = {
		{ "a good one", KEY, "e21e7289da38dbb86b6273dd057081d807386dfba9dceb616300204faa054639",
		    "14e4f25b9f4647a76b89343e7d0aec7633d7f5b47f1fe5cbff8b0955b02b920c", true },
		{ "S with the group's order added", KEY,
		    "e21e7289da38dbb86b6273dd057081d807386dfba9dceb616300204faa054639",
		    "01b8e8b8b9a959ff41262ce15b04cb8b33d7f5b47f1fe5cbff8b0955b02b921c", false },
		{ "R is the identity, which S*B - h*A is", KEY, IDENTITY,
		    "d0d1a37667ac871e9da61bf4fb54ee6fbe1c0d08d14506d2d2ed5186052a3e0c", false },
		{ "R is the identity, written as p + 1", KEY,
		    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		    "2f96c0d94d5a6ee5f3e8bb1647bf6f7e4f34d1776bdb4541f066bd16efd6e80d", false },
		{ "R is off by T: right only when multiplied by 8", KEY,
		    "df28e0e0ba799993d4d67dd108a1ed37d859851bfec791e8ba1533310fcc5948",
		    "0ad3af85fb9ba2190d51b86a0a23a5ac569a3a5ea69c0e7d6dcca2831dcb4c03", false },
		{ "the key is T, h a multiple of 8",
		    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		    "b4b937fca95b2f1e93e41e62fc3c78818ff38a66096fad6e7973e5c90006d321",
		    "0800000000000000000000000000000000000000000000000000000000000000", false },
		{ "the key is the identity", IDENTITY,
		    "edc876d6831fd2105d0b4389ca2e283166469289146e2ce06faefe98b22548df",
		    "0500000000000000000000000000000000000000000000000000000000000000", false },
	};
	struct yw_pubkey key;
	struct yw_sig sig;

	for (size_t i = 0; i < N(rows); i++) {
		from_hex(rows[i].key, key.b, sizeof key.b);
		from_hex(rows[i].r, sig.b, 32);
		from_hex(rows[i].s, sig.b + 32, 32);
		YW_CHECK_MSG(yw_verify(&key, "yiwang", 6, &sig) == rows[i].want, "%s", rows[i].what);
		YW_CHECK_MSG(!yw_verify(&key, "yiwanG", 6, &sig), "%s, over another text", rows[i].what);
	}
}

/* The mixed key signs well for whoever does not look: the group's check is asked once, at delegation. */
static void
public_keys(void)
{
	static const struct { const char *what, *key; bool want; } rows[] = {
		{ "a good one", KEY, true },
		{ "a good one with T added", "1f4f580e73ac208f06760190e9edc6f5916775dabd9c1cdca393175c2d6d1083", false },
		{ "the identity", IDENTITY, false },
		{ "the identity, written as p + 1",
		    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false },
		{ "the point of order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false },
		{ "a point of order 4", "0000000000000000000000000000000000000000000000000000000000000000", false },
		{ "the other point of order 4",
		    "0000000000000000000000000000000000000000000000000000000000000080", false },
		{ "T", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", false },
		{ "y = 3, written as p + 3", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false },
		{ "no point of the curve", "0200000000000000000000000000000000000000000000000000000000000000", false },
		{ "all ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false },
	};
	struct yw_pubkey key;
	struct yw_error err;
	struct yw_sig sig;

	for (size_t i = 0; i < N(rows); i++) {
		from_hex(rows[i].key, key.b, sizeof key.b);
		YW_CHECK_MSG((yw_pubkey_check(&key, &err) == YW_OK) == rows[i].want, "%s", rows[i].what);
	}
	from_hex(rows[1].key, key.b, sizeof key.b);
	from_hex("38df53c81875a65f33e9cb69f4154f0937cbe5978399a4c0e724d13b473112ad"
		 "687b82b5b736fba8503fba9a8e2ada67a126e8811dfe9d73d39375bb8cf77d0d", sig.b, sizeof sig.b);
	YW_CHECK(yw_verify(&key, "yiwang", 6, &sig));
	YW_FAILS(yw_pubkey_check(&key, &err), YW_EINVAL);
}

static void
sign_and_bend(void)
{
	struct yw_seed seed;
	struct yw_seckey sec;
	struct yw_pubkey pub, want;
	struct yw_sig sig;

	memset(seed.b, 7, sizeof seed.b);
	yw_seckey_from_seed(&seed, &sec, &pub);
	from_hex(KEY, want.b, sizeof want.b);
	YW_CHECK(yw_pubkey_equal(&pub, &want));
	YW_PASS(yw_sign(&sec, "yiwang", 6, &sig, NULL));
	YW_CHECK(yw_verify(&pub, "yiwang", 6, &sig));
	for (size_t bit = 0; bit < sizeof sig.b * 8; bit++) {
		sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(!yw_verify(&pub, "yiwang", 6, &sig), "signature bit %zu", bit);
		sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof pub.b * 8; bit++) {
		pub.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(!yw_verify(&pub, "yiwang", 6, &sig), "key bit %zu", bit);
		pub.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	YW_CHECK(!yw_verify(&pub, "yiwan", 5, &sig) && !yw_verify(&pub, "", 0, &sig));
	sec.b[40] ^= 1;		/* the public half */
	YW_FAILS(yw_sign(&sec, "yiwang", 6, &sig, NULL), YW_ESIG);
}

static void
pae(void)
{
	static const char type[] = "http://example.com/HelloWorld";
	struct yw_buf b = YW_BUF_INIT;
	struct yw_seed seed = { { 1 } };
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_sig sig;

	yw_pae(&b, type, "hello world", 11);
	YW_CHECK(strcmp(yw_buf_str(&b), "DSSEv1 29 http://example.com/HelloWorld 11 hello world") == 0);
	yw_buf_clear(&b);
	yw_pae(&b, "", NULL, 0);
	YW_CHECK(strcmp(yw_buf_str(&b), "DSSEv1 0  0 ") == 0);
	yw_buf_release(&b);

	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_sign_pae(&sec, type, "hello world", 11, &sig, NULL));
	YW_PASS(yw_verify_pae(&pub, type, "hello world", 11, &sig));
	YW_FAILS(yw_verify_pae(&pub, "http://example.com/Hello", "hello world", 11, &sig), YW_ESIG);
	YW_FAILS(yw_verify_pae(&pub, type, "hello worle", 11, &sig), YW_ESIG);
	YW_CHECK(!yw_verify(&pub, "hello world", 11, &sig));
}

/* The first of the published key sets (yiwang/vectors.json, 320000). */
static void
key_set(void)
{
	struct yw_key_set ks, other;
	struct yw_pubkey entry, head, cosign;
	struct yw_dh_public session;
	struct yw_seed seed;

	from_hex("72a91a89f4c9643181a593fd3fdca3f932f9fc3ecc81ac6e7f77f3a28a0015a6", seed.b, sizeof seed.b);
	from_hex("1eb7968f9a9dd3109cc56c6f45f7c810e67a479a9b3c3e85d39b51a2fa92b8f9", entry.b, sizeof entry.b);
	from_hex("008056a8572fa7bf3952df643c1208eb52b1a892f46af29a846eb8062f66d88b", head.b, sizeof head.b);
	from_hex("f02f56f6394e4dff893c0a88312ff6040a19deb9489c9f8ca41ad11ef293e45d", cosign.b, sizeof cosign.b);
	from_hex("36e21acdbe5319e5273078db64a622ba2ed37675467b337345f1a15de138c052", session.b, sizeof session.b);
	yw_key_set_derive(&seed, &ks);
	YW_CHECK(yw_pubkey_equal(&ks.pub.entry, &entry) && yw_pubkey_equal(&ks.pub.head, &head));
	YW_CHECK(yw_pubkey_equal(&ks.pub.cosign, &cosign));
	YW_CHECK(memcmp(ks.pub.session.b, session.b, sizeof session.b) == 0);
	seed.b[0] ^= 1;
	yw_key_set_derive(&seed, &other);
	YW_CHECK(!yw_pubkey_equal(&ks.pub.entry, &other.pub.entry));
	yw_key_set_wipe(&ks);
	for (size_t i = 0; i < sizeof ks; i++)
		YW_CHECK(((const uint8_t *)&ks)[i] == 0);
}

/* RFC 7748, sections 5.2 and 6.1. */
static void
diffie_hellman(void)
{
	struct yw_dh_secret alice, bob;
	struct yw_dh_public a, b, small = { { 0 } };
	uint8_t want[YW_SESSION_KEY_BYTES], got[YW_SESSION_KEY_BYTES];

	from_hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", alice.b, sizeof alice.b);
	from_hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", b.b, sizeof b.b);
	from_hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", want, sizeof want);
	YW_PASS(yw_dh(&alice, &b, got));
	YW_CHECK(memcmp(got, want, sizeof want) == 0);

	from_hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a", alice.b, sizeof alice.b);
	from_hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", bob.b, sizeof bob.b);
	from_hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742", want, sizeof want);
	yw_dh_public_of(&alice, &a);
	yw_dh_public_of(&bob, &b);
	YW_PASS(yw_dh(&alice, &b, got));
	YW_CHECK(memcmp(got, want, sizeof want) == 0);
	YW_PASS(yw_dh(&bob, &a, got));
	YW_CHECK(memcmp(got, want, sizeof want) == 0);

	YW_FAILS(yw_dh(&alice, &small, got), YW_EINVAL);
	small.b[0] = 1;
	YW_FAILS(yw_dh(&alice, &small, got), YW_EINVAL);
}

YW_TESTS({ "B4 signatures: one of each reason to refuse", signatures },
    { "B4 public keys: one of each reason to refuse", public_keys },
    { "B4 every flipped bit is noticed", sign_and_bend },
    { "B1 DSSE's pre-authentication encoding", pae },
    { "B10 four keys from one seed", key_set },
    { "R2 X25519 (RFC 7748), and no shared secret of zeros", diffie_hellman })
