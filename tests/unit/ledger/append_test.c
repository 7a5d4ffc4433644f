/*
 * My own log: genesis and admission, records in groups, what is refused and what a failed commit leaves.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

static struct yw_lnet *
network(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, 3, POLICY);

	for (size_t i = 0; i < 3; i++)
		yw_lnode_open(&net->n[i]);
	return net;
}

/* ---- records that wait */

#define MOST 700

struct waiting {
	struct yw_buf bodies[MOST];
	struct yw_append a[MOST];
	size_t n;
};
static struct waiting w;

static struct yw_append *
wait_for(const char *id, uint32_t revision, const char *title, const struct yw_audience *audience)
{
	struct yw_buf *body = &w.bodies[w.n];
	struct yw_append *a = &w.a[w.n++];

	yw_buf_clear(body);
	yw_lrecord(id, revision, title, body);
	*a = (struct yw_append) { .body = yw_buf_bytes(body), .audience = *audience, .index = UINT64_MAX };
	return a;
}

static void
drop_waiting(void)
{
	for (size_t i = 0; i < MOST; i++)
		yw_buf_release(&w.bodies[i]);
	w.n = 0;
}

static void
append(struct yw_lnode *n, struct yw_append *a, size_t count)
{
	YW_PASS(yw_ledger_append(n->l, a, count, &err));
}

static enum yw_code
append_one(struct yw_lnode *n, const char *id, uint32_t revision, const char *title, const struct yw_audience *audience)
{
	struct yw_append *a = wait_for(id, revision, title, audience);

	append(n, a, 1);
	err = a->err;
	return a->code;
}

static uint32_t
current(struct yw_lnode *n, const char *id, struct yw_item *item)
{
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, item, &err);
	yw_view_close(v);
	YW_CHECK(code == YW_OK || code == YW_ENOENT);
	return code == YW_OK ? item->revision : 0;
}

static void
read_entry(struct yw_lnode *n, uint64_t index, struct yw_buf *envelope, struct yw_entry *e)
{
	struct yw_view *v;

	yw_buf_clear(envelope);
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_entry(v, yw_view_log(v, n->t->origin.text), index, envelope, &err));
	yw_view_close(v);
	YW_PASS(yw_entry_read(n->t->origin.text, yw_buf_bytes(envelope), e, &err));
}

static enum yw_trust_kind
kind_at(struct yw_lnode *n, uint64_t index)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_trust_kind kind;
	struct yw_entry e;

	read_entry(n, index, &envelope, &e);
	YW_PASS(yw_entry_verify(&e, &err));
	kind = e.trust_kind;
	yw_entry_release(&e);
	yw_buf_release(&envelope);
	return kind;
}

/* ---- cases */

static void
first_node(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, 3, POLICY);
	struct yw_lnode *n = &net->n[0];
	struct yw_guard_mark mark;
	struct yw_guard g;
	struct yw_log *own;

	yw_lnode_open(n);
	own = yw_ledger_own(n->l);
	YW_CHECK(own != NULL && own->own && own->size == 1 && strcmp(own->origin.text, "onenet.example/320000") == 0);
	YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_APPENDING && !yw_lnode_dirty(n));
	YW_CHECK(kind_at(n, 0) == YW_TRUST_GENESIS && own->full_size == 1 && own->head_size == 1);
	YW_PASS(yw_guard_open(&g, &n->io, &mark, &err));
	YW_CHECK(mark.commit == 1 && mark.size == 1 && strcmp(mark.origin.text, own->origin.text) == 0 &&
	    yw_hash_equal(&mark.root, &own->root));
	yw_lnode_reopen(n);
	own = yw_ledger_own(n->l);
	YW_CHECK(own->size == 1 && yw_hash_equal(&mark.root, &own->root) && !yw_lnode_dirty(n));
	yw_lnet_free(net);
}

