/*
 * A store that holds less than was promised: behind its guard, without one, or behind what its peers hold of its own
 * log.  It reads, copies, serves and says why it does not append, until its own log is whole again.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *top, *city;
static struct yw_buf body;

static void
start(void)
{
	net = yw_lnet_new(codes, 2, "group g 1 320000 320100\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	yw_lnet_join(net);
	yw_lnode_put(city, "320100/demand/a", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/b", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	yw_buf_clear(&body);
	yw_lrecord("320100/demand/c", 1, "x", &body);
}

static void
end(void)
{
	yw_buf_release(&body);
	yw_lnet_free(net);
}

static void
read_mark(struct yw_lnode *n, struct yw_guard_mark *m)
{
	struct yw_guard g;

	YW_PASS(yw_guard_open(&g, &n->io, m, &err));
}

static void
check_behind(struct yw_lnode *n, const char *why)
{
	struct yw_append a = { .body = yw_buf_bytes(&body), .audience = yw_unconditional };

	YW_CHECK_MSG(yw_ledger_state(n->l, &err) == YW_LEDGER_BEHIND && strstr(err.msg, why) != NULL, "state: %s", err.msg);
	YW_FAILS(yw_ledger_append(n->l, &a, 1, &err), YW_ESTOPPED);
	YW_CHECK(strstr(err.msg, why) != NULL);
	YW_FAILS(yw_ledger_admit(n->l, yw_buf_bytes(&top->t->request), &err), YW_ESTOPPED);
}

/* Nothing is signed, whatever comes; copies go on. */
static void
check_quiet(struct yw_lnode *n, struct yw_lnode *from)
{
	struct yw_log *own = yw_ledger_own(n->l), *copy = yw_ledger_log(n->l, from->t->origin.text);
	uint64_t size = own != NULL ? own->size : 0;
	struct yw_buf line = YW_BUF_INIT;
	static unsigned count;
	char id[64];

	n->alone = true;
	snprintf(id, sizeof id, "320000/demand/x%u", count++);
	yw_lnode_put(from, id, 1, "x", &yw_unconditional);
	yw_lnode_tick(from);
	while (yw_lnode_follow(n, from))
		;
	copy = yw_ledger_log(n->l, from->t->origin.text);
	YW_CHECK(copy->size == yw_ledger_own(from->l)->size);
	yw_lnet_wait(net, 7200000);
	yw_lnode_tick(n);
	own = yw_ledger_own(n->l);
	YW_CHECK((own != NULL ? own->size : 0) == size && !yw_lnode_dirty(n));
	yw_buf_printf(&line, "\xe2\x80\x94 onenet.example/%s/cosign ", n->t->code.code);
	for (size_t i = 0; i < copy->n_beats; i++)
		if (copy->beats[i].size == copy->size)
			YW_CHECK(strstr(yw_buf_str(&copy->beats[i].note), yw_buf_str(&line)) == NULL);
	yw_buf_release(&line);
	n->alone = false;
}

/* It appends, and its guard and everybody's copy agree with what it holds. */
static void
check_whole(struct yw_lnode *n, const char *id)
{
	struct yw_log *own = yw_ledger_own(n->l);
	struct yw_guard_mark m;

	YW_CHECK_MSG(yw_ledger_state(n->l, &err) == YW_LEDGER_APPENDING, "state: %s", err.msg);
	yw_lnode_put(n, id, 1, "x", &yw_unconditional);
	read_mark(n, &m);
	YW_CHECK(m.size == own->size && yw_hash_equal(&m.root, &own->root) && own->head_size == own->size &&
	    own->full_size == own->size);
	yw_lnet_wait(net, 7200000);
	yw_lnet_sync(net);
	for (size_t i = 0; i < net->count; i++)
		YW_CHECK(yw_hash_equal(&yw_lnode_log(&net->n[i], n->t->code.code)->root, &own->root) &&
		    !yw_lnode_log(&net->n[i], n->t->code.code)->frozen);
}

