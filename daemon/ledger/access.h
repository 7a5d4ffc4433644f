/*
 * access.h - the one function that decides whether a body may leave this node, on every path (B6, V1-V4).
 */
#ifndef YW_LEDGER_ACCESS_H
#define YW_LEDGER_ACCESS_H

#include "record/entry.h"

enum yw_asker_kind {
	YW_ASKER_STRANGER,	/* the public, or a node that is not admitted */
	YW_ASKER_NODE		/* an admitted node, by its code */
};

struct yw_asker {
	enum yw_asker_kind kind;
	struct yw_jurisdiction code;	/* of a node */
};

/*
 * May the asker have a body of this entry?
 *
 * owner	code of the log in which the entry stands
 * holder	who keeps its restricted bodies too, as yw_log.holder (V4).  NULL: nobody does; so it is also asked whether a
 *		node may show what it has, since a holder keeps and does not show
 * audience	of that entry; a class or openness that is unknown is for nobody but the owner
 * body_id	the id inside the body; NULL where it is not known yet (asking for it: a body that then
 *		turns out to have another code is refused when it comes)
 *
 * Pure, any thread.
 */
bool yw_may_have(const struct yw_jurisdiction *owner, const struct yw_jurisdiction *holder, const struct yw_audience *audience,
    const struct yw_record_id *body_id, const struct yw_asker *asker);

/* Would everybody who may have a body of the one audience, the public too, have it under the other (V4)?  Pure. */
bool yw_audience_keeps(const struct yw_jurisdiction *owner, const struct yw_audience *old, const struct yw_audience *now);

#endif
