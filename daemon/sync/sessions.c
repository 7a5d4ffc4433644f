/*
 * sessions.c - the responder: a bounded table of sessions, and what a request frame means to it.
 *
 * Whoever can connect can make us remember something; so each kind of session has its own bound, and a
 * crowd of strangers or of unfinished handshakes pushes out only its like; of strangers those of the address from which
 * most of them come, so that one of them, with keys as many as it likes, keeps nobody else out.  Lookups walk the whole table:
 * a few hundred pointers, far cheaper than the message that follows.
 *
 * Handshake messages are read and written outside the table's lock.  A finish is claimed first
 * (SESSION_FINISHING), so that the same one, sent twice, is read by one thread only.
 */
#include "sync/session_int.h"

#include <stdlib.h>

#include "base/fault.h"

#define DROPPED_MAX 2	/* by one new session: one of its key, one stranger */

struct yw_sessions {
	const struct yw_session_self *self;
	struct yw_sessions_limits limits;
	yw_session_gone *gone;
	void *arg;
	pthread_mutex_t lock;	/* for the table, and for `state` and `admitted` of what is in it */
	struct yw_session **all;
	size_t n, max;
};

enum yw_code
yw_sessions_new(const struct yw_session_self *self, const struct yw_sessions_limits *limits,
    yw_session_gone *gone, void *arg, struct yw_sessions **out)
{
	struct yw_sessions *t = calloc(1, sizeof *t);

	if (t == NULL)
		return YW_ENOMEM;
	t->self = self;
	t->limits = *limits;
	t->gone = gone;
	t->arg = arg;
	t->max = limits->admitted + limits->strangers + limits->half_open;
	t->all = calloc(t->max + 1, sizeof *t->all);
	if (t->all == NULL) {
		free(t);
		return YW_ENOMEM;
	}
	pthread_mutex_init(&t->lock, NULL);
	*out = t;
	return YW_OK;
}

void
yw_sessions_free(struct yw_sessions *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n; i++) {
		yw_session_stop(t->all[i]);
		yw_session_unref(t->all[i]);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->all);
	free(t);
}

/* --- under the table's lock --- */

static struct yw_session *
find(const struct yw_sessions *t, const uint8_t *id)
{
	for (size_t i = 0; i < t->n; i++)
		if (memcmp(t->all[i]->id, id, YW_SESSION_ID_BYTES) == 0)
			return t->all[i];
	return NULL;
}

/* The table's reference goes to the caller; NULL if it was not there. */
static struct yw_session *
take_out(struct yw_sessions *t, struct yw_session *s)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->all[i] == s) {
			t->all[i] = t->all[--t->n];
			yw_session_stop(s);
			return s;
		}
	return NULL;
}

static bool
is_half_open(const struct yw_session *s)
{
	return s->state != SESSION_OPEN;
}

static bool
is_stranger(const struct yw_session *s)
{
	return s->state == SESSION_OPEN && !s->admitted;
}

static void
count(const struct yw_sessions *t, struct yw_sessions_count *out)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < t->n; i++) {
		out->half_open += is_half_open(t->all[i]);
		out->strangers += is_stranger(t->all[i]);
		out->admitted += t->all[i]->admitted;
	}
}

static bool
is_longer_silent(struct yw_session *a, struct yw_session *b)
{
	return b == NULL || atomic_load(&a->used_ms) < atomic_load(&b->used_ms);
}

/* The longest silent session of that key; NULL if there is none. */
static struct yw_session *
oldest(const struct yw_sessions *t, const struct yw_dh_public *key)
{
	struct yw_session *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct yw_session *s = t->all[i];

		if (s->state == SESSION_OPEN && memcmp(key, &s->peer, sizeof *key) == 0 && is_longer_silent(s, found))
			found = s;
	}
	return found;
}

/* How many strangers come from the address of `s`, with that one. */
static size_t
count_from(const struct yw_sessions *t, const struct yw_session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += (t->all[i] == s || is_stranger(t->all[i])) && memcmp(&t->all[i]->from, &s->from, sizeof s->from) == 0;
	return n;
}

