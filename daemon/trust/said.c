/*
 * said.c - what a trust entry says, read once and by itself: its form, and the signatures that need no log.
 *
 * What cannot have an effect, whatever else becomes known, is not remembered.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "record/kind.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

static struct said *
new_said(struct yw_error *err)
{
	struct said *s = calloc(1, sizeof *s);

	if (s == NULL)
		yw_fail(err, YW_ENOMEM, "no memory for a trust statement");
	else
		atomic_init(&s->refs, 1);
	return s;
}

struct said *
yw_said_share(struct said *s)
{
	if (s != NULL)
		atomic_fetch_add(&s->refs, 1);
	return s;
}

void
yw_said_drop(struct said *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	yw_buf_release(&s->signed_request);
	yw_buf_release(&s->consent.note);
	yw_buf_release(&s->file);
	yw_buf_release(&s->closing.note);
	yw_buf_release(&s->closing.reason);
	free(s->absent.places);
	free(s->name);
	free(s);
}

static enum yw_code
keep(struct yw_buf *b, struct yw_bytes bytes, struct yw_error *err)
{
	yw_buf_add(b, bytes.data, bytes.len);
	return yw_buf_check(b, err);
}

/* A code, or nothing. */
static enum yw_code
take_code(const char *text, const char *field, struct yw_jurisdiction *out, struct yw_error *err)
{
	*out = (struct yw_jurisdiction) { "" };
	if (text[0] == '\0' || yw_jurisdiction_parse(text, strlen(text), out) == YW_OK)
		return YW_OK;
	return yw_fail(err, YW_EFORMAT, "field '%s' is no code of a jurisdiction", field);
}

static enum yw_code
take_path(const ProtobufCBinaryData *hashes, size_t n, struct yw_proof *out, struct yw_error *err)
{
	if (n > YW_PROOF_MAX)
		return yw_fail(err, YW_ELIMIT, "its proof has more than %d hashes", YW_PROOF_MAX);
	for (size_t i = 0; i < n; i++) {
		if (hashes[i].len != YW_HASH_BYTES)
			return yw_fail(err, YW_EFORMAT, "hash %zu of its proof is not 32 bytes", i + 1);
		memcpy(out->h[i].b, hashes[i].data, YW_HASH_BYTES);
	}
	out->n = n;
	return YW_OK;
}

static enum yw_code
take_head(struct yw_bytes note, struct yw_buf *kept, struct yw_checkpoint *out, struct yw_error *err)
{
	struct yw_note n;
	enum yw_code code;

	code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, out, err);
	yw_note_release(&n);
	return code == YW_OK ? keep(kept, note, err) : code;
}

/* --- Delegation (T3) and the consent in it (T9) -------------------------------------------------- */

static enum yw_code
take_request(struct yw_bytes signed_request, struct said *s, struct yw_error *err)
{
	enum yw_code code = yw_request_read(signed_request, NULL, &s->request, NULL, err);

	yw_request_hash(signed_request, &s->hash);
	return code == YW_OK ? keep(&s->signed_request, signed_request, err) : code;
}

enum yw_code
yw_said_request(struct yw_bytes signed_request, struct said **out, struct yw_error *err)
{
	struct said *s = new_said(err);
	enum yw_code code;

	if (s == NULL)
		return YW_ENOMEM;
	code = take_request(signed_request, s, err);
	if (code == YW_OK)
		*out = s;
	else
		yw_said_drop(s);
	return code;
}

static enum yw_code
take_consent_entry(const struct yw_entry *e, const Yiwang__V1__ConsentProof *m, struct said_consent *c,
    struct yw_error *err)
{
	Yiwang__V1__Trust *trust;
	struct yw_hash leaf;
	struct yw_proof path;
	enum yw_code code;

	if (e->standing != YW_STANDING_APPLIED || e->trust_kind != YW_TRUST_CONSENT)
		return yw_fail(err, YW_EINVAL, "what it carries is no consent");
	code = yw_entry_verify(e, err);
	if (code == YW_OK)
		code = take_path(m->inclusion, m->n_inclusion, &path, err);
	yw_leaf_hash(bytes_of(&m->envelope), &leaf);
	if (code == YW_OK && (m->index >= c->head.size ||
	    yw_check_inclusion(m->index, c->head.size, &leaf, &path, &c->head.root) != YW_OK))
		code = yw_fail(err, YW_ESIG, "its consent does not prove into the head beside it");
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &trust, err);
	if (code != YW_OK)
		return code;
	if (trust->consent->request_sha256.len == YW_HASH_BYTES)
		memcpy(c->request.b, trust->consent->request_sha256.data, YW_HASH_BYTES);
	else
		code = yw_fail(err, YW_EFORMAT, "field 'request_sha256' of its consent is not 32 bytes");
	yw_decode_free(trust);
	c->index = m->index;
	c->signer = e->signer;
	memcpy(c->origin.text, c->head.origin, sizeof c->origin.text);
	return code;
}

