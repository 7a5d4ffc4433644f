/*
 * evidence_int.h - an evidence file taken apart, and the steps that both kinds share.
 */
#ifndef YW_TRUST_EVIDENCE_INT_H
#define YW_TRUST_EVIDENCE_INT_H

#include "record/sealed.h"
#include "trust/chain_int.h"
#include "trust/evidence.h"
#include "trust/trust_int.h"

#define YW_EVIDENCE_FIRST "yiwang-evidence/v1 "

struct evidence_codes {		/* sorted, each once */
	struct yw_jurisdiction c[YW_EVIDENCE_MIRRORS_MAX];
	uint32_t generation[YW_EVIDENCE_MIRRORS_MAX];	/* making: whose receipts are used; 0: the newest that is open */
	size_t n;
};

struct evidence_entry {			/* an envelope and the tlog-proof after it */
	struct yw_bytes envelope, proof;
	size_t line;
};

struct evidence_link {
	struct yw_bytes link;
	size_t line;
	bool has_roster;		/* of the log that the link is in */
	struct evidence_entry roster;
};

struct evidence_ending {		/* an entry that says that a log has ended */
	bool given;
	struct evidence_entry entry;
	struct evidence_link links[YW_CHAIN_LINKS_MAX + 1];	/* of the log that it is in, where nothing above leads there */
	size_t n_links;
};

struct evidence_mirror {
	struct yw_jurisdiction code;
	size_t line;
	struct evidence_link links[YW_CHAIN_LINKS_MAX + 1];
	size_t n_links;
	struct evidence_ending closing;	/* what ended its key (T12) */
};

struct evidence {			/* borrows from `decoded` */
	struct yw_bytes networks[YW_EVIDENCE_VERSIONS_MAX];
	size_t n_networks;
	struct evidence_link chain[YW_CHAIN_LINKS_MAX + 1];
	size_t n_chain;
	struct yw_buf decoded;

	/* a record */
	struct evidence_entry entry;
	struct evidence_ending closing;	/* in place of the beat (L10) */
	uint64_t ended;			/* the same of the first node: by this version of the network file; 0: it is not */
	struct evidence_ending logged;	/* the entry that holds that version */
	struct evidence_ending doubted;	/* beside a beat: the closing that doubts the entry (T6) */
	bool has_registrar;		/* who signed the entry, where that was not its owner (T13) */
	struct evidence_entry registrar;
	uint16_t item;
	struct yw_hash hash;
	bool has_foreign;
	struct evidence_entry foreign;
	struct evidence_mirror mirrors[YW_EVIDENCE_MIRRORS_MAX];
	struct evidence_codes by;	/* theirs */
	bool withheld;
	struct yw_bytes body;

	/* a contradiction */
	enum yw_contradiction_of of;
	struct yw_contradiction c;
	bool has_root;
	struct yw_bytes twin;		/* NETWORK */
	struct yw_bytes beat;		/* CLOSING: which is in `closing`; c.instead and c.consistency are between the two heads */
	bool has_witness;		/* ROSTER: which is in `entry` */
	struct evidence_entry witness;

	/* what judging finds */
	struct yw_ended endings[1 + YW_EVIDENCE_MIRRORS_MAX];	/* by closings in this file; one at most is the subject's */
	size_t n_endings;
	struct yw_trust *then;		/* with that of the subject; NULL: no such closing is in this file */
	struct yw_origin closer;	/* where `closing`, or `logged`, stands */
};

/* Checks the last line, then takes the others apart.  *out is given back by yw_evidence_free(). */
YW_CHECKED enum yw_code yw_evidence_read(struct yw_bytes text, enum yw_evidence_kind kind, struct evidence **out,
    struct yw_error *err);
void yw_evidence_free(struct evidence *e);

/* The walk from the carried network files to ours, and a registry that starts from all of them. */
YW_CHECKED enum yw_code yw_evidence_start(const struct yw_network *n, const struct evidence *e, struct yw_trust **out,
    struct yw_error *err);

