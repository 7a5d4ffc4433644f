/*
 * Out of memory in the memory store: fail the first allocation of a batch, then the second, ... until
 * it succeeds; before that nothing of it may be there, nothing of what was there may be gone.
 */
#include "store/store.h"
#include "support/starve.h"
#include "support/testing.h"

static const struct yw_store_options options = { .n_families = 1 };

/* A number that depends on every key and value, in order. */
static uint64_t
state_of(struct yw_store *s)
{
	uint64_t sum = 1;
	struct yw_iter *it;
	struct yw_error err;

	for (it = yw_iter_new(s, NULL, 0, YW_BYTES_LIT(""), YW_BYTES_LIT(""), false); yw_iter_valid(it); yw_iter_next(it))
		for (int part = 0; part < 2; part++) {
			struct yw_bytes b = part ? yw_iter_value(it) : yw_iter_key(it);

			for (size_t i = 0; i < b.len; i++)
				sum = (sum ^ b.data[i]) * 1099511628211u + b.len;
		}
	YW_PASS(yw_iter_finish(it, &err));
	return sum;
}

static void
random_batch(struct yw_batch *b, uint64_t *seed)
{
	uint8_t key, value;

	yw_batch_clear(b);
	for (int n = 0; n < 6; n++) {
		key = (uint8_t)(yw_test_next(seed) % 100);
		value = (uint8_t)yw_test_next(seed);
		if (yw_test_next(seed) % 3 == 0)
			yw_batch_delete(b, 0, (struct yw_bytes) { &key, 1 });
		else
			yw_batch_put(b, 0, (struct yw_bytes) { &key, 1 }, (struct yw_bytes) { &value, 1 });
	}
}

static void
batches_without_memory(void)
{
	uint64_t seed = yw_test_seed(), before;
	struct yw_batch *b = yw_batch_new();
	struct yw_store *s;
	struct yw_error err;
	enum yw_code code;
	size_t failed = 0;

	YW_PASS(yw_store_open_memory(&options, &s));
	for (int round = 0; round < 100; round++) {
		struct yw_snapshot *snap = round % 2 ? yw_snapshot_new(s) : NULL;

		random_batch(b, &seed);
		before = state_of(s);
		for (size_t n = 1;; n++, failed++) {
			yw_starve_at(n);
			code = yw_store_write(s, b, round % 3 == 0, &err);
			if (!yw_starve_end())
				break;
			YW_CHECK(code == YW_ENOMEM && err.code == YW_ENOMEM);
			YW_CHECK(state_of(s) == before);
		}
		YW_PASS(code);
		yw_snapshot_free(snap);
	}
	YW_CHECK(failed > 500);
	yw_store_close(s);
	yw_batch_free(b);
}

static void
opening(void)
{
	struct yw_store *s;
	enum yw_code code;
	size_t n;

	for (n = 1;; n++) {
		yw_starve_at(n);
		code = yw_store_open_memory(&options, &s);
		if (!yw_starve_end())
			break;
		YW_CHECK(code == YW_ENOMEM && s == NULL);
	}
	YW_PASS(code);
	YW_CHECK(n > 2);
	yw_store_close(s);
}

/* What has one allocation, or for which the first will do. */
static void
the_rest(void)
{
	struct yw_batch *b;
	struct yw_store *s;
	struct yw_error err;

	YW_PASS(yw_store_open_memory(&options, &s));
	yw_starve_at(1);
	YW_CHECK(yw_batch_new() == NULL && yw_starve_end());
	yw_starve_at(1);
	YW_CHECK(yw_snapshot_new(s) == NULL && yw_starve_end());
	yw_starve_at(1);
	YW_CHECK(yw_iter_new(s, NULL, 0, YW_BYTES_LIT(""), YW_BYTES_LIT(""), false) == NULL && yw_starve_end());
	yw_starve_at(1);
	YW_CHECK(yw_store_power_cut(s) == NULL && yw_starve_end());
	YW_CHECK(!yw_store_failed(s, &err));
	b = yw_batch_new();
	yw_starve_at(1);
	yw_batch_put(b, 0, YW_BYTES_LIT("a"), YW_BYTES_LIT("1"));
	YW_CHECK(yw_starve_end());
	yw_batch_put(b, 0, YW_BYTES_LIT("b"), YW_BYTES_LIT("2"));
	YW_FAILS(yw_store_write(s, b, false, &err), YW_ENOMEM);
	YW_CHECK(state_of(s) == 1);
	yw_store_close(s);
	yw_batch_free(b);
}

YW_TESTS(
	{ "S1 a batch that runs out of memory leaves no trace", batches_without_memory },
	{ "S1 a store that runs out of memory when opened is none", opening },
	{ "S1 batches, snapshots, iterators and cuts that run out of memory say so", the_rest })
