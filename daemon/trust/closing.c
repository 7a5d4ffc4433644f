/*
 * closing.c - where a generation ends (T6), and what no closing can take away (T7).
 *
 * Whether a closing stands is asked of the issuers' logs alone, never of the log that it ends: the copy that is held
 * here may be on the other branch.  So its head may be signed by any head key that was delegated to the generation;
 * if that one was not valid at this size, a beat with quorum says so.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

enum yw_code
yw_trust_head_by(const struct yw_trust *t, struct statement *s, struct yw_bytes note, const struct yw_pubkey *key,
    bool *good)
{
	struct yw_checkpoint c;
	enum yw_code code;

	*good = yw_pubkey_equal(&s->head_by, key);
	if (*good)
		return YW_OK;
	code = yw_head_check(note, key, &c, NULL);
	*good = code == YW_OK;
	if (*good && t->computing)
		s->head_by = *key;
	return code == YW_ENOMEM ? code : YW_OK;
}

/* --- Who signed the head ------------------------------------------------------------------------- */

/* In a chain key sets beyond the first are known by the key changes alone, each of which was found to have its effect. */
static enum yw_code
find_in_chain(const struct yw_trust *t, const struct yw_generation *g, struct statement *closing, struct yw_closing *out,
    bool *found)
{
	const struct fed_log *log = t->partial ? yw_trust_fed(t, g->origin.text) : NULL;
	struct yw_bytes note = yw_buf_bytes(&closing->said->closing.note);
	enum yw_code code = YW_OK;

	for (size_t i = 0; log != NULL && code == YW_OK && i < log->n; i++) {
		const struct yw_request *r = log->s[i].said != NULL ? &log->s[i].said->request : NULL;
		bool good = false;

		if (log->s[i].kind == YW_TRUST_KEY_CHANGE && log->s[i].said->file.len == 0)
			code = yw_trust_head_by(t, closing, note, &r->keys.head, &good);
		if (!good)
			continue;
		*found = true;
		out->key_set = r->key_set;
		out->head_key = r->keys.head;
	}
	return code;
}

/* The highest key set of g that was delegated and has signed the head. */
static enum yw_code
find_signer(const struct yw_trust *t, const struct yw_generation *g, struct statement *closing, struct yw_closing *out,
    bool *found)
{
	struct yw_bytes note = yw_buf_bytes(&closing->said->closing.note);
	const struct yw_generation *by;
	enum yw_code code = YW_OK;

	*found = false;
	for (size_t i = 0; i < yw_trust_n_fed(t); i++) {
		struct fed_log *log = yw_trust_fed_at(t, i, &by);

		for (size_t j = 0; log != NULL && code == YW_OK && j < log->n; j++) {
			struct statement *s = &log->s[j];
			const struct yw_request *r;
			bool good;

			if (s->kind != YW_TRUST_DELEGATION)
				continue;
			r = &s->said->request;
			if (r->generation != g->generation || !yw_jurisdiction_equal(&r->code, &g->code) ||
			    (*found && r->key_set < out->key_set) ||
			    (r->key_set == 0 ? !yw_hash_equal(&s->said->hash, &g->request) :
			    yw_trust_why_not(t, by, s, NULL) != YW_OK))
				continue;
			code = yw_trust_head_by(t, closing, note, &r->keys.head, &good);
			if (code != YW_OK || !good)
				continue;
			*found = true;
			out->key_set = r->key_set;
			out->head_key = r->keys.head;
		}
	}
	return code;
}

/* --- Does it stand? ------------------------------------------------------------------------------ */

