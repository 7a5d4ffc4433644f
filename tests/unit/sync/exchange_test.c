/*
 * Who lacks what: a few nodes, every letter between them seen, reordered or lost.
 */
#include "ledger/ledger_int.h"
#include "sync/exchange_int.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

static struct peer *province, *city, *county;
static const struct yw_jurisdiction city_code = { "320100" }, county_code = { "320102" }, quorum = { "" };

/* With this day's first entries. */
static void
tiers(const char *policy)
{
	begin_tiers(codes, 3, policy);
	province = &peers[0];
	city = &peers[1];
	county = &peers[2];
	for (size_t i = 0; i < 3; i++)
		put_demand(&peers[i], "first", "of the day", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(province, "320102") == 3 && size_of(county, "320000") == size_of(province, "320000"));
}

static void
three_tiers(void)
{
	tiers(POLICY);
}

/* --- live news --- */

static void
one_hop(void)
{
	struct letter s;
	size_t mark, n;

	three_tiers();
	later(3000);			/* who was told something just now is not told the next at once (R8) */
	mark = n_letters;
	put_demand(county, "a", "wanted", &yw_unconditional);
	turn_all();
	s = sum(mark, county, city, &n);
	YW_CHECK_MSG(n == 1 && s.packages == 1 && s.entries == 1 && s.bodies == 1 && s.wants == 0,
	    "%zu letters, %zu packages of %zu entries, %zu bodies, %zu wants",
	    n, s.packages, s.entries, s.bodies, s.wants);
	s = sum(mark, city, province, &n);
	YW_CHECK(n == 1 && s.packages == 1 && s.bodies == 1);
	s = sum(mark, city, county, &n);
	YW_CHECK(n == 1 && s.news == 1 && s.packages == 0);
	s = sum(mark, province, city, &n);
	YW_CHECK(n == 1 && s.news == 1 && s.packages == 0);
	YW_CHECK(yw_exchange_durable(county->x, &city_code, size_of(county, "320102")));
	YW_CHECK(!yw_exchange_durable(county->x, &city_code, size_of(county, "320102") + 1));

	later(3000);
	mark = n_letters;		/* the other way it rides in the answers to the waiting polls */
	put_demand(province, "a", "wanted", &yw_unconditional);
	turn_all();
	s = sum(mark, province, city, &n);
	YW_CHECK(n == 1 && s.packages == 1 && s.bodies == 1);
	s = sum(mark, city, county, &n);
	YW_CHECK(n == 1 && s.packages == 1 && s.bodies == 1);
	YW_CHECK(size_of(county, "320000") == size_of(province, "320000"));
	end();
}

/* Each class of record goes exactly where it may. */
static void
classes(void)
{
	const struct yw_audience to_county = yw_conditional("320102");
	struct letter s;
	size_t mark, n;

	three_tiers();
	later(3000);
	mark = n_letters;
	put_demand(province, "a", "for the province", &yw_not_shared);
	put_demand(province, "b", "for one county", &to_county);
	turn_all();
	s = sum(mark, province, city, &n);
	YW_CHECK(s.entries == 2 && s.bodies == 1);		/* the city is above the county */
	s = sum(mark, city, county, &n);
	YW_CHECK(s.entries == 2 && s.bodies == 1);
	later(3000);
	mark = n_letters;
	put_demand(county, "a", "for the county", &yw_not_shared);
	turn_all();
	s = sum(mark, county, city, &n);
	YW_CHECK(s.bodies == 1);
	s = sum(mark, city, province, &n);
	YW_CHECK(s.bodies == 1);
	YW_CHECK(yw_lnode_log(city->n, "320000")->n_missing == 0 && yw_lnode_log(county->n, "320000")->n_missing == 0);
	end();
}

/* Logs that are busy at the same time come in company: a few messages a second, however many logs there are (R8). */
static void
company(void)
{
	struct letter s;
	char local[16];
	size_t mark, n;

	three_tiers();
	later(2000);
	mark = n_letters;
	for (unsigned i = 0; i < 40; i++) {		/* in two seconds */
		snprintf(local, sizeof local, "r%u", i);
		put_demand(i % 2 == 0 ? province : city, local, "wanted", &yw_unconditional);
		turn_all();
		yw_lnet_wait(net, 50);
	}
	later(2000);
	YW_CHECK(size_of(county, "320000") == size_of(province, "320000") && size_of(county, "320100") == size_of(city, "320100"));
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.packages >= 4 && s.packages <= 8, "%zu packages", s.packages);
	YW_CHECK_MSG(n <= 4 * 4 + 4, "%zu messages in four seconds", n);	/* and what is the city's own, at once */
	end();
}

