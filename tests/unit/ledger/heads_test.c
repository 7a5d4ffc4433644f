/*
 * Heads: larger, smaller, equal, and those that cannot both be true, in every order in which they can come.
 */
#include "base/text.h"
#include "ledger/ledger_int.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "trust/fields.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320200" };
static struct yw_error err;

/*
 * Two branches of the log of 320000, by the same keys: `a` in one network of tnet, `b` in another.  They agree in
 * the first `common` entries.
 */
static struct yw_lnet *net;
static struct yw_tnet *other;
static struct yw_tlog *a, *b;
static struct yw_lnode *city;		/* holds a copy of branch a */
static uint64_t common;

static void
grow(struct yw_tlog *log, size_t n, const char *title)
{
	struct yw_buf body = YW_BUF_INIT;
	char id[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof id, "%s/demand/%llu", log->code.code, (unsigned long long)log->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, title, &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
}

static void
start_by(const char *lines, size_t more_a, size_t more_b)
{
	net = yw_lnet_new(codes, 3, lines);
	other = yw_tnet_new("onenet.example", codes, 3, lines);
	city = &net->n[1];
	a = net->n[0].t;
	b = &other->logs[0];
	grow(a, 20, "x");
	grow(b, 20, "x");
	common = a->n;
	grow(a, more_a, "x");
	grow(b, more_b, "y");
	yw_lnode_open(city);
}

static void
start(size_t more_a, size_t more_b)
{
	start_by("quorum none\n", more_a, more_b);
}

static void
stop(void)
{
	yw_lnet_free(net);
	yw_tnet_free(other);
}

static enum yw_code
give(struct yw_tlog *log, uint64_t at, uint64_t end, uint64_t head_size, bool named)
{
	struct yw_lpackage lp;
	enum yw_code code;

	yw_tlog_package(log, at, end - at, head_size, at, named, &lp);
	code = yw_ledger_take_package(city->l, &lp.p, &err);
	yw_lpackage_release(&lp);
	return code;
}

static enum yw_code
show(struct yw_tlog *log, uint64_t size)
{
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code;

	yw_tlog_head(log, size, &note);
	code = yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err);
	yw_buf_release(&note);
	return code;
}

/* A signed head of any content: what tnet's logs cannot say. */
static enum yw_code
show_any(struct yw_tlog *log, uint64_t size, uint8_t root)
{
	struct yw_checkpoint c = { .size = size };
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code;

	memcpy(c.origin, log->origin.text, sizeof c.origin);
	memset(c.root.b, root, sizeof c.root.b);
	YW_PASS(yw_head_sign(&c, &log->keys.head, &log->keys.pub.head, &note, &err));
	code = yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err);
	yw_buf_release(&note);
	return code;
}

static struct yw_log *
copy(void)
{
	return yw_ledger_log(city->l, a->origin.text);
}

/* The pair is kept, verifies offline by the head key alone, and survives a restart. */
static void
check_contradiction(uint64_t size_a, uint64_t size_b)
{
	for (int round = 0; round < 2; round++) {
		struct yw_contradiction_verdict verdict;
		struct yw_buf heads = YW_BUF_INIT;
		struct yw_contradiction c;
		struct yw_view *v;

		YW_CHECK(copy()->frozen && copy()->target_size == 0);
		YW_PASS(yw_view_open(city->l, &v, &err));
		YW_PASS(yw_view_contradiction(v, yw_view_log(v, a->origin.text), 0, &heads, &c, &err));
		YW_PASS(yw_contradiction_check(yw_trust_origin(yw_view_trust(v), a->origin.text), &c, &verdict, &err));
		yw_view_close(v);
		YW_CHECK_MSG(verdict.size_a == size_a && verdict.size_b == size_b, "sizes %llu %llu",
		    (unsigned long long)verdict.size_a, (unsigned long long)verdict.size_b);
		yw_buf_release(&heads);
		if (a->n == copy()->size)
			grow(a, 1, "x");
		YW_FAILS(give(a, copy()->size, copy()->size + 1, copy()->size + 1, false), YW_EINVAL);
		YW_FAILS(give(a, copy()->size, copy()->size + 1, copy()->size + 1, true), YW_EINVAL);
		yw_lnode_commit(city);
		yw_lnode_reopen(city);
	}
}

