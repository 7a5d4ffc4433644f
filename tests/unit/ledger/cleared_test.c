/*
 * Is this an old copy of the disk?  Whose word clears a node after a boot and before entry 0, what a word is worth,
 * and what happens where nobody has one.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200", "320300" };
#define POLICY "group g 2 320000 320200 320300\nquorum g\n"
#define WAIT_MS 600000

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *other, *third;

/* What n would answer about the log of `of`, and `of` takes it. */
static enum yw_code
answer(struct yw_lnode *of, struct yw_lnode *n)
{
	const struct yw_log *log = yw_ledger_log(n->l, of->t->origin.text);
	struct yw_clearance c = { .code = n->t->code, .cleared = !yw_ledger_asks(n->l) };
	struct yw_boot_name boot;
	enum yw_code code;

	yw_ledger_boot(of->l, &boot);
	c.behind = yw_ledger_state(n->l, &err) == YW_LEDGER_BEHIND;
	if (log != NULL && log->head_size > 0) {
		c.head = yw_buf_bytes(&log->head);
		c.knows = yw_ledger_knows(n->l, log, &boot);
	}
	code = yw_ledger_take_clearance(of->l, &c, &err);
	yw_lnode_commit(of);
	return code;
}

static bool
state_is(struct yw_lnode *n, enum yw_ledger_mode mode)
{
	return yw_ledger_state(n->l, &err) == mode;
}

/* n and its log were met by everybody in its present boot; then all copies are brought up to date. */
static void
meet(struct yw_lnode *n)
{
	struct yw_boot_name boot;

	yw_ledger_boot(n->l, &boot);
	for (size_t i = 0; i < net->count; i++)
		if (&net->n[i] != n && net->n[i].l != NULL && yw_ledger_log(net->n[i].l, n->t->origin.text) != NULL)
			yw_ledger_met(net->n[i].l, yw_ledger_log(net->n[i].l, n->t->origin.text), &boot);
}

static void
begin(bool never_alone)
{
	net = yw_lnet_new(codes, 5, POLICY);
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	other = &net->n[3];
	third = &net->n[4];
	for (size_t i = 0; i < net->count; i++) {
		net->n[i].peer_wait_ms = WAIT_MS;
		net->n[i].never_alone = never_alone;
		yw_lnode_boot(&net->n[i]);
	}
}

/* All admitted, cleared, and with a record each that all hold. */
static void
everybody(void)
{
	char id[64];

	begin(true);
	yw_lnode_open(top);
	yw_lnet_wait(net, WAIT_MS);
	yw_lnode_tick(top);
	for (size_t i = 1; i < net->count; i++) {
		yw_lnode_open(&net->n[i]);
		yw_lnode_admit(net, net->n[i].t->code.code);
		for (size_t k = 0; k < i; k++)
			while (yw_lnode_follow(&net->n[i], &net->n[k]))
				;
		YW_PASS(answer(&net->n[i], yw_lnode(net, net->n[i].t->issuer.code)));
		meet(&net->n[i]);
	}
	for (size_t i = 0; i < net->count; i++) {
		YW_CHECK_MSG(state_is(&net->n[i], YW_LEDGER_APPENDING), "%s: %s", net->n[i].t->code.code, err.msg);
		snprintf(id, sizeof id, "%s/demand/a", net->n[i].t->code.code);
		yw_lnode_put(&net->n[i], id, 1, "x", &yw_unconditional);
	}
	yw_lnet_sync(net);
}

static void
reboot(struct yw_lnode *n)
{
	yw_lnode_close(n);
	yw_lnode_boot(n);
	yw_lnode_reopen(n);
}

static void
end(void)
{
	yw_lnet_free(net);
}

/* --- before entry 0 --- */

