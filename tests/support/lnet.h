/*
 * lnet.h - the ledgers of a small network in one process: real keys, a store each, guards in memory, and
 * packages carried by hand.
 *
 * On top of tnet.h, which gives the network file, the keys and the join requests; its own logs are other
 * branches of the same ones, for tests that need a lie.  Stores are in memory, or RocksDB where YW_ON_DISK is
 * set in the environment.  Time stands still until told.  What fails here ends the test case.
 */
#ifndef YW_TESTS_SUPPORT_LNET_H
#define YW_TESTS_SUPPORT_LNET_H

#include "ledger/view.h"
#include "support/tnet.h"

struct yw_lnode {
	struct yw_lnet *net;
	struct yw_tlog *t;		/* code, origin, keys, request */
	struct yw_store *store;
	char dir[300];			/* of a store on disk */
	uint8_t guard[YW_GUARD_BYTES];
	bool guard_gone, guard_broken;	/* reads as absent; writes fail */
	const struct yw_key_set *keys, *next_keys;	/* on its machine; NULL: those of t, and none */
	bool alone;			/* nobody tells it of its own log */
	struct yw_guard_mark here;	/* its boot and machine; zero: none that can be read */
	uint64_t peer_wait_ms, erase_within_ms;
	bool never_alone;
	size_t next_bytes;		/* kept of a next generation; 0: as usual */
	struct yw_guard_io io;
	struct yw_buf erased;		/* the list beside the guard, which no image holds; empty: there is none */
	struct yw_erased_io erased_io;
	struct yw_ledger *l;		/* NULL: closed */
	int64_t utc_ms, mono_ms;
};

struct yw_lnet {
	struct yw_tnet *t;
	struct yw_lnode *n;		/* as the codes were given; all closed, with guards as `init` makes them */
	size_t count;
};

struct yw_lnet *yw_lnet_new(const char *const *codes, size_t n, const char *policy_lines);
void yw_lnet_free(struct yw_lnet *net);
struct yw_lnode *yw_lnode(struct yw_lnet *net, const char *code);
void yw_lnet_wait(struct yw_lnet *net, int64_t ms);	/* both clocks of all */

/* --- One node --- */

YW_CHECKED enum yw_code yw_lnode_try_open(struct yw_lnode *n, struct yw_error *err);
void yw_lnode_open(struct yw_lnode *n);
void yw_lnode_close(struct yw_lnode *n);
void yw_lnode_reopen(struct yw_lnode *n);	/* store too */
bool yw_lnode_dirty(const struct yw_lnode *n);	/* is there anything to commit? */
uint64_t yw_lnode_stamp(const struct yw_lnode *n);	/* another one: some log has changed */
void yw_lnode_boot(struct yw_lnode *n);		/* closed: the machine starts anew */
void yw_lnode_forget(struct yw_lnode *n);	/* closed: a new, empty store; the guard stays */
/* T8: closed and open again with that request and those keys, an empty guard and the same store, as `log next` does. */
void yw_lnode_next(struct yw_lnode *n, const struct yw_buf *request, const struct yw_key_set *keys);
/* Another machine of the same node, closed: nothing on its disk, and a request and keys of its own in *t, which is a copy.
 * It belongs to nobody's list: yw_lnode_end(). */
void yw_lnode_twin(const struct yw_lnode *n, struct yw_tlog *t, struct yw_lnode *out);
void yw_lnode_end(struct yw_lnode *n);

void yw_lnode_commit(struct yw_lnode *n);
struct yw_log *yw_lnode_log(struct yw_lnode *n, const char *code);	/* NULL: not attributable */

/* What is on the node's disk now, its guard too; it goes on with a copy.  False: it lives in a directory, of which
 * there is no image while it is in use.  Set back: the image becomes its disk. */
