/*
 * lost.c - records of a code that were acknowledged and do not count: on a branch that was cut (L8), or past the end at
 * which a log was closed (T6).  Listed until they are registered again (T8).
 */
#include "record/record.h"
#include "service/service_int.h"

#define LIMIT 100
#define LIMIT_MAX 1000

struct losses {
	struct yw_view *v;
	struct yw_json j;
	const struct yw_log_info *log;
	uint64_t n, limit;
	enum yw_code code;
	struct yw_error err;
};

/* The revision that the id has now, 0: nothing is registered under it. */
static uint32_t
revision_now(struct losses *l, const char *id)
{
	struct yw_item now;
	enum yw_code code = yw_view_current(l->v, id, &now, &l->err);

	if (code != YW_OK && code != YW_ENOENT)
		l->code = code;
	return code == YW_OK ? now.revision : 0;
}

/* False: no more.  What has been registered again, or was overtaken, is not lost any more. */
static bool
put_lost(struct losses *l, uint64_t index, uint16_t item, const struct yw_record *r, const struct yw_audience *a,
    struct yw_bytes body)
{
	uint32_t now = revision_now(l, r->id_text);
	struct yw_buf record = YW_BUF_INIT;

	if (l->code != YW_OK || l->n == l->limit)
		return false;
	if (now >= r->revision)
		return true;
	l->code = yw_record_to_json(body, &record, &l->err);
	if (l->code == YW_OK) {
		yw_json_object(&l->j, NULL);
		yw_json_str(&l->j, "id", r->id_text);
		yw_json_uint(&l->j, "revision", r->revision);
		yw_json_str(&l->j, "operation", r->op == YW_OP_WITHDRAW ? "withdraw" : "put");
		yw_json_uint(&l->j, "now", now);
		put_place(&l->j, "place", l->log->origin.text, index, item);
		yw_prepare_audience_json(&l->j, a);
		yw_json_raw(&l->j, "record", yw_buf_bytes(&record));
		yw_json_object_end(&l->j);
		l->n++;
	}
	yw_buf_release(&record);
	return l->code == YW_OK;
}

static bool
cut_off(void *arg, const struct yw_lost_item *i)
{
	return put_lost(arg, i->index, i->item, &i->record, i->audience, i->body);
}

static bool
past_the_end(void *arg, const struct yw_places *p)
{
	struct losses *l = arg;
	struct yw_buf body = YW_BUF_INIT;
	struct yw_record r;
	bool more = true;

	for (uint16_t i = 0; more && i < p->entry->n_items; i++) {
		if (p->state[i] != YW_BODY_HELD)
			continue;
		yw_buf_clear(&body);
		l->code = yw_view_body(l->v, l->log, p->index, i, &body, &l->err);
		if (l->code == YW_OK && yw_record_read(yw_buf_bytes(&body), &r, NULL) == YW_OK)
			more = put_lost(l, p->index, i, &r, &p->entry->audience, yw_buf_bytes(&body));
		more = more && l->code == YW_OK;
	}
	yw_buf_release(&body);
	return more;
}

static enum yw_code
list(struct losses *l, const struct yw_jurisdiction *code)
{
	const struct yw_trust *t = yw_view_trust(l->v);
	enum yw_code result = YW_OK;

	for (size_t i = 0; result == YW_OK && l->code == YW_OK && i < yw_view_count(l->v); i++) {
		const struct yw_generation *g;

		l->log = yw_view_at(l->v, i);
		g = yw_trust_origin(t, l->log->origin.text);
		if (g == NULL || !yw_jurisdiction_equal(&g->code, code))
			continue;
		result = yw_view_lost(l->v, l->log, cut_off, l, &l->err);
		if (result == YW_OK && !g->open && g->end.size < l->log->size)
			result = yw_view_places(l->v, l->log, g->end.size, past_the_end, l, &l->err);
	}
	return result == YW_OK ? l->code : result;
}

void
ask_lost(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT;
	struct losses l = { .v = NULL };
	struct yw_jurisdiction of;
	enum yw_code code = param_code(params, "code", true, &of, &l.err);

	if (code == YW_OK)
		code = param_uint(params, "limit", LIMIT, LIMIT_MAX, &l.limit, &l.err);
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &l.v, &l.err);
	if (code == YW_OK) {
		yw_json_init(&l.j, &out);
		yw_json_object(&l.j, NULL);
		yw_json_str(&l.j, "code", of.code);
		yw_json_array(&l.j, "items");
		code = list(&l, &of);
		yw_json_array_end(&l.j);
		yw_json_object_end(&l.j);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &l.err);
	yw_buf_release(&out);
	yw_view_close(l.v);
}
