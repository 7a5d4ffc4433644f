/*
 * evidenceclosed.c - closings in an evidence file: one in place of a beat that covers the entry (L10), or beside it where it
 * doubts the entry (T6), and what ended the key of a mirror whose receipt had its part in a quorum (T12).
 *
 * A closing holds a head that its log's own key has signed, so the entry proves into that; that the closing exists, and by
 * when, is what the beat of the issuer's log shows.  The first node's log is closed by a version of the network file, which
 * tells no time: that comes from the beat of a later log of the first node that holds this version, if one does.
 */
#include <stdlib.h>

#include "record/wire.h"
#include "tlog/tlogproof.h"
#include "trust/evidence_int.h"
#include "trust/fields.h"

enum yw_code
yw_evidence_closer(struct yw_trust *t, const struct evidence_ending *c, const char *what, struct yw_origin *out,
    struct yw_error *err)
{
	const struct yw_generation *g = NULL;
	struct yw_generation given;
	struct yw_tlog_proof p;
	struct yw_checkpoint head;
	struct yw_note note;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < c->n_links; i++) {
		struct yw_origin above = given.origin;

		code = yw_evidence_link(t, &c->links[i], i == 0 ? NULL : above.text, &given, err);
	}
	if (code != YW_OK)
		return code;
	code = yw_tlog_proof_parse(c->entry.proof, &p, err);
	if (code == YW_OK)
		code = yw_note_parse(p.checkpoint, &note, err);
	if (code == YW_OK) {
		code = yw_checkpoint_parse(note.text, &head, err);
		yw_note_release(&note);
	}
	if (code == YW_OK)
		g = yw_trust_origin(t, head.origin);
	if (code == YW_OK && g == NULL)
		code = yw_fail(err, YW_EINVAL, "nothing leads to '%s'", head.origin);
	if (code == YW_OK && c->n_links != 0 && strcmp(given.origin.text, head.origin) != 0)
		code = yw_fail(err, YW_EFORMAT, "its links do not lead to '%s'", head.origin);
	if (code != YW_OK) {
		yw_fail_context(err, "evidence line %zu (%s)", c->entry.line, what);
		return code;
	}
	*out = g->origin;
	return YW_OK;
}

/* The generation that the closing ends, in a registry that was fed with it. */
static const struct yw_generation *
find_ended(const struct yw_trust *then, const struct yw_origin *issuer, uint64_t index)
{
	for (size_t i = 0; i < yw_trust_count(then); i++) {
		const struct yw_generation *g = yw_trust_at(then, i);

		if (!g->open && g->closing.place.index == index && strcmp(g->closing.place.origin.text, issuer->text) == 0)
			return g;
	}
	return NULL;
}

/* What a closing ends, whatever receipts are on its beat or, with `alone`, if none are.  *then: t, and the closing. */
static enum yw_code
take_ending(struct yw_trust *t, struct evidence *e, const struct evidence_ending *c, const char *what, bool alone,
    struct yw_trust **then, const struct yw_generation **g, struct yw_error *err)
{
	struct evidence_proved p;
	struct yw_origin issuer;
	struct yw_error alarm = { 0 };
	enum yw_code code = yw_evidence_closer(t, c, what, &issuer, err);

