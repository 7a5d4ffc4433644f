/*
 * holder.c - `yiwang holder`: another node that keeps the restricted records of this one (V4).
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct holder_call {
	struct yw_call call;
	bool nobody;
};

static const struct yw_option options[] = {
	{ "nobody", 0, YW_OPTION_FLAG, offsetof(struct holder_call, nobody), NULL, N_("nobody any more") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show(const json_t *result)
{
	if (*yw_got_text(result, "holder") == '\0')
		yw_say(_("no other node is named any more to keep the restricted records of %s"), yw_got_text(result, "code"));
	else
		yw_say(_("%s is named to keep the restricted records of %s too"), yw_got_text(result, "holder"),
		    yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

static enum yw_exit
holder(struct yw_call *call)
{
	const struct holder_call *c = (const struct holder_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	if (c->nobody == (call->n_operands != 0))
		return yw_misused(call->command, _("one of: CODE; --nobody"));
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	if (c->nobody)
		yw_json_bool(&j, "nobody", true);
	else
		yw_json_str(&j, "holder", call->operands[0]);
	yw_json_object_end(&j);
	status = yw_ask(call, "holder", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_holder = {
	.name = "holder",
	.operands = "CODE | --nobody",
	.summary = N_("Names another node that keeps the restricted records of this one too."),
	.max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct holder_call),
	.run = holder,
};
