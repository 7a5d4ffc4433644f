/*
 * close.c - `yiwang close`: an issuer ends a log that it answers for (T6).
 */
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct close_call {
	struct yw_call call;
	const char *reason, *next_issuer, *successor, *doubted_from;
	bool revoked;
};

static const struct yw_option options[] = {
	{ "reason", 0, YW_OPTION_TEXT, offsetof(struct close_call, reason), "TEXT",
	    N_("why, in words; it stands in this node's log for ever") },
	{ "revoked", 0, YW_OPTION_FLAG, offsetof(struct close_call, revoked), NULL,
	    N_("its keys are stolen or lost: their word counts for nothing any more") },
	{ "next-issuer", 0, YW_OPTION_TEXT, offsetof(struct close_call, next_issuer), "CODE",
	    N_("another code above it, which its next log is to be admitted by") },
	{ "successor", 0, YW_OPTION_TEXT, offsetof(struct close_call, successor), "CODE",
	    N_("the code that it was merged into") },
	{ "doubted-from", 0, YW_OPTION_TEXT, offsetof(struct close_call, doubted_from), "ENTRY",
	    N_("what it holds from this entry on counts, and is shown as doubted") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("%s is closed at %llu entries; what was registered below stays valid"), yw_got_text(result, "origin"),
	    (unsigned long long)yw_got_number(result, "size"));
	yw_say(_("if %s is to go on, its admin runs there: yiwang log next"), yw_got_text(result, "code"));
	if (yw_got(result, "successor_admitted") != NULL && !yw_got_true(result, "successor_admitted"))
		yw_say(_("nobody has been admitted as its successor yet, as far as this node knows: what it registered waits for that one"));
	return YW_EXIT_DONE;
}

static void
put_text(struct yw_json *j, const char *name, const char *text)
{
	if (text != NULL)
		yw_json_str(j, name, text);
}

static enum yw_exit
close_log(struct yw_call *call)
{
	const struct close_call *c = (const struct close_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	uint64_t from = 0;
	enum yw_exit status;
	struct yw_json j;

	if (c->reason == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--reason TEXT");
	if (c->reason[strspn(c->reason, " \t\r\n")] == '\0')
		return yw_misused(call->command, _("option '--%s' is empty: people will ask for it"), "reason");
	if (c->doubted_from != NULL &&
	    yw_decimal_decode(c->doubted_from, strlen(c->doubted_from), INT64_MAX, &from) != YW_OK)
		return yw_misused(call->command, _("option '--%s': '%s' is no number of an entry; they go from 0 to %lld"),
		    "doubted-from", c->doubted_from, (long long)INT64_MAX);
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", call->operands[0]);
	yw_json_str(&j, "reason", c->reason);
	if (c->revoked)
		yw_json_bool(&j, "revoked", true);
	put_text(&j, "next_issuer", c->next_issuer);
	put_text(&j, "successor", c->successor);
	if (c->doubted_from != NULL)
		yw_json_uint(&j, "doubted_from", from);
	yw_json_object_end(&j);
	status = yw_ask(call, "close", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_close = {
	.name = "close",
	.operands = "CODE --reason TEXT",
	.summary = N_("Ends the log of a node below this one; it goes on only as a next log."),
	.details = N_("Run it at the node that admitted CODE, or at the nearest one above whose log is open. What this node holds\n"
	    "of the log, and what had its quorum, stays valid for ever; what comes after counts for nothing."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct close_call),
	.run = close_log,
};
