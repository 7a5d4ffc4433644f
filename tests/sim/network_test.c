/*
 * network_test.c - seeds of the simulated network: `network_test --seeds N [--from S] [--nodes N]`, or
 * `--seed S --trace` for the story of one.
 */
#include <time.h>

#include "sim.h"
#include "support/testing.h"
#include "crypto/keys.h"

struct sum {
	uint64_t nodes, steps, entries, records, messages, lies, cuts;
	int64_t virtual_ms;
};

static bool
run(uint64_t seed, unsigned nodes, bool trace, struct sum *sum)
{
	struct sim_options o = { seed, nodes, trace };
	struct sim_report r;
	bool good = sim_run(&o, &r);

	if (!good)
		printf("seed %llu FAILED after %lld virtual minutes: %s\n  the story: --seed %llu --trace\n",
		    (unsigned long long)seed, (long long)(r.virtual_ms / 60000), r.failure, (unsigned long long)seed);
	if (trace || !good)
		printf("seed %llu: %u nodes, %llu steps, %.1f virtual hours, %llu entries of %llu records, %llu messages, "
		    "%llu lies, %llu peers cut off\n", (unsigned long long)seed, r.nodes, (unsigned long long)r.steps,
		    (double)r.virtual_ms / 3600000, (unsigned long long)r.entries, (unsigned long long)r.records,
		    (unsigned long long)r.messages, (unsigned long long)r.lies, (unsigned long long)r.cuts);
	sum->nodes += r.nodes;
	sum->steps += r.steps;
	sum->entries += r.entries;
	sum->records += r.records;
	sum->messages += r.messages;
	sum->lies += r.lies;
	sum->cuts += r.cuts;
	sum->virtual_ms += r.virtual_ms;
	return good;
}

int
main(int argc, char **argv)
{
	uint64_t seeds = 20, from = 1;
	struct yw_error err;
	struct sum sum = { 0 };
	bool trace = false;
	unsigned failed = 0, nodes = 0;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--trace") == 0)
			trace = true;
		else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0)
			seeds = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--nodes") == 0)
			nodes = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--from") == 0)
			from = strtoull(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
			from = strtoull(argv[++i], NULL, 10);
			seeds = 1;
		} else {
			fprintf(stderr, "usage: %s [--seeds N] [--from S] [--seed S] [--nodes N] [--trace]\n", argv[0]);
			return 2;
		}
	}
	if (yw_crypto_init(&err) != YW_OK) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	for (uint64_t i = 0; i < seeds && failed < 5; i++)
		failed += !run(from + i, nodes, trace, &sum);
	printf("%llu seeds, %u failed: %llu nodes, %llu steps, %.1f virtual hours, %llu entries of %llu records, %llu "
	    "messages, %llu lies, %llu peers cut off, %llu signatures really checked\n", (unsigned long long)seeds, failed,
	    (unsigned long long)sum.nodes, (unsigned long long)sum.steps, (double)sum.virtual_ms / 3600000,
	    (unsigned long long)sum.entries, (unsigned long long)sum.records, (unsigned long long)sum.messages,
	    (unsigned long long)sum.lies, (unsigned long long)sum.cuts, (unsigned long long)sim_signatures());
	return failed != 0;
}