/* The store is set back under a guard that stays: an old copy of the disk. */
static void
set_back(void)
{
	struct yw_guard_mark before, after;
	struct yw_store *old;

	start();
	if (city->dir[0] != '\0') {		/* the newest writes are gone, as when the end of a WAL is: a fresh one */
		yw_lnode_forget(city);
		yw_lnode_open(city);
	} else {
		old = yw_store_power_cut(city->store);	/* a copy of what is synced */
		yw_lnode_close(city);
		yw_store_close(city->store);
		city->store = old;
		yw_lnode_open(city);
		YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
		yw_lnode_close(city);
		yw_store_close(city->store);
		city->store = NULL;
		yw_lnode_open(city);
	}
	read_mark(city, &before);
	check_behind(city, "the guard promises commit");
	check_quiet(city, top);
	read_mark(city, &after);		/* it goes on, and its word about my log stays */
	YW_CHECK(after.commit > before.commit && after.size == before.size && yw_hash_equal(&after.root, &before.root) &&
	    strcmp(after.origin.text, before.origin.text) == 0);
	yw_lnode_reopen(city);		/* the numbers have met; it is behind all the same */
	check_behind(city, "the guard promises commit");
	check_quiet(city, top);
	end();
}

/* The disk is lost and the guard is not, or is not as old: the log comes back from whoever holds it. */
static void
fetched_back(void)
{
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_hash root;
	uint64_t size;

	start();
	yw_lnode_put(city, "320100/demand/n", 1, "x", &yw_not_shared);	/* the province is above, and holds it */
	yw_lnet_sync(net);
	root = yw_ledger_own(city->l)->root;
	size = yw_ledger_own(city->l)->size;
	yw_lnode_forget(city);
	yw_lnode_open(city);
	check_behind(city, "0 of 5 entries");
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(yw_ledger_own(city->l)->size == size && yw_hash_equal(&yw_ledger_own(city->l)->root, &root));
	YW_CHECK(yw_ledger_own(city->l)->n_missing == 0 && yw_ledger_own(city->l)->held == size);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_buf_clear(&body);
	yw_lrecord("320100/demand/a", 1, "x", &body);		/* what was said of an id is known again */
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(city->l, &a, 1, &err));
	YW_CHECK(a.code == YW_ECONFLICT);
	check_whole(city, "320100/demand/c");
	end();
}

/* Database and guard are set back together, an old image of the whole disk: only a peer can know. */
static void
old_image(void)
{
	struct yw_limage old;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/d", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	yw_lnode_set_back(city, &old);
	YW_PASS(yw_ledger_take_head(city->l, yw_buf_bytes(&yw_lnode_log(top, "320100")->full), &err));
	yw_lnode_commit(city);
	check_behind(city, "it is an old copy");
	yw_lnode_reopen(city);
	check_behind(city, "it is an old copy");
	check_quiet(city, top);
	while (yw_lnode_follow(city, top))
		;
	check_whole(city, "320100/demand/e");
	end();
}

/* The head comes while records wait for their commit: the turn is lost, and no second branch is signed. */
static void
head_in_a_turn(void)
{
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_limage old;
	uint64_t size;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	yw_lnode_put(city, "320100/demand/d", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	yw_lnode_set_back(city, &old);
	size = yw_ledger_own(city->l)->size;
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(city->l, &a, 1, &err));
	YW_PASS(yw_ledger_take_head(city->l, yw_buf_bytes(&yw_lnode_log(top, "320100")->full), &err));
	YW_FAILS(yw_ledger_commit(city->l, &err), YW_ESTOPPED);
	YW_CHECK(yw_ledger_own(city->l)->size == size && yw_ledger_own(city->l)->head_size == size);
	check_behind(city, "it is an old copy");
	yw_lnode_commit(city);
	yw_lnode_reopen(city);
	check_behind(city, "it is an old copy");
	while (yw_lnode_follow(city, top))
		;
	check_whole(city, "320100/demand/e");
	end();
}

