/*
 * puppet.h - a peer on strings: the keys of an admitted node in the hands of a test, which says with them to a real
 * daemon what no daemon would, over plain blocking sockets.
 *
 *	struct yw_puppet p;
 *	yw_puppet_take(&p, node);			-- a node that is admitted and whose daemon does not run
 *	yw_puppet_connect(&p, city);			-- as a child; or yw_puppet_listen, _accept as a parent
 *	yw_puppet_fetch(&p);				-- its own log as the city holds it, into p.log
 *	yw_tnet_add_bodies(&p.log, ...);
 *	yw_say_package(&x, &package, &body, 1);
 *	reply = yw_puppet_ask(&p, &x);			-- NULL: it was cut off
 *
 * One thread.  What fails here ends the test case; so does a daemon that says nothing for a minute.
 */
#ifndef YW_TESTS_SUPPORT_PUPPET_H
#define YW_TESTS_SUPPORT_PUPPET_H

#include "service/home.h"
#include "support/lnet.h"
#include "support/nodes.h"
#include "sync/session.h"
#include "yiwang/v1/sync.pb-c.h"

struct yw_puppet {
	struct yw_test_node *node;
	struct yw_home home;			/* its keys, and the network */
	struct yw_session_self self;
	struct yw_tlog log;
	int fd;					/* -1: not connected */
	struct yw_session *session;
	uint32_t asked;				/* id of its last request */
	/* as a parent: */
	int listener;				/* -1: it is none */
	struct yw_sessions *sessions;
	uint8_t heard[4];			/* id of the request heard last, and its number */
	uint64_t heard_m;
};

void yw_puppet_take(struct yw_puppet *p, struct yw_test_node *n);
void yw_puppet_release(struct yw_puppet *p);	/* leaves too */

/* --- As a child --- */

/* Until the daemon lets it in, which after being cut off takes a while. */
void yw_puppet_connect(struct yw_puppet *p, const struct yw_test_node *parent);
void yw_puppet_leave(struct yw_puppet *p);

/* Asks with an Exchange and waits for the answer, the caller's (yw_decode_free); NULL: the connection was closed. */
Yiwang__V1__PeerReply *yw_puppet_ask(struct yw_puppet *p, const struct yw_buf *exchange);

/* Sends without waiting; false: the connection was closed. */
bool yw_puppet_send(struct yw_puppet *p, const struct yw_buf *exchange);
bool yw_puppet_send_frame(struct yw_puppet *p, struct yw_bytes frame);		/* in place of a session's message */
void yw_puppet_await_end(struct yw_puppet *p);	/* reads on until the daemon closes the connection */
bool yw_puppet_send_part(struct yw_puppet *p, size_t announced, size_t sent);	/* of a message, zeros */

void yw_puppet_fetch(struct yw_puppet *p);

/* --- As a parent --- */

void yw_puppet_listen(struct yw_puppet *p);		/* where its daemon would */
void yw_puppet_accept(struct yw_puppet *p);		/* until a child has a session */
void yw_puppet_hear(struct yw_puppet *p);		/* its next request */
void yw_puppet_answer(struct yw_puppet *p, const struct yw_buf *exchange);	/* the request heard last */

/* --- What it says: parts of an Exchange, to be appended in this order --- */

void yw_say_head(struct yw_buf *x, struct yw_tlog *l, uint64_t size);		/* news: so much is held and verified */
void yw_say_size(struct yw_buf *x, const char *origin, uint64_t size);		/* the same of any log, without a head */
void yw_say_want(struct yw_buf *x, const char *origin, uint64_t from, const struct yw_hash *root);
/* Bodies of its entries in order, one item each; data NULL: left out. */
void yw_say_package(struct yw_buf *x, const struct yw_package *p, const struct yw_bytes *bodies, size_t n_bodies);
void yw_say_package_as_it_is(struct yw_buf *x, const Yiwang__V1__Package *m);
void yw_say_place(struct yw_buf *x, const char *origin, uint64_t index, uint32_t item);
void yw_say_poll(struct yw_buf *x, uint32_t wait_ms);

#endif
