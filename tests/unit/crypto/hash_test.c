/*
 * SHA-256 and HMAC against the examples of FIPS 180-2 and RFC 4231, in one piece and in many.
 */
#include "crypto/hash.h"
#include "support/testing.h"

#define N(table) (sizeof table / sizeof *table)

static bool
is(const struct yw_hash *h, const char *hex)
{
	struct yw_buf b = YW_BUF_INIT;
	bool same;

	yw_unhex(hex, &b);
	same = b.len == sizeof h->b && memcmp(b.data, h->b, b.len) == 0;
	yw_buf_release(&b);
	return same;
}

#define LONG_TEXT "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static void
sha256(void)
{
	static const struct { const char *text, *hash; } rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ LONG_TEXT, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	struct yw_hash h;

	for (size_t i = 0; i < N(rows); i++) {
		yw_sha256(rows[i].text, strlen(rows[i].text), &h);
		YW_CHECK(is(&h, rows[i].hash));
	}
	yw_sha256(NULL, 0, &h);
	YW_CHECK(is(&h, rows[0].hash));
}

static void
in_parts(void)
{
	const struct yw_bytes parts[] = { YW_BYTES_LIT("abcdbcdecdefdefgefghfghi"), { NULL, 0 },
		YW_BYTES_LIT("ghijhijkijkljklmklmnlmnomnopnopq") };
	char thousand[1000];
	struct yw_hasher hasher;
	struct yw_hash h;

	yw_sha256_parts(parts, N(parts), &h);
	YW_CHECK(is(&h, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
	yw_sha256_parts(NULL, 0, &h);
	YW_CHECK(is(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
	memset(thousand, 'a', sizeof thousand);
	yw_hasher_init(&hasher);
	for (int i = 0; i < 1000; i++)
		yw_hasher_add(&hasher, thousand, sizeof thousand);
	yw_hasher_add(&hasher, NULL, 0);
	yw_hasher_end(&hasher, &h);
	YW_CHECK(is(&h, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

static void
hmac(void)
{
	static const struct { const char *key, *text, *hash; } rows[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "4a656665", "what do ya want for nothing?",
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaaaaaaaaa", "Test Using Larger Than Block-Size Key - Hash Key First",
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	};
	struct yw_buf key = YW_BUF_INIT;
	struct yw_hash h;

	for (size_t i = 0; i < N(rows); i++) {
		struct yw_bytes text = yw_bytes_str(rows[i].text);
		struct yw_bytes halves[] = { { text.data, text.len / 2 },
			{ text.data + text.len / 2, text.len - text.len / 2 } };

		yw_buf_clear(&key);
		yw_unhex(rows[i].key, &key);
		yw_hmac_sha256(key.data, key.len, &text, 1, &h);
		YW_CHECK_MSG(is(&h, rows[i].hash), "row %zu", i);
		yw_hmac_sha256(key.data, key.len, halves, 2, &h);
		YW_CHECK_MSG(is(&h, rows[i].hash), "row %zu in halves", i);
	}
	yw_buf_release(&key);
}

YW_TESTS({ "B1 SHA-256 (FIPS 180-2)", sha256 },
    { "B1 SHA-256 piece by piece", in_parts },
    { "R2 HMAC-SHA-256 (RFC 4231)", hmac })
