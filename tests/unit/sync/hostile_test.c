/*
 * A parent among strangers, liars, garbage and broken links: whoever misbehaves is cut, nothing else suffers.
 *
 * "Raw" peers speak NNG's wire format by themselves (SP over TCP: 8 bytes of greeting each way, then u64 BE
 * length, request id, body), so that they can send what no transport would.
 */
#include <errno.h>
#include <fcntl.h>

#include "base/file.h"

#define WORLD_LOG_LEVEL YW_LOG_WARN
#include "unit/sync/relay.h"

#define LOOPBACK "tcp://127.0.0.1:0"

static struct node up, down, other[8];

/* --- Raw peers --- */

/* False: the other side closed. */
static bool
read_all(int fd, void *out, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, (uint8_t *)out + got, len - got);

		if (n <= 0) {
			YW_CHECK_MSG(n == 0 || errno == ECONNRESET, "nothing came in %d s", WAIT_LIMIT_S);
			return false;
		}
		got += (size_t)n;
	}
	return true;
}

static int
raw_connect(const char *url)
{
	static const uint8_t greeting[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
	uint8_t theirs[8];
	int fd = dial(url);

	YW_CHECK(write_all(fd, greeting, sizeof greeting) && read_all(fd, theirs, sizeof theirs));
	YW_CHECK(memcmp(theirs, "\0SP\0\0\x31\0\0", 8) == 0);
	return fd;
}

static bool
raw_send(int fd, struct yw_bytes body)
{
	uint8_t head[12];

	yw_put_be64(head, 4 + body.len);
	yw_put_be32(head + 8, 0x80000001);
	return write_all(fd, head, sizeof head) && (body.len == 0 || write_all(fd, body.data, body.len));
}

/* The length of the reply, of which at most `max` bytes are kept; -1: the connection was closed. */
static ssize_t
raw_recv(int fd, uint8_t *out, size_t max)
{
	uint8_t head[12];
	uint64_t len;

	if (!read_all(fd, head, sizeof head))
		return -1;
	len = yw_get_be64(head) - 4;
	YW_CHECK(len <= max);
	return read_all(fd, out, len) ? (ssize_t)len : -1;
}

static ssize_t
raw_ask(int fd, struct yw_bytes body, uint8_t *out, size_t max)
{
	return raw_send(fd, body) ? raw_recv(fd, out, max) : -1;
}

static void
make_offer(struct yw_buf *out, uint8_t network)
{
	struct yw_session_self self = { .major = 1, .clock = yw_clock_real, .random = yw_random_real };
	struct yw_session *s;

	memset(self.network.b, network, sizeof self.network.b);
	memset(self.key.b, 77, sizeof self.key.b);
	YW_PASS(yw_session_offer(&self, &s, out, NULL));
	yw_session_unref(s);
}

/* --- Broken links --- */

static void
link_cut_in_the_middle(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	struct relay r;

	parent_start(&up, &c, LOOPBACK, true, url);
	relay_start(&r, url);
	child_start(&down, 2, r.url);
	for (unsigned round = 0; round < 3; round++) {
		uint64_t tag = 10 * round;

		WAIT_FOR(&down, down.ups == round + 1);
		YW_PASS(ask(&down, "echo", tag));
		YW_PASS(ask_on(link_of(&down, 0), "park", 30000, tag + 1));
		WAIT_FOR(&up, up.n_parked == 1);
		relay_cut(&r);
		WAIT_FOR(&down, down.replied[tag + 1] == 1 && down.downs == round + 1);
		YW_CHECK(down.code[tag + 1] == YW_EPEER || down.code[tag + 1] == YW_ESTOPPED);
		WAIT_FOR(&up, up.downs == round + 1);
		pthread_mutex_lock(&up.lock);
		answer_parked(&up, "nobody hears this");
		pthread_mutex_unlock(&up.lock);
	}
	WAIT_FOR(&down, down.ups == 4);
	YW_PASS(ask(&down, "echo", 99));
	YW_CHECK(stats_of(&up).bad_frames == 0 && stats_of(&up).held == 0);
	node_stop(&down);
	relay_stop(&r);
	node_stop(&up);
}

/* --- Strangers --- */

/* The one pushed out finds that it is unknown, and comes back as another session; the admitted one stays. */
static void
strangers_have_a_quota(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	c.limits.strangers = 2;
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	pthread_mutex_lock(&up.lock);
	up.admits = false;
	pthread_mutex_unlock(&up.lock);
	for (uint8_t i = 0; i < 2; i++) {
		child_start(&other[i], (uint8_t)(10 + i), url);
		YW_PASS(ask(&other[i], "echo", 0));
	}
	YW_CHECK(up.downs == 0 && stats_of(&up).sessions.strangers == 2);
	child_start(&other[2], 12, url);
	YW_PASS(ask(&other[2], "echo", 0));
	WAIT_FOR(&up, up.downs == 1);
	YW_CHECK(strstr(up.down_reason, "too many strangers") != NULL && stats_of(&up).sessions.strangers == 2);
	YW_CHECK(ask(&other[0], "echo", 1) == YW_ENOENT);	/* silent for the longest time */
	WAIT_FOR(&other[0], other[0].ups == 2);
	YW_CHECK(strstr(other[0].down_reason, "does not know the session") != NULL);
	YW_PASS(ask(&other[0], "echo", 2));
	YW_PASS(ask(&down, "echo", 1));
	YW_CHECK(down.downs == 0);
	for (int i = 0; i < 3; i++)
		node_stop(&other[i]);
	node_stop(&down);
	node_stop(&up);
}

static void
strangers_hold_little(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	unsigned refused = 0;

	parent_start(&up, &c, LOOPBACK, false, url);
	child_start(&down, 2, url);
	for (uint64_t i = 0; i < YW_LINK_REQUESTS_MAX; i++)
		YW_PASS(ask_on(link_of(&down, 0), "park", 30000, i));
	WAIT_FOR(&down, down.n_replies == 3);
	WAIT_FOR(&up, up.n_parked == 3);
	for (uint64_t i = 0; i < YW_LINK_REQUESTS_MAX; i++)
		refused += down.replied[i] == 1 && down.code[i] == YW_EDENIED;
	YW_CHECK(refused == 3);
	YW_CHECK(strncmp(yw_link_name(link_of(&up, 0)), "stranger ", 9) == 0);
	YW_PASS(yw_link_admit(link_of(&up, 0), "320103", NULL));
	YW_CHECK(strncmp(yw_link_name(link_of(&up, 0)), "320103 at 127.0.0.1:", 20) == 0);
	YW_PASS(ask(&down, "echo", 10));
	pthread_mutex_lock(&up.lock);
	answer_parked(&up, "news");
	pthread_mutex_unlock(&up.lock);
	node_stop(&down);
	node_stop(&up);
}

static void
admitted_have_a_limit(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	c.limits.admitted = 1;
	parent_start(&up, &c, LOOPBACK, false, url);
	child_start(&down, 2, url);
	child_start(&other[0], 3, url);
	link_of(&up, 1);
	YW_PASS(yw_link_admit(link_of(&up, 0), "320102", NULL));
	YW_FAILS(yw_link_admit(link_of(&up, 1), "320103", NULL), YW_ELIMIT);
	node_stop(&other[0]);
	node_stop(&down);
	node_stop(&up);
}

/* --- Liars --- */

static int saved_stderr = -1;
static char log_path[1024];

static void
catch_log(void)
{
	int fd;

	snprintf(log_path, sizeof log_path, "%s/log", yw_test_dir());
	fd = open(log_path, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600);
	saved_stderr = dup(STDERR_FILENO);
	YW_CHECK(fd >= 0 && saved_stderr >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	close(fd);
}

/* How many caught lines hold both words. */
static unsigned
caught(const char *a, const char *b)
{
	struct yw_buf log = YW_BUF_INIT;
	unsigned n = 0;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	YW_PASS(yw_file_read(log_path, 1u << 20, &log, NULL));
	for (char *at = (char *)yw_buf_str(&log), *end; *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		*end = '\0';
		n += strstr(at, a) != NULL && strstr(at, b) != NULL;
	}
	yw_buf_release(&log);
	return n;
}

static void
a_child_lies(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	child_start(&other[0], 3, url);
	YW_PASS(ask(&other[0], "echo", 0));
	YW_PASS(ask_on(link_of(&down, 0), "x: a lie", 30000, 0));
	WAIT_FOR(&down, down.replied[0] == 1 && down.downs == 1);
	YW_CHECK(down.code[0] != YW_OK);
	WAIT_FOR(&up, up.downs == 1);
	YW_CHECK(strcmp(up.down_reason, "it said x") == 0);
	YW_PASS(ask(&other[0], "echo", 1));
	WAIT_FOR(&down, down.ups == 2);		/* when its delay was over */
	YW_PASS(ask(&down, "echo", 1));
	YW_CHECK(other[0].downs == 0);
	node_stop(&down);
	node_stop(&other[0]);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"320102 at 127.0.0.1:", "it said x") == 1);
}

