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
 *
 * Then one more dies, in the middle of an import.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "record/code.h"
#include "support/asker.h"

#define ALL "320000 320100 320102 320500 320505"
#define ROUNDS 15
#define ROUNDS_LONG 200
#define WRITERS 2		/* at each node */
#define ACKS_A_ROUND 40		/* at most */
#define IMPORTED 8000

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
			c = yw_asker_reach(w->node);
		if (c == NULL) {		/* it was killed and is not back yet */
			yw_test_pause();
			continue;
		}
		snprintf(a.id, sizeof a.id, "%s/demand/%u-%u", w->node->code, w->number, i);
		a.shared = i % 3 != 0;
		if (yw_asker_put(c, a.id, a.shared ? "unconditional" : "not_shared", NULL) == YW_OK) {
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
	struct yw_client *c = yw_asker_reach(n);

	YW_CHECK(c != NULL);
	for (size_t i = 0; i < acks.n; i++)
		YW_CHECK_MSG(yw_asker_has(c, acks.a[i].id) == may_have(n, &acks.a[i]), "%s was acknowledged, and %s %s it", acks.a[i].id,
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

/* ---- an import, half way */

struct feeding {
	struct yw_test_node *node;
	char whole[300], fifo[300];
	int fd;
	bool fed;
};

/* The first half of the table, of which the pipe keeps the last 64 KiB; then the daemon dies.  Nobody closes the pipe. */
static void *
feed_half(void *arg)
{
	struct feeding *f = arg;
	struct yw_buf rows = YW_BUF_INIT;

	f->fd = open(f->fifo, O_WRONLY | O_CLOEXEC);
	f->fed = f->fd >= 0 && yw_file_read(f->whole, 16u << 20, &rows, NULL) == YW_OK &&
	    write(f->fd, rows.data, rows.len / 2) == (ssize_t)(rows.len / 2);
	kill(f->node->pid, SIGKILL);
	yw_buf_release(&rows);
	return NULL;
}

/* The command ends by itself, and says how far it came; that is less than or equal to what is there. */
static unsigned
cut_import(struct feeding *f)
{
	struct yw_buf talk = YW_BUF_INIT;
	unsigned rows = 0, registered = 0;
	const char *counts;
	pthread_t thread;
	int rc;

	YW_CHECK(mkfifo(f->fifo, 0600) == 0 && pthread_create(&thread, NULL, feed_half, f) == 0);
	rc = yw_run(f->node, NULL, &talk, "import", f->fifo, "--mapping", "institutions", NULL);
	pthread_join(thread, NULL);
	YW_CHECK(yw_node_wait(f->node) == SIGKILL && f->fed && close(f->fd) == 0);
	counts = strstr(yw_buf_str(&talk), "as far as is known:\n");
	YW_CHECK_MSG(rc == 1 && strstr(yw_buf_str(&talk), "the daemon has closed the connection") != NULL && counts != NULL &&
	    strstr(counts, "import the file again: what is registered stays as it was") != NULL &&
	    sscanf(strchr(counts, '\n'), "%u rows read: %u registered", &rows, &registered) == 2,
	    "a command whose daemon died ended with %d: %s", rc, yw_buf_str(&talk));
	YW_CHECK(rows >= registered && registered > 0 && rows < IMPORTED);
	yw_buf_release(&talk);
	return registered;
}

static void
import_again(const struct feeding *f, int64_t least, int64_t most)
{
	json_t *r = yw_ask(f->node, "import", f->whole, "--mapping", "institutions", NULL);
	int64_t unchanged = yw_json_number(r, "unchanged");

	YW_CHECK(yw_json_number(r, "read") == IMPORTED && yw_json_number(r, "changed") == 0 && yw_json_number(r, "refused") == 0);
	YW_CHECK_MSG(unchanged + yw_json_number(r, "registered") == IMPORTED && unchanged >= least && unchanged <= most,
	    "%lld rows were there, of at least %lld and at most %lld", (long long)unchanged, (long long)least, (long long)most);
	json_decref(r);
}

static void
killed_in_an_import(void)
{
	struct feeding f = { .node = yw_node_of(&net, "320505") };
	int64_t before = yw_node_bodies(f.node, "320505");
	unsigned acknowledged;

	snprintf(f.whole, sizeof f.whole, "%.200s/table.csv", net.dir);
	snprintf(f.fifo, sizeof f.fifo, "%.200s/pipe.csv", net.dir);
	yw_node_table(f.whole, IMPORTED);
	acknowledged = cut_import(&f);
	yw_node_spawn(f.node);
	import_again(&f, acknowledged, IMPORTED - 1);
	import_again(&f, IMPORTED, IMPORTED);
	YW_CHECK(yw_node_bodies(f.node, "320505") == before + IMPORTED);	/* nothing twice */
	YW_WAIT(60, yw_nodes_agree(&net));
	printf(" %u of %d rows, and then all", acknowledged, IMPORTED);
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
	{ "L1 S2 an import whose daemon is killed says so, and brings the rest, nothing twice, when it is run again",
	    killed_in_an_import },
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
