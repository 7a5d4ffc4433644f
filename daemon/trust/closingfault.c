/*
 * closingfault.c - a closing at a head that a beat with quorum contradicts (T7): void, and a contradiction of the issuer
 * who logged it, shown by the two of them.
 */
#include "record/wire.h"
#include "trust/evidence_int.h"

/* Two heads of one log: do they contradict each other (L6)? */
static enum yw_code
check_heads(const struct yw_tree_head *a, const struct yw_tree_head *b, const struct yw_hash *instead,
    const struct yw_proof *proof, struct yw_error *err)
{
	const struct yw_tree_head *small = a->size <= b->size ? a : b, *large = small == a ? b : a;

	if (a->size == b->size ? yw_hash_equal(&a->root, &b->root) : yw_hash_equal(&small->root, instead))
		return yw_fail(err, YW_EINVAL, "the beat does not contradict the head of the closing");
	if (a->size != b->size && yw_check_consistency(small->size, instead, large->size, &large->root, proof) != YW_OK)
		return yw_fail(err, YW_ESIG, "the consistency proof fails, which proves nothing");
	return YW_OK;
}

static const struct yw_closing_asked *
find_asked(const struct yw_trust *t, const char *origin, const struct yw_entry_place *place)
{
	for (size_t i = 0; i < yw_trust_n_asked(t); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(t, i);

		if (a->place.index == place->index && strcmp(a->place.origin.text, place->origin.text) == 0 &&
		    strcmp(a->origin.text, origin) == 0)
			return a;
	}
	return NULL;
}

/* --- Judging a file --- */

