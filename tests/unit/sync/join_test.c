/*
 * Strangers: what they are given, the requests they hand in, and a node's own way in.
 */
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static struct peer *province, *city;

static void
one_node(void)
{
	begin(codes, 3, "quorum none\n");
	province = add_peer("320000", MEMORY);
	turn(province);
}

/* --- requests handed in by hand --- */

struct stranger {
	struct yw_key_set keys;
	struct yw_buf request;
	struct yw_exchange_link *link;
};

static void
come(struct stranger *s, const char *code, const char *issuer, const char *label)
{
	*s = (struct stranger) { .request = YW_BUF_INIT };
	yw_tnet_keys(label, &s->keys);
	yw_tnet_request(net->t, code, issuer, label, &s->request);
	YW_PASS(yw_exchange_link_up(province->x, false, &s->keys.pub.session, label, &s->link, &err));
}

static void
leave(struct stranger *s)
{
	yw_exchange_link_down(province->x, s->link);
	yw_buf_release(&s->request);
}

/* One request and its answer. */
static Yiwang__V1__JoinAnswer__State
ask(struct stranger *s, Yiwang__V1__PeerRequest *q, char reason[YW_ERROR_MAX])
{
	struct yw_buf bytes = YW_BUF_INIT, reply = YW_BUF_INIT;
	Yiwang__V1__JoinAnswer__State state;
	Yiwang__V1__PeerReply *r = NULL;
	struct yw_inbound *in;
	uint32_t wait_ms = 1;
	bool made;

	YW_PASS(yw_wire_pack(&q->base, &bytes, &err));
	YW_PASS(yw_inbound_read(&bytes, true, &in, &err));
	YW_PASS(yw_exchange_take(province->x, s->link, in, &wait_ms, &err));
	YW_CHECK(wait_ms == 0);
	YW_PASS(yw_exchange_make(province->x, s->link, 0, true, &reply, &made, &err));
	YW_PASS(yw_decode(&yiwang__v1__peer_reply__descriptor, yw_buf_bytes(&reply), &r, &err));
	YW_CHECK(r->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_JOIN);
	state = r->join->state;
	snprintf(reason, YW_ERROR_MAX, "%s", r->join->reason);
	yw_decode_free(r);
	yw_buf_release(&reply);
	return state;
}

static Yiwang__V1__JoinAnswer__State
hand_in(struct stranger *s, char reason[YW_ERROR_MAX])
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__JoinRequest join = YIWANG__V1__JOIN_REQUEST__INIT;

	join.signed_request = (ProtobufCBinaryData) { s->request.len, s->request.data };
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN;
	q.join = &join;
	return ask(s, &q, reason);
}

static Yiwang__V1__JoinAnswer__State
status(struct stranger *s, char reason[YW_ERROR_MAX])
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__JoinStatus st = YIWANG__V1__JOIN_STATUS__INIT;
	struct yw_hash hash;

	yw_request_hash(yw_buf_bytes(&s->request), &hash);
	st.request_sha256 = (ProtobufCBinaryData) { YW_HASH_BYTES, hash.b };
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_JOIN_STATUS;
	q.join_status = &st;
	return ask(s, &q, reason);
}

#define PENDING YIWANG__V1__JOIN_ANSWER__STATE__STATE_PENDING
#define GRANTED YIWANG__V1__JOIN_ANSWER__STATE__STATE_GRANTED
#define REFUSED YIWANG__V1__JOIN_ANSWER__STATE__STATE_REFUSED
#define UNKNOWN YIWANG__V1__JOIN_ANSWER__STATE__STATE_UNKNOWN

