/*
 * The power-cut library itself, on small programs: what is there after a cut is what had been synced,
 * name by name and byte by byte; calls fail when told to.
 *
 * A case runs this program again, as `--child N DIR`, under the library, until it is killed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/powercut.h"
#include "support/testing.h"

/* ---- what the child does; any failure there ends it with 1, which the parent takes for one */

#define DO(x)                                                                                      \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "child: line %d: %s: %s\n", __LINE__, #x, strerror(errno)); \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static int
make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0640);

	DO(fd >= 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	DO(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void
sync_dir(const char *path)
{
	struct yw_error err;

	DO(yw_dir_sync(path, &err) == YW_OK);
}

static void
all_synced(void)
{
	int fd = make("new");

	say(fd, "data");
	DO(fsync(fd) == 0);
	sync_dir(".");
}

static void
more_unsynced(void)
{
	int fd = make("new");

	say(fd, "one");
	DO(fdatasync(fd) == 0);
	sync_dir(".");
	say(fd, "two");
	DO(sync_file_range(fd, 0, 0, 7) == 0 && close(fd) == 0);
}

static void
no_name(void)
{
	int fd = make("new");

	say(fd, "data");
	DO(fsync(fd) == 0 && close(fd) == 0);
}

static void
no_content(void)
{
	say(make("new"), "data");
	sync_dir(".");
}

static void
in_place(void)
{
	int fd = open("old", O_WRONLY);

	DO(pwrite(fd, "XY", 2, 1) == 2);
}

static void
in_place_synced(void)
{
	int fd = open("old", O_WRONLY);

	DO(pwrite(fd, "XY", 2, 1) == 2 && fdatasync(fd) == 0);
	DO(pwrite(fd, "ZZZ", 3, 0) == 3);
}

static void
truncated_at_open(void)
{
	int fd = open("old", O_WRONLY | O_TRUNC);

	say(fd, "n");
}

static void
truncated_at_open_synced(void)
{
	int fd = open("old", O_WRONLY | O_TRUNC);

	say(fd, "n");
	DO(fsync(fd) == 0);
}

static void
shorter_then_longer(void)
{
	int fd = open("old", O_WRONLY);

	DO(ftruncate(fd, 1) == 0 && ftruncate(fd, 3) == 0 && fsync(fd) == 0);
	DO(truncate("old", 0) == 0);
}

static void
allocated(void)
{
	int fd = make("new");

	DO(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 16) == 0);
	say(fd, "ab");
	DO(fsync(fd) == 0 && fallocate(fd, 0, 0, 100) == 0);
	sync_dir(".");
}

static void
scattered(void)
{
	struct iovec parts[] = { { (char[]) { "cd" }, 2 }, { (char[]) { "ef" }, 2 } };
	int fd = make("new"), other;

	DO(write(fd, "ab", 2) == 2 && writev(fd, parts, 2) == 4 && pwritev(fd, parts, 2, 10) == 4);
	other = dup(fd);
	DO(fcntl(other, F_DUPFD_CLOEXEC, 50) == 50);
	say(50, "g");
	DO(fsync(open("new", O_RDONLY)) == 0);	/* any descriptor of the file will do */
	say(other, "h");
	sync_dir(".");
}

/* More places than are remembered one by one: every second byte, in no order. */
static void
everywhere(void)
{
	int fd = make("new");

	DO(ftruncate(fd, 200) == 0 && fsync(fd) == 0);
	for (int i = 0; i < 100; i++)
		DO(pwrite(fd, "x", 1, i * 7 % 100 * 2) == 1);
	DO(fsync(fd) == 0);
	sync_dir(".");
}

static void
renamed(void)
{
	DO(rename("old", "moved") == 0);
}

static void
renamed_synced(void)
{
	DO(rename("old", "moved") == 0);
	sync_dir(".");
}

static void
replaced(void)
{
	int fd = make("new");

	say(fd, "data");
	DO(fsync(fd) == 0 && rename("new", "old") == 0);
}

static void
files_written_whole(void)
{
	struct yw_error err;

	DO(yw_file_write("./old", "better", 6, 0600, true, &err) == YW_OK);
	DO(yw_file_write("./first", "1", 1, 0600, false, &err) == YW_OK);
}

static void
unlinked(void)
{
	DO(unlink("old") == 0);
}

static void
unlinked_synced(void)
{
	DO(unlink("old") == 0);
	sync_dir(".");
}

/* The new file may well get the inode number of the old one. */
static void
made_again(void)
{
	int fd;

	for (int i = 0; i < 20; i++) {
		DO(unlink("old") == 0);
		fd = make("old");
		say(fd, "other");
		DO(fsync(fd) == 0 && close(fd) == 0);
	}
}

static void
linked(void)
{
	DO(link("old", "twin") == 0);
	sync_dir(".");
	DO(unlink("old") == 0);
	DO(pwrite(open("twin", O_WRONLY), "T", 1, 0) == 1);
}

static void
directories(void)
{
	int fd;

	DO(mkdir("a", 0700) == 0 && mkdir("b", 0700) == 0 && mkdir("c", 0700) == 0);
	fd = make("a/x");
	DO(fsync(fd) == 0);
	DO(fsync(make("b/y")) == 0);
	sync_dir("a");
	sync_dir(".");
	DO(fsync(make("c/z")) == 0);
	sync_dir("c");
	DO(unlink("c/z") == 0 && rmdir("c") == 0);
	DO(mkdir("d", 0700) == 0);
	sync_dir("d");
}

static void
by_stdio(void)
{
	FILE *f = fopen("new", "w");

	DO(f != NULL && fputs("line", f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0);
	sync_dir(".");
	DO(fputs("more", f) >= 0 && fclose(f) == 0);
}

/* What a failed sync lost is lost, even when a later one succeeds. */
static void
sync_fails(void)
{
	int fd = make("new");	/* calls: write 1, sync 2, write 3, sync 4, sync 5 */

	say(fd, "a");
	DO(fsync(fd) != 0 && errno == EIO);
	say(fd, "b");
	DO(fsync(fd) == 0);
	sync_dir(".");
}

/* Appends to a file of its own for ever: a record, a sync, and word of it to the parent. */
static void *
append_for_ever(void *arg)
{
	char name[] = { (char)('A' + *(int *)arg), '\0' };
	int fd = make(name);

	sync_dir(".");
	for (;;) {
		say(fd, "r");
		DO(fdatasync(fd) == 0);
		DO(write(1, name, 1) == 1);
	}
	return NULL;
}

#define THREADS 4

static void
threads(void)
{
	static int numbers[THREADS];
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		DO(pthread_create(&t[i], NULL, append_for_ever, &numbers[i]) == 0);
	}
	pthread_join(t[0], NULL);
}

/* Ten writes and syncs by turns; a letter to the parent for each. */
static void
report_calls(void)
{
	int fd = make("new");

	for (int i = 0; i < 10; i++) {
		int got = i % 2 == 0 ? write(fd, "x", 1) == 1 : fsync(fd) == 0;

		DO(write(1, got ? "." : errno == EIO ? "e" : errno == ENOSPC ? "n" : "?", 1) == 1);
	}
}

#define X50 "x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x."

static const struct {
	const char *name, *fail, *want;
	void (*run)(void);
} steps[] = {
	{ "synced file, synced name", NULL, "new=data old=old", all_synced },
	{ "what came after the sync is gone", NULL, "new=one old=old", more_unsynced },
	{ "synced file without a synced name", NULL, "old=old", no_name },
	{ "synced name without content", NULL, "new= old=old", no_content },
	{ "in place, not synced", NULL, "old=old", in_place },
	{ "in place, synced", NULL, "old=oXY", in_place_synced },
	{ "truncated when opened, not synced", NULL, "old=old", truncated_at_open },
	{ "truncated when opened, synced", NULL, "old=n", truncated_at_open_synced },
	{ "shorter, then longer", NULL, "old=o..", shorter_then_longer },
	{ "allocated beyond the end", NULL, "new=ab old=old", allocated },
	{ "vectors, positions, duplicates", NULL, "new=abcdefg...cdef old=old", scattered },
	{ "renamed, not synced", NULL, "old=old", renamed },
	{ "renamed, synced", NULL, "moved=old", renamed_synced },
	{ "replaced by rename, not synced", NULL, "old=old", replaced },
	{ "files written whole", NULL, "first=1 old=better", files_written_whole },
	{ "unlinked, not synced", NULL, "old=old", unlinked },
	{ "unlinked, synced", NULL, "", unlinked_synced },
	{ "unlinked and made again", NULL, "old=old", made_again },
	{ "two names", NULL, "old=old twin=old", linked },
	{ "directories", NULL, "a/ a/x= b/ c/ c/z= old=old", directories },
	{ "stdio", NULL, "new=line old=old", by_stdio },
	{ "failed sync", "eio:2:1", "new=.b old=old", sync_fails },
	{ "many places", NULL, "new=" X50 X50 X50 X50 " old=old", everywhere },
};

enum { THREADS_CHILD = 1000, REPORT_CHILD };

static int
child(const char *number, const char *dir)
{
	int n = atoi(number);

	DO(getenv("LD_PRELOAD") == NULL && chdir(dir) == 0);
	if (n == THREADS_CHILD)
		threads();
	else if (n == REPORT_CHILD)
		report_calls();
	else
		steps[n].run();
	kill(getpid(), SIGKILL);
	return 1;
}

/* ---- the parent */

struct place {
	char dir[300], shadow[300];
};

static void
fresh_place(struct place *p)
{
	static int n;
	struct yw_error err;
	char old[320];

	n++;
	snprintf(p->dir, sizeof p->dir, "%s/watched-%d", yw_test_dir(), n);
	snprintf(p->shadow, sizeof p->shadow, "%s/shadow-%d", yw_test_dir(), n);
	snprintf(old, sizeof old, "%s/old", p->dir);
	YW_CHECK(mkdir(p->dir, 0700) == 0);
	YW_PASS(yw_file_write(old, "old", 3, 0600, true, &err));
}

/* Runs a child until it is killed; what it said is appended to *said. */
static void
run_child(const struct place *p, int number, const char *fail, struct yw_buf *said)
{
	char text[16], dir[sizeof p->dir];
	char *args[] = { (char[]) { "powercut" }, (char[]) { "--child" }, text, dir, NULL };
	int status;

	snprintf(text, sizeof text, "%d", number);
	snprintf(dir, sizeof dir, "%s", p->dir);
	status = yw_powercut_run(p->dir, p->shadow, fail, args, said);
	YW_CHECK_MSG(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "the child ended with status %x", status);
}

/* "name=content name/ name/name=content", sorted; zero bytes as dots. */
static void
describe(const char *dir, const char *prefix, struct yw_buf *out)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort);
	char path[PATH_MAX], name[PATH_MAX];
	struct yw_error err;
	struct stat st;

	YW_CHECK(n >= 0);
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			size_t from;

			snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name);
			snprintf(name, sizeof name, "%s%s", prefix, list[i]->d_name);
			YW_CHECK(lstat(path, &st) == 0);
			yw_buf_printf(out, "%s%s%s", out->len ? " " : "", name, S_ISDIR(st.st_mode) ? "/" : "=");
			from = out->len;
			if (!S_ISDIR(st.st_mode))
				YW_PASS(yw_file_read(path, 1 << 20, out, &err));
			for (; from < out->len; from++)
				out->data[from] = out->data[from] ? out->data[from] : '.';
			snprintf(name + strlen(name), sizeof name - strlen(name), "/");
			if (S_ISDIR(st.st_mode))
				describe(path, name, out);
		}
		free(list[i]);
	}
	free(list);
}

