/*
 * withdraw.c - `yiwang withdraw`: a record is no longer in force; what was registered stays in the log.
 *
 * The withdrawal goes to whom the record went: nobody who knows the record may miss that it is withdrawn.
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct withdraw_call {
	struct yw_call call;
	const char *durable;
};

static const struct yw_option options[] = {
	{ "durable", 0, YW_OPTION_TEXT, offsetof(struct withdraw_call, durable), "CODE|quorum",
	    N_("wait until that node, or a quorum, holds it too") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
withdraw(struct yw_call *call)
{
	const struct withdraw_call *c = (const struct withdraw_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", call->operands[0]);
	if (c->durable != NULL)
		yw_json_str(&j, "durable", c->durable);
	yw_json_object_end(&j);
	status = yw_ask(call, "record.withdraw", &params, c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, yw_show_registered) : status;
}

const struct yw_command yw_cmd_withdraw = {
	.name = "withdraw",
	.operands = "ID",
	.summary = N_("Withdraws a record: it is no longer in force, its history stays."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct withdraw_call),
	.run = withdraw,
};
