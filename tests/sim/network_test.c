/*
 * network_test.c - the campaign: seeds of the simulated network.
 *
 *	--seeds N [--from S]	N seeds of 5 to 12 nodes
 *	--province N		and N of 109 nodes over three virtual days (or --hours H), all logs busy for a while
 *	--load			two networks with the same logs, all busy, and other numbers of peers: what does a link carry (R8)?
 *	--seed S [--trace]	one seed, as a story; nothing stands behind its line
 *	--case NAME[+NAME...]	this case in every seed, or these, and no other
 *	--without GUARD		a mutation test: with that guard switched off a seed fails; without the fault the same seeds do not
 *	--jobs J		seeds in J processes at a time
 *	--cases			the table of cases
 *
 * Every seed's last line says what it was; a summary follows, of the cases too: one that no seed drew, or that came to
 * pass in few that did, fails the campaign, if it was long enough to draw all.  Its last line says how long it took.
 */
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fault.h"
#include "crypto/keys.h"
#include "sim.h"
#include "support/testing.h"

#define FAILURES_MAX 5		/* then the rest is left; of a named case one is enough */
#define DRAWS_ALL 500		/* so many seeds draw every case, and all that people do */
#define HAPPENS_ALL 100		/* and in so many everything happens that can go wrong */
#define SHARE 4			/* a case comes to pass in one of so many seeds that draw it, at least */
#define PROVINCES_ALL 10	/* in so many of 109 nodes, each case that is for them, and all but what takes a week */
/* R8: a link to a node with many peers carries no more than so much of what links carry on average; heads of different
 * logs, of which there are as many everywhere, come one by one there and more often together elsewhere. */
#define MESSAGES_GROWTH 2.0
#define BYTES_GROWTH 1.5
#define LOAD_NODES 61u
#define LOAD_FEW 6u
#define LOAD_GROWTH 1.25
#define JOBS_MAX 64

struct options {
	uint64_t seeds, province, from;
	struct sim_options sim;
	unsigned jobs;
	bool lines;		/* one per seed */
	bool alone;		/* there is one, and its line is the last */
	bool load;
	const char *without;	/* this guard; NULL: all are there */
};

struct sum {
	uint64_t seeds, failed, nodes, steps, entries, records, messages, compared, alike, frozen, digests, signatures;
	uint64_t bad[SIM_BADS];
	uint64_t provinces;	/* of 109 nodes, and what came to pass there */
	uint64_t bad_there[SIM_BADS], happened_there[SIM_CASES_MAX];
	int64_t virtual_ms;
	uint64_t drawn[SIM_CASES_MAX], happened[SIM_CASES_MAX];
};

static const char *program, *fault;	/* what it takes to do this again, beside options */

/* --- one seed --- */

static void
print_command(const struct sim_options *o)
{
	printf("  its story: ");
	if (fault != NULL && fault[0] != '\0')
		printf("YW_FAULT=%s ", fault);
	printf("%s --seed %llu", program, (unsigned long long)o->seed);
	if (o->province)
		printf(" --province 1");
	if (o->hours != 0)
		printf(" --hours %u", o->hours);
	if (o->nodes != 0)
		printf(" --nodes %u", o->nodes);
	if (o->only != NULL)
		printf(" --case %s", o->only);
	printf(" --trace\n");
}

static void
print_bad(const uint64_t *bad)
{
	for (unsigned i = 0; sim_bad_name(i) != NULL; i++)
		printf("%s%llu %s", i == 0 ? "" : ", ", (unsigned long long)bad[i], sim_bad_name(i));
}

static void
print_report(const struct sim_options *o, const struct sim_report *r, uint64_t signatures)
{
	printf("seed %llu%s: %u nodes, %llu steps, %.1f virtual hours, %llu entries of %llu records, %llu messages, "
	    "%llu states compared, %llu signatures really checked; ", (unsigned long long)o->seed, o->province ? " (province)" : "",
	    r->nodes, (unsigned long long)r->steps, (double)r->virtual_ms / 3600000, (unsigned long long)r->entries,
	    (unsigned long long)r->records, (unsigned long long)r->messages, (unsigned long long)r->compared,
	    (unsigned long long)signatures);
	print_bad(r->bad);
	printf(";");
	for (unsigned i = 0; sim_case_name(i) != NULL; i++)
		if (r->drawn >> i & 1)
			printf(" %s%s", sim_case_name(i), r->happened >> i & 1 ? "" : " (not come to pass)");
	printf("\n");
}

