/*
 * The ledger on a real disk under power cuts: what was acknowledged is there afterwards, the guard covers it before
 * anybody starts again, and where the database lost its end the node refuses to append (L1).
 *
 * The writer is this program run as `--child SEED DIR` under the power-cut library: node 320100, with records of
 * eight clients, a copy of its issuer's log that grows, beats and receipts.  After each commit it tells its parent
 * what it may: how long its log is, how far it signed for the other one.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/lnet.h"
#include "support/powercut.h"
#include "support/promise.h"
#include "support/testing.h"

#define CUTS 40
#define TURNS 60		/* of one life */
#define CLIENTS 8

static const char *const codes[] = { "320000", "320100" };
static struct yw_error err;

static const struct yw_store_options options = {
	.families = yw_ledger_families, .format_version = YW_LEDGER_FORMAT,
	.cache_bytes = 1 << 20, .write_buffer_bytes = 128 << 10,	/* small: flushes in every life */
};

/* ---- the node, for the writer and for who looks afterwards */

struct node {
	struct yw_tnet *net;
	struct yw_tlog *t;
	struct yw_store *store;
	struct yw_guard_file file;
	struct yw_guard_io io;
	struct yw_ledger *l;
};

static int64_t clock_ms;

static int64_t
now_ms(void *arg)
{
	(void)arg;
	return YW_TNET_TIME_MS + clock_ms;
}

static enum yw_code
node_open(struct node *n, const char *dir, bool read_only)
{
	struct yw_store_options so = options;
	struct yw_ledger_options lo = { .guard = &n->io, .clock = { now_ms, now_ms, NULL }, .beat_every_ms = 10000 };
	char path[400];
	enum yw_code code;

	*n = (struct node) { .file = { .fd = -1 } };
	YW_PASS(yw_crypto_init(&err));
	n->net = yw_tnet_new("onenet.example", codes, 2, "group g 1 320000 320100\nquorum g\n");
	n->t = &n->net->logs[1];
	so.n_families = yw_ledger_n_families;
	so.read_only = read_only;
	snprintf(path, sizeof path, "%s/db", dir);
	code = yw_store_open(path, &so, &n->store, &err);
	snprintf(path, sizeof path, "%s/guard", dir);
	if (code == YW_OK)
		code = yw_guard_file_open(&n->file, path, false, &n->io, &err);
	if (code != YW_OK)
		return code;
	lo.store = n->store;
	lo.network = &n->net->network;
	lo.code = n->t->code;
	lo.keys = &n->t->keys;
	lo.request = yw_buf_bytes(&n->t->request);
	return yw_ledger_open(&lo, &n->l, &err);
}

static void
node_close(struct node *n)
{
	yw_ledger_close(n->l);
	yw_guard_file_close(&n->file);
	yw_store_close(n->store);
	yw_tnet_free(n->net);
}

static struct yw_log *
issuers(struct node *n)
{
	return yw_ledger_log(n->l, n->net->logs[0].origin.text);
}

/* ---- the writer */

struct clients {
	struct yw_buf bodies[CLIENTS];
	struct yw_append a[CLIENTS];
};

/* Each registers one record: which, follows from how long the log is. */
static void
clients_append(struct node *n, struct clients *c, uint64_t *seed)
{
	uint64_t size = yw_ledger_own(n->l)->size;
	size_t count = 1 + yw_test_next(seed) % CLIENTS;
	char id[64], title[300];

	for (size_t i = 0; i < count; i++) {
		snprintf(id, sizeof id, "320100/demand/%llu-%zu", (unsigned long long)size, i);
		memset(title, 'a' + (int)(yw_test_next(seed) % 26), sizeof title);
		title[yw_test_next(seed) % sizeof title] = '\0';
		title[sizeof title - 1] = '\0';
		yw_buf_clear(&c->bodies[i]);
		yw_lrecord(id, 1, title, &c->bodies[i]);
		c->a[i] = (struct yw_append) { .body = yw_buf_bytes(&c->bodies[i]),
			.audience = yw_test_next(seed) % 3 ? yw_unconditional : yw_not_shared };
	}
	if (yw_ledger_append(n->l, c->a, count, &err) != YW_OK)
		exit(2);
	for (size_t i = 0; i < count; i++)
		if (c->a[i].code != YW_OK)
			exit(3);
}