	if (code == YW_OK)
		code = yw_evidence_prove(t, yw_trust_origin(t, issuer.text), alone ? &yw_evidence_nobody : NULL, &c->entry, NULL,
		    what, &p, err);
	if (code != YW_OK)
		return code;
	code = yw_trust_copy(t, then, err);
	if (code == YW_OK && yw_trust_add(*then, &issuer, p.index, &p.e, &alarm) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for an evidence file");
	*g = code == YW_OK && p.e.trust_kind == YW_TRUST_CLOSING ? find_ended(*then, &issuer, p.index) : NULL;
	if (code == YW_OK && *g == NULL)
		code = yw_fail(err, YW_EINVAL, "evidence line %zu (%s): %s", c->entry.line, what, p.e.trust_kind != YW_TRUST_CLOSING ?
		    "it is no closing" : alarm.msg[0] != '\0' ? alarm.msg : "it ends no log of this file");
	if (code == YW_OK)
		e->endings[e->n_endings++] = (struct yw_ended) { (*g)->origin, (*g)->closing.issuer };
	yw_entry_release(&p.e);
	return code;
}

/* --- Of a mirror (T12) --------------------------------------------------------------------------- */

static bool
is_known(const struct yw_trust *t, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (yw_jurisdiction_equal(&yw_trust_at(t, i)->code, code))
			return true;
	return false;
}

/* A mirror's links go on from what was proven before, one below the other, and end at the mirror. */
static enum yw_code
take_chain(struct yw_trust *t, const struct evidence_mirror *m, struct yw_error *err)
{
	struct yw_generation g = { 0 };
	struct yw_origin issuer;
	enum yw_code code;

	for (size_t i = 0; i < m->n_links; i++) {
		issuer = g.origin;
		code = yw_evidence_link(t, &m->links[i], i == 0 ? NULL : issuer.text, &g, err);
		if (code != YW_OK)
			return code;
	}
	if (m->n_links != 0 && !yw_jurisdiction_equal(&g.code, &m->code))
		return yw_fail(err, YW_EINVAL, "evidence line %zu (link): it does not lead to mirror %s",
		    m->links[m->n_links - 1].line, m->code.code);
	if (!is_known(t, &m->code))
		return yw_fail(err, YW_EINVAL, "evidence line %zu: nothing leads to mirror %s", m->line, m->code.code);
	return YW_OK;
}

static enum yw_code
end_mirror(struct yw_trust *t, struct evidence *e, const struct evidence_mirror *m, struct yw_error *err)
{
	const struct yw_generation *g;
	struct yw_trust *then = NULL;
	enum yw_code code = take_ending(t, e, &m->closing, "closing", true, &then, &g, err);

	if (code == YW_OK && !yw_jurisdiction_equal(&g->code, &m->code))
		code = yw_fail(err, YW_EINVAL, "evidence line %zu (closing): it ends no log of mirror %s", m->closing.entry.line,
		    m->code.code);
	yw_trust_free(then);
	return code;
}

enum yw_code
yw_evidence_take_mirrors(struct yw_trust *t, struct evidence *e, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < e->by.n; i++) {
		code = take_chain(t, &e->mirrors[i], err);
		if (code == YW_OK && e->mirrors[i].closing.given)
			code = end_mirror(t, e, &e->mirrors[i], err);
	}
	return code;
}

/* --- Of the subject (L10) ------------------------------------------------------------------------ */

/* T1: a line of that version ends it, and no earlier one. */
static enum yw_code
end_first(struct yw_trust *t, struct evidence *e, const struct yw_generation *g, struct yw_error *err)
{
	if (g->open || g->closing.place.origin.text[0] != '\0' || g->closing.place.index != e->ended)
		return yw_fail(err, YW_EINVAL, "evidence, ended: version %llu of the network file is not what ends '%s'",
		    (unsigned long long)e->ended, g->origin.text);
	return e->logged.given ? yw_evidence_closer(t, &e->logged, "logged", &e->closer, err) : YW_OK;
}

enum yw_code
yw_evidence_end_subject(struct yw_trust *t, struct evidence *e, struct yw_generation *g, struct yw_error *err)
{
	const struct evidence_ending *c = e->doubted.given ? &e->doubted : &e->closing;
	const char *what = e->doubted.given ? "doubted" : "closing";
	const struct yw_generation *ended;
	enum yw_code code;

	if (e->ended != 0)
		return end_first(t, e, g, err);
	if (!c->given)
		return YW_OK;
	code = take_ending(t, e, c, what, e->doubted.given, &e->then, &ended, err);
	if (code == YW_OK && strcmp(ended->origin.text, g->origin.text) != 0)
		code = yw_fail(err, YW_EINVAL, "evidence line %zu (%s): it does not end the log of the entry", c->entry.line, what);
	if (code != YW_OK)
		return code;
	e->closer = ended->closing.place.origin;
	*g = *ended;
	return YW_OK;
}

