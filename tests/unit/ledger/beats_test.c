/*
 * Beats and receipts: when they are made, whose lines are kept, which beats stay, and when nothing is signed.
 */
#include "base/text.h"
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

#define DASH "\xe2\x80\x94 "

static const char *const codes[] = { "320000", "320100", "320200", "320300", "320400" };
#define N_CODES (sizeof codes / sizeof *codes)
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *top, *city;
static struct yw_tlog *t;		/* the log of 320000 in tnet */

static void
start(const char *policy)
{
	net = yw_lnet_new(codes, N_CODES, policy);
	top = &net->n[0];
	city = &net->n[1];
	t = top->t;
}

static void
stop(void)
{
	yw_lnet_free(net);
}

/* All of it, without bodies. */
static void
give_all(struct yw_lnode *to, struct yw_tlog *log)
{
	struct yw_lpackage lp;
	uint64_t at = yw_ledger_log(to->l, log->origin.text)->size;

	yw_tlog_package(log, at, log->n - at, log->n, at, false, &lp);
	YW_PASS(yw_ledger_take_package(to->l, &lp.p, &err));
	yw_lnode_commit(to);
	yw_lpackage_release(&lp);
}

/* A beat of tnet's log at a smaller size than it has. */
static struct yw_bytes
beat_at(struct yw_tlog *log, uint64_t size, uint64_t owner_s, const struct yw_treceipt *r, size_t n)
{
	size_t whole = log->n;

	log->n = size;
	yw_tnet_beat(log, owner_s, r, n);
	log->n = whole;
	return yw_buf_bytes(&log->beat);
}

static struct yw_log *
copy(struct yw_lnode *n, struct yw_tlog *log)
{
	return yw_ledger_log(n->l, log->origin.text);
}

/* How many lines by this cosigner, or with this name. */
static size_t
lines_by(const struct yw_beat *b, const char *code)
{
	struct yw_note n;
	char name[64];
	size_t count = 0;

	snprintf(name, sizeof name, "onenet.example/%s/cosign", code);
	YW_PASS(yw_note_parse(yw_buf_bytes(&b->note), &n, &err));
	for (size_t i = 0; i < n.n_sigs; i++)
		count += yw_bytes_equal(n.sigs[i].name, yw_bytes_str(name));
	yw_note_release(&n);
	return count;
}

/* ---- R4 */

static bool
beats_now(struct yw_lnode *n, int64_t *next)
{
	struct yw_log *own = yw_ledger_own(n->l);
	uint64_t before = own->n_beats > 0 ? own->beats[own->n_beats - 1].stamp : 0;

	YW_PASS(yw_ledger_beat(n->l, next, &err));
	yw_lnode_commit(n);
	return own->n_beats > 0 && own->beats[own->n_beats - 1].stamp != before;
}

static void
due(void)
{
	struct yw_log *own;
	int64_t next;

	start("quorum none\n");
	yw_lnode_open(top);
	own = yw_ledger_own(top->l);
	YW_CHECK(beats_now(top, &next) && own->n_beats == 1 && own->beats[0].size == 1);
	YW_CHECK(own->beats[0].owner_time_s == (uint64_t)top->utc_ms / 1000 && own->beats[0].quorum == YW_QUORUM_NONE);
	for (int i = 0; i < 5; i++) {		/* at most every 10 s, however fast it grows */
		char id[64];

		snprintf(id, sizeof id, "320000/demand/%d", i);
		yw_lnode_put(top, id, 1, "x", &yw_unconditional);
		YW_CHECK(!beats_now(top, &next) && next == top->mono_ms + 10000 - i * 1000);
		yw_lnet_wait(net, 1000);
	}
	yw_lnet_wait(net, 4999);
	YW_CHECK(!beats_now(top, &next) && next == top->mono_ms + 1);
	yw_lnet_wait(net, 1);
	YW_CHECK(beats_now(top, &next) && own->beats[own->n_beats - 1].size == 6);
	/* at rest: after an hour, of the same head, dated anew */
	yw_lnet_wait(net, 3599999);
	YW_CHECK(!beats_now(top, &next) && next == top->mono_ms + 1);
	yw_lnet_wait(net, 1);
	YW_CHECK(beats_now(top, &next) && own->beats[own->n_beats - 1].size == 6 &&
	    own->beats[own->n_beats - 1].owner_time_s == (uint64_t)top->utc_ms / 1000);
	YW_CHECK(lines_by(&own->beats[own->n_beats - 1], "320000") == 1);
	/* the first record after a rest is offered at once */
	yw_lnet_wait(net, 60000);
	yw_lnode_put(top, "320000/demand/z", 1, "x", &yw_unconditional);
	YW_CHECK(beats_now(top, &next) && own->beats[own->n_beats - 1].size == 7);
	stop();
}

static void
due_after_restart(void)
{
	int64_t next;

	start("quorum none\n");
	yw_lnode_open(top);
	YW_CHECK(beats_now(top, &next));
	yw_lnet_wait(net, 4000);
	top->mono_ms = 7;			/* another boot */
	yw_lnode_reopen(top);
	yw_lnode_put(top, "320000/demand/a", 1, "x", &yw_unconditional);
	YW_CHECK(!beats_now(top, &next) && next == 7 + 6000);
	top->utc_ms -= 86400000;
	top->mono_ms = 6007;			/* in one run the monotonic clock decides */
	YW_CHECK(beats_now(top, &next));
	yw_lnode_put(top, "320000/demand/b", 1, "x", &yw_unconditional);
	top->utc_ms -= 86400000;		/* a clock behind the last beat: how long ago is not known, the whole time again */
	yw_lnode_reopen(top);
	YW_CHECK(!beats_now(top, &next) && next == top->mono_ms + 10000);
	top->mono_ms += 9999;
	YW_CHECK(!beats_now(top, &next));
	top->mono_ms++;
	YW_CHECK(beats_now(top, &next) && !yw_lnode_dirty(top));
	stop();
}

