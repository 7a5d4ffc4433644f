/*
 * csv.c - libcsv fed line by line, so that lines can be counted and a row's own bytes kept.
 *
 * libcsv knows neither lines nor limits, and skips bytes after an error; so it is never given more
 * than one physical line, and the row that the line belongs to is collected beside it.
 */
#include "import/csv.h"

#include <csv.h>
#include <stdlib.h>

struct yw_csv {
	struct csv_parser parser;
	yw_csv_row_fn take;
	void *arg;
	uint64_t line;			/* of the next byte */
	uint64_t row_line;		/* where the open row started */
	bool after_cr;			/* a LF now belongs to the line before */
	bool skipping;			/* libcsv gave up inside this line */
	bool unended;
	size_t n_head;			/* bytes of a possible mark held back */
	uint8_t head[3];
	struct yw_buf raw;
	struct yw_buf text;		/* the row's cells, one after the other */
	size_t ends[YW_CSV_COLUMNS_MAX];
	struct yw_bytes cells[YW_CSV_COLUMNS_MAX];
	size_t n_cells;
	enum yw_code code;		/* of the row handed out last */
	struct yw_error *err;
};

static const uint8_t mark[3] = { 0xef, 0xbb, 0xbf };

static int
never(unsigned char c)
{
	(void)c;
	return 0;
}

static bool
start_parser(struct yw_csv *csv)
{
	if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return false;
	csv_set_space_func(&csv->parser, never);
	csv_set_blk_size(&csv->parser, 4096);
	return true;
}

static void
on_cell(void *data, size_t len, void *arg)
{
	struct yw_csv *csv = arg;

	yw_buf_add(&csv->text, data, len);
	if (csv->n_cells < YW_CSV_COLUMNS_MAX)
		csv->ends[csv->n_cells] = csv->text.len;
	csv->n_cells++;
}

static void
clear_row(struct yw_csv *csv)
{
	yw_buf_clear(&csv->raw);
	yw_buf_clear(&csv->text);
	csv->n_cells = 0;
}

static void
hand_out(struct yw_csv *csv, enum yw_csv_shape shape)
{
	struct yw_csv_row row = { csv->row_line, csv->line, shape, csv->unended, yw_buf_bytes(&csv->raw),
		csv->cells, csv->n_cells };
	bool on_next = csv->raw.len > 0 && csv->unended && csv->raw.data[csv->raw.len - 1] == '\n';
	size_t i, at = 0;

	csv->code = yw_buf_check(&csv->raw, csv->err);
	if (csv->code == YW_OK)
		csv->code = yw_buf_check(&csv->text, csv->err);
	if (csv->code != YW_OK)
		return;
	while (row.raw.len > 0 && (row.raw.data[row.raw.len - 1] == '\n' || row.raw.data[row.raw.len - 1] == '\r'))
		row.raw.len--;
	if (on_next)
		row.last_line--;	/* an open quote swallowed the last line break */
	if (shape != YW_CSV_WHOLE)
		row.n_cells = 0;
	for (i = 0; i < row.n_cells && i < YW_CSV_COLUMNS_MAX; i++) {
		csv->cells[i] = (struct yw_bytes) { csv->text.data + at, csv->ends[i] - at };
		at = csv->ends[i];
	}
	csv->code = csv->take(csv->arg, &row, csv->err);
	clear_row(csv);
}

static void
on_row(int end, void *arg)
{
	(void)end;
	hand_out(arg, YW_CSV_WHOLE);
}

static bool
only_line_breaks(const struct yw_buf *raw)
{
	size_t i;

	for (i = 0; i < raw->len; i++)
		if (raw->data[i] != '\n' && raw->data[i] != '\r')
			return false;
	return true;
}

/* What libcsv refused is one damaged row, up to the end of the line where it noticed. */
static enum yw_code
give_up(struct yw_csv *csv, bool line_ends)
{
	csv->skipping = !line_ends;
	if (!line_ends)
		return YW_OK;
	hand_out(csv, YW_CSV_STRAY_QUOTE);
	csv_free(&csv->parser);
	if (!start_parser(csv))
		return yw_fail(csv->err, YW_ENOMEM, "out of memory");
	return csv->code;
}

