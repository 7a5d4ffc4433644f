/*
 * transport_client.c - the side that connects: one REQ socket and one dialer for each upstream.
 *
 * NNG keeps the connection up; we keep a session up on it: a handshake as soon as there is a connection and
 * the pause is over, a new one when the session is lost or a day old.  The pause doubles with each failure,
 * and is random within its half, so that a hundred children do not come back in the same instant.
 */
#include "sync/transport_int.h"

#include <nng/protocol/reqrep0/req.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/log.h"

#define RECONNECT_MIN_MS 250
#define RECONNECT_MAX_MS 30000
#define PAUSE_MIN_MS 250
#define PAUSE_DOUBLINGS_MAX 8		/* about a minute */
#define STEADY_MS 60000			/* a link that lived this long was a success */
#define CUT_FAILURES 4			/* a parent that lied counts as so many */
#define SILENT_AFTER_MS 30000

static int64_t
pause_after(const struct upstream *up)
{
	unsigned doublings = up->failures == 0 ? 0 : up->failures - 1;
	uint32_t random, most;

	yw_random(&random, sizeof random);
	most = (uint32_t)PAUSE_MIN_MS << (doublings < PAUSE_DOUBLINGS_MAX ? doublings : PAUSE_DOUBLINGS_MAX);
	return most / 2 + random % (most / 2);
}

/* --- Slots --- */

/* Hands a frame to NNG.  A failure leaves the slot as it was. */
static enum yw_code
slot_send(struct slot *s, const struct yw_buf *frame)
{
	struct yw_transport *t = s->up->t;
	int64_t left = s->deadline_ms - yw_tr_now(t);
	bool ending;
	nng_msg *msg;

	if (left <= 0)
		return YW_ETIMEOUT;
	if (yw_tr_msg(frame, &msg) != YW_OK)
		return YW_ENOMEM;
	pthread_mutex_lock(&t->lock);
	ending = t->stopping || (s->link != NULL && s->link->ending);
	if (!ending)
		s->state = SLOT_SENDING;
	pthread_mutex_unlock(&t->lock);
	if (ending) {
		nng_msg_free(msg);
		return YW_ESTOPPED;
	}
	nng_aio_set_msg(s->aio, msg);
	nng_aio_set_timeout(s->aio, (nng_duration)left);
	nng_ctx_send(s->ctx, s->aio);
	pthread_mutex_lock(&t->lock);
	if (s->state == SLOT_SENDING && s->link != NULL && s->link->ending)
		nng_aio_abort(s->aio, NNG_ECANCELED);	/* yw_client_abort() may have come before the send */
	pthread_mutex_unlock(&t->lock);
	return YW_OK;
}

/*
 * NNG's callback: the request has left, or its answer came, or neither.  The receive is posted at once: an
 * answer that nobody waits for is lost with its connection.
 */
static void
slot_done(void *arg)
{
	struct slot *s = arg;
	struct yw_transport *t = s->up->t;
	nng_msg *unsent = NULL;
	int64_t left;

	pthread_mutex_lock(&t->lock);
	s->result = nng_aio_result(s->aio);
	left = s->deadline_ms - yw_tr_now(t);
	if (s->state == SLOT_SENDING && s->result == 0 && (s->link == NULL || !s->link->ending)) {
		s->state = SLOT_RECEIVING;
		nng_aio_set_timeout(s->aio, left > 0 ? (nng_duration)left : 1);
		nng_ctx_recv(s->ctx, s->aio);	/* under the lock, so that no abort falls between */
		pthread_mutex_unlock(&t->lock);
		return;
	}
	if (s->state == SLOT_RECEIVING && s->result == 0)
		s->msg = nng_aio_get_msg(s->aio);
	else if (s->state == SLOT_SENDING && s->result != 0)
		unsent = nng_aio_get_msg(s->aio);
	else if (s->state == SLOT_SENDING)
		s->result = NNG_ECANCELED;
	s->state = SLOT_OPENING;
	yw_tr_post(t, &s->job);
	pthread_mutex_unlock(&t->lock);
	if (unsent != NULL)
		nng_msg_free(unsent);
}

