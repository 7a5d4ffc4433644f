/*
 * Sessions: sealed messages, what may be done to them on the way, and the window.
 */
#include <pthread.h>

#include "unit/sync/session_world.h"

static void
bent_requests(void)
{
	struct yw_session *a, *b;
	size_t len;

	begin(1, 1, 1);
	connect_both(&a, &b);
	ask(a, YW_BYTES_LIT("a request"));
	len = req.len;
	for (size_t bit = 0; bit < len * 8; bit++) {
		struct yw_sessions_in in;

		req.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		in = feed();
		YW_CHECK_MSG(in.what == YW_FED_REPLY && in.fault != YW_OK && rep.data[0] == 0,
		    "a request is taken with bit %zu flipped", bit);
		req.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (req.len = 0; req.len < len; req.len++)
		feed_is_unknown(YW_EFORMAT);
	yw_buf_add_byte(&req, 0);
	feed_is_unknown(YW_EFORMAT);
	req.len = len;
	answer(b, YW_BYTES_LIT("whole again"));	/* none of it moved the window */
	done(a, b);
}

static void
bent_replies(void)
{
	struct yw_session *a, *b;
	uint64_t m;
	size_t len;

	begin(1, 1, 1);
	connect_both(&a, &b);
	m = ask(a, YW_BYTES_LIT("a request"));
	answer(b, YW_BYTES_LIT("an answer"));
	len = rep.len;
	yw_buf_clear(&plain);
	for (size_t bit = 0; bit < len * 8; bit++) {
		rep.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err) != YW_OK,
		    "a reply is taken with bit %zu flipped", bit);
		rep.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < len; n++)
		YW_CHECK(yw_session_open_reply(a, m, (struct yw_bytes) { rep.data, n }, &plain, &err) != YW_OK);
	YW_FAILS(yw_session_open_reply(a, m + 1, yw_buf_bytes(&rep), &plain, &err), YW_ESIG);
	YW_FAILS(yw_session_open_reply(a, m, (struct yw_bytes) { (const uint8_t *)"", 1 }, &plain, &err), YW_ENOENT);
	YW_CHECK(plain.len == 0);
	YW_PASS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err));
	YW_FAILS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err), YW_ECONFLICT);
	done(a, b);
}

/* A request reflected as a reply, a reply fed as a request, a welcome as a reply: other keys, other data. */
static void
wrong_direction(void)
{
	struct yw_session *a, *b;
	uint64_t m;

	begin(1, 1, 1);
	connect_both(&a, &b);
	m = ask(a, YW_BYTES_LIT("echo"));
	req.data[16] = 9;	/* a number not seen yet */
	YW_FAILS(yw_session_open_reply(a, m, yw_buf_bytes(&req), &plain, &err), YW_ESIG);
	req.data[16] = 1;
	answer(b, YW_BYTES_LIT("answer"));
	yw_buf_clear(&req);
	yw_buf_add(&req, rep.data, rep.len);
	req.data[16] = 9;
	feed_is_unknown(YW_ESIG);
	yw_buf_clear(&rep);
	YW_PASS(yw_session_welcome(b, YW_BYTES_LIT("again"), &rep, &err));
	rep.data[0] = 3;
	YW_FAILS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err), YW_ESIG);
	done(a, b);
}

