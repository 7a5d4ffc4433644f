/*
 * Three kinds of silence told apart, at their exact limits.
 */
#include "support/testing.h"
#include "sync/alarms.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define LOOK (5 * MINUTE)
#define UTC0 INT64_C(1700000000000)
#define LOGS_MAX 8

/* What one node holds, hears and remembers, and two clocks of its own. */
static struct yw_alarms a;
static struct yw_jurisdiction me;
static struct yw_alarm_log logs[LOGS_MAX];
static size_t n_logs;
static struct yw_alarm_peer peers[LOGS_MAX];
static size_t n_peers;
static int64_t now, utc;
static bool beats[LOGS_MAX], signs[LOGS_MAX];	/* of each log: its owner, and the others, do so once an hour */
static unsigned begun[4], ended[4], path_begun, path_ended;
static struct yw_error err;

static void
look(void)
{
	for (size_t i = 0; i < n_peers; i++)
		peers[i].heard_ms = now;
	YW_PASS(yw_alarms_look(&a, &me, logs, n_logs, peers, n_peers, utc, now, &err));
	for (size_t i = 0; i < n_logs; i++) {
		begun[logs[i].begins]++;
		ended[logs[i].ends]++;
	}
	path_begun += a.path_begins;
	path_ended += a.path_ends;
}

/* Those who beat do so now. */
static void
beat(void)
{
	for (size_t i = 0; i < n_logs; i++) {
		if (beats[i]) {
			logs[i].beat_size = logs[i].beat_size == 0 ? 1 : logs[i].beat_size;
			logs[i].beat_time_s = (uint64_t)utc / 1000;
		}
		if (signs[i]) {
			logs[i].quorum_size = logs[i].beat_size;
			logs[i].fresh_s = (uint64_t)utc / 1000;
		}
	}
}

static void
wait_ms(int64_t ms)
{
	now += ms;
	utc += ms;
}

/* So many hours, with a beat at the end of each, and looks between. */
static void
hours(unsigned n)
{
	for (unsigned i = 0; i < n * 12; i++) {
		wait_ms(LOOK);
		if (i % 12 == 11)
			beat();
		look();
	}
}

/* A node of that code, which holds these logs; all beat, and have quorum; nobody is connected. */
static void
begin(const char *code, const char *const *codes, size_t n)
{
	yw_alarms_release(&a);
	now = 1000000;
	utc = UTC0;
	snprintf(me.code, sizeof me.code, "%s", code);
	n_logs = n;
	n_peers = 0;
	for (size_t i = 0; i < n; i++) {
		logs[i] = (struct yw_alarm_log) { .own = strcmp(code, codes[i]) == 0, .quorum = true };
		snprintf(logs[i].code.code, sizeof logs[i].code.code, "%s", codes[i]);
		beats[i] = signs[i] = true;
	}
	memset(begun, 0, sizeof begun);
	memset(ended, 0, sizeof ended);
	path_begun = path_ended = 0;
	beat();
	look();
}

static void
connected(const char *code)
{
	snprintf(peers[n_peers++].code.code, sizeof peers[0].code.code, "%s", code);
}

static bool
all(enum yw_alarm alarm)
{
	for (size_t i = 0; i < n_logs; i++)
		if (!logs[i].own && logs[i].alarm != alarm)
			return false;
	return true;
}

static bool
quiet(void)
{
	for (size_t i = 0; i < n_logs; i++)
		if (logs[i].alarm != YW_ALARM_NONE || logs[i].for_ms != 0)
			return false;
	return true;
}

static const char *const county[] = { "320000", "320100", "320102", "320103", "320500" };	/* own: 2 */

/* --- */

static void
owner(void)
{
	begin("320102", county, 5);
	connected("320100");
	hours(4);
	YW_CHECK(quiet());
	beats[4] = signs[4] = false;		/* its last beat was just now */
	hours(3);
	YW_CHECK(quiet());
	wait_ms(1);
	look();
	YW_CHECK(logs[4].alarm == YW_ALARM_OWNER_SILENT && logs[4].for_ms == 3 * HOUR + 1);
	for (size_t i = 0; i < 4; i++)
		YW_CHECK(logs[i].alarm == YW_ALARM_NONE);
	hours(40);
	YW_CHECK(logs[4].alarm == YW_ALARM_OWNER_SILENT && begun[YW_ALARM_OWNER_SILENT] == 1 && ended[YW_ALARM_OWNER_SILENT] == 0);
	beats[4] = true;
	beat();
	look();
	YW_CHECK(quiet() && ended[YW_ALARM_OWNER_SILENT] == 1);
	YW_CHECK(path_begun == 0 && begun[YW_ALARM_MIRRORS_SILENT] == 0);
}

