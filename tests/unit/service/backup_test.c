/*
 * backup_test.c - what a restore makes of a directory: whose it is, and what it does not copy.  What a daemon makes of the
 * result is tests/cli/backup.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "service/backup.h"
#include "support/testing.h"

static struct yw_error err;
static struct yw_config c;
static char from[YW_HOME_PATH_MAX], in_db[YW_HOME_PATH_MAX];

/* A backup of one file, beside a data directory without a database. */
static void
begin(const char *name)
{
	memset(&c, 0, sizeof c);
	snprintf(c.data_dir, sizeof c.data_dir, "%s/%s-data", yw_test_dir(), name);
	snprintf(from, sizeof from, "%s/%s", yw_test_dir(), name);
	snprintf(in_db, sizeof in_db, "%s/%s/db", yw_test_dir(), name);
	YW_CHECK(mkdir(c.data_dir, 0700) == 0 && mkdir(from, 0700) == 0 && mkdir(in_db, 0700) == 0);
	snprintf(in_db, sizeof in_db, "%s/%s/db/000001.sst", yw_test_dir(), name);
	YW_PASS(yw_file_write(in_db, "table", 5, 0644, false, &err));
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

YW_TESTS({ "L2 what root restores belongs to whom the data directory belongs", for_the_daemon },
    { "L2 a restore waits for no pipe and copies none", only_plain_files })
