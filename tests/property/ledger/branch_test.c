/*
 * A log that went on in two ways and was closed on one of them: whatever a replica took first, it ends with the state and
 * the very digest of one that knew from the start, and keeps what it cut.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320102", "320200", "320300" };
static struct yw_error err;
static uint64_t seed;

static struct yw_lnet *net;
static struct yw_tnet *branch;
static struct yw_tlog *top, *a, *b;	/* a and b are one log up to `common` */
static uint64_t common;
static struct yw_lnode *late, *fresh;

static uint64_t
below(uint64_t n)
{
	return yw_test_next(&seed) % n;
}

static void
body_of(const struct yw_tlog *log, uint64_t index, struct yw_buf *out)
{
	char id[64];

	snprintf(id, sizeof id, "%s/demand/%llu", log->code.code, (unsigned long long)(index % 50));
	yw_buf_clear(out);
	yw_lrecord(id, (uint32_t)index + 1, log == b && index >= common ? "y" : "x", out);
}

static void
grow(struct yw_tlog *log, uint64_t n)
{
	struct yw_buf body = YW_BUF_INIT;

	for (uint64_t i = 0; i < n; i++) {
		body_of(log, log->n, &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
}

static void
begin_with(const char *policy, uint64_t until, uint64_t more_a, uint64_t more_b)
{
	net = yw_lnet_new(codes, 4, policy);
	branch = yw_tnet_new("onenet.example", codes, 4, policy);
	top = net->n[0].t;
	a = net->n[1].t;
	b = &branch->logs[1];
	late = &net->n[2];
	fresh = &net->n[3];
	common = UINT64_MAX;
	grow(a, until);
	grow(b, until);
	common = a->n;
	grow(a, more_a);
	grow(b, more_b);
	yw_lnode_open(late);
	yw_lnode_open(fresh);
}

static void
begin(uint64_t until, uint64_t more_a, uint64_t more_b)
{
	begin_with("quorum none\n", until, more_a, more_b);
}

static void
end(void)
{
	yw_lnet_free(net);
	yw_tnet_free(branch);
}

static struct yw_log *
copy(struct yw_lnode *n)
{
	return yw_ledger_log(n->l, a->origin.text);
}

static void
commit_all(struct yw_lnode *n)
{
	for (int i = 0; i < 20 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

/* Up to `size`, as far as the ledger takes it. */
static void
give(struct yw_lnode *n, struct yw_tlog *log, uint64_t size)
{
	struct yw_log *mine = yw_ledger_log(n->l, log->origin.text);
	uint64_t at = mine != NULL ? mine->size : 0;
	enum yw_code code = YW_OK;

	while (code == YW_OK && at < size) {
		uint64_t stop = at - at % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
		struct yw_lpackage lp;

		yw_tlog_package(log, at, (stop < size ? stop : size) - at, size, at, false, &lp);
		code = yw_ledger_take_package(n->l, &lp.p, &err);
		yw_lpackage_release(&lp);
		commit_all(n);
		mine = yw_ledger_log(n->l, log->origin.text);
		at = mine->size > at ? mine->size : size;
	}
}

/* The bodies of what is held; both logs have the same places. */
static void
give_bodies(struct yw_lnode *n)
{
	struct yw_missing from = { 0, 0 }, m;
	struct yw_buf bytes = YW_BUF_INIT;

	while (copy(n) != NULL && yw_ledger_missing(n->l, copy(n), &from, &m, 1) == 1) {
		for (int other = 0; other < 2; other++) {
			struct yw_body body = { .index = m.index, .item = m.item };

			body_of(other ? b : a, m.index, &bytes);
			body.bytes = yw_buf_bytes(&bytes);
			yw_body_check(&body);
			if (yw_ledger_take_body(n->l, a->origin.text, &body, &err) == YW_OK)
				break;
		}
		from = (struct yw_missing) { m.index, (uint16_t)(m.item + 1) };
	}
	commit_all(n);
	yw_buf_release(&bytes);
}

/* What a peer that holds that branch up to `size` answers when it is asked at `at`.  False: it has another root there. */
static bool
answer_from(struct yw_tlog *log, struct yw_lnode *n, uint64_t at, uint64_t size, void (*spoil)(struct yw_lpackage *), enum yw_code *code)
{
	uint64_t stop = at - at % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
	struct yw_hash mine, theirs;
	struct yw_lpackage lp;
	struct yw_sought s;

	YW_CHECK(yw_ledger_seeks(n->l, copy(n), &s));
	yw_tnet_root(log, at, &theirs);
	if (s.standing)
		mine = theirs;
	else
		YW_PASS(yw_ledger_root(n->l, copy(n), at, &mine, &err));
	if (!yw_hash_equal(&mine, &theirs))
		return false;
	yw_tlog_package(log, at, (stop < size ? stop : size) - at, size, at, true, &lp);
	yw_tlog_prove(log, at, size, &lp.p);
	if (spoil != NULL)
		spoil(&lp);
	*code = yw_ledger_take_package(n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	commit_all(n);
	return true;
}

static bool
answer(struct yw_lnode *n, uint64_t at, uint64_t size, void (*spoil)(struct yw_lpackage *), enum yw_code *code)
{
	return answer_from(a, n, at, size, spoil, code);
}

/* As wants.c asks: from the end of the copy back, then on. */
static void
seek(struct yw_lnode *n)
{
	struct yw_sought s;

	for (int i = 0; yw_ledger_seeks(n->l, copy(n), &s); i++) {
		uint64_t back = 0, at = s.most > s.common ? s.most : s.common;
		enum yw_code code;

		YW_CHECK_MSG(i < 100, "it seeks for ever");
		while (!answer(n, at, s.head.size, NULL, &code)) {
			back = back == 0 ? 1 : 2 * back;
			at = back < s.most && s.most - back > s.common ? s.most - back : s.common;
		}
		YW_CHECK_MSG(code == YW_OK, "%s", err.msg);
	}
	while (copy(n)->target_size != 0) {
		uint64_t at = copy(n)->size, stop = at - at % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES, size = copy(n)->target_size;
		struct yw_lpackage lp;

		yw_tlog_package(a, at, (stop < size ? stop : size) - at, size, at, true, &lp);
		YW_CHECK_MSG(yw_ledger_take_package(n->l, &lp.p, &err) == YW_OK, "%s", err.msg);
		yw_lpackage_release(&lp);
		commit_all(n);
	}
}

static struct yw_hash
digest(struct yw_lnode *n)
{
	struct yw_hash h = { { 0 } };
	struct yw_view *v;
	bool complete;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, &a->code, &complete, &h, &err));
	YW_CHECK(complete);
	yw_view_close(v);
	return h;
}

static bool
count_lost(void *arg, const struct yw_lost_item *item)
{
	uint64_t *n = arg;

	YW_CHECK(item->record.op == YW_OP_PUT && item->index >= common && item->record.revision == item->index + 1);
	(*n)++;
	return true;
}

static uint64_t
lost(struct yw_lnode *n)
{
	struct yw_view *v;
	uint64_t count = 0;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_lost(v, yw_view_log(v, a->origin.text), count_lost, &count, &err));
	yw_view_close(v);
	return count;
}

static uint64_t
close_on(struct yw_tlog *log, uint64_t size)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t index;

	yw_tnet_draft_closing(log, size, &d, &head);
	index = yw_tnet_add_closing(top, &d, true);
	yw_buf_release(&head);
	return index;
}

static uint64_t
close_at(uint64_t size)
{
	return close_on(a, size);
}

static void
check_same(void)
{
	struct yw_hash x, y;

	for (int again = 0; again < 2; again++) {
		x = digest(late);
		y = digest(fresh);
		YW_CHECK(yw_hash_equal(&x, &y));
		YW_CHECK(yw_hash_equal(&copy(late)->root, &copy(fresh)->root) || copy(late)->size != copy(fresh)->size);
		YW_CHECK(!copy(late)->frozen && copy(late)->n_missing == 0);
		yw_lnode_reopen(late);
		commit_all(late);
		give_bodies(late);
	}
}

/* A replica on branch b, of any length, hears of the closing at any time, in one turn with something else or not. */
static void
any_order(void)
{
	static const uint64_t sizes[][3] = { { 0, 3, 2 }, { 5, 1, 1 }, { 250, 10, 30 }, { 254, 300, 5 }, { 3, 2, 1200 },
		{ 300, 260, 600 }, { 511, 2, 2 } };

	seed = yw_test_seed();
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int round = 0; round < (getenv("YW_ON_DISK") != NULL ? 1 : 3); round++) {
			uint64_t size, reach, closed;

			begin(sizes[i][0], sizes[i][1], sizes[i][2]);
			size = common + 1 + below(a->n - common);
			reach = round == 0 ? b->n : 1 + below(b->n);	/* long enough to part, or not */
			give(late, top, top->n);
			give(late, b, reach);
			if (below(2))
				give_bodies(late);
			closed = close_at(size);
			give(fresh, top, top->n);
			give(late, top, below(2) ? top->n : closed + 1);
			if (below(2)) {
				give_bodies(late);
				yw_lnode_reopen(late);
			}
			seek(late);
			give(late, top, top->n);
			give_bodies(late);
			seek(fresh);
			give_bodies(fresh);
			YW_CHECK(copy(late)->size == size && copy(late)->full_size == size);
			check_same();
			if (reach <= common)
				YW_CHECK(lost(late) == 0);
			end();
		}
}

