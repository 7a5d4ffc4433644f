/*
 * resolve.c - from statements to generations (T3, T5, T8): code by code, from the first node downwards.
 *
 * See trust_int.h for the order, and why the answer does not depend on the order in which statements came.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

/* --- Who acts ------------------------------------------------------------------------------------ */

bool
yw_trust_before(const struct yw_entry_place *p, const struct yw_generation *g, uint64_t index)
{
	struct yw_jurisdiction code;
	uint32_t generation;

	if (g == NULL || p->origin.text[0] == '\0' ||
	    yw_origin_parse(p->origin.text, strlen(p->origin.text), NULL, &code, &generation) != YW_OK ||
	    !yw_jurisdiction_equal(&code, &g->code))
		return true;
	return generation < g->generation || (generation == g->generation && p->index < index);
}

bool
yw_trust_was_open(const struct yw_generation *of, const struct yw_generation *g, uint64_t index)
{
	return yw_trust_before(&of->delegation, g, index) && (of->open || !yw_trust_before(&of->closing.place, g, index));
}

bool
yw_trust_acts_for(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_jurisdiction *named)
{
	if (yw_jurisdiction_equal(&g->code, named))
		return true;
	if (!yw_jurisdiction_above(&g->code, named))
		return false;
	if (t->partial || YW_FAULT("acts-for-any"))	/* no chain shows that somebody was closed */
		return true;
	for (size_t i = 0; i < t->n_generations; i++) {
		const struct yw_generation *o = &t->generations[i];

		if (yw_jurisdiction_above(&g->code, &o->code) &&
		    (yw_jurisdiction_equal(&o->code, named) || yw_jurisdiction_above(&o->code, named)) &&
		    yw_trust_was_open(o, g, index))
			return false;
	}
	return true;
}

/* --- Delegations --------------------------------------------------------------------------------- */

/* Is it in the right log, and for the right network? */
static enum yw_code
check_issuer(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s, struct yw_error *why)
{
	const struct yw_request *r = &s->said->request;
	const char *named = r->issuer.code[0] != '\0' ? r->issuer.code : "nobody";

	if (!yw_hash_equal(&r->network, &yw_trust_network(t)->hash) && !YW_FAULT("any-network"))
		return yw_fail(why, YW_EINVAL, "it was made for another network");
	if (g == NULL)
		return YW_OK;		/* the network file: its reader has checked that it names nobody */
	if (!yw_trust_acts_for(t, g, s->index, &r->issuer) && !YW_FAULT("delegation-any-issuer"))
		return yw_fail(why, YW_EINVAL, "it names %s as its issuer, for whom %s does not act", named, g->code.code);
	if (!s->placed)
		return yw_fail(why, YW_EINVAL, "%s", s->index >= g->end.size ? "its log ended before it" :
		    g->needs_newer ? "its log needs a newer version" : "its signer was not valid there");
	return YW_OK;
}

/* T8, T9: a generation follows a closing, at the issuer that the closing names. */
static enum yw_code
check_next(const struct yw_trust *t, const struct yw_generation *g, struct statement *s, struct yw_error *why)
{
	const struct yw_request *r = &s->said->request;
	const struct yw_generation *before = yw_trust_find(t, &r->code, r->generation - 1);
	const struct yw_jurisdiction *next;
	bool asked;
	enum yw_code code;

	if (before == NULL ||
	    ((before->open || !yw_trust_before(&before->closing.place, g, s->index)) && !YW_FAULT("next-unclosed")))
		return yw_fail(why, YW_ENOENT, "generation %u of %s is not closed before it", (unsigned)r->generation - 1,
		    r->code.code);
	next = before->closing.next_issuer.code[0] != '\0' ? &before->closing.next_issuer : &before->issuer;
	if (!yw_jurisdiction_equal(next, &r->issuer) && !YW_FAULT("next-any-issuer"))
		return yw_fail(why, YW_EINVAL, "it names %s as its issuer, but the closing of generation %u leaves it to %s",
		    r->issuer.code, (unsigned)before->generation, next->code);
	code = yw_trust_asked_by_old(t, before, s, &asked);
	if (code != YW_OK || (asked && (!before->closing.revoked || YW_FAULT("revoked-asks"))))
		return code;
	return YW_FAULT("consent-unasked") ? YW_OK : yw_trust_consented(t, g, s, why);
}

