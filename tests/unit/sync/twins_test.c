/*
 * Two machines with one key: who notices, who stops, who does not, and how a person ends it.
 */
#include "support/resume.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100" };
#define POLICY "group g 1 320000 320100\nquorum g\n"

static struct peer *province, *city, *twin;
static struct yw_lnode other;		/* the disk of the twin */

static void
pass(int64_t ms)
{
	for (; ms > 0; ms -= 500) {
		yw_lnet_wait(net, 500);
		other.utc_ms += 500;
		other.mono_ms += 500;
		turn_all();
	}
}

static struct yw_key_set second;

/* The city's next keys, given by the province. */
static void
delegate(void)
{
	struct yw_tasked asked = { "320100", "320000", "second", 1, 1, &city->n->t->keys.head };
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_keys("second", &second);
	yw_tnet_ask(net->t, &asked, &request);
	YW_PASS(yw_ledger_admit(province->n->l, yw_buf_bytes(&request), &err));
	yw_lnode_commit(province->n);
	turn(province);
	settle();
	later(5000);
	yw_buf_release(&request);
}

static void
copy_to_twin(struct yw_limage *image)
{
	other = *city->n;
	other.l = NULL;
	other.store = image->store;
	memcpy(other.guard, image->guard, sizeof other.guard);
	other.io.arg = &other;
	twin = &peers[n_peers++];
	*twin = (struct peer) { .n = &other, .memory = MEMORY };
}

/* The copy of the disk knows of next keys or not. */
static bool
start_with(bool delegated)
{
	struct yw_limage image;

	begin(codes, 2, POLICY);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(15000);
	put_demand(city, "a", "before the copy", &yw_unconditional);
	later(5000);
	if (delegated)
		delegate();
	stop_peer(city);
	yw_lnode_open(city->n);
	if (!yw_lnode_image(city->n, &image)) {
		end();
		return false;
	}
	start_peer(city);
	pass(2000);
	copy_to_twin(&image);
	return true;
}

/* The same, of a machine that goes on running. */
static bool
start_running(void)
{
	struct yw_limage image;

	begin(codes, 2, POLICY);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	yw_lnode_admit(net, "320100");
	later(15000);
	put_demand(city, "a", "before the copy", &yw_unconditional);
	later(5000);
	if (city->n->dir[0] != '\0') {		/* of a directory in use there is no image */
		end();
		return false;
	}
	image.store = yw_store_image(city->n->store);
	memcpy(image.guard, city->n->guard, sizeof image.guard);
	copy_to_twin(&image);
	return true;
}

static bool
start(void)
{
	return start_with(false);
}

static void
finish(void)
{
	struct yw_store *s = other.store;

	for (size_t i = 0; i < n_peers; i++) {
		yw_desk_free(peers[i].desk);
		yw_exchange_free(peers[i].x);
		peers[i].desk = NULL;
		peers[i].x = NULL;
	}
	yw_lnode_close(&other);
	yw_store_close(s);
	end();
}

static bool
state_is(struct peer *p, enum yw_ledger_mode mode)
{
	return yw_ledger_state(p->n->l, &err) == mode;
}

/* The twin runs beside it: what it says and what the city then says, which is asked, cannot be one machine's. */
static void
run_both(void)
{
	open_peer(twin);
	connect_line(twin, province);
	pass(2000);
}

static void
restart_peer(struct peer *p)
{
	stop_peer(p);
	start_peer(p);
	pass(5000);
}

static void
both_stop(void)
{
	struct yw_append a = { .audience = yw_unconditional };

	if (!start())
		return;
	run_both();
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO) && strstr(err.msg, "node take") != NULL, "%s", err.msg);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "%s", err.msg);
	YW_FAILS(yw_ledger_append(city->n->l, &a, 1, &err), YW_ESTOPPED);
	restart_peer(city);
	restart_peer(twin);
	YW_CHECK(state_is(city, YW_LEDGER_TWO) && state_is(twin, YW_LEDGER_TWO) && state_is(province, YW_LEDGER_APPENDING));
	YW_CHECK(!yw_lnode_log(province->n, "320100")->frozen);		/* nothing was forked */

	YW_PASS(yw_exchange_take_over(city->x, &err));			/* a person at the city's machine */
	pass(10000);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "%s", err.msg);
	YW_CHECK(state_is(twin, YW_LEDGER_TWO));
	put_demand(city, "c", "after the take", &yw_unconditional);
	pass(10000);
	YW_CHECK(size_of(province, "320100") == size_of(city, "320100"));
	restart_peer(twin);						/* it stays at an end */
	restart_peer(city);
	restart_peer(twin);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "%s", err.msg);
	YW_CHECK(state_is(twin, YW_LEDGER_TWO));
	put_demand(city, "d", "still", &yw_unconditional);
	pass(10000);
	YW_CHECK(size_of(province, "320100") == size_of(city, "320100"));
	YW_FAILS(yw_exchange_take_over(city->x, &err), YW_EINVAL);	/* there is nothing to take */
	finish();
}

/* The node changes to its next keys, as soon as its log has them. */
static void
rotate(struct peer *p)
{
	p->n->next_keys = &second;
	yw_ledger_next_keys(p->n->l, &second);
	YW_PASS(yw_ledger_routine(p->n->l, &err));
	YW_CHECK_MSG(yw_ledger_rotated(p->n->l), "%s did not change", p->n->t->code.code);
	turn(p);
}

/* Neither takes what the province tells for a lie. */
static void
check_no_cuts(void)
{
	YW_CHECK_MSG(city->cuts == 0, "%s", city->reason);
	YW_CHECK_MSG(twin->cuts == 0, "%s", twin->reason);
}

/* One of the two has changed keys in between, or both have: what shows that they are two is by old keys and new ones. */
static void
across_a_rotation(void)
{
	for (int both = 0; both < 2; both++) {
		if (!start_with(true))
			return;
		open_peer(twin);
		connect_line(twin, province);
		if (both)
			rotate(twin);
		rotate(city);
		settle();
		pass(10000);
		check_no_cuts();
		YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "both %d: %s", both, err.msg);
		YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "both %d: %s", both, err.msg);
		finish();
	}
}

