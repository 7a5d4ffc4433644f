/*
 * Copies of next generations (T14): who keeps how much of them, and what becomes of it.
 */
#include "ledger/ledger_int.h"
#include "unit/sync/exchange_world.h"

#define NEXT "onenet.example/320102/g2"
#define TWINS 2

static const char *const codes[] = { "320000", "320100", "320102" };

static struct peer *province, *city, *county, *twins[TWINS];
static struct yw_lnode twin_nodes[TWINS];
static struct yw_tlog twin_logs[TWINS];
static struct yw_key_set fresh;
static struct yw_seckey old;

static void
start(size_t next_bytes)
{
	begin(codes, 3, "group g any 320000 320100\nquorum g\n");
	yw_lnode(net, "320100")->next_bytes = next_bytes;
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(20000);
	connect_line(county, city);
	settle();
	yw_lnode_admit(net, "320102");
	later(20000);
	put_demand(county, "a", "in the first log", &yw_unconditional);
	later(20000);
	old = county->n->t->keys.head;
}

static void
ask(const char *label, const struct yw_seckey *old_head, struct yw_key_set *keys, struct yw_buf *out)
{
	yw_tnet_keys(label, keys);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", label, 2, 0, old_head }, out);
}

static void
next_log(struct peer *p, const char *label, const struct yw_seckey *old_head)
{
	struct yw_buf request = YW_BUF_INIT;

	ask(label, old_head, &fresh, &request);
	if (p->desk != NULL)
		stop_peer(p);
	yw_lnode_next(p->n, &request, &fresh);
	start_peer(p);
	yw_buf_release(&request);
}

/* Another machine with the county's old keys, which meets nobody yet. */
static struct peer *
away(size_t i, const char *label)
{
	struct peer *p = &peers[n_peers++];

	yw_lnode_twin(county->n, &twin_logs[i], &twin_nodes[i]);
	twin_logs[i].keys.head = old;
	*p = (struct peer) { .n = &twin_nodes[i], .memory = MEMORY };
	twins[i] = p;
	next_log(p, label, &old);
	return p;
}

static struct peer *
twin(size_t i, const char *label)
{
	struct peer *p = away(i, label);

	connect_line(p, city);
	settle();
	return p;
}

static void
wait_all(int64_t ms)
{
	for (; ms > 0; ms -= 1000) {
		for (size_t i = 0; i < TWINS; i++) {
			twin_nodes[i].utc_ms += 1000;
			twin_nodes[i].mono_ms += 1000;
		}
		later(1000);
	}
}

static void
finish(size_t n_twins)
{
	for (size_t i = 0; i < n_twins; i++) {
		stop_peer(twins[i]);
		yw_lnode_end(&twin_nodes[i]);
	}
	end();
}

static void
close_first(bool revoked)
{
	YW_PASS(yw_ledger_close_log(city->n->l, "onenet.example/320102", &(struct yw_closing_draft) { .reason = "r", .revoked = revoked },
	    &err));
	turn(city);
	wait_all(10000);
}

static void
grant(struct peer *p)
{
	YW_CHECK_MSG(yw_ledger_admit(city->n->l, yw_buf_bytes(&p->n->t->request), &err) == YW_OK, "%s", err.msg);
	turn(city);
}

static bool
keeps(const struct peer *p, const struct peer *of, struct yw_kept *k)
{
	return yw_ledger_kept(p->n->l, &of->n->t->keys.pub.session, k);
}

/* How many keys of this kind are held of copies. */
static size_t
on_disk(const struct peer *p, enum family family)
{
	uint8_t first = 0xff;
	struct yw_iter *it = yw_iter_new(p->n->store, NULL, family, (struct yw_bytes) { &first, 1 }, (struct yw_bytes) { NULL, 0 },
	    false);
	size_t n = 0;

	for (; yw_iter_valid(it); yw_iter_next(it))
		n++;
	YW_PASS(yw_iter_finish(it, &err));
	return n;
}

static size_t
all_on_disk(const struct peer *p)
{
	return on_disk(p, F_ENTRIES) + on_disk(p, F_BODIES) + on_disk(p, F_TILES) + on_disk(p, F_HEADS);
}

static uint64_t
own_size(const struct peer *p)
{
	return yw_ledger_own(p->n->l)->size;
}

