/*
 * A closing that comes late: state is what a replica has that knew of it from the start (T6, T7); nothing is signed or
 * fetched beyond it, and its own node stops.
 */
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *fresh;

/* Two records everywhere; the fourth node joins later, and alone. */
static void
begin(const char *policy)
{
	net = yw_lnet_new(codes, 4, policy);
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	fresh = &net->n[3];
	for (size_t i = 0; i < 4; i++)
		yw_lnode_open(&net->n[i]);
	yw_lnode_admit(net, "320100");
	yw_lnet_sync(net);
	yw_lnode_admit(net, "320102");
	yw_lnet_sync(net);
	yw_lnode_close(fresh);
	yw_lnode_put(county, "320102/demand/a", 1, "before", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/b", 1, "before", &yw_unconditional);
	yw_lnode_follow(city, county);
}

static void
close_county(void)
{
	const struct yw_closing_draft d = { .reason = "merged" };

	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &d, &err));
	yw_lnode_commit(city);
}

static void
end(void)
{
	yw_lnet_free(net);
}

static bool
has(struct yw_lnode *n, const char *id, uint32_t revision)
{
	struct yw_view *v;
	struct yw_item item;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_current(v, id, &item, &err);
	yw_view_close(v);
	return code == YW_OK && item.revision == revision;
}

static struct yw_hash
digest(struct yw_lnode *n)
{
	struct yw_hash h;
	struct yw_view *v;
	bool complete;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, &county->t->code, &complete, &h, &err));
	YW_CHECK(complete);
	yw_view_close(v);
	return h;
}

static void
commit_all(struct yw_lnode *n)
{
	for (int i = 0; i < 4 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

static void
comes_late(void)
{
	struct yw_hash late, early;

	begin("quorum none\n");
	/* The province holds more than the city does when the city closes. */
	yw_lnode_put(county, "320102/demand/a", 2, "after", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/c", 1, "after", &yw_unconditional);
	yw_lnode_follow(top, county);
	YW_CHECK(has(top, "320102/demand/a", 2) && has(top, "320102/demand/c", 1));
	close_county();
	yw_lnode_follow(top, city);
	commit_all(top);
	YW_CHECK(has(top, "320102/demand/a", 1) && !has(top, "320102/demand/c", 1) && has(top, "320102/demand/b", 1));
	late = digest(top);

	/* Who hears of the closing first fetches no further, and has the same state. */
	yw_lnode_open(fresh);
	yw_lnode_follow(fresh, city);
	while (yw_lnode_follow(fresh, top))
		;
	YW_CHECK(yw_lnode_log(fresh, "320102")->size < yw_lnode_log(top, "320102")->size);
	early = digest(fresh);
	YW_CHECK(yw_hash_equal(&late, &early));

	/* So it is after a restart. */
	yw_lnode_reopen(top);
	commit_all(top);
	YW_CHECK(has(top, "320102/demand/a", 1) && !has(top, "320102/demand/c", 1));
	late = digest(top);
	YW_CHECK(yw_hash_equal(&late, &early));
	end();
}

/* --- a consent that comes last (T9) --- */

#define SECOND "onenet.example/320102/g2"

static void
take_network(struct yw_lnode *n, const struct yw_buf *note)
{
	YW_CHECK_MSG(yw_ledger_take_network(n->l, yw_buf_bytes(note), &err) == YW_OK, "%s", err.msg);
	commit_all(n);
}

/* The county's keys are lost; the root keys consent to others, and its city delegates them. */
static void
recover(const struct yw_buf **consent)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_hash hash;

	close_county();
	yw_lnode_follow(county, city);
	yw_tnet_keys("found", &keys);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "found", 2, 0, NULL }, &request);
	YW_FAILS(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err), YW_ENOENT);
	yw_request_hash(yw_buf_bytes(&request), &hash);
	yw_tnet_version(net->t, &(struct yw_network_change) { .consent = &hash });
	*consent = &yw_trust_network(net->t->trust)->note;
	take_network(city, *consent);
	YW_CHECK_MSG(yw_ledger_admit(city->l, yw_buf_bytes(&request), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(city);
	yw_lnode_next(county, &request, &keys);
	take_network(county, *consent);
	yw_lnode_follow(county, city);
	commit_all(county);
	yw_lnode_put(county, "320102/demand/c", 1, "by the new keys", &yw_unconditional);
	yw_buf_release(&request);
}

static void
follow_all(struct yw_lnode *n)
{
	while (yw_lnode_follow(n, city) || yw_lnode_follow(n, county))
		;
	commit_all(n);
}

static void
consent_comes_last(void)
{
	const struct yw_generation *g;
	const struct yw_buf *consent;
	struct yw_hash late, early;

	begin("quorum none\n");
	recover(&consent);
	follow_all(top);	/* the delegation is here, and has no effect */
	YW_CHECK(yw_lnode_log(top, "320100")->size == yw_lnode_log(city, "320100")->size);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(top->l), SECOND) == NULL && yw_ledger_log(top->l, SECOND) == NULL);
	YW_CHECK(!has(top, "320102/demand/c", 1) && has(top, "320102/demand/a", 1));
	yw_lnode_reopen(top);
	commit_all(top);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(top->l), SECOND) == NULL);
	take_network(top, consent);
	g = yw_trust_origin(yw_ledger_trust(top->l), SECOND);
	YW_CHECK(g != NULL && g->open && g->recovery && g->consent.code[0] == '\0');
	follow_all(top);
	YW_CHECK(has(top, "320102/demand/c", 1) && has(top, "320102/demand/a", 1));
	late = digest(top);

	/* Who held the consent first has the same state; so has who starts anew. */
	yw_lnode_open(fresh);
	take_network(fresh, consent);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(fresh->l), SECOND) == NULL);
	while (yw_lnode_follow(fresh, top))
		;
	follow_all(fresh);
	early = digest(fresh);
	YW_CHECK(yw_hash_equal(&late, &early));
	yw_lnode_reopen(top);
	commit_all(top);
	late = digest(top);
	YW_CHECK(yw_hash_equal(&late, &early));
	end();
}

static void
owner_stops(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a;

	begin("quorum none\n");
	yw_lnode_put(county, "320102/demand/c", 1, "after", &yw_unconditional);
	close_county();
	yw_lnode_follow(county, city);
	commit_all(county);
	YW_CHECK(yw_ledger_state(county->l, &err) == YW_LEDGER_CLOSED);
	YW_CHECK_MSG(strstr(err.msg, "closed by 320100 at 3 entries") != NULL, "%s", err.msg);
	YW_CHECK(!has(county, "320102/demand/c", 1) && has(county, "320102/demand/b", 1));
	yw_lrecord("320102/demand/d", 1, "more", &body);
	a = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	YW_FAILS(yw_ledger_append(county->l, &a, 1, &err), YW_ESTOPPED);
	YW_FAILS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "again" }, &err),
	    YW_ECONFLICT);
	yw_buf_release(&body);
	end();
}

/* What had its quorum beyond the closing stays. */
static void
quorum_stands(void)
{
	const struct yw_log *log;
	uint64_t size;

	begin("group g any 320000\nquorum g\n");
	yw_lnode_put(county, "320102/demand/c", 1, "with quorum", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnode_tick(county);		/* a beat */
	yw_lnode_follow(top, county);
	yw_lnode_tick(top);		/* its receipt */
	yw_lnode_follow(county, top);
	size = yw_lnode_log(county, "320102")->beats[0].size;
	YW_CHECK(yw_lnode_log(county, "320102")->beats[0].quorum == YW_QUORUM_MET);
	yw_lnode_put(county, "320102/demand/d", 1, "without", &yw_unconditional);
	yw_lnode_follow(top, county);
	close_county();			/* the city holds neither of the two */
	yw_lnode_follow(top, city);
	commit_all(top);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(top->l), county->t->origin.text)->end.size == size);
	YW_CHECK(has(top, "320102/demand/c", 1) && !has(top, "320102/demand/d", 1));

	/* The city fetches up to there, and no further. */
	while (yw_lnode_follow(city, top))
		;
	commit_all(city);
	YW_CHECK(has(city, "320102/demand/c", 1) && !has(city, "320102/demand/d", 1));

	/* No receipt is given for it any more. */
	yw_lnet_wait(net, 4000000);
	yw_lnode_tick(county);
	yw_lnode_follow(top, county);
	yw_lnode_tick(top);
	log = yw_lnode_log(top, "320102");
	YW_CHECK(log->beats[log->n_beats - 1].size > size && log->beats[log->n_beats - 1].quorum == YW_QUORUM_NOT_MET);
	YW_CHECK(!log->beats[log->n_beats - 1].mine);
	end();
}

