/*
 * kind.c - see kind.h.
 */
#include "record/kind.h"

#include "base/banned.h"

static const char *const names[YW_KINDS_END] = {
	[YW_KIND_INSTITUTION] = "institution",
	[YW_KIND_CONTRACT] = "contract",
	[YW_KIND_ACHIEVEMENT] = "achievement",
	[YW_KIND_ACHIEVEMENT_SET] = "achievement_set",
	[YW_KIND_DEMAND] = "demand",
	[YW_KIND_BROKER] = "broker",
	[YW_KIND_PROJECT] = "project",
	[YW_KIND_CORRECTION_REQUEST] = "correction_request",
	[YW_KIND_CORRECTION_ANSWER] = "correction_answer",
};

const char *
yw_kind_name(enum yw_kind kind)
{
	return (unsigned)kind < YW_KINDS_END ? names[kind] : NULL;
}

enum yw_kind
yw_kind_parse(const char *text, size_t len)
{
	int k;

	for (k = YW_KIND_NONE + 1; k < YW_KINDS_END; k++)
		if (strlen(names[k]) == len && memcmp(names[k], text, len) == 0)
			return (enum yw_kind)k;
	return YW_KIND_NONE;
}
