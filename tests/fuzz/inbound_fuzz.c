/*
 * A peer's message taken apart: the first byte says whether it is a request (odd) or a reply, the rest is the
 * message.  It is taken or refused, and whatever is taken is within bounds.
 */
#include "support/fuzz.h"
#include "sync/exchange.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_error err = { .code = YW_OK };
	struct yw_inbound *in;
	enum yw_code code;

	if (len == 0)
		return 0;
	yw_buf_add(&bytes, data + 1, len - 1);
	code = yw_inbound_read(&bytes, data[0] & 1, &in, &err);
	YW_FUZZ_CHECK(code == YW_OK || code == YW_EPEER || code == YW_ENOMEM);
	YW_FUZZ_CHECK((in != NULL) == (code == YW_OK));
	YW_FUZZ_CHECK(code == YW_OK ? bytes.data == NULL : err.msg[0] != '\0');
	yw_inbound_free(in);
	yw_buf_release(&bytes);
	return 0;
}
