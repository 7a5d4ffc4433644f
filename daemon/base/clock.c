/*
 * clock.c - see clock.h.
 */
#include <stddef.h>
#include <time.h>

#include "base/clock.h"

static int64_t
read_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
real_utc_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_REALTIME);
}

static int64_t
real_mono_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_MONOTONIC);
}

const struct yw_clock yw_clock_real = { real_utc_ms, real_mono_ms, NULL };
