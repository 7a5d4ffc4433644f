/*
 * Records that a registrar signs on a machine of its own (T13): named, checked, logged byte for byte, ended.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;
static struct yw_seckey sec;
static struct yw_pubkey pub;
static struct yw_buf file;
static struct yw_signed s;
static uint64_t at;

#define POLICY "group g 2 320000 320100 320102\nquorum g\n"
#define DEMAND "320102/demand/1"

static struct yw_lnet *
network(void)
{
	static const struct yw_seed seed = { { 77 } };
	struct yw_lnet *net = yw_lnet_new(codes, 3, POLICY);

	yw_lnet_join(net);
	yw_seckey_from_seed(&seed, &sec, &pub);
	return net;
}

static void
name(struct yw_lnode *n, const char *kind)
{
	YW_PASS(yw_ledger_registrar(n->l, &pub, &kind, kind != NULL, &err));
}

/* Signs these records, each a demand with this revision, as one entry for the log. */
static void
sign_for(const char *origin, const char *const *ids, size_t n, uint32_t revision, const char *title)
{
	const struct yw_entry_draft draft = { .origin = origin, .signed_at_ms = 1764000000000, .audience = yw_open };
	struct yw_buf bodies[4] = { YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT };
	struct yw_bytes spans[4];

	for (size_t i = 0; i < n; i++) {
		yw_lrecord(ids[i], revision, title, &bodies[i]);
		spans[i] = yw_buf_bytes(&bodies[i]);
	}
	yw_buf_clear(&file);
	YW_PASS(yw_signed_make(&draft, spans, n, &sec, &pub, &file, &err));
	for (size_t i = 0; i < 4; i++)
		yw_buf_release(&bodies[i]);
}

static enum yw_code
give(struct yw_lnode *n)
{
	yw_signed_release(&s);
	YW_PASS(yw_signed_read(yw_buf_bytes(&file), &s, &err));
	return yw_ledger_append_signed(n->l, &s, &at, &err);
}

static enum yw_code
give_one(struct yw_lnode *n, const char *id, uint32_t revision)
{
	sign_for(n->t->origin.text, &id, 1, revision, "signed elsewhere");
	return give(n);
}

static void
current(struct yw_lnode *n, const char *id, struct yw_item *item)
{
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_current(v, id, item, &err));
	yw_view_close(v);
}

/* The entry and the record are in the log as they were signed, and count everywhere. */
static void
logged_as_it_was_signed(void)
{
	static const char *const ids[] = { DEMAND, "320102/demand/2" };
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf got = YW_BUF_INIT;
	struct yw_item item;
	struct yw_view *v;

	name(county, "demand");
	sign_for(county->t->origin.text, ids, 2, 1, "signed elsewhere");
	YW_PASS(give(county));	/* in the turn that names the registrar: it stands behind that statement */
	yw_lnode_commit(county);
	YW_PASS(yw_view_open(county->l, &v, &err));
	YW_PASS(yw_view_entry(v, yw_view_log(v, county->t->origin.text), at, &got, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), s.envelope));
	yw_buf_clear(&got);
	YW_PASS(yw_view_body(v, yw_view_log(v, county->t->origin.text), at, 1, &got, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), s.records[1].bytes));
	yw_view_close(v);
	yw_lnode_reopen(county);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 3; i++) {
		current(&net->n[i], ids[1], &item);
		YW_CHECK(item.index == at && item.item == 1 && item.revision == 1);
	}
	yw_buf_release(&got);
	yw_lnet_free(net);
}

static void
fails(struct yw_lnode *n, enum yw_code got, enum yw_code want, const char *why)
{
	YW_CHECK_MSG(got == want && strstr(err.msg, why) != NULL, "gave '%s': %s", yw_code_name(got), err.msg);
	YW_CHECK(!yw_lnode_dirty(n));	/* what is refused leaves no trace */
}

