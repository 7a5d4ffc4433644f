/*
 * clock.h - time as a thing that is handed in, so that a simulation can own it.
 *
 * Two clocks, two types of use: `utc_ms` dates what people read (a claim, it may jump);
 * `mono_ms` measures deadlines (never jumps, means nothing to anybody else).
 */
#ifndef YW_BASE_CLOCK_H
#define YW_BASE_CLOCK_H

#include <stdint.h>

struct yw_clock {
	int64_t (*utc_ms)(void *arg);
	int64_t (*mono_ms)(void *arg);
	void *arg;
};

extern const struct yw_clock yw_clock_real;

static inline int64_t
yw_utc_ms(const struct yw_clock *c)
{
	return c->utc_ms(c->arg);
}

static inline int64_t
yw_mono_ms(const struct yw_clock *c)
{
	return c->mono_ms(c->arg);
}

#endif
