/*
 * Bodies that their owner has declared lost: from that entry on they count as absent, whoever holds them and whatever came
 * first, receipts and digests go past them, and nobody asks for them any more.
 */
#include "ledger/ledger_int.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200", "320300" };
static struct yw_error err;

static struct yw_lnet *net;
static struct yw_lnode *keeper, *other;	/* mirrors: one gets all bodies, one lacks those of the case */
static struct yw_tlog *t;		/* the log of 320000, of a node elsewhere */
static struct yw_buf first, second, last;	/* two revisions of a demand, and another one */
static uint64_t at;			/* the second's and the last's entry */

static const char *id;			/* of the demand with two revisions */

#define ITEM_LOST 0

static void
start_net(void)
{
	net = yw_lnet_new(codes, 4, "group g 2 320000 320100 320200 320300\nquorum g\n");
	keeper = &net->n[2];
	other = &net->n[3];
	yw_lnode_open(keeper);
	yw_lnode_open(other);
}

/* Entry `at` - 1 holds the first revision of a demand, entry `at` the second one and another demand. */
static void
log_records(const char *a, const char *b)
{
	id = a;
	yw_lrecord(a, 1, "first", &first);
	yw_lrecord(a, 2, "second", &second);
	yw_lrecord(b, 1, "last", &last);
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&first) }, 1);
	at = yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&second), yw_buf_bytes(&last) }, 2);
}

static void
start(void)
{
	start_net();
	t = net->n[0].t;
	log_records("320000/demand/a", "320000/demand/b");
}

static void
stop(void)
{
	yw_lnet_free(net);
	yw_buf_release(&first);
	yw_buf_release(&second);
	yw_buf_release(&last);
}

static const struct yw_log *
copy(const struct yw_lnode *n)
{
	return yw_ledger_log(n->l, t->origin.text);
}

/* The entries of a log that n lacks, without bodies. */
static void
give_log(struct yw_lnode *n, struct yw_tlog *l)
{
	uint64_t held = yw_ledger_log(n->l, l->origin.text)->size;
	struct yw_lpackage lp;

	yw_tlog_package(l, held, l->n - held, l->n, held, false, &lp);
	YW_PASS(yw_ledger_take_package(n->l, &lp.p, &err));
	yw_lnode_commit(n);
	yw_lpackage_release(&lp);
}

static void
give(struct yw_lnode *n)
{
	give_log(n, t);
}

static enum yw_code
give_body(struct yw_lnode *n, uint64_t index, uint16_t item, const struct yw_buf *bytes)
{
	struct yw_body b = { .index = index, .item = item, .bytes = yw_buf_bytes(bytes) };
	enum yw_code code;

	yw_body_check(&b);
	code = yw_ledger_take_body(n->l, t->origin.text, &b, &err);
	yw_lnode_commit(n);
	return code;
}

/* Everybody gets what is not lost, the keeper also what is. */
static void
give_bodies(void)
{
	for (size_t i = 0; i < 2; i++) {
		struct yw_lnode *n = i == 0 ? keeper : other;

		YW_PASS(give_body(n, at - 1, 0, &first));
		YW_PASS(give_body(n, at, 1, &last));
	}
	YW_PASS(give_body(keeper, at, ITEM_LOST, &second));
}

static void
settle(struct yw_lnode *n)
{
	for (int i = 0; i < 4 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

/* A `lost` entry as bytes, also one that no honest owner makes. */
struct named { const char *origin; uint64_t index; uint32_t item; };

static uint64_t
add_lost_of(struct yw_tlog *l, const struct named *places, size_t n)
{
	struct yw_buf lost = YW_BUF_INIT, trust = YW_BUF_INIT;
	uint64_t index;

	for (size_t i = 0; i < n; i++) {
		struct yw_buf place = YW_BUF_INIT;

		yw_wire_add_bytes(&place, 1, yw_bytes_str(places[i].origin));
		if (places[i].index != 0)
			yw_wire_add_number(&place, 2, places[i].index);
		if (places[i].item != 0)
			yw_wire_add_number(&place, 3, places[i].item);
		yw_wire_add_bytes(&lost, 1, yw_buf_bytes(&place));
		yw_buf_release(&place);
	}
	yw_wire_add_bytes(&trust, YW_TRUST_LOST, yw_buf_bytes(&lost));
	index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&lost);
	yw_buf_release(&trust);
	return index;
}

static uint64_t
add_lost(void)
{
	return add_lost_of(t, &(struct named) { t->origin.text, at, ITEM_LOST }, 1);
}

/* The revision that counts; 0: none. */
static uint32_t
revision(struct yw_lnode *n)
{
	struct yw_item item = { .revision = 0 };
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	if (yw_view_current(v, id, &item, &err) != YW_OK)
		item.revision = 0;
	yw_view_close(v);
	return item.revision;
}

static struct yw_hash
digest(struct yw_lnode *n, const struct yw_jurisdiction *code)
{
	struct yw_hash h = { { 0 } };
	struct yw_view *v;
	bool complete;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_digest(v, code, &complete, &h, &err));
	YW_CHECK_MSG(complete, "the digest at %s is not complete", n->t->code.code);
	yw_view_close(v);
	return h;
}

