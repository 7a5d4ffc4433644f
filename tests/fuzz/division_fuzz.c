/*
 * Any text as a table of divisions: every row of one that is read is found again under its code.
 */
#include "record/division.h"
#include "support/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_divisions *d = NULL;
	char code[YW_CODE_DIGITS + 1];
	struct yw_error err;
	size_t i;

	if (yw_divisions_parse("fuzz", (struct yw_bytes) { data, len }, &d, &err) != YW_OK)
		return 0;
	for (i = 0; i < len; i++) {
		if (data[i] != '\n')
			continue;
		if (i + 1 == len)
			break;
		YW_FUZZ_CHECK(len - i > YW_CODE_DIGITS);
		memcpy(code, data + i + 1, YW_CODE_DIGITS);
		code[YW_CODE_DIGITS] = '\0';
		YW_FUZZ_CHECK(yw_division_find(d, code) != NULL);
	}
	yw_divisions_free(d);
	return 0;
}