/* Where there is one, before all that is due has been done. */
static bool
digest_now(struct yw_lnode *n, struct yw_hash *out)
{
	struct yw_view *v;
	bool complete;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, &county->t->code, &complete, out, &err));
	yw_view_close(v);
	return complete;
}

/* All of a log's entries come in the turn that brings its delegation before them, and its closing after them. */
static void
in_one_turn(void)
{
	static const char *const order[] = { "320000", "320100", "320102", "320100" };
	struct yw_lpackage lp[4];
	struct yw_hash now, later, elsewhere;
	uint64_t before;
	bool given;

	begin("quorum none\n");
	before = yw_lnode_log(city, "320100")->size;
	close_county();
	yw_lnode_put(county, "320102/demand/c", 1, "beyond the end", &yw_unconditional);
	yw_lnode_forget(fresh);
	yw_lnode_open(fresh);
	for (size_t i = 0; i < 4; i++) {
		struct yw_lnode *from = i == 2 ? county : i == 0 ? top : city;
		const char *origin = yw_lnode(net, order[i])->t->origin.text;
		uint64_t at = yw_ledger_log(fresh->l, origin)->size;

		YW_CHECK(yw_lnode_serve(from, origin, at, i == 1 ? before : 0, i == 3 ? yw_ledger_log(fresh->l, origin)->target_size : 0, at,
		    &(struct yw_asker) { YW_ASKER_NODE, fresh->t->code }, 1 << 20, &lp[i]));
		YW_PASS(yw_ledger_take_package(fresh->l, &lp[i].p, &err));
	}
	/* What is behind the end may be taken out in the next turn: a digest whose header says where the end is has it out. */
	yw_lnode_commit(fresh);
	YW_CHECK(!yw_trust_origin(yw_ledger_trust(fresh->l), county->t->origin.text)->open);
	given = digest_now(fresh, &now);
	commit_all(fresh);
	for (size_t i = 0; i < 4; i++)
		yw_lpackage_release(&lp[i]);
	YW_CHECK(has(fresh, "320102/demand/b", 1) && !has(fresh, "320102/demand/c", 1));
	later = digest(fresh);
	YW_CHECK(!given || yw_hash_equal(&now, &later));
	yw_lnode_follow(top, city);
	yw_lnode_follow(top, county);
	commit_all(top);
	elsewhere = digest(top);
	YW_CHECK(yw_hash_equal(&elsewhere, &later));
	end();
}

/* --- a closing that turns out void --- */

static const char *const few[] = { "320000", "320102", "320200", "320300" };

static void
add_demand(struct yw_tlog *log, const char *id, struct yw_buf *body)
{
	yw_lrecord(id, 1, "t", body);
	yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(body) }, 1);
}

/* All of a log that is not here yet, with the body of its last entry, or NULL. */
static void
take_log(struct yw_lnode *n, struct yw_tlog *log, const struct yw_buf *last)
{
	const struct yw_log *copy = yw_ledger_log(n->l, log->origin.text);
	uint64_t at = copy != NULL ? copy->size : 0;
	struct yw_lpackage lp;

	yw_tlog_package(log, at, log->n - at, log->n, at, false, &lp);
	if (last != NULL) {
		lp.p.bodies = calloc(1, sizeof *lp.p.bodies);
		YW_CHECK(lp.p.bodies != NULL);
		lp.p.n_bodies = 1;
		lp.p.bodies[0] = (struct yw_body) { .index = log->n - 1, .bytes = yw_buf_bytes(last) };
		yw_body_check(&lp.p.bodies[0]);
	}
	YW_CHECK_MSG(yw_ledger_take_package(n->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
}

/* --- a closing that takes a delegation back --- */

/* Its log goes on being held, and whatever is asked of what was said in it has an answer: nobody may say it any more. */
static void
delegated_behind_the_end(void)
{
	static const char *const family[] = { "320000", "320100", "320102", "320200", "320300" };
	struct yw_tlog *province, *issuer, *log;
	struct yw_closing_draft d = { .reason = "it admits whom there is not" };
	struct yw_buf head = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_lnode *reader;
	struct yw_lpackage lp;
	uint64_t size;

	net = yw_lnet_new(family, 5, "group g any 320000 320200\nquorum g\n");
	province = net->n[0].t;
	issuer = net->n[1].t;
	log = net->n[2].t;
	reader = &net->n[4];
	add_demand(log, "320102/demand/a", &body);
	yw_lnode_open(reader);
	take_log(reader, province, NULL);
	take_log(reader, issuer, NULL);
	yw_lnode_commit(reader);
	take_log(reader, log, NULL);
	yw_tnet_beat(log, 1700000100, NULL, 0);
	YW_PASS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&log->beat), &err));
	yw_lnode_commit(reader);
	YW_CHECK(yw_lnode_log(reader, "320102")->n_beats == 1);

	d.revoked = true;
	yw_tnet_draft_closing(issuer, 1, &d, &head);
	(void)yw_tnet_add_closing(province, &d, true);
	size = log->n;
	take_log(reader, province, NULL);
	yw_lnode_commit(reader);
	YW_CHECK(yw_lnode_log(reader, "320102") == NULL);
	yw_tnet_beat(log, 1700000200, NULL, 0);
	YW_FAILS(yw_ledger_take_beat(reader->l, yw_buf_bytes(&log->beat), &err), YW_ENOENT);
	yw_tlog_grow(log, 2, "x");
	for (int named = 0; named < 2; named++) {
		yw_tlog_package(log, size, 2, log->n, size, named, &lp);
		YW_FAILS(yw_ledger_take_package(reader->l, &lp.p, &err), YW_ENOENT);
		yw_lpackage_release(&lp);
	}
	yw_lnode_reopen(reader);
	yw_lnode_commit(reader);
	YW_CHECK(yw_lnode_log(reader, "320102") == NULL && yw_lnode_log(reader, "320100")->size == issuer->n);
	yw_buf_release(&head);
	yw_buf_release(&body);
	yw_lnet_free(net);
}

/* Nor does the node itself, whose log it is, register on in it. */
static void
own_delegation_behind_the_end(void)
{
	static const char *const family[] = { "320000", "320100", "320102" };
	struct yw_closing_draft d = { .reason = "it admits whom there is not", .revoked = true };
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_buf head = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_lnode *own;

	net = yw_lnet_new(family, 3, "quorum none\n");
	own = &net->n[2];
	yw_lnode_open(own);
	take_log(own, net->n[0].t, NULL);
	take_log(own, net->n[1].t, NULL);
	yw_lnode_commit(own);
	yw_lnode_put(own, "320102/demand/a", 1, "a", &yw_unconditional);
	commit_all(own);
	yw_tnet_draft_closing(net->n[1].t, 1, &d, &head);
	(void)yw_tnet_add_closing(net->n[0].t, &d, true);
	take_log(own, net->n[0].t, NULL);
	commit_all(own);
	yw_lnet_wait(net, 3600 * 1000 + 1);
	commit_all(own);
	yw_lrecord("320102/demand/b", 1, "b", &body);
	a.body = yw_buf_bytes(&body);
	for (int again = 0; again < 2; again++) {
		int64_t next_ms;

		YW_PASS(yw_ledger_beat(own->l, &next_ms, &err));
		commit_all(own);
		YW_FAILS(yw_ledger_append(own->l, &a, 1, &err), YW_ESTOPPED);
		yw_lnode_reopen(own);
		commit_all(own);
	}
	yw_buf_release(&head);
	yw_buf_release(&body);
	yw_lnet_free(net);
}

/* A beat of that log, with a receipt of `witness`. */
static void
take_beat_by(struct yw_lnode *n, struct yw_tlog *log, const char *witness)
{
	yw_tnet_beat(log, 1700000000, (struct yw_treceipt[]) { { witness, 1700000000 } }, 1);
	YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&log->beat), &err));
}

static void
take_quorum_beat(struct yw_lnode *n, struct yw_tlog *log)
{
	take_beat_by(n, log, "320300");
	yw_lnode_commit(n);
}