/* The versions that are carried, of the network of `n`, each once; whether `n` is one of them is not asked. */
YW_CHECKED enum yw_code yw_evidence_carried(const struct yw_network *n, const struct evidence *e, struct yw_trust **out,
    struct yw_error *err);
/* Is `ours` one of those that were carried, or the next after them? */
YW_CHECKED enum yw_code yw_evidence_add_ours(struct yw_trust *t, const struct yw_network *ours, struct yw_error *err);

struct evidence_path {		/* from the first node down to the subject's log */
	struct yw_origin origin[YW_CHAIN_LINKS_MAX + 1];
	struct yw_jurisdiction code[YW_CHAIN_LINKS_MAX + 1];
	size_t n;
	bool has_root;			/* the first link holds key changes of the first node, and leads nowhere */
};

/* The subject's chain, fed to t.  *g: a copy of its end. */
YW_CHECKED enum yw_code yw_evidence_walk(struct yw_trust *t, const struct evidence *e, struct yw_generation *g,
    struct evidence_path *path, struct yw_error *err);
YW_CHECKED enum yw_code yw_evidence_link(struct yw_trust *t, const struct evidence_link *l, const char *issuer,
    struct yw_generation *out, struct yw_error *err);

/* --- Entries --- */

struct evidence_proved {
	struct yw_entry e;		/* released by the caller */
	uint64_t index;
	struct yw_bytes checkpoint;
	struct yw_beat_verdict beat;
	uint64_t covered;		/* of a closed log: the entry that this beat covers */
};

/* An applied entry of g's log, proven into a beat with the receipts of these and no others.  `signer`: a key beside the
 * log's own that may have signed it; NULL: none. */
YW_CHECKED enum yw_code yw_evidence_prove(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_witnesses *by, const struct evidence_entry *in, const struct yw_pubkey *signer, const char *what,
    struct evidence_proved *out, struct yw_error *err);
extern const struct yw_witnesses yw_evidence_nobody;
/* The mirrors of the file, by what is known of them so far. */
struct yw_witnesses yw_evidence_witnesses(const struct evidence *e);
/* evidenceclosed.c: what ends the log of the subject, if something is to stand for a beat (L10); *g: as that leaves it.  t
 * itself stays as it is with this and with mirrors' closings: what stands behind an end may have had its quorum (T7), which
 * no file shows. */
YW_CHECKED enum yw_code yw_evidence_end_subject(struct yw_trust *t, struct evidence *e, struct yw_generation *g,
    struct yw_error *err);

/* evidenceregistrar.c (T13) */
struct evidence_registrar {
	struct yw_pubkey key;
	uint64_t index;
	uint32_t kinds;
	struct yw_bytes checkpoint;
};
/* What a proven entry says of a registrar; releases it. */
YW_CHECKED enum yw_code yw_evidence_read_registrar(const struct evidence *e, struct evidence_proved *p,
    struct evidence_registrar *out, struct yw_error *err);
/* Is the subject one that this registrar could sign, below it and in the same head? */
YW_CHECKED enum yw_code yw_evidence_fits_registrar(const struct evidence *e, const struct evidence_registrar *r,
    const struct evidence_proved *subject, struct yw_error *err);

/* evidenceclosed.c: the subject's entry, proven into the head at which its log ended (L10), and the registrar's before it.
 * g: as yw_evidence_end_subject() has left it; out->beat is that which covers the closing, if one does. */
YW_CHECKED enum yw_code yw_evidence_prove_closed(const struct yw_trust *t, const struct evidence *e,
    const struct yw_generation *g, struct evidence_registrar *registrar, struct evidence_proved *out, struct yw_error *err);
static inline bool
evidence_is_closed(const struct evidence *e)
{
	return e->closing.given || e->ended != 0;
}

