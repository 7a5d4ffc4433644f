/*
 * number.h - the number by which a record's subject is known beyond its registry.
 *
 * A local id is its registry's own, and may be anything.  This number stands in the content: two registries that write down
 * the same contract, organisation, broker or achievement write the same one, under whatever ids.  Other kinds have only
 * numbers that each office gives out for itself, which say nothing of anybody else's.
 */
#ifndef YW_RECORD_NUMBER_H
#define YW_RECORD_NUMBER_H

#include <stdbool.h>

#include "base/buf.h"
#include "record/kind.h"

#define YW_NUMBER_MAX 256		/* bytes; a longer one is nobody's number */

bool yw_kind_is_numbered(enum yw_kind kind);

/*
 * The number in a body in one form, and of which kind its content is.  False: it states none, or it speaks of what has
 * ended: a contract that was cancelled (注销), a recognition or a certificate that was taken away (撤销).  Whether the
 * record counts is not asked.  Pure, any thread.
 */
bool yw_record_number(struct yw_bytes body, enum yw_kind *kind, char out[static YW_NUMBER_MAX + 1]);

#endif
