/*
 * whole.c - a person's words about this node's own log: fetch it back (L2), this machine is the one that goes on (L5).
 */
#include <stdlib.h>

#include "service/service_int.h"

struct word {
	struct yw_node_job job;
	struct yw_service *s;
	struct yw_question *q;
	enum yw_code (*say)(struct yw_exchange *x, struct yw_error *err);
	enum yw_code code;
	struct yw_error err;
	struct yw_buf out;
};

static void
word_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct word *w = (struct word *)job;

	(void)l;
	w->code = w->say(x, &w->err);
}

static void
word_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct word *w = (struct word *)job;
	struct yw_json j;

	if (code == YW_OK && w->code != YW_OK) {
		code = w->code;
		err = &w->err;
	}
	audit_line(w->s, w->q, w->s->code.code, code == YW_OK ? "done" : err->msg);
	if (code == YW_OK) {
		yw_json_init(&j, &w->out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", w->s->code.code);
		yw_json_object_end(&j);
		answer_json(w->q, &w->out, (struct yw_bytes) { NULL, 0 });
	} else {
		answer_error(w->q, code, err);
	}
	yw_buf_release(&w->out);
	free(w);
}

static void
start(struct yw_service *s, struct yw_question *q, enum yw_code (*say)(struct yw_exchange *, struct yw_error *))
{
	struct word *w = calloc(1, sizeof *w);
	struct yw_error err;
	enum yw_code code = w != NULL ? YW_OK : yw_fail(&err, YW_ENOMEM, "no memory for an order");

	if (code == YW_OK) {
		*w = (struct word) { .job = { .apply = word_apply, .done = word_done }, .s = s, .q = q, .say = say };
		code = answer_room(&w->out, &err);
	}
	if (code == YW_OK)
		code = yw_node_post(s->node, &w->job, &err);
	if (code == YW_OK)
		return;
	audit_line(s, q, s->code.code, err.msg);
	answer_error(q, code, &err);
	if (w != NULL)
		yw_buf_release(&w->out);
	free(w);
}

void
ask_refetch(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	(void)params;
	start(s, q, yw_exchange_refetch);
}

void
ask_node_take(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	(void)params;
	start(s, q, yw_exchange_take_over);
}
