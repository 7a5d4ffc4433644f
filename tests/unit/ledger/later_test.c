/*
 * Bodies that this version cannot apply: held, served and counted for receipts all the same; and the state made anew
 * where another version made it.
 */
#include "ledger/ledger_int.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *relay, *third;	/* 320100 copies 320000, 320200 copies it from there */
static struct yw_tlog *t;		/* the log of 320000, whose node is of a newer version */

static void
start(void)
{
	net = yw_lnet_new(codes, 3, "group g 2 320000 320100 320200\nquorum g\n");
	relay = &net->n[1];
	third = &net->n[2];
	t = net->n[0].t;
	yw_lnode_open(relay);
	yw_lnode_open(third);
}

static void
stop(void)
{
	yw_lnet_free(net);
}

static void
make(const char *id, uint64_t op, uint32_t field, struct yw_buf *out)
{
	yw_buf_clear(out);
	yw_wire_add_bytes(out, 1, yw_bytes_str(id));
	yw_wire_add_number(out, 2, 3);
	yw_wire_add_number(out, 3, op);
	yw_wire_add_bytes(out, 4, YW_BYTES_LIT("0123456789abcdef"));
	if (field != 0)
		yw_wire_add_bytes(out, field, YW_BYTES_LIT("\x12\x01n"));
}

/* Logs one record at the end, and the relay takes the entry and is given the body. */
static enum yw_code
give_one(const struct yw_buf *body)
{
	uint64_t held = yw_ledger_log(relay->l, t->origin.text)->size;
	struct yw_body b = { .index = yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(body) }, 1) };
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(t, held, t->n - held, t->n, held, false, &lp);
	YW_PASS(yw_ledger_take_package(relay->l, &lp.p, &err));
	yw_lnode_commit(relay);
	yw_lpackage_release(&lp);
	b.bytes = yw_buf_bytes(body);
	yw_body_check(&b);
	code = yw_ledger_take_body(relay->l, t->origin.text, &b, &err);
	yw_lnode_commit(relay);
	return code;
}

/* One that is held.  Gives the index. */
static uint64_t
log_one(const struct yw_buf *body)
{
	YW_PASS(give_one(body));
	return t->n - 1;
}

enum shown { NOTHING, CURRENT, LATER, BOTH };

static enum shown
shown(struct yw_lnode *n, const char *id, struct yw_item *item)
{
	struct yw_item current;
	struct yw_view *v;
	unsigned out = NOTHING;

	YW_PASS(yw_view_open(n->l, &v, &err));
	if (yw_view_current(v, id, &current, &err) == YW_OK)
		out |= CURRENT;
	if (yw_view_later(v, id, item, &err) == YW_OK)
		out |= LATER;
	yw_view_close(v);
	return (enum shown)out;
}

/* Everything below its size is here, the body at that place too and byte for byte, and the digest is complete. */
static void
holds_all(struct yw_lnode *n, uint64_t index, const struct yw_buf *body)
{
	const struct yw_log *log = yw_ledger_log(n->l, t->origin.text);
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_hash digest;
	struct yw_view *v;
	bool complete;

	YW_CHECK(log->size == t->n && log->n_missing == 0 && log->held == log->size && log->receipts_to == log->size);
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_body(v, yw_view_log(v, t->origin.text), index, 0, &bytes, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&bytes), yw_buf_bytes(body)));
	YW_PASS(yw_view_digest(v, &t->code, &complete, &digest, &err));
	YW_CHECK(complete);
	yw_view_close(v);
	yw_buf_release(&bytes);
}

static void
relayed(void)
{
	struct yw_buf deal = YW_BUF_INIT, demand = YW_BUF_INIT, state = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_log *log;
	struct yw_item item;
	uint64_t at;

	start();
	make("320000/deal/a", 1, 15, &deal);
	at = log_one(&deal);
	yw_lrecord("320000/demand/b", 1, "after it", &demand);
	log_one(&demand);
	holds_all(relay, at, &deal);
	YW_CHECK(shown(relay, "320000/demand/b", &item) == CURRENT && shown(relay, "320000/deal/a", &item) == LATER);
	YW_CHECK(item.index == at && item.item == 0 && item.revision == 3 && item.op == 0);

	yw_tnet_beat(t, YW_TNET_TIME_MS / 1000, NULL, 0);
	YW_PASS(yw_ledger_take_beat(relay->l, yw_buf_bytes(&t->beat), &err));
	yw_lnode_tick(relay);
	log = yw_ledger_log(relay->l, t->origin.text);
	YW_CHECK(log->n_beats == 1 && log->beats[0].size == t->n && log->beats[0].mine);

	while (yw_lnode_follow(third, relay))
		;
	holds_all(third, at, &deal);
	YW_CHECK(shown(third, "320000/deal/a", &item) == LATER && item.index == at);
	yw_lnode_state(relay, &state);
	yw_lnode_reopen(relay);
	yw_lnode_state(relay, &again);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&state), yw_buf_bytes(&again)));
	YW_CHECK(shown(relay, "320000/deal/a", &item) == LATER);
	yw_buf_release(&deal);
	yw_buf_release(&demand);
	yw_buf_release(&state);
	yw_buf_release(&again);
	stop();
}

