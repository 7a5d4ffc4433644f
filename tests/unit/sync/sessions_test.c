/*
 * The responder's table: who is pushed out, who goes by itself, and when.
 */
#include "unit/sync/session_world.h"

static void
crowd_of_offers(void)
{
	struct yw_session *first, *other[3], *b;
	struct yw_buf finish = YW_BUF_INIT;
	struct yw_sessions_count c;
	struct yw_sessions_in in;

	begin(1, 1, 3);
	first = shake();
	yw_buf_add(&finish, req.data, req.len);
	for (int i = 0; i < 2; i++) {
		now_ms += 10;
		offer(&other[i]);
		feed();
	}
	yw_sessions_count(table, &c);
	YW_CHECK(c.half_open == 3);
	now_ms += 10;
	offer(&other[2]);
	feed();					/* pushes out the first */
	yw_sessions_count(table, &c);
	YW_CHECK(c.half_open == 3);
	yw_buf_clear(&req);
	yw_buf_add(&req, finish.data, finish.len);
	feed_is_unknown(YW_ENOENT);
	yw_session_unref(first);
	for (int i = 0; i < 3; i++)
		yw_session_unref(other[i]);

	first = shake();			/* half-open ones go by themselves */
	now_ms += YW_HALF_OPEN_MS - 1;
	yw_sessions_expire(table);
	in = feed();
	YW_CHECK(in.what == YW_FED_HELLO);
	b = in.session;
	now_ms += 1;
	yw_sessions_expire(table);
	yw_sessions_count(table, &c);
	YW_CHECK(c.half_open == 0 && c.strangers == 1 && n_gone == 0);
	yw_buf_release(&finish);
	done(first, b);
}

static void
strangers_quota(void)
{
	struct yw_session *a[4], *b[4];
	struct yw_sessions_count c;

	begin(2, 2, 4);
	for (uint8_t i = 0; i < 2; i++) {
		down.key.b[0] = i;
		connect_both(&a[i], &b[i]);
		now_ms += 10;
	}
	YW_PASS(yw_sessions_admit(table, b[0], &err));
	down.key.b[0] = 2;
	connect_both(&a[2], &b[2]);		/* b[1] and b[2] are the two strangers */
	YW_CHECK(n_gone == 0);
	down.key.b[0] = 3;
	now_ms += 10;
	ask(a[1], YW_BYTES_LIT("I am not silent"));
	answer(b[1], YW_BYTES_LIT(""));
	connect_both(&a[3], &b[3]);		/* so b[2] goes, not the admitted one */
	YW_CHECK(n_gone == 1 && gone[0] == b[2] && gone_why[0] == YW_DROPPED_CROWDED);
	ask(a[2], YW_BYTES_LIT("hello?"));
	feed_is_unknown(YW_ENOENT);
	yw_buf_clear(&rep);
	YW_FAILS(yw_session_reply(b[2], 1, YW_BYTES_LIT("late"), &rep, &err), YW_ESTOPPED);
	YW_CHECK(rep.len == 0);
	YW_FAILS(yw_sessions_admit(table, b[2], &err), YW_ENOENT);
	YW_PASS(yw_sessions_admit(table, b[1], &err));
	YW_FAILS(yw_sessions_admit(table, b[3], &err), YW_ELIMIT);
	YW_PASS(yw_sessions_admit(table, b[1], &err));	/* twice is once */
	yw_sessions_count(table, &c);
	YW_CHECK(c.admitted == 2 && c.strangers == 1 && c.half_open == 0);
	ask(a[0], YW_BYTES_LIT("still here"));
	answer(b[0], YW_BYTES_LIT(""));
	for (int i = 0; i < 4; i++)
		yw_session_unref(a[i]), yw_session_unref(b[i]);
	end();
}

static void
address(uint8_t last)
{
	const uint8_t v4[4] = { 10, 0, 0, last };

	from = yw_penalty_address(v4, sizeof v4);
}

/* One machine with keys as it likes takes places from itself alone, however loud it is. */
static void
strangers_of_an_address(void)
{
	struct yw_session *a[13], *b[13];

	begin(1, 4, 4);
	address(1);
	down.key.b[1] = 0;
	connect_both(&a[0], &b[0]);		/* a newcomer, the most silent of all from here on */
	address(2);
	for (uint8_t i = 1; i < 10; i++) {
		now_ms += 10;
		down.key.b[1] = i;
		connect_both(&a[i], &b[i]);
		YW_CHECK(n_gone == (i < 4 ? 0 : (size_t)i - 3) && (i < 4 || gone[n_gone - 1] == b[i - 3]));
	}
	now_ms += 10;
	ask(a[0], YW_BYTES_LIT("still here"));
	answer(b[0], YW_BYTES_LIT(""));
	now_ms += 10;
	address(3);
	down.key.b[1] = 10;
	connect_both(&a[10], &b[10]);		/* and another newcomer gets one of its places */
	YW_CHECK(n_gone == 7 && gone[6] == b[7]);
	now_ms += 10;
	address(4);
	down.key.b[1] = 11;
	connect_both(&a[11], &b[11]);
	YW_CHECK(n_gone == 8 && gone[7] == b[8]);
	now_ms += 10;
	address(5);
	down.key.b[1] = 12;
	connect_both(&a[12], &b[12]);		/* of each address there was one: then who is silent the longest goes */
	YW_CHECK(n_gone == 9 && gone[8] == b[9]);
	for (size_t i = 0; i < n_gone; i++)
		YW_CHECK(gone_why[i] == YW_DROPPED_CROWDED);
	for (int i = 0; i < 13; i++)
		yw_session_unref(a[i]), yw_session_unref(b[i]);
	from = (struct yw_penalty_who) { { 0 } };
	end();
}

