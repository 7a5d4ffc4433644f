/*
 * corpus.c - see corpus.h.
 */
#include "support/corpus.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "import/csv.h"

#define WORDS_MAX 32

#define NUMBER_AT 0			/* columns of contracts.csv */
#define COUNTRY_AT 11			/* the buyer's */
#define TECHNICAL_AT 14
#define STATUS_AT 28
#define CONTRACT_COLUMNS 31

/* Where we decide otherwise than the table proposes: the word we use, whether it refuses, and why. */
static const struct {
	const char *proposed, *ours;
	bool refuse;
	const char *why;
} differences[] = {
	{ "fullwidth_digits", "fullwidth_digits", false, "they say the same: made plain, with a note" },
	{ "duplicate_registration_no", "duplicate_identity", true, "what identifies a row is the mapping's choice" },
};

const struct yw_corpus_file yw_corpus_files[YW_CORPUS_FILES] = {
	{ "institutions.csv", "institutions", 50 }, { "brokers.csv", "brokers", 20 }, { "demands.csv", "demands", 10 },
	{ "projects.csv", "projects", 4 }, { "achievements.csv", "achievements", 10 },
};
const struct yw_corpus_bad yw_corpus_bad[YW_CORPUS_BAD] = {
	{ "bad_gb18030.csv", 40 }, { "bad_crlf.csv", 40 }, { "bad_bom.csv", 40 }, { "bad_utf16.csv", 0 }, { "bad_missing_column.csv", 0 },
	{ "bad_column_order.csv", 40 }, { "bad_duplicate_header.csv", 0 }, { "bad_open_quote.csv", 40 }, { "bad_truncated.csv", 40 },
	{ "bad_no_final_newline.csv", 1 }, { "bad_empty.csv", 0 }, { "bad_header_only.csv", 0 },
};

void
yw_corpus_generate(const char *dir, const char *const *words)
{
	const char *shared = getenv("YW_SHARED"), *argv[WORDS_MAX];
	char script[512];
	size_t n = 0;
	int status;
	pid_t pid;

	snprintf(script, sizeof script, "%s/data/gen_corpus.py", shared ? shared : "../shared");
	argv[n++] = "python3";
	argv[n++] = script;
	argv[n++] = "--out";
	argv[n++] = dir;
	for (; *words != NULL; words++) {
		YW_CHECK(n + 1 < WORDS_MAX);
		argv[n++] = *words;
	}
	argv[n] = NULL;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	YW_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	YW_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0, "python3 %s: %d", script, status);
}

/* A row of expected_errors.csv: file, record, line, key, column, code, severity. */
static void
cell_text(const struct yw_csv_row *row, size_t i, char *out, size_t max)
{
	snprintf(out, max, "%.*s", (int)row->cells[i].len, (const char *)row->cells[i].data);
}

static enum yw_code
take_expected(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_expected_table *t = arg;
	struct yw_expected *e = &t->rows[t->n];
	char number[24], severity[16];
	size_t i;

	(void)err;
	YW_CHECK(row->n_cells == 7 && t->n < YW_EXPECTED_MAX);
	if (row->line == 1)
		return YW_OK;
	cell_text(row, 0, e->file, sizeof e->file);
	cell_text(row, 1, number, sizeof number);
	e->record = strtoull(number, NULL, 10);
	cell_text(row, 2, number, sizeof number);
	e->line = strtoull(number, NULL, 10);
	cell_text(row, 5, e->code, sizeof e->code);
	cell_text(row, 6, severity, sizeof severity);
	e->refuse = strcmp(severity, "error") == 0;
	e->none = strcmp(severity, "accept") == 0;
	for (i = 0; i < sizeof differences / sizeof *differences; i++)
		if (strcmp(differences[i].proposed, e->code) == 0) {
			snprintf(e->code, sizeof e->code, "%s", differences[i].ours);
			e->refuse = differences[i].refuse;
		}
	t->n++;
	return YW_OK;
}

/* The retired division of damaged rows, 320684, is 320614 of 320600 now: at any other place its seller is of elsewhere. */
static void
expect_sellers(struct yw_expected_table *t, const char *own)
{
	static const char *const home[] = { "", "320000", "320600", "320614", "320684" };
	size_t i, n = t->n;

	for (i = 0; i < sizeof home / sizeof *home; i++)
		if (strcmp(own, home[i]) == 0)
			return;
	for (i = 0; i < n; i++)
		if (strcmp(t->rows[i].code, "retired_division") == 0) {
			YW_CHECK(t->n < YW_EXPECTED_MAX);
			t->rows[t->n] = t->rows[i];
			snprintf(t->rows[t->n++].code, YW_FOUND_CODE_MAX, "seller_elsewhere");
		}
}

static void
read_table(const char *dir, const char *file, yw_csv_row_fn take, void *arg)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_csv *csv;
	struct yw_error err;
	char path[1024];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	YW_CHECK_MSG(yw_file_read(path, 512u << 20, &text, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_csv_new(take, arg, &csv, NULL));
	YW_PASS(yw_csv_feed(csv, yw_buf_bytes(&text), NULL));
	YW_PASS(yw_csv_end(csv, NULL));
	yw_csv_free(csv);
	yw_buf_release(&text);
}

