/*
 * What readers see: records, listings, histories, digests; and what peers are served.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *far;

static void
start(void)
{
	net = yw_lnet_new(codes, 4, "group g 2 320000 320100 320102\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	far = &net->n[3];
	yw_lnet_join(net);
}

static void
stop(void)
{
	yw_lnet_free(net);
}

struct seen {
	char text[4096];
	size_t stop_after, n;
};

static bool
note(void *arg, const struct yw_item *item)
{
	struct seen *s = arg;
	size_t len = strlen(s->text);

	snprintf(s->text + len, sizeof s->text - len, "%s:%u%s ", item->id, item->revision,
	    item->op == YW_OP_WITHDRAW ? "w" : "");
	return ++s->n != s->stop_after;
}

static const char *
list(struct yw_lnode *n, const char *prefix, const char *after, size_t most)
{
	static struct seen s;
	struct yw_view *v;

	s = (struct seen) { .stop_after = most };
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_list(v, prefix, after, note, &s, &err));
	yw_view_close(v);
	return s.text;
}

static const char *
history(struct yw_lnode *n, const char *id, size_t most)
{
	static struct seen s;
	struct yw_view *v;

	s = (struct seen) { .stop_after = most };
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_history(v, id, note, &s, &err));
	yw_view_close(v);
	return s.text;
}

#define IS(text, want) YW_CHECK_MSG(strcmp(text, want) == 0, "'%s' is not '%s'", text, want)

static void
records(void)
{
	struct yw_item item;
	struct yw_view *v, *old;
	struct yw_buf bytes = YW_BUF_INIT, body = YW_BUF_INIT;

	start();
	YW_PASS(yw_view_open(city->l, &old, &err));
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/b", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/a-", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/aa", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/a", 2, NULL, &yw_unconditional);
	yw_lnode_put(city, "320100/demand/b", 2, "y", &yw_not_shared);
	yw_lnet_sync(net);
	yw_lnode_put(county, "320102/demand/a", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	IS(list(city, "", "", 0), "320100/demand/a:2w 320100/demand/a-:1 320100/demand/aa:1 320100/demand/b:2 320102/demand/a:1 ");
	IS(list(city, "320100/", "", 0), "320100/demand/a:2w 320100/demand/a-:1 320100/demand/aa:1 320100/demand/b:2 ");
	IS(list(city, "320100/demand/a", "", 0), "320100/demand/a:2w 320100/demand/a-:1 320100/demand/aa:1 ");
	IS(list(city, "320100/contract/", "", 0), "");
	IS(list(city, "", "", 2), "320100/demand/a:2w 320100/demand/a-:1 ");
	IS(list(city, "", "", 1), "320100/demand/a:2w ");
	IS(list(city, "", "320100/demand/a", 1), "320100/demand/a-:1 ");
	IS(list(city, "", "320100/demand/a-", 0), "320100/demand/aa:1 320100/demand/b:2 320102/demand/a:1 ");
	IS(list(city, "", "320100/demand/b", 0), "320102/demand/a:1 ");
	IS(list(city, "320100/", "320100/demand/b", 0), "");
	IS(list(city, "", "320102/demand/a", 0), "");
	IS(list(city, "320102/", "320100/demand/a", 0), "320102/demand/a:1 ");
	IS(history(city, "320100/demand/a", 0), "320100/demand/a:1 320100/demand/a:2w ");
	IS(history(city, "320100/demand/a", 1), "320100/demand/a:1 ");
	IS(history(city, "320100/demand/", 0), "");
	IS(history(far, "320100/demand/b", 0), "320100/demand/b:1 ");	/* the second is not for it */
	IS(list(far, "320100/demand/b", "", 0), "320100/demand/b:1 ");

	/* a view is of its moment */
	YW_FAILS(yw_view_current(old, "320100/demand/aa", &item, &err), YW_ENOENT);
	YW_CHECK(yw_view_log(old, city->t->origin.text)->size < yw_ledger_own(city->l)->size);
	YW_PASS(yw_view_open(city->l, &v, &err));
	YW_PASS(yw_view_current(v, "320100/demand/b", &item, &err));
	YW_CHECK(item.revision == 2 && item.audience.cls == YW_CLASS_NOT_SHARED && item.generation == 1);
	YW_PASS(yw_view_body(v, yw_view_at(v, item.log), item.index, item.item, &bytes, &err));
	yw_lrecord("320100/demand/b", 2, "y", &body);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&bytes), yw_buf_bytes(&body)));
	YW_FAILS(yw_view_body(v, yw_view_at(v, item.log), item.index, 1, &bytes, &err), YW_ENOENT);
	YW_FAILS(yw_view_entry(v, yw_view_at(v, item.log), 1000, &bytes, &err), YW_ENOENT);
	YW_CHECK(yw_view_at(v, item.log)->number == item.log && yw_view_log(v, "onenet.example/110000") == NULL);
	yw_view_close(v);
	yw_view_close(old);
	yw_buf_release(&bytes);
	yw_buf_release(&body);
	stop();
}

