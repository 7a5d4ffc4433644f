/*
 * value.h - one cell of an office's table into one value: dates, money, numbers, identifiers, local ids.
 *
 * Accepts the ways spreadsheets write a value and refuses what they have damaged; never guesses.
 * Cells come decoded, trimmed and folded (yw_import_fold), as NUL-terminated UTF-8.  What is wrong
 * comes back as a word of the table in reason.h, NULL when all is well; results are set only then.
 * Any thread.
 */
#ifndef YW_IMPORT_VALUE_H
#define YW_IMPORT_VALUE_H

#include "crypto/keys.h"

#define YW_IMPORT_IDENTITY_MAX 8	/* columns that identify a row */
#define YW_IMPORT_LOCAL_ID_CHARS 26	/* 16 bytes in base32 */

enum yw_import_unit { YW_IMPORT_YUAN = 100, YW_IMPORT_WAN_YUAN = 1000000 };	/* fen in one unit */

enum yw_import_date_form {	/* bits */
	YW_IMPORT_YMD = 1,	/* `2021-03-05`, `2021/3/5`, `2021年3月5日` */
	YW_IMPORT_MDY = 2	/* `03/05/2021` */
};

struct yw_import_date { char text[16]; };	/* 2021-03-05, so that strcmp() orders */

/* Appends text with full-width forms (U+FF01 to U+FF5E) as the plain ones; true if there were any. */
bool yw_import_fold(struct yw_bytes text, struct yw_buf *out);

/* *other: written in another form than 2021-03-05.  A year is 1900 to 9999. */
const char *yw_import_date(const char *text, unsigned forms, struct yw_import_date *out, bool *other);

/* Whole fen, not negative. */
const char *yw_import_money(const char *text, enum yw_import_unit unit, int64_t *fen);

const char *yw_import_number(const char *text, uint32_t *out);

/*
 * The scheme of a domestic organisation's number by its shape, as in the record's field table:
 * 15 and 13 digits are old registration numbers, 9 characters (or 8, a hyphen, 1) an organisation
 * code; everything else must be a credit code and is judged as one by the validator.
 */
const char *yw_import_scheme(const char *text);

/*
 * HMAC-SHA-256 over kind and columns, each with its length before it (so that "a","bc" is not
 * "ab","c"); first 16 bytes in base32.  YW_ELIMIT no column or more than YW_IMPORT_IDENTITY_MAX.
 */
YW_CHECKED enum yw_code yw_import_local_id(const uint8_t key[static 32], const char *kind,
    const struct yw_bytes *columns, size_t n, char out[static YW_IMPORT_LOCAL_ID_CHARS + 1],
    struct yw_error *err);

#endif
