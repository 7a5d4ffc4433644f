/*
 * states_test.c - what a node says of itself: for each state of L1 to L8 one sentence, which says why it is in it and what
 * would end it, and an answer that scripts can tell apart.
 *
 *	320000 --- 320100 --- 320102
 */
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "tlog/checkpoint.h"

#define WAIT_MS 600000

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county;
static struct yw_key_set next;
static struct yw_buf request = YW_BUF_INIT;	/* for new keys */
static struct yw_asked a = YW_ASKED_INIT;

/* --- how they come about --- */

/* A province that registers. */
static void
registers(void)
{
	yw_lnode_open(top);
	yw_lnode_put(top, "320000/demand/a", 1, "x", &yw_unconditional);
}

static void
follow(struct yw_lnode *n, struct yw_lnode *from)
{
	while (yw_lnode_follow(n, from))
		;
}

/* A city that the province has admitted, and that knows it. */
static void
admitted(void)
{
	registers();
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	follow(city, top);
}

static void
asks(void)
{
	city->peer_wait_ms = WAIT_MS;
	admitted();
}

static void
asks_only(void)
{
	city->never_alone = true;
	asks();
}

static void
cleared(void)
{
	struct yw_clearance c = { .code = top->t->code, .cleared = true };

	asks();
	YW_PASS(yw_ledger_take_clearance(city->l, &c, &err));
	yw_lnode_commit(city);
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	follow(top, city);
}

static void
rebooted(void)
{
	cleared();
	yw_lnode_close(city);
	yw_lnode_boot(city);
	yw_lnode_reopen(city);
}

static void
not_admitted(void)
{
	yw_lnode_open(city);
}

static void
behind_its_guard(void)
{
	cleared();
	yw_lnode_close(city);
	yw_lnode_forget(city);
	yw_lnode_open(city);
}

static void
without_guard(void)
{
	cleared();
	yw_lnode_close(city);
	city->guard_gone = true;
	yw_lnode_open(city);
}

/* A head by the keys of that log. */
static void
show_head(struct yw_lnode *to, struct yw_lnode *of, uint64_t size, uint8_t fill)
{
	struct yw_checkpoint c = { .size = size };
	struct yw_buf head = YW_BUF_INIT;

	memcpy(c.origin, of->t->origin.text, sizeof c.origin);
	memset(c.root.b, fill, sizeof c.root.b);
	YW_PASS(yw_head_sign(&c, &of->t->keys.head, &of->t->keys.pub.head, &head, &err));
	(void)!yw_ledger_take_head(to->l, yw_buf_bytes(&head), &err);
	yw_buf_release(&head);
	(void)!yw_ledger_commit(to->l, &err);
}

static void
behind_a_head(void)
{
	cleared();
	show_head(city, city, yw_ledger_own(city->l)->size + 3, 1);
}

static void
refetching(void)
{
	cleared();
	YW_PASS(yw_ledger_refetch(city->l, &err));
	yw_lnode_commit(city);
}

static void
contradicted(void)
{
	cleared();
	show_head(city, city, yw_ledger_own(city->l)->size, 1);
}

static void
two_live(void)
{
	struct yw_instance s[2] = { { .counter = 4, .size = 1 }, { .counter = 4, .size = 2 } };

	cleared();
	s[0].origin = s[1].origin = city->t->origin;
	YW_PASS(yw_ledger_take_two_live(city->l, s, 2, &err));
	yw_lnode_commit(city);
}

static void
taken_over(void)
{
	struct yw_take t = { .n_ended = 1 };

	cleared();
	t.origin = city->t->origin;
	memset(t.id, 9, sizeof t.id);
	memset(t.ended[0], 7, sizeof t.ended[0]);
	yw_ledger_instance(city->l, t.ended[0]);
	YW_PASS(yw_ledger_take_take(city->l, &t, &err));
	yw_lnode_commit(city);
}

static void
closed(const struct yw_closing_draft *d)
{
	cleared();
	YW_PASS(yw_ledger_close_log(top->l, city->t->origin.text, d, &err));
	yw_lnode_commit(top);
	follow(city, top);
}

static void
closed_in_order(void)
{
	closed(&(struct yw_closing_draft) { .reason = "r" });
}

static void
revoked(void)
{
	closed(&(struct yw_closing_draft) { .reason = "r", .revoked = true });
}

static void
merged(void)
{
	closed(&(struct yw_closing_draft) { .reason = "r", .successor = { "320102" } });
}

static void
handed_over(void)
{
	yw_lnode_open(county);
	cleared();
	yw_lnode_admit(net, "320102");
	yw_lnode_commit(city);
	follow(county, top);
	follow(county, city);
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "r", .next_issuer = { "320000" } },
	    &err));
	yw_lnode_commit(city);
	follow(county, city);
}

/* The city asks for new keys; granted, it changes to them. */
static void
new_keys(bool grant)
{
	cleared();
	yw_tnet_keys("320100 next", &next);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "320100 next", 1, 1, &city->t->keys.head }, &request);
	yw_ledger_next_keys(city->l, &next);
	if (grant) {
		YW_PASS(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err));
		yw_lnode_commit(top);
		follow(city, top);
		YW_PASS(yw_ledger_routine(city->l, &err));
		yw_lnode_commit(city);
	}
}

