/*
 * networkmake.c - drafts of a network file, and its signing by one root key after another.
 *
 * Works on the text, line by line, so that what somebody has written stays as it was; what comes out
 * is read back before it is handed over.
 */
#include "base/text.h"
#include "trust/network.h"

/* Hands over what was made if it is a network file. */
static enum yw_code
hand_over(struct yw_buf *made, const struct yw_hash *network, struct yw_buf *out, struct yw_error *err)
{
	struct yw_network n;
	enum yw_code code;

	code = yw_buf_check(made, err);
	if (code == YW_OK)
		code = yw_network_parse(yw_buf_bytes(made), network, &n, err);
	if (code != YW_OK)
		return code;
	yw_network_release(&n);
	yw_buf_add(out, made->data, made->len);
	return yw_buf_check(out, err);
}

enum yw_code
yw_network_draft(const char *name, unsigned k, const struct yw_vkey *roots, size_t n_roots, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&made, "yiwang-network/v1\nname %s\nversion 1\nprevious -\nroot %u", name, k);
	for (size_t i = 0; i < n_roots; i++) {
		yw_buf_add_byte(&made, ' ');
		yw_vkey_text(&roots[i], &made);
	}
	yw_buf_add_str(&made, "\nquorum none\n");
	code = hand_over(&made, NULL, out, err);
	yw_buf_release(&made);
	return code;
}

static bool
is_policy(struct yw_bytes line)
{
	struct yw_bytes value;

	return yw_line_after(line, "group ", &value) || yw_line_after(line, "quorum ", &value);
}

/* Does the line come after the `first` lines? */
static bool
is_after_first(struct yw_bytes line)
{
	struct yw_bytes value;

	return yw_line_after(line, "consent ", &value) || yw_line_after(line, "closing ", &value) || is_policy(line);
}

static void
add_first(struct yw_bytes text, struct yw_bytes first, struct yw_buf *out)
{
	struct yw_buf line = YW_BUF_INIT;
	struct yw_bytes old;
	bool there = false;

	yw_buf_add_str(&line, "first ");
	yw_base64_add(&line, first.data, first.len);
	while (yw_line_next(&text, &old))
		there |= yw_bytes_equal(old, yw_buf_bytes(&line));
	if (!there) {
		yw_buf_add(out, line.data, line.len);
		yw_buf_add_byte(out, '\n');
	}
	out->failed |= line.failed;
	yw_buf_release(&line);
}

enum yw_code
yw_network_complete(struct yw_bytes draft, struct yw_bytes first, const char *policy_lines, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_buf made = YW_BUF_INIT;
	struct yw_bytes rest = draft, line;
	bool pending = first.len != 0;
	struct yw_network n;
	enum yw_code code;

	if (!yw_network_is_draft(draft))
		return yw_fail(err, YW_EINVAL, "the network file is signed: a change would void the signatures");
	code = yw_network_parse(draft, NULL, &n, err);
	if (code != YW_OK)
		return code;
	yw_network_release(&n);
	while (yw_line_next(&rest, &line)) {
		if (pending && is_after_first(line)) {
			add_first(draft, first, &made);
			pending = false;
		}
		if (policy_lines != NULL && is_policy(line))
			continue;
		yw_buf_add(&made, line.data, line.len);
		yw_buf_add_byte(&made, '\n');
	}
	if (policy_lines != NULL)
		yw_buf_add_str(&made, policy_lines);
	code = hand_over(&made, NULL, out, err);
	yw_buf_release(&made);
	return code;
}

/* --- Later versions (T1) ------------------------------------------------------------------------- */

static void
add_roots(const struct yw_network *prev, const struct yw_network_change *c, struct yw_buf *out)
{
	const struct yw_vkey *roots = c->n_roots != 0 ? c->roots : prev->roots;
	size_t n = c->n_roots != 0 ? c->n_roots : prev->n_roots;

	yw_buf_printf(out, "root %u", c->n_roots != 0 ? c->k : prev->k);
	for (size_t i = 0; i < n; i++) {
		yw_buf_add_byte(out, ' ');
		yw_vkey_text(&roots[i], out);
	}
	yw_buf_add_byte(out, '\n');
}

