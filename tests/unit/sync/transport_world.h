/*
 * transport_world.h - nodes for the tests of sync/transport.h: a transport each, and callers that do what the first
 * byte of a request says.
 *
 *	'e'	echo		'p'	park: answered when the test says so	'x'	close the link: the peer lied
 *
 * All waiting is for conditions, with one generous limit; no test depends on how long something takes.
 */
#ifndef YW_TESTS_UNIT_SYNC_TRANSPORT_WORLD_H
#define YW_TESTS_UNIT_SYNC_TRANSPORT_WORLD_H

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/log.h"
#include "support/testing.h"
#include "sync/transport.h"

#ifndef WORLD_LOG_LEVEL
#define WORLD_LOG_LEVEL YW_LOG_ERROR
#endif
#define WAIT_LIMIT_S 60
#define LINKS_MAX 256
#define TAGS_MAX 4096

struct node {
	struct yw_transport *t;
	char hello[32];
	atomic_uint wrong;			/* what should never have been seen */
	pthread_mutex_t lock;
	bool admits;
	/* under the lock */
	struct yw_link *links[LINKS_MAX];	/* up now; a reference each */
	size_t n_links;
	unsigned ups, downs, requests;
	char peer_hello[32], down_reason[160];
	struct yw_call *parked[LINKS_MAX];
	size_t n_parked;
	bool answer_on_down;
	unsigned n_replies;
	unsigned replied[TAGS_MAX];		/* how often, by tag */
	enum yw_code code[TAGS_MAX];
	size_t len[TAGS_MAX];
	struct yw_buf last;			/* the last good reply */
};

static inline void
on_hello(void *arg, size_t max, struct yw_buf *out)
{
	struct node *n = arg;

	n->wrong += max < strlen(n->hello);
	yw_buf_add_str(out, n->hello);
}

static inline void
on_link_up(void *arg, struct yw_link *link, struct yw_bytes hello)
{
	struct node *n = arg;
	bool admits;

	pthread_mutex_lock(&n->lock);
	admits = n->admits;
	pthread_mutex_unlock(&n->lock);
	yw_link_set_data(link, n);
	if (admits && yw_link_admit(link, "320102", NULL) == YW_ELIMIT)
		n->wrong++;
	pthread_mutex_lock(&n->lock);
	n->ups++;
	snprintf(n->peer_hello, sizeof n->peer_hello, "%.*s", (int)hello.len, (const char *)hello.data);
	n->links[n->n_links++] = yw_link_ref(link);
	pthread_mutex_unlock(&n->lock);
}

/* Answers all parked calls; with the lock held, given up in between. */
static inline void
answer_parked(struct node *n, const char *text)
{
	while (n->n_parked > 0) {
		struct yw_call *call = n->parked[--n->n_parked];
		struct yw_buf plain = YW_BUF_INIT;

		pthread_mutex_unlock(&n->lock);
		yw_buf_add_str(&plain, text);
		yw_transport_reply(call, &plain);
		pthread_mutex_lock(&n->lock);
	}
}

static inline void
on_link_down(void *arg, struct yw_link *link, const char *reason)
{
	struct node *n = arg;
	size_t i;

	pthread_mutex_lock(&n->lock);
	n->downs++;
	snprintf(n->down_reason, sizeof n->down_reason, "%s", reason);
	for (i = 0; i < n->n_links && n->links[i] != link; i++)
		;
	n->wrong += i == n->n_links || yw_link_data(link) != n;
	if (i < n->n_links)
		n->links[i] = n->links[--n->n_links];
	if (n->answer_on_down)
		answer_parked(n, "too late");
	pthread_mutex_unlock(&n->lock);
	yw_link_unref(link);
}

static inline void
on_request(void *arg, struct yw_link *link, struct yw_call *call, struct yw_buf *plain)
{
	struct node *n = arg;
	char kind = plain->len > 0 ? (char)plain->data[0] : 'e';

	pthread_mutex_lock(&n->lock);
	n->requests++;
	n->wrong += yw_link_upstream(link);
	if (kind == 'p')
		n->parked[n->n_parked++] = call;
	pthread_mutex_unlock(&n->lock);
	if (kind == 'x')
		yw_link_close(link, "it said x");
	if (kind != 'p')
		yw_transport_reply(call, plain);
}

