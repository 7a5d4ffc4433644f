/*
 * workdays.h - days in China (UTC+8) and its working week, Monday to Friday: in how many of them a correction is answered (V5).
 *
 * Public holidays, and the weekends that are worked for them, are announced a year at a time and stand in no table here, so
 * around them a deadline is days early, or one or two late.  It is a word in a list that nothing follows from, and must be the
 * same at both ends: a table that each node keeps by itself would make two.
 */
#ifndef YW_SERVICE_WORKDAYS_H
#define YW_SERVICE_WORKDAYS_H

#include <stdint.h>

/* Days since 1970-01-01 in China at that time, which may be what anybody claims. */
int64_t yw_china_day(int64_t utc_ms);

/* The n-th working day after that day. */
int64_t yw_workday_after(int64_t day, unsigned n);

/* "2026-11-26" */
#define YW_DAY_TEXT_MAX 11
const char *yw_day_text(int64_t day, char out[static YW_DAY_TEXT_MAX]);

#endif
