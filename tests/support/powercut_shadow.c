/*
 * powercut_shadow.c - see powercut_int.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/powercut_int.h"

#define BUCKETS 4096
#define RANGES 32

struct range {
	off_t from, to;
};

struct object {
	struct object *next;
	dev_t dev;
	ino_t ino;
	unsigned id;
	bool blind;		/* not every write to it was seen: copied whole */
	off_t low;		/* the smallest size since the last sync */
	struct range dirty[RANGES];	/* written since the last sync */
	size_t n_dirty;
};

static char root[PATH_MAX], shadow[PATH_MAX];
static struct object *buckets[BUCKETS];		/* of what has a name; never freed */
static unsigned last_id;

void
die(const char *what)
{
	dprintf(2, "powercut: unable to %s: %s\n", what, strerror(errno));
	_exit(99);
}

/* ---- objects */

static struct object **
place_of(const struct stat *st)
{
	struct object **p = &buckets[(st->st_ino ^ st->st_dev) % BUCKETS];

	while (*p != NULL && ((*p)->ino != st->st_ino || (*p)->dev != st->st_dev))
		p = &(*p)->next;
	return p;
}

/* The last name is gone, so the inode number may come back as another file. */
void
object_forget(const struct stat *st)
{
	struct object **p = place_of(st);

	if (*p != NULL)
		*p = (*p)->next;
}

/* One that we meet for the first time, without having seen it made, was not followed until now. */
struct object *
object_of(const struct stat *st, bool made)
{
	struct object **p, *o;

	if (made)
		object_forget(st);
	p = place_of(st);
	if (*p != NULL)
		return *p;
	o = calloc(1, sizeof *o);
	if (o == NULL)
		die("allocate");
	o->dev = st->st_dev;
	o->ino = st->st_ino;
	o->id = ++last_id;
	o->blind = !made;
	*p = o;
	return o;
}

bool
shadow_inside(int fd)
{
	char link[64], path[PATH_MAX];
	size_t len = strlen(root);
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	if (n < (ssize_t)len)
		return false;
	path[n] = '\0';
	return strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* ---- what was written since the last sync */

void
object_cut(struct object *o, off_t size)
{
	if (size < o->low)
		o->low = size;
}

void
object_wrote(struct object *o, off_t from, off_t to)
{
	struct range *last;

	for (size_t i = 0; i < o->n_dirty; i++) {
		struct range *r = &o->dirty[i];

		if (from <= r->to && to >= r->from) {
			r->from = from < r->from ? from : r->from;
			r->to = to > r->to ? to : r->to;
			return;
		}
	}
	if (o->n_dirty < RANGES) {
		o->dirty[o->n_dirty++] = (struct range) { from, to };
		return;
	}
	last = &o->dirty[RANGES - 1];	/* what lies between is copied for nothing */
	last->from = from < last->from ? from : last->from;
	last->to = to > last->to ? to : last->to;
}

void
object_blind(struct object *o)
{
	o->blind = true;
}

bool
object_is(const struct object *o, const struct stat *st)
{
	return o->ino == st->st_ino && o->dev == st->st_dev;
}

/* ---- the shadow */

static int
open_shadow(const char *name, unsigned id, int flags)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof path, "%s/%u%s", shadow, id, name);
	fd = NEXT(open)(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		die("open in the shadow");
	return fd;
}

static void
copy_range(int from, int to, off_t at, off_t end)
{
	char chunk[65536];
	ssize_t n;

	while (at < end) {
		n = pread(from, chunk, end - at < (off_t)sizeof chunk ? (size_t)(end - at) : sizeof chunk, at);
		if (n < 0)
			die("read");
		if (n == 0)
			return;
		if (NEXT(pwrite)(to, chunk, (size_t)n, at) != n)
			die("write in the shadow");
		at += n;
	}
}

void
object_settle(struct object *o, off_t size)
{
	o->low = size;
	o->n_dirty = 0;
}

/* The size comes last: a cut in between leaves a shorter file rather than zeroes. */
static void
sync_file(struct object *o, int from)
{
	int to = open_shadow("", o->id, O_RDWR | O_CREAT);
	struct stat st, now;

	if (fstat(from, &st) != 0 || fstat(to, &now) != 0)
		die("stat");
	if (o->blind) {
		object_settle(o, 0);
		object_wrote(o, 0, st.st_size);
	}
	if (now.st_size > o->low && NEXT(ftruncate)(to, o->low) != 0)
		die("truncate in the shadow");
	for (size_t i = 0; i < o->n_dirty; i++)
		copy_range(from, to, o->dirty[i].from, o->dirty[i].to < st.st_size ? o->dirty[i].to : st.st_size);
	if (NEXT(ftruncate)(to, st.st_size) != 0)
		die("truncate in the shadow");
	NEXT(close)(to);
	object_settle(o, st.st_size);
}

static void
list_entry(int list, int dir, const char *name)
{
	struct object *o;
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	o = object_of(&st, false);
	if (S_ISREG(st.st_mode))	/* a name may be durable before any content is */
		NEXT(close)(open_shadow("", o->id, O_RDWR | O_CREAT));
	if (dprintf(list, "%c %o %u %s\n", S_ISDIR(st.st_mode) ? 'd' : 'f', st.st_mode & 07777, o->id, name) < 0)
		die("write in the shadow");
}

static void
sync_directory(struct object *o, const char *path)
{
	char from[PATH_MAX + 32], to[PATH_MAX + 32];
	int list = open_shadow(".new", o->id, O_WRONLY | O_CREAT | O_TRUNC);
	DIR *d = opendir(path);
	struct dirent *e;

	if (d == NULL)
		die("list");
	while ((e = readdir(d)) != NULL)
		list_entry(list, dirfd(d), e->d_name);
	closedir(d);
	NEXT(close)(list);
	snprintf(from, sizeof from, "%s/%u.new", shadow, o->id);
	snprintf(to, sizeof to, "%s/%u.dir", shadow, o->id);
	if (NEXT(rename)(from, to) != 0)
		die("rename in the shadow");
}

void
object_sync(struct object *o, const char *path, bool directory)
{
	int from;

	if (directory) {
		sync_directory(o, path);
		return;
	}
	from = NEXT(open)(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		die("open");
	sync_file(o, from);
	NEXT(close)(from);
}

static void
start_with(const char *path)
{
	char child[PATH_MAX];
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (lstat(path, &st) != 0)
		die("stat");
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		struct object *o = object_of(&st, false);

		object_sync(o, path, S_ISDIR(st.st_mode));
		o->blind = false;
	}
	if (!S_ISDIR(st.st_mode) || (d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    (size_t)snprintf(child, sizeof child, "%s/%s", path, e->d_name) < sizeof child)
			start_with(child);
	closedir(d);
}

static void
empty_shadow(void)
{
	DIR *d = opendir(shadow);
	struct dirent *e;

	if (d == NULL)
		die("open the shadow directory");
	while ((e = readdir(d)) != NULL)
		NEXT(unlinkat)(dirfd(d), e->d_name, 0);
	closedir(d);
}

void
shadow_start(const char *dir, const char *to)
{
	if (realpath(dir, root) == NULL)
		die("find YW_POWERCUT_DIR");
	NEXT(mkdir)(to, 0700);
	if (realpath(to, shadow) == NULL)
		die("find YW_POWERCUT_SHADOW");
	empty_shadow();
	start_with(root);
}
