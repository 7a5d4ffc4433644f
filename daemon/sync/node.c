/*
 * node.c - see node.h.
 *
 * Who runs what:
 *
 *	any thread		yw_node_post, yw_node_wait: put an event into the queue
 *	transport's workers	decode and check messages (yw_inbound_read), put an event into the queue
 *	the node's thread	takes all events there are, one turn: apply, commit, complete, speak; sleeps
 *				until the next event or deadline.  Nobody else touches ledger, exchange and desk.
 *
 * One lock, over the queue and the hello that workers hand out; nothing is called while it is held.  Messages
 * need no bound of their own: the transport holds so many requests per link and no more.  Jobs are bounded by
 * queue_max.
 *
 * Stopping: no more jobs; the thread answers parked peers and ends; the transport stops, and what its workers
 * still put into the queue is undone by whoever called yw_node_stop().
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/fault.h"
#include "base/log.h"
#include "sync/desk.h"
#include "sync/gather.h"
#include "sync/node.h"

enum what { WHAT_JOB, WHAT_WAIT, WHAT_UP, WHAT_DOWN, WHAT_REQUEST, WHAT_REPLY, WHAT_BAD };

struct peer {		/* beside a link; from its link_up until the node has taken its link_down */
	struct yw_node *node;
	struct yw_link *link;
	struct yw_desk_peer *desk;	/* NULL: not known to the desk (any more) */
	struct event *down;		/* made beforehand, so that a link can always go down */
};

struct event {
	struct event *next;
	enum what what;
	struct yw_node_job *job;
	struct yw_node_wait *wait;
	struct peer *peer;
	struct yw_buf hello;		/* UP */
	struct yw_call *call;		/* REQUEST, BAD: NULL if it was a reply that was bad */
	struct yw_inbound *in;
	uint64_t tag;			/* REPLY, BAD */
	enum yw_code code;
	struct yw_error why;		/* BAD */
};

struct yw_node {
	struct yw_ledger *ledger;
	struct yw_exchange *exchange;
	struct yw_desk *desk;
	struct yw_transport *transport;
	pthread_t thread;
	bool running;
	size_t queue_max;
	bool (*rotated)(void *arg);
	void *rotated_arg;
	struct yw_node_wait *waits;	/* the node's thread */
	int64_t look_ms;		/* when alarms are looked for next */
	bool stopped_writing;		/* and said so */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct event *first, **last;
	size_t n_jobs;
	size_t n_wanted;		/* jobs that are worth waking the thread for */
	struct yw_gather gather;	/* the node's thread */
	bool stopping;
	struct yw_buf hello;		/* what workers tell new peers */
	bool hello_used;
};

/* --- the queue --- */

static void
put(struct yw_node *n, struct event *e)
{
	e->next = NULL;
	pthread_mutex_lock(&n->lock);
	*n->last = e;
	n->last = &e->next;
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->lock);
}