/* ---- R5: lines */

static const struct yw_treceipt receipts[] = {
	{ "320200", 300 }, { "320200", 100 }, { "320200", 200 }, { "320200", 400 }, { "320300", 250 }, { "320300", 250 },
	{ "320400", 900 }, { "320400", 50 },
};

/* One note per receipt, in a random order, gives the note that all of them at once give. */
static void
any_order(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_buf want = YW_BUF_INIT;

	start("group g 2 320200 320300 320400\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);
	for (int round = 0; round < 12; round++) {
		size_t order[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
		const struct yw_beat *b;

		if (round > 0)
			yw_test_shuffle(&seed, order, 8, sizeof *order);
		if (round == 0) {
			YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 1000, receipts, 8), &err));
		} else {
			for (size_t i = 0; i < 8; i++) {
				YW_PASS(yw_ledger_take_beat(city->l,
				    beat_at(t, t->n, 1000 - (uint64_t)(i % 3), &receipts[order[i]], 1), &err));
				if (yw_test_next(&seed) % 3 == 0)
					yw_lnode_commit(city);
			}
			YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 1000, NULL, 0), &err));
		}
		yw_lnode_commit(city);
		b = &copy(city, t)->beats[0];
		YW_CHECK(copy(city, t)->n_beats == 1);
		if (round == 0)
			yw_buf_add(&want, b->note.data, b->note.len);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&want), yw_buf_bytes(&b->note)), "round %d: another note", round);
		YW_CHECK(b->quorum == YW_QUORUM_MET && b->quorum_time_s == 100 && b->owner_time_s == 1000);
		YW_CHECK(lines_by(b, "320200") == 2 && lines_by(b, "320300") == 1 && lines_by(b, "320400") == 2 &&
		    lines_by(b, "320000") == 1);
		yw_lnode_forget(city);
		yw_lnode_open(city);
		give_all(city, t);
	}
	yw_buf_release(&want);
	stop();
}

static void
add_line(struct yw_buf *note, const char *name, size_t len, uint8_t fill)
{
	uint8_t raw[128];

	memset(raw, fill, sizeof raw);
	yw_buf_printf(note, DASH "%s ", name);
	{
		struct yw_buf b64 = YW_BUF_INIT;
		static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

		for (size_t i = 0; i < len; i += 3) {	/* len is a multiple of 3 */
			uint32_t v = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];

			for (int k = 18; k >= 0; k -= 6)
				yw_buf_add_byte(&b64, (uint8_t)alphabet[v >> k & 63]);
		}
		yw_buf_add(note, b64.data, b64.len);
		yw_buf_release(&b64);
	}
	yw_buf_add_byte(note, '\n');
}

/* Lines that nobody asked for do not stay, and so do not travel. */
static void
junk(void)
{
	static const char *const names[] = { "onenet.example/320000", "onenet.example/320000/cosign", "somebody",
		"othernet.example/320200/cosign", "onenet.example/320500/cosign", "onenet.example/32010x/cosign",
		"onenet.example/320200/root" };
	struct yw_buf note = YW_BUF_INIT;
	size_t before;

	start("group g 1 320200 320300\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 1000, NULL, 0), &err));
	yw_lnode_commit(city);
	before = copy(city, t)->beats[0].note.len;
	yw_buf_add(&note, t->beat.data, t->beat.len);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (uint8_t k = 0; k < 5; k++)
			add_line(&note, names[i], 75, (uint8_t)(i * 5 + k));
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
	YW_CHECK(!yw_lnode_dirty(city) && copy(city, t)->beats[0].note.len == before);
	/* one by a key that is not known yet stays, of each code whose receipts travel */
	for (uint8_t k = 0; k < 5; k++) {
		add_line(&note, "onenet.example/320200/cosign", 75, (uint8_t)(100 + k));
		add_line(&note, "onenet.example/320300/cosign", 75, (uint8_t)(100 + k));
	}
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
	yw_lnode_commit(city);
	YW_CHECK(lines_by(&copy(city, t)->beats[0], "320200") == 1 && lines_by(&copy(city, t)->beats[0], "320300") == 1);
	YW_CHECK(copy(city, t)->beats[0].quorum == YW_QUORUM_NOT_MET);
	yw_buf_release(&note);
	stop();
}

static void
bad_receipt(void)
{
	static const struct yw_treceipt one[] = { { "320300", 77 } }, two[] = { { "320400", 78 } };
	struct yw_buf note = YW_BUF_INIT, before = YW_BUF_INIT, after = YW_BUF_INIT;
	struct yw_bytes b;

	start("group g 2 320300 320400\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 1000, one, 1), &err));
	yw_lnode_commit(city);
	yw_lnode_state(city, &before);
	b = beat_at(t, t->n, 1000, two, 1);
	yw_buf_add(&note, b.data, b.len);
	note.data[note.len - 8] = note.data[note.len - 8] == 'A' ? 'B' : 'A';
	YW_FAILS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err), YW_ESIG);
	YW_CHECK(!yw_lnode_dirty(city));
	yw_lnode_state(city, &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	YW_PASS(yw_ledger_take_beat(city->l, b, &err));
	YW_CHECK(copy(city, t)->beats[0].quorum == YW_QUORUM_MET);
	/* a head is no beat */
	yw_buf_clear(&note);
	yw_tlog_head(t, t->n - 1, &note);
	YW_FAILS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err), YW_ESIG);
	yw_buf_release(&note);
	yw_buf_release(&before);
	yw_buf_release(&after);
	stop();
}

