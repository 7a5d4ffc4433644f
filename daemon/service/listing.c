/*
 * listing.c - reading: lists of records by id, and everything that was ever registered under one.
 */
#include "record/record.h"
#include "service/service_int.h"

struct listing {
	struct yw_view *v;
	enum yw_code code;		/* what stopped it */
	struct yw_error err;
	struct yw_json j;
	size_t n, limit;
	char last[YW_ID_MAX + 1];
	bool more, replaced;
};

/* The first of them begins the array: most records stand in nobody's place. */
static bool
put_replacing_too(void *arg, const char *id)
{
	struct listing *l = arg;

	if (!l->replaced)
		yw_json_array(&l->j, "replaced_by");
	l->replaced = true;
	yw_json_str(&l->j, NULL, id);
	return true;
}

static void
put_replaced_item(struct listing *l, const char *id)
{
	l->replaced = false;
	l->code = yw_view_replaced(l->v, id, put_replacing_too, l, &l->err);
	if (l->replaced)
		yw_json_array_end(&l->j);
}

/* A change or cancellation of a contract is a revision like others; what it is, its body says. */
static void
put_contract_state(struct listing *l, const struct yw_item *item)
{
	static const char *const members[] = { "status", "status_on", "status_reason" };
	struct yw_buf body = YW_BUF_INIT;
	json_t *record = NULL;
	enum yw_code code = yw_view_body(l->v, item_log(l->v, item), item->index, item->item, &body, NULL);

	if (code == YW_OK)
		code = yw_record_load(yw_buf_bytes(&body), &record, NULL);
	for (size_t i = 0; code == YW_OK && i < sizeof members / sizeof *members; i++) {
		const char *says = json_string_value(json_object_get(json_object_get(record, "contract"), members[i]));

		if (says != NULL)
			yw_json_str(&l->j, members[i], says);
	}
	if (code == YW_ENOMEM || code == YW_EIO)
		l->code = yw_fail(&l->err, code, "unable to read revision %u of '%s'", (unsigned)item->revision, item->id);
	json_decref(record);
	yw_buf_release(&body);
}

static void
put_item(struct listing *l, const struct yw_item *item, bool with_id)
{
	yw_json_object(&l->j, NULL);
	if (with_id)
		yw_json_str(&l->j, "id", item->id);
	yw_json_uint(&l->j, "revision", item->revision);
	yw_json_str(&l->j, "operation", item->erased ? "erase" : item->op == YW_OP_WITHDRAW ? "withdraw" : "put");
	yw_json_str(&l->j, "class", class_word(item->audience.cls));
	put_place(&l->j, "place", item_log(l->v, item)->origin.text, item->index, item->item);
	put_doubt(&l->j, l->v, item_log(l->v, item), item->index);
	put_recovery(&l->j, l->v, item_log(l->v, item));
	if (item->erased)
		l->code = put_erasure(&l->j, l->v, item, &l->err);
	else
		yw_json_hex(&l->j, "sha256", (struct yw_bytes) { item->sha256.b, sizeof item->sha256.b });
	if (with_id && l->code == YW_OK)
		put_replaced_item(l, item->id);
	else if (!item->erased && item->op == YW_OP_PUT && strncmp(item->id + YW_CODE_DIGITS, "/contract/", 10) == 0)
		put_contract_state(l, item);
	yw_json_object_end(&l->j);
}

