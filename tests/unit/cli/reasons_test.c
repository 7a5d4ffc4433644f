/*
 * reasons_test.c - a list of refused rows as an import makes it, with its reasons in English and in Chinese: nothing else of it
 * changes, whatever is wrong with its rows.
 */
#include "cli/reasons.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/json.h"
#include "import/import.h"
#include "support/testing.h"

static const char mapping[] =
    "kind: contract\nidentity: registration_number\nidentity_is: public\n"
    "columns:\n"
    "  - { names: no, field: registration_number, as: code }\n"
    "  - { names: '名称, 全', field: title }\n"
    "  - { names: code, field: buyer.identifier, as: identifier }\n"
    "  - { names: sum, field: total_amount_fen, as: money, unit: 万元 }\n"
    "constants: { kind: transfer, signed_on: 2021-03-05, seller.name: 甲公司, buyer.name: 乙公司 }\n";

#define HEAD "no,\"名称, 全\",code,sum\r\n"
#define GOOD "2021320102000001,好,,1\r\n"

static struct yw_error err;

struct run {
	struct yw_buf findings, rows;
	struct yw_json j;
};

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *e)
{
	(void)arg;
	(void)r;
	(void)e;
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *e)
{
	struct run *run = arg;

	(void)e;
	yw_json_object(&run->j, NULL);
	yw_json_uint(&run->j, "line", f->line);
	yw_json_str(&run->j, "column", f->column);
	yw_json_str(&run->j, "reason", f->reason);
	yw_json_str(&run->j, "code", f->code);
	yw_json_bool(&run->j, "refuse", f->refuse);
	yw_json_object_end(&run->j);
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *e)
{
	struct run *run = arg;

	(void)e;
	yw_buf_add(&run->rows, text.data, text.len);
	return YW_OK;
}

/* What the daemon would send of that file, and the same in words of the reader. */
static void
translate(struct yw_bytes file, size_t keep, struct yw_buf *sent, struct yw_buf *out)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	struct run run = { YW_BUF_INIT, YW_BUF_INIT, { NULL, 0 } };
	struct yw_import_sink sink = { &run, on_record, on_finding, on_reject, NULL, NULL };
	struct yw_mapping *m;
	struct yw_import *imp;
	json_t *findings;

	YW_CHECK_MSG(yw_mapping_parse("m", mapping, strlen(mapping), &m, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	yw_json_init(&run.j, &run.findings);
	yw_json_array(&run.j, NULL);
	YW_PASS(yw_import_feed(imp, file, &err));
	YW_PASS(yw_import_end(imp, &err));
	yw_json_array_end(&run.j);
	YW_PASS(yw_json_parse(yw_buf_bytes(&run.findings), &findings, &err));
	while (json_array_size(findings) > keep)
		json_array_remove(findings, json_array_size(findings) - 1);
	yw_buf_clear(sent);
	yw_buf_clear(out);
	yw_buf_add(sent, run.rows.data, run.rows.len);
	YW_PASS(yw_reasons_translate(yw_buf_bytes(sent), yw_reasons_charset(yw_buf_bytes(sent)), findings, out, &err));
	json_decref(findings);
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_buf_release(&run.findings);
	yw_buf_release(&run.rows);
}

static void
read_as(const char *language)
{
	YW_CHECK(setenv("LC_ALL", "C.UTF-8", 1) == 0 && setenv("LANGUAGE", language, 1) == 0);
	yw_i18n_init();
}

#define MARK "\xef\xbb\xbf"
#define FIRST "退回原因,"

/* Rows of a file; what is to be read of them in Chinese behind the header, NULL: whatever it is; once: not refused when they come
 * alone. */
static const struct { const char *rows, *chinese; bool once; } files[] = {
	{ GOOD "2021320102000002,,,1\r\n", "\"名称, 全: 必须写明 [missing_field]\",2021320102000002,,,1\r\n", false },
	/* two reasons, one of which names what it found; line breaks, quotes and commas in the row, and notes between */
	{ "2021320102000002,\" \"\"a\"\",\r\nb\",130503670401001,1.5元\r\n" GOOD,
	    NULL, false },
	{ "2021320102000002,a,91320102244230486X,1\r\n", "\"code: 校验码不符（the check character does not agree, it would be P） "
	    "[bad_uscc_check]\",2021320102000002,a,91320102244230486X,1\r\n", false },
	{ "2021320102000003,a,,-1\r\n2021320102000004,a,,-1\r\n2021320102000005,a,,-1\r\n",
	    "sum: 金额小于零 [negative_amount],2021320102000003,a,,-1\r\nsum: 金额小于零 [negative_amount],2021320102000004,a,,-1\r\n"
	    "sum: 金额小于零 [negative_amount],2021320102000005,a,,-1\r\n", false },
	/* rows that are damaged as rows */
	{ "2021320102000003,a\"b,,1\r\n2021320102000004,a,,-1\r\n2021320102000005,\"a,,1\r\n", NULL, false },
	{ "2021320102000003,a,1\r\n2021320102000004,a,,1,2\r\n", NULL, false },
	{ GOOD GOOD "2021320102000001,other,,1\r\n",
	    "\"文件前面有一行标识相同而内容不同（an earlier row of the file has the same identity and other content, see line 2） "
	    "[duplicate_identity]\",2021320102000001,other,,1\r\n", true },
};

/* Without the first cell of each line that has one. */
static void
strip(struct yw_bytes rows, struct yw_buf *out)
{
	for (size_t at = 0; at < rows.len;) {
		const uint8_t *p = rows.data + at, *end = memchr(p, '\n', rows.len - at);
		size_t len = end != NULL ? (size_t)(end - p) + 1 : rows.len - at, cell = 0;
		const uint8_t *code = memmem(p, len, "],", 2), *quoted = memmem(p, len, "]\",", 3);

		if (quoted != NULL && (code == NULL || quoted < code))
			cell = (size_t)(quoted - p) + 3;
		else if (code != NULL)
			cell = (size_t)(code - p) + 2;
		yw_buf_add(out, p + cell, len - cell);
		at += len;
	}
}

static void
same_rows(const struct yw_buf *a, const struct yw_buf *b)
{
	struct yw_buf left = YW_BUF_INIT, right = YW_BUF_INIT;

	strip((struct yw_bytes) { a->data, a->len }, &left);
	strip((struct yw_bytes) { b->data, b->len }, &right);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&left), yw_buf_bytes(&right)), "%s", yw_buf_str(&right));
	yw_buf_release(&left);
	yw_buf_release(&right);
}