enum yw_code
yw_trust_why_not_closing(const struct yw_trust *t, const struct yw_generation *by, struct statement *s,
    const struct yw_generation *g, struct yw_closing *out, struct yw_error *why)
{
	const struct said_closing *c = &s->said->closing;
	bool found = c->head.size == 0;
	enum yw_code code = YW_OK;

	if (g == NULL || (by != NULL && !yw_trust_before(&g->delegation, by, s->index)))
		return yw_fail(why, YW_EINVAL, "nobody delegated that log before it");
	if ((by == NULL ? g->issuer.code[0] != '\0' :
	    g->issuer.code[0] == '\0' || !yw_trust_acts_for(t, by, s->index, &g->issuer)) && !YW_FAULT("anybody-closes"))
		return yw_fail(why, YW_EINVAL, "%s, its issuer, or who acts for that one, is who can close it",
		    g->issuer.code[0] != '\0' ? g->issuer.code : "the network file");
	if (c->next_issuer.code[0] != '\0' && !yw_jurisdiction_above(&c->next_issuer, &g->code) && !YW_FAULT("any-next-issuer"))
		return yw_fail(why, YW_EINVAL, "the next issuer that it names, %s, is not above %s", c->next_issuer.code,
		    g->code.code);
	*out = (struct yw_closing) { .head = c->head, .revoked = c->revoked, .doubted = c->doubted,
		.doubted_from = c->doubted_from, .successor = c->successor, .next_issuer = c->next_issuer,
		.head_key = g->spans[0].keys.head, .key_set = g->spans[0].key_set };
	out->place.index = s->index;
	if (by != NULL) {
		out->place.origin = by->origin;
		out->issuer = by->code;
	}
	if (!found)
		code = find_signer(t, g, s, out, &found);
	if (code == YW_OK && !found)
		code = find_in_chain(t, g, s, out, &found);
	if (code == YW_OK && !found && !YW_FAULT("closing-unsigned"))
		return yw_fail(why, YW_EINVAL, "its head is signed by no head key that was delegated to '%s'", g->origin.text);
	return code;
}

/* --- What beats with quorum say (T7) -------------------------------------------------------------- */

static bool
same_head(const struct yw_tree_head *a, const struct yw_tree_head *b)
{
	return a->size == b->size && yw_hash_equal(&a->root, &b->root);
}

static struct beat_facts *
facts_of(const struct yw_trust *t, const char *origin, const struct yw_tree_head *head)
{
	for (size_t i = 0; i < t->n_facts; i++)
		if (same_head(&t->facts[i].head, head) && strcmp(t->facts[i].origin.text, origin) == 0)
			return &t->facts[i];
	return NULL;
}

/* Of what several say the largest is remembered, of one size the smallest root: so that the order does not matter. */
static bool
goes_for(const struct yw_tree_head *a, const struct yw_tree_head *held)
{
	if (a->size != held->size)
		return a->size > held->size;
	return memcmp(a->root.b, held->root.b, YW_HASH_BYTES) < 0;
}

static void
add_fact(struct beat_facts *f, const struct yw_beat_said *said)
{
	switch (said->relation) {
	case YW_BEAT_EXTENDS:
		if (goes_for(&said->beat, &f->largest))
			f->largest = said->beat;
		f->agrees = true;
		break;
	case YW_BEAT_AGREES:
		f->agrees = true;
		break;
	case YW_BEAT_CONTRADICTS:
		if (!f->contradicts || goes_for(&said->beat, &f->against))
			f->against = said->beat;
		f->contradicts = true;
		break;
	}
}

static bool
same_facts(const struct beat_facts *a, const struct beat_facts *b)
{
	return a->agrees == b->agrees && a->contradicts == b->contradicts && same_head(&a->largest, &b->largest) &&
	    same_head(&a->against, &b->against);
}

/* Room for what is said of another head.  NULL: no memory. */
static struct beat_facts *
new_facts(struct yw_trust *t)
{
	struct beat_facts *more = realloc(t->facts, (t->n_facts + 1) * sizeof *more);

	if (more == NULL)
		return NULL;
	t->facts = more;
	return &t->facts[t->n_facts++];
}

enum yw_code
yw_trust_say_beats(struct yw_trust *t, const char *origin, const struct yw_tree_head *closing,
    const struct yw_beat_said *said, size_t n)
{
	struct beat_facts *f = facts_of(t, origin, closing);
	struct beat_facts now = { .head = *closing };

	if (strlen(origin) > YW_ORIGIN_MAX)
		return YW_OK;		/* no log of any network */
	memcpy(now.origin.text, origin, strlen(origin) + 1);
	for (size_t i = 0; i < n; i++)
		add_fact(&now, &said[i]);
	if (f != NULL ? same_facts(f, &now) : n == 0)
		return YW_OK;
	if (f == NULL)
		f = new_facts(t);
	if (f == NULL)
		return YW_ENOMEM;
	*f = now;
	return yw_trust_recompute(t);
}

enum yw_code
yw_trust_forget_beats(struct yw_trust *t)
{
	t->n_facts = 0;
	return yw_trust_recompute(t);
}

/* --- Which one counts ----------------------------------------------------------------------------- */