/* Every record of the branch is there to be put again; and what was said of trust on it is unlearnt. */
static void
kept(void)
{
	static const char *const kinds[] = { "demand" };
	const struct yw_generation *g;
	struct yw_buf trust = YW_BUF_INIT;
	struct yw_key_set clerk;
	uint64_t size;

	begin(20, 10, 5);
	yw_tnet_keys("clerk", &clerk);
	YW_PASS(yw_trust_make_registrar(branch->trust, yw_trust_origin(branch->trust, b->origin.text), &clerk.pub.entry, kinds,
	    1, &trust, &err));
	yw_tnet_add_trust(b, yw_buf_bytes(&trust));
	grow(b, 900);
	give(late, top, top->n);
	give(late, b, b->n);
	give_bodies(late);
	g = yw_trust_origin(yw_ledger_trust(late->l), b->origin.text);
	YW_CHECK(yw_trust_may_sign(yw_ledger_trust(late->l), g, b->n, &clerk.pub.entry, "demand"));
	size = a->n;
	close_at(size);
	give(late, top, top->n);
	seek(late);
	give_bodies(late);
	g = yw_trust_origin(yw_ledger_trust(late->l), b->origin.text);
	YW_CHECK(!yw_trust_may_sign(yw_ledger_trust(late->l), g, size - 1, &clerk.pub.entry, "demand"));
	YW_CHECK_MSG(lost(late) == 905, "%llu", (unsigned long long)lost(late));
	give(fresh, top, top->n);
	seek(fresh);
	give_bodies(fresh);
	check_same();
	YW_CHECK(lost(late) == 905 && lost(fresh) == 0);
	yw_buf_release(&trust);
	end();
}