enum yw_code
yw_trust_why_not(const struct yw_trust *t, const struct yw_generation *g, struct statement *s, struct yw_error *why)
{
	const struct yw_request *r = &s->said->request;
	const struct yw_generation *held = yw_trust_find(t, &r->code, r->generation);
	char reuse[YW_REUSE_MAX];
	enum yw_code code;

	code = check_issuer(t, g, s, why);
	if (code != YW_OK)
		return code;
	if (s->reused && !YW_FAULT("key-reuse"))
		return yw_fail(why, YW_EINVAL, "%s", yw_trust_reuse(t, r, g, s->index, reuse) != NULL ? reuse : "a key of it was used before");
	if (r->key_set != 0 && held == NULL)
		return yw_fail(why, YW_ENOENT, "no first key set of generation %u was delegated", (unsigned)r->generation);
	if (r->key_set != 0 && !yw_jurisdiction_equal(&held->issuer, &r->issuer))
		return yw_fail(why, YW_EINVAL, "it names %s as its issuer, but generation %u is of %s", r->issuer.code,
		    (unsigned)held->generation, held->issuer.code);
	if (r->key_set != 0 || r->generation == 1)
		return YW_OK;
	return t->partial ? yw_trust_consent_fits(t, g, s, why) : check_next(t, g, s, why);
}

static bool
had_quorum(const struct yw_trust *t, const struct yw_hash *request)
{
	for (size_t i = 0; i < t->n_quorums; i++)
		if (yw_hash_equal(&t->quorums[i], request))
			return true;
	return false;
}

/*
 * T3, of two that stand: what had a beat with quorum is not voided; else the issuer's own log goes before that of
 * who acts for it, a nearer issuer before a farther one, an older generation of the log before a newer one, and
 * inside a log the index decides.  `h` is NULL at first.
 */
static bool
goes_before(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s,
    const struct yw_generation *h, const struct statement *held)
{
	bool mine = had_quorum(t, &s->said->hash), theirs = had_quorum(t, &held->said->hash);
	size_t near, far;

	if (mine != theirs && !YW_FAULT("quorum-voided"))
		return mine;
	if (g == NULL || h == NULL)
		return h != NULL && g == NULL;	/* of the file's own lines the first is held already */
	near = yw_jurisdiction_digits(&g->code);
	far = yw_jurisdiction_digits(&h->code);
	if (near != far)
		return near > far && !YW_FAULT("issuer-order");
	if (g->generation != h->generation)
		return g->generation < h->generation;
	return (s->index < held->index) != YW_FAULT("later-delegation");
}

enum yw_code
yw_trust_choose(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation, uint32_t key_set,
    struct statement **out, const struct yw_generation **by)
{
	const struct yw_generation *g;

	*out = NULL;
	*by = NULL;
	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		struct fed_log *log = yw_trust_fed_at(t, i, &g);

		if (log == NULL || (g != NULL && !yw_jurisdiction_above(&g->code, code)))
			continue;
		for (size_t j = 0; j < log->n; j++) {
			struct statement *s = &log->s[j];
			enum yw_code why;

			if (s->kind != YW_TRUST_DELEGATION || s->said->request.key_set != key_set ||
			    s->said->request.generation != generation ||
			    !yw_jurisdiction_equal(&s->said->request.code, code))
				continue;
			why = yw_trust_why_not(t, g, s, NULL);
			if (why == YW_ENOMEM)
				return why;
			if (why == YW_OK && (*out == NULL || goes_before(t, g, s, *by, *out))) {
				*out = s;
				*by = g;
			}
		}
	}
	return YW_OK;
}

/* --- Generations --------------------------------------------------------------------------------- */

