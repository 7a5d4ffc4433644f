/*
 * Other nodes' key changes, as a replica meets them: what is signed by keys that it does not know yet is no lie, packages
 * lead it past the change, and then it judges as if it had known from the start.
 */
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200", "320300" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_tlog *top, *city, *county;
static struct yw_lnode *reader;

static void
grow(struct yw_tlog *log, size_t n)
{
	struct yw_buf body = YW_BUF_INIT;
	char id[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%s/demand/%zu", log->code.code, log->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, "x", &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
}

static struct yw_log *
copy(const struct yw_tlog *log)
{
	return yw_ledger_log(reader->l, log->origin.text);
}

/* Entries [the end of the copy, end) into the head of `size`. */
static enum yw_code
give(struct yw_tlog *log, uint64_t end, uint64_t size, bool named)
{
	uint64_t at = copy(log) != NULL ? copy(log)->size : 0;
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(log, at, end - at, size, at, named, &lp);
	code = yw_ledger_take_package(reader->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	return code;
}

static void
give_all(struct yw_tlog *log)
{
	YW_CHECK_MSG(give(log, log->n, log->n, false) == YW_OK, "%s", err.msg);
	yw_lnode_commit(reader);
}

/* The reader, 320200, holds what there is before anybody changes keys. */
static void
begin(const char *policy)
{
	net = yw_lnet_new(codes, 5, policy);
	top = net->n[0].t;
	city = net->n[1].t;
	county = net->n[2].t;
	reader = &net->n[3];
	grow(county, 2);
	yw_lnode_open(reader);
	give_all(top);
	give_all(city);
	give_all(county);
}

static void
end(void)
{
	yw_lnet_free(net);
}

static enum yw_code
show(struct yw_tlog *log, uint64_t size, const struct yw_key_set *by)
{
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code;

	yw_tnet_head(log, size, by, &note);
	code = yw_ledger_take_head(reader->l, yw_buf_bytes(&note), &err);
	yw_buf_release(&note);
	return code;
}

static bool
knows(const struct yw_tlog *log, size_t n_spans)
{
	return yw_trust_origin(yw_ledger_trust(reader->l), log->origin.text)->n_spans == n_spans;
}

/* Whatever it holds of a log, it is what a replica holds that is opened on the same store. */
static void
same_again(void)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;

	yw_lnode_commit(reader);
	yw_lnode_state(reader, &before);
	yw_lnode_reopen(reader);
	yw_lnode_state(reader, &after);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), "%s\n--- and was\n%s", yw_buf_str(&after),
	    yw_buf_str(&before));
	yw_buf_release(&before);
	yw_buf_release(&after);
}

/* ---- heads and beats */

static void
no_lie(void)
{
	struct yw_key_set old, stranger;
	struct yw_buf note = YW_BUF_INIT;
	uint64_t i;

	begin("quorum none\n");
	old = county->keys;
	yw_tnet_keys("stranger", &stranger);
	i = yw_tnet_rotate(county, city, "320102 new");
	grow(county, 3);
	for (int known = 0; known < 2; known++) {	/* that the key is delegated; not yet that it is taken over */
		if (known)
			give_all(city);
		YW_FAILS(show(county, county->n, NULL), YW_ENOENT);
		YW_FAILS(show(county, county->n, &stranger), YW_ENOENT);
		yw_tnet_beat(county, 1700000100, NULL, 0);
		YW_FAILS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&county->beat), &err), YW_ENOENT);
		yw_buf_clear(&note);
		yw_tnet_head(county, county->n, NULL, &note);
		note.data[note.len - 10] ^= 1;		/* a wrong line is a lie as soon as the key is known */
		YW_CHECK(yw_ledger_take_head(reader->l, yw_buf_bytes(&note), &err) == (known ? YW_ESIG : YW_ENOENT));
		YW_CHECK(!yw_lnode_dirty(reader) && copy(county)->n_beats == 0 && !copy(county)->frozen);
	}
	give_all(county);
	YW_CHECK(knows(county, 2));
	YW_PASS(show(county, county->n, NULL));
	YW_PASS(show(county, i + 1, &old));
	YW_FAILS(show(county, i + 2, &old), YW_ENOENT);		/* who does not know that it was rotated out passes it on */
	YW_FAILS(show(county, i + 1, NULL), YW_ENOENT);
	YW_PASS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&county->beat), &err));
	YW_CHECK(copy(county)->n_beats == 1 && copy(county)->beats[0].size == county->n);
	same_again();
	yw_buf_release(&note);
	end();
}

