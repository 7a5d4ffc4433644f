/*
 * asof_test.c - what stood under an id at a time, by the beats that are kept (R6), and what proves it.
 *
 *	320000 --+-- 320100
 *	         +-- 320200	whose receipts, or the other city's, make the quorum
 */
#include "base/text.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "320100", "320200" };
#define DAY_MS INT64_C(86400000)
#define ID "320000/demand/a"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *province, *city;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

/* From 2023-11-14T22:13:20Z on. */
static void
begin(void)
{
	net = yw_lnet_new(codes, 3, "group g any 320100 320200\nquorum g\n");
	province = &net->n[0];
	city = &net->n[1];
	yw_lnet_join(net);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_lnet_free(net);
}

static void
serve(struct yw_lnode *n)
{
	yw_tservice_over(&s, n);
}

static void
put(struct yw_lnode *n, const char *id, uint32_t revision, const char *title)
{
	yw_lnet_wait(net, 11000);
	yw_lnode_put(n, id, revision, title, &yw_unconditional);
	yw_lnet_wait(net, 11000);
	yw_lnet_sync(net);
}

static void
ask(const char *method, const char *at)
{
	char params[120];

	snprintf(params, sizeof params, "{\"id\":\"" ID "\",\"at\":\"%s\"}", at);
	(void)yw_asks(&a, &s, method, params);
}

/* Then that revision stood there, by a beat that had its quorum at this time. */
static void
stood(const char *at, unsigned revision, const char *time)
{
	ask("record.get", at);
	YW_CHECK_MSG(a.code == YW_OK, "%s: %s", at, a.message);
	YW_CHECK_MSG(yw_asked_number(&a, "record.revision") == revision, "%s: %s", at, yw_buf_str(&a.result));
	YW_CHECK_MSG(strncmp(yw_asked_text(&a, "as_of.time"), time, strlen(time)) == 0, "%s: %s", at, yw_asked_text(&a, "as_of.time"));
	YW_CHECK(yw_asked_number(&a, "as_of.size") > yw_asked_number(&a, "place.index") && yw_asked_at(&a, "as_of.closed_by") == NULL);
	YW_CHECK(strcmp(yw_asked_text(&a, "as_of.origin"), "onenet.example/320000") == 0);
}

static void
was_not_there(const char *at, const char *why)
{
	ask("record.get", at);
	YW_CHECK_MSG(a.code == YW_ENOENT && strstr(a.message, why) != NULL, "%s: %s", at, a.message);
}

