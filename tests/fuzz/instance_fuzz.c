/*
 * Instance statements: any bytes, with nobody's signature and with the right one.  What is taken states what was signed:
 * stated again it gives the same bytes.
 */
#include "support/fuzz.h"
#include "support/tnet.h"
#include "trust/instance.h"

#define SIGNATURE_AT_END (2 + YW_SIG_BYTES)	/* tag, length: the last field of a SignedInstance */

static void
state_again(const struct yw_instance *i, const struct yw_key_set *keys, struct yw_bytes first)
{
	struct yw_buf again = YW_BUF_INIT;

	YW_FUZZ_CHECK(yw_instance_sign(i, &keys->head, &again, NULL) == YW_OK);
	YW_FUZZ_CHECK(again.len > first.len + SIGNATURE_AT_END);
	YW_FUZZ_CHECK(memcmp(again.data + again.len - SIGNATURE_AT_END - first.len, first.data, first.len) == 0);
	yw_buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct yw_key_set keys;
	struct yw_bytes in = { data, len };
	struct yw_sig sig = { { 0 } };
	struct yw_error err = { .code = YW_OK };
	struct yw_instance i;
	enum yw_code code;

	if (keys.head.b[0] == 0)
		yw_tnet_keys("320102", &keys);
	YW_FUZZ_CHECK(yw_instance_check(in, &sig, &keys.pub.head, &i, NULL) != YW_OK);
	YW_FUZZ_CHECK(yw_sign_pae(&keys.head, YW_INSTANCE_TYPE, data, len, &sig, NULL) == YW_OK);
	code = yw_instance_check(in, &sig, &keys.pub.head, &i, &err);
	YW_FUZZ_CHECK(code == YW_OK || ((code == YW_EFORMAT || code == YW_ELIMIT) && err.msg[0] != '\0'));
	if (code == YW_OK)
		state_again(&i, &keys, in);
	return 0;
}
