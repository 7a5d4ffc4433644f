/*
 * contradiction.c - two heads that cannot both be honest (L6), two network files of one version (T1): judged, written
 * down, judged offline.  What speaks against a roster is in rosterfault.c.
 *
 * The format of the file stands in evidence.c.
 */
#include "trust/evidence_int.h"

static enum yw_code
check_head(const struct yw_generation *g, struct yw_bytes note, struct yw_checkpoint *out, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct yw_note n;
	enum yw_code code;

	code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, &c, err);
	yw_note_release(&n);
	if (code == YW_OK && strcmp(c.origin, g->origin.text) != 0)
		code = yw_fail(err, YW_EINVAL, "a head of '%s' says nothing of '%s'", c.origin, g->origin.text);
	if (code == YW_OK)
		code = yw_head_check(note, &yw_generation_head_keys(g, c.size)->head, out, err);
	return code;
}

enum yw_code
yw_contradiction_check(const struct yw_generation *g, const struct yw_contradiction *c,
    struct yw_contradiction_verdict *out, struct yw_error *err)
{
	struct yw_checkpoint a, b;
	enum yw_code code;

	code = check_head(g, c->head_a, &a, err);
	if (code == YW_OK)
		code = check_head(g, c->head_b, &b, err);
	if (code != YW_OK)
		return code;
	if (a.size > b.size)
		return yw_fail(err, YW_EINVAL, "the larger head stands first");
	if (a.size == b.size ? yw_hash_equal(&a.root, &b.root) : yw_hash_equal(&a.root, &c->instead))
		return yw_fail(err, YW_EINVAL, "the two heads of '%s' agree", g->origin.text);
	if (a.size != b.size &&
	    yw_check_consistency(a.size, &c->instead, b.size, &b.root, &c->consistency) != YW_OK)
		return yw_fail(err, YW_ESIG, "the consistency proof fails, which proves nothing");
	*out = (struct yw_contradiction_verdict) { .origin = g->origin, .code = g->code, .size_a = a.size,
		.size_b = b.size, .root_a = a.root, .root_b = b.root };
	out->instead = a.size != b.size ? c->instead : b.root;
	return YW_OK;
}

/* The head's own line only: receipts and cosignatures make no contradiction. */
static enum yw_code
add_head(const struct yw_generation *g, struct yw_bytes note, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_checkpoint c;
	struct yw_note n;
	struct yw_vkey v;
	enum yw_code code;

	code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, &c, err);
	if (code == YW_OK)
		code = yw_vkey_make(g->origin.text, YW_NOTE_ED25519, &yw_generation_head_keys(g, c.size)->head, &v);
	yw_buf_add(&head, n.text.data, n.text.len);
	yw_buf_add_byte(&head, '\n');
	for (size_t i = 0, found = 0; code == YW_OK && i < n.n_sigs && !found; i++) {
		found = n.sigs[i].id == v.id && yw_bytes_equal(n.sigs[i].name, yw_bytes_str(v.name));
		if (found)
			yw_buf_add(&head, n.sigs[i].line.data, n.sigs[i].line.len);
	}
	if (code == YW_OK)
		code = yw_buf_check(&head, err);
	yw_sealed_add(out, "head", yw_buf_bytes(&head));
	yw_note_release(&n);
	yw_buf_release(&head);
	return code;
}

/* Equal sizes stand by rising root, so that one pair is one text. */
static bool
is_swapped(const struct yw_contradiction_verdict *v)
{
	return v->size_a == v->size_b && memcmp(v->root_a.b, v->root_b.b, YW_HASH_BYTES) > 0;
}

void
yw_evidence_add_parting(const struct yw_hash *instead, const struct yw_proof *consistency, struct yw_buf *out)
{
	yw_sealed_add(out, "root", (struct yw_bytes) { instead->b, YW_HASH_BYTES });
	for (size_t i = 0; i < consistency->n; i++)
		yw_sealed_add(out, "path", (struct yw_bytes) { consistency->h[i].b, YW_HASH_BYTES });
}