static void
joining(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *top = &net->n[0], *city = &net->n[1];
	struct yw_log *own;

	YW_CHECK(yw_ledger_own(city->l) == NULL && yw_ledger_state(city->l, &err) == YW_LEDGER_JOINING);
	YW_FAILS(yw_ledger_append(city->l, wait_for("320100/demand/a", 1, "a", &yw_unconditional), 1, &err), YW_ESTOPPED);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&net->n[2].t->request), &err), YW_ESTOPPED);

	YW_CHECK(yw_ledger_count(top->l) == 1);
	yw_lnode_admit(net, "320100");
	YW_CHECK(yw_ledger_own(top->l)->size == 3 && kind_at(top, 1) == YW_TRUST_DELEGATION &&
	    kind_at(top, 2) == YW_TRUST_ROSTER);
	YW_CHECK(yw_ledger_count(top->l) == 2 && yw_lnode_log(top, "320100")->size == 0);
	YW_FAILS(yw_ledger_admit(top->l, yw_buf_bytes(&city->t->request), &err), YW_ECONFLICT);	/* T2: twice */
	YW_CHECK(!yw_lnode_dirty(top));

	yw_lnode_follow(city, top);	/* sees its delegation, and begins its log in the same commit */
	own = yw_ledger_own(city->l);
	YW_CHECK(own != NULL && own->size == 1 && kind_at(city, 0) == YW_TRUST_GENESIS);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_lnode_follow(top, city);
	YW_CHECK(yw_lnode_log(top, "320100")->size == 1);
	yw_lnode_put(city, "320100/demand/a", 1, "a", &yw_unconditional);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_own(city->l)->size == 2);
	drop_waiting();
	yw_lnet_free(net);
}

/* That keys, code and request belong together, the home of a node says: unit/service/home. */
static void
wrong_store(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, 3, POLICY);
	struct yw_lnode *a = &net->n[0], *b = &net->n[1];

	yw_lnode_open(a);
	yw_lnode_close(a);
	b->store = a->store;			/* a store of 320000 under the configuration of 320100 */
	YW_FAILS(yw_lnode_try_open(b, &err), YW_EDENIED);
	b->store = NULL;
	yw_lnet_free(net);
}

static void
one_group(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	char id[64];

	for (unsigned i = 0; i < 40; i++) {	/* many calls, one turn */
		snprintf(id, sizeof id, "320000/demand/%u", i);
		YW_PASS(append_one(n, id, 1, "x", &yw_unconditional));
	}
	YW_CHECK(yw_ledger_own(n->l)->size == 1);
	yw_lnode_commit(n);
	YW_CHECK(yw_ledger_own(n->l)->size == 2);
	read_entry(n, 1, &envelope, &e);
	YW_CHECK(e.n_items == 40 && e.signed_at_ms == n->utc_ms && e.audience.cls == YW_CLASS_UNCONDITIONAL);
	for (unsigned i = 0; i < 40; i++) {
		struct yw_hash h;

		yw_sha256(w.bodies[i].data, w.bodies[i].len, &h);
		YW_CHECK(w.a[i].index == 1 && w.a[i].item == i && yw_hash_equal(&h, &e.hashes[i]));
	}
	yw_entry_release(&e);
	yw_buf_release(&envelope);
	drop_waiting();
	yw_lnet_free(net);
}

