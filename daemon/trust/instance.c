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
	if (code != YW_OK)
		return yw_fail(err, code, "an instance statement of '%s' is not signed by its head key", i.origin.text);
	*out = i;
	return YW_OK;
}
