/*
 * jurisdictions_test.c - the generated corpus of each of the 109 jurisdictions, every file of it, into a node of that
 * jurisdiction: each row that is refused or noted is one of the corpus's table, or follows from the files themselves.
 *
 * A node is whole but for disk and network (support/tservice.h), and alone in a network of its own, one after the other.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "import/csv.h"
#include "record/kind.h"
#include "support/corpus.h"
#include "support/tservice.h"

/* Every 41st row is damaged, so that the first 40, of which the bad files are made, are not; 36 kinds of damage.  The changes
 * are about every 82nd, or 205th row, of which none is damaged. */
#ifndef CONTRACTS
#define CONTRACTS 1480
#define CHANGES 18
#endif
#define DAMAGE "0.0243"

#define JURISDICTIONS 109
#define FOUND_MAX 2048
#define PIECE 65536

static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_expected_table table;

static struct {			/* of the last import */
	int64_t read, registered, changed, unchanged, repeated, refused, notes;
	bool file_refused;
	struct yw_found found[FOUND_MAX];
	size_t n;
	struct yw_buf rejects;
} out;

/* --- one import --- */

static void
take_answer(void)
{
	const json_t *f;
	size_t i;

	json_array_foreach(yw_asked_at(&a, "findings"), i, f) {
		struct yw_found *to = &out.found[out.n];

		YW_CHECK(out.n++ < FOUND_MAX);
		*to = (struct yw_found) { .line = (uint64_t)json_integer_value(json_object_get(f, "line")),
			.refuse = json_is_true(json_object_get(f, "refuse")) };
		snprintf(to->code, sizeof to->code, "%s", json_string_value(json_object_get(f, "code")));
	}
	YW_CHECK(yw_asked_number(&a, "findings_left_out") == 0);
	yw_buf_add(&out.rejects, a.data.data, a.data.len);
}

static void
take_counts(const char *what)
{
	size_t refused = 0;

	out.read = yw_asked_number(&a, "read");
	out.registered = yw_asked_number(&a, "registered");
	out.changed = yw_asked_number(&a, "changed");
	out.unchanged = yw_asked_number(&a, "unchanged");
	out.repeated = yw_asked_number(&a, "repeated");
	out.refused = yw_asked_number(&a, "refused");
	out.notes = yw_asked_number(&a, "notes");
	out.file_refused = json_is_true(yw_asked_at(&a, "file_refused"));
	YW_CHECK_MSG(out.registered + out.changed + out.unchanged + out.repeated + out.refused == out.read, "%s: a row has no outcome", what);
	for (size_t i = 0; i < out.n; i++)
		refused += out.found[i].refuse;
	YW_CHECK_MSG((int64_t)(out.n - refused) == out.notes && (out.file_refused || (int64_t)refused >= out.refused), "%s: %zu found", what,
	    out.n);
}

static void
import(const char *what, struct yw_bytes text, const char *mapping, const char *rest)
{
	char params[128];
	int64_t number;

	yw_buf_clear(&out.rejects);
	out.n = 0;
	snprintf(params, sizeof params, "{\"mapping\":\"%s\"%s}", mapping, rest);
	YW_CHECK_MSG(yw_asks(&a, &s, "import.begin", params) == YW_OK, "%s: %s", what, a.message);
	number = yw_asked_number(&a, "import");
	snprintf(params, sizeof params, "{\"import\":%lld}", (long long)number);
	for (size_t n; text.len > 0; text.data += n, text.len -= n) {
		n = text.len < PIECE ? text.len : PIECE;
		YW_CHECK_MSG(yw_asks_with(&a, &s, "import.data", params, (struct yw_bytes) { text.data, n }) == YW_OK, "%s: %s", what,
		    a.message);
		take_answer();
	}
	YW_CHECK_MSG(yw_asks(&a, &s, "import.end", params) == YW_OK, "%s: %s", what, a.message);
	take_answer();
	take_counts(what);
}

/* As the table says; *rows of it go in, or are there already. */
static void
import_file(const char *dir, const char *file, const char *mapping, int64_t *rows)
{
	struct yw_buf text = YW_BUF_INIT;
	uint64_t refused, repeated;
	struct yw_error err;
	char path[512];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	YW_CHECK_MSG(yw_file_read(path, 512u << 20, &text, &err) == YW_OK, "%s", err.msg);
	import(path, yw_buf_bytes(&text), mapping, "");
	yw_corpus_compare(&table, file, out.found, out.n);
	yw_corpus_count(&table, file, &refused, &repeated);
	if (out.file_refused)
		YW_CHECK_MSG(out.registered + out.changed + out.unchanged == 0, "%s", path);
	else
		YW_CHECK_MSG(out.refused == (int64_t)refused && out.repeated == (int64_t)repeated, "%s: %lld refused", path,
		    (long long)out.refused);
	*rows = out.registered + out.changed + out.unchanged;
	yw_buf_release(&text);
}

/* --- the files of a jurisdiction --- */

