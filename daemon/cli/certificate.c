/*
 * certificate.c - `yiwang certificate`: what the certificate of registration of a contract says, with a short code by
 * which anybody can tell whether a paper speaks of what is registered.
 */
#include <stdlib.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "record/certificate.h"

/* What stands on a certificate, of all that a contract has, in the order of the paper. */
static const char *const on_paper[] = { "registration_number", "certificate_number", "title", "kind", "sub_kind", "seller", "buyer",
	"total_amount_fen", "technical_amount_fen", "signed_on", "start_on", "end_on", "registered_on", "registry_office", "status",
	"status_on", "status_reason" };

static enum yw_code
code_of(const json_t *result, char out[static YW_CERTIFICATE_MAX], struct yw_error *err)
{
	const char *hex = yw_got_text(result, "sha256");
	struct yw_hash body;

	if (yw_hex_decode(hex, strlen(hex), body.b, sizeof body.b) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "the daemon's answer has no SHA-256 of the record: '%s'", hex);
	return yw_certificate_code(yw_got_text(result, "place.origin"), yw_got_number(result, "place.index"),
	    (uint16_t)yw_got_number(result, "place.item"), &body, out, err);
}

/* A new object: {"id", "revision", "contract": what stands on the paper}; NULL: no memory. */
static json_t *
paper_of(const json_t *record, const json_t *contract)
{
	json_t *paper = json_object(), *part = json_object();
	bool good = paper != NULL && json_object_set_new(paper, "id", json_incref(json_object_get(record, "id"))) == 0 &&
	    json_object_set_new(paper, "revision", json_incref(json_object_get(record, "revision"))) == 0;

	for (size_t i = 0; good && i < sizeof on_paper / sizeof *on_paper; i++)
		if (json_object_get(contract, on_paper[i]) != NULL)
			good = json_object_set_new(part, on_paper[i], json_incref(json_object_get(contract, on_paper[i]))) == 0;
	good = good && json_object_set(paper, "contract", part) == 0;
	json_decref(part);
	if (good)
		return paper;
	json_decref(paper);
	return NULL;
}

static enum yw_exit
show_registered(const json_t *result, const char *code)
{
	static const char *const headings[] = { "", "", NULL };
	struct yw_table t;

	yw_table_init(&t, headings);
	yw_put_divisions(&t, result);
	yw_table_cell(&t, _("registered"));
	yw_table_cellf(&t, _("entry %llu, item %llu of %s"), (unsigned long long)yw_got_number(result, "place.index"),
	    (unsigned long long)yw_got_number(result, "place.item"), yw_got_text(result, "place.origin"));
	if (yw_got(result, "doubted_by") != NULL) {
		yw_table_cell(&t, _("doubted by"));
		yw_table_cellf(&t, _("%s, which closed this log: it counts all the same"), yw_got_text(result, "doubted_by"));
	}
	yw_table_cell(&t, _("code"));
	yw_table_cell(&t, code);
	return yw_table_put(&t);
}

static enum yw_exit
put_paper_json(const json_t *result, const json_t *paper, const char *code)
{
	struct yw_buf out = YW_BUF_INIT;
	char *text = json_dumps(paper, JSON_COMPACT), *place = json_dumps(yw_got(result, "place"), JSON_COMPACT);
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_raw(&j, "record", yw_bytes_str(text != NULL ? text : ""));
	yw_json_raw(&j, "place", yw_bytes_str(place != NULL ? place : ""));
	yw_json_str(&j, "certificate", code);
	yw_json_object_end(&j);
	out.failed |= text == NULL || place == NULL;
	status = yw_put_json(&out);
	free(text);
	free(place);
	yw_buf_release(&out);
	return status;
}

static enum yw_exit
put_paper(const struct yw_call *call, const json_t *result)
{
	const json_t *record = yw_got(result, "record"), *contract = yw_got(record, "contract");
	char code[YW_CERTIFICATE_MAX];
	struct yw_error err;
	enum yw_exit status;
	json_t *paper;

	if (contract == NULL) {
		yw_fail(&err, YW_EINVAL, "'%s' is no contract that is registered now: there is no certificate of it", call->operands[0]);
		return yw_failed(&err);
	}
	if (code_of(result, code, &err) != YW_OK)
		return yw_failed(&err);
	paper = paper_of(record, contract);
	if (paper == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for a certificate");
		return yw_failed(&err);
	}
	if (call->json)
		status = put_paper_json(result, paper, code);
	else
		status = yw_show_fields(paper) == YW_EXIT_DONE ? show_registered(result, code) : YW_EXIT_FAILED;
	json_decref(paper);
	return status;
}

static enum yw_exit
certificate(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_params_record(call, NULL, &params);

	if (status == YW_EXIT_DONE)
		status = yw_ask(call, "record.get", &params, YW_ASK_MS, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	status = put_paper(call, reply.json);
	yw_reply_release(&reply);
	return status;
}

const struct yw_command yw_cmd_certificate = {
	.name = "certificate",
	.operands = YW_RECORD_OPERANDS,
	.summary = N_("Prints what the certificate of registration of a contract says, with a short code."),
	.details = N_("Whoever has the paper asks any node for 'yiwang evidence' of the contract, and compares the code by\n"
	    "'yiwang verify FILE --network FILE --certificate DIGITS'. A change of the contract gives another code."),
	.min = 1, .max = 3,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = certificate,
};
