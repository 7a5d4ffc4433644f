/*
 * sealed.c - see sealed.h.
 */
#include "record/sealed.h"

#include "base/text.h"
#include "crypto/hash.h"

#define LAST_WORD "sha256 "
#define LAST_LINE_BYTES (sizeof LAST_WORD - 1 + 2 * YW_HASH_BYTES + 1)	/* with its LF */

void
yw_sealed_add(struct yw_buf *out, const char *word, struct yw_bytes value)
{
	yw_buf_add_str(out, word);
	yw_buf_add_byte(out, ' ');
	yw_base64_add(out, value.data, value.len);
	yw_buf_add_byte(out, '\n');
}

void
yw_sealed_end(struct yw_buf *out)
{
	struct yw_hash h;

	yw_sha256(out->data, out->len, &h);
	yw_buf_add_str(out, LAST_WORD);
	yw_hex_add(out, h.b, sizeof h.b);
	yw_buf_add_byte(out, '\n');
}

enum yw_seal
yw_sealed_body(struct yw_bytes text, struct yw_bytes *body)
{
	struct yw_bytes last, hex;
	struct yw_hash said, is;

	if (text.len < LAST_LINE_BYTES || text.data[text.len - 1] != '\n')
		return YW_SEAL_MISSING;
	*body = (struct yw_bytes) { text.data, text.len - LAST_LINE_BYTES };
	last = (struct yw_bytes) { text.data + body->len, LAST_LINE_BYTES - 1 };
	if (!yw_line_after(last, LAST_WORD, &hex) || yw_hex_decode((const char *)hex.data, hex.len, said.b, sizeof said.b) != YW_OK)
		return YW_SEAL_MISSING;
	yw_sha256(body->data, body->len, &is);
	if (!yw_hash_equal(&said, &is))		/* also where it is the LF before it that was changed */
		return YW_SEAL_OTHER;
	return body->len == 0 || body->data[body->len - 1] == '\n' ? YW_SEAL_GOOD : YW_SEAL_MISSING;
}

enum yw_code
yw_sealed_value(const char *word, struct yw_bytes value, struct yw_buf *decoded, struct yw_bytes *out, struct yw_error *err)
{
	size_t before = decoded->len;

	if (yw_base64_decode((const char *)value.data, value.len, decoded) != YW_OK || decoded->len == before)
		return yw_fail(err, YW_EFORMAT, "'%.*s' holds no strict base64", (int)strcspn(word, " "), word);
	*out = (struct yw_bytes) { decoded->data + before, decoded->len - before };
	return YW_OK;
}
