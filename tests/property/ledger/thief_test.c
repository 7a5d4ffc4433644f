/*
 * A thief goes on with keys that the owner rotates out.  Whatever a replica hears first of the two branches, and wherever it is
 * restarted, it ends on the owner's, which is not frozen, where a quorum stands beyond the key change and none on the thief's;
 * else it leaves no branch at all (T5, T7, L7).
 */
#include "support/lnet.h"
#include "support/testing.h"

#define FACTS_MAX 32
#define ROUNDS 6

static const char *const codes[] = { "320000", "320102", "320200", "320300" };
static struct yw_error err;
static uint64_t seed;

static struct yw_lnet *net;
static struct yw_tnet *branch;
static struct yw_tlog *top, *a, *b;	/* the owner's, and the thief's; one log up to `common` */
static uint64_t common, change;		/* entry of a from which on the new keys sign */
static struct yw_key_set old;
static struct yw_lnode *n;

struct fact {
	enum { ISSUER, COPY, HEAD, BEAT } kind;
	struct yw_tlog *log;
	uint64_t size;
	bool quorum;
};
static struct fact facts[FACTS_MAX];
static size_t n_facts;
static bool stands, stolen_stands;	/* a quorum beyond the key change; one on the thief's branch */

static uint64_t
below(uint64_t max)
{
	return yw_test_next(&seed) % max;
}

/* ---- a world */

static void
add(struct fact f)
{
	YW_CHECK(n_facts < FACTS_MAX);
	facts[n_facts++] = f;
}

static void
steal(void)
{
	struct yw_buf request = YW_BUF_INIT;

	yw_tlog_grow(b, 1 + below(12), "y");
	if (below(3) == 0)	/* and puts the owner's key change there too */
		yw_tnet_add_key_change(b, &branch->logs[0], yw_tnet_delegate_next_keys(b, &branch->logs[0], "320102 new", &request));
	yw_buf_release(&request);
}

static void
some_world(void)
{
	static const char *const policy = "group g any 320000 320200\nquorum g\n";

	net = yw_lnet_new(codes, 4, policy);
	branch = yw_tnet_new("onenet.example", codes, 4, policy);
	top = net->n[0].t;
	a = net->n[1].t;
	b = &branch->logs[1];
	n = &net->n[3];
	n_facts = 0;
	yw_tlog_grow(a, below(9), "x");
	yw_tlog_grow(b, a->n - b->n, "x");
	common = a->n;
	add((struct fact) { BEAT, a, common, true });
	old = a->keys;
	yw_tlog_grow(a, below(4), "x");
	steal();
	add((struct fact) { HEAD, a, 1 + below(a->n), false });
	add((struct fact) { COPY, a, a->n, false });
	change = yw_tnet_rotate(a, top, "320102 new") + 1;
	yw_tlog_grow(a, 2 + below(9), "x");
	stands = below(4) > 0;
	stolen_stands = below(4) == 0;
	add((struct fact) { ISSUER, top, top->n, false });
	add((struct fact) { COPY, a, a->n, false });
	add((struct fact) { COPY, b, common + 1 + below(b->n - common), false });
	add((struct fact) { COPY, b, b->n, false });
	add((struct fact) { HEAD, a, a->n, false });
	add((struct fact) { HEAD, b, common + 1, false });
	add((struct fact) { BEAT, a, change + 1 + below(a->n - change), stands });
	add((struct fact) { BEAT, a, change + 1 + below(a->n - change), stands });
	add((struct fact) { BEAT, b, common + 1 + below(b->n - common), stolen_stands });
}

static void
end_world(void)
{
	yw_lnet_free(net);
	yw_tnet_free(branch);
}

/* ---- what is told */

static struct yw_log *
copy(void)
{
	return yw_ledger_log(n->l, a->origin.text);
}

