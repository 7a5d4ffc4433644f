/*
 * corpus_test.c - the generated corpus with all its damage, and three real files, through the shipped
 * mappings: every refusal is the one that the corpus's own table expects, or stands below with a reason.
 */
#include "base/file.h"
#include "import/import.h"
#include "record/record.h"
#include "support/corpus.h"

#define FINDINGS_MAX 4096
#define CONTRACTS 4000
#define CHANGES 50

struct run {
	struct yw_found found[FINDINGS_MAX];
	size_t n;
	uint64_t notes;			/* more of them than are kept is no fault, a refusal more is */
	struct yw_import_counts counts;
};

/* What is registered, for the table of changes. */
static struct { char id[YW_ID_MAX + 1]; struct yw_buf body; } registered[CONTRACTS];
static size_t n_registered, n_revised;

static enum yw_code
on_current(void *arg, const char *id, bool again, struct yw_buf *out, struct yw_error *err)
{
	(void)arg;
	(void)again;
	for (size_t i = 0; i < n_registered; i++)
		if (strcmp(registered[i].id, id) == 0) {
			yw_buf_add(out, registered[i].body.data, registered[i].body.len);
			return YW_OK;
		}
	return yw_fail(err, YW_ENOENT, "nothing is registered under %s", id);
}

static enum yw_code
keep_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	size_t i;

	(void)arg;
	(void)err;
	for (i = 0; i < n_registered && strcmp(registered[i].id, r->id) != 0; i++)
		;
	YW_CHECK(i < CONTRACTS);
	n_revised += i < n_registered && !yw_record_same_content(yw_buf_bytes(&registered[i].body), r->body);
	n_registered += i == n_registered;
	snprintf(registered[i].id, sizeof registered[i].id, "%s", r->id);
	yw_buf_clear(&registered[i].body);
	yw_buf_add(&registered[i].body, r->body.data, r->body.len);
	return YW_OK;
}

static enum yw_code
on_record(void *arg, const struct yw_import_record *r, struct yw_error *err)
{
	(void)arg;
	(void)r;
	(void)err;
	return YW_OK;
}

