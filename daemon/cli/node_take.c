/*
 * node_take.c - `yiwang node take`: of two machines that run as one node, this one goes on (L5).
 */
#include "cli/ask.h"
#include "cli/commands.h"

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("this machine goes on as %s; the others are told that they are at an end"), yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

static enum yw_exit
take(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, "node.take", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_node_take = {
	.name = "node take",
	.operands = "",
	.summary = N_("Ends the other machines that run with the keys of this node; this one goes on."),
	.details = N_("Run it on one machine only, the one that is to stay, and switch the others off."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = take,
};
