/*
 * transport_server.c - the side that listens: REP contexts, connections, and who is let in.
 *
 * A request that the caller holds keeps its cooked REP context.  There is one context for the first request
 * of every session, as many again for the sessions' further ones as may be admitted, and a reserve that is
 * never held.  So whatever peers park, one more that comes is received, and nobody waits for somebody else's
 * poll; only a link's second and further requests can be refused for want of room.
 */
#include "sync/transport_int.h"

#include <arpa/inet.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/log.h"

#define RESERVE 32
#define STRANGER_HELD_MAX 3
#define FAULTS_MAX 8			/* bad frames on one connection, then it is cut */
#define FULL_SAID_EVERY_MS (10 * 60 * 1000)

/* --- Connections --- */

static struct pipe_note *
note_of(struct yw_transport *t, nng_pipe p)
{
	for (size_t i = 0; i < t->max_pipes; i++)
		if (t->pipes[i].id == p.id)
			return &t->pipes[i];
	return NULL;
}

static void
note_fill(struct pipe_note *note, nng_pipe p)
{
	char text[INET6_ADDRSTRLEN] = "?";
	nng_sockaddr sa;

	*note = (struct pipe_note) { .id = p.id, .where = yw_penalty_address(NULL, 0) };
	if (nng_pipe_get_addr(p, NNG_OPT_REMADDR, &sa) != 0)
		sa.s_family = NNG_AF_UNSPEC;
	if (sa.s_family == NNG_AF_INET) {
		inet_ntop(AF_INET, &sa.s_in.sa_addr, text, sizeof text);
		snprintf(note->address, sizeof note->address, "%s:%u", text, ntohs(sa.s_in.sa_port));
		note->where = yw_penalty_address((const uint8_t *)&sa.s_in.sa_addr, 4);
	} else if (sa.s_family == NNG_AF_INET6) {
		inet_ntop(AF_INET6, sa.s_in6.sa_addr, text, sizeof text);
		snprintf(note->address, sizeof note->address, "[%s]:%u", text, ntohs(sa.s_in6.sa_port));
		note->where = yw_penalty_address(sa.s_in6.sa_addr, 16);
	} else {
		snprintf(note->address, sizeof note->address, "this machine");
	}
}

static void
pipe_added(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct yw_transport *t = arg;
	bool full = false, refused;
	struct pipe_note *note;
	int64_t now;

	(void)ev;
	pthread_mutex_lock(&t->lock);
	now = yw_tr_now(t);
	refused = t->stopping || t->n_pipes == t->max_pipes;
	if (!refused) {
		note = note_of(t, (nng_pipe)NNG_PIPE_INITIALIZER);
		note_fill(note, p);
		t->n_pipes++;
	} else if (!t->stopping && now - t->full_said_ms >= FULL_SAID_EVERY_MS) {
		full = true;
		t->full_said_ms = now;
	}
	pthread_mutex_unlock(&t->lock);
	if (refused)
		nng_pipe_close(p);
	if (full)
		yw_log(YW_LOG_WARN, "connections-full", "limit=%zu new connections are refused", t->max_pipes);
}

static void
pipe_removed(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct yw_transport *t = arg;
	struct pipe_note *note;

	(void)ev;
	pthread_mutex_lock(&t->lock);
	note = note_of(t, p);
	if (note != NULL) {
		note->id = 0;
		t->n_pipes--;
	}
	for (struct yw_link *link = t->links; link != NULL; link = link->next)
		if (link->up == NULL && link->pipe.id == p.id)
			yw_link_end(link, "the connection was lost");
	pthread_mutex_unlock(&t->lock);
}

/* --- Calls --- */

/* NNG has the call from now on. */
static void
call_receive(struct yw_call *c)
{
	struct yw_transport *t = c->t;
	bool stopping;

	pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	c->state = stopping ? CALL_DEAD : CALL_RECEIVING;
	pthread_mutex_unlock(&t->lock);
	if (stopping)
		return;
	nng_aio_set_timeout(c->aio, NNG_DURATION_INFINITE);
	nng_ctx_recv(c->ctx, c->aio);
}

