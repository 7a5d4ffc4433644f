/*
 * Network files: what is accepted is kept verbatim, and can be signed only while it is a draft.
 */
#include "support/fuzz.h"
#include "trust/network.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data, len };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_hash hash = { { 0 } };
	struct yw_network n;

	if (yw_network_parse(in, NULL, &n, NULL) == YW_OK) {
		YW_FUZZ_CHECK(n.version == 1 && n.k >= 1 && n.k <= n.n_roots);
		YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&n.note), in));
		YW_FUZZ_CHECK((n.n_first == 0) == (n.first_code.code[0] == '\0'));
		if (yw_network_verify(&n, NULL) == YW_OK)
			YW_FUZZ_CHECK(n.n_first != 0 && !yw_network_is_draft(in));
		yw_network_release(&n);
		if (yw_network_complete(in, (struct yw_bytes) { NULL, 0 }, NULL, &out, NULL) == YW_OK)
			YW_FUZZ_CHECK(yw_network_is_draft(in) && yw_bytes_equal(yw_buf_bytes(&out), in));
		yw_buf_release(&out);
	}
	if (yw_network_parse(in, &hash, &n, NULL) == YW_OK) {
		YW_FUZZ_CHECK(n.version > 1);
		yw_network_release(&n);
	}
	return 0;
}
