/*
 * versions.c - the network files that a registry holds, one version after the other (T1).
 *
 * A version is taken when it follows the newest one, from whomever it came; its lines become statements of a log of
 * their own, in which they stay.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

struct shared_network *
yw_network_share(struct shared_network *s)
{
	if (s != NULL)
		atomic_fetch_add(&s->refs, 1);
	return s;
}

void
yw_network_drop(struct shared_network *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	yw_network_release(&s->n);
	free(s);
}

/* Takes *n. */
static struct shared_network *
shared(struct yw_network *n)
{
	struct shared_network *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	atomic_init(&s->refs, 1);
	s->n = *n;
	*n = (struct yw_network) { 0 };
	return s;
}

const struct yw_network *
yw_trust_network(const struct yw_trust *t)
{
	return &t->networks[t->n_networks - 1]->n;
}

size_t
yw_trust_n_networks(const struct yw_trust *t)
{
	return t->n_networks;
}

const struct yw_network *
yw_trust_network_at(const struct yw_trust *t, size_t i)
{
	return &t->networks[i]->n;
}

const struct yw_network *
yw_trust_network_twin(const struct yw_trust *t)
{
	return t->twin != NULL ? &t->twin->n : NULL;
}

const struct yw_jurisdiction *
yw_trust_first(const struct yw_trust *t)
{
	size_t i = t->n_networks;

	while (--i > 0 && t->networks[i]->n.n_first == 0)
		;
	return &t->networks[i]->n.first_code;
}

/* Does an entry of a log of the first node's code say this text? */
static bool
is_logged(const struct yw_trust *t, const struct yw_network *n)
{
	const struct yw_jurisdiction *code = yw_trust_first(t);

	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; yw_jurisdiction_equal(&t->logs[i].code, code) && j < t->logs[i].n; j++) {
			const struct statement *s = &t->logs[i].s[j];

			if (s->kind == YW_TRUST_NETWORK_VERSION && (s->placed || YW_FAULT("version-by-anybody")) &&
			    yw_hash_equal(&s->said->hash, &n->text_sha256))
				return true;
		}
	return false;
}

const struct yw_network *
yw_trust_network_unlogged(const struct yw_trust *t)
{
	for (size_t i = 1; i < t->n_networks; i++)
		if (!is_logged(t, &t->networks[i]->n))
			return &t->networks[i]->n;
	return NULL;
}

/* --- Lines --------------------------------------------------------------------------------------- */

/* One more statement of a version; several have its index. */
static enum yw_code
add_line(struct yw_trust *t, uint64_t version, enum yw_trust_kind kind, struct said *said)
{
	struct statement *more = realloc(t->root.s, (t->root.n + 1) * sizeof *more);

	if (more == NULL) {
		yw_said_drop(said);
		return YW_ENOMEM;
	}
	t->root.s = more;
	t->root.s[t->root.n++] = (struct statement) { .index = version, .kind = kind, .said = said, .placed = true };
	t->root.cap = t->root.n;
	return YW_OK;
}

static enum yw_code
add_lines(struct yw_trust *t, const struct yw_network *n, struct yw_error *err)
{
	struct said *said;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n->n_first; i++) {
		code = yw_said_request(n->first[i], &said, err);
		if (code == YW_OK)
			code = add_line(t, n->version, YW_TRUST_DELEGATION, said);
	}
	for (size_t i = 0; code == YW_OK && i < n->n_closings; i++) {
		code = yw_said_closing(t, n->closings[i], &said, err);
		if (code == YW_OK)
			code = add_line(t, n->version, YW_TRUST_CLOSING, said);
		else if (code != YW_ENOMEM)	/* signed as it is: it ends nothing */
			code = YW_OK;
	}
	return code == YW_ENOMEM ? yw_fail(err, code, "no memory for a network file") : code;
}

/* --- Versions ------------------------------------------------------------------------------------ */

