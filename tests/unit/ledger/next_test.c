/*
 * A next log (T8): it registers before anybody has granted it, counts nowhere else until then, and gives way where another
 * machine's request was granted (T14).
 */
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102" };
#define NEXT "onenet.example/320102/g2"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county;
static struct yw_key_set fresh, others;
static struct yw_seckey old;		/* the county's head key in its first log */

static void
begin(void)
{
	net = yw_lnet_new(codes, 3, "group g any 320000 320100\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	yw_lnet_join(net);
	yw_lnode_put(county, "320102/demand/a", 1, "in the first log", &yw_unconditional);
	yw_lnet_sync(net);
	old = county->t->keys.head;
}

static void
end(void)
{
	yw_lnet_free(net);
}

static void
ask(const char *label, struct yw_key_set *keys, struct yw_buf *out)
{
	yw_buf_clear(out);
	yw_tnet_keys(label, keys);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", label, 2, 0, &old }, out);
}

/* Goes on with a next log, asked for with the keys of that label. */
static void
next_log(struct yw_lnode *n, const char *label, struct yw_key_set *keys)
{
	struct yw_buf request = YW_BUF_INIT;

	ask(label, keys, &request);
	yw_lnode_next(n, &request, keys);
	yw_buf_release(&request);
}

static void
close_first(void)
{
	YW_PASS(yw_ledger_close_log(city->l, "onenet.example/320102", &(struct yw_closing_draft) { .reason = "r" }, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
}

static void
grant(struct yw_lnode *by, const struct yw_buf *request)
{
	YW_CHECK_MSG(yw_ledger_admit(by->l, yw_buf_bytes(request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(by);
}

static bool
is_claimed(struct yw_lnode *n)
{
	return yw_ledger_claimed(n->l, yw_ledger_own(n->l));
}

static bool
says(struct yw_lnode *n, enum yw_ledger_mode mode, const char *what)
{
	return yw_ledger_state(n->l, &err) == mode && strstr(err.msg, what) != NULL;
}

static bool
is_current(struct yw_lnode *n, const char *id, uint32_t generation)
{
	struct yw_item item = { .generation = 0 };
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return generation == 0 ? code == YW_ENOENT : code == YW_OK && item.generation == generation;
}

static bool
same_digest(struct yw_lnode *a, struct yw_lnode *b)
{
	struct yw_lnode *n[] = { a, b };
	struct yw_hash h[2];
	struct yw_view *v;
	bool complete;

	for (size_t i = 0; i < 2; i++) {
		YW_PASS(yw_view_open(n[i]->l, &v, &err));
		YW_PASS(yw_view_digest(v, &county->t->code, &complete, &h[i], &err));
		YW_CHECK(complete);
		yw_view_close(v);
	}
	return yw_hash_equal(&h[0], &h[1]);
}

static void
at_once(void)
{
	begin();
	next_log(county, "second", &fresh);
	YW_CHECK(yw_ledger_log(county->l, "onenet.example/320102")->size > 0);
	YW_CHECK_MSG(says(county, YW_LEDGER_APPENDING, "not yet attributable"), "%s", err.msg);
	YW_CHECK_MSG(strstr(err.msg, "320100 has to close generation 1, and to grant its request") != NULL, "%s", err.msg);
	yw_lnode_put(county, "320102/demand/b", 1, "before the closing", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/a", 2, "changed", &yw_unconditional);
	yw_lnet_sync(net);
	YW_CHECK(is_claimed(county) && is_current(county, "320102/demand/b", 2) && is_current(county, "320102/demand/a", 2));
	for (size_t i = 0; i < 2; i++)		/* nobody else shows it, and so no state has it */
		YW_CHECK(yw_ledger_log(net->n[i].l, NEXT) == NULL && is_current(&net->n[i], "320102/demand/b", 0));
	YW_CHECK(same_digest(county, city));
	yw_lnode_reopen(county);
	YW_CHECK(is_claimed(county) && yw_ledger_own(county->l)->size >= 3);
	close_first();
	YW_CHECK_MSG(says(county, YW_LEDGER_APPENDING, "not yet attributable"), "%s", err.msg);
	YW_CHECK_MSG(strstr(err.msg, "320100 has to grant its request") != NULL, "%s", err.msg);
	grant(city, &county->t->request);
	yw_lnet_sync(net);
	YW_CHECK(!is_claimed(county));
	YW_CHECK_MSG(says(county, YW_LEDGER_APPENDING, "attributable") == false, "%s", err.msg);
	for (size_t i = 0; i < 3; i++)
		YW_CHECK(is_current(&net->n[i], "320102/demand/b", 2) && is_current(&net->n[i], "320102/demand/a", 2));
	YW_CHECK(same_digest(county, city) && same_digest(county, top));
	yw_lnet_wait(net, 20000);
	yw_lnode_put(county, "320102/demand/c", 1, "after", &yw_unconditional);
	yw_lnet_sync(net);
	YW_CHECK(yw_ledger_own(county->l)->beats[yw_ledger_own(county->l)->n_beats - 1].quorum == YW_QUORUM_MET);
	end();
}

/* What its log says of trust nobody could judge before it is attributable. */
static void
records_only(void)
{
	static const char *const kinds[] = { "demand" };
	uint64_t size;

	begin();
	next_log(county, "second", &fresh);
	size = yw_ledger_own(county->l)->size;
	YW_FAILS(yw_ledger_registrar(county->l, &fresh.pub.cosign, kinds, 1, &err), YW_ESTOPPED);
	YW_CHECK_MSG(strstr(err.msg, "not yet attributable") != NULL, "%s", err.msg);
	YW_FAILS(yw_ledger_holder(county->l, &top->t->code, &err), YW_ESTOPPED);
	YW_PASS(yw_ledger_routine(county->l, &err));
	yw_lnode_commit(county);
	YW_CHECK(yw_ledger_own(county->l)->size == size);
	close_first();
	grant(city, &county->t->request);
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_holder(county->l, &top->t->code, &err));
	yw_lnode_commit(county);
	end();
}

/* Before entry 0 it asks, as every node does: not for the delegation, which may take days, but whether anybody holds more. */
static void
asks_first(void)
{
	struct yw_clearance c = { .cleared = true };

	begin();
	county->never_alone = true;
	next_log(county, "second", &fresh);
	YW_CHECK_MSG(says(county, YW_LEDGER_ASKING, "before its first entry"), "%s", err.msg);
	c.code = top->t->code;
	YW_PASS(yw_ledger_take_clearance(county->l, &c, &err));
	YW_CHECK(says(county, YW_LEDGER_ASKING, ""));		/* neither its issuer, nor a quorum that knows its log */
	c.code = city->t->code;
	YW_PASS(yw_ledger_take_clearance(county->l, &c, &err));
	yw_lnode_commit(county);
	YW_CHECK(says(county, YW_LEDGER_APPENDING, "not yet attributable") && yw_ledger_own(county->l)->size == 1);
	end();
}

static bool
count(void *arg, const struct yw_lost_item *item)
{
	YW_CHECK(strcmp(item->record.id_text, "320102/demand/twin") == 0);
	++*(size_t *)arg;
	return true;
}

static size_t
n_lost(struct yw_lnode *n)
{
	size_t found = 0;
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_lost(v, yw_view_log(v, NEXT), count, &found, &err));
	yw_view_close(v);
	return found;
}

static void
follow(struct yw_lnode *n)
{
	for (int i = 0; i < 5; i++) {
		yw_lnode_tick(n);
		yw_lnode_follow(n, city);
	}
}

/* The same keys on two machines, and `log next` on both: one of them is granted. */
static void
two_machines(void)
{
	struct yw_lnode twin;
	struct yw_tlog t;

	begin();
	yw_lnode_twin(county, &t, &twin);
	next_log(county, "second", &fresh);
	next_log(&twin, "another", &others);
	follow(&twin);
	yw_lnode_put(&twin, "320102/demand/twin", 1, "on the other machine", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/b", 1, "on the one that stays", &yw_unconditional);
	close_first();
	grant(city, &county->t->request);
	yw_lnet_sync(net);
	follow(&twin);
	YW_CHECK_MSG(says(&twin, YW_LEDGER_VOIDED, "yiwang lost 320102"), "%s", err.msg);
	YW_CHECK(n_lost(&twin) == 1 && is_current(&twin, "320102/demand/twin", 0) && is_current(&twin, "320102/demand/b", 2));
	YW_CHECK(same_digest(&twin, city));
	yw_lnode_reopen(&twin);
	YW_CHECK_MSG(says(&twin, YW_LEDGER_VOIDED, "granted to another request"), "%s", err.msg);
	YW_CHECK(n_lost(&twin) == 1);
	YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_APPENDING && n_lost(county) == 0);
	yw_lnode_end(&twin);
	end();
}

/* The grant of the other comes in the very turn in which a record was taken: it is not acknowledged. */
static void
in_one_turn(void)
{
	struct yw_lnode twin;
	struct yw_buf body = YW_BUF_INIT;
	struct yw_lpackage lp;
	struct yw_append a;
	struct yw_tlog t;
	uint64_t had;

	begin();
	yw_lnode_twin(county, &t, &twin);
	next_log(county, "second", &fresh);
	next_log(&twin, "another", &others);
	close_first();
	follow(&twin);
	had = yw_lnode_log(&twin, "320100")->size;
	grant(city, &county->t->request);
	YW_CHECK(yw_lnode_serve(city, "onenet.example/320100", had, 0, 0, had, &(struct yw_asker) { YW_ASKER_NODE, t.code }, 1 << 20, &lp));
	yw_lrecord("320102/demand/twin", 1, "too late", &body);
	a = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	YW_PASS(yw_ledger_append(twin.l, &a, 1, &err));
	YW_CHECK(a.code == YW_OK);
	(void)!yw_ledger_take_package(twin.l, &lp.p, &err);
	YW_FAILS(yw_ledger_commit(twin.l, &err), YW_ESTOPPED);
	follow(&twin);
	YW_CHECK_MSG(says(&twin, YW_LEDGER_VOIDED, ""), "%s", err.msg);
	YW_CHECK(n_lost(&twin) == 0);
	yw_buf_release(&body);
	yw_lpackage_release(&lp);
	yw_lnode_end(&twin);
	end();
}

/* What another machine's take ended was the log before: in its next log it states instances again. */
static void
taken_before(void)
{
	struct yw_take t = { .id = { 9 }, .ended = { { 1 } }, .n_ended = 1 };

	begin();
	yw_ledger_instance(county->l, t.ended[0]);
	t.origin = yw_ledger_own(county->l)->origin;
	YW_PASS(yw_ledger_take_take(county->l, &t, &err));
	yw_lnode_commit(county);
	YW_CHECK_MSG(says(county, YW_LEDGER_TWO, "has taken this node over") && yw_ledger_is_over(county->l), "%s", err.msg);
	yw_lnode_reopen(county);
	YW_CHECK(says(county, YW_LEDGER_TWO, "has taken this node over") && yw_ledger_is_over(county->l));
	next_log(county, "second", &fresh);
	follow(county);
	YW_CHECK(!says(county, YW_LEDGER_TWO, "") && !yw_ledger_is_over(county->l));
	yw_lnode_reopen(county);
	YW_CHECK(!says(county, YW_LEDGER_TWO, "") && !yw_ledger_is_over(county->l));
	end();
}

/*
 * A next log was granted to keys that were wiped on the machine, since it was asked for under a wrong number there and the
 * grant was not known yet.  That number is gone; the issuer closes it at no entries, and the one after it is asked for by
 * whatever keys the machine has, which count for nothing: so it is a recovery.
 */
static void
granted_to_wiped(void)
{
	struct yw_buf wiped = YW_BUF_INIT, again = YW_BUF_INIT, third = YW_BUF_INIT;
	struct yw_key_set lost, now;

	begin();
	ask("wiped", &lost, &wiped);
	ask("again", &now, &again);
	close_first();
	grant(city, &wiped);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&again), &err), YW_ECONFLICT);
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_close_log(city->l, NEXT, &(struct yw_closing_draft) { .reason = "its keys are wiped" }, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	yw_tnet_keys("third", &fresh);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "third", 3, 0, &now.head }, &third);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&third), &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "consent") != NULL, "%s", err.msg);
	YW_PASS(yw_ledger_consent(top->l, yw_buf_bytes(&third), &err));
	yw_lnode_commit(top);
	yw_lnet_sync(net);
	yw_lnet_wait(net, 20000);
	yw_lnet_sync(net);
	grant(city, &third);
	yw_lnode_next(county, &third, &fresh);
	yw_lnet_sync(net);
	yw_lnode_put(county, "320102/demand/b", 1, "in the third log", &yw_unconditional);
	YW_CHECK(is_current(county, "320102/demand/b", 3));
	yw_buf_release(&wiped);
	yw_buf_release(&again);
	yw_buf_release(&third);
	end();
}

