/*
 * Chains, against a network of three tiers whose keys have changed: what is believed names a key set that it holds.
 */
#include "support/fuzz.h"
#include "support/tnet.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static bool
holds(const struct yw_generation *g, const struct yw_key_set_public *keys)
{
	for (size_t i = 0; g != NULL && i < g->n_spans; i++)
		if (memcmp(&g->spans[i].keys, keys, sizeof *keys) == 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct yw_tnet *net;
	struct yw_chain_end end;

	if (net == NULL) {
		net = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
		yw_tnet_live(net);
	}
	if (yw_chain_check(net->trust, (struct yw_bytes) { data, len }, &end, NULL) == YW_OK) {
		YW_FUZZ_CHECK(holds(yw_trust_origin(net->trust, end.origin.text), &end.keys));
		YW_FUZZ_CHECK(end.n_via >= 1 && yw_jurisdiction_equal(&end.via[end.n_via - 1], &end.code));
	}
	return 0;
}
