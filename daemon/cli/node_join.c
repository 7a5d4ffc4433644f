/*
 * node_join.c - `yiwang node join`: where to hand in the join request, and waiting until it is granted.
 *
 * The daemon hands in the request to every upstream by itself.  This command sees to it that one is
 * configured, gives the fingerprint that the other admin asks for, and tells what is still missing.
 */
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct join_call {
	struct yw_call call;
	const char *to;
};

static const struct yw_option options[] = {
	{ "to", 0, YW_OPTION_TEXT, offsetof(struct join_call, to), "tcp://HOST:PORT",
	    N_("the node above; it is added to the configuration if it is not there") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* --- an upstream in the configuration, with everything else left as it was written --- */

static bool
is_upstream(const struct yw_config *c, const char *url)
{
	for (size_t i = 0; i < c->upstreams.n; i++)
		if (strcmp(c->upstreams.url[i], url) == 0)
			return true;
	return false;
}

/* Blanks that a list's items have before their dash, taken from the first one. */
static int
indent_of(struct yw_bytes rest)
{
	struct yw_bytes line;
	int n;

	while (yw_line_next(&rest, &line)) {
		for (n = 0; (size_t)n < line.len && line.data[n] == ' '; n++)
			;
		if ((size_t)n != line.len && line.data[n] != '#')
			return line.data[n] == '-' ? n : 2;
	}
	return 2;
}

/* The line `upstreams: VALUE` with one more in it. */
static void
edit_line(struct yw_bytes line, struct yw_bytes value, struct yw_bytes rest, const char *url, struct yw_buf *out)
{
	const uint8_t *open = value.len == 0 ? NULL : memchr(value.data, '[', value.len);
	const uint8_t *close = value.len == 0 ? NULL : memrchr(value.data, ']', value.len), *inside;

	for (inside = open; inside != NULL && inside != close && (inside == open || *inside == ' '); inside++)
		;
	if (close != NULL && inside != close) {
		yw_buf_add(out, line.data, (size_t)(close - line.data));
		yw_buf_printf(out, ", '%s'", url);
		yw_buf_add(out, close, (size_t)(line.data + line.len - close));
		yw_buf_add_byte(out, '\n');
		return;
	}
	if (close != NULL)
		yw_buf_add_str(out, "upstreams:\n");
	else
		yw_buf_printf(out, "%.*s\n", (int)line.len, (const char *)line.data);
	yw_buf_printf(out, "%*s- '%s'\n", indent_of(rest), "", url);
}

static void
edit(struct yw_bytes text, const char *url, struct yw_buf *out)
{
	struct yw_bytes line, value;
	bool done = false;

	while (yw_line_next(&text, &line)) {
		if (yw_line_after(line, "upstreams:", &value)) {
			edit_line(line, value, text, url, out);
			done = true;
			continue;
		}
		yw_buf_add(out, line.data, line.len);
		yw_buf_add_byte(out, '\n');
	}
	if (text.len != 0) {		/* a last line without its line feed */
		yw_buf_add(out, text.data, text.len);
		yw_buf_add_byte(out, '\n');
	}
	if (!done)
		yw_buf_printf(out, "upstreams:\n  - '%s'\n", url);
}

/* Is `after` the configuration `before` with one upstream more, and nothing else changed? */
static bool
is_same_with(const struct yw_config *before, const struct yw_config *after, const char *url)
{
	struct yw_config rest = *after;

	if (after->upstreams.n != before->upstreams.n + 1 || !is_upstream(after, url))
		return false;
	for (size_t i = 0; i < before->upstreams.n; i++)
		if (!is_upstream(after, before->upstreams.url[i]))
			return false;
	rest.upstreams = before->upstreams;
	return memcmp(&rest, before, sizeof rest) == 0;
}

static enum yw_code
add_upstream(const char *path, const struct yw_config *before, const char *url, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT, edited = YW_BUF_INIT;
	struct yw_config after;
	struct stat st;
	enum yw_code code;

	code = yw_file_read(path, YW_YAML_BYTES_MAX, &text, err);
	if (code == YW_OK) {
		edit(yw_buf_bytes(&text), url, &edited);
		code = yw_buf_check(&edited, err);
	}
	if (code == YW_OK)
		code = yw_config_parse(path, edited.data, edited.len, &after, err);
	if (code == YW_OK && !is_same_with(before, &after, url))
		code = yw_fail(err, YW_EINVAL, "unable to put '%s' into '%s': add it under upstreams: by hand", url, path);
	if (code == YW_OK)
		code = yw_file_write(path, edited.data, edited.len, stat(path, &st) == 0 ? st.st_mode & 0777 : 0644, true, err);
	yw_buf_release(&text);
	yw_buf_release(&edited);
	return code;
}

/* --- waiting --- */

/* Tells each step of the joining once; done when the node is admitted. */
static enum yw_exit
wait_admitted(struct yw_client *client)
{
	static const struct timespec pause = { 1, 0 };
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	char said[YW_ERROR_MAX] = "";
	enum yw_exit status;

	for (;;) {
		status = yw_daemon_ask(client, "status", &params, (struct yw_bytes) { NULL, 0 }, YW_ASK_MS, &reply);
		if (status != YW_EXIT_DONE || (strcmp(yw_got_text(reply.json, "state"), "joining") != 0 &&
		    !json_is_false(yw_got(reply.json, "attributable"))))	/* a next log registers before (T8) */
			break;
		if (strcmp(said, yw_got_text(reply.json, "joining")) != 0) {
			snprintf(said, sizeof said, "%s", yw_got_text(reply.json, "joining"));
			yw_say("%s", said);
		}
		nanosleep(&pause, NULL);
	}
	if (status == YW_EXIT_DONE)
		yw_say(_("%s is admitted"), yw_got_text(reply.json, "code"));
	yw_reply_release(&reply);
	return status;
}

static enum yw_exit
tell(const struct yw_call *call, const struct yw_config *c, const struct yw_request *r, const char *fingerprint,
    bool changed)
{
	struct yw_buf line = YW_BUF_INIT;
	struct yw_client *client;
	struct yw_error err;
	enum yw_exit status;

	yw_buf_printf(&line, "%s\n", fingerprint);
	status = yw_buf_check(&line, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&line)) : yw_failed(&err);
	yw_buf_release(&line);
	if (status != YW_EXIT_DONE)
		return status;
	yw_say(_("read these numbers out by telephone to the admin of %s, who then runs there:"), r->issuer.code);
	yw_say("  yiwang admit %s --fingerprint '%s'", c->code, fingerprint);
	if (yw_client_open(call->socket != NULL ? call->socket : c->control_socket, &client, &err) != YW_OK) {
		yw_failed(&err);
		yw_say(_("next: start yiwangd with this configuration; it hands in the request by itself"));
		return YW_EXIT_FAILED;
	}
	if (changed) {
		yw_client_close(client);
		yw_say(_("next: restart yiwangd, which still runs with the configuration as it was"));
		return YW_EXIT_FAILED;
	}
	status = wait_admitted(client);
	yw_client_close(client);
	return status;
}

static enum yw_exit
node_join(struct yw_call *call)
{
	const struct join_call *c = (const struct join_call *)call;
	const char *path = call->config != NULL ? call->config : YW_CONFIG_DEFAULT;
	char fingerprint[YW_FINGERPRINT_MAX];
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r;
	struct yw_config config;
	struct yw_error err;
	bool changed = false;
	enum yw_code code;

	code = yw_config_read(path, &config, &err);
	if (code == YW_OK)
		code = yw_node_request_read(&config, &request, fingerprint, &err);
	if (code == YW_OK)
		code = yw_request_read(yw_buf_bytes(&request), NULL, &r, NULL, &err);
	yw_buf_release(&request);
	if (code == YW_OK && r.issuer.code[0] == '\0')
		code = yw_fail(&err, YW_EINVAL, "%s is the first node of its network and joins nobody", config.code);
	if (code == YW_OK && c->to == NULL && config.upstreams.n == 0)
		return yw_misused(call->command, _("something is missing: %s"), "--to tcp://HOST:PORT");
	if (code == YW_OK && c->to != NULL && !is_upstream(&config, c->to)) {
		code = add_upstream(path, &config, c->to, &err);
		changed = true;
		if (code == YW_OK)
			yw_say(_("%s added to the upstreams in %s"), c->to, path);
	}
	return code == YW_OK ? tell(call, &config, &r, fingerprint, changed) : yw_failed(&err);
}

const struct yw_command yw_cmd_node_join = {
	.name = "node join",
	.operands = "--to tcp://HOST:PORT",
	.summary = N_("Asks the node above to admit this one, and waits until it has."),
	.details = N_("yiwangd hands in the request; the line on the standard output is its fingerprint, by which the other\n"
	    "admin knows that it is yours. 'yiwang node request' gives the request itself, to be sent as a file."),
	.takes = YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct join_call),
	.run = node_join,
};
