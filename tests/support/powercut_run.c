/*
 * powercut_run.c - see powercut.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/powercut.h"

#define LISTING_MAX (16u << 20)

void
yw_powercut_prepare(const char *dir, const char *shadow, const char *fail)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 });	/* dying is what it is for */
	setenv("LD_PRELOAD", YW_POWERCUT_LIB, 1);
	setenv("YW_POWERCUT_DIR", dir, 1);
	setenv("YW_POWERCUT_SHADOW", shadow, 1);
	if (fail != NULL)
		setenv("YW_POWERCUT_FAIL", fail, 1);
	else
		unsetenv("YW_POWERCUT_FAIL");
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);	/* ours comes before the sanitizer's */
}

int
yw_powercut_run(const char *dir, const char *shadow, const char *fail, char *const args[], struct yw_buf *said)
{
	int pipes[2], status = -1;
	char chunk[4096];
	ssize_t n;
	pid_t pid;

	if (pipe(pipes) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		yw_powercut_prepare(dir, shadow, fail);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], chunk, sizeof chunk)) > 0)
		yw_buf_add(said, chunk, (size_t)n);
	close(pipes[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

static int
remove_below(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	return ftw->level == 0 ? 0 : remove(path);
}

static enum yw_code
copy_file(const char *from, const char *to, mode_t mode, struct yw_error *err)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum yw_code code = YW_OK;
	ssize_t n = -1;

	if (in >= 0 && out >= 0 && fchmod(out, mode) == 0)
		while ((n = copy_file_range(in, NULL, out, NULL, 1 << 30, 0)) > 0)
			continue;
	if (n < 0)
		code = yw_fail(err, YW_EIO, "unable to copy '%.90s' to '%.90s': %s", from, to, strerror(errno));
	close(in);
	close(out);
	return code;
}

static enum yw_code restore_directory(const char *dir, const char *shadow, unsigned id, struct yw_error *err);

/* One line: type, mode, number, name. */
static enum yw_code
restore_line(const char *line, const char *dir, const char *shadow, struct yw_error *err)
{
	char from[PATH_MAX], to[PATH_MAX], type;
	unsigned mode, id;
	int name = 0;

	if (sscanf(line, "%c %o %u %n", &type, &mode, &id, &name) != 3 || name == 0)
		return yw_fail(err, YW_EFORMAT, "unable to read '%s' in the shadow", line);
	if ((size_t)snprintf(from, sizeof from, "%s/%u", shadow, id) >= sizeof from ||
	    (size_t)snprintf(to, sizeof to, "%s/%s", dir, line + name) >= sizeof to)
		return yw_fail(err, YW_ELIMIT, "path too long");
	if (type == 'f')
		return copy_file(from, to, mode, err);
	if (mkdir(to, mode) != 0)
		return yw_fail(err, YW_EIO, "unable to create '%s': %s", to, strerror(errno));
	return restore_directory(to, shadow, id, err);
}

static enum yw_code
restore_directory(const char *dir, const char *shadow, unsigned id, struct yw_error *err)
{
	struct yw_buf list = YW_BUF_INIT;
	enum yw_code code;
	char path[PATH_MAX], *line, *rest;

	snprintf(path, sizeof path, "%s/%u.dir", shadow, id);
	code = yw_file_read(path, LISTING_MAX, &list, err);
	if (code == YW_ENOENT) {	/* its name was synced, but never what is in it */
		yw_buf_release(&list);
		return YW_OK;
	}
	yw_buf_str(&list);
	rest = (char *)list.data;
	while (code == YW_OK && (line = strsep(&rest, "\n")) != NULL && *line != '\0')
		code = restore_line(line, dir, shadow, err);
	yw_buf_release(&list);
	return code;
}

enum yw_code
yw_powercut_restore(const char *dir, const char *shadow, struct yw_error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/1.dir", shadow);
	if (access(path, F_OK) != 0)
		return yw_fail(err, YW_ENOENT, "the shadow '%s' is empty: the process never ran", shadow);
	if (nftw(dir, remove_below, 16, FTW_DEPTH | FTW_PHYS) != 0)
		return yw_fail(err, YW_EIO, "unable to empty '%s': %s", dir, strerror(errno));
	return restore_directory(dir, shadow, 1, err);
}
