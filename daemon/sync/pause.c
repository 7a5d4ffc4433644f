/*
 * pause.c - see pause.h.
 */
#include "sync/pause.h"

#define LOST_MOST 3		/* a parent that is only restarted never counts as more failures: a second at most */
#define CUT_FAILURES 4		/* one that lied counts as so many */
#define FAILURES_MAX 8		/* from here on the pause is YW_PAUSE_MAX_MS */

_Static_assert(YW_PAUSE_FIRST_MS << (FAILURES_MAX - 1) == YW_PAUSE_MAX_MS, "the pause doubles until it is the longest");

uint32_t
yw_pause_next(struct yw_pause *p, enum yw_pause_after after, uint32_t random)
{
	unsigned most = after == YW_PAUSE_LOST ? LOST_MOST : FAILURES_MAX;
	uint32_t ms;

	p->failures += after == YW_PAUSE_CUT ? CUT_FAILURES : 1;
	if (p->failures > most)
		p->failures = most;
	ms = (uint32_t)YW_PAUSE_FIRST_MS << (p->failures - 1);
	return ms / 2 + random % (ms / 2);
}
