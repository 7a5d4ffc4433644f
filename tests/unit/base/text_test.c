/*
 * text_test.c - strict text forms: one text per value, everything else refused.
 */
#include "base/text.h"
#include "support/testing.h"

static void
base64_known_answers(void)
{
	static const struct { const char *plain, *text; } rows[] = {	/* RFC 4648 section 10 */
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_buf text = YW_BUF_INIT, plain = YW_BUF_INIT;

		yw_base64_add(&text, rows[i].plain, strlen(rows[i].plain));
		YW_CHECK(strcmp(yw_buf_str(&text), rows[i].text) == 0);
		YW_PASS(yw_base64_decode(rows[i].text, strlen(rows[i].text), &plain));
		YW_CHECK(strcmp(yw_buf_str(&plain), rows[i].plain) == 0);
		yw_buf_release(&text);
		yw_buf_release(&plain);
	}
}

static void
base64_has_one_text_per_value(void)
{
	static const char *const bad[] = { "Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm9v\n", " Zm9v",
		"-m9v", "Z-9v", "Zm-v", "Zm9-", "Zm9v-g==", "Zm9vZ-==", "Zm9vZm-=", "Zg==Zg==", "====", "=g==" };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct yw_buf out = YW_BUF_INIT;

		YW_CHECK_MSG(yw_base64_decode(bad[i], strlen(bad[i]), &out) == YW_EFORMAT,
		    "accepted '%s'", bad[i]);
		yw_buf_release(&out);
	}
}

static void
decimals(void)
{
	uint64_t v;

	YW_PASS(yw_decimal_decode("0", 1, 10, &v));
	YW_PASS(yw_decimal_decode("18446744073709551615", 20, UINT64_MAX, &v));
	YW_CHECK(v == UINT64_MAX);
	YW_FAILS(yw_decimal_decode("18446744073709551616", 20, UINT64_MAX, &v), YW_EFORMAT);
	YW_FAILS(yw_decimal_decode("01", 2, 10, &v), YW_EFORMAT);
	YW_FAILS(yw_decimal_decode("+1", 2, 10, &v), YW_EFORMAT);
	YW_FAILS(yw_decimal_decode("", 0, 10, &v), YW_EFORMAT);
	YW_FAILS(yw_decimal_decode("11", 2, 10, &v), YW_EFORMAT);
}

static void
utf8(void)
{
	YW_CHECK(yw_utf8_valid("一网", 6));
	YW_CHECK(yw_utf8_valid("\xf0\xa0\x80\x80", 4));
	YW_CHECK(yw_utf8_valid("\0", 1));
	YW_CHECK(!yw_utf8_valid("\xc0\x80", 2));
	YW_CHECK(!yw_utf8_valid("\xed\xa0\x80", 3));
	YW_CHECK(!yw_utf8_valid("\xf4\x90\x80\x80", 4));
	YW_CHECK(!yw_utf8_valid("\xe4\xb8", 2));
}

static void
made_safe(void)
{
	static const struct { const char *from, *to; } cases[] = { { "", "" }, { "一网", "一网" }, { "一\xe7\xbd", "一" },
		{ "一\xe7", "一" }, { "\xf0\xa0\x80", "" }, { "a\xff\xc0\x80z", "a???z" }, { "\xe4\xb8 x", "?? x" },
		{ "\xed\xa0\x80", "???" }, { "\xe0\x80", "??" }, { "\xf4\x90", "??" }, { "\xf0\xa0\x80\x80", "\xf0\xa0\x80\x80" },
		{ "a\nb\r\tc\x1b[2J\x7f", "a?b??c?[2J?" }, { "\xc2\x9b" "31m\xc2\x85", "?31m?" },	/* C1 */
		{ "1\xe2\x80\xa8" "2\xe2\x80\xa9", "1?2?" },				/* separators */
		{ "\xe2\x80\xaetxt.\xe2\x81\xa6\xe2\x80\x8e\xd8\x9c", "?txt.???" },	/* directions */
		{ "\xc2\xa0\xe2\x80\x8d\xe2\x81\xaa\xef\xbf\xbd", "\xc2\xa0\xe2\x80\x8d\xe2\x81\xaa\xef\xbf\xbd" } };
	struct yw_error err;
	char text[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "%s", cases[i].from);
		yw_text_safe(text);
		YW_CHECK_MSG(strcmp(text, cases[i].to) == 0, "%zu: %s", i, text);
	}
	for (int width = 0; width < 300; width++) {	/* a sentence, cut anywhere */
		yw_fail(&err, YW_EINVAL, "%*s一网", width, "");
		YW_CHECK(yw_utf8_valid(err.msg, strlen(err.msg)));
		yw_fail_context(&err, "%*s一网", width, "");
		YW_CHECK(yw_utf8_valid(err.msg, strlen(err.msg)));
	}
}