static void
call_send(struct yw_call *c, const struct yw_buf *frame)
{
	nng_msg *msg;

	if (yw_tr_msg(frame, &msg) != YW_OK) {	/* the child's deadline will tell it */
		call_receive(c);
		return;
	}
	pthread_mutex_lock(&c->t->lock);
	c->state = CALL_SENDING;
	pthread_mutex_unlock(&c->t->lock);
	nng_aio_set_msg(c->aio, msg);
	nng_aio_set_timeout(c->aio, SEND_DEADLINE_MS);
	nng_ctx_send(c->ctx, c->aio);
}

/* NNG's callback: a request came, or an answer has left. */
static void
call_done(void *arg)
{
	struct yw_call *c = arg;
	struct yw_transport *t = c->t;
	int rv = nng_aio_result(c->aio);
	bool sent;

	pthread_mutex_lock(&t->lock);
	sent = c->state == CALL_SENDING;
	if (!sent)
		c->state = rv == 0 ? CALL_OPENING : CALL_DEAD;	/* an error: the socket was closed */
	if (!sent && rv == 0) {
		c->msg = nng_aio_get_msg(c->aio);
		c->pipe = nng_msg_get_pipe(c->msg);
		yw_tr_post(t, &c->job);
	}
	pthread_mutex_unlock(&t->lock);
	if (!sent)
		return;
	if (rv != 0)
		nng_msg_free(nng_aio_get_msg(c->aio));
	if (rv == NNG_ETIMEDOUT)
		nng_pipe_close(c->pipe);
	call_receive(c);
}

/* A frame that no honest peer sends: counted, and at last the connection is cut. */
static void
note_fault(struct yw_call *c, enum yw_code fault, const char *reason)
{
	struct yw_transport *t = c->t;
	struct pipe_note *note;
	char address[sizeof note->address] = "";
	bool cut = false, say = false;

	if (fault == YW_OK || fault == YW_ENOENT)	/* a restart of ours makes such */
		return;
	pthread_mutex_lock(&t->lock);
	note = note_of(t, c->pipe);
	t->bad_frames += fault != YW_EDENIED;
	if (note != NULL) {
		memcpy(address, note->address, sizeof address);
		say = fault == YW_EDENIED && !note->refusal_said;
		note->refusal_said = note->refusal_said || say;
		cut = fault != YW_EDENIED && ++note->faults == FAULTS_MAX;
		if (cut)
			yw_penalty_add(&t->penalties, &note->where, yw_tr_now(t));
	}
	pthread_mutex_unlock(&t->lock);
	if (say)
		yw_log(YW_LOG_WARN, "peer-refused", "peer=\"%s\" %s", address, reason);
	if (cut) {
		yw_log(YW_LOG_WARN, "peer-cut", "peer=\"%s\" %d bad frames, the last: %s", address, FAULTS_MAX, reason);
		nng_pipe_close(c->pipe);
	}
}

/* Must whoever sends this offer stay away still? */
static bool
offers_too_soon(struct yw_call *c, struct yw_bytes frame)
{
	struct yw_transport *t = c->t;
	struct pipe_note *note;
	bool soon;

	if (frame.len == 0 || frame.data[0] != 1)
		return false;
	pthread_mutex_lock(&t->lock);
	note = note_of(t, c->pipe);
	soon = note == NULL || yw_penalty_left(&t->penalties, &note->where, yw_tr_now(t)) > 0;
	pthread_mutex_unlock(&t->lock);
	return soon;
}

static uint16_t
offered_major(struct yw_bytes frame)
{
	return frame.len >= 3 + 34 ? yw_get_be16(frame.data + 3 + 32) : 0;
}