static void
given(void)
{
	struct yw_kept k;
	struct letter since;
	size_t mark, n;

	start(0);
	next_log(county, "second", &old);
	settle();
	for (unsigned i = 0; i < 3; i++) {
		put_demand(county, (char[2]) { (char)('b' + i) }, "before it is granted", &yw_unconditional);
		later(3000);
	}
	put_demand(county, "ours", "not shared", &yw_not_shared);
	later(5000);
	YW_CHECK_MSG(keeps(city, county, &k) && k.size == own_size(county) && k.full_size == k.size, "%llu of %llu",
	    (unsigned long long)k.size, (unsigned long long)own_size(county));
	YW_CHECK(on_disk(city, F_ENTRIES) == k.size && on_disk(city, F_BODIES) == 3);	/* the unconditional ones */
	YW_CHECK(yw_ledger_log(city->n->l, NEXT) == NULL && yw_ledger_n_kept(province->n->l) == 0);
	restart(&lines[1]);			/* the county's end, which is a stranger */
	later(5000);
	stop_peer(city);
	start_peer(city);
	later(5000);
	put_demand(county, "e", "goes on", &yw_unconditional);
	later(10000);
	YW_CHECK(keeps(city, county, &k) && k.size == own_size(county));
	close_first(false);
	YW_CHECK(keeps(city, county, &k));
	mark = n_letters;
	grant(county);
	later(60000);
	since = sum(mark, county, city, &n);
	YW_CHECK_MSG(since.entries <= 1, "%zu entries came again", since.entries);
	YW_CHECK(yw_ledger_log(city->n->l, NEXT)->size == own_size(county) && yw_ledger_log(province->n->l, NEXT)->size == own_size(county));
	YW_CHECK(yw_ledger_log(city->n->l, NEXT)->n_missing == 0 && since.bodies == 1);	/* that for few came by its place */
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0 && all_on_disk(city) == 0);
	YW_CHECK(city->cuts == 0 && county->cuts == 0);
	finish(0);
}

/* A copied machine goes on with the copy of the same next log: what it says contradicts what its original said. */
static void
two_ways(unsigned original, unsigned copied, bool at_once)
{
	struct yw_kept k;

	start(0);
	next_log(county, "second", &old);
	settle();
	for (unsigned i = 0; i < original; i++) {
		put_demand(county, (char[2]) { (char)('b' + i) }, "of the original", &yw_unconditional);
		later(3000);
	}
	YW_CHECK(keeps(city, county, &k) && k.size == own_size(county) && k.size >= original);
	stop_peer(county);
	(void)away(0, "second");
	for (unsigned i = 0; i < copied; i++) {
		put_demand(twins[0], (char[2]) { (char)('b' + i) }, "of the copy", &yw_unconditional);
		wait_all(3000);
	}
	connect_line(twins[0], city);
	wait_all(90000);
	YW_CHECK_MSG(keeps(city, county, &k) && k.stopped == at_once, "%llu entries", (unsigned long long)k.size);
	YW_CHECK(yw_ledger_log(city->n->l, NEXT) == NULL);
	close_first(false);
	grant(county);
	wait_all(60000);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0 && yw_ledger_log(city->n->l, NEXT)->frozen);
	YW_CHECK(yw_ledger_log(province->n->l, NEXT)->frozen);	/* passed on */
	YW_CHECK(city->cuts == 0);
	start_peer(county);
	finish(1);
}

static void
goes_two_ways(void)
{
	two_ways(1, 1, true);
	two_ways(3, 1, true);
	two_ways(1, 4, false);		/* it has found that out itself, stops, and says so when somebody can judge it */
}

/* Of three machines with the same old keys two are kept; one is granted, and the others' copies go. */
static void
two_and_no_more(void)
{
	struct yw_kept k;

	start(0);
	next_log(county, "second", &old);
	settle();
	(void)twin(0, "another");
	wait_all(5000);
	(void)twin(1, "third");
	wait_all(10000);
	put_demand(county, "b", "here", &yw_unconditional);
	put_demand(twins[0], "b", "and there", &yw_unconditional);
	put_demand(twins[1], "b", "everywhere", &yw_unconditional);
	wait_all(10000);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 2 && !keeps(city, twins[1], &k));
	YW_CHECK(keeps(city, county, &k) && k.size == own_size(county));
	YW_CHECK(keeps(city, twins[0], &k) && k.size == own_size(twins[0]));
	close_first(false);
	grant(twins[0]);
	wait_all(90000);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0 && all_on_disk(city) == 0);
	YW_CHECK(yw_ledger_log(city->n->l, NEXT)->size == own_size(twins[0]));
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_VOIDED, "%s", err.msg);
	YW_CHECK(yw_ledger_state(twins[1]->n->l, &err) == YW_LEDGER_VOIDED);
	YW_CHECK(yw_ledger_state(twins[0]->n->l, &err) == YW_LEDGER_APPENDING);
	finish(2);
}

/* So many bytes and no more; what came after is fetched when it is granted. */
static void
bounded(void)
{
	struct yw_kept k;

	start(4000);
	next_log(county, "second", &old);
	settle();
	for (unsigned i = 0; i < 12; i++) {
		put_demand(county, (char[2]) { (char)('b' + i) }, "one of many", &yw_unconditional);
		later(2000);
	}
	YW_CHECK_MSG(keeps(city, county, &k) && k.stopped && k.bytes <= 4000 && k.size > 2 && k.size < own_size(county), "%llu bytes",
	    (unsigned long long)k.bytes);
	close_first(false);
	grant(county);
	later(60000);
	YW_CHECK(yw_ledger_log(city->n->l, NEXT)->size == own_size(county) && yw_ledger_log(city->n->l, NEXT)->n_missing == 0);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0 && all_on_disk(city) == 0);
	finish(0);
}

