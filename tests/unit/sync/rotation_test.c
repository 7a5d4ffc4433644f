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

/* The reader meets two heads of this size, by the county's present keys. */
static void
freeze_at_reader(uint64_t size)
{
	struct yw_contradiction pair = { .consistency = { .n = 0 } };
	struct yw_buf heads[2] = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, county->origin.text, sizeof c.origin);
	for (size_t i = 0; i < 2; i++) {
		memset(c.root.b, (int)i + 1, sizeof c.root.b);
		YW_PASS(yw_head_sign(&c, &county->keys.head, &county->keys.pub.head, &heads[i], &err));
	}
	pair.head_a = yw_buf_bytes(&heads[0]);
	pair.head_b = yw_buf_bytes(&heads[1]);
	YW_FAILS(yw_ledger_take_contradiction(reader->n->l, county->origin.text, &pair, &err), YW_ECONFLICT);
	yw_lnode_commit(reader->n);
	yw_buf_release(&heads[0]);
	yw_buf_release(&heads[1]);
}

/* The reader froze the county's log before it could know of the key change that a quorum stands beyond, or does not. */
static void
outlived_elsewhere(void)
{
	for (int quorum = 0; quorum < 2; quorum++) {
		const struct yw_log *there, *here;
		uint64_t size;
		size_t n;

		two();
		size = county->n;
		freeze_at_reader(size);
		yw_tnet_rotate(county, city, "320102 new");
		grow(county, 3, "x");
		give(mirror, city);
		give(mirror, county);
		if (quorum)
			give_beat(mirror, county, 1700000100);
		turn(mirror);
		connect_line(reader, mirror);
		settle();
		later(60000);
		there = yw_ledger_log(mirror->n->l, county->origin.text);
		here = yw_ledger_log(reader->n->l, county->origin.text);
		YW_CHECK(there->frozen == !quorum && here->frozen == !quorum && there->n_forks == 1);
		if (quorum)
			check_same(county, 2);
		else
			YW_CHECK(here->size == size && sum(0, reader, mirror, &n).wants <= 4);	/* it does not ask for ever */
		end();
	}
}

/*
 * What froze it is of a size at which these keys were rotated out already, as it comes to know without any quorum: so the log was
 * frozen nowhere else.
 */
static void
rotated_out_before(void)
{
	two();
	freeze_at_reader(county->n + 5);
	yw_tnet_rotate(county, city, "320102 new");
	grow(county, 6, "x");
	give(mirror, city);
	give(mirror, county);
	turn(mirror);
	connect_line(reader, mirror);
	settle();
	later(60000);
	YW_CHECK(!yw_ledger_log(reader->n->l, county->origin.text)->frozen);
	check_same(county, 2);
	end();
}

/* --- a thief with the old keys, and a reader who took what the thief signed --- */

static struct yw_tnet *other;
static struct yw_tlog *thief;		/* the county's log as the thief goes on with it */

struct theft {
	size_t common, own, stolen;	/* entries before the two part, of the owner's by the old keys, of the thief's */
	bool met;			/* the reader has met a head of either, and froze the log */
	bool grows;			/* the newest head is another than that of the beat with quorum */
	bool replays;			/* the thief has put the owner's key change into its own branch as well */
	bool skips;			/* the owner has changed to others than to those that were delegated first */
	bool witnessed;			/* a quorum stands on the thief's branch too: it was signed before anybody knew */
	bool no_quorum;			/* none stands on the owner's */
	size_t unread;			/* that beat is so many entries beyond the reader's copy */
	bool new_keys;			/* the thief has the new keys too, and went on by them */
	bool pushed;			/* somebody hands the thief's entries over again and again */
};

static void
show_head(struct peer *to, struct yw_tlog *log, uint64_t size, enum yw_code expected)
{
	struct yw_buf head = YW_BUF_INIT;

	yw_tnet_head(log, size, NULL, &head);
	YW_CHECK_MSG(yw_ledger_take_head(to->n->l, yw_buf_bytes(&head), &err) == expected, "%s", err.msg);
	yw_lnode_commit(to->n);
	yw_buf_release(&head);
}

