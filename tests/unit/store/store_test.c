/*
 * The contract of store.h: every case of the first half runs on the disk and on the memory store
 * alike.  The second half is what only one of them has: refusals at open, the power switch.
 */
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store_int.h"
#include "support/testing.h"

enum { SMALL, BULK };
static const struct yw_family_spec families[] = { { "small", false }, { "bulk", true } };
static const struct yw_store_options options = {
	.families = families,
	.n_families = 2,
	.format_version = 7,
	.cache_bytes = 1 << 20,
	.write_buffer_bytes = 1 << 20,
};

static const char *
fresh_dir(void)
{
	static char dir[300];
	static int n;

	snprintf(dir, sizeof dir, "%s/store-%d", yw_test_dir(), ++n);
	return dir;
}

static struct yw_store *
open_disk(const char *dir)
{
	struct yw_store *s;
	struct yw_error err = { .msg = "" };

	if (yw_store_open(dir, &options, &s, &err) != YW_OK)
		yw_testing_failed(__FILE__, __LINE__, "%s", err.msg);
	return s;
}

static void
on_both(void (*body)(struct yw_store *s))
{
	struct yw_store *s;

	YW_PASS(yw_store_open_memory(&options, &s));
	body(s);
	yw_store_close(s);
	s = open_disk(fresh_dir());
	body(s);
	yw_store_close(s);
}

static struct yw_bytes
text(const char *s)
{
	return yw_bytes_str(s);
}

static void
put(struct yw_store *s, unsigned family, const char *key, const char *value)
{
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	yw_batch_put(b, family, text(key), text(value));
	YW_PASS(yw_store_write(s, b, true, &err));
	yw_batch_free(b);
}

/* The value as text, "-" if absent. */
static const char *
get(struct yw_store *s, const struct yw_snapshot *snap, unsigned family, const char *key)
{
	static char text_of[64];
	struct yw_buf out = YW_BUF_INIT;
	enum yw_code code = yw_store_get(s, snap, family, text(key), &out, NULL);

	YW_CHECK(code == YW_OK || code == YW_ENOENT);
	snprintf(text_of, sizeof text_of, "%s", code == YW_OK ? yw_buf_str(&out) : "-");
	yw_buf_release(&out);
	return text_of;
}

/* "key=value key=value" of an iteration. */
static const char *
list(struct yw_store *s, const struct yw_snapshot *snap, const char *prefix, const char *from, bool down)
{
	static char all[4096];
	struct yw_error err;
	struct yw_iter *it;
	size_t n = 0;

	all[0] = '\0';
	for (it = yw_iter_new(s, snap, SMALL, text(prefix), text(from), down); yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes k = yw_iter_key(it), v = yw_iter_value(it);

		n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s=%.*s", n ? " " : "", (int)k.len, (const char *)k.data,
		    (int)v.len, (const char *)v.data);
	}
	YW_PASS(yw_iter_finish(it, &err));
	return all;
}

static void
is(const char *got, const char *want)
{
	YW_CHECK_MSG(strcmp(got, want) == 0, "got '%s', not '%s'", got, want);
}

/* ---- both */

static void
batches(struct yw_store *s)
{
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	YW_PASS(yw_store_write(s, b, true, &err));	/* nothing is something to sync */
	yw_batch_put(b, SMALL, text("a"), text("1"));
	yw_batch_put(b, BULK, text("a"), text("2"));
	yw_batch_put(b, SMALL, text("b"), text("3"));
	yw_batch_delete(b, SMALL, text("b"));
	yw_batch_put(b, SMALL, text("c"), text("4"));
	yw_batch_put(b, SMALL, text("c"), text("5"));
	yw_batch_delete(b, SMALL, text("never there"));
	yw_batch_put(b, SMALL, text(""), text(""));
	YW_CHECK(yw_batch_bytes(b) > 8);
	is(get(s, NULL, SMALL, "a"), "-");
	YW_PASS(yw_store_write(s, b, false, &err));
	is(get(s, NULL, SMALL, "a"), "1");
	is(get(s, NULL, BULK, "a"), "2");
	is(get(s, NULL, SMALL, "b"), "-");
	is(get(s, NULL, SMALL, "c"), "5");
	is(get(s, NULL, SMALL, ""), "");
	is(get(s, NULL, BULK, ""), "-");
	yw_batch_clear(b);
	YW_CHECK(yw_batch_bytes(b) == 0);
	yw_batch_put(b, SMALL, text("a"), text("9"));
	yw_batch_delete(b, BULK, text("a"));
	YW_PASS(yw_store_write(s, b, true, &err));
	is(get(s, NULL, SMALL, "a"), "9");
	is(get(s, NULL, BULK, "a"), "-");
	yw_batch_free(b);
}

