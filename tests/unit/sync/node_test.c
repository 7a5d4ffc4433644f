/*
 * Running nodes: real threads, real sockets on loopback, ledgers in memory.
 */
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "crypto/box.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "support/tnode.h"
#include "sync/node.h"

#define LOOPBACK "tcp://127.0.0.1:0"
#define PATIENCE_S 60

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct yw_error err;

struct running {
	struct yw_tnode t;
	struct yw_exchange *x;
	struct yw_node *node;
	char url[YW_URL_MAX + 1];
};
static struct running province, city, county;
static struct yw_tnet *net;

static void
random_bytes(void *arg, void *out, size_t len)
{
	(void)arg;
	yw_random(out, len);
}

static void
say(void *arg, int level, const char *event, const char *line)
{
	(void)arg;
	yw_log(level, event, "%s", line);
}

static void
start(struct running *r, const char *code, const char *issuer, const struct running *above, size_t queue_max)
{
	struct yw_exchange_options xo = { .clock = yw_clock_real, .random = random_bytes, .memory_bytes = 8u << 20, .say = say };
	const char *listen = LOOPBACK, *up = above != NULL ? above->url : NULL;
	struct yw_node_options no = { .queue_max = queue_max };
	struct yw_transport_config tc;

	yw_tnode_open(&r->t, &net->network, code, issuer, &yw_clock_real);
	xo.ledger = no.ledger = r->t.ledger;
	xo.request = yw_buf_bytes(&r->t.request);
	YW_PASS(yw_exchange_new(&xo, &r->x, &err));
	yw_transport_defaults(&tc);
	tc.listen = &listen;
	tc.n_listen = 1;
	tc.upstreams = &up;
	tc.n_upstreams = up != NULL;
	tc.network = net->network.hash;
	tc.key = r->t.keys.session;
	tc.refuse_ms = 1;
	no.exchange = r->x;
	no.transport = &tc;
	YW_CHECK_MSG(yw_node_start(&no, &r->node, &err) == YW_OK, "%s: %s", code, err.msg);
	YW_CHECK(yw_node_address(r->node, 0, r->url) && !yw_node_address(r->node, 1, r->url));
}

static void
stop(struct running *r)
{
	yw_node_stop(r->node);
	yw_exchange_free(r->x);
	yw_tnode_free(&r->t);
}

/* --- jobs --- */

struct job {
	struct yw_node_job job;
	void (*what)(struct job *j, struct yw_ledger *l, struct yw_exchange *x);
	const char *text;
	struct yw_append a;
	struct yw_buf body;
	struct yw_audience audience;
	uint64_t answer;
	bool applied, done;
	enum yw_code code;
};

static void
apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct job *j = (struct job *)job;

	if (j->what != NULL)
		j->what(j, l, x);
	pthread_mutex_lock(&lock);
	j->applied = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
done(struct yw_node_job *job, enum yw_code code, const struct yw_error *why)
{
	struct job *j = (struct job *)job;

	(void)why;
	pthread_mutex_lock(&lock);
	j->done = true;
	j->code = code;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
await(const bool *flag)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&lock);
	while (!*flag)
		if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
			break;
	pthread_mutex_unlock(&lock);
	YW_CHECK_MSG(*flag, "nothing happened in %d seconds", PATIENCE_S);
}

static void
post(struct running *r, struct job *j)
{
	j->job = (struct yw_node_job) { apply, done, NULL };
	j->applied = j->done = false;
	YW_CHECK_MSG(yw_node_post(r->node, &j->job, &err) == YW_OK, "%s", err.msg);
}

static void
run_job(struct running *r, struct job *j)
{
	post(r, j);
	await(&j->done);
}

static void
do_put(struct job *j, struct yw_ledger *l, struct yw_exchange *x)
{
	(void)x;
	j->a = (struct yw_append) { .body = yw_buf_bytes(&j->body), .audience = j->audience };
	j->code = yw_ledger_append(l, &j->a, 1, NULL);
}

static void
put(struct running *r, struct job *j, const char *local)
{
	char id[YW_ID_MAX + 1];

	j->what = do_put;
	j->audience = yw_unconditional;
	snprintf(id, sizeof id, "%s/demand/%s", r->t.code.code, local);
	yw_buf_clear(&j->body);
	yw_lrecord(id, 1, "wanted", &j->body);
}

static void
do_admit(struct job *j, struct yw_ledger *l, struct yw_exchange *x)
{
	struct yw_pending_join waiting[4];
	size_t n = yw_exchange_pending(x, waiting, 4);

	for (size_t i = 0; i < n; i++)
		if (strcmp(waiting[i].code.code, j->text) == 0) {
			struct yw_jurisdiction code = waiting[i].code;

			j->answer += yw_ledger_admit(l, waiting[i].signed_request, NULL) == YW_OK;
			yw_exchange_settle_join(x, &code, NULL);
		}
}

