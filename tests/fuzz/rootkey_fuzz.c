/*
 * Files with a root key: one that is taken signs for the public key beside it.
 */
#include "cli/rootkey.h"
#include "support/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_error err = { .code = YW_OK };
	struct yw_rootkey key;
	struct yw_sig sig;
	enum yw_code code = yw_rootkey_parse((struct yw_bytes) { data, len }, &key, &err);

	if (code != YW_OK) {
		YW_FUZZ_CHECK(code == YW_EFORMAT && err.msg[0] != '\0');
		return 0;
	}
	YW_FUZZ_CHECK(yw_sign(&key.sec, data, len, &sig, &err) == YW_OK);
	YW_FUZZ_CHECK(yw_verify(&key.pub.key, data, len, &sig));
	yw_wipe(&key, sizeof key);
	return 0;
}