static void
head_a_second(void)
{
	struct letter s;
	char local[16];
	size_t mark, n;

	three_tiers();
	later(2000);
	mark = n_letters;
	for (unsigned i = 0; i < 20; i++) {		/* twenty commits in a second */
		snprintf(local, sizeof local, "r%u", i);
		put_demand(county, local, "wanted", &yw_unconditional);
		turn_all();
		yw_lnet_wait(net, 50);
	}
	s = sum(mark, county, city, &n);
	YW_CHECK_MSG(s.packages + s.heads == 1, "%zu packages and %zu heads", s.packages, s.heads);
	YW_CHECK(s.wants == 0 && sum(mark, city, county, &n).wants == 0);	/* nor is it pulled in between */
	later(1000);
	YW_CHECK(size_of(province, "320102") == size_of(county, "320102"));
	s = sum(mark, county, city, &n);
	YW_CHECK_MSG(s.packages == 2, "%zu packages", s.packages);
	end();
}

static void
quiet(void)
{
	struct letter s;
	size_t mark, n;

	three_tiers();
	put_demand(county, "a", "wanted", &yw_unconditional);
	later(30000);
	YW_CHECK(yw_exchange_durable(county->x, &quorum, size_of(county, "320102")));
	mark = n_letters;
	later(200000);		/* eight polls a line, and nothing in them */
	for (size_t i = 0; i + 1 < n_peers; i++) {
		s = sum(mark, &peers[i], &peers[i + 1], &n);
		YW_CHECK(n <= 9 && s.news == 0 && s.beats == 0 && s.wants == 0 && s.packages == 0);
		s = sum(mark, &peers[i + 1], &peers[i], &n);
		YW_CHECK(n <= 9 && s.news == 0 && s.beats == 0 && s.wants == 0 && s.packages == 0);
	}
	end();
}

/* An hour at rest makes every beat fresher, and costs no message beside the polls, and what compares the days (R6). */
static void
freshness_rides(void)
{
	const uint64_t polls = 70 * 60 * 1000 / YW_EXCHANGE_WAIT_MS + 1, days = 4;
	struct letter s;
	size_t mark, n;

	three_tiers();
	later(15 * 60 * 1000);
	mark = n_letters;
	later(70 * 60 * 1000);
	for (size_t i = 0; i + 1 < n_peers; i++) {
		s = sum(mark, &peers[i], &peers[i + 1], &n);
		YW_CHECK_MSG(n <= polls + days && s.beats >= 1, "%zu messages down, with %zu beats", n, s.beats);
		s = sum(mark, &peers[i + 1], &peers[i], &n);
		YW_CHECK_MSG(n <= polls + days && s.beats >= 1, "%zu messages up, with %zu beats", n, s.beats);
	}
	end();
}

static void
beats_and_receipts(void)
{
	struct letter s;
	size_t mark, n;
	const struct yw_log *log;

	three_tiers();
	later(10000);
	mark = n_letters;
	put_demand(county, "a", "wanted", &yw_unconditional);
	later(30000);
	log = yw_lnode_log(province->n, "320102");
	YW_CHECK(log->beats[log->n_beats - 1].size == log->size && log->beats[log->n_beats - 1].quorum == YW_QUORUM_MET);
	YW_CHECK(yw_exchange_durable(county->x, &quorum, log->size));
	s = sum(mark, county, city, &n);
	YW_CHECK_MSG(s.beats <= 2, "the same beat was told %zu times", s.beats);
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.beats >= 1 && s.beats <= 3, "%zu beats came back", s.beats);
	end();
}

/* --- backlog --- */

#define BACKLOG 1100

static void
grow(struct peer *p, unsigned entries)
{
	char local[16];

	for (unsigned i = 0; i < entries; i++) {
		snprintf(local, sizeof local, "b%u", i);
		put_demand(p, local, "wanted long ago", &yw_unconditional);
	}
}

