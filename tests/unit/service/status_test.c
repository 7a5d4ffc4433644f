/*
 * status_test.c - what a node says of itself in every state of its ledger, and what it still does.
 */
#include <pthread.h>

#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "tlog/checkpoint.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

#define DEMAND(local) "{\"record\":{\"id\":\"320000/demand/" local "\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}"

static void
begin(void)
{
	net = yw_tservice_alone(&s);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

/* The state with its reason; what registers is refused for the same one, what reads is not. */
static void
expect(const char *state, const char *why, enum yw_code refused)
{
	static const char *const writes[][2] = { { "record.put", DEMAND("new") }, { "record.withdraw", "{\"id\":\"320000/demand/a\"}" } };
	static const char *const reads[][2] = { { "logs", "" }, { "peers", "" }, { "record.list", "" } };

	YW_CHECK_MSG(yw_asks(&a, &s, "status", "") == YW_OK, "%s", a.message);
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "state"), state) == 0, "%s", yw_buf_str(&a.result));
	YW_CHECK_MSG(strstr(yw_asked_text(&a, "why"), why) && (*why == '\0') == (*yw_asked_text(&a, "why") == '\0'), "%s",
	    yw_asked_text(&a, "why"));
	YW_CHECK(strcmp(yw_asked_text(&a, "version"), YW_VERSION) == 0 && strcmp(yw_asked_text(&a, "network"), "svc.example") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "code"), s.t.code.code) == 0 && yw_asked_number(&a, "disk.used") >= 0);
	YW_CHECK(yw_asked_number(&a, "contradictions") == (strcmp(state, "contradicted") == 0));
	YW_CHECK(json_is_array(yw_asked_at(&a, "peers")) && json_is_string(yw_asked_at(&a, "joining")));
	for (size_t i = 0; refused != YW_OK && i < 2; i++) {
		enum yw_code got = yw_asks(&a, &s, writes[i][0], writes[i][1]);

		YW_CHECK_MSG(got == refused || (i == 1 && got == YW_ENOENT), "%s: '%s' %s", writes[i][0], yw_code_name(got), a.message);
	}
	for (size_t i = 0; i < 3; i++)
		YW_CHECK_MSG(yw_asks(&a, &s, reads[i][0], reads[i][1]) == YW_OK, "%s: %s", reads[i][0], a.message);
}

static void
appending(void)
{
	begin();
	YW_PASS(yw_asks(&a, &s, "record.put", DEMAND("a")));
	expect("appending", "", YW_OK);
	YW_PASS(yw_asks(&a, &s, "status", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "svc.example/320000") == 0);
	YW_CHECK(yw_asked_number(&a, "log.size") >= 2 && strlen(yw_asked_text(&a, "log.root")) == 64);
	YW_PASS(yw_asks(&a, &s, "logs", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "logs.0.code"), "320000") == 0 && yw_asked_at(&a, "logs.1") == NULL);
	YW_CHECK(yw_asked_number(&a, "logs.0.held") == yw_asked_number(&a, "logs.0.size"));
	YW_CHECK(yw_asked_number(&a, "logs.0.missing") == 0 && json_is_false(yw_asked_at(&a, "logs.0.frozen")));
	end();
}

/* Upstreams of the configuration that nobody answers at are named. */
static void
not_connected(void)
{
	begin();
	YW_PASS(yw_asks(&a, &s, "peers", ""));
	YW_CHECK(json_array_size(yw_asked_at(&a, "peers")) == 0 && json_array_size(yw_asked_at(&a, "not_connected")) == 0);
	s.config.upstreams = (struct yw_config_addresses) { 2, { "tcp://a.example:1", "tcp://b.example:2" } };
	for (int i = 0; i < 2; i++) {
		YW_PASS(yw_asks(&a, &s, i == 0 ? "peers" : "status", ""));
		YW_CHECK(json_array_size(yw_asked_at(&a, "peers")) == 0 && json_array_size(yw_asked_at(&a, "not_connected")) == 2);
		YW_CHECK(strcmp(yw_asked_text(&a, "not_connected.1"), "tcp://b.example:2") == 0);
	}
	end();
}

static void
joining(void)
{
	static const char *const first[] = { "320000" };

	net = yw_tnet_new("svc.example", first, 1, "quorum none\n");
	yw_tservice_start(&s, net, "320100", "320000", false, NULL);
	expect("joining", "has not been admitted yet", YW_ESTOPPED);
	YW_PASS(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_at(&a, "log") == NULL && strcmp(yw_asked_text(&a, "origin"), "") == 0);
	end();
}

