/*
 * Whether a log is frozen is worked out from what is held: the same on every node, whatever came first.
 */
#include "support/lnet.h"
#include "support/testing.h"

static struct yw_error err;
static uint64_t seed;

static uint64_t
below(uint64_t n)
{
	return yw_test_next(&seed) % n;
}

/* ---- two branches of one log, told in every order */

static const char *const three[] = { "320000", "320100", "320200" };
#define FACTS_MAX 64

struct fact {
	enum { HEAD, BEAT, PACKAGE, FOREIGN, PAIR } kind;
	struct yw_tlog *log;
	uint64_t size;
};

static struct yw_lnet *net;
static struct yw_tnet *branch;
static struct yw_tlog *a, *b, *neighbour;
static struct yw_lnode *city;
static struct fact facts[FACTS_MAX];
static size_t n_facts;

static struct yw_bytes
beat_of(struct yw_tlog *log, uint64_t size)
{
	size_t whole = log->n;

	log->n = size;
	yw_tnet_beat(log, 1700000000, NULL, 0);
	log->n = whole;
	return yw_buf_bytes(&log->beat);
}

static struct yw_log *
copy(void)
{
	return yw_ledger_log(city->l, a->origin.text);
}

/* Whatever the ledger says of it: a fact may be refused now and taken when it is told again. */
static void
tell_package(struct yw_tlog *log, uint64_t size)
{
	struct yw_log *mine = yw_ledger_log(city->l, log->origin.text);
	struct yw_lpackage lp;
	uint64_t at = mine != NULL ? mine->size : 0;

	if (at >= size)
		return;
	yw_tlog_package(log, at, size - at, size, at, false, &lp);
	(void)!yw_ledger_take_package(city->l, &lp.p, &err);
	yw_lpackage_release(&lp);
}

/* What a neighbour who holds both branches says. */
static void
tell_pair(uint64_t size)
{
	struct yw_buf of_a = YW_BUF_INIT, of_b = YW_BUF_INIT;
	struct yw_contradiction c = { .consistency = { .n = 0 } };

	yw_tlog_head(a, size, &of_a);
	yw_tlog_head(b, size, &of_b);
	c.head_a = yw_buf_bytes(&of_a);
	c.head_b = yw_buf_bytes(&of_b);
	(void)!yw_ledger_take_contradiction(city->l, a->origin.text, &c, &err);
	yw_buf_release(&of_a);
	yw_buf_release(&of_b);
}

static void
tell(const struct fact *f)
{
	struct yw_buf note = YW_BUF_INIT;

	if (f->kind == PACKAGE) {
		tell_package(f->log, f->size);
	} else if (f->kind == BEAT) {
		(void)!yw_ledger_take_beat(city->l, beat_of(f->log, f->size), &err);
	} else if (f->kind == HEAD) {
		yw_tlog_head(f->log, f->size, &note);
		(void)!yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err);
	} else if (f->kind == FOREIGN) {
		tell_package(neighbour, f->size);
	} else {
		tell_pair(f->size);
	}
	yw_buf_release(&note);
	if (below(3) == 0)
		yw_lnode_commit(city);
	if (below(10) == 0) {
		yw_lnode_commit(city);
		yw_lnode_reopen(city);
	}
}

static void
tell_in_some_order(void)
{
	yw_test_shuffle(&seed, facts, n_facts, sizeof *facts);
	for (size_t i = 0; i < n_facts; i++)
		tell(&facts[i]);
	yw_lnode_commit(city);
	yw_lnode_commit(city);		/* what the first one found */
}

/*
 * Alone, a node finds every fork of which it hears two heads of one size.  Where the branches have other lengths it
 * may take somebody who holds the longer one: a pair is told then.
 */
static void
make_facts(uint64_t common, bool forked)
{
	n_facts = 0;
	for (size_t i = 0; i < 20; i++)
		facts[n_facts++] = (struct fact) { (int)below(3), a, 1 + below(a->n) };
	for (size_t i = 0; i < 10; i++)
		facts[n_facts++] = (struct fact) { (int)below(forked ? 3 : 2), b, 1 + below(forked ? b->n : common) };
	facts[n_facts++] = (struct fact) { FOREIGN, neighbour, neighbour->n };
	facts[n_facts++] = (struct fact) { HEAD, a, a->n };
	if (forked)
		facts[n_facts++] = (struct fact) { HEAD, b, b->n };
	if (forked && a->n != b->n)
		facts[n_facts++] = (struct fact) { PAIR, a, common + 1 };
}

