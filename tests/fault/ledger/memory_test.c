/*
 * Out of memory in the ledger: the first allocation of a turn fails, then the second, ... until the turn comes
 * through.  Before that nothing of it may have happened, and the same turn succeeds right after.
 */
#include "support/lnet.h"
#include "support/starve.h"
#include "support/testing.h"

#define NEXT "onenet.example/320100/g2"

static const char *const codes[] = { "320000", "320100", "320200" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city;
static struct yw_tlog *t;
static unsigned count;			/* so that no turn is like another */

static void
start(void)
{
	net = yw_lnet_new(codes, 3, "group g 1 320100 320200\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	t = top->t;
}

static void
stop(void)
{
	yw_lnet_free(net);
}

/*
 * turn() makes one turn of `n` up to and with its commit and gives what came of it; it may be made again and again.
 * A commit may also stop writing where memory fails after the batch: a restart finds the turn then.
 */
static void
starve(struct yw_lnode *n, enum yw_code (*turn)(void))
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	size_t failed = 0;
	enum yw_code code;

	for (size_t at = 1;; at++) {
		bool hit;

		yw_lnode_state(n, &before);
		yw_starve_at(at);
		code = turn();
		hit = yw_starve_end();
		if (!hit)
			break;
		failed++;
		YW_CHECK_MSG(at < 5000, "it never comes through");
		if (code == YW_EIO) {
			YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_FAILED);
			yw_lnode_reopen(n);
			continue;
		}
		if (code == YW_OK)	/* something that can be done without */
			continue;
		YW_CHECK_MSG(code == YW_ENOMEM, "allocation %zu: '%s': %s", at, yw_code_name(code), err.msg);
		yw_lnode_commit(n);
		yw_lnode_state(n, &after);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), "allocation %zu leaves a trace:\n%s--- was\n%s",
		    at, yw_buf_str(&after), yw_buf_str(&before));
	}
	YW_CHECK_MSG(code == YW_OK, "'%s'", yw_code_name(code));
	YW_CHECK(failed > 5);
	yw_lnode_state(n, &before);
	yw_lnode_reopen(n);
	yw_lnode_state(n, &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	yw_buf_release(&before);
	yw_buf_release(&after);
}

/* What the turn's caller does with a refusal: commit, which is what loses it. */
static enum yw_code
end_turn(struct yw_lnode *n, enum yw_code code)
{
	struct yw_error e;
	enum yw_code end = yw_ledger_commit(n->l, &e);

	return code != YW_OK ? code : end;
}

static struct yw_buf bodies[3];

static enum yw_code
append_turn(void)
{
	const struct yw_audience county = yw_conditional("320200"), *audiences[] = { &yw_unconditional, &county, &yw_not_shared };
	struct yw_append a[3];
	enum yw_code code;

	for (size_t i = 0; i < 3; i++)
		a[i] = (struct yw_append) { .body = yw_buf_bytes(&bodies[i]), .audience = *audiences[i] };
	code = yw_ledger_append(top->l, a, 3, &err);
	for (size_t i = 0; code == YW_OK && i < 3; i++)
		code = a[i].code;
	if (code != YW_OK) {	/* one of them was refused, the others wait: thrown away by a guard that does not hold */
		top->guard_broken = true;
		(void)end_turn(top, code);
		top->guard_broken = false;
	}
	return code != YW_OK ? code : end_turn(top, code);
}

static void
appending(void)
{
	start();
	yw_lnode_open(top);
	for (size_t at = 1;; at++) {
		enum yw_code code;
		bool hit;

		for (size_t i = 0; i < 3; i++) {
			char id[64];

			snprintf(id, sizeof id, "320000/demand/%u", count++);
			yw_buf_clear(&bodies[i]);
			yw_lrecord(id, 1, "x", &bodies[i]);
		}
		yw_starve_at(at);
		code = append_turn();
		hit = yw_starve_end();
		if (!hit) {
			YW_CHECK_MSG(code == YW_OK, "'%s': %s", yw_code_name(code), err.msg);
			break;
		}
		YW_CHECK_MSG(code == YW_ENOMEM || code == YW_EIO || code == YW_OK, "'%s'", yw_code_name(code));
		yw_lnode_reopen(top);
		YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_APPENDING);
	}
	for (size_t i = 0; i < 3; i++)
		yw_buf_release(&bodies[i]);
	stop();
}

static enum yw_code
admit_turn(void)
{
	if (yw_lnode_log(top, "320100") != NULL)	/* the last one failed after its batch */
		return end_turn(top, YW_OK);
	return end_turn(top, yw_ledger_admit(top->l, yw_buf_bytes(&city->t->request), &err));
}

