/*
 * entry.c - see entry.h.
 *
 * Runs for every leaf of every log, so the bytes are walked and never decoded into structs: the one
 * form is checked first (wire.h), after which a walk cannot fail and knows each field at most once.
 */
#include "record/entry.h"

#include <stdlib.h>

#include "base/fault.h"
#include "crypto/hash.h"
#include "record/wire.h"
#include "yiwang/v1/entry.pb-c.h"

_Static_assert((int)YW_TRUST_GENESIS == YIWANG__V1__TRUST__KIND_GENESIS &&
    (int)YW_TRUST_FOREIGN_BEAT == YIWANG__V1__TRUST__KIND_FOREIGN_BEAT, "kinds are field numbers");
_Static_assert((int)YW_CLASS_NOT_SHARED == YIWANG__V1__CLASS__CLASS_NOT_SHARED &&
    (int)YW_OPENNESS_OPEN == YIWANG__V1__OPENNESS__OPENNESS_OPEN, "values are the messages'");
_Static_assert(sizeof(struct yw_hash) == 32 && _Alignof(struct yw_hash) == 1, "hashes lie where they came");

enum { ENVELOPE_PAYLOAD = 1, ENVELOPE_TYPE, ENVELOPE_SIGNATURES };
enum { SIGNATURE_SIG = 1, SIGNATURE_KEYID };
enum { ENTRY_ORIGIN = 1, ENTRY_SIGNER, ENTRY_SIGNED_AT, ENTRY_CLASS, ENTRY_OPENNESS, ENTRY_AUDIENCE,
	ENTRY_HASHES, ENTRY_TRUST };

/* What an Entry's fields hold, before anything is judged. */
struct fields {
	struct yw_bytes origin, signer, hashes, trust;
	bool has_hashes, has_trust;
	bool unknown;			/* in the Entry, at any depth */
	uint64_t signed_at, cls, openness;
	size_t n_audience;
};

/* --- Reading ------------------------------------------------------------------------------------ */

static enum yw_code
read_signature(struct yw_bytes in, struct yw_sig *out, struct yw_error *err)
{
	struct yw_bytes sig = { NULL, 0 };
	struct yw_wire_field f;

	while (yw_wire_next(&in, &f, NULL) == YW_OK) {
		if (f.number == SIGNATURE_KEYID)
			return yw_fail(err, YW_EFORMAT, "the envelope holds a keyid");
		if (f.number == SIGNATURE_SIG)
			sig = f.bytes;
	}
	if (sig.len != sizeof out->b)
		return yw_fail(err, YW_EFORMAT, "the signature has %zu bytes, not 64", sig.len);
	memcpy(out->b, sig.data, sizeof out->b);
	return YW_OK;
}

static enum yw_code
read_envelope(struct yw_bytes in, struct yw_entry *e, bool *unknown, struct yw_error *err)
{
	struct yw_bytes type = { NULL, 0 }, signature = { NULL, 0 };
	struct yw_wire_field f;
	size_t n_signatures = 0;
	enum yw_code code;

	code = yw_wire_check(&yiwang__v1__envelope__descriptor, in, unknown, err);
	if (code != YW_OK)
		return code;
	while (yw_wire_next(&in, &f, NULL) == YW_OK) {
		if (f.number == ENVELOPE_PAYLOAD)
			e->payload = f.bytes;
		else if (f.number == ENVELOPE_TYPE)
			type = f.bytes;
		else if (f.number == ENVELOPE_SIGNATURES) {
			signature = f.bytes;
			n_signatures++;
		}
	}
	if (!yw_bytes_equal(type, yw_bytes_str(YW_ENTRY_TYPE)))
		return yw_fail(err, YW_EFORMAT, "the payload type is not " YW_ENTRY_TYPE);
	if (n_signatures != 1)
		return yw_fail(err, YW_EFORMAT, "the envelope has %zu signatures, not one", n_signatures);
	return read_signature(signature, &e->sig, err);
}

