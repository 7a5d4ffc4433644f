/*
 * The key space: the order in the store is the order that listings and histories promise; what an item says
 * comes back.
 */
#include "ledger/ledger_int.h"
#include "support/testing.h"

static struct yw_error err;

static bool
below(struct key a, struct key b)
{
	int c = memcmp(a.b, b.b, a.len < b.len ? a.len : b.len);

	return c != 0 ? c < 0 : a.len < b.len;
}

static bool
starts(struct key k, struct key prefix)
{
	return k.len >= prefix.len && memcmp(k.b, prefix.b, prefix.len) == 0;
}

static void
items(void)
{
	static const char *const ids[] = { "110000/demand/a", "320100/contract/zzz", "320100/demand/A", "320100/demand/a",
		"320100/demand/a-", "320100/demand/a.b", "320100/demand/a0", "320100/demand/aa", "320102/demand/a" };

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		struct key prefix = key_item_prefix(ids[i]);

		YW_CHECK(starts(key_item(ids[i], 1, 0, 0), prefix));
		YW_CHECK(below(key_item(ids[i], 1, 6, 0), key_item(ids[i], 1, 5, 9)));
		YW_CHECK(below(key_item(ids[i], 1, 256, 0), key_item(ids[i], 1, 255, 0)));
		YW_CHECK(below(key_item(ids[i], 1, 5, 10), key_item(ids[i], 1, 5, 9)));
		YW_CHECK(below(key_item(ids[i], 2, 0, 0), key_item(ids[i], 1, UINT64_MAX, 255)));
		if (i == 0)
			continue;
		YW_CHECK(below(key_item(ids[i - 1], 1, 0, 0), key_item(ids[i], UINT32_MAX, UINT64_MAX, 255)));
		YW_CHECK(!starts(key_item(ids[i], 1, 0, 0), key_item_prefix(ids[i - 1])));
	}
}

static void
logs(void)
{
	YW_CHECK(below(key_entry(1, UINT64_MAX), key_entry(2, 0)) && below(key_entry(255, 0), key_entry(256, 0)));
	YW_CHECK(below(key_entry(1, 255), key_entry(1, 256)));
	YW_CHECK(below(key_place(1, 7, 255), key_place(1, 8, 0)) && below(key_place(1, 7, 0), key_place(1, 7, 1)));
	YW_CHECK(starts(key_place(1, 7, 3), key_entry(1, 7)) && starts(key_entry(1, 7), key_number(1)));
	YW_CHECK(below(key_beat(1, 255), key_beat(1, 256)) && starts(key_beat(1, 9), key_head(1, 'b')));
	YW_CHECK(below(key_tile(1, 0, 300), key_tile(1, 1, 0)));
	YW_CHECK(!starts(key_log(1), key_meta("commit")) && !starts(key_log(1), key_meta("behind")));
	YW_CHECK(below(key_log(255), key_log(256)));
}

static void
longest(void)
{
	char id[YW_ID_MAX + 1];
	struct key k;

	memset(id, 'z', YW_ID_MAX);
	id[YW_ID_MAX] = '\0';
	k = key_item(id, 1, 2, 3);
	YW_CHECK(k.len == YW_ID_MAX + 1 + 4 + 8 + 2 && k.len <= sizeof k.b && k.len <= YW_STORE_KEY_MAX);
}

static void
round_trip(void)
{
	static const struct yw_store_options o = { .n_families = F_LATER + 1 };
	struct yw_hash hashes[2] = { { { 1 } }, { { 2 } } };
	struct yw_entry e = { .audience = { YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 }, .hashes = hashes, .n_items = 2 };
	struct yw_record r = { .id_text = "320102/demand/a", .revision = 70000, .op = YW_OP_WITHDRAW };
	struct yw_log log = { .number = 3, .generation = 2 };
	struct yw_batch *b = yw_batch_new();
	struct yw_store *s;
	struct yw_item item;

	YW_PASS(yw_store_open_memory(&o, &s));
	item_put(b, &log, &r, &e, 9, 1);
	r.revision = 1;
	item_put(b, &log, &r, &e, 8, 255 & 1);
	YW_PASS(yw_store_write(s, b, true, &err));
	YW_PASS(item_newest(s, NULL, F_ITEMS, "320102/demand/a", &item, &err));
	YW_CHECK(strcmp(item.id, "320102/demand/a") == 0 && item.op == YW_OP_WITHDRAW && item.revision == 70000);
	YW_CHECK(item.generation == 2 && item.log == 3 && item.index == 9 && item.item == 1);
	YW_CHECK(yw_hash_equal(&item.sha256, &hashes[1]) && item.audience.cls == YW_CLASS_CONDITIONAL &&
	    item.audience.openness == YW_OPENNESS_INTERNAL && item.audience.n_codes == 0);
	YW_FAILS(item_newest(s, NULL, F_ITEMS, "320102/demand/", &item, &err), YW_ENOENT);
	YW_FAILS(item_newest(s, NULL, F_ITEMS, "320102/demand/aa", &item, &err), YW_ENOENT);
	yw_batch_free(b);
	yw_store_close(s);
}

static void
damaged(void)
{
	uint8_t value[64] = { 1, 1, 1 };
	struct key k = key_item("320102/demand/a", 1, 2, 3);
	struct yw_item item;

	YW_PASS(item_decode(key_bytes(&k), (struct yw_bytes) { value, 43 }, &item, &err));
	for (size_t len = 0; len < 64; len++)
		if (len != 43)
			YW_FAILS(item_decode(key_bytes(&k), (struct yw_bytes) { value, len }, &item, &err), YW_EIO);
	for (size_t len = 0; len <= 15; len++)
		YW_FAILS(item_decode((struct yw_bytes) { k.b, len }, (struct yw_bytes) { value, 43 }, &item, &err), YW_EIO);
}

YW_TESTS(
	{ "B7 items sort by id, and of an id the newest first", items },
	{ "S1 logs, entries, places, beats and tiles sort by number", logs },
	{ "B5 the longest id fits in a key", longest },
	{ "B7 what was said of an id comes back, the last of it is what counts", round_trip },
	{ "S3 an item of another form is damage", damaged }
)
