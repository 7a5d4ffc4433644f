/*
 * Copies of other logs: packages in and out of order, proofs, keys, entries that break a log, and bodies that
 * come with them, later, or wrong.
 */
#include "record/record.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct yw_error err;

#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

/* The province is running and has admitted the first city, in the branch of tnet: what it serves comes from there. */
static struct yw_lnet *net;
static struct yw_lnode *top, *city;	/* city: the replica under test; it copies 320000 and 320200 */
static struct yw_tlog *t;		/* log of 320000 in tnet */

static void
start(void)
{
	net = yw_lnet_new(codes, 4, POLICY);
	top = &net->n[0];
	city = &net->n[1];
	t = top->t;
	yw_lnode_open(city);
}

static void
stop(void)
{
	yw_lnet_free(net);
}

static enum yw_code
take(struct yw_lnode *to, struct yw_lpackage *lp)
{
	enum yw_code code = yw_ledger_take_package(to->l, &lp->p, &err);

	yw_lpackage_release(lp);
	return code;
}

static enum yw_code
give(struct yw_lnode *to, struct yw_tlog *log, uint64_t at, size_t n, uint64_t head_size, uint64_t from_size, bool named)
{
	struct yw_lpackage lp;

	yw_tlog_package(log, at, n, head_size, from_size, named, &lp);
	return take(to, &lp);
}

static void
check_state(struct yw_lnode *n, struct yw_tlog *log, uint64_t size, uint64_t full)
{
	struct yw_log *l = yw_ledger_log(n->l, log->origin.text);
	struct yw_hash root;

	YW_CHECK_MSG(l->size == size && l->full_size == full, "size %llu full %llu, not %llu %llu",
	    (unsigned long long)l->size, (unsigned long long)l->full_size, (unsigned long long)size, (unsigned long long)full);
	yw_tnet_root(log, size, &root);
	YW_CHECK(yw_hash_equal(&root, &l->root));
}

/* ---- packages */

static void
in_order(void)
{
	start();
	yw_tlog_grow(t, 700, "x");
	YW_PASS(give(city, t, 0, 256, t->n, 0, false));		/* the first: no consistency from nothing */
	check_state(city, t, 256, 0);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->target_size == t->n);
	YW_CHECK(yw_ledger_own(city->l) != NULL);		/* its delegation was among them */
	YW_PASS(give(city, t, 256, 100, t->n, 0, true));	/* to the named head, in the same turn */
	yw_lnode_commit(city);
	YW_PASS(give(city, t, 356, 156, t->n, 0, true));
	YW_PASS(give(city, t, 512, t->n - 512, t->n, 0, true));
	yw_lnode_commit(city);
	check_state(city, t, t->n, t->n);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->target_size == 0);

	yw_tlog_grow(t, 5, "x");		/* further: the new head is proven to extend what is here */
	YW_PASS(give(city, t, t->n - 5, 3, t->n, t->n - 5, false));
	yw_lnode_commit(city);
	check_state(city, t, t->n - 2, t->n - 5);
	yw_lnode_reopen(city);	/* a target is not kept over a restart; the head is */
	check_state(city, t, t->n - 2, t->n - 5);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->head_size == t->n);
	YW_FAILS(give(city, t, t->n - 2, 2, t->n, 0, true), YW_EINVAL);
	YW_PASS(give(city, t, t->n - 2, 2, t->n, t->n - 2, false));
	yw_lnode_commit(city);
	check_state(city, t, t->n, t->n);
	yw_lnode_reopen(city);
	check_state(city, t, t->n, t->n);
	stop();
}

