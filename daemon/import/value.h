/*
 * value.h - one cell of an office's table into one value: dates, money, and the local id of a row.
 *
 * Accepts the ways spreadsheets write a value and refuses what they have damaged; never guesses.
 */
#ifndef YW_IMPORT_VALUE_H
#define YW_IMPORT_VALUE_H

#include "crypto/keys.h"

#define YW_IMPORT_VALUE_MAX 64		/* bytes of a cell that holds a date, a number or an amount */
#define YW_IMPORT_IDENTITY_MAX 8	/* columns that identify a row */
#define YW_IMPORT_LOCAL_ID_CHARS 26	/* 16 bytes in base32 */

enum yw_import_unit { YW_IMPORT_YUAN = 100, YW_IMPORT_WAN_YUAN = 1000000 };	/* fen in one unit */

struct yw_import_date {
	uint16_t year;		/* 1900 to 9999 */
	uint8_t month, day;
};

/* Text is NUL-terminated UTF-8, full-width digits count as digits; results are set on YW_OK only.  Any thread. */

/* `2021/3/5`, `2021-03-05`, `2021年3月5日`.  YW_EFORMAT another form, YW_EINVAL no such day. */
YW_CHECKED enum yw_code yw_import_date(const char *text, struct yw_import_date *out, struct yw_error *err);

/* Whole fen, not negative.  YW_EFORMAT no plain number or finer than a fen, YW_ELIMIT beyond int64. */
YW_CHECKED enum yw_code yw_import_money(const char *text, enum yw_import_unit unit, int64_t *fen,
    struct yw_error *err);

/* A spreadsheet turned a long number into `2.02132E+15`: its last digits are lost. */
bool yw_import_is_mangled(const char *text);

/*
 * HMAC-SHA-256 over kind and columns, each with its length before it (so that "a","bc" is not
 * "ab","c"); first 16 bytes in base32.  YW_ELIMIT no column or more than YW_IMPORT_IDENTITY_MAX.
 */
YW_CHECKED enum yw_code yw_import_local_id(const uint8_t key[static 32], const char *kind,
    const struct yw_bytes *columns, size_t n, char out[static YW_IMPORT_LOCAL_ID_CHARS + 1],
    struct yw_error *err);

#endif