size_t
yw_trust_slot(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation, bool *found)
{
	size_t lo = 0, hi = t->n_generations;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct slot *at = &t->slots[mid];
		int c = strcmp(code->code, at->code.code);

		if (c == 0)
			c = (generation > at->generation) - (generation < at->generation);
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

/* Room for one more. */
static bool
grow_generations(struct yw_trust *t)
{
	size_t cap = t->cap_generations == 0 ? 16 : 2 * t->cap_generations;
	struct yw_generation *generations;
	struct slot *slots;

	if (t->n_generations < t->cap_generations)
		return true;
	generations = realloc(t->generations, cap * sizeof *generations);
	t->generations = generations != NULL ? generations : t->generations;
	slots = realloc(t->slots, cap * sizeof *slots);
	t->slots = slots != NULL ? slots : t->slots;
	if (generations == NULL || slots == NULL)
		return false;
	t->cap_generations = cap;
	return true;
}

/* A new one in its place; it moves those behind it.  NULL: no memory. */
static struct yw_generation *
new_generation(struct yw_trust *t, const struct yw_request *r)
{
	bool found;
	size_t at = yw_trust_slot(t, &r->code, r->generation, &found);

	if (!grow_generations(t))
		return NULL;
	for (size_t i = t->n_generations; i > at; i--)
		yw_generation_copy(&t->generations[i], &t->generations[i - 1]);
	memmove(&t->slots[at + 1], &t->slots[at], (t->n_generations - at) * sizeof *t->slots);
	t->slots[at] = (struct slot) { r->code, r->generation };
	t->n_generations++;
	return &t->generations[at];
}

/* T9, for ever: the key before did not ask for it, or its word counted for nothing any more. */
static enum yw_code
is_recovery(const struct yw_trust *t, struct statement *s, bool *out)
{
	const struct yw_request *r = &s->said->request;
	const struct yw_generation *before = yw_trust_find(t, &r->code, r->generation - 1);
	bool asked = true;
	enum yw_code code = YW_OK;

	if (t->partial) {		/* what a chain says of it */
		*out = s->said->consent.there && r->generation > 1;
		return YW_OK;
	}
	if (before != NULL)
		code = yw_trust_asked_by_old(t, before, s, &asked);
	*out = before != NULL && (!asked || before->closing.revoked);
	return code;
}

/* Worked out once: a beat is judged by the ids of many keys. */
static void
add_span(const struct yw_trust *t, struct yw_generation *g, const struct yw_request *r, uint64_t from)
{
	struct yw_key_span *s = &g->spans[g->n_spans++];
	struct yw_vkey v = { .id = 0 };

	*s = (struct yw_key_span) { .key_set = r->key_set, .keys = r->keys, .from = from };
	if (yw_vkey_make(g->origin.text, YW_NOTE_ED25519, &s->keys.head, &v) == YW_OK)
		s->head_id = v.id;
	if (yw_cosign_vkey(yw_trust_network(t)->name, &g->code, &s->keys.cosign, &v) == YW_OK)
		s->cosign_id = v.id;
}

/* What a request opens by itself, and nothing of whose word it is. */
static void
open_generation(const struct yw_trust *t, const struct yw_request *r, const struct yw_hash *request, struct yw_generation *g)
{
	memset(g, 0, offsetof(struct yw_generation, spans));
	g->code = r->code;
	g->generation = r->generation;
	g->issuer = r->issuer;
	g->open = true;
	g->end.size = g->sure_to = UINT64_MAX;
	g->request = *request;
	g->name = "";
	if (yw_origin_make(yw_trust_network(t)->name, &r->code, r->generation, &g->origin) != YW_OK)
		g->origin.text[0] = '\0';	/* cannot be: name and code were read before */
	add_span(t, g, r, 0);
}

/* The generation that a delegation gives; by == NULL: the first node's. */
static enum yw_code
give(struct yw_trust *t, const struct yw_generation *by, struct statement *s, struct yw_generation **out)
{
	const struct yw_request *r = &s->said->request;
	struct yw_generation g;
	enum yw_code code;

	open_generation(t, r, &s->said->hash, &g);
	code = is_recovery(t, s, &g.recovery);
	if (code != YW_OK)
		return code;
	if (g.recovery && s->said->consent.there)
		(void)!yw_origin_parse(s->said->consent.origin.text, strlen(s->said->consent.origin.text), NULL, &g.consent,
		    &(uint32_t) { 0 });
	if (by != NULL)
		g.delegation.origin = by->origin;
	g.delegation.index = s->index;
	if (s->said->name != NULL)
		g.name = s->said->name;
	*out = new_generation(t, r);
	if (*out == NULL)
		return YW_ENOMEM;
	yw_generation_copy(*out, &g);
	return YW_OK;
}

enum yw_code
yw_trust_claim(const struct yw_trust *t, struct yw_bytes signed_request, struct yw_generation *out, struct yw_error *err)
{
	struct yw_request r;
	struct yw_hash hash;
	enum yw_code code = yw_request_read(signed_request, NULL, &r, NULL, err);

	if (code == YW_OK && r.key_set != 0)
		code = yw_fail(err, YW_EINVAL, "the request of %s for key set %u opens no log", r.code.code, (unsigned)r.key_set);
	if (code != YW_OK)
		return code;
	yw_request_hash(signed_request, &hash);
	open_generation(t, &r, &hash, out);
	return YW_OK;
}

/* --- A generation's own log ---------------------------------------------------------------------- */

/* T5, the first node: the highest key set of this generation in a network file that counts. */
static const struct said *
key_set_in_file(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s)
{
	const struct said *best = NULL;
	uint64_t version = 0;

	for (size_t i = 0; i < t->n_networks; i++)
		if (yw_hash_equal(&t->networks[i]->n.text_sha256, &s->said->hash))
			version = t->networks[i]->n.version;
	for (size_t i = 0; i < t->root.n; i++) {
		const struct said *d = t->root.s[i].said;

		if (t->root.s[i].index == version && t->root.s[i].kind == YW_TRUST_DELEGATION &&
		    d->request.generation == g->generation && (best == NULL || d->request.key_set > best->request.key_set))
			best = d;
	}
	return best;
}

/*
 * The delegation that a key change embeds, where no log that is held has it: on the word of the envelope, unless
 * that log is held beyond its place.  Only parts of a log are held where a chain is checked.
 */
static bool
holds_by_itself(const struct yw_trust *t, const struct said *said)
{
	const struct fed_log *log = yw_trust_fed(t, said->place.origin.text);
	const struct yw_generation *by = yw_trust_origin(t, said->place.origin.text);
	struct statement s = { .index = said->place.index, .kind = YW_TRUST_DELEGATION, .said = (struct said *)(uintptr_t)said };
	char reuse[YW_REUSE_MAX];

	if (by == NULL || said->place.index >= by->end.size ||
	    !yw_pubkey_equal(&yw_generation_entry_keys(by, said->place.index)->entry, &said->signer))
		return false;
	for (size_t i = 0; log != NULL && !t->partial && i < log->n; i++)
		if (log->s[i].index >= said->place.index)
			return false;
	s.placed = true;
	s.reused = yw_trust_reuse(t, &said->request, by, said->place.index, reuse) != NULL;
	return yw_trust_why_not(t, by, &s, NULL) == YW_OK;
}

/* What a key change changes to; NULL: it has no effect. */
static enum yw_code
next_key_set(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s, const struct said **out)
{
	const struct said *said = s->said;
	const struct yw_generation *by;
	struct statement *d;
	enum yw_code code;

	*out = NULL;
	if (said->file.len != 0) {
		*out = g->issuer.code[0] == '\0' ? key_set_in_file(t, g, s) : NULL;
		return YW_OK;
	}
	if ((!yw_jurisdiction_equal(&said->request.code, &g->code) || said->request.generation != g->generation) &&
	    !YW_FAULT("key-change-of-another"))
		return YW_OK;
	code = yw_trust_choose(t, &g->code, g->generation, said->request.key_set, &d, &by);
	if (code != YW_OK)
		return code;
	if (d != NULL ? yw_hash_equal(&d->said->hash, &said->hash) : holds_by_itself(t, said))
		*out = said;
	return YW_OK;
}

/* T5: from the next entry on the new keys sign.  Skipped key sets are dead. */
static enum yw_code
rotate(const struct yw_trust *t, struct yw_generation *g, const struct statement *s, bool *stands)
{
	const struct said *next;
	enum yw_code code = next_key_set(t, g, s, &next);

	*stands = code == YW_OK && next != NULL &&
	    (next->request.key_set > g->spans[g->n_spans - 1].key_set || YW_FAULT("dead-key-set")) &&
	    g->n_spans < YW_KEY_SETS_MAX;
	if (*stands)
		add_span(t, g, &next->request, s->index + 1);
	return code;
}

static bool
gives_keys(enum yw_trust_kind kind)
{
	return kind == YW_TRUST_DELEGATION || kind == YW_TRUST_KEY_CHANGE || kind == YW_TRUST_REGISTRAR;
}

/* One statement of g's log, in its turn. */
static enum yw_code
place(const struct yw_trust *t, struct yw_generation *g, struct statement *s)
{
	char reuse[YW_REUSE_MAX];

	s->placed = (s->index < g->end.size || YW_FAULT("past-its-end")) &&
	    (yw_pubkey_equal(&yw_generation_entry_keys(g, s->index)->entry, &s->signer) || YW_FAULT("any-signer")) &&
	    (!(g->needs_newer && gives_keys(s->kind)) || YW_FAULT("future-gives-keys"));	/* B3: it gives no new keys */
	s->reused = s->stands = false;
	if (!s->placed)
		return YW_OK;
	if (s->kind == YW_TRUST_UNKNOWN)
		g->needs_newer = true;
	if (s->kind == YW_TRUST_DELEGATION)
		s->reused = yw_trust_reuse(t, &s->said->request, g, s->index, reuse) != NULL;
	if (s->kind == YW_TRUST_REGISTRAR)
		s->reused = yw_trust_reuse_registrar(t, &s->said->key, &g->code, g, s->index, reuse) != NULL;
	if (yw_says_absent(s->kind))
		s->stands = yw_trust_looks_back(yw_trust_fed(t, g->origin.text), s);
	return s->kind == YW_TRUST_KEY_CHANGE ? rotate(t, g, s, &s->stands) : YW_OK;
}

/* Its end first: what stands behind it is not placed. */
static enum yw_code
complete(struct yw_trust *t, struct yw_generation *g)
{
	struct fed_log *log = yw_trust_fed(t, g->origin.text);
	enum yw_code code = yw_trust_close(t, g);

	for (size_t i = 0; code == YW_OK && log != NULL && i < log->n; i++)
		code = place(t, g, &log->s[i]);
	return code;
}

/* The smallest number above `after` of a generation of code that somebody delegated; 0: none. */
static uint32_t
next_number(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t after)
{
	uint32_t least = 0;

	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		const struct fed_log *log = i == 0 ? &t->root : &t->logs[i - 1];

		if (i != 0 && !yw_jurisdiction_above(&log->code, code))
			continue;
		for (size_t j = 0; j < log->n; j++) {
			const struct said *d = log->s[j].said;

			if (log->s[j].kind == YW_TRUST_DELEGATION && yw_jurisdiction_equal(&d->request.code, code) &&
			    d->request.generation > after && (least == 0 || d->request.generation < least))
				least = d->request.generation;
		}
	}
	return least;
}