static void
out_of_order(void)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	struct yw_lpackage lp;

	start();
	yw_tlog_grow(t, 300, "x");
	YW_FAILS(give(city, t, 256, 40, t->n, 0, true), YW_EINVAL);	/* not where my copy ends */
	YW_FAILS(give(city, t, 0, 100, t->n, 0, true), YW_EINVAL);	/* to a head that is no target */
	YW_PASS(give(city, t, 0, 100, 200, 0, false));
	yw_lnode_commit(city);
	yw_lnode_state(city, &before);
	YW_FAILS(give(city, t, 0, 100, 200, 0, true), YW_EINVAL);	/* again */
	YW_FAILS(give(city, t, 99, 50, 200, 0, true), YW_EINVAL);	/* overlapping */
	YW_FAILS(give(city, t, 101, 50, 200, 0, true), YW_EINVAL);
	YW_FAILS(give(city, t, 100, 50, 250, 0, true), YW_EINVAL);	/* to another head */
	YW_FAILS(give(city, t, 100, 50, t->n, 50, false), YW_EINVAL);	/* consistent from elsewhere */
	YW_FAILS(give(city, t, 100, 50, t->n, 0, false), YW_EINVAL);	/* not said to be consistent */
	yw_tlog_package(yw_lnode(net, "320200")->t, 0, 1, 1, 0, false, &lp);
	snprintf(lp.p.origin.text, sizeof lp.p.origin.text, "onenet.example/320300");
	YW_FAILS(take(city, &lp), YW_ENOENT);		/* nobody's */
	YW_FAILS(give(city, city->t, 0, 1, 1, 0, false), YW_EINVAL);	/* my own */
	YW_CHECK(!yw_lnode_dirty(city));
	yw_lnode_state(city, &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	yw_buf_release(&before);
	yw_buf_release(&after);
	stop();
}

/* A larger head replaces the target half-way; the old one is checked all the same, later. */
static void
new_target(void)
{
	start();
	yw_tlog_grow(t, 300, "x");
	YW_PASS(give(city, t, 0, 100, 200, 0, false));
	YW_PASS(give(city, t, 100, 50, t->n, 100, false));
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->target_size == t->n);
	YW_PASS(give(city, t, 150, 106, t->n, 0, true));
	YW_PASS(give(city, t, 256, t->n - 256, t->n, 0, true));
	yw_lnode_commit(city);
	check_state(city, t, t->n, t->n);
	YW_CHECK(!yw_ledger_log(city->l, t->origin.text)->frozen);
	stop();
}

static void
wrong_proofs(void)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	struct yw_lpackage lp;

	start();
	yw_tlog_grow(t, 300, "x");
	YW_PASS(give(city, t, 0, 100, 150, 0, false));
	YW_PASS(give(city, t, 100, 50, 150, 0, true));
	yw_lnode_commit(city);
	yw_lnode_state(city, &before);
	for (size_t i = 0; i < 4; i++) {
		yw_tlog_package(t, 150, 50, t->n, 150, false, &lp);
		switch (i) {
		case 0:
			lp.p.subtree.h[0].b[5] ^= 1;
			break;
		case 1:
			lp.p.entries[7].leaf.b[0] ^= 1;
			break;
		case 2:
			lp.p.subtree.n--;
			break;
		default:
			lp.p.consistency.h[1].b[31] ^= 0x80;
		}
		YW_FAILS(take(city, &lp), YW_ESIG);
	}
	yw_tlog_package(t, 150, 50, t->n, 150, false, &lp);
	lp.p.head_size--;
	YW_FAILS(take(city, &lp), YW_EPEER);		/* says another size than its head */
	yw_tlog_package(t, 150, 50, t->n, 150, false, &lp);
	lp.head.data[lp.head.len - 10] ^= 4;		/* of the signature's base64 */
	lp.p.head = yw_buf_bytes(&lp.head);
	YW_CHECK(take(city, &lp) == YW_ESIG || err.code == YW_EPEER);
	yw_tlog_package(t, 150, 50, t->n, 150, false, &lp);
	lp.p.head.len = 20;
	YW_FAILS(take(city, &lp), YW_EPEER);
	yw_tlog_package(t, 150, 50, t->n, 150, false, &lp);
	yw_buf_clear(&lp.head);
	yw_tlog_head(t, 140, &lp.head);			/* a head behind what is here */
	lp.p.head = yw_buf_bytes(&lp.head);
	lp.p.head_size = 140;
	YW_FAILS(take(city, &lp), YW_EPEER);
	YW_CHECK(!yw_lnode_dirty(city));
	yw_lnode_state(city, &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	YW_PASS(give(city, t, 150, 50, t->n, 150, false));
	yw_buf_release(&before);
	yw_buf_release(&after);
	stop();
}

/* A head that looks right and is signed by another key, of another node, or of another use of the same: it says nothing. */
static void
foreign_keys(void)
{
	struct yw_tlog *other;
	struct yw_key_set mine;

	start();
	other = yw_lnode(net, "320200")->t;
	mine = t->keys;
	t->keys.head = other->keys.head;
	t->keys.pub.head = other->keys.pub.head;
	YW_FAILS(give(city, t, 0, 3, 3, 0, false), YW_ENOENT);
	t->keys.head = mine.entry;
	t->keys.pub.head = mine.pub.entry;
	YW_FAILS(give(city, t, 0, 3, 3, 0, false), YW_ENOENT);
	t->keys = mine;
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->size == 0 && !yw_lnode_dirty(city));
	YW_PASS(give(city, t, 0, 3, 3, 0, false));
	stop();
}

