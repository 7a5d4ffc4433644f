/*
 * node_request.c - `yiwang node request`: the join request as a line that fits into any message.
 */
#include "base/text.h"
#include "cli/commands.h"

static enum yw_exit
node_request(struct yw_call *call)
{
	struct yw_buf request = YW_BUF_INIT, line = YW_BUF_INIT;
	char fingerprint[YW_FINGERPRINT_MAX];
	struct yw_error err;
	struct yw_config c;
	enum yw_exit status;
	enum yw_code code;

	code = yw_call_config(call, &c, &err);
	if (code == YW_OK)
		code = yw_node_request_read(&c, &request, fingerprint, &err);
	if (code == YW_OK) {
		yw_base64_add(&line, request.data, request.len);
		yw_buf_add_byte(&line, '\n');
		code = yw_buf_check(&line, &err);
	}
	status = code == YW_OK ? yw_put_bytes(yw_buf_bytes(&line)) : yw_failed(&err);
	if (status == YW_EXIT_DONE)
		yw_say(_("fingerprint, to be read out by telephone: %s"), fingerprint);
	yw_buf_release(&request);
	yw_buf_release(&line);
	return status;
}

const struct yw_command yw_cmd_node_request = {
	.name = "node request",
	.operands = "",
	.summary = N_("Prints the join request of this node, for 'yiwang admit --request' at the node above."),
	.takes = YW_TAKES_CONFIG,
	.run = node_request,
};
