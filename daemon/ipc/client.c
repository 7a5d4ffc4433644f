/*
 * client.c - see client.h.
 *
 * Plain reads and writes with a deadline each, over the wire of sync/transport_conn.h: a command asks one thing
 * after another, and needs no threads for that.  A connection on which something went wrong is not used again.
 */
#include "ipc/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/wire.h"
#include "yiwang/v1/control.pb-c.h"

#define HELLO_MS 5000	/* a daemon that runs says hello at once */
#define ID_BYTES 4
#define HEAD_BYTES (1 + 8)	/* type, length */
#define TYPE 0x01

struct yw_client {
	struct sockaddr_un to;
	int fd;			/* -1: none */
	uint32_t asked;
};

/* --- bytes, until a deadline; 0 or an errno --- */

static int
wait_for(int fd, short event, int64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = event };
	int64_t left = until_ms - yw_mono_ms(&yw_clock_real);
	int n = left > 0 ? poll(&p, 1, left < INT32_MAX ? (int)left : INT32_MAX) : 0;

	return n > 0 || (n < 0 && errno == EINTR) ? 0 : n == 0 ? ETIMEDOUT : errno;
}

static int
send_all(int fd, struct yw_bytes data, int64_t until_ms)
{
	for (size_t at = 0; at < data.len;) {
		ssize_t n = send(fd, data.data + at, data.len - at, MSG_NOSIGNAL | MSG_DONTWAIT);
		int e = n < 0 ? errno : 0;

		if (n > 0)
			at += (size_t)n;
		else if (e == EAGAIN || e == EWOULDBLOCK)
			e = wait_for(fd, POLLOUT, until_ms);
		if (e != 0 && e != EINTR)
			return e;
	}
	return 0;
}

static int
recv_all(int fd, uint8_t *to, size_t len, int64_t until_ms)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv(fd, to + at, len - at, MSG_DONTWAIT);
		int e = n < 0 ? errno : n == 0 ? ECONNRESET : 0;

		if (n > 0)
			at += (size_t)n;
		else if (e == EAGAIN || e == EWOULDBLOCK)
			e = wait_for(fd, POLLIN, until_ms);
		if (e != 0 && e != EINTR)
			return e;
	}
	return 0;
}

/* --- opening --- */

static enum yw_code
connect_error(const char *path, int e, struct yw_error *err)
{
	switch (e) {
	case ENOENT:
		return yw_fail(err, YW_ENOENT, "no daemon has made the socket '%s': is yiwangd running?", path);
	case ECONNREFUSED:
		return yw_fail(err, YW_ENOENT, "no daemon listens on '%s' any more: is yiwangd running?", path);
	case EAGAIN:
	case ETIMEDOUT:
		return yw_fail(err, YW_ETIMEOUT, "the daemon at '%s' does not answer: it hangs or is stopped", path);
	case ECONNRESET:
	case EPIPE:
		return yw_fail(err, YW_EPEER, "yiwangd closed the connection to '%s': it is busy or stopping, try again", path);
	case EACCES:
	case EPERM:
		return yw_fail(err, YW_EDENIED, "you may not open '%s': only root, the daemon's user and its group may", path);
	default:
		return yw_fail(err, YW_EIO, "unable to reach '%s': %s", path, strerror(e));
	}
}

/* The wait is for a daemon whose queue of new connections is full. */
static int
connect_to(const struct sockaddr_un *to, int *out)
{
	const struct timeval wait = { HELLO_MS / 1000, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), e;

	if (fd < 0)
		return errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0 ||
	    connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
		e = errno;
		close(fd);
		return e;
	}
	*out = fd;
	return 0;
}

/* SP protocol header, version 0: 0x30 asks, 0x31 answers. */
static int
greet(int fd)
{
	static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 }, want[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	int64_t until = yw_mono_ms(&yw_clock_real) + HELLO_MS;
	uint8_t got[sizeof want] = { 0 };
	int e = send_all(fd, (struct yw_bytes) { hello, sizeof hello }, until);

	if (e == 0)
		e = recv_all(fd, got, sizeof got, until);
	return e != 0 ? e : memcmp(got, want, sizeof want) == 0 ? 0 : EPROTO;
}

static enum yw_code
reach(struct yw_client *c, struct yw_error *err)
{
	const char *path = c->to.sun_path;
	struct stat st;
	int e;

	if (lstat(path, &st) != 0)
		return connect_error(path, errno, err);
	if (!S_ISSOCK(st.st_mode))
		return yw_fail(err, YW_EINVAL, "'%s' is not a socket", path);
	e = connect_to(&c->to, &c->fd);
	if (e != 0)
		return connect_error(path, e, err);
	e = greet(c->fd);
	if (e == 0)
		return YW_OK;
	close(c->fd);
	c->fd = -1;
	if (e == EPROTO)
		return yw_fail(err, YW_EPEER, "what listens on '%s' is not yiwangd", path);
	return connect_error(path, e, err);
}

enum yw_code
yw_client_open(const char *path, struct yw_client **out, struct yw_error *err)
{
	struct yw_client *c;
	enum yw_code code;

	if (strlen(path) >= sizeof c->to.sun_path)
		return yw_fail(err, YW_EINVAL, "'%s' is too long for a socket: at most %zu bytes", path,
		    sizeof c->to.sun_path - 1);
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to reach the daemon");
	c->to.sun_family = AF_UNIX;
	memcpy(c->to.sun_path, path, strlen(path) + 1);
	c->fd = -1;
	code = reach(c, err);
	if (code != YW_OK) {
		free(c);
		return code;
	}
	*out = c;
	return YW_OK;
}

