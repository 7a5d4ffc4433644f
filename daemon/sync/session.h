/*
 * session.h - rule R2: who speaks, and sealed messages, above any pipe that carries a request and its reply.
 *
 * No I/O: frames are bytes; clock and randomness are handed in.  The session proves which X25519 key the
 * other side holds and keeps messages secret, whole, and apart; it does not know what a key may do or
 * what a message says.  The caller compares the key with the delegated one, judges the `hello`, admits.
 *
 * FRAMES.  A request and its reply begin with one byte.  Numbers are big-endian.  `noise(n)` is message n
 * of Noise_XX_25519_ChaChaPoly_SHA256; the initiator is the side that connects and asks.
 *
 *  request		bytes
 *  1 offer		01 ‖ length u16 ‖ offer ‖ noise(1), payload empty (32 bytes)
 *			  offer = network hash (32) ‖ major u16 ‖ lowest minor u16 ‖ highest minor u16 ‖ more
 *			  (`more`: nothing today, ignored when read; length 38 to 256)
 *  2 finish		02 ‖ session id (8) ‖ noise(3), payload = the initiator's hello (at most 65,471 bytes)
 *  3 message		03 ‖ session id (8) ‖ m u64 ‖ chunks
 *
 *  reply
 *  0 unknown		00					no such session: shake hands again
 *  1 choice		01 ‖ session id (8) ‖ minor u16 ‖ noise(2), payload empty (96 bytes)
 *  2 welcome		02 ‖ session id (8) ‖ m u64 ‖ chunks	a sealed reply to the finish; plaintext = the
 *								responder's hello
 *  3 message		03 ‖ session id (8) ‖ m u64 ‖ chunks
 *  4 refusal		04 ‖ reason (1) ‖ responder's major u16 ‖ major offered u16 ‖ responder's lowest and
 *			highest minor u16 each (in clear; more may follow, ignored)
 *
 * The start of an offer up to the major, and a refusal, are the same in every major version: of two nodes
 * that cannot talk each can say why.  A request that is none of these is answered by 0.
 *
 * Bound to the handshake hash: the prologue is the offer request from its first byte to the last before
 * noise(1); the choice reply from its first byte to the last before noise(2) is mixed in (MixHash) after
 * noise(1) and before noise(2).  So a changed offer, id or choice makes noise(2) or noise(3) fail.
 *
 * SEALED MESSAGES.  After noise(3) Split gives k1, with which the initiator seals, and k2, the responder's.
 * m counts the messages sealed in one direction, from 1; the welcome is the responder's 1.  The plaintext
 * (at most YW_MESSAGE_MAX) is cut into chunks of 65,519 bytes, the last one shorter; an empty one is one
 * empty chunk.  Each is sent as length u16 ‖ ciphertext and tag (16 to 65,535 bytes); a reader takes
 * chunks of any length, at most 4,096 of them and at most YW_FRAME_MAX bytes of frame.
 * Chunk c (from 0) of `total` is sealed by ChaCha20-Poly1305 with
 *	nonce		4 zero bytes ‖ (m * 4096 + c) as u64 little-endian
 *	associated data	session id (8) ‖ direction (1: 0 request, 1 reply) ‖ m u64 ‖ c u16 ‖ total u16 ‖
 *			answered u64: the m of the request that a reply answers, 0 in requests and in the welcome
 * Messages may arrive in any order or not at all.  Per direction the reader remembers the highest m that
 * verified and the 1,024 up to it: one seen before, or older than those, is refused.
 *
 * LIFE.  The initiator shakes hands again after a day, and after a reply 0.  The responder keeps half-open
 * sessions for YW_HALF_OPEN_MS, others for a day and an hour, or until they were silent for
 * YW_SESSION_IDLE_MS.  A session may outlive the connection it was made on; either side may drop it then.
 *
 * THREADS.  Everything but an initiator's handshake (one thread at a time) may be called from any thread.
 * Locks: the table's, then a session's; neither is held while a message is sealed or opened, nor while
 * `gone` is called.  Sessions are reference counted; a dropped one refuses to seal and to open.
 */
#ifndef YW_SYNC_SESSION_H
#define YW_SYNC_SESSION_H

#include <pthread.h>

#include "base/clock.h"
#include "crypto/keys.h"
#include "sync/penalty.h"