/* It appended before it met anybody: two branches, and nothing is fetched over the one it has. */
static void
appended_already(void)
{
	struct yw_limage old;
	uint64_t size;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_put(city, "320100/demand/d", 1, "x", &yw_unconditional);
	yw_lnet_sync(net);
	yw_lnode_set_back(city, &old);
	yw_lnode_put(city, "320100/demand/e", 1, "x", &yw_unconditional);
	size = yw_ledger_own(city->l)->size;
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_CONTRADICTED);
	YW_CHECK(yw_ledger_own(city->l)->size == size);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_CONTRADICTED);
	YW_CHECK(!yw_lnode_follow(city, top) && yw_ledger_own(city->l)->size == size);
	end();
}

/* Bodies that nobody else may have are lost with the disk; the log goes on, and says where they were. */
static void
lost_bodies(void)
{
	struct yw_missing from = { 0, 0 }, lost[4];
	struct yw_log *own;
	uint64_t at;

	start();
	at = yw_ledger_own(top->l)->size;
	yw_lnode_put(top, "320000/demand/n", 1, "x", &yw_not_shared);	/* nobody is above the province */
	at = yw_ledger_own(top->l)->size - (at < yw_ledger_own(top->l)->size);
	yw_lnet_sync(net);
	yw_lnode_forget(top);
	yw_lnode_open(top);
	check_behind(top, "the guard promises commit");
	while (yw_lnode_follow(top, city))
		;
	own = yw_ledger_own(top->l);
	YW_CHECK(own->n_missing == 1 && own->held == at && own->receipts_to == own->size);
	YW_CHECK(yw_ledger_missing(top->l, own, &from, lost, 4) == 1 && lost[0].index == at && lost[0].item == 0);
	check_whole(top, "320000/demand/o");
	YW_CHECK(own->n_missing == 1);
	end();
}

static void
no_guard(void)
{
	start();
	yw_lnode_close(city);
	city->guard_gone = true;
	yw_lnode_open(city);
	check_behind(city, "there is no whole guard");
	check_quiet(city, top);			/* which made a guard */
	YW_CHECK(!city->guard_gone);
	yw_lnode_reopen(city);
	check_behind(city, "there is no whole guard");
	end();

	start();
	yw_lnode_close(city);
	memset(city->guard, 0xff, sizeof city->guard);
	yw_lnode_open(city);
	check_behind(city, "there is no whole guard");
	yw_lnode_reopen(city);
	check_behind(city, "there is no whole guard");
	end();
}

/* The commit number is met, and the log is another one than the guard knows. */
static void
other_log(void)
{
	struct yw_guard_mark m;
	struct yw_guard g;

	start();
	yw_lnode_close(city);
	YW_PASS(yw_guard_open(&g, &city->io, &m, &err));
	m.root.b[0] ^= 1;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "not those");
	while (yw_lnode_follow(city, top))	/* peers have the log that is here: nothing can be fetched */
		;
	check_behind(city, "only a next generation ends this");
	yw_lnode_close(city);
	m.root.b[0] ^= 1;
	m.size++;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "4 of 5 entries");
	yw_lnode_close(city);
	m.size--;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_lnode_close(city);
	m.origin = top->t->origin;		/* the guard of another node */
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "not those");
	end();
}

/* The guard is one commit behind: the process was killed between batch and guard, and nobody was told.  Whoever is
 * told now, by reading what was opened, hears nothing that the guard does not cover. */
static void
ahead(void)
{
	uint8_t guard[YW_GUARD_BYTES];
	struct yw_guard_mark m;
	uint64_t size;

	start();
	memcpy(guard, city->guard, sizeof guard);
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_close(city);
	memcpy(city->guard, guard, sizeof guard);
	yw_lnode_open(city);
	size = yw_ledger_own(city->l)->size;
	read_mark(city, &m);
	YW_CHECK(m.size == size);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	yw_lnode_put(city, "320100/demand/d", 1, "x", &yw_unconditional);
	read_mark(city, &m);
	YW_CHECK(m.size == size + 1);
	end();
}