static void
both_languages(void)
{
	struct yw_buf sent = YW_BUF_INIT, out = YW_BUF_INIT, again = YW_BUF_INIT, file = YW_BUF_INIT, want = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		yw_buf_clear(&file);
		yw_buf_printf(&file, HEAD "%s", files[i].rows);
		read_as("en");
		translate(yw_buf_bytes(&file), SIZE_MAX, &sent, &out);
		YW_CHECK_MSG(sent.len > 0 && yw_bytes_equal(yw_buf_bytes(&sent), yw_buf_bytes(&out)), "case %zu: %s", i, yw_buf_str(&out));
		read_as("zh_CN");
		translate(yw_buf_bytes(&file), SIZE_MAX, &sent, &out);
		YW_CHECK_MSG(!yw_bytes_equal(yw_buf_bytes(&sent), yw_buf_bytes(&out)), "case %zu: %s", i, yw_buf_str(&out));
		same_rows(&sent, &out);
		yw_buf_clear(&want);
		yw_buf_printf(&want, MARK FIRST HEAD "%s", files[i].chinese != NULL ? files[i].chinese : "");
		if (files[i].chinese != NULL)
			YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&want)), "case %zu: %s", i, yw_buf_str(&out));
		translate(yw_buf_bytes(&out), SIZE_MAX, &sent, &again);	/* unmended it is refused with the same words */
		YW_CHECK_MSG(files[i].once ? again.len == 0 : yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&again)), "case %zu: %s", i, yw_buf_str(&again));
	}
	yw_buf_release(&sent);
	yw_buf_release(&out);
	yw_buf_release(&again);
	yw_buf_release(&file);
	yw_buf_release(&want);
}

#define ROW "2021320102000003,a,,-1\r\n"
#define SAID "sum: 金额小于零 [negative_amount],"

/* What is not known to be the words of a finding stays: the rows whose findings did not come. */
static void
as_it_came(void)
{
	struct yw_buf sent = YW_BUF_INIT, out = YW_BUF_INIT;

	read_as("zh_CN");
	translate(YW_BYTES_LIT(HEAD ROW ROW ROW), 1, &sent, &out);
	YW_CHECK_MSG(strcmp(yw_buf_str(&out), MARK FIRST HEAD SAID ROW "sum: an amount below zero [negative_amount]," ROW
	    "sum: an amount below zero [negative_amount]," ROW) == 0, "%s", yw_buf_str(&out));
	translate(YW_BYTES_LIT(HEAD ROW), 0, &sent, &out);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&sent), yw_buf_bytes(&out)));
	yw_buf_release(&sent);
	yw_buf_release(&out);
}

/* In the office's own set. */
static void
gb18030(void)
{
	struct yw_buf sent = YW_BUF_INIT, out = YW_BUF_INIT, file = YW_BUF_INIT, want = YW_BUF_INIT;
	struct yw_charset_reader *set;

	read_as("zh_CN");
	YW_PASS(yw_charset_open(YW_CHARSET_GB18030, &set, &err));
	yw_charset_write(set, YW_BYTES_LIT(HEAD ROW), &file);
	yw_charset_write(set, YW_BYTES_LIT(FIRST HEAD SAID ROW), &want);
	translate(yw_buf_bytes(&file), SIZE_MAX, &sent, &out);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&want)));
	yw_charset_close(set);
	yw_buf_release(&sent);
	yw_buf_release(&out);
	yw_buf_release(&file);
	yw_buf_release(&want);
}

YW_TESTS(
	{ "reasons of refused rows in English and in Chinese, and the rows as they were", both_languages },
	{ "what is not the words of a finding is left as it came", as_it_came },
	{ "reasons in GB18030", gb18030 }
)
