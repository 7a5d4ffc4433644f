/*
 * schema.c - `yiwang schema`: the fields of a kind of record, as JSON Schema.
 */
#include <jansson.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "record/kind.h"
#include "record/record.h"

static enum yw_exit
list_kinds(void)
{
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;

	for (int kind = 1; kind < YW_KINDS_END; kind++)
		yw_buf_printf(&out, "%s\n", yw_kind_name((enum yw_kind)kind));
	status = yw_buf_check(&out, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&out)) : yw_failed(&err);
	yw_buf_release(&out);
	return status;
}

/* One member a line, for eyes. */
static enum yw_code
indent(struct yw_buf *json, struct yw_error *err)
{
	json_t *value;
	enum yw_code code = yw_json_parse(yw_buf_bytes(json), &value, err);
	char *text;

	if (code != YW_OK)
		return code;
	text = json_dumps(value, JSON_INDENT(2));
	json_decref(value);
	if (text == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a schema");
	yw_buf_clear(json);
	yw_buf_add_str(json, text);
	free(text);
	return yw_buf_check(json, err);
}

static enum yw_exit
schema(struct yw_call *call)
{
	struct yw_buf json = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (call->n_operands == 0)
		return list_kinds();
	code = yw_record_schema_json(call->operands[0], &json, &err);
	if (code == YW_OK)
		code = indent(&json, &err);
	status = code == YW_OK ? yw_put_json(&json) : yw_failed(&err);
	yw_buf_release(&json);
	return status;
}

const struct yw_command yw_cmd_schema = {
	.name = "schema",
	.operands = "[KIND]",
	.summary = N_("Prints the fields of a kind of record as JSON Schema; without KIND, the kinds there are."),
	.max = 1,
	.run = schema,
};
