/*
 * lost.c - `yiwang lost`: what was registered under a code and does not count any more, and registering it again (T8); also
 * what another machine of this office lists, which has no log to register it in.
 */
#include "base/file.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"

#define LOST_FILE_MAX (64u << 20)

struct lost_call {
	struct yw_call call;
	bool again;
	const char *from;
};

static const struct yw_option options[] = {
	{ "again", 0, YW_OPTION_FLAG, offsetof(struct lost_call, again), NULL,
	    N_("register each of them again, one after the other, in the log that this node has now") },
	{ "from", 0, YW_OPTION_TEXT, offsetof(struct lost_call, from), "FILE",
	    N_("with --again: what 'yiwang lost --json' printed on another machine of this office") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
show(const json_t *result)
{
	static const char *const headings[] = { N_("id"), ">" N_("revision"), N_("operation"), ">" N_("now at"), N_("log"),
		">" N_("entry"), ">" N_("item"), NULL };
	const json_t *items = yw_got(result, "items");
	struct yw_table t;

	if (json_array_size(items) == 0) {
		yw_say(_("nothing of %s is lost, as far as this node knows"), yw_got_text(result, "code"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);

		yw_table_cell(&t, yw_got_text(item, "id"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "revision"));
		yw_table_cell(&t, yw_operation_word(item));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "now"));
		yw_table_cell(&t, yw_got_text(item, "place.origin"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.index"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(item, "place.item"));
	}
	return yw_table_put(&t);
}

static void
lost_params(const char *code, uint64_t limit, struct yw_buf *out)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", code);
	yw_json_uint(&j, "limit", limit);
	yw_json_object_end(&j);
}

/* As what follows the revision that is there now. */
static enum yw_code
put_params(const json_t *item, struct yw_buf *out, struct yw_error *err)
{
	json_t *record = json_deep_copy(yw_got(item, "record"));
	uint64_t now = yw_got_number(item, "now");
	enum yw_code code;
	json_t *params;

	json_object_del(record, "revision");
	if (now != 0)
		json_object_set_new(record, "revision", json_integer((json_int_t)now));
	params = json_pack("{s:o,s:s,s:s,s:O}", "record", record, "class", yw_got_text(item, "class"), "openness",
	    yw_got_text(item, "openness"), "audience", yw_got(item, "audience"));
	if (params == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a record");
	code = yw_json_dump(params, out, err);
	json_decref(params);
	return code;
}

static enum yw_exit
register_again(struct yw_client *client, const json_t *item)
{
	bool withdraws = strcmp(yw_got_text(item, "operation"), "withdraw") == 0;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	enum yw_exit status;

	if (withdraws)
		yw_params_text(&params, "id", yw_got_text(item, "id"));
	else if (put_params(item, &params, &err) != YW_OK) {
		yw_buf_release(&params);
		return yw_failed(&err);
	}
	status = yw_daemon_ask(client, withdraws ? "record.withdraw" : "record.put", &params, (struct yw_bytes) { NULL, 0 },
	    YW_ASK_MS, &reply);
	if (status == YW_EXIT_DONE)
		yw_say(_("%s is registered again, as revision %llu"), yw_got_text(reply.json, "id"),
		    (unsigned long long)yw_got_number(reply.json, "revision"));
	yw_reply_release(&reply);
	return status;
}

/* What is registered is lost no more, so the first one is another each time. */
static enum yw_exit
all_again(const struct yw_call *call)
{
	struct yw_client *client;
	enum yw_exit status = yw_daemon_open(call, &client);
	bool more = status == YW_EXIT_DONE;
	uint64_t n = 0;

	if (!more)
		return status;
	while (more && status == YW_EXIT_DONE) {
		struct yw_buf params = YW_BUF_INIT;
		struct yw_reply reply = YW_REPLY_INIT;

		lost_params(call->operands[0], 1, &params);
		status = yw_daemon_ask(client, "log.lost", &params, (struct yw_bytes) { NULL, 0 }, YW_ASK_REACH_MS, &reply);
		more = status == YW_EXIT_DONE && json_array_size(yw_got(reply.json, "items")) != 0;
		if (more)
			status = register_again(client, json_array_get(yw_got(reply.json, "items"), 0));
		n += more && status == YW_EXIT_DONE;
		yw_reply_release(&reply);
	}
	yw_client_close(client);
	if (status == YW_EXIT_DONE)
		yw_say(_("%llu of %s registered again; nothing else is lost, as far as this node knows"), (unsigned long long)n,
		    call->operands[0]);
	return status;
}

/* --- of another machine --- */

static enum yw_code
read_list(const char *path, const char *code, json_t **out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code rc = yw_file_read_input(path, LOST_FILE_MAX, &text, err);

	if (rc == YW_OK) {
		rc = yw_json_parse(yw_utf8_unmarked(yw_buf_bytes(&text)), out, err);
		if (rc == YW_OK && (!json_is_array(yw_got(*out, "items")) || strcmp(yw_got_text(*out, "code"), code) != 0))
			rc = yw_fail(err, YW_EINVAL, "it is not what 'yiwang lost %.6s --json' prints", code);
		if (rc != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_buf_release(&text);
	return rc;
}

/* There it followed the revision before its own: where it does not here, somebody has to look. */
static enum yw_exit
register_next(struct yw_client *client, json_t *item)
{
	uint64_t revision = yw_got_number(item, "revision");

	if (json_object_set_new(item, "now", json_integer(revision > 0 ? (json_int_t)revision - 1 : 0)) != 0)
		return YW_EXIT_FAILED;
	return register_again(client, item);
}

/* What is refused is said, and the others go on. */
static enum yw_exit
all_from(const struct yw_call *call, const char *path)
{
	uint64_t done = 0, refused = 0;
	json_t *list = NULL;
	struct yw_client *client;
	struct yw_error err;
	enum yw_exit status;

	if (read_list(path, call->operands[0], &list, &err) != YW_OK) {
		json_decref(list);
		return yw_failed(&err);
	}
	status = yw_daemon_open(call, &client);
	for (size_t i = 0; status == YW_EXIT_DONE && i < json_array_size(json_object_get(list, "items")); i++) {
		json_t *item = json_array_get(json_object_get(list, "items"), i);

		if (register_next(client, item) == YW_EXIT_DONE) {
			done++;
			continue;
		}
		yw_say(_("%s, revision %llu of the other machine, is not registered"), yw_got_text(item, "id"),
		    (unsigned long long)yw_got_number(item, "revision"));
		refused++;
	}
	json_decref(list);
	if (status != YW_EXIT_DONE)
		return status;
	yw_client_close(client);
	yw_say(_("%llu of %s registered again, %llu not"), (unsigned long long)done, call->operands[0], (unsigned long long)refused);
	return refused == 0 ? YW_EXIT_DONE : YW_EXIT_FAILED;
}

static enum yw_exit
lost(struct yw_call *call)
{
	const struct lost_call *c = (const struct lost_call *)call;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;

	if (c->from != NULL && !c->again)
		return yw_misused(call->command, _("--from goes with --again"));
	if (c->again)
		return c->from != NULL ? all_from(call, c->from) : all_again(call);
	lost_params(call->operands[0], 1000, &params);
	status = yw_ask(call, "log.lost", &params, YW_ASK_REACH_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

const struct yw_command yw_cmd_lost = {
	.name = "lost",
	.operands = "CODE",
	.summary = N_("Shows what was registered under a code and counts no more, or registers it again."),
	.details = N_("That is what a log held past the end at which it was closed, and on a branch that does not count. What has been\n"
	    "registered again since is left out. A machine whose log was given to another one registers nothing: there --json prints\n"
	    "the list that --again --from takes on the other one."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct lost_call),
	.run = lost,
};