/* Every commit is in the guard when it returns, those for other logs too. */
static void
covers(void)
{
	struct yw_guard_mark m;
	uint64_t commit;

	start();
	for (int i = 0; i < 5; i++) {
		char id[64];

		read_mark(city, &m);
		commit = m.commit;
		snprintf(id, sizeof id, "320100/demand/n%d", i);
		yw_lnode_put(city, id, 1, "x", &yw_unconditional);
		read_mark(city, &m);
		YW_CHECK(m.commit == commit + 1 && m.size == yw_ledger_own(city->l)->size &&
		    yw_hash_equal(&m.root, &yw_ledger_own(city->l)->root));
		read_mark(top, &m);
		commit = m.commit;
		YW_CHECK(yw_lnode_follow(top, city));
		read_mark(top, &m);
		YW_CHECK(m.commit > commit && m.size == yw_ledger_own(top->l)->size);
	}
	end();
}

/* --- a mirror that was set back (L4) --- */

static bool
has_receipt(struct yw_lnode *n, const char *code, uint64_t size)
{
	struct yw_log *log = yw_lnode_log(n, "320000");
	char line[100];

	snprintf(line, sizeof line, "\xe2\x80\x94 onenet.example/%s/cosign ", code);
	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].size == size)
			return strstr(yw_buf_str(&log->beats[i].note), line) != NULL;
	return false;
}

/* A beat of top with one more entry, which city holds; true if city gives its receipt. */
static bool
cosigns(const char *id)
{
	yw_lnode_put(top, id, 1, "x", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(top);
	while (yw_lnode_follow(city, top))
		;
	yw_lnode_tick(city);
	return has_receipt(city, "320100", yw_ledger_own(top->l)->size);
}

static void
mirror_set_back(void)
{
	struct yw_buf receipt = YW_BUF_INIT, none = YW_BUF_INIT;
	struct yw_limage old;
	struct yw_log *copy;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	YW_CHECK(cosigns("320000/demand/a"));
	yw_lnet_sync(net);
	copy = yw_lnode_log(top, "320000");
	YW_PASS(yw_ledger_receipt_of(top->l, copy, &city->t->code, &receipt, &err));
	YW_FAILS(yw_ledger_receipt_of(top->l, copy, &(struct yw_jurisdiction) { "320200" }, &none, &err), YW_ENOENT);
	yw_lnode_close(city);
	memcpy(old.guard, city->guard, sizeof old.guard);	/* the store alone is older */
	yw_hear();
	yw_lnode_set_back(city, &old);
	YW_CHECK(yw_heard("warn mirror-set-back", "none is given for a log until its owner or issuer has shown the last one") == 1);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);	/* its own log is whole */
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	YW_CHECK(!cosigns("320000/demand/b"));
	yw_lnode_reopen(city);				/* it stays so */
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && !cosigns("320000/demand/c"));
	YW_CHECK(yw_heard("mirror-set-back", "") == 1);	/* and has been said */
	YW_PASS(yw_ledger_take_receipt(city->l, top->t->origin.text, &(struct yw_jurisdiction) { "320200" },
	    yw_buf_bytes(&receipt), &err));		/* neither owner nor issuer */
	yw_lnode_commit(city);
	YW_CHECK(!cosigns("320000/demand/d"));
	YW_FAILS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code,
	    yw_buf_bytes(&yw_lnode_log(top, "320000")->full), &err), YW_EPEER);	/* no receipt of mine */
	YW_CHECK(!cosigns("320000/demand/e"));
	YW_PASS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code, yw_buf_bytes(&receipt), &err));
	yw_lnode_commit(city);
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && cosigns("320000/demand/f"));
	yw_buf_release(&receipt);
	yw_buf_release(&none);
	end();
}