static void
mirrors(void)
{
	begin("320102", county, 5);
	connected("320100");
	hours(4);
	signs[2] = signs[3] = false;		/* my own log too */
	hours(3);
	YW_CHECK(quiet());
	wait_ms(1);
	look();
	YW_CHECK(logs[2].alarm == YW_ALARM_MIRRORS_SILENT && logs[3].alarm == YW_ALARM_MIRRORS_SILENT);
	YW_CHECK(logs[2].for_ms == 3 * HOUR + 1 && logs[4].alarm == YW_ALARM_NONE);
	hours(30);
	YW_CHECK(begun[YW_ALARM_MIRRORS_SILENT] == 2 && ended[YW_ALARM_MIRRORS_SILENT] == 0);
	logs[3].fresh_s++;			/* an older receipt: still something came */
	look();
	YW_CHECK(logs[3].alarm == YW_ALARM_NONE && logs[2].alarm == YW_ALARM_MIRRORS_SILENT && ended[YW_ALARM_MIRRORS_SILENT] == 1);
	logs[2].quorum = false;			/* another network file asks for none */
	look();
	YW_CHECK(quiet());
}

/* A dead line: one alarm, and nothing of owners or mirrors, whatever was last to come before it broke. */
static void
path(void)
{
	begin("320102", county, 5);
	connected("320100");
	hours(4);
	beats[4] = false;			/* it came an hour before the others' last */
	hours(1);
	n_peers = 0;
	for (size_t i = 0; i < 5; i++)
		beats[i] = i == 2, signs[i] = false;
	for (int i = 0; i < 24 * 60; i++) {
		wait_ms(MINUTE);
		if (i % 60 == 59)
			beat();
		look();
		for (size_t k = 0; k < 5; k++)
			YW_CHECK_MSG(logs[k].alarm == YW_ALARM_NONE || logs[k].alarm == YW_ALARM_PATH_STALE, "%s after %d min", county[k], i + 1);
		YW_CHECK((logs[4].alarm == YW_ALARM_PATH_STALE) == (i + 1 > 120));
		YW_CHECK((logs[0].alarm == YW_ALARM_PATH_STALE) == (i + 1 > 180));
	}
	YW_CHECK(all(YW_ALARM_PATH_STALE) && logs[2].alarm == YW_ALARM_NONE && path_begun == 1 && path_ended == 0);
	connected("320100");			/* and back: all comes again, little by little */
	look();
	for (size_t i = 0; i < 5; i++) {
		beats[i] = true;
		beat();
		wait_ms(MINUTE);
		look();
	}
	YW_CHECK(quiet() && path_ended == 1 && begun[YW_ALARM_OWNER_SILENT] == 0 && begun[YW_ALARM_MIRRORS_SILENT] == 0);
	for (int i = 0; i <= 25; i++) {		/* mirrors have half an hour, from the first beat of the farthest on */
		wait_ms(MINUTE);
		beat();
		look();
		YW_CHECK((logs[2].alarm == YW_ALARM_MIRRORS_SILENT) == (i == 25));
	}
}

/* The way works as long as something came on it in an hour and a half; after it was stale it has half an hour to catch up. */
static void
limits_of_the_way(void)
{
	static const char *const three[] = { "320100", "320000", "320500" };

	begin("320100", three, 3);
	hours(2);
	beats[2] = signs[2] = false;
	wait_ms(HOUR);
	beat();					/* of 320000 alone, the last one */
	look();
	beats[1] = signs[1] = false;
	wait_ms(YW_ALARM_WAY_MS);
	look();
	YW_CHECK(quiet());			/* 320500: two hours and a half */
	connected("320000");
	look();
	n_peers = 0;
	for (int i = 0; i < 12; i++) {		/* a session is there for a moment */
		wait_ms(LOOK);
		look();
	}
	YW_CHECK(logs[2].alarm == YW_ALARM_NONE || logs[2].alarm == YW_ALARM_PATH_STALE);
	hours(2);
	YW_CHECK(all(YW_ALARM_PATH_STALE));
	connected("320000");
	look();
	YW_CHECK(quiet());
	wait_ms(YW_ALARM_CATCH_UP_MS - 1);
	look();
	YW_CHECK(quiet());
	wait_ms(1);
	look();
	YW_CHECK(all(YW_ALARM_OWNER_SILENT));

	begin("320100", three, 3);		/* a beat that is heard, and no session */
	hours(2);
	beats[2] = signs[2] = false;
	hours(3);
	beats[1] = signs[1] = false;
	wait_ms(YW_ALARM_WAY_MS);
	look();
	YW_CHECK(logs[2].alarm == YW_ALARM_OWNER_SILENT);
	wait_ms(1);
	look();
	YW_CHECK(logs[2].alarm == YW_ALARM_PATH_STALE && logs[1].alarm == YW_ALARM_NONE);
}

