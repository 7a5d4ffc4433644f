/*
 * The Noise handshake alone.  Outside truth: a transcript that the Haskell library cacophony publishes;
 * tests/vectors/sync/noise_test.c runs every published one.
 */
#include "crypto/hash.h"
#include "support/testing.h"
#include "sync/noise.h"

static const char prologue_hex[] = "4a6f686e2047616c74";
static const char init_static[] = "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1";
static const char init_ephemeral[] = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a";
static const char resp_static[] = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893";
static const char resp_ephemeral[] = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b";
static const char handshake_hash[] = "c8e5f64e846193be2a834104c2a009868d6c9f3bd3c186299888b488b2f1f58e";
static const struct { const char *payload, *bytes; } transcript[] = {
	{ "4c756477696720766f6e204d69736573",
	    "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444c756477696720766f6e204d69736573" },
	{ "4d757272617920526f746862617264",
	    "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f14480884381cbad1f276e038c48378ffce2b65285"
	    "e08d6b68aaa3629a5a8639392490e5b9bd5269c2f1e4f488ed8831161f19b7815528f8982ffe09be9b5c412f8a0db50f"
	    "8814c7194e83f23dbd8d162c9326ad" },
	{ "462e20412e20486179656b",
	    "c7195ffacac1307ff99046f219750fc47693e23c3cb08b89c2af808b444850a80ae475b9df0f169ae80a89be0865b57f"
	    "58c9fea0d4ec82a286427402f113e4b6ae769a1d95941d49b25030" },
	{ "4361726c204d656e676572", "96763ed773f8e47bb3712f0e29b3060ffc956ffc146cee53d5e1df" },
	{ "4a65616e2d426170746973746520536179",
	    "3e40f15f6f3a46ae446b253bf8b1d9ffb6ed9b174d272328ff91a7e2e5c79c07f5" },
};

static void
fixed(const char *hex, void *out, size_t len)
{
	struct yw_buf b = YW_BUF_INIT;

	yw_unhex(hex, &b);
	YW_CHECK(b.len == len);
	memcpy(out, b.data, len);
	yw_buf_release(&b);
}

static void
begin(struct yw_noise *a, struct yw_noise *b)
{
	struct yw_dh_secret s, e;
	struct yw_buf prologue = YW_BUF_INIT;

	yw_unhex(prologue_hex, &prologue);
	fixed(init_static, s.b, sizeof s.b);
	fixed(init_ephemeral, e.b, sizeof e.b);
	yw_noise_init(a, true, &s, &e, yw_buf_bytes(&prologue));
	fixed(resp_static, s.b, sizeof s.b);
	fixed(resp_ephemeral, e.b, sizeof e.b);
	yw_noise_init(b, false, &s, &e, yw_buf_bytes(&prologue));
	yw_buf_release(&prologue);
}

/* The first `steps` messages with empty payloads; the last one made is left in msg, not read. */
static void
run_to(struct yw_noise *a, struct yw_noise *b, unsigned steps, struct yw_buf *msg)
{
	struct yw_buf nothing = YW_BUF_INIT;
	struct yw_error err;

	begin(a, b);
	for (unsigned i = 0; i < steps; i++) {
		yw_buf_clear(msg);
		YW_PASS(yw_noise_write(i % 2 == 0 ? a : b, (struct yw_bytes) { NULL, 0 }, msg, &err));
		if (i + 1 < steps)
			YW_PASS(yw_noise_read(i % 2 == 0 ? b : a, yw_buf_bytes(msg), &nothing, &err));
	}
	yw_buf_release(&nothing);
}

static void
published_transcript(void)
{
	struct yw_buf payload = YW_BUF_INIT, want = YW_BUF_INIT, msg = YW_BUF_INIT, got = YW_BUF_INIT;
	struct yw_noise a, b;
	struct yw_noise_keys ka, kb;
	struct yw_error err;
	uint8_t h[32], sealed[64];

	begin(&a, &b);
	for (size_t i = 0; i < 3; i++) {
		yw_buf_clear(&payload), yw_buf_clear(&want), yw_buf_clear(&msg), yw_buf_clear(&got);
		yw_unhex(transcript[i].payload, &payload);
		yw_unhex(transcript[i].bytes, &want);
		YW_CHECK(!yw_noise_finished(&a) && !yw_noise_finished(&b));
		YW_PASS(yw_noise_write(i % 2 == 0 ? &a : &b, yw_buf_bytes(&payload), &msg, &err));
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&msg), yw_buf_bytes(&want)), "message %zu differs", i + 1);
		YW_PASS(yw_noise_read(i % 2 == 0 ? &b : &a, yw_buf_bytes(&msg), &got, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&payload)));
	}
	YW_CHECK(yw_noise_finished(&a) && yw_noise_finished(&b));
	fixed(handshake_hash, h, sizeof h);
	YW_CHECK(memcmp(a.h, h, sizeof h) == 0 && memcmp(b.h, h, sizeof h) == 0);
	YW_CHECK(memcmp(&a.rs, &b.s_pub, sizeof a.rs) == 0 && memcmp(&b.rs, &a.s_pub, sizeof b.rs) == 0);
	yw_noise_split(&a, &ka);
	yw_noise_split(&b, &kb);
	YW_CHECK(memcmp(&ka, &kb, sizeof ka) == 0);
	for (size_t i = 3; i < 5; i++) {	/* message 4 is the responder's first, 5 the initiator's */
		yw_buf_clear(&payload), yw_buf_clear(&want);
		yw_unhex(transcript[i].payload, &payload);
		yw_unhex(transcript[i].bytes, &want);
		yw_aead_seal(i == 3 ? ka.responder : ka.initiator, 0, NULL, 0, payload.data, payload.len, sealed);
		YW_CHECK(want.len == payload.len + YW_AEAD_TAG_BYTES && memcmp(sealed, want.data, want.len) == 0);
	}
	yw_buf_release(&payload), yw_buf_release(&want), yw_buf_release(&msg), yw_buf_release(&got);
}

