/*
 * schema.c - `yiwang schema`: the fields of a kind of record, as JSON Schema.
 */
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

static enum yw_exit
schema(struct yw_call *call)
{
	struct yw_buf json = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_error err;

	if (call->n_operands == 0)
		return list_kinds();
	if (yw_record_schema_json(call->operands[0], &json, &err) == YW_OK)
		status = yw_put_json(&json);
	else
		status = yw_failed(&err);
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
