/*
 * registrar_request.c - `yiwang registrar request`: a registrar's key, made where it will sign, and the request that
 * shows to the owner's admin that it is held there (T13).
 */
#include <unistd.h>

#include "cli/commands.h"
#include "cli/rootkey.h"

struct request_call {
	struct yw_call call;
	const char *key, *out;
};

static const struct yw_option options[] = {
	{ "key", 0, YW_OPTION_TEXT, offsetof(struct request_call, key), "FILE",
	    N_("the file of the key; one that exists is used, else it is made") },
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct request_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_code
take_key(const char *path, const char *network, const struct yw_jurisdiction *code, struct yw_rootkey *out, bool *made,
    struct yw_error *err)
{
	char name[YW_NETWORK_NAME_MAX + 1];
	struct yw_jurisdiction whose;
	enum yw_code result;

	*made = access(path, F_OK) != 0;
	if (*made)
		return yw_rootkey_make_registrar(path, network, code, out, err);
	result = yw_rootkey_read(path, out, err);
	if (result != YW_OK || (yw_registrar_name(out->pub.name, name, &whose) && strcmp(name, network) == 0 &&
	    yw_jurisdiction_equal(&whose, code)))
		return result;
	result = yw_fail(err, YW_EINVAL, "the key in '%s' is '%s', no registrar's of '%s/%s'", path, out->pub.name, network,
	    code->code);
	yw_wipe(out, sizeof *out);
	return result;
}

static enum yw_exit
registrar_request(struct yw_call *call)
{
	const struct request_call *c = (const struct request_call *)call;
	const char *origin = call->operands[0];
	char network[YW_NETWORK_NAME_MAX + 1], fingerprint[YW_FINGERPRINT_MAX];
	struct yw_buf request = YW_BUF_INIT;
	struct yw_jurisdiction code;
	struct yw_rootkey key;
	uint32_t generation;
	struct yw_error err;
	enum yw_exit status = YW_EXIT_FAILED;
	bool made;

	if (c->key == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--key FILE");
	if (yw_origin_parse(origin, strlen(origin), network, &code, &generation) != YW_OK || generation != 1)
		return yw_misused(call->command, _("'%s' is not the name of a network, a slash and a code, as jiangsu/320102"),
		    origin);
	if (take_key(c->key, network, &code, &key, &made, &err) != YW_OK)
		return yw_failed(&err);
	if (yw_registrar_request_make(&key.pub, &key.sec, &request, &err) != YW_OK)
		yw_failed(&err);
	else
		status = yw_put_file(c->out, yw_buf_bytes(&request));
	yw_wipe(&key, sizeof key);
	if (status == YW_EXIT_DONE) {
		yw_request_fingerprint(yw_buf_bytes(&request), fingerprint);
		if (made)
			yw_say(_("key made: %s (secret: whoever has it can sign records of %s)"), c->key, code.code);
		yw_say(_("fingerprint, to be read out by telephone: %s"), fingerprint);
	}
	yw_buf_release(&request);
	return status;
}

const struct yw_command yw_cmd_registrar_request = {
	.name = "registrar request",
	.operands = "NETWORK/CODE --key FILE",
	.summary = N_("Makes a registrar's key on this machine, and the request with which the owner's node takes it."),
	.details = N_("A registrar signs records on a machine of its own, without a daemon: 'yiwang sign'. The owner's admin\n"
	    "gives the request to 'yiwang registrar add', after comparing the fingerprint."),
	.min = 1, .max = 1,
	.options = options,
	.size = sizeof(struct request_call),
	.run = registrar_request,
};
