/*
 * log_lost.c - `yiwang log lost`: bodies of this node's own log that nobody has any more are declared lost (V6).
 *
 * First it lists them, and who was asked.  The declaration cannot be taken back, so a person types the code of the node, or
 * a script says that it knows.
 */
#include <stdio.h>
#include <time.h>

#include "cli/ask.h"
#include "cli/commands.h"

#define ASKING_MAX_S 60
#define LOOK_EVERY_MS 500

struct lost_call {
	struct yw_call call;
	const char *yes;
};

static const struct yw_option options[] = {
	{ "yes", 0, YW_OPTION_TEXT, offsetof(struct lost_call, yes), "CODE",
	    N_("the code of this node: it is not asked for then") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static enum yw_exit
ask_daemon(struct yw_client *client, const char *method, struct yw_buf *params, struct yw_reply *reply)
{
	return yw_daemon_ask(client, method, params, (struct yw_bytes) { NULL, 0 }, YW_ASK_MS, reply);
}

/* Until whoever is connected has been asked. */
static enum yw_exit
look(struct yw_client *client, struct yw_reply *reply)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	enum yw_exit status = YW_EXIT_DONE;
	bool asked = false;

	for (int i = 0; status == YW_EXIT_DONE && !asked && i < ASKING_MAX_S * 1000 / LOOK_EVERY_MS; i++) {
		struct yw_buf params = YW_BUF_INIT;

		if (i > 0) {
			yw_reply_release(reply);
			nanosleep(&pause, NULL);
		}
		status = ask_daemon(client, "log.lacks", &params, reply);
		asked = status == YW_EXIT_DONE && (yw_got_true(reply->json, "asked_all") || yw_got_number(reply->json, "lacks") == 0);
	}
	return status;
}

static const char *
body_words(const json_t *place)
{
	return strcmp(yw_got_text(place, "body"), "refused") == 0 ? _("refused: what came is no record of this log") :
	    _("missing: nobody has brought it yet");
}

static enum yw_exit
show_places(const json_t *result)
{
	static const char *const headings[] = { N_("log"), ">" N_("entry"), ">" N_("item"), N_("body"), NULL };
	const json_t *places = yw_got(result, "places");
	struct yw_table t;

	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(places); i++) {
		const json_t *place = json_array_get(places, i);
		uint64_t item = yw_got_number(place, "item"), n = yw_got_number(place, "items");

		yw_table_cell(&t, yw_got_text(place, "origin"));
		yw_table_cellf(&t, "%llu", (unsigned long long)yw_got_number(place, "index"));
		if (n > 1)
			yw_table_cellf(&t, "%llu-%llu", (unsigned long long)item, (unsigned long long)(item + n - 1));
		else
			yw_table_cellf(&t, "%llu", (unsigned long long)item);
		yw_table_cell(&t, body_words(place));
	}
	return yw_table_put(&t);
}

static void
say_consequences(const json_t *result)
{
	unsigned long long n = yw_got_number(result, "lacks");
	struct yw_buf peers = YW_BUF_INIT;

	yw_add_codes(&peers, yw_got(result, "peers"), " ");
	yw_say(_("%llu bodies of the log of %s are not here, and none of the nodes that are connected now has them: %s"), n,
	    yw_got_text(result, "code"), yw_buf_str(&peers));
	yw_buf_release(&peers);
	yw_say(_("declared lost, they are gone for everybody, also where one is held by a node that is not connected now:"));
	yw_say(_("- of each record what was registered before counts again, and what is lost has to be registered anew"));
	yw_say(_("- entries, hashes and signatures stay: it remains proven that something was registered there"));
	yw_say(_("- other nodes' receipts for this log go on; this cannot be taken back"));
}

/* Has the code typed. */
static enum yw_code
confirm(const struct lost_call *c, const json_t *result, struct yw_error *err)
{
	const char *code = yw_got_text(result, "code");

	if (c->yes != NULL)
		return strcmp(c->yes, code) == 0 ? YW_OK :
		    yw_fail(err, YW_EINVAL, "--yes says %s, and this node is %s: nothing was done", c->yes, code);
	say_consequences(result);
	yw_say(_("type the code of this node to go on:"));
	return yw_typed(code, err);
}

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("%llu bodies are declared lost; 'yiwang logs %s' lists them"), (unsigned long long)yw_got_number(result, "lost"),
	    yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

static enum yw_exit
declare(const struct yw_call *call, struct yw_client *client, const json_t *seen)
{
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_uint(&j, "lacks", yw_got_number(seen, "lacks"));
	yw_json_object_end(&j);
	status = ask_daemon(client, "log.declare_lost", &params, &reply);
	if (status != YW_EXIT_DONE)
		return status;
	if (yw_got_true(seen, "more"))
		yw_say(_("that were as many as are declared at once: run this again for the others"));
	return yw_reply_put(call, &reply, show);
}

/* *seen is released by the caller. */
static enum yw_exit
run_with(const struct lost_call *c, struct yw_client *client, struct yw_reply *seen)
{
	enum yw_exit status = look(client, seen);
	struct yw_error err;

	if (status != YW_EXIT_DONE)
		return status;
	if (yw_got_number(seen->json, "lacks") == 0) {
		yw_say(_("no body of the log of %s is missing here: there is nothing to declare lost"),
		    yw_got_text(seen->json, "code"));
		return YW_EXIT_DONE;
	}
	if (!c->call.json)
		status = show_places(seen->json);
	if (status != YW_EXIT_DONE)
		return status;
	return confirm(c, seen->json, &err) == YW_OK ? declare(&c->call, client, seen->json) : yw_failed(&err);
}

static enum yw_exit
log_lost(struct yw_call *call)
{
	struct yw_reply seen = YW_REPLY_INIT;
	struct yw_client *client;
	enum yw_exit status = yw_daemon_open(call, &client);

	if (status != YW_EXIT_DONE)
		return status;
	status = run_with((const struct lost_call *)call, client, &seen);
	yw_reply_release(&seen);
	yw_client_close(client);
	return status;
}

const struct yw_command yw_cmd_log_lost = {
	.name = "log lost",
	.operands = "",
	.summary = N_("Declares lost what is missing of this node's own log, after its disk was lost and nobody has it."),
	.details = N_("It lists the places first, and who was asked, and has the code of this node typed. What 'yiwang lost' shows is\n"
	    "something else: records whose entries do not count."),
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct lost_call),
	.run = log_lost,
};