static enum yw_code
ask(struct yw_trust *t, const struct yw_generation *g, const struct said_closing *said, const struct yw_closing *c,
    bool *is_void)
{
	const struct beat_facts *f = facts_of(t, g->origin.text, &c->head);
	struct yw_closing_asked *more = realloc(t->asked, (t->n_asked + 1) * sizeof *more);

	*is_void = f != NULL && f->contradicts && !f->agrees && !YW_FAULT("quorum-overruled");
	if (more == NULL)
		return YW_ENOMEM;
	t->asked = more;
	more[t->n_asked] = (struct yw_closing_asked) { .origin = g->origin, .head = c->head,
		.signed_head = { said->signed_head.size, said->signed_head.root }, .place = c->place, .is_void = *is_void };
	if (*is_void)
		more[t->n_asked].beat = f->against;
	t->n_asked++;
	return YW_OK;
}

/* T3's order of logs. */
static bool
goes_before(const struct yw_generation *by, uint64_t index, const struct yw_generation *held_by, uint64_t held)
{
	size_t near, far;

	if (by == NULL || held_by == NULL)
		return by == NULL && held_by != NULL;
	near = yw_jurisdiction_digits(&by->code);
	far = yw_jurisdiction_digits(&held_by->code);
	if (near != far)
		return near > far;
	return by->generation != held_by->generation ? by->generation < held_by->generation : index < held;
}

static void
end_by(const struct yw_trust *t, struct yw_generation *g, const struct yw_closing *c)
{
	const struct beat_facts *f = facts_of(t, g->origin.text, &c->head);

	g->open = false;
	g->closing = *c;
	g->end = c->head;
	if (f != NULL && f->largest.size > c->head.size && !YW_FAULT("closing-cuts-quorum"))
		g->end = f->largest;
}

struct chosen {
	struct yw_closing c;
	const struct yw_generation *by;		/* NULL: the network file */
	bool found;
};

static void
choose(struct chosen *held, const struct yw_generation *by, const struct yw_closing *c)
{
	if (!held->found || goes_before(by, c->place.index, held->by, held->c.place.index))
		*held = (struct chosen) { *c, by, true };
}

/* Did that log admit g itself, or do network files name both that which did and this one?  Any other may close g only because
 * some closing counts. */
static bool
is_its_issuer(const struct yw_trust *t, const struct yw_generation *by, const struct yw_generation *g)
{
	const struct yw_generation *granted_in;

	if (strcmp(g->delegation.origin.text, by->origin.text) == 0)
		return true;
	granted_in = yw_trust_origin(t, g->delegation.origin.text);
	return by->delegation.origin.text[0] == '\0' && granted_in != NULL && granted_in->delegation.origin.text[0] == '\0';
}

/* Does it count there whichever closings are void?  Else a made-up end would rest on what it takes away itself, the revocation of
 * who speaks against it: that log would end there only if it did not. */
static bool
is_sure(const struct yw_trust *t, const struct yw_generation *by, uint64_t index, const struct yw_generation *g)
{
	return by == NULL || ((index < by->sure_to || YW_FAULT("revoked-behind-the-end")) &&
	    (is_its_issuer(t, by, g) || YW_FAULT("acting-revokes")));
}

/* A closing of g in the log of `by`, if it stands: does it come first of those that are sure, and of those that are not void? */
static enum yw_code
consider(struct yw_trust *t, const struct yw_generation *by, struct statement *s, struct yw_generation *g,
    struct chosen *first, struct chosen *best)
{
	struct yw_closing c;
	bool is_void;
	enum yw_code code = yw_trust_why_not_closing(t, by, s, g, &c, NULL);

	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	s->stands = true;
	code = ask(t, g, &s->said->closing, &c, &is_void);
	if (code != YW_OK)
		return code;
	if (c.head.size < g->sure_to)
		g->sure_to = c.head.size;
	if (is_sure(t, by, s->index, g) && !(is_void && YW_FAULT("void-revokes-nobody")))
		choose(first, by, &c);
	if (!is_void)
		choose(best, by, &c);
	return YW_OK;
}

/* Whose word counts is not asked of what that word decides: two closings would else revoke who speaks against the other one, and
 * which of them is void would hang on which was heard first. */
static void
revoke(struct yw_generation *g, const struct chosen *first)
{
	g->revoked = first->found && first->c.revoked;
	if (g->revoked)
		g->revoked_by = first->c.issuer;
}

enum yw_code
yw_trust_close(struct yw_trust *t, struct yw_generation *g)
{
	const struct yw_generation *by;
	struct chosen first = { .found = false }, best = { .found = false };
	enum yw_code code = YW_OK;

	if (strcmp(t->unclosed.text, g->origin.text) == 0)
		return YW_OK;
	for (size_t i = 0; code == YW_OK && i < yw_trust_n_fed(t); i++) {
		struct fed_log *log = yw_trust_fed_at(t, i, &by);

		for (size_t j = 0; log != NULL && code == YW_OK && j < log->n; j++) {
			struct statement *s = &log->s[j];

			if (s->kind == YW_TRUST_CLOSING && s->placed && s->said->closing.generation == g->generation &&
			    yw_jurisdiction_equal(&s->said->closing.code, &g->code))
				code = consider(t, by, s, g, &first, &best);
		}
	}
	revoke(g, &first);
	if (code == YW_OK && best.found)
		end_by(t, g, &best.c);
	return code;
}