/* Without the old head key, or once its word counts for nothing, nothing is kept: a thief fills no place. */
static void
only_by_the_old_key(void)
{
	struct yw_kept k;

	start(0);
	next_log(county, "second", NULL);
	settle();
	put_demand(county, "b", "of a recovery", &yw_unconditional);
	later(10000);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0);
	(void)twin(0, "another");
	put_demand(twins[0], "b", "of who has the key", &yw_unconditional);
	wait_all(10000);
	YW_CHECK(keeps(city, twins[0], &k));
	close_first(true);
	wait_all(5000);
	YW_CHECK(yw_ledger_n_kept(city->n->l) == 0 && all_on_disk(city) == 0);
	finish(1);
}

/* L3: the copy is what its keeper knows of the log; an older disk is found out, and the same one is cleared. */
static void
tells_its_owner(void)
{
	struct yw_limage image;

	start(0);
	county->n->never_alone = true;
	yw_lnode_boot(county->n);
	next_log(county, "second", &old);
	later(10000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);	/* the city held nothing of it */
	put_demand(county, "b", "first", &yw_unconditional);
	later(10000);
	stop_peer(county);
	yw_lnode_boot(county->n);
	start_peer(county);
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_ASKING);
	later(20000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);
	stop_peer(county);
	YW_CHECK(yw_lnode_image(county->n, &image));
	start_peer(county);
	put_demand(county, "c", "after the image was made", &yw_unconditional);
	later(10000);
	stop_peer(county);
	yw_lnode_boot(county->n);
	yw_lnode_set_back(county->n, &image);
	start_peer(county);
	later(20000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND, "%s", err.msg);
	close_first(false);
	grant(county);
	later(60000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);	/* fetched back from the city */
	YW_CHECK(yw_ledger_own(county->n->l)->size == yw_ledger_log(city->n->l, NEXT)->size && own_size(county) >= 3);
	finish(0);
}

/* A new machine with keys and request and nothing else.  What was for few was on the old one alone. */
static void
disk_is_lost(void)
{
	struct yw_kept k;
	uint64_t size;

	start(0);
	county->n->never_alone = true;
	next_log(county, "second", &old);
	later(10000);
	put_demand(county, "b", "for all", &yw_unconditional);
	put_demand(county, "ours", "not shared", &yw_not_shared);
	put_demand(county, "c", "for all", &yw_unconditional);
	later(10000);
	size = own_size(county);
	YW_CHECK(keeps(city, county, &k) && k.size == size);
	stop_peer(county);
	yw_lnode_forget(county->n);
	county->n->guard_gone = true;
	yw_lnode_boot(county->n);
	start_peer(county);
	later(30000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND, "%s", err.msg);
	YW_CHECK_MSG(yw_ledger_own(county->n->l) == NULL || own_size(county) == 0, "%llu", (unsigned long long)own_size(county));
	close_first(false);
	grant(county);
	later(120000);
	YW_CHECK_MSG(yw_ledger_state(county->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);
	YW_CHECK(own_size(county) == size);
	YW_CHECK_MSG(strcmp(yw_lnode_places(county->n, NEXT, 0), "1:h 2:m 3:h ") == 0, "%s", yw_lnode_places(county->n, NEXT, 0));
	YW_PASS(yw_ledger_declare_lost(county->n->l, 1, &err));
	turn(county);
	put_demand(county, "ours", "not shared, registered anew", &yw_not_shared);
	later(30000);
	YW_CHECK_MSG(strncmp(yw_lnode_places(county->n, NEXT, 0), "1:h 2:l 3:h ", 12) == 0, "%s", yw_lnode_places(county->n, NEXT, 0));
	YW_CHECK(yw_ledger_own(county->n->l)->n_missing == 0);
	YW_CHECK(yw_ledger_log(province->n->l, NEXT)->size == own_size(county));
	YW_CHECK(yw_exchange_durable(county->x, &(struct yw_jurisdiction) { "320100" }, own_size(county)));
	finish(0);
}

YW_TESTS({ "T14 T8 a copy of a next log is kept, shown to nobody, and is the log once it is granted, without being fetched again", given },
    { "T14 of a next generation two copies are kept and no third; what lost goes from the disk", two_and_no_more },
    { "L6 T14 two heads of a copy are kept, and freeze its log everywhere once it is granted", goes_two_ways },
    { "T14 so many bytes of a copy are kept and no more", bounded },
    { "T14 T9 a copy is kept of what the old key asked for, as long as its word counts", only_by_the_old_key },
    { "L3 L2 T14 who keeps a copy clears its owner by it, and finds out an old disk", tells_its_owner },
    { "T14 L2 a next log whose disk is lost before it is granted comes back from who keeps the copy, but for what was for few", disk_is_lost })
