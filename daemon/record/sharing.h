/*
 * sharing.h - class, openness and audience as one text, for options and the configuration.
 */
#ifndef YW_RECORD_SHARING_H
#define YW_RECORD_SHARING_H

#include "record/entry.h"

#define YW_SHARING_FORMS "unconditional, open, not_shared, or conditional and the codes of those who may see it"

/*
 * "unconditional" (every node), "open" (that, and the public), "not_shared" (the owner and who is above it), or
 * "conditional 320100 320500"; words are parted by spaces, codes stand in any order.
 *
 * *codes is malloc'ed, and what out->codes points to; NULL where there are none, and on failure.
 * YW_EINVAL with the reason.  YW_ENOMEM.
 */
YW_CHECKED enum yw_code yw_sharing_parse(const char *text, struct yw_audience *out, struct yw_jurisdiction **codes,
    struct yw_error *err);

/* The same class, openness and codes. */
bool yw_audience_equal(const struct yw_audience *a, const struct yw_audience *b);

/* In rising order, as an entry has them. */
void yw_sharing_sort(struct yw_jurisdiction *codes, size_t n);

#endif
