/*
 * Origins and record ids (B5, B9): what is read is written again as the same text.
 */
#include "record/code.h"
#include "support/fuzz.h"

static void
as_origin(const char *text, size_t len)
{
	char network[YW_NETWORK_NAME_MAX + 1];
	struct yw_jurisdiction code;
	struct yw_origin again;
	uint32_t generation;

	if (yw_origin_parse(text, len, network, &code, &generation) != YW_OK)
		return;
	YW_FUZZ_CHECK(yw_origin_make(network, &code, generation, &again) == YW_OK);
	YW_FUZZ_CHECK(strlen(again.text) == len && memcmp(again.text, text, len) == 0);
}

static void
as_id(const char *text, size_t len)
{
	struct yw_buf again = YW_BUF_INIT;
	struct yw_record_id id;

	if (yw_record_id_parse(text, len, &id) != YW_OK)
		return;
	yw_buf_printf(&again, "%s/%s/%s", id.code.code, id.kind, id.local);
	YW_FUZZ_CHECK(again.len == len && memcmp(again.data, text, len) == 0);
	yw_buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	as_origin((const char *)data, len);
	as_id((const char *)data, len);
	return 0;
}
