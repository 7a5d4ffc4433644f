/*
 * Catch-up: a log of imported contracts comes in packages, is verified, logged and in the state.
 *
 * Two threads check packages (forms, signatures, hashes), one writer takes them in order and commits, as a node does.
 * Beside it bare RocksDB writes the same keys and values in batches of the same size, unsynced; and for entries of
 * one record each, libsodium alone verifies the same signatures on the same two cores.
 */
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "bench/node.h"
#include "ledger/ledger_int.h"

#define THREADS 2
#define WINDOW 32		/* packages under way */
#define TURN_PACKAGES 4		/* that share a commit: a message's worth */
#define PACKAGE_BYTES (1u << 20)

static struct yw_error err;

/* ---- the log that is copied: packages as they come out of a message */

struct raw {
	struct yw_serving s;
	struct key *items;		/* of its bodies: what bare RocksDB is to write */
};

struct source {
	struct yw_bench_node node;
	struct raw *packages;
	size_t n;
	unsigned long records;
};

static void
make_log(struct source *s, struct yw_tnet *net, unsigned long records, unsigned per_entry)
{
	struct yw_buf *bodies = calloc(per_entry, sizeof *bodies);
	struct yw_append *a = calloc(per_entry, sizeof *a);

	*s = (struct source) { .records = records };
	yw_bench_open(&s->node, net, "320000", false);
	for (unsigned long r = 0; r < records; r += per_entry) {
		for (unsigned i = 0; i < per_entry; i++) {
			yw_buf_clear(&bodies[i]);
			yw_bench_contract("320000", r + i, &bodies[i]);
			a[i] = (struct yw_append) { .body = yw_buf_bytes(&bodies[i]),
				.audience = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 } };
		}
		yw_bench_must(yw_ledger_append(s->node.l, a, per_entry, &err), &err, "append");
		yw_bench_must(yw_ledger_commit(s->node.l, &err), &err, "commit");
	}
	for (unsigned i = 0; i < per_entry; i++)
		yw_buf_release(&bodies[i]);
	free(bodies);
	free(a);
}

static void
item_keys(struct raw *r)
{
	r->items = calloc(r->s.n_bodies + 1, sizeof *r->items);
	for (size_t i = 0; i < r->s.n_bodies; i++) {
		struct yw_bytes body = { r->s.bytes.data + r->s.bodies[i].at, r->s.bodies[i].len };
		struct yw_record rec;

		yw_bench_must(yw_record_read(body, &rec, &err), &err, "record");
		r->items[i] = key_item(rec.id_text, 1, r->s.bodies[i].index, r->s.bodies[i].item);
	}
}

static void
make_packages(struct source *s)
{
	const struct yw_asker asker = { YW_ASKER_NODE, { "320100" } };
	const struct yw_log_info *log;
	struct yw_view *v;

	yw_bench_must(yw_view_open(s->node.l, &v, &err), &err, "view");
	log = yw_view_at(v, 0);
	for (uint64_t at = 0; at < log->size;) {
		struct raw *r;

		s->packages = realloc(s->packages, (s->n + 1) * sizeof *s->packages);
		r = &s->packages[s->n++];
		*r = (struct raw) { .items = NULL };
		yw_bench_must(yw_view_serve(v, log, at, 0, at == 0 ? 0 : log->size, 0, &asker, PACKAGE_BYTES, &r->s, &err), &err,
		    "serve");
		item_keys(r);
		at += r->s.n_entries;
	}
	yw_view_close(v);
}

static void
free_source(struct source *s)
{
	for (size_t i = 0; i < s->n; i++) {
		yw_serving_release(&s->packages[i].s);
		free(s->packages[i].items);
	}
	free(s->packages);
	yw_bench_close(&s->node);
}

/* ---- checking, in two threads */

struct pool {
	struct source *s;
	struct yw_package p[WINDOW];
	sem_t ready[WINDOW], room;
	pthread_mutex_t lock;
	size_t next;
	pthread_t threads[THREADS];
};