static enum yw_code
read_fields(struct yw_bytes in, struct fields *out, struct yw_error *err)
{
	struct yw_wire_field f;
	enum yw_code code;

	code = yw_wire_check(&yiwang__v1__entry__descriptor, in, &out->unknown, err);
	if (code != YW_OK)
		return code;
	while (yw_wire_next(&in, &f, NULL) == YW_OK) {
		switch (f.number) {
		case ENTRY_ORIGIN:
			out->origin = f.bytes;
			break;
		case ENTRY_SIGNER:
			out->signer = f.bytes;
			break;
		case ENTRY_SIGNED_AT:
			out->signed_at = f.value;
			break;
		case ENTRY_CLASS:
			out->cls = f.value;
			break;
		case ENTRY_OPENNESS:
			out->openness = f.value;
			break;
		case ENTRY_AUDIENCE:
			out->n_audience++;
			break;
		case ENTRY_HASHES:
			out->hashes = f.bytes;
			out->has_hashes = true;
			break;
		case ENTRY_TRUST:
			out->trust = f.bytes;
			out->has_trust = true;
			break;
		}
	}
	return YW_OK;
}

/* The rest of what breaks a log (B3). */
static enum yw_code
check_fields(const char *origin, const struct fields *f, struct yw_error *err)
{
	size_t n = f->hashes.len / YW_HASH_BYTES;

	if (!yw_bytes_equal(f->origin, yw_bytes_str(origin)))
		return yw_fail(err, YW_EFORMAT, "the entry belongs to another log than '%s'", origin);
	if (f->signer.len != YW_PUBKEY_BYTES)
		return yw_fail(err, YW_EFORMAT, "the signer has %zu bytes, not 32", f->signer.len);
	if (f->has_hashes && (n == 0 || n > YW_ITEMS_MAX || f->hashes.len % YW_HASH_BYTES != 0))
		return yw_fail(err, YW_EFORMAT, "body_sha256 has %zu bytes, not 1 to %d times 32", f->hashes.len,
		    YW_ITEMS_MAX);
	if (!f->has_hashes && !f->has_trust && !f->unknown)
		return yw_fail(err, YW_EFORMAT, "the entry has no content");
	return YW_OK;
}

/* Known kinds stand first in a Trust, so its first field tells. */
static enum yw_trust_kind
kind_of(struct yw_bytes trust)
{
	struct yw_wire_field f;

	if (yw_wire_next(&trust, &f, NULL) != YW_OK || f.number + YW_FAULT("older-version") >= YW_TRUST_UNKNOWN)
		return YW_TRUST_UNKNOWN;
	return (enum yw_trust_kind)f.number;
}

/* NULL, or why an entry that breaks nothing is kept and not applied (B3), but for its audience. */
static const char *
why_kept(const struct yw_entry *e, const struct fields *f, bool unknown)
{
	bool unconditional = e->audience.cls == YW_CLASS_UNCONDITIONAL;

	if (e->trust_kind == YW_TRUST_UNKNOWN)
		return "its kind of trust entry is not known to this version";
	if (unknown)
		return "it holds a field that is not known to this version";
	if (e->audience.cls == 0)
		return "its class is absent or not known to this version";
	if (e->audience.openness == 0)
		return "its openness is absent or not known to this version";
	if (e->audience.openness == YW_OPENNESS_OPEN && !unconditional)
		return "it is open but not unconditional";
	if (e->trust_kind != YW_TRUST_NONE && !unconditional)
		return "it is a trust entry but not unconditional";
	if (e->audience.cls == YW_CLASS_CONDITIONAL && f->n_audience == 0)
		return "it is conditional but names no audience";
	if (e->audience.cls != YW_CLASS_CONDITIONAL && f->n_audience != 0)
		return "it names an audience but is not conditional";
	return NULL;
}

