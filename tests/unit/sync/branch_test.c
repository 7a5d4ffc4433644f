/*
 * A log that was closed on one of its two branches, over links: whoever is on the other one moves, and cuts nobody off.
 */
#include "unit/sync/mirror_world.h"

static struct yw_tnet *other;
static struct yw_tlog *b;		/* the county's other branch */

static void
two_branches(uint64_t common, uint64_t more_a, uint64_t more_b)
{
	two();
	other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
	b = &other->logs[2];
	grow(b, 2, "x");
	grow(county, common, "x");
	grow(b, common, "x");
	grow(county, more_a, "x");
	grow(b, more_b, "y");
	give(mirror, county);
	give(reader, b);
}

static void
close_county(struct peer *to)
{
	yw_tnet_close(county, city);
	give(to, city);
	turn(to);
}

static void
check_moved(void)
{
	const struct yw_log *here = yw_ledger_log(reader->n->l, county->origin.text);
	struct yw_hash root;

	yw_tnet_root(county, county->n, &root);
	YW_CHECK_MSG(here->size == county->n && here->full_size == county->n && yw_hash_equal(&here->root, &root),
	    "%llu entries, not %zu", (unsigned long long)here->size, county->n);
	YW_CHECK(!here->frozen);
	YW_CHECK_MSG(mirror->cuts == 0, "%s", mirror->reason);
	YW_CHECK_MSG(reader->cuts == 0, "%s", reader->reason);
}

static void
end_both(void)
{
	yw_tnet_free(other);
	end();
}

/* Shorter than the closing, longer, parted long ago; the closing comes over the link or is there before. */
static void
moves(void)
{
	static const uint64_t rows[][3] = { { 0, 5, 3 }, { 300, 5, 3 }, { 300, 4, 700 }, { 10, 600, 600 }, { 300, 900, 3 }, { 255, 1, 1 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int first = 0; first < 2; first++) {
			two_branches(rows[i][0], rows[i][1], rows[i][2]);
			close_county(mirror);
			if (first) {
				give(reader, city);
				turn(reader);
			}
			connect_line(reader, mirror);
			settle();
			later(60000);
			check_moved();
			put_demand(reader, "a", "life goes on", &yw_unconditional);
			later(10000);
			YW_CHECK(size_of(mirror, "320300") == size_of(reader, "320300"));
			end_both();
		}
}

YW_TESTS({ "L8 a replica on the other branch moves to the one that was closed, whatever came first", moves })