/* The issuer's log of this program has always the same entries; the node copies a few more of them. */
static void
copy_issuer(struct node *n)
{
	struct yw_tlog *t = &n->net->logs[0];
	uint64_t at = issuers(n)->size, end = at == 0 ? 4 : at + 2;	/* no package crosses 256 */
	struct yw_lpackage lp;

	while (t->n < end)
		yw_tnet_add_trust(t, YW_BYTES_LIT("\x2a\x06\x0a\x04some"));	/* a consent: no bodies to miss */
	yw_tlog_package(t, at, end - at, end, at, false, &lp);
	if (yw_ledger_take_package(n->l, &lp.p, &err) != YW_OK)
		exit(4);
	yw_lpackage_release(&lp);
	t->n = end;
	yw_tnet_beat(t, (uint64_t)now_ms(NULL) / 1000, NULL, 0);
	if (yw_ledger_take_beat(n->l, yw_buf_bytes(&t->beat), &err) != YW_OK)
		exit(5);
}

static uint64_t
signed_up_to(struct node *n)
{
	const struct yw_log *log = issuers(n);
	uint64_t size = 0;

	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].mine && log->beats[i].size > size)
			size = log->beats[i].size;
	return size;
}

static void
tell(struct node *n)
{
	struct yw_promise p = { .other = signed_up_to(n) };
	struct yw_guard_mark mark;
	struct yw_guard g;

	if (yw_ledger_own(n->l) != NULL) {
		p.size = yw_ledger_own(n->l)->size;
		p.root = yw_ledger_own(n->l)->root;
	}
	if (yw_guard_open(&g, &n->io, &mark, NULL) == YW_OK)	/* the number alone: what was promised in this commit */
		p.commit = mark.commit;
	yw_promise_tell(&p);
}

/* A disk that failed: nothing more is written, and what was there can be read. */
static void
check_stopped(struct node *n)
{
	struct yw_append a = { .audience = yw_unconditional };
	uint64_t size = yw_ledger_own(n->l) != NULL ? yw_ledger_own(n->l)->size : 0;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_view *v;

	if (yw_ledger_state(n->l, &err) != YW_LEDGER_FAILED || yw_ledger_append(n->l, &a, 1, &err) != YW_ESTOPPED ||
	    yw_ledger_commit(n->l, &err) != YW_EIO)
		exit(9);
	if (yw_view_open(n->l, &v, &err) != YW_OK)
		exit(10);
	if (size > 0 && yw_view_entry(v, yw_view_log(v, n->t->origin.text), 0, &bytes, &err) != YW_OK)
		exit(11);
	yw_view_close(v);
	yw_buf_release(&bytes);
}

static int
child(uint64_t seed, const char *dir)
{
	struct clients c = { .a = { { .code = YW_OK } } };
	struct node n;
	int64_t next;
	bool opened = node_open(&n, dir, false) == YW_OK;

	for (int turn = 0; opened && turn < TURNS; turn++) {
		clock_ms += 3000;
		if (yw_test_next(&seed) % 4 == 0)
			copy_issuer(&n);
		if (yw_ledger_state(n.l, &err) == YW_LEDGER_APPENDING)
			clients_append(&n, &c, &seed);
		if (yw_ledger_beat(n.l, &next, &err) != YW_OK || yw_ledger_cosign(n.l, &err) != YW_OK)
			exit(7);
		if (yw_ledger_commit(n.l, &err) != YW_OK) {
			check_stopped(&n);
			break;
		}
		tell(&n);
	}
	kill(getpid(), SIGKILL);
	return 1;
}

/* ---- the parent */

