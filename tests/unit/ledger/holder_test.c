/*
 * Another node that keeps the restricted bodies of a log (V4): it gets what it may not see, also what is old, shows none of
 * it, gives it back, and lets go of it when it is named no more; whichever came first.
 *
 *	320000 --- 320100 --- 320102
 *	       \-- 320200
 */
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static const struct yw_jurisdiction nobody = { "" };

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *other;

static void
begin(void)
{
	net = yw_lnet_new(codes, 4, "group g any 320000 320100 320200\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	other = &net->n[3];
	yw_lnet_join(net);
}

static void
end(void)
{
	yw_lnet_free(net);
}

/* --- what happens --- */

static void
name(struct yw_lnode *owner, const struct yw_jurisdiction *holder)
{
	YW_CHECK_MSG(yw_ledger_holder(owner->l, holder, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(owner);
}

/* One record for its owner and those above it, one for 320100 too, one for everybody. */
static void
put_three(struct yw_lnode *owner, const char *local)
{
	const struct yw_audience for_city = yw_conditional("320100");
	const struct yw_audience *audiences[] = { &yw_not_shared, &for_city, &yw_unconditional };
	char id[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(id, sizeof id, "%s/demand/%s%zu", owner->t->code.code, local, i);
		yw_lnode_put(owner, id, 1, local, audiences[i]);
	}
}

/* --- what is there --- */

/* The places of the owner's log at a node, a letter an item: "kkh". */
static const char *
letters(struct yw_lnode *at, const struct yw_lnode *owner)
{
	static char out[64];
	const char *text = yw_lnode_places(at, owner->t->origin.text, 0);
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (*text >= 'a' && *text <= 'z')
			out[n++] = *text;
	out[n] = '\0';
	return out;
}

#define HAS(at, owner, want) YW_CHECK_MSG(strcmp(letters(at, owner), want) == 0, "%s has %s", (at)->t->code.code, \
    letters(at, owner))

static bool
shows(struct yw_lnode *n, const char *id)
{
	struct yw_item item;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return code == YW_OK;
}

static size_t
bodies_in_store(struct yw_lnode *n, const struct yw_lnode *owner)
{
	struct key prefix = key_number(yw_lnode_log(n, owner->t->code.code)->number);
	struct yw_iter *it = yw_iter_new(n->store, NULL, F_BODIES, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	size_t k = 0;

	for (; yw_iter_valid(it); yw_iter_next(it))
		k++;
	YW_PASS(yw_iter_finish(it, &err));
	return k;
}

static size_t
places_of(struct yw_lnode *n, const char *id)
{
	struct yw_own_place found[4];
	struct yw_view *v;
	size_t k;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_places_of(v, id, found, 4, &k, &err));
	yw_view_close(v);
	return k;
}

/* A body as `from` gives it to whoever asks for it. */
static enum yw_code
asked(struct yw_lnode *from, const struct yw_lnode *owner, const struct yw_lnode *by, uint64_t index)
{
	const struct yw_asker asker = { YW_ASKER_NODE, by->t->code };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(from->l, &v, &err));
	code = yw_view_serve_body(v, yw_view_log(v, owner->t->origin.text), index, 0, &asker, &body, &err);
	YW_CHECK((code == YW_OK) == (body.len != 0));
	yw_view_close(v);
	yw_buf_release(&body);
	return code;
}

/* A node that holds the same from the start of its life says the same. */
static void
check_fresh(struct yw_lnode *n)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;

	yw_lnode_state(n, &before);
	yw_lnode_close(n);
	yw_lnode_forget(n);
	memset(n->guard, 0, sizeof n->guard);
	yw_lnode_open(n);
	yw_lnet_sync(net);
	yw_lnode_state(n, &after);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), "%s\n---\n%s", yw_buf_str(&before),
	    yw_buf_str(&after));
	yw_buf_release(&before);
	yw_buf_release(&after);
}

/* --- cases --- */