static void
audiences(void)
{
	struct yw_audience city = yw_conditional("320100"), county = yw_conditional("320102");
	const struct yw_audience *all[] = { &yw_unconditional, &yw_open, &city, &county, &yw_not_shared };
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_buf envelope = YW_BUF_INIT;
	char id[64];

	for (unsigned i = 0; i < 50; i++) {
		snprintf(id, sizeof id, "320000/demand/%u", i);
		YW_PASS(append_one(n, id, 1, "x", all[i % 5]));
	}
	yw_lnode_commit(n);
	YW_CHECK(yw_ledger_own(n->l)->size == 6);
	for (unsigned i = 0; i < 50; i++) {
		struct yw_entry e;

		YW_CHECK(w.a[i].item == i / 5);
		read_entry(n, w.a[i].index, &envelope, &e);
		YW_CHECK(e.n_items == 10 && e.audience.cls == all[i % 5]->cls && e.audience.openness == all[i % 5]->openness &&
		    e.audience.n_codes == all[i % 5]->n_codes);
		if (e.audience.n_codes > 0)
			YW_CHECK(yw_jurisdiction_equal(&e.audience.codes[0], &all[i % 5]->codes[0]));
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	drop_waiting();
	yw_lnet_free(net);
}

/* Whatever the mixture of audiences and the size of the groups: an id's places rise with its revisions. */
static void
order_of_an_id(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_audience city = yw_conditional("320100");
	const struct yw_audience *all[] = { &yw_unconditional, &yw_open, &city };
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];

	for (int round = 0; round < 4; round++) {
		uint32_t revision[300] = { 0 };
		size_t last[300] = { 0 };
		char id[64];

		w.n = 0;
		for (size_t i = 0; i < MOST; i++) {
			unsigned r = (unsigned)(yw_test_next(&seed) % (round % 2 ? 300 : 20));

			snprintf(id, sizeof id, "320000/demand/%d-%u", round, r);
			YW_PASS(append_one(n, id, ++revision[r], "x", all[yw_test_next(&seed) % (round < 2 ? 1 : 3)]));
		}
		yw_lnode_commit(n);
		for (size_t i = 0; i < MOST; i++) {
			struct yw_record rec;
			size_t r;

			YW_PASS(yw_record_read(w.a[i].body, &rec, &err));
			r = strtoul(strchr(rec.id.local, '-') + 1, NULL, 10);
			if (rec.revision > 1)
				YW_CHECK_MSG(w.a[i].index > w.a[last[r]].index ||
				    (w.a[i].index == w.a[last[r]].index && w.a[i].item > w.a[last[r]].item),
				    "revision %u of %s stands before the one before it", rec.revision, rec.id_text);
			last[r] = i;
		}
		for (unsigned r = 0; r < 300; r++) {
			struct yw_item item;

			snprintf(id, sizeof id, "320000/demand/%d-%u", round, r);
			YW_CHECK(current(n, id, &item) == revision[r]);
		}
	}
	drop_waiting();
	yw_lnet_free(net);
}

static void
full_groups(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	char id[64];

	for (unsigned i = 0; i < 600; i++) {
		snprintf(id, sizeof id, "320000/demand/%u", i);
		wait_for(id, 1, "x", &yw_unconditional);
	}
	append(n, w.a, 600);
	yw_lnode_commit(n);
	YW_CHECK(yw_ledger_own(n->l)->size == 4);
	for (unsigned i = 0; i < 600; i++)
		YW_CHECK(w.a[i].code == YW_OK && w.a[i].index == 1 + i / 256 && w.a[i].item == i % 256);
	for (uint64_t i = 1; i < 4; i++) {
		read_entry(n, i, &envelope, &e);
		YW_CHECK(e.n_items == (i < 3 ? 256 : 88));
		yw_entry_release(&e);
	}
	yw_lnode_reopen(n);
	YW_CHECK(yw_ledger_own(n->l)->size == 4);
	yw_buf_release(&envelope);
	drop_waiting();
	yw_lnet_free(net);
}

static void
revisions(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_item item;

	YW_FAILS(append_one(n, "320000/demand/a", 2, "x", &yw_unconditional), YW_ECONFLICT);
	YW_FAILS(append_one(n, "320000/demand/a", 0, "x", &yw_unconditional), YW_ECONFLICT);
	YW_FAILS(append_one(n, "320000/demand/a", 1, NULL, &yw_unconditional), YW_ENOENT);
	YW_CHECK(!yw_lnode_dirty(n));
	YW_PASS(append_one(n, "320000/demand/a", 1, "x", &yw_unconditional));
	YW_FAILS(append_one(n, "320000/demand/a", 1, "y", &yw_unconditional), YW_ECONFLICT);	/* in the same turn */
	YW_CHECK(strstr(err.msg, "at revision 1 now") != NULL);
	YW_PASS(append_one(n, "320000/demand/a", 2, "y", &yw_unconditional));
	yw_lnode_commit(n);
	YW_CHECK(current(n, "320000/demand/a", &item) == 2 && item.op == YW_OP_PUT);
	YW_FAILS(append_one(n, "320000/demand/a", 2, "z", &yw_unconditional), YW_ECONFLICT);
	YW_CHECK(strstr(err.msg, "at revision 2 now, and what is to be put follows 1") != NULL);
	YW_PASS(append_one(n, "320000/demand/a", 3, NULL, &yw_unconditional));
	yw_lnode_commit(n);
	YW_CHECK(current(n, "320000/demand/a", &item) == 3 && item.op == YW_OP_WITHDRAW);
	yw_lnode_reopen(n);
	YW_FAILS(append_one(n, "320000/demand/a", 3, "x", &yw_unconditional), YW_ECONFLICT);
	YW_PASS(append_one(n, "320000/demand/a", 4, "x", &yw_unconditional));	/* and again */
	yw_lnode_commit(n);
	YW_CHECK(current(n, "320000/demand/a", &item) == 4 && item.op == YW_OP_PUT);
	drop_waiting();
	yw_lnet_free(net);
}