/* What is marked as internal does not go to every node; as the list of refused rows it goes in for those above. */
static void
internal_ones(int64_t refused)
{
	struct yw_buf internal = YW_BUF_INIT;

	yw_buf_add(&internal, out.rejects.data, out.rejects.len);
	import("the internal ones", yw_buf_bytes(&internal), "achievements", ",\"class\":\"not_shared\"");
	YW_CHECK(out.registered == refused && out.n == 0 && out.refused == 0);
	yw_buf_release(&internal);
}

static void
sound_files(const char *dir)
{
	int64_t rows;

	for (size_t i = 0; i < YW_CORPUS_FILES; i++) {
		const struct yw_corpus_file *f = &yw_corpus_files[i];
		bool any = strcmp(f->mapping, "achievements") == 0;

		import_file(dir, f->name, f->mapping, &rows);
		YW_CHECK_MSG(out.read == CONTRACTS / f->share && out.registered == rows && (any || out.n == 0), "%s/%s: %lld rows", dir, f->name,
		    (long long)rows);
		if (any)
			internal_ones(out.refused);
	}
}

static void
contracts(const char *dir)
{
	int64_t rows, again;

	import_file(dir, "contracts.csv", "contracts", &rows);
	YW_CHECK(out.read == CONTRACTS && out.registered == rows && out.refused + out.repeated + rows == CONTRACTS);
	import_file(dir, "contracts.csv", "contracts", &again);
	YW_CHECK(out.unchanged == rows && again == rows);
}

static void
bad_files(const char *dir)
{
	int64_t rows;

	for (size_t i = 0; i < YW_CORPUS_BAD; i++) {
		import_file(dir, yw_corpus_bad[i].name, "contracts", &rows);
		YW_CHECK_MSG(rows == yw_corpus_bad[i].rows && out.unchanged == rows, "%s/%s: %lld rows, %lld as they were", dir,
		    yw_corpus_bad[i].name, (long long)rows, (long long)out.unchanged);
	}
}

static void
changes(const char *dir)
{
	int64_t rows;

	import_file(dir, "changes.csv", "contract-changes", &rows);
	YW_CHECK_MSG(rows == CHANGES && out.changed == CHANGES && out.read == CHANGES, "%s: %lld changed", dir, (long long)out.changed);
}

/* --- all of them --- */

static struct { char code[7]; } all[JURISDICTIONS];
static size_t n_all;

static enum yw_code
take_division(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	(void)arg;
	(void)err;
	if (row->line == 1)
		return YW_OK;
	YW_CHECK(n_all < JURISDICTIONS && row->cells[0].len == 6);
	memcpy(all[n_all++].code, row->cells[0].data, 6);
	return YW_OK;
}

static void
read_divisions(void)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_csv *csv;

	n_all = 0;
	yw_shared_file("data/divisions.csv", &text);
	YW_PASS(yw_csv_new(take_division, NULL, &csv, NULL));
	YW_PASS(yw_csv_feed(csv, yw_buf_bytes(&text), NULL));
	YW_PASS(yw_csv_end(csv, NULL));
	YW_CHECK(n_all == JURISDICTIONS);
	yw_csv_free(csv);
	yw_buf_release(&text);
}

#define TEXT(n) TEXT_(n)
#define TEXT_(n) #n

static void
generate(size_t i, char dir[static 300])
{
	char seed[24];

	snprintf(seed, sizeof seed, "%zu", i + 1);
	snprintf(dir, 300, "%s/corpus", yw_test_dir());	/* the files of the last one are written over */
	yw_corpus_generate(dir, (const char *const[]) { "--contracts", TEXT(CONTRACTS), "--dirty", DAMAGE, "--changes", TEXT(CHANGES),
		"--header", i % 2 == 0 ? "zh" : "en", "--under", all[i].code, "--seed", seed, NULL });
	yw_corpus_expected(dir, all[i].code, &table);
	yw_corpus_expect_changes(dir, &table);
	yw_corpus_expect_internal(dir, &table);
}

static void
one(size_t i)
{
	const char *const first[] = { all[i].code };
	struct yw_tnet *net;
	char dir[300];

	generate(i, dir);
	yw_hear();
	memset(&s, 0, sizeof s);
	for (size_t kind = 1; kind < YW_KINDS_END; kind++)	/* as shipped: the mappings leave it to the configuration */
		snprintf(s.config.default_class[kind], sizeof s.config.default_class[kind], "unconditional");
	net = yw_tnet_new("svc.example", first, 1, "quorum none\n");
	yw_tservice_start(&s, net, all[i].code, "", false, NULL);
	sound_files(dir);
	contracts(dir);
	bad_files(dir);
	changes(dir);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

static void
every_jurisdiction(void)
{
	a.q.caller = (struct yw_caller) { 0, 0, 0 };
	read_divisions();
	for (size_t i = 0; i < n_all; i++)
		one(i);
	yw_asked_release(&a);
	yw_buf_release(&out.rejects);
	printf(" %zu jurisdictions, %d contracts each", n_all, CONTRACTS);
}

YW_TESTS({ "B5 each jurisdiction's corpus, every file: what is refused or noted is what should be", every_jurisdiction })