/* ---- cases */

static void
larger(void)
{
	start(30, 0);
	YW_PASS(show(a, 10));
	YW_CHECK(copy()->head_size == 10 && copy()->full_size == 0 && copy()->target_size == 0);
	YW_PASS(show(a, 5));
	YW_PASS(show(a, 10));
	yw_lnode_commit(city);
	YW_CHECK(copy()->head_size == 10);
	YW_PASS(show(a, 10));
	YW_CHECK(!yw_lnode_dirty(city));
	YW_PASS(give(a, 0, 20, 20, false));
	YW_PASS(show(a, 40));
	yw_lnode_commit(city);
	YW_CHECK(copy()->head_size == 40 && copy()->full_size == 20 && !copy()->frozen);
	yw_lnode_reopen(city);
	YW_CHECK(copy()->head_size == 40 && copy()->full_size == 20);
	YW_PASS(give(a, 20, a->n, a->n, false));
	yw_lnode_commit(city);
	for (uint64_t size = 1; size <= a->n; size++)
		YW_PASS(show(a, size));
	YW_CHECK(!copy()->frozen && !yw_lnode_dirty(city));
	stop();
}

static void
no_heads(void)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_bytes none = { NULL, 0 };

	start(0, 0);
	YW_FAILS(yw_ledger_take_head(city->l, none, &err), YW_EPEER);
	YW_FAILS(yw_ledger_take_head(city->l, YW_BYTES_LIT("onenet.example/320000\n5\n"), &err), YW_EPEER);
	YW_FAILS(show_any(a, 0, 1), YW_EPEER);
	yw_tlog_head(a, 10, &note);
	for (size_t cut = 0; cut < note.len; cut++)
		YW_CHECK(yw_ledger_take_head(city->l, (struct yw_bytes) { note.data, cut }, &err) == YW_EPEER);
	for (size_t bit = 0; bit < note.len * 8; bit++) {
		enum yw_code code;

		note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		code = yw_ledger_take_head(city->l, yw_buf_bytes(&note), &err);
		YW_CHECK_MSG(code == YW_EPEER || code == YW_ESIG || code == YW_ENOENT, "bit %zu gives '%s'", bit,
		    yw_code_name(code));
		note.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	YW_CHECK(!yw_lnode_dirty(city) && copy()->head_size == 0);
	yw_buf_release(&note);
	stop();
}

/* The full copy meets a head of the other branch, of every size. */
static void
beside_a_whole_copy(void)
{
	for (uint64_t size = 1; size <= 31; size++) {
		start(8, 8);
		YW_PASS(give(a, 0, a->n, a->n, false));
		yw_lnode_commit(city);
		if (size <= common || size > a->n) {
			if (size <= b->n)
				YW_PASS(show(b, size));
			YW_CHECK(!copy()->frozen);
		} else {
			YW_FAILS(show(b, size), YW_ECONFLICT);
			YW_PASS(show(b, size));		/* known now */
			yw_lnode_commit(city);
			check_contradiction(size, a->n);
		}
		stop();
	}
}

static void
two_of_one_size(void)
{
	start(8, 8);
	YW_PASS(show(a, common + 3));
	YW_FAILS(show(b, common + 3), YW_ECONFLICT);	/* neither is reached */
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 3);
	stop();

	start(8, 8);
	YW_PASS(give(a, 0, 10, common + 3, false));	/* towards a target */
	YW_PASS(show(a, common + 5));
	YW_FAILS(show(b, common + 3), YW_ECONFLICT);
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 3);
	stop();

	start(8, 8);
	YW_PASS(show(a, common + 3));
	YW_FAILS(give(b, 0, 10, common + 3, false), YW_ECONFLICT);	/* it comes with a package */
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 3);
	stop();
}

