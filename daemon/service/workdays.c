/*
 * workdays.c - see workdays.h.
 */
#include "service/workdays.h"

#include <string.h>

#include "base/text.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define LAST_MS INT64_C(253402214400000)	/* 9999-12-31: what is claimed beyond it is that */

int64_t
yw_china_day(int64_t utc_ms)
{
	int64_t ms = (utc_ms > LAST_MS ? LAST_MS : utc_ms < -LAST_MS ? -LAST_MS : utc_ms) + 8 * HOUR_MS;

	return ms / DAY_MS - (ms % DAY_MS < 0);
}

/* Day 0 was a Thursday. */
static bool
is_worked(int64_t day)
{
	int64_t since_monday = ((day + 3) % 7 + 7) % 7;

	return since_monday < 5;
}

int64_t
yw_workday_after(int64_t day, unsigned n)
{
	while (n > 0)
		n -= is_worked(++day);
	return day;
}

const char *
yw_day_text(int64_t day, char out[static YW_DAY_TEXT_MAX])
{
	char text[YW_TIME_TEXT_MAX];

	yw_time_text(day * DAY_MS, text);
	memcpy(out, text, YW_DAY_TEXT_MAX - 1);
	out[YW_DAY_TEXT_MAX - 1] = '\0';
	return out;
}
