/*
 * charset_test.c - what comes out of cells in UTF-8 and GB18030, sound and damaged.
 */
#include "import/charset.h"
#include "support/testing.h"

static const char *
read_one(enum yw_charset set, const char *bytes, size_t n, struct yw_buf *out)
{
	struct yw_charset_reader *r;
	const char *wrong;

	YW_PASS(yw_charset_open(set, &r, NULL));
	yw_buf_clear(out);
	wrong = yw_charset_read(r, (struct yw_bytes) { (const uint8_t *)bytes, n }, out);
	yw_charset_close(r);
	return wrong;
}

static void
sound(void)
{
	/* 中, a four-byte rare character (U+20BB7 𠮷), the euro sign and U+3400 of GB18030's four-byte plane */
	static const struct { enum yw_charset set; const char *bytes, *want; } cases[] = {
		{ YW_CHARSET_UTF8, "", "" },
		{ YW_CHARSET_UTF8, "a\tb\r\nc", "a\tb\r\nc" },
		{ YW_CHARSET_UTF8, "中𠮷", "中𠮷" },
		{ YW_CHARSET_GB18030, "", "" },
		{ YW_CHARSET_GB18030, "plain", "plain" },
		{ YW_CHARSET_GB18030, "\xd6\xd0", "中" },
		{ YW_CHARSET_GB18030, "\x95\x34\xb2\x35z", "𠮷z" },
		{ YW_CHARSET_GB18030, "\xa2\xe3", "€" },
		{ YW_CHARSET_GB18030, "\x81\x39\xee\x39", "㐀" },
	};
	struct yw_buf out = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *wrong = read_one(cases[i].set, cases[i].bytes, strlen(cases[i].bytes), &out);

		YW_CHECK_MSG(!wrong, "case %zu: %s", i, wrong);
		YW_CHECK_MSG(strcmp(yw_buf_str(&out), cases[i].want) == 0, "case %zu: '%s'", i, yw_buf_str(&out));
	}
	yw_buf_release(&out);
}

static void
damaged(void)
{
#define BYTES(s) s, sizeof(s) - 1
	static const struct { enum yw_charset set; const char *bytes; size_t n; const char *want; } cases[] = {
		{ YW_CHARSET_UTF8, BYTES("A\xd6\xd0\xffZ"), "invalid_utf8" },
		{ YW_CHARSET_UTF8, BYTES("\xe4\xb8"), "invalid_utf8" },
		{ YW_CHARSET_UTF8, BYTES("\xed\xa0\x80"), "invalid_utf8" },
		{ YW_CHARSET_UTF8, BYTES("A\0Z"), "nul_byte" },
		{ YW_CHARSET_UTF8, BYTES("A\x07"), "control_character" },
		{ YW_CHARSET_UTF8, BYTES("A\x7f"), "control_character" },
		{ YW_CHARSET_UTF8, BYTES("A\xc2\x85"), "control_character" },
		{ YW_CHARSET_UTF8, BYTES("A\xef\xbf\xbd"), "replacement_character" },
		{ YW_CHARSET_GB18030, BYTES("\xd6"), "invalid_gb18030" },
		{ YW_CHARSET_GB18030, BYTES("\xd6\xd0\xff"), "invalid_gb18030" },
		{ YW_CHARSET_GB18030, BYTES("\x84\x31\xa4\x37"), "replacement_character" },
		{ YW_CHARSET_GB18030, BYTES("a\0b"), "nul_byte" },
		{ YW_CHARSET_GB18030, BYTES("\x81\x30\x81\x35"), "control_character" },	/* U+0085 */
	};
	struct yw_buf out = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *wrong = read_one(cases[i].set, cases[i].bytes, cases[i].n, &out);

		YW_CHECK_MSG(wrong && strcmp(wrong, cases[i].want) == 0, "case %zu: %s", i, wrong ? wrong : "taken");
	}
	yw_buf_release(&out);
}

/* Every code point but the 24 goes out and comes back; those 24 become '?' on the way out. */
static void
all_code_points(void)
{
	struct yw_buf utf8 = YW_BUF_INIT, gb = YW_BUF_INIT, back = YW_BUF_INIT;
	struct yw_charset_reader *r;
	unsigned lost = 0;
	uint32_t c;

	YW_PASS(yw_charset_open(YW_CHARSET_GB18030, &r, NULL));
	for (c = 0x100; c < 0x110000; c++) {
		if ((c >= 0xd800 && c < 0xe000) || c == 0xfffd)
			continue;
		yw_buf_clear(&utf8);
		yw_buf_clear(&gb);
		yw_buf_clear(&back);
		if (c >= 0x10000)
			yw_buf_add_byte(&utf8, (uint8_t)(0xf0 | c >> 18));
		if (c >= 0x800)
			yw_buf_add_byte(&utf8, (uint8_t)(c >= 0x10000 ? 0x80 | (c >> 12 & 63) : 0xe0 | c >> 12));
		yw_buf_add_byte(&utf8, (uint8_t)(c >= 0x800 ? 0x80 | (c >> 6 & 63) : 0xc0 | c >> 6));
		yw_buf_add_byte(&utf8, (uint8_t)(0x80 | (c & 63)));
		yw_charset_write(r, yw_buf_bytes(&utf8), &gb);
		if (gb.len == 1) {
			YW_CHECK_MSG(gb.data[0] == '?' && c >= 0xe78d && c <= 0xe864, "U+%04X", (unsigned)c);
			lost++;
			continue;
		}
		YW_CHECK_MSG(!yw_charset_read(r, yw_buf_bytes(&gb), &back), "U+%04X", (unsigned)c);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&back), yw_buf_bytes(&utf8)), "U+%04X", (unsigned)c);
	}
	YW_CHECK_MSG(lost == 24, "%u", lost);
	yw_charset_close(r);
	yw_buf_release(&utf8);
	yw_buf_release(&gb);
	yw_buf_release(&back);
}

