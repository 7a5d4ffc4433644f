/*
 * idle_bench.c - a city that holds an office's contracts: how long it takes to get them, and what it costs to hold
 * them with three sessions up and nothing to do.
 *
 * YW_BENCH_CONTRACTS names a table of contracts (scripts/bench makes one).  A county imports it while its city is
 * away; the city catches up, and passes on; then, a minute after the last write, memory and wake-ups of the city are
 * read from /proc, by thread.
 */
#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.h"
#include "bench/bench.h"
#include "support/nodes.h"

#define CATCH_UP_MIB 96		/* the README adds it up */
#define IDLE_MIB 40
#define IDLE_SWITCHES 3
#define THREADS_MAX 256

static struct yw_nodes net;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

static void
row(const char *what, double value, const char *unit, double wanted)
{
	printf("%-44s %10.1f %s, wanted <= %.0f%s\n", what, value, unit, wanted, value <= wanted ? "" : "  MISSED");
}

/* --- /proc --- */

/* The number behind a name in a status file; -1: the thread is gone. */
static long
status_number(const char *path, const char *name)
{
	char line[256];
	FILE *f = fopen(path, "re");
	long n = -1;

	while (f != NULL && n < 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			n = strtol(line + strlen(name), NULL, 10);
	if (f != NULL)
		fclose(f);
	return n;
}

static double
memory_mib(const struct yw_test_node *n, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", (int)n->pid);
	return (double)status_number(path, name) / 1024;
}

/* Seconds of processor that it has used. */
static double
processor_s(const struct yw_test_node *n)
{
	unsigned long user = 0, kernel = 0;
	char path[64], line[1024] = "";
	const char *rest;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)n->pid);
	f = fopen(path, "re");
	YW_CHECK(f != NULL && fgets(line, sizeof line, f) != NULL);
	fclose(f);
	rest = strrchr(line, ')');	/* behind the program's name */
	YW_CHECK(rest != NULL &&
	    sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) == 2);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

struct thread {
	long tid, switches;
	char name[32];
};

static size_t
read_threads(const struct yw_test_node *n, struct thread *out)
{
	char dir[64], path[128];
	struct dirent *e;
	size_t k = 0;
	DIR *d;

	snprintf(dir, sizeof dir, "/proc/%d/task", (int)n->pid);
	d = opendir(dir);
	YW_CHECK(d != NULL);
	while ((e = readdir(d)) != NULL && k < THREADS_MAX) {
		struct thread *t = &out[k];
		FILE *f;

		if (e->d_name[0] == '.')
			continue;
		t->tid = strtol(e->d_name, NULL, 10);
		snprintf(path, sizeof path, "%s/%ld/status", dir, t->tid);
		t->switches = status_number(path, "voluntary_ctxt_switches:");
		snprintf(path, sizeof path, "%s/%ld/comm", dir, t->tid);
		f = fopen(path, "re");
		if (f == NULL || fgets(t->name, sizeof t->name, f) == NULL)
			t->switches = -1;
		if (f != NULL)
			fclose(f);
		t->name[strcspn(t->name, "\n")] = '\0';
		k += t->switches >= 0;
	}
	closedir(d);
	return k;
}

/* Voluntary switches a second over all threads; those that make up an excess are named. */
static void
print_switches(const struct yw_test_node *n, unsigned seconds)
{
	static struct thread before[THREADS_MAX], after[THREADS_MAX];
	size_t n_before = read_threads(n, before), n_after;
	double all = 0;

	sleep(seconds);
	n_after = read_threads(n, after);
	for (size_t i = 0; i < n_after; i++) {
		for (size_t k = 0; k < n_before; k++)
			if (before[k].tid == after[i].tid)
				after[i].switches -= before[k].switches;
		all += (double)after[i].switches / seconds;
	}
	row("idle: voluntary context switches", all, "a second", IDLE_SWITCHES);
	for (size_t i = 0; i < n_after && all > IDLE_SWITCHES; i++)
		if (after[i].switches > 0)
			printf("    %-20s %10.2f a second\n", after[i].name, (double)after[i].switches / seconds);
}

/* --- the story --- */

static const char *table;
static double imported_s, import_cpu_s, caught_up_s, catch_up_cpu_s;
static int64_t records;

static void
import_at_the_county(void)
{
	double begun = yw_bench_now(), used = processor_s(at("320102"));
	json_t *r = yw_ask(at("320102"), "import", table, "--mapping", "contracts", NULL);

	imported_s = yw_bench_now() - begun;
	import_cpu_s = processor_s(at("320102")) - used;
	records = yw_json_number(r, "registered");
	json_decref(r);
	YW_CHECK_MSG(records > 0, "nothing was registered from '%s'", table);
}

static bool
holds_all(struct yw_test_node *n, int64_t size)
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	bool all = false;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "code"), "320102") == 0)
			all = yw_json_number(log, "size") >= size && yw_json_number(log, "missing") == 0;
	json_decref(r);
	return all;
}

static int64_t
own_size(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	int64_t size = yw_json_number(r, "log.size");

	json_decref(r);
	return size;
}

static void
catch_up(void)
{
	int64_t size = own_size(at("320102"));
	double begun = yw_bench_now();

	yw_node_spawn(at("320100"));
	YW_WAIT(600, holds_all(at("320100"), size));
	caught_up_s = yw_bench_now() - begun;
	catch_up_cpu_s = processor_s(at("320100"));
}

/* The processor's share says something on a busy machine too. */
static void
speed(const char *what, double seconds, double cpu)
{
	printf("%-44s %10.0f records, %.0f a second, beside %.0f us of processor for each\n", what, (double)records,
	    (double)records / seconds, cpu * 1e6 / (double)records);
}

static void
idle(void)
{
	const char *words[] = { "320000", "320102", "320104" };

	table = getenv("YW_BENCH_CONTRACTS");
	YW_CHECK_MSG(table != NULL, "YW_BENCH_CONTRACTS does not name a table of contracts");
	yw_nodes_found(&net, "320000 320100 320102 320104", "2 of 320000 320100 320102");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_end(at("320100"), SIGTERM);
	import_at_the_county();
	catch_up();
	printf("\n");
	speed("import at a daemon", imported_s, import_cpu_s);
	speed("catch-up between daemons", caught_up_s, catch_up_cpu_s);
	row("catch-up: most memory resident", memory_mib(at("320100"), "VmHWM:"), "MiB", CATCH_UP_MIB);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		YW_WAIT(300, holds_all(at(words[i]), own_size(at("320102"))));
	YW_WAIT(60, yw_nodes_agree(&net));
	sleep((unsigned)yw_bench_env("YW_BENCH_IDLE", 60));
	row("idle: memory of the city, three sessions", memory_mib(at("320100"), "VmRSS:"), "MiB", IDLE_MIB);
	row("idle: memory of the county that imported", memory_mib(at("320102"), "VmRSS:"), "MiB", IDLE_MIB);
	print_switches(at("320100"), (unsigned)yw_bench_env("YW_BENCH_WATCH", 30));
	yw_nodes_release(&net);
}

YW_TESTS({ "idle", idle })
