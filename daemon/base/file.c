/*
 * file.c - see file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"

static enum yw_code
read_all(int fd, const char *path, size_t max, struct yw_buf *out, struct yw_error *err)
{
	size_t start = out->len;
	uint8_t chunk[8192];
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return yw_fail(err, YW_EIO, "unable to read '%s': %s", path, strerror(errno));
		if (n == 0)
			break;
		if (out->len - start + (size_t)n > max)
			return yw_fail(err, YW_ELIMIT, "'%s' is larger than %zu bytes", path, max);
		yw_buf_add(out, chunk, (size_t)n);
		explicit_bzero(chunk, (size_t)n);
	}
	return yw_buf_check(out, err);
}

static enum yw_code
open_error(const char *path, struct yw_error *err)
{
	return yw_fail(err, errno == ENOENT ? YW_ENOENT : YW_EIO, "unable to open '%s': %s", path,
	    strerror(errno));
}

enum yw_code
yw_file_read(const char *path, size_t max, struct yw_buf *out, struct yw_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* a FIFO would be waited for */
	enum yw_code code;
	struct stat st;

	if (fd < 0)
		return open_error(path, err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		code = yw_fail(err, YW_EINVAL, "'%s' is not a regular file", path);
	else
		code = read_all(fd, path, max, out, err);
	close(fd);
	return code;
}

enum yw_code
yw_file_read_input(const char *path, size_t max, struct yw_buf *out, struct yw_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum yw_code code;

	if (fd < 0)
		return open_error(path, err);
	code = read_all(fd, path, max, out, err);
	close(fd);
	return code;
}

enum yw_code
yw_file_read_secret(const char *path, size_t max, struct yw_buf *out, struct yw_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);	/* a FIFO would be waited for */
	enum yw_code code;
	struct stat st;

	if (fd < 0)
		return open_error(path, err);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		code = yw_fail(err, YW_EDENIED, "'%s' is not a regular file", path);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		code = yw_fail(err, YW_EDENIED, "'%s' belongs to another user (uid %u)", path,
		    (unsigned)st.st_uid);
	else if ((st.st_mode & 077) != 0)
		code = yw_fail(err, YW_EDENIED, "'%s' can be read by others (mode %04o): chmod 600 it",
		    path, (unsigned)(st.st_mode & 07777));
	else
		code = read_all(fd, path, max, out, err);
	close(fd);
	return code;
}

static enum yw_code
write_all(int fd, const char *path, const uint8_t *p, size_t len, struct yw_error *err)
{
	ssize_t n;

	YW_POINT("file-begun");
	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return yw_fail(err, YW_EIO, "unable to write '%s': %s", path, strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return YW_OK;
}

bool
yw_file_stands(int fd, const char *path)
{
	struct stat open_one, named;

	return fstat(fd, &open_one) == 0 && lstat(path, &named) == 0 && open_one.st_dev == named.st_dev &&
	    open_one.st_ino == named.st_ino;
}

enum yw_code
yw_dir_sync(const char *path, struct yw_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum yw_code code = YW_OK;

	if (fd < 0)
		return open_error(path, err);
	YW_POINT("directory");
	if (fsync(fd) != 0)
		code = yw_fail(err, YW_EIO, "unable to sync directory '%s': %s", path, strerror(errno));
	close(fd);
	return code;
}

/* rename() would take away a device node or a link that others use.  Against mistakes, not against a race. */
static enum yw_code
check_replaceable(const char *path, struct yw_error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0 || S_ISREG(st.st_mode))
		return YW_OK;
	if (S_ISLNK(st.st_mode))
		return yw_fail(err, YW_EDENIED, "'%s' is a symbolic link: name the file itself", path);
	return yw_fail(err, YW_EDENIED, "'%s' is no regular file: it is not replaced", path);
}

enum yw_code
yw_file_write(const char *path, const void *data, size_t len, mode_t mode, bool replace,
    struct yw_error *err)
{
	char tmp[PATH_MAX], dir[PATH_MAX];
	enum yw_code code;
	int fd;

	if ((size_t)snprintf(tmp, sizeof tmp, "%s.XXXXXX", path) >= sizeof tmp)
		return yw_fail(err, YW_ELIMIT, "path too long: '%s'", path);
	memcpy(dir, path, strlen(path) + 1);
	if (!replace && access(path, F_OK) == 0)
		return yw_fail(err, YW_ECONFLICT, "'%s' exists already", path);
	if (replace && check_replaceable(path, err) != YW_OK)
		return YW_EDENIED;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return yw_fail(err, YW_EIO, "unable to create '%s': %s", path, strerror(errno));
	code = write_all(fd, tmp, data, len, err);
	YW_POINT("file-written");
	if (code == YW_OK && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		code = yw_fail(err, YW_EIO, "unable to sync '%s': %s", tmp, strerror(errno));
	close(fd);
	YW_POINT("file-synced");
	/* link() refuses an existing name, rename() replaces it: the check above only words the common case. */
	if (code == YW_OK && replace && rename(tmp, path) != 0)
		code = yw_fail(err, YW_EIO, "unable to rename to '%s': %s", path, strerror(errno));
	if (code == YW_OK && !replace && link(tmp, path) != 0)
		code = yw_fail(err, errno == EEXIST ? YW_ECONFLICT : YW_EIO, "unable to create '%s': %s",
		    path, strerror(errno));
	YW_POINT("file-named");
	if (code != YW_OK || !replace)
		unlink(tmp);
	return code == YW_OK ? yw_dir_sync(dirname(dir), err) : code;
}

enum yw_code
yw_file_target(const char *path, bool *stream, struct yw_error *err)
{
	struct stat st;

	*stream = stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode));
	return *stream ? YW_OK : check_replaceable(path, err);
}

bool
yw_file_private(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size != 0 && (st.st_mode & 077) == 0;
}

/* Whatever is public takes the place of nothing secret. */
static enum yw_code
check_no_secret(const char *path, mode_t mode, struct yw_error *err)
{
	if ((mode & 077) != 0 && yw_file_private(path))
		return yw_fail(err, YW_EDENIED, "'%s' may be read by its owner only, so it may be a key: it is not replaced, name another "
		    "file or remove it", path);
	return YW_OK;
}

enum yw_code
yw_file_put(const char *path, const void *data, size_t len, mode_t mode, struct yw_error *err)
{
	enum yw_code code;
	bool stream;
	int fd;

	code = yw_file_target(path, &stream, err);
	if (code == YW_OK && !stream)
		code = check_no_secret(path, mode, err);
	if (code != YW_OK || !stream)
		return code != YW_OK ? code : yw_file_write(path, data, len, mode, true, err);
	fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return open_error(path, err);
	code = write_all(fd, path, data, len, err);
	close(fd);
	return code;
}