/* Each that is used has a chain, and what ended its key; from then on its receipts are told. */
YW_CHECKED enum yw_code yw_evidence_take_mirrors(struct yw_trust *t, struct evidence *e, struct yw_error *err);
/* A canonical beat: the head's line, the owner's, then so many receipts, each name once and rising. */
YW_CHECKED enum yw_code yw_evidence_check_lines(const struct yw_trust *t, struct yw_bytes beat, size_t receipts,
    struct yw_error *err);
/* evidenceclosed.c: the log that the entry is in, by its links and the beat it proves into. */
YW_CHECKED enum yw_code yw_evidence_closer(struct yw_trust *t, const struct evidence_ending *c, const char *what,
    struct yw_origin *out, struct yw_error *err);

/* closingfault.c: a closing and a beat with quorum of the log of g. */
YW_CHECKED enum yw_code yw_closing_contradiction_check(struct yw_trust *t, struct evidence *e,
    const struct yw_generation *g, struct yw_contradiction_verdict *out, struct yw_error *err);

/* rosterfault.c: does the roster, at its place, disagree with what else its log says?  *out: how. */
YW_CHECKED enum yw_code yw_roster_contradiction_check(struct yw_trust *t, const struct evidence *e,
    const struct yw_generation *g, struct yw_contradiction_verdict *out, struct yw_error *err);

/* --- Making --- */

/* Two lines: the envelope, and its proof into the beat with the receipts of these codes (NULL: of none). */
YW_CHECKED enum yw_code yw_evidence_add_entry(const struct yw_trust *t, const struct yw_generation *g, const char *word,
    struct yw_bytes envelope, uint64_t index, struct yw_bytes beat, const struct evidence_codes *by,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err);

YW_CHECKED enum yw_code yw_evidence_begin(const struct yw_trust *t, const char *kind, struct yw_buf *out,
    struct yw_error *err);

/* The codes whose receipts on this beat the quorum needs; and their chains. */
void yw_evidence_choose(const struct yw_trust *t, const struct yw_generation *g, const struct yw_beat_verdict *beat,
    struct evidence_codes *out);
struct evidence_given;
YW_CHECKED enum yw_code yw_evidence_add_mirrors(const struct yw_trust *t, const struct evidence_codes *by,
    const struct yw_log_reader *r, struct evidence_given *given, struct yw_buf *out, struct yw_error *err);

struct evidence_given {		/* generations to which the lines so far lead */
	const struct yw_generation *g[(YW_CHAIN_LINKS_MAX + 1) * 2 * (1 + YW_EVIDENCE_MIRRORS_MAX)];
	size_t n;
};
/* The closing at that place, proven into a beat of its log without receipts, and the links to that log. */
YW_CHECKED enum yw_code yw_evidence_add_closing(const struct yw_trust *t, const char *word, const struct yw_entry_place *at,
    const struct yw_log_reader *r, struct evidence_given *given, struct yw_buf *out, struct yw_error *err);

/* Links down to g that are not there yet, top down, each with the newest roster of its log, if `rosters` names
 * the codes whose receipts go with these (NULL: no rosters). */
YW_CHECKED enum yw_code yw_evidence_add_links(const struct yw_trust *t, const struct yw_generation *g,
    const struct evidence_codes *rosters, const struct yw_log_reader *r, struct evidence_given *given,
    struct yw_buf *out, struct yw_error *err);

YW_CHECKED enum yw_code yw_evidence_end(struct yw_buf *out, struct yw_error *err);	/* the last line */
/* Where two heads of different sizes part: the other root at the smaller one, and the proof from it. */
void yw_evidence_add_parting(const struct yw_hash *instead, const struct yw_proof *consistency, struct yw_buf *out);
/* Ends a contradiction file, judges it as whoever gets it will, and appends it to out; `made` is released, and with
 * another `code` than YW_OK that is all. */
YW_CHECKED enum yw_code yw_contradiction_end(const struct yw_trust *t, enum yw_code code, struct yw_buf *made,
    struct yw_buf *out, struct yw_error *err);

#endif