static int64_t
some_time(void *arg)
{
	(void)arg;
	return YW_TNET_TIME_MS;
}

/* A copy ends at an entry that breaks its log, and what proves that is kept and shown, also after a restart. */
static void
broken_log(void)
{
	static const char *const first[] = { "320000" };
	const struct yw_clock clock = { some_time, some_time, NULL };
	struct yw_lpackage lp;
	struct yw_tlog *t;

	net = yw_tnet_new("svc.example", first, 1, "quorum none\n");
	t = &net->logs[0];
	yw_tnet_add_envelope(t, yw_bytes_str("no envelope"));
	yw_tnode_open(&s.t, &net->network, "320100", "320000", &clock);
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(s.t.ledger, &lp.p, &err));
	YW_PASS(yw_ledger_commit(s.t.ledger, &err));
	yw_lpackage_release(&lp);
	yw_tnode_close(&s.t);
	yw_tservice_start(&s, net, "320100", "320000", false, NULL);
	YW_PASS(yw_asks(&a, &s, "logs", ""));
	YW_CHECK(json_is_true(yw_asked_at(&a, "logs.0.broken")) && yw_asked_number(&a, "logs.0.size") == (int64_t)t->n - 1);
	YW_CHECK(yw_asked_number(&a, "logs.0.evidence.index") == (int64_t)t->n - 1);
	YW_CHECK(yw_asked_number(&a, "logs.0.evidence.head_size") == (int64_t)t->n);
	YW_CHECK(strlen(yw_asked_text(&a, "logs.0.evidence.leaf")) == 64 && *yw_asked_text(&a, "logs.0.evidence.why") != '\0');
	YW_CHECK(strstr(yw_asked_text(&a, "logs.0.trouble"), "breaks the log") != NULL);
	end();
}

/* A node that hears nobody, and what it holds is of 2023: one alarm, named at each log that comes by that path. */
static void
stale_path(void)
{
	static const char *const three[] = { "320000", "320100", "320200" };
	const struct yw_clock clock = { some_time, some_time, NULL };
	struct yw_lpackage lp;

	net = yw_tnet_new("svc.example", three, 3, "quorum none\n");
	yw_tnode_open(&s.t, &net->network, "320100", "320000", &clock);
	for (size_t i = 0; i < 3; i += 2) {		/* not its own */
		struct yw_tlog *t = &net->logs[i];

		yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
		YW_PASS(yw_ledger_take_package(s.t.ledger, &lp.p, &err));
		yw_tnet_beat(t, YW_TNET_TIME_MS / 1000 + i, NULL, 0);
		YW_PASS(yw_ledger_take_beat(s.t.ledger, yw_buf_bytes(&t->beat), &err));
		YW_PASS(yw_ledger_commit(s.t.ledger, &err));
		yw_lpackage_release(&lp);
	}
	yw_tnode_close(&s.t);
	yw_tservice_start(&s, net, "320100", "320000", false, NULL);
	YW_PASS(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_at(&a, "alarms.path_stale") == NULL && json_is_array(yw_asked_at(&a, "alarms.owner_silent")));
	YW_CHECK(json_array_size(yw_asked_at(&a, "alarms.mirrors_silent")) == 0);
	s.later_ms = YW_ALARM_START_MS;
	YW_PASS(yw_asks(&a, &s, "status", ""));
	YW_CHECK_MSG(yw_asked_number(&a, "alarms.path_stale.logs") == 2 && yw_asked_number(&a, "alarms.path_stale.of") == 3, "%s",
	    yw_buf_str(&a.result));
	YW_CHECK(strncmp(yw_asked_text(&a, "alarms.path_stale.since"), "2023-11-14T22:13:2", 18) == 0);	/* the newest's */
	YW_CHECK(json_array_size(yw_asked_at(&a, "alarms.owner_silent")) == 0);
	YW_PASS(yw_asks(&a, &s, "logs", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "logs.0.alarm.kind"), "path_stale") == 0 && yw_asked_at(&a, "logs.1.alarm") == NULL);
	YW_CHECK(strcmp(yw_asked_text(&a, "logs.2.alarm.kind"), "path_stale") == 0);
	YW_CHECK(strncmp(yw_asked_text(&a, "logs.0.alarm.since"), "2023-11-14T22:13:", 17) == 0);
	YW_PASS(yw_asks(&a, &s, "peers", ""));
	end();
}