static void
first_node(void)
{
	begin(true);
	yw_lnode_open(top);
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && strstr(err.msg, "before its first entry") != NULL);
	yw_lnet_wait(net, WAIT_MS - 1);
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && yw_ledger_own(top->l)->size == 0);
	yw_lnet_wait(net, 1);
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_APPENDING) && yw_ledger_own(top->l)->size == 1 && !yw_ledger_asks(top->l));
	yw_lnode_reopen(top);			/* in the same boot */
	YW_CHECK(state_is(top, YW_LEDGER_APPENDING) && !yw_ledger_asks(top->l));
	end();
}

static void
from_its_issuer(void)
{
	struct yw_clearance none = { .cleared = true };

	everybody();
	end();
	begin(true);
	yw_lnode_open(top);
	yw_lnet_wait(net, WAIT_MS);
	yw_lnode_tick(top);
	yw_lnode_open(city);
	none.code = (struct yw_jurisdiction) { "320200" };
	YW_PASS(yw_ledger_take_clearance(city->l, &none, &err));	/* of somebody else it is nothing */
	yw_lnode_admit(net, "320100");
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(state_is(city, YW_LEDGER_ASKING) && yw_ledger_own(city->l)->size == 0);
	yw_lnet_wait(net, 10 * WAIT_MS);
	yw_lnode_tick(city);
	YW_CHECK(state_is(city, YW_LEDGER_ASKING));			/* never means never */
	YW_PASS(answer(city, top));
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING) && yw_ledger_own(city->l)->size == 1);
	end();
}

/* The question may be answered before the delegation comes. */
static void
asked_early(void)
{
	begin(true);
	yw_lnode_open(top);
	yw_lnet_wait(net, WAIT_MS);
	yw_lnode_tick(top);
	yw_lnode_open(city);
	YW_PASS(answer(city, top));
	YW_CHECK(state_is(city, YW_LEDGER_JOINING));
	yw_lnode_admit(net, "320100");
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING) && yw_ledger_own(city->l)->size == 1);
	end();
}

/* A new machine with nothing but keys and request: an empty store, and a guard as `init` makes it. */
static void
new_machine(struct yw_lnode *n)
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard g = { .io = n->io };

	yw_lnode_close(n);
	yw_lnode_forget(n);
	yw_lnode_boot(n);
	memset(n->guard, 0, sizeof n->guard);
	YW_PASS(yw_guard_write(&g, &mark, &err));
	yw_lnode_open(n);
}

/* Who held its log before says so while it listens: it is no new one, and the time that it waited decides nothing any more. */
static void
met_while_listening(void)
{
	uint64_t size;

	everybody();
	size = yw_ledger_own(top->l)->size;
	new_machine(top);
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && yw_ledger_own(top->l)->size == 0);
	yw_lnet_wait(net, WAIT_MS / 2);
	YW_PASS(answer(top, other));
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_BEHIND) && yw_ledger_asks(top->l));
	while (yw_lnode_follow(top, other))
		;
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && yw_ledger_own(top->l)->size == size);
	yw_lnet_wait(net, 2 * WAIT_MS);
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && yw_ledger_asks(top->l));
	YW_PASS(answer(top, other));
	YW_PASS(answer(top, third));
	YW_CHECK(state_is(top, YW_LEDGER_APPENDING));
	end();
}

/* Who has shown a head of it cannot give it all before the time is over, and somebody else holds more: the time is no answer. */
static void
met_and_not_whole_yet(void)
{
	uint64_t size;

	everybody();
	size = yw_ledger_own(top->l)->size;
	yw_lnode_put(top, "320000/demand/b", 1, "x", &yw_unconditional);
	while (yw_lnode_follow(third, top))	/* only there */
		;
	new_machine(top);
	YW_PASS(answer(top, other));
	yw_lnet_wait(net, 2 * WAIT_MS);
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_BEHIND) && yw_ledger_own(top->l)->size == 0);
	YW_CHECK(yw_ledger_asks(top->l));
	while (yw_lnode_follow(top, other))
		;
	YW_CHECK(state_is(top, YW_LEDGER_ASKING) && yw_ledger_own(top->l)->size == size);
	YW_PASS(answer(top, other));
	YW_PASS(answer(top, third));
	YW_CHECK(state_is(top, YW_LEDGER_BEHIND));
	end();
}

