/*
 * consent.c - `yiwang consent`: that an issuer below this node may admit a node anew whose old keys are gone (T9).
 */
#include "cli/ask.h"
#include "cli/commands.h"

struct consent_call {
	struct yw_call call;
	const char *fingerprint;
};

static const struct yw_option options[] = {
	{ "fingerprint", 0, YW_OPTION_TEXT, offsetof(struct consent_call, fingerprint), "'NNNNN NNNNN ...'",
	    N_("of the request, as the admin of the node that asks has read it out") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("consented: %s may be admitted anew; fingerprint %s"), yw_got_text(result, "code"),
	    yw_got_text(result, "fingerprint"));
	yw_say(_("next: its issuer admits it, as soon as this has come there: yiwang admit --request FILE"));
	return YW_EXIT_DONE;
}

static enum yw_exit
consent(struct yw_call *call)
{
	const struct consent_call *c = (const struct consent_call *)call;
	struct yw_buf request = YW_BUF_INIT, params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	enum yw_exit status;
	struct yw_json j;

	if (c->fingerprint == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--fingerprint");
	if (yw_read_request(call->operands[0], &request, &err) != YW_OK)
		return yw_failed(&err);
	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_base64(&j, "request", yw_buf_bytes(&request));
	yw_json_str(&j, "fingerprint", c->fingerprint);
	yw_json_object_end(&j);
	yw_buf_release(&request);
	status = yw_ask(call, "consent", &params, YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_consent = {
	.name = "consent",
	.operands = "FILE --fingerprint NUMBERS",
	.summary = N_("Consents to a new log of a node two levels below whose old keys are lost or stolen."),
	.details = N_("FILE is its request. The node between then admits it; without the consent nobody believes that. Make sure by\n"
	    "telephone that the jurisdiction itself asks for it: this is what keeps its issuer from taking its place."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct consent_call),
	.run = consent,
};
