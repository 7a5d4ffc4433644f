/*
 * acts.c - what a person has this node do to itself or say of trust: parameters, one turn, a line in the audit log, the
 * answer.
 */
#include <stdlib.h>

#include "service/service_int.h"

static void
act_free(struct act *a)
{
	if (a->release != NULL)
		a->release(a);
	yw_buf_release(&a->out);
	free(a);
}

static const char *
subject(const struct act *a)
{
	return a->about != NULL ? a->about : a->what.code[0] != '\0' ? a->what.code : "-";
}

static void
act_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct act *a = (struct act *)job;
	struct yw_json j;

	yw_json_init(&j, &a->out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", a->what.code);
	a->code = a->say(a, l, x, &j, &a->err);
	yw_json_object_end(&j);
}

static void
act_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct act *a = (struct act *)job;

	if (a->code != YW_OK) {
		code = a->code;
		err = &a->err;
	}
	audit_line(a->s, a->q, subject(a), code == YW_OK ? a->outcome : err->msg);
	if (code == YW_OK)
		answer_json(a->q, &a->out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(a->q, code, err);
	act_free(a);
}

void
act_start(struct yw_service *s, struct yw_question *q, const json_t *params, const struct act_kind *kind)
{
	struct act *a = calloc(1, kind->size);
	struct yw_error err;
	enum yw_code code;

	if (a == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for an order");
		audit_line(s, q, "-", err.msg);
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	*a = (struct act) { .job = { .apply = act_apply, .done = act_done }, .s = s, .q = q, .outcome = kind->outcome,
		.say = kind->say, .release = kind->release };
	code = answer_room(&a->out, &err);
	if (kind->read == NULL)
		a->what = s->code;
	else if (code == YW_OK)
		code = kind->read(a, params, &err);
	if (code == YW_OK)
		code = yw_node_post(s->node, &a->job, &err);
	if (code == YW_OK)
		return;
	audit_line(s, q, subject(a), err.msg);
	answer_error(q, code, &err);
	act_free(a);
}