static void
one_per_code(void)
{
	const struct yw_jurisdiction code = { "320100" };
	struct yw_pending_join waiting[4];
	struct stranger a, b;
	char reason[YW_ERROR_MAX];

	one_node();
	come(&a, "320100", "320000", "320100");
	come(&b, "320100", "320000", "another of 320100");
	YW_CHECK(status(&a, reason) == UNKNOWN);
	YW_CHECK(hand_in(&a, reason) == PENDING && hand_in(&a, reason) == PENDING && status(&a, reason) == PENDING);
	n_said = 0;
	YW_CHECK(hand_in(&b, reason) == REFUSED && strstr(reason, "320100") != NULL);
	YW_CHECK(hand_in(&b, reason) == REFUSED && n_said == 1);	/* one line for one code */
	YW_CHECK_MSG(strstr(last_said, "join-refused peer=another of 320100 code=- of=320100 ") == last_said &&
	    strstr(last_said, reason) != NULL, "%s", last_said);
	YW_CHECK(status(&b, reason) == UNKNOWN);
	YW_CHECK(yw_exchange_pending(province->x, waiting, 4) == 1);
	YW_CHECK(yw_jurisdiction_equal(&waiting[0].code, &code) && strlen(waiting[0].fingerprint) == 35);
	YW_CHECK(yw_bytes_equal(waiting[0].signed_request, yw_buf_bytes(&a.request)));

	yw_exchange_settle_join(province->x, &code, "the fingerprint is another one");
	YW_CHECK(yw_exchange_pending(province->x, waiting, 4) == 0);
	YW_CHECK(status(&a, reason) == REFUSED && strcmp(reason, "the fingerprint is another one") == 0);
	YW_CHECK(hand_in(&b, reason) == PENDING);	/* its place is free again */
	YW_CHECK(status(&a, reason) == UNKNOWN);

	YW_PASS(yw_ledger_admit(province->n->l, yw_buf_bytes(&b.request), &err));
	yw_exchange_settle_join(province->x, &code, NULL);
	turn(province);
	YW_CHECK(status(&b, reason) == PENDING);	/* granted, but no beat covers it yet */
	yw_lnet_wait(net, 11000);
	turn(province);
	YW_CHECK(status(&b, reason) == GRANTED);
	YW_CHECK(hand_in(&a, reason) == REFUSED);	/* a second delegation */
	leave(&a);
	leave(&b);
	end();
}

static void
refused_at_once(void)
{
	struct stranger s;
	struct yw_pending_join waiting[4];
	char reason[YW_ERROR_MAX];

	one_node();
	n_said = 0;
	come(&s, "320102", "320100", "another's");
	YW_CHECK(hand_in(&s, reason) == REFUSED && reason[0] != '\0');
	leave(&s);
	come(&s, "320100", "320000", "320100");
	s.request.data[s.request.len - 1] ^= 1;
	YW_CHECK(hand_in(&s, reason) == REFUSED && reason[0] != '\0');
	s.request.data[s.request.len - 1] ^= 1;
	s.request.len = 0;
	YW_CHECK(hand_in(&s, reason) == REFUSED);
	leave(&s);
	come(&s, "320100", "320000", "320100");
	yw_exchange_link_down(province->x, s.link);	/* somebody else hands it in */
	YW_PASS(yw_exchange_link_up(province->x, false, &(struct yw_dh_public) { { 9 } }, "other", &s.link, &err));
	YW_CHECK(hand_in(&s, reason) == REFUSED && strstr(reason, "session key") != NULL);
	YW_CHECK(n_said == 3 && strstr(last_said, "session key") != NULL);	/* of 320102, of nobody, of 320100 */
	leave(&s);
	YW_CHECK(yw_exchange_pending(province->x, waiting, 4) == 0);
	end();
}

static void
bounded(void)
{
	struct yw_pending_join waiting[200];
	struct stranger s;
	char code[8], reason[YW_ERROR_MAX];
	size_t taken = 0;

	one_node();
	for (unsigned i = 1; i <= 99; i++) {
		snprintf(code, sizeof code, "32%02u00", i);
		come(&s, code, "320000", code);
		taken += hand_in(&s, reason) == PENDING;
		leave(&s);
	}
	YW_CHECK_MSG(taken == 64, "%zu requests wait", taken);
	YW_CHECK(yw_exchange_pending(province->x, waiting, 200) == 64 && yw_exchange_pending(province->x, waiting, 3) == 3);
	yw_lnet_wait(net, INT64_C(8) * 24 * 3600 * 1000);
	turn(province);
	YW_CHECK(yw_exchange_pending(province->x, waiting, 200) == 0);
	come(&s, "329900", "320000", "329900");
	YW_CHECK(hand_in(&s, reason) == PENDING);
	leave(&s);
	end();
}

