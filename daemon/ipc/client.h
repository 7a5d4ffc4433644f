/*
 * client.h - the command's end of the local socket: one question at a time, each with a deadline.
 *
 * Nothing is sent twice by itself: where the connection is lost, it is not known whether the daemon has
 * done what it was asked, and the person decides.
 */
#ifndef YW_IPC_CLIENT_H
#define YW_IPC_CLIENT_H

#include "base/buf.h"
#include "base/limits.h"

#define YW_CLIENT_REPLY_MAX (YW_EVIDENCE_MAX + (8u << 20))	/* data and result */
#define YW_IMPORT_PIECE (32u << 10)	/* of a file, in one import.data: so little that the reasons for refusing all its
					 * rows fit a reply, with the 64 KiB held back for a guess at the character set */

struct yw_client;

/*
 * Reaches the daemon at a socket's path; *out is the caller's after YW_OK.
 *
 * YW_ENOENT	no daemon has made that socket, or none listens on it any more
 * YW_EDENIED	the caller may not open it
 * YW_EINVAL	what is at that path is no socket, or the path is too long for one
 * YW_ETIMEOUT	the daemon holds it and does not answer
 * YW_EPEER	something else listens there
 * YW_EIO	it cannot be reached for another reason
 */
YW_CHECKED enum yw_code yw_client_open(const char *path, struct yw_client **out, struct yw_error *err);
void yw_client_close(struct yw_client *c);	/* NULL is fine */

struct yw_answer {
	struct yw_buf result;	/* JSON */
	struct yw_buf data;	/* bytes beside it, where the method has some */
};
#define YW_ANSWER_INIT { YW_BUF_INIT, YW_BUF_INIT }
void yw_answer_release(struct yw_answer *a);

/*
 * Asks and waits (service.h has the methods).  *out is set on YW_OK only; what it held is replaced.
 *
 * YW_ETIMEOUT	no answer within timeout_ms
 * YW_EPEER	the connection was lost, or the answer is none
 * else		what the daemon answered, with its sentence
 */
YW_CHECKED enum yw_code yw_client_ask(struct yw_client *c, const char *method, struct yw_bytes params,
    struct yw_bytes data, uint32_t timeout_ms, struct yw_answer *out, struct yw_error *err);

/* Waits between two questions until `fd` has input, or its end.  False: the daemon has left meanwhile. */
bool yw_client_waits(const struct yw_client *c, int fd);

#endif