/* ---- digests */

static bool
digest(struct yw_lnode *n, const char *code, struct yw_hash *out)
{
	struct yw_jurisdiction j;
	bool complete = false;
	struct yw_view *v;

	YW_PASS(yw_jurisdiction_parse(code, strlen(code), &j));
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, &j, &complete, out, &err));
	yw_view_close(v);
	return complete;
}

static bool
same_digests(struct yw_lnode *a, struct yw_lnode *b)
{
	for (size_t i = 0; i < net->count; i++) {
		struct yw_hash ha, hb;

		if (!digest(a, codes[i], &ha) || !digest(b, codes[i], &hb) || !yw_hash_equal(&ha, &hb))
			return false;
	}
	return true;
}

static void
digests(void)
{
	struct yw_audience for_far = yw_conditional("320200");
	struct yw_hash before, after;
	struct yw_jurisdiction nobody = { "110000" };
	struct yw_view *v;
	bool complete;

	start();
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/b", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	YW_CHECK(same_digests(city, top) && same_digests(city, far));
	YW_CHECK(digest(city, "320100", &before));

	/* what some may see and others may not changes the header alone, and the same everywhere */
	yw_lnode_put(city, "320100/demand/a", 2, "secret", &yw_not_shared);
	yw_lnode_put(city, "320100/demand/c", 1, "for far", &for_far);
	yw_lnet_sync(net);
	YW_CHECK(digest(city, "320100", &after) && !yw_hash_equal(&before, &after));
	YW_CHECK(same_digests(city, top) && same_digests(city, far) && same_digests(city, county));
	IS(list(far, "320100/demand/", "", 0), "320100/demand/a:1 320100/demand/b:1 320100/demand/c:1 ");

	/* one step behind is another header */
	yw_lnode_put(city, "320100/demand/b", 2, NULL, &yw_unconditional);
	YW_CHECK(digest(city, "320100", &after) && digest(top, "320100", &before) && !yw_hash_equal(&before, &after));
	YW_CHECK(digest(city, "320000", &after) && digest(top, "320000", &before) && yw_hash_equal(&before, &after));
	yw_lnet_sync(net);
	YW_CHECK(same_digests(city, top) && same_digests(city, far));
	yw_lnode_reopen(far);
	YW_CHECK(same_digests(city, far));

	YW_PASS(yw_view_open(city->l, &v, &err));
	YW_FAILS(yw_view_digest(v, &nobody, &complete, &after, &err), YW_ENOENT);
	yw_view_close(v);
	stop();
}

/* Without a body that it may have, a replica does not say what its state is; one it may not have is no matter. */
static void
incomplete(void)
{
	struct yw_asker asker;
	struct yw_lpackage lp;
	struct yw_hash h;
	struct yw_log *log;

	start();
	yw_lnode_put(city, "320100/demand/n", 1, "x", &yw_not_shared);
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	log = yw_lnode_log(far, "320100");
	asker = (struct yw_asker) { YW_ASKER_STRANGER, { "" } };	/* so that no body comes with it */
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, log->size, 0, 0, log->size, &asker, 1 << 20, &lp));
	YW_CHECK(lp.p.n_bodies == 0);
	YW_PASS(yw_ledger_take_package(far->l, &lp.p, &err));
	yw_lnode_commit(far);
	yw_lpackage_release(&lp);
	YW_CHECK(log->n_missing == 1 && !digest(far, "320100", &h) && digest(far, "320000", &h));
	yw_lnet_sync(net);
	YW_CHECK(log->n_missing == 0 && same_digests(far, city));
	stop();
}

