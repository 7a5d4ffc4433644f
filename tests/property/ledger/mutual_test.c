/*
 * Logs that are each other's mirrors, and an issuer who has all their keys: it closes them at heads that it made up or at true
 * ones, and may revoke in each of these closings who signed what speaks against another.  One of them closes a further mirror, in
 * entries that may lie behind its own end.  By the first network file the word of some of the mirrors counts, by the second that
 * of the others, and maybe of some once more.  Whatever a replica hears first, and wherever it is restarted, it ends with one answer,
 * which is that of T6, T7 and T12 worked out from what there is.
 */
#include "support/lnet.h"
#include "support/testing.h"

#define LOGS 4
#define COUNTY 3		/* is of the first log, which closes it; all others are of the issuer's */
#define FACTS_MAX 48
#define CLOSINGS_MAX 6
#define ROUNDS 6

static const char *const codes[] = { "320000", "320100", "320200", "320300", "320102", "320400" };
static struct yw_error err;
static uint64_t seed;

static struct yw_lnet *net;
static struct yw_tlog *top, *logs[LOGS];
static struct yw_lnode *n;
static uint64_t base;		/* of the first log, up to where it delegates the county */
static uint64_t top_base;	/* of the issuer's, before all closings */

struct fact {
	enum { ISSUER, COPY, BEAT, NETWORK } kind;
	int log;
	uint64_t size;
	int mirror;		/* BEAT: whose receipt it bears; -1: nobody's */
};
static struct fact facts[FACTS_MAX];
static size_t n_facts;

struct closing { int log; uint64_t size, index; bool forged, revoked; };
static struct closing closings[CLOSINGS_MAX];
static size_t n_closings;

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

/* Whose word counts, a bit for each. */
static void
put_policy(struct yw_buf *out, unsigned mirrors)
{
	yw_buf_clear(out);
	yw_buf_printf(out, "group g any");
	for (int i = 0; i < LOGS; i++)
		if (mirrors & 1u << i)
			yw_buf_printf(out, " %s", codes[1 + i]);
	yw_buf_printf(out, "\nquorum g\n");
}

/* What met the quorum of a version stands by the others too (T15), so that in the end everybody's word counts. */
static void
begin_network(void)
{
	unsigned first = 1 + (unsigned)below((1u << LOGS) - 1), then = ~first | (unsigned)below(1u << LOGS);
	struct yw_buf lines = YW_BUF_INIT;

	put_policy(&lines, first);
	net = yw_lnet_new(codes, 2 + LOGS, yw_buf_str(&lines));
	if (first != (1u << LOGS) - 1) {
		put_policy(&lines, then);
		yw_tnet_version(net->t, &(struct yw_network_change) { .policy_lines = yw_buf_str(&lines) });
		add((struct fact) { NETWORK, 0, 0, -1 });
	}
	yw_buf_release(&lines);
}

static void
begin_world(void)
{
	n_facts = n_closings = 0;
	begin_network();
	top = net->n[0].t;
	n = &net->n[1 + LOGS];
	base = net->n[1].t->n;
	top_base = top->n;
	add((struct fact) { ISSUER, 0, top->n, -1 });
	for (int i = 0; i < LOGS; i++) {
		logs[i] = net->n[1 + i].t;
		yw_tlog_grow(logs[i], 4 + below(5), "x");
	}
}

static void
add_copies(void)
{
	for (int i = 0; i < LOGS; i++) {
		add((struct fact) { COPY, i, 1 + below(logs[i]->n), -1 });
		add((struct fact) { COPY, i, logs[i]->n, -1 });
	}
}

static void
end_world(void)
{
	yw_lnet_free(net);
}

static struct yw_tlog *
issuer_of(int log)
{
	return log == COUNTY ? logs[0] : top;
}

/* A head that was made up is signed all the same. */
static void
add_closing(int log, uint64_t size, bool forged, bool revoked)
{
	struct yw_checkpoint c = { .size = size, .root = { { 7 } } };
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d = { .origin = logs[log]->origin, .size = size, .reason = "r" };

	if (forged) {
		memcpy(c.origin, logs[log]->origin.text, sizeof c.origin);
		YW_PASS(yw_head_sign(&c, &logs[log]->keys.head, &logs[log]->keys.pub.head, &head, &err));
		d.head = yw_buf_bytes(&head);
	} else {
		yw_tnet_draft_closing(logs[log], size, &d, &head);
	}
	d.revoked = revoked;
	closings[n_closings++] = (struct closing) { log, size, yw_tnet_add_closing(issuer_of(log), &d, false), forged, revoked };
	if (log == COUNTY)
		yw_tlog_grow(logs[0], below(3), "x");
	else
		add((struct fact) { ISSUER, 0, top->n, -1 });
	yw_buf_release(&head);
}

