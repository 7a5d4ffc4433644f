/*
 * face.c - questions from connections to yw_service_ask(), answers back.
 *
 *	NNG's threads	accept, read a question, queue it
 *	THREADS threads	take a question from the queue, decode it, call the service; more than there can be
 *			imports, which may wait
 *	any thread	answers, and lets the next question of that connection be read
 *
 * One question at a time on a connection: so what is held is bounded by the connections, and one that asks much
 * waits for itself.  Each question is one object, from its arrival until its answer has been handed to the
 * connection; it holds a reference of the connection, which is thus not gone before its answer.
 *
 * Lock: `lock` guards queue, peers and counts; it is never held while calling a connection or the service.
 */
#include "ipc/face.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "record/wire.h"
#include "sync/transport_conn.h"
#include "yiwang/v1/control.pb-c.h"

#define PEERS_MAX 128			/* connections ... */
#define PEERS_KEPT 8			/* ... and so many more that only root and the daemon's own user get */
#define THREADS (YW_IMPORTS_MAX + 2)
#define DRAIN_MS 2000			/* for answers to go out to whoever does not read them */
#define FULL_SAID_EVERY_MS 60000
#define DEFAULT_GROUP "yiwang"
#define NO_GROUP ((gid_t)-1)
#define DIR_MODE 0750u

struct peer {				/* one connection */
	struct yw_face *f;
	struct yw_conn *conn;		/* NULL: dropped */
	struct yw_caller caller;
	struct peer *next;
};

struct call {
	struct yw_question q;		/* first: the answer finds its call by it */
	struct peer *peer;
	struct yw_conn *conn;
	struct yw_conn_msg *msg;
	Yiwang__V1__ControlRequest *request;
	struct call *next;		/* in the queue */
};

struct yw_face {
	struct yw_service *s;
	struct yw_listener *listener;
	pthread_t threads[THREADS];
	size_t n_threads;
	pthread_mutex_t lock;
	pthread_cond_t queued, gone;	/* a call or a peer is gone */
	struct call *first, **last;
	struct peer *peers;
	size_t n_peers, n_calls;
	int64_t full_said_ms;
	bool stopping;
};

/* --- answering --- */

/* Gives up a connection: at once if nothing of it is under way, else when its answer was handed over. */
static void
drop(struct peer *p)
{
	struct yw_conn *conn;

	pthread_mutex_lock(&p->f->lock);
	conn = p->conn;
	p->conn = NULL;
	pthread_mutex_unlock(&p->f->lock);
	if (conn != NULL)
		yw_conn_close(conn);
	yw_conn_unref(conn);
}

static void
end_call(struct call *c)
{
	struct yw_face *f = c->peer->f;
	struct yw_conn *conn = c->conn;

	yw_decode_free(c->request);
	free(c->msg);
	free(c);
	pthread_mutex_lock(&f->lock);
	f->n_calls--;
	pthread_cond_broadcast(&f->gone);
	pthread_mutex_unlock(&f->lock);
	yw_conn_unref(conn);	/* last: the face may go with its last connection */
}

static void
answer(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data)
{
	struct call *c = (struct call *)q;
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_error err;

	reply.code = (uint32_t)code;
	reply.message = (char *)(uintptr_t)message;
	reply.result = (ProtobufCBinaryData) { result.len, (uint8_t *)(uintptr_t)result.data };
	reply.data = (ProtobufCBinaryData) { data.len, (uint8_t *)(uintptr_t)data.data };
	if (yw_wire_pack(&reply.base, &bytes, &err) != YW_OK) {
		yw_log(YW_LOG_ERROR, "ipc-answer-unwritten", "method=%s %s", q->method, err.msg);
		bytes.failed = true;
	}
	if (yw_conn_send(c->conn, c->msg->id, c->msg->id_len, &bytes))
		yw_conn_read(c->conn);
	else
		drop(c->peer);	/* so that the asker hears at once that nothing comes */
	end_call(c);
}

/* --- asking --- */

