/*
 * assemble.h - values with their paths in, the JSON text of one record out.
 *
 * The text is what record/record.h turns into a Record, so the fields, their types and their words
 * are known in one place only.
 */
#ifndef YW_IMPORT_ASSEMBLE_H
#define YW_IMPORT_ASSEMBLE_H

#include "base/buf.h"

enum yw_import_form {
	YW_IMPORT_ABSENT,
	YW_IMPORT_NONE,		/* null: what is laid over a record takes the field out (yw_record_patch) */
	YW_IMPORT_STRING,	/* text, a date, a word of an enumeration */
	YW_IMPORT_INTEGER,
	YW_IMPORT_STRINGS,	/* text holds them one after the other, each with a NUL behind it */
	YW_IMPORT_IDENTIFIER	/* text and scheme */
};

struct yw_import_value {
	const char *path;	/* below the kind: "seller.identifier"; of STRINGS also "achievements[].number",
				 * a list of messages of which each has this one field */
	enum yw_import_form form;
	struct yw_bytes text;	/* UTF-8 */
	int64_t number;
	const char *scheme;
};

/* Appends {"id": ..., "operation": "put", "<kind>": {...}}.  Values are sorted by path (strcmp) and no
 * path is the beginning of another. */
void yw_import_assemble(const char *id, const char *kind, const struct yw_import_value *values, size_t n,
    struct yw_buf *out);

#endif
