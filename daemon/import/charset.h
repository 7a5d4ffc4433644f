/*
 * charset.h - the character set of an imported file: told by the mapping or guessed, then cell by cell.
 *
 * A cell comes out as UTF-8 that may enter a record, or with the word for what is wrong with it.
 * Nothing is replaced or dropped: what does not decode is refused.
 */
#ifndef YW_IMPORT_CHARSET_H
#define YW_IMPORT_CHARSET_H

#include "base/buf.h"

enum yw_charset { YW_CHARSET_UTF8, YW_CHARSET_GB18030 };

#define YW_CHARSET_WINDOW (64u << 10)	/* bytes at the start of a file that a guess looks at */

/*
 * Guesses from the start of a file.  A UTF-8 byte order mark says it; a first line that is GB18030 and
 * not UTF-8 does too; else it is GB18030 where more lines are that and not UTF-8 than are UTF-8 beyond
 * ASCII.  Line by line, so that a damaged cell does not decide.
 */
enum yw_charset yw_charset_guess(struct yw_bytes head);

/* Does the file start with a byte order mark of UTF-16 or UTF-32?  Such files are not read. */
bool yw_charset_is_wide(struct yw_bytes head);
/* Is it what spreadsheets save by themselves, .xlsx or .xls?  Such files are not read either. */
bool yw_charset_is_workbook(struct yw_bytes head);

struct yw_charset_reader;	/* one thread at a time */

/* *out belongs to the caller, NULL on failure.  YW_ENOMEM; YW_EIO the C library lacks GB18030. */
YW_CHECKED enum yw_code yw_charset_open(enum yw_charset set, struct yw_charset_reader **out, struct yw_error *err);
void yw_charset_close(struct yw_charset_reader *r);	/* NULL is fine */

/*
 * Appends one cell as UTF-8 and returns NULL, or appends nothing (or half a cell: the caller drops
 * it) and returns a stable word: "invalid_utf8", "invalid_gb18030" (also bytes of the 24 private-use
 * characters that the C library does not map), "nul_byte", "control_character" (but tab and line
 * breaks), "replacement_character" (U+FFFD: an earlier conversion lost what stood here).
 */
const char *yw_charset_read(struct yw_charset_reader *r, struct yw_bytes cell, struct yw_buf *out);

/* Appends UTF-8 text in the file's own set; a character that it lacks becomes '?'. */
void yw_charset_write(struct yw_charset_reader *r, struct yw_bytes text, struct yw_buf *out);

#endif
