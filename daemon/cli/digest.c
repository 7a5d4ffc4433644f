/*
 * digest.c - `yiwang digest`: one hash of a jurisdiction's state, the same on every node (S4).
 */
#include "cli/ask.h"
#include "cli/commands.h"

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { "", "", NULL };
	uint64_t version = yw_got_number(result, "network_version");
	const json_t *logs = yw_got(result, "logs");
	struct yw_table t;

	yw_table_init(&t, headings);
	yw_table_cell(&t, _("digest"));
	yw_table_cell(&t, yw_got_true(result, "complete") ? yw_got_text(result, "digest") : _("incomplete"));
	if (version > 1) {
		yw_table_cell(&t, _("network file"));
		yw_table_cellf(&t, _("version %llu"), (unsigned long long)version);
	}
	for (size_t i = 0; i < json_array_size(logs); i++) {
		const json_t *log = json_array_get(logs, i);

		yw_table_cell(&t, yw_got_text(log, "origin"));
		yw_table_cellf(&t, _("%llu entries, root %s"), (unsigned long long)yw_got_number(log, "size"),
		    yw_got_text(log, "root"));
		if (yw_got(log, "contradiction") == NULL)
			continue;
		yw_table_cell(&t, _("frozen"));
		yw_table_cell(&t, yw_got_text(log, "contradiction"));
	}
	return yw_table_put(&t);
}

static enum yw_exit
digest(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status;
	bool complete;

	yw_params_text(&params, "code", call->operands[0]);
	status = yw_ask(call, "digest", &params, YW_ASK_REACH_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	complete = yw_got_true(reply.json, "complete");
	status = yw_reply_put(call, &reply, show);
	if (complete)
		return status;
	yw_say(_("not every body that the digest covers has come here yet: see 'yiwang logs'"));
	return YW_EXIT_FAILED;
}

const struct yw_command yw_cmd_digest = {
	.name = "digest",
	.operands = "CODE",
	.summary = N_("Gives one hash of what a jurisdiction has registered; equal on every node that holds the same logs."),
	.details = N_("Counts what is shared with every node, as far as each log counts. Where the lines below it are equal, it must be."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = digest,
};