void
yw_client_abort(struct upstream *up)
{
	for (size_t i = 1; i <= YW_LINK_REQUESTS_MAX; i++)
		if (up->slots[i].state == SLOT_SENDING || up->slots[i].state == SLOT_RECEIVING)
			nng_aio_abort(up->slots[i].aio, NNG_ECANCELED);
}

/* --- Requests --- */

/* What the answer means for the link.  Locked; gives the connection to close, or id 0. */
static nng_pipe
judge_answer(struct yw_link *link, enum yw_code code)
{
	nng_pipe none = NNG_PIPE_INITIALIZER, pipe = link->up->pipe;

	if (code == YW_ENOENT)
		yw_link_end(link, "the peer does not know the session any more");
	if (code != YW_ETIMEOUT || link->ending)
		return none;
	yw_link_end(link, "it did not answer in time");
	return pipe;
}

/* A worker, or a failure before the request left: the slot is free again, then the caller hears. */
static void
slot_finish(struct slot *s, enum yw_code code, struct yw_buf *plain, const char *reason)
{
	struct yw_transport *t = s->up->t;
	struct yw_link *link = s->link;
	uint64_t tag = s->tag;
	nng_pipe pipe;

	switch (code) {
	case YW_EFORMAT:
	case YW_ESIG:
	case YW_ECONFLICT:
	case YW_ELIMIT:
		yw_link_close(link, reason);
		break;
	default:
		break;
	}
	pthread_mutex_lock(&t->lock);
	pipe = judge_answer(link, code);
	s->link = NULL;
	s->state = SLOT_FREE;
	pthread_mutex_unlock(&t->lock);
	if (pipe.id != 0)
		nng_pipe_close(pipe);
	t->ops->reply(t->arg, link, tag, code, plain);
	pthread_mutex_lock(&t->lock);
	yw_link_unpin(link);
	pthread_mutex_unlock(&t->lock);
	yw_link_unref(link);
}

static enum yw_code
code_of(int rv)
{
	switch (rv) {
	case 0:
		return YW_OK;
	case NNG_ETIMEDOUT:
		return YW_ETIMEOUT;
	case NNG_ECANCELED:
	case NNG_ECLOSED:
		return YW_ESTOPPED;
	case NNG_ENOMEM:
		return YW_ENOMEM;
	default:
		return YW_EPEER;
	}
}

static struct slot *
slot_of(struct job *job)
{
	return (struct slot *)((char *)job - offsetof(struct slot, job));
}

static void
request_answered(struct job *job)
{
	struct slot *s = slot_of(job);
	struct yw_buf plain = YW_BUF_INIT;
	struct yw_error err = { 0 };
	enum yw_code code = code_of(s->result);

	if (code == YW_OK) {
		struct yw_bytes frame = { nng_msg_body(s->msg), nng_msg_len(s->msg) };

		code = yw_session_open_reply(s->link->session, s->m, frame, &plain, &err);
		nng_msg_free(s->msg);
		s->msg = NULL;
	}
	slot_finish(s, code, &plain, err.msg);
	yw_buf_release(&plain);
}

static void
request_seal(struct job *job)
{
	struct slot *s = slot_of(job);
	struct yw_buf frame = YW_BUF_INIT, nothing = YW_BUF_INIT;
	struct yw_error err;
	enum yw_code code;

	code = yw_session_request(s->link->session, yw_buf_bytes(&s->plain), &s->m, &frame, &err);
	yw_buf_release(&s->plain);
	s->job.run = request_answered;
	if (code == YW_OK)
		code = slot_send(s, &frame);
	yw_buf_release(&frame);
	if (code != YW_OK)
		slot_finish(s, code, &nothing, err.msg);
	yw_buf_release(&nothing);
}

static struct slot *
free_slot(struct upstream *up)
{
	for (size_t i = 1; i <= YW_LINK_REQUESTS_MAX; i++)
		if (up->slots[i].state == SLOT_FREE)
			return &up->slots[i];
	return NULL;
}