static void
odd_ones(void)
{
	static const struct { const char *what, *id; uint64_t op; uint32_t field; enum shown shown; } rows[] = {
		{ "an operation to come", "320000/demand/a", 3, 10, LATER },
		{ "the same after a put", "320000/demand/put", 3, 10, BOTH },
		{ "a kind to come is withdrawn", "320000/deal/b", 2, 0, LATER },
		{ "a kind to come in a known one's content", "320000/deal/c", 1, 10, LATER },
		{ "content of another kind", "320000/demand/b", 1, 7, NOTHING },
		{ "no content", "320000/demand/c", 1, 0, NOTHING },
		{ "withdrawn with content", "320000/demand/d", 2, 10, NOTHING },
		{ "the same after a put", "320000/demand/put", 1, 7, BOTH },
	};
	struct yw_buf body = YW_BUF_INIT;

	start();
	yw_lrecord("320000/demand/put", 1, "sound", &body);
	log_one(&body);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_item item;
		uint64_t at;

		make(rows[i].id, rows[i].op, rows[i].field, &body);
		at = log_one(&body);
		holds_all(relay, at, &body);
		YW_CHECK_MSG(shown(relay, rows[i].id, &item) == rows[i].shown, "%s", rows[i].what);
	}
	yw_buf_release(&body);
	stop();
}

enum bad { NOT_ONE_FORM, NO_ID, BAD_ID, OTHER_CODE, NO_RECORD, TOO_LONG, N_BAD };

static void
make_bad(enum bad bad, struct yw_buf *out)
{
	static const char *const ids[N_BAD] = { [BAD_ID] = "320000/a", [OTHER_CODE] = "320100/demand/a" };
	struct yw_buf field = YW_BUF_INIT;
	uint8_t *p;

	if (bad == NO_RECORD) {
		yw_buf_add_str(out, "no record");
		return;
	}
	if (bad == NO_ID)
		yw_wire_add_number(out, 3, 1);
	else
		make(ids[bad] != NULL ? ids[bad] : "320000/demand/a", 1, 10, out);
	if (bad == NOT_ONE_FORM)
		yw_wire_add_number(out, 2, 1);
	if (bad == TOO_LONG) {
		p = yw_buf_extend(&field, YW_BODY_MAX);
		YW_CHECK(p != NULL);
		memset(p, 'x', YW_BODY_MAX);
		yw_wire_add_bytes(out, 99, yw_buf_bytes(&field));
	}
	yw_buf_release(&field);
}

/* What no version holds, and no receipt goes past. */
static void
never_held(void)
{
	static const char *const what[] = { "fields out of order", "no id", "an id without a kind", "an id of another code",
		"no record", "over 1 MiB" };
	struct yw_buf body = YW_BUF_INIT, bytes = YW_BUF_INIT;

	for (enum bad bad = 0; bad < N_BAD; bad++) {
		const struct yw_log *log;
		struct yw_view *v;

		start();
		yw_buf_clear(&body);
		make_bad(bad, &body);
		YW_CHECK_MSG(give_one(&body) == YW_EINVAL, "%s", what[bad]);
		log = yw_ledger_log(relay->l, t->origin.text);
		YW_CHECK_MSG(log->n_missing == 0 && log->receipts_to == t->n - 1 && log->size == t->n, "%s", what[bad]);
		YW_PASS(yw_view_open(relay->l, &v, &err));
		YW_FAILS(yw_view_body(v, yw_view_log(v, t->origin.text), t->n - 1, 0, &bytes, &err), YW_ENOENT);
		yw_view_close(v);
		stop();
	}
	yw_buf_release(&body);
	yw_buf_release(&bytes);
}

/* As another version would have left it: it knew less, or more, or was cut off. */
static void
doctor(struct yw_lnode *n, const char *id, uint64_t index)
{
	struct key item = key_item(id, 1, index, 0), k = key_meta("state");
	struct yw_batch *b = yw_batch_new();
	uint8_t version[4] = { 0, 0, 0, 200 }, value[43] = { 1, 1, 1 };

	yw_batch_delete(b, F_ITEMS, key_bytes(&item));
	yw_batch_put(b, F_LATER, key_bytes(&item), (struct yw_bytes) { value, sizeof value });
	item = key_place(0, index, 0);
	yw_batch_put(b, F_MISSING, key_bytes(&item), (struct yw_bytes) { value, 1 });
	for (uint64_t i = 0; i < index; i++) {
		item = key_entry(0, i);
		yw_batch_delete(b, F_TRUST, key_bytes(&item));
	}
	yw_batch_put(b, F_META, key_bytes(&k), (struct yw_bytes) { version, sizeof version });
	YW_PASS(yw_store_write(n->store, b, true, &err));
	yw_batch_free(b);
}

static void
made_anew(void)
{
	struct yw_buf demand = YW_BUF_INIT, deal = YW_BUF_INIT, state = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_item item;
	uint64_t at;

	start();
	yw_lrecord("320000/demand/a", 1, "x", &demand);
	at = log_one(&demand);
	make("320000/deal/a", 1, 15, &deal);
	log_one(&deal);
	while (yw_lnode_follow(third, relay))
		;
	yw_lnode_state(third, &state);
	yw_lnode_close(third);
	doctor(third, "320000/demand/a", at);
	for (int i = 0; i < 2; i++) {		/* anew, and as it then is */
		yw_lnode_reopen(third);
		yw_lnode_state(third, &again);
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&state), yw_buf_bytes(&again)));
		YW_CHECK(shown(third, "320000/demand/a", &item) == CURRENT && shown(third, "320000/deal/a", &item) == LATER);
	}
	yw_buf_release(&demand);
	yw_buf_release(&deal);
	yw_buf_release(&state);
	yw_buf_release(&again);
	stop();
}

YW_TESTS(
	{ "B3 B7 R5 what only a newer version knows passes through an older relay, and receipts go past it", relayed },
	{ "B6 B7 R5 a body that is held and does not count", odd_ones },
	{ "B5 B6 R5 what is never held, and no receipt goes past", never_held },
	{ "B7 S4 a state that another version made is made anew", made_anew }
)
