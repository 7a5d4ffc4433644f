/*
 * client_test.c - the command's end of the socket: answers, refusals, and each way a daemon can be absent.
 */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/supplemental/util/platform.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ipc/client.h"
#include "record/wire.h"
#include "support/testing.h"
#include "yiwang/v1/control.pb-c.h"

static struct yw_error err;
static const struct yw_bytes none;

static const char *
path_of(const char *name)
{
	static char path[108];

	snprintf(path, sizeof path, "%s/%s", yw_test_dir(), name);
	return path;
}

/* --- a daemon: echoes parameters and data; "refuse", "hang", "again", "empty", "noise" --- */

struct daemon {
	nng_socket socket;
	nng_ctx ctx;		/* closed before the socket, which waits for it */
	nng_thread *thread;
	nng_msg *held;		/* a question that has no answer yet */
	nng_ctx held_ctx;
};

static nng_msg *
ctx_recv(nng_ctx ctx)
{
	nng_msg *msg = NULL;
	nng_aio *aio;

	YW_CHECK(nng_aio_alloc(&aio, NULL, NULL) == 0);
	nng_ctx_recv(ctx, aio);
	nng_aio_wait(aio);
	if (nng_aio_result(aio) == 0)
		msg = nng_aio_get_msg(aio);
	nng_aio_free(aio);
	return msg;
}

static void
ctx_send(nng_ctx ctx, nng_msg *msg)
{
	nng_aio *aio;

	YW_CHECK(nng_aio_alloc(&aio, NULL, NULL) == 0);
	nng_aio_set_msg(aio, msg);
	nng_ctx_send(ctx, aio);
	nng_aio_wait(aio);
	YW_CHECK(nng_aio_result(aio) == 0);
	nng_aio_free(aio);
}

static void
reply_to(struct daemon *d, nng_msg *msg)
{
	struct yw_bytes in = { nng_msg_body(msg), nng_msg_len(msg) };
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	static char why[] = "because";
	struct yw_buf out = YW_BUF_INIT;
	Yiwang__V1__ControlRequest *q;

	YW_PASS(yw_decode(&yiwang__v1__control_request__descriptor, in, &q, &err));
	if (strcmp(q->method, "hang") == 0) {
		d->held = msg;
		d->held_ctx = d->ctx;
		YW_CHECK(nng_ctx_open(&d->ctx, d->socket) == 0);
		yw_decode_free(q);
		return;
	}
	reply.result = q->params;
	reply.data = q->data;
	if (strcmp(q->method, "refuse") == 0) {
		reply.code = YW_ECONFLICT;
		reply.message = why;
	}
	if (strcmp(q->method, "empty") == 0)
		reply.result.len = 0;
	YW_PASS(yw_wire_pack(&reply.base, &out, &err));
	if (strcmp(q->method, "noise") == 0)
		out.data[0] ^= 0x55;
	nng_msg_clear(msg);
	YW_CHECK(nng_msg_append(msg, out.data, out.len) == 0);
	ctx_send(d->ctx, msg);
	yw_buf_release(&out);
	yw_decode_free(q);
}

static void
serve(void *arg)
{
	struct daemon *d = arg;
	nng_msg *msg;

	while ((msg = ctx_recv(d->ctx)) != NULL)
		reply_to(d, msg);
}

static void
start(struct daemon *d, const char *path)
{
	char url[128];

	*d = (struct daemon) { .held = NULL };
	snprintf(url, sizeof url, "ipc://%s", path);
	YW_CHECK(nng_rep0_open(&d->socket) == 0 && nng_listen(d->socket, url, NULL, 0) == 0);
	YW_CHECK(nng_ctx_open(&d->ctx, d->socket) == 0 && nng_thread_create(&d->thread, serve, d) == 0);
}

static void
stop(struct daemon *d)
{
	nng_ctx_close(d->ctx);
	nng_thread_destroy(d->thread);
	nng_close(d->socket);
	nng_msg_free(d->held);
}

/* --- cases --- */

static void
asks_and_hears(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf big = YW_BUF_INIT;
	struct yw_client *c;
	struct daemon d;

	for (size_t i = 0; i < 1u << 20; i++)
		yw_buf_add_byte(&big, (uint8_t)(i * 7));
	start(&d, path_of("echo"));
	YW_PASS(yw_client_open(path_of("echo"), &c, &err));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), yw_buf_bytes(&big), 10000, &a, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("{}")));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.data), yw_buf_bytes(&big)));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[1]"), none, 10000, &a, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("[1]")) && a.data.len == 0);
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
	yw_buf_release(&big);
}

