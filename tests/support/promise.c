/*
 * promise.c - see promise.h.
 */
#include <dirent.h>
#include <unistd.h>

#include "support/promise.h"
#include "support/testing.h"

#define BYTES (8 + 8 + YW_HASH_BYTES + 8)

void
yw_promise_tell(const struct yw_promise *p)
{
	uint8_t m[BYTES];

	yw_put_be64(m, p->commit);
	yw_put_be64(m + 8, p->size);
	memcpy(m + 16, p->root.b, YW_HASH_BYTES);
	yw_put_be64(m + 16 + YW_HASH_BYTES, p->other);
	if (write(1, m, sizeof m) != sizeof m)
		exit(1);
}

void
yw_promise_hear(struct yw_bytes said, struct yw_promise *p)
{
	for (size_t at = 0; at + BYTES <= said.len; at += BYTES) {
		const uint8_t *m = said.data + at;
		uint64_t size = yw_get_be64(m + 8), other = yw_get_be64(m + 16 + YW_HASH_BYTES);

		if (yw_get_be64(m) > p->commit)
			p->commit = yw_get_be64(m);
		if (size >= p->size) {
			p->size = size;
			memcpy(p->root.b, m + 16, YW_HASH_BYTES);
		}
		if (other > p->other)
			p->other = other;
	}
}

bool
yw_promise_guarded(const char *guard_path, const struct yw_promise *p)
{
	struct yw_guard_mark mark = { .commit = 0 };
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_guard g;
	bool covers;

	covers = yw_guard_file_open(&f, guard_path, false, &io, NULL) == YW_OK &&
	    yw_guard_open(&g, &io, &mark, NULL) == YW_OK && mark.commit >= p->commit && mark.size >= p->size &&
	    (mark.size > p->size || p->size == 0 || yw_hash_equal(&mark.root, &p->root));
	yw_guard_file_close(&f);
	return covers;
}

void
yw_cuts_lost_nothing(const struct yw_cuts *c)
{
	YW_CHECK_MSG(c->lost == 0 && c->unguarded == 0 && c->unnoticed == 0, "%u cuts lost something, %u times the guard did not "
	    "cover it, %u times a lost end was not noticed", c->lost, c->unguarded, c->unnoticed);
	YW_CHECK(c->noticed > 0);	/* or else nothing was tried */
}

static void
find(const char *fault, bool loses, int rounds, yw_cut_fn cut)
{
	uint64_t seed = yw_test_seed();
	struct yw_cuts c = { 0 };

	for (int round = 0; round < rounds && c.lost == 0 && c.unguarded == 0; round++)
		cut(fault, seed + (uint64_t)round, &c);
	YW_CHECK_MSG(loses ? c.lost > 0 : c.unguarded > 0 && c.lost == 0, "%s is not found: %u lost, %u unguarded", fault, c.lost,
	    c.unguarded);
}

void
yw_cuts_find_mutations(int rounds, yw_cut_fn cut)
{
	find("wal-unsynced", true, rounds, cut);
	find("guard-unsynced", false, rounds, cut);
	find("ack-before-guard", false, rounds, cut);
}

bool
yw_last_wal(const char *dir, char path[static YW_WAL_PATH_MAX])
{
	char last[256] = "";
	struct dirent *e;
	DIR *d = opendir(dir);

	if (d == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {	/* "000123.log": as long as there are fewer than a million */
		size_t n = strlen(e->d_name);

		if (n > 4 && strcmp(e->d_name + n - 4, ".log") == 0 && strcmp(e->d_name, last) > 0)
			snprintf(last, sizeof last, "%s", e->d_name);
	}
	closedir(d);
	snprintf(path, YW_WAL_PATH_MAX, "%.320s/%s", dir, last);
	return last[0] != '\0';
}

bool
yw_remove_last_wal(const char *dir)
{
	char path[YW_WAL_PATH_MAX];

	return yw_last_wal(dir, path) && unlink(path) == 0;
}
