/*
 * points_test.c - kill -9 at every write point (base/fault.h) of the daemon and of the commands that write files.
 *
 *	320000 --- 320100 --- 320102		the county's daemon dies
 *
 * Each row kills at one point, at the first, second ... time that the program comes by, as often as its scenario asks.
 * What must hold afterwards, without a hand: the daemon starts, has everything that was acknowledged, and agrees with its
 * neighbours; of a command that was cut off: the same again works, or says what is left and in the way.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/disks.h"

#define SHARED "\"class\":\"unconditional\""
#define KILLED (128 + SIGKILL)
#define PUTS_MAX 60		/* until the daemon must have died */

static struct yw_nodes net;
static struct yw_test_node *county;
static char die[64];		/* what the next program meets: "YW_DIE=point:n" */
static char backup[300];

static const char *const dying[] = { die, NULL };

static void
found(void)
{
	yw_nodes_found(&net, "320000 320100 320102", "2 of 320000 320100");
	county = yw_node_of(&net, "320102");
	yw_nodes_start_all(&net);
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
	snprintf(backup, sizeof backup, "%.200s/backup", net.dir);
	YW_CHECK(yw_run(county, NULL, NULL, "backup", backup, NULL) == 0);
	yw_node_put(county, "320102/demand/new", SHARED, "320100");
	yw_node_end(county, SIGTERM);
}

static bool
has(const char *id)
{
	return yw_run(county, NULL, NULL, "get", id, NULL) == 0;
}

static bool
exists(const char *dir, const char *name)
{
	char path[400];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
arm(const char *point, unsigned n)
{
	snprintf(die, sizeof die, "YW_DIE=%s:%u", point, n);
}

/* A command that meets it; its exit status. */
static int
run_dying(const char *const *words, struct yw_buf *talk)
{
	int rc;

	setenv("YW_DIE", die + strlen("YW_DIE="), 1);
	rc = yw_exec(words, NULL, talk);
	unsetenv("YW_DIE");
	return rc;
}

/* False: it has died before it answered anybody. */
static bool
start_dying(void)
{
	bool up;

	county->environment = dying;
	up = yw_node_start(county);
	county->environment = NULL;
	return up;
}

static bool
appends(void)
{
	json_t *r = yw_ask(county, "status", NULL);
	bool yes = strcmp(yw_json_string(r, "state"), "appending") == 0;

	json_decref(r);
	return yes;
}

/* Without a hand it is well, and stops. */
static void
is_well(void)
{
	yw_node_spawn(county);
	YW_WAIT(60, yw_nodes_agree(&net) && appends());
	YW_CHECK(has("320102/demand/old") && has("320102/demand/new"));
	yw_node_end(county, SIGTERM);
}

/* --- the daemon --- */

/* Registers until it dies.  The one that was not answered may be there, all others must. */
static void
serving(const char *point)
{
	static const unsigned times[] = { 1, 4, 9 };
	static unsigned number;
	char id[64];

	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		unsigned first = number, end;

		arm(point, times[i]);
		if (start_dying()) {
			do
				snprintf(id, sizeof id, "320102/demand/p%u", ++number);
			while (yw_node_try_put(county, id, SHARED, NULL, NULL) == 0 && number < first + PUTS_MAX);
			YW_CHECK_MSG(yw_node_wait(county) == SIGKILL, "nothing comes by %s", die);
		}
		end = number;
		yw_node_spawn(county);
		for (unsigned k = first + 1; k < end; k++) {
			snprintf(id, sizeof id, "320102/demand/p%u", k);
			YW_CHECK_MSG(has(id), "%s: %s was acknowledged and is gone", die, id);
		}
		yw_node_end(county, SIGTERM);
		is_well();
	}
}

/* Begins with no database, or with no guard; then it is behind, and fetches everything back. */
static void
beginning(const char *point, const char *lost)
{
	for (unsigned n = 1; n <= 3; n++) {
		yw_disk_lose(county, lost);
		arm(point, n);
		if (start_dying()) {	/* it comes by less often */
			YW_CHECK_MSG(n > 1, "nothing comes by %s", die);
			yw_node_end(county, SIGTERM);
			is_well();
			return;
		}
		is_well();
	}
}

static void
without_database(const char *point)
{
	beginning(point, "db");
}

static void
without_guard(const char *point)
{
	beginning(point, "guard");
}

