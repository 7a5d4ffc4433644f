/*
 * Leaves of a log (B1 to B3): whatever is read lies inside the leaf and within its bounds, and what
 * would be applied is, signer apart, what sealing the same draft gives.
 */
#include "record/entry.h"
#include "support/fuzz.h"

#define ORIGIN "onenet.example/320100"

static bool
inside(const void *p, size_t len, struct yw_bytes leaf)
{
	return len == 0 || ((const uint8_t *)p >= leaf.data && (const uint8_t *)p + len <= leaf.data + leaf.len);
}

static void
in_bounds(const struct yw_entry *e, struct yw_bytes leaf)
{
	YW_FUZZ_CHECK(leaf.len <= YW_ENTRY_MAX);
	YW_FUZZ_CHECK(inside(e->payload.data, e->payload.len, leaf));
	YW_FUZZ_CHECK(inside(e->trust.data, e->trust.len, leaf));
	YW_FUZZ_CHECK(inside(e->hashes, e->n_items * YW_HASH_BYTES, leaf));
	YW_FUZZ_CHECK(e->n_items <= YW_ITEMS_MAX);
	YW_FUZZ_CHECK((e->why != NULL) == (e->standing == YW_STANDING_KEPT));
	YW_FUZZ_CHECK(e->n_items == 0 || e->trust_kind == YW_TRUST_NONE);
	YW_FUZZ_CHECK(e->n_items != 0 || e->trust_kind != YW_TRUST_NONE || e->standing == YW_STANDING_KEPT);
	for (size_t i = 1; i < e->audience.n_codes; i++)
		YW_FUZZ_CHECK(strcmp(e->audience.codes[i - 1].code, e->audience.codes[i].code) < 0);
}

static void
sealed_again(const struct yw_entry *e)
{
	const struct yw_entry_draft draft = { ORIGIN, e->signed_at_ms, e->audience, e->hashes, e->n_items, e->trust };
	static const struct yw_seed seed;
	struct yw_buf mine = YW_BUF_INIT, theirs = YW_BUF_INIT;
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_entry again;
	uint8_t *signer;

	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_FUZZ_CHECK(yw_entry_seal(&draft, &sec, &pub, &mine, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_entry_read(ORIGIN, yw_buf_bytes(&mine), &again, NULL) == YW_OK);
	yw_buf_add(&theirs, e->payload.data, e->payload.len);
	signer = memmem(theirs.data, theirs.len, e->signer.b, sizeof e->signer.b);
	YW_FUZZ_CHECK(signer != NULL);
	memcpy(signer, pub.b, sizeof pub.b);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&theirs), again.payload));
	yw_entry_release(&again);
	yw_buf_release(&mine);
	yw_buf_release(&theirs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes leaf = { data, len };
	struct yw_entry e;
	enum yw_code code = yw_entry_read(ORIGIN, leaf, &e, NULL);

	if (code != YW_OK) {
		YW_FUZZ_CHECK(code == YW_EFORMAT || code == YW_ELIMIT);
		return 0;
	}
	in_bounds(&e, leaf);
	if (e.standing == YW_STANDING_APPLIED)
		sealed_again(&e);
	yw_entry_release(&e);
	return 0;
}
