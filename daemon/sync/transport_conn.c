/*
 * transport_conn.c - see transport_conn.h.
 *
 * A connection holds a reference of itself while it reads and while it writes; the owner has one from
 * `begun` on.  Both ends of an operation stand under the lock: it is posted only while `closing` is false,
 * and yw_conn_close() sets that before it closes the stream, which ends whatever was posted.
 */
#include "sync/transport_conn.h"

#include <arpa/inet.h>
#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define REQ 0x30
#define REP 0x31
#define GREETING_BYTES 8
#define LENGTH_BYTES 8
#define TYPE 0x01			/* of every message over ipc:// */
#define HEAD_MAX (1 + LENGTH_BYTES)
#define HOP_BYTES 4
#define GREETING_MS 10000
#define STALL_MS 60000			/* without a byte, in the middle of a message */
#define DIAL_MS 30000
#define SOCKET_MODE 0660
#define ACCEPT_PAUSE_MS 200		/* after a failure such as too many open files */
#define UNSENT_MAX (4u << 20)		/* bytes of answers that the other side does not read: then we read no further */

struct out {				/* a message on its way out */
	struct out *next;
	uint8_t head[HEAD_MAX + YW_CONN_ID_MAX];
	size_t head_len, sent;
	struct yw_buf body;
};

enum reading { GREETING, HEAD, BODY };

struct yw_conn {
	const struct yw_conn_ops *ops;
	void *arg;
	atomic_uint refs;
	nng_stream *stream;
	nng_aio *raio, *waio;
	uint8_t own, theirs;		/* protocols */
	bool typed;			/* ipc:// */

	enum reading reading;		/* the reader's */
	uint8_t head[HEAD_MAX];
	size_t got, want;
	struct yw_conn_msg *msg;

	pthread_mutex_t lock;		/* for the rest */
	size_t max;
	bool closing, writing;
	struct out *first, **last;
	size_t unsent;			/* bytes in them */
	bool resting;			/* to be read on when there is less of it */
};

struct yw_listener {
	nng_stream_listener *l;
	nng_aio *aio;
	bool local;			/* ipc:// */
	size_t max;
	const struct yw_conn_ops *ops;
	void *arg;
	atomic_bool closing;
	bool pausing;			/* its callback's */
};

struct yw_dialer {
	char *url;
	size_t max;
	const struct yw_conn_ops *ops;
	void *arg;			/* of the dial under way */
	nng_aio *aio;			/* its own */
	pthread_mutex_t lock;
	nng_stream_dialer *d;		/* its own; NULL: none is under way */
};

static enum yw_code
code_of(int rv, const char *what, struct yw_error *err)
{
	switch (rv) {
	case 0:
		return YW_OK;
	case NNG_ENOMEM:
		return yw_fail(err, YW_ENOMEM, "'%.120s': out of memory", what);
	case NNG_EADDRINUSE:
		return yw_fail(err, YW_ECONFLICT, "'%.120s' is in use: is another yiwangd running", what);
	case NNG_EINVAL:
	case NNG_EADDRINVAL:
	case NNG_ENOTSUP:
		return yw_fail(err, YW_EINVAL, "'%.120s' is no address of the form tcp://host:port or ipc://path", what);
	default:
		return yw_fail(err, YW_EIO, "'%.120s': %s", what, nng_strerror(rv));
	}
}

/* --- Life --- */

static void
free_conn(struct yw_conn *c)
{
	for (struct out *o = c->first, *next; o != NULL; o = next) {
		next = o->next;
		yw_buf_release(&o->body);
		free(o);
	}
	free(c->msg);
	nng_stream_free(c->stream);
	if (c->raio != NULL)
		nng_aio_reap(c->raio);	/* this may be one of their callbacks */
	if (c->waio != NULL)
		nng_aio_reap(c->waio);
	pthread_mutex_destroy(&c->lock);
	c->ops->released(c->arg);
	free(c);
}

