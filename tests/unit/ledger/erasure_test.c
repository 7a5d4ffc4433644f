/*
 * What is erased (V6, T10): the body goes wherever it is, whichever came first, and is not taken again; its id reads "erased"
 * until a later entry puts it again; all that stands beside it stays, and proves as before.
 */
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102" };
#define ID "320102/demand/e"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *other, *county;

static void
begin(void)
{
	net = yw_lnet_new(codes, 4, "group g 2 320000 320100 320200\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	other = &net->n[2];
	county = &net->n[3];
	yw_lnet_join(net);
}

static void
end(void)
{
	yw_lnet_free(net);
}

static const char *
county_log(void)
{
	return county->t->origin.text;
}

static void
settle(struct yw_lnode *n)
{
	for (int i = 0; i < 6 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
	YW_CHECK(!yw_lnode_dirty(n));
}

/* --- acts --- */

static struct yw_own_place found[4];

static enum yw_code
try_erase(struct yw_lnode *n, const char *id)
{
	struct yw_erasure_draft d = { .id = id, .reason = "asked for", .basis = "PIPL 47", .places = found };
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_places_of(v, id, found, 4, &d.n, &err));
	yw_view_close(v);
	YW_CHECK(d.n <= 4);
	code = yw_ledger_erase(n->l, &d, &err);
	yw_lnode_commit(n);
	return code;
}

static void
erase(struct yw_lnode *n, const char *id)
{
	YW_CHECK_MSG(try_erase(n, id) == YW_OK, "%s", err.msg);
	settle(n);
}

static enum yw_code
put(const char *id, uint32_t revision, bool again)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a = { .audience = yw_unconditional, .again = again };

	yw_lrecord(id, revision, "again", &body);
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(county->l, &a, 1, &err));
	if (a.code != YW_OK)
		err = a.err;
	yw_lnode_commit(county);
	yw_buf_release(&body);
	return a.code;
}

/* A group of 256 in one entry; gives its index. */
static uint64_t
put_group(const char *chosen, uint16_t at)
{
	static struct yw_buf bodies[YW_ITEMS_MAX];
	static struct yw_append a[YW_ITEMS_MAX];
	char id[64];

	for (unsigned i = 0; i < YW_ITEMS_MAX; i++) {
		snprintf(id, sizeof id, "320102/demand/n%u", i);
		bodies[i] = (struct yw_buf) YW_BUF_INIT;
		yw_lrecord(i == at ? chosen : id, 1, "neighbour", &bodies[i]);
		a[i] = (struct yw_append) { .body = yw_buf_bytes(&bodies[i]), .audience = yw_unconditional };
	}
	YW_PASS(yw_ledger_append(county->l, a, YW_ITEMS_MAX, &err));
	yw_lnode_commit(county);
	for (unsigned i = 0; i < YW_ITEMS_MAX; i++) {
		YW_CHECK_MSG(a[i].code == YW_OK, "%s", a[i].err.msg);
		yw_buf_release(&bodies[i]);
	}
	return a[0].index;
}

/* --- what is seen --- */

static bool
in_store(struct yw_lnode *n, uint64_t index, uint16_t item)
{
	struct key k = key_place(yw_ledger_log(n->l, county_log())->number, index, item);
	struct yw_buf body = YW_BUF_INIT;
	enum yw_code code = yw_store_get(n->store, NULL, F_BODIES, key_bytes(&k), &body, &err);

	yw_buf_release(&body);
	return code == YW_OK;
}

/* "put 2", "erased", "nothing". */
static const char *
reads(struct yw_lnode *n, const char *id)
{
	static char text[32];
	struct yw_item item = { .revision = 0 };
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	snprintf(text, sizeof text, "put %u", item.revision);
	return code != YW_OK ? "nothing" : item.erased ? "erased" : text;
}

static bool
everywhere(const char *id, const char *what)
{
	for (size_t i = 0; i < net->count; i++)
		if (strcmp(reads(&net->n[i], id), what) != 0)
			return false;
	return true;
}