/* R8: what one link carries while all logs are busy.  False: more, where its upper end has many peers; or nothing was
 * measured. */
static bool
judge_load(const struct sim_load *l)
{
	printf("  all logs busy, per link and second: %.2f messages, %.0f bytes on average over %u links; at most %.2f and %.0f; "
	    "%.2f and %.0f over the %u to a node with many peers\n", l->messages, l->bytes, l->links, l->most_messages,
	    l->most_bytes, l->crowded_messages, l->crowded_bytes, l->crowded);
	return l->links > 0 && l->crowded > 0 && l->crowded_messages <= MESSAGES_GROWTH * l->messages &&
	    l->crowded_bytes <= BYTES_GROWTH * l->bytes;
}

static void
add_report(struct sum *sum, const struct sim_report *r, uint64_t signatures)
{
	sum->seeds++;
	sum->nodes += r->nodes;
	sum->steps += r->steps;
	sum->entries += r->entries;
	sum->records += r->records;
	sum->messages += r->messages;
	for (unsigned i = 0; i < SIM_BADS; i++)
		sum->bad[i] += r->bad[i];
	sum->compared += r->compared;
	sum->alike += r->alike;
	sum->frozen += r->frozen;
	sum->digests += r->digests;
	sum->signatures += signatures;
	sum->virtual_ms += r->virtual_ms;
	for (unsigned i = 0; i < SIM_CASES_MAX; i++) {
		sum->drawn[i] += r->drawn >> i & 1;
		sum->happened[i] += r->happened >> i & 1;
	}
}

/* What every network of 109 nodes draws comes to pass in every one. */
static void
judge_always(const struct sim_options *o, const struct sim_report *r, struct sum *sum)
{
	for (unsigned i = 0; o->only == NULL && sim_case_name(i) != NULL; i++)
		if (sim_case_always(i) && !(r->happened >> i & 1)) {
			printf("seed %llu FAILED: case %s did not come to pass\n", (unsigned long long)o->seed, sim_case_name(i));
			sum->failed++;
		}
}

static void
add_province(const struct sim_options *o, const struct sim_report *r, struct sum *sum)
{
	sum->provinces++;
	for (unsigned i = 0; i < SIM_BADS; i++)
		sum->bad_there[i] += r->bad[i];
	for (unsigned i = 0; i < SIM_CASES_MAX; i++)
		sum->happened_there[i] += r->happened >> i & 1;
	judge_always(o, r, sum);
}

static void
run(const struct sim_options *o, bool line, struct sum *sum)
{
	uint64_t before = sim_signatures();
	struct sim_report r;
	bool good = sim_run(o, &r);

	if (!good) {
		printf("seed %llu FAILED after %lld virtual minutes: %s\n", (unsigned long long)o->seed,
		    (long long)(r.virtual_ms / 60000), r.failure);
		print_command(o);
		sum->failed++;
	}
	if (o->province && !judge_load(&r.load)) {
		printf("seed %llu FAILED: R8 a link carries the more, the more peers its upper end has, or none was measured\n", (unsigned long long)o->seed);
		sum->failed++;
	}
	if (line || !good || o->province)
		print_report(o, &r, sim_signatures() - before);
	if (o->province)
		add_province(o, &r, sum);
	add_report(sum, &r, sim_signatures() - before);
	fflush(stdout);
}

static bool
enough(const struct options *o, const struct sum *sum)
{
	return sum->failed >= (o->sim.only != NULL ? 1 : FAILURES_MAX);
}

/* Of all jobs: how many seeds were taken, the long ones first, so that they end about together. */
static atomic_ullong *taken;

static void
run_share(const struct options *o, struct sum *sum)
{
	struct sim_options one = o->sim;
	uint64_t i;

	while (!enough(o, sum) && (i = atomic_fetch_add(taken, 1)) < o->province + o->seeds) {
		one.province = i < o->province;
		one.seed = o->from + (one.province ? i : i - o->province);
		run(&one, o->lines, sum);
	}
}