static enum yw_code
resolve_code(struct yw_trust *t, const struct yw_jurisdiction *code)
{
	const struct yw_generation *by;
	struct yw_generation *g;
	struct statement *s;
	enum yw_code result = YW_OK;

	for (uint32_t n = next_number(t, code, 0); result == YW_OK && n != 0; n = next_number(t, code, n)) {
		result = yw_trust_choose(t, code, n, 0, &s, &by);
		if (result == YW_OK && s != NULL) {
			result = give(t, by, s, &g);
			if (result == YW_OK)
				result = complete(t, g);
		}
		if (n == UINT32_MAX)
			break;
	}
	return result;
}

/* --- Everything ---------------------------------------------------------------------------------- */

static bool
is_resolved(const struct yw_trust *t, const struct yw_jurisdiction *code)
{
	bool found;
	size_t slot = yw_trust_slot(t, code, 0, &found);

	return slot < t->n_generations && yw_jurisdiction_equal(&t->generations[slot].code, code);
}

/* Every code of so many digits that a delegation in the log speaks of. */
static enum yw_code
resolve_named(struct yw_trust *t, size_t log, size_t digits)
{
	const struct yw_generation *g;
	struct fed_log *l = yw_trust_fed_at(t, log, &g);
	enum yw_code result = YW_OK;

	for (size_t j = 0; l != NULL && result == YW_OK && j < l->n; j++) {
		const struct yw_request *r;

		if (l->s[j].kind != YW_TRUST_DELEGATION)
			continue;
		r = &l->s[j].said->request;
		if (yw_jurisdiction_digits(&r->code) == digits && !is_resolved(t, &r->code))
			result = resolve_code(t, &r->code);
	}
	return result;
}

