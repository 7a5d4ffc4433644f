/*
 * backup.c - see backup.h.
 */
#include "service/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "service/home_int.h"
#include "service/service_int.h"

#define PIECE (1u << 20)

static enum yw_code
join(const char *dir, const char *name, char out[static YW_HOME_PATH_MAX], struct yw_error *err)
{
	if ((size_t)snprintf(out, YW_HOME_PATH_MAX, "%s/%s", dir, name) >= YW_HOME_PATH_MAX)
		return yw_fail(err, YW_ELIMIT, "path too long: '%s/%s'", dir, name);
	return YW_OK;
}

static enum yw_code
make_dir(const char *path, struct yw_error *err)
{
	YW_POINT("backup-directory");
	if (mkdir(path, 0700) == 0)
		return YW_OK;
	return errno == EEXIST ? yw_fail(err, YW_ECONFLICT, "'%s' exists already: nothing is overwritten", path) :
	    yw_fail(err, YW_EIO, "unable to create directory '%s': %s", path, strerror(errno));
}

static enum yw_code
put_file(const char *dir, const char *name, struct yw_bytes bytes, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = join(dir, name, path, err);

	return code == YW_OK ? yw_file_write(path, bytes.data, bytes.len, 0600, false, err) : code;
}

/* Only a node whose keys were changed has one (T5). */
static enum yw_code
put_keys_request(const char *dir, const struct yw_config *c, struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT;
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = yw_home_path(c, "request.keys", path, err);

	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, &request, err);
	if (code == YW_OK)
		code = put_file(dir, "request.keys", yw_buf_bytes(&request), err);
	else if (code == YW_ENOENT)
		code = YW_OK;
	yw_buf_release(&request);
	return code;
}

/* Noted first, so that a copy that was cut off goes too when its time has come.  The database last: where it stands the backup
 * is whole. */
enum yw_code
yw_backup_make(const char *dir, struct yw_store *store, const struct yw_config *c, const struct yw_home *home, int64_t now_ms,
    struct yw_error *err)
{
	char db[YW_HOME_PATH_MAX];
	enum yw_code code = make_dir(dir, err);

	if (code == YW_OK)
		code = yw_backup_note(c, dir, now_ms, err);
	if (code == YW_OK)
		code = put_file(dir, "request", yw_buf_bytes(&home->request), err);
	if (code == YW_OK)
		code = put_keys_request(dir, c, err);
	if (code == YW_OK)
		code = put_file(dir, "network", yw_buf_bytes(&home->network.note), err);
	if (code == YW_OK)
		code = join(dir, "db", db, err);
	if (code == YW_OK)
		code = yw_store_checkpoint(store, db, err);
	return code == YW_OK ? yw_dir_sync(dir, err) : code;
}

/* --- the way back --- */

static enum yw_code
copy_bytes(int from, int to, const char *name, struct yw_error *err)
{
	uint8_t *piece = malloc(PIECE);
	enum yw_code code = piece != NULL ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory to copy '%s'", name);
	ssize_t n = 1;

	while (code == YW_OK && n > 0) {
		n = read(from, piece, PIECE);
		for (ssize_t done = 0; code == YW_OK && done < n;) {
			ssize_t w = write(to, piece + done, (size_t)(n - done));

			if (w <= 0)
				code = yw_fail(err, YW_EIO, "unable to write '%s': %s", name, strerror(errno));
			done += w;
		}
	}
	YW_POINT("restore-copied");
	if (code == YW_OK && (n < 0 || fsync(to) != 0))
		code = yw_fail(err, YW_EIO, "unable to copy '%s': %s", name, strerror(errno));
	free(piece);
	return code;
}

/* What root makes is for the daemon, whose user may be another: it goes to whom the data directory belongs. */
static enum yw_code
give_away(int fd, const struct stat *owner, const char *path, struct yw_error *err)
{
	if (geteuid() == 0 && fchown(fd, owner->st_uid, owner->st_gid) != 0)
		return yw_fail(err, YW_EIO, "unable to give '%s' to uid %u: %s", path, (unsigned)owner->st_uid, strerror(errno));
	return YW_OK;
}

static enum yw_code
copy_to(int in, const char *to, const struct stat *owner, struct yw_error *err)
{
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum yw_code code;

	if (out < 0)
		return yw_fail(err, YW_EIO, "unable to create '%s': %s", to, strerror(errno));
	code = give_away(out, owner, to, err);
	if (code == YW_OK)
		code = copy_bytes(in, out, to, err);
	close(out);
	return code;
}

