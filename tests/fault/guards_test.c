/*
 * What stands between a replica and a liar, one guard a case.  Every case must hold; in the faults build each is
 * run once more with its guard switched off (YW_FAULT), and must then turn red.
 *
 * The liar here owns its log: what it signs wrongly, no proof can show to be wrong.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *city;		/* 320100: the replica */
static struct yw_tlog *t;		/* the log of 320000, which lies */

static void
start(void)
{
	net = yw_lnet_new(codes, 4, "group g 2 320000 320100 320102\nquorum g\n");
	city = yw_lnode(net, "320100");
	t = yw_lnode(net, "320000")->t;
	yw_lnode_open(city);
}

static enum yw_code
give(struct yw_tlog *from, uint64_t at, size_t n, uint64_t from_size)
{
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(from, at, n, at + n, from_size, false, &lp);
	code = yw_ledger_take_package(city->l, &lp.p, &err);
	if (code == YW_OK)
		yw_lnode_commit(city);
	yw_lpackage_release(&lp);
	return code;
}

static void
give_all(struct yw_tlog *from)
{
	uint64_t held = yw_ledger_log(city->l, from->origin.text)->size;

	YW_CHECK_MSG(give(from, held, from->n - held, held) == YW_OK, "%s", err.msg);
}

static enum yw_code
give_body(struct yw_tlog *log, uint64_t index, struct yw_bytes bytes)
{
	struct yw_body b = { .index = index, .item = 0, .bytes = bytes };
	enum yw_code code;

	yw_body_check(&b);
	code = yw_ledger_take_body(city->l, log->origin.text, &b, &err);
	yw_lnode_commit(city);
	return code;
}

static bool
shown(const char *id)
{
	struct yw_item item;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(city->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return code == YW_OK;
}

static void
signature(void)
{
	struct yw_buf body = YW_BUF_INIT, envelope = YW_BUF_INIT;
	const struct yw_log *log;

	start();
	yw_lrecord("320000/demand/a", 1, "never signed", &body);
	yw_tnet_seal(t, &t->keys, yw_buf_bytes(&body), &envelope);
	envelope.data[envelope.len - 1] ^= 1;		/* the signature is the last thing in an envelope */
	yw_tnet_add_envelope(t, yw_buf_bytes(&envelope));
	give_all(t);
	log = yw_ledger_log(city->l, t->origin.text);
	YW_CHECK(log->broken && log->size == t->n - 1);
	give_body(t, t->n - 1, yw_buf_bytes(&body));
	YW_CHECK(!shown("320000/demand/a"));
	yw_buf_release(&body);
	yw_buf_release(&envelope);
	yw_lnet_free(net);
}

static void
position(void)
{
	struct yw_buf body = YW_BUF_INIT, envelope = YW_BUF_INIT;

	start();
	yw_lrecord("320000/demand/a", 1, "signed by another", &body);
	yw_tnet_seal(t, &yw_lnode(net, "320200")->t->keys, yw_buf_bytes(&body), &envelope);
	yw_tnet_add_envelope(t, yw_buf_bytes(&envelope));
	give_all(t);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->size == t->n);	/* kept, mirrored, not applied */
	give_body(t, t->n - 1, yw_buf_bytes(&body));
	YW_CHECK(!shown("320000/demand/a"));
	yw_buf_release(&body);
	yw_buf_release(&envelope);
	yw_lnet_free(net);
}

/* At a multiple of 256 the subtree proof alone would not notice: only consistency ties the new head to the old. */
static void
consistency_of_a_package(void)
{
	struct yw_tnet *branch = yw_tnet_new("onenet.example", codes, 4, "group g 2 320000 320100 320102\nquorum g\n");

	start();
	yw_tlog_grow(t, 256 - t->n, "what the city was shown");
	give_all(t);
	yw_tlog_grow(&branch->logs[0], 260 - branch->logs[0].n, "what others were shown");
	YW_CHECK(give(&branch->logs[0], 256, 4, 256) != YW_OK);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->size == 256);
	yw_tnet_free(branch);
	yw_lnet_free(net);
}

static void
consistency_of_heads(void)
{
	struct yw_checkpoint c = { .size = 0 };
	struct yw_buf note = YW_BUF_INIT;

	start();
	give_all(t);
	memcpy(c.origin, t->origin.text, sizeof c.origin);
	c.size = t->n;
	yw_tnet_root(t, t->n, &c.root);
	c.root.b[0] ^= 1;
	YW_PASS(yw_head_sign(&c, &t->keys.head, &t->keys.pub.head, &note, &err));
	YW_FAILS(yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err), YW_ECONFLICT);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->frozen);
	yw_buf_release(&note);
	yw_lnet_free(net);
}

