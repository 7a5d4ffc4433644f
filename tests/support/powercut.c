/*
 * powercut.c - a library for LD_PRELOAD that knows, at any moment, what a power cut would leave.
 *
 *	YW_POWERCUT_DIR		the directory that is watched, with all below it; must exist
 *	YW_POWERCUT_SHADOW	a directory outside it, emptied at start, which always holds what is durable
 *	YW_POWERCUT_FAIL	kill:N, eio:N[:COUNT] or enospc:N[:COUNT]: what happens to the Nth write or sync
 *				call below the directory, and to COUNT - 1 more (default: to all later ones)
 *
 * A *power cut* is SIGKILL, then yw_powercut_restore() (powercut_run.c), which makes the directory
 * anew from the shadow.  Strict, as POSIX reads and no kinder: a file is as of its last fsync or
 * fdatasync, a name as of the last fsync of its directory; sync_file_range, close and exit make
 * nothing durable.  What was there when the process started is durable.
 *
 * A sync is not passed on: nothing here is about the real disk.  How it is done is in powercut_int.h.
 *
 * A failed sync loses what it should have written for good, even when the next one succeeds: that is
 * what Linux does (the pages are marked clean).
 *
 * Not followed: mmap for writing, O_SYNC, O_DIRECT, O_TMPFILE, symbolic links, syncfs.  Files opened
 * by stdio are followed but copied whole.  Children do not inherit the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/powercut_int.h"

#define FDS 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* over the objects, and names against each other */
static bool active;
static _Atomic(struct object *) of_fd[FDS];

static enum { NONE, KILL, FAIL } fault;
static int fault_errno;
static unsigned long fault_first, fault_count;
static atomic_ulong calls;

static void
read_fault(const char *text)
{
	char word[16];
	int n;

	if (text == NULL)
		return;
	fault_count = ULONG_MAX;
	n = sscanf(text, "%15[a-z]:%lu:%lu", word, &fault_first, &fault_count);
	errno = EINVAL;
	if (n < 2)
		die("read YW_POWERCUT_FAIL");
	fault = strcmp(word, "kill") == 0 ? KILL : FAIL;
	fault_errno = strcmp(word, "enospc") == 0 ? ENOSPC : EIO;
}

__attribute__((constructor)) static void
start(void)
{
	const char *dir = getenv("YW_POWERCUT_DIR"), *to = getenv("YW_POWERCUT_SHADOW");

	unsetenv("LD_PRELOAD");
	if (dir == NULL || to == NULL)
		return;
	read_fault(getenv("YW_POWERCUT_FAIL"));
	shadow_start(dir, to);
	active = true;
}

static struct object *
followed(int fd)
{
	return active && fd >= 0 && fd < FDS ? atomic_load(&of_fd[fd]) : NULL;
}

static void
set_followed(int fd, struct object *o)
{
	if (fd >= 0 && fd < FDS)
		atomic_store(&of_fd[fd], o);
}

/* ---- faults */

/* Called before each write or sync of a followed file: 0, or the errno that it shall fail with. */
static int
gate(void)
{
	unsigned long n = atomic_fetch_add(&calls, 1) + 1;

	if (fault == NONE || n < fault_first || n - fault_first >= fault_count)
		return 0;
	if (fault == KILL) {
		kill(getpid(), SIGKILL);
		for (;;)
			pause();
	}
	return fault_errno;
}

#define FAIL_IF_TOLD(o)                                                                            \
	do {                                                                                       \
		int e_ = (o) != NULL ? gate() : 0;                                                 \
		if (e_ != 0) {                                                                     \
			errno = e_;                                                                \
			return -1;                                                                 \
		}                                                                                  \
	} while (0)

/* ---- opening and closing */

static int
opened(int fd, bool made, bool truncated, bool blind)
{
	struct object *o = NULL;
	int saved = errno;
	struct stat st;

	if (fd >= 0 && shadow_inside(fd) && fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))) {
		o = object_of(&st, made);
		if (truncated)
			object_cut(o, 0);
		if (blind)
			object_blind(o);
	}
	set_followed(fd, o);
	errno = saved;
	return fd;
}

static int
open_followed(int dir, const char *path, int flags, mode_t mode)
{
	struct stat st;
	bool made;
	int fd;

	if (!active)
		return NEXT(openat)(dir, path, flags, mode);
	pthread_mutex_lock(&lock);
	made = (flags & O_CREAT) != 0 && fstatat(dir, path, &st, 0) != 0;
	fd = opened(NEXT(openat)(dir, path, flags, mode), made, (flags & O_TRUNC) != 0, false);
	pthread_mutex_unlock(&lock);
	return fd;
}

