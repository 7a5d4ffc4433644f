/*
 * trust.h - which logs exist, whose they are, and which key was valid at which position.
 *
 * Pure: fed with the network files, with the trust entries of logs whose entries were verified up to there,
 * and with what beats with quorum show (T3, T7), it answers from what it was fed.  The answer never depends
 * on the order of feeding between logs (inside a log entries come in order): whatever comes late, a closing,
 * a key change, a consent, is as if it had been there from the start.
 *
 * Threads: the owner serialises calls that change it; answers are const and may run side by side.
 */
#ifndef YW_TRUST_TRUST_H
#define YW_TRUST_TRUST_H

#include <stddef.h>
#include <string.h>

#include "record/entry.h"
#include "tlog/checkpoint.h"
#include "tlog/proof.h"
#include "trust/network.h"

struct yw_trust;

struct yw_entry_place {
	struct yw_origin origin;
	uint64_t index;
};

struct yw_key_span {			/* one key set of a generation and where it holds (T5) */
	uint32_t key_set;
	struct yw_key_set_public keys;
	uint64_t from;			/* signs entries from this index on, and heads of larger sizes */
	uint32_t head_id, cosign_id;	/* of its verifier keys (tlog/note.h) */
};

struct yw_tree_head { uint64_t size; struct yw_hash root; };

struct yw_closing {			/* what ended a generation (T6) */
	struct yw_entry_place place;	/* origin "": a line of the network file of version `index` */
	struct yw_jurisdiction issuer;	/* by whose word; "" for the network file */
	struct yw_tree_head head;	/* where it says that the log ends; its branch is the one that counts */
	bool revoked;			/* the old keys' word counts for nothing any more */
	bool doubted;
	uint64_t doubted_from;		/* items from there on count, and are shown as doubted by `issuer` */
	struct yw_jurisdiction successor, next_issuer;	/* "" none */
	uint32_t key_set;		/* whose head key signed the head; 0 at size 0 */
	struct yw_pubkey head_key;
};

struct yw_generation {			/* one log, as trust sees it */
	struct yw_origin origin;
	struct yw_jurisdiction code;
	uint32_t generation;
	struct yw_jurisdiction issuer;	/* that its request names; "" for the first node */
	const char *name;		/* of the jurisdiction, by the delegation, where no table has its code; "" none.  Owned by trust */
	struct yw_entry_place delegation;	/* origin "": a line of the network file of version `index` */
	struct yw_hash request;		/* SHA-256 of the SignedRequest of its first key set */
	size_t n_spans;
	bool open;
	bool recovery;			/* the old head key did not ask for it, or was revoked (T9) */
	struct yw_jurisdiction consent;	/* recovery: in whose log the consent stands; "" the network file has it */
	bool needs_newer;		/* a trust entry of an unknown kind was met (B3) */
	struct yw_tree_head end;	/* closed: entries from end.size on count for nothing; the larger of the closing
					 * and of its largest beat with quorum (T7).  Open: UINT64_MAX */
	struct yw_closing closing;	/* if not open */
	uint64_t sure_to;		/* the least size at which a closing of it, in force or void, makes it end (T7).  UINT64_MAX: none */
	bool revoked;			/* so says the first closing of it, in force or void, below that in the log that admitted it (T7) */
	struct yw_jurisdiction revoked_by;	/* if so: who logged that one; "" the root keys */
	/* Where it is judged as if nobody had closed it (chain.h): of the codes whose receipts may count those that it admitted
	 * behind its end, or whom these did.  No registry has any.  They stand behind it in one piece of memory. */
	const struct yw_generation *admitted;
	size_t n_admitted;
	struct yw_key_span spans[YW_KEY_SETS_MAX];	/* last, and beyond n_spans never read: most logs have one key set */
};