/* What is at hand was verified; another signature of the same head is not that. */
static void
bad_head(void)
{
	static const struct yw_treceipt one[] = { { "320300", 77 } };
	struct yw_buf note = YW_BUF_INIT;
	struct yw_bytes b, lines, line;
	uint8_t *at, was;

	start("group g 2 320300 320400\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);
	b = beat_at(t, t->n, 1000, one, 1);
	YW_PASS(yw_ledger_take_beat(city->l, b, &err));
	yw_lnode_commit(city);
	yw_buf_add(&note, b.data, b.len);
	lines = yw_note_lines(yw_buf_bytes(&note));
	YW_CHECK(yw_line_next(&lines, &line));
	at = note.data + (line.data - note.data) + line.len - 8;
	was = *at;
	*at = was == 'A' ? 'B' : 'A';
	YW_FAILS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err), YW_ESIG);
	YW_CHECK(!yw_lnode_dirty(city));
	*at = was;
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
	yw_buf_release(&note);
	stop();
}

/* The newest beat of that log as others are shown it. */
static void
passed_on(struct yw_lnode *n, const struct yw_tlog *of, struct yw_buf *out)
{
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_beat(v, yw_view_log(v, of->origin.text), 0, true, out, &err));
	yw_view_close(v);
}

/* A receipt comes before the delegation that makes its key known.  A good one counts from then on; a bad one
 * goes, and takes nothing with it.  Until then nobody is shown it, who might know that it is bad. */
static void
known_later(void)
{
	static const struct yw_treceipt one[] = { { "320200", 77 } }, more[] = { { "320300", 78 } };

	for (int good = 0; good < 2; good++) {
		struct yw_buf note = YW_BUF_INIT, state = YW_BUF_INIT, again = YW_BUF_INIT, shown = YW_BUF_INIT;
		struct yw_lpackage lp;
		const struct yw_beat *b;
		struct yw_bytes beat;

		start("group g 1 320200 320300\nquorum g\n");
		yw_lnode_open(city);
		yw_tlog_package(t, 0, 3, 3, 0, false, &lp);	/* it knows 320100 and not yet 320200 */
		YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
		yw_lpackage_release(&lp);
		beat = beat_at(t, 3, 1000, one, 1);
		yw_buf_add(&note, beat.data, beat.len);
		if (!good)
			note.data[note.len - 8] = note.data[note.len - 8] == 'A' ? 'B' : 'A';
		YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
		yw_lnode_commit(city);
		b = &copy(city, t)->beats[0];
		YW_CHECK(b->known < b->note.len && b->quorum == YW_QUORUM_NOT_MET && lines_by(b, "320200") == 1);
		passed_on(city, t, &shown);
		YW_CHECK(shown.len == b->known && strstr(yw_buf_str(&shown), "320200/cosign") == NULL);
		yw_lnode_reopen(city);
		b = &copy(city, t)->beats[0];
		YW_CHECK(b->known < b->note.len && b->quorum == YW_QUORUM_NOT_MET && lines_by(b, "320200") == 1);

		give_all(city, t);		/* now its key is known */
		YW_CHECK(b->known == b->note.len && (b->quorum == YW_QUORUM_MET) == good && lines_by(b, "320200") == (size_t)good);
		YW_CHECK(b->quorum_time_s == (good ? 77u : 0u));
		yw_lnode_state(city, &state);
		yw_lnode_reopen(city);
		yw_lnode_state(city, &again);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&state), yw_buf_bytes(&again)));
		YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, 3, 1000, more, 1), &err));	/* goes on */
		YW_CHECK(copy(city, t)->beats[0].quorum == YW_QUORUM_MET);
		yw_buf_release(&note);
		yw_buf_release(&state);
		yw_buf_release(&again);
		yw_buf_release(&shown);
		stop();
	}
}

/* More lines than a note may have: who signed goes before how fresh it is. */
static void
crowd(void)
{
	enum { CROWD = 44 };
	static char text[CROWD][7];
	const char *all[CROWD];
	struct yw_treceipt r[2 * CROWD];
	struct yw_buf policy = YW_BUF_INIT;
	const struct yw_beat *b;

	yw_buf_add_str(&policy, "group g 42");
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(text[i], sizeof text[i], "%s", i == 0 ? "320000" : "");
		if (i > 0)
			snprintf(text[i], sizeof text[i], "3201%02zu", i);
		all[i] = text[i];
		if (i > 1)
			yw_buf_printf(&policy, " %s", all[i]);
		r[i] = (struct yw_treceipt) { all[i], 100 + i };
		r[CROWD + i] = (struct yw_treceipt) { all[i], 1000 + i };
	}
	yw_buf_add_str(&policy, "\nquorum g\n");
	net = yw_lnet_new(all, CROWD, yw_buf_str(&policy));
	top = &net->n[0];
	city = &net->n[1];
	t = top->t;
	yw_lnode_open(city);
	give_all(city, t);
	for (size_t i = 2; i < CROWD; i++) {		/* the newest first */
		YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 2000, &r[CROWD + i], 1), &err));
		YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 2000, &r[i], 1), &err));
	}
	yw_lnode_commit(city);
	b = &copy(city, t)->beats[0];
	YW_CHECK(b->quorum == YW_QUORUM_MET && b->quorum_time_s == 100 + CROWD - 1);
	{
		struct yw_note n;

		YW_PASS(yw_note_parse(yw_buf_bytes(&b->note), &n, &err));
		YW_CHECK(n.n_sigs == YW_NOTE_SIGNATURES_MAX);
		yw_note_release(&n);
	}
	for (size_t i = 2; i < CROWD; i++)
		YW_CHECK(lines_by(b, all[i]) >= 1);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, t->n, 2000, &r[CROWD + 43], 1), &err));
	YW_CHECK(!yw_lnode_dirty(city));
	yw_buf_release(&policy);
	stop();
}