/* An entry, in the head as the closing has it. */
static enum yw_code
prove_unnamed(const struct yw_trust *t, const struct evidence_entry *in, const struct yw_generation *g,
    const struct yw_pubkey *signer, struct evidence_proved *out, struct yw_error *err)
{
	struct yw_checkpoint head = { .size = 0 };
	struct yw_tree_head lead;
	struct yw_bytes note = yw_trust_closing_note(t, g, &lead);
	struct yw_tlog_proof p;
	enum yw_code code = yw_tlog_proof_parse(in->proof, &p, err);

	if (code != YW_OK)
		return code;
	if (p.extra.data != NULL || !yw_bytes_equal(p.checkpoint, note))
		return yw_fail(err, YW_EFORMAT, "its proof does not lead to the head as the closing has it");
	if (p.index >= g->closing.head.size)
		return yw_fail(err, YW_EINVAL, "the log ends before it");
	head.size = lead.size;
	head.root = lead.root;
	out->index = p.index;
	out->checkpoint = note;
	code = yw_proven_entry(g, in->envelope, p.index, &p.path, &head, signer, &out->e, err);
	if (code == YW_OK && out->e.standing != YW_STANDING_APPLIED) {
		code = yw_fail(err, YW_EINVAL, "it is kept without effect: %s", out->e.why);
		yw_entry_release(&out->e);
	}
	return code;
}

static enum yw_code
prove_entry(const struct yw_trust *t, const struct evidence_entry *in, const struct yw_generation *g,
    const struct yw_pubkey *signer, const char *what, struct evidence_proved *out, struct yw_error *err)
{
	enum yw_code code = prove_unnamed(t, in, g, signer, out, err);

	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (%s)", in->line, what);
	return code;
}

/* Is it in a log of the first node, and does it hold that version? */
static enum yw_code
check_logged(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *by,
    const struct evidence_proved *p, struct yw_error *err)
{
	Yiwang__V1__Trust *m;
	struct yw_note n;
	struct yw_hash text;
	enum yw_code code;

	if (by->issuer.code[0] != '\0' || p->e.trust_kind != YW_TRUST_NETWORK_VERSION)
		return yw_fail(err, YW_EINVAL, "it is no version of the network file, in a log of the first node");
	code = yw_decode(&yiwang__v1__trust__descriptor, p->e.trust, &m, err);
	if (code != YW_OK)
		return code;
	code = yw_note_parse(bytes_of(&m->network_version->network_file), &n, err);
	if (code == YW_OK) {
		yw_sha256(n.text.data, n.text.len, &text);
		yw_note_release(&n);
		if (!yw_hash_equal(&text, &yw_trust_network_at(t, (size_t)e->ended - 1)->text_sha256))
			code = yw_fail(err, YW_EINVAL, "it holds another network file than version %llu", (unsigned long long)e->ended);
	}
	yw_decode_free(m);
	return code;
}

/* The beat that says by when the log was closed.  Where the network file did it and no log shows that: none. */
static enum yw_code
judge_cover(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *g, struct evidence_proved *out,
    struct yw_error *err)
{
	const struct evidence_ending *c = e->ended != 0 ? &e->logged : &e->closing;
	const struct yw_generation *by = c->given ? yw_trust_origin(t, e->closer.text) : NULL;
	const char *what = e->ended != 0 ? "logged" : "closing";
	struct yw_witnesses w = yw_evidence_witnesses(e);
	enum yw_code code;

	*out = (struct evidence_proved) { .beat.quorum = yw_trust_unwitnessed(t, g) };
	if (by == NULL)
		return YW_OK;
	code = yw_evidence_prove(t, by, &w, &c->entry, NULL, what, out, err);
	if (code != YW_OK)
		return code;
	if (e->ended != 0)
		code = check_logged(t, e, by, out, err);
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (%s)", c->entry.line, what);
	yw_entry_release(&out->e);
	return code;
}

enum yw_code
yw_evidence_prove_closed(const struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct evidence_registrar *registrar, struct evidence_proved *out, struct yw_error *err)
{
	const struct yw_trust *then = e->then != NULL ? e->then : t;
	struct evidence_proved cover;
	enum yw_code code = judge_cover(t, e, g, &cover, err);

	if (code == YW_OK && e->has_registrar) {
		code = prove_entry(then, &e->registrar, g, NULL, "registrar", out, err);
		if (code == YW_OK)
			code = yw_evidence_read_registrar(e, out, registrar, err);
	}
	if (code == YW_OK)
		code = prove_entry(then, &e->entry, g, e->has_registrar ? &registrar->key : NULL, "entry", out, err);
	out->beat = cover.beat;
	out->covered = cover.index;
	return code;
}
