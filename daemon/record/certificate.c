/*
 * certificate.c - sixty-six bits: what a person types, and too many to meet by chance.
 */
#include "record/certificate.h"

#include "base/text.h"

enum yw_code
yw_certificate_code(const char *origin, uint64_t index, uint16_t item, const struct yw_hash *body,
    char out[static YW_CERTIFICATE_MAX], struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_hash h;
	enum yw_code code;

	yw_buf_printf(&text, "yiwang-certificate/v1\n%s\n%llu\n%u\n", origin, (unsigned long long)index, (unsigned)item);
	yw_hex_add(&text, body->b, sizeof body->b);
	yw_buf_add_str(&text, "\n");
	code = yw_buf_check(&text, err);
	if (code == YW_OK) {
		yw_sha256(text.data, text.len, &h);
		yw_groups_text(h.b, 4, out);
	}
	yw_buf_release(&text);
	return code;
}
