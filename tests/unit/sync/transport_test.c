/*
 * Two or more transports in one process, over loopback: what a link carries, and what it survives.
 */
#include "crypto/box.h"
#include "unit/sync/transport_world.h"

#define LOOPBACK "tcp://127.0.0.1:0"

static struct node up, down, other[64];

static void
requests_and_replies(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	struct yw_dh_public pub;

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	WAIT_FOR(&up, up.n_links == 1);
	WAIT_FOR(&down, down.n_links == 1);
	YW_CHECK(strcmp(up.peer_hello, "I am below") == 0 && strcmp(down.peer_hello, "I am above") == 0);
	yw_dh_public_of(&c.key, &pub);
	YW_CHECK(memcmp(yw_link_key(down.links[0]), &pub, sizeof pub) == 0);
	YW_CHECK(yw_link_upstream(down.links[0]) && !yw_link_upstream(up.links[0]));
	YW_CHECK(strcmp(yw_link_address(down.links[0]), url) == 0);
	YW_CHECK(strncmp(yw_link_address(up.links[0]), "127.0.0.1:", 10) == 0);
	YW_CHECK(strncmp(yw_link_name(up.links[0]), "320102 at 127.0.0.1:", 20) == 0);
	for (uint64_t i = 0; i < 20; i++) {
		YW_PASS(ask(&down, "echo", i));
		YW_CHECK(down.last.len == 4 && memcmp(down.last.data, "echo", 4) == 0);
	}
	YW_PASS(ask(&down, "", 20));
	YW_CHECK(down.len[20] == 0 && stats_of(&down).upstreams_up == 1);
	YW_FAILS(ask_on(up.links[0], "I ask a child", 1000, 0), YW_EINVAL);
	YW_FAILS(ask_on(down.links[0], "no deadline", 0, 0), YW_EINVAL);
	YW_FAILS(ask_on(down.links[0], "too long", YW_DEADLINE_MAX_MS + 1, 0), YW_EINVAL);
	node_stop(&down);
	WAIT_FOR(&up, up.downs == 1);
	YW_CHECK(strstr(up.down_reason, "the connection was lost: ") == up.down_reason);
	node_stop(&up);
}

static void
longest_messages(void)
{
	struct yw_transport_config c = config_of(1);
	struct yw_buf big = YW_BUF_INIT, over = YW_BUF_INIT;
	char url[YW_URL_MAX + 1];
	struct yw_error err;

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	memset(yw_buf_extend(&over, YW_MESSAGE_MAX + 1), 'e', YW_MESSAGE_MAX + 1);
	YW_FAILS(yw_transport_request(link_of(&down, 0), &over, 30000, 0, &err), YW_ELIMIT);
	YW_CHECK(over.len == YW_MESSAGE_MAX + 1);
	yw_buf_release(&over);
	for (uint64_t tag = 0; tag < YW_LINK_REQUESTS_MAX; tag++) {
		memset(yw_buf_extend(&big, YW_MESSAGE_MAX), 'e', YW_MESSAGE_MAX);
		YW_PASS(yw_transport_request(link_of(&down, 0), &big, 30000, tag, &err));
		YW_CHECK(big.data == NULL);
	}
	WAIT_FOR(&down, down.n_replies == YW_LINK_REQUESTS_MAX);
	for (uint64_t tag = 0; tag < YW_LINK_REQUESTS_MAX; tag++)
		YW_CHECK(down.code[tag] == YW_OK && down.len[tag] == YW_MESSAGE_MAX);
	YW_CHECK(down.last.data[0] == 'e' && down.last.data[YW_MESSAGE_MAX - 1] == 'e');
	node_stop(&down);
	node_stop(&up);
}

/* An answer that is too long is our own fault: the child hears a refusal, the link goes on. */
static void
answer_too_long(void)
{
	struct yw_transport_config c = config_of(1);
	struct yw_buf over = YW_BUF_INIT;
	char url[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask_on(link_of(&down, 0), "park", 30000, 0));
	WAIT_FOR(&up, up.n_parked == 1);
	memset(yw_buf_extend(&over, YW_MESSAGE_MAX + 1), 'x', YW_MESSAGE_MAX + 1);
	yw_transport_reply(up.parked[--up.n_parked], &over);
	WAIT_FOR(&down, down.replied[0] == 1);
	YW_CHECK(down.code[0] == YW_EDENIED);
	YW_PASS(ask(&down, "echo", 1));
	YW_CHECK(down.downs == 0);
	node_stop(&down);
	node_stop(&up);
}

