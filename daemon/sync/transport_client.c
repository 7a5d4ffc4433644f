/*
 * transport_client.c - the side that connects: one connection, one session, one link for each upstream.
 *
 * Whenever there is none, and the pause is over: dial, shake hands, be linked.  Whatever goes wrong ends all
 * three, and begins a pause (pause.h).
 */
#include "sync/transport_int.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/log.h"

#define SHAKE_DEADLINE_MS 10000
#define STEADY_MS 60000			/* a link that lived this long was a success, whoever it was with */

/* Idle for a while.  Locked. */
static void
begin_pause(struct upstream *up, enum yw_pause_after after)
{
	uint32_t random;

	yw_random(&random, sizeof random);
	up->state = UP_IDLE;
	up->retry_ms = yw_tr_now(up->t) + yw_pause_next(&up->pause, after, random);
	yw_tr_tick_at(up->t, up->retry_ms);
}

/* --- Slots --- */

/* Sends a frame, taking it over; a failure leaves the slot as it was. */
static enum yw_code
slot_send(struct slot *s, struct yw_buf *frame)
{
	struct upstream *up = s->up;
	struct yw_transport *t = up->t;
	struct yw_conn *conn = NULL;
	enum yw_code code = YW_OK;
	uint8_t id[4];

	pthread_mutex_lock(&t->lock);
	if (t->stopping || (s->link != NULL && s->link->ending))
		code = YW_ESTOPPED;
	else if (up->conn == NULL)
		code = YW_EPEER;
	else if (yw_tr_now(t) >= s->deadline_ms)
		code = YW_ETIMEOUT;
	if (code == YW_OK) {
		conn = yw_conn_ref(up->conn);
		s->id = 0x80000000 | ++up->last_id;
		s->state = SLOT_WAITING;
		yw_put_be32(id, s->id);
		yw_tr_tick_at(t, s->deadline_ms);
	}
	pthread_mutex_unlock(&t->lock);
	if (code == YW_OK)
		yw_conn_send(conn, id, sizeof id, frame);	/* where it fails, `lost` or the deadline tells */
	yw_conn_unref(conn);
	return code;
}

/* An answer, or that there will be none.  Locked. */
static void
slot_result(struct slot *s, enum yw_code result, struct yw_conn_msg *msg)
{
	s->result = result;
	s->msg = msg;
	s->state = SLOT_OPENING;
	yw_tr_post(s->up->t, &s->job);
}

/* NNG's thread. */
static void
up_message(void *arg, struct yw_conn_msg *m)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;
	uint32_t id = m->id_len == 4 ? yw_get_be32(m->id) : 0;
	struct yw_conn *conn;

	pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i <= YW_LINK_REQUESTS_MAX && m != NULL; i++)
		if (up->slots[i].state == SLOT_WAITING && up->slots[i].id == id) {
			slot_result(&up->slots[i], YW_OK, m);
			m = NULL;
		}
	conn = up->conn != NULL ? yw_conn_ref(up->conn) : NULL;
	pthread_mutex_unlock(&t->lock);
	free(m);	/* nobody waits for it any more */
	if (conn != NULL)
		yw_conn_read(conn);
	yw_conn_unref(conn);
}

/* The link ends: nobody waits on, and the connection ends with it.  What is not yet sent will notice. */
void
yw_upstream_abort(struct upstream *up)
{
	for (size_t i = 1; i <= YW_LINK_REQUESTS_MAX; i++)
		if (up->slots[i].state == SLOT_WAITING)
			slot_result(&up->slots[i], up->conn == NULL ? YW_EPEER : YW_ESTOPPED, NULL);
	if (up->conn != NULL)
		yw_conn_close(up->conn);
}

/* --- Requests --- */

/* A worker, or a failure before the request left: the slot is free again, then the caller hears. */
static void
slot_finish(struct slot *s, enum yw_code code, struct yw_buf *plain, const char *reason)
{
	struct yw_transport *t = s->up->t;
	struct yw_link *link = s->link;
	uint64_t tag = s->tag;

	if (code == YW_EFORMAT || code == YW_ESIG || code == YW_ECONFLICT || code == YW_ELIMIT)
		yw_link_close(link, reason);
	pthread_mutex_lock(&t->lock);
	s->link = NULL;
	s->state = SLOT_FREE;
	pthread_mutex_unlock(&t->lock);
	t->ops->reply(t->arg, link, tag, code, plain);
	pthread_mutex_lock(&t->lock);
	yw_link_unpin(link);
	pthread_mutex_unlock(&t->lock);
	yw_link_unref(link);
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
	struct yw_conn_msg *msg = s->msg;
	struct yw_buf plain = YW_BUF_INIT;
	struct yw_error err = { 0 };
	enum yw_code code = s->result;

	s->msg = NULL;
	if (code == YW_OK)
		code = yw_session_open_reply(s->link->session, s->m, (struct yw_bytes) { msg->body, msg->len }, &plain,
		    &err);
	free(msg);
	pthread_mutex_lock(&s->up->t->lock);
	if (code == YW_ENOENT)
		yw_link_end(s->link, "the peer does not know the session any more");
	if (code == YW_ETIMEOUT)
		yw_link_end(s->link, "it did not answer in time");
	pthread_mutex_unlock(&s->up->t->lock);
	slot_finish(s, code, &plain, err.msg);
	yw_buf_release(&plain);
}

