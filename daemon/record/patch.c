/*
 * patch.c - a registered record as JSON values, and some of its fields saying something else: its JSON with theirs laid over it.
 */
#include "base/json.h"
#include "record/record.h"

enum yw_code
yw_record_load(struct yw_bytes body, json_t **out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code = yw_record_to_json(body, &text, err);

	*out = NULL;
	if (code == YW_OK)
		code = yw_json_parse(yw_buf_bytes(&text), out, err);
	yw_buf_release(&text);
	return code;
}

/* 0, or -1 for want of memory. */
static int
lay_over(json_t *record, json_t *patch)
{
	const char *name;
	json_t *value, *was;
	int failed = 0;

	json_object_foreach(patch, name, value) {
		was = json_object_get(record, name);
		if (json_is_null(value))
			(void)json_object_del(record, name);
		else if (json_is_object(value) && json_is_object(was))
			failed |= lay_over(was, value);
		else
			failed |= json_object_set(record, name, value);
	}
	return failed;
}

enum yw_code
yw_record_patch(struct yw_bytes body, struct yw_bytes json, struct yw_buf *out, struct yw_error *err)
{
	json_t *record, *patch = NULL;
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code = yw_record_load(body, &record, err);

	if (code == YW_OK)
		code = yw_json_parse(json, &patch, err);
	if (code == YW_OK && lay_over(record, patch) != 0)
		code = yw_fail(err, YW_ENOMEM, "out of memory");
	if (code == YW_OK)
		code = yw_json_dump(record, &text, err);
	if (code == YW_OK)
		code = yw_record_from_json(yw_buf_bytes(&text), out, err);
	yw_buf_release(&text);
	json_decref(patch);
	json_decref(record);
	return code;
}

enum yw_code
yw_record_text(struct yw_bytes body, const char *field, struct yw_buf *out, struct yw_error *err)
{
	struct yw_record head;
	const char *text;
	json_t *record;
	enum yw_code code = yw_record_read(body, &head, err);

	if (code == YW_OK)
		code = yw_record_load(body, &record, err);
	if (code != YW_OK)
		return code;
	text = json_string_value(json_object_get(json_object_get(record, head.id.kind), field));
	yw_buf_add_str(out, text != NULL ? text : "");
	json_decref(record);
	return yw_buf_check(out, err);
}
