/*
 * instance.c - which start of a daemon says how long its log is (L5).
 */
#include "trust/instance.h"

#include "record/wire.h"
#include "trust/fields.h"
#include "yiwang/v1/trust.pb-c.h"

static enum yw_code
encode(const struct yw_instance *i, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Instance m = YIWANG__V1__INSTANCE__INIT;

	m.origin = (char *)(uintptr_t)i->origin.text;
	m.instance = field_of(i->id, sizeof i->id);
	m.counter = i->counter;
	m.size = i->size;
	m.root = field_of(i->root.b, sizeof i->root.b);
	return yw_wire_pack(&m.base, out, err);
}

enum yw_code
yw_instance_sign(const struct yw_instance *i, const struct yw_seckey *head, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__SignedInstance m = YIWANG__V1__SIGNED_INSTANCE__INIT;
	struct yw_buf statement = YW_BUF_INIT;
	struct yw_sig sig;
	enum yw_code code;

	code = encode(i, &statement, err);
	if (code == YW_OK)
		code = yw_sign_pae(head, YW_INSTANCE_TYPE, statement.data, statement.len, &sig, err);
	if (code == YW_OK) {
		m.instance = field_of(statement.data, statement.len);
		m.signature = field_of(sig.b, sizeof sig.b);
		code = yw_wire_pack(&m.base, out, err);
	}
	yw_buf_release(&statement);
	return code;
}

static enum yw_code
take(const Yiwang__V1__Instance *m, struct yw_instance *out, struct yw_error *err)
{
	struct yw_jurisdiction code;
	uint32_t generation;
	size_t len = strlen(m->origin);

	if (m->base.n_unknown_fields != 0)
		return yw_fail(err, YW_EFORMAT, "an instance statement holds a field that this version does not know");
	if (yw_origin_parse(m->origin, len, NULL, &code, &generation) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "field 'origin' of an instance statement is no origin of a log");
	if (m->instance.len != YW_INSTANCE_ID_BYTES)
		return yw_fail(err, YW_EFORMAT, "field 'instance' of an instance statement is not %d bytes",
		    YW_INSTANCE_ID_BYTES);
	if (m->root.len != YW_HASH_BYTES)
		return yw_fail(err, YW_EFORMAT, "field 'root' of an instance statement is not 32 bytes");
	memcpy(out->origin.text, m->origin, len + 1);
	memcpy(out->id, m->instance.data, sizeof out->id);
	out->counter = m->counter;
	out->size = m->size;
	memcpy(out->root.b, m->root.data, sizeof out->root.b);
	return YW_OK;
}

enum yw_code
yw_instance_check(struct yw_bytes instance, const struct yw_sig *sig, const struct yw_pubkey *head,
    struct yw_instance *out, struct yw_error *err)
{
	Yiwang__V1__Instance *m;
	struct yw_instance i;
	enum yw_code code;

	code = yw_decode(&yiwang__v1__instance__descriptor, instance, &m, err);
	if (code != YW_OK)
		return code;
	code = take(m, &i, err);
	yw_decode_free(m);
	if (code != YW_OK)
		return code;
	code = yw_verify_pae(head, YW_INSTANCE_TYPE, instance.data, instance.len, sig);
	if (code == YW_ENOMEM)
		return yw_fail(err, code, "no memory to check an instance statement of '%s'", i.origin.text);
	if (code != YW_OK)
		return yw_fail(err, code, "an instance statement of '%s' is not signed by its head key", i.origin.text);
	*out = i;
	return YW_OK;
}

/* --- takes --- */

enum yw_code
yw_take_sign(const struct yw_take *t, const struct yw_seckey *head, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__SignedTake s = YIWANG__V1__SIGNED_TAKE__INIT;
	Yiwang__V1__Take m = YIWANG__V1__TAKE__INIT;
	ProtobufCBinaryData ended[YW_TAKE_MAX];
	struct yw_buf take = YW_BUF_INIT;
	struct yw_sig sig;
	enum yw_code code;

	for (size_t i = 0; i < t->n_ended; i++)
		ended[i] = field_of(t->ended[i], sizeof t->ended[i]);
	m.origin = (char *)(uintptr_t)t->origin.text;
	m.instance = field_of(t->id, sizeof t->id);
	m.ended = ended;
	m.n_ended = t->n_ended;
	code = yw_wire_pack(&m.base, &take, err);
	if (code == YW_OK)
		code = yw_sign_pae(head, YW_TAKE_TYPE, take.data, take.len, &sig, err);
	if (code == YW_OK) {
		s.take = field_of(take.data, take.len);
		s.signature = field_of(sig.b, sizeof sig.b);
		code = yw_wire_pack(&s.base, out, err);
	}
	yw_buf_release(&take);
	return code;
}

static enum yw_code
read_take(const Yiwang__V1__Take *m, struct yw_take *out, struct yw_error *err)
{
	size_t len = strlen(m->origin);
	struct yw_jurisdiction code;
	uint32_t generation;

	if (yw_origin_parse(m->origin, len, NULL, &code, &generation) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "field 'origin' of a take is no origin of a log");
	if (m->instance.len != YW_INSTANCE_ID_BYTES || m->n_ended == 0 || m->n_ended > YW_TAKE_MAX)
		return yw_fail(err, YW_EFORMAT, "a take names one instance that goes on, and 1 to %d that are ended", YW_TAKE_MAX);
	memcpy(out->origin.text, m->origin, len + 1);
	memcpy(out->id, m->instance.data, sizeof out->id);
	for (out->n_ended = 0; out->n_ended < m->n_ended; out->n_ended++) {
		if (m->ended[out->n_ended].len != YW_INSTANCE_ID_BYTES)
			return yw_fail(err, YW_EFORMAT, "field 'ended' of a take is not %d bytes", YW_INSTANCE_ID_BYTES);
		memcpy(out->ended[out->n_ended], m->ended[out->n_ended].data, YW_INSTANCE_ID_BYTES);
	}
	return YW_OK;
}

enum yw_code
yw_take_check(struct yw_bytes take, const struct yw_sig *sig, const struct yw_pubkey *head, struct yw_take *out,
    struct yw_error *err)
{
	Yiwang__V1__Take *m;
	struct yw_take t;
	enum yw_code code = yw_decode(&yiwang__v1__take__descriptor, take, &m, err);

	if (code != YW_OK)
		return code;
	code = read_take(m, &t, err);
	yw_decode_free(m);
	if (code != YW_OK)
		return code;
	code = yw_verify_pae(head, YW_TAKE_TYPE, take.data, take.len, sig);
	if (code == YW_ENOMEM)
		return yw_fail(err, code, "no memory to check a take of '%s'", t.origin.text);
	if (code != YW_OK)
		return yw_fail(err, code, "a take of '%s' is not signed by its head key", t.origin.text);
	*out = t;
	return YW_OK;
}
