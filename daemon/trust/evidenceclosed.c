/*
 * evidenceclosed.c - entries that no beat covers: the closing of their log stands for the beat (L10).
 *
 * A closing holds a head that its log's own key has signed, so the entry proves into that; that the closing exists, and by
 * when, is what the beat of the issuer's log shows.
 */
#include "record/wire.h"
#include "tlog/tlogproof.h"
#include "trust/evidence_int.h"
#include "trust/trust_int.h"

enum yw_code
yw_evidence_closer(struct yw_trust *t, const struct evidence *e, struct yw_origin *out, struct yw_error *err)
{
	const struct yw_generation *g = NULL;
	struct yw_generation given;
	struct yw_tlog_proof p;
	struct yw_checkpoint head;
	struct yw_note note;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < e->n_closing_links; i++) {
		struct yw_origin above = given.origin;

		code = yw_evidence_link(t, &e->closing_links[i], i == 0 ? NULL : above.text, &given, err);
	}
	if (code != YW_OK)
		return code;
	code = yw_tlog_proof_parse(e->closing.proof, &p, err);
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
	if (code == YW_OK && e->n_closing_links != 0 && strcmp(given.origin.text, head.origin) != 0)
		code = yw_fail(err, YW_EFORMAT, "its links do not lead to '%s'", head.origin);
	if (code != YW_OK) {
		yw_fail_context(err, "evidence line %zu (closing)", e->closing.line);
		return code;
	}
	*out = g->origin;
	return YW_OK;
}

/* Fed with it, the registry must say that this very closing ends the log. */
static enum yw_code
feed(struct yw_trust *t, const struct yw_origin *issuer, const struct evidence_proved *p, struct yw_generation *g,
    struct yw_error *err)
{
	const struct yw_generation *closed;
	struct yw_error alarm;

	if (p->e.trust_kind != YW_TRUST_CLOSING)
		return yw_fail(err, YW_EINVAL, "it is no closing");
	if (yw_trust_add(t, issuer, p->index, &p->e, &alarm) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for an evidence file");
	closed = yw_trust_origin(t, g->origin.text);
	if (closed == NULL || closed->open || closed->closing.place.index != p->index ||
	    strcmp(closed->closing.place.origin.text, issuer->text) != 0)
		return yw_fail(err, YW_EINVAL, "%s", alarm.msg[0] != '\0' ? alarm.msg : "it does not end the log of the entry");
	*g = *closed;
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

enum yw_code
yw_evidence_prove_closed(struct yw_trust *t, const struct evidence *e, struct yw_generation *g,
    struct evidence_registrar *registrar, struct evidence_proved *out, struct yw_error *err)
{
	struct evidence_proved closing;
	struct yw_origin issuer;
	enum yw_code code = yw_evidence_closer(t, e, &issuer, err);

	if (code == YW_OK)
		code = yw_evidence_prove(t, yw_trust_origin(t, issuer.text), &e->by, &e->closing, NULL, "closing", &closing, err);
	if (code != YW_OK)
		return code;
	code = feed(t, &issuer, &closing, g, err);
	if (code != YW_OK)
		yw_fail_context(err, "evidence line %zu (closing)", e->closing.line);
	yw_entry_release(&closing.e);
	if (code == YW_OK && e->has_registrar) {
		code = prove_entry(t, &e->registrar, g, NULL, "registrar", out, err);
		if (code == YW_OK)
			code = yw_evidence_read_registrar(e, out, registrar, err);
	}
	if (code == YW_OK)
		code = prove_entry(t, &e->entry, g, e->has_registrar ? &registrar->key : NULL, "entry", out, err);
	out->beat = closing.beat;
	return code;
}
