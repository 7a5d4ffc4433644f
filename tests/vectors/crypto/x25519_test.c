/*
 * X25519 by C2SP/wycheproof: always the published secret, and a refusal exactly where that is zero.
 */
#include "crypto/box.h"
#include "support/vectors.h"

static void
wycheproof(void)
{
	static const uint8_t zero[YW_SESSION_KEY_BYTES];
	json_t *all = yw_vectors_load("vectors/wycheproof/x25519_test.json");
	const json_t *tests;
	size_t refused = 0;

	tests = json_object_get(json_array_get(json_object_get(all, "testGroups"), 0), "tests");
	YW_CHECK(json_array_size(tests) == 518);
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *t = json_array_get(tests, i);
		uint8_t want[YW_SESSION_KEY_BYTES], got[YW_SESSION_KEY_BYTES];
		struct yw_dh_secret sec;
		struct yw_dh_public pub;
		enum yw_code code;

		YW_CHECK(yw_vectors_bytes(t, "private", sec.b, sizeof sec.b));
		YW_CHECK(yw_vectors_bytes(t, "public", pub.b, sizeof pub.b));
		YW_CHECK(yw_vectors_bytes(t, "shared", want, sizeof want));
		code = yw_dh(&sec, &pub, got);
		if (memcmp(want, zero, sizeof want) == 0) {
			YW_CHECK_MSG(code == YW_EINVAL, "test %zu: a secret of zeros", i + 1);
			refused++;
		} else {
			YW_CHECK_MSG(code == YW_OK && memcmp(got, want, sizeof want) == 0, "test %zu", i + 1);
		}
	}
	YW_CHECK(refused == 31);
	json_decref(all);
}

YW_TESTS({ "R2 wycheproof X25519", wycheproof })
