/*
 * reason.h - everything that an import itself can find wrong or worth a note, with its policy.
 *
 * One table: the stable word that tables, scripts and tests match, whether it refuses, and the
 * sentence for the clerk.  What only the whole record shows (an amount larger than the total) is
 * found by record/record.h's validator, in the same form.
 */
#ifndef YW_IMPORT_REASON_H
#define YW_IMPORT_REASON_H

#include <stdbool.h>

struct yw_import_reason {
	const char *code;
	bool refuse;		/* else a note: the row or file is accepted */
	const char *sentence;	/* one line, lower case, no full stop */
};

/* The row of a word that this room uses; never NULL. */
const struct yw_import_reason *yw_import_reason(const char *code);

#endif