static void
commit_all(void)
{
	for (int i = 0; i < 30 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

static bool
has_root(struct yw_tlog *log, uint64_t size, const struct yw_hash *is)
{
	struct yw_hash root;

	if (size > log->n)
		return false;
	yw_tnet_root(log, size, &root);
	return yw_hash_equal(&root, is);
}

static bool
is_on(struct yw_tlog *log)
{
	return copy() != NULL && has_root(log, copy()->size, &copy()->root);
}

/* What is signed of a head of that size is by the keys that were valid there. */
static struct yw_key_set
sign_as_then(const struct fact *f)
{
	struct yw_key_set keys = f->log->keys;

	if (f->log == a && f->size <= change)
		a->keys = old;
	return keys;
}

/* From the copy's end, or from a smaller size, into that head; named: to who asked for it. */
static enum yw_code
hand(struct yw_tlog *log, uint64_t start, uint64_t size, bool named)
{
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(log, start, size - start, size, start, named, &lp);
	if (named)
		yw_tlog_prove(log, start, size, &lp.p);
	code = yw_ledger_take_package(n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	return code;
}

static void
tell_beat(const struct fact *f)
{
	struct yw_treceipt r = { "320200", 1700000200 };
	size_t whole = f->log->n;

	f->log->n = f->size;
	yw_tnet_beat(f->log, 1700000100, &r, f->quorum);
	f->log->n = whole;
	(void)!yw_ledger_take_beat(n->l, yw_buf_bytes(&f->log->beat), &err);
}

static void
tell_head(const struct fact *f)
{
	struct yw_buf note = YW_BUF_INIT;

	yw_tlog_head(f->log, f->size, &note);
	(void)!yw_ledger_take_head(n->l, yw_buf_bytes(&note), &err);
	yw_buf_release(&note);
}

static void
tell(const struct fact *f)
{
	const struct yw_log *mine = yw_ledger_log(n->l, f->log->origin.text);
	uint64_t at = mine != NULL ? mine->size : 0;
	struct yw_key_set keys = sign_as_then(f);

	if (f->kind == BEAT)
		tell_beat(f);
	else if (f->kind == HEAD)
		tell_head(f);
	else if (at < f->size)
		(void)!hand(f->log, at, f->size, false);
	f->log->keys = keys;
	if (below(3) == 0)
		yw_lnode_commit(n);
	if (below(12) == 0) {
		commit_all();
		yw_lnode_reopen(n);
	}
}

static void
tell_in_some_order(void)
{
	yw_test_shuffle(&seed, facts, n_facts, sizeof *facts);
	for (size_t i = 0; i < n_facts; i++)
		tell(&facts[i]);
	commit_all();
}

/* ---- what is asked for */

/* Who holds the owner's branch gives its key changes, from where both have one root. */
static void
give_keys(void)
{
	for (uint64_t back = 0; copy() != NULL; back = back == 0 ? 1 : 2 * back) {
		uint64_t at = copy()->size > back ? copy()->size - back : 0;
		struct yw_hash root;

		YW_PASS(yw_ledger_root(n->l, copy(), at, &root, &err));
		if (at < a->n && has_root(a, at, &root)) {
			(void)!hand(a, at, a->n, false);
			break;
		}
		if (at == 0)
			break;
	}
	commit_all();
	for (size_t i = 0; i < n_facts; i++)
		if (facts[i].kind == BEAT && facts[i].log == a && facts[i].size > change)
			tell_beat(&facts[i]);
	commit_all();
}

static void
answer(const struct yw_sought *s)
{
	struct yw_tlog *log = has_root(a, s->head.size, &s->head.root) ? a : b;

	YW_CHECK(has_root(log, s->head.size, &s->head.root));
	yw_tlog_answer(log, s, n);
}

/* A frozen log goes on to what is named, by whoever holds that. */
static bool
go_on(void)
{
	struct yw_goal goals[YW_GOALS_MAX];
	size_t count = yw_ledger_goals(n->l, copy(), goals);
	uint64_t at = copy()->size;

	for (size_t i = 0; i < count; i++) {
		struct yw_tlog *log = has_root(a, goals[i].head.size, &goals[i].head.root) ? a : b;

		if (has_root(log, at, &copy()->root) && hand(log, at, goals[i].head.size, true) == YW_OK)
			return true;
	}
	return false;
}

static void
settle(void)
{
	struct yw_sought s;

	for (int i = 0; copy() != NULL; i++) {
		YW_CHECK_MSG(i < 200, "it seeks for ever");
		commit_all();
		if (yw_ledger_seeks(n->l, copy(), &s))
			answer(&s);
		else if (copy()->target_size != 0)
			YW_PASS(hand(has_root(a, copy()->target_size, &copy()->target_root) ? a : b, copy()->size, copy()->target_size, true));
		else if (!go_on())
			break;
	}
	commit_all();
}

/* ---- what comes of it */

/* Nobody left a branch, but the thief's for the owner's, as long as no quorum was known there. */
static void
check_stayed(struct yw_tlog **on, int world, int round)
{
	bool here = is_on(a) && copy()->size > common, there = is_on(b) && copy()->size > common;

	if (here || there) {
		struct yw_tlog *now = here ? a : b;

		YW_CHECK_MSG(*on == NULL || *on == now || (now == a && stands), "world %d, round %d: it left the %s branch", world, round,
		    *on == a ? "owner's" : "thief's");
		*on = now;
	}
}

static void
one_round(int world, int round)
{
	struct yw_tlog *on = NULL;

	yw_lnode_open(n);
	for (int again = 0; again < 3; again++) {
		tell_in_some_order();
		check_stayed(&on, world, round);
		give_keys();
		settle();
		check_stayed(&on, world, round);
	}
	for (int again = 0; again < 2; again++) {
		if (stands && !stolen_stands)
			YW_CHECK_MSG(is_on(a) && copy()->size == a->n && !copy()->frozen, "world %d, round %d%s: %llu of %zu entries%s", world,
			    round, again ? ", after a restart" : "", (unsigned long long)copy()->size, a->n, copy()->frozen ? ", frozen" : "");
		yw_lnode_reopen(n);
		commit_all();
	}
	yw_lnode_forget(n);
}

static void
any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 2 : 8;

	seed = yw_test_seed();
	for (int world = 0; world < worlds; world++) {
		some_world();
		for (int round = 0; round < ROUNDS; round++)
			one_round(world, round);
		end_world();
	}
}

YW_TESTS({ "T5 T7 L7 L8 a thief with rotated-out keys: every replica ends where a quorum stands beyond the change, in any order", any_order })
