/*
 * Who is silent, in a network that talks: an owner that stops, a line that is down, a mirror that signs no more.
 */
#include "unit/sync/exchange_world.h"

#define HOUR INT64_C(3600000)

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct peer *province, *city, *county, *other;

/* Two cities below the province, a county below one; all have registered something. */
static void
four(const char *policy)
{
	begin(codes, 4, policy);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	other = add_peer("320200", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	connect_line(other, province);
	connect_line(county, city);
	settle();
	yw_lnode_admit(net, "320100");
	later(15000);
	yw_lnode_admit(net, "320200");
	yw_lnode_admit(net, "320102");
	later(30000);
	put_demand(other, "a", "wanted", &yw_unconditional);
	later(15000);
}

static void
look_all(void)
{
	for (size_t i = 0; i < n_peers; i++)
		if (peers[i].x != NULL)
			(void)yw_exchange_alarms(peers[i].x, NULL, 0);
}

/* In steps that are short enough to look in; what falls due is said in each. */
static void
hours(unsigned n)
{
	for (unsigned i = 0; i < n * 12; i++) {
		yw_lnet_wait(net, YW_EXCHANGE_LOOK_MS - 2000);
		later(2000);
		look_all();
	}
}

/* What the peer's alarm for that code's log is. */
static enum yw_alarm
alarm_of(const struct peer *p, const char *code)
{
	struct yw_alarm_at at[8];
	size_t n = yw_exchange_alarms(p->x, at, 8);

	for (size_t i = 0; i < n; i++)
		if (strcmp(yw_ledger_at(p->n->l, at[i].log)->code.code, code) == 0)
			return at[i].alarm;
	return YW_ALARM_NONE;
}

static bool
all_quiet(void)
{
	struct yw_alarm_at at[8];

	for (size_t i = 0; i < n_peers; i++)
		if (peers[i].x != NULL && yw_exchange_alarms(peers[i].x, at, 8) != 0)
			return false;
	return true;
}

static void
an_owner_stops(void)
{
	four("group g any 320000 320100 320200\nquorum g\n");
	hours(5);
	YW_CHECK(all_quiet());
	stop_peer(other);
	close_line(&lines[2]);			/* and the county loses its line */
	n_said = 0;
	hours(5);
	YW_CHECK(alarm_of(province, "320200") == YW_ALARM_OWNER_SILENT && alarm_of(city, "320200") == YW_ALARM_OWNER_SILENT);
	YW_CHECK(alarm_of(province, "320102") == YW_ALARM_OWNER_SILENT && alarm_of(city, "320102") == YW_ALARM_OWNER_SILENT);
	YW_CHECK(alarm_of(province, "320100") == YW_ALARM_NONE && alarm_of(city, "320000") == YW_ALARM_NONE);
	YW_CHECK(alarm_of(city, "320100") == YW_ALARM_NONE);	/* others go on signing */
	for (size_t i = 0; i < 4; i++)
		YW_CHECK_MSG(alarm_of(county, codes[i]) == (i == 2 ? YW_ALARM_NONE : YW_ALARM_PATH_STALE), "%s", codes[i]);
	hours(20);
	YW_CHECK_MSG(n_said == 2 + 2 + 1, "%u lines, the last: %s", n_said, last_said);
	start_peer(other);
	open_line(&lines[2]);
	hours(2);
	YW_CHECK(all_quiet());
	YW_CHECK(strstr(last_said, "owner-heard") != NULL || strstr(last_said, "path-restored") != NULL ||
	    strstr(last_said, "peer-known") != NULL);
	end();
}

/* One of two whose receipts the quorum asks for is gone: the other's own log, and all others, have no fresh quorum. */
static void
mirrors_stop(void)
{
	four("group g 2 320100 320200\nquorum g\n");
	hours(5);
	YW_CHECK(all_quiet());
	stop_peer(other);
	hours(5);
	YW_CHECK(alarm_of(province, "320000") == YW_ALARM_MIRRORS_SILENT && alarm_of(city, "320000") == YW_ALARM_MIRRORS_SILENT);
	YW_CHECK(alarm_of(county, "320102") == YW_ALARM_MIRRORS_SILENT && alarm_of(county, "320000") == YW_ALARM_MIRRORS_SILENT);
	YW_CHECK(alarm_of(province, "320200") == YW_ALARM_OWNER_SILENT);
	start_peer(other);
	hours(2);
	YW_CHECK(all_quiet());
	end();
}

/* The owner's time on what the province has. */
static int64_t
newest_beat_s(const char *code)
{
	const struct yw_log *log = yw_lnode_log(province->n, code);

	return (int64_t)log->beats[log->n_beats - 1].owner_time_s;
}

/* Its log is at rest: its beats say nothing but that it is there, until it is at rest no more. */
static void
a_clock_is_set_back(void)
{
	four("group g any 320000 320100 320200\nquorum g\n");
	hours(5);
	YW_CHECK(all_quiet());
	other->n->utc_ms -= 24 * HOUR;
	hours(8);
	YW_CHECK_MSG(all_quiet(), "%s", last_said);
	restart(&lines[1]);			/* it knows of its last beat from its disk alone */
	hours(8);
	YW_CHECK_MSG(all_quiet(), "%s", last_said);
	YW_CHECK(newest_beat_s("320200") > other->n->utc_ms / 1000);
	put_demand(other, "b", "from here on by the clock", &yw_unconditional);
	hours(8);
	YW_CHECK_MSG(all_quiet(), "%s", last_said);
	YW_CHECK(newest_beat_s("320200") <= other->n->utc_ms / 1000 && newest_beat_s("320200") > other->n->utc_ms / 1000 - 2 * 3600);
	end();
}

/* Where a quorum needs its receipts nothing at rest is fresh for the others, until its clock is right again. */
static void
a_mirrors_clock_is_set_back(void)
{
	four("group g 2 320100 320200\nquorum g\n");
	hours(5);
	YW_CHECK(all_quiet());
	other->n->utc_ms -= 24 * HOUR;
	hours(5);
	YW_CHECK(alarm_of(province, "320000") == YW_ALARM_MIRRORS_SILENT && alarm_of(city, "320000") == YW_ALARM_MIRRORS_SILENT);
	YW_CHECK(alarm_of(county, "320102") == YW_ALARM_MIRRORS_SILENT && alarm_of(county, "320000") == YW_ALARM_MIRRORS_SILENT);
	other->n->utc_ms += 24 * HOUR;
	hours(2);
	YW_CHECK_MSG(all_quiet(), "%s", last_said);
	end();
}

YW_TESTS(
	{ "R4 an owner stops: silent to who hears others, and to who lost its line the path is stale", an_owner_stops },
	{ "R4 an owner whose clock is set back is not silent", a_clock_is_set_back },
	{ "R4 of a mirror whose clock is set back: no quorum is fresh any more, until it is right again", a_mirrors_clock_is_set_back },
	{ "R4 R5 a mirror stops: no quorum is fresh any more, and that is said of each log", mirrors_stop })