/* Of a county below a city that is closed: for the city answers who acts for it. */
static void
word_of_the_acting_issuer(void)
{
	static const char *const four[] = { "320000", "320100", "320102", "320200" };
	const struct yw_closing_draft d = { .reason = "merged" };
	const struct yw_bytes none = { NULL, 0 };
	const char *county = "onenet.example/320102";
	struct yw_lnode *mirror;

	net = yw_lnet_new(four, 4, "group g 1 320000 320200\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	mirror = &net->n[3];
	yw_lnet_join(net);
	yw_lnode_close(mirror);
	mirror->guard_gone = true;
	yw_lnode_open(mirror);
	YW_PASS(yw_ledger_take_receipt(mirror->l, county, &top->t->code, none, &err));
	YW_CHECK(yw_ledger_unsure(mirror->l, yw_lnode_log(mirror, "320102")));
	YW_PASS(yw_ledger_close_log(top->l, city->t->origin.text, &d, &err));
	yw_lnode_commit(top);
	while (yw_lnode_follow(mirror, top))
		;
	YW_PASS(yw_ledger_take_receipt(mirror->l, county, &city->t->code, none, &err));
	YW_CHECK(yw_ledger_unsure(mirror->l, yw_lnode_log(mirror, "320102")));
	YW_PASS(yw_ledger_take_receipt(mirror->l, county, &top->t->code, none, &err));
	YW_CHECK(!yw_ledger_unsure(mirror->l, yw_lnode_log(mirror, "320102")));
	yw_lnode_commit(mirror);
	end();
}

/* The whole image is older, and nothing of its own log was lost: its own receipt, seen by chance, tells it. */
static void
unknown_receipt(void)
{
	struct yw_limage old;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	YW_CHECK(cosigns("320000/demand/a"));
	yw_lnet_sync(net);
	yw_lnode_set_back(city, &old);
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	YW_CHECK(!cosigns("320000/demand/b"));
	YW_PASS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code, (struct yw_bytes) { NULL, 0 }, &err));
	yw_lnode_commit(city);
	YW_CHECK(cosigns("320000/demand/c"));
	end();
}

static struct yw_key_set second;

/* The city asks for other keys, which the province delegates, and is told so; it has not taken them over yet. */
static void
ask_for_keys(void)
{
	struct yw_tasked asked = { "320100", "320000", "second", 1, 1, &city->t->keys.head };
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_keys("second", &second);
	yw_tnet_ask(net->t, &asked, &request);
	YW_PASS(yw_ledger_admit(top->l, yw_buf_bytes(&request), &err));
	yw_lnode_commit(top);
	yw_buf_release(&request);
	while (yw_lnode_follow(city, top))
		;
	city->next_keys = &second;
	yw_ledger_next_keys(city->l, &second);
}

/* The newest beat of top, held by city without its receipt, with one by the keys given. */
static void
cosigned_by(const struct yw_key_set *keys, struct yw_buf *out)
{
	const struct yw_log *log = yw_lnode_log(city, "320000");
	struct yw_bytes beat = yw_buf_bytes(&log->beats[log->n_beats - 1].note);
	struct yw_note n;
	struct yw_vkey v;

	yw_buf_clear(out);
	yw_buf_add(out, beat.data, beat.len);
	YW_PASS(yw_cosign_vkey("onenet.example", &city->t->code, &keys->pub.cosign, &v));
	YW_PASS(yw_note_parse(beat, &n, &err));
	YW_PASS(yw_note_cosign(n.text, &v, &keys->cosign, (uint64_t)city->utc_ms / 1000, out, &err));
	yw_note_release(&n);
}

/* A beat that city holds and has not cosigned. */
static void
beat_of_top(const char *id)
{
	yw_lnode_put(top, id, 1, "x", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(top);
	while (yw_lnode_follow(city, top))
		;
}

/* Who changes his keys may sign on: what he forgot was by the old ones.  And so it is no matter if it is shown to him. */
static void
keys_changed(void)
{
	struct yw_buf old = YW_BUF_INIT, forgotten = YW_BUF_INIT;

	start();
	beat_of_top("320000/demand/a");
	cosigned_by(&city->t->keys, &old);
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&old), &err));
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	ask_for_keys();
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && !cosigns("320000/demand/c"));
	YW_PASS(yw_ledger_routine(city->l, &err));
	yw_lnode_commit(city);
	YW_CHECK(yw_ledger_rotated(city->l) && !yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	yw_lnode_reopen(city);
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && cosigns("320000/demand/d"));

	beat_of_top("320000/demand/e");
	cosigned_by(&city->t->keys, &forgotten);
	YW_PASS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code, yw_buf_bytes(&forgotten), &err));
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && cosigns("320000/demand/f"));
	beat_of_top("320000/demand/g");		/* by the new keys it says that the disk is older than the change */
	cosigned_by(&second, &forgotten);
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&forgotten), &err));
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	yw_lnode_commit(city);
	yw_buf_release(&old);
	yw_buf_release(&forgotten);
	end();
}