/* An issuer that has a head of this log from an earlier machine says by it that this is not its beginning. */
static void
its_issuer_holds_a_head(void)
{
	uint64_t size;

	everybody();
	size = yw_ledger_own(city->l)->size;
	new_machine(city);
	city->alone = true;
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(state_is(city, YW_LEDGER_ASKING) && yw_ledger_own(city->l)->size == 0);
	YW_PASS(answer(city, top));
	YW_CHECK(state_is(city, YW_LEDGER_BEHIND) && yw_ledger_own(city->l)->size == 0 && yw_ledger_asks(city->l));
	city->alone = false;
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(state_is(city, YW_LEDGER_ASKING) && yw_ledger_own(city->l)->size == size);
	YW_PASS(answer(city, top));		/* all that it holds is here now */
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	end();
}

/* --- after a boot --- */

static void
by_the_issuer(void)
{
	everybody();
	yw_lnode_reopen(county);			/* a restart of the daemon is no boot */
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	reboot(county);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING) && strstr(err.msg, "after a start of the machine") != NULL);
	yw_lnode_reopen(county);			/* nor does it help */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, top));			/* of the quorum, but one of three */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, city));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && !yw_ledger_asks(county->l));
	yw_lnode_put(county, "320102/demand/b", 1, "x", &yw_unconditional);
	yw_lnode_reopen(county);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));

	reboot(city);				/* an issuer that is not cleared itself clears nobody */
	reboot(county);
	YW_PASS(answer(county, city));
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(city, top));
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	YW_PASS(answer(county, city));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	end();
}

/* Nobody can answer as a closed city: the next one above acts for it, from when the closing is known. */
static void
below_a_closed_city(void)
{
	const struct yw_closing_draft d = { .reason = "merged" };

	everybody();
	reboot(county);
	YW_PASS(answer(county, top));
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(yw_ledger_close_log(top->l, city->t->origin.text, &d, &err));
	yw_lnode_commit(top);
	yw_lnode_follow(county, top);
	yw_lnode_tick(county);
	YW_PASS(yw_ledger_append(county->l, NULL, 0, &err));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && !yw_ledger_asks(county->l));

	reboot(top);
	reboot(county);
	YW_PASS(answer(county, city));			/* its word from before the closing, or whoever has its keys */
	YW_PASS(answer(county, top));			/* not cleared itself */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(top, other));
	YW_PASS(answer(top, third));
	YW_PASS(answer(county, top));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	end();
}

static void
by_a_quorum(void)
{
	everybody();
	for (size_t i = 0; i < net->count; i++)	/* nobody is cleared */
		reboot(&net->n[i]);
	YW_PASS(answer(county, other));
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, other));		/* twice is one */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, third));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));

	yw_lnode_close(third);			/* who is behind does not count */
	third->guard_gone = true;
	yw_lnode_open(third);
	YW_CHECK(state_is(third, YW_LEDGER_BEHIND));
	YW_PASS(answer(city, third));
	YW_PASS(answer(city, other));
	YW_CHECK(state_is(city, YW_LEDGER_ASKING));
	YW_PASS(answer(city, top));
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	end();
}

/* The first node: its quorum, or all that it has admitted. */
static void
first_node_again(void)
{
	everybody();
	for (size_t i = 0; i < net->count; i++)
		reboot(&net->n[i]);
	yw_lnet_wait(net, 2 * WAIT_MS);		/* it knows of delegations: listening is not enough */
	yw_lnode_tick(top);
	YW_CHECK(state_is(top, YW_LEDGER_ASKING));
	YW_PASS(answer(top, other));		/* 320000 struck, two of the two that are left */
	YW_CHECK(state_is(top, YW_LEDGER_ASKING));
	YW_PASS(answer(top, third));
	YW_CHECK(state_is(top, YW_LEDGER_APPENDING));
	end();
}

