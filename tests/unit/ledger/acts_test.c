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
	yw_lnet_join(net);
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

/* What it cosigned with keys that are rotated out is the node's own receipt; by keys that it does not know it is nobody's
 * lie, and is asked for again: it may have been set back to before it had them. */
static void
own_receipts_by_any_keys(void)
{
	struct yw_buf old = YW_BUF_INIT;
	char *line;

	begin("group all 1 320102\nquorum all\n");
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_receipt_of(city->l, yw_lnode_log(city, "320100"), &county->t->code, &old, &err));
	ask_for_keys(1);
	yw_lnode_follow(county, city);
	change_keys();
	YW_CHECK(yw_ledger_keys(county->l) == &second);
	YW_PASS(yw_ledger_take_receipt(county->l, city->t->origin.text, &city->t->code, yw_buf_bytes(&old), &err));
	line = strstr((char *)(uintptr_t)yw_buf_str(&old), "/320102/cosign ") + strlen("/320102/cosign ");
	line[20] = line[20] == 'A' ? 'B' : 'A';		/* the signature */
	YW_FAILS(yw_ledger_take_receipt(county->l, city->t->origin.text, &city->t->code, yw_buf_bytes(&old), &err), YW_EPEER);
	line[0] = line[0] == 'A' ? 'B' : 'A';		/* and the key's id */
	YW_PASS(yw_ledger_take_receipt(county->l, city->t->origin.text, &city->t->code, yw_buf_bytes(&old), &err));
	yw_buf_release(&old);
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

/* --- recovery --- */

static struct yw_key_set fresh;

/* The county's request for its next generation, by the keys of a label; with the old head key, or as one who lost it. */
static void
ask_next(uint32_t generation, const char *issuer, const char *label, const struct yw_seckey *old_head, struct yw_buf *out)
{
	struct yw_tasked asked = { "320102", issuer, label, generation, 0, old_head };

	yw_buf_clear(out);
	yw_tnet_keys(label, &fresh);
	yw_tnet_ask(net->t, &asked, out);
}

static void
close_log(struct yw_lnode *by, const char *origin, const char *next_issuer, bool revoked)
{
	struct yw_closing_draft d = { .reason = "r", .revoked = revoked };

	d.next_issuer = code_of(next_issuer);
	YW_CHECK_MSG(yw_ledger_close_log(by->l, origin, &d, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(by);
}

static void
recovers(void)
{
	struct yw_buf request = YW_BUF_INIT, wrong = YW_BUF_INIT;
	const struct yw_generation *g;

	begin("quorum none\n");
	ask_next(2, "320100", "fresh", NULL, &request);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "generation 1 is open: close it first") != NULL, "%s", err.msg);
	close_log(city, county->t->origin.text, "", true);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "the consent of 320000, whose admin gives it there: yiwang consent") != NULL, "%s", err.msg);
	yw_lnet_sync(net);
	ask_next(2, "320100", "another", NULL, &wrong);	/* consent to another request is none */
	YW_PASS(yw_ledger_consent(top->l, yw_buf_bytes(&wrong), &err));
	yw_lnode_commit(top);
	yw_lnet_wait(net, 20000);
	yw_lnet_sync(net);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "the consent of 320000") != NULL, "%s", err.msg);
	YW_PASS(yw_ledger_consent(top->l, yw_buf_bytes(&request), &err));
	yw_lnode_commit(top);
	yw_lnode_follow(city, top);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err), YW_ENOENT);	/* no beat covers it yet */
	YW_CHECK_MSG(strstr(err.msg, "beat") != NULL, "%s", err.msg);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(top);
	yw_lnode_follow(city, top);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_hear();
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	g = yw_trust_open(yw_ledger_trust(top->l), &county->t->code);
	YW_CHECK(g != NULL && g->generation == 2 && g->recovery && strcmp(g->consent.code, "320000") == 0);
	for (int again = 0; again < 2; again++) {	/* the old node alarms, once, and says it for ever */
		YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_CLOSED);
		YW_CHECK_MSG(strstr(err.msg, "its generation 2 is a recovery by keys that are not of this machine: if nobody here asked "
		    "for it, ask 320100; reason: r") != NULL, "%s", err.msg);
		YW_CHECK(yw_heard("error recovery", "/320102/g2 by=320100 consent=320000 ") == 1);
		YW_CHECK(yw_heard("warn recovery", "it is marked for ever") == 3);
		yw_lnode_reopen(county);
	}
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&wrong), &err), YW_ECONFLICT);
	yw_buf_release(&request);
	yw_buf_release(&wrong);
	end();
}