/* The twin does not know yet that there are other keys. */
static void
before_a_delegation(void)
{
	if (!start())
		return;
	delegate();
	open_peer(twin);
	connect_line(twin, province);
	rotate(city);
	settle();
	pass(20000);
	check_no_cuts();
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "%s", err.msg);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "%s", err.msg);
	finish();
}

/* The province says that to the city, in a session of its own. */
static void
tell(Yiwang__V1__Exchange *x)
{
	Yiwang__V1__PeerReply r = YIWANG__V1__PEER_REPLY__INIT;
	struct yw_buf plain = YW_BUF_INIT, hello = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_inbound *in;
	uint32_t wait_ms;

	r.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE;
	r.exchange = x;
	YW_PASS(yw_wire_pack(&r.base, &plain, &err));
	YW_PASS(yw_inbound_read(&plain, false, &in, &err));
	YW_PASS(yw_exchange_hello(province->x, &hello, &err));
	YW_PASS(yw_exchange_link_up(city->x, true, &province->n->t->keys.pub.session, "again", &link, &err));
	YW_PASS(yw_exchange_take_hello(city->x, link, yw_buf_bytes(&hello), &err));
	YW_PASS(yw_exchange_take(city->x, link, in, &wait_ms, &err));
	yw_exchange_link_down(city->x, link);
	yw_buf_release(&hello);
	turn_all();
}

/* Of the city's log, two statements of one instance and counter, by this key. */
static void
tell_two(const struct yw_key_set *by, uint64_t size)
{
	Yiwang__V1__SignedInstance *s[2] = { NULL, NULL };
	Yiwang__V1__TwoLive two = YIWANG__V1__TWO_LIVE__INIT, *all = &two;
	Yiwang__V1__Exchange x = YIWANG__V1__EXCHANGE__INIT;

	for (int i = 0; i < 2; i++) {
		struct yw_instance it = { .origin = city->n->t->origin, .id = { 77 }, .counter = 5, .size = size - (uint64_t)i };
		struct yw_buf made = YW_BUF_INIT;

		YW_PASS(yw_instance_sign(&it, &by->head, &made, &err));
		YW_PASS(yw_decode(&yiwang__v1__signed_instance__descriptor, yw_buf_bytes(&made), &s[i], &err));
		yw_buf_release(&made);
	}
	two.origin = city->n->t->origin.text;
	two.statements = s;
	two.n_statements = 2;
	x.two_live = &all;
	x.n_two_live = 1;
	tell(&x);
	yw_decode_free(s[0]);
	yw_decode_free(s[1]);
}

/* A take of the city's log that ends the instance that is running, by this key. */
static void
tell_take(const struct yw_key_set *by)
{
	Yiwang__V1__Exchange x = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__SignedTake *m = NULL;
	struct yw_take take = { .origin = city->n->t->origin, .id = { 78 }, .n_ended = 1 };
	struct yw_buf made = YW_BUF_INIT;
	struct yw_instance running;

	yw_ledger_next_statement(city->n->l, &running);
	memcpy(take.ended[0], running.id, sizeof running.id);
	YW_PASS(yw_take_sign(&take, &by->head, &made, &err));
	YW_PASS(yw_decode(&yiwang__v1__signed_take__descriptor, yw_buf_bytes(&made), &m, &err));
	x.takes = &m;
	x.n_takes = 1;
	tell(&x);
	yw_decode_free(m);
	yw_buf_release(&made);
}

/* A relay has its own keys, and makes up what it likes by them. */
static void
relay_invents(void)
{
	if (!start())
		return;
	tell_two(&province->n->t->keys, 2);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "two statements by another's key: %s", err.msg);
	tell_take(&province->n->t->keys);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "a take by another's key: %s", err.msg);
	tell_take(&city->n->t->keys);
	YW_CHECK_MSG(!state_is(city, YW_LEDGER_APPENDING), "its own take ends it");
	finish();
}

/*
 * Whoever has nothing but the keys that were rotated out: heads by them are good for nothing beyond the change, and for
 * nothing at all once a beat with quorum stands beyond it; so are statements.
 */
static void
old_keys_alone(void)
{
	uint64_t change;

	for (int early = 0; early < 2; early++) {
		if (!start_with(true))
			return;
		rotate(city);
		change = yw_ledger_own(city->n->l)->size - 2;
		if (!early) {
			tell_two(&city->n->t->keys, change + 3);
			YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "beyond the change: %s", err.msg);
		} else {
			tell_two(&city->n->t->keys, change + 1);
			YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "before a quorum: %s", err.msg);
			finish();
			continue;
		}
		settle();
		pass(30000);
		tell_two(&city->n->t->keys, change + 1);
		YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "after a quorum: %s", err.msg);
		put_demand(city, "e", "goes on", &yw_unconditional);
		tell_two(&second, change + 3);
		YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "by the new keys: %s", err.msg);
		finish();
	}
}

/* The instance that goes on is one that the copy's disk was: both stop all the same, and a take by either ends the other. */
static void
copied_running(void)
{
	for (int original = 0; original < 2; original++) {
		struct peer *goes_on, *ends;

		if (!start_running())
			return;
		run_both();
		YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "the original: %s", err.msg);
		YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "the copy: %s", err.msg);
		YW_CHECK(city->cuts == 0 && twin->cuts == 0);
		goes_on = original ? city : twin;
		ends = original ? twin : city;
		YW_PASS(yw_exchange_take_over(goes_on->x, &err));
		pass(10000);
		YW_CHECK_MSG(state_is(goes_on, YW_LEDGER_APPENDING), "%s", err.msg);
		YW_CHECK_MSG(state_is(ends, YW_LEDGER_TWO) && strstr(err.msg, "has taken this node over") != NULL, "%s", err.msg);
		put_demand(goes_on, "c", "after the take", &yw_unconditional);
		pass(10000);
		restart_peer(ends);
		restart_peer(goes_on);
		put_demand(goes_on, "d", "still", &yw_unconditional);
		pass(10000);
		YW_CHECK(state_is(goes_on, YW_LEDGER_APPENDING) && state_is(ends, YW_LEDGER_TWO));
		YW_CHECK(size_of(province, "320100") == size_of(goes_on, "320100"));
		finish();
	}
}