static void
add_base64_line(const char *word, struct yw_bytes value, struct yw_buf *out)
{
	if (value.len == 0)
		return;
	yw_buf_add_str(out, word);
	yw_base64_add(out, value.data, value.len);
	yw_buf_add_byte(out, '\n');
}

enum yw_code
yw_network_next(const struct yw_network *prev, const struct yw_network_change *c, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&made, "yiwang-network/v1\nname %s\nversion %llu\nprevious ", prev->name,
	    (unsigned long long)prev->version + 1);
	yw_base64_add(&made, prev->text_sha256.b, sizeof prev->text_sha256.b);
	yw_buf_add_byte(&made, '\n');
	add_roots(prev, c, &made);
	add_base64_line("first ", c->first, &made);
	if (c->consent != NULL) {
		yw_buf_add_str(&made, "consent ");
		yw_hex_add(&made, c->consent->b, sizeof c->consent->b);
		yw_buf_add_byte(&made, '\n');
	}
	add_base64_line("closing ", c->closing, &made);
	if (c->policy_lines != NULL)
		yw_buf_add_str(&made, c->policy_lines);
	else
		yw_policy_text(prev->policy, &made);
	code = hand_over(&made, &prev->hash, out, err);
	yw_buf_release(&made);
	return code;
}

/* --- Signing ------------------------------------------------------------------------------------- */

/* The root key with these bytes, of the file or of the version before it. */
static const struct yw_vkey *
find_root(const struct yw_network *n, const struct yw_network *prev, const struct yw_pubkey *pub)
{
	for (size_t i = 0; i < n->n_roots; i++)
		if (yw_pubkey_equal(&n->roots[i].key, pub))
			return &n->roots[i];
	for (size_t i = 0; prev != NULL && i < prev->n_roots; i++)
		if (yw_pubkey_equal(&prev->roots[i].key, pub))
			return &prev->roots[i];
	return NULL;
}

/* Appends the line of this key, if it is a root key that has not signed yet. */
static enum yw_code
add_signature(const struct yw_network *n, const struct yw_network *prev, const struct yw_seckey *root,
    const struct yw_pubkey *pub, struct yw_buf *made, struct yw_error *err)
{
	const struct yw_vkey *v = find_root(n, prev, pub);
	struct yw_note note;
	enum yw_code code;

	if (v == NULL)
		return yw_fail(err, YW_EINVAL, "this key is no root key of network '%s'", n->name);
	if (n->version == 1 && n->n_first == 0)
		return yw_fail(err, YW_EINVAL, "the draft names no first node yet: add its request before signing, with --first");
	yw_buf_add(made, n->note.data, n->note.len);
	if (yw_network_is_draft(yw_buf_bytes(&n->note))) {
		yw_buf_add_byte(made, '\n');
		return yw_note_sign(yw_buf_bytes(&n->note), v, root, made, err);
	}
	code = yw_note_parse(yw_buf_bytes(&n->note), &note, err);
	if (code != YW_OK)
		return code;
	code = yw_note_check(&note, v, NULL);
	if (code == YW_ENOENT)
		code = yw_note_sign(note.text, v, root, made, err);
	else if (code != YW_OK)
		yw_fail(err, code, "the signature by this root key that is there does not verify");
	yw_note_release(&note);
	return code;
}

enum yw_code
yw_network_sign(const struct yw_network *prev, struct yw_bytes data, const struct yw_seckey *root,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_hash *network = prev != NULL ? &prev->hash : NULL;
	struct yw_buf made = YW_BUF_INIT;
	struct yw_network n;
	enum yw_code code;

	code = yw_network_parse(data, network, &n, err);
	if (code != YW_OK)
		return code;
	if (prev != NULL && n.version != prev->version + 1)
		code = yw_fail(err, YW_EINVAL, "version %llu of the network file does not follow version %llu",
		    (unsigned long long)n.version, (unsigned long long)prev->version);
	if (code == YW_OK)
		code = add_signature(&n, prev, root, pub, &made, err);
	if (code == YW_OK)
		code = hand_over(&made, network, out, err);
	yw_buf_release(&made);
	yw_network_release(&n);
	return code;
}