/* Chunks of one message swapped, left out, repeated, taken from another message. */
static void
chunks_apart(void)
{
	static uint8_t text[2 * YW_CHUNK_PLAIN_MAX];
	const size_t chunk = 2 + YW_CHUNK_MAX;
	struct yw_session *a, *b;
	struct yw_buf one = YW_BUF_INIT;

	begin(1, 1, 1);
	connect_both(&a, &b);
	memset(text, 'x', sizeof text);
	ask(a, (struct yw_bytes) { text, sizeof text });
	YW_CHECK(req.len == YW_FRAME_HEAD + 2 * chunk);
	yw_buf_add(&one, req.data, req.len);
	memcpy(req.data + YW_FRAME_HEAD, one.data + YW_FRAME_HEAD + chunk, chunk);
	memcpy(req.data + YW_FRAME_HEAD + chunk, one.data + YW_FRAME_HEAD, chunk);
	feed_is_unknown(YW_ESIG);
	memcpy(req.data + YW_FRAME_HEAD, one.data + YW_FRAME_HEAD, chunk);
	feed_is_unknown(YW_ESIG);
	req.len -= chunk;
	feed_is_unknown(YW_ESIG);
	yw_buf_clear(&req);
	yw_buf_add(&req, one.data, one.len);
	yw_buf_add(&req, one.data + YW_FRAME_HEAD + chunk, chunk);
	feed_is_unknown(YW_ESIG);
	ask(a, (struct yw_bytes) { text, sizeof text });
	memcpy(req.data + YW_FRAME_HEAD + chunk, one.data + YW_FRAME_HEAD + chunk, chunk);
	feed_is_unknown(YW_ESIG);
	yw_buf_clear(&req);
	yw_buf_add(&req, one.data, one.len);
	answer(b, YW_BYTES_LIT(""));
	yw_buf_release(&one);
	done(a, b);
}

static void
message_sizes(void)
{
	static uint8_t text[YW_MESSAGE_MAX + 1];
	static const size_t sizes[] = { 0, 1, YW_CHUNK_PLAIN_MAX - 1, YW_CHUNK_PLAIN_MAX, YW_CHUNK_PLAIN_MAX + 1,
		YW_MESSAGE_MAX };
	struct yw_session *a, *b;
	uint64_t m;

	begin(1, 1, 1);
	connect_both(&a, &b);
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(i * 31 >> 3);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct yw_bytes t = { text, sizes[i] };

		m = ask(a, t);
		answer(b, t);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), t));
		yw_buf_clear(&plain);
		YW_PASS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), t));
	}
	YW_CHECK(rep.len == YW_FRAME_MAX);
	yw_buf_clear(&req);
	YW_FAILS(yw_session_request(a, (struct yw_bytes) { text, sizeof text }, &m, &req, &err), YW_ELIMIT);
	YW_CHECK(req.len == 0);
	ask(a, (struct yw_bytes) { text, YW_MESSAGE_MAX });
	yw_buf_add_byte(&req, 0);
	feed_is_unknown(YW_ELIMIT);
	done(a, b);
}

/* A frame may be within its limit and hold more than 4,096 chunks: refused before anything is opened. */
static void
too_many_chunks(void)
{
	struct yw_session *a, *b;

	begin(1, 1, 1);
	connect_both(&a, &b);
	ask(a, YW_BYTES_LIT(""));
	req.len = YW_FRAME_HEAD;
	for (int i = 0; i < 4096; i++) {
		yw_buf_add_be16(&req, 16);
		memset(yw_buf_extend(&req, 16), 0, 16);
	}
	feed_is_unknown(YW_ESIG);
	yw_buf_add_be16(&req, 16);
	memset(yw_buf_extend(&req, 16), 0, 16);
	feed_is_unknown(YW_EFORMAT);
	done(a, b);
}

static void
numbers_have_an_end(void)
{
	static const uint64_t bad[] = { 0, (UINT64_C(1) << 52) - 1, UINT64_C(1) << 52, UINT64_MAX };
	struct yw_session *a, *b;

	begin(1, 1, 1);
	connect_both(&a, &b);
	ask(a, YW_BYTES_LIT("x"));
	for (size_t i = 0; i < 4; i++) {
		yw_put_be64(req.data + 9, bad[i]);
		feed_is_unknown(YW_EFORMAT);
	}
	yw_put_be64(req.data + 9, (UINT64_C(1) << 52) - 2);
	feed_is_unknown(YW_ESIG);
	done(a, b);
}

