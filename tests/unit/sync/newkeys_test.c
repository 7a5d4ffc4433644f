/*
 * newkeys_test.c - a node that wants new keys asks for them over the session, as one does that wants to be admitted: who
 * hears it, who is heard, and how it ends.
 */
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static struct peer *province, *city, *county;
static struct yw_key_set next;
static struct yw_buf request = YW_BUF_INIT;

/* Admitted one below the other, and connected. */
static void
three(void)
{
	begin(codes, 3, "quorum none\n");
	province = add_peer("320000", MEMORY);
	turn(province);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	yw_lnode_admit(net, "320100");
	connect_line(city, province);
	connect_line(county, city);
	later(15000);
	yw_lnode_admit(net, "320102");
	later(15000);
	yw_exchange_settle_join(province->x, &city->n->t->code, NULL);
	yw_exchange_settle_join(city->x, &county->n->t->code, NULL);
	YW_CHECK(yw_ledger_own(county->n->l) != NULL && *yw_exchange_new_keys(county->x) == '\0');
}

static void
finish(void)
{
	yw_buf_release(&request);
	end();
}

/* What `key rotate` does: the seed, then ledger and exchange hear of it. */
static void
rotate(struct peer *p, const char *label)
{
	const struct yw_tlog *t = p->n->t;

	yw_buf_clear(&request);
	yw_tnet_keys(label, &next);
	yw_tnet_ask(net->t, &(struct yw_tasked) { t->code.code, t->issuer.code, label, 1, 1, &t->keys.head }, &request);
	yw_ledger_next_keys(p->n->l, &next);
	YW_PASS(yw_exchange_ask_keys(p->x, yw_buf_bytes(&request), &err));
}

/* The one request that waits there; NULL: none. */
static const struct yw_pending_join *
waiting(struct peer *p)
{
	static struct yw_pending_join all[4];
	size_t n = yw_exchange_pending(p->x, all, 4);

	YW_CHECK(n <= 1);
	return n == 1 ? &all[0] : NULL;
}

static void
grant(struct peer *by)
{
	YW_PASS(yw_ledger_admit(by->n->l, waiting(by)->signed_request, &err));
	yw_exchange_settle_join(by->x, &waiting(by)->code, NULL);
	turn_all();
	later(15000);
}

static bool
has_changed(struct peer *p)
{
	const struct yw_trust *t = yw_ledger_trust(province->n->l);

	return yw_ledger_rotated(p->n->l) && *yw_exchange_new_keys(p->x) == '\0' && province->cuts + city->cuts + county->cuts == 0 &&
	    yw_trust_origin(t, p->n->t->origin.text)->n_spans == 2;
}

static void
over_the_session(void)
{
	size_t mark, n;

	three();
	rotate(county, "320102 new");
	YW_CHECK(strstr(yw_exchange_new_keys(county->x), "no connection yet to 320100") != NULL);
	later(1000);
	YW_CHECK(waiting(city) != NULL && waiting(province) == NULL);
	YW_CHECK(yw_bytes_equal(waiting(city)->signed_request, yw_buf_bytes(&request)));
	YW_CHECK(strcmp(waiting(city)->code.code, "320102") == 0 && waiting(city)->generation == 1 && waiting(city)->key_set == 1 &&
	    waiting(city)->by_old_keys);
	YW_CHECK(strstr(yw_exchange_new_keys(county->x), "waits at 320100") != NULL);
	put_demand(county, "a", "it registers on", &yw_unconditional);
	mark = n_letters;
	later(10 * 60000);		/* it waits for a person, who may take days */
	sum(mark, county, city, &n);
	YW_CHECK_MSG(n <= 60, "%zu messages in ten minutes", n);
	YW_CHECK(waiting(city) != NULL);
	grant(city);
	YW_CHECK_MSG(has_changed(county), "%s", yw_exchange_new_keys(county->x));
	YW_CHECK(waiting(city) == NULL);
	finish();
}

