/*
 * signed.c - records that a registrar signed elsewhere (T13): registered as one entry, byte for byte, and waited for as
 * put waits (R7).
 */
#include <stdlib.h>

#include "record/sharing.h"
#include "service/corrections.h"

#define RECORD_BYTES (YW_ID_MAX + 64)	/* of one in the answer */

struct signed_put {
	struct yw_node_job job;
	struct yw_node_wait wait;
	struct yw_service *s;
	struct yw_question *q;
	struct reach reach;
	struct yw_signed file;
	struct yw_buf notes;		/* JSON: an array */
	uint64_t index;
	enum yw_code refused;
	struct yw_error err;
	struct yw_buf out;		/* the answer; has room from the start */
};

static void
put_free(struct signed_put *p)
{
	yw_signed_release(&p->file);
	yw_buf_release(&p->notes);
	yw_buf_release(&p->out);
	free(p);
}

/* "320102/demand/1 and 3 more" */
static const char *
what(const struct signed_put *p, char out[static YW_ID_MAX + 32])
{
	if (p->file.e.n_items == 0)
		return "-";
	snprintf(out, YW_ID_MAX + 32, "%s", p->file.records[0].record.id_text);
	if (p->file.e.n_items > 1)
		snprintf(out + strlen(out), 32, " and %zu more", p->file.e.n_items - 1);
	return out;
}

static void
put_fail(struct signed_put *p, enum yw_code code, const struct yw_error *err)
{
	char of[YW_ID_MAX + 32];

	audit_line(p->s, p->q, what(p, of), err->msg);
	answer_error(p->q, code, err);
	put_free(p);
}

static void
put_answer(struct signed_put *p, const char *reached)
{
	struct yw_json j;

	yw_json_init(&j, &p->out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "origin", p->file.origin.text);
	yw_json_uint(&j, "index", p->index);
	yw_json_array(&j, "records");
	for (size_t i = 0; i < p->file.e.n_items; i++) {
		yw_json_object(&j, NULL);
		yw_json_str(&j, "id", p->file.records[i].record.id_text);
		yw_json_uint(&j, "revision", p->file.records[i].record.revision);
		yw_json_object_end(&j);
	}
	yw_json_array_end(&j);
	yw_json_str(&j, "reached", reached);
	yw_json_raw(&j, "notes", yw_buf_bytes(&p->notes));
	yw_json_object_end(&j);
	answer_json(p->q, &p->out, (struct yw_bytes) { NULL, 0 });
	put_free(p);
}

static void
put_reached(struct yw_node_wait *w, enum yw_code code)
{
	struct signed_put *p = (struct signed_put *)((char *)w - offsetof(struct signed_put, wait));
	char begin[64];
	struct yw_error err;

	if (code == YW_OK) {
		put_answer(p, reach_word(&p->reach));
		return;
	}
	snprintf(begin, sizeof begin, "entry %llu is", (unsigned long long)p->index);
	reach_failed(&p->reach, code, begin, &err);
	answer_error(p->q, code, &err);
	put_free(p);
}

static void
put_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct signed_put *p = (struct signed_put *)job;

	(void)x;
	p->refused = yw_ledger_append_signed(l, &p->file, &p->index, &p->err);
}

static void
audit_registered(struct signed_put *p)
{
	struct yw_buf outcome = YW_BUF_INIT;
	char of[YW_ID_MAX + 32];

	yw_buf_add_str(&outcome, "registered as signed by ");
	yw_hex_add(&outcome, p->file.e.signer.b, sizeof p->file.e.signer.b);
	audit_line(p->s, p->q, what(p, of), yw_buf_str(&outcome));
	yw_buf_release(&outcome);
}

static void
put_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct signed_put *p = (struct signed_put *)job;

	if (code != YW_OK || p->refused != YW_OK) {
		put_fail(p, code != YW_OK ? code : p->refused, code != YW_OK ? err : &p->err);
		return;
	}
	audit_registered(p);
	if (!p->reach.asked) {
		put_answer(p, "disk");
		return;
	}
	p->wait = (struct yw_node_wait) {
		.code = p->reach.code,
		.size = p->index + 1,
		.deadline_ms = yw_mono_ms(&yw_clock_real) + p->reach.timeout_ms,
		.done = put_reached,
	};
	yw_node_wait(p->s->node, &p->wait);
}

