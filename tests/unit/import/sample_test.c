/*
 * sample_test.c - the sample that the quickstart imports goes in whole, and means what it looks like.
 */
#include "base/file.h"
#include "import/import.h"
#include "record/record.h"
#include "support/testing.h"

struct run {
	struct yw_buf json, notes;
};

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct run *run = arg;

	YW_PASS(yw_record_to_json(r->body, &run->json, err));
	yw_buf_add_byte(&run->json, '\n');
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct run *run = arg;

	(void)err;
	yw_buf_printf(&run->notes, "%d %s; ", (int)f->line, f->code);
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)arg;
	(void)text;
	return yw_fail(err, YW_EINVAL, "a sample has no rejects");
}

static void
import(const char *mapping, const char *file, struct run *run)
{
	static const uint8_t key[32] = { 7 };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_divisions *d;
	struct yw_import_options options = { { "320102" }, key, { NULL, 1795564800000 } };
	struct yw_import_sink sink = { run, on_record, on_finding, on_reject };
	struct yw_import *imp;
	struct yw_mapping *m;
	struct yw_error err = { YW_OK, "" };
	char path[512];

	YW_PASS(yw_divisions_read(YW_NODE_CONFIG "/divisions.csv", &d, &err));
	options.validation.divisions = d;
	snprintf(path, sizeof path, YW_NODE_CONFIG "/mappings/%s.yaml", mapping);
	YW_PASS(yw_mapping_read(path, &m, &err));
	snprintf(path, sizeof path, YW_NODE_CONFIG "/sample/%s.csv", file);
	YW_PASS(yw_file_read(path, 1 << 20, &text, &err));
	yw_buf_clear(&run->json);
	yw_buf_clear(&run->notes);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	YW_PASS(yw_import_feed(imp, yw_buf_bytes(&text), &err));
	YW_PASS(yw_import_end(imp, &err));
	YW_CHECK_MSG(yw_import_counts(imp)->accepted == 20 && yw_import_counts(imp)->rows == 20, "%s: %s", file,
	    yw_buf_str(&run->notes));
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_divisions_free(d);
	yw_buf_release(&text);
}

static void
contracts(void)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };

	import("contracts", "contracts-320100", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	import("contracts", "contracts-320102", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	YW_CHECK(strstr(yw_buf_str(&run.json), "\"sub_kind\":\"software_transfer\""));
	YW_CHECK(strstr(yw_buf_str(&run.json), "含“𠮷”等生僻字") && strstr(yw_buf_str(&run.json), "\"country\":\"USA\""));
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

static void
institutions(void)
{
	struct run run = { YW_BUF_INIT, YW_BUF_INIT };

	import("institutions", "institutions-320100", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	import("institutions", "institutions-320102", &run);
	YW_CHECK_MSG(strcmp(yw_buf_str(&run.notes), "") == 0, "%s", yw_buf_str(&run.notes));
	YW_CHECK(strstr(yw_buf_str(&run.json), "\"legal_form\":\"internal\""));
	YW_CHECK(!strstr(yw_buf_str(&run.json), "025-00000000"));	/* the column of telephones is dropped */
	yw_buf_release(&run.json);
	yw_buf_release(&run.notes);
}

YW_TESTS({ "the sample's contracts", contracts }, { "B5 the sample's institutions, without telephones", institutions })