static bool
same_digest(void)
{
	struct yw_hash a = digest(keeper, &t->code), b = digest(other, &t->code);

	return yw_hash_equal(&a, &b);
}

static bool
serves(struct yw_lnode *n, uint64_t index, uint16_t item)
{
	struct yw_asker asker = { YW_ASKER_NODE, other->t->code };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(n->l, &v, &err));
	code = yw_view_serve_body(v, yw_view_log(v, t->origin.text), index, item, &asker, &body, &err);
	yw_view_close(v);
	yw_buf_release(&body);
	return code == YW_OK;
}

static size_t
bodies_in_package(struct yw_lnode *n, uint64_t index)
{
	struct yw_asker asker = { YW_ASKER_NODE, other->t->code };
	struct yw_lpackage lp;
	size_t count;

	YW_CHECK(yw_lnode_serve(n, t->origin.text, index, index + 1, t->n, 0, &asker, 1u << 20, &lp));
	count = lp.s.n_bodies;
	yw_lpackage_release(&lp);
	return count;
}

static void
counts_as_absent(struct yw_lnode *n)
{
	const struct yw_log *log = copy(n);
	struct yw_missing places[4];

	YW_CHECK(revision(n) == 1);
	YW_CHECK(log->n_missing == 0 && log->n_lost == 1 && log->held == t->n && log->receipts_to == t->n);
	YW_CHECK(yw_ledger_missing(n->l, log, &(struct yw_missing) { 0, 0 }, places, 4) == 0);
	YW_CHECK(strncmp(strchr(yw_lnode_places(n, t->origin.text, at), ':') + 1, "lh ", 3) == 0);
	YW_CHECK(!serves(n, at, ITEM_LOST) && serves(n, at, 1) && bodies_in_package(n, at) == 1);
}

/* Here and there, before and after, over a restart. */
static void
declared(void)
{
	start();
	give(keeper);
	give(other);
	give_bodies();
	YW_CHECK(revision(keeper) == 2 && revision(other) == 1 && copy(other)->receipts_to == at && serves(keeper, at, ITEM_LOST));
	add_lost();
	give(keeper);
	give(other);
	YW_CHECK(!yw_lnode_dirty(keeper) && !yw_lnode_dirty(other));	/* in the very turn */
	counts_as_absent(keeper);
	counts_as_absent(other);
	YW_CHECK(same_digest());
	yw_lnode_reopen(keeper);
	yw_lnode_reopen(other);
	counts_as_absent(keeper);
	counts_as_absent(other);
	YW_CHECK(same_digest() && !yw_lnode_dirty(keeper) && !yw_lnode_dirty(other));
	stop();
}

/* A newcomer gets all at once, and may be stopped before it has drawn the conclusion; a body that somebody brings all the same
 * changes nothing. */
static void
declared_before(void)
{
	start();
	add_lost();
	give(keeper);
	give(other);
	YW_CHECK(yw_lnode_dirty(keeper));
	settle(keeper);
	yw_lnode_reopen(other);
	settle(other);
	give_bodies();
	counts_as_absent(keeper);
	counts_as_absent(other);
	YW_CHECK(same_digest());
	stop();
}