static void
refuses_consents(void)
{
	static const struct {
		const char *what;
		unsigned by;
		struct yw_tasked asked;
		const char *says;
	} rows[] = {
		{ "the issuer itself", 1, { "320102", "320100", "fresh", 2, 0, NULL }, "whose issuer is 320000: consent is that one's" },
		{ "another city", 3, { "320102", "320100", "fresh", 2, 0, NULL }, "consent is that one's" },
		{ "a first generation", 0, { "320104", "320100", "fresh", 1, 0, NULL }, "only a later generation" },
		{ "a rotation", 0, { "320102", "320100", "fresh", 1, 1, NULL }, "only a later generation" },
		{ "a request to itself", 0, { "320102", "320000", "fresh", 2, 0, NULL }, "whose issuer is the network file" },
	};
	struct yw_buf request = YW_BUF_INIT;

	begin("quorum none\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_lnode *by = &net->n[rows[i].by];
		uint64_t size = yw_lnode_log(by, by->t->code.code)->size;

		yw_buf_clear(&request);
		yw_tnet_ask(net->t, &rows[i].asked, &request);
		YW_CHECK_MSG(yw_ledger_consent(by->l, yw_buf_bytes(&request), &err) == YW_EINVAL, "%s: %s", rows[i].what, err.msg);
		YW_CHECK_MSG(strstr(err.msg, rows[i].says) != NULL, "%s: %s", rows[i].what, err.msg);
		yw_lnode_commit(by);
		YW_CHECK_MSG(yw_lnode_log(by, by->t->code.code)->size == size, "%s", rows[i].what);
	}
	request.data[request.len - 1] ^= 1;
	YW_CHECK(yw_ledger_consent(top->l, yw_buf_bytes(&request), &err) != YW_OK);	/* not signed by its keys */
	yw_buf_release(&request);
	end();
}

/* --- rosters --- */

static void
weekly(void)
{
	uint64_t size, county_size;

	begin("quorum none\n");
	size = yw_lnode_log(city, "320100")->size;
	county_size = yw_lnode_log(county, "320102")->size;
	yw_lnet_wait(net, 6 * INT64_C(86400000));
	YW_PASS(yw_ledger_routine(city->l, &err));
	yw_lnode_commit(city);
	YW_CHECK(yw_lnode_log(city, "320100")->size == size);
	yw_lnet_wait(net, INT64_C(86400000));
	for (int i = 0; i < 2; i++) {
		YW_PASS(yw_ledger_routine(city->l, &err));
		YW_PASS(yw_ledger_routine(county->l, &err));
		yw_lnode_commit(city);
		yw_lnode_commit(county);
	}
	YW_CHECK(yw_lnode_log(city, "320100")->size == size + 1);
	YW_CHECK(yw_lnode_log(county, "320102")->size == county_size);	/* it answers for nobody */
	end();
}

/* --- from issuer to issuer --- */

/* The county goes on with that request, on the same disk, as `log next` leaves it. */
static void
reopen_county(const struct yw_buf *request)
{
	yw_lnode_next(county, request, &fresh);
	YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_APPENDING && yw_ledger_claimed(county->l, yw_ledger_own(county->l)));
	yw_lnet_sync(net);
}

static uint32_t
open_generation(struct yw_lnode *at, const char *issuer)
{
	const struct yw_generation *g = yw_trust_open(yw_ledger_trust(at->l), &county->t->code);

	YW_CHECK(g != NULL && !g->recovery);
	YW_CHECK_MSG(strcmp(g->issuer.code, issuer) == 0, "%s", g->issuer.code);
	return g->generation;
}

/* What a mirror that was set back may have signed and forgotten is by keys that have no more to say. */
static void
nothing_forgotten(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_seckey old;

	begin("group g any 320000 320102\nquorum g\n");
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_refetch(county->l, &err));
	yw_lnode_commit(county);
	YW_CHECK(yw_ledger_unsure(county->l, yw_lnode_log(county, "320000")));
	close_log(city, county->t->origin.text, "", false);
	yw_lnet_sync(net);
	yw_lnode_reopen(county);
	YW_CHECK(yw_ledger_unsure(county->l, yw_lnode_log(county, "320000")));
	old = county->t->keys.head;
	ask_next(2, "320100", "second", &old, &request);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	reopen_county(&request);
	YW_CHECK(!yw_ledger_unsure(county->l, yw_lnode_log(county, "320000")));
	yw_lnode_reopen(county);
	YW_CHECK(!yw_ledger_unsure(county->l, yw_lnode_log(county, "320000")) && open_generation(top, "320100") == 2);
	yw_buf_release(&request);
	end();
}