/* Ranges of the log that are asked for and not yet answered, at most. */
static size_t
most_in_flight(size_t mark)
{
	size_t now = 0, most = 0;

	for (size_t i = mark; i < n_letters; i++) {
		now += letters[i].wants;
		now -= letters[i].packages < now ? letters[i].packages : now;
		most = now > most ? now : most;
	}
	return most;
}

/* The city meets the province after it has grown; the letters come in any order. */
static void
catch_up(size_t memory, bool reversed)
{
	size_t mark;

	begin(codes, 3, POLICY);
	province = add_peer("320000", MEMORY);
	grow(province, BACKLOG);
	yw_lnode_admit(net, "320100");
	city = add_peer("320100", memory);
	mark = n_letters;
	connect_line(city, province);
	for (unsigned rounds = 0; rounds < 20; rounds++) {
		while (n_read < n_letters) {
			size_t i = reversed ? n_letters - 1 : n_read;
			struct peer *p;

			while (letters[i].bytes.len == 0 && i > n_read)
				i--;
			p = reader_of(&letters[i]);
			if (letters[i].bytes.len != 0) {
				deliver(i);
				turn(p);
			}
			while (n_read < n_letters && letters[n_read].bytes.len == 0)
				n_read++;
		}
		yw_lnet_wait(net, 2000);
		turn(city);
		turn(province);
	}
	YW_CHECK_MSG(size_of(city, "320000") == size_of(province, "320000"), "%llu of %llu",
	    (unsigned long long)size_of(city, "320000"), (unsigned long long)size_of(province, "320000"));
	YW_CHECK(city->cuts == 0 && province->cuts == 0);
	YW_CHECK_MSG(most_in_flight(mark) <= (memory == MEMORY ? 4 : 1), "%zu in flight", most_in_flight(mark));
	if (memory == MEMORY)
		YW_CHECK(most_in_flight(mark) == 4);
	YW_CHECK(yw_lnode_log(city->n, "320000")->n_missing == 0 ||
	    yw_lnode_log(city->n, "320000")->n_missing == BACKLOG);	/* a stranger got no bodies, at first */
	later(100000);
	YW_CHECK_MSG(yw_lnode_log(city->n, "320000")->n_missing == 0, "%zu bodies are missing",
	    yw_lnode_log(city->n, "320000")->n_missing);
	end();
}

/* What a node holds when it starts is news to all whom it has told nothing yet. */
static void
beats_after_a_restart(void)
{
	const struct yw_log *log;

	three_tiers();
	stop_peer(city);
	put_demand(county, "a", "wanted", &yw_unconditional);
	later(15000);			/* its beat finds nobody */
	stop_peer(county);
	start_peer(city);
	start_peer(county);
	later(5000);
	log = yw_lnode_log(city->n, "320102");
	YW_CHECK(log->size == size_of(county, "320102"));
	YW_CHECK(log->n_beats > 0 && log->beats[log->n_beats - 1].size == log->size);
	end();
}

static void
packages_in_flight(void)
{
	catch_up(MEMORY, false);
}

static void
packages_in_any_order(void)
{
	catch_up(MEMORY, true);
}

static void
bounded_memory(void)
{
	catch_up(1, false);
}

/* --- words without a head --- */

/* A peer that says it has more of the city's log than the city, and shows no head. */
static void
boast(void)
{
	Yiwang__V1__LogNews news = YIWANG__V1__LOG_NEWS__INIT, *all[] = { &news };
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__PeerRequest r = YIWANG__V1__PEER_REQUEST__INIT;
	struct yw_buf plain = YW_BUF_INIT;
	size_t at = n_letters;

	news.origin = city->n->t->origin.text;
	news.verified = news.held = size_of(city, "320100") + 5;
	e.logs = all;
	e.n_logs = 1;
	r.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	r.exchange = &e;
	YW_PASS(yw_wire_pack(&r.base, &plain, &err));
	write_letter(&lines[1], true, UINT64_MAX, &plain);
	deliver(at);
	turn(city);
	for (; at < n_letters; at++)		/* the county has asked nothing of the kind */
		letters[at].lost |= !letters[at].is_request && letters[at].tag == UINT64_MAX;
	settle();
}

