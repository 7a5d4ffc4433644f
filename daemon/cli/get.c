/*
 * get.c - `yiwang get`: one record, with what it rests on.
 */
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "record/kind.h"
#include "record/label.h"

#define FIELD_MAX YW_CALLED_MAX
#define MONEY_SUFFIX "_fen"

/* Where a value stands, and what that is called. */
struct where {
	char path[FIELD_MAX], name[FIELD_MAX];
};

static void show_value(struct yw_table *t, const struct where *at, const json_t *v);

/* Amounts are whole fen; people read yuan. */
static bool
is_money(const char *name)
{
	size_t n = strlen(name), suffix = strlen(MONEY_SUFFIX);

	return n > suffix && strcmp(name + n - suffix, MONEY_SUFFIX) == 0;
}

void
yw_call_label(const char *key, char out[static YW_CALLED_MAX])
{
	const char *called = _(key), *own = strchr(key, '.') + 1;

	if (called != key) {
		snprintf(out, FIELD_MAX, "%s", called);
		return;
	}
	snprintf(out, FIELD_MAX, "%.*s", (int)(strlen(own) - (is_money(own) ? strlen(MONEY_SUFFIX) : 0)), own);
	for (char *p = out; *p != '\0'; p++)
		*p = *p == '_' ? ' ' : *p;
}

/* One step down.  The kind itself is no part of a name: the id says it. */
static void
go_to(const struct where *from, const char *key, struct where *to)
{
	char called[FIELD_MAX];
	struct yw_label label;

	snprintf(to->path, sizeof to->path, "%.120s%s%.120s", from->path, from->path[0] != '\0' ? "." : "", key);
	if (yw_record_label(to->path, "", &label))
		yw_call_label(label.field, called);
	else
		snprintf(called, sizeof called, "%s", key);
	if (from->path[0] == '\0' && yw_kind_parse(key, strlen(key)) != YW_KIND_NONE)
		to->name[0] = '\0';
	else
		snprintf(to->name, sizeof to->name, "%.120s%s%.120s", from->name, from->name[0] != '\0' ? " " : "", called);
}

static void
show_object(struct yw_table *t, const struct where *at, const json_t *o)
{
	struct where below;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)(uintptr_t)o, key, v) {
		go_to(at, key, &below);
		show_value(t, &below, v);
	}
}

static void
add_text(struct yw_buf *out, const struct where *at, const char *text)
{
	char called[FIELD_MAX];
	struct yw_label label;

	if (!yw_record_label(at->path, text, &label) || label.word[0] == '\0') {
		yw_buf_add_str(out, text);
		return;
	}
	yw_call_label(label.word, called);
	yw_buf_add_str(out, called);
}

/* Texts side by side, objects one below the other. */
static void
show_array(struct yw_table *t, const struct where *at, const json_t *a)
{
	struct yw_buf texts = YW_BUF_INIT;
	struct where numbered = *at;

	for (size_t i = 0; i < json_array_size(a); i++) {
		const json_t *v = json_array_get(a, i);

		if (json_is_string(v)) {
			yw_buf_add_str(&texts, texts.len != 0 ? "; " : "");
			add_text(&texts, at, json_string_value(v));
			continue;
		}
		snprintf(numbered.name, sizeof numbered.name, "%.200s %zu", at->name, i + 1);
		show_value(t, &numbered, v);
	}
	if (texts.len != 0) {
		yw_table_cell(t, at->name);
		yw_table_cell(t, yw_buf_str(&texts));
	}
	t->text.failed |= texts.failed;
	yw_buf_release(&texts);
}

static void
show_number(struct yw_table *t, const struct where *at, long long number)
{
	if (is_money(at->path))
		yw_table_cellf(t, _("%s%lld.%02lld yuan"), number < 0 ? "-" : "", llabs(number / 100), llabs(number % 100));
	else
		yw_table_cellf(t, "%lld", number);
}

static void
show_value(struct yw_table *t, const struct where *at, const json_t *v)
{
	struct yw_buf text = YW_BUF_INIT;

	if (json_is_object(v)) {
		show_object(t, at, v);
	} else if (json_is_array(v)) {
		show_array(t, at, v);
	} else if (json_is_integer(v)) {
		yw_table_cell(t, at->name);
		show_number(t, at, json_integer_value(v));
	} else {
		add_text(&text, at, json_is_string(v) ? json_string_value(v) : json_is_true(v) ? _("yes") : _("no"));
		yw_table_cell(t, at->name);
		yw_table_cell(t, yw_buf_str(&text));
		t->text.failed |= text.failed;
		yw_buf_release(&text);
	}
}