/* ---- entries */

/* An entry signed by a key that was never delegated for this log stands in it, kept, without effect. */
static void
invalid_signer(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_log *log;
	struct yw_view *v;
	struct yw_item item;
	struct yw_key_set mine;

	start();
	mine = t->keys;
	yw_tlog_grow(t, 1, "x");
	t->keys.entry = net->n[3].t->keys.entry;
	t->keys.pub.entry = net->n[3].t->keys.pub.entry;
	yw_lrecord("320000/demand/stolen", 1, "x", &body);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	t->keys = mine;
	yw_tlog_grow(t, 1, "x");
	YW_PASS(give(city, t, 0, t->n, t->n, 0, false));
	yw_lnode_commit(city);
	check_state(city, t, t->n, t->n);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(!log->broken && log->n_missing == 3);
	{
		struct yw_body b = { .index = t->n - 2, .bytes = yw_buf_bytes(&body) };

		yw_body_check(&b);
		YW_PASS(yw_ledger_take_body(city->l, t->origin.text, &b, &err));
		yw_lnode_commit(city);
	}
	YW_CHECK(log->n_missing == 2);
	YW_PASS(yw_view_open(city->l, &v, &err));
	YW_FAILS(yw_view_current(v, "320000/demand/stolen", &item, &err), YW_ENOENT);
	yw_view_close(v);
	yw_buf_release(&body);
	stop();
}

/* A delegation by a key that is not valid there admits nobody. */
static void
invalid_delegation(void)
{
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_key_set mine;

	start();
	mine = t->keys;
	yw_tnet_request(net->t, "320300", "320000", "320300", &request);
	YW_PASS(yw_trust_make_delegation(yw_buf_bytes(&request), &trust, &err));
	t->keys.entry = net->n[3].t->keys.entry;
	t->keys.pub.entry = net->n[3].t->keys.pub.entry;
	yw_tnet_add_trust(t, yw_buf_bytes(&trust));
	t->keys = mine;
	YW_PASS(give(city, t, 0, t->n, t->n, 0, false));
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_log(city->l, "onenet.example/320300") == NULL);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_log(city->l, "onenet.example/320300") == NULL);
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_delegation(yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(t, yw_buf_bytes(&trust));	/* by the right key it does */
	YW_PASS(give(city, t, t->n - 1, 1, t->n, t->n - 1, false));
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_log(city->l, "onenet.example/320300") != NULL);
	yw_buf_release(&request);
	yw_buf_release(&trust);
	stop();
}

static void
from_the_future(void)
{
	struct yw_log *log;

	start();
	YW_PASS(give(city, t, 0, t->n, t->n, 0, false));
	yw_lnode_commit(city);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(!log->needs_newer);
	yw_tnet_add_future(t);
	YW_PASS(give(city, t, t->n - 1, 1, t->n, t->n - 1, false));
	yw_lnode_commit(city);
	check_state(city, t, t->n, t->n);
	YW_CHECK(log->needs_newer && !log->broken);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->needs_newer);
	stop();
}

static void
breaks_at(size_t good)
{
	struct yw_buf state = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_log *log;
	uint64_t size;

	start();
	yw_tlog_grow(t, 4 + good, "x");
	size = t->n;
	yw_tnet_add_envelope(t, yw_bytes_str("no envelope"));
	yw_tlog_grow(t, 3, "x");
	YW_PASS(give(city, t, 0, 4, 4, 0, false));
	YW_PASS(give(city, t, 4, size - 4 - good, size + 2, 4, false));
	YW_PASS(give(city, t, size - good, good + 2, size + 2, 0, true));
	yw_lnode_commit(city);
	log = yw_ledger_log(city->l, t->origin.text);
	check_state(city, t, size, 4);		/* up to it, and not served beyond the last whole head */
	YW_CHECK(log->broken && strstr(log->trouble, "breaks the log") != NULL && log->target_size == 0);
	YW_FAILS(give(city, t, size, 2, t->n, size, false), YW_EINVAL);
	yw_lnode_state(city, &state);
	yw_lnode_reopen(city);
	yw_lnode_state(city, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&state), yw_buf_bytes(&again)));
	YW_FAILS(give(city, t, size, 2, t->n, size, false), YW_EINVAL);
	yw_buf_release(&state);
	yw_buf_release(&again);
	stop();
}

