/*
 * setback_test.c - daemons whose disk was set back, in every way a sysadmin can meet: what the node does by itself, what
 * `status` says meanwhile, and that it goes on only when it is whole.
 *
 * Each case begins with a network in which all agree.  The node is first started alone, so that the state it is in can
 * be seen, and that it reads and refuses; then it is heard.
 */
#include "net/disk_world.h"

static void
founded(void)
{
	found("320000 320100 320102");
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
	yw_node_put(city, "320100/demand/old", SHARED, "320000");
}

/* What nobody else has any more is one thing: a node that is behind goes on showing what it has. */
static void
reads_and_refuses(struct yw_test_node *n, const char *state, const char *why, const char *old, const char *lost)
{
	YW_CHECK_MSG(is(n, state, why), "%s is not '%s' because '%s': see %s", n->code, state, why, n->log);
	YW_CHECK(has(n, old) && !has(n, lost));
	YW_CHECK(refuses(n, why));
}

/* --- the county --- */

/* An image of the whole disk: nothing on this machine can notice that, its neighbours can. */
static void
image_put_back(void)
{
	yw_node_end(county, SIGTERM);
	yw_disk_save(county, "image");
	yw_node_spawn(county);
	yw_node_put(county, "320102/demand/after-image", SHARED, "320100");
	yw_node_put(county, "320102/demand/for-us", OURS, "320100");
	yw_node_end(county, SIGTERM);
	yw_disk_put_back(county, "image");
	yw_disk_boot(county);
	leave_alone(county, true);
	yw_node_spawn(county);
	reads_and_refuses(county, "asking", "after a start of the machine", "320102/demand/old", "320102/demand/after-image");
	leave_alone(county, false);
	goes_on(county, "320100");
	YW_CHECK(has(county, "320102/demand/after-image") && has(county, "320102/demand/for-us"));
	YW_CHECK(yw_node_said(county, "behind-own-head", "/320102") == 1);
}

static void
backup_restored(void)
{
	char dir[300];

	snprintf(dir, sizeof dir, "%.200s/backup", net.dir);
	YW_CHECK(yw_run(county, NULL, NULL, "backup", dir, NULL) == 0);
	yw_node_put(county, "320102/demand/after-backup", SHARED, "320100");
	YW_CHECK(yw_run(county, NULL, NULL, "restore", dir, NULL) == 1);	/* not while it runs */
	yw_node_end(county, SIGTERM);
	YW_CHECK(yw_run(county, NULL, NULL, "restore", dir, NULL) == 0);
	leave_alone(county, true);
	yw_node_spawn(county);
	reads_and_refuses(county, "behind", "the guard promises", "320102/demand/after-image", "320102/demand/after-backup");
	leave_alone(county, false);
	goes_on(county, "320100");
	YW_CHECK(has(county, "320102/demand/after-backup"));
}

static void
without_guard(void)
{
	yw_node_end(county, SIGTERM);
	yw_disk_lose(county, "guard");
	leave_alone(county, true);
	yw_node_spawn(county);
	reads_and_refuses(county, "behind", "there is no whole guard", "320102/demand/after-backup", "320102/demand/never");
	yw_node_end(county, SIGTERM);		/* the guard that it made says nothing yet */
	yw_node_spawn(county);
	YW_CHECK(is(county, "behind", "there is no whole guard"));
	leave_alone(county, false);
	goes_on(county, "320100");
}

/* A new machine, with what was kept elsewhere: the keys, the configuration, and the join request. */
static void
disk_lost(void)
{
	yw_node_put(county, "320102/demand/before-loss", OURS, "320100");
	yw_node_end(county, SIGTERM);
	yw_disk_lose(county, "db");
	yw_disk_lose(county, "guard");
	leave_alone(county, true);
	yw_node_spawn(county);
	YW_CHECK(is(county, "behind", "there is no whole guard"));
	YW_CHECK(!has(county, "320102/demand/old") && refuses(county, "no whole guard"));
	leave_alone(county, false);
	goes_on(county, "320100");
	YW_CHECK(has(county, "320102/demand/old") && has(county, "320102/demand/before-loss"));
}

/* Does the record claim another year than this one?  But not in what others signed. */
static bool
is_claimed_wrongly(const char *id)
{
	json_t *r = yw_ask(city, "get", id, NULL);
	const char *at = yw_json_string(r, "signed_at"), *seen = yw_json_string(r, "log.quorum.time");
	bool wrong = strlen(at) > 4 && strlen(seen) > 4 && strncmp(at, seen, 4) != 0;

	json_decref(r);
	return wrong;
}

static void
spawn_skewed(const char *seconds)
{
	const char *const environment[] = { "LD_PRELOAD=" YW_SKEW, "ASAN_OPTIONS=verify_asan_link_order=0", seconds, NULL };

	county->environment = environment;	/* where a sanitizer wants to be first, it is told */
	yw_node_spawn(county);
	county->environment = NULL;
}

/*
 * Off for long; its battery is empty meanwhile, so that it believes in a time two years ago, or in one that is far ahead.
 *  Order is by position, and "when" is the others' receipts: the clock shows in what it claims itself, and no
 * more.
 */
