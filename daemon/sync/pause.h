/*
 * pause.h - how long a child waits before it connects to its parent again (R1).
 *
 * The pause doubles with each attempt that comes to nothing, up to half a minute.  A parent that had proved who it is
 * and went away was restarted, or its line broke: the child asks again within a second, however often that happens, so
 * that whoever restarts a city's daemon has its counties back in seconds.  The pause is random within its half: a
 * hundred children do not come back in the same instant.  No lock of its own.
 */
#ifndef YW_SYNC_PAUSE_H
#define YW_SYNC_PAUSE_H

#include <stdint.h>

#define YW_PAUSE_FIRST_MS 250		/* at most */
#define YW_PAUSE_MAX_MS 32000

enum yw_pause_after {
	YW_PAUSE_FAILED,	/* there was no link, or with a stranger only */
	YW_PAUSE_LOST,		/* a link with a parent that had proved who it is, or one that had lasted */
	YW_PAUSE_CUT		/* the parent lied */
};

struct yw_pause {		/* zero: nothing has failed yet */
	unsigned failures;	/* in a row */
};

/* How the last attempt ended; the milliseconds until the next one.  `random` is any number. */
uint32_t yw_pause_next(struct yw_pause *p, enum yw_pause_after after, uint32_t random);

#endif