/* Who makes room for another stranger, which is no stranger yet: the longest silent one of the address from which most
 * come; NULL if there is none. */
static struct yw_session *
most_crowded(const struct yw_sessions *t, const struct yw_session *fresh)
{
	size_t own = count_from(t, fresh), most = 0;
	struct yw_session *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		struct yw_session *s = t->all[i];
		size_t n = !is_stranger(s) ? 0 : memcmp(&s->from, &fresh->from, sizeof s->from) == 0 ? own : count_from(t, s);

		if (n > most || (n == most && n != 0 && is_longer_silent(s, found))) {
			most = n;
			found = s;
		}
	}
	return found;
}

static struct yw_session *
oldest_half_open(const struct yw_sessions *t)
{
	struct yw_session *found = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (t->all[i]->state == SESSION_HALF_OPEN &&
		    (found == NULL || t->all[i]->born_ms < found->born_ms))
			found = t->all[i];
	return found;
}

static size_t
count_of_key(const struct yw_sessions *t, const struct yw_dh_public *key)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->all[i]->state == SESSION_OPEN && memcmp(key, &t->all[i]->peer, sizeof *key) == 0;
	return n;
}

/* --- the handshake --- */

/* Puts a half-open session in; false: no room. */
static bool
insert(struct yw_sessions *t, struct yw_session *s)
{
	struct yw_session *pushed = NULL;
	struct yw_sessions_count c;
	bool fits;

	pthread_mutex_lock(&t->lock);
	count(t, &c);
	if (c.half_open >= t->limits.half_open) {
		pushed = oldest_half_open(t);
		if (pushed != NULL)
			take_out(t, pushed);
	}
	fits = (c.half_open < t->limits.half_open || pushed != NULL) && t->n < t->max && find(t, s->id) == NULL;
	if (fits)
		t->all[t->n++] = yw_session_ref(s);
	pthread_mutex_unlock(&t->lock);
	yw_session_unref(pushed);
	return fits;
}

void
yw_session_refuse(const struct yw_session_self *self, enum yw_refusal why, uint16_t offered_major,
    struct yw_buf *reply)
{
	yw_buf_add_byte(reply, FRAME_REFUSAL);
	yw_buf_add_byte(reply, (uint8_t)why);
	yw_buf_add_be16(reply, self->major);
	yw_buf_add_be16(reply, offered_major);
	yw_buf_add_be16(reply, self->minor_low);
	yw_buf_add_be16(reply, self->minor_high);
}

struct offer {
	const uint8_t *network;
	uint16_t major, low, high;
	struct yw_bytes clear;		/* the prologue */
	struct yw_bytes noise;
};

/* Reads the part that every major version has; the rest only if the major is ours. */
static enum yw_code
read_offer(const struct yw_session_self *self, struct yw_bytes frame, struct offer *out, struct yw_error *err)
{
	size_t len = frame.len < 3 ? 0 : yw_get_be16(frame.data + 1);

	if (len < 34 || frame.len - 3 < len)
		return yw_fail(err, YW_EFORMAT, "an offer is cut short");
	out->network = frame.data + 3;
	out->major = yw_get_be16(frame.data + 3 + 32);
	if (out->major != self->major)
		return YW_OK;
	if (len < YW_OFFER_BYTES || len > YW_OFFER_MAX || frame.len != 3 + len + YW_NOISE_1_BYTES)
		return yw_fail(err, YW_EFORMAT, "an offer has %zu bytes in a frame of %zu", len, frame.len);
	out->low = yw_get_be16(frame.data + 3 + 34);
	out->high = yw_get_be16(frame.data + 3 + 36);
	out->clear = (struct yw_bytes) { frame.data, 3 + len };
	out->noise = (struct yw_bytes) { frame.data + 3 + len, YW_NOISE_1_BYTES };
	return YW_OK;
}

