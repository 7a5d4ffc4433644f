/*
 * trust.c - the registry: its life, and what it answers.
 *
 * See trust_int.h for what is remembered and what is computed; resolve.c for how.
 */
#include "trust/trust_int.h"

#include <stdlib.h>

#include "base/fault.h"
#include "record/kind.h"

/* --- Life --------------------------------------------------------------------------------------- */

/* A network file, read again from its bytes: a deep copy. */
static enum yw_code
start(struct yw_trust *t, const struct yw_network *n, struct yw_error *err)
{
	struct yw_network copy;
	enum yw_code code;

	code = yw_network_parse(yw_buf_bytes(&n->note), n->version == 1 ? NULL : &n->hash, &copy, err);
	if (code != YW_OK)
		return code;
	code = yw_trust_follow(t, &copy, err);
	yw_network_release(&copy);
	if (code == YW_OK && yw_trust_recompute(t) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	if (code == YW_OK && t->n_generations == 0)
		code = yw_fail(err, YW_EINVAL, "the network file holds no first key set of the first node");
	return code;
}

enum yw_code
yw_trust_new(const struct yw_network *network, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *t = calloc(1, sizeof *t);
	enum yw_code code;

	if (t == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	code = start(t, network, err);
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
	for (size_t i = 0; i < t->n_networks; i++)
		yw_network_drop(t->networks[i]);
	free(t->networks);
	yw_network_drop(t->twin);
	yw_fed_release(&t->root);
	for (size_t i = 0; i < t->n_logs; i++)
		yw_fed_release(&t->logs[i]);
	free(t->logs);
	free(t->generations);
	free(t->slots);
	free(t->words);
	free(t->quorums);
	free(t->facts);
	free(t->asked);
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
copy_networks(struct yw_trust *c, const struct yw_trust *t)
{
	c->networks = copy_of(t->networks, t->n_networks, sizeof *t->networks);
	if (c->networks == NULL)
		return false;
	for (; c->n_networks < t->n_networks; c->n_networks++)
		yw_network_share(c->networks[c->n_networks]);
	c->twin = yw_network_share(t->twin);
	return yw_fed_copy(&t->root, &c->root) == YW_OK;
}

static bool
copy_logs(struct yw_trust *c, const struct yw_trust *t)
{
	c->logs = copy_of(t->logs, t->n_logs, sizeof *t->logs);
	if (c->logs == NULL)
		return false;
	for (; c->n_logs < t->n_logs; c->n_logs++)
		if (yw_fed_copy(&t->logs[c->n_logs], &c->logs[c->n_logs]) != YW_OK)
			return false;
	return true;
}

static struct yw_generation *
copy_generations(const struct yw_trust *t)
{
	struct yw_generation *to = malloc((t->n_generations + 1) * sizeof *to);

	for (size_t i = 0; to != NULL && i < t->n_generations; i++)
		yw_generation_copy(&to[i], &t->generations[i]);
	return to;
}

static bool
copy_into(struct yw_trust *c, const struct yw_trust *t)
{
	c->partial = t->partial;
	c->has_absent = t->has_absent;
	c->generations = copy_generations(t);
	c->slots = copy_of(t->slots, t->n_generations, sizeof *t->slots);
	c->n_generations = c->cap_generations = t->n_generations;
	c->quorums = copy_of(t->quorums, t->n_quorums, sizeof *t->quorums);
	c->n_quorums = t->n_quorums;
	c->facts = copy_of(t->facts, t->n_facts, sizeof *t->facts);
	c->n_facts = t->n_facts;
	c->asked = copy_of(t->asked, t->n_asked, sizeof *t->asked);
	c->n_asked = t->n_asked;
	return c->generations != NULL && c->slots != NULL && c->quorums != NULL && c->facts != NULL && c->asked != NULL &&
	    copy_networks(c, t) && copy_logs(c, t);
}

enum yw_code
yw_trust_copy(const struct yw_trust *t, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *c = calloc(1, sizeof *c);

	if (c != NULL && copy_into(c, t)) {
		*out = c;
		return YW_OK;
	}
	yw_trust_free(c);
	return yw_fail(err, YW_ENOMEM, "no memory to copy a registry of trust");
}

enum yw_code
yw_trust_new_partial(const struct yw_trust *by, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *t = calloc(1, sizeof *t);

	if (t == NULL || !copy_networks(t, by)) {
		yw_trust_free(t);
		return yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	}
	t->partial = true;
	if (yw_trust_recompute(t) != YW_OK) {
		yw_trust_free(t);
		return yw_fail(err, YW_ENOMEM, "no memory for a registry of trust");
	}
	*out = t;
	return YW_OK;
}

/* --- Answers ------------------------------------------------------------------------------------ */

uint64_t
yw_trust_moment(const struct yw_trust *t)
{
	return t->moment;
}

uint64_t
yw_trust_word_moment(const struct yw_trust *t)
{
	return t->word_moment;
}

void
yw_trust_replace(struct yw_trust *t, const struct yw_trust *before)
{
	t->moment = t->word_moment = before->moment + 1;
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

const struct yw_key_span *
yw_generation_head_span(const struct yw_generation *g, uint64_t size)
{
	size_t i = g->n_spans - 1;

	while (i > 0 && size <= g->spans[i].from)
		i--;
	return &g->spans[i];
}

const struct yw_key_set_public *
yw_generation_head_keys(const struct yw_generation *g, uint64_t size)
{
	return &yw_generation_head_span(g, size)->keys;
}

const struct yw_key_set_public *
yw_generation_newest_keys(const struct yw_generation *g)
{
	return &g->spans[g->n_spans - 1].keys;
}

/* The smallest number above `after` of a key set of g that somebody delegated; false: none. */
static bool
next_key_set(const struct yw_trust *t, const struct yw_generation *g, uint32_t after, uint32_t *least)
{
	const struct yw_generation *by;
	bool found = false;

	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		const struct fed_log *log = yw_trust_fed_at(t, i, &by);

		for (size_t j = 0; log != NULL && j < log->n; j++) {
			const struct said *d = log->s[j].said;

			if (log->s[j].kind != YW_TRUST_DELEGATION || d->request.generation != g->generation ||
			    d->request.key_set <= after || !yw_jurisdiction_equal(&d->request.code, &g->code))
				continue;
			*least = found && *least < d->request.key_set ? *least : d->request.key_set;
			found = true;
		}
	}
	return found;
}

bool
yw_trust_has(const struct yw_trust *t, const struct yw_generation *g)
{
	const struct yw_generation *known = yw_trust_origin(t, g->origin.text);

	return known != NULL && yw_hash_equal(&known->request, &g->request);
}

size_t
yw_trust_delegated_keys(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_key_set_public out[static YW_KEY_SETS_MAX])
{
	uint32_t k = g->spans[g->n_spans - 1].key_set;
	size_t n = 0;

	while (n < YW_KEY_SETS_MAX && next_key_set(t, g, k, &k)) {
		const struct yw_generation *by;
		struct statement *s;

		if (yw_trust_choose(t, &g->code, g->generation, k, &s, &by) == YW_OK && s != NULL)
			out[n++] = s->said->request.keys;
	}
	return n;
}

bool
yw_generation_speaks(const struct yw_generation *g, const struct yw_key_set_public *keys)
{
	for (size_t i = 0; i + 1 < g->n_spans; i++)
		if (memcmp(&g->spans[i].keys, keys, sizeof *keys) == 0)
			return false;
	return g->open;
}

bool
yw_generation_outlived(const struct yw_generation *g, uint64_t size, uint64_t quorum_size)
{
	const struct yw_key_set_public *keys = yw_generation_head_keys(g, size);
	size_t next = 1;

	while (keys != &g->spans[next - 1].keys)
		next++;
	return next < g->n_spans && quorum_size > g->spans[next].from;
}

uint64_t
yw_generation_parts_at(const struct yw_generation *a, const struct yw_generation *b)
{
	uint64_t end = a->end.size < b->end.size ? a->end.size : b->end.size;
	size_t i = 0;

	if (!yw_hash_equal(&a->request, &b->request))
		return 0;
	while (i < a->n_spans && i < b->n_spans && a->spans[i].from == b->spans[i].from &&
	    memcmp(&a->spans[i].keys, &b->spans[i].keys, sizeof a->spans[i].keys) == 0)
		i++;
	if (i < a->n_spans && a->spans[i].from < end)
		end = a->spans[i].from;
	if (i < b->n_spans && b->spans[i].from < end)
		end = b->spans[i].from;
	return a->end.size == b->end.size && i == a->n_spans && i == b->n_spans ? UINT64_MAX : end;
}

const struct yw_generation *
yw_trust_acting(const struct yw_trust *t, const struct yw_jurisdiction *named)
{
	const struct yw_generation *best = NULL;

	for (size_t i = 0; i < t->n_generations; i++) {
		const struct yw_generation *g = &t->generations[i];

		if (g->open && (yw_jurisdiction_equal(&g->code, named) || yw_jurisdiction_above(&g->code, named)) &&
		    (best == NULL || yw_jurisdiction_digits(&g->code) >= yw_jurisdiction_digits(&best->code)))
			best = g;
	}
	return best;
}

/* --- Registrars and holders (T13, V4) ------------------------------------------------------------- */

static bool
names_registrar(const struct statement *s)
{
	return s->kind == YW_TRUST_REGISTRAR && s->placed && !s->reused;
}

const struct statement *
yw_trust_registrar_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, const struct yw_pubkey *key)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	const struct statement *found = NULL;

	for (size_t i = 0; log != NULL && i < log->n && log->s[i].index < index; i++) {
		const struct statement *s = &log->s[i];

		if (names_registrar(s) && yw_pubkey_equal(&s->said->key, key) &&
		    (s->said->kinds != 0 || !YW_FAULT("registrar-ended")))
			found = s;
	}
	return found;
}

bool
yw_trust_may_sign(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_pubkey *signer, const char *kind)
{
	const struct statement *s;
	enum yw_kind k = kind != NULL ? yw_kind_parse(kind, strlen(kind)) : YW_KIND_NONE;

	if (index >= g->end.size)
		return false;
	if (yw_pubkey_equal(signer, &yw_generation_entry_keys(g, index)->entry))
		return true;
	if (YW_FAULT("rotated-out") && yw_pubkey_equal(signer, &g->spans[0].keys.entry))
		return true;
	s = yw_trust_registrar_at(t, g, index, signer);
	if (s == NULL || (kind != NULL && k == YW_KIND_NONE))
		return false;
	return kind == NULL || YW_FAULT("registrar-any-kind") ? s->said->kinds != 0 : (s->said->kinds >> k & 1) != 0;
}

/* Was this key named before statement `at`? */
static bool
named_before(const struct fed_log *log, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (names_registrar(&log->s[i]) && yw_pubkey_equal(&log->s[i].said->key, &log->s[at].said->key))
			return true;
	return false;
}

size_t
yw_trust_registrars(const struct yw_trust *t, const struct yw_generation *g, struct yw_registrar *out, size_t max)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	size_t n = 0;

	for (size_t i = 0; log != NULL && i < log->n; i++) {
		const struct statement *s;

		if (!names_registrar(&log->s[i]) || named_before(log, i))
			continue;
		s = yw_trust_registrar_at(t, g, UINT64_MAX, &log->s[i].said->key);
		if (s->said->kinds == 0)
			continue;
		if (n < max)
			out[n] = (struct yw_registrar) { s->said->key, s->index, s->said->kinds };
		n++;
	}
	return n;
}

void
yw_trust_holder(const struct yw_trust *t, const struct yw_generation *g, struct yw_holder *out)
{
	bool found;
	size_t i = yw_trust_slot(t, &g->code, g->generation, &found);

	*out = (struct yw_holder) { .code = { "" } };
	for (; i < t->n_generations && yw_jurisdiction_equal(&t->generations[i].code, &g->code); i++) {
		const struct fed_log *log = yw_trust_fed(t, t->generations[i].origin.text);

		for (size_t j = 0; log != NULL && j < log->n; j++)
			if (log->s[j].kind == YW_TRUST_HOLDER && log->s[j].placed)
				*out = (struct yw_holder) { log->s[j].said->holder, { log->origin, log->s[j].index } };
	}
}