static void
admitting(void)
{
	start();
	yw_lnode_open(top);
	starve(top, admit_turn);
	YW_CHECK(yw_ledger_own(top->l)->size == 3 && yw_lnode_log(top, "320100") != NULL);
	stop();
}

static struct yw_lpackage package;

static enum yw_code
package_turn(void)
{
	uint64_t size = yw_ledger_log(city->l, t->origin.text)->size;

	return end_turn(city, size > 0 ? YW_OK : yw_ledger_take_package(city->l, &package.p, &err));
}

static void
packages(void)
{
	start();
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &package);
	yw_lnode_open(city);
	starve(city, package_turn);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->size == t->n && yw_ledger_own(city->l)->size == 1);
	yw_lpackage_release(&package);
	stop();
}

static enum yw_code
lost_turn(void)
{
	uint64_t size = yw_ledger_log(city->l, t->origin.text)->size;

	return end_turn(city, size == t->n ? YW_OK : yw_ledger_take_package(city->l, &package.p, &err));
}

static void
declarations(void)
{
	struct yw_buf lost = YW_BUF_INIT;
	struct yw_own_place place = { .generation = 1 };

	start();
	place.index = yw_tnet_add_bodies(t, (struct yw_bytes[]) { YW_BYTES_LIT("nobody has it") }, 1);
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &package);
	yw_lnode_open(city);
	YW_PASS(yw_ledger_take_package(city->l, &package.p, &err));
	yw_lnode_commit(city);
	yw_lpackage_release(&package);
	YW_PASS(yw_trust_make_lost(net->t->trust, yw_tnet_generation(net->t, "320000"), &place, 1, &lost, &err));
	yw_tnet_add_trust(t, yw_buf_bytes(&lost));
	yw_tlog_package(t, t->n - 1, 1, t->n, t->n - 1, false, &package);
	starve(city, lost_turn);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->n_lost == 1 && yw_ledger_log(city->l, t->origin.text)->n_missing == 0);
	yw_lpackage_release(&package);
	yw_buf_release(&lost);
	stop();
}

/* --- copies of next logs (T14) --- */

/* Without memory a request may also look like none that the old key signed: who offers a copy offers it again. */
static enum yw_code
keep_turn(void)
{
	enum yw_code code;

	if (yw_ledger_n_kept(top->l) > 0)	/* the last one failed after its batch */
		return end_turn(top, YW_OK);
	code = end_turn(top, yw_ledger_keep(top->l, &package.p, &city->t->keys.pub.session, &(struct yw_boot_name) { { 0 } }, &err));
	YW_CHECK((code != YW_ENOMEM && code != YW_EINVAL) || yw_ledger_n_kept(top->l) == 0);
	return code == YW_EINVAL ? YW_ENOMEM : code;
}

static enum yw_code
settle_turn(void)
{
	bool more;

	return end_turn(top, yw_ledger_settle_kept(top->l, &more, &err));
}

/* The city's next log is kept before it is granted, and becomes a log like others then. */
static void
next_logs(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set fresh;
	struct yw_kept k;

	start();
	yw_lnode_open(top);
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	while (yw_lnode_follow(city, top))
		;
	yw_tnet_keys("next", &fresh);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "next", 2, 0, &city->t->keys.head }, &request);
	yw_lnode_next(city, &request, &fresh);
	yw_lnode_put(city, "320100/demand/a", 1, "in the next log", &yw_unconditional);
	YW_CHECK(yw_lnode_serve(city, NEXT, 0, 0, 0, 0, &(struct yw_asker) { YW_ASKER_NODE, top->t->code }, 1 << 20, &package));
	starve(top, keep_turn);
	YW_CHECK(yw_ledger_kept(top->l, &city->t->keys.pub.session, &k) && k.size == yw_ledger_own(city->l)->size);
	YW_PASS(yw_ledger_close_log(top->l, "onenet.example/320100", &(struct yw_closing_draft) { .reason = "r" }, &err));
	yw_lnode_commit(top);
	YW_PASS(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err));
	yw_lnode_commit(top);
	starve(top, settle_turn);
	for (int i = 0; i < 10 && yw_ledger_n_kept(top->l) > 0; i++)
		YW_PASS(settle_turn());
	YW_CHECK(yw_ledger_n_kept(top->l) == 0 && yw_ledger_log(top->l, NEXT)->size == yw_ledger_own(city->l)->size);
	yw_lpackage_release(&package);
	yw_buf_release(&request);
	stop();
}

static enum yw_code
beat_turn(void)
{
	return end_turn(city, yw_ledger_take_beat(city->l, yw_buf_bytes(&t->beat), &err));
}