static void
hang_up(struct yw_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

void
yw_client_close(struct yw_client *c)
{
	if (c == NULL)
		return;
	hang_up(c);
	free(c);
}

void
yw_answer_release(struct yw_answer *a)
{
	yw_buf_release(&a->result);
	yw_buf_release(&a->data);
}

/* --- asking --- */

static enum yw_code
lost(int e, uint32_t timeout_ms, struct yw_error *err)
{
	if (e == ETIMEDOUT)
		return yw_fail(err, YW_ETIMEOUT, "no answer from the daemon within %u s: it is busy or hangs; what was asked may "
		    "still be done", timeout_ms / 1000);
	if (e == EPIPE || e == ECONNRESET)
		return yw_fail(err, YW_EPEER, "the daemon has closed the connection: look whether what was asked has been done");
	return yw_fail(err, YW_EIO, "unable to ask the daemon: %s", strerror(e));
}

/* The whole message: type, length, id, question. */
static enum yw_code
make_message(const char *method, struct yw_bytes params, struct yw_bytes data, uint32_t id, struct yw_buf *out,
    struct yw_error *err)
{
	Yiwang__V1__ControlRequest request = YIWANG__V1__CONTROL_REQUEST__INIT;
	enum yw_code code;

	request.method = (char *)(uintptr_t)method;
	request.params = (ProtobufCBinaryData) { params.len, (uint8_t *)(uintptr_t)params.data };
	request.data = (ProtobufCBinaryData) { data.len, (uint8_t *)(uintptr_t)data.data };
	yw_buf_add_byte(out, TYPE);
	yw_buf_add_be64(out, 0);
	yw_buf_add_be32(out, id);
	code = yw_wire_pack(&request.base, out, err);
	if (code == YW_OK)
		yw_put_be64(out->data + 1, out->len - HEAD_BYTES);
	return code;
}

/* The body of the answer to `id`. */
static enum yw_code
hear(struct yw_client *c, uint32_t id, uint32_t timeout_ms, int64_t until_ms, struct yw_buf *out, struct yw_error *err)
{
	uint8_t head[HEAD_BYTES + ID_BYTES], *body;
	uint64_t len;
	int e = recv_all(c->fd, head, sizeof head, until_ms);

	if (e != 0)
		return lost(e, timeout_ms, err);
	len = yw_get_be64(head + 1);
	if (head[0] != TYPE || len < ID_BYTES || len - ID_BYTES > YW_CLIENT_REPLY_MAX)
		return yw_fail(err, YW_EPEER, "the daemon's answer is none, or longer than %u bytes", YW_CLIENT_REPLY_MAX);
	if (yw_get_be32(head + HEAD_BYTES) != id)
		return yw_fail(err, YW_EPEER, "the daemon's answer is to something else");
	body = yw_buf_extend(out, (size_t)len - ID_BYTES);
	if (body == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the daemon's answer");
	e = recv_all(c->fd, body, (size_t)len - ID_BYTES, until_ms);
	return e != 0 ? lost(e, timeout_ms, err) : YW_OK;
}

/* What the daemon says: its sentence where it refuses, else result and data. */
static enum yw_code
take_reply(struct yw_bytes in, struct yw_answer *out, struct yw_error *err)
{
	Yiwang__V1__ControlReply *reply;
	enum yw_code code = yw_decode(&yiwang__v1__control_reply__descriptor, in, &reply, err);

	if (code != YW_OK) {
		yw_fail_context(err, "the daemon's answer");
		return YW_EPEER;
	}
	if (reply->code > YW_EIO) {
		code = yw_fail(err, YW_EPEER, "the daemon's answer has an unknown code %u: %s", reply->code, reply->message);
	} else if (reply->code != YW_OK) {
		code = yw_fail(err, (enum yw_code)reply->code, "%s", reply->message);
	} else if (reply->result.len == 0) {
		code = yw_fail(err, YW_EPEER, "the daemon's answer is empty: it may be out of memory");
	} else {
		yw_buf_clear(&out->result);
		yw_buf_clear(&out->data);
		yw_buf_add(&out->result, reply->result.data, reply->result.len);
		yw_buf_add(&out->data, reply->data.data, reply->data.len);
		code = yw_buf_check(&out->result, err);
		if (code == YW_OK)
			code = yw_buf_check(&out->data, err);
	}
	yw_decode_free(reply);
	return code;
}

enum yw_code
yw_client_ask(struct yw_client *c, const char *method, struct yw_bytes params, struct yw_bytes data,
    uint32_t timeout_ms, struct yw_answer *out, struct yw_error *err)
{
	int64_t until = yw_mono_ms(&yw_clock_real) + timeout_ms;
	struct yw_buf question = YW_BUF_INIT, reply = YW_BUF_INIT;
	uint32_t id = UINT32_C(0x80000000) | ++c->asked;
	enum yw_code code = c->fd < 0 ? reach(c, err) : YW_OK;
	int e;

	if (code == YW_OK)
		code = make_message(method, params, data, id, &question, err);
	if (code == YW_OK) {
		e = send_all(c->fd, yw_buf_bytes(&question), until);
		code = e != 0 ? lost(e, timeout_ms, err) : hear(c, id, timeout_ms, until, &reply, err);
		if (code != YW_OK)
			hang_up(c);	/* an answer to this question must not be taken for one to the next */
	}
	if (code == YW_OK)
		code = take_reply(yw_buf_bytes(&reply), out, err);
	yw_buf_release(&question);
	yw_buf_release(&reply);
	return code;
}

/* Nobody says anything unasked: whatever comes from the daemon now is its end. */
bool
yw_client_waits(const struct yw_client *c, int fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = c->fd, .events = POLLIN } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		continue;
	return p[0].revents != 0 || p[1].revents == 0;
}