static void
some_world(bool forked)
{
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t common;

	net = yw_lnet_new(three, 3, "quorum none\n");
	branch = yw_tnet_new("onenet.example", three, 3, "quorum none\n");
	city = &net->n[1];
	a = net->n[0].t;
	b = &branch->logs[0];
	neighbour = net->n[2].t;
	yw_tlog_grow(a, below(6), "x");
	common = a->n;
	yw_tlog_grow(b, common - b->n, "x");
	yw_tlog_grow(a, 3 + below(12), "x");
	yw_tlog_grow(b, below(2) ? a->n - common : 1 + below(12), "y");
	YW_PASS(yw_trust_make_foreign_beat(beat_of(forked ? b : a, forked ? b->n : common), &trust, &err));
	yw_tnet_add_trust(neighbour, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	make_facts(common, forked);
}

static void
any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 3 : 12;

	seed = yw_test_seed();
	for (int world = 0; world < worlds; world++) {
		bool forked = world % 3 != 0;

		some_world(forked);
		for (int round = 0; round < 6; round++) {
			yw_lnode_open(city);
			tell_in_some_order();
			tell_in_some_order();	/* neighbours tell what is not settled again */
			tell_in_some_order();
			YW_CHECK_MSG(copy()->frozen == forked, "world %d, round %d: %s", world, round,
			    forked ? "two branches, and the log goes on" : "one branch, and the log is frozen");
			yw_lnode_reopen(city);
			YW_CHECK(copy()->frozen == forked);
			yw_lnode_forget(city);
		}
		yw_lnet_free(net);
		yw_tnet_free(branch);
	}
}

/* ---- keys that stop being valid */

/*
 * The county, admitted by the province, signs two heads of one size; and its city, nearer, admits other keys.  With a
 * quorum beat the province's word stands, and the log is frozen; without, the heads are by nobody's keys.
 */
static bool
frozen_after(bool quorum, bool heads_first)
{
	static const char *const apart[] = { "320000", "320102", "320100", "320200" };
	struct yw_treceipt r = { "320000", 1700000000 };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_tlog *county;
	bool frozen;

	net = yw_lnet_new(apart, 4, "group g 1 320000 320200\nquorum g\n");
	branch = yw_tnet_new("onenet.example", apart, 4, "group g 1 320000 320200\nquorum g\n");
	county = net->n[1].t;
	city = &net->n[3];
	yw_lnode_open(city);
	tell_package(net->n[0].t, net->n[0].t->n);
	yw_tlog_grow(county, 2, "x");
	yw_tlog_grow(&branch->logs[1], 2, "y");
	if (quorum) {
		size_t whole = county->n;

		county->n = 1;
		yw_tnet_beat(county, 1700000000, &r, 1);
		county->n = whole;
		YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&county->beat), &err));
	}
	yw_tnet_request(net->t, "320102", "320100", "another", &request);
	yw_tnet_add_delegation(net->n[2].t, yw_buf_bytes(&request));
	for (int step = 0; step < 2; step++) {
		if ((step == 0) == heads_first) {
			tell(&(struct fact) { HEAD, county, 3 });
			tell(&(struct fact) { HEAD, &branch->logs[1], 3 });
		} else {
			tell_package(net->n[2].t, net->n[2].t->n);
		}
		yw_lnode_commit(city);
		if (step == 0 && heads_first)
			YW_CHECK(yw_ledger_log(city->l, county->origin.text)->frozen);
	}
	frozen = yw_ledger_log(city->l, county->origin.text)->frozen;
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_log(city->l, county->origin.text)->frozen == frozen);
	yw_buf_release(&request);
	yw_lnet_free(net);
	yw_tnet_free(branch);
	return frozen;
}

static void
keys_in_any_order(void)
{
	seed = yw_test_seed();
	YW_CHECK(frozen_after(true, true) && frozen_after(true, false));
	YW_CHECK(!frozen_after(false, true) && !frozen_after(false, false));
}