static void
small_programs(void)
{
	struct yw_buf got = YW_BUF_INIT, said = YW_BUF_INIT;
	struct yw_error err;
	struct place p;

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		fresh_place(&p);
		run_child(&p, (int)i, steps[i].fail, &said);
		for (int again = 0; again < 2; again++) {	/* the shadow stays as it is */
			YW_PASS(yw_powercut_restore(p.dir, p.shadow, &err));
			yw_buf_clear(&got);
			describe(p.dir, "", &got);
			YW_CHECK_MSG(strcmp(yw_buf_str(&got), steps[i].want) == 0, "%s: '%s' is left, not '%s'", steps[i].name,
			    yw_buf_str(&got), steps[i].want);
		}
	}
	yw_buf_release(&got);
	yw_buf_release(&said);
}

static void
modes_come_back(void)
{
	struct yw_buf said = YW_BUF_INIT;
	struct yw_error err;
	char path[320];
	struct place p;
	struct stat st;

	fresh_place(&p);
	snprintf(path, sizeof path, "%s/old", p.dir);
	YW_CHECK(chmod(path, 0640) == 0);
	run_child(&p, 0, NULL, &said);
	YW_PASS(yw_powercut_restore(p.dir, p.shadow, &err));
	YW_CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0640);
}

static void
calls_fail_when_told(void)
{
	static const struct { const char *fail, *want; } cases[] = {
		{ NULL, ".........." },
		{ "eio:1", "eeeeeeeeee" },
		{ "eio:4", "...eeeeeee" },
		{ "eio:4:1", "...e......" },
		{ "enospc:3:2", "..nn......" },
		{ "eio:10:5", ".........e" },
		{ "eio:11", ".........." },
		{ "kill:1", "" },
		{ "kill:6", "....." },
		{ "kill:11", ".........." },
	};
	struct yw_buf said = YW_BUF_INIT;
	struct place p;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fresh_place(&p);
		yw_buf_clear(&said);
		run_child(&p, REPORT_CHILD, cases[i].fail, &said);
		YW_CHECK_MSG(strcmp(yw_buf_str(&said), cases[i].want) == 0, "%s: '%s', not '%s'", cases[i].fail,
		    yw_buf_str(&said), cases[i].want);
	}
	yw_buf_release(&said);
}

