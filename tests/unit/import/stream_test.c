/*
 * stream_test.c - a large file costs one row and a few bytes a row, not the file.
 */
#include <malloc.h>

#include "import/import.h"
#include "support/testing.h"

#ifndef ROWS
#define ROWS 30000
#endif

static const char mapping[] =
    "kind: demand\nidentity: number\ncolumns:\n"
    "  - { names: no, field: number, as: code }\n"
    "  - { names: title, field: title }\n"
    "  - { names: problem, field: problem, as: lines }\n"
    "  - { names: budget, field: budget_fen, as: money, unit: 元 }\n";

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	(void)err;
	YW_CHECK(r->body.len > 0);
	(*(uint64_t *)arg)++;
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	(void)arg;
	(void)f;
	(void)err;
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)arg;
	(void)text;
	(void)err;
	return YW_OK;
}

static size_t
memory(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* Row i: about 300 bytes; every tenth is refused. */
static void
add_row(struct yw_buf *out, unsigned i)
{
	yw_buf_printf(out, "XQ%07u,征集第%u号关键技术解决方案,\"现有装置在连续运行%u小时后性能下降, 需提升稳定性；\n"
	    "预算与工期可议，现有装置的主要部件为国产，要求寿命不低于八年，成本下降两成以上。\",%s\n", i, i, 100 + i % 9000,
	    i % 10 == 9 ? "面议" : "1496000.00");
}

static void
stream(void)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	uint64_t records = 0;
	struct yw_import_sink sink = { &records, on_record, on_finding, on_reject, NULL, NULL };
	struct yw_buf piece = YW_BUF_INIT;
	struct yw_error err = { YW_OK, "" };
	struct yw_import *imp;
	struct yw_mapping *m;
	size_t before, most = 0;
	uint64_t bytes = 0;
	unsigned i;

	YW_CHECK_MSG(yw_mapping_parse("m", mapping, strlen(mapping), &m, &err) == YW_OK, "%s", err.msg);
	before = memory();
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	YW_PASS(yw_import_feed(imp, yw_bytes_str("no,title,problem,budget\n"), &err));
	for (i = 0; i < ROWS; i++) {
		add_row(&piece, i);
		if (piece.len < 65536 && i + 1 < ROWS)
			continue;
		YW_PASS(yw_import_feed(imp, yw_buf_bytes(&piece), &err));
		bytes += piece.len;
		most = memory() > most ? memory() : most;
		yw_buf_clear(&piece);
	}
	YW_PASS(yw_import_end(imp, &err));
	printf(" %u rows, %llu KiB, %zu KiB at most", ROWS, (unsigned long long)bytes >> 10, (most - before) >> 10);
	YW_CHECK(records == ROWS - ROWS / 10 && yw_import_counts(imp)->refused == ROWS / 10);
	/* 512 KiB: the window of the guess, a piece, one row, its buffers */
	YW_CHECK(most - before < 35 * (size_t)ROWS + (512u << 10) && most - before < bytes / 2);
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_buf_release(&piece);
}

/* Short rows, which cost little; the last is one more than an import takes. */
static void
too_many(void)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	uint64_t records = 0;
	struct yw_import_sink sink = { &records, on_record, on_finding, on_reject, NULL, NULL };
	struct yw_buf piece = YW_BUF_INIT;
	struct yw_error err = { YW_OK, "" };
	struct yw_import *imp;
	struct yw_mapping *m;
	unsigned i;

	YW_PASS(yw_mapping_parse("m", mapping, strlen(mapping), &m, &err));
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	YW_PASS(yw_import_feed(imp, yw_bytes_str("no,title,problem,budget\n"), &err));
	for (i = 0; i < 1024; i++)
		yw_buf_add_str(&piece, "1\n");
	for (i = 0; i < YW_IMPORT_ROWS_MAX / 1024; i++)
		YW_PASS(yw_import_feed(imp, yw_buf_bytes(&piece), &err));
	YW_PASS(yw_import_feed(imp, yw_bytes_str("\n,,,\n"), &err));	/* empty rows are none */
	YW_CHECK(!yw_import_counts(imp)->file_refused && yw_import_counts(imp)->rows == YW_IMPORT_ROWS_MAX);
	YW_PASS(yw_import_feed(imp, yw_bytes_str("1\n"), &err));
	YW_CHECK(yw_import_counts(imp)->file_refused && yw_import_counts(imp)->rows == YW_IMPORT_ROWS_MAX);
	YW_PASS(yw_import_feed(imp, yw_bytes_str("1\n"), &err));
	YW_PASS(yw_import_end(imp, &err));
	YW_CHECK(yw_import_counts(imp)->rows == YW_IMPORT_ROWS_MAX);
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_buf_release(&piece);
}

YW_TESTS({ "a large file streams in bounded memory", stream }, { "a file has one row too many", too_many })