/* ---- packages */

/* The issuer's log is here up to the delegation, or not yet: then the envelope in the key change speaks for it. */
static void
led_past(bool issuer_first)
{
	begin("quorum none\n");
	yw_tnet_rotate(county, city, "320102 new");
	grow(county, 4);
	if (issuer_first)
		give_all(city);
	for (uint64_t at = copy(county)->size + 1; at <= county->n; at++) {	/* an entry at a time */
		YW_CHECK_MSG(give(county, at, county->n, copy(county)->target_size != 0) == YW_OK, "%s", err.msg);
		yw_lnode_commit(reader);
		YW_CHECK(copy(county)->size == at);
		if (at % 2 == 0)	/* what the package proved is in memory alone: it is asked for anew */
			same_again();
	}
	YW_CHECK(knows(county, 2) && copy(county)->full_size == county->n && copy(county)->head_size == county->n);
	if (!issuer_first)
		give_all(city);
	YW_CHECK(knows(county, 2) && yw_lnode_log(reader, "320102")->n_missing == 4 + 2);
	same_again();
	end();
}

static void
packages(void)
{
	led_past(true);
	led_past(false);
}

/* Three rotations and several blocks of 256 away; the county's keys and its city's. */
static void
months_behind(void)
{
	struct yw_key_set keys[2];

	begin("quorum none\n");
	grow(county, 300);
	yw_tnet_rotate(county, city, "320102 second");
	keys[0] = county->keys;
	grow(county, 300);
	yw_tnet_rotate(city, top, "320100 second");
	yw_tnet_rotate(county, city, "320102 third");
	yw_tnet_rotate(county, city, "320102 fourth");
	keys[1] = county->keys;
	grow(county, 5);

	/* Nobody can know the city's new key before its log is here: it waits, and is no lie. */
	YW_FAILS(give(county, 256, county->n, false), YW_EINVAL);
	YW_CHECK(!yw_lnode_dirty(reader));
	give_all(top);
	give_all(city);
	while (copy(county)->size < county->n) {
		uint64_t at = copy(county)->size, to = at - at % 256 + 256;

		YW_CHECK_MSG(give(county, to < county->n ? to : county->n, county->n, copy(county)->target_size != 0) == YW_OK,
		    "%s", err.msg);
		yw_lnode_commit(reader);
	}
	YW_CHECK(knows(county, 4) && knows(city, 2));
	YW_PASS(show(county, 400, &keys[0]));
	YW_PASS(show(county, county->n, &keys[1]));
	same_again();
	end();
}

/* The first node's key change holds the network file that a replica may never have seen. */
static void
first_node(void)
{
	begin("quorum none\n");
	yw_tnet_rotate(top, NULL, "320000 new");
	grow(top, 2);
	YW_FAILS(show(top, top->n, NULL), YW_ENOENT);
	give_all(top);
	YW_CHECK(knows(top, 2) && yw_trust_network(yw_ledger_trust(reader->l))->version == 2);
	same_again();
	end();
}

/* ---- what does not hold */