/* Every record that a thread gave word of is there; at most the one under way besides. */
static void
threads_keep_what_they_synced(void)
{
	uint64_t seed = yw_test_seed();
	struct yw_buf said = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_error err;
	char path[320], fail[32];
	struct place p;

	for (int round = 0; round < 10; round++) {
		fresh_place(&p);
		yw_buf_clear(&said);
		snprintf(fail, sizeof fail, "kill:%d", (int)(10 + yw_test_next(&seed) % 3000));
		run_child(&p, THREADS_CHILD, fail, &said);
		YW_PASS(yw_powercut_restore(p.dir, p.shadow, &err));
		for (char name = 'A'; name < 'A' + THREADS; name++) {
			size_t n = 0;

			for (size_t i = 0; i < said.len; i++)
				n += said.data[i] == name;
			snprintf(path, sizeof path, "%s/%c", p.dir, name);
			yw_buf_clear(&file);
			if (n != 0)
				YW_PASS(yw_file_read(path, 1 << 20, &file, &err));
			YW_CHECK_MSG(n == 0 || file.len == n || file.len == n + 1, "%c: %zu records, %zu acknowledged", name,
			    file.len, n);
		}
	}
	yw_buf_release(&said);
	yw_buf_release(&file);
}

static const struct yw_case cases[] = {
	{ "S3 small programs keep what they synced and nothing else", small_programs },
	{ "S3 modes come back", modes_come_back },
	{ "S3 calls fail, and the power goes, when told", calls_fail_when_told },
	{ "S3 threads keep what they synced", threads_keep_what_they_synced },
};

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--child") == 0)
		return child(argv[2], argv[3]);
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
