/*
 * there.c - see there_int.h.
 */
#include "store/there_int.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAL_SUFFIX ".log"

static bool
stat_in(const struct yw_there *t, const char *name, struct stat *st)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/%s", t->dir, name);
	return lstat(path, st) == 0;
}

bool
yw_there_begin(struct yw_there *t, const char *dir)
{
	snprintf(t->dir, sizeof t->dir, "%s", dir);
	t->wal = 0;
	return stat_in(t, "LOCK", &t->lock);
}

/* The largest NUMBER of "NUMBER.log", 0 where there is none; false: nobody can say. */
static bool
newest_wal(const struct yw_there *t, uint64_t *newest)
{
	DIR *d = opendir(t->dir);
	struct dirent *e;
	uint64_t n;
	char *end;

	if (d == NULL)
		return false;
	*newest = 0;
	while ((e = readdir(d)) != NULL) {
		n = strtoull(e->d_name, &end, 10);
		if (end != e->d_name && strcmp(end, WAL_SUFFIX) == 0 && n > *newest)
			*newest = n;
	}
	closedir(d);
	return true;
}

/* RocksDB removes one only after it has begun a newer one. */
static bool
wal_stands(struct yw_there *t)
{
	char name[32];
	struct stat st;
	uint64_t newest;

	snprintf(name, sizeof name, "%06" PRIu64 WAL_SUFFIX, t->wal);
	if (t->wal != 0 && stat_in(t, name, &st))
		return true;
	if (!newest_wal(t, &newest))
		return true;
	if (newest <= t->wal)
		return false;
	t->wal = newest;
	return true;
}

enum yw_there_state
yw_there_look(struct yw_there *t)
{
	struct stat now;

	if (!stat_in(t, "LOCK", &now) || now.st_dev != t->lock.st_dev || now.st_ino != t->lock.st_ino)
		return YW_THERE_GONE;
	return wal_stands(t) ? YW_THERE : YW_THERE_NO_WAL;
}
