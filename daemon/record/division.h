/*
 * division.h - the table of divisions: which codes there are, what they are called, what they hang on.
 *
 * Read from node-config/divisions.csv; the shape of a code is code.h's.  A record keeps the code of its
 * own date, so the table also holds codes that are no longer in force; it never moves a record.
 */
#ifndef YW_RECORD_DIVISION_H
#define YW_RECORD_DIVISION_H

#include "record/code.h"

#define YW_DIVISIONS_BYTES_MAX (4u << 20)
#define YW_DIVISIONS_HEADER "code,name,level,parent,valid_from,valid_to,successor"

enum yw_division_level {
	YW_DIVISION_PROVINCE = 1,
	YW_DIVISION_CITY,
	YW_DIVISION_COUNTY,
	YW_DIVISION_ZONE	/* a development zone: a statistical code, none of GB/T 2260's */
};

struct yw_division {
	struct yw_jurisdiction code;
	const char *name;			/* UTF-8, owned by the table */
	enum yw_division_level level;
	struct yw_jurisdiction parent;		/* "" for a province */
	char valid_from[11], valid_to[11];	/* its first day, the first day without it; "" = not known, and in force */
	struct yw_jurisdiction successor;	/* what it became or is part of; "" unless known */
};

struct yw_divisions;

/*
 * Reads a table: the header line, then one row per division, seven columns without quotes, ascending by
 * code and then by valid_from (a code that was given twice has two rows).
 *
 * name		what messages call the file
 * *out		set on YW_OK only; the caller frees it
 *
 * YW_EFORMAT	another header, a row of another shape, out of order, an unknown level, a parent or
 *		successor that has no row, successors that lead nowhere; the sentence names the line
 * YW_ELIMIT	over YW_DIVISIONS_BYTES_MAX.   YW_ENOMEM
 */
YW_CHECKED enum yw_code yw_divisions_parse(const char *name, struct yw_bytes text, struct yw_divisions **out,
    struct yw_error *err);

/* The same from a file; also gives the errors of yw_file_read(). */
YW_CHECKED enum yw_code yw_divisions_read(const char *path, struct yw_divisions **out, struct yw_error *err);

void yw_divisions_free(struct yw_divisions *d);		/* NULL is fine */

/* The newest row of a code, or NULL if the table has none.  Any thread. */
const struct yw_division *yw_division_find(const struct yw_divisions *d, const char *code);

/*
 * The row of a code as of a day, "2018-09-01": of several the last that had begun by then, else the first; "" asks for
 * the newest.  NULL if the table has none.  Any thread.
 */
const struct yw_division *yw_division_then(const struct yw_divisions *d, const char *code, const char *day);

/*
 * What a code is today: its newest row while that is in force, else that of its last successor; of a code
 * that ended without one its own row.  NULL if the table has none.  Any thread.
 */
const struct yw_division *yw_division_today(const struct yw_divisions *d, const char *code);

#endif