/* A file that somebody else judges from the network file alone: it existed by then. */
static void
proven(const char *at)
{
	struct yw_evidence_verdict v;
	int64_t index, by_ms;

	ask("record.get", at);
	index = yw_asked_number(&a, "place.index");
	ask("evidence", at);
	YW_CHECK_MSG(a.code == YW_OK && yw_asked_number(&a, "index") == index, "%s: %s", at, a.message);
	YW_CHECK(yw_time_parse(yw_asked_text(&a, "as_of.time"), &by_ms));
	YW_PASS(yw_evidence_verify(&net->t->network, yw_buf_bytes(&a.data), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && (int64_t)v.existed_by_s * 1000 <= by_ms);
	yw_evidence_verdict_release(&v);
}

static void
grow(void)
{
	begin();					/* the 14th */
	yw_lnet_wait(net, DAY_MS);
	put(province, ID, 1, "one");			/* the 15th, 22:13 */
	yw_lnet_wait(net, DAY_MS);
	put(province, "320000/demand/b", 1, "another");	/* the 16th; nothing on the 17th, but beats at rest */
	for (int hour = 0; hour < 24; hour++) {
		yw_lnet_wait(net, DAY_MS / 24);
		yw_lnet_sync(net);
	}
	yw_lnet_wait(net, 6 * DAY_MS / 24);
	put(province, ID, 2, "two");			/* the 18th, 04:14 */
	yw_lnet_wait(net, DAY_MS / 24);
	put(province, ID, 3, "three");			/* and an hour later */
}

static void
ask_all(struct yw_lnode *n)
{
	char before[YW_TIME_TEXT_MAX], exact[YW_TIME_TEXT_MAX];
	int64_t ms;

	serve(n);
	was_not_there("2023-11-13", "the first is of 2023-11-14T22:13:");
	was_not_there("1970-01-01", "the first is of 2023-11-14T22:13:");
	was_not_there("2023-11-14", "nothing of it is here as of 2023-11-14T23:59:59.999Z");
	was_not_there("2023-11-15T22:13:00Z", "nothing of it is here");
	stood("2023-11-15", 1, "2023-11-15T22:13:");
	snprintf(exact, sizeof exact, "%s", yw_asked_text(&a, "as_of.time"));
	stood(exact, 1, exact);				/* at the very second */
	YW_CHECK(yw_time_parse(exact, &ms));
	was_not_there(yw_time_text(ms - 1, before), "nothing of it is here");
	stood("2023-11-16", 1, "2023-11-16T22:1");
	stood("2023-11-17T20:00:00.500Z", 1, "2023-11-16T22:1");	/* it did not grow */
	stood("2023-11-18T04:00:00Z", 1, "2023-11-16T22:1");
	stood("2023-11-18T04:30:00Z", 2, "2023-11-18T04:1");
	proven("2023-11-18T04:30:00Z");
	proven("2023-11-17");
	yw_tservice_leave(&s);
}

static void
by_beats(void)
{
	grow();
	for (size_t i = 0; i < 3; i++) {
		ask_all(&net->n[i]);
		serve(&net->n[i]);
		stood("2023-11-18", 3, "2023-11-18T05:1");	/* the newest is kept too, */
		stood("2030-01-01", 3, "2023-11-18T05:1");
		yw_tservice_leave(&s);
	}
	yw_lnet_wait(net, DAY_MS);
	yw_lnet_wait(net, 11000);
	yw_lnode_put(province, ID, 4, NULL, &yw_unconditional);	/* withdrawn, the 19th */
	yw_lnet_wait(net, 11000);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 3; i++) {
		ask_all(&net->n[i]);
		serve(&net->n[i]);
		stood("2023-11-18", 2, "2023-11-18T04:1");	/* until there is a newer one: then the first of the day alone */
		stood("2023-11-19", 4, "2023-11-19T05:1");
		YW_CHECK(strcmp(yw_asked_text(&a, "record.operation"), "withdraw") == 0);
		yw_tservice_leave(&s);
	}
	end();
}

/* L10: past its last beat a closed log counts from when a quorum had signed for the closing on. */
static void
by_closing(void)
{
	struct yw_closing_draft d = { .reason = "merged" };
	uint64_t size;
	int64_t t;

	begin();
	put(city, "320100/demand/a", 1, "one");
	yw_lnode_put(city, "320100/demand/a", 2, "two", &yw_unconditional);	/* its beat is not due yet */
	(void)yw_lnode_follow(province, city);
	size = yw_lnode_log(province, "320100")->size;
	yw_lnet_wait(net, 6 * DAY_MS / 24);		/* the 15th, 04:13 */
	YW_PASS(yw_ledger_close_log(province->l, city->t->origin.text, &d, &err));
	yw_lnode_commit(province);
	(void)yw_lnode_follow(city, province);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 3; i++) {
		serve(&net->n[i]);
		YW_PASS(yw_asks(&a, &s, "record.get", "{\"id\":\"320100/demand/a\",\"at\":\"2023-11-15T04:00:00Z\"}"));
		YW_CHECK(yw_asked_number(&a, "record.revision") == 1 && yw_asked_at(&a, "as_of.closed_by") == NULL);
		YW_PASS(yw_asks(&a, &s, "record.get", "{\"id\":\"320100/demand/a\",\"at\":\"2023-11-15\"}"));
		YW_CHECK_MSG(yw_asked_number(&a, "record.revision") == 2, "%s", yw_buf_str(&a.result));
		YW_CHECK(strcmp(yw_asked_text(&a, "as_of.closed_by"), "320000") == 0);
		YW_CHECK(yw_asked_number(&a, "as_of.size") == (int64_t)size);
		YW_CHECK(yw_time_parse(yw_asked_text(&a, "as_of.time"), &t) && t >= YW_TNET_TIME_MS + 6 * DAY_MS / 24);
		YW_PASS(yw_asks(&a, &s, "evidence", "{\"id\":\"320100/demand/a\",\"at\":\"2023-11-15\"}"));
		YW_CHECK(strcmp(yw_asked_text(&a, "as_of.closed_by"), "320000") == 0);
		yw_tservice_leave(&s);
	}
	end();
}

