/*
 * Whole again, over links: a node that lost what it had is told of its own log, fetches it, and goes on.
 */
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
#define POLICY "group g 2 320000 320100 320102\nquorum g\n"
#define MEMORY (8u << 20)

static struct peer *province, *city, *county;

/* Province, city and county below each other, admitted; the county has registered this and that. */
static void
three_tiers(void)
{
	begin(codes, 3, POLICY);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	settle();
	yw_lnode_admit(net, "320100");
	later(5000);
	yw_lnode_admit(net, "320102");
	later(15000);
	put_demand(county, "a", "wanted", &yw_unconditional);
	put_demand(county, "b", "for us", &yw_not_shared);
	put_demand(city, "a", "wanted", &yw_unconditional);
	put_demand(province, "a", "wanted", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(province, "320102") == size_of(county, "320102") && size_of(county, "320102") >= 3);
}

static void
check_whole(struct peer *p, uint64_t size)
{
	struct yw_log *own = yw_ledger_own(p->n->l);

	YW_CHECK_MSG(yw_ledger_state(p->n->l, &err) == YW_LEDGER_APPENDING, "%s: %s", p->n->t->code.code, err.msg);
	YW_CHECK(own->size >= size && own->n_missing == 0);
	put_demand(p, "after", "wanted", &yw_unconditional);
	later(30000);
	for (size_t i = 0; i < n_peers; i++)
		YW_CHECK(size_of(&peers[i], p->n->t->code.code) == own->size && peers[i].cuts == 0);
}

/* The disk is gone, the guard is not. */
static void
lost_disk(void)
{
	uint64_t size;

	three_tiers();
	size = size_of(county, "320102");
	stop_peer(county);
	yw_lnode_forget(county->n);
	start_peer(county);
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND);
	later(60000);
	check_whole(county, size);
	end();

	three_tiers();		/* in the middle of the tree: its log stands above it, and below */
	size = size_of(city, "320100");
	stop_peer(city);
	yw_lnode_forget(city->n);
	start_peer(city);
	later(60000);
	check_whole(city, size);
	end();

	three_tiers();		/* at the top: only below */
	size = size_of(province, "320000");
	stop_peer(province);
	yw_lnode_forget(province->n);
	start_peer(province);
	later(60000);
	check_whole(province, size);
	end();
}

YW_TESTS(
	{ "L2 R3 a lost disk: my own log and its bodies are fetched back wherever in the tree I stand", lost_disk }
)