/* What does not hold is as if it were not there: a consent that is not needed is not looked at. */
static enum yw_code
take_consent(const Yiwang__V1__ConsentProof *m, struct said_consent *c, struct yw_error *err)
{
	struct yw_error why;
	struct yw_entry e;
	enum yw_code code;

	if (m == NULL)
		return YW_OK;
	c->given = true;
	code = take_head(bytes_of(&m->head), &c->note, &c->head, &why);
	if (code == YW_OK) {
		code = yw_entry_read(c->head.origin, bytes_of(&m->envelope), &e, &why);
		if (code == YW_OK) {
			code = take_consent_entry(&e, m, c, &why);
			yw_entry_release(&e);
		}
	}
	c->there = code == YW_OK;
	return code == YW_ENOMEM ? yw_fail(err, code, "%s", why.msg) : YW_OK;
}

/* For people, and by a stranger's hand: one that is no safe line is as if it were not there. */
static enum yw_code
take_name(const char *name, struct said *s, struct yw_error *err)
{
	char safe[YW_CALLED_NAME_MAX + 1];

	if (*name == '\0' || strlen(name) > YW_CALLED_NAME_MAX)
		return YW_OK;
	snprintf(safe, sizeof safe, "%s", name);
	yw_text_safe(safe);
	if (strcmp(safe, name) != 0)
		return YW_OK;
	s->name = strdup(name);
	return s->name != NULL ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory for a delegation");
}

static enum yw_code
take_delegation(const Yiwang__V1__Delegation *m, struct said *s, struct yw_error *err)
{
	enum yw_code code = take_request(bytes_of(&m->signed_request), s, err);

	if (code == YW_OK)
		code = take_consent(m->consent, &s->consent, err);
	return code == YW_OK ? take_name(m->name, s, err) : code;
}

/* --- Key change (T5) and network version (T1) ---------------------------------------------------- */

static enum yw_code
take_file(struct yw_bytes file, struct said *s, struct yw_error *err)
{
	struct yw_note n;
	enum yw_code code;

	if (file.len > YW_NETWORK_FILE_MAX)
		return yw_fail(err, YW_ELIMIT, "its network file has more than %u bytes", YW_NETWORK_FILE_MAX);
	code = yw_note_parse(file, &n, err);
	if (code != YW_OK)
		return code;
	yw_sha256(n.text.data, n.text.len, &s->hash);
	yw_note_release(&n);
	return keep(&s->file, file, err);
}

static enum yw_code
take_embedded(const struct yw_entry *e, struct said *s, struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	enum yw_code code;

	if (e->standing != YW_STANDING_APPLIED || e->trust_kind != YW_TRUST_DELEGATION)
		return yw_fail(err, YW_EINVAL, "what it embeds is no delegation");
	code = yw_entry_verify(e, err);
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code;
	s->signer = e->signer;
	code = take_request(bytes_of(&m->delegation->signed_request), s, err);
	yw_decode_free(m);
	return code;
}

static enum yw_code
take_key_change(const Yiwang__V1__KeyChange *m, struct said *s, struct yw_error *err)
{
	const Yiwang__V1__KeyChange__Delegated *d = m->delegated;
	struct yw_jurisdiction code;
	struct yw_entry e;
	uint32_t generation;
	enum yw_code result;

	if (m->by_case == YIWANG__V1__KEY_CHANGE__BY_NETWORK_FILE)
		return take_file(bytes_of(&m->network_file), s, err);
	if (m->by_case != YIWANG__V1__KEY_CHANGE__BY_DELEGATED || d->place == NULL ||
	    yw_origin_parse(d->place->origin, strlen(d->place->origin), NULL, &code, &generation) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "it embeds no delegation with its place");
	memcpy(s->place.origin.text, d->place->origin, strlen(d->place->origin) + 1);	/* an origin fits */
	s->place.index = d->place->index;
	result = yw_entry_read(d->place->origin, bytes_of(&d->envelope), &e, err);
	if (result != YW_OK)
		return result;
	result = take_embedded(&e, s, err);
	yw_entry_release(&e);
	return result;
}

