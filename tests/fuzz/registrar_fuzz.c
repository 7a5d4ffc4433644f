/*
 * A registrar's request (T13): what is taken names a sound key of a code.
 */
#include "crypto/keys.h"
#include "support/fuzz.h"
#include "trust/registrar.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_error err = { .code = YW_OK };
	struct yw_registrar_request r;

	if (yw_registrar_request_read((struct yw_bytes) { data, len }, &r, &err) != YW_OK) {
		YW_FUZZ_CHECK(err.msg[0] != '\0');
		return 0;
	}
	YW_FUZZ_CHECK(yw_network_name_valid(r.network) && r.code.code[0] != '\0');
	YW_FUZZ_CHECK(yw_pubkey_check(&r.key, NULL) == YW_OK);
	return 0;
}
