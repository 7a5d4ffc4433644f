/*
 * leaves.h - B3 as a table of bytes: each row is a leaf that differs in one thing from a good one, and the clause of
 * the rule that it falls under, which says what a node does with it.
 */
#ifndef YW_TESTS_SUPPORT_LEAVES_H
#define YW_TESTS_SUPPORT_LEAVES_H

#include "record/entry.h"

enum yw_clause {	/* of B3, in its order */
	/* breaks the log */
	YW_B3_TOO_LONG, YW_B3_NOT_ONE_FORM, YW_B3_PAYLOAD_TYPE, YW_B3_SIGNATURES, YW_B3_KEYID, YW_B3_ORIGIN, YW_B3_SIGNER_SIZE,
	YW_B3_HASHES, YW_B3_NO_CONTENT, YW_B3_BAD_SIGNATURE,
	/* kept, mirrored, cosigned, not applied */
	YW_B3_UNKNOWN_FIELD, YW_B3_CLASS, YW_B3_OPENNESS, YW_B3_AUDIENCE, YW_B3_OPEN, YW_B3_TRUST_CLASS, YW_B3_TRUST_KIND,
	YW_B3_SIGNER,	/* as far as the bytes decide it is applied */
	/* applied */
	YW_B3_NOTHING
};
#define YW_B3_CLAUSES (YW_B3_NOTHING + 1)

enum yw_outcome { YW_BREAKS, YW_KEPT, YW_APPLIED };
enum yw_outcome yw_clause_outcome(enum yw_clause c);

/* A leaf in pieces of hex; NULL stands for what a good one has. */
struct yw_leaf {
	const char *origin, *signer, *signed_at, *cls, *openness, *audience, *content;	/* the Entry */
	const char *type;		/* the rest of the Envelope */
	const char *signatures;		/* S stands for the 64 bytes, T for the same with the group's order added */
	size_t hashes;			/* so many in place of the content */
	size_t total;			/* a network file as content makes the leaf so many bytes */
};

struct yw_leaf_row {
	enum yw_clause clause;
	const char *what;
	struct yw_leaf leaf;
	const char *why;		/* part of the sentence, where it is not applied */
};
extern const struct yw_leaf_row yw_leaf_rows[];
extern const size_t yw_n_leaf_rows;

/* The leaf of a row in the log of that origin, signed by that key, over the hash of one body. */
void yw_leaf_make(const struct yw_leaf *l, const char *origin, const struct yw_seckey *key, const struct yw_pubkey *pub,
    const struct yw_hash *body, struct yw_buf *out);

#endif