/* --- Closing (T6) -------------------------------------------------------------------------------- */

/* The head at `size`, signed, or proven into a larger one that is. */
static enum yw_code
take_closing_head(const Yiwang__V1__Closing *m, struct said_closing *c, struct yw_error *err)
{
	bool larger = m->larger_head.len != 0;
	struct yw_proof proof;
	enum yw_code code;

	if (((m->head.len != 0) == larger || (larger ? m->root.len != YW_HASH_BYTES : m->root.len + m->n_consistency != 0)) &&
	    !YW_FAULT("closing-headless"))
		return yw_fail(err, YW_EFORMAT, "it holds neither a head at its size nor a larger one with a proof");
	code = take_head(bytes_of(larger ? &m->larger_head : &m->head), &c->note, &c->signed_head, err);
	if (code != YW_OK)
		return code;
	if (strcmp(c->signed_head.origin, c->origin.text) != 0 && !YW_FAULT("closing-any-head"))
		return yw_fail(err, YW_EINVAL, "it holds a head of '%s'", c->signed_head.origin);
	if ((larger ? c->signed_head.size <= m->size : c->signed_head.size != m->size) && !YW_FAULT("closing-any-size"))
		return yw_fail(err, YW_EINVAL, "it ends at %llu entries, and its head has %llu", (unsigned long long)m->size,
		    (unsigned long long)c->signed_head.size);
	c->head.root = c->signed_head.root;
	if (!larger)
		return YW_OK;
	memcpy(c->head.root.b, m->root.data, YW_HASH_BYTES);
	code = take_path(m->consistency, m->n_consistency, &proof, err);
	if (code == YW_OK && yw_check_consistency(m->size, &c->head.root, c->signed_head.size, &c->signed_head.root,
	    &proof) != YW_OK && !YW_FAULT("closing-unproven"))
		code = yw_fail(err, YW_ESIG, "its proof does not lead to the larger head");
	return code;
}

static enum yw_code
take_closing(const char *network, const Yiwang__V1__Closing *m, struct said_closing *c, struct yw_error *err)
{
	char name[YW_NETWORK_NAME_MAX + 1];
	enum yw_code code;

	if (yw_origin_parse(m->origin, strlen(m->origin), name, &c->code, &c->generation) != YW_OK ||
	    strcmp(name, network) != 0)
		return yw_fail(err, YW_EFORMAT, "it names no log of network '%s'", network);
	memcpy(c->origin.text, m->origin, strlen(m->origin) + 1);	/* an origin fits */
	if (m->kind != YIWANG__V1__CLOSING__KIND__KIND_ENDED && m->kind != YIWANG__V1__CLOSING__KIND__KIND_REVOKED)
		return yw_fail(err, YW_EFORMAT, "it says neither 'ended' nor 'revoked'");
	c->revoked = m->kind == YIWANG__V1__CLOSING__KIND__KIND_REVOKED;
	c->head.size = m->size;
	code = take_code(m->successor, "successor", &c->successor, err);
	if (code == YW_OK)
		code = take_code(m->next_issuer, "next_issuer", &c->next_issuer, err);
	c->doubted = m->doubt != NULL;
	c->doubted_from = m->doubt != NULL ? m->doubt->from_index : 0;
	if (code == YW_OK)
		code = keep(&c->reason, (struct yw_bytes) { (const uint8_t *)m->reason, strnlen(m->reason, YW_ERROR_MAX - 1) }, err);
	if (code != YW_OK || m->size != 0)
		return code == YW_OK ? take_closing_head(m, c, err) : code;
	yw_empty_root(&c->head.root);
	if (m->head.len + m->larger_head.len + m->root.len + m->n_consistency != 0)
		return yw_fail(err, YW_EFORMAT, "it ends at no entries, and holds a head");
	return YW_OK;
}

enum yw_code
yw_said_closing(const struct yw_trust *t, struct yw_bytes closing, struct said **out, struct yw_error *err)
{
	Yiwang__V1__Closing *m;
	struct said *s = NULL;
	bool unknown;
	enum yw_code code;

	code = yw_wire_check(&yiwang__v1__closing__descriptor, closing, &unknown, err);
	if (code == YW_OK && unknown)
		code = yw_fail(err, YW_EFORMAT, "it holds a field that this version does not know");
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__closing__descriptor, closing, &m, err);
	if (code != YW_OK)
		return code;
	s = new_said(err);
	code = s == NULL ? YW_ENOMEM : take_closing(yw_trust_network(t)->name, m, &s->closing, err);
	yw_decode_free(m);
	if (code == YW_OK)
		*out = s;
	else
		yw_said_drop(s);
	return code;
}

