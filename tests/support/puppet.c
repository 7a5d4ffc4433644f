/*
 * puppet.c - see puppet.h.  The wire below the session is that of sync/transport_conn.h.
 */
#include "support/puppet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "record/wire.h"
#include "service/config.h"

#define PATIENCE_S 60
#define REQ 0x30
#define REP 0x31
#define ID_BYTES 4
#define FRAME_BYTES_MAX (YW_FRAME_MAX + ID_BYTES)

enum { EXCHANGE_LOGS = 1, EXCHANGE_WANTS = 3, EXCHANGE_PACKAGES = 4, EXCHANGE_BODY_WANTS = 5, EXCHANGE_WAIT = 8 };
enum { ASK_EXCHANGE = 1, ANSWER_EXCHANGE = 1 };

static struct yw_error err;

static void
must(enum yw_code code, const char *what)
{
	YW_CHECK_MSG(code == YW_OK, "puppet: %s: %s", what, err.msg);
}

/* --- its keys --- */

static void
nobody_goes(void *arg, struct yw_session *s, enum yw_dropped why)
{
	(void)arg;
	(void)s;
	(void)why;
}

void
yw_puppet_take(struct yw_puppet *p, struct yw_test_node *n)
{
	const struct yw_sessions_limits few = { 4, 4, 4 };
	struct yw_config c;

	YW_CHECK(n->pid == 0);
	*p = (struct yw_puppet) { .node = n, .fd = -1, .listener = -1 };
	must(yw_crypto_init(&err), "crypto");
	must(yw_config_read(n->config, &c, &err), "configuration");
	must(yw_home_open(&c, &p->home, &err), "home");
	p->self = (struct yw_session_self) { .network = p->home.network.hash, .key = p->home.keys.session,
		.major = YW_PROTOCOL_MAJOR, .minor_low = YW_PROTOCOL_MINOR_LOW, .minor_high = YW_PROTOCOL_MINOR_HIGH,
		.clock = yw_clock_real, .random = yw_random_real };
	must(yw_sessions_new(&p->self, &few, nobody_goes, NULL, &p->sessions), "sessions");
	must(yw_jurisdiction_parse(n->code, strlen(n->code), &p->log.code), "code");
	must(yw_origin_make(p->home.network.name, &p->log.code, 1, &p->log.origin), "origin");
	p->log.keys = p->home.keys;
}

void
yw_puppet_leave(struct yw_puppet *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	yw_session_unref(p->session);
	p->session = NULL;
}

void
yw_puppet_release(struct yw_puppet *p)
{
	yw_puppet_leave(p);
	if (p->listener >= 0)
		close(p->listener);
	yw_sessions_free(p->sessions);
	yw_home_release(&p->home);
	yw_tlog_release(&p->log);
}

static void
make_hello(const struct yw_puppet *p, struct yw_buf *out)
{
	Yiwang__V1__Hello h = YIWANG__V1__HELLO__INIT;
	const struct yw_network *n = &p->home.network;

	h.code = (char *)(uintptr_t)p->log.code.code;
	h.origin = (char *)(uintptr_t)p->log.origin.text;
	h.network_version = n->version;
	h.network_sha256 = (ProtobufCBinaryData) { YW_HASH_BYTES, (uint8_t *)(uintptr_t)n->text_sha256.b };
	must(yw_wire_pack(&h.base, out, &err), "hello");
}

/* --- bytes --- */

/* False: the other side has closed. */
static bool
get(int fd, void *to, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = recv(fd, (uint8_t *)to + at, len - at, 0);

		YW_CHECK_MSG(n >= 0 || errno == ECONNRESET || errno == EPIPE, "puppet: nothing came in %d s", PATIENCE_S);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool
put(int fd, const void *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, (const uint8_t *)data + at, len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

static bool
put_frame(int fd, const uint8_t id[static ID_BYTES], struct yw_bytes frame)
{
	uint8_t head[8 + ID_BYTES];

	yw_put_be64(head, ID_BYTES + frame.len);
	memcpy(head + 8, id, ID_BYTES);
	return put(fd, head, sizeof head) && put(fd, frame.data, frame.len);
}

static bool
get_frame(int fd, uint8_t id[static ID_BYTES], struct yw_buf *frame)
{
	uint8_t head[8 + ID_BYTES], *body;
	uint64_t len;

	yw_buf_clear(frame);
	if (!get(fd, head, sizeof head))
		return false;
	len = yw_get_be64(head);
	YW_CHECK(len >= ID_BYTES && len <= FRAME_BYTES_MAX);
	memcpy(id, head + 8, ID_BYTES);
	body = yw_buf_extend(frame, (size_t)len - ID_BYTES);
	YW_CHECK(body != NULL);
	return get(fd, body, (size_t)len - ID_BYTES);
}

static void
be_patient(int fd)
{
	const struct timeval t = { PATIENCE_S, 0 };

	YW_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) == 0);
}