/* --- the window --- */

#define KEPT 2100

/* Requests 1 to KEPT, kept aside, so that they can be fed in any order. */
static void
keep_frames(struct yw_session *a, struct yw_buf *frames)
{
	uint64_t m;

	for (int i = 0; i < KEPT; i++) {
		frames[i] = (struct yw_buf)YW_BUF_INIT;
		YW_PASS(yw_session_request(a, YW_BYTES_LIT("x"), &m, &frames[i], &err));
	}
}

static enum yw_code
feed_kept(const struct yw_buf *frames, int m)
{
	struct yw_sessions_in in;

	yw_buf_clear(&req);
	yw_buf_add(&req, frames[m - 1].data, frames[m - 1].len);
	in = feed();
	yw_session_unref(in.session);
	return in.fault;
}

static void
window_edges(void)
{
	static struct yw_buf f[KEPT];
	struct yw_session *a, *b;

	begin(1, 1, 1);
	connect_both(&a, &b);
	keep_frames(a, f);
	YW_PASS(feed_kept(f, 2));
	YW_FAILS(feed_kept(f, 2), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 1));		/* out of order */
	YW_FAILS(feed_kept(f, 1), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 1030));		/* 7 to 1030 are in the window */
	YW_FAILS(feed_kept(f, 2), YW_ECONFLICT);
	YW_FAILS(feed_kept(f, 6), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 7));
	YW_FAILS(feed_kept(f, 7), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 1031));		/* takes the place of 7 */
	YW_FAILS(feed_kept(f, 1031), YW_ECONFLICT);
	YW_FAILS(feed_kept(f, 7), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 8));
	YW_PASS(feed_kept(f, 1029));
	YW_PASS(feed_kept(f, 1031 + 1024));	/* a leap over the whole window */
	YW_FAILS(feed_kept(f, 1031), YW_ECONFLICT);
	YW_PASS(feed_kept(f, 1032));
	YW_PASS(feed_kept(f, 1033));
	YW_FAILS(feed_kept(f, 1031 + 1024), YW_ECONFLICT);
	for (int i = 0; i < KEPT; i++)
		yw_buf_release(&f[i]);
	done(a, b);
}

/* Any order, any losses, every frame twice: each is taken at most once, and never when older than the window. */
static void
window_random(void)
{
	static struct yw_buf f[KEPT];
	static bool taken[KEPT + 1];
	uint64_t seed = yw_test_seed();
	struct yw_session *a, *b;
	int highest = 0;

	begin(1, 1, 1);
	connect_both(&a, &b);
	keep_frames(a, f);
	memset(taken, 0, sizeof taken);
	for (int i = 0; i < 6000; i++) {
		int at = i * KEPT / 6000, m = at - 1200 + (int)(yw_test_next(&seed) % 1400);
		bool want;

		if (m < 1 || m > KEPT)
			continue;
		want = !taken[m] && m > highest - YW_SESSION_WINDOW;
		YW_CHECK_MSG(feed_kept(f, m) == (want ? YW_OK : YW_ECONFLICT), "message %d at highest %d", m, highest);
		taken[m] = taken[m] || want;
		highest = want && m > highest ? m : highest;
	}
	for (int i = 0; i < KEPT; i++)
		yw_buf_release(&f[i]);
	done(a, b);
}

/* A forged number far ahead must not move the window. */
static void
forged_number(void)
{
	static struct yw_buf f[KEPT];
	struct yw_session *a, *b;

	begin(1, 1, 1);
	connect_both(&a, &b);
	keep_frames(a, f);
	yw_buf_clear(&req);
	yw_buf_add(&req, f[0].data, f[0].len);
	yw_put_be64(req.data + 9, 1000000);
	feed_is_unknown(YW_ESIG);
	YW_PASS(feed_kept(f, 1));
	for (int i = 0; i < KEPT; i++)
		yw_buf_release(&f[i]);
	done(a, b);
}

