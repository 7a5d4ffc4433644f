/*
 * The growing delay of peers that were cut off.
 */
#include "support/testing.h"
#include "sync/penalty.h"

static struct yw_penalties p;

static struct yw_penalty_who
address(uint32_t n)
{
	uint8_t a[4];

	yw_put_be32(a, n);
	return yw_penalty_address(a, sizeof a);
}

static void
grows_and_is_forgotten(void)
{
	struct yw_penalty_who who = address(1);
	int64_t now = 5000, want = 1000;

	yw_penalties_init(&p, 1000);
	YW_CHECK(yw_penalty_left(&p, &who, now) == 0);
	for (int i = 0; i < 20; i++) {
		YW_CHECK(yw_penalty_add(&p, &who, now) == want);
		YW_CHECK(yw_penalty_left(&p, &who, now) == want && yw_penalty_left(&p, &who, now + want - 1) == 1);
		YW_CHECK(yw_penalty_left(&p, &who, now + want) == 0);
		now += want + YW_PENALTY_FORGET_MS - 1;
		want = want * 2 < YW_PENALTY_MAX_MS ? want * 2 : YW_PENALTY_MAX_MS;
	}
	YW_CHECK(want == YW_PENALTY_MAX_MS);
	YW_CHECK(yw_penalty_add(&p, &who, now) == YW_PENALTY_MAX_MS);
	now += YW_PENALTY_MAX_MS + YW_PENALTY_FORGET_MS;
	YW_CHECK(yw_penalty_add(&p, &who, now) == 1000);
}

static void
one_is_not_another(void)
{
	uint8_t v6[16] = { 0x20, 1 }, same_net[16] = { 0x20, 1 }, other_net[16] = { 0x20, 1 };
	struct yw_penalty_who a = yw_penalty_address(v6, 16), b = address(0x20010000), key, local;
	struct yw_dh_public k = { { 4, 0x20, 1 } };

	same_net[15] = 7;
	other_net[7] = 7;
	yw_penalties_init(&p, 1000);
	yw_penalty_add(&p, &a, 0);
	YW_CHECK(yw_penalty_left(&p, &b, 0) == 0);
	b = yw_penalty_address(same_net, 16);
	YW_CHECK(yw_penalty_left(&p, &b, 0) == 1000);
	b = yw_penalty_address(other_net, 16);
	YW_CHECK(yw_penalty_left(&p, &b, 0) == 0);
	key = yw_penalty_key(&k);
	local = yw_penalty_address(NULL, 0);
	YW_CHECK(yw_penalty_left(&p, &key, 0) == 0 && yw_penalty_left(&p, &local, 0) == 0);
}

static void
is_bounded(void)
{
	struct yw_penalty_who who, first = address(0);

	yw_penalties_init(&p, 1000);
	yw_penalty_add(&p, &first, 0);
	yw_penalty_add(&p, &first, 0);		/* until 2000, all others until 1000 and on */
	for (uint32_t i = 1; i < YW_PENALTIES_MAX; i++) {
		who = address(i);
		yw_penalty_add(&p, &who, i);
	}
	who = address(5000);
	yw_penalty_add(&p, &who, 500);
	YW_CHECK(p.n == YW_PENALTIES_MAX && yw_penalty_left(&p, &who, 500) == 1000);
	who = address(1);			/* the one that could have come soonest */
	YW_CHECK(yw_penalty_left(&p, &who, 500) == 0);
	who = address(2);
	YW_CHECK(yw_penalty_left(&p, &who, 500) > 0 && yw_penalty_left(&p, &first, 500) == 1500);
}

YW_TESTS({ "R1 each offence doubles the delay, and is forgotten in time", grows_and_is_forgotten },
    { "R1 addresses and keys are told apart", one_is_not_another },
    { "R1 the table of delays is bounded", is_bounded })
