/*
 * file_test.c - what a file that is written may take the place of.
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

YW_TESTS({ "regular files are replaced", regular_files_are_replaced },
    { "links and directories are refused", links_and_directories_are_refused },
    { "fifos are written to", fifos_are_written_to }, { "devices are written to", devices_are_written_to })
