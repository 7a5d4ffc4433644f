/*
 * client_test.c - the command's end of the socket: answers, refusals, and each way a daemon can be absent.
 */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/client.h"
#include "record/wire.h"
#include "support/standin.h"
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

/* --- a daemon: echoes parameters and data; "refuse", "unknown", "empty", "noise", "hang", "leave" --- */

struct daemon {
	int listener;
	pthread_t thread;
	_Atomic size_t broken;		/* not 0: send_broken() instead of an answer */
	_Atomic bool deaf;
};

/* The answer to the first question, "{}": cut after `way` bytes, or whole, then bent. */
static const uint8_t good[] = { 1, 0, 0, 0, 0, 0, 0, 0, 8, 0x80, 0, 0, 1, 0x1a, 2, '{', '}' };
static const struct { size_t at; uint8_t value; } bent[] = { { 0, 0 }, { 1, 0x7f }, { 5, 0x7f }, { 8, 3 }, { 9, 0 }, { 12, 7 } };
#define WAYS (sizeof good + 1 + sizeof bent / sizeof *bent)

static void
send_broken(int fd, size_t way)
{
	uint8_t bytes[sizeof good];

	memcpy(bytes, good, sizeof good);
	if (way > sizeof good)
		bytes[bent[way - sizeof good - 1].at] = bent[way - sizeof good - 1].value;
	send(fd, bytes, way < sizeof good ? way : sizeof good, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
}

/* YW_ETIMEOUT: there is no answer; YW_EPEER: it leaves. */
static enum yw_code
make_reply(const struct yw_standin_question *question, struct yw_buf *out)
{
	Yiwang__V1__ControlReply reply = YIWANG__V1__CONTROL_REPLY__INIT;
	static char why[] = "because";
	Yiwang__V1__ControlRequest *q;
	enum yw_code code;

	code = yw_decode(&yiwang__v1__control_request__descriptor, yw_buf_bytes(&question->body), &q, NULL);
	if (code != YW_OK)
		return code;
	reply.result = q->params;
	reply.data = q->data;
	if (strcmp(q->method, "refuse") == 0 || strcmp(q->method, "unknown") == 0) {
		reply.code = q->method[0] == 'r' ? YW_ECONFLICT : YW_EIO + 1;
		reply.message = why;
	}
	if (strcmp(q->method, "empty") == 0)
		reply.result.len = 0;
	code = yw_wire_pack(&reply.base, out, NULL);
	if (strcmp(q->method, "noise") == 0)
		out->data[0] ^= 0x55;
	if (strcmp(q->method, "hang") == 0)
		code = YW_ETIMEOUT;
	if (strcmp(q->method, "leave") == 0)
		code = YW_EPEER;
	yw_decode_free(q);
	return code;
}

static void
serve_connection(struct daemon *d, int fd, struct yw_standin_question *q)
{
	struct pollfd gone = { .fd = fd, .events = POLLRDHUP };
	struct yw_buf out = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	if (d->deaf)
		poll(&gone, 1, -1);
	while (code != YW_EPEER && !d->deaf && yw_standin_hear(fd, q)) {
		yw_buf_clear(&out);
		if (d->broken != 0) {
			send_broken(fd, d->broken);
			continue;
		}
		code = make_reply(q, &out);
		if (code == YW_OK)
			yw_standin_say(fd, q, yw_buf_bytes(&out));
	}
	yw_buf_release(&out);
}

static void *
serve(void *arg)
{
	struct daemon *d = arg;
	struct yw_standin_question q = { .body = YW_BUF_INIT };
	int fd;

	while ((fd = yw_standin_accept(d->listener)) >= 0) {
		serve_connection(d, fd, &q);
		close(fd);
	}
	yw_buf_release(&q.body);
	return NULL;
}

static void
start(struct daemon *d, const char *path)
{
	*d = (struct daemon) { .listener = yw_standin_listen(path) };
	YW_CHECK(d->listener >= 0 && pthread_create(&d->thread, NULL, serve, d) == 0);
}

static void
stop(struct daemon *d)
{
	shutdown(d->listener, SHUT_RDWR);
	pthread_join(d->thread, NULL);
	close(d->listener);
}

/* --- cases --- */

static void
asks_and_hears(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf big = YW_BUF_INIT;
	struct yw_client *c;
	struct daemon d;

	for (size_t i = 0; i < 4u << 20; i++)
		yw_buf_add_byte(&big, (uint8_t)(i * 7));
	start(&d, path_of("echo"));
	YW_PASS(yw_client_open(path_of("echo"), &c, &err));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), yw_buf_bytes(&big), 60000, &a, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("{}")));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.data), yw_buf_bytes(&big)));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[1]"), none, 60000, &a, &err));
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
		{ "unknown", YW_EPEER, "unknown code 13: because" },
	};
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("refuse"));
	YW_PASS(yw_client_open(path_of("refuse"), &c, &err));
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 60000, &a, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		YW_FAILS(yw_client_ask(c, cases[i].method, YW_BYTES_LIT("[]"), none, 60000, &a, &err), cases[i].code);
		YW_CHECK_MSG(strstr(err.msg, cases[i].says), "%s: %s", cases[i].method, err.msg);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("{}")));	/* untouched */
	}
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
}

