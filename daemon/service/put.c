/*
 * put.c - registering one record, and waiting for what the caller asked: disk, a jurisdiction, a quorum (R7).
 *
 * The question's thread prepares and checks; the node's thread appends, with all others that wait, and answers
 * after the commit, or when the wait for others ends.
 */
#include <stdlib.h>

#include "base/text.h"
#include "record/record.h"
#include "record/validate.h"
#include "service/service_int.h"

struct put {
	struct yw_node_job job;
	struct yw_node_wait wait;
	struct yw_service *s;
	struct yw_question *q;
	struct reach reach;
	struct yw_buf body;
	struct yw_jurisdiction *codes;
	struct yw_append a;
	enum yw_code refused;		/* the whole node may not append */
	struct yw_error err;
	char id[YW_ID_MAX + 1];
	uint32_t revision;
	struct yw_buf out;		/* the answer; has room from the start */
};

static void
put_free(struct put *p)
{
	yw_buf_release(&p->out);
	yw_buf_release(&p->body);
	free(p->codes);
	free(p);
}

static void
put_answer(struct put *p, const char *reached)
{
	const struct yw_log *own = yw_ledger_own(p->s->ledger);
	struct yw_json j;

	yw_json_init(&j, &p->out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", p->id);
	yw_json_uint(&j, "revision", p->revision);
	put_place(&j, "place", own->origin.text, p->a.index, p->a.item);
	yw_json_str(&j, "reached", reached);
	yw_json_object_end(&j);
	answer_json(p->q, &p->out, (struct yw_bytes) { NULL, 0 });
	put_free(p);
}

static void
put_fail(struct put *p, enum yw_code code, const struct yw_error *err)
{
	audit_line(p->s, p->q, p->id[0] != '\0' ? p->id : "-", err->msg);
	answer_error(p->q, code, err);
	put_free(p);
}

static void
put_reached(struct yw_node_wait *w, enum yw_code code)
{
	struct put *p = (struct put *)((char *)w - offsetof(struct put, wait));
	char what[YW_ID_MAX + 64];
	struct yw_error err;

	if (code == YW_OK) {
		put_answer(p, reach_word(&p->reach));
		return;
	}
	snprintf(what, sizeof what, "entry %llu, '%s', is", (unsigned long long)p->a.index, p->id);
	reach_failed(&p->reach, code, what, &err);
	answer_error(p->q, code, &err);
	put_free(p);
}

static void
put_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct put *p = (struct put *)job;

	(void)x;
	p->refused = yw_ledger_append(l, &p->a, 1, &p->err);
}

static void
put_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct put *p = (struct put *)job;

	if (code != YW_OK) {
		put_fail(p, code, err);
	} else if (p->refused != YW_OK) {
		put_fail(p, p->refused, &p->err);
	} else if (p->a.code != YW_OK) {
		put_fail(p, p->a.code, &p->a.err);
	} else {
		audit_line(p->s, p->q, p->id, "registered");
		if (!p->reach.asked) {
			put_answer(p, "disk");
			return;
		}
		p->wait = (struct yw_node_wait) {
			.code = p->reach.code,
			.size = p->a.index + 1,
			.deadline_ms = yw_mono_ms(&yw_clock_real) + p->reach.timeout_ms,
			.done = put_reached,
		};
		yw_node_wait(p->s->node, &p->wait);
	}
}

static enum yw_code
validate(struct yw_service *s, struct yw_bytes body, struct yw_error *err)
{
	struct yw_validation by = { s->divisions, yw_utc_ms(&s->clock) };
	struct yw_finding findings[YW_FINDINGS_MAX];
	size_t n = yw_record_validate(body, &by, findings, YW_FINDINGS_MAX);

	if (n > 0 && strcmp(findings[0].code, "no_memory") == 0)
		return yw_fail(err, YW_ENOMEM, "%s", findings[0].reason);
	for (size_t i = 0; i < n; i++)
		if (findings[i].refuse)
			return yw_fail(err, YW_EINVAL, "field '%s': %s", findings[i].field, findings[i].reason);
	return YW_OK;
}

/* What is registered under the id now; revision 0: nothing. */
static enum yw_code
current(struct yw_service *s, const char *id, struct yw_item *out, struct yw_error *err)
{
	struct yw_view *v;
	enum yw_code code = yw_view_open(s->ledger, &v, err);

	if (code != YW_OK)
		return code;
	code = yw_view_current(v, id, out, err);
	if (code == YW_ENOENT) {
		*out = (struct yw_item) { .revision = 0 };
		code = YW_OK;
	}
	yw_view_close(v);
	return code;
}

/*
 * The audience: as the question says, else as the record has it now (`item`, of revision 0 if there is none).  Only a
 * conditional record's has to be said again, since a list of codes is too easily left behind.
 */
static enum yw_code
choose_audience(struct put *p, const json_t *params, const struct yw_item *item, struct yw_error *err)
{
	bool said = json_object_get(params, "class") != NULL;

	if (!said && item->audience.cls == YW_CLASS_CONDITIONAL)
		return yw_fail(err, YW_EINVAL, "parameter 'class' is missing: '%s' is conditional, so its class and audience are said "
		    "each time", p->id);
	return param_audience(params, !said && item->revision > 0 ? &item->audience : NULL, &p->a.audience, &p->codes, err);
}

