/*
 * skew.c - preloaded into a daemon: its wall clock is so many seconds wrong (YW_SKEW_S); all other clocks are right.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	static long long skew;
	static int known;
	const char *s;
	long rc = syscall(SYS_clock_gettime, id, ts);

	if (!known) {
		s = getenv("YW_SKEW_S");
		skew = s != NULL ? strtoll(s, NULL, 10) : 0;
		known = 1;
	}
	if (rc == 0 && id == CLOCK_REALTIME)
		ts->tv_sec += skew;
	return (int)rc;
}