/* ---- R6: which beats stay */

struct given {
	uint64_t size;
	bool quorum;
	uint64_t time_s;
};

/* What should be at hand, sizes rising, after one more: the newest with quorum, and above it the oldest and newest. */
static void
expect(struct given hand[4], size_t *n, struct given more)
{
	size_t at, first = 0, kept = 0;

	for (at = 0; at < *n && hand[at].size < more.size; at++)
		;
	if (at == *n || hand[at].size != more.size) {
		if (at == 0 && *n > 0 && hand[0].quorum)
			return;
		memmove(&hand[at + 1], &hand[at], (*n - at) * sizeof *hand);
		++*n;
	}
	hand[at] = more;
	for (size_t i = 0; i < *n; i++)
		if (hand[i].quorum)
			first = i;
	for (size_t i = first; i < *n; i++)
		if (i <= first + hand[first].quorum || i == *n - 1)
			hand[kept++] = hand[i];
	*n = kept;
}

static bool
stored(struct yw_lnode *n, uint64_t size)
{
	struct yw_buf note = YW_BUF_INIT, found = YW_BUF_INIT;
	struct yw_checkpoint c = { .size = 0 };
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	if (yw_view_beat(v, yw_view_log(v, t->origin.text), size, false, &found, &err) == YW_OK)
		YW_PASS(yw_head_check(yw_buf_bytes(&found), &t->keys.pub.head, &c, &err));
	yw_view_close(v);
	yw_buf_release(&note);
	yw_buf_release(&found);
	return c.size == size;
}

static void
check_days(const struct given *g, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool first = g[i].quorum;

		for (size_t k = 0; k < n && first; k++)
			first = !(g[k].quorum && g[k].time_s / 86400 == g[i].time_s / 86400 && g[k].size < g[i].size);
		if (first)
			YW_CHECK_MSG(stored(city, g[i].size), "the first of its day, %llu, is gone", (unsigned long long)g[i].size);
	}
}

static void
kept(void)
{
	uint64_t seed = yw_test_seed();

	for (int round = 0; round < (getenv("YW_ON_DISK") != NULL ? 3 : 20); round++) {
		struct given g[60], hand[4];
		size_t n = 0, n_hand = 0;

		start("group g 1 320200 320300\nquorum g\n");
		yw_lnode_open(city);
		yw_tlog_grow(t, 80, "x");
		give_all(city, t);
		for (uint64_t size = 1; size <= 60; size++) {	/* rising, now and then one out of order */
			bool again = n > 3 && yw_test_next(&seed) % 3 == 0;
			size_t at = again ? n - 1 - yw_test_next(&seed) % 3 : n;
			struct yw_treceipt r = { "320200", 0 };

			if (!again)
				g[n++] = (struct given) { .size = size < 8 ? 8 - size : size, .time_s = 1000000 + size * 7000 };
			g[at].quorum |= size > 6 && yw_test_next(&seed) % 2 == 0;
			r.time_s = g[at].time_s;
			YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, g[at].size, 500, &r, g[at].quorum), &err));
			if (yw_test_next(&seed) % 2)
				yw_lnode_commit(city);
			if (yw_test_next(&seed) % 8 == 0) {
				yw_lnode_commit(city);
				yw_lnode_reopen(city);
			}
			expect(hand, &n_hand, g[at]);
			YW_CHECK_MSG(copy(city, t)->n_beats == n_hand, "%zu beats, not %zu", copy(city, t)->n_beats, n_hand);
			for (size_t i = 0; i < n_hand; i++)
				YW_CHECK_MSG(copy(city, t)->beats[i].size == hand[i].size, "place %zu holds %llu, not %llu", i,
				    (unsigned long long)copy(city, t)->beats[i].size, (unsigned long long)hand[i].size);
		}
		yw_lnode_commit(city);
		check_days(g, n);
		yw_lnode_reopen(city);
		check_days(g, n);
		stop();
	}
}

/* A newcomer hears the newest first: of the older ones it keeps the first of each day. */
static void
newcomer(void)
{
	struct given g[30];

	start("group g 1 320200 320300\nquorum g\n");
	yw_lnode_open(city);
	yw_tlog_grow(t, 40, "x");
	give_all(city, t);
	for (size_t i = 0; i < 30; i++) {
		uint64_t size = 30 - i;
		struct yw_treceipt r = { "320200", 1000000 + size * 30000 };

		g[i] = (struct given) { size, true, r.time_s };
		YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, size, 500, &r, 1), &err));
		if (i % 4 == 0)
			yw_lnode_commit(city);
	}
	yw_lnode_commit(city);
	YW_CHECK(copy(city, t)->n_beats == 1 && copy(city, t)->beats[0].size == 30);
	check_days(g, 30);
	YW_CHECK(!stored(city, 29) && !stored(city, 26));	/* and nothing else */
	stop();
}