/* ---- nobody's mere word cuts */

static void
another_entry(struct yw_lpackage *lp)
{
	lp->p.entries[0].leaf.b[0] ^= 1;
}

static void
another_proof(struct yw_lpackage *lp)
{
	lp->p.consistency.h[0].b[0] ^= 1;
}

static void
no_proof(struct yw_lpackage *lp)
{
	lp->p.has_consistency = false;
}

static void
no_word(void)
{
	static void (*const spoils[])(struct yw_lpackage *) = { another_entry, another_proof, no_proof };
	struct yw_sought s;
	enum yw_code code;

	begin(20, 10, 15);
	give(late, top, top->n);
	give(late, b, b->n);
	close_at(a->n);
	give(late, top, top->n);
	YW_CHECK(yw_ledger_seeks(late->l, copy(late), &s) && s.head.size == a->n && s.most == a->n - 1 && s.common == 0);
	for (size_t i = 0; i < sizeof spoils / sizeof *spoils; i++) {
		YW_CHECK(answer(late, common - 1, s.head.size, spoils[i], &code) && code == YW_ESIG);
		YW_CHECK(copy(late)->size == b->n && yw_ledger_seeks(late->l, copy(late), &s) && s.common == 0);
	}
	give(late, a, a->n);		/* nor is the other branch taken over it */
	YW_CHECK(copy(late)->size == b->n);
	YW_CHECK(answer(late, 3, 20, NULL, &code) && copy(late)->size == b->n);	/* into another head than the closing's */
	seek(late);
	YW_CHECK(copy(late)->size == a->n);
	end();
}

/* ---- what had its quorum (T7) */

static const struct yw_generation *
generation(struct yw_lnode *n)
{
	return yw_trust_origin(yw_ledger_trust(n->l), a->origin.text);
}

/* A beat of branch a at that size, with its quorum. */
static void
take_quorum(struct yw_lnode *n, uint64_t size)
{
	static const struct yw_treceipt r = { "320000", 1700000200 };
	size_t whole = a->n;

	a->n = size;
	yw_tnet_beat(a, 1700000100, &r, 1);
	a->n = whole;
	YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&a->beat), &err));
	commit_all(n);
	YW_CHECK(copy(n)->n_beats > 0 && copy(n)->beats[0].quorum == YW_QUORUM_MET && copy(n)->beats[0].size == size);
}