static enum yw_code
copy_file(const char *from_dir, const char *to_dir, const char *name, const struct stat *owner, struct yw_error *err)
{
	char from[YW_HOME_PATH_MAX], to[YW_HOME_PATH_MAX];
	struct stat st;
	enum yw_code code = join(from_dir, name, from, err);
	int in;

	if (code == YW_OK)
		code = join(to_dir, name, to, err);
	if (code != YW_OK)
		return code;
	in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);	/* a FIFO would be waited for */
	if (in < 0)
		return yw_fail(err, YW_EIO, "unable to open '%s': %s", from, strerror(errno));
	if (fstat(in, &st) != 0 || !S_ISREG(st.st_mode))
		code = yw_fail(err, YW_EINVAL, "'%s' is not a regular file", from);
	else
		code = copy_to(in, to, owner, err);
	close(in);
	return code;
}

static enum yw_code
finish_dir(const char *path, const struct stat *owner, struct yw_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum yw_code code;

	if (fd < 0)
		return yw_fail(err, YW_EIO, "unable to open '%s': %s", path, strerror(errno));
	code = give_away(fd, owner, path, err);
	close(fd);
	return code == YW_OK ? yw_dir_sync(path, err) : code;
}

/* A database is a directory of plain files. */
static enum yw_code
copy_dir(const char *from, const char *to, const struct stat *owner, struct yw_error *err)
{
	DIR *d = opendir(from);
	enum yw_code code = YW_OK;
	struct dirent *e;

	if (d == NULL)
		return yw_fail(err, errno == ENOENT || errno == ENOTDIR ? YW_ENOENT : YW_EIO, "'%s' cannot be read, it is no backup: "
		    "%s", from, strerror(errno));
	code = make_dir(to, err);
	while (code == YW_OK && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "LOCK") != 0)
			code = copy_file(from, to, e->d_name, owner, err);
	closedir(d);
	return code == YW_OK ? finish_dir(to, owner, err) : code;
}

/* --- whose is it? --- */

static enum yw_code
read_request(const char *dir, const char *name, struct yw_buf *bytes, struct yw_request *r, struct yw_error *err)
{
	char path[YW_HOME_PATH_MAX];
	enum yw_code code = join(dir, name, path, err);

	yw_buf_clear(bytes);
	if (code == YW_OK)
		code = yw_file_read(path, YW_REQUEST_MAX, bytes, err);
	if (code == YW_OK && yw_request_read(yw_buf_bytes(bytes), NULL, r, NULL, err) != YW_OK)
		code = yw_fail_context(err, "'%s'", path);
	return code;
}

/* Its own of this generation, one of an earlier one, over which it went on (T8); or none: then its keys must be those. */
static enum yw_code
check_log(const struct yw_config *c, const char *dir, const struct yw_buf *theirs, const struct yw_request *r,
    struct yw_error *err)
{
	struct yw_buf mine = YW_BUF_INIT, changed = YW_BUF_INIT;
	struct yw_request own, later = *r;
	enum yw_code code = read_request(c->data_dir, "request", &mine, &own, err);

	if (code == YW_OK && (own.generation < r->generation || (own.generation == r->generation &&
	    !yw_bytes_equal(yw_buf_bytes(&mine), yw_buf_bytes(theirs)))))
		code = yw_fail(err, YW_EDENIED, "'%s' is of another log of %s than '%s/request'", dir, r->code.code, c->data_dir);
	if (code == YW_ENOENT) {
		(void)!read_request(dir, "request.keys", &changed, &later, NULL);
		code = YW_OK;
		if (home_has_seed(c) && !home_is_seed_of(c, "seed", &r->keys) && !home_is_seed_of(c, "seed", &later.keys))
			code = yw_fail(err, YW_EDENIED, "'%s' is of a node with other keys than those in '%s'", dir, c->keys_dir);
	}
	yw_buf_release(&mine);
	yw_buf_release(&changed);
	return code;
}

static enum yw_code
check_whose(const struct yw_config *c, const char *dir, struct yw_error *err)
{
	struct yw_buf theirs = YW_BUF_INIT;
	struct yw_network n;
	struct yw_request r;
	struct stat st;
	enum yw_code code;

	if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
		return yw_fail(err, YW_ENOENT, "'%s' is no directory, so no backup", dir);
	code = read_request(dir, "request", &theirs, &r, err);
	if (code == YW_ENOENT)
		return yw_fail(err, code, "'%s' is no backup: there is no 'request' in it, which says whose it is", dir);
	if (code == YW_OK && strcmp(r.code.code, c->code) != 0)
		code = yw_fail(err, YW_EDENIED, "'%s' is of %s, and this node is %s", dir, r.code.code, c->code);
	if (code == YW_OK)
		code = home_read_network(c, &n, err);
	if (code == YW_OK) {
		if (!yw_hash_equal(&n.hash, &r.network))
			code = yw_fail(err, YW_EDENIED, "'%s' is of a node of another network than that of '%s'", dir, c->network_file);
		yw_network_release(&n);
	}
	if (code == YW_OK)
		code = check_log(c, dir, &theirs, &r, err);
	yw_buf_release(&theirs);
	return code;
}

