/*
 * evidence.c - `yiwang evidence`: what proves one record to somebody who holds only the network file (B12).
 */
#include "base/file.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct evidence_call {
	struct yw_call call;
	const char *out;
};

static const struct yw_option options[] = {
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct evidence_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
evidence(struct yw_call *call)
{
	const struct evidence_call *c = (const struct evidence_call *)call;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	enum yw_exit status = yw_params_record(call, &params);

	if (status == YW_EXIT_DONE)
		status = yw_ask(call, "evidence", &params, YW_ASK_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	if (c->out == NULL)
		status = yw_put_bytes(yw_buf_bytes(&reply.answer.data));
	else if (yw_file_write(c->out, reply.answer.data.data, reply.answer.data.len, 0644, true, &err) != YW_OK)
		status = yw_failed(&err);
	if (status == YW_EXIT_DONE && yw_got_true(reply.json, "quorum"))
		yw_say(_("it carries a quorum; 'yiwang verify FILE --network FILE' judges it, anywhere"));
	else if (status == YW_EXIT_DONE)
		yw_say(_("no quorum has signed for it yet: it proves who registered it, not when; ask again later for more"));
	yw_reply_release(&reply);
	return status;
}

const struct yw_command yw_cmd_evidence = {
	.name = "evidence",
	.operands = YW_RECORD_OPERANDS,
	.summary = N_("Writes the evidence of a record: one file that proves it to anybody who has the network file."),
	.details = N_("Of a record that is withheld from this node, named by its place, it proves all but the content.\n"
	    "'yiwang logs LOG' lists such places."),
	.min = 1, .max = 3,
	.takes = YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct evidence_call),
	.run = evidence,
};