/* The days of t's log there, as "day:size@seconds of the day ". */
static const char *
days_text(struct yw_lnode *n)
{
	static char text[256];
	struct yw_day d[16];
	struct yw_view *v;
	size_t n_days, len = 0;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_days(v, yw_view_log(v, t->origin.text), 0, UINT32_MAX, d, 16, &n_days, &err));
	text[0] = '\0';
	for (size_t i = 0; i < n_days; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%u:%llu@%llu ", (unsigned)d[i].day, (unsigned long long)d[i].size,
		    (unsigned long long)(d[i].quorum_time_s % 86400));
	yw_view_close(v);
	return text;
}

static void
take_version(struct yw_lnode *n, const char *policy)
{
	yw_tnet_version(net->t, &(struct yw_network_change) { .policy_lines = policy });
	YW_PASS(yw_ledger_take_network(n->l, yw_buf_bytes(&yw_trust_network(net->t->trust)->note), &err));
	yw_lnode_commit(n);
}

/* Size, and when the two others signed it. */
static void
two_receipts(uint64_t size, uint64_t a_s, uint64_t b_s)
{
	struct yw_treceipt r[] = { { "320200", a_s }, { "320300", b_s } };

	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, size, 500, r, 2), &err));
	yw_lnode_commit(city);
}

/* Another network file asks for another quorum: what is kept for ever is of the day on which it meets that; what meets it no
 * more is what the older file asked for, and stays. */
static void
other_quorum(void)
{
	const uint64_t day = 86400;

	start("group g 2 320200 320300\nquorum g\n");
	yw_lnode_open(city);
	yw_tlog_grow(t, 50, "x");
	give_all(city, t);
	two_receipts(10, 11 * day - 5, 11 * day + 5);
	two_receipts(20, 11 * day + 100, 11 * day + 200);
	two_receipts(30, 12 * day + 100, 12 * day + 200);
	two_receipts(40, 13 * day + 100, 13 * day + 200);
	two_receipts(45, 14 * day + 100, 14 * day + 200);
	YW_CHECK_MSG(strcmp(days_text(city), "11:10@5 12:30@200 13:40@200 14:45@200 ") == 0, "%s", days_text(city));
	take_version(city, "group g any 320200 320300\nquorum g\n");
	YW_CHECK_MSG(strcmp(days_text(city), "10:10@86395 12:30@100 13:40@100 14:45@100 ") == 0, "%s", days_text(city));
	YW_CHECK(stored(city, 10) && stored(city, 30));
	yw_lnode_reopen(city);
	YW_CHECK_MSG(strcmp(days_text(city), "10:10@86395 12:30@100 13:40@100 14:45@100 ") == 0, "%s", days_text(city));
	take_version(city, "quorum 320400\n");
	YW_CHECK_MSG(strncmp(days_text(city), "10:10@86395 12:30@100 13:40@100 ", 32) == 0, "%s", days_text(city));
	take_version(city, "group g 2 320200 320300\nquorum g\n");
	YW_CHECK_MSG(strncmp(days_text(city), "11:10@5 12:30@200 13:40@200 ", 28) == 0, "%s", days_text(city));
	YW_CHECK(stored(city, 10) && stored(city, 30));
	stop();
}

/* ---- R5: when I sign */

static size_t
my_receipts(struct yw_lnode *n, struct yw_tlog *log)
{
	size_t count = 0;

	for (size_t i = 0; i < copy(n, log)->n_beats; i++)
		count += lines_by(&copy(n, log)->beats[i], n->t->code.code);
	return count;
}

static void
cosign(struct yw_lnode *n)
{
	YW_PASS(yw_ledger_cosign(n->l, &err));
	yw_lnode_commit(n);
}

static void
take_beat(uint64_t size, uint64_t owner_s)
{
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, size, owner_s, NULL, 0), &err));
	yw_lnode_commit(city);
}

static void
deserved(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_body b = { .index = 10 };
	uint8_t cosigned[40];
	struct key k;

	start("group g 1 320100\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);		/* 9 entries */
	yw_tlog_grow(t, 3, "x");			/* 9, 10, 11 */
	take_beat(4, 1000);
	YW_CHECK(yw_lnode_dirty(city));
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 1 && !yw_lnode_dirty(city));
	take_beat(11, 1000);		/* beyond what is here */
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 1 && copy(city, t)->n_beats == 2 && !yw_lnode_dirty(city));
	give_all(city, t);		/* entries without their bodies */
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 1);
	yw_lrecord("320000/demand/10", 1, "x", &body);	/* the second of them: the first still lacks */
	b.bytes = yw_buf_bytes(&body);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(city->l, t->origin.text, &b, &err));
	yw_lnode_commit(city);
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 1);
	yw_buf_clear(&body);
	yw_lrecord("320000/demand/9", 1, "x", &body);
	b.index = 9;
	b.bytes = yw_buf_bytes(&body);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(city->l, t->origin.text, &b, &err));
	yw_lnode_commit(city);
	YW_CHECK(copy(city, t)->receipts_to == 11 && yw_lnode_dirty(city));	/* there is something to sign */
	cosign(city);
	YW_CHECK(copy(city, t)->beats[copy(city, t)->n_beats - 1].mine);
	k = key_head(copy(city, t)->number, 'c');
	YW_PASS(yw_store_get_fixed(city->store, NULL, F_HEADS, key_bytes(&k), cosigned, sizeof cosigned, &err));
	YW_CHECK(yw_get_be64(cosigned) == 11);
	yw_buf_release(&body);
	stop();
}

/* Two wait, and my receipt is the quorum of each: by the larger one's the smaller would be no longer needed, and it is the
 * first of its day that is kept. */
