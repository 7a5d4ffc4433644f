/*
 * The two kinds of store side by side under random operations: whatever is asked, both answer alike;
 * and the memory store's power cut leaves the last synced state, whatever came between.
 */
#include "store/store.h"
#include "support/testing.h"

#define VERSIONS 4

static const struct yw_family_spec families[] = { { "one", false }, { "two", true } };
static const struct yw_store_options options = {
	.families = families,
	.n_families = 2,
	.format_version = 1,
	.cache_bytes = 1 << 20,
	.write_buffer_bytes = 256 << 10,
};

struct pair {
	struct yw_store *memory, *disk;
	struct yw_snapshot *memory_snaps[VERSIONS], *disk_snaps[VERSIONS];
	uint64_t seed;
};

/* Few letters and few lengths, so that keys are prefixes of each other and meet again. */
static struct yw_bytes
random_key(uint64_t *seed, uint8_t *space)
{
	static const uint8_t letters[] = { 0x00, 'a', 'b', 0xff };
	size_t len = yw_test_next(seed) % 4;

	for (size_t i = 0; i < len; i++)
		space[i] = letters[yw_test_next(seed) % 4];
	return (struct yw_bytes) { space, len };
}

static void
write_some(struct pair *p)
{
	struct yw_batch *b = yw_batch_new();
	uint8_t key[4], value[2000];
	bool sync = yw_test_next(&p->seed) % 4 == 0;
	struct yw_error err;

	for (uint64_t n = yw_test_next(&p->seed) % 6; n > 0; n--) {
		unsigned family = yw_test_next(&p->seed) % 2;
		struct yw_bytes k = random_key(&p->seed, key);
		uint64_t word = yw_test_next(&p->seed);
		size_t len = word % 8 == 0 ? word / 8 % sizeof value : word / 8 % 20;

		memset(value, (int)(word >> 32), len);
		if (word >> 60 < 5)
			yw_batch_delete(b, family, k);
		else
			yw_batch_put(b, family, k, (struct yw_bytes) { value, len });
	}
	YW_PASS(yw_store_write(p->memory, b, sync, &err));
	YW_PASS(yw_store_write(p->disk, b, sync, &err));
	yw_batch_free(b);
}

static void
replace_snapshot(struct pair *p)
{
	size_t i = yw_test_next(&p->seed) % VERSIONS;

	yw_snapshot_free(p->memory_snaps[i]);
	yw_snapshot_free(p->disk_snaps[i]);
	p->memory_snaps[i] = p->disk_snaps[i] = NULL;
	if (yw_test_next(&p->seed) % 4 != 0) {
		p->memory_snaps[i] = yw_snapshot_new(p->memory);
		p->disk_snaps[i] = yw_snapshot_new(p->disk);
	}
}

static void
compare_walks(struct yw_store *a, const struct yw_snapshot *sa, struct yw_store *b, const struct yw_snapshot *sb,
    unsigned family, struct yw_bytes prefix, struct yw_bytes from, bool down)
{
	struct yw_iter *x = yw_iter_new(a, sa, family, prefix, from, down);
	struct yw_iter *y = yw_iter_new(b, sb, family, prefix, from, down);
	struct yw_error err;

	for (; yw_iter_valid(x) && yw_iter_valid(y); yw_iter_next(x), yw_iter_next(y)) {
		YW_CHECK(yw_bytes_equal(yw_iter_key(x), yw_iter_key(y)));
		YW_CHECK(yw_bytes_equal(yw_iter_value(x), yw_iter_value(y)));
	}
	YW_CHECK(!yw_iter_valid(x) && !yw_iter_valid(y));
	YW_PASS(yw_iter_finish(x, &err));
	YW_PASS(yw_iter_finish(y, &err));
}