static bool
same_digests(const struct yw_jurisdiction *code)
{
	struct yw_hash first = { { 0 } }, h;

	for (size_t i = 0; i < net->count; i++) {
		bool complete = false;
		struct yw_view *v;

		YW_PASS(yw_view_open(net->n[i].l, &v, &err));
		YW_CHECK_MSG(yw_view_digest(v, code, &complete, i == 0 ? &first : &h, &err) == YW_OK && complete, "%s: %s", codes[i], err.msg);
		yw_view_close(v);
		if (i > 0 && !yw_hash_equal(&first, &h))
			return false;
	}
	return true;
}

static bool
serves(struct yw_lnode *n, uint64_t index, uint16_t item)
{
	struct yw_asker asker = { YW_ASKER_NODE, other->t->code };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_serve_body(v, yw_view_log(v, county_log()), index, item, &asker, &body, &err);
	yw_view_close(v);
	yw_buf_release(&body);
	return code == YW_OK;
}

static size_t
in_package(struct yw_lnode *n, uint64_t index)
{
	struct yw_asker asker = { YW_ASKER_NODE, other->t->code };
	struct yw_lpackage lp;
	size_t count;

	YW_CHECK(yw_lnode_serve(n, county_log(), index, index + 1, 0, 0, &asker, 1u << 20, &lp));
	count = lp.s.n_bodies;
	yw_lpackage_release(&lp);
	return count;
}

/* --- cases --- */

static void
one_of_many(void)
{
	uint64_t at;

	begin();
	at = put_group(ID, 100);
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "put 1") && in_store(other, at, 100) && serves(other, at, 100));
	erase(county, ID);
	YW_CHECK(!in_store(county, at, 100) && in_store(county, at, 99) && in_store(county, at, 101) && strcmp(reads(county, ID), "erased") == 0);
	YW_CHECK(!serves(county, at, 100) && serves(county, at, 99) && in_package(county, at) == YW_ITEMS_MAX - 1);
	yw_lnet_sync(net);
	for (size_t i = 0; i < net->count; i++) {
		const struct yw_log *log = yw_ledger_log(net->n[i].l, county_log());

		YW_CHECK(!in_store(&net->n[i], at, 100) && in_store(&net->n[i], at, 0) && !serves(&net->n[i], at, 100));
		YW_CHECK(log->n_erased == 1 && log->n_lost == 0 && log->n_missing == 0 && log->held == log->size && log->receipts_to == log->size);
		YW_CHECK(strchr(yw_lnode_places(&net->n[i], county_log(), at), ':')[1 + 100] == 'e');
	}
	YW_CHECK(everywhere(ID, "erased") && everywhere("320102/demand/n99", "put 1") && same_digests(&county->t->code));
	for (size_t i = 0; i < net->count; i++)
		yw_lnode_reopen(&net->n[i]);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code) && !in_store(top, at, 100));
	end();
}

/* One after the other, without waiting for what follows of the one before. */
static void
many(void)
{
	static const char *const ids[] = { "320102/demand/a", "320102/demand/b", "320102/demand/c" };

	begin();
	for (size_t i = 0; i < 3; i++)
		yw_lnode_put(county, ids[i], 1, "one", &yw_unconditional);
	for (size_t i = 0; i < 3; i++)
		YW_CHECK_MSG(try_erase(county, ids[i]) == YW_OK, "%s", err.msg);
	settle(county);
	yw_lnet_sync(net);
	for (size_t i = 0; i < 3; i++)
		YW_CHECK(everywhere(ids[i], "erased"));
	YW_CHECK(same_digests(&county->t->code) && yw_ledger_log(top->l, county_log())->n_erased == 3);
	end();
}

/* All revisions go, and what was withdrawn too. */
static void
all_revisions(void)
{
	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	yw_lnode_put(county, ID, 2, "two", &yw_not_shared);
	yw_lnode_put(county, ID, 3, NULL, &yw_unconditional);
	yw_lnet_sync(net);
	erase(county, ID);
	YW_CHECK(yw_ledger_own(county->l)->n_erased == 3 && strcmp(reads(county, ID), "erased") == 0);
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	YW_FAILS(try_erase(county, ID), YW_ENOENT);
	end();
}

