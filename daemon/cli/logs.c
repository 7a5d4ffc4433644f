/*
 * logs.c - `yiwang logs`: how far this node has each log, and how far others have signed that they do.
 */
#include "cli/ask.h"
#include "cli/commands.h"

static void
show_trouble(const json_t *log)
{
	const char *trouble = yw_got_text(log, "trouble");

	if (yw_got_true(log, "broken"))
		yw_say(_("%s: broken, nobody goes past it: %s"), yw_got_text(log, "origin"), trouble);
	else if (yw_got_true(log, "frozen"))
		yw_say(_("%s: frozen, its owner has said two things: %s"), yw_got_text(log, "origin"), trouble);
	else if (*trouble != '\0')
		yw_say("%s: %s", yw_got_text(log, "origin"), trouble);
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { N_("log"), ">" N_("entries"), ">" N_("announced"), ">" N_("missing bodies"),
		">" N_("receipts to"), N_("newest beat"), ">" N_("quorum to"), N_("quorum since"), N_("root"), NULL };
	const json_t *logs = yw_got(result, "logs");
	char age[YW_FOR_PEOPLE_MAX];
	enum yw_exit status;
	struct yw_table t;

	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(logs); i++) {
		const json_t *log = json_array_get(logs, i);

		yw_table_cellf(&t, "%s%s", yw_got_text(log, "origin"), yw_got_true(log, "own") ? _(" (own)") : "");
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(log, "size"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(log, "head_size"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(log, "missing"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(log, "receipts_to"));
		yw_table_cell(&t, yw_age_of(yw_got_text(log, "beat.time"), age));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(log, "quorum.size"));
		yw_table_cell(&t, yw_age_of(yw_got_text(log, "quorum.time"), age));
		yw_table_cellf(&t, "%.16s", yw_got_text(log, "root"));
	}
	status = yw_table_put(&t);
	for (size_t i = 0; i < json_array_size(logs); i++)
		show_trouble(json_array_get(logs, i));
	return status;
}

static enum yw_exit
logs(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, "logs", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_logs = {
	.name = "logs",
	.operands = "",
	.summary = N_("Shows each log that this node holds, and how far."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = logs,
};
