/*
 * genesis.c - entry 0 of a log (T4), and the delegation that comes before it (T3): made and judged.
 */
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"
#include "yiwang/v1/trust.pb-c.h"

static bool
is_first_node(const struct yw_generation *g)
{
	return g->delegation.origin.text[0] == '\0';
}

static bool
is_its_request(const struct yw_generation *g, struct yw_bytes signed_request)
{
	struct yw_hash h;

	yw_request_hash(signed_request, &h);
	return yw_hash_equal(&h, &g->request);
}

/* --- Genesis ------------------------------------------------------------------------------------ */

enum yw_code
yw_trust_make_genesis(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes signed_request,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__EntryPlace place = YIWANG__V1__ENTRY_PLACE__INIT;
	Yiwang__V1__Genesis__Delegated delegated = YIWANG__V1__GENESIS__DELEGATED__INIT;
	Yiwang__V1__Genesis genesis;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	yiwang__v1__genesis__init(&genesis);
	m.kind_case = YIWANG__V1__TRUST__KIND_GENESIS;
	m.genesis = &genesis;
	if (g->generation != 1)
		return yw_fail(err, YW_EINVAL, "later generations are not opened by this version");
	if (is_first_node(g)) {
		genesis.by_case = YIWANG__V1__GENESIS__BY_NETWORK_FILE;
		genesis.network_file = field_of_bytes(yw_buf_bytes(&t->network->n.note));
		return yw_wire_pack(&m.base, out, err);
	}
	if (!is_its_request(g, signed_request))
		return yw_fail(err, YW_EINVAL, "the request is not the one that %s delegated", g->issuer.code);
	place.origin = (char *)(uintptr_t)g->delegation.origin.text;
	place.index = g->delegation.index;
	delegated.signed_request = field_of_bytes(signed_request);
	delegated.delegation = &place;
	genesis.by_case = YIWANG__V1__GENESIS__BY_DELEGATED;
	genesis.delegated = &delegated;
	return yw_wire_pack(&m.base, out, err);
}

/* The first node logs version 1: the same text, with signatures enough. */
static enum yw_code
judge_network_file(const struct yw_trust *t, struct yw_bytes file, struct yw_error *err)
{
	const struct yw_network *held = &t->network->n;
	struct yw_network n;
	enum yw_code code;

	code = yw_network_parse(file, NULL, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_network_verify(&n, err);
	if (code == YW_OK && !yw_hash_equal(&n.text_sha256, &held->text_sha256))
		code = yw_fail(err, YW_EINVAL, "it holds another network file than ours");
	yw_network_release(&n);
	return code;
}

static enum yw_code
judge_delegated(const struct yw_generation *g, const Yiwang__V1__Genesis__Delegated *d, struct yw_error *err)
{
	if (!is_its_request(g, bytes_of(&d->signed_request)))
		return yw_fail(err, YW_EINVAL, "it holds another request than the one that was delegated");
	if (d->delegation == NULL || strcmp(d->delegation->origin, g->delegation.origin.text) != 0 ||
	    d->delegation->index != g->delegation.index)
		return yw_fail(err, YW_EINVAL, "it names another delegation than entry %llu of %s",
		    (unsigned long long)g->delegation.index, g->delegation.origin.text);
	return YW_OK;
}

static enum yw_code
judge_content(const struct yw_trust *t, const struct yw_generation *g, const Yiwang__V1__Genesis *m,
    struct yw_error *err)
{
	if (g->generation != 1)
		return yw_fail(err, YW_EINVAL, "later generations are not known to this version");
	if (is_first_node(g)) {
		if (m->by_case != YIWANG__V1__GENESIS__BY_NETWORK_FILE)
			return yw_fail(err, YW_EINVAL, "the first node's holds no network file");
		return judge_network_file(t, bytes_of(&m->network_file), err);
	}
	if (m->by_case != YIWANG__V1__GENESIS__BY_DELEGATED)
		return yw_fail(err, YW_EINVAL, "it holds no delegation");
	return judge_delegated(g, m->delegated, err);
}

enum yw_code
yw_trust_judge_genesis(const struct yw_trust *t, const struct yw_generation *g, const struct yw_entry *e,
    struct yw_error *err)
{
	Yiwang__V1__Trust *m = NULL;
	enum yw_code code = YW_OK;

	if (e->trust_kind != YW_TRUST_GENESIS || e->standing != YW_STANDING_APPLIED)
		code = yw_fail(err, YW_EINVAL, "it is no genesis");
	else if (!yw_pubkey_equal(&e->signer, &g->spans[0].keys.entry))
		code = yw_fail(err, YW_EINVAL, "it is not signed by the first entry key of %s", g->code.code);
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code == YW_OK)
		code = judge_content(t, g, m->genesis, err);
	yw_decode_free(m);
	if (code != YW_OK && code != YW_ENOMEM) {
		yw_fail_context(err, "entry 0 of %s", g->origin.text);
		code = YW_EINVAL;
	}
	return code;
}

