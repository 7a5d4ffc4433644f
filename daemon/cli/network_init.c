/*
 * network_init.c - `yiwang network init`: the draft of a network file and its root keys.
 */
#include <unistd.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/netfile.h"
#include "cli/rootkey.h"

struct init_call {
	struct yw_call call;
	uint64_t roots, k;
	struct yw_words keys;
};

static const struct yw_option init_options[] = {
	{ "roots", 0, YW_OPTION_NUMBER, offsetof(struct init_call, roots), "N", N_("how many root keys there are (1)") },
	{ "k", 0, YW_OPTION_NUMBER, offsetof(struct init_call, k), "K", N_("how many of them must sign (1)") },
	{ "key", 0, YW_OPTION_LIST, offsetof(struct init_call, keys), "FILE",
	    N_("the file of a root key, once for each; one that exists is used, else it is made") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* The key of file i: --key FILE, or NAME.root, or NAME.root-1 and on. */
static enum yw_code
key_path(const struct init_call *c, size_t i, char out[static YW_CLI_PATH_MAX], struct yw_error *err)
{
	const char *name = c->call.operands[0];
	int n;

	if (c->keys.n != 0)
		n = snprintf(out, YW_CLI_PATH_MAX, "%s", c->keys.word[i]);
	else if (c->roots == 1)
		n = snprintf(out, YW_CLI_PATH_MAX, "%s.root", name);
	else
		n = snprintf(out, YW_CLI_PATH_MAX, "%s.root-%zu", name, i + 1);
	return n < YW_CLI_PATH_MAX ? YW_OK : yw_fail(err, YW_ELIMIT, "path too long: '%s'", c->keys.word[i]);
}

static enum yw_code
take_key(const struct init_call *c, size_t i, struct yw_vkey *out, struct yw_error *err)
{
	const char *network = c->call.operands[0];
	struct yw_rootkey key;
	char path[YW_CLI_PATH_MAX];
	struct yw_vkey want;
	bool made = false;
	enum yw_code code;

	code = key_path(c, i, path, err);
	if (code == YW_OK && access(path, F_OK) != 0) {
		code = yw_rootkey_make(path, network, &key, err);
		made = true;
	} else if (code == YW_OK) {
		code = yw_rootkey_read(path, &key, err);
	}
	if (code != YW_OK)
		return code;
	*out = key.pub;
	yw_wipe(&key, sizeof key);
	if (yw_root_vkey(network, &out->key, &want) != YW_OK || strcmp(want.name, out->name) != 0)
		return yw_fail(err, YW_EINVAL, "the key in '%s' is '%s', no root key of network '%s'", path, out->name, network);
	if (made)
		yw_say(_("root key made: %s (secret: whoever has it can sign for the whole network)"), path);
	else
		yw_say(_("root key taken as it is: %s"), path);
	return YW_OK;
}

static enum yw_code
write_draft(const struct init_call *c, const char *path, struct yw_error *err)
{
	struct yw_vkey roots[YW_NETWORK_ROOTS_MAX];
	struct yw_buf draft = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	if (access(path, F_OK) == 0)	/* before any key is made */
		return yw_fail(err, YW_ECONFLICT, "'%s' exists already", path);
	for (size_t i = 0; code == YW_OK && i < c->roots; i++)
		code = take_key(c, i, &roots[i], err);
	if (code == YW_OK)
		code = yw_network_draft(c->call.operands[0], (unsigned)c->k, roots, c->roots, &draft, err);
	if (code == YW_OK)
		code = yw_file_write(path, draft.data, draft.len, 0644, false, err);
	yw_buf_release(&draft);
	return code;
}

static enum yw_exit
network_init(struct yw_call *call)
{
	struct init_call *c = (struct init_call *)call;
	const char *name = call->operands[0];
	char path[YW_CLI_PATH_MAX];
	struct yw_error err;

	if (!yw_network_name_valid(name))
		return yw_misused(call->command, _("a network's name is 1 to 64 of a-z, 0-9, dot and hyphen, not '%s'"), name);
	c->roots = c->roots != 0 ? c->roots : c->keys.n != 0 ? c->keys.n : 1;
	c->k = c->k != 0 ? c->k : 1;
	if (c->roots > YW_NETWORK_ROOTS_MAX || c->k > c->roots)
		return yw_misused(call->command, _("at most %d root keys, and no more must sign than there are"),
		    YW_NETWORK_ROOTS_MAX);
	if (c->keys.n != 0 && c->keys.n != c->roots)
		return yw_misused(call->command, _("--key is needed once for each of the %llu root keys, or not at all"),
		    (unsigned long long)c->roots);
	snprintf(path, sizeof path, "%s.network", name);
	if (write_draft(c, path, &err) != YW_OK)
		return yw_failed(&err);
	yw_say(_("draft written: %s"), path);
	yw_say(_("next: yiwang node init --network %s --code CODE, for the first node; then yiwang network sign"), path);
	return YW_EXIT_DONE;
}

const struct yw_command yw_cmd_network_init = {
	.name = "network init",
	.operands = "NAME",
	.summary = N_("Writes NAME.network, the unsigned draft of a network file, and its root keys."),
	.details = N_("The root keys act for the whole network: keep them off the machines of the nodes."),
	.min = 1, .max = 1,
	.options = init_options,
	.size = sizeof(struct init_call),
	.run = network_init,
};
