/*
 * json_test.c - what the writer makes is JSON and says the same; what is not JSON is not read.
 */
#include <jansson.h>

#include "base/json.h"
#include "support/testing.h"

static void
writes(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_json j;

	yw_buf_add_str(&b, "{");	/* what was there before is not looked at */
	yw_json_init(&j, &b);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "title", "“智慧\"港口\"”\n\t\x01\\");
	yw_json_array(&j, "empty");
	yw_json_array_end(&j);
	yw_json_object(&j, "o");
	yw_json_object_end(&j);
	yw_json_array(&j, "n");
	yw_json_int(&j, NULL, INT64_MIN);
	yw_json_uint(&j, NULL, UINT64_MAX);
	yw_json_bool(&j, NULL, true);
	yw_json_hex(&j, NULL, YW_BYTES_LIT("\xab\x01"));
	yw_json_base64(&j, NULL, YW_BYTES_LIT("ab"));
	yw_json_raw(&j, NULL, YW_BYTES_LIT("{\"a\":[]}"));
	yw_json_array_end(&j);
	yw_json_object_end(&j);
	YW_CHECK_MSG(strcmp(yw_buf_str(&b) + 1,
			 "{\"title\":\"“智慧\\\"港口\\\"”\\n\\t\\u0001\\\\\",\"empty\":[],\"o\":{},\"n\":["
			 "-9223372036854775808,18446744073709551615,true,\"ab01\",\"YWI=\",{\"a\":[]}]}") == 0,
	    "%s", yw_buf_str(&b));
	yw_buf_release(&b);
}

/* Whatever the bytes, jansson reads the text back; where they are UTF-8, as the same bytes. */
static void
any_bytes(void)
{
	uint64_t seed = yw_test_seed();
	size_t round, i;

	for (round = 0; round < 2000; round++) {
		uint8_t text[24];
		size_t len = yw_test_next(&seed) % sizeof text;
		struct yw_buf b = YW_BUF_INIT;
		struct yw_json j;
		json_t *v;

		for (i = 0; i < len; i++)
			text[i] = (uint8_t)(yw_test_next(&seed) >> (round % 2 ? 0 : 57));
		yw_json_init(&j, &b);
		yw_json_text(&j, NULL, (struct yw_bytes) { text, len });
		v = json_loadb((const char *)b.data, b.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		YW_CHECK(v != NULL && json_is_string(v));
		if (round % 2 == 0)
			YW_CHECK(json_string_length(v) == len &&
			    memcmp(json_string_value(v), text, len) == 0);
		json_decref(v);
		yw_buf_release(&b);
	}
}

static void
broken_utf8(void)
{
	static const struct { const char *in, *out; } t[] = {
		{ "a\xff", "\"a\xef\xbf\xbd\"" }, { "\xe4\xbd", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" }, { "\xf0\xa0\xae\xb7", "\"\xf0\xa0\xae\xb7\"" },
	};
	struct yw_buf b = YW_BUF_INIT;
	struct yw_json j;
	size_t i;

	for (i = 0; i < sizeof t / sizeof *t; i++) {
		yw_buf_clear(&b);
		yw_json_init(&j, &b);
		yw_json_str(&j, NULL, t[i].in);
		YW_CHECK_MSG(strcmp(yw_buf_str(&b), t[i].out) == 0, "%s", yw_buf_str(&b));
	}
	yw_buf_release(&b);
}

static void
reads(void)
{
	static const char *const bad[] = { "", " ", "{", "{}x", "{\"a\":1,\"a\":2}", "\"\xff\"", "\"\\u0000\"",
		"9223372036854775808", "[1,]", "nul" };
	struct yw_error err;
	json_t *v = NULL;
	struct yw_buf deep = YW_BUF_INIT;
	size_t i;

	YW_PASS(yw_json_parse(YW_BYTES_LIT("{\"fen\":-9223372036854775808}"), &v, &err));
	YW_CHECK(json_integer_value(json_object_get(v, "fen")) == INT64_MIN);
	json_decref(v);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		YW_FAILS(yw_json_parse(yw_bytes_str(bad[i]), &v, &err), YW_EFORMAT);
		YW_CHECK_MSG(strncmp(err.msg, "line ", 5) == 0, "%s", err.msg);
	}
	for (i = 0; i < 100000; i++)
		yw_buf_add_byte(&deep, '[');
	YW_FAILS(yw_json_parse(yw_buf_bytes(&deep), &v, NULL), YW_EFORMAT);
	yw_buf_clear(&deep);
	YW_CHECK(yw_buf_extend(&deep, YW_JSON_BYTES_MAX + 1) != NULL);
	YW_FAILS(yw_json_parse(yw_buf_bytes(&deep), &v, NULL), YW_ELIMIT);
	yw_buf_release(&deep);
}

YW_TESTS({ "writes every sort of value", writes }, { "any bytes become JSON text", any_bytes },
    { "bytes that are not UTF-8", broken_utf8 }, { "reads JSON and nothing else", reads })