static enum yw_code
on_finding(void *arg, const struct yw_import_finding *f, struct yw_error *err)
{
	struct run *run = arg;
	struct yw_found *at = &run->found[run->n];

	(void)err;
	YW_CHECK(run->n < FINDINGS_MAX);
	*at = (struct yw_found) { f->record, f->line, f->refuse, "" };
	snprintf(at->code, sizeof at->code, "%s", f->code);
	run->n++;
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

static struct yw_divisions *
divisions(void)
{
	struct yw_divisions *d;
	struct yw_error err;

	YW_CHECK_MSG(yw_divisions_read(YW_NODE_CONFIG "/divisions.csv", &d, &err) == YW_OK, "%s", err.msg);
	return d;
}

static void
import_into(const char *mapping, struct yw_bytes text, struct run *run,
    enum yw_code (*record)(void *, const struct yw_import_record *, struct yw_error *))
{
	static const uint8_t key[32] = { 7 };
	struct yw_divisions *d = divisions();
	struct yw_import_options options = { { "320000" }, key, { .divisions = d, .now_ms = 1795564800000 }, false };	/* 2026-11-25 */
	struct yw_import_sink sink = { run, record, on_finding, on_reject, on_current, NULL };
	struct yw_error err = { YW_OK, "" };
	struct yw_import *imp;
	struct yw_mapping *m;
	char path[512];

	memset(run, 0, sizeof *run);
	snprintf(path, sizeof path, YW_NODE_CONFIG "/mappings/%s.yaml", mapping);
	YW_CHECK_MSG(yw_mapping_read(path, &m, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_import_new(m, &options, &sink, &imp, &err));
	while (text.len > 0) {
		size_t n = text.len < 10007 ? text.len : 10007;

		YW_PASS(yw_import_feed(imp, (struct yw_bytes) { text.data, n }, &err));
		text.data += n;
		text.len -= n;
	}
	YW_PASS(yw_import_end(imp, &err));
	run->counts = *yw_import_counts(imp);
	yw_import_free(imp);
	yw_mapping_free(m);
	yw_divisions_free(d);
}

static void
import(const char *mapping, struct yw_bytes text, struct run *run)
{
	import_into(mapping, text, run, on_record);
}

/* One corpus: 4,000 contracts, every kind of damage more than once. */
static const char *
generate(const char *header)
{
	static char dir[512];

	snprintf(dir, sizeof dir, "%s/%s", yw_test_dir(), header);
	yw_corpus_generate(dir, (const char *const[]) { "--contracts", "4000", "--dirty", "0.02", "--changes", "50", "--header",
	    header, NULL });
	return dir;
}

static void
load(const char *dir, const char *file, struct yw_buf *out)
{
	struct yw_error err;
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	yw_buf_clear(out);
	YW_CHECK_MSG(yw_file_read(path, 64u << 20, out, &err) == YW_OK, "%s", err.msg);
}

static void
count_refused(const struct yw_expected_table *t, const char *file, const struct run *run)
{
	uint64_t refused, repeated;

	yw_corpus_count(t, file, &refused, &repeated);
	YW_CHECK_MSG(run->counts.refused == refused && run->counts.repeated == repeated &&
	    run->counts.accepted + refused + repeated == run->counts.rows && !run->counts.file_refused,
	    "%s: %d refused, %d repeated", file, (int)run->counts.refused, (int)run->counts.repeated);
}

static struct run run;
static struct yw_expected_table table;

static void
contracts_of(const char *header)
{
	const char *dir = generate(header);
	struct yw_buf text = YW_BUF_INIT;
	size_t i;

	yw_corpus_expected(dir, "", &table);
	YW_CHECK(table.n > 80);
	load(dir, "contracts.csv", &text);
	import("contracts", yw_buf_bytes(&text), &run);
	yw_corpus_compare(&table, "contracts.csv", run.found, run.n);
	count_refused(&table, "contracts.csv", &run);
	YW_CHECK(run.counts.rows == 4000);
	for (i = 0; i < YW_CORPUS_BAD; i++) {
		load(dir, yw_corpus_bad[i].name, &text);
		import("contracts", yw_buf_bytes(&text), &run);
		yw_corpus_compare(&table, yw_corpus_bad[i].name, run.found, run.n);
	}
	yw_buf_release(&text);
}

static void
chinese_headers(void)
{
	contracts_of("zh");
}

static void
english_headers(void)
{
	contracts_of("en");
}

/* Files without damage: every row goes in. */
static void
sound_files(void)
{
	const char *dir = generate("zh");
	struct yw_buf text = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < YW_CORPUS_FILES; i++) {
		const struct yw_corpus_file *f = &yw_corpus_files[i];

		load(dir, f->name, &text);
		import(f->mapping, yw_buf_bytes(&text), &run);
		YW_CHECK_MSG(run.n == 0, "%s:%d: %s", f->name, (int)run.found[0].line, run.found[0].code);
		YW_CHECK_MSG(run.counts.accepted == CONTRACTS / f->share && run.counts.rows == CONTRACTS / f->share, "%s: %d of %d",
		    f->name, (int)run.counts.accepted, (int)run.counts.rows);
	}
	yw_buf_release(&text);
}

/* Every change is of a contract that went in, becomes a revision, and changes nothing when it comes again. */
static void
changes(void)
{
	const char *dir = generate("zh");
	struct yw_buf text = YW_BUF_INIT;
	size_t i, k;

	load(dir, "contracts.csv", &text);
	import_into("contracts", yw_buf_bytes(&text), &run, keep_record);
	YW_CHECK(n_registered == run.counts.accepted && n_revised == 0);
	load(dir, "changes.csv", &text);
	for (i = 0; i < 2; i++) {
		import_into("contract-changes", yw_buf_bytes(&text), &run, keep_record);
		for (k = 0; k < run.n && !run.found[k].refuse; k++)
			;
		YW_CHECK_MSG(k == run.n, "changes.csv:%d: %s", (int)run.found[k].line, run.found[k].code);
		YW_CHECK_MSG(run.counts.accepted == CHANGES, "%d of %d", (int)run.counts.accepted, (int)run.counts.rows);
		YW_CHECK_MSG(n_revised == CHANGES, "%zu revisions", n_revised);
	}
	for (i = 0; i < n_registered; i++)
		yw_buf_release(&registered[i].body);
	yw_buf_release(&text);
}

static uint64_t
count_of(const char *code)
{
	uint64_t n = 0;
	size_t k;

	for (k = 0; k < run.n; k++)
		n += strcmp(run.found[k].code, code) == 0;
	return n;
}

/* Real files: what goes in, and why the rest does not, as counted from the files by hand. */
static void
real_files(void)
{
	static const struct {
		const char *file, *mapping;
		uint64_t rows, accepted, repeated, refused;
		struct { const char *code; uint64_t n; } codes[8];
	} files[] = {
		/* 9 companies stand there twice; three old numbers of foreign-invested ones have no scheme */
		{ "data/real_orgs_jiangsu.csv", "organisations", 12698, 12686, 9, 3,
		    { { "exact_duplicate", 9 }, { "legacy_reg_no_15", 434 }, { "legacy_reg_no_13", 50 }, { "bad_identity", 3 } } },
		/* 17 names hold a spelt-out line break; 12 cities did not match a division */
		{ "data/real_universities.csv", "universities", 1733, 1733, 0, 0, { { "removed_text", 17 } } },
		/* 29 expire in 1930 to 1934, one has a status that nobody explains; titles with spaces at the end */
		{ "data/real_nasa_patents.csv", "patents-nasa", 914, 884, 0, 30,
		    { { "date_out_of_range", 29 }, { "unknown_ip_kind", 1 }, { "date_other_format", 695 },
		    { "surrounding_space", 10 } } },
	};
	struct yw_buf text = YW_BUF_INIT;
	size_t i, k;

	for (i = 0; i < sizeof files / sizeof *files; i++) {
		yw_buf_clear(&text);
		yw_shared_file(files[i].file, &text);
		import(files[i].mapping, yw_buf_bytes(&text), &run);
		printf("\n    %s: %d rows, %d accepted, %d repeated, %d refused", files[i].file, (int)run.counts.rows,
		    (int)run.counts.accepted, (int)run.counts.repeated, (int)run.counts.refused);
		for (k = 0; files[i].codes[k].code; k++)
			printf("; %s %d", files[i].codes[k].code, (int)count_of(files[i].codes[k].code));
		for (k = 0; files[i].codes[k].code; k++)
			YW_CHECK_MSG(count_of(files[i].codes[k].code) == files[i].codes[k].n, "%s: %s", files[i].file,
			    files[i].codes[k].code);
		YW_CHECK(run.counts.rows == files[i].rows && run.counts.accepted == files[i].accepted);
		YW_CHECK(run.counts.repeated == files[i].repeated && run.counts.refused == files[i].refused);
	}
	printf("\n   ");
	yw_buf_release(&text);
}

YW_TESTS({ "the corpus's contracts, Chinese headers", chinese_headers },
    { "the corpus's contracts, English headers", english_headers },
    { "the corpus's tables without damage, of every other kind", sound_files }, { "the corpus's changes and cancellations of contracts", changes },
    { "real organisations, universities, patents", real_files })