/* ---- many pairs */

#define PAIRS 40

/* A head that the county may have signed: of that size, by the key valid there, of a few branches. */
static void
some_head(const struct yw_tlog *log, const struct yw_key_set *old, uint64_t change, uint64_t size, uint8_t root, struct yw_buf *out)
{
	const struct yw_key_set *by = size <= change + 1 ? old : &log->keys;
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, log->origin.text, sizeof c.origin);
	memset(c.root.b, root, sizeof c.root.b);
	yw_buf_clear(out);
	YW_PASS(yw_head_sign(&c, &by->head, &by->pub.head, out, &err));
}

/* All of them in this order, with a restart somewhere. */
static void
tell_pairs(struct yw_tlog *log, const struct yw_buf pairs[static PAIRS][2], const size_t order[static PAIRS])
{
	size_t again = below(PAIRS);

	for (size_t i = 0; i < PAIRS; i++) {
		struct yw_contradiction c = { .head_a = yw_buf_bytes(&pairs[order[i]][0]), .head_b = yw_buf_bytes(&pairs[order[i]][1]) };
		enum yw_code code = yw_ledger_take_contradiction(city->l, log->origin.text, &c, &err);

		YW_CHECK(code == YW_OK || code == YW_ECONFLICT);
		if (i == again || below(3) == 0)
			yw_lnode_commit(city);
		if (i == again)
			yw_lnode_reopen(city);
	}
	yw_lnode_commit(city);
}

/* A county that has changed its keys, and pairs by either. */
static void
some_pairs(struct yw_buf pairs[static PAIRS][2])
{
	static const char *const tiers[] = { "320000", "320102", "320200" };
	struct yw_key_set old;
	uint64_t change;

	net = yw_lnet_new(tiers, 3, "quorum none\n");
	a = net->n[1].t;
	city = &net->n[2];
	yw_tlog_grow(a, 4, "x");
	old = a->keys;
	change = yw_tnet_rotate(a, net->n[0].t, "320102 new");
	for (size_t i = 0; i < PAIRS; i++) {
		uint64_t size = 1 + below(3 * change);
		uint8_t root = (uint8_t)(1 + below(3));

		some_head(a, &old, change, size, root, &pairs[i][0]);
		some_head(a, &old, change, size, (uint8_t)(root + 1), &pairs[i][1]);
	}
}

static void
pairs_in_any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 1 : 6;
	size_t order[PAIRS], n_first = 0;

	seed = yw_test_seed();
	for (size_t i = 0; i < PAIRS; i++)
		order[i] = i;
	for (int world = 0; world < worlds; world++) {
		struct yw_buf pairs[PAIRS][2] = { { YW_BUF_INIT } };
		struct yw_log_fork first[YW_FORKS_KEPT];

		some_pairs(pairs);
		for (int round = 0; round < 5; round++) {
			yw_lnode_open(city);
			tell_package(net->n[0].t, net->n[0].t->n);
			tell_package(a, a->n);
			yw_test_shuffle(&seed, order, PAIRS, sizeof *order);
			tell_pairs(a, pairs, order);
			if (round == 0) {
				n_first = copy()->n_forks;
				memcpy(first, copy()->forks, sizeof first);
			}
			YW_CHECK_MSG(copy()->n_forks == n_first && n_first >= 6, "world %d, round %d: %zu pairs", world, round, copy()->n_forks);
			for (size_t i = 0; i < n_first; i++)
				YW_CHECK_MSG(yw_hash_equal(&copy()->forks[i].id, &first[i].id), "world %d, round %d: pair %zu", world, round, i);
			yw_lnode_forget(city);
		}
		for (size_t i = 0; i < PAIRS; i++) {
			yw_buf_release(&pairs[i][0]);
			yw_buf_release(&pairs[i][1]);
		}
		yw_lnet_free(net);
	}
}

/* ---- pairs of two sizes, some of them met before it is known that the keys have changed */

struct sized {
	struct yw_buf heads[2];		/* the smaller first */
	struct yw_contradiction c;	/* over them */
	uint64_t small;
	bool counts;			/* by keys valid at both sizes (L6) */
};

