/*
 * csv.h - rows out of a CSV file that comes in pieces, each with the line where it starts.
 *
 * RFC 4180 with LF, CRLF or CR; a quoted cell may hold line breaks.  Works on bytes, before any
 * character set: comma, quote and line break are never part of another character in UTF-8 or
 * GB18030, so one damaged cell costs its own row only, and a refused row can be given back as it was.
 * Cells come out as written: nothing is trimmed, nothing converted.
 */
#ifndef YW_IMPORT_CSV_H
#define YW_IMPORT_CSV_H

#include "base/buf.h"
#include "base/limits.h"

enum yw_csv_shape {
	YW_CSV_WHOLE,
	YW_CSV_STRAY_QUOTE,	/* a quote inside an unquoted cell, or text after a closing quote */
	YW_CSV_OPEN_QUOTE	/* the file ends inside a quoted cell */
};

struct yw_csv_row {			/* borrowed for the call */
	uint64_t line;			/* where it starts, from 1 */
	uint64_t last_line;		/* where it ends */
	enum yw_csv_shape shape;
	bool unended;			/* the file ends here without a line break */
	struct yw_bytes raw;		/* the row as in the file, without its last line break */
	const struct yw_bytes *cells;	/* the first YW_CSV_COLUMNS_MAX; none unless WHOLE */
	size_t n_cells;			/* as many as the row has */
};

/* Takes one row, the header included; empty lines are left out.  Its failure ends the feeding. */
typedef enum yw_code (*yw_csv_row_fn)(void *arg, const struct yw_csv_row *row, struct yw_error *err);

struct yw_csv;	/* one thread at a time */

/* *out belongs to the caller, NULL on failure.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_csv_new(yw_csv_row_fn take, void *arg, struct yw_csv **out, struct yw_error *err);
void yw_csv_free(struct yw_csv *csv);	/* NULL is fine */

/*
 * Takes the next piece of the file, of any size; a UTF-8 byte order mark at its start is dropped.
 * After a stray quote reading goes on with the next line.
 *
 * YW_ELIMIT	a row of more than YW_CSV_ROW_MAX bytes: the sentence names its first line
 * YW_ENOMEM, or what `take` gave.  After a failure only yw_csv_free() may follow.
 */
YW_CHECKED enum yw_code yw_csv_feed(struct yw_csv *csv, struct yw_bytes piece, struct yw_error *err);

/* The file ends here: gives the last row if its line break is missing. */
YW_CHECKED enum yw_code yw_csv_end(struct yw_csv *csv, struct yw_error *err);

/* The line where the row in hand starts: after YW_ELIMIT, of the row that is too long. */
uint64_t yw_csv_row_line(const struct yw_csv *csv);

/* Appends text as one cell, quoted where it must be. */
void yw_csv_add_cell(struct yw_buf *out, struct yw_bytes text);

#endif
