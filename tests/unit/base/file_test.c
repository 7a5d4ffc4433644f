/*
 * file_test.c - what is read as a file, and what a file that is written may take the place of.
 */
#include "base/file.h"
#include "support/testing.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char path[PATH_MAX], link_path[PATH_MAX];
static struct yw_error err;

/* A fresh name in the test's directory, and one for a link to it. */
static void
name_it(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", yw_test_dir(), name);
	snprintf(link_path, sizeof link_path, "%s/link-to-%s", yw_test_dir(), name);
}

static mode_t
kind_of(const char *p)
{
	struct stat st;

	YW_CHECK(lstat(p, &st) == 0);
	return st.st_mode & S_IFMT;
}

static void
check_text(const char *p, const char *want)
{
	struct yw_buf text = YW_BUF_INIT;

	YW_PASS(yw_file_read(p, 64, &text, &err));
	YW_CHECK(strcmp(yw_buf_str(&text), want) == 0);
	yw_buf_release(&text);
}

/* Neither way of writing goes through or over it. */
static void
check_refused(const char *p, const char *words)
{
	mode_t before = kind_of(p);

	YW_FAILS(yw_file_write(p, "new", 3, 0644, true, &err), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, words) != NULL, "said '%s'", err.msg);
	YW_FAILS(yw_file_put(p, "new", 3, 0644, &err), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, words) != NULL, "said '%s'", err.msg);
	YW_CHECK(kind_of(p) == before);
}

static void
regular_files_are_replaced(void)
{
	name_it("regular");
	YW_PASS(yw_file_put(path, "old", 3, 0600, &err));
	YW_FAILS(yw_file_write(path, "new", 3, 0644, false, &err), YW_ECONFLICT);
	check_text(path, "old");
	YW_PASS(yw_file_write(path, "new", 3, 0644, true, &err));
	check_text(path, "new");
	YW_PASS(yw_file_put(path, "newer", 5, 0644, &err));
	check_text(path, "newer");
}

/* Output under the name of a key is a mistake; what is as secret as the file before it may replace it. */
static void
secrets_are_not_replaced(void)
{
	name_it("secret");
	YW_PASS(yw_file_put(path, "key", 3, 0600, &err));
	YW_FAILS(yw_file_put(path, "public", 6, 0644, &err), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, "it may be a key") != NULL, "said '%s'", err.msg);
	YW_FAILS(yw_file_put(path, "group", 5, 0640, &err), YW_EDENIED);
	check_text(path, "key");
	YW_PASS(yw_file_put(path, "other", 5, 0600, &err));
	check_text(path, "other");
	YW_PASS(yw_file_put(path, "", 0, 0600, &err));
	YW_PASS(yw_file_put(path, "public", 6, 0644, &err));	/* as mktemp(1) makes one: there is nothing to lose */
	check_text(path, "public");
}

static void
links_and_directories_are_refused(void)
{
	name_it("file");
	YW_CHECK(symlink(path, link_path) == 0);
	check_refused(link_path, "is a symbolic link");	/* of nothing */
	YW_PASS(yw_file_put(path, "old", 3, 0600, &err));
	check_refused(link_path, "is a symbolic link");
	check_text(path, "old");
	name_it("directory");
	YW_CHECK(mkdir(path, 0700) == 0);
	check_refused(path, "is no regular file");
}