static void
show_sharing(struct yw_table *t, const json_t *result)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_buf_printf(&text, _("%s, %s"), yw_sharing_word(yw_got_text(result, "class")), yw_sharing_word(yw_got_text(result, "openness")));
	if (json_array_size(yw_got(result, "audience")) != 0) {
		yw_buf_printf(&text, _(", for "));
		yw_add_codes(&text, yw_got(result, "audience"), " ");
	}
	yw_table_cell(t, _("shared"));
	yw_table_cell(t, yw_buf_str(&text));
	yw_buf_release(&text);
}

/* V5: of a request as it stands now, who answered it, when, and what. */
static void
put_answer(struct yw_table *t, const json_t *result)
{
	const json_t *answer = yw_got(result, "answer");
	bool accepted = strcmp(yw_got_text(answer, "state"), "accepted") == 0;

	if (yw_got(result, "record.correction_request") == NULL || yw_got(result, "as_of") != NULL)
		return;
	yw_table_cell(t, _("answered"));
	if (answer == NULL)
		yw_table_cell(t, _("not yet, as far as this node can see"));
	else if (accepted)
		yw_table_cellf(t, _("by %s on %s: accepted, revision %llu carries the correction"), yw_got_text(answer, "by"),
		    yw_got_text(answer, "on"), (unsigned long long)yw_got_number(answer, "accepted_revision"));
	else
		yw_table_cellf(t, _("by %s on %s: refused"), yw_got_text(answer, "by"), yw_got_text(answer, "on"));
	if (*yw_got_text(answer, "reason") != '\0') {
		yw_table_cell(t, _("why"));
		yw_table_cell(t, yw_got_text(answer, "reason"));
	}
	if (answer != NULL) {
		yw_table_cell(t, _("answer"));
		yw_table_cell(t, yw_got_text(answer, "id"));
	}
}

static void
show_trust(struct yw_table *t, const json_t *result)
{
	struct yw_buf chain = YW_BUF_INIT;
	char age[YW_FOR_PEOPLE_MAX];

	yw_table_cell(t, _("registered"));
	yw_table_cellf(t, _("entry %llu, item %llu of %s"), (unsigned long long)yw_got_number(result, "place.index"),
	    (unsigned long long)yw_got_number(result, "place.item"), yw_got_text(result, "place.origin"));
	if (yw_got(result, "later") != NULL) {
		yw_table_cell(t, _("changed"));
		yw_table_cellf(t, _("by entry %llu, in a way that only a newer version of yiwang can show"),
		    (unsigned long long)yw_got_number(result, "later.index"));
	}
	if (json_array_size(yw_got(result, "replaced_by")) != 0) {
		yw_add_codes(&chain, yw_got(result, "replaced_by"), " ");
		yw_table_cell(t, _("changed into"));
		yw_table_cell(t, yw_buf_str(&chain));
		yw_buf_clear(&chain);
	}
	if (json_array_size(yw_got(result, "corrections")) != 0) {
		yw_add_codes(&chain, yw_got(result, "corrections"), " ");
		yw_table_cell(t, _("in doubt"));
		yw_table_cellf(t, _("its correction is asked for, and not answered yet, as far as this node can see: %s"), yw_buf_str(&chain));
		yw_buf_clear(&chain);
	}
	if (yw_got(result, "doubted_by") != NULL) {
		yw_table_cell(t, _("doubted by"));
		yw_table_cellf(t, _("%s, which closed this log: it counts all the same"), yw_got_text(result, "doubted_by"));
	}
	yw_put_recovery(t, result);
	yw_table_cell(t, "SHA-256");
	yw_table_cell(t, yw_got_text(result, "sha256"));
	yw_table_cell(t, _("signed"));
	yw_table_cellf(t, _("%s (the owner's claim), by key %.16s...: %s"), yw_got_text(result, "signed_at"),
	    yw_got_text(result, "signer"), strcmp(yw_got_text(result, "signature"), "verified") == 0 ? _("verified here") :
	    yw_got_text(result, "signature"));
	yw_add_codes(&chain, yw_got(result, "via"), " > ");
	yw_table_cell(t, _("delegated"));
	if (chain.len != 0)
		yw_table_cellf(t, _("%s, each link checked"), yw_buf_str(&chain));
	else
		yw_table_cell(t, _("not yet: its log is not yet attributable"));
	yw_buf_release(&chain);
	yw_table_cell(t, _("log"));
	yw_table_cellf(t, _("%llu entries, root %.16s..."), (unsigned long long)yw_got_number(result, "log.size"),
	    yw_got_text(result, "log.root"));
	yw_table_cell(t, _("quorum"));
	if (yw_got(result, "log.quorum") != NULL)
		yw_table_cellf(t, _("%llu entries, %s (%s)"), (unsigned long long)yw_got_number(result, "log.quorum.size"),
		    yw_got_text(result, "log.quorum.time"), yw_age_of(yw_got_text(result, "log.quorum.time"), age));
	else
		yw_table_cell(t, _("none yet"));
	yw_put_cut(t, yw_got(result, "log"));
}

