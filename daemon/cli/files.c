/*
 * files.c - files that several subcommands read.
 */
#include "cli/cli.h"

#include "base/file.h"
#include "base/text.h"
#include "service/home.h"

#define REQUEST_TEXT_MAX (2 * YW_REQUEST_MAX)

enum yw_code
yw_call_config(const struct yw_call *call, struct yw_config *out, struct yw_error *err)
{
	return yw_config_read(call->config != NULL ? call->config : YW_CONFIG_DEFAULT, out, err);
}

enum yw_code
yw_read_request(const char *path, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_bytes rest, line;
	enum yw_code code;

	code = yw_file_read_input(path, REQUEST_TEXT_MAX, &file, err);
	rest = yw_buf_bytes(&file);
	/* A request starts with a byte that no base64 has: the tag of its first field is a line feed. */
	if (code == YW_OK && file.len != 0 && file.data[0] == '\n')
		yw_buf_add(out, file.data, file.len);
	else if (code == YW_OK && (!yw_line_next(&rest, &line) || rest.len != 0 || line.len == 0 ||
	    yw_base64_decode((const char *)line.data, line.len, out) != YW_OK))
		code = yw_fail(err, YW_EFORMAT, "'%s' holds no join request", path);
	yw_buf_release(&file);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}

enum yw_code
yw_node_request_read(const struct yw_config *c, struct yw_buf *out, char fingerprint[static YW_FINGERPRINT_MAX],
    struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, "request", path, err);

	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, out, err);
	if (code == YW_OK)
		yw_request_fingerprint(yw_buf_bytes(out), fingerprint);
	return code;
}
