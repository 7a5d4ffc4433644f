/*
 * make.c - statements that a node makes about its own log: key changes, registrars, lost bodies, holders, network files.
 */
#include <stdlib.h>

#include "record/kind.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

/*
 * Bytes of an envelope that delegates a key set: what an honest issuer says has room in it.  A key change embeds it, and a chain
 * holds the key changes of up to 16 key sets for each of its links (T16): with larger ones nobody could show whose keys these are.
 */
#define DELEGATION_MAX (2 * YW_REQUEST_MAX)

/* What stands against any statement at the end of g's log. */
static enum yw_code
check_log(const struct yw_generation *g, bool gives_keys, struct yw_error *err)
{
	if (!g->open)
		return yw_fail(err, YW_ECONFLICT, "'%s' is closed: it goes on only as a next generation", g->origin.text);
	if (gives_keys && g->needs_newer)
		return yw_fail(err, YW_EINVAL, "'%s' holds a trust entry of a newer version: upgrade first", g->origin.text);
	return YW_OK;
}

static enum yw_code
pack(Yiwang__V1__Trust *m, Yiwang__V1__Trust__KindCase kind, struct yw_buf *out, struct yw_error *err)
{
	m->kind_case = kind;
	return yw_wire_pack(&m->base, out, err);
}

/* --- Key change (T5) ------------------------------------------------------------------------------- */

/* The delegation in the envelope, as the issuer's log has it at that place: is it the one that counts? */
static enum yw_code
judge_key_change(const struct yw_trust *t, const struct yw_generation *g, const struct yw_entry *e,
    const struct yw_entry_place *place, struct yw_error *err)
{
	struct statement said, *counts;
	const struct yw_generation *by;
	const struct yw_request *r;
	enum yw_code code = yw_said_read(t, place->index, e, &said, err);

	if (code != YW_OK)
		return code == YW_ENOENT ? yw_fail(err, YW_EINVAL, "it is no delegation") : code;
	if (said.kind != YW_TRUST_DELEGATION) {
		yw_said_drop(said.said);
		return yw_fail(err, YW_EINVAL, "it is no delegation");
	}
	r = &said.said->request;
	if (!yw_jurisdiction_equal(&r->code, &g->code) || r->generation != g->generation)
		code = yw_fail(err, YW_EINVAL, "it delegates generation %u of %s", (unsigned)r->generation, r->code.code);
	else if (r->key_set <= g->spans[g->n_spans - 1].key_set)
		code = yw_fail(err, YW_ECONFLICT, "key set %u is behind: number %u signs now", (unsigned)r->key_set,
		    (unsigned)g->spans[g->n_spans - 1].key_set);
	else if (g->n_spans == YW_KEY_SETS_MAX)
		code = yw_fail(err, YW_ELIMIT, "this generation has had %d key sets: it needs a next generation", YW_KEY_SETS_MAX);
	else
		code = yw_trust_choose(t, &r->code, r->generation, r->key_set, &counts, &by);
	if (code == YW_OK && (counts == NULL || by == NULL || counts->index != place->index ||
	    strcmp(by->origin.text, place->origin.text) != 0))
		code = yw_fail(err, YW_ENOENT, "no delegation that counts is known at entry %llu of '%s'",
		    (unsigned long long)place->index, place->origin.text);
	yw_said_drop(said.said);
	return code;
}

/* The newest network file that has a higher key set of this generation. */
static enum yw_code
find_file(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes *out, struct yw_error *err)
{
	for (size_t i = t->root.n; i-- > 0;) {
		const struct statement *s = &t->root.s[i];

		if (s->kind != YW_TRUST_DELEGATION || s->said->request.generation != g->generation ||
		    s->said->request.key_set <= g->spans[g->n_spans - 1].key_set)
			continue;
		for (size_t j = 0; j < t->n_networks; j++)
			if (t->networks[j]->n.version == s->index)
				*out = yw_buf_bytes(&t->networks[j]->n.note);
		return YW_OK;
	}
	return yw_fail(err, YW_ENOENT, "no network file has a key set of %s above number %u: the root keys sign it first",
	    g->code.code, (unsigned)g->spans[g->n_spans - 1].key_set);
}

static enum yw_code
make_key_change(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes envelope,
    const struct yw_entry_place *place, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__EntryPlace where = YIWANG__V1__ENTRY_PLACE__INIT;
	Yiwang__V1__KeyChange__Delegated delegated = YIWANG__V1__KEY_CHANGE__DELEGATED__INIT;
	Yiwang__V1__KeyChange change = YIWANG__V1__KEY_CHANGE__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_entry e;
	enum yw_code code;

	if (envelope.len > DELEGATION_MAX)	/* whatever its issuer put beside the request */
		return yw_fail(err, YW_ELIMIT, "entry %llu of '%s', which delegates the key set, has %zu bytes: more than the %d that a "
		    "chain has room for", (unsigned long long)place->index, place->origin.text, envelope.len, DELEGATION_MAX);
	code = yw_entry_read(place->origin.text, envelope, &e, err);
	if (code != YW_OK)
		return code;
	code = yw_entry_verify(&e, err);
	if (code == YW_OK)
		code = judge_key_change(t, g, &e, place, err);
	yw_entry_release(&e);
	if (code != YW_OK)
		return code;
	where.origin = (char *)(uintptr_t)place->origin.text;
	where.index = place->index;
	delegated.envelope = field_of_bytes(envelope);
	delegated.place = &where;
	change.by_case = YIWANG__V1__KEY_CHANGE__BY_DELEGATED;
	change.delegated = &delegated;
	m.key_change = &change;
	return pack(&m, YIWANG__V1__TRUST__KIND_KEY_CHANGE, out, err);
}

