/*
 * put.c - `yiwang put`: registers one record, or the next revision of one, as `get --json` prints it.
 */
#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"

struct put_call {
	struct yw_call call;
	const char *durable, *signed_file, *cls;
	bool again;
};

static const struct yw_option options[] = {
	{ "durable", 0, YW_OPTION_TEXT, offsetof(struct put_call, durable), "CODE|quorum",
	    N_("wait until that node, or a quorum, holds it too") },
	{ "class", 0, YW_OPTION_TEXT, offsetof(struct put_call, cls), "CLASS",
	    N_("who may see it: unconditional, open, not_shared, or 'conditional CODE...'") },
	{ "signed", 0, YW_OPTION_TEXT, offsetof(struct put_call, signed_file), "FILE",
	    N_("register what 'yiwang sign' has made elsewhere") },
	{ "again", 0, YW_OPTION_FLAG, offsetof(struct put_call, again), NULL,
	    N_("also under an id that was erased: it is registered again on purpose") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* Only what a registration is made of: what else `get` prints says where the old revision stands. */
static enum yw_code
make_params(struct yw_bytes text, const struct put_call *c, struct yw_buf *out, struct yw_error *err)
{
	static const char *const names[] = { "record", "class", "openness", "audience" };
	json_t *in = NULL, *params = json_object();
	enum yw_code code = yw_json_parse(yw_utf8_unmarked(text), &in, err);

	if (code == YW_OK && !json_is_object(json_object_get(in, "record")))
		code = yw_fail(err, YW_EINVAL, "there is no \"record\": write it as 'yiwang get --json' prints one");
	for (size_t i = 0; code == YW_OK && i < sizeof names / sizeof *names; i++)
		if (json_object_get(in, names[i]) != NULL &&
		    json_object_set(params, names[i], json_object_get(in, names[i])) != 0)
			code = yw_fail(err, YW_ENOMEM, "no memory for a record");
	if (code == YW_OK && c->durable != NULL && json_object_set_new(params, "durable", json_string(c->durable)) != 0)
		code = yw_fail(err, YW_EINVAL, "'%.40s' is neither a division code nor 'quorum'", c->durable);
	if (code == YW_OK && c->again && json_object_set_new(params, "again", json_true()) != 0)
		code = yw_fail(err, YW_ENOMEM, "no memory for a record");
	if (code == YW_OK)
		code = yw_class_over(c->cls, params, err);
	if (code == YW_OK)
		code = yw_json_dump(params, out, err);
	json_decref(params);
	json_decref(in);
	return code;
}

/* What the rules found to remark on, though it is registered. */
static void
say_notes(const json_t *result)
{
	const json_t *notes = yw_got(result, "notes"), *note;
	size_t i;

	json_array_foreach(notes, i, note)
		yw_say(_("noted of %s: %s: %s"), yw_got_text(note, "id"), yw_got_text(note, "field"), yw_got_text(note, "reason"));
}

enum yw_exit
yw_show_registered(const json_t *result)
{
	struct yw_buf line = YW_BUF_INIT;
	const char *reached = yw_got_text(result, "reached");
	struct yw_error err;
	enum yw_exit status;

	yw_buf_printf(&line, "%s\n", yw_got_text(result, "id"));
	status = yw_buf_check(&line, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&line)) : yw_failed(&err);
	yw_buf_release(&line);
	yw_say(_("revision %llu is entry %llu, item %llu of %s"), (unsigned long long)yw_got_number(result, "revision"),
	    (unsigned long long)yw_got_number(result, "place.index"), (unsigned long long)yw_got_number(result, "place.item"),
	    yw_got_text(result, "place.origin"));
	say_notes(result);
	yw_say_reached(reached);
	yw_say_claimed(result);
	return status;
}

void
yw_say_claimed(const json_t *result)
{
	if (json_is_false(yw_got(result, "attributable")))
		yw_say(_("its log is not yet attributable, so it counts only here: 'yiwang status' says what would end that"));
}

void
yw_say_reached(const char *reached)
{
	if (strcmp(reached, "disk") == 0)
		yw_say(_("it is on this node's disk, signed and in the log"));
	else if (strcmp(reached, "quorum") == 0)
		yw_say(_("it is on this node's disk, and a quorum has signed that it holds it"));
	else
		yw_say(_("it is on the disks of this node and of %s"), reached);
}

static enum yw_exit
show_signed(const json_t *result)
{
	const json_t *records = yw_got(result, "records");
	struct yw_buf lines = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;

	for (size_t i = 0; i < json_array_size(records); i++)
		yw_buf_printf(&lines, "%s\n", yw_got_text(json_array_get(records, i), "id"));
	status = yw_buf_check(&lines, &err) == YW_OK ? yw_put_bytes(yw_buf_bytes(&lines)) : yw_failed(&err);
	yw_buf_release(&lines);
	yw_say(_("entry %llu of %s, as it was signed; records in it: %zu"), (unsigned long long)yw_got_number(result, "index"),
	    yw_got_text(result, "origin"), json_array_size(records));
	say_notes(result);
	yw_say_reached(yw_got_text(result, "reached"));
	return status;
}

/* T13: what a registrar signed, as it is. */
static enum yw_exit
put_signed(const struct put_call *c)
{
	struct yw_buf params = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_client *client;
	struct yw_error err;
	enum yw_exit status;

	if (yw_file_read_input(c->signed_file, YW_SIGNED_MAX, &file, &err) != YW_OK) {
		yw_buf_release(&file);
		return yw_failed(&err);
	}
	status = yw_daemon_open(&c->call, &client);
	if (status == YW_EXIT_DONE) {
		if (c->durable != NULL)
			yw_params_text(&params, "durable", c->durable);
		status = yw_daemon_ask(client, "record.put_signed", &params, yw_buf_bytes(&file),
		    c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
		yw_client_close(client);
	}
	yw_buf_release(&file);
	return status == YW_EXIT_DONE ? yw_reply_put(&c->call, &reply, show_signed) : status;
}

static enum yw_exit
put(struct yw_call *call)
{
	const struct put_call *c = (const struct put_call *)call;
	const char *path = call->n_operands != 0 ? call->operands[0] : "-";
	struct yw_buf text = YW_BUF_INIT, params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_error err;
	enum yw_exit status;
	enum yw_code code;

	if (c->signed_file != NULL && (call->n_operands != 0 || c->cls != NULL))
		return yw_misused(call->command, _("one of: FILE; --signed FILE"));
	if (c->signed_file != NULL)
		return put_signed(c);
	code = yw_file_read_input(strcmp(path, "-") == 0 ? "/dev/stdin" : path, YW_JSON_BYTES_MAX, &text, &err);
	if (code == YW_OK && text.len == 0)
		code = yw_fail(&err, YW_EFORMAT, "'%s' is empty: a record in JSON was expected", path);
	else if (code == YW_OK) {
		code = make_params(yw_buf_bytes(&text), c, &params, &err);
		if (code != YW_OK)
			yw_fail_context(&err, "'%s'", path);
	}
	yw_buf_release(&text);
	if (code != YW_OK)
		return yw_failed(&err);
	status = yw_ask(call, "record.put", &params, c->durable != NULL ? YW_ASK_REACH_MS : YW_ASK_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, yw_show_registered) : status;
}

const struct yw_command yw_cmd_put = {
	.name = "put",
	.operands = "[FILE|- | --signed FILE]",
	.summary = N_("Registers one record from JSON, as 'yiwang get --json' prints it."),
	.details = N_("To change a record: get it, edit it, put it. Its \"revision\" says what you have read, so that nobody's\n"
	    "change is lost; a new record has none. 'yiwang schema KIND' lists the fields."),
	.max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct put_call),
	.run = put,
};
