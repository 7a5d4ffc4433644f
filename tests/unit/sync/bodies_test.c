/*
 * Bodies that a node lacks: whom it asks for them, and what it makes of what comes.
 */
#include "ledger/ledger_int.h"
#include "sync/exchange_int.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static struct peer *province, *city, *county;

static void
three_tiers(void)
{
	begin_tiers(codes, 3, "group g 2 320000 320100 320102\nquorum g\n");
	province = &peers[0];
	city = &peers[1];
	county = &peers[2];
}

/* --- what nobody has any more (V6) --- */

/* A body goes from a node's disk, while it is down: it is wanted again. */
static void
lose_body(struct peer *p, const char *code, const char *id, uint64_t index, uint8_t flags)
{
	uint32_t number = yw_lnode_log(p->n, code)->number;
	struct key place = key_place(number, index, 0), item = key_item(id, 1, index, 0);
	struct yw_batch *b = yw_batch_new();

	stop_peer(p);
	yw_batch_delete(b, F_BODIES, key_bytes(&place));
	yw_batch_delete(b, F_ITEMS, key_bytes(&item));
	yw_batch_put(b, F_MISSING, key_bytes(&place), (struct yw_bytes) { &flags, 1 });
	YW_PASS(yw_store_write(p->n->store, b, true, &err));
	yw_batch_free(b);
	start_peer(p);
}

static size_t
lacks(struct peer *p)
{
	struct yw_lack list[4];
	size_t n;

	YW_PASS(yw_ledger_lacks(p->n->l, list, 4, &n, &err));
	return n;
}

/* What a peer has comes back. What none has was asked of all, until one of them says that it holds more. */
static void
asked_for(void)
{
	const char *id = "320102/demand/gone";
	struct yw_buf body = YW_BUF_INIT;
	struct yw_body b = { .item = 0 };

	three_tiers();
	put_demand(county, "gone", "x", &yw_unconditional);
	later(1000);
	b.index = size_of(county, "320102") - 1;
	YW_CHECK(size_of(province, "320102") == b.index + 1 && yw_exchange_asked_all(county->x) && lacks(county) == 0);
	lose_body(county, "320102", id, b.index, MISSING_UNCONDITIONAL);
	YW_CHECK(lacks(county) == 1 && !yw_exchange_asked_all(county->x));
	later(5000);
	YW_CHECK(lacks(county) == 0 && yw_exchange_asked_all(county->x));

	lose_body(province, "320102", id, b.index, MISSING_UNCONDITIONAL);
	lose_body(city, "320102", id, b.index, MISSING_UNCONDITIONAL);
	lose_body(county, "320102", id, b.index, MISSING_UNCONDITIONAL);
	YW_CHECK(!yw_exchange_asked_all(county->x));
	later(5000);
	YW_CHECK(lacks(county) == 1 && yw_exchange_asked_all(county->x));

	yw_lrecord(id, 1, "x", &body);
	b.bytes = yw_buf_bytes(&body);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(city->n->l, county->n->t->origin.text, &b, &err));
	later(5000);
	YW_CHECK(lacks(county) == 0 && yw_exchange_asked_all(county->x));
	yw_buf_release(&body);
	end();
}

static size_t n_asked;

static void
count_asked(const struct letter *l, const Yiwang__V1__Exchange *e)
{
	if (l->is_request && l->line->child.peer == county)
		n_asked += e->n_body_wants;
}

static size_t
asked_within(int64_t ms)
{
	n_asked = 0;
	for (; ms > 0; ms -= 20000)
		later(20000);
	return n_asked;
}

