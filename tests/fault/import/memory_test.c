/*
 * Out of memory at the first allocation, then at the second, and so on, in mapping and import: YW_ENOMEM
 * each time, never a row refused for it.
 */
#include "base/file.h"
#include "import/import.h"
#include "record/record.h"
#include "support/starve.h"
#include "support/testing.h"

static const char mapping[] =
    "kind: institution\nclass: conditional\nopenness: internal\naudience: ['320100']\n"
    "identity: [number, organisation.name]\n"
    "columns:\n"
    "  - { names: [名称, name], field: organisation.name, remove: '~' }\n"
    "  - { names: no, field: number, as: code }\n"
    "  - { names: code, field: organisation.identifier, as: identifier, implies: { organisation.type: enterprise } }\n"
    "  - { names: on, field: established_on, as: date }\n"
    "  - { names: fields, field: fields, words: f, list: ';' }\n"
    "constants: { organisation.country: CHN }\n"
    "words: { f: { 农业: agriculture } }\nignore: note\n";

/* 登记 in GB18030 is guessed; a row of each outcome: accepted, noted, refused, repeated. */
static const char file[] =
    "no,name,code,on,fields,note\n"
    "1,\xbc\xd7~,91320102244230486P,2021/3/5,\xc5\xa9\xd2\xb5;\xc5\xa9\xd2\xb5,\n"
    "2,\xd2\xd2,x,44260,,\n"
    "1,\xbc\xd7,91320102244230486P,2021-03-05,\xc5\xa9\xd2\xb5;\xc5\xa9\xd2\xb5,\"a\nb\"\n";

/* A change, one of another value than stands there, one of a cancelled record, one of none. */
static const char changes[] = "kind: institution\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "changes: { of: whole, field: what, from: was, to: is }\n"
    "columns:\n  - { names: no, field: number, as: code }\n  - { names: on, field: recognised_on, as: date }\n";
static const char whole[] = "kind: institution\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: no, field: number, as: code }\n  - { names: name, field: organisation.name }\n"
    "  - { names: staff, field: staff_total, as: number }\n";
static const char change_rows[] = "no,on,what,was,is\n1,2021-03-05,name,one,two\n1,2021-03-05,staff,7,9\n2,2021-03-05,name,one,two\n";
static struct yw_buf registered;	/* under number 1 */

struct counts { int records, findings, rejects; };

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	(void)r;
	(void)err;
	((struct counts *)arg)->records++;
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	(void)f;
	(void)err;
	((struct counts *)arg)->findings++;
	return YW_OK;
}

static enum yw_code
on_reject(void *arg, struct yw_bytes text, struct yw_error *err)
{
	(void)text;
	(void)err;
	((struct counts *)arg)->rejects++;
	return YW_OK;
}

static enum yw_code
on_current(void *arg, const char *id, bool again, struct yw_buf *body, struct yw_error *err)
{
	(void)arg;
	(void)again;
	if (strcmp(id, "320102/institution/1") != 0)
		return yw_fail(err, YW_ENOENT, "nothing is registered under %s", id);
	yw_buf_add(body, registered.data, registered.len);
	return yw_buf_check(body, err);
}

static enum yw_code
import(const struct yw_mapping *m, const char *rows, struct counts *counts, struct yw_error *err)
{
	static const uint8_t key[32] = { 7 };
	struct yw_import_options options = { { "320102" }, key, { .now_ms = 1795564800000 }, false };
	struct yw_import_sink sink = { counts, on_record, on_finding, on_reject, on_current, NULL };
	struct yw_import *imp;
	enum yw_code code = yw_import_new(m, &options, &sink, &imp, err);

	if (code != YW_OK) {
		YW_CHECK(imp == NULL);
		return code;
	}
	code = yw_import_feed(imp, yw_bytes_str(rows), err);
	if (code == YW_OK)
		code = yw_import_end(imp, err);
	yw_import_free(imp);
	return code;
}

static void
loading(void)
{
	struct yw_mapping *m;
	struct yw_error err;
	enum yw_code code;
	size_t n;

	for (n = 1; ; n++) {
		yw_starve_at(n);
		code = yw_mapping_parse("m", mapping, strlen(mapping), &m, &err);
		if (!yw_starve_end())
			break;
		YW_CHECK_MSG(code == YW_ENOMEM && m == NULL, "allocation %zu: '%s' %s", n, yw_code_name(code), err.msg);
	}
	YW_PASS(code);
	YW_CHECK_MSG(n > 60, "%zu", n);
	yw_mapping_free(m);
}

/* Every allocation of an import fails in turn: it ends, and nothing was said of a row that was not said before. */
static void
starve(const struct yw_mapping *m, const char *rows, const struct counts *all)
{
	struct yw_error err;
	size_t n;

	for (n = 1; ; n++) {
		struct counts some = { 0, 0, 0 };
		enum yw_code code;

		yw_starve_at(n);
		code = import(m, rows, &some, &err);
		if (!yw_starve_end()) {
			YW_PASS(code);
			break;
		}
		YW_CHECK_MSG(code == YW_ENOMEM && err.code == YW_ENOMEM, "allocation %zu: '%s'", n, yw_code_name(code));
		YW_CHECK_MSG(some.findings <= all->findings && some.rejects <= all->rejects, "allocation %zu: %d findings", n,
		    some.findings);
	}
	YW_CHECK_MSG(n > 40, "%zu", n);
}

static void
importing(void)
{
	struct counts all = { 0, 0, 0 };
	struct yw_mapping *m;
	struct yw_error err;

	YW_PASS(yw_mapping_parse("m", mapping, strlen(mapping), &m, &err));
	YW_PASS(import(m, file, &all, &err));
	YW_CHECK(all.records == 1 && all.rejects == 1 && all.findings > 4);
	starve(m, file, &all);
	yw_mapping_free(m);
}

static void
write_file(const char *name, const char *text, char *path, size_t max)
{
	struct yw_error err;

	snprintf(path, max, "%s/%s", yw_test_dir(), name);
	YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
}

static void
changing(void)
{
	struct counts all = { 0, 0, 0 };
	struct yw_mapping *m;
	struct yw_error err;
	char path[512];

	yw_buf_clear(&registered);
	YW_PASS(yw_record_from_json(YW_BYTES_LIT("{\"id\":\"320102/institution/1\",\"operation\":\"put\",\"institution\":"
	    "{\"number\":\"1\",\"organisation\":{\"name\":\"one\"},\"staff_total\":8}}"), &registered, &err));
	write_file("whole.yaml", whole, path, sizeof path);
	write_file("changes.yaml", changes, path, sizeof path);
	YW_PASS(yw_mapping_read(path, &m, &err));
	YW_PASS(import(m, change_rows, &all, &err));
	YW_CHECK_MSG(all.records == 1 && all.rejects == 2, "%d records, %d rejects", all.records, all.rejects);
	starve(m, change_rows, &all);
	yw_mapping_free(m);
	yw_buf_release(&registered);
}

YW_TESTS({ "B5 loading a mapping without memory", loading }, { "B5 importing without memory", importing },
    { "B5 importing changes without memory", changing })
