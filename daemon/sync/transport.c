/*
 * transport.c - links, the workers, start and stop.
 *
 * MESSAGE FLOW.  NNG's threads only hand over: each callback of a connection takes the lock, notes what came,
 * and posts a job.  All cryptography and every call into the caller happens on workers.
 *
 *   child (transport_client.c)				parent (transport_server.c)
 *
 *   yw_transport_request: slot QUEUED
 *   worker seals, sends; slot WAITING
 *						a message came; call OPENING
 *						worker: session feed, the connection reads on
 *						-> ops->request; call HELD
 *						yw_transport_reply (any thread, any time later); call ANSWERED
 *						worker seals, sends; the call is gone
 *   a message came; slot OPENING
 *   worker opens -> ops->reply; slot FREE
 *
 * A handshake takes the same way on a slot of its own (OFFERED, FINISHED), and the parent's worker answers it
 * without the caller, but for ops->hello and ops->link_up.  A parked poll is a call that stays HELD.
 *
 * MEMORY.  A connection reads its next message when a worker has opened the one before; so what is not yet
 * opened is bounded by connections, what is held by the quotas of links.
 *
 * LINKS.  A link pins itself while one of the caller's functions runs for it and while a request of ours is
 * under way.  yw_link_end() marks it; the last pin to go posts the job that calls link_down.  So link_down is
 * always the last, and every request has had its reply before it.
 *
 * LOCKS.  One lock, t->lock, for all of it: what is done under it is short and never waits.  Under it may be
 * taken: the table's lock and a session's (session.h), and a connection's.  Never under it: the caller's
 * functions, sealing and opening, logging, and whatever may free a connection (its `released` takes the lock).
 *
 * STOP.  Flag (no new connections, requests, handshakes) -> answers on their way get 0.2 s, and what the
 * kernel has taken 0.1 s -> every link goes down -> listeners, dialers and connections close, and each is
 * waited for -> workers finish their queue and are joined.
 */
#include "sync/transport_int.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "crypto/box.h"

#define ADMITTED_DEFAULT 192
#define STRANGERS_DEFAULT 16
#define HALF_OPEN_DEFAULT 192		/* all children may come back at once */
#define REFUSE_DEFAULT_MS 1000
#define WORKERS_DEFAULT 2
#define DRAIN_MS 200
#define LINGER_MS 100

int64_t
yw_tr_now(const struct yw_transport *t)
{
	return yw_mono_ms(&t->self.clock);
}

/* --- Workers --- */

void
yw_tr_post(struct yw_transport *t, struct job *job)
{
	job->next = NULL;
	*t->last = job;
	t->last = &job->next;
	pthread_cond_signal(&t->wake);
}

void
yw_tr_tick_at(struct yw_transport *t, int64_t ms)
{
	if (ms >= t->tick_ms)
		return;
	t->tick_ms = ms;
	pthread_cond_broadcast(&t->wake);
}

void
yw_tr_released(struct yw_transport *t)
{
	if (--t->n_busy == 0)
		pthread_cond_signal(&t->quiet);
}

static struct job *
take_job(struct yw_transport *t)
{
	struct job *job = t->first;

	if (job == NULL)
		return NULL;
	t->first = job->next;
	if (t->first == NULL)
		t->last = &t->first;
	return job;
}

/* Called and returns with the lock held. */
static void
tick(struct yw_transport *t)
{
	int64_t now = yw_tr_now(t);

	t->tick_ms = now + TICK_MS;
	for (size_t i = 0; i < t->n_upstreams; i++)
		yw_upstream_tick(&t->upstreams[i], now);
	pthread_mutex_unlock(&t->lock);
	yw_server_tick(t, now);
	yw_sessions_expire(t->sessions);
	pthread_mutex_lock(&t->lock);
}

/* Waits for a job; one of those that wait also keeps the time. */
static void
wait_for_work(struct yw_transport *t)
{
	struct timespec until = { t->tick_ms / 1000, t->tick_ms % 1000 * 1000000 };

	if (t->timed) {
		pthread_cond_wait(&t->wake, &t->lock);
		return;
	}
	t->timed = true;
	pthread_cond_timedwait(&t->wake, &t->lock, &until);
	t->timed = false;
	if (yw_tr_now(t) >= t->tick_ms)
		tick(t);
	else if (t->first != NULL)
		pthread_cond_signal(&t->wake);	/* somebody else keeps the time meanwhile */
}

