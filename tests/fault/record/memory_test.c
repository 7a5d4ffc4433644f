/*
 * Out of memory at the first allocation, then at the second, and so on: an answer each time, nothing
 * lost, and what was there before is still there.
 */
#include "record/entry.h"
#include "record/wire.h"
#include "support/starve.h"
#include "support/testing.h"
#include "support/wire.pb-c.h"

#define ORIGIN "onenet.example/320100"

static const struct yw_jurisdiction audience[] = { { "320200" }, { "320282" } };
static const struct yw_hash hashes[2];
static const struct yw_entry_draft draft = { .origin = ORIGIN, .audience = { 2, 1, audience, 2 }, .hashes = hashes,
	.n_items = 2 };

static void
make_key(struct yw_seckey *key, struct yw_pubkey *pub)
{
	static const struct yw_seed seed = { { 7 } };

	yw_seckey_from_seed(&seed, key, pub);
}

static void
sealing(void)
{
	struct yw_seckey key;
	struct yw_pubkey pub;
	size_t n;

	make_key(&key, &pub);
	for (n = 1; ; n++) {
		struct yw_buf b = YW_BUF_INIT;
		struct yw_error err;
		enum yw_code code;

		yw_starve_at(n);
		code = yw_entry_seal(&draft, &key, &pub, &b, &err);
		if (!yw_starve_end()) {
			YW_PASS(code);
			yw_buf_release(&b);
			break;
		}
		YW_CHECK_MSG(code == YW_ENOMEM && b.len == 0, "allocation %zu: '%s'", n, yw_code_name(code));
		YW_CHECK(err.code == YW_ENOMEM);
		yw_buf_release(&b);
	}
	YW_CHECK(n > 4);
}

static void
reading(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_seckey key;
	struct yw_pubkey pub;
	struct yw_entry e;
	struct yw_error err;
	enum yw_code code;
	size_t n;

	make_key(&key, &pub);
	YW_PASS(yw_entry_seal(&draft, &key, &pub, &b, NULL));
	for (n = 1; ; n++) {
		yw_starve_at(n);
		code = yw_entry_read(ORIGIN, yw_buf_bytes(&b), &e, &err);
		if (!yw_starve_end())
			break;
		YW_FAILS(code, YW_ENOMEM);
	}
	YW_CHECK(code == YW_OK && n == 2);	/* the audience, and nothing else */
	for (n = 1; ; n++) {
		yw_starve_at(n);
		code = yw_entry_verify(&e, &err);
		if (!yw_starve_end())
			break;
		YW_FAILS(code, YW_ENOMEM);	/* never taken for a bad signature */
	}
	YW_CHECK(code == YW_OK && n > 1);
	yw_entry_release(&e);
	yw_buf_release(&b);
}

static void
decoding(void)
{
	/* text, a child with a child, a repeated message and an unknown field */
	const struct yw_bytes in = YW_BYTES_LIT("\x5a\x02hi\x6a\x05\x6a\x03\x5a\x01x\x8a\x01\x02\x08\x01\xca\x01\x01x");
	Yiwang__Test__Every *m;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;
	enum yw_code code;
	size_t n;

	for (n = 1; ; n++) {
		yw_starve_at(n);
		code = yw_decode(&yiwang__test__every__descriptor, in, &m, &err);
		if (!yw_starve_end())
			break;
		YW_FAILS(code, YW_ENOMEM);
	}
	YW_CHECK(code == YW_OK && n > 6);
	yw_starve_at(1);
	code = yw_wire_pack(&m->base, &b, &err);
	YW_CHECK(yw_starve_end());
	YW_FAILS(code, YW_ENOMEM);
	yw_buf_clear(&b);
	YW_PASS(yw_wire_pack(&m->base, &b, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&b), in));
	yw_decode_free(m);
	yw_buf_release(&b);
}

YW_TESTS({ "B2 sealing an entry without memory", sealing },
    { "B3 reading and verifying an entry without memory", reading },
    { "B3 decoding and packing a message without memory", decoding })
