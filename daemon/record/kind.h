/*
 * kind.h - the kinds of record (B5), in the order and with the numbers of the Record message's oneof.
 */
#ifndef YW_RECORD_KIND_H
#define YW_RECORD_KIND_H

#include <stddef.h>

enum yw_kind {
	YW_KIND_NONE,		/* no such kind, or a record without content */
	YW_KIND_INSTITUTION,
	YW_KIND_CONTRACT,
	YW_KIND_ACHIEVEMENT,
	YW_KIND_ACHIEVEMENT_SET,
	YW_KIND_DEMAND,
	YW_KIND_BROKER,
	YW_KIND_PROJECT,
	YW_KIND_CORRECTION_REQUEST,
	YW_KIND_CORRECTION_ANSWER
};
#define YW_KINDS_END (YW_KIND_CORRECTION_ANSWER + 1)	/* for loops from 1 */

/* The name as it stands in ids, mappings and commands ("achievement_set"), static; NULL if there is
 * no such kind. */
const char *yw_kind_name(enum yw_kind kind);

/* YW_KIND_NONE if the text is no kind's name. */
enum yw_kind yw_kind_parse(const char *text, size_t len);

#endif
