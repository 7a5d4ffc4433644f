/*
 * What bodies an owner has declared lost (V6): what is made, what is refused before it is logged, and which of two
 * declarations counts; and that a statement of a kind that nobody knows here takes nothing from it but new keys (B3).
 */
#include "support/testing.h"
#include "support/tnet.h"
#include "record/wire.h"
#include "trust/trust_int.h"

static struct yw_error err;
static struct yw_tnet *t;
static struct yw_tlog *top, *city;

static void
start(void)
{
	t = yw_tnet_new("onenet.example", (const char *const[]) { "320000", "320100" }, 2, "quorum none\n");
	top = yw_tnet_log(t, "320000");
	city = yw_tnet_log(t, "320100");
}

static void
stop(void)
{
	yw_tnet_free(t);
}

static const struct yw_generation *
of(const struct yw_tlog *l)
{
	return yw_trust_origin(t->trust, l->origin.text);
}

static enum yw_code
make(const struct yw_tlog *l, const struct yw_own_place *places, size_t n, struct yw_buf *out)
{
	yw_buf_clear(out);
	return yw_trust_make_lost(t->trust, of(l), places, n, out, &err);
}

/* Logged without asking whether it may be. */
static uint64_t
add(struct yw_tlog *l, const struct yw_own_place *places, size_t n)
{
	struct yw_buf lost = YW_BUF_INIT;
	uint64_t index;

	YW_PASS(make(l, places, n, &lost));
	index = yw_tnet_add_trust(l, yw_buf_bytes(&lost));
	yw_buf_release(&lost);
	return index;
}

static uint64_t
add_record(struct yw_tlog *l, unsigned items)
{
	struct yw_bytes bodies[YW_ITEMS_MAX];

	for (unsigned i = 0; i < items; i++)
		bodies[i] = YW_BYTES_LIT("some record");
	return yw_tnet_add_bodies(l, bodies, items);
}

/* Who says of the item that it is lost; UINT64_MAX: nobody. */
static uint64_t
said_by(const struct yw_tlog *l, uint64_t index, uint16_t item)
{
	struct yw_absent_body lost;

	return yw_trust_absent_at(t->trust, of(l), index, item, &lost) ? lost.by.index : UINT64_MAX;
}

/* All of the log, as far as it fits. */
static size_t
all_of(const struct yw_tlog *l, struct yw_absent_body out[4])
{
	struct yw_absent_walk w = yw_trust_absent_walk(t->trust, of(l));
	struct yw_absent_body b;
	size_t n = 0;

	for (; yw_trust_absent_next(&w, &b); n++)
		if (n < 4)
			out[n] = b;
	return n;
}

static void
made(void)
{
	struct yw_absent_body all[4], one;
	uint64_t at, by;

	start();
	at = add_record(city, 3);
	YW_CHECK(all_of(city, all) == 0 && said_by(city, at, 2) == UINT64_MAX);
	by = add(city, (const struct yw_own_place[]) { { 1, at, 0 }, { 1, at, 2 } }, 2);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(said_by(city, at, 0) == by && said_by(city, at, 1) == UINT64_MAX && said_by(city, at, 2) == by);
	YW_CHECK(said_by(city, at - 1, 0) == UINT64_MAX && said_by(top, at, 0) == UINT64_MAX);
	YW_CHECK(yw_trust_absent_at(t->trust, of(city), at, 2, &one) && one.place.index == at && one.place.item == 2 &&
	    one.said_at_ms == YW_TNET_TIME_MS + (int64_t)by && strcmp(one.by.origin.text, city->origin.text) == 0);
	YW_CHECK(all_of(city, all) == 2 && all[0].place.item == 0 && all[1].place.item == 2 && all[1].by.index == by);
	stop();
}

/* Places of generation 1 from entry `at` on. */
static void
fill(struct yw_own_place *places, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n; i++)
		places[i] = (struct yw_own_place) { 1, at + i / YW_ITEMS_MAX, (uint16_t)(i % YW_ITEMS_MAX) };
}

