/*
 * evidence.c - `yiwang evidence`: what proves one record, or that the owner of a log has said two things, to somebody
 * who holds only the network file (B12, L6).
 */
#include "cli/ask.h"
#include "cli/commands.h"
#include "record/code.h"

struct evidence_call {
	struct yw_call call;
	const char *out, *at;
};

static const struct yw_option options[] = {
	{ "out", 'o', YW_OPTION_TEXT, offsetof(struct evidence_call, out), "FILE",
	    N_("where to write it (the standard output)") },
	{ "at", 0, YW_OPTION_TEXT, offsetof(struct evidence_call, at), "TIME",
	    N_("as it stood then: 2026-11-24, or 2026-11-24T08:00:00Z") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
evidence(struct yw_call *call)
{
	const struct evidence_call *c = (const struct evidence_call *)call;
	const char *what = call->operands[0];
	struct yw_jurisdiction code;
	bool of_network = call->n_operands == 1 && strcmp(what, "network") == 0;
	bool of_a_log = call->n_operands == 1 && yw_jurisdiction_parse(what, strlen(what), &code) == YW_OK;
	struct yw_buf params = YW_BUF_INIT, as_of = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = YW_EXIT_DONE;

	if (c->at != NULL && (of_network || of_a_log))
		return yw_misused(call->command, _("--at goes with an ID: a place of a log is what it is at all times"));
	if (of_network)
		yw_buf_add_str(&params, "{\"network\":true}");
	else if (of_a_log)
		yw_params_text(&params, "code", what);
	else
		status = yw_params_record(call, c->at, &params);
	if (status == YW_EXIT_DONE)
		status = yw_ask(call, of_a_log || of_network ? "contradiction" : "evidence", &params, YW_ASK_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	status = yw_put_file(c->out, yw_buf_bytes(&reply.answer.data));
	if (status == YW_EXIT_DONE && of_network)
		yw_say(_("the root keys have signed two network files of one version; 'yiwang verify FILE --network FILE' judges it, "
		    "anywhere"));
	else if (status == YW_EXIT_DONE && of_a_log)
		yw_say(_("the owner of '%s' has signed what cannot both be true; 'yiwang verify FILE --network FILE' judges it, "
		    "anywhere"), yw_got_text(reply.json, "origin"));
	else if (status == YW_EXIT_DONE && yw_got_true(reply.json, "quorum"))
		yw_say(_("it carries a quorum; 'yiwang verify FILE --network FILE' judges it, anywhere"));
	else if (status == YW_EXIT_DONE && yw_got_true(reply.json, "met_when_seen"))
		yw_say(_("its quorum was met when this node saw it, and was cut since: the file proves who registered it, not when"));
	else if (status == YW_EXIT_DONE)
		yw_say(_("no quorum has signed for it yet: it proves who registered it, not when; ask again later for more"));
	if (status == YW_EXIT_DONE && yw_got(reply.json, "lost_by") != NULL)
		yw_say(_("its body is lost, as entry %llu of %s declares: the file proves all but the content"),
		    (unsigned long long)yw_got_number(reply.json, "lost_by.index"), yw_got_text(reply.json, "lost_by.origin"));
	if (status == YW_EXIT_DONE && yw_got(reply.json, "erased_by") != NULL)
		yw_say(_("its body is erased, by entry %llu of %s: the file proves all but the content"),
		    (unsigned long long)yw_got_number(reply.json, "erased_by.index"), yw_got_text(reply.json, "erased_by.origin"));
	if (status == YW_EXIT_DONE && yw_got(reply.json, "as_of") != NULL) {
		yw_add_as_of(&as_of, reply.json);
		yw_say("%s", yw_buf_str(&as_of));
	}
	yw_buf_release(&as_of);
	yw_reply_release(&reply);
	return status;
}

const struct yw_command yw_cmd_evidence = {
	.name = "evidence",
	.operands = YW_RECORD_OPERANDS " | CODE | network",
	.summary = N_("Writes one file that proves a record, or a contradiction, to anybody with the network file."),
	.details = N_("CODE: that two histories of its log were signed, or a roster that is not what its log says. network: that\n"
	    "the root keys signed two network files of one version.\n"
	    "Of a record that is withheld from this node, or lost, named by its place, it proves all but the content.\n"
	    "'yiwang logs LOG' lists such places."),
	.min = 1, .max = 3,
	.takes = YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct evidence_call),
	.run = evidence,
};
