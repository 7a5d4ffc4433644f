/*
 * X25519 by C2SP/wycheproof: always the published secret, and a refusal exactly where that is zero.
 */
#include <jansson.h>

#include "crypto/box.h"
#include "support/testing.h"

static void
bytes(const json_t *o, const char *member, uint8_t out[static YW_SESSION_KEY_BYTES])
{
	struct yw_buf b = YW_BUF_INIT;

	yw_unhex(json_string_value(json_object_get(o, member)), &b);
	YW_CHECK(b.len == YW_SESSION_KEY_BYTES);
	memcpy(out, b.data, YW_SESSION_KEY_BYTES);
	yw_buf_release(&b);
}

static void
wycheproof(void)
{
	static const uint8_t zero[YW_SESSION_KEY_BYTES];
	struct yw_buf text = YW_BUF_INIT;
	size_t refused = 0;
	const json_t *tests;
	json_t *all;

	yw_shared_file("vectors/wycheproof/x25519_test.json", &text);
	all = json_loadb((const char *)text.data, text.len, 0, NULL);
	yw_buf_release(&text);
	tests = json_object_get(json_array_get(json_object_get(all, "testGroups"), 0), "tests");
	YW_CHECK(json_array_size(tests) == 518);
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *t = json_array_get(tests, i);
		uint8_t want[YW_SESSION_KEY_BYTES], got[YW_SESSION_KEY_BYTES];
		struct yw_dh_secret sec;
		struct yw_dh_public pub;
		enum yw_code code;

		bytes(t, "private", sec.b);
		bytes(t, "public", pub.b);
		bytes(t, "shared", want);
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