/* Whoever noticed is restarted, and its machine with it, before one of the two could be told. */
static void
noticed_before_a_restart(void)
{
	if (!start())
		return;
	close_line(&lines[0]);			/* or it would be asked, and both be told at once */
	open_peer(twin);
	connect_line(twin, province);
	pass(2000);
	YW_CHECK(state_is(twin, YW_LEDGER_APPENDING));
	stop_peer(twin);
	open_line(&lines[0]);
	pass(5000);
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	stop_peer(city);
	stop_peer(province);
	start_peer(province);
	start_peer(twin);			/* nobody speaks but it */
	pass(10000);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "%s", err.msg);
	YW_PASS(yw_exchange_take_over(twin->x, &err));
	pass(5000);
	stop_peer(province);
	start_peer(province);
	pass(10000);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_APPENDING), "%s", err.msg);	/* nor is it said once more */
	YW_CHECK(yw_ledger_two_live(province->n->l, yw_lnode_log(province->n, "320100")).len == 0);
	start_peer(city);
	pass(5000);
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	finish();
}

/* Who was not there when it was said is told by the take. */
static void
told_later(void)
{
	if (!start())
		return;
	run_both();
	stop_peer(twin);
	YW_PASS(yw_exchange_take_over(city->x, &err));
	pass(10000);
	put_demand(city, "c", "after the take", &yw_unconditional);
	pass(5000);
	start_peer(twin);
	pass(10000);
	YW_CHECK(state_is(twin, YW_LEDGER_TWO) && state_is(city, YW_LEDGER_APPENDING));
	finish();
}

static void
crash_loop(void)
{
	if (!start())
		return;
	for (unsigned i = 0; i < 12; i++) {
		char local[16];

		restart_peer(city);
		snprintf(local, sizeof local, "r%u", i);
		put_demand(city, local, "again", &yw_unconditional);
		pass(2000);
		YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "%s", err.msg);
	}
	YW_CHECK(size_of(province, "320100") == size_of(city, "320100"));
	finish();
}

static struct yw_instance
statement(uint8_t id, uint64_t counter, uint64_t size)
{
	struct yw_instance i = { .origin = city->n->t->origin, .counter = counter, .size = size };

	memset(i.id, id, sizeof i.id);
	return i;
}

/* What shows nothing, and what is this disk's own past, stops nobody. */
static void
inventions(void)
{
	struct yw_instance s[3];

	if (!start())
		return;
	yw_ledger_instance(city->n->l, (uint8_t[YW_INSTANCE_ID_BYTES]) { 0 });
	s[0] = statement(0, 1, 1);
	s[1] = statement(200, 1, 1);
	s[2] = statement(0, 1, 1);
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 3, &err), YW_EPEER);	/* the same statement again */
	s[1] = statement(0, 2, 1);
	s[2] = statement(0, 3, 1);
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 3, &err), YW_EPEER);	/* A, A, A: what one has said, one after the other */
	s[1] = statement(200, 1, 1);
	s[2] = statement(201, 2, 1);
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 3, &err), YW_EPEER);	/* A, B, C: a crash loop */
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 2, &err), YW_EPEER);
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 1, &err), YW_EPEER);
	s[2] = statement(0, 2, 1);
	s[1].origin = province->n->t->origin;
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 3, &err), YW_EPEER);	/* of another log */
	memset(s[1].id, 1, sizeof s[1].id);
	s[1] = statement(0, 1, 1);
	s[0] = s[1];
	YW_FAILS(yw_ledger_take_two_live(city->n->l, s, 2, &err), YW_EPEER);	/* the same content */
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));

	yw_ledger_instance(city->n->l, (uint8_t[YW_INSTANCE_ID_BYTES]) { 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200,
	    200, 200, 200, 200 });
	s[0] = statement(0, 1, 1);
	s[1] = statement(200, 1, 1);
	s[2] = statement(0, 2, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));	/* both were I: somebody shows old ones */
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	s[2] = statement(0, 1000, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));	/* I was that, and never came so far: it lives on elsewhere */
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	finish();

	if (!start())
		return;
	s[2] = statement(0, 2, 1);
	s[1] = statement(201, 1, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	finish();
}

/* However much an instance said before a restart, all of it is this disk's own past after it. */
static void
own_past(void)
{
	const uint8_t before[YW_INSTANCE_ID_BYTES] = { 9 }, after[YW_INSTANCE_ID_BYTES] = { 10 };
	struct yw_instance s[3], said = { .size = 0 };

	if (!start())
		return;
	yw_ledger_instance(city->n->l, before);
	yw_lnode_commit(city->n);
	for (int i = 0; i < 30; i++) {
		yw_ledger_next_statement(city->n->l, &said);
		if (yw_lnode_dirty(city->n))
			yw_lnode_commit(city->n);
	}
	YW_CHECK(said.counter == 30 && memcmp(said.id, before, sizeof before) == 0);
	yw_lnode_reopen(city->n);
	yw_ledger_instance(city->n->l, after);
	s[0] = statement(0, 1, 1);
	s[1] = statement(0, 1, 1);
	memcpy(s[0].id, before, sizeof before);
	memcpy(s[1].id, after, sizeof after);
	s[2] = s[0];
	s[2].counter = said.counter;
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "%s", err.msg);
	s[2].counter = said.counter + 100;
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	finish();
}

/* So is what it said in a turn that was lost, and with that how far it might count. */
static void
own_past_lost(void)
{
	const uint8_t before[YW_INSTANCE_ID_BYTES] = { 9 }, after[YW_INSTANCE_ID_BYTES] = { 10 };
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_instance s[3], said = { .size = 0 };

	if (!start())
		return;
	yw_lrecord("320100/demand/lost", 1, "x", &body);
	yw_ledger_instance(city->n->l, before);
	yw_lnode_commit(city->n);
	for (int i = 0; i < 30; i++)
		yw_ledger_next_statement(city->n->l, &said);
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(city->n->l, &a, 1, &err));
	s[0] = statement(0, 1, 1);
	s[1] = statement(201, 1, 1);
	s[2] = statement(0, 2, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_FAILS(yw_ledger_commit(city->n->l, &err), YW_ESTOPPED);	/* what was to be appended was not */
	YW_PASS(yw_ledger_take_over(city->n->l, after, &err));
	yw_lnode_commit(city->n);
	yw_lnode_reopen(city->n);
	memcpy(s[0].id, before, sizeof before);
	memcpy(s[1].id, after, sizeof after);
	s[2] = s[0];
	s[2].counter = said.counter;
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "%s", err.msg);
	yw_buf_release(&body);
	finish();
}

