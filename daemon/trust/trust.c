/*
 * trust.c - the registry: its life, and what it answers.
 *
 * See trust_int.h for what is remembered and what is computed; statements.c for how.
 */
#include "trust/trust_int.h"

#include <stdlib.h>

/* --- Life --------------------------------------------------------------------------------------- */

/* The newest network file, read again from its bytes: a deep copy. */
static enum yw_code
share_network(const struct yw_network *n, struct shared_network **out, struct yw_error *err)
{
	struct shared_network *s = calloc(1, sizeof *s);
	enum yw_code code;

	if (s == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	atomic_init(&s->refs, 1);
	code = yw_network_parse(yw_buf_bytes(&n->note), n->version == 1 ? NULL : &n->hash, &s->n, err);
	if (code != YW_OK) {
		free(s);
		return code;
	}
	*out = s;
	return YW_OK;
}

/* The first key set of the first node: other lines wait for their rules. */
static enum yw_code
read_first(struct yw_trust *t, struct yw_error *err)
{
	const struct yw_network *n = &t->network->n;
	struct yw_request *r = &t->first.request;
	enum yw_code code;

	for (size_t i = 0; i < n->n_first; i++) {
		code = yw_request_read(n->first[i], NULL, r, NULL, err);
		if (code != YW_OK)
			return code;
		if (r->generation != 1 || r->key_set != 0)
			continue;
		yw_request_hash(n->first[i], &t->first.request_sha256);
		t->first.stands = true;
		return YW_OK;
	}
	return yw_fail(err, YW_EINVAL, "the network file holds no first key set of the first node");
}

enum yw_code
yw_trust_new(const struct yw_network *network, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *t = calloc(1, sizeof *t);
	enum yw_code code;

	if (t == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	code = share_network(network, &t->network, err);
	if (code == YW_OK)
		code = read_first(t, err);
	if (code == YW_OK && yw_trust_recompute(t) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	if (code != YW_OK) {
		yw_trust_free(t);
		return code;
	}
	*out = t;
	return YW_OK;
}

void
yw_trust_free(struct yw_trust *t)
{
	if (t == NULL)
		return;
	if (t->network != NULL && atomic_fetch_sub(&t->network->refs, 1) == 1) {
		yw_network_release(&t->network->n);
		free(t->network);
	}
	for (size_t i = 0; i < t->n_logs; i++)
		free(t->logs[i].s);
	free(t->logs);
	free(t->generations);
	free(t->quorums);
	free(t);
}

/* A copy of n items, never NULL for none: that would read as a failure. */
static void *
copy_of(const void *from, size_t n, size_t item)
{
	void *to = malloc(n != 0 ? n * item : 1);

	if (to != NULL && n != 0)
		memcpy(to, from, n * item);
	return to;
}

static bool
copy_into(struct yw_trust *c, const struct yw_trust *t)
{
	c->first = t->first;
	c->generations = copy_of(t->generations, t->n_generations, sizeof *t->generations);
	c->n_generations = t->n_generations;
	c->quorums = copy_of(t->quorums, t->n_quorums, sizeof *t->quorums);
	c->n_quorums = t->n_quorums;
	c->logs = copy_of(t->logs, t->n_logs, sizeof *t->logs);
	if (c->generations == NULL || c->quorums == NULL || c->logs == NULL)
		return false;
	for (; c->n_logs < t->n_logs; c->n_logs++) {
		struct fed_log *l = &c->logs[c->n_logs];

		l->s = copy_of(l->s, l->n, sizeof *l->s);
		l->cap = l->n;
		if (l->s == NULL)
			return false;
	}
	return true;
}

enum yw_code
yw_trust_copy(const struct yw_trust *t, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *c = calloc(1, sizeof *c);

	if (c != NULL && copy_into(c, t)) {
		c->network = t->network;
		atomic_fetch_add(&c->network->refs, 1);
		*out = c;
		return YW_OK;
	}
	yw_trust_free(c);
	return yw_fail(err, YW_ENOMEM, "no memory to copy a registry of trust");
}

const struct yw_network *
yw_trust_network(const struct yw_trust *t)
{
	return &t->network->n;
}

/* --- Answers ------------------------------------------------------------------------------------ */

static int
compare_generations(const struct yw_jurisdiction *code, uint32_t generation, const struct yw_generation *g)
{
	int c = strcmp(code->code, g->code.code);

	return c != 0 ? c : (generation > g->generation) - (generation < g->generation);
}

size_t
yw_trust_slot(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation, bool *found)
{
	size_t lo = 0, hi = t->n_generations;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = compare_generations(code, generation, &t->generations[mid]);

		*found |= c == 0;
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct yw_generation *
yw_trust_find(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation)
{
	bool found;
	size_t slot = yw_trust_slot(t, code, generation, &found);

	return found ? &t->generations[slot] : NULL;
}

const struct yw_generation *
yw_trust_origin(const struct yw_trust *t, const char *origin)
{
	struct yw_generation *g;
	struct yw_jurisdiction code;
	uint32_t generation;

	if (yw_origin_parse(origin, strlen(origin), NULL, &code, &generation) != YW_OK)
		return NULL;
	g = yw_trust_find(t, &code, generation);
	return g != NULL && strcmp(g->origin.text, origin) == 0 ? g : NULL;
}

const struct yw_generation *
yw_trust_open(const struct yw_trust *t, const struct yw_jurisdiction *code)
{
	bool found;
	size_t end = yw_trust_slot(t, code, UINT32_MAX, &found);

	for (end += found; end > 0 && yw_jurisdiction_equal(&t->generations[end - 1].code, code); end--)
		if (t->generations[end - 1].open)
			return &t->generations[end - 1];
	return NULL;
}

const struct yw_generation *
yw_trust_by_session(const struct yw_trust *t, const struct yw_jurisdiction *code, const struct yw_dh_public *key)
{
	const struct yw_generation *g = yw_trust_open(t, code);

	return g != NULL && memcmp(&yw_generation_newest_keys(g)->session, key, sizeof *key) == 0 ? g : NULL;
}

size_t
yw_trust_count(const struct yw_trust *t)
{
	return t->n_generations;
}

const struct yw_generation *
yw_trust_at(const struct yw_trust *t, size_t i)
{
	return &t->generations[i];
}

const struct yw_key_set_public *
yw_generation_entry_keys(const struct yw_generation *g, uint64_t index)
{
	size_t i = g->n_spans - 1;

	while (i > 0 && index < g->spans[i].from)
		i--;
	return &g->spans[i].keys;
}

const struct yw_key_set_public *
yw_generation_head_keys(const struct yw_generation *g, uint64_t size)
{
	size_t i = g->n_spans - 1;

	while (i > 0 && size <= g->spans[i].from)
		i--;
	return &g->spans[i].keys;
}

const struct yw_key_set_public *
yw_generation_newest_keys(const struct yw_generation *g)
{
	return &g->spans[g->n_spans - 1].keys;
}
