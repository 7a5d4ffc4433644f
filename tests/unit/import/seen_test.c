/*
 * seen_test.c - the table of identities: none is lost while it grows, and what it costs.
 */
#include <malloc.h>

#include "crypto/hash.h"
#include "import/seen.h"
#include "support/testing.h"

#define ROWS 100000

static void
hash_of(uint64_t n, struct yw_hash *out)
{
	yw_sha256(&n, sizeof n, out);
}

static enum yw_seen_verdict
note(struct yw_seen *s, uint64_t id, uint64_t content, uint64_t *line)
{
	enum yw_seen_verdict verdict;
	struct yw_hash a, b;

	hash_of(id, &a);
	hash_of(content, &b);
	YW_PASS(yw_seen_note(s, &a, &b, line, &verdict, NULL));
	return verdict;
}

static void
none_is_lost(void)
{
	struct yw_seen s = YW_SEEN_INIT;
	uint64_t i, line;

	for (i = 1; i <= ROWS; i++) {
		line = i;
		YW_CHECK(note(&s, i, i, &line) == YW_SEEN_NEW && line == i);
	}
	for (i = 1; i <= ROWS; i++) {
		line = 7;
		YW_CHECK(note(&s, i, i, &line) == YW_SEEN_SAME && line == i);
		YW_CHECK(note(&s, i, i + 1, &line) == YW_SEEN_OTHER && line == i);
	}
	line = UINT64_C(1) << 40;
	YW_CHECK(note(&s, 0, 0, &line) == YW_SEEN_NEW && note(&s, 0, 0, &line) == YW_SEEN_SAME && line == UINT32_MAX);
	yw_seen_release(&s);
}

/* Of two that differ only behind what is kept of their hashes the second is taken for the first. */
static void
what_is_kept(void)
{
	struct yw_seen s = YW_SEEN_INIT;
	enum yw_seen_verdict verdict;
	struct yw_hash a, b;
	uint64_t line = 1;

	hash_of(1, &a);
	YW_PASS(yw_seen_note(&s, &a, &a, &line, &verdict, NULL));
	for (size_t i = 0; i < 16; i++) {
		line = 2;
		b = a;
		b.b[i % 8] ^= (uint8_t)(1u << (i / 8 * 7));
		YW_PASS(yw_seen_note(&s, &b, &a, &line, &verdict, NULL));
		YW_CHECK(verdict == YW_SEEN_NEW);
		YW_PASS(yw_seen_note(&s, &a, &b, &line, &verdict, NULL));
		YW_CHECK(verdict == YW_SEEN_OTHER && line == 1);
	}
	yw_seen_release(&s);
}

static void
what_it_costs(void)
{
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd, held;
	struct yw_seen s = YW_SEEN_INIT;
	uint64_t line;

	for (uint64_t i = 1; i <= ROWS; i++) {
		line = i;
		(void)note(&s, i, i, &line);
	}
	held = mallinfo2().uordblks + mallinfo2().hblkhd - before;
	printf(" %zu bytes a row", held / ROWS);
	YW_CHECK(held < 35 * (size_t)ROWS);
	yw_seen_release(&s);
}

YW_TESTS({ "B5 identities of a file: none is lost", none_is_lost }, { "B5 identities of a file: two are told apart", what_is_kept },
    { "B5 identities of a file: at most 35 bytes a row", what_it_costs })
