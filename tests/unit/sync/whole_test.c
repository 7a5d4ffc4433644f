/*
 * Whole again, over links: a node that lost what it had is told of its own log, fetches it, and goes on.
 */
#include "ledger/ledger_int.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
#define POLICY "group g 2 320000 320100 320102\nquorum g\n"
#define WAIT_MS 60000

static struct peer *province, *city, *county;

/* Province, city and county below each other, admitted; the county has registered this and that.  Prudent: nobody
 * appends without being cleared. */
static void
three_tiers(bool prudent)
{
	begin(codes, 3, POLICY);
	for (size_t i = 0; prudent && i < 3; i++) {
		net->n[i].never_alone = true;
		net->n[i].peer_wait_ms = WAIT_MS;
		yw_lnode_boot(&net->n[i]);
	}
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	settle();
	later(prudent ? WAIT_MS : 0);
	yw_lnode_admit(net, "320100");
	later(15000);
	yw_lnode_admit(net, "320102");
	later(30000);
	put_demand(county, "a", "wanted", &yw_unconditional);
	put_demand(county, "b", "for us", &yw_not_shared);
	put_demand(city, "a", "wanted", &yw_unconditional);
	put_demand(province, "a", "wanted", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(province, "320102") == size_of(county, "320102") && size_of(county, "320102") >= 3);
}

/* The same, and a second city below the province, which is given. */
static struct peer *
four_nodes(const char *policy)
{
	struct peer *other;

	begin(codes, 4, policy);
	for (size_t i = 0; i < 4; i++)
		yw_lnode_boot(&net->n[i]);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	other = add_peer("320200", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	connect_line(other, province);
	settle();
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	later(15000);
	yw_lnode_admit(net, "320102");
	later(30000);
	return other;
}

static void
check_whole(struct peer *p, uint64_t size)
{
	struct yw_log *own = yw_ledger_own(p->n->l);
	static unsigned count;
	char local[32];

	snprintf(local, sizeof local, "seen%u", count++);
	YW_CHECK_MSG(yw_ledger_state(p->n->l, &err) == YW_LEDGER_APPENDING, "%s: %s", p->n->t->code.code, err.msg);
	YW_CHECK(own->size >= size && own->n_missing == 0);
	put_demand(p, "after", "wanted", &yw_unconditional);
	put_demand(county, local, "by a quorum", &yw_unconditional);
	later(90000);
	YW_CHECK(yw_exchange_durable(county->x, &(struct yw_jurisdiction) { "" }, size_of(county, "320102")));
	for (size_t i = 0; i < n_peers; i++)
		YW_CHECK(size_of(&peers[i], p->n->t->code.code) == own->size && peers[i].cuts == 0);
}

/* The disk is gone, the guard is not. */
static void
lost_disk(void)
{
	uint64_t size;

	three_tiers(false);
	size = size_of(county, "320102");
	stop_peer(county);
	yw_lnode_forget(county->n);
	start_peer(county);
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND);
	later(60000);
	check_whole(county, size);
	end();

	three_tiers(false);		/* in the middle of the tree: its log stands above it, and below */
	size = size_of(city, "320100");
	stop_peer(city);
	yw_lnode_forget(city->n);
	start_peer(city);
	later(60000);
	check_whole(city, size);
	end();

	three_tiers(false);		/* at the top: only below */
	size = size_of(province, "320000");
	stop_peer(province);
	yw_lnode_forget(province->n);
	start_peer(province);
	later(60000);
	check_whole(province, size);
	end();
}

/* --- L3 --- */

static bool
state_is(struct peer *p, enum yw_ledger_mode mode)
{
	return yw_ledger_state(p->n->l, &err) == mode;
}

/* Nobody was allowed to begin or to go on by itself, and everybody could: each is cleared by those above. */
static void
begins(void)
{
	begin(codes, 1, "quorum none\n");
	net->n[0].never_alone = true;
	net->n[0].peer_wait_ms = WAIT_MS;
	province = add_peer("320000", MEMORY);
	later(WAIT_MS - 1000);
	YW_CHECK(state_is(province, YW_LEDGER_ASKING) && size_of(province, "320000") == 0);
	later(2000);
	YW_CHECK(state_is(province, YW_LEDGER_APPENDING) && size_of(province, "320000") == 1);
	end();

	three_tiers(true);
	for (size_t i = 0; i < n_peers; i++)
		YW_CHECK_MSG(state_is(&peers[i], YW_LEDGER_APPENDING) && !yw_ledger_asks(peers[i].n->l), "%s: %s",
		    peers[i].n->t->code.code, err.msg);
	check_whole(county, 3);
	end();
}