static enum yw_code
refuse(const struct yw_sessions *t, enum yw_refusal why, const struct offer *o, struct yw_buf *reply,
    struct yw_error *err)
{
	static const char *const words[] = { [YW_REFUSED_MAJOR] = "another major version",
		[YW_REFUSED_NETWORK] = "another network", [YW_REFUSED_MINOR] = "no minor version in common",
		[YW_REFUSED_BUSY] = "no room for another session", [YW_REFUSED_PEER] = "not wanted" };

	yw_session_refuse(t->self, why, o->major, reply);
	return yw_fail(err, YW_EDENIED, "refused: %s (offered version %u)", words[why], o->major);
}

/* 0, or why the offer is refused; *minor is the highest that both speak. */
static enum yw_refusal
judge_offer(const struct yw_session_self *self, const struct offer *o, uint16_t *minor)
{
	if (o->major != self->major)
		return YW_REFUSED_MAJOR;
	if (memcmp(o->network, self->network.b, sizeof self->network.b) != 0)
		return YW_REFUSED_NETWORK;
	*minor = o->high < self->minor_high ? o->high : self->minor_high;
	if (*minor < o->low || *minor < self->minor_low)
		return YW_REFUSED_MINOR;
	return 0;
}

/* Reads noise(1), makes the choice and noise(2). */
static enum yw_code
choose(struct yw_session *s, const struct offer *o, struct yw_buf *reply, struct yw_error *err)
{
	const struct yw_session_self *self = s->self;
	struct yw_buf nothing = YW_BUF_INIT;
	size_t start = reply->len;
	struct yw_dh_secret e, own;
	enum yw_code code;

	self->random.fill(self->random.arg, s->id, sizeof s->id);
	self->random.fill(self->random.arg, e.b, sizeof e.b);
	yw_session_own_key(self, &own);
	yw_noise_init(&s->noise, false, &own, &e, o->clear);
	yw_wipe(&own, sizeof own);
	yw_wipe(&e, sizeof e);
	code = yw_noise_read(&s->noise, o->noise, &nothing, err);
	yw_buf_release(&nothing);
	yw_buf_add_byte(reply, FRAME_SHAKE);
	yw_buf_add(reply, s->id, sizeof s->id);
	yw_buf_add_be16(reply, s->minor);
	if (code == YW_OK)
		code = yw_buf_check(reply, err);
	if (code == YW_OK) {
		yw_noise_mix(&s->noise, (struct yw_bytes) { reply->data + start, CHOICE_CLEAR_BYTES });
		code = yw_noise_write(&s->noise, (struct yw_bytes) { NULL, 0 }, reply, err);
	}
	if (code != YW_OK)
		reply->len = start;
	return code;
}

static enum yw_code
feed_offer(struct yw_sessions *t, struct yw_bytes frame, const struct yw_penalty_who *from, struct yw_buf *reply,
    struct yw_error *err)
{
	struct yw_session *s = NULL;
	size_t start = reply->len;
	enum yw_refusal why;
	uint16_t minor = 0;
	struct offer o = { 0 };
	enum yw_code code = read_offer(t->self, frame, &o, err);

	if (code != YW_OK)
		return code;
	why = judge_offer(t->self, &o, &minor);
	if (why != 0)
		return refuse(t, why, &o, reply, err);
	code = yw_session_make(t->self, false, &s, err);
	if (code != YW_OK)
		return code;
	s->state = SESSION_HALF_OPEN;
	s->minor = minor;
	if (from != NULL)
		s->from = *from;
	code = choose(s, &o, reply, err);
	if (code == YW_OK && !insert(t, s)) {
		reply->len = start;
		code = refuse(t, YW_REFUSED_BUSY, &o, reply, err);
	}
	yw_session_unref(s);
	return code;
}

/* Makes a session whose finish verified a stranger's, pushing out what is too many.  The pushed ones, at
 * most DROPPED_MAX, are the caller's; false: it is not in the table any more, or strangers are not taken. */
