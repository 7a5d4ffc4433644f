/*
 * Later network files (T1) on disk: from wherever they come they hold, also after a restart and a turn that was lost; the
 * first node logs each; two of one version are kept as evidence.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

static struct yw_lnet *
network(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, 3, POLICY);

	yw_lnet_join(net);
	return net;
}

/* The version after prev with this policy, signed by "root". */
static void
next_version(const struct yw_network *prev, const char *policy, struct yw_buf *out)
{
	struct yw_network_change c = { .policy_lines = policy };
	struct yw_buf draft = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(prev, &c, &draft, &err));
	yw_buf_clear(out);
	YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, out, &err));
	yw_buf_release(&draft);
}

static uint64_t
version(const struct yw_lnode *n)
{
	return yw_trust_network(yw_ledger_trust(n->l))->version;
}

/* How many network_version statements the first node's log has. */
static size_t
logged(struct yw_lnode *n)
{
	struct yw_log *own = yw_ledger_own(n->l);
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_view *v;
	size_t count = 0;

	YW_PASS(yw_view_open(n->l, &v, &err));
	for (uint64_t i = 0; i < own->size; i++) {
		struct yw_entry e;

		yw_buf_clear(&envelope);
		YW_PASS(yw_view_entry(v, yw_view_log(v, own->origin.text), i, &envelope, &err));
		YW_PASS(yw_entry_read(own->origin.text, yw_buf_bytes(&envelope), &e, &err));
		count += e.trust_kind == YW_TRUST_NETWORK_VERSION;
		yw_entry_release(&e);
	}
	yw_view_close(v);
	yw_buf_release(&envelope);
	return count;
}

static void
give(struct yw_lnode *n, const struct yw_buf *note)
{
	YW_PASS(yw_ledger_take_network(n->l, yw_buf_bytes(note), &err));
	YW_PASS(yw_ledger_routine(n->l, &err));
	yw_lnode_commit(n);
}

/* Given to the first node it is logged once, and reaches everybody with the log. */
static void
logged_by_the_first_node(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *first = &net->n[0];
	struct yw_buf two = YW_BUF_INIT, three = YW_BUF_INIT;

	next_version(&net->t->network, "quorum none\n", &two);
	give(first, &two);
	YW_CHECK(version(first) == 2 && logged(first) == 1);
	next_version(yw_trust_network(yw_ledger_trust(first->l)), POLICY, &three);
	give(first, &three);
	give(first, &two);	/* held already */
	YW_CHECK(version(first) == 3 && logged(first) == 2);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 3; i++) {
		yw_lnode_reopen(&net->n[i]);
		YW_CHECK(version(&net->n[i]) == 3);
	}
	YW_PASS(yw_ledger_routine(first->l, &err));
	yw_lnode_commit(first);
	YW_CHECK(logged(first) == 2);
	yw_buf_release(&two);
	yw_buf_release(&three);
	yw_lnet_free(net);
}

/* Another node keeps it without the first node's log; the first node logs it when it comes there. */
static void
kept_by_any_node(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf two = YW_BUF_INIT, three = YW_BUF_INIT;
	struct yw_network n2;

	next_version(&net->t->network, "quorum none\n", &two);
	YW_PASS(yw_network_parse(yw_buf_bytes(&two), &net->t->network.hash, &n2, &err));
	next_version(&n2, POLICY, &three);
	YW_FAILS(yw_ledger_take_network(county->l, yw_buf_bytes(&three), &err), YW_EINVAL);	/* a jump */
	YW_CHECK(strstr(err.msg, "network versions 2 to 3 are needed") != NULL && !yw_lnode_dirty(county));
	give(county, &two);
	give(county, &three);
	yw_lnode_reopen(county);
	YW_CHECK(version(county) == 3 && logged(county) == 0);
	yw_network_release(&n2);
	yw_buf_release(&two);
	yw_buf_release(&three);
	yw_lnet_free(net);
}

/* What a turn took that was not committed is gone, and can come again. */
static void
lost_with_its_turn(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf two = YW_BUF_INIT;

	next_version(&net->t->network, "quorum none\n", &two);
	YW_PASS(yw_ledger_take_network(county->l, yw_buf_bytes(&two), &err));
	county->guard_broken = true;
	YW_CHECK(yw_ledger_commit(county->l, &err) != YW_OK);
	county->guard_broken = false;
	yw_lnode_reopen(county);
	give(county, &two);
	YW_CHECK(version(county) == 2);
	yw_lnode_reopen(county);
	YW_CHECK(version(county) == 2);
	yw_buf_release(&two);
	yw_lnet_free(net);
}

