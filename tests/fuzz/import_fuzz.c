/*
 * The engine: every row is accounted for once, every record is sound, every refused row comes back.
 */
#include <string.h>

#include "import/import.h"
#include "record/record.h"
#include "support/fuzz.h"

static const char mapping[] =
    "kind: institution\nidentity: organisation.identifier\nidentity_is: public\n"
    "columns:\n"
    "  - { names: [名称, name], field: organisation.name, remove: '\\n' }\n"
    "  - { names: code, field: organisation.identifier, as: identifier, absent: ['-'] }\n"
    "  - { names: country, field: organisation.country, as: code, optional: yes }\n"
    "  - { names: on, field: established_on, as: date, optional: yes, dates: [ymd, mdy] }\n"
    "  - { names: staff, field: staff_total, as: number, optional: yes }\n"
    "  - { names: fields, field: fields, words: f, list: ';；', optional: yes }\n"
    "words: { f: { '01': aerospace, 农业: agriculture } }\n";

struct run {
	struct yw_buf rejects;
	struct yw_import_counts counts;
	uint64_t records, identities;
};

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	struct run *run = arg;
	struct yw_record read;

	YW_FUZZ_CHECK(yw_record_read(r->body, &read, err) == YW_OK && strcmp(read.id_text, r->id) == 0);
	YW_FUZZ_CHECK(r->line > r->record && strncmp(r->id, "320102/institution/", 19) == 0);
	run->records++;
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct run *run = arg;

	(void)err;
	YW_FUZZ_CHECK(*f->code && *f->reason && f->line > 0);
	run->identities += strcmp(f->code, "duplicate_identity") == 0;
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)err;
	yw_buf_add(&((struct run *)arg)->rejects, text.data, text.len);
	return YW_OK;
}

static void
import(const struct yw_mapping *m, struct yw_bytes in, struct run *run)
{
	static const uint8_t key[32] = { 1 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	struct yw_import_sink sink = { run, on_record, on_finding, on_reject, NULL, NULL };
	const struct yw_import_counts *c;
	struct yw_import *imp;
	struct yw_error err;

	YW_FUZZ_CHECK(yw_import_new(m, &options, &sink, &imp, &err) == YW_OK);
	YW_FUZZ_CHECK(yw_import_feed(imp, in, &err) == YW_OK && yw_import_end(imp, &err) == YW_OK);
	run->counts = *yw_import_counts(imp);
	c = &run->counts;
	YW_FUZZ_CHECK(c->accepted + c->repeated + c->refused == c->rows && c->accepted == run->records);
	yw_import_free(imp);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct run first = { .rejects = YW_BUF_INIT }, again = { .rejects = YW_BUF_INIT };
	struct yw_mapping *m;

	if (len > YW_CSV_ROW_MAX / 2)
		return 0;
	YW_FUZZ_CHECK(yw_mapping_parse("m", mapping, sizeof mapping - 1, &m, NULL) == YW_OK);
	import(m, (struct yw_bytes) { data, len }, &first);
	YW_FUZZ_CHECK((first.rejects.len > 0) == (first.counts.refused > 0));
	if (first.counts.refused > 0) {
		import(m, yw_buf_bytes(&first.rejects), &again);
		/* unmended it is refused again, row by row, but for what the first import had a second of;
		 * what is wrong with a column of reasons is not carried on */
		if (!memmem(data, len, YW_IMPORT_REASONS_COLUMN, strlen(YW_IMPORT_REASONS_COLUMN))) {
			YW_FUZZ_CHECK(again.counts.rows == first.counts.refused);
			YW_FUZZ_CHECK(first.identities > 0 || again.counts.accepted == 0);
		}
	}
	yw_buf_release(&first.rejects);
	yw_buf_release(&again.rejects);
	yw_mapping_free(m);
	return 0;
}
