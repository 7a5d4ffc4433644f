/*
 * reasons.h - what an import found wrong with a row, in words of whoever reads it.
 *
 * The daemon says it in English: it does not know its readers.  What it sends of the list of refused rows is in the office's
 * character set, and each row begins with a cell of its reasons; here that cell is said anew.  The words in brackets, which
 * scripts look for, and the row itself stay byte for byte.
 */
#ifndef YW_CLI_REASONS_H
#define YW_CLI_REASONS_H

#include <jansson.h>

#include "base/buf.h"
#include "import/charset.h"

/* Appends the sentence of a finding; of one that names what it found, what its code says, and then the sentence as it is. */
void yw_reason_add(struct yw_buf *out, const char *code, const char *reason);

/* In which set a list of refused rows is, by its first bytes: UTF-8 has its mark. */
enum yw_charset yw_reasons_charset(struct yw_bytes first);

/*
 * Appends rows of that list, which came in one answer with these findings.  What does not begin with the words of its findings
 * stays as it is, and all that follows it.  YW_ENOMEM, YW_EIO.
 */
YW_CHECKED enum yw_code yw_reasons_translate(struct yw_bytes rows, enum yw_charset set, const json_t *findings, struct yw_buf *out,
    struct yw_error *err);

#endif