/* The same two heads give the same pair, whichever came first. */
static void
same_pair(void)
{
	struct yw_buf first = YW_BUF_INIT, second = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_view *v;

	start(8, 8);
	for (int round = 0; round < 2; round++) {
		YW_PASS(show(round ? b : a, common + 3));
		YW_FAILS(show(round ? a : b, common + 3), YW_ECONFLICT);
		yw_lnode_commit(city);
		YW_PASS(yw_view_open(city->l, &v, &err));
		YW_PASS(yw_view_contradiction(v, yw_view_log(v, a->origin.text), 0, round ? &second : &first, &c, &err));
		yw_view_close(v);
		yw_lnode_forget(city);
		yw_lnode_open(city);
	}
	YW_CHECK(first.len > 0 && yw_bytes_equal(yw_buf_bytes(&first), yw_buf_bytes(&second)));
	yw_buf_release(&first);
	yw_buf_release(&second);
	stop();
}

/* A head that comes before the entries it speaks of is compared when they are here. */
static void
compared_later(void)
{
	for (int other_first = 0; other_first < 2; other_first++) {
		start(8, 8);
		YW_PASS(give(a, 0, 10, 10, false));
		if (other_first) {	/* it waits, for a larger one became the newest head */
			YW_PASS(show(b, common + 3));
			YW_PASS(show(a, common + 6));
		} else {		/* it waits at once: smaller than the newest */
			YW_PASS(show(a, common + 6));
			YW_PASS(show(b, common + 3));
		}
		yw_lnode_commit(city);
		YW_PASS(give(a, 10, common + 6, common + 6, false));
		YW_CHECK(!copy()->frozen);
		yw_lnode_commit(city);
		YW_CHECK(copy()->frozen);
		YW_CHECK(yw_lnode_dirty(city));
		yw_lnode_commit(city);
		check_contradiction(common + 3, common + 6);
		stop();
	}
}

/* A newest head that is on the other branch is found when the full head passes it; so is a beat. */
static void
compared_at_last(void)
{
	start(8, 8);
	YW_PASS(show(b, common + 3));
	YW_PASS(give(a, 0, common + 5, common + 5, false));
	yw_lnode_commit(city);
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 5);
	stop();

	start(8, 3);
	yw_tnet_beat(b, 1700000000, NULL, 0);		/* of common + 3 */
	YW_PASS(yw_ledger_take_beat(city->l, yw_buf_bytes(&b->beat), &err));
	yw_lnode_commit(city);
	yw_lnode_reopen(city);
	YW_PASS(give(a, 0, common + 5, common + 5, false));
	yw_lnode_commit(city);
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 5);
	stop();
}

/* The target is replaced by a head of the other branch, as far as both agree: the first one still speaks. */
static void
replaced_target(void)
{
	start(8, 8);
	YW_PASS(give(a, 0, 10, common + 3, false));
	YW_PASS(give(b, 10, 15, common + 6, false));
	YW_PASS(give(b, 15, common + 6, common + 6, true));
	yw_lnode_commit(city);
	yw_lnode_commit(city);
	check_contradiction(common + 3, common + 6);
	stop();
}

/* A package from the other branch whose proof starts from another root than mine. */
static void
fork_in_a_package(void)
{
	struct yw_lpackage lp;

	for (uint64_t size = common + 1; size <= common + 12; size++) {
		start(12, 14);
		YW_PASS(give(a, 0, size, size, false));
		yw_lnode_commit(city);
		YW_FAILS(give(b, size, size + 1, b->n, false), YW_ECONFLICT);	/* of a power of two, too */
		yw_lnode_commit(city);
		check_contradiction(size, b->n);
		stop();
	}

	start(12, 14);		/* what proves nothing is a lie: a root from which the proof does not lead there */
	YW_PASS(give(a, 0, common + 5, common + 5, false));
	yw_lnode_commit(city);
	yw_tlog_package(b, common + 5, 1, b->n, common + 5, false, &lp);
	lp.p.from_root.b[0] ^= 1;
	YW_FAILS(yw_ledger_take_package(city->l, &lp.p, &err), YW_ESIG);
	yw_lpackage_release(&lp);
	YW_CHECK(!copy()->frozen);
	stop();

	start(12, 14);		/* half-way to a target my branch has no signed head to show: nobody is blamed */
	YW_PASS(give(a, 0, common + 5, a->n, false));
	yw_lnode_commit(city);
	YW_FAILS(give(b, common + 5, common + 6, b->n, false), YW_EINVAL);
	YW_CHECK(!copy()->frozen && !yw_lnode_dirty(city));
	stop();
}

