/*
 * skew.c - preloaded into a daemon: the clocks that the daemon itself asks, and not those of its libraries, are wrong.
 *
 *	YW_SKEW_S	its wall clock, by so many seconds
 *	YW_SKEW_FILE	all its clocks, by the seconds that the first 8 bytes of that file say now: a test lets days pass
 *			for all daemons that have the file
 *	YW_SKEW_BOOT	what the kernel calls this boot stands in that file: the machine has been started anew
 *
 * Who waits until a time of such a clock looks again every few milliseconds whether it has come.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 10000000

static long long wall;		/* seconds */
static const volatile long long *passed;	/* NULL: none */
static unsigned long program, program_end;
static int (*wait_until)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

/* The first object is the program. */
static int
find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
			program = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			program_end = program + info->dlpi_phdr[i].p_memsz;
		}
	return 1;
}

__attribute__((constructor)) static void
start(void)
{
	const char *s = getenv("YW_SKEW_S"), *file = getenv("YW_SKEW_FILE");
	int fd = file != NULL ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	wall = s != NULL ? strtoll(s, NULL, 10) : 0;
	if (fd >= 0)
		passed = mmap(NULL, sizeof *passed, PROT_READ, MAP_SHARED, fd, 0);
	wait_until = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");	/* an older one may be the first to be found */
	if (wait_until == NULL)
		wait_until = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
	dl_iterate_phdr(find_program, NULL);
}

static int
is_program(const void *caller)
{
	return (unsigned long)caller >= program && (unsigned long)caller < program_end;
}

static long long
skew_of(clockid_t id)
{
	return (passed != NULL ? *passed : 0) + (id == CLOCK_REALTIME ? wall : 0);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	long rc = syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && is_program(__builtin_return_address(0)))
		ts->tv_sec += skew_of(id);
	return (int)rc;
}

static int
is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* The daemon's conditions all wait by the monotonic clock. */
int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
	struct timespec end = *until, now;
	int rc;

	if (passed == NULL || !is_program(__builtin_return_address(0)))
		return wait_until(cond, mutex, until);
	end.tv_sec -= skew_of(CLOCK_MONOTONIC);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	now.tv_nsec += LOOK_NS;
	now.tv_sec += now.tv_nsec / 1000000000;
	now.tv_nsec %= 1000000000;
	rc = wait_until(cond, mutex, is_before(&now, &end) ? &now : &end);
	return rc == ETIMEDOUT && is_before(&now, &end) ? 0 : rc;	/* woken for nothing: it looks again */
}

int
open(const char *path, int flags, ...)
{
	const char *boot = strcmp(path, "/proc/sys/kernel/random/boot_id") == 0 ? getenv("YW_SKEW_BOOT") : NULL;
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return openat(AT_FDCWD, boot != NULL ? boot : path, flags, mode);
}
