/*
 * Out of memory in replication: while two nodes tell each other what is new the first allocation fails, then the
 * second, ... until all goes through.  Before that nobody takes the other for a liar, and with the next session
 * both hold the same.
 */
#include "support/starve.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100" };

static struct peer *province, *city;
static unsigned count;			/* so that no record is like another */

/* Province and city below it, admitted, with everything said that there is to say. */
static void
two_tiers(void)
{
	begin(codes, 2, "group g 2 320000 320100\nquorum g\n");
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(20000);
	YW_CHECK(size_of(province, "320100") > 0 && size_of(city, "320000") == size_of(province, "320000"));
}

static void
starved_turn(struct peer *p)
{
	enum yw_code code = yw_desk_commit(p->desk, &err);

	YW_CHECK_MSG(code == YW_OK || code == YW_ENOMEM || code == YW_EIO, "%s: %s", p->n->t->code.code, err.msg);
	yw_desk_speak(p->desk);
}

/* As turn_all() and settle(), but a turn may fail; whether the at-th allocation was made. */
static bool
talk_starved(size_t at)
{
	yw_starve_at(at);
	starved_turn(province);
	starved_turn(city);
	while (n_read < n_letters) {
		struct peer *p = reader_of(&letters[n_read]);

		deliver(n_read);
		starved_turn(p);
	}
	return yw_starve_end();
}

/* A new session; a node that cannot write any more starts again, as does the city in any case. */
static void
meet_again(void)
{
	if (yw_ledger_state(province->n->l, &err) == YW_LEDGER_FAILED) {
		stop_peer(province);
		yw_lnode_reopen(province->n);
		start_peer(province);
	}
	restart(&lines[0]);
	settle();
	later(20000);
}

static bool
is_about_memory(const struct peer *p)
{
	return p->cuts == 0 || strstr(p->reason, "memory") != NULL;
}

static void
check_agreement(size_t at)
{
	for (size_t i = 0; i < 2; i++) {
		const struct yw_log *a = yw_lnode_log(province->n, codes[i]), *b = yw_lnode_log(city->n, codes[i]);

		YW_CHECK_MSG(a != NULL && b != NULL && a->size == b->size && yw_hash_equal(&a->root, &b->root) &&
		    a->n_missing == 0 && b->n_missing == 0, "allocation %zu: they differ in the log of %s", at, codes[i]);
	}
	YW_CHECK_MSG(is_about_memory(province) && is_about_memory(city), "allocation %zu: '%s', '%s'", at, province->reason,
	    city->reason);
}

static void
talking(void)
{
	size_t failed = 0;
	bool hit = true;

	two_tiers();
	for (size_t at = 1; hit; at++) {
		char local[16];

		if (n_letters > LETTERS_MAX / 2) {
			end();
			two_tiers();
		}
		snprintf(local, sizeof local, "%u", count++);
		put_demand(province, local, "from above", &yw_unconditional);
		put_demand(city, local, "from below", &yw_unconditional);
		hit = talk_starved(at);
		failed += hit;
		meet_again();
		check_agreement(at);
	}
	YW_CHECK_MSG(failed > 50, "only %zu allocations fail", failed);
	end();
}

/* What the city says of itself now: size and counter of a statement that its key has signed. */
static struct yw_instance
said_now(void)
{
	struct yw_buf hello = YW_BUF_INIT;
	struct yw_instance i = { .counter = 0 };
	struct yw_sig sig = { { 0 } };
	Yiwang__V1__Hello *h;

	YW_PASS(yw_exchange_hello(city->x, &hello, &err));
	YW_PASS(yw_decode(&yiwang__v1__hello__descriptor, yw_buf_bytes(&hello), &h, &err));
	YW_CHECK(h->instance != NULL && h->instance->signature.len == sizeof sig.b);
	memcpy(sig.b, h->instance->signature.data, h->instance->signature.len);
	YW_PASS(yw_instance_check((struct yw_bytes) { h->instance->instance.data, h->instance->instance.len }, &sig,
	    &city->n->t->keys.pub.head, &i, &err));
	yw_decode_free(h);
	yw_buf_release(&hello);
	return i;
}

/* Each time the log is longer: neither what was half made nor what was said before is what is said next. */
static void
stating(void)
{
	struct yw_instance last, now;
	bool hit = true;
	size_t failed = 0;

	two_tiers();
	last = said_now();
	for (size_t at = 1; hit; at++) {
		struct yw_buf hello = YW_BUF_INIT;
		enum yw_code code;
		char local[16];

		snprintf(local, sizeof local, "%u", count++);
		put_demand(city, local, "not said yet", &yw_unconditional);
		YW_PASS(yw_desk_commit(city->desk, &err));
		yw_starve_at(at);
		code = yw_exchange_hello(city->x, &hello, &err);
		hit = yw_starve_end();
		YW_CHECK_MSG(code == (hit ? YW_ENOMEM : YW_OK), "allocation %zu: '%s'", at, yw_code_name(code));
		failed += hit;
		now = said_now();
		YW_CHECK_MSG(now.size == size_of(city, "320100") && now.counter > last.counter, "allocation %zu: size %llu, counter %llu",
		    at, (unsigned long long)now.size, (unsigned long long)now.counter);
		last = now;
		yw_buf_release(&hello);
	}
	YW_CHECK_MSG(failed > 3, "only %zu allocations fail", failed);
	end();
}

/* What makes a node of a ledger: exchange, desk, hello. */
static void
starting(void)
{
	size_t failed = 0;
	bool hit = true;

	two_tiers();
	for (size_t at = 1; hit; at++) {
		struct yw_exchange_options o = { .ledger = city->n->l, .clock = { world_utc, world_mono, city->n },
			.random = world_random, .request = yw_buf_bytes(&city->n->t->request),
			.memory_bytes = MEMORY };
		struct yw_desk_io io = { world_request, world_reply, world_admit, world_close, city };
		struct yw_buf hello = YW_BUF_INIT;
		struct yw_exchange *x = NULL;
		struct yw_desk *desk = NULL;
		enum yw_code code;

		yw_starve_at(at);
		code = yw_exchange_new(&o, &x, &err);
		if (code == YW_OK)
			code = yw_desk_new(o.ledger, x, &o.clock, &io, &desk, &err);
		if (code == YW_OK)
			code = yw_exchange_hello(x, &hello, &err);
		hit = yw_starve_end();
		YW_CHECK_MSG(code == YW_OK || (hit && code == YW_ENOMEM), "allocation %zu: '%s'", at, yw_code_name(code));
		failed += code != YW_OK;
		yw_desk_free(desk);
		yw_exchange_free(x);
		yw_buf_release(&hello);
	}
	YW_CHECK(failed > 2);
	end();
}

YW_TESTS(
	{ "R2 two nodes of which one runs out of memory hold the same with the next session", talking },
	{ "L5 a statement of an instance for which memory ran out is not said later in part, nor the one before it", stating },
	{ "R2 exchange and desk that do not come up without memory", starting }
)
