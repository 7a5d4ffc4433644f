/*
 * Durable appends: 32 clients that wait for each record, and one.
 *
 * Ours: a turn of the ledger takes all that wait, as the node's thread does, signs one entry, syncs the batch, syncs the
 * guard.  Beside it the same clients over bare RocksDB: the same keys and values in one batch, one sync, for whoever
 * waits when the last one is done.
 */
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/node.h"
#include "ledger/ledger_int.h"
#include "sync/gather.h"

#define CLIENTS 32
#define ROUNDS 5

static struct yw_error err;

/* ---- clients and their queue */

struct job {
	struct yw_buf body;
	struct yw_append a;
	sem_t done;
	struct job *next;
};

struct run {
	pthread_mutex_t lock;
	pthread_cond_t some;
	struct job *waiting;
	size_t n_waiting, wanted;
	bool gather;
	struct yw_gather state;
	bool over;
	unsigned long done;
	void (*commit)(void *arg, struct job **jobs, size_t n);
	void *arg;
};

struct client {
	struct run *r;
	pthread_t thread;
	struct job job;
};

static unsigned long next_record;

static void *
client(void *arg)
{
	struct client *c = arg;
	struct run *r = c->r;

	for (;;) {
		yw_buf_clear(&c->job.body);
		yw_bench_contract("320000", __atomic_fetch_add(&next_record, 1, __ATOMIC_RELAXED), &c->job.body);
		c->job.a = (struct yw_append) { .body = yw_buf_bytes(&c->job.body),
			.audience = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 } };
		yw_append_check(&c->job.a);
		pthread_mutex_lock(&r->lock);
		if (r->over) {
			pthread_mutex_unlock(&r->lock);
			return NULL;
		}
		c->job.next = r->waiting;
		r->waiting = &c->job;
		if (++r->n_waiting >= r->wanted)
			pthread_cond_signal(&r->some);
		pthread_mutex_unlock(&r->lock);
		sem_wait(&c->job.done);
	}
}

/* All that wait; `gather`: as the node's thread does, it gives those who are about to come a moment. */
static size_t
take_jobs(struct run *r, struct job **jobs)
{
	double start = 0;
	size_t n;

	pthread_mutex_lock(&r->lock);
	while (r->waiting == NULL)
		pthread_cond_wait(&r->some, &r->lock);
	if (r->gather)
		start = yw_bench_now();
	r->wanted = r->state.expected;
	while (r->gather && yw_gather_waits(&r->state, r->n_waiting, (int64_t)((yw_bench_now() - start) * 1e6))) {
		struct timespec at = { 0, 0 };
		int64_t ns = (int64_t)(start * 1e9) + r->state.patience_us * 1000;

		at.tv_sec = ns / 1000000000;
		at.tv_nsec = ns % 1000000000;
		pthread_cond_timedwait(&r->some, &r->lock, &at);
	}
	r->wanted = 1;
	for (n = 0; r->waiting != NULL; r->waiting = r->waiting->next)
		jobs[n++] = r->waiting;
	r->n_waiting = 0;
	pthread_mutex_unlock(&r->lock);
	return n;
}

static void
write_for(struct run *r, double seconds)
{
	double end = yw_bench_now() + seconds, start;
	struct job *jobs[CLIENTS];

	while ((start = yw_bench_now()) < end) {
		size_t n = take_jobs(r, jobs);

		start = yw_bench_now();
		r->commit(r->arg, jobs, n);
		yw_gather_committed(&r->state, n, (int64_t)((yw_bench_now() - start) * 1e6));
		r->done += n;
		for (size_t i = 0; i < n; i++)
			sem_post(&jobs[i]->done);
	}
}

/* Records a second. */
static double
run_clients(size_t n, double seconds, bool gather, void (*commit)(void *, struct job **, size_t), void *arg)
{
	struct run r = { .lock = PTHREAD_MUTEX_INITIALIZER, .commit = commit, .arg = arg, .gather = gather, .wanted = 1 };
	struct client clients[CLIENTS];
	pthread_condattr_t monotonic;
	double start;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r.some, &monotonic);
	for (size_t i = 0; i < n; i++) {
		clients[i] = (struct client) { .r = &r };
		sem_init(&clients[i].job.done, 0, 0);
		pthread_create(&clients[i].thread, NULL, client, &clients[i]);
	}
	start = yw_bench_now();
	write_for(&r, seconds);
	seconds = yw_bench_now() - start;
	pthread_mutex_lock(&r.lock);
	r.over = true;
	for (struct job *j = r.waiting; j != NULL; j = j->next)
		sem_post(&j->done);
	pthread_mutex_unlock(&r.lock);
	for (size_t i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		sem_destroy(&clients[i].job.done);
		yw_buf_release(&clients[i].job.body);
	}
	return (double)r.done / seconds;
}

/* ---- ours */