/* A turn that is lost, with the key change, ends nothing. */
static void
change_lost(void)
{
	struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT, .cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20,
		.reserve_bytes = UINT64_MAX / 2 };
	struct yw_clearance c = { .cleared = true, .knows = true };
	struct yw_buf old = YW_BUF_INIT;

	start();
	if (city->dir[0] == '\0') {	/* only a disk has a reserve */
		end();
		return;
	}
	beat_of_top("320000/demand/a");
	cosigned_by(&city->t->keys, &old);
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&old), &err));
	c.code = top->t->code;
	c.head = yw_buf_bytes(&yw_lnode_log(top, "320100")->head);
	YW_PASS(yw_ledger_take_clearance(city->l, &c, &err));
	yw_lnode_commit(city);
	ask_for_keys();
	yw_lnode_close(city);
	yw_store_close(city->store);
	YW_PASS(yw_store_open(city->dir, &o, &city->store, &err));
	yw_lnode_open(city);
	YW_PASS(yw_ledger_routine(city->l, &err));
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	YW_FAILS(yw_ledger_commit(city->l, &err), YW_ESTOPPED);
	YW_CHECK(!yw_ledger_rotated(city->l) && yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING && strstr(err.msg, "no receipts for 1 logs") != NULL &&
	    strstr(err.msg, "ends it with 'yiwang key rotate'") != NULL);
	yw_lnode_reopen(city);
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	yw_buf_release(&old);
	end();
}

/* The key change comes back from peers: what the new keys signed before the disk was set back is forgotten as well. */
static void
change_fetched_back(void)
{
	struct yw_limage image;

	start();
	ask_for_keys();
	if (!yw_lnode_image(city, &image)) {
		end();
		return;
	}
	YW_PASS(yw_ledger_routine(city->l, &err));
	yw_lnode_commit(city);
	YW_CHECK(cosigns("320000/demand/a"));
	while (yw_lnode_follow(top, city))
		;
	yw_lnode_set_back(city, &image);
	YW_CHECK(!yw_ledger_rotated(city->l));
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(yw_ledger_rotated(city->l) && yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);
	YW_PASS(yw_ledger_routine(city->l, &err));
	YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")) && !cosigns("320000/demand/b"));
	end();
}

/* The whole image is older, and the receipt that it lost is in no beat that it meets: a larger head of its own tells it. */
static void
lost_receipt(void)
{
	struct yw_buf receipt = YW_BUF_INIT;
	struct yw_limage old;

	start();
	if (!yw_lnode_image(city, &old)) {
		end();
		return;
	}
	yw_lnode_put(city, "320100/demand/c", 1, "x", &yw_unconditional);
	yw_lnode_follow(top, city);
	YW_CHECK(cosigns("320000/demand/a"));	/* which nobody here hears of */
	YW_PASS(yw_ledger_receipt_of(city->l, yw_lnode_log(city, "320000"), &city->t->code, &receipt, &err));
	yw_lnode_set_back(city, &old);
	while (yw_lnode_follow(city, top))
		;
	YW_CHECK(yw_ledger_state(city->l, &err) == YW_LEDGER_APPENDING);	/* its own log is whole again */
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
		YW_CHECK(!cosigns(again ? "320000/demand/d" : "320000/demand/c"));
		yw_lnode_reopen(city);
	}
	YW_PASS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code, yw_buf_bytes(&receipt), &err));
	yw_lnode_commit(city);
	YW_CHECK(cosigns("320000/demand/e"));
	yw_buf_release(&receipt);
	end();
}

