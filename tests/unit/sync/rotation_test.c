/*
 * Key changes over links: an honest peer that is further is not cut off, and everything that it said by keys that the
 * other could not know comes again once it can.
 */
#include "unit/sync/mirror_world.h"

/* The reader has all that the mirror has, and nobody was cut off. */
static void
check_same(const struct yw_tlog *log, size_t n_spans)
{
	const struct yw_log *here = yw_ledger_log(reader->n->l, log->origin.text);

	YW_CHECK_MSG(here->size == log->n && here->full_size == log->n, "%s: %llu of %zu", log->origin.text,
	    (unsigned long long)here->size, log->n);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(reader->n->l), log->origin.text)->n_spans == n_spans);
	YW_CHECK_MSG(mirror->cuts == 0, "%s", mirror->reason);
	YW_CHECK_MSG(reader->cuts == 0, "%s", reader->reason);
}

static bool
has_beat(struct yw_tlog *log)
{
	const struct yw_log *here = yw_ledger_log(reader->n->l, log->origin.text);

	for (size_t i = 0; i < here->n_beats; i++)
		if (here->beats[i].size == log->beat_head.size)
			return here->beats[i].quorum == YW_QUORUM_MET;
	return false;
}

/* A rotation while both are up: head, beat and receipts by the new key. */
static void
live(void)
{
	two();
	connect_line(reader, mirror);
	settle();
	later(5000);
	yw_tnet_rotate(county, city, "320102 new");
	grow(county, 3, "x");
	give(mirror, county);		/* before its issuer's log, as it happens */
	give_beat(mirror, county, 1700000100);
	turn(mirror);
	settle();
	later(10000);
	check_same(county, 2);
	YW_CHECK(has_beat(county));
	give(mirror, city);
	turn(mirror);
	settle();
	later(10000);
	check_same(city, 1);
	check_same(county, 2);
	put_demand(reader, "a", "life goes on", &yw_unconditional);
	later(10000);
	YW_CHECK(size_of(mirror, "320300") == size_of(reader, "320300") && size_of(mirror, "320300") >= 2);
	end();
}

/* A laptop that comes back after months: beats come before the packages that explain them. */
static void
months_behind(void)
{
	two();
	grow(county, 400, "x");
	yw_tnet_rotate(county, city, "320102 second");
	grow(county, 300, "x");
	yw_tnet_rotate(city, top, "320100 second");
	yw_tnet_rotate(county, city, "320102 third");
	grow(county, 3, "x");
	give(mirror, top);
	give(mirror, city);
	give(mirror, county);
	give_beat(mirror, city, 1700000100);
	give_beat(mirror, county, 1700000200);
	connect_line(reader, mirror);
	settle();
	later(30000);
	check_same(top, 1);
	check_same(city, 2);
	check_same(county, 3);
	YW_CHECK(has_beat(city) && has_beat(county));
	later(60000);
	check_same(county, 3);
	end();
}

/* Two heads by the new key that cannot both be true, told to who does not know that key yet. */
static void
told_early(void)
{
	struct yw_tnet *other;
	struct yw_tlog *b;
	struct yw_buf head = YW_BUF_INIT;

	two();
	other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
	b = &other->logs[2];
	grow(b, 2, "x");
	yw_tnet_rotate(county, city, "320102 new");
	yw_tnet_rotate(b, &other->logs[1], "320102 new");
	grow(county, 1, "x");
	grow(b, 1, "y");
	give(mirror, city);
	give(mirror, county);
	yw_tnet_head(b, b->n, NULL, &head);
	YW_FAILS(yw_ledger_take_head(mirror->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	yw_lnode_commit(mirror->n);
	connect_line(reader, mirror);
	settle();
	later(30000);
	YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->frozen);
	YW_CHECK(mirror->cuts == 0 && reader->cuts == 0);
	yw_buf_release(&head);
	yw_tnet_free(other);
	end();
}

YW_TESTS(
	{ "T5 R3 R5 a rotation over links: head, beat and receipts by the new key arrive", live },
	{ "T5 R3 a replica that is months and several rotations behind catches up, and cuts nobody off", months_behind },
	{ "T5 L6 a contradiction by a key that is not known yet is told again when it is", told_early })