static void
forget_answers(struct yw_trust *t)
{
	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		struct fed_log *log = i == 0 ? &t->root : &t->logs[i - 1];

		for (size_t j = 0; j < log->n; j++) {
			log->s[j].was_placed = log->s[j].placed;
			log->s[j].was_reused = log->s[j].reused;
			log->s[j].stood = log->s[j].stands;
			log->s[j].placed = i == 0;
			log->s[j].reused = log->s[j].stands = false;
		}
	}
	t->n_generations = t->n_asked = 0;
}

enum yw_code
yw_trust_recompute(struct yw_trust *t)
{
	enum yw_code code = YW_OK;

	forget_answers(t);
	t->moment++;
	t->computing = true;
	for (size_t digits = 0; digits <= YW_CODE_DIGITS; digits++)
		for (size_t i = 0; code == YW_OK && i < yw_trust_n_fed(t); i++)
			code = resolve_named(t, i, digits);
	t->computing = false;
	yw_trust_judge_acting(t);
	yw_trust_absent_changed(t);
	if (code == YW_OK)
		code = yw_trust_words_changed(t);
	return code == YW_OK ? yw_trust_rosters_changed(t) : code;
}

/* May a delegation be computed by itself?  Nobody has spoken of its code or a code below it before, nor is there a
 * log that would become attributable. */