static enum yw_code
give_spoilt(void (*spoil)(struct yw_lpackage *lp))
{
	struct yw_lpackage lp;
	uint64_t at = copy(county)->size;
	enum yw_code code;

	yw_tlog_package(county, at, county->n - at, county->n, at, false, &lp);
	spoil(&lp);
	code = yw_ledger_take_package(reader->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	YW_CHECK(!yw_lnode_dirty(reader) && copy(county)->size == at && copy(county)->target_size == 0);
	return code;
}

static struct yw_buf other;		/* what a spoilt package holds instead */

static void
none(struct yw_lpackage *lp)
{
	lp->p.n_changes = 0;
}

static void
another_index(struct yw_lpackage *lp)
{
	lp->p.changes[0].index++;
}

static void
another_path(struct yw_lpackage *lp)
{
	lp->p.changes[0].path.h[0].b[0] ^= 1;
}

static void
flipped(struct yw_lpackage *lp)
{
	yw_buf_clear(&other);
	yw_buf_add(&other, lp->p.changes[0].envelope.data, lp->p.changes[0].envelope.len);
	other.data[other.len - 5] ^= 1;
	lp->p.changes[0].envelope = yw_buf_bytes(&other);
}

static void
no_change(struct yw_lpackage *lp)
{
	lp->p.changes[0].envelope = yw_buf_bytes(&county->entries[lp->p.changes[0].index + 1]);
}

static void
twice(struct yw_lpackage *lp)
{
	lp->p.changes[1] = lp->p.changes[0];
	lp->p.n_changes = 2;
}

static void
held_here(struct yw_lpackage *lp)
{
	lp->p.changes[0].index = 0;
}

/* By a key that the city delegated to the county, and that the county never took over. */
static void
not_taken_over(struct yw_lpackage *lp)
{
	struct yw_key_set keys;

	yw_tnet_keys("320102 unused", &keys);
	yw_buf_clear(&lp->head);
	yw_tnet_head(county, county->n, &keys, &lp->head);
	lp->p.head = yw_buf_bytes(&lp->head);
}

static void
does_not_hold(void)
{
	static const struct { void (*spoil)(struct yw_lpackage *); enum yw_code code; } rows[] = {
		{ none, YW_ENOENT }, { another_index, YW_EPEER }, { another_path, YW_EPEER }, { flipped, YW_EPEER },
		{ no_change, YW_EPEER }, { twice, YW_EPEER }, { held_here, YW_EINVAL }, { not_taken_over, YW_EPEER },
	};
	struct yw_buf request = YW_BUF_INIT;

	begin("quorum none\n");
	yw_tnet_delegate_next_keys(county, city, "320102 unused", &request);
	county->key_set++;
	yw_tnet_rotate(county, city, "320102 new");
	grow(county, 2);
	give_all(city);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum yw_code code = give_spoilt(rows[i].spoil);

		YW_CHECK_MSG(code == rows[i].code, "row %zu: %s: %s", i, yw_code_name(code), err.msg);
	}
	give_all(county);
	YW_CHECK(knows(county, 2));
	yw_buf_release(&request);
	yw_buf_release(&other);
	end();
}

/* ---- a mirror changes its keys */

static void
mirror(void)
{
	struct yw_key_set old;
	struct yw_treceipt r[] = { { "320100", 1700000200 }, { "320300", 1700000300 } };

	begin("group g 2 320100 320300\nquorum g\n");
	old = city->keys;
	yw_tnet_beat(county, 1700000100, r, 2);
	YW_PASS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&county->beat), &err));
	YW_CHECK(copy(county)->beats[0].quorum == YW_QUORUM_MET);
	yw_lnode_commit(reader);

	yw_tnet_rotate(city, top, "320100 new");
	grow(county, 1);
	yw_tnet_beat(county, 1700001100, r, 2);
	give_all(county);
	YW_PASS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&county->beat), &err));
	yw_lnode_commit(reader);
	YW_CHECK(copy(county)->n_beats == 2 && copy(county)->beats[1].quorum == YW_QUORUM_NOT_MET);
	give_all(top);
	give_all(city);			/* its key is known now, and its receipt was kept */
	YW_CHECK(copy(county)->beats[copy(county)->n_beats - 1].quorum == YW_QUORUM_MET &&
	    copy(county)->beats[copy(county)->n_beats - 1].size == county->n);

	grow(county, 1);		/* what the rotated-out key signed goes on counting */
	city->keys = old;
	yw_tnet_beat(county, 1700002100, r, 2);
	give_all(county);
	YW_PASS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&county->beat), &err));
	YW_CHECK(copy(county)->beats[copy(county)->n_beats - 1].quorum == YW_QUORUM_MET);
	same_again();
	end();
}

/* ---- what a rotated-out key still says */

static void
sign_any(uint64_t size, uint8_t root, const struct yw_key_set *by, struct yw_buf *note)
{
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, county->origin.text, sizeof c.origin);
	memset(c.root.b, root, sizeof c.root.b);
	YW_PASS(yw_head_sign(&c, &by->head, &by->pub.head, note, &err));
}

