/*
 * Outside truth for transport_conn.c: NNG's own REQ and REP sockets on the other side of the wire.
 */
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "unit/sync/transport_world.h"

static struct node up, down;

static void
make_self(struct yw_session_self *self, uint8_t key)
{
	*self = (struct yw_session_self) { .major = 1, .clock = yw_clock_real, .random = yw_random_real };
	memset(self->key.b, key, sizeof self->key.b);
	memset(self->network.b, 6, sizeof self->network.b);
}

/* A request over an NNG socket; the reply is in `reply`. */
static void
nng_ask(nng_socket s, const struct yw_buf *request, struct yw_buf *reply)
{
	void *data;
	size_t len;

	YW_CHECK(nng_send(s, request->data, request->len, 0) == 0);
	YW_CHECK(nng_recv(s, &data, &len, NNG_FLAG_ALLOC) == 0);
	yw_buf_clear(reply);
	yw_buf_add(reply, data, len);
	nng_free(data, len);
}

/* A child that is an NNG socket: handshake, small and longest messages. */
static void
nng_child(void)
{
	struct yw_transport_config c = config_of(1);
	struct yw_buf req = YW_BUF_INIT, rep = YW_BUF_INIT, plain = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_session_self self;
	struct yw_session *s;
	struct yw_error err;
	char url[YW_URL_MAX + 1];
	nng_socket socket;
	uint64_t m;

	parent_start(&up, &c, "tcp://127.0.0.1:0", true, url);
	make_self(&self, 2);
	YW_CHECK(nng_req0_open(&socket) == 0 && nng_dial(socket, url, NULL, 0) == 0);
	YW_PASS(yw_session_offer(&self, &s, &req, &err));
	nng_ask(socket, &req, &rep);
	yw_buf_clear(&req);
	YW_PASS(yw_session_accept(s, yw_buf_bytes(&rep), YW_BYTES_LIT("I am NNG"), &req, &err));
	nng_ask(socket, &req, &rep);
	YW_PASS(yw_session_confirm(s, yw_buf_bytes(&rep), &plain, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("I am above")));
	for (size_t len = 0; len <= YW_MESSAGE_MAX; len += YW_MESSAGE_MAX / 2) {
		yw_buf_clear(&text), yw_buf_clear(&req), yw_buf_clear(&plain);
		memset(yw_buf_extend(&text, len), 'e', len);
		YW_PASS(yw_session_request(s, yw_buf_bytes(&text), &m, &req, &err));
		nng_ask(socket, &req, &rep);
		YW_PASS(yw_session_open_reply(s, m, yw_buf_bytes(&rep), &plain, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), yw_buf_bytes(&text)));
	}
	YW_CHECK(strcmp(up.peer_hello, "I am NNG") == 0);
	yw_session_unref(s);
	nng_close(socket);
	yw_buf_release(&req), yw_buf_release(&rep), yw_buf_release(&plain), yw_buf_release(&text);
	WAIT_FOR(&up, up.downs == 1);
	node_stop(&up);
}

static void
nobody_goes(void *arg, struct yw_session *s, enum yw_dropped why)
{
	(void)arg, (void)s, (void)why;
}

/* Answers one request to an NNG socket that is a parent. */
static void
nng_answer(nng_socket socket, struct yw_sessions *t)
{
	struct yw_buf plain = YW_BUF_INIT, reply = YW_BUF_INIT;
	struct yw_sessions_in in;
	void *data;
	size_t len;

	YW_CHECK(nng_recv(socket, &data, &len, NNG_FLAG_ALLOC) == 0);
	YW_PASS(yw_sessions_feed(t, (struct yw_bytes) { data, len }, NULL, &in, &plain, &reply, NULL));
	nng_free(data, len);
	if (in.what == YW_FED_HELLO)
		YW_PASS(yw_session_welcome(in.session, YW_BYTES_LIT("I am NNG"), &reply, NULL));
	else if (in.what == YW_FED_REQUEST)
		YW_PASS(yw_session_reply(in.session, in.m, yw_buf_bytes(&plain), &reply, NULL));
	yw_session_unref(in.session);
	YW_CHECK(nng_send(socket, reply.data, reply.len, 0) == 0);
	yw_buf_release(&plain), yw_buf_release(&reply);
}

/* A parent that is an NNG socket. */
static void
nng_parent(void)
{
	struct yw_sessions_limits limits = { 1, 4, 4 };
	struct yw_session_self self;
	struct yw_sessions *t;
	char url[64];
	nng_socket socket;
	nng_listener l;
	int port;

	make_self(&self, 1);
	YW_PASS(yw_sessions_new(&self, &limits, nobody_goes, NULL, &t));
	YW_CHECK(nng_rep0_open(&socket) == 0 && nng_listen(socket, "tcp://127.0.0.1:0", &l, 0) == 0);
	YW_CHECK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0);
	snprintf(url, sizeof url, "tcp://127.0.0.1:%d", port);
	child_start(&down, 2, url);
	nng_answer(socket, t);
	nng_answer(socket, t);
	for (uint64_t tag = 0; tag < 3; tag++) {
		YW_PASS(ask_on(link_of(&down, 0), tag == 0 ? "" : "echo", 30000, tag));
		nng_answer(socket, t);
		WAIT_FOR(&down, down.replied[tag] == 1);
		YW_CHECK(down.code[tag] == YW_OK && down.len[tag] == (tag == 0 ? 0 : 4));
	}
	YW_CHECK(strcmp(down.peer_hello, "I am NNG") == 0);
	node_stop(&down);
	nng_close(socket);
	yw_sessions_free(t);
}

YW_TESTS({ "R1 a child that is NNG's REQ socket", nng_child },
    { "R1 a parent that is NNG's REP socket", nng_parent })
