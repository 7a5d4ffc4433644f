/*
 * month_test.c - a county's machine is off for a month, and comes back.  The month is one of the daemons' own clocks: the
 * two above it live through its days, each with a beat, its receipt and a record, with weekly rosters, a new handshake a
 * day, and what is forgotten after a week.
 *
 *	320000 --- 320100 --+-- 320102		off from the second day on
 *	    +---------------+
 *	                    +-- 320104		asks on the first day to be admitted, and is never heard of again
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "net/disk_world.h"

#define DAYS 30
#define DAY_S INT64_C(86400)
#define BEAT_S 11		/* after so long a log that grew gives a beat */

static struct yw_test_node *newcomer;
static volatile int64_t *passed;	/* seconds, for all daemons */

/* Of this clock, some seconds ago, as it is printed. */
static const char *
time_text(int64_t ago_s, char out[static 32])
{
	time_t t = (time_t)(time(NULL) + *passed - ago_s);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

/* One clock for all daemons that are started from now on. */
static void
make_clock(void)
{
	static char file[300], skew[320];
	static const char *environment[] = { "LD_PRELOAD=" YW_SKEW, "ASAN_OPTIONS=verify_asan_link_order=0", skew, NULL };
	int fd;

	snprintf(file, sizeof file, "%.250s/passed", net.dir);
	snprintf(skew, sizeof skew, "YW_SKEW_FILE=%s", file);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	YW_CHECK(fd >= 0 && ftruncate(fd, sizeof *passed) == 0);
	passed = mmap(NULL, sizeof *passed, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	YW_CHECK(passed != MAP_FAILED);
	for (size_t i = 0; i < net.count; i++)
		net.n[i].environment = environment;
}

/* Is the newest beat there of that code's log, or its quorum, not older?  ("beat.time", "quorum.time") */
static bool
is_fresh(struct yw_test_node *n, const char *code, const char *what, const char *since)
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	bool fresh = false;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "code"), code) == 0)
			fresh = strcmp(yw_json_string(log, what), since) >= 0;
	json_decref(r);
	return fresh;
}

/* The next day comes: a beat of each log that has an owner, and a record of the city's that is mirrored. */
static void
pass_a_day(int day)
{
	char since[32], id[64];

	*passed += DAY_S;
	time_text(1, since);
	YW_WAIT(60, is_fresh(province, "320100", "beat.time", since) && is_fresh(city, "320000", "beat.time", since));
	snprintf(id, sizeof id, "320100/demand/day-%d", day);
	yw_node_put(city, id, SHARED, "320000");
	*passed += BEAT_S;
	YW_WAIT(60, is_fresh(province, "320100", "quorum.time", since) && is_fresh(city, "320100", "quorum.time", since));
}

static bool
waits_to_be_admitted(const char *code)
{
	json_t *r = yw_ask(city, "admit", "--list", NULL), *one;
	bool waits = false;
	size_t i;

	json_array_foreach(json_object_get(r, "pending"), i, one)
		waits = waits || strcmp(yw_json_string(one, "code"), code) == 0;
	json_decref(r);
	return waits;
}

static void
founded(void)
{
	found_of("320000 320100 320102 320104", 3);
	newcomer = yw_node_of(&net, "320104");
	yw_node_put(county, "320102/demand/old", SHARED, "quorum");
	for (size_t i = 0; i < net.count; i++)
		if (net.n[i].pid != 0)
			yw_node_end(&net.n[i], SIGTERM);
	make_clock();
	for (size_t i = 0; i < net.count; i++)
		yw_node_spawn(&net.n[i]);
	YW_WAIT(60, waits_to_be_admitted("320104"));
	yw_node_end(newcomer, SIGTERM);
	YW_WAIT(60, is(county, "appending", ""));
}

/* The province registers nothing, so that what it signs in its log is rosters, and what it has seen that day (R9). */
static void
a_month(void)
{
	int64_t province_size;

	pass_a_day(0);
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_end(county, SIGTERM);
	province_size = own_size(province);
	for (int day = 1; day <= DAYS; day++) {
		pass_a_day(day);
		YW_CHECK(waits_to_be_admitted("320104") == (day < 6));	/* a week (T14) */
	}
	YW_CHECK(own_size(province) >= province_size + DAYS / 7 && own_size(province) <= province_size + 2 * (DAYS / 7 + 1));
	YW_CHECK(yw_node_said(city, "peer-down", "a new handshake is due") >= DAYS / 2);	/* or the other side was quicker */
}

/* What stood under an id at a time: known from that day's beat alone (R6). */
static int
get_at(struct yw_test_node *n, const char *id, int64_t ago_s)
{
	char at[32];

	return yw_run(n, NULL, NULL, "get", id, "--at", time_text(ago_s, at), NULL);
}

static void
comes_back(void)
{
	char id[64];

	yw_disk_boot(county);
	leave_alone(county, true);
	yw_node_spawn(county);
	YW_CHECK(has(county, "320102/demand/old") && is(county, "asking", "after a start of the machine"));
	YW_CHECK(refuses(county, "after a start of the machine"));
	leave_alone(county, false);
	goes_on(county, "quorum");
	for (int day = 0; day <= DAYS; day++) {
		snprintf(id, sizeof id, "320100/demand/day-%d", day);
		YW_CHECK_MSG(has(county, id), "%s did not come", id);
	}
	YW_WAIT(60, get_at(county, "320100/demand/day-10", (DAYS - 11) * DAY_S) == 0);
	YW_CHECK(get_at(county, "320100/demand/day-10", (DAYS - 9) * DAY_S) == 1);
	YW_CHECK(get_at(city, "320100/demand/day-10", (DAYS - 11) * DAY_S) == 0);
	YW_CHECK(yw_node_said(county, "behind", "") == 0);
}

/* Its sessions are new, its days go on as everybody's. */
static void
stays(void)
{
	char since[32];

	pass_a_day(DAYS + 1);
	time_text(DAY_S / 2, since);
	YW_WAIT(60, is_fresh(county, "320102", "beat.time", since) && is_fresh(province, "320102", "beat.time", since));
	goes_on(county, "quorum");
}

YW_TESTS({ "T4 L3 three tiers begin, with a clock that the test has", founded },
    { "R2 R4 R6 T11 T14 a month passes: a beat, a receipt and a new handshake a day, a roster a week, and who is not admitted is "
      "forgotten", a_month },
    { "L3 R3 R6 a machine that was off for a month asks, goes on, and catches up, with the beats of the days", comes_back },
    { "R2 R4 a day later it is as everybody", stays },
    { "every daemon stops in order", stop })
