/*
 * backup_test.c - what a restore makes of a directory: whose it is, and what it does not copy.  What a daemon makes of the
 * result is tests/cli/backup.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "service/backup.h"
#include "support/testing.h"
#include "support/tnet.h"

static struct yw_error err;
static struct yw_config c;
static char from[YW_HOME_PATH_MAX], in_db[YW_HOME_PATH_MAX];

static void
put(const char *dir, const char *name, struct yw_bytes b)
{
	char path[YW_HOME_PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	YW_PASS(yw_file_write(path, b.data, b.len, 0600, true, &err));
}

static struct yw_tnet *
network(void)
{
	static const char *const first[] = { "320000", "320100" };
	static struct yw_tnet *made;

	if (made == NULL)
		made = yw_tnet_new("backup.example", first, 2, "quorum none\n");
	return made;
}

/* The backup is of this node: its code, keys and number of its log. */
static void
whose(const char *code, const char *label, uint32_t generation)
{
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_ask(network(), &(struct yw_tasked) { code, "320000", label, generation, 0, NULL }, &request);
	put(from, "request", yw_buf_bytes(&request));
	yw_buf_release(&request);
}

/* A backup of one table, beside a data directory without a database; both of the keys "a". */
static void
begin(const char *name)
{
	struct yw_buf request = YW_BUF_INIT;

	memset(&c, 0, sizeof c);
	snprintf(c.code, sizeof c.code, "320100");
	snprintf(c.network_file, sizeof c.network_file, "%s/network", yw_test_dir());
	snprintf(c.keys_dir, sizeof c.keys_dir, "%s/%s-keys", yw_test_dir(), name);
	put(yw_test_dir(), "network", yw_buf_bytes(&network()->network.note));
	snprintf(c.data_dir, sizeof c.data_dir, "%s/%s-data", yw_test_dir(), name);
	snprintf(from, sizeof from, "%s/%s", yw_test_dir(), name);
	snprintf(in_db, sizeof in_db, "%s/%s/db", yw_test_dir(), name);
	YW_CHECK(mkdir(c.data_dir, 0700) == 0 && mkdir(from, 0700) == 0 && mkdir(in_db, 0700) == 0);
	snprintf(in_db, sizeof in_db, "%s/%s/db/000001.sst", yw_test_dir(), name);
	yw_tnet_ask(network(), &(struct yw_tasked) { "320100", "320000", "a", 1, 0, NULL }, &request);
	put(c.data_dir, "request", yw_buf_bytes(&request));
	yw_buf_release(&request);
	YW_PASS(yw_file_write(in_db, "table", 5, 0644, false, &err));
	put(from, "db/CURRENT", yw_bytes_str("MANIFEST-000002\n"));
	put(from, "db/MANIFEST-000002", yw_bytes_str("m"));
	whose("320100", "a", 1);
}

static struct stat
made(const char *name)
{
	char path[YW_HOME_PATH_MAX];
	struct stat st = { 0 };

	YW_PASS(yw_home_path(&c, name, path, &err));
	YW_CHECK_MSG(lstat(path, &st) == 0, "%s", path);
	return st;
}

/* By root, of a daemon that runs as somebody else. */
static void
for_the_daemon(void)
{
	struct stat st;

	yw_test_needs_root();
	begin("root");
	YW_CHECK(chown(c.data_dir, 65534, 65533) == 0);
	YW_CHECK_MSG(yw_backup_restore(&c, from, &err) == YW_OK, "%s", err.msg);
	st = made("db");
	YW_CHECK(st.st_uid == 65534 && st.st_gid == 65533 && (st.st_mode & 07777) == 0700);
	st = made("db/000001.sst");
	YW_CHECK(st.st_uid == 65534 && st.st_gid == 65533 && (st.st_mode & 07777) == 0600 && st.st_size == 5);
}

/* Nobody writes to the FIFO: whoever opens it as usual stays there. */
static void
only_plain_files(void)
{
	char path[YW_HOME_PATH_MAX];

	begin("fifo");
	YW_CHECK(unlink(in_db) == 0 && mkfifo(in_db, 0600) == 0);
	YW_FAILS(yw_backup_restore(&c, from, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "is not a regular file") != NULL && strstr(err.msg, in_db) != NULL, "%s", err.msg);
	YW_PASS(yw_home_path(&c, "db", path, &err));
	YW_CHECK(access(path, F_OK) != 0);
}

