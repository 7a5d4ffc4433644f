/*
 * corpus.h - the generated corpus of contracts, and what an import of it must find.
 *
 * The corpus comes with a table of its own damage, expected_errors.csv; where the importer decides otherwise than
 * that table proposes stands in corpus.c, with the reason, in one place for all tests.
 */
#ifndef YW_TESTS_SUPPORT_CORPUS_H
#define YW_TESTS_SUPPORT_CORPUS_H

#include "support/testing.h"

#define YW_FOUND_CODE_MAX 40
#define YW_EXPECTED_MAX 512

/* One finding of an import. */
struct yw_found {
	uint64_t record, line;			/* record 0: not known */
	bool refuse;
	char code[YW_FOUND_CODE_MAX];
};

/* A row of the table. */
struct yw_expected {
	char file[64], code[YW_FOUND_CODE_MAX];
	uint64_t record, line;			/* record 0: the file as a whole */
	bool refuse, none;			/* none: there is nothing to find */
};
struct yw_expected_table {
	struct yw_expected rows[YW_EXPECTED_MAX];
	size_t n;
};

/* The files of a corpus beside contracts.csv and changes.csv: those without damage, with so many contracts to a row of them
 * (achievements.csv has internal ones, see below); and those that are damaged as a whole, with how many of their rows go in. */
struct yw_corpus_file { const char *name, *mapping; unsigned share; };
struct yw_corpus_bad { const char *name; unsigned rows; };
#define YW_CORPUS_FILES 5
#define YW_CORPUS_BAD 12
extern const struct yw_corpus_file yw_corpus_files[YW_CORPUS_FILES];
extern const struct yw_corpus_bad yw_corpus_bad[YW_CORPUS_BAD];

/* Runs gen_corpus.py with --out dir and these words (NULL ends them) on top. */
void yw_corpus_generate(const char *dir, const char *const *words);

/* The table of a generated directory, with our decisions in place of its proposals; and what an import finds whose records
 * are those of `own` ("": nobody's). */
void yw_corpus_expected(const char *dir, const char *own, struct yw_expected_table *out);

/*
 * What the table leaves to be told from the files themselves is added to it: changes.csv, whose rows are about contracts that went
 * in, is noted where the contract is cancelled already, or has a technical amount above its new total; a row of achievements.csv
 * that is marked as internal is refused as `unconditional`.
 */
void yw_corpus_expect_changes(const char *dir, struct yw_expected_table *t);
void yw_corpus_expect_internal(const char *dir, struct yw_expected_table *t);

/* Both ways: all that is expected of that file was found, and nothing else. */
void yw_corpus_compare(const struct yw_expected_table *t, const char *file, const struct yw_found *found, size_t n);

/* Rows of that file that are refused, and that repeat an earlier one. */
void yw_corpus_count(const struct yw_expected_table *t, const char *file, uint64_t *refused, uint64_t *repeated);

#endif
