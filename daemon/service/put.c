/*
 * put.c - registering one record, and waiting for what the caller asked: disk, a jurisdiction, a quorum (R7).
 *
 * The question's thread prepares and checks; the node's thread appends, with all others that wait, and answers
 * after the commit, or when the wait for others ends.
 */
#include <stdlib.h>

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
	struct yw_prepared is;		/* id "" until it is known */
	struct yw_origin origin;	/* of the log in which it was registered */
	bool claimed;			/* which is not yet attributable (T8) */
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
	struct yw_json j;

	yw_json_init(&j, &p->out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", p->is.id);
	yw_json_uint(&j, "revision", p->is.revision);
	put_place(&j, "place", p->origin.text, p->a.index, p->a.item);
	yw_json_str(&j, "reached", reached);
	put_claimed(&j, p->claimed);
	yw_json_object_end(&j);
	answer_json(p->q, &p->out, (struct yw_bytes) { NULL, 0 });
	put_free(p);
}

static void
put_fail(struct put *p, enum yw_code code, const struct yw_error *err)
{
	audit_line(p->s, p->q, p->is.id[0] != '\0' ? p->is.id : "-", err->msg);
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
	snprintf(what, sizeof what, "entry %llu, '%s', is", (unsigned long long)p->a.index, p->is.id);
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
	if (p->refused == YW_OK) {
		p->origin = yw_ledger_own(l)->origin;
		p->claimed = yw_ledger_claimed(l, yw_ledger_own(l));
	}
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
		audit_line(p->s, p->q, p->is.id, "registered");
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
		    "each time", p->is.id);
	return yw_prepare_audience(params, !said && item->revision > 0 ? &item->audience : NULL, &p->a.audience, &p->codes, err);
}

static enum yw_code
finish(struct put *p, const json_t *record, struct yw_error *err)
{
	struct yw_validation by = { p->s->divisions, yw_utc_ms(&p->s->clock) };
	enum yw_code code = yw_prepare_finish(record, &p->is, &by, &p->body, err);

	p->a.body = yw_buf_bytes(&p->body);
	if (code == YW_OK)
		yw_append_check(&p->a);	/* here, and not in the one thread that writes */
	return code;
}

/* T10: a record stands in the place of one of a jurisdiction that was merged into this one, or of none. */
enum yw_code
check_replaces(const struct yw_service *s, const struct yw_record *r, struct yw_error *err)
{
	struct yw_jurisdiction into;
	enum yw_code code = YW_OK;
	struct yw_view *v;

	if (r->replaces[0] == '\0')
		return YW_OK;
	code = yw_view_open(s->ledger, &v, err);
	if (code != YW_OK)
		return code;
	if (!yw_view_successor(v, r->replaces, &into))
		code = yw_fail(err, YW_EINVAL, "field 'replaces': '%s' is of no jurisdiction that was merged into another, as far as this node "
		    "knows: its issuer closes its log and names %s as the successor first", r->replaces, s->code.code);
	else if (!yw_jurisdiction_equal(&into, &s->code))
		code = yw_fail(err, YW_EINVAL, "field 'replaces': '%s' is of a jurisdiction that was merged into %s, not into %s", r->replaces,
		    into.code, s->code.code);
	yw_view_close(v);
	return code;
}

static enum yw_code
check_place(const struct put *p, struct yw_error *err)
{
	struct yw_record r;
	enum yw_code code = yw_record_read(yw_buf_bytes(&p->body), &r, err);

	return code == YW_OK ? check_replaces(p->s, &r, err) : code;
}

static enum yw_code
read_put(struct put *p, const json_t *params, struct yw_error *err)
{
	json_t *record = json_object_get(params, "record");
	struct yw_item item;
	enum yw_code code;

	if (!json_is_object(record))
		return yw_fail(err, YW_EINVAL, "parameter 'record' is missing, or no object");
	code = yw_prepare_take(record, false, &p->is, err);
	if (code != YW_OK) {
		yw_fail_context(err, "parameter 'record'");
		return code;
	}
	code = current(p->s, p->is.id, &item, err);
	if (code == YW_OK)
		code = choose_audience(p, params, &item, err);
	if (code == YW_OK)
		code = finish(p, record, err);
	return code == YW_OK ? check_place(p, err) : code;
}

static enum yw_code
read_withdraw(struct put *p, const json_t *params, struct yw_error *err)
{
	const char *id;
	struct yw_item item;
	enum yw_code code = param_id(params, "id", &id, err);

	if (code != YW_OK)
		return code;
	snprintf(p->is.id, sizeof p->is.id, "%s", id);
	code = current(p->s, id, &item, err);
	if (code == YW_OK && (item.revision == 0 || item.op == YW_OP_WITHDRAW))
		code = yw_fail(err, YW_ENOENT, item.revision == 0 ? "nothing is registered here under '%s'" :
		    "'%s' has been withdrawn already", id);
	if (code == YW_OK)
		code = choose_audience(p, params, &item, err);
	if (code != YW_OK)
		return code;
	p->is.op = YW_OP_WITHDRAW;
	p->is.revision = item.revision + 1;
	return finish(p, NULL, err);
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
		code = param_reach(s, params, &p->reach, &err);
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
