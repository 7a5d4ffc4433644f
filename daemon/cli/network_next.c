/*
 * network_next.c - `yiwang network next` and `network diff`: the draft of the version after those that are there, and
 * what a version changes, in plain words (T1); `network key`: a root key that a later version can name.
 */
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/netfile.h"
#include "cli/rootkey.h"

#define CLOSING_TEXT_MAX (64u << 10)

struct next_call {
	struct yw_call call;
	const char *first, *consent, *closing, *quorum, *out;
	struct yw_words roots;
	uint64_t k;
};

static const struct yw_option next_options[] = {
	{ "first", 0, YW_OPTION_TEXT, offsetof(struct next_call, first), "REQUEST",
	    N_("grant this join request of the first node: new keys, or a new log") },
	{ "closing", 0, YW_OPTION_TEXT, offsetof(struct next_call, closing), "FILE",
	    N_("end a log of the first node, as 'yiwang network closing' has drawn it up") },
	{ "consent", 0, YW_OPTION_TEXT, offsetof(struct next_call, consent), "REQUEST",
	    N_("consent to the recovery that this join request asks for") },
	{ "quorum", 0, YW_OPTION_TEXT, offsetof(struct next_call, quorum), "RULE", N_("another quorum") },
	{ "root", 0, YW_OPTION_LIST, offsetof(struct next_call, roots), "KEY",
	    N_("other root keys: a public key, as 'yiwang network key' prints it, once for each") },
	{ "k", 0, YW_OPTION_NUMBER, offsetof(struct next_call, k), "K", N_("how many root keys must sign what comes later") },
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct next_call, out), "FILE", N_("where to write it (NAME.network-N)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

struct parts {			/* what the draft is made of */
	struct yw_network_change c;
	struct yw_vkey roots[YW_NETWORK_ROOTS_MAX];
	struct yw_buf first, request, closing, policy;
	struct yw_hash consent;
};

static void
release(struct parts *p)
{
	yw_buf_release(&p->first);
	yw_buf_release(&p->request);
	yw_buf_release(&p->closing);
	yw_buf_release(&p->policy);
}

/* One line of base64, as `network closing` writes it. */
static enum yw_code
read_closing(const char *path, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_closing_words words;
	struct yw_bytes rest, line;
	enum yw_code code = yw_file_read_input(path, CLOSING_TEXT_MAX, &text, err);

	rest = yw_buf_bytes(&text);
	if (code == YW_OK && (!yw_line_next(&rest, &line) || rest.len != 0 ||
	    yw_base64_decode((const char *)line.data, line.len, out) != YW_OK ||
	    yw_closing_line_read(yw_buf_bytes(out), &words, NULL) != YW_OK))
		code = yw_fail(err, YW_EFORMAT, "'%s' holds no closing: 'yiwang network closing' draws one up", path);
	yw_buf_release(&text);
	return code;
}

static enum yw_code
take_roots(const struct next_call *c, const struct yw_network *prev, struct parts *p, struct yw_error *err)
{
	struct yw_vkey want;
	enum yw_code code = YW_OK;

	p->c.k = c->k != 0 ? (unsigned)c->k : prev->k;
	for (size_t i = 0; code == YW_OK && i < c->roots.n; i++) {
		code = yw_vkey_parse(c->roots.word[i], strlen(c->roots.word[i]), &p->roots[i], err);
		if (code == YW_OK && (yw_root_vkey(prev->name, &p->roots[i].key, &want) != YW_OK ||
		    strcmp(want.name, p->roots[i].name) != 0))
			code = yw_fail(err, YW_EINVAL, "'%s' is no root key of network '%s'", p->roots[i].name, prev->name);
	}
	if (code != YW_OK)
		return code;
	if (c->roots.n == 0)
		memcpy(p->roots, prev->roots, prev->n_roots * sizeof *p->roots);
	p->c.roots = p->roots;
	p->c.n_roots = c->roots.n != 0 ? c->roots.n : prev->n_roots;
	return YW_OK;
}

static enum yw_code
take_parts(const struct next_call *c, const struct yw_network *prev, struct parts *p, struct yw_error *err)
{
	enum yw_code code = take_roots(c, prev, p, err);

	if (code == YW_OK && c->first != NULL)
		code = yw_read_request(c->first, &p->first, err);
	if (code == YW_OK && c->consent != NULL) {
		code = yw_read_request(c->consent, &p->request, err);
		yw_request_hash(yw_buf_bytes(&p->request), &p->consent);
		p->c.consent = &p->consent;
	}
	if (code == YW_OK && c->closing != NULL)
		code = read_closing(c->closing, &p->closing, err);
	p->c.first = yw_buf_bytes(&p->first);
	p->c.closing = yw_buf_bytes(&p->closing);
	p->c.policy_lines = c->quorum != NULL ? yw_buf_str(&p->policy) : NULL;
	return code;
}

static enum yw_code
write_draft(const struct next_call *c, const struct yw_network *prev, const struct parts *p, struct yw_error *err)
{
	struct yw_buf draft = YW_BUF_INIT, change = YW_BUF_INIT;
	char path[YW_CLI_PATH_MAX];
	struct yw_network n;
	enum yw_code code = yw_network_next(prev, &p->c, &draft, err);

	if (c->out != NULL && strlen(c->out) >= sizeof path)
		code = yw_fail(err, YW_ELIMIT, "path too long: '%s'", c->out);
	snprintf(path, sizeof path, "%s.network-%llu", prev->name, (unsigned long long)prev->version + 1);
	if (c->out != NULL)
		snprintf(path, sizeof path, "%s", c->out);
	if (code == YW_OK)
		code = yw_network_parse(yw_buf_bytes(&draft), &prev->hash, &n, err);
	if (code == YW_OK) {
		yw_netfile_diff(prev, &n, &change);
		yw_network_release(&n);
		code = yw_file_write(path, draft.data, draft.len, 0644, false, err);
	}
	if (code == YW_OK) {
		struct yw_bytes rest = yw_buf_bytes(&change), line;

		while (yw_line_next(&rest, &line))
			yw_say("%.*s", (int)line.len, (const char *)line.data);
		yw_say(_("draft written: %s; next: yiwang network sign %s --previous FILE..."), path, path);
	}
	yw_buf_release(&draft);
	yw_buf_release(&change);
	return code;
}

static enum yw_exit
network_next(struct yw_call *call)
{
	const struct next_call *c = (const struct next_call *)call;
	struct parts p = { .first = YW_BUF_INIT, .request = YW_BUF_INIT, .closing = YW_BUF_INIT, .policy = YW_BUF_INIT };
	struct yw_trust *t = NULL;
	struct yw_error err;
	enum yw_code code;

	if (c->quorum != NULL && yw_quorum_lines(c->quorum, &p.policy) != YW_OK)
		return yw_misused(call->command, _("option '--quorum': '%s' is neither 'N of CODE...', nor 'none', nor group and "
		    "quorum lines"), c->quorum);
	if (c->k > YW_NETWORK_ROOTS_MAX)
		return yw_misused(call->command, _("at most %d root keys, and no more must sign than there are"),
		    YW_NETWORK_ROOTS_MAX);
	code = yw_netfile_walk((const char *const *)call->operands, call->n_operands, &t, &err);
	if (code == YW_OK)
		code = take_parts(c, yw_trust_network(t), &p, &err);
	if (code == YW_OK)
		code = write_draft(c, yw_trust_network(t), &p, &err);
	release(&p);
	yw_trust_free(t);
	return code == YW_OK ? YW_EXIT_DONE : yw_failed(&err);
}

const struct yw_command yw_cmd_network_next = {
	.name = "network next",
	.operands = "FILE...",
	.summary = N_("Writes the unsigned draft of the next version of a network file."),
	.details = N_("FILE... are all versions so far, from version 1 on. What is not said stays as it is. It holds when enough of\n"
	    "the root keys of the last version and enough of its own have signed it: 'yiwang network sign'."),
	.min = 1, .max = YW_WORDS_MAX,
	.options = next_options,
	.size = sizeof(struct next_call),
	.run = network_next,
};

/* --- What a version changes ------------------------------------------------------------------------ */

/* Names in it are whatever somebody wrote: each line is made safe, as talk is (base/text.h). */
static enum yw_exit
put_change(const struct yw_buf *text)
{
	struct yw_bytes rest = yw_buf_bytes(text), line;
	struct yw_buf out = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_error err;

	while (yw_line_next(&rest, &line)) {
		size_t at = out.len;

		yw_buf_add(&out, line.data, line.len);
		yw_buf_add_byte(&out, '\0');
		if (out.failed)
			break;
		yw_text_safe((char *)out.data + at);
		out.len = at + strlen((char *)out.data + at);
		yw_buf_add_byte(&out, '\n');
	}
	status = yw_buf_check(&out, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&out)) : yw_failed(&err);
	yw_buf_release(&out);
	return status;
}