/*
 * R8: the same logs, all busy, in a network whose first node has few peers, and in one in which it has all the others.
 * Over every link goes each log's news once, either up or down, so that its bytes are those of all logs whatever the
 * number of peers; and its messages are by the clock.  How much of it meets in one message is chance: hence the margin,
 * which is far below what ten times the peers would make of any part that grew with them.
 */
static void
run_load(const struct options *o, struct sum *sum)
{
	static const unsigned peers[] = { LOAD_FEW, LOAD_NODES - 1 };
	struct sim_report r[2];

	for (size_t i = 0; i < 2; i++) {
		struct sim_options one = { .seed = o->from, .nodes = LOAD_NODES, .peers = peers[i] };
		uint64_t before = sim_signatures();

		if (!sim_run(&one, &r[i])) {
			printf("the network in which one node has %u peers FAILED: %s\n", peers[i], r[i].failure);
			sum->failed++;
		}
		add_report(sum, &r[i], sim_signatures() - before);
		printf("%u logs busy, one node with %u peers: per link and second %.2f messages, %.0f bytes on average; at most %.2f and "
		    "%.0f\n", LOAD_NODES, peers[i], r[i].load.messages, r[i].load.bytes, r[i].load.most_messages, r[i].load.most_bytes);
	}
	if (r[0].load.links == 0 || r[1].load.links == 0 || r[1].load.messages > LOAD_GROWTH * r[0].load.messages ||
	    r[1].load.bytes > LOAD_GROWTH * r[0].load.bytes) {
		printf("FAILED: R8 a link carries the more, the more peers there are\n");
		sum->failed++;
	}
}

/* --- without a guard --- */

/* A failure shows the guard at work only where the very seeds that lead to it pass with it. */
static void
run_without(struct options *o, struct sum *sum)
{
#ifdef YW_FAULTS
	struct sum without = { 0 };

	yw_fault_set(o->without);
	fault = o->without;
	run_share(o, &without);
	atomic_store(taken, 0);
	yw_fault_set("");
	fault = NULL;
	if (without.failed == 0) {
		printf("guard %s FAILED to be missed: no seed fails without it\n", o->without);
		sum->failed++;
	}
	printf("guard %s: the same seeds with it\n", o->without);
	o->seeds = without.seeds;
	run_share(o, sum);
#else
	printf("guard %s FAILED to be switched off: this build has no faults\n", o->without);
	sum->failed++;
#endif
}

/* --- many, in some processes: each takes the next --- */

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = write(fd, p, len)) <= 0)
			return false;
	return true;
}

static bool
read_all(int fd, void *data, size_t len)
{
	char *p = data;
	ssize_t n;

	for (; len > 0; p += n, len -= (size_t)n)
		if ((n = read(fd, p, len)) <= 0)
			return false;
	return true;
}

static int
start_job(const struct options *o, pid_t *pid)
{
	int ends[2];
	struct sum sum = { 0 };

	fflush(stdout);
	if (pipe(ends) != 0 || (*pid = fork()) < 0)
		abort();
	if (*pid != 0) {
		close(ends[1]);
		return ends[0];
	}
	close(ends[0]);
	run_share(o, &sum);
	_exit(write_all(ends[1], &sum, sizeof sum) ? 0 : 1);
}

/* The sums are made of counters only. */
static void
add_sum(struct sum *to, const struct sum *from)
{
	to->seeds += from->seeds;
	to->failed += from->failed;
	to->nodes += from->nodes;
	to->steps += from->steps;
	to->entries += from->entries;
	to->records += from->records;
	to->messages += from->messages;
	to->provinces += from->provinces;
	for (unsigned i = 0; i < SIM_BADS; i++) {
		to->bad[i] += from->bad[i];
		to->bad_there[i] += from->bad_there[i];
	}
	to->compared += from->compared;
	to->alike += from->alike;
	to->frozen += from->frozen;
	to->digests += from->digests;
	to->signatures += from->signatures;
	to->virtual_ms += from->virtual_ms;
	for (unsigned i = 0; i < SIM_CASES_MAX; i++) {
		to->drawn[i] += from->drawn[i];
		to->happened[i] += from->happened[i];
		to->happened_there[i] += from->happened_there[i];
	}
}

