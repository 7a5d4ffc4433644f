/*
 * Any text as the JSON of a record: what is read is in one form, and says the same when written.
 */
#include "record/record.h"
#include "record/wire.h"
#include "support/fuzz.h"
#include "yiwang/v1/record.pb-c.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_buf body = YW_BUF_INIT, json = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_error err;

	if (yw_record_from_json((struct yw_bytes) { data, len }, &body, &err) == YW_OK) {
		YW_FUZZ_CHECK(yw_wire_check(&yiwang__v1__record__descriptor, yw_buf_bytes(&body), NULL, NULL) == YW_OK);
		YW_FUZZ_CHECK(yw_record_to_json(yw_buf_bytes(&body), &json, NULL) == YW_OK);
		YW_FUZZ_CHECK(yw_record_from_json(yw_buf_bytes(&json), &again, NULL) == YW_OK);
		YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&body), yw_buf_bytes(&again)));
	}
	yw_buf_release(&body);
	yw_buf_release(&json);
	yw_buf_release(&again);
	return 0;
}