/* Replies come in another order than the requests went; each fits its own request only. */
static void
replies_in_any_order(void)
{
	struct yw_session *a, *b;
	struct yw_buf replies[3] = { YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT };
	uint64_t m[3];

	begin(1, 1, 1);
	connect_both(&a, &b);
	for (int i = 0; i < 3; i++) {
		m[i] = ask(a, YW_BYTES_LIT("?"));
		answer(b, (struct yw_bytes) { (const uint8_t *)"012" + i, 1 });
		yw_buf_add(&replies[i], rep.data, rep.len);
	}
	for (int i = 2; i >= 0; i--) {
		yw_buf_clear(&plain);
		YW_FAILS(yw_session_open_reply(a, m[(i + 1) % 3], yw_buf_bytes(&replies[i]), &plain, &err), YW_ESIG);
		YW_PASS(yw_session_open_reply(a, m[i], yw_buf_bytes(&replies[i]), &plain, &err));
		YW_CHECK(plain.len == 1 && plain.data[0] == '0' + i);
		yw_buf_release(&replies[i]);
	}
	done(a, b);
}

#define THREADS 4
#define ROUNDS 200

struct worker {
	pthread_t thread;
	struct yw_session *a;
	bool ok;
};

static void *
work(void *arg)
{
	struct yw_buf frame = YW_BUF_INIT, text = YW_BUF_INIT, reply = YW_BUF_INIT;
	struct worker *w = arg;
	struct yw_sessions_in in;
	uint64_t m;

	w->ok = true;
	for (int i = 0; i < ROUNDS && w->ok; i++) {
		yw_buf_clear(&frame), yw_buf_clear(&text), yw_buf_clear(&reply);
		w->ok = yw_session_request(w->a, YW_BYTES_LIT("ping"), &m, &frame, NULL) == YW_OK &&
		    yw_sessions_feed(table, yw_buf_bytes(&frame), NULL, &in, &text, &reply, NULL) == YW_OK &&
		    in.what == YW_FED_REQUEST && in.m == m &&
		    yw_session_reply(in.session, in.m, yw_buf_bytes(&text), &reply, NULL) == YW_OK;
		if (!w->ok)
			break;
		yw_session_unref(in.session);
		yw_buf_clear(&text);
		w->ok = yw_session_open_reply(w->a, m, yw_buf_bytes(&reply), &text, NULL) == YW_OK && text.len == 4;
		yw_sessions_expire(table);
	}
	yw_buf_release(&frame), yw_buf_release(&text), yw_buf_release(&reply);
	return NULL;
}

static void
many_threads(void)
{
	struct worker w[THREADS];
	struct yw_session *a, *b;

	begin(1, 1, 1);
	connect_both(&a, &b);
	for (int i = 0; i < THREADS; i++) {
		w[i].a = a;
		YW_CHECK(pthread_create(&w[i].thread, NULL, work, &w[i]) == 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(w[i].thread, NULL);
	for (int i = 0; i < THREADS; i++)
		YW_CHECK(w[i].ok);
	done(a, b);
}

YW_TESTS({ "R2 request: every flipped bit, every cut", bent_requests },
    { "R2 reply: every flipped bit, every cut, another request's", bent_replies },
    { "R2 a frame turned round", wrong_direction },
    { "R2 chunks swapped, lost, repeated, mixed", chunks_apart },
    { "R2 messages: empty, chunk edges, longest, one over", message_sizes },
    { "R2 more than 4,096 chunks", too_many_chunks },
    { "R2 message numbers have an end", numbers_have_an_end },
    { "R2 window: its edges", window_edges },
    { "R2 window: any order, any losses", window_random },
    { "R2 window: a forged number does not move it", forged_number },
    { "R2 replies in any order", replies_in_any_order },
    { "R2 many threads seal and open", many_threads })
