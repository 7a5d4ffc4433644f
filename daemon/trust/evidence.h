/*
 * evidence.h - what proves one record to somebody who holds only the network file (B12), and what
 * proves that a log's owner signed two heads that cannot both be true (L6).
 *
 * One canonical text each.  evidence.c gives the format byte by byte.
 */
#ifndef YW_TRUST_EVIDENCE_H
#define YW_TRUST_EVIDENCE_H

#include "trust/chain.h"

enum yw_evidence_kind { YW_EVIDENCE_NONE, YW_EVIDENCE_RECORD, YW_EVIDENCE_CONTRADICTION };

/* By the first line alone. */
enum yw_evidence_kind yw_evidence_kind(struct yw_bytes text);

/* --- A record --- */

struct yw_evidence_subject {
	struct yw_origin origin;
	uint64_t index;
	uint16_t item;
	struct yw_bytes body;		/* the Record, or data NULL: `withheld` */
	struct yw_bytes beat;		/* the beat the proof leads to, with receipts; of larger size than index.  Empty: the
					 * closing in force stands for it (L10), in the issuer's log or the network file */
	bool met_when_seen;		/* whoever makes this has seen that beat with its quorum, by receipts that count no more
					 * (T12): they go with it */
	bool has_foreign;		/* a foreign_beat entry of the same log below index: R9's "not before" */
	uint64_t foreign_index;
};

/*
 * Appends the evidence file.  Mirrors: only those that the quorum needs; where it is not met, all of its
 * codes that signed.  YW_ENOENT: a log on the way has no beat yet that covers what is needed;
 * YW_EINVAL: the subject is no applied record, or its body another's.
 */