/* Some bytes of one line; line_ends: the last of them is its line break. */
static enum yw_code
take_bytes(struct yw_csv *csv, const uint8_t *p, size_t n, bool line_ends)
{
	if (csv->raw.len == 0)
		csv->row_line = csv->line;
	if (csv->raw.len + n > YW_CSV_ROW_MAX)
		return yw_fail(csv->err, YW_ELIMIT,
		    "line %llu: a row of more than %u bytes starts here, is a quote left open?",
		    (unsigned long long)csv->row_line, YW_CSV_ROW_MAX);
	yw_buf_add(&csv->raw, p, n);
	if (csv->skipping)
		return give_up(csv, line_ends);
	if (csv_parse(&csv->parser, p, n, on_cell, on_row, csv) != n) {
		if (csv_error(&csv->parser) == CSV_EPARSE)
			return give_up(csv, line_ends);
		return yw_fail(csv->err, YW_ENOMEM, "out of memory");
	}
	if (csv->code == YW_OK && line_ends && only_line_breaks(&csv->raw))
		clear_row(csv);
	return csv->code;
}

static enum yw_code
take_lines(struct yw_csv *csv, const uint8_t *p, size_t n)
{
	enum yw_code code;

	while (n > 0) {
		const uint8_t *lf = memchr(p, '\n', n);
		size_t len = lf ? (size_t)(lf - p) + 1 : n;
		const uint8_t *cr = memchr(p, '\r', len);
		bool ends;

		if (cr)
			len = (size_t)(cr - p) + 1;
		ends = cr || lf;
		if (csv->after_cr && *p == '\n' && csv->raw.len == 0) {
			csv->after_cr = false;	/* the row ended with its CR */
			p++;
			n--;
			continue;
		}
		if (csv->after_cr && *p == '\n')
			csv->line--;
		code = take_bytes(csv, p, len, ends);
		if (code != YW_OK)
			return code;
		csv->line += ends;
		csv->after_cr = cr != NULL;
		p += len;
		n -= len;
	}
	return YW_OK;
}

/* Holds back the first bytes for as long as they look like a byte order mark. */
static enum yw_code
take_head(struct yw_csv *csv, struct yw_bytes *piece)
{
	enum yw_code code = YW_OK;

	while (csv->n_head < sizeof mark && piece->len > 0 && *piece->data == mark[csv->n_head]) {
		csv->head[csv->n_head++] = *piece->data++;
		piece->len--;
	}
	if (csv->n_head < sizeof mark && piece->len == 0)
		return YW_OK;
	if (csv->n_head < sizeof mark)
		code = take_lines(csv, csv->head, csv->n_head);
	csv->n_head = sizeof mark + 1;
	return code;
}

enum yw_code
yw_csv_feed(struct yw_csv *csv, struct yw_bytes piece, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	csv->err = err;
	if (csv->n_head <= sizeof mark)
		code = take_head(csv, &piece);
	if (code == YW_OK)
		code = take_lines(csv, piece.data, piece.len);
	return code;
}

enum yw_code
yw_csv_end(struct yw_csv *csv, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	csv->err = err;
	csv->unended = true;
	if (csv->n_head < sizeof mark)
		code = take_lines(csv, csv->head, csv->n_head);
	if (code != YW_OK || csv->raw.len == 0)
		return code;
	if (csv->skipping)
		hand_out(csv, YW_CSV_STRAY_QUOTE);
	else if (csv_fini(&csv->parser, on_cell, on_row, csv) != 0)
		hand_out(csv, YW_CSV_OPEN_QUOTE);
	return csv->code;
}

uint64_t
yw_csv_row_line(const struct yw_csv *csv)
{
	return csv->row_line;
}

enum yw_code
yw_csv_new(yw_csv_row_fn take, void *arg, struct yw_csv **out, struct yw_error *err)
{
	struct yw_csv *csv = calloc(1, sizeof *csv);

	*out = NULL;
	if (!csv || !start_parser(csv)) {
		free(csv);
		return yw_fail(err, YW_ENOMEM, "out of memory");
	}
	csv->take = take;
	csv->arg = arg;
	csv->line = 1;
	*out = csv;
	return YW_OK;
}

void
yw_csv_free(struct yw_csv *csv)
{
	if (!csv)
		return;
	csv_free(&csv->parser);
	yw_buf_release(&csv->raw);
	yw_buf_release(&csv->text);
	free(csv);
}

void
yw_csv_add_cell(struct yw_buf *out, struct yw_bytes text)
{
	bool quote = false;
	size_t i;

	for (i = 0; i < text.len && !quote; i++)
		quote = text.data[i] == ',' || text.data[i] == '"' || text.data[i] == '\n' || text.data[i] == '\r';
	if (!quote) {
		yw_buf_add(out, text.data, text.len);
		return;
	}
	yw_buf_add_byte(out, '"');
	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			yw_buf_add_byte(out, '"');
		yw_buf_add_byte(out, text.data[i]);
	}
	yw_buf_add_byte(out, '"');
}