static void
batches_on_both(void)
{
	on_both(batches);
}

static void
refused_batches(struct yw_store *s)
{
	static const uint8_t long_key[YW_STORE_KEY_MAX + 1];
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	yw_batch_put(b, SMALL, text("a"), text("1"));
	yw_batch_put(b, 2, text("a"), text("1"));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_EINVAL);
	is(get(s, NULL, SMALL, "a"), "-");
	yw_batch_clear(b);
	yw_batch_put(b, SMALL, (struct yw_bytes) { long_key, sizeof long_key }, text("1"));
	yw_batch_put(b, SMALL, text("a"), text("1"));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_EINVAL);
	is(get(s, NULL, SMALL, "a"), "-");
	yw_batch_clear(b);
	yw_batch_put(b, SMALL, (struct yw_bytes) { long_key, YW_STORE_KEY_MAX }, text("1"));
	YW_PASS(yw_store_write(s, b, true, &err));
	YW_CHECK(!yw_store_failed(s, &err));
	yw_batch_free(b);
}

static void
refused_batches_on_both(void)
{
	on_both(refused_batches);
}

static void
reads(struct yw_store *s)
{
	struct yw_buf out = YW_BUF_INIT;
	struct yw_error err;
	char four[4] = "keep";

	put(s, SMALL, "k", "four");
	yw_buf_add_str(&out, "before ");
	YW_PASS(yw_store_get(s, NULL, SMALL, text("k"), &out, &err));
	is(yw_buf_str(&out), "before four");
	YW_FAILS(yw_store_get(s, NULL, SMALL, text("kk"), &out, &err), YW_ENOENT);
	YW_FAILS(yw_store_get(s, NULL, 2, text("k"), &out, &err), YW_EINVAL);
	is(yw_buf_str(&out), "before four");
	out.limit = 13;
	YW_FAILS(yw_store_get(s, NULL, SMALL, text("k"), &out, &err), YW_ELIMIT);
	yw_buf_release(&out);

	YW_FAILS(yw_store_get_fixed(s, NULL, SMALL, text("k"), four, 3, &err), YW_EIO);
	YW_FAILS(yw_store_get_fixed(s, NULL, SMALL, text("kk"), four, 4, &err), YW_ENOENT);
	YW_CHECK(memcmp(four, "keep", 4) == 0);
	YW_PASS(yw_store_get_fixed(s, NULL, SMALL, text("k"), four, 4, &err));
	YW_CHECK(memcmp(four, "four", 4) == 0);
}

static void
reads_on_both(void)
{
	on_both(reads);
}

static void
snapshots(struct yw_store *s)
{
	struct yw_snapshot *first, *second;
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	put(s, SMALL, "a", "1");
	put(s, SMALL, "b", "1");
	first = yw_snapshot_new(s);
	put(s, SMALL, "a", "2");
	second = yw_snapshot_new(s);
	yw_batch_delete(b, SMALL, text("a"));
	yw_batch_put(b, SMALL, text("c"), text("3"));
	YW_PASS(yw_store_write(s, b, false, &err));
	is(list(s, first, "", "", false), "a=1 b=1");
	is(list(s, second, "", "", false), "a=2 b=1");
	is(list(s, NULL, "", "", false), "b=1 c=3");
	is(get(s, first, SMALL, "a"), "1");
	is(get(s, second, SMALL, "a"), "2");
	is(get(s, second, SMALL, "c"), "-");
	yw_snapshot_free(first);
	is(list(s, second, "", "", true), "b=1 a=2");
	yw_snapshot_free(second);
	yw_snapshot_free(NULL);
	yw_batch_free(b);
}

static void
snapshots_on_both(void)
{
	on_both(snapshots);
}

