/*
 * noise.c - see noise.h.  Names in comments are those of the Noise specification, section 5.
 */
#include "sync/noise.h"

#include "crypto/hash.h"

#define DH_BYTES YW_SESSION_KEY_BYTES

static const char protocol_name[YW_HASH_BYTES + 1] = "Noise_XX_25519_ChaChaPoly_SHA256";

enum token { END, E, S, EE, ES, SE };

static const enum token pattern[3][5] = {	/* section 7.5, XX */
	{ E, END },
	{ E, EE, S, ES, END },
	{ S, SE, END },
};

static const size_t fixed_bytes[3] = { YW_NOISE_1_BYTES, YW_NOISE_2_BYTES, YW_NOISE_3_BYTES };

void
yw_noise_mix(struct yw_noise *n, struct yw_bytes data)
{
	const struct yw_bytes parts[] = { { n->h, sizeof n->h }, data };
	struct yw_hash out;

	yw_sha256_parts(parts, 2, &out);
	memcpy(n->h, out.b, sizeof n->h);
}

/* HKDF with two outputs. */
static void
hkdf(const uint8_t ck[static YW_HASH_BYTES], struct yw_bytes ikm, uint8_t *out1, uint8_t *out2)
{
	struct yw_hash t, o;
	struct yw_bytes more[2] = { { NULL, 0 }, YW_BYTES_LIT("\x02") };

	yw_hmac_sha256(ck, YW_HASH_BYTES, &ikm, 1, &t);
	yw_hmac_sha256(t.b, sizeof t.b, &YW_BYTES_LIT("\x01"), 1, &o);
	memcpy(out1, o.b, sizeof o.b);
	more[0] = (struct yw_bytes) { o.b, sizeof o.b };
	yw_hmac_sha256(t.b, sizeof t.b, more, 2, &t);
	memcpy(out2, t.b, sizeof t.b);
	yw_wipe(&t, sizeof t);
	yw_wipe(&o, sizeof o);
}

static void
mix_key(struct yw_noise *n, const uint8_t dh[static DH_BYTES])
{
	uint8_t ck[YW_HASH_BYTES];

	hkdf(n->ck, (struct yw_bytes) { dh, DH_BYTES }, ck, n->k);
	memcpy(n->ck, ck, sizeof n->ck);
	yw_wipe(ck, sizeof ck);
	n->n = 0;
	n->has_key = true;
}

static void
encrypt_and_hash(struct yw_noise *n, struct yw_bytes plain, struct yw_buf *out)
{
	size_t len = plain.len + (n->has_key ? YW_AEAD_TAG_BYTES : 0);
	uint8_t *p = yw_buf_extend(out, len);

	if (p == NULL)
		return;
	if (n->has_key)
		yw_aead_seal(n->k, n->n++, n->h, sizeof n->h, plain.data, plain.len, p);
	else if (len != 0)
		memcpy(p, plain.data, len);
	yw_noise_mix(n, (struct yw_bytes) { p, len });
}

/* out has room for the plaintext: c.len, less the tag where there is a key. */
static enum yw_code
decrypt_and_hash(struct yw_noise *n, struct yw_bytes c, uint8_t *out)
{
	if (!n->has_key) {
		if (c.len != 0)
			memcpy(out, c.data, c.len);
	} else if (yw_aead_open(n->k, n->n, n->h, sizeof n->h, c.data, c.len, out) == YW_OK) {
		n->n++;
	} else {
		return YW_ESIG;
	}
	yw_noise_mix(n, c);
	return YW_OK;
}

static enum yw_code
mix_dh(struct yw_noise *n, enum token t, struct yw_error *err)
{
	/* The first letter names the initiator's key, the second the responder's. */
	bool own_static = n->initiator ? t == SE : t == ES;
	bool their_static = n->initiator ? t == ES : t == SE;
	uint8_t dh[DH_BYTES];

	if (yw_dh(own_static ? &n->s : &n->e, their_static ? &n->rs : &n->re, dh) != YW_OK)
		return yw_fail(err, YW_EINVAL, "the peer's key is a low-order point");
	mix_key(n, dh);
	yw_wipe(dh, sizeof dh);
	return YW_OK;
}