static void
reboot(struct peer *p)
{
	stop_peer(p);
	yw_lnode_boot(p->n);
	start_peer(p);
}

static void
rebooted(void)
{
	for (size_t i = 0; i < 3; i++) {
		uint64_t size;

		three_tiers(true);
		size = yw_ledger_own(peers[i].n->l)->size;
		reboot(&peers[i]);
		YW_CHECK(state_is(&peers[i], YW_LEDGER_ASKING));
		later(10000);
		check_whole(&peers[i], size);
		end();
	}
}

/* The whole province loses its power; it comes back in any order, and goes on by itself. */
static void
power_cut(void)
{
	static const unsigned orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 1, 0, 2 } };

	for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
		three_tiers(true);
		for (size_t i = 0; i < 3; i++)
			stop_peer(&peers[i]);
		for (size_t i = 0; i < 3; i++) {
			yw_lnode_boot(peers[orders[o][i]].n);
			start_peer(&peers[orders[o][i]]);
			if (i == 0)
				YW_CHECK(state_is(&peers[orders[o][0]], YW_LEDGER_ASKING));
			later(i < 2 ? 20000 : 0);
		}
		later(40000);
		for (size_t i = 0; i < 3; i++)
			check_whole(&peers[i], 3);
		end();
	}
}

/*
 * After a power cut one child of the province does not come back, and there is no quorum: nobody can clear the province, so
 * it clears nobody.  Each ends as append_without_peer has it: who is allowed to appends uncleared and says so, which clears
 * nobody below; who is prudent waits, reads on, and says for whom.  Once the one that is lost is closed all are cleared.
 */
static void
one_lost(void)
{
	struct yw_closing_draft d = { .reason = "its machine burnt in the power cut" };
	struct peer *lost;
	uint64_t size;

	lost = four_nodes("quorum none\n");
	for (size_t i = 0; i < 4; i++)
		put_demand(&peers[i], "a", "before the cut", &yw_unconditional);
	later(30000);
	for (size_t i = 0; i < 4; i++) {
		stop_peer(&peers[i]);
		peers[i].n->peer_wait_ms = WAIT_MS;
		peers[i].n->never_alone = &peers[i] == county;
		yw_lnode_boot(peers[i].n);
	}
	for (size_t i = 0; i < 3; i++)
		start_peer(&peers[i]);
	later(WAIT_MS / 2);
	for (size_t i = 0; i < 3; i++)
		YW_CHECK(state_is(&peers[i], YW_LEDGER_ASKING));
	later(WAIT_MS);
	for (size_t i = 0; i < 2; i++) {
		YW_CHECK_MSG(state_is(&peers[i], YW_LEDGER_APPENDING) && strstr(err.msg, "goes on asking") != NULL, "%s", err.msg);
		YW_CHECK(yw_ledger_asks(peers[i].n->l));
		put_demand(&peers[i], "b", "uncleared", &yw_unconditional);
	}
	later(10 * WAIT_MS);
	YW_CHECK_MSG(state_is(county, YW_LEDGER_ASKING) && strstr(err.msg, "asks its issuer and a quorum") != NULL, "%s", err.msg);
	YW_CHECK(size_of(county, "320100") == size_of(city, "320100") && size_of(county, "320000") == size_of(province, "320000"));

	YW_PASS(yw_ledger_close_log(province->n->l, "onenet.example/320200", &d, &err));
	yw_lnode_commit(province->n);
	turn(province);
	later(2 * WAIT_MS);
	size = size_of(county, "320102");
	for (size_t i = 0; i < 3; i++)
		YW_CHECK_MSG(state_is(&peers[i], YW_LEDGER_APPENDING) && !yw_ledger_asks(peers[i].n->l), "%s", err.msg);
	put_demand(county, "b", "cleared", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(province, "320102") > size && lost->n->l == NULL);
	end();
}

/* An image of the whole disk is put back, its guard with it. */
static void
image_put_back(void)
{
	struct yw_limage old;
	uint64_t size;

	three_tiers(true);
	stop_peer(county);
	yw_lnode_open(county->n);
	if (!yw_lnode_image(county->n, &old)) {
		end();
		return;
	}
	start_peer(county);
	put_demand(county, "c", "newer than the image", &yw_unconditional);
	put_demand(county, "d", "newer than the image", &yw_not_shared);
	later(30000);
	size = size_of(county, "320102");
	stop_peer(county);
	yw_lnode_boot(county->n);
	yw_lnode_set_back(county->n, &old);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	start_peer(county);
	later(30000);
	YW_CHECK(size_of(county, "320102") >= size);
	check_whole(county, size);
	end();
}

