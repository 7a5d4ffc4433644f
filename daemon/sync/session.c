/*
 * session.c - one session: sealed messages of either side, and the initiator's handshake.
 *
 * The keys of an open session never change, so that messages are sealed and opened by several threads at
 * once; the lock guards only the numbers: m of what was sent, and the window of what was received.  A
 * window is asked before a message is opened (cheap refusal) and again, with the bit set, once it verified.
 */
#include "sync/session_int.h"

#include <stdlib.h>

#define CHUNKS_MAX 4096
#define CHUNK_MIN YW_AEAD_TAG_BYTES
#define M_MAX ((UINT64_C(1) << 52) - 2)		/* m * 4096 + c stays below the reserved nonce */
#define AD_BYTES (YW_SESSION_ID_BYTES + 1 + 8 + 2 + 2 + 8)

_Static_assert(YW_MESSAGE_MAX / YW_CHUNK_PLAIN_MAX < CHUNKS_MAX, "the longest message has nonces enough");
_Static_assert(YW_HELLO_MAX == YW_NOISE_MESSAGE_MAX - YW_NOISE_3_BYTES, "a hello fits noise(3)");

static void
fill_real(void *arg, void *out, size_t len)
{
	(void)arg;
	yw_random(out, len);
}

const struct yw_random_source yw_random_real = { fill_real, NULL };

enum yw_code
yw_session_make(const struct yw_session_self *self, bool initiator, struct yw_session **out, struct yw_error *err)
{
	struct yw_session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a session");
	s->self = self;
	s->initiator = initiator;
	s->born_ms = yw_mono_ms(&self->clock);
	atomic_init(&s->used_ms, s->born_ms);
	atomic_init(&s->refs, 1);
	atomic_init(&s->data, NULL);
	pthread_mutex_init(&s->lock, NULL);
	*out = s;
	return YW_OK;
}