/* A backup that was cut off is refused by `restore`, or is one. */
static void
backing_up(const char *point)
{
	char dir[300];
	int rc;

	for (unsigned n = 1; n <= 3; n++) {
		snprintf(dir, sizeof dir, "%.200s/backup-%s-%u", net.dir, point, n);
		arm(point, n);
		if (!start_dying())
			continue;		/* died on the way there */
		rc = yw_run(county, NULL, NULL, "backup", dir, NULL);
		if (rc == 0) {
			YW_CHECK_MSG(n > 1, "nothing comes by %s", die);
			yw_node_end(county, SIGTERM);
			break;
		}
		YW_CHECK_MSG(yw_node_wait(county) == SIGKILL, "%s: no backup, and alive", die);
		if (yw_run(county, NULL, NULL, "restore", dir, NULL) == 0)
			yw_disk_lose(county, "db.before-restore");
		is_well();
	}
}

/* How often its daemon has told of it. */
static unsigned
told(const char *event)
{
	struct yw_buf log = YW_BUF_INIT;
	unsigned n = 0;

	YW_CHECK(yw_file_read(county->log, 16u << 20, &log, NULL) == YW_OK);
	for (const char *p = yw_buf_str(&log); (p = strstr(p, event)) != NULL; p++)
		n++;
	yw_buf_release(&log);
	return n;
}

static bool
ask_for_keys(const char *request)
{
	return yw_run(county, NULL, NULL, "key", "rotate", "--output", request, NULL) == 0 &&
	    yw_run(yw_node_of(&net, "320100"), NULL, NULL, "admit", "--request", request, NULL) == 0;
}

/* New keys, asked for and granted; it dies on the way to them, and gets there all the same. */
static void
rotating(const char *point)
{
	char request[300], keys[300], id[64];
	static unsigned number;

	snprintf(keys, sizeof keys, "%.200s/keys", county->dir);
	for (unsigned n = 1; n <= 2; n++) {
		unsigned before = told("old-keys-wiped");
		bool up, asked;

		snprintf(request, sizeof request, "%.200s/keys-%s-%u", net.dir, point, n);
		arm(point, n);
		up = start_dying();
		asked = up && ask_for_keys(request);
		if (up)
			YW_WAIT(60, told("old-keys-wiped") > before || yw_run(county, NULL, NULL, "status", NULL) != 0);
		if (told("old-keys-wiped") > before) {	/* it comes by less often */
			YW_CHECK_MSG(n > 1, "nothing comes by %s", die);
			yw_node_end(county, SIGTERM);
			return;
		}
		YW_CHECK(!up || yw_node_wait(county) == SIGKILL);
		yw_node_spawn(county);
		YW_CHECK_MSG(asked || ask_for_keys(request), "%s: new keys cannot be asked for again", die);
		YW_WAIT(60, !exists(keys, "seed.next"));
		snprintf(id, sizeof id, "320102/demand/k%u", ++number);
		yw_node_put(county, id, SHARED, "320100");
		yw_node_end(county, SIGTERM);
		is_well();
	}
}

/* What is erased is erased, and leaves the disk when the daemon is back. */
static void
erasing(const char *point)
{
	static unsigned number;
	char id[64];

	for (unsigned n = 1; n <= 2; n++) {
		unsigned before = told("has left the disk");

		arm(point, n);
		YW_CHECK(start_dying());
		for (unsigned k = 0; k < n; k++) {
			snprintf(id, sizeof id, "320102/demand/e%u", ++number);
			yw_node_put(county, id, SHARED, NULL);
			(void)yw_run(county, NULL, NULL, "erase", id, "--reason", "point", "--basis", "point", "--now", "--yes", id, NULL);
		}
		YW_CHECK_MSG(yw_node_wait(county) == SIGKILL, "nothing comes by %s", die);
		yw_node_spawn(county);
		YW_CHECK_MSG(!has(id), "after %s: %s is there", die, id);
		YW_WAIT(60, told("has left the disk") > before);
		yw_node_end(county, SIGTERM);
		is_well();
	}
}

/* An old backup goes, whole, at the next start. */
static void
expiring(const char *point)
{
	char dir[300], list[320], line[340];

	for (unsigned n = 1; n <= 2; n++) {
		snprintf(dir, sizeof dir, "%.200s/old-%u", net.dir, n);
		snprintf(list, sizeof list, "%.200s/data/backups", county->dir);
		yw_node_spawn(county);
		YW_CHECK(yw_run(county, NULL, NULL, "backup", dir, NULL) == 0);
		yw_node_end(county, SIGTERM);
		snprintf(line, sizeof line, "1 %s\n", dir);
		YW_CHECK(yw_file_write(list, line, strlen(line), 0600, true, NULL) == YW_OK);
		arm(point, n);
		(void)start_dying();
		YW_CHECK_MSG(county->pid == 0 || yw_node_wait(county) == SIGKILL, "nothing comes by %s", die);
		yw_node_spawn(county);
		YW_WAIT(60, access(dir, F_OK) != 0);
		yw_node_end(county, SIGTERM);
		is_well();
	}
}