static void
run_jobs(const struct options *o, struct sum *sum)
{
	int fd[JOBS_MAX];
	pid_t pid[JOBS_MAX];
	struct sum one;

	for (unsigned j = 0; j < o->jobs; j++)
		fd[j] = start_job(o, &pid[j]);
	for (unsigned j = 0; j < o->jobs; j++) {
		if (read_all(fd[j], &one, sizeof one)) {
			add_sum(sum, &one);
		} else {
			printf("job %u FAILED: it ended before its seeds did\n", j);
			sum->failed++;
		}
		close(fd[j]);
		waitpid(pid[j], NULL, 0);
	}
}

/* --- the end --- */

/* In a campaign that was long enough: never, or hardly ever, though there were seeds for it. */
static bool
shows_little(const struct options *o, const struct sum *sum, unsigned i)
{
	if (o->sim.only != NULL ? !sim_case_named(o->sim.only, sim_case_name(i)) || sum->seeds < 10 :
	    !sim_case_drawn(i) || o->seeds < DRAWS_ALL)
		return false;
	return sum->happened[i] == 0 || SHARE * sum->happened[i] < sum->drawn[i];
}

static void
print_cases(const struct options *o, struct sum *sum)
{
	printf("\n%-16s %6s %6s  %s\n", "case", "drawn", "passed", "what happens");
	for (unsigned i = 0; sim_case_name(i) != NULL; i++) {
		if (o->sim.only == NULL || sim_case_named(o->sim.only, sim_case_name(i)))
			printf("%-16s %6llu %6llu  %s\n", sim_case_name(i), (unsigned long long)sum->drawn[i],
			    (unsigned long long)sum->happened[i], sim_case_sentence(i));
		if (shows_little(o, sum, i)) {
			printf("case %s FAILED to come to pass in %s\n", sim_case_name(i), sum->happened[i] == 0 ? "any seed" :
			    "enough of the seeds that drew it");
			sum->failed++;
		}
	}
}

/* Nothing is shown by a campaign in which nothing went wrong. */
static void
judge_bad(struct sum *sum)
{
	for (unsigned i = 0; sim_bad_name(i) != NULL; i++)
		if (sum->bad[i] == 0 && sum->seeds >= (i < SIM_ENDED ? HAPPENS_ALL : DRAWS_ALL)) {
			printf("the campaign FAILED: no %s in %llu seeds\n", sim_bad_name(i), (unsigned long long)sum->seeds);
			sum->failed++;
		}
	if (sum->seeds >= HAPPENS_ALL && (sum->frozen == 0 || sum->digests < sum->compared || 2 * sum->alike < sum->compared)) {
		printf("the campaign FAILED: too little was compared with fresh replicas\n");
		sum->failed++;
	}
}

/* What the design names is drawn, so print_cases() says whether it came to pass. */
static void
judge_named(struct sum *sum)
{
	const char *undrawn = sim_named_undrawn();

	if (undrawn != NULL) {
		printf("the campaign FAILED: no seed draws what shows the named case '%s'\n", undrawn);
		sum->failed++;
	}
}

/* The same of those of 109 nodes, which are few and dear. */
static void
judge_provinces(struct sum *sum)
{
	if (sum->provinces < PROVINCES_ALL)
		return;
	for (unsigned i = 0; sim_case_name(i) != NULL; i++)
		if (sim_case_in_province(i) && sum->happened_there[i] == 0) {
			printf("case %s FAILED to come to pass in any of %llu provinces\n", sim_case_name(i), (unsigned long long)sum->provinces);
			sum->failed++;
		}
	for (unsigned i = 0; sim_bad_name(i) != NULL; i++)
		if (i != SIM_ROSTERS && sum->bad_there[i] == 0) {
			printf("the campaign FAILED: no %s in %llu provinces\n", sim_bad_name(i), (unsigned long long)sum->provinces);
			sum->failed++;
		}
}