/* A line by a key that nobody knows, in the newest beat of that log; with it the beat has so many bytes. */
static void
lengthen_beat(struct yw_lnode *n, const char *code, size_t bytes)
{
	const struct yw_log *log = yw_lnode_log(n, code);
	const struct yw_beat *b = &log->beats[log->n_beats - 1];
	struct yw_buf note = YW_BUF_INIT;

	yw_buf_add(&note, b->note.data, b->note.len);
	yw_buf_printf(&note, "\xe2\x80\x94 onenet.example/320000/cosign ");
	for (size_t room = (bytes - note.len - 1) / 4 * 4; room > 0; room--)
		yw_buf_add_byte(&note, 'A');
	yw_buf_add_byte(&note, '\n');
	YW_CHECK_MSG(yw_ledger_take_beat(n->l, yw_buf_bytes(&note), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(n);
	log = yw_lnode_log(n, code);
	YW_CHECK(log->beats[log->n_beats - 1].note.len + 4 > bytes);
	yw_buf_release(&note);
}

/* What the county's first log says of branches that were cut before. */
static void
cut_before(uint8_t branches)
{
	struct yw_batch *batch = yw_batch_new();
	uint8_t v[16] = { 0 };

	YW_CHECK(batch != NULL);
	for (uint8_t i = 0; i < branches; i++) {
		struct key k = key_lost(yw_lnode_log(county, "320102")->number, i);

		yw_batch_put(batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	}
	YW_PASS(yw_store_write(county->store, batch, true, &err));
	yw_batch_free(batch);
}

/* The county's log is closed on another branch than that of its machine, which is cut back to the newest beat that both have; that
 * one has a long line below it.  False: there is no image of this disk. */
static bool
cut_back(uint8_t branches)
{
	struct yw_lpackage lp;
	struct yw_limage before;
	uint64_t common;

	if (getenv("YW_ON_DISK") != NULL)
		return false;
	begin();
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(county);
	common = yw_lnode_log(county, "320102")->size;
	lengthen_beat(county, "320102", YW_NOTE_MAX);
	YW_CHECK(yw_lnode_image(county, &before));
	yw_lnode_put(county, "320102/demand/b", 1, "on the branch that counts", &yw_unconditional);
	while (yw_lnode_follow(city, county))
		;
	yw_lnode_set_back(county, &before);
	cut_before(branches);
	yw_lnode_put(county, "320102/demand/twin", 1, "on the other one", &yw_unconditional);
	county->alone = true;
	close_first();
	YW_CHECK(yw_lnode_serve(city, "onenet.example/320102", 0, 0, common + 1, 0, &(struct yw_asker) { YW_ASKER_NODE, county->t->code },
	    1 << 20, &lp));
	YW_CHECK_MSG(yw_ledger_take_package(county->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
	for (int i = 0; i < 3; i++)
		yw_lnode_commit(county);
	YW_CHECK(yw_lnode_log(county, "320102")->size == common && yw_lnode_log(county, "320102")->full_size == common);
	return true;
}

/* The next log begins with the head alone to which the one before was cut back, and with nothing of what others wrote below it. */
static void
after_a_cut(void)
{
	if (!cut_back(0))
		return;
	next_log(county, "second", &fresh);
	YW_CHECK(yw_ledger_own(county->l)->size > 0);
	end();
}

/* However often a copy was cut back, it goes to the branch that counts, and what goes is listed. */
static void
cut_once_more(void)
{
	size_t found = 0;
	struct yw_view *v;

	for (uint8_t branches = LOST_MAX - 1; branches <= LOST_MAX; branches++) {
		if (!cut_back(branches))
			return;
		found = 0;
		YW_PASS(yw_view_open(county->l, &v, &err));
		YW_PASS(yw_view_lost(v, yw_view_log(v, "onenet.example/320102"), count, &found, &err));
		YW_CHECK_MSG(found == 1, "%zu", found);
		yw_view_close(v);
		yw_lnode_reopen(county);
		end();
	}
}

/* --- copies at others --- */

static enum yw_code
keep(const struct yw_lpackage *lp)
{
	return yw_ledger_keep(city->l, &lp->p, &county->t->keys.pub.session, &(struct yw_boot_name) { { 0 } }, &err);
}

static void
serve(uint64_t start, uint64_t end, struct yw_lpackage *out)
{
	YW_CHECK(yw_lnode_serve(county, NEXT, start, end, 0, start, &(struct yw_asker) { YW_ASKER_NODE, city->t->code }, 1 << 20, out));
}

/* A copy goes on, and is there after a restart.  What is not taken into one: unit/ledger/kept. */
static void
goes_on(void)
{
	struct yw_lpackage lp;
	struct yw_kept k;

	begin();
	next_log(county, "second", &fresh);
	yw_lnode_put(county, "320102/demand/b", 1, "one", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/c", 1, "two", &yw_unconditional);
	serve(0, 1, &lp);
	YW_PASS(keep(&lp));
	yw_lpackage_release(&lp);
	serve(1, 0, &lp);
	YW_PASS(keep(&lp));
	yw_lpackage_release(&lp);
	yw_lnode_commit(city);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_kept(city->l, &county->t->keys.pub.session, &k) && k.size == 3 && k.full_size == 3 && k.head_size == 3);
	end();
}

/* V6: what was erased of the code is not kept, and goes where it was. */
static bool
is_kept_body(uint64_t index)
{
	struct key place = key_place(UINT32_C(0xff) << 24, index, 0);
	struct yw_buf body = YW_BUF_INIT;
	enum yw_code code = yw_store_get(city->store, NULL, F_BODIES, key_bytes(&place), &body, &err);

	yw_buf_release(&body);
	return code == YW_OK;
}

static void
erase_hash_of(const char *id, const char *title)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_hash hash;

	yw_lrecord(id, 1, title, &body);
	yw_sha256(body.data, body.len, &hash);
	put_erased_hash(city->l, &county->t->code, &hash);
	city->l->dirty = true;
	yw_lnode_commit(city);
	yw_buf_release(&body);
}

static void
erased_of_a_copy(void)
{
	struct yw_lpackage lp;
	size_t left;

	begin();
	next_log(county, "second", &fresh);
	yw_lnode_put(county, "320102/demand/b", 1, "one", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/c", 1, "two", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/d", 1, "three", &yw_unconditional);
	erase_hash_of("320102/demand/b", "one");
	serve(0, 0, &lp);
	YW_PASS(keep(&lp));
	yw_lpackage_release(&lp);
	yw_lnode_commit(city);
	YW_CHECK(!is_kept_body(1) && is_kept_body(2) && is_kept_body(3));
	erase_hash_of("320102/demand/c", "two");
	YW_PASS(yw_ledger_scrub(city->l, &left, &err));
	yw_lnode_commit(city);
	YW_CHECK(left != 0 && !is_kept_body(2) && is_kept_body(3));
	YW_PASS(yw_ledger_scrub(city->l, &left, &err));
	yw_lnode_commit(city);
	YW_CHECK(left == 0 && is_kept_body(3));
	end();
}

/* --- two heads of one copy (L6) --- */

static struct yw_lnode twin;
static struct yw_tlog twin_t;

/* The same keys run the next log on two machines: entry 0 is the same, what follows is not. */
static void
begin_twins(size_t of_city, size_t of_twin)
{
	struct yw_lpackage lp;

	begin();
	yw_lnode_twin(county, &twin_t, &twin);
	next_log(county, "second", &fresh);
	next_log(&twin, "second", &others);
	for (size_t i = 0; i < of_city; i++)
		yw_lnode_put(county, "320102/demand/b", (uint32_t)i + 1, "here", &yw_unconditional);
	for (size_t i = 0; i < of_twin; i++)
		yw_lnode_put(&twin, "320102/demand/b", (uint32_t)i + 1, "there", &yw_unconditional);
	serve(0, 1, &lp);
	YW_PASS(keep(&lp));
	yw_lpackage_release(&lp);
	yw_lnode_commit(city);
	serve(1, 0, &lp);
	YW_PASS(keep(&lp));
	yw_lpackage_release(&lp);
	yw_lnode_commit(city);
}

static void
end_twins(void)
{
	yw_lnode_end(&twin);
	end();
}

/* The twin brings its own, from there on. */
static enum yw_code
bring(uint64_t start)
{
	struct yw_lpackage lp;
	enum yw_code code;

	YW_CHECK(yw_lnode_serve(&twin, NEXT, start, 0, 0, start, &(struct yw_asker) { YW_ASKER_NODE, city->t->code }, 1 << 20, &lp));
	code = keep(&lp);
	yw_lpackage_release(&lp);
	return code;
}

static void
settle(void)
{
	bool more = true;

	for (int i = 0; i < 10 && more; i++) {
		YW_PASS(yw_ledger_settle_kept(city->l, &more, &err));
		yw_lnode_commit(city);
	}
}

static void
granted(void)
{
	close_first();
	grant(city, &county->t->request);
	settle();
}

/* Whatever the sizes: the pair outlives a restart, the copy goes on no more, and the log is frozen once it is granted. */
static void
contradicted(size_t mine, size_t theirs, uint64_t start)
{
	struct yw_lpackage lp;
	struct yw_kept k;

	begin_twins(mine, theirs);
	yw_hear();
	YW_FAILS(bring(start), YW_ECONFLICT);
	YW_CHECK(yw_heard("contradiction", "are kept beside the copy") == 1);
	yw_lnode_commit(city);
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_ledger_kept(city->l, &county->t->keys.pub.session, &k) && k.stopped);
		yw_lnode_put(county, "320102/demand/c", (uint32_t)again + 1, "later", &yw_unconditional);
		serve(k.size, 0, &lp);
		YW_FAILS(keep(&lp), YW_ELIMIT);
		yw_lpackage_release(&lp);
		YW_FAILS(bring(start), YW_ELIMIT);
		yw_lnode_reopen(city);
	}
	YW_CHECK(yw_heard("contradiction", "") == 1 && yw_ledger_log(city->l, NEXT) == NULL);	/* nobody has granted it */
	granted();
	YW_CHECK(yw_ledger_n_kept(city->l) == 0 && yw_ledger_log(city->l, NEXT)->frozen);
	YW_CHECK(yw_ledger_log(city->l, NEXT)->size == k.full_size);	/* what it had before stays evidence */
	end_twins();
}

static void
two_ways(void)
{
	contradicted(1, 1, 0);		/* one size */
	contradicted(3, 1, 0);		/* the smaller comes later */
	contradicted(1, 3, 2);		/* it goes on from another root */
}

/* A head that cannot be compared is none; one that agrees is none; a proof that fails proves nothing. */
static void
no_contradiction(void)
{
	struct yw_lpackage lp;
	struct yw_kept k;

	begin_twins(1, 3);
	YW_FAILS(bring(0), YW_EINVAL);
	YW_CHECK(yw_lnode_serve(&twin, NEXT, 2, 0, 0, 2, &(struct yw_asker) { YW_ASKER_NODE, city->t->code }, 1 << 20, &lp));
	lp.p.from_root.b[0] ^= 1;
	YW_FAILS(keep(&lp), YW_ESIG);
	yw_lpackage_release(&lp);
	serve(0, 1, &lp);
	YW_FAILS(keep(&lp), YW_EINVAL);
	yw_lpackage_release(&lp);
	YW_CHECK(yw_ledger_kept(city->l, &county->t->keys.pub.session, &k) && !k.stopped);
	granted();
	YW_CHECK(!yw_ledger_log(city->l, NEXT)->frozen);
	end_twins();
}

/* Where another request is granted the two heads are by nobody's keys. */
static void
of_another(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;

	begin_twins(1, 1);
	YW_FAILS(bring(0), YW_ECONFLICT);
	yw_lnode_commit(city);
	ask("third", &keys, &request);
	close_first();
	grant(city, &request);
	settle();
	YW_CHECK(yw_ledger_n_kept(city->l) == 0 && !yw_ledger_log(city->l, NEXT)->frozen);
	yw_buf_release(&request);
	end_twins();
}

/* A turn that is lost takes back what it kept. */
static void
lost_turn(void)
{
	struct yw_lpackage lp;

	if (getenv("YW_ON_DISK") != NULL)
		return;					/* the disk of a test in memory can be full */
	begin();
	next_log(county, "second", &fresh);
	serve(0, 1, &lp);
	YW_PASS(keep(&lp));
	yw_store_fill_disk(city->store, true);
	YW_FAILS(yw_ledger_commit(city->l, &err), YW_ESTOPPED);
	yw_store_fill_disk(city->store, false);
	YW_CHECK(yw_ledger_n_kept(city->l) == 0);
	YW_PASS(keep(&lp));
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_n_kept(city->l) == 1);
	yw_lpackage_release(&lp);
	end();
}

YW_TESTS({ "V6/erasure T14 what was erased is not kept in a copy, and goes where it is in one", erased_of_a_copy },
    { "T8 S4 a next log registers at once, counts only there, and everywhere once it is granted", at_once },
    { "T8 its owner says nothing of trust in it before it is attributable", records_only },
    { "L3 T8 before entry 0 its issuer, or time, lets it begin; nobody waits for the delegation", asks_first },
    { "T8 T14 L8 two machines open the next log: who was not granted stops, and its records are listed", two_machines },
    { "T8 a record taken in the turn in which another was granted is not acknowledged", in_one_turn },
    { "T8 L5 who was taken over before goes on with a next log as if nobody had", taken_before },
    { "T8 T9 T6 a next log that was granted to wiped keys is no dead end", granted_to_wiped },
    { "T8 T4 L8 a next log begins with the head alone to which the one before was cut back, whoever signed below it", after_a_cut },
    { "L8 a copy goes to the branch that counts however often it was cut back", cut_once_more },
    { "T14 a copy goes on with what its owner brings, and is there after a restart", goes_on },
    { "L6 T14 two heads of a kept copy are kept with it, and freeze its log once that is granted", two_ways },
    { "L6 T14 heads of a kept copy that contradict nothing", no_contradiction },
    { "L6 T14 two heads of a copy that lost speak against nobody", of_another },
    { "T14 L1 a turn that is lost takes back what it kept", lost_turn })