static void
iteration(struct yw_store *s)
{
	static const struct { const char *prefix, *from; bool down; const char *want; } cases[] = {
		{ "", "", false, "=0 a=1 ab=2 ab\xff=3 ac=4 b=5 \xff=6 \xff\xff=7" },
		{ "", "", true, "\xff\xff=7 \xff=6 b=5 ac=4 ab\xff=3 ab=2 a=1 =0" },
		{ "a", "", false, "a=1 ab=2 ab\xff=3 ac=4" },
		{ "a", "", true, "ac=4 ab\xff=3 ab=2 a=1" },
		{ "ab", "", false, "ab=2 ab\xff=3" },
		{ "ab", "", true, "ab\xff=3 ab=2" },
		{ "ab\xff", "", false, "ab\xff=3" },
		{ "\xff", "", false, "\xff=6 \xff\xff=7" },
		{ "\xff", "", true, "\xff\xff=7 \xff=6" },
		{ "\xff\xff\xff", "", true, "" },
		{ "aa", "", false, "" },
		{ "aa", "", true, "" },
		{ "c", "", true, "" },
		{ "", "ab", false, "ab=2 ab\xff=3 ac=4 b=5 \xff=6 \xff\xff=7" },
		{ "", "aba", false, "ab\xff=3 ac=4 b=5 \xff=6 \xff\xff=7" },
		{ "", "ab", true, "ab=2 a=1 =0" },
		{ "", "aba", true, "ab=2 a=1 =0" },
		{ "a", "ab\xff", false, "ab\xff=3 ac=4" },
		{ "a", "ab\xff", true, "ab\xff=3 ab=2 a=1" },
		{ "a", "A", false, "a=1 ab=2 ab\xff=3 ac=4" },	/* before the prefix: from its first */
		{ "a", "A", true, "" },
		{ "a", "b", true, "ac=4 ab\xff=3 ab=2 a=1" },	/* after it: from its last */
		{ "a", "zz", true, "ac=4 ab\xff=3 ab=2 a=1" },
		{ "a", "b", false, "" },
		{ "", "\xff\xff\xff", true, "\xff\xff=7 \xff=6 b=5 ac=4 ab\xff=3 ab=2 a=1 =0" },
		{ "", "\xff\xff\xff", false, "" },
	};
	static const char *const keys[] = { "", "a", "ab", "ab\xff", "ac", "b", "\xff", "\xff\xff" };
	struct yw_error err;
	char digit[2] = "0";

	is(list(s, NULL, "", "", false), "");
	is(list(s, NULL, "", "", true), "");
	for (size_t i = 0; i < 8; i++, digit[0]++)
		put(s, SMALL, keys[(i * 5) % 8], (char[]) { (char)('0' + (i * 5) % 8), '\0' });
	put(s, BULK, "abx", "elsewhere");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = list(s, NULL, cases[i].prefix, cases[i].from, cases[i].down);

		YW_CHECK_MSG(strcmp(got, cases[i].want) == 0, "case %zu: got '%s', not '%s'", i, got, cases[i].want);
	}
	YW_CHECK(yw_iter_new(s, NULL, 2, text(""), text(""), false) == NULL);
	YW_CHECK(!yw_iter_valid(NULL));
	YW_FAILS(yw_iter_finish(NULL, &err), YW_ENOMEM);
}

static void
iteration_on_both(void)
{
	on_both(iteration);
}

/* An iterator shows one moment, whatever is written meanwhile. */
static void
iterator_stands_still(struct yw_store *s)
{
	struct yw_error err;
	struct yw_iter *it;
	int n = 0;

	put(s, SMALL, "a", "1");
	put(s, SMALL, "c", "1");
	for (it = yw_iter_new(s, NULL, SMALL, text(""), text(""), false); yw_iter_valid(it); yw_iter_next(it), n++) {
		put(s, SMALL, "b", "2");
		put(s, SMALL, "c", "2");
		YW_CHECK(yw_bytes_equal(yw_iter_value(it), text("1")));
	}
	YW_CHECK(n == 2);
	YW_PASS(yw_iter_finish(it, &err));
}

static void
iterator_stands_still_on_both(void)
{
	on_both(iterator_stands_still);
}

static void
large_values(struct yw_store *s)
{
	struct yw_buf value = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_batch *b = yw_batch_new();
	struct yw_store_stats stats;
	struct yw_error err;
	uint64_t x = 1;

	while (value.len < 1 << 20)
		yw_buf_add_be64(&value, yw_test_next(&x));
	for (char k[] = "a"; k[0] <= 'h'; k[0]++) {	/* more than one write buffer */
		yw_batch_clear(b);
		yw_batch_put(b, BULK, text(k), yw_buf_bytes(&value));
		YW_PASS(yw_store_write(s, b, false, &err));
	}
	YW_PASS(yw_store_get(s, NULL, BULK, text("a"), &out, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&value)));
	yw_store_stats(s, &stats);
	YW_CHECK(stats.disk_bytes >= 8 << 20 && stats.memory_bytes > 0 && stats.free_bytes > 0);
	YW_CHECK(!yw_store_failed(s, &err));
	yw_batch_free(b);
	yw_buf_release(&out);
	yw_buf_release(&value);
}