/* ---- places */

static bool
stop_at_once(void *arg, const struct yw_places *p)
{
	*(uint64_t *)arg += 1 + p->index;
	return false;
}

/* Two records in one entry, for `audience`. */
static void
put_two(struct yw_lnode *n, const struct yw_audience *audience)
{
	struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT;
	struct yw_append two[2];

	yw_lrecord("320100/demand/t1", 1, "x", &a);
	yw_lrecord("320100/demand/t2", 1, "x", &b);
	two[0] = (struct yw_append) { .body = yw_buf_bytes(&a), .audience = *audience };
	two[1] = (struct yw_append) { .body = yw_buf_bytes(&b), .audience = *audience };
	YW_PASS(yw_ledger_append(n->l, two, 2, &err));
	yw_lnode_commit(n);
	YW_CHECK(two[0].index == two[1].index);
	yw_buf_release(&a);
	yw_buf_release(&b);
}

static void
places(void)
{
	struct yw_audience for_far = yw_conditional("320200");
	char owner[128], top_sees[128], county_sees[128], far_sees[128];
	struct yw_view *v;
	uint64_t at, sum = 0;

	start();
	yw_lnode_put(city, "320100/demand/u", 1, "x", &yw_unconditional);	/* and before it the day's foreign beat */
	at = yw_ledger_own(city->l)->size - 1;
	yw_lnode_put(city, "320100/demand/c", 1, "x", &for_far);
	put_two(city, &yw_not_shared);
	yw_lnode_put(city, "320100/demand/o", 1, "x", &yw_open);
	yw_lnet_sync(net);
	snprintf(owner, sizeof owner, "%llu:h %llu:h %llu:hh %llu:h ", (unsigned long long)at, (unsigned long long)at + 1,
	    (unsigned long long)at + 2, (unsigned long long)at + 3);
	snprintf(top_sees, sizeof top_sees, "%s", owner);
	snprintf(county_sees, sizeof county_sees, "%llu:h %llu:w %llu:ww %llu:h ", (unsigned long long)at,
	    (unsigned long long)at + 1, (unsigned long long)at + 2, (unsigned long long)at + 3);
	snprintf(far_sees, sizeof far_sees, "%llu:h %llu:h %llu:ww %llu:h ", (unsigned long long)at, (unsigned long long)at + 1,
	    (unsigned long long)at + 2, (unsigned long long)at + 3);
	for (int again = 0; again < 2; again++) {
		IS(yw_lnode_places(city, city->t->origin.text, 0), owner);
		IS(yw_lnode_places(top, city->t->origin.text, 0), top_sees);
		IS(yw_lnode_places(county, city->t->origin.text, 0), county_sees);
		IS(yw_lnode_places(far, city->t->origin.text, 0), far_sees);
		IS(yw_lnode_places(far, city->t->origin.text, at + 3), strrchr(far_sees, 'w') + 2);
		IS(yw_lnode_places(far, city->t->origin.text, at + 4), "");
		IS(yw_lnode_places(far, top->t->origin.text, 0), "");
		yw_lnode_reopen(far);
		yw_lnode_reopen(county);
	}
	YW_PASS(yw_view_open(far->l, &v, &err));
	YW_PASS(yw_view_places(v, yw_view_log(v, city->t->origin.text), at + 1, stop_at_once, &sum, &err));
	YW_CHECK(sum == at + 2);
	yw_view_close(v);
	stop();
}

/* ---- serving */

#define BIG 40000

static void
put_big(struct yw_lnode *n, const char *id, const struct yw_audience *audience)
{
	char title[BIG + 1];

	memset(title, 'x', BIG);
	title[BIG] = '\0';
	yw_lnode_put(n, id, 1, title, audience);
}