static void
unpack(const struct raw *r, const char *origin, struct yw_package *p)
{
	const struct yw_serving *s = &r->s;

	*p = (struct yw_package) { .start = s->start, .n_entries = s->n_entries, .n_bodies = s->n_bodies,
		.head = yw_buf_bytes(&s->head), .head_size = s->head_size, .subtree = s->subtree };
	snprintf(p->origin.text, sizeof p->origin.text, "%s", origin);
	p->entries = calloc(s->n_entries, sizeof *p->entries);
	p->bodies = calloc(s->n_bodies + 1, sizeof *p->bodies);
	for (size_t i = 0; i < s->n_entries; i++)
		p->entries[i].envelope = (struct yw_bytes) { s->bytes.data + s->entries[i].at, s->entries[i].len };
	for (size_t i = 0; i < s->n_bodies; i++)
		p->bodies[i] = (struct yw_body) { .index = s->bodies[i].index, .item = s->bodies[i].item,
			.bytes = { s->bytes.data + s->bodies[i].at, s->bodies[i].len } };
}

static void *
check(void *arg)
{
	struct pool *p = arg;
	struct yw_error e;
	size_t i;

	for (;;) {
		sem_wait(&p->room);
		pthread_mutex_lock(&p->lock);
		i = p->next++;
		pthread_mutex_unlock(&p->lock);
		if (i >= p->s->n)
			return NULL;
		unpack(&p->s->packages[i], p->s->node.t->origin.text, &p->p[i % WINDOW]);
		yw_bench_must(yw_package_check(&p->p[i % WINDOW], &e), &e, "check");
		sem_post(&p->ready[i % WINDOW]);
	}
}

static void
start_pool(struct pool *p, struct source *s)
{
	*p = (struct pool) { .s = s };
	pthread_mutex_init(&p->lock, NULL);
	sem_init(&p->room, 0, WINDOW);
	for (size_t i = 0; i < WINDOW; i++)
		sem_init(&p->ready[i], 0, 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&p->threads[i], NULL, check, p);
}

static void
stop_pool(struct pool *p)
{
	for (size_t i = 0; i < THREADS; i++)
		sem_post(&p->room);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(p->threads[i], NULL);
}

/* Seconds until everything is committed. */
static double
catch_up(struct source *s, struct yw_bench_node *replica)
{
	double start = yw_bench_now();
	struct pool p;

	start_pool(&p, s);
	for (size_t i = 0; i < s->n; i++) {
		sem_wait(&p.ready[i % WINDOW]);
		yw_bench_must(yw_ledger_take_package(replica->l, &p.p[i % WINDOW], &err), &err, "package");
		yw_package_release(&p.p[i % WINDOW]);
		sem_post(&p.room);
		if (i % TURN_PACKAGES == TURN_PACKAGES - 1 || i == s->n - 1)
			yw_bench_must(yw_ledger_commit(replica->l, &err), &err, "commit");
	}
	stop_pool(&p);
	return yw_bench_now() - start;
}

/* ---- bare */

/* The same keys and values, entry after entry, as a replica of this log holds them. */
static double
write_bare(struct source *s, struct yw_bench_node *replica, const char *dir)
{
	struct yw_bytes none = { NULL, 0 };
	static const uint8_t item[43];
	struct yw_bare *b = yw_bare_open(dir);
	struct yw_iter *tiles;
	double start;

	tiles = yw_iter_new(replica->store, NULL, F_TILES, none, none, false);
	start = yw_bench_now();
	for (size_t i = 0; i < s->n; i++) {
		const struct yw_serving *v = &s->packages[i].s;

		for (size_t k = 0; k < v->n_entries; k++) {
			struct key key = key_entry(0, v->start + k);

			yw_bare_put(b, F_ENTRIES, key_bytes(&key), (struct yw_bytes) { v->bytes.data + v->entries[k].at, v->entries[k].len });
		}
		for (size_t k = 0; k < v->n_bodies; k++) {
			struct key key = key_place(0, v->bodies[k].index, v->bodies[k].item);

			yw_bare_put(b, F_BODIES, key_bytes(&key), (struct yw_bytes) { v->bytes.data + v->bodies[k].at, v->bodies[k].len });
			yw_bare_put(b, F_ITEMS, key_bytes(&s->packages[i].items[k]), (struct yw_bytes) { item, sizeof item });
		}
		if (yw_iter_valid(tiles)) {
			yw_bare_put(b, F_TILES, yw_iter_key(tiles), yw_iter_value(tiles));
			yw_iter_next(tiles);
		}
		if (i % TURN_PACKAGES == TURN_PACKAGES - 1 || i == s->n - 1)
			yw_bare_write(b, false);
	}
	start = yw_bench_now() - start;
	(void)!yw_iter_finish(tiles, NULL);
	yw_bare_close(b);
	return start;
}