/* The closing, an entry and a body beyond it come in one turn; at its end the beat that is held says what it is. */
static void
void_in_one_turn(void)
{
	struct yw_buf c = YW_BUF_INIT, d = YW_BUF_INIT;
	struct yw_tlog *first, *log;
	struct yw_lnode *n;
	struct yw_body body;

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	first = net->n[0].t;
	log = net->n[1].t;
	n = &net->n[2];
	yw_lnode_open(n);
	take_log(n, first, NULL);
	yw_lnode_commit(n);
	take_log(n, log, NULL);
	take_quorum_beat(n, log);
	add_demand(log, "320102/demand/c", &c);
	take_log(n, log, NULL);
	add_demand(log, "320102/demand/d", &d);
	take_quorum_beat(n, log);
	commit_all(n);

	yw_tnet_close_forged(log, first, 1);
	take_log(n, first, NULL);
	body = (struct yw_body) { .index = 1, .bytes = yw_buf_bytes(&c) };
	yw_body_check(&body);
	YW_PASS(yw_ledger_take_body(n->l, log->origin.text, &body, &err));
	take_log(n, log, &d);
	commit_all(n);
	YW_CHECK(yw_trust_n_asked(yw_ledger_trust(n->l)) == 1 && yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	YW_CHECK(has(n, "320102/demand/c", 1) && has(n, "320102/demand/d", 1));
	yw_buf_release(&c);
	yw_buf_release(&d);
	end();
}

/* A head that nobody else signed, of that size. */
static void
make_head(const struct yw_tlog *log, uint64_t size, uint8_t root, struct yw_buf *out)
{
	struct yw_checkpoint c = { .size = size, .root = { { root } } };

	yw_buf_clear(out);
	memcpy(c.origin, log->origin.text, sizeof c.origin);
	YW_PASS(yw_head_sign(&c, &log->keys.head, &log->keys.pub.head, out, &err));
}

static enum yw_code
take_entries(struct yw_lnode *n, struct yw_tlog *log, uint64_t start, size_t count, uint64_t head_size)
{
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(log, start, count, head_size, start, false, &lp);
	code = yw_ledger_take_package(n->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	return code;
}

/* The end of a log whose receipt is on a beat is learnt in the turn that brought the beat, and before that who signed it. */
static void
witness_in_one_turn(void)
{
	for (int revoked = 0; revoked < 2; revoked++) {
		struct yw_buf head = YW_BUF_INIT;
		struct yw_closing_draft d;
		const struct yw_beat *b;
		struct yw_tlog *first;
		struct yw_lnode *n;
		uint64_t size;

		net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
		first = net->n[0].t;
		n = &net->n[2];
		size = first->n;
		yw_tnet_draft_closing(net->n[3].t, net->n[3].t->n, &d, &head);
		d.revoked = revoked;
		(void)yw_tnet_add_closing(first, &d, true);
		yw_lnode_open(n);
		YW_PASS(take_entries(n, first, 0, size, size));
		take_log(n, net->n[1].t, NULL);
		yw_tnet_beat(net->n[1].t, 1700000000, (struct yw_treceipt[]) { { "320300", 1700000000 } }, 1);
		YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&net->n[1].t->beat), &err));
		take_log(n, first, NULL);
		commit_all(n);
		for (int again = 0; again < 2; again++) {
			b = &yw_lnode_log(n, "320102")->beats[0];
			YW_CHECK_MSG(b->quorum == YW_QUORUM_NOT_MET && b->stands == !revoked, "revoked %d, again %d", revoked, again);
			yw_lnode_reopen(n);
			commit_all(n);
		}
		yw_buf_release(&head);
		end();
	}
}

/* The closing of a log whose receipt is on another's beat is void: that is learnt before it comes, or later in its turn. */
static void
void_of_a_witness(void)
{
	static const char *const more[] = { "320000", "320102", "320200", "320300", "320400" };

	for (int later = 0; later < 2; later++) {
		const struct yw_trust *t;
		struct yw_tlog *mirror;
		struct yw_lnode *n;
		enum yw_code code;

		net = yw_lnet_new(more, 5, "group g any 320300 320400\nquorum g\n");
		mirror = net->n[3].t;
		n = &net->n[2];
		yw_lnode_open(n);
		take_log(n, net->n[0].t, NULL);
		yw_lnode_commit(n);
		take_log(n, net->n[1].t, NULL);
		take_log(n, mirror, NULL);
		take_quorum_beat(n, net->n[1].t);
		yw_tnet_beat(mirror, 1700000000, (struct yw_treceipt[]) { { "320400", 1700000000 } }, 1);
		yw_tnet_close_forged(mirror, net->n[0].t, 1);
		if (later)
			take_log(n, net->n[0].t, NULL);
		code = yw_ledger_take_beat(n->l, yw_buf_bytes(&mirror->beat), &err);
		YW_CHECK(code == YW_OK || (later && code == YW_ECONFLICT));
		if (!later)
			take_log(n, net->n[0].t, NULL);
		commit_all(n);
		for (int again = 0; again < 2; again++) {
			t = yw_ledger_trust(n->l);
			YW_CHECK(yw_trust_n_asked(t) == 1 && yw_trust_asked(t, 0)->is_void);
			YW_CHECK_MSG(yw_lnode_log(n, "320102")->beats[0].quorum == YW_QUORUM_MET, "later %d, again %d", later, again);
			yw_lnode_reopen(n);
			commit_all(n);
		}
		end();
	}
}

/* Who signed a beat was admitted by its province; that its own city had admitted another is learnt later (T3). */
static void
witness_of_another(void)
{
	static const char *const three_tiers[] = { "320000", "320100", "320102", "320200", "320300" };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set own;
	struct yw_lnode *n;

	net = yw_lnet_new(three_tiers, 5, "group g any 320102\nquorum g\n");
	n = &net->n[4];
	yw_tnet_request(net->t, "320102", "320000", "other", &request);
	(void)yw_tnet_add_delegation(net->n[0].t, yw_buf_bytes(&request));
	own = net->n[2].t->keys;
	yw_tnet_keys("other", &net->n[2].t->keys);
	yw_tnet_beat(net->n[3].t, 1700000000, (struct yw_treceipt[]) { { "320102", 1700000000 } }, 1);
	net->n[2].t->keys = own;
	yw_lnode_open(n);
	take_log(n, net->n[0].t, NULL);
	take_log(n, net->n[3].t, NULL);
	YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&net->n[3].t->beat), &err));
	commit_all(n);
	YW_CHECK(yw_lnode_log(n, "320200")->beats[0].quorum == YW_QUORUM_MET);
	take_log(n, net->n[1].t, NULL);
	commit_all(n);
	for (int again = 0; again < 2; again++) {
		YW_CHECK_MSG(yw_lnode_log(n, "320200")->beats[0].quorum == YW_QUORUM_NOT_MET, "%d", again);
		yw_lnode_reopen(n);
		commit_all(n);
	}
	yw_buf_release(&request);
	yw_lnet_free(net);
}

/* The log goes on, and of each turn that brings an entry and a beat for it nobody hears that the log was closed. */
static void
void_while_it_grows(void)
{
	struct yw_tlog *log;
	struct yw_lnode *n;

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	log = net->n[1].t;
	n = &net->n[2];
	yw_lnode_open(n);
	take_log(n, net->n[0].t, NULL);
	yw_lnode_commit(n);
	take_log(n, log, NULL);
	take_quorum_beat(n, log);
	yw_tnet_close_forged(log, net->n[0].t, 1);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	yw_hear();
	for (int i = 0; i < 3; i++) {
		yw_tlog_grow(log, 1, "x");
		take_log(n, log, NULL);
		take_quorum_beat(n, log);
		YW_CHECK_MSG(yw_trust_origin(yw_ledger_trust(n->l), log->origin.text)->open, "%d", i);
		commit_all(n);
		YW_CHECK(yw_lnode_log(n, "320102")->n_rivals == 0 && yw_lnode_log(n, "320102")->beats[0].size == log->n);
	}
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void && yw_heard("log-closed", "") == 0 &&
	    yw_heard("closing-void", "") == 0);
	end();
}

/* A replica that lacks the last two entries of a log. */
static struct yw_lnode *
lags_behind(struct yw_tlog **log)
{
	struct yw_lnode *n;

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	*log = net->n[1].t;
	n = &net->n[2];
	yw_tlog_grow(*log, 3, "x");
	yw_lnode_open(n);
	take_log(n, net->n[0].t, NULL);
	yw_lnode_commit(n);
	YW_PASS(take_entries(n, *log, 0, (*log)->n - 2, (*log)->n - 2));
	return n;
}

/* A copy of all but the last two entries and a closing at their end that was made up, which the quorum of the log makes void or,
 * with `longer`, that of a longer log, whose head was seen before. */
static struct yw_lnode *
void_at_size(bool longer, struct yw_tlog **log)
{
	struct yw_lnode *n = lags_behind(log);
	struct yw_sought s;
	uint64_t size = (*log)->n;

	if (longer) {
		yw_tlog_grow(*log, 2, "y");
		take_quorum_beat(n, *log);
	}
	yw_tnet_close_forged(*log, net->n[0].t, size);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	if (longer) {
		YW_CHECK(yw_ledger_seeks(n->l, yw_lnode_log(n, "320102"), &s));
		yw_tlog_answer(*log, &s, n);
	} else {
		yw_tnet_beat(*log, 1700000000, (struct yw_treceipt[]) { { "320300", 1700000000 } }, 1);
		YW_FAILS(yw_ledger_take_beat(n->l, yw_buf_bytes(&(*log)->beat), &err), YW_ECONFLICT);
	}
	commit_all(n);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void && !yw_lnode_log(n, "320102")->frozen);
	while ((*log)->n > size)
		yw_buf_release(&(*log)->entries[--(*log)->n]);
	return n;
}