static void
budgets(void)
{
	struct yw_asker asker;
	struct yw_lpackage lp;
	uint64_t from, end;

	start();
	asker = (struct yw_asker) { YW_ASKER_NODE, far->t->code };
	from = yw_ledger_own(city->l)->size;
	for (unsigned i = 0; i < 8; i++) {
		char id[64];

		snprintf(id, sizeof id, "320100/demand/%u", i);
		put_big(city, id, &yw_unconditional);
	}
	end = yw_ledger_own(city->l)->size;
	if (end - from == 9)
		from++;			/* the day's foreign beat */
	for (unsigned want = 1; want <= 8; want++) {	/* so many records fit */
		YW_CHECK(yw_lnode_serve(city, city->t->origin.text, from, 0, 0, from, &asker, want * (BIG + 600), &lp));
		YW_CHECK_MSG(lp.p.n_entries == want && lp.p.n_bodies == want, "%zu entries for %u", lp.p.n_entries, want);
		YW_CHECK(lp.s.bytes.len <= want * (BIG + 600) && lp.p.head_size == end && lp.p.has_consistency);
		yw_lpackage_release(&lp);
	}
	/* one entry always, without its body if that is too much */
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, from, 0, 0, from, &asker, 1, &lp));
	YW_CHECK(lp.p.n_entries == 1 && lp.p.n_bodies == 0);
	yw_lpackage_release(&lp);
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, from, from + 3, 0, from, &asker, 1 << 20, &lp));
	YW_CHECK(lp.p.n_entries == 3 && lp.p.n_bodies == 3);
	yw_lpackage_release(&lp);
	/* to a head the asker named: no note and no consistency; of any size up to the newest */
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, from, 0, from + 2, from, &asker, 1 << 20, &lp));
	YW_CHECK(lp.p.n_entries == 2 && lp.p.head.len == 0 && !lp.p.has_consistency && lp.p.head_size == from + 2);
	yw_lpackage_release(&lp);
	YW_CHECK(!yw_lnode_serve(city, city->t->origin.text, from, 0, end + 1, from, &asker, 1 << 20, &lp));
	YW_CHECK(!yw_lnode_serve(city, city->t->origin.text, end, 0, 0, end, &asker, 1 << 20, &lp));
	YW_CHECK(!yw_lnode_serve(city, city->t->origin.text, UINT64_MAX, 0, 0, 0, &asker, 1 << 20, &lp));
	YW_CHECK(!yw_lnode_serve(city, "onenet.example/110000", 0, 0, 0, 0, &asker, 1 << 20, &lp));
	stop();
}

static void
across_blocks(void)
{
	struct yw_asker asker;
	struct yw_lpackage lp;
	uint64_t end;

	start();
	asker = (struct yw_asker) { YW_ASKER_NODE, far->t->code };
	for (unsigned i = 0; i < 260; i++) {
		char id[64];

		snprintf(id, sizeof id, "320100/demand/%u", i);
		yw_lnode_put(city, id, 1, "x", &yw_unconditional);
	}
	end = yw_ledger_own(city->l)->size;
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, 10, 0, 0, 10, &asker, 1 << 20, &lp));
	YW_CHECK(lp.p.n_entries == 246);		/* up to the multiple of 256 */
	yw_lpackage_release(&lp);
	YW_CHECK(yw_lnode_serve(city, city->t->origin.text, 256, 0, 0, 256, &asker, 1 << 20, &lp));
	YW_CHECK(lp.p.n_entries == end - 256);
	yw_lpackage_release(&lp);
	stop();
}