/* --- every mouth that a head can come from --- */

static struct yw_buf mouth_head;	/* of branch b, at common + 3 */

static enum yw_code
from_news(void)
{
	return show(b, common + 3);
}

static enum yw_code
from_package(void)
{
	return give(b, a->n, a->n + 1, b->n, false);
}

static enum yw_code
from_beat(void)
{
	yw_tnet_beat(b, 1700000000, NULL, 0);
	return yw_ledger_take_beat(city->l, yw_buf_bytes(&b->beat), &err);
}

static enum yw_code
from_message(void)
{
	struct yw_contradiction c = { .head_a = yw_buf_bytes(&mouth_head) };
	struct yw_buf head = YW_BUF_INIT;
	enum yw_code code;

	yw_tlog_head(a, common + 3, &head);
	c.head_b = yw_buf_bytes(&head);
	code = yw_ledger_take_contradiction(city->l, a->origin.text, &c, &err);
	yw_buf_release(&head);
	return code;
}

static struct yw_bytes
add_statement(struct yw_tlog *to, const Yiwang__V1__Trust *m)
{
	struct yw_buf trust = YW_BUF_INIT;

	YW_PASS(yw_wire_pack(&m->base, &trust, &err));
	yw_tnet_add_trust(to, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return yw_buf_bytes(&to->entries[to->n - 1]);
}

/* A statement in the log of another: whatever else it says, it embeds that head. */
static enum yw_code
from_statement(const Yiwang__V1__Trust *m)
{
	struct yw_tlog *neighbour = net->n[2].t;
	struct yw_lpackage lp;

	(void)add_statement(neighbour, m);
	yw_tlog_package(neighbour, 0, neighbour->n, neighbour->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(city->l, &lp.p, &err));
	yw_lpackage_release(&lp);
	return copy()->frozen ? YW_ECONFLICT : YW_OK;
}

static enum yw_code
from_foreign_beat(void)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__ForeignBeat f = YIWANG__V1__FOREIGN_BEAT__INIT;

	yw_tnet_beat(b, 1700000000, NULL, 0);
	f.beat = field_of_bytes(yw_buf_bytes(&b->beat));
	m.kind_case = YIWANG__V1__TRUST__KIND_FOREIGN_BEAT;
	m.foreign_beat = &f;
	return from_statement(&m);
}

static enum yw_code
from_closing_head(void)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__Closing c = YIWANG__V1__CLOSING__INIT;

	c.origin = a->origin.text;
	c.size = common + 3;
	c.head = field_of_bytes(yw_buf_bytes(&mouth_head));
	c.kind = YIWANG__V1__CLOSING__KIND__KIND_ENDED;
	m.kind_case = YIWANG__V1__TRUST__KIND_CLOSING;
	m.closing = &c;
	return from_statement(&m);
}

static enum yw_code
from_larger_head(void)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__Closing c = YIWANG__V1__CLOSING__INIT;

	c.origin = a->origin.text;
	c.size = common + 2;
	c.larger_head = field_of_bytes(yw_buf_bytes(&mouth_head));
	c.kind = YIWANG__V1__CLOSING__KIND__KIND_ENDED;
	m.kind_case = YIWANG__V1__TRUST__KIND_CLOSING;
	m.closing = &c;
	return from_statement(&m);
}

static enum yw_code
from_last_head(void)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__Genesis g;
	Yiwang__V1__Genesis__Reopened r = YIWANG__V1__GENESIS__REOPENED__INIT;

	yiwang__v1__genesis__init(&g);
	r.signed_request = field_of_bytes(yw_buf_bytes(&a->request));
	r.last_head = field_of_bytes(yw_buf_bytes(&mouth_head));
	g.by_case = YIWANG__V1__GENESIS__BY_REOPENED;
	g.reopened = &r;
	m.kind_case = YIWANG__V1__TRUST__KIND_GENESIS;
	m.genesis = &g;
	return from_statement(&m);
}

