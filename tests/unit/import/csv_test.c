/*
 * csv_test.c - rows, cells and lines of files as offices write and damage them.
 */
#include "import/csv.h"
#include "support/testing.h"

/* What came out, as text: "line[-last]:cell|cell" per row, "!" or "?" for a stray or open quote, "$" unended. */
static enum yw_code
note_row(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_buf *out = arg;
	size_t i;

	(void)err;
	yw_buf_printf(out, "%s%d", out->len ? " " : "", (int)row->line);
	if (row->last_line != row->line)
		yw_buf_printf(out, "-%d", (int)row->last_line);
	yw_buf_add_str(out, row->shape == YW_CSV_STRAY_QUOTE ? "!" : row->shape == YW_CSV_OPEN_QUOTE ? "?" : ":");
	for (i = 0; i < row->n_cells && i < YW_CSV_COLUMNS_MAX; i++) {
		if (i > 0)
			yw_buf_add_byte(out, '|');
		yw_buf_add(out, row->cells[i].data, row->cells[i].len);
	}
	if (row->unended)
		yw_buf_add_str(out, "$");
	return YW_OK;
}

static enum yw_code
note_raw(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_buf *out = arg;

	(void)err;
	yw_buf_printf(out, "%s[", out->len ? " " : "");
	yw_buf_add(out, row->raw.data, row->raw.len);
	yw_buf_add_byte(out, ']');
	return YW_OK;
}

static enum yw_code
read_in_pieces(yw_csv_row_fn take, struct yw_bytes text, size_t piece, struct yw_buf *out, struct yw_error *err)
{
	struct yw_csv *csv;
	enum yw_code code = yw_csv_new(take, out, &csv, err);

	while (code == YW_OK && text.len > 0) {
		size_t n = text.len < piece ? text.len : piece;

		code = yw_csv_feed(csv, (struct yw_bytes) { text.data, n }, err);
		text.data += n;
		text.len -= n;
	}
	if (code == YW_OK)
		code = yw_csv_end(csv, err);
	yw_csv_free(csv);
	return code;
}

static void
expect(yw_csv_row_fn take, const char *text, const char *want)
{
	struct yw_buf out = YW_BUF_INIT;
	size_t piece;

	for (piece = 1; piece <= strlen(text) + 1; piece++) {
		yw_buf_clear(&out);
		YW_PASS(read_in_pieces(take, yw_bytes_str(text), piece, &out, NULL));
		YW_CHECK_MSG(strcmp(yw_buf_str(&out), want) == 0, "'%s' in pieces of %zu: '%s', not '%s'", text, piece,
		    yw_buf_str(&out), want);
	}
	yw_buf_release(&out);
}

static void
rows_and_lines(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "", "" },
		{ "\n", "" },
		{ "a", "1:a$" },
		{ "a,b\nc,d\n", "1:a|b 2:c|d" },
		{ "a,b\r\nc,d\r\n", "1:a|b 2:c|d" },
		{ "a,b\rc,d", "1:a|b 2:c|d$" },
		{ "a\n\n\nb\n", "1:a 4:b" },
		{ "a\r\n\r\n\r\nb\r\n", "1:a 4:b" },
		{ ",\n,,", "1:| 2:||$" },
		{ "\"\"\n", "1:" },
		{ "\"a\nb\",c\nd\n", "1-2:a\nb|c 3:d" },
		{ "\"a\r\nb\",c\r\nd\r\n", "1-2:a\r\nb|c 3:d" },
		{ "\"a\r\rb\"\rc\r", "1-3:a\r\rb 4:c" },
		{ "\"a,b\",\"\"\"x\"\"\"\n", "1:a,b|\"x\"" },
		{ " a , b \n", "1: a | b " },
		{ "\xef\xbb\xbf" "a\nb\n", "1:a 2:b" },
		{ "\xef\xbb\xbf", "" },
		{ "\xef\xbb\xbf\xef\xbb\xbf" "a\n", "1:\xef\xbb\xbf" "a" },
		{ "\xef\xbb", "1:\xef\xbb$" },
		{ "\xef\xbbz\n", "1:\xef\xbbz" },
		{ "a\n\xef\xbb\xbf" "b\n", "1:a 2:\xef\xbb\xbf" "b" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(note_row, cases[i].text, cases[i].want);
}