/* What is put again under the id counts; what was lost does not come back with it. */
static void
put_again(void)
{
	struct yw_buf third = YW_BUF_INIT;

	start();
	yw_lrecord(id, 3, "third", &third);
	add_lost();
	yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&third) }, 1);
	for (size_t i = 0; i < 2; i++) {
		struct yw_lnode *n = i == 0 ? keeper : other;

		give(n);
		settle(n);
		YW_PASS(give_body(n, at + 2, 0, &third));
	}
	give_bodies();
	YW_CHECK(revision(keeper) == 3 && revision(other) == 3 && same_digest());
	yw_buf_release(&third);
	stop();
}

/* ---- receipts */

static bool
signed_at(struct yw_lnode *n, uint64_t size)
{
	for (size_t i = 0; i < copy(n)->n_beats; i++)
		if (copy(n)->beats[i].size == size)
			return copy(n)->beats[i].mine;
	return false;
}

static void
take_beat(struct yw_lnode *n)
{
	yw_tnet_beat(t, YW_TNET_TIME_MS / 1000 + t->n * 10, NULL, 0);
	YW_PASS(yw_ledger_take_beat(n->l, yw_buf_bytes(&t->beat), &err));
	yw_lnode_commit(n);
	yw_lnode_tick(n);
	settle(n);
}

/* A receipt says that no entry *below* its size declares lost what is lacking. */
static void
receipts(void)
{
	uint64_t between;

	start();
	give(keeper);
	give(other);
	give_bodies();
	between = t->n;			/* its entries end with the one whose body is lost */
	take_beat(keeper);
	take_beat(other);
	YW_CHECK(signed_at(keeper, between) && !signed_at(other, between));
	add_lost();
	give(other);
	give(keeper);
	settle(other);
	yw_lnode_tick(other);
	YW_CHECK(copy(other)->receipts_to == t->n && !signed_at(other, between));
	take_beat(keeper);
	take_beat(other);
	YW_CHECK(signed_at(keeper, t->n) && signed_at(other, t->n) && !signed_at(other, between));
	stop();
}

/* What may not be held is passed in the same way. */
static void
refused(void)
{
	struct yw_buf borrowed = YW_BUF_INIT;
	uint64_t index;

	start();
	yw_lrecord("320200/demand/b", 1, "another's", &borrowed);
	index = yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&borrowed) }, 1);
	give(keeper);
	give(other);
	give_bodies();
	YW_FAILS(give_body(keeper, index, 0, &borrowed), YW_EINVAL);
	YW_CHECK(copy(keeper)->receipts_to == index);
	add_lost_of(t, &(struct named) { t->origin.text, index, 0 }, 1);
	give(keeper);
	take_beat(keeper);
	YW_CHECK(signed_at(keeper, t->n) && copy(keeper)->receipts_to == t->n);
	yw_buf_release(&borrowed);
	stop();
}

/* ---- other logs, and what is learnt late */

/* The log of 320100 holds the records then, in entries `at` - 1 and `at`. */
static void
start_with_city(void)
{
	start_net();
	t = net->n[1].t;
	log_records("320100/demand/a", "320100/demand/b");
}

/* An owner whose old log was closed declares in its next one what is lost of it; some hear of that first. */
static void
of_an_older_log(void)
{
	struct yw_tlog *top, *next;

	start_with_city();
	top = net->n[0].t;
	yw_tnet_close(t, top);
	next = yw_tnet_reopen(t, top, "320100 again");
	add_lost_of(next, &(struct named) { t->origin.text, at, ITEM_LOST }, 1);
	give_log(keeper, top);
	give_log(other, top);
	give(keeper);
	give_log(other, next);
	settle(other);
	give(other);
	give_bodies();
	YW_CHECK(revision(keeper) == 2);
	give_log(keeper, next);
	counts_as_absent(keeper);
	counts_as_absent(other);
	YW_CHECK(same_digest());
	yw_lnode_reopen(other);
	counts_as_absent(other);
	stop();
}