static void
large_values_on_both(void)
{
	on_both(large_values);
}

/* What was written stays, and on the disk it leaves the write buffers. */
static void
rest(struct yw_store *s)
{
	struct yw_buf value = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_batch *b = yw_batch_new();
	struct yw_store_stats before, after;
	struct yw_error err;
	uint64_t x = 1;

	while (value.len < 256 << 10)
		yw_buf_add_be64(&value, yw_test_next(&x));
	for (char k[] = "a"; k[0] <= 'e'; k[0]++) {
		yw_batch_clear(b);
		yw_batch_put(b, BULK, text(k), yw_buf_bytes(&value));
		YW_PASS(yw_store_write(s, b, true, &err));
	}
	yw_store_stats(s, &before);
	yw_store_rest(s);
	yw_store_stats(s, &after);
	YW_CHECK(after.memory_bytes <= before.memory_bytes && !yw_store_failed(s, &err));
	YW_PASS(yw_store_get(s, NULL, BULK, text("e"), &out, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&out), yw_buf_bytes(&value)));
	put(s, SMALL, "k", "goes on");
	yw_store_rest(s);
	is(get(s, NULL, SMALL, "k"), "goes on");
	yw_batch_free(b);
	yw_buf_release(&out);
	yw_buf_release(&value);
}

static void
rest_on_both(void)
{
	struct yw_store_options large = options;
	struct yw_store_stats before, after;
	struct yw_buf value = YW_BUF_INIT;
	struct yw_batch *b = yw_batch_new();
	struct yw_store *s;
	struct yw_error err;

	on_both(rest);
	large.write_buffer_bytes = 64 << 20;	/* nothing leaves it by itself */
	YW_PASS(yw_store_open(fresh_dir(), &large, &s, &err));
	while (value.len < 4 << 20)
		yw_buf_add_be64(&value, 0);
	yw_batch_put(b, SMALL, text("k"), yw_buf_bytes(&value));
	YW_PASS(yw_store_write(s, b, true, &err));
	yw_store_stats(s, &before);
	yw_store_rest(s);
	yw_store_stats(s, &after);
	YW_CHECK(before.memory_bytes >= 4 << 20 && after.memory_bytes < 1 << 20);
	yw_store_close(s);
	yw_batch_free(b);
	yw_buf_release(&value);
}

struct shared {
	struct yw_store *s;
	atomic_bool done;
	atomic_int torn;
};

/* Both families are written together, so no reader may ever see them differ. */
static void *
reader(void *arg)
{
	struct shared *sh = arg;

	while (!atomic_load(&sh->done)) {
		struct yw_snapshot *snap = yw_snapshot_new(sh->s);
		uint64_t a = 0, b = 0;
		enum yw_code code;

		code = yw_store_get_fixed(sh->s, snap, SMALL, text("n"), &a, sizeof a, NULL);
		if (code == YW_OK)
			code = yw_store_get_fixed(sh->s, snap, BULK, text("n"), &b, sizeof b, NULL);
		if (code != YW_OK || a != b)
			atomic_fetch_add(&sh->torn, 1);
		yw_snapshot_free(snap);
	}
	return NULL;
}

static void
readers_beside_a_writer(struct yw_store *s)
{
	struct shared sh = { .s = s };
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;
	pthread_t threads[2];

	for (uint64_t i = 0; i < 400; i++) {
		yw_batch_clear(b);
		yw_batch_put(b, SMALL, text("n"), (struct yw_bytes) { (uint8_t *)&i, sizeof i });
		yw_batch_put(b, BULK, text("n"), (struct yw_bytes) { (uint8_t *)&i, sizeof i });
		YW_PASS(yw_store_write(s, b, false, &err));
		for (int t = 0; i == 0 && t < 2; t++)
			YW_CHECK(pthread_create(&threads[t], NULL, reader, &sh) == 0);
	}
	atomic_store(&sh.done, true);
	for (int t = 0; t < 2; t++)
		pthread_join(threads[t], NULL);
	YW_CHECK(atomic_load(&sh.torn) == 0);
	yw_batch_free(b);
}

static void
readers_on_both(void)
{
	on_both(readers_beside_a_writer);
}

/* ---- memory only */

