/*
 * trust_int.h - the registry of trust.h from the inside: what is remembered of each log, and what it
 * comes to.
 *
 * Remembered are network files, statements, and what beats with quorum show; each is read by itself when
 * it comes (said.c).  Everything else is computed from them, code by code from the first node downwards,
 * and so never depends on the order between logs.  A code's issuers are all above it, so that each log is
 * complete before the logs that it gives:
 *
 *	delegations of the code in the logs above	-> its first key set (T3)
 *	closings of it there, beats with quorum		-> where it ends (T6, T7)
 *	its own log up to there, in order		-> key changes (T5), and which statements are placed
 *	then the same for its next generation		(T8, T9)
 *
 *	placed	the signer of the statement was valid there, and its log had not ended
 *	stands	it is placed, and nothing above or before it speaks against it
 *
 * The network files are read as one more log, without origin, whose index is the version.
 */
#ifndef YW_TRUST_TRUST_INT_H
#define YW_TRUST_TRUST_INT_H

#include <stdatomic.h>

#include "trust/trust.h"
#include "yiwang/v1/trust.pb-c.h"

struct said_consent {		/* a consent that a delegation carries with its proof */
	bool given;			/* something is carried as one */
	bool there;			/* it proves itself, as far as that needs no log */
	struct yw_origin origin;
	uint64_t index;
	struct yw_pubkey signer;
	struct yw_hash request;
	struct yw_checkpoint head;	/* the entry proves into it */
	struct yw_buf note;
};

struct said_closing {
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	struct yw_tree_head head;
	struct yw_buf note;		/* the head, or the larger one that leads to it; empty at size 0 */
	struct yw_checkpoint signed_head;	/* what it says */
	struct yw_buf reason;		/* cut to YW_ERROR_MAX; anything may stand in it */
	bool revoked, doubted;
	uint64_t doubted_from;
	struct yw_jurisdiction successor, next_issuer;
};

struct said_places {		/* of bodies that are lost, or erased */
	struct yw_jurisdiction code;	/* whose logs it speaks of */
	struct yw_own_place *places;	/* rising, each once; NULL once they are in the row of the log */
	size_t n;			/* 1 to YW_ABSENT_MAX */
	struct yw_own_place last;
};

struct said {			/* what an entry says: never changes, shared by copies */
	atomic_uint refs;
	struct yw_request request;	/* DELEGATION; KEY_CHANGE: of the delegation that it embeds */
	struct yw_hash hash;		/* of that SignedRequest; CONSENT: to this; with `file`: of its text */
	struct yw_buf signed_request;
	struct said_consent consent;	/* DELEGATION */
	char *name;			/* DELEGATION: of the jurisdiction; NULL none */
	struct yw_entry_place place;	/* KEY_CHANGE: where that delegation stands ... */
	struct yw_pubkey signer;	/* ... and who signed it */
	struct yw_buf file;		/* NETWORK_VERSION; KEY_CHANGE of the first node: the signed note */
	struct said_closing closing;
	struct yw_pubkey key;		/* REGISTRAR */
	uint32_t kinds;			/* REGISTRAR: a bit for each enum yw_kind; 0 ends the key */
	struct yw_jurisdiction holder;
	struct said_places absent;	/* LOST, ERASURE */
};

struct statement {		/* one trust entry of which something is remembered */
	uint64_t index;
	int64_t signed_at_ms;
	struct yw_pubkey signer;
	enum yw_trust_kind kind;
	struct said *said;	/* NULL: its kind is all that is asked for */
	bool placed;
	bool reused;		/* DELEGATION, REGISTRAR: a key of it stood in another use before (T2) */
	bool stands;		/* CLOSING, KEY_CHANGE, LOST, ERASURE */
	bool was_placed, was_reused, stood;	/* the same of the computation before */
	struct yw_pubkey head_by, asked_by;	/* head keys found to have signed the closing's head or the consent's,
						 * and the request: not to verify again, no answer in itself */
};

struct absent_place {
	uint64_t index, by;		/* of the statement in that log */
	uint32_t generation;
	uint16_t item;
	struct yw_jurisdiction code;	/* of the log's own, but for an erasure by who acts (T10) */
};

struct absent_row {		/* what the `lost` and `erasure` entries of a log name; never changes, shared by copies */
	atomic_uint refs;
	size_t n;
	struct absent_place p[];	/* by code and place, then statement */
};