/* Copies what is in use of it: a registry is copied at every change of trust. */
static inline void
yw_generation_copy(struct yw_generation *out, const struct yw_generation *g)
{
	memcpy(out, g, offsetof(struct yw_generation, spans) + g->n_spans * sizeof *g->spans);
}

/* Takes a deep copy of version 1 of the network file, already verified; later ones are added. */
YW_CHECKED enum yw_code yw_trust_new(const struct yw_network *network, struct yw_trust **out, struct yw_error *err);
void yw_trust_free(struct yw_trust *t);

/* A deep copy, for readers who must not wait for the writer; it may be freed in another thread. */
YW_CHECKED enum yw_code yw_trust_copy(const struct yw_trust *t, struct yw_trust **out, struct yw_error *err);

/* --- Network files (T1) --- */

/*
 * The next version of the network file: a signed note.  One that is held already changes nothing.  Its `first`,
 * `closing` and `consent` lines are in force from now on, whatever later versions leave out.
 *
 * YW_EINVAL	a jump ("network versions 3 to 4 are needed"), or it does not follow the version before
 * YW_ESIG	not signed by enough root keys of both
 * YW_ECONFLICT	another text of a version that is held, with its thresholds: the root keys contradict
 *		themselves.  Both are kept, the one that was here first goes on counting
 * YW_EFORMAT, YW_ELIMIT, YW_ENOMEM
 */
YW_CHECKED enum yw_code yw_trust_add_network(struct yw_trust *t, struct yw_bytes note, struct yw_error *err);
const struct yw_network *yw_trust_network(const struct yw_trust *t);	/* the newest */
size_t yw_trust_n_networks(const struct yw_trust *t);
const struct yw_network *yw_trust_network_at(const struct yw_trust *t, size_t i);	/* rising versions: for handing out */
/* The other file of a version that is held (YW_ECONFLICT above), or NULL. */
const struct yw_network *yw_trust_network_twin(const struct yw_trust *t);

/* The code of the first node: of the `first` lines of the newest version that has any. */
const struct yw_jurisdiction *yw_trust_first(const struct yw_trust *t);
/* The oldest later version that no `network_version` of the first node's logs has, which its newest open log says next;
 * NULL: none. */
const struct yw_network *yw_trust_network_unlogged(const struct yw_trust *t);

/* --- Feeding --- */

/*
 * Feeds trust entry `index` of a log, whoever signed it: whether that key was valid there is judged here, and
 * may turn out later.  e has standing "applied" or is of a kind that is not known (B3: then its log
 * needs_newer).  The same place again changes nothing.  Entries that have no effect, a key in two uses, two
 * issuers of one generation, a roster that disagrees with its log (T11), a network file that contradicts
 * another are no error: *alarm then holds the sentence (msg[0] 0: none).  YW_ENOMEM only; the registry is
 * then good for nothing but yw_trust_free().
 */
YW_CHECKED enum yw_code yw_trust_add(struct yw_trust *t, const struct yw_origin *origin, uint64_t index,
    const struct yw_entry *e, struct yw_error *alarm);

/*
 * A beat with quorum was seen of the generation that this request opened (SHA-256 of its SignedRequest):
 * from now on no other issuer's delegation voids it (T3).  Whoever has seen one must say so again to each
 * new registry.  YW_ENOMEM, as above.
 */
YW_CHECKED enum yw_code yw_trust_add_quorum(struct yw_trust *t, const struct yw_hash *request);

/*
 * T7: how the beats with quorum stand to the head at which a closing ends that log.  Trust has no trees, so it asks:
 * yw_trust_asked() names the heads, whoever holds entries or proofs answers with all the quorum beats that it holds of
 * that origin, in any order.  What was said of that head before is forgotten; it holds for the head, whichever closing
 * names it.  Like quorums it must be said again to each new registry.
 */
