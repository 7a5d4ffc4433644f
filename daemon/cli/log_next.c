/*
 * log_next.c - `yiwang log next`: this node goes on with another log (T8).
 *
 * What it does cannot be taken back, so a person types the code of the node, or a script says that it knows.
 */
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/commands.h"
#include "service/home.h"

struct next_call {
	struct yw_call call;
	const char *yes, *issuer;
	uint64_t generation;
};

static const struct yw_option options[] = {
	{ "yes", 0, YW_OPTION_TEXT, offsetof(struct next_call, yes), "CODE",
	    N_("the code of this node: it is not asked for then") },
	{ "issuer", 0, YW_OPTION_TEXT, offsetof(struct next_call, issuer), "CODE",
	    N_("who is to admit the next log, where the closing names another one than before") },
	{ "generation", 0, YW_OPTION_NUMBER, offsetof(struct next_call, generation), "N",
	    N_("its number, where this machine does not know the one before") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* Says what will happen, and has the code typed. */
static enum yw_code
confirm(const struct next_call *c, const struct yw_config *config, uint32_t generation, struct yw_error *err)
{
	if (c->yes != NULL)
		return strcmp(c->yes, config->code) == 0 ? YW_OK :
		    yw_fail(err, YW_EINVAL, "--yes says %s, and this node is %s: nothing was done", c->yes, config->code);
	yw_say(_("%s will go on with a next log, generation %u, and never again with the one it has:"), config->code,
	    (unsigned)generation);
	yw_say(_("- its issuer closes the log that it has, or has closed it; what was registered there below its end stays valid"));
	yw_say(_("- what the old log holds beyond its end counts for nothing, and has to be registered again"));
	yw_say(_("- the old keys are wiped here; registrars and holders have to be added again"));
	yw_say(_("- what is registered from now on counts only here until the next log is admitted; run this on one machine only"));
	yw_say(_("type the code of this node to go on with generation %u:"), (unsigned)generation);
	return yw_typed(config->code, err);
}

static enum yw_exit
tell(const struct next_call *c, const struct yw_config *config, const struct yw_request *r)
{
	char fingerprint[YW_FINGERPRINT_MAX];
	struct yw_buf request = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;
	struct yw_json j;

	if (yw_node_request_read(config, &request, fingerprint, &err) != YW_OK)
		return yw_failed(&err);
	if (c->call.json) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", config->code);
		yw_json_uint(&j, "generation", r->generation);
		yw_json_str(&j, "issuer", r->issuer.code);
		yw_json_str(&j, "fingerprint", fingerprint);
		yw_json_base64(&j, "request", yw_buf_bytes(&request));
		yw_json_object_end(&j);
		status = yw_put_json(&out);
	} else {
		yw_buf_printf(&out, "%s\n", fingerprint);
		status = yw_buf_check(&out, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&out)) : yw_failed(&err);
	}
	yw_buf_release(&request);
	yw_buf_release(&out);
	yw_say(_("generation %u of %s is asked for; the line on the standard output is the fingerprint of the request"),
	    (unsigned)r->generation, config->code);
	if (r->issuer.code[0] != '\0')
		yw_say(_("next: start yiwangd, which hands it in at %s once that has closed the old log; its admin admits it by the "
		    "fingerprint, or by what 'yiwang node request' prints"), r->issuer.code);
	else
		yw_say(_("next: the root keys sign a version of the network file with a closing and this request"));
	return status;
}

static enum yw_exit
log_next(struct yw_call *call)
{
	const struct next_call *c = (const struct next_call *)call;
	struct yw_request r, want = { .issuer = { "" } };
	struct yw_jurisdiction own;
	struct yw_config config;
	uint32_t generation;
	struct yw_error err;
	enum yw_code code = yw_call_config(call, &config, &err);

	if (code == YW_OK)
		code = yw_jurisdiction_parse(config.code, strlen(config.code), &own);
	if (code == YW_OK && c->issuer != NULL && (yw_jurisdiction_parse(c->issuer, strlen(c->issuer), &want.issuer) != YW_OK ||
	    !yw_jurisdiction_above(&want.issuer, &own)))
		code = yw_fail(&err, YW_EINVAL, "option '--issuer': %s is not above %s and cannot be its issuer", c->issuer, config.code);
	if (code == YW_OK && c->generation > YW_GENERATIONS_MAX)
		code = yw_fail(&err, YW_ELIMIT, "option '--generation': no node has more than %d logs", YW_GENERATIONS_MAX);
	want.generation = (uint32_t)c->generation;
	if (code == YW_OK)
		code = yw_home_next_generation(&config, &want, &generation, &err);
	if (code == YW_OK)
		code = confirm(c, &config, generation, &err);
	if (code == YW_OK)
		code = yw_home_next_log(&config, &want, &r, &err);
	return code == YW_OK ? tell(c, &config, &r) : yw_failed(&err);
}

const struct yw_command yw_cmd_log_next = {
	.name = "log next",
	.operands = "",
	.summary = N_("Begins the next log of this node, with new keys, when the one it has is at an end; the daemon must not run."),
	.details = N_("After a closing, a contradiction, or when the keys are lost. It says what that means and asks for the code of\n"
	    "this node. Cut off, the same again finishes it."),
	.takes = YW_TAKES_JSON | YW_TAKES_CONFIG,
	.options = options,
	.size = sizeof(struct next_call),
	.run = log_next,
};
