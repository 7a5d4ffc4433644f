/*
 * node.h - the running node: one thread that owns ledger and exchange, and everything that waits for it (L1, S2).
 *
 * All that waits when a turn begins shares one commit: local appends, peers' messages, timers.  Completions run
 * after the commit, on the node's thread: they must be short and never wait.
 */
#ifndef YW_SYNC_NODE_H
#define YW_SYNC_NODE_H

#include "sync/exchange.h"
#include "sync/transport.h"

struct yw_node;

struct yw_node_options {
	struct yw_ledger *ledger;		/* opened; the node owns its use until yw_node_stop() */
	struct yw_exchange *exchange;
	const struct yw_transport_config *transport;	/* NULL: no network (tests) */
	size_t queue_max;			/* jobs that may wait; more is back-pressure */
	/* On the node's thread, after the commit by which the next keys have come into force (T5): they take the place of
	 * those before them.  False: not yet; asked again after the next turn.  NULL: there never are any. */
	bool (*rotated)(void *arg);
	void *rotated_arg;
};

YW_CHECKED enum yw_code yw_node_start(const struct yw_node_options *o, struct yw_node **out, struct yw_error *err);

/* Where the i-th address to listen on really is (its port filled in); false if there is no such. */
bool yw_node_address(struct yw_node *n, size_t i, char out[static YW_URL_MAX + 1]);

/* Answers parked peers, finishes the turn, completes waiting jobs with YW_ESTOPPED, joins the thread, frees. */
void yw_node_stop(struct yw_node *n);

/*
 * One piece of work for the node's thread.  The caller's memory until `done` was called.
 *
 * apply	in a turn, before the commit; a refusal is the job's own business (remember it in the job)
 * done		after the commit; code is YW_OK or why the turn was not committed (then nothing of it happened)
 */
struct yw_node_job {
	void (*apply)(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x);
	void (*done)(struct yw_node_job *job, enum yw_code code, const struct yw_error *err);
	struct yw_node_job *next;		/* the node's */
};

/* YW_ELIMIT: the queue is full; YW_ESTOPPED.  Then `done` is not called.  Any thread, never blocks. */
YW_CHECKED enum yw_code yw_node_post(struct yw_node *n, struct yw_node_job *job, struct yw_error *err);

/* Waits for R7 without holding a thread: `done` with YW_OK when my log is durable there through `size`
 * (code "": a beat with quorum), YW_ETIMEOUT at the deadline (monotonic), YW_ESTOPPED. */
struct yw_node_wait {
	struct yw_jurisdiction code;
	uint64_t size;
	int64_t deadline_ms;
	void (*done)(struct yw_node_wait *w, enum yw_code code);
	struct yw_node_wait *next;
};
void yw_node_wait(struct yw_node *n, struct yw_node_wait *w);

#endif
