/*
 * entry.h - one leaf of a log: the DSSE envelope and the Entry inside (rules B1 to B3).
 *
 * Two questions, asked apart.  Here, from the bytes alone and in any thread: does this leaf break the
 * log, is it kept without effect, or may it be applied - and does its signature verify?  Elsewhere
 * (trust/): was that key valid at that index?
 */
#ifndef YW_RECORD_ENTRY_H
#define YW_RECORD_ENTRY_H

#include "crypto/sign.h"
#include "record/code.h"

#define YW_ENTRY_TYPE "application/vnd.yiwang.entry.v1+protobuf"

enum yw_class { YW_CLASS_UNCONDITIONAL = 1, YW_CLASS_CONDITIONAL = 2, YW_CLASS_NOT_SHARED = 3 };
enum yw_openness { YW_OPENNESS_INTERNAL = 1, YW_OPENNESS_OPEN = 2 };

enum yw_trust_kind {	/* field numbers of the Trust message; 0: not a trust entry */
	YW_TRUST_NONE, YW_TRUST_GENESIS, YW_TRUST_NETWORK_VERSION, YW_TRUST_DELEGATION,
	YW_TRUST_KEY_CHANGE, YW_TRUST_CONSENT, YW_TRUST_CLOSING, YW_TRUST_ROSTER, YW_TRUST_REGISTRAR,
	YW_TRUST_HOLDER, YW_TRUST_ERASURE, YW_TRUST_LOST, YW_TRUST_FOREIGN_BEAT,
	YW_TRUST_UNKNOWN	/* "needs a newer version" */
};

enum yw_standing {
	YW_STANDING_APPLIED,	/* may count, if its signer was valid at its index */
	YW_STANDING_KEPT	/* kept, mirrored, cosigned, not applied (B3); `why` says why */
};

/*
 * Who may see the bodies: what access decisions need of an entry.  It decides only where the entry is
 * applied; cls and openness are 0 where this version does not know the value.
 */
struct yw_audience {
	enum yw_class cls;
	enum yw_openness openness;
	const struct yw_jurisdiction *codes;	/* sorted; only where conditional */
	size_t n_codes;
};

struct yw_entry {
	struct yw_bytes payload;		/* the signed bytes, inside the caller's envelope */
	struct yw_sig sig;
	struct yw_pubkey signer;
	int64_t signed_at_ms;			/* UTC, a claim */
	struct yw_audience audience;		/* codes owned by the entry */
	const struct yw_hash *hashes;		/* n_items of them, inside the caller's envelope; NULL for trust */
	size_t n_items;
	enum yw_trust_kind trust_kind;
	struct yw_bytes trust;			/* the serialised Trust, inside the caller's envelope */
	enum yw_standing standing;
	const char *why;			/* static sentence where KEPT, else NULL */
};

/*
 * Takes one leaf apart and judges its form (B3).  Borrows `envelope` for the life of *out.
 * YW_EFORMAT / YW_ELIMIT: the leaf breaks the log, err says how.  YW_ENOMEM.
 * The signature is not looked at: yw_entry_verify().
 */
YW_CHECKED enum yw_code yw_entry_read(const char *origin, struct yw_bytes envelope, struct yw_entry *out,
    struct yw_error *err);
void yw_entry_release(struct yw_entry *e);

/* B4 over the PAE.  YW_ESIG: the leaf breaks the log. */
YW_CHECKED enum yw_code yw_entry_verify(const struct yw_entry *e, struct yw_error *err);

struct yw_entry_draft {
	const char *origin;
	int64_t signed_at_ms;
	struct yw_audience audience;
	const struct yw_hash *hashes;	/* 1 to 256, or NULL with trust set */
	size_t n_items;
	struct yw_bytes trust;		/* a serialised Trust */
};

/*
 * Encodes, signs, and reads back what was made.  Appends the envelope to *out.
 *
 * YW_EINVAL	a draft that no node would apply, or pub is not key's
 * YW_ELIMIT	more than 256 records, or an envelope of more than YW_ENTRY_MAX bytes
 * YW_ESIG	the key is damaged
 */
YW_CHECKED enum yw_code yw_entry_seal(const struct yw_entry_draft *draft, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err);

#endif
