/*
 * The store on disk under power cuts and failing calls: what yw_store_write(sync)
 * returned YW_OK for is there afterwards, batches are whole, and nothing is there without what came
 * before it.
 *
 * The writer is this program run as `--child SEED DIR` under the power-cut library.  Batch i puts
 * count = i + 1 into one family and record i, which can be computed from i, into the other; after
 * each durable batch the number of them goes to the parent.
 */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "store/store.h"
#include "support/powercut.h"
#include "support/testing.h"

#define CUTS 40
#define BATCHES 400	/* in one life of the writer */

enum { STATE, RECORDS };
static const struct yw_family_spec families[] = { { "state", false }, { "records", true } };
static const struct yw_store_options options = {
	.families = families,
	.n_families = 2,
	.format_version = 1,
	.cache_bytes = 1 << 20,
	.write_buffer_bytes = 128 << 10,	/* small: flushes and compactions in every life */
};

/* Record i: mostly small, now and then large, not to be compressed away. */
static void
make_record(uint64_t i, struct yw_buf *out)
{
	uint64_t x = i;
	size_t words = yw_test_next(&x) % 16 == 0 ? 2000 : yw_test_next(&x) % 100;

	yw_buf_clear(out);
	for (size_t w = 0; w < words; w++)
		yw_buf_add_be64(out, yw_test_next(&x));
}

static uint64_t
read_count(struct yw_store *s)
{
	uint8_t count[8];
	enum yw_code code = yw_store_get_fixed(s, NULL, STATE, YW_BYTES_LIT("count"), count, sizeof count, NULL);

	return code == YW_OK ? yw_get_be64(count) : 0;
}

/* ---- the child */

static void
tell(char what, uint64_t n)
{
	uint8_t m[9] = { (uint8_t)what };

	yw_put_be64(m + 1, n);
	if (write(1, m, sizeof m) != sizeof m)
		exit(1);
}

static enum yw_code
write_one(struct yw_store *s, uint64_t i, uint64_t *seed, bool *durable, struct yw_error *err)
{
	struct yw_batch *b = yw_batch_new();
	struct yw_buf record = YW_BUF_INIT;
	uint64_t dice = yw_test_next(seed) % 8;
	uint8_t key[8], count[8];
	enum yw_code code;

	yw_put_be64(key, i);
	yw_put_be64(count, i + 1);
	make_record(i, &record);
	yw_batch_put(b, RECORDS, (struct yw_bytes) { key, 8 }, yw_buf_bytes(&record));
	yw_batch_put(b, STATE, YW_BYTES_LIT("count"), (struct yw_bytes) { count, 8 });
	code = yw_store_write(s, b, dice < 4, err);
	*durable = dice < 4;
	if (code == YW_OK && dice == 7) {
		yw_batch_clear(b);
		code = yw_store_write(s, b, true, err);
		*durable = true;
	}
	yw_batch_free(b);
	yw_buf_release(&record);
	return code;
}

/* After a failed write all later ones fail too, and reads go on. */
static void
check_stopped(struct yw_store *s, uint64_t i, uint64_t *seed)
{
	struct yw_error err;
	bool durable;

	for (int n = 0; n < 3; n++)
		if (write_one(s, i, seed, &durable, &err) != YW_EIO)
			exit(2);
	if (!yw_store_failed(s, &err) || read_count(s) < i)
		exit(3);
}

static int
child(uint64_t seed, const char *dir)
{
	struct yw_error err;
	struct yw_store *s;
	uint64_t i, end;
	bool durable;

	if (yw_store_open(dir, &options, &s, &err) == YW_OK) {
		i = read_count(s);
		for (end = i + BATCHES; i < end; i++) {
			if (write_one(s, i, &seed, &durable, &err) != YW_OK) {
				tell('f', i);
				check_stopped(s, i, &seed);
				break;
			}
			if (durable)
				tell('d', i + 1);
		}
		if (seed % (i < end ? 32 : 2) == 0)	/* after a failure it sleeps for a second */
			yw_store_close(s);
	} else {
		tell('o', 0);
	}
	kill(getpid(), SIGKILL);
	return 1;
}

/* ---- the parent */

struct life {
	uint64_t durable;	/* batches that were said to be */
	bool failed, not_opened, aborted;
};

static void
read_life(const struct yw_buf *said, struct life *life)
{
	for (size_t at = 0; at + 9 <= said->len; at += 9) {
		uint64_t n = yw_get_be64(said->data + at + 1);

		if (said->data[at] == 'd')
			life->durable = n;
		life->failed |= said->data[at] == 'f';
		life->not_opened |= said->data[at] == 'o';
	}
}

/* One life of the writer, and the power cut at its end. */
static void
live(const char *dir, const char *shadow, const char *fail, uint64_t seed, struct life *life)
{
	char number[24], path[300];
	char *args[] = { (char[]) { "store" }, (char[]) { "--child" }, number, path, NULL };
	struct yw_buf said = YW_BUF_INIT;
	struct yw_error err = { .msg = "" };
	int status;

	snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
	snprintf(path, sizeof path, "%s/store", dir);
	status = yw_powercut_run(dir, shadow, fail, args, &said);
	/* RocksDB itself may abort: it asserts that a file of which a call has failed is not used again. */
	life->aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
	YW_CHECK_MSG(life->aborted || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL), "%s: the writer ended with status %x",
	    fail, status);
	read_life(&said, life);
	life->not_opened |= life->aborted && said.len == 0;
	yw_buf_release(&said);
	if (yw_powercut_restore(dir, shadow, &err) != YW_OK)
		yw_testing_failed(__FILE__, __LINE__, "%s", err.msg);
}

