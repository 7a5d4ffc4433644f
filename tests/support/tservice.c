/*
 * tservice.c - see tservice.h.
 */
#include "support/tservice.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "crypto/keys.h"
#include "support/testing.h"

#define LOOPBACK "tcp://127.0.0.1:0"
#define PATIENCE_S 60
#define QUEUE_MAX 256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct yw_error err;

/* --- the node --- */

static int64_t
later_utc(void *arg)
{
	return yw_utc_ms(&yw_clock_real) + atomic_load((atomic_llong *)arg);
}

static int64_t
later_mono(void *arg)
{
	return yw_mono_ms(&yw_clock_real) + atomic_load((atomic_llong *)arg);
}

static void
random_bytes(void *arg, void *out, size_t len)
{
	(void)arg;
	yw_random(out, len);
}

static void
configure(struct yw_tservice *s, const char *code)
{
	struct yw_config *c = &s->config;
	char audit[YW_HOME_PATH_MAX];

	snprintf(c->code, sizeof c->code, "%s", code);
	snprintf(c->data_dir, sizeof c->data_dir, "%s/%s", yw_test_dir(), code);
	snprintf(c->divisions_file, sizeof c->divisions_file, "%s/divisions.csv", YW_NODE_CONFIG);
	if (c->mappings_dir[0] == '\0')
		snprintf(c->mappings_dir, sizeof c->mappings_dir, "%s/mappings", YW_NODE_CONFIG);
	c->append_without_peer = 1;
	c->peer_wait_ms = 0;
	YW_CHECK(mkdir(c->data_dir, 0755) == 0 || access(c->data_dir, F_OK) == 0);
	YW_PASS(yw_home_path(c, "audit.log", audit, &err));
	if (s->t.store == NULL)
		unlink(audit);		/* of another case */
	memset(s->home.id_key, 7, sizeof s->home.id_key);
}

/* Its secret files, as a node has them; those of an earlier start stay. */
static void
make_home(struct yw_tservice *s, const struct yw_tnet *net)
{
	char path[YW_HOME_PATH_MAX];
	struct yw_seed seed;

	snprintf(s->config.keys_dir, sizeof s->config.keys_dir, "%s/%s-keys", yw_test_dir(), s->config.code);
	YW_CHECK(mkdir(s->config.keys_dir, 0700) == 0 || access(s->config.keys_dir, F_OK) == 0);
	snprintf(path, sizeof path, "%s/seed", s->config.keys_dir);
	yw_tnet_seed(s->config.code, &seed);
	YW_PASS(yw_file_write(path, seed.b, sizeof seed.b, 0600, true, &err));
	s->home.network.hash = net->network.hash;
	s->home.keys = s->t.keys;
	yw_buf_clear(&s->home.request);
	yw_buf_add(&s->home.request, s->t.request.data, s->t.request.len);
}

static bool
take_keys(void *arg)
{
	struct yw_tservice *s = arg;

	if (yw_home_take_keys(&s->config, &s->home, NULL) != YW_OK)
		return false;
	s->t.keys = s->home.keys;
	yw_ledger_next_keys(s->t.ledger, NULL);
	return true;
}

static void
start_node(struct yw_tservice *s, const struct yw_tnet *net, bool network, const struct yw_tservice *above)
{
	struct yw_exchange_options xo = { .ledger = s->t.ledger, .clock = { later_utc, later_mono, &s->later_ms }, .random = random_bytes,
		.request = yw_buf_bytes(&s->t.request), .next_request = yw_buf_bytes(&s->home.next_request), .memory_bytes = 8u << 20 };
	struct yw_node_options no = { .ledger = s->t.ledger, .queue_max = QUEUE_MAX, .rotated = take_keys,
		.rotated_arg = s };
	const char *listen = LOOPBACK, *up = above != NULL ? above->url : NULL;
	struct yw_transport_config tc;

	YW_PASS(yw_exchange_new(&xo, &s->x, &err));
	no.exchange = s->x;
	yw_transport_defaults(&tc);
	tc.listen = &listen;
	tc.n_listen = 1;
	tc.upstreams = &up;
	tc.n_upstreams = up != NULL;
	tc.network = net->network.hash;
	tc.key = s->t.keys.session;
	tc.refuse_ms = 1;
	no.transport = network ? &tc : NULL;
	YW_CHECK_MSG(yw_node_start(&no, &s->node, &err) == YW_OK, "%s", err.msg);
	if (network)
		YW_CHECK(yw_node_address(s->node, 0, s->url));
}

/* All above the ledger. */
static void
start(struct yw_tservice *s, const struct yw_tnet *net, bool network, const struct yw_tservice *above)
{
	struct yw_service_options o = { &s->config, &s->home, s->t.ledger, NULL, s->t.store, { later_utc, later_mono, &s->later_ms } };

	if (s->home.request.len == 0)
		make_home(s, net);
	start_node(s, net, network, above);
	o.node = s->node;
	YW_CHECK_MSG(yw_service_new(&o, &s->s, &err) == YW_OK, "%s", err.msg);
}

void
yw_tservice_start(struct yw_tservice *s, const struct yw_tnet *net, const char *code, const char *issuer,
    bool network, const struct yw_tservice *above)
{
	configure(s, code);
	yw_tnode_open(&s->t, &net->network, code, issuer, &yw_clock_real);
	start(s, net, network, above);
}