/* What is to be appended in that turn is not, and is lost with it; the stop is not, nor whom a take would end. */
static void
stopped_in_a_turn(void)
{
	const uint8_t one[YW_INSTANCE_ID_BYTES] = { 9 }, fresh[YW_INSTANCE_ID_BYTES] = { 10 };
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_take t = { .n_ended = 1 };
	struct yw_instance s[3];

	for (int over = 0; over < 2; over++) {
		if (!start())
			return;
		yw_ledger_instance(city->n->l, one);
		yw_lnode_commit(city->n);
		yw_lrecord("320100/demand/lost", 1, "x", &body);
		a.body = yw_buf_bytes(&body);
		YW_PASS(yw_ledger_append(city->n->l, &a, 1, &err));
		t.origin = city->n->t->origin;
		memcpy(t.id, fresh, sizeof t.id);
		memcpy(t.ended[0], one, sizeof one);
		s[0] = statement(0, 1, 1);
		s[1] = statement(201, 1, 1);
		s[2] = statement(0, 2, 1);
		if (over)
			YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
		else
			YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
		YW_FAILS(yw_ledger_commit(city->n->l, &err), YW_ESTOPPED);
		YW_CHECK(state_is(city, YW_LEDGER_TWO) && yw_ledger_is_over(city->n->l) == over);
		YW_FAILS(yw_ledger_append(city->n->l, &a, 1, &err), YW_ESTOPPED);
		yw_lnode_commit(city->n);
		yw_lnode_reopen(city->n);
		YW_CHECK(state_is(city, YW_LEDGER_TWO) && yw_ledger_is_over(city->n->l) == over);
		memset(t.id, 11, sizeof t.id);
		YW_PASS(yw_ledger_take_over(city->n->l, t.id, &err));
		YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
		if (!over)		/* whom it ends stops it no more */
			YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
		YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
		yw_buf_release(&body);
		finish();
	}
}

/* A take ends a node that was one of those that it ends: not who took over himself, and only of its own log. */
static void
takes(void)
{
	const uint8_t one[YW_INSTANCE_ID_BYTES] = { 9 }, two[YW_INSTANCE_ID_BYTES] = { 10 }, never[YW_INSTANCE_ID_BYTES] = { 11 };
	struct yw_take t = { .n_ended = 1 };

	if (!start())
		return;
	yw_ledger_instance(city->n->l, one);
	yw_ledger_instance(city->n->l, two);
	t.origin = city->n->t->origin;
	memcpy(t.id, two, sizeof two);
	memcpy(t.ended[0], one, sizeof one);
	YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "its own: %s", err.msg);
	memcpy(t.id, never, sizeof never);
	t.origin = province->n->t->origin;
	YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "of another log: %s", err.msg);
	t.origin = city->n->t->origin;
	memcpy(t.ended[0], (uint8_t[YW_INSTANCE_ID_BYTES]) { 12 }, sizeof one);
	YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "of somebody else: %s", err.msg);
	memcpy(t.ended[0], one, sizeof one);
	YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
	YW_CHECK(state_is(city, YW_LEDGER_TWO) && yw_ledger_is_over(city->n->l));
	finish();
}

/* Whoever has the key can invent instances: no more are remembered than one take ends.  Those that came first are, and who goes on
 * in this node's place; the others are found again when they speak. */
static void
crowd(void)
{
	const uint8_t one[YW_INSTANCE_ID_BYTES] = { 9 }, fresh[YW_INSTANCE_ID_BYTES] = { 10 }, last[YW_INSTANCE_ID_BYTES] = { 11 };
	struct yw_take t = { .id = { 12 }, .n_ended = 1 };
	struct yw_instance s[3];

	if (!start())
		return;
	yw_ledger_instance(city->n->l, one);
	s[0] = statement(0, 1, 1);
	memcpy(s[0].id, one, sizeof one);
	s[2] = s[0];
	s[2].counter = 2;
	s[1] = statement(201, 1, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	for (uint32_t i = 0; i < 1000; i++) {
		s[1] = statement(202, 1, 1);
		yw_put_be32(s[1].id, i);
		YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	}
	YW_CHECK_MSG(city->n->l->twins.others.len <= YW_TAKE_MAX * YW_INSTANCE_ID_BYTES, "%zu bytes", city->n->l->twins.others.len);
	yw_lnode_commit(city->n);
	t.origin = city->n->t->origin;
	memcpy(t.ended[0], one, sizeof one);
	YW_PASS(yw_ledger_take_take(city->n->l, &t, &err));
	YW_PASS(yw_ledger_take_over(city->n->l, fresh, &err));
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	s[1] = statement(201, 2, 1);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	memcpy(s[1].id, t.id, sizeof t.id);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING), "ended: %s", err.msg);
	s[1] = statement(202, 2, 1);
	yw_put_be32(s[1].id, 999);
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "nobody has ended it");
	YW_PASS(yw_ledger_take_over(city->n->l, last, &err));
	YW_PASS(yw_ledger_take_two_live(city->n->l, s, 3, &err));
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	finish();
}

/* A resumed snapshot of a running machine: one instance, one counter, two contents. */
static void
snapshot(void)
{
	struct yw_instance s[2];

	for (int same_size = 0; same_size < 2; same_size++) {
		if (!start())
			return;
		s[0] = statement(9, 5, 2);
		s[1] = statement(9, 5, same_size ? 2 : 1);
		s[1].root.b[0] = (uint8_t)same_size;
		YW_PASS(yw_ledger_take_two_live(city->n->l, s, 2, &err));
		yw_lnode_commit(city->n);
		YW_CHECK(state_is(city, YW_LEDGER_TWO));
		yw_lnode_reopen(city->n);
		YW_CHECK(state_is(city, YW_LEDGER_TWO));
		finish();
	}
}

