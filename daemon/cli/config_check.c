/*
 * config_check.c - `yiwang config check`: is the configuration sound, and how is it understood?
 */
#include "cli/commands.h"

static enum yw_exit
config_check(struct yw_call *call)
{
	const char *path = call->n_operands != 0 ? call->operands[0] : call->config != NULL ? call->config : YW_CONFIG_DEFAULT;
	struct yw_buf text = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_config c;
	struct yw_error err;

	if (yw_config_read(path, &c, &err) != YW_OK)
		return yw_failed(&err);
	yw_config_text(&c, &text);
	status = yw_buf_check(&text, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&text)) : yw_failed(&err);
	yw_buf_release(&text);
	return status;
}

const struct yw_command yw_cmd_config_check = {
	.name = "config check",
	.operands = "[FILE]",
	.summary = N_("Checks a configuration and prints it as it is understood, with every default."),
	.max = 1,
	.takes = YW_TAKES_CONFIG,
	.run = config_check,
};
