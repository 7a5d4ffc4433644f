/*
 * keyuse.c - one key, one use (T2): where else does a key of this request stand?
 *
 * There is no order between two logs, so "before" is what nobody can rearrange: earlier in the same
 * log, or in a log above at or before the delegation that leads down.  Of two delegations neither of
 * which is before the other both stand, with an alarm: to void one of them would let whoever copies a
 * session key, which proves nothing but itself, take the place of its owner.
 */
#include "base/fault.h"
#include "trust/trust_int.h"

struct use {
	const uint8_t *key;
	const char *name;
};
#define USES 4

static void
uses_of(const struct yw_request *r, struct use out[static USES])
{
	out[0] = (struct use) { r->keys.entry.b, "entry" };
	out[1] = (struct use) { r->keys.head.b, "head" };
	out[2] = (struct use) { r->keys.cosign.b, "cosigning" };
	out[3] = (struct use) { r->keys.session.b, "session" };
}

static bool
same_owner(const struct yw_request *a, const struct yw_request *b)
{
	return yw_jurisdiction_equal(&a->code, &b->code) && a->generation == b->generation && a->key_set == b->key_set;
}

static const char *
shared_key(const struct yw_request *r, const struct yw_request *other, char out[static YW_REUSE_MAX])
{
	struct use mine[USES], theirs[USES];

	uses_of(r, mine);
	uses_of(other, theirs);
	for (size_t i = 0; i < USES; i++)
		for (size_t j = 0; j < USES; j++) {
			if (memcmp(mine[i].key, theirs[j].key, YW_PUBKEY_BYTES) != 0)
				continue;
			if ((i == j || YW_FAULT("key-other-use")) && same_owner(r, other))
				continue;
			snprintf(out, YW_REUSE_MAX, "its %s key is the %s key of %s", mine[i].name, theirs[j].name,
			    other->code.code);
			return out;
		}
	return NULL;
}

/* A root key of any version. */
static const char *
root_key(const struct yw_trust *t, const struct use *mine, size_t n_mine, char out[static YW_REUSE_MAX])
{
	for (size_t v = 0; v < t->n_networks; v++) {
		const struct yw_network *n = &t->networks[v]->n;

		for (size_t i = 0; i < n->n_roots; i++)
			for (size_t j = 0; j < n_mine; j++)
				if (memcmp(mine[j].key, n->roots[i].key.b, YW_PUBKEY_BYTES) == 0 && !YW_FAULT("root-key-asks")) {
					snprintf(out, YW_REUSE_MAX, "its %s key is a root key", mine[j].name);
					return out;
				}
	}
	return NULL;
}

/* Of log l, the statements that come before entry `index` of g's log: those with a smaller index than the one returned. */
static uint64_t
before_in(const struct yw_trust *t, const struct fed_log *l, const struct yw_generation *g, uint64_t index)
{
	while (g != NULL) {
		if (yw_jurisdiction_equal(&l->code, &g->code) && l->generation <= g->generation)
			return l->generation < g->generation ? UINT64_MAX : index;
		if (g->delegation.origin.text[0] == '\0')
			return 0;
		index = g->delegation.index + 1;	/* the delegation that leads down is before, too */
		g = yw_trust_origin(t, g->delegation.origin.text);
	}
	return 0;
}

/* Goes through the uses that come before; `find` says whether one of them is of the same key. */
static const char *
search(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const char *(*find)(const void *arg, const struct statement *s, const char *owner, char out[static YW_REUSE_MAX]),
    const void *arg, char out[static YW_REUSE_MAX])
{
	const char *found = NULL;

	for (size_t i = 0; i < t->root.n && found == NULL; i++)
		if (t->root.s[i].kind == YW_TRUST_DELEGATION)
			found = find(arg, &t->root.s[i], "", out);
	for (size_t i = 0; i < t->n_logs && found == NULL; i++) {
		const struct fed_log *l = &t->logs[i];
		uint64_t end = g != NULL ? before_in(t, l, g, index) : UINT64_MAX;

		for (size_t j = 0; j < l->n && l->s[j].index < end && found == NULL; j++)
			if ((l->s[j].placed || YW_FAULT("stranger-uses-up")) && (!l->s[j].reused || YW_FAULT("reuse-uses-up")) &&
			    (l->s[j].kind == YW_TRUST_DELEGATION || l->s[j].kind == YW_TRUST_REGISTRAR))
				found = find(arg, &l->s[j], l->code.code, out);
	}
	return found;
}

static const char *
same_as_request(const void *arg, const struct statement *s, const char *owner, char out[static YW_REUSE_MAX])
{
	const struct yw_request *r = arg;
	struct use mine[USES];

	if (s->kind == YW_TRUST_DELEGATION)
		return shared_key(r, &s->said->request, out);
	uses_of(r, mine);
	for (size_t i = 0; i < USES; i++)
		if (memcmp(mine[i].key, s->said->key.b, YW_PUBKEY_BYTES) == 0 && !YW_FAULT("registrar-key-asks")) {
			snprintf(out, YW_REUSE_MAX, "its %s key is a registrar's of %s", mine[i].name, owner);
			return out;
		}
	return NULL;
}

const char *
yw_trust_reuse(const struct yw_trust *t, const struct yw_request *r, const struct yw_generation *g, uint64_t index,
    char out[static YW_REUSE_MAX])
{
	struct use mine[USES];
	const char *found;

	uses_of(r, mine);
	found = root_key(t, mine, USES, out);
	return found != NULL ? found : search(t, g, index, same_as_request, r, out);
}

/* --- Registrars (T13) ----------------------------------------------------------------------------- */

struct registrar {
	const struct yw_pubkey *key;
	const struct yw_jurisdiction *owner;	/* in whose log it is named */
};

/* The same code may name its registrar again, with other kinds, or in its next generation (T8). */
static const char *
same_as_registrar(const void *arg, const struct statement *s, const char *owner, char out[static YW_REUSE_MAX])
{
	const struct registrar *r = arg;
	struct use theirs[USES];

	if (s->kind == YW_TRUST_REGISTRAR) {
		if (!yw_pubkey_equal(&s->said->key, r->key) || strcmp(owner, r->owner->code) == 0)
			return NULL;
		snprintf(out, YW_REUSE_MAX, "its key is a registrar's of %s", owner);
		return out;
	}
	uses_of(&s->said->request, theirs);
	for (size_t i = 0; i < USES; i++)
		if (memcmp(theirs[i].key, r->key->b, YW_PUBKEY_BYTES) == 0 && !YW_FAULT("asked-key-registers")) {
			snprintf(out, YW_REUSE_MAX, "its key is the %s key of %s", theirs[i].name, s->said->request.code.code);
			return out;
		}
	return NULL;
}

const char *
yw_trust_reuse_registrar(const struct yw_trust *t, const struct yw_pubkey *key, const struct yw_jurisdiction *owner,
    const struct yw_generation *g, uint64_t index, char out[static YW_REUSE_MAX])
{
	const struct use mine[] = { { key->b, "registrar" } };
	const struct registrar r = { key, owner };
	const char *found = root_key(t, mine, 1, out);

	return found != NULL ? found : search(t, g, index, same_as_registrar, &r, out);
}