/* The first log ends behind the county's delegation. */
static uint64_t
some_end(int log)
{
	uint64_t least = log == 0 ? base : 0;

	return least + 1 + below(logs[log]->n - least);
}

static void
some_world(void)
{
	begin_world();
	for (uint64_t i = 1 + below(CLOSINGS_MAX); i > 0; i--) {
		int log = (int)below(LOGS);

		/* The county's head stays signed where the closing counts for nothing: one made up would freeze its log (L6). */
		add_closing(log, some_end(log), log != COUNTY && below(3) > 0, below(3) > 0);
	}
	for (int i = 0; i < LOGS; i++)
		for (int k = 0; k < 2; k++)
			add((struct fact) { BEAT, i, 1 + below(logs[i]->n), below(4) > 0 ? (i + 1 + (int)below(LOGS - 1)) % LOGS : -1 });
	add_copies();
}

/* Each of them revokes, at a made-up head, the only one who signed what speaks against the next one. */
static void
ring_of(int count)
{
	begin_world();
	add_copies();
	for (int i = 0; i < count; i++) {
		add((struct fact) { BEAT, i, logs[i]->n, (i + 1) % count });
		add_closing(i, some_end(i), true, true);
	}
}

/* The first log has revoked the only one who signed what speaks against a made-up end of it, which lies before that. */
static void
revoked_behind_the_end(void)
{
	begin_world();
	add_closing(COUNTY, some_end(COUNTY), false, true);
	add((struct fact) { BEAT, 0, logs[0]->n, COUNTY });
	add_closing(0, base + 1 + below(closings[0].index - base), true, false);
	add_copies();
}

/* The issuer has made up an end of the first log, and acts for it then: it revokes the only one who signed what speaks against that.
 * Where that closing is void it never acted, so this one says nothing at all. */
static void
revoked_by_who_acts(void)
{
	struct yw_closing_draft d = { .reason = "r" };
	struct yw_buf head = YW_BUF_INIT;

	begin_world();
	add_closing(0, base + 1 + below(logs[0]->n - base), true, false);
	yw_tnet_draft_closing(logs[COUNTY], some_end(COUNTY), &d, &head);
	d.revoked = true;
	(void)yw_tnet_add_closing(top, &d, true);
	add((struct fact) { ISSUER, 0, top->n, -1 });
	add((struct fact) { BEAT, 0, logs[0]->n, COUNTY });
	add_copies();
	yw_buf_release(&head);
}

/* ---- what must come of it */

/* Where the first log ends at the least, whichever of its closings are void. */
static uint64_t
sure_end(void)
{
	uint64_t end = UINT64_MAX;

	for (size_t i = 0; i < n_closings; i++)
		if (closings[i].log == 0 && closings[i].size < end)
			end = closings[i].size;
	return end;
}

/* The first closing of a log says whether its keys' word counts, void or not, of those that stand whichever others are void. */
static bool
is_revoked(int log)
{
	for (size_t i = 0; i < n_closings; i++)
		if (closings[i].log == log && (log != COUNTY || closings[i].index < sure_end()))
			return closings[i].revoked;
	return false;
}

static bool
stands(const struct fact *f, int log)
{
	return f->kind == BEAT && f->log == log && f->mirror >= 0 && !is_revoked(f->mirror);
}

/* A smaller beat says nothing of a head that nobody has. */
static bool
is_void(const struct closing *c)
{
	for (size_t i = 0; c->forged && i < n_facts; i++)
		if (stands(&facts[i], c->log) && facts[i].size >= c->size)
			return true;
	return false;
}

static uint64_t
largest(int log)
{
	uint64_t size = 0;

	for (size_t i = 0; i < n_facts; i++)
		if (stands(&facts[i], log) && facts[i].size > size)
			size = facts[i].size;
	return size;
}

/* The closing in force of a log whose issuer's ends there; NULL: it is open. */
static const struct closing *
in_force(int log, uint64_t issuer_end)
{
	for (size_t i = 0; i < n_closings; i++)
		if (closings[i].log == log && closings[i].index < issuer_end && !is_void(&closings[i]))
			return &closings[i];
	return NULL;
}

static uint64_t
end_by(const struct closing *c)
{
	if (c == NULL)
		return UINT64_MAX;
	return !c->forged && largest(c->log) > c->size ? largest(c->log) : c->size;
}

static uint64_t
issuer_end(int log)
{
	return log == COUNTY ? end_by(in_force(0, UINT64_MAX)) : UINT64_MAX;
}

/* Of a log that ends where nobody holds it who hears of that first asks for no more of it, and so for none of what it says. */
static bool
made_up_end(void)
{
	const struct closing *c = in_force(0, UINT64_MAX);

	return c != NULL && c->forged;
}