enum yw_beat_relation {
	YW_BEAT_EXTENDS,	/* of the same size and root, or larger with the head as its prefix */
	YW_BEAT_AGREES,		/* smaller and a prefix of the head, where one that contradicts the head contradicts this one
				 * too: of the two branches that had their quorum the closing is on this one's */
	YW_BEAT_CONTRADICTS	/* neither it nor the head is a prefix of the other: a fork of the log */
};
struct yw_beat_said {
	struct yw_tree_head beat;
	enum yw_beat_relation relation;
};
YW_CHECKED enum yw_code yw_trust_say_beats(struct yw_trust *t, const char *origin, const struct yw_tree_head *closing,
    const struct yw_beat_said *said, size_t n);

/* What was said so by beats that may not stand any more, since keys were revoked (T12), is forgotten: it is asked anew.
 * YW_ENOMEM, as above. */
YW_CHECKED enum yw_code yw_trust_forget_beats(struct yw_trust *t);

/* T6: the signed head in the closing in force of g, at the size where it ends or a larger one that leads there; what it
 * says in *head.  Empty, and size 0: g is open, or ends at no entries. */
struct yw_bytes yw_trust_closing_note(const struct yw_trust *t, const struct yw_generation *g, struct yw_tree_head *head);

/* The reason that it gives, as one safe line, cut where it is longer; "" where g is open. */
void yw_trust_closing_reason(const struct yw_trust *t, const struct yw_generation *g, char out[static YW_ERROR_MAX]);

struct yw_closing_asked {			/* a closing that stands, void or not */
	struct yw_origin origin;	/* of the log that it ends */
	struct yw_tree_head head;
	struct yw_tree_head signed_head;	/* that it embeds: this one, or a larger one that leads there */
	struct yw_entry_place place;	/* of the closing */
	bool is_void;			/* T7: a beat with quorum contradicts it; the pair speaks against the issuer */
	struct yw_tree_head beat;	/* that one; if is_void */
};
size_t yw_trust_n_asked(const struct yw_trust *t);
const struct yw_closing_asked *yw_trust_asked(const struct yw_trust *t, size_t i);

/* --- Answers --- */

/* Rises whenever an answer may have become another: until then what was asked need not be asked again. */
uint64_t yw_trust_moment(const struct yw_trust *t);
/* The newest moment at which receipts that were judged before may count otherwise (T12): somebody's log was closed, or opened
 * again, its keys were revoked, one of them was taken back, or it is not there any more or another one's. */
uint64_t yw_trust_word_moment(const struct yw_trust *t);
/* t is new, and will be asked in place of `before`: its moments come after those. */
void yw_trust_replace(struct yw_trust *t, const struct yw_trust *before);

/* The generation with this origin, or NULL: not attributable.  Valid until the next yw_trust_add. */
const struct yw_generation *yw_trust_origin(const struct yw_trust *t, const char *origin);
/* The newest open generation of a code, or NULL. */
const struct yw_generation *yw_trust_open(const struct yw_trust *t, const struct yw_jurisdiction *code);
/* The newest open generation of a code, if this is its session key, or NULL.  The code is asked for because
 * a session key proves nothing until a handshake: anybody may put another's into a request (T2). */
const struct yw_generation *yw_trust_by_session(const struct yw_trust *t, const struct yw_jurisdiction *code,
    const struct yw_dh_public *key);
size_t yw_trust_count(const struct yw_trust *t);
const struct yw_generation *yw_trust_at(const struct yw_trust *t, size_t i);	/* sorted by code, generation */

/* Which key set signs entry `index` / a head of `size` leaves (T5)?  Never NULL. */
const struct yw_key_set_public *yw_generation_entry_keys(const struct yw_generation *g, uint64_t index);
const struct yw_key_set_public *yw_generation_head_keys(const struct yw_generation *g, uint64_t size);
const struct yw_key_set_public *yw_generation_newest_keys(const struct yw_generation *g);
/* The verifier keys of a key set of g: that of heads, and that of cosignatures. */
void yw_span_head_vkey(const struct yw_generation *g, const struct yw_key_span *s, struct yw_vkey *out);
void yw_span_cosign_vkey(const struct yw_trust *t, const struct yw_generation *g, const struct yw_key_span *s,
    struct yw_vkey *out);