/* A cell longer than the buffer of one conversion, cut at each byte. */
static void
long_cells(void)
{
	struct yw_buf text = YW_BUF_INIT, gb = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_charset_reader *r;
	size_t i;

	YW_PASS(yw_charset_open(YW_CHARSET_GB18030, &r, NULL));
	for (i = 0; i < 400; i++)
		yw_buf_add_str(&text, i % 7 ? "中" : "𠮷");
	yw_charset_write(r, yw_buf_bytes(&text), &gb);
	YW_CHECK(!yw_charset_read(r, yw_buf_bytes(&gb), &out));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&text)));
	for (i = 0; i < gb.len; i++) {
		const char *wrong;

		yw_buf_clear(&out);
		wrong = yw_charset_read(r, (struct yw_bytes) { gb.data, i }, &out);
		YW_CHECK_MSG(!wrong || strcmp(wrong, "invalid_gb18030") == 0, "cut at %zu: %s", i, wrong);
		if (!wrong)
			YW_CHECK(out.len < text.len && memcmp(out.data ? out.data : text.data, text.data, out.len) == 0);
	}
	yw_charset_close(r);
	yw_buf_release(&text);
	yw_buf_release(&gb);
	yw_buf_release(&out);
}

static void
guesses(void)
{
	static const struct { const char *head; enum yw_charset want; } cases[] = {
		{ "", YW_CHARSET_UTF8 },
		{ "name,code\nabc,1\n", YW_CHARSET_UTF8 },
		{ "名称,号\n中,1\n", YW_CHARSET_UTF8 },
		{ "\xc3\xfb\xb3\xc6,1\n\xd6\xd0,2\n", YW_CHARSET_GB18030 },
		{ "name\n\xd6\xd0", YW_CHARSET_GB18030 },
		/* one damaged row, though good GB18030, does not turn a UTF-8 file into another */
		{ "名称\n\xd6\xd0,1\n", YW_CHARSET_UTF8 },
		{ "name\nA\xd6\xd0\xffZ\n", YW_CHARSET_UTF8 },
		/* the mark and the names of the columns say more than the rows */
		{ "\xef\xbb\xbfname\n\xd6\xd0\n\xd6\xd0\n", YW_CHARSET_UTF8 },
		{ "\xd6\xd0\n中国\n中国\n", YW_CHARSET_GB18030 },
		/* the famous two characters whose GB18030 is UTF-8 too */
		{ "\xc1\xaa\xcd\xa8\n\xd6\xd0\xb9\xfa\n\xb9\xab\xcb\xbe\n", YW_CHARSET_GB18030 },
		{ "name\n\x95\x34\xb2\x35\n\x81\x30\x84\x36\n", YW_CHARSET_GB18030 },
		{ "name\n\x95\x34\xb2\n\x95\x34\xff\x35\n\x80\n", YW_CHARSET_UTF8 },	/* neither */
		/* a last line that is cut says nothing */
		{ "中国\n\xe4\xb8\xad\xe5\x9b", YW_CHARSET_UTF8 },
		{ "中国\n\xd6\xd0\n\xe4\xb8\xad\xe5", YW_CHARSET_UTF8 },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		YW_CHECK_MSG(yw_charset_guess(yw_bytes_str(cases[i].head)) == cases[i].want, "case %zu", i);
	/* and of a long file, where nothing is known but a line that is cut, its beginning does */
	for (i = 0; i < 2; i++) {
		static const char *const ends[] = { "\xe4\xb8\xad\xe5", "\xd6\xd0,\xb9" };
		struct yw_buf head = YW_BUF_INIT;

		while (head.len < YW_CHARSET_WINDOW - 4)
			yw_buf_add_str(&head, "a,1\n");
		yw_buf_add_str(&head, ends[i]);
		YW_CHECK(head.len == YW_CHARSET_WINDOW && yw_charset_guess(yw_buf_bytes(&head)) == (i ? YW_CHARSET_GB18030 : YW_CHARSET_UTF8));
		yw_buf_release(&head);
	}
	YW_CHECK(yw_charset_is_wide(YW_BYTES_LIT("\xff\xfe" "a\0")) && yw_charset_is_wide(YW_BYTES_LIT("\xfe\xff\0a")));
	YW_CHECK(yw_charset_is_wide(YW_BYTES_LIT("\0\0\xfe\xff")) && yw_charset_is_wide(YW_BYTES_LIT("\xff\xfe")));
	YW_CHECK(!yw_charset_is_wide(YW_BYTES_LIT("\xff")) && !yw_charset_is_wide(YW_BYTES_LIT("")));
	YW_CHECK(!yw_charset_is_wide(YW_BYTES_LIT("\xef\xbb\xbf" "a")));
}

YW_TESTS({ "sound cells", sound }, { "damaged cells are named", damaged },
    { "GB18030 keeps all but 24 private-use characters", all_code_points },
    { "long cells, cut at each byte", long_cells }, { "the character set is guessed by lines", guesses })
