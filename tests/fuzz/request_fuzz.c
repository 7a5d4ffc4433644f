/*
 * Join requests: what is accepted names sound keys and one form.
 */
#include "crypto/keys.h"
#include "support/fuzz.h"
#include "trust/request.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_request r;
	bool by_old;

	if (yw_request_read((struct yw_bytes) { data, len }, NULL, &r, &by_old, NULL) != YW_OK)
		return 0;
	YW_FUZZ_CHECK(!by_old && r.generation != 0 && r.code.code[0] != '\0');
	YW_FUZZ_CHECK(yw_pubkey_check(&r.keys.head, NULL) == YW_OK);
	YW_FUZZ_CHECK(r.issuer.code[0] == '\0' || yw_jurisdiction_above(&r.issuer, &r.code));
	return 0;
}
