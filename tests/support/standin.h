/*
 * standin.h - a stand-in for the daemon on its local socket: the wire by hand, over plain blocking sockets.
 *
 * One thread per connection, the caller's; -1 and false say that the other side has left.
 */
#ifndef YW_TESTS_SUPPORT_STANDIN_H
#define YW_TESTS_SUPPORT_STANDIN_H

#include "base/buf.h"

int yw_standin_listen(const char *path);	/* replaces what is there; shutdown() ends an accept */
int yw_standin_accept(int listener);		/* both have greeted */

struct yw_standin_question {
	uint8_t id[4];
	struct yw_buf body;
};
bool yw_standin_hear(int fd, struct yw_standin_question *q);	/* q->body is replaced */
bool yw_standin_say(int fd, const struct yw_standin_question *q, struct yw_bytes reply);

#endif
