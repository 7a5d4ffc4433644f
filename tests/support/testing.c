/*
 * testing.c - see testing.h.
 */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/testing.h"

#define REASON_MAX 1024

#define EXIT_SKIPPED 77		/* tests/CMakeLists.txt: SKIP_RETURN_CODE */

enum ended { RUNS, PASSED, FAILED, SKIPPED };	/* setjmp's values */

static jmp_buf case_end;
static const char *case_name;
static char reason[REASON_MAX];
static char dir_made[256];
static pid_t dir_maker;
static FILE *heard;		/* in place of the standard error; NULL: nothing is kept */
static int stderr_was;

void
yw_testing_failed(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	printf("\n    %s:%d: %s\n", file, line, reason);
	longjmp(case_end, FAILED);
}

void
yw_test_skip(const char *why)
{
	printf(" skipped: %s\n", why);
	longjmp(case_end, SKIPPED);
}

/* The exit status of this program, run as root for this case alone. */
static int
run_by_sudo(void)
{
	char self[PATH_MAX], tmp[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	const char *dir = getenv("TMPDIR");
	int status;
	pid_t pid;

	if (n < 0 || getenv("YW_BY_SUDO") != NULL || system("sudo -n true 2>/dev/null") != 0)
		return EXIT_SKIPPED;
	self[n] = '\0';
	snprintf(tmp, sizeof tmp, "TMPDIR=%s", dir != NULL ? dir : "/tmp");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execlp("sudo", "sudo", "-n", "env", "YW_BY_SUDO=1", tmp, self, case_name, (char *)NULL);
		_exit(EXIT_SKIPPED);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
yw_test_needs_root(void)
{
	int status;

	if (geteuid() == 0)
		return;
	status = run_by_sudo();
	if (status == EXIT_SKIPPED)
		yw_test_skip("needs root, or sudo without a password");
	if (status != 0)
		yw_testing_failed(__FILE__, __LINE__, "as root it ended with status %d", status);
	longjmp(case_end, PASSED);
}

bool
yw_test_fails(void (*run)(void), const char *with)
{
	jmp_buf outer;
	volatile bool failed = false;

	memcpy(&outer, &case_end, sizeof outer);
	if (setjmp(case_end) == 0)
		run();
	else
		failed = true;
	memcpy(&case_end, &outer, sizeof outer);
	return failed && strstr(reason, with) != NULL;
}

static void
stop_hearing(void)
{
	if (heard == NULL)
		return;
	dup2(stderr_was, STDERR_FILENO);
	close(stderr_was);
	fclose(heard);
	heard = NULL;
}

void
yw_hear(void)
{
	stop_hearing();
	heard = tmpfile();
	stderr_was = heard != NULL ? dup(STDERR_FILENO) : -1;
	if (stderr_was < 0 || dup2(fileno(heard), STDERR_FILENO) < 0)
		yw_testing_failed(__FILE__, __LINE__, "log lines cannot be kept");
}

size_t
yw_heard(const char *event, const char *words)
{
	char line[4096];
	size_t n = 0;

	rewind(heard);
	while (fgets(line, sizeof line, heard) != NULL)
		n += strstr(line, event) != NULL && strstr(line, words) != NULL;
	fseek(heard, 0, SEEK_END);
	return n;
}

static bool
wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strstr(name, argv[i]) != NULL)
			return true;
	return argc < 2;
}

int
yw_testing_main(int argc, char **argv, const struct yw_case *cases, size_t n)
{
	volatile size_t passed = 0, failed = 0, skipped = 0;
	volatile size_t i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < n; i++) {
		if (!wanted(cases[i].name, argc, argv))
			continue;
		case_name = cases[i].name;
		printf("%s ...", case_name);
		fflush(stdout);
		switch (setjmp(case_end)) {
		case RUNS:
			cases[i].run();
			/* fall through */
		case PASSED:
			printf(" ok\n");
			passed++;
			break;
		case SKIPPED:
			skipped++;
			break;
		default:
			printf("    FAILED %s\n", cases[i].name);
			failed++;
		}
		stop_hearing();
	}
	printf("cases: %zu ok, %zu failed, %zu skipped\n", passed, failed, skipped);
	if (failed == 0 && skipped > 0)
		return EXIT_SKIPPED;
	return failed != 0 || passed == 0;
}

void
yw_unhex(const char *hex, struct yw_buf *out)
{
	size_t n = strlen(hex) / 2;
	unsigned v;
	size_t i;

	if (strlen(hex) % 2 != 0)
		yw_testing_failed(__FILE__, __LINE__, "odd hex '%.40s'", hex);
	for (i = 0; i < n; i++) {
		if (sscanf(hex + 2 * i, "%2x", &v) != 1)
			yw_testing_failed(__FILE__, __LINE__, "bad hex '%.40s'", hex + 2 * i);
		yw_buf_add_byte(out, (uint8_t)v);
	}
}

void
yw_shared_file(const char *path, struct yw_buf *out)
{
	const char *root = getenv("YW_SHARED");
	struct yw_error err;
	char full[1024];

	snprintf(full, sizeof full, "%s/%s", root ? root : "../shared", path);
	if (yw_file_read(full, 64u << 20, out, &err) != YW_OK)
		yw_testing_failed(__FILE__, __LINE__, "%s", err.msg);
}

uint64_t
yw_test_seed(void)
{
	const char *s = getenv("YW_SEED");
	uint64_t seed = s != NULL ? strtoull(s, NULL, 0) : (uint64_t)yw_utc_ms(&yw_clock_real);

	printf(" [YW_SEED=%" PRIu64 "]", seed);
	return seed;
}

uint64_t
yw_test_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
yw_test_shuffle(uint64_t *state, void *items, size_t n, size_t size)
{
	uint8_t *at = items, swap[64];

	YW_CHECK(size <= sizeof swap);
	for (; n > 1; n--, at += size) {
		uint8_t *other = at + yw_test_next(state) % n * size;

		memcpy(swap, at, size);
		memmove(at, other, size);
		memcpy(other, swap, size);
	}
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void
remove_dir(void)
{
	if (dir_maker == getpid())
		nftw(dir_made, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
yw_test_dir(void)
{
	const char *base = getenv("TMPDIR");

	if (dir_made[0] == '\0') {
		snprintf(dir_made, sizeof dir_made, "%s/yw-test-XXXXXX", base ? base : "/tmp");
		if (mkdtemp(dir_made) == NULL || atexit(remove_dir) != 0)
			yw_testing_failed(__FILE__, __LINE__, "unable to make a directory");
		dir_maker = getpid();
	}
	return dir_made;
}
