/*
 * transport_server.c - the side that listens: connections, who is let in, and requests until their answer.
 *
 * Whoever can connect can make us work and remember.  So: connections are bounded, and one that brings no
 * session goes; bad frames are counted, and cut it off; a stranger's message is small and it holds few
 * requests.  An admitted link can always hold one request (its long poll), further ones while there is room.
 */
#include "sync/transport_int.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/log.h"

#define SPARE_CONNECTIONS 32		/* beside those of links: handshakes, and who is being refused */
#define UNUSED_MS (2 * 60 * 1000)	/* a connection without a link */
#define FAULTS_MAX 8			/* bad frames on one connection, then it is cut */
#define FULL_SAID_EVERY_MS (10 * 60 * 1000)

/* --- Connections --- */

/* NNG's thread: somebody connects. */
static void *
child_incoming(void *arg)
{
	struct yw_transport *t = arg;
	struct child *child = calloc(1, sizeof *child);
	bool full, say = false;
	int64_t now;

	pthread_mutex_lock(&t->lock);
	now = yw_tr_now(t);
	full = t->n_children == t->max_children;
	if (child != NULL && !full && !t->stopping) {
		child->t = t;
		child->since_ms = now;
		child->where = yw_penalty_address(NULL, 0);
		child->next = t->children;
		t->children = child;
		t->n_children++;
		t->n_busy++;
	} else {
		free(child);
		child = NULL;
		say = full && now - t->full_said_ms >= FULL_SAID_EVERY_MS;
		t->full_said_ms = say ? now : t->full_said_ms;
	}
	pthread_mutex_unlock(&t->lock);
	if (say)
		yw_log(YW_LOG_WARN, "connections-full", "limit=%zu new connections are refused", t->max_children);
	return child;
}

static void
child_begun(void *arg, struct yw_conn *c)
{
	struct child *child = arg;
	struct yw_transport *t = child->t;
	uint8_t raw[16];
	bool stopping;
	size_t len;

	yw_conn_address(c, child->address, raw, &len);
	pthread_mutex_lock(&t->lock);
	child->where = yw_penalty_address(raw, len);
	stopping = t->stopping;
	child->dropped = stopping;
	child->conn = stopping ? NULL : c;
	pthread_mutex_unlock(&t->lock);
	if (stopping) {
		yw_conn_close(c);
		yw_conn_unref(c);
	}
}

/* Gives up a child's connection with all that hangs on it; what is returned is to be closed and unreferenced. */
struct yw_conn *
yw_child_drop(struct child *child, const char *reason)
{
	struct yw_transport *t = child->t;
	struct yw_conn *conn = child->conn;

	child->conn = NULL;
	child->dropped = true;
	for (struct yw_link *link = t->links; link != NULL; link = link->next)
		if (link->child == child)
			yw_link_end(link, reason);
	for (struct yw_call *c = t->calls; c != NULL; c = c->next)
		if (c->child == child)
			c->child = NULL;
	return conn;
}

static void
drop(struct child *child, const char *reason)
{
	struct yw_conn *conn;

	pthread_mutex_lock(&child->t->lock);
	conn = yw_child_drop(child, reason);
	pthread_mutex_unlock(&child->t->lock);
	if (conn == NULL)
		return;
	yw_conn_close(conn);
	yw_conn_unref(conn);
}

static void
child_released(void *arg)
{
	struct child *child = arg, **at;
	struct yw_transport *t = child->t;

	pthread_mutex_lock(&t->lock);
	for (at = &t->children; *at != child; at = &(*at)->next)
		;
	*at = child->next;
	t->n_children--;
	yw_tr_released(t);
	pthread_mutex_unlock(&t->lock);
	free(child);
}

/* The connection, referenced, while the child has it. */
static struct yw_conn *
conn_of(struct child *child)
{
	struct yw_conn *conn;

	pthread_mutex_lock(&child->t->lock);
	conn = child->conn != NULL ? yw_conn_ref(child->conn) : NULL;
	pthread_mutex_unlock(&child->t->lock);
	return conn;
}

