/*
 * transport_int.h - what transport.c (links, workers), transport_server.c (children) and transport_client.c
 * (upstreams) share.  Message flow and lock order stand at the head of transport.c.
 */
#ifndef YW_SYNC_TRANSPORT_INT_H
#define YW_SYNC_TRANSPORT_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "sync/pause.h"
#include "sync/penalty.h"
#include "sync/said.h"
#include "sync/transport.h"
#include "sync/transport_conn.h"

#define LINK_REASON_MAX 160
#define TICK_MS 5000			/* how late old sessions and links are noticed */

/* One piece of work for the workers; part of what it works on, so that queueing cannot fail. */
struct job {
	struct job *next;
	void (*run)(struct job *job);
};

/* --- Children --- */

enum call_state {
	CALL_OPENING,		/* a worker has it */
	CALL_HELD,		/* the caller has it */
	CALL_ANSWERED		/* a worker seals the answer */
};

struct yw_call {		/* a request that came, from its arrival to its answer */
	struct job job;
	struct yw_call *next, *prev;	/* HELD, ANSWERED: in the transport's list */
	struct yw_transport *t;
	enum call_state state;
	struct child *child;	/* where it came from; NULL when that is gone */
	struct yw_conn *conn;	/* OPENING: a reference */
	struct yw_conn_msg *msg;	/* OPENING: its body is the frame */
	uint8_t id[YW_CONN_ID_MAX];
	size_t id_len;
	struct yw_link *link;	/* HELD, ANSWERED: a reference */
	uint64_t m;
	struct yw_buf answer;
};

struct child {			/* a child's connection */
	struct child *next;
	struct yw_transport *t;
	struct yw_conn *conn;	/* the owner's reference; NULL before it began and when it was dropped */
	bool dropped;
	int64_t since_ms;
	unsigned faults;
	struct yw_penalty_who where;
	char address[YW_CONN_ADDRESS_MAX + 1];
};

/* --- Upstreams --- */

enum slot_state {
	SLOT_FREE,
	SLOT_QUEUED,		/* a worker seals it */
	SLOT_WAITING,		/* for the answer */
	SLOT_OPENING		/* a worker has the answer, or why there is none */
};

struct slot {			/* a request of ours that is under way */
	struct job job;
	struct upstream *up;
	enum slot_state state;
	struct yw_link *link;	/* a reference and a pin; the handshake's slot has none */
	struct yw_buf plain;	/* QUEUED */
	uint32_t id;		/* on the wire */
	uint64_t tag, m;
	int64_t deadline_ms;	/* monotonic */
	enum yw_code result;	/* OPENING */
	struct yw_conn_msg *msg;	/* OPENING, if the result is YW_OK */
};

enum upstream_state {
	UP_IDLE,		/* until retry_ms */
	UP_DIALLING,
	UP_OFFERED, UP_FINISHED,	/* the handshake's slot is under way */
	UP_LINKED
};

struct upstream {
	struct yw_transport *t;
	char url[YW_URL_MAX + 1];
	struct yw_dialer *dialer;
	enum upstream_state state;
	bool dialled;			/* what the dialer was given is not released yet */
	struct yw_conn *conn;		/* the owner's reference; NULL when there is none or it broke */
	int64_t retry_ms;		/* monotonic */
	int64_t linked_ms;
	struct yw_pause pause;
	uint32_t last_id;
	char why[LINK_REASON_MAX];	/* a dial came to nothing */
	char said[YW_ERROR_MAX];	/* the last reason that was logged */
	struct job dial_failed, shake;
	struct yw_session *session;	/* the handshake's */
	struct yw_link *link;		/* LINKED */
	struct slot slots[1 + YW_LINK_REQUESTS_MAX];	/* the first is the handshake's */
};

/* --- Both --- */

struct yw_link {
	struct yw_link *next;		/* in the transport's list */
	struct yw_transport *t;
	atomic_uint refs;
	struct yw_session *session;
	struct upstream *up;		/* NULL: a child's */
	struct child *child;		/* of a child: where its last message came from; valid until it ends */
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
	pthread_mutex_t key_lock;	/* self.key and own_key; innermost */
	struct yw_dh_public own_key;

	pthread_mutex_t lock;		/* everything below, and the mutable fields of what hangs from it */
	pthread_cond_t wake;		/* workers: a job, or another time to keep */
	pthread_cond_t quiet;		/* yw_transport_stop(): no link, or no connection is left */
	struct job *first, **last;	/* jobs, oldest first */
	int64_t tick_ms;		/* monotonic */
	bool timed;			/* a worker waits for it */
	bool stopping;			/* nothing new */
	bool closed;			/* all is down: workers finish the queue and go */
	unsigned n_workers;
	pthread_t *workers;
	struct yw_link *links;
	size_t n_busy;			/* connections and dials: what their `released` was not called for */

	struct yw_penalties penalties;
	struct yw_said cut_said, refused_said;	/* of addresses */
	struct yw_sessions *sessions;
	size_t n_listen;
	struct yw_listener *listeners[YW_LISTEN_MAX];
	char listen[YW_LISTEN_MAX][YW_URL_MAX + 1];
	struct child *children;
	size_t n_children, max_children;
	struct yw_call *calls;		/* held or answered */
	size_t n_held;
	size_t n_further, max_further;	/* held, beyond the first of each link */
	uint64_t bad_frames;
	int64_t full_said_ms;

	size_t n_upstreams;
	struct upstream *upstreams;
};

/* transport.c; `locked` wants the lock held. */
bool yw_tr_is_own(struct yw_transport *t, const struct yw_dh_public *key);	/* we talk to ourselves */
int64_t yw_tr_now(const struct yw_transport *t);
void yw_tr_post(struct yw_transport *t, struct job *job);		/* locked */
void yw_tr_tick_at(struct yw_transport *t, int64_t ms);		/* locked: no later than this */
void yw_tr_released(struct yw_transport *t);			/* locked: one less busy */
/* With one pin, and in the list; takes its own reference of the session.  NULL: no memory, or stopping. */
struct yw_link *yw_link_new(struct yw_transport *t, struct yw_session *session, struct upstream *up,
    const char *address);
bool yw_link_pin(struct yw_link *link);				/* locked; false: it is ending */
void yw_link_unpin(struct yw_link *link);				/* locked */
void yw_link_end(struct yw_link *link, const char *reason);		/* locked */

/* transport_server.c */
YW_CHECKED enum yw_code yw_server_start(struct yw_transport *t, const struct yw_transport_config *c,
    struct yw_error *err);
bool yw_server_quiet(struct yw_transport *t);			/* locked: no answer is on its way */
void yw_server_tick(struct yw_transport *t, int64_t now);
struct yw_conn *yw_child_drop(struct child *child, const char *reason);	/* locked; close and unref it unlocked */
void yw_server_close(struct yw_transport *t);
void yw_server_free(struct yw_transport *t);

/* transport_client.c */
YW_CHECKED enum yw_code yw_upstream_open(struct yw_transport *t, const struct yw_transport_config *c,
    struct yw_error *err);
void yw_upstream_tick(struct upstream *up, int64_t now);		/* locked */
void yw_upstream_abort(struct upstream *up);				/* locked: of the link that ends */
struct yw_conn *yw_upstream_link_down(struct upstream *up);	/* locked, while it has the link; unref it unlocked */
void yw_upstream_close(struct yw_transport *t);
void yw_upstream_free(struct yw_transport *t);

#endif