/*
 * Each bit of each message flipped, each cut, one byte added: nobody finishes.  A changed message 1 is
 * noticed by the reader of message 2, the others at once.
 */
static void
every_bit(void)
{
	struct yw_buf msg = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_noise a, b;
	struct yw_error err;

	for (unsigned step = 1; step <= 3; step++) {
		run_to(&a, &b, step, &msg);
		for (size_t bit = 0; bit < msg.len * 8; bit++) {
			struct yw_noise reader = step == 2 ? a : b, other = step == 2 ? b : a;
			enum yw_code code;

			msg.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			yw_buf_clear(&out);
			code = yw_noise_read(&reader, yw_buf_bytes(&msg), &out, &err);
			if (step == 1 && code == YW_OK) {
				code = yw_noise_write(&reader, (struct yw_bytes) { NULL, 0 }, &out, &err);
				if (code == YW_OK) {
					struct yw_buf more = YW_BUF_INIT;

					code = yw_noise_read(&other, yw_buf_bytes(&out), &more, &err);
					yw_buf_release(&more);
				}
			}
			YW_CHECK_MSG(code != YW_OK, "message %u is taken with bit %zu flipped", step, bit);
			msg.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t len = 0; len < msg.len; len++) {
			struct yw_noise reader = step == 2 ? a : b;

			YW_FAILS(yw_noise_read(&reader, (struct yw_bytes) { msg.data, len }, &out, &err), YW_EFORMAT);
		}
	}
	yw_buf_add_byte(&msg, 0);
	YW_FAILS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err), YW_ESIG);
	yw_buf_release(&msg);
	yw_buf_release(&out);
}

/* Points of order 1, 2, 4 and 8 and their non-canonical forms (RFC 7748 section 7; the list of curve25519's author). */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void
low_order_keys(void)
{
	struct yw_buf msg = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_noise a, b;
	struct yw_error err;

	for (size_t i = 0; i < sizeof low_order / sizeof *low_order; i++) {
		run_to(&a, &b, 1, &msg);
		fixed(low_order[i], msg.data, 32);
		YW_PASS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err));
		YW_FAILS(yw_noise_write(&b, (struct yw_bytes) { NULL, 0 }, &out, &err), YW_EINVAL);
		YW_CHECK(out.len == 0);

		run_to(&a, &b, 2, &msg);
		fixed(low_order[i], msg.data, 32);
		YW_FAILS(yw_noise_read(&a, yw_buf_bytes(&msg), &out, &err), YW_EINVAL);
	}
	yw_buf_release(&msg);
	yw_buf_release(&out);
}

static void
what_both_saw(void)
{
	struct yw_buf msg = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_noise a, b;
	struct yw_error err;

	run_to(&a, &b, 1, &msg);
	YW_PASS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err));
	yw_noise_mix(&b, YW_BYTES_LIT("choice 1"));
	yw_buf_clear(&msg);
	YW_PASS(yw_noise_write(&b, (struct yw_bytes) { NULL, 0 }, &msg, &err));
	yw_noise_mix(&a, YW_BYTES_LIT("choice 2"));
	YW_FAILS(yw_noise_read(&a, yw_buf_bytes(&msg), &out, &err), YW_ESIG);
	yw_buf_release(&msg);
	yw_buf_release(&out);
}

static void
turns_and_sizes(void)
{
	static uint8_t big[YW_NOISE_MESSAGE_MAX + 1];
	struct yw_buf msg = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_noise a, b;
	struct yw_error err;

	begin(&a, &b);
	YW_FAILS(yw_noise_write(&b, (struct yw_bytes) { NULL, 0 }, &msg, &err), YW_EINVAL);
	YW_FAILS(yw_noise_read(&a, (struct yw_bytes) { big, 32 }, &out, &err), YW_EINVAL);
	YW_FAILS(yw_noise_read(&b, (struct yw_bytes) { big, sizeof big }, &out, &err), YW_ELIMIT);
	YW_FAILS(yw_noise_write(&a, (struct yw_bytes) { big, YW_NOISE_MESSAGE_MAX - 31 }, &msg, &err), YW_ELIMIT);
	YW_CHECK(msg.len == 0);
	YW_PASS(yw_noise_write(&a, (struct yw_bytes) { big, YW_NOISE_MESSAGE_MAX - 32 }, &msg, &err));
	YW_CHECK(msg.len == YW_NOISE_MESSAGE_MAX);
	YW_PASS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err));
	YW_CHECK(out.len == YW_NOISE_MESSAGE_MAX - 32);
	yw_buf_clear(&msg);
	run_to(&a, &b, 3, &msg);
	YW_PASS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err));
	YW_FAILS(yw_noise_write(&a, (struct yw_bytes) { NULL, 0 }, &msg, &err), YW_EINVAL);
	YW_FAILS(yw_noise_read(&b, yw_buf_bytes(&msg), &out, &err), YW_EINVAL);
	yw_buf_release(&msg);
	yw_buf_release(&out);
}

YW_TESTS({ "R2 Noise XX: a published transcript, byte for byte", published_transcript },
    { "R2 Noise XX: every flipped bit and every cut is refused", every_bit },
    { "R2 Noise XX: a low-order key is refused on either side", low_order_keys },
    { "R2 Noise XX: sides that saw different choices fail", what_both_saw },
    { "R2 Noise XX: turns and sizes", turns_and_sizes })