#define YW_SESSION_ID_BYTES 8
#define YW_OFFER_BYTES 38
#define YW_OFFER_MAX 256
#define YW_HELLO_MAX 65471		/* what fits noise(3); a longer hello goes in the first message */
#define YW_CHUNK_PLAIN_MAX (YW_CHUNK_MAX - 16)
#define YW_FRAME_HEAD 17		/* kind, session id, m */
#define YW_FRAME_MAX (YW_FRAME_HEAD + YW_MESSAGE_MAX + (YW_MESSAGE_MAX / YW_CHUNK_PLAIN_MAX + 1) * (2 + 16))
#define YW_SESSION_WINDOW 1024
#define YW_SESSION_DAY_MS (24 * 3600 * 1000)
#define YW_SESSION_GRACE_MS (3600 * 1000)	/* how much longer than the initiator the responder holds on */
#define YW_SESSION_IDLE_MS (5 * 60 * 1000)	/* a long poll comes every 25 s */
#define YW_HALF_OPEN_MS (10 * 1000)
#define YW_SESSIONS_PER_KEY 4		/* a node's old sessions beside its new one, and a clone's (L5) */

#define YW_PROTOCOL_MAJOR 1
#define YW_PROTOCOL_MINOR_LOW 0
#define YW_PROTOCOL_MINOR_HIGH 0

enum yw_refusal {	/* the reason byte of reply 4 */
	YW_REFUSED_MAJOR = 1,		/* another major version: both are named */
	YW_REFUSED_NETWORK = 2,		/* another network hash */
	YW_REFUSED_MINOR = 3,		/* no minor version in common */
	YW_REFUSED_BUSY = 4,		/* no room for another session now */
	YW_REFUSED_PEER = 5		/* this peer is not wanted, or not yet again */
};

/* Randomness as a thing that is handed in, so that a simulation can seed it. */
struct yw_random_source {
	void (*fill)(void *arg, void *out, size_t len);
	void *arg;
};
extern const struct yw_random_source yw_random_real;

/* What this node brings to every handshake.  Borrowed by what is made from it, for its whole life. */
struct yw_session_self {
	struct yw_hash network;		/* B10 */
	struct yw_dh_secret key;	/* secret: the delegated session key */
	uint16_t major, minor_low, minor_high;
	struct yw_clock clock;
	struct yw_random_source random;
	pthread_mutex_t *lock;		/* under which the key changes (T5); NULL: it never does */
};

struct yw_session;

struct yw_session *yw_session_ref(struct yw_session *s);
void yw_session_unref(struct yw_session *s);	/* the last one wipes and frees; NULL is fine */

/* These never change once the handshake is done. */
const struct yw_dh_public *yw_session_peer_key(const struct yw_session *s);

/*
 * The initiator: offer, accept, confirm, each with the reply to the one before; then requests.
 *
 * *out is the caller's reference.  Frames are appended to `request`.  After a failure of accept or
 * confirm the session is of no use: unref it and begin again, later.
 *
 * YW_EDENIED	the peer refused (reply 4): the sentence says why and names both versions
 * YW_ENOENT	the peer does not know the session (reply 0)
 * YW_EFORMAT	not a reply of the kind that is due
 * YW_ESIG	the handshake or the welcome does not verify
 * YW_EINVAL	a call out of turn, or a low-order key
 * YW_ELIMIT	the hello is longer than YW_HELLO_MAX, or the peer's than YW_MESSAGE_MAX
 */
YW_CHECKED enum yw_code yw_session_offer(const struct yw_session_self *self, struct yw_session **out,
    struct yw_buf *request, struct yw_error *err);
YW_CHECKED enum yw_code yw_session_accept(struct yw_session *s, struct yw_bytes reply, struct yw_bytes hello,
    struct yw_buf *request, struct yw_error *err);
YW_CHECKED enum yw_code yw_session_confirm(struct yw_session *s, struct yw_bytes reply,
    struct yw_buf *peer_hello, struct yw_error *err);

/* Is a new handshake due (a day old)? */
bool yw_session_due(const struct yw_session *s);

/*
 * Seals a request; *m is what yw_session_open_reply() needs for its answer.
 *
 * YW_ELIMIT	longer than YW_MESSAGE_MAX
 * YW_ESTOPPED	the session was dropped, or its numbers are used up
 */
YW_CHECKED enum yw_code yw_session_request(struct yw_session *s, struct yw_bytes plain, uint64_t *m,
    struct yw_buf *frame, struct yw_error *err);

/*
 * Opens the reply to request m; the plaintext is appended on YW_OK only.
 *
 * YW_ENOENT	reply 0
 * YW_EDENIED	reply 4
 * YW_EFORMAT	not a message frame of this session
 * YW_ESIG	forged, damaged, or the answer to another request
 * YW_ECONFLICT	a replay, or older than the window
 * YW_ELIMIT	a frame over YW_FRAME_MAX, or a plaintext over YW_MESSAGE_MAX
 * YW_ESTOPPED	the session was dropped
 */