/* The most that one entry names still fits into one. */
static void
most(void)
{
	struct yw_own_place places[YW_ABSENT_MAX + 1];
	struct yw_buf lost = YW_BUF_INIT;
	uint64_t at;

	start();
	at = add_record(city, YW_ITEMS_MAX);
	add_record(city, YW_ITEMS_MAX);
	add_record(city, YW_ITEMS_MAX);
	fill(places, YW_ABSENT_MAX + 1, at);
	YW_FAILS(make(city, places, YW_ABSENT_MAX + 1, &lost), YW_EINVAL);
	YW_CHECK(said_by(city, at, 0) == UINT64_MAX);
	add(city, places, YW_ABSENT_MAX);
	YW_CHECK(said_by(city, at, 0) != UINT64_MAX && said_by(city, at + 1, YW_ITEMS_MAX - 1) != UINT64_MAX);
	yw_buf_release(&lost);
	stop();
}

static void
refused(void)
{
	static const struct { const char *says; struct yw_own_place places[2]; size_t n; enum yw_code want; } rows[] = {
		{ "1 to 512 lost bodies", { { 0, 0, 0 } }, 0, YW_EINVAL },
		{ "not sorted", { { 1, 4, 1 }, { 1, 4, 0 } }, 2, YW_EINVAL },
		{ "not sorted", { { 1, 4, 1 }, { 1, 4, 1 } }, 2, YW_EINVAL },
		{ "generation 2 of 320100 is none before this log", { { 1, 4, 1 }, { 2, 0, 0 } }, 2, YW_ENOENT },
		{ "was declared lost before", { { 1, 3, 0 }, { 1, 4, 1 } }, 2, YW_ECONFLICT },
	};
	struct yw_buf lost = YW_BUF_INIT;

	start();
	while (city->n < 5)
		add_record(city, 2);
	add(city, &(struct yw_own_place) { 1, 3, 0 }, 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_FAILS(make(city, rows[i].places, rows[i].n, &lost), rows[i].want);
		YW_CHECK_MSG(strstr(err.msg, rows[i].says) != NULL && lost.len == 0, "row %zu: %s", i, err.msg);
	}
	yw_tnet_close(city, top);
	YW_FAILS(make(city, &(struct yw_own_place) { 1, 4, 1 }, 1, &lost), YW_ECONFLICT);
	yw_buf_release(&lost);
	stop();
}

/* Of several that name one place the first counts, by generation, then index: also with more than nine of them. */
static void
first_counts(void)
{
	struct yw_tlog *l, *second = NULL, *tenth = NULL;
	const struct yw_own_place place = { 1, 1, 0 };
	struct yw_buf lost = YW_BUF_INIT;
	struct yw_absent_body one, all[4];
	char label[24];

	start();
	YW_CHECK(add_record(city, 1) == place.index);
	YW_PASS(make(city, &place, 1, &lost));
	l = city;
	for (int g = 2; g <= 10; g++) {
		snprintf(label, sizeof label, "generation %d", g);
		yw_tnet_close(l, top);
		l = yw_tnet_reopen(l, top, label);
		second = g == 2 ? l : second;
		tenth = l;
	}
	yw_tnet_add_trust(tenth, yw_buf_bytes(&lost));
	YW_CHECK(yw_trust_absent_at(t->trust, of(city), 1, 0, &one) && one.by_generation == 10);
	yw_tnet_add_trust(tenth, yw_buf_bytes(&lost));
	YW_CHECK(yw_trust_absent_at(t->trust, of(city), 1, 0, &one) && one.by.index == tenth->n - 2);
	YW_CHECK(all_of(city, all) == 1 && all[0].by_generation == 10 && all[0].by.index == tenth->n - 2);
	yw_tnet_add_trust(second, yw_buf_bytes(&lost));	/* behind its end: none */
	YW_CHECK(yw_trust_absent_at(t->trust, of(city), 1, 0, &one) && one.by_generation == 10);
	yw_buf_release(&lost);
	stop();
}

