/*
 * transport.h - links between nodes: NNG's REQ below, REP above, a session on each (rules R1, R2).
 *
 * The child opens the connection.  Over a link the child asks and the parent answers; up to
 * YW_LINK_REQUESTS_MAX requests are under way at once, one of which may be parked above as a long poll.
 * A link is one session over one connection: when either is lost the link goes down, and the transport makes
 * another, with a growing pause.  It carries bytes and knows nothing of what they say.
 *
 * The caller's functions are called from the transport's worker threads, several at once, never with a lock
 * held, and never for a link before its link_up has returned or after its link_down.  They may take time
 * (that is what workers are for) but never wait for something that another of these calls would bring.
 * All functions here may be called from any thread, from the caller's functions too, but for
 * yw_transport_stop() and yw_transport_free(): not from those.
 */
#ifndef YW_SYNC_TRANSPORT_H
#define YW_SYNC_TRANSPORT_H

#include "sync/session.h"

#define YW_URL_MAX 271			/* tcp:// and a host name of 255 bytes and a port */
#define YW_LINK_NAME_MAX 384
#define YW_LINK_REQUESTS_MAX 6
#define YW_LINK_HELD_MAX 8		/* requests of one admitted link that wait for our answer */
#define YW_STRANGER_HELD_MAX 3		/* of one that is not admitted */
#define YW_STRANGER_FRAME_MAX (1u << 20)	/* what a child may send before one of its links is admitted */
#define YW_LISTEN_MAX 16
#define YW_DEADLINE_MAX_MS (10 * 60 * 1000)

struct yw_transport;
struct yw_link;
struct yw_call;				/* one request that waits for our answer */

struct yw_transport_ops {
	/* Appends what we say of ourselves when a session begins, at most `max` bytes. */
	void (*hello)(void *arg, size_t max, struct yw_buf *out);

	/*
	 * A session is up: with a child (its hello is what it says of itself) or with an upstream.  The peer
	 * has proved yw_link_key(), nothing else, and is a stranger until yw_link_admit().  `link` is borrowed
	 * until link_down returns; a thread that uses it beside these functions has its own yw_link_ref().
	 */
	void (*link_up)(void *arg, struct yw_link *link, struct yw_bytes hello);

	/* The last call for this link.  Calls of it that are still held must be answered now; nobody hears it. */
	void (*link_down)(void *arg, struct yw_link *link, const char *reason);

	/* A child asks.  `plain` may be taken over (moved out, leaving an empty buffer).  `call` must be
	 * answered once by yw_transport_reply(), now or later. */
	void (*request)(void *arg, struct yw_link *link, struct yw_call *call, struct yw_buf *plain);

	/*
	 * What became of a request of ours: called once for each that yw_transport_request() took.
	 *
	 * YW_OK	plain is the answer; may be taken over
	 * YW_ETIMEOUT	no answer by the deadline; the connection is cut, since it may be dead
	 * YW_EPEER	the connection was lost: the request may or may not have been executed
	 * YW_EDENIED	the peer has no room for it now
	 * YW_ESTOPPED	the link was closed
	 * others	the answer was bad; the link goes down
	 */
	void (*reply)(void *arg, struct yw_link *link, uint64_t tag, enum yw_code code, struct yw_buf *plain);
};

struct yw_transport_config {		/* borrowed for yw_transport_start() only */
	const char *const *listen;	/* tcp://host:port; port 0 takes a free one; none: nobody can connect */
	size_t n_listen;
	const char *const *upstreams;
	size_t n_upstreams;
	struct yw_hash network;
	struct yw_dh_secret key;	/* secret: wipe it after the start */
	uint16_t major, minor_low, minor_high;
	struct yw_sessions_limits limits;
	uint32_t refuse_ms;		/* first delay of a peer that was cut off; doubles */
	unsigned workers;		/* threads, at least 1 */
};

/* A config without addresses, network and key; the rest as a node of a province wants it. */
void yw_transport_defaults(struct yw_transport_config *out);