/* What is no answer to this question, cut at each byte: an error at once, and the next question is heard. */
static void
broken_answers(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("broken"));
	for (size_t way = 1; way < WAYS; way++) {
		YW_PASS(yw_client_open(path_of("broken"), &c, &err));
		d.broken = way;
		YW_CHECK_MSG(yw_client_ask(c, "echo", YW_BYTES_LIT("[]"), none, 60000, &a, &err) ==
		    (way == sizeof good ? YW_OK : YW_EPEER), "%zu: %s", way, err.msg);
		d.broken = 0;
		if (way != sizeof good)		/* that one only ends after its answer */
			YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[]"), none, 60000, &a, &err));
		yw_client_close(c);
	}
	stop(&d);
	yw_answer_release(&a);
}

/* A question that got no answer leaves its connection: whatever comes there is nobody's. */
static void
a_late_answer_is_dropped(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("late"));
	YW_PASS(yw_client_open(path_of("late"), &c, &err));
	YW_FAILS(yw_client_ask(c, "hang", YW_BYTES_LIT("{\"late\":1}"), none, 200, &a, &err), YW_ETIMEOUT);
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[2]"), none, 60000, &a, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("[2]")));
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
}

static void
a_daemon_that_does_not_read(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf big = YW_BUF_INIT;
	struct yw_client *c;
	struct daemon d;

	memset(yw_buf_extend(&big, 4u << 20), 'x', 4u << 20);
	start(&d, path_of("deaf"));
	d.deaf = true;		/* before anybody connects */
	YW_PASS(yw_client_open(path_of("deaf"), &c, &err));
	YW_FAILS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), yw_buf_bytes(&big), 200, &a, &err), YW_ETIMEOUT);
	yw_client_close(c);
	stop(&d);
	yw_answer_release(&a);
	yw_buf_release(&big);
}

static void
a_daemon_that_dies_is_noticed(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;

	start(&d, path_of("dies"));
	YW_PASS(yw_client_open(path_of("dies"), &c, &err));
	YW_FAILS(yw_client_ask(c, "leave", YW_BYTES_LIT("{}"), none, 60000, &a, &err), YW_EPEER);
	YW_CHECK_MSG(strstr(err.msg, "closed the connection"), "%s", err.msg);
	stop(&d);
	YW_FAILS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 60000, &a, &err), YW_ENOENT);
	yw_client_close(c);
	yw_answer_release(&a);
}

/* ... also by whoever waits for something else. */
static void
a_daemon_that_dies_ends_a_wait(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_client *c;
	struct daemon d;
	char byte = 'x';
	int input[2];

	YW_CHECK(pipe(input) == 0);
	start(&d, path_of("waits"));
	YW_PASS(yw_client_open(path_of("waits"), &c, &err));
	YW_CHECK(write(input[1], &byte, 1) == 1 && yw_client_waits(c, input[0]));
	YW_CHECK(read(input[0], &byte, 1) == 1);
	d.broken = sizeof good;				/* it answers, and leaves */
	YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("{}"), none, 60000, &a, &err));
	YW_CHECK(!yw_client_waits(c, input[0]));
	YW_CHECK(close(input[1]) == 0 && yw_client_waits(c, input[0]));		/* the input's end comes first */
	yw_client_close(c);
	stop(&d);
	close(input[0]);
	yw_answer_release(&a);
}

static void
absent_daemons(void)
{
	char longest[200];
	struct yw_client *c = NULL;
	struct daemon d;

	YW_FAILS(yw_client_open(path_of("nosuch"), &c, &err), YW_ENOENT);
	start(&d, path_of("other"));
	stop(&d);
	YW_FAILS(yw_client_open(path_of("other"), &c, &err), YW_ENOENT);	/* left behind by a daemon that is gone */
	YW_FAILS(yw_client_open(yw_test_dir(), &c, &err), YW_EINVAL);
	memset(longest, 'p', sizeof longest);
	longest[0] = '/';
	longest[108] = '\0';
	YW_FAILS(yw_client_open(longest, &c, &err), YW_EINVAL);
	longest[107] = '\0';
	YW_FAILS(yw_client_open(longest, &c, &err), YW_ENOENT);
	YW_CHECK(c == NULL);
}