/* In a session from that machine: another port, or another address of the same customer. */
static void
come_from(struct stranger *s, bool v6, unsigned number)
{
	char name[40];

	if (v6)
		snprintf(name, sizeof name, "[2001:db8::%x]:4100", number);
	else
		snprintf(name, sizeof name, "10.0.0.9:%u", number);
	yw_exchange_link_down(province->x, s->link);
	YW_PASS(yw_exchange_link_up(province->x, false, &s->keys.pub.session, name, &s->link, &err));
}

/* 64 live sessions of one machine, each with a request under a code of its own choice. */
static void
one_address(void)
{
	for (int v6 = 0; v6 < 2; v6++) {
		struct yw_pending_join waiting[200];
		static struct stranger crowd[64], late[70];
		char code[8], reason[YW_ERROR_MAX];
		size_t taken = 0;

		one_node();
		for (unsigned i = 0; i < 64; i++) {
			snprintf(code, sizeof code, "32%02u00", i + 1);
			come(&crowd[i], code, "320000", code);
			come_from(&crowd[i], v6, i + 1);
			YW_CHECK(hand_in(&crowd[i], reason) == PENDING);
			yw_lnet_wait(net, 1000);
		}
		come(&late[0], "329800", "320000", "one more");	/* of the same machine: there is no room */
		come_from(&late[0], v6, 77);
		YW_CHECK(hand_in(&late[0], reason) == REFUSED && strstr(reason, "as many as it keeps") != NULL);
		leave(&late[0]);
		leave(&crowd[5]);			/* idle goes first, then the oldest */
		for (unsigned i = 0; i < 35; i++) {
			snprintf(code, sizeof code, "32%02u00", i + 65);
			come(&late[i], code, "320000", code);
			taken += hand_in(&late[i], reason) == PENDING;
			if (i == 0)
				YW_CHECK(status(&crowd[0], reason) == PENDING);
			if (i == 1)
				YW_CHECK(status(&crowd[0], reason) == UNKNOWN && status(&crowd[1], reason) == PENDING);
		}
		YW_CHECK_MSG(taken == 35, "%zu of 35 newcomers wait", taken);
		YW_CHECK(yw_exchange_pending(province->x, waiting, 200) == 64);
		for (unsigned i = 0; i < 35; i++) {	/* and none of them takes another one's place */
			YW_CHECK(status(&late[i], reason) == PENDING);
			leave(&late[i]);
		}
		for (unsigned i = 0; i < 64; i++)
			if (i != 5)
				leave(&crowd[i]);
		end();
	}
}

/* --- a whole node on its way in --- */