/* A recovery with a consent that its issuer's issuer gave where nobody else sees it (T9). */
static const Yiwang__V1__Trust *
recovery(void)
{
	static Yiwang__V1__Trust m;
	static Yiwang__V1__Delegation d;
	static Yiwang__V1__ConsentProof proof;

	yiwang__v1__trust__init(&m);
	yiwang__v1__delegation__init(&d);
	yiwang__v1__consent_proof__init(&proof);
	proof.head = field_of_bytes(yw_buf_bytes(&mouth_head));
	d.signed_request = field_of_bytes(yw_buf_bytes(&a->request));
	d.consent = &proof;
	m.kind_case = YIWANG__V1__TRUST__KIND_DELEGATION;
	m.delegation = &d;
	return &m;
}

static enum yw_code
from_consent(void)
{
	return from_statement(recovery());
}

static enum yw_code
from_key_change(void)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__KeyChange k;
	Yiwang__V1__KeyChange__Delegated d = YIWANG__V1__KEY_CHANGE__DELEGATED__INIT;
	Yiwang__V1__EntryPlace place = YIWANG__V1__ENTRY_PLACE__INIT;

	yiwang__v1__key_change__init(&k);
	d.envelope = field_of_bytes(add_statement(city->t, recovery()));
	place.origin = city->t->origin.text;
	place.index = city->t->n - 1;
	d.place = &place;
	k.by_case = YIWANG__V1__KEY_CHANGE__BY_DELEGATED;
	k.delegated = &d;
	m.kind_case = YIWANG__V1__TRUST__KIND_KEY_CHANGE;
	m.key_change = &k;
	return from_statement(&m);
}

/* What a closing line holds that closes the log of 320000 at `size` by that head. */
static void
make_closing(uint64_t size, struct yw_buf *out)
{
	Yiwang__V1__Closing m = YIWANG__V1__CLOSING__INIT;

	m.origin = a->origin.text;
	m.size = size;
	m.head = field_of_bytes(yw_buf_bytes(&mouth_head));
	m.kind = YIWANG__V1__CLOSING__KIND__KIND_ENDED;
	YW_PASS(yw_wire_pack(&m.base, out, &err));
}

/* The next version of the network file, with that line. */
static void
make_file(uint64_t size, struct yw_buf *out)
{
	struct yw_buf closing = YW_BUF_INIT, draft = YW_BUF_INIT;
	struct yw_network_change change = { .k = 0 };
	struct yw_seckey root;
	struct yw_pubkey pub;

	make_closing(size, &closing);
	change.closing = yw_buf_bytes(&closing);
	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(&net->t->network, &change, &draft, &err));
	YW_PASS(yw_network_sign(&net->t->network, yw_buf_bytes(&draft), &root, &pub, out, &err));
	yw_buf_release(&closing);
	yw_buf_release(&draft);
}

/* Its closing line does not stand, so that it ends nothing. */
static enum yw_code
from_file(void)
{
	struct yw_buf file = YW_BUF_INIT;

	make_file(common + 2, &file);
	YW_PASS(yw_ledger_take_network(city->l, yw_buf_bytes(&file), &err));
	yw_buf_release(&file);
	return copy()->frozen ? YW_ECONFLICT : YW_OK;
}

/* A first start by a file that has such a line; and a second one before the copy comes to where that can be compared.  Of a log
 * that begins with this very file no head that is true can stand in it. */
static enum yw_code
from_configured_file_then(void (*then)(void))
{
	struct yw_buf closing = YW_BUF_INIT, lines = YW_BUF_INIT;

	make_closing(common + 2, &closing);
	yw_buf_add_str(&lines, "closing ");
	yw_base64_add(&lines, closing.data, closing.len);
	yw_buf_add_str(&lines, "\nquorum none\n");
	stop();
	start_by(yw_buf_str(&lines), 8, 14);
	YW_PASS(show(a, a->n));		/* larger than that of the line, which waits */
	yw_lnode_commit(city);
	then();
	YW_PASS(give(a, 0, a->n, a->n, false));
	yw_lnode_commit(city);
	yw_lnode_commit(city);
	yw_buf_release(&closing);
	yw_buf_release(&lines);
	return copy()->frozen ? YW_ECONFLICT : YW_OK;
}

static void
opens_again(void)
{
	yw_lnode_reopen(city);
}

