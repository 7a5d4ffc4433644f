/*
 * What an owner, or who acts for the issuer of a merged code, has erased (V6, T10): what is made, what is refused before it is
 * logged, what has no effect, and where an erasure stands among what was said of its ids.
 */
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/trust_int.h"
#include "yiwang/v1/trust.pb-c.h"

static struct yw_error err;
static struct yw_tnet *t;
static struct yw_tlog *top, *city, *county;

static void
start(void)
{
	t = yw_tnet_new("onenet.example", (const char *const[]) { "320000", "320100", "320102" }, 3, "quorum none\n");
	top = yw_tnet_log(t, "320000");
	city = yw_tnet_log(t, "320100");
	county = yw_tnet_log(t, "320102");
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

static uint64_t
add_record(struct yw_tlog *l)
{
	return yw_tnet_add_bodies(l, &YW_BYTES_LIT("some record"), 1);
}

static enum yw_code
make(const struct yw_tlog *l, const char *id, const struct yw_own_place *places, size_t n, struct yw_buf *out)
{
	const struct yw_erasure_draft d = { id, "asked for", "PIPL 47", places, n };

	yw_buf_clear(out);
	return yw_trust_make_erasure(t->trust, of(l), &d, out, &err);
}

static uint64_t
erase(struct yw_tlog *l, const char *id, const struct yw_own_place *places, size_t n)
{
	struct yw_buf erasure = YW_BUF_INIT;
	uint64_t index;

	YW_PASS(make(l, id, places, n, &erasure));
	index = yw_tnet_add_trust(l, yw_buf_bytes(&erasure));
	yw_buf_release(&erasure);
	return index;
}

/* Which entry erases it; UINT64_MAX: none. */
static uint64_t
erased_by(const struct yw_tlog *l, uint64_t index)
{
	struct yw_absent_body b;

	return yw_trust_absent_at(t->trust, of(l), index, 0, &b) && b.erased ? b.by.index : UINT64_MAX;
}

static void
made(void)
{
	struct yw_erased_at at;
	uint64_t first, by;

	start();
	first = add_record(city);
	add_record(city);
	by = erase(city, "320100/demand/a", (const struct yw_own_place[]) { { 1, first, 0 }, { 1, first + 1, 0 } }, 2);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(erased_by(city, first) == by && erased_by(city, first + 1) == by && erased_by(city, first - 1) == UINT64_MAX);
	YW_CHECK(erased_by(top, first) == UINT64_MAX && erased_by(county, first) == UINT64_MAX);
	YW_CHECK(yw_trust_erasure_stands(t->trust, of(city), by, &at) && strcmp(at.code.code, "320100") == 0 && at.generation == 1 &&
	    at.order == by && yw_erased_by(at.order) == by);
	YW_CHECK(!yw_trust_erasure_stands(t->trust, of(city), by - 1, &at) && !yw_trust_erasure_stands(t->trust, of(top), by, &at));
	stop();
}

static void
refused(void)
{
	static const struct { const char *says, *id; struct yw_own_place places[2]; size_t n; enum yw_code want; } rows[] = {
		{ "no id of a record", "320100/demand", { { 1, 1, 0 } }, 1, YW_EINVAL },
		{ "320100 does not", "320102/demand/a", { { 1, 1, 0 } }, 1, YW_EDENIED },
		{ "320100 does not", "320000/demand/a", { { 1, 1, 0 } }, 1, YW_EDENIED },
		{ "names 1 to 512 places, not 0", "320100/demand/a", { { 0, 0, 0 } }, 0, YW_EINVAL },
		{ "not sorted", "320100/demand/a", { { 1, 2, 0 }, { 1, 1, 0 } }, 2, YW_EINVAL },
		{ "generation 2 of 320100 is none", "320100/demand/a", { { 2, 1, 0 } }, 1, YW_ENOENT },
	};
	const struct yw_own_place one = { 1, 1, 0 };
	const struct yw_erasure_draft silent = { "320100/demand/a", "", "PIPL 47", &one, 1 };
	struct yw_buf out = YW_BUF_INIT;

	start();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_FAILS(make(city, rows[i].id, rows[i].places, rows[i].n, &out), rows[i].want);
		YW_CHECK_MSG(strstr(err.msg, rows[i].says) != NULL && out.len == 0, "row %zu: %s", i, err.msg);
	}
	YW_FAILS(yw_trust_make_erasure(t->trust, of(city), &silent, &out, &err), YW_EINVAL);
	yw_tnet_close(city, top);
	YW_FAILS(make(city, "320100/demand/a", &one, 1, &out), YW_ECONFLICT);
	yw_buf_release(&out);
	stop();
}

/* --- erasures that no honest node makes --- */

struct raw { const char *id; const struct yw_tlog *log; uint64_t index[2]; size_t n; };