static bool
add_word(void *arg, const struct yw_item *item)
{
	yw_buf_printf(arg, "%s%u ", item->erased ? "e" : "p", item->revision);
	return true;
}

static void
again(void)
{
	struct yw_buf history = YW_BUF_INIT;
	struct yw_view *v;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	erase(county, ID);
	YW_FAILS(put(ID, 1, false), YW_EDENIED);
	YW_CHECK_MSG(strstr(err.msg, "was erased by entry") != NULL && strstr(err.msg, "--again") != NULL, "%s", err.msg);
	YW_FAILS(put(ID, 2, true), YW_ECONFLICT);
	YW_PASS(put(ID, 1, true));
	YW_PASS(put(ID, 2, false));
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "put 2") && same_digests(&county->t->code));
	YW_PASS(yw_view_open(top->l, &v, &err));
	YW_PASS(yw_view_history(v, ID, add_word, &history, &err));
	yw_view_close(v);
	YW_CHECK_MSG(strcmp(yw_buf_str(&history), "e0 p1 p2 ") == 0, "%s", yw_buf_str(&history));
	erase(county, ID);
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	yw_buf_release(&history);
	end();
}

/* What is put, or is not here, while somebody looks for the places. */
static void
looked_at(void)
{
	const struct yw_own_place none = { 1, 1, 0 };
	struct yw_erasure_draft d = { ID, "asked for", "PIPL 47", &none, 1 };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a = { .audience = yw_unconditional };

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	YW_FAILS(yw_ledger_erase(county->l, &d, &err), YW_ECONFLICT);
	yw_lrecord(ID, 2, "two", &body);
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(county->l, &a, 1, &err));
	YW_FAILS(yw_ledger_erase(county->l, &d, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "at this moment") != NULL, "%s", err.msg);
	yw_lnode_commit(county);
	YW_CHECK(strcmp(reads(county, ID), "put 2") == 0);
	YW_FAILS(try_erase(city, ID), YW_EDENIED);
	YW_FAILS(try_erase(county, "320102/demand/none"), YW_ENOENT);
	yw_buf_release(&body);
	end();
}

/* --- orders --- */

/* Entries without bodies, up to that size. */
static void
give_entries(struct yw_lnode *n, uint64_t to)
{
	struct yw_asker stranger = { YW_ASKER_STRANGER, { "" } };
	const struct yw_log *log = yw_ledger_log(n->l, county_log());

	while (log->size < to) {
		struct yw_lpackage lp;

		YW_CHECK(yw_lnode_serve(county, county_log(), log->size, to, log->target_size, log->size, &stranger, 1u << 20, &lp));
		YW_PASS(yw_ledger_take_package(n->l, &lp.p, &err));
		yw_lnode_commit(n);
		yw_lpackage_release(&lp);
	}
}

static enum yw_code
give_body(struct yw_lnode *n, uint64_t index, const struct yw_buf *bytes)
{
	struct yw_body b = { .index = index, .bytes = yw_buf_bytes(bytes) };
	enum yw_code code;

	yw_body_check(&b);
	code = yw_ledger_take_body(n->l, county_log(), &b, &err);
	yw_lnode_commit(n);
	return code;
}

static void
in_any_order(void)
{
	struct yw_buf body = YW_BUF_INIT;
	uint64_t at;

	begin();
	yw_lrecord(ID, 1, "one", &body);
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	at = yw_ledger_own(county->l)->size - 1;
	give_entries(other, at + 1);		/* the entry, the body, then the erasure */
	YW_PASS(give_body(other, at, &body));
	give_entries(city, at + 1);		/* the entry, the erasure, and never the body */
	erase(county, ID);
	give_entries(other, at + 2);
	give_entries(city, at + 2);
	settle(other);
	settle(city);
	YW_PASS(give_body(city, at, &body));	/* it is not asked for, and not taken */
	YW_PASS(give_body(other, at, &body));
	YW_CHECK(!in_store(city, at, 0) && !in_store(other, at, 0) && !in_store(county, at, 0));
	give_entries(top, at + 2);		/* all at once */
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code) && !in_store(top, at, 0));
	yw_buf_release(&body);
	end();
}