static void
hears_refusals(void)
{
	static const struct { const char *method; enum yw_code code; const char *says; } cases[] = {
		{ "refuse", YW_ECONFLICT, "because" }, { "empty", YW_EPEER, "is empty" }, { "noise", YW_EPEER, "daemon's answer" },
	};
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("refuse"));
	YW_PASS(yw_client_open(path_of("refuse"), &c, &err));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 10000, &a, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		YW_FAILS(yw_client_ask(c, cases[i].method, YW_BYTES_LIT("[]"), none, 10000, &a, &err), cases[i].code);
		YW_CHECK_MSG(strstr(err.msg, cases[i].says), "%s: %s", cases[i].method, err.msg);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("{}")));	/* untouched */
	}
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
}

/* The answer to the first question comes after its deadline: it is nobody's. */
static void
a_late_answer_is_dropped(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;
	nng_msg *late;

	start(&d, path_of("late"));
	YW_PASS(yw_client_open(path_of("late"), &c, &err));
	YW_FAILS(yw_client_ask(c, "hang", YW_BYTES_LIT("{\"late\":1}"), none, 200, &a, &err), YW_ETIMEOUT);
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 10000, &a, &err));
	late = d.held;
	d.held = NULL;
	ctx_send(d.held_ctx, late);
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[2]"), none, 10000, &a, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("[2]")));
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
}

static void
leave_while_asked(void *arg)
{
	struct daemon *d = arg;
	nng_msg *msg;

	if (nng_recvmsg(d->socket, &msg, 0) == 0)
		nng_msg_free(msg);
	nng_close(d->socket);
}

static void
a_daemon_that_dies_is_noticed(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;
	char url[128];

	snprintf(url, sizeof url, "ipc://%s", path_of("dies"));
	YW_CHECK(nng_rep0_open(&d.socket) == 0 && nng_listen(d.socket, url, NULL, 0) == 0);
	YW_CHECK(nng_thread_create(&d.thread, leave_while_asked, &d) == 0);
	YW_PASS(yw_client_open(path_of("dies"), &c, &err));
	YW_FAILS(yw_client_ask(c, "x", YW_BYTES_LIT("{}"), none, 10000, &a, &err), YW_EPEER);
	yw_client_close(c);
	nng_thread_destroy(d.thread);
	yw_answer_release(&a);
}

/* Many who come and leave at once, as a command that is interrupted: the daemon still hears the next. */
static void
leaving_at_once_harms_nobody(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("leaves"));
	for (int i = 0; i < 50; i++) {
		YW_PASS(yw_client_open(path_of("leaves"), &c, &err));
		yw_client_close(c);
	}
	YW_PASS(yw_client_open(path_of("leaves"), &c, &err));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 10000, &a, &err));
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
}

static int
listen_plainly(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(at.sun_path, path, strlen(path) + 1);
	YW_CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 5) == 0);
	return fd;
}

static void
answer_noise(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL);

	if (write(fd, "HTTP/1.1 400 Bad Request\r\n", 26) != 26)
		perror("write");
	close(fd);
}

static void
absent_daemons(void)
{
	struct yw_client *c = NULL;
	nng_thread *thread;
	int fd;

	YW_FAILS(yw_client_open(path_of("nosuch"), &c, &err), YW_ENOENT);
	fd = listen_plainly(path_of("other"));
	YW_CHECK(nng_thread_create(&thread, answer_noise, &fd) == 0);
	YW_FAILS(yw_client_open(path_of("other"), &c, &err), YW_EPEER);
	nng_thread_destroy(thread);
	close(fd);
	YW_FAILS(yw_client_open(path_of("other"), &c, &err), YW_ENOENT);	/* left behind by a daemon that is gone */
	YW_FAILS(yw_client_open(yw_test_dir(), &c, &err), YW_EINVAL);
	YW_CHECK(c == NULL);
}

static void
who_may_not_open_it(void)
{
	struct yw_client *c;
	struct daemon d;
	char dir[80], path[108];

	if (geteuid() != 0)	/* another user cannot be played */
		return;
	snprintf(dir, sizeof dir, "%s/closed", yw_test_dir());
	snprintf(path, sizeof path, "%s/s", dir);
	YW_CHECK(mkdir(dir, 0700) == 0);
	start(&d, path);
	YW_CHECK(chmod(yw_test_dir(), 0755) == 0 && seteuid(65534) == 0);
	YW_CHECK(yw_client_open(path, &c, &err) == YW_EDENIED || seteuid(0) != 0);
	YW_CHECK(seteuid(0) == 0 && chmod(dir, 0755) == 0 && chmod(path, 0600) == 0 && seteuid(65534) == 0);
	YW_CHECK(yw_client_open(path, &c, &err) == YW_EDENIED || seteuid(0) != 0);
	YW_CHECK(seteuid(0) == 0);
	stop(&d);
}

YW_TESTS({ "asks and hears", asks_and_hears }, { "hears refusals", hears_refusals },
    { "a late answer is dropped", a_late_answer_is_dropped },
    { "a daemon that dies is noticed", a_daemon_that_dies_is_noticed },
    { "leaving at once harms nobody", leaving_at_once_harms_nobody }, { "absent daemons", absent_daemons },
    { "who may not open it", who_may_not_open_it })