static void
rising(void)
{
	char first[64];

	start("group g 1 320100\nquorum g\n");
	yw_lnode_open(city);
	take_beat(4, 1000);
	take_beat(9, 1000);		/* before there is anything to sign */
	YW_CHECK(copy(city, t)->n_beats == 2);
	give_all(city, t);
	YW_CHECK(my_receipts(city, t) == 0);
	cosign(city);
	YW_CHECK(copy(city, t)->n_beats == 1 && copy(city, t)->beats[0].size == 9 && my_receipts(city, t) == 1);
	snprintf(first, sizeof first, "%u:4@%u ", (unsigned)(city->utc_ms / 86400000), (unsigned)(city->utc_ms / 1000 % 86400));
	YW_CHECK_MSG(strcmp(days_text(city), first) == 0, "%s, not %s", days_text(city), first);
	YW_CHECK(stored(city, 4));
	stop();
}

/* Whose receipts travel nowhere signs nothing: neither in the quorum nor above; nor its own log. */
static void
not_asked(void)
{
	struct yw_tlog *far;

	start("group g 1 320300\nquorum g\n");
	far = yw_lnode(net, "320200")->t;
	yw_lnode_open(city);
	give_all(city, t);
	take_beat(9, 1000);
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 0 && !yw_lnode_dirty(city));
	give_all(city, far);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(far, far->n, 1000, NULL, 0), &err));
	yw_lnode_commit(city);
	cosign(city);
	YW_CHECK(my_receipts(city, far) == 0);
	stop();

	start("group g 1 320300\nquorum g\n");	/* 320000 is above them all */
	yw_lnode_open(top);
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	yw_lnode_tick(top);
	yw_lnode_follow(city, top);
	yw_lnode_tick(city);
	yw_lnode_follow(top, city);
	cosign(top);
	YW_CHECK(my_receipts(top, city->t) == 1 && lines_by(&yw_ledger_own(top->l)->beats[0], "320000") == 1);
	stop();
}

/* Another branch, a frozen log. */
static void
other_branch(void)
{
	struct yw_tnet *other;
	struct yw_tlog *o;

	start("group g 1 320100\nquorum g\n");
	other = yw_tnet_new("onenet.example", codes, N_CODES, "group g 1 320100\nquorum g\n");
	o = &other->logs[0];
	yw_lnode_open(city);
	give_all(city, t);
	yw_tnet_add_trust(t, YW_BYTES_LIT("\x3a\x00"));	/* an entry each, of other content */
	yw_tnet_add_trust(t, YW_BYTES_LIT("\x3a\x00"));
	yw_tnet_add_future(o);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(o, 10, 1000, NULL, 0), &err));
	yw_lnode_commit(city);
	give_all(city, t);		/* beyond it: now the beat is seen to be of another branch */
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 0 && copy(city, t)->frozen);
	YW_PASS(yw_ledger_take_beat(city->l, beat_at(t, 9, 1000, NULL, 0), &err));
	yw_lnode_commit(city);
	cosign(city);
	YW_CHECK(my_receipts(city, t) == 0);
	yw_tnet_free(other);
	stop();
}

/* At rest: once for each hourly beat, by the owner's clock alone; no storm whatever the clocks say. */
static void
at_rest(void)
{
	static const int64_t clocks[] = { 0, 86400000, -86400000, 30 * 86400000LL };

	for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		uint64_t owner = 1700000000;

		start("group g 1 320100\nquorum g\n");
		city->utc_ms += clocks[i];
		yw_lnode_open(city);
		give_all(city, t);
		take_beat(9, owner);
		cosign(city);
		YW_CHECK(my_receipts(city, t) == 1);
		for (int k = 0; k < 10; k++) {		/* the same again, and small steps: nothing new to sign */
			yw_lnet_wait(net, 60000);
			take_beat(9, owner + (uint64_t)k * 60);
			cosign(city);
			YW_CHECK(my_receipts(city, t) == 1 && !yw_lnode_dirty(city));
		}
		for (int hour = 1; hour < 4; hour++) {
			yw_lnet_wait(net, 3600000);
			take_beat(9, owner + (uint64_t)hour * 3600);
			YW_CHECK(yw_lnode_dirty(city));
			cosign(city);
			YW_CHECK(my_receipts(city, t) == 2 && !yw_lnode_dirty(city));	/* earliest and newest */
			cosign(city);
			YW_CHECK(!yw_lnode_dirty(city));
			yw_lnode_reopen(city);
			YW_CHECK(!yw_lnode_dirty(city));
		}
		city->utc_ms -= 10 * 86400000LL;	/* my clock falls back: signed all the same, once */
		take_beat(9, owner + 5 * 3600);
		cosign(city);
		YW_CHECK(!yw_lnode_dirty(city));
		stop();
	}
}

/* Live nodes with clocks that disagree come to rest, and stay there until the hour. */
static void
rest_together(void)
{
	static const char *const tiers[] = { "320000", "320100", "320102", "320104", "320200" };
	uint64_t stamps[N_CODES];

	net = yw_lnet_new(tiers, N_CODES, "group g 3 320000 320100 320102 320200\nquorum g\n");
	for (size_t i = 0; i < N_CODES; i++)
		net->n[i].utc_ms += (int64_t)(i * 7919 % 5 - 2) * 40000000;
	yw_lnet_join(net);
	yw_lnet_wait(net, 10000);
	yw_lnet_sync(net);
	for (size_t i = 0; i < N_CODES; i++)
		for (size_t k = 0; k < N_CODES; k++) {
			const struct yw_log *log = yw_ledger_log(net->n[i].l, net->n[k].t->origin.text);

			YW_CHECK(log->n_beats == 1 && log->beats[0].quorum == YW_QUORUM_MET && log->beats[0].size == log->size);
			stamps[i] = yw_lnode_stamp(&net->n[i]);
		}
	for (int minute = 0; minute < 50; minute++) {
		yw_lnet_wait(net, 60000);
		yw_lnet_sync(net);
	}
	for (size_t i = 0; i < N_CODES; i++)
		YW_CHECK(yw_lnode_stamp(&net->n[i]) == stamps[i]);
	yw_lnet_wait(net, 3600000);
	yw_lnet_sync(net);
	for (size_t i = 0; i < N_CODES; i++)
		YW_CHECK(yw_lnode_stamp(&net->n[i]) != stamps[i]);
	stop();
}

