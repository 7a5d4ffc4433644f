/*
 * Connections of a listener, below any session: who asks much and reads nothing is not read either, so that what waits
 * for it here is bounded; and when it reads after all, nothing is lost.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/testing.h"
#include "sync/transport_conn.h"

#define PATIENCE_S 60
#define QUESTIONS 64
#define LONG_ANSWER (1u << 20)
#define BOUND 20		/* of them: 4 MiB here, and what the kernel keeps for both sides */

struct side {
	struct yw_conn *_Atomic conn;
	atomic_uint heard;
};

static struct side sides[2];
static atomic_uint n_sides, n_released;

/* --- the listener --- */

static void *
incoming(void *arg)
{
	(void)arg;
	return &sides[atomic_fetch_add(&n_sides, 1)];
}

static void
begun(void *arg, struct yw_conn *c)
{
	atomic_store(&((struct side *)arg)->conn, c);
}

static void
opened(void *arg)
{
	yw_conn_read(atomic_load(&((struct side *)arg)->conn));
}

/* Any question that begins with 'l' has a long answer. */
static void
message(void *arg, struct yw_conn_msg *m)
{
	struct side *s = arg;
	struct yw_conn *c = atomic_load(&s->conn);
	struct yw_buf answer = YW_BUF_INIT;
	size_t len = m->len > 0 && m->body[0] == 'l' ? LONG_ANSWER : 1;
	uint8_t *bytes = yw_buf_extend(&answer, len);

	if (bytes != NULL)
		memset(bytes, 'a', len);
	atomic_fetch_add(&s->heard, 1);
	yw_conn_send(c, m->id, m->id_len, &answer);
	free(m);
	yw_conn_read(c);
}

static void
lost(void *arg, enum yw_code code, const char *why)
{
	(void)code;
	(void)why;
	yw_conn_unref(atomic_load(&((struct side *)arg)->conn));
}

static void
released(void *arg)
{
	(void)arg;
	atomic_fetch_add(&n_released, 1);
}

static const struct yw_conn_ops ops = { incoming, begun, opened, message, lost, released };

/* --- who asks --- */

static bool
get(int fd, void *to, size_t len)
{
	return recv(fd, to, len, MSG_WAITALL) == (ssize_t)len;
}

static int
reach(int port)
{
	static const uint8_t greeting[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
	const struct timeval patience = { PATIENCE_S, 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t theirs[8];

	YW_CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
	YW_CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
	YW_CHECK(send(fd, greeting, sizeof greeting, MSG_NOSIGNAL) == sizeof greeting && get(fd, theirs, sizeof theirs));
	return fd;
}

static void
ask(int fd, uint32_t id, char what)
{
	uint8_t frame[13];

	yw_put_be64(frame, 5);
	yw_put_be32(frame + 8, 0x80000000 | id);
	frame[12] = (uint8_t)what;
	YW_CHECK(send(fd, frame, sizeof frame, MSG_NOSIGNAL) == sizeof frame);
}

static void
hear(int fd, uint32_t id, size_t len)
{
	static uint8_t body[LONG_ANSWER];
	uint8_t head[12];

	YW_CHECK(get(fd, head, sizeof head));
	YW_CHECK(yw_get_be64(head) == 4 + len && yw_get_be32(head + 8) == (0x80000000 | id));
	YW_CHECK(get(fd, body, len) && body[0] == 'a' && body[len - 1] == 'a');
}

static void
does_not_read(void)
{
	struct yw_listener *l;
	struct yw_error err;
	int port, greedy, other;

	YW_PASS(yw_listener_open("tcp://127.0.0.1:0", 4096, &ops, NULL, &l, &port, &err));
	greedy = reach(port);
	other = reach(port);
	for (uint32_t i = 0; i < QUESTIONS; i++)
		ask(greedy, i, 'l');
	for (uint32_t i = 0; i < 4 * QUESTIONS; i++) {	/* meanwhile somebody else is served as ever */
		ask(other, i, 'l');
		hear(other, i, LONG_ANSWER);
	}
	YW_CHECK_MSG(atomic_load(&sides[0].heard) < BOUND, "%u of %d questions were taken, and no answer was read",
	    atomic_load(&sides[0].heard), QUESTIONS);
	for (uint32_t i = 0; i < QUESTIONS; i++)
		hear(greedy, i, LONG_ANSWER);
	YW_CHECK(atomic_load(&sides[0].heard) == QUESTIONS);
	for (uint32_t i = 0; i < QUESTIONS; i++)	/* and again; then it leaves without a word */
		ask(greedy, i, 'l');
	close(greedy);
	ask(other, 1, 's');
	hear(other, 1, 1);
	close(other);
	yw_listener_close(l);
	while (atomic_load(&n_released) < 2)
		sched_yield();
}

YW_TESTS({ "R1 who asks and does not read the answers is not read either, and loses nothing", does_not_read })