enum yw_code
yw_transport_request(struct yw_link *link, struct yw_buf *plain, uint32_t deadline_ms, uint64_t tag,
    struct yw_error *err)
{
	struct yw_transport *t = link->t;
	enum yw_code code = YW_OK;
	struct slot *s;

	if (link->up == NULL || deadline_ms == 0 || deadline_ms > YW_DEADLINE_MAX_MS)
		return yw_fail(err, YW_EINVAL, "no request goes down a link, or without a deadline");
	if (plain->len > YW_MESSAGE_MAX)
		return yw_fail(err, YW_ELIMIT, "a message has more than %u bytes", YW_MESSAGE_MAX);
	pthread_mutex_lock(&t->lock);
	s = free_slot(link->up);
	if (t->stopping || link->ending) {
		code = yw_fail(err, YW_ESTOPPED, "the link is going down");
	} else if (s == NULL) {
		code = yw_fail(err, YW_ELIMIT, "%d requests are under way", YW_LINK_REQUESTS_MAX);
	} else {
		link->pins++;
		s->link = yw_link_ref(link);
		s->plain = *plain;
		yw_buf_init(plain);
		s->tag = tag;
		s->deadline_ms = yw_tr_now(t) + deadline_ms;
		s->state = SLOT_QUEUED;
		s->job.run = request_seal;
		yw_tr_post(t, &s->job);
	}
	pthread_mutex_unlock(&t->lock);
	return code;
}

/* --- The handshake --- */

static void
shake_failed(struct upstream *up, const struct yw_error *err)
{
	struct yw_transport *t = up->t;
	bool say;

	yw_session_unref(up->session);
	up->session = NULL;
	pthread_mutex_lock(&t->lock);
	up->slots[0].state = SLOT_FREE;
	up->state = UP_WAITING;
	up->failures++;
	up->retry_ms = yw_tr_now(t) + pause_after(up);
	yw_tr_tick_at(t, up->retry_ms);
	say = !t->stopping && strcmp(up->said, err->msg) != 0;
	if (say)
		memcpy(up->said, err->msg, sizeof up->said);
	pthread_mutex_unlock(&t->lock);
	if (say)
		yw_log(YW_LOG_WARN, "upstream-refused", "url=%s %s; trying again", up->url, err->msg);
}

static void
shake_send(struct upstream *up, const struct yw_buf *frame)
{
	struct slot *s = &up->slots[0];
	struct yw_error err;
	enum yw_code code;

	s->deadline_ms = yw_tr_now(up->t) + SHAKE_DEADLINE_MS;
	code = slot_send(s, frame);
	if (code != YW_OK) {
		yw_fail(&err, code, "the handshake could not be sent: %s", yw_code_name(code));
		shake_failed(up, &err);
	}
}

static void
shake_begin(struct job *job)
{
	struct upstream *up = (struct upstream *)((char *)job - offsetof(struct upstream, shake));
	struct yw_buf frame = YW_BUF_INIT;
	struct yw_transport *t = up->t;
	struct yw_error err;
	bool begin;

	pthread_mutex_lock(&t->lock);
	up->shake_queued = false;
	begin = !t->stopping && up->state == UP_WAITING && up->pipe.id != 0;
	if (begin) {
		up->state = UP_OFFERED;
		up->shake_pipe = up->pipe;
	}
	pthread_mutex_unlock(&t->lock);
	if (!begin)
		return;
	if (yw_session_offer(&t->self, &up->session, &frame, &err) == YW_OK)
		shake_send(up, &frame);
	else
		shake_failed(up, &err);
	yw_buf_release(&frame);
}

static void
shake_accept(struct upstream *up, struct yw_bytes reply)
{
	struct yw_buf hello = { .limit = YW_HELLO_MAX }, frame = YW_BUF_INIT;
	struct yw_transport *t = up->t;
	struct yw_error err;
	enum yw_code code;

	t->ops->hello(t->arg, YW_HELLO_MAX, &hello);
	code = yw_buf_check(&hello, &err);
	if (code == YW_OK)
		code = yw_session_accept(up->session, reply, yw_buf_bytes(&hello), &frame, &err);
	if (code == YW_OK && memcmp(yw_session_peer_key(up->session), &t->own_key, sizeof t->own_key) == 0)
		code = yw_fail(&err, YW_EINVAL, "this is the node itself: take it out of 'upstreams'");
	if (code == YW_OK) {
		pthread_mutex_lock(&t->lock);
		up->state = UP_FINISHED;
		pthread_mutex_unlock(&t->lock);
		shake_send(up, &frame);
	} else {
		shake_failed(up, &err);
	}
	yw_buf_release(&hello);
	yw_buf_release(&frame);
}