static struct sockaddr_in
address_of(const struct yw_test_node *n)
{
	return (struct sockaddr_in) { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)atoi(strrchr(n->url, ':') + 1)) };
}

static bool
greet(int fd, uint8_t mine, uint8_t theirs)
{
	const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, mine, 0, 0 }, want[8] = { 0, 'S', 'P', 0, 0, theirs, 0, 0 };
	uint8_t got[8];

	return put(fd, hello, sizeof hello) && get(fd, got, sizeof got) && memcmp(got, want, sizeof want) == 0;
}

/* --- as a child --- */

bool
yw_puppet_send_frame(struct yw_puppet *p, struct yw_bytes frame)
{
	uint8_t id[ID_BYTES];

	yw_put_be32(id, 0x80000000 | ++p->asked);
	return put_frame(p->fd, id, frame);
}

bool
yw_puppet_send_part(struct yw_puppet *p, size_t announced, size_t sent)
{
	uint8_t head[8];
	bool alive;

	yw_put_be64(head, announced);
	alive = put(p->fd, head, sizeof head);
	for (; alive && sent > 0; sent--)
		alive = put(p->fd, "", 1);
	return alive;
}

void
yw_puppet_await_end(struct yw_puppet *p)
{
	uint8_t byte;

	while (get(p->fd, &byte, 1))
		;
}

/* One step of the handshake: the request is replaced by the reply. */
static bool
exchange_frames(struct yw_puppet *p, struct yw_buf *frame)
{
	uint8_t id[ID_BYTES];

	return yw_puppet_send_frame(p, yw_buf_bytes(frame)) && get_frame(p->fd, id, frame);
}

static bool
shake(struct yw_puppet *p)
{
	struct yw_buf frame = YW_BUF_INIT, request = YW_BUF_INIT, hello = YW_BUF_INIT, theirs = YW_BUF_INIT;
	bool up;

	make_hello(p, &hello);
	must(yw_session_offer(&p->self, &p->session, &frame, &err), "offer");
	up = exchange_frames(p, &frame) &&
	    yw_session_accept(p->session, yw_buf_bytes(&frame), yw_buf_bytes(&hello), &request, &err) == YW_OK &&
	    exchange_frames(p, &request) &&
	    yw_session_confirm(p->session, yw_buf_bytes(&request), &theirs, &err) == YW_OK;
	yw_buf_release(&frame);
	yw_buf_release(&request);
	yw_buf_release(&hello);
	yw_buf_release(&theirs);
	return up;
}

static bool
try_connect(struct yw_puppet *p, const struct yw_test_node *parent)
{
	struct sockaddr_in to = address_of(parent);

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	YW_CHECK(p->fd >= 0);
	be_patient(p->fd);
	if (connect(p->fd, (struct sockaddr *)&to, sizeof to) == 0 && greet(p->fd, REQ, REP) && shake(p))
		return true;
	yw_puppet_leave(p);
	return false;
}

void
yw_puppet_connect(struct yw_puppet *p, const struct yw_test_node *parent)
{
	yw_puppet_leave(p);
	YW_WAIT(PATIENCE_S, try_connect(p, parent));
}

static bool
send_request(struct yw_puppet *p, const struct yw_buf *exchange, uint64_t *m)
{
	struct yw_buf plain = YW_BUF_INIT, frame = YW_BUF_INIT;
	bool sent;

	yw_wire_add_bytes(&plain, ASK_EXCHANGE, yw_buf_bytes(exchange));
	must(yw_session_request(p->session, yw_buf_bytes(&plain), m, &frame, &err), "request");
	sent = yw_puppet_send_frame(p, yw_buf_bytes(&frame));
	yw_buf_release(&plain);
	yw_buf_release(&frame);
	return sent;
}

bool
yw_puppet_send(struct yw_puppet *p, const struct yw_buf *exchange)
{
	uint64_t m;

	return send_request(p, exchange, &m);
}

Yiwang__V1__PeerReply *
yw_puppet_ask(struct yw_puppet *p, const struct yw_buf *exchange)
{
	struct yw_buf plain = YW_BUF_INIT, frame = YW_BUF_INIT;
	Yiwang__V1__PeerReply *reply = NULL;
	uint8_t id[ID_BYTES];
	uint64_t m;

	if (send_request(p, exchange, &m) && get_frame(p->fd, id, &frame)) {
		must(yw_session_open_reply(p->session, m, yw_buf_bytes(&frame), &plain, &err), "reply");
		must(yw_decode(&yiwang__v1__peer_reply__descriptor, yw_buf_bytes(&plain), &reply, &err), "reply");
	}
	yw_buf_release(&plain);
	yw_buf_release(&frame);
	return reply;
}