static bool
establish(struct yw_sessions *t, struct yw_session *s, struct yw_session *pushed[static DROPPED_MAX])
{
	struct yw_sessions_count c;
	bool ok;

	pthread_mutex_lock(&t->lock);
	if (count_of_key(t, &s->peer) >= YW_SESSIONS_PER_KEY)
		pushed[0] = take_out(t, oldest(t, &s->peer));
	count(t, &c);
	if (c.strangers >= t->limits.strangers && c.strangers > 0 && !YW_FAULT("strangers-quota"))
		pushed[1] = take_out(t, most_crowded(t, s));
	ok = find(t, s->id) == s && t->limits.strangers > 0;
	if (ok)
		s->state = SESSION_OPEN;
	pthread_mutex_unlock(&t->lock);
	return ok;
}

/* Takes the half-open session of that id for this thread; NULL if there is none.  The caller's reference. */
static struct yw_session *
claim(struct yw_sessions *t, const uint8_t *id)
{
	struct yw_session *s;

	pthread_mutex_lock(&t->lock);
	s = find(t, id);
	if (s != NULL && s->state == SESSION_HALF_OPEN) {
		s->state = SESSION_FINISHING;
		yw_session_ref(s);
	} else {
		s = NULL;
	}
	pthread_mutex_unlock(&t->lock);
	return s;
}

static enum yw_code
feed_finish(struct yw_sessions *t, struct yw_bytes frame, struct yw_sessions_in *in, struct yw_buf *plain,
    struct yw_error *err)
{
	const size_t head = 1 + YW_SESSION_ID_BYTES;
	struct yw_session *pushed[DROPPED_MAX] = { NULL };
	struct yw_session *s;
	size_t start = plain->len;
	enum yw_code code;

	if (frame.len < head + YW_NOISE_3_BYTES)
		return yw_fail(err, YW_EFORMAT, "a finish is cut short");
	s = claim(t, frame.data + 1);
	if (s == NULL)
		return yw_fail(err, YW_ENOENT, "a finish names no handshake under way");
	code = yw_noise_read(&s->noise, (struct yw_bytes) { frame.data + head, frame.len - head }, plain, err);
	if (code == YW_OK) {
		yw_session_opened(s);
		if (!establish(t, s, pushed))
			code = yw_fail(err, YW_ENOENT, "a finish came too late");
	}
	for (size_t i = 0; i < DROPPED_MAX; i++)
		if (pushed[i] != NULL) {
			t->gone(t->arg, pushed[i], YW_DROPPED_CROWDED);
			yw_session_unref(pushed[i]);
		}
	if (code != YW_OK) {
		plain->len = start;
		yw_sessions_drop(t, s);
		yw_session_unref(s);
		return code;
	}
	*in = (struct yw_sessions_in) { .what = YW_FED_HELLO, .session = s };
	return YW_OK;
}

/* --- messages --- */

static enum yw_code
feed_message(struct yw_sessions *t, struct yw_bytes frame, struct yw_sessions_in *in, struct yw_buf *plain,
    struct yw_error *err)
{
	struct yw_session *s;
	enum yw_code code;
	uint64_t m;

	if (frame.len < YW_FRAME_HEAD)
		return yw_fail(err, YW_EFORMAT, "a session message is cut short");
	pthread_mutex_lock(&t->lock);
	s = find(t, frame.data + 1);
	s = s != NULL && s->state == SESSION_OPEN ? yw_session_ref(s) : NULL;
	pthread_mutex_unlock(&t->lock);
	if (s == NULL)
		return yw_fail(err, YW_ENOENT, "a message names no session");
	code = yw_session_unseal(s, 0, frame, &m, plain, err);
	if (code != YW_OK) {
		yw_session_unref(s);
		return code == YW_ESTOPPED ? YW_ENOENT : code;
	}
	*in = (struct yw_sessions_in) { .what = YW_FED_REQUEST, .session = s, .m = m };
	return YW_OK;
}

enum yw_code
yw_sessions_feed(struct yw_sessions *t, struct yw_bytes frame, const struct yw_penalty_who *from, struct yw_sessions_in *in,
    struct yw_buf *plain, struct yw_buf *reply, struct yw_error *err)
{
	struct yw_sessions_in got = { .what = YW_FED_REPLY };
	enum yw_code code;