const struct yw_key_span *yw_generation_head_span(const struct yw_generation *g, uint64_t size);

/* Does t know this generation, open or closed: the same log, opened by the same request? */
bool yw_trust_has(const struct yw_trust *t, const struct yw_generation *g);

/* T5: the key sets that were delegated to g and that its log, as far as it was fed, has not taken over; rising. */
size_t yw_trust_delegated_keys(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_key_set_public out[static YW_KEY_SETS_MAX]);

/* Does this key set, which a chain led to, speak for the node now: not one that was rotated out, nor of a log that is
 * closed?  One that is not known here yet is newer. */
bool yw_generation_speaks(const struct yw_generation *g, const struct yw_key_set_public *keys);

/*
 * T5: a head of `size` is by a key set that was rotated out, and a beat with quorum of quorum_size stands beyond
 * the rotation: if the head contradicts that beat it is kept and alarms, but freezes nothing.
 */
bool yw_generation_outlived(const struct yw_generation *g, uint64_t size, uint64_t quorum_size);

/* From which index on do two states of one generation judge entries differently (other keys, another end, T5 to T7)?
 * UINT64_MAX: nowhere.  What was worked out from there on must be worked out anew. */
uint64_t yw_generation_parts_at(const struct yw_generation *a, const struct yw_generation *b);

/*
 * May this key sign an item of that kind ("contract") at this index of g's log (B7, T5, T13)?  `kind` NULL: may it
 * sign records of any kind there?  False from the end of the generation on.
 */
bool yw_trust_may_sign(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_pubkey *signer, const char *kind);

/* T13: the registrars of g's log that may sign now, in the order in which they were named first; how many there are, of
 * whom at most max are written. */
struct yw_registrar {
	struct yw_pubkey key;
	uint64_t index;			/* of the statement that holds */
	uint32_t kinds;			/* a bit for each enum yw_kind */
};
size_t yw_trust_registrars(const struct yw_trust *t, const struct yw_generation *g, struct yw_registrar *out, size_t max);

/*
 * V6: a body that its owner has declared lost, or erased.  A `lost` or `erasure` entry speaks of places of its own code's logs
 * that stand before it: in its own log, or in that of an older generation.  An erasure may also stand in the log of who acts
 * for the issuer of a code that was merged into another (T10).
 */
struct yw_own_place {			/* of a record, in one of the logs of a code */
	uint32_t generation;
	uint64_t index;
	uint16_t item;
};
int yw_own_place_compare(const struct yw_own_place *a, const struct yw_own_place *b);

struct yw_absent_body {
	struct yw_own_place place;
	bool erased;			/* an erasure goes before a loss */
	struct yw_entry_place by;	/* the first entry that says so */
	uint32_t by_generation;
	int64_t said_at_ms;		/* that entry's time, a claim */
};
/* Is the body at this place of g's log declared lost, or erased?  *out, which may be NULL, is set if it is. */
bool yw_trust_absent_at(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, uint16_t item,
    struct yw_absent_body *out);
/* All of g's log, rising, each once; as long as t does not change. */
struct yw_absent_walk {
	const struct yw_trust *t;
	const struct yw_generation *g;
	size_t at, end;			/* the logs that may speak of it are among these */
	struct yw_own_place from;
	bool over;
};
struct yw_absent_walk yw_trust_absent_walk(const struct yw_trust *t, const struct yw_generation *g);
bool yw_trust_absent_next(struct yw_absent_walk *w, struct yw_absent_body *out);	/* false: that was all */
/* The newest moment at which that was, or may have been, something else; 0: never was anything declared. */
uint64_t yw_trust_absent_moment(const struct yw_trust *t, const struct yw_generation *g);

