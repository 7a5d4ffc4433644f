/*
 * list.c - `yiwang list`: the ids there are, in their order.
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct list_call {
	struct yw_call call;
	const char *code, *kind, *after;
	uint64_t limit;
};

static const struct yw_option options[] = {
	{ "code", 0, YW_OPTION_TEXT, offsetof(struct list_call, code), "CODE", N_("only records of this jurisdiction") },
	{ "kind", 0, YW_OPTION_TEXT, offsetof(struct list_call, kind), "KIND", N_("only of this kind; needs --code") },
	{ "after", 0, YW_OPTION_TEXT, offsetof(struct list_call, after), "ID", N_("go on after this id") },
	{ "limit", 0, YW_OPTION_NUMBER, offsetof(struct list_call, limit), "N", N_("at most so many (100)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show_list(const json_t *result)
{
	static const char *const headings[] = { N_("id"), ">" N_("revision"), N_("state"), N_("class"), N_("log"),
		">" N_("entry"), ">" N_("item"), NULL };
	const json_t *items = yw_got(result, "items");
	const char *next = yw_got_text(result, "next");
	struct yw_table t;
	enum yw_exit status;

	if (json_array_size(items) == 0) {
		yw_say(_("nothing is registered there, as far as this node can see"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		yw_table_cell(&t, yw_got_text(item, "id"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "revision"));
		yw_put_state(&t, item);
		yw_table_cell(&t, yw_sharing_word(yw_got_text(item, "class")));
		yw_table_cell(&t, yw_got_text(item, "place.origin"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.index"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.item"));
	}
	status = yw_table_put(&t);
	if (*next != '\0')
		yw_say(_("there are more: --after %s"), next);
	return status;
}

static enum yw_exit
list(struct yw_call *call)
{
	const struct list_call *c = (const struct list_call *)call;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_json j;
	enum yw_exit status;

	if (c->kind != NULL && c->code == NULL)
		return yw_misused(call->command, _("--kind needs --code: records are in the order of codes"));
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_params_page(&j, c->code, c->kind, c->after, c->limit);
	yw_json_object_end(&j);
	status = yw_ask(call, "record.list", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show_list) : status;
}

const struct yw_command yw_cmd_list = {
	.name = "list",
	.operands = "",
	.summary = N_("Lists the ids of records, in their order."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct list_call),
	.run = list,
};
