/*
 * kept_int.h - a copy of a next generation (T14), as kept.c and keptfork.c share it.
 */
#ifndef YW_LEDGER_KEPT_INT_H
#define YW_LEDGER_KEPT_INT_H

#include "ledger/ledger_int.h"

#define KEPT_NUMBER (UINT32_C(0xff) << 24)	/* above those of lost branches */

struct kept {
	uint32_t slot;
	struct yw_buf request;
	struct yw_generation g;		/* as it would be */
	struct yw_tree *tree;
	uint64_t size, bytes;
	uint64_t full_size;		/* of the largest head whose entries are all here; heads 'f' */
	struct yw_buf newest;		/* the largest head that was shown; heads 'h' */
	uint64_t newest_size;
	struct yw_boot_name met;	/* as log_inside.met, and known */
	uint64_t known;
	bool stopped;			/* nothing more is taken of it */
	struct yw_buf fork;		/* two heads that cannot both be true, as fork_encode() has it; heads 'x'; empty: none */
	uint64_t moment;		/* trust/'s, when it was looked at last; 0: never */
	bool going;
	uint64_t written;		/* the commit after which it was written last: the store has it from the next one on */
};

static inline uint32_t
kept_number(const struct kept *k)
{
	return KEPT_NUMBER | k->slot;
}

/* --- keptfork.c --- */

YW_CHECKED enum yw_code load_kept_fork(struct yw_ledger *l, struct kept *k, struct yw_error *err);
/* Can the head of a package, by the owner of the copy, be true beside those that it has shown, as far as the store has them?
 * YW_ECONFLICT: no, and the two are kept. */
YW_CHECKED enum yw_code compare_kept(struct yw_ledger *l, struct kept *k, const struct yw_package *p, struct yw_error *err);
/* Its request was granted: what is kept of that speaks against its log. */
YW_CHECKED enum yw_code give_kept_fork(struct yw_ledger *l, const struct kept *k, struct yw_error *err);

#endif