static bool
key_welcome(struct yw_call *c, const struct yw_dh_public *key)
{
	struct yw_penalty_who who = yw_penalty_key(key);
	struct yw_transport *t = c->t;
	bool welcome;

	if (memcmp(key, &t->own_key, sizeof *key) == 0)
		return false;	/* we talk to ourselves */
	pthread_mutex_lock(&t->lock);
	welcome = yw_penalty_left(&t->penalties, &who, yw_tr_now(t)) == 0;
	pthread_mutex_unlock(&t->lock);
	return welcome;
}

/* The link of a new session, bound to the call's connection; NULL: no memory, or the connection is gone. */
static struct yw_link *
link_of_child(struct yw_call *c, struct yw_session *session)
{
	struct yw_transport *t = c->t;
	struct pipe_note copy = { 0 }, *note;
	struct yw_link *link;

	pthread_mutex_lock(&t->lock);
	note = note_of(t, c->pipe);
	if (note != NULL)
		copy = *note;
	pthread_mutex_unlock(&t->lock);
	link = note != NULL ? yw_link_new(t, session, NULL, copy.address) : NULL;
	if (link == NULL)
		return NULL;
	pthread_mutex_lock(&t->lock);
	link->pipe = c->pipe;
	link->where = copy.where;
	yw_session_set_data(session, link);
	if (note_of(t, c->pipe) == NULL)
		yw_link_end(link, "the connection was lost");
	pthread_mutex_unlock(&t->lock);
	return link;
}

static void
welcome(struct yw_call *c, struct yw_session *session, const struct yw_buf *hello, struct yw_buf *reply)
{
	struct yw_link *link = key_welcome(c, yw_session_peer_key(session)) ? link_of_child(c, session) : NULL;
	struct yw_buf own = { .limit = YW_MESSAGE_MAX };
	struct yw_transport *t = c->t;
	struct yw_error err;
	enum yw_code code;

	if (link == NULL) {
		yw_sessions_drop(t->sessions, session);
		yw_session_refuse(&t->self, YW_REFUSED_PEER, t->self.major, reply);
		return;
	}
	t->ops->link_up(t->arg, link, yw_buf_bytes(hello));
	t->ops->hello(t->arg, YW_MESSAGE_MAX, &own);
	code = yw_buf_check(&own, &err);
	if (code == YW_OK)
		code = yw_session_welcome(session, yw_buf_bytes(&own), reply, &err);
	yw_buf_release(&own);
	if (code != YW_OK)
		yw_session_refuse(&t->self, YW_REFUSED_PEER, t->self.major, reply);
	pthread_mutex_lock(&t->lock);
	if (code != YW_OK)
		yw_link_end(link, err.msg);
	yw_link_unpin(link);
	pthread_mutex_unlock(&t->lock);
}

/* May this link have one more of its requests wait for us?  Locked. */
static bool
may_hold(const struct yw_link *link)
{
	size_t max = link->admitted ? YW_LINK_HELD_MAX : STRANGER_HELD_MAX;

	return link->held == 0 || (link->held < max && link->t->n_further < link->t->max_further);
}

/* Gives the request to the caller; false: `reply` says why not. */
static bool
hand_over(struct yw_call *c, struct yw_session *session, uint64_t m, struct yw_buf *plain, struct yw_buf *reply)
{
	struct yw_transport *t = c->t;
	struct yw_link *link;
	bool room = false;

	pthread_mutex_lock(&t->lock);
	link = yw_session_data(session);
	if (link != NULL && note_of(t, c->pipe) == NULL)
		yw_link_end(link, "the connection was lost");
	if (link != NULL && link->ending)
		link = NULL;
	if (link != NULL && may_hold(link)) {
		room = yw_link_pin(link);
		link->pipe = c->pipe;
		t->n_further += link->held++ > 0;
		t->n_held++;
		c->link = yw_link_ref(link);
		c->m = m;
		c->state = CALL_HELD;
	}
	pthread_mutex_unlock(&t->lock);
	if (room) {
		t->ops->request(t->arg, link, c, plain);	/* c is the caller's from here on */
		pthread_mutex_lock(&t->lock);
		yw_link_unpin(link);
		pthread_mutex_unlock(&t->lock);
	} else if (link != NULL) {
		yw_session_refuse(&t->self, YW_REFUSED_BUSY, t->self.major, reply);
	} else {
		yw_buf_add_byte(reply, 0);
	}
	return room;
}