static void
request_seal(struct job *job)
{
	struct slot *s = slot_of(job);
	struct yw_buf frame = YW_BUF_INIT, nothing = YW_BUF_INIT;
	struct yw_error err = { 0 };
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

/* --- Dial and handshake --- */

static void
shake_failed(struct upstream *up, const struct yw_error *err)
{
	struct yw_transport *t = up->t;
	struct yw_conn *conn;
	bool say;

	yw_session_unref(up->session);
	up->session = NULL;
	pthread_mutex_lock(&t->lock);
	conn = up->conn;
	up->conn = NULL;
	up->slots[0].state = SLOT_FREE;
	begin_pause(up, YW_PAUSE_FAILED);
	say = !t->stopping && strcmp(up->said, err->msg) != 0;
	if (say)
		memcpy(up->said, err->msg, sizeof up->said);
	pthread_mutex_unlock(&t->lock);
	if (conn != NULL)
		yw_conn_close(conn);
	yw_conn_unref(conn);
	if (say)
		yw_log(YW_LOG_WARN, "upstream-failed", "url=%s %s; trying again", up->url, err->msg);
}

static void
shake_send(struct upstream *up, struct yw_buf *frame)
{
	struct slot *s = &up->slots[0];
	struct yw_error err;
	enum yw_code code;

	s->deadline_ms = yw_tr_now(up->t) + SHAKE_DEADLINE_MS;
	code = slot_send(s, frame);
	if (code != YW_OK) {
		yw_fail(&err, code, "the connection was lost in the handshake");
		shake_failed(up, &err);
	}
}

/* A worker, when the connection is open. */
static void
shake_begin(struct job *job)
{
	struct upstream *up = (struct upstream *)((char *)job - offsetof(struct upstream, shake));
	struct yw_buf frame = YW_BUF_INIT;
	struct yw_error err;

	if (yw_session_offer(&up->t->self, &up->session, &frame, &err) == YW_OK)
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
	if (code == YW_OK && yw_tr_is_own(t, yw_session_peer_key(up->session)))
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
	if (up->conn == NULL)
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
	struct yw_conn_msg *msg = s->msg;
	struct yw_error err;

	s->msg = NULL;		/* the slot goes on to the next step at once */
	if (s->result != YW_OK) {
		yw_fail(&err, s->result, "no answer to the handshake: %s", yw_code_name(s->result));
		shake_failed(up, &err);
		return;
	}
	if (up->state == UP_OFFERED)
		shake_accept(up, (struct yw_bytes) { msg->body, msg->len });
	else
		shake_confirm(up, (struct yw_bytes) { msg->body, msg->len });
	free(msg);
}

static void
dial_failed(struct job *job)
{
	struct upstream *up = (struct upstream *)((char *)job - offsetof(struct upstream, dial_failed));
	struct yw_error err;

	yw_fail(&err, YW_EPEER, "%s", up->why);
	shake_failed(up, &err);
}

/* --- What the connection tells, in NNG's threads --- */

static void
up_begun(void *arg, struct yw_conn *c)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;
	bool stopping;

	pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	up->conn = stopping ? NULL : c;
	pthread_mutex_unlock(&t->lock);
	if (stopping) {
		yw_conn_close(c);
		yw_conn_unref(c);
	}
}

static void
up_opened(void *arg)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;
	struct yw_conn *conn = NULL;

	pthread_mutex_lock(&t->lock);
	if (up->conn != NULL && up->state == UP_DIALLING) {
		conn = yw_conn_ref(up->conn);
		up->state = UP_OFFERED;
		yw_tr_post(t, &up->shake);
	}
	pthread_mutex_unlock(&t->lock);
	if (conn != NULL)
		yw_conn_read(conn);
	yw_conn_unref(conn);
}

