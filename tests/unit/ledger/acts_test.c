/*
 * What a node says of trust in its own log on a person's word: each act as the log has it afterwards, and each that is
 * refused leaves no trace.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *other;

static void
begin(const char *policy)
{
	net = yw_lnet_new(codes, 4, policy);
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	other = &net->n[3];
	for (size_t i = 0; i < 4; i++)
		yw_lnode_open(&net->n[i]);
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	yw_lnet_sync(net);
	yw_lnode_admit(net, "320102");
	yw_lnet_sync(net);
}

static void
end(void)
{
	yw_lnet_free(net);
}

static const struct yw_generation *
seen(struct yw_lnode *at, const struct yw_lnode *of)
{
	return yw_trust_origin(yw_ledger_trust(at->l), of->t->origin.text);
}

static struct yw_jurisdiction
code_of(const char *text)
{
	struct yw_jurisdiction j;

	snprintf(j.code, sizeof j.code, "%s", text);
	return j;
}

/* --- closing --- */

static void
closes(void)
{
	struct yw_closing_draft d = { .reason = "并入鼓楼区", .revoked = true, .doubted = true, .doubted_from = 1 };
	const struct yw_generation *g;
	uint64_t size, before;

	begin("quorum none\n");
	yw_lnode_put(county, "320102/demand/a", 1, "held by the city", &yw_unconditional);
	yw_lnet_sync(net);
	size = yw_lnode_log(city, "320102")->size;
	before = yw_lnode_log(city, "320100")->size;
	d.next_issuer = code_of("320000");
	d.successor = code_of("320106");
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &d, &err));
	yw_lnode_commit(city);
	YW_CHECK(yw_lnode_log(city, "320100")->size >= before + 2);	/* with its roster, in one turn */
	YW_CHECK(!yw_trust_roster_due(yw_ledger_trust(city->l), seen(city, city), city->utc_ms));
	yw_lnet_sync(net);
	for (size_t i = 0; i < 4; i++) {
		g = seen(&net->n[i], county);
		YW_CHECK(!g->open && g->end.size == size && g->closing.revoked && g->closing.doubted && g->closing.doubted_from == 1);
		YW_CHECK(strcmp(g->closing.issuer.code, "320100") == 0 && strcmp(g->closing.next_issuer.code, "320000") == 0);
		YW_CHECK(strcmp(g->closing.successor.code, "320106") == 0);
	}
	end();
}

static void
refuses_closings(void)
{
	static const struct {
		const char *what;
		unsigned by, of;		/* nodes: 0 province, 1 city, 2 county, 3 another city */
		struct yw_closing_draft d;
		const char *next_issuer, *successor;
		enum yw_code code;
		const char *says;
	} rows[] = {
		{ "another city's", 1, 3, { .reason = "r" }, "", "", YW_EINVAL, "320000, its issuer" },
		{ "its issuer's", 1, 0, { .reason = "r" }, "", "", YW_EINVAL, "the network file" },
		{ "its own", 1, 1, { .reason = "r" }, "", "", YW_EINVAL, "320000, its issuer" },
		{ "the first node's own", 0, 0, { .reason = "r" }, "", "", YW_EINVAL, "the network file" },
		{ "a county over its city's head", 0, 2, { .reason = "r" }, "", "", YW_EINVAL, "320100, its issuer" },
		{ "a county by itself", 2, 2, { .reason = "r" }, "", "", YW_EINVAL, "320100, its issuer" },
		{ "no reason", 1, 2, { .reason = "" }, "", "", YW_EINVAL, "reason" },
		{ "next issuer not above", 1, 2, { .reason = "r" }, "320200", "", YW_EINVAL, "320200, is not above 320102" },
		{ "next issuer is itself", 1, 2, { .reason = "r" }, "320102", "", YW_EINVAL, "is not above" },
		{ "next issuer as before", 1, 2, { .reason = "r" }, "320100", "", YW_EINVAL, "is the issuer already" },
		{ "successor is itself", 1, 2, { .reason = "r" }, "", "320102", YW_EINVAL, "its own successor" },
		{ "doubt beyond the end", 1, 2, { .reason = "r", .doubted = true, .doubted_from = 99 }, "", "", YW_EINVAL,
		    "nothing to doubt from 99" },
	};

	begin("quorum none\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_lnode *by = &net->n[rows[i].by], *of = &net->n[rows[i].of];
		struct yw_closing_draft d = rows[i].d;
		uint64_t size = yw_lnode_log(by, by->t->code.code)->size;

		d.next_issuer = code_of(rows[i].next_issuer);
		d.successor = code_of(rows[i].successor);
		YW_CHECK_MSG(yw_ledger_close_log(by->l, of->t->origin.text, &d, &err) == rows[i].code, "%s: %s", rows[i].what, err.msg);
		YW_CHECK_MSG(strstr(err.msg, rows[i].says) != NULL, "%s: %s", rows[i].what, err.msg);
		yw_lnode_commit(by);
		YW_CHECK_MSG(yw_lnode_log(by, by->t->code.code)->size == size && seen(by, of)->open, "%s", rows[i].what);
	}
	YW_FAILS(yw_ledger_close_log(city->l, "onenet.example/320104", &(struct yw_closing_draft) { .reason = "r" }, &err), YW_ENOENT);
	end();
}