/* Who lags behind goes on to the true head. */
static void
void_at_this_size(void)
{
	for (int longer = 0; longer < 2; longer++) {
		struct yw_buf head = YW_BUF_INIT;
		struct yw_tlog *log;
		struct yw_lnode *n = void_at_size(longer, &log);

		YW_CHECK_MSG(take_entries(n, log, log->n - 2, 1, log->n) == YW_OK, "%d: %s", longer, err.msg);
		make_head(log, log->n, 7, &head);
		YW_FAILS(yw_ledger_take_head(n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
		YW_CHECK(!yw_lnode_log(n, "320102")->frozen);
		take_log(n, log, NULL);
		commit_all(n);
		for (int again = 0; again < 2; again++) {
			YW_CHECK(yw_lnode_log(n, "320102")->full_size == log->n && !yw_lnode_log(n, "320102")->frozen);
			yw_lnode_reopen(n);
			commit_all(n);
		}
		yw_buf_release(&head);
		end();
	}
}

/* Another head of that size is a contradiction all the same, whether the true one is the end of the copy or led to. */
static void
contradicted_at_this_size(void)
{
	for (int longer = 0; longer < 2; longer++) {
		struct yw_buf head = YW_BUF_INIT;
		struct yw_tlog *log;
		struct yw_lnode *n = void_at_size(longer, &log);

		YW_CHECK_MSG(take_entries(n, log, log->n - 2, longer ? 1 : 2, log->n) == YW_OK, "%d: %s", longer, err.msg);
		commit_all(n);
		make_head(log, log->n, 9, &head);
		YW_FAILS(yw_ledger_take_head(n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
		YW_CHECK_MSG(yw_lnode_log(n, "320102")->frozen, "%d", longer);
		yw_buf_release(&head);
		end();
	}
}

/* Nor does one that is logged after the closing in force: the log is fetched up to its end. */
static void
made_up_after_the_closing(void)
{
	struct yw_closing_draft d;
	struct yw_buf head = YW_BUF_INIT;
	struct yw_tlog *log;
	struct yw_lnode *n = lags_behind(&log);

	yw_tnet_draft_closing(log, log->n - 1, &d, &head);
	d.reason = "r";
	(void)yw_tnet_add_closing(net->n[0].t, &d, true);
	yw_tnet_close_forged(log, net->n[0].t, log->n);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	YW_CHECK_MSG(take_entries(n, log, log->n - 2, 2, log->n) == YW_OK, "%s", err.msg);
	commit_all(n);
	YW_CHECK(yw_lnode_log(n, "320102")->full_size == log->n && !yw_lnode_log(n, "320102")->frozen);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(n->l), log->origin.text)->end.size == log->n - 1);
	yw_buf_release(&head);
	end();
}

/* As long as a made-up head is where the log ends, nobody goes on to the true one of its size. */
static void
beside_the_end(void)
{
	struct yw_tlog *log;
	struct yw_lnode *n = lags_behind(&log);
	uint64_t size;

	yw_tnet_close_forged(log, net->n[0].t, log->n);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	size = yw_lnode_log(n, "320102")->size;
	YW_FAILS(take_entries(n, log, log->n - 2, 2, log->n), YW_ECONFLICT);
	YW_CHECK(yw_lnode_log(n, "320102")->size == size);
	end();
}

/* Of two closings at heads that were made up the first is where the log ends, beyond a beat with quorum that makes the other one
 * void.  Nobody can say how the beat stands to the first: that keeps nobody from asking how it stands to the other. */
static void
void_behind_a_made_up_end(void)
{
	for (int beat_first = 0; beat_first < 2; beat_first++) {
		struct yw_tlog *log;
		struct yw_lnode *n = lags_behind(&log);
		const struct yw_trust *t;
		struct yw_sought s;
		uint64_t size = log->n;

		log->n = size - 1;
		if (beat_first)
			take_quorum_beat(n, log);
		yw_tnet_close_forged(log, net->n[0].t, size);
		yw_tnet_close_forged(log, net->n[0].t, 1);
		take_log(n, net->n[0].t, NULL);
		commit_all(n);
		if (!beat_first)
			take_quorum_beat(n, log);
		while (yw_tlog_finds(log, n, &s)) {
			yw_tlog_answer(log, &s, n);
			commit_all(n);
		}
		for (int again = 0; again < 2; again++) {
			t = yw_ledger_trust(n->l);
			YW_CHECK(yw_trust_n_asked(t) == 2 && !yw_trust_asked(t, 0)->is_void && yw_trust_asked(t, 1)->is_void);
			YW_CHECK(yw_trust_origin(t, log->origin.text)->end.size == size);
			yw_lnode_reopen(n);
			commit_all(n);
		}
		log->n = size;
		end();
	}
}

static const char *const family[] = { "320000", "320100", "320102", "320300" };

/* A province, its city and that one's county, at whose node a record is registered, and which knows a quorum of the city's log. */
static struct yw_lnode *
county_below(struct yw_tlog **province, struct yw_tlog **city_log)
{
	struct yw_lnode *own;

	net = yw_lnet_new(family, 4, "group g any 320300\nquorum g\n");
	*province = net->n[0].t;
	*city_log = net->n[1].t;
	own = &net->n[2];
	yw_lnode_open(own);
	take_log(own, *province, NULL);
	yw_lnode_commit(own);
	take_log(own, *city_log, NULL);
	yw_lnode_commit(own);
	yw_lnode_put(own, "320102/demand/a", 1, "a", &yw_unconditional);
	take_quorum_beat(own, *city_log);
	return own;
}

/* An issuer's issuer closes it where a quorum says that it goes on: nobody below it is stopped, in that turn or after a restart. */
static void
void_above_own(void)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_tlog *province, *city_log;
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_lnode *own = county_below(&province, &city_log);

	yw_lnode_tick(own);
	commit_all(own);

	yw_tnet_close_forged(city_log, province, 1);
	take_log(own, province, NULL);
	commit_all(own);
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_trust_n_asked(yw_ledger_trust(own->l)) == 1 && yw_trust_asked(yw_ledger_trust(own->l), 0)->is_void);
		YW_CHECK(yw_lnode_log(own, "320102") != NULL && yw_lnode_log(own, "320102")->n_beats == 1);
		YW_CHECK_MSG(yw_ledger_state(own->l, &err) == YW_LEDGER_APPENDING, "%d: %s", again, err.msg);
		yw_lrecord(again ? "320102/demand/c" : "320102/demand/b", 1, "b", &body);
		a.body = yw_buf_bytes(&body);
		YW_CHECK_MSG(yw_ledger_append(own->l, &a, 1, &err) == YW_OK, "%s", err.msg);
		yw_lnode_commit(own);
		yw_lnode_reopen(own);
		commit_all(own);
		yw_buf_clear(&body);
	}
	yw_buf_release(&body);
	yw_lnet_free(net);
}

/* The quorum that makes such a closing void was a revoked mirror's: it is in force then, and who was admitted behind it is not. */
static void
void_above_own_no_more(void)
{
	struct yw_buf head = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_append a = { .audience = yw_unconditional };
	struct yw_closing_draft d;
	struct yw_tlog *province, *city_log;
	struct yw_lnode *own = county_below(&province, &city_log);

	yw_tnet_close_forged(city_log, province, 1);
	take_log(own, province, NULL);
	commit_all(own);
	yw_tnet_add_roster(province);
	take_log(own, province, NULL);
	commit_all(own);
	YW_CHECK(yw_ledger_state(own->l, &err) == YW_LEDGER_APPENDING);

	yw_tnet_draft_closing(net->n[3].t, net->n[3].t->n, &d, &head);
	d.revoked = true;
	(void)yw_tnet_add_closing(province, &d, true);
	take_log(own, province, NULL);
	commit_all(own);
	yw_lnet_wait(net, 8 * 86400000ll);
	yw_lrecord("320102/demand/b", 1, "b", &body);
	a.body = yw_buf_bytes(&body);
	for (int again = 0; again < 2; again++) {
		int64_t next_ms;

		YW_CHECK(yw_lnode_log(own, "320102") == NULL && yw_ledger_own(own->l) == NULL);
		YW_PASS(yw_ledger_routine(own->l, &err));
		YW_PASS(yw_ledger_beat(own->l, &next_ms, &err));
		commit_all(own);
		YW_FAILS(yw_ledger_append(own->l, &a, 1, &err), YW_ESTOPPED);
		yw_lnode_reopen(own);
		commit_all(own);
	}
	yw_buf_release(&head);
	yw_buf_release(&body);
	yw_lnet_free(net);
}

