/*
 * consent.c - a later generation that the old key did not ask for needs the issuer's own issuer (T9).
 */
#include "base/fault.h"
#include "record/wire.h"
#include "trust/chain_int.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

/* --- Judging --------------------------------------------------------------------------------------- */

/*
 * The newest key of the generation before: the last one of its log up to the end, or that of the closing's head, if
 * the log is not held so far.
 */
enum yw_code
yw_trust_asked_by_old(const struct yw_trust *t, const struct yw_generation *before, struct statement *s, bool *asked)
{
	const struct yw_key_span *last = &before->spans[before->n_spans - 1];
	const struct yw_pubkey *key = &last->keys.head;
	enum yw_code code;

	if (!before->open && before->closing.key_set > last->key_set)
		key = &before->closing.head_key;
	*asked = yw_pubkey_equal(&s->asked_by, key);
	if (*asked)
		return YW_OK;
	code = yw_request_asked_by(yw_buf_bytes(&s->said->signed_request), key, asked);
	if (*asked && t->computing)
		s->asked_by = *key;
	return code == YW_ENOMEM ? code : YW_OK;
}

/* T1: a `consent` line of any version stands for any consent. */
static bool
consented_by_file(const struct yw_trust *t, const struct yw_hash *request)
{
	for (size_t i = 0; i < t->n_networks; i++) {
		const struct yw_network *n = &t->networks[i]->n;

		for (size_t j = 0; j < n->n_consents; j++)
			if (memcmp(n->consents[j].data, request->b, YW_HASH_BYTES) == 0)
				return true;
	}
	return false;
}

/* Is c an entry of a log that acts for the issuer of g, at an index where its signer was valid? */
static bool
is_of_issuer(const struct yw_trust *t, const struct yw_generation *g, const struct yw_generation *above, uint64_t index,
    const struct yw_pubkey *signer)
{
	return above != NULL && g->issuer.code[0] != '\0' && (index < above->end.size || YW_FAULT("closed-consents")) &&
	    (yw_trust_acts_for(t, above, index, &g->issuer) || YW_FAULT("anybody-consents")) &&
	    (yw_pubkey_equal(&yw_generation_entry_keys(above, index)->entry, signer) || YW_FAULT("any-key-consents"));
}

static enum yw_code
lacks(const struct yw_generation *g, const struct statement *s, struct yw_error *why)
{
	return yw_fail(why, YW_ENOENT, "it is a recovery: the old key did not ask for generation %u of %s, so it needs the "
	    "consent of %s%s", (unsigned)s->said->request.generation, s->said->request.code.code,
	    g->issuer.code[0] != '\0' ? g->issuer.code : "the root keys", g->issuer.code[0] != '\0' ?
	    ", whose admin gives it there: yiwang consent" : ", a 'consent' line of the network file");
}

enum yw_code
yw_trust_consent_fits(const struct yw_trust *t, const struct yw_generation *g, struct statement *s, struct yw_error *why)
{
	const struct said_consent *c = &s->said->consent;
	enum yw_code code = YW_OK;

	if (!c->given)
		return YW_OK;
	if (!c->there || (!yw_hash_equal(&c->request, &s->said->hash) && !YW_FAULT("chain-consent")))
		return yw_fail(why, YW_EINVAL, "the consent that it carries is none to this request");
	if (yw_trust_origin(t, c->origin.text) != NULL)
		code = yw_trust_consented(t, g, s, NULL);
	return code == YW_OK || code == YW_ENOMEM ? code :
	    yw_fail(why, YW_EINVAL, "the consent that it carries is not one of its issuer's issuer");
}

enum yw_code
yw_trust_consented(const struct yw_trust *t, const struct yw_generation *g, struct statement *s, struct yw_error *why)
{
	const struct said_consent *c = &s->said->consent;
	const struct yw_generation *above;
	bool good = false;
	enum yw_code code;

	if (g == NULL || consented_by_file(t, &s->said->hash))	/* a `first` line is consent, too */
		return YW_OK;
	above = c->there ? yw_trust_origin(t, c->origin.text) : NULL;
	if (!is_of_issuer(t, g, above, c->index, &c->signer) ||
	    (!yw_hash_equal(&c->request, &s->said->hash) && !YW_FAULT("consent-to-any")))
		return lacks(g, s, why);
	code = yw_trust_head_by(t, s, yw_buf_bytes(&c->note), &yw_generation_head_keys(above, c->head.size)->head, &good);
	if (code != YW_OK)
		return code;
	return good || YW_FAULT("consent-head") ? YW_OK : lacks(g, s, why);
}

/* --- Before logging -------------------------------------------------------------------------------- */