/* A larger head says that this is an old copy; answers from before count no more. */
static void
old_copy(void)
{
	struct yw_limage old;
	uint64_t size, newer;

	everybody();
	if (!yw_lnode_image(county, &old)) {
		end();
		return;
	}
	size = yw_ledger_own(county->l)->size;
	yw_lnode_put(county, "320102/demand/c", 1, "x", &yw_unconditional);
	newer = yw_ledger_own(county->l)->size;
	while (yw_lnode_follow(other, county))	/* only there */
		;
	yw_lnode_boot(county);
	yw_lnode_set_back(county, &old);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING) && yw_ledger_own(county->l)->size == size);
	YW_PASS(answer(county, third));		/* holds no more */
	YW_PASS(answer(county, other));
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND));
	while (yw_lnode_follow(county, other))
		;
	YW_CHECK(yw_ledger_own(county->l)->size == newer && state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, other));
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, third));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	end();
}

/* What only I have told since I was started is no knowledge; what was there before, or came from others, is. */
static void
my_own_word(void)
{
	static const struct yw_boot_name unknown;
	struct yw_clearance c = { .code = { "320100" }, .cleared = true };
	struct yw_boot_name boot;
	struct yw_log *copy;

	everybody();
	copy = yw_ledger_log(city->l, county->t->origin.text);
	yw_ledger_boot(county->l, &boot);
	YW_CHECK(!yw_ledger_knows(city->l, copy, &boot));	/* it was met in this boot before it had an entry */
	yw_lnode_reopen(city);
	copy = yw_ledger_log(city->l, county->t->origin.text);
	YW_CHECK(!yw_ledger_knows(city->l, copy, &boot));
	yw_ledger_witness(city->l, copy, copy->head_size + 1);	/* what is not held is not known */
	YW_CHECK(!yw_ledger_knows(city->l, copy, &boot));
	yw_ledger_witness(city->l, copy, copy->head_size);
	YW_CHECK(yw_ledger_knows(city->l, copy, &boot));

	reboot(county);
	copy = yw_ledger_log(other->l, county->t->origin.text);
	yw_ledger_boot(county->l, &boot);
	YW_CHECK(yw_ledger_knows(other->l, copy, &boot));
	yw_ledger_met(other->l, copy, &boot);
	YW_CHECK(yw_ledger_knows(other->l, copy, &boot) && !yw_ledger_knows(other->l, copy, &unknown));
	yw_lnode_commit(other);
	yw_lnode_reopen(other);
	YW_CHECK(yw_ledger_knows(other->l, yw_ledger_log(other->l, county->t->origin.text), &boot));

	c.head = yw_buf_bytes(&yw_ledger_log(city->l, county->t->origin.text)->head);
	YW_PASS(yw_ledger_take_clearance(county->l, &c, &err));	/* "I do not know" */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	c.knows = true;
	c.head = yw_buf_bytes(&yw_ledger_log(city->l, city->t->origin.text)->head);
	YW_PASS(yw_ledger_take_clearance(county->l, &c, &err));	/* another log's */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	end();
}

/* --- nobody answers --- */

static void
alone(void)
{
	everybody();
	county->never_alone = false;
	reboot(county);
	yw_hear();
	YW_CHECK(state_is(county, YW_LEDGER_ASKING) && strstr(err.msg, "by itself in 600 s") != NULL);
	yw_lnet_wait(net, WAIT_MS - 1);
	yw_lnode_tick(county);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING) && yw_heard("append-uncleared", "") == 0);
	yw_lnet_wait(net, 1);
	yw_lnode_tick(county);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && yw_ledger_asks(county->l));
	YW_CHECK(strstr(err.msg, "goes on asking") != NULL);
	yw_lnet_wait(net, WAIT_MS);
	yw_lnode_tick(county);			/* an alarm, once: nothing has stopped this append */
	YW_CHECK(yw_heard("warn append-uncleared", "origin=onenet.example/320102 ") == 1 && yw_heard("append-uncleared", "") == 1);
	yw_lnode_put(county, "320102/demand/b", 1, "x", &yw_unconditional);
	yw_lnode_reopen(county);			/* it is not cleared by having appended */
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	YW_PASS(answer(county, city));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && !yw_ledger_asks(county->l));

	county->peer_wait_ms = 0;		/* does not wait */
	reboot(county);
	YW_PASS(yw_ledger_append(county->l, NULL, 0, &err));
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING) && yw_ledger_asks(county->l));
	end();
}