struct heard_roster {		/* T11: a roster of which no more is remembered than whether it is true */
	uint64_t index;
	struct yw_pubkey signer;
	struct yw_hash text;
	bool placed;		/* as of a statement, when it was judged last */
	bool bad;		/* it is placed, and the log says something else */
};

struct fed_log {
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	struct statement *s;	/* by index; of rosters the newest by each key, between key changes */
	size_t n, cap;
	struct absent_row *absent;	/* NULL: nothing is declared lost or erased in it */
	uint64_t absent_moment;	/* of the newest computation in which that changed */
	struct heard_roster *rosters;	/* by index */
	size_t n_rosters, cap_rosters;
};

struct shared_network {		/* never changes; shared by copies */
	atomic_uint refs;
	struct yw_network n;
};

struct beat_facts {		/* what beats with quorum say of the head of a closing */
	struct yw_origin origin;
	struct yw_tree_head head;
	bool agrees, contradicts;
	struct yw_tree_head largest;	/* that extends it; size 0 none */
	struct yw_tree_head against;	/* the largest that contradicts it, or of one size the smallest root */
};

struct given_word {		/* of a generation, whose receipts count or do not (T12) */
	struct yw_jurisdiction code;
	uint32_t generation;
	struct yw_hash request;
	size_t n_spans;
	struct yw_pubkey newest;	/* cosigning key, of the last of them */
	bool open, revoked;
};

struct yw_trust {
	struct shared_network **networks;	/* rising versions */
	size_t n_networks;
	struct shared_network *twin;	/* another text of one of them, or NULL */
	uint64_t moment;		/* how often answers were computed */
	bool computing;			/* no reader looks on: what was found may be remembered in a statement */
	struct yw_origin unclosed;	/* of this generation no closing counts: key changes are checked behind one (T7) */
	bool partial;			/* a chain: only parts of logs are fed, each proven by itself (T16) */
	struct fed_log root;		/* the lines of the network files */
	struct fed_log *logs;		/* by origin */
	size_t n_logs;
	bool has_absent;		/* some of them hold statements that declare bodies lost, or erase them */
	struct yw_generation *generations;	/* by code, then generation */
	struct slot {			/* which these are, side by side: one is looked for far more often than another is added */
		struct yw_jurisdiction code;
		uint32_t generation;
	} *slots;
	size_t n_generations, cap_generations;
	struct given_word *words;	/* of the generations, as they were computed last */
	size_t n_words;
	uint64_t word_moment;		/* of the newest computation in which one of them changed */
	struct yw_hash *quorums;	/* requests whose generation had a beat with quorum */
	size_t n_quorums;
	struct beat_facts *facts;
	size_t n_facts;
	struct yw_closing_asked *asked;
	size_t n_asked;
};

/* --- said.c --- */

/* What is remembered of an entry.  YW_ENOENT: nothing; YW_ENOMEM; else it has no effect, and err says why. */
YW_CHECKED enum yw_code yw_said_read(const struct yw_trust *t, uint64_t index, const struct yw_entry *e,
    struct statement *out, struct yw_error *err);
/* A `first` (or `closing`) line of a network file. */
YW_CHECKED enum yw_code yw_said_request(struct yw_bytes signed_request, struct said **out, struct yw_error *err);
YW_CHECKED enum yw_code yw_said_closing(const struct yw_trust *t, struct yw_bytes closing, struct said **out,
    struct yw_error *err);
/* What a registrar statement says of itself: a sound key, kinds in their form. */
YW_CHECKED enum yw_code yw_registrar_words(const Yiwang__V1__Registrar *m, struct yw_pubkey *key, uint32_t *kinds,
    struct yw_error *err);
struct said *yw_said_share(struct said *s);	/* NULL is fine */
void yw_said_drop(struct said *s);

/* --- statements.c --- */

struct fed_log *yw_trust_fed(const struct yw_trust *t, const char *origin);
/* Puts a statement in its place; one that is there already stays.  Takes s->said on YW_OK with *fresh. */
YW_CHECKED enum yw_code yw_fed_put(struct fed_log *log, const struct statement *s, size_t *at, bool *fresh);
void yw_fed_release(struct fed_log *log);
YW_CHECKED enum yw_code yw_fed_copy(const struct fed_log *from, struct fed_log *to);	/* *to is a plain copy */
/* Statements from that index on go, with all that says what is absent; NULL is fine.  Answers are to be computed anew. */
void yw_fed_cut(struct fed_log *log, uint64_t from);