static void
refused(const char *what, enum yw_code code, const char *why)
{
	char path[YW_HOME_PATH_MAX];

	YW_CHECK_MSG(yw_backup_restore(&c, from, &err) == code && strstr(err.msg, why) != NULL, "%s: %s", what, err.msg);
	YW_PASS(yw_home_path(&c, "db.restoring", path, &err));
	YW_CHECK(access(path, F_OK) != 0);
}

/* The seed of `label`, where this node's lies. */
static void
put_seed(const char *label)
{
	struct yw_seed seed;

	YW_CHECK(mkdir(c.keys_dir, 0700) == 0 || access(c.keys_dir, F_OK) == 0);
	yw_tnet_seed(label, &seed);
	put(c.keys_dir, "seed", (struct yw_bytes) { seed.b, sizeof seed.b });
}

static void
another_s(void)
{
	static const char *const other[] = { "320000", "320100" };
	struct yw_tnet *net = yw_tnet_new("other.example", other, 2, "quorum none\n");
	char path[YW_HOME_PATH_MAX];

	begin("another");
	whose("320200", "a", 1);
	refused("of another code", YW_EDENIED, "is of 320200, and this node is 320100");
	whose("320100", "b", 1);
	refused("by other keys", YW_EDENIED, "is of another log of 320100");
	whose("320100", "a", 2);
	refused("of a later log", YW_EDENIED, "is of another log of 320100");
	whose("320100", "a", 1);
	put(yw_test_dir(), "network", yw_buf_bytes(&net->network.note));
	refused("of another network", YW_EDENIED, "of another network");
	put(yw_test_dir(), "network", yw_buf_bytes(&network()->network.note));
	put(from, "request", yw_bytes_str("nothing"));
	refused("no request", YW_EFORMAT, "/request'");

	whose("320100", "b", 1);		/* a new machine: keys and configuration, no request yet */
	YW_PASS(yw_home_path(&c, "request", path, &err));
	YW_CHECK(unlink(path) == 0);
	put_seed("a");
	refused("by other keys than those in the seed", YW_EDENIED, "other keys than those in");
	put_seed("b");
	YW_CHECK_MSG(yw_backup_restore(&c, from, &err) == YW_OK, "%s", err.msg);
	yw_tnet_free(net);
}

/* The database of a node goes on with a next log: a backup from before that is its own. */
static void
of_the_log_before(void)
{
	struct yw_buf request = YW_BUF_INIT;

	begin("before");
	yw_tnet_ask(network(), &(struct yw_tasked) { "320100", "320000", "c", 2, 0, NULL }, &request);
	put(c.data_dir, "request", yw_buf_bytes(&request));
	YW_CHECK_MSG(yw_backup_restore(&c, from, &err) == YW_OK, "%s", err.msg);
	yw_buf_release(&request);
}

static void
no_database(void)
{
	begin("none");
	put(from, "db/MANIFEST-000002", yw_bytes_str(""));
	refused("without its list of files", YW_EINVAL, "is no database");
	put(from, "db/MANIFEST-000002", yw_bytes_str("m"));
	put(from, "db/CURRENT", yw_bytes_str("nothing\n"));
	refused("another text", YW_EINVAL, "is no database");
	put(from, "db/CURRENT", yw_bytes_str(""));
	refused("an empty file", YW_EINVAL, "is no database");
	begin("empty");
	put(from, "db/CURRENT", yw_bytes_str("MANIFEST-000003\n"));
	refused("a list that is not there", YW_EINVAL, "is no database");
	YW_CHECK(unlink(in_db) == 0);
	snprintf(from, sizeof from, "%s", c.data_dir);
	refused("some directory", YW_ENOENT, "is no database");
}

static bool
is_there(const char *name)
{
	char path[YW_HOME_PATH_MAX + 64];

	snprintf(path, sizeof path, "%s/%s", from, name);
	return access(path, F_OK) == 0;
}

