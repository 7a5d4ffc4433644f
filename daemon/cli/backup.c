/*
 * backup.c - `yiwang backup` and `yiwang restore`: a copy of a node's data, and the way back to it.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "service/backup.h"

static enum yw_exit
show(const json_t *result)
{
	yw_say(_("backup made in %s; keep the seed elsewhere, it is not in it"), yw_got_text(result, "dir"));
	return YW_EXIT_DONE;
}

/* The daemon writes it, whose working directory is another. */
static enum yw_code
absolute(const char *dir, char out[static YW_HOME_PATH_MAX], struct yw_error *err)
{
	char here[YW_CONFIG_PATH_MAX + 1];

	if (dir[0] != '/' && getcwd(here, sizeof here) == NULL)
		return yw_fail(err, YW_EIO, "the working directory has no name: give the whole path of '%s'", dir);
	if ((size_t)snprintf(out, YW_HOME_PATH_MAX, "%s%s%s", dir[0] == '/' ? "" : here, dir[0] == '/' ? "" : "/", dir) >=
	    YW_HOME_PATH_MAX)
		return yw_fail(err, YW_ELIMIT, "path too long: '%s'", dir);
	return YW_OK;
}

static enum yw_exit
backup(struct yw_call *call)
{
	struct yw_buf params = YW_BUF_INIT;
	struct yw_reply reply = YW_REPLY_INIT;
	char dir[YW_HOME_PATH_MAX];
	struct yw_error err;
	enum yw_exit status;

	if (absolute(call->operands[0], dir, &err) != YW_OK)
		return yw_failed(&err);
	yw_params_text(&params, "dir", dir);
	status = yw_ask(call, "backup", &params, YW_ASK_REACH_MS, &reply);
	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

static enum yw_exit
restore(struct yw_call *call)
{
	struct yw_error err;
	struct yw_config c;
	enum yw_code code = yw_call_config(call, &c, &err);

	if (code == YW_OK)
		code = yw_backup_restore(&c, call->operands[0], &err);
	if (code != YW_OK)
		return yw_failed(&err);
	yw_say(_("the database is that of the backup now, the one before is kept as 'db.before-restore'; start yiwangd: it fetches "
	    "from its peers what is newer, and registers again when it is whole"));
	return YW_EXIT_DONE;
}

const struct yw_command yw_cmd_backup = {
	.name = "backup",
	.operands = "DIR",
	.summary = N_("Copies the database into a new directory while the daemon runs."),
	.details = N_("Without the seeds, which are to be kept elsewhere, and without the guard, which must never be set back."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.run = backup,
};

const struct yw_command yw_cmd_restore = {
	.name = "restore",
	.operands = "DIR",
	.summary = N_("Goes back to a backup; the daemon must not run."),
	.details = N_("What is newer than the backup comes back from the other nodes when the daemon starts."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_CONFIG,
	.run = restore,
};
