/*
 * nngmend.h - a listener of NNG 1.5.2 must survive a peer that leaves during negotiation.
 *
 * There (nanomsg/nng issue 1518, mended after that version) EPIPE from the first write to a new connection becomes
 * NNG_ECLOSED, which the listener takes for its own end: it never accepts again, and one spoilt connection from
 * anywhere silences the node.  ECONNRESET it takes for what it is, the peer's fault.  So this program has a
 * sendmsg() of its own, which is the one that the library calls, and which says ECONNRESET instead.
 */
#ifndef YW_IPC_NNGMEND_H
#define YW_IPC_NNGMEND_H

/* Called before the first listener; links the mending in.  False: it is not in force (the library would call
 * another sendmsg), and no listener should be opened. */
#include <stdbool.h>
bool yw_nng_mend(void);

#endif
