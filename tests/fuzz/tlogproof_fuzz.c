/*
 * tlog-proofs: what is accepted is written again as the same bytes.
 */
#include "support/fuzz.h"
#include "tlog/tlogproof.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data, len };
	struct yw_buf again = YW_BUF_INIT;
	struct yw_tlog_proof p;

	if (yw_tlog_proof_parse(in, &p, NULL) != YW_OK)
		return 0;
	yw_tlog_proof_text(&p, &again);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&again), in));
	yw_buf_release(&again);
	return 0;
}
