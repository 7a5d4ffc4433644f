/*
 * status.c - `yiwang status`: is this node well, and who else holds what it has registered?
 */
#include "cli/ask.h"
#include "cli/commands.h"

#define STOPS_SHOWN 4
#define SILENT_SHOWN 8

static const char *
state_words(const char *state)
{
	static const struct { const char *state, *words; } all[] = {
		{ "joining", N_("joining: not admitted yet") },
		{ "asking", N_("asking whether its disk is up to date: not registering yet") },
		{ "appending", N_("well: registering") },
		{ "behind", N_("behind what it has promised: not registering") },
		{ "contradicted", N_("its own log contradicts itself: not registering") },
		{ "rotated_out", N_("its keys were rotated out: not registering") },
		{ "voided", N_("its code was given to other keys: not registering") },
		{ "closed", N_("its issuer has ended its log: not registering") },
		{ "two", N_("two machines run as this node: not registering") },
		{ "stopped", N_("writing has stopped for now: reading only") },
		{ "failed", N_("writing has failed: reading only") },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].state, state) == 0)
			return _(all[i].words);
	return state;
}

static void
show_beat(struct yw_table *t, const char *label, const json_t *beat)
{
	char age[YW_FOR_PEOPLE_MAX];

	yw_table_cell(t, label);
	if (beat == NULL)
		yw_table_cell(t, _("none yet"));
	else
		yw_table_cellf(t, _("%llu entries, %s (%s)"), (unsigned long long)yw_got_number(beat, "size"),
		    yw_got_text(beat, "time"), yw_age_of(yw_got_text(beat, "time"), age));
}

static void
show_log(struct yw_table *t, const json_t *result)
{
	const json_t *durable = yw_got(result, "log.durable_at");
	struct yw_buf text = YW_BUF_INIT;

	yw_table_cell(t, _("own log"));
	yw_table_cellf(t, _("%llu entries, root %s"), (unsigned long long)yw_got_number(result, "log.size"),
	    yw_got_text(result, "log.root"));
	show_beat(t, _("newest beat"), yw_got(result, "log.beat"));
	show_beat(t, _("quorum"), yw_got(result, "log.quorum"));
	yw_put_cut(t, yw_got(result, "log"));
	yw_put_recovery(t, yw_got(result, "log"));
	for (size_t i = 0; i < json_array_size(durable); i++)
		yw_buf_printf(&text, _("%s%llu at %s"), i == 0 ? "" : ", ",
		    (unsigned long long)yw_got_number(json_array_get(durable, i), "size"),
		    yw_got_text(json_array_get(durable, i), "code"));
	yw_table_cell(t, _("durable at"));
	yw_table_cell(t, text.len != 0 ? yw_buf_str(&text) : _("this node only"));
	yw_buf_release(&text);
}

/* T1: later network files, and whether the root keys contradict themselves. */
static void
show_network(struct yw_table *t, const json_t *result)
{
	uint64_t version = yw_got_number(result, "network_version");

	if (version > 1) {
		yw_table_cell(t, _("network file"));
		yw_table_cellf(t, _("version %llu"), (unsigned long long)version);
	}
	if (yw_got_true(result, "network_twin")) {
		yw_table_cell(t, _("alarm"));
		yw_table_cell(t, _("the root keys have signed two different network files of one version: ask their holders which one "
		    "is meant; 'yiwang evidence network' writes the proof"));
	}
}

/* R5: beyond these places no receipts are given. */
static void
show_stops(struct yw_table *t, const json_t *stops)
{
	size_t n = json_array_size(stops);

	for (size_t i = 0; i < n && i < STOPS_SHOWN; i++) {
		const json_t *stop = json_array_get(stops, i);
		bool refused = strcmp(yw_got_text(stop, "body"), "refused") == 0;

		yw_table_cell(t, _("receipts stop"));
		yw_table_cellf(t, refused ? _("at entry %llu, item %llu of %s: what came is no record of this log; %s") :
		    _("at entry %llu, item %llu of %s: its body is missing; %s"),
		    (unsigned long long)yw_got_number(stop, "place.index"), (unsigned long long)yw_got_number(stop, "place.item"),
		    yw_got_text(stop, "place.origin"), yw_got_true(stop, "own") ?
		    _("if no node has it any more: 'yiwang log lost'") : _("if it is gone for good, its owner declares it lost"));
	}
	if (n > STOPS_SHOWN) {
		yw_table_cell(t, _("receipts stop"));
		yw_table_cellf(t, _("in %zu more logs: 'yiwang logs' says how far they go"), n - STOPS_SHOWN);
	}
}