/* Nobody is there: it waits, and then does as it was told; when somebody comes it is cleared. */
static void
nobody_there(void)
{
	three_tiers(true);
	stop_peer(city);
	stop_peer(county);
	county->n->never_alone = false;
	yw_lnode_boot(county->n);
	start_peer(county);
	later(WAIT_MS - 1000);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	later(2000);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && yw_ledger_asks(county->n->l));
	put_demand(county, "c", "alone", &yw_unconditional);
	start_peer(city);
	later(90000);
	YW_CHECK(!yw_ledger_asks(county->n->l));
	check_whole(county, 4);
	end();
}

/* Without a guard nobody on the machine knows how long the log was. */
static void
no_guard(void)
{
	for (size_t i = 0; i < 3; i++) {
		uint64_t size;

		three_tiers(true);
		size = yw_ledger_own(peers[i].n->l)->size;
		stop_peer(&peers[i]);
		yw_lnode_forget(peers[i].n);
		peers[i].n->guard_gone = true;
		start_peer(&peers[i]);
		YW_CHECK(state_is(&peers[i], YW_LEDGER_BEHIND));
		later(90000);
		check_whole(&peers[i], size);
		end();
	}
}

/* A person's word starts it where nothing else does; it ends by itself. */
static void
asked_for(void)
{
	uint64_t size;

	three_tiers(true);
	size = size_of(county, "320102");
	YW_PASS(yw_exchange_refetch(county->x, &err));
	YW_FAILS(yw_exchange_refetch(county->x, &err), YW_EINVAL);
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND) && strstr(err.msg, "a person asked for it") != NULL);
	later(500);
	stop_peer(county);
	start_peer(county);		/* it does not forget */
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND));
	later(20000);
	check_whole(county, size);
	end();
}

/* --- L4 --- */

static unsigned n_asked, n_told;	/* questions for the largest receipt on the other city's log, and answers that have one */
static size_t told_at;			/* the letter with the last of these */

static void
hear_of_receipts(const struct letter *l, const Yiwang__V1__Exchange *e)
{
	for (size_t i = 0; e->question != NULL && i < e->question->n_receipts; i++)
		n_asked += strcmp(e->question->receipts[i], "onenet.example/320200") == 0;
	for (size_t i = 0; e->answer != NULL && i < e->answer->n_receipts; i++)
		if (strcmp(e->answer->receipts[i]->origin, "onenet.example/320200") == 0 && e->answer->receipts[i]->beat.len != 0) {
			n_told++;
			told_at = (size_t)(l - letters);
		}
}

/* How far the county has signed that log, as its disk says. */
static uint64_t
signed_to(const char *code)
{
	struct key k = key_head(yw_lnode_log(county->n, code)->number, 'c');
	uint8_t v[8 + YW_HASH_BYTES];

	YW_PASS(yw_store_get_fixed(county->n->store, NULL, F_HEADS, key_bytes(&k), v, sizeof v, &err));
	return yw_get_be64(v);
}

/*
 * A mirror that was set back has but one peer, which neither owns that log nor issued it: one of the quorum, which has kept
 * the mirror's receipt with the day's first beat.  The newest beat has its quorum without it, so nothing else tells of it.
 */
static void
a_mirror_asks_the_quorum(void)
{
	struct yw_limage old;
	struct peer *other = four_nodes(POLICY);
	uint64_t before, last;

	put_demand(other, "a", "before the image", &yw_unconditional);
	later(30000);
	stop_peer(county);
	yw_lnode_open(county->n);
	if (!yw_lnode_image(county->n, &old)) {
		end();
		return;
	}
	start_peer(county);
	before = signed_to("320200");
	yw_lnet_wait(net, 86400000);
	put_demand(other, "b", "the day's first", &yw_unconditional);
	later(30000);
	last = signed_to("320200");
	YW_CHECK(last > before && last == size_of(other, "320200"));
	stop_peer(county);
	put_demand(other, "c", "without it", &yw_unconditional);
	later(90000);

	memcpy(old.guard, county->n->guard, sizeof old.guard);	/* the store alone is older */
	yw_lnode_set_back(county->n, &old);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && signed_to("320200") == before);
	reads_along = hear_of_receipts;
	n_asked = n_told = 0;
	start_peer(county);
	while (n_read < n_letters && (n_told == 0 || n_read <= told_at)) {
		deliver(n_read);
		turn(reader_of(&letters[n_read - 1]));
	}
	YW_CHECK_MSG(n_asked == 1 && n_told == 1, "asked %u times, told %u times", n_asked, n_told);
	YW_CHECK_MSG(signed_to("320200") == last, "%llu, not %llu", (unsigned long long)signed_to("320200"),
	    (unsigned long long)last);
	later(60000);
	YW_CHECK(size_of(county, "320200") == size_of(other, "320200"));
	YW_CHECK(yw_ledger_unsure(county->n->l, yw_lnode_log(county->n, "320200")) && signed_to("320200") == last);
	connect_line(county, other);		/* its owner says it, too: that ends it */
	later(60000);
	YW_CHECK(!yw_ledger_unsure(county->n->l, yw_lnode_log(county->n, "320200")));
	YW_CHECK(signed_to("320200") == size_of(other, "320200"));
	reads_along = NULL;
	end();
}