static void
way_in(void)
{
	struct yw_pending_join waiting[2];
	struct letter s;
	size_t mark, n;

	one_node();
	put_demand(province, "a", "open to all", &yw_open);
	put_demand(province, "b", "for the government", &yw_unconditional);
	later(11000);
	city = add_peer("320100", MEMORY);
	YW_CHECK(strstr(yw_exchange_joining(city->x), "no connection yet to an admitted 320000") != NULL);
	connect_line(city, province);
	settle();
	later(4000);
	YW_CHECK(strstr(yw_exchange_joining(city->x), "waits at 320000") != NULL);
	YW_CHECK(size_of(city, "320000") == size_of(province, "320000"));	/* it reads along */
	YW_CHECK(sum(0, province, city, &n).bodies == 0);
	YW_CHECK(yw_exchange_pending(province->x, waiting, 2) == 1);

	mark = n_letters;		/* never parked, so it asks at its own pace */
	later(20000);
	s = sum(mark, city, province, &n);
	YW_CHECK_MSG(n >= 10 && n <= 25, "%zu requests in 20 s", n);
	YW_CHECK(s.news == 0 && s.wants == 0);

	YW_PASS(yw_ledger_admit(province->n->l, waiting[0].signed_request, &err));
	yw_exchange_settle_join(province->x, &city->n->t->code, NULL);
	turn_all();
	later(15000);
	YW_CHECK(yw_exchange_joining(city->x)[0] == '\0');
	YW_CHECK(size_of(province, "320100") > 0 && size_of(province, "320100") == size_of(city, "320100"));
	later(120000);
	YW_CHECK(yw_lnode_log(city->n, "320000")->n_missing == 0);
	mark = n_letters;		/* and from now on it is parked */
	later(100000);
	sum(mark, city, province, &n);
	YW_CHECK_MSG(n <= 5, "%zu requests in 100 s", n);
	end();
}

/* The grant is in a message, not on disk: who is killed before it holds its delegation asks for it again. */
static void
killed_after_the_grant(void)
{
	one_node();
	later(11000);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	later(4000);
	yw_lnode_admit(net, "320100");
	turn(province);
	while (strstr(yw_exchange_joining(city->x), "has been granted") == NULL) {
		if (n_read == n_letters) {
			yw_lnet_wait(net, 500);
			turn(province);
			turn(city);
		} else {
			struct peer *p = reader_of(&letters[n_read]);

			deliver(n_read);
			turn(p);
		}
	}
	YW_CHECK(yw_ledger_own(city->n->l) == NULL);
	restart(&lines[0]);
	YW_CHECK(yw_ledger_own(city->n->l) == NULL && strstr(yw_exchange_joining(city->x), "granted") == NULL);
	later(10000);
	YW_CHECK(yw_exchange_joining(city->x)[0] == '\0');
	YW_CHECK(size_of(province, "320100") > 0 && size_of(province, "320100") == size_of(city, "320100"));
	end();
}

/* Two tiers at once: the county's issuer has itself not been admitted yet. */
static void
below_a_joiner(void)
{
	struct peer *county;
	struct yw_pending_join waiting[2];

	one_node();
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	settle();
	later(5000);
	YW_CHECK(yw_exchange_pending(city->x, waiting, 2) == 0);
	YW_CHECK(strstr(yw_exchange_joining(county->x), "no connection yet to an admitted 320100") != NULL);
	yw_lnode_admit(net, "320100");
	turn_all();
	later(8000);
	YW_CHECK(yw_exchange_pending(city->x, waiting, 2) == 1);
	yw_lnode_admit(net, "320102");
	turn_all();
	later(30000);
	YW_CHECK(size_of(county, "320102") > 0 && size_of(province, "320102") == size_of(county, "320102"));
	end();
}

/* It was closed, and is started again: its polls come back at once, with nothing, since nobody parks a stranger (R1). */
static void
start_closed(void)
{
	const struct yw_closing_draft d = { .reason = "merged" };

	one_node();
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(30000);
	YW_PASS(yw_ledger_close_log(province->n->l, city->n->t->origin.text, &d, &err));
	turn(province);
	later(1000);
	stop_peer(city);
	start_peer(city);
}

static void
closed_for_long(void)
{
	size_t mark, n, rare;

	start_closed();
	mark = n_letters;
	later(60000);
	(void)sum(mark, city, province, &n);
	YW_CHECK_MSG(n > 4 && n < 26, "%zu requests in the first minute", n);
	mark = n_letters;
	later(600000);
	(void)sum(mark, city, province, &rare);
	YW_CHECK_MSG(rare >= 600000 / YW_EXCHANGE_WAIT_MS - 1 && rare <= 2 * 600000 / YW_EXCHANGE_WAIT_MS, "%zu requests in ten minutes", rare);
	end();
}

