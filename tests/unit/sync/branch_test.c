/*
 * A log that was closed on one of its two branches, over links: whoever is on the other one moves, and cuts nobody off.
 */
#include "unit/sync/mirror_world.h"

static struct yw_tnet *other;
static struct yw_tlog *b;		/* the county's other branch */

static void
part(uint64_t common, uint64_t more_a, uint64_t more_b, bool breaks)
{
	two();
	other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
	b = &other->logs[2];
	grow(b, 2, "x");
	grow(county, common, "x");
	grow(b, common, "x");
	grow(county, more_a, "x");
	grow(b, more_b, "y");
	if (breaks)
		yw_tnet_add_envelope(b, yw_bytes_str("no envelope"));
	give(mirror, county);
	give(reader, b);
}

static void
two_branches(uint64_t common, uint64_t more_a, uint64_t more_b)
{
	part(common, more_a, more_b, false);
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

/* The closing comes over the link or is there before. */
static void
check_moves(const uint64_t row[static 3], bool breaks)
{
	for (int first = 0; first < 2; first++) {
		part(row[0], row[1], row[2], breaks);
		YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->broken == breaks);
		close_county(mirror);
		if (first) {
			give(reader, city);
			turn(reader);
		}
		connect_line(reader, mirror);
		settle();
		later(60000);
		check_moved();
		YW_CHECK(!yw_ledger_log(reader->n->l, county->origin.text)->broken);
		put_demand(reader, "a", "life goes on", &yw_unconditional);
		later(10000);
		YW_CHECK(size_of(mirror, "320300") == size_of(reader, "320300"));
		end_both();
	}
}