/* Bodies go by audience: with entries, and by place. */
static void
bodies_by_audience(void)
{
	struct yw_audience for_far = yw_conditional("320200");
	const struct yw_audience *audiences[] = { &yw_unconditional, &yw_open, &for_far, &yw_not_shared };
	static const struct { const char *code; bool may[4]; } askers[] = {
		{ "320000", { true, true, true, true } },	/* above the owner */
		{ "320100", { true, true, true, true } },
		{ "320102", { true, true, false, false } },	/* below it */
		{ "320200", { true, true, true, false } },
		{ "", { false, true, false, false } },		/* a stranger */
	};
	uint64_t at[4];
	struct yw_buf out = YW_BUF_INIT;

	start();
	for (unsigned i = 0; i < 4; i++) {
		char id[64];

		snprintf(id, sizeof id, "320100/demand/%u", i);
		yw_lnode_put(city, id, 1, "x", audiences[i]);
		at[i] = yw_ledger_own(city->l)->size - 1;
	}
	for (size_t k = 0; k < sizeof askers / sizeof *askers; k++) {
		struct yw_asker asker = { askers[k].code[0] != '\0' ? YW_ASKER_NODE : YW_ASKER_STRANGER, { "" } };
		struct yw_lpackage lp;
		struct yw_view *v;
		size_t bodies = 0, may = 0;

		snprintf(asker.code.code, sizeof asker.code.code, "%s", askers[k].code);
		YW_PASS(yw_view_open(city->l, &v, &err));
		for (size_t i = 0; i < 4; i++) {
			enum yw_code code;

			yw_buf_clear(&out);
			code = yw_view_serve_body(v, yw_view_log(v, city->t->origin.text), at[i], 0, &asker, &out, &err);
			YW_CHECK_MSG(code == (askers[k].may[i] ? YW_OK : YW_EDENIED), "asker %zu body %zu: '%s'", k, i,
			    yw_code_name(code));
			YW_CHECK((out.len > 0) == askers[k].may[i]);
			/* whether there is one is said to nobody who may not have it */
			code = yw_view_serve_body(v, yw_view_log(v, city->t->origin.text), at[i], 1, &asker, &out, &err);
			YW_CHECK(code == (askers[k].may[i] ? YW_ENOENT : YW_EDENIED));
		}
		yw_view_close(v);
		YW_CHECK(yw_lnode_serve(city, city->t->origin.text, at[0], 0, 0, at[0], &asker, 1 << 20, &lp));
		for (size_t i = 0; i < 4; i++) {
			may += askers[k].may[i];
			for (size_t b = 0; b < lp.p.n_bodies; b++)
				bodies += lp.p.bodies[b].index == at[i] && askers[k].may[i];
		}
		YW_CHECK(bodies == may && lp.p.n_bodies == may && lp.p.n_entries == at[3] - at[0] + 1);
		yw_lpackage_release(&lp);
	}
	yw_buf_release(&out);
	stop();
}

/* The reader for chains: beats that cover, proofs that check. */
static void
reader(void)
{
	struct yw_log_reader r;
	struct yw_checkpoint head;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_proof proof;
	struct yw_hash leaf;
	struct yw_view *v;
	const char *origin;

	start();
	YW_PASS(yw_view_open(far->l, &v, &err));
	yw_view_reader(v, &r);
	origin = top->t->origin.text;
	YW_PASS(r.entry(r.arg, origin, 1, &bytes, &err));
	yw_leaf_hash(yw_buf_bytes(&bytes), &leaf);
	yw_buf_clear(&bytes);
	YW_PASS(r.beat(r.arg, origin, 2, &bytes, &head, &err));
	YW_CHECK(head.size >= 2 && strcmp(head.origin, origin) == 0);
	YW_PASS(r.inclusion(r.arg, origin, 1, head.size, &proof, &err));
	YW_PASS(yw_check_inclusion(1, head.size, &leaf, &proof, &head.root));
	yw_buf_clear(&bytes);
	YW_FAILS(r.beat(r.arg, origin, 1000, &bytes, &head, &err), YW_ENOENT);
	YW_FAILS(r.inclusion(r.arg, origin, 1, 1000, &proof, &err), YW_ENOENT);
	YW_FAILS(r.entry(r.arg, origin, 1000, &bytes, &err), YW_ENOENT);
	YW_FAILS(r.entry(r.arg, "onenet.example/110000", 0, &bytes, &err), YW_ENOENT);
	YW_FAILS(r.beat(r.arg, "onenet.example/110000", 0, &bytes, &head, &err), YW_ENOENT);
	yw_view_close(v);
	yw_buf_release(&bytes);
	stop();
}

YW_TESTS(
	{ "B7 what counts for an id, listings with a cursor, histories, and the moment of a view", records },
	{ "S4 digests agree where headers do, whatever is withheld", digests },
	{ "S4 no digest while an unconditional body is missing", incomplete },
	{ "B6 V1 every place is held, or withheld by its audience", places },
	{ "R3 packages within a budget, to a new head or a named one", budgets },
	{ "R3 packages do not cross a multiple of 256", across_blocks },
	{ "V1 V2 V3 R2 bodies by audience; strangers get what is open", bodies_by_audience },
	{ "T16 entries, beats and proofs for chains", reader }
)