static void
under_way_at_once(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	for (uint64_t i = 0; i < YW_LINK_REQUESTS_MAX; i++)
		YW_PASS(ask_on(link_of(&down, 0), "park", 30000, i));
	YW_FAILS(ask_on(link_of(&down, 0), "one over", 30000, 9), YW_ELIMIT);
	WAIT_FOR(&up, up.n_parked == YW_LINK_REQUESTS_MAX);
	YW_CHECK(stats_of(&up).held == YW_LINK_REQUESTS_MAX);
	pthread_mutex_lock(&up.lock);
	answer_parked(&up, "news");
	pthread_mutex_unlock(&up.lock);
	WAIT_FOR(&down, down.n_replies == YW_LINK_REQUESTS_MAX);
	for (uint64_t i = 0; i < YW_LINK_REQUESTS_MAX; i++)
		YW_CHECK(down.replied[i] == 1 && down.code[i] == YW_OK);
	YW_PASS(ask(&down, "echo", 9));
	node_stop(&down);
	node_stop(&up);
}

#define CROWD 50	/* children with four links each */

static void
two_hundred_parked(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	const char *same[4] = { url, url, url, url };

	c.limits.admitted = c.limits.half_open = 4 * CROWD;
	parent_start(&up, &c, LOOPBACK, true, url);
	for (int i = 0; i < CROWD; i++) {
		struct yw_transport_config cc = config_of((uint8_t)(100 + i));

		cc.upstreams = same;
		cc.n_upstreams = 4;
		cc.workers = 1;
		node_start(&other[i], &cc, true, "I am below");
	}
	for (int i = 0; i < CROWD; i++)
		for (unsigned k = 0; k < 4; k++)
			YW_PASS(ask_on(link_of(&other[i], k), "park", 300000, k));
	WAIT_FOR(&up, up.n_parked == 4 * CROWD);
	for (int i = 0; i < CROWD; i++)
		for (unsigned k = 0; k < 4; k++)
			YW_PASS(ask_on(link_of(&other[i], k), "echo", 30000, 10 + k));
	for (int i = 0; i < CROWD; i++)
		WAIT_FOR(&other[i], other[i].n_replies == 4);
	YW_CHECK(stats_of(&up).held == 4 * CROWD && up.downs == 0);
	pthread_mutex_lock(&up.lock);
	answer_parked(&up, "news");
	pthread_mutex_unlock(&up.lock);
	for (int i = 0; i < CROWD; i++) {
		WAIT_FOR(&other[i], other[i].n_replies == 8);
		for (unsigned k = 0; k < 4; k++)
			YW_CHECK(other[i].code[k] == YW_OK && other[i].code[10 + k] == YW_OK);
		node_stop(&other[i]);
	}
	node_stop(&up);
}

static unsigned
replies_of(int n)
{
	unsigned sum = 0;

	for (int i = 0; i < n; i++) {
		pthread_mutex_lock(&other[i].lock);
		sum += other[i].n_replies;
		pthread_mutex_unlock(&other[i].lock);
	}
	return sum;
}

/* Where there is little room, a link's further requests are refused, its first one never. */
static void
polls_leave_room(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	unsigned refused = 0;

	c.limits.admitted = 8;		/* so 8 more than one for each link */
	c.limits.strangers = 2;
	parent_start(&up, &c, LOOPBACK, true, url);
	for (int i = 0; i < 7; i++) {
		child_start(&other[i], (uint8_t)(100 + i), url);
		link_of(&other[i], 0);
		for (unsigned k = 0; k < YW_LINK_REQUESTS_MAX; k++)
			YW_PASS(ask_on(link_of(&other[i], 0), "park", 300000, k));
	}
	WAIT_FOR(&up, up.n_parked == 7 + 8 && replies_of(7) == 42 - 15);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	pthread_mutex_lock(&up.lock);
	answer_parked(&up, "news");
	pthread_mutex_unlock(&up.lock);
	for (int i = 0; i < 7; i++) {
		WAIT_FOR(&other[i], other[i].n_replies == YW_LINK_REQUESTS_MAX);
		YW_CHECK(other[i].downs == 0);
		for (unsigned k = 0; k < YW_LINK_REQUESTS_MAX; k++) {
			YW_CHECK(other[i].code[k] == YW_OK || other[i].code[k] == YW_EDENIED);
			refused += other[i].code[k] == YW_EDENIED;
		}
		node_stop(&other[i]);
	}
	YW_CHECK_MSG(refused == 42 - 15, "%u of 42 were refused", refused);
	node_stop(&down);
	node_stop(&up);
}

