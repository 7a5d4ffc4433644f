/*
 * Bad input about a copy of a next log that nobody has granted yet (T14), as one table: a package that must not be kept, and
 * what is said of it.  It leaves no trace, neither of its own nor in the copy that is there.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *city;
static struct yw_tlog *first, *next;	/* the county's logs: the one that the city holds, and the one that goes on */
static struct yw_lpackage lp;

/* --- the next log --- */

/* Of that generation, with an entry 0 that shows a request for `asked`, signed by these keys, and no other entries. */
static void
open_next(uint32_t generation, uint32_t asked, const struct yw_seckey *old_head, const char *signer)
{
	struct yw_buf genesis = YW_BUF_INIT;
	struct yw_generation g;
	struct yw_key_set own;

	next = yw_tnet_new_log(first, generation, "second");
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "second", asked, 0, old_head }, &next->request);
	YW_PASS(yw_trust_claim(net->t->trust, yw_buf_bytes(&next->request), &g, &err));
	YW_PASS(yw_trust_make_reopening(&g, yw_buf_bytes(&next->request), (struct yw_bytes) { NULL, 0 }, &genesis, &err));
	own = next->keys;
	yw_tnet_keys(signer, &next->keys);
	yw_tnet_add_trust(next, yw_buf_bytes(&genesis));
	next->keys = own;
	yw_buf_release(&genesis);
}

static void
as_it_should_be(void)
{
	open_next(2, 2, &first->keys.head, "second");
	yw_tlog_grow(next, 2, "wanted");
}

static void unasked(void) { open_next(2, 2, NULL, "second"); }
static void asked_by_another(void) { open_next(2, 2, &city->t->keys.head, "second"); }
static void of_another_generation(void) { open_next(3, 2, &first->keys.head, "second"); }
static void by_another_key(void) { open_next(2, 2, &first->keys.head, "somebody's"); }

/* Entry 256 is entry 0 again, which opens nothing there and breaks nothing. */
static void
that_repeats_itself(void)
{
	open_next(2, 2, &first->keys.head, "second");
	yw_tlog_grow(next, 255, "wanted");
	yw_tnet_add_envelope(next, yw_buf_bytes(&next->entries[0]));
	yw_tlog_grow(next, 1, "wanted");
}

/* --- the package --- */

static void whole(void) { yw_tlog_package(next, 0, next->n, next->n, 0, false, &lp); }
static void rest(void) { yw_tlog_package(next, 1, next->n - 1, next->n, 1, false, &lp); }

/* The same in another head of this size, for which these keys sign. */
static void
in_head(const struct yw_tlog *of, const char *keys)
{
	struct yw_key_set by;

	whole();
	yw_tnet_keys(keys, &by);
	yw_buf_clear(&lp.head);
	yw_tnet_head(of, next->n, &by, &lp.head);
	lp.p.head = yw_buf_bytes(&lp.head);
}

static void in_a_head_by_another(void) { in_head(next, "320102"); }

static void
in_a_head_of_another_log(void)
{
	struct yw_tlog other = *next;

	snprintf(other.origin.text, sizeof other.origin.text, "onenet.example/320102/g3");
	in_head(&other, "second");
}

static void for_another_size(void) { whole(); lp.p.head_size++; }
static void with_no_entry(void) { whole(); lp.p.n_entries = lp.p.n_good = 0; }
static void with_an_entry_that_breaks_it(void) { whole(); lp.p.n_good--; }
static void not_in_its_head(void) { whole(); lp.p.entries[1].leaf.b[0] ^= 1; }
static void from_the_middle(void) { rest(); }
static void too_far_on(void) { yw_tlog_package(next, 257, 1, next->n, 1, false, &lp); }
static void not_proven_to_go_on(void) { rest(); lp.p.consistency.h[0].b[0] ^= 1; }
static void in_no_head(void) { yw_tlog_package(next, 1, next->n - 1, next->n, 1, true, &lp); }

/* --- the table --- */

static void nothing(void) { }

static void
granted(void)
{
	YW_PASS(yw_ledger_close_log(city->l, first->origin.text, &(struct yw_closing_draft) { .reason = "r" }, &err));
	yw_lnode_commit(city);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&next->request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
}