static void
broken(void)
{
	breaks_at(0);
	breaks_at(1);
	breaks_at(5);
}

static void
hear(uint64_t size)
{
	struct yw_buf note = YW_BUF_INIT;

	yw_tlog_head(t, size, &note);
	YW_PASS(yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err));
	yw_buf_release(&note);
}

/* Whoever met the broken entry first, in one package with good ones, goes as far as those who never saw it. */
static void
full_before_break(void)
{
	uint64_t size;

	for (int told = 0; told < 3; told++) {
		start();
		yw_tlog_grow(t, 6, "x");
		size = t->n;
		yw_tnet_add_envelope(t, yw_bytes_str("no envelope"));
		yw_tlog_grow(t, 3, "x");
		YW_PASS(give(city, t, 0, size - 2, size - 2, 0, false));
		yw_lnode_commit(city);
		if (told == 0)		/* before, in the same turn, afterwards */
			hear(size);
		YW_PASS(give(city, t, size - 2, 3, t->n, size - 2, false));
		if (told == 1)
			hear(size);
		yw_lnode_commit(city);
		if (told == 2)
			hear(size);
		yw_lnode_commit(city);
		check_state(city, t, size, size);
		hear(t->n - 1);		/* beyond it: it goes on saying nothing */
		yw_lnode_commit(city);
		yw_lnode_reopen(city);
		check_state(city, t, size, size);
		stop();
	}
}

/* Garbage that proves into no head says nothing of the log. */
static void
garbage(void)
{
	struct yw_lpackage lp;
	struct yw_package *p = &lp.p;

	start();
	yw_tlog_grow(t, 3, "x");
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
	p->n_good = 2;
	p->entries[2].leaf.b[0] ^= 1;
	YW_FAILS(take(city, &lp), YW_ESIG);
	YW_CHECK(!yw_ledger_log(city->l, t->origin.text)->broken);
	stop();
}

static void
no_genesis(void)
{
	struct yw_tlog other;
	struct yw_log *log;

	start();
	other = *t;
	other.entries++;		/* its second entry in place of the first */
	other.leaves++;
	other.n--;
	YW_FAILS(give(city, &other, 0, other.n, other.n, 0, false), YW_EINVAL);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->broken && log->size == 0 && yw_lnode_dirty(city));
	yw_lnode_commit(city);
	yw_lnode_reopen(city);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->broken && log->size == 0);
	YW_FAILS(give(city, t, 0, t->n, t->n, 0, false), YW_EINVAL);
	stop();
}

/* ---- bodies */

static struct yw_buf body_a, body_b, borrowed, junk;
static uint64_t at_bodies;

/* One entry of four items: two records, one whose id is another code's, one that is no Record. */
static void
bodies_start(void)
{
	start();
	yw_lrecord("320000/demand/a", 1, "a", &body_a);
	yw_lrecord("320000/demand/b", 1, "b", &body_b);
	yw_lrecord("320200/demand/b", 1, "b", &borrowed);
	yw_buf_add_str(&junk, "no record");
	at_bodies = yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body_a), yw_buf_bytes(&body_b),
	    yw_buf_bytes(&borrowed), yw_buf_bytes(&junk) }, 4);
	YW_PASS(give(city, t, 0, t->n, t->n, 0, false));
	yw_lnode_commit(city);
}

static void
bodies_stop(void)
{
	yw_buf_release(&body_a);
	yw_buf_release(&body_b);
	yw_buf_release(&borrowed);
	yw_buf_release(&junk);
	stop();
}

static enum yw_code
take_body(uint64_t index, uint16_t item, const struct yw_buf *bytes)
{
	struct yw_body b = { .index = index, .item = item, .bytes = yw_buf_bytes(bytes) };

	yw_body_check(&b);
	return yw_ledger_take_body(city->l, t->origin.text, &b, &err);
}