/* Do all records of branch a count, beyond where it parts? */
static bool
all_count(struct yw_lnode *n)
{
	bool all = true;
	struct yw_item item;
	struct yw_view *v;
	char id[64];

	YW_PASS(yw_view_open(n->l, &v, &err));
	for (uint64_t i = common; i < a->n; i++) {
		snprintf(id, sizeof id, "320102/demand/%llu", (unsigned long long)i);
		all &= yw_view_current(v, id, &item, &err) == YW_OK && item.revision == i + 1;
	}
	yw_view_close(v);
	return all;
}

/* It goes by its copy of branch a, as if nobody had closed it: neither ended, nor cut, nor about to be. */
static void
check_uncut(struct yw_lnode *n)
{
	struct yw_sought s;

	YW_CHECK(generation(n)->open && !yw_ledger_seeks(n->l, copy(n), &s));
	YW_CHECK(copy(n)->size == a->n && lost(n) == 0 && all_count(n));
	YW_CHECK(copy(n)->n_beats > 0 && copy(n)->beats[0].quorum == YW_QUORUM_MET);
	YW_CHECK(!copy(n)->frozen);	/* the head that a void closing names freezes nothing */
}

/* Holds branch a, which had its quorum at `quorum`; then a closing is logged at a head of branch b. */
static void
close_elsewhere(uint64_t quorum, uint64_t size)
{
	give(late, top, top->n);
	give(late, a, a->n);
	give_bodies(late);
	take_quorum(late, quorum);
	YW_CHECK(all_count(late));
	close_on(b, size);
	give(late, top, top->n);
}

/* A quorum at the very size of the closing speaks against it at once.  The issuer closes again, on the branch that had it:
 * then the log ends there, and thaws. */
static void
void_closing(void)
{
	uint64_t size;

	begin_with("group g any 320000\nquorum g\n", 20, 15, 10);
	size = common + 8;
	give(fresh, top, top->n);
	give(fresh, a, size);		/* no further */
	take_quorum(fresh, size);
	yw_hear();
	close_elsewhere(size, size);
	YW_CHECK(yw_heard("error closing-void", "it is void and speaks against who logged it") == 1);
	for (int again = 0; again < 2; again++) {
		check_uncut(late);
		yw_lnode_reopen(late);
		commit_all(late);
	}
	YW_CHECK(yw_heard("error closing-void", "") == 1);
	close_at(size + 3);
	give(late, top, top->n);
	YW_CHECK(!generation(late)->open && generation(late)->end.size == size + 3 && lost(late) == 0);
	give(fresh, top, top->n);
	seek(fresh);
	give_bodies(fresh);
	YW_CHECK(copy(fresh)->size == size + 3 && lost(fresh) == 0);
	check_same();
	end();
}

/* A smaller one does once it is proven that it does not lead to the closing; before that nothing is cut, whatever is shown. */
static void
void_where_they_part(void)
{
	struct yw_sought s;
	enum yw_code code;

	begin_with("group g any 320000\nquorum g\n", 20, 15, 10);
	close_elsewhere(common + 5, common + 8);
	YW_CHECK(answer_from(b, late, common, common + 8, NULL, &code) && code == YW_OK);
	YW_CHECK(!generation(late)->open && copy(late)->size == a->n && lost(late) == 0);
	YW_CHECK(yw_ledger_seeks(late->l, copy(late), &s) && s.standing && s.head.size == common + 8 && s.most == common + 5);
	YW_CHECK(answer_from(b, late, s.most, s.head.size, another_proof, &code) && code == YW_ESIG);
	YW_CHECK(answer_from(b, late, s.most, s.head.size, NULL, &code) && code == YW_OK);
	for (int again = 0; again < 2; again++) {
		check_uncut(late);
		yw_lnode_reopen(late);		/* what was proven is kept */
		commit_all(late);
		give_bodies(late);
	}
	close_at(common + 10);
	give(late, top, top->n);
	YW_CHECK(!generation(late)->open && generation(late)->end.size == common + 10 && lost(late) == 0);
	YW_CHECK(!copy(late)->frozen && copy(late)->size == a->n);
	end();
}

