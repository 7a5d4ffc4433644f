/*
 * put.c - registering one record, and waiting for what the caller asked: disk, a jurisdiction, a quorum (R7).
 *
 * The question's thread prepares and checks; the node's thread appends, with all others that wait, and answers
 * after the commit, or when the wait for others ends.
 */
#include <stdlib.h>

#include "record/record.h"
#include "record/sharing.h"
#include "service/corrections.h"

struct put {
	struct yw_node_job job;
	struct yw_node_wait wait;
	struct yw_service *s;
	struct yw_question *q;
	struct reach reach;
	struct yw_buf body, withdrawal, notes;
	struct yw_json note;		/* the array in `notes`, open until all is read */
	struct yw_jurisdiction *codes;
	struct registered before;
	struct yw_append both[2];	/* a withdrawal before a narrowing (V4), and the record */
	struct yw_append *a;		/* the latter */
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
	yw_buf_release(&p->withdrawal);
	yw_buf_release(&p->notes);
	registered_release(&p->before);
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
	put_place(&j, "place", p->origin.text, p->a->index, p->a->item);
	yw_json_str(&j, "reached", reached);
	yw_json_raw(&j, "notes", yw_buf_bytes(&p->notes));
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
	snprintf(what, sizeof what, "entry %llu, '%s', is", (unsigned long long)p->a->index, p->is.id);
	reach_failed(&p->reach, code, what, &err);
	answer_error(p->q, code, &err);
	put_free(p);
}

static void
put_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct put *p = (struct put *)job;

	(void)x;
	p->refused = yw_ledger_append(l, p->both[0].with_next ? p->both : p->a, p->both[0].with_next ? 2 : 1, &p->err);
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
	} else if (p->a->code != YW_OK) {
		put_fail(p, p->a->code, &p->a->err);
	} else {
		audit_line(p->s, p->q, p->is.id, "registered");
		if (!p->reach.asked) {
			put_answer(p, "disk");
			return;
		}
		p->wait = (struct yw_node_wait) {
			.code = p->reach.code,
			.size = p->a->index + 1,
			.deadline_ms = yw_mono_ms(&yw_clock_real) + p->reach.timeout_ms,
			.done = put_reached,
		};
		yw_node_wait(p->s->node, &p->wait);
	}
}

static enum yw_code
find_before(struct put *p, struct yw_error *err)
{
	struct yw_view *v;
	enum yw_code code = yw_view_open(p->s->ledger, &v, err);

	if (code != YW_OK)
		return code;
	code = registered_find(v, p->is.id, &p->before, err);
	yw_view_close(v);
	return code;
}

/* V5: it follows what the correction is about.  Who says it too must say the same. */
static enum yw_code
follow_audience(struct put *p, const json_t *params, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT, draft = YW_BUF_INIT;
	struct yw_jurisdiction *codes = NULL;
	struct yw_audience said;
	enum yw_code code = yw_json_dump(json_object_get(params, "record"), &text, err);

	if (code == YW_OK)
		code = yw_record_from_json(yw_buf_bytes(&text), &draft, err);
	if (code == YW_OK)
		code = correction_check(p->s, p->is.id, yw_buf_bytes(&draft), &p->a->audience, &p->codes, err);
	if (code == YW_OK && json_object_get(params, "class") != NULL) {
		code = yw_prepare_audience(params, NULL, &said, &codes, err);
		if (code == YW_OK && !yw_audience_equal(&said, &p->a->audience))
			code = yw_fail(err, YW_EINVAL, "parameter 'class': who may see a correction is not chosen, it follows the record that it is "
			    "about; leave it out");
		free(codes);
	}
	yw_buf_release(&text);
	yw_buf_release(&draft);
	return code;
}

/* As the question says; else as the record has it now; else as the configuration says of the kind. */
static enum yw_code
choose_audience(struct put *p, const json_t *params, struct yw_error *err)
{
	struct yw_audience *out = &p->a->audience;
	struct yw_record_id id;
	enum yw_code code = yw_record_id_parse(p->is.id, strlen(p->is.id), &id);

	if (code != YW_OK)
		return yw_fail(err, code, "parameter 'record': '%s' is no id of a record", p->is.id);
	if (is_correction(yw_kind_parse(id.kind, strlen(id.kind))))
		return follow_audience(p, params, err);
	if (json_object_get(params, "class") == NULL && p->before.item.revision == 0)
		return default_sharing(p->s, id.kind, out, &p->codes, err);
	if (json_object_get(params, "class") != NULL || p->before.item.audience.cls != YW_CLASS_CONDITIONAL)
		return yw_prepare_audience(params, json_object_get(params, "class") == NULL ? &p->before.item.audience : NULL, out,
		    &p->codes, err);
	*out = p->before.item.audience;
	return YW_OK;
}