static struct event *
take_all(struct yw_node *n)
{
	struct event *first = n->first;

	n->first = NULL;
	n->last = &n->first;
	n->n_jobs = 0;
	return first;
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Under the lock; false: the time came. */
static bool
sleep_until(struct yw_node *n, int64_t us)
{
	struct timespec at = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

	return pthread_cond_timedwait(&n->wake, &n->lock, &at) == 0;
}

/* Under the lock, when there is something to do: those who are about to come share the turn. */
static void
wait_for_company(struct yw_node *n)
{
	int64_t start = now_us();

	n->n_wanted = n->gather.expected;
	while (!n->stopping && yw_gather_waits(&n->gather, n->n_jobs, now_us() - start))
		(void)sleep_until(n, start + n->gather.patience_us);
	n->n_wanted = 1;
}

/* Waits for events or a deadline; false: the node is to stop. */
static bool
wait_events(struct yw_node *n, int64_t until_ms, struct event **out)
{
	bool go_on;

	pthread_mutex_lock(&n->lock);
	while (n->first == NULL && !n->stopping && sleep_until(n, until_ms * 1000))
		;
	wait_for_company(n);
	go_on = !n->stopping;
	*out = go_on ? take_all(n) : NULL;
	pthread_mutex_unlock(&n->lock);
	return go_on;
}

enum yw_code
yw_node_post(struct yw_node *n, struct yw_node_job *job, struct yw_error *err)
{
	struct event *e = calloc(1, sizeof *e);
	enum yw_code code = YW_OK;

	if (e == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for another job");
	e->what = WHAT_JOB;
	e->job = job;
	pthread_mutex_lock(&n->lock);
	if (n->stopping)
		code = yw_fail(err, YW_ESTOPPED, "the node is stopping");
	else if (n->n_jobs >= n->queue_max)
		code = yw_fail(err, YW_ELIMIT, "%zu jobs are waiting already: try again", n->n_jobs);
	if (code == YW_OK) {
		n->n_jobs++;
		*n->last = e;
		n->last = &e->next;
		if (n->n_jobs >= n->n_wanted)
			pthread_cond_signal(&n->wake);
	}
	pthread_mutex_unlock(&n->lock);
	if (code != YW_OK)
		free(e);
	return code;
}

void
yw_node_wait(struct yw_node *n, struct yw_node_wait *w)
{
	struct event *e = calloc(1, sizeof *e);
	bool stopping;

	if (e == NULL) {
		w->done(w, YW_ENOMEM);
		return;
	}
	e->what = WHAT_WAIT;
	e->wait = w;
	pthread_mutex_lock(&n->lock);
	stopping = n->stopping;
	if (!stopping) {
		*n->last = e;
		n->last = &e->next;
		pthread_cond_signal(&n->wake);
	}
	pthread_mutex_unlock(&n->lock);
	if (stopping) {
		free(e);
		w->done(w, YW_ESTOPPED);
	}
}

/* --- from the transport's workers --- */

static void
on_hello(void *arg, size_t max, struct yw_buf *out)
{
	struct yw_node *n = arg;

	pthread_mutex_lock(&n->lock);
	if (n->hello.len <= max)	/* a longer one goes with the first message */
		yw_buf_add(out, n->hello.data, n->hello.len);
	n->hello_used = true;
	pthread_mutex_unlock(&n->lock);
}

static void
on_link_up(void *arg, struct yw_link *link, struct yw_bytes hello)
{
	struct peer *p = calloc(1, sizeof *p);
	struct event *up = calloc(1, sizeof *up), *down = calloc(1, sizeof *down);

	if (p == NULL || up == NULL || down == NULL) {
		free(p);
		free(up);
		free(down);
		yw_link_close(link, "no memory for another peer");
		return;
	}
	*p = (struct peer) { .node = arg, .link = yw_link_ref(link), .down = down };
	yw_link_set_data(link, p);
	up->what = WHAT_UP;
	up->peer = p;
	yw_buf_add(&up->hello, hello.data, hello.len);
	put(arg, up);
}

static void
on_link_down(void *arg, struct yw_link *link, const char *reason)
{
	struct peer *p = yw_link_data(link);

	(void)reason;	/* the transport has said it */
	if (p == NULL)
		return;
	p->down->what = WHAT_DOWN;
	p->down->peer = p;
	put(arg, p->down);
}

static void
answer_nothing(struct yw_call *call)
{
	struct yw_buf nothing = YW_BUF_INIT;

	yw_transport_reply(call, &nothing);
	yw_buf_release(&nothing);
}

/* Decodes what came and makes an event of it. */
static struct event *
read_message(struct peer *p, struct yw_buf *plain, bool is_request)
{
	struct event *e = calloc(1, sizeof *e);

	if (e == NULL) {
		yw_link_close(p->link, "no memory for its message");
		return NULL;
	}
	e->what = is_request ? WHAT_REQUEST : WHAT_REPLY;
	e->peer = p;
	if (yw_inbound_read(plain, is_request, &e->in, &e->why) != YW_OK)
		e->what = WHAT_BAD;
	return e;
}

static void
on_request(void *arg, struct yw_link *link, struct yw_call *call, struct yw_buf *plain)
{
	struct peer *p = yw_link_data(link);
	struct event *e = p != NULL ? read_message(p, plain, true) : NULL;

	if (e == NULL) {
		answer_nothing(call);
		return;
	}
	e->call = call;
	put(arg, e);
}

/* A reply that gets lost here would be waited for: then the link is closed, which settles everything. */
static void
on_reply(void *arg, struct yw_link *link, uint64_t tag, enum yw_code code, struct yw_buf *plain)
{
	struct peer *p = yw_link_data(link);
	struct event *e;

	if (p == NULL)
		return;
	if (code == YW_OK) {
		e = read_message(p, plain, false);
	} else {
		e = calloc(1, sizeof *e);
		if (e == NULL)
			yw_link_close(link, "no memory for its answer");
		else
			*e = (struct event) { .what = WHAT_REPLY, .peer = p, .code = code };
	}
	if (e == NULL)
		return;
	e->tag = tag;
	put(arg, e);
}

static const struct yw_transport_ops transport_ops = { on_hello, on_link_up, on_link_down, on_request, on_reply };

/* --- what the desk asks for --- */

static bool
io_request(void *arg, void *link, struct yw_buf *plain, uint32_t deadline_ms, uint64_t tag)
{
	struct yw_node *n = arg;

	yw_ledger_sent(n->ledger, plain->len);
	return yw_transport_request(link, plain, deadline_ms, tag, NULL) == YW_OK;
}

static void
io_reply(void *arg, void *call, struct yw_buf *plain)
{
	struct yw_node *n = arg;

	yw_ledger_sent(n->ledger, plain->len);
	yw_transport_reply(call, plain);
}

static bool
io_admit(void *arg, void *link, const char *code)
{
	(void)arg;
	return yw_link_admit(link, code, NULL) == YW_OK;
}

static void
io_close(void *arg, void *link, const char *reason)
{
	(void)arg;
	yw_link_close(link, reason);
}

/* --- a turn --- */

static void
take_up(struct yw_node *n, struct peer *p, struct yw_bytes hello)
{
	p->desk = yw_desk_up(n->desk, p->link, yw_link_upstream(p->link), yw_link_key(p->link), yw_link_address(p->link),
	    hello);
}

static void
take_down(struct yw_node *n, struct peer *p)
{
	if (p->desk != NULL)
		yw_desk_down(n->desk, p->desk);
	yw_link_unref(p->link);
	free(p);
}

/* What a peer sent does not decode: it is cut off, and whatever waits is settled. */
static void
take_bad(struct yw_node *n, struct event *e)
{
	if (e->peer->desk != NULL)
		yw_desk_blame(n->desk, e->peer->desk, &e->why);
	if (e->call != NULL)
		answer_nothing(e->call);
	else if (e->peer->desk != NULL)
		yw_desk_reply(n->desk, e->peer->desk, e->tag, YW_EPEER, NULL);
}

static void
take_message(struct yw_node *n, struct event *e)
{
	if (e->peer->desk == NULL) {	/* there was no memory for this peer: its link is being closed */
		yw_inbound_free(e->in);
		if (e->call != NULL)
			answer_nothing(e->call);
	} else if (e->what == WHAT_REQUEST) {
		yw_desk_request(n->desk, e->peer->desk, e->call, e->in);
	} else {
		yw_desk_reply(n->desk, e->peer->desk, e->tag, e->code, e->in);
	}
}

/* All but jobs are done with here; jobs are handed on, in their order, to be completed after the commit. */
static void
take_event(struct yw_node *n, struct event *e, struct yw_node_job ***jobs)
{
	switch (e->what) {
	case WHAT_JOB:
		e->job->apply(e->job, n->ledger, n->exchange);
		e->job->next = NULL;
		**jobs = e->job;
		*jobs = &e->job->next;
		break;
	case WHAT_WAIT:
		e->wait->next = n->waits;
		n->waits = e->wait;
		break;
	case WHAT_UP:
		take_up(n, e->peer, yw_buf_bytes(&e->hello));
		yw_buf_release(&e->hello);
		break;
	case WHAT_DOWN:
		take_down(n, e->peer);
		break;
	case WHAT_REQUEST:
	case WHAT_REPLY:
		take_message(n, e);
		break;
	case WHAT_BAD:
		take_bad(n, e);
		break;
	}
	free(e);
}

static void
complete_jobs(struct yw_node_job *jobs, enum yw_code code, const struct yw_error *err)
{
	while (jobs != NULL) {
		struct yw_node_job *j = jobs;

		jobs = j->next;
		j->done(j, code, err);
	}
}

/* INT64_MAX: nobody waits. */
static int64_t
complete_waits(struct yw_node *n, int64_t now)
{
	struct yw_node_wait **at = &n->waits;
	int64_t next = INT64_MAX;

	while (*at != NULL) {
		struct yw_node_wait *w = *at;
		bool durable = yw_exchange_durable(n->exchange, &w->code, w->size);

		if (durable || now >= w->deadline_ms) {
			*at = w->next;
			w->done(w, durable ? YW_OK : YW_ETIMEOUT);
			continue;
		}
		if (w->deadline_ms < next)
			next = w->deadline_ms;
		at = &w->next;
	}
	return next;
}

/* Said once when writing stops, and once when it goes on. */
static void
report(struct yw_node *n, enum yw_code code, const struct yw_error *err)
{
	const char *why = code != YW_OK ? err->msg : yw_ledger_stopped(n->ledger);	/* also if there was nothing to write */
	bool stopped = *why != '\0';

	if (stopped != n->stopped_writing)
		yw_log(stopped ? YW_LOG_ERROR : YW_LOG_INFO, stopped ? "writing-stopped" : "writing-goes-on", "%s",
		    stopped ? why : "what is registered is written again");
	n->stopped_writing = stopped;
}

/* A hello states an instance, and says as of when (L5): one that was handed out is made anew. */
static void
renew_hello(struct yw_node *n)
{
	struct yw_buf hello = YW_BUF_INIT;
	bool used;

	pthread_mutex_lock(&n->lock);
	used = n->hello_used;
	n->hello_used = false;
	pthread_mutex_unlock(&n->lock);
	if (used && yw_exchange_hello(n->exchange, &hello, NULL) == YW_OK) {
		pthread_mutex_lock(&n->lock);
		yw_buf_release(&n->hello);
		n->hello = hello;
		pthread_mutex_unlock(&n->lock);
		return;
	}
	yw_buf_release(&hello);
}

static void
follow_keys(struct yw_node *n)
{
	if (n->rotated == NULL || !yw_ledger_rotated(n->ledger) || !n->rotated(n->rotated_arg))
		return;
	if (n->transport != NULL)
		yw_transport_change_key(n->transport, &yw_ledger_keys(n->ledger)->session);
}

/* Alarms are said when they begin and end, also where nobody asks for them. */
static int64_t
watch(struct yw_node *n, int64_t now)
{
	if (now >= n->look_ms) {
		(void)yw_exchange_alarms(n->exchange, NULL, 0);
		n->look_ms = now + YW_EXCHANGE_LOOK_MS;
	}
	return n->look_ms;
}

static size_t
count_jobs(const struct yw_node_job *jobs)
{
	size_t n = 0;

	for (; jobs != NULL; jobs = jobs->next)
		n++;
	return n;
}

static int64_t
turn(struct yw_node *n, struct event *events)
{
	struct yw_node_job *jobs = NULL, **last = &jobs;
	struct yw_error err = { 0 };
	int64_t wake, wait, rest, look, now;
	enum yw_code code;

	while (events != NULL) {
		struct event *e = events;

		events = e->next;
		take_event(n, e, &last);
	}
	now = now_us();
	code = yw_desk_commit(n->desk, &err);
	if (jobs != NULL)
		yw_gather_committed(&n->gather, count_jobs(jobs), now_us() - now);
	report(n, code, &err);
	YW_POINT("turn-committed");
	if (code == YW_OK)
		follow_keys(n);
	complete_jobs(jobs, code, &err);
	YW_POINT("turn-answered");
	yw_desk_speak(n->desk);
	renew_hello(n);
	now = yw_mono_ms(&yw_clock_real);
	wait = complete_waits(n, now);
	wake = yw_desk_wake(n->desk);
	wake = wait < wake ? wait : wake;
	rest = yw_ledger_rest(n->ledger);
	wake = rest < wake ? rest : wake;
	look = watch(n, now);
	wake = look < wake ? look : wake;
	return wake > now ? wake : now + 1;
}

static void *
run(void *arg)
{
	struct yw_node *n = arg;
	struct event *events = NULL;
	int64_t wake = 0;

	pthread_setname_np(pthread_self(), "yw-node");
	while (wait_events(n, wake, &events))
		wake = turn(n, events);
	yw_desk_dismiss(n->desk);
	return NULL;
}

/* --- start and stop --- */

static void
init_lock(struct yw_node *n)
{
	pthread_condattr_t a;

	pthread_condattr_init(&a);
	pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
	pthread_cond_init(&n->wake, &a);
	pthread_condattr_destroy(&a);
	pthread_mutex_init(&n->lock, NULL);
}

enum yw_code
yw_node_start(const struct yw_node_options *o, struct yw_node **out, struct yw_error *err)
{
	struct yw_node *n = calloc(1, sizeof *n);
	struct yw_desk_io io = { io_request, io_reply, io_admit, io_close, n };
	enum yw_code code;

	*out = NULL;
	if (n == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the node");
	n->ledger = o->ledger;
	n->exchange = o->exchange;
	n->queue_max = o->queue_max;
	n->rotated = o->rotated;
	n->rotated_arg = o->rotated_arg;
	n->last = &n->first;
	n->n_wanted = 1;
	init_lock(n);
	code = yw_desk_new(o->ledger, o->exchange, &yw_clock_real, &io, &n->desk, err);
	if (code == YW_OK)
		code = yw_exchange_hello(o->exchange, &n->hello, err);
	if (code == YW_OK && pthread_create(&n->thread, NULL, run, n) != 0)
		code = yw_fail(err, YW_EIO, "unable to start the node's thread");
	n->running = code == YW_OK;
	if (code == YW_OK && o->transport != NULL)
		code = yw_transport_start(o->transport, &transport_ops, n, &n->transport, err);
	if (code != YW_OK) {
		yw_node_stop(n);
		return code;
	}
	*out = n;
	return YW_OK;
}

/* After the thread has ended and no worker runs: what is still in the queue did not happen. */
static void
undo_event(struct yw_node *n, struct event *e)
{
	static const struct yw_error stopping = { YW_ESTOPPED, "the node is stopping" };

	if (e->what == WHAT_JOB)
		e->job->done(e->job, YW_ESTOPPED, &stopping);
	else if (e->what == WHAT_WAIT)
		e->wait->done(e->wait, YW_ESTOPPED);
	else if (e->what == WHAT_DOWN)
		take_down(n, e->peer);
	yw_inbound_free(e->in);
	if (e->call != NULL)
		answer_nothing(e->call);
	yw_buf_release(&e->hello);
	free(e);
}

bool
yw_node_address(struct yw_node *n, size_t i, char out[static YW_URL_MAX + 1])
{
	return n->transport != NULL && yw_transport_address(n->transport, i, out);
}

void
yw_node_stop(struct yw_node *n)
{
	if (n == NULL)
		return;
	pthread_mutex_lock(&n->lock);
	n->stopping = true;
	pthread_cond_signal(&n->wake);
	pthread_mutex_unlock(&n->lock);
	if (n->running)
		pthread_join(n->thread, NULL);
	if (n->transport != NULL)
		yw_transport_stop(n->transport);
	for (struct event *e = take_all(n), *next; e != NULL; e = next) {
		next = e->next;
		undo_event(n, e);
	}
	while (n->waits != NULL) {
		struct yw_node_wait *w = n->waits;

		n->waits = w->next;
		w->done(w, YW_ESTOPPED);
	}
	yw_desk_free(n->desk);
	yw_transport_free(n->transport);
	yw_buf_release(&n->hello);
	pthread_cond_destroy(&n->wake);
	pthread_mutex_destroy(&n->lock);
	free(n);
}
