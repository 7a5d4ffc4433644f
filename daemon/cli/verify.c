/*
 * verify.c - `yiwang verify`: what an evidence file proves, from the network file alone.
 *
 * Asks no daemon and no network.  Everything it says is proven by signatures and hashes, but for what it
 * marks as a claim; whose word that rests on is part of the verdict.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/netfile.h"
#include "cli/paper.h"
#include "cli/verdict.h"
#include "record/record.h"
#include "trust/evidence.h"

struct verify_call {
	struct yw_call call;
	const char *network;
	struct yw_papers papers;
};

static const struct yw_option options[] = {
	{ "network", 0, YW_OPTION_TEXT, offsetof(struct verify_call, network), "FILE",
	    N_("the network file, from a source that you trust") },
	{ "document", 0, YW_OPTION_TEXT, offsetof(struct verify_call, papers.document), "PAPER",
	    N_("is this file a paper that the record names?") },
	{ "certificate", 0, YW_OPTION_TEXT, offsetof(struct verify_call, papers.certificate), "DIGITS",
	    N_("is a certificate with this code of the record?") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* --- a record --- */

static enum yw_exit
put_record_json(const struct yw_evidence_verdict *v, struct yw_buf *record, const struct yw_papers *p,
    const struct yw_papers_found *f)
{
	struct yw_buf out = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "proves", "record");
	yw_verdict_json(&j, v, record);
	yw_papers_json(p, f, &j);
	yw_json_object_end(&j);
	out.failed |= record->failed;
	status = yw_put_json(&out);
	yw_buf_release(&out);
	return status;
}

/* The record itself first, if it is in the file. */
static enum yw_exit
put_record_text(const struct yw_evidence_verdict *v, const json_t *record, const struct yw_papers *p,
    const struct yw_papers_found *f)
{
	static const char *const headings[] = { "", "", NULL };
	enum yw_exit status = record != NULL ? yw_show_fields(record) : YW_EXIT_DONE;
	struct yw_table t;

	if (status != YW_EXIT_DONE)
		return status;
	yw_table_init(&t, headings);
	yw_verdict_rows(&t, v);
	yw_papers_rows(p, f, &t);
	return yw_table_put(&t);
}

/* The record as JSON, as bytes and read; both stay empty where the body is withheld. */
static enum yw_code
read_record(const struct yw_evidence_verdict *v, struct yw_buf *bytes, json_t **json, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (!v->withheld)
		code = yw_record_to_json(v->body, bytes, err);
	if (code == YW_OK && !v->withheld)
		code = yw_json_parse(yw_buf_bytes(bytes), json, err);
	return code;
}

static enum yw_exit
show_record(const struct verify_call *c, const struct yw_evidence_verdict *v)
{
	struct yw_buf record = YW_BUF_INIT;
	struct yw_papers_found found;
	json_t *json = NULL;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code = read_record(v, &record, &json, &err);

	if (code == YW_OK)
		code = yw_papers_compare(&c->papers, v, json, &found, &err);
	if (code != YW_OK)
		status = yw_failed(&err);
	else
		status = c->call.json ? put_record_json(v, &record, &c->papers, &found) : put_record_text(v, json, &c->papers, &found);
	if (status == YW_EXIT_DONE)
		status = yw_papers_judge(&c->papers, &found, v);
	json_decref(json);
	yw_buf_release(&record);
	return status;
}

static enum yw_exit
verify_record(const struct verify_call *c, const struct yw_network *n, struct yw_bytes text)
{
	struct yw_evidence_verdict v;
	struct yw_error err;
	enum yw_exit status;

	if (yw_evidence_verify(n, text, &v, &err) != YW_OK) {
		yw_fail_context(&err, "'%s' proves nothing", c->call.operands[0]);
		return yw_failed(&err);
	}
	status = show_record(c, &v);
	yw_evidence_verdict_release(&v);
	return status;
}

/* --- a contradiction --- */

static void
put_network_json(struct yw_json *j, const struct yw_contradiction_verdict *v)
{
	yw_json_uint(j, "version", v->version);
	yw_json_hex(j, "text", (struct yw_bytes) { v->text.b, sizeof v->text.b });
	yw_json_hex(j, "twin", (struct yw_bytes) { v->twin.b, sizeof v->twin.b });
}

