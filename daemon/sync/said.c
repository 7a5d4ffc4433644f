/*
 * said.c - see said.h.
 */
#include "sync/said.h"

#include <inttypes.h>

/* The place of this who; else a new one, or that of somebody whose time is over.  NULL: there is none. */
static struct yw_said_of *
place_of(struct yw_said *s, const uint8_t who[static YW_SAID_WHO_BYTES], int64_t now_ms)
{
	struct yw_said_of *over = NULL;

	for (size_t i = 0; i < s->n; i++) {
		if (memcmp(s->all[i].who, who, YW_SAID_WHO_BYTES) == 0)
			return &s->all[i];
		if (s->all[i].until_ms <= now_ms)
			over = &s->all[i];
	}
	if (over == NULL && s->n < YW_SAID_MAX)
		over = &s->all[s->n++];
	if (over != NULL) {
		memcpy(over->who, who, YW_SAID_WHO_BYTES);
		over->until_ms = now_ms;
	}
	return over;
}

bool
yw_said_may(struct yw_said *s, struct yw_bytes who, int64_t now_ms, char more[static YW_SAID_MORE_MAX])
{
	uint8_t padded[YW_SAID_WHO_BYTES] = { 0 };
	struct yw_said_of *at;

	memcpy(padded, who.data, who.len < sizeof padded ? who.len : sizeof padded);
	at = place_of(s, padded, now_ms);
	if (at == NULL || at->until_ms > now_ms) {
		s->left_out++;
		return false;
	}
	at->until_ms = now_ms + YW_SAID_EVERY_MS;
	more[0] = '\0';
	if (s->left_out > 0)
		snprintf(more, YW_SAID_MORE_MAX, " (%" PRIu64 " such lines were left out)", s->left_out);
	s->left_out = 0;
	return true;
}
