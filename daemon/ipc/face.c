/*
 * face.c - cooked REP contexts around yw_service_ask().
 *
 * Each slot is one context and goes round: RECEIVING (aio pending) -> QUEUED -> ASKING (a thread decodes and calls
 * the service; the answer may come later, from any thread) -> SENDING (aio pending) -> RECEIVING.  There are more
 * slots than questions a busy import or 32 clients have under way; a further one waits in NNG.
 *
 * The aio callback only moves a slot on; handlers run in THREADS threads, more than there can be imports, which
 * may wait.  Lock: `lock` guards queue, states and counts; it is never held while calling NNG or the service.
 */
#include "ipc/face.h"

#include <errno.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "record/wire.h"
#include "ipc/nngmend.h"
#include "yiwang/v1/control.pb-c.h"

#define SLOTS 64
#define THREADS (YW_IMPORTS_MAX + 2)
#define SEND_MS 10000

enum state { IDLE, RECEIVING, QUEUED, ASKING, SENDING };

struct slot {
	struct yw_question q;		/* first: the answer finds its slot by it */
	struct yw_face *f;
	enum state state;
	nng_ctx ctx;
	nng_aio *aio;
	nng_msg *msg;			/* the request, until it is answered */
	Yiwang__V1__ControlRequest *request;
	struct slot *next;		/* in the queue */
};

struct yw_face {
	struct yw_service *s;
	nng_socket socket;
	nng_listener listener;
	struct slot slots[SLOTS];
	size_t n_slots;
	pthread_t threads[THREADS];
	size_t n_threads;
	pthread_mutex_t lock;
	pthread_cond_t queued, moved;
	struct slot *first, **last;
	bool stopping;
};

static enum yw_code
nng_error(struct yw_error *err, int rv, const char *what)
{
	return yw_fail(err, rv == NNG_ENOMEM ? YW_ENOMEM : rv == NNG_EADDRINUSE ? YW_ECONFLICT : YW_EIO, "%s: %s", what,
	    nng_strerror(rv));
}

static void
set_state(struct slot *s, enum state state)
{
	pthread_mutex_lock(&s->f->lock);
	s->state = state;
	pthread_cond_broadcast(&s->f->moved);
	pthread_mutex_unlock(&s->f->lock);
}

/* --- answering --- */

static void
send_reply(struct slot *s, const struct yw_buf *bytes)
{
	nng_msg *reply = NULL;

	nng_msg_free(s->msg);
	s->msg = NULL;
	if (bytes->failed || nng_msg_alloc(&reply, 0) != 0 || nng_msg_append(reply, bytes->data, bytes->len) != 0) {
		nng_msg_free(reply);	/* without memory for an answer the asker meets its deadline */
		reply = NULL;
	}
	set_state(s, SENDING);
	if (reply == NULL && nng_msg_alloc(&reply, 0) != 0) {
		set_state(s, IDLE);
		yw_log(YW_LOG_ERROR, "ipc-no-memory", "a place for local questions is lost until the daemon is restarted");
		return;
	}
	nng_aio_set_msg(s->aio, reply);
	nng_aio_set_timeout(s->aio, SEND_MS);
	nng_ctx_send(s->ctx, s->aio);
}

static void
answer(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data)
{
	struct slot *s = (struct slot *)q;
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_error err;

	reply.code = (uint32_t)code;
	reply.message = (char *)(uintptr_t)message;
	reply.result = (ProtobufCBinaryData) { result.len, (uint8_t *)(uintptr_t)result.data };
	reply.data = (ProtobufCBinaryData) { data.len, (uint8_t *)(uintptr_t)data.data };
	if (yw_wire_pack(&reply.base, &bytes, &err) != YW_OK) {
		yw_log(YW_LOG_ERROR, "ipc-answer-unwritten", "method=%s %s", q->method, err.msg);
		yw_buf_clear(&bytes);
	}
	yw_decode_free(s->request);
	s->request = NULL;
	send_reply(s, &bytes);
	yw_buf_release(&bytes);
}

/* --- asking --- */