/* The store is older than what the guard has promised. */
static void
behind(void)
{
	begin();
	YW_PASS(yw_asks(&a, &s, "record.put", DEMAND("a")));
	yw_tservice_stop(&s);
	yw_tnode_forget(&s.t);
	yw_tservice_start(&s, net, "320000", "", false, NULL);
	expect("behind", "guard", YW_ESTOPPED);
	end();
}

static void
disk_failed(void)
{
	begin();
	YW_PASS(yw_asks(&a, &s, "record.put", DEMAND("a")));
	s.t.guard_fails = true;
	YW_FAILS(yw_asks(&a, &s, "record.put", DEMAND("b")), YW_EIO);
	YW_CHECK_MSG(strstr(a.message, "the guard's disk is gone"), "%s", a.message);
	expect("failed", "the guard's disk is gone", YW_EIO);
	YW_PASS(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/a\"}"));
	YW_FAILS(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/b\"}"), YW_ENOENT);
	end();
}

/* --- a head that somebody else signed with our key --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

struct shown {
	struct yw_node_job job;
	struct yw_buf head;
	enum yw_code taken;
	bool done;
};

static void
show(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct shown *h = (struct shown *)job;

	(void)x;
	h->taken = yw_ledger_take_head(l, yw_buf_bytes(&h->head), NULL);
}

static void
shown(struct yw_node_job *job, enum yw_code code, const struct yw_error *why)
{
	struct shown *h = (struct shown *)job;

	(void)code;
	(void)why;
	pthread_mutex_lock(&lock);
	h->done = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

/* Offline, from the network file alone. */
static void
proven(void)
{
	struct yw_contradiction_verdict v;

	YW_PASS(yw_asks(&a, &s, "contradiction", "{\"code\":\"320000\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "svc.example/320000") == 0);
	YW_CHECK_MSG(yw_contradiction_verify(&net->network, yw_buf_bytes(&a.data), &v, &err) == YW_OK, "%s", err.msg);
	YW_CHECK(strcmp(v.origin.text, "svc.example/320000") == 0 && v.size_a == v.size_b);
}

static void
contradicted(void)
{
	struct shown h = { .job = { show, shown, NULL }, .head = YW_BUF_INIT };
	struct yw_checkpoint c = { .origin = "svc.example/320000" };

	begin();
	YW_PASS(yw_asks(&a, &s, "record.put", DEMAND("a")));
	c.size = (uint64_t)yw_asked_number(&a, "place.index") + 1;
	memset(&c.root, 7, sizeof c.root);
	YW_PASS(yw_head_sign(&c, &s.t.keys.head, &s.t.keys.pub.head, &h.head, &err));
	YW_PASS(yw_node_post(s.node, &h.job, &err));
	pthread_mutex_lock(&lock);
	while (!h.done)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	YW_CHECK(h.taken == YW_ECONFLICT);
	expect("contradicted", "two contradicting heads", YW_ESTOPPED);
	YW_PASS(yw_asks(&a, &s, "logs", ""));
	YW_CHECK(json_is_true(yw_asked_at(&a, "logs.0.frozen")));
	proven();
	YW_PASS(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/a\"}"));
	yw_buf_release(&h.head);
	end();
}

/* As long as there is no room, turns that write nothing do not make the node well; room again does, unasked. */
static void
at_the_reserve(void)
{
	begin();
	yw_store_fill_disk(s.t.store, true);
	YW_CHECK(yw_asks(&a, &s, "record.put", DEMAND("a")) == YW_ESTOPPED);
	for (int i = 0; i < 3; i++)
		expect("stopped", "the disk is full", YW_ESTOPPED);
	yw_store_fill_disk(s.t.store, false);
	expect("appending", "", YW_OK);
	YW_PASS(yw_asks(&a, &s, "record.put", DEMAND("a")));
	end();
}

YW_TESTS({ "S3 the disk is at its reserve", at_the_reserve }, { "appending", appending }, { "upstreams without a connection", not_connected }, { "T3 joining", joining }, { "L1 L2 behind its guard", behind }, { "S3 the disk failed", disk_failed },
    { "L6 contradicted", contradicted }, { "L9 a broken log, with its evidence", broken_log },
    { "R4 the path is stale, in sum and at each log", stale_path })