static void
base32_known_answers(void)
{
	struct yw_buf b = YW_BUF_INIT;

	yw_base32_add(&b, "foobar", 6);	/* RFC 4648 section 10, lower case, no padding */
	YW_CHECK(strcmp(yw_buf_str(&b), "mzxw6ytboi") == 0);
	yw_buf_release(&b);
}

static void
time_text(void)
{
	char t[YW_TIME_TEXT_MAX];

	YW_CHECK(strcmp(yw_time_text(1700000000123, t), "2023-11-14T22:13:20.123Z") == 0);
	YW_CHECK(strcmp(yw_time_text(-1, t), "1969-12-31T23:59:59.999Z") == 0);
}

static void
time_parse(void)
{
	static const struct { const char *text; int64_t ms; } good[] = { { "2023-11-14T22:13:20.123Z", 1700000000123 },
		{ "2023-11-14T22:13:20Z", 1700000000000 }, { "2023-11-14", 1700006399999 }, { "2024-02-29", 1709251199999 },
		{ "1969-12-31T23:59:59.999Z", -1 }, { "1970-01-01T00:00:00Z", 0 } };
	static const char *const bad[] = { "", "2023-11-1", "2023-11-144", "2023-02-29", "2023-13-01", "2023-11-14T22:13:20", "2023-11-14T22:13:60Z",
		"2023-11-14T24:00:00Z", "2023-11-14t22:13:20Z", "2023-11-14T22:13:20.1234Z", "2023-11-14T22:13:20.12ZZ", " 023-11-14",
		"2023-11-14T22:13:20z", "2023-11-14T22:13:20.12xZ" };
	int64_t ms = 7;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(!yw_time_parse(bad[i], &ms) && ms == 7, "'%s'", bad[i]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		YW_CHECK_MSG(yw_time_parse(good[i].text, &ms) && ms == good[i].ms, "'%s': %lld", good[i].text, (long long)ms);
}

static void
plain(void)
{
	static const struct { const char *text; size_t n, len; char shows; } cases[] = {
		{ "a", 1, 1, 'a' }, { "\xef\xbc\x81", 3, 3, '!' }, { "０", 3, 3, '0' }, { "Ｘ", 3, 3, 'X' }, { "ｘ", 3, 3, 'x' }, { "～", 3, 3, '~' },
		{ "\xef\xbc\x80", 3, 1, 0 }, { "\xef\xbd\x9f", 3, 1, 0 }, { "\xef\xbe\x90", 3, 1, 0 }, { "０", 2, 1, 0 }, { "\xef", 1, 1, 0 },
		{ "中", 3, 1, 0 }, { "\xef\xbc\x20", 3, 1, 0 }, { "\xef\xbc\xff", 3, 1, 0 }, { "\xef\xbd\x20", 3, 1, 0 }
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = 0;
		char c = yw_text_plain((const uint8_t *)cases[i].text, cases[i].n, &len);

		YW_CHECK_MSG(c == cases[i].shows && len == cases[i].len, "%zu: %d in %zu bytes", i, c, len);
	}
}

static void
groups(void)
{
	static const uint8_t bytes[10] = { 0, 0, 1, 0x86, 0xa0 - 1, 0xff, 0xff, 0xff, 0xff, 0xff };	/* 99999, 2^40 - 1 */
	char text[12];

	yw_groups_text(bytes, 2, text);
	YW_CHECK_MSG(strcmp(text, "99999 27775") == 0, "%s", text);
	YW_CHECK(yw_groups_equal(text, " 9999927 775  ") && yw_groups_equal("", "  "));
	YW_CHECK(!yw_groups_equal(text, "99999 2777") && !yw_groups_equal(text, "99999 277755") && !yw_groups_equal(text, ""));
}

static void
days(void)
{
	static const unsigned bad[][3] = { { 2021, 0, 1 }, { 2021, 13, 1 }, { 2021, 1, 0 }, { 2021, 1, 32 }, { 2021, 4, 31 }, { 2021, 2, 29 },
		{ 1900, 2, 29 }, { 2024, 2, 30 } };
	static const unsigned good[][3] = { { 2021, 1, 31 }, { 2021, 4, 30 }, { 2021, 12, 31 }, { 2024, 2, 29 }, { 2000, 2, 29 }, { 1900, 2, 28 } };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(!yw_day_exists(bad[i][0], bad[i][1], bad[i][2]), "%u-%u-%u", bad[i][0], bad[i][1], bad[i][2]);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		YW_CHECK_MSG(yw_day_exists(good[i][0], good[i][1], good[i][2]), "%u-%u-%u", good[i][0], good[i][1], good[i][2]);
}

YW_TESTS({ "base64 known answers", base64_known_answers },
    { "base64 has one text per value", base64_has_one_text_per_value }, { "decimals", decimals },
    { "utf-8", utf8 }, { "words from anywhere made safe", made_safe }, { "full-width characters as plain ones", plain }, { "base32 known answers", base32_known_answers }, { "time text", time_text }, { "a time as text, read back", time_parse },
    { "days of the calendar", days }, { "groups of digits", groups })