static void
waits_for_keys(void)
{
	new_keys(false);
}

/* Their seed did not come to this machine. */
static void
rotated_out(void)
{
	new_keys(true);
	yw_buf_clear(&request);
	yw_lnode_reopen(city);
}

/* Something to write, and what becomes of it. */
static enum yw_code
write_something(void)
{
	YW_PASS(yw_ledger_holder(city->l, &top->t->code, &err));
	return yw_ledger_commit(city->l, &err);
}

/* A next log that its issuer has not granted yet (T8). */
static void
next_log(void)
{
	static struct yw_key_set fresh;
	struct yw_clearance c = { .code = top->t->code, .cleared = true };
	struct yw_buf asked = YW_BUF_INIT;

	cleared();
	yw_tnet_keys("320100 fresh", &fresh);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "320100 fresh", 2, 0, &city->t->keys.head }, &asked);
	yw_lnode_next(city, &asked, &fresh);
	YW_PASS(yw_ledger_take_clearance(city->l, &c, &err));
	yw_lnode_commit(city);
	yw_buf_release(&asked);
}

/* And then it grants the request of another machine that had the same old keys. */
static void
passed_over(void)
{
	struct yw_seckey old = city->t->keys.head;
	struct yw_buf asked = YW_BUF_INIT;

	yw_tnet_ask(net->t, &(struct yw_tasked) { "320100", "320000", "320100 other", 2, 0, &old }, &asked);
	next_log();
	YW_PASS(yw_ledger_close_log(top->l, "onenet.example/320100", &(struct yw_closing_draft) { .reason = "r" }, &err));
	yw_lnode_commit(top);
	YW_CHECK_MSG(yw_ledger_admit(top->l, yw_buf_bytes(&asked), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(top);
	follow(city, top);
	yw_buf_release(&asked);
}

static void
disk_failed(void)
{
	cleared();
	city->guard_broken = true;
	YW_FAILS(write_something(), YW_EIO);
}

/* A sync that fails, a file that finds no room: what is written then may be there or not. */
static void
store_failed(bool full)
{
	cleared();
	yw_store_fail_disk(city->store, full);
	YW_FAILS(write_something(), YW_EIO);
}

static void
sync_failed(void)
{
	store_failed(false);
}

static void
no_room_beneath(void)
{
	store_failed(true);
}

static void
disk_full(void)
{
	cleared();
	yw_store_fill_disk(city->store, true);
	YW_FAILS(write_something(), YW_ESTOPPED);
}

/* It meets a receipt of its own that it does not remember. */
static void
set_back_as_mirror(void)
{
	struct yw_log *log;
	struct yw_buf note = YW_BUF_INIT;
	struct yw_note parsed;
	struct yw_vkey key;

	cleared();
	log = yw_lnode_log(city, "320000");
	yw_lnet_wait(net, 11000);
	yw_lnode_tick(top);
	follow(city, top);
	YW_CHECK(log->n_beats > 0);
	yw_buf_add(&note, log->beats[0].note.data, log->beats[0].note.len);
	YW_PASS(yw_cosign_vkey(net->t->network.name, &city->t->code, &city->t->keys.pub.cosign, &key));
	YW_PASS(yw_note_parse(yw_buf_bytes(&log->beats[0].note), &parsed, &err));
	YW_PASS(yw_note_cosign(parsed.text, &key, &city->t->keys.cosign, (uint64_t)(city->utc_ms / 1000) + 7, &note, &err));
	yw_note_release(&parsed);
	(void)!yw_ledger_take_beat(city->l, yw_buf_bytes(&note), &err);
	yw_lnode_commit(city);
	yw_buf_release(&note);
}

/* Of somebody else, that is his trouble. */
static void
another_is_frozen(void)
{
	cleared();
	show_head(city, top, yw_lnode_log(city, "320000")->size, 1);
}

/* --- what it says --- */

static const struct {
	const char *name;
	void (*make)(void);
	struct yw_lnode **who;
	const char *state, *why, *ends;		/* parts of the sentence; "" and "": there is none, it is well */
	int frozen;
	const char *new_keys;			/* NULL: none are asked for */
} rows[] = {
	{ "well", cleared, &city, "appending", "", "", 0, NULL },
	{ "not admitted", not_admitted, &city, "joining", "has not been admitted yet", "its issuer has to grant its request", 0, NULL },
	{ "asking, before entry 0", asks, &city, "asking", "before its first entry this node asks", "or by itself in 600 s", 0, NULL },
	{ "asking, and nothing else helps", asks_only, &city, "asking", "before its first entry this node asks", "when they have answered", 0, NULL },
	{ "asking, after a boot", rebooted, &city, "asking", "after a start of the machine this node asks", "or by itself in", 0, NULL },
	{ "alone", admitted, &city, "appending", "nobody has said yet that this is no old copy", "goes on asking", 0, NULL },
	{ "behind its guard", behind_its_guard, &city, "behind", "the guard promises", "until it is whole", 0, NULL },
	{ "without guard", without_guard, &city, "behind", "no whole guard", "until it is whole", 0, NULL },
	{ "behind a head of its own", behind_a_head, &city, "behind", "a peer showed a head of my own log", "until it is whole", 0, NULL },
	{ "fetching, as a person asked", refetching, &city, "behind", "a person asked for it", "until it is whole", 0, NULL },
	{ "contradicted", contradicted, &city, "contradicted", "two contradicting heads", "320000 has to close it", 1, NULL },
	{ "two machines", two_live, &city, "two", "another machine runs with the keys", "'yiwang node take'", 0, NULL },
	{ "taken over", taken_over, &city, "two", "another machine has taken this node over", "'yiwang node take'", 0, NULL },
	{ "closed", closed_in_order, &city, "closed", "was closed by 320000 at", "a next log ('yiwang log next')", 0, NULL },
	{ "closed as revoked", revoked, &city, "closed", "keys as stolen or lost", "'yiwang log next'), to which the issuer of 320000 has to consent", 0, NULL },
	{ "closed and merged", merged, &city, "closed", "was closed by 320000 at", "merged into 320102, which registers", 0, NULL },
	{ "closed and handed over", handed_over, &county, "closed", "was closed by 320100 at", "a next log below 320000 ('yiwang log next')", 0, NULL },
	{ "a next log that is not granted", next_log, &city, "appending", "'onenet.example/320100/g2' is not yet attributable",
	    "320000 has to close generation 1, and to grant its request", 0, NULL },
	{ "a next log that another machine was granted", passed_over, &city, "voided", "was granted to another request",
	    "'yiwang lost 320100' lists it, to be put again where that was made", 0, NULL },
	{ "rotated out", rotated_out, &city, "rotated_out", "key set 1 signs", "put its seed back", 0, NULL },
	{ "the disk has failed", disk_failed, &city, "failed", "writing has stopped", "the daemon was started anew", 0, NULL },
	{ "a sync has failed", sync_failed, &city, "failed", "the disk failed; see the kernel log", "the daemon was started anew", 0, NULL },
	{ "the database has met a full disk", no_room_beneath, &city, "failed", "the disk is full; free some space", "writing by itself when there is room", 0, NULL },
	{ "the disk is full", disk_full, &city, "stopped", "the disk is full", "free some space, writing then goes on by itself", 0, NULL },
	{ "its receipts are not sure", set_back_as_mirror, &city, "appending", "an old copy of the disk was put back", "until their owner or issuer has", 0, NULL },
	{ "another log is frozen", another_is_frozen, &city, "appending", "", "", 1, NULL },
	{ "waiting for new keys", waits_for_keys, &city, "appending", "", "", 0, "no connection yet to 320000, which has to grant them" },
};

/* As the daemon has it: the answer of the method, in JSON. */
static void
says(size_t i)
{
	struct yw_tservice s = { .home = { .has_next = request.len != 0, .next_request = YW_BUF_INIT } };
	const char *why, *keys = rows[i].new_keys != NULL ? rows[i].new_keys : "";

	yw_buf_add(&s.home.next_request, request.data, request.len);
	yw_tservice_over(&s, *rows[i].who);
	YW_CHECK_MSG(yw_asks(&a, &s, "status", "") == YW_OK, "%s: %s", rows[i].name, a.message);
	why = yw_asked_text(&a, "why");
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "state"), rows[i].state) == 0, "%s: %s: %s", rows[i].name, yw_asked_text(&a, "state"), why);
	YW_CHECK_MSG((*rows[i].why == '\0') == (*why == '\0') && strstr(why, rows[i].why) != NULL, "%s: why '%s'", rows[i].name, why);
	YW_CHECK_MSG(strstr(why, rows[i].ends) != NULL, "%s: what ends '%s'?", rows[i].name, why);
	YW_CHECK_MSG(strlen(why) < YW_ERROR_MAX - 1 && strchr(why, '\n') == NULL, "%s: '%s' was cut", rows[i].name, why);
	YW_CHECK_MSG(yw_asked_number(&a, "contradictions") == rows[i].frozen, "%s: %s", rows[i].name, yw_buf_str(&a.result));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "new_keys"), keys) == 0, "%s: %s", rows[i].name, yw_asked_text(&a, "new_keys"));
	yw_asked_release(&a);
	yw_tservice_leave(&s);
}

static void
each_state(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		net = yw_lnet_new(codes, 3, "group g any 320000 320100\nquorum g\n");
		top = &net->n[0];
		city = &net->n[1];
		county = &net->n[2];
		for (size_t k = 0; k < net->count; k++)
			yw_lnode_boot(&net->n[k]);
		rows[i].make();
		says(i);
		yw_buf_release(&request);
		yw_lnet_free(net);
	}
}

YW_TESTS({ "L1 L2 L3 L4 L5 L6 L7 T5 T6 T8 T14 S3 each state in one sentence: which, why, and what ends it", each_state })