static void
do_count(struct job *j, struct yw_ledger *l, struct yw_exchange *x)
{
	struct yw_log *log = yw_ledger_log(l, j->text);

	(void)x;
	j->answer = log != NULL ? log->full_size : 0;
}

/* Asks again and again, as a person would, until it says at least so much. */
static void
until(struct running *r, void (*what)(struct job *, struct yw_ledger *, struct yw_exchange *), const char *text,
    uint64_t least)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	struct job j = { .what = what, .text = text };

	for (int i = 0; i < PATIENCE_S * 200; i++) {
		run_job(r, &j);
		if (j.answer >= least)
			return;
		nanosleep(&pause, NULL);
	}
	YW_CHECK_MSG(false, "%s: '%s' did not come to %llu", r->t.code.code, text, (unsigned long long)least);
}

static void
make_network(void)
{
	static const char *const first[] = { "320000" };

	net = yw_tnet_new("node.example", first, 1, "group g 2 320000 320100 320102\nquorum g\n");
}

/* --- the three tiers --- */

struct wait {
	struct yw_node_wait w;
	bool done;
	enum yw_code code;
};

static void
waited(struct yw_node_wait *w, enum yw_code code)
{
	struct wait *x = (struct wait *)w;

	pthread_mutex_lock(&lock);
	x->code = code;
	x->done = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static enum yw_code
wait_durable(struct running *r, const char *code, uint64_t size, int64_t ms)
{
	struct wait w = { .w = { .size = size, .deadline_ms = yw_mono_ms(&yw_clock_real) + ms, .done = waited } };

	if (code[0] != '\0')
		YW_PASS(yw_jurisdiction_parse(code, strlen(code), &w.w.code));
	yw_node_wait(r->node, &w.w);
	await(&w.done);
	return w.code;
}

static void
three_tiers(void)
{
	struct job a = { .text = NULL };

	make_network();
	start(&province, "320000", "", NULL, 100);
	start(&city, "320100", "320000", &province, 100);
	start(&county, "320102", "320100", &city, 100);
	until(&province, do_admit, "320100", 1);
	until(&city, do_admit, "320102", 1);
	until(&county, do_count, "node.example/320102", 1);
	put(&county, &a, "a");
	run_job(&county, &a);
	YW_CHECK(a.code == YW_OK && a.a.code == YW_OK && a.a.index > 0);
	YW_CHECK(wait_durable(&county, "320100", a.a.index + 1, PATIENCE_S * 1000) == YW_OK);
	YW_CHECK(wait_durable(&county, "", a.a.index + 1, PATIENCE_S * 1000) == YW_OK);
	YW_CHECK(wait_durable(&county, "320000", a.a.index + 1, PATIENCE_S * 1000) == YW_OK);
	YW_CHECK(wait_durable(&county, "", a.a.index + 100, 10) == YW_ETIMEOUT);
	until(&province, do_count, "node.example/320102", a.a.index + 1);

	/* The other way, through the middle. */
	put(&province, &a, "b");
	run_job(&province, &a);
	until(&county, do_count, "node.example/320000", a.a.index + 1);
	yw_buf_release(&a.body);
	stop(&county);
	stop(&city);
	stop(&province);
	yw_tnet_free(net);
}

static void
comes_back(void)
{
	struct job a = { .text = NULL };

	make_network();
	start(&province, "320000", "", NULL, 100);
	start(&city, "320100", "320000", &province, 100);
	until(&province, do_admit, "320100", 1);
	until(&city, do_count, "node.example/320100", 1);
	yw_node_stop(city.node);
	yw_exchange_free(city.x);
	yw_tnode_close(&city.t);
	put(&province, &a, "while-it-was-away");
	run_job(&province, &a);
	start(&city, "320100", "320000", &province, 100);
	until(&city, do_count, "node.example/320000", a.a.index + 1);
	yw_buf_release(&a.body);
	stop(&city);
	stop(&province);
	yw_tnet_free(net);
}

/* --- turns --- */

static bool gate;

static void
do_block(struct job *j, struct yw_ledger *l, struct yw_exchange *x)
{
	(void)l;
	(void)x;
	pthread_mutex_lock(&lock);
	j->applied = true;
	pthread_cond_broadcast(&changed);
	while (!gate)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static void
open_gate(void)
{
	pthread_mutex_lock(&lock);
	gate = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
one_commit(void)
{
	struct job block = { .what = do_block }, jobs[8] = { { .text = NULL } }, one_more = { .text = NULL };
	char local[8];
	unsigned before;

	make_network();
	start(&province, "320000", "", NULL, 8);
	gate = false;
	post(&province, &block);
	await(&block.applied);
	before = province.t.guarded;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(local, sizeof local, "r%u", i);
		put(&province, &jobs[i], local);
		post(&province, &jobs[i]);
	}
	one_more.job = (struct yw_node_job) { apply, done, NULL };
	YW_FAILS(yw_node_post(province.node, &one_more.job, &err), YW_ELIMIT);
	YW_CHECK(!jobs[0].done);
	open_gate();
	for (unsigned i = 0; i < 8; i++)
		await(&jobs[i].done);
	YW_CHECK(province.t.guarded <= before + 2);	/* one for all eight, and a beat that was due before */
	for (unsigned i = 0; i < 8; i++) {
		YW_CHECK(jobs[i].code == YW_OK && jobs[i].a.index == jobs[0].a.index && jobs[i].a.item == i);
		yw_buf_release(&jobs[i].body);
	}
	stop(&province);
	yw_tnet_free(net);
}

static void
stopping(void)
{
	struct job block = { .what = do_block }, later = { .text = NULL };
	struct wait w = { .w = { .size = 1000000, .deadline_ms = INT64_MAX, .done = waited } };

	make_network();
	start(&province, "320000", "", NULL, 8);
	yw_node_wait(province.node, &w.w);
	gate = true;
	run_job(&province, &block);
	post(&province, &later);
	yw_node_stop(province.node);
	YW_CHECK(later.done && (later.code == YW_OK || later.code == YW_ESTOPPED));
	YW_CHECK(w.done && w.code == YW_ESTOPPED);
	yw_exchange_free(province.x);
	yw_tnode_free(&province.t);
	yw_tnet_free(net);
}

/* --- a bad peer, and a good one beside it --- */

static bool bad_up, bad_down, bad_replied;
static struct yw_link *bad_link;

static void
bad_hello(void *arg, size_t max, struct yw_buf *out)
{
	(void)arg;
	(void)max;
	(void)out;
}

static void
bad_link_up(void *arg, struct yw_link *link, struct yw_bytes hello)
{
	(void)arg;
	(void)hello;
	pthread_mutex_lock(&lock);
	if (!bad_up)
		bad_link = yw_link_ref(link);
	bad_up = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
bad_link_down(void *arg, struct yw_link *link, const char *reason)
{
	(void)arg;
	(void)link;
	(void)reason;
	pthread_mutex_lock(&lock);
	bad_down = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
bad_request(void *arg, struct yw_link *link, struct yw_call *call, struct yw_buf *plain)
{
	(void)arg;
	(void)link;
	yw_transport_reply(call, plain);
}

static void
bad_reply(void *arg, struct yw_link *link, uint64_t tag, enum yw_code code, struct yw_buf *plain)
{
	(void)arg;
	(void)link;
	(void)tag;
	(void)code;
	(void)plain;
	pthread_mutex_lock(&lock);
	bad_replied = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
garbage(void)
{
	static const struct yw_transport_ops ops = { bad_hello, bad_link_up, bad_link_down, bad_request, bad_reply };
	struct yw_transport *t;
	struct yw_transport_config tc;
	struct yw_buf plain = YW_BUF_INIT;
	struct job a = { .text = NULL };
	const char *up;

	make_network();
	start(&province, "320000", "", NULL, 8);
	start(&city, "320100", "320000", &province, 8);
	up = province.url;
	yw_transport_defaults(&tc);
	tc.upstreams = &up;
	tc.n_upstreams = 1;
	tc.network = net->network.hash;
	yw_random(&tc.key, sizeof tc.key);
	bad_up = bad_down = bad_replied = false;
	YW_PASS(yw_transport_start(&tc, &ops, NULL, &t, &err));
	await(&bad_up);
	yw_buf_add_str(&plain, "this is no message of ours");
	YW_PASS(yw_transport_request(bad_link, &plain, 30000, 1, &err));
	await(&bad_replied);
	await(&bad_down);
	until(&province, do_admit, "320100", 1);
	until(&city, do_count, "node.example/320100", 1);
	yw_link_unref(bad_link);
	yw_transport_stop(t);
	yw_transport_free(t);
	yw_buf_release(&plain);
	yw_buf_release(&a.body);
	stop(&city);
	stop(&province);
	yw_tnet_free(net);
}

YW_TESTS(
	{ "R1 R7 T14 three nodes: joined, relayed both ways, durable where asked", three_tiers },
	{ "R3 a node that was away comes back and catches up", comes_back },
	{ "S2 what waits when a turn begins shares one commit; more than the queue holds is refused", one_commit },
	{ "L1 what waits for a node that stops is told so", stopping },
	{ "R2 a peer that sends garbage is cut off, and the others do not suffer", garbage })