struct yw_limage {
	struct yw_store *store;
	uint8_t guard[YW_GUARD_BYTES];
};
bool yw_lnode_image(struct yw_lnode *n, struct yw_limage *out);
void yw_lnode_set_back(struct yw_lnode *n, const struct yw_limage *i);

/* What the node holds and would answer, as text: the same state gives the same text. */
void yw_lnode_state(struct yw_lnode *n, struct yw_buf *out);

/* The places of a log from entry `from` on, one letter an item: "7:hhm 9:w ".  h held, k kept, l lost, e erased, w withheld,
 * m missing, r refused.  Static memory, the next call's. */
const char *yw_lnode_places(struct yw_lnode *n, const char *origin, uint64_t from);

/* A demand with this title, or a withdrawal (title NULL); the salt comes from id and revision. */
void yw_lrecord(const char *id, uint32_t revision, const char *title, struct yw_buf *out);

extern const struct yw_audience yw_unconditional, yw_open, yw_not_shared;	/* of single-code audiences: */
struct yw_audience yw_conditional(const char *code);	/* points to static memory, the last 8 calls' */

/* Appends and commits one record. */
void yw_lnode_put(struct yw_lnode *n, const char *id, uint32_t revision, const char *title,
    const struct yw_audience *audience);
/* The same of any content, as put reads it (NULL: a withdrawal), unasked whether that may be said. */
void yw_lnode_put_json(struct yw_lnode *n, const char *id, uint32_t revision, const char *json, const struct yw_audience *audience);

/* Admits the node by its issuer; both must be open.  Only the issuer commits. */
void yw_lnode_admit(struct yw_lnet *net, const char *code);

/* Opens all and admits all below the first, cities before counties; everybody then has what it may have. */
void yw_lnet_join(struct yw_lnet *net);

/* --- Carrying --- */

struct yw_lpackage {
	struct yw_package p;		/* checked */
	struct yw_serving s;		/* what its spans point into */
	struct yw_buf head;
};
void yw_lpackage_release(struct yw_lpackage *lp);

/* What `from` answers to a want of `asker`.  False: nothing. */
bool yw_lnode_serve(struct yw_lnode *from, const char *origin, uint64_t start, uint64_t end, uint64_t head_size,
    uint64_t from_size, const struct yw_asker *asker, size_t budget, struct yw_lpackage *out);

/* Of a log of tnet: entries [start, start + n), without bodies, into its head of head_size; named: without the note. */
void yw_tlog_package(struct yw_tlog *t, uint64_t start, size_t n, uint64_t head_size, uint64_t from_size, bool named,
    struct yw_lpackage *out);
/* Adds the delegations that a quorum may ask for, from its start on. */
void yw_tlog_admitted(struct yw_tlog *t, struct yw_lpackage *lp);
/* A package into a named head gets a proof that the first from_size entries lead there. */
void yw_tlog_prove(struct yw_tlog *t, uint64_t from_size, uint64_t head_size, struct yw_package *p);
/* Does the node seek anything of which peers that hold that log hold the head?  The first of it. */
bool yw_tlog_finds(struct yw_tlog *t, const struct yw_lnode *n, struct yw_sought *out);
/* What they answer the node which seeks that branch (L8), from the end of its copy back. */
void yw_tlog_answer(struct yw_tlog *t, const struct yw_sought *s, struct yw_lnode *n);
void yw_tlog_head(struct yw_tlog *t, uint64_t size, struct yw_buf *out);
void yw_tlog_grow(struct yw_tlog *t, size_t n, const char *title);	/* so many entries more, of a demand each */

/* `to` takes all that `from` has and it may have: news, beats, packages, bodies; commits.  Gives whether anything
 * changed.  yw_lnet_sync: everybody from everybody until nothing does; with beats and receipts as they fall due. */
bool yw_lnode_follow(struct yw_lnode *to, struct yw_lnode *from);
void yw_lnet_sync(struct yw_lnet *net);
void yw_lnode_tick(struct yw_lnode *n);		/* beat, cosign, commit */

#endif
