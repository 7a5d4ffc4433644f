/*
 * text.h - the text forms of bytes and numbers: hex, base64, base32, decimal, UTF-8.
 *
 * All decoders are strict: exactly one text stands for a value, everything else is YW_EFORMAT.
 */
#ifndef YW_BASE_TEXT_H
#define YW_BASE_TEXT_H

#include "base/buf.h"

/* RFC 4648 section 4, padded; the unused bits of the last character must be zero. */
void yw_base64_add(struct yw_buf *out, const void *data, size_t len);
YW_CHECKED enum yw_code yw_base64_decode(const char *text, size_t len, struct yw_buf *out);

/* The decoded length must be exactly out_len: for keys, hashes and signatures.  Allocates nothing; out is
 * undefined on failure. */
YW_CHECKED enum yw_code yw_base64_decode_exact(const char *text, size_t len, uint8_t *out, size_t out_len);

/* Lower case, as in the verifier keys of C2SP; the decoder refuses upper case. */
void yw_hex_add(struct yw_buf *out, const void *data, size_t len);
YW_CHECKED enum yw_code yw_hex_decode(const char *text, size_t len, uint8_t *out, size_t out_len);

/* RFC 4648 section 6 alphabet in lower case, without padding. */
void yw_base32_add(struct yw_buf *out, const void *data, size_t len);

/* Decimal without sign or leading zero ("0" itself is fine), at most max. */
YW_CHECKED enum yw_code yw_decimal_decode(const char *text, size_t len, uint64_t max, uint64_t *out);

/* The text after the mark EF BB BF that some editors begin UTF-8 with; all of it where there is none. */
struct yw_bytes yw_utf8_unmarked(struct yw_bytes text);

/* RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF. */
bool yw_utf8_valid(const void *data, size_t len);

/* The ASCII character at p, or the one that its full-width form there (U+FF01 to U+FF5E) shows; 0: another.  *len: its bytes, of
 * another one 1. */
char yw_text_plain(const uint8_t *p, size_t n, size_t *len);

/*
 * Makes words from anywhere one safe line, in place and never longer: what a terminal or a log could take for a command
 * or for the end of the line (control characters, separators), what turns the direction of writing, and each byte
 * that is in no character becomes '?'.  A character that is cut by the end goes.  What is left is valid UTF-8.
 *
 * Everything that people read passes here: sentences (error.h), the log, the audit log, the command's talk and tables.
 */
void yw_text_safe(char *text);

/* Takes the next line off *rest, without its LF.  False if no LF is left; then nothing is taken. */
bool yw_line_next(struct yw_bytes *rest, struct yw_bytes *line);

/* Does the line start with the word (say "index ")?  Then what follows it goes to *value. */
bool yw_line_after(struct yw_bytes line, const char *word, struct yw_bytes *value);

/*
 * Short texts of hashes, which people read out and type: groups of five digits with a space between.  Five bytes make one
 * group: 2^40 is so much more than 10^5 that none is likelier.  out has six bytes for each group, with the NUL.
 */
void yw_groups_text(const uint8_t *bytes, unsigned groups, char *out);
bool yw_groups_equal(const char *a, const char *b);	/* whatever spaces were typed */

/* UTC, RFC 3339 with milliseconds: "2026-11-24T08:00:00.000Z" (25 bytes with the NUL). */
#define YW_TIME_TEXT_MAX 32
const char *yw_time_text(int64_t ms_utc, char out[static YW_TIME_TEXT_MAX]);
/* And back: "2026-11-24T08:00:00Z", with milliseconds or without; or a day, "2026-11-24", which means its end.  False: neither. */
bool yw_time_parse(const char *text, int64_t *ms_utc);

/* Is there such a day, by today's calendar? */
bool yw_day_exists(unsigned year, unsigned month, unsigned day);

#endif
