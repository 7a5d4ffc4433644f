/*
 * clone_test.c - a machine that was copied, keys and all, and two machines with the keys of one node: beside each other,
 * where they are noticed and a person ends one; and away from each other, where both register and the log is forked.
 */
#include "net/disk_world.h"

static struct yw_test_node *beside, *away;	/* the copies */

static void
founded(void)
{
	found("320000 320100 320102 320104");
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
}

/* --- beside each other --- */

static void
both_stop(void)
{
	yw_node_end(county, SIGTERM);
	beside = yw_disk_clone(&net, county);
	yw_node_spawn(county);
	YW_WAIT(30, is(county, "appending", ""));
	yw_node_spawn(beside);
	YW_WAIT(30, is(county, "two", "yiwang node take") && is(beside, "two", "yiwang node take"));	/* neither had anything to say */
	YW_CHECK(refuses(county, "another machine") && refuses(beside, "another machine"));
	YW_WAIT(30, yw_node_said(city, "two-instances", "/320102") == 1);	/* the province may have been first */
}

static void
restarts_help_nobody(void)
{
	yw_node_end(county, SIGTERM);
	yw_node_end(beside, SIGKILL);
	yw_node_spawn(beside);
	yw_node_spawn(county);
	YW_CHECK(is(county, "two", "another machine") && is(beside, "two", "another machine"));
}

static void
taken(void)
{
	json_decref(yw_ask(county, "node", "take", NULL));
	YW_WAIT(30, is(county, "appending", ""));
	yw_node_put(county, "320102/demand/taken", SHARED, "320100");
	YW_CHECK(is(beside, "two", "another machine"));
	yw_node_end(beside, SIGTERM);
	yw_node_spawn(beside);
	YW_CHECK(is(beside, "two", "another machine"));
	yw_node_end(beside, SIGTERM);
	goes_on(county, "320100");
	YW_CHECK(yw_run(county, NULL, NULL, "node", "take", NULL) == 1);	/* there is nothing left to take */
}

/* --- away from each other --- */

static bool
frozen(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	bool yes = yw_json_number(r, "contradictions") == 1;

	json_decref(r);
	return yes;
}

/* Each registers something while nobody hears it. */
static void
register_alone(struct yw_test_node *n, const char *id)
{
	leave_alone(n, true);
	yw_node_spawn(n);
	yw_node_put(n, id, SHARED, NULL);
	yw_node_end(n, SIGTERM);
	leave_alone(n, false);
}

static void
both_registered(void)
{
	struct yw_test_node *n = yw_node_of(&net, "320104");

	yw_node_end(n, SIGTERM);
	away = yw_disk_clone(&net, n);
	register_alone(n, "320104/demand/one");
	register_alone(away, "320104/demand/two");
	yw_node_spawn(n);
	YW_WAIT(30, has(city, "320104/demand/one"));
	yw_node_spawn(away);
	YW_WAIT(30, is(away, "contradicted", "forked") && is(n, "contradicted", "forked"));
	YW_WAIT(30, frozen(province) && frozen(city) && frozen(county));	/* the evidence has gone all the way */
	YW_CHECK(refuses(n, "forked") && refuses(away, "forked"));
	YW_CHECK(has(city, "320104/demand/one") && !has(city, "320104/demand/two"));	/* served on, and not extended */
	yw_node_put(county, "320102/demand/beside-a-fork", SHARED, "quorum");		/* nobody else suffers */
}

static void
proven(void)
{
	struct yw_buf verdict = YW_BUF_INIT;
	char file[300];

	snprintf(file, sizeof file, "%.200s/contradiction", net.dir);
	YW_WAIT(60, yw_run(county, NULL, NULL, "evidence", "320104", "-o", file, NULL) == 0);
	YW_CHECK(yw_run(NULL, &verdict, NULL, "verify", file, "--network", net.network_file, NULL) == 0);
	YW_CHECK(strstr(yw_buf_str(&verdict), "320104") != NULL);
	YW_CHECK(yw_exec((const char *const[]) { "python3", YW_SOURCE "/tests/outside/verify.py", "contradiction",
	    net.network_file, file, NULL }, NULL, NULL) == 0);
	yw_buf_release(&verdict);
}

static bool
thawed(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	bool yes = yw_json_number(r, "contradictions") == 0;

	json_decref(r);
	return yes;
}

