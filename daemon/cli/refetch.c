/*
 * refetch.c - `yiwang refetch`: this node's own log from the network (L2).
 */
#include "cli/ask.h"
#include "cli/commands.h"

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("%s asks its peers for its own log, and registers again when they have said that it has all: see "
	    "'yiwang status'"), yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

static enum yw_exit
refetch(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, "refetch", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_refetch = {
	.name = "refetch",
	.operands = "",
	.summary = N_("Fetches this node's own log back from the other nodes, where it does not do so by itself."),
	.details = N_("For a database that may be an old copy. Nothing is registered until the issuer, or a quorum, has said "
	    "that the log is whole."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = refetch,
};