/* A package that brings the body together with its erasure: nobody is served it, not even before the next commit. */
static void
in_one_package(void)
{
	struct yw_asker asker = { .kind = YW_ASKER_NODE };
	struct yw_lpackage lp;
	uint64_t at;

	begin();
	asker.code = other->t->code;
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	at = yw_ledger_own(county->l)->size - 1;
	give_entries(other, at);
	YW_CHECK(yw_lnode_serve(county, county_log(), at, at + 1, 0, at, &asker, 1u << 20, &lp));
	YW_CHECK_MSG(yw_ledger_take_package(other->l, &lp.p, &err) == YW_OK, "%s", err.msg);	/* in one turn with */
	erase(county, ID);
	{
		struct yw_lpackage next;

		YW_CHECK(yw_lnode_serve(county, county_log(), at + 1, at + 2, 0, at + 1, &asker, 1u << 20, &next));
		YW_CHECK_MSG(yw_ledger_take_package(other->l, &next.p, &err) == YW_OK, "%s", err.msg);
		yw_lnode_commit(other);
		yw_lpackage_release(&next);
	}
	YW_CHECK(!serves(other, at, 0) && strcmp(reads(other, ID), "erased") == 0);
	settle(other);
	YW_CHECK(!in_store(other, at, 0));
	yw_lpackage_release(&lp);
	end();
}

/* A mirror that never had the body gives receipts again behind the erasure, and none before. */
static void
receipts(void)
{
	uint64_t at;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	at = yw_ledger_own(county->l)->size - 1;
	give_entries(other, at + 1);
	YW_CHECK(yw_ledger_log(other->l, county_log())->receipts_to == at);
	erase(county, ID);
	give_entries(other, at + 2);
	settle(other);
	YW_CHECK(yw_ledger_log(other->l, county_log())->receipts_to == at + 2);
	YW_CHECK(absent_too_late(other->l, find_log(other->l, county_log()), at + 1) &&
	    !absent_too_late(other->l, find_log(other->l, county_log()), at + 2));
	end();
}

/* --- others --- */

/* A log of another branch, without its bodies. */
static void
give_log(struct yw_tlog *t)
{
	struct yw_lpackage lp;

	yw_tlog_package(t, 0, t->n, t->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(other->l, &lp.p, &err));
	yw_lnode_commit(other);
	yw_lpackage_release(&lp);
}

/* B6: the county logs the hash of a record of the city, and erases its own place. */
static void
borrowed(void)
{
	static const char *const theirs = "320100/demand/theirs";
	struct yw_buf body = YW_BUF_INIT, erasure = YW_BUF_INIT, kept = YW_BUF_INIT;
	struct yw_own_place place = { .generation = 1 };
	struct yw_erasure_draft d = { ID, "asked for", "PIPL 47", &place, 1 };
	struct yw_tlog *t;
	struct yw_body b = { .index = 0 };
	struct yw_item item;
	struct yw_view *v;

	net = yw_lnet_new(codes, 4, "quorum none\n");
	other = &net->n[2];
	yw_lnode_open(other);
	t = net->n[1].t;
	yw_lrecord(theirs, 1, "mine", &body);
	b.bytes = yw_buf_bytes(&body);
	b.index = yw_tnet_add_bodies(t, &b.bytes, 1);
	place.index = yw_tnet_add_bodies(net->n[3].t, &b.bytes, 1);
	YW_PASS(yw_trust_make_erasure(net->t->trust, yw_trust_origin(net->t->trust, net->n[3].t->origin.text), &d, &erasure, &err));
	yw_tnet_add_trust(net->n[3].t, yw_buf_bytes(&erasure));
	give_log(net->n[0].t);
	give_log(t);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(other->l, t->origin.text, &b, &err));
	yw_lnode_commit(other);
	give_log(net->n[3].t);
	settle(other);
	YW_CHECK_MSG(strcmp(reads(other, theirs), "put 1") == 0, "%s", reads(other, theirs));
	YW_CHECK(strcmp(reads(other, ID), "erased") == 0 && yw_ledger_log(other->l, net->n[3].t->origin.text)->n_erased == 1);
	YW_PASS(yw_view_open(other->l, &v, &err));
	YW_PASS(yw_view_current(v, theirs, &item, &err));
	YW_PASS(yw_view_body(v, yw_view_log(v, t->origin.text), item.index, item.item, &kept, &err));
	yw_view_close(v);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&kept), b.bytes));
	yw_buf_release(&body);
	yw_buf_release(&erasure);
	yw_buf_release(&kept);
	yw_lnet_free(net);
}