static void
shake_confirm(struct upstream *up, struct yw_bytes reply)
{
	struct yw_buf hello = YW_BUF_INIT;
	struct yw_transport *t = up->t;
	struct yw_link *link = NULL;
	struct yw_error err;
	enum yw_code code;

	code = yw_session_confirm(up->session, reply, &hello, &err);
	if (code == YW_OK) {
		link = yw_link_new(t, up->session, up, up->url);
		if (link == NULL)
			code = yw_fail(&err, YW_ENOMEM, "no memory for a link");
	}
	if (code != YW_OK) {
		shake_failed(up, &err);
		yw_buf_release(&hello);
		return;
	}
	yw_session_unref(up->session);
	up->session = NULL;
	pthread_mutex_lock(&t->lock);
	up->slots[0].state = SLOT_FREE;
	up->link = link;
	up->state = UP_LINKED;
	up->linked_ms = yw_tr_now(t);
	up->said[0] = '\0';
	if (up->pipe.id != up->shake_pipe.id)
		yw_link_end(link, "the connection was lost");
	pthread_mutex_unlock(&t->lock);
	t->ops->link_up(t->arg, link, yw_buf_bytes(&hello));
	pthread_mutex_lock(&t->lock);
	yw_link_unpin(link);
	pthread_mutex_unlock(&t->lock);
	yw_buf_release(&hello);
}

static void
shake_answered(struct job *job)
{
	struct slot *s = slot_of(job);
	struct upstream *up = s->up;
	nng_msg *msg = s->msg;
	struct yw_bytes reply;
	struct yw_error err;

	s->msg = NULL;		/* the slot goes on to the next step at once */
	if (s->result != 0) {
		yw_fail(&err, YW_EPEER, "no answer to the handshake: %s", nng_strerror(s->result));
		shake_failed(up, &err);
		return;
	}
	reply = (struct yw_bytes) { nng_msg_body(msg), nng_msg_len(msg) };
	if (up->state == UP_OFFERED)
		shake_accept(up, reply);
	else
		shake_confirm(up, reply);
	nng_msg_free(msg);
}

bool
yw_client_tick(struct upstream *up, int64_t now)
{
	bool silent = up->pipe.id == 0 && !up->silence_said && now - up->pipe_since_ms >= SILENT_AFTER_MS;

	up->silence_said = up->silence_said || silent;
	if (up->state == UP_LINKED && yw_session_due(up->link->session))
		yw_link_end(up->link, "a new handshake is due");
	if (up->state != UP_WAITING || up->pipe.id == 0 || up->shake_queued)
		return silent;
	if (now >= up->retry_ms) {
		up->shake_queued = true;
		yw_tr_post(up->t, &up->shake);
	} else {
		yw_tr_tick_at(up->t, up->retry_ms);
	}
	return silent;
}

void
yw_client_link_down(struct upstream *up, bool cut)
{
	int64_t now = yw_tr_now(up->t);
	bool steady = now - up->linked_ms >= STEADY_MS && !cut;

	up->link = NULL;
	up->state = UP_WAITING;
	up->failures = steady ? 0 : up->failures + (cut ? CUT_FAILURES : 1);
	up->retry_ms = now + pause_after(up);
	yw_tr_tick_at(up->t, up->retry_ms);
}

/* --- Open, start, close --- */

static void
pipe_added(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;

	(void)ev;
	pthread_mutex_lock(&t->lock);
	up->pipe = p;
	up->pipe_since_ms = yw_tr_now(t);
	up->silence_said = false;
	yw_tr_tick_at(t, up->retry_ms);
	pthread_mutex_unlock(&t->lock);
}