/* By the wall: a campaign may take ten minutes.  Lines that are to be compared have none. */
static void
print_time(const struct timespec *began)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("it took %.1f seconds\n", (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9);
}

static void
print_sum(const struct sum *sum)
{
	printf("%llu seeds, %llu failed: %llu nodes, %llu steps, %.1f virtual hours, %llu entries of %llu records, %llu "
	    "messages, %llu states compared, %llu signatures really checked\n", (unsigned long long)sum->seeds,
	    (unsigned long long)sum->failed, (unsigned long long)sum->nodes, (unsigned long long)sum->steps,
	    (double)sum->virtual_ms / 3600000, (unsigned long long)sum->entries, (unsigned long long)sum->records,
	    (unsigned long long)sum->messages, (unsigned long long)sum->compared, (unsigned long long)sum->signatures);
	print_bad(sum->bad);
	printf("\ncompared with fresh replicas: %llu nodes, %llu of them log by log, %llu frozen logs, %llu digests\n",
	    (unsigned long long)sum->compared, (unsigned long long)sum->alike, (unsigned long long)sum->frozen,
	    (unsigned long long)sum->digests);
}

static bool
known_cases(const char *only)
{
	size_t named = 1, known = 0;

	for (const char *p = only; *p != '\0'; p++)
		named += *p == '+';
	for (unsigned i = 0; sim_case_name(i) != NULL; i++)
		known += sim_case_named(only, sim_case_name(i));
	return known == named;
}

static bool
read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--trace") == 0)
			o->sim.trace = true;
		else if (strcmp(argv[i], "--lines") == 0)
			o->lines = true;
		else if (strcmp(argv[i], "--load") == 0)
			o->load = true;
		else if (more && strcmp(argv[i], "--seeds") == 0)
			o->seeds = strtoull(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--province") == 0)
			o->province = strtoull(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--nodes") == 0)
			o->sim.nodes = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--hours") == 0)
			o->sim.hours = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--jobs") == 0)
			o->jobs = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--from") == 0)
			o->from = strtoull(argv[++i], NULL, 10);
		else if (more && strcmp(argv[i], "--case") == 0)
			o->sim.only = argv[++i];
		else if (more && strcmp(argv[i], "--without") == 0)
			o->without = argv[++i];
		else if (more && strcmp(argv[i], "--seed") == 0) {
			o->from = strtoull(argv[++i], NULL, 10);
			o->seeds = 1;
			o->lines = o->alone = true;
		} else
			return false;
	}
	if (o->lines && o->province > 0)
		o->seeds = 0;
	return o->jobs >= 1 && o->jobs <= JOBS_MAX && (o->sim.only == NULL || known_cases(o->sim.only));
}

int
main(int argc, char **argv)
{
	struct options o = { .seeds = 20, .from = 1, .jobs = 1 };
	struct timespec began;
	struct yw_error err;
	struct sum sum = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &began);
	program = argv[0];
	fault = getenv("YW_FAULT");
	if (argc == 2 && strcmp(argv[1], "--cases") == 0) {
		print_cases(&o, &sum);
		sim_print_named();
		return 0;
	}
	if (!read_options(argc, argv, &o)) {
		fprintf(stderr, "usage: %s [--seeds N] [--province N [--hours H]] [--from S] [--seed S] [--nodes N] [--case NAME] "
		    "[--without GUARD] [--jobs J] [--lines] [--trace] | --cases\n", argv[0]);
		return 2;
	}
	if (yw_crypto_init(&err) != YW_OK) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	taken = mmap(NULL, sizeof *taken, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (taken == MAP_FAILED)
		abort();
	if (o.load)
		run_load(&o, &sum);
	else if (o.without != NULL)
		run_without(&o, &sum);
	else if (o.jobs > 1)
		run_jobs(&o, &sum);
	else
		run_share(&o, &sum);
	if (!o.alone) {
		print_cases(&o, &sum);
		if (o.sim.only == NULL) {
			judge_bad(&sum);
			judge_named(&sum);
			judge_provinces(&sum);
		}
		print_sum(&sum);
		if (!o.lines)
			print_time(&began);
	}
	return sum.failed != 0;
}