static void
child_opened(void *arg)
{
	struct yw_conn *conn = conn_of(arg);

	if (conn != NULL)
		yw_conn_read(conn);
	yw_conn_unref(conn);
}

static void call_open(struct job *job);

/* NNG's thread: a request came. */
static void
child_message(void *arg, struct yw_conn_msg *m)
{
	struct child *child = arg;
	struct yw_call *c = calloc(1, sizeof *c);
	struct yw_transport *t = child->t;

	if (c != NULL)
		c->conn = conn_of(child);
	if (c == NULL || c->conn == NULL) {
		free(c);
		free(m);
		drop(child, "no memory for its request");
		return;
	}
	c->t = t;
	c->child = child;
	c->msg = m;
	memcpy(c->id, m->id, m->id_len);
	c->id_len = m->id_len;
	c->job.run = call_open;
	pthread_mutex_lock(&t->lock);
	yw_tr_post(t, &c->job);
	pthread_mutex_unlock(&t->lock);
}

/* --- Bad peers --- */

/* The link that uses this connection, the admitted one if there are more; referenced.  Locked. */
static struct yw_link *
link_on(const struct child *child)
{
	struct yw_link *found = NULL;

	for (struct yw_link *link = child->t->links; link != NULL; link = link->next)
		if (link->child == child && !link->ending && (found == NULL || link->admitted))
			found = link;
	return found != NULL ? yw_link_ref(found) : NULL;
}

/* Is a line about the child's address written?  Locked. */
static bool
may_say(struct child *child, struct yw_said *said, char more[static YW_SAID_MORE_MAX])
{
	return yw_said_may(said, (struct yw_bytes) { child->where.b, sizeof child->where.b }, yw_tr_now(child->t), more);
}

/* Who is known by a session is cut by that name, anybody else by the address. */
static void
cut_child(struct child *child, bool penalty, const char *why)
{
	struct yw_transport *t = child->t;
	char more[YW_SAID_MORE_MAX];
	struct yw_link *link;
	bool say;

	pthread_mutex_lock(&t->lock);
	link = link_on(child);
	say = link == NULL && may_say(child, &t->cut_said, more);
	if (link == NULL && penalty)
		yw_penalty_add(&t->penalties, &child->where, yw_tr_now(t));
	pthread_mutex_unlock(&t->lock);
	if (link != NULL && penalty)
		yw_link_close(link, why);
	else
		drop(child, why);
	if (say)
		yw_log(YW_LOG_WARN, "peer-cut", "peer=\"%s\" %s%s", child->address, why, more);
	yw_link_unref(link);
}

/* NNG's thread: it broke.  Who stalls may have a bad line, and is not kept out for it. */
static void
child_lost(void *arg, enum yw_code code, const char *why)
{
	char reason[LINK_REASON_MAX];

	snprintf(reason, sizeof reason, "the connection was lost: %s", why);
	if (code == YW_EPEER || code == YW_ETIMEOUT)
		cut_child(arg, code == YW_EPEER, reason);
	else
		drop(arg, reason);
}

/* A frame that no honest peer sends: counted, and at last the connection is cut. */
static void
note_fault(struct yw_call *c, enum yw_code fault, const char *reason)
{
	struct child *child = c->child;
	struct yw_transport *t = c->t;
	char more[YW_SAID_MORE_MAX], why[LINK_REASON_MAX];
	bool cut = false, say = false;

	if (fault == YW_OK || fault == YW_ENOENT)	/* a restart of ours makes such */
		return;
	pthread_mutex_lock(&t->lock);
	if (fault == YW_EDENIED) {
		say = may_say(child, &t->refused_said, more);
	} else {
		t->bad_frames++;
		cut = ++child->faults == FAULTS_MAX;
	}
	pthread_mutex_unlock(&t->lock);
	if (say)
		yw_log(YW_LOG_WARN, "peer-refused", "peer=\"%s\" %s%s", child->address, reason, more);
	if (!cut)
		return;
	snprintf(why, sizeof why, "%d bad frames, the last: %.120s", FAULTS_MAX, reason);
	cut_child(child, true, why);
}