static void
keeps_and_does_not_show(void)
{
	uint64_t first;

	begin();
	put_three(county, "a");
	first = yw_ledger_own(county->l)->size - 3;
	yw_lnet_sync(net);
	HAS(other, county, "wwh");
	YW_FAILS(asked(top, county, other, first), YW_EDENIED);
	name(county, &other->t->code);
	yw_lnet_sync(net);
	HAS(other, county, "kkh");		/* what is old as well */
	put_three(county, "b");
	yw_lnet_sync(net);
	HAS(other, county, "kkhkkh");
	HAS(top, county, "hhhhhh");
	HAS(city, county, "hhhhhh");
	YW_CHECK(yw_lnode_log(other, "320102")->n_missing == 0 &&
	    yw_lnode_log(other, "320102")->held == yw_lnode_log(other, "320102")->size);
	YW_CHECK(!shows(other, "320102/demand/a0") && !shows(other, "320102/demand/b1") && shows(other, "320102/demand/b2"));
	YW_CHECK(shows(top, "320102/demand/a0"));
	YW_CHECK(places_of(top, "320102/demand/a0") == 1 && places_of(other, "320102/demand/a0") == 0);
	YW_CHECK(places_of(other, "320102/demand/a2") == 1);
	YW_PASS(asked(top, county, other, first));
	YW_PASS(asked(other, county, county, first));	/* and gives it to whoever may have it */
	YW_PASS(asked(other, county, top, first));
	YW_PASS(asked(other, county, city, first + 1));
	check_fresh(other);
	HAS(other, county, "kkhkkh");
	end();
}

/* Who was a holder has nothing more, nor gets it; one that may see it anyhow has it as before. */
static void
named_no_more(void)
{
	uint64_t first;

	begin();
	put_three(county, "a");
	first = yw_ledger_own(county->l)->size - 3;
	name(county, &other->t->code);
	yw_lnet_sync(net);
	HAS(other, county, "kkh");
	YW_CHECK(bodies_in_store(other, county) == 3);
	name(county, &nobody);
	put_three(county, "b");
	yw_lnet_sync(net);
	HAS(other, county, "wwhwwh");
	YW_CHECK(bodies_in_store(other, county) == 2);
	YW_FAILS(asked(top, county, other, first), YW_EDENIED);
	check_fresh(other);

	name(county, &city->t->code);
	yw_lnet_sync(net);
	HAS(city, county, "hhhhhh");		/* shown: it is above */
	name(county, &nobody);
	yw_lnet_sync(net);
	HAS(city, county, "hhhhhh");
	end();
}

/* Whoever is named next gets what is there, from whoever has it. */
static void
another_is_named(void)
{
	begin();
	put_three(top, "a");
	yw_lnet_sync(net);
	HAS(city, top, "whh");
	HAS(other, top, "wwh");
	name(top, &city->t->code);
	yw_lnet_sync(net);
	HAS(city, top, "khh");
	HAS(other, top, "wwh");
	YW_CHECK(!shows(city, "320000/demand/a0") && shows(city, "320000/demand/a1"));
	name(top, &other->t->code);
	yw_lnet_sync(net);
	HAS(city, top, "whh");
	HAS(other, top, "kkh");
	HAS(county, top, "wwh");
	end();
}

/* What it is for: nobody stands above the first node, and its disk is gone. */
static void
given_back(void)
{
	begin();
	put_three(top, "a");
	yw_lnet_sync(net);
	name(top, &other->t->code);	/* late: what was there before comes back too */
	yw_lnet_sync(net);
	yw_lnode_close(top);
	yw_lnode_forget(top);
	yw_lnode_open(top);
	yw_lnet_sync(net);
	HAS(top, top, "hhh");
	YW_CHECK(shows(top, "320000/demand/a0"));
	name(top, &nobody);
	put_three(top, "b");
	yw_lnet_sync(net);
	yw_lnode_close(top);
	yw_lnode_forget(top);
	yw_lnode_open(top);
	yw_lnet_sync(net);
	HAS(top, top, "mhhmhh");		/* of what nobody keeps nothing comes back */
	end();
}

/* Between the turn that learns it and the next one, nothing is said to be held; a crash there changes nothing. */
static void
a_crash_between(void)
{
	begin();
	put_three(county, "a");
	yw_lnet_sync(net);
	for (int named = 1; named >= 0; named--) {
		name(county, named ? &other->t->code : &nobody);
		yw_lnode_tick(county);
		YW_CHECK(yw_lnode_follow(other, county));	/* it commits once */
		YW_CHECK(yw_lnode_log(other, "320102")->holder_due && yw_lnode_log(other, "320102")->held == 0 && yw_lnode_dirty(other));
		yw_lnode_reopen(other);
		YW_CHECK(!yw_lnode_log(other, "320102")->holder_due);
		HAS(other, county, named ? "mmh" : "wwh");
		yw_lnet_sync(net);
		HAS(other, county, named ? "kkh" : "wwh");
		yw_lnode_reopen(other);
		YW_CHECK(!yw_lnode_dirty(other));
		HAS(other, county, named ? "kkh" : "wwh");
	}
	end();
}

