/*
 * evidenceregistrar.c - a record that a registrar signed (T13): the statement of the log that names its key goes with it.
 *
 * That no later statement ended the key before the record cannot be shown by inclusion, as nothing that is absent can
 * (T11): the owner signed the head that holds both, and it is its word that the key was good.
 */
#include "record/kind.h"
#include "record/record.h"
#include "record/wire.h"
#include "trust/evidence_int.h"

enum yw_code
yw_evidence_read_registrar(const struct evidence *e, struct evidence_proved *p, struct evidence_registrar *out,
    struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	enum yw_code code = YW_OK;

	*out = (struct evidence_registrar) { .index = p->index, .checkpoint = p->checkpoint };
	if (p->e.trust_kind != YW_TRUST_REGISTRAR)
		code = yw_fail(err, YW_EINVAL, "it names no registrar");
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__trust__descriptor, p->e.trust, &m, err);
	if (code == YW_OK) {
		code = yw_registrar_words(m->registrar, &out->key, &out->kinds, err);
		yw_decode_free(m);
	}
	if (code == YW_OK && out->kinds == 0)
		code = yw_fail(err, YW_EINVAL, "it ends a registrar");
	yw_entry_release(&p->e);
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (registrar)", e->registrar.line);
	return code;
}

enum yw_code
yw_evidence_fits_registrar(const struct evidence *e, const struct evidence_registrar *r, const struct evidence_proved *subject,
    struct yw_error *err)
{
	struct yw_record record;
	enum yw_code code;

	if (!yw_pubkey_equal(&subject->e.signer, &r->key))
		return yw_fail(err, YW_EINVAL, "the entry is by another key");
	if (r->index >= subject->index || !yw_bytes_equal(r->checkpoint, subject->checkpoint))
		return yw_fail(err, YW_EINVAL, "it does not stand below the entry and in the same head");
	if (e->withheld)
		return YW_OK;
	code = yw_record_read(e->body, &record, err);
	if (code == YW_OK && (r->kinds >> yw_kind_parse(record.id.kind, strlen(record.id.kind)) & 1) == 0)
		code = yw_fail(err, YW_EINVAL, "it does not let this key sign a record of kind '%s'", record.id.kind);
	return code;
}
