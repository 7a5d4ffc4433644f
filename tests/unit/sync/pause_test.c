/*
 * How soon a child asks its parent again.
 */
#include "support/testing.h"
#include "sync/pause.h"

/* The next pause lies in the upper half of this. */
static bool
within(struct yw_pause *p, enum yw_pause_after after, uint32_t most_ms)
{
	struct yw_pause same = *p;
	uint32_t least = yw_pause_next(&same, after, 0), at_most = yw_pause_next(p, after, most_ms / 2 - 1);

	return least == most_ms / 2 && at_most == most_ms - 1;
}

static void
doubles(void)
{
	struct yw_pause p = { 0 };

	for (uint32_t ms = YW_PAUSE_FIRST_MS; ms < YW_PAUSE_MAX_MS; ms *= 2)
		YW_CHECK(within(&p, YW_PAUSE_FAILED, ms));
	for (int i = 0; i < 100; i++)
		YW_CHECK(within(&p, YW_PAUSE_FAILED, YW_PAUSE_MAX_MS));
}

/* As often as one likes, and also after it had been away for long. */
static void
a_parent_that_was_known_is_asked_soon(void)
{
	struct yw_pause p = { 0 };

	for (int i = 0; i < 50; i++)
		YW_CHECK(yw_pause_next(&p, YW_PAUSE_LOST, UINT32_MAX) <= 1000);
	for (int i = 0; i < 50; i++)
		(void)yw_pause_next(&p, YW_PAUSE_FAILED, 0);
	YW_CHECK(within(&p, YW_PAUSE_LOST, 1000));
	YW_CHECK(within(&p, YW_PAUSE_FAILED, 2000));
}

static void
a_liar_is_asked_late(void)
{
	struct yw_pause p = { 0 };

	YW_CHECK(within(&p, YW_PAUSE_CUT, 8 * YW_PAUSE_FIRST_MS));
	YW_CHECK(within(&p, YW_PAUSE_CUT, YW_PAUSE_MAX_MS));
	YW_CHECK(within(&p, YW_PAUSE_CUT, YW_PAUSE_MAX_MS));
}

YW_TESTS({ "R1 the pause doubles up to half a minute", doubles },
    { "R1 a parent that had proved who it is is asked again within a second, however often it goes", a_parent_that_was_known_is_asked_soon },
    { "R1 a parent that lied is asked late", a_liar_is_asked_late })