static void
refused(void)
{
	static const char *const bad[] = { "", "yesterday", "2023-11-31", "2023-11-15T22:13:20", "2023-11-15T24:00:00Z", "2023-11-15 22:13:20Z",
		"2023-1-15", "1969-12-31", "+023-11-15", "2023-11-15T22:13:20.12Z", "2023-11-15T22:13:20+08:00" };

	begin();
	serve(province);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ask("record.get", bad[i]);
		YW_CHECK_MSG(a.code == YW_EINVAL && strstr(a.message, "parameter 'at'") != NULL, "'%s': %s", bad[i], a.message);
	}
	YW_FAILS(yw_asks(&a, &s, "record.get", "{\"log\":\"320000\",\"index\":0,\"at\":\"2023-11-15\"}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "record.get", "{\"id\":\"" ID "\",\"at\":5}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "contradiction", "{\"code\":\"320000\",\"at\":\"2023-11-15\"}"), YW_EINVAL);
	yw_tservice_leave(&s);
	end();
}

/* T15: what had its quorum by an older network file stays with who saw it, and the answer says so. */
static void
older_quorum(void)
{
	struct yw_tnet *t;

	begin();
	yw_lnet_wait(net, DAY_MS);
	put(province, ID, 1, "one");
	yw_lnet_wait(net, DAY_MS);
	put(province, "320000/demand/b", 1, "another");
	serve(city);
	stood("2023-11-15", 1, "2023-11-15T22:1");
	YW_CHECK(yw_asked_at(&a, "as_of.network_version") == NULL);
	yw_tservice_leave(&s);
	t = net->t;
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum 320300\n" });
	YW_PASS(yw_ledger_take_network(city->l, yw_buf_bytes(&yw_trust_network(t->trust)->note), &err));
	yw_lnode_commit(city);
	serve(city);
	stood("2023-11-15", 1, "2023-11-15T22:1");
	YW_CHECK(yw_asked_number(&a, "as_of.network_version") == 1);
	ask("evidence", "2023-11-15");
	YW_CHECK(a.code == YW_OK && yw_asked_number(&a, "as_of.network_version") == 1);
	yw_tservice_leave(&s);
	end();
}

/* Without a quorum nothing says when anything was there. */
static void
no_quorum(void)
{
	net = yw_lnet_new(codes, 1, "quorum none\n");
	province = &net->n[0];
	yw_lnode_open(province);
	put(province, ID, 1, "one");
	serve(province);
	was_not_there("2030-01-01", "no beat of 320000 with quorum is kept here");
	yw_tservice_leave(&s);
	end();
}

YW_TESTS({ "R6 R9 --at: the last beat with quorum that is kept from before, on days that grew and on others", by_beats },
    { "R6 L10 --at: past the last beat of a closed log, by its closing", by_closing },
    { "R6 --at: times that are none, and a place", refused },
    { "R6 T15 --at: a quorum by an older network file is named as one", older_quorum },
    { "R6 T15 --at: no quorum, no answer", no_quorum })
