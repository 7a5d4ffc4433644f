/*
 * resume.h - the memory of a running machine, as a snapshot of it is resumed beside it (L5): what the copy would say next
 * is what the machine would.  Its disk is copied by whoever calls.
 */
#ifndef YW_TESTS_RESUME_H
#define YW_TESTS_RESUME_H

#include "ledger/ledger_int.h"
#include "sync/exchange_int.h"

static inline void
yw_test_resume(const struct yw_exchange *from, struct yw_exchange *to)
{
	const struct yw_ledger *a = from->o.ledger;
	struct yw_ledger *b = to->o.ledger;

	memcpy(b->twins.id, a->twins.id, sizeof b->twins.id);
	b->twins.counter = a->twins.counter;
	yw_buf_clear(&b->twins.mine);
	yw_buf_add(&b->twins.mine, a->twins.mine.data, a->twins.mine.len);
	yw_buf_clear(&to->statement);
	yw_buf_add(&to->statement, from->statement.data, from->statement.len);
	to->stated = from->stated;
	to->stated_by = from->stated_by;
	to->stated_ms = from->stated_ms;
}

#endif