/* --- Deadlines, stops --- */

static void
no_answer_in_time(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask_on(link_of(&down, 0), "park", 30000, 0));
	WAIT_FOR(&up, up.n_parked == 1);
	YW_PASS(ask_on(link_of(&down, 0), "park", 50, 1));
	WAIT_FOR(&down, down.n_replies == 2);
	YW_CHECK(down.code[1] == YW_ETIMEOUT);
	YW_CHECK(down.code[0] == YW_ESTOPPED || down.code[0] == YW_EPEER);	/* whichever was noticed first */
	WAIT_FOR(&down, down.ups == 2);
	WAIT_FOR(&up, up.downs == 1);
	pthread_mutex_lock(&up.lock);
	answer_parked(&up, "nobody hears this");
	pthread_mutex_unlock(&up.lock);
	YW_PASS(ask(&down, "echo", 2));
	YW_CHECK(down.replied[0] == 1 && down.replied[1] == 1);
	node_stop(&down);
	node_stop(&up);
}

static void
child_stops_in_the_middle(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];
	struct yw_link *link;

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	link = yw_link_ref(link_of(&down, 0));
	for (uint64_t i = 0; i < 3; i++)
		YW_PASS(ask_on(link, "park", 30000, i));
	WAIT_FOR(&up, up.n_parked == 3);
	yw_transport_stop(down.t);
	for (uint64_t i = 0; i < 3; i++)
		YW_CHECK(down.replied[i] == 1 && down.code[i] == YW_ESTOPPED);
	YW_CHECK(down.ups == 1 && down.downs == 1);
	YW_FAILS(ask_on(link, "echo", 1000, 5), YW_ESTOPPED);
	yw_link_unref(link);
	node_stop(&down);
	WAIT_FOR(&up, up.downs == 1);
	node_stop(&up);		/* its three parked calls were never answered */
}

/* What was answered before the stop arrives; what was not is dropped, and may be answered late. */
static void
parent_stops_with_parked(void)
{
	struct yw_transport_config c = config_of(1);
	struct yw_buf big, late = YW_BUF_INIT;
	struct yw_call *never;
	char url[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	for (uint64_t i = 0; i < 5; i++)
		YW_PASS(ask_on(link_of(&down, 0), "park", 30000, i));
	WAIT_FOR(&up, up.n_parked == 5);
	never = up.parked[4];
	for (int i = 0; i < 4; i++) {
		yw_buf_init(&big);
		memset(yw_buf_extend(&big, 200000), 'n', 200000);
		yw_transport_reply(up.parked[i], &big);
	}
	up.n_parked = 0;
	yw_transport_stop(up.t);
	WAIT_FOR(&down, down.n_replies == 5);
	YW_CHECK(up.downs == 1);
	unsigned ok = 0, lost = 0;
	for (uint64_t i = 0; i < 5; i++) {
		ok += down.code[i] == YW_OK && down.len[i] == 200000;
		lost += down.code[i] == YW_EPEER || down.code[i] == YW_ESTOPPED;
	}
	YW_CHECK_MSG(ok == 4 && lost == 1, "%u arrived, %u were lost", ok, lost);
	yw_buf_add_str(&late, "late");
	yw_transport_reply(never, &late);
	node_stop(&up);
	node_stop(&down);
}

static void
parked_answered_at_the_end(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	up.answer_on_down = true;
	child_start(&down, 2, url);
	for (uint64_t i = 0; i < 5; i++)
		YW_PASS(ask_on(link_of(&down, 0), "park", 30000, i));
	WAIT_FOR(&up, up.n_parked == 5);
	yw_transport_stop(up.t);
	YW_CHECK(up.n_parked == 0 && stats_of(&up).held == 0);
	WAIT_FOR(&down, down.n_replies == 5);
	node_stop(&up);
	node_stop(&down);
}

static void
parent_restarts(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1], again[YW_URL_MAX + 1];

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	YW_PASS(ask(&down, "echo", 0));
	node_stop(&up);
	WAIT_FOR(&down, down.downs == 1);
	YW_CHECK(strstr(down.down_reason, "the connection was lost: ") == down.down_reason);
	parent_start(&up, &c, url, true, again);
	YW_CHECK(strcmp(url, again) == 0);
	WAIT_FOR(&down, down.ups == 2);
	YW_PASS(ask(&down, "echo", 1));
	node_stop(&down);
	node_stop(&up);
}