static void
pipe_removed(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;

	(void)ev;
	pthread_mutex_lock(&t->lock);
	if (up->pipe.id == p.id) {
		up->pipe.id = 0;
		up->pipe_since_ms = yw_tr_now(t);
		if (up->link != NULL)
			yw_link_end(up->link, "the connection was lost");
	}
	pthread_mutex_unlock(&t->lock);
}

/* The resend time is copied into a context when that is opened: before slots. */
static int
set_options(struct upstream *up)
{
	int rv = nng_socket_set_size(up->sock, NNG_OPT_RECVMAXSZ, YW_FRAME_MAX + 64);

	if (rv == 0)
		rv = nng_socket_set_ms(up->sock, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
	if (rv == 0)
		rv = nng_socket_set_ms(up->sock, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
	if (rv == 0)
		rv = nng_socket_set_ms(up->sock, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
	if (rv == 0)
		rv = nng_pipe_notify(up->sock, NNG_PIPE_EV_ADD_POST, pipe_added, up);
	if (rv == 0)
		rv = nng_pipe_notify(up->sock, NNG_PIPE_EV_REM_POST, pipe_removed, up);
	return rv;
}

static int
open_upstream(struct yw_transport *t, struct upstream *up, const char *url)
{
	int rv = nng_req0_open(&up->sock);

	if (rv != 0)
		return rv;
	up->opened = true;
	up->t = t;
	up->shake.run = shake_begin;
	up->pipe_since_ms = up->retry_ms = yw_tr_now(t);
	snprintf(up->url, sizeof up->url, "%s", url);
	rv = set_options(up);
	for (size_t i = 0; i <= YW_LINK_REQUESTS_MAX && rv == 0; i++) {
		struct slot *s = &up->slots[i];

		s->up = up;
		s->job.run = shake_answered;	/* a request sets its own */
		rv = nng_ctx_open(&s->ctx, up->sock);
		if (rv == 0)
			rv = nng_aio_alloc(&s->aio, slot_done, s);
	}
	return rv;
}

enum yw_code
yw_client_open(struct yw_transport *t, const struct yw_transport_config *c, struct yw_error *err)
{
	if (c->n_upstreams == 0)
		return YW_OK;
	t->upstreams = calloc(c->n_upstreams, sizeof *t->upstreams);
	if (t->upstreams == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for upstreams");
	for (; t->n_upstreams < c->n_upstreams; t->n_upstreams++) {
		const char *url = c->upstreams[t->n_upstreams];
		struct upstream *up = &t->upstreams[t->n_upstreams];
		int rv = strlen(url) > YW_URL_MAX ? NNG_EADDRINVAL : open_upstream(t, up, url);

		if (rv != 0) {
			t->n_upstreams += up->opened;
			return yw_tr_nng(rv, url, err);
		}
	}
	return YW_OK;
}

/* Without NONBLOCK one failure would be the last: NNG tries again only in the background. */
enum yw_code
yw_client_start(struct yw_transport *t, struct yw_error *err)
{
	for (size_t i = 0; i < t->n_upstreams; i++) {
		int rv = nng_dial(t->upstreams[i].sock, t->upstreams[i].url, NULL, NNG_FLAG_NONBLOCK);

		if (rv != 0)
			return yw_tr_nng(rv, t->upstreams[i].url, err);
	}
	return YW_OK;
}

void
yw_client_close(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_upstreams; i++) {
		struct upstream *up = &t->upstreams[i];

		if (up->opened)
			nng_close(up->sock);
		up->opened = false;
		for (size_t k = 0; k <= YW_LINK_REQUESTS_MAX; k++)
			if (up->slots[k].aio != NULL)
				nng_aio_stop(up->slots[k].aio);
	}
}

void
yw_client_free(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_upstreams; i++) {
		struct upstream *up = &t->upstreams[i];

		for (size_t k = 0; k <= YW_LINK_REQUESTS_MAX; k++) {
			nng_aio_free(up->slots[k].aio);
			if (up->slots[k].msg != NULL)
				nng_msg_free(up->slots[k].msg);
		}
		yw_session_unref(up->session);
	}
	free(t->upstreams);
}