#define MODE_ARGUMENT(flags, mode)                                                                 \
	do {                                                                                       \
		va_list ap_;                                                                       \
		va_start(ap_, flags);                                                              \
		if (((flags) & (O_CREAT | O_TMPFILE)) != 0)                                        \
			mode = va_arg(ap_, mode_t);                                                \
		va_end(ap_);                                                                       \
	} while (0)

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return open_followed(AT_FDCWD, path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	MODE_ARGUMENT(flags, mode);
	return open_followed(dir, path, flags, mode);
}

int
creat(const char *path, mode_t mode)
{
	return open_followed(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* The names that a fortified build calls. */
int __open_2(const char *path, int flags);
int
__open_2(const char *path, int flags)
{
	return open_followed(AT_FDCWD, path, flags, 0);
}

int __openat_2(int dir, const char *path, int flags);
int
__openat_2(int dir, const char *path, int flags)
{
	return open_followed(dir, path, flags, 0);
}

int
mkostemp(char *template, int flags)
{
	int fd;

	pthread_mutex_lock(&lock);
	fd = NEXT(mkostemp)(template, flags);
	if (active)
		opened(fd, true, false, false);
	pthread_mutex_unlock(&lock);
	return fd;
}

int
mkstemp(char *template)
{
	return mkostemp(template, 0);
}

FILE *
fopen(const char *path, const char *mode)
{
	FILE *f;

	pthread_mutex_lock(&lock);
	f = NEXT(fopen)(path, mode);
	if (active && f != NULL)
		opened(fileno(f), false, false, true);
	pthread_mutex_unlock(&lock);
	return f;
}

int
fclose(FILE *f)
{
	if (active)
		set_followed(fileno(f), NULL);
	return NEXT(fclose)(f);
}

int
close(int fd)
{
	set_followed(fd, NULL);
	return NEXT(close)(fd);
}

static int
copied(int fd, int from)
{
	if (active && fd >= 0)
		set_followed(fd, followed(from));
	return fd;
}

int
dup(int fd)
{
	return copied(NEXT(dup)(fd), fd);
}

int
dup2(int fd, int to)
{
	return copied(NEXT(dup2)(fd, to), fd);
}

int
dup3(int fd, int to, int flags)
{
	return copied(NEXT(dup3)(fd, to, flags), fd);
}

int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;
	int got;

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	got = NEXT(fcntl)(fd, command, arg);
	return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(got, fd) : got;
}

/* ---- writing */

static void
wrote(struct object *o, off_t at, ssize_t n)
{
	if (n <= 0)
		return;
	pthread_mutex_lock(&lock);
	object_wrote(o, at, at + n);
	pthread_mutex_unlock(&lock);
}

/* Where write and writev went; the lock keeps two writers on one offset apart. */
static ssize_t
wrote_here(struct object *o, int fd, ssize_t n)
{
	int saved = errno;
	off_t end;

	if (n > 0 && (end = lseek(fd, 0, SEEK_CUR)) >= n)
		object_wrote(o, end - n, end);
	errno = saved;
	return n;
}

ssize_t
write(int fd, const void *data, size_t len)
{
	struct object *o = followed(fd);
	ssize_t n;

	if (o == NULL)
		return NEXT(write)(fd, data, len);
	FAIL_IF_TOLD(o);
	pthread_mutex_lock(&lock);
	n = wrote_here(o, fd, NEXT(write)(fd, data, len));
	pthread_mutex_unlock(&lock);
	return n;
}

ssize_t
writev(int fd, const struct iovec *parts, int n_parts)
{
	struct object *o = followed(fd);
	ssize_t n;

	if (o == NULL)
		return NEXT(writev)(fd, parts, n_parts);
	FAIL_IF_TOLD(o);
	pthread_mutex_lock(&lock);
	n = wrote_here(o, fd, NEXT(writev)(fd, parts, n_parts));
	pthread_mutex_unlock(&lock);
	return n;
}

ssize_t
pwrite(int fd, const void *data, size_t len, off_t at)
{
	struct object *o = followed(fd);
	ssize_t n;

	FAIL_IF_TOLD(o);
	n = NEXT(pwrite)(fd, data, len, at);
	if (o != NULL)
		wrote(o, at, n);
	return n;
}

ssize_t
pwritev(int fd, const struct iovec *parts, int n_parts, off_t at)
{
	struct object *o = followed(fd);
	ssize_t n;

	FAIL_IF_TOLD(o);
	n = NEXT(pwritev)(fd, parts, n_parts, at);
	if (o != NULL)
		wrote(o, at, n);
	return n;
}

/* Only what changes bytes needs remembering; the size is looked at when it is synced. */
int
fallocate(int fd, int mode, off_t at, off_t len)
{
	struct object *o = followed(fd);
	int got;

	FAIL_IF_TOLD(o);
	got = NEXT(fallocate)(fd, mode, at, len);
	if (o != NULL && got == 0 && (mode & ~FALLOC_FL_KEEP_SIZE) != 0)
		wrote(o, at, len);
	return got;
}

int
posix_fallocate(int fd, off_t at, off_t len)
{
	struct object *o = followed(fd);
	int told = o != NULL ? gate() : 0;

	return told != 0 ? told : NEXT(posix_fallocate)(fd, at, len);
}

int
ftruncate(int fd, off_t size)
{
	struct object *o = followed(fd);
	int got;

	FAIL_IF_TOLD(o);
	pthread_mutex_lock(&lock);
	got = NEXT(ftruncate)(fd, size);
	if (o != NULL && got == 0)
		object_cut(o, size);
	pthread_mutex_unlock(&lock);
	return got;
}

int
truncate(const char *path, off_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), got;

	if (fd < 0)
		return -1;
	got = ftruncate(fd, size);
	close(fd);
	return got;
}