/* What nobody has is asked for more and more rarely; of a log that lacks more, or of who gives anew, as soon as ever. */
static void
asked_rarely(void)
{
	struct yw_body b = { .item = 0 };
	struct yw_buf body = YW_BUF_INIT;
	uint64_t first;
	size_t often, rarely;

	three_tiers();
	put_demand(county, "a", "x", &yw_unconditional);
	put_demand(county, "b", "x", &yw_unconditional);
	later(1000);
	b.index = size_of(county, "320102") - 1;
	first = b.index - 1;
	for (size_t i = 0; i < 3; i++)
		lose_body(&peers[i], "320102", "320102/demand/a", first, MISSING_UNCONDITIONAL);
	reads_along = count_asked;
	often = asked_within(4 * YW_X_BODY_RETRY_MS);
	(void)asked_within(YW_X_BODY_REST_MS);
	rarely = asked_within(2 * YW_X_BODY_REST_MS);
	YW_CHECK_MSG(often >= 2 && often <= 4 && rarely >= 1 && rarely <= 3, "%zu times, then %zu times", often, rarely);

	for (size_t i = 0; i < 3; i++)
		lose_body(&peers[i], "320102", "320102/demand/b", b.index, MISSING_UNCONDITIONAL);
	often = asked_within(4 * YW_X_BODY_RETRY_MS);
	YW_CHECK_MSG(often >= 4 && often <= 8, "%zu times", often);
	(void)asked_within(2 * YW_X_BODY_REST_MS);
	yw_lrecord("320102/demand/b", 1, "x", &body);
	b.bytes = yw_buf_bytes(&body);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(city->n->l, county->n->t->origin.text, &b, &err));
	later(1000);
	(void)asked_within(YW_X_BODY_REST_MS + 60000);
	YW_CHECK_MSG(lacks(county) == 1, "%zu are lacking", lacks(county));
	reads_along = NULL;
	yw_buf_release(&body);
	end();
}

/* Who says that it holds all of a log that it may have may not have this body; who lacks an earlier one has it.  Both are asked,
 * however many links there were before. */
static void
asked_of_each(void)
{
	static const char *const five[] = { "320000", "320100", "320200", "320300", "320400" };
	const struct yw_audience some = { .cls = YW_CLASS_CONDITIONAL, .openness = YW_OPENNESS_INTERNAL,
		.codes = (struct yw_jurisdiction[]) { { "320300" }, { "320400" } }, .n_codes = 2 };
	struct peer *lacks_it = &peers[3], *has_it = &peers[4], *may_not = &peers[2];
	struct yw_buf body = YW_BUF_INIT;
	struct yw_body b = { .item = 0 };

	begin(five, 5, "quorum none\n");
	for (size_t i = 0; i < 5; i++)
		add_peer(five[i], MEMORY);
	for (size_t i = 1; i < 5; i++)
		connect_line(&peers[i], &peers[0]);
	settle();
	for (size_t i = 1; i < 5; i++)
		yw_lnode_admit(net, five[i]);
	later(15000);
	put_demand(&peers[1], "a", "x", &some);
	put_demand(&peers[1], "b", "x", &some);
	later(15000);
	stop_peer(&peers[0]);
	stop_peer(&peers[1]);
	b.index = size_of(lacks_it, "320100") - 1;
	for (struct peer *p = lacks_it; p <= has_it; p++) {
		YW_CHECK(yw_lnode_log(p->n, "320100")->n_missing == 0);
		lose_body(p, "320100", "320100/demand/a", b.index - 1, 0);
		lose_body(p, "320100", "320100/demand/b", b.index, 0);
	}
	connect_line(has_it, lacks_it);
	lacks_it->x->links_made += 511;
	connect_line(may_not, lacks_it);
	later(20000);
	YW_CHECK(yw_lnode_log(lacks_it->n, "320100")->n_missing == 2);
	yw_lrecord("320100/demand/b", 1, "x", &body);
	b.bytes = yw_buf_bytes(&body);
	yw_body_check(&b);
	YW_PASS(yw_ledger_take_body(has_it->n->l, peers[1].n->t->origin.text, &b, &err));
	turn(has_it);
	YW_CHECK(yw_lnode_log(has_it->n, "320100")->n_missing == 1);
	later(4 * YW_X_BODY_RETRY_MS);
	YW_CHECK(yw_lnode_log(lacks_it->n, "320100")->n_missing == 1);
	start_peer(&peers[0]);
	start_peer(&peers[1]);
	yw_buf_release(&body);
	end();
}

/* --- other bodies than were asked for (L6) --- */

#define BENT "as nobody signed it"
#define FEW 8			/* bodies of another hash that are no lie yet */

/* As one who holds the other branch of the log would give them, or who lies: each body in what the city says to the province
 * is another one.  Gives how many. */
