/*
 * promise.h - what a writer said before the power went, and whether the disk still knows it.
 *
 * A writer tells its parent each promise after it may be given (yw_promise_tell); the parent keeps the largest
 * (yw_promise_hear), and after the cut asks the guard before anybody starts the writer again.
 */
#ifndef YW_TESTS_SUPPORT_PROMISE_H
#define YW_TESTS_SUPPORT_PROMISE_H

#include "ledger/guard.h"

#define YW_WAL_PATH_MAX 600

struct yw_promise {
	uint64_t commit;		/* number of the commit it was given in; 0: not told */
	uint64_t size;			/* of the own log: acknowledged to a client, or a head seen by a peer */
	struct yw_hash root;
	uint64_t other;			/* of the other log: receipt or acknowledgement given up to there */
};

/* Writes it to descriptor 1, whole or not at all. */
void yw_promise_tell(const struct yw_promise *p);
/* Takes the promises in what was said; *p holds the largest. */
void yw_promise_hear(struct yw_bytes said, struct yw_promise *p);

/* Does the guard in this file cover it?  A commit of 0 is not asked for. */
bool yw_promise_guarded(const char *guard_path, const struct yw_promise *p);

/* What some cuts have shown. */
struct yw_cuts {
	unsigned unguarded;	/* the guard did not cover what had been promised */
	unsigned lost;		/* something promised was gone, though nothing was taken away */
	unsigned unnoticed;	/* without its last WAL the node held less, and would have appended */
	unsigned noticed;
};

/* Ends the test case unless all was kept, guarded and noticed, and something was there to notice. */
void yw_cuts_lost_nothing(const struct yw_cuts *c);

/*
 * Mutations: without the sync of a batch, without that of the guard, and with acknowledgements before the guard, cuts must
 * show what that loses or leaves unguarded.  Of each they are made until they do, at most `rounds` times: some come
 * before anything was promised.
 */
typedef void (*yw_cut_fn)(const char *fault, uint64_t seed, struct yw_cuts *out);
void yw_cuts_find_mutations(int rounds, yw_cut_fn cut);

/* The path of the newest WAL of a RocksDB directory; false: there is none.  The other one removes it, too. */
bool yw_last_wal(const char *dir, char path[static YW_WAL_PATH_MAX]);
bool yw_remove_last_wal(const char *dir);

#endif
