/*
 * Evidence and contradiction files, against a network of three tiers whose keys have changed.  The last line is made to fit, so
 * that inputs get past it; what is believed is believed of a log of the network, and with its own text.
 */
#include "base/text.h"
#include "support/fuzz.h"
#include "support/tnet.h"
#include "trust/evidence.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static void
judge(const struct yw_tnet *net, struct yw_bytes text)
{
	struct yw_contradiction_verdict c;
	struct yw_evidence_verdict v;

	if (yw_evidence_verify(&net->network, text, &v, NULL) == YW_OK) {
		YW_FUZZ_CHECK(yw_evidence_kind(text) == YW_EVIDENCE_RECORD);
		YW_FUZZ_CHECK(yw_trust_origin(net->trust, v.origin.text) != NULL);
		YW_FUZZ_CHECK(v.withheld == (v.body.data == NULL) && v.index < v.beat_size);
		yw_evidence_verdict_release(&v);
	}
	if (yw_contradiction_verify(&net->network, text, &c, NULL) == YW_OK) {
		YW_FUZZ_CHECK(yw_evidence_kind(text) == YW_EVIDENCE_CONTRADICTION);
		YW_FUZZ_CHECK(c.size_a <= c.size_b && memcmp(&c.root_a, &c.instead, sizeof c.root_a) != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct yw_tnet *net;
	struct yw_bytes in = { data, len }, rest = in, line, value;
	struct yw_buf mended = YW_BUF_INIT;
	struct yw_hash h;

	if (net == NULL) {
		net = yw_tnet_new("onenet.example", codes, 3, "group g any 320000 320100\nquorum g\n");
		yw_tnet_live(net);
	}
	judge(net, in);
	while (yw_line_next(&rest, &line) && !yw_line_after(line, "sha256 ", &value)) {
		yw_buf_add(&mended, line.data, line.len);
		yw_buf_add_byte(&mended, '\n');
	}
	yw_sha256(mended.data, mended.len, &h);
	yw_buf_add_str(&mended, "sha256 ");
	yw_hex_add(&mended, h.b, sizeof h.b);
	yw_buf_add_byte(&mended, '\n');
	judge(net, yw_buf_bytes(&mended));
	yw_buf_release(&mended);
	return 0;
}
