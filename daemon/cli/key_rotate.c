/*
 * key_rotate.c - `yiwang key rotate`: new keys for the same log (T5).
 */
#include "base/file.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct rotate_call {
	struct yw_call call;
	const char *out;
};

static const struct yw_option options[] = {
	{ "output", 'o', YW_OPTION_TEXT, offsetof(struct rotate_call, out), "FILE",
	    N_("write the request there too, for 'yiwang admit --request' where no connection leads to the node above") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show(const json_t *result)
{
	const char *issuer = yw_got_text(result, "issuer");
	struct yw_buf line = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;

	yw_buf_printf(&line, "%s\n", yw_got_text(result, "fingerprint"));
	status = yw_buf_check(&line, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&line)) : yw_failed(&err);
	yw_buf_release(&line);
	yw_say(yw_got_true(result, "again") ?
	    _("new keys were asked for before, and wait: key set %llu of %s; the line on the standard output is the fingerprint of "
	    "the request") :
	    _("new keys are made: key set %llu of %s; the line on the standard output is the fingerprint of the request"),
	    (unsigned long long)yw_got_number(result, "key_set"), yw_got_text(result, "code"));
	if (*issuer != '\0')
		yw_say(_("next: read it out by telephone to the admin of %s, who runs there: yiwang admit %s --fingerprint '...'; the "
		    "request goes there by itself, or, where no connection leads there, as a file (--output, and there yiwang admit "
		    "--request FILE)"), issuer, yw_got_text(result, "code"));
	else
		yw_say(_("next: it goes as a file (--output) to whoever holds the root keys: yiwang network next FILE... --first REQUEST, "
		    "then network sign, and network add at one node"));
	yw_say(_("the old keys go on signing until that has come here; then this node changes by itself and wipes them"));
	return status;
}

static enum yw_code
put_request(const char *path, const json_t *result, struct yw_error *err)
{
	struct yw_buf line = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&line, "%s\n", yw_got_text(result, "request"));
	code = yw_buf_check(&line, err);
	if (code == YW_OK)
		code = yw_file_put(path, line.data, line.len, 0644, err);
	yw_buf_release(&line);
	return code;
}

static enum yw_exit
rotate(struct yw_call *call)
{
	const struct rotate_call *c = (const struct rotate_call *)call;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	enum yw_exit status = yw_ask(call, "key.rotate", &params, YW_ASK_MS, &reply);

	if (status != YW_EXIT_DONE)
		return status;
	if (c->out != NULL && put_request(c->out, reply.json, &err) != YW_OK) {
		yw_reply_release(&reply);
		return yw_failed(&err);
	}
	return yw_reply_put(call, &reply, show);
}

const struct yw_command yw_cmd_key_rotate = {
	.name = "key rotate",
	.operands = "",
	.summary = N_("Asks for new keys for this node's log; it changes to them by itself once they are granted."),
	.details = N_("Nothing stops meanwhile. Asked again before they are granted, it is the same request. If the old keys were\n"
	    "stolen this does not help: then the node above closes the log, see 'yiwang close --help'."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct rotate_call),
	.run = rotate,
};