YW_CHECKED enum yw_code yw_evidence_make(const struct yw_trust *t, const struct yw_evidence_subject *s,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

struct yw_evidence_roster {	/* "not closed by <issuer> up to entry <index>, seen at <time>" (T11) */
	struct yw_jurisdiction issuer, code;
	uint64_t index;
	enum yw_quorum quorum;		/* of the beat that covers the roster, by the mirrors of this file */
	uint64_t seen_s;		/* quorum time; if met */
	struct yw_jurisdiction seen_by[YW_EVIDENCE_MIRRORS_MAX];	/* if met: by these, by then */
	size_t n_seen_by;
};

struct yw_evidence_verdict {
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	bool recovery;			/* the delegation carries a consent (T9) */
	struct yw_jurisdiction consent;	/* if so: whose */
	uint64_t index;
	uint16_t item;
	struct yw_hash body_sha256;
	bool withheld;
	struct yw_bytes body;		/* into `decoded` */
	int64_t claimed_ms;		/* signed_at */
	uint64_t network_version;	/* by which the quorum was judged */
	bool by_registrar;		/* signed elsewhere, by a key that the log names (T13) */
	struct yw_pubkey registrar;	/* if so: that key; */
	uint64_t registrar_index;	/* the entry that names it; */
	uint32_t registrar_kinds;	/* what it may sign, a bit for each enum yw_kind */
	bool closed;			/* proven by the closing of its log (L10); what follows is of the beat that covers that */
	struct yw_closing closing;	/* if so */
	bool doubted;			/* by who closed its log (T6); "" the root keys */
	struct yw_jurisdiction doubted_by;
	bool logged;			/* by the network file, whose version this entry of a later log of the first node holds: */
	struct yw_entry_place logged_at;
	uint64_t beat_size;		/* 0 where no beat covers the closing */
	enum yw_quorum quorum;
	uint64_t existed_by_s;		/* quorum time; if met */
	uint64_t met_version;		/* NOT_MET: the newest older network file whose quorum it meets (T15); 0 none */
	bool met_when_seen;		/* NOT_MET: whoever made the file says that it has seen it met, at this time by the receipts: */
	uint64_t seen_s;
	struct yw_jurisdiction cut_by;	/* of one whose receipt was cut since, who did that (T12); "" the root keys */
	uint64_t owner_time_s;		/* 0 where no beat says by when the network file closed the log */
	bool has_not_before;
	uint64_t not_before_s;		/* quorum time of the foreign beat (R9) */
	struct yw_jurisdiction via[YW_CHAIN_LINKS_MAX + 1];
	size_t n_via;
	struct yw_evidence_roster rosters[YW_CHAIN_LINKS_MAX];	/* top down */
	size_t n_rosters;
	struct yw_beat_receipt receipts[64];
	size_t n_receipts;
	struct yw_buf decoded;
};

/*
 * Offline, from the network file alone.  The error names the line that fails.
 *
 * YW_EFORMAT / YW_ELIMIT	not in the canonical form
 * YW_ESIG			last line, signature, hash or proof
 * YW_EINVAL			well formed, but does not prove what it says; also "network versions N to M
 *				are needed"
 */
YW_CHECKED enum yw_code yw_evidence_verify(const struct yw_network *n, struct yw_bytes text,
    struct yw_evidence_verdict *out, struct yw_error *err);
void yw_evidence_verdict_release(struct yw_evidence_verdict *v);

/* --- A contradiction --- */

struct yw_contradiction {
	struct yw_bytes head_a, head_b;	/* signed notes; size a <= size b */
	struct yw_hash instead;		/* sizes differ: the root that the proof verifies in place of a's */
	struct yw_proof consistency;	/* from (size a, instead) to head b; empty where sizes are equal */
};

enum yw_contradiction_of {
	YW_CONTRADICTION_HEADS,		/* two heads of one log (L6) */
	YW_CONTRADICTION_NETWORK,	/* two network files of one version: of the root keys (T1) */
	YW_CONTRADICTION_ROSTER,	/* a roster that does not say what its log says: of the issuer (T11) */
	YW_CONTRADICTION_CLOSING	/* a closing, and a beat with quorum that contradicts its head: of the issuer (T7) */
};

struct yw_contradiction_verdict {
	enum yw_contradiction_of of;
	uint64_t version;		/* NETWORK: and the SHA-256 of the two texts */
	struct yw_hash text, twin;
	uint64_t roster, witness;	/* ROSTER: their indexes; equal where the roster alone shows it */
	char says[YW_ERROR_MAX];	/* ROSTER: what is wrong with it */
	struct yw_entry_place closing;	/* CLOSING: its place; of the log below, the head at which it ends that, and the beat */
	struct yw_jurisdiction closer;
	struct yw_tree_head end, beat;
	uint64_t quorum_time_s;		/* of the beat */
	struct yw_origin origin;	/* of all but NETWORK; what follows is of HEADS, but for `via` */
	struct yw_jurisdiction code;
	uint64_t size_a, size_b;
	struct yw_hash root_a, root_b, instead;
	struct yw_jurisdiction via[YW_CHAIN_LINKS_MAX + 1];
	size_t n_via;
};

/*
 * Do the two contradict (L6)?  Both heads by the keys of g valid at their sizes; sizes equal and roots
 * different, or a proof that verifies to head b from another root than a's.  YW_ESIG: a signature or the
 * proof fails, which proves nothing; YW_EINVAL: they agree.  `via` is left empty.
 */
YW_CHECKED enum yw_code yw_contradiction_check(const struct yw_generation *g, const struct yw_contradiction *c,
    struct yw_contradiction_verdict *out, struct yw_error *err);

YW_CHECKED enum yw_code yw_contradiction_make(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_contradiction *c, const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

/* T1, T11: the same of the root keys, and of the issuer whose log g is.  YW_ENOENT: none is held, or no beat covers it
 * yet; of a roster also where no single entry of its log shows it. */
YW_CHECKED enum yw_code yw_network_contradiction_make(const struct yw_trust *t, struct yw_buf *out, struct yw_error *err);
YW_CHECKED enum yw_code yw_roster_contradiction_make(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

/*
 * T7: what shows that a closing is void.  Both are of one log; where their sizes differ a proof leads to the larger one
 * from another root than the smaller one's.  YW_ENOENT: the closing stands in the network file, or no beat covers it yet.
 */
struct yw_void_closing {
	struct yw_closing_asked asked;	/* as yw_trust_asked() has it */
	struct yw_bytes beat;		/* a signed note with the receipts that make its quorum */
	struct yw_hash instead;
	struct yw_proof consistency;	/* from (the smaller size, instead) to the larger */
};
YW_CHECKED enum yw_code yw_closing_contradiction_make(const struct yw_trust *t, const struct yw_void_closing *c,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

/* Any of them. */
YW_CHECKED enum yw_code yw_contradiction_verify(const struct yw_network *n, struct yw_bytes text,
    struct yw_contradiction_verdict *out, struct yw_error *err);

#endif