/*
 * Listens, connects, and starts the workers.  ops and arg must outlive the transport; the first calls into
 * them may come before this returns.
 *
 * YW_EINVAL	a URL that is not of the form tcp://host:port, or more than YW_LISTEN_MAX
 * YW_ECONFLICT	an address to listen on is in use
 * YW_EIO	threads or sockets could not be had
 */
YW_CHECKED enum yw_code yw_transport_start(const struct yw_transport_config *config,
    const struct yw_transport_ops *ops, void *arg, struct yw_transport **out, struct yw_error *err);

/* From now on sessions are made with this key (T5); those that are up stay. */
void yw_transport_change_key(struct yw_transport *t, const struct yw_dh_secret *key);

/*
 * Lets replies that were given go out (0.2 s at most), takes every link down, closes, joins the workers.
 * When it returns none of the caller's functions runs or will run.  Calls still held may be answered until
 * yw_transport_free(), to no effect.  Twice is once.
 */
void yw_transport_stop(struct yw_transport *t);
void yw_transport_free(struct yw_transport *t);		/* stopped, no link referenced; NULL is fine */

/* Where the i-th listen URL really listens (its port filled in); false if there is no such. */
bool yw_transport_address(struct yw_transport *t, size_t i, char out[static YW_URL_MAX + 1]);

struct yw_transport_stats {
	struct yw_sessions_count sessions;	/* of children */
	size_t connections;			/* of children */
	size_t held;				/* requests that wait for an answer of ours */
	size_t upstreams_up;
	uint64_t bad_frames;			/* malformed, forged, replayed; since the start */
};
void yw_transport_stats(struct yw_transport *t, struct yw_transport_stats *out);

/*
 * Asks the peer above.  plain is taken over on YW_OK; `tag` comes back with the reply.
 *
 * YW_ELIMIT	YW_LINK_REQUESTS_MAX are under way, or the message is longer than YW_MESSAGE_MAX
 * YW_EINVAL	the link is a child's, or the deadline is 0 or beyond YW_DEADLINE_MAX_MS
 * YW_ESTOPPED	the link is going down
 */
YW_CHECKED enum yw_code yw_transport_request(struct yw_link *link, struct yw_buf *plain, uint32_t deadline_ms,
    uint64_t tag, struct yw_error *err);

/* Answers a call and gives it up: plain is taken over, whatever happens.  Longer than YW_MESSAGE_MAX: the
 * child gets a refusal, and one line is logged. */
void yw_transport_reply(struct yw_call *call, struct yw_buf *plain);

/* --- links --- */

struct yw_link *yw_link_ref(struct yw_link *link);
void yw_link_unref(struct yw_link *link);

bool yw_link_upstream(const struct yw_link *link);		/* we opened it and ask */
const struct yw_dh_public *yw_link_key(const struct yw_link *link);
const char *yw_link_address(const struct yw_link *link);	/* the URL, or where the child connected from */

/* How every line about a peer names it: "320102 at 10.1.2.3:50412", before it is admitted "stranger
 * 9f86d081 at ..." by the start of its key.  Valid as long as the link. */
const char *yw_link_name(const struct yw_link *link);

/*
 * The peer is who it says: `code` enters its name, a child's quota as a stranger ends.  Once per link.
 * YW_ELIMIT: as many children as are allowed; YW_ESTOPPED: it is going down.
 */
YW_CHECKED enum yw_code yw_link_admit(struct yw_link *link, const char *code, struct yw_error *err);

/*
 * Cuts off a peer that lied or broke the protocol: logs one line, drops session and connection, and lets it
 * back only after a delay that grows with each time.  link_down follows.  Twice is once.
 */
void yw_link_close(struct yw_link *link, const char *reason);

/* The caller's own pointer beside a link: set in link_up. */
void yw_link_set_data(struct yw_link *link, void *data);
void *yw_link_data(const struct yw_link *link);

#endif