/*
 * Where an erasure stands among what was said of its ids (V6): by generation of the code and by order, which is the index of
 * the entry, or above all of them where it stands in another log (T10).
 */
struct yw_erased_at {
	struct yw_jurisdiction code;	/* whose ids */
	uint32_t generation;
	uint64_t order;
};
/* The newest moment at which what g's log says of absent bodies counted otherwise than before; 0: it says nothing. */
uint64_t yw_trust_said_moment(const struct yw_trust *t, const struct yw_generation *g);
/* Has the erasure at this index of g's log its effect? */
bool yw_trust_erasure_stands(const struct yw_trust *t, const struct yw_generation *g, uint64_t index, struct yw_erased_at *out);
uint64_t yw_erased_by(uint64_t order);	/* the index of its entry */

/* V4: who else keeps the restricted bodies of g's log: whom its newest `holder` names, or that of a later generation of its
 * code, which speaks of the logs before it too. */
struct yw_holder {
	struct yw_jurisdiction code;	/* "" nobody */
	struct yw_entry_place place;	/* of that statement; origin "": there is none */
};
void yw_trust_holder(const struct yw_trust *t, const struct yw_generation *g, struct yw_holder *out);

/* T3: through which log does the issuer `named` act now: its newest open generation, else that of the nearest code
 * above which has one.  NULL: nobody but the network file. */
const struct yw_generation *yw_trust_acting(const struct yw_trust *t, const struct yw_jurisdiction *named);

/* Was there a roster of g's log (T11) that did not say what the log says?  *index: its place. */
bool yw_trust_roster_fault(const struct yw_trust *t, const struct yw_generation *g, uint64_t *index);

/* T11: is a roster of g's log due: something changed since its newest one, or that one is a week old at now_ms? */
#define YW_ROSTER_EVERY_MS (INT64_C(7) * 24 * 3600 * 1000)
bool yw_trust_roster_due(const struct yw_trust *t, const struct yw_generation *g, int64_t now_ms);

/* T4: is this a valid entry 0 of g's log?  YW_EINVAL with the reason. */
YW_CHECKED enum yw_code yw_trust_judge_genesis(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_entry *e, struct yw_error *err);

/*
 * --- Before logging: would this statement, as the next entry of g's log, have its effect?
 *
 * YW_EINVAL / YW_ECONFLICT / YW_ENOENT (something must come first) with the reason a person can act on.  Each
 * maker appends a serialised Trust statement for the writer to append, and makes nothing that its judge refuses.
 */

/* A request (T2, T3, T8, T9).  YW_ENOENT: it is a recovery, and no consent is held.  *out holds what it says whatever the
 * verdict, wherever it could be read; else it is left as it was. */
YW_CHECKED enum yw_code yw_trust_judge_admission(const struct yw_trust *t, const struct yw_generation *issuer,
    struct yw_bytes signed_request, struct yw_request *out, struct yw_error *err);

/* T14: is this the request for the next generation of a log, signed by the old head key, whose word still counts: one of
 * which a node keeps a bounded copy until delegation and closing settle it? */
bool yw_trust_is_next(const struct yw_trust *t, struct yw_bytes signed_request, struct yw_request *out);

/* The log that a request opens, as its owner has it before anybody has granted that (T8): open, and signed by the keys of
 * the request.  YW_EINVAL: it opens none. */
YW_CHECKED enum yw_code yw_trust_claim(const struct yw_trust *t, struct yw_bytes signed_request, struct yw_generation *out,
    struct yw_error *err);

/* Appends the SignedRequest that a genesis holds (T4), whatever it is worth.  YW_EINVAL: it is none, or holds none. */
YW_CHECKED enum yw_code yw_trust_genesis_request(const struct yw_entry *e, struct yw_buf *out, struct yw_error *err);