enum yw_code
yw_trust_make_key_change(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes envelope,
    const struct yw_entry_place *place, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__KeyChange change = YIWANG__V1__KEY_CHANGE__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_bytes file = { NULL, 0 };
	enum yw_code code = check_log(g, true, err);

	if (code == YW_OK && envelope.len != 0)
		code = make_key_change(t, g, envelope, place, out, err);
	else if (code == YW_OK && g->issuer.code[0] != '\0')
		code = yw_fail(err, YW_EINVAL, "it is not the first node: its issuer delegates the new key set");
	else if (code == YW_OK) {
		code = find_file(t, g, &file, err);
		if (code == YW_OK) {
			change.by_case = YIWANG__V1__KEY_CHANGE__BY_NETWORK_FILE;
			change.network_file = field_of_bytes(file);
			m.key_change = &change;
			code = pack(&m, YIWANG__V1__TRUST__KIND_KEY_CHANGE, out, err);
		}
	}
	if (code != YW_OK)
		yw_fail_context(err, "a key change of %s", g->code.code);
	return code;
}

static bool
delegates(const struct statement *s, const struct yw_generation *g)
{
	return s->kind == YW_TRUST_DELEGATION && s->said->request.generation == g->generation &&
	    yw_jurisdiction_equal(&s->said->request.code, &g->code);
}

static enum yw_code
counts(const struct yw_trust *t, const struct yw_request *r, const struct statement *s)
{
	const struct yw_generation *by;
	struct statement *chosen;
	enum yw_code code = yw_trust_choose(t, &r->code, r->generation, r->key_set, &chosen, &by);

	if (code != YW_OK)
		return code;
	return chosen == s ? YW_OK : YW_ENOENT;
}

enum yw_code
yw_trust_find_keys(const struct yw_trust *t, const struct yw_generation *g, const struct yw_key_set_public *keys,
    struct yw_entry_place *out)
{
	const struct yw_generation *by;
	enum yw_code code = YW_ENOENT;

	for (size_t i = 0; code == YW_ENOENT && i < yw_trust_n_fed(t); i++) {
		const struct fed_log *log = yw_trust_fed_at(t, i, &by);

		for (size_t j = 0; log != NULL && code == YW_ENOENT && j < log->n; j++) {
			const struct statement *s = &log->s[j];

			if (!delegates(s, g) || s->said->request.key_set <= g->spans[g->n_spans - 1].key_set ||
			    memcmp(&s->said->request.keys, keys, sizeof *keys) != 0)
				continue;
			code = counts(t, &s->said->request, s);
			*out = (struct yw_entry_place) { .index = s->index };
			if (by != NULL)
				out->origin = by->origin;
		}
	}
	return code;
}

uint32_t
yw_trust_next_key_set(const struct yw_trust *t, const struct yw_generation *g)
{
	uint32_t last = g->spans[g->n_spans - 1].key_set;
	const struct yw_generation *by;

	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		const struct fed_log *log = yw_trust_fed_at(t, i, &by);

		for (size_t j = 0; log != NULL && j < log->n; j++)
			if (delegates(&log->s[j], g) && log->s[j].said->request.key_set > last)
				last = log->s[j].said->request.key_set;
	}
	return last + 1;
}

/* --- The rest -------------------------------------------------------------------------------------- */

enum yw_code
yw_trust_make_network_version(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__NetworkVersion version = YIWANG__V1__NETWORK_VERSION__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	enum yw_code code = check_log(g, false, err);

	if (code != YW_OK)
		return code;
	if (g->issuer.code[0] != '\0')
		return yw_fail(err, YW_EINVAL, "network files are logged by the first node, not by %s", g->code.code);
	for (size_t i = 1; i < t->n_networks; i++)
		if (yw_bytes_equal(yw_buf_bytes(&t->networks[i]->n.note), note)) {
			version.network_file = field_of_bytes(note);
			m.network_version = &version;
			return pack(&m, YIWANG__V1__TRUST__KIND_NETWORK_VERSION, out, err);
		}
	return yw_fail(err, YW_ENOENT, "it is no later network file that is held here: add it first");
}