/* --- who signed the beat that speaks against a closing was admitted behind the end which that closing makes up --- */

static const struct yw_treceipt from_county = { "320102", 1700000000 };

/* Somebody who holds the province's log, whose city's beats are signed by a county that this city admits. */
static struct yw_lnode *
witnessed_by_county(struct yw_tlog **province, struct yw_tlog **city_log)
{
	struct yw_lnode *n;

	net = yw_lnet_new(family, 4, "group g any 320102\nquorum g\n");
	*province = net->n[0].t;
	*city_log = net->n[1].t;
	n = &net->n[3];
	yw_lnode_open(n);
	take_log(n, *province, NULL);
	yw_lnode_commit(n);
	return n;
}

static void
tell_witnessed(struct yw_lnode *n, struct yw_tlog *city_log)
{
	yw_tnet_beat(city_log, 1700000000, &from_county, 1);
	YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&city_log->beat), &err));
	commit_all(n);
}

/* That county's log is known, and the closing is not in force, in that turn or after a restart. */
static void
check_void(struct yw_lnode *n)
{
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_lnode_log(n, "320102") != NULL);
		YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
		yw_lnode_reopen(n);
		commit_all(n);
	}
	yw_lnet_free(net);
}

/* The log is held; the beat comes before the closing, or after it. */
static void
witness_of_held(bool late)
{
	struct yw_tlog *province, *city_log;
	struct yw_lnode *n = witnessed_by_county(&province, &city_log);

	take_log(n, city_log, NULL);
	yw_lnode_commit(n);
	if (!late) {
		tell_witnessed(n, city_log);
		YW_CHECK(yw_lnode_log(n, "320100")->beats[0].quorum == YW_QUORUM_MET);
	}
	yw_tnet_close_forged(city_log, province, 1);
	take_log(n, province, NULL);
	commit_all(n);
	if (late) {
		YW_CHECK(yw_lnode_log(n, "320102") == NULL && !yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
		tell_witnessed(n, city_log);
	}
	check_void(n);
}

static void
witness_behind_the_end(void)
{
	witness_of_held(false);
}

static void
witness_heard_late(void)
{
	witness_of_held(true);
}

/* In that beat somebody claims the county's line for the province: the id of a key says nothing under another name. */
static void
witness_misnamed(void)
{
	struct yw_tlog *province, *city_log;
	struct yw_lnode *n = witnessed_by_county(&province, &city_log);
	struct yw_buf note = YW_BUF_INIT;
	const struct yw_beat *b;
	uint8_t *line, *name;

	take_log(n, city_log, NULL);
	yw_lnode_commit(n);
	yw_tnet_close_forged(city_log, province, 1);
	take_log(n, province, NULL);
	commit_all(n);
	yw_tnet_beat(city_log, 1700000000, &from_county, 1);
	name = memmem(city_log->beat.data, city_log->beat.len, "/320102/cosign", 14);
	YW_CHECK(name != NULL);
	for (line = name; line[-1] != '\n'; line--)
		;
	yw_buf_add(&note, city_log->beat.data, city_log->beat.len);
	yw_buf_add(&note, line, (size_t)((uint8_t *)memchr(name, '\n', 1000) + 1 - line));
	memcpy(note.data + city_log->beat.len + (name - line), "/320000/cosign", 14);
	for (int again = 0; again < 2; again++) {
		YW_CHECK_MSG(yw_ledger_take_beat(n->l, yw_buf_bytes(&note), &err) == YW_OK, "%s", err.msg);
		b = &yw_lnode_log(n, "320100")->beats[0];
		YW_CHECK_MSG(b->known < b->note.len && memmem(b->note.data, b->known, "/320000/cosign", 14) == NULL, "it is taken for a known key's");
		commit_all(n);
	}
	yw_buf_release(&note);
	check_void(n);
}

/* What it seeks where it does not know how a beat stands to a closing. */
static unsigned
answer_standing(struct yw_lnode *n, struct yw_tlog *log)
{
	struct yw_sought s;
	unsigned answers = 0;

	while (yw_ledger_seeks(n->l, yw_lnode_log(n, log->code.code), &s) && s.standing) {
		yw_tlog_answer(log, &s, n);
		commit_all(n);
		answers++;
	}
	return answers;
}

static struct yw_buf other;		/* what a spoilt package holds instead */

static void
unspoilt(struct yw_package *p)
{
	YW_CHECK(p->n_admitted == 1 && p->n_changes == 0);
}

static void
another_index(struct yw_package *p)
{
	p->admitted[0].index--;
}

static void
another_path(struct yw_package *p)
{
	p->admitted[0].path.h[0].b[0] ^= 1;
}

static void
flipped(struct yw_package *p)
{
	yw_buf_clear(&other);
	yw_buf_add(&other, p->admitted[0].envelope.data, p->admitted[0].envelope.len);
	other.data[other.len - 5] ^= 1;
	p->admitted[0].envelope = yw_buf_bytes(&other);
}

static void
by_another_log(struct yw_package *p)
{
	p->admitted[0].envelope = yw_buf_bytes(&net->n[0].t->entries[1]);
}

static void
no_delegation(struct yw_package *p)
{
	p->admitted[0].envelope = yw_buf_bytes(&net->n[1].t->entries[0]);
}

/* n times the same. */
static void
repeat(struct yw_package *p, size_t n)
{
	struct yw_entry_proof *many = calloc(n, sizeof *many);

	YW_CHECK(many != NULL);
	for (size_t i = 0; i < n; i++)
		many[i] = p->admitted[0];
	free(p->admitted);
	p->admitted = many;
	p->n_admitted = n;
}

static void
twice(struct yw_package *p)
{
	repeat(p, 2);
}

static void
too_many(struct yw_package *p)
{
	repeat(p, YW_ADMITTED_MAX + 1);
}

/* Nothing of the log is held when the closing comes: whom it admitted is shown by who holds it. */
static bool
shown(bool beat_first, void (*change)(struct yw_package *p), enum yw_code expected)
{
	struct yw_tlog *province, *city_log;
	struct yw_lnode *n = witnessed_by_county(&province, &city_log);
	struct yw_lpackage lp;
	bool is_void;

	yw_tnet_close_forged(city_log, province, 1);
	take_log(n, province, NULL);
	commit_all(n);
	if (beat_first)
		tell_witnessed(n, city_log);
	yw_tlog_package(city_log, 0, 1, city_log->n, 0, false, &lp);
	yw_tlog_admitted(city_log, &lp);
	change(&lp.p);
	YW_CHECK_MSG(yw_ledger_take_package(n->l, &lp.p, &err) == expected, "%s", err.msg);
	commit_all(n);
	YW_FAILS(yw_ledger_take_package(n->l, &lp.p, &err), expected == YW_OK ? YW_EINVAL : expected);	/* it brings no more */
	yw_lpackage_release(&lp);
	commit_all(n);
	if (!beat_first)
		tell_witnessed(n, city_log);
	answer_standing(n, city_log);
	is_void = yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void;
	if (is_void) {
		YW_CHECK(yw_lnode_log(n, "320100")->beats[0].quorum == YW_QUORUM_MET);
		take_log(n, city_log, NULL);
		commit_all(n);
		check_void(n);
	} else {
		yw_lnet_free(net);
	}
	return is_void;
}

static void
witness_shown(void)
{
	static const struct { void (*spoil)(struct yw_package *p); enum yw_code expected; } rows[] = {
		{ another_index, YW_EPEER }, { another_path, YW_EPEER }, { flipped, YW_EPEER }, { by_another_log, YW_EPEER },
		{ no_delegation, YW_EPEER }, { twice, YW_EPEER }, { too_many, YW_EPEER },
	};

	YW_CHECK(shown(true, unspoilt, YW_OK));
	YW_CHECK(shown(false, unspoilt, YW_OK));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		YW_CHECK_MSG(!shown(true, rows[i].spoil, rows[i].expected), "row %zu", i);
	yw_buf_release(&other);
}

/* Nor does it matter that its keys were handed on behind that end. */
static void
rotated_behind_the_end(void)
{
	struct yw_tlog *first, *log;
	struct yw_key_set old, newest;
	struct yw_lnode *n;

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	first = net->n[0].t;
	log = net->n[1].t;
	n = &net->n[2];
	yw_lnode_open(n);
	old = log->keys;
	yw_tnet_rotate(log, first, "second");
	yw_tnet_add_roster(log);
	take_log(n, first, NULL);
	yw_lnode_commit(n);
	take_log(n, log, NULL);
	take_quorum_beat(n, log);
	commit_all(n);
	newest = log->keys;
	log->keys = old;
	yw_tnet_close_forged(log, first, 1);
	log->keys = newest;
	take_log(n, first, NULL);
	commit_all(n);
	for (int again = 0; again < 2; again++) {
		YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
		YW_CHECK(yw_lnode_log(n, "320102")->n_beats == 1);
		YW_CHECK(yw_ledger_generation(n->l, yw_lnode_log(n, "320102"))->n_spans == 2);
		yw_lnode_reopen(n);
		commit_all(n);
	}
	end();
}

/* --- keys that were handed on behind the end of a closing, where the closing is heard first --- */

/* A log that handed its keys on, and maybe a closing that comes after that: at its first entry, or at another one in its place, as
 * its old keys have signed it, or keys that its issuer delegated to itself. */
enum end { NOT_YET, ITS_OWN, BY_OLD_KEYS, BY_THE_ISSUER };

struct late {
	struct yw_tlog *first, *log;
	struct yw_key_set old;
	uint64_t first_before;			/* of the issuer's log: without the closing */
	struct yw_lpackage changes;		/* one entry of the log, with its key change */
};

static void
begin_late(struct late *w, enum end kind)
{
	struct yw_closing_draft d = { .reason = "r" };
	struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_beat_said said = { .relation = kind != ITS_OWN ? YW_BEAT_CONTRADICTS : YW_BEAT_EXTENDS };
	struct yw_tree_head closing = { .size = 1, .root = { { 7 } } };

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	w->first = net->n[0].t;
	w->log = net->n[1].t;
	w->old = w->log->keys;
	yw_tnet_rotate(w->log, w->first, "second");
	yw_tnet_add_roster(w->log);
	yw_tlog_package(w->log, 0, 1, w->log->n, 0, false, &w->changes);
	if (kind == BY_THE_ISSUER)
		(void)yw_tnet_delegate_next_keys(w->log, w->first, "third", &request);
	w->first_before = w->first->n;
	if (kind == NOT_YET)
		return;
	if (kind != ITS_OWN) {
		struct yw_key_set newest = w->log->keys, issuers;

		yw_tnet_keys("third", &issuers);
		w->log->keys = kind == BY_OLD_KEYS ? w->old : issuers;
		yw_tnet_close_forged(w->log, w->first, closing.size);
		w->log->keys = newest;
	} else {
		yw_tnet_root(w->log, closing.size, &closing.root);
		yw_tnet_head(w->log, closing.size, &w->old, &head);
		d.origin = w->log->origin;
		d.size = closing.size;
		d.head = yw_buf_bytes(&head);
		yw_tnet_add_closing(w->first, &d, true);
	}
	yw_buf_release(&head);
	yw_buf_release(&request);
	/* Whoever made the log knows what its beat says. */
	said.beat.size = w->log->n;
	yw_tnet_root(w->log, w->log->n, &said.beat.root);
	YW_PASS(yw_trust_say_beats(net->t->trust, w->log->origin.text, &closing, &said, 1));
}

static void
end_late(struct late *w)
{
	yw_lpackage_release(&w->changes);
	end();
}

/* So much of the issuer's log. */
static void
take_issuer(struct yw_lnode *n, const struct late *w, uint64_t size)
{
	uint64_t at = yw_ledger_log(n->l, w->first->origin.text)->size;
	struct yw_lpackage lp;

	yw_tlog_package(w->first, at, size - at, size, at, false, &lp);
	YW_PASS(yw_ledger_take_package(n->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	commit_all(n);
}

static enum yw_code
tell_beat(struct yw_lnode *n, const struct late *w, bool quorum)
{
	struct yw_treceipt r = { "320300", 1700000000 };
	enum yw_code code;

	yw_tnet_beat(w->log, 1700000000, &r, quorum);
	code = yw_ledger_take_beat(n->l, yw_buf_bytes(&w->log->beat), &err);
	commit_all(n);
	return code;
}

/* As much of the log as it takes, in packages of one entry. */
static void
take_rest(struct yw_lnode *n, const struct late *w)
{
	const struct yw_log *copy = yw_lnode_log(n, "320102");
	uint64_t size;

	do {
		struct yw_lpackage lp;

		size = copy->size;
		if (size == w->log->n)
			break;
		yw_tlog_package(w->log, size, 1, w->log->n, size, copy->target_size != 0, &lp);
		(void)!yw_ledger_take_package(n->l, &lp.p, &err);
		yw_lpackage_release(&lp);
		commit_all(n);
	} while (copy->size > size);
}

static void
check_late(struct yw_lnode *n, const struct late *w, bool forged, const char *when)
{
	for (int again = 0; again < 2; again++) {
		const struct yw_generation *g = yw_ledger_generation(n->l, yw_lnode_log(n, "320102"));

		YW_CHECK_MSG(g->open == forged, "%s %d: %s", when, again, g->open ? "open" : "closed");
		YW_CHECK_MSG(g->end.size == (forged ? UINT64_MAX : w->log->n), "%s %d: it ends at %llu", when, again,
		    (unsigned long long)g->end.size);
		YW_CHECK_MSG(g->n_spans == 2, "%s %d: %zu key sets", when, again, g->n_spans);
		YW_CHECK_MSG(yw_lnode_log(n, "320102")->size == w->log->n, "%s %d: %llu entries", when, again,
		    (unsigned long long)yw_lnode_log(n, "320102")->size);
		yw_lnode_reopen(n);
		commit_all(n);
	}
}

/* Six nodes hear the same: the closing last, before the receipts of the beat alone, before all but one entry of the log, where a
 * head is at hand that the made-up one contradicts, or first, once with a restart before the log comes, which takes back what
 * only memory knows. */
static void
heard_first(enum end kind)
{
	struct late w;

	begin_late(&w, kind);
	for (int order = 0; order < 6; order++) {
		static const char *const when[] = { "last", "before the receipts", "behind one entry", "first", "first, restarted",
			"behind a head" };
		struct yw_key_set newest = w.log->keys;
		struct yw_lnode *n = &net->n[2];
		struct yw_lpackage lp;

		yw_lnode_open(n);
		take_issuer(n, &w, w.first_before);
		if (order == 2 || order == 5) {
			w.log->keys = order == 5 ? w.old : newest;
			yw_tlog_package(w.log, 0, 1, order == 5 ? 1 : w.log->n, 0, false, &lp);
			w.log->keys = newest;
			YW_PASS(yw_ledger_take_package(n->l, &lp.p, &err));
			yw_lpackage_release(&lp);
			commit_all(n);
			yw_lnode_reopen(n);
			commit_all(n);
		}
		if (order < 2)
			take_log(n, w.log, NULL);
		if (order == 0)
			YW_PASS(tell_beat(n, &w, true));
		if (order == 1) {
			YW_PASS(tell_beat(n, &w, false));
			yw_lnode_reopen(n);
			commit_all(n);
		}
		take_issuer(n, &w, w.first->n);
		if (order > 1) {
			YW_FAILS(tell_beat(n, &w, true), YW_ENOENT);
			YW_PASS(yw_ledger_take_package(n->l, &w.changes.p, &err));
			commit_all(n);
		}
		YW_CHECK_MSG(tell_beat(n, &w, true) == YW_OK, "%s: %s", when[order], err.msg);
		answer_standing(n, w.log);
		if (order == 4) {
			yw_lnode_reopen(n);
			commit_all(n);
			YW_FAILS(tell_beat(n, &w, true), YW_ENOENT);
			YW_PASS(yw_ledger_take_package(n->l, &w.changes.p, &err));
			YW_PASS(tell_beat(n, &w, true));
			answer_standing(n, w.log);
		}
		take_rest(n, &w);
		check_late(n, &w, kind != ITS_OWN, when[order]);
		yw_lnode_forget(n);
	}
	end_late(&w);
}

static void
void_heard_first(void)
{
	heard_first(BY_OLD_KEYS);
	heard_first(BY_THE_ISSUER);
}

static void
extended_heard_first(void)
{
	heard_first(ITS_OWN);
}

/* So does who holds the branch of a thief, at a head of which the log was closed, and more of it than that beat covers. */
static void
void_heard_on_another_branch(void)
{
	struct yw_tnet *branch;
	struct yw_closing_draft d = { .reason = "r" };
	struct yw_buf head = YW_BUF_INIT;
	struct yw_tlog *thief;
	struct yw_lnode *n;
	struct late w;

	begin_late(&w, NOT_YET);
	branch = yw_tnet_new("onenet.example", few, 4, "group g any 320300\nquorum g\n");
	thief = &branch->logs[1];
	yw_tlog_grow(thief, 5, "y");
	n = &net->n[2];
	yw_lnode_open(n);
	take_issuer(n, &w, w.first_before);
	take_log(n, thief, NULL);
	commit_all(n);
	yw_tnet_draft_closing(thief, 2, &d, &head);
	yw_tnet_add_closing(w.first, &d, false);
	take_issuer(n, &w, w.first->n);
	YW_CHECK(yw_ledger_generation(n->l, yw_lnode_log(n, "320102"))->end.size == 2 && yw_lnode_log(n, "320102")->size == 6);
	YW_FAILS(tell_beat(n, &w, true), YW_ENOENT);
	YW_CHECK_MSG(yw_ledger_take_package(n->l, &w.changes.p, &err) == YW_OK, "%s", err.msg);
	YW_PASS(tell_beat(n, &w, true));
	answer_standing(n, w.log);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	YW_CHECK(yw_ledger_generation(n->l, yw_lnode_log(n, "320102"))->open);
	yw_buf_release(&head);
	yw_tnet_free(branch);
	end_late(&w);
}

/* Long after a closing turned out void, who lags behind beats with quorum asks how each stands to those before.  What was answered
 * of beats that have come and gone is not kept for ever. */
static void
asked_after_a_void_closing(void)
{
	struct late w = { .log = NULL };
	struct yw_lnode *n;
	unsigned asked = 0;
	size_t most = 0;

	net = yw_lnet_new(few, 4, "group g any 320300\nquorum g\n");
	w.first = net->n[0].t;
	w.log = net->n[1].t;
	n = &net->n[2];
	yw_lnode_open(n);
	take_log(n, w.first, NULL);
	yw_lnode_commit(n);
	take_log(n, w.log, NULL);
	take_quorum_beat(n, w.log);
	yw_tnet_close_forged(w.log, w.first, 1);
	take_log(n, w.first, NULL);
	commit_all(n);
	for (int i = 0; i < YW_PROVEN_KEPT + 20; i++) {
		yw_tlog_grow(w.log, 2, "more");
		take_quorum_beat(n, w.log);
		commit_all(n);
		asked += answer_standing(n, w.log);
		take_rest(n, &w);
		if (n->l->logs[yw_lnode_log(n, "320102")->number]->n_proven > most)
			most = n->l->logs[yw_lnode_log(n, "320102")->number]->n_proven;
	}
	YW_CHECK_MSG(asked > YW_PROVEN_KEPT && most <= YW_PROVEN_KEPT, "%zu proofs after %u questions", most, asked);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	yw_lnode_reopen(n);
	commit_all(n);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	end();
}

/* Beats with quorum by keys that were handed on before, which came when nobody knew that, say nothing of a closing (T5): a first, and
 * one more of its size, on another branch. */
static void
nothing_by_old_keys(void)
{
	struct yw_closing_draft d = { .reason = "r" };
	struct yw_buf head = YW_BUF_INIT;
	struct yw_tnet *branch[2];
	struct yw_tlog *thief = NULL;
	struct yw_sought s;
	struct yw_lnode *n;
	struct late w;

	begin_late(&w, NOT_YET);
	n = &net->n[2];
	yw_lnode_open(n);
	take_issuer(n, &w, w.first_before);
	for (int i = 0; i < 2; i++) {
		branch[i] = yw_tnet_new("onenet.example", few, 4, "group g any 320300\nquorum g\n");
		thief = &branch[i]->logs[1];
		yw_tlog_grow(thief, 5, i == 0 ? "y" : "z");
		yw_tnet_beat(thief, 1700000000, (struct yw_treceipt[]) { { "320300", 1700000000 } }, 1);
		(void)!yw_ledger_take_beat(n->l, yw_buf_bytes(&thief->beat), &err);
		commit_all(n);
	}
	YW_CHECK(yw_lnode_log(n, "320102")->n_beats == 1 && yw_lnode_log(n, "320102")->n_rivals == 1);
	YW_CHECK(yw_lnode_log(n, "320102")->rivals[0].stands && w.log->n < thief->n);
	YW_PASS(yw_ledger_take_package(n->l, &w.changes.p, &err));
	commit_all(n);
	(void)!tell_beat(n, &w, true);		/* by keys whose change is not here yet */
	take_rest(n, &w);
	YW_CHECK(!yw_lnode_log(n, "320102")->frozen && yw_ledger_generation(n->l, yw_lnode_log(n, "320102"))->n_spans == 2);
	yw_tnet_draft_closing(w.log, w.log->n, &d, &head);
	yw_tnet_add_closing(w.first, &d, false);
	take_issuer(n, &w, w.first->n);
	while (yw_ledger_seeks(n->l, yw_lnode_log(n, "320102"), &s) && s.standing) {
		yw_tlog_answer(thief, &s, n);
		commit_all(n);
	}
	check_late(n, &w, false, "a thief's beats");
	yw_buf_release(&head);
	yw_tnet_free(branch[0]);
	yw_tnet_free(branch[1]);
	end_late(&w);
}

/* Keys alone move nobody, nor does a quorum by keys to which no change is proven. */
static void
moved_by_nothing_less(void)
{
	struct yw_lnode *n;
	struct yw_key_set newest;
	struct yw_hash *path;
	struct late w;
	const struct yw_log *copy;
	struct yw_sought s;

	begin_late(&w, BY_OLD_KEYS);
	n = &net->n[2];
	newest = w.log->keys;
	path = w.changes.p.changes[0].path.h;
	yw_lnode_open(n);
	take_issuer(n, &w, w.first->n);
	copy = yw_lnode_log(n, "320102");
	path->b[0] ^= 1;		/* a change that is not of the head */
	YW_FAILS(yw_ledger_take_package(n->l, &w.changes.p, &err), YW_EPEER);
	path->b[0] ^= 1;
	YW_FAILS(tell_beat(n, &w, true), YW_ENOENT);
	YW_PASS(yw_ledger_take_package(n->l, &w.changes.p, &err));
	YW_FAILS(yw_ledger_take_package(n->l, &w.changes.p, &err), YW_EINVAL);	/* or it would be asked for again and again */
	yw_tnet_keys("somebody's", &w.log->keys);
	YW_FAILS(tell_beat(n, &w, true), YW_ENOENT);
	w.log->keys = newest;
	YW_PASS(tell_beat(n, &w, false));
	YW_CHECK(!(yw_ledger_seeks(n->l, copy, &s) && s.standing));
	YW_CHECK(!yw_ledger_generation(n->l, copy)->open && copy->size == 0);
	YW_PASS(tell_beat(n, &w, true));
	YW_CHECK(yw_ledger_seeks(n->l, copy, &s) && s.standing && !yw_ledger_generation(n->l, copy)->open);
	end_late(&w);
}

static void
revoke(struct yw_tlog *log, struct yw_tlog *by)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(log, log->n, &d, &head);
	d.revoked = true;
	(void)yw_tnet_add_closing(by, &d, true);
	yw_buf_release(&head);
}

/* Who signed a beat had changed to the keys by which it did, as its envelope says; then the issuer's log, held that far, has no
 * delegation there, and its keys are the ones before (T5). */
static void
change_taken_back(void)
{
	struct yw_tlog *first, *witness, *seen;
	struct yw_lnode *n;
	uint64_t at;

	net = yw_lnet_new(few, 4, "group g any 320102\nquorum g\n");
	first = net->n[0].t;
	witness = net->n[1].t;
	seen = net->n[2].t;
	n = &net->n[3];
	at = first->n;
	yw_tnet_rotate(witness, first, "second");
	while (first->n > at)
		yw_buf_release(&first->entries[--first->n]);
	yw_lnode_open(n);
	take_log(n, first, NULL);
	yw_lnode_commit(n);
	take_log(n, witness, NULL);
	take_log(n, seen, NULL);
	take_beat_by(n, seen, "320102");
	commit_all(n);
	YW_CHECK(yw_trust_origin(yw_ledger_trust(n->l), witness->origin.text)->n_spans == 2);
	YW_CHECK(yw_lnode_log(n, "320200")->beats[0].quorum == YW_QUORUM_MET);
	yw_tlog_grow(first, 3, "x");
	yw_tnet_add_roster(first);
	take_log(n, first, NULL);
	for (int again = 0; again < 2; again++) {
		commit_all(n);
		YW_CHECK(yw_trust_origin(yw_ledger_trust(n->l), witness->origin.text)->n_spans == 1);
		YW_CHECK_MSG(yw_lnode_log(n, "320200")->beats[0].quorum == YW_QUORUM_NOT_MET, "%s", again ? "restarted" : "at once");
		yw_lnode_reopen(n);
	}
	end();
}

/* One beat stops standing, which says that a closing is void; another, judged after it, bears the receipt of whom that would have
 * closed. */
static void
another_falls(void)
{
	static const char *const more[] = { "320000", "320102", "320200", "320300", "320400", "320500", "320600" };
	struct yw_tlog *mirror;
	struct yw_lnode *n;

	net = yw_lnet_new(more, 7, "group g any 320300 320400 320500\nquorum g\n");
	mirror = net->n[3].t;
	n = &net->n[2];
	yw_lnode_open(n);
	take_log(n, net->n[0].t, NULL);
	yw_lnode_commit(n);
	take_log(n, net->n[1].t, NULL);
	take_log(n, net->n[5].t, NULL);
	take_beat_by(n, net->n[1].t, "320500");
	yw_lnode_commit(n);
	take_log(n, net->n[6].t, NULL);
	take_log(n, mirror, NULL);
	take_quorum_beat(n, net->n[6].t);
	take_beat_by(n, mirror, "320400");
	yw_tnet_close_forged(mirror, net->n[0].t, 1);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	YW_CHECK(yw_lnode_log(n, "320102")->beats[0].quorum == YW_QUORUM_MET);
	YW_CHECK(yw_lnode_log(n, "320600")->beats[0].quorum == YW_QUORUM_MET);
	revoke(net->n[5].t, net->n[0].t);
	yw_hear();
	take_log(n, net->n[0].t, NULL);
	yw_lnode_commit(n);
	YW_CHECK(yw_lnode_log(n, "320102")->beats[0].quorum == YW_QUORUM_NOT_MET);
	YW_CHECK_MSG(yw_lnode_log(n, "320600")->beats[0].quorum == YW_QUORUM_MET, "the void closing counted for a turn");
	YW_CHECK(yw_heard("quorum-cut", "320600") == 0);
	end();
}

struct remembered { size_t days, cut; };

/* Of the first beats of days, and of quorums that were cut. */
static struct remembered
remembers(struct yw_lnode *n, const char *code)
{
	const struct log_inside *in = n->l->logs[yw_lnode_log(n, code)->number];
	struct key prefix = key_head(in->pub.number, 'd');
	struct yw_iter *it = yw_iter_new(n->l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	struct remembered r = { .cut = in->n_cut };

	for (; yw_iter_valid(it); yw_iter_next(it))
		r.days++;
	YW_PASS(yw_iter_finish(it, &err));
	return r;
}

enum between { NOTHING, RESTARTED, UNDONE };

/* Between the turn that learns that somebody's word counts otherwise, and that in which beats are judged by it. */
static void
come_between(struct yw_lnode *n, enum between what)
{
	struct yw_error why;

	yw_lnode_commit(n);
	YW_CHECK(words_due(n->l));
	if (what == RESTARTED)
		yw_lnode_reopen(n);
	if (what == UNDONE) {
		yw_fail(&why, YW_EPEER, "undone");
		(void)spoil(n->l, YW_EPEER, &why);
		n->l->dirty = true;
		YW_FAILS(yw_ledger_commit(n->l, &err), YW_EPEER);
	}
	commit_all(n);
}

/* Who signed a beat is closed at a head that was made up, which a quorum makes void; then that one's witness is revoked, so that the
 * closing counts; and then the next log of that witness brings a quorum against it once more. */
static void
judged_after(enum between what)
{
	static const char *const more[] = { "320000", "320102", "320200", "320300", "320400", "320500" };
	struct yw_tlog *mirror;
	struct remembered r;
	struct yw_lnode *n;

	net = yw_lnet_new(more, 6, "group g any 320300 320400 320500\nquorum g\n");
	mirror = net->n[3].t;
	n = &net->n[2];
	yw_lnode_open(n);
	take_log(n, net->n[0].t, NULL);
	yw_lnode_commit(n);
	take_log(n, net->n[1].t, NULL);
	take_log(n, mirror, NULL);
	take_log(n, net->n[4].t, NULL);
	take_quorum_beat(n, net->n[1].t);
	take_beat_by(n, mirror, "320400");
	yw_tnet_close_forged(mirror, net->n[0].t, 1);
	take_log(n, net->n[0].t, NULL);
	commit_all(n);
	YW_CHECK(yw_trust_asked(yw_ledger_trust(n->l), 0)->is_void);
	r = remembers(n, "320102");
	YW_CHECK(r.days == 1 && r.cut == 0);

	revoke(net->n[4].t, net->n[0].t);
	take_log(n, net->n[0].t, NULL);
	come_between(n, what);
	r = remembers(n, "320102");
	YW_CHECK_MSG(r.days == 0 && r.cut == 1, "cut, %d between: %zu days, %zu cut", (int)what, r.days, r.cut);

	take_beat_by(n, mirror, "320500");
	come_between(n, what);
	r = remembers(n, "320102");
	YW_CHECK_MSG(r.days == 1 && r.cut == 0, "back, %d between: %zu days, %zu cut", (int)what, r.days, r.cut);
	end();
}

static void
judged_after_all(void)
{
	judged_after(NOTHING);
	judged_after(RESTARTED);
	judged_after(UNDONE);
}

YW_TESTS({ "T6 S4 a closing that comes late, early, and after a restart: one state", comes_late },
    { "T3 T9 T1 a delegation without its consent has no effect, and counts once that is held: one state", consent_comes_last },
    { "T7 who signed a beat was admitted behind the end: the beat comes after the closing", witness_heard_late },
    { "T7 who signed a beat was admitted behind the end, of which nothing is held", witness_shown },
    { "T7 R5 nor does the key of who was admitted there make another's line known", witness_misnamed },
    { "T6 the owner stops, and says why", owner_stops },
    { "T7 what had its quorum beyond a closing stays, and is fetched", quorum_stands },
    { "T6 S4 a closing in the very turn in which the log came ends it where it ends later: in no turn a digest says otherwise", in_one_turn },
    { "T7 S4 entries and bodies that come in the turn of a closing that turns out void count", void_in_one_turn },
    { "T7 nor is it in force for a turn whenever the log goes on", void_while_it_grows },
    { "T12 T7 S4 who signed a beat is closed in the very turn in which the beat came", witness_in_one_turn },
    { "T7 T12 the receipts of who was closed at a made-up head count, as soon as the closing is void", void_of_a_witness },
    { "T3 S4 what was signed by the keys of a delegation that gives way counts for no quorum", witness_of_another },
    { "T5 T12 what was signed after a change of keys that is none counts for no quorum", change_taken_back },
    { "T12 R6 a quorum is cut, and is there again, though the node stops, or the turn is undone, before that is judged", judged_after_all },
    { "T7 T12 nor does a void closing count while what others say is asked for anew", another_falls },
    { "T7 L7 a void closing at the size that a log has keeps nobody from its last entries", void_at_this_size },
    { "L6 L7 nor does one logged behind that which is in force, as the log is fetched up to its end", made_up_after_the_closing },
    { "L6 L7 but nobody is led beside the end that counts", beside_the_end },
    { "T7 L7 S4 a closing that a quorum makes void is so behind one at a made-up end too", void_behind_a_made_up_end },
    { "T7 L6 L7 nor does it hide that two other heads of this size contradict each other", contradicted_at_this_size },
    { "T5 T7 S4 a beat with quorum by keys that were handed on before it makes no closing void", nothing_by_old_keys },
    { "T7 what was answered of beats that have come and gone is not kept for ever", asked_after_a_void_closing },
    { "T3 T6 R4 a closing that takes the delegation of another log back: what was signed there counts no more", delegated_behind_the_end },
    { "T3 T6 its owner, whose delegation that is, registers nothing more", own_delegation_behind_the_end },
    { "T3 T7 a void closing of its issuer's log stops no owner below, nor does a restart then", void_above_own },
    { "T3 T7 T12 one that is void no more, since its quorum was revoked, takes them back", void_above_own_no_more },
    { "T7 S4 a void closing stays void over a restart: who signed against it was admitted behind its end", witness_behind_the_end },
    { "T5 T7 S4 a void closing stays void over a restart: the log's keys were handed on behind its end", rotated_behind_the_end },
    { "T5 T7 S4 a closing that a quorum by keys from behind its end makes void: whoever hears of it first judges the same", void_heard_first },
    { "T5 T7 S4 a closing that a quorum by keys from behind its end extends: whoever hears of it first judges the same", extended_heard_first },
    { "T5 T7 S4 nor is it in force where the branch at which the log was closed is held", void_heard_on_another_branch },
    { "T5 T7 nor is it moved by less: a change that is not proven, keys that none leads to, a beat without quorum", moved_by_nothing_less })