static void
wrong_clock(void)
{
	static const char *const skews[] = { "YW_SKEW_S=-63072000", "YW_SKEW_S=31536000" };
	char id[64];

	for (int i = 0; i < 2; i++) {
		yw_node_end(county, SIGTERM);
		snprintf(id, sizeof id, "320100/demand/while-off-%d", i);
		yw_node_put(city, id, SHARED, "320000");
		yw_disk_boot(county);
		spawn_skewed(skews[i]);
		goes_on(county, "quorum");
		YW_CHECK(has(county, id));
		snprintf(id, sizeof id, "320102/demand/wrong-clock-%d", i);
		yw_node_put(county, id, SHARED, "quorum");
		YW_WAIT(60, yw_nodes_agree(&net));
		YW_CHECK_MSG(is_claimed_wrongly(id), "the clock of %s was right", county->code);
	}
	yw_node_end(county, SIGTERM);
	yw_node_spawn(county);
	goes_on(county, "quorum");
}

/* --- a person's word --- */

/* Its own log is fetched back though nothing is known to be lost; others have said then that this is all. */
static void
refetched(void)
{
	leave_alone(county, true);
	json_decref(yw_ask(county, "refetch", NULL));
	YW_CHECK(is(county, "behind", "a person asked for it"));
	YW_CHECK(refuses(county, "a person asked for it"));
	leave_alone(county, false);
	goes_on(county, "quorum");
}

/* --- all at once --- */

/* Its machine has been started anew, and its kernel says so. */
static void
boot(size_t i)
{
	static char names[3][320];
	static const char *environment[3][4];
	char file[300], id[40];
	struct yw_error err;

	snprintf(file, sizeof file, "%.200s/boot-id", net.n[i].dir);
	snprintf(names[i], sizeof names[i], "YW_SKEW_BOOT=%s", file);
	snprintf(id, sizeof id, "0b007000-0000-4000-8000-%012zu\n", i);
	YW_PASS(yw_file_write(file, id, strlen(id), 0644, false, &err));
	memcpy(environment[i], ((const char *[]) { "LD_PRELOAD=" YW_SKEW, "ASAN_OPTIONS=verify_asan_link_order=0", names[i], NULL }),
	    sizeof environment[i]);
	net.n[i].environment = environment[i];
}

/* Whoever comes up first hears nobody, and waits; then all clear each other, in whatever order. */
static void
power_of_the_province(void)
{
	yw_node_put(county, "320102/demand/before-the-cut", SHARED, "quorum");
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(kill(net.n[i].pid, SIGKILL) == 0);
	for (size_t i = 0; i < net.count; i++) {
		yw_node_wait(&net.n[i]);
		boot(i);
	}
	for (size_t i = net.count; i-- > 0;) {
		yw_node_spawn(&net.n[i]);
		YW_CHECK(i == 0 || is(&net.n[i], "asking", "after a start of the machine"));
	}
	for (size_t i = 0; i < net.count; i++) {
		goes_on(&net.n[i], "quorum");
		YW_CHECK(has(&net.n[i], "320102/demand/before-the-cut") && yw_node_said(&net.n[i], "append-uncleared", "") == 0);
	}
}

/* --- its parent --- */

/* Does the newest beat there, or the newest with quorum, of that code's log cover so many entries? */
static bool
covers(struct yw_test_node *n, const char *code, const char *which, int64_t size)
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	int64_t covered = 0;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "code"), code) == 0 && json_object_get(log, which) != NULL)
			covered = yw_json_number(json_object_get(log, which), "size");
	json_decref(r);
	return covered >= size;
}

/*
 * The city goes back to yesterday.  It does not know any more what it has signed for the county since; the county's
 * issuer is itself, and the county is away: so it signs nothing for it, and the county's log gets no quorum, until the
 * county is back and has said it.
 */
static void
parent_of_yesterday(void)
{
	const char *unsure = "no receipts for 1 logs until their owner or issuer has said what this node signed last";
	int64_t size;

	yw_node_end(city, SIGTERM);
	yw_disk_save(city, "yesterday");
	yw_node_spawn(city);
	yw_node_put(county, "320102/demand/signed-by-city", SHARED, "quorum");
	yw_node_put(city, "320100/demand/today", SHARED, "320000");
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_end(city, SIGTERM);
	yw_node_put(county, "320102/demand/not-signed", SHARED, "320000");
	size = own_size(county);
	YW_WAIT(30, covers(province, "320102", "beat", size));
	yw_node_end(county, SIGTERM);
	yw_disk_put_back(city, "yesterday");
	yw_disk_boot(city);
	leave_alone(city, true);
	yw_node_spawn(city);
	reads_and_refuses(city, "asking", "after a start of the machine", "320100/demand/old", "320100/demand/today");
	leave_alone(city, false);
	YW_WAIT(90, is(city, "appending", unsure));
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(has(city, "320100/demand/today") && has(city, "320102/demand/not-signed") && !covers(city, "320102", "quorum", size));
	yw_node_spawn(county);
	YW_WAIT(60, covers(province, "320102", "quorum", size));
	goes_on(city, "320000");
}

YW_TESTS({ "T4 L3 three tiers begin, each cleared by the one above", founded },
    { "L2 L3 an old image of the whole disk: it asks, is behind, and goes on when its own log is back", image_put_back },
    { "L1 L2 a backup that was restored: its guard stops it until what came later is back", backup_restored },
    { "L1 L2 L3 a machine without its guard goes on when somebody has said that its log is whole", without_guard },
    { "L2 R3 a new machine with nothing but keys and request gets everything back, restricted bodies too", disk_lost },
    { "R9 L3 a machine with a wrong clock: nothing but its own claims is wrong", wrong_clock },
    { "L2 `yiwang refetch`: nothing is registered until others have said that the log is whole", refetched },
    { "L3 the power of a whole province is cut: nobody registers alone, and all clear each other", power_of_the_province },
    { "L2 L4 a parent of yesterday is whole again, and signs for its child only when that has shown its receipts",
	parent_of_yesterday },
    { "every daemon stops in order", stop })