/* --- resolve.c --- */

/* Everything computed anew from what is remembered.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_recompute(struct yw_trust *t);
/* Statement `at`, the last of its log, computed by itself.  *done false: everything has to be computed anew. */
YW_CHECKED enum yw_code yw_trust_compute_last(struct yw_trust *t, struct fed_log *log, bool *done);

/* T3: does g's log, at this index, act for the issuer that is named? */
bool yw_trust_acts_for(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_jurisdiction *named);
/* Was this generation open where g's log stood at index? */
bool yw_trust_was_open(const struct yw_generation *of, const struct yw_generation *g, uint64_t index);
/* Is that place before this one, as far as anybody can tell?  Between logs of different codes nobody can. */
bool yw_trust_before(const struct yw_entry_place *p, const struct yw_generation *g, uint64_t index);
/* Why a delegation in the log of g (NULL: the network file) has no effect; YW_OK: it stands.  YW_ENOENT: it waits for
 * a closing or a consent. */
YW_CHECKED enum yw_code yw_trust_why_not(const struct yw_trust *t, const struct yw_generation *g, struct statement *s,
    struct yw_error *why);
/* Of the delegations of a key set that stand the one that counts; NULL: none.  *by: the log's generation, NULL for the
 * network file. */
YW_CHECKED enum yw_code yw_trust_choose(const struct yw_trust *t, const struct yw_jurisdiction *code,
    uint32_t generation, uint32_t key_set, struct statement **out, const struct yw_generation **by);

/* Where (code, generation) stands among the generations, or would stand. */
size_t yw_trust_slot(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation, bool *found);
struct yw_generation *yw_trust_find(const struct yw_trust *t, const struct yw_jurisdiction *code, uint32_t generation);

/* The log i of t, from 0: the network files first; *g: its generation.  False: that log is not attributable. */
static inline size_t
yw_trust_n_fed(const struct yw_trust *t)
{
	return t->n_logs + 1;
}
struct fed_log *yw_trust_fed_at(const struct yw_trust *t, size_t i, const struct yw_generation **g);

/* --- closing.c --- */

/* Has this head key of the log signed the note?  s: whose memory may save the work.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_head_by(const struct yw_trust *t, struct statement *s, struct yw_bytes note,
    const struct yw_pubkey *key, bool *good);
/* Marks the closings of g that stand, and ends g by the one that counts.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_close(struct yw_trust *t, struct yw_generation *g);
/* Why a closing in the log of `by` (NULL: the network file) does not stand against g. */
YW_CHECKED enum yw_code yw_trust_why_not_closing(const struct yw_trust *t, const struct yw_generation *by,
    struct statement *s, const struct yw_generation *g, struct yw_closing *out, struct yw_error *why);

/* --- consent.c --- */

/* Does a delegation in the log of g (NULL: the network file) carry, or the network file hold, the consent that its
 * recovery needs (T9)? */
YW_CHECKED enum yw_code yw_trust_consented(const struct yw_trust *t, const struct yw_generation *g,
    struct statement *s, struct yw_error *why);
/* The same where a chain is checked, which cannot show whether one is needed: YW_OK too where none is carried, or where
 * the chain does not lead to its log. */
YW_CHECKED enum yw_code yw_trust_consent_fits(const struct yw_trust *t, const struct yw_generation *g,
    struct statement *s, struct yw_error *why);
/* Is that consent held here, for a delegation that g's log may then carry? */
bool yw_trust_has_consent(const struct yw_trust *t, const struct yw_generation *g, const struct yw_hash *request);
/* Has the newest key of the generation before signed the request? */
YW_CHECKED enum yw_code yw_trust_asked_by_old(const struct yw_trust *t, const struct yw_generation *before,
    struct statement *s, bool *asked);

/* --- keyuse.c --- */

/*
 * T2: a statement that holds a key of r in another use, or the same use by another code, generation or key set.
 * With `g`, only what comes before entry `index` of its log; NULL: anything.  Gives NULL or what to say: "its head
 * key is the entry key of 320102" (in `out`).
 */
#define YW_REUSE_MAX 96
const char *yw_trust_reuse(const struct yw_trust *t, const struct yw_request *r, const struct yw_generation *g,
    uint64_t index, char out[static YW_REUSE_MAX]);
