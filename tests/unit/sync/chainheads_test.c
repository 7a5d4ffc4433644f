/*
 * Heads in chains (T16): whoever shows how it stands below the network file shows heads of the logs there, and one of
 * another branch is found out, each by itself and in a granted chain too.
 */
#include "trust/fields.h"
#include "unit/sync/mirror_world.h"
#include "yiwang/v1/trust.pb-c.h"

static struct yw_tnet *other;		/* what the same keys signed on other machines */
static struct yw_tlog *top_there, *city_there;
static struct yw_log_reader from_there;

static void
start(void)
{
	two();
	other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
	top_there = yw_tnet_log(other, "320000");
	city_there = yw_tnet_log(other, "320100");
	grow(yw_tnet_log(other, "320102"), 2, "x");
	yw_tnet_reader(other, &from_there);
}

static void
stop(void)
{
	yw_tnet_free(other);
	end();
}

static bool
is_frozen(const struct yw_tlog *log)
{
	return yw_ledger_log(reader->n->l, log->origin.text)->frozen;
}

/* What the reader holds; the beats there cover all that stands there. */
static void
give_and_beat(void)
{
	give(reader, top);
	give(reader, city);
	YW_CHECK(!is_frozen(top) && !is_frozen(city));
	yw_tnet_beat(top_there, 1700000000, NULL, 0);
	yw_tnet_beat(city_there, 1700000000, NULL, 0);
}

static struct yw_exchange_link *
greet(const struct yw_tlog *as, bool upstream, struct yw_bytes chain)
{
	const struct yw_network *n = yw_trust_network(as->net->trust);
	Yiwang__V1__Hello h = YIWANG__V1__HELLO__INIT;
	struct yw_origin origin = as->origin;
	struct yw_jurisdiction code = as->code;
	struct yw_buf hello = YW_BUF_INIT;
	struct yw_exchange_link *link;

	h.code = code.code;
	h.origin = origin.text;
	h.chain = field_of_bytes(chain);
	h.network_version = n->version;
	h.network_sha256 = field_of(n->text_sha256.b, YW_HASH_BYTES);
	YW_PASS(yw_wire_pack(&h.base, &hello, &err));
	YW_PASS(yw_exchange_link_up(reader->x, upstream, &as->keys.pub.session, code.code, &link, &err));
	YW_PASS(yw_exchange_take_hello(reader->x, link, yw_buf_bytes(&hello), &err));
	YW_CHECK(yw_jurisdiction_equal(yw_exchange_link_code(link), &code));	/* who says it is not to blame */
	yw_buf_release(&hello);
	return link;
}

static void
show_chain(const struct yw_tlog *as, struct yw_bytes chain)
{
	yw_exchange_link_down(reader->x, greet(as, false, chain));
}

static void
show_chain_of(const struct yw_tlog *as)
{
	struct yw_buf chain = YW_BUF_INIT;

	YW_PASS(yw_chain_make(other->trust, yw_trust_origin(other->trust, as->origin.text), &from_there, &chain, &err));
	show_chain(as, yw_buf_bytes(&chain));
	yw_buf_release(&chain);
}

/* The first node has no link: what its key changes lead to stands alone. */
static void
root_beat(void)
{
	start();
	yw_tnet_rotate(top, NULL, "320000 new");
	yw_tnet_rotate(top_there, NULL, "320000 new");
	grow(top, 3, "x");
	grow(top_there, 3, "y");
	give_and_beat();
	show_chain_of(top_there);
	YW_CHECK(is_frozen(top) && !is_frozen(city));
	stop();
}

static void
key_change_beat(void)
{
	start();
	yw_tnet_rotate(city, top, "320100 new");
	yw_tnet_rotate(city_there, top_there, "320100 new");
	grow(city, 3, "x");
	grow(city_there, 3, "y");
	give_and_beat();
	show_chain_of(city_there);
	YW_CHECK(is_frozen(city) && !is_frozen(top));
	stop();
}

/* The chain of a recovery whose consent the province's keys gave on a branch that is seen nowhere else: all its beats are
 * of the logs that everybody has. */
