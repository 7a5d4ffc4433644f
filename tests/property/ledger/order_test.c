/*
 * A log that went on in two ways, quorums on either branch or both, closings on either, and mirrors that are closed or asked no
 * more: whatever a replica hears first, and wherever it is restarted, it ends with one answer, which is that of T6, T7 and L7
 * worked out from the two branches.
 */
#include "base/text.h"
#include "support/lnet.h"
#include "support/testing.h"

#define FACTS_MAX 64
#define ROUNDS 6

static const char *const codes[] = { "320000", "320102", "320200", "320300" };
static struct yw_error err;
static uint64_t seed;

static struct yw_lnet *net;
static struct yw_tnet *branch;
static struct yw_tlog *top, *a, *b;	/* a and b are one log up to `common` */
static uint64_t common;
static struct yw_lnode *n;

static uint64_t
below(uint64_t max)
{
	return yw_test_next(&seed) % max;
}

/* ---- a world */

struct fact {
	enum { ISSUER, COPY, HEAD, BEAT, NETWORK, PAIR } kind;
	struct yw_tlog *log;
	uint64_t size;
	const char *mirror;	/* BEAT: whose receipt it bears; NULL: nobody's */
};

struct closing { struct yw_tlog *log; uint64_t size, index; };

static struct fact facts[FACTS_MAX];
static size_t n_facts;
static struct closing closings[2];
static size_t n_closings;
static bool later_network;	/* by which the province alone makes a quorum */
static enum { STAYS, ENDED, REVOKED } mirror;	/* 320200 */

static void
add(struct fact f)
{
	YW_CHECK(n_facts < FACTS_MAX);
	facts[n_facts++] = f;
}

static void
add_closing(struct yw_tlog *log)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t size = 1 + below(log->n);

	yw_tnet_draft_closing(log, size, &d, &head);
	closings[n_closings++] = (struct closing) { log, size, yw_tnet_add_closing(top, &d, false) };
	add((struct fact) { ISSUER, top, top->n, NULL });
	yw_buf_release(&head);
}

static void
close_mirror(void)
{
	struct yw_tlog *log = net->n[2].t;
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(log, log->n, &d, &head);
	d.revoked = mirror == REVOKED;
	yw_tnet_add_closing(top, &d, false);
	add((struct fact) { ISSUER, top, top->n, NULL });
	yw_buf_release(&head);
}

/* The two mirrors lie: each may sign both branches. */
static void
add_beats(struct yw_tlog *log, bool quorum)
{
	for (int i = 0; i < 3; i++)
		add((struct fact) { BEAT, log, 1 + below(log->n), quorum ? below(2) ? "320000" : "320200" : NULL });
}

/* a and b begin alike. */
static void
two_branches(uint64_t alike)
{
	static const char *const policy = "group g any 320000 320200\nquorum g\n";

	net = yw_lnet_new(codes, 4, policy);
	branch = yw_tnet_new("onenet.example", codes, 4, policy);
	top = net->n[0].t;
	a = net->n[1].t;
	b = &branch->logs[1];
	n = &net->n[3];
	n_facts = n_closings = 0;
	yw_tlog_grow(a, alike, "x");
	yw_tlog_grow(b, a->n - b->n, "x");
	common = a->n;
}

static void
some_world(void)
{
	two_branches(below(8));
	yw_tlog_grow(a, 1 + below(9), "x");
	yw_tlog_grow(b, 1 + below(9), "y");
	later_network = below(4) == 0;
	add((struct fact) { ISSUER, top, top->n, NULL });
	add((struct fact) { COPY, a, 1 + below(a->n), NULL });
	add((struct fact) { COPY, b, 1 + below(b->n), NULL });
	add((struct fact) { HEAD, a, a->n, NULL });
	add((struct fact) { HEAD, b, b->n, NULL });
	add((struct fact) { HEAD, a, common + 1, NULL });
	add((struct fact) { HEAD, b, common + 1, NULL });
	add_beats(a, below(3) > 0);
	add_beats(b, below(3) > 0);
	for (int i = 0; i < 4; i++)
		add((struct fact) { PAIR, NULL, 0, NULL });
	for (uint64_t i = 1 + below(2); i > 0; i--)
		add_closing(below(2) ? a : b);
	mirror = below(2) ? STAYS : below(2) ? ENDED : REVOKED;
	if (mirror != STAYS)
		close_mirror();
	if (later_network)
		yw_tnet_version(net->t, &(struct yw_network_change) { .policy_lines = "group g any 320000\nquorum g\n" });
	if (later_network)
		add((struct fact) { NETWORK, NULL, 2, NULL });
}