/* The reader has the thief's branch, the mirror the owner's, where the keys have changed. */
static void
steal(const struct theft *t)
{
	two();
	other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
	thief = &other->logs[2];
	grow(thief, 2, "x");
	grow(county, t->common, "x");
	grow(thief, t->common, "x");
	give(reader, county);
	give_beat(reader, county, 1690000000);	/* what both lead from had its quorum, and is nobody's to lose */
	yw_lnode_commit(reader->n);
	grow(county, t->own, "x");
	grow(thief, t->stolen, "y");
	if (t->replays) {
		uint64_t at;
		struct yw_buf request = YW_BUF_INIT;

		at = yw_tnet_delegate_next_keys(thief, &other->logs[1], "320102 new", &request);
		yw_tnet_add_key_change(thief, &other->logs[1], at);
		yw_buf_release(&request);
	}
	if (t->new_keys) {
		yw_tnet_rotate(thief, &other->logs[1], "320102 new");
		grow(thief, t->stolen, "y");
	}
	give(reader, thief);
	grow(thief, t->unread, "y");
	if (t->witnessed)
		give_beat(reader, thief, 1690000100);
	if (t->met)
		show_head(reader, county, county->n, YW_ECONFLICT);
	if (t->skips) {
		struct yw_buf request = YW_BUF_INIT;

		yw_tnet_delegate_next_keys(county, city, "320102 new", &request);
		county->key_set++;
		yw_buf_release(&request);
	}
	yw_tnet_rotate(county, city, t->skips ? "320102 newer" : "320102 new");
	grow(county, 3, "x");
	give(mirror, city);
	give(mirror, county);
	if (!t->no_quorum) {
		give_beat(mirror, county, 1700000100);
	} else {
		yw_tnet_beat(county, 1700000100, NULL, 0);
		YW_PASS(yw_ledger_take_beat(mirror->n->l, yw_buf_bytes(&county->beat), &err));
	}
	if (t->grows) {
		grow(county, 5, "x");
		give(mirror, county);
	}
	turn(mirror);
}

static void
end_theft(void)
{
	yw_tnet_free(other);
	end();
}

/* From where the reader is, to the thief's newest head. */
static void
push(void)
{
	const struct yw_log *here = yw_ledger_log(reader->n->l, county->origin.text);
	struct yw_lpackage lp;

	if (here->size >= thief->n)
		return;
	yw_tlog_package(thief, here->size, 1, thief->n, here->size, here->frozen, &lp);
	if (here->frozen)
		yw_tlog_prove(thief, here->size, thief->n, &lp.p);
	(void)!yw_ledger_take_package(reader->n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	turn(reader);
}

/* Where the quorum stands beyond the key change the copy goes over there, and all that was cut is kept. */
static void
taken_from_a_thief(void)
{
	static const struct theft rows[] = {
		{ 0, 3, 2, .met = false }, { 0, 2, 5, .met = true }, { 0, 0, 1, .met = false }, { 3, 0, 400, .met = false },
		{ 300, 2, 40, .met = true, .grows = true }, { 255, 1, 1, .grows = true }, { 10, 600, 700, .met = true, .grows = true },
		{ 5, 2, 40, .pushed = true }, { 5, 2, 40, .met = true, .pushed = true },
		{ 5, 1, 3, .replays = true }, { 5, 2, 3, .met = true, .replays = true, .grows = true }, { 2, 9, 0, .replays = true } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct yw_log *here;

		steal(&rows[i]);
		here = yw_ledger_log(reader->n->l, county->origin.text);
		YW_CHECK(here->frozen == rows[i].met && here->size == thief->n);
		connect_line(reader, mirror);
		while (rows[i].pushed && n_read < n_letters) {
			struct peer *to = reader_of(&letters[n_read]);

			deliver(n_read);
			turn(to);
			push();
		}
		settle();
		later(120000);
		YW_CHECK_MSG(!here->frozen && yw_hash_equal(&here->root, &yw_ledger_log(mirror->n->l, county->origin.text)->root),
		    "row %zu: %llu entries, frozen %d", i, (unsigned long long)here->size, here->frozen);
		check_same(county, 2);
		YW_CHECK_MSG(has_beat(county), "row %zu", i);
		put_demand(reader, "a", "life goes on", &yw_unconditional);
		later(10000);
		YW_CHECK(size_of(mirror, "320300") == size_of(reader, "320300"));
		end_theft();
	}
}

/* T7: what had its quorum is left for nothing, and nothing is left for what has none. */
static void
left_where_it_is(void)
{
	static const struct theft rows[] = {
		{ 0, 2, 5, .met = true, .witnessed = true }, { 3, 2, 5, .witnessed = true, .grows = true },
		{ 3, 2, 5, .witnessed = true, .unread = 2 }, { 3, 2, 5, .witnessed = true, .unread = 90 },
		{ 3, 2, 5, .met = true, .witnessed = true, .unread = 2 }, { 3, 2, 5, .met = true, .witnessed = true, .unread = 90 },
		{ 0, 2, 5, .met = true, .no_quorum = true }, { 3, 2, 5, .no_quorum = true },
		{ 3, 2, 5, .new_keys = true }, { 3, 2, 5, .met = true, .new_keys = true }, { 300, 2, 5, .new_keys = true, .grows = true },
		{ 3, 2, 5, .replays = true, .witnessed = true }, { 3, 2, 5, .replays = true, .no_quorum = true } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct yw_log *here;
		struct yw_hash root;
		size_t n;

		steal(&rows[i]);
		connect_line(reader, mirror);
		settle();
		later(120000);
		here = yw_ledger_log(reader->n->l, county->origin.text);
		yw_tnet_root(thief, thief->n - rows[i].unread, &root);
		YW_CHECK_MSG(here->size == thief->n - rows[i].unread && yw_hash_equal(&here->root, &root), "row %zu: %llu entries", i,
		    (unsigned long long)here->size);
		YW_CHECK(mirror->cuts == 0 && reader->cuts == 0);
		YW_CHECK_MSG(sum(0, reader, mirror, &n).wants <= 24, "row %zu: %zu wants", i, (size_t)sum(0, reader, mirror, &n).wants);
		end_theft();
	}
}

/* The newest head that was known is the thief's, of a size at which the owner's new keys sign: once they are known it says nothing,
 * and above all it does not stop who knew it. */
static void
known_before(void)
{
	static const uint64_t sizes[] = { 5, 9, 10, 12 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		two();
		other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
		thief = &other->logs[2];
		grow(thief, 12, "y");
		show_head(reader, thief, sizes[i], YW_OK);
		yw_tnet_rotate(county, city, "320102 new");
		grow(county, 5, "x");
		give(reader, city);
		give(reader, county);		/* as long as one of these heads, or longer */
		grow(county, 3, "x");
		give(reader, county);
		YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->size == county->n);
		YW_CHECK(!yw_ledger_log(reader->n->l, county->origin.text)->frozen);
		put_demand(reader, "a", "life goes on", &yw_unconditional);
		YW_CHECK(size_of(reader, "320300") >= 2);
		end_theft();
	}
}

