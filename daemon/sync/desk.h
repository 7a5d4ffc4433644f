/*
 * desk.h - who waits for whom: one turn of a node over its links, without any I/O (R1).
 *
 * Upwards one long poll is kept out per link, beside it requests when there is something to say.  Downwards
 * calls are answered at once, or parked until there is something to say or their time is up.  The node (over
 * the transport) and the simulation (over a virtual network) drive the same desk:
 *
 *	yw_desk_up, _down, _request, _reply	what came in, in any order; jobs of the node's own
 *	yw_desk_commit()			ends the turn
 *	yw_desk_speak()				answers and asks, from what was committed
 *
 * Thread: the one that owns the ledger.
 */
#ifndef YW_SYNC_DESK_H
#define YW_SYNC_DESK_H

#include "sync/exchange.h"

#define YW_DESK_REQUESTS_MAX 6		/* of ours under way on one link, the long poll among them */

struct yw_desk;
struct yw_desk_peer;

/* `link` and `call` are the caller's own, passed through. */
struct yw_desk_io {
	/* Sends a request; `plain` is taken over if it says true.  yw_desk_reply() follows, once. */
	bool (*request)(void *arg, void *link, struct yw_buf *plain, uint32_t deadline_ms, uint64_t tag);
	void (*reply)(void *arg, void *call, struct yw_buf *plain);
	/* The peer has proved its code.  False: there is no room for it. */
	bool (*admit)(void *arg, void *link, const char *code);
	/* Cut it off; yw_desk_down() follows, later. */
	void (*close)(void *arg, void *link, const char *reason);
	void *arg;
};

/* Ledger and exchange are borrowed. */
YW_CHECKED enum yw_code yw_desk_new(struct yw_ledger *l, struct yw_exchange *x, const struct yw_clock *clock,
    const struct yw_desk_io *io, struct yw_desk **out, struct yw_error *err);
void yw_desk_free(struct yw_desk *d);		/* every peer is down; NULL is fine */

/* A session is up; `hello` is what the peer said of itself, it may be empty.  NULL: the link was closed again. */
struct yw_desk_peer *yw_desk_up(struct yw_desk *d, void *link, bool upstream, const struct yw_dh_public *key,
    const char *name, struct yw_bytes hello);
/* Calls of it that still wait are answered, to nobody. */
void yw_desk_down(struct yw_desk *d, struct yw_desk_peer *p);

/* A child asks: `in` and `call` are taken over. */
void yw_desk_request(struct yw_desk *d, struct yw_desk_peer *p, void *call, struct yw_inbound *in);
/* What became of a request of ours: `in` (NULL unless code is YW_OK) is taken over. */
void yw_desk_reply(struct yw_desk *d, struct yw_desk_peer *p, uint64_t tag, enum yw_code code, struct yw_inbound *in);
/* What the peer sent does not decode, or is otherwise bad. */
void yw_desk_blame(struct yw_desk *d, struct yw_desk_peer *p, const struct yw_error *why);

/* Beats, receipts, and the commit.  What it returns is the ledger's: after a failure nothing of the turn happened. */
YW_CHECKED enum yw_code yw_desk_commit(struct yw_desk *d, struct yw_error *err);
void yw_desk_speak(struct yw_desk *d);
/* When the next turn begins at the latest (monotonic). */
int64_t yw_desk_wake(const struct yw_desk *d);

/* Answers all that is parked: the node is about to stop. */
void yw_desk_dismiss(struct yw_desk *d);

#endif
