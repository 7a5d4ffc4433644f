/*
 * about.h - ids of corrections: made from what they are about, so that both ends find them without looking through all
 * others (V5).
 *
 *	<requester>/correction_request/<16 hex of SHA-256(record's id)>-<anything>
 *	<owner>/correction_answer/<32 hex of SHA-256(request's id)>
 */
#ifndef YW_RECORD_ABOUT_H
#define YW_RECORD_ABOUT_H

#include "base/limits.h"
#include "record/code.h"

/* With what the id of a request begins, the hyphen included. */
void yw_request_prefix(const struct yw_jurisdiction *by, const char *record, char out[static YW_ID_MAX + 1]);

/* There is one for each request. */
void yw_answer_id(const struct yw_jurisdiction *owner, const char *request, char out[static YW_ID_MAX + 1]);

#endif
