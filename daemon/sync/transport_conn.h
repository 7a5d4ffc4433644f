/*
 * transport_conn.h - one connection that speaks NNG's REQ/REP wire protocol, over NNG's byte streams.
 *
 * On the wire this is NNG (scalability protocols over TCP): each side greets with 00 'S' 'P' 00 ‖ protocol
 * u16 (REQ 0x30, REP 0x31) ‖ 00 00; then messages, each a length u64 ‖ request id ‖ body.  A request id is
 * one to eight u32 of which only the last has its top bit set; a reply repeats the id of its request.
 * Over a local socket (ipc://) a byte 01 stands before each length.  Sockets of NNG on the other side cannot
 * tell the difference, and a test asks them.
 *
 * Why not NNG's own sockets: in NNG 1.5.2 a pipe that is closed between the two reads of a message (length,
 * then body) never finishes that receive; the thread that reaps pipes, one for the process, waits for it for
 * ever, and from then on no connection is ever taken down or made again (nanomsg/nng issues 1543 and 1813;
 * stress cut about one connection in 150 so).  Whoever connects could do that to a node by sending and
 * resetting.  Here no operation is posted on a closing stream, and nothing waits for one.  Besides, strangers
 * can be given a smaller limit, and an answer needs no context that could run out.
 *
 * Any thread may call; the owner's functions are called from NNG's threads, must be short, and may call back.
 * Lock: one per connection, below all others; nothing of the owner's is called under it.
 */
#ifndef YW_SYNC_TRANSPORT_CONN_H
#define YW_SYNC_TRANSPORT_CONN_H

#include <sys/types.h>

#include "base/buf.h"

#define YW_CONN_ID_MAX 32		/* bytes of a request id: eight hops */
#define YW_CONN_ADDRESS_MAX 63

struct yw_conn;
struct yw_listener;
struct yw_dialer;

struct yw_conn_msg {			/* one message; the receiver's, free() */
	uint8_t id[YW_CONN_ID_MAX];
	size_t id_len;
	size_t len;			/* of the body */
	const uint8_t *body;
	uint8_t bytes[];
};

struct yw_conn_ops {
	/* Listener: may one more come in?  Gives what becomes `arg` of the connection's, or NULL. */
	void *(*incoming)(void *listener_arg);

	/* It exists: c is the owner's reference. */
	void (*begun)(void *arg, struct yw_conn *c);

	/* Both sides have greeted: messages may go; one comes in after each yw_conn_read(). */
	void (*opened)(void *arg);

	/* A whole message. */
	void (*message)(void *arg, struct yw_conn_msg *m);

	/* It broke, or never began; at most once, and not for what yw_conn_close() does.  YW_EPEER: it sent what no honest
	 * peer sends; YW_ETIMEOUT: it stalled; anything else befalls honest peers too. */
	void (*lost)(void *arg, enum yw_code code, const char *why);

	/* The last call, once for each `incoming` that gave something and each dial: nothing refers to arg. */
	void (*released)(void *arg);
};

/* Reads one message; at most one at a time, and after `opened`.  A listener's connection rests first while megabytes of
 * answers are not read by the other side. */
void yw_conn_read(struct yw_conn *c);

/* The longest message from now on (at first: what the listener or dialer says). */
void yw_conn_set_max(struct yw_conn *c, size_t max);

/* Queues a message, taking body over whatever happens; false: no memory, or closed. */
bool yw_conn_send(struct yw_conn *c, const uint8_t *id, size_t id_len, struct yw_buf *body);
bool yw_conn_sent(struct yw_conn *c);			/* nothing is queued */

void yw_conn_close(struct yw_conn *c);			/* at once; what is queued is lost */
struct yw_conn *yw_conn_ref(struct yw_conn *c);
void yw_conn_unref(struct yw_conn *c);			/* NULL is fine; not under a lock that `released` takes */

/* The other end, as text and as the 4 or 16 bytes of its address (0: unknown). */
void yw_conn_address(struct yw_conn *c, char text[static YW_CONN_ADDRESS_MAX + 1], uint8_t raw[static 16], size_t *raw_len);

/* Over a local socket: who is there, as the kernel says.  False: unknown. */
struct yw_conn_user {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};
bool yw_conn_user(struct yw_conn *c, struct yw_conn_user *out);

/*
 * Listens; url is tcp://ADDRESS:PORT, with * for every address and 0 for any port; *port is what it got.  Or it is
 * ipc://PATH: a socket of mode 0660; *port is 0.  One that nobody listens on any more is replaced, and so is a
 * regular file: look before.
 * YW_EINVAL a url that is not understood, YW_ECONFLICT in use, YW_EIO.
 */
YW_CHECKED enum yw_code yw_listener_open(const char *url, size_t max, const struct yw_conn_ops *ops, void *arg,
    struct yw_listener **out, int *port, struct yw_error *err);
void yw_listener_close(struct yw_listener *l);		/* waits for its own callback; NULL is fine */

YW_CHECKED enum yw_code yw_dialer_open(const char *url, size_t max, const struct yw_conn_ops *ops,
    struct yw_dialer **out, struct yw_error *err);
/* One at a time: `released` of the one before was called.  YW_ENOMEM: nothing was begun. */
YW_CHECKED enum yw_code yw_dialer_dial(struct yw_dialer *d, void *arg);
void yw_dialer_stop(struct yw_dialer *d);		/* a dial under way is lost */
void yw_dialer_free(struct yw_dialer *d);		/* all were released; NULL is fine */

#endif
