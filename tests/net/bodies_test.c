/*
 * bodies_test.c - a real node whose disk goes before anybody else had a body: what the others say, what its admin does, and
 * that everything goes on.
 *
 *	320000 --+-- 320100 --+-- 320102
 *	         +------------+
 *
 * The moment between an entry that has travelled and a body that has not is made by hand: while the county's daemon does not
 * run, its keys say the entry to the city.
 */
#include "net/disk_world.h"
#include "record/wire.h"
#include "support/puppet.h"

#define GONE "320102/demand/gone"

static uint64_t gone_at;		/* the entry whose body is lost */

static void
founded(void)
{
	found("320000 320100 320102");
	yw_node_put(county, "320102/demand/old", SHARED, "quorum");
}

/* What `status` says of where receipts stop; the caller's, NULL: nowhere. */
static json_t *
stop_at(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL), *stop = json_incref(json_array_get(json_object_get(r, "stops"), 0));

	json_decref(r);
	return stop;
}

static bool
stops(struct yw_test_node *n, bool own)
{
	json_t *stop = stop_at(n);
	bool yes = stop != NULL && strcmp(yw_json_string(stop, "body"), "missing") == 0 &&
	    (uint64_t)yw_json_number(stop, "place.index") == gone_at && json_is_true(json_object_get(stop, "own")) == own;

	json_decref(stop);
	return yes;
}

/* Entry and head, and no body; the answer asks for it, and nobody gives it. */
static void
say_entry(struct yw_puppet *p)
{
	struct yw_buf body = YW_BUF_INIT, x = YW_BUF_INIT;
	struct yw_lpackage lp;
	Yiwang__V1__PeerReply *reply;

	yw_lrecord(GONE, 1, "nobody else had it yet", &body);
	gone_at = yw_tnet_add_bodies(&p->log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	yw_tlog_package(&p->log, gone_at, 1, p->log.n, gone_at, false, &lp);
	yw_say_package(&x, &lp.p, NULL, 0);
	reply = yw_puppet_ask(p, &x);
	YW_CHECK(reply != NULL);
	yw_decode_free(reply);
	yw_lpackage_release(&lp);
	yw_buf_release(&body);
	yw_buf_release(&x);
}

static void
disk_goes(void)
{
	struct yw_puppet p;

	yw_node_end(county, SIGTERM);
	yw_puppet_take(&p, county);
	yw_puppet_connect(&p, city);
	yw_puppet_fetch(&p);
	say_entry(&p);
	YW_WAIT(30, stops(city, false) && stops(province, false));
	yw_puppet_release(&p);
	yw_disk_lose(county, "db");
	yw_disk_lose(county, "guard");
	leave_alone(county, true);
	yw_node_spawn(county);
	YW_CHECK(refuses(county, "no whole guard"));
	YW_CHECK(yw_run(county, NULL, NULL, "log", "lost", "--yes", "320102", NULL) == 0);	/* it knows of none yet */
	leave_alone(county, false);
	YW_WAIT(90, is(county, "appending", ""));
	YW_WAIT(30, has(county, "320102/demand/old"));
	YW_CHECK(!has(county, GONE));
	YW_WAIT(30, stops(county, true));
	yw_node_put(county, "320102/demand/after", SHARED, NULL);	/* it registers; receipts still stop there */
	YW_CHECK(stops(city, false));
}

/* Never without the code of the node; then everybody goes past it. */
static void
declared(void)
{
	struct yw_buf talk = YW_BUF_INIT, out = YW_BUF_INIT;
	json_t *r;

	YW_WAIT(30, sessions(county, "320000") == 1 && sessions(county, "320100") == 1);
	YW_CHECK(yw_run(county, &out, &talk, "log", "lost", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "320000 320100") != NULL && strstr(yw_buf_str(&talk), "nothing was typed") != NULL, "%s",
	    yw_buf_str(&talk));
	YW_CHECK(strstr(yw_buf_str(&out), "missing") != NULL);
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(city, NULL, &talk, "log", "lost", "--yes", "320100", NULL) == 0);
	YW_CHECK(strstr(yw_buf_str(&talk), "nothing to declare lost") != NULL);
	r = yw_ask(county, "log", "lost", "--yes", "320102", NULL);
	YW_CHECK(yw_json_number(r, "lost") == 1);
	json_decref(r);
	goes_on(county, "quorum");
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(stop_at(&net.n[i]) == NULL);
	yw_buf_release(&talk);
	yw_buf_release(&out);
}

/* Whoever asks for it is told, at every node; and that it was registered can still be proven. */
static void
told(void)
{
	char entry[24], file[300], network[300];
	struct yw_buf talk = YW_BUF_INIT;

	snprintf(entry, sizeof entry, "%llu", (unsigned long long)gone_at);
	snprintf(file, sizeof file, "%.200s/evidence", net.dir);
	snprintf(network, sizeof network, "%.200s/network", province->dir);
	for (size_t i = 0; i < net.count; i++) {
		json_t *r = yw_ask(&net.n[i], "logs", "320102", NULL);

		YW_CHECK(yw_json_number(r, "bodies.lost") == 1 && yw_json_number(r, "bodies.missing") == 0);
		json_decref(r);
		yw_buf_clear(&talk);
		YW_CHECK(yw_run(&net.n[i], NULL, &talk, "get", "320102", entry, "0", NULL) == 1);
		YW_CHECK(strstr(yw_buf_str(&talk), "lost: 320102 has declared at") != NULL);
		yw_buf_clear(&talk);
		YW_CHECK(yw_run(&net.n[i], NULL, &talk, "get", GONE, NULL) == 1);
		YW_CHECK(strstr(yw_buf_str(&talk), "1 bodies of 320102 are lost") != NULL);
	}
	yw_buf_clear(&talk);	/* the city hears of the quorum after the county */
	YW_WAIT(30, yw_run(city, NULL, &talk, "evidence", "320102", entry, "0", "--out", file, NULL) == 0);
	YW_CHECK(strstr(yw_buf_str(&talk), "its body is lost") != NULL);
	YW_CHECK(yw_run(NULL, NULL, NULL, "verify", file, "--network", network, NULL) == 0);
	yw_buf_release(&talk);
}

/* Under the same id, as if it were for the first time. */
static void
registered_anew(void)
{
	yw_node_put(county, GONE, SHARED, "quorum");
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(has(province, GONE));
}

YW_TESTS(
	{ "founded", founded },
	{ "V6 R5 L2 bodies that went with a disk: receipts stop, and each node says where", disk_goes },
	{ "V6 R5 S4 `log lost` names who was asked, and declares them lost: receipts go on", declared },
	{ "V6 B7 B12 every node says that it is lost, and that it was registered is proven", told },
	{ "V6 what was lost is registered anew", registered_anew },
	{ "stop", stop }
)
