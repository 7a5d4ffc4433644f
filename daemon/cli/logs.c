/*
 * logs.c - `yiwang logs`: how far this node has each log, and how far others have signed that they do; and of one
 * log, which bodies are not here.
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
	if (yw_got(log, "evidence") != NULL)
		yw_say(_("%s: kept as evidence: entry %llu, leaf %.16s..., proved into the signed head of %llu entries"),
		    yw_got_text(log, "origin"), (unsigned long long)yw_got_number(log, "evidence.index"),
		    yw_got_text(log, "evidence.leaf"), (unsigned long long)yw_got_number(log, "evidence.head_size"));
}

/* What is so for ever, or until somebody acts. */
static void
show_standing(const json_t *log)
{
	const char *origin = yw_got_text(log, "origin");

	if (yw_got(log, "closed") != NULL)
		yw_say(_("%s: closed by %s at %llu entries%s: %s"), origin, yw_code_words(yw_got_text(log, "closed.by")),
		    (unsigned long long)yw_got_number(log, "closed.size"),
		    yw_got_true(log, "closed.revoked") ? _(", its keys are revoked") : "", yw_got_text(log, "closed.reason"));
	if (yw_got(log, "recovery") != NULL)
		yw_say(_("%s: a recovery, on the word of %s, with the consent of %s"), origin,
		    yw_code_words(yw_got_text(log, "recovery.by")), yw_code_words(yw_got_text(log, "recovery.consent")));
	if (yw_got(log, "cut") != NULL)
		yw_say(_("%s: quorum for %llu entries met when seen, at %s, cut by %s"), origin,
		    (unsigned long long)yw_got_number(log, "cut.size"), yw_got_text(log, "cut.time"),
		    yw_code_words(yw_got_text(log, "cut.by")));
}

/* R4.  Of a stale path there is one line for all. */
static void
show_silence(const json_t *logs)
{
	const char *stale = NULL;
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(logs); i++) {
		const json_t *log = json_array_get(logs, i);
		const char *origin = yw_got_text(log, "origin"), *kind = yw_got_text(log, "alarm.kind"), *since = yw_got_text(log, "alarm.since");

		if (strcmp(kind, "owner_silent") == 0)
			yw_say(_("%s: its owner is silent since %s, though others are heard"), origin, since);
		else if (strcmp(kind, "mirrors_silent") == 0)
			yw_say(_("%s: no quorum has signed for it since %s, though its owner is heard"), origin, since);
		else if (strcmp(kind, "path_stale") == 0 && (n++ == 0 || strcmp(since, stale) > 0))
			stale = since;
	}
	if (n != 0)
		yw_say(_("the path to %zu logs is stale: nothing new of any of them has come since %s"), n, stale);
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { N_("log"), N_("name"), ">" N_("entries"), ">" N_("announced"), ">" N_("missing bodies"),
		">" N_("receipts to"), N_("newest beat"), ">" N_("quorum to"), N_("quorum since"), N_("root"), NULL };
	const json_t *logs = yw_got(result, "logs");
	char age[YW_FOR_PEOPLE_MAX];
	enum yw_exit status;
	struct yw_table t;

	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(logs); i++) {
		const json_t *log = json_array_get(logs, i);

		yw_table_cellf(&t, "%s%s", yw_got_text(log, "origin"), yw_got_true(log, "own") ? _(" (own)") : "");
		yw_table_cellf(&t, "%s%s", yw_got_text(log, "name"), yw_got_true(log, "unlisted") ? _(" (unlisted)") : "");
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
	for (size_t i = 0; i < json_array_size(logs); i++) {
		show_trouble(json_array_get(logs, i));
		show_standing(json_array_get(logs, i));
	}
	show_silence(logs);
	return status;
}

/* --- one log: which bodies are not here --- */

static const char *
body_word(const char *state)
{
	static const struct { const char *state, *words; } all[] = {
		{ "lost", N_("lost: its owner has declared so") },
		{ "erased", N_("erased: by its owner, or who acts for it") },
		{ "withheld", N_("withheld from this node") },
		{ "kept", N_("kept here for its owner, and not shown") },
		{ "missing", N_("missing: nobody has brought it yet") },
		{ "refused", N_("refused: what came is no record of this log") },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].state, state) == 0)
			return _(all[i].words);
	return state;
}