/* A closing that comes late ends the log before the declaration: then it is none, and the body is wanted, and counts, again. */
static void
taken_back(void)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct yw_missing places[4];

	start_with_city();
	give_log(keeper, net->n[0].t);
	give_log(other, net->n[0].t);
	give(keeper);
	give(other);
	give_bodies();
	add_lost();
	give(keeper);
	give(other);
	counts_as_absent(keeper);
	yw_tnet_draft_closing(t, at + 1, &d, &head);
	yw_tnet_add_closing(net->n[0].t, &d, true);
	yw_buf_release(&head);
	give_log(keeper, net->n[0].t);
	give_log(other, net->n[0].t);
	settle(keeper);
	settle(other);
	YW_CHECK(copy(other)->n_lost == 0 && copy(other)->n_missing == 1 && copy(other)->receipts_to == at && copy(other)->held == at);
	YW_CHECK(yw_ledger_missing(other->l, copy(other), &(struct yw_missing) { 0, 0 }, places, 4) == 1 && places[0].index == at);
	YW_PASS(give_body(other, at, ITEM_LOST, &second));
	YW_CHECK(revision(other) == 2 && copy(other)->receipts_to == t->n && same_digest());
	yw_lnode_reopen(other);
	YW_CHECK(revision(other) == 2 && same_digest() && serves(other, at, ITEM_LOST));
	stop();
}

/* ---- what is none */

static void
no_effect(uint64_t index, const char *what)
{
	yw_hear();
	give(keeper);
	give(other);
	settle(keeper);
	YW_CHECK_MSG(revision(keeper) == 2 && copy(keeper)->n_lost == 0 && copy(other)->n_missing == 1 &&
	    copy(other)->receipts_to == at && copy(keeper)->size > index, "a declaration has its effect: %s", what);
	YW_CHECK_MSG(net->t->alarm.msg[0] != '\0' && yw_heard("warn trust-alarm origin=onenet.example/320000 index=", net->t->alarm.msg) == 2,
	    "nobody is told of a declaration without effect: %s", what);
}

static void
void_ones(void)
{
	const char *o;
	uint64_t n;

	start();
	o = t->origin.text;
	give(keeper);
	give(other);
	give_bodies();
	no_effect(add_lost_of(t, NULL, 0), "of no place");
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 1 }, { o, at, 0 } }, 2), "places that fall");
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 0 }, { o, at, 0 } }, 2), "one place twice");
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 0 }, { "onenet.example/320100", at, 0 } }, 2), "of two codes");
	no_effect(add_lost_of(t, (struct named[]) { { "other.example/320000", at, 0 } }, 1), "of another network");
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 0 }, { o, at, YW_ITEMS_MAX } }, 2), "an item that cannot be");
	n = t->n;
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 0 }, { o, n, 0 } }, 2), "of itself");
	no_effect(add_lost_of(t, (struct named[]) { { o, at, 0 }, { "onenet.example/320000/g2", 0, 0 } }, 2), "of a later log");
	stop();
}

/* Another code's owner, and a key that was not valid there. */
static void
by_others(void)
{
	struct yw_tlog *city;
	struct yw_key_set own;
	uint64_t index;

	start();
	city = net->n[1].t;
	give(keeper);
	give(other);
	give_bodies();
	own = t->keys;
	yw_tnet_keys("somebody", &t->keys);
	index = add_lost();
	t->keys = own;
	no_effect(index, "by a key that is not valid");
	add_lost_of(city, &(struct named) { t->origin.text, at, 0 }, 1);
	YW_CHECK(strstr(net->t->alarm.msg, "not before it in a log of 320100") != NULL);
	give_log(keeper, city);
	YW_CHECK(revision(keeper) == 2 && copy(keeper)->n_lost == 0);
	stop();
}

/* A place that no entry has is looked at once, and counts for nothing. */
static void
of_nothing(void)
{
	start();
	give(keeper);
	YW_PASS(give_body(keeper, at - 1, 0, &first));
	YW_PASS(give_body(keeper, at, 1, &last));
	YW_PASS(give_body(keeper, at, ITEM_LOST, &second));
	add_lost_of(t, (struct named[]) { { t->origin.text, 0, 0 }, { t->origin.text, at, 7 } }, 2);
	give(keeper);
	YW_CHECK(!yw_lnode_dirty(keeper) && revision(keeper) == 2 && copy(keeper)->receipts_to == t->n);
	stop();
}

/* ---- the owner */

static struct yw_lnode *top, *owner;

static void
start_owner(void)
{
	net = yw_lnet_new(codes, 4, "group g 2 320000 320100 320200 320300\nquorum g\n");
	top = &net->n[0];
	owner = &net->n[1];
	other = &net->n[2];
	t = owner->t;
	yw_lnet_join(net);
	id = "320100/demand/a";
	yw_lnode_put(owner, id, 1, "first", &yw_unconditional);
	yw_lnet_sync(net);
}