void
yw_noise_init(struct yw_noise *n, bool initiator, const struct yw_dh_secret *s,
    const struct yw_dh_secret *e, struct yw_bytes prologue)
{
	memset(n, 0, sizeof *n);
	memcpy(n->h, protocol_name, sizeof n->h);
	memcpy(n->ck, protocol_name, sizeof n->ck);
	n->initiator = initiator;
	n->s = *s;
	n->e = *e;
	yw_dh_public_of(s, &n->s_pub);
	yw_dh_public_of(e, &n->e_pub);
	yw_noise_mix(n, prologue);
}

void
yw_noise_wipe(struct yw_noise *n)
{
	yw_wipe(n, sizeof *n);
}

static enum yw_code
begin(const struct yw_noise *n, bool writing, size_t len, struct yw_error *err)
{
	bool initiators_turn = n->step % 2 == 0;

	if (yw_noise_finished(n) || (writing == n->initiator) != initiators_turn)
		return yw_fail(err, YW_EINVAL, "handshake message %u is not due", n->step + 1);
	if (len > YW_NOISE_MESSAGE_MAX)
		return yw_fail(err, YW_ELIMIT, "a handshake message has more than %d bytes", YW_NOISE_MESSAGE_MAX);
	return YW_OK;
}

static enum yw_code
write_token(struct yw_noise *n, enum token t, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_bytes e = { n->e_pub.b, DH_BYTES };

	switch (t) {
	case E:
		yw_buf_add(out, e.data, e.len);
		yw_noise_mix(n, e);
		return YW_OK;
	case S:
		encrypt_and_hash(n, (struct yw_bytes) { n->s_pub.b, DH_BYTES }, out);
		return YW_OK;
	default:
		return mix_dh(n, t, err);
	}
}

enum yw_code
yw_noise_write(struct yw_noise *n, struct yw_bytes payload, struct yw_buf *out, struct yw_error *err)
{
	enum yw_code code = begin(n, true, payload.len, err);
	size_t start = out->len;

	if (code == YW_OK)
		code = begin(n, true, fixed_bytes[n->step] + payload.len, err);
	if (code != YW_OK)
		return code;
	for (const enum token *t = pattern[n->step]; *t != END && code == YW_OK; t++)
		code = write_token(n, *t, out, err);
	if (code == YW_OK) {
		encrypt_and_hash(n, payload, out);
		code = yw_buf_check(out, err);
	}
	if (code != YW_OK) {
		out->len = start;
		return code;
	}
	n->step++;
	return YW_OK;
}

/* Takes the token's bytes off the front of *msg, whose length was checked. */
static enum yw_code
read_token(struct yw_noise *n, enum token t, struct yw_bytes *msg, struct yw_error *err)
{
	struct yw_bytes part = { msg->data, t == S ? DH_BYTES + YW_AEAD_TAG_BYTES : DH_BYTES };

	if (t != E && t != S)
		return mix_dh(n, t, err);
	msg->data += part.len;
	msg->len -= part.len;
	if (t == E) {
		memcpy(n->re.b, part.data, DH_BYTES);
		yw_noise_mix(n, part);
	} else if (decrypt_and_hash(n, part, n->rs.b) != YW_OK) {
		return yw_fail(err, YW_ESIG, "handshake message %u does not verify", n->step + 1);
	}
	return YW_OK;
}

enum yw_code
yw_noise_read(struct yw_noise *n, struct yw_bytes msg, struct yw_buf *payload, struct yw_error *err)
{
	enum yw_code code = begin(n, false, msg.len, err);
	size_t start = payload->len;
	uint8_t *p;

	if (code != YW_OK)
		return code;
	if (msg.len < fixed_bytes[n->step])
		return yw_fail(err, YW_EFORMAT, "handshake message %u is cut short", n->step + 1);
	for (const enum token *t = pattern[n->step]; *t != END && code == YW_OK; t++)
		code = read_token(n, *t, &msg, err);
	if (code != YW_OK)
		return code;
	p = yw_buf_extend(payload, n->has_key ? msg.len - YW_AEAD_TAG_BYTES : msg.len);
	if (p == NULL)
		return yw_buf_check(payload, err);
	if (decrypt_and_hash(n, msg, p) != YW_OK) {
		payload->len = start;
		return yw_fail(err, YW_ESIG, "handshake message %u does not verify", n->step + 1);
	}
	n->step++;
	return YW_OK;
}

void
yw_noise_split(const struct yw_noise *n, struct yw_noise_keys *out)
{
	hkdf(n->ck, (struct yw_bytes) { NULL, 0 }, out->initiator, out->responder);
}