/* ---- names: only for the inode numbers that become free */

static bool
last_name(int dir, const char *path, struct stat *st)
{
	return fstatat(dir, path, st, AT_SYMLINK_NOFOLLOW) == 0 && (S_ISDIR(st->st_mode) || st->st_nlink == 1);
}

static int
unlink_followed(int dir, const char *path, int flags)
{
	struct stat st;
	bool last;
	int got;

	pthread_mutex_lock(&lock);
	last = active && last_name(dir, path, &st);
	got = NEXT(unlinkat)(dir, path, flags);
	if (got == 0 && last)
		object_forget(&st);
	pthread_mutex_unlock(&lock);
	return got;
}

int
unlink(const char *path)
{
	return unlink_followed(AT_FDCWD, path, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	return unlink_followed(dir, path, flags);
}

int
rmdir(const char *path)
{
	return unlink_followed(AT_FDCWD, path, AT_REMOVEDIR);
}

int
remove(const char *path)
{
	int got = unlink(path);

	return got != 0 && errno == EISDIR ? rmdir(path) : got;
}

static int
rename_followed(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	struct stat moved, replaced;
	bool last;
	int got;

	pthread_mutex_lock(&lock);
	last = active && flags == 0 && last_name(to_dir, to, &replaced) &&
	    fstatat(from_dir, from, &moved, AT_SYMLINK_NOFOLLOW) == 0 && moved.st_ino != replaced.st_ino;
	got = NEXT(renameat2)(from_dir, from, to_dir, to, flags);
	if (got == 0 && last)
		object_forget(&replaced);
	pthread_mutex_unlock(&lock);
	return got;
}

int
rename(const char *from, const char *to)
{
	return rename_followed(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return rename_followed(from_dir, from, to_dir, to, 0);
}

int
renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	return rename_followed(from_dir, from, to_dir, to, flags);
}

/* ---- syncing */

static void
sync_followed(struct object *o, int fd, bool lost)
{
	char path[64];
	struct stat st;

	if (fstat(fd, &st) != 0)
		die("stat");
	if (!object_is(o, &st))	/* closed behind our back and used again */
		return;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (lost)
		object_settle(o, st.st_size);
	else
		object_sync(o, path, S_ISDIR(st.st_mode));
}

static int
sync_fd(int fd, int (*real)(int))
{
	struct object *o = followed(fd);
	int told;

	if (o == NULL)
		return real(fd);
	told = gate();
	pthread_mutex_lock(&lock);
	sync_followed(o, fd, told != 0);
	pthread_mutex_unlock(&lock);
	errno = told;
	return told == 0 ? 0 : -1;
}

int
fsync(int fd)
{
	return sync_fd(fd, NEXT(fsync));
}

int
fdatasync(int fd)
{
	return sync_fd(fd, NEXT(fdatasync));
}

int
sync_file_range(int fd, off_t at, off_t len, unsigned flags)
{
	return followed(fd) != NULL ? 0 : NEXT(sync_file_range)(fd, at, len, flags);
}

/* The 64-bit names are the same functions here. */
#define ALIAS(name, of) extern __typeof__(of) name __attribute__((alias(#of)))
ALIAS(open64, open);
ALIAS(openat64, openat);
ALIAS(creat64, creat);
ALIAS(__open64_2, __open_2);
ALIAS(__openat64_2, __openat_2);
ALIAS(mkostemp64, mkostemp);
ALIAS(mkstemp64, mkstemp);
ALIAS(fopen64, fopen);
ALIAS(fcntl64, fcntl);
ALIAS(pwrite64, pwrite);
ALIAS(pwritev64, pwritev);
ALIAS(fallocate64, fallocate);
ALIAS(posix_fallocate64, posix_fallocate);
ALIAS(ftruncate64, ftruncate);
ALIAS(truncate64, truncate);