static void
end_world(void)
{
	yw_lnet_free(net);
	yw_tnet_free(branch);
}

/* ---- what must come of it (T6, T7) */

struct place { struct yw_tlog *log; uint64_t size; };

static bool
leads(struct place x, struct place y)
{
	return x.size <= y.size && (x.log == y.log || x.size <= common);
}

static bool
contradict(struct place x, struct place y)
{
	return !leads(x, y) && !leads(y, x);
}

/* What had its quorum stands: by the first network file too (T15), and with the receipts of who was closed (T12), but not revoked. */
static size_t
quorums(struct place out[static FACTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < n_facts; i++)
		if (facts[i].kind == BEAT && facts[i].mirror != NULL && (mirror != REVOKED || strcmp(facts[i].mirror, "320000") == 0))
			out[count++] = (struct place) { facts[i].log, facts[i].size };
	return count;
}

static bool
is_void(struct place c, const struct place *q, size_t count)
{
	bool against = false;

	for (size_t i = 0; i < count; i++) {
		if (!contradict(q[i], c))
			continue;
		against = true;
		for (size_t k = 0; k < count; k++)
			if (contradict(q[k], q[i]) && !contradict(q[k], c))
				return false;
	}
	return against;
}

static void
add_head(struct place p, struct yw_buf *out)
{
	struct yw_hash root;

	yw_tnet_root(p.log, p.size, &root);
	yw_buf_printf(out, "%llu ", (unsigned long long)p.size);
	yw_hex_add(out, root.b, 8);
}

/* Every signed head that anybody was told of. */
static size_t
heads(struct place out[static FACTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < n_facts; i++)
		if (facts[i].log == a || facts[i].log == b)
			out[count++] = (struct place) { facts[i].log, facts[i].size };
	for (size_t i = 0; i < n_closings; i++)
		out[count++] = (struct place) { closings[i].log, closings[i].size };
	return count;
}

/* T7: that it names this head makes nothing of it. */
static bool
is_of_void(struct place p, const struct place *q, size_t count)
{
	for (size_t i = 0; i < n_closings; i++)
		if (closings[i].log == p.log && closings[i].size == p.size &&
		    is_void((struct place) { closings[i].log, closings[i].size }, q, count))
			return true;
	return false;
}

/* L7: do two heads contradict each other of which a void closing names neither? */
static bool
is_forked(const struct place *q, size_t count)
{
	struct place h[FACTS_MAX];
	size_t n_heads = heads(h);

	for (size_t i = 0; i < n_heads; i++)
		for (size_t k = 0; k < i; k++)
			if (contradict(h[i], h[k]) && !is_of_void(h[i], q, count) && !is_of_void(h[k], q, count))
				return true;
	return false;
}

/* Of one size the smaller root. */
static bool
goes_for(struct place x, struct place y)
{
	struct yw_hash rx, ry;

	yw_tnet_root(x.log, x.size, &rx);
	yw_tnet_root(y.log, y.size, &ry);
	return x.size != y.size ? x.size > y.size : memcmp(rx.b, ry.b, sizeof rx.b) < 0;
}

static void
expect(struct yw_buf *out)
{
	struct place q[FACTS_MAX], end = { NULL, 0 };
	size_t count = quorums(q);

	for (size_t i = 0; i < n_closings; i++) {
		struct place c = { closings[i].log, closings[i].size };
		bool is = is_void(c, q, count);

		yw_buf_printf(out, "closing %llu %s; ", (unsigned long long)closings[i].index, is ? "void" : "stands");
		if (is || end.log != NULL)	/* the first that is not void counts */
			continue;
		end = c;
		for (size_t k = 0; k < count; k++)
			if (leads(c, q[k]) && q[k].size > c.size && (end.size == c.size || goes_for(q[k], end)))
				end = q[k];
	}
	if (end.log == NULL) {
		yw_buf_add_str(out, is_forked(q, count) ? "frozen" : "open");
	} else {
		yw_buf_add_str(out, "ends at ");
		add_head(end, out);
		yw_buf_add_str(out, " and copied so far");
	}
}

