/*
 * tnode.h - one node's ledger over a memory store and a guard in memory, with a clock of the caller's.
 *
 * What fails here ends the test case.
 */
#ifndef YW_TESTS_SUPPORT_TNODE_H
#define YW_TESTS_SUPPORT_TNODE_H

#include "ledger/view.h"

struct yw_tnode {
	struct yw_jurisdiction code;
	struct yw_key_set keys;		/* yw_tnet_keys(code) */
	struct yw_buf request;		/* its SignedRequest */
	struct yw_store *store;
	uint8_t guard[YW_GUARD_BYTES];
	unsigned guarded;		/* commits that reached the guard */
	_Atomic bool guard_fails;	/* its disk is gone */
	struct yw_ledger *ledger;
};

/* Opens the node of that code; `issuer` "" for the first node.  Again after a close: from the same store. */
void yw_tnode_open(struct yw_tnode *n, const struct yw_network *network, const char *code, const char *issuer,
    const struct yw_clock *clock);
void yw_tnode_close(struct yw_tnode *n);	/* the store stays */
void yw_tnode_forget(struct yw_tnode *n);	/* closed: a new, empty store; the guard stays */
void yw_tnode_free(struct yw_tnode *n);

#endif
