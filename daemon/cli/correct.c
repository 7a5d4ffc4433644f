/*
 * correct.c - `yiwang correct` and `yiwang answer`: somebody else's record is held to be wrong, and its owner says whether it is.
 */
#include "cli/ask.h"
#include "cli/commands.h"

/* --- correct --- */

struct correct_call {
	struct yw_call call;
	struct yw_words fields, proposed;
	const char *reason, *durable;
};

static const struct yw_option correct_options[] = {
	{ "field", 0, YW_OPTION_LIST, offsetof(struct correct_call, fields), "NAME",
	    N_("a field that is held to be wrong, as 'yiwang schema KIND' names it; may be repeated") },
	{ "proposed", 0, YW_OPTION_LIST, offsetof(struct correct_call, proposed), "TEXT",
	    N_("what is held to be right there, '' where it is not known; one for each --field, in their order") },
	{ "reason", 0, YW_OPTION_TEXT, offsetof(struct correct_call, reason), "TEXT", N_("why, in words") },
	{ "durable", 0, YW_OPTION_TEXT, offsetof(struct correct_call, durable), "CODE|quorum",
	    N_("wait until that node, or a quorum, holds it too") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static void
correct_params(const struct correct_call *c, struct yw_buf *out)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "record", c->call.operands[0]);
	yw_json_str(&j, "reason", c->reason);
	yw_json_array(&j, "points");
	for (size_t i = 0; i < c->fields.n; i++) {
		yw_json_object(&j, NULL);
		yw_json_str(&j, "field", c->fields.word[i]);
		if (c->proposed.word[i][0] != '\0')
			yw_json_str(&j, "proposed", c->proposed.word[i]);
		yw_json_object_end(&j);
	}
	yw_json_array_end(&j);
	if (c->durable != NULL)
		yw_json_str(&j, "durable", c->durable);
	yw_json_object_end(&j);
}

static enum yw_exit
correct(struct yw_call *call)
{
	const struct correct_call *c = (const struct correct_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;

	if (c->reason == NULL || c->fields.n == 0)
		return yw_misused(call->command, _("something is missing: %s"), c->reason == NULL ? "--reason TEXT" : "--field NAME");
	if (c->proposed.n != c->fields.n)
		return yw_misused(call->command, _("%zu of --field, and %zu of --proposed: each field has one, '' where it is not known"),
		    c->fields.n, c->proposed.n);
	correct_params(c, &params);
	status = yw_ask(call, "correction.ask", &params, c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, yw_show_registered) : status;
}

const struct yw_command yw_cmd_correct = {
	.name = "correct",
	.operands = "ID --field NAME --proposed TEXT --reason TEXT",
	.summary = N_("Asks the owner of a record to correct it; those see the request who see the record."),
	.details = N_("It speaks of the record as this node has it now. What this node registered itself is changed with\n"
	    "'yiwang put'. 'yiwang corrections' shows what becomes of it."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = correct_options,
	.size = sizeof(struct correct_call),
	.run = correct,
};

/* --- answer --- */

struct answer_call {
	struct yw_call call;
	bool accepted, refused;
	const char *reason, *durable;
};

static const struct yw_option answer_options[] = {
	{ "accepted", 0, YW_OPTION_FLAG, offsetof(struct answer_call, accepted), NULL,
	    N_("the record as it is now is right: it was changed since the request was made") },
	{ "refused", 0, YW_OPTION_FLAG, offsetof(struct answer_call, refused), NULL, N_("it stays as it was; needs --reason") },
	{ "reason", 0, YW_OPTION_TEXT, offsetof(struct answer_call, reason), "TEXT", N_("why, in words") },
	{ "durable", 0, YW_OPTION_TEXT, offsetof(struct answer_call, durable), "CODE|quorum",
	    N_("wait until that node, or a quorum, holds it too") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
answer(struct yw_call *call)
{
	const struct answer_call *c = (const struct answer_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	if (c->accepted == c->refused)
		return yw_misused(call->command, _("one of: --accepted; --refused --reason TEXT"));
	if (c->refused && c->reason == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--reason TEXT");
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "request", call->operands[0]);
	yw_json_bool(&j, "accepted", c->accepted);
	if (c->reason != NULL)
		yw_json_str(&j, "reason", c->reason);
	if (c->durable != NULL)
		yw_json_str(&j, "durable", c->durable);
	yw_json_object_end(&j);
	status = yw_ask(call, "correction.answer", &params, c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, yw_show_registered) : status;
}

const struct yw_command yw_cmd_answer = {
	.name = "answer",
	.operands = "REQUEST-ID --accepted | --refused --reason TEXT",
	.summary = N_("Answers a request to correct one of this node's records."),
	.details = N_("To accept: change the record with 'yiwang put', or withdraw it, and then answer; the answer names that\n"
	    "revision. 'yiwang corrections' lists the requests."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = answer_options,
	.size = sizeof(struct answer_call),
	.run = answer,
};