/* It gives no keys, so it counts where a newer version is needed; what gives some does not (B3). */
static void
after_the_future(void)
{
	static const char *const kinds[] = { "demand" };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_key_set keys;
	uint64_t at, by;

	start();
	at = add_record(city, 1);
	yw_tnet_keys("a registrar", &keys);
	YW_PASS(yw_trust_make_registrar(t->trust, of(city), &keys.pub.entry, kinds, 1, &out, &err));
	yw_tnet_add_future(city);
	YW_CHECK(of(city)->needs_newer);
	yw_tnet_add_trust(city, yw_buf_bytes(&out));
	YW_CHECK_MSG(strstr(t->alarm.msg, "needs a newer version") != NULL, "%s", t->alarm.msg);
	YW_CHECK(!yw_trust_may_sign(t->trust, of(city), city->n, &keys.pub.entry, NULL));
	YW_FAILS(yw_trust_make_registrar(t->trust, of(city), &keys.pub.entry, kinds, 1, &out, &err), YW_EINVAL);
	by = add(city, &(struct yw_own_place) { 1, at, 0 }, 1);
	YW_CHECK(said_by(city, at, 0) == by);
	yw_tnet_delegate_next_keys(city, top, "320100 new", &out);
	yw_tnet_add_roster(top);
	YW_CHECK(of(city)->n_spans == 1);
	YW_FAILS(yw_trust_make_key_change(t->trust, of(city), yw_buf_bytes(&top->entries[top->n - 3]),
	    &(struct yw_entry_place) { top->origin, top->n - 3 }, &out, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "newer version") != NULL, "%s", err.msg);
	yw_buf_release(&out);
	stop();
}

/* A copy says the same, and goes on alone. */
static void
copied(void)
{
	struct yw_trust *copy;
	uint64_t at;

	start();
	at = add_record(city, 2);
	add(city, &(struct yw_own_place) { 1, at, 1 }, 1);
	YW_PASS(yw_trust_copy(t->trust, &copy, &err));
	add(city, &(struct yw_own_place) { 1, at, 0 }, 1);
	YW_CHECK(yw_trust_absent_at(copy, yw_trust_origin(copy, city->origin.text), at, 1, NULL));
	YW_CHECK(!yw_trust_absent_at(copy, yw_trust_origin(copy, city->origin.text), at, 0, NULL) && said_by(city, at, 0) != UINT64_MAX);
	yw_trust_free(copy);
	stop();
}