YW_CHECKED enum yw_code yw_session_open_reply(struct yw_session *s, uint64_t m, struct yw_bytes frame,
    struct yw_buf *plain, struct yw_error *err);

/* No more of this session: seal and open give YW_ESTOPPED from now on.  (A responder's: yw_sessions_drop.) */
void yw_session_stop(struct yw_session *s);

/* The responder's table. */
struct yw_sessions;

struct yw_sessions_limits {
	size_t admitted;	/* sessions that the caller admitted; one more is refused */
	size_t strangers;	/* established, not admitted: one more pushes the longest silent of the most crowded address out */
	size_t half_open;	/* one more pushes the oldest out */
};

enum yw_dropped {	/* why a session left the table without the caller */
	YW_DROPPED_OLD,		/* a day and an hour */
	YW_DROPPED_SILENT,
	YW_DROPPED_CROWDED	/* pushed out: too many strangers, or too many sessions of one key */
};

/* Called without any lock for each established session that the table dropped by itself; s is borrowed. */
typedef void yw_session_gone(void *arg, struct yw_session *s, enum yw_dropped why);

YW_CHECKED enum yw_code yw_sessions_new(const struct yw_session_self *self,
    const struct yw_sessions_limits *limits, yw_session_gone *gone, void *arg, struct yw_sessions **out);
void yw_sessions_free(struct yw_sessions *t);	/* drops all, silently; NULL is fine */

enum yw_fed {
	YW_FED_REPLY,		/* nothing to do but to send `reply` */
	YW_FED_HELLO,		/* a new session; plain = its hello: judge it, then yw_session_welcome() */
	YW_FED_REQUEST		/* plain = a request: answer by yw_session_reply() */
};

struct yw_sessions_in {
	enum yw_fed what;
	enum yw_code fault;		/* REPLY: what was wrong with the frame; YW_OK for a good offer */
	struct yw_session *session;	/* HELLO, REQUEST: the caller's reference */
	uint64_t m;			/* REQUEST */
};

/*
 * Takes a request frame and says in *in what is to be done about it; `plain` or `reply` is appended to.  from: by which
 * address who sent it is known, so that strangers there take places from each other first; NULL: unknown.
 * Every frame has an answer: one that is garbage, forged, replayed or of no known session too.  Then
 * in->fault and the sentence in err say what was wrong with it, for the caller to count:
 *
 *	YW_EFORMAT, YW_ELIMIT	does not decode, over a limit
 *	YW_ENOENT		no such session
 *	YW_ESIG, YW_EINVAL	forged, damaged, a low-order key
 *	YW_ECONFLICT		a replay, or older than the window
 *	YW_EDENIED		refused (reply 4): another network or version, or no room
 *
 * Returns YW_OK, or YW_ENOMEM: *in is not set, there is no reply.
 */
YW_CHECKED enum yw_code yw_sessions_feed(struct yw_sessions *t, struct yw_bytes frame, const struct yw_penalty_who *from,
    struct yw_sessions_in *in, struct yw_buf *plain, struct yw_buf *reply, struct yw_error *err);

/* Seals the welcome or the reply to request m: as yw_session_request(). */
YW_CHECKED enum yw_code yw_session_welcome(struct yw_session *s, struct yw_bytes hello, struct yw_buf *reply,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_session_reply(struct yw_session *s, uint64_t m, struct yw_bytes plain,
    struct yw_buf *reply, struct yw_error *err);

/* Appends reply 4 for a peer whose hello was not liked, or that came too soon. */
void yw_session_refuse(const struct yw_session_self *self, enum yw_refusal why, uint16_t offered_major,
    struct yw_buf *reply);

/* No longer a stranger.  YW_ELIMIT: there are as many as the limits allow; YW_ENOENT: no longer in the table. */
YW_CHECKED enum yw_code yw_sessions_admit(struct yw_sessions *t, struct yw_session *s, struct yw_error *err);

/* Forgets a session (`gone` is not called).  One that is not in the table: nothing happens. */
void yw_sessions_drop(struct yw_sessions *t, struct yw_session *s);

/* Drops what is too old or silent; once a second or so. */
void yw_sessions_expire(struct yw_sessions *t);

struct yw_sessions_count {
	size_t admitted, strangers, half_open;
};
void yw_sessions_count(struct yw_sessions *t, struct yw_sessions_count *out);

/* The caller's own pointer beside a session: set once, before the welcome. */
void yw_session_set_data(struct yw_session *s, void *data);
void *yw_session_data(const struct yw_session *s);

#endif
