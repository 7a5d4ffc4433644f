/*
 * CSV: the same rows whatever the pieces; what is written again as cells reads as the same cells.
 */
#include <string.h>

#include "import/csv.h"
#include "support/fuzz.h"

/* Everything about every row, as bytes. */
static enum yw_code
keep(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_buf *out = arg;
	size_t i;

	(void)err;
	YW_FUZZ_CHECK(row->line >= 1 && row->last_line >= row->line && row->raw.len > 0);
	YW_FUZZ_CHECK((row->shape == YW_CSV_WHOLE) == (row->n_cells > 0));
	yw_buf_printf(out, "%llu %llu %d %d %zu ", (unsigned long long)row->line, (unsigned long long)row->last_line,
	    row->shape, row->unended, row->n_cells);
	for (i = 0; i < row->n_cells && i < YW_CSV_COLUMNS_MAX; i++) {
		yw_buf_add_be32(out, (uint32_t)row->cells[i].len);
		yw_buf_add(out, row->cells[i].data, row->cells[i].len);
	}
	yw_buf_add_be32(out, (uint32_t)row->raw.len);
	yw_buf_add(out, row->raw.data, row->raw.len);
	return YW_OK;
}

/* The cells alone, and the row written again. */
struct copy { struct yw_buf cells, text; };

static enum yw_code
copy_row(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct copy *c = arg;
	size_t i;

	(void)err;
	if (row->shape != YW_CSV_WHOLE || row->n_cells > YW_CSV_COLUMNS_MAX)
		return YW_OK;
	/* an empty line is no row, so a lone empty cell has to be quoted */
	if (row->n_cells == 1 && row->cells[0].len == 0)
		yw_buf_add_str(&c->text, "\"\"");
	for (i = 0; i < row->n_cells; i++) {
		if (i > 0)
			yw_buf_add_byte(&c->text, ',');
		yw_csv_add_cell(&c->text, row->cells[i]);
		yw_buf_add_be32(&c->cells, (uint32_t)row->cells[i].len);
		yw_buf_add(&c->cells, row->cells[i].data, row->cells[i].len);
	}
	yw_buf_add_byte(&c->text, '\n');
	return YW_OK;
}

static void
read_rows(yw_csv_row_fn take, void *arg, struct yw_bytes in, size_t piece)
{
	struct yw_csv *csv;
	enum yw_code code = yw_csv_new(take, arg, &csv, NULL);

	while (code == YW_OK && in.len > 0) {
		size_t n = in.len < piece ? in.len : piece;

		code = yw_csv_feed(csv, (struct yw_bytes) { in.data, n }, NULL);
		in.data += n;
		in.len -= n;
	}
	if (code == YW_OK)
		code = yw_csv_end(csv, NULL);
	YW_FUZZ_CHECK(code == YW_OK);
	yw_csv_free(csv);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data, len };
	struct yw_buf whole = YW_BUF_INIT, pieces = YW_BUF_INIT;
	struct copy first = { YW_BUF_INIT, YW_BUF_INIT }, second = { YW_BUF_INIT, YW_BUF_INIT };

	if (len > YW_CSV_ROW_MAX)
		return 0;
	read_rows(keep, &whole, in, len + 1);
	read_rows(keep, &pieces, in, 1);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&whole), yw_buf_bytes(&pieces)));
	yw_buf_clear(&pieces);
	read_rows(keep, &pieces, in, 7);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&whole), yw_buf_bytes(&pieces)));

	yw_buf_add_str(&first.text, "\"first\"\n");	/* no cell of ours is then taken for a byte order mark */
	read_rows(copy_row, &first, in, len + 1);
	read_rows(copy_row, &second, yw_buf_bytes(&first.text), 100);
	YW_FUZZ_CHECK(second.cells.len == first.cells.len + 9 && (first.cells.len == 0 ||
	    memcmp(second.cells.data + 9, first.cells.data, first.cells.len) == 0));
	yw_buf_release(&whole);
	yw_buf_release(&pieces);
	yw_buf_release(&first.cells);
	yw_buf_release(&first.text);
	yw_buf_release(&second.cells);
	yw_buf_release(&second.text);
	return 0;
}
