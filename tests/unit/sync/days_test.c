/*
 * Beats that are kept for ever: who came late, or heard less, pulls them by itself.
 */
#include "unit/sync/exchange_world.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX 128

/* The days of a log, as a peer keeps them; the beats are there. */
static size_t
days_of(const struct peer *p, const char *code, struct yw_day out[static DAYS_MAX])
{
	const struct yw_log_info *log;
	struct yw_buf note = YW_BUF_INIT;
	struct yw_view *v;
	size_t n = 0;

	YW_PASS(yw_view_open(p->n->l, &v, &err));
	log = yw_view_log(v, yw_lnode(net, code)->t->origin.text);
	if (log != NULL)
		YW_PASS(yw_view_days(v, log, 0, UINT32_MAX, out, DAYS_MAX, &n, &err));
	for (size_t i = 0; i < n; i++) {
		struct yw_beat_verdict verdict;

		yw_buf_clear(&note);
		YW_PASS(yw_view_beat(v, log, out[i].size, false, &note, &err));
		YW_PASS(yw_trust_judge_beat(yw_view_trust(v), yw_trust_origin(yw_view_trust(v), log->origin.text),
		    yw_buf_bytes(&note), &verdict, &err));
		YW_CHECK(verdict.head.size == out[i].size && verdict.quorum == YW_QUORUM_MET &&
		    verdict.quorum_time_s == out[i].quorum_time_s && out[i].day == out[i].quorum_time_s / 86400);
	}
	yw_buf_release(&note);
	yw_view_close(v);
	return n;
}

static bool
same_days(const struct peer *a, const struct peer *b, const char *code, size_t *n)
{
	struct yw_day mine[DAYS_MAX], theirs[DAYS_MAX];
	bool same;

	*n = days_of(a, code, mine);
	same = *n == days_of(b, code, theirs);
	for (size_t i = 0; same && i < *n; i++)
		same = mine[i].day == theirs[i].day && mine[i].size == theirs[i].size &&
		    mine[i].quorum_time_s == theirs[i].quorum_time_s;
	return same;
}

/* "At that time" is answered alike by both, whoever was there (R6). */
static bool
same_past(const struct peer *a, const struct peer *b, const char *code, const struct yw_day *days, size_t n)
{
	const struct peer *of[] = { a, b };
	bool same = true;

	for (size_t i = 0; i < n; i++)
		for (int late = -1; late <= 1; late++) {
			struct yw_day got[2] = { { 0 } };
			enum yw_code found[2];

			for (int k = 0; k < 2; k++) {
				struct yw_view *v;

				YW_PASS(yw_view_open(of[k]->n->l, &v, &err));
				found[k] = yw_view_quorum_at(v, yw_view_log(v, yw_lnode(net, code)->t->origin.text),
				    (uint64_t)((int64_t)days[i].quorum_time_s + late), &got[k], &err);
				yw_view_close(v);
			}
			same = same && found[0] == found[1] && got[0].size == got[1].size && got[0].quorum_time_s == got[1].quorum_time_s;
			YW_CHECK(late < 0 ? got[0].size < days[i].size : found[0] == YW_OK && got[0].size >= days[i].size);
			YW_CHECK(late >= 0 || (found[0] == YW_ENOENT) == (i == 0));
		}
	return same;
}

/* --- a newcomer --- */

/* Province and city for `days` days with a record each; the other city comes to life on the last. */
static struct peer *
grow_days(unsigned days)
{
	static const char *const codes[] = { "320000", "320100", "320200" };
	struct peer *province, *city, *late;
	char local[16];

	begin(codes, 3, "group g 2 320000 320100\nquorum g\n");
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(20000);
	for (unsigned i = 0; i < days; i++) {
		yw_lnet_wait(net, DAY_MS);
		snprintf(local, sizeof local, "d%u", i);
		put_demand(province, local, "wanted", &yw_unconditional);
		later(15000);
	}
	late = add_peer("320200", MEMORY);
	connect_line(late, province);
	settle();
	yw_lnode_admit(net, "320200");
	later(20000);
	YW_CHECK(size_of(late, "320000") == size_of(province, "320000"));
	return late;
}

static void
newcomer(void)
{
	struct yw_day days[DAYS_MAX];
	struct peer *late = grow_days(70);		/* more than two wants' */
	size_t n, mark, letters_now;

	YW_CHECK(same_days(late, &peers[0], "320000", &n) && n >= 70);
	YW_CHECK(same_days(&peers[1], &peers[0], "320000", &n));
	YW_CHECK(same_past(late, &peers[0], "320000", days, days_of(late, "320000", days)));
	YW_CHECK(same_days(late, &peers[0], "320100", &n) && n > 0);
	mark = n_letters;
	restart(&lines[1]);				/* it has them, not the session */
	YW_CHECK(days_of(late, "320000", days) >= 70);
	later(20000);
	YW_CHECK(sum(mark, late, &peers[0], &letters_now).days_wants > 0);	/* which begins with comparing */
	YW_CHECK_MSG(sum(mark, &peers[0], late, &letters_now).days == 0, "days are sent to who has them");
	mark = n_letters;
	yw_lnet_wait(net, 2 * 3600 * 1000);
	later(5000);
	YW_CHECK_MSG(sum(mark, late, &peers[0], &letters_now).days_wants == 0 &&
	    sum(mark, &peers[0], late, &letters_now).days_wants == 0, "two that keep the same go on comparing");
	end();
}