/* --- The rest ------------------------------------------------------------------------------------ */

static enum yw_code
take_consent_hash(const Yiwang__V1__Consent *m, struct said *s, struct yw_error *err)
{
	if (m->request_sha256.len != YW_HASH_BYTES)
		return yw_fail(err, YW_EFORMAT, "field 'request_sha256' is not 32 bytes");
	memcpy(s->hash.b, m->request_sha256.data, YW_HASH_BYTES);
	return YW_OK;
}

/* A kind that this version does not know is one that nothing is applied of. */
enum yw_code
yw_registrar_words(const Yiwang__V1__Registrar *m, struct yw_pubkey *key, uint32_t *kinds, struct yw_error *err)
{
	*kinds = 0;
	if (m->key.len != YW_PUBKEY_BYTES)
		return yw_fail(err, YW_EFORMAT, "field 'key' is not 32 bytes");
	memcpy(key->b, m->key.data, YW_PUBKEY_BYTES);
	if (yw_pubkey_check(key, NULL) != YW_OK)
		return yw_fail(err, YW_EINVAL, "its key is no sound Ed25519 key");
	for (size_t i = 0; i < m->n_kinds; i++) {
		if (i > 0 && strcmp(m->kinds[i - 1], m->kinds[i]) >= 0)
			return yw_fail(err, YW_EFORMAT, "its kinds are not sorted, each once");
		*kinds |= UINT32_C(1) << yw_kind_parse(m->kinds[i], strlen(m->kinds[i]));
	}
	return YW_OK;
}

static enum yw_code
take_place(const char *network, const Yiwang__V1__RecordPlace *m, struct yw_jurisdiction *code, struct yw_own_place *p,
    struct yw_error *err)
{
	char name[YW_NETWORK_NAME_MAX + 1];

	if (yw_origin_parse(m->origin, strlen(m->origin), name, code, &p->generation) != YW_OK || strcmp(name, network) != 0 ||
	    m->item >= YW_ITEMS_MAX)
		return yw_fail(err, YW_EFORMAT, "it names no place of a record in network '%s'", network);
	p->index = m->index;
	p->item = (uint16_t)m->item;
	return YW_OK;
}

/* All of one code, in order of generation, index and item. */
static enum yw_code
take_places(const char *network, Yiwang__V1__RecordPlace *const *list, size_t n, struct said_places *out, struct yw_error *err)
{
	enum yw_code result = YW_OK;

	for (size_t i = 0; result == YW_OK && i < n; i++) {
		struct yw_own_place *p = &out->places[out->n];
		struct yw_jurisdiction code;

		result = take_place(network, list[i], &code, p, err);
		if (result == YW_OK && ((i > 0 && yw_own_place_compare(p - 1, p) >= 0) ||
		    (out->n > 0 && !yw_jurisdiction_equal(&code, &out->code))))
			result = yw_fail(err, YW_EFORMAT, "its places are not of one code and sorted, each once");
		out->code = code;
		out->n++;
	}
	return result;
}

static enum yw_code
room_for_places(size_t n, struct said_places *out, struct yw_error *err)
{
	if (n == 0 || n > YW_ABSENT_MAX)
		return yw_fail(err, YW_ELIMIT, "it names %zu places, not 1 to %d", n, YW_ABSENT_MAX);
	out->places = calloc(n, sizeof *out->places);
	return out->places != NULL ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory for a trust statement");
}

static enum yw_code
take_lost(const char *network, const Yiwang__V1__Lost *m, struct said_places *out, struct yw_error *err)
{
	enum yw_code code = room_for_places(m->n_places, out, err);

	if (code == YW_OK)
		code = take_places(network, m->places, m->n_places, out, err);
	if (code == YW_OK)
		out->last = out->places[out->n - 1];
	return code;
}

static int
compare_places(const void *a, const void *b)
{
	return yw_own_place_compare(a, b);
}