static enum yw_code
cosign_turn(void)
{
	return end_turn(city, yw_ledger_cosign(city->l, &err));
}

static void
beats(void)
{
	static const struct yw_treceipt one[] = { { "320200", 7 } };

	start();
	yw_tlog_package(t, 0, t->n, t->n, 0, false, &package);
	yw_lnode_open(city);
	YW_PASS(yw_ledger_take_package(city->l, &package.p, &err));
	yw_lnode_commit(city);
	yw_lpackage_release(&package);
	yw_tnet_beat(t, 1000, one, 1);
	starve(city, beat_turn);
	starve(city, cosign_turn);
	YW_CHECK(yw_ledger_log(city->l, t->origin.text)->beats[0].mine);
	stop();
}

/* Opening fails whole, and the next time it does not. */
static void
opening(void)
{
	size_t failed = 0;

	start();
	yw_lnode_open(top);
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	while (yw_lnode_follow(city, top))
		;
	for (size_t at = 1;; at++) {
		enum yw_code code;
		bool hit;

		yw_lnode_close(city);
		yw_starve_at(at);
		code = yw_lnode_try_open(city, &err);
		hit = yw_starve_end();
		YW_CHECK_MSG(code == YW_OK || (hit && (code == YW_ENOMEM || code == YW_EIO)), "allocation %zu: '%s'", at,
		    yw_code_name(code));
		failed += hit;
		if (!hit)
			break;
	}
	YW_CHECK(failed > 20 && yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	stop();
}

static bool
count_item(void *arg, const struct yw_item *item)
{
	(void)item;
	++*(size_t *)arg;
	return true;
}

static bool
count_places(void *arg, const struct yw_places *places)
{
	*(size_t *)arg += places->entry->n_items;
	return true;
}

/* Everything a reader asks, with one allocation that fails. */
static enum yw_code
read_all(size_t *items)
{
	struct yw_asker asker = { YW_ASKER_NODE, city->t->code };
	struct yw_serving s = { .start = 0 };
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_item item;
	struct yw_hash digest;
	struct yw_view *v;
	bool complete;
	enum yw_code code = yw_view_open(top->l, &v, &err);

	*items = 0;
	if (code != YW_OK)
		return code;
	code = yw_view_list(v, "", "", count_item, items, &err);
	if (code == YW_OK)
		code = yw_view_history(v, "320000/demand/a", count_item, items, &err);
	if (code == YW_OK)
		code = yw_view_current(v, "320000/demand/a", &item, &err);
	if (code == YW_OK)
		code = yw_view_places(v, yw_view_at(v, 0), 0, count_places, items, &err);
	if (code == YW_OK)
		code = yw_view_digest(v, &top->t->code, &complete, &digest, &err);
	if (code == YW_OK)
		code = yw_view_serve(v, yw_view_at(v, 0), 0, 0, 0, 0, &asker, 1 << 20, &s, &err);
	yw_serving_release(&s);
	if (code == YW_OK)
		code = yw_view_serve_body(v, yw_view_at(v, 0), item.index, 0, &asker, &bytes, &err);
	yw_buf_clear(&bytes);
	if (code == YW_OK)
		code = yw_view_beat(v, yw_view_at(v, 0), 0, true, &bytes, &err);
	yw_buf_release(&bytes);
	yw_view_close(v);
	return code;
}

static void
reading(void)
{
	size_t failed = 0;

	start();
	yw_lnode_open(top);
	yw_lnode_put(top, "320000/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(top, "320000/demand/a", 2, "y", &yw_unconditional);
	yw_lnode_tick(top);
	for (size_t at = 1;; at++) {
		size_t items;
		enum yw_code code;

		yw_starve_at(at);
		code = read_all(&items);
		if (!yw_starve_end()) {
			YW_CHECK(code == YW_OK && items == 5);
			break;
		}
		failed++;
		YW_CHECK_MSG(code == YW_ENOMEM, "allocation %zu: '%s'", at, yw_code_name(code));
	}
	YW_CHECK(failed > 5);
	stop();
}

YW_TESTS(
	{ "S1 appending without memory: nothing, or all of it", appending },
	{ "T11 admitting without memory leaves no delegation without its roster", admitting },
	{ "S1 R3 packages without memory", packages },
	{ "S1 V6 a declaration of lost bodies without memory: nothing, or all that follows", declarations },
	{ "S1 T14 a copy of a next log is kept, and becomes a log, without memory: nothing, or all of it", next_logs },
	{ "S1 R5 beats and receipts without memory", beats },
	{ "S1 opening without memory fails whole", opening },
	{ "S1 reading without memory says so", reading }
)
