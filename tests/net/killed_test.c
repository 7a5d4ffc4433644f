/*
 * killed_test.c - daemons of three tiers, killed at random points while clients write at every one of them and
 * replication runs: what was acknowledged is there at the end, at all who may have it and at nobody else, and all agree.
 *
 *	320000 --+-- 320100 --- 320102
 *	         +-- 320500 --- 320505
 *
 * A round lets so many writes be acknowledged, wherever; in the midst of them one daemon or two are killed, and started
 * again at once or after some more.  Writers whose daemon dies know nothing of that write, and go on when it is back.
 * The seed is printed; YW_SEED gives the same choices, not the same moments.  `--long` makes more rounds.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "ipc/client.h"
#include "record/code.h"
#include "support/nodes.h"

#define ALL "320000 320100 320102 320500 320505"
#define ROUNDS 15
#define ROUNDS_LONG 200
#define WRITERS 2		/* at each node */
#define ACKS_A_ROUND 40		/* at most */
#define ASK_MS 60000

static struct yw_nodes net;
static bool is_long;

/* ---- what was acknowledged */

struct ack {
	char id[64];
	struct yw_test_node *by;
	bool shared;		/* unconditional; else not shared */
};

static struct acks {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ack *a;
	size_t n, room;
	size_t end;		/* as soon as there are so many, writers wait */
	bool stop;
} acks = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
acks_add(const struct ack *a)
{
	pthread_mutex_lock(&acks.lock);
	if (acks.n == acks.room) {
		acks.room = acks.room * 2 + 256;
		acks.a = realloc(acks.a, acks.room * sizeof *acks.a);
		if (acks.a == NULL)
			abort();
	}
	acks.a[acks.n++] = *a;
	pthread_mutex_unlock(&acks.lock);
}

/* Lets writers go on until there are so many more. */
static void
acks_allow(size_t more, bool stop)
{
	pthread_mutex_lock(&acks.lock);
	acks.end = acks.n + more;
	acks.stop = stop;
	pthread_cond_broadcast(&acks.changed);
	pthread_mutex_unlock(&acks.lock);
}

static size_t
acks_count(void)
{
	size_t n;

	pthread_mutex_lock(&acks.lock);
	n = acks.n;
	pthread_mutex_unlock(&acks.lock);
	return n;
}

/* False: it is over. */
static bool
may_write(void)
{
	bool go_on;

	pthread_mutex_lock(&acks.lock);
	while (acks.n >= acks.end && !acks.stop)
		pthread_cond_wait(&acks.changed, &acks.lock);
	go_on = !acks.stop;
	pthread_mutex_unlock(&acks.lock);
	return go_on;
}

/* ---- clients */

static struct yw_client *
reach(const struct yw_test_node *n)
{
	struct yw_client *c = NULL;
	struct yw_error err;
	char path[300];

	snprintf(path, sizeof path, "%.280s/run/control", n->dir);
	return yw_client_open(path, &c, &err) == YW_OK ? c : NULL;
}

static enum yw_code
ask(struct yw_client *c, const char *method, const struct yw_buf *params)
{
	struct yw_answer answer = YW_ANSWER_INIT;
	struct yw_error err;
	enum yw_code code;

	code = yw_client_ask(c, method, yw_buf_bytes(params), (struct yw_bytes) { NULL, 0 }, ASK_MS, &answer, &err);
	yw_answer_release(&answer);
	return code;
}

static bool
put(struct yw_client *c, const struct ack *a)
{
	struct yw_buf params = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"%s\"}},\"class\":\"%s\"}", a->id, a->id,
	    a->shared ? "unconditional" : "not_shared");
	code = ask(c, "record.put", &params);
	yw_buf_release(&params);
	return code == YW_OK;
}

static bool
has(struct yw_client *c, const char *id)
{
	struct yw_buf params = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_printf(&params, "{\"id\":\"%s\"}", id);
	code = ask(c, "record.get", &params);
	yw_buf_release(&params);
	return code == YW_OK;
}