static void
image(void)
{
	struct yw_store *s, *copy;
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	YW_PASS(yw_store_open_memory(&options, &s));
	put(s, SMALL, "a", "then");
	yw_batch_put(b, BULK, text("b"), text("not synced"));
	YW_PASS(yw_store_write(s, b, false, &err));
	copy = yw_store_image(s);
	put(s, SMALL, "a", "now");
	put(copy, SMALL, "c", "of the copy");
	is(list(copy, NULL, "", "", false), "a=then c=of the copy");
	is(get(copy, NULL, BULK, "b"), "not synced");
	is(list(s, NULL, "", "", false), "a=now");
	yw_store_close(copy);
	yw_store_close(s);
	yw_batch_free(b);
}

static void
full_disk(void)
{
	struct yw_store *s;
	struct yw_batch *b = yw_batch_new();
	struct yw_error err;

	YW_PASS(yw_store_open_memory(&options, &s));
	put(s, SMALL, "a", "before");
	yw_store_fill_disk(s, true);
	yw_batch_put(b, SMALL, text("b"), text("finds no room"));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
	YW_FAILS(yw_store_room_for(s, yw_batch_bytes(b), &err), YW_ESTOPPED);
	is(list(s, NULL, "", "", false), "a=before");
	yw_store_fill_disk(s, false);
	YW_PASS(yw_store_room_for(s, yw_batch_bytes(b), &err));
	YW_PASS(yw_store_write(s, b, true, &err));
	is(get(s, NULL, SMALL, "b"), "finds no room");
	yw_store_close(s);
	yw_batch_free(b);
}

/* What failed for want of room, or in a background job, is opened again; what failed otherwise is not; both are read. */
static void
failed_disk(void)
{
	for (int curable = 0; curable < 2; curable++) {
		struct yw_batch *b = yw_batch_new();
		struct yw_store *s;
		struct yw_error err;

		YW_PASS(yw_store_open_memory(&options, &s));
		put(s, SMALL, "a", "before");
		YW_CHECK(!yw_store_curable(s));
		yw_store_fail_disk(s, curable != 0);
		yw_batch_put(b, SMALL, text("b"), text("too late"));
		YW_FAILS(yw_store_write(s, b, true, &err), YW_EIO);
		YW_CHECK_MSG(strstr(err.msg, curable ? "the disk is full" : "the disk failed") != NULL, "%s", err.msg);
		YW_CHECK(yw_store_failed(s, &err) && yw_store_curable(s) == (curable != 0) && yw_store_has_room(s));
		is(list(s, NULL, "", "", false), "a=before");
		yw_store_close(s);
		yw_batch_free(b);
	}
}

static void
power_cut(void)
{
	struct yw_snapshot *snap;
	struct yw_store *s, *after, *again;
	struct yw_buf out = YW_BUF_INIT;
	struct yw_batch *b = yw_batch_new();
	struct yw_store_stats before, now;
	struct yw_error err;

	YW_PASS(yw_store_open_memory(&options, &s));
	put(s, SMALL, "a", "synced");
	yw_batch_put(b, SMALL, text("b"), text("synced by the next"));
	YW_PASS(yw_store_write(s, b, false, &err));
	put(s, BULK, "c", "synced");
	yw_store_stats(s, &before);
	yw_batch_clear(b);
	yw_batch_put(b, SMALL, text("a"), text("lost"));
	yw_batch_put(b, SMALL, text("d"), text("lost"));
	yw_batch_delete(b, SMALL, text("b"));
	YW_PASS(yw_store_write(s, b, false, &err));
	is(list(s, NULL, "", "", false), "a=lost d=lost");
	snap = yw_snapshot_new(s);

	after = yw_store_power_cut(s);
	is(list(after, NULL, "", "", false), "a=synced b=synced by the next");
	is(get(after, NULL, BULK, "c"), "synced");
	yw_store_stats(after, &now);
	YW_CHECK(now.disk_bytes == before.disk_bytes);
	YW_CHECK(yw_store_failed(s, &err) && !yw_store_failed(after, &err));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_EIO);
	YW_FAILS(yw_store_get(s, NULL, SMALL, text("a"), &out, &err), YW_EIO);
	YW_FAILS(yw_store_get(s, snap, SMALL, text("a"), &out, &err), YW_EIO);
	YW_FAILS(yw_iter_finish(yw_iter_new(s, NULL, SMALL, text(""), text(""), false), &err), YW_EIO);
	yw_snapshot_free(snap);
	yw_store_close(s);

	yw_batch_clear(b);
	yw_batch_delete(b, SMALL, text("a"));
	YW_PASS(yw_store_write(after, b, false, &err));
	yw_batch_clear(b);
	YW_PASS(yw_store_write(after, b, true, &err));	/* of nothing: what was written before is durable with it */
	again = yw_store_power_cut(after);
	yw_store_close(after);
	is(list(again, NULL, "", "", false), "b=synced by the next");
	yw_store_close(again);
	yw_batch_free(b);
}