static void
up_lost(void *arg, enum yw_code code, const char *why)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;
	char reason[LINK_REASON_MAX];
	struct yw_conn *conn;

	(void)code;
	snprintf(reason, sizeof reason, "the connection was lost: %s", why);
	pthread_mutex_lock(&t->lock);
	conn = up->conn;
	up->conn = NULL;
	if (up->state == UP_DIALLING) {
		snprintf(up->why, sizeof up->why, "%s", why);
		yw_tr_post(t, &up->dial_failed);
	} else if (up->slots[0].state == SLOT_WAITING) {
		slot_result(&up->slots[0], YW_EPEER, NULL);
	} else if (up->link != NULL) {
		yw_link_end(up->link, reason);
	}
	pthread_mutex_unlock(&t->lock);
	if (conn != NULL)
		yw_conn_close(conn);
	yw_conn_unref(conn);
}

static void
up_released(void *arg)
{
	struct upstream *up = arg;
	struct yw_transport *t = up->t;

	pthread_mutex_lock(&t->lock);
	up->dialled = false;
	yw_tr_tick_at(t, up->retry_ms);
	yw_tr_released(t);
	pthread_mutex_unlock(&t->lock);
}

static const struct yw_conn_ops up_ops = { NULL, up_begun, up_opened, up_message, up_lost, up_released };

/* --- Tick, open, close --- */

static void
expire_slots(struct upstream *up, int64_t now)
{
	for (size_t i = 0; i <= YW_LINK_REQUESTS_MAX; i++) {
		struct slot *s = &up->slots[i];

		if (s->state == SLOT_WAITING && now >= s->deadline_ms)
			slot_result(s, YW_ETIMEOUT, NULL);
		else if (s->state == SLOT_WAITING)
			yw_tr_tick_at(up->t, s->deadline_ms);
	}
}

void
yw_upstream_tick(struct upstream *up, int64_t now)
{
	expire_slots(up, now);
	if (up->state == UP_LINKED && yw_session_due(up->link->session))
		yw_link_end(up->link, "a new handshake is due");
	if (up->state != UP_IDLE || up->dialled || up->t->stopping)
		return;
	if (now < up->retry_ms) {
		yw_tr_tick_at(up->t, up->retry_ms);
		return;
	}
	if (yw_dialer_dial(up->dialer, up) != YW_OK) {
		begin_pause(up, YW_PAUSE_FAILED);
		return;
	}
	up->state = UP_DIALLING;	/* what the dial tells waits for the lock */
	up->dialled = true;
	up->t->n_busy++;
}

struct yw_conn *
yw_upstream_link_down(struct upstream *up)
{
	bool good = up->link->admitted || yw_tr_now(up->t) - up->linked_ms >= STEADY_MS;
	struct yw_conn *conn = up->conn;

	begin_pause(up, up->link->cut ? YW_PAUSE_CUT : good ? YW_PAUSE_LOST : YW_PAUSE_FAILED);
	up->conn = NULL;
	up->link = NULL;
	return conn;
}

enum yw_code
yw_upstream_open(struct yw_transport *t, const struct yw_transport_config *c, struct yw_error *err)
{
	t->upstreams = calloc(c->n_upstreams + 1, sizeof *t->upstreams);
	if (t->upstreams == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for upstreams");
	for (size_t i = 0; i < c->n_upstreams; i++) {
		struct upstream *up = &t->upstreams[i];
		enum yw_code code;

		if (strlen(c->upstreams[i]) > YW_URL_MAX)
			return yw_fail(err, YW_EINVAL, "'%.120s': a url of more than %d bytes", c->upstreams[i], YW_URL_MAX);
		code = yw_dialer_open(c->upstreams[i], YW_FRAME_MAX, &up_ops, &up->dialer, err);
		if (code != YW_OK)
			return code;
		memcpy(up->url, c->upstreams[i], strlen(c->upstreams[i]) + 1);
		up->t = t;
		up->dial_failed.run = dial_failed;
		up->shake.run = shake_begin;
		for (size_t k = 0; k <= YW_LINK_REQUESTS_MAX; k++)
			up->slots[k].up = up;
		up->slots[0].job.run = shake_answered;	/* a request sets its own */
		yw_random(&up->last_id, sizeof up->last_id);
		t->n_upstreams++;
		t->tick_ms = up->retry_ms = yw_tr_now(t);
	}
	return YW_OK;
}

void
yw_upstream_close(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_upstreams; i++) {
		struct upstream *up = &t->upstreams[i];
		struct yw_conn *conn;

		pthread_mutex_lock(&t->lock);
		conn = up->conn;
		up->conn = NULL;
		pthread_mutex_unlock(&t->lock);
		if (conn != NULL)
			yw_conn_close(conn);
		yw_conn_unref(conn);
		yw_dialer_stop(up->dialer);
	}
}

void
yw_upstream_free(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_upstreams; i++) {
		for (size_t k = 0; k <= YW_LINK_REQUESTS_MAX; k++)
			free(t->upstreams[i].slots[k].msg);
		yw_session_unref(t->upstreams[i].session);
		yw_dialer_free(t->upstreams[i].dialer);
	}
	free(t->upstreams);
}