enum yw_code
yw_trust_make_registrar(const struct yw_trust *t, const struct yw_generation *g, const struct yw_pubkey *key,
    const char *const *kinds, size_t n_kinds, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Registrar registrar = YIWANG__V1__REGISTRAR__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	char reuse[YW_REUSE_MAX];
	enum yw_code code = check_log(g, true, err);

	if (code == YW_OK && yw_pubkey_check(key, NULL) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "the registrar's key is no sound Ed25519 key");
	for (size_t i = 0; code == YW_OK && i < n_kinds; i++)
		if (yw_kind_parse(kinds[i], strlen(kinds[i])) == YW_KIND_NONE)
			code = yw_fail(err, YW_EINVAL, "'%s' is no kind of record", kinds[i]);
		else if (i > 0 && strcmp(kinds[i - 1], kinds[i]) >= 0)
			code = yw_fail(err, YW_EINVAL, "the kinds are not sorted, each once");
	if (code == YW_OK && yw_trust_reuse_registrar(t, key, &g->code, NULL, 0, reuse) != NULL)
		code = yw_fail(err, YW_EINVAL, "%s: a registrar needs a key of its own", reuse);
	if (code == YW_OK && n_kinds == 0 && !yw_trust_may_sign(t, g, UINT64_MAX - 1, key, NULL))
		code = yw_fail(err, YW_ENOENT, "this key is no registrar's of %s: there is nothing to end", g->code.code);
	if (code != YW_OK)
		return code;
	registrar.key = field_of(key->b, sizeof key->b);
	registrar.kinds = (char **)(uintptr_t)kinds;
	registrar.n_kinds = n_kinds;
	m.registrar = &registrar;
	return pack(&m, YIWANG__V1__TRUST__KIND_REGISTRAR, out, err);
}

static enum yw_code
check_lost(const struct yw_trust *t, const struct yw_generation *g, const struct yw_own_place *places, size_t n,
    struct yw_error *err)
{
	if (n == 0 || n > YW_ABSENT_MAX)
		return yw_fail(err, YW_EINVAL, "a declaration names 1 to %d lost bodies, not %zu", YW_ABSENT_MAX, n);
	for (size_t i = 0; i < n; i++) {
		const struct yw_generation *of = yw_trust_find(t, &g->code, places[i].generation);

		if (i > 0 && yw_own_place_compare(&places[i - 1], &places[i]) >= 0)
			return yw_fail(err, YW_EINVAL, "the places are not sorted, each once");
		if (of == NULL || places[i].generation > g->generation)
			return yw_fail(err, YW_ENOENT, "generation %u of %s is none before this log", (unsigned)places[i].generation,
			    g->code.code);
		if (yw_trust_absent_at(t, of, places[i].index, places[i].item, NULL))
			return yw_fail(err, YW_ECONFLICT, "the body of item %u of entry %llu of '%s' was declared lost before",
			    places[i].item, (unsigned long long)places[i].index, of->origin.text);
	}
	return YW_OK;
}

static enum yw_code
pack_lost(const struct yw_trust *t, const struct yw_generation *g, const struct yw_own_place *places, size_t n,
    Yiwang__V1__RecordPlace *list, Yiwang__V1__RecordPlace **pointers, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Lost lost = YIWANG__V1__LOST__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;

	for (size_t i = 0; i < n; i++) {
		yiwang__v1__record_place__init(&list[i]);
		list[i].origin = (char *)(uintptr_t)yw_trust_find(t, &g->code, places[i].generation)->origin.text;
		list[i].index = places[i].index;
		list[i].item = places[i].item;
		pointers[i] = &list[i];
	}
	lost.places = pointers;
	lost.n_places = n;
	m.lost = &lost;
	return pack(&m, YIWANG__V1__TRUST__KIND_LOST, out, err);
}

enum yw_code
yw_trust_make_lost(const struct yw_trust *t, const struct yw_generation *g, const struct yw_own_place *places, size_t n,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__RecordPlace *list, **pointers;
	enum yw_code code = check_log(g, false, err);

	if (code == YW_OK)
		code = check_lost(t, g, places, n, err);
	if (code != YW_OK)
		return code;
	list = calloc(n, sizeof *list);
	pointers = calloc(n, sizeof(Yiwang__V1__RecordPlace *));
	code = list != NULL && pointers != NULL ? pack_lost(t, g, places, n, list, pointers, out, err) :
	    yw_fail(err, YW_ENOMEM, "no memory for a trust statement");
	free(list);
	free(pointers);
	return code;
}

enum yw_code
yw_trust_make_holder(const struct yw_trust *t, const struct yw_generation *g, const struct yw_jurisdiction *code,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Holder holder = YIWANG__V1__HOLDER__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	enum yw_code result = check_log(g, false, err);

	if (result == YW_OK && yw_jurisdiction_equal(code, &g->code))
		result = yw_fail(err, YW_EINVAL, "%s keeps its own records anyhow: name another node", g->code.code);
	if (result == YW_OK && code->code[0] != '\0' && yw_trust_open(t, code) == NULL)
		result = yw_fail(err, YW_ENOENT, "%s has no open log in this network: it cannot keep records", code->code);
	if (result != YW_OK)
		return result;
	holder.code = (char *)(uintptr_t)code->code;
	m.holder = &holder;
	return pack(&m, YIWANG__V1__TRUST__KIND_HOLDER, out, err);
}