/* As `init` leaves it: a guard at size 0. */
static void
make_places(char dir[static 300], char shadow[static 300])
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_guard g = { .sequence = 0 };
	char path[400];
	static int n;

	yw_guard_here(&mark);
	snprintf(dir, 300, "%s/life-%d", yw_test_dir(), ++n);
	snprintf(shadow, 300, "%s/shadow-%d", yw_test_dir(), n);
	YW_CHECK(mkdir(dir, 0700) == 0);
	snprintf(path, sizeof path, "%s/guard", dir);
	YW_PASS(yw_guard_file_open(&f, path, true, &io, &err));
	g.io = io;
	YW_PASS(yw_guard_write(&g, &mark, &err));
	yw_guard_file_close(&f);
}

static void
live(const char *dir, const char *shadow, const char *fail, uint64_t seed, struct yw_promise *p)
{
	char number[24], path[300];
	char *args[] = { (char[]) { "ledger" }, (char[]) { "--child" }, number, path, NULL };
	struct yw_buf said = YW_BUF_INIT;
	bool aborted;
	int status;

	snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
	snprintf(path, sizeof path, "%s", dir);
	status = yw_powercut_run(dir, shadow, fail, args, &said);
	/* RocksDB itself may abort: it asserts that a file of which a call has failed is not used again. */
	aborted = fail != NULL && strncmp(fail, "kill", 4) != 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	YW_CHECK_MSG(aborted || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL), "%s: the writer ended with status %x",
	    fail != NULL ? fail : "no fault", status);
	yw_promise_hear(yw_buf_bytes(&said), p);
	yw_buf_release(&said);
	YW_PASS(yw_powercut_restore(dir, shadow, &err));
}

/* Is everything promised there, entry by entry, body by body? */
static bool
holds(struct node *n, const struct yw_promise *p)
{
	const struct yw_log_info *log;
	struct yw_view_tiles self;
	struct yw_tile_reader r;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_hash root;
	struct yw_view *v;
	bool whole = true;

	if (p->size > 0 && (yw_ledger_own(n->l) == NULL || yw_ledger_own(n->l)->size < p->size))
		return false;
	if (p->other > issuers(n)->size)
		return false;
	YW_PASS(yw_view_open(n->l, &v, &err));
	log = yw_view_log(v, n->t->origin.text);
	if (p->size > 0) {
		yw_view_tiles(v, log, &self, &r);
		YW_PASS(yw_root_at(&r, p->size, &root, &err));
		whole = yw_hash_equal(&root, &p->root);
	}
	for (uint64_t i = 0; i < p->size; i++) {
		struct yw_entry e;

		yw_buf_clear(&bytes);
		YW_PASS(yw_view_entry(v, log, i, &bytes, &err));
		YW_PASS(yw_entry_read(n->t->origin.text, yw_buf_bytes(&bytes), &e, &err));
		for (size_t k = 0; k < e.n_items; k++) {
			struct yw_buf body = YW_BUF_INIT;
			struct yw_hash h;

			YW_PASS(yw_view_body(v, log, i, (uint16_t)k, &body, &err));
			yw_sha256(body.data, body.len, &h);
			YW_CHECK(yw_hash_equal(&h, &e.hashes[k]));
			yw_buf_release(&body);
		}
		yw_entry_release(&e);
	}
	yw_view_close(v);
	yw_buf_release(&bytes);
	return whole;
}

static void
open_left(struct node *n, const char *dir)
{
	if (node_open(n, dir, true) == YW_OK)
		return;
	node_close(n);
	YW_CHECK_MSG(node_open(n, dir, false) == YW_OK, "%s", err.msg);
}

enum verdict { WHOLE, BEHIND, BROKEN };

/* What is there after a cut, or after more was taken away. */
static enum verdict
look(const char *dir, const struct yw_promise *p)
{
	struct yw_append a = { .audience = yw_unconditional };
	enum yw_ledger_mode mode;
	enum verdict v = WHOLE;
	struct node n;

	open_left(&n, dir);
	mode = yw_ledger_state(n.l, &err);
	if (mode == YW_LEDGER_BEHIND)
		v = yw_ledger_append(n.l, &a, 1, &err) == YW_ESTOPPED ? BEHIND : BROKEN;
	else if (!holds(&n, p))
		v = BROKEN;
	node_close(&n);
	return v;
}

