/*
 * face.h - the local face: questions of the command `yiwang` over an ipc socket.
 *
 * One protobuf ControlRequest, one ControlReply (proto/yiwang/v1/control.proto).  The socket's directory keeps
 * strangers out (0750, group), its mode lets the group in (0660); who asks is what the kernel says.  On the wire it
 * is NNG's request and reply (sync/transport_conn.h), one question at a time on a connection.
 */
#ifndef YW_IPC_FACE_H
#define YW_IPC_FACE_H

#include "service/service.h"

#define YW_CONTROL_MESSAGE_MAX (6u << 20)	/* bytes of one question */

struct yw_face;

/*
 * Opens the socket; makes its directory if that is missing.  Both are given to the group.  Without one (""), to
 * `yiwang` where there is a group of that name and the daemon is root or in it, else they stay with the daemon's own.
 * A directory that was there is given to it too if it is 0750; one that others can enter stays as it is.
 *
 * YW_ECONFLICT	a daemon answers on that socket already
 * YW_EDENIED	something else than a socket is at that path; others may write in its directory, or the group cannot
 *		enter it
 * YW_EINVAL	there is no such group
 * YW_EIO	it cannot be opened
 */
YW_CHECKED enum yw_code yw_face_open(const char *path, const char *group, struct yw_service *s, struct yw_face **out,
    struct yw_error *err);

/* No new questions; returns when the handlers that were running have.  Some may still owe an answer. */
void yw_face_stop(struct yw_face *f);

/* Stopped; waits until every question is answered (the node was stopped, so they are), lets the answers go out,
 * closes, frees.  NULL is fine. */
void yw_face_free(struct yw_face *f);

#endif