enum yw_exit
yw_show_fields(const json_t *record)
{
	static const char *const headings[] = { "", "", NULL };
	static const struct where top = { "", "" };
	struct yw_table t;
	enum yw_exit status;

	yw_table_init(&t, headings);
	show_object(&t, &top, record);
	status = yw_table_put(&t);
	return status == YW_EXIT_DONE ? yw_put_bytes(YW_BYTES_LIT("\n")) : status;
}

void
yw_put_divisions(struct yw_table *t, const json_t *result)
{
	const json_t *divisions = yw_got(result, "divisions");

	for (size_t i = 0; i < json_array_size(divisions); i++) {
		const json_t *d = json_array_get(divisions, i);

		yw_table_cell(t, i == 0 ? _("divisions") : "");
		if (yw_got(d, "today") != NULL)
			yw_table_cellf(t, _("%s %s, today %s %s"), yw_got_text(d, "code"), yw_got_text(d, "name"), yw_got_text(d, "today.code"),
			    yw_got_text(d, "today.name"));
		else if (yw_got(d, "until") != NULL)
			yw_table_cellf(t, _("%s %s, until %s"), yw_got_text(d, "code"), yw_got_text(d, "name"), yw_got_text(d, "until"));
		else
			yw_table_cellf(t, "%s %s%s", yw_got_text(d, "code"), yw_got_text(d, "name"), yw_got_true(d, "unlisted") ?
			    _(" (unlisted)") : yw_got_true(d, "zone") ? _(" (a development zone)") : "");
	}
}

/* Those that are not registered one by one: there are up to thousands. */
static void
put_references(struct yw_table *t, const json_t *result)
{
	static const struct { const char *state, *says; } all[] = {
		{ "withdrawn", N_("withdrawn") },
		{ "erased", N_("erased") },
		{ "not_here", N_("nothing is here under that id") },
	};
	const json_t *references = yw_got(result, "references");
	size_t total = json_array_size(references), registered = 0;
	const char *label = _("refers to");

	for (size_t i = 0; i < total; i++)
		registered += strcmp(yw_got_text(json_array_get(references, i), "state"), "registered") == 0;
	if (registered != 0) {
		yw_table_cell(t, label);
		label = "";
		yw_table_cellf(t, _("records that are here: %zu"), registered);
	}
	for (size_t i = 0; i < total; i++)
		for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
			const json_t *r = json_array_get(references, i);

			if (strcmp(yw_got_text(r, "state"), all[k].state) != 0)
				continue;
			yw_table_cell(t, label);
			label = "";
			yw_table_cellf(t, "%s: %s", yw_got_text(r, "id"), _(all[k].says));
		}
}

/* Of what is withdrawn nothing else is shown. */
static void
put_state(struct yw_table *t, const json_t *record)
{
	yw_table_cell(t, _("state"));
	if (strcmp(yw_got_text(record, "operation"), "withdraw") == 0)
		yw_table_cellf(t, _("withdrawn: 'yiwang history %s' lists what it was"), yw_got_text(record, "id"));
	else
		yw_table_cell(t, yw_operation_word(record));
}

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { "", "", NULL };
	enum yw_exit status = yw_show_fields(yw_got(result, "record"));
	struct yw_buf as_of = YW_BUF_INIT;
	struct yw_table t;

	if (status != YW_EXIT_DONE)
		return status;
	yw_table_init(&t, headings);
	if (yw_got(result, "as_of") != NULL) {
		yw_add_as_of(&as_of, result);
		yw_table_cell(&t, _("as of"));
		yw_table_cell(&t, yw_buf_str(&as_of));
	}
	t.text.failed |= as_of.failed;
	yw_buf_release(&as_of);
	put_state(&t, yw_got(result, "record"));
	put_answer(&t, result);
	yw_put_divisions(&t, result);
	put_references(&t, result);
	show_sharing(&t, result);
	show_trust(&t, result);
	return yw_table_put(&t);
}

struct get_call {
	struct yw_call call;
	const char *at;
};

static const struct yw_option options[] = {
	{ "at", 0, YW_OPTION_TEXT, offsetof(struct get_call, at), "TIME",
	    N_("as it stood then: 2026-11-24, or 2026-11-24T08:00:00Z") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
get(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_params_record(call, ((const struct get_call *)call)->at, &params);

	if (status == YW_EXIT_DONE)
		status = yw_ask(call, "record.get", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_get = {
	.name = "get",
	.operands = YW_RECORD_OPERANDS,
	.summary = N_("Shows one record as it is now, or what stands at a place of a log, and what that rests on."),
	.details = N_("ID is CODE/KIND/LOCAL, for example 320102/contract/2024320111000002. LOG is a log or a code,\n"
	    "ENTRY and ITEM are as 'yiwang history' and 'yiwang logs LOG' print them. What --json prints,\n"
	    "'yiwang put' reads."),
	.min = 1, .max = 3,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct get_call),
	.run = get,
};
