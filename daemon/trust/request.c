/*
 * request.c - join requests: what a key set says of itself, and proves by signing it with each key.
 *
 * An unknown field is refused here, unlike in an entry: it is signed by keys that are to be trusted,
 * and nobody can say what granting it would grant.
 */
#include "trust/request.h"

#include "base/fault.h"
#include "base/text.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "yiwang/v1/trust.pb-c.h"

#define TYPE_SIGNED (&yiwang__v1__signed_request__descriptor)
#define TYPE_REQUEST (&yiwang__v1__request__descriptor)

static enum yw_code
take_exact(const ProtobufCBinaryData *field, void *out, size_t len, const char *name, struct yw_error *err)
{
	if (field->len != len)
		return yw_fail(err, YW_EFORMAT, "field '%s' of a request is not %zu bytes", name, len);
	memcpy(out, field->data, len);
	return YW_OK;
}

static enum yw_code
take_codes(const Yiwang__V1__Request *m, struct yw_request *out, struct yw_error *err)
{
	out->code = out->issuer = (struct yw_jurisdiction) { "" };
	if (yw_jurisdiction_parse(m->code, strlen(m->code), &out->code) != YW_OK && !YW_FAULT("any-code"))
		return yw_fail(err, YW_EFORMAT, "field 'code' of a request is no code of a jurisdiction");
	if (m->issuer[0] == '\0')
		return YW_OK;
	if (yw_jurisdiction_parse(m->issuer, strlen(m->issuer), &out->issuer) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "field 'issuer' of a request is no code of a jurisdiction");
	if (!yw_jurisdiction_above(&out->issuer, &out->code) && !YW_FAULT("issuer-not-above"))
		return yw_fail(err, YW_EINVAL, "field 'issuer' of a request: %s is not above %s", out->issuer.code,
		    out->code.code);
	return YW_OK;
}

/* The four public keys: of the right size, fit to verify with (B4), and each of its own (T2). */
static enum yw_code
take_keys(const Yiwang__V1__Request *m, struct yw_key_set_public *out, struct yw_error *err)
{
	const struct { const char *name; const ProtobufCBinaryData *field; uint8_t *key; bool signs; } keys[] = {
		{ "entry_key", &m->entry_key, out->entry.b, true },
		{ "head_key", &m->head_key, out->head.b, true },
		{ "cosign_key", &m->cosign_key, out->cosign.b, true },
		{ "session_key", &m->session_key, out->session.b, false },
	};
	struct yw_pubkey key;
	enum yw_code code;

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		code = take_exact(keys[i].field, keys[i].key, YW_PUBKEY_BYTES, keys[i].name, err);
		if (code != YW_OK)
			return code;
		memcpy(key.b, keys[i].key, sizeof key.b);
		if (keys[i].signs && yw_pubkey_check(&key, NULL) != YW_OK)
			return yw_fail(err, YW_EINVAL, "field '%s' of a request is no sound Ed25519 key", keys[i].name);
		for (size_t j = 0; j < i; j++)
			if (memcmp(keys[i].key, keys[j].key, YW_PUBKEY_BYTES) == 0 && !YW_FAULT("request-key-twice"))
				return yw_fail(err, YW_EINVAL, "fields '%s' and '%s' of a request hold the same key",
				    keys[j].name, keys[i].name);
	}
	return YW_OK;
}

static enum yw_code
take_request(const Yiwang__V1__Request *m, struct yw_request *out, struct yw_error *err)
{
	enum yw_code code;

	if (m->base.n_unknown_fields != 0)
		return yw_fail(err, YW_EFORMAT, "a request holds a field that this version does not know");
	code = take_exact(&m->network_hash, out->network.b, sizeof out->network.b, "network_hash", err);
	if (code == YW_OK)
		code = take_codes(m, out, err);
	if (code == YW_OK && m->generation == 0)
		code = yw_fail(err, YW_EINVAL, "field 'generation' of a request is 0; generations count from 1");
	if (code == YW_OK)
		code = take_keys(m, &out->keys, err);
	out->generation = m->generation;
	out->key_set = m->key_set;
	return code;
}

static enum yw_code
check_signature(const Yiwang__V1__SignedRequest *s, const ProtobufCBinaryData *field, const struct yw_pubkey *key,
    const char *name, struct yw_error *err)
{
	struct yw_sig sig;
	enum yw_code code;

	if (field->len == 0)
		return yw_fail(err, YW_ESIG, "field '%s' of a request is missing: each key signs for itself", name);
	code = take_exact(field, sig.b, sizeof sig.b, name, err);
	if (code != YW_OK)
		return code;
	code = yw_verify_pae(key, YW_REQUEST_TYPE, s->request.data, s->request.len, &sig);
	if (code != YW_OK && !YW_FAULT("request-unsigned"))
		return yw_fail(err, code, "field '%s' of a request does not verify", name);
	return YW_OK;
}

/* A signature by another key than the one we hold as the newest old one proves nothing, and harms nothing. */
static enum yw_code
check_old_head(const Yiwang__V1__SignedRequest *s, const struct yw_request *r, const struct yw_pubkey *old_head,
    bool *good, struct yw_error *err)
{
	enum yw_code code;

	*good = false;
	if (s->old_head_sig.len == 0)
		return YW_OK;
	if (r->generation == 1 && r->key_set == 0)
		return yw_fail(err, YW_EINVAL, "field 'old_head_sig' of a request: a first key set follows no other");
	if (s->old_head_sig.len != YW_SIG_BYTES)
		return yw_fail(err, YW_EFORMAT, "field 'old_head_sig' of a request is not %d bytes", YW_SIG_BYTES);
	if (old_head == NULL)
		return YW_OK;
	code = check_signature(s, &s->old_head_sig, old_head, "old_head_sig", err);
	*good = code == YW_OK;
	return code == YW_ESIG ? YW_OK : code;
}