static bool
is_current(const char *id)
{
	struct yw_item item;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(city->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return code == YW_OK;
}

static size_t
missing(struct yw_missing *out)
{
	return yw_ledger_missing(city->l, yw_ledger_log(city->l, t->origin.text), &(struct yw_missing) { 0, 0 }, out, 8);
}

/* "hhmm ": the state of each body of an entry. */
static const char *
places_at(uint64_t index)
{
	return strchr(yw_lnode_places(city, t->origin.text, index), ':') + 1;
}

static void
later(void)
{
	struct yw_missing places[8];
	struct yw_log *log;

	bodies_start();
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->n_missing == 4 && log->held == at_bodies && log->receipts_to == at_bodies && missing(places) == 4);
	YW_CHECK(places[3].index == at_bodies && places[3].item == 3);
	YW_CHECK(yw_ledger_missing(city->l, log, &places[2], places, 8) == 2);
	YW_PASS(take_body(at_bodies, 1, &body_b));
	YW_PASS(take_body(at_bodies, 1, &body_b));		/* twice in a turn */
	YW_CHECK(log->n_missing == 3);
	yw_lnode_commit(city);
	YW_CHECK(is_current("320000/demand/b") && !is_current("320000/demand/a") && missing(places) == 3);
	YW_PASS(take_body(at_bodies, 1, &body_b));		/* and after it */
	YW_CHECK(!yw_lnode_dirty(city) && log->held == at_bodies);
	YW_PASS(take_body(at_bodies, 0, &body_a));
	yw_lnode_commit(city);
	YW_CHECK(is_current("320000/demand/a") && missing(places) == 2 && places[0].item == 2);
	bodies_stop();
}

static void
wrong_ones(void)
{
	struct yw_buf cut;

	bodies_start();
	YW_FAILS(take_body(at_bodies, 0, &body_b), YW_EPEER);		/* of another hash */
	cut = body_a;
	cut.len--;
	YW_FAILS(take_body(at_bodies, 0, &cut), YW_EPEER);
	YW_PASS(take_body(at_bodies, 4, &body_a));			/* of no place that is missing */
	YW_PASS(take_body(0, 0, &body_a));
	YW_FAILS(take_body(t->n, 0, &body_a), YW_ENOENT);		/* of no entry here */
	YW_CHECK(!yw_lnode_dirty(city) && yw_ledger_log(city->l, t->origin.text)->n_missing == 4);
	bodies_stop();
}

/* What may not be held is not held, not asked for again, and no receipt goes past it. */
static void
unholdable(void)
{
	struct yw_missing places[8];
	struct yw_log *log;
	struct yw_view *v;
	struct yw_buf out = YW_BUF_INIT;

	bodies_start();
	YW_PASS(take_body(at_bodies, 0, &body_a));
	YW_PASS(take_body(at_bodies, 1, &body_b));
	YW_FAILS(take_body(at_bodies, 2, &borrowed), YW_EINVAL);
	YW_PASS(take_body(at_bodies, 2, &borrowed));			/* in the same turn: known */
	yw_lnode_commit(city);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->n_missing == 1 && missing(places) == 1 && places[0].item == 3);
	YW_CHECK(strcmp(places_at(at_bodies), "hhrm ") == 0);
	YW_FAILS(take_body(at_bodies, 3, &junk), YW_EINVAL);
	yw_lnode_commit(city);
	YW_CHECK(log->n_missing == 0 && missing(places) == 0 && log->held == t->n && log->receipts_to == at_bodies);
	YW_PASS(take_body(at_bodies, 3, &junk));
	YW_CHECK(!yw_lnode_dirty(city) && !is_current("320200/demand/b"));
	yw_lnode_reopen(city);
	YW_CHECK(strcmp(places_at(at_bodies), "hhrr ") == 0);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->n_missing == 0 && log->held == t->n && log->receipts_to == at_bodies);
	YW_PASS(yw_view_open(city->l, &v, &err));
	for (uint16_t i = 2; i < 4; i++)
		YW_FAILS(yw_view_body(v, yw_view_log(v, t->origin.text), at_bodies, i, &out, &err), YW_ENOENT);
	yw_view_close(v);
	yw_buf_release(&out);
	bodies_stop();
}

