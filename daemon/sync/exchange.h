/*
 * exchange.h - who lacks what: the sans-I/O core of replication (rules R3 to R7, T14, L6).
 *
 * One object per node, over its ledger.  A link is one authenticated session with one peer; over it both sides
 * say the same kind of thing (proto Exchange): what I hold, what I want, what you wanted.  The core never waits
 * and never sends: it takes messages and times, and says what to send when asked.
 *
 * Thread: the one that owns the ledger (the writer); yw_inbound_read() runs in any.
 *
 * A turn, as node.c and the simulation drive it:
 *	yw_exchange_take(...) for each message that came; yw_exchange_tick();
 *	yw_ledger_commit();
 *	yw_exchange_make(link) for each link that may send; yw_exchange_wake().
 */
#ifndef YW_SYNC_EXCHANGE_H
#define YW_SYNC_EXCHANGE_H

#include "ledger/ledger.h"
#include "sync/alarms.h"
#include "trust/instance.h"

struct yw_exchange;
struct yw_exchange_link;
struct yw_inbound;

#define YW_EXCHANGE_WAIT_MS 25000		/* R1: longest parked poll */

struct yw_exchange_options {
	struct yw_ledger *ledger;
	struct yw_clock clock;
	void (*random)(void *arg, void *out, size_t len);	/* instance id, order among equals */
	void *random_arg;
	struct yw_bytes request;		/* own SignedRequest: handed in while joining (T14, `node join`) */
	struct yw_bytes next_request;		/* that of the keys which were asked for (T5); empty: none were */
	size_t memory_bytes;			/* most bytes of packages and bodies held in flight, all links */
	/* One line about a peer for the log; `level` as in base/log.h.  May be NULL. */
	void (*say)(void *arg, int level, const char *event, const char *line);
	void *say_arg;
};
YW_CHECKED enum yw_code yw_exchange_new(const struct yw_exchange_options *o, struct yw_exchange **out,
    struct yw_error *err);
void yw_exchange_free(struct yw_exchange *x);

/* --- Links --- */

/* Appends my hello (a serialised Hello) as of now. */
YW_CHECKED enum yw_code yw_exchange_hello(struct yw_exchange *x, struct yw_buf *out, struct yw_error *err);

/*
 * A session is up.  `upstream`: I opened it, so I send requests and the peer replies.  `name`: for log lines.
 * `key`: the peer's static key.  The peer is a stranger until a hello in its messages proves a chain that ends
 * in that key.
 */
YW_CHECKED enum yw_code yw_exchange_link_up(struct yw_exchange *x, bool upstream, const struct yw_dh_public *key,
    const char *name, struct yw_exchange_link **out, struct yw_error *err);
void yw_exchange_link_down(struct yw_exchange *x, struct yw_exchange_link *link);

/* The payload of Noise message 3 (child -> parent).  An error refuses the link, with the reason to send. */
YW_CHECKED enum yw_code yw_exchange_take_hello(struct yw_exchange *x, struct yw_exchange_link *link,
    struct yw_bytes hello, struct yw_error *err);

/* Code of the peer once proven, "" for a stranger. */
const struct yw_jurisdiction *yw_exchange_link_code(const struct yw_exchange_link *link);

/* --- Messages --- */

/*
 * Any thread: decodes one message (a PeerRequest where `is_request`, else a PeerReply) and checks everything that
 * needs no state: packages by yw_package_check, bodies by yw_body_check.  Takes over `bytes` (a heap buffer) on
 * YW_OK.  YW_EPEER: no honest peer sends this.
 */
YW_CHECKED enum yw_code yw_inbound_read(struct yw_buf *bytes, bool is_request, struct yw_inbound **out,
    struct yw_error *err);
void yw_inbound_free(struct yw_inbound *in);
bool yw_inbound_empty(const struct yw_inbound *in);	/* it says and asks nothing */

/* Applies it in the open turn; frees `in`.  YW_EPEER / YW_ESIG: cut this peer off, err names why.  Other
 * refusals are answered or ignored inside.  *wait_ms: how long the peer lets a request be parked (0: answer now). */
YW_CHECKED enum yw_code yw_exchange_take(struct yw_exchange *x, struct yw_exchange_link *link, struct yw_inbound *in,
    uint32_t *wait_ms, struct yw_error *err);

/* Something this peer sent earlier turned out bad when its turn came: cut it off, *why says why.  Asked of every
 * link after the takes of a turn. */
bool yw_exchange_link_failed(const struct yw_exchange_link *link, struct yw_error *why);

/*
 * How long to wait before the next poll or question where this peer takes us for a stranger, as one that nobody has admitted
 * yet or that was closed: such are never parked (R1).  The longer the session has lasted the longer, so that an eighth of what
 * was waited comes on top, up to the longest parked poll.
 */
int64_t yw_exchange_patience(const struct yw_exchange_link *link);

/* A request of ours got no answer (deadline, link cut): what it carried or asked for may be said again. */
void yw_exchange_lost(struct yw_exchange *x, struct yw_exchange_link *link);