/* Two heads of that size that somebody shows. */
static void
tell_pair(uint64_t size, const struct yw_key_set *by)
{
	struct yw_buf x = YW_BUF_INIT, y = YW_BUF_INIT;
	struct yw_contradiction pair = { .consistency = { .n = 0 } };

	sign_any(size, 1, by, &x);
	sign_any(size, 2, by, &y);
	pair.head_a = yw_buf_bytes(&x);
	pair.head_b = yw_buf_bytes(&y);
	YW_CHECK(yw_ledger_take_contradiction(reader->l, county->origin.text, &pair, &err) != YW_EINVAL);
	yw_lnode_commit(reader);
	yw_buf_release(&x);
	yw_buf_release(&y);
}

static enum yw_code
tell_quorum(struct yw_tlog *log)
{
	static const struct yw_treceipt r[] = { { "320100", 1700000200 }, { "320300", 1700000300 } };

	yw_tnet_beat(log, 1700000100, r, 2);
	return yw_ledger_take_beat(reader->l, yw_buf_bytes(&log->beat), &err);
}

static void
take_quorum(void)
{
	YW_PASS(tell_quorum(county));
	yw_lnode_commit(reader);
	YW_CHECK(copy(county)->beats[copy(county)->n_beats - 1].quorum == YW_QUORUM_MET);
}

static bool
keeps_pair(void)
{
	struct yw_buf heads = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(reader->l, &v, &err));
	code = yw_view_contradiction(v, yw_view_log(v, county->origin.text), 0, &heads, &c, &err);
	yw_view_close(v);
	yw_buf_release(&heads);
	return code == YW_OK;
}

/* From now on the network file asks for receipts that no beat of the county's has. */
static void
take_other_quorum(void)
{
	struct yw_network_change c = { .policy_lines = "quorum 320000\n" };
	struct yw_buf draft = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(&net->t->network, &c, &draft, &err));
	YW_PASS(yw_network_sign(&net->t->network, yw_buf_bytes(&draft), &root, &pub, &note, &err));
	YW_PASS(yw_ledger_take_network(reader->l, yw_buf_bytes(&note), &err));
	yw_lnode_commit(reader);
	for (size_t i = 0; i < copy(county)->n_beats; i++)
		YW_CHECK(copy(county)->beats[i].quorum == YW_QUORUM_NOT_MET);
	yw_buf_release(&draft);
	yw_buf_release(&note);
}

/* Two heads by the old key, at its very end: they freeze the log until there is a quorum beyond the key change. */
static void
outlived(void)
{
	for (int quorum_first = 0; quorum_first < 2; quorum_first++) {
		struct yw_buf x = YW_BUF_INIT, y = YW_BUF_INIT;
		struct yw_contradiction pair = { .consistency = { .n = 0 } };
		struct yw_key_set old;
		uint64_t i;

		begin("group g 2 320100 320300\nquorum g\n");
		old = county->keys;
		i = yw_tnet_rotate(county, city, "320102 new");
		sign_any(i + 1, 1, &old, &x);
		sign_any(i + 1, 2, &old, &y);
		pair.head_a = yw_buf_bytes(&x);
		pair.head_b = yw_buf_bytes(&y);
		give_all(city);
		give_all(county);
		if (quorum_first)
			take_quorum();
		yw_hear();
		YW_FAILS(yw_ledger_take_contradiction(reader->l, county->origin.text, &pair, &err), YW_ECONFLICT);
		yw_lnode_commit(reader);
		YW_CHECK(yw_heard("error contradiction", quorum_first ? ": both are kept" : "the log is frozen, both are kept") == 1);
		YW_CHECK(copy(county)->frozen == !quorum_first && keeps_pair());
		if (!quorum_first)
			take_quorum();
		YW_CHECK(!copy(county)->frozen);
		same_again();
		YW_CHECK(!copy(county)->frozen && keeps_pair());
		grow(county, 2);		/* it is extended like any other */
		give_all(county);
		YW_CHECK(copy(county)->size == county->n && !copy(county)->frozen);
		take_other_quorum();		/* what had its quorum stands (T15) */
		YW_CHECK(!copy(county)->frozen && keeps_pair());
		same_again();
		YW_CHECK(!copy(county)->frozen);
		yw_buf_release(&x);
		yw_buf_release(&y);
		end();
	}
}