/* What the closing in force of g says; NULL: g is open. */
static const struct said_closing *
in_force(const struct yw_trust *t, const struct yw_generation *g)
{
	const struct yw_entry_place *p = &g->closing.place;
	const struct fed_log *log = p->origin.text[0] != '\0' ? yw_trust_fed(t, p->origin.text) : &t->root;

	for (size_t i = 0; !g->open && log != NULL && i < log->n; i++) {
		const struct statement *s = &log->s[i];

		if (s->kind == YW_TRUST_CLOSING && s->index == p->index &&
		    strcmp(s->said->closing.origin.text, g->origin.text) == 0 &&
		    s->said->closing.head.size == g->closing.head.size)	/* a network file may hold several */
			return &s->said->closing;
	}
	return NULL;
}

struct yw_bytes
yw_trust_closing_note(const struct yw_trust *t, const struct yw_generation *g, struct yw_tree_head *head)
{
	const struct said_closing *c = in_force(t, g);

	*head = (struct yw_tree_head) { .size = 0 };
	if (c == NULL)
		return (struct yw_bytes) { NULL, 0 };
	if (c->note.len != 0)
		*head = (struct yw_tree_head) { c->signed_head.size, c->signed_head.root };
	return yw_buf_bytes(&c->note);
}

void
yw_trust_closing_reason(const struct yw_trust *t, const struct yw_generation *g, char out[static YW_ERROR_MAX])
{
	const struct said_closing *c = in_force(t, g);

	snprintf(out, YW_ERROR_MAX, "%.*s", c != NULL ? (int)c->reason.len : 0, c != NULL ? (const char *)c->reason.data : "");
	yw_text_safe(out);
}

size_t
yw_trust_n_asked(const struct yw_trust *t)
{
	return t->n_asked;
}

const struct yw_closing_asked *
yw_trust_asked(const struct yw_trust *t, size_t i)
{
	return &t->asked[i];
}

/* --- Making ---------------------------------------------------------------------------------------- */

/* Is the generation one that may be closed now?  The sentence is for who is about to. */
static enum yw_code
judge_draft(const struct yw_trust *t, const struct yw_closing_draft *d, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(t, d->origin.text);

	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s'", d->origin.text);
	if (!g->open && !YW_FAULT("closed-again"))
		return yw_fail(err, YW_ECONFLICT, "'%s' is closed already, at %llu entries%s%s", d->origin.text,
		    (unsigned long long)g->end.size, g->closing.issuer.code[0] != '\0' ? " by " : "", g->closing.issuer.code);
	if (d->reason == NULL || d->reason[0] == '\0')
		return yw_fail(err, YW_EINVAL, "a closing states its reason: people will ask for it");
	if (yw_jurisdiction_equal(&d->next_issuer, &g->issuer) && d->next_issuer.code[0] != '\0')
		return yw_fail(err, YW_EINVAL, "%s is the issuer already: name a next one only where it is another",
		    g->issuer.code);
	if (yw_jurisdiction_equal(&d->successor, &g->code))
		return yw_fail(err, YW_EINVAL, "%s cannot be its own successor: another code takes its records over", g->code.code);
	if (d->doubted && d->doubted_from >= d->size)
		return yw_fail(err, YW_EINVAL, "the log ends at %llu entries: there is nothing to doubt from %llu on",
		    (unsigned long long)d->size, (unsigned long long)d->doubted_from);
	return YW_OK;
}

static void
fill(const struct yw_closing_draft *d, ProtobufCBinaryData path[static YW_PROOF_MAX], Yiwang__V1__Closing__Doubt *doubt,
    Yiwang__V1__Closing *m)
{
	m->origin = (char *)(uintptr_t)d->origin.text;
	m->size = d->size;
	m->head = field_of_bytes(d->head);
	m->larger_head = field_of_bytes(d->larger_head);
	m->kind = d->revoked ? YIWANG__V1__CLOSING__KIND__KIND_REVOKED : YIWANG__V1__CLOSING__KIND__KIND_ENDED;
	m->reason = (char *)(uintptr_t)d->reason;
	m->successor = (char *)(uintptr_t)d->successor.code;
	m->next_issuer = (char *)(uintptr_t)d->next_issuer.code;
	doubt->from_index = d->doubted_from;
	m->doubt = d->doubted ? doubt : NULL;
	if (d->larger_head.len == 0)
		return;
	m->root = field_of(d->root.b, sizeof d->root.b);
	for (size_t i = 0; i < d->consistency.n; i++)
		path[i] = field_of(d->consistency.h[i].b, YW_HASH_BYTES);
	m->consistency = path;
	m->n_consistency = d->consistency.n;
}