/* ---- T3 */

/* The county is admitted by the province, has a beat (with quorum, where `met`), and then its city admits other keys
 * under the same code: does the province's word stand? */
static bool
stands_beside_a_nearer(bool met)
{
	static const char *const apart[] = { "320000", "320102", "320100", "320200" };
	struct yw_treceipt r = { "320000", 1700000000 };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_tlog *county, *nearer;
	struct yw_lnode *n;
	bool stands = true;

	net = yw_lnet_new(apart, 4, "group g 1 320000 320200\nquorum g\n");
	t = net->n[0].t;
	county = net->n[1].t;
	nearer = net->n[2].t;
	n = &net->n[3];
	yw_lnode_open(n);
	give_all(n, t);
	YW_PASS(yw_ledger_take_beat(n->l, beat_at(county, 1, 1700000000, met ? &r : NULL, met), &err));
	yw_lnode_commit(n);
	YW_CHECK(copy(n, county)->beats[0].quorum == (met ? YW_QUORUM_MET : YW_QUORUM_NOT_MET));
	yw_tnet_request(net->t, "320102", "320100", "another", &request);
	yw_tnet_add_delegation(nearer, yw_buf_bytes(&request));
	give_all(n, nearer);
	for (int round = 0; round < 3; round++) {
		const struct yw_generation *g = yw_trust_origin(yw_ledger_trust(n->l), county->origin.text);

		stands &= strcmp(g->issuer.code, "320000") == 0;
		if (round == 0)
			yw_lnode_reopen(n);
		if (round == 1) {	/* a turn that is lost: memory is read anew */
			n->guard_broken = true;
			yw_tlog_grow(t, 1, "x");
			YW_CHECK(yw_ledger_take_beat(n->l, beat_at(t, t->n, 1700000000, NULL, 0), &err) == YW_OK);
			YW_FAILS(yw_ledger_commit(n->l, &err), YW_EIO);
		}
	}
	yw_buf_release(&request);
	stop();
	return stands;
}

static void
not_voided(void)
{
	YW_CHECK(stands_beside_a_nearer(true));
	YW_CHECK(!stands_beside_a_nearer(false));
}

static bool
count_lost(void *arg, const struct yw_lost_item *item)
{
	*(size_t *)arg += strcmp(item->record.id_text, "320102/demand/a") == 0;
	return true;
}

/* The same at the node itself: it stops, says so, and keeps what it had registered as a branch that does not count. */
static void
own_is_voided(void)
{
	static const char *const apart[] = { "320000", "320102", "320100", "320200" };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_lnode *county;
	struct yw_view *v;
	size_t lost = 0;

	net = yw_lnet_new(apart, 4, "quorum none\n");
	county = &net->n[1];
	county->peer_wait_ms = 0;
	yw_lnode_open(county);
	give_all(county, net->n[0].t);
	yw_lnode_put(county, "320102/demand/a", 1, "registered", &yw_unconditional);
	YW_CHECK(yw_ledger_own(county->l)->size == 2);
	yw_tnet_request(net->t, "320102", "320100", "another", &request);
	yw_tnet_add_delegation(net->n[2].t, yw_buf_bytes(&request));
	yw_hear();
	give_all(county, net->n[2].t);
	for (int i = 0; i < 4 && yw_lnode_dirty(county); i++)
		yw_lnode_commit(county);
	YW_CHECK(yw_heard("error own-voided", "/320102 generation 1 of 320102 belongs to other keys") == 1);
	YW_CHECK(yw_heard("warn branch-lost", "/320102 entries 0 to 1 here are of a branch that does not count: kept as evidence") == 1);
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_VOIDED);
		YW_CHECK_MSG(strstr(err.msg, "generation 1 of 320102 belongs to other keys") != NULL &&
		    strstr(err.msg, "it is for 320100 to close that log, then 'yiwang log next'") != NULL, "%s", err.msg);
		yw_lnode_reopen(county);
	}
	YW_PASS(yw_view_open(county->l, &v, &err));
	YW_PASS(yw_view_lost(v, yw_view_log(v, county->t->origin.text), count_lost, &lost, &err));
	YW_CHECK(lost == 1);
	yw_view_close(v);
	yw_buf_release(&request);
	stop();
}