static void
close_county(struct yw_lnode *by, const char *successor)
{
	struct yw_closing_draft d = { .reason = "merged" };

	YW_PASS(yw_jurisdiction_parse(successor, 6, &d.successor));
	YW_CHECK_MSG(yw_ledger_close_log(by->l, county_log(), &d, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(by);
	yw_lnet_sync(net);
}

/* T10: the city erases what the county registered, from the closing on. */
static void
merged(void)
{
	struct yw_limage old;
	bool image;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/stays", 1, "one", &yw_unconditional);
	yw_lnet_sync(net);
	close_county(city, "320100");
	YW_FAILS(try_erase(county, ID), YW_ESTOPPED);
	YW_FAILS(try_erase(top, ID), YW_EDENIED);
	image = yw_lnode_image(other, &old);
	erase(city, ID);
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && everywhere("320102/demand/stays", "put 1") && same_digests(&county->t->code));
	YW_CHECK(yw_ledger_log(other->l, county_log())->n_erased == 1);
	if (image) {		/* learnt anew, after the body was held */
		yw_buf_clear(&other->erased);
		yw_lnode_set_back(other, &old);
		YW_CHECK(strcmp(reads(other, ID), "put 1") == 0);
		yw_lnet_sync(net);
		YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	}
	for (size_t i = 0; i < net->count; i++)
		yw_lnode_reopen(&net->n[i]);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	end();
}

/* --- a disk that was set back --- */

/* The database of `other` as it is now, to go back to later; false: it lives in a directory. */
static bool
keep(struct yw_limage *old)
{
	return yw_lnode_image(other, old);
}

/* With its guard and the list beside it, as after a restore. */
static void
restore(struct yw_limage *old)
{
	memcpy(old->guard, other->guard, sizeof old->guard);
	yw_lnode_set_back(other, old);
}

static bool
give_bodies_away(uint64_t at, uint16_t item)
{
	struct yw_asker asker = { YW_ASKER_NODE, top->t->code };
	struct yw_lpackage lp;
	bool any;

	YW_CHECK(yw_lnode_serve(other, county_log(), at, at + 1, 0, 0, &asker, 1u << 20, &lp));
	any = lp.s.n_bodies != 0;
	yw_lpackage_release(&lp);
	return any || serves(other, at, item);
}

static void
set_back(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_limage old;
	uint64_t at;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	at = yw_ledger_own(county->l)->size - 1;
	yw_lnode_put(county, "320102/demand/stays", 1, "one", &yw_unconditional);
	yw_lnet_sync(net);
	if (!keep(&old)) {
		end();
		return;
	}
	erase(county, ID);
	yw_lnet_sync(net);
	YW_CHECK(other->erased.len == 16 + 38 + 32);
	restore(&old);
	YW_CHECK(!in_store(other, at, 0) && in_store(other, at + 1, 0));		/* before anybody was asked */
	YW_CHECK(strcmp(reads(other, ID), "nothing") == 0 && strcmp(reads(other, "320102/demand/stays"), "put 1") == 0);
	YW_CHECK(strncmp(strchr(yw_lnode_places(other, county_log(), at), ':') + 1, "r ", 2) == 0);
	YW_CHECK(yw_ledger_log(other->l, county_log())->receipts_to == at && other->erased.len == 16 + 38 + 32);
	YW_CHECK(yw_ledger_log(other->l, county_log())->withholds && !give_bodies_away(at + 1, 0));
	yw_lrecord(ID, 1, "one", &body);
	YW_PASS(give_body(other, at, &body));
	YW_CHECK(!in_store(other, at, 0));
	yw_lnode_reopen(other);
	YW_CHECK(yw_ledger_log(other->l, county_log())->withholds && !give_bodies_away(at + 1, 0) && !in_store(other, at, 0));
	yw_lnet_sync(net);
	YW_CHECK(!yw_ledger_log(other->l, county_log())->withholds && give_bodies_away(at + 1, 0));
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	YW_CHECK(strncmp(strchr(yw_lnode_places(other, county_log(), at), ':') + 1, "e ", 2) == 0);
	yw_buf_release(&body);
	end();
}

/* Further back than the record: it is fetched again from who has not heard of the erasure, and not taken. */
static void
set_back_further(void)
{
	struct yw_asker asker = { .kind = YW_ASKER_NODE };
	struct yw_limage old;
	struct yw_lpackage lp;
	uint64_t at;

	begin();
	asker.code = other->t->code;
	yw_lnet_sync(net);
	at = yw_ledger_own(county->l)->size;
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	at = yw_ledger_own(county->l)->size - 1;
	if (!keep(&old)) {
		end();
		return;
	}
	YW_CHECK(yw_lnode_serve(county, county_log(), yw_ledger_log(other->l, county_log())->size, at + 1, 0,
	    yw_ledger_log(other->l, county_log())->size, &asker, 1u << 20, &lp));
	erase(county, ID);
	yw_lnet_sync(net);
	restore(&old);
	YW_CHECK(yw_ledger_log(other->l, county_log())->size <= at);
	YW_CHECK_MSG(yw_ledger_take_package(other->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(other);
	YW_CHECK(yw_ledger_log(other->l, county_log())->size == at + 1 && !in_store(other, at, 0));
	YW_CHECK(strcmp(reads(other, ID), "nothing") == 0);
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	yw_lpackage_release(&lp);
	end();
}

/* It changes its keys before it knows all: that ends its doubt about receipts (L4), and not this one. */
static void
set_back_and_rotates(void)
{
	struct yw_tasked asked = { "320200", "320000", "second", 1, 1, NULL };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set second;
	struct yw_limage old;

	begin();
	asked.old_head = &other->t->keys.head;
	yw_lnode_put(county, "320102/demand/stays", 1, "one", &yw_unconditional);
	yw_lnet_sync(net);
	yw_tnet_keys("second", &second);
	yw_tnet_ask(net->t, &asked, &request);
	YW_PASS(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err));
	yw_buf_release(&request);
	yw_lnode_commit(top);
	yw_lnet_sync(net);
	if (!keep(&old)) {
		end();
		return;
	}
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	yw_lnet_sync(net);
	restore(&old);
	other->next_keys = &second;
	yw_ledger_next_keys(other->l, &second);
	YW_CHECK(yw_ledger_log(other->l, county_log())->withholds);
	YW_PASS(yw_ledger_routine(other->l, &err));
	yw_lnode_commit(other);
	YW_CHECK(yw_ledger_rotated(other->l) && yw_ledger_log(other->l, county_log())->withholds);
	yw_lnet_sync(net);
	YW_CHECK(!yw_ledger_log(other->l, county_log())->withholds);
	end();
}

/* A list that is damaged, or gone, is made anew; and one behind the database, by a crash between the two. */
static void
list_again(void)
{
	struct yw_buf whole = YW_BUF_INIT;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	erase(county, ID);
	yw_lnet_sync(net);
	yw_buf_add(&whole, other->erased.data, other->erased.len);
	for (size_t i = 0; i <= whole.len; i++) {		/* whole.len: it is gone */
		if (i < whole.len)
			other->erased.data[i] ^= 1;
		else
			yw_buf_clear(&other->erased);
		yw_lnode_reopen(other);
		yw_lnode_commit(other);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&other->erased), yw_buf_bytes(&whole)));
	}
	yw_lnet_sync(net);
	YW_CHECK(everywhere(ID, "erased") && same_digests(&county->t->code));
	yw_buf_release(&whole);
	end();
}