/* All within one limit, which the pauses after so many failures in a row would be longer than. */
static void
parent_restarts_often(void)
{
	struct yw_transport_config c = config_of(1);
	char url[YW_URL_MAX + 1], again[YW_URL_MAX + 1];
	time_t limit;

	parent_start(&up, &c, LOOPBACK, true, url);
	child_start(&down, 2, url);
	limit = time(NULL) + WAIT_LIMIT_S;
	for (unsigned i = 1; i <= 10; i++) {
		WAIT_FOR(&down, down.ups == i);
		node_stop(&up);
		parent_start(&up, &c, url, true, again);
	}
	WAIT_FOR(&down, down.ups == 11);
	YW_CHECK_MSG(time(NULL) < limit, "a child whose parent was restarted ten times is away for long");
	node_stop(&down);
	node_stop(&up);
}

static void
refused_starts(void)
{
	struct yw_transport_config c = config_of(1), c2 = config_of(3);
	const char *bad[] = { "tcp://127.0.0.1", "gopher://127.0.0.1:1", "", "127.0.0.1:7000", "ipc:///tmp/x" };
	char url[YW_URL_MAX + 1];
	const char *taken = url;
	struct yw_transport *t;
	struct yw_error err;

	parent_start(&up, &c, LOOPBACK, true, url);
	c2.listen = &taken;
	c2.n_listen = 1;
	YW_FAILS(yw_transport_start(&c2, &node_ops, &down, &t, &err), YW_ECONFLICT);
	YW_CHECK(strstr(err.msg, url) != NULL);
	c2.n_listen = 0;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		c2.upstreams = &bad[i];
		c2.n_upstreams = 1;
		YW_FAILS(yw_transport_start(&c2, &node_ops, &down, &t, &err), YW_EINVAL);
	}
	node_stop(&up);
}

static void
talks_to_itself(void)
{
	struct yw_transport_config c = config_of(1), c2 = config_of(1);
	char url[YW_URL_MAX + 1];
	const char *self = url;

	parent_start(&up, &c, LOOPBACK, true, url);
	c2.upstreams = &self;
	c2.n_upstreams = 1;
	node_start(&down, &c2, true, "I am I");
	child_start(&other[0], 5, url);
	YW_PASS(ask(&other[0], "echo", 0));
	YW_CHECK(down.ups == 0);
	node_stop(&down);
	node_stop(&other[0]);
	YW_CHECK(up.ups == 1);
	node_stop(&up);
}

YW_TESTS({ "R1 requests and replies over loopback", requests_and_replies },
    { "R2 six messages of 4 MiB at once, and one byte over", longest_messages },
    { "R2 an answer of ours that is too long", answer_too_long },
    { "R1 six requests under way, not seven", under_way_at_once },
    { "R1 200 polls are parked and everybody is still served", two_hundred_parked },
    { "R1 polls never take the last contexts", polls_leave_room },
    { "R2 a request without an answer cuts the connection", no_answer_in_time },
    { "R1 a child stops while it asks: each request is answered once", child_stops_in_the_middle },
    { "R1 a parent stops: what was answered arrives", parent_stops_with_parked },
    { "R1 a parent stops: parked polls are answered as their link goes down", parked_answered_at_the_end },
    { "R2 a parent restarts: a new handshake", parent_restarts },
    { "R1 a parent that is restarted again and again has its child back soon each time", parent_restarts_often },
    { "R1 addresses that cannot be used", refused_starts },
    { "R1 a node that is its own upstream", talks_to_itself })