/* R4: "js/320102 since 2026-01-01T08:00:00.000Z (3 h ago), ..." */
static void
add_silent(struct yw_buf *out, const json_t *logs)
{
	size_t n = json_array_size(logs);
	char age[YW_FOR_PEOPLE_MAX];

	for (size_t i = 0; i < n && i < SILENT_SHOWN; i++) {
		const json_t *log = json_array_get(logs, i);

		yw_buf_printf(out, _("%s%s since %s (%s)"), i == 0 ? "" : ", ", yw_got_text(log, "origin"), yw_got_text(log, "since"),
		    yw_age_of(yw_got_text(log, "since"), age));
	}
	if (n > SILENT_SHOWN)
		yw_buf_printf(out, _(", and %zu more: 'yiwang logs' names them"), n - SILENT_SHOWN);
}

static void
show_silent(struct yw_table *t, const json_t *alarms)
{
	struct yw_buf owners = YW_BUF_INIT, mirrors = YW_BUF_INIT;
	char age[YW_FOR_PEOPLE_MAX];

	if (yw_got(alarms, "path_stale") != NULL) {
		yw_table_cell(t, _("path stale"));
		yw_table_cellf(t, _("nothing new of %llu of %llu logs has come since %s (%s): the line to the other nodes is down, or a node on "
		    "the way; see 'yiwang peers'"), (unsigned long long)yw_got_number(alarms, "path_stale.logs"),
		    (unsigned long long)yw_got_number(alarms, "path_stale.of"), yw_got_text(alarms, "path_stale.since"),
		    yw_age_of(yw_got_text(alarms, "path_stale.since"), age));
	}
	add_silent(&owners, yw_got(alarms, "owner_silent"));
	add_silent(&mirrors, yw_got(alarms, "mirrors_silent"));
	if (owners.len != 0) {
		yw_table_cell(t, _("owner silent"));
		yw_table_cellf(t, _("%s: nothing new of these logs, though others are heard; ask whoever runs their nodes"), yw_buf_str(&owners));
	}
	if (mirrors.len != 0) {
		yw_table_cell(t, _("mirrors silent"));
		yw_table_cellf(t, _("%s: the owners are heard, and no quorum signs for them; ask whoever runs the nodes of the quorum"),
		    yw_buf_str(&mirrors));
	}
	t->text.failed |= owners.failed || mirrors.failed;
	yw_buf_release(&owners);
	yw_buf_release(&mirrors);
}

/* T11. */
static void
show_false_rosters(struct yw_table *t, const json_t *codes)
{
	struct yw_buf text = YW_BUF_INIT;

	if (json_array_size(codes) == 0)
		return;
	yw_add_codes(&text, codes, " ");
	yw_table_cell(t, _("alarm"));
	yw_table_cellf(t, _("rosters that do not say what the log of their issuer says: %s; 'yiwang evidence CODE' writes the proof"),
	    yw_buf_str(&text));
	yw_buf_release(&text);
}

/* T7. */
static void
show_void_closings(struct yw_table *t, const json_t *all)
{
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);

		yw_table_cell(t, _("alarm"));
		yw_table_cellf(t, _("the closing of '%s' by %s, in its entry %llu, is void: a quorum has signed another history than the one "
		    "at which it ends the log; %s may close it again"), yw_got_text(one, "origin"), yw_code_words(yw_got_text(one, "by")),
		    (unsigned long long)yw_got_number(one, "index"), yw_code_words(yw_got_text(one, "by")));
	}
}

/* V4: "320100 (all), 320000 (not known here)" */
static void
show_keepers(struct yw_table *t, const json_t *result)
{
	const json_t *keepers = yw_got(result, "keepers");
	const char *holder = yw_got_text(result, "holder");
	struct yw_buf text = YW_BUF_INIT;
	bool named = *holder == '\0';

	if (keepers == NULL)
		return;
	for (size_t i = 0; i < json_array_size(keepers); i++) {
		const json_t *k = json_array_get(keepers, i);
		uint64_t through = yw_got_number(k, "through");

		named |= yw_got_true(k, "named");
		yw_buf_printf(&text, "%s%s%s", i == 0 ? "" : ", ", yw_got_text(k, "code"), yw_got_true(k, "named") ? _(" as named") : "");
		if (yw_got(k, "through") == NULL)
			yw_buf_add_str(&text, _(" (how many is not known here)"));
		else if (through >= yw_got_number(result, "log.size"))
			yw_buf_add_str(&text, _(" (all)"));
		else
			yw_buf_printf(&text, _(" (those of the first %llu entries)"), (unsigned long long)through);
	}
	yw_table_cell(t, _("restricted"));
	if (!named)
		yw_table_cellf(t, _("%s is named to keep such records too, and has no open log: name another node, 'yiwang holder CODE'"), holder);
	else if (text.len == 0)
		yw_table_cell(t, _("nobody else keeps such records: name a node that does, 'yiwang holder CODE'"));
	else
		yw_table_cellf(t, _("such records are kept by %s too"), yw_buf_str(&text));
	t->text.failed |= text.failed;
	yw_buf_release(&text);
}