static uint64_t
add_raw(struct yw_tlog *l, const struct raw *rows, size_t n)
{
	Yiwang__V1__Erasure__Record records[2], *list[2];
	Yiwang__V1__RecordPlace places[2][2], *pointers[2][2];
	Yiwang__V1__Erasure erasure = YIWANG__V1__ERASURE__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	uint8_t bytes[1024];

	for (size_t i = 0; i < n; i++) {
		yiwang__v1__erasure__record__init(&records[i]);
		for (size_t k = 0; k < rows[i].n; k++) {
			yiwang__v1__record_place__init(&places[i][k]);
			places[i][k].origin = (char *)(uintptr_t)rows[i].log->origin.text;
			places[i][k].index = rows[i].index[k];
			pointers[i][k] = &places[i][k];
		}
		records[i].id = (char *)(uintptr_t)rows[i].id;
		records[i].places = pointers[i];
		records[i].n_places = rows[i].n;
		list[i] = &records[i];
	}
	erasure.records = list;
	erasure.n_records = n;
	m.kind_case = YIWANG__V1__TRUST__KIND_ERASURE;
	m.erasure = &erasure;
	return yw_tnet_add_trust(l, (struct yw_bytes) { bytes, yiwang__v1__trust__pack(&m, bytes) });
}

static void
without_effect(void)
{
	start();
	while (city->n < 6)
		add_record(city);
	while (county->n < 6)
		add_record(county);
	{
		const struct { const char *says; struct raw rows[2]; size_t n; } cases[] = {
			{ "is not before it", { { "320100/demand/a", city, { 40 }, 1 } }, 1 },
			{ "for which it does not act", { { "320102/demand/a", county, { 2 }, 1 } }, 1 },
			{ "for which it does not act", { { "320000/demand/a", top, { 1 }, 1 } }, 1 },
			{ "of another code", { { "320102/demand/a", city, { 2 }, 1 } }, 1 },
			{ "not of one code", { { "320100/demand/a", city, { 2 }, 1 }, { "320102/demand/a", county, { 2 }, 1 } }, 2 },
			{ "ids are not sorted", { { "320100/demand/b", city, { 2 }, 1 }, { "320100/demand/a", city, { 3 }, 1 } }, 2 },
			{ "ids are not sorted", { { "320100/demand/a", city, { 2 }, 1 }, { "320100/demand/a", city, { 3 }, 1 } }, 2 },
			{ "a place twice", { { "320100/demand/a", city, { 2 }, 1 }, { "320100/demand/b", city, { 2 }, 1 } }, 2 },
			{ "sorted, each once", { { "320100/demand/a", city, { 3, 2 }, 2 } }, 1 },
			{ "no id", { { "320100/demand/a b", city, { 2 }, 1 } }, 1 },
			{ "0 places", { { "320100/demand/a", city, { 0 }, 0 } }, 1 },
			{ "without its places", { { "320100/demand/a", city, { 2 }, 1 }, { "320100/demand/b", city, { 0 }, 0 } }, 2 },
		};

		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			struct yw_erased_at at;
			uint64_t by = add_raw(city, cases[i].rows, cases[i].n);

			YW_CHECK_MSG(strstr(t->alarm.msg, cases[i].says) != NULL, "case %zu: %s", i, t->alarm.msg);
			YW_CHECK(!yw_trust_erasure_stands(t->trust, of(city), by, &at));
			for (uint64_t k = 0; k < 6; k++)
				YW_CHECK(erased_by(city, k) == UINT64_MAX && erased_by(county, k) == UINT64_MAX && erased_by(top, k) == UINT64_MAX);
		}
	}
	add_raw(city, (const struct raw[]) { { "320100/demand/a", city, { 3 }, 1 }, { "320100/demand/b", city, { 2 }, 1 } }, 2);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && erased_by(city, 2) == erased_by(city, 3) && erased_by(city, 2) != UINT64_MAX, "%s",
	    t->alarm.msg);
	stop();
}

/* --- with others' words --- */

static void
before_lost(void)
{
	struct yw_own_place place = { 1, 0, 0 };
	struct yw_buf lost = YW_BUF_INIT;
	struct yw_absent_body b;
	uint64_t by;

	start();
	place.index = add_record(city);
	YW_PASS(yw_trust_make_lost(t->trust, of(city), &place, 1, &lost, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&lost));
	YW_CHECK(yw_trust_absent_at(t->trust, of(city), place.index, 0, &b) && !b.erased);
	by = erase(city, "320100/demand/a", &place, 1);
	erase(city, "320100/demand/a", &place, 1);
	yw_tnet_add_trust(city, yw_buf_bytes(&lost));
	YW_CHECK(erased_by(city, place.index) == by);
	yw_buf_release(&lost);
	stop();
}