/* Beats that are held are judged anew: what has quorum by the newest file has it at once, and after a restart (T15). */
static void
judged_by_the_newest(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf two = YW_BUF_INIT;
	struct yw_log *own = yw_ledger_own(county->l);

	YW_CHECK(own->n_beats > 0 && own->beats[0].quorum == YW_QUORUM_MET);
	next_version(&net->t->network, "group g all 320000 330100\nquorum g\n", &two);
	give(county, &two);
	YW_CHECK(own->beats[own->n_beats - 1].quorum == YW_QUORUM_NOT_MET);
	yw_lnode_reopen(county);
	own = yw_ledger_own(county->l);
	YW_CHECK(own->beats[own->n_beats - 1].quorum == YW_QUORUM_NOT_MET);
	yw_buf_release(&two);
	yw_lnet_free(net);
}

/* Two texts of one version: the first goes on counting, both are kept, also over a restart. */
static void
two_of_one_version(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf two = YW_BUF_INIT, twin = YW_BUF_INIT;
	const struct yw_trust *t;

	next_version(&net->t->network, "quorum none\n", &two);
	next_version(&net->t->network, "quorum 320000\n", &twin);
	give(county, &two);
	YW_FAILS(yw_ledger_take_network(county->l, yw_buf_bytes(&twin), &err), YW_ECONFLICT);
	YW_CHECK(yw_lnode_dirty(county));
	yw_lnode_commit(county);
	YW_FAILS(yw_ledger_take_network(county->l, yw_buf_bytes(&twin), &err), YW_ECONFLICT);
	YW_CHECK(!yw_lnode_dirty(county));
	yw_lnode_reopen(county);
	t = yw_ledger_trust(county->l);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&yw_trust_network(t)->note), yw_buf_bytes(&two)));
	YW_CHECK(yw_trust_network_twin(t) != NULL &&
	    yw_bytes_equal(yw_buf_bytes(&yw_trust_network_twin(t)->note), yw_buf_bytes(&twin)));
	yw_buf_release(&two);
	yw_buf_release(&twin);
	yw_lnet_free(net);
}

static uint64_t
end_of(struct yw_lnode *n, const char *origin)
{
	return yw_trust_origin(yw_ledger_trust(n->l), origin)->end.size;
}

/*
 * A log is closed below a beat that had quorum, and so ends at that beat (T7); by the next file that beat has none.  It stands
 * all the same, for who was there and for who starts now.
 */
static void
end_stands(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, 3, "group g any 320000 320100\nquorum g\n");
	struct yw_closing_draft draft = { .reason = "moved" };
	struct yw_lnode *province = &net->n[0], *city = &net->n[1], *county = &net->n[2];
	struct yw_buf two = YW_BUF_INIT;
	char origin[YW_ORIGIN_MAX + 1];
	uint64_t closed_at;

	yw_lnet_join(net);
	snprintf(origin, sizeof origin, "%s", county->t->origin.text);
	closed_at = yw_ledger_own(county->l)->size;
	yw_lnode_put(county, "320102/demand/late", 1, "the city never saw it", &yw_open);
	for (int i = 0; i < 3; i++) {
		yw_lnet_wait(net, 11000);
		yw_lnode_tick(county);
		yw_lnode_follow(province, county);
		yw_lnode_tick(province);
		yw_lnode_follow(county, province);
	}
	YW_PASS(yw_ledger_close_log(city->l, origin, &draft, &err));
	yw_lnode_commit(city);
	yw_lnode_follow(province, city);
	yw_lnode_commit(province);
	YW_CHECK_MSG(end_of(province, origin) > closed_at, "%llu", (unsigned long long)end_of(province, origin));
	next_version(&net->t->network, "group g all 320000 330100\nquorum g\n", &two);
	give(province, &two);
	yw_lnode_commit(province);
	YW_CHECK_MSG(end_of(province, origin) > closed_at, "%llu", (unsigned long long)end_of(province, origin));
	yw_lnode_reopen(province);
	YW_CHECK_MSG(end_of(province, origin) > closed_at, "%llu", (unsigned long long)end_of(province, origin));
	yw_buf_release(&two);
	yw_lnet_free(net);
}

YW_TESTS({ "T1 the first node logs each later version once, and it reaches everybody", logged_by_the_first_node },
    { "T1 any node keeps the versions that it is given, step by step", kept_by_any_node },
    { "T1 L1 a version whose turn was lost can come again", lost_with_its_turn },
    { "T15 T1 beats are judged by the newest version, at once and after a restart", judged_by_the_newest },
    { "T7 L7 T15 a log that was closed below a beat with quorum ends there by a later version too", end_stands },
    { "T1 two texts of one version are kept as evidence, and the first goes on counting", two_of_one_version })
