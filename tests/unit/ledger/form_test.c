/*
 * What a leaf does to a log (B3), clause by clause, at two nodes: one that is given the leaf between two good ones, and
 * one that copies the log from there.  And the evidence that is kept of a leaf that breaks it (L9).
 */
#include "ledger/ledger_int.h"
#include "support/leaves.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *relay, *third;	/* 320100 copies 320000, 320200 copies it from there */
static struct yw_tlog *t;		/* the log of 320000 */
static struct yw_buf body;		/* of "320000/demand/odd" */
static struct yw_hash body_hash;

static void
start(void)
{
	net = yw_lnet_new(codes, 3, "group g 2 320000 320100 320200\nquorum g\n");
	relay = &net->n[1];
	third = &net->n[2];
	t = net->n[0].t;
	yw_lnode_open(relay);
	yw_lnode_open(third);
	yw_buf_clear(&body);
	yw_lrecord("320000/demand/odd", 1, "x", &body);
	yw_sha256(body.data, body.len, &body_hash);
}

static void
stop(void)
{
	yw_lnet_free(net);
	yw_buf_release(&body);
}

static void
add_good(const char *id)
{
	struct yw_buf good = YW_BUF_INIT;

	yw_lrecord(id, 1, "x", &good);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&good) }, 1);
	yw_buf_release(&good);
}

/* Gives the index of the leaf. */
static uint64_t
add_leaf(const struct yw_leaf_row *row)
{
	const struct yw_key_set *keys = row->clause == YW_B3_SIGNER ? &third->t->keys : &t->keys;
	struct yw_buf leaf = YW_BUF_INIT;
	uint64_t index;

	yw_leaf_make(&row->leaf, t->origin.text, &keys->entry, &keys->pub.entry, &body_hash, &leaf);
	index = yw_tnet_add_envelope(t, yw_buf_bytes(&leaf));
	yw_buf_release(&leaf);
	return index;
}

/* Entries [at, end) in one package, up to the head of the whole log. */
static void
give(struct yw_lnode *to, uint64_t at, uint64_t end)
{
	struct yw_lpackage lp;

	yw_tlog_package(t, at, end - at, t->n, at, false, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(to->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
	yw_lnode_commit(to);
}

/* The bodies that the relay asks for, from a table of two. */
static void
give_bodies(void)
{
	struct yw_log *log = yw_ledger_log(relay->l, t->origin.text);
	struct yw_missing places[YW_ITEMS_MAX + 2];
	size_t n = yw_ledger_missing(relay->l, log, &(struct yw_missing) { 0, 0 }, places, YW_ITEMS_MAX + 2);

	for (size_t i = 0; i < n; i++) {
		struct yw_body b = { .index = places[i].index, .item = places[i].item };
		struct yw_buf good = YW_BUF_INIT;
		bool last = b.index == t->n - 1;

		yw_lrecord(last ? "320000/demand/after" : "320000/demand/before", 1, "x", &good);
		b.bytes = yw_buf_bytes(last || b.index == t->n - 3 ? &good : &body);
		yw_body_check(&b);
		YW_CHECK_MSG(yw_ledger_take_body(relay->l, t->origin.text, &b, &err) == YW_OK, "%s", err.msg);
		yw_buf_release(&good);
	}
	yw_lnode_commit(relay);
}

static bool
counts(struct yw_lnode *n, const char *id)
{
	struct yw_item item;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return code == YW_OK;
}

/* Does the relay sign a beat that covers the whole log? */
static bool
cosigns(void)
{
	const struct yw_log *log = yw_ledger_log(relay->l, t->origin.text);

	yw_tnet_beat(t, YW_TNET_TIME_MS / 1000, NULL, 0);
	YW_PASS(yw_ledger_take_beat(relay->l, yw_buf_bytes(&t->beat), &err));
	yw_lnode_tick(relay);
	return log->n_beats == 1 && log->beats[0].size == t->n && log->beats[0].mine;
}

static void
same_after_reopening(void)
{
	struct yw_buf state = YW_BUF_INIT, again = YW_BUF_INIT;

	yw_lnode_state(relay, &state);
	yw_lnode_reopen(relay);
	yw_lnode_state(relay, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&state), yw_buf_bytes(&again)));
	yw_buf_release(&state);
	yw_buf_release(&again);
}

/* --- L9 */

/* The evidence that the relay keeps, as it judges itself.  *b is the caller's to release. */
static enum yw_code
evidence(struct yw_broken *b)
{
	struct yw_checkpoint head;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(relay->l, &v, &err));
	code = yw_view_broken(v, yw_view_log(v, t->origin.text), b, &err);
	if (code == YW_OK)
		code = yw_broken_check(b, yw_view_trust(v), yw_trust_origin(yw_view_trust(v), t->origin.text), &head, &err);
	YW_CHECK(code != YW_OK || head.size > b->index);
	yw_view_close(v);
	return code;
}