/* Many pairs by the old key are known, of small sizes, or become so; none of them hides that the new key contradicts itself too. */
static void
hides_nothing(void)
{
	for (int newer_first = 0; newer_first < 2; newer_first++) {
		struct yw_key_set old;
		uint64_t i;

		begin("group g 2 320100 320300\nquorum g\n");
		grow(county, 10);
		old = county->keys;
		i = yw_tnet_rotate(county, city, "320102 new");
		give_all(city);
		give_all(county);
		take_quorum();
		for (int step = 0; step < 2; step++)
			for (uint64_t k = 1; k <= 10; k++) {
				bool newer = (step == 0) == newer_first;

				if (!newer || k == 1)
					tell_pair(newer ? i + 2 : k, newer ? &county->keys : &old);
			}
		YW_CHECK_MSG(copy(county)->frozen, "newer first: %d", newer_first);
		same_again();
		YW_CHECK(copy(county)->frozen);
		end();
	}
}

/* ---- who has a thief's entries (elsewhere.c) */

static struct yw_tnet *branches[2];
static size_t n_branches;

/* The county's log as a thief goes on with it behind what the reader has; with the new keys too, or without. */
static struct yw_tlog *
stolen(bool new_keys, size_t n, const char *title)
{
	struct yw_tnet *branch = yw_tnet_new("onenet.example", codes, 5, "group g 2 320100 320300\nquorum g\n");
	struct yw_tlog *log = &branch->logs[2];

	branches[n_branches++] = branch;
	grow(log, copy(county)->size - log->n);
	if (new_keys)
		yw_tnet_rotate(log, &branch->logs[1], "320102 new");
	yw_tlog_grow(log, n, title);
	return log;
}

static void
end_theft(void)
{
	while (n_branches > 0)
		yw_tnet_free(branches[--n_branches]);
	end();
}

/* The owner has new keys, and here it is known that they were delegated. */
static void
rotate(void)
{
	yw_tnet_rotate(county, city, "320102 new");
	grow(county, 6);
	give_all(city);
}