static struct yw_key_set old;
static uint64_t change;			/* the key change is this entry */
static bool stolen;			/* of every pair the larger head is by a key that was rotated out before it */
static struct yw_tnet *after;
static struct yw_tlog *branches[3];	/* the log; what its old keys, and what its new ones, may have signed instead */

/* One that parts from the log before the change, and never makes it; and one that parts after it. */
static void
some_branches(void)
{
	static const char *const tiers[] = { "320000", "320102", "320200" };
	static const char *const policy = "group g 1 320000 320200\nquorum g\n";
	struct yw_tlog *d;

	net = yw_lnet_new(tiers, 3, policy);
	branch = yw_tnet_new("onenet.example", tiers, 3, policy);
	after = yw_tnet_new("onenet.example", tiers, 3, policy);
	city = &net->n[2];
	a = net->n[1].t;
	b = &branch->logs[1];
	d = &after->logs[1];
	old = a->keys;
	yw_tlog_grow(a, 4, "x");
	yw_tlog_grow(b, 1 + below(3), "x");
	yw_tlog_grow(d, 4, "x");
	change = yw_tnet_rotate(a, net->n[0].t, "320102 new");
	YW_CHECK(yw_tnet_rotate(d, &after->logs[0], "320102 new") == change);
	yw_tlog_grow(a, 12, "x");
	yw_tlog_grow(b, 16, "y");
	yw_tlog_grow(d, 12, "z");
	branches[0] = a;
	branches[1] = b;
	branches[2] = d;
}

static const struct yw_key_set *
valid_at(uint64_t size)
{
	return size <= change + 1 ? &old : &a->keys;
}

/* Is it by the key valid there?  The one that was rotated out goes on to sign, now and then: a thief has it. */
static bool
sign(uint64_t size, const struct yw_hash *root, struct yw_buf *out)
{
	const struct yw_key_set *by = stolen || below(5) == 0 ? &old : valid_at(size);
	struct yw_checkpoint c = { .size = size, .root = *root };

	memcpy(c.origin, a->origin.text, sizeof c.origin);
	YW_PASS(yw_head_sign(&c, &by->head, &by->pub.head, out, &err));
	return by == valid_at(size);
}

/* The larger head is of a branch; the smaller one is not what leads to it, but of another branch, or of none. */
static void
some_sized(struct sized *s)
{
	struct yw_tlog *log = branches[below(3)], *other = branches[below(3)];
	uint64_t least = stolen ? change + 2 : 2, large = least + below(log->n - least + 1);
	uint64_t small = below(3) == 0 ? large : 1 + below(large - 1);
	struct yw_hash root, instead;
	bool first;

	*s = (struct sized) { .heads = { YW_BUF_INIT, YW_BUF_INIT }, .small = small };
	yw_tnet_root(log, small, &instead);
	if (small <= other->n)
		yw_tnet_root(other, small, &root);
	if (small > other->n || yw_hash_equal(&root, &instead))
		memset(root.b, 1 + (int)below(3), sizeof root.b);
	first = sign(small, &root, &s->heads[0]);
	yw_tnet_root(log, large, &root);
	s->counts = sign(large, &root, &s->heads[1]) && first;
	s->c.head_a = yw_buf_bytes(&s->heads[0]);
	s->c.head_b = yw_buf_bytes(&s->heads[1]);
	if (small < large) {
		struct yw_lpackage lp;

		yw_tlog_package(log, small, 1, large, small, false, &lp);
		s->c.instead = instead;
		s->c.consistency = lp.p.consistency;
		yw_lpackage_release(&lp);
	}
}

/* So much of the log, as its owner would have sent it then. */
static void
tell_log(uint64_t size)
{
	struct yw_key_set newest = a->keys;

	a->keys = *valid_at(size);
	tell_package(a, size);
	a->keys = newest;
}

/* A mirror that did not know of the change either has signed what a thief had the rotated-out keys say. */
static void
tell_stolen_beat(void)
{
	struct yw_treceipt r = { "320000", 1700000000 };
	struct yw_key_set newest = a->keys;
	size_t whole = a->n;

	a->keys = old;
	a->n = change + 2 + below(whole - change - 1);
	yw_tnet_beat(a, 1700000000, &r, 1);
	a->keys = newest;
	a->n = whole;
	(void)!yw_ledger_take_beat(city->l, yw_buf_bytes(&a->beat), &err);
}