struct yw_conn *
yw_conn_ref(struct yw_conn *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
yw_conn_unref(struct yw_conn *c)
{
	if (c != NULL && atomic_fetch_sub(&c->refs, 1) == 1)
		free_conn(c);
}

static bool
begin_closing(struct yw_conn *c)
{
	bool first;

	pthread_mutex_lock(&c->lock);
	first = !c->closing;
	c->closing = true;
	pthread_mutex_unlock(&c->lock);
	if (first)
		nng_stream_close(c->stream);
	return first;
}

void
yw_conn_close(struct yw_conn *c)
{
	begin_closing(c);
}

static void
broken(struct yw_conn *c, enum yw_code code, const char *why)
{
	if (begin_closing(c))
		c->ops->lost(c->arg, code, why);
}

static void
broken_by(struct yw_conn *c, int rv)
{
	broken(c, rv == NNG_ETIMEDOUT ? YW_ETIMEOUT : YW_EIO, nng_strerror(rv));
}

/* --- Reading --- */

/* Goes on with what c->want says; false: it is closing, and the reader's reference is the caller's to end. */
static bool
read_more(struct yw_conn *c)
{
	uint8_t *to = c->reading == BODY ? c->msg->bytes : c->head;
	nng_iov iov = { to + c->got, c->want - c->got };
	bool idle = c->reading == HEAD && c->got == 0, post;

	nng_aio_set_iov(c->raio, 1, &iov);
	nng_aio_set_timeout(c->raio, c->reading == GREETING ? GREETING_MS : idle ? NNG_DURATION_INFINITE : STALL_MS);
	pthread_mutex_lock(&c->lock);
	post = !c->closing;
	if (post)
		nng_stream_recv(c->stream, c->raio);
	pthread_mutex_unlock(&c->lock);
	return post;
}

static bool
greeted(struct yw_conn *c)
{
	const uint8_t want[GREETING_BYTES] = { 0, 'S', 'P', 0, 0, c->theirs, 0, 0 };

	if (memcmp(c->head, want, sizeof want) != 0) {
		broken(c, YW_EPEER, "it does not speak NNG's request and reply");
		return false;
	}
	c->ops->opened(c->arg);
	return false;	/* the owner says when to read */
}

static bool
begin_body(struct yw_conn *c)
{
	uint64_t len = yw_get_be64(c->head + c->typed);
	size_t max;

	pthread_mutex_lock(&c->lock);
	max = c->max;
	pthread_mutex_unlock(&c->lock);
	if (c->typed && c->head[0] != TYPE) {
		broken(c, YW_EPEER, "it sent a message of no known type");
		return false;
	}
	if (len < HOP_BYTES || len > max + YW_CONN_ID_MAX) {
		broken(c, YW_EPEER, "it sent a message longer than it may");
		return false;
	}
	c->msg = malloc(sizeof *c->msg + (size_t)len);
	if (c->msg == NULL) {
		broken(c, YW_ENOMEM, "no memory for its message");
		return false;
	}
	c->reading = BODY;
	c->got = 0;
	c->want = (size_t)len;
	return read_more(c);
}

static bool
end_body(struct yw_conn *c)
{
	struct yw_conn_msg *m = c->msg;
	size_t at = 0;

	while (at + HOP_BYTES <= c->want && at < YW_CONN_ID_MAX && (m->bytes[at] & 0x80) == 0)
		at += HOP_BYTES;
	if (at + HOP_BYTES > c->want || at == YW_CONN_ID_MAX) {
		broken(c, YW_EPEER, "it sent a message without a request id");
		return false;
	}
	m->id_len = at + HOP_BYTES;
	memcpy(m->id, m->bytes, m->id_len);
	m->body = m->bytes + m->id_len;
	m->len = c->want - m->id_len;
	c->msg = NULL;
	c->ops->message(c->arg, m);
	return false;
}

/* NNG's callback. */
static void
read_done(void *arg)
{
	struct yw_conn *c = arg;
	int rv = nng_aio_result(c->raio);
	bool more = false;

	c->got += rv == 0 ? nng_aio_count(c->raio) : 0;
	if (rv != 0)
		broken_by(c, rv);
	else if (c->got < c->want)
		more = read_more(c);
	else if (c->reading == GREETING)
		more = greeted(c);
	else if (c->reading == HEAD)
		more = begin_body(c);
	else
		more = end_body(c);
	if (!more)
		yw_conn_unref(c);
}

static void
begin_reading(struct yw_conn *c)
{
	yw_conn_ref(c);
	c->reading = HEAD;
	c->got = 0;
	c->want = c->typed + LENGTH_BYTES;
	if (!read_more(c))
		yw_conn_unref(c);
}

/* Who asks and does not read the answers is not read either.  The side that asks always reads: so one of the two
 * goes on. */
void
yw_conn_read(struct yw_conn *c)
{
	bool rests;

	pthread_mutex_lock(&c->lock);
	rests = c->own == REP && c->unsent > UNSENT_MAX;
	c->resting = rests;
	pthread_mutex_unlock(&c->lock);
	if (!rests)
		begin_reading(c);
}

void
yw_conn_set_max(struct yw_conn *c, size_t max)
{
	pthread_mutex_lock(&c->lock);
	c->max = max;
	pthread_mutex_unlock(&c->lock);
}

/* --- Writing --- */

/* Locked, with something queued. */
static void
write_more(struct yw_conn *c)
{
	const struct out *o = c->first;
	size_t in_body = o->sent > o->head_len ? o->sent - o->head_len : 0;
	nng_iov iov[2];
	unsigned n = 0;

	if (o->sent < o->head_len)
		iov[n++] = (nng_iov) { (void *)(o->head + o->sent), o->head_len - o->sent };
	if (o->body.len > in_body)
		iov[n++] = (nng_iov) { o->body.data + in_body, o->body.len - in_body };
	nng_aio_set_iov(c->waio, n, iov);
	nng_aio_set_timeout(c->waio, STALL_MS);
	nng_stream_send(c->stream, c->waio);
}

/* Takes off what was sent; the finished message, to be freed.  Locked. */
static struct out *
take_sent(struct yw_conn *c, size_t n)
{
	struct out *o = c->first;

	o->sent += n;
	c->unsent -= n;
	if (o->sent < o->head_len + o->body.len)
		return NULL;
	c->first = o->next;
	if (c->first == NULL)
		c->last = &c->first;
	return o;
}

/* NNG's callback. */
static void
write_done(void *arg)
{
	struct yw_conn *c = arg;
	int rv = nng_aio_result(c->waio);
	struct out *done = NULL;
	bool more, read_on;

	if (rv != 0)
		broken_by(c, rv);
	pthread_mutex_lock(&c->lock);
	if (rv == 0)
		done = take_sent(c, nng_aio_count(c->waio));
	more = c->first != NULL && !c->closing;
	c->writing = more;
	if (more)
		write_more(c);
	read_on = c->resting && c->unsent <= UNSENT_MAX && !c->closing;
	c->resting = c->resting && !read_on;
	pthread_mutex_unlock(&c->lock);
	if (read_on)
		begin_reading(c);
	if (done != NULL)
		yw_buf_release(&done->body);
	free(done);
	if (!more)
		yw_conn_unref(c);
}

static bool
queue(struct yw_conn *c, struct out *o)
{
	bool open;

	pthread_mutex_lock(&c->lock);
	open = !c->closing;
	if (open) {
		*c->last = o;
		c->last = &o->next;
		c->unsent += o->head_len + o->body.len;
	}
	if (open && !c->writing) {
		c->writing = true;
		yw_conn_ref(c);
		write_more(c);
	}
	pthread_mutex_unlock(&c->lock);
	return open;
}

bool
yw_conn_send(struct yw_conn *c, const uint8_t *id, size_t id_len, struct yw_buf *body)
{
	struct out *o = body->failed ? NULL : calloc(1, sizeof *o);

	if (o == NULL) {
		yw_buf_release(body);
		return false;
	}
	o->head[0] = TYPE;	/* without one the length goes over it */
	yw_put_be64(o->head + c->typed, id_len + body->len);
	memcpy(o->head + c->typed + LENGTH_BYTES, id, id_len);
	o->head_len = c->typed + LENGTH_BYTES + id_len;
	o->body = *body;
	yw_buf_init(body);
	if (queue(c, o))
		return true;
	yw_buf_release(&o->body);
	free(o);
	return false;
}

bool
yw_conn_sent(struct yw_conn *c)
{
	bool sent;

	pthread_mutex_lock(&c->lock);
	sent = c->first == NULL;
	pthread_mutex_unlock(&c->lock);
	return sent;
}

/* --- Beginning --- */

static bool
greet(struct yw_conn *c)
{
	const uint8_t greeting[GREETING_BYTES] = { 0, 'S', 'P', 0, 0, c->own, 0, 0 };
	struct out *o = calloc(1, sizeof *o);

	if (o == NULL)
		return false;
	memcpy(o->head, greeting, sizeof greeting);
	o->head_len = sizeof greeting;
	if (!queue(c, o)) {
		free(o);
		return false;
	}
	c->reading = GREETING;
	c->want = GREETING_BYTES;
	yw_conn_ref(c);
	if (!read_more(c))
		yw_conn_unref(c);
	return true;
}

/* Owns the stream from here on, and `arg` until `released`. */
static void
begin(nng_stream *stream, uint8_t own, bool typed, size_t max, const struct yw_conn_ops *ops, void *arg)
{
	struct yw_conn *c = calloc(1, sizeof *c);

	if (c == NULL) {
		nng_stream_free(stream);
		ops->lost(arg, YW_ENOMEM, "no memory for a connection");
		ops->released(arg);
		return;
	}
	c->ops = ops;
	c->arg = arg;
	c->stream = stream;
	c->own = own;
	c->theirs = own == REQ ? REP : REQ;
	c->typed = typed;
	c->max = max;
	c->last = &c->first;
	atomic_init(&c->refs, 2);	/* the owner's, and this function's */
	pthread_mutex_init(&c->lock, NULL);
	ops->begun(arg, c);
	if (nng_aio_alloc(&c->raio, read_done, c) != 0 || nng_aio_alloc(&c->waio, write_done, c) != 0 || !greet(c))
		broken(c, YW_ENOMEM, "no memory for a connection");
	yw_conn_unref(c);
}

void
yw_conn_address(struct yw_conn *c, char text[static YW_CONN_ADDRESS_MAX + 1], uint8_t raw[static 16], size_t *raw_len)
{
	char host[INET6_ADDRSTRLEN] = "?";
	nng_sockaddr sa = { .s_family = NNG_AF_UNSPEC };

	*raw_len = 0;
	snprintf(text, YW_CONN_ADDRESS_MAX + 1, "an unknown address");
	if (nng_stream_get_addr(c->stream, NNG_OPT_REMADDR, &sa) != 0)
		return;
	if (sa.s_family == NNG_AF_INET) {
		memcpy(raw, &sa.s_in.sa_addr, *raw_len = 4);
		inet_ntop(AF_INET, raw, host, sizeof host);
		snprintf(text, YW_CONN_ADDRESS_MAX + 1, "%s:%u", host, ntohs(sa.s_in.sa_port));
	} else if (sa.s_family == NNG_AF_INET6) {
		memcpy(raw, sa.s_in6.sa_addr, *raw_len = 16);
		inet_ntop(AF_INET6, raw, host, sizeof host);
		snprintf(text, YW_CONN_ADDRESS_MAX + 1, "[%s]:%u", host, ntohs(sa.s_in6.sa_port));
	}
}

bool
yw_conn_user(struct yw_conn *c, struct yw_conn_user *out)
{
	uint64_t uid, gid, pid;

	if (nng_stream_get_uint64(c->stream, NNG_OPT_IPC_PEER_UID, &uid) != 0 ||
	    nng_stream_get_uint64(c->stream, NNG_OPT_IPC_PEER_GID, &gid) != 0 ||
	    nng_stream_get_uint64(c->stream, NNG_OPT_IPC_PEER_PID, &pid) != 0)
		return false;
	*out = (struct yw_conn_user) { (uid_t)uid, (gid_t)gid, (pid_t)pid };
	return true;
}

/* --- Listening --- */

static void
accept_done(void *arg)
{
	struct yw_listener *l = arg;
	int rv = nng_aio_result(l->aio);
	bool waited = l->pausing;
	nng_stream *stream;
	void *owner;

	l->pausing = false;
	if (rv == 0 && !waited) {
		stream = nng_aio_get_output(l->aio, 0);
		owner = atomic_load(&l->closing) ? NULL : l->ops->incoming(l->arg);
		if (owner != NULL)
			begin(stream, REP, l->local, l->max, l->ops, owner);
		else
			nng_stream_free(stream);
	}
	if (atomic_load(&l->closing) || rv == NNG_ECLOSED || rv == NNG_ECANCELED)
		return;
	if (rv != 0 && !waited) {
		l->pausing = true;
		nng_sleep_aio(ACCEPT_PAUSE_MS, l->aio);
	} else {
		nng_stream_listener_accept(l->l, l->aio);
	}
}

static int
listen_at(struct yw_listener *l, const char *url, int *port)
{
	int rv;

	l->local = strncmp(url, "ipc://", 6) == 0;
	if (!l->local && strncmp(url, "tcp://", 6) != 0)
		return NNG_EADDRINVAL;
	rv = nng_stream_listener_alloc(&l->l, url);
	if (rv == 0 && l->local)
		rv = nng_stream_listener_set_int(l->l, NNG_OPT_IPC_PERMISSIONS, SOCKET_MODE);
	if (rv == 0)
		rv = nng_stream_listener_listen(l->l);
	*port = 0;
	if (rv == 0 && !l->local)
		rv = nng_stream_listener_get_int(l->l, NNG_OPT_TCP_BOUND_PORT, port);
	return rv;
}

enum yw_code
yw_listener_open(const char *url, size_t max, const struct yw_conn_ops *ops, void *arg, struct yw_listener **out,
    int *port, struct yw_error *err)
{
	struct yw_listener *l = calloc(1, sizeof *l);
	int rv;

	if (l == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to listen");
	l->max = max;
	l->ops = ops;
	l->arg = arg;
	atomic_init(&l->closing, false);
	rv = listen_at(l, url, port);
	if (rv == 0)
		rv = nng_aio_alloc(&l->aio, accept_done, l);
	if (rv != 0) {
		yw_listener_close(l);
		return code_of(rv, url, err);
	}
	*out = l;
	nng_stream_listener_accept(l->l, l->aio);
	return YW_OK;
}

void
yw_listener_close(struct yw_listener *l)
{
	if (l == NULL)
		return;
	atomic_store(&l->closing, true);
	if (l->l != NULL)
		nng_stream_listener_close(l->l);
	if (l->aio != NULL) {
		nng_aio_stop(l->aio);
		nng_aio_free(l->aio);
	}
	if (l->l != NULL)
		nng_stream_listener_free(l->l);
	free(l);
}

/* --- Dialling --- */

/*
 * Each dial has an NNG dialer of its own, gone before the connection begins: NNG's last reference of it is
 * then the stream's, and whoever used it has done so before the stream is freed.
 */
static void
dial_done(void *arg)
{
	struct yw_dialer *d = arg;
	const struct yw_conn_ops *ops = d->ops;
	int rv = nng_aio_result(d->aio);
	nng_stream *stream = rv == 0 ? nng_aio_get_output(d->aio, 0) : NULL;
	size_t max = d->max;
	void *owner = d->arg;

	pthread_mutex_lock(&d->lock);
	nng_stream_dialer_free(d->d);
	d->d = NULL;
	pthread_mutex_unlock(&d->lock);
	nng_aio_reap(d->aio);	/* this is its callback; from here on d may be freed */
	if (stream != NULL) {
		begin(stream, REQ, false, max, ops, owner);
		return;
	}
	ops->lost(owner, YW_EIO, nng_strerror(rv));
	ops->released(owner);
}

enum yw_code
yw_dialer_open(const char *url, size_t max, const struct yw_conn_ops *ops, struct yw_dialer **out, struct yw_error *err)
{
	struct yw_dialer *d = calloc(1, sizeof *d);
	nng_stream_dialer *try = NULL;
	int rv;

	if (d == NULL || (d->url = strdup(url)) == NULL) {
		free(d);
		return yw_fail(err, YW_ENOMEM, "no memory to connect");
	}
	d->max = max;
	d->ops = ops;
	pthread_mutex_init(&d->lock, NULL);
	rv = strncmp(url, "tcp://", 6) == 0 ? nng_stream_dialer_alloc(&try, url) : NNG_EADDRINVAL;
	if (rv != 0) {
		yw_dialer_free(d);
		return code_of(rv, url, err);
	}
	nng_stream_dialer_free(try);
	*out = d;
	return YW_OK;
}

enum yw_code
yw_dialer_dial(struct yw_dialer *d, void *arg)
{
	nng_stream_dialer *nd;
	nng_aio *aio;

	if (nng_stream_dialer_alloc(&nd, d->url) != 0)
		return YW_ENOMEM;
	if (nng_aio_alloc(&aio, dial_done, d) != 0) {
		nng_stream_dialer_free(nd);
		return YW_ENOMEM;
	}
	nng_aio_set_timeout(aio, DIAL_MS);
	d->arg = arg;
	d->aio = aio;
	pthread_mutex_lock(&d->lock);
	d->d = nd;
	nng_stream_dialer_dial(nd, aio);
	pthread_mutex_unlock(&d->lock);
	return YW_OK;
}

void
yw_dialer_stop(struct yw_dialer *d)
{
	pthread_mutex_lock(&d->lock);
	if (d->d != NULL)
		nng_stream_dialer_close(d->d);
	pthread_mutex_unlock(&d->lock);
}

void
yw_dialer_free(struct yw_dialer *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d->url);
	free(d);
}
