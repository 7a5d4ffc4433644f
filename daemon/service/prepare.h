/*
 * prepare.h - a record as `get --json` prints it made into the body that will be registered: what the daemon does for
 * `put`, and the command for `sign`, where no daemon is (T13).
 */
#ifndef YW_SERVICE_PREPARE_H
#define YW_SERVICE_PREPARE_H

#include <jansson.h>

#include "base/json.h"
#include "record/entry.h"
#include "record/record.h"
#include "record/validate.h"

struct yw_prepared {
	char id[YW_ID_MAX + 1];
	uint32_t revision;		/* of what will be registered */
	enum yw_operation op;
};

/*
 * Takes id and revision (the one that was read; a new record leaves it out) out of the record.  What else get has
 * printed and only the stamp says is checked and taken off: the salt is drawn anew, and another operation than put is
 * refused, but for a withdrawal where `may_withdraw`.
 *
 * YW_EINVAL	something is missing, or is another thing than it says
 */
YW_CHECKED enum yw_code yw_prepare_take(json_t *record, bool may_withdraw, struct yw_prepared *out, struct yw_error *err);

/*
 * Appends the Record, validated if it is a put; of a withdrawal nothing in `record` (it may be NULL) but the id is used.
 * `notes` as below.  YW_EFORMAT, YW_ELIMIT, YW_EINVAL with the field.
 */
YW_CHECKED enum yw_code yw_prepare_finish(const json_t *record, const struct yw_prepared *p, const struct yw_validation *by,
    struct yw_buf *body, struct yw_json *notes, struct yw_error *err);

/*
 * The first rule that a Record breaks (validate.h), as YW_EINVAL with the field.  What is only noted goes into `notes`, an array
 * that is open (NULL: nobody asks), as {id, field, code, reason}.
 */
YW_CHECKED enum yw_code yw_prepare_validate(struct yw_bytes body, const char *id, const struct yw_validation *by,
    struct yw_json *notes, struct yw_error *err);

/* class, openness and audience beside the record, over those of `last` (NULL: none); *codes is malloc'ed. */
YW_CHECKED enum yw_code yw_prepare_audience(const json_t *params, const struct yw_audience *last, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err);

/* The same three as members of an object. */
void yw_prepare_audience_json(struct yw_json *j, const struct yw_audience *a);

#endif
