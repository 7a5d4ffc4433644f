/*
 * keyuse.c - one key, one use (T2): where else does a key of this request stand?
 *
 * There is no order between two logs, so "before" is what nobody can rearrange: earlier in the same
 * log, or in a log above at or before the delegation that leads down.  Of two delegations neither of
 * which is before the other both stand, with an alarm: to void one of them would let whoever copies a
 * session key, which proves nothing but itself, take the place of its owner.
 */
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
			if (i == j && same_owner(r, other))
				continue;
			snprintf(out, YW_REUSE_MAX, "its %s key is the %s key of %s", mine[i].name, theirs[j].name,
			    other->code.code);
			return out;
		}
	return NULL;
}

static const char *
root_key(const struct yw_network *n, const struct yw_request *r, char out[static YW_REUSE_MAX])
{
	struct use mine[USES];

	uses_of(r, mine);
	for (size_t i = 0; i < n->n_roots; i++)
		for (size_t j = 0; j < USES; j++)
			if (memcmp(mine[j].key, n->roots[i].key.b, YW_PUBKEY_BYTES) == 0) {
				snprintf(out, YW_REUSE_MAX, "its %s key is a root key", mine[j].name);
				return out;
			}
	return NULL;
}

/* How many statements of log `l` come before statement `index` of `log`: those with a smaller index
 * than the one returned. */
static uint64_t
before_in(const struct yw_trust *t, const struct fed_log *l, const struct fed_log *log, uint64_t index)
{
	const char *origin = log->origin.text;
	const struct yw_generation *g;

	while (strcmp(origin, l->origin.text) != 0) {
		g = yw_trust_origin(t, origin);
		if (g == NULL || g->delegation.origin.text[0] == '\0')
			return 0;
		origin = g->delegation.origin.text;
		index = g->delegation.index + 1;	/* the delegation that leads down is before, too */
	}
	return index;
}

const char *
yw_trust_reuse(const struct yw_trust *t, const struct yw_request *r, const struct fed_log *log, uint64_t index,
    char out[static YW_REUSE_MAX])
{
	const char *found = root_key(&t->network->n, r, out);

	if (found == NULL)
		found = shared_key(r, &t->first.request, out);
	for (size_t i = 0; i < t->n_logs && found == NULL; i++) {
		const struct fed_log *l = &t->logs[i];
		uint64_t end = log != NULL ? before_in(t, l, log, index) : UINT64_MAX;

		for (size_t j = 0; j < l->n && l->s[j].index < end && found == NULL; j++)
			if (l->s[j].stands && l->s[j].kind == YW_TRUST_DELEGATION)
				found = shared_key(r, &l->s[j].request, out);
	}
	return found;
}
