/*
 * penalty.h - who was cut off or refused lately, and how long it has to stay away.
 *
 * A peer that comes back at once would be refused at once, for ever; so each further offence doubles its
 * delay.  An admitted peer is known by its key, so that nobody behind the same address pays for it; a
 * stranger can make keys as it likes, so it is known by its address.
 *
 * Bounded: where the table is full, whoever may come back soonest is forgotten.  No lock of its own.
 */
#ifndef YW_SYNC_PENALTY_H
#define YW_SYNC_PENALTY_H

#include "crypto/keys.h"

#define YW_PENALTIES_MAX 256
#define YW_PENALTY_MAX_MS (5 * 60 * 1000)
#define YW_PENALTY_FORGET_MS (10 * 60 * 1000)	/* this long after the delay, a new offence is a first one */

struct yw_penalty_who {
	uint8_t b[1 + YW_SESSION_KEY_BYTES];
};

struct yw_penalties {
	int64_t first_ms;
	size_t n;
	struct yw_penalty {
		struct yw_penalty_who who;
		unsigned offences;
		int64_t until_ms;	/* monotonic */
	} all[YW_PENALTIES_MAX];
};

void yw_penalties_init(struct yw_penalties *p, int64_t first_ms);

struct yw_penalty_who yw_penalty_key(const struct yw_dh_public *key);
/* 4 bytes, or 16 of which the first 8 count: one customer usually has a whole /64.  0 bytes: this machine. */
struct yw_penalty_who yw_penalty_address(const uint8_t *address, size_t len);

/* One more offence; returns the delay in ms. */
int64_t yw_penalty_add(struct yw_penalties *p, const struct yw_penalty_who *who, int64_t now_ms);

/* How long it still has to stay away; 0: it may come. */
int64_t yw_penalty_left(const struct yw_penalties *p, const struct yw_penalty_who *who, int64_t now_ms);

#endif