static void
sessions_per_key(void)
{
	struct yw_session *a[YW_SESSIONS_PER_KEY + 1], *b[YW_SESSIONS_PER_KEY + 1];

	begin(10, 10, 4);
	for (int i = 0; i <= YW_SESSIONS_PER_KEY; i++) {
		YW_CHECK(n_gone == 0);
		connect_both(&a[i], &b[i]);
		YW_PASS(yw_sessions_admit(table, b[i], &err));
		now_ms += 10;
	}
	YW_CHECK(n_gone == 1 && gone[0] == b[0] && gone_why[0] == YW_DROPPED_CROWDED);
	for (int i = 0; i <= YW_SESSIONS_PER_KEY; i++)
		yw_session_unref(a[i]), yw_session_unref(b[i]);
	end();
}

static void
no_strangers_at_all(void)
{
	begin(1, 0, 1);
	yw_session_unref(shake());
	feed_is_unknown(YW_ENOENT);
	end();
}

static void
old_and_silent(void)
{
	struct yw_session *a, *b;
	int64_t start;

	begin(1, 1, 1);
	connect_both(&a, &b);
	now_ms += YW_SESSION_IDLE_MS - 1;
	yw_sessions_expire(table);
	ask(a, YW_BYTES_LIT("here"));
	answer(b, YW_BYTES_LIT(""));
	now_ms += YW_SESSION_IDLE_MS - 1;
	yw_sessions_expire(table);
	YW_CHECK(n_gone == 0);
	now_ms += 1;
	yw_sessions_expire(table);
	YW_CHECK(n_gone == 1 && gone[0] == b && gone_why[0] == YW_DROPPED_SILENT);
	done(a, b);

	begin(1, 1, 1);
	connect_both(&a, &b);
	YW_PASS(yw_sessions_admit(table, b, &err));
	start = now_ms;
	while (now_ms < start + YW_SESSION_DAY_MS + YW_SESSION_GRACE_MS - 1) {
		YW_CHECK(yw_session_due(a) == (now_ms >= start + YW_SESSION_DAY_MS));
		ask(a, YW_BYTES_LIT("here"));
		answer(b, YW_BYTES_LIT(""));
		now_ms += 200000;
		if (now_ms > start + YW_SESSION_DAY_MS + YW_SESSION_GRACE_MS - 1)
			now_ms = start + YW_SESSION_DAY_MS + YW_SESSION_GRACE_MS - 1;
		yw_sessions_expire(table);
	}
	YW_CHECK(n_gone == 0);
	now_ms += 1;
	yw_sessions_expire(table);
	YW_CHECK(n_gone == 1 && gone_why[0] == YW_DROPPED_OLD);
	done(a, b);
}

static void
dropped_by_the_caller(void)
{
	struct yw_session *a, *b;
	struct yw_sessions_count c;
	uint64_t m;

	begin(1, 1, 1);
	connect_both(&a, &b);
	yw_sessions_drop(table, b);
	yw_sessions_drop(table, b);		/* not there any more: nothing happens */
	yw_sessions_count(table, &c);
	YW_CHECK(c.strangers == 0 && n_gone == 0);
	m = ask(a, YW_BYTES_LIT("x"));
	feed_is_unknown(YW_ENOENT);
	YW_FAILS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err), YW_ENOENT);
	yw_session_stop(a);
	YW_FAILS(yw_session_request(a, YW_BYTES_LIT("x"), &m, &req, &err), YW_ESTOPPED);
	done(a, b);
}

static void
busy_refusal(void)
{
	struct yw_session *a;

	begin(1, 1, 0);
	offer(&a);
	feed_is_refused(YW_REFUSED_BUSY);
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &plain, &err), YW_EDENIED);
	yw_session_unref(a);
	end();
}

YW_TESTS({ "R2 T14 half-open sessions are few and go by themselves", crowd_of_offers },
    { "R1 T14 strangers push out only strangers", strangers_quota },
    { "R1 T14 strangers of one address push out each other, and nobody who comes from elsewhere", strangers_of_an_address },
    { "R1 one key has a bounded number of sessions", sessions_per_key },
    { "R1 no room for strangers", no_strangers_at_all },
    { "R2 old and silent sessions go", old_and_silent },
    { "R2 a session dropped by the caller", dropped_by_the_caller },
    { "R1 no room: a refusal in clear", busy_refusal })
