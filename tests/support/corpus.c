/*
 * corpus.c - see corpus.h.
 */
#include "support/corpus.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "import/csv.h"

#define WORDS_MAX 32

/* Where we decide otherwise than the table proposes: the word we use, whether it refuses, and why. */
static const struct {
	const char *proposed, *ours;
	bool refuse;
	const char *why;
} differences[] = {
	{ "fullwidth_digits", "fullwidth_digits", false, "they say the same: made plain, with a note" },
	{ "duplicate_registration_no", "duplicate_identity", true, "what identifies a row is the mapping's choice" },
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

void
yw_corpus_expected(const char *dir, struct yw_expected_table *out)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_csv *csv;
	struct yw_error err;
	char path[1024];

	out->n = 0;
	snprintf(path, sizeof path, "%s/expected_errors.csv", dir);
	YW_CHECK_MSG(yw_file_read(path, 64u << 20, &text, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_csv_new(take_expected, out, &csv, NULL));
	YW_PASS(yw_csv_feed(csv, yw_buf_bytes(&text), NULL));
	YW_PASS(yw_csv_end(csv, NULL));
	yw_csv_free(csv);
	yw_buf_release(&text);
}

static const struct yw_expected *
expected_at(const struct yw_expected_table *t, const char *file, const struct yw_found *f)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].file, file) == 0 && t->rows[i].line == f->line && !t->rows[i].none)
			return &t->rows[i];
	return NULL;
}

static bool
same(const struct yw_expected *e, const struct yw_found *f)
{
	return (e->record == f->record || e->record == 0 || f->record == 0) && e->line == f->line &&
	    e->refuse == f->refuse && strcmp(e->code, f->code) == 0;
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
	for (k = 0; k < n; k++) {
		const struct yw_expected *e = expected_at(t, file, &found[k]);

		YW_CHECK_MSG(e && same(e, &found[k]), "%s:%d: %s was found", file, (int)found[k].line, found[k].code);
	}
}

void
yw_corpus_count(const struct yw_expected_table *t, const char *file, uint64_t *refused, uint64_t *repeated)
{
	size_t i;

	*refused = *repeated = 0;
	for (i = 0; i < t->n; i++)
		if (strcmp(t->rows[i].file, file) == 0) {
			*refused += t->rows[i].refuse;
			*repeated += strcmp(t->rows[i].code, "exact_duplicate") == 0;
		}
}