/* A quorum before the branches part says nothing against it. */
static void
quorum_before(void)
{
	struct yw_sought s;
	enum yw_code code;

	begin_with("group g any 320000\nquorum g\n", 20, 15, 10);
	close_elsewhere(common, common + 8);
	YW_CHECK(yw_ledger_seeks(late->l, copy(late), &s) && s.standing && s.most == common);
	YW_CHECK(answer_from(b, late, common, s.head.size, NULL, &code) && code == YW_OK);
	YW_CHECK(yw_ledger_seeks(late->l, copy(late), &s) && !s.standing);
	YW_CHECK(answer_from(b, late, common, s.head.size, NULL, &code) && code == YW_OK);
	YW_CHECK(!generation(late)->open && copy(late)->size == common && lost(late) == a->n - common);
	end();
}

/* How a quorum stands to heads that were made up in further closings nobody can say, nor keeps that anybody from the branch at which
 * the log was closed. */
static void
made_up_besides(void)
{
	static const uint64_t made_up[] = { 5, 12 };	/* beyond the quorum; below the end, and above it */
	struct yw_sought s;

	begin_with("group g any 320000\nquorum g\n", 20, 15, 10);
	give(late, top, top->n);
	give(late, b, b->n);
	give_bodies(late);
	take_quorum(late, common);
	close_at(common + 8);
	for (size_t i = 0; i < sizeof made_up / sizeof *made_up; i++)
		yw_tnet_close_forged(a, top, common + made_up[i]);
	give(late, top, top->n);
	while (yw_tlog_finds(a, late, &s)) {
		yw_tlog_answer(a, &s, late);
		commit_all(late);
	}
	YW_CHECK_MSG(copy(late)->target_size == common + 8 && lost(late) == b->n - common, "%llu entries",
	    (unsigned long long)copy(late)->size);
	YW_CHECK(yw_ledger_n_sought(late->l, copy(late)) == 2);
	end();
}

/* ---- a generation that another one voids (T3) */

static void
voided(void)
{
	static const char *const tiers[] = { "320000", "320102", "320100", "320300" };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_tlog *near;
	uint64_t n;

	net = yw_lnet_new(tiers, 4, "quorum none\n");		/* the county is admitted by the province */
	branch = yw_tnet_new("onenet.example", tiers, 4, "quorum none\n");
	top = net->n[0].t;
	a = net->n[1].t;
	b = &branch->logs[1];
	late = &net->n[3];
	common = 0;
	grow(a, 30);
	yw_lnode_open(late);
	give(late, top, top->n);
	give(late, a, a->n);
	give_bodies(late);
	n = a->n - 1;
	YW_CHECK(copy(late)->size == a->n);

	/* and by its city, which is nearer, with other keys */
	yw_tnet_request(net->t, "320102", "320100", "another", &request);
	yw_tnet_add_delegation(net->n[2].t, yw_buf_bytes(&request));
	give(late, net->n[2].t, net->n[2].t->n);
	commit_all(late);
	YW_CHECK(copy(late)->size == 0 && copy(late)->full_size == 0 && copy(late)->n_beats == 0);
	YW_CHECK_MSG(lost(late) == n, "%llu", (unsigned long long)lost(late));

	/* whose log is then taken like any other */
	near = yw_tnet_new_log(a, 1, "another");
	{
		struct yw_buf trust = YW_BUF_INIT;

		YW_PASS(yw_trust_make_genesis(yw_ledger_trust(late->l), yw_trust_origin(yw_ledger_trust(late->l), a->origin.text),
		    yw_buf_bytes(&request), &trust, &err));
		yw_tnet_add_trust(near, yw_buf_bytes(&trust));
		yw_buf_release(&trust);
	}
	grow(near, 5);
	give(late, near, near->n);
	YW_CHECK(copy(late)->size == near->n && lost(late) == n);
	yw_lnode_reopen(late);
	commit_all(late);
	YW_CHECK(copy(late)->size == near->n && lost(late) == n);
	yw_buf_release(&request);
	end();
}

YW_TESTS(
	{ "L8 S4 a replica on the other branch ends with the digest of one that never was, in any order", any_order },
	{ "L8 T8 what is cut is kept and listed, and what it said of trust is unlearnt", kept },
	{ "L8 nobody's mere word cuts a copy", no_word },
	{ "T7 L7 L8 a closing that a quorum contradicts ends and cuts nothing; the next one thaws the log", void_closing },
	{ "T7 L7 L8 nor one that a smaller quorum is proven to contradict, after a restart too", void_where_they_part },
	{ "T7 L8 a quorum before that is no contradiction: the copy is cut", quorum_before },
	{ "T7 L8 heads that were made up in further closings keep nobody from the branch that counts", made_up_besides },
	{ "L8 T3 the copy of a generation that a nearer issuer's delegation voids is evidence", voided })
