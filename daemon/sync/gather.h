/*
 * gather.h - how long a turn waits for company.
 *
 * A commit costs two syncs of a disk, whether for one or for all.  Whoever was answered by the last turn is likely to
 * be back in a moment; a turn that begins with the first of them leaves the others to the next one, and two turns
 * of half the size take twice as long as one.  So while fewer wait than the last turns served, a turn is put
 * off, by a quarter of what a commit takes at the most: little where the disk is fast, and worth it where it is slow.
 */
#ifndef YW_SYNC_GATHER_H
#define YW_SYNC_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YW_GATHER_MOST_US 10000

struct yw_gather {
	size_t expected;	/* jobs: of the last turn, or a little fewer than before */
	int64_t patience_us;
};

static inline bool
yw_gather_waits(const struct yw_gather *g, size_t waiting, int64_t waited_us)
{
	return waiting > 0 && waiting < g->expected && waited_us < g->patience_us;
}

/* After a turn of n jobs whose commit took so long. */
static inline void
yw_gather_committed(struct yw_gather *g, size_t n, int64_t commit_us)
{
	int64_t quarter = commit_us / 4 < YW_GATHER_MOST_US ? commit_us / 4 : YW_GATHER_MOST_US;

	g->expected = n >= g->expected ? n : (n + 3 * g->expected) / 4;
	g->patience_us = (7 * g->patience_us + quarter) / 8;
}

#endif