static enum yw_code
judge(const struct yw_broken *b, const char *origin)
{
	const struct yw_trust *trust = yw_ledger_trust(relay->l);
	struct yw_checkpoint head;

	return yw_broken_check(b, trust, yw_trust_origin(trust, origin), &head, &err);
}

static void
kept_as_evidence(uint64_t index)
{
	struct yw_broken b;

	YW_CHECK_MSG(evidence(&b) == YW_OK, "%s", err.msg);
	YW_CHECK(b.index == index && yw_bytes_equal(yw_buf_bytes(&b.envelope), yw_buf_bytes(&t->entries[index])));
	yw_broken_release(&b);
}

static void
bent_evidence(void)
{
	struct yw_broken b;
	struct yw_buf envelope;

	start();
	for (int i = 0; i < 300; i++)		/* past a multiple of 256, and not at the start of a package */
		add_good("320000/demand/before");
	yw_tnet_add_envelope(t, yw_bytes_str("no envelope"));
	add_good("320000/demand/after");
	give(relay, 0, 256);
	give(relay, 256, 260);
	give(relay, 260, t->n);
	kept_as_evidence(t->n - 2);
	same_after_reopening();
	kept_as_evidence(t->n - 2);

	YW_PASS(evidence(&b));
	YW_CHECK(b.start == 256 && b.n_leaves == t->n - 256);
	b.envelope.data[0] ^= 1;
	YW_FAILS(judge(&b, t->origin.text), YW_ESIG);
	b.envelope.data[0] ^= 1;
	b.leaves[3].b[0] ^= 1;
	YW_FAILS(judge(&b, t->origin.text), YW_ESIG);
	b.leaves[3].b[0] ^= 1;
	b.subtree.h[0].b[31] ^= 1;
	YW_FAILS(judge(&b, t->origin.text), YW_ESIG);
	b.subtree.h[0].b[31] ^= 1;
	b.head.data[b.head.len - 20] ^= 1;	/* in the signature */
	YW_CHECK(judge(&b, t->origin.text) != YW_OK);
	b.head.data[b.head.len - 20] ^= 1;
	YW_FAILS(judge(&b, third->t->origin.text), YW_ESIG);	/* another's head */
	YW_PASS(judge(&b, t->origin.text));

	b.index--;		/* the one before it is proved as well, and breaks nothing */
	envelope = b.envelope;
	b.envelope = t->entries[b.index];
	YW_FAILS(judge(&b, t->origin.text), YW_EINVAL);
	b.envelope = envelope;
	yw_broken_release(&b);
	stop();
}

/* What stands in the store, cut at each byte but inside the envelope, is damage. */
static void
damaged_evidence(void)
{
	struct key k = key_head(0, 'e');
	struct yw_buf value = YW_BUF_INIT;
	struct yw_batch *batch = yw_batch_new();
	struct yw_broken b;

	start();
	yw_tnet_add_envelope(t, yw_bytes_str("no envelope"));
	give(relay, 0, t->n);
	kept_as_evidence(t->n - 1);
	YW_PASS(yw_store_get(relay->store, NULL, F_HEADS, key_bytes(&k), &value, &err));
	for (size_t len = 0; len <= value.len; len++) {
		enum yw_code got;

		yw_batch_clear(batch);
		yw_batch_put(batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { value.data, len });
		YW_PASS(yw_store_write(relay->store, batch, true, &err));
		yw_lnode_reopen(relay);
		got = evidence(&b);
		YW_CHECK_MSG(got == (len == value.len ? YW_OK : len < value.len - strlen("no envelope") ? YW_EIO : YW_ESIG),
		    "%zu bytes: '%s'", len, yw_code_name(got));
		yw_broken_release(&b);
	}
	yw_batch_free(batch);
	yw_buf_release(&value);
	stop();
}

/* An entry 0 that is well made and no genesis. */
static void
no_genesis(void)
{
	struct yw_broken b;
	struct yw_lpackage lp;
	struct yw_tlog other;

	start();
	other = *t;
	other.entries++;
	other.leaves++;
	other.n--;
	yw_tlog_package(&other, 0, other.n, other.n, 0, false, &lp);
	YW_FAILS(yw_ledger_take_package(relay->l, &lp.p, &err), YW_EINVAL);
	yw_lpackage_release(&lp);
	yw_lnode_commit(relay);
	YW_CHECK_MSG(evidence(&b) == YW_OK && b.index == 0, "%s", err.msg);
	yw_broken_release(&b);
	stop();
}