static void
put_log_json(struct yw_json *j, const struct yw_contradiction_verdict *v)
{
	yw_json_str(j, "origin", v->origin.text);
	yw_json_str(j, "code", v->code.code);
	if (v->of == YW_CONTRADICTION_ROSTER) {
		yw_json_uint(j, "roster", v->roster);
		if (v->witness != v->roster)
			yw_json_uint(j, "witness", v->witness);
		yw_json_str(j, "says", v->says);
	} else if (v->of == YW_CONTRADICTION_CLOSING) {
		yw_json_str(j, "closed_by", v->closer.code);
		yw_json_uint(j, "closed_at", v->closing.index);
		yw_json_uint(j, "end_size", v->end.size);
		yw_json_hex(j, "end_root", (struct yw_bytes) { v->end.root.b, sizeof v->end.root.b });
		yw_json_uint(j, "beat_size", v->beat.size);
		yw_json_hex(j, "beat_root", (struct yw_bytes) { v->beat.root.b, sizeof v->beat.root.b });
		yw_time_json(j, "quorum_time", v->quorum_time_s);
	} else {
		yw_json_uint(j, "size_a", v->size_a);
		yw_json_hex(j, "root_a", (struct yw_bytes) { v->root_a.b, sizeof v->root_a.b });
		yw_json_uint(j, "size_b", v->size_b);
		yw_json_hex(j, "root_b", (struct yw_bytes) { v->root_b.b, sizeof v->root_b.b });
		if (v->size_a != v->size_b)
			yw_json_hex(j, "instead", (struct yw_bytes) { v->instead.b, sizeof v->instead.b });
	}
	yw_via_json(j, v->via, v->n_via);
}

static enum yw_exit
put_contradiction_json(const struct yw_contradiction_verdict *v)
{
	struct yw_buf out = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "proves", "contradiction");
	yw_json_str(&j, "of", v->of == YW_CONTRADICTION_NETWORK ? "network" : v->of == YW_CONTRADICTION_ROSTER ? "roster" :
	    v->of == YW_CONTRADICTION_CLOSING ? "closing" : "heads");
	if (v->of == YW_CONTRADICTION_NETWORK)
		put_network_json(&j, v);
	else
		put_log_json(&j, v);
	yw_json_object_end(&j);
	status = yw_put_json(&out);
	yw_buf_release(&out);
	return status;
}

static enum yw_exit
put_contradiction_text(const struct yw_contradiction_verdict *v)
{
	static const char *const headings[] = { "", "", NULL };
	struct yw_table t;

	yw_table_init(&t, headings);
	yw_table_cell(&t, _("proven"));
	if (v->of == YW_CONTRADICTION_NETWORK) {
		yw_table_cellf(&t, _("the root keys have signed two network files of version %llu"), (unsigned long long)v->version);
		yw_hash_row(&t, _("one"), &v->text);
		yw_hash_row(&t, _("the other"), &v->twin);
		return yw_table_put(&t);
	}
	if (v->of == YW_CONTRADICTION_ROSTER) {
		yw_table_cellf(&t, _("the roster of %s at entry %llu of %s is not what its log says: %s"), v->code.code,
		    (unsigned long long)v->roster, v->origin.text, v->says);
		yw_via_row(&t, v->via, v->n_via);
		return yw_table_put(&t);
	}
	if (v->of == YW_CONTRADICTION_CLOSING) {
		yw_table_cellf(&t, _("%s closed %s at a history that a quorum has contradicted: the closing, its entry %llu, is void"),
		    v->closer.code, v->origin.text, (unsigned long long)v->closing.index);
		yw_hash_row(&t, _("closed at root"), &v->end.root);
		yw_hash_row(&t, _("the quorum's root"), &v->beat.root);
		yw_time_row(&t, _("quorum"), v->quorum_time_s, "");
		yw_via_row(&t, v->via, v->n_via);
		return yw_table_put(&t);
	}
	yw_table_cellf(&t, _("%s has signed two histories of its log %s"), v->code.code, v->origin.text);
	yw_table_cell(&t, _("one"));
	yw_table_cellf(&t, _("%llu entries"), (unsigned long long)v->size_a);
	yw_hash_row(&t, _("root"), &v->root_a);
	yw_table_cell(&t, _("the other"));
	yw_table_cellf(&t, _("%llu entries"), (unsigned long long)v->size_b);
	yw_hash_row(&t, _("root"), &v->root_b);
	if (v->size_a != v->size_b)
		yw_hash_row(&t, _("whose beginning is"), &v->instead);
	yw_via_row(&t, v->via, v->n_via);
	return yw_table_put(&t);
}