/* From its city to the province and back (T6, T8); a closing binds the next request to the issuer that it names. */
static void
handed_over(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_seckey old;

	begin("quorum none\n");
	yw_lnode_put(county, "320102/demand/a", 1, "below the city", &yw_unconditional);
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_refetch(county->l, &err));	/* what it owes of the old log it does not owe of the next one */
	yw_lnode_commit(county);
	close_log(city, county->t->origin.text, "320000", false);
	yw_lnet_sync(net);
	old = county->t->keys.head;
	ask_next(2, "320100", "second", &old, &request);
	YW_CHECK(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) != YW_OK);
	YW_CHECK_MSG(strstr(err.msg, "320000") != NULL, "%s", err.msg);
	ask_next(2, "320000", "second", &old, &request);
	YW_CHECK_MSG(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(top);
	reopen_county(&request);
	yw_lnode_put(county, "320102/demand/b", 1, "below the province", &yw_unconditional);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 4; i++)
		YW_CHECK(open_generation(&net->n[i], "320000") == 2);

	close_log(top, "onenet.example/320102/g2", "320100", false);
	yw_lnet_sync(net);
	old = county->t->keys.head;
	ask_next(3, "320100", "third", &old, &request);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	reopen_county(&request);
	for (size_t i = 0; i < 4; i++)
		YW_CHECK(open_generation(&net->n[i], "320100") == 3);
	YW_CHECK(yw_ledger_log(top->l, "onenet.example/320102/g2")->size >= 2);
	yw_buf_release(&request);
	end();
}

/* The city's log is closed: the province acts for it, as long as it has no other. */
static void
acting_issuer(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set second_county;

	begin("quorum none\n");
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320104", "320100", "qinhuai", 1, 0, NULL }, &request);
	YW_FAILS(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err), YW_EINVAL);	/* the city answers for itself */
	YW_FAILS(yw_ledger_close_log(top->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "r" }, &err), YW_EINVAL);
	close_log(top, city->t->origin.text, "", false);
	YW_CHECK_MSG(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);	/* a new county of it */
	yw_lnode_commit(top);
	yw_tnet_keys("rotated", &second_county);
	yw_buf_clear(&request);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "rotated", 1, 1, &county->t->keys.head }, &request);
	YW_CHECK_MSG(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);	/* an old one's new keys */
	yw_lnode_commit(top);
	yw_lnode_follow(county, top);
	yw_ledger_next_keys(county->l, &second_county);
	change_keys();
	YW_CHECK(yw_ledger_keys(county->l) == &second_county);
	yw_ledger_next_keys(county->l, NULL);
	close_log(top, county->t->origin.text, "", false);				/* and its end */
	yw_lnet_sync(net);
	for (size_t i = 0; i < 4; i++)
		YW_CHECK(!seen(&net->n[i], county)->open && strcmp(seen(&net->n[i], county)->closing.issuer.code, "320000") == 0);
	yw_buf_release(&request);
	end();
}

YW_TESTS({ "T6 T11 an issuer closes a log with all that a closing can say, and its roster", closes },
    { "T6 closings that would not stand are refused, and leave no trace", refuses_closings },
    { "T7 no closing is logged at a head that a beat with quorum contradicts", contradicted_by_quorum },
    { "T5 new keys sign from their key change on: entries, heads, beats", rotates },
    { "L4 T5 what was cosigned with keys that are rotated out is one's own receipt, by unknown ones nobody's lie", own_receipts_by_any_keys },
    { "T5 after a start the keys sign that the log says, and no others", right_keys_after_a_start },
    { "T5 the next key set is above every one that was asked for", numbers },
    { "T9 a recovery: closed, consented to, covered by a beat, then admitted; nothing less", recovers },
    { "T9 consents that are nobody's to give are refused, and leave no trace", refuses_consents },
    { "T11 an issuer says its roster every week", weekly },
    { "L4 T8 a next log is by fresh keys: what a mirror may have forgotten keeps it from nothing", nothing_forgotten },
    { "T3 T6 T8 a county goes from its city to the province, and back", handed_over },
    { "T3 the province acts for a city whose log is closed", acting_issuer })