static void
ask(struct call *c)
{
	struct yw_bytes in = { c->msg->body, c->msg->len }, none = { NULL, 0 };
	struct yw_error err;
	enum yw_code code = yw_decode(&yiwang__v1__control_request__descriptor, in, &c->request, &err);

	if (code != YW_OK) {
		answer(&c->q, code, err.msg, none, none);
		return;
	}
	c->q.method = c->request->method;
	c->q.params = (struct yw_bytes) { c->request->params.data, c->request->params.len };
	c->q.data = (struct yw_bytes) { c->request->data.data, c->request->data.len };
	yw_service_ask(c->peer->f->s, &c->q);
}

/* The next question; NULL: there is none, and no more will come. */
static struct call *
take(struct yw_face *f)
{
	struct call *c;

	pthread_mutex_lock(&f->lock);
	while (f->first == NULL && !f->stopping)
		pthread_cond_wait(&f->queued, &f->lock);
	c = f->first;
	if (c != NULL)
		f->first = c->next;
	if (f->first == NULL)
		f->last = &f->first;
	pthread_mutex_unlock(&f->lock);
	return c;
}

static void *
run(void *arg)
{
	struct call *c;

	pthread_setname_np(pthread_self(), "yw-ipc");
	while ((c = take(arg)) != NULL)
		ask(c);
	return NULL;
}

/* --- connections, in NNG's threads --- */

/* Locked: is it time to say so? */
static bool
say_full(struct yw_face *f)
{
	int64_t now = yw_mono_ms(&yw_clock_real);

	if (now - f->full_said_ms < FULL_SAID_EVERY_MS)
		return false;
	f->full_said_ms = now;
	return true;
}

static void
log_full(void)
{
	yw_log(YW_LOG_WARN, "ipc-full", "limit=%d new local connections are refused", PEERS_MAX);
}

static void *
peer_incoming(void *arg)
{
	struct yw_face *f = arg;
	struct peer *p = calloc(1, sizeof *p);
	bool full, say;

	pthread_mutex_lock(&f->lock);
	full = f->n_peers >= PEERS_MAX + PEERS_KEPT;
	say = full && say_full(f);
	if (p != NULL && !full && !f->stopping) {
		p->f = f;
		p->next = f->peers;
		f->peers = p;
		f->n_peers++;
	} else {
		free(p);
		p = NULL;
	}
	pthread_mutex_unlock(&f->lock);
	if (say)
		log_full();
	return p;
}

static void
peer_begun(void *arg, struct yw_conn *c)
{
	struct peer *p = arg;
	struct yw_conn_user user;
	bool known = yw_conn_user(c, &user), full, say;

	if (known)
		p->caller = (struct yw_caller) { user.uid, user.gid, user.pid };
	pthread_mutex_lock(&p->f->lock);
	p->conn = c;
	full = p->f->n_peers > PEERS_MAX && !(known && yw_caller_operates(&p->caller));
	say = full && say_full(p->f);
	pthread_mutex_unlock(&p->f->lock);
	if (say)
		log_full();
	if (!known || full)
		drop(p);
}

/* The connection, referenced, while the peer has it. */
static struct yw_conn *
conn_of(struct peer *p)
{
	struct yw_conn *conn;

	pthread_mutex_lock(&p->f->lock);
	conn = p->conn != NULL ? yw_conn_ref(p->conn) : NULL;
	pthread_mutex_unlock(&p->f->lock);
	return conn;
}

static void
peer_opened(void *arg)
{
	struct yw_conn *conn = conn_of(arg);

	if (conn != NULL)
		yw_conn_read(conn);
	yw_conn_unref(conn);
}