/* Makes p->body from a Record without stamp; base 0: a new record. */
static enum yw_code
finish(struct put *p, struct yw_bytes draft, enum yw_operation op, uint32_t base, struct yw_error *err)
{
	struct yw_record_stamp stamp = { .id = p->id, .revision = base + 1, .op = op };
	enum yw_code code = yw_record_finish(draft, &stamp, &p->body, err);

	p->revision = base + 1;
	p->a.body = yw_buf_bytes(&p->body);
	if (code == YW_OK && op == YW_OP_PUT)
		code = validate(p->s, p->a.body, err);
	if (code == YW_OK)
		yw_append_check(&p->a);	/* here, and not in the one thread that writes */
	return code;
}

static enum yw_code
take_id(struct put *p, const json_t *params, struct yw_error *err)
{
	const char *id;
	enum yw_code code = param_id(params, "id", &id, err);

	if (code == YW_OK)
		snprintf(p->id, sizeof p->id, "%s", id);
	return code;
}

/*
 * What "get" printed may come back whole.  Who says another operation is not served by a put; the salt is kept or drawn
 * by the node, so that only its form matters.
 */
static enum yw_code
check_printed(const json_t *record, struct yw_error *err)
{
	uint8_t bytes[YW_SALT_BYTES];
	const char *op, *salt;
	enum yw_code code = param_text(record, "operation", false, &op, err);

	if (code == YW_OK && op != NULL && strcmp(op, "put") != 0)
		code = yw_fail(err, YW_EINVAL, "'operation' is '%.40s', and only 'put' is done here: use yiwang withdraw to withdraw a "
		    "record", op);
	if (code == YW_OK)
		code = param_text(record, "salt", false, &salt, err);
	if (code == YW_OK && salt != NULL && yw_hex_decode(salt, strlen(salt), bytes, sizeof bytes) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "'salt' is no %d bytes in hex, as get prints them: leave it out", YW_SALT_BYTES);
	return code;
}

static enum yw_code
read_put(struct put *p, const json_t *params, struct yw_error *err)
{
	json_t *record = json_object_get(params, "record");
	struct yw_buf draft = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_item item;
	uint64_t base;
	enum yw_code code;

	if (!json_is_object(record))
		return yw_fail(err, YW_EINVAL, "parameter 'record' is missing, or no object");
	code = take_id(p, record, err);
	if (code == YW_OK)
		code = param_uint(record, "revision", 0, UINT32_MAX - 1, &base, err);
	if (code == YW_OK)
		code = check_printed(record, err);
	if (code != YW_OK) {
		yw_fail_context(err, "parameter 'record'");
		return code;
	}
	json_object_del(record, "revision");	/* what was read; the next one's is made here */
	json_object_del(record, "operation");
	json_object_del(record, "salt");
	code = current(p->s, p->id, &item, err);
	if (code == YW_OK)
		code = choose_audience(p, params, &item, err);
	if (code != YW_OK)
		return code;
	code = yw_json_dump(record, &text, err);
	if (code == YW_OK)
		code = yw_record_from_json(yw_buf_bytes(&text), &draft, err);
	yw_buf_release(&text);
	if (code != YW_OK)
		yw_fail_context(err, "parameter 'record'");
	if (code == YW_OK)
		code = finish(p, yw_buf_bytes(&draft), YW_OP_PUT, (uint32_t)base, err);
	yw_buf_release(&draft);
	return code;
}

static enum yw_code
read_withdraw(struct put *p, const json_t *params, struct yw_error *err)
{
	struct yw_item item;
	enum yw_code code = take_id(p, params, err);

	if (code == YW_OK)
		code = current(p->s, p->id, &item, err);
	if (code == YW_OK && (item.revision == 0 || item.op == YW_OP_WITHDRAW))
		code = yw_fail(err, YW_ENOENT, item.revision == 0 ? "nothing is registered here under '%s'" :
		    "'%s' has been withdrawn already", p->id);
	if (code == YW_OK)
		code = choose_audience(p, params, &item, err);
	return code == YW_OK ? finish(p, (struct yw_bytes) { NULL, 0 }, YW_OP_WITHDRAW, item.revision, err) : code;
}

/* A code that nobody can answer for is refused before anything is registered. */
static enum yw_code
reach_exists(struct yw_service *s, const struct reach *r, struct yw_error *err)
{
	struct yw_view *v = NULL;
	enum yw_code code;

	if (r->code.code[0] == '\0')
		return YW_OK;
	if (yw_jurisdiction_equal(&r->code, &s->code))
		return yw_fail(err, YW_EINVAL, "parameter 'durable': %s is this node itself, on whose disk it is in any case",
		    r->code.code);
	code = yw_view_open(s->ledger, &v, err);
	if (code == YW_OK && yw_trust_open(yw_view_trust(v), &r->code) == NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'durable': no node of %s has been admitted, as far as this node knows",
		    r->code.code);
	yw_view_close(v);
	return code;
}

static void
start(struct yw_service *s, struct yw_question *q, const json_t *params,
    enum yw_code (*read)(struct put *, const json_t *, struct yw_error *))
{
	struct put *p = calloc(1, sizeof *p);
	struct yw_error err;
	enum yw_code code;

	if (p == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for a record");
		audit_line(s, q, "-", err.msg);
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	p->s = s;
	p->q = q;
	p->job.apply = put_apply;
	p->job.done = put_done;
	code = answer_room(&p->out, &err);
	if (code == YW_OK)
		code = read(p, params, &err);
	if (code == YW_OK)
		code = param_reach(params, &p->reach, &err);
	if (code == YW_OK)
		code = reach_exists(s, &p->reach, &err);
	if (code == YW_OK)
		code = yw_node_post(s->node, &p->job, &err);
	if (code != YW_OK)
		put_fail(p, code, &err);
}

void
ask_put(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, read_put);
}

void
ask_withdraw(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, read_withdraw);
}