/* V4: this node cannot sign the withdrawal that would go before. */
static enum yw_code
check_narrowing(const struct signed_put *p, const struct yw_signed_record *r, struct yw_error *err)
{
	struct registered before;
	struct yw_view *v;
	enum yw_code code = yw_view_open(p->s->ledger, &v, err);

	if (code != YW_OK)
		return code;
	code = registered_find(v, r->record.id_text, &before, err);
	if (code == YW_OK && registered_narrows(p->s, &before, &p->file.e.audience))
		code = yw_fail(err, YW_EINVAL, "somebody who may see what is registered could not see this: withdraw it first, so that they "
		    "learn of it, and sign this as revision %u", (unsigned)before.item.revision + 2);
	registered_release(&before);
	yw_view_close(v);
	return code;
}

/* V5: for whom it is was signed with it. */
static enum yw_code
check_correction(const struct signed_put *p, const struct yw_signed_record *r, struct yw_error *err)
{
	struct yw_jurisdiction *codes = NULL;
	struct yw_audience must;
	enum yw_code code = correction_check(p->s, r->record.id_text, r->bytes, &must, &codes, err);

	if (code == YW_OK && !yw_audience_equal(&must, &p->file.e.audience))
		code = yw_fail(err, YW_EINVAL, "who may see a correction is not chosen, it follows the record that it is about: sign it as "
		    "'yiwang correct' and 'yiwang answer' would register it");
	free(codes);
	return code;
}

/* The content rules of `put` hold for what comes from elsewhere too. */
static enum yw_code
validate(struct signed_put *p, struct yw_json *notes, struct yw_error *err)
{
	struct yw_validation by = { p->s->divisions, yw_utc_ms(&p->s->clock), &p->file.e.audience, &p->s->code, true };
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < p->file.e.n_items; i++) {
		const struct yw_signed_record *r = &p->file.records[i];

		if (r->record.op != YW_OP_PUT)
			continue;
		code = yw_prepare_validate(r->bytes, r->record.id_text, &by, notes, err);
		if (code == YW_OK)
			code = check_replaces(p->s, &r->record, err);
		if (code == YW_OK)
			code = check_narrowing(p, r, err);
		if (code == YW_OK && is_correction(yw_kind_parse(r->record.id.kind, strlen(r->record.id.kind))))
			code = check_correction(p, r, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", r->record.id_text);
	}
	return code;
}

static enum yw_code
read_signed(struct signed_put *p, const json_t *params, struct yw_error *err)
{
	enum yw_code code = param_reach(p->s, params, &p->reach, err);
	struct yw_json notes;

	if (code != YW_OK)
		return code;
	code = yw_signed_read(p->q->data, &p->file, err);
	if (code != YW_OK) {
		yw_fail_context(err, "the file of signed records");
		return code;
	}
	yw_json_init(&notes, &p->notes);
	yw_json_array(&notes, NULL);
	code = validate(p, &notes, err);
	yw_json_array_end(&notes);
	if (code == YW_OK)
		code = yw_buf_check(&p->notes, err);
	(void)yw_buf_extend(&p->out, p->notes.len + p->file.e.n_items * RECORD_BYTES);
	return code == YW_OK ? answer_room(&p->out, err) : code;
}

void
ask_put_signed(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct signed_put *p = calloc(1, sizeof *p);
	struct yw_error err;
	enum yw_code code;

	if (p == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for signed records");
		audit_line(s, q, "-", err.msg);
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	*p = (struct signed_put) { .job = { .apply = put_apply, .done = put_done }, .s = s, .q = q };
	code = read_signed(p, params, &err);
	if (code == YW_OK)
		code = yw_node_post(s->node, &p->job, &err);
	if (code != YW_OK)
		put_fail(p, code, &err);
}
