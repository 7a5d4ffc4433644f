/*
 * corrections.c - `yiwang corrections`: the requests that this node made, and those about its records, and how they stand.
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct corrections_call {
	struct yw_call call;
	bool open, due, overdue, all;
	const char *after;
	uint64_t limit;
};

static const struct yw_option options[] = {
	{ "open", 0, YW_OPTION_FLAG, offsetof(struct corrections_call, open), NULL, N_("all that are not answered; so it is anyway") },
	{ "due", 0, YW_OPTION_FLAG, offsetof(struct corrections_call, due), NULL,
	    N_("not answered, and due within two working days, or overdue") },
	{ "overdue", 0, YW_OPTION_FLAG, offsetof(struct corrections_call, overdue), NULL, N_("not answered in time") },
	{ "all", 0, YW_OPTION_FLAG, offsetof(struct corrections_call, all), NULL, N_("answered ones too") },
	{ "after", 0, YW_OPTION_TEXT, offsetof(struct corrections_call, after), "ID", N_("go on after this id") },
	{ "limit", 0, YW_OPTION_NUMBER, offsetof(struct corrections_call, limit), "N", N_("at most so many (100)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

#define POINTS_CELLS 48		/* of a terminal; 'yiwang get REQUEST' and --json have all of it */
#define REASON_CELLS 32

static void
put_state(struct yw_table *t, const json_t *item)
{
	static const struct { const char *state, *words; } all[] = {
		{ "open", N_("open") }, { "due", N_("due soon") }, { "overdue", N_("overdue") },
	};
	const char *state = yw_got_text(item, "state"), *why = yw_got_text(item, "answer");
	struct yw_buf text = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].state, state) == 0) {
			yw_table_cell(t, _(all[i].words));
			return;
		}
	if (strcmp(state, "accepted") == 0)
		yw_buf_printf(&text, _("accepted: revision %llu%s%s"), (unsigned long long)yw_got_number(item, "accepted_revision"),
		    *why != '\0' ? ", " : "", why);
	else
		yw_buf_printf(&text, _("refused: %s"), why);
	yw_table_cut(t, REASON_CELLS, yw_buf_str(&text));
	t->text.failed |= text.failed;
	yw_buf_release(&text);
}

/* The fields in doubt, each with what is held to be right there. */
static void
put_points(struct yw_table *t, const json_t *points)
{
	struct yw_buf text = YW_BUF_INIT;

	for (size_t i = 0; i < json_array_size(points); i++) {
		const json_t *point = json_array_get(points, i);
		const char *proposed = yw_got_text(point, "proposed");

		yw_buf_printf(&text, "%s%s%s%s", i == 0 ? "" : "; ", yw_got_text(point, "field"), *proposed != '\0' ? " = " : "", proposed);
	}
	yw_table_cut(t, POINTS_CELLS, text.len != 0 ? yw_buf_str(&text) : "-");
	t->text.failed |= text.failed;
	yw_buf_release(&text);
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { N_("request"), N_("record"), ">" N_("revision"), N_("held to be right"), N_("why"),
		N_("asked by"), N_("since"), N_("due on"), N_("state"), NULL };
	const json_t *items = yw_got(result, "items");
	const char *next = yw_got_text(result, "next");
	struct yw_table t;
	enum yw_exit status;

	if (json_array_size(items) == 0) {
		yw_say(_("there is no such request, by this node or about its records, as far as this node can see"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		yw_table_cell(&t, yw_got_text(item, "id"));
		yw_table_cell(&t, yw_got_text(item, "record"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "revision"));
		put_points(&t, yw_got(item, "points"));
		yw_table_cut(&t, REASON_CELLS, *yw_got_text(item, "reason") != '\0' ? yw_got_text(item, "reason") : "-");
		yw_table_cell(&t, yw_got_text(item, "by"));
		yw_table_cell(&t, yw_got_text(item, "since"));
		yw_table_cell(&t, yw_got_text(item, "due_on"));
		put_state(&t, item);
	}
	status = yw_table_put(&t);
	if (*next != '\0')
		yw_say(_("there are more: --after %s"), next);
	return status;
}

static enum yw_exit
corrections(struct yw_call *call)
{
	const struct corrections_call *c = (const struct corrections_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	if (c->open + c->due + c->overdue + c->all > 1)
		return yw_misused(call->command, _("one of: --open; --due; --overdue; --all"));
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "state", c->due ? "due" : c->overdue ? "overdue" : c->all ? "all" : "open");
	yw_params_page(&j, NULL, NULL, c->after, c->limit);
	yw_json_object_end(&j);
	status = yw_ask(call, "correction.list", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_corrections = {
	.name = "corrections",
	.operands = "",
	.summary = N_("Lists requests to correct a record: those of this node, and those about its records."),
	.details = N_("A request is due 'correction_days' working days after it was made. What is too long for a line is cut off:\n"
	    "'yiwang get REQUEST' shows all that it says, and its answer."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct corrections_call),
	.run = corrections,
};