struct yw_session *
yw_session_ref(struct yw_session *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void
yw_session_unref(struct yw_session *s)
{
	if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	pthread_mutex_destroy(&s->lock);
	yw_wipe(s, sizeof *s);
	free(s);
}

const struct yw_dh_public *
yw_session_peer_key(const struct yw_session *s)
{
	return &s->peer;
}

void
yw_session_set_data(struct yw_session *s, void *data)
{
	atomic_store(&s->data, data);
}

void *
yw_session_data(const struct yw_session *s)
{
	return atomic_load(&s->data);
}

void
yw_session_stop(struct yw_session *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopped = true;
	pthread_mutex_unlock(&s->lock);
}

void
yw_session_opened(struct yw_session *s)
{
	struct yw_noise_keys keys;

	yw_noise_split(&s->noise, &keys);
	memcpy(s->send_key, s->initiator ? keys.initiator : keys.responder, sizeof s->send_key);
	memcpy(s->recv_key, s->initiator ? keys.responder : keys.initiator, sizeof s->recv_key);
	yw_wipe(&keys, sizeof keys);
	s->peer = s->noise.rs;
	yw_noise_wipe(&s->noise);
	s->born_ms = yw_mono_ms(&s->self->clock);
	atomic_store(&s->used_ms, s->born_ms);
}

/* --- sealed messages --- */

struct chunk_ad {
	uint8_t b[AD_BYTES];
};

static void
ad_make(struct chunk_ad *ad, const struct yw_session *s, bool reply, uint64_t m, size_t total, uint64_t answered)
{
	memcpy(ad->b, s->id, YW_SESSION_ID_BYTES);
	ad->b[8] = reply;
	yw_put_be64(ad->b + 9, m);
	yw_put_be16(ad->b + 19, (uint16_t)total);
	yw_put_be64(ad->b + 21, answered);
}

static void
ad_set_chunk(struct chunk_ad *ad, size_t c)
{
	yw_put_be16(ad->b + 17, (uint16_t)c);
}

static enum yw_code
next_number(struct yw_session *s, uint64_t *m, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	pthread_mutex_lock(&s->lock);
	if (s->stopped || s->sent == M_MAX)
		code = yw_fail(err, YW_ESTOPPED, "the session has ended");
	else
		*m = ++s->sent;
	pthread_mutex_unlock(&s->lock);
	return code;
}

enum yw_code
yw_session_seal(struct yw_session *s, enum frame_kind kind, uint64_t answered, struct yw_bytes plain, uint64_t *m,
    struct yw_buf *frame, struct yw_error *err)
{
	size_t total = plain.len == 0 ? 1 : (plain.len + YW_CHUNK_PLAIN_MAX - 1) / YW_CHUNK_PLAIN_MAX;
	struct chunk_ad ad;
	enum yw_code code;
	uint8_t *p;

	if (plain.len > YW_MESSAGE_MAX)
		return yw_fail(err, YW_ELIMIT, "a message has more than %u bytes", YW_MESSAGE_MAX);
	p = yw_buf_extend(frame, YW_FRAME_HEAD + plain.len + total * (2 + YW_AEAD_TAG_BYTES));
	if (p == NULL)
		return yw_buf_check(frame, err);
	code = next_number(s, m, err);
	if (code != YW_OK) {
		frame->len = (size_t)(p - frame->data);
		return code;
	}
	*p++ = (uint8_t)kind;
	memcpy(p, s->id, YW_SESSION_ID_BYTES);
	yw_put_be64(p + YW_SESSION_ID_BYTES, *m);
	p += YW_SESSION_ID_BYTES + 8;
	ad_make(&ad, s, !s->initiator, *m, total, answered);
	for (size_t c = 0; c < total; c++) {
		size_t len = plain.len < YW_CHUNK_PLAIN_MAX ? plain.len : YW_CHUNK_PLAIN_MAX;

		ad_set_chunk(&ad, c);
		yw_put_be16(p, (uint16_t)(len + YW_AEAD_TAG_BYTES));
		yw_aead_seal(s->send_key, *m << 12 | c, ad.b, sizeof ad.b, plain.data, len, p + 2);
		p += 2 + len + YW_AEAD_TAG_BYTES;
		if (len != 0)
			plain.data += len;
		plain.len -= len;
	}
	return YW_OK;
}

/* Counts the chunks and what they hold; every length is checked here, before memory is asked for. */
static enum yw_code
measure(struct yw_bytes chunks, size_t *total, size_t *plain_len, struct yw_error *err)
{
	*total = *plain_len = 0;
	while (chunks.len != 0) {
		size_t len = chunks.len < 2 ? 0 : yw_get_be16(chunks.data);

		if (len < CHUNK_MIN || len > chunks.len - 2 || *total == CHUNKS_MAX)
			return yw_fail(err, YW_EFORMAT, "a session message is not made of whole chunks");
		*total += 1;
		*plain_len += len - YW_AEAD_TAG_BYTES;
		chunks.data += 2 + len;
		chunks.len -= 2 + len;
	}
	if (*total == 0)
		return yw_fail(err, YW_EFORMAT, "a session message has no chunk");
	if (*plain_len > YW_MESSAGE_MAX)
		return yw_fail(err, YW_ELIMIT, "a message has more than %u bytes", YW_MESSAGE_MAX);
	return YW_OK;
}

static bool
window_has(const struct session_window *w, uint64_t m)
{
	uint64_t bit = m % YW_SESSION_WINDOW;

	if (m > w->highest)
		return false;
	return w->highest - m >= YW_SESSION_WINDOW || (w->seen[bit / 64] >> bit % 64 & 1) != 0;
}

static void
window_add(struct session_window *w, uint64_t m)
{
	uint64_t bit = m % YW_SESSION_WINDOW;

	if (m > w->highest && m - w->highest >= YW_SESSION_WINDOW) {
		memset(w->seen, 0, sizeof w->seen);
		w->highest = m;
	}
	while (w->highest < m) {
		uint64_t passed = ++w->highest % YW_SESSION_WINDOW;

		w->seen[passed / 64] &= ~(UINT64_C(1) << passed % 64);
	}
	w->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* May m be taken?  With `take` it is, and cannot be again. */
static enum yw_code
number_check(struct yw_session *s, uint64_t m, bool take, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	pthread_mutex_lock(&s->lock);
	if (s->stopped)
		code = yw_fail(err, YW_ESTOPPED, "the session has ended");
	else if (window_has(&s->got, m))
		code = yw_fail(err, YW_ECONFLICT, "message %llu came before, or is older than the last %d",
		    (unsigned long long)m, YW_SESSION_WINDOW);
	else if (take)
		window_add(&s->got, m);
	pthread_mutex_unlock(&s->lock);
	return code;
}

static enum yw_code
open_chunks(const struct yw_session *s, uint64_t m, size_t total, uint64_t answered, const uint8_t *p, uint8_t *out)
{
	struct chunk_ad ad;

	ad_make(&ad, s, s->initiator, m, total, answered);
	for (size_t c = 0; c < total; c++) {
		size_t len = yw_get_be16(p);

		ad_set_chunk(&ad, c);
		if (yw_aead_open(s->recv_key, m << 12 | c, ad.b, sizeof ad.b, p + 2, len, out) != YW_OK)
			return YW_ESIG;
		p += 2 + len;
		out += len - YW_AEAD_TAG_BYTES;
	}
	return YW_OK;
}

enum yw_code
yw_session_unseal(struct yw_session *s, uint64_t answered, struct yw_bytes frame, uint64_t *m, struct yw_buf *plain,
    struct yw_error *err)
{
	size_t start = plain->len, total, plain_len;
	struct yw_bytes chunks;
	enum yw_code code;
	uint8_t *out;

	if (frame.len > YW_FRAME_MAX)
		return yw_fail(err, YW_ELIMIT, "a frame has more than %u bytes", (unsigned)YW_FRAME_MAX);
	if (frame.len < YW_FRAME_HEAD || memcmp(frame.data + 1, s->id, YW_SESSION_ID_BYTES) != 0)
		return yw_fail(err, YW_EFORMAT, "a frame is cut short or names another session");
	*m = yw_get_be64(frame.data + 1 + YW_SESSION_ID_BYTES);
	if (*m == 0 || *m > M_MAX)
		return yw_fail(err, YW_EFORMAT, "a message has no valid number");
	chunks = (struct yw_bytes) { frame.data + YW_FRAME_HEAD, frame.len - YW_FRAME_HEAD };
	code = measure(chunks, &total, &plain_len, err);
	if (code == YW_OK)
		code = number_check(s, *m, false, err);
	if (code != YW_OK)
		return code;
	out = yw_buf_extend(plain, plain_len);
	if (out == NULL)
		return yw_buf_check(plain, err);
	if (open_chunks(s, *m, total, answered, chunks.data, out) != YW_OK)
		code = yw_fail(err, YW_ESIG, "message %llu does not verify", (unsigned long long)*m);
	else
		code = number_check(s, *m, true, err);
	if (code != YW_OK)
		plain->len = start;
	else
		atomic_store(&s->used_ms, yw_mono_ms(&s->self->clock));
	return code;
}

/* --- the initiator --- */

static enum yw_code
read_refusal(const struct yw_session *s, struct yw_bytes reply, struct yw_error *err)
{
	unsigned theirs;

	if (reply.len < REFUSAL_BYTES)
		return yw_fail(err, YW_EFORMAT, "a refusal is cut short");
	theirs = yw_get_be16(reply.data + 2);
	switch (reply.data[1]) {
	case YW_REFUSED_MAJOR:
		return yw_fail(err, YW_EDENIED, "the peer speaks version %u, this node version %u: update the older",
		    theirs, s->self->major);
	case YW_REFUSED_NETWORK:
		return yw_fail(err, YW_EDENIED, "the peer belongs to another network: compare the network files");
	case YW_REFUSED_MINOR:
		return yw_fail(err, YW_EDENIED, "the peer speaks versions %u.%u to %u.%u, this node %u.%u to %u.%u: "
		    "update the older", theirs, yw_get_be16(reply.data + 6), theirs, yw_get_be16(reply.data + 8),
		    s->self->major, s->self->minor_low, s->self->major, s->self->minor_high);
	case YW_REFUSED_BUSY:
		return yw_fail(err, YW_EDENIED, "the peer has no room for another session now");
	case YW_REFUSED_PEER:
		return yw_fail(err, YW_EDENIED, "the peer does not want this node");
	default:
		return yw_fail(err, YW_EDENIED, "the peer refused for reason %u", reply.data[1]);
	}
}

/* Is this a reply of the kind that is due?  The two that may come at any time are read here. */
static enum yw_code
reply_kind(const struct yw_session *s, struct yw_bytes reply, enum frame_kind due, struct yw_error *err)
{
	if (reply.len == 1 && reply.data[0] == FRAME_UNKNOWN)
		return yw_fail(err, YW_ENOENT, "the peer does not know the session");
	if (reply.len > 0 && reply.data[0] == FRAME_REFUSAL)
		return read_refusal(s, reply, err);
	if (reply.len == 0 || reply.data[0] != due)
		return yw_fail(err, YW_EFORMAT, "the peer's reply is not of the kind that is due");
	return YW_OK;
}

void
yw_session_own_key(const struct yw_session_self *self, struct yw_dh_secret *out)
{
	if (self->lock != NULL)
		pthread_mutex_lock(self->lock);
	*out = self->key;
	if (self->lock != NULL)
		pthread_mutex_unlock(self->lock);
}

static void
add_offer(const struct yw_session_self *self, struct yw_buf *out)
{
	yw_buf_add_byte(out, FRAME_SHAKE);
	yw_buf_add_be16(out, YW_OFFER_BYTES);
	yw_buf_add(out, self->network.b, sizeof self->network.b);
	yw_buf_add_be16(out, self->major);
	yw_buf_add_be16(out, self->minor_low);
	yw_buf_add_be16(out, self->minor_high);
}

enum yw_code
yw_session_offer(const struct yw_session_self *self, struct yw_session **out, struct yw_buf *request,
    struct yw_error *err)
{
	struct yw_buf frame = YW_BUF_INIT;
	struct yw_session *s = NULL;
	struct yw_dh_secret e, own;
	enum yw_code code = yw_session_make(self, true, &s, err);

	if (code != YW_OK)
		return code;
	s->state = SESSION_OFFERED;
	self->random.fill(self->random.arg, e.b, sizeof e.b);
	add_offer(self, &frame);
	yw_session_own_key(self, &own);
	yw_noise_init(&s->noise, true, &own, &e, yw_buf_bytes(&frame));
	yw_wipe(&own, sizeof own);
	yw_wipe(&e, sizeof e);
	code = yw_noise_write(&s->noise, (struct yw_bytes) { NULL, 0 }, &frame, err);
	if (code == YW_OK) {
		yw_buf_add(request, frame.data, frame.len);
		code = yw_buf_check(request, err);
	}
	yw_buf_release(&frame);
	if (code == YW_OK)
		*out = s;
	else
		yw_session_unref(s);
	return code;
}

static enum yw_code
read_choice(struct yw_session *s, struct yw_bytes reply, struct yw_error *err)
{
	struct yw_bytes clear = { reply.data, CHOICE_CLEAR_BYTES };
	struct yw_buf nothing = YW_BUF_INIT;
	enum yw_code code;

	if (reply.len != CHOICE_CLEAR_BYTES + YW_NOISE_2_BYTES)
		return yw_fail(err, YW_EFORMAT, "the peer's choice is not %d bytes long",
		    CHOICE_CLEAR_BYTES + YW_NOISE_2_BYTES);
	memcpy(s->id, reply.data + 1, YW_SESSION_ID_BYTES);
	s->minor = yw_get_be16(reply.data + 1 + YW_SESSION_ID_BYTES);
	if (s->minor < s->self->minor_low || s->minor > s->self->minor_high)
		return yw_fail(err, YW_EFORMAT, "the peer chose version %u.%u, which was not offered",
		    s->self->major, s->minor);
	yw_noise_mix(&s->noise, clear);
	code = yw_noise_read(&s->noise, (struct yw_bytes) { reply.data + clear.len, reply.len - clear.len },
	    &nothing, err);
	yw_buf_release(&nothing);
	return code;
}

enum yw_code
yw_session_accept(struct yw_session *s, struct yw_bytes reply, struct yw_bytes hello, struct yw_buf *request,
    struct yw_error *err)
{
	size_t start = request->len;
	enum yw_code code;

	if (s->state != SESSION_OFFERED)
		return yw_fail(err, YW_EINVAL, "no choice is due");
	if (hello.len > YW_HELLO_MAX)
		return yw_fail(err, YW_ELIMIT, "a hello has more than %d bytes", YW_HELLO_MAX);
	code = reply_kind(s, reply, FRAME_SHAKE, err);
	if (code == YW_OK)
		code = read_choice(s, reply, err);
	if (code != YW_OK)
		return code;
	yw_buf_add_byte(request, FRAME_FINISH);
	yw_buf_add(request, s->id, sizeof s->id);
	code = yw_noise_write(&s->noise, hello, request, err);
	if (code != YW_OK) {
		request->len = start;
		return code;
	}
	yw_session_opened(s);
	s->state = SESSION_FINISHED;
	return YW_OK;
}

enum yw_code
yw_session_confirm(struct yw_session *s, struct yw_bytes reply, struct yw_buf *peer_hello, struct yw_error *err)
{
	enum yw_code code;
	uint64_t m;

	if (s->state != SESSION_FINISHED)
		return yw_fail(err, YW_EINVAL, "no welcome is due");
	code = reply_kind(s, reply, FRAME_FINISH, err);
	if (code == YW_OK)
		code = yw_session_unseal(s, 0, reply, &m, peer_hello, err);
	if (code == YW_OK)
		s->state = SESSION_OPEN;
	return code;
}

bool
yw_session_due(const struct yw_session *s)
{
	return yw_mono_ms(&s->self->clock) - s->born_ms >= YW_SESSION_DAY_MS;
}

enum yw_code
yw_session_request(struct yw_session *s, struct yw_bytes plain, uint64_t *m, struct yw_buf *frame,
    struct yw_error *err)
{
	if (!s->initiator || s->state != SESSION_OPEN)
		return yw_fail(err, YW_EINVAL, "the handshake is not done");
	return yw_session_seal(s, FRAME_MESSAGE, 0, plain, m, frame, err);
}

enum yw_code
yw_session_open_reply(struct yw_session *s, uint64_t m, struct yw_bytes frame, struct yw_buf *plain,
    struct yw_error *err)
{
	enum yw_code code;
	uint64_t reply_m;

	if (!s->initiator || s->state != SESSION_OPEN)
		return yw_fail(err, YW_EINVAL, "the handshake is not done");
	code = reply_kind(s, frame, FRAME_MESSAGE, err);
	if (code == YW_OK)
		code = yw_session_unseal(s, m, frame, &reply_m, plain, err);
	return code;
}
