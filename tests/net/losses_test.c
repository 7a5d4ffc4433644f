/*
 * losses_test.c - what RocksDB loses without a word, or refuses, after a crash: the newest write-ahead log is gone, has
 * lost its end, or has a byte changed in its middle; of the node's own log, and of nothing but other nodes' logs.
 *
 * The guard's commit number is what notices (L1); the peers give it back (L2, L4).
 */
#include "net/disk_world.h"

static void
founded(void)
{
	found("320000 320100 320102");
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
}

static const char *
fresh_id(const char *code)
{
	static unsigned number;
	static char id[64];

	snprintf(id, sizeof id, "%s/demand/%u", code, number++);
	return id;
}

/* Started again, all there was before is in tables: what is written from then on is in the newest log alone. */
static void
restart(struct yw_test_node *n)
{
	yw_node_end(n, SIGTERM);
	yw_node_spawn(n);
	YW_WAIT(60, is(n, "appending", ""));
	YW_WAIT(60, yw_nodes_agree(&net));
}

/* The database does not open, so it is moved away; without it there is nothing but the guard. */
static void
refused(struct yw_test_node *n)
{
	YW_CHECK(!yw_node_start(n));
	YW_CHECK(yw_node_said(n, "yiwangd: ", "db") > 0);
	yw_disk_lose(n, "db");
}

/* --- of its own log --- */

static void
own_log(enum yw_wal_damage how)
{
	char lost[64];

	restart(county);
	yw_node_put(province, fresh_id("320000"), SHARED, "320100");
	for (int i = 0; i < 4; i++)
		yw_node_put(county, fresh_id("320102"), SHARED, "320100");
	snprintf(lost, sizeof lost, "%s", fresh_id("320102"));
	yw_node_put(county, lost, SHARED, "320100");
	yw_node_end(county, SIGKILL);
	yw_disk_damage_wal(county, how);
	if (how == YW_WAL_CHANGED)
		refused(county);
	leave_alone(county, true);
	yw_node_spawn(county);
	YW_CHECK(is(county, "behind", "the guard promises") && !has(county, lost));
	YW_CHECK(how == YW_WAL_CHANGED || (has(county, "320102/demand/old") && refuses(county, "the guard")));
	leave_alone(county, false);
	goes_on(county, "320100");
	YW_CHECK(has(county, lost) && has(county, "320102/demand/old"));
}

static void
own_gone(void)
{
	own_log(YW_WAL_GONE);
}

static void
own_cut(void)
{
	own_log(YW_WAL_CUT);
}

static void
own_changed(void)
{
	own_log(YW_WAL_CHANGED);
}

/* --- of others' logs alone --- */

/* Nothing but the province's entries is in the city's newest log; the last of them is *lost. */
static void
damage_others(enum yw_wal_damage how, char lost[static 64])
{
	restart(city);
	for (int i = 0; i < 4; i++)
		yw_node_put(province, fresh_id("320000"), SHARED, "320100");
	snprintf(lost, 64, "%s", fresh_id("320000"));
	yw_node_put(province, lost, SHARED, "320100");
	YW_WAIT(30, has(city, lost) && has(county, lost));
	yw_node_end(city, SIGKILL);
	yw_disk_damage_wal(city, how);
}

/*
 * The city's own log is whole, so it registers on; but it gave receipts for what is gone, and gives no more of them before
 * it knows what it has signed.
 */
static void
others_logs(enum yw_wal_damage how)
{
	char lost[64];

	damage_others(how, lost);
	leave_alone(city, true);
	yw_node_spawn(city);
	YW_CHECK(is(city, "appending", "no receipts for") && !has(city, lost) && has(city, "320102/demand/old"));
	leave_alone(city, false);
	goes_on(city, "320000");
	YW_CHECK(has(city, lost));
}

static void
others_gone(void)
{
	others_logs(YW_WAL_GONE);
}

static void
others_cut(void)
{
	others_logs(YW_WAL_CUT);
}

/*
 * A database that is refused takes the city's own log along.  Its child gives all entries back, but cannot say what it
 * signed of the province's log: that is for the province.
 */
static void
others_changed(void)
{
	char lost[64];

	damage_others(YW_WAL_CHANGED, lost);
	refused(city);
	leave_alone(city, true);
	yw_node_spawn(city);
	YW_CHECK(is(city, "behind", "the guard promises") && !has(city, "320102/demand/old"));
	YW_CHECK(kill(county->pid, SIGCONT) == 0);
	YW_WAIT(60, has(city, lost) && has(city, "320102/demand/old"));
	YW_WAIT(60, is(city, "appending", "no receipts for"));
	leave_alone(city, false);
	goes_on(city, "320000");
}

YW_TESTS({ "T4 L3 three tiers begin", founded },
    { "L1 L2 S3 the newest write-ahead log is gone: the guard notices, the peers give it back", own_gone },
    { "L1 L2 S3 its end is gone: the same", own_cut },
    { "L1 L2 S3 a byte in its middle is another: the database is refused, and everything comes back from peers", own_changed },
    { "L1 L4 S3 only other nodes' entries were in it: no receipts until what was signed is known again", others_gone },
    { "L1 L4 S3 the same where only its end is gone", others_cut },
    { "L1 L4 S3 a byte in its middle is another: refused, fetched back, and no receipts until their owner has told",
	others_changed },
    { "every daemon stops in order", stop })