/* --- in every state the question is answered --- */

static void
as_it_was(void)
{
}

static void
asks(void)
{
	stop_peer(province);
	reboot(city);
}

/* A head of the city's log by its keys, of another branch: as large, or larger. */
static void
show_own_head(uint64_t more)
{
	struct yw_tlog *other = city->n->t;
	uint64_t size = size_of(city, "320100") + more;
	struct yw_buf note = YW_BUF_INIT;

	yw_tlog_grow(other, size > other->n ? size - other->n : 0, "of another branch");
	yw_tlog_head(other, size, &note);
	YW_FAILS(yw_ledger_take_head(city->n->l, yw_buf_bytes(&note), &err), more == 0 ? YW_ECONFLICT : YW_OK);
	turn(city);
	yw_buf_release(&note);
}

static void
contradicted(void)
{
	show_own_head(0);
}

static void
behind(void)
{
	stop_peer(province);
	show_own_head(3);
}

static void
two_live(void)
{
	struct yw_instance s[2] = { { .counter = 4, .size = 1 }, { .counter = 4, .size = 2 } };

	s[0].origin = s[1].origin = city->n->t->origin;
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 2, &err));
	turn(city);
}

static void
closed(void)
{
	YW_PASS(yw_ledger_close_log(province->n->l, "onenet.example/320100", &(struct yw_closing_draft) { .reason = "r" }, &err));
	turn(province);
	later(5000);
}

/* It went on with a next log, and another machine's was admitted. */
static void
voided(void)
{
	static struct yw_key_set fresh, others;
	struct yw_seckey old = city->n->t->keys.head;
	struct yw_buf mine = YW_BUF_INIT, other = YW_BUF_INIT;

	yw_tnet_keys("320100 fresh", &fresh);
	yw_tnet_keys("320100 other", &others);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "320100 fresh", 2, 0, &old }, &mine);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "320100 other", 2, 0, &old }, &other);
	stop_peer(city);
	yw_lnode_next(city->n, &mine, &fresh);
	start_peer(city);
	closed();
	YW_CHECK_MSG(yw_ledger_admit(province->n->l, yw_buf_bytes(&other), &err) == YW_OK, "%s", err.msg);
	turn(province);
	later(5000);
	yw_buf_release(&mine);
	yw_buf_release(&other);
}

static void
writes_no_more(enum yw_code why)
{
	city->cannot_write = true;
	YW_PASS(yw_ledger_holder(city->n->l, &province->n->t->code, &err));
	YW_FAILS(yw_desk_commit(city->desk, &err), why);
}

static void
stopped(void)
{
	yw_store_fill_disk(city->n->store, true);
	writes_no_more(YW_ESTOPPED);
	YW_CHECK(yw_ledger_stopped(city->n->l)[0] != '\0');
}

static void
failed(void)
{
	city->n->guard_broken = true;
	writes_no_more(YW_EIO);
}

/* A new machine with the city's keys and request, which nobody has told anything. */
static void
joining(void)
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard g = { .io = city->n->io };

	stop_peer(province);
	stop_peer(city);
	yw_lnode_forget(city->n);
	memset(city->n->guard, 0, sizeof city->n->guard);
	YW_PASS(yw_guard_write(&g, &mark, &err));
	start_peer(city);
}