enum yw_code
yw_trust_follow(struct yw_trust *t, struct yw_network *n, struct yw_error *err)
{
	struct shared_network **more = realloc(t->networks, (t->n_networks + 1) * sizeof *more);
	enum yw_code code;

	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a network file");
	t->networks = more;
	if (t->n_networks != 0) {
		code = yw_network_follows(yw_trust_network(t), n, err);
		if (code != YW_OK && !YW_FAULT("root-unsigned"))
			return code;
	}
	more[t->n_networks] = shared(n);
	if (more[t->n_networks] == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a network file");
	t->n_networks++;
	return add_lines(t, yw_trust_network(t), err);
}

/* Another text of a version that is held: are the root keys behind it? */
static enum yw_code
judge_twin(struct yw_trust *t, size_t at, struct yw_network *n, struct yw_error *err)
{
	enum yw_code code = at == 0 ? yw_network_verify(n, err) : yw_network_follows(&t->networks[at - 1]->n, n, err);
	unsigned long long version = (unsigned long long)n->version;

	if (code != YW_OK && !YW_FAULT("twin-unsigned"))
		return code;
	if (t->twin == NULL) {
		t->twin = shared(n);
		if (t->twin == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a network file");
	}
	return yw_fail(err, YW_ECONFLICT, "the root keys signed two different network files of version %llu: whoever holds "
	    "them must say which one is meant, by a version %llu over the one that is held here", version, version + 1);
}

/* *changed: it was taken.  *n is taken then, and else still the caller's. */
static enum yw_code
add_network(struct yw_trust *t, struct yw_network *n, bool *changed, struct yw_error *err)
{
	uint64_t newest = yw_trust_network(t)->version, oldest = t->networks[0]->n.version;
	size_t at = (size_t)(n->version - oldest);

	*changed = false;
	if (n->version < oldest)
		return yw_fail(err, YW_EINVAL, "version %llu is older than the oldest network file held here",
		    (unsigned long long)n->version);
	if (n->version > newest + 1 && !YW_FAULT("version-jump"))
		return yw_fail(err, YW_EINVAL, "network versions %llu to %llu are needed", (unsigned long long)newest + 1,
		    (unsigned long long)n->version);
	if (n->version <= newest && yw_hash_equal(&n->text_sha256, &t->networks[at]->n.text_sha256) && !YW_FAULT("version-again"))
		return YW_OK;
	if (n->version <= newest && !YW_FAULT("version-back"))
		return judge_twin(t, at, n, err);
	*changed = true;
	return yw_trust_follow(t, n, err);
}

enum yw_code
yw_trust_add_network(struct yw_trust *t, struct yw_bytes note, struct yw_error *err)
{
	const struct yw_hash *hash = &yw_trust_network(t)->hash;
	struct yw_network n;
	bool changed;
	enum yw_code code;

	code = yw_network_parse(note, hash, &n, err);
	if (code != YW_OK)
		return code;
	code = add_network(t, &n, &changed, err);
	yw_network_release(&n);
	if (code != YW_OK || !changed)
		return code;
	code = yw_trust_follow_logged(t, &changed);
	if (code == YW_OK)
		code = yw_trust_recompute(t);
	return code == YW_OK ? code : yw_fail(err, code, "no memory for a network file");
}

/* Root keys sign network files, so the signer of the entry adds nothing. */
static enum yw_code
follow_one(struct yw_trust *t, const struct statement *s, bool *changed)
{
	struct yw_network n;
	enum yw_code code;

	*changed = false;
	if (s->said == NULL || s->said->file.len == 0)
		return YW_OK;
	code = yw_network_parse(yw_buf_bytes(&s->said->file), &yw_trust_network(t)->hash, &n, NULL);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	if (n.version == yw_trust_network(t)->version + 1)
		code = add_network(t, &n, changed, NULL);
	yw_network_release(&n);
	if (code != YW_OK)
		*changed = false;
	return code == YW_ENOMEM ? code : YW_OK;
}

enum yw_code
yw_trust_follow_logged(struct yw_trust *t, bool *changed)
{
	bool again;
	enum yw_code code = YW_OK;

	*changed = false;
	do {
		again = false;
		for (size_t i = 0; code == YW_OK && i < t->n_logs; i++)
			for (size_t j = 0; code == YW_OK && j < t->logs[i].n; j++) {
				bool one;

				code = follow_one(t, &t->logs[i].s[j], &one);
				again |= one;
			}
		*changed |= again;
	} while (again && code == YW_OK);
	return code;
}