/* A county whose city is cut off from all others hears its neighbours; the city itself says the same. */
static void
city_cut_off(void)
{
	static const char *const who[] = { "320102", "320100" };

	for (int k = 0; k < 2; k++) {
		begin(who[k], county, 5);
		connected(k == 0 ? "320100" : "320103");
		if (k == 1)
			connected("320000");
		hours(4);
		n_peers = 1;
		beats[0] = beats[4] = false;
		for (size_t i = 0; i < 5; i++)
			signs[i] = false;
		hours(4);
		YW_CHECK(logs[0].alarm == YW_ALARM_PATH_STALE && logs[4].alarm == YW_ALARM_PATH_STALE);
		for (size_t i = 1; i < 4; i++)		/* nor of its mirrors, who may be beyond */
			YW_CHECK(logs[i].alarm == YW_ALARM_NONE);
		beats[3] = false;			/* on a way that works */
		hours(4);
		YW_CHECK(logs[3].alarm == YW_ALARM_OWNER_SILENT && logs[4].alarm == YW_ALARM_PATH_STALE);
		YW_CHECK(path_begun == 1);
	}
}

/* A path that becomes stale hides what was said, and says nothing of it twice. */
static void
hidden(void)
{
	begin("320102", county, 5);
	connected("320100");
	hours(4);
	beats[4] = signs[4] = false;
	hours(4);
	YW_CHECK(begun[YW_ALARM_OWNER_SILENT] == 1);
	n_peers = 0;
	for (size_t i = 0; i < 5; i++)
		beats[i] = signs[i] = false;
	hours(5);
	YW_CHECK(all(YW_ALARM_PATH_STALE) && ended[YW_ALARM_OWNER_SILENT] == 0);
	connected("320100");
	for (size_t i = 0; i < 4; i++)
		beats[i] = signs[i] = true;
	beat();
	hours(4);
	YW_CHECK(logs[4].alarm == YW_ALARM_OWNER_SILENT && begun[YW_ALARM_OWNER_SILENT] == 1 && path_begun == 1 && path_ended == 1);
}

/* An owner that dies takes no mirrors' alarm with it, however late their last receipts were; one that is back gives them
 * time to sign. */
static void
owner_then_mirrors(void)
{
	begin("320000", county, 5);
	connected("320100");
	hours(4);
	signs[4] = false;
	hours(1);				/* its last beat found nobody */
	beats[4] = false;
	for (int i = 0; i < 40; i++) {
		hours(1);
		YW_CHECK(logs[4].alarm != YW_ALARM_MIRRORS_SILENT);
	}
	beats[4] = true;
	beat();
	look();
	for (int i = 0; i < 29; i++) {
		wait_ms(MINUTE);
		look();
		YW_CHECK(quiet());
	}
	wait_ms(MINUTE);
	look();
	YW_CHECK(logs[4].alarm == YW_ALARM_MIRRORS_SILENT);
}

/* --- the start --- */