static void
erased_there_too(void)
{
	struct yw_own_place found[2];
	struct yw_erasure_draft d = { .id = "320102/demand/a0", .reason = "asked for", .basis = "the law", .places = found };
	struct yw_view *v;

	begin();
	name(county, &other->t->code);
	put_three(county, "a");
	yw_lnet_sync(net);
	HAS(other, county, "kkh");
	YW_PASS(yw_view_open(county->l, &v, &err));
	YW_PASS(yw_view_places_of(v, d.id, found, 2, &d.n, &err));
	yw_view_close(v);
	YW_PASS(yw_ledger_erase(county->l, &d, &err));
	yw_lnode_commit(county);
	yw_lnet_sync(net);
	HAS(other, county, "ekh");
	YW_CHECK(bodies_in_store(other, county) == 2);
	name(county, &nobody);
	yw_lnet_sync(net);
	HAS(other, county, "ewh");
	end();
}

/* T8: of the next log nobody is holder before that names one, and its word goes for the logs before it too. */
static void
in_the_next_log(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_seckey old;
	const char *next = "onenet.example/320102/g2";

	begin();
	name(county, &other->t->code);
	put_three(county, "a");
	yw_lnet_sync(net);
	old = county->t->keys.head;
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "r" }, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	HAS(other, county, "kkh");		/* what was before stays as it was */
	yw_tnet_keys("320102 again", &keys);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "320102 again", 2, 0, &old }, &request);
	yw_lnode_next(county, &request, &keys);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	put_three(county, "b");
	yw_lnet_sync(net);
	HAS(other, county, "kkh");
	YW_CHECK_MSG(strchr(yw_lnode_places(other, next, 0), 'k') == NULL, "%s", yw_lnode_places(other, next, 0));
	yw_lnode_close(county);		/* V3: a later generation is given back what stands in the log before it */
	yw_lnode_forget(county);
	yw_lnode_open(county);
	yw_lnet_sync(net);
	HAS(county, county, "hhh");
	name(county, &other->t->code);
	yw_lnet_sync(net);
	YW_CHECK_MSG(strchr(yw_lnode_places(other, next, 0), 'k') != NULL, "%s", yw_lnode_places(other, next, 0));
	name(county, &nobody);
	yw_lnet_sync(net);
	YW_CHECK(strchr(yw_lnode_places(other, next, 0), 'k') == NULL);
	HAS(other, county, "wwh");
	yw_buf_release(&request);
	end();
}

/* T6: what stands past the end of a log counts for nothing, also who was named there. */
static void
named_past_the_end(void)
{
	begin();
	put_three(county, "a");
	yw_lnet_sync(net);
	name(county, &other->t->code);
	yw_lnode_tick(county);
	while (yw_lnode_follow(other, county))
		yw_lnode_tick(other);
	HAS(other, county, "kkh");
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "stolen", .revoked = true },
	    &err));
	yw_lnode_commit(city);
	yw_lnode_tick(city);
	while (yw_lnode_follow(other, city))
		yw_lnode_tick(other);
	HAS(other, county, "wwh");
	end();
}

YW_TESTS({ "V4 V3 a holder gets what it may not see, also what is old, shows none of it, and gives it to whoever may have it",
	keeps_and_does_not_show },
    { "V4 who is named no more lets go of it, and who may see it has it as before", named_no_more },
    { "V4 whoever is named next gets what is there, and the one before lets go", another_is_named },
    { "V4 V3 L2 the first node's disk is gone: a holder gives back what nobody else may have", given_back },
    { "V4 R7 a crash between learning of it and doing it; nothing is said to be held meanwhile", a_crash_between },
    { "V4 V6/erasure what is erased goes there too", erased_there_too },
    { "V4 T8 a holder is named again in the next log, whose word goes for the logs before it too", in_the_next_log },
    { "V4 T6 who was named past the end of a log is no holder", named_past_the_end })