static const struct row {
	const char *rule, *what;
	void (*open)(void);
	bool held;			/* a copy is: of entry 0 */
	void (*prepare)(void), (*make)(void);
	enum yw_code code;
	const char *says;
} rows[] = {
	{ "T14", "the old key has not asked for this next log", unasked, false, nothing, whole, YW_EINVAL, "has not asked for" },
	{ "T14", "another's head key has asked for it", asked_by_another, false, nothing, whole, YW_EINVAL, "has not asked for" },
	{ "T14", "the old key has asked for another generation", of_another_generation, false, nothing, whole, YW_EINVAL,
	    "not by the keys that asked" },
	{ "T14", "entry 0 by another key than asked", by_another_key, false, nothing, whole, YW_EINVAL, "not by the keys that asked" },
	{ "T14", "a log that was granted", as_it_should_be, false, granted, whole, YW_EINVAL, "it is a log like others" },
	{ "T14", "no entry", as_it_should_be, false, nothing, with_no_entry, YW_EINVAL, "no copy can be kept" },
	{ "T14 B3", "an entry that breaks the log", as_it_should_be, false, nothing, with_an_entry_that_breaks_it, YW_EINVAL,
	    "no copy can be kept" },
	{ "T14", "what would go on, where nothing is kept", as_it_should_be, false, nothing, from_the_middle, YW_EINVAL,
	    "that this could go on" },
	{ "T14", "a head by the keys of the generation before", as_it_should_be, false, nothing, in_a_head_by_another, YW_ESIG,
	    "is not signed by its head key" },
	{ "T14", "a head of another log by the same key", as_it_should_be, false, nothing, in_a_head_of_another_log, YW_EINVAL,
	    "brings a head of 'onenet.example/320102/g3'" },
	{ "T14", "another size than that of its head", as_it_should_be, false, nothing, for_another_size, YW_EINVAL,
	    "brings a head of 3 entries as one of 4" },
	{ "T14", "an entry that is not in its head", as_it_should_be, false, nothing, not_in_its_head, YW_ESIG, "do not prove into" },
	{ "T14", "entries 256 too far on in a log that repeats itself", that_repeats_itself, true, nothing, too_far_on, YW_EINVAL,
	    "does not go on at 1" },
	{ "T14", "the same entries again", as_it_should_be, true, nothing, whole, YW_EINVAL, "does not go on at 1" },
	{ "T14 R3", "no proof that it goes on from the copy", as_it_should_be, true, nothing, not_proven_to_go_on, YW_ESIG,
	    "is not proven to go on" },
	{ "T14", "a head that is only named", as_it_should_be, true, nothing, in_no_head, YW_EINVAL, "that this could go on" },
};

static enum yw_code
keep(void)
{
	enum yw_code code = yw_ledger_keep(city->l, &lp.p, &next->keys.pub.session, &(struct yw_boot_name) { { 0 } }, &err);

	yw_lpackage_release(&lp);
	return code;
}

static void
is_not_kept(const struct row *r)
{
	struct yw_kept k = { .size = 0 };
	enum yw_code code;

	net = yw_lnet_new(codes, 3, "quorum none\n");
	city = yw_lnode(net, "320100");
	yw_lnet_join(net);
	first = yw_tnet_log(net->t, "320102");
	r->open();
	if (r->held) {
		yw_tlog_package(next, 0, 1, 1, 0, false, &lp);
		YW_PASS(keep());
		yw_lnode_commit(city);
	}
	r->prepare();
	r->make();
	err.msg[0] = '\0';
	code = keep();
	YW_CHECK_MSG(code == r->code && strstr(err.msg, r->says) != NULL, "%s %s: gave '%s': %s", r->rule, r->what, yw_code_name(code),
	    err.msg);
	YW_CHECK_MSG(!yw_lnode_dirty(city), "%s %s: has left a trace", r->rule, r->what);
	YW_CHECK_MSG(yw_ledger_n_kept(city->l) == r->held, "%s %s: another copy is kept", r->rule, r->what);
	YW_CHECK_MSG(yw_ledger_kept(city->l, &next->keys.pub.session, &k) == r->held && k.size == r->held, "%s %s: it has %llu entries",
	    r->rule, r->what, (unsigned long long)k.size);
	yw_lnet_free(net);
}

static void
all_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_not_kept(&rows[i]);
	printf(" %zu rows", sizeof rows / sizeof *rows);
}

YW_TESTS({ "T14 R3 bad input for a copy of a next log is not kept, and is called what it is", all_rows })