static void
show_place(struct yw_table *t, const json_t *place)
{
	uint64_t item = yw_got_number(place, "item"), n = yw_got_number(place, "items");
	struct yw_buf codes = YW_BUF_INIT;

	yw_table_cellf(t, "%llu", (unsigned long long)yw_got_number(place, "index"));
	if (n > 1)
		yw_table_cellf(t, "%llu-%llu", (unsigned long long)item, (unsigned long long)(item + n - 1));
	else
		yw_table_cellf(t, "%llu", (unsigned long long)item);
	yw_table_cell(t, body_word(yw_got_text(place, "body")));
	yw_table_cell(t, yw_sharing_word(yw_got_text(place, "class")));
	yw_add_codes(&codes, yw_got(place, "audience"), " ");
	yw_table_cell(t, codes.len != 0 ? yw_buf_str(&codes) : "-");
	yw_table_cell(t, yw_got_text(place, "signed_at"));
	yw_buf_release(&codes);
}

static enum yw_exit
show_bodies(const json_t *result)
{
	static const char *const headings[] = { "", "", NULL };
	struct yw_table t;

	yw_table_init(&t, headings);
	yw_table_cell(&t, yw_got_text(result, "origin"));
	yw_table_cellf(&t, _("%llu entries; of its bodies %llu are here, %llu lost, %llu withheld, %llu missing, %llu refused"),
	    (unsigned long long)yw_got_number(result, "size"), (unsigned long long)yw_got_number(result, "bodies.held"),
	    (unsigned long long)yw_got_number(result, "bodies.lost"),
	    (unsigned long long)yw_got_number(result, "bodies.withheld"),
	    (unsigned long long)yw_got_number(result, "bodies.missing"),
	    (unsigned long long)yw_got_number(result, "bodies.refused"));
	if (yw_got(result, "bodies.erased") != NULL && yw_got_number(result, "bodies.erased") != 0) {
		yw_table_cell(&t, "");
		yw_table_cellf(&t, _("%llu were erased"), (unsigned long long)yw_got_number(result, "bodies.erased"));
	}
	if (yw_got(result, "bodies.kept") != NULL && yw_got_number(result, "bodies.kept") != 0) {
		yw_table_cell(&t, "");
		yw_table_cellf(&t, _("%llu are kept here for its owner, and not shown"), (unsigned long long)yw_got_number(result, "bodies.kept"));
	}
	return yw_table_put(&t);
}

static enum yw_exit
show_places(const json_t *result)
{
	static const char *const headings[] = { ">" N_("entry"), ">" N_("item"), N_("body"), N_("class"), N_("for"),
		N_("signed"), NULL };
	const json_t *places = yw_got(result, "places"), *next = yw_got(result, "next");
	enum yw_exit status = show_bodies(result);
	struct yw_table t;

	if (status != YW_EXIT_DONE || json_array_size(places) == 0)
		return status;
	status = yw_put_bytes(YW_BYTES_LIT("\n"));
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(places); i++)
		show_place(&t, json_array_get(places, i));
	if (yw_table_put(&t) != YW_EXIT_DONE)
		status = YW_EXIT_FAILED;
	if (next != NULL)
		yw_say(_("there are more: --after %llu"), (unsigned long long)yw_got_number(result, "next"));
	return status;
}

struct logs_call {
	struct yw_call call;
	uint64_t after, limit;
};

static const struct yw_option options[] = {
	{ "after", 0, YW_OPTION_NUMBER, offsetof(struct logs_call, after), "ENTRY", N_("of one log: go on after this entry") },
	{ "limit", 0, YW_OPTION_NUMBER, offsetof(struct logs_call, limit), "N", N_("of one log: about so many lines (100)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static void
places_params(const struct logs_call *c, struct yw_buf *out)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "log", c->call.operands[0]);
	if (c->after != 0)
		yw_json_uint(&j, "after", c->after);
	if (c->limit != 0)
		yw_json_uint(&j, "limit", c->limit);
	yw_json_object_end(&j);
}

static enum yw_exit
logs(struct yw_call *call)
{
	const struct logs_call *c = (const struct logs_call *)call;
	bool one = call->n_operands != 0;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status;

	if (!one && (c->after != 0 || c->limit != 0))
		return yw_misused(call->command, _("--after and --limit need a LOG"));
	if (one)
		places_params(c, &params);
	status = yw_ask(call, one ? "log.places" : "logs", &params, one ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, one ? show_places : show) : status;
}

const struct yw_command yw_cmd_logs = {
	.name = "logs",
	.operands = "[LOG]",
	.summary = N_("Shows each log that this node holds, and how far; of one log, which bodies are not here."),
	.details = N_("LOG is a log or a code. A body that is not here is lost, withheld by its class and audience, still missing,\n"
	    "or refused. A node that may have it shows it with 'yiwang get LOG ENTRY ITEM'."),
	.max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct logs_call),
	.run = logs,
};