static void
only_my_head_stops_me(void)
{
	uint64_t before;

	three_tiers();
	before = size_of(city, "320100");
	boast();
	YW_CHECK_MSG(yw_ledger_state(city->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);
	later(30000);
	YW_CHECK_MSG(yw_ledger_state(city->n->l, &err) == YW_LEDGER_APPENDING, "%s", err.msg);
	put_demand(city, "a", "goes on", &yw_unconditional);
	later(5000);
	YW_CHECK(size_of(city, "320100") > before && size_of(province, "320100") == size_of(city, "320100"));
	end();
}

/* --- loss --- */

/* A request is lost on its way there, a reply on its way back: the child is told in either case. */
static void
lose(size_t i)
{
	struct letter *l = &letters[i];

	yw_buf_release(&l->bytes);
	yw_desk_reply(l->line->child.peer->desk, l->line->child.desk, l->tag, YW_ETIMEOUT, NULL);
	n_read = i == n_read ? i + 1 : n_read;
}

/* The letter in which an issuer that was just admitted first shows its chain. */
static void
hello_lost(void)
{
	struct yw_pending_join waiting[2];
	bool lost = false;

	begin_joining(codes, 3, POLICY);
	city = &peers[1];
	county = &peers[2];
	later(5000);
	yw_lnode_admit(net, "320100");
	for (unsigned i = 0; i < 16 && !lost; i++) {
		yw_lnet_wait(net, 500);
		for (size_t k = 0; k < n_peers; k++)
			turn(&peers[k]);
		while (n_read < n_letters && !lost)
			if (letters[n_read].hello && reader_of(&letters[n_read]) == county) {
				lose(n_read);
				turn(county);
				lost = true;
			} else {
				read_next();
			}
	}
	YW_CHECK(lost);
	settle();
	later(8000);
	YW_CHECK(yw_exchange_pending(city->x, waiting, 2) == 1);
	end();
}

/* Each costs a signature, and may carry a chain; to those who are admitted it costs no more than what they are told anew. */
static void
hello_on_demand(void)
{
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__PeerRequest r = YIWANG__V1__PEER_REQUEST__INIT;
	size_t mark, hellos = 0;

	begin(codes, 3, POLICY);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	later(3000);
	mark = n_letters;
	e.again = true;
	r.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	r.exchange = &e;
	for (size_t i = 0; i < 50; i++) {
		struct yw_buf plain = YW_BUF_INIT;
		size_t at = n_letters;

		YW_PASS(yw_wire_pack(&r.base, &plain, &err));
		write_letter(&lines[0], true, UINT64_MAX, &plain);
		deliver(at);
		turn(province);
		yw_lnet_wait(net, 50);
	}
	for (size_t i = mark; i < n_letters; i++) {
		hellos += !letters[i].is_request && letters[i].hello;
		letters[i].lost |= !letters[i].is_request && letters[i].tag == UINT64_MAX;
	}
	YW_CHECK_MSG(hellos >= 2 && hellos <= 4, "%zu hellos in two and a half seconds", hellos);
	settle();
	end();
}

/* A story in which the k-th letter gets lost; false: there are not so many. */
static bool
lose_one(size_t k)
{
	size_t mark;
	bool lost;

	three_tiers();
	mark = n_letters;
	put_demand(county, "a", "wanted", &yw_unconditional);
	put_demand(province, "a", "wanted", &yw_unconditional);
	turn(county);
	turn(province);
	while (n_read < n_letters) {
		struct peer *p = reader_of(&letters[n_read]);

		if (n_read == mark + k)
			lose(n_read);
		else
			deliver(n_read);
		turn(p);
		turn(city);
		turn(county);
	}
	lost = n_letters > mark + k;
	later(80000);
	YW_CHECK_MSG(size_of(province, "320102") == size_of(county, "320102"), "letter %zu was lost for ever", k);
	YW_CHECK_MSG(size_of(county, "320000") == size_of(province, "320000"), "letter %zu was lost for ever", k);
	YW_CHECK_MSG(yw_exchange_durable(county->x, &city_code, size_of(county, "320102")), "letter %zu: no word", k);
	YW_CHECK_MSG(yw_exchange_durable(county->x, &quorum, size_of(county, "320102")), "letter %zu: no quorum", k);
	YW_CHECK(city->cuts == 0 && county->cuts == 0 && province->cuts == 0);
	end();
	return lost;
}

static void
any_letter_lost(void)
{
	size_t k = 0;

	while (lose_one(k))
		k++;
	YW_CHECK_MSG(k >= 6, "only %zu letters", k);
}

static void
held_means_durable(void)
{
	size_t mark;

	three_tiers();
	mark = n_letters;
	put_demand(county, "a", "wanted", &yw_unconditional);
	turn(county);
	city->n->guard_broken = true;
	deliver(mark);
	YW_CHECK(yw_desk_commit(city->desk, &err) != YW_OK);
	yw_desk_speak(city->desk);
	while (n_read < n_letters) {
		deliver(n_read);
		turn(county);
	}
	YW_CHECK(!yw_exchange_durable(county->x, &city_code, size_of(county, "320102")));
	end();
}

/* --- another branch --- */

/* Gives a node the log of 320200 as one branch has it. */
static void
plant(struct peer *p, struct yw_tlog *log, uint64_t size)
{
	struct yw_lpackage lp;

	yw_tlog_package(log, 0, size, size, 0, false, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(p->n->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(p->n);
	yw_lpackage_release(&lp);
}

/* Two honest nodes were shown two branches by a third: neither cuts the other off, and the log is frozen. */
static void
other_branch(void)
{
	static const char *const three[] = { "320000", "320100", "320200" };
	struct yw_tnet *branch;
	struct letter s;
	size_t n;

	begin(three, 3, "group g 2 320000 320100 320200\nquorum g\n");
	branch = yw_tnet_new("onenet.example", three, 3, "group g 2 320000 320100 320200\nquorum g\n");
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	YW_CHECK(yw_lnode_follow(city->n, province->n));
	yw_tlog_grow(yw_lnode(net, "320200")->t, 5 - yw_lnode(net, "320200")->t->n, "what the city was shown");
	yw_tlog_grow(yw_tnet_log(branch, "320200"), 9 - yw_tnet_log(branch, "320200")->n, "what the province was shown");
	plant(city, yw_lnode(net, "320200")->t, 5);
	plant(province, yw_tnet_log(branch, "320200"), 9);
	connect_line(city, province);
	settle();
	later(10000);
	YW_CHECK_MSG(city->cuts == 0 && province->cuts == 0, "%s %s", city->reason, province->reason);
	s = sum(0, province, city, &n);
	YW_CHECK(s.refused > 0);
	YW_CHECK(yw_lnode_log(province->n, "320200")->frozen);
	YW_CHECK(size_of(city, "320200") == 5 && size_of(province, "320200") == 9);
	yw_tnet_free(branch);
	end();
}

/* --- who is it? --- */

static void
hellos(void)
{
	struct yw_buf hello = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_dh_public other = { { 1 } };

	three_tiers();
	YW_PASS(yw_exchange_hello(county->x, &hello, &err));

	YW_PASS(yw_exchange_link_up(province->x, false, &county->n->t->keys.pub.session, "county", &link, &err));
	YW_CHECK(yw_exchange_link_code(link)->code[0] == '\0');
	YW_PASS(yw_exchange_take_hello(province->x, link, yw_buf_bytes(&hello), &err));
	YW_CHECK(yw_jurisdiction_equal(yw_exchange_link_code(link), &county_code));
	yw_exchange_link_down(province->x, link);

	YW_PASS(yw_exchange_link_up(province->x, false, &other, "thief", &link, &err));
	YW_FAILS(yw_exchange_take_hello(province->x, link, yw_buf_bytes(&hello), &err), YW_EPEER);
	YW_CHECK(yw_exchange_link_code(link)->code[0] == '\0');
	yw_exchange_link_down(province->x, link);

	for (size_t i = 0; i < hello.len; i++) {	/* whatever is changed: refused, or nobody else is believed */
		YW_PASS(yw_exchange_link_up(province->x, false, &county->n->t->keys.pub.session, "county", &link, &err));
		hello.data[i] ^= (uint8_t)(1u << i % 8);
		if (yw_exchange_take_hello(province->x, link, yw_buf_bytes(&hello), &err) == YW_OK)
			YW_CHECK(yw_jurisdiction_equal(yw_exchange_link_code(link), &county_code) ||
			    yw_exchange_link_code(link)->code[0] == '\0');
		hello.data[i] ^= (uint8_t)(1u << i % 8);
		yw_exchange_link_down(province->x, link);
	}
	yw_buf_release(&hello);
	end();
}

static void
peers_as_seen(void)
{
	struct yw_peer_info info[4];

	three_tiers();
	put_demand(county, "a", "wanted", &yw_unconditional);
	turn_all();
	YW_CHECK(yw_exchange_peers(county->x, info, 4) == 1);
	YW_CHECK(yw_jurisdiction_equal(&info[0].code, &city_code) && info[0].upstream && info[0].lag_entries == 0);
	YW_CHECK(info[0].own_held == size_of(county, "320102"));
	YW_CHECK(yw_exchange_peers(city->x, info, 4) == 2 && yw_exchange_peers(city->x, info, 1) == 1);
	end();
}

/* A session says it first; a receipt still says it when the session is gone. */
static void
durable_at(void)
{
	struct yw_durable_at at[4];
	uint64_t size, signed_to;

	three_tiers();
	signed_to = size_of(county, "320102");
	YW_CHECK(yw_exchange_durable_at(county->x, at, 4) == 2);
	for (size_t i = 0; i < 2; i++)
		YW_CHECK(strcmp(at[i].code.code, i == 0 ? "320000" : "320100") == 0 && at[i].size == signed_to);
	put_demand(county, "a", "wanted", &yw_unconditional);
	turn_all();
	size = size_of(county, "320102");
	YW_CHECK(size > signed_to && yw_exchange_durable_at(county->x, at, 4) == 2);
	YW_CHECK(at[0].size == signed_to && at[1].size == size);
	YW_CHECK(yw_exchange_durable_at(county->x, at, 1) == 1);
	stop_peer(city);
	YW_CHECK(yw_exchange_durable_at(county->x, at, 4) == 2);
	YW_CHECK(at[0].size == signed_to && at[1].size >= signed_to);
	end();
}

static struct yw_peer_info
city_as_seen(const struct peer *p)
{
	struct yw_peer_info info[4];

	YW_CHECK(yw_exchange_peers(p->x, info, 4) == 1 && yw_jurisdiction_equal(&info[0].code, &city_code));
	return info[0];
}

/* Told of more than comes by itself, the county is behind until it has fetched it. */
static void
behind_a_peer(void)
{
	static char title[3000];
	char local[16];
	uint64_t had, more;

	three_tiers();
	YW_CHECK(city_as_seen(county).lag_entries == 0 && city_as_seen(county).lag_ms == 0);
	had = size_of(county, "320100");
	memset(title, 'x', sizeof title - 1);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(local, sizeof local, "l%u", i);
		put_demand(city, local, title, &yw_unconditional);
	}
	turn(city);
	while (city_as_seen(county).lag_entries == 0) {
		YW_CHECK(n_read < n_letters);
		deliver(n_read);
		turn(reader_of(&letters[n_read - 1]));
	}
	more = size_of(city, "320100") - had;
	YW_CHECK(more >= 60 && city_as_seen(county).lag_entries == more && city_as_seen(county).lag_ms == 0);
	yw_lnet_wait(net, 2500);
	YW_CHECK(city_as_seen(county).lag_entries == more && city_as_seen(county).lag_ms == 2500);
	settle();
	YW_CHECK(size_of(county, "320100") == had + more);
	YW_CHECK(city_as_seen(county).lag_entries == 0 && city_as_seen(county).lag_ms == 0);
	yw_lnet_wait(net, 60000);
	YW_CHECK(city_as_seen(county).lag_ms == 0);
	end();
}

/* What its owner logged past the end of a closed log nobody lacks. */
static void
past_the_end(void)
{
	const struct yw_closing_draft d = { .reason = "merged" };
	struct yw_peer_info info[4];
	size_t n;

	three_tiers();
	YW_PASS(yw_ledger_close_log(city->n->l, county->n->t->origin.text, &d, &err));
	put_demand(county, "a", "it has not heard of it yet", &yw_unconditional);
	turn(county);
	turn(city);
	settle();
	YW_CHECK(size_of(county, "320102") == size_of(city, "320102") + 1);
	n = yw_exchange_peers(city->x, info, 4);
	for (size_t i = 0; i < n; i++)
		YW_CHECK(info[i].lag_entries == 0 && info[i].lag_ms == 0);
	end();
}

/* A quorum beat beyond a closing is learnt late: how the two heads stand is asked, and what a commit shows of where the
 * log ends waits for nothing, and is what readers see (T7). */
static void
due_at_once(void)
{
	const struct yw_closing_draft d = { .reason = "merged" };
	const char *origin;
	struct yw_log *log;
	struct yw_view *v;
	size_t n;

	tiers("group g any 320000\nquorum g\n");
	origin = county->n->t->origin.text;
	put_demand(county, "a", "the city hears of it late", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(county->n);
	yw_lnode_follow(province->n, county->n);
	yw_lnode_tick(province->n);
	YW_PASS(yw_ledger_close_log(city->n->l, origin, &d, &err));
	turn(city);
	log = yw_lnode_log(province->n, "320102");
	YW_CHECK(log->beats[0].size == log->size && log->beats[0].quorum == YW_QUORUM_MET);
	YW_PASS(yw_ledger_take_beat(city->n->l, yw_buf_bytes(&log->beats[0].note), &err));
	n_left_due = 0;
	for (n = 0; n < 40 && (n == 0 || yw_ledger_due(city->n->l) || size_of(city, "320102") < log->size); n++)
		turn_all();
	YW_CHECK_MSG(n < 40 && n_left_due > 0, "%zu turns, %zu of them left something due", n, n_left_due);
	YW_PASS(yw_view_open(city->n->l, &v, &err));
	YW_CHECK(yw_trust_origin(yw_view_trust(v), origin)->end.size == log->size);
	yw_view_close(v);
	end();
}

static int64_t
mono_at(void *arg)
{
	return *(int64_t *)arg;
}

/* What is heard and what is reached, at times: -1 means that nothing is lacking. */
static void
lag_of_a_log(void)
{
	static const struct { int64_t at; uint64_t heard, size; int64_t for_ms; } steps[] = {
		{ 1000, 0, 5, -1 }, { 2000, 5, 5, -1 },		/* it has what I have */
		{ 3000, 8, 5, 0 }, { 4000, 0, 5, 1000 },
		{ 5000, 9, 5, 2000 }, { 6000, 12, 7, 3000 },	/* the first of them is not reached yet */
		{ 7000, 0, 8, 2000 }, { 8000, 0, 11, 3000 },	/* ... now it is: the next stands since 5000 */
		{ 9000, 13, 11, 4000 }, { 10000, 0, 12, 1000 }, { 11000, 0, 13, -1 },
		{ 12000, 11, 13, -1 }, { 13000, 0, 13, -1 },	/* an old word */
		{ 14000, 14, 14, -1 }, { 14500, 0, 12, 0 },	/* my copy is shorter again: nobody remembers since when */
		{ 14600, 0, 14, -1 }, { 15000, 20, 14, 0 }, { 16000, 0, 20, -1 }, { 17000, 0, 15, 2000 },
		{ 18000, 21, 15, 3000 }, { 19000, 0, 20, 1000 }, { 20000, 0, 21, -1 },
	};
	struct yw_pair pair = { .lag = { .next_ms = INT64_MAX } };
	struct yw_log log = { .number = 0 };
	int64_t now = 0, for_ms;
	struct yw_exchange x = { .o = { .clock = { mono_at, mono_at, &now } } };
	struct yw_look look = { .open = false };
	struct yw_exchange_link link = { .x = &x, .looks = &look, .pairs = &pair, .n_pairs = 1 };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		bool behind;

		now = steps[i].at;
		log.size = steps[i].size;
		if (steps[i].heard != 0)
			yw_x_heard(&link, &log, steps[i].heard);
		behind = yw_x_behind(&x, &pair, &log, &for_ms);
		YW_CHECK_MSG(behind == (steps[i].for_ms >= 0) && (!behind || for_ms == steps[i].for_ms),
		    "step %zu: %d, for %lld ms", i, behind, (long long)for_ms);
	}
	log.frozen = true;
	YW_CHECK(!yw_x_behind(&x, &pair, &log, &for_ms));
	log.frozen = false;
	log.broken = true;
	YW_CHECK(!yw_x_behind(&x, &pair, &log, &for_ms));
}

/* --- bytes --- */

static void
try_reading(const struct yw_buf *good, size_t len, bool is_request)
{
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_inbound *in;
	enum yw_code code;

	yw_buf_add(&bytes, good->data, len);
	code = yw_inbound_read(&bytes, is_request, &in, &err);
	YW_CHECK_MSG(code == YW_OK || code == YW_EPEER, "code %d: %s", code, err.msg);
	YW_CHECK((in != NULL) == (code == YW_OK));
	yw_inbound_free(in);
	yw_buf_release(&bytes);
}

/* A package with bodies, news, a want and a hello, damaged in every way. */
static void
damaged(void)
{
	struct yw_buf good = YW_BUF_INIT;
	size_t mark;
	bool is_request;

	three_tiers();
	mark = n_letters;
	put_demand(county, "a", "wanted", &yw_unconditional);
	turn(county);
	yw_buf_add(&good, letters[mark].bytes.data, letters[mark].bytes.len);
	is_request = letters[mark].is_request;
	YW_CHECK(letters[mark].packages == 1 && letters[mark].bodies == 1);
	for (size_t len = 0; len <= good.len; len++)
		try_reading(&good, len, is_request);
	for (size_t i = 0; i < good.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			good.data[i] ^= (uint8_t)(1u << bit);
			try_reading(&good, good.len, is_request);
			good.data[i] ^= (uint8_t)(1u << bit);
		}
	yw_buf_add_byte(&good, 0);
	try_reading(&good, good.len, is_request);
	try_reading(&good, good.len, !is_request);
	yw_buf_release(&good);
	settle();
	end();
}

/* Its disk was full when it had something to write; now it hears from nobody, and has nothing to say for an hour. */
static void
room_again(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a;

	tiers(POLICY);
	stop_peer(city);
	settle();
	later(60000);
	yw_store_fill_disk(county->n->store, true);
	yw_lrecord("320102/demand/more", 1, "more", &body);
	a = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	YW_PASS(yw_ledger_append(county->n->l, &a, 1, &err));
	YW_FAILS(yw_desk_commit(county->desk, &err), YW_ESTOPPED);
	turn(county);
	YW_CHECK(yw_ledger_stopped(county->n->l)[0] != '\0');
	YW_CHECK(yw_desk_wake(county->desk) <= county->n->mono_ms + 10000);
	yw_store_fill_disk(county->n->store, false);
	yw_lnet_wait(net, 10000);
	turn(county);
	YW_CHECK(yw_ledger_stopped(county->n->l)[0] == '\0');
	yw_buf_release(&body);
	start_peer(city);
	end();
}

YW_TESTS(
	{ "S3 a disk that was full is looked at again, also by who hears from nobody", room_again },
	{ "R3 R7 a small delta costs one message a hop, and its acknowledgement another", one_hop },
	{ "V1 V3 a body goes to exactly those who may have it, relays on the way included", classes },
	{ "R4 one head per log, link and second, however busy the log is", head_a_second },
	{ "R8 R4 news of others' logs come together, a few times a second", company },
	{ "R3 R8 a network at rest says nothing but its polls", quiet },
	{ "R5 R6 beats and receipts travel, each change once", beats_and_receipts },
	{ "R4 R8 what only makes a beat fresher goes with the polls", freshness_rides },
	{ "R5 R6 a beat that found nobody is told after a restart", beats_after_a_restart },
	{ "R3 a backlog comes in packages, four in flight", packages_in_flight },
	{ "R3 packages that come in any order are applied in theirs", packages_in_any_order },
	{ "R3 with little memory one package at a time, and never none", bounded_memory },
	{ "R2 whichever message is lost, what it said is said again", any_letter_lost },
	{ "R2 T14 a hello that is lost is said again", hello_lost },
	{ "R2 T14 a stranger that asks to be told all anew without pause gets a hello a second", hello_on_demand },
	{ "R7 L1 held is told of what is durable only", held_means_durable },
	{ "L2 who says that it has more of my log, and shows no head of mine, does not stop me", only_my_head_stops_me },
	{ "L6 R3 who is on another branch refuses to serve, is no liar, and judges my head", other_branch },
	{ "T16 R2 a hello is believed by its chain and session key, or not at all", hellos },
	{ "R7 what is known of a peer", peers_as_seen },
	{ "R5 R7 where my log is durable: by session, and by receipt", durable_at },
	{ "R3 behind a peer: how many entries, and for how long", behind_a_peer },
	{ "T6 R3 behind nobody in what stands past the end of a closed log", past_the_end },
	{ "T7 what a commit shows to be due is done at once, and then shown to readers", due_at_once },
	{ "R3 how long a log has been behind: its oldest word that is not reached", lag_of_a_log },
	{ "R2 a damaged message is refused, whatever the damage", damaged })