/* What is put into a FIFO comes out of it, by its own name and through a link. */
static void
fifos_are_written_to(void)
{
	char got[8] = "";
	int fd;

	name_it("fifo");
	YW_CHECK(mkfifo(path, 0600) == 0 && symlink(path, link_path) == 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	YW_CHECK(fd >= 0);
	YW_PASS(yw_file_put(path, "one", 3, 0644, &err));
	YW_PASS(yw_file_put(link_path, "two", 3, 0644, &err));
	YW_CHECK(read(fd, got, sizeof got) == 6 && memcmp(got, "onetwo", 6) == 0);
	close(fd);
	YW_CHECK(kind_of(path) == S_IFIFO && kind_of(link_path) == S_IFLNK);
	YW_FAILS(yw_file_write(path, "new", 3, 0644, true, &err), YW_EDENIED);
	YW_CHECK(kind_of(path) == S_IFIFO);
}

/* A node of our own with the numbers of /dev/null; only root may make one, and use it where devices are allowed. */
static void
devices_are_written_to(void)
{
	int fd;

	name_it("null");
	if (mknod(path, S_IFCHR | 0600, makedev(1, 3)) != 0) {
		puts("# left out: no device node can be made here");
		return;
	}
	YW_FAILS(yw_file_write(path, "new", 3, 0644, true, &err), YW_EDENIED);
	YW_CHECK(kind_of(path) == S_IFCHR);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		puts("# left out: no device node can be opened here");
		return;
	}
	close(fd);
	YW_PASS(yw_file_put(path, "new", 3, 0644, &err));
	YW_CHECK(kind_of(path) == S_IFCHR);
}

/* Nobody writes to this FIFO: whoever opens it as usual stays there. */
static void
only_regular_files_are_read(void)
{
	struct yw_buf out = YW_BUF_INIT;

	name_it("unread");
	YW_FAILS(yw_file_read(path, 100, &out, &err), YW_ENOENT);
	YW_CHECK(mkfifo(path, 0600) == 0);
	YW_FAILS(yw_file_read(path, 100, &out, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "is not a regular file") != NULL, "said '%s'", err.msg);
	YW_FAILS(yw_file_read(yw_test_dir(), 100, &out, &err), YW_EINVAL);
	YW_FAILS(yw_file_read("/dev/zero", 100, &out, &err), YW_EINVAL);
	name_it("read");
	YW_PASS(yw_file_put(path, "abc", 3, 0600, &err));
	YW_FAILS(yw_file_read(path, 2, &out, &err), YW_ELIMIT);
	YW_PASS(yw_file_read(path, 3, &out, &err));
	YW_CHECK(strcmp(yw_buf_str(&out), "abc") == 0);
	yw_buf_release(&out);
}

/* What a command is given may be a device or a pipe. */
static void
input_may_be_a_pipe(void)
{
	struct yw_buf out = YW_BUF_INIT;
	char name[64];
	int fds[2];

	YW_CHECK(pipe(fds) == 0 && write(fds[1], "abc", 3) == 3 && close(fds[1]) == 0);
	snprintf(name, sizeof name, "/dev/fd/%d", fds[0]);
	YW_PASS(yw_file_read_input(name, 3, &out, &err));
	YW_CHECK(strcmp(yw_buf_str(&out), "abc") == 0 && close(fds[0]) == 0);
	YW_FAILS(yw_file_read_input("/dev/zero", 1000, &out, &err), YW_ELIMIT);
	yw_buf_release(&out);
}

static void
a_name_stands_for_its_file(void)
{
	int fd;

	name_it("stands");
	YW_PASS(yw_file_write(path, "old", 3, 0644, false, &err));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	YW_CHECK(fd >= 0 && yw_file_stands(fd, path));
	YW_CHECK(rename(path, link_path) == 0 && !yw_file_stands(fd, path) && yw_file_stands(fd, link_path));
	YW_PASS(yw_file_write(path, "old", 3, 0644, false, &err));
	YW_CHECK(!yw_file_stands(fd, path));			/* the same bytes, another file */
	YW_CHECK(unlink(path) == 0 && symlink(link_path, path) == 0 && !yw_file_stands(fd, path));
	YW_CHECK(close(fd) == 0 && !yw_file_stands(fd, link_path) && !yw_file_stands(-1, link_path));
}

YW_TESTS({ "only regular files are read", only_regular_files_are_read },
    { "a command's input may be a pipe", input_may_be_a_pipe }, { "regular files are replaced", regular_files_are_replaced },
    { "a file for its owner only is not replaced by one for all", secrets_are_not_replaced },
    { "links and directories are refused", links_and_directories_are_refused },
    { "a name stands for its file", a_name_stands_for_its_file },
    { "fifos are written to", fifos_are_written_to }, { "devices are written to", devices_are_written_to })
