/*
 * proof_test.c - one proof of each kind as another project publishes it, and none of them with a bit flipped.
 *
 * From transparency-dev/merkle (Apache-2.0), testdata: inclusion/2/happy-path, consistency/2/happy-path and
 * subtreeconsistency/2/happy-path, trees of eight leaves; the hashes in base64, as there.
 */
#include "base/text.h"
#include "support/testing.h"
#include "tlog/proof.h"

#define ROOT_8 "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
#define ROOT_6 "duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8="
#define LEAF_5 "QnGia+DYqE8L1UyMMC58s6O10fpngKQLzOKHNHfatlg="
#define LEAF_4 "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms="
#define NODE_4_5 "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o="
#define NODE_6_7 "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA="
#define NODE_0_3 "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc="

static void
take(const char *text, struct yw_hash *out)
{
	YW_PASS(yw_base64_decode_exact(text, strlen(text), out->b, sizeof out->b));
}

struct known {
	struct yw_hash from, root;
	struct yw_proof p;
};

static void
known(const char *from, const char *first, struct known *k)
{
	take(from, &k->from);
	take(ROOT_8, &k->root);
	take(first, &k->p.h[0]);
	take(NODE_6_7, &k->p.h[1]);
	take(NODE_0_3, &k->p.h[2]);
	k->p.n = 3;
}

typedef enum yw_code check(const struct known *k);

static enum yw_code
inclusion(const struct known *k)
{
	return yw_check_inclusion(5, 8, &k->from, &k->p, &k->root);
}

static enum yw_code
consistency(const struct known *k)
{
	return yw_check_consistency(6, &k->from, 8, &k->root, &k->p);
}

static enum yw_code
subtree(const struct known *k)
{
	return yw_check_subtree(0, 6, &k->from, 8, &k->root, &k->p);
}

static void
holds_as_it_is(check *f, struct known *k)
{
	struct yw_hash *all[] = { &k->from, &k->root, &k->p.h[0], &k->p.h[1], &k->p.h[2] };

	YW_PASS(f(k));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (size_t bit = 0; bit < 8 * sizeof all[i]->b; bit++) {
			all[i]->b[bit / 8] ^= (uint8_t)(1u << bit % 8);
			YW_FAILS(f(k), YW_ESIG);
			all[i]->b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	k->p.n = 2;
	YW_FAILS(f(k), YW_ESIG);
	k->p.h[3] = k->p.h[2];
	k->p.n = 4;
	YW_FAILS(f(k), YW_ESIG);
}

static void
published_inclusion(void)
{
	struct known k;

	known(LEAF_5, LEAF_4, &k);
	holds_as_it_is(inclusion, &k);
}

static void
published_consistency(void)
{
	struct known k;

	known(ROOT_6, NODE_4_5, &k);
	holds_as_it_is(consistency, &k);
}

static void
published_subtree(void)
{
	struct known k;

	known(ROOT_6, NODE_4_5, &k);
	holds_as_it_is(subtree, &k);
}

YW_TESTS({ "RFC 9162: a published inclusion proof", published_inclusion },
    { "RFC 9162: a published consistency proof", published_consistency },
    { "C2SP tlog-mirror: a published subtree proof", published_subtree })
