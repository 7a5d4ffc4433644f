/*
 * package.h - consecutive entries of one log, with proof and bodies: the unit of replication (R3).
 *
 * Three steps by three parties: a peer's message is taken apart (sync/); yw_package_check() judges all that
 * the bytes alone decide, in any thread; the writer asks the rest (right log, right position, right key)
 * in yw_ledger_take_package().
 */
#ifndef YW_LEDGER_PACKAGE_H
#define YW_LEDGER_PACKAGE_H

#include "record/entry.h"
#include "record/record.h"
#include "tlog/proof.h"
#include "trust/chain.h"

struct yw_body {
	uint64_t index;
	uint16_t item;
	struct yw_bytes bytes;		/* a serialised Record, verbatim */

	/* set by yw_package_check / yw_body_check: */
	struct yw_hash sha256;
	struct yw_record record;
	enum yw_code form;		/* YW_OK, or it is no Record that may be held anywhere (B5, B6) */
};

struct yw_package_entry {
	struct yw_bytes envelope;

	/* set by yw_package_check: */
	struct yw_entry e;		/* released by yw_package_release */
	struct yw_hash leaf;
};

struct yw_package {
	struct yw_origin origin;
	uint64_t start;			/* index of the first entry */
	struct yw_package_entry *entries;
	size_t n_entries;		/* 1 to 256, not crossing a multiple of 256 */
	struct yw_bytes head;		/* the signed note that the proofs lead to; empty: head_size is a target
					 * that the receiver already holds */
	uint64_t head_size;
	struct yw_proof subtree;	/* of [start rounded down to 256, start + n) into head */
	uint64_t from_size;
	bool has_consistency;		/* a proof from from_size to head is there (it may be empty) */
	struct yw_hash from_root;	/* where that proof starts, as the sender says: another one than mine proves a fork */
	struct yw_proof consistency;
	struct yw_entry_proof *changes;	/* with a head: those of the log from from_size on that stand below it */
	size_t n_changes;		/* below YW_KEY_SETS_MAX */
	struct yw_entry_proof *admitted;	/* where these were asked for: delegations of the log from from_size on (T7) */
	size_t n_admitted;		/* at most YW_ADMITTED_MAX */
	struct yw_body *bodies;		/* rising by (index, item) */
	size_t n_bodies;

	/* set by yw_package_check: */
	size_t n_good;			/* entries before the first that breaks the log (B3); n_entries if none */
	struct yw_error broken;		/* what is wrong with entries[n_good] */
	void *owner;			/* memory that all the spans above borrow from: the caller's */
};

/*
 * Judges form, signatures and leaf hashes of the entries, hashes and forms of the bodies.  Pure.
 * YW_OK even if an entry breaks the log: n_good then says where.  YW_EPEER: no honest peer sends this
 * (a body out of order, of no entry here, or of another hash); YW_ENOMEM.
 */
YW_CHECKED enum yw_code yw_package_check(struct yw_package *p, struct yw_error *err);

/* A body that came by itself: its hash and form. */
void yw_body_check(struct yw_body *b);

/* Frees entries (their insides too), key changes, delegations and bodies; not `owner`. */
void yw_package_release(struct yw_package *p);

#endif
