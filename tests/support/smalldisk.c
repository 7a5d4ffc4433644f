/*
 * smalldisk.c - see smalldisk.h.
 */
#include "support/smalldisk.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BALLAST "ballast"

static char mounted[300];

static void __attribute__((noinline))
put_path(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);

	YW_CHECK(n > 0 && (size_t)n < size);
}

static bool
write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

	if (fd >= 0)
		close(fd);
	return done;
}

/* Mounts of our own: root may have them, anybody may where the kernel lets users be root among themselves. */
static bool
may_mount(void)
{
	unsigned uid = geteuid(), gid = getegid();
	char line[64];

	if (unshare(CLONE_NEWNS) != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_line("/proc/self/setgroups", "deny"))
			return false;
		snprintf(line, sizeof line, "%u %u 1", uid, uid);
		if (!write_line("/proc/self/uid_map", line))
			return false;
		snprintf(line, sizeof line, "%u %u 1", gid, gid);
		if (!write_line("/proc/self/gid_map", line))
			return false;
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* Before the test's directory is removed. */
static void
unmount(void)
{
	if (mounted[0] != '\0')
		umount2(mounted, MNT_DETACH);
}

void
yw_small_disk(const struct yw_test_node *n, uint64_t bytes)
{
	char was[300], all[310], options[64];
	struct yw_buf talk = YW_BUF_INIT;

	YW_CHECK(n->pid == 0 && mounted[0] == '\0' && atexit(unmount) == 0);
	put_path(was, sizeof was, n->dir, "data-was");
	put_path(all, sizeof all, was, ".");
	put_path(mounted, sizeof mounted, n->dir, "data");
	snprintf(options, sizeof options, "size=%llu,mode=700", (unsigned long long)bytes);
	YW_CHECK(rename(mounted, was) == 0 && mkdir(mounted, 0700) == 0);
	if (!may_mount() || mount("none", mounted, "tmpfs", 0, options) != 0)
		yw_test_skip("nobody may mount a file system here");
	YW_CHECK_MSG(yw_exec((const char *const[]) { "cp", "-a", all, mounted, NULL }, NULL, &talk) == 0, "%s", yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static uint64_t
free_bytes(const char *dir)
{
	struct statvfs st;

	YW_CHECK(statvfs(dir, &st) == 0);
	return (uint64_t)st.f_bavail * st.f_frsize;
}

void
yw_small_disk_leave(const struct yw_test_node *n, uint64_t bytes)
{
	char path[400], data[300];
	uint64_t there;
	int fd;

	put_path(data, sizeof data, n->dir, "data");
	put_path(path, sizeof path, data, BALLAST);
	unlink(path);
	there = free_bytes(data);
	if (there <= bytes)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	YW_CHECK(fd >= 0 && posix_fallocate(fd, 0, (off_t)(there - bytes)) == 0);
	close(fd);
}