/* What is held at the start is as old as the wall clock says; whatever that says, what comes counts from when it came. */
static void
start(void)
{
	static const struct { int64_t away_ms, clock_ms; } all_of[] = { { 31 * 24 * HOUR, 0 }, { 5 * HOUR, 0 }, { HOUR, 24 * HOUR },
		{ HOUR, -24 * HOUR }, { 0, -40 * 24 * HOUR } };

	for (size_t k = 0; k < sizeof all_of / sizeof *all_of; k++) {
		bool old = all_of[k].away_ms + all_of[k].clock_ms > YW_ALARM_MS;

		begin("320102", county, 5);
		yw_alarms_release(&a);
		wait_ms(all_of[k].away_ms);
		utc += all_of[k].clock_ms;
		look();
		YW_CHECK(quiet());
		wait_ms(YW_ALARM_START_MS - 1);
		look();
		YW_CHECK(quiet());
		wait_ms(1);
		look();
		YW_CHECK_MSG(all(old ? YW_ALARM_PATH_STALE : YW_ALARM_NONE), "%zu", k);
		connected("320100");
		connected("320000");
		look();
		YW_CHECK(quiet() && begun[YW_ALARM_OWNER_SILENT] == 0);
		utc -= all_of[k].clock_ms;	/* whose clocks are right */
		beats[4] = signs[4] = false;
		beat();
		utc += all_of[k].clock_ms;
		wait_ms(YW_ALARM_CATCH_UP_MS);
		look();
		YW_CHECK_MSG((logs[4].alarm == YW_ALARM_OWNER_SILENT) == old, "%zu", k);
		for (size_t i = 0; i < 4; i++)
			YW_CHECK(logs[i].alarm == YW_ALARM_NONE);
	}
}

/* Who beats by a clock that is a day slow, or decades fast, is heard all the same. */
static void
owners_clock(void)
{
	for (int k = 0; k < 2; k++) {
		begin("320102", county, 5);
		connected("320000");
		for (int i = 0; i < 24; i++) {
			logs[4].beat_time_s = k == 0 ? (uint64_t)utc / 1000 - 86400 : UINT64_MAX - 100 + (uint64_t)i;
			beats[4] = false;
			hours(1);
			YW_CHECK(quiet());
		}
		yw_alarms_release(&a);		/* the same after a restart */
		look();
		YW_CHECK(quiet());
	}
}

/* --- who is not looked at --- */

static void
others(void)
{
	begin("320102", county, 5);
	connected("320100");
	connected("320000");
	for (size_t i = 0; i < 5; i++)
		beats[i] = signs[i] = false;
	logs[1].over = true;			/* closed, frozen, broken */
	logs[3].beat_size = 0;			/* admitted, and never heard of: dated by when it became known */
	yw_alarms_release(&a);
	look();
	hours(3);
	YW_CHECK(logs[3].alarm == YW_ALARM_NONE);
	wait_ms(1);
	look();
	YW_CHECK(logs[3].alarm == YW_ALARM_OWNER_SILENT && logs[0].alarm == YW_ALARM_OWNER_SILENT);
	YW_CHECK(logs[1].alarm == YW_ALARM_NONE && logs[2].alarm == YW_ALARM_NONE);
	logs[0].over = true;			/* it was closed: that is no alarm any more */
	look();
	YW_CHECK(logs[0].alarm == YW_ALARM_NONE && ended[YW_ALARM_OWNER_SILENT] == 1);
	logs[4].alarm = YW_ALARM_NONE;		/* one more log later on */
	logs[n_logs] = (struct yw_alarm_log) { .code = { "320600" }, .quorum = true, .beat_size = 1, .beat_time_s = 5 };
	n_logs++;
	look();
	YW_CHECK(logs[5].alarm == YW_ALARM_NONE && logs[4].alarm == YW_ALARM_OWNER_SILENT);
}

/* The first node before anybody has joined: there is no path yet. */
static void
alone(void)
{
	static const char *const one[] = { "320000" };

	begin("320000", one, 1);
	signs[0] = false;
	logs[0].quorum_size = 0;
	hours(100);
	YW_CHECK(quiet() && path_begun == 0);
	yw_alarms_release(&a);
}

YW_TESTS(
	{ "R4 owner silent: three hours without a beat while others are heard", owner },
	{ "R4 mirrors silent: three hours of beats without a fresh quorum, of my own log too", mirrors },
	{ "R4 path stale: nothing of owners or mirrors is said while nothing at all comes", path },
	{ "R4 a way works for an hour and a half after what came last, and has half an hour to catch up", limits_of_the_way },
	{ "R4 a city cut off with its counties: the path is stale to those beyond", city_cut_off },
	{ "R4 each alarm is said once when it begins and once when it ends, a stale path between them or not", hidden },
	{ "R4 an owner that falls silent is not blamed on mirrors", owner_then_mirrors },
	{ "R4 after a start: a month away, and a clock that is wrong", start },
	{ "R4 owners with wrong clocks are heard", owners_clock },
	{ "R4 a log that is over, one without beats, one that is new, and my own", others },
	{ "R4 a first node by itself raises nothing", alone })
