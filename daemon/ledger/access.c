/*
 * access.c - see access.h.  The classes are those of the national rules of sharing (V1).
 */
#include "base/fault.h"
#include "ledger/access.h"

static bool
same_or_above(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	return yw_jurisdiction_equal(a, b) || yw_jurisdiction_above(a, b);
}

static bool
in_audience(const struct yw_audience *audience, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < audience->n_codes; i++)
		if (same_or_above(code, &audience->codes[i]))
			return true;
	return false;
}

bool
yw_may_have(const struct yw_jurisdiction *owner, const struct yw_jurisdiction *holder, const struct yw_audience *audience,
    const struct yw_record_id *body_id, const struct yw_asker *asker)
{
	bool restricted = audience->cls == YW_CLASS_CONDITIONAL || audience->cls == YW_CLASS_NOT_SHARED;

	if (YW_FAULT("may-have"))
		return true;
	if (body_id != NULL && !yw_jurisdiction_equal(&body_id->code, owner) && !YW_FAULT("borrowed-hash"))
		return false;	/* B6: a borrowed hash publishes nothing */
	if (asker->kind == YW_ASKER_STRANGER)
		return audience->cls == YW_CLASS_UNCONDITIONAL && audience->openness == YW_OPENNESS_OPEN;
	if (yw_jurisdiction_equal(&asker->code, owner) && !YW_FAULT("own-code"))
		return true;	/* V3: the log's own code always gets its bodies */
	if (restricted && holder != NULL && yw_jurisdiction_equal(&asker->code, holder) && !YW_FAULT("holder-unknown"))
		return true;	/* V4 */
	switch (audience->cls) {
	case YW_CLASS_UNCONDITIONAL:
		return true;
	case YW_CLASS_CONDITIONAL:
		return yw_jurisdiction_above(&asker->code, owner) || in_audience(audience, &asker->code);
	case YW_CLASS_NOT_SHARED:
		return yw_jurisdiction_above(&asker->code, owner);
	}
	return false;
}

/* Owner and who is above it have every class; who is above a listed code comes with it. */
bool
yw_audience_keeps(const struct yw_jurisdiction *owner, const struct yw_audience *old, const struct yw_audience *now)
{
	bool keeps = old->openness != YW_OPENNESS_OPEN || now->openness == YW_OPENNESS_OPEN;

	if (old->cls == YW_CLASS_UNCONDITIONAL)
		return keeps && now->cls == YW_CLASS_UNCONDITIONAL;
	for (size_t i = 0; keeps && i < old->n_codes; i++)
		keeps = yw_may_have(owner, NULL, now, NULL, &(struct yw_asker) { YW_ASKER_NODE, old->codes[i] });
	return keeps;
}
