/*
 * network_sign.c - `yiwang network sign`: one root key's signature under a network file.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/netfile.h"
#include "cli/rootkey.h"

struct sign_call {
	struct yw_call call;
	const char *key, *first, *quorum;
	struct yw_words previous;
};

static const struct yw_option sign_options[] = {
	{ "key", 0, YW_OPTION_TEXT, offsetof(struct sign_call, key), "FILE", N_("the root key to sign with") },
	{ "first", 0, YW_OPTION_TEXT, offsetof(struct sign_call, first), "REQUEST",
	    N_("put in the first node, by its join request") },
	{ "quorum", 0, YW_OPTION_TEXT, offsetof(struct sign_call, quorum), "RULE",
	    N_("put in who makes a quorum: '2 of 320000 320100 320102', 'none', or group and quorum lines") },
	{ "previous", 0, YW_OPTION_LIST, offsetof(struct sign_call, previous), "FILE",
	    N_("of a later version: those before it, from version 1 on, once for each") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* The text with --first and --quorum put in.  In a signed file they must change nothing: whoever signs after
 * the first may give the same words. */
static enum yw_code
complete(const struct sign_call *c, const struct yw_network *n, const char *policy, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_bytes note = yw_buf_bytes(&n->note), text = note;
	const uint8_t *gap = memmem(note.data, note.len, "\n\n", 2);
	struct yw_buf request = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	if (gap != NULL)
		text.len = (size_t)(gap - note.data) + 1;
	if (c->first != NULL)
		code = yw_read_request(c->first, &request, err);
	if (code == YW_OK)
		code = yw_network_complete(text, yw_buf_bytes(&request), policy, out, err);
	yw_buf_release(&request);
	if (code != YW_OK || gap == NULL)
		return code;
	if (!yw_bytes_equal(yw_buf_bytes(out), text))
		return yw_fail(err, YW_EINVAL, "the network file is signed: a change would void the signatures");
	yw_buf_clear(out);
	yw_buf_add(out, note.data, note.len);
	return yw_buf_check(out, err);
}

/* To whoever signs: what the signature is given to. */
static void
say_change(const struct yw_network *before, const struct yw_network *n)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_bytes rest, line;

	yw_netfile_diff(before, n, &text);
	rest = yw_buf_bytes(&text);
	while (yw_line_next(&rest, &line))
		yw_say("%.*s", (int)line.len, (const char *)line.data);
	yw_buf_release(&text);
}

/* What the file says before this signature: version 1 completed, a later one as it was drafted. */
static enum yw_code
take_text(const struct sign_call *c, const struct yw_network *before, const char *policy, struct yw_buf *text,
    struct yw_error *err)
{
	struct yw_network n;
	enum yw_code code = yw_netfile_read(c->call.operands[0], before, &n, err);

	if (code != YW_OK)
		return code;
	if (before == NULL) {
		code = complete(c, &n, policy, text, err);
	} else {
		say_change(before, &n);
		yw_buf_add(text, n.note.data, n.note.len);
		code = yw_buf_check(text, err);
	}
	yw_network_release(&n);
	return code;
}

static enum yw_code
sign(const struct sign_call *c, const struct yw_network *before, const char *policy, struct yw_network *out,
    struct yw_error *err)
{
	const char *path = c->call.operands[0];
	struct yw_buf text = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_rootkey key;
	enum yw_code code = take_text(c, before, policy, &text, err);

	if (code == YW_OK)
		code = yw_rootkey_read(c->key, &key, err);
	if (code == YW_OK) {
		code = yw_network_sign(before, yw_buf_bytes(&text), &key.sec, &key.pub.key, &note, err);
		yw_wipe(&key, sizeof key);
	}
	if (code == YW_OK)
		code = yw_network_parse(yw_buf_bytes(&note), before != NULL ? &before->hash : NULL, out, err);
	if (code == YW_OK) {
		code = yw_file_write(path, note.data, note.len, 0644, true, err);
		if (code != YW_OK)
			yw_network_release(out);
	}
	yw_buf_release(&text);
	yw_buf_release(&note);
	return code;
}

/* To who makes the network: by its fingerprint the first node is known, and whoever else signs can compare it too. */
static void
say_first(const struct yw_network *n)
{
	char fingerprint[YW_FINGERPRINT_MAX];

	for (size_t i = 0; i < n->n_first; i++) {
		yw_request_fingerprint(n->first[i], fingerprint);
		yw_say(_("first node %s, fingerprint %s: it must be what its admin reads out, before anybody gets this file"),
		    n->first_code.code, fingerprint);
	}
}

static void
say_state(const char *path, const struct yw_network *n, const struct yw_network *before)
{
	yw_netfile_warn(n);
	if (before == NULL)
		say_first(n);
	else
		yw_say(_("%s has %u of the %u signatures that it needs by the root keys of version %llu"), path,
		    yw_netfile_count(n, before), before->k, (unsigned long long)before->version);
	if (!yw_netfile_complete(n, before))
		yw_say(_("%s has %u of the %u signatures that it needs"), path, yw_netfile_count(n, n), n->k);
	else if (before == NULL)
		yw_say(_("%s has %u of the %u signatures that it needs: complete, every node gets this file"), path,
		    yw_netfile_count(n, n), n->k);
	else
		yw_say(_("%s has %u of the %u signatures that it needs: complete, and one node hands it to all: yiwang network add"),
		    path, yw_netfile_count(n, n), n->k);
}

static enum yw_exit
network_sign(struct yw_call *call)
{
	struct sign_call *c = (struct sign_call *)call;
	const struct yw_network *before = NULL;
	struct yw_buf policy = YW_BUF_INIT;
	struct yw_trust *t = NULL;
	struct yw_network n;
	struct yw_error err;
	enum yw_code code = YW_OK;

	if (c->key == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--key FILE");
	if (c->previous.n != 0 && (c->first != NULL || c->quorum != NULL))
		return yw_misused(call->command, _("a later version is made by 'yiwang network next', with what it changes"));
	if (c->quorum != NULL && yw_quorum_lines(c->quorum, &policy) != YW_OK)
		return yw_misused(call->command, _("option '--quorum': '%s' is neither 'N of CODE...', nor 'none', nor group and "
		    "quorum lines"), c->quorum);
	if (c->previous.n != 0) {
		code = yw_netfile_walk(c->previous.word, c->previous.n, &t, &err);
		before = code == YW_OK ? yw_trust_network(t) : NULL;
	}
	if (code == YW_OK)
		code = sign(c, before, c->quorum != NULL ? yw_buf_str(&policy) : NULL, &n, &err);
	yw_buf_release(&policy);
	if (code == YW_OK) {
		say_state(call->operands[0], &n, before);
		yw_network_release(&n);
	}
	yw_trust_free(t);
	return code == YW_OK ? YW_EXIT_DONE : yw_failed(&err);
}

const struct yw_command yw_cmd_network_sign = {
	.name = "network sign",
	.operands = "DRAFT --key FILE",
	.summary = N_("Signs a network file with one root key, in place."),
	.details = N_("The first who signs puts in the first node and the quorum; what is signed cannot be changed. "
	    "Compare the\nfingerprint of the first node with its admin before signing: 'yiwang network show DRAFT'. What a later version\n"
	    "changes is shown by 'yiwang network diff', and said again here."),
	.min = 1, .max = 1,
	.options = sign_options,
	.size = sizeof(struct sign_call),
	.run = network_sign,
};
