/*
 * sim_int.h - what the files of the simulation share.
 *
 *	sim.c		events, chance, one seed from beginning to end
 *	world.c		who there is: codes, keys, requests, the network file
 *	simnode.c	one node: start, turn, crash, what it registers
 *	wire.c		the virtual network: sessions, messages, what gets lost
 *	lie.c		the liar
 *	check.c		the invariants, and the comparison at the end
 *	story.c		messages as words
 *	verify.c	signatures
 */
#ifndef YW_TESTS_SIM_SIM_INT_H
#define YW_TESTS_SIM_SIM_INT_H

#include <stdio.h>
#include <stdlib.h>

#include "ledger/view.h"
#include "sim.h"
#include "support/testing.h"
#include "sync/desk.h"

#define SIM_NODES_MAX 128
#define SIM_WIRES_MAX 256
#define SIM_AUDIENCE_MAX 3
#define SIM_OLD_MESSAGES 8

struct sim;
struct node;
struct wire;

/* --- what really is: written down when its owner commits it --- */

struct fact {			/* one entry */
	struct yw_hash leaf;
	struct yw_hash *hashes;		/* of its records */
	enum yw_class cls;
	struct yw_jurisdiction codes[SIM_AUDIENCE_MAX];
	size_t n_codes, n_items;
};

struct truth {			/* of one owner's log */
	struct fact *facts;
	size_t n, cap;
	struct true_head { uint64_t size; struct yw_hash root; } *heads;
	size_t n_heads, cap_heads;
};

/* --- nodes --- */

struct record {			/* one that waits for its commit */
	struct yw_append a;
	struct yw_buf body;
	struct yw_jurisdiction codes[SIM_AUDIENCE_MAX];
};

struct node {
	struct sim *s;
	unsigned id;
	struct yw_jurisdiction code, issuer;
	struct yw_key_set keys;
	struct yw_buf request;
	struct yw_store *store;
	uint8_t guard[YW_GUARD_BYTES];
	bool crash_at_guard;
	struct yw_ledger *ledger;	/* NULL: the node is down */
	struct yw_exchange *x;
	struct yw_desk *desk;
	unsigned boots;
	int64_t turn_at;		/* of its next turn; INT64_MAX: none is due */
	int64_t utc_skew_ms;
	bool liar;
	struct truth truth;		/* of its own log */
	uint64_t checked[SIM_NODES_MAX];	/* entries of each owner's log that were compared with the truth */
	struct record *records;
	size_t n_records, cap_records;
	uint64_t next_id;
	uint32_t revisions[64];		/* of its first records, which are changed now and then */
};

/* --- the network --- */

struct end {			/* of a session: what the desk calls its link */
	struct session *session;
	struct node *node;
	struct yw_desk_peer *peer;	/* NULL: down */
};

struct session {
	struct session *next;
	struct wire *wire;
	bool alive;
	struct end child, parent;
	struct asked *asked;
};

struct asked {			/* a request; what the parent's desk calls its call */
	struct asked *next;		/* of its session */
	struct session *session;
	uint64_t tag;
	bool done;
};

struct wire {			/* from a node to one of its upstreams */
	struct node *child, *parent;
	bool parted;
	struct session *session;	/* the newest; may be dead */
	int64_t penalty_ms;
	uint64_t messages, bytes;
};

enum event_kind { EV_TURN, EV_CONNECT, EV_REQUEST, EV_REPLY, EV_DEADLINE, EV_DOWN, EV_ACT };

struct event {
	int64_t at;
	uint64_t number;		/* order among equals */
	enum event_kind kind;
	void *what;
	void (*act)(struct sim *s, void *what);
	struct yw_buf bytes;
};

struct sim {
	struct sim_options o;
	struct sim_report *r;
	uint64_t chance;
	int64_t now;			/* ms since the beginning */
	struct event *heap;
	size_t n_events, cap_events;
	uint64_t event_number;
	struct yw_buf network_file;
	struct yw_network network;
	struct node nodes[SIM_NODES_MAX];
	unsigned n_nodes;
	struct wire wires[SIM_WIRES_MAX];
	unsigned n_wires;
	struct session *sessions;
	/* weather: in percent, and ms */
	unsigned loss;
	int64_t delay_ms;
	unsigned lie_rate;
	bool calm;			/* the end: nothing bad happens any more */
	struct old_message {		/* of the liar, to be sent again */
		bool is_request;
		struct yw_buf bytes;
	} old[SIM_OLD_MESSAGES];
};

/* sim.c */
uint64_t sim_random(struct sim *s, uint64_t below);
bool sim_percent(struct sim *s, unsigned percent);
void sim_fill(void *sim, void *out, size_t len);
void sim_fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool sim_failed(const struct sim *s);
void sim_tell(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct event *sim_at(struct sim *s, int64_t at, enum event_kind kind, void *what);
void sim_act(struct sim *s, int64_t at, void (*act)(struct sim *, void *), void *what);
void *sim_alloc(size_t n);

/* world.c */
void world_make(struct sim *s);
void world_release(struct sim *s);
const char *world_origin(struct sim *s, const struct node *n, struct yw_origin *out);
struct node *world_node(struct sim *s, const struct yw_jurisdiction *code);

/* simnode.c */
void node_start(struct node *n);
void node_crash(struct node *n, bool power);
void node_turn(struct node *n);
void node_poke(struct node *n, int64_t at);
void node_register(struct node *n, unsigned records, bool scattered);
void node_stop(struct node *n);
struct yw_store *sim_open_store(void);
enum yw_code sim_init_guard(const struct yw_guard_io *io, struct yw_error *err);

/* wire.c */
extern const struct yw_desk_io wire_io;	/* but for its arg, the node */
void wire_connect(struct wire *w);
void wire_request(struct sim *s, struct asked *a, struct yw_buf *bytes);
void wire_reply(struct sim *s, struct asked *a, struct yw_buf *bytes);
void wire_deadline(struct asked *a);
void wire_down(struct session *x, const char *reason);
void wire_lost_node(struct node *n);

/* lie.c */
void lie(struct sim *s, bool is_request, struct yw_buf *bytes);

/* check.c */
void check_truth(struct node *n);	/* its own log, just committed */
void check_node(struct node *n, bool thorough);
void check_message(struct sim *s, struct node *from, struct node *to, struct yw_bytes bytes, bool is_request);
bool check_settled(struct sim *s, char *why, size_t len);
void check_end(struct sim *s);

/* story.c */
void story_message(struct sim *s, const struct node *from, const struct node *to, struct yw_bytes bytes,
    bool is_request);

#endif
