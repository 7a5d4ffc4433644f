/*
 * Trust statements of any content, well signed by a city, against a network of three tiers: whatever a city says,
 * the node above it stays what it is.
 */
#include "support/fuzz.h"
#include "support/tnet.h"

static const char *const codes[] = { "320000", "320100", "320102" };

/* The city's next entry; empty: no node applies a statement like this. */
static void
seal(const struct yw_tlog *city, struct yw_bytes trust, struct yw_buf *envelope)
{
	const struct yw_entry_draft draft = {
		.origin = city->origin.text,
		.signed_at_ms = YW_TNET_TIME_MS,
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL },
		.trust = trust,
	};

	if (yw_entry_seal(&draft, &city->keys.entry, &city->keys.pub.entry, envelope, NULL) != YW_OK)
		yw_buf_clear(envelope);
}

static void
hear(const struct yw_tnet *net, const struct yw_tlog *city, struct yw_bytes envelope)
{
	const struct yw_generation *above = yw_trust_origin(net->trust, net->logs[0].origin.text), *still;
	struct yw_trust *t;
	struct yw_error alarm;
	struct yw_entry e;

	YW_FUZZ_CHECK(yw_entry_read(city->origin.text, envelope, &e, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_trust_copy(net->trust, &t, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_trust_add(t, &city->origin, city->n, &e, &alarm) == YW_OK);
	still = yw_trust_origin(t, above->origin.text);
	YW_FUZZ_CHECK(still != NULL && still->open && still->n_spans == above->n_spans &&
	    memcmp(&still->spans[0].keys, &above->spans[0].keys, sizeof still->spans[0].keys) == 0);
	yw_trust_free(t);
	yw_entry_release(&e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct yw_tnet *net;
	struct yw_buf envelope = YW_BUF_INIT;

	if (net == NULL)
		net = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");
	seal(&net->logs[1], (struct yw_bytes) { data, len }, &envelope);
	if (envelope.len != 0)
		hear(net, &net->logs[1], yw_buf_bytes(&envelope));
	yw_buf_release(&envelope);
	return 0;
}
