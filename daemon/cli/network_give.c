/*
 * network_give.c - `yiwang network add, get, closing`: network files given to a node and taken from it (T1).
 */
#include "base/file.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/commands.h"

static enum yw_exit
show_added(const json_t *result)
{
	unsigned long long newest = yw_got_number(result, "version"), given = yw_got_number(result, "given");

	if (yw_got_true(result, "held"))
		yw_say(_("version %llu of the network file is held here already, nothing has changed: the newest is %llu"), given, newest);
	else
		yw_say(_("version %llu of the network file holds here, and goes to every other node by itself"), newest);
	return YW_EXIT_DONE;
}

static enum yw_exit
network_add(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_client *client;
	struct yw_error err;
	enum yw_exit status;

	if (yw_file_read_input(call->operands[0], YW_NETWORK_FILE_MAX, &file, &err) != YW_OK) {
		yw_buf_release(&file);
		return yw_failed(&err);
	}
	status = yw_daemon_open(call, &client);
	if (status == YW_EXIT_DONE) {
		status = yw_daemon_ask(client, "network.add", &params, yw_buf_bytes(&file), YW_ASK_MS, &reply);
		yw_client_close(client);
	}
	yw_buf_release(&file);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show_added) : status;
}

const struct yw_command yw_cmd_network_add = {
	.name = "network add",
	.operands = "FILE",
	.summary = N_("Gives a later version of the network file to this node, which hands it on to all others."),
	.details = N_("It is enough to do this at one node. The first node also says it in its log."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = network_add,
};

/* --- From it ---------------------------------------------------------------------------------------- */

struct get_call {
	struct yw_call call;
	uint64_t version;
	const char *out;
};

static const struct yw_option get_options[] = {
	{ "version", 0, YW_OPTION_NUMBER, offsetof(struct get_call, version), "N", N_("which one (the newest)") },
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct get_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
network_get(struct yw_call *call)
{
	const struct get_call *c = (const struct get_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_json j;
	enum yw_exit status;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	if (c->version != 0)
		yw_json_uint(&j, "version", c->version);
	yw_json_object_end(&j);
	status = yw_ask(call, "network.get", &params, YW_ASK_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	status = yw_put_file(c->out, yw_buf_bytes(&reply.answer.data));
	if (status == YW_EXIT_DONE)
		yw_say(_("version %llu of %llu that this node holds"), (unsigned long long)yw_got_number(reply.json, "version"),
		    (unsigned long long)yw_got_number(reply.json, "newest"));
	yw_reply_release(&reply);
	return status;
}

const struct yw_command yw_cmd_network_get = {
	.name = "network get",
	.operands = "",
	.summary = N_("Writes a version of the network file that this node holds."),
	.takes = YW_TAKES_DAEMON,
	.options = get_options,
	.size = sizeof(struct get_call),
	.run = network_get,
};

/* --- A closing for it ------------------------------------------------------------------------------- */

struct closing_call {
	struct yw_call call;
	const char *reason, *out;
	bool revoked;
};

static const struct yw_option closing_options[] = {
	{ "reason", 0, YW_OPTION_TEXT, offsetof(struct closing_call, reason), "TEXT", N_("why, for people") },
	{ "revoked", 0, YW_OPTION_FLAG, offsetof(struct closing_call, revoked), NULL,
	    N_("its keys are stolen or lost: their word counts for nothing any more") },
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct closing_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
network_closing(struct yw_call *call)
{
	const struct closing_call *c = (const struct closing_call *)call;
	struct yw_buf params = YW_BUF_INIT, line = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_json j;
	enum yw_exit status;

	if (c->reason == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--reason TEXT");
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", call->operands[0]);
	yw_json_str(&j, "reason", c->reason);
	if (c->revoked)
		yw_json_bool(&j, "revoked", true);
	yw_json_object_end(&j);
	status = yw_ask(call, "network.closing", &params, YW_ASK_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	yw_buf_printf(&line, "%s\n", yw_got_text(reply.json, "closing"));
	status = yw_put_file(c->out, yw_buf_bytes(&line));
	if (status == YW_EXIT_DONE)
		yw_say(_("the end of '%s' is drawn up as far as this node holds it; it counts when the root keys have signed it: "
		    "yiwang network next --closing FILE"), yw_got_text(reply.json, "origin"));
	yw_buf_release(&line);
	yw_reply_release(&reply);
	return status;
}

const struct yw_command yw_cmd_network_closing = {
	.name = "network closing",
	.operands = "CODE --reason TEXT",
	.summary = N_("Draws up the end of a log of the first node, for the next version of the network file."),
	.details = N_("Run it at the node that holds most of that log. Nothing is changed by it."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_DAEMON,
	.options = closing_options,
	.size = sizeof(struct closing_call),
	.run = network_closing,
};
