/*
 * there_int.h - is a database still where it was opened?
 *
 * RocksDB keeps its files open, and would go on writing into files that somebody has removed: all of it would be gone at
 * the next start.  So two names are looked at before each write: LOCK, which it holds as long as it has the
 * directory, and its newest write-ahead log.
 */
#ifndef YW_STORE_THERE_INT_H
#define YW_STORE_THERE_INT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct yw_there {
	char dir[PATH_MAX];
	struct stat lock;
	uint64_t wal;			/* number of the newest write-ahead log; 0: not looked for yet */
};

/* Of a database that was opened for writing; false: it has no LOCK. */
bool yw_there_begin(struct yw_there *t, const char *dir);

enum yw_there_state {
	YW_THERE,
	YW_THERE_GONE,			/* the directory, or all that is in it */
	YW_THERE_NO_WAL			/* what was written last is in no file of that name */
};
enum yw_there_state yw_there_look(struct yw_there *t);

#endif
