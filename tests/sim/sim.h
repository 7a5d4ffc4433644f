/*
 * sim.h - a whole network in one thread: virtual time, seeded chance, and the real ledger, exchange and desk on
 * a memory store (design section 6).
 *
 * A seed decides everything: how many nodes, who joins when, what is registered, which messages get lost, come
 * late or twice, who crashes, and how the one liar lies.  After every step the cheap invariants are checked; at
 * the end all faults stop, and everybody must agree, with a fresh replica fed in another order as well.
 */
#ifndef YW_TESTS_SIM_SIM_H
#define YW_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_options {
	uint64_t seed;
	unsigned nodes;		/* 0: as the seed has it */
	bool trace;		/* tell the story on stdout */
};

struct sim_report {
	unsigned nodes;
	uint64_t steps;		/* turns and deliveries */
	int64_t virtual_ms;
	uint64_t entries;	/* over all logs, each counted once */
	uint64_t records;
	uint64_t messages, bytes;
	uint64_t lies, cuts;	/* messages that were tampered with; peers that were cut off */
	char failure[600];	/* "" if all held */
};

/* True if every invariant held and everybody agreed at the end. */
bool sim_run(const struct sim_options *o, struct sim_report *out);

/* Signatures that were really checked since the process began; every other check of the same key, message and
 * signature by another node was answered from memory (verify.c). */
uint64_t sim_signatures(void);

#endif