/* Requests are kept in memory alone; and an admin may have said no by mistake. */
static void
again(void)
{
	three();
	rotate(county, "320102 new");
	later(1000);
	yw_exchange_settle_join(city->x, &county->n->t->code, "who are you");
	later(61000);
	YW_CHECK_MSG(strstr(yw_exchange_new_keys(county->x), "320100 has refused the request: who are you") != NULL, "%s",
	    yw_exchange_new_keys(county->x));
	stop_peer(city);
	yw_lnode_reopen(city->n);
	start_peer(city);
	later(61000);
	YW_CHECK(waiting(city) != NULL && strstr(yw_exchange_new_keys(county->x), "waits at 320100") != NULL);
	grant(city);
	YW_CHECK(has_changed(county));
	finish();
}

/* The request lies beside the seed: a daemon that starts hands it in. */
static void
after_a_restart(void)
{
	three();
	rotate(county, "320102 new");
	stop_peer(county);
	county->n->next_keys = &next;
	county->next_request = yw_buf_bytes(&request);
	yw_lnode_reopen(county->n);
	start_peer(county);
	later(5000);
	grant(city);
	YW_CHECK(has_changed(county));
	finish();
}

/* --- in somebody's name --- */

/* Whoever comes with keys of his own, to be a code's. */
static void
stranger_brings(const struct yw_tasked *a)
{
	struct yw_buf asked = YW_BUF_INIT, plain = YW_BUF_INIT, reply = YW_BUF_INIT;
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__JoinRequest join = YIWANG__V1__JOIN_REQUEST__INIT;
	struct yw_exchange_link *link;
	struct yw_inbound *in;
	struct yw_key_set keys;
	uint32_t wait_ms;
	bool made;

	yw_tnet_keys(a->label, &keys);
	yw_tnet_ask(net->t, a, &asked);
	join.signed_request = (ProtobufCBinaryData) { asked.len, asked.data };
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN;
	q.join = &join;
	YW_PASS(yw_wire_pack(&q.base, &plain, &err));
	YW_PASS(yw_exchange_link_up(city->x, false, &keys.pub.session, a->label, &link, &err));
	YW_PASS(yw_inbound_read(&plain, true, &in, &err));
	YW_PASS(yw_exchange_take(city->x, link, in, &wait_ms, &err));
	YW_PASS(yw_exchange_make(city->x, link, 0, true, &reply, &made, &err));
	yw_exchange_link_down(city->x, link);
	yw_buf_release(&asked);
	yw_buf_release(&reply);
}

/* That these be the county's, in that generation; signed by its old keys too? */
static void
stranger_asks(const char *label, uint32_t generation, bool with_old_key)
{
	stranger_brings(&(struct yw_tasked) { "320102", "320100", label, generation, generation == 1,
	    with_old_key ? &county->n->t->keys.head : NULL });
}

static void
in_its_name(void)
{
	three();
	stranger_asks("a stranger", 1, false);
	YW_CHECK(waiting(city) != NULL && !waiting(city)->by_old_keys);
	rotate(county, "320102 new");
	later(1000);
	YW_CHECK(waiting(city) != NULL && waiting(city)->by_old_keys);	/* the owner's took its place */
	stranger_asks("another stranger", 1, false);
	stranger_asks("a thief", 1, true);
	YW_CHECK(yw_bytes_equal(waiting(city)->signed_request, yw_buf_bytes(&request)));
	grant(city);
	YW_CHECK(has_changed(county));
	finish();
}

/* A request for keys of a log that was closed meanwhile keeps nobody out. */
static void
came_to_nothing(void)
{
	struct yw_closing_draft d = { .reason = "merged" };

	three();
	rotate(county, "320102 new");
	later(1000);
	YW_CHECK(waiting(city) != NULL);
	YW_PASS(yw_ledger_close_log(city->n->l, county->n->t->origin.text, &d, &err));
	turn_all();
	later(15000);
	YW_CHECK(*yw_exchange_new_keys(county->x) == '\0');
	stranger_asks("a next one", 2, true);
	YW_CHECK(waiting(city)->generation == 2 && waiting(city)->key_set == 0 && waiting(city)->by_old_keys);
	finish();
}