static void
expect(struct yw_buf *out)
{
	for (size_t i = 0; i < n_closings; i++)
		if (closings[i].index < issuer_end(closings[i].log))
			yw_buf_printf(out, "%d closed %llu %s; ", closings[i].log, (unsigned long long)closings[i].index,
			    is_void(&closings[i]) ? "void" : "stands");
	for (int log = 0; log < LOGS; log++) {
		const struct closing *c = in_force(log, issuer_end(log));

		if (c == NULL)
			yw_buf_printf(out, "open, a quorum at %llu; ", (unsigned long long)largest(log));
		else
			yw_buf_printf(out, "ends at %llu; ", (unsigned long long)end_by(c));
	}
}

/* ---- what is told */

static const struct yw_log *
copy_of(const struct yw_tlog *log)
{
	return yw_ledger_log(n->l, log->origin.text);
}

static void
commit_all(void)
{
	for (int i = 0; yw_lnode_dirty(n); i++) {
		YW_CHECK_MSG(i < 40, "it comes to no rest");
		yw_lnode_commit(n);
	}
}

static void
hand(struct yw_tlog *log, uint64_t size, bool named)
{
	uint64_t at = copy_of(log) != NULL ? copy_of(log)->size : 0;
	struct yw_lpackage lp;

	if (at >= size)
		return;
	yw_tlog_package(log, at, size - at, size, at, named, &lp);
	(void)!yw_ledger_take_package(n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
}

static void
tell_beat(const struct fact *f)
{
	struct yw_tlog *log = logs[f->log];
	struct yw_treceipt r = { f->mirror >= 0 ? logs[f->mirror]->code.code : NULL, 1700000200 };
	size_t whole = log->n;

	log->n = f->size;
	yw_tnet_beat(log, 1700000100, &r, f->mirror >= 0);
	log->n = whole;
	(void)!yw_ledger_take_beat(n->l, yw_buf_bytes(&log->beat), &err);
}

static void
tell_network(void)
{
	const struct yw_trust *t = net->t->trust;

	YW_PASS(yw_ledger_take_network(n->l, yw_buf_bytes(&yw_trust_network_at(t, yw_trust_n_networks(t) - 1)->note), &err));
}

static void
tell(const struct fact *f)
{
	if (f->kind == BEAT)
		tell_beat(f);
	else if (f->kind == NETWORK)
		tell_network();
	else
		hand(f->kind == ISSUER ? top : logs[f->log], f->size, false);
	if (below(3) == 0)
		yw_lnode_commit(n);
	if (below(10) == 0) {
		commit_all();
		yw_lnode_reopen(n);
	}
}

/* One after the other, as they were added. */
static void
tell_in_order(void)
{
	for (size_t i = 0; i < n_facts; i++) {
		tell(&facts[i]);
		commit_all();
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

/* Nobody holds a head that was made up. */
static bool
seek(struct yw_tlog *log)
{
	struct yw_sought s;

	if (copy_of(log) == NULL || !yw_tlog_finds(log, n, &s))
		return false;
	yw_tlog_answer(log, &s, n);
	commit_all();
	return true;
}

static void
give_bodies(struct yw_tlog *log)
{
	struct yw_missing from = { 0, 0 }, m;
	struct yw_buf bytes = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	while (copy_of(log) != NULL && yw_ledger_missing(n->l, copy_of(log), &from, &m, 1) == 1) {
		struct yw_body body = { .index = m.index, .item = m.item };

		snprintf(id, sizeof id, "%s/demand/%zu", log->code.code, (size_t)m.index);
		yw_buf_clear(&bytes);
		yw_lrecord(id, 1, "x", &bytes);
		body.bytes = yw_buf_bytes(&bytes);
		yw_body_check(&body);
		YW_PASS(yw_ledger_take_body(n->l, log->origin.text, &body, &err));
		from = (struct yw_missing) { m.index, (uint16_t)(m.item + 1) };
	}
	commit_all();
	yw_buf_release(&bytes);
}

static void
settle(void)
{
	for (int i = 0; i < LOGS; i++) {
		for (int k = 0; seek(logs[i]); k++)
			YW_CHECK_MSG(k < 100, "it seeks for ever");
		hand(logs[i], logs[i]->n, copy_of(logs[i]) != NULL && copy_of(logs[i])->target_size == logs[i]->n);
		commit_all();
		give_bodies(logs[i]);
	}
}

/* ---- what comes of it */

static uint64_t
held_quorum(const struct yw_log *log)
{
	uint64_t size = 0;

	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].stands)
			size = log->beats[i].size;
	return size;
}

static void
describe(struct yw_buf *out)
{
	const struct yw_trust *t = yw_ledger_trust(n->l);

	yw_buf_clear(out);
	for (size_t i = 0; i < n_closings; i++)
		for (size_t k = 0; k < yw_trust_n_asked(t); k++)
			if (yw_trust_asked(t, k)->place.index == closings[i].index &&
			    strcmp(yw_trust_asked(t, k)->origin.text, logs[closings[i].log]->origin.text) == 0)
				yw_buf_printf(out, "%d closed %llu %s; ", closings[i].log, (unsigned long long)closings[i].index,
				    yw_trust_asked(t, k)->is_void ? "void" : "stands");
	for (int log = 0; log < LOGS; log++) {
		const struct yw_generation *g = yw_trust_origin(t, logs[log]->origin.text);

		if (g->open)
			yw_buf_printf(out, "%s, a quorum at %llu; ", copy_of(logs[log])->frozen ? "frozen" : "open",
			    (unsigned long long)held_quorum(copy_of(logs[log])));
		else
			yw_buf_printf(out, "ends at %llu; ", (unsigned long long)g->end.size);
	}
}

/* Of a log that goes on, or ends where somebody holds it, the state is the same byte for byte. */
static void
check_digests(struct yw_hash first[static LOGS], bool have[static LOGS])
{
	const struct yw_trust *t = yw_ledger_trust(n->l);

	for (int i = 0; i < LOGS; i++) {
		const struct yw_generation *g = yw_trust_origin(t, logs[i]->origin.text);
		struct yw_hash root, h = { { 0 } };
		struct yw_view *v;
		bool complete;

		if (!g->open)
			yw_tnet_root(logs[i], g->end.size, &root);
		if ((!g->open && !yw_hash_equal(&root, &g->end.root)) || (i == COUNTY && made_up_end()))
			continue;
		YW_PASS(yw_view_open(n->l, &v, &err));
		YW_PASS(yw_view_digest(v, &logs[i]->code, &complete, &h, &err));
		yw_view_close(v);
		YW_CHECK_MSG(complete && (!have[i] || yw_hash_equal(&h, &first[i])), "%s: %s", logs[i]->code.code,
		    complete ? "another state" : "bodies lack");
		first[i] = h;
		have[i] = true;
	}
}

/* What everybody holds before. */
static void
begin_round(void)
{
	yw_lnode_open(n);
	hand(top, top_base, false);
	commit_all();
	hand(logs[0], made_up_end() ? in_force(0, UINT64_MAX)->size : base, false);
	commit_all();
}

static void
one_round(const char *world, int round, struct yw_hash digests[static LOGS], bool have[static LOGS])
{
	struct yw_buf want = YW_BUF_INIT, got = YW_BUF_INIT;

	expect(&want);
	begin_round();
	if (round == 0)
		tell_in_order();
	for (int again = 0; again < 3; again++) {
		tell_in_some_order();
		settle();
	}
	for (int again = 0; again < 2; again++) {
		describe(&got);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&want)), "%s, round %d, %s: '%s', not '%s'", world, round,
		    again ? "after a restart" : "at the end", yw_buf_str(&got), yw_buf_str(&want));
		check_digests(digests, have);
		yw_lnode_reopen(n);
		commit_all();
	}
	yw_lnode_forget(n);
	yw_buf_release(&want);
	yw_buf_release(&got);
}