/* Must whoever sends this offer stay away still? */
static bool
offers_too_soon(struct yw_call *c, struct yw_bytes frame)
{
	struct yw_transport *t = c->t;
	bool soon;

	if (frame.len == 0 || frame.data[0] != 1)
		return false;
	pthread_mutex_lock(&t->lock);
	soon = yw_penalty_left(&t->penalties, &c->child->where, yw_tr_now(t)) > 0;
	pthread_mutex_unlock(&t->lock);
	return soon;
}

static uint16_t
offered_major(struct yw_bytes frame)
{
	return frame.len >= 3 + 34 ? yw_get_be16(frame.data + 3 + 32) : 0;
}

static bool
key_welcome(struct yw_transport *t, const struct yw_dh_public *key)
{
	struct yw_penalty_who who = yw_penalty_key(key);
	bool welcome;

	if (yw_tr_is_own(t, key))
		return false;
	pthread_mutex_lock(&t->lock);
	welcome = yw_penalty_left(&t->penalties, &who, yw_tr_now(t)) == 0;
	pthread_mutex_unlock(&t->lock);
	return welcome;
}

static const struct yw_conn_ops child_ops = { child_incoming, child_begun, child_opened, child_message, child_lost,
	child_released };

/* --- Sessions --- */

/* The link of a new session, bound to the connection that it was made on; NULL: no memory, or stopping. */
static struct yw_link *
link_of_child(struct yw_call *c, struct yw_session *session)
{
	struct yw_link *link = yw_link_new(c->t, session, NULL, c->child->address);

	if (link == NULL)
		return NULL;
	pthread_mutex_lock(&c->t->lock);
	link->child = c->child;
	link->where = c->child->where;
	yw_session_set_data(session, link);
	if (c->child->dropped)
		yw_link_end(link, "the connection was lost");
	pthread_mutex_unlock(&c->t->lock);
	return link;
}