/* What peers give of a frozen log: how it goes on to the heads that are named (L6). */
static void
tell_goals(void)
{
	struct yw_goal goals[YW_GOALS_MAX];
	size_t n = yw_ledger_goals(city->l, copy(), goals);
	uint64_t at = copy()->size;

	for (size_t i = 0; i < n && copy()->size == at; i++) {
		struct yw_lpackage lp;
		struct yw_hash root;

		if (goals[i].head.size > a->n)
			continue;
		yw_tnet_root(a, goals[i].head.size, &root);
		if (!yw_hash_equal(&root, &goals[i].head.root))
			continue;
		yw_tlog_package(a, at, goals[i].head.size - at, goals[i].head.size, at, true, &lp);
		yw_tlog_prove(a, at, goals[i].head.size, &lp.p);
		YW_CHECK_MSG(yw_ledger_take_package(city->l, &lp.p, &err) == YW_OK, "%s", err.msg);
		yw_lpackage_release(&lp);
	}
}

static void
tell_sized(const struct sized s[static PAIRS], const size_t order[static PAIRS], size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		enum yw_code code = yw_ledger_take_contradiction(city->l, a->origin.text, &s[order[i]].c, &err);

		YW_CHECK_MSG(code == YW_OK || code == YW_ECONFLICT || !s[order[i]].counts || copy()->size <= change, "%s", err.msg);
		if (below(3) == 0)
			yw_lnode_commit(city);
		if (below(PAIRS) == 0) {
			yw_lnode_commit(city);
			yw_lnode_reopen(city);
		}
	}
	yw_lnode_commit(city);
}

/* All that peers hold, until nothing is left to tell. */
static void
tell_all(const struct sized s[static PAIRS], const size_t order[static PAIRS], bool quorum)
{
	for (int again = 0; again < 3; again++) {
		struct yw_treceipt r = { "320000", 1700000000 };

		tell_package(net->n[0].t, net->n[0].t->n);
		tell_log(a->n);
		yw_tnet_beat(a, 1700000000, &r, quorum);
		(void)!yw_ledger_take_beat(city->l, yw_buf_bytes(&a->beat), &err);
		yw_lnode_commit(city);
		tell_goals();
		yw_lnode_commit(city);
		tell_sized(s, order, 0, PAIRS);
	}
}

/* L7: what is worked out from all pairs and from where the quorum stands. */
static bool
speaks_against(const struct sized s[static PAIRS], bool quorum)
{
	for (size_t i = 0; i < PAIRS; i++)
		if (s[i].counts && (!quorum || s[i].small > change + 1))
			return true;
	return false;
}

static void
one_round_of_sized(const struct sized s[static PAIRS], bool quorum, int world, int round, struct yw_log *first)
{
	size_t order[PAIRS], early = round == 0 ? 0 : below(PAIRS);
	bool frozen = speaks_against(s, quorum);

	for (size_t i = 0; i < PAIRS; i++)
		order[i] = i;
	yw_test_shuffle(&seed, order, PAIRS, sizeof *order);
	yw_lnode_open(city);
	tell_package(net->n[0].t, net->n[0].t->n);
	tell_log(round == 0 ? a->n : below(change + 1));
	yw_lnode_commit(city);
	if (round % 2 != 0)
		tell_stolen_beat();
	tell_sized(s, order, 0, early);
	tell_all(s, order, quorum);
	YW_CHECK_MSG(copy()->frozen == frozen, "world %d, round %d, %zu before the change: frozen %d, not %d", world, round, early,
	    copy()->frozen, frozen);
	YW_CHECK_MSG(frozen || copy()->size == a->n, "world %d, round %d: it stays at %llu", world, round,
	    (unsigned long long)copy()->size);
	if (round == 0)
		*first = *copy();
	if (copy()->size <= change)	/* it was frozen before, and holds nothing by which the newer keys are good */
		first = copy();
	YW_CHECK_MSG(copy()->n_forks == first->n_forks, "world %d, round %d, %zu before the change: %zu pairs, not %zu", world, round,
	    early, copy()->n_forks, first->n_forks);
	for (size_t i = 0; i < first->n_forks; i++)
		YW_CHECK_MSG(yw_hash_equal(&copy()->forks[i].id, &first->forks[i].id), "world %d, round %d: pair %zu", world, round, i);
	yw_lnode_reopen(city);
	YW_CHECK_MSG(copy()->frozen == frozen, "world %d, round %d: frozen %d after a restart", world, round, copy()->frozen);
	yw_lnode_forget(city);
}

