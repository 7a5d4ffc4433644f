/*
 * The guard: what a cut, a flipped bit or a lost slot leaves of it, in memory and in a file.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/guard.h"
#include "support/testing.h"

static struct yw_error err;

/* ---- a guard in memory; `cut`: so many bytes of the next write arrive */

struct memory {
	uint8_t b[YW_GUARD_BYTES];
	size_t cut;
	bool absent, broken;
	unsigned wrote;		/* slot */
};

static enum yw_code
memory_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *e)
{
	const struct memory *m = arg;

	if (m->absent)
		return yw_fail(e, YW_ENOENT, "no guard");
	memcpy(out, m->b, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
memory_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *e)
{
	struct memory *m = arg;

	if (m->broken)
		return yw_fail(e, YW_EIO, "no disk");
	m->wrote = slot;
	memcpy(m->b + slot * YW_GUARD_SLOT_BYTES, in, m->cut);
	return YW_OK;
}

static struct yw_guard_io
io_of(struct memory *m)
{
	return (struct yw_guard_io) { memory_read, memory_write, m };
}

static struct yw_guard_mark
mark(uint64_t commit)
{
	struct yw_guard_mark m = { .size = commit * 3, .commit = commit, .boot_id = { 1, 2 }, .machine_id = { 3 } };

	snprintf(m.origin.text, sizeof m.origin.text, "onenet.example/320102");
	memset(m.root.b, (int)commit, sizeof m.root.b);
	return m;
}

static bool
same(const struct yw_guard_mark *a, const struct yw_guard_mark *b)
{
	return strcmp(a->origin.text, b->origin.text) == 0 && a->size == b->size && a->commit == b->commit &&
	    memcmp(a->root.b, b->root.b, sizeof a->root.b) == 0 && memcmp(a->boot_id, b->boot_id, 16) == 0 &&
	    memcmp(a->machine_id, b->machine_id, 16) == 0;
}

/* Writes marks 1 to n; gives the memory that holds the last two. */
static void
write_marks(struct memory *m, uint64_t n)
{
	struct yw_guard_io io = io_of(m);
	struct yw_guard g = { .io = io };

	for (uint64_t i = 1; i <= n; i++) {
		struct yw_guard_mark w = mark(i);

		YW_PASS(yw_guard_write(&g, &w, &err));
		YW_CHECK(m->wrote == (i - 1) % 2);
	}
}

static enum yw_code
read_mark(struct memory *m, struct yw_guard_mark *out)
{
	struct yw_guard_io io = io_of(m);
	struct yw_guard g;

	return yw_guard_open(&g, &io, out, &err);
}

static bool
holds(struct memory *m, uint64_t commit)
{
	struct yw_guard_mark want = mark(commit), got;

	return read_mark(m, &got) == YW_OK && same(&want, &got);
}

/* ---- cases */

static void
newest(void)
{
	struct memory m = { .cut = YW_GUARD_SLOT_BYTES };
	struct yw_guard_io io = io_of(&m);
	struct yw_guard_mark got, w;
	struct yw_guard g;

	YW_FAILS(read_mark(&m, &got), YW_EFORMAT);	/* two empty slots */
	for (uint64_t n = 1; n <= 5; n++) {
		write_marks(&m, n);
		YW_CHECK(holds(&m, n));
	}
	YW_PASS(yw_guard_open(&g, &io, &got, &err));	/* goes on in the older slot */
	w = mark(6);
	YW_PASS(yw_guard_write(&g, &w, &err));
	YW_CHECK(m.wrote == 1 && holds(&m, 6));
	m.absent = true;
	YW_FAILS(read_mark(&m, &got), YW_ENOENT);
}

static void
longest_origin(void)
{
	struct memory m = { .cut = YW_GUARD_SLOT_BYTES };
	struct yw_guard_io io = io_of(&m);
	struct yw_guard g = { .io = io };
	struct yw_guard_mark w = mark(1), got;

	memset(w.origin.text, 'a', YW_ORIGIN_MAX);
	w.commit = w.size = UINT64_MAX;
	YW_PASS(yw_guard_write(&g, &w, &err));
	YW_PASS(read_mark(&m, &got));
	YW_CHECK(same(&w, &got));
}

static void
cuts(void)
{
	for (size_t cut = 0; cut <= YW_GUARD_SLOT_BYTES; cut++) {
		struct memory m = { .cut = YW_GUARD_SLOT_BYTES };
		struct yw_guard_io io = io_of(&m);
		struct yw_guard_mark w, got;
		struct yw_guard g;
		bool whole;

		write_marks(&m, 4);
		YW_PASS(yw_guard_open(&g, &io, &got, &err));
		w = mark(5);
		m.cut = cut;
		YW_PASS(yw_guard_write(&g, &w, &err));
		whole = holds(&m, 5);
		YW_CHECK_MSG(whole == (cut == YW_GUARD_SLOT_BYTES) && (whole || holds(&m, 4)), "cut at %zu", cut);

		m.cut = YW_GUARD_SLOT_BYTES;		/* what follows a torn slot goes over it */
		YW_PASS(yw_guard_open(&g, &io, &got, &err));
		w = mark(6);
		YW_PASS(yw_guard_write(&g, &w, &err));
		YW_CHECK(holds(&m, 6) && (whole || m.wrote == 0));
	}
}

static void
flips(void)
{
	struct memory m = { .cut = YW_GUARD_SLOT_BYTES };
	struct yw_guard_mark got;

	write_marks(&m, 4);		/* 4 stands in slot 1 */
	for (size_t bit = 0; bit < YW_GUARD_BYTES * 8; bit++) {
		m.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(holds(&m, bit / 8 < YW_GUARD_SLOT_BYTES ? 4 : 3), "bit %zu", bit);
		m.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	m.b[0] ^= 1;
	m.b[YW_GUARD_SLOT_BYTES] ^= 1;
	YW_FAILS(read_mark(&m, &got), YW_EFORMAT);
}

static void
failed_write(void)
{
	struct memory m = { .cut = YW_GUARD_SLOT_BYTES };
	struct yw_guard_io io = io_of(&m);
	struct yw_guard_mark w = mark(5), got;
	struct yw_guard g;

	write_marks(&m, 4);
	YW_PASS(yw_guard_open(&g, &io, &got, &err));
	m.broken = true;
	YW_FAILS(yw_guard_write(&g, &w, &err), YW_EIO);
	m.broken = false;
	YW_PASS(yw_guard_write(&g, &w, &err));	/* the same slot again: the other one is the good one */
	YW_CHECK(m.wrote == 0 && holds(&m, 5));
}

static void
file(void)
{
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_guard_mark w, got;
	struct yw_guard g = { .sequence = 0 };
	struct stat st;
	char path[300];

	snprintf(path, sizeof path, "%s/guard", yw_test_dir());
	YW_FAILS(yw_guard_file_open(&f, path, false, &io, &err), YW_ENOENT);
	yw_guard_file_close(&f);
	YW_PASS(yw_guard_file_open(&f, path, true, &io, &err));
	YW_CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0600);
	YW_FAILS(yw_guard_open(&g, &io, &got, &err), YW_EFORMAT);
	for (uint64_t n = 1; n <= 3; n++) {
		w = mark(n);
		YW_PASS(yw_guard_write(&g, &w, &err));
	}
	yw_guard_file_close(&f);
	YW_FAILS(yw_guard_file_open(&f, path, true, &io, &err), YW_ECONFLICT);

	YW_PASS(yw_guard_file_open(&f, path, false, &io, &err));
	YW_PASS(yw_guard_open(&g, &io, &got, &err));
	YW_CHECK(same(&w, &got) && g.next == 1);
	YW_CHECK(stat(path, &st) == 0 && truncate(path, st.st_size / 2 + YW_GUARD_SLOT_BYTES - 1) == 0);
	YW_FAILS(yw_guard_open(&g, &io, &got, &err), YW_EFORMAT);
	yw_guard_file_close(&f);
}

static void
unwritable(void)
{
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_guard_mark w = mark(1);
	struct yw_guard g = { .sequence = 0 };
	char path[1200];

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	YW_FAILS(yw_guard_file_open(&f, path, false, &io, &err), YW_ELIMIT);
	snprintf(path, sizeof path, "%s/readonly", yw_test_dir());
	YW_PASS(yw_guard_file_open(&f, path, true, &io, &err));
	g.io = io;
	close(f.fd);
	f.fd = -1;
	YW_FAILS(yw_guard_write(&g, &w, &err), YW_EIO);
	YW_CHECK(g.sequence == 0 && g.next == 0);
	yw_guard_file_close(&f);
}

/* What is written into a file that has no name any more, nobody will find at the next start. */
static void
taken_away(void)
{
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_guard_mark w = mark(1), got;
	struct yw_guard g = { .sequence = 0 };
	char path[300], aside[310];

	snprintf(path, sizeof path, "%s/taken", yw_test_dir());
	snprintf(aside, sizeof aside, "%s.aside", path);
	YW_PASS(yw_guard_file_open(&f, path, true, &io, &err));
	g.io = io;
	YW_PASS(yw_guard_write(&g, &w, &err));
	YW_CHECK(rename(path, aside) == 0);
	w = mark(2);
	YW_FAILS(yw_guard_write(&g, &w, &err), YW_EIO);
	YW_CHECK_MSG(strstr(err.msg, "removed or replaced") && strstr(err.msg, path), "%s", err.msg);
	YW_PASS(yw_file_write(path, "another", 7, 0600, false, &err));
	YW_FAILS(yw_guard_write(&g, &w, &err), YW_EIO);
	YW_CHECK(rename(aside, path) == 0);
	YW_PASS(yw_guard_write(&g, &w, &err));
	YW_PASS(yw_guard_open(&g, &io, &got, &err));
	YW_CHECK(same(&w, &got));
	yw_guard_file_close(&f);
}

static void
here(void)
{
	struct yw_guard_mark a = { .size = 7 }, b = { .size = 0 };
	static const uint8_t none[16];

	yw_guard_here(&a);
	yw_guard_here(&b);
	YW_CHECK(memcmp(a.boot_id, none, 16) != 0 && a.size == 7);
	YW_CHECK(memcmp(a.boot_id, b.boot_id, 16) == 0 && memcmp(a.machine_id, b.machine_id, 16) == 0);
}

YW_TESTS(
	{ "L1 the newest of two slots counts, and the next goes over the older", newest },
	{ "L1 the longest origin and the largest numbers fit", longest_origin },
	{ "L1 a write cut at any byte leaves the mark before it", cuts },
	{ "L1 a flipped bit leaves the mark of the other slot; both damaged is no guard", flips },
	{ "L1 a failed write is tried again in the same slot", failed_write },
	{ "L1 in a file: made once, private, the same after opening again, cut short it is none", file },
	{ "L1 a guard that cannot be written says so", unwritable },
	{ "L1 a guard that was removed or replaced under the daemon takes no promise", taken_away },
	{ "L1 this boot and this machine have names", here }
)
