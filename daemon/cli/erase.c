/*
 * erase.c - `yiwang erase`: what stands under an id goes, here and wherever it was sent (V6, T10).
 *
 * It cannot be taken back, so a person types the id again, or a script says that it knows.
 */
#include <stdio.h>
#include <time.h>

#include "cli/ask.h"
#include "cli/commands.h"

#define SCRUBBING_MAX_S 60
#define LOOK_EVERY_MS 500
#define ASK_LONG_MS 120000	/* every body of the code is looked at */

struct erase_call {
	struct yw_call call;
	const char *reason, *basis, *yes;
	bool now;
};

static const struct yw_option options[] = {
	{ "reason", 0, YW_OPTION_TEXT, offsetof(struct erase_call, reason), "TEXT",
	    N_("why, in words; it stands in this node's log for ever, so nobody's data belongs into it") },
	{ "basis", 0, YW_OPTION_TEXT, offsetof(struct erase_call, basis), "TEXT", N_("the legal basis, in words; likewise") },
	{ "now", 0, YW_OPTION_FLAG, offsetof(struct erase_call, now), NULL,
	    N_("its bytes leave this node's disk at once, not within erase_within") },
	{ "yes", 0, YW_OPTION_TEXT, offsetof(struct erase_call, yes), "ID", N_("the id once more: it is not asked for then") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static void
say_consequences(const json_t *seen)
{
	yw_say(_("%llu bodies stand under %s"), (unsigned long long)yw_got_number(seen, "places"), yw_got_text(seen, "id"));
	yw_say(_("erased, they go here and at every node that has them, as soon as it learns of that:"));
	yw_say(_("- the id reads erased, with reason and basis, until somebody registers it again on purpose"));
	yw_say(_("- entries, hashes and signatures stay: it remains proven that something was registered there"));
	yw_say(_("- what was copied out of the network, evidence files too, is in nobody's hand; this cannot be taken back"));
}

/* Has the id typed. */
static enum yw_code
confirm(const struct erase_call *c, const json_t *seen, struct yw_error *err)
{
	const char *id = c->call.operands[0];

	if (c->yes != NULL)
		return strcmp(c->yes, id) == 0 ? YW_OK :
		    yw_fail(err, YW_EINVAL, "--yes says '%s', and '%s' is to be erased: nothing was done", c->yes, id);
	say_consequences(seen);
	yw_say(_("type the id to go on:"));
	return yw_typed(id, err);
}

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("erased by entry %llu of %s: %llu bodies"), (unsigned long long)yw_got_number(result, "index"),
	    yw_got_text(result, "origin"), (unsigned long long)yw_got_number(result, "places"));
	yw_say(_("their bytes leave each disk within its 'erase_within', and backups within 'backup_keep_days'"));
	return YW_EXIT_DONE;
}

/* Whoever reads at this moment may still hold what was there before. */
static enum yw_exit
scrub(struct yw_client *client)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	enum yw_exit status = YW_EXIT_DONE;
	uint64_t left = 1;

	for (int i = 0; status == YW_EXIT_DONE && left != 0 && i < SCRUBBING_MAX_S * 1000 / LOOK_EVERY_MS; i++) {
		struct yw_reply reply = YW_REPLY_INIT;
		struct yw_buf params = YW_BUF_INIT;

		if (i > 0)
			nanosleep(&pause, NULL);
		status = yw_daemon_ask(client, "erase.scrub", &params, (struct yw_bytes) { NULL, 0 }, ASK_LONG_MS, &reply);
		if (status == YW_EXIT_DONE)
			left = yw_got_number(reply.json, "left");
		yw_reply_release(&reply);
	}
	if (status == YW_EXIT_DONE)
		yw_say(left == 0 ? _("they have left this node's disk") : _("somebody still reads what was there before: they leave this "
		    "node's disk when that ends"));
	return status;
}

static enum yw_exit
erase_with(const struct erase_call *c, struct yw_client *client, const json_t *seen)
{
	struct yw_reply reply = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", c->call.operands[0]);
	yw_json_str(&j, "reason", c->reason);
	yw_json_str(&j, "basis", c->basis);
	yw_json_uint(&j, "places", yw_got_number(seen, "places"));
	yw_json_object_end(&j);
	status = yw_daemon_ask(client, "erase", &params, (struct yw_bytes) { NULL, 0 }, ASK_LONG_MS, &reply);
	if (status == YW_EXIT_DONE)
		status = yw_reply_put(&c->call, &reply, show);
	return status == YW_EXIT_DONE && c->now ? scrub(client) : status;
}

static enum yw_exit
run_with(const struct erase_call *c, struct yw_client *client)
{
	struct yw_reply seen = YW_REPLY_INIT;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_error err;
	enum yw_exit status;

	yw_params_text(&params, "id", c->call.operands[0]);
	status = yw_daemon_ask(client, "erase.look", &params, (struct yw_bytes) { NULL, 0 }, ASK_LONG_MS, &seen);
	if (status == YW_EXIT_DONE)
		status = confirm(c, seen.json, &err) == YW_OK ? erase_with(c, client, seen.json) : yw_failed(&err);
	yw_reply_release(&seen);
	return status;
}

static enum yw_exit
erase(struct yw_call *call)
{
	const struct erase_call *c = (const struct erase_call *)call;
	struct yw_client *client;
	enum yw_exit status;

	if (c->reason == NULL || c->basis == NULL)
		return yw_misused(call->command, _("something is missing: %s"), c->reason == NULL ? "--reason TEXT" : "--basis TEXT");
	status = yw_daemon_open(call, &client);
	if (status != YW_EXIT_DONE)
		return status;
	status = run_with(c, client);
	yw_client_close(client);
	return status;
}

const struct yw_command yw_cmd_erase = {
	.name = "erase",
	.operands = "ID --reason TEXT --basis TEXT",
	.summary = N_("Erases a record in all its revisions, here and at every node that has it."),
	.details = N_("Run it at the node that registered it; where that was closed and merged into another, at the one that closed\n"
	    "it, or the nearest one above whose log is open. It says what that means first, and has the id typed."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct erase_call),
	.run = erase,
};
