/*
 * client.c - see client.h.
 */
#include "ipc/client.h"

#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "record/wire.h"
#include "yiwang/v1/control.pb-c.h"

#define HELLO_MS 5000	/* a daemon that runs says hello at once */

struct yw_client {
	nng_socket socket;
};

static enum yw_code
nng_error(int rv, const char *what, uint32_t timeout_ms, struct yw_error *err)
{
	switch (rv) {
	case NNG_ENOMEM:
		return yw_fail(err, YW_ENOMEM, "no memory to %s", what);
	case NNG_ETIMEDOUT:
		return yw_fail(err, YW_ETIMEOUT, "no answer from the daemon within %u s: it is busy or hangs; what was asked may "
		    "still be done", timeout_ms / 1000);
	case NNG_ECONNRESET:
	case NNG_ECLOSED:
		return yw_fail(err, YW_EPEER, "the daemon has closed the connection: look whether what was asked has been done");
	default:
		return yw_fail(err, YW_EIO, "unable to %s: %s", what, nng_strerror(rv));
	}
}

/* --- opening --- */

static enum yw_code
connect_error(const char *path, struct yw_error *err)
{
	switch (errno) {
	case ENOENT:
		return yw_fail(err, YW_ENOENT, "no daemon has made the socket '%s': is yiwangd running?", path);
	case ECONNREFUSED:
		return yw_fail(err, YW_ENOENT, "no daemon listens on '%s' any more: is yiwangd running?", path);
	case EAGAIN:
		return yw_fail(err, YW_ETIMEOUT, "the daemon at '%s' does not answer: it hangs or is stopped", path);
	case EACCES:
	case EPERM:
		return yw_fail(err, YW_EDENIED, "you may not open '%s': only root, the daemon's user and its group may", path);
	default:
		return yw_fail(err, YW_EIO, "unable to reach '%s': %s", path, strerror(errno));
	}
}

static int
connect_to(const struct sockaddr_un *to)
{
	const struct timeval wait = { HELLO_MS / 1000, 0 };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
	    connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * One connection by hand: NNG goes on trying for ever and says nothing, but the person should hear why it
 * fails.  It says hello as any connection of NNG's (SP protocol header, version 0: 0x30 asks, 0x31 answers);
 * one that leaves without is what a listener of NNG 1.5.2 does not survive by itself (nngmend.h).
 */
static enum yw_code
probe(const char *path, struct yw_error *err)
{
	static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 }, want[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	uint8_t got[sizeof want];
	enum yw_code code = YW_OK;
	struct stat st;
	ssize_t n;
	int fd;

	if (strlen(path) >= sizeof to.sun_path)
		return yw_fail(err, YW_EINVAL, "'%s' is too long for a socket: at most %zu bytes", path, sizeof to.sun_path - 1);
	memcpy(to.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) != 0)
		return connect_error(path, err);
	if (!S_ISSOCK(st.st_mode))
		return yw_fail(err, YW_EINVAL, "'%s' is not a socket", path);
	fd = connect_to(&to);
	if (fd < 0)
		return connect_error(path, err);
	n = send(fd, hello, sizeof hello, MSG_NOSIGNAL);
	if (n == sizeof hello)
		n = recv(fd, got, sizeof got, MSG_WAITALL);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		code = yw_fail(err, YW_ETIMEOUT, "the daemon at '%s' does not answer: it hangs or is stopped", path);
	else if (n != sizeof got || memcmp(got, want, sizeof got) != 0)
		code = yw_fail(err, YW_EPEER, "what listens on '%s' is not yiwangd", path);
	close(fd);
	return code;
}

/* Waits until NNG has said hello, which the daemon has just shown to answer: see above. */
static int
dial(nng_socket socket, const char *path)
{
	char url[sizeof "ipc://" + sizeof ((struct sockaddr_un *)0)->sun_path];
	int rv = nng_socket_set_ms(socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);

	snprintf(url, sizeof url, "ipc://%s", path);
	if (rv == 0)
		rv = nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, YW_CLIENT_REPLY_MAX + 64);
	return rv == 0 ? nng_dial(socket, url, NULL, 0) : rv;
}

enum yw_code
yw_client_open(const char *path, struct yw_client **out, struct yw_error *err)
{
	enum yw_code code = probe(path, err);
	struct yw_client *c;
	int rv;

	if (code != YW_OK)
		return code;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to reach the daemon");
	rv = nng_req0_open(&c->socket);
	if (rv == 0) {
		rv = dial(c->socket, path);
		if (rv != 0)
			nng_close(c->socket);
	}
	if (rv != 0) {
		free(c);
		return nng_error(rv, "reach the daemon", 0, err);
	}
	*out = c;
	return YW_OK;
}

void
yw_client_close(struct yw_client *c)
{
	if (c == NULL)
		return;
	nng_close(c->socket);
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
make_request(const char *method, struct yw_bytes params, struct yw_bytes data, nng_msg **out, struct yw_error *err)
{
	Yiwang__V1__ControlRequest request = YIWANG__V1__CONTROL_REQUEST__INIT;
	struct yw_buf bytes = YW_BUF_INIT;
	enum yw_code code;

	request.method = (char *)(uintptr_t)method;
	request.params = (ProtobufCBinaryData) { params.len, (uint8_t *)(uintptr_t)params.data };
	request.data = (ProtobufCBinaryData) { data.len, (uint8_t *)(uintptr_t)data.data };
	code = yw_wire_pack(&request.base, &bytes, err);
	if (code == YW_OK && nng_msg_alloc(out, 0) != 0)
		code = yw_fail(err, YW_ENOMEM, "no memory for a question");
	if (code == YW_OK && nng_msg_append(*out, bytes.data, bytes.len) != 0) {
		nng_msg_free(*out);
		code = yw_fail(err, YW_ENOMEM, "no memory for a question");
	}
	yw_buf_release(&bytes);
	return code;
}

/* What the daemon says: its sentence where it refuses, else result and data. */
static enum yw_code
take_reply(nng_msg *msg, struct yw_answer *out, struct yw_error *err)
{
	struct yw_bytes in = { nng_msg_body(msg), nng_msg_len(msg) };
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
	nng_msg *msg;
	enum yw_code code = make_request(method, params, data, &msg, err);
	int rv;

	if (code != YW_OK)
		return code;
	rv = nng_socket_set_ms(c->socket, NNG_OPT_SENDTIMEO, (nng_duration)timeout_ms);
	if (rv == 0)
		rv = nng_socket_set_ms(c->socket, NNG_OPT_RECVTIMEO, (nng_duration)timeout_ms);
	if (rv == 0)
		rv = nng_sendmsg(c->socket, msg, 0);
	if (rv != 0) {
		nng_msg_free(msg);
		return nng_error(rv, "ask the daemon", timeout_ms, err);
	}
	rv = nng_recvmsg(c->socket, &msg, 0);
	if (rv != 0)
		return nng_error(rv, "hear the daemon", timeout_ms, err);
	code = take_reply(msg, out, err);
	nng_msg_free(msg);
	return code;
}