/* The same of a registrar's key of this code. */
const char *yw_trust_reuse_registrar(const struct yw_trust *t, const struct yw_pubkey *key,
    const struct yw_jurisdiction *owner, const struct yw_generation *g, uint64_t index, char out[static YW_REUSE_MAX]);

/* --- quorum.c --- */

struct yw_ended {		/* a generation that was closed, though a registry does not say so */
	struct yw_origin origin;
	struct yw_jurisdiction by;
};
struct yw_witnesses {		/* whose receipts are looked at */
	const struct yw_jurisdiction *codes;	/* NULL: everybody's */
	size_t n;
	const struct yw_ended *ended;
	size_t n_ended;
};
/* yw_trust_judge_beat(), but only receipts of these codes count, and those that were cut are told too (T12). */
YW_CHECKED enum yw_code yw_trust_judge_beat_by(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes beat, const struct yw_witnesses *w, struct yw_beat_verdict *out, struct yw_error *err);
/* After a computation: whose receipts count otherwise than before?  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_words_changed(struct yw_trust *t);
/* Of a beat of g's log that nobody has signed: NONE or NOT_MET. */
enum yw_quorum yw_trust_unwitnessed(const struct yw_trust *t, const struct yw_generation *g);

/* --- absent.c --- */

bool yw_says_absent(enum yw_trust_kind kind);
/* Does a statement of the log speak only of places of its own code that stand before it? */
bool yw_trust_looks_back(const struct fed_log *log, const struct statement *s);
#define YW_ACTING_INDEX_BITS 40
#define YW_ACTING_INDEX_MAX ((UINT64_C(1) << YW_ACTING_INDEX_BITS) - 1)	/* behind it nobody erases for another code */
/* T10: the newest generation of a code that is closed and merged into another, where g's log at this index acts for its
 * issuer; NULL: it does not. */
const struct yw_generation *yw_trust_merged_under(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_jurisdiction *code);
bool yw_trust_erases_for(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s);
void yw_trust_judge_acting(struct yw_trust *t);
/* The places of statement `at`, just put there, go into the row of its log: those of them that are not there yet.  YW_ENOMEM. */
YW_CHECKED enum yw_code yw_trust_keep_places(struct fed_log *log, size_t at);
/* After a computation: which rows count otherwise than before. */
void yw_trust_absent_changed(struct yw_trust *t);
struct absent_row *yw_absent_row_share(struct absent_row *r);	/* NULL is fine */
void yw_absent_row_drop(struct absent_row *r);

/* --- roster.c --- */

/*
 * T11: is it true?  As far as all that is known says, and not what was known when it came: what a log says of closings by who
 * acts for another may count only when that one's log is held too.
 */
YW_CHECKED enum yw_code yw_trust_hear_roster(struct fed_log *log, uint64_t index, const struct yw_pubkey *signer,
    struct yw_bytes roster, struct yw_error *err);
YW_CHECKED enum yw_code yw_trust_judge_rosters(const struct yw_trust *t, struct fed_log *log, uint64_t from, struct yw_error *err);
/* After a computation: those of logs of which something counts otherwise than before. */
YW_CHECKED enum yw_code yw_trust_rosters_changed(struct yw_trust *t);
/* What the next roster of g's log must say, serialised, if it stands at `index`. */
YW_CHECKED enum yw_code yw_trust_roster_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    struct yw_buf *out, struct yw_error *err);

/* --- versions.c --- */

/* The next version takes its place, if it follows; *n is taken on YW_OK. */
YW_CHECKED enum yw_code yw_trust_follow(struct yw_trust *t, struct yw_network *n, struct yw_error *err);
/* Of the network files that entries of the first node's log hold, those that follow now. */
YW_CHECKED enum yw_code yw_trust_follow_logged(struct yw_trust *t, bool *changed);
struct shared_network *yw_network_share(struct shared_network *s);
void yw_network_drop(struct shared_network *s);

/* --- trust.c --- */

/* The newest statement of g's log below index about a registrar's key, which may be that it is ended; NULL: none. */
const struct statement *yw_trust_registrar_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_pubkey *key);
/* A registry with the network files of `by` and nothing else, to be fed with what a chain proves (T16). */
YW_CHECKED enum yw_code yw_trust_new_partial(const struct yw_trust *by, struct yw_trust **out, struct yw_error *err);

#endif