/* Whoever has more is asked what follows entry `at`; of what comes the key changes are learnt. */
static void
give_keys(struct yw_tlog *log, uint64_t at)
{
	struct yw_lpackage lp;

	yw_tlog_package(log, at, 1, log->n, at, false, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(reader->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
	yw_lnode_commit(reader);
}

static bool
seeks(uint64_t size, bool standing)
{
	struct yw_sought s;

	return yw_ledger_seeks(reader->l, copy(county), &s) && s.head.size == size && s.standing == standing;
}

/* Before an answer comes it is heard, in the same turn, that the thief's branch has a quorum too: nothing is left any more, whether
 * the copy is on that branch already or where the two part. */
static void
sought_no_more(void)
{
	for (size_t more = 0; more < 4; more += 3) {
		struct yw_lpackage lp;
		struct yw_tlog *thief;
		uint64_t common;

		begin("group g 2 320100 320300\nquorum g\n");
		common = copy(county)->size;
		thief = stolen(false, 3, "y");
		if (more != 0)
			give_all(thief);
		rotate();
		give_keys(county, common - 1);
		YW_FAILS(tell_quorum(county), YW_ENOENT);
		yw_lnode_commit(reader);
		YW_CHECK(seeks(county->n, false) && yw_ledger_bound(reader->l, copy(county)));
		YW_PASS(tell_quorum(thief));
		yw_tlog_package(county, common, county->n - common, county->n, common, true, &lp);
		yw_tlog_prove(county, common, county->n, &lp.p);
		YW_FAILS(yw_ledger_take_package(reader->l, &lp.p, &err), YW_EINVAL);
		yw_lpackage_release(&lp);
		yw_lnode_commit(reader);
		YW_CHECK(!yw_ledger_bound(reader->l, copy(county)));
		YW_CHECK(copy(county)->size == common + more && copy(county)->target_size == 0);
		end_theft();
	}
}

/* To the owner's branch, as peers answer. */
static void
go_over(void)
{
	struct yw_sought s;

	while (yw_ledger_seeks(reader->l, copy(county), &s)) {
		yw_tlog_answer(county, &s, reader);
		yw_lnode_commit(reader);
	}
	while (copy(county)->size < county->n) {
		YW_PASS(give(county, county->n, county->n, true));
		yw_lnode_commit(reader);
	}
	YW_CHECK(knows(county, 2) && !copy(county)->frozen);
}

/* The new keys signed a head that nobody holds, so that nobody can say whether the beat with quorum leads there. */
static void
made_up_head(void)
{
	struct yw_tlog *made;
	uint64_t common;
	int n = 0;

	begin("group g 2 320100 320300\nquorum g\n");
	common = copy(county)->size;
	made = stolen(true, 30, "z");
	give_all(stolen(false, 3, "y"));
	rotate();
	give_keys(made, common);
	YW_FAILS(tell_quorum(county), YW_ENOENT);
	yw_lnode_commit(reader);
	YW_CHECK(seeks(made->n, true));
	give_keys(county, common);		/* first peers are asked about it */
	YW_CHECK(seeks(made->n, true));
	while (seeks(made->n, true) && n++ < 10)
		give_keys(county, common);
	YW_CHECK_MSG(seeks(county->n, false), "after %d more packages", n);
	go_over();
	end_theft();
}

/* The issuer has delegated two key sets: one that the owner asked for, and a higher one of its own, to which somebody goes on who
 * has the old keys. */
static void
change_to(struct yw_tlog *log, struct yw_tlog *by, bool issuers)
{
	struct yw_buf request = YW_BUF_INIT;
	uint64_t at[2];

	at[0] = yw_tnet_delegate_next_keys(log, by, "320102 new", &request);
	log->key_set++;
	yw_buf_clear(&request);
	at[1] = yw_tnet_delegate_next_keys(log, by, "320102 of its issuer", &request);
	yw_tnet_add_key_change(log, by, at[issuers]);
	yw_tnet_keys(issuers ? "320102 of its issuer" : "320102 new", &log->keys);
	log->key_set += issuers;
	yw_tnet_add_roster(log);
	yw_buf_release(&request);
}

/* What such a package says of keys is believed, and its entries are not its own: that keeps nobody from the owner's keys, however
 * often it comes. */
static void
lying_issuer(void)
{
	struct yw_tlog *liar;
	struct yw_lpackage lp;

	begin("group g 2 320100 320300\nquorum g\n");
	liar = stolen(false, 0, "y");
	change_to(liar, &branches[0]->logs[1], true);
	yw_tlog_grow(liar, 3, "y");
	change_to(county, city, false);
	grow(county, 6);
	give_all(city);
	for (int i = 0; i < 3; i++) {
		yw_tlog_package(liar, copy(county)->size, 1, liar->n, copy(county)->size, false, &lp);
		lp.p.entries[0].leaf.b[0] ^= 1;
		YW_FAILS(yw_ledger_take_package(reader->l, &lp.p, &err), YW_ESIG);
		yw_lpackage_release(&lp);
		yw_lnode_commit(reader);
		YW_FAILS(tell_quorum(county), YW_ENOENT);
	}
	give_all(county);
	YW_CHECK(copy(county)->size == county->n && knows(county, 2));
	take_quorum();
	end_theft();
}

/* Who took those entries goes to the branch where a quorum stands, though the number of its keys is lower; and by then to no other. */
static void
higher_number(void)
{
	struct yw_tlog *liar;
	struct yw_sought s;
	uint64_t common;

	begin("group g 2 320100 320300\nquorum g\n");
	common = copy(county)->size;
	liar = stolen(false, 0, "y");
	change_to(liar, &branches[0]->logs[1], true);
	yw_tlog_grow(liar, 3, "y");
	change_to(county, city, false);
	grow(county, 6);
	give_all(city);
	give_all(liar);
	YW_CHECK(copy(county)->size == liar->n);
	give_keys(county, common);
	YW_FAILS(tell_quorum(county), YW_ENOENT);
	yw_lnode_commit(reader);
	YW_CHECK(seeks(county->n, false));
	go_over();
	take_quorum();
	give_keys(liar, common);
	(void)!tell_quorum(liar);
	yw_lnode_commit(reader);
	YW_CHECK(copy(county)->size == county->n && !yw_ledger_seeks(reader->l, copy(county), &s));
	same_again();
	end_theft();
}

/* ---- my own */

/* A head of my own log by keys that my issuer has delegated to me: I was further once (L2). */
static void
own_head(void)
{
	struct yw_key_set mine;

	begin("quorum none\n");
	mine = county->keys;		/* the seed was set back with the disk */
	reader = &net->n[2];
	reader->keys = &mine;
	reader->never_alone = true;
	reader->peer_wait_ms = 1000000;
	yw_lnode_open(reader);
	give_all(top);
	yw_tnet_rotate(county, city, "320102 new");
	give_all(city);
	YW_CHECK(yw_ledger_state(reader->l, &err) == YW_LEDGER_ASKING);
	YW_FAILS(show(county, county->n, NULL), YW_ENOENT);
	YW_CHECK(yw_ledger_state(reader->l, &err) == YW_LEDGER_BEHIND);
	yw_lnode_commit(reader);
	end();
}

/* The issuer delegates the keys that were asked for in an entry of the largest size, of which most says nothing. */
static void
delegate_with_name(int bytes, bool changes)
{
	struct yw_buf request = YW_BUF_INIT, delegation = YW_BUF_INIT, trust = YW_BUF_INIT, name = YW_BUF_INIT;
	struct yw_key_set next;

	net = yw_lnet_new(codes, 2, "quorum none\n");
	top = net->n[0].t;
	reader = &net->n[1];
	yw_lnode_open(reader);
	give_all(top);
	yw_lnode_put(reader, "320100/demand/a", 1, "a", &yw_unconditional);
	yw_tnet_keys("second", &next);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "second", 1, 1, &reader->t->keys.head }, &request);
	for (int i = 0; i < bytes; i++)
		yw_buf_add_byte(&name, 'x');
	yw_wire_add_bytes(&delegation, 1, yw_buf_bytes(&request));
	yw_wire_add_bytes(&delegation, 3, yw_buf_bytes(&name));
	yw_wire_add_bytes(&trust, 3, yw_buf_bytes(&delegation));
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	give_all(top);
	yw_ledger_next_keys(reader->l, &next);
	for (int again = 0; again < 2; again++) {
		YW_CHECK_MSG(yw_ledger_routine(reader->l, &err) == YW_OK, "%s", err.msg);
		yw_lnode_commit(reader);
		YW_CHECK_MSG(yw_ledger_rotated(reader->l) == changes, "a name of %d bytes", bytes);
		yw_lnode_put(reader, again ? "320100/demand/c" : "320100/demand/b", 1, "b", &yw_unconditional);
		reader->next_keys = &next;
		yw_lnode_reopen(reader);
	}
	yw_buf_release(&request);
	yw_buf_release(&delegation);
	yw_buf_release(&trust);
	yw_buf_release(&name);
	end();
}

