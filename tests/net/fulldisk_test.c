/*
 * fulldisk_test.c - a county whose data lies on a real file system of 64 MiB, and that is full: at the reserve, where the
 * node stops by itself, and beneath it, where RocksDB fails.  Both times one process lives through it.
 */
#include "net/disk_world.h"
#include "support/smalldisk.h"

#define MIB UINT64_C(1048576)
#define DISK (64 * MIB)

static pid_t lives;		/* the county's process, before the disk was full */

static void
founded(void)
{
	found("320000 320100 320102");
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
	yw_node_end(county, SIGTERM);
	yw_small_disk(county, DISK);
	yw_node_configure(county, "disk_reserve", "24MiB");
	yw_node_configure(county, "write_buffer", "16MiB");
	yw_node_spawn(county);
	lives = county->pid;
	goes_on(county, "320100");
}

/* --- at the reserve --- */

/* What was registered last, with nobody to hear it, is served from the full disk. */
static void
at_the_reserve(void)
{
	leave_alone(county, true);
	yw_node_put(county, "320102/demand/last", SHARED, NULL);
	yw_small_disk_leave(county, 23 * MIB);
	YW_CHECK(refuses(county, "MiB free, less than the reserve of 24 MiB; free some space, writing then goes on by itself"));
	YW_CHECK(is(county, "stopped", "writing has stopped: the disk of"));
	leave_alone(county, false);
	YW_WAIT(60, has(city, "320102/demand/last") && has(province, "320102/demand/last"));
	yw_node_put(city, "320100/demand/while-full", SHARED, "320000");
	YW_CHECK(has(county, "320102/demand/old") && has(county, "320102/demand/last") && !has(county, "320100/demand/while-full"));
	YW_CHECK(is(county, "stopped", "writing has stopped: the disk of"));
	YW_CHECK(yw_node_said(county, "writing-stopped", "less than the reserve of 24 MiB") == 1);
}

/* Nobody registers anything there, and it copies on. */
static void
room_again(void)
{
	yw_small_disk_leave(county, DISK);
	YW_WAIT(60, has(county, "320100/demand/while-full"));
	goes_on(county, "quorum");
	YW_CHECK(yw_node_said(county, "writing-goes-on", "") == 1);
	YW_CHECK(county->pid == lives && yw_node_said(county, "opening-again", "") == 0);
}

/* --- beneath it --- */

/* Rows of a table, until it says that it cannot; so many of them were registered. */
static unsigned
import_until_full(void)
{
	struct yw_buf talk = YW_BUF_INIT;
	const char *read;
	unsigned registered = 0;
	char table[300];

	snprintf(table, sizeof table, "%.200s/table.csv", net.dir);
	yw_node_table(table, 50000);
	YW_CHECK(yw_run(county, NULL, &talk, "import", table, "--mapping", "institutions", NULL) == 1);
	read = strstr(yw_buf_str(&talk), " rows read: ");
	YW_CHECK_MSG(read != NULL && sscanf(read, " rows read: %u registered", &registered) == 1, "import said: %s", yw_buf_str(&talk));
	yw_buf_release(&talk);
	return registered;
}

static int64_t promised;	/* bodies of the county's log */

/*
 * The reserve is less than what the write buffers take when they go to files: that is where RocksDB finds the disk full.
 * Nobody else hears of it meanwhile, so that nothing of it can come back from others.
 */
static void
beneath_it(void)
{

	yw_node_end(county, SIGTERM);
	yw_node_configure(county, "disk_reserve", "1MiB");
	yw_node_spawn(county);
	goes_on(county, "320100");
	lives = county->pid;
	promised = yw_node_bodies(county, "320102");
	yw_small_disk_leave(county, 13 * MIB);
	leave_alone(county, true);
	promised += import_until_full();
	YW_WAIT(60, is(county, "failed", "the disk is full; free some space"));
	YW_CHECK(is(county, "failed", "reading goes on, and writing by itself when there is room"));
	YW_CHECK(refuses(county, "the disk is full; free some space"));
	YW_CHECK(has(county, "320102/demand/old") && yw_node_bodies(county, "320102") >= promised);
	YW_CHECK(yw_node_said(county, "opening-again", "") == 0);
}

static void
opened_again(void)
{
	size_t starts = yw_node_said(county, "started ", "state: appending");

	yw_small_disk_leave(county, DISK);
	YW_WAIT(60, yw_node_said(county, "started ", "state: appending") == starts + 1);
	YW_CHECK(yw_node_bodies(county, "320102") >= promised);
	leave_alone(county, false);
	goes_on(county, "quorum");
	YW_CHECK(yw_node_bodies(city, "320102") > promised);
	YW_CHECK(county->pid == lives && yw_node_said(county, "opening-again", "there is room") == 1);
}

YW_TESTS({ "T4 L3 three tiers begin, one of them with a small disk", founded },
    { "S3 R3 at its reserve a node registers and copies nothing and says so; it reads, and serves what it has", at_the_reserve },
    { "S3 R3 with room again the same process copies and registers by itself", room_again },
    { "S3 L1 the database itself finds the disk full: the node says so, and reads all that it acknowledged", beneath_it },
    { "S3 L1 with room again the same process opens its database again: nothing is lost, and it goes on", opened_again },
    { "every daemon stops in order", stop })