void
yw_tservice_over(struct yw_tservice *s, const struct yw_lnode *n)
{
	s->t = (struct yw_tnode) { .code = n->t->code, .keys = n->t->keys, .store = n->store, .ledger = n->l, .request = YW_BUF_INIT };
	yw_buf_add(&s->t.request, n->t->request.data, n->t->request.len);
	configure(s, s->t.code.code);
	start(s, n->net->t, false, NULL);
}

void
yw_tservice_leave(struct yw_tservice *s)
{
	s->t.ledger = NULL;
	s->t.store = NULL;
	yw_tservice_free(s);
	*s = (struct yw_tservice) { .url = "" };
}

struct yw_tnet *
yw_tservice_alone(struct yw_tservice *s)
{
	static const char *const first[] = { "320000" };
	struct yw_tnet *net = yw_tnet_new("svc.example", first, 1, "quorum none\n");

	yw_tservice_start(s, net, "320000", "", false, NULL);
	return net;
}

void
yw_tservice_stop_node(struct yw_tservice *s)
{
	yw_node_stop(s->node);
	s->node = NULL;
}

void
yw_tservice_stop(struct yw_tservice *s)
{
	yw_tservice_stop_node(s);
	yw_service_free(s->s);
	yw_exchange_free(s->x);
	s->s = NULL;
	s->x = NULL;
	yw_tnode_close(&s->t);
}

void
yw_tservice_free(struct yw_tservice *s)
{
	yw_tservice_stop(s);
	yw_tnode_free(&s->t);
	yw_buf_release(&s->home.request);
	yw_buf_release(&s->home.next_request);
}

void
yw_tservice_audit(const struct yw_tservice *s, struct yw_buf *out)
{
	char path[YW_HOME_PATH_MAX];

	YW_PASS(yw_home_path(&s->config, "audit.log", path, &err));
	YW_PASS(yw_file_read(path, 16u << 20, out, &err));
}

/* --- questions --- */

static void
answered(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data)
{
	struct yw_asked *a = (struct yw_asked *)q;

	pthread_mutex_lock(&lock);
	a->code = code;
	snprintf(a->message, sizeof a->message, "%s", message);
	yw_buf_add(&a->result, result.data, result.len);
	yw_buf_add(&a->data, data.data, data.len);
	a->done = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void
yw_asked_release(struct yw_asked *a)
{
	yw_buf_release(&a->result);
	yw_buf_release(&a->data);
	yw_buf_release(&a->params);
	yw_buf_release(&a->piece);
	json_decref(a->json);
	a->json = NULL;
}

void
yw_asked_begin(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params, struct yw_bytes data)
{
	yw_asked_release(a);
	yw_buf_add_str(&a->params, params);
	yw_buf_add(&a->piece, data.data, data.len);
	a->done = false;
	a->q.method = method;
	a->q.params = yw_buf_bytes(&a->params);
	a->q.data = yw_buf_bytes(&a->piece);
	a->q.answer = answered;
	yw_service_ask(s->s, &a->q);
}

bool
yw_asked_done(struct yw_asked *a)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = a->done;
	pthread_mutex_unlock(&lock);
	return done;
}

/* Every answer is one sentence or one JSON object, never both. */
enum yw_code
yw_asked_end(struct yw_asked *a)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&lock);
	while (!a->done)
		if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
			break;
	pthread_mutex_unlock(&lock);
	YW_CHECK_MSG(a->done, "%s was not answered in %d seconds", a->q.method, PATIENCE_S);
	YW_CHECK_MSG((a->code == YW_OK) == (a->message[0] == '\0'), "%s: '%s' beside '%s'", a->q.method,
	    yw_code_name(a->code), a->message);
	YW_CHECK_MSG((a->code == YW_OK) == (a->result.len > 0), "%s: %zu bytes of result", a->q.method, a->result.len);
	if (a->result.len > 0)
		YW_CHECK_MSG(yw_json_parse(yw_buf_bytes(&a->result), &a->json, &err) == YW_OK && json_is_object(a->json),
		    "%s: %s", a->q.method, err.msg);
	return a->code;
}

enum yw_code
yw_asks_with(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params, struct yw_bytes data)
{
	yw_asked_begin(a, s, method, params, data);
	return yw_asked_end(a);
}

enum yw_code
yw_asks(struct yw_asked *a, struct yw_tservice *s, const char *method, const char *params)
{
	return yw_asks_with(a, s, method, params, (struct yw_bytes) { NULL, 0 });
}

const json_t *
yw_asked_at(const struct yw_asked *a, const char *path)
{
	const json_t *at = a->json;
	char name[64];
	size_t n;

	for (; at != NULL && *path != '\0'; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		snprintf(name, sizeof name, "%.*s", (int)n, path);
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10)) : json_object_get(at, name);
	}
	return at;
}

const char *
yw_asked_text(const struct yw_asked *a, const char *path)
{
	const char *text = json_string_value(yw_asked_at(a, path));

	return text != NULL ? text : "";
}

int64_t
yw_asked_number(const struct yw_asked *a, const char *path)
{
	const json_t *v = yw_asked_at(a, path);

	return json_is_integer(v) ? json_integer_value(v) : -1;
}