static void *
work(void *arg)
{
	struct yw_transport *t = arg;
	struct job *job;

	pthread_setname_np(pthread_self(), "yw-sync");
	pthread_mutex_lock(&t->lock);
	for (;;) {
		job = take_job(t);
		if (job == NULL && t->closed)
			break;
		if (job == NULL) {
			wait_for_work(t);
			continue;
		}
		pthread_mutex_unlock(&t->lock);
		job->run(job);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

/* --- Links --- */

static void
link_is_down(struct job *job)
{
	struct yw_link *link = (struct yw_link *)((char *)job - offsetof(struct yw_link, down)), **at;
	struct yw_transport *t = link->t;
	struct yw_conn *conn = NULL;

	t->ops->link_down(t->arg, link, link->reason);
	if (!link->cut)
		yw_log(link->admitted ? YW_LOG_INFO : YW_LOG_DEBUG, "peer-down", "peer=\"%s\" %s",
		    yw_link_name(link), link->reason);
	pthread_mutex_lock(&t->lock);
	yw_session_set_data(link->session, NULL);
	for (at = &t->links; *at != link; at = &(*at)->next)
		;
	*at = link->next;
	if (link->up != NULL)
		conn = yw_upstream_link_down(link->up);
	if (t->links == NULL)
		pthread_cond_signal(&t->quiet);
	pthread_mutex_unlock(&t->lock);
	yw_conn_unref(conn);
	yw_link_unref(link);
}

struct yw_link *
yw_link_new(struct yw_transport *t, struct yw_session *session, struct upstream *up, const char *address)
{
	const uint8_t *key = yw_session_peer_key(session)->b;
	struct yw_link *link = calloc(1, sizeof *link);
	bool stopping;

	if (link == NULL)
		return NULL;
	link->t = t;
	link->up = up;
	link->session = yw_session_ref(session);
	link->pins = 1;
	link->down.run = link_is_down;
	atomic_init(&link->refs, 1);
	atomic_init(&link->data, NULL);
	snprintf(link->address, sizeof link->address, "%s", address);
	snprintf(link->names[0], sizeof link->names[0], "stranger %02x%02x%02x%02x at %s", key[0], key[1], key[2],
	    key[3], address);
	atomic_init(&link->name, link->names[0]);
	pthread_mutex_lock(&t->lock);
	stopping = t->stopping;
	if (!stopping) {
		link->next = t->links;
		t->links = link;
	}
	pthread_mutex_unlock(&t->lock);
	if (!stopping)
		return link;
	yw_link_unref(link);
	return NULL;
}

struct yw_link *
yw_link_ref(struct yw_link *link)
{
	atomic_fetch_add(&link->refs, 1);
	return link;
}

void
yw_link_unref(struct yw_link *link)
{
	if (link == NULL || atomic_fetch_sub(&link->refs, 1) != 1)
		return;
	yw_session_unref(link->session);
	free(link);
}

bool
yw_link_pin(struct yw_link *link)
{
	if (link->ending)
		return false;
	link->pins++;
	return true;
}

void
yw_link_unpin(struct yw_link *link)
{
	if (--link->pins == 0 && link->ending)
		yw_tr_post(link->t, &link->down);
}

void
yw_link_end(struct yw_link *link, const char *reason)
{
	if (link->ending)
		return;
	link->ending = true;
	snprintf(link->reason, sizeof link->reason, "%s", reason);
	yw_session_stop(link->session);
	if (link->up != NULL)
		yw_upstream_abort(link->up);
	else
		yw_sessions_drop(link->t->sessions, link->session);
	if (link->pins == 0)
		yw_tr_post(link->t, &link->down);
}

/* The table pushed a session out, or it grew old or silent. */
static void
session_gone(void *arg, struct yw_session *s, enum yw_dropped why)
{
	static const char *const words[] = { [YW_DROPPED_OLD] = "its session is a day old",
		[YW_DROPPED_SILENT] = "it was silent too long",
		[YW_DROPPED_CROWDED] = "too many strangers, or too many sessions of its own" };
	struct yw_transport *t = arg;
	struct yw_link *link;

	pthread_mutex_lock(&t->lock);
	link = yw_session_data(s);
	if (link != NULL)
		yw_link_end(link, words[why]);
	pthread_mutex_unlock(&t->lock);
}

bool
yw_link_upstream(const struct yw_link *link)
{
	return link->up != NULL;
}

const struct yw_dh_public *
yw_link_key(const struct yw_link *link)
{
	return yw_session_peer_key(link->session);
}

const char *
yw_link_address(const struct yw_link *link)
{
	return link->address;
}

const char *
yw_link_name(const struct yw_link *link)
{
	return atomic_load(&link->name);
}

void
yw_link_set_data(struct yw_link *link, void *data)
{
	atomic_store(&link->data, data);
}

void *
yw_link_data(const struct yw_link *link)
{
	return atomic_load(&link->data);
}

enum yw_code
yw_link_admit(struct yw_link *link, const char *code, struct yw_error *err)
{
	struct yw_transport *t = link->t;
	enum yw_code rc = YW_OK;
	bool first = false;

	pthread_mutex_lock(&t->lock);
	yw_link_ref(link);
	if (link->ending)
		rc = yw_fail(err, YW_ESTOPPED, "the link is going down");
	else if (link->up == NULL)
		rc = yw_sessions_admit(t->sessions, link->session, err);
	if (rc == YW_OK && !link->admitted) {
		first = link->admitted = true;
		if (link->child != NULL)
			yw_conn_set_max(link->child->conn, YW_FRAME_MAX);
		snprintf(link->names[1], sizeof link->names[1], "%.32s at %s", code, link->address);
		atomic_store(&link->name, link->names[1]);
	}
	pthread_mutex_unlock(&t->lock);
	if (first)
		yw_log(YW_LOG_INFO, "peer-up", "peer=\"%s\"", yw_link_name(link));
	yw_link_unref(link);
	return rc == YW_ENOENT ? YW_ESTOPPED : rc;
}

/* What cutting means for the peer.  Locked; gives the child's connection to close. */
static struct yw_conn *
cut_off(struct yw_link *link, const char *reason)
{
	struct yw_transport *t = link->t;
	struct yw_penalty_who who = link->admitted ? yw_penalty_key(yw_link_key(link)) : link->where;
	struct child *child = link->child;

	link->cut = true;
	yw_link_end(link, reason);
	if (link->up != NULL)
		return NULL;	/* the upstream's pause grows instead */
	yw_penalty_add(&t->penalties, &who, yw_tr_now(t));
	return yw_child_drop(child, reason);
}

void
yw_link_close(struct yw_link *link, const char *reason)
{
	struct yw_transport *t = link->t;
	struct yw_conn *conn = NULL;
	bool first;

	pthread_mutex_lock(&t->lock);
	first = !link->ending;
	if (first) {
		conn = cut_off(link, reason);
		yw_link_ref(link);	/* it may go down before we have named it */
	}
	pthread_mutex_unlock(&t->lock);
	if (!first)
		return;
	if (conn != NULL)
		yw_conn_close(conn);
	yw_conn_unref(conn);
	yw_log(YW_LOG_WARN, "peer-cut", "peer=\"%s\" %s", yw_link_name(link), reason);
	yw_link_unref(link);
}

/* --- Start and stop --- */

void
yw_transport_defaults(struct yw_transport_config *out)
{
	*out = (struct yw_transport_config) {
		.major = YW_PROTOCOL_MAJOR,
		.minor_low = YW_PROTOCOL_MINOR_LOW,
		.minor_high = YW_PROTOCOL_MINOR_HIGH,
		.limits = { ADMITTED_DEFAULT, STRANGERS_DEFAULT, HALF_OPEN_DEFAULT },
		.refuse_ms = REFUSE_DEFAULT_MS,
		.workers = WORKERS_DEFAULT,
	};
}

static enum yw_code
make(const struct yw_transport_config *c, const struct yw_transport_ops *ops, void *arg,
    struct yw_transport **out, struct yw_error *err)
{
	struct yw_transport *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;

	if (t == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the transport");
	t->ops = ops;
	t->arg = arg;
	t->self = (struct yw_session_self) { c->network, c->key, c->major, c->minor_low, c->minor_high,
		yw_clock_real, yw_random_real, &t->key_lock };
	pthread_mutex_init(&t->key_lock, NULL);
	yw_dh_public_of(&c->key, &t->own_key);
	t->last = &t->first;
	t->tick_ms = yw_tr_now(t) + TICK_MS;
	yw_penalties_init(&t->penalties, c->refuse_ms);
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_cond_init(&t->quiet, NULL);
	pthread_condattr_destroy(&attr);
	*out = t;
	return YW_OK;
}

static enum yw_code
start_workers(struct yw_transport *t, unsigned n, struct yw_error *err)
{
	t->workers = calloc(n, sizeof *t->workers);
	if (t->workers == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for threads");
	while (t->n_workers < n) {
		if (pthread_create(&t->workers[t->n_workers], NULL, work, t) != 0)
			return yw_fail(err, YW_EIO, "unable to start a thread");
		t->n_workers++;
	}
	return YW_OK;
}

enum yw_code
yw_transport_start(const struct yw_transport_config *config, const struct yw_transport_ops *ops, void *arg,
    struct yw_transport **out, struct yw_error *err)
{
	struct yw_transport *t = NULL;
	enum yw_code code = make(config, ops, arg, &t, err);

	if (code != YW_OK)
		return code;
	code = yw_sessions_new(&t->self, &config->limits, session_gone, t, &t->sessions);
	if (code != YW_OK)
		code = yw_fail(err, code, "no memory for sessions");
	if (code == YW_OK)
		code = yw_upstream_open(t, config, err);
	if (code == YW_OK)
		code = start_workers(t, config->workers, err);
	if (code == YW_OK)
		code = yw_server_start(t, config, err);
	if (code != YW_OK) {
		yw_transport_stop(t);
		yw_transport_free(t);
		return code;
	}
	*out = t;
	return YW_OK;
}

void
yw_transport_change_key(struct yw_transport *t, const struct yw_dh_secret *key)
{
	pthread_mutex_lock(&t->key_lock);
	t->self.key = *key;
	yw_dh_public_of(key, &t->own_key);
	pthread_mutex_unlock(&t->key_lock);
}

bool
yw_tr_is_own(struct yw_transport *t, const struct yw_dh_public *key)
{
	bool own;

	pthread_mutex_lock(&t->key_lock);
	own = memcmp(key, &t->own_key, sizeof *key) == 0;
	pthread_mutex_unlock(&t->key_lock);
	return own;
}

static void
pause_ms(long ms)
{
	nanosleep(&(struct timespec) { 0, ms * 1000000 }, NULL);
}

static void
let_answers_out(struct yw_transport *t)
{
	bool quiet = false, children = false;

	for (int waited = 0; waited < DRAIN_MS && !quiet; waited += 10) {
		if (waited > 0)
			pause_ms(10);
		pthread_mutex_lock(&t->lock);
		quiet = yw_server_quiet(t);
		children = t->children != NULL;
		pthread_mutex_unlock(&t->lock);
	}
	if (children)
		pause_ms(LINGER_MS);
}

void
yw_transport_stop(struct yw_transport *t)
{
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_mutex_unlock(&t->lock);
	let_answers_out(t);
	pthread_mutex_lock(&t->lock);
	for (struct yw_link *link = t->links; link != NULL; link = link->next)
		yw_link_end(link, "this node is stopping");
	while (t->links != NULL)
		pthread_cond_wait(&t->quiet, &t->lock);
	pthread_mutex_unlock(&t->lock);
	yw_server_close(t);
	yw_upstream_close(t);
	pthread_mutex_lock(&t->lock);
	while (t->n_busy > 0)
		pthread_cond_wait(&t->quiet, &t->lock);
	t->closed = true;
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
	for (unsigned i = 0; i < t->n_workers; i++)
		pthread_join(t->workers[i], NULL);
	t->n_workers = 0;
}

void
yw_transport_free(struct yw_transport *t)
{
	if (t == NULL)
		return;
	yw_upstream_free(t);
	yw_server_free(t);
	yw_sessions_free(t->sessions);
	free(t->workers);
	pthread_cond_destroy(&t->wake);
	pthread_cond_destroy(&t->quiet);
	pthread_mutex_destroy(&t->lock);
	pthread_mutex_destroy(&t->key_lock);
	yw_wipe(&t->self, sizeof t->self);
	free(t);
}

void
yw_transport_stats(struct yw_transport *t, struct yw_transport_stats *out)
{
	pthread_mutex_lock(&t->lock);
	*out = (struct yw_transport_stats) { .connections = t->n_children, .held = t->n_held,
		.bad_frames = t->bad_frames };
	for (size_t i = 0; i < t->n_upstreams; i++)
		out->upstreams_up += t->upstreams[i].state == UP_LINKED;
	yw_sessions_count(t->sessions, &out->sessions);
	pthread_mutex_unlock(&t->lock);
}