static void
show_kept(struct yw_table *t, const json_t *keeps)
{
	for (size_t i = 0; i < json_array_size(keeps); i++) {
		const json_t *k = json_array_get(keeps, i);

		yw_table_cell(t, _("keeps"));
		yw_table_cellf(t, _("the restricted records of '%s', which are not shown here; bodies still missing: %llu"),
		    yw_got_text(k, "origin"), (unsigned long long)yw_got_number(k, "missing"));
	}
}

/* V5: at both ends; nothing where nothing waits. */
static void
show_corrections(struct yw_table *t, const json_t *result)
{
	const json_t *mine = yw_got(result, "corrections_to_answer"), *asked = yw_got(result, "corrections_asked");

	if (mine == NULL && asked == NULL)
		return;
	yw_table_cell(t, _("corrections"));
	yw_table_cellf(t, _("to answer: %llu, of which due within two working days: %llu, overdue: %llu; asked of others: %llu, of which "
	    "overdue: %llu; 'yiwang corrections' lists them"), (unsigned long long)yw_got_number(mine, "open"),
	    (unsigned long long)yw_got_number(mine, "due"), (unsigned long long)yw_got_number(mine, "overdue"),
	    (unsigned long long)yw_got_number(asked, "open"), (unsigned long long)yw_got_number(asked, "overdue"));
}

static void
show_facts(struct yw_table *t, const json_t *result)
{
	const char *why = yw_got_text(result, "why"), *joining = yw_got_text(result, "joining");
	char used[YW_FOR_PEOPLE_MAX], left[YW_FOR_PEOPLE_MAX];

	yw_table_cell(t, _("node"));
	yw_table_cellf(t, _("%s%s%s%s in network %s, yiwangd %s"), yw_got_text(result, "code"), yw_got(result, "name") != NULL ? " " : "",
	    yw_got_text(result, "name"), yw_got_true(result, "unlisted") ? _(" (unlisted)") : "", yw_got_text(result, "network"),
	    yw_got_text(result, "version"));
	yw_table_cell(t, _("state"));
	yw_table_cell(t, json_is_false(yw_got(result, "attributable")) && strcmp(yw_got_text(result, "state"), "appending") == 0 ?
	    _("registering, in a log that is not yet attributable") : state_words(yw_got_text(result, "state")));
	if (*why != '\0') {
		yw_table_cell(t, _("because"));
		yw_table_cell(t, why);
	}
	if (*joining != '\0') {
		yw_table_cell(t, _("joining"));
		yw_table_cell(t, joining);
	}
	if (*yw_got_text(result, "new_keys") != '\0') {
		yw_table_cell(t, _("new keys"));
		yw_table_cell(t, yw_got_text(result, "new_keys"));
	}
	show_network(t, result);
	show_keepers(t, result);
	show_kept(t, yw_got(result, "keeps"));
	if (yw_got_number(result, "contradictions") != 0) {
		yw_table_cell(t, _("frozen"));
		yw_table_cellf(t, _("%llu logs whose owners have said two things: 'yiwang logs' names them"),
		    (unsigned long long)yw_got_number(result, "contradictions"));
	}
	show_silent(t, yw_got(result, "alarms"));
	show_false_rosters(t, yw_got(result, "false_rosters"));
	show_void_closings(t, yw_got(result, "void_closings"));
	if (yw_got(result, "log") != NULL)
		show_log(t, result);
	show_stops(t, yw_got(result, "stops"));
	show_corrections(t, result);
	yw_table_cell(t, _("disk"));
	yw_table_cellf(t, _("%s used, %s free"), yw_bytes_text(yw_got_number(result, "disk.used"), used),
	    yw_bytes_text(yw_got_number(result, "disk.free"), left));
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { "", "", NULL };
	bool any = json_array_size(yw_got(result, "peers")) + json_array_size(yw_got(result, "not_connected")) != 0;
	struct yw_table t;
	enum yw_exit status;

	yw_table_init(&t, headings);
	show_facts(&t, result);
	status = yw_table_put(&t);
	if (status == YW_EXIT_DONE && any)
		status = yw_put_bytes(YW_BYTES_LIT("\n"));
	return status == YW_EXIT_DONE ? yw_show_peers(result) : status;
}

static enum yw_exit
status_now(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, "status", &params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_status = {
	.name = "status",
	.operands = "",
	.summary = N_("Shows how this node is: its log, its peers, who else holds what it has registered."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = status_now,
};