static void
expired(void)
{
	const int64_t day = 86400000, now = 1000 * day;
	char other[YW_HOME_PATH_MAX];
	struct yw_buf list = YW_BUF_INIT;

	begin("expired");
	c.backup_keep_days = 90;
	yw_backup_expire(&c, now);		/* none was ever made */
	YW_PASS(yw_backup_note(&c, from, now - 90 * day, &err));
	yw_backup_expire(&c, now - 1);
	YW_CHECK(is_there("db/000001.sst"));
	put(from, "network", yw_bytes_str("n"));
	yw_backup_expire(&c, now);
	YW_CHECK(!is_there("db") && !is_there(""));
	YW_PASS(yw_home_path(&c, "request", other, &err));
	YW_CHECK(unlink(other) == 0);		/* what is no backup, whatever the list says */
	put(c.data_dir, "guard", yw_bytes_str("g"));
	YW_PASS(yw_backup_note(&c, c.data_dir, 0, &err));
	YW_PASS(yw_backup_note(&c, "/nowhere/at/all", 0, &err));
	yw_backup_expire(&c, now);
	snprintf(from, sizeof from, "%s", c.data_dir);
	YW_CHECK(is_there("guard") && is_there("backups"));
	YW_PASS(yw_home_path(&c, "backups", other, &err));
	YW_PASS(yw_file_read(other, 4096, &list, &err));
	YW_CHECK_MSG(strstr(yw_buf_str(&list), "nowhere") == NULL && strstr(yw_buf_str(&list), c.data_dir) != NULL, "%s", yw_buf_str(&list));
	yw_buf_release(&list);
}

/* One whose making ended early goes too, when its time has come; nothing is noted of a place that was there before. */
static void
cut_off(void)
{
	static const struct yw_family_spec family = { .name = "only" };
	const struct yw_store_options o = { .families = &family, .n_families = 1 };
	const struct yw_home home = { .request = YW_BUF_INIT, .network = { .note = YW_BUF_INIT } };
	struct yw_store *store;

	begin("cut");
	c.backup_keep_days = 1;
	YW_PASS(yw_store_open_memory(&o, &store));	/* which has no checkpoints */
	YW_FAILS(yw_backup_make(from, store, &c, &home, 0, &err), YW_ECONFLICT);
	yw_backup_expire(&c, 86400000);
	YW_CHECK(is_there("db/000001.sst"));
	snprintf(from, sizeof from, "%s/cut-short", yw_test_dir());
	YW_CHECK(yw_backup_make(from, store, &c, &home, 0, &err) != YW_OK && is_there("request") && !is_there("db"));
	yw_backup_expire(&c, 86400000);
	YW_CHECK(!is_there(""));
	yw_store_close(store);
}

/* What a restore put aside lies in the data directory, where what is erased may not stay; nor what one left that was cut off. */
static void
put_aside(void)
{
	const int64_t hour = 3600000, now = yw_utc_ms(&yw_clock_real);
	char aside[YW_HOME_PATH_MAX], half[YW_HOME_PATH_MAX];

	begin("aside");
	c.backup_keep_days = 90;
	c.erase_within_ms = 24 * (uint64_t)hour;
	YW_PASS(yw_home_path(&c, "db.before-restore", aside, &err));
	YW_PASS(yw_home_path(&c, "db.restoring", half, &err));
	YW_CHECK(mkdir(aside, 0700) == 0 && mkdir(half, 0700) == 0);
	put(aside, "000001.sst", yw_bytes_str("x"));
	put(half, "000001.sst", yw_bytes_str("x"));
	YW_PASS(yw_backup_note(&c, aside, now, &err));
	YW_PASS(yw_backup_note(&c, from, now, &err));
	yw_backup_expire(&c, now + hour / 2);		/* nothing was ever erased */
	YW_CHECK(access(aside, F_OK) == 0 && access(half, F_OK) == 0);
	yw_backup_expire(&c, now + 2 * hour);
	YW_CHECK(access(aside, F_OK) == 0 && access(half, F_OK) != 0);
	put(c.data_dir, "erased", yw_bytes_str("a list"));
	yw_backup_expire(&c, now + 2 * hour);
	YW_CHECK(access(aside, F_OK) != 0 && is_there("db/000001.sst"));
	YW_CHECK(mkdir(aside, 0700) == 0);		/* one of a day later: all that was erased had left it */
	YW_PASS(yw_backup_note(&c, aside, now + 25 * hour, &err));
	yw_backup_expire(&c, now + 26 * hour);
	YW_CHECK(access(aside, F_OK) == 0);
	yw_backup_expire(&c, now + 91 * 24 * hour + 25 * hour);
	YW_CHECK(access(aside, F_OK) != 0 && !is_there(""));
}

YW_TESTS({ "V6/erasure a backup goes after backup_keep_days, and nothing else does", expired },
    { "V6/erasure and so does one that was cut off", cut_off },
    { "V6/erasure what a restore put aside goes as soon as something is erased, and what it left half made", put_aside },
    { "L2 a backup of another node, network or log is not restored", another_s },
    { "L2 T8 one from before a next log is", of_the_log_before },
    { "L2 what is no database is not restored", no_database },
    { "L2 what root restores belongs to whom the data directory belongs", for_the_daemon },
    { "L2 a restore waits for no pipe and copies none", only_plain_files })
