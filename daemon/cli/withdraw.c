/*
 * withdraw.c - `yiwang withdraw`: a record is no longer in force; what was registered stays in the log.
 *
 * The withdrawal goes to whom the record went, which the daemon is asked first: nobody who knows the record
 * may miss that it is withdrawn.
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

static void
make_params(const struct withdraw_call *c, const json_t *record, struct yw_buf *out)
{
	const json_t *audience = yw_got(record, "audience");
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", c->call.operands[0]);
	yw_json_str(&j, "class", yw_got_text(record, "class"));
	yw_json_str(&j, "openness", yw_got_text(record, "openness"));
	yw_json_array(&j, "audience");
	for (size_t i = 0; i < json_array_size(audience); i++)
		yw_json_str(&j, NULL, json_string_value(json_array_get(audience, i)));
	yw_json_array_end(&j);
	if (c->durable != NULL)
		yw_json_str(&j, "durable", c->durable);
	yw_json_object_end(&j);
}

static enum yw_exit
withdraw(struct yw_call *call)
{
	const struct withdraw_call *c = (const struct withdraw_call *)call;
	struct yw_reply record = YW_REPLY_INIT, reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_client *client;
	enum yw_exit status = yw_daemon_open(call, &client);

	if (status != YW_EXIT_DONE)
		return status;
	yw_params_text(&params, "id", call->operands[0]);
	status = yw_daemon_ask(client, "record.get", &params, (struct yw_bytes) { NULL, 0 }, YW_ASK_MS, &record);
	if (status == YW_EXIT_DONE) {
		make_params(c, record.json, &params);
		status = yw_daemon_ask(client, "record.withdraw", &params, (struct yw_bytes) { NULL, 0 },
		    c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	}
	yw_reply_release(&record);
	yw_client_close(client);
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