/* ---- disk only */

static void
opens_again(void)
{
	const char *dir = fresh_dir();
	struct yw_store_options read_only = options;
	struct yw_store *s, *other;
	struct yw_error err;
	struct yw_batch *b = yw_batch_new();
	struct stat st;

	s = open_disk(dir);
	YW_CHECK(stat(dir, &st) == 0 && (st.st_mode & 0777) == 0700);
	put(s, SMALL, "a", "1");
	YW_FAILS(yw_store_open(dir, &options, &other, &err), YW_EIO);
	YW_CHECK_MSG(strstr(err.msg, "another process has it open") != NULL, "%s", err.msg);
	YW_CHECK(other == NULL);
	yw_store_close(s);
	s = open_disk(dir);
	is(get(s, NULL, SMALL, "a"), "1");
	yw_store_close(s);

	read_only.read_only = true;
	YW_PASS(yw_store_open(dir, &read_only, &s, &err));
	is(list(s, NULL, "", "", false), "a=1");
	yw_batch_put(b, SMALL, text("a"), text("2"));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_EINVAL);
	yw_store_close(s);
	YW_FAILS(yw_store_open(fresh_dir(), &read_only, &s, &err), YW_ENOENT);
	yw_batch_free(b);
}

static void
foreign_directories(void)
{
	static const struct yw_family_spec more[] = { { "small", false }, { "bulk", true }, { "third", false } };
	struct yw_store_options o = options;
	const char *dir = fresh_dir();
	struct yw_store *s = open_disk(dir);
	struct yw_error err;

	put(s, SMALL, "a", "1");
	yw_store_close(s);
	o.format_version = 8;
	YW_FAILS(yw_store_open(dir, &o, &s, &err), YW_EFORMAT);
	YW_CHECK_MSG(strstr(err.msg, "has format version 7, this program reads 8") != NULL, "%s", err.msg);
	o.families = more;
	o.n_families = 3;
	YW_FAILS(yw_store_open(dir, &o, &s, &err), YW_EFORMAT);	/* and made no third family: */
	s = open_disk(dir);
	yw_store_close(s);
	o = options;
	o.n_families = 1;
	YW_FAILS(yw_store_open(dir, &o, &s, &err), YW_EFORMAT);
	o.read_only = true;
	YW_FAILS(yw_store_open(dir, &o, &s, &err), YW_EFORMAT);
	YW_CHECK(s == NULL);
}

static void
damaged_directories(void)
{
	const char *dir = fresh_dir();
	struct yw_store *s = open_disk(dir);
	struct yw_error err;
	char path[400];

	put(s, SMALL, "a", "1");
	yw_store_close(s);
	snprintf(path, sizeof path, "%s/CURRENT", dir);
	YW_PASS(yw_file_write(path, "MANIFEST-999999\n", 16, 0600, true, &err));
	YW_FAILS(yw_store_open(dir, &options, &s, &err), YW_EIO);
	YW_CHECK_MSG(strstr(err.msg, "go back to a backup") != NULL, "%s", err.msg);
	YW_CHECK(unlink(path) == 0);
	YW_FAILS(yw_store_open(dir, &options, &s, &err), YW_EIO);
	YW_CHECK_MSG(strstr(err.msg, "CURRENT") != NULL, "%s", err.msg);
	YW_FAILS(yw_store_open("/proc/nothing/here", &options, &s, &err), YW_EIO);
}

static void
below_the_reserve(void)
{
	struct yw_store_options o = options;
	struct yw_batch *b = yw_batch_new();
	struct yw_store *s;
	struct yw_error err;

	o.write_buffer_bytes = SIZE_MAX / 4;
	YW_FAILS(yw_store_open(fresh_dir(), &o, &s, &err), YW_ESTOPPED);
	YW_CHECK_MSG(strstr(err.msg, "are needed") != NULL, "%s", err.msg);
	o = options;
	o.reserve_bytes = UINT64_MAX / 2;
	YW_PASS(yw_store_open(fresh_dir(), &o, &s, &err));
	yw_batch_put(b, SMALL, text("a"), text("1"));
	YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
	YW_CHECK_MSG(strstr(err.msg, "reserve") != NULL && strstr(err.msg, "goes on by itself") != NULL, "%s", err.msg);
	YW_FAILS(yw_store_room_for(s, yw_batch_bytes(b), &err), YW_ESTOPPED);
	YW_CHECK(!yw_store_failed(s, &err));
	is(get(s, NULL, SMALL, "a"), "-");
	YW_CHECK(!yw_store_has_room(s));
	yw_store_close(s);
	YW_PASS(yw_store_open(fresh_dir(), &options, &s, &err));
	YW_CHECK(yw_store_has_room(s) && yw_store_has_room(s));
	yw_store_close(s);
	yw_batch_free(b);
}

