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
};

static const struct yw_option sign_options[] = {
	{ "key", 0, YW_OPTION_TEXT, offsetof(struct sign_call, key), "FILE", N_("the root key to sign with") },
	{ "first", 0, YW_OPTION_TEXT, offsetof(struct sign_call, first), "REQUEST",
	    N_("put in the first node, by its join request") },
	{ "quorum", 0, YW_OPTION_TEXT, offsetof(struct sign_call, quorum), "RULE",
	    N_("put in who makes a quorum: '2 of 320000 320100 320102', 'none', or group and quorum lines") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* The policy lines of --quorum.  YW_EFORMAT: neither of its three forms. */
static enum yw_code
quorum_lines(const char *rule, struct yw_buf *out)
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

static enum yw_code
sign(const struct sign_call *c, const char *policy, struct yw_network *out, struct yw_error *err)
{
	const char *path = c->call.operands[0];
	struct yw_buf text = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_rootkey key;
	struct yw_network n;
	enum yw_code code;

	code = yw_netfile_read(path, &n, err);
	if (code != YW_OK)
		return code;
	code = complete(c, &n, policy, &text, err);
	yw_network_release(&n);
	if (code == YW_OK)
		code = yw_rootkey_read(c->key, &key, err);
	if (code == YW_OK) {
		code = yw_network_sign(NULL, yw_buf_bytes(&text), &key.sec, &key.pub.key, &note, err);
		yw_wipe(&key, sizeof key);
	}
	if (code == YW_OK)
		code = yw_network_parse(yw_buf_bytes(&note), NULL, out, err);
	if (code == YW_OK) {
		code = yw_file_write(path, note.data, note.len, 0644, true, err);
		if (code != YW_OK)
			yw_network_release(out);
	}
	yw_buf_release(&text);
	yw_buf_release(&note);
	return code;
}

static enum yw_exit
network_sign(struct yw_call *call)
{
	struct sign_call *c = (struct sign_call *)call;
	struct yw_buf policy = YW_BUF_INIT;
	struct yw_network n;
	struct yw_error err;
	enum yw_code code;
	unsigned have;

	if (c->key == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--key FILE");
	if (c->quorum != NULL && quorum_lines(c->quorum, &policy) != YW_OK)
		return yw_misused(call->command, _("option '--quorum': '%s' is neither 'N of CODE...', nor 'none', nor group and "
		    "quorum lines"), c->quorum);
	code = sign(c, c->quorum != NULL ? yw_buf_str(&policy) : NULL, &n, &err);
	yw_buf_release(&policy);
	if (code != YW_OK)
		return yw_failed(&err);
	have = yw_netfile_count(&n);
	yw_netfile_warn(&n);
	if (have >= n.k)
		yw_say(_("%s has %u of the %u signatures that it needs: complete, every node gets this file"),
		    call->operands[0], have, n.k);
	else
		yw_say(_("%s has %u of the %u signatures that it needs"), call->operands[0], have, n.k);
	yw_network_release(&n);
	return YW_EXIT_DONE;
}

const struct yw_command yw_cmd_network_sign = {
	.name = "network sign",
	.operands = "DRAFT --key FILE",
	.summary = N_("Signs a network file with one root key, in place."),
	.details = N_("The first who signs puts in the first node and the quorum; what is signed cannot be changed. "
	    "Compare the\nfingerprint of the first node with its admin before signing: 'yiwang network show DRAFT'."),
	.min = 1, .max = 1,
	.options = sign_options,
	.size = sizeof(struct sign_call),
	.run = network_sign,
};