void
put_through(struct yw_json *j, const struct yw_view *v, const char *id)
{
	yw_json_array(j, "through");
	for (size_t i = 0; i < yw_view_count(v); i++) {
		const struct yw_log_info *log = yw_view_at(v, i);

		if (id[0] != '\0' && strncmp(id, log->code.code, YW_CODE_DIGITS) != 0)
			continue;
		yw_json_object(j, NULL);
		yw_json_str(j, "origin", log->origin.text);
		yw_json_uint(j, "size", log->size);
		yw_json_hex(j, "root", (struct yw_bytes) { log->root.b, sizeof log->root.b });
		if (log->n_lost != 0)
			yw_json_uint(j, "lost", log->n_lost);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

static bool
list_one(void *arg, const struct yw_item *item)
{
	struct listing *l = arg;

	if (l->n == l->limit) {
		l->more = true;
		return false;
	}
	put_item(l, item, true);
	memcpy(l->last, item->id, sizeof l->last);
	l->n++;
	return l->code == YW_OK;
}

static enum yw_code
list_prefix(const json_t *params, char out[static YW_ID_MAX + 1], struct yw_error *err)
{
	struct yw_jurisdiction code;
	const char *kind;
	enum yw_code rc = param_code(params, "code", false, &code, err);

	if (rc == YW_OK)
		rc = param_text(params, "kind", false, &kind, err);
	if (rc != YW_OK)
		return rc;
	if (kind != NULL && yw_kind_parse(kind, strlen(kind)) == YW_KIND_NONE)
		return yw_fail(err, YW_EINVAL, "parameter 'kind': there is no kind '%.40s': 'yiwang schema' lists them", kind);
	if (kind != NULL && code.code[0] == '\0')
		return yw_fail(err, YW_EINVAL, "parameter 'kind' needs 'code' beside it: records are ordered by code first");
	snprintf(out, YW_ID_MAX + 1, "%s%s%s%s", code.code, code.code[0] != '\0' ? "/" : "", kind != NULL ? kind : "",
	    kind != NULL ? "/" : "");
	return YW_OK;
}

void
ask_list(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT;
	struct listing l = { .v = NULL };
	char prefix[YW_ID_MAX + 1];
	struct yw_error err;
	const char *after;
	uint64_t limit;
	enum yw_code code = list_prefix(params, prefix, &err);

	if (code == YW_OK)
		code = param_text(params, "after", false, &after, &err);
	if (code == YW_OK)
		code = param_limit(params, 1000, &limit, &err);
	if (code == YW_OK && after != NULL && strlen(after) > YW_ID_MAX)
		code = yw_fail(&err, YW_EINVAL, "parameter 'after' is no id");
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &l.v, &err);
	if (code == YW_OK) {
		l.limit = limit;
		yw_json_init(&l.j, &out);
		yw_json_object(&l.j, NULL);
		yw_json_array(&l.j, "items");
		code = yw_view_list(l.v, prefix, after != NULL ? after : "", list_one, &l, &err);
		if (code == YW_OK && l.code != YW_OK) {
			code = l.code;
			err = l.err;
		}
		yw_json_array_end(&l.j);
		if (l.more)
			yw_json_str(&l.j, "next", l.last);
		put_through(&l.j, l.v, prefix);
		yw_json_object_end(&l.j);
	}
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	yw_view_close(l.v);
}

static bool
history_one(void *arg, const struct yw_item *item)
{
	struct listing *l = arg;

	put_item(l, item, false);
	l->n++;
	return l->code == YW_OK;
}

void
ask_history(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT;
	struct listing l = { .v = NULL };
	struct yw_error err;
	const char *id;
	enum yw_code code = param_id(params, "id", &id, &err);

	if (code == YW_OK)
		code = yw_view_open(s->ledger, &l.v, &err);
	if (code == YW_OK) {
		yw_json_init(&l.j, &out);
		yw_json_object(&l.j, NULL);
		yw_json_array(&l.j, "items");
		code = yw_view_history(l.v, id, history_one, &l, &err);
		if (code == YW_OK && l.code != YW_OK) {
			code = l.code;
			err = l.err;
		}
		yw_json_array_end(&l.j);
		put_through(&l.j, l.v, id);
		yw_json_object_end(&l.j);
	}
	if (code == YW_OK && l.n == 0)
		code = nothing_under(s, l.v, id, &err);
	if (code == YW_OK)
		answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(q, code, &err);
	yw_buf_release(&out);
	yw_view_close(l.v);
}