/* Removes its write-ahead logs; how many there were. */
static int
remove_logs(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	YW_CHECK(d != NULL);
	while ((e = readdir(d)) != NULL)
		if (strlen(e->d_name) > 4 && strcmp(e->d_name + strlen(e->d_name) - 4, ".log") == 0)
			n += unlinkat(dirfd(d), e->d_name, 0) == 0;
	closedir(d);
	return n;
}

/* RocksDB would go on writing into files without a name, and all of that be gone at the next start. */
static void
taken_away(void)
{
	struct yw_batch *b = yw_batch_new();
	const char *dir = fresh_dir();
	char aside[400];
	struct yw_store *s;
	struct yw_error err;

	snprintf(aside, sizeof aside, "%.380s.aside", dir);
	YW_PASS(yw_store_open(dir, &options, &s, &err));
	yw_batch_put(b, SMALL, text("a"), text("1"));
	YW_PASS(yw_store_write(s, b, true, &err));
	YW_CHECK(rename(dir, aside) == 0);
	YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
	YW_CHECK_MSG(strstr(err.msg, "removed or replaced") != NULL, "%s", err.msg);
	YW_CHECK(mkdir(dir, 0700) == 0);
	YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
	is(get(s, NULL, SMALL, "a"), "1");		/* reads go on */
	YW_CHECK(rmdir(dir) == 0 && rename(aside, dir) == 0);
	YW_PASS(yw_store_write(s, b, true, &err));
	yw_store_close(s);
	yw_batch_free(b);
}

/* What it held goes into tables, whether there is much of it or nothing; the writer hears of it and tries again. */
static void
log_taken_away(void)
{
	struct yw_batch *b = yw_batch_new();
	const char *dir = fresh_dir();
	struct yw_store *s;
	struct yw_error err;
	char key[16];

	YW_PASS(yw_store_open(dir, &options, &s, &err));
	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof key, "k%d", i);
		yw_batch_clear(b);
		yw_batch_put(b, i % 2 == 0 ? SMALL : BULK, text(key), text("1"));
		if (i > 0) {
			YW_CHECK(remove_logs(dir) > 0);
			YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
			YW_CHECK_MSG(strstr(err.msg, "try again") != NULL, "%s", err.msg);
		}
		if (i == 4) {			/* and once more at once, with nothing in it */
			YW_CHECK(remove_logs(dir) > 0);
			YW_FAILS(yw_store_write(s, b, true, &err), YW_ESTOPPED);
		}
		YW_PASS(yw_store_write(s, b, true, &err));
	}
	yw_store_close(s);
	YW_PASS(yw_store_open(dir, &options, &s, &err));
	for (int i = 0; i < 8; i++) {
		snprintf(key, sizeof key, "k%d", i);
		is(get(s, NULL, i % 2 == 0 ? SMALL : BULK, key), "1");
	}
	yw_store_close(s);
	yw_batch_free(b);
}

/* Writes enough noise for several table files. */
static void
fill_tables(struct yw_store *s)
{
	struct yw_batch *b = yw_batch_new();
	uint8_t key[4], noise[600];
	struct yw_error err;
	uint64_t x = 1;

	for (uint32_t i = 0; i < 4000; i++) {
		for (size_t k = 0; k < sizeof noise; k++)
			noise[k] = (uint8_t)yw_test_next(&x);
		yw_put_be32(key, i);
		yw_batch_clear(b);
		yw_batch_put(b, SMALL, (struct yw_bytes) { key, 4 }, (struct yw_bytes) { noise, sizeof noise });
		YW_PASS(yw_store_write(s, b, false, &err));
	}
	yw_batch_free(b);
}

/* Flips a bit among the data blocks (they come first) of every large table file. */
static int
bend_tables(const char *dir)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_error err;
	char path[400];
	int hit = 0;

	for (int n = 1; n < 200; n++) {
		snprintf(path, sizeof path, "%s/%06d.sst", dir, n);
		yw_buf_clear(&file);
		if (yw_file_read(path, 16 << 20, &file, &err) != YW_OK || file.len < 100000)
			continue;
		file.data[file.len / 4] ^= 1;
		YW_PASS(yw_file_write(path, file.data, file.len, 0600, true, &err));
		hit++;
	}
	yw_buf_release(&file);
	return hit;
}