/* ---- what comes of it */

static struct yw_log *
copy(void)
{
	return yw_ledger_log(n->l, a->origin.text);
}

static void
commit_all(void)
{
	for (int i = 0; i < 20 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

static bool
has_root(struct yw_tlog *log, const struct yw_tree_head *h)
{
	struct yw_hash root;

	if (h->size > log->n)
		return false;
	yw_tnet_root(log, h->size, &root);
	return yw_hash_equal(&root, &h->root);
}

static void
tell_package(struct yw_tlog *log, uint64_t size)
{
	struct yw_log *mine = yw_ledger_log(n->l, log->origin.text);
	uint64_t at = mine != NULL ? mine->size : 0;
	struct yw_lpackage lp;

	if (at >= size)
		return;
	yw_tlog_package(log, at, size - at, size, at, false, &lp);
	(void)!yw_ledger_take_package(n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
}

static void
tell_beat(const struct fact *f)
{
	struct yw_treceipt r = { f->mirror, 1700000200 };
	size_t whole = f->log->n;

	f->log->n = f->size;
	yw_tnet_beat(f->log, 1700000100, &r, f->mirror != NULL);
	f->log->n = whole;
	(void)!yw_ledger_take_beat(n->l, yw_buf_bytes(&f->log->beat), &err);
}

/* What a neighbour who holds the larger one's branch says of two heads. */
static void
tell_pair(struct place x, struct place y)
{
	struct place small = x.size <= y.size ? x : y, large = x.size <= y.size ? y : x;
	struct yw_buf first = YW_BUF_INIT, second = YW_BUF_INIT;
	struct yw_contradiction c = { .consistency = { .n = 0 } };
	struct yw_lpackage lp = { .head = YW_BUF_INIT };

	yw_tlog_head(small.log, small.size, &first);
	yw_tlog_head(large.log, large.size, &second);
	if (small.size < large.size) {
		yw_tlog_package(large.log, small.size, 1, large.size, small.size, false, &lp);
		yw_tnet_root(large.log, small.size, &c.instead);
		c.consistency = lp.p.consistency;
		yw_lpackage_release(&lp);
	}
	c.head_a = yw_buf_bytes(&first);
	c.head_b = yw_buf_bytes(&second);
	(void)!yw_ledger_take_contradiction(n->l, a->origin.text, &c, &err);
	yw_buf_release(&first);
	yw_buf_release(&second);
}

/* Of all heads, from one that chance names on. */
static void
tell_pairs(void)
{
	struct place h[FACTS_MAX];
	size_t count = heads(h), from = (size_t)below(count);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++)
			if (contradict(h[(from + i) % count], h[k]))
				tell_pair(h[(from + i) % count], h[k]);
	commit_all();
}

static void
tell_head(struct yw_tlog *log, uint64_t size)
{
	struct yw_buf note = YW_BUF_INIT;

	yw_tlog_head(log, size, &note);
	(void)!yw_ledger_take_head(n->l, yw_buf_bytes(&note), &err);
	yw_buf_release(&note);
}

static void
tell_network(void)
{
	const struct yw_trust *t = net->t->trust;

	YW_PASS(yw_ledger_take_network(n->l, yw_buf_bytes(&yw_trust_network_at(t, yw_trust_n_networks(t) - 1)->note), &err));
}

/* One of them, before all else is known that it hangs on. */
static void
tell_some_pair(void)
{
	struct place h[FACTS_MAX];
	size_t count = heads(h), i = (size_t)below(count), from = (size_t)below(count);

	for (size_t k = 0; k < count; k++)
		if (contradict(h[i], h[(from + k) % count])) {
			tell_pair(h[i], h[(from + k) % count]);
			return;
		}
}

static void
tell(const struct fact *f)
{
	switch (f->kind) {
	case ISSUER:
	case COPY:
		tell_package(f->log, f->size);
		break;
	case HEAD:
		tell_head(f->log, f->size);
		break;
	case BEAT:
		tell_beat(f);
		break;
	case NETWORK:
		tell_network();
		break;
	case PAIR:
		tell_some_pair();
		break;
	}
	if (below(3) == 0)
		yw_lnode_commit(n);
	if (below(10) == 0) {
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

static void
answer(const struct yw_sought *s)
{
	struct yw_tlog *log = has_root(a, &s->head) ? a : b;

	YW_CHECK(has_root(log, &s->head));
	yw_tlog_answer(log, s, n);
}

static void
pull(void)
{
	struct yw_tree_head target = { copy()->target_size, copy()->target_root };
	struct yw_tlog *log = has_root(a, &target) ? a : b;
	struct yw_lpackage lp;

	yw_tlog_package(log, copy()->size, target.size - copy()->size, target.size, copy()->size, true, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(n->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
}

static void
give_bodies(void)
{
	struct yw_missing from = { 0, 0 }, m;
	struct yw_buf bytes = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	while (copy() != NULL && yw_ledger_missing(n->l, copy(), &from, &m, 1) == 1) {
		snprintf(id, sizeof id, "%s/demand/%zu", a->code.code, (size_t)m.index);
		for (int other = 0; other < 2; other++) {
			struct yw_body body = { .index = m.index, .item = m.item };

			yw_buf_clear(&bytes);
			yw_lrecord(id, 1, other ? "y" : "x", &bytes);
			body.bytes = yw_buf_bytes(&bytes);
			yw_body_check(&body);
			if (yw_ledger_take_body(n->l, a->origin.text, &body, &err) == YW_OK)
				break;
		}
		from = (struct yw_missing) { m.index, (uint16_t)(m.item + 1) };
	}
	commit_all();
	yw_buf_release(&bytes);
}

static void
settle(void)
{
	struct yw_sought s;

	for (int i = 0; copy() != NULL; i++) {
		YW_CHECK_MSG(i < 100, "it seeks for ever");
		commit_all();
		if (yw_ledger_seeks(n->l, copy(), &s))
			answer(&s);
		else if (copy()->target_size != 0)
			pull();
		else
			break;
	}
	give_bodies();
}

static void
describe(struct yw_buf *out)
{
	const struct yw_trust *t = yw_ledger_trust(n->l);
	const struct yw_generation *g = yw_trust_origin(t, a->origin.text);
	struct yw_hash root = { { 0 } };

	yw_buf_clear(out);
	for (size_t i = 0; i < yw_trust_n_asked(t); i++)
		if (strcmp(yw_trust_asked(t, i)->origin.text, a->origin.text) == 0)
			yw_buf_printf(out, "closing %llu %s; ", (unsigned long long)yw_trust_asked(t, i)->place.index,
			    yw_trust_asked(t, i)->is_void ? "void" : "stands");
	if (g->open) {
		yw_buf_add_str(out, copy()->frozen ? "frozen" : "open");
		return;
	}
	yw_buf_printf(out, "ends at %llu ", (unsigned long long)g->end.size);
	yw_hex_add(out, g->end.root.b, 8);
	if (copy()->size >= g->end.size)
		YW_PASS(yw_ledger_root(n->l, copy(), g->end.size, &root, &err));
	yw_buf_add_str(out, yw_hash_equal(&root, &g->end.root) && !copy()->frozen ? " and copied so far" : ", and copied elsewhere");
}

/* Where it ends, the state is the same, byte for byte. */
static void
check_digest(struct yw_hash *first, bool *have)
{
	struct yw_hash h = { { 0 } };
	struct yw_view *v;
	bool complete;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, &a->code, &complete, &h, &err));
	yw_view_close(v);
	YW_CHECK(complete && (!*have || yw_hash_equal(&h, first)));
	*first = h;
	*have = true;
}

/* The same two heads speak against it, whichever were met first. */
static void
check_pair(struct yw_buf *first)
{
	struct yw_buf pair = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_contradiction(v, yw_view_log(v, a->origin.text), 0, &pair, &c, &err));
	yw_view_close(v);
	YW_CHECK(first->len == 0 || yw_bytes_equal(yw_buf_bytes(first), yw_buf_bytes(&pair)));
	yw_buf_clear(first);
	yw_buf_add(first, pair.data, pair.len);
	yw_buf_release(&pair);
}

/* Neighbours tell what is not settled again. */
static void
one_round(int world, int round, struct yw_buf *pair, struct yw_hash *first, bool *have)
{
	struct yw_buf want = YW_BUF_INIT, got = YW_BUF_INIT;

	expect(&want);
	yw_lnode_open(n);
	for (int again = 0; again < 3; again++) {
		tell_in_some_order();
		if (again > 0)
			tell_pairs();
		settle();
	}
	for (int again = 0; again < 2; again++) {
		describe(&got);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&want)), "world %d, round %d, %s: '%s', not '%s'", world,
		    round, again ? "after a restart" : "at the end", yw_buf_str(&got), yw_buf_str(&want));
		if (!yw_trust_origin(yw_ledger_trust(n->l), a->origin.text)->open)
			check_digest(first, have);
		else if (copy()->frozen)
			check_pair(pair);
		yw_lnode_reopen(n);
		commit_all();
	}
	yw_lnode_forget(n);
	yw_buf_release(&want);
	yw_buf_release(&got);
}