static void
a_parent_lies(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	struct yw_link *link;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask_on(link_of(&down, 0), "park", 30000, 0));
	WAIT_FOR(&up, up.n_parked == 1);
	link = yw_link_ref(link_of(&down, 0));
	yw_link_close(link, "its proof does not verify");
	yw_link_close(link, "twice is once");
	yw_link_unref(link);
	WAIT_FOR(&down, down.downs == 1);
	YW_CHECK(down.replied[0] == 1 && down.code[0] != YW_OK);
	YW_CHECK(strcmp(down.down_reason, "its proof does not verify") == 0);
	WAIT_FOR(&down, down.ups == 2);
	node_stop(&down);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"320102 at tcp://127.0.0.1:", "") == 1);
}

/* --- Garbage --- */

static void
garbage_is_cut(void)
{
	struct yw_transport_config c = config_of(1);
	struct yw_buf offer = YW_BUF_INIT;
	char url[YW_URL_MAX + 1];
	uint8_t reply[256], junk[4096];
	uint64_t state = yw_test_seed();
	int fd, answered = 0;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	make_offer(&offer, 6);
	fd = raw_connect(url);
	YW_CHECK(raw_ask(fd, yw_buf_bytes(&offer), reply, sizeof reply) == 107 && reply[0] == 1);
	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (uint8_t)yw_test_next(&state);
	for (int i = 0; i < 100; i++) {
		junk[0] = (uint8_t)(4 + yw_test_next(&state) % 250);
		if (raw_ask(fd, (struct yw_bytes) { junk, yw_test_next(&state) % sizeof junk }, reply, sizeof reply) < 0)
			break;
		YW_CHECK(reply[0] == 0);
		answered++;
	}
	YW_CHECK_MSG(answered >= 7 && answered <= 8, "%d bad frames were answered", answered);
	close(fd);
	YW_CHECK(stats_of(&up).bad_frames == 8);

	/* and it may not come back at once, nor does it have to stay away for ever */
	fd = raw_connect(url);
	YW_CHECK(raw_ask(fd, yw_buf_bytes(&offer), reply, sizeof reply) == 10);
	YW_CHECK(reply[0] == 4 && reply[1] == YW_REFUSED_PEER);
	WAIT_FOR(&up, raw_ask(fd, yw_buf_bytes(&offer), reply, sizeof reply) == 107);
	close(fd);
	YW_PASS(ask(&down, "echo", 1));
	YW_CHECK(down.downs == 0);
	yw_buf_release(&offer);
	node_stop(&down);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"127.0.0.1:", "bad frames") == 1);
}