static bool
caller_of(nng_msg *msg, struct yw_caller *out)
{
	nng_pipe pipe = nng_msg_get_pipe(msg);
	uint64_t uid, gid, pid;

	if (nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_UID, &uid) != 0 ||
	    nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_GID, &gid) != 0 ||
	    nng_pipe_get_uint64(pipe, NNG_OPT_IPC_PEER_PID, &pid) != 0)
		return false;
	*out = (struct yw_caller) { (uid_t)uid, (gid_t)gid, (pid_t)pid };
	return true;
}

static void
ask(struct slot *s)
{
	struct yw_bytes in = { nng_msg_body(s->msg), nng_msg_len(s->msg) }, none = { NULL, 0 };
	struct yw_error err;
	enum yw_code code;

	s->q = (struct yw_question) { .method = "", .answer = answer };
	code = yw_decode(&yiwang__v1__control_request__descriptor, in, &s->request, &err);
	if (code == YW_OK && !caller_of(s->msg, &s->q.caller))
		code = yw_fail(&err, YW_EPEER, "the asker has left");
	if (code != YW_OK) {
		answer(&s->q, code, err.msg, none, none);
		return;
	}
	s->q.method = s->request->method;
	s->q.params = (struct yw_bytes) { s->request->params.data, s->request->params.len };
	s->q.data = (struct yw_bytes) { s->request->data.data, s->request->data.len };
	yw_service_ask(s->f->s, &s->q);
}

static void *
run(void *arg)
{
	struct yw_face *f = arg;
	struct slot *s;

	pthread_setname_np(pthread_self(), "yw-ipc");
	for (;;) {
		pthread_mutex_lock(&f->lock);
		while (f->first == NULL && !f->stopping)
			pthread_cond_wait(&f->queued, &f->lock);
		s = f->first;
		if (s != NULL) {
			f->first = s->next;
			if (f->first == NULL)
				f->last = &f->first;
			s->state = ASKING;
		}
		pthread_mutex_unlock(&f->lock);
		if (s == NULL)
			return NULL;
		ask(s);
	}
}

/* --- the way of a slot --- */

static void
receive(struct slot *s)
{
	bool stopping;

	pthread_mutex_lock(&s->f->lock);
	stopping = s->f->stopping;
	s->state = stopping ? IDLE : RECEIVING;
	pthread_cond_broadcast(&s->f->moved);
	pthread_mutex_unlock(&s->f->lock);
	if (stopping)
		return;
	nng_aio_set_timeout(s->aio, NNG_DURATION_INFINITE);
	nng_ctx_recv(s->ctx, s->aio);
}

static void
enqueue(struct slot *s)
{
	struct yw_face *f = s->f;

	pthread_mutex_lock(&f->lock);
	s->state = QUEUED;
	s->next = NULL;
	*f->last = s;
	f->last = &s->next;
	pthread_cond_signal(&f->queued);
	pthread_mutex_unlock(&f->lock);
}

static void
aio_done(void *arg)
{
	struct slot *s = arg;
	int rv = nng_aio_result(s->aio);
	bool sending;

	pthread_mutex_lock(&s->f->lock);
	sending = s->state == SENDING;
	pthread_mutex_unlock(&s->f->lock);
	if (sending) {
		if (rv != 0) {
			nng_msg_free(nng_aio_get_msg(s->aio));
			nng_aio_set_msg(s->aio, NULL);
		}
		receive(s);
	} else if (rv == 0) {
		s->msg = nng_aio_get_msg(s->aio);
		nng_aio_set_msg(s->aio, NULL);
		enqueue(s);
	} else {
		set_state(s, IDLE);
	}
}

/* --- opening --- */

static enum yw_code
prepare_path(const char *path, const char *group, gid_t *gid, struct yw_error *err)
{
	char dir[PATH_MAX];
	const struct group *g;
	struct stat st;

	*gid = (gid_t)-1;
	if (*group != '\0') {
		g = getgrnam(group);
		if (g == NULL)
			return yw_fail(err, YW_EINVAL, "control_group: there is no group '%s' on this machine", group);
		*gid = g->gr_gid;
	}
	snprintf(dir, sizeof dir, "%s", path);
	dirname(dir);
	if (mkdir(dir, 0750) == 0) {
		if (chown(dir, (uid_t)-1, *gid) != 0)
			return yw_fail(err, YW_EIO, "unable to give '%s' to group '%s': %s", dir, group, strerror(errno));
	} else if (errno != EEXIST) {
		return yw_fail(err, YW_EIO, "unable to create directory '%s': %s", dir, strerror(errno));
	}
	/* NNG would delete a regular file at this path. */
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return yw_fail(err, YW_EDENIED, "control_socket: '%s' is not a socket: move it away", path);
	return YW_OK;
}