/* The same through the exchange: the copy has the memory of the running machine too, so that both go on as one instance and
 * count from one number.  Who hears both sees it, and tells them. */
static void
resumed(void)
{
	const uint8_t id[YW_INSTANCE_ID_BYTES] = { 9 };
	uint64_t size;

	if (!start())
		return;
	size = size_of(city, "320100");
	open_peer(twin);
	yw_ledger_instance(city->n->l, id);
	yw_ledger_instance(twin->n->l, id);
	connect_line(twin, province);
	pass(1000);
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING) && state_is(twin, YW_LEDGER_APPENDING));	/* each alone says nothing odd */
	put_demand(city, "b", "after the copy", &yw_unconditional);	/* and counts as far as the copy has */
	YW_CHECK(size_of(city, "320100") > size && size_of(twin, "320100") == size);
	pass(5000);
	YW_CHECK(yw_ledger_two_live(province->n->l, yw_lnode_log(province->n, "320100")).len != 0);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "the machine: %s", err.msg);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "its copy: %s", err.msg);
	YW_CHECK(!yw_lnode_log(province->n, "320100")->frozen);
	check_no_cuts();
	finish();
}

static void
resumed_with_its_words(void)
{
	static const struct {
		const char *what;
		unsigned before;	/* writes of the machine before the copy is resumed */
		bool copy_writes;	/* once both are connected, and not the machine */
	} t[] = {
		{ "nothing, and then the machine writes", 0, false }, { "nothing, and then the copy writes", 0, true },
		{ "once", 1, false }, { "once, and then the copy would", 1, true }, { "twice", 2, false }, { "thrice", 3, false },
		{ "more often than anybody counts ahead", 12, false },
	};
	char name[8];

	for (size_t k = 0; k < sizeof t / sizeof *t; k++) {
		if (!start())
			return;
		open_peer(twin);
		close_line(&lines[0]);
		open_line(&lines[0]);
		pass(2000);
		yw_test_resume(city->x, twin->x);
		YW_CHECK(twin->x->statement.len != 0);
		for (unsigned i = 0; i <= t[k].before; i++) {
			struct peer *writes = i == t[k].before && t[k].copy_writes ? twin : city;

			if (i == t[k].before) {
				connect_line(twin, province);
				pass(2000);
			}
			snprintf(name, sizeof name, "w%u", i);
			if (yw_ledger_state(writes->n->l, NULL) == YW_LEDGER_APPENDING)
				put_demand(writes, name, "since", &yw_unconditional);
			pass(3000);
		}
		YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "the machine wrote %s: %s", t[k].what, err.msg);
		YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "its copy, %s: %s", t[k].what, err.msg);
		YW_CHECK(!yw_lnode_log(province->n, "320100")->frozen);
		check_no_cuts();
		finish();
	}
}

/* The machine is no more, and its memory is resumed from yesterday: nobody else lives, so nobody stops, and it is whole again. */
static void
resumed_alone(void)
{
	uint8_t was[YW_INSTANCE_ID_BYTES];

	if (!start())
		return;
	memcpy(was, city->n->l->twins.id, sizeof was);
	open_peer(twin);
	yw_test_resume(city->x, twin->x);
	put_demand(city, "b", "after the snapshot", &yw_unconditional);
	pass(5000);
	stop_peer(city);
	connect_line(twin, province);
	pass(1000);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_APPENDING), "%s", err.msg);
	YW_CHECK_MSG(memcmp(twin->n->l->twins.id, was, sizeof was) != 0, "it was behind");
	put_demand(twin, "c", "goes on", &yw_unconditional);
	pass(5000);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_APPENDING), "%s", err.msg);
	YW_CHECK(yw_ledger_two_live(province->n->l, yw_lnode_log(province->n, "320100")).len == 0);
	check_no_cuts();
	finish();
}

/* The copy wrote something that nobody has heard of when it hears that its log is longer elsewhere.  In its second session it is
 * given nothing to compare that with: so it shows what it has. */
static void
shorter_than_elsewhere(void)
{
	const uint8_t id[YW_INSTANCE_ID_BYTES] = { 9 };

	if (!start())
		return;
	open_peer(twin);
	yw_ledger_instance(city->n->l, id);
	yw_ledger_instance(twin->n->l, id);
	connect_line(twin, province);
	pass(1000);
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING) && state_is(twin, YW_LEDGER_APPENDING));
	put_demand(twin, "x", "by the copy", &yw_unconditional);
	put_demand(city, "b", "by the machine", &yw_unconditional);
	put_demand(city, "c", "and more", &yw_unconditional);
	YW_CHECK(size_of(city, "320100") == size_of(twin, "320100") + 1);
	for (unsigned i = 0; i < 4; i++) {		/* the copy says nothing before it hears */
		yw_lnet_wait(net, 500);
		turn(city);
		turn(province);
		settle();
	}
	pass(5000);
	YW_CHECK(yw_lnode_log(province->n, "320100")->frozen);
	YW_CHECK(!state_is(city, YW_LEDGER_APPENDING) && !state_is(twin, YW_LEDGER_APPENDING));
	check_no_cuts();
	finish();
}

/* Both wrote before either is heard, and the copy's head comes in a package alone, by a session that may bring no entries. */
static void
shown_in_a_package(void)
{
	struct letter said;
	size_t mark, n;

	if (!start())
		return;
	open_peer(twin);
	yw_test_resume(city->x, twin->x);
	connect_line(twin, province);
	pass(2000);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_APPENDING) && state_is(twin, YW_LEDGER_APPENDING), "%s", err.msg);
	put_demand(twin, "x", "by the copy", &yw_unconditional);
	put_demand(city, "b", "by the machine", &yw_unconditional);
	mark = n_letters;
	turn(twin);
	turn(city);
	said = sum(mark, twin, province, &n);
	YW_CHECK(said.packages == 1 && said.heads == 0);
	settle();
	YW_CHECK(yw_lnode_log(province->n, "320100")->frozen);
	check_no_cuts();
	finish();
}