static void
any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 3 : 20;

	seed = yw_test_seed();
	for (int world = 0; world < worlds; world++) {
		struct yw_buf pair = YW_BUF_INIT;
		struct yw_hash first;
		bool have = false;

		some_world();
		for (int round = 0; round < ROUNDS; round++)
			one_round(world, round, &pair, &first, &have);
		yw_buf_release(&pair);
		end_world();
	}
}

/* What must come of the facts comes of them, and is there after a restart. */
static void
tell_in_this_order(void)
{
	struct yw_buf want = YW_BUF_INIT, got = YW_BUF_INIT;

	expect(&want);
	for (size_t i = 0; i < n_facts; i++) {
		tell(&facts[i]);
		commit_all();
	}
	settle();
	for (int again = 0; again < 2; again++) {
		describe(&got);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&want)), "%s: '%s', not '%s'",
		    again ? "after a restart" : "at the end", yw_buf_str(&got), yw_buf_str(&want));
		yw_lnode_reopen(n);
		commit_all();
	}
	yw_buf_release(&want);
	yw_buf_release(&got);
}

/*
 * Before the copy goes on by the one branch, a beat of the other one is the first of its day with a quorum, and so kept for ever.
 * Behind it stands the beat for which the closing stands, though it has a quorum no more: its mirror's log was closed.
 */
