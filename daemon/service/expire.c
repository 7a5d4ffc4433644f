/*
 * expire.c - backups that are older than backup_keep_days go, and with them what was erased since (V6).  From the data directory
 * itself what is erased goes within erase_within; so what a restore put aside there goes as soon as anything is erased.
 *
 * data_dir/backups has a line for each copy of the database that was made or put aside: milliseconds since 1970 (UTC), a
 * space, an absolute path, LF.  What was moved elsewhere by hand is not found again, and is its mover's to remove.
 */
#include "service/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "service/home_int.h"

#define LIST_MAX (1u << 20)
#define DAY_MS INT64_C(86400000)
#define HALF_MADE_MS INT64_C(3600000)	/* so long nothing has been added to it */

static enum yw_code
read_list(const char *path, struct yw_buf *out, struct yw_error *err)
{
	enum yw_code code = yw_file_read(path, LIST_MAX, out, err);

	return code == YW_ENOENT ? YW_OK : code;
}

/* What root notes is for the daemon to read, whose user may be another. */
static enum yw_code
give_away(const struct yw_config *c, const char *path, struct yw_error *err)
{
	struct stat owner;

	if (geteuid() != 0 || (stat(c->data_dir, &owner) == 0 && chown(path, owner.st_uid, owner.st_gid) == 0))
		return YW_OK;
	return yw_fail(err, YW_EIO, "unable to give '%s' to whom '%s' belongs: %s", path, c->data_dir, strerror(errno));
}

enum yw_code
yw_backup_note(const struct yw_config *c, const char *dir, int64_t now_ms, struct yw_error *err)
{
	struct yw_buf list = YW_BUF_INIT;
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, "backups", path, err);

	if (code == YW_OK)
		code = read_list(path, &list, err);
	if (code == YW_OK) {
		yw_buf_printf(&list, "%lld %s\n", (long long)now_ms, dir);
		code = yw_buf_check(&list, err);
	}
	if (code == YW_OK)
		code = yw_file_write(path, list.data, list.len, 0600, true, err);
	if (code == YW_OK)
		code = give_away(c, path, err);
	yw_buf_release(&list);
	return code;
}

/* Plain files alone lie in what is a backup: anything else is left, and so is the directory.  By the request it is known, so
 * that one goes last. */
static int
remove_files(int dir)
{
	DIR *d = fdopendir(dup(dir));
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, "request") != 0 && fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && unlinkat(dir, e->d_name, 0) != 0)
			break;
	closedir(d);
	return e == NULL && (unlinkat(dir, "request", 0) == 0 || errno == ENOENT) ? 0 : -1;
}

static int
remove_dir(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), result;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	result = remove_files(fd);
	close(fd);
	YW_POINT("expire-files");
	return result == 0 ? unlinkat(at, name, AT_REMOVEDIR) : result;
}

/* The database first: without it nobody takes the rest for a backup. */
static int
remove_backup(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), result;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	result = remove_dir(fd, "db");
	close(fd);
	return result == 0 ? remove_dir(AT_FDCWD, dir) : result;
}

/* As a removal leaves it that was cut off. */
static bool
is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	if (d == NULL)
		return false;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n == 2;
}

static bool
is_put_aside(const struct yw_config *c, const char *dir)
{
	char path[YW_HOME_PATH_MAX];

	return yw_home_path(c, "db.before-restore", path, NULL) == YW_OK && strcmp(path, dir) == 0;
}

/* Is it one that yw_backup_make() made, or what a restore put aside? */
static bool
is_ours(const struct yw_config *c, const char *dir)
{
	char path[YW_HOME_PATH_MAX];
	struct stat st;

	return is_put_aside(c, dir) || is_empty(dir) || (home_join(dir, "request", path, NULL) == YW_OK && lstat(path, &st) == 0 && S_ISREG(st.st_mode));
}

/* Since then, or so shortly before that its bytes had not left that database yet.  The list of what was erased (ledger/) is
 * written when something is. */
static bool
is_erased_since(const struct yw_config *c, int64_t made_ms)
{
	char path[YW_HOME_PATH_MAX];
	struct stat st;

	return yw_home_path(c, "erased", path, NULL) == YW_OK && lstat(path, &st) == 0 &&
	    (int64_t)st.st_mtim.tv_sec * 1000 + 999 + (int64_t)c->erase_within_ms >= made_ms;
}

/* True: the line stays in the list. */
static bool
look_at(const struct yw_config *c, const char *dir, int64_t made_ms, int64_t now_ms)
{
	bool old = now_ms - made_ms >= (int64_t)c->backup_keep_days * DAY_MS;
	const char *why = old ? "is older than backup_keep_days" : "may hold what is erased";
	struct stat st;

	if (!old && !(is_put_aside(c, dir) && is_erased_since(c, made_ms)))
		return true;
	if (lstat(dir, &st) != 0)
		return errno != ENOENT;
	if (is_ours(c, dir) && remove_backup(dir) == 0) {
		yw_log(YW_LOG_INFO, "backup-expired", "'%s' %s, and was removed", dir, why);
		return false;
	}
	yw_log(YW_LOG_WARN, "backup-kept", "'%s' %s, and cannot be removed: what was erased since may still lie there; remove it by hand",
	    dir, why);
	return true;
}

/* What a restore that was cut off has left, and no other is at work on. */
static void
drop_half_made(const struct yw_config *c, int64_t now_ms)
{
	char path[YW_HOME_PATH_MAX];
	struct stat st;

	if (yw_home_path(c, "db.restoring", path, NULL) != YW_OK || lstat(path, &st) != 0 ||
	    now_ms - (int64_t)st.st_mtim.tv_sec * 1000 < HALF_MADE_MS)
		return;
	if (remove_dir(AT_FDCWD, path) == 0)
		yw_log(YW_LOG_INFO, "backup-expired", "'%s' was left by a restore that was cut off, and was removed", path);
	else
		yw_log(YW_LOG_WARN, "backup-kept", "'%s' was left by a restore that was cut off, and cannot be removed: remove it by hand",
		    path);
}

void
yw_backup_expire(const struct yw_config *c, int64_t now_ms)
{
	struct yw_buf list = YW_BUF_INIT, rest = YW_BUF_INIT;
	char path[YW_HOME_PATH_MAX], dir[YW_HOME_PATH_MAX];
	const char *line, *end;
	struct yw_error err;
	long long made_ms;
	enum yw_code code = yw_home_path(c, "backups", path, &err);

	drop_half_made(c, now_ms);
	if (code == YW_OK)
		code = read_list(path, &list, &err);
	for (line = yw_buf_str(&list); code == YW_OK && (end = strchr(line, '\n')) != NULL; line = end + 1) {
		const char *space = memchr(line, ' ', (size_t)(end - line));

		made_ms = strtoll(line, NULL, 10);
		if (space == NULL || (size_t)(end - space) > sizeof dir)
			continue;
		snprintf(dir, sizeof dir, "%.*s", (int)(end - space - 1), space + 1);
		if (look_at(c, dir, made_ms, now_ms))
			yw_buf_printf(&rest, "%lld %s\n", made_ms, dir);
	}
	if (code == YW_OK)
		code = yw_buf_check(&rest, &err);
	if (code == YW_OK && rest.len != list.len)
		code = yw_file_write(path, rest.data, rest.len, 0600, true, &err);
	if (code != YW_OK)
		yw_log(YW_LOG_WARN, "backups-unread", "old backups are not removed: %s", err.msg);
	yw_buf_release(&list);
	yw_buf_release(&rest);
}