static void
only_what_the_log_allows(void)
{
	static const char *const other[] = { "320102/broker/1" }, *const foreign[] = { "320100/demand/1" };
	static const char *const twice[] = { DEMAND, DEMAND };
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	const char *origin = county->t->origin.text;

	fails(county, give_one(county, DEMAND, 1), YW_EDENIED, "no registrar's");
	name(county, "demand");
	yw_lnode_commit(county);
	fails(county, give_one(county, DEMAND, 2), YW_ECONFLICT, "revision 0 now");
	sign_for(origin, other, 1, 1, NULL);
	fails(county, give(county), YW_EDENIED, "kind broker");
	sign_for(origin, foreign, 1, 1, "x");
	fails(county, give(county), YW_EINVAL, "belongs to 320100");
	sign_for(origin, twice, 2, 1, "x");
	fails(county, give(county), YW_EINVAL, "twice");
	sign_for("onenet.example/320102/g2", twice, 1, 1, "x");
	fails(county, give(county), YW_EINVAL, "was signed for 'onenet.example/320102/g2'");
	YW_PASS(give_one(county, DEMAND, 1));
	yw_lnode_commit(county);
	fails(county, give_one(county, DEMAND, 1), YW_ECONFLICT, "revision 1 now");	/* the same file again */
	sec = county->t->keys.entry;
	pub = county->t->keys.pub.entry;
	fails(county, give_one(county, DEMAND, 2), YW_EINVAL, "own key");
	yw_lnet_free(net);
}

static void
ended(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_item item;

	YW_FAILS(yw_ledger_registrar(county->l, &pub, NULL, 0, &err), YW_ENOENT);
	name(county, "demand");
	YW_PASS(give_one(county, DEMAND, 1));
	yw_lnode_commit(county);
	name(county, NULL);
	yw_lnode_commit(county);
	fails(county, give_one(county, DEMAND, 2), YW_EDENIED, "or no longer");
	current(county, DEMAND, &item);	/* what it signed before stays */
	YW_CHECK(item.revision == 1);
	yw_lnet_free(net);
}

/* Others register the same record in the same turn, before and after: the order is kept. */
static void
among_others_of_a_turn(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_buf bodies[2] = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_append a[2];
	struct yw_item item;

	name(county, "demand");
	yw_lnode_commit(county);
	yw_lrecord(DEMAND, 1, "before", &bodies[0]);
	yw_lrecord(DEMAND, 3, "after", &bodies[1]);
	for (size_t i = 0; i < 2; i++)
		a[i] = (struct yw_append) { .body = yw_buf_bytes(&bodies[i]), .audience = yw_open };
	YW_PASS(yw_ledger_append(county->l, &a[0], 1, &err));
	YW_PASS(a[0].code);
	YW_PASS(give_one(county, DEMAND, 2));
	YW_PASS(yw_ledger_append(county->l, &a[1], 1, &err));
	YW_PASS(a[1].code);
	yw_lnode_commit(county);
	YW_CHECK(a[0].index < at && at < a[1].index);
	current(county, DEMAND, &item);
	YW_CHECK(item.revision == 3 && item.index == a[1].index);
	yw_buf_release(&bodies[0]);
	yw_buf_release(&bodies[1]);
	yw_lnet_free(net);
}

/* V4: the first node names one node, any other one too; the word of the log's own keys decides. */
static void
a_holder(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *county = yw_lnode(net, "320102");
	struct yw_jurisdiction city = { "320100" }, nobody = { "" }, stranger = { "330100" };
	struct yw_holder got;
	const struct yw_trust *t;

	YW_FAILS(yw_ledger_holder(county->l, &county->t->code, &err), YW_EINVAL);
	YW_FAILS(yw_ledger_holder(county->l, &stranger, &err), YW_ENOENT);
	YW_CHECK(!yw_lnode_dirty(county));
	YW_PASS(yw_ledger_holder(county->l, &city, &err));
	yw_lnode_commit(county);
	yw_lnet_sync(net);
	t = yw_ledger_trust(net->n[0].l);
	yw_trust_holder(t, yw_trust_origin(t, county->t->origin.text), &got);
	YW_CHECK(yw_jurisdiction_equal(&got.code, &city));
	YW_PASS(yw_ledger_holder(county->l, &nobody, &err));
	yw_lnode_commit(county);
	yw_lnet_sync(net);
	t = yw_ledger_trust(net->n[0].l);
	yw_trust_holder(t, yw_trust_origin(t, county->t->origin.text), &got);
	YW_CHECK(got.code.code[0] == '\0');
	yw_lnet_free(net);
}

YW_TESTS({ "T13 what a registrar signed is logged byte for byte, and counts everywhere", logged_as_it_was_signed },
    { "T13 no other revision, kind, code, log or key, nothing twice: each refusal says which", only_what_the_log_allows },
    { "T13 an ended registrar's records are refused, and those before stay", ended },
    { "T13 S2 records of one id keep their order in a turn, whoever signed them", among_others_of_a_turn },
    { "V4 a holder is named and unnamed by the owner's log", a_holder })