static size_t
bend(struct letter *l)
{
	struct yw_bytes left = yw_buf_bytes(&l->bytes);
	size_t n = 0;
	uint8_t *at;

	if (!l->is_request || l->line->child.peer != city || l->line->parent.peer != province)
		return 0;
	while ((at = memmem(left.data, left.len, BENT, strlen(BENT))) != NULL) {
		*at ^= 1;
		left.len -= (size_t)(at + 1 - left.data);
		left.data = at + 1;
		n++;
	}
	return n;
}

static size_t
settle_bent(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_peers; i++)
		turn(&peers[i]);
	while (n_read < n_letters) {
		struct peer *p = reader_of(&letters[n_read]);

		if (letters[n_read].lost) {
			yw_buf_release(&letters[n_read++].bytes);
			continue;
		}
		n += bend(&letters[n_read]);
		deliver(n_read);
		turn(p);
	}
	return n;
}

/* The province lacks so many bodies, and has nobody but the city, which has other ones. */
static void
is_given_others(size_t bodies)
{
	uint64_t at[FEW + 1];
	char id[64];

	three_tiers();
	for (size_t i = 0; i < bodies; i++) {
		snprintf(id, sizeof id, "b%zu", i);
		put_demand(county, id, BENT, &yw_unconditional);
		at[i] = size_of(county, "320102") - 1;
	}
	later(5000);
	YW_CHECK(size_of(province, "320102") > at[bodies - 1] && yw_lnode_log(province->n, "320102")->n_missing == 0);
	for (size_t i = 0; i < bodies; i++) {
		snprintf(id, sizeof id, "320102/demand/b%zu", i);
		lose_body(province, "320102", id, at[i], MISSING_UNCONDITIONAL);
	}
	YW_CHECK(settle_bent() == bodies && yw_lnode_log(province->n, "320102")->n_missing == bodies);
}

/* An owner went on in two ways, and nobody has seen both: who holds the other one is honest.  Whoever has the right bodies is
 * asked next. */
static void
few_are_no_lie(void)
{
	is_given_others(FEW);
	YW_CHECK_MSG(province->cuts == 0, "%s", province->reason);
	connect_line(county, province);
	later(5000);
	YW_CHECK(yw_lnode_log(province->n, "320102")->n_missing == 0 && province->cuts == 0);
	end();
}

static void
many_are(void)
{
	is_given_others(FEW + 1);
	YW_CHECK_MSG(province->cuts == 1 && strstr(province->reason, "has another hash") != NULL, "%s", province->reason);
	end();
}

/* The province is shown a head of another branch of the county's log. */
static void
sees_both_branches(void)
{
	const struct yw_tlog *t = county->n->t;
	struct yw_checkpoint c = { .size = 1 };		/* its root is none */
	struct yw_buf head = YW_BUF_INIT;

	memcpy(c.origin, t->origin.text, sizeof c.origin);
	YW_PASS(yw_head_sign(&c, &t->keys.head, &t->keys.pub.head, &head, &err));
	YW_FAILS(yw_ledger_take_head(province->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	YW_CHECK(yw_lnode_log(province->n, "320102")->n_forks == 1);
	yw_buf_release(&head);
}

/* Nor are more, once both branches are known to be there. */
static void
of_two_branches_none_is(void)
{
	is_given_others(FEW);
	sees_both_branches();
	yw_lnet_wait(net, YW_X_BODY_RETRY_MS);
	YW_CHECK(settle_bent() == FEW);
	YW_CHECK_MSG(province->cuts == 0, "%s", province->reason);
	connect_line(county, province);
	later(5000);
	YW_CHECK(yw_lnode_log(province->n, "320102")->n_missing == 0 && province->cuts == 0);
	end();
}

YW_TESTS(
	{ "V6 R3 whatever a node's own log lacks is asked of every peer, and known to be asked", asked_for },
	{ "R3 whoever may hold a body is asked for it, however many links there were", asked_of_each },
	{ "R3 R8 what nobody has is asked for more and more rarely", asked_rarely },
	{ "R3 L6 a few bodies of another hash than was asked for are no lie, and another peer is asked", few_are_no_lie },
	{ "R3 more of them than an honest peer can have are one", many_are },
	{ "R3 L6 of a log that is known to have two branches however many are none", of_two_branches_none_is }
)