static void
peer_message(void *arg, struct yw_conn_msg *m)
{
	struct peer *p = arg;
	struct yw_face *f = p->f;
	struct call *c = calloc(1, sizeof *c);
	bool stopping;

	if (c != NULL)
		c->conn = conn_of(p);
	if (c == NULL || c->conn == NULL) {
		free(c);
		free(m);
		drop(p);
		return;
	}
	c->q = (struct yw_question) { .caller = p->caller, .method = "", .answer = answer };
	c->peer = p;
	c->msg = m;
	pthread_mutex_lock(&f->lock);
	f->n_calls++;
	stopping = f->stopping;
	if (!stopping) {
		*f->last = c;
		f->last = &c->next;
		pthread_cond_signal(&f->queued);
	}
	pthread_mutex_unlock(&f->lock);
	if (stopping)
		answer(&c->q, YW_ESTOPPED, "the daemon is stopping", (struct yw_bytes) { NULL, 0 },
		    (struct yw_bytes) { NULL, 0 });
}

static void
peer_lost(void *arg, enum yw_code code, const char *why)
{
	(void)code;
	(void)why;
	drop(arg);
}

static void
peer_released(void *arg)
{
	struct peer *p = arg, **at;
	struct yw_face *f = p->f;

	pthread_mutex_lock(&f->lock);
	for (at = &f->peers; *at != p; at = &(*at)->next)
		;
	*at = p->next;
	f->n_peers--;
	pthread_cond_broadcast(&f->gone);
	pthread_mutex_unlock(&f->lock);
	free(p);
}

static const struct yw_conn_ops peer_ops = { peer_incoming, peer_begun, peer_opened, peer_message, peer_lost,
	peer_released };

/* --- opening --- */

/* Whose the socket is to be; NO_GROUP: it stays with the daemon's own. */
static enum yw_code
choose_group(const char *name, gid_t *gid, struct yw_error *err)
{
	const struct group *g = getgrnam(*name != '\0' ? name : DEFAULT_GROUP);

	*gid = NO_GROUP;
	if (g == NULL && *name != '\0')
		return yw_fail(err, YW_EINVAL, "control_group: there is no group '%s' on this machine", name);
	if (g != NULL && (*name != '\0' || geteuid() == 0 || group_member(g->gr_gid)))
		*gid = g->gr_gid;
	return YW_OK;
}

/*
 * Lets the group into a directory, which may have been there before.  Only one that looks as made for the socket is
 * given to the group: where others come in the group does as well, and one that is its owner's alone may hold more.
 */
static enum yw_code
let_group_in(const char *dir, gid_t gid, struct yw_error *err)
{
	struct stat st;

	if (stat(dir, &st) != 0)
		return yw_fail(err, YW_EIO, "unable to look at directory '%s': %s", dir, strerror(errno));
	if (st.st_mode & S_IWOTH)
		return yw_fail(err, YW_EDENIED, "control_socket: others may write in '%s', and so put their own socket there: "
		    "chmod o-w it", dir);
	if (gid == NO_GROUP || st.st_mode & S_IXOTH || (st.st_gid == gid && st.st_mode & S_IXGRP))
		return YW_OK;
	if ((st.st_mode & 0777) != DIR_MODE)
		return yw_fail(err, YW_EDENIED, "control_socket: the control group cannot enter '%s': chmod %o it, or choose a "
		    "directory for the socket alone", dir, DIR_MODE);
	if (chown(dir, (uid_t)-1, gid) != 0)
		return yw_fail(err, YW_EIO, "unable to give '%s' to the control group: %s", dir, strerror(errno));
	return YW_OK;
}

static enum yw_code
prepare_path(const char *path, gid_t gid, struct yw_error *err)
{
	char dir[PATH_MAX];
	enum yw_code code;
	struct stat st;

	snprintf(dir, sizeof dir, "%s", path);
	dirname(dir);
	if (mkdir(dir, DIR_MODE) == 0 ? chmod(dir, DIR_MODE) != 0 : errno != EEXIST)
		return yw_fail(err, YW_EIO, "unable to create directory '%s': %s", dir, strerror(errno));
	code = let_group_in(dir, gid, err);
	if (code != YW_OK)
		return code;
	/* A regular file at this path would be deleted. */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return yw_fail(err, YW_EDENIED, "control_socket: '%s' is not a socket: move it away", path);
	return YW_OK;
}