enum yw_code
yw_contradiction_end(const struct yw_trust *t, enum yw_code code, struct yw_buf *made, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_contradiction_verdict v;

	if (code == YW_OK)
		code = yw_evidence_end(made, err);
	if (code == YW_OK)
		code = yw_contradiction_verify(yw_trust_network(t), yw_buf_bytes(made), &v, err);
	if (code == YW_OK) {
		yw_buf_add(out, made->data, made->len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(made);
	return code;
}

enum yw_code
yw_contradiction_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_contradiction *c,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err)
{
	struct evidence_given given = { .n = 0 };
	struct yw_contradiction_verdict v;
	struct yw_buf made = YW_BUF_INIT;
	bool swap;
	enum yw_code code;

	code = yw_contradiction_check(g, c, &v, err);
	if (code != YW_OK)
		return code;
	swap = is_swapped(&v);
	code = yw_evidence_begin(t, "contradiction", &made, err);
	if (code == YW_OK)
		code = yw_evidence_add_links(t, g, NULL, r, &given, &made, err);
	if (code == YW_OK)
		code = add_head(g, swap ? c->head_b : c->head_a, &made, err);
	if (code == YW_OK)
		code = add_head(g, swap ? c->head_a : c->head_b, &made, err);
	if (v.size_a != v.size_b)
		yw_evidence_add_parting(&c->instead, &c->consistency, &made);
	return yw_contradiction_end(t, code, &made, out, err);
}

/* Canonical: one line on each head, rising, and a proof exactly where sizes differ. */
static enum yw_code
check_form(const struct evidence *e, const struct yw_contradiction_verdict *v, struct yw_error *err)
{
	const struct yw_bytes heads[] = { e->c.head_a, e->c.head_b };
	struct yw_note n;
	enum yw_code code;

	for (size_t i = 0; i < 2; i++) {
		code = yw_note_parse(heads[i], &n, err);
		if (code != YW_OK)
			return code;
		if (n.n_sigs != 1)
			code = yw_fail(err, YW_EFORMAT, "a head holds more than its own line");
		yw_note_release(&n);
		if (code != YW_OK)
			return code;
	}
	if (is_swapped(v))
		return yw_fail(err, YW_EFORMAT, "heads of one size are not sorted by their roots");
	if (e->has_root != (v->size_a != v->size_b))
		return yw_fail(err, YW_EFORMAT, "a root is given for heads of one size, or missing");
	return YW_OK;
}

/* --- The root keys (T1) --- */

enum yw_code
yw_network_contradiction_make(const struct yw_trust *t, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_network *twin = yw_trust_network_twin(t);
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	if (twin == NULL)
		return yw_fail(err, YW_ENOENT, "the root keys have signed one network file of each version, as far as this node knows");
	code = yw_evidence_begin(t, "contradiction", &made, err);
	yw_sealed_add(&made, "twin", yw_buf_bytes(&twin->note));
	return yw_contradiction_end(t, code, &made, out, err);
}

/* Whose own file is the twin holds what contradicts it. */
static enum yw_code
verify_network(const struct yw_network *n, const struct evidence *e, struct yw_contradiction_verdict *out,
    struct yw_error *err)
{
	const struct yw_network *twin;
	struct yw_trust *t = NULL;
	enum yw_code code = yw_evidence_carried(n, e, &t, err);
	bool carried = code == YW_OK;	/* two that are carried contradict nothing here: they are no row of versions */

	if (carried)
		code = yw_trust_add_network(t, e->twin, err);
	if (code == YW_OK)
		code = yw_fail(err, YW_EINVAL, "the two network files agree, or are of two versions");
	twin = carried && code == YW_ECONFLICT ? yw_trust_network_twin(t) : NULL;
	if (twin != NULL)
		code = yw_hash_equal(&twin->text_sha256, &n->text_sha256) ? YW_OK : yw_evidence_add_ours(t, n, err);
	if (code == YW_OK && twin != NULL)
		*out = (struct yw_contradiction_verdict) { .of = YW_CONTRADICTION_NETWORK, .version = twin->version,
			.text = yw_trust_network_at(t, (size_t)twin->version - 1)->text_sha256, .twin = twin->text_sha256 };
	yw_trust_free(t);
	if (code != YW_OK)
		yw_fail_context(err, "evidence, network files");
	return code;
}

/* --- Any --- */

static enum yw_code
verify_of_log(const struct yw_network *n, struct evidence *e, struct yw_contradiction_verdict *out,
    struct yw_error *err)
{
	struct evidence_path path;
	struct yw_trust *t = NULL;
	struct yw_generation g;
	enum yw_code code = yw_evidence_start(n, e, &t, err);

	if (code == YW_OK)
		code = yw_evidence_walk(t, e, &g, &path, err);
	if (code == YW_OK && e->of == YW_CONTRADICTION_ROSTER) {
		code = yw_roster_contradiction_check(t, e, &g, out, err);
	} else if (code == YW_OK && e->of == YW_CONTRADICTION_CLOSING) {
		code = yw_closing_contradiction_check(t, e, &g, out, err);
	} else if (code == YW_OK) {
		code = yw_contradiction_check(&g, &e->c, out, err);
		if (code == YW_OK)
			code = check_form(e, out, err);
		if (code != YW_OK)
			yw_fail_context(err, "evidence, heads");
	}
	yw_trust_free(t);
	if (code != YW_OK)
		return code;
	memcpy(out->via, path.code, path.n * sizeof *path.code);
	out->n_via = path.n;
	return YW_OK;
}

enum yw_code
yw_contradiction_verify(const struct yw_network *n, struct yw_bytes text, struct yw_contradiction_verdict *out,
    struct yw_error *err)
{
	struct yw_contradiction_verdict v;
	struct evidence *e = NULL;
	enum yw_code code = yw_evidence_read(text, YW_EVIDENCE_CONTRADICTION, &e, err);

	if (code == YW_OK)
		code = e->of == YW_CONTRADICTION_NETWORK ? verify_network(n, e, &v, err) : verify_of_log(n, e, &v, err);
	yw_evidence_free(e);
	if (code == YW_OK)
		*out = v;
	return code;
}
