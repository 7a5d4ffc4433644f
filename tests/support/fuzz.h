/*
 * fuzz.h - what a fuzz target is: one function that takes any bytes, and properties that must hold.
 *
 * A target lives in tests/fuzz/<name>_fuzz.c, its seeds are the files in tests/fuzz/seeds/<name>/.
 * With -DYW_FUZZ=ON clang's libFuzzer drives it; otherwise fuzz_main.c does, as an ordinary test.
 */
#ifndef YW_TESTS_SUPPORT_FUZZ_H
#define YW_TESTS_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A property that holds for every input; a false one ends the run with the input kept. */
#define YW_FUZZ_CHECK(x)                                                                           \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
