/*
 * latency_bench.c - one hop: a record that is durable at the county, until the city shows it.
 *
 * Two daemons on loopback under a first node, asked over their sockets.  Beside it, in turns: the disk's own
 * write and fdatasync (each node does two: batch and guard), and a bare NNG request and reply.
 *
 * A link carries one head of a log a second (R4), so that a busy log does not flood its neighbours: a write that
 * comes sooner waits for that second to end.  Here each write comes alone.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "bench/bench.h"
#include "ipc/client.h"
#include "support/nodes.h"

#define BLOCK 4096
#define ASK_MS 10000
#define ROUNDS_MAX 1000

static struct yw_nodes net;
static struct yw_client *county, *city;
static double answered[ROUNDS_MAX], shown[ROUNDS_MAX], synced[ROUNDS_MAX], asked[ROUNDS_MAX];

/* --- bare disk --- */

static double
write_block(int fd)
{
	static const char block[BLOCK];
	double begun = yw_bench_now();

	YW_CHECK(write(fd, block, sizeof block) == sizeof block && fdatasync(fd) == 0);
	return yw_bench_now() - begun;
}

/* --- bare NNG --- */

static nng_socket rep, req;

static void *
echo(void *arg)
{
	nng_msg *m;

	while (nng_recvmsg(rep, &m, 0) == 0)
		if (nng_sendmsg(rep, m, 0) != 0)
			nng_msg_free(m);
	return arg;
}

static void
open_echo(pthread_t *thread)
{
	char url[64];
	nng_listener l;
	int port;

	YW_CHECK(nng_rep0_open(&rep) == 0 && nng_req0_open(&req) == 0);
	YW_CHECK(nng_listen(rep, "tcp://127.0.0.1:0", &l, 0) == 0);
	YW_CHECK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0);
	snprintf(url, sizeof url, "tcp://127.0.0.1:%d", port);
	YW_CHECK(nng_dial(req, url, NULL, 0) == 0);
	YW_CHECK(pthread_create(thread, NULL, echo, NULL) == 0);
}

static double
round_trip(void)
{
	double begun = yw_bench_now();
	nng_msg *m;

	YW_CHECK(nng_msg_alloc(&m, 600) == 0 && nng_sendmsg(req, m, 0) == 0 && nng_recvmsg(req, &m, 0) == 0);
	nng_msg_free(m);
	return yw_bench_now() - begun;
}

/* --- one record --- */

static enum yw_code
ask(struct yw_client *c, const char *method, const char *params)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_error err;
	enum yw_code code;

	code = yw_client_ask(c, method, (struct yw_bytes) { (const uint8_t *)params, strlen(params) },
	    (struct yw_bytes) { NULL, 0 }, ASK_MS, &a, &err);
	YW_CHECK_MSG(code == YW_OK || code == YW_ENOENT, "%s: %s", method, err.msg);
	yw_answer_release(&a);
	return code;
}

static void
measure(size_t i)
{
	static const struct timespec breath = { 0, 100000 };
	char put[256], get[96];
	double begun, durable;

	snprintf(get, sizeof get, "{\"id\":\"320102/demand/r%zu\"}", i);
	snprintf(put, sizeof put, "{\"record\":{\"id\":\"320102/demand/r%zu\",\"demand\":{\"title\":\"需求 %zu\"}},"
	    "\"class\":\"unconditional\",\"openness\":\"open\"}", i, i);
	begun = yw_bench_now();
	YW_CHECK(ask(county, "record.put", put) == YW_OK);
	durable = yw_bench_now();
	while (ask(city, "record.get", get) != YW_OK) {
		YW_CHECK(yw_bench_now() - durable < ASK_MS / 1000);
		nanosleep(&breath, NULL);
	}
	shown[i] = yw_bench_now() - durable;
	answered[i] = durable - begun;
}

static void
row(const char *what, double *v, size_t n)
{
	printf("%-44s %10.2f ms, beside a disk's sync %.2f ms and a bare round trip %.2f ms\n", what,
	    yw_bench_median(v, n) * 1e3, yw_bench_median(synced, n) * 1e3, yw_bench_median(asked, n) * 1e3);
}

static void
one_hop(void)
{
	static const struct timespec alone = { 1, 200000000 };
	size_t n = yw_bench_env("YW_BENCH_ROUNDS", 50);
	char path[300];
	struct yw_error err;
	pthread_t thread;
	int fd;

	if (n > ROUNDS_MAX)
		n = ROUNDS_MAX;
	yw_nodes_found(&net, "320000 320100 320102", "2 of 320000 320100 320102");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
	snprintf(path, sizeof path, "%s/run/control", yw_node_of(&net, "320102")->dir);
	YW_PASS(yw_client_open(path, &county, &err));
	snprintf(path, sizeof path, "%s/run/control", yw_node_of(&net, "320100")->dir);
	YW_PASS(yw_client_open(path, &city, &err));
	snprintf(path, sizeof path, "%s/block", net.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	YW_CHECK(fd >= 0);
	open_echo(&thread);
	for (size_t i = 0; i < n; i++) {
		nanosleep(&alone, NULL);
		measure(i);
		synced[i] = write_block(fd);
		asked[i] = round_trip();
	}
	printf("\n");
	row("put at the county, until it is durable there", answered, n);
	row("from then on, until the city shows it", shown, n);
	close(fd);
	nng_close(req);
	nng_close(rep);
	pthread_join(thread, NULL);
	yw_client_close(county);
	yw_client_close(city);
	yw_nodes_release(&net);
}

YW_TESTS({ "one hop", one_hop })