/* --- commands --- */

/* Cut off anywhere, the same again works, or says what has to be removed first. */
static void
restoring(const char *point)
{
	const char *const words[] = { YW_BIN "/yiwang", "restore", backup, "--config", county->config, NULL };
	struct yw_buf talk = YW_BUF_INIT;
	int rc;

	for (unsigned n = 1; n <= 3; n++) {
		arm(point, n);
		rc = run_dying(words, NULL);
		YW_CHECK_MSG(rc == KILLED || (rc == 0 && n > 1), "%s: restore ended with %d", die, rc);
		if (rc == KILLED) {
			yw_buf_clear(&talk);
			rc = yw_exec(words, NULL, &talk);
			if (rc != 0 && strstr(yw_buf_str(&talk), "cut off: remove it first") != NULL) {
				yw_disk_lose(county, "db.restoring");
				rc = yw_exec(words, NULL, &talk);
			}
			YW_CHECK_MSG(rc == 0 || strstr(yw_buf_str(&talk), "db.before-restore' is still there") != NULL, "%s: %s", die,
			    yw_buf_str(&talk));
		}
		is_well();
		yw_disk_lose(county, "db.before-restore");
	}
	yw_buf_release(&talk);
}

/* A request is a promise that its seed is on disk; and nothing of what is there is made again. */
static void
initiating(const char *point)
{
	char dir[300], data[310], keys[310];
	const char *const words[] = { YW_BIN "/yiwang", "node", "init", "--code", "320104", "--issuer", "320100", "--network",
		net.network_file, "--dir", dir, NULL };
	struct yw_buf talk = YW_BUF_INIT;
	int rc;

	for (unsigned n = 1;; n++) {
		snprintf(dir, sizeof dir, "%.200s/init-%s-%u", net.dir, point, n);
		snprintf(data, sizeof data, "%s/data", dir);
		snprintf(keys, sizeof keys, "%s/keys", dir);
		arm(point, n);
		rc = run_dying(words, NULL);
		if (rc == 0)
			break;
		YW_CHECK(rc == KILLED);
		YW_CHECK_MSG(!exists(data, "request") || (exists(keys, "seed") && exists(data, "guard")), "%s: a request alone", die);
		yw_buf_clear(&talk);
		rc = yw_exec(words, NULL, &talk);
		YW_CHECK_MSG(rc == 0 || strstr(yw_buf_str(&talk), "exists already") != NULL, "%s: %s", die, yw_buf_str(&talk));
	}
	YW_CHECK_MSG(strstr(die, ":1") == NULL || strstr(die, ":1")[2] != '\0', "nothing comes by %s", die);
	yw_buf_release(&talk);
}

/* Closed above, its next log begun, cut off and begun again, admitted: it registers as before, and nothing is gone. */
static void
go_on(const char *point, unsigned times)
{
	const char *const words[] = { YW_BIN "/yiwang", "log", "next", "--yes", "320102", "--config", county->config, NULL };
	struct yw_test_node *city = yw_node_of(&net, "320100");
	static unsigned number;
	char id[64];

	for (unsigned n = 1; n <= times; n++) {
		YW_CHECK(yw_run(city, NULL, NULL, "close", "320102", "--reason", "point", NULL) == 0);
		arm(point, n);
		YW_CHECK_MSG(run_dying(words, NULL) == KILLED, "nothing comes by %s", die);
		YW_CHECK_MSG(yw_exec(words, NULL, NULL) == 0, "after %s", die);
		yw_node_spawn(county);
		yw_node_join_network(&net, county);
		snprintf(id, sizeof id, "320102/demand/g%u", ++number);
		yw_node_put(county, id, SHARED, "320100");
		yw_node_end(county, SIGTERM);
		is_well();
	}
}

static void
going_on(const char *point)
{
	go_on(point, 2);
}

static void
going_on_once(const char *point)
{
	go_on(point, 1);
}

