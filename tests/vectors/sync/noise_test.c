/*
 * Noise_XX_25519_ChaChaPoly_SHA256 transcripts of two other implementations (cacophony, snow): both sides
 * of each are played, every byte compared.
 */
#include <jansson.h>

#include "support/testing.h"
#include "sync/noise.h"

static void
hex_of(const json_t *c, const char *key, struct yw_buf *out)
{
	yw_buf_clear(out);
	yw_unhex(json_string_value(json_object_get(c, key)), out);
}

static void
begin(const json_t *c, const char *side, struct yw_noise *n)
{
	struct yw_buf prologue = YW_BUF_INIT, s = YW_BUF_INIT, e = YW_BUF_INIT;
	char key[32];

	snprintf(key, sizeof key, "%s_prologue", side);
	hex_of(c, key, &prologue);
	snprintf(key, sizeof key, "%s_static", side);
	hex_of(c, key, &s);
	snprintf(key, sizeof key, "%s_ephemeral", side);
	hex_of(c, key, &e);
	YW_CHECK(s.len == 32 && e.len == 32);
	yw_noise_init(n, strcmp(side, "init") == 0, (const struct yw_dh_secret *)s.data,
	    (const struct yw_dh_secret *)e.data, yw_buf_bytes(&prologue));
	yw_buf_release(&prologue);
	yw_buf_release(&s);
	yw_buf_release(&e);
}

/* After the handshake: message i (from 0) by whose turn it is, with that side's own count as nonce. */
static void
transport(const struct yw_noise_keys *keys, size_t i, struct yw_bytes payload, struct yw_buf *out)
{
	const uint8_t *key = i % 2 == 0 ? keys->initiator : keys->responder;

	yw_aead_seal(key, (i - 3) / 2, NULL, 0, payload.data, payload.len,
	    yw_buf_extend(out, payload.len + YW_AEAD_TAG_BYTES));
}

static void
play(const json_t *c)
{
	struct yw_buf payload = YW_BUF_INIT, want = YW_BUF_INIT, msg = YW_BUF_INIT, got = YW_BUF_INIT;
	const json_t *messages = json_object_get(c, "messages"), *m;
	struct yw_noise a, b;
	struct yw_noise_keys keys;
	struct yw_error err;
	size_t i;

	begin(c, "init", &a);
	begin(c, "resp", &b);
	YW_CHECK(json_array_size(messages) >= 5);
	json_array_foreach(messages, i, m) {
		hex_of(m, "payload", &payload);
		hex_of(m, "ciphertext", &want);
		yw_buf_clear(&msg);
		yw_buf_clear(&got);
		if (i < 3) {
			YW_PASS(yw_noise_write(i % 2 == 0 ? &a : &b, yw_buf_bytes(&payload), &msg, &err));
			YW_PASS(yw_noise_read(i % 2 == 0 ? &b : &a, yw_buf_bytes(&msg), &got, &err));
			YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&payload)));
		} else {
			yw_noise_split(i % 2 == 0 ? &a : &b, &keys);
			transport(&keys, i, yw_buf_bytes(&payload), &msg);
		}
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&msg), yw_buf_bytes(&want)), "message %zu differs", i + 1);
	}
	if (json_object_get(c, "handshake_hash") != NULL) {
		hex_of(c, "handshake_hash", &want);
		YW_CHECK(want.len == sizeof a.h && memcmp(want.data, a.h, sizeof a.h) == 0);
	}
	yw_buf_release(&payload);
	yw_buf_release(&want);
	yw_buf_release(&msg);
	yw_buf_release(&got);
}

static void
transcripts(void)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *all, *c;
	size_t i;

	yw_shared_file("vectors/noise/xx_25519_chachapoly_sha256.json", &text);
	all = json_loadb((const char *)text.data, text.len, 0, NULL);
	YW_CHECK(json_array_size(all) == 2);
	json_array_foreach(all, i, c)
		play(c);
	json_decref(all);
	yw_buf_release(&text);
}

YW_TESTS({ "R2 Noise XX: published transcripts", transcripts })
