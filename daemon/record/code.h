/*
 * code.h - jurisdictions and the names made from them: GB/T 2260 codes, origins, key names, record ids.
 *
 * Knows the shape of a code, never whether it is in force: that is the division table's business.
 */
#ifndef YW_RECORD_CODE_H
#define YW_RECORD_CODE_H

#include "base/buf.h"
#include "base/limits.h"

#define YW_CODE_DIGITS 6

struct yw_jurisdiction { char code[YW_CODE_DIGITS + 1]; };	/* "320102", never less; "" means none */
struct yw_origin { char text[YW_ORIGIN_MAX + 1]; };		/* B9 */

/* Six digits, not starting with 0.  YW_EFORMAT otherwise. */
YW_CHECKED enum yw_code yw_jurisdiction_parse(const char *text, size_t len, struct yw_jurisdiction *out);

/* Digits that count, trailing zero pairs dropped: 320000 -> 2, 320100 -> 4, 320102 -> 6. */
size_t yw_jurisdiction_digits(const struct yw_jurisdiction *j);

/* Is a strictly above b (a proper prefix of its significant digits)? */
bool yw_jurisdiction_above(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b);

static inline bool
yw_jurisdiction_equal(const struct yw_jurisdiction *a, const struct yw_jurisdiction *b)
{
	return memcmp(a->code, b->code, sizeof a->code) == 0 || (a->code[0] == '\0' && b->code[0] == '\0');
}

/* Network name of 1 to 64 of [a-z0-9.-]. */
bool yw_network_name_valid(const char *name);

/* "<network>/<code>" or "<network>/<code>/g<n>", n > 1 (B9). */
YW_CHECKED enum yw_code yw_origin_make(const char *network, const struct yw_jurisdiction *code,
    uint32_t generation, struct yw_origin *out);

/* network may be NULL; all outputs set on YW_OK only. */
YW_CHECKED enum yw_code yw_origin_parse(const char *text, size_t len, char network[YW_NETWORK_NAME_MAX + 1],
    struct yw_jurisdiction *code, uint32_t *generation);

/*
 * A record's id taken apart (B5).  The kind is any word of [a-z_], since a newer version may know more kinds than
 * this one: whether it is a known one is yw_kind_parse()'s to say.
 */
struct yw_record_id {
	struct yw_jurisdiction code;
	char kind[YW_KIND_MAX + 1];			/* "contract" */
	char local[YW_LOCAL_ID_MAX + 1];
};
YW_CHECKED enum yw_code yw_record_id_parse(const char *text, size_t len, struct yw_record_id *out);

#endif