static void
damaged_tables(void)
{
	const char *dir = fresh_dir();
	struct yw_batch *b = yw_batch_new();
	struct yw_buf out = YW_BUF_INIT;
	struct yw_store *s = open_disk(dir);
	struct yw_error err, why;
	struct yw_iter *it;

	fill_tables(s);
	yw_store_close(s);
	YW_CHECK(bend_tables(dir) > 0);
	s = open_disk(dir);
	for (it = yw_iter_new(s, NULL, SMALL, text(""), text(""), false); yw_iter_valid(it); yw_iter_next(it))
		continue;
	YW_FAILS(yw_iter_finish(it, &err), YW_EIO);
	YW_CHECK_MSG(strstr(err.msg, "it is damaged") != NULL, "%s", err.msg);
	YW_CHECK(yw_store_failed(s, &why) && !yw_store_curable(s));
	is(why.msg, err.msg);
	YW_FAILS(yw_store_write(s, b, false, &err), YW_EIO);
	YW_CHECK(yw_store_get(s, NULL, SMALL, text("no such"), &out, &err) == YW_ENOENT);	/* reads go on */
	yw_store_close(s);
	yw_batch_free(b);
}

static void
meanings(void)
{
	static const struct { const char *status, *want; } cases[] = {
		{ "IO error: While lock file: /x/LOCK: Resource temporarily unavailable", "another process" },
		{ "IO error: lock hold by current process, acquire time 1 acquiring thread 2: /x/LOCK: No locks available",
		    "another process" },
		{ "IO error: No space left on device: While appending to file: /x/000004.log: No space left on device",
		    "the disk is full" },
		{ "IO error: Disk quota exceeded: While fsync: /x/000005.sst: Disk quota exceeded", "the disk quota is used up" },
		{ "Corruption: block checksum mismatch: stored = 1, computed = 2  in /x/1.sst offset 0 size 9", "it is damaged" },
		{ "IO error: No such file or directory: While open a file for random read: /x/000009.sst: No such file or "
		  "directory", "a file is missing" },
		{ "IO error: While fsync: /x/000004.log: Input/output error", "the disk failed" },
		{ "IO error: While mkdir if missing: /x: Permission denied", "not permitted" },
		{ "Invalid argument: Column families not opened: third", "its families" },
		{ "something new", "the database refused" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *got = yw_status_meaning(cases[i].status);

		YW_CHECK_MSG(strncmp(got, cases[i].want, strlen(cases[i].want)) == 0, "'%s' means '%s'", cases[i].status, got);
		YW_CHECK(yw_status_wants_room(cases[i].status) == (strstr(got, "free some space") != NULL));
	}
}

YW_TESTS(
	{ "S1 a batch is written over all families, the last word on a key wins", batches_on_both },
	{ "S1 a batch with one wrong step is refused whole", refused_batches_on_both },
	{ "S1 reads append, limit, and fit fixed places", reads_on_both },
	{ "S1 snapshots keep their moment", snapshots_on_both },
	{ "S1 iteration by prefix and start, both ways", iteration_on_both },
	{ "S1 an iterator shows one moment", iterator_stands_still_on_both },
	{ "S1 values of a mebibyte, more than the write buffers hold", large_values_on_both },
	{ "S1 after bulk work the store rests: write buffers are given back, what they held stays", rest_on_both },
	{ "S1 readers beside a writer see whole batches", readers_on_both },
	{ "S3 a power cut leaves what had been synced", power_cut },
	{ "S3 an image of a disk goes its own way", image },
	{ "S3 a full disk refuses a write whole, and takes it later", full_disk },
	{ "S3 writing fails for good; whether to open it again helps is told apart", failed_disk },
	{ "S1 opens again, once at a time, or read-only", opens_again },
	{ "S3 a foreign format or family is refused and left alone", foreign_directories },
	{ "S3 a damaged directory is refused with what to do", damaged_directories },
	{ "S3 writing stops at the disk reserve", below_the_reserve },
	{ "S3 writing stops while the database is not where it was", taken_away },
	{ "S3 a write-ahead log that was removed under it takes nothing along", log_taken_away },
	{ "S3 a flipped byte is met by checksum and stops writing", damaged_tables },
	{ "S3 each status string has a meaning and a way on", meanings })