static void
ask_both(struct pair *p)
{
	size_t i = yw_test_next(&p->seed) % VERSIONS;
	unsigned family = yw_test_next(&p->seed) % 2;
	struct yw_buf x = YW_BUF_INIT, y = YW_BUF_INIT;
	uint8_t prefix[4], from[4];
	struct yw_bytes pre = random_key(&p->seed, prefix), at = random_key(&p->seed, from);
	enum yw_code cx, cy;

	compare_walks(p->memory, p->memory_snaps[i], p->disk, p->disk_snaps[i], family, pre, at,
	    yw_test_next(&p->seed) % 2 == 0);
	cx = yw_store_get(p->memory, p->memory_snaps[i], family, at, &x, NULL);
	cy = yw_store_get(p->disk, p->disk_snaps[i], family, at, &y, NULL);
	YW_CHECK(cx == cy && yw_bytes_equal(yw_buf_bytes(&x), yw_buf_bytes(&y)));
	yw_buf_release(&x);
	yw_buf_release(&y);
}

static void
both_answer_alike(void)
{
	struct pair p = { .seed = yw_test_seed() };
	struct yw_error err;
	char dir[300];

	snprintf(dir, sizeof dir, "%s/property", yw_test_dir());
	YW_PASS(yw_store_open_memory(&options, &p.memory));
	YW_PASS(yw_store_open(dir, &options, &p.disk, &err));
	for (int step = 0; step < 6000; step++) {
		uint64_t dice = yw_test_next(&p.seed) % 16;

		if (dice < 7)
			write_some(&p);
		else if (dice < 8)
			replace_snapshot(&p);
		else
			ask_both(&p);
	}
	for (int i = 0; i < VERSIONS; i++) {
		yw_snapshot_free(p.memory_snaps[i]);
		yw_snapshot_free(p.disk_snaps[i]);
	}
	yw_store_close(p.disk);
	YW_PASS(yw_store_open(dir, &options, &p.disk, &err));	/* from WAL and tables */
	for (unsigned f = 0; f < 2; f++)
		compare_walks(p.memory, NULL, p.disk, NULL, f, YW_BYTES_LIT(""), YW_BYTES_LIT(""), false);
	yw_store_close(p.disk);
	yw_store_close(p.memory);
}

/* `synced` follows by hand: it is written only when the other is synced. */
static void
cuts_leave_the_synced(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_batch *b = yw_batch_new(), *since = yw_batch_new();
	struct yw_store *s, *synced, *next;
	uint8_t key[4], byte;
	struct yw_error err;

	YW_PASS(yw_store_open_memory(&options, &s));
	YW_PASS(yw_store_open_memory(&options, &synced));
	for (int step = 0; step < 20000; step++) {
		unsigned family = yw_test_next(&seed) % 2;
		struct yw_bytes k = random_key(&seed, key);
		bool sync = yw_test_next(&seed) % 8 == 0;

		byte = (uint8_t)yw_test_next(&seed);
		yw_batch_clear(b);
		yw_batch_put(b, family, k, (struct yw_bytes) { &byte, 1 });
		yw_batch_put(since, family, k, (struct yw_bytes) { &byte, 1 });
		if (byte < 80) {
			yw_batch_delete(b, family, k);
			yw_batch_delete(since, family, k);
		}
		YW_PASS(yw_store_write(s, b, sync, &err));
		if (sync) {
			YW_PASS(yw_store_write(synced, since, false, &err));
			yw_batch_clear(since);
		}
		if (yw_test_next(&seed) % 100 == 0) {
			next = yw_store_power_cut(s);
			yw_store_close(s);
			s = next;
			yw_batch_clear(since);
			for (unsigned f = 0; f < 2; f++)
				compare_walks(s, NULL, synced, NULL, f, YW_BYTES_LIT(""), YW_BYTES_LIT(""), step % 2 == 0);
		}
	}
	yw_store_close(s);
	yw_store_close(synced);
	yw_batch_free(b);
	yw_batch_free(since);
}

YW_TESTS(
	{ "S1 disk and memory answer alike under random operations", both_answer_alike },
	{ "S3 random power cuts leave what had been synced", cuts_leave_the_synced })
