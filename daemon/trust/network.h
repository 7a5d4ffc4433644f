/*
 * network.h - the network file: a name, root keys, the first node, and who makes a quorum (rule B11).
 *
 * The only thing that is shared beforehand.  A draft is the text without signatures; a version
 * counts when k of its root keys have signed it (and k of the version before, T1).
 */
#ifndef YW_TRUST_NETWORK_H
#define YW_TRUST_NETWORK_H

#include "tlog/policy.h"
#include "trust/request.h"

#define YW_NETWORK_ROOTS_MAX 64
#define YW_NETWORK_FIRSTS_MAX 32

struct yw_network {
	char name[YW_NETWORK_NAME_MAX + 1];
	uint64_t version;
	struct yw_hash previous;		/* SHA-256 of the previous note's text; all zero in version 1 */
	unsigned k;
	struct yw_vkey roots[YW_NETWORK_ROOTS_MAX];
	size_t n_roots;
	struct yw_bytes first[YW_NETWORK_FIRSTS_MAX];	/* serialised SignedRequests, into `decoded` */
	size_t n_first;
	struct yw_jurisdiction first_code;	/* of the `first` lines; "" if there is none */
	struct yw_bytes *consents;		/* 32 bytes each, into `decoded` */
	size_t n_consents;
	struct yw_bytes *closings;		/* serialised Closings, into `decoded` */
	size_t n_closings;
	struct yw_policy *policy;		/* members are codes */
	struct yw_hash hash;			/* network hash: from version 1's name, k and roots (B10) */
	struct yw_hash text_sha256;		/* identifies the version */
	struct yw_buf note;			/* the whole signed note (or draft), verbatim */
	struct yw_buf decoded;
};

/*
 * Reads a draft or signed note; checks form and every `first` request, verifies no root signature.
 * `network_hash` NULL: version 1, whose own keys give it; a later version is given the known one.
 */
YW_CHECKED enum yw_code yw_network_parse(struct yw_bytes data, const struct yw_hash *network_hash,
    struct yw_network *out, struct yw_error *err);
void yw_network_release(struct yw_network *n);

/* Version 1: k distinct good root signatures of its own.  YW_ESIG says how many are missing.  A line
 * by a root key that does not verify refuses the whole file (signed-note). */
YW_CHECKED enum yw_code yw_network_verify(const struct yw_network *n, struct yw_error *err);

/* n follows prev: version + 1, `previous` hash, thresholds of both (T1). */
YW_CHECKED enum yw_code yw_network_follows(const struct yw_network *prev, const struct yw_network *n,
    struct yw_error *err);

/* Is this text not signed at all?  (Has no empty line, after which signatures stand.) */
bool yw_network_is_draft(struct yw_bytes data);

/* --- Making (the command `yiwang network`) --- */

/* A draft of version 1 without first lines and with `quorum none`. */
YW_CHECKED enum yw_code yw_network_draft(const char *name, unsigned k, const struct yw_vkey *roots, size_t n_roots,
    struct yw_buf *out, struct yw_error *err);

/* The draft with a `first` line (none if empty; one that is there already is not repeated) and policy lines
 * put in their places (policy lines NULL: kept).  YW_EINVAL: it is signed already. */
YW_CHECKED enum yw_code yw_network_complete(struct yw_bytes draft, struct yw_bytes first, const char *policy_lines,
    struct yw_buf *out, struct yw_error *err);

/*
 * A draft of the version after prev (T1).  Earlier lines stay in force and are not repeated; k and roots are those
 * of prev where n_roots is 0, the policy where its lines are NULL.
 */
struct yw_network_change {
	unsigned k;
	const struct yw_vkey *roots;
	size_t n_roots;
	struct yw_bytes first;			/* a SignedRequest of the first node, or empty */
	const struct yw_hash *consent;		/* to this SignedRequest, or NULL */
	struct yw_bytes closing;		/* as yw_trust_make_closing_line() makes it, or empty */
	const char *policy_lines;
};
YW_CHECKED enum yw_code yw_network_next(const struct yw_network *prev, const struct yw_network_change *c,
    struct yw_buf *out, struct yw_error *err);

/* Adds one root signature to a draft or partly signed note; same key again changes nothing.  `prev` NULL: of version 1,
 * which names a first node; else the version before, whose root keys sign too. */
YW_CHECKED enum yw_code yw_network_sign(const struct yw_network *prev, struct yw_bytes data, const struct yw_seckey *root,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);

/* Root key name "<network>/root" (B9). */
YW_CHECKED enum yw_code yw_root_vkey(const char *network, const struct yw_pubkey *pub, struct yw_vkey *out);

#endif