/* Until the province has read a beat of the copy's, which has not said yet that anything contradicts it. */
static void
read_a_beat(void)
{
	const struct letter *l = &letters[n_read];

	while (n_read < n_letters && (reader_of(l) != province || l->line->child.peer != twin || l->beats == 0)) {
		struct peer *p = reader_of(l);

		deliver(n_read);
		turn(p);
		l = &letters[n_read];
	}
	YW_CHECK(n_read < n_letters && l->forks == 0);
	deliver(n_read);
	turn(province);
}

/* Nor may it bring beats and contradictions of others' logs, but what they show is seen: here two heads of the province's. */
static void
shown_of_another(void)
{
	for (int beat = 0; beat < 2; beat++) {
		struct yw_buf head = YW_BUF_INIT;
		struct yw_tlog *t;

		if (!start())
			return;
		t = province->n->t;		/* what its keys signed elsewhere */
		put_demand(province, "p", "more", &yw_unconditional);
		yw_tlog_grow(t, size_of(province, "320000") - t->n, "y");
		yw_tnet_beat(t, 1700000000, NULL, 0);
		yw_tlog_head(t, t->n, &head);
		open_peer(twin);
		if (beat)
			YW_PASS(yw_ledger_take_beat(twin->n->l, yw_buf_bytes(&t->beat), &err));
		else
			YW_PASS(yw_ledger_take_head(twin->n->l, yw_buf_bytes(&head), &err));
		connect_line(twin, province);
		if (beat)
			read_a_beat();
		else
			pass(2000);		/* the copy is given the entries, and finds it out itself */
		YW_CHECK(yw_lnode_log(province->n, "320000")->frozen && state_is(province, YW_LEDGER_CONTRADICTED));
		settle();
		check_no_cuts();
		yw_buf_release(&head);
		finish();
	}
}

/* A daemon that was killed and is back, while its old session looks alive: it waits for 5 s and no longer. */
static void
dead_session(void)
{
	struct line *old;
	uint64_t size;

	if (!start())
		return;
	old = &lines[0];
	size = size_of(city, "320100");
	yw_desk_down(city->desk, old->child.desk);	/* the province has not noticed */
	old->gone = true;
	yw_desk_free(city->desk);
	yw_exchange_free(city->x);
	yw_lnode_close(city->n);
	for (; n_read < n_letters; n_read++)
		yw_buf_release(&letters[n_read].bytes);
	open_peer(city);
	connect_line(city, province);
	pass(500);
	put_demand(city, "b", "back", &yw_unconditional);
	pass(2000);
	YW_CHECK(size_of(province, "320100") == size && province->cuts == 0);	/* not yet */
	pass(4000);
	YW_CHECK_MSG(province->cuts == 1 && strstr(province->reason, "said nothing for 5 s") != NULL, "%s", province->reason);
	yw_desk_down(province->desk, old->parent.desk);
	old->parent.desk = old->child.desk = NULL;
	pass(5000);
	YW_CHECK(size_of(province, "320100") == size_of(city, "320100") && size_of(city, "320100") > size);
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING));
	finish();
}

static bool
city_polls(size_t mark)
{
	for (size_t i = mark; i < n_letters; i++)
		if (letters[i].poll && letters[i].line->child.peer == city)
			return true;
	return false;
}

/* The answer to its poll is the probe, and looks as one to a stranger does, who polls the more rarely the older its session is. */
static void
probed_by_its_poll(void)
{
	size_t mark;

	if (!start())
		return;
	pass(300000);
	mark = n_letters;
	while (!city_polls(mark))
		pass(500);
	open_peer(twin);
	connect_line(twin, province);
	pass(10000);
	YW_CHECK_MSG(province->cuts == 0, "%s", province->reason);
	finish();
}

/* An old copy of the disk, beside the machine that lives: it learns that it is behind, and that it is not alone, and gets nothing that
 * it asks for; when the other's session ends, the seat is its own, and it fetches what it lacks. */
static void
newcomer_behind(void)
{
	struct letter given, asked;
	size_t mark, n;

	if (!start())
		return;
	put_demand(city, "b", "after the copy", &yw_unconditional);
	pass(5000);
	mark = n_letters;
	open_peer(twin);
	YW_CHECK(size_of(twin, "320100") < size_of(province, "320100"));
	connect_line(twin, province);
	pass(40000);			/* longer than a want waits for an answer */
	given = sum(mark, province, twin, &n);
	asked = sum(mark, twin, province, &n);
	YW_CHECK(yw_ledger_behind(twin->n->l));				/* it was shown its own head (L2) */
	YW_CHECK(state_is(twin, YW_LEDGER_TWO) && state_is(city, YW_LEDGER_TWO));
	YW_CHECK(given.heads > 0 && asked.wants > 0);
	YW_CHECK_MSG(given.packages == 0 && given.bodies == 0 && given.refused == 0, "%zu packages", given.packages);
	YW_CHECK(province->cuts == 0);					/* nobody was probed, or lost its place */
	pass(40000);
	YW_CHECK(yw_ledger_behind(twin->n->l));
	stop_peer(city);
	pass(40000);
	YW_CHECK(size_of(twin, "320100") >= size_of(province, "320100") && size_of(twin, "320000") == size_of(province, "320000"));
	YW_CHECK(!yw_ledger_behind(twin->n->l));
	finish();
}

static size_t
seats(void)
{
	size_t n = 0;

	for (const struct yw_exchange_link *k = province->x->links; k != NULL; k = k->next)
		n += !k->second;
	return n;
}

/* One machine has two sessions, and falls behind: the one in which it says its new id first loses its seat to the other one, and gets it
 * back when that ends, though that has said the same id by then. */
static void
seat_goes_on(void)
{
	for (int first = 0; first < 2; first++) {
		if (!start())
			return;
		connect_line(city, province);
		pass(2000);
		YW_CHECK(seats() == 2);
		YW_PASS(yw_exchange_refetch(city->x, &err));
		pass(2000);
		YW_CHECK_MSG(seats() == 1, "%zu seats", seats());
		close_line(&lines[first ? 0 : n_lines - 1]);
		pass(2000);
		YW_CHECK_MSG(seats() == 1, "%s has ended", first ? "the first" : "the last");
		finish();
	}
}

/* --- what one machine says, and says again --- */

