/*
 * powercut_int.h - what a power cut would leave: the inside of powercut.c.
 *
 * Every file and directory has an object, a number.  The shadow directory holds `<number>`, the
 * content of a file, and `<number>.dir`, the names in a directory, one line each: type (f or d),
 * mode, number, name.  1 is the watched directory.
 *
 * A sync copies what was written since the last one into the shadow.  What was written and not
 * synced is remembered in memory only; it dies with the process, as it should.  Names need no memory
 * at all: syncing a directory lists it.  A cut in the middle of a sync may leave part of it, as a
 * disk may; a list of names is replaced whole, as a journal does.
 *
 * Threads: callers hold one lock over all of it.  Whatever goes wrong ends the process with 99.
 */
#ifndef YW_TESTS_SUPPORT_POWERCUT_INT_H
#define YW_TESTS_SUPPORT_POWERCUT_INT_H

#include <dlfcn.h>
#include <stdbool.h>
#include <sys/stat.h>

/* The next library's function of this name: libc's, or a sanitizer's. */
#define NEXT(name)                                                                                 \
	({                                                                                         \
		static void *slot_;                                                                \
		if (slot_ == NULL)                                                                 \
			slot_ = dlsym(RTLD_NEXT, #name);                                           \
		(__typeof__(&name))slot_;                                                          \
	})

struct object;

/* Takes all that is below dir for durable; the shadow directory is emptied. */
void shadow_start(const char *dir, const char *to);
bool shadow_inside(int fd);

/* `made`: just now, so whatever had that inode number before is not meant. */
struct object *object_of(const struct stat *st, bool made);
void object_forget(const struct stat *st);		/* its last name is gone */
bool object_is(const struct object *o, const struct stat *st);

void object_wrote(struct object *o, off_t from, off_t to);
void object_cut(struct object *o, off_t size);		/* truncated, maybe not for long */
void object_blind(struct object *o);			/* written to unseen: copied whole */
void object_sync(struct object *o, const char *path, bool directory);
void object_settle(struct object *o, off_t size);	/* nothing is left to sync: it was, or it is lost */

void die(const char *what);

#endif