/* The codes of a conditional entry; *why is set where they are not what they should be. */
static enum yw_code
read_audience(struct yw_bytes payload, size_t n, struct yw_audience *out, const char **why,
    struct yw_error *err)
{
	struct yw_jurisdiction *codes = malloc(n * sizeof *codes);
	struct yw_wire_field f;
	size_t i = 0;

	if (codes == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an audience");
	while (*why == NULL && yw_wire_next(&payload, &f, NULL) == YW_OK) {
		if (f.number != ENTRY_AUDIENCE)
			continue;
		if (yw_jurisdiction_parse((const char *)f.bytes.data, f.bytes.len, &codes[i]) != YW_OK)
			*why = "its audience holds what is not a code";
		else if (i > 0 && strcmp(codes[i - 1].code, codes[i].code) >= 0)
			*why = "its audience is not sorted, each code once";
		i++;
	}
	if (*why != NULL) {
		free(codes);
		return YW_OK;
	}
	out->codes = codes;
	out->n_codes = n;
	return YW_OK;
}

static enum yw_code
judge(struct yw_entry *e, const struct fields *f, bool unknown, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	memcpy(e->signer.b, f->signer.data, sizeof e->signer.b);
	e->signed_at_ms = (int64_t)f->signed_at;
	if (f->cls + YW_FAULT("older-version") <= YW_CLASS_NOT_SHARED)
		e->audience.cls = (enum yw_class)f->cls;
	if (f->openness <= YW_OPENNESS_OPEN)
		e->audience.openness = (enum yw_openness)f->openness;
	if (f->has_hashes) {
		e->hashes = (const struct yw_hash *)f->hashes.data;
		e->n_items = f->hashes.len / YW_HASH_BYTES;
	}
	if (f->has_trust) {
		e->trust = f->trust;
		e->trust_kind = kind_of(f->trust);
	}
	e->why = why_kept(e, f, unknown);
	if (e->why == NULL && f->n_audience != 0)
		code = read_audience(e->payload, f->n_audience, &e->audience, &e->why, err);
	e->standing = e->why == NULL ? YW_STANDING_APPLIED : YW_STANDING_KEPT;
	return code;
}

enum yw_code
yw_entry_read(const char *origin, struct yw_bytes envelope, struct yw_entry *out, struct yw_error *err)
{
	struct yw_entry e = { 0 };
	struct fields f = { 0 };
	bool unknown = false;
	enum yw_code code;

	if (envelope.len > YW_ENTRY_MAX)
		return yw_fail(err, YW_ELIMIT, "the envelope has %zu bytes, more than %d", envelope.len, YW_ENTRY_MAX);
	code = read_envelope(envelope, &e, &unknown, err);
	if (code == YW_OK)
		code = read_fields(e.payload, &f, err);
	if (code == YW_OK)
		code = check_fields(origin, &f, err);
	if (code == YW_OK)
		code = judge(&e, &f, unknown || f.unknown, err);
	if (code == YW_OK)
		*out = e;
	return code;
}

void
yw_entry_release(struct yw_entry *e)
{
	free((void *)e->audience.codes);
	*e = (struct yw_entry) { 0 };
}

enum yw_code
yw_entry_verify(const struct yw_entry *e, struct yw_error *err)
{
	enum yw_code code;

	code = yw_verify_pae(&e->signer, YW_ENTRY_TYPE, e->payload.data, e->payload.len, &e->sig);
	if (code == YW_ESIG)
		return yw_fail(err, code, "the signature does not verify with the key named in the entry");
	return code == YW_OK ? code : yw_fail(err, code, "no memory to verify an entry");
}

/* --- Making ------------------------------------------------------------------------------------- */

static void
add_payload(const struct yw_entry_draft *d, const struct yw_pubkey *pub, struct yw_buf *out)
{
	size_t i;

	yw_wire_add_bytes(out, ENTRY_ORIGIN, yw_bytes_str(d->origin));
	yw_wire_add_bytes(out, ENTRY_SIGNER, (struct yw_bytes) { pub->b, sizeof pub->b });
	if (d->signed_at_ms != 0)
		yw_wire_add_number(out, ENTRY_SIGNED_AT, (uint64_t)d->signed_at_ms);
	yw_wire_add_number(out, ENTRY_CLASS, d->audience.cls);
	yw_wire_add_number(out, ENTRY_OPENNESS, d->audience.openness);
	for (i = 0; i < d->audience.n_codes; i++)
		yw_wire_add_bytes(out, ENTRY_AUDIENCE, yw_bytes_str(d->audience.codes[i].code));
	if (d->hashes != NULL)
		yw_wire_add_bytes(out, ENTRY_HASHES,
		    (struct yw_bytes) { (const uint8_t *)d->hashes, d->n_items * YW_HASH_BYTES });
	else
		yw_wire_add_bytes(out, ENTRY_TRUST, d->trust);
}

static void
add_envelope(struct yw_bytes payload, const struct yw_sig *sig, struct yw_buf *out)
{
	struct yw_buf signature = YW_BUF_INIT;

	yw_wire_add_bytes(&signature, SIGNATURE_SIG, (struct yw_bytes) { sig->b, sizeof sig->b });
	if (signature.failed)
		out->failed = true;
	yw_wire_add_bytes(out, ENVELOPE_PAYLOAD, payload);
	yw_wire_add_bytes(out, ENVELOPE_TYPE, yw_bytes_str(YW_ENTRY_TYPE));
	yw_wire_add_bytes(out, ENVELOPE_SIGNATURES, yw_buf_bytes(&signature));
	yw_buf_release(&signature);
}

/* What leaves here must be what every other node will apply. */
static enum yw_code
read_back(const char *origin, struct yw_bytes envelope, struct yw_error *err)
{
	struct yw_error why = { 0 };
	struct yw_entry e;
	enum yw_code code;

	code = yw_entry_read(origin, envelope, &e, &why);
	if (code == YW_EFORMAT)
		return yw_fail(err, YW_EINVAL, "not an entry: %s", why.msg);
	if (code != YW_OK)
		return yw_fail(err, code, "%s", why.msg);
	if (e.standing != YW_STANDING_APPLIED)
		code = yw_fail(err, YW_EINVAL, "no node would apply this entry: %s", e.why);
	yw_entry_release(&e);
	return code;
}

enum yw_code
yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key, const struct yw_pubkey *pub,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf payload = YW_BUF_INIT, envelope = YW_BUF_INIT;
	struct yw_sig sig;
	enum yw_code code;

	if (draft->n_items > YW_ITEMS_MAX || draft->trust.len > YW_ENTRY_MAX)
		return yw_fail(err, YW_ELIMIT, "an entry holds at most %d records or %d bytes", YW_ITEMS_MAX,
		    YW_ENTRY_MAX);
	if (memcmp(pub->b, key->b + YW_SEED_BYTES, sizeof pub->b) != 0)
		return yw_fail(err, YW_EINVAL, "the public key of the entry is not that of the key that signs");
	add_payload(draft, pub, &payload);
	code = yw_buf_check(&payload, err);
	if (code == YW_OK)
		code = yw_sign_pae(key, YW_ENTRY_TYPE, payload.data, payload.len, &sig, err);
	if (code != YW_OK)
		goto out;
	add_envelope(yw_buf_bytes(&payload), &sig, &envelope);
	code = yw_buf_check(&envelope, err);
	if (code == YW_OK)
		code = read_back(draft->origin, yw_buf_bytes(&envelope), err);
	if (code != YW_OK)
		goto out;
	yw_buf_add(out, envelope.data, envelope.len);
	code = yw_buf_check(out, err);
out:
	yw_buf_release(&payload);
	yw_buf_release(&envelope);
	return code;
}