/* The daemon has what it took; the same file again brings the rest, and the whole list of what was refused. */
static void
importing(const char *point)
{
	char table[300], rejects[320];
	const char *const words[] = { YW_BIN "/yiwang", "import", table, "--mapping", "institutions", "--config", county->config,
		NULL };

	snprintf(table, sizeof table, "%.200s/%s.csv", net.dir, point);
	snprintf(rejects, sizeof rejects, "%.200s/%s.rejects.csv", net.dir, point);
	yw_node_table(table, 4);
	YW_CHECK(yw_exec((const char *const[]) { "sed", "-i", "3s/JG[0-9]*/2.02132E+15/", table, NULL }, NULL, NULL) == 0);
	yw_node_spawn(county);
	arm(point, 1);
	YW_CHECK_MSG(run_dying(words, NULL) == KILLED, "nothing comes by %s", die);
	YW_CHECK(access(rejects, F_OK) != 0);
	YW_CHECK(yw_exec(words, NULL, NULL) == 1 && access(rejects, F_OK) == 0);	/* one row was refused */
	yw_node_end(county, SIGTERM);
	is_well();
}

/* --- the table, checked by scripts/points --- */

static const struct {
	const char *point;
	void (*scenario)(const char *point);
} rows[] = {
	{ "batch", serving },
	{ "batch-written", serving },
	{ "guard-written", serving },
	{ "guard-synced", serving },
	{ "turn-committed", serving },
	{ "turn-answered", serving },
	{ "audit", serving },
	{ "keys-rename", rotating },
	{ "seed-old", rotating },
	{ "seed-wipe", rotating },
	{ "seed-wiped", rotating },
	{ "file-written", rotating },
	{ "file-named", rotating },
	{ "store-directory", without_database },
	{ "store-made", without_database },
	{ "directory", without_database },
	{ "file-begun", without_guard },
	{ "file-written", without_guard },
	{ "file-synced", without_guard },
	{ "file-named", without_guard },
	{ "backup-directory", backing_up },
	{ "file-begun", backing_up },
	{ "file-named", backing_up },
	{ "checkpoint", backing_up },
	{ "backup-directory", restoring },
	{ "restore-copied", restoring },
	{ "restore-synced", restoring },
	{ "restore-moved", restoring },
	{ "directory", restoring },
	{ "init-directory", initiating },
	{ "home-directory", initiating },
	{ "file-begun", initiating },
	{ "file-written", initiating },
	{ "file-synced", initiating },
	{ "file-named", initiating },
	{ "directory", initiating },
	{ "rejects-begun", importing },
	{ "next-guard", going_on_once },
	{ "next-forget", going_on_once },
	{ "keys-rename", going_on },
	{ "seed-old", going_on_once },
	{ "seed-wipe", going_on_once },
	{ "seed-wiped", going_on_once },
	{ "file-named", going_on },
	{ "scrub-flushed", erasing },
	{ "scrub-compacted", erasing },
	{ "file-begun", erasing },		/* of the list beside the guard */
	{ "file-named", erasing },
	{ "expire-files", expiring },
	{ "rejected-row", importing },
	{ "rejects", importing },
};

static void
run_rows(void (*scenario)(const char *point))
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].scenario == scenario)
			scenario(rows[i].point);
}

static void
all_serving(void)
{
	run_rows(serving);
}

static void
all_rotating(void)
{
	run_rows(rotating);
}

static void
all_beginning(void)
{
	run_rows(without_database);
	run_rows(without_guard);
}

static void
all_backups(void)
{
	run_rows(backing_up);
	run_rows(restoring);
}

static void
all_inits(void)
{
	run_rows(initiating);
}

static void
all_next(void)
{
	run_rows(going_on);
	run_rows(going_on_once);
}

static void
all_erasures(void)
{
	run_rows(erasing);
	run_rows(expiring);
}

static void
all_imports(void)
{
	run_rows(importing);
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

YW_TESTS({ "T4 three tiers, and a backup of the county", found },
    { "L1 S1 S2 kill -9 between any two writes of a daemon that registers", all_serving },
    { "T5 L1 kill -9 on the way to new keys: the right ones sign", all_rotating },
    { "L1 L2 kill -9 of a daemon that begins without database or guard", all_beginning },
    { "L1 L2 kill -9 in a backup, and in the way back", all_backups },
    { "B10 L1 kill -9 in `node init`: no request without its seed", all_inits },
    { "T8 kill -9 in `log next`: the same again finishes it", all_next },
    { "V6/erasure kill -9 in an erasure, and while an old backup goes: it is finished at the next start", all_erasures },
    { "S2 kill -9 of an import: the same file again brings the rest", all_imports },
    { "every daemon stops in order", stop })