/* The closing, fed to t: does it stand, void or not? */
static enum yw_code
take_closing(struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct yw_contradiction_verdict *out, struct yw_error *err)
{
	const struct yw_closing_asked *a;
	struct evidence_proved p;
	struct yw_origin by;
	struct yw_error alarm;
	enum yw_code code = yw_evidence_closer(t, &e->closing, "closing", &by, err);

	if (code == YW_OK)
		code = yw_evidence_prove(t, yw_trust_origin(t, by.text), &yw_evidence_nobody, &e->closing.entry, NULL, "closing", &p,
		    err);
	if (code != YW_OK)
		return code;
	out->closing = (struct yw_entry_place) { by, p.index };
	out->closer = yw_trust_origin(t, by.text)->code;
	if (yw_trust_add(t, &by, p.index, &p.e, &alarm) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for an evidence file");
	yw_entry_release(&p.e);
	a = code == YW_OK ? find_asked(t, g->origin.text, &out->closing) : NULL;
	if (a != NULL)
		out->end = a->head;
	else if (code == YW_OK)
		code = yw_fail(err, YW_EINVAL, "evidence line %zu (closing): %s", e->closing.entry.line,
		    alarm.msg[0] != '\0' ? alarm.msg : "it does not end that log");
	return code;
}

/* The beat has its quorum by the mirrors that the file names, and no other lines. */
static enum yw_code
take_beat(struct yw_trust *t, struct evidence *e, const struct yw_generation *g, struct yw_contradiction_verdict *out,
    struct yw_error *err)
{
	struct yw_witnesses by = yw_evidence_witnesses(e);
	struct yw_beat_verdict v;
	size_t counted = 0;
	enum yw_code code = yw_evidence_take_mirrors(t, e, err);

	if (code == YW_OK)
		code = yw_trust_judge_beat_by(t, g, e->beat, &by, &v, err);
	if (code == YW_OK)
		code = yw_evidence_check_lines(t, e->beat, v.n_receipts, err);
	for (size_t i = 0; code == YW_OK && i < v.n_receipts; i++)
		counted += !v.receipts[i].cut;
	if (code == YW_OK && (v.quorum != YW_QUORUM_MET || counted != e->by.n))
		code = yw_fail(err, YW_EINVAL, "the mirrors of this file make no quorum for the beat, or have not all signed it");
	if (code != YW_OK)
		return code;
	out->beat = (struct yw_tree_head) { v.head.size, v.head.root };
	out->quorum_time_s = v.quorum_time_s;
	return YW_OK;
}

enum yw_code
yw_closing_contradiction_check(struct yw_trust *t, struct evidence *e, const struct yw_generation *g,
    struct yw_contradiction_verdict *out, struct yw_error *err)
{
	enum yw_code code;

	*out = (struct yw_contradiction_verdict) { .of = YW_CONTRADICTION_CLOSING, .origin = g->origin, .code = g->code };
	code = take_closing(t, e, g, out, err);
	if (code == YW_OK)
		code = take_beat(t, e, g, out, err);
	if (code == YW_OK && e->has_root != (out->end.size != out->beat.size))
		code = yw_fail(err, YW_EFORMAT, "a root is given for heads of one size, or missing");
	if (code == YW_OK)
		code = check_heads(&out->end, &out->beat, &e->c.instead, &e->c.consistency, err);
	if (code != YW_OK)
		yw_fail_context(err, "evidence, closing and beat");
	return code;
}

/* --- Making one --- */

static enum yw_code
add_beat(const struct yw_trust *t, const struct yw_generation *g, const struct yw_void_closing *c,
    const struct yw_log_reader *r, struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf stripped = YW_BUF_INIT;
	struct yw_beat_verdict v;
	struct evidence_codes by;
	enum yw_code code = yw_trust_judge_beat(t, g, c->beat, &v, err);

	if (code == YW_OK && v.quorum != YW_QUORUM_MET && v.stands)
		code = yw_fail(err, YW_EINVAL, "the quorum that makes the closing of '%s' void is none any more, by the newest network file "
		    "and the logs that are open: nothing proves it offline", g->origin.text);
	if (code != YW_OK)
		return code;
	yw_evidence_choose(t, g, &v, &by);
	code = yw_beat_strip(t, g, c->beat, by.c, by.generation, by.n, &stripped, err);
	yw_sealed_add(out, "beat", yw_buf_bytes(&stripped));
	yw_buf_release(&stripped);
	if (v.head.size != c->asked.head.size)
		yw_evidence_add_parting(&c->instead, &c->consistency, out);
	return code == YW_OK ? yw_evidence_add_mirrors(t, &by, r, given, out, err) : code;
}

enum yw_code
yw_evidence_add_closing(const struct yw_trust *t, const char *word, const struct yw_entry_place *at, const struct yw_log_reader *r,
    struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *by = yw_trust_origin(t, at->origin.text);
	struct yw_buf envelope = YW_BUF_INIT, beat = YW_BUF_INIT;
	struct yw_checkpoint head;
	enum yw_code code = r->entry(r->arg, at->origin.text, at->index, &envelope, err);

	if (code == YW_OK)
		code = r->beat(r->arg, at->origin.text, at->index + 1, &beat, &head, err);
	if (code == YW_OK)
		code = yw_evidence_add_entry(t, by, word, yw_buf_bytes(&envelope), at->index, yw_buf_bytes(&beat), NULL, r, out, err);
	yw_buf_release(&envelope);
	yw_buf_release(&beat);
	return code == YW_OK ? yw_evidence_add_links(t, by, NULL, r, given, out, err) : code;
}

enum yw_code
yw_closing_contradiction_make(const struct yw_trust *t, const struct yw_void_closing *c, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(t, c->asked.origin.text);
	const struct yw_generation *by = yw_trust_origin(t, c->asked.place.origin.text);
	struct evidence_given given = { .n = 0 };
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	if (g == NULL || by == NULL)
		return yw_fail(err, YW_ENOENT, "the closing of '%s' stands in the network file, where everybody sees it", c->asked.origin.text);
	code = yw_evidence_begin(t, "contradiction", &made, err);
	if (code == YW_OK)
		code = yw_evidence_add_links(t, g, NULL, r, &given, &made, err);
	if (code == YW_OK)
		code = yw_evidence_add_closing(t, "closing", &c->asked.place, r, &given, &made, err);
	if (code == YW_OK)
		code = add_beat(t, g, c, r, &given, &made, err);
	return yw_contradiction_end(t, code, &made, out, err);
}