static enum yw_code
check_signatures(const Yiwang__V1__SignedRequest *s, const struct yw_request *r, struct yw_error *err)
{
	enum yw_code code;

	code = check_signature(s, &s->entry_sig, &r->keys.entry, "entry_sig", err);
	if (code == YW_OK)
		code = check_signature(s, &s->head_sig, &r->keys.head, "head_sig", err);
	if (code == YW_OK)
		code = check_signature(s, &s->cosign_sig, &r->keys.cosign, "cosign_sig", err);
	return code;
}

enum yw_code
yw_request_read(struct yw_bytes signed_request, const struct yw_pubkey *old_head, struct yw_request *out,
    bool *by_old_head, struct yw_error *err)
{
	Yiwang__V1__SignedRequest *s = NULL;
	Yiwang__V1__Request *m = NULL;
	struct yw_request r = { 0 };
	bool good = false;
	enum yw_code code;

	if (signed_request.len > YW_REQUEST_MAX)
		return yw_fail(err, YW_ELIMIT, "a request has more than %d bytes", YW_REQUEST_MAX);
	code = yw_decode(TYPE_SIGNED, signed_request, &s, err);
	if (code == YW_OK && s->base.n_unknown_fields != 0)
		code = yw_fail(err, YW_EFORMAT, "a signed request holds a field that this version does not know");
	if (code == YW_OK)
		code = yw_decode(TYPE_REQUEST, bytes_of(&s->request), &m, err);
	if (code == YW_OK)
		code = take_request(m, &r, err);
	if (code == YW_OK)
		code = check_signatures(s, &r, err);
	if (code == YW_OK)
		code = check_old_head(s, &r, old_head, &good, err);
	yw_decode_free(m);
	yw_decode_free(s);
	if (code != YW_OK)
		return code;
	*out = r;
	if (by_old_head != NULL)
		*by_old_head = good;
	return YW_OK;
}

enum yw_code
yw_request_asked_by(struct yw_bytes signed_request, const struct yw_pubkey *old_head, bool *asked)
{
	Yiwang__V1__SignedRequest *s;
	struct yw_sig sig;
	enum yw_code code = yw_decode(TYPE_SIGNED, signed_request, &s, NULL);

	*asked = false;
	if (code != YW_OK)
		return code;
	if (s->old_head_sig.len == sizeof sig.b) {
		memcpy(sig.b, s->old_head_sig.data, sizeof sig.b);
		code = yw_verify_pae(old_head, YW_REQUEST_TYPE, s->request.data, s->request.len, &sig);
		*asked = code == YW_OK;
	}
	yw_decode_free(s);
	return code == YW_ESIG ? YW_OK : code;
}

static enum yw_code
encode_request(struct yw_request *r, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Request m = YIWANG__V1__REQUEST__INIT;

	m.network_hash = field_of(r->network.b, sizeof r->network.b);
	m.code = r->code.code;
	m.generation = r->generation;
	m.key_set = r->key_set;
	m.entry_key = field_of(r->keys.entry.b, sizeof r->keys.entry.b);
	m.head_key = field_of(r->keys.head.b, sizeof r->keys.head.b);
	m.cosign_key = field_of(r->keys.cosign.b, sizeof r->keys.cosign.b);
	m.session_key = field_of(r->keys.session.b, sizeof r->keys.session.b);
	m.issuer = r->issuer.code;
	return yw_wire_pack(&m.base, out, err);
}

/* Signs with each key, and reads back what was made: a request that nobody will accept never leaves. */
static enum yw_code
sign_request(struct yw_buf *request, const struct yw_key_set *keys, const struct yw_seckey *old_head,
    struct yw_buf *out, struct yw_error *err)
{
	const struct yw_seckey *by[] = { &keys->entry, &keys->head, &keys->cosign, old_head };
	Yiwang__V1__SignedRequest s = YIWANG__V1__SIGNED_REQUEST__INIT;
	ProtobufCBinaryData *fields[] = { &s.entry_sig, &s.head_sig, &s.cosign_sig, &s.old_head_sig };
	struct yw_sig sigs[4];
	struct yw_request again;
	enum yw_code code;

	s.request = field_of(request->data, request->len);
	for (size_t i = 0; i < 4; i++) {
		if (by[i] == NULL)
			continue;
		code = yw_sign_pae(by[i], YW_REQUEST_TYPE, request->data, request->len, &sigs[i], err);
		if (code != YW_OK)
			return code;
		*fields[i] = field_of(sigs[i].b, sizeof sigs[i].b);
	}
	code = yw_wire_pack(&s.base, out, err);
	if (code == YW_OK)
		code = yw_request_read(yw_buf_bytes(out), NULL, &again, NULL, err);
	return code;
}

enum yw_code
yw_request_make(struct yw_request *r, const struct yw_key_set *keys, const struct yw_seckey *old_head,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT, made = YW_BUF_INIT;
	enum yw_code code;

	r->keys = keys->pub;
	code = encode_request(r, &request, err);
	if (code == YW_OK)
		code = sign_request(&request, keys, old_head, &made, err);
	if (code == YW_OK) {
		yw_buf_add(out, made.data, made.len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(&request);
	yw_buf_release(&made);
	return code;
}

void
yw_request_hash(struct yw_bytes signed_request, struct yw_hash *out)
{
	yw_sha256(signed_request.data, signed_request.len, out);
}

void
yw_request_fingerprint(struct yw_bytes signed_request, char out[static YW_FINGERPRINT_MAX])
{
	struct yw_hash h;

	yw_request_hash(signed_request, &h);
	yw_groups_text(h.b, 6, out);
}
