/*
 * What comes in over a connection, before any session: greeting and frames.  The first byte chooses the socket (even:
 * TCP, odd: local); the rest is sent, and the sending side shut.  The messages that arrive are those that stand in the
 * input up to the first that is bad, read here in the simplest way; and nothing is left of the connection.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/fuzz.h"
#include "support/testing.h"
#include "sync/transport_conn.h"

#define MAX 4096

struct seen {			/* messages, and the bytes of their ids and bodies */
	size_t n, ids, bodies;
};

static struct yw_listener *tcp, *local;
static char socket_path[sizeof ((struct sockaddr_un *)0)->sun_path];
static int port;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct yw_conn *conn;		/* one at a time */
static struct seen seen;
static bool released;

/* --- the listening side --- */

static void *
incoming(void *arg)
{
	return arg;
}

static void
begun(void *arg, struct yw_conn *c)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	conn = c;
	pthread_mutex_unlock(&lock);
}

static void
opened(void *arg)
{
	(void)arg;
	yw_conn_read(conn);
}

static void
message(void *arg, struct yw_conn_msg *m)
{
	(void)arg;
	YW_FUZZ_CHECK(m->id_len >= 4 && m->id_len <= YW_CONN_ID_MAX && m->id_len % 4 == 0);
	seen.n++;
	seen.ids += m->id_len;
	seen.bodies += m->len;
	free(m);
	yw_conn_read(conn);
}

static void
lost(void *arg, enum yw_code code, const char *why)
{
	struct yw_conn *c;

	(void)arg;
	YW_FUZZ_CHECK(code != YW_OK && why[0] != '\0');
	pthread_mutex_lock(&lock);
	c = conn;
	conn = NULL;
	pthread_mutex_unlock(&lock);
	yw_conn_unref(c);
}

static void
gone(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	YW_FUZZ_CHECK(!released);
	released = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static const struct yw_conn_ops ops = { incoming, begun, opened, message, lost, gone };

static void
stop(void)
{
	yw_listener_close(tcp);
	yw_listener_close(local);
	unlink(socket_path);
}

static void
start(void)
{
	char url[sizeof socket_path + 8];
	int none;

	YW_FUZZ_CHECK((size_t)snprintf(socket_path, sizeof socket_path, "%s/conn", yw_test_dir()) < sizeof socket_path);
	snprintf(url, sizeof url, "ipc://%s", socket_path);
	YW_FUZZ_CHECK(yw_listener_open("tcp://127.0.0.1:0", MAX, &ops, &seen, &tcp, &port, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_listener_open(url, MAX, &ops, &seen, &local, &none, NULL) == YW_OK);
	YW_FUZZ_CHECK(atexit(stop) == 0);
}

/* --- the sending side --- */

static int
dial(bool typed)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)port) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(typed ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(un.sun_path, socket_path, sizeof un.sun_path);
	YW_FUZZ_CHECK(fd >= 0);
	YW_FUZZ_CHECK((typed ? connect(fd, (struct sockaddr *)&un, sizeof un) : connect(fd, (struct sockaddr *)&in, sizeof in)) == 0);
	return fd;
}

/* It may be cut off while it still sends. */
static void
send_all(int fd, struct yw_bytes in)
{
	uint8_t theirs[64];

	while (in.len > 0) {
		ssize_t n = send(fd, in.data, in.len, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		in.data += n;
		in.len -= (size_t)n;
	}
	shutdown(fd, SHUT_WR);
	while (recv(fd, theirs, sizeof theirs, 0) > 0)
		;
	close(fd);
}

/* --- what must have arrived --- */

static bool
take(struct yw_bytes *in, size_t n, const uint8_t **out)
{
	*out = in->data;
	if (in->len < n)
		return false;
	in->data += n;
	in->len -= n;
	return true;
}

static size_t
id_bytes(struct yw_bytes frame)
{
	for (size_t at = 0; at + 4 <= frame.len && at < YW_CONN_ID_MAX; at += 4)
		if ((frame.data[at] & 0x80) != 0)
			return at + 4;
	return 0;
}

static void
expect(struct yw_bytes in, bool typed, struct seen *out)
{
	const uint8_t *p;

	*out = (struct seen) { 0 };
	if (!take(&in, 8, &p) || memcmp(p, "\0SP\0\0\x30\0\0", 8) != 0)
		return;
	while (take(&in, 8 + typed, &p) && (!typed || p[0] == 1)) {
		uint64_t len = yw_get_be64(p + typed);
		size_t id;

		if (len < 4 || len > MAX + YW_CONN_ID_MAX || !take(&in, (size_t)len, &p))
			return;
		id = id_bytes((struct yw_bytes) { p, (size_t)len });
		if (id == 0)
			return;
		out->n++;
		out->ids += id;
		out->bodies += (size_t)len - id;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data + 1, len - 1 };
	struct seen want;

	if (len == 0)
		return 0;
	if (tcp == NULL)
		start();
	seen = (struct seen) { 0 };
	released = false;
	send_all(dial(data[0] & 1), in);
	pthread_mutex_lock(&lock);
	while (!released)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	expect(in, data[0] & 1, &want);
	YW_FUZZ_CHECK(seen.n == want.n && seen.ids == want.ids && seen.bodies == want.bodies);
	return 0;
}