/* Ids of one code, sorted, each with its places; no place twice. */
static enum yw_code
take_erased(const char *network, const Yiwang__V1__Erasure *m, struct said_places *out, struct yw_error *err)
{
	struct yw_record_id id;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < m->n_records; i++) {
		const Yiwang__V1__Erasure__Record *r = m->records[i];

		if (i > 0 && strcmp(m->records[i - 1]->id, r->id) >= 0)
			return yw_fail(err, YW_EFORMAT, "its ids are not sorted, each once");
		if (r->n_places == 0 || yw_record_id_parse(r->id, strlen(r->id), &id) != YW_OK)
			return yw_fail(err, YW_EFORMAT, "it holds what is no id of a record, or one without its places");
		code = take_places(network, r->places, r->n_places, out, err);
		if (code == YW_OK && !yw_jurisdiction_equal(&id.code, &out->code))
			code = yw_fail(err, YW_EFORMAT, "its ids are of another code than its places");
	}
	if (code != YW_OK)
		return code;
	qsort(out->places, out->n, sizeof *out->places, compare_places);
	for (size_t i = 1; i < out->n; i++)
		if (yw_own_place_compare(&out->places[i - 1], &out->places[i]) == 0)
			return yw_fail(err, YW_EFORMAT, "it names a place twice");
	out->last = out->places[out->n - 1];
	return YW_OK;
}

static enum yw_code
take_erasure(const char *network, const Yiwang__V1__Erasure *m, struct said_places *out, struct yw_error *err)
{
	size_t n = 0;
	enum yw_code code;

	for (size_t i = 0; i < m->n_records; i++)
		n += m->records[i]->n_places;
	code = room_for_places(n, out, err);
	return code == YW_OK ? take_erased(network, m, out, err) : code;
}

static enum yw_code
take(const struct yw_trust *t, const Yiwang__V1__Trust *m, struct said *s, struct yw_error *err)
{
	switch (m->kind_case) {
	case YIWANG__V1__TRUST__KIND_NETWORK_VERSION:
		return take_file(bytes_of(&m->network_version->network_file), s, err);
	case YIWANG__V1__TRUST__KIND_DELEGATION:
		return take_delegation(m->delegation, s, err);
	case YIWANG__V1__TRUST__KIND_KEY_CHANGE:
		return take_key_change(m->key_change, s, err);
	case YIWANG__V1__TRUST__KIND_CONSENT:
		return take_consent_hash(m->consent, s, err);
	case YIWANG__V1__TRUST__KIND_CLOSING:
		return take_closing(yw_trust_network(t)->name, m->closing, &s->closing, err);
	case YIWANG__V1__TRUST__KIND_REGISTRAR:
		return yw_registrar_words(m->registrar, &s->key, &s->kinds, err);
	case YIWANG__V1__TRUST__KIND_HOLDER:
		return take_code(m->holder->code, "code", &s->holder, err);
	case YIWANG__V1__TRUST__KIND_LOST:
		return take_lost(yw_trust_network(t)->name, m->lost, &s->absent, err);
	case YIWANG__V1__TRUST__KIND_ERASURE:
		return take_erasure(yw_trust_network(t)->name, m->erasure, &s->absent, err);
	default:
		return YW_ENOENT;	/* genesis, foreign beat: others ask for them */
	}
}

static const char *
name_of(enum yw_trust_kind kind)
{
	static const char *const names[] = { [YW_TRUST_NETWORK_VERSION] = "a network file",
		[YW_TRUST_DELEGATION] = "a delegation", [YW_TRUST_KEY_CHANGE] = "a key change",
		[YW_TRUST_CONSENT] = "a consent", [YW_TRUST_CLOSING] = "a closing",
		[YW_TRUST_REGISTRAR] = "a registrar", [YW_TRUST_HOLDER] = "a holder",
		[YW_TRUST_ERASURE] = "an erasure", [YW_TRUST_LOST] = "a declaration of lost bodies" };

	return (size_t)kind < sizeof names / sizeof *names && names[kind] != NULL ? names[kind] : "a statement";
}

enum yw_code
yw_said_read(const struct yw_trust *t, uint64_t index, const struct yw_entry *e, struct statement *out,
    struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	enum yw_code code;

	*out = (struct statement) { .index = index, .signed_at_ms = e->signed_at_ms, .signer = e->signer,
		.kind = e->trust_kind };
	if (e->trust_kind == YW_TRUST_UNKNOWN)
		return YW_OK;
	if (e->standing != YW_STANDING_APPLIED)
		return YW_ENOENT;
	if (e->trust_kind == YW_TRUST_ROSTER)
		return YW_OK;
	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, err);
	if (code != YW_OK)
		return code;
	out->said = new_said(err);
	code = out->said == NULL ? YW_ENOMEM : take(t, m, out->said, err);
	yw_decode_free(m);
	if (code == YW_OK)
		return YW_OK;
	yw_said_drop(out->said);
	out->said = NULL;
	if (code != YW_ENOMEM && code != YW_ENOENT)
		yw_fail_context(err, "%s has no effect", name_of(out->kind));
	return code;
}
