/*
 * How many lines strangers can make a node write.
 */
#include "support/testing.h"
#include "sync/said.h"

static struct yw_said s;
static char more[YW_SAID_MORE_MAX];

static bool
may(unsigned who, int64_t now_ms)
{
	uint8_t b[4];

	yw_put_be32(b, who);
	return yw_said_may(&s, (struct yw_bytes) { b, sizeof b }, now_ms, more);
}

static void
once_in_a_while(void)
{
	s = (struct yw_said) { .n = 0 };
	YW_CHECK(may(1, 0) && more[0] == '\0');
	YW_CHECK(may(2, 0) && more[0] == '\0');
	YW_CHECK(!may(1, 0) && !may(1, YW_SAID_EVERY_MS - 1));
	YW_CHECK(may(1, YW_SAID_EVERY_MS) && strcmp(more, " (2 such lines were left out)") == 0);
	YW_CHECK(may(2, YW_SAID_EVERY_MS) && more[0] == '\0');
}

static void
never_more_than(void)
{
	unsigned said = 0;

	s = (struct yw_said) { .n = 0 };
	for (unsigned i = 0; i < 10 * YW_SAID_MAX; i++)
		said += may(i, i);
	YW_CHECK(said == YW_SAID_MAX);
	YW_CHECK(may(7777, YW_SAID_EVERY_MS) && strcmp(more, " (576 such lines were left out)") == 0);
	YW_CHECK(may(7778, YW_SAID_EVERY_MS + 1) && !may(7779, YW_SAID_EVERY_MS + 1));
}

static void
long_names(void)
{
	uint8_t b[YW_SAID_WHO_BYTES] = { 0 };

	s = (struct yw_said) { .n = 0 };
	YW_CHECK(yw_said_may(&s, (struct yw_bytes) { b, 0 }, 0, more));
	b[sizeof b - 1] = 1;
	YW_CHECK(yw_said_may(&s, (struct yw_bytes) { b, sizeof b }, 0, more));
	YW_CHECK(!yw_said_may(&s, (struct yw_bytes) { b, sizeof b }, 0, more));
}

YW_TESTS({ "R1 one line for each stranger in ten minutes, and how many were left out", once_in_a_while },
    { "R1 however many strangers there are, the lines are bounded", never_more_than },
    { "R1 the whole name counts", long_names })