static void
bulky_delegation(void)
{
	delegate_with_name(64850, false);
	delegate_with_name(2000, false);	/* it would fit in an entry, and with few others of its kind in no chain (T16) */
	delegate_with_name(YW_CALLED_NAME_MAX, true);
}

YW_TESTS(
	{ "T5 R4 a head or beat by keys that are not known yet is no lie, and a wrong line is one", no_lie },
	{ "T5 R3 packages lead past a key change, whether the issuer's log is here or not", packages },
	{ "T5 R3 months behind: several key changes of a county and its city, block by block", months_behind },
	{ "T5 T1 the first node's key change brings the network file that it rests on", first_node },
	{ "T5 R3 key changes that do not hold lead nowhere", does_not_hold },
	{ "T5 R5 a mirror's receipt by new keys waits for them, by old ones it goes on counting", mirror },
	{ "T5 T15 L7 heads by a rotated-out key freeze nothing once there was a quorum beyond it, whichever comes first", outlived },
	{ "T5 L6 L7 nor do however many of them hide that the newer key has contradicted itself", hides_nothing },
	{ "T5 L8 T7 who hears of a quorum on the thief's branch while an answer is on its way goes to no other by that answer",
	    sought_no_more },
	{ "T5 L8 a head that nobody holds, by the new keys, keeps nobody from the branch that others show", made_up_head },
	{ "T5 R3 an issuer who has the old keys keeps nobody from the owner's by key changes of its own", lying_issuer },
	{ "T5 L8 who took what such an issuer went on to goes to the branch where a quorum stands, whatever the numbers of the keys",
	    higher_number },
	{ "T5 L2 a head of my own log by keys that were delegated to me is owed", own_head },
	{ "T5 T16 a delegation that is too large to be embedded, or for a chain, changes no keys, and stops nobody", bulky_delegation })
