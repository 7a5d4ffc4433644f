/*
 * Configuration files: what is accepted, written out with every key, is accepted again and says the same.
 */
#include "service/config.h"
#include "support/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_buf once = YW_BUF_INIT, twice = YW_BUF_INIT;
	struct yw_config c, again;
	struct yw_error err = { .code = YW_OK };

	if (yw_config_parse("yiwang.yaml", data, len, &c, &err) != YW_OK) {
		YW_FUZZ_CHECK(err.msg[0] != '\0' && strchr(err.msg, '\n') == NULL);
		return 0;
	}
	YW_FUZZ_CHECK(c.listen.n <= YW_CONFIG_ADDRESSES_MAX && c.upstreams.n <= YW_CONFIG_ADDRESSES_MAX);
	yw_config_text(&c, &once);
	YW_FUZZ_CHECK(yw_config_parse("once", once.data, once.len, &again, &err) == YW_OK);
	yw_config_text(&again, &twice);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&once), yw_buf_bytes(&twice)));
	yw_buf_release(&once);
	yw_buf_release(&twice);
	return 0;
}