/*
 * The heads of other logs that a statement embeds (B8: closing, foreign_beat, a later genesis, the consent of a recovery, the
 * closings of a network file), that a network file holds itself, or a chain: as signed notes that nobody has checked.  What
 * `take` returns ends it, and is returned; else YW_OK or YW_ENOMEM.
 */
struct yw_head_taker {
	enum yw_code (*take)(void *arg, struct yw_bytes note, struct yw_error *err);
	void *arg;
};
YW_CHECKED enum yw_code yw_trust_embedded(const struct yw_trust *t, const struct yw_entry *e, const struct yw_head_taker *to,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_trust_embedded_file(const struct yw_trust *t, struct yw_bytes file, const struct yw_head_taker *to,
    struct yw_error *err);
YW_CHECKED enum yw_code yw_trust_embedded_chain(const struct yw_trust *t, struct yw_bytes chain, const struct yw_head_taker *to,
    struct yw_error *err);

YW_CHECKED enum yw_code yw_trust_make_genesis(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes signed_request, struct yw_buf *out, struct yw_error *err);
/* The same of a later generation; last_head: the last signed head of the one before, or empty if it cannot be had. */
YW_CHECKED enum yw_code yw_trust_make_reopening(const struct yw_generation *g, struct yw_bytes signed_request,
    struct yw_bytes last_head, struct yw_buf *out, struct yw_error *err);
/* A delegation, serialised as Trust, with what the jurisdiction is called: one line of at most YW_CALLED_NAME_MAX bytes. */
YW_CHECKED enum yw_code yw_trust_name_delegation(struct yw_bytes delegation, const char *name, struct yw_buf *out,
    struct yw_error *err);

/* A delegation that needs no consent; for a recovery see yw_recovery_make() in chain.h. */
YW_CHECKED enum yw_code yw_trust_make_delegation(struct yw_bytes signed_request, struct yw_buf *out,
    struct yw_error *err);
/* A neighbour's beat with quorum: what follows in this log is not older than it (R9). */
YW_CHECKED enum yw_code yw_trust_make_foreign_beat(struct yw_bytes beat, struct yw_buf *out, struct yw_error *err);
/* A later version of the network file (T1), which t holds. */
YW_CHECKED enum yw_code yw_trust_make_network_version(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes note, struct yw_buf *out, struct yw_error *err);
/* Everything open that g answers for, and what was closed since its previous roster (T11). */
YW_CHECKED enum yw_code yw_trust_make_roster(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_buf *out, struct yw_error *err);

/* Closing (T6).  A head of exactly `size` in `head`; or, where the owner signed none, a larger one in larger_head, the
 * root at `size` and the proof from there.  At size 0 nothing of these. */
struct yw_closing_draft {
	struct yw_origin origin;
	uint64_t size;
	struct yw_bytes head, larger_head;	/* signed notes */
	struct yw_hash root;			/* with larger_head */
	struct yw_proof consistency;		/* with larger_head */
	bool revoked;
	const char *reason;			/* for people, not empty */
	struct yw_jurisdiction successor, next_issuer;	/* "" none */
	bool doubted;
	uint64_t doubted_from;
};
YW_CHECKED enum yw_code yw_trust_make_closing(const struct yw_trust *t, const struct yw_generation *issuer,
    const struct yw_closing_draft *d, struct yw_buf *out, struct yw_error *err);
/* The same for the first node: the serialised Closing of a `closing` line (T1). */
YW_CHECKED enum yw_code yw_trust_make_closing_line(const struct yw_trust *t, const struct yw_closing_draft *d,
    struct yw_buf *out, struct yw_error *err);

/* What such a line says, for people: each text one safe line.  YW_EFORMAT. */
struct yw_closing_words {
	struct yw_origin origin;
	uint64_t size;
	bool revoked;
	char reason[YW_ERROR_MAX];	/* cut where it is longer */
};
YW_CHECKED enum yw_code yw_closing_line_read(struct yw_bytes line, struct yw_closing_words *out, struct yw_error *err);

/* Consent (T9), in the log of g, to a recovery that one of the issuers below it may then delegate. */
YW_CHECKED enum yw_code yw_trust_make_consent(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes signed_request, struct yw_buf *out, struct yw_error *err);

/* Rotation (T5), in g's log by its newest key: the delegation of a higher key set, as the issuer logged it; for the
 * first node (envelope empty) the newest network file.  A roster and a head by the new keys belong into the same
 * commit. */
YW_CHECKED enum yw_code yw_trust_make_key_change(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes envelope, const struct yw_entry_place *place, struct yw_buf *out, struct yw_error *err);

/* Before that: where is a higher key set of g with these keys delegated, so that it counts (origin "": by the network
 * file)?  YW_ENOENT: nowhere yet.  And the number of the key set to ask for next. */
YW_CHECKED enum yw_code yw_trust_find_keys(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_key_set_public *keys, struct yw_entry_place *out);
uint32_t yw_trust_next_key_set(const struct yw_trust *t, const struct yw_generation *g);

/* Registrar (T13): `kinds` sorted; none ends the key. */
YW_CHECKED enum yw_code yw_trust_make_registrar(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_pubkey *key, const char *const *kinds, size_t n_kinds, struct yw_buf *out, struct yw_error *err);
/* Lost (V6), in g's log: 1 to YW_ABSENT_MAX places of the logs of its code, rising, each once, none declared lost before. */
YW_CHECKED enum yw_code yw_trust_make_lost(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_own_place *places, size_t n, struct yw_buf *out, struct yw_error *err);
/*
 * Erasure (V6), in g's log, of one id: 1 to YW_ABSENT_MAX places, rising, each once, of logs of the code in the id, which is
 * g's, or one for which g acts (T10).  YW_EDENIED: it does not.  Reason and basis are words for people, neither empty.
 */
struct yw_erasure_draft {
	const char *id, *reason, *basis;
	const struct yw_own_place *places;
	size_t n;
};
YW_CHECKED enum yw_code yw_trust_make_erasure(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_erasure_draft *d, struct yw_buf *out, struct yw_error *err);
/* May entry `index` of g's log erase, or answer for, what is of this code: its own, or one for which g acts (T10)? */
bool yw_trust_speaks_for(const struct yw_trust *t, const struct yw_generation *g, uint64_t index,
    const struct yw_jurisdiction *code);
/* May g's log do so as its next entry?  YW_EDENIED. */
YW_CHECKED enum yw_code yw_trust_judge_eraser(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_jurisdiction *code, struct yw_error *err);
/* What an erasure says, whatever it is worth: `each` is given what are ids of it, in order and numbered; reason and basis as one safe
 * line each, cut where they are longer.  Either may be NULL.  YW_EINVAL: it is none. */
struct yw_erasure_words {
	char reason[YW_ERROR_MAX], basis[YW_ERROR_MAX];
};
YW_CHECKED enum yw_code yw_erasure_read(const struct yw_entry *e, void (*each)(void *arg, const char *id, uint16_t n),
    void *arg, struct yw_erasure_words *words, struct yw_error *err);
/* Holder (V4); code "": nobody any more. */
YW_CHECKED enum yw_code yw_trust_make_holder(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_jurisdiction *code, struct yw_buf *out, struct yw_error *err);

/* --- Quorum (T15) --- */

/* The key of a code's receipts: "<network>/<code>/cosign" (B9). */
YW_CHECKED enum yw_code yw_cosign_vkey(const char *network, const struct yw_jurisdiction *code,
    const struct yw_pubkey *cosign, struct yw_vkey *out);
/* And back: whose receipts have that name, in this network?  False for any other name. */
bool yw_trust_cosigner(const struct yw_trust *t, struct yw_bytes name, struct yw_jurisdiction *out);

/*
 * Judges a beat of g's log: verifies head, owner's cosignature and each receipt by a cosigning key of an
 * open generation; receipts by unknown keys are skipped, a bad one by a known key refuses the beat, and
 * the owner's own never counts.  YW_ESIG, YW_EINVAL (of another log), YW_EFORMAT, YW_ELIMIT, YW_ENOMEM.
 */
struct yw_beat_verdict {
	struct yw_checkpoint head;
	uint64_t owner_time_s;		/* the owner's cosignature: dates the beat, never counts */
	enum yw_quorum quorum;		/* by the newest network file */
	uint64_t quorum_time_s;		/* smallest t such that receipts with time <= t meet it; if MET */
	uint64_t met_version;		/* NOT_MET: the newest older version that it meets; 0 none */
	struct yw_beat_receipt {
		struct yw_jurisdiction code;
		uint32_t generation;
		uint64_t earliest_s, newest_s;
		bool cut;		/* by a generation that is closed or revoked, and so counts no more (T12); evidence alone asks for such */
		struct yw_jurisdiction cut_by;	/* if so: who did that; "" the root keys */
		bool revoked;		/* if so: its keys' word counts for nothing any more (T6) */
	} receipts[64];
	size_t n_receipts;		/* sorted by code */
	bool met_when_seen;		/* NOT_MET: with those that are cut it would be, at that time */
	uint64_t seen_s;
	struct yw_jurisdiction cut_by;	/* as one of them says */
	bool stands;			/* it has a quorum, or had one: by an older network file (T15), or with receipts of generations that
					 * were ended since (T12), and not revoked: what closes the log cannot go against it (T7) */
	bool stood;			/* the same with receipts of those that were revoked: keys that were rotated out cannot (T5) */
};
YW_CHECKED enum yw_code yw_trust_judge_beat(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes beat, struct yw_beat_verdict *out, struct yw_error *err);
/* The same of a note that grew: lines that `before`, of the same text, had when it was judged are not verified again. */
YW_CHECKED enum yw_code yw_trust_judge_more(const struct yw_trust *t, const struct yw_generation *g,
    struct yw_bytes beat, struct yw_bytes before, struct yw_beat_verdict *out, struct yw_error *err);
/* The same of one that is parsed: its lines that are marked sound are not verified again. */
YW_CHECKED enum yw_code yw_trust_judge_note(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_note *note, struct yw_beat_verdict *out, struct yw_error *err);

/* How fresh its quorum is: the largest t such that receipts with time >= t, the newest of each, meet the newest network
 * file's; 0: all do not. */
uint64_t yw_trust_quorum_fresh(const struct yw_trust *t, const struct yw_generation *g, const struct yw_beat_verdict *v);

/* The newest generation of `code`, open or closed, that has this cosigning key, by its id, or of those that `log` admitted
 * (NULL: none); *span: in which key set.  NULL, as then *span: no such key is known. */
const struct yw_generation *yw_trust_cosign_key(const struct yw_trust *t, const struct yw_generation *log,
    const struct yw_jurisdiction *code, uint32_t id, const struct yw_key_span **span);

/* T12: is that line of a beat a receipt by a generation that is closed, and so counts for no quorum?  *by: who closed it,
 * "" the root keys. */
bool yw_trust_receipt_cut(const struct yw_trust *t, const struct yw_note_sig *s, struct yw_jurisdiction *by);

/* Does the code's receipt on g's beats travel (R5: of the quorum's codes and of the log's ancestors)? */
bool yw_trust_receipt_travels(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_jurisdiction *code);
/* Or did it by an older network file?  Those that are there are kept and passed on: of a beat that only meets that one's quorum
 * a verdict names its version (T15). */
bool yw_trust_receipt_kept(const struct yw_trust *t, const struct yw_generation *g, const struct yw_jurisdiction *code);

#endif