/* V4.  The record then follows the withdrawal; one that follows nothing that is here will be refused by itself. */
static enum yw_code
withdraw_first(struct put *p, struct yw_error *err)
{
	struct yw_append *first = &p->both[0];
	enum yw_code code;

	if (!registered_narrows(p->s, &p->before, &p->a->audience) || p->is.revision != p->before.item.revision + 1)
		return YW_OK;
	code = registered_withdrawal(&p->before, &p->withdrawal, err);
	*first = (struct yw_append) { .body = yw_buf_bytes(&p->withdrawal), .audience = p->before.item.audience, .with_next = true };
	p->is.revision++;
	return code;
}

static enum yw_code
finish(struct put *p, const json_t *record, struct yw_error *err)
{
	struct yw_validation by = { p->s->divisions, yw_utc_ms(&p->s->clock), &p->a->audience, &p->s->code, true };
	enum yw_code code = yw_prepare_finish(record, &p->is, &by, &p->body, &p->note, err);

	p->a->body = yw_buf_bytes(&p->body);
	if (code == YW_OK)
		yw_append_check(p->a);	/* here, and not in the one thread that writes */
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
	enum yw_code code;

	if (!json_is_object(record))
		return yw_fail(err, YW_EINVAL, "parameter 'record' is missing, or no object");
	code = yw_prepare_take(record, false, &p->is, err);
	if (code != YW_OK) {
		yw_fail_context(err, "parameter 'record'");
		return code;
	}
	code = find_before(p, err);
	if (code == YW_OK)
		code = choose_audience(p, params, err);
	if (code == YW_OK)
		code = withdraw_first(p, err);
	if (code == YW_OK)
		code = param_flag(params, "again", &p->a->again, err);
	if (code == YW_OK)
		code = finish(p, record, err);
	return code == YW_OK ? check_place(p, err) : code;
}

/* V5: put as the record that it makes. */
static enum yw_code
read_made(struct put *p, const json_t *params,
    enum yw_code (*make)(const struct yw_service *, const json_t *, json_t **, struct yw_error *), struct yw_error *err)
{
	json_t *made = NULL;
	enum yw_code code = make(p->s, params, &made, err);

	if (code == YW_OK)
		code = read_put(p, made, err);
	json_decref(made);
	return code;
}

static enum yw_code
read_correct(struct put *p, const json_t *params, struct yw_error *err)
{
	return read_made(p, params, correction_of_params, err);
}

static enum yw_code
read_answer(struct put *p, const json_t *params, struct yw_error *err)
{
	return read_made(p, params, answer_of_params, err);
}

/* For all who may see what is withdrawn: whoever could would go on seeing it else. */
static enum yw_code
read_withdraw(struct put *p, const json_t *params, struct yw_error *err)
{
	const char *id;
	enum yw_code code = param_id(params, "id", &id, err);

	if (code != YW_OK)
		return code;
	snprintf(p->is.id, sizeof p->is.id, "%s", id);
	code = find_before(p, err);
	if (code == YW_OK && (p->before.item.revision == 0 || p->before.item.op == YW_OP_WITHDRAW))
		code = yw_fail(err, YW_ENOENT, p->before.item.revision == 0 ? "nothing is registered here under '%s'" :
		    "'%s' has been withdrawn already", id);
	if (code != YW_OK)
		return code;
	p->a->audience = p->before.item.audience;
	p->is.op = YW_OP_WITHDRAW;
	p->is.revision = p->before.item.revision + 1;
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
	p->a = &p->both[1];
	yw_json_init(&p->note, &p->notes);
	yw_json_array(&p->note, NULL);
	code = read(p, params, &err);
	yw_json_array_end(&p->note);
	if (code == YW_OK)
		code = yw_buf_check(&p->notes, &err);
	(void)yw_buf_extend(&p->out, p->notes.len);
	if (code == YW_OK)
		code = answer_room(&p->out, &err);
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

void
ask_correct(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, read_correct);
}

void
ask_answer(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, read_answer);
}