/* --- leaving the disk --- */

static size_t
scrubbed(struct yw_lnode *n)
{
	size_t left;

	YW_CHECK_MSG(yw_ledger_scrub(n->l, &left, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(n);
	return left;
}

/* How many bodies wait for it. */
static size_t
waiting(struct yw_lnode *n)
{
	struct key prefix = key_meta("scrub");
	struct yw_iter *it = yw_iter_new(n->store, NULL, F_META, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	size_t count = 0;

	for (; yw_iter_valid(it); yw_iter_next(it))
		count += yw_iter_key(it).len > prefix.len;
	YW_PASS(yw_iter_finish(it, &err));
	return count;
}

static void
leaves(void)
{
	struct yw_view *v;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	YW_CHECK(scrubbed(county) == 0);
	YW_PASS(yw_view_open(county->l, &v, &err));	/* somebody reads what was there before */
	erase(county, ID);
	YW_CHECK(waiting(county) == 1 && scrubbed(county) != 0 && waiting(county) == 1);
	yw_view_close(v);
	yw_lnode_reopen(county);
	YW_CHECK(waiting(county) == 1 && scrubbed(county) == 0 && waiting(county) == 0);
	end();
}

/* Nobody asks for it: it is due, and done when the node has nothing else to do. */
static void
leaves_by_itself(void)
{
	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	erase(county, ID);
	YW_CHECK(waiting(county) == 1);
	(void)yw_ledger_rest(county->l);
	yw_lnode_commit(county);
	YW_CHECK(waiting(county) == 0 && yw_ledger_rest(county->l) > county->mono_ms);
	end();
}

#define HOUR_MS INT64_C(3600000)

/* What the node does when it has nothing else to do; gives how many hours from `since` it wants to be asked again. */
static int64_t
rested(int64_t since)
{
	int64_t next = yw_ledger_rest(county->l);

	if (yw_lnode_dirty(county))
		yw_lnode_commit(county);
	return next == INT64_MAX ? -1 : (next - since) / HOUR_MS;
}

/* A day, as shipped; what is erased later does not put off what was before. */
static void
leaves_in_its_time(void)
{
	int64_t since;

	begin();
	county->erase_within_ms = 24 * HOUR_MS;
	yw_lnode_reopen(county);
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/later", 1, "one", &yw_unconditional);
	since = county->mono_ms;
	erase(county, ID);
	YW_CHECK(rested(since) <= 23 && waiting(county) == 1);
	yw_lnet_wait(net, 11 * HOUR_MS);
	erase(county, "320102/demand/later");
	YW_CHECK(rested(since) > 11 && rested(since) <= 23 && waiting(county) == 2);
	yw_lnet_wait(net, since + (rested(since) + 1) * HOUR_MS - county->mono_ms);
	(void)rested(since);
	YW_CHECK(waiting(county) == 0 && county->mono_ms - since <= 24 * HOUR_MS);
	end();
}

/* A body on a branch that was cut (L8). */
static void
plant(uint8_t branch, uint64_t index, const struct yw_buf *body)
{
	uint32_t number = yw_ledger_log(county->l, county_log())->number;
	struct key at = key_lost(number, branch), place = key_place(lost_number(number, branch), index, 0);
	const uint8_t range[16] = { 0 };

	yw_batch_put(county->l->batch, F_HEADS, key_bytes(&at), (struct yw_bytes) { range, sizeof range });
	yw_batch_put(county->l->batch, F_BODIES, key_bytes(&place), yw_buf_bytes(body));
	county->l->dirty = true;
	yw_lnode_commit(county);
}

static bool
is_planted(uint8_t branch, uint64_t index)
{
	struct key place = key_place(lost_number(yw_ledger_log(county->l, county_log())->number, branch), index, 0);
	struct yw_buf body = YW_BUF_INIT;
	enum yw_code code = yw_store_get(county->store, NULL, F_BODIES, key_bytes(&place), &body, &err);

	yw_buf_release(&body);
	return code == YW_OK;
}

static void
swept(void)
{
	struct yw_buf same = YW_BUF_INIT, other_text = YW_BUF_INIT, bystander = YW_BUF_INIT;

	begin();
	yw_lrecord(ID, 1, "one", &same);
	yw_lrecord(ID, 1, "on the other branch", &other_text);
	yw_lrecord("320102/demand/stays", 1, "one", &bystander);
	plant(0, 1, &same);
	plant(0, 2, &bystander);
	plant(3, 1, &other_text);
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	erase(county, ID);
	YW_CHECK(is_planted(0, 1) && scrubbed(county) != 0);
	YW_CHECK(!is_planted(0, 1) && is_planted(0, 2) && !is_planted(3, 1) && waiting(county) == 3);
	YW_CHECK(scrubbed(county) == 0 && waiting(county) == 0 && is_planted(0, 2));
	yw_buf_release(&same);
	yw_buf_release(&other_text);
	yw_buf_release(&bystander);
	end();
}

/* S4: erased by a log that is none of those over which the digest goes, as that of who acts may be (T10). */
static void
not_comparable(void)
{
	struct key k = key_item(ID, 1, UINT64_C(1) << 63, 0);
	uint8_t erased[3 + 4 + 4 + YW_HASH_BYTES] = { 255, YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL };
	struct yw_hash h;
	struct yw_view *v;
	bool complete;

	begin();
	yw_lnode_put(county, ID, 1, "one", &yw_unconditional);
	yw_put_be32(erased + 7, yw_ledger_log(county->l, other->t->origin.text)->number);
	yw_batch_put(county->l->batch, F_ITEMS, key_bytes(&k), (struct yw_bytes) { erased, sizeof erased });
	county->l->dirty = true;
	yw_lnode_commit(county);
	YW_CHECK(strcmp(reads(county, ID), "erased") == 0);
	YW_PASS(yw_view_open(county->l, &v, &err));
	YW_FAILS(yw_view_digest(v, &county->t->code, &complete, &h, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "not comparable") != NULL, "%s", err.msg);
	yw_view_close(v);
	end();
}

YW_TESTS(
	{ "V6/erasure S4 B7 one of a group of 256 goes everywhere, its neighbours stay, and it is so after a restart", one_of_many },
	{ "V6/erasure S4 several are erased one after the other", many },
	{ "V6/erasure S4 all revisions of an id go, those for few too, and one that was withdrawn", all_revisions },
	{ "V6/erasure S4 an id reads erased until a later entry puts it again, which somebody must mean", again },
	{ "V6/erasure T10 nothing is erased that was not looked at, that is another's, or that is not there", looked_at },
	{ "V6/erasure S4 whichever comes first, entry, body or erasure", in_any_order },
	{ "V6/erasure a body that comes together with its erasure is served to nobody", in_one_package },
	{ "V6/erasure R5 who never had the body gives receipts above the erasure, and none below it", receipts },
	{ "V6/erasure B6 who logs another's hash and erases it erases nothing of the other's", borrowed },
	{ "V6/erasure L2 a database that is set back brings nothing back, and gives no bodies out before it knows all", set_back },
	{ "V6/erasure L2 what is fetched again after that is not taken with its body", set_back_further },
	{ "V6/erasure L4 who changes its keys before it knows all gives bodies out again once it does", set_back_and_rotates },
	{ "V6/erasure a list of what was erased that is damaged or gone is made anew", list_again },
	{ "V6/erasure what is erased leaves the disk once nobody reads what was before, after a restart too", leaves },
	{ "V6/erasure it does so by itself when that is due", leaves_by_itself },
	{ "V6/erasure it does so within erase_within, and not at once where that is a day", leaves_in_its_time },
	{ "V6/erasure L8 what lies on a branch that was cut goes too, by its hash and by its id", swept },
	{ "S4 V6/erasure T10 a digest under which a log of others erases is not comparable", not_comparable },
	{ "T10/erasures V6 S4 what a merged code registered is erased by who acts for its issuer", merged }
)
