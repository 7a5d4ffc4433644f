/*
 * history.c - `yiwang history`: everything that was ever registered under one id.
 */
#include "cli/ask.h"
#include "cli/commands.h"

/* What a lost body said, and of which id, nobody knows. */
static enum yw_exit
show_lost(const json_t *result)
{
	const json_t *logs = yw_got(result, "through");

	for (size_t i = 0; i < json_array_size(logs); i++)
		if (yw_got(json_array_get(logs, i), "lost") != NULL)
			yw_say(_("%llu bodies of %s are lost, and nobody knows whether one was of this record: 'yiwang logs' lists them"),
			    (unsigned long long)yw_got_number(json_array_get(logs, i), "lost"),
			    yw_got_text(json_array_get(logs, i), "origin"));
	return YW_EXIT_DONE;
}

/* When, by which entry, and why. */
static void
show_erased(const json_t *items)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		if (yw_got(item, "erased") != NULL)
			yw_say(_("erased by entry %llu of %s at %s: %s (%s)"), (unsigned long long)yw_got_number(item, "place.index"),
			    yw_got_text(item, "place.origin"), yw_got_text(item, "erased.at"), yw_got_text(item, "erased.reason"),
			    yw_got_text(item, "erased.basis"));
	}
}

/* What a contract's change or cancellation was, and when. */
static void
put_state(struct yw_table *t, const json_t *item)
{
	const char *status = yw_got_text(item, "status");

	if (strcmp(status, "changed") == 0)
		yw_table_cellf(t, _("changed on %s"), yw_got_text(item, "status_on"));
	else if (strcmp(status, "cancelled") == 0)
		yw_table_cellf(t, _("cancelled on %s"), yw_got_text(item, "status_on"));
	else
		yw_put_state(t, item);
}

static enum yw_exit
show_history(const json_t *result)
{
	static const char *const headings[] = { ">" N_("revision"), N_("state"), N_("class"), N_("log"), ">" N_("entry"),
		">" N_("item"), "SHA-256", NULL };
	const json_t *items = yw_got(result, "items");
	struct yw_table t;

	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "revision"));
		put_state(&t, item);
		yw_table_cell(&t, yw_sharing_word(yw_got_text(item, "class")));
		yw_table_cell(&t, yw_got_text(item, "place.origin"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.index"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.item"));
		yw_table_cell(&t, yw_got_text(item, "sha256"));
	}
	if (yw_table_put(&t) != YW_EXIT_DONE)
		return YW_EXIT_FAILED;
	show_erased(items);
	return show_lost(result);
}

static enum yw_exit
history(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status;

	yw_params_text(&params, "id", call->operands[0]);
	status = yw_ask(call, "record.history", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show_history) : status;
}

const struct yw_command yw_cmd_history = {
	.name = "history",
	.operands = "ID",
	.summary = N_("Lists everything that was ever registered under an id."),
	.details = N_("'yiwang get LOG ENTRY ITEM' shows one of them."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = history,
};
