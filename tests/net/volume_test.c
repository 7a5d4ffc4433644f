/*
 * volume_test.c - an office's whole past in one file: 300,000 rows, damage among them, take little more memory than 30,000, in
 * the daemon and in the command.
 *
 * Both files go to a fresh daemon each, so that what is compared is the most that each process ever held.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "support/corpus.h"
#include "support/nodes.h"

#define FEW "30000"
#define MANY "300000"
#define FOUND_MAX 1024

/* What tenfold the rows may cost.  A file's identities (import/seen.h), of which at most so many bytes a row; a buffer of the database
 * that the few do not fill, as shipped (`write_buffer`); what malloc keeps of freed pieces. */
#define ROW_BYTES 35
#define BUFFER_KIB (16 << 10)
#define SLACK_KIB (12 << 10)
#define RATIO 1.75
#define COMMAND_RATIO 1.25		/* which keeps nothing of a row */

struct volume {
	struct yw_nodes net;
	long before, daemon, command;	/* KiB: the daemon before the import, and the most that each held */
	uint64_t read, registered, repeated, refused;
	struct yw_found found[FOUND_MAX];
	size_t n;
};
static struct volume few, many;
static struct yw_expected_table table;

static long
most_kib(const struct yw_test_node *n)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)n->pid);
	f = fopen(path, "re");
	YW_CHECK(f != NULL);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	fclose(f);
	YW_CHECK(kib > 0);
	return kib;
}

/* A command's answers into a file, and the most that it held. */
static long
run_into(const char *const *words, const char *path)
{
	struct rusage used;
	int status, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	pid_t pid;

	YW_CHECK(fd >= 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(fd, 1);
		execv(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	close(fd);
	YW_CHECK(pid > 0 && wait4(pid, &status, 0, &used) == pid);
	YW_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "%s ended with %x: see %s", words[0], (unsigned)status, path);
	return used.ru_maxrss;
}

static void
take_line(const char *line, struct volume *v)
{
	json_t *r = json_loads(line, 0, NULL), *f;
	size_t i;

	YW_CHECK_MSG(r != NULL, "no JSON: %s", line);
	YW_CHECK(yw_json_number(r, "findings_left_out") == 0 && !json_is_true(json_object_get(r, "file_refused")));
	json_array_foreach(json_object_get(r, "findings"), i, f) {
		struct yw_found *to = &v->found[v->n];

		YW_CHECK(v->n++ < FOUND_MAX);
		*to = (struct yw_found) { .line = (uint64_t)yw_json_number(f, "line"),
			.refuse = json_is_true(json_object_get(f, "refuse")) };
		snprintf(to->code, sizeof to->code, "%s", yw_json_string(f, "code"));
	}
	v->read = (uint64_t)yw_json_number(r, "read");
	v->registered = (uint64_t)yw_json_number(r, "registered");
	v->repeated = (uint64_t)yw_json_number(r, "repeated");
	v->refused = (uint64_t)yw_json_number(r, "refused");
	json_decref(r);
}

static void
take_answers(const char *path, struct volume *v)
{
	char *line = NULL;
	size_t room = 0;
	FILE *f = fopen(path, "re");

	YW_CHECK(f != NULL);
	v->n = 0;
	while (getline(&line, &room, f) > 0)
		take_line(line, v);
	free(line);
	fclose(f);
}

static void
import(struct volume *v, const char *rows, const char *damage)
{
	char dir[300], file[320], out[300], rejects[300];
	struct yw_test_node *n;
	uint64_t refused, repeated;

	yw_nodes_found(&v->net, "320000", "none");
	yw_nodes_start_all(&v->net);
	n = &v->net.n[0];
	snprintf(dir, sizeof dir, "%.200s/corpus", v->net.dir);
	snprintf(file, sizeof file, "%s/contracts.csv", dir);
	snprintf(out, sizeof out, "%.200s/answers", v->net.dir);
	snprintf(rejects, sizeof rejects, "%.200s/rejects.csv", v->net.dir);
	yw_corpus_generate(dir, (const char *const[]) { "--contracts", rows, "--dirty", damage, "--header", "zh", "--institutions", "10",
		"--achievements", "10", "--demands", "10", "--brokers", "10", "--projects", "10", NULL });
	v->before = most_kib(n);
	v->command = run_into((const char *const[]) { YW_BIN "/yiwang", "import", file, "--mapping", "contracts", "--rejects", rejects, "--json",
		"--config", n->config, NULL }, out);
	v->daemon = most_kib(n);
	take_answers(out, v);
	yw_corpus_expected(dir, "320000", &table);
	yw_corpus_compare(&table, "contracts.csv", v->found, v->n);
	yw_corpus_count(&table, "contracts.csv", &refused, &repeated);
	YW_CHECK_MSG(v->read == strtoull(rows, NULL, 10) && v->refused == refused && v->repeated == repeated &&
	    v->registered + refused + repeated == v->read, "%d of %s read, %d refused", (int)v->read, rows, (int)v->refused);
	yw_node_end(n, SIGTERM);
}

static void
few_rows(void)
{
	import(&few, FEW, "0.01");
	printf(" the daemon held %ld KiB before, at most %ld with it; the command %ld", few.before, few.daemon, few.command);
}

static void
many_rows(void)
{
	import(&many, MANY, "0.001");
	printf(" the daemon held %ld KiB before, at most %ld with it; the command %ld", many.before, many.daemon, many.command);
}

static void
little_more(void)
{
	long rows = (long)(many.read - few.read), allowed = few.daemon + rows * ROW_BYTES / 1024 + BUFFER_KIB + SLACK_KIB;

	YW_CHECK(few.daemon > 0 && many.daemon > 0 && many.read == 10 * few.read);
	printf(" %.2f times in the daemon, %.2f times in the command", (double)many.daemon / (double)few.daemon,
	    (double)many.command / (double)few.command);
	YW_CHECK_MSG(many.daemon <= allowed, "the daemon held %ld KiB, %ld were allowed", many.daemon, allowed);
	YW_CHECK((double)many.daemon <= RATIO * (double)few.daemon);
	YW_CHECK((double)many.command <= COMMAND_RATIO * (double)few.command);
}

YW_TESTS(
	{ "B5 30,000 rows: what is refused is what should be", few_rows },
	{ "B5 300,000 rows: what is refused is what should be", many_rows },
	{ "B5 tenfold the rows take little more memory, in the daemon and in the command", little_more }
)
