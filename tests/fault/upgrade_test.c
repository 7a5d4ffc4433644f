/*
 * A network of two versions: the older one (YW_FAULT=older-version) knows neither demands nor the class "not shared"
 * nor foreign beats.  It holds and passes on what it does not know; when it is upgraded that comes into effect, and
 * its state is that of a node that was new from the beginning.
 */
#include "base/fault.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county;

/* All of these are one program: each runs as the version that is set before it is called. */
static void
version(bool older)
{
	yw_fault_set(older ? "older-version" : "");
}

static void
start(void)
{
	version(false);
	net = yw_lnet_new(codes, 3, "group g 2 320000 320100 320102\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	yw_lnet_join(net);
}

static void
reopen_as(struct yw_lnode *n, bool older)
{
	version(older);
	yw_lnode_reopen(n);
}

/* How many items of the county's log count at this node, and what its digest is. */
static size_t
count(struct yw_lnode *n, struct yw_hash *digest)
{
	static const char *const ids[] = { "320102/demand/a", "320102/demand/b", "320102/demand/n" };
	struct yw_item item;
	struct yw_view *v;
	bool complete;
	size_t shown = 0;

	YW_PASS(yw_view_open(n->l, &v, &err));
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		shown += yw_view_current(v, ids[i], &item, &err) == YW_OK;
	YW_PASS(yw_view_digest(v, &county->t->code, &complete, digest, &err));
	YW_CHECK(complete);
	yw_view_close(v);
	return shown;
}

/* How many bodies of the county's log it has on its disk, and how many of them it gives the province, which may have all. */
static void
bodies(struct yw_lnode *n, size_t *held, size_t *given)
{
	const struct yw_asker province = { YW_ASKER_NODE, top->t->code };
	const struct yw_log_info *log;
	struct yw_view *v;

	*held = *given = 0;
	YW_PASS(yw_view_open(n->l, &v, &err));
	log = yw_view_log(v, yw_lnode_log(n, "320102")->origin.text);
	for (uint64_t i = 0; i < log->full_size; i++) {
		struct yw_buf body = YW_BUF_INIT;
		struct yw_serving s = { 0 };

		YW_PASS(yw_view_serve(v, log, i, i + 1, log->full_size, i, &province, 1u << 20, &s, &err));
		*given += s.n_bodies;
		*held += yw_view_body(v, log, i, 0, &body, &err) == YW_OK;
		yw_serving_release(&s);
		yw_buf_release(&body);
	}
	yw_view_close(v);
}

/* The city is the older one, between a county and a province that are new. */
static void
through_an_older_one(void)
{
	struct yw_buf newer = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_hash at_county, at_city, at_top;
	size_t held, given;
	const struct yw_log *log;
	int64_t next;

	start();
	reopen_as(city, true);
	version(false);
	yw_lnode_put(county, "320102/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/b", 1, "y", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/b", 2, NULL, &yw_unconditional);
	yw_lnode_put(county, "320102/demand/n", 1, "for those above", &yw_not_shared);
	yw_lnet_wait(net, 60000);
	YW_PASS(yw_ledger_beat(county->l, &next, &err));
	yw_lnode_commit(county);

	version(true);
	while (yw_lnode_follow(city, county))
		;
	yw_lnode_tick(city);
	log = yw_lnode_log(city, "320102");
	YW_CHECK(log->size == yw_ledger_own(county->l)->size && log->receipts_to == log->size);
	YW_CHECK(log->beats[log->n_beats - 1].size == log->size && log->beats[log->n_beats - 1].mine);
	YW_CHECK(count(city, &at_city) == 0 && log->needs_newer);

	version(false);
	while (yw_lnode_follow(top, city))
		;
	log = yw_lnode_log(top, "320102");
	YW_CHECK(log->size == yw_ledger_own(county->l)->size && log->receipts_to == log->size);
	YW_CHECK(count(top, &at_top) == 2 && log->n_missing == 1);	/* the city had no right to the third yet */
	YW_CHECK(count(county, &at_county) == 3);
	YW_CHECK(yw_hash_equal(&at_top, &at_county) && !yw_hash_equal(&at_top, &at_city));

	reopen_as(city, false);
	while (yw_lnode_follow(city, county) || yw_lnode_follow(top, city))
		;
	YW_CHECK(count(city, &at_city) == 3 && count(top, &at_top) == 3 && !yw_lnode_log(city, "320102")->needs_newer);
	YW_CHECK(yw_hash_equal(&at_top, &at_county) && yw_hash_equal(&at_top, &at_city));
	yw_lnode_state(city, &newer);
	reopen_as(city, true);		/* back to the older one, and forward again */
	YW_CHECK(count(city, &at_city) == 0 && !yw_hash_equal(&at_top, &at_city));
	bodies(city, &held, &given);		/* what the newer one had let in stays where it is, and goes to nobody */
	YW_CHECK_MSG(held == 4 && given == 3, "%zu held, %zu given", held, given);
	reopen_as(city, false);
	bodies(city, &held, &given);
	YW_CHECK_MSG(held == 4 && given == 4, "%zu held, %zu given", held, given);
	yw_lnode_state(city, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&newer), yw_buf_bytes(&again)));
	yw_buf_release(&newer);
	yw_buf_release(&again);
	yw_lnet_free(net);
}

YW_TESTS({ "B3 B7 R5 S4 V3 through an older relay, which is then upgraded", through_an_older_one })
