/*
 * A node whose disk is full among peers that go on: what it does about what they push, and that it costs next to nothing.
 */
#include "sync/exchange_int.h"
#include "trust/trust.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102" };

static struct peer *province, *city, *county;
static const struct yw_jurisdiction quorum = { "" };

/* --- how often is a store read anew? --- */

void __real_yw_trust_replace(struct yw_trust *fresh, const struct yw_trust *old);
void __wrap_yw_trust_replace(struct yw_trust *fresh, const struct yw_trust *old);

static unsigned n_reloads;	/* in place of what there was: not when a ledger is opened */

void
__wrap_yw_trust_replace(struct yw_trust *fresh, const struct yw_trust *old)
{
	n_reloads++;
	__real_yw_trust_replace(fresh, old);
}

/* --- the county's disk --- */

static void
tiers(void)
{
	begin_tiers(codes, 3, "group g 2 320000 320100 320102\nquorum g\n");
	province = &peers[0];
	city = &peers[1];
	county = &peers[2];
	for (size_t i = 0; i < 3; i++)
		put_demand(&peers[i], "first", "of the day", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(county, "320000") == size_of(province, "320000"));
}

/* Both stay until the turn has ended. */
static struct yw_buf body;
static struct yw_append more;

static enum yw_code
append_more(void)
{
	enum yw_code code;

	yw_buf_release(&body);
	yw_lrecord("320102/demand/more", 1, "more", &body);
	more = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	code = yw_ledger_append(county->n->l, &more, 1, &err);
	if (code != YW_OK || more.code == YW_OK)
		return code;
	err = more.err;
	return more.code;
}

/* It had something to write, and nothing of it is there; before: what it holds. */
static void
is_full(struct yw_buf *before)
{
	yw_lnode_state(county->n, before);
	yw_store_fill_disk(county->n->store, true);
	n_reloads = 0;
	county->cannot_write = true;
	YW_PASS(append_more());
	turn(county);
	YW_CHECK(n_reloads == 1 && strstr(yw_ledger_stopped(county->n->l), "the disk is full") != NULL);
}

/* Of all that was lost, refused or not asked for, nobody has to say anything twice. */
static void
has_room(void)
{
	yw_store_fill_disk(county->n->store, false);
	county->cannot_write = false;
	later(30000);
	YW_CHECK(yw_ledger_stopped(county->n->l)[0] == '\0' && n_reloads == 1);
	for (size_t i = 0; i < 3; i++) {
		const struct yw_log *log = yw_lnode_log(county->n, codes[i]);

		YW_CHECK_MSG(log->size == size_of(&peers[i], codes[i]) && log->receipts_to == log->size, "%s: %llu of %llu", codes[i],
		    (unsigned long long)log->receipts_to, (unsigned long long)size_of(&peers[i], codes[i]));
		YW_CHECK_MSG(log->n_beats > 0 && log->beats[log->n_beats - 1].size == log->size, "the newest beat of %s", codes[i]);
	}
	for (size_t i = 0; i < 3; i++)
		YW_CHECK(peers[i].cuts == 0);
}

/* --- what comes meanwhile --- */

/* Five minutes, in which the others register, and give receipts. */
static void
others_go_on(void)
{
	char local[16];

	for (unsigned i = 0; i < 30; i++) {
		snprintf(local, sizeof local, "r%u", i);
		put_demand(i % 2 == 0 ? province : city, local, "wanted", &yw_unconditional);
		later(10000);
	}
}

static void
peers_push(void)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;

	tiers();
	is_full(&before);
	others_go_on();
	YW_CHECK_MSG(n_reloads == 1, "%u times", n_reloads);
	YW_CHECK(strstr(yw_ledger_stopped(county->n->l), "the disk is full") != NULL);
	YW_CHECK(append_more() == YW_ESTOPPED && strstr(err.msg, "the disk is full") != NULL);
	yw_lnode_state(county->n, &after);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)));
	has_room();
	put_demand(county, "more", "wanted", &yw_unconditional);
	later(30000);
	YW_CHECK(yw_exchange_durable(county->x, &quorum, size_of(county, "320102")));
	yw_buf_release(&before);
	yw_buf_release(&after);
	end();
}

/* Who was not there when its disk was full comes with a backlog, bodies and a hello; and it asks for nothing. */
static void
comes_back(void)
{
	struct yw_buf before = YW_BUF_INIT;
	size_t mark, n;

	tiers();
	stop_peer(city);
	for (unsigned i = 0; i < 300; i++) {
		char local[16];

		snprintf(local, sizeof local, "b%u", i);
		put_demand(province, local, "wanted", &yw_unconditional);
	}
	is_full(&before);
	start_peer(city);
	later(5000);
	mark = n_letters;
	later(120000);
	YW_CHECK(size_of(city, "320000") == size_of(province, "320000"));
	YW_CHECK_MSG(n_reloads == 1, "%u times", n_reloads);
	YW_CHECK(sum(mark, county, city, &n).wants == 0 && sum(mark, county, city, &n).places == 0);
	has_room();
	yw_buf_release(&before);
	end();
}

/* --- what goes on all the same --- */

/* It serves what it has, to who was not there when it was registered. */
static void
serves(void)
{
	struct yw_buf before = YW_BUF_INIT;

	tiers();
	stop_peer(city);
	put_demand(county, "last", "wanted", &yw_unconditional);
	is_full(&before);
	start_peer(city);
	later(20000);
	YW_CHECK(size_of(city, "320102") == size_of(county, "320102") && size_of(province, "320102") == size_of(county, "320102"));
	YW_CHECK(yw_lnode_log(city->n, "320102")->receipts_to == size_of(county, "320102") && n_reloads == 1);
	has_room();
	yw_buf_release(&before);
	end();
}

/* A person's word, and what peers say of its own log, stops it at once; it is written as soon as there is room. */
static void
is_stopped(void)
{
	struct yw_buf before = YW_BUF_INIT;

	tiers();
	is_full(&before);
	stop_peer(city);			/* nobody clears it */
	YW_PASS(yw_exchange_refetch(county->x, &err));
	for (int i = 0; i < 20; i++) {
		yw_lnet_wait(net, 1000);
		turn(county);
		YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND);
	}
	YW_CHECK_MSG(n_reloads == 2, "%u times", n_reloads);
	yw_store_fill_disk(county->n->store, false);
	county->cannot_write = false;
	later(30000);
	YW_CHECK(n_reloads == 2 && yw_ledger_stopped(county->n->l)[0] == '\0');
	stop_peer(county);
	yw_lnode_open(county->n);
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_BEHIND);
	yw_buf_release(&before);
	end();
}

YW_TESTS({ "S3 R3 while its disk is full a node takes nothing that peers push, reads nothing anew for it, and says why", peers_push },
    { "S3 R3 nor what who comes back brings, and it asks for nothing; with room all of it comes by itself", comes_back },
    { "S3 R3 it serves what it has meanwhile", serves },
    { "S3 L2 what stops it does so at once, and is written when there is room", is_stopped })