/* Logged by hand, however many there are. */
static uint64_t
add_raw(struct yw_tlog *l, const struct yw_own_place *places, size_t n)
{
	struct yw_buf lost = YW_BUF_INIT, trust = YW_BUF_INIT;
	uint64_t index;

	for (size_t i = 0; i < n; i++) {
		struct yw_buf place = YW_BUF_INIT;

		yw_wire_add_bytes(&place, 1, yw_bytes_str(l->origin.text));
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

static size_t
n_kept(const struct yw_tlog *l)
{
	const struct fed_log *log = yw_trust_fed(t->trust, l->origin.text);

	return log->absent != NULL ? log->absent->n : 0;
}

static void
one_too_many(void)
{
	struct yw_own_place places[YW_ABSENT_MAX + 1];
	uint64_t at, by;

	start();
	at = add_record(city, YW_ITEMS_MAX);
	add_record(city, YW_ITEMS_MAX);
	add_record(city, YW_ITEMS_MAX);
	fill(places, YW_ABSENT_MAX + 1, at);
	add_raw(city, places, YW_ABSENT_MAX + 1);
	YW_CHECK_MSG(strstr(t->alarm.msg, "it names 513 places, not 1 to 512") != NULL, "%s", t->alarm.msg);
	YW_CHECK(said_by(city, at, 0) == UINT64_MAX);
	by = add_raw(city, places + 1, YW_ABSENT_MAX);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && said_by(city, at, 1) == by && n_kept(city) == YW_ABSENT_MAX, "%s", t->alarm.msg);
	stop();
}

/* Who names the same places again and again takes no memory with it, and no turn of anybody. */
static void
named_again(void)
{
	struct yw_own_place places[YW_ABSENT_MAX];
	struct yw_absent_body all[4];
	uint64_t at, by, moment;

	start();
	at = add_record(city, YW_ITEMS_MAX);
	while (city->n < at + YW_ABSENT_MAX)
		add_record(city, 1);
	fill(places, YW_ABSENT_MAX, at);
	by = add_raw(city, places, YW_ABSENT_MAX);
	for (size_t i = 0; i < 200; i++)
		add_raw(city, places + i, YW_ABSENT_MAX - i);
	YW_CHECK(n_kept(city) == YW_ABSENT_MAX && all_of(city, all) == YW_ABSENT_MAX && all[3].by.index == by);
	add_raw(city, &(struct yw_own_place) { 1, city->n, 0 }, 1);	/* looks ahead: nothing of it can ever count */
	YW_CHECK(n_kept(city) == YW_ABSENT_MAX);
	moment = yw_trust_absent_moment(t->trust, of(city));
	add_raw(top, &(struct yw_own_place) { 1, 0, 0 }, 1);
	YW_CHECK(moment != 0 && yw_trust_absent_moment(t->trust, of(city)) == moment);
	YW_CHECK(yw_trust_absent_moment(t->trust, of(top)) > moment);
	add_raw(city, &(struct yw_own_place) { 1, at + YW_ABSENT_MAX - 1, 0 }, 1);
	YW_CHECK(n_kept(city) == YW_ABSENT_MAX + 1 && yw_trust_absent_moment(t->trust, of(city)) > moment);
	stop();
}

/* A first word that does not stand takes nothing from a later one that does. */
static void
first_was_void(void)
{
	struct yw_key_set own, next;
	struct yw_own_place place;
	uint64_t by;

	start();
	place = (struct yw_own_place) { 1, add_record(city, 1), 0 };
	own = city->keys;
	yw_tnet_keys("320100 new", &next);
	city->keys = next;		/* its next keys, before they are */
	add_raw(city, &place, 1);
	YW_CHECK(said_by(city, place.index, 0) == UINT64_MAX && n_kept(city) == 1);
	add_raw(city, &(struct yw_own_place) { 1, 0, 1 }, 1);
	city->keys = own;
	by = add_raw(city, &(struct yw_own_place) { 1, 0, 1 }, 1);
	YW_CHECK(said_by(city, 0, 1) == by);		/* another signer's word before it is none */
	yw_tnet_rotate(city, top, "320100 new");
	YW_CHECK(said_by(city, place.index, 0) == UINT64_MAX);
	by = add_raw(city, &place, 1);
	YW_CHECK(said_by(city, place.index, 0) == by && n_kept(city) == 4);
	add_raw(city, &place, 1);
	YW_CHECK(said_by(city, place.index, 0) == by && n_kept(city) == 4);
	stop();
}

YW_TESTS(
	{ "V6 B8 the owner declares places of its log lost, and no other ones are", made },
	{ "V6 as many as one entry names", most },
	{ "V6 an entry that names one place too many has no effect, and that is said", one_too_many },
	{ "V6 places that are named again take no room, and who names them moves nobody else's log", named_again },
	{ "V6 T5 a first declaration that was not valid takes nothing from a later one that is", first_was_void },
	{ "V6 what would have no effect is not made", refused },
	{ "V6 T7 of several declarations of one place the first counts, in the order of generations", first_counts },
	{ "V6 B3 T5 T13 behind a kind of the future what gives no keys counts, and what does give some does not", after_the_future },
	{ "V6 a copy for readers says the same", copied }
)
