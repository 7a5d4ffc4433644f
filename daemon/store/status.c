/*
 * status.c - RocksDB tells its errors as text only; this table is the one place that reads it.
 *
 * Looked through in order, so the particular stands before the general.  Strings as printed by
 * version 7.8.3 (util/status.cc, env/io_posix.cc, env/fs_posix.cc).
 */
#include "store/store_int.h"

static const struct meaning {
	const char *part, *meaning;
	bool room;
} table[] = {
	{ "/LOCK: ", "another process has it open; stop that one, or ask it through its socket", false },
	{ "No space left on device", "the disk is full; free some space", true },
	{ "Disk quota exceeded", "the disk quota is used up; raise it or free some space", true },
	{ "Read-only file system", "the file system is read-only; see the kernel log for why, then mount it again", false },
	{ "Permission denied", "not permitted; give the directory and all in it to the service user", false },
	{ "Too many open files", "no more files may be opened; raise LimitNOFILE", false },
	{ "does not exist (create_if_missing is false)", "there is no store; check data_dir", false },
	{ "Column famil", "its families are not those of this version; use the version that wrote it", false },
	{ "Corruption", "it is damaged; keep a copy, then go back to a backup or refetch from the network", false },
	{ "checksum mismatch", "it is damaged; keep a copy, then go back to a backup or refetch from the network", false },
	{ "No such file or directory", "a file is missing; go back to a backup or refetch from the network", false },
	{ "IO error", "the disk failed; see the kernel log, then start again", false },
	{ "Shutdown in progress", "it is being closed", false },
};

static const struct meaning *
find(const char *status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strstr(status, table[i].part) != NULL)
			return &table[i];
	return NULL;
}

const char *
yw_status_meaning(const char *status)
{
	const struct meaning *m = find(status);

	return m != NULL ? m->meaning : "the database refused; start again, and report this line if it stays";
}

bool
yw_status_wants_room(const char *status)
{
	const struct meaning *m = find(status);

	return m != NULL && m->room;
}