static void
another_network(void)
{
	struct yw_transport_config c = config_of(1), wrong = config_of(3);
	struct yw_buf offer = YW_BUF_INIT;
	char url[YW_URL_MAX + 1];
	const char *to = url;
	uint8_t reply[256];
	int fd;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	make_offer(&offer, 7);
	fd = raw_connect(url);
	for (int i = 0; i < 20; i++) {
		YW_CHECK(raw_ask(fd, yw_buf_bytes(&offer), reply, sizeof reply) == 10);
		YW_CHECK(reply[0] == 4 && reply[1] == YW_REFUSED_NETWORK);
	}
	close(fd);
	wrong.network.b[0] ^= 1;
	wrong.upstreams = &to;
	wrong.n_upstreams = 1;
	node_start(&other[0], &wrong, true, "of another network");
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	YW_CHECK(other[0].ups == 0 && up.ups == 1 && stats_of(&up).bad_frames == 0);
	yw_buf_release(&offer);
	node_stop(&other[0]);
	node_stop(&down);
	node_stop(&up);
	YW_CHECK(caught("peer-refused peer=\"127.0.0.1:", "another network") == 1);
}

static void
oversize_frames(void)
{
	static const uint64_t lengths[] = { 0, 3, YW_STRANGER_FRAME_MAX + 33, 1u << 30, UINT64_MAX / 2, UINT64_MAX };
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	uint8_t head[12], reply[16];
	int fd;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		fd = raw_connect(url);
		yw_put_be64(head, lengths[i]);
		yw_put_be32(head + 8, 0x80000001);
		YW_CHECK(write_all(fd, head, sizeof head));
		YW_CHECK(raw_recv(fd, reply, sizeof reply) < 0);
		close(fd);
	}
	fd = dial(url);		/* not even NNG */
	YW_CHECK(write_all(fd, "GET / HTTP/1.0\r\n\r\n", 18));
	YW_CHECK(!read_all(fd, reply, sizeof reply));
	close(fd);
	YW_PASS(ask(&down, "echo", 1));
	YW_CHECK(down.downs == 0);
	node_stop(&down);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"127.0.0.1:", "longer than it may") == 1);
}

/* Who was known by a session is named by it. */
static void
an_admitted_one_sends_too_much(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	struct relay r;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	relay_start(&r, url);
	child_start(&down, 2, r.url);
	YW_PASS(ask(&down, "echo", 0));
	relay_spoil(&r);
	WAIT_FOR(&up, up.downs == 1);
	WAIT_FOR(&down, down.ups == 2);
	node_stop(&down);
	relay_stop(&r);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"320102 at 127.0.0.1:", "longer than it may") == 1);
}