static void
behind_the_day(void)
{
	struct yw_closing_draft d;
	struct yw_buf head = YW_BUF_INIT;

	seed = 1;
	two_branches(3);
	later_network = false;
	mirror = ENDED;
	yw_tlog_grow(a, 6, "x");
	yw_tlog_grow(b, 6, "y");
	yw_tnet_draft_closing(a, a->n, &d, &head);
	closings[n_closings++] = (struct closing) { a, a->n, yw_tnet_add_closing(top, &d, false) };
	close_mirror();
	add((struct fact) { BEAT, b, common + 4, "320000" });
	add((struct fact) { BEAT, a, common + 3, "320200" });
	add((struct fact) { COPY, a, a->n, NULL });
	yw_lnode_open(n);
	tell_in_this_order();
	yw_buf_release(&head);
	end_world();
}

/*
 * Two beats of my copy's branch stand, and the closing in spite of them, for one that goes on from it.  The smaller is held for what
 * it says of a second closing; how it stands to the first changes nothing once the larger contradicts that, and nobody is asked.
 */
static void
one_is_asked(void)
{
	struct yw_closing_draft d;
	uint64_t before;
	struct yw_buf head = YW_BUF_INIT;

	seed = 1;
	two_branches(3);
	later_network = false;
	mirror = STAYS;
	yw_tlog_grow(a, 6, "x");
	yw_tlog_grow(b, 6, "y");
	before = top->n;
	yw_tnet_draft_closing(a, common + 3, &d, &head);
	closings[n_closings++] = (struct closing) { a, common + 3, yw_tnet_add_closing(top, &d, false) };
	yw_buf_clear(&head);
	yw_tnet_draft_closing(a, common + 1, &d, &head);
	closings[n_closings++] = (struct closing) { a, common + 1, yw_tnet_add_closing(top, &d, false) };
	add((struct fact) { COPY, b, common + 2, NULL });
	add((struct fact) { BEAT, b, common + 2, "320000" });
	add((struct fact) { BEAT, b, common + 6, "320000" });
	add((struct fact) { BEAT, a, common + 5, "320000" });
	add((struct fact) { ISSUER, top, top->n, NULL });
	yw_lnode_open(n);
	tell_package(top, before);
	commit_all();
	tell_in_this_order();
	yw_buf_release(&head);
	end_world();
}