/* RocksDB's own note of which file lists the others. */
static enum yw_code
check_database(const char *dir, struct yw_error *err)
{
	struct yw_buf current = YW_BUF_INIT;
	char path[YW_HOME_PATH_MAX];
	struct stat st;
	enum yw_code code = join(dir, "CURRENT", path, err);

	if (code == YW_OK)
		code = yw_file_read(path, 64, &current, err);
	if (code == YW_OK && (current.len < 2 || current.data[current.len - 1] != '\n' || strncmp(yw_buf_str(&current), "MANIFEST-", 9) != 0))
		code = YW_EINVAL;
	if (code == YW_OK)
		code = join(dir, "", path, err);
	if (code == YW_OK && (snprintf(path + strlen(path), 64, "%.*s", (int)current.len - 1, yw_buf_str(&current)) >= 64 ||
	    stat(path, &st) != 0 || st.st_size == 0))
		code = YW_EINVAL;
	yw_buf_release(&current);
	return code == YW_OK || code == YW_ELIMIT ? code : yw_fail(err, code == YW_ENOENT ? YW_ENOENT : YW_EINVAL,
	    "'%s' is no database: it is no backup, or not a whole one", dir);
}

/* Also what a restore does that finds another one cut off between the two names. */
static enum yw_code
finish_names(const struct yw_config *c, const char *db, const char *fresh, struct yw_error *err)
{
	YW_POINT("restore-moved");
	if (rename(fresh, db) != 0)
		return yw_fail(err, YW_EIO, "unable to rename '%s': %s", fresh, strerror(errno));
	return yw_dir_sync(c->data_dir, err);
}

static enum yw_code
exchange_names(const struct yw_config *c, const char *db, const char *fresh, const char *kept, struct yw_error *err)
{
	enum yw_code code = yw_backup_note(c, kept, yw_utc_ms(&yw_clock_real), err);

	YW_POINT("restore-synced");
	if (code == YW_OK && rename(db, kept) != 0 && errno != ENOENT)
		code = yw_fail(err, YW_EIO, "unable to rename '%s': %s", db, strerror(errno));
	return code == YW_OK ? finish_names(c, db, fresh, err) : code;
}

enum yw_code
yw_backup_restore(const struct yw_config *c, const char *dir, struct yw_error *err)
{
	char from[YW_HOME_PATH_MAX], db[YW_HOME_PATH_MAX], fresh[YW_HOME_PATH_MAX], kept[YW_HOME_PATH_MAX];
	struct stat owner;
	enum yw_code code = join(dir, "db", from, err);

	if (code == YW_OK)
		code = yw_home_path(c, "db", db, err);
	if (code == YW_OK)
		code = yw_home_path(c, "db.restoring", fresh, err);
	if (code == YW_OK)
		code = yw_home_path(c, "db.before-restore", kept, err);
	if (code == YW_OK)
		code = yw_home_stopped(c, err);
	if (code == YW_OK && access(db, F_OK) != 0 && access(kept, F_OK) == 0 && access(fresh, F_OK) == 0)
		return finish_names(c, db, fresh, err);
	if (code == YW_OK && access(fresh, F_OK) == 0)
		code = yw_fail(err, YW_ECONFLICT, "'%s' is left from a restore that was cut off: remove it first", fresh);
	if (code == YW_OK && access(kept, F_OK) == 0)
		code = yw_fail(err, YW_ECONFLICT, "'%s' is still there, from the restore before: remove it first, or move it away", kept);
	if (code == YW_OK && stat(c->data_dir, &owner) != 0)
		code = yw_fail(err, YW_EIO, "unable to look at '%s': %s", c->data_dir, strerror(errno));
	if (code == YW_OK)
		code = check_whose(c, dir, err);
	if (code == YW_OK)
		code = check_database(from, err);
	if (code == YW_OK)
		code = copy_dir(from, fresh, &owner, err);
	return code == YW_OK ? exchange_names(c, db, fresh, kept, err) : code;
}

/* --- the method --- */

void
ask_backup(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	struct yw_json j;
	const char *dir;
	enum yw_code code = param_text(params, "dir", true, &dir, &err);

	if (code == YW_OK && dir[0] != '/')
		code = yw_fail(&err, YW_EINVAL, "parameter 'dir': '%.100s' is no absolute path", dir);
	if (code == YW_OK)
		code = yw_backup_make(dir, s->store, s->config, s->home, yw_utc_ms(&s->clock), &err);
	if (code == YW_OK)
		yw_backup_expire(s->config, yw_utc_ms(&s->clock));
	audit_line(s, q, dir != NULL ? dir : "-", code == YW_OK ? "made" : err.msg);
	if (code != YW_OK) {
		answer_error(q, code, &err);
		return;
	}
	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "dir", dir);
	yw_json_object_end(&j);
	answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
}