/* The turn in which a key becomes known, by which a line that is held is not good, is also one in which a receipt is due. */
static void
cosigned_beside(void)
{
	static const struct yw_treceipt one[] = { { "320200", 77 } };
	struct yw_buf note = YW_BUF_INIT;
	struct yw_lpackage lp;
	const struct yw_beat *b;
	struct yw_bytes beat;

	start("group g 2 320100 320200\nquorum g\n");
	yw_lnode_open(city);
	yw_tlog_package(t, 0, 3, 3, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	beat = beat_at(t, 3, 1000, one, 1);
	yw_buf_add(&note, beat.data, beat.len);
	note.data[note.len - 8] = note.data[note.len - 8] == 'A' ? 'B' : 'A';
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
	yw_lnode_commit(city);
	b = &copy(city, t)->beats[0];
	YW_CHECK(!b->mine && lines_by(b, "320200") == 1);

	yw_tlog_package(t, 3, t->n - 3, t->n, 3, false, &lp);
	YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	YW_CHECK_MSG(yw_ledger_cosign(city->l, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	b = &copy(city, t)->beats[0];
	YW_CHECK(b->size == 3 && b->mine && lines_by(b, "320100") == 1 && lines_by(b, "320200") == 0);
	yw_buf_release(&note);
	stop();
}

/* A line that fills a note, by a key that nobody knows: the last in order gives way, and the beat is signed all the same. */
static void
long_line(void)
{
	static const struct yw_treceipt one[] = { { "320200", 77 } };
	struct yw_buf note = YW_BUF_INIT;
	const struct yw_beat *b;
	struct yw_bytes beat;

	start("group g all 320100 320200\nquorum g\n");
	yw_lnode_open(city);
	give_all(city, t);
	beat = beat_at(t, t->n, 1000, NULL, 0);
	yw_buf_add(&note, beat.data, beat.len);
	yw_buf_printf(&note, DASH "onenet.example/320200/cosign ");
	for (size_t room = (YW_NOTE_MAX - note.len - 1) / 4 * 4; room > 0; room--)
		yw_buf_add_byte(&note, 'A');
	yw_buf_add_byte(&note, '\n');
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err));
	yw_lnode_commit(city);
	YW_CHECK_MSG(yw_ledger_cosign(city->l, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	YW_CHECK_MSG(yw_ledger_take_beat(city->l, beat_at(t, t->n, 1000, one, 1), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	b = &copy(city, t)->beats[0];
	YW_CHECK(b->mine && b->quorum == YW_QUORUM_MET && lines_by(b, "320200") == 1 && b->note.len < 2000);
	yw_lnode_reopen(city);
	YW_CHECK(copy(city, t)->beats[0].quorum == YW_QUORUM_MET);
	yw_buf_release(&note);
	stop();
}

/* A thief's beat, by keys that its owner has handed on before, came when that was not known; its root is that of the log. */
static void
rotated_out(void)
{
	for (int committed = 0; committed < 2; committed++) {
		struct yw_key_set old, newest;
		struct yw_lpackage lp;
		struct yw_tlog *log;

		start("group g all 320100 320300\nquorum g\n");
		log = net->n[2].t;
		yw_lnode_open(city);
		give_all(city, t);
		old = log->keys;
		yw_tnet_rotate(log, t, "second");
		yw_tnet_add_roster(log);
		newest = log->keys;
		log->keys = old;
		yw_tnet_beat(log, 1000, NULL, 0);
		log->keys = newest;
		YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&log->beat), &err));
		yw_lnode_commit(city);
		YW_CHECK(copy(city, log)->n_beats == 1);
		give_all(city, t);
		yw_tlog_package(log, 0, log->n, log->n, 0, false, &lp);
		YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
		yw_lpackage_release(&lp);
		if (committed)
			yw_lnode_commit(city);
		YW_CHECK_MSG(yw_ledger_cosign(city->l, &err) == YW_OK, "%d: %s", committed, err.msg);
		yw_lnode_commit(city);
		YW_CHECK(copy(city, log)->receipts_to == log->n && copy(city, log)->n_beats == 0);
		yw_tnet_beat(log, 1001, NULL, 0);
		YW_CHECK_MSG(yw_ledger_take_beat(city->l, yw_buf_bytes(&log->beat), &err) == YW_OK, "%s", err.msg);
		YW_PASS(yw_ledger_cosign(city->l, &err));
		YW_CHECK(copy(city, log)->n_beats == 1 && copy(city, log)->beats[0].mine);
		stop();
	}
}

YW_TESTS(
	{ "T3 L8 a node whose own delegation gives way to a nearer one stops, says so, and keeps what it registered", own_is_voided },
	{ "T3 a generation that had a beat with quorum is not voided by a nearer delegation, nor after a restart", not_voided },
	{ "R4 a beat every 10 s while the log grows, every hour at rest", due },
	{ "R4 a beat is due by how long ago the last one was, also over a restart", due_after_restart },
	{ "R5 the same lines give the same beat in any order: earliest and newest of each key", any_order },
	{ "R5 lines that nobody asked for do not stay; one by an unknown key does", junk },
	{ "R5 a bad receipt by a known key is refused and leaves no trace", bad_receipt },
	{ "R4 R5 a bad signature of the head is refused beside the good one that is held", bad_head },
	{ "R5 a receipt that came before its key was known counts then, or goes", known_later },
	{ "R5 a line that turns out bad keeps nobody from signing beside it", cosigned_beside },
	{ "R5 T15 more receipts than a note has room for", crowd },
	{ "R5 a line of any length by an unknown key keeps no receipt out, nor stops who has to sign", long_line },
	{ "T5 R5 a beat by keys that turn out to be rotated out before is not signed, and stops nobody", rotated_out },
	{ "R6 at hand stay the newest with quorum, the oldest pending and the newest", kept },
	{ "R6 the first with quorum of each day stays, also when it is heard of last", newcomer },
	{ "R6 T15 another network file: the days are those of its quorum, and nothing that was proven is given up", other_quorum },
	{ "R5 L4 a receipt when every entry and unconditional body below is here", deserved },
	{ "R5 R6 all beats that wait are signed, in rising size", rising },
	{ "R5 no receipt where none travels", not_asked },
	{ "R5 L6 no receipt on another branch, nor for a frozen log", other_branch },
	{ "R4 R5 once more for each hourly beat, by the owner's clock alone", at_rest },
	{ "R5 R8 nodes whose clocks disagree come to rest", rest_together }
)