/* --- B3 */

static void
breaks(const struct yw_leaf_row *row, uint64_t index)
{
	const struct yw_log *log = yw_ledger_log(relay->l, t->origin.text);

	YW_CHECK_MSG(log->broken && log->size == index && log->full_size == 0, "%s", row->what);
	YW_CHECK_MSG(strstr(log->trouble, row->why) != NULL, "%s: %s", row->what, log->trouble);
	YW_CHECK_MSG(!cosigns(), "%s", row->what);
	while (yw_lnode_follow(third, relay))
		;
	YW_CHECK_MSG(yw_ledger_log(third->l, t->origin.text)->size <= index, "%s", row->what);
	YW_CHECK_MSG(!counts(relay, "320000/demand/odd") && !counts(relay, "320000/demand/after"), "%s", row->what);
	same_after_reopening();
	kept_as_evidence(index);
}

static void
goes_on(const struct yw_leaf_row *row, enum yw_outcome outcome)
{
	const struct yw_log *log = yw_ledger_log(relay->l, t->origin.text);
	bool here = row->leaf.total == 0 && (row->leaf.content == NULL || row->leaf.hashes != 0) &&
	    (row->leaf.cls == NULL || strcmp(row->leaf.cls, "2001") == 0);
	struct yw_broken b;

	give_bodies();
	YW_CHECK_MSG(!log->broken && log->size == t->n && log->receipts_to == t->n, "%s: %s", row->what, log->trouble);
	YW_CHECK_MSG(log->needs_newer == (row->clause == YW_B3_TRUST_KIND), "%s", row->what);
	YW_CHECK_MSG(cosigns(), "%s", row->what);
	while (yw_lnode_follow(third, relay))
		;
	YW_CHECK_MSG(yw_ledger_log(third->l, t->origin.text)->size == t->n, "%s", row->what);
	YW_CHECK_MSG(counts(relay, "320000/demand/odd") == (here && outcome == YW_APPLIED), "%s", row->what);
	YW_CHECK_MSG(counts(relay, "320000/demand/after") && counts(third, "320000/demand/after"), "%s", row->what);
	same_after_reopening();
	YW_FAILS(evidence(&b), YW_ENOENT);
	yw_broken_release(&b);
}

static void
every_clause(void)
{
	for (size_t i = 0; i < yw_n_leaf_rows; i++) {
		const struct yw_leaf_row *row = &yw_leaf_rows[i];
		enum yw_outcome outcome = yw_clause_outcome(row->clause);
		uint64_t index;

		start();
		add_good("320000/demand/before");
		index = add_leaf(row);
		add_good("320000/demand/after");
		give(relay, 0, t->n);
		if (outcome == YW_BREAKS)
			breaks(row, index);
		else
			goes_on(row, outcome);
		stop();
	}
}