static void
refused(void)
{
	static const struct yw_jurisdiction unsorted[] = { { "320102" }, { "320100" } }, twice[] = { { "320100" }, { "320100" } },
		no_code[] = { { "32010" } };
	const struct yw_audience bad[] = {
		{ 0, YW_OPENNESS_INTERNAL, NULL, 0 }, { 4, YW_OPENNESS_INTERNAL, NULL, 0 },
		{ YW_CLASS_UNCONDITIONAL, 0, NULL, 0 }, { YW_CLASS_UNCONDITIONAL, 3, NULL, 0 },
		{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 }, { YW_CLASS_CONDITIONAL, YW_OPENNESS_OPEN, twice, 1 },
		{ YW_CLASS_NOT_SHARED, YW_OPENNESS_OPEN, NULL, 0 }, { YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, twice, 1 },
		{ YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, twice, 1 },
		{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, unsorted, 2 }, { YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, twice, 2 },
		{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, no_code, 1 },
	};
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_append *a;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(append_one(n, "320000/demand/a", 1, "x", &bad[i]) == YW_EINVAL, "audience %zu passes", i);
	YW_FAILS(append_one(n, "320100/demand/a", 1, "x", &yw_unconditional), YW_EINVAL);	/* another code's */
	a = wait_for("320000/demand/a", 1, "x", &yw_unconditional);
	a->body.len--;
	append(n, a, 1);
	YW_CHECK(a->code == YW_EFORMAT && !yw_lnode_dirty(n));

	/* one that is refused among others changes nothing for them */
	w.n = 0;
	wait_for("320000/demand/a", 1, "x", &yw_unconditional);
	wait_for("320000/demand/b", 7, "x", &yw_unconditional);
	wait_for("320000/demand/c", 1, "x", &yw_unconditional);
	append(n, w.a, 3);
	yw_lnode_commit(n);
	YW_CHECK(w.a[0].code == YW_OK && w.a[1].code == YW_ECONFLICT && w.a[2].code == YW_OK);
	YW_CHECK(w.a[0].index == 1 && w.a[0].item == 0 && w.a[2].index == 1 && w.a[2].item == 1);
	drop_waiting();
	yw_lnet_free(net);
}

/* A commit that fails for want of something leaves nothing, and the same comes through afterwards. */
static void
reserve(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	struct yw_item item;

	yw_lnode_put(n, "320000/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_state(n, &before);
	if (n->dir[0] != '\0') {		/* only a disk has a reserve */
		struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
			.format_version = YW_LEDGER_FORMAT, .cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20,
			.reserve_bytes = UINT64_MAX / 2 };

		yw_lnode_close(n);
		yw_store_close(n->store);
		YW_PASS(yw_store_open(n->dir, &o, &n->store, &err));
		yw_lnode_open(n);
		YW_PASS(append_one(n, "320000/demand/b", 1, "x", &yw_unconditional));
		YW_PASS(yw_ledger_admit(n->l, yw_buf_bytes(&net->n[1].t->request), &err));
		YW_FAILS(yw_ledger_commit(n->l, &err), YW_ESTOPPED);
		YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_APPENDING && !yw_lnode_dirty(n));
		YW_PASS(yw_ledger_commit(n->l, &err));		/* of nothing: there is no more room for that */
		YW_CHECK(strstr(yw_ledger_stopped(n->l), "free some space") != NULL);
		yw_lnode_state(n, &after);
		/* the child's log was known for a moment: it is there, empty, and nobody's */
		YW_CHECK(yw_lnode_log(n, "320100") == NULL && strncmp(yw_buf_str(&before), yw_buf_str(&after), 200) == 0);
		YW_CHECK(current(n, "320000/demand/b", &item) == 0);
		yw_lnode_reopen(n);
		yw_lnode_state(n, &after);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	}
	YW_PASS(append_one(n, "320000/demand/b", 1, "x", &yw_unconditional));
	yw_lnode_commit(n);
	YW_CHECK(current(n, "320000/demand/b", &item) == 1);
	yw_buf_release(&before);
	yw_buf_release(&after);
	drop_waiting();
	yw_lnet_free(net);
}