/* Shorter than the closing, longer, parted long ago. */
static void
moves(void)
{
	static const uint64_t rows[][3] = { { 0, 5, 3 }, { 300, 5, 3 }, { 300, 4, 700 }, { 10, 600, 600 }, { 300, 900, 3 }, { 255, 1, 1 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_moves(rows[i], false);
}

/* What a thief broke: at once where it parted, or later. */
static void
moves_from_what_is_broken(void)
{
	static const uint64_t rows[][3] = { { 0, 5, 0 }, { 300, 5, 0 }, { 3, 4, 2 }, { 300, 4, 20 }, { 10, 600, 3 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_moves(rows[i], true);
}

/* The keys change, maybe twice, and then the log is closed: whoever was off since before that, or is new, or is on the other
 * branch, knows of the new keys only that they were delegated. */
static void
moves_past_a_key_change(void)
{
	static const struct { uint64_t common, more_b; int changes; bool first; } rows[] = {
		{ 0, 0, 1, false }, { 0, 0, 1, true }, { 300, 0, 2, false }, { 300, 0, 2, true }, { 3, 4, 1, true }, { 3, 900, 2, false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		two_branches(rows[i].common, 0, rows[i].more_b);
		yw_tnet_rotate(county, city, "320102 second");
		if (rows[i].changes == 2)
			yw_tnet_rotate(county, city, "320102 third");
		grow(county, 3, "x");
		give(mirror, city);
		give(mirror, county);
		close_county(mirror);
		if (rows[i].first) {
			give(reader, city);
			turn(reader);
		}
		connect_line(reader, mirror);
		settle();
		later(60000);
		check_moved();
		end_both();
	}
}

/* One that waits for its quorum. */
static void
give_pending(struct peer *to, uint64_t size)
{
	size_t whole = county->n;

	county->n = size;
	yw_tnet_beat(county, YW_TNET_TIME_MS / 1000, NULL, 0);
	county->n = whole;
	(void)!yw_ledger_take_beat(to->n->l, yw_buf_bytes(&county->beat), &err);
	turn(to);
}

/* More beats of the branch to which it moves than stay at hand: they were rivals so far, and those too many are none any more. */
static void
rests_once_it_moved(void)
{
	size_t said;

	two_branches(3, 9, 9);
	for (uint64_t more = 6; more <= 9; more++)
		give_pending(reader, county->n - 9 + more);
	YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->n_rivals == 4);
	close_county(mirror);
	connect_line(reader, mirror);
	later(60000);
	check_moved();
	YW_CHECK(!yw_ledger_due(reader->n->l) && !yw_ledger_due(mirror->n->l));
	said = n_letters;
	later(60000);
	YW_CHECK_MSG(n_letters - said < 40, "%zu messages within a minute", n_letters - said);
	end_both();
}

/* ---- what had its quorum on one branch, and was closed on the other (T7) */

static void
close_at(struct yw_tlog *log)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(log, log->n, &d, &head);
	yw_tnet_add_closing(city, &d, true);
	yw_buf_release(&head);
}

static void
give_quorum(struct peer *to, struct yw_tlog *log, uint64_t size)
{
	size_t whole = log->n;

	log->n = size;
	give_beat(to, log, YW_TNET_TIME_MS / 1000);
	log->n = whole;
	turn(to);
}

static const struct yw_log *
held(struct peer *p)
{
	return yw_ledger_log(p->n->l, county->origin.text);
}

/* The closing of the county's log. */
static const struct yw_closing_asked *
asked(struct peer *p)
{
	const struct yw_trust *t = yw_ledger_trust(p->n->l);
	const struct yw_closing_asked *found = NULL;

	for (size_t i = 0; i < yw_trust_n_asked(t); i++)
		if (strcmp(yw_trust_asked(t, i)->origin.text, county->origin.text) == 0) {
			YW_CHECK(found == NULL);
			found = yw_trust_asked(t, i);
		}
	YW_CHECK(found != NULL);
	return found;
}

/* Void at both, whichever branch they hold, and nobody cuts his copy or his peer off. */
static void
check_void(struct peer *p, uint64_t size)
{
	const struct yw_generation *g = yw_ledger_generation(p->n->l, held(p));

	YW_CHECK_MSG(g->open, "%s has it closed", p->n->t->code.code);
	YW_CHECK(asked(p)->is_void);
	YW_CHECK_MSG(held(p)->size == size, "%llu entries", (unsigned long long)held(p)->size);
	YW_CHECK_MSG(p->cuts == 0, "%s", p->reason);
}

/* In force at both, who are on the branch that was closed. */
static void
check_in_force(struct peer *p)
{
	struct yw_hash root;

	yw_tnet_root(b, b->n, &root);
	YW_CHECK_MSG(!yw_ledger_generation(p->n->l, held(p))->open, "%s has it open", p->n->t->code.code);
	YW_CHECK(!asked(p)->is_void);
	YW_CHECK_MSG(held(p)->size == b->n && yw_hash_equal(&held(p)->root, &root), "%llu entries", (unsigned long long)held(p)->size);
	YW_CHECK_MSG(p->cuts == 0, "%s", p->reason);
}

/* What becomes of the city, one of the two whose receipts made the quorum, before the reader hears of any of this: it may end, or
 * a later network file may ask for others. */
enum fate { GOES_ON, ENDED, REVOKED, LEFT_OUT };

static void
end_city(enum fate fate)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	if (fate == LEFT_OUT) {
		yw_tnet_version(net->t, &(struct yw_network_change) { .policy_lines = "group g 2 320000 320200\nquorum g\n" });
		YW_PASS(yw_ledger_take_network(mirror->n->l, yw_buf_bytes(&yw_trust_network(net->t->trust)->note), &err));
	}
	if (fate != ENDED && fate != REVOKED)
		return;
	yw_tnet_draft_closing(city, city->n, &d, &head);
	d.revoked = fate == REVOKED;
	yw_tnet_add_closing(top, &d, true);
	yw_buf_release(&head);
}

/* The quorum is on the branch that the mirror holds; `size` against that of the closing on the reader's. */
static void
judged_alike(enum fate fate)
{
	static const struct { uint64_t common, more_a, more_b, quorum; bool early; } rows[] = {
		{ 3, 9, 4, 8, false }, { 3, 9, 4, 8, true }, { 3, 9, 4, 5, false }, { 1, 4, 9, 4, true }, { 4, 8, 8, 5, false },
		{ 300, 9, 400, 5, false }, { 250, 9, 4, 8, true } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t common;

		two_branches(rows[i].common, rows[i].more_a, rows[i].more_b);
		common = b->n - rows[i].more_b;
		give_quorum(mirror, county, common + rows[i].quorum);
		close_at(b);
		end_city(fate);
		if (rows[i].early) {
			give(reader, city);
			turn(reader);
		}
		give(mirror, city);
		give(mirror, top);
		turn(mirror);
		connect_line(reader, mirror);
		settle();
		later(60000);
		if (fate == REVOKED) {
			check_in_force(mirror);
			check_in_force(reader);
		} else {
			check_void(mirror, county->n);
			check_void(reader, b->n);
		}
		YW_CHECK(yw_trust_network(yw_ledger_trust(reader->n->l))->version == (fate == LEFT_OUT ? 2 : 1));
		end_both();
	}
}

static void
void_at_both(void)
{
	judged_alike(GOES_ON);
}

/* The receipts are on the beat and travel with it: who comes late judges as who was there does. */
static void
void_once_a_mirror_was_ended(void)
{
	judged_alike(ENDED);
}

static void
void_by_an_older_quorum(void)
{
	judged_alike(LEFT_OUT);
}

static void
in_force_once_it_was_revoked(void)
{
	judged_alike(REVOKED);
}

/* The issuer closes the log again, at heads that it makes up: whoever is asked how the quorum stands to these cannot say, and is
 * asked for the branch that counts all the same. */
static void
moves_past_made_up_heads(void)
{
	two_branches(3, 9, 4);
	give_quorum(mirror, county, county->n - 9);
	close_at(county);
	for (uint64_t size = county->n - 3; size < county->n; size++)
		yw_tnet_close_forged(county, city, size);
	give(mirror, city);
	turn(mirror);
	connect_line(reader, mirror);
	settle();
	later(600000);
	YW_CHECK(held(reader)->n_beats == 1 && yw_ledger_n_sought(reader->n->l, held(reader)) == 3);
	check_moved();
	end_both();
}

YW_TESTS({ "T7 L6 L7 a closing that a quorum of the other branch contradicts is void for whoever holds either", void_at_both },
    { "T7 T12 and so it is for who comes when one of that quorum was ended", void_once_a_mirror_was_ended },
    { "T7 T15 and when a later network file asks for another quorum", void_by_an_older_quorum },
    { "T7 T6 it is in force, for who was there too, when one of that quorum was revoked", in_force_once_it_was_revoked },
    { "L8 T5 a closing by keys whose key change is not held yet is reached all the same", moves_past_a_key_change },
    { "L8 a replica on the other branch moves to the one that was closed, whatever came first", moves },
    { "T7 L8 it moves past closings at made-up heads, of which nobody can say how a quorum stands to them", moves_past_made_up_heads },
    { "L8 L9 so does one whose branch is broken", moves_from_what_is_broken },
    { "L8 R4 whose beats of that branch are more than stay at hand comes to rest all the same", rests_once_it_moved })