static const struct {
	const char *name;
	void (*make)(void);
	enum yw_ledger_mode mode;
	bool head, knows, cleared, behind;	/* the city's answer */
	bool clears;				/* the county, which hears nobody else */
} rows[] = {
	{ "appends", as_it_was, YW_LEDGER_APPENDING, true, true, true, false, true },
	{ "asks itself", asks, YW_LEDGER_ASKING, true, true, false, false, false },
	{ "is contradicted", contradicted, YW_LEDGER_CONTRADICTED, true, true, true, false, true },
	{ "is two", two_live, YW_LEDGER_TWO, true, true, true, false, true },
	{ "has a full disk", stopped, YW_LEDGER_APPENDING, true, true, true, false, true },
	{ "has failed", failed, YW_LEDGER_FAILED, true, true, true, false, true },
	{ "is behind", behind, YW_LEDGER_BEHIND, true, true, true, true, true },
	{ "is closed: the issuer is another one now", closed, YW_LEDGER_CLOSED, true, true, true, false, false },
	{ "is voided, and so nobody whose word counts", voided, YW_LEDGER_VOIDED, true, true, true, false, false },
	{ "waits to be admitted, and knows of nothing", joining, YW_LEDGER_JOINING, false, false, false, false, false },
};

/* Who is nobody is not asked, and would answer all the same. */
static void
ask_by_hand(struct line *line)
{
	Yiwang__V1__Question q = YIWANG__V1__QUESTION__INIT;
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__PeerRequest r = YIWANG__V1__PEER_REQUEST__INIT;
	struct yw_buf plain = YW_BUF_INIT;
	size_t at = n_letters;

	q.origin = county->n->t->origin.text;
	e.question = &q;
	r.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	r.exchange = &e;
	YW_PASS(yw_wire_pack(&r.base, &plain, &err));
	write_letter(line, true, UINT64_MAX, &plain);
	deliver(at);
	turn(city);
	for (; at < n_letters; at++)		/* the county has asked nothing of the kind */
		letters[at].lost |= !letters[at].is_request && letters[at].tag == UINT64_MAX;
	settle();
}

/* The first answer since that mark. */
static const struct letter *
answer_since(size_t mark)
{
	for (; mark < n_letters; mark++)
		if (letters[mark].answer.is && letters[mark].line == &lines[1])
			return &letters[mark];
	return NULL;
}

static void
answered_in_every_state(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct letter *a;
		size_t mark;

		three_tiers(true);
		stop_peer(county);
		rows[i].make();
		YW_CHECK_MSG(state_is(city, rows[i].mode), "who %s: %s", rows[i].name, err.msg);
		yw_lnode_boot(county->n);
		mark = n_letters;
		start_peer(county);
		YW_CHECK(state_is(county, YW_LEDGER_ASKING));
		later(3000);
		if (rows[i].mode == YW_LEDGER_VOIDED) {
			YW_CHECK(answer_since(mark) == NULL);
			ask_by_hand(&lines[1]);
		}
		a = answer_since(mark);
		YW_CHECK_MSG(a != NULL, "who %s answers nothing", rows[i].name);
		YW_CHECK_MSG(a->answer.head == rows[i].head && a->answer.knows == rows[i].knows && a->answer.cleared == rows[i].cleared &&
		    a->answer.behind == rows[i].behind, "who %s answers:%s%s%s%s", rows[i].name, a->answer.head ? " head" : "",
		    a->answer.knows ? " knows" : "", a->answer.cleared ? " cleared" : "", a->answer.behind ? " behind" : "");
		later(10000);
		YW_CHECK_MSG(state_is(county, rows[i].clears ? YW_LEDGER_APPENDING : YW_LEDGER_ASKING), "by who %s: %s", rows[i].name,
		    err.msg);
		end();
	}
}

YW_TESTS(
	{ "L2 a person asks for the log: nothing is appended until peers have said that it is whole", asked_for },
	{ "L3 nobody begins a log before it was asked about, and everybody can begin", begins },
	{ "L3 a machine that was started anew goes on when its neighbours have answered", rebooted },
	{ "L3 a power cut of the whole province: it opens again by itself, in any order", power_cut },
	{ "L3 a power cut after which one is lost: each does as append_without_peer says, until the lost one is closed", one_lost },
	{ "L2 L3 an image put back with its guard appends nothing before it is whole", image_put_back },
	{ "L4 a mirror that was set back asks one of the quorum, and takes what that kept of its receipts",
	    a_mirror_asks_the_quorum },
	{ "L3 the question is answered in every state, with what the answer is worth", answered_in_every_state },
	{ "L3 nobody there: append_without_peer decides, and who comes later clears", nobody_there },
	{ "L2 L3 without a guard the log comes back and is cleared, wherever in the tree", no_guard },
	{ "L2 R3 a lost disk: my own log and its bodies are fetched back wherever in the tree I stand", lost_disk }
)