/* The new keys are not enough: whoever has them, and a quorum that signs whatever it is shown, but no change from the old keys to
 * these, moves nobody. */
static void
no_change_to_them(void)
{
	struct yw_treceipt r[] = { { "320000", 1700000101 }, { "320100", 1700000102 } };
	struct yw_key_set old;
	struct yw_sought s;

	steal(&(struct theft) { 3, 2, 5, .no_quorum = true, .grows = true });
	connect_line(reader, mirror);
	settle();
	later(10000);
	old = thief->keys;
	grow(thief, 3, "y");
	yw_tnet_keys("320102 new", &thief->keys);
	yw_tnet_beat(thief, 1700000100, r, 2);
	thief->keys = old;
	YW_FAILS(yw_ledger_take_beat(reader->n->l, yw_buf_bytes(&thief->beat), &err), YW_ENOENT);
	turn(reader);
	YW_CHECK(yw_ledger_seeks(reader->n->l, yw_ledger_log(reader->n->l, county->origin.text), &s) && s.standing);	/* it was seen */
	settle();
	later(60000);
	YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->size == thief->n - 3);
	YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->target_size == 0);
	give_beat(mirror, county, 1700000200);		/* nor does it hide what does */
	turn(mirror);
	settle();
	later(60000);
	check_same(county, 2);
	end_theft();
}

/* The thief's branch has as many key sets as the owner's, and a quorum comes late, when all that could be asked was. */
static void
heard_after_the_cut(void)
{
	steal(&(struct theft) { 5, 1, 3, .replays = true, .skips = true, .no_quorum = true });
	connect_line(reader, mirror);
	settle();
	later(60000);
	YW_CHECK(yw_ledger_log(reader->n->l, county->origin.text)->size == thief->n);
	give_beat(mirror, county, 1700000200);
	turn(mirror);
	settle();
	later(60000);
	check_same(county, 2);
	YW_CHECK(has_beat(county));
	end_theft();
}

/* The reader's wants of the county's log. */
static size_t n_wants;
static uint64_t first_want;		/* starts there */

