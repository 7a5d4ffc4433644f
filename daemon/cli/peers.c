/*
 * peers.c - `yiwang peers`: who is connected, and how far each has this node's log.
 */
#include "cli/ask.h"
#include "cli/commands.h"

static void
show_peer(struct yw_table *t, const json_t *p)
{
	const char *code = yw_got_text(p, "code");
	char age[YW_FOR_PEOPLE_MAX];

	yw_table_cell(t, *code != '\0' ? code : _("a stranger"));
	yw_table_cell(t, yw_got_true(p, "upstream") ? _("upstream") : _("downstream"));
	yw_table_cell(t, yw_seconds_text(yw_got_number(p, "up_seconds"), age));
	yw_table_cell(t, yw_seconds_text(yw_got_number(p, "heard_seconds"), age));
	yw_table_cellf(t, "%llu", (unsigned long long)yw_got_number(p, "own_held"));
	yw_table_cellf(t, "%llu", (unsigned long long)yw_got_number(p, "lag_entries"));
	yw_table_cell(t, yw_got_number(p, "lag_entries") != 0 ? yw_seconds_text(yw_got_number(p, "lag_seconds"), age) : "-");
	yw_table_cell(t, yw_got_text(p, "name"));
}

/* An upstream of the configuration that nobody answers at. */
static void
show_absent(struct yw_table *t, const char *address)
{
	yw_table_cell(t, "-");
	yw_table_cell(t, _("not connected"));
	for (int i = 0; i < 5; i++)
		yw_table_cell(t, "-");
	yw_table_cell(t, address);
}

enum yw_exit
yw_show_peers(const json_t *result)
{
	static const char *const headings[] = { N_("node"), N_("link"), ">" N_("up for"), ">" N_("heard"),
		">" N_("has of our log"), ">" N_("we lack entries"), ">" N_("behind for"), N_("address"), NULL };
	const json_t *peers = yw_got(result, "peers"), *absent = yw_got(result, "not_connected");
	struct yw_table t;

	if (json_array_size(peers) + json_array_size(absent) == 0) {
		yw_say(_("nobody is connected"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(peers); i++)
		show_peer(&t, json_array_get(peers, i));
	for (size_t i = 0; i < json_array_size(absent); i++) {
		const char *address = json_string_value(json_array_get(absent, i));

		show_absent(&t, address != NULL ? address : "?");
	}
	return yw_table_put(&t);
}

static enum yw_exit
peers(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, "peers", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, yw_show_peers) : status;
}

const struct yw_command yw_cmd_peers = {
	.name = "peers",
	.operands = "",
	.summary = N_("Shows the nodes that this one is connected to."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = peers,
};