/* Which start counts as a boot. */
static void
what_is_a_boot(void)
{
	struct yw_guard_mark known;

	everybody();
	known = county->here;
	yw_lnode_close(county);
	memset(county->here.machine_id, 9, sizeof county->here.machine_id);
	yw_lnode_open(county);
	YW_CHECK(state_is(county, YW_LEDGER_ASKING));
	yw_lnode_close(county);
	memset(county->here.machine_id, 0, sizeof county->here.machine_id);	/* cannot be read: never counts */
	yw_lnode_open(county);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	yw_lnode_close(county);
	county->here = (struct yw_guard_mark) { .size = 0 };
	yw_lnode_open(county);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	yw_lnode_close(county);
	county->here = known;
	yw_lnode_open(county);
	YW_CHECK(state_is(county, YW_LEDGER_APPENDING));
	end();
}

/* Without a guard nobody here knows how long the log was: it comes back, and then somebody has to say that it is all. */
static void
no_guard(void)
{
	uint64_t size;

	everybody();
	size = yw_ledger_own(county->l)->size;
	yw_lnode_forget(county);
	county->guard_gone = true;
	yw_lnode_open(county);
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND));
	while (yw_lnode_follow(county, top))
		;
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND) && yw_ledger_own(county->l)->size == size);
	yw_lnet_wait(net, 10 * WAIT_MS);
	yw_lnode_tick(county);
	yw_lnode_reopen(county);			/* it has a guard again, which knows nothing */
	YW_CHECK(state_is(county, YW_LEDGER_BEHIND));
	YW_PASS(answer(county, city));
	yw_lnode_commit(county);
	YW_CHECK_MSG(state_is(county, YW_LEDGER_APPENDING), "%s", err.msg);
	yw_lnode_put(county, "320102/demand/b", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	YW_CHECK(yw_lnode_log(top, "320102")->size >= size + 1 && !yw_lnode_log(top, "320102")->frozen);
	end();
}

YW_TESTS(
	{ "L3 the first node begins its log when it has listened for peer_wait", first_node },
	{ "L3 others begin theirs when their issuer says that it holds no head of it", from_its_issuer },
	{ "L3 also where the issuer said so before the delegation came", asked_early },
	{ "L2 L3 a new first node that meets a head of its log while it listens does not clear itself", met_while_listening },
	{ "L2 L3 a new first node that met a head of its log and is not whole when its time is over asks on", met_and_not_whole_yet },
	{ "L3 before entry 0 an issuer that holds a head of this log does not clear", its_issuer_holds_a_head },
	{ "L3 after a boot the acting issuer clears, if it is cleared itself", by_the_issuer },
	{ "L3 T3 below a closed city the next open one above clears, and the city no more", below_a_closed_city },
	{ "L3 a quorum clears in any state but behind", by_a_quorum },
	{ "L3 the first node is cleared by its quorum", first_node_again },
	{ "L2 L3 an answer with a larger head: an old copy, which goes on when it is whole and cleared", old_copy },
	{ "L3 who knows of my log only from me, in this boot, clears nobody", my_own_word },
	{ "L3 where nobody answers append_without_peer decides, and stays uncleared", alone },
	{ "L3 another boot or machine counts, an id that cannot be read does not", what_is_a_boot },
	{ "L2 L3 without a guard the log comes back, and somebody has to say that it is all", no_guard }
)
