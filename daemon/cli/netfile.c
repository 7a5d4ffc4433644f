/*
 * netfile.c - see netfile.h.
 */
#include "cli/netfile.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/cli.h"

enum yw_code
yw_netfile_read_of(const char *path, const struct yw_hash *network, struct yw_network *out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code;

	code = yw_file_read_input(path, YW_NETWORK_FILE_MAX, &text, err);
	if (code == YW_OK) {
		code = yw_network_parse(yw_buf_bytes(&text), network, out, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_buf_release(&text);
	return code;
}

enum yw_code
yw_netfile_read(const char *path, const struct yw_network *before, struct yw_network *out, struct yw_error *err)
{
	struct yw_network n;
	enum yw_code code = yw_netfile_read_of(path, before != NULL ? &before->hash : NULL, &n, err);

	if (code != YW_OK)
		return code;
	if (before != NULL && n.version != before->version + 1) {
		code = yw_fail(err, YW_EINVAL, "'%s': version %llu of the network file does not follow version %llu", path,
		    (unsigned long long)n.version, (unsigned long long)before->version);
		yw_network_release(&n);
		return code;
	}
	*out = n;
	return YW_OK;
}

static enum yw_code
walk_step(const char *path, struct yw_trust *t, struct yw_error *err)
{
	struct yw_network n;
	enum yw_code code = yw_netfile_read(path, yw_trust_network(t), &n, err);

	if (code != YW_OK)
		return code;
	code = yw_trust_add_network(t, yw_buf_bytes(&n.note), err);
	if (code != YW_OK)
		yw_fail_context(err, "'%s'", path);
	yw_network_release(&n);
	return code;
}

enum yw_code
yw_netfile_walk(const char *const *paths, size_t n, struct yw_trust **out, struct yw_error *err)
{
	struct yw_trust *t = NULL;
	struct yw_network first;
	enum yw_code code = yw_netfile_read(paths[0], NULL, &first, err);

	if (code != YW_OK)
		return code;
	code = yw_network_verify(&first, err);
	if (code != YW_OK)
		yw_fail_context(err, "'%s'", paths[0]);
	if (code == YW_OK)
		code = yw_trust_new(&first, &t, err);
	yw_network_release(&first);
	for (size_t i = 1; code == YW_OK && i < n; i++)
		code = walk_step(paths[i], t, err);
	if (code == YW_OK)
		*out = t;
	else
		yw_trust_free(t);
	return code;
}

bool
yw_netfile_has_signed(const struct yw_network *n, const struct yw_vkey *root)
{
	struct yw_note note;
	bool good;

	if (yw_network_is_draft(yw_buf_bytes(&n->note)) || yw_note_parse(yw_buf_bytes(&n->note), &note, NULL) != YW_OK)
		return false;
	good = yw_note_check(&note, root, NULL) == YW_OK;
	yw_note_release(&note);
	return good;
}

unsigned
yw_netfile_count(const struct yw_network *n, const struct yw_network *by)
{
	unsigned signed_by = 0;

	for (size_t i = 0; i < by->n_roots; i++)
		signed_by += yw_netfile_has_signed(n, &by->roots[i]);
	return signed_by;
}

bool
yw_netfile_complete(const struct yw_network *n, const struct yw_network *before)
{
	return yw_netfile_count(n, n) >= n->k && (before == NULL || yw_netfile_count(n, before) >= before->k);
}

void
yw_netfile_warn(const struct yw_network *n)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_policy_text(n->policy, &text);
	if (yw_policy_is_split(n->policy))
		yw_say(_("warning: two groups of nodes with nobody in common can both meet this quorum, so two histories of one "
		    "log could each have it"));
	else if (strcmp(yw_buf_str(&text), "quorum none\n") == 0)
		yw_say(_("warning: there is no quorum, so no verdict will say that others have seen a record"));
	yw_buf_release(&text);
}

enum yw_code
yw_quorum_lines(const char *rule, struct yw_buf *out)
{
	struct yw_bytes rest = yw_bytes_str(rule), members, after;
	const char *of = strstr(rule, " of ");

	if (strcmp(rule, "none") == 0) {
		yw_buf_add_str(out, "quorum none\n");
		return YW_OK;
	}
	if (yw_line_after(rest, "group ", &after) || yw_line_after(rest, "quorum ", &after)) {
		yw_buf_add_str(out, rule);
		if (rule[strlen(rule) - 1] != '\n')
			yw_buf_add_byte(out, '\n');
		return YW_OK;
	}
	if (of == NULL)
		return YW_EFORMAT;
	members = yw_bytes_str(of + strlen(" of "));
	yw_buf_printf(out, "group nodes %.*s %.*s\nquorum nodes\n", (int)(of - rule), rule, (int)members.len,
	    (const char *)members.data);
	return YW_OK;
}

/* --- What a version changes ------------------------------------------------------------------------ */

static bool
has_root(const struct yw_network *n, const struct yw_vkey *v)
{
	for (size_t i = 0; i < n->n_roots; i++)
		if (yw_pubkey_equal(&n->roots[i].key, &v->key))
			return true;
	return false;
}

static void
diff_roots(const struct yw_network *before, const struct yw_network *n, struct yw_buf *out)
{
	for (size_t i = 0; i < n->n_roots; i++)
		if (!has_root(before, &n->roots[i])) {
			yw_buf_add_str(out, _("a root key is added: "));
			yw_vkey_text(&n->roots[i], out);
			yw_buf_add_byte(out, '\n');
		}
	for (size_t i = 0; i < before->n_roots; i++)
		if (!has_root(n, &before->roots[i])) {
			yw_buf_add_str(out, _("a root key is taken out, and signs no later version: "));
			yw_vkey_text(&before->roots[i], out);
			yw_buf_add_byte(out, '\n');
		}
	if (n->k != before->k)
		yw_buf_printf(out, _("%u root keys must sign a later version, and not %u as before\n"), n->k, before->k);
}

static void
diff_first(const struct yw_network *n, size_t i, struct yw_buf *out)
{
	char fingerprint[YW_FINGERPRINT_MAX];
	struct yw_request r;

	if (yw_request_read(n->first[i], NULL, &r, NULL, NULL) != YW_OK)
		return;		/* was read by the parser */
	yw_request_fingerprint(n->first[i], fingerprint);
	if (r.key_set != 0)
		yw_buf_printf(out, _("the first node %s gets new keys: key set %u of generation %u, fingerprint %s\n"), r.code.code,
		    (unsigned)r.key_set, (unsigned)r.generation, fingerprint);
	else
		yw_buf_printf(out, _("the first node %s gets a new log, generation %u, fingerprint %s\n"), r.code.code,
		    (unsigned)r.generation, fingerprint);
}

static void
diff_closing(const struct yw_network *n, size_t i, struct yw_buf *out)
{
	struct yw_closing_words c;

	if (yw_closing_line_read(n->closings[i], &c, NULL) != YW_OK)
		yw_buf_add_str(out, _("a closing that says nothing is carried\n"));
	else if (c.revoked)
		yw_buf_printf(out, _("the log '%s' ends at %llu entries, and its keys are revoked: %s\n"), c.origin.text,
		    (unsigned long long)c.size, c.reason);
	else
		yw_buf_printf(out, _("the log '%s' ends at %llu entries: %s\n"), c.origin.text, (unsigned long long)c.size,
		    c.reason);
}

static void
diff_policy(const struct yw_network *before, const struct yw_network *n, struct yw_buf *out)
{
	struct yw_buf was = YW_BUF_INIT, is = YW_BUF_INIT;
	struct yw_bytes rest, line;

	yw_policy_text(before->policy, &was);
	yw_policy_text(n->policy, &is);
	if (!yw_bytes_equal(yw_buf_bytes(&was), yw_buf_bytes(&is))) {
		rest = yw_buf_bytes(&was);
		while (yw_line_next(&rest, &line))
			yw_buf_printf(out, _("the quorum was: %.*s\n"), (int)line.len, (const char *)line.data);
		rest = yw_buf_bytes(&is);
		while (yw_line_next(&rest, &line))
			yw_buf_printf(out, _("the quorum is: %.*s\n"), (int)line.len, (const char *)line.data);
	}
	out->failed |= was.failed | is.failed;
	yw_buf_release(&was);
	yw_buf_release(&is);
}

void
yw_netfile_diff(const struct yw_network *before, const struct yw_network *n, struct yw_buf *out)
{
	struct yw_buf hex = YW_BUF_INIT;
	size_t start = out->len;

	diff_roots(before, n, out);
	for (size_t i = 0; i < n->n_first; i++)
		diff_first(n, i, out);
	for (size_t i = 0; i < n->n_consents; i++) {
		yw_buf_clear(&hex);
		yw_hex_add(&hex, n->consents[i].data, n->consents[i].len);
		yw_buf_printf(out, _("the recovery with the request of hash %s is consented to\n"), yw_buf_str(&hex));
	}
	for (size_t i = 0; i < n->n_closings; i++)
		diff_closing(n, i, out);
	diff_policy(before, n, out);
	if (out->len == start)
		yw_buf_printf(out, _("it changes nothing of version %llu\n"), (unsigned long long)before->version);
	yw_buf_release(&hex);
}