static void
sized_in_any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 3 : 9;
	struct sized s[PAIRS];
	struct yw_log first;

	seed = yw_test_seed();
	for (int world = 0; world < worlds; world++) {
		stolen = world % 3 == 2;
		some_branches();
		for (size_t i = 0; i < PAIRS; i++)
			some_sized(&s[i]);
		for (int round = 0; round < 4; round++)
			one_round_of_sized(s, world % 3 == 1, world, round, &first);
		for (size_t i = 0; i < PAIRS; i++) {
			yw_buf_release(&s[i].heads[0]);
			yw_buf_release(&s[i].heads[1]);
		}
		yw_tnet_free(after);
		yw_tnet_free(branch);
		yw_lnet_free(net);
	}
}

/* ---- a closing */

/* The province closes the county's log at what it holds of it: the freeze is over, whatever was heard first. */
static void
closed_in_any_order(void)
{
	static const char *const tiers[] = { "320000", "320102", "320200" };

	seed = yw_test_seed();
	for (int order = 0; order < 6; order++) {
		struct yw_buf closing = YW_BUF_INIT, head = YW_BUF_INIT;
		struct yw_closing_draft d = { .size = 2, .reason = "it forked" };
		struct yw_tlog *county;

		net = yw_lnet_new(tiers, 3, "quorum none\n");
		branch = yw_tnet_new("onenet.example", tiers, 3, "quorum none\n");
		county = net->n[1].t;
		city = &net->n[2];
		yw_tlog_grow(county, 2, "x");
		yw_tlog_grow(&branch->logs[1], 2, "y");
		yw_tlog_head(county, 2, &head);
		d.origin = county->origin;
		d.head = yw_buf_bytes(&head);
		yw_lnode_open(city);
		tell_package(net->n[0].t, net->n[0].t->n);	/* the delegation */
		YW_PASS(yw_trust_make_closing(net->t->trust, yw_tnet_generation(net->t, "320000"), &d, &closing, &err));
		yw_tnet_add_trust(net->n[0].t, yw_buf_bytes(&closing));
		for (int step = 0; step < 3; step++) {
			static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
				{ 2, 1, 0 } };
			int what = orders[order][step];

			if (what == 2)
				tell_package(net->n[0].t, net->n[0].t->n);
			else
				tell(&(struct fact) { HEAD, what == 0 ? county : &branch->logs[1], 3 });
			yw_lnode_commit(city);
		}
		for (int again = 0; again < 2; again++) {
			struct yw_log *log = yw_ledger_log(city->l, county->origin.text);
			struct yw_contradiction c;
			struct yw_view *v;

			YW_CHECK_MSG(!log->frozen, "order %d", order);
			YW_PASS(yw_view_open(city->l, &v, &err));	/* and the pair is kept */
			YW_PASS(yw_view_contradiction(v, yw_view_log(v, county->origin.text), 0, &head, &c, &err));
			yw_view_close(v);
			yw_lnode_reopen(city);
		}
		yw_buf_release(&closing);
		yw_buf_release(&head);
		yw_lnet_free(net);
		yw_tnet_free(branch);
	}
}

YW_TESTS(
	{ "L7 L6 frozen or not, whatever came first, and after a restart", any_order },
	{ "L7 T3 heads by keys that are valid no more freeze nothing, whichever was heard first", keys_in_any_order },
	{ "L7 L6 T5 of many pairs, by older keys and newer ones, the same stay in whatever order they come", pairs_in_any_order },
	{ "L7 L6 T5 so it is with pairs of two sizes, and those met before the change that makes their keys old", sized_in_any_order },
	{ "L7 a closing in force ends the freeze, whichever was heard first, and the pair is kept", closed_in_any_order })