static void
cut_once(const char *dir, const char *shadow, uint64_t *seed, bool take_wal, struct yw_promise *p, struct yw_cuts *o,
    bool *over)
{
	char fail[32], path[400];

	/* The first calls make the store; most cuts come while it is written. */
	snprintf(fail, sizeof fail, "kill:%llu", (unsigned long long)(yw_test_next(seed) % (p->commit == 0 ? 60 : 300)) + 1);
	live(dir, shadow, fail, *seed, p);
	snprintf(path, sizeof path, "%s/guard", dir);
	o->unguarded += !yw_promise_guarded(path, p);
	snprintf(path, sizeof path, "%s/db", dir);
	*over = false;
	if (look(dir, p) != WHOLE) {
		o->lost++;
		*over = true;
	} else if (take_wal && yw_remove_last_wal(path)) {
		enum verdict v = look(dir, p);

		o->noticed += v == BEHIND;
		o->unnoticed += v == BROKEN;
		*over = v != WHOLE;
	}
}

/* One directory through many lives; where it is not whole any more, the next one. */
static void
cut_often(int cuts, uint64_t seed, struct yw_cuts *o)
{
	char dir[300], shadow[300];
	struct yw_promise p = { .size = 0 };
	bool over = true;

	*o = (struct yw_cuts) { 0 };
	for (int cut = 0; cut < cuts; cut++) {
		if (over) {
			p = (struct yw_promise) { .size = 0 };
			make_places(dir, shadow);
		}
		cut_once(dir, shadow, &seed, cut % 4 == 3, &p, o, &over);
	}
}

static void
nothing_is_lost(void)
{
	struct yw_cuts o;

	cut_often(CUTS, yw_test_seed(), &o);
	yw_cuts_lost_nothing(&o);
}

/* Every call fails once, and from every call on all fail. */
static void
failing_calls(void)
{
	static const char *const kinds[] = { "eio", "eio", "enospc" }, *const once[] = { "", ":1", "" };

	for (size_t kind = 0; kind < 3; kind++) {
		char dir[300], shadow[300], fail[32], path[400];

		for (int at = 5; at < 400; at += at < 60 ? 13 : 111) {
			struct yw_promise p = { .size = 0 };
			uint64_t seed = (uint64_t)at;

			make_places(dir, shadow);
			snprintf(fail, sizeof fail, "%s:%d%s", kinds[kind], at, once[kind]);
			live(dir, shadow, fail, seed, &p);
			snprintf(path, sizeof path, "%s/guard", dir);
			YW_CHECK_MSG(yw_promise_guarded(path, &p), "%s: the guard does not cover what was said", fail);
			YW_CHECK_MSG(look(dir, &p) == WHOLE, "%s: something is lost", fail);
			live(dir, shadow, NULL, seed, &p);	/* and it goes on */
			YW_CHECK(p.size > 0 && look(dir, &p) == WHOLE);
		}
	}
}

#ifdef YW_FAULTS
static void
cut_with(const char *fault, uint64_t seed, struct yw_cuts *out)
{
	setenv("YW_FAULT", fault, 1);
	cut_often(12, seed, out);
	unsetenv("YW_FAULT");
}

static void
mutations(void)
{
	yw_cuts_find_mutations(10, cut_with);
}
#endif

static const struct yw_case cases[] = {
	{ "L1 S3 power cuts lose nothing that was acknowledged, and a lost end of the WAL is noticed", nothing_is_lost },
	{ "L1 S3 a failing disk stops writing, reads go on, and nothing acknowledged is lost", failing_calls },
#ifdef YW_FAULTS
	{ "L1 mutations: a batch or guard without sync, and an acknowledgement before the guard, are found", mutations },
#endif
};

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--child") == 0)
		return child(strtoull(argv[2], NULL, 10), argv[3]);
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