static enum yw_code
from_configured_file(void)
{
	return from_configured_file_then(opens_again);
}

/* Memory is read from the store again, where what waits does not stand. */
static void
loses_a_turn(void)
{
	(void)spoil(city->l, YW_ENOMEM, NULL);
	YW_FAILS(yw_ledger_commit(city->l, &err), YW_ENOMEM);
}

static enum yw_code
from_configured_file_after_a_lost_turn(void)
{
	return from_configured_file_then(loses_a_turn);
}

/* So it is when the copy of any log was cut back in a turn (L8). */
static void
cuts_a_copy(void)
{
	city->l->cut = city->l->dirty = true;
	yw_lnode_commit(city);
}

static enum yw_code
from_configured_file_after_a_cut(void)
{
	return from_configured_file_then(cuts_a_copy);
}

static enum yw_code
from_file_in_a_log(bool by_key_change)
{
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	Yiwang__V1__NetworkVersion v = YIWANG__V1__NETWORK_VERSION__INIT;
	Yiwang__V1__KeyChange k;
	struct yw_buf file = YW_BUF_INIT;
	enum yw_code code;

	make_file(common + 2, &file);
	yiwang__v1__key_change__init(&k);
	k.by_case = YIWANG__V1__KEY_CHANGE__BY_NETWORK_FILE;
	k.network_file = v.network_file = field_of_bytes(yw_buf_bytes(&file));
	m.kind_case = by_key_change ? YIWANG__V1__TRUST__KIND_KEY_CHANGE : YIWANG__V1__TRUST__KIND_NETWORK_VERSION;
	if (by_key_change)
		m.key_change = &k;
	else
		m.network_version = &v;
	code = from_statement(&m);
	yw_buf_release(&file);
	return code;
}

static enum yw_code
from_version(void)
{
	return from_file_in_a_log(false);
}

static enum yw_code
from_key_change_by_file(void)
{
	return from_file_in_a_log(true);
}

static void
every_mouth(void)
{
	static const struct {
		const char *what;
		enum yw_code (*speak)(void);
	} mouths[] = {
		{ "news", from_news }, { "a package", from_package }, { "a beat", from_beat },
		{ "a contradiction", from_message }, { "a foreign_beat", from_foreign_beat },
		{ "the head of a closing", from_closing_head }, { "the larger head of a closing", from_larger_head },
		{ "the last head in a genesis", from_last_head }, { "the consent of a recovery", from_consent },
		{ "a recovery in a key change", from_key_change }, { "a network file", from_file },
		{ "the configured network file", from_configured_file },
		{ "the configured network file, after a turn that was lost", from_configured_file_after_a_lost_turn },
		{ "the configured network file, after a copy was cut", from_configured_file_after_a_cut },
		{ "a network_version", from_version }, { "the file of a key change", from_key_change_by_file },
	};

	for (size_t i = 0; i < sizeof mouths / sizeof *mouths; i++) {
		enum yw_code code;

		start(8, 14);
		YW_PASS(give(a, 0, a->n, a->n, false));
		yw_lnode_commit(city);
		yw_buf_clear(&mouth_head);
		yw_tlog_head(b, common + 3, &mouth_head);
		code = mouths[i].speak();
		yw_lnode_commit(city);
		for (int again = 0; again < 2; again++) {	/* what is beyond my copy is compared when it is reached */
			if (!copy()->frozen && copy()->head_size > a->n) {
				grow(a, copy()->head_size + 1 - a->n, "x");
				YW_PASS(give(a, copy()->size, a->n, a->n, false));
				yw_lnode_commit(city);
				yw_lnode_commit(city);
				code = YW_ECONFLICT;
			}
			YW_CHECK_MSG(code == YW_ECONFLICT && copy()->frozen, "a head in %s: %s", mouths[i].what, yw_code_name(code));
			yw_lnode_reopen(city);
		}
		stop();
	}
	yw_buf_release(&mouth_head);
}