/* A worker: what came, and what is to be done about it? */
static void
call_open(struct job *job)
{
	struct yw_call *c = (struct yw_call *)((char *)job - offsetof(struct yw_call, job));
	struct yw_bytes frame = { nng_msg_body(c->msg), nng_msg_len(c->msg) };
	struct yw_buf plain = YW_BUF_INIT, reply = YW_BUF_INIT;
	struct yw_sessions_in in = { .what = YW_FED_REPLY };
	struct yw_error err = { 0 };
	enum yw_code code = YW_OK;
	bool held = false;

	if (offers_too_soon(c, frame))
		yw_session_refuse(&c->t->self, YW_REFUSED_PEER, offered_major(frame), &reply);
	else
		code = yw_sessions_feed(c->t->sessions, frame, &in, &plain, &reply, &err);
	nng_msg_free(c->msg);
	c->msg = NULL;
	if (code == YW_OK && in.what == YW_FED_REPLY)
		note_fault(c, in.fault, err.msg);
	else if (code == YW_OK && in.what == YW_FED_HELLO)
		welcome(c, in.session, &plain, &reply);
	else if (code == YW_OK)
		held = hand_over(c, in.session, in.m, &plain, &reply);
	if (!held && code == YW_OK)
		call_send(c, &reply);
	else if (!held)
		call_receive(c);	/* out of memory: the child's deadline will tell it */
	yw_session_unref(in.session);
	yw_buf_release(&plain);
	yw_buf_release(&reply);
}

/* A worker: seals what the caller answered. */
static void
call_answer(struct job *job)
{
	struct yw_call *c = (struct yw_call *)((char *)job - offsetof(struct yw_call, job));
	struct yw_buf reply = YW_BUF_INIT;
	struct yw_transport *t = c->t;
	struct yw_link *link = c->link;
	struct yw_error err;
	enum yw_code code;

	code = yw_session_reply(link->session, c->m, yw_buf_bytes(&c->answer), &reply, &err);
	if (code == YW_ELIMIT) {
		yw_log(YW_LOG_ERROR, "answer-too-long", "peer=\"%s\" %s", yw_link_name(link), err.msg);
		yw_session_refuse(&t->self, YW_REFUSED_BUSY, t->self.major, &reply);
	} else if (code != YW_OK) {
		yw_buf_add_byte(&reply, 0);
	}
	yw_buf_release(&c->answer);
	pthread_mutex_lock(&t->lock);
	t->n_further -= --link->held > 0;
	t->n_held--;
	c->link = NULL;
	c->job.run = call_open;
	pthread_mutex_unlock(&t->lock);
	yw_link_unref(link);
	call_send(c, &reply);
	yw_buf_release(&reply);
}

void
yw_transport_reply(struct yw_call *c, struct yw_buf *plain)
{
	struct yw_transport *t = c->t;

	pthread_mutex_lock(&t->lock);
	if (c->state == CALL_HELD) {
		c->state = CALL_ANSWERED;
		c->answer = *plain;
		yw_buf_init(plain);
		c->job.run = call_answer;
		yw_tr_post(t, &c->job);
	}
	pthread_mutex_unlock(&t->lock);
	yw_buf_release(plain);
}

/* --- Open, start, close --- */