static void
make_recovery(const struct yw_tlog *second, struct yw_buf *out)
{
	struct yw_buf whole = YW_BUF_INIT, honest = YW_BUF_INIT;
	Yiwang__V1__Chain *m, *above;
	Yiwang__V1__Chain__Link *link;
	struct yw_log_reader r;

	yw_tnet_reader(net->t, &r);
	YW_PASS(yw_chain_make(other->trust, yw_trust_origin(other->trust, second->origin.text), &from_there, &whole, &err));
	YW_PASS(yw_chain_make(net->t->trust, yw_tnet_generation(net->t, "320100"), &r, &honest, &err));
	YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&whole), &m, &err));
	YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&honest), &above, &err));
	link = m->links[0];
	m->links[0] = above->links[0];
	above->links[0] = link;
	YW_PASS(yw_wire_pack(&m->base, out, &err));
	yw_decode_free(m);
	yw_decode_free(above);
	yw_buf_release(&whole);
	yw_buf_release(&honest);
}

static void
consent(void)
{
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT, chain = YW_BUF_INIT;
	struct yw_tlog *second;

	start();
	yw_tnet_close(county, city);
	yw_tnet_close(yw_tnet_log(other, "320102"), city_there);
	grow(top, 3, "x");
	give_and_beat();
	second = yw_tnet_new_log(yw_tnet_log(other, "320102"), 2, "found");
	yw_tnet_ask(other, &(struct yw_tasked) { "320102", "320100", "found", 2, 0, NULL }, &request);
	YW_PASS(yw_trust_make_consent(other->trust, yw_tnet_generation(other, "320000"), yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(top_there, yw_buf_bytes(&trust));
	yw_tnet_beat(top_there, 1700000100, NULL, 0);
	yw_buf_clear(&trust);
	YW_PASS(yw_recovery_make(other->trust, yw_tnet_generation(other, "320100"), yw_buf_bytes(&request), &from_there, &trust,
	    &err));
	yw_tnet_add_trust(city_there, yw_buf_bytes(&trust));
	yw_tnet_beat(city_there, 1700000100, NULL, 0);
	yw_tnet_beat(top, 1700000100, NULL, 0);
	make_recovery(second, &chain);
	show_chain(second, yw_buf_bytes(&chain));
	YW_CHECK(is_frozen(top) && !is_frozen(city));
	yw_buf_release(&request);
	yw_buf_release(&trust);
	yw_buf_release(&chain);
	stop();
}

/* Who joins holds the first entries of the issuer's log, and is granted its chain out of another one. */
static void
granted(void)
{
	static const char *const two_codes[] = { "320000", "320300" };
	Yiwang__V1__JoinAnswer a = YIWANG__V1__JOIN_ANSWER__INIT;
	Yiwang__V1__PeerReply r = YIWANG__V1__PEER_REPLY__INIT;
	struct yw_buf chain = YW_BUF_INIT, plain = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_inbound *in;
	struct yw_lpackage lp;
	uint32_t wait_ms;

	begin(codes, 5, "group g 2 320000 320100\nquorum g\n");
	top = net->n[0].t;
	other = yw_tnet_new("onenet.example", two_codes, 2, "group g 2 320000 320100\nquorum g\n");
	top_there = yw_tnet_log(other, "320000");
	reader = add_peer("320300", MEMORY);
	YW_CHECK(top_there->n <= net->n[4].t->delegation);
	yw_tlog_package(top, 0, top_there->n, top_there->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(reader->n->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	yw_lnode_commit(reader->n);

	link = greet(top, true, (struct yw_bytes) { NULL, 0 });
	yw_tnet_beat(top_there, 1700000000, NULL, 0);
	yw_tnet_reader(other, &from_there);
	YW_PASS(yw_chain_make(other->trust, yw_tnet_generation(other, "320300"), &from_there, &chain, &err));
	a.state = YIWANG__V1__JOIN_ANSWER__STATE__STATE_GRANTED;
	a.chain = field_of_bytes(yw_buf_bytes(&chain));
	r.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_JOIN;
	r.join = &a;
	YW_PASS(yw_wire_pack(&r.base, &plain, &err));
	YW_PASS(yw_inbound_read(&plain, false, &in, &err));
	YW_CHECK(!is_frozen(top));
	YW_PASS(yw_exchange_take(reader->x, link, in, &wait_ms, &err));
	YW_CHECK(is_frozen(top));
	yw_exchange_link_down(reader->x, link);
	yw_buf_release(&chain);
	stop();
}

/* A key change by keys that the issuer delegated with much beside them, as an owner would make it that is at one with it. */
static void
bulky_change(struct yw_tlog *log, struct yw_tlog *by, const char *label)
{
	struct yw_buf request = YW_BUF_INIT, delegation = YW_BUF_INIT, trust = YW_BUF_INIT, place = YW_BUF_INIT, change = YW_BUF_INIT;
	struct yw_buf delegated = YW_BUF_INIT;
	static char name[64000];
	uint64_t at;

	memset(name, 'x', sizeof name);
	yw_tnet_ask(net->t, &(struct yw_tasked) { log->code.code, by->code.code, label, 1, log->key_set + 1, &log->keys.head }, &request);
	yw_wire_add_bytes(&delegation, 1, yw_buf_bytes(&request));
	yw_wire_add_bytes(&delegation, 3, (struct yw_bytes) { (const uint8_t *)name, sizeof name });
	yw_wire_add_bytes(&trust, 3, yw_buf_bytes(&delegation));
	at = yw_tnet_add_trust(by, yw_buf_bytes(&trust));
	yw_tnet_add_roster(by);
	yw_wire_add_bytes(&place, 1, yw_bytes_str(by->origin.text));
	yw_wire_add_number(&place, 2, at);
	yw_wire_add_bytes(&delegated, 1, yw_buf_bytes(&by->entries[at]));
	yw_wire_add_bytes(&delegated, 2, yw_buf_bytes(&place));
	yw_wire_add_bytes(&change, 1, yw_buf_bytes(&delegated));
	yw_buf_clear(&trust);
	yw_wire_add_bytes(&trust, 4, yw_buf_bytes(&change));
	yw_tnet_add_trust(log, yw_buf_bytes(&trust));
	yw_tnet_keys(label, &log->keys);
	log->key_set++;
	yw_tnet_add_roster(log);
	yw_buf_release(&request);
	yw_buf_release(&delegation);
	yw_buf_release(&trust);
	yw_buf_release(&place);
	yw_buf_release(&change);
	yw_buf_release(&delegated);
}

/* Who stands above a node can make its chain larger than any may be.  It registers and hears others as before, and says what it
 * is that nobody knows it by: once, as long as nothing changes. */
static void
too_large(void)
{
	static const char *const labels[] = { "k1", "k2", "k3", "k4", "k5" };
	struct peer *owner;
	unsigned before;

	begin(codes, 5, "quorum none\n");
	top = net->n[0].t;
	city = net->n[1].t;
	for (size_t i = 0; i < 5; i++)
		bulky_change(city, top, labels[i]);
	owner = add_peer("320102", MEMORY);
	give(owner, top);
	give(owner, city);
	YW_CHECK_MSG(yw_trust_origin(yw_ledger_trust(owner->n->l), city->origin.text)->n_spans == 6, "%zu",
	    yw_trust_origin(yw_ledger_trust(owner->n->l), city->origin.text)->n_spans);
	yw_tnet_beat(top, 1700000000, NULL, 0);
	yw_tnet_beat(city, 1700000000, NULL, 0);
	YW_PASS(yw_ledger_take_beat(owner->n->l, yw_buf_bytes(&top->beat), &err));
	YW_PASS(yw_ledger_take_beat(owner->n->l, yw_buf_bytes(&city->beat), &err));
	before = n_said;
	for (int i = 0; i < 3; i++) {
		put_demand(owner, i == 0 ? "a" : i == 1 ? "b" : "c", "life goes on", &yw_unconditional);
		turn(owner);
		later(400000);
	}
	YW_CHECK_MSG(n_said == before + 1 && strstr(last_said, "chain-too-large") != NULL, "%u: %s", n_said - before, last_said);
	YW_CHECK_MSG(strstr(last_said, "onenet.example/320102") != NULL, "%s", last_said);
	end();
}

YW_TESTS(
	{ "L6 T16 the beat that the first node's key changes lead to", root_beat },
	{ "L6 T16 the beat that a link's key changes lead to", key_change_beat },
	{ "L6 T9 T16 the head in the consent of a recovery, in a chain", consent },
	{ "L6 T14 T16 a beat in a granted chain", granted },
	{ "T16 a chain that is too large, whoever made it so, is said once and stops nobody", too_large })