static void
commit_ours(void *arg, struct job **jobs, size_t n)
{
	struct yw_bench_node *node = arg;

	for (size_t i = 0; i < n; i++) {
		yw_bench_must(yw_ledger_append(node->l, &jobs[i]->a, 1, &err), &err, "append");
		yw_bench_must(jobs[i]->a.code, &jobs[i]->a.err, "append");
	}
	yw_bench_must(yw_ledger_commit(node->l, &err), &err, "commit");
}

/* ---- bare: what a turn of n records writes, byte for byte as long */

struct bare {
	struct yw_bare *db;
	uint64_t size;
	uint8_t filler[65536];
};

static void
put(struct bare *b, unsigned family, struct key key, size_t len)
{
	yw_bare_put(b->db, family, key_bytes(&key), (struct yw_bytes) { b->filler, len });
}

static void
commit_bare(void *arg, struct job **jobs, size_t n)
{
	struct bare *b = arg;
	uint64_t index = b->size++;
	struct key k;

	put(b, F_ENTRIES, key_entry(0, index), 236 + 32 * n);
	for (size_t i = 0; i < n; i++) {
		char id[YW_ID_MAX + 1];

		k = key_place(0, index, (uint16_t)i);
		yw_bare_put(b->db, F_BODIES, key_bytes(&k), jobs[i]->a.body);
		snprintf(id, sizeof id, "%.32s", (const char *)jobs[i]->body.data + 2);	/* the first field is the id */
		put(b, F_ITEMS, key_item(id, 1, index, (uint16_t)i), 43);
	}
	put(b, F_TILES, key_tile(0, 0, index / 256), 32 * (index % 256 + 1));
	put(b, F_HEADS, key_head(0, 'h'), 190);
	put(b, F_HEADS, key_head(0, 'f'), 190);
	put(b, F_META, key_log(0), 64);
	put(b, F_META, key_meta("commit"), 8);
	put(b, F_META, key_meta("code"), 6);
	yw_bare_write(b->db, true);
}

/* ---- one alone, beside the disk itself */

static double
once_ours(struct yw_bench_node *n, struct job *j)
{
	double start;

	yw_buf_clear(&j->body);
	yw_bench_contract("320000", next_record++, &j->body);
	j->a = (struct yw_append) { .body = yw_buf_bytes(&j->body),
		.audience = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 } };
	start = yw_bench_now();
	commit_ours(n, (struct job *[]) { j }, 1);
	return (yw_bench_now() - start) * 1e6;
}

static double
once_disk(int fd, const uint8_t *bytes, size_t len)
{
	double start = yw_bench_now();

	if (write(fd, bytes, len) != (ssize_t)len || fdatasync(fd) != 0)
		exit(1);
	return (yw_bench_now() - start) * 1e6;
}

static void
alone(struct yw_bench_node *n, unsigned long count)
{
	static uint8_t bytes[6000];		/* about what one record writes to the WAL */
	double *ours = calloc(count, sizeof *ours), *disk = calloc(count, sizeof *disk), a, b;
	struct job j = { .body = YW_BUF_INIT };
	char path[300];
	int fd;

	snprintf(path, sizeof path, "%s/plain", n->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	for (unsigned long i = 0; i < count; i++) {
		ours[i] = once_ours(n, &j);
		disk[i] = once_disk(fd, bytes, sizeof bytes);
	}
	close(fd);
	a = yw_bench_median(ours, count);
	b = yw_bench_median(disk, count);
	yw_bench_row("one durable append, alone", "us", a, "write+fdatasync", b, a / b, false, 3);
	yw_buf_release(&j.body);
	free(ours);
	free(disk);
}

int
main(void)
{
	double seconds = (double)yw_bench_env("YW_BENCH_MS", 2000) / 1000, ours[ROUNDS], beside[ROUNDS], a, b;
	struct yw_tnet *net = yw_bench_net();
	struct bare *bare = calloc(1, sizeof *bare);
	struct yw_bench_node n;
	char dir[256];

	yw_bench_open(&n, net, "320000", true);
	yw_bench_dir(dir);
	bare->db = yw_bare_open(dir);
	yw_random(bare->filler, sizeof bare->filler);
	{
		struct yw_buf first = YW_BUF_INIT;

		yw_bench_contract("320000", next_record++, &first);	/* the base is made in one thread */
		yw_buf_release(&first);
	}
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = run_clients(CLIENTS, seconds, true, commit_ours, &n);
		beside[i] = run_clients(CLIENTS, seconds, false, commit_bare, bare);
	}
	if (getenv("YW_BENCH_EACH") != NULL)
		for (int i = 0; i < ROUNDS; i++)
			printf("  %.0f %.0f\n", ours[i], beside[i]);
	a = yw_bench_median(ours, ROUNDS);
	b = yw_bench_median(beside, ROUNDS);
	yw_bench_row("durable appends, 32 clients", "/s", a, "bare RocksDB", b, a / b, true, 0.7);
	alone(&n, yw_bench_env("YW_BENCH_ALONE", 400));
	yw_bare_close(bare->db);
	free(bare);
	yw_bench_remove(dir);
	yw_bench_close(&n);
	yw_tnet_free(net);
	return 0;
}