static void
welcome(struct yw_call *c, struct yw_session *session, const struct yw_buf *hello, struct yw_buf *reply)
{
	struct yw_transport *t = c->t;
	struct yw_link *link = key_welcome(t, yw_session_peer_key(session)) ? link_of_child(c, session) : NULL;
	struct yw_buf own = { .limit = YW_MESSAGE_MAX };
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

/* --- Calls --- */

static void
call_free(struct yw_call *c)
{
	yw_conn_unref(c->conn);
	yw_link_unref(c->link);
	yw_buf_release(&c->answer);
	free(c->msg);
	free(c);
}

/* May this link have one more of its requests wait for us?  Locked. */
static bool
may_hold(const struct yw_link *link)
{
	size_t max = link->admitted ? YW_LINK_HELD_MAX : YW_STRANGER_HELD_MAX;

	return link->held == 0 || (link->held < max && link->t->n_further < link->t->max_further);
}

/* Locked. */
static void
hold(struct yw_call *c, struct yw_link *link, uint64_t m)
{
	struct yw_transport *t = c->t;

	t->n_further += link->held++ > 0;
	t->n_held++;
	link->child = c->child;
	c->link = yw_link_ref(link);
	c->m = m;
	c->state = CALL_HELD;
	c->next = t->calls;
	if (c->next != NULL)
		c->next->prev = c;
	t->calls = c;
}

/* Locked. */
static void
let_go(struct yw_call *c)
{
	struct yw_transport *t = c->t;

	t->n_further -= --c->link->held > 0;
	t->n_held--;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		t->calls = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

/* Gives the request to the caller; false: `reply` says why not.  No node asks so much at once that its own quota is
 * used up (YW_LINK_REQUESTS_MAX): who does is cut off. */
static bool
hand_over(struct yw_call *c, struct yw_session *session, uint64_t m, struct yw_buf *plain, struct yw_buf *reply)
{
	struct yw_transport *t = c->t;
	struct yw_conn *conn = c->conn;
	struct yw_link *link, *flood = NULL;
	bool held = false;

	pthread_mutex_lock(&t->lock);
	link = yw_session_data(session);
	if (link != NULL && c->child->dropped)
		yw_link_end(link, "the connection was lost");
	if (link != NULL && link->ending)
		link = NULL;
	if (link != NULL && may_hold(link)) {
		held = yw_link_pin(link);
		c->conn = NULL;		/* while it is held, the child has it */
		hold(c, link, m);
	} else if (link != NULL && link->admitted && link->held >= YW_LINK_HELD_MAX) {
		flood = yw_link_ref(link);
	}
	pthread_mutex_unlock(&t->lock);
	if (held) {
		t->ops->request(t->arg, link, c, plain);	/* c is the caller's from here on */
		pthread_mutex_lock(&t->lock);
		yw_link_unpin(link);
		pthread_mutex_unlock(&t->lock);
		yw_conn_unref(conn);
	} else if (flood != NULL) {
		yw_link_close(flood, "it asks more at once than any node does");
		yw_link_unref(flood);
	} else if (link != NULL) {
		yw_session_refuse(&t->self, YW_REFUSED_BUSY, t->self.major, reply);
	} else {
		yw_buf_add_byte(reply, 0);
	}
	return held;
}

/* A worker: what came, and what is to be done about it? */
static void
call_open(struct job *job)
{
	struct yw_call *c = (struct yw_call *)((char *)job - offsetof(struct yw_call, job));
	struct yw_bytes frame = { c->msg->body, c->msg->len };
	struct yw_buf plain = YW_BUF_INIT, reply = YW_BUF_INIT;
	struct yw_sessions_in in = { .what = YW_FED_REPLY };
	struct yw_error err = { 0 };
	enum yw_code code = YW_OK;
	bool held = false;

	if (offers_too_soon(c, frame))
		yw_session_refuse(&c->t->self, YW_REFUSED_PEER, offered_major(frame), &reply);
	else
		code = yw_sessions_feed(c->t->sessions, frame, &c->child->where, &in, &plain, &reply, &err);
	free(c->msg);
	c->msg = NULL;
	yw_conn_read(c->conn);
	if (code == YW_OK && in.what == YW_FED_REPLY)
		note_fault(c, in.fault, err.msg);
	else if (code == YW_OK && in.what == YW_FED_HELLO)
		welcome(c, in.session, &plain, &reply);
	else if (code == YW_OK)
		held = hand_over(c, in.session, in.m, &plain, &reply);
	if (!held) {
		if (code == YW_OK)	/* else out of memory: the child's deadline will tell it */
			yw_conn_send(c->conn, c->id, c->id_len, &reply);
		call_free(c);
	}
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
	struct yw_error err;
	enum yw_code code;

	code = yw_session_reply(c->link->session, c->m, yw_buf_bytes(&c->answer), &reply, &err);
	if (code == YW_ELIMIT) {
		yw_log(YW_LOG_ERROR, "answer-too-long", "peer=\"%s\" %s", yw_link_name(c->link), err.msg);
		yw_session_refuse(&t->self, YW_REFUSED_BUSY, t->self.major, &reply);
	} else if (code != YW_OK) {
		yw_buf_add_byte(&reply, 0);
	}
	pthread_mutex_lock(&t->lock);
	let_go(c);
	if (c->child != NULL && c->child->conn != NULL)
		c->conn = yw_conn_ref(c->child->conn);
	pthread_mutex_unlock(&t->lock);
	if (c->conn != NULL)
		yw_conn_send(c->conn, c->id, c->id_len, &reply);
	yw_buf_release(&reply);
	call_free(c);
}

void
yw_transport_reply(struct yw_call *c, struct yw_buf *plain)
{
	struct yw_transport *t = c->t;

	pthread_mutex_lock(&t->lock);
	c->state = CALL_ANSWERED;
	c->answer = *plain;
	yw_buf_init(plain);
	c->job.run = call_answer;
	if (!t->closed)		/* else yw_transport_free() has it */
		yw_tr_post(t, &c->job);
	pthread_mutex_unlock(&t->lock);
}

/* --- Start, tick, close --- */

static enum yw_code
listen_on(struct yw_transport *t, const char *url, struct yw_error *err)
{
	const char *colon = strrchr(url, ':');
	size_t i = t->n_listen;
	enum yw_code code;
	int port = 0;

	if (i == YW_LISTEN_MAX || strlen(url) > YW_URL_MAX - 5)
		return yw_fail(err, YW_EINVAL, "'%.120s': a url of more than %d bytes, or more than %d", url,
		    YW_URL_MAX - 5, YW_LISTEN_MAX);
	code = yw_listener_open(url, YW_STRANGER_FRAME_MAX, &child_ops, t, &t->listeners[i], &port, err);
	if (code != YW_OK)
		return code;
	snprintf(t->listen[i], sizeof t->listen[i], "%.*s:%d", (int)(colon - url), url, port);
	t->n_listen++;
	return YW_OK;
}

enum yw_code
yw_server_start(struct yw_transport *t, const struct yw_transport_config *c, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	pthread_mutex_lock(&t->lock);
	t->full_said_ms = yw_tr_now(t) - FULL_SAID_EVERY_MS;
	t->max_further = c->limits.admitted;
	t->max_children = c->limits.admitted + c->limits.strangers + SPARE_CONNECTIONS;
	pthread_mutex_unlock(&t->lock);
	for (size_t i = 0; i < c->n_listen && code == YW_OK; i++)
		code = listen_on(t, c->listen[i], err);
	return code;
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
yw_server_quiet(struct yw_transport *t)
{
	for (struct yw_call *c = t->calls; c != NULL; c = c->next)
		if (c->state == CALL_ANSWERED)
			return false;
	for (struct child *child = t->children; child != NULL; child = child->next)
		if (child->conn != NULL && !yw_conn_sent(child->conn))
			return false;
	return true;
}

static bool
is_unused(struct child *child, int64_t now)
{
	for (struct yw_link *link = child->t->links; link != NULL; link = link->next)
		if (link->child == child && !link->ending) {
			child->since_ms = now;
			return false;
		}
	return child->conn != NULL && now - child->since_ms >= UNUSED_MS;
}

/* Under the lock: the connection of the first child that is to go; NULL: none is. */
static struct yw_conn *
drop_one(struct yw_transport *t, const int64_t *unused_at, const char *why)
{
	struct yw_conn *conn = NULL;

	for (struct child *child = t->children; child != NULL && conn == NULL; child = child->next)
		if (unused_at == NULL || is_unused(child, *unused_at))
			conn = yw_child_drop(child, why);
	return conn;
}

/* All children, or those without a link for a while (`unused_at`: now), one at a time: closing wants no lock. */
static void
drop_children(struct yw_transport *t, const int64_t *unused_at, const char *why)
{
	struct yw_conn *conn;

	do {
		pthread_mutex_lock(&t->lock);
		conn = drop_one(t, unused_at, why);
		pthread_mutex_unlock(&t->lock);
		if (conn != NULL)
			yw_conn_close(conn);
		yw_conn_unref(conn);
	} while (conn != NULL);
}

void
yw_server_tick(struct yw_transport *t, int64_t now)
{
	drop_children(t, &now, "it was not used");
}

void
yw_server_close(struct yw_transport *t)
{
	for (size_t i = 0; i < t->n_listen; i++)
		yw_listener_close(t->listeners[i]);
	t->n_listen = 0;
	drop_children(t, NULL, "this node is stopping");
}

void
yw_server_free(struct yw_transport *t)
{
	for (struct yw_call *c = t->calls, *next; c != NULL; c = next) {
		next = c->next;
		call_free(c);
	}
}