static enum yw_exit
network_diff(struct yw_call *call)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_trust *t = NULL;
	struct yw_network n;
	struct yw_error err;
	enum yw_exit status = YW_EXIT_FAILED;
	enum yw_code code;

	code = yw_netfile_walk((const char *const *)call->operands, call->n_operands - 1, &t, &err);
	if (code == YW_OK)
		code = yw_netfile_read(call->operands[call->n_operands - 1], yw_trust_network(t), &n, &err);
	if (code == YW_OK) {
		yw_netfile_diff(yw_trust_network(t), &n, &text);
		yw_network_release(&n);
		code = yw_buf_check(&text, &err);
	}
	if (code == YW_OK)
		status = put_change(&text);
	else
		yw_failed(&err);
	yw_buf_release(&text);
	yw_trust_free(t);
	return status;
}

const struct yw_command yw_cmd_network_diff = {
	.name = "network diff",
	.operands = "FILE... FILE",
	.summary = N_("Says in words what a version of the network file, or its draft, changes of the one before."),
	.details = N_("All versions from version 1 on; the last one is what is looked at."),
	.min = 2, .max = YW_WORDS_MAX,
	.run = network_diff,
};

/* --- A root key ------------------------------------------------------------------------------------- */

static enum yw_exit
network_key(struct yw_call *call)
{
	const char *name = call->operands[0], *path = call->operands[1];
	struct yw_buf text = YW_BUF_INIT;
	struct yw_rootkey key;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (!yw_network_name_valid(name))
		return yw_misused(call->command, _("a network's name is 1 to 64 of a-z, 0-9, dot and hyphen, not '%s'"), name);
	if (access(path, F_OK) == 0) {
		code = yw_rootkey_read(path, &key, &err);
	} else {
		code = yw_rootkey_make(path, name, &key, &err);
		if (code == YW_OK)
			yw_say(_("root key made: %s (secret: whoever has it can sign for the whole network)"), path);
	}
	if (code != YW_OK)
		return yw_failed(&err);
	yw_vkey_text(&key.pub, &text);
	yw_wipe(&key, sizeof key);
	yw_buf_add_byte(&text, '\n');
	status = yw_buf_check(&text, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&text)) : yw_failed(&err);
	yw_buf_release(&text);
	return status;
}

const struct yw_command yw_cmd_network_key = {
	.name = "network key",
	.operands = "NAME FILE",
	.summary = N_("Makes a root key in a file, unless it is there, and prints its public key."),
	.details = N_("The public key goes to whoever drafts the next version of the network file: 'yiwang network next --root'."),
	.min = 2, .max = 2,
	.run = network_key,
};
