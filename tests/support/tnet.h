/*
 * tnet.h - a small network in memory for tests: keys from labels, a signed network file, logs with
 * genesis, delegations, rosters and records, beats with receipts, and a reader over them.
 *
 * Everything is deterministic: the same calls give the same bytes.  What fails here ends the test case.
 */
#ifndef YW_TESTS_SUPPORT_TNET_H
#define YW_TESTS_SUPPORT_TNET_H

#include "trust/evidence.h"

/* SHA-256("yiwang vector <label>"): as the published vectors draw their seeds. */
void yw_tnet_seed(const char *label, struct yw_seed *out);
void yw_tnet_keys(const char *label, struct yw_key_set *out);
void yw_tnet_root_key(const char *label, struct yw_seckey *sec, struct yw_pubkey *pub);

struct yw_tlog {			/* one node of the network and its log */
	struct yw_tnet *net;
	struct yw_jurisdiction code, issuer;
	uint32_t generation, key_set;
	struct yw_origin origin;
	struct yw_key_set keys;		/* yw_tnet_keys(code); its newest */
	struct yw_buf request;		/* its SignedRequest */
	uint64_t delegation;		/* where the issuer logged it */
	struct yw_buf *entries;		/* envelopes */
	struct yw_hash *leaves;
	size_t n, cap;
	struct yw_buf beat;		/* the newest: signed note */
	struct yw_checkpoint beat_head;
};

struct yw_tnet {
	struct yw_network network;	/* version 1, signed by yw_tnet_root_key("root") */
	struct yw_tlog *logs;		/* in the order given, then later generations */
	size_t n_logs;
	struct yw_trust *trust;		/* fed with every trust entry as it is appended */
	struct yw_error alarm;		/* of the last one fed */
};

/*
 * A network of these codes.  The first is the first node; the issuer of every other one is the nearest
 * code above it that stands before it.  Delegations, rosters and geneses are logged.
 */
struct yw_tnet *yw_tnet_new(const char *name, const char *const *codes, size_t n, const char *policy_lines);
void yw_tnet_free(struct yw_tnet *t);

struct yw_tlog *yw_tnet_log(struct yw_tnet *t, const char *code);
const struct yw_generation *yw_tnet_generation(struct yw_tnet *t, const char *code);

/* A request of `code` to `issuer` ("" none) with the keys of `label`. */
void yw_tnet_request(const struct yw_tnet *t, const char *code, const char *issuer, const char *label,
    struct yw_buf *out);

/* Appends; gives the index.  signed_at is YW_TNET_TIME_MS plus the index. */
#define YW_TNET_TIME_MS INT64_C(1700000000000)
uint64_t yw_tnet_add_trust(struct yw_tlog *l, struct yw_bytes trust);
uint64_t yw_tnet_add_delegation(struct yw_tlog *l, struct yw_bytes signed_request);
uint64_t yw_tnet_add_bodies(struct yw_tlog *l, const struct yw_bytes *bodies, size_t n);
/* T13: the log names that key for contracts, or ends it; and what it signs there. */
uint64_t yw_tnet_add_registrar(struct yw_tlog *l, const struct yw_pubkey *key, bool ends);
uint64_t yw_tnet_add_bodies_by(struct yw_tlog *l, const struct yw_key_set *by, const struct yw_bytes *bodies, size_t n);
uint64_t yw_tnet_add_future(struct yw_tlog *l);		/* a trust entry of a kind that is not known */
uint64_t yw_tnet_add_envelope(struct yw_tlog *l, struct yw_bytes envelope);	/* as it is; not fed */

/* An entry of that log over one body, unconditional and internal, signed by any key: for _add_envelope(). */
void yw_tnet_seal(const struct yw_tlog *l, const struct yw_key_set *by, struct yw_bytes body, struct yw_buf *envelope);

void yw_tlog_release(struct yw_tlog *l);		/* of one that belongs to no network of these */

void yw_tnet_root(const struct yw_tlog *l, uint64_t size, struct yw_hash *out);

/* --- The life of keys (T1, T5 to T9) --- */

