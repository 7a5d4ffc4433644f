/*
 * transport_int.h - what transport.c (links, workers), transport_server.c (REP) and transport_client.c
 * (REQ) share.  Message flow and lock order stand at the head of transport.c.
 */
#ifndef YW_SYNC_TRANSPORT_INT_H
#define YW_SYNC_TRANSPORT_INT_H

#include <nng/nng.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sync/penalty.h"
#include "sync/transport.h"

#define LINK_REASON_MAX 160
#define SEND_DEADLINE_MS 60000		/* a reply that cannot leave in this time: the peer reads no more */
#define SHAKE_DEADLINE_MS 10000
#define TICK_MS 5000			/* how late old sessions and links are noticed */

/* One piece of work for the workers; part of what it works on, so that queueing cannot fail. */
struct job {
	struct job *next;
	void (*run)(struct job *job);
};

/* --- Server --- */

enum call_state {
	CALL_RECEIVING,		/* NNG has the aio, waiting for a request */
	CALL_OPENING,		/* a worker has it */
	CALL_HELD,		/* the caller has it */
	CALL_ANSWERED,		/* a worker seals the answer */
	CALL_SENDING,		/* NNG has the aio */
	CALL_DEAD		/* after yw_transport_stop() */
};

struct yw_call {		/* one REP context and the request that it carries */
	struct job job;
	struct yw_transport *t;
	nng_ctx ctx;
	nng_aio *aio;
	enum call_state state;
	nng_msg *msg;		/* OPENING: the request */
	nng_pipe pipe;		/* where it came from */
	struct yw_link *link;	/* HELD, ANSWERED: a reference */
	uint64_t m;
	struct yw_buf answer;
};

struct pipe_note {		/* a child's connection */
	uint32_t id;		/* of the NNG pipe; 0: this note is free */
	unsigned faults;
	bool refusal_said;
	struct yw_penalty_who where;
	char address[64];
};

/* --- Client --- */

enum slot_state { SLOT_FREE, SLOT_QUEUED, SLOT_SENDING, SLOT_RECEIVING, SLOT_OPENING };

struct slot {			/* one REQ context and the request that is under way on it */
	struct job job;
	struct upstream *up;
	nng_ctx ctx;
	nng_aio *aio;
	enum slot_state state;
	struct yw_link *link;	/* a reference and a pin; the handshake's slot has none */
	struct yw_buf plain;	/* QUEUED */
	uint64_t tag, m;
	int64_t deadline_ms;	/* monotonic */
	int result;		/* NNG's */
	nng_msg *msg;		/* OPENING: the reply, if result is 0 */
};

enum upstream_state {
	UP_WAITING,		/* for a connection, and for retry_ms */
	UP_OFFERED, UP_FINISHED,	/* the handshake's slot is under way */
	UP_LINKED
};

struct upstream {
	struct yw_transport *t;
	char url[YW_URL_MAX + 1];
	nng_socket sock;
	bool opened;
	nng_pipe pipe;		/* id 0: not connected */
	int64_t pipe_since_ms;	/* or since when there is none */
	bool silence_said;
	enum upstream_state state;
	int64_t retry_ms;	/* monotonic */
	int64_t linked_ms;
	unsigned failures;	/* in a row */
	char said[YW_ERROR_MAX];	/* the last reason that was logged */
	struct yw_session *session;	/* the handshake's */
	nng_pipe shake_pipe;		/* where it began */
	struct yw_link *link;		/* LINKED */
	struct job shake;
	bool shake_queued;
	struct slot slots[1 + YW_LINK_REQUESTS_MAX];	/* the first is the handshake's */
};

/* --- Both --- */

struct yw_link {
	struct yw_link *next;		/* in the transport's list */
	struct yw_transport *t;
	atomic_uint refs;
	struct yw_session *session;
	struct upstream *up;		/* NULL: a child's */
	nng_pipe pipe;			/* of a child: where its last message came from */
	unsigned pins;			/* calls into the caller, and requests of ours, under way */
	unsigned held;			/* calls that the caller has */
	bool admitted;
	bool ending;
	bool cut;			/* by yw_link_close() */
	struct yw_penalty_who where;	/* of a child: its address */
	struct job down;
	char reason[LINK_REASON_MAX];
	char address[YW_URL_MAX + 1];
	char names[2][YW_LINK_NAME_MAX];	/* as a stranger, as admitted */
	_Atomic(const char *) name;
	_Atomic(void *) data;
};

struct yw_transport {
	const struct yw_transport_ops *ops;
	void *arg;
	struct yw_session_self self;
	struct yw_dh_public own_key;

	pthread_mutex_t lock;		/* everything below, and the mutable fields of what hangs from it */
	pthread_cond_t wake;		/* workers: a job, or another time to keep */
	pthread_cond_t all_down;	/* yw_transport_stop(): no link is left */
	struct job *first, **last;	/* jobs, oldest first */
	int64_t tick_ms;		/* monotonic */
	bool timed;			/* a worker waits for it */
	bool stopping;			/* nothing new */
	bool closed;			/* all links are down: workers finish the queue and go */
	unsigned n_workers;
	pthread_t *workers;
	struct yw_link *links;

	struct yw_penalties penalties;
	struct yw_sessions *sessions;
	nng_socket rep;
	bool rep_opened;
	size_t n_listen;
	char (*listen)[YW_URL_MAX + 1];
	size_t n_calls, n_held;
	size_t n_further, max_further;	/* held, beyond the first of each link */
	struct yw_call *calls;
	size_t n_pipes, max_pipes;
	int64_t full_said_ms;
	struct pipe_note *pipes;
	uint64_t bad_frames;

	size_t n_upstreams;
	struct upstream *upstreams;
};

/* transport.c; those that say so want the lock held. */
int64_t yw_tr_now(const struct yw_transport *t);
void yw_tr_post(struct yw_transport *t, struct job *job);		/* locked */
void yw_tr_tick_at(struct yw_transport *t, int64_t ms);		/* locked: no later than this */
YW_CHECKED enum yw_code yw_tr_nng(int rv, const char *what, struct yw_error *err);
YW_CHECKED enum yw_code yw_tr_msg(const struct yw_buf *frame, nng_msg **out);
/* With one pin, and in the list; takes its own reference of the session.  NULL: no memory, or stopping. */
struct yw_link *yw_link_new(struct yw_transport *t, struct yw_session *session, struct upstream *up,
    const char *address);
bool yw_link_pin(struct yw_link *link);				/* locked; false: it is ending */
void yw_link_unpin(struct yw_link *link);				/* locked */
void yw_link_end(struct yw_link *link, const char *reason);		/* locked */

/* transport_server.c */
YW_CHECKED enum yw_code yw_server_open(struct yw_transport *t, const struct yw_transport_config *c,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_server_start(struct yw_transport *t, const struct yw_transport_config *c,
    struct yw_error *err);
bool yw_server_quiet(const struct yw_transport *t);			/* locked: no answer is on its way */
void yw_server_close(struct yw_transport *t);
void yw_server_free(struct yw_transport *t);

/* transport_client.c */
YW_CHECKED enum yw_code yw_client_open(struct yw_transport *t, const struct yw_transport_config *c,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_client_start(struct yw_transport *t, struct yw_error *err);
bool yw_client_tick(struct upstream *up, int64_t now);		/* locked; true: say that it is silent */
void yw_client_abort(struct upstream *up);				/* locked: of the link that ends */
void yw_client_link_down(struct upstream *up, bool cut);		/* locked */
void yw_client_close(struct yw_transport *t);
void yw_client_free(struct yw_transport *t);

#endif