static enum yw_exit
verify_contradiction(const struct verify_call *c, const struct yw_network *n, struct yw_bytes text)
{
	struct yw_contradiction_verdict v;
	struct yw_error err;

	if (yw_contradiction_verify(n, text, &v, &err) != YW_OK) {
		yw_fail_context(&err, "'%s' proves nothing", c->call.operands[0]);
		return yw_failed(&err);
	}
	return c->call.json ? put_contradiction_json(&v) : put_contradiction_text(&v);
}

static enum yw_exit
judge(const struct verify_call *c, const struct yw_network *n, struct yw_bytes text)
{
	struct yw_error err;

	switch (yw_evidence_kind(text)) {
	case YW_EVIDENCE_RECORD:
		return verify_record(c, n, text);
	case YW_EVIDENCE_CONTRADICTION:
		if (c->papers.document != NULL || c->papers.certificate != NULL)
			return yw_misused(c->call.command, _("a contradiction has no papers: leave %s away"), "--document, --certificate");
		return verify_contradiction(c, n, text);
	case YW_EVIDENCE_NONE:
		break;
	}
	yw_fail(&err, YW_EFORMAT, "'%s' is no evidence: it does not start with 'yiwang-evidence/v1'", c->call.operands[0]);
	return yw_failed(&err);
}

/* The network of which the file speaks: of the first version that it carries.  False: of none. */
static bool
network_of(struct yw_bytes text, struct yw_hash *out)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_bytes line, value;
	struct yw_network n;
	bool good;

	good = yw_line_next(&text, &line) && yw_line_next(&text, &line) && yw_line_after(line, "network ", &value) &&
	    yw_base64_decode((const char *)value.data, value.len, &note) == YW_OK &&
	    yw_network_parse(yw_buf_bytes(&note), NULL, &n, NULL) == YW_OK;
	yw_buf_release(&note);
	if (good) {
		*out = n.hash;
		yw_network_release(&n);
	}
	return good;
}

/*
 * The verifier's own network file.  A later version names its network by those before it alone, so the evidence says
 * which one that is: where that is not the same, its text is not among those that are carried, nor follows them.
 */
static enum yw_code
read_own(const char *path, struct yw_bytes evidence, struct yw_network *out, struct yw_error *err)
{
	struct yw_hash network;
	enum yw_code code = yw_netfile_read_of(path, NULL, out, err);

	if (code == YW_EINVAL && network_of(evidence, &network))
		return yw_netfile_read_of(path, &network, out, err);
	if (code != YW_OK)
		return code;
	code = yw_network_verify(out, err);
	if (code != YW_OK) {
		yw_fail_context(err, "'%s'", path);
		yw_network_release(out);
	}
	return code;
}

static enum yw_exit
verify(struct yw_call *call)
{
	const struct verify_call *c = (const struct verify_call *)call;
	struct yw_buf text = YW_BUF_INIT;
	struct yw_network n;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (c->network == NULL)
		return yw_misused(call->command, _("something is missing: %s"), "--network FILE");
	code = yw_file_read_input(call->operands[0], YW_EVIDENCE_MAX, &text, &err);
	if (code == YW_OK)
		code = read_own(c->network, yw_buf_bytes(&text), &n, &err);
	if (code == YW_OK) {
		status = judge(c, &n, yw_buf_bytes(&text));
		yw_network_release(&n);
	} else {
		status = yw_failed(&err);
	}
	yw_buf_release(&text);
	return status;
}

const struct yw_command yw_cmd_verify = {
	.name = "verify",
	.operands = "FILE --network FILE",
	.summary = N_("Judges an evidence file, offline, from the network file alone."),
	.details = N_("Says what is proven, by whom, by when, and on whose word. Exit status 1: FILE proves nothing, or the paper\n"
	    "or certificate that was asked about does not belong to the record."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON,
	.options = options,
	.size = sizeof(struct verify_call),
	.run = verify,
};