static void
rounds(const char *world)
{
	struct yw_hash digests[LOGS];
	bool have[LOGS] = { false };

	for (int round = 0; round < ROUNDS; round++)
		one_round(world, round, digests, have);
	end_world();
}

static void
rings(void)
{
	seed = yw_test_seed();
	for (int count = 2; count < LOGS; count++) {
		ring_of(count);
		rounds(count == 2 ? "two" : "three");
	}
}

static void
behind_the_end(void)
{
	seed = yw_test_seed();
	for (int again = 0; again < 4; again++) {
		revoked_behind_the_end();
		rounds("behind");
	}
}

static void
who_acts(void)
{
	seed = yw_test_seed();
	for (int again = 0; again < 4; again++) {
		revoked_by_who_acts();
		rounds("acts");
	}
}

static void
any_order(void)
{
	int worlds = getenv("YW_ON_DISK") != NULL ? 3 : 20;

	seed = yw_test_seed();
	for (int world = 0; world < worlds; world++) {
		char name[32];

		some_world();
		snprintf(name, sizeof name, "world %d", world);
		rounds(name);
	}
}

YW_TESTS({ "T7 T12 L7 S4 closings that revoke each other's only witness: one answer in any order and after restarts", rings },
	{ "T6 T7 S4 a closing at a made-up end before that which revoked the only witness against it: one answer, void", behind_the_end },
	{ "T6 T7 S4 a closing at a made-up end whose writer then revokes, acting for that log, the only witness against it: one answer, void",
	    who_acts },
	{ "T6 T7 T12 T15 L7 S4 closings at made-up heads of logs that are each other's mirrors: one answer in any order and after restarts",
	    any_order })