/* --- different ears --- */

static const char *const five[] = { "320000", "320100", "320200", "320300", "320400" };

/* A beat of the province's log, with some of its receipts. */
static void
hear(struct peer *p, struct yw_tlog *t, uint64_t size, const struct yw_treceipt *all, size_t n, uint64_t *seed)
{
	struct yw_treceipt some[4];
	size_t whole = t->n, heard = 0;

	for (size_t i = 0; i < n; i++)
		if (yw_test_next(seed) % 4 != 0)
			some[heard++] = all[i];
	t->n = size;
	yw_tnet_beat(t, 1000, some, heard);
	t->n = whole;
	YW_PASS(yw_ledger_take_beat(p->n->l, yw_buf_bytes(&t->beat), &err));
	if (yw_test_next(seed) % 2 == 0)
		yw_lnode_commit(p->n);
}

/* Beats with receipts that come late, at one of them or both, in any order. */
static void
hear_some(struct peer *a, struct peer *b, struct yw_tlog *t, unsigned n, uint64_t *seed)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t size = 1 + yw_test_next(seed) % t->n, at = 86400 * 10 + size * 40000;
		struct yw_treceipt all[4] = { { "320100", at }, { "320200", at + 7 }, { "320300", at + 20000 },
			{ "320400", at + 50000 } };

		hear(yw_test_next(seed) % 2 == 0 ? a : b, t, size, all, 4, seed);
	}
	yw_lnode_commit(a->n);
	yw_lnode_commit(b->n);
}

static void
give_all(struct peer *p, struct yw_tlog *t)
{
	struct yw_lpackage lp;

	yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(p->n->l, &lp.p, &err));
	yw_lnode_commit(p->n);
	yw_lpackage_release(&lp);
}

/* Two hear each beat of an owner that is gone, with receipts missing here or there, in any order; then they meet. */
static void
different_ears(void)
{
	uint64_t seed = yw_test_seed();

	for (int round = 0; round < 12; round++) {
		struct peer *a, *b;
		struct yw_tlog *t;
		size_t n;

		begin(five, 5, "group g 2 320100 320200 320300 320400\nquorum g\n");
		a = add_peer("320100", MEMORY);
		b = add_peer("320200", MEMORY);
		t = net->n[0].t;
		give_all(a, t);
		give_all(b, t);
		hear_some(a, b, t, 40, &seed);
		connect_line(b, a);
		settle();
		later(2 * YW_EXCHANGE_WAIT_MS);
		yw_lnet_wait(net, 3600 * 1000);
		later(5000);
		YW_CHECK_MSG(same_days(a, b, "320000", &n), "round %d: they keep other days", round);
		for (int more = 0; more < 4; more++) {	/* it is noticed in the same session, by whichever of them */
			hear_some(more < 2 ? a : b, more % 2 == 0 ? a : b, t, 8, &seed);
			for (int hours = 0; hours < 2; hours++) {	/* what may not be taken in one turn comes again */
				later(5000);
				yw_lnet_wait(net, 3600 * 1000);
			}
			later(5000);
			YW_CHECK_MSG(same_days(a, b, "320000", &n), "round %d: they go on with other days", round);
		}
		end();
	}
}

/* --- bounds --- */

static enum yw_code
read_it(Yiwang__V1__Exchange *e)
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_inbound *in;
	enum yw_code code;

	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	q.exchange = e;
	YW_PASS(yw_wire_pack(&q.base, &bytes, &err));
	code = yw_inbound_read(&bytes, true, &in, &err);
	yw_inbound_free(in);
	yw_buf_release(&bytes);
	return code;
}

static void
bounds(void)
{
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__DaysWant want = YIWANG__V1__DAYS_WANT__INIT, *wants[33];
	Yiwang__V1__Days days = YIWANG__V1__DAYS__INIT, *many[33];
	ProtobufCBinaryData beats[33] = { { 0 } };
	uint8_t hash[32] = { 0 };

	want.origin = days.origin = (char *)"onenet.example/320000";
	want.sha256 = (ProtobufCBinaryData) { 32, hash };
	want.before = 5;
	days.beats = beats;
	days.n_beats = 32;
	for (size_t i = 0; i < 33; i++) {
		wants[i] = &want;
		many[i] = &days;
	}
	e.days_wants = wants;
	e.days = many;
	e.n_days_wants = e.n_days = 32;
	YW_PASS(read_it(&e));
	e.n_days_wants = 33;
	YW_FAILS(read_it(&e), YW_EPEER);
	e.n_days_wants = 32;
	e.n_days = 33;
	YW_FAILS(read_it(&e), YW_EPEER);
	e.n_days = 1;
	days.n_beats = 33;
	YW_FAILS(read_it(&e), YW_EPEER);
	days.n_beats = 0;
	want.from = want.before;
	YW_FAILS(read_it(&e), YW_EPEER);
	want.from = 0;
	want.sha256.len = 31;
	YW_FAILS(read_it(&e), YW_EPEER);
	want.sha256.len = 32;
	YW_PASS(read_it(&e));
}

YW_TESTS(
	{ "R6 T15 a newcomer pulls the first beat of each day by itself, judges it as who was there, and two that keep the same say no more", newcomer },
	{ "R6 R5 two that heard other receipts end with the same days, by the same times", different_ears },
	{ "R6 so many days in a message and no more", bounds })