struct writer {
	pthread_t thread;
	struct yw_test_node *node;
	unsigned number;
};

static void *
write_on(void *arg)
{
	const struct writer *w = arg;
	struct yw_client *c = NULL;
	struct ack a = { .by = w->node };

	for (unsigned i = 0; may_write(); i++) {
		if (c == NULL)
			c = reach(w->node);
		if (c == NULL) {		/* it was killed and is not back yet */
			yw_test_pause();
			continue;
		}
		snprintf(a.id, sizeof a.id, "%s/demand/%u-%u", w->node->code, w->number, i);
		a.shared = i % 3 != 0;
		if (put(c, &a)) {
			acks_add(&a);
		} else {
			yw_client_close(c);
			c = NULL;
		}
	}
	yw_client_close(c);
	return NULL;
}

/* ---- rounds */

/* One round: somebody dies after some of its acknowledgements, and is back at once or after some more. */
static void
kill_somebody(uint64_t *seed)
{
	size_t before = acks_count(), some = 1 + yw_test_next(seed) % ACKS_A_ROUND, more = yw_test_next(seed) % ACKS_A_ROUND;
	struct yw_test_node *one = &net.n[yw_test_next(seed) % net.count];
	struct yw_test_node *two = yw_test_next(seed) % 3 == 0 ? &net.n[yw_test_next(seed) % net.count] : one;

	acks_allow(some + more, false);
	YW_WAIT(60, acks_count() >= before + some);
	yw_node_end(one, SIGKILL);
	if (two != one)
		yw_node_end(two, SIGKILL);
	if (yw_test_next(seed) % 2 == 0)		/* others go on without them */
		YW_WAIT(60, acks_count() >= before + some + more);
	yw_node_spawn(one);
	if (two != one)
		yw_node_spawn(two);
}

static bool
may_have(const struct yw_test_node *n, const struct ack *a)
{
	struct yw_jurisdiction reader, owner;

	YW_CHECK(yw_jurisdiction_parse(n->code, strlen(n->code), &reader) == YW_OK &&
	    yw_jurisdiction_parse(a->by->code, strlen(a->by->code), &owner) == YW_OK);
	return a->shared || n == a->by || yw_jurisdiction_above(&reader, &owner);
}

static void
all_is_there(struct yw_test_node *n)
{
	struct yw_client *c = reach(n);

	YW_CHECK(c != NULL);
	for (size_t i = 0; i < acks.n; i++)
		YW_CHECK_MSG(has(c, acks.a[i].id) == may_have(n, &acks.a[i]), "%s was acknowledged, and %s %s it", acks.a[i].id,
		    n->code, may_have(n, &acks.a[i]) ? "has lost" : "holds");
	yw_client_close(c);
}

static void
killed_at_random(void)
{
	struct writer writers[YW_NODES_MAX * WRITERS];
	size_t n = net.count * WRITERS;
	uint64_t seed = yw_test_seed();

	acks_allow(0, false);
	for (size_t i = 0; i < n; i++) {
		writers[i] = (struct writer) { .node = &net.n[i % net.count], .number = (unsigned)i };
		YW_CHECK(pthread_create(&writers[i].thread, NULL, write_on, &writers[i]) == 0);
	}
	for (int i = 0; i < (is_long ? ROUNDS_LONG : ROUNDS); i++)
		kill_somebody(&seed);
	acks_allow(0, true);
	for (size_t i = 0; i < n; i++)
		pthread_join(writers[i].thread, NULL);
	YW_WAIT(120, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		all_is_there(&net.n[i]);
	printf(" %zu records", acks.n);
	free(acks.a);
}

static void
founded(void)
{
	yw_nodes_found(&net, ALL, "2 of 320000 320100 320500");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

static const struct yw_case cases[] = {
	{ "T4 three tiers are one network", founded },
	{ "L1 S1 S2 R3 V3 daemons killed at random points lose nothing acknowledged, and agree", killed_at_random },
	{ "every daemon stops in order", stop },
};

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--long") == 0) {
		is_long = true;
		argv++;
		argc--;
	}
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