/* To look at it read-only will do, and is quicker, but where it was not whole when the power went. */
static struct yw_store *
open_left(const char *dir)
{
	struct yw_store_options read_only = options;
	struct yw_error err = { .msg = "" };
	struct yw_store *s;
	char path[300];

	read_only.read_only = true;
	snprintf(path, sizeof path, "%s/store", dir);
	if (yw_store_open(path, &read_only, &s, &err) != YW_OK && yw_store_open(path, &options, &s, &err) != YW_OK)
		yw_testing_failed(__FILE__, __LINE__, "%s", err.msg);
	return s;
}

/* How many batches are there; every one of them must be whole. */
static uint64_t
count_whole(const char *dir)
{
	struct yw_store *s = open_left(dir);
	struct yw_buf want = YW_BUF_INIT;
	struct yw_error err;
	struct yw_iter *it;
	uint64_t n, i = 0;

	n = read_count(s);
	for (it = yw_iter_new(s, NULL, RECORDS, YW_BYTES_LIT(""), YW_BYTES_LIT(""), false); yw_iter_valid(it);
	    yw_iter_next(it), i++) {
		YW_CHECK(yw_iter_key(it).len == 8 && yw_get_be64(yw_iter_key(it).data) == i);
		make_record(i, &want);
		YW_CHECK_MSG(yw_bytes_equal(yw_iter_value(it), yw_buf_bytes(&want)), "record %llu is another", (unsigned long long)i);
	}
	YW_PASS(yw_iter_finish(it, &err));
	YW_CHECK_MSG(i == n, "%llu records under a count of %llu", (unsigned long long)i, (unsigned long long)n);
	yw_store_close(s);
	yw_buf_release(&want);
	return n;
}

static void
make_places(char dir[static 300], char shadow[static 300])
{
	static int n;

	snprintf(dir, 300, "%s/life-%d", yw_test_dir(), ++n);
	snprintf(shadow, 300, "%s/shadow-%d", yw_test_dir(), n);
	YW_CHECK(mkdir(dir, 0700) == 0);
}

/* One store through many lives; returns in how many of them something durable was lost. */
static int
cut_often(int cuts, uint64_t seed)
{
	char dir[300], shadow[300], fail[32];
	struct life life = { 0 };
	int losses = 0;
	uint64_t there;

	make_places(dir, shadow);
	for (int cut = 0; cut < cuts; cut++) {
		/* The first calls make the store; most cuts come while it is written. */
		uint64_t at = cut % 4 == 0 ? yw_test_next(&seed) % 40 : yw_test_next(&seed) % 1500;

		snprintf(fail, sizeof fail, "kill:%llu", (unsigned long long)at + 1);
		live(dir, shadow, fail, seed, &life);
		YW_CHECK(!life.failed && !life.not_opened && !life.aborted);
		there = count_whole(dir);
		losses += there < life.durable;
		life.durable = there;
	}
	YW_CHECK(there > BATCHES);	/* or else nothing was tried */
	return losses;
}

static void
cuts_lose_nothing(void)
{
	YW_CHECK(cut_often(CUTS, yw_test_seed()) == 0);
}

/* Every call fails once, and from every call on all fail: what was durable before is there. */
static void
fail_at_each(const char *kind, const char *count)
{
	char dir[300], shadow[300], fail[32];
	int failures = 0, not_opened = 0;

	for (int at = 1; at < 700; at += at < 60 ? 2 : 41) {
		struct life life = { 0 };

		make_places(dir, shadow);
		snprintf(fail, sizeof fail, "%s:%d%s", kind, at, count);
		live(dir, shadow, fail, (uint64_t)at, &life);
		failures += life.failed;
		not_opened += life.not_opened;
		YW_CHECK_MSG(count_whole(dir) >= life.durable, "%s: %llu batches were durable", fail,
		    (unsigned long long)life.durable);
	}
	YW_CHECK_MSG(failures > 10 && not_opened > 10, "%d writers stopped, %d never opened", failures, not_opened);
}

static void
failing_calls(void)
{
	fail_at_each("eio", "");
	fail_at_each("eio", ":1");
}

static void
full_disk(void)
{
	fail_at_each("enospc", "");
}

#ifdef YW_FAULTS
static void
cuts_find_missing_syncs(void)
{
	setenv("YW_FAULT", "store-write-unsynced", 1);
	YW_CHECK(cut_often(8, yw_test_seed()) > 0);
	unsetenv("YW_FAULT");
}
#endif

static const struct yw_case cases[] = {
	{ "S3 power cuts lose nothing that was durable", cuts_lose_nothing },
	{ "S3 failing calls stop writing and lose nothing that was durable", failing_calls },
	{ "S3 a full disk stops writing and loses nothing that was durable", full_disk },
#ifdef YW_FAULTS
	{ "S3 mutation: writes without sync are found by power cuts", cuts_find_missing_syncs },
#endif
};

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--child") == 0)
		return child(strtoull(argv[2], NULL, 10), argv[3]);
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
