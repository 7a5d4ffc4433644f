/*
 * How long a turn waits for company: never for nobody, never longer than a quarter of a commit, and for no more than
 * came before.
 */
#include "support/testing.h"
#include "sync/gather.h"

static void
waits_while_fewer_came(void)
{
	struct yw_gather g = { .expected = 8, .patience_us = 1000 };

	YW_CHECK(yw_gather_waits(&g, 1, 0) && yw_gather_waits(&g, 7, 999));
	YW_CHECK(!yw_gather_waits(&g, 0, 0));		/* nobody is served sooner by it */
	YW_CHECK(!yw_gather_waits(&g, 8, 0) && !yw_gather_waits(&g, 9, 0));
	YW_CHECK(!yw_gather_waits(&g, 1, 1000) && !yw_gather_waits(&g, 1, INT64_MAX));
}

/* Neither in the first turn, nor for one client alone, whatever its commits take. */
static void
one_alone_never_waits(void)
{
	struct yw_gather g = { 0 };

	for (int turn = 0; turn < 50; turn++) {
		YW_CHECK(!yw_gather_waits(&g, 1, 0));
		yw_gather_committed(&g, 1, INT64_MAX);
	}
}

static void
expects_what_came(void)
{
	struct yw_gather g = { 0 };

	yw_gather_committed(&g, 32, 4000);
	YW_CHECK(g.expected == 32 && yw_gather_waits(&g, 31, 0));
	yw_gather_committed(&g, 40, 4000);
	YW_CHECK(g.expected == 40);
	yw_gather_committed(&g, 0, 4000);		/* fewer: little by little */
	YW_CHECK(g.expected == 30);
	yw_gather_committed(&g, 10, 4000);
	YW_CHECK(g.expected == 25);
	for (int turn = 0; turn < 50; turn++)
		yw_gather_committed(&g, 1, 4000);
	YW_CHECK(!yw_gather_waits(&g, 1, 0));		/* the others have gone for good */
}

static void
patience_follows_the_disk(void)
{
	struct yw_gather g = { 0 };

	yw_gather_committed(&g, 2, 8000);
	YW_CHECK(g.patience_us == 250);			/* an eighth of the way to a quarter */
	for (int turn = 0; turn < 100; turn++)
		yw_gather_committed(&g, 2, 8000);
	YW_CHECK(g.patience_us > 1900 && g.patience_us <= 2000);
	for (int turn = 0; turn < 100; turn++)
		yw_gather_committed(&g, 2, 0);
	YW_CHECK(!yw_gather_waits(&g, 1, 7));		/* a disk that takes no time is worth no wait */
	for (int turn = 0; turn < 200; turn++) {
		yw_gather_committed(&g, 2, INT64_MAX);
		YW_CHECK(g.patience_us <= YW_GATHER_MOST_US);
	}
	YW_CHECK(g.patience_us > YW_GATHER_MOST_US - 100);
}

YW_TESTS({ "S2 a turn waits while fewer came than before, and only so long", waits_while_fewer_came },
    { "S2 one client alone never waits", one_alone_never_waits },
    { "S2 as many are expected as came, soon also where fewer come", expects_what_came },
    { "S2 patience is a quarter of what commits take, and bounded", patience_follows_the_disk })