/* ---- libsodium alone */

struct verifying {
	struct source *s;
	size_t first;
	pthread_t thread;
};

static void *
verify(void *arg)
{
	struct verifying *v = arg;
	struct yw_buf pae = YW_BUF_INIT;

	for (size_t i = v->first; i < v->s->n; i += THREADS) {
		const struct yw_serving *s = &v->s->packages[i].s;

		for (size_t k = 0; k < s->n_entries; k++) {
			struct yw_entry e;

			yw_bench_must(yw_entry_read(v->s->node.t->origin.text, (struct yw_bytes) { s->bytes.data + s->entries[k].at,
			    s->entries[k].len }, &e, &err), &err, "entry");
			yw_buf_clear(&pae);
			yw_pae(&pae, YW_ENTRY_TYPE, e.payload.data, e.payload.len);
			if (crypto_sign_verify_detached(e.sig.b, pae.data, pae.len, e.signer.b) != 0)
				exit(1);
			yw_entry_release(&e);
		}
	}
	yw_buf_release(&pae);
	return NULL;
}

static double
verify_all(struct source *s)
{
	struct verifying v[THREADS];
	double start = yw_bench_now();

	for (size_t i = 0; i < THREADS; i++) {
		v[i] = (struct verifying) { .s = s, .first = i };
		pthread_create(&v[i].thread, NULL, verify, &v[i]);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(v[i].thread, NULL);
	return yw_bench_now() - start;
}

/* ---- runs */

static void
bench(struct yw_tnet *net, unsigned long records, unsigned per_entry, bool against_sodium)
{
	enum { MOST = 9 };
	size_t rounds = yw_bench_env("YW_BENCH_ROUNDS", 3);
	double ours[MOST], beside[MOST], a, b;
	struct source s;

	make_log(&s, net, records, per_entry);
	make_packages(&s);
	rounds = rounds > MOST ? MOST : rounds;
	for (size_t i = 0; i < rounds; i++) {
		struct yw_bench_node replica;
		char dir[256];

		yw_bench_open(&replica, net, "320100", true);
		ours[i] = (double)records / catch_up(&s, &replica);
		if (against_sodium) {
			beside[i] = (double)records / verify_all(&s);
		} else {
			yw_bench_dir(dir);
			beside[i] = (double)records / write_bare(&s, &replica, dir);
			yw_bench_remove(dir);
		}
		yw_bench_close(&replica);
		if (getenv("YW_BENCH_EACH") != NULL)
			printf("  %.0f %.0f\n", ours[i], beside[i]);
	}
	a = yw_bench_median(ours, rounds);
	b = yw_bench_median(beside, rounds);
	if (against_sodium)
		yw_bench_row("catch-up, entries of one record", "/s", a, "bare verify, 2 threads", b, a / b, true, 0.8);
	else
		yw_bench_row("catch-up, entries of 256 contracts", "/s", a, "bare RocksDB", b, a / b, true, 0.5);
	free_source(&s);
}

int
main(void)
{
	struct yw_tnet *net = yw_bench_net();
	unsigned long records = yw_bench_env("YW_BENCH_RECORDS", 200000);

	bench(net, records - records % 256, 256, false);
	bench(net, yw_bench_env("YW_BENCH_SINGLE", records), 1, true);
	yw_tnet_free(net);
	return 0;
}