	switch (frame.len == 0 ? -1 : frame.data[0]) {
	case FRAME_SHAKE:
		code = feed_offer(t, frame, from, reply, err);
		break;
	case FRAME_FINISH:
		code = feed_finish(t, frame, &got, plain, err);
		break;
	case FRAME_MESSAGE:
		code = feed_message(t, frame, &got, plain, err);
		break;
	default:
		code = yw_fail(err, YW_EFORMAT, "a request is of no known kind");
	}
	if (code == YW_ENOMEM)
		return code;
	if (code != YW_OK && code != YW_EDENIED) {
		yw_buf_add_byte(reply, FRAME_UNKNOWN);
		if (reply->failed)
			return yw_buf_check(reply, err);
	}
	got.fault = code;
	*in = got;
	return YW_OK;
}

enum yw_code
yw_session_welcome(struct yw_session *s, struct yw_bytes hello, struct yw_buf *reply, struct yw_error *err)
{
	uint64_t m;

	return yw_session_seal(s, FRAME_FINISH, 0, hello, &m, reply, err);
}

enum yw_code
yw_session_reply(struct yw_session *s, uint64_t m, struct yw_bytes plain, struct yw_buf *reply, struct yw_error *err)
{
	uint64_t own;

	return yw_session_seal(s, FRAME_MESSAGE, m, plain, &own, reply, err);
}

/* --- what the caller decides --- */

enum yw_code
yw_sessions_admit(struct yw_sessions *t, struct yw_session *s, struct yw_error *err)
{
	struct yw_sessions_count c;
	enum yw_code code = YW_OK;

	pthread_mutex_lock(&t->lock);
	count(t, &c);
	if (find(t, s->id) != s)
		code = yw_fail(err, YW_ENOENT, "the session has ended");
	else if (!s->admitted && c.admitted >= t->limits.admitted)
		code = yw_fail(err, YW_ELIMIT, "there are %zu admitted sessions, as many as are allowed", c.admitted);
	else
		s->admitted = true;
	pthread_mutex_unlock(&t->lock);
	return code;
}

void
yw_sessions_drop(struct yw_sessions *t, struct yw_session *s)
{
	pthread_mutex_lock(&t->lock);
	s = take_out(t, s);
	pthread_mutex_unlock(&t->lock);
	yw_session_unref(s);
}

/* Is it time for s to go?  `*why` is for an established one. */
static bool
is_over(const struct yw_session *s, int64_t now, enum yw_dropped *why)
{
	if (s->state == SESSION_FINISHING)
		return false;	/* a thread has it, and will be done soon */
	if (s->state == SESSION_HALF_OPEN)
		return now - s->born_ms >= YW_HALF_OPEN_MS;
	*why = now - s->born_ms >= YW_SESSION_DAY_MS + YW_SESSION_GRACE_MS ? YW_DROPPED_OLD : YW_DROPPED_SILENT;
	return *why == YW_DROPPED_OLD || now - atomic_load(&s->used_ms) >= YW_SESSION_IDLE_MS;
}

/* One at a time, so that `gone` is called without the lock and without memory for a list. */
void
yw_sessions_expire(struct yw_sessions *t)
{
	int64_t now = yw_mono_ms(&t->self->clock);
	enum yw_dropped why = YW_DROPPED_SILENT;
	struct yw_session *s;

	do {
		s = NULL;
		pthread_mutex_lock(&t->lock);
		for (size_t i = 0; i < t->n && s == NULL; i++)
			if (is_over(t->all[i], now, &why))
				s = take_out(t, t->all[i]);
		pthread_mutex_unlock(&t->lock);
		if (s != NULL && s->state == SESSION_OPEN)
			t->gone(t->arg, s, why);
		yw_session_unref(s);
	} while (s != NULL);
}

void
yw_sessions_count(struct yw_sessions *t, struct yw_sessions_count *out)
{
	pthread_mutex_lock(&t->lock);
	count(t, out);
	pthread_mutex_unlock(&t->lock);
}
