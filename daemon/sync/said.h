/*
 * said.h - which lines about strangers are written: whoever can connect, or make keys, could fill a disk with them.
 *
 * One line for each who in YW_SAID_EVERY_MS, and one for at most YW_SAID_MAX of them in that time; what is left out is
 * counted, and the next line tells how much it was.  No lock of its own.
 */
#ifndef YW_SYNC_SAID_H
#define YW_SYNC_SAID_H

#include "base/buf.h"

#define YW_SAID_MAX 64
#define YW_SAID_EVERY_MS (10 * 60 * 1000)
#define YW_SAID_WHO_BYTES 40
#define YW_SAID_MORE_MAX 64

struct yw_said {	/* zero: nothing was said yet */
	uint64_t left_out;
	size_t n;
	struct yw_said_of {
		uint8_t who[YW_SAID_WHO_BYTES];		/* padded with zeros */
		int64_t until_ms;			/* monotonic */
	} all[YW_SAID_MAX];
};

/* May a line about this who (at most YW_SAID_WHO_BYTES) be written?  If so, `more` is what ends it: how many were left
 * out since the last one, or nothing. */
bool yw_said_may(struct yw_said *s, struct yw_bytes who, int64_t now_ms, char more[static YW_SAID_MORE_MAX]);

#endif