/* The county is closed, and merged into the city. */
static void
merge(void)
{
	struct yw_closing_draft d = { .reason = "merged" };
	struct yw_buf head = YW_BUF_INIT;

	yw_tnet_draft_closing(county, county->n, &d, &head);
	YW_PASS(yw_jurisdiction_parse("320100", 6, &d.successor));
	yw_tnet_add_closing(city, &d, true);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	yw_buf_release(&head);
}

static void
merged(void)
{
	const struct yw_own_place place = { 1, 1, 0 };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_erased_at at;
	uint64_t early, by;

	start();
	YW_CHECK(add_record(county) == place.index);
	early = add_raw(city, &(struct raw) { "320102/demand/a", county, { 1 }, 1 }, 1);
	merge();
	YW_CHECK(!yw_trust_erasure_stands(t->trust, of(city), early, &at) && erased_by(county, 1) == UINT64_MAX);
	YW_FAILS(make(top, "320102/demand/a", &place, 1, &out), YW_EDENIED);	/* the city acts, as long as it is open */
	by = erase(city, "320102/demand/a", &place, 1);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && erased_by(county, 1) == by, "%s", t->alarm.msg);
	YW_CHECK(yw_trust_erasure_stands(t->trust, of(city), by, &at) && strcmp(at.code.code, "320102") == 0 && at.generation == 1 &&
	    at.order > UINT64_MAX / 2 && yw_erased_by(at.order) == by);
	add_raw(top, &(struct raw) { "320102/demand/a", county, { 1 }, 1 }, 1);
	YW_CHECK(erased_by(county, 1) == by);
	yw_buf_release(&out);
	stop();
}

/* The city was closed too: then the province acts, and the city's word from before stays. */
static void
next_above(void)
{
	const struct yw_own_place place = { 1, 1, 0 }, other = { 1, 2, 0 };
	uint64_t by, later;

	start();
	add_record(county);
	add_record(county);
	merge();
	by = erase(city, "320102/demand/a", &place, 1);
	yw_tnet_close(city, top);
	YW_CHECK(erased_by(county, 1) == by);
	later = erase(top, "320102/demand/b", &other, 1);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && erased_by(county, 2) == later, "%s", t->alarm.msg);
	stop();
}

/* What the city says of the county's ids moves the county, and the county alone. */
static void
moves(void)
{
	uint64_t before_top, before_county;

	start();
	add_record(county);
	merge();
	erase(city, "320102/demand/a", &(struct yw_own_place) { 1, 1, 0 }, 1);
	before_top = yw_trust_absent_moment(t->trust, of(top));
	before_county = yw_trust_absent_moment(t->trust, of(county));
	YW_CHECK(before_top == 0 && before_county != 0);
	add_record(county);
	erase(top, "320000/demand/a", &(struct yw_own_place) { 1, 1, 0 }, 1);
	YW_CHECK(yw_trust_absent_moment(t->trust, of(top)) > before_top);
	YW_CHECK(yw_trust_absent_moment(t->trust, of(county)) == before_county);
	stop();
}

static size_t n_seen;

static void
see(void *arg, const char *id, uint16_t n)
{
	YW_CHECK(n == n_seen && strcmp(id, n == 0 ? "320100/demand/a" : "320100/demand/b") == 0);
	n_seen++;
	(void)arg;
}

static void
read_again(void)
{
	struct yw_erasure_words words;
	struct yw_entry e;
	uint64_t by;

	start();
	add_record(city);
	by = erase(city, "320100/demand/a", &(struct yw_own_place) { 1, 1, 0 }, 1);
	YW_PASS(yw_entry_read(city->origin.text, yw_buf_bytes(&city->entries[by]), &e, &err));
	n_seen = 0;
	YW_PASS(yw_erasure_read(&e, see, NULL, &words, &err));
	YW_CHECK(n_seen == 1 && strcmp(words.reason, "asked for") == 0 && strcmp(words.basis, "PIPL 47") == 0);
	yw_entry_release(&e);
	YW_PASS(yw_entry_read(city->origin.text, yw_buf_bytes(&city->entries[0]), &e, &err));
	YW_FAILS(yw_erasure_read(&e, see, NULL, &words, &err), YW_EINVAL);
	yw_entry_release(&e);
	stop();
}

YW_TESTS(
	{ "V6/erasure B8 the owner erases places of its log, and no other ones", made },
	{ "V6/erasure what would have no effect is not made", refused },
	{ "V6/erasure B6 an erasure that looks ahead, speaks of another's log, or has another form erases nothing", without_effect },
	{ "V6/erasure an erasure goes before a loss, and of two the first counts", before_lost },
	{ "T10/erasures what is of a merged code is erased by who acts for its issuer, from the closing on", merged },
	{ "T10/erasures T3 when that one was closed too the next above acts, and what was erased stays so", next_above },
	{ "V6/erasure T10/erasures an erasure moves the log of which it speaks alone", moves },
	{ "V6/erasure what an erasure says can be read again", read_again }
)
