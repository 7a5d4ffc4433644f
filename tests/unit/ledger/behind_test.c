/*
 * A store that holds less than was promised: behind its guard, or without one.  It reads, copies, serves and
 * says why it does not append; and it goes on saying so.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *top, *city;
static struct yw_buf body;

static void
start(void)
{
	net = yw_lnet_new(codes, 2, "group g 1 320000 320100\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	yw_lnode_open(top);
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	yw_lnet_sync(net);
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/b", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	yw_buf_clear(&body);
	yw_lrecord("320100/demand/c", 1, "x", &body);
}

static void
scity(void)
{
	yw_buf_release(&body);
	yw_lnet_free(net);
}

static void
read_mark(struct yw_lnode *n, struct yw_guard_mark *m)
{
	struct yw_guard g;

	YW_PASS(yw_guard_open(&g, &n->io, m, &err));
}

static void
check_behind(struct yw_lnode *n, const char *why)
{
	struct yw_append a = { .body = yw_buf_bytes(&body), .audience = yw_unconditional };

	YW_CHECK_MSG(yw_ledger_state(n->l, &err) == YW_LEDGER_BEHIND && strstr(err.msg, why) != NULL, "state: %s", err.msg);
	YW_FAILS(yw_ledger_append(n->l, &a, 1, &err), YW_ESTOPPED);
	YW_CHECK(strstr(err.msg, why) != NULL);
	YW_FAILS(yw_ledger_admit(n->l, yw_buf_bytes(&top->t->request), &err), YW_ESTOPPED);
}

/* Nothing is signed, whatever comes; copies go on. */
static void
check_quiet(struct yw_lnode *n, struct yw_lnode *from)
{
	struct yw_log *own = yw_ledger_own(n->l), *copy = yw_ledger_log(n->l, from->t->origin.text);
	uint64_t size = own != NULL ? own->size : 0;
	struct yw_buf line = YW_BUF_INIT;
	static unsigned count;
	char id[64];

	snprintf(id, sizeof id, "320000/demand/x%u", count++);
	yw_lnode_put(from, id, 1, "x", &yw_unconditional);
	yw_lnode_tick(from);
	while (yw_lnode_follow(n, from))
		;
	copy = yw_ledger_log(n->l, from->t->origin.text);
	YW_CHECK(copy->size == yw_ledger_own(from->l)->size);
	yw_lnet_wait(net, 7200000);
	yw_lnode_tick(n);
	own = yw_ledger_own(n->l);
	YW_CHECK((own != NULL ? own->size : 0) == size && !yw_ledger_dirty(n->l));
	yw_buf_printf(&line, "\xe2\x80\x94 onenet.example/%s/cosign ", n->t->code.code);
	for (size_t i = 0; i < copy->n_beats; i++)
		if (copy->beats[i].size == copy->size)
			YW_CHECK(strstr(yw_buf_str(&copy->beats[i].note), yw_buf_str(&line)) == NULL);
	yw_buf_release(&line);
}

/* The store is set back under a guard that stays: an old copy of the disk. */
static void
set_back(void)
{
	struct yw_guard_mark before, after;
	struct yw_store *old;

	start();
	if (city->dir[0] != '\0') {		/* the newest writes are gone, as when the end of a WAL is: a fresh one */
		yw_lnode_forget(city);
		yw_lnode_open(city);
	} else {
		old = yw_store_power_cut(city->store);	/* a copy of what is synced */
		yw_lnode_close(city);
		yw_store_close(city->store);
		city->store = old;
		yw_lnode_open(city);
		YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
		yw_lnode_close(city);
		yw_store_close(city->store);
		city->store = NULL;
		yw_lnode_open(city);
	}
	read_mark(city, &before);
	check_behind(city, "the guard promises commit");
	check_quiet(city, top);
	read_mark(city, &after);		/* it goes on, and its word about my log stays */
	YW_CHECK(after.commit > before.commit && after.size == before.size && yw_hash_equal(&after.root, &before.root) &&
	    strcmp(after.origin.text, before.origin.text) == 0);
	yw_lnode_reopen(city);		/* the numbers have met; it is behind all the same */
	check_behind(city, "the guard promises commit");
	check_quiet(city, top);
	scity();
}

static void
no_guard(void)
{
	start();
	yw_lnode_close(city);
	city->guard_gone = true;
	yw_lnode_open(city);
	check_behind(city, "there is no whole guard");
	check_quiet(city, top);			/* which made a guard */
	YW_CHECK(!city->guard_gone);
	yw_lnode_reopen(city);
	check_behind(city, "there is no whole guard");
	scity();

	start();
	yw_lnode_close(city);
	memset(city->guard, 0xff, sizeof city->guard);
	yw_lnode_open(city);
	check_behind(city, "there is no whole guard");
	yw_lnode_reopen(city);
	check_behind(city, "there is no whole guard");
	scity();
}

/* The commit number is met, and the log is another one than the guard knows. */
static void
other_log(void)
{
	struct yw_guard_mark m;
	struct yw_guard g;

	start();
	yw_lnode_close(city);
	YW_PASS(yw_guard_open(&g, &city->io, &m, &err));
	m.root.b[0] ^= 1;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "not those");
	yw_lnode_close(city);
	m.root.b[0] ^= 1;
	m.size++;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "not those");
	yw_lnode_close(city);
	m.size--;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_lnode_close(city);
	m.origin = top->t->origin;		/* the guard of another node */
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "not those");
	scity();
}

/* The guard is one commit behind: the process was killed between batch and guard, and nobody was told.  Whoever is
 * told now, by reading what was opened, hears nothing that the guard does not cover. */
static void
ahead(void)
{
	uint8_t guard[YW_GUARD_BYTES];
	struct yw_guard_mark m;
	uint64_t size;

	start();
	memcpy(guard, city->guard, sizeof guard);
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_close(city);
	memcpy(city->guard, guard, sizeof guard);
	yw_lnode_open(city);
	size = yw_ledger_own(city->l)->size;
	read_mark(city, &m);
	YW_CHECK(m.size == size);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_lnode_put(city, "320100/demand/d", 1, "x", &yw_unconditional);
	read_mark(city, &m);
	YW_CHECK(m.size == size + 1);
	scity();
}

/* Every commit is in the guard when it returns, those for other logs too. */
static void
covers(void)
{
	struct yw_guard_mark m;
	uint64_t commit;

	start();
	for (int i = 0; i < 5; i++) {
		char id[64];

		read_mark(city, &m);
		commit = m.commit;
		snprintf(id, sizeof id, "320100/demand/n%d", i);
		yw_lnode_put(city, id, 1, "x", &yw_unconditional);
		read_mark(city, &m);
		YW_CHECK(m.commit == commit + 1 && m.size == yw_ledger_own(city->l)->size &&
		    yw_hash_equal(&m.root, &yw_ledger_own(city->l)->root));
		read_mark(top, &m);
		commit = m.commit;
		YW_CHECK(yw_lnode_follow(top, city));
		read_mark(top, &m);
		YW_CHECK(m.commit > commit && m.size == yw_ledger_own(top->l)->size);
	}
	scity();
}

YW_TESTS(
	{ "L1 a store behind its guard refuses to append, says why, and copies and serves on", set_back },
	{ "L1 no guard, or none that is whole", no_guard },
	{ "L1 a guard that knows another log", other_log },
	{ "L1 a guard one commit behind is no trouble", ahead },
	{ "L1 the guard covers every commit when it returns, other logs' too", covers }
)