/* As later(), where a letter is on its way for 1,500 ms. */
static void
later_on_a_slow_line(int64_t ms)
{
	size_t written[3] = { n_letters, n_letters, n_letters };

	for (; ms > 0; ms -= 500) {
		size_t here = written[0];

		memmove(written, written + 1, 2 * sizeof written[0]);
		written[2] = n_letters;
		yw_lnet_wait(net, 500);
		turn(province);
		turn(city);
		while (n_read < here)
			read_next();
	}
}

static void
closed_far_away(void)
{
	size_t mark, n;

	start_closed();
	later_on_a_slow_line(120000);
	mark = n_letters;
	later_on_a_slow_line(600000);
	(void)sum(mark, city, province, &n);
	YW_CHECK_MSG(n >= 600000 / YW_EXCHANGE_WAIT_MS / 2 && n <= 2 * 600000 / YW_EXCHANGE_WAIT_MS, "%zu requests in ten minutes", n);
	end();
}

/* Nobody admits it for half an hour; then it is in as soon as from a parked poll. */
static void
waits_long(void)
{
	size_t mark, n;

	one_node();
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	mark = n_letters;
	later(8000);
	(void)sum(mark, city, province, &n);
	YW_CHECK_MSG(n >= 3, "%zu requests in eight seconds", n);
	later(1800000);
	mark = n_letters;
	later(600000);
	(void)sum(mark, city, province, &n);
	YW_CHECK_MSG(n <= 4 * 600000 / YW_EXCHANGE_WAIT_MS, "%zu requests in ten minutes", n);
	yw_lnode_admit(net, "320100");
	turn_all();
	for (int64_t ms = 0; ms < YW_EXCHANGE_WAIT_MS + 5000 && size_of(city, "320100") == 0; ms += 500)
		later(500);
	YW_CHECK(size_of(city, "320100") > 0);
	put_demand(province, "a", "news reach it at once from then on", &yw_unconditional);
	later(3000);
	YW_CHECK(size_of(city, "320000") == size_of(province, "320000"));
	end();
}

static size_t
polls_since(size_t mark, const struct peer *child, const struct peer *parent)
{
	size_t n = 0;

	for (size_t i = mark; i < n_letters; i++)
		n += letters[i].poll && letters[i].line->child.peer == child && letters[i].line->parent.peer == parent;
	return n;
}

/* Admitted by the city it shows its chain to the province too, to which it was a stranger for half an hour. */
static void
known_to_both(void)
{
	struct peer *county;
	size_t mark;

	one_node();
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	settle();
	yw_lnode_admit(net, "320100");
	later(10000);
	connect_line(county, province);
	later(1800000);
	yw_lnode_admit(net, "320102");
	turn_all();
	while (yw_exchange_joining(county->x)[0] != '\0')
		later(500);
	mark = n_letters;
	later(3000);
	YW_CHECK_MSG(polls_since(mark, county, province) > 0, "no poll for three seconds");
	end();
}

YW_TESTS(
	{ "R1 T14 who is admitted polls everybody at once to whom it shows that", known_to_both },
	{ "R1 who was closed polls more and more rarely, at last as if it were parked", closed_for_long },
	{ "R1 ... on a line too on which an answer takes three seconds", closed_far_away },
	{ "R1 T14 who waits to be admitted asks more rarely the longer it has waited, and is in no later than by a parked poll", waits_long },
	{ "T14 one request per code waits; who is refused learns why; who is granted gets a chain", one_per_code },
	{ "T14 T3 what cannot be granted is refused at once, with the reason", refused_at_once },
	{ "T14 so many requests wait and no more, and not for ever", bounded },
	{ "T14 one address does not keep all places to itself, with as many live sessions as it likes", one_address },
	{ "R1 R2 T14 a stranger reads entries, no bodies, is never parked, and comes in with its chain", way_in },
	{ "T14 R2 who is killed between the grant and its delegation goes on by itself", killed_after_the_grant },
	{ "T3 a county waits for a city that waits for the province", below_a_joiner })
