/*
 * Chains, against a network of three tiers: what is believed names a key set that the network holds.
 */
#include "support/fuzz.h"
#include "support/tnet.h"

static const char *const codes[] = { "320000", "320100", "320102" };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct yw_tnet *net;
	struct yw_chain_end end;

	if (net == NULL)
		net = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	if (yw_chain_check(net->trust, (struct yw_bytes) { data, len }, &end, NULL) == YW_OK) {
		const struct yw_generation *g = yw_trust_origin(net->trust, end.origin.text);

		YW_FUZZ_CHECK(g != NULL && memcmp(&g->spans[0].keys, &end.keys, sizeof end.keys) == 0);
		YW_FUZZ_CHECK(end.n_via >= 1 && yw_jurisdiction_equal(&end.via[end.n_via - 1], &end.code));
	}
	return 0;
}