static void
body_hash(void)
{
	struct yw_buf body = YW_BUF_INIT, other = YW_BUF_INIT;

	start();
	yw_lrecord("320000/demand/a", 1, "what was signed", &body);
	yw_lrecord("320000/demand/a", 1, "what is handed out", &other);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	give_all(t);
	YW_FAILS(give_body(t, t->n - 1, yw_buf_bytes(&other)), YW_EPEER);
	YW_CHECK(!shown("320000/demand/a"));
	YW_PASS(give_body(t, t->n - 1, yw_buf_bytes(&body)));
	YW_CHECK(shown("320000/demand/a"));
	yw_buf_release(&body);
	yw_buf_release(&other);
	yw_lnet_free(net);
}

/* Whoever knows a hash could else log it, and have the body asked for and shown in its own name. */
static void
borrowed_hash(void)
{
	struct yw_buf body = YW_BUF_INIT;

	start();
	yw_lrecord("320102/demand/a", 1, "of another's log", &body);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	give_all(t);
	YW_FAILS(give_body(t, t->n - 1, yw_buf_bytes(&body)), YW_EINVAL);
	YW_CHECK(!shown("320102/demand/a"));
	yw_buf_release(&body);
	yw_lnet_free(net);
}

static void
may_have(void)
{
	struct yw_lnode *top;
	struct yw_asker neighbour = { .kind = YW_ASKER_NODE }, owner = { .kind = YW_ASKER_NODE };
	struct yw_buf body = YW_BUF_INIT;
	const struct yw_log_info *log;
	struct yw_lpackage lp;
	struct yw_view *v;
	uint64_t index;

	start();
	yw_lnode_close(city);
	top = yw_lnode(net, "320000");
	yw_lnode_open(top);
	yw_lnode_put(top, "320000/demand/a", 1, "for nobody else", &yw_not_shared);
	index = yw_lnode_log(top, "320000")->size - 1;
	neighbour.code = city->t->code;
	owner.code = top->t->code;
	YW_CHECK(yw_lnode_serve(top, t->origin.text, index, 0, 0, index, &neighbour, 1 << 20, &lp));
	YW_CHECK(lp.p.n_bodies == 0);
	yw_lpackage_release(&lp);
	YW_CHECK(yw_lnode_serve(top, t->origin.text, index, 0, 0, index, &owner, 1 << 20, &lp));
	YW_CHECK(lp.p.n_bodies == 1);
	yw_lpackage_release(&lp);
	YW_PASS(yw_view_open(top->l, &v, &err));
	log = yw_view_log(v, t->origin.text);
	YW_FAILS(yw_view_serve_body(v, log, index, 0, &neighbour, &body, &err), YW_EDENIED);
	YW_CHECK(body.len == 0);
	yw_view_close(v);
	yw_lnet_free(net);
}

/* One of the two heads was made by somebody who has not got the key. */
static void
forged_contradiction(void)
{
	struct yw_buf head = YW_BUF_INIT, forged = YW_BUF_INIT;
	struct yw_contradiction c = { .consistency = { .n = 0 } };

	start();
	give_all(t);
	yw_tlog_head(t, t->n, &head);
	yw_buf_add(&forged, head.data, head.len);
	forged.data[sizeof "onenet.example/320000\n0\n" - 1] ^= 'A' ^ 'B';	/* in its root */
	c.head_a = yw_buf_bytes(&head);
	c.head_b = yw_buf_bytes(&forged);
	YW_CHECK(yw_ledger_take_contradiction(city->l, t->origin.text, &c, &err) != YW_ECONFLICT);
	yw_lnode_commit(city);
	YW_CHECK(!yw_ledger_log(city->l, t->origin.text)->frozen);
	yw_buf_release(&head);
	yw_buf_release(&forged);
	yw_lnet_free(net);
}

YW_TESTS(
	{ "B4 L9 signature: an entry that nobody signed ends what is mirrored of its log", signature },
	{ "B3 T5 position: an entry by a key that was not valid there is kept and never shown", position },
	{ "R3 consistency: a package into a head that does not extend my copy is refused", consistency_of_a_package },
	{ "L6 consistency: two heads of one size freeze the log", consistency_of_heads },
	{ "L6 contradiction: a pair of which one head is forged freezes nothing", forged_contradiction },
	{ "B7 body-hash: a body with another hash than the entry says is refused", body_hash },
	{ "B6 borrowed-hash: a body of another code than the log's is not held", borrowed_hash },
	{ "V1 V3 may-have: a body that is not shared stays with its owner", may_have })