/* --- more branches than are kept at hand */

#define BRANCHES (YW_RIVALS_KEPT + 1)	/* beside the one that is copied */

static bool
has_rival(const struct yw_tlog *log, uint64_t size)
{
	struct yw_hash root;

	yw_tnet_root(log, size, &root);
	for (size_t i = 0; i < copy()->n_rivals; i++)
		if (copy()->rivals[i].size == size && yw_hash_equal(&copy()->rivals[i].root, &root))
			return true;
	return false;
}

/*
 * Beats of five other branches stood, of which the four largest are at hand, and the smallest is kept for its day alone.  The mirror
 * that signed the four is revoked: what is left to stand is the fifth, and it makes the closing void.  The node may be killed before
 * it has drawn the consequences.
 */
static void
fifth_branch_of(struct yw_tlog *const others[static BRANCHES], bool killed)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t before = top->n, closing;

	yw_tnet_draft_closing(a, common + 8, &d, &head);
	closing = yw_tnet_add_closing(top, &d, false);
	close_mirror();
	yw_lnode_open(n);
	tell_package(top, before);
	commit_all();
	for (size_t i = 0; i < BRANCHES; i++) {
		tell_beat(&(struct fact) { BEAT, others[i], others[i]->n, i == 0 ? "320000" : "320200" });
		commit_all();
	}
	tell_package(a, a->n);
	commit_all();
	for (size_t i = 0; i < BRANCHES; i++)
		YW_CHECK_MSG(has_rival(others[i], others[i]->n) == (i > 0), "branch %zu", i);
	tell_package(top, top->n);
	yw_lnode_commit(n);
	if (killed)
		yw_lnode_reopen(n);
	else
		settle();
	for (int again = 0; again < 3; again++) {
		const struct yw_trust *t = yw_ledger_trust(n->l);

		YW_CHECK_MSG(copy()->n_rivals == YW_RIVALS_KEPT && has_rival(others[0], others[0]->n),
		    "killed %d, %d restarts: what stands is not among %zu rivals", killed, again, copy()->n_rivals);
		for (size_t i = 0; i < yw_trust_n_asked(t); i++)
			YW_CHECK_MSG(yw_trust_asked(t, i)->is_void == (yw_trust_asked(t, i)->place.index == closing),
			    "killed %d, %d restarts: the closing at %llu", killed, again, (unsigned long long)yw_trust_asked(t, i)->place.index);
		if (again > 0)
			yw_lnode_reopen(n);
		else
			settle();
	}
	yw_buf_release(&head);
}

static void
fifth_branch(void)
{
	static const char *const policy = "group g any 320000 320200\nquorum g\n";
	struct yw_tnet *nets[BRANCHES];
	struct yw_tlog *others[BRANCHES];

	for (int killed = 0; killed < 2; killed++) {
		seed = 1;
		two_branches(3);
		later_network = false;
		mirror = REVOKED;
		yw_tlog_grow(a, 9, "x");
		for (size_t i = 0; i < BRANCHES; i++) {
			char title[] = { (char)('b' + i), '\0' };

			nets[i] = yw_tnet_new("onenet.example", codes, 4, policy);
			others[i] = &nets[i]->logs[1];
			yw_tlog_grow(others[i], common - others[i]->n, "x");
			yw_tlog_grow(others[i], i + 1, title);
		}
		fifth_branch_of(others, killed);
		for (size_t i = 0; i < BRANCHES; i++)
			yw_tnet_free(nets[i]);
		end_world();
	}
}

YW_TESTS({ "T7 R6 L7 a beat that stands is known after a restart, whatever is kept of another branch for its day", behind_the_day },
	{ "T7 L8 a copy goes over to where a log ends when no answer that is left could change that, and nobody is asked for it", one_is_asked },
	{ "T7 R6 L7 what stands of a fifth branch is known again when those that drove it out have lost their quorum, and after a restart",
	    fifth_branch },
	{ "T6 T7 T12 T15 L6 L7 L8 S4 two branches, quorums and closings on either: one answer in any order and after restarts", any_order })