static void
newcomer_asks(const char *code)
{
	stranger_brings(&(struct yw_tasked) { code, "320100", code, 1, 0, NULL });
}

/* One stranger brings as many requests as are kept, each for another code and under keys of its own. */
static void
fill(void)
{
	static struct yw_pending_join all[100];
	char code[8];

	for (unsigned i = 3; i < 90; i++) {
		snprintf(code, sizeof code, "3201%02u", i);
		newcomer_asks(code);
	}
	YW_CHECK(yw_exchange_pending(city->x, all, 100) == 64);
}

static bool
waits(struct peer *p, const char *code)
{
	static struct yw_pending_join all[100];
	size_t n = yw_exchange_pending(p->x, all, 100), found = 0;

	for (size_t i = 0; i < n; i++)
		found += strcmp(all[i].code.code, code) == 0;
	return found == 1;
}

static void
all_taken(void)
{
	static struct yw_pending_join all[100];
	size_t n;

	three();
	fill();
	rotate(county, "320102 new");
	later(1000);
	YW_CHECK_MSG(waits(city, "320102"), "%s", yw_exchange_new_keys(county->x));
	YW_CHECK(!waits(city, "320103") && waits(city, "320104"));	/* the oldest gave way, */
	newcomer_asks("320190");
	YW_CHECK(!waits(city, "320190"));				/* but only to the owner, */
	later(3600 * 1000);
	newcomer_asks("320190");
	YW_CHECK(waits(city, "320190") && !waits(city, "320104") && waits(city, "320102"));	/* as long as it may come again */
	n = yw_exchange_pending(city->x, all, 100);
	for (size_t i = 0; i < n; i++) {
		struct yw_jurisdiction code = all[i].code;

		yw_exchange_settle_join(city->x, &code, "who are you");
	}
	newcomer_asks("320191");
	YW_CHECK(yw_exchange_pending(city->x, all, 100) == 1 && waits(city, "320191"));
	later(61000);
	YW_CHECK(waits(city, "320191"));
	finish();
}

/* --- whom it asks --- */

/* T3: below a closed city the province acts, as soon as the county has a connection there. */
static void
below_a_closed_city(void)
{
	struct yw_closing_draft d = { .reason = "dissolved" };

	three();
	YW_PASS(yw_ledger_close_log(province->n->l, city->n->t->origin.text, &d, &err));
	turn_all();
	connect_line(county, province);
	later(30000);
	rotate(county, "320102 new");
	later(5000);
	YW_CHECK(waiting(province) != NULL && waiting(city) == NULL);
	YW_CHECK(waiting(province)->by_old_keys);
	grant(province);
	YW_CHECK(yw_ledger_rotated(county->n->l) && *yw_exchange_new_keys(county->x) == '\0');
	finish();
}

/* The first node has nobody to ask: the root keys grant it. */
static void
first_node(void)
{
	three();
	rotate(province, "320000 new");
	later(5000);
	YW_CHECK(strstr(yw_exchange_new_keys(province->x), "root keys") != NULL);
	YW_CHECK(waiting(province) == NULL && waiting(city) == NULL && waiting(county) == NULL);
	finish();
}

YW_TESTS(
	{ "T5 T14 a request for new keys reaches the issuer over the session, which tells it from others; granted, the node changes",
	    over_the_session },
	{ "T5 T14 it is handed in again to an issuer that refused it, or that was started anew", again },
	{ "T5 a daemon that starts hands in what was asked for before", after_a_restart },
	{ "T5 T14 what a stranger asks for in a node's name gives way to what that node asks for", in_its_name },
	{ "T5 T14 one stranger cannot take all places: the owner's request comes through, refusals give way, and what was left",
	    all_taken },
	{ "T5 T6 of a log that is closed no new keys are asked for", came_to_nothing },
	{ "T3 T5 below a closed city the request goes to whoever acts for it", below_a_closed_city },
	{ "T1 T5 the first node waits for the root keys", first_node })
