/*
 * corrections.h - what a correction request or its answer must be, and who may see it (V5).
 *
 * Their ids are made from what they are about (record/about.h).
 *
 * Nobody chooses who may see a correction.  What everybody may see has requests and answers that everybody may see, but not
 * the public; all else has conditional ones, for the codes of the record's audience, its owner and the requester.
 */
#ifndef YW_SERVICE_CORRECTIONS_H
#define YW_SERVICE_CORRECTIONS_H

#include "record/about.h"
#include "service/service_int.h"

bool is_correction(enum yw_kind kind);

/* What is `of` that audience, seen by that code too: *codes is malloc'ed.  YW_ELIMIT, YW_ENOMEM. */
YW_CHECKED enum yw_code correction_audience(const struct yw_audience *of, const struct yw_jurisdiction *also,
    struct yw_audience *out, struct yw_jurisdiction **codes, struct yw_error *err);

/* May this node say that, under that id?  Then for whom.  YW_EINVAL, YW_ENOENT, YW_EDENIED with the reason. */
YW_CHECKED enum yw_code correction_check(const struct yw_service *s, const char *id, struct yw_bytes body,
    struct yw_audience *out, struct yw_jurisdiction **codes, struct yw_error *err);

/* The parameters of record.put for what a person asks for or answers; *out is the caller's. */
YW_CHECKED enum yw_code correction_of_params(const struct yw_service *s, const json_t *params, json_t **out, struct yw_error *err);
YW_CHECKED enum yw_code answer_of_params(const struct yw_service *s, const json_t *params, json_t **out, struct yw_error *err);

/* How many are not answered, of both ends. */
struct correction_counts {
	uint64_t open, due, overdue;	/* each without those of the next */
};
YW_CHECKED enum yw_code count_corrections(const struct yw_service *s, struct correction_counts *to_answer,
    struct correction_counts *asked, struct yw_error *err);

/* "corrections" [id of a request], those about a record that are not answered; nothing where there is none. */
YW_CHECKED enum yw_code put_corrections_of(struct yw_json *j, struct yw_view *v, const char *id, struct yw_error *err);

/* "answer" {id, by, on, state: accepted | refused, accepted_revision?, reason?}: of a body that is a request under that id; nothing
 * where it is none, or is not answered. */
YW_CHECKED enum yw_code put_answer_to(struct yw_json *j, const struct yw_view *v, const char *request, struct yw_bytes body,
    struct yw_error *err);

/* Does this node answer for that record: its own, or one of a code that was merged into another and that it acts for (T10)? */
bool answers_for(const struct yw_service *s, const struct yw_view *v, const char *record);

/* Where the answer to a request about that record stands now.  YW_ENOENT: nobody has answered. */
YW_CHECKED enum yw_code find_answer(const struct yw_view *v, const char *request, const char *record, struct yw_item *out,
    struct yw_error *err);

#endif