static void
guard_fails(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *n = &net->n[0];
	struct yw_item item;

	yw_lnode_put(n, "320000/demand/a", 1, "x", &yw_unconditional);
	YW_PASS(append_one(n, "320000/demand/b", 1, "x", &yw_unconditional));
	n->guard_broken = true;
	YW_FAILS(yw_ledger_commit(n->l, &err), YW_EIO);
	YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_FAILED && strstr(err.msg, "the guard's disk is gone") != NULL);
	YW_CHECK(current(n, "320000/demand/a", &item) == 1 && current(n, "320000/demand/b", &item) == 0);	/* reads go on */
	n->guard_broken = false;
	YW_FAILS(yw_ledger_append(n->l, w.a, 1, &err), YW_ESTOPPED);
	YW_FAILS(yw_ledger_admit(n->l, yw_buf_bytes(&net->n[1].t->request), &err), YW_ESTOPPED);
	YW_FAILS(yw_ledger_commit(n->l, &err), YW_EIO);
	yw_lnode_reopen(n);		/* the batch was there, and nobody was told */
	YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_APPENDING && current(n, "320000/demand/b", &item) == 1);
	yw_lnode_put(n, "320000/demand/c", 1, "x", &yw_unconditional);
	drop_waiting();
	yw_lnet_free(net);
}

static void
foreign_beat(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *city = &net->n[1];
	uint64_t size;

	yw_lnode_admit(net, "320100");
	yw_lnet_sync(net);
	yw_lnode_admit(net, "320102");
	yw_lnet_sync(net);		/* two of three sign: the province's beat has its quorum */
	YW_CHECK(yw_lnode_log(city, "320000")->beats[0].quorum == YW_QUORUM_MET);
	size = yw_ledger_own(city->l)->size;
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	YW_CHECK(yw_ledger_own(city->l)->size == size + 2 && kind_at(city, size) == YW_TRUST_FOREIGN_BEAT);
	yw_lnode_put(city, "320100/demand/b", 1, "x", &yw_unconditional);
	YW_CHECK(yw_ledger_own(city->l)->size == size + 3);
	yw_lnode_reopen(city);
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	YW_CHECK(yw_ledger_own(city->l)->size == size + 4);
	yw_lnet_wait(net, 86400000);
	/* before the first of the day, also where a full group is sealed in the middle of the turn */
	for (unsigned i = 0; i < 257; i++) {
		char id[64];

		snprintf(id, sizeof id, "320100/demand/d%u", i);
		YW_PASS(append_one(city, id, 1, "x", &yw_unconditional));
	}
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_own(city->l)->size == size + 7 && kind_at(city, size + 4) == YW_TRUST_FOREIGN_BEAT);
	drop_waiting();
	yw_lnet_free(net);
}

/* The first node has no issuer: it shows whoever of those below it was signed last. */
static void
foreign_beat_of_any_child(void)
{
	static const char *const three[] = { "320000", "320100", "320200" };
	struct yw_lnet *net = yw_lnet_new(three, 3, "group g 2 320000 320100 320200\nquorum g\n");
	struct yw_lnode *top = &net->n[0];
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;

	yw_lnet_join(net);
	for (unsigned day = 0; day < 2; day++) {
		struct yw_lnode *last = &net->n[2 - day];	/* in either order */
		uint64_t size = yw_ledger_own(top->l)->size;
		char shown[100], id[64];

		for (unsigned i = 0; i < 2; i++) {
			snprintf(id, sizeof id, "%s/demand/%u", three[1 + (i + day) % 2], day);
			yw_lnode_put(&net->n[1 + (i + day) % 2], id, 1, "x", &yw_unconditional);
			yw_lnet_wait(net, 20000);
			yw_lnet_sync(net);
		}
		snprintf(id, sizeof id, "320000/demand/%u", day);
		yw_lnode_put(top, id, 1, "x", &yw_unconditional);
		YW_CHECK(yw_ledger_own(top->l)->size == size + 2 && kind_at(top, size) == YW_TRUST_FOREIGN_BEAT);
		read_entry(top, size, &envelope, &e);
		snprintf(shown, sizeof shown, "%s\n%llu\n", last->t->origin.text, (unsigned long long)yw_ledger_own(last->l)->size);
		YW_CHECK_MSG(memmem(envelope.data, envelope.len, shown, strlen(shown)) != NULL,
		    "day %u: not the beat of %s", day, last->t->origin.text);
		yw_entry_release(&e);
		snprintf(id, sizeof id, "320000/demand/%u-b", day);
		yw_lnode_put(top, id, 1, "x", &yw_unconditional);
		YW_CHECK(yw_ledger_own(top->l)->size == size + 3);
		yw_lnet_wait(net, 86400000);
		yw_lnet_sync(net);
	}
	yw_buf_release(&envelope);
	yw_lnet_free(net);
}

