/*
 * Both sides of a session fed anything.  The first byte chooses the side (even: the responder's table, odd:
 * an initiator in mid-handshake); then frames follow, each a u16 length and bytes.  Keys and randomness are
 * those of vectors/sync/session_transcript.py, so that the seeds, its frames, go all the way.
 */
#include "support/fuzz.h"
#include "sync/session.h"

static uint8_t next_byte;

static int64_t
no_time(void *arg)
{
	(void)arg;
	return 0;
}

static void
counted(void *arg, void *out, size_t len)
{
	(void)arg;
	memset(out, next_byte, len);
	next_byte = next_byte == 5 ? 4 : (uint8_t)(next_byte + 7);
}

static void
nobody_goes(void *arg, struct yw_session *s, enum yw_dropped why)
{
	(void)arg;
	(void)s;
	YW_FUZZ_CHECK(why == YW_DROPPED_CROWDED);
}

static bool
next_frame(struct yw_bytes *in, struct yw_bytes *frame)
{
	size_t len;

	if (in->len < 2)
		return false;
	len = yw_get_be16(in->data);
	*frame = (struct yw_bytes) { in->data + 2, len < in->len - 2 ? len : in->len - 2 };
	in->data += 2 + frame->len;
	in->len -= 2 + frame->len;
	return true;
}

static struct yw_session_self
self_of(uint8_t key, uint16_t minor_high)
{
	struct yw_session_self self = { .major = 1, .minor_high = minor_high, .clock = { no_time, no_time, NULL },
		.random = { counted, NULL } };

	memset(self.key.b, key, sizeof self.key.b);
	memset(self.network.b, 6, sizeof self.network.b);
	return self;
}

/* Every frame is answered; a request is taken once; limits hold. */
static void
as_responder(struct yw_bytes in)
{
	struct yw_session_self self = self_of(3, 1);
	struct yw_sessions_limits limits = { 1, 2, 2 };
	struct yw_buf plain = YW_BUF_INIT, reply = YW_BUF_INIT;
	struct yw_sessions_count count;
	struct yw_sessions_in got;
	struct yw_sessions *t;
	struct yw_bytes frame;

	next_byte = 5;
	YW_FUZZ_CHECK(yw_sessions_new(&self, &limits, nobody_goes, NULL, &t) == YW_OK);
	while (next_frame(&in, &frame)) {
		yw_buf_clear(&plain);
		yw_buf_clear(&reply);
		YW_FUZZ_CHECK(yw_sessions_feed(t, frame, NULL, &got, &plain, &reply, NULL) == YW_OK);
		YW_FUZZ_CHECK((got.what == YW_FED_REPLY) == (reply.len > 0));
		YW_FUZZ_CHECK((got.what == YW_FED_REPLY) == (got.session == NULL));
		if (got.what == YW_FED_HELLO)
			YW_FUZZ_CHECK(yw_session_welcome(got.session, yw_buf_bytes(&plain), &reply, NULL) == YW_OK);
		if (got.what == YW_FED_REQUEST) {
			YW_FUZZ_CHECK(yw_session_reply(got.session, got.m, yw_buf_bytes(&plain), &reply, NULL) == YW_OK);
			yw_session_unref(got.session);
			yw_buf_clear(&reply);
			YW_FUZZ_CHECK(yw_sessions_feed(t, frame, NULL, &got, &plain, &reply, NULL) == YW_OK);
			YW_FUZZ_CHECK(got.what == YW_FED_REPLY && got.fault == YW_ECONFLICT);
		}
		yw_session_unref(got.session);
		yw_sessions_count(t, &count);
		YW_FUZZ_CHECK(count.half_open <= 2 && count.strangers <= 2 && count.admitted == 0);
	}
	yw_buf_release(&plain);
	yw_buf_release(&reply);
	yw_sessions_free(t);
}

static void
as_initiator(struct yw_bytes in)
{
	struct yw_session_self self = self_of(1, 2);
	struct yw_buf plain = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_session *s;
	struct yw_bytes frame;
	bool up = false;
	uint64_t m = 0;

	next_byte = 2;
	YW_FUZZ_CHECK(yw_session_offer(&self, &s, &request, NULL) == YW_OK);
	if (next_frame(&in, &frame) &&
	    yw_session_accept(s, frame, YW_BYTES_LIT("hello from below"), &request, NULL) == YW_OK &&
	    next_frame(&in, &frame))
		up = yw_session_confirm(s, frame, &plain, NULL) == YW_OK;
	YW_FUZZ_CHECK((yw_session_request(s, YW_BYTES_LIT("what is new?"), &m, &request, NULL) == YW_OK) == up);
	while (up && next_frame(&in, &frame)) {
		yw_buf_clear(&plain);
		if (yw_session_open_reply(s, m, frame, &plain, NULL) == YW_OK)
			YW_FUZZ_CHECK(yw_session_open_reply(s, m, frame, &plain, NULL) == YW_ECONFLICT);
		else
			YW_FUZZ_CHECK(plain.len == 0);
	}
	yw_session_unref(s);
	yw_buf_release(&plain);
	yw_buf_release(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in;

	if (len == 0)
		return 0;
	in = (struct yw_bytes) { data + 1, len - 1 };
	if (data[0] % 2 == 0)
		as_responder(in);
	else
		as_initiator(in);
	return 0;
}