/* A closing line that stands ends the freeze (L7); the pair stays. */
static void
closed_by_a_file(void)
{
	struct yw_buf file = YW_BUF_INIT;

	start(8, 14);
	YW_PASS(give(a, 0, a->n, a->n, false));
	yw_lnode_commit(city);
	yw_buf_clear(&mouth_head);
	yw_tlog_head(b, common + 3, &mouth_head);
	make_file(common + 3, &file);
	YW_PASS(yw_ledger_take_network(city->l, yw_buf_bytes(&file), &err));
	yw_lnode_commit(city);
	yw_lnode_reopen(city);
	YW_CHECK_MSG(copy()->n_forks == 1 && !copy()->frozen, "%zu pairs", copy()->n_forks);
	yw_buf_release(&mouth_head);
	yw_buf_release(&file);
	stop();
}

/* L2, and a contradiction of my own log. */
static void
my_own(void)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_lnode *top;
	struct yw_append w = { .audience = yw_unconditional };
	struct yw_buf body = YW_BUF_INIT;

	start(0, 8);
	top = &net->n[0];
	yw_lnode_open(top);
	yw_lnode_put(top, "320000/demand/a", 1, "x", &yw_unconditional);	/* 2 entries */
	yw_tlog_head(b, 1, &note);
	YW_PASS(yw_ledger_take_head(top->l, yw_buf_bytes(&note), &err));	/* smaller, other root? the same genesis */
	yw_buf_clear(&note);
	yw_tlog_head(b, b->n, &note);
	YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_APPENDING);
	YW_PASS(yw_ledger_take_head(top->l, yw_buf_bytes(&note), &err));
	YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_BEHIND && strstr(err.msg, "it is an old copy") != NULL);
	yw_lrecord("320000/demand/b", 1, "x", &body);
	w.body = yw_buf_bytes(&body);
	YW_FAILS(yw_ledger_append(top->l, &w, 1, &err), YW_ESTOPPED);
	yw_lnode_commit(top);
	yw_lnode_reopen(top);
	YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_BEHIND && strstr(err.msg, "it is an old copy") != NULL);

	yw_lnode_forget(top);
	memset(top->guard, 0, sizeof top->guard);
	top->guard_gone = false;
	{
		struct yw_guard_mark mark = { .size = 0 };
		struct yw_guard g = { .io = top->io };

		YW_PASS(yw_guard_write(&g, &mark, &err));
	}
	yw_lnode_open(top);
	for (unsigned i = 0; i < 5; i++) {
		char id[64];

		snprintf(id, sizeof id, "320000/demand/%u", i);
		yw_lnode_put(top, id, 1, "x", &yw_unconditional);
	}
	yw_buf_clear(&note);
	yw_tlog_head(b, 4, &note);
	YW_FAILS(yw_ledger_take_head(top->l, yw_buf_bytes(&note), &err), YW_ECONFLICT);
	YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_CONTRADICTED);
	YW_FAILS(yw_ledger_append(top->l, &w, 1, &err), YW_ESTOPPED);
	yw_lnode_commit(top);
	yw_lnode_reopen(top);
	YW_CHECK(yw_ledger_state(top->l, &err) == YW_LEDGER_CONTRADICTED);
	yw_buf_release(&note);
	yw_buf_release(&body);
	stop();
}

YW_TESTS(
	{ "R4 larger heads, smaller ones, the same again", larger },
	{ "R4 what is no head: cut, flipped, empty", no_heads },
	{ "L6 a whole copy meets heads of another branch, of every size", beside_a_whole_copy },
	{ "L6 two heads of one size, before any entry, towards one, with a package", two_of_one_size },
	{ "L6 S4 the same two heads are the same pair, whichever came first", same_pair },
	{ "L6 a head that came before its entries is compared when they are here", compared_later },
	{ "L6 a newest head and a beat of another branch are found when they are passed", compared_at_last },
	{ "L6 a target that was replaced still speaks", replaced_target },
	{ "L6 a package that goes on from another branch proves the fork", fork_in_a_package },
	{ "L6 B8 a head is seen in every mouth: news, package, beat, message, statements of other logs, network file", every_mouth },
	{ "L6 L7 the head in a closing line of the network file is kept beside the one that it contradicts", closed_by_a_file },
	{ "L2 L6 a larger head of my own log stops me, a contradicting one freezes it, also after a restart", my_own }
)