static bool
is_first_word(const struct yw_trust *t, const struct statement *s)
{
	const struct yw_jurisdiction *code = &s->said->request.code;

	if (s->said->request.generation != 1 || s->said->request.key_set != 0 || is_resolved(t, code))
		return false;
	for (size_t i = 0; i < t->n_logs; i++) {
		const struct fed_log *log = &t->logs[i];

		if (yw_jurisdiction_equal(&log->code, code))
			return false;
		for (size_t j = 0; j < log->n; j++) {
			const struct said *o = log->s[j].said;

			if (&log->s[j] == s || o == NULL)
				continue;
			if (log->s[j].kind == YW_TRUST_DELEGATION && (yw_jurisdiction_equal(&o->request.code, code) ||
			    yw_jurisdiction_equal(&o->request.issuer, code) || yw_jurisdiction_above(code, &o->request.code)))
				return false;
			if (log->s[j].kind == YW_TRUST_CLOSING && (yw_jurisdiction_equal(&o->closing.code, code) ||
			    yw_jurisdiction_above(code, &o->closing.code)))
				return false;
		}
	}
	return true;
}

/* Was a key change believed by its envelope alone, as far as the log that it cites was held before its last statement? */
static bool
is_cited(const struct yw_trust *t, const struct fed_log *log)
{
	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; j < t->logs[i].n; j++) {
			const struct statement *s = &t->logs[i].s[j];

			if (s->kind == YW_TRUST_KEY_CHANGE && strcmp(s->said->place.origin.text, log->origin.text) == 0 &&
			    (log->n == 1 || s->said->place.index > log->s[log->n - 2].index))
				return true;
		}
	return false;
}

/* Could what was computed before be different with the last statement of g's log?  A later generation of the same code
 * stands behind all of it. */
static bool
is_simple(const struct yw_trust *t, const struct yw_generation *g, const struct fed_log *log, const struct statement *s)
{
	if (g == NULL || s->kind == YW_TRUST_KEY_CHANGE || s->kind == YW_TRUST_CLOSING || is_cited(t, log))
		return false;
	if (g + 1 < t->generations + t->n_generations && yw_jurisdiction_equal(&g[1].code, &g->code))
		return false;
	return s->kind != YW_TRUST_DELEGATION || is_first_word(t, s);
}

enum yw_code
yw_trust_compute_last(struct yw_trust *t, struct fed_log *log, bool *done)
{
	struct yw_generation *g = yw_trust_find(t, &log->code, log->generation);
	struct statement *s = &log->s[log->n - 1];
	enum yw_code code;

	*done = is_simple(t, g, log, s);
	if (!*done)
		return YW_OK;
	t->moment++;
	t->computing = true;
	code = place(t, g, s);
	if (s->kind == YW_TRUST_ERASURE)
		s->stands |= yw_trust_erases_for(t, g, s);
	if (yw_says_absent(s->kind) && s->stands)
		log->absent_moment = t->moment;
	if (code == YW_OK && s->kind == YW_TRUST_DELEGATION)
		code = resolve_code(t, &s->said->request.code);
	t->computing = false;
	return code == YW_OK ? yw_trust_words_changed(t) : code;
}
