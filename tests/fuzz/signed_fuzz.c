/*
 * Files of signed records (T13), all but their last line, which is made here: what is taken is an entry that a node
 * applies, with exactly its records.
 */
#include "base/text.h"
#include "record/signed.h"
#include "support/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_error err = { .code = YW_OK };
	struct yw_signed s;
	struct yw_hash h;
	enum yw_code code;

	yw_buf_add(&file, data, len);
	yw_sha256(data, len, &h);
	yw_buf_add_str(&file, "sha256 ");
	yw_hex_add(&file, h.b, sizeof h.b);
	yw_buf_add_byte(&file, '\n');
	code = yw_signed_read(yw_buf_bytes(&file), &s, &err);
	if (code == YW_OK) {
		YW_FUZZ_CHECK(s.e.standing == YW_STANDING_APPLIED && s.e.trust_kind == YW_TRUST_NONE && s.e.n_items != 0);
		YW_FUZZ_CHECK(yw_entry_verify(&s.e, &err) == YW_OK);
		for (size_t i = 0; i < s.e.n_items; i++)
			YW_FUZZ_CHECK(s.records[i].record.counts == YW_COUNTS);
		yw_signed_release(&s);
	} else {
		YW_FUZZ_CHECK(err.msg[0] != '\0');
	}
	yw_buf_release(&file);
	return 0;
}
