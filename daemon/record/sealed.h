/*
 * sealed.h - text files that carry what was signed: lines of a word and a value, and a last line over all before.
 *
 *	<word> <base64>
 *	sha256 <hex>
 *
 * What the words are is the file's own: signed.h here, evidence.h further down.
 */
#ifndef YW_RECORD_SEALED_H
#define YW_RECORD_SEALED_H

#include "base/buf.h"

/* Appends a line of base64; the last line, over all that is in *out. */
void yw_sealed_add(struct yw_buf *out, const char *word, struct yw_bytes value);
void yw_sealed_end(struct yw_buf *out);

enum yw_seal {
	YW_SEAL_GOOD,
	YW_SEAL_MISSING,	/* it does not end with such a line */
	YW_SEAL_OTHER		/* that line is over other bytes */
};

/* *body: what stands before the last line, unless that is missing. */
enum yw_seal yw_sealed_body(struct yw_bytes text, struct yw_bytes *body);

/*
 * Decodes the value of a line of base64 behind what is in *decoded: *out is a span of it, so a buffer that takes more than
 * one has room for all of them before the first.  YW_EFORMAT: it is no strict base64, or of nothing; the sentence names the word.
 */
YW_CHECKED enum yw_code yw_sealed_value(const char *word, struct yw_bytes value, struct yw_buf *decoded, struct yw_bytes *out,
    struct yw_error *err);

#endif