/* The same, where they come inside the package. */
static void
unholdable_with_it(void)
{
	struct yw_lpackage lp;
	struct yw_log *log;

	bodies_start();
	yw_lnode_forget(city);
	city->guard_gone = true;
	yw_lnode_open(city);
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
	free(lp.p.bodies);
	lp.p.bodies = calloc(4, sizeof *lp.p.bodies);
	YW_CHECK(lp.p.bodies != NULL);
	lp.p.n_bodies = 3;
	lp.p.bodies[0] = (struct yw_body) { .index = at_bodies, .item = 0, .bytes = yw_buf_bytes(&body_a) };
	lp.p.bodies[1] = (struct yw_body) { .index = at_bodies, .item = 2, .bytes = yw_buf_bytes(&borrowed) };
	lp.p.bodies[2] = (struct yw_body) { .index = at_bodies, .item = 3, .bytes = yw_buf_bytes(&junk) };
	for (size_t i = 0; i < 3; i++)
		yw_body_check(&lp.p.bodies[i]);
	YW_PASS(take(city, &lp));
	yw_lnode_commit(city);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->n_missing == 1 && log->held == at_bodies && log->receipts_to == at_bodies);
	YW_CHECK(is_current("320000/demand/a") && !is_current("320200/demand/b"));
	YW_PASS(take_body(at_bodies, 1, &body_b));
	yw_lnode_commit(city);
	YW_CHECK(log->n_missing == 0 && log->held == t->n && log->receipts_to == at_bodies);
	bodies_stop();
}

/* Classes: what is for me is asked for, what is not is not, and only the unconditional holds up receipts. */
static void
not_for_me(void)
{
	struct yw_audience county = yw_conditional("320102"), other = yw_conditional("320200");
	struct yw_log *log;

	net = yw_lnet_new(codes, 4, POLICY);
	for (size_t i = 0; i < 4; i++)
		yw_lnode_open(&net->n[i]);
	top = &net->n[0];
	city = &net->n[1];
	t = top->t;
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	yw_lnet_sync(net);
	yw_lnode_put(top, "320000/demand/n", 1, "x", &yw_not_shared);
	yw_lnode_put(top, "320000/demand/o", 1, "x", &other);
	yw_lnode_put(top, "320000/demand/c", 1, "x", &county);	/* 320100 is above it */
	yw_lnode_put(top, "320000/demand/u", 1, "x", &yw_unconditional);
	while (yw_lnode_follow(city, top))
		;
	log = yw_lnode_log(city, "320000");
	YW_CHECK(log->size == yw_ledger_own(top->l)->size && log->n_missing == 0 && log->held == log->size);
	YW_CHECK(!is_current("320000/demand/n") && !is_current("320000/demand/o"));
	YW_CHECK(is_current("320000/demand/c") && is_current("320000/demand/u"));
	while (yw_lnode_follow(&net->n[3], city))	/* a relay passes on what it holds: not the other's */
		;
	log = yw_lnode_log(&net->n[3], "320000");
	YW_CHECK(log->n_missing == 1 && log->held == log->size - 3 && log->receipts_to == log->size);
	while (yw_lnode_follow(&net->n[3], top))
		;
	YW_CHECK(log->n_missing == 0 && log->held == log->size);
	yw_lnet_free(net);
}

YW_TESTS(
	{ "R3 packages in order, to a new head and to a named one, over a restart", in_order },
	{ "R3 what does not fit now is refused and leaves no trace", out_of_order },
	{ "R3 a larger head takes the target's place half-way", new_target },
	{ "R3 wrong subtree, leaf, consistency, head: refused, no trace", wrong_proofs },
	{ "B10 T2 a head by another key", foreign_keys },
	{ "B3 T5 an entry by a key that is not valid there is kept without effect", invalid_signer },
	{ "B3 T3 a delegation by a key that is not valid there admits nobody, also after a restart", invalid_delegation },
	{ "B3 a trust kind of the future is kept, and the log needs a newer version", from_the_future },
	{ "B3 L9 nothing is mirrored past an entry that breaks the log", broken },
	{ "L9 R3 what comes before the broken entry is served to everybody, in whatever order it came", full_before_break },
	{ "L9 what proves into no head breaks no log", garbage },
	{ "T4 a log whose entry 0 is no genesis is never attributable", no_genesis },
	{ "R5 bodies that come later, twice, in any order", later },
	{ "B6 bodies of another hash, or that nobody asked for", wrong_ones },
	{ "B6 R5 a body that may not be held: not asked for again, no receipt past it", unholdable },
	{ "B6 R5 the same inside a package", unholdable_with_it },
	{ "V1 V3 R5 what is not for me is not missing; only the unconditional holds up receipts", not_for_me }
)