/* What it would say of itself in a hello; signed by these keys. */
static struct yw_instance
says(struct peer *p, const struct yw_key_set *by)
{
	struct yw_buf bytes = YW_BUF_INIT;
	Yiwang__V1__Hello *h;
	struct yw_instance i;
	struct yw_sig sig;

	YW_PASS(yw_exchange_hello(p->x, &bytes, &err));
	YW_PASS(yw_decode(&yiwang__v1__hello__descriptor, yw_buf_bytes(&bytes), &h, &err));
	YW_CHECK(h->instance != NULL && h->instance->signature.len == sizeof sig.b);
	memcpy(sig.b, h->instance->signature.data, sizeof sig.b);
	YW_PASS(yw_instance_check((struct yw_bytes) { h->instance->instance.data, h->instance->instance.len }, &sig, &by->pub.head, &i,
	    &err));
	yw_decode_free(h);
	yw_buf_release(&bytes);
	return i;
}

/* A statement is made anew when it has become old, or would say something else, or by another key; and only then. */
static void
stated_anew(void)
{
	const uint8_t id[YW_INSTANCE_ID_BYTES] = { 9 };
	const struct yw_key_set *keys;
	struct yw_instance s, two[2];
	struct yw_log *own;
	uint64_t n;

	if (!start())
		return;
	keys = city->n->l->keys;
	own = &city->n->l->own->pub;
	pass(YW_X_INSTANCE_FRESH_MS);
	n = says(city, keys).counter;
	pass(YW_X_INSTANCE_FRESH_MS - 500);
	YW_CHECK(says(city, keys).counter == n);
	pass(500);
	YW_CHECK(says(city, keys).counter == ++n);

	put_demand(city, "b", "longer", &yw_unconditional);
	s = says(city, keys);
	YW_CHECK(s.counter == ++n && s.size == size_of(city, "320100"));
	own->size++;
	s = says(city, keys);
	YW_CHECK(s.counter == ++n && s.size == own->size);
	own->size--;
	YW_CHECK(says(city, keys).counter == ++n);
	own->root.b[0] ^= 1;
	s = says(city, keys);
	YW_CHECK(s.counter == ++n && yw_hash_equal(&s.root, &own->root));
	own->root.b[0] ^= 1;
	YW_CHECK(says(city, keys).counter == ++n);
	own->origin.text[0] ^= 1;
	s = says(city, keys);
	YW_CHECK(s.counter == ++n && strcmp(s.origin.text, own->origin.text) == 0);
	own->origin.text[0] ^= 1;
	YW_CHECK(says(city, keys).counter == ++n);

	yw_tnet_keys("second", &second);
	city->n->l->keys = &second;
	YW_CHECK(says(city, &second).counter == ++n);
	city->n->l->keys = keys;
	YW_CHECK(says(city, keys).counter == ++n);

	yw_ledger_instance(city->n->l, id);
	s = says(city, keys);
	YW_CHECK(s.counter == 1 && memcmp(s.id, id, sizeof id) == 0);
	two[0] = two[1] = s;
	two[1].size++;
	YW_PASS(yw_ledger_take_two_live(city->n->l, two, 2, &err));
	YW_CHECK_MSG(says(city, keys).counter > s.counter + 1, "who stops goes on beyond what it may have said");
	finish();
}

/* Until the province has read what the machine says when it is asked; that turn is undone. */
static void
undo_the_answer(void)
{
	bool done = false;
	struct yw_error why;

	while (n_read < n_letters && !done) {
		struct peer *p = reader_of(&letters[n_read]);

		done = p == province && letters[n_read].line->child.peer == city && letters[n_read].hello;
		deliver(n_read);
		yw_fail(&why, YW_EPEER, "undone");
		if (done && yw_ledger_two_live(p->n->l, yw_lnode_log(p->n, "320100")).len != 0)
			(void)spoil(p->n->l, YW_EPEER, &why);
		turn(p);
	}
	YW_CHECK(done && yw_ledger_two_live(province->n->l, yw_lnode_log(province->n, "320100")).len == 0);
}

static void
noticed_in_vain(void)
{
	if (!start())
		return;
	open_peer(twin);
	province->cannot_write = true;
	connect_line(twin, province);
	undo_the_answer();
	province->cannot_write = false;
	pass(10000);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "the machine: %s", err.msg);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "its copy: %s", err.msg);
	finish();
}

static size_t
hellos_of(const struct peer *p, size_t mark)
{
	size_t n = 0;

	for (size_t i = mark; i < n_letters; i++)
		n += letters[i].line->child.peer == p && letters[i].hello;
	return n;
}

/* Who has the keys may name any number of instances, and one image may have been given to any number of machines: once it is known
 * that they are several, the machine itself is asked nothing more. */
static void
names_many(void)
{
	size_t mark;

	if (!start())
		return;
	run_both();
	YW_CHECK(state_is(city, YW_LEDGER_TWO));
	mark = n_letters;
	for (unsigned i = 0; i < 3 * YW_X_SEEN; i++) {
		const uint8_t id[YW_INSTANCE_ID_BYTES] = { 77, (uint8_t)i };

		memcpy(twin->n->l->twins.stopped, id, sizeof id);
		for (struct yw_exchange_link *k = twin->x->links; k != NULL; k = k->next)
			k->hello_due = true;
		twin->x->moves++;
		pass(1000);
	}
	YW_CHECK_MSG(hellos_of(city, mark) <= 2, "%zu hellos", hellos_of(city, mark));
	finish();
}

/* The machine and its copy have nothing to write.  What the one says again, after the other has spoken, is nothing but what it said
 * before: it is asked, and both are found out. */
static void
repeats_itself(void)
{
	struct yw_instance said;

	if (!start())
		return;
	said = says(city, city->n->l->keys);
	close_line(&lines[0]);
	open_peer(twin);
	connect_line(twin, province);
	pass(2000);
	YW_CHECK(state_is(city, YW_LEDGER_APPENDING) && state_is(twin, YW_LEDGER_APPENDING));
	open_line(&lines[0]);
	YW_CHECK(says(city, city->n->l->keys).counter == said.counter);
	pass(5000);
	YW_CHECK_MSG(state_is(city, YW_LEDGER_TWO), "the machine: %s", err.msg);
	YW_CHECK_MSG(state_is(twin, YW_LEDGER_TWO), "its copy: %s", err.msg);
	check_no_cuts();
	finish();
}