/* The issuer ends the log on the branch that it holds: nobody is frozen any more, and what was registered there stays. */
static void
closed(void)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc;

	yw_node_end(away, SIGTERM);
	rc = yw_run(city, NULL, &talk, "close", "320104", "--revoked", "--reason", "its machine was copied", NULL);
	YW_CHECK_MSG(rc == 0, "close: exit %d: %s", rc, yw_buf_str(&talk));
	YW_WAIT(30, thawed(province) && thawed(city) && thawed(county));
	YW_WAIT(30, is(yw_node_of(&net, "320104"), "closed", "was closed by 320100"));
	YW_WAIT(30, has(province, "320104/demand/one") && has(county, "320104/demand/one"));	/* frozen before it came, maybe */
	YW_CHECK(!has(province, "320104/demand/two"));
	YW_CHECK(refuses(yw_node_of(&net, "320104"), "was closed by 320100"));
	yw_node_end(yw_node_of(&net, "320104"), SIGTERM);	/* who was closed is given no bodies any more */
	goes_on(county, "quorum");
	yw_node_spawn(yw_node_of(&net, "320104"));
	yw_buf_release(&talk);
}

/* Size and root of the first log of 320104, as that node has it. */
static void
copy_at(struct yw_test_node *n, char out[static 128])
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	size_t i;

	out[0] = '\0';
	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "origin"), "onenet.example/320104") == 0)
			snprintf(out, 128, "%lld %s", (long long)yw_json_number(log, "size"), yw_json_string(log, "root"));
	json_decref(r);
}

static bool
same_copy(struct yw_test_node *a, struct yw_test_node *b)
{
	char at_a[128], at_b[128];

	copy_at(a, at_a);
	copy_at(b, at_b);
	return at_a[0] != '\0' && strcmp(at_a, at_b) == 0;
}

static bool
has_lost(struct yw_test_node *n, const char *id)
{
	json_t *r = yw_ask(n, "lost", "320104", NULL);
	bool yes = json_array_size(json_object_get(r, "items")) == 1 &&
	    strcmp(yw_json_string(json_array_get(json_object_get(r, "items"), 0), "id"), id) == 0;

	json_decref(r);
	return yes;
}

/* The copy, which is on the branch that was not closed, goes on with a next log.  Until it is somebody again it hears
 * nothing of the old one; then it moves to the branch that was closed, and lists what it has cut. */
static void
moves(void)
{
	char request[300], fingerprint[64];
	json_t *r;

	r = yw_ask(away, "log", "next", "--yes", "320104", NULL);
	snprintf(fingerprint, sizeof fingerprint, "%s", yw_json_string(r, "fingerprint"));
	json_decref(r);
	yw_node_end(yw_node_of(&net, "320104"), SIGTERM);
	yw_node_spawn(away);
	write_request(away, request);
	YW_CHECK(yw_run(province, NULL, NULL, "consent", request, "--fingerprint", fingerprint, NULL) == 0);
	YW_WAIT(60, yw_run(city, NULL, NULL, "admit", "--request", request, NULL) == 0);
	YW_WAIT(60, same_copy(away, city) && is(away, "appending", ""));
	YW_CHECK(has_lost(away, "320104/demand/two") && !has(away, "320104/demand/two"));
	YW_CHECK(yw_run(away, NULL, NULL, "lost", "320104", "--again", NULL) == 0);
	YW_WAIT(60, has(province, "320104/demand/two") && has(county, "320104/demand/two") && has(away, "320104/demand/one"));
	YW_WAIT(30, !has_lost(away, "320104/demand/two") && same_copy(away, county));
}

YW_TESTS({ "T4 L3 four nodes begin", founded },
    { "L5 a copied machine beside its original: both are told, and both stop", both_stop },
    { "L5 starting them again changes nothing", restarts_help_nobody },
    { "L5 `node take` on one machine: it goes on, and the other is at an end for good", taken },
    { "L6 L7 a copied machine that registered away from its original: the log is frozen everywhere", both_registered },
    { "L6 B12 which anybody can prove offline, from a third node", proven },
    { "L7 T6 its issuer closes it: nobody is frozen any more, and what that branch registered stays", closed },
    { "L8 T8 T9 the copy goes on with a next log: it moves to the branch that was closed, and registers again what it has cut", moves },
    { "every daemon stops in order", stop })