/* T7: a closing that would be void at once is not logged. */
static void
contradicted_by_quorum(void)
{
	const struct yw_treceipt receipt = { "320000", 1700000100 };
	struct yw_lpackage lp;
	struct yw_tlog *branch;
	uint64_t held;

	begin("group g any 320000\nquorum g\n");
	yw_lnode_put(county, "320102/demand/a", 1, "as the city has it", &yw_unconditional);
	yw_lnode_follow(city, county);
	/* The county has shown the province another branch, and that one has the quorum; then the city sees the proof. */
	branch = county->t;
	while (branch->n <= yw_lnode_log(city, "320102")->size)
		yw_tnet_add_bodies(branch, &(struct yw_bytes) { (const uint8_t *)"x", 1 }, 1);
	yw_tnet_beat(branch, 1700000000, &receipt, 1);
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&branch->beat), &err));
	yw_lnode_commit(city);
	held = yw_lnode_log(city, "320102")->size;
	yw_tlog_package(branch, held, branch->n - held, branch->n, held, false, &lp);
	YW_FAILS(yw_ledger_take_package(city->l, &lp.p, &err), YW_ECONFLICT);
	yw_lnode_commit(city);
	yw_lpackage_release(&lp);
	YW_CHECK(yw_lnode_log(city, "320102")->frozen);
	YW_FAILS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "r" }, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "a beat with quorum") != NULL, "%s", err.msg);
	end();
}

/* --- rotation --- */

static struct yw_key_set second;

/* The county asks for the keys of "second", which its city delegates. */
static void
ask_for_keys(uint32_t key_set)
{
	struct yw_tasked asked = { "320102", "320100", "second", 1, key_set, &county->t->keys.head };
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_keys("second", &second);
	yw_tnet_ask(net->t, &asked, &request);
	YW_PASS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err));
	yw_lnode_commit(city);
	yw_buf_release(&request);
	county->next_keys = &second;
	yw_ledger_next_keys(county->l, &second);
}

static void
change_keys(void)
{
	YW_PASS(yw_ledger_routine(county->l, &err));
	yw_lnode_commit(county);
}

static void
check_keys(struct yw_lnode *at, uint64_t change)
{
	const struct yw_generation *g = seen(at, county);

	YW_CHECK(g->n_spans == 2 && g->spans[1].from == change + 1 && g->spans[1].key_set == 1);
	YW_CHECK(yw_pubkey_equal(&yw_generation_entry_keys(g, change)->entry, &county->t->keys.pub.entry));
	YW_CHECK(yw_pubkey_equal(&yw_generation_newest_keys(g)->entry, &second.pub.entry));
}