static enum yw_code
listen_at(struct yw_face *f, const char *path, gid_t gid, struct yw_error *err)
{
	char url[PATH_MAX];
	int rv;

	snprintf(url, sizeof url, "ipc://%s", path);
	rv = nng_listener_create(&f->listener, f->socket, url);
	if (rv == 0)
		rv = nng_listener_set_int(f->listener, NNG_OPT_IPC_PERMISSIONS, 0660);
	if (rv == 0)
		rv = nng_listener_start(f->listener, 0);
	if (rv == NNG_EADDRINUSE)
		return yw_fail(err, YW_ECONFLICT, "another daemon answers on '%s' already", path);
	if (rv != 0)
		return yw_fail(err, YW_EIO, "unable to listen on '%s': %s", path, nng_strerror(rv));
	if (gid != (gid_t)-1 && chown(path, (uid_t)-1, gid) != 0)
		return yw_fail(err, YW_EIO, "unable to give '%s' to the control group: %s", path, strerror(errno));
	return YW_OK;
}

static enum yw_code
open_slots(struct yw_face *f, struct yw_error *err)
{
	int rv = 0;

	for (; rv == 0 && f->n_slots < SLOTS; f->n_slots++) {
		struct slot *s = &f->slots[f->n_slots];

		s->f = f;
		rv = nng_aio_alloc(&s->aio, aio_done, s);
		if (rv != 0)
			break;
		rv = nng_ctx_open(&s->ctx, f->socket);
	}
	return rv == 0 ? YW_OK : nng_error(err, rv, "unable to open the places for local questions");
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
	int rv;

	code = prepare_path(path, group, &gid, err);
	if (code == YW_OK && !yw_nng_mend())
		code = yw_fail(err, YW_EIO, "this program does not catch a known fault of NNG: see ipc/nngmend.h");
	if (code != YW_OK)
		return code;
	f = calloc(1, sizeof *f);
	if (f == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the local face");
	f->s = s;
	f->last = &f->first;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->queued, NULL);
	pthread_cond_init(&f->moved, NULL);
	rv = nng_rep0_open(&f->socket);
	if (rv == 0)
		rv = nng_socket_set_size(f->socket, NNG_OPT_RECVMAXSZ, YW_CONTROL_MESSAGE_MAX + 64);
	code = rv == 0 ? open_slots(f, err) : nng_error(err, rv, "unable to open the local socket");
	if (code == YW_OK)
		code = start_threads(f, err);
	if (code == YW_OK)
		code = listen_at(f, path, gid, err);
	if (code != YW_OK) {
		yw_face_stop(f);
		yw_face_free(f);
		return code;
	}
	for (size_t i = 0; i < f->n_slots; i++)
		receive(&f->slots[i]);
	*out = f;
	return YW_OK;
}

void
yw_face_stop(struct yw_face *f)
{
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_cond_broadcast(&f->queued);
	pthread_mutex_unlock(&f->lock);
	for (size_t i = 0; i < f->n_slots; i++) {
		bool receiving;

		pthread_mutex_lock(&f->lock);
		receiving = f->slots[i].state == RECEIVING;
		pthread_mutex_unlock(&f->lock);
		if (receiving)
			nng_aio_cancel(f->slots[i].aio);
	}
	for (size_t i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	f->n_threads = 0;
}

void
yw_face_free(struct yw_face *f)
{
	if (f == NULL)
		return;
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n_slots; i++)
		while (f->slots[i].state != IDLE)
			pthread_cond_wait(&f->moved, &f->lock);
	pthread_mutex_unlock(&f->lock);
	nng_msleep(100);	/* NNG does not linger: what was handed to it may still be on its way */
	nng_close(f->socket);
	for (size_t i = 0; i < SLOTS; i++) {
		if (f->slots[i].aio == NULL)
			continue;
		nng_aio_stop(f->slots[i].aio);
		nng_aio_free(f->slots[i].aio);
	}
	pthread_cond_destroy(&f->queued);
	pthread_cond_destroy(&f->moved);
	pthread_mutex_destroy(&f->lock);
	free(f);
}