/* A head by keys that turn out to be rotated out before waits for the very entries that the broken log has (T5). */
static void
old_head_waits(void)
{
	struct yw_tlog *log;
	struct yw_key_set old;
	struct yw_buf head = YW_BUF_INIT;
	struct yw_lpackage lp;
	uint64_t size;

	start();
	log = third->t;
	give(relay, 0, t->n);
	old = log->keys;
	yw_tnet_rotate(log, t, "second");
	yw_tnet_add_roster(log);
	size = log->n;
	yw_tnet_add_envelope(log, yw_bytes_str("no envelope"));
	yw_tnet_head(log, size, &old, &head);
	YW_PASS(yw_ledger_take_head(relay->l, yw_buf_bytes(&head), &err));
	yw_lnode_commit(relay);
	give(relay, yw_ledger_log(relay->l, t->origin.text)->size, t->n);
	yw_tlog_package(log, 0, log->n, log->n, 0, false, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(relay->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
	for (int i = 0; i < 3; i++)
		YW_CHECK_MSG(yw_ledger_commit(relay->l, &err) == YW_OK, "%d: %s", i, err.msg);
	YW_CHECK(yw_lnode_log(relay, "320200")->broken && yw_lnode_log(relay, "320200")->full_size == 0);
	yw_buf_release(&head);
	stop();
}

/* Entries from `at` on, into the head of all. */
static enum yw_code
give_log(struct yw_lnode *to, struct yw_tlog *log, uint64_t at)
{
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(log, at, log->n - at, log->n, at, false, &lp);
	code = yw_ledger_take_package(to->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	for (int i = 0; i < 4; i++)
		YW_PASS(yw_ledger_commit(to->l, &err));
	return code;
}

/* Who was granted the code first, by an issuer that is farther, breaks the log; then the nearer one's word is heard (T3). */
static void
broken_by_another(void)
{
	static const char *const apart[] = { "320000", "320102", "320100", "320200" };

	for (unsigned at = 0; at < 2; at++) {
		struct yw_buf request = YW_BUF_INIT, genesis = YW_BUF_INIT;
		struct yw_tlog *farther, *nearer;
		struct yw_lnode *n;

		net = yw_lnet_new(apart, 4, "quorum none\n");
		t = net->n[0].t;
		n = &net->n[3];
		yw_lnode_open(n);
		YW_PASS(give_log(n, t, 0));
		farther = yw_tnet_new_log(net->n[1].t, 1, "320102");
		if (at == 1)
			yw_tnet_add_envelope(farther, yw_buf_bytes(&net->n[1].t->entries[0]));
		yw_tnet_add_envelope(farther, yw_bytes_str("no envelope"));
		YW_PASS(give_log(n, farther, 0));
		YW_CHECK(yw_lnode_log(n, "320102")->broken && yw_lnode_log(n, "320102")->size == at);
		yw_tnet_request(net->t, "320102", "320100", "another", &request);
		yw_tnet_add_delegation(net->n[2].t, yw_buf_bytes(&request));
		YW_PASS(give_log(n, net->n[2].t, 0));
		YW_CHECK(yw_lnode_log(n, "320102")->size == 0);
		nearer = yw_tnet_new_log(net->n[1].t, 1, "another");
		YW_PASS(yw_trust_make_genesis(net->t->trust, yw_tnet_generation(net->t, "320102"), yw_buf_bytes(&request), &genesis,
		    &err));
		yw_tnet_add_trust(nearer, yw_buf_bytes(&genesis));
		yw_lnode_reopen(n);
		YW_CHECK_MSG(!yw_lnode_log(n, "320102")->broken, "%s", yw_lnode_log(n, "320102")->trouble);
		YW_CHECK_MSG(give_log(n, nearer, 0) == YW_OK, "%s", err.msg);
		YW_CHECK(yw_lnode_log(n, "320102")->size == 1 && yw_lnode_log(n, "320102")->full_size == 1);
		yw_buf_release(&request);
		yw_buf_release(&genesis);
		yw_lnet_free(net);
	}
}

/* A thief breaks the log on a branch of its own; the closing names the owner's (L8). */
static void
broken_on_another_branch(void)
{
	struct yw_tlog *log, *thief;
	struct yw_sought s;
	struct yw_lpackage lp;

	for (int further = 0; further < 2; further++) {
		start();
		log = third->t;
		give(relay, 0, t->n);
		thief = yw_tnet_new_log(log, 1, "320200");
		yw_tnet_add_envelope(thief, yw_buf_bytes(&log->entries[0]));
		if (further)
			yw_tlog_grow(thief, 1, "stolen");
		yw_tnet_add_envelope(thief, yw_bytes_str("no envelope"));
		YW_PASS(give_log(relay, thief, 0));
		YW_CHECK(yw_lnode_log(relay, "320200")->broken && yw_lnode_log(relay, "320200")->size == 1u + (unsigned)further);
		yw_tnet_add_roster(log);
		yw_tnet_add_roster(log);
		yw_tnet_close(log, t);
		YW_PASS(give_log(relay, t, yw_lnode_log(relay, "320000")->size));
		for (int round = 0; round < 4 && yw_ledger_seeks(relay->l, yw_lnode_log(relay, "320200"), &s); round++) {
			yw_tlog_answer(log, &s, relay);
			for (int i = 0; i < 4; i++)
				YW_PASS(yw_ledger_commit(relay->l, &err));
		}
		YW_CHECK(!yw_lnode_log(relay, "320200")->broken && yw_lnode_log(relay, "320200")->target_size == log->n);
		yw_tlog_package(log, 1, log->n - 1, log->n, 1, true, &lp);
		YW_CHECK_MSG(yw_ledger_take_package(relay->l, &lp.p, &err) == YW_OK, "%s", err.msg);
		yw_lpackage_release(&lp);
		yw_lnode_reopen(relay);
		stop();
	}
}

YW_TESTS(
	{ "B1 B2 B3 B4 R5 L9 each clause: what breaks a log, what is kept, mirrored and cosigned, what is applied", every_clause },
	{ "L9 the evidence of a broken log is kept and proves itself, and nothing else does", bent_evidence },
	{ "L9 S3 evidence that was cut short is damage", damaged_evidence },
	{ "L9 T4 evidence of an entry 0 that is no genesis", no_genesis },
	{ "T5 L9 a head by rotated-out keys that waits before the break fails no commit", old_head_waits },
	{ "T3 L9 what another generation broke does not break the one that counts", broken_by_another },
	{ "L8 L9 a branch that is broken is left for the one that the closing names", broken_on_another_branch }
)
