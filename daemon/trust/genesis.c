/*
 * genesis.c - entry 0 of a log (T4), and the delegation that comes before it (T3): made and judged.
 */
#include "base/fault.h"
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

	if (g->generation != 1)
		return yw_trust_make_reopening(g, signed_request, (struct yw_bytes) { NULL, 0 }, out, err);
	yiwang__v1__genesis__init(&genesis);
	m.kind_case = YIWANG__V1__TRUST__KIND_GENESIS;
	m.genesis = &genesis;
	if (is_first_node(g)) {
		genesis.by_case = YIWANG__V1__GENESIS__BY_NETWORK_FILE;
		genesis.network_file = field_of_bytes(yw_buf_bytes(&t->networks[0]->n.note));
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

enum yw_code
yw_trust_make_reopening(const struct yw_generation *g, struct yw_bytes signed_request, struct yw_bytes last_head,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Genesis__Reopened reopened = YIWANG__V1__GENESIS__REOPENED__INIT;
	Yiwang__V1__Genesis genesis;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	if (g->generation == 1 || !is_its_request(g, signed_request))
		return yw_fail(err, YW_EINVAL, "the request is not the one that opened generation %u of %s",
		    (unsigned)g->generation, g->code.code);
	yiwang__v1__genesis__init(&genesis);
	reopened.signed_request = field_of_bytes(signed_request);
	reopened.last_head = field_of_bytes(last_head);
	genesis.by_case = YIWANG__V1__GENESIS__BY_REOPENED;
	genesis.reopened = &reopened;
	m.kind_case = YIWANG__V1__TRUST__KIND_GENESIS;
	m.genesis = &genesis;
	return yw_wire_pack(&m.base, out, err);
}

/* The first node logs version 1: the same text, with signatures enough. */
static enum yw_code
judge_network_file(const struct yw_trust *t, struct yw_bytes file, struct yw_error *err)
{
	const struct yw_network *held = &t->networks[0]->n;
	struct yw_network n;
	enum yw_code code;

	code = yw_network_parse(file, NULL, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_network_verify(&n, err);
	if (code == YW_OK && !yw_hash_equal(&n.text_sha256, &held->text_sha256) && !YW_FAULT("genesis-any-file"))
		code = yw_fail(err, YW_EINVAL, "it holds another network file than ours");
	yw_network_release(&n);
	return code;
}

static enum yw_code
judge_delegated(const struct yw_generation *g, const Yiwang__V1__Genesis__Delegated *d, struct yw_error *err)
{
	if (!is_its_request(g, bytes_of(&d->signed_request)) && !YW_FAULT("genesis-any-request"))
		return yw_fail(err, YW_EINVAL, "it holds another request than the one that was delegated");
	if ((d->delegation == NULL || strcmp(d->delegation->origin, g->delegation.origin.text) != 0 ||
	    d->delegation->index != g->delegation.index) && !YW_FAULT("genesis-any-place"))
		return yw_fail(err, YW_EINVAL, "it names another delegation than entry %llu of %s",
		    (unsigned long long)g->delegation.index, g->delegation.origin.text);
	return YW_OK;
}

static enum yw_code
judge_content(const struct yw_trust *t, const struct yw_generation *g, const Yiwang__V1__Genesis *m,
    struct yw_error *err)
{
	if (g->generation != 1) {
		if (m->by_case != YIWANG__V1__GENESIS__BY_REOPENED)
			return yw_fail(err, YW_EINVAL, "it is not that of a later generation");
		if (!is_its_request(g, bytes_of(&m->reopened->signed_request)))
			return yw_fail(err, YW_EINVAL, "it holds another request than the one that was delegated");
		return YW_OK;		/* the old head is information */
	}
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
	else if (!yw_pubkey_equal(&e->signer, &g->spans[0].keys.entry) && !YW_FAULT("genesis-any-key"))
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

enum yw_code
yw_trust_genesis_request(const struct yw_entry *e, struct yw_buf *out, struct yw_error *err)
{
	const ProtobufCBinaryData *r = NULL;
	Yiwang__V1__Trust *m;
	enum yw_code code;

	if (e->trust_kind != YW_TRUST_GENESIS || e->standing != YW_STANDING_APPLIED)
		return yw_fail(err, YW_EINVAL, "it is no genesis");
	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code;
	if (m->genesis->by_case == YIWANG__V1__GENESIS__BY_DELEGATED)
		r = &m->genesis->delegated->signed_request;
	else if (m->genesis->by_case == YIWANG__V1__GENESIS__BY_REOPENED)
		r = &m->genesis->reopened->signed_request;
	if (r == NULL || r->len > YW_REQUEST_MAX)
		code = yw_fail(err, YW_EINVAL, "the genesis holds no request");
	else
		yw_buf_add(out, r->data, r->len);
	yw_decode_free(m);
	return code == YW_OK ? yw_buf_check(out, err) : code;
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
yw_trust_name_delegation(struct yw_bytes delegation, const char *name, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	enum yw_code code = yw_decode(&yiwang__v1__trust__descriptor, delegation, &m, err);
	char *before;

	if (code != YW_OK)
		return code;
	before = m->delegation->name;
	m->delegation->name = (char *)(uintptr_t)name;
	code = yw_wire_pack(&m->base, out, err);
	m->delegation->name = before;
	yw_decode_free(m);
	return code;
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

/* T5: a higher key set of a generation that is there and open. */
static enum yw_code
judge_rotation(const struct yw_trust *t, const struct yw_generation *g, const struct yw_request *r, struct yw_error *err)
{
	const struct yw_generation *by;
	struct statement *s;
	enum yw_code code;

	if (g == NULL && YW_FAULT("later-set-first"))
		return YW_OK;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "no key set of generation %u was delegated yet: the first one is number 0",
		    (unsigned)r->generation);
	if (!g->open)
		return yw_fail(err, YW_ECONFLICT, "generation %u is closed, so its keys are not changed any more: it needs a next "
		    "generation", (unsigned)r->generation);
	if (r->key_set <= g->spans[g->n_spans - 1].key_set)
		return yw_fail(err, YW_ECONFLICT, "key set %u is behind: number %u signs now", (unsigned)r->key_set,
		    (unsigned)g->spans[g->n_spans - 1].key_set);
	if (g->n_spans == YW_KEY_SETS_MAX)
		return yw_fail(err, YW_ELIMIT, "generation %u has had %d key sets: it needs a next generation",
		    (unsigned)r->generation, YW_KEY_SETS_MAX);
	code = yw_trust_choose(t, &r->code, r->generation, r->key_set, &s, &by);
	if (code == YW_OK && s != NULL)
		return yw_fail(err, YW_ECONFLICT, "key set %u is delegated already, by entry %llu of %s: ask with a higher number",
		    (unsigned)r->key_set, (unsigned long long)s->index, by != NULL ? by->origin.text : "the network file");
	return code;
}

/* T8: nothing of that generation is there, and the one before is closed. */
static enum yw_code
judge_opening(const struct yw_trust *t, const struct yw_generation *g, const struct yw_request *r, struct yw_error *err)
{
	const struct yw_generation *before = yw_trust_find(t, &r->code, r->generation - 1);

	if (g != NULL && !YW_FAULT("delegated-again"))
		return yw_fail(err, YW_ECONFLICT, "%s is delegated already, by entry %llu of %s", r->code.code,
		    (unsigned long long)g->delegation.index, g->delegation.origin.text[0] != '\0' ? g->delegation.origin.text :
		    "the network file");
	if (r->generation == 1)
		return YW_OK;
	if (before == NULL && YW_FAULT("generation-skipped"))
		return YW_OK;
	if (before == NULL)
		return yw_fail(err, YW_ENOENT, "there is no generation %u that it could follow", (unsigned)r->generation - 1);
	if (before->open)
		return yw_fail(err, YW_ENOENT, "generation %u is open: close it first", (unsigned)before->generation);
	return YW_OK;
}

/* Whose the request is, and what has been said of it before; the issuer has the sentence to act on. */
static enum yw_code
judge_request(const struct yw_trust *t, const struct yw_generation *issuer, const struct yw_request *r,
    struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_find(t, &r->code, r->generation);
	char reuse[YW_REUSE_MAX];
	enum yw_code code;

	if (!yw_hash_equal(&r->network, &yw_trust_network(t)->hash))
		return yw_fail(err, YW_EINVAL, "it was made for another network than '%s'", yw_trust_network(t)->name);
	if (r->issuer.code[0] == '\0')
		return yw_fail(err, YW_EINVAL, "it names no issuer: only the network file admits a first node");
	if (!issuer->open)
		return yw_fail(err, YW_EINVAL, "generation %u of %s is closed itself", (unsigned)issuer->generation,
		    issuer->code.code);
	/* Nobody acts for a code that never had a log, as far as it depends on us: its county came to the wrong door. */
	if (!yw_trust_acts_for(t, issuer, UINT64_MAX, &r->issuer) ||
	    (!yw_jurisdiction_equal(&issuer->code, &r->issuer) && yw_trust_find(t, &r->issuer, 1) == NULL))
		return yw_fail(err, YW_EINVAL, "it names %s as its issuer, not %s", r->issuer.code, issuer->code.code);
	code = r->key_set != 0 ? judge_rotation(t, g, r, err) : judge_opening(t, g, r, err);
	if (code != YW_OK)
		return code;
	if (yw_trust_reuse(t, r, NULL, 0, reuse) != NULL)
		return yw_fail(err, YW_EINVAL, "%s: it needs keys of its own", reuse);
	if (issuer->needs_newer)
		return yw_fail(err, YW_EINVAL, "the log of %s holds a trust entry of a newer version: upgrade first",
		    issuer->code.code);
	if (g == NULL && yw_trust_count(t) >= YW_CODES_MAX)
		return yw_fail(err, YW_ELIMIT, "the network has %d logs already", YW_CODES_MAX);
	return YW_OK;
}

/* The same question as a reader will ask, of a delegation that would be the next entry; only the consent may be held
 * elsewhere still. */
static enum yw_code
judge_as_read(const struct yw_trust *t, const struct yw_generation *issuer, struct said *said, struct yw_error *err)
{
	struct statement s = { .index = UINT64_MAX - 1, .kind = YW_TRUST_DELEGATION, .placed = true, .said = said };
	struct yw_error why;
	enum yw_code code = yw_trust_why_not(t, issuer, &s, &why);

	if (code == YW_OK || (code == YW_ENOENT && yw_trust_has_consent(t, issuer, &said->hash)))
		return YW_OK;
	return yw_fail(err, code, "%s", why.msg);
}

enum yw_code
yw_trust_judge_admission(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, struct yw_request *out, struct yw_error *err)
{
	struct said *said;
	enum yw_code code;

	code = yw_said_request(signed_request, &said, err);
	if (code != YW_OK)
		return code;
	*out = said->request;
	code = judge_request(t, issuer, &said->request, err);
	if (code == YW_OK)
		code = judge_as_read(t, issuer, said, err);
	if (code != YW_OK)
		yw_fail_context(err, "the request of %s", said->request.code.code);
	yw_said_drop(said);
	return code;
}

bool
yw_trust_is_next(const struct yw_trust *t, struct yw_bytes signed_request, struct yw_request *out)
{
	const struct yw_generation *before;
	struct statement s = { .kind = YW_TRUST_DELEGATION };
	bool asked = false;

	if (yw_said_request(signed_request, &s.said, NULL) != YW_OK)
		return false;
	before = s.said->request.generation > 1 && s.said->request.key_set == 0 &&
	    yw_hash_equal(&s.said->request.network, &yw_trust_network(t)->hash) ?
	    yw_trust_find(t, &s.said->request.code, s.said->request.generation - 1) : NULL;
	if (before != NULL && !before->open && before->closing.revoked)	/* T6: the old keys' word counts for nothing any more */
		before = NULL;
	if (before != NULL && yw_trust_asked_by_old(t, before, &s, &asked) == YW_OK && asked)
		*out = s.said->request;
	yw_said_drop(s.said);
	return asked;
}