/*
 * After the commit: the next message for this peer, if there is something to say.
 *
 * Upstream link: a PeerRequest; `wait_ms` > 0 makes it a long poll (always made, so that one can be kept parked).
 * Downstream link: the PeerReply to one request; `must` makes it even if there is nothing to say (the deadline
 * of a parked poll came, or the request was not a long poll).
 * *made says whether something was appended to *out.
 */
YW_CHECKED enum yw_code yw_exchange_make(struct yw_exchange *x, struct yw_exchange_link *link,
    uint32_t wait_ms, bool must, struct yw_buf *out, bool *made, struct yw_error *err);

/* Nothing is to be said to anybody: who waits may wait on.  Asked after the commit, in place of making their messages. */
bool yw_exchange_still(struct yw_exchange *x);

/* Before the commit: beats, receipts, expiry. */
YW_CHECKED enum yw_code yw_exchange_tick(struct yw_exchange *x, struct yw_error *err);

/* The commit of this turn failed: what was taken in it is asked for again, a little later. */
void yw_exchange_undone(struct yw_exchange *x);

/* When to begin the next turn at the latest (monotonic); asked after the messages of this one were made. */
int64_t yw_exchange_wake(const struct yw_exchange *x);

/* --- Questions for service/ (on the writer's thread) --- */

struct yw_peer_info {
	struct yw_jurisdiction code;	/* "" for a stranger */
	char name[96];
	bool upstream;
	int64_t up_since_ms, heard_ms;	/* monotonic */
	uint64_t own_held;		/* my log, durable there through (R7) */
	/* How far I am behind it: entries of any log that it says it has verified and I have not, and for how long the
	 * oldest such word has stood, by my own clock since it came in this session: nobody else's clock counts.  A
	 * log that I fetch no more (frozen, broken) is not counted. */
	uint64_t lag_entries;
	int64_t lag_ms;			/* 0 where lag_entries is 0 */
};
size_t yw_exchange_peers(const struct yw_exchange *x, struct yw_peer_info *out, size_t max);

/* Logs of which something is silent that should not be, by number (R4).  Looks, and says in the log what begins and ends:
 * to be called every YW_EXCHANGE_LOOK_MS, and whenever somebody asks. */
struct yw_alarm_at {
	uint32_t log;
	enum yw_alarm alarm;
	int64_t for_ms;
};
#define YW_EXCHANGE_LOOK_MS (5 * 60 * 1000)
size_t yw_exchange_alarms(struct yw_exchange *x, struct yw_alarm_at *out, size_t max);

/* My log up to `size`: is it durable at `code` (session acknowledgement, or that code's receipt), or, with code
 * "", in a beat with quorum (R7)? */
bool yw_exchange_durable(const struct yw_exchange *x, const struct yw_jurisdiction *code, uint64_t size);

struct yw_durable_at {
	struct yw_jurisdiction code;
	uint64_t size;			/* my log is durable there through so many entries */
};
/* Everybody of whom that is known, by session or by receipt, in the order of codes; returns how many were written. */
size_t yw_exchange_durable_at(const struct yw_exchange *x, struct yw_durable_at *out, size_t max);

/* Requests that were handed in (T14), by strangers, and by nodes that want new keys (T5): one per code, bounded,
 * expiring. */
struct yw_pending_join {
	struct yw_jurisdiction code;
	uint32_t generation, key_set;
	bool by_old_keys;		/* the newest head key of that code's log signed it too (B10) */
	struct yw_hash request;
	char fingerprint[YW_FINGERPRINT_MAX];
	int64_t received_utc_ms;
	struct yw_bytes signed_request;	/* borrowed until the next turn */
};
size_t yw_exchange_pending(const struct yw_exchange *x, struct yw_pending_join *out, size_t max);
/* Takes a request out of the list: granted (the ledger has it) or refused with a reason for the joiner. */
void yw_exchange_settle_join(struct yw_exchange *x, const struct yw_jurisdiction *code, const char *refusal);

/* Codes of which entry 0 and a head are kept though nobody has admitted them here (T14). */
size_t yw_exchange_strange(const struct yw_exchange *x, struct yw_jurisdiction *out, size_t max);

/* V6: has every peer that is connected been asked for what my own log and those before it lack, and said that it has none of
 * it?  True also where nobody is connected. */
bool yw_exchange_asked_all(const struct yw_exchange *x);

/* A person's word that my log may be older than what others hold of it (L2).  YW_EINVAL: it is being fetched already. */
YW_CHECKED enum yw_code yw_exchange_refetch(struct yw_exchange *x, struct yw_error *err);
/* A person's word that this machine goes on and others with its keys are at an end (L5).  YW_EINVAL: none is known. */
YW_CHECKED enum yw_code yw_exchange_take_over(struct yw_exchange *x, struct yw_error *err);

/* How far my own joining has come, in one sentence; "" once admitted. */
const char *yw_exchange_joining(const struct yw_exchange *x);

/* New keys were asked for (T5): their request is handed in at whoever acts for my issuer, in every session with it,
 * until its log has granted it.  Empty: nothing is asked for any more. */
YW_CHECKED enum yw_code yw_exchange_ask_keys(struct yw_exchange *x, struct yw_bytes signed_request, struct yw_error *err);
/* And how far that has come; "" while nothing is asked for. */
const char *yw_exchange_new_keys(const struct yw_exchange *x);

#endif
