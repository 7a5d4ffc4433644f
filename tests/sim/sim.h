/*
 * sim.h - a whole network in one thread: virtual time, seeded chance, and the real ledger, exchange and desk on
 * a memory store (design section 6).
 *
 * A seed decides everything: how many nodes, who joins when, what is registered, which messages get lost, come
 * late or twice, who crashes, how the one liar lies, and which of the named cases (cases.h) come on top.  After
 * every step the cheap invariants are checked; at random steps a node is compared with a fresh replica fed in
 * another order; at the end all faults stop, and everybody must agree, with a fresh replica as well.
 */
#ifndef YW_TESTS_SIM_SIM_H
#define YW_TESTS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_CASES_MAX 64
#define SIM_FRESH_TIMES 20	/* at so many random steps a node is compared with a fresh replica, and at the end */

struct sim_options {
	uint64_t seed;
	unsigned nodes;		/* 0: 5 to 12, as the seed has it */
	unsigned peers;		/* not 0: the first node has so many, and on a fine day all logs are busy (R8) */
	bool province;		/* 109 nodes, all busy for a while, */
	unsigned hours;		/* over so many virtual hours; 0: three days */
	const char *only;	/* this case and no other, or "NAME+NAME" these; NULL: as the seed draws them */
	bool trace;		/* tell the story on stdout */
};

/* What can happen: faults, and what becomes of logs. */
enum sim_bad {
	SIM_LOST, SIM_OVERTAKEN, SIM_PARTED, SIM_KILLED, SIM_POWER_GONE, SIM_LIED, SIM_CUT_OFF,
	SIM_ENDED, SIM_REVOKED, SIM_MERGED, SIM_DOUBTED, SIM_HANDED_OVER, SIM_WENT_ON, SIM_RECOVERED,
	SIM_VERSIONS, SIM_REGISTRARS, SIM_SIGNED, SIM_REGISTRARS_ENDED, SIM_CHANGED, SIM_ROSTERS, SIM_BADS
};

struct sim_report {
	unsigned nodes;
	uint64_t steps;		/* turns and deliveries */
	int64_t virtual_ms;
	uint64_t entries;	/* over all logs, each counted once */
	uint64_t records;
	uint64_t messages, bytes;
	uint64_t bad[SIM_BADS];	/* how often each of these really happened */
	uint64_t compared;	/* times a node was compared with a fresh replica: SIM_FRESH_TIMES, and at the end */
	uint64_t alike, frozen, digests;	/* of these, where both held the same of every log; frozen logs; digests */
	uint64_t drawn;		/* cases by their place in the table, one bit each */
	uint64_t happened;	/* those that came to pass */
	struct sim_load {	/* while all logs are busy: of one link and second, */
		double messages, bytes, most_messages, most_bytes;
		unsigned links;
		double crowded_messages, crowded_bytes;	/* and of those to a node with many peers */
		unsigned crowded;
	} load;
	char failure[600];	/* "" if all held */
};

/* True if every invariant held and everybody agreed at the end. */
bool sim_run(const struct sim_options *o, struct sim_report *out);

/* What bad[i] counts, after the number; NULL behind the last. */
const char *sim_bad_name(unsigned i);

/* The named cases: sentence i, NULL behind the last. */
const char *sim_case_name(unsigned i);
const char *sim_case_sentence(unsigned i);
bool sim_case_named(const char *only, const char *name);	/* does `only` name it? */
bool sim_case_drawn(unsigned i);		/* do seeds draw it, or is it run by its name alone? */
bool sim_case_always(unsigned i);	/* every network of 109 nodes draws it; */
bool sim_case_in_province(unsigned i);	/* one of ten in a row does */
/* Which of them shows what the design names. */
void sim_print_named(void);
const char *sim_named_undrawn(void);	/* the first that a case shows which is none, or none that seeds draw; NULL: all are */

/* Signatures that were really checked since the process began; every other check of the same key, message and
 * signature by another node was answered from memory (verify.c). */
uint64_t sim_signatures(void);

#endif