static enum yw_code
open_calls(struct yw_transport *t, size_t n, struct yw_error *err)
{
	t->calls = calloc(n, sizeof *t->calls);
	t->pipes = calloc(n, sizeof *t->pipes);
	if (t->calls == NULL || t->pipes == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for requests");
	t->max_pipes = n;
	for (t->n_calls = 0; t->n_calls < n; t->n_calls++) {
		struct yw_call *c = &t->calls[t->n_calls];
		int rv = nng_ctx_open(&c->ctx, t->rep);

		if (rv == 0)
			rv = nng_aio_alloc(&c->aio, call_done, c);
		if (rv != 0)
			return yw_tr_nng(rv, "a context to answer in", err);
		c->t = t;
		c->job.run = call_open;
		c->state = CALL_DEAD;
	}
	return YW_OK;
}

enum yw_code
yw_server_open(struct yw_transport *t, const struct yw_transport_config *c, struct yw_error *err)
{
	int rv;

	if (c->n_listen == 0)
		return YW_OK;
	t->full_said_ms = yw_tr_now(t) - FULL_SAID_EVERY_MS;
	t->listen = calloc(c->n_listen, sizeof *t->listen);
	if (t->listen == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for addresses");
	rv = nng_rep0_open(&t->rep);
	if (rv != 0)
		return yw_tr_nng(rv, "a socket to listen with", err);
	t->rep_opened = true;
	rv = nng_socket_set_size(t->rep, NNG_OPT_RECVMAXSZ, YW_FRAME_MAX + 64);
	if (rv == 0)
		rv = nng_pipe_notify(t->rep, NNG_PIPE_EV_ADD_PRE, pipe_added, t);
	if (rv == 0)
		rv = nng_pipe_notify(t->rep, NNG_PIPE_EV_REM_POST, pipe_removed, t);
	if (rv != 0)
		return yw_tr_nng(rv, "a socket to listen with", err);
	t->max_further = c->limits.admitted;
	return open_calls(t, c->limits.admitted + c->limits.strangers + t->max_further + RESERVE, err);
}

/* The URL with the port that was really taken. */
static void
bound_url(nng_listener l, const char *url, char out[static YW_URL_MAX + 1])
{
	const char *colon = strrchr(url, ':');
	int port = 0;

	if (strncmp(url, "tcp", 3) == 0 && colon != NULL &&
	    nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0)
		snprintf(out, YW_URL_MAX + 1, "%.*s:%d", (int)(colon - url), url, port);
	else
		snprintf(out, YW_URL_MAX + 1, "%s", url);
}

enum yw_code
yw_server_start(struct yw_transport *t, const struct yw_transport_config *c, struct yw_error *err)
{
	for (size_t i = 0; i < t->n_calls; i++)
		call_receive(&t->calls[i]);
	for (size_t i = 0; i < c->n_listen; i++) {
		nng_listener l;
		int rv = nng_listen(t->rep, c->listen[i], &l, 0);

		if (rv != 0)
			return yw_tr_nng(rv, c->listen[i], err);
		bound_url(l, c->listen[i], t->listen[i]);
		t->n_listen++;
	}
	return YW_OK;
}

bool
yw_transport_address(struct yw_transport *t, size_t i, char out[static YW_URL_MAX + 1])
{
	if (i >= t->n_listen)
		return false;
	memcpy(out, t->listen[i], YW_URL_MAX + 1);
	return true;
}

bool
yw_server_quiet(const struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_calls; i++)
		if (t->calls[i].state == CALL_ANSWERED || t->calls[i].state == CALL_SENDING)
			return false;
	return true;
}

void
yw_server_close(struct yw_transport *t)
{
	if (t->rep_opened)
		nng_close(t->rep);
	t->rep_opened = false;
	for (size_t i = 0; i < t->n_calls; i++)
		nng_aio_stop(t->calls[i].aio);
	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n_calls; i++)
		t->calls[i].state = CALL_DEAD;
	pthread_mutex_unlock(&t->lock);
}

void
yw_server_free(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_calls; i++) {
		struct yw_call *c = &t->calls[i];

		nng_aio_free(c->aio);
		if (c->msg != NULL)
			nng_msg_free(c->msg);
		yw_buf_release(&c->answer);
		yw_link_unref(c->link);
	}
	free(t->calls);
	free(t->pipes);
	free(t->listen);
}