/* What the owner registers travels without its body; then its disk is gone, and comes back from the network. */
static void
lose_disk(void)
{
	const struct yw_asker stranger = { YW_ASKER_STRANGER, { "" } };
	uint64_t held = copy(top)->size;
	struct yw_lpackage lp;

	yw_lnode_put(owner, id, 2, "second", &yw_unconditional);
	at = copy(owner)->size - 1;
	YW_CHECK(yw_lnode_serve(owner, t->origin.text, held, 0, 0, held, &stranger, 1u << 20, &lp));
	YW_PASS(yw_ledger_take_package(top->l, &lp.p, &err));
	yw_lnode_commit(top);
	yw_lpackage_release(&lp);
	yw_lnode_close(owner);
	yw_lnode_forget(owner);
	yw_lnode_open(owner);
	yw_lnet_sync(net);
}

static enum yw_code
declare(size_t n)
{
	enum yw_code code = yw_ledger_declare_lost(owner->l, n, &err);

	yw_lnode_commit(owner);
	return code;
}

/* Only what is missing, only as many as were looked at, and only when the log is whole. */
static void
act(void)
{
	struct yw_lack lacks[4];
	uint64_t size;
	size_t n;

	start_owner();
	YW_PASS(yw_ledger_lacks(owner->l, lacks, 4, &n, &err));
	YW_CHECK(n == 0);
	YW_FAILS(declare(0), YW_ENOENT);
	lose_disk();
	YW_CHECK(yw_ledger_state(owner->l, &err) == YW_LEDGER_APPENDING && copy(owner)->size == at + 1);
	YW_CHECK(copy(top)->receipts_to == at && copy(other)->receipts_to == at && revision(owner) == 1);
	YW_PASS(yw_ledger_lacks(owner->l, lacks, 4, &n, &err));
	YW_CHECK(n == 1 && lacks[0].log == copy(owner) && lacks[0].index == at && lacks[0].item == 0 && !lacks[0].refused);
	YW_FAILS(declare(2), YW_ECONFLICT);
	YW_CHECK(strstr(err.msg, "1 bodies of this node's own log are missing now, not 2") != NULL);
	size = copy(owner)->size;
	YW_PASS(declare(1));
	YW_CHECK(copy(owner)->size > size && copy(owner)->n_lost == 1);
	size = copy(owner)->size;
	YW_FAILS(declare(1), YW_ENOENT);
	yw_lnet_sync(net);
	YW_CHECK(copy(top)->receipts_to == size && copy(other)->receipts_to == size);
	yw_lnode_put(owner, id, 2, "second, once more", &yw_unconditional);
	yw_lnet_sync(net);
	YW_CHECK(revision(owner) == 2 && revision(top) == 2 && revision(other) == 2);
	stop();
}

/* A node that has not got back what it promised declares nothing. */
static void
not_whole(void)
{
	start_owner();
	lose_disk();
	YW_PASS(yw_ledger_refetch(owner->l, &err));
	YW_FAILS(declare(1), YW_ESTOPPED);
	stop();
}

YW_TESTS(
	{ "V6 B7 R5 S4 what was declared lost counts as absent, also where it is held, also after a restart", declared },
	{ "V6 B7 S4 the same where the declaration comes with its place, and the body after both", declared_before },
	{ "V6 what is put again counts", put_again },
	{ "V6 R5 a receipt goes past it from the declaration on, and not before", receipts },
	{ "V6 R5 B6 so it does past what may not be held", refused },
	{ "V6 S4 a later log declares what an older one lost, whichever comes first", of_an_older_log },
	{ "V6 T7 S4 a declaration past the end of its log is none: its places count, and are wanted, again", taken_back },
	{ "V6 B8 declarations that are none: out of order, of others, of what comes later", void_ones },
	{ "V6 T5 T3 nobody declares for another, nor by a key that was not valid", by_others },
	{ "V6 a place that no entry has changes nothing", of_nothing },
	{ "V6 L2 the owner declares what its disk took, as many as it has seen", act },
	{ "V6 L2 an owner that is not whole declares nothing", not_whole }
)