/* A foreign buyer's number is no credit code, whatever damage was done to it: nothing is found. */
static enum yw_code
take_foreign(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_expected_table *t = arg;
	size_t i;

	(void)err;
	if (row->n_cells <= COUNTRY_AT || yw_bytes_equal(row->cells[COUNTRY_AT], YW_BYTES_LIT("CHN")))
		return YW_OK;
	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].file, "contracts.csv") == 0 && t->rows[i].line == row->line &&
		    (strcmp(t->rows[i].code, "bad_uscc_alphabet") == 0 || strcmp(t->rows[i].code, "legacy_reg_no_15") == 0))
			t->rows[i].none = true;
	return YW_OK;
}

static void
expect(struct yw_expected_table *t, const char *file, const struct yw_csv_row *row, const char *code, bool refuse)
{
	struct yw_expected *e = &t->rows[t->n];

	YW_CHECK(t->n++ < YW_EXPECTED_MAX);
	*e = (struct yw_expected) { .line = row->line, .refuse = refuse };
	snprintf(e->file, sizeof e->file, "%s", file);
	snprintf(e->code, sizeof e->code, "%s", code);
}

void
yw_corpus_expected(const char *dir, const char *own, struct yw_expected_table *out)
{
	out->n = 0;
	read_table(dir, "expected_errors.csv", take_expected, out);
	read_table(dir, "contracts.csv", take_foreign, out);
	expect_sellers(out, own);
}

/* --- what the files themselves tell */

struct contracts {
	struct contract { char number[24], status[16]; double technical; } *c;
	size_t n, room;
	struct yw_expected_table *table;
};

static enum yw_code
take_contract(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct contracts *all = arg;
	struct contract *c;
	char amount[32];

	(void)err;
	if (row->n_cells != CONTRACT_COLUMNS)
		return YW_OK;
	if (all->n == all->room) {
		all->room = 2 * all->room + 1024;
		all->c = realloc(all->c, all->room * sizeof *all->c);
		YW_CHECK(all->c != NULL);
	}
	c = &all->c[all->n++];
	cell_text(row, NUMBER_AT, c->number, sizeof c->number);
	cell_text(row, STATUS_AT, c->status, sizeof c->status);
	cell_text(row, TECHNICAL_AT, amount, sizeof amount);
	c->technical = strtod(amount, NULL);
	return YW_OK;
}

/* registration_no, action, effective_on, field, old_value, new_value, reason. */
static enum yw_code
take_change(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	const struct contracts *all = arg;
	char number[24], action[16], field[24], new[32];
	size_t i;

	(void)err;
	if (row->line == 1)
		return YW_OK;
	cell_text(row, 0, number, sizeof number);
	cell_text(row, 1, action, sizeof action);
	cell_text(row, 3, field, sizeof field);
	cell_text(row, 5, new, sizeof new);
	for (i = 0; i < all->n && strcmp(all->c[i].number, number) != 0; i++)
		;
	YW_CHECK_MSG(i < all->n, "changes.csv:%d: no contract '%s'", (int)row->line, number);
	if (strcmp(action, "change") == 0 && strcmp(all->c[i].status, "cancelled") == 0)
		expect(all->table, "changes.csv", row, "already_cancelled", false);
	if (strcmp(field, "total_amount_yuan") == 0 && strtod(new, NULL) < all->c[i].technical)
		expect(all->table, "changes.csv", row, "technical_gt_total", false);
	return YW_OK;
}

void
yw_corpus_expect_changes(const char *dir, struct yw_expected_table *t)
{
	struct contracts all = { .table = t };

	read_table(dir, "contracts.csv", take_contract, &all);
	read_table(dir, "changes.csv", take_change, &all);
	free(all.c);
}

static enum yw_code
take_achievement(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	(void)err;
	YW_CHECK(row->n_cells == 22);
	if (yw_bytes_equal(row->cells[18], YW_BYTES_LIT("internal")))
		expect(arg, "achievements.csv", row, "internal_unconditional", true);
	return YW_OK;
}

void
yw_corpus_expect_internal(const char *dir, struct yw_expected_table *t)
{
	read_table(dir, "achievements.csv", take_achievement, t);
}

/* --- comparing */

static bool
same(const struct yw_expected *e, const struct yw_found *f)
{
	return (e->record == f->record || e->record == 0 || f->record == 0) && e->line == f->line &&
	    e->refuse == f->refuse && strcmp(e->code, f->code) == 0;
}

static bool
is_expected(const struct yw_expected_table *t, const char *file, const struct yw_found *f)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].file, file) == 0 && !t->rows[i].none && same(&t->rows[i], f))
			return true;
	return false;
}

void
yw_corpus_compare(const struct yw_expected_table *t, const char *file, const struct yw_found *found, size_t n)
{
	size_t i, k;

	for (i = 0; i < t->n; i++) {
		if (strcmp(t->rows[i].file, file) != 0 || t->rows[i].none)
			continue;
		for (k = 0; k < n && !same(&t->rows[i], &found[k]); k++)
			;
		YW_CHECK_MSG(k < n, "%s:%d: %s was not found", file, (int)t->rows[i].line, t->rows[i].code);
	}
	for (k = 0; k < n; k++)
		YW_CHECK_MSG(is_expected(t, file, &found[k]), "%s:%d: %s was found", file, (int)found[k].line, found[k].code);
}

void
yw_corpus_count(const struct yw_expected_table *t, const char *file, uint64_t *refused, uint64_t *repeated)
{
	size_t i;

	*refused = *repeated = 0;
	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].file, file) == 0 && !t->rows[i].none) {
			*refused += t->rows[i].refuse;
			*repeated += strcmp(t->rows[i].code, "exact_duplicate") == 0;
		}
}