static void
count_wants(const struct letter *l, const Yiwang__V1__Exchange *e)
{
	for (size_t i = 0; reader_of(l) == mirror && i < e->n_wants; i++)
		if (strcmp(e->wants[i]->origin, county->origin.text) == 0 && n_wants++ == 0)
			first_want = e->wants[i]->start;
}

/* Who goes on from the copy has not parted from it, and is asked for nothing but that. */
static void
goes_on_again(void)
{
	uint64_t size;

	steal(&(struct theft) { 5, 2, 40, .met = false });
	connect_line(reader, mirror);
	settle();
	later(120000);
	check_same(county, 2);
	n_wants = 0;
	reads_along = count_wants;
	for (size_t more = 1; more <= 3; more++) {
		grow(county, 1, "x");
		give(mirror, county);
		turn(mirror);
		settle();
		later(10000);
		check_same(county, 2);
		YW_CHECK_MSG(n_wants == more, "%zu wants for %zu entries", n_wants, more);
	}
	size = county->n;
	freeze_at_reader(size);			/* so that it is asked for key changes anew */
	yw_tnet_rotate(county, city, "320102 newer");
	grow(county, 3, "x");
	give(mirror, city);
	give(mirror, county);
	give_beat(mirror, county, 1700000200);
	n_wants = 0;
	turn(mirror);
	settle();
	later(60000);
	check_same(county, 3);
	YW_CHECK_MSG(first_want == size, "%llu, not %llu", (unsigned long long)first_want, (unsigned long long)size);
	reads_along = NULL;
	end_theft();
}