/* The delegation, entry 0 and the first records in one turn: entry 0 is the genesis. */
static void
all_at_once(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *top = &net->n[0], *city = &net->n[1];
	struct yw_asker asker = { YW_ASKER_NODE, city->t->code };
	struct yw_lpackage lp;
	char id[64];

	yw_lnode_admit(net, "320100");
	YW_CHECK(yw_lnode_serve(top, top->t->origin.text, 0, 0, 0, 0, &asker, 1 << 20, &lp));
	YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
	for (unsigned i = 0; i < 300; i++) {	/* the first 256 are sealed before the commit */
		snprintf(id, sizeof id, "320100/demand/%u", i);
		YW_PASS(append_one(city, id, 1, "x", &yw_unconditional));
	}
	yw_lnode_commit(city);
	yw_lpackage_release(&lp);
	YW_CHECK(yw_ledger_own(city->l)->size == 3 && kind_at(city, 0) == YW_TRUST_GENESIS && w.a[0].index == 1);
	yw_lnode_follow(top, city);
	YW_CHECK(yw_lnode_log(top, "320100")->size == 3 && !yw_lnode_log(top, "320100")->broken);
	drop_waiting();
	yw_lnet_free(net);
}

static void
rests_after_bulk(void)
{
	struct yw_lnet *net = network();
	struct yw_lnode *top = &net->n[0];
	int64_t at;

	yw_lnode_put(top, "320000/demand/a", 1, "x", &yw_unconditional);
	YW_CHECK(yw_ledger_rest(top->l) == INT64_MAX);	/* one record is not worth it */
	yw_ledger_sent(top->l, 2 << 20);
	at = yw_ledger_rest(top->l);
	YW_CHECK(at > top->mono_ms && at < INT64_MAX);
	yw_lnode_put(top, "320000/demand/b", 1, "x", &yw_unconditional);
	YW_CHECK(yw_ledger_rest(top->l) == at);		/* and puts nothing off */
	yw_lnet_wait(net, at - top->mono_ms);
	YW_CHECK(yw_ledger_rest(top->l) == INT64_MAX);
	yw_lnode_put(top, "320000/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_reopen(top);
	for (const char *id = "abc"; *id != '\0'; id++) {
		char full[] = "320000/demand/?";
		struct yw_item item;

		full[sizeof full - 2] = *id;
		YW_CHECK(current(top, full, &item) == 1);
	}
	yw_lnet_free(net);
}

YW_TESTS(
	{ "T4 the first node begins its log when it is opened", first_node },
	{ "T3 T4 T11 an admission is a delegation and a roster; the child begins when it sees it", joining },
	{ "T4 delegation, genesis and a flood of records in one turn", all_at_once },
	{ "B10 code and store belong together", wrong_store },
	{ "S2 B2 all that wait in a turn share one entry", one_group },
	{ "S2 B2 one entry for each class, openness and audience", audiences },
	{ "B7 an id's places rise with its revisions, whatever shares its turn", order_of_an_id },
	{ "B2 256 records to an entry", full_groups },
	{ "B5 a revision is the last one and one more, also inside a turn; withdrawn and put again", revisions },
	{ "B3 V2 what no node would apply is refused, and nothing else is touched", refused },
	{ "S3 at the disk's reserve nothing of the turn happened", reserve },
	{ "L1 a guard that fails stops writing; reads go on, a restart finds what was written", guard_fails },
	{ "S1 memory is given back a while after bulk work, and nothing else goes with it", rests_after_bulk },
	{ "R9 the day's first entry comes after the issuer's newest quorum beat", foreign_beat },
	{ "R9 the first node's comes after the newest quorum beat of any below it", foreign_beat_of_any_child }
)