/* Would the serialised closing stand, as the last word of by's log (NULL: of the network file)? */
static enum yw_code
judge_made(const struct yw_trust *t, const struct yw_generation *by, struct yw_bytes closing, struct yw_error *err)
{
	struct statement s = { .index = by != NULL ? UINT64_MAX - 1 : UINT64_MAX, .kind = YW_TRUST_CLOSING, .placed = true };
	const struct beat_facts *f;
	struct yw_closing c;
	enum yw_code code = yw_said_closing(t, closing, &s.said, err);

	if (code != YW_OK)
		return code;
	code = yw_trust_why_not_closing(t, by, &s, yw_trust_origin(t, s.said->closing.origin.text), &c, err);
	f = code == YW_OK ? facts_of(t, s.said->closing.origin.text, &c.head) : NULL;
	if (f != NULL && f->contradicts && !f->agrees)
		code = yw_fail(err, YW_ECONFLICT, "a beat with quorum, of %llu entries, contradicts this head: close at the "
		    "branch of the quorum", (unsigned long long)f->against.size);
	yw_said_drop(s.said);
	return code;
}

static enum yw_code
make(const struct yw_trust *t, const struct yw_generation *by, const struct yw_closing_draft *d, Yiwang__V1__Closing *m,
    struct yw_error *err)
{
	struct yw_buf alone = YW_BUF_INIT;
	enum yw_code code = judge_draft(t, d, err);

	if (code == YW_OK)
		code = yw_wire_pack(&m->base, &alone, err);
	if (code == YW_OK)
		code = judge_made(t, by, yw_buf_bytes(&alone), err);
	yw_buf_release(&alone);
	if (code != YW_OK && code != YW_ENOMEM)
		yw_fail_context(err, "a closing of '%s'", d->origin.text);
	return code;
}

enum yw_code
yw_trust_make_closing(const struct yw_trust *t, const struct yw_generation *issuer, const struct yw_closing_draft *d,
    struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Closing__Doubt doubt = YIWANG__V1__CLOSING__DOUBT__INIT;
	Yiwang__V1__Closing closing = YIWANG__V1__CLOSING__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	ProtobufCBinaryData path[YW_PROOF_MAX];
	enum yw_code code;

	fill(d, path, &doubt, &closing);
	code = make(t, issuer, d, &closing, err);
	if (code != YW_OK)
		return code;
	m.kind_case = YIWANG__V1__TRUST__KIND_CLOSING;
	m.closing = &closing;
	return yw_wire_pack(&m.base, out, err);
}

enum yw_code
yw_trust_make_closing_line(const struct yw_trust *t, const struct yw_closing_draft *d, struct yw_buf *out,
    struct yw_error *err)
{
	Yiwang__V1__Closing__Doubt doubt = YIWANG__V1__CLOSING__DOUBT__INIT;
	Yiwang__V1__Closing closing = YIWANG__V1__CLOSING__INIT;
	ProtobufCBinaryData path[YW_PROOF_MAX];
	enum yw_code code;

	fill(d, path, &doubt, &closing);
	code = make(t, NULL, d, &closing, err);
	return code == YW_OK ? yw_wire_pack(&closing.base, out, err) : code;
}

enum yw_code
yw_closing_line_read(struct yw_bytes line, struct yw_closing_words *out, struct yw_error *err)
{
	Yiwang__V1__Closing *m;
	enum yw_code code = yw_decode(&yiwang__v1__closing__descriptor, line, &m, err);

	if (code != YW_OK)
		return code;
	*out = (struct yw_closing_words) { .size = m->size, .revoked = m->kind == YIWANG__V1__CLOSING__KIND__KIND_REVOKED };
	snprintf(out->origin.text, sizeof out->origin.text, "%s", m->origin);
	snprintf(out->reason, sizeof out->reason, "%s", m->reason);
	yw_text_safe(out->origin.text);		/* whoever drew it up may have written anything */
	yw_text_safe(out->reason);
	yw_decode_free(m);
	return YW_OK;
}