/* The reader, who has a thief's entries, learns that a quorum stands on the owner's branch, and maybe where the two part. */
static void
bind_reader(bool aimed)
{
	static const struct yw_treceipt r[] = { { "320000", 1700000101 }, { "320100", 1700000102 } };
	const struct yw_log *here = yw_ledger_log(reader->n->l, county->origin.text);
	struct yw_lpackage lp;
	struct yw_sought s;

	give(reader, city);
	yw_tlog_package(county, 1, 1, county->n, 1, false, &lp);
	YW_PASS(yw_ledger_take_package(reader->n->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	yw_tnet_beat(county, 1700000100, r, 2);
	YW_FAILS(yw_ledger_take_beat(reader->n->l, yw_buf_bytes(&county->beat), &err), YW_ENOENT);
	turn(reader);
	while (aimed && yw_ledger_seeks(reader->n->l, here, &s)) {
		yw_tlog_answer(county, &s, reader->n);
		turn(reader);
	}
	YW_CHECK(yw_ledger_bound(reader->n->l, here) && (here->target_size != 0) == aimed);
}

/* Then it finds somebody who has more of the thief's, or less of the owner's than that beat says. */
static void
asks_nobody(void)
{
	static const struct { size_t stolen, more; bool aimed; } rows[] = { { 3, 2, false }, { 3, 2, true }, { 10, 0, false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		two();
		other = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100\nquorum g\n");
		thief = &other->logs[2];
		grow(thief, 2, "x");
		grow(thief, rows[i].stolen, "y");
		give(reader, thief);
		grow(thief, rows[i].more, "y");
		yw_tnet_rotate(county, city, "320102 new");
		grow(county, 3, "x");
		give(mirror, city);
		give(mirror, rows[i].more != 0 ? thief : county);
		grow(county, 12, "x");
		bind_reader(rows[i].aimed);
		n_wants = 0;
		reads_along = count_wants;
		connect_line(reader, mirror);
		settle();
		later(60000);
		reads_along = NULL;
		YW_CHECK_MSG(n_wants == 0, "row %zu: %zu wants", i, n_wants);
		end_theft();
	}
}

/* --- a closing that was made up before a key change --- */

/* As whoever made the log knows. */
static void
say_beat(const struct yw_tlog *log, const struct yw_tree_head *closing, enum yw_beat_relation relation)
{
	struct yw_beat_said said = { .beat = { .size = log->beat_head.size, .root = log->beat_head.root }, .relation = relation };

	YW_PASS(yw_trust_say_beats(net->t->trust, log->origin.text, closing, &said, 1));
}

/* An issuer closes a log of which a beat says otherwise at a head of this size which there is not, signed by these keys. */
static void
close_at_made_up(struct yw_tlog *by, struct yw_tlog *log, uint64_t size, const struct yw_key_set *keys)
{
	struct yw_tree_head closing = { .size = size, .root = { { 7 } } };
	struct yw_checkpoint c = { .size = size, .root = closing.root };
	struct yw_buf head = YW_BUF_INIT;

	memcpy(c.origin, log->origin.text, sizeof c.origin);
	YW_PASS(yw_head_sign(&c, &keys->head, &keys->pub.head, &head, &err));
	yw_tnet_add_closing(by, &(struct yw_closing_draft) { .origin = log->origin, .size = size, .head = yw_buf_bytes(&head),
	    .reason = "r" }, true);
	say_beat(log, &closing, YW_BEAT_CONTRADICTS);
	yw_buf_release(&head);
}

/* At one that it signed. */
static void
close_at(struct yw_tlog *by, struct yw_tlog *log, uint64_t size)
{
	struct yw_closing_draft d = { .reason = "r" };
	struct yw_tree_head closing = { .size = size };
	struct yw_buf head = YW_BUF_INIT;

	yw_tnet_root(log, size, &closing.root);
	yw_tnet_draft_closing(log, size, &d, &head);
	yw_tnet_add_closing(by, &d, true);
	say_beat(log, &closing, YW_BEAT_EXTENDS);
	yw_buf_release(&head);
}

static const struct yw_generation *
generation_of(const struct peer *p, const struct yw_tlog *log)
{
	return yw_ledger_generation(p->n->l, yw_ledger_log(p->n->l, log->origin.text));
}

static bool
is_open(const struct peer *p, const struct yw_tlog *log)
{
	return generation_of(p, log)->open;
}

/* Who was there knows by a quorum beyond the change that it is void; who hears of the closing first, holding less of the log than
 * that, as much, or more, comes to know it. */
static void
closed_before_the_change(void)
{
	static const struct { size_t held, more; uint64_t closed_at; size_t rest; } rows[] = {	/* of much more nothing comes unasked */
		{ 0, 9, 11, 3 }, { 4, 5, 11, 3 }, { 5, 4, 8, 3 }, { 9, 0, 5, 3 }, { 0, 400, 300, 3 }, { 9, 0, 12, 400 }, { 9, 0, 5, 400 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_key_set old;

		two();
		grow(county, rows[i].held, "x");
		give(reader, county);
		grow(county, rows[i].more, "x");
		YW_CHECK(county->n >= rows[i].closed_at);
		old = county->keys;
		yw_tnet_rotate(county, city, "320102 new");
		grow(county, rows[i].rest, "x");
		give(mirror, city);
		give(mirror, county);
		give_beat(mirror, county, 1700000100);
		close_at_made_up(city, county, rows[i].closed_at, &old);
		give(reader, city);
		turn(reader);
		YW_CHECK(!is_open(reader, county));
		give(mirror, city);
		turn(mirror);
		YW_CHECK(is_open(mirror, county));
		connect_line(reader, mirror);
		settle();
		later(60000);
		YW_CHECK_MSG(is_open(reader, county), "row %zu: closed", i);
		check_same(county, 2);
		YW_CHECK(has_beat(county));
		end();
	}
}

/* And who signed the quorum was admitted behind the end that was made up, or behind one at which the log was closed too early. */
static void
closed_before_the_witness(void)
{
	static const struct { bool holds, signed_by_it; uint64_t closed_at; } rows[] = { { false, false, 1 }, { true, false, 1 },
		{ false, false, 8 }, { true, false, 8 }, { false, true, 1 }, { true, true, 1 } };
	static const struct yw_treceipt receipt = { "320102", 1700000101 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(codes, 5, "group g any 320102\nquorum g\n");
		top = net->n[0].t;
		city = net->n[1].t;
		county = net->n[2].t;
		grow(city, 10, "x");
		mirror = add_peer("320200", MEMORY);
		reader = add_peer("320300", MEMORY);
		give(mirror, top);
		give(reader, top);
		give(mirror, city);
		if (rows[i].holds)
			give(reader, city);
		yw_tnet_beat(city, 1700000100, &receipt, 1);
		YW_PASS(yw_ledger_take_beat(mirror->n->l, yw_buf_bytes(&city->beat), &err));
		turn(mirror);
		if (rows[i].signed_by_it)
			close_at(top, city, rows[i].closed_at);
		else
			close_at_made_up(top, city, rows[i].closed_at, &city->keys);
		give(reader, top);
		turn(reader);
		YW_CHECK(!is_open(reader, city) && generation_of(reader, city)->end.size == rows[i].closed_at);
		give(mirror, top);
		turn(mirror);
		connect_line(reader, mirror);
		settle();
		later(60000);
		for (size_t p = 0; p < n_peers; p++) {
			const struct yw_generation *g = generation_of(&peers[p], city);

			YW_CHECK_MSG(g->open == !rows[i].signed_by_it && g->end.size == (g->open ? UINT64_MAX : city->n),
			    "row %zu, %s: ends at %llu", i, peers[p].n->t->code.code, (unsigned long long)g->end.size);
		}
		check_same(city, 1);
		YW_CHECK(has_beat(city));
		give(mirror, county);
		later(60000);
		check_same(county, 1);
		end();
	}
}

/* How many proven entries one package may have, and that without a head there is nothing that they are proven into. */
static void
proofs_a_package(void)
{
	static const struct { size_t changes, admitted; bool head; enum yw_code expected; } rows[] = { { 15, 16, true, YW_OK },
		{ 16, 0, true, YW_EPEER }, { 0, 17, true, YW_EPEER }, { 1, 0, false, YW_EPEER }, { 0, 1, false, YW_EPEER },
		{ 0, 0, false, YW_OK } };
	Yiwang__V1__Chain__KeyChangeProof proof = YIWANG__V1__CHAIN__KEY_CHANGE_PROOF__INIT, *list[32];
	uint8_t note[] = "a head";

	for (size_t i = 0; i < 32; i++)
		list[i] = &proof;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Yiwang__V1__PeerReply reply = YIWANG__V1__PEER_REPLY__INIT;
		Yiwang__V1__Exchange exchange = YIWANG__V1__EXCHANGE__INIT;
		Yiwang__V1__Package package = YIWANG__V1__PACKAGE__INIT, *packages[] = { &package };
		struct yw_buf bytes = YW_BUF_INIT;
		struct yw_inbound *in;
		enum yw_code code;

		package.origin = (char *)"onenet.example/320102";
		package.head = rows[i].head ? (ProtobufCBinaryData) { sizeof note - 1, note } : package.head;
		package.key_changes = package.admitted = list;
		package.n_key_changes = rows[i].changes;
		package.n_admitted = rows[i].admitted;
		exchange.packages = packages;
		exchange.n_packages = 1;
		reply.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE;
		reply.exchange = &exchange;
		YW_PASS(yw_wire_pack(&reply.base, &bytes, &err));
		code = yw_inbound_read(&bytes, false, &in, &err);
		YW_CHECK_MSG(code == rows[i].expected, "row %zu: %d", i, code);
		yw_inbound_free(in);
		yw_buf_release(&bytes);
	}
}

YW_TESTS(
	{ "T5 T7 R3 who hears of a closing first asks for the key changes from behind its end, and judges as who was there",
	    closed_before_the_change },
	{ "T7 R3 so it judges by whom was admitted behind its end", closed_before_the_witness },
	{ "T5 T7 R3 a package has at most 15 key changes and 16 delegations, and a head that they are proven into", proofs_a_package },
	{ "T5 a head by the old keys that was known before the key change says nothing after it, and stops nobody", known_before },
	{ "T5 a beat by the new keys on a branch that does not change to them moves nobody", no_change_to_them },
	{ "T5 L7 L8 who took a thief's entries before it knew of the key change goes to the branch where a quorum stands beyond it",
	    taken_from_a_thief },
	{ "T7 T5 and nobody leaves what had its quorum, nor for a branch that has none", left_where_it_is },
	{ "T5 R5 who goes over to the owner's branch hears again what it could not judge before, a beat with quorum above all",
	    heard_after_the_cut },
	{ "T5 R3 who goes on from the copy again is asked for what is new alone, and for key changes from the copy's end", goes_on_again },
	{ "T5 L8 R3 who goes over to the owner's branch asks nobody for what it would not take", asks_nobody },
	{ "T5 R3 R5 a rotation over links: head, beat and receipts by the new key arrive", live },
	{ "T5 R3 a replica that is months and several rotations behind catches up, and cuts nobody off", months_behind },
	{ "T5 L6 a contradiction by a key that is not known yet is told again when it is", told_early },
	{ "T5 L7 L6 who froze a log before it knew of a key change learns that a quorum stands beyond it, and goes on", outlived_elsewhere },
	{ "T5 L7 L6 so does who froze it by a pair of a size at which its keys were rotated out already", rotated_out_before })