static void
connections_are_bounded(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	int fds[100], n = 0;
	uint8_t byte;

	c.limits.admitted = 2;
	c.limits.strangers = 2;
	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	for (; n < 100 && stats_of(&up).connections < 2 + 2 + 32; n++) {
		fds[n] = raw_connect(url);
		WAIT_FOR(&up, stats_of(&up).connections == (size_t)n + 2);
	}
	YW_CHECK(n == 35);
	fds[n] = dial(url);
	YW_CHECK(!read_all(fds[n], &byte, 1));
	YW_PASS(ask(&down, "echo", 1));
	for (int i = 0; i <= n; i++)
		close(fds[i]);
	WAIT_FOR(&up, stats_of(&up).connections == 1);
	YW_CHECK(down.downs == 0);
	node_stop(&down);
	node_stop(&up);
}

/* A greeting with any bit wrong, or cut anywhere, is no greeting. */
static void
bent_greetings(void)
{
	static const uint8_t good[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	uint8_t bent[8], theirs[9];
	int fd;

	catch_log();
	parent_start(&up, &c, LOOPBACK, true, url);
	for (size_t bit = 0; bit < 64; bit++) {
		memcpy(bent, good, sizeof bent);
		bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
		fd = dial(url);
		YW_CHECK(write_all(fd, bent, sizeof bent));
		YW_CHECK_MSG(!read_all(fd, theirs, 9), "bit %zu of the greeting does not matter", bit);
		close(fd);
	}
	for (size_t len = 0; len < 8; len++) {
		fd = dial(url);
		YW_CHECK(len == 0 || write_all(fd, good, len));
		shutdown(fd, SHUT_WR);
		YW_CHECK(!read_all(fd, theirs, 9));
		close(fd);
	}
	WAIT_FOR(&up, stats_of(&up).connections == 0);
	node_stop(&up);
	YW_CHECK(caught("peer-cut peer=\"127.0.0.1:", "does not speak NNG") == 1);
}

/* Request ids as devices of NNG make them: up to eight words, the last with its top bit set, given back whole. */
static void
request_ids(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	uint8_t out[8 + 40], in[8 + 40];
	int fd;

	parent_start(&up, &c, LOOPBACK, true, url);
	for (size_t words = 0; words <= 9; words++) {
		size_t len = 4 * words + 1;

		memset(out, 7, sizeof out);
		yw_put_be64(out, len);
		if (words > 0)
			out[8 + 4 * (words - 1)] = 0x80;
		out[8 + 4 * words] = 9;		/* a frame of no known kind */
		fd = raw_connect(url);
		YW_CHECK(write_all(fd, out, 8 + len));
		YW_CHECK_MSG(read_all(fd, in, 8 + len) == (words >= 1 && words <= 8), "%zu words", words);
		if (words >= 1 && words <= 8)
			YW_CHECK(memcmp(in, out, 8 + 4 * words) == 0 && in[8 + 4 * words] == 0);
		close(fd);
	}
	node_stop(&up);
}

/* A listening socket of NNG 1.5.2 never accepts again after one of these. */
static void
spoilt_greetings(void)
{
	static const struct linger at_once = { 1, 0 };
	struct yw_transport_config c = config_of(1);
	struct yw_buf offer = YW_BUF_INIT;
	char url[YW_URL_MAX + 1];
	uint8_t reply[256];
	int fd;

	parent_start(&up, &c, LOOPBACK, true, url);
	make_offer(&offer, 6);
	for (int i = 0; i < 50; i++) {
		fd = dial(url);
		shutdown(fd, SHUT_WR);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
		close(fd);
	}
	fd = raw_connect(url);
	YW_CHECK(raw_ask(fd, yw_buf_bytes(&offer), reply, sizeof reply) == 107);
	close(fd);
	yw_buf_release(&offer);
	node_stop(&up);
}

YW_TESTS({ "R1 R2 links cut in the middle of a request", link_cut_in_the_middle },
    { "R1 T14 strangers have a quota, and who is pushed out comes back", strangers_have_a_quota },
    { "R1 T14 a stranger's requests hold little", strangers_hold_little },
    { "R1 admitted sessions have a limit", admitted_have_a_limit },
    { "R1 a lying child is cut off, with one line, and must stay away", a_child_lies },
    { "R1 a lying parent is left, with one line", a_parent_lies },
    { "R2 garbage is answered, counted, and cut off", garbage_is_cut },
    { "R2 another network is refused over the wire", another_network },
    { "R2 frames too long, and no frames at all", oversize_frames },
    { "R1 R2 an admitted child whose frame is too long is cut off, with one line", an_admitted_one_sends_too_much },
    { "R1 connections are bounded", connections_are_bounded },
    { "R1 greetings: every flipped bit, every cut", bent_greetings },
    { "R1 request ids of one to eight words", request_ids },
    { "R1 who leaves during the greeting does not silence the listener", spoilt_greetings })