static void
rotates(void)
{
	uint64_t size;

	begin("quorum none\n");
	yw_lnode_put(county, "320102/demand/a", 1, "by the old keys", &yw_unconditional);
	ask_for_keys(1);
	change_keys();			/* the delegation has not come yet */
	size = yw_lnode_log(county, "320102")->size;
	YW_CHECK(yw_ledger_keys(county->l) == &county->t->keys && !yw_ledger_rotated(county->l));
	yw_lnode_follow(county, city);
	change_keys();
	YW_CHECK(yw_lnode_log(county, "320102")->size == size + 2);	/* with a roster: it is never the last */
	YW_CHECK(yw_ledger_keys(county->l) == &second && yw_ledger_rotated(county->l));
	YW_CHECK_MSG(yw_ledger_state(county->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);
	change_keys();			/* once */
	YW_CHECK(yw_lnode_log(county, "320102")->size == size + 2);
	yw_lnode_put(county, "320102/demand/b", 1, "by the new keys", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(county);		/* a beat, with both lines by the new keys */
	check_keys(county, size);
	YW_CHECK(yw_lnode_log(county, "320102")->beats[yw_lnode_log(county, "320102")->n_beats - 1].size == size + 3);
	end();
}

/* Whatever a crash leaves of two seeds, the right one signs; the wrong one alone signs nothing. */
static void
right_keys_after_a_start(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a;

	begin("quorum none\n");
	ask_for_keys(1);
	yw_lnode_reopen(county);
	YW_CHECK(yw_ledger_keys(county->l) == &county->t->keys);
	yw_lnode_follow(county, city);
	change_keys();
	yw_lnode_reopen(county);	/* both seeds are still there */
	YW_CHECK(yw_ledger_keys(county->l) == &second && yw_ledger_rotated(county->l));
	county->keys = &second;		/* the new one has taken the old one's place */
	county->next_keys = NULL;
	yw_lnode_reopen(county);
	YW_CHECK(yw_ledger_keys(county->l) == &second && !yw_ledger_rotated(county->l));
	yw_lnode_put(county, "320102/demand/b", 1, "by the new keys", &yw_unconditional);
	county->keys = &county->t->keys;	/* a backup has put the old one back */
	yw_lnode_reopen(county);
	YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_ROTATED_OUT);
	YW_CHECK_MSG(strstr(err.msg, "key set 1 signs 'onenet.example/320102', and it is not on this machine") != NULL, "%s", err.msg);
	yw_lrecord("320102/demand/c", 1, "more", &body);
	a = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	YW_FAILS(yw_ledger_append(county->l, &a, 1, &err), YW_ESTOPPED);
	yw_buf_release(&body);
	end();
}

/* Numbers that were skipped are dead, and never asked for again. */
static void
numbers(void)
{
	const struct yw_trust *t;

	begin("quorum none\n");
	t = yw_ledger_trust(county->l);
	YW_CHECK(yw_trust_next_key_set(t, seen(county, county)) == 1);
	ask_for_keys(3);
	yw_lnode_follow(county, city);
	t = yw_ledger_trust(county->l);
	YW_CHECK(yw_trust_next_key_set(t, seen(county, county)) == 4);
	change_keys();
	YW_CHECK(seen(county, county)->spans[1].key_set == 3);
	YW_CHECK(yw_trust_next_key_set(yw_ledger_trust(county->l), seen(county, county)) == 4);
	end();
}

YW_TESTS({ "T6 T11 an issuer closes a log with all that a closing can say, and its roster", closes },
    { "T6 closings that would not stand are refused, and leave no trace", refuses_closings },
    { "T7 no closing is logged at a head that a beat with quorum contradicts", contradicted_by_quorum },
    { "T5 new keys sign from their key change on: entries, heads, beats", rotates },
    { "T5 after a start the keys sign that the log says, and no others", right_keys_after_a_start },
    { "T5 the next key set is above every one that was asked for", numbers })