/* No receipt is forgotten here; while my own log is not whole none is given all the same. */
static void
behind_gives_none(void)
{
	struct yw_guard_mark m;
	struct yw_guard g;

	start();
	yw_lnode_close(city);
	YW_PASS(yw_guard_open(&g, &city->io, &m, &err));
	m.size++;			/* of this very commit: the store is not an old one */
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);
	check_behind(city, "4 of 5 entries");
	YW_CHECK(!yw_ledger_unsure(city->l, yw_lnode_log(city, "320000")));
	YW_CHECK(!cosigns("320000/demand/a") && !yw_lnode_dirty(city));
	yw_lnode_close(city);
	YW_PASS(yw_guard_open(&g, &city->io, &m, &err));
	m.size--;
	YW_PASS(yw_guard_write(&g, &m, &err));
	yw_lnode_open(city);		/* whole again, it signs the beat that waited */
	yw_lnode_tick(city);
	YW_CHECK(has_receipt(city, "320100", yw_ledger_own(top->l)->size));
	end();
}

/* What it signed is on a branch that its copy does not have: it signs nothing, whatever the owner says. */
static void
other_branch_signed(void)
{
	struct yw_buf receipt = YW_BUF_INIT;
	struct yw_limage mine, owners;

	start();
	if (!yw_lnode_image(city, &mine) || !yw_lnode_image(top, &owners)) {
		end();
		return;
	}
	YW_CHECK(cosigns("320000/demand/a"));
	yw_lnet_sync(net);
	YW_PASS(yw_ledger_receipt_of(top->l, yw_lnode_log(top, "320000"), &city->t->code, &receipt, &err));
	yw_lnode_close(city);
	memcpy(mine.guard, city->guard, sizeof mine.guard);
	yw_lnode_set_back(city, &mine);
	yw_lnode_set_back(top, &owners);		/* a dishonest owner: the same size, another entry */
	YW_CHECK(!cosigns("320000/demand/forged"));
	YW_FAILS(yw_ledger_take_receipt(city->l, top->t->origin.text, &top->t->code, yw_buf_bytes(&receipt), &err), YW_ECONFLICT);
	yw_lnode_commit(city);
	YW_CHECK(yw_lnode_log(city, "320000")->frozen && !cosigns("320000/demand/more"));
	yw_buf_release(&receipt);
	end();
}

YW_TESTS(
	{ "L4 a mirror that was set back signs nothing before owner or issuer has shown its last receipt", mirror_set_back },
	{ "L4 T3 below a closed city it is the next open one above whose word counts", word_of_the_acting_issuer },
	{ "L4 a receipt of mine that I do not know of tells the same", unknown_receipt },
	{ "L4 T5 who changes his keys signs on, and old receipts are no matter; until one by the new keys is met", keys_changed },
	{ "L4 T5 a key change that is lost with its turn ends nothing", change_lost },
	{ "L4 T5 a key change that comes back from peers ends nothing: the new keys may have signed before", change_fetched_back },
	{ "L4 so does a larger head of its own log, where the receipt that was lost is not in sight", lost_receipt },
	{ "L1 R5 a node that is behind gives no receipts", behind_gives_none },
	{ "L4 L6 what it signed was on another branch: the owner is found out, and nothing is signed", other_branch_signed },
	{ "L1 a store behind its guard refuses to append, says why, and copies and serves on", set_back },
	{ "L2 a lost disk: my own log comes back from peers, bodies too, and appending goes on", fetched_back },
	{ "L2 an old image with its guard: a peer's head of mine stops it until it is whole", old_image },
	{ "L2 such a head in the middle of a turn: what the turn would have appended is not signed", head_in_a_turn },
	{ "L2 L6 it appended before it met anybody: contradicted, and nothing is fetched over it", appended_already },
	{ "L2 R5 bodies that nobody else holds stay missing, by place, and stop nothing", lost_bodies },
	{ "L1 no guard, or none that is whole", no_guard },
	{ "L1 L2 a guard that knows another log: no peer can make this one whole", other_log },
	{ "L1 a guard one commit behind is no trouble", ahead },
	{ "L1 the guard covers every commit when it returns, other logs' too", covers }
)
