/*
 * session_world.h - two nodes and the upper one's table, with a clock and randomness of the test's own.
 *
 * For the tests of sync/session.h: `req` and `rep` hold the frame that is under way, `plain` what was opened.
 */
#ifndef YW_TESTS_UNIT_SYNC_SESSION_WORLD_H
#define YW_TESTS_UNIT_SYNC_SESSION_WORLD_H

#include "support/testing.h"
#include "sync/session.h"

static int64_t now_ms;

static inline int64_t
test_now(void *arg)
{
	(void)arg;
	return now_ms;
}

static uint64_t random_state;
static const uint8_t *scripted;		/* one byte per call, repeated; NULL: from random_state */

static inline void
test_random(void *arg, void *out, size_t len)
{
	(void)arg;
	if (scripted != NULL) {
		memset(out, *scripted++, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = (uint8_t)yw_test_next(&random_state);
}

/* One world: two nodes, the table of the upper one, and what it was told. */
static struct yw_session_self down, up;
static struct yw_sessions *table;
static struct yw_penalty_who from;	/* by which address what is fed comes */
static struct yw_session *gone[64];
static enum yw_dropped gone_why[64];
static size_t n_gone;
static struct yw_buf req, rep, plain;
static struct yw_error err;

static inline void
on_gone(void *arg, struct yw_session *s, enum yw_dropped why)
{
	(void)arg;
	gone[n_gone] = s;
	gone_why[n_gone++] = why;
}

static inline void
self_init(struct yw_session_self *self, uint8_t key)
{
	*self = (struct yw_session_self) { .major = 1, .minor_high = 0, .clock = { test_now, test_now, NULL },
		.random = { test_random, NULL } };
	memset(self->key.b, key, sizeof self->key.b);
	memset(self->network.b, 6, sizeof self->network.b);
}

static inline void
begin(size_t admitted, size_t strangers, size_t half_open)
{
	struct yw_sessions_limits limits = { admitted, strangers, half_open };

	yw_sessions_free(table);
	now_ms = 1000000;
	random_state = 1;
	scripted = NULL;
	n_gone = 0;
	self_init(&down, 1);
	self_init(&up, 3);
	YW_PASS(yw_sessions_new(&up, &limits, on_gone, NULL, &table));
	yw_buf_clear(&req), yw_buf_clear(&rep), yw_buf_clear(&plain);
}

static inline void
end(void)
{
	yw_sessions_free(table);
	table = NULL;
	yw_buf_release(&req), yw_buf_release(&rep), yw_buf_release(&plain);
}

/* Feeds req to the table: the reply is in rep or the plaintext in plain. */
static inline struct yw_sessions_in
feed(void)
{
	struct yw_sessions_in in;

	yw_buf_clear(&rep), yw_buf_clear(&plain);
	YW_PASS(yw_sessions_feed(table, yw_buf_bytes(&req), &from, &in, &plain, &rep, &err));
	YW_CHECK((in.what == YW_FED_REPLY) == (in.session == NULL) && (in.what == YW_FED_REPLY) == (rep.len > 0));
	YW_CHECK(in.what != YW_FED_REPLY || plain.len == 0);
	YW_CHECK(in.what == YW_FED_REPLY || in.fault == YW_OK);
	return in;
}

static inline void
feed_is_unknown(enum yw_code fault)
{
	struct yw_sessions_in in = feed();

	YW_CHECK_MSG(in.what == YW_FED_REPLY && in.fault == fault, "fault is '%s'", yw_code_name(in.fault));
	YW_CHECK(rep.len == 1 && rep.data[0] == 0);
}

static inline void
feed_is_refused(enum yw_refusal why)
{
	struct yw_sessions_in in = feed();

	YW_CHECK(in.what == YW_FED_REPLY && in.fault == YW_EDENIED);
	YW_CHECK(rep.len == 10 && rep.data[0] == 4 && rep.data[1] == why);
}

static inline void
offer(struct yw_session **s)
{
	yw_buf_clear(&req);
	YW_PASS(yw_session_offer(&down, s, &req, &err));
}

/* Up to the finish, which is in req. */
static inline struct yw_session *
shake(void)
{
	struct yw_session *s;
	struct yw_sessions_in in;

	offer(&s);
	in = feed();
	YW_CHECK(in.what == YW_FED_REPLY && in.fault == YW_OK);
	yw_buf_clear(&req);
	YW_PASS(yw_session_accept(s, yw_buf_bytes(&rep), YW_BYTES_LIT("hello"), &req, &err));
	return s;
}

/* A whole session: *a is below, *b above. */
static inline void
connect_both(struct yw_session **a, struct yw_session **b)
{
	struct yw_sessions_in in;

	*a = shake();
	in = feed();
	YW_CHECK(in.what == YW_FED_HELLO && yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("hello")));
	*b = in.session;
	yw_buf_clear(&rep), yw_buf_clear(&plain);
	YW_PASS(yw_session_welcome(*b, YW_BYTES_LIT("welcome"), &rep, &err));
	YW_PASS(yw_session_confirm(*a, yw_buf_bytes(&rep), &plain, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("welcome")));
}

static inline void
done(struct yw_session *a, struct yw_session *b)
{
	yw_session_unref(a);
	yw_session_unref(b);
	end();
}

/* A request into req; its number. */
static inline uint64_t
ask(struct yw_session *a, struct yw_bytes text)
{
	uint64_t m;

	yw_buf_clear(&req);
	YW_PASS(yw_session_request(a, text, &m, &req, &err));
	return m;
}

/* Feeds req, which must be good, and answers it into rep. */
static inline void
answer(struct yw_session *b, struct yw_bytes text)
{
	struct yw_sessions_in in = feed();

	YW_CHECK(in.what == YW_FED_REQUEST && in.session == b);
	YW_PASS(yw_session_reply(b, in.m, text, &rep, &err));
	yw_session_unref(in.session);
}

#endif
