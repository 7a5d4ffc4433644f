/*
 * starve.h - makes one allocation fail: link yw_starve, and malloc, calloc and realloc of everything in
 * the test's own program (not of shared libraries) count, in whatever thread.
 *
 *	for (n = 1; ; n++) {
 *		yw_starve_at(n);
 *		code = ...;
 *		if (!yw_starve_end())
 *			break;		(it did not come to n allocations: code is YW_OK)
 *		YW_CHECK(code == YW_ENOMEM);
 *	}
 */
#ifndef YW_TESTS_SUPPORT_STARVE_H
#define YW_TESTS_SUPPORT_STARVE_H

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation from now fails (1 is the next), and only that one. */
void yw_starve_at(size_t n);

/* Stops it; did that allocation happen? */
bool yw_starve_end(void);

#endif