/* Appends what a package of the own log brings. */
static bool
fetched(struct yw_puppet *p)
{
	struct yw_buf x = YW_BUF_INIT;
	Yiwang__V1__PeerReply *reply;
	size_t before = p->log.n;
	struct yw_hash root;

	yw_tnet_root(&p->log, p->log.n, &root);
	yw_say_want(&x, p->log.origin.text, p->log.n, &root);
	reply = yw_puppet_ask(p, &x);
	YW_CHECK(reply != NULL && reply->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE);
	for (size_t i = 0; i < reply->exchange->n_packages; i++) {
		const Yiwang__V1__Package *g = reply->exchange->packages[i];

		if (strcmp(g->origin, p->log.origin.text) != 0 || g->start != p->log.n)
			continue;
		for (size_t k = 0; k < g->n_entries; k++)
			yw_tnet_add_envelope(&p->log, (struct yw_bytes) { g->entries[k].data, g->entries[k].len });
	}
	yw_decode_free(reply);
	yw_buf_release(&x);
	return p->log.n > before;
}

void
yw_puppet_fetch(struct yw_puppet *p)
{
	while (fetched(p))
		;
}

/* --- as a parent --- */

void
yw_puppet_listen(struct yw_puppet *p)
{
	struct sockaddr_in at = address_of(p->node);
	int on = 1;

	p->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	YW_CHECK(p->listener >= 0 && setsockopt(p->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
	be_patient(p->listener);
	YW_CHECK(bind(p->listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(p->listener, 16) == 0);
}

/* Takes frames until one is of the kind that is looked for; false: the child has left. */
static bool
feed_until(struct yw_puppet *p, enum yw_fed what)
{
	struct yw_buf frame = YW_BUF_INIT, plain = YW_BUF_INIT, reply = YW_BUF_INIT, hello = YW_BUF_INIT;
	struct yw_sessions_in in = { .what = YW_FED_REPLY };
	bool alive = true, found = false;

	make_hello(p, &hello);
	while (alive && !found && (alive = get_frame(p->fd, p->heard, &frame))) {
		yw_buf_clear(&plain);
		yw_buf_clear(&reply);
		must(yw_sessions_feed(p->sessions, yw_buf_bytes(&frame), NULL, &in, &plain, &reply, &err), "frame");
		if (in.what == YW_FED_HELLO)
			must(yw_session_welcome(in.session, yw_buf_bytes(&hello), &reply, &err), "welcome");
		if (in.what != YW_FED_REQUEST)
			alive = put_frame(p->fd, p->heard, yw_buf_bytes(&reply));
		found = in.what == what;
		if (found) {
			yw_session_unref(p->session);
			p->session = in.session;
			p->heard_m = in.m;
		} else {
			yw_session_unref(in.session);
		}
	}
	yw_buf_release(&frame);
	yw_buf_release(&plain);
	yw_buf_release(&reply);
	yw_buf_release(&hello);
	return found;
}

void
yw_puppet_accept(struct yw_puppet *p)
{
	do {
		yw_puppet_leave(p);
		p->fd = accept4(p->listener, NULL, NULL, SOCK_CLOEXEC);
		YW_CHECK_MSG(p->fd >= 0, "puppet: nobody came in %d s", PATIENCE_S);
		be_patient(p->fd);
	} while (!greet(p->fd, REP, REQ) || !feed_until(p, YW_FED_HELLO));
}

void
yw_puppet_hear(struct yw_puppet *p)
{
	YW_CHECK_MSG(feed_until(p, YW_FED_REQUEST), "puppet: the child has left");
}

void
yw_puppet_answer(struct yw_puppet *p, const struct yw_buf *exchange)
{
	struct yw_buf plain = YW_BUF_INIT, frame = YW_BUF_INIT;

	yw_wire_add_bytes(&plain, ANSWER_EXCHANGE, yw_buf_bytes(exchange));
	must(yw_session_reply(p->session, p->heard_m, yw_buf_bytes(&plain), &frame, &err), "answer");
	YW_CHECK(put_frame(p->fd, p->heard, yw_buf_bytes(&frame)));
	yw_buf_release(&plain);
	yw_buf_release(&frame);
}

/* --- what it says --- */

static void
say(struct yw_buf *x, unsigned field, const ProtobufCMessage *m)
{
	struct yw_buf bytes = YW_BUF_INIT;

	must(yw_wire_pack(m, &bytes, &err), "message");
	yw_wire_add_bytes(x, field, yw_buf_bytes(&bytes));
	yw_buf_release(&bytes);
}

static ProtobufCBinaryData
bin(struct yw_bytes b)
{
	return (ProtobufCBinaryData) { b.len, (uint8_t *)(uintptr_t)b.data };
}

void
yw_say_head(struct yw_buf *x, struct yw_tlog *l, uint64_t size)
{
	Yiwang__V1__LogNews m = YIWANG__V1__LOG_NEWS__INIT;
	struct yw_buf head = YW_BUF_INIT;

	yw_tlog_head(l, size, &head);
	m.origin = l->origin.text;
	m.held = m.verified = size;
	m.head = bin(yw_buf_bytes(&head));
	say(x, EXCHANGE_LOGS, &m.base);
	yw_buf_release(&head);
}

void
yw_say_size(struct yw_buf *x, const char *origin, uint64_t size)
{
	Yiwang__V1__LogNews m = YIWANG__V1__LOG_NEWS__INIT;

	m.origin = (char *)(uintptr_t)origin;
	m.held = m.verified = size;
	say(x, EXCHANGE_LOGS, &m.base);
}

void
yw_say_want(struct yw_buf *x, const char *origin, uint64_t from, const struct yw_hash *root)
{
	Yiwang__V1__Want m = YIWANG__V1__WANT__INIT;

	m.origin = (char *)(uintptr_t)origin;
	m.size = m.start = from;
	m.root = bin((struct yw_bytes) { root->b, YW_HASH_BYTES });
	say(x, EXCHANGE_WANTS, &m.base);
}

static size_t
put_hashes(const struct yw_proof *p, ProtobufCBinaryData out[static YW_PROOF_MAX])
{
	for (size_t i = 0; i < p->n; i++)
		out[i] = bin((struct yw_bytes) { p->h[i].b, YW_HASH_BYTES });
	return p->n;
}

void
yw_say_package(struct yw_buf *x, const struct yw_package *p, const struct yw_bytes *bodies, size_t n_bodies)
{
	ProtobufCBinaryData entries[YW_PACKAGE_ENTRIES], subtree[YW_PROOF_MAX], consistency[YW_PROOF_MAX];
	Yiwang__V1__Package m = YIWANG__V1__PACKAGE__INIT;
	Yiwang__V1__Body b[YW_PACKAGE_ENTRIES], *list[YW_PACKAGE_ENTRIES];

	YW_CHECK(p->n_entries <= YW_PACKAGE_ENTRIES && n_bodies <= p->n_entries);
	for (size_t i = 0; i < p->n_entries; i++)
		entries[i] = bin(p->entries[i].envelope);
	for (size_t i = 0; i < n_bodies; i++) {
		if (bodies[i].data == NULL)
			continue;
		yiwang__v1__body__init(&b[m.n_bodies]);
		b[m.n_bodies].index = p->start + i;
		b[m.n_bodies].bytes = bin(bodies[i]);
		list[m.n_bodies] = &b[m.n_bodies];
		m.n_bodies++;
	}
	m.origin = (char *)(uintptr_t)p->origin.text;
	m.start = p->start;
	m.entries = entries;
	m.n_entries = p->n_entries;
	m.head = bin(p->head);
	m.head_size = p->head_size;
	m.subtree = subtree;
	m.n_subtree = put_hashes(&p->subtree, subtree);
	m.from_size = p->from_size;
	if (p->from_size != 0)
		m.from_root = bin((struct yw_bytes) { p->from_root.b, YW_HASH_BYTES });
	m.consistency = consistency;
	m.n_consistency = put_hashes(&p->consistency, consistency);
	m.bodies = list;
	say(x, EXCHANGE_PACKAGES, &m.base);
}

void
yw_say_package_as_it_is(struct yw_buf *x, const Yiwang__V1__Package *m)
{
	say(x, EXCHANGE_PACKAGES, &m->base);
}

void
yw_say_place(struct yw_buf *x, const char *origin, uint64_t index, uint32_t item)
{
	Yiwang__V1__BodyWant m = YIWANG__V1__BODY_WANT__INIT;

	m.origin = (char *)(uintptr_t)origin;
	m.index = index;
	m.item = item;
	say(x, EXCHANGE_BODY_WANTS, &m.base);
}

void
yw_say_poll(struct yw_buf *x, uint32_t wait_ms)
{
	yw_wire_add_number(x, EXCHANGE_WAIT, wait_ms);
}