struct yw_tasked {		/* a request by the keys of `label` */
	const char *code, *issuer, *label;
	uint32_t generation, key_set;
	const struct yw_seckey *old_head;	/* signs too; NULL: it does not */
};
void yw_tnet_ask(const struct yw_tnet *t, const struct yw_tasked *a, struct yw_buf *out);

/* Delegation and roster by `by`, key change and roster in l, which goes on with the keys of `label`.  The first node
 * rotates by a network file: `by` NULL.  Gives the index of the key change. */
uint64_t yw_tnet_rotate(struct yw_tlog *l, struct yw_tlog *by, const char *label);
/* Only the delegation and the roster; the request in *request. */
uint64_t yw_tnet_delegate_next_keys(struct yw_tlog *l, struct yw_tlog *by, const char *label, struct yw_buf *request);
/* The key change by which l takes over the key set that entry `index` of by's log delegates; l->keys stay. */
uint64_t yw_tnet_add_key_change(struct yw_tlog *l, const struct yw_tlog *by, uint64_t index);

/* A head of l at `size`, signed by its newest head key, or the key given. */
void yw_tnet_head(const struct yw_tlog *l, uint64_t size, const struct yw_key_set *by, struct yw_buf *note);
/* A closing draft of l at `size` with such a head, which goes to *head. */
void yw_tnet_draft_closing(const struct yw_tlog *l, uint64_t size, struct yw_closing_draft *d, struct yw_buf *head);
/* Logs it as it is, whether it stands or not; with a roster if that is asked for. */
uint64_t yw_tnet_add_closing(struct yw_tlog *by, const struct yw_closing_draft *d, bool roster);
/* Closes l at its present size, and says so in a roster. */
uint64_t yw_tnet_close(struct yw_tlog *l, struct yw_tlog *by);
/* The same at a size and a root that was made up, under l's head key. */
void yw_tnet_close_forged(struct yw_tlog *l, struct yw_tlog *by, uint64_t size);
void yw_tnet_add_roster(struct yw_tlog *l);

/* The log of l's next generation, with request (as yw_tasked; signed by l's head key), delegation by `by`, roster and
 * genesis.  Pointers to logs stay valid for up to 32 of them. */
struct yw_tlog *yw_tnet_reopen(struct yw_tlog *l, struct yw_tlog *by, const char *label);
/* A log in memory for generation n of l's code, empty, with these keys. */
struct yw_tlog *yw_tnet_new_log(struct yw_tlog *l, uint32_t generation, const char *label);

/* A life of keys where there are 320000, 320100 and 320102: each rotates, the county twice; its log is closed, and its
 * next one, which is given back, rotates too.  All have beats then. */
struct yw_tlog *yw_tnet_live(struct yw_tnet *t);

/* The next version of the network file, signed by "root" (and by the roots in `c`, which are of `label`), known to
 * t->trust; the signed note is the newest of t->trust. */
void yw_tnet_version(struct yw_tnet *t, const struct yw_network_change *c);

/* The root keys close the first node's log, whose keys were stolen, and grant it another, which is given back; and the newest
 * version of the network file as an entry of a log (T1). */
struct yw_tlog *yw_tnet_replace_first(struct yw_tnet *t, const char *label);
uint64_t yw_tnet_add_version(struct yw_tlog *l);

/* T7: 320100 closes the log of 320102 at 3 entries and a root that it never had; that log has so many more, and its beat
 * these receipts.  The others have beats too.  *c borrows from the network. */
struct yw_treceipt;
void yw_tnet_void(struct yw_tnet *t, size_t more, const struct yw_treceipt *receipts, size_t n, struct yw_void_closing *c);

/* A beat of the log's present size, dated by its owner, with receipts of these codes at these times. */
struct yw_treceipt { const char *code; uint64_t time_s; };
void yw_tnet_beat(struct yw_tlog *l, uint64_t owner_time_s, const struct yw_treceipt *receipts, size_t n);

/* Over all logs and their newest beats; borrows the network. */
void yw_tnet_reader(struct yw_tnet *t, struct yw_log_reader *out);

/* Makes the last line of an evidence file fit again, which hashes what stands before it. */
void yw_tnet_reseal(struct yw_buf *text);

#endif