#define CHILDREN 3

struct stated { struct yw_instance i; struct yw_buf bytes; };

static struct stated stated[CHILDREN];	/* in the letters written since n_stated was 0 */
static size_t n_stated;

static void
note_statement(const Yiwang__V1__SignedInstance *m)
{
	struct stated *s = &stated[n_stated];
	struct yw_sig sig;

	YW_CHECK(n_stated < CHILDREN && m->signature.len == sizeof sig.b);
	memcpy(sig.b, m->signature.data, sizeof sig.b);
	YW_PASS(yw_instance_check((struct yw_bytes) { m->instance.data, m->instance.len }, &sig, &province->n->t->keys.pub.head, &s->i,
	    &err));
	yw_buf_clear(&s->bytes);
	YW_PASS(yw_wire_pack(&m->base, &s->bytes, &err));
	n_stated++;
}

static void
note_delta(const struct letter *l, const Yiwang__V1__Exchange *e)
{
	if (!l->is_request && e->instance != NULL)
		note_statement(e->instance);
}

/* What the province said of itself, in this turn, to each of the children: one statement, of its log as it is; its counter. */
static uint64_t
said_to_all(void)
{
	YW_CHECK_MSG(n_stated == CHILDREN, "%zu of %d heard how long the log is", n_stated, CHILDREN);
	for (size_t i = 0; i < n_stated; i++) {
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&stated[i].bytes), yw_buf_bytes(&stated[0].bytes)),
		    "counter %llu to the first, %llu to another", (unsigned long long)stated[0].i.counter,
		    (unsigned long long)stated[i].i.counter);
		YW_CHECK(stated[i].i.size == size_of(province, "320000"));
	}
	n_stated = 0;
	return stated[0].i.counter;
}

static void
one_statement(void)
{
	static const char *const family[1 + CHILDREN] = { "320000", "320100", "320200", "320300" };
	uint64_t first, counter;

	begin(family, 1 + CHILDREN, "group g 1 320000\nquorum g\n");
	for (size_t i = 0; i <= CHILDREN; i++)
		add_peer(family[i], MEMORY);
	province = &peers[0];
	for (size_t i = 1; i <= CHILDREN; i++)
		connect_line(&peers[i], province);
	settle();
	for (size_t i = 1; i <= CHILDREN; i++)
		yw_lnode_admit(net, family[i]);
	later(30000);
	reads_along = note_delta;
	n_stated = 0;

	put_demand(province, "a", "something to say to all", &yw_unconditional);
	turn(province);
	first = said_to_all();
	reads_along = NULL;
	settle();
	later(5000);

	reads_along = note_delta;
	put_demand(province, "b", "and more", &yw_unconditional);
	turn(province);
	counter = said_to_all();
	YW_CHECK_MSG(counter == first + 1, "it rose by %llu", (unsigned long long)(counter - first));
	reads_along = NULL;

	settle();					/* nor does a hello say it anew, though something was heard */
	YW_CHECK(says(province, province->n->l->keys).counter == counter);
	for (size_t i = 0; i < CHILDREN; i++)
		yw_buf_release(&stated[i].bytes);
	end();
}

YW_TESTS(
	{ "L5 a running clone: both are told, both stop, and a take ends the other one for good", both_stop },
	{ "L5 T5 a clone across a change of keys, by one of them or both: both stop", across_a_rotation },
	{ "L5 T5 a clone that does not know of the change: nobody is cut off, both stop", before_a_delegation },
	{ "L5 T5 a thief who has the keys from before a change stops nobody, once a quorum stands beyond it", old_keys_alone },
	{ "L5 a copy made while the original ran: both stop, and a take by either ends the other one", copied_running },
	{ "L5 what was noticed is told after a restart, and no more once it is ended", noticed_before_a_restart },
	{ "L5 a clone that was away when it was ended learns it from its neighbour", told_later },
	{ "L5 a crash loop stops nobody", crash_loop },
	{ "L5 invented instances, and this disk's own past, stop nobody", inventions },
	{ "L5 what a relay makes up by its own key stops nobody, and ends nobody", relay_invents },
	{ "L5 what an instance said before a restart is this disk's own past, however much that was", own_past },
	{ "L5 so is what it said in a turn that was lost", own_past_lost },
	{ "L5 and so is what stops it, or ends it, in a turn in which it appends: but that stays", stopped_in_a_turn },
	{ "L5 a take ends whom it names, and not who made it", takes },
	{ "L5 of many invented instances no more are remembered than a take ends, and none is hidden by others", crowd },
	{ "L5 a resumed snapshot: one instance and counter, two contents", snapshot },
	{ "L5 a resumed snapshot is noticed by whoever hears both, and both stop", resumed },
	{ "L5 a resumed snapshot is noticed as it connects, if the machine has written since; else as one of them writes",
	    resumed_with_its_words },
	{ "L5 L2 memory that is resumed where nobody else lives stops nobody, and is whole again", resumed_alone },
	{ "L5 L6 a copy whose log is longer elsewhere shows its head all the same, and the two are compared", shorter_than_elsewhere },
	{ "L5 L6 the head in a package of a session that may bring no entries is compared all the same", shown_in_a_package },
	{ "L5 L6 so is what it shows of others' logs: beats and contradictions", shown_of_another },
	{ "L5 a session that does not answer its probe gives way to a newer one", dead_session },
	{ "L5 R1 one that lives answers it, however long it has lasted and quiet it is", probed_by_its_poll },
	{ "L5 L2 a newcomer whose head is behind may ask and show, and gets nothing while the other session lives", newcomer_behind },
	{ "L5 of two sessions of one machine that goes on as another instance one has the seat, whichever ends", seat_goes_on },
	{ "L5 a statement is made anew when it is old, when head, instance or keys are others, or who made it has stopped", stated_anew },
	{ "L5 a clone is found out though its original has nothing to write, and only repeats itself", repeats_itself },
	{ "L5 what a mirror noticed in a turn that was undone it notices again", noticed_in_vain },
	{ "L5 whoever names many instances does not have the machine asked for each", names_many },
	{ "L5 what is said to several is one statement with one counter", one_statement }
)