static void
quotes(void)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "a\"b\nc\n", "1! 2:c" },
		{ "a\"b,\"c\nd\"\ne\n", "1! 2! 3:e" },
		{ "\"a\"b\nc\n", "1! 2:c" },
		{ "\"a\" ,b\nc\n", "1! 2:c" },
		{ "\"a\nb\nc\"d\ne\n", "1-3! 4:e" },
		{ "a\"b", "1!$" },
		{ "a\n\"never closed,", "1:a 2?$" },
		{ "a\n\"never\nclosed\n", "1:a 2-3?$" },
		{ "\"a\"\"", "1?$" },
		{ "\"", "1?$" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect(note_row, cases[i].text, cases[i].want);
}

static void
raw_rows(void)
{
	expect(note_raw, "a,b \r\n\r\n\"c\nd\"\n\"e\"f,g\r\nh", "[a,b ] [\"c\nd\"] [\"e\"f,g] [h]");
	expect(note_raw, "\"x\ny\n", "[\"x\ny]");
}

static void
nul_bytes(void)
{
	struct yw_buf out = YW_BUF_INIT;

	YW_PASS(read_in_pieces(note_row, YW_BYTES_LIT("a\0b,c\nd\n"), 3, &out, NULL));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&out), YW_BYTES_LIT("1:a\0b|c 2:d")));
	yw_buf_release(&out);
}

static void
limits(void)
{
	struct yw_buf text = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_error err;

	yw_buf_add_str(&text, "a\n");
	memset(yw_buf_extend(&text, YW_CSV_ROW_MAX - 1), 'x', YW_CSV_ROW_MAX - 1);
	yw_buf_add_str(&text, "\nb\n");
	YW_PASS(read_in_pieces(note_row, yw_buf_bytes(&text), 4096, &out, &err));
	YW_CHECK(out.len == YW_CSV_ROW_MAX - 1 + strlen("1:a 2: 3:b"));
	yw_buf_clear(&text);
	yw_buf_add_str(&text, "a\n\"open\n");
	memset(yw_buf_extend(&text, YW_CSV_ROW_MAX), '\n', YW_CSV_ROW_MAX);
	yw_buf_clear(&out);
	YW_FAILS(read_in_pieces(note_row, yw_buf_bytes(&text), 4096, &out, &err), YW_ELIMIT);
	YW_CHECK_MSG(strstr(err.msg, "line 2: "), "%s", err.msg);
	yw_buf_clear(&text);
	memset(yw_buf_extend(&text, YW_CSV_COLUMNS_MAX + 9), ',', YW_CSV_COLUMNS_MAX + 9);
	yw_buf_clear(&out);
	YW_PASS(read_in_pieces(note_row, yw_buf_bytes(&text), 4096, &out, &err));
	YW_CHECK(out.len == 2 + YW_CSV_COLUMNS_MAX - 1 + 1);
	yw_buf_release(&text);
	yw_buf_release(&out);
}

static enum yw_code
refuse_second(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	(*(int *)arg)++;
	return row->line == 2 ? yw_fail(err, YW_ESTOPPED, "stopped") : YW_OK;
}

static void
stops(void)
{
	struct yw_csv *csv;
	int n = 0;

	YW_PASS(yw_csv_new(refuse_second, &n, &csv, NULL));
	YW_FAILS(yw_csv_feed(csv, yw_bytes_str("a\nb\nc\n"), NULL), YW_ESTOPPED);
	YW_CHECK(n == 2);
	yw_csv_free(csv);
}

static void
writes_cells(void)
{
	static const char *const cells[] = { "", "plain", "a,b", "say \"x\"", "two\nlines", "\"" };
	struct yw_buf line = YW_BUF_INIT, out = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof cells / sizeof *cells; i++) {
		if (i > 0)
			yw_buf_add_byte(&line, ',');
		yw_csv_add_cell(&line, yw_bytes_str(cells[i]));
	}
	YW_PASS(read_in_pieces(note_row, yw_buf_bytes(&line), 1000, &out, NULL));
	YW_CHECK_MSG(strcmp(yw_buf_str(&out), "1-2:|plain|a,b|say \"x\"|two\nlines|\"$") == 0, "%s", yw_buf_str(&out));
	yw_buf_release(&line);
	yw_buf_release(&out);
}

YW_TESTS({ "rows and their lines, in pieces of every size", rows_and_lines },
    { "a quote out of place costs its row only", quotes }, { "a row's own bytes are kept", raw_rows },
    { "a NUL is a byte like others here", nul_bytes }, { "rows and columns have a limit", limits },
    { "the taker can stop it", stops }, { "a cell is written so that it reads back", writes_cells })