/* Something else than a daemon: its greeting cut at each byte, each bit flipped, and none at all. */
static void *
greet_wrongly(void *arg)
{
	static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x31, 0, 0 };
	uint8_t ours[8], theirs[8];

	for (size_t i = 0; i < 8 + 64; i++) {
		int fd = accept(*(int *)arg, NULL, NULL);
		size_t n = i < 8 ? i : 8;

		memcpy(ours, hello, sizeof hello);
		if (i >= 8)
			ours[(i - 8) / 8] ^= (uint8_t)(1 << (i - 8) % 8);
		if (recv(fd, theirs, sizeof theirs, MSG_WAITALL) != sizeof theirs || send(fd, ours, n, MSG_NOSIGNAL) != (ssize_t)n)
			perror("greeting");
		close(fd);
	}
	return NULL;
}

static void
something_else_listens(void)
{
	int listener = yw_standin_listen(path_of("else"));
	struct yw_client *c = NULL;
	pthread_t thread;

	YW_CHECK(listener >= 0 && pthread_create(&thread, NULL, greet_wrongly, &listener) == 0);
	for (int i = 0; i < 8 + 64; i++) {
		YW_FAILS(yw_client_open(path_of("else"), &c, &err), YW_EPEER);
		YW_CHECK_MSG(strstr(err.msg, i < 8 ? "closed the connection" : "is not yiwangd"), "%s", err.msg);
	}
	pthread_join(thread, NULL);
	close(listener);
}

/* Modes do not bind root. */
static enum yw_code
open_as_nobody(const char *path)
{
	bool root = geteuid() == 0;
	struct yw_client *c;
	enum yw_code code;

	YW_CHECK(!root || seteuid(65534) == 0);
	code = yw_client_open(path, &c, &err);
	YW_CHECK(!root || seteuid(0) == 0);
	return code;
}

static void
who_may_not_open_it(void)
{
	struct daemon d;
	char dir[80], path[108];

	snprintf(dir, sizeof dir, "%s/closed", yw_test_dir());
	snprintf(path, sizeof path, "%s/s", dir);
	YW_CHECK(mkdir(dir, 0700) == 0);
	start(&d, path);
	YW_CHECK(chmod(yw_test_dir(), 0755) == 0 && chmod(dir, 0) == 0);
	YW_FAILS(open_as_nobody(path), YW_EDENIED);
	YW_CHECK(chmod(dir, 0755) == 0 && chmod(path, 0) == 0);
	YW_FAILS(open_as_nobody(path), YW_EDENIED);
	stop(&d);
}

/* --- outside truth: NNG's own REP socket --- */

static void *
nng_serve(void *arg)
{
	nng_socket *s = arg;
	nng_msg *msg;

	while (nng_recvmsg(*s, &msg, 0) == 0) {
		struct yw_standin_question q = { .body = YW_BUF_INIT };
		struct yw_buf out = YW_BUF_INIT;

		yw_buf_add(&q.body, nng_msg_body(msg), nng_msg_len(msg));
		nng_msg_clear(msg);
		if (make_reply(&q, &out) != YW_OK || nng_msg_append(msg, out.data, out.len) != 0 || nng_sendmsg(*s, msg, 0) != 0)
			nng_msg_free(msg);
		yw_buf_release(&q.body);
		yw_buf_release(&out);
	}
	return NULL;
}

static void
asks_nng(void)
{
	struct yw_answer a = YW_ANSWER_INIT;
	struct yw_buf big = YW_BUF_INIT;
	struct yw_client *c;
	pthread_t thread;
	nng_socket s;
	char url[128];

	snprintf(url, sizeof url, "ipc://%s", path_of("nng"));
	YW_CHECK(nng_rep0_open(&s) == 0 && nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 0) == 0);
	YW_CHECK(nng_listen(s, url, NULL, 0) == 0 && pthread_create(&thread, NULL, nng_serve, &s) == 0);
	YW_PASS(yw_client_open(path_of("nng"), &c, &err));
	for (size_t n = 0; n <= 2u << 20; n += 1u << 20) {
		yw_buf_clear(&big);
		memset(yw_buf_extend(&big, n), 'n', n);
		YW_PASS(yw_client_ask(c, "echo", YW_BYTES_LIT("[3]"), yw_buf_bytes(&big), 60000, &a, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.result), YW_BYTES_LIT("[3]")));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&a.data), yw_buf_bytes(&big)));
	}
	yw_client_close(c);
	nng_close(s);
	pthread_join(thread, NULL);
	yw_answer_release(&a);
	yw_buf_release(&big);
}

YW_TESTS({ "asks and hears", asks_and_hears }, { "hears refusals", hears_refusals },
    { "what is no answer", broken_answers }, { "a late answer is dropped", a_late_answer_is_dropped },
    { "a daemon that does not read", a_daemon_that_does_not_read },
    { "a daemon that dies is noticed", a_daemon_that_dies_is_noticed },
    { "a daemon that dies ends a wait for input", a_daemon_that_dies_ends_a_wait }, { "absent daemons", absent_daemons },
    { "something else listens", something_else_listens }, { "who may not open it", who_may_not_open_it },
    { "R1 asks NNG's own REP socket", asks_nng })
