/*
 * testing.h - the small harness: named cases in a table, the failing expression and code always named.
 *
 *	static void splits_at_the_last_empty_line(void) { ... YW_CHECK(x == 3); ... }
 *	YW_TESTS({ "B11 splits at the last empty line", splits_at_the_last_empty_line }, ...)
 *
 * A case names the rule ids it shows at the start of its name; scripts/rules reads them.
 * `prog NAME...` runs the cases whose name contains one of the words.
 */
#ifndef YW_TESTS_SUPPORT_TESTING_H
#define YW_TESTS_SUPPORT_TESTING_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

struct yw_case {
	const char *name;
	void (*run)(void);
};

int yw_testing_main(int argc, char **argv, const struct yw_case *cases, size_t n);
void yw_testing_failed(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends a case for want of what this machine does not have; without a failure, the program then says 77: skipped. */
void yw_test_skip(const char *why);
void yw_test_needs_root(void);	/* to play another user: else sudo runs this case, if it asks for no password */

/* Runs a case that must fail: true if it did, and its reason holds these words.  What it held is lost. */
bool yw_test_fails(void (*run)(void), const char *reason);

/* Log lines are kept from here on, in place of being shown, until the case ends or this is called again; how many of
 * them hold both words? */
void yw_hear(void);
size_t yw_heard(const char *event, const char *words);

#define YW_TESTS(...)                                                                              \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		static const struct yw_case cases[] = { __VA_ARGS__ };                             \
		return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);           \
	}

/* A false check ends the case (by longjmp); what it held is lost, which a failing test may do. */
#define YW_CHECK(x)                                                                                \
	do {                                                                                       \
		if (!(x))                                                                          \
			yw_testing_failed(__FILE__, __LINE__, "%s", #x);                           \
	} while (0)
#define YW_CHECK_MSG(x, ...)                                                                       \
	do {                                                                                       \
		if (!(x))                                                                          \
			yw_testing_failed(__FILE__, __LINE__, __VA_ARGS__);                        \
	} while (0)

/* The call must give YW_OK / the code; the variable `err` of the caller is printed. */
#define YW_PASS(call)                                                                              \
	do {                                                                                       \
		enum yw_code c_ = (call);                                                          \
		if (c_ != YW_OK)                                                                   \
			yw_testing_failed(__FILE__, __LINE__, "%s gave '%s'", #call,               \
			    yw_code_name(c_));                                                     \
	} while (0)
#define YW_FAILS(call, want)                                                                       \
	do {                                                                                       \
		enum yw_code c_ = (call);                                                          \
		if (c_ != (want))                                                                  \
			yw_testing_failed(__FILE__, __LINE__, "%s gave '%s', not '%s'", #call,     \
			    yw_code_name(c_), yw_code_name(want));                                 \
	} while (0)

/* Hex of a test's fact into bytes (appended); fails the case on a typing error. */
void yw_unhex(const char *hex, struct yw_buf *out);

/* The whole of $YW_SHARED/path; fails the case if absent. */
void yw_shared_file(const char *path, struct yw_buf *out);

/* A random seed that is printed, or YW_SEED from the environment: property tests start from it. */
uint64_t yw_test_seed(void);
uint64_t yw_test_next(uint64_t *state);	/* splitmix64 */
void yw_test_shuffle(uint64_t *state, void *items, size_t n, size_t size);	/* n of that size, at most 64 bytes */

/* A fresh directory under $TMPDIR, removed at exit. */
const char *yw_test_dir(void);

#endif