static inline void
on_reply(void *arg, struct yw_link *link, uint64_t tag, enum yw_code code, struct yw_buf *plain)
{
	struct node *n = arg;

	pthread_mutex_lock(&n->lock);
	n->wrong += !yw_link_upstream(link) || tag >= TAGS_MAX || (code != YW_OK && plain->len != 0);
	n->replied[tag]++;
	n->code[tag] = code;
	n->len[tag] = plain->len;
	n->n_replies++;
	if (code == YW_OK) {
		yw_buf_release(&n->last);
		n->last = *plain;
		yw_buf_init(plain);
	}
	pthread_mutex_unlock(&n->lock);
}

static const struct yw_transport_ops node_ops = { on_hello, on_link_up, on_link_down, on_request, on_reply };

static inline struct yw_transport_config
config_of(uint8_t key)
{
	struct yw_transport_config c;

	yw_transport_defaults(&c);
	memset(c.key.b, key, sizeof c.key.b);
	memset(c.network.b, 6, sizeof c.network.b);
	c.refuse_ms = 200;
	return c;
}

static inline void
node_start(struct node *n, const struct yw_transport_config *c, bool admits, const char *hello)
{
	static bool level_set;
	struct yw_error err;

	if (!level_set)		/* before any thread */
		yw_log_set_level(WORLD_LOG_LEVEL);
	level_set = true;
	memset(n, 0, sizeof *n);
	n->admits = admits;
	snprintf(n->hello, sizeof n->hello, "%s", hello);
	pthread_mutex_init(&n->lock, NULL);
	YW_CHECK_MSG(yw_transport_start(c, &node_ops, n, &n->t, &err) == YW_OK, "%s", err.msg);
}

/* A parent that listens on `url` ("tcp://127.0.0.1:0"), and where. */
static inline void
parent_start(struct node *n, struct yw_transport_config *c, const char *url, bool admits, char where[static YW_URL_MAX + 1])
{
	c->listen = &url;
	c->n_listen = 1;
	node_start(n, c, admits, "I am above");
	YW_CHECK(yw_transport_address(n->t, 0, where));
}

static inline void
child_start(struct node *n, uint8_t key, const char *url)
{
	struct yw_transport_config c = config_of(key);

	c.upstreams = &url;
	c.n_upstreams = 1;
	node_start(n, &c, true, "I am below");
}

static inline void
node_stop(struct node *n)
{
	yw_transport_stop(n->t);
	YW_CHECK_MSG(n->wrong == 0, "a caller's function saw %u wrong things", n->wrong);
	YW_CHECK_MSG(n->ups == n->downs && n->n_links == 0, "%u links came up, %u went down", n->ups, n->downs);
	yw_transport_free(n->t);
	yw_buf_release(&n->last);
	pthread_mutex_destroy(&n->lock);
}

/* Waits until the expression, over n's fields, is true. */
#define WAIT_FOR(n, x)                                                                             \
	do {                                                                                       \
		time_t limit_ = time(NULL) + WAIT_LIMIT_S;                                         \
		bool true_;                                                                        \
		do {                                                                               \
			pthread_mutex_lock(&(n)->lock);                                            \
			true_ = (x);                                                               \
			pthread_mutex_unlock(&(n)->lock);                                          \
			if (!true_)                                                                \
				nanosleep(&(struct timespec) { 0, 1000000 }, NULL);                \
		} while (!true_ && time(NULL) < limit_);                                           \
		YW_CHECK_MSG(true_, "never: %s", #x);                                              \
	} while (0)

static inline struct yw_transport_stats
stats_of(struct node *n)
{
	struct yw_transport_stats s;

	yw_transport_stats(n->t, &s);
	return s;
}

/* The node's i-th link, borrowed; it is up as far as the test knows. */
static inline struct yw_link *
link_of(struct node *n, size_t i)
{
	struct yw_link *link;

	WAIT_FOR(n, n->n_links > i);
	pthread_mutex_lock(&n->lock);
	link = n->links[i];
	pthread_mutex_unlock(&n->lock);
	return link;
}

static inline enum yw_code
ask_on(struct yw_link *link, const char *text, uint32_t deadline_ms, uint64_t tag)
{
	struct yw_buf plain = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_add_str(&plain, text);
	code = yw_transport_request(link, &plain, deadline_ms, tag, NULL);
	yw_buf_release(&plain);
	return code;
}

/* Asks over the node's newest link and waits for what becomes of it. */
static inline enum yw_code
ask(struct node *n, const char *text, uint64_t tag)
{
	YW_PASS(ask_on(link_of(n, 0), text, 30000, tag));
	WAIT_FOR(n, n->replied[tag] == 1);
	return n->code[tag];
}

#endif