/* --- Delegation --------------------------------------------------------------------------------- */

enum yw_code
yw_trust_make_delegation(struct yw_bytes signed_request, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Delegation delegation = YIWANG__V1__DELEGATION__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	delegation.signed_request = field_of_bytes(signed_request);
	m.kind_case = YIWANG__V1__TRUST__KIND_DELEGATION;
	m.delegation = &delegation;
	return yw_wire_pack(&m.base, out, err);
}

enum yw_code
yw_trust_make_foreign_beat(struct yw_bytes beat, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__ForeignBeat foreign = YIWANG__V1__FOREIGN_BEAT__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	foreign.beat = field_of_bytes(beat);
	m.kind_case = YIWANG__V1__TRUST__KIND_FOREIGN_BEAT;
	m.foreign_beat = &foreign;
	return yw_wire_pack(&m.base, out, err);
}

/* Whose the request is, and what has been said of it before; the issuer has the sentence to act on. */
static enum yw_code
judge_request(const struct yw_trust *t, const struct yw_generation *issuer, const struct yw_request *r,
    struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_find(t, &r->code, r->generation);
	char reuse[YW_REUSE_MAX];

	if (!yw_hash_equal(&r->network, &t->network->n.hash))
		return yw_fail(err, YW_EINVAL, "it was made for another network than '%s'", t->network->n.name);
	if (r->issuer.code[0] == '\0')
		return yw_fail(err, YW_EINVAL, "it names no issuer: only the network file admits a first node");
	if (!yw_jurisdiction_equal(&r->issuer, &issuer->code))
		return yw_fail(err, YW_EINVAL, "it names %s as its issuer, not %s", r->issuer.code, issuer->code.code);
	if (r->generation != 1 || r->key_set != 0)
		return yw_fail(err, YW_EINVAL,
		    "it asks for generation %u, key set %u: this version admits only the first of both",
		    (unsigned)r->generation, (unsigned)r->key_set);
	if (g != NULL && !is_first_node(g))
		return yw_fail(err, YW_ECONFLICT, "%s is delegated already, by entry %llu of %s", r->code.code,
		    (unsigned long long)g->delegation.index, g->delegation.origin.text);
	if (yw_trust_reuse(t, r, NULL, 0, reuse) != NULL)
		return yw_fail(err, YW_EINVAL, "%s: it needs keys of its own", reuse);
	if (issuer->needs_newer)
		return yw_fail(err, YW_EINVAL, "the log of %s holds a trust entry of a newer version: upgrade first",
		    issuer->code.code);
	if (yw_trust_count(t) >= YW_CODES_MAX)
		return yw_fail(err, YW_ELIMIT, "the network has %d logs already", YW_CODES_MAX);
	return YW_OK;
}

enum yw_code
yw_trust_judge_admission(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, struct yw_request *out, struct yw_error *err)
{
	struct yw_request r;
	enum yw_code code;

	code = yw_request_read(signed_request, NULL, &r, NULL, err);
	if (code != YW_OK)
		return code;
	code = judge_request(t, issuer, &r, err);
	if (code != YW_OK) {
		yw_fail_context(err, "the request of %s", r.code.code);
		return code;
	}
	*out = r;
	return YW_OK;
}
