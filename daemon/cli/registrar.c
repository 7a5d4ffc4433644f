/*
 * registrar.c - `yiwang registrar add, end, list`: who may sign records of this node's jurisdiction elsewhere (T13).
 */
#include "base/file.h"
#include "base/limits.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct add_call {
	struct yw_call call;
	struct yw_words kinds;
	const char *fingerprint;
};

static const struct yw_option add_options[] = {
	{ "kind", 0, YW_OPTION_LIST, offsetof(struct add_call, kinds), "KIND",
	    N_("a kind of record that it may sign; once for each") },
	{ "fingerprint", 0, YW_OPTION_TEXT, offsetof(struct add_call, fingerprint), "'NNNNN NNNNN ...'",
	    N_("as the registrar has read it out") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show_added(const json_t *result)
{
	yw_say(_("registrar of %s: key %s, fingerprint %s"), yw_got_text(result, "code"), yw_got_text(result, "key"),
	    yw_got_text(result, "fingerprint"));
	return YW_EXIT_DONE;
}

/* One question with a file beside it. */
static enum yw_exit
ask_with(const struct yw_call *call, const char *method, struct yw_buf *params, struct yw_bytes data,
    enum yw_exit (*show)(const json_t *))
{
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_client *client;
	enum yw_exit status = yw_daemon_open(call, &client);

	if (status == YW_EXIT_DONE) {
		status = yw_daemon_ask(client, method, params, data, YW_ASK_MS, &reply);
		yw_client_close(client);
	} else {
		yw_buf_release(params);
	}
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

static enum yw_exit
registrar_add(struct yw_call *call)
{
	const struct add_call *c = (const struct add_call *)call;
	struct yw_buf params = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	enum yw_exit status;

	if (c->kinds.n == 0)
		return yw_misused(call->command, _("something is missing: %s"), "--kind KIND");
	if (yw_file_read_input(call->operands[0], YW_REGISTRAR_MAX, &request, &err) != YW_OK) {
		yw_buf_release(&request);
		return yw_failed(&err);
	}
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_array(&j, "kinds");
	for (size_t i = 0; i < c->kinds.n; i++)
		yw_json_str(&j, NULL, c->kinds.word[i]);
	yw_json_array_end(&j);
	if (c->fingerprint != NULL)
		yw_json_str(&j, "fingerprint", c->fingerprint);
	yw_json_object_end(&j);
	status = ask_with(call, "registrar.add", &params, yw_buf_bytes(&request), show_added);
	yw_buf_release(&request);
	return status;
}

const struct yw_command yw_cmd_registrar_add = {
	.name = "registrar add",
	.operands = "REQUEST --kind KIND...",
	.summary = N_("Lets a registrar's key sign records of this node's jurisdiction, of these kinds, from now on."),
	.details = N_("REQUEST is a file from 'yiwang registrar request' on the registrar's machine: compare its fingerprint by\n"
	    "telephone. Given again with other kinds, those count from now on."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = add_options,
	.size = sizeof(struct add_call),
	.run = registrar_add,
};

static enum yw_exit
show_ended(const json_t *result)
{
	yw_say(_("the registrar with key %s signs for %s no longer; what it signed before stays"), yw_got_text(result, "key"),
	    yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

static enum yw_exit
registrar_end(struct yw_call *call)
{
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;

	yw_params_text(&params, "key", call->operands[0]);
	status = yw_ask(call, "registrar.end", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show_ended) : status;
}

const struct yw_command yw_cmd_registrar_end = {
	.name = "registrar end",
	.operands = "KEY",
	.summary = N_("Ends a registrar: nothing that its key signs is taken from now on."),
	.details = N_("KEY is as 'yiwang registrar list' shows it."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = registrar_end,
};

static enum yw_exit
show_list(const json_t *result)
{
	static const char *const headings[] = { N_("key"), N_("kinds"), ">" N_("since entry"), NULL };
	const json_t *list = yw_got(result, "registrars");
	struct yw_table t;

	if (json_array_size(list) == 0) {
		yw_say(_("nobody but the node itself signs records of %s"), yw_got_text(result, "code"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *r = json_array_get(list, i);
		struct yw_buf kinds = YW_BUF_INIT;

		yw_add_codes(&kinds, yw_got(r, "kinds"), " ");
		yw_table_cell(&t, yw_got_text(r, "key"));
		yw_table_cell(&t, yw_buf_str(&kinds));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(r, "since"));
		yw_buf_release(&kinds);
	}
	return yw_table_put(&t);
}

static enum yw_exit
registrar_list(struct yw_call *call)
{
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status = yw_ask(call, "registrar.list", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show_list) : status;
}

const struct yw_command yw_cmd_registrar_list = {
	.name = "registrar list",
	.operands = "",
	.summary = N_("Lists the registrars of this node's jurisdiction."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = registrar_list,
};