/* Where the log of g's issuer holds a consent to this request; NULL: nowhere. */
static const struct statement *
find_consent(const struct yw_trust *t, const struct yw_generation *g, const struct yw_hash *request,
    const struct yw_generation **log)
{
	for (size_t i = 1; i < yw_trust_n_fed(t); i++) {
		const struct fed_log *l = yw_trust_fed_at(t, i, log);

		for (size_t j = 0; l != NULL && j < l->n; j++)
			if (l->s[j].kind == YW_TRUST_CONSENT && yw_hash_equal(&l->s[j].said->hash, request) &&
			    is_of_issuer(t, g, *log, l->s[j].index, &l->s[j].signer))
				return &l->s[j];
	}
	return NULL;
}

bool
yw_trust_has_consent(const struct yw_trust *t, const struct yw_generation *g, const struct yw_hash *request)
{
	const struct yw_generation *log;

	return consented_by_file(t, request) || find_consent(t, g, request, &log) != NULL;
}

enum yw_code
yw_trust_make_consent(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes signed_request,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Consent consent = YIWANG__V1__CONSENT__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	const struct yw_generation *issuer;
	struct yw_request r;
	struct yw_hash hash;
	enum yw_code code = yw_request_read(signed_request, NULL, &r, NULL, err);

	if (code != YW_OK)
		return code;
	if (!yw_hash_equal(&r.network, &yw_trust_network(t)->hash))
		return yw_fail(err, YW_EINVAL, "the request was made for another network");
	if (r.generation == 1 || r.key_set != 0)
		return yw_fail(err, YW_EINVAL, "the request of %s asks for generation %u, key set %u: only a later generation "
		    "can be a recovery, which needs a consent", r.code.code, (unsigned)r.generation, (unsigned)r.key_set);
	issuer = yw_trust_acting(t, &r.issuer);
	if (issuer == NULL || issuer->issuer.code[0] == '\0' || !yw_trust_acts_for(t, g, UINT64_MAX, &issuer->issuer))
		return yw_fail(err, YW_EINVAL, "the request of %s goes to %s, whose issuer is %s: consent is that one's to give",
		    r.code.code, r.issuer.code, issuer != NULL && issuer->issuer.code[0] != '\0' ? issuer->issuer.code :
		    "the network file");
	yw_request_hash(signed_request, &hash);
	consent.request_sha256 = field_of(hash.b, sizeof hash.b);
	m.kind_case = YIWANG__V1__TRUST__KIND_CONSENT;
	m.consent = &consent;
	return yw_wire_pack(&m.base, out, err);
}

/* --- The delegation that carries it ---------------------------------------------------------------- */

static enum yw_code
pack(struct yw_bytes signed_request, struct yw_bytes envelope, uint64_t index, const struct yw_proof *path,
    struct yw_bytes head, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__ConsentProof proof = YIWANG__V1__CONSENT_PROOF__INIT;
	Yiwang__V1__Delegation delegation = YIWANG__V1__DELEGATION__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	ProtobufCBinaryData hashes[YW_PROOF_MAX];

	for (size_t i = 0; i < path->n; i++)
		hashes[i] = field_of(path->h[i].b, YW_HASH_BYTES);
	proof.envelope = field_of_bytes(envelope);
	proof.index = index;
	proof.inclusion = hashes;
	proof.n_inclusion = path->n;
	proof.head = field_of_bytes(head);
	delegation.signed_request = field_of_bytes(signed_request);
	delegation.consent = &proof;
	m.kind_case = YIWANG__V1__TRUST__KIND_DELEGATION;
	m.delegation = &delegation;
	return yw_wire_pack(&m.base, out, err);
}

static enum yw_code
make_with_proof(const struct yw_trust *t, const struct yw_generation *log, uint64_t index, struct yw_bytes signed_request,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT, beat = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_checkpoint c;
	struct yw_proof path;
	enum yw_code code;

	code = r->entry(r->arg, log->origin.text, index, &envelope, err);
	if (code == YW_OK)
		code = r->beat(r->arg, log->origin.text, index + 1, &beat, &c, err);
	if (code == YW_OK)
		code = r->inclusion(r->arg, log->origin.text, index, c.size, &path, err);
	if (code == YW_OK)
		code = yw_beat_strip(t, log, yw_buf_bytes(&beat), NULL, NULL, 0, &head, err);
	if (code == YW_OK)
		code = pack(signed_request, yw_buf_bytes(&envelope), index, &path, yw_buf_bytes(&head), out, err);
	yw_buf_release(&envelope);
	yw_buf_release(&beat);
	yw_buf_release(&head);
	return code;
}

enum yw_code
yw_recovery_make(const struct yw_trust *t, const struct yw_generation *issuer, struct yw_bytes signed_request,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *log;
	const struct statement *s;
	struct yw_request request;
	struct yw_hash hash;
	enum yw_code code = yw_trust_judge_admission(t, issuer, signed_request, &request, err);

	if (code != YW_OK)
		return code;
	yw_request_hash(signed_request, &hash);
	s = find_consent(t, issuer, &hash, &log);
	return s != NULL ? make_with_proof(t, log, s->index, signed_request, r, out, err) :
	    yw_trust_make_delegation(signed_request, out, err);
}