static enum yw_code
listen_at(struct yw_face *f, const char *path, gid_t gid, struct yw_error *err)
{
	char url[PATH_MAX];
	enum yw_code code;
	int port;

	snprintf(url, sizeof url, "ipc://%s", path);
	code = yw_listener_open(url, YW_CONTROL_MESSAGE_MAX, &peer_ops, f, &f->listener, &port, err);
	if (code == YW_ECONFLICT)
		return yw_fail(err, YW_ECONFLICT, "another daemon answers on '%s' already", path);
	if (code == YW_OK && gid != NO_GROUP && chown(path, (uid_t)-1, gid) != 0)
		return yw_fail(err, YW_EIO, "unable to give '%s' to the control group: %s", path, strerror(errno));
	return code;
}

static enum yw_code
start_threads(struct yw_face *f, struct yw_error *err)
{
	for (; f->n_threads < THREADS; f->n_threads++)
		if (pthread_create(&f->threads[f->n_threads], NULL, run, f) != 0)
			return yw_fail(err, YW_EIO, "unable to start a thread for local questions");
	return YW_OK;
}

enum yw_code
yw_face_open(const char *path, const char *group, struct yw_service *s, struct yw_face **out, struct yw_error *err)
{
	struct yw_face *f;
	enum yw_code code;
	gid_t gid;

	code = choose_group(group, &gid, err);
	if (code == YW_OK)
		code = prepare_path(path, gid, err);
	if (code != YW_OK)
		return code;
	f = calloc(1, sizeof *f);
	if (f == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the local face");
	f->s = s;
	f->last = &f->first;
	f->full_said_ms = -FULL_SAID_EVERY_MS;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->queued, NULL);
	pthread_cond_init(&f->gone, NULL);
	code = start_threads(f, err);
	if (code == YW_OK)
		code = listen_at(f, path, gid, err);
	if (code != YW_OK) {
		yw_face_stop(f);
		yw_face_free(f);
		return code;
	}
	*out = f;
	return YW_OK;
}

/* --- closing --- */

void
yw_face_stop(struct yw_face *f)
{
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_cond_broadcast(&f->queued);
	pthread_mutex_unlock(&f->lock);
	yw_listener_close(f->listener);
	f->listener = NULL;
	for (size_t i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	f->n_threads = 0;
}

static bool
all_sent(struct yw_face *f)
{
	bool sent = true;

	pthread_mutex_lock(&f->lock);
	for (struct peer *p = f->peers; p != NULL && sent; p = p->next)
		sent = p->conn == NULL || yw_conn_sent(p->conn);
	pthread_mutex_unlock(&f->lock);
	return sent;
}

/* A peer that still has its connection; NULL: none has. */
static struct yw_conn *
take_conn(struct yw_face *f)
{
	struct yw_conn *conn = NULL;

	pthread_mutex_lock(&f->lock);
	for (struct peer *p = f->peers; p != NULL && conn == NULL; p = p->next) {
		conn = p->conn;
		p->conn = NULL;
	}
	pthread_mutex_unlock(&f->lock);
	return conn;
}

void
yw_face_free(struct yw_face *f)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };
	struct yw_conn *conn;

	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	while (f->n_calls > 0)
		pthread_cond_wait(&f->gone, &f->lock);
	pthread_mutex_unlock(&f->lock);
	for (int waited = 0; waited < DRAIN_MS && !all_sent(f); waited += 10)
		nanosleep(&pause, NULL);
	while ((conn = take_conn(f)) != NULL) {
		yw_conn_close(conn);
		yw_conn_unref(conn);
	}
	pthread_mutex_lock(&f->lock);
	while (f->n_peers > 0)
		pthread_cond_wait(&f->gone, &f->lock);
	pthread_mutex_unlock(&f->lock);
	pthread_cond_destroy(&f->queued);
	pthread_cond_destroy(&f->gone);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
