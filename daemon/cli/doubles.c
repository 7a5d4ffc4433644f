/*
 * doubles.c - `yiwang doubles`: records under different ids that may be of the same thing.
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct doubles_call {
	struct yw_call call;
	const char *code, *kind, *after;
	uint64_t limit;
};

static const struct yw_option options[] = {
	{ "code", 0, YW_OPTION_TEXT, offsetof(struct doubles_call, code), "CODE", N_("only where one of them is of this jurisdiction") },
	{ "kind", 0, YW_OPTION_TEXT, offsetof(struct doubles_call, kind), "KIND",
	    N_("only of this kind: contract, institution, broker or achievement") },
	{ "after", 0, YW_OPTION_TEXT, offsetof(struct doubles_call, after), "KIND/NUMBER", N_("go on after this number") },
	{ "limit", 0, YW_OPTION_NUMBER, offsetof(struct doubles_call, limit), "N", N_("at most so many numbers (100)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static void
put_rows(struct yw_table *t, const json_t *item)
{
	const json_t *records = yw_got(item, "records");

	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *r = json_array_get(records, i);

		yw_table_cell(t, yw_got_text(item, "number"));
		yw_table_cell(t, yw_got_text(r, "id"));
		yw_table_cellf(t, "%llu", (unsigned long long)yw_got_number(r, "revision"));
		yw_table_cell(t, yw_sharing_word(yw_got_text(r, "class")));
		yw_table_cell(t, yw_got_text(r, "place.origin"));
	}
	if (yw_got_number(item, "left_out") != 0) {
		yw_table_cell(t, yw_got_text(item, "number"));
		yw_table_cellf(t, _("and %llu more"), (unsigned long long)yw_got_number(item, "left_out"));
		for (int i = 0; i < 3; i++)
			yw_table_cell(t, "");
	}
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { N_("number"), N_("id"), ">" N_("revision"), N_("class"), N_("log"), NULL };
	const json_t *items = yw_got(result, "items");
	const char *next = yw_got_text(result, "next");
	struct yw_table t;
	enum yw_exit status;

	if (json_array_size(items) == 0) {
		yw_say(_("no two records in force have the same number, as far as this node can see"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(items); i++)
		put_rows(&t, json_array_get(items, i));
	status = yw_table_put(&t);
	if (*next != '\0')
		yw_say(_("there are more: --after '%s'"), next);
	return status;
}

static enum yw_exit
doubles(struct yw_call *call)
{
	const struct doubles_call *c = (const struct doubles_call *)call;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_json j;
	enum yw_exit status;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_params_page(&j, c->code, c->kind, c->after, c->limit);
	yw_json_object_end(&j);
	status = yw_ask(call, "record.doubles", &params, YW_ASK_REACH_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_doubles = {
	.name = "doubles",
	.operands = "",
	.summary = N_("Lists records that may be registered twice: in force, and of the same number."),
	.details = N_("A contract's registration number, an organisation's identifier, a broker's certificate number, an\n"
	    "achievement's number. Both records are kept: whoever erred withdraws one ('yiwang withdraw'), and others ask\n"
	    "for it ('yiwang correct'). What this node may not see is not compared. It reads every record, and takes a while."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct doubles_call),
	.run = doubles,
};
