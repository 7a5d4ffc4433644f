/*
 * about.h - what corrections are about, and their ids, made from that, so that both ends find them without looking through
 * all others (V5).
 *
 *	<requester>/correction_request/<16 hex of SHA-256(record's id)>-<anything>
 *	<owner>/correction_answer/<32 hex of SHA-256(request's id)>
 */
#ifndef YW_RECORD_ABOUT_H
#define YW_RECORD_ABOUT_H

#include "base/buf.h"
#include "record/code.h"
#include "record/kind.h"

/* With what the id of a request begins, the hyphen included. */
void yw_request_prefix(const struct yw_jurisdiction *by, const char *record, char out[static YW_ID_MAX + 1]);

/* There is one for each request. */
void yw_answer_id(const struct yw_jurisdiction *owner, const char *request, char out[static YW_ID_MAX + 1]);

struct yw_about {
	char id[YW_ID_MAX + 1];		/* the record in doubt; of an answer: the request */
	uint32_t revision;		/* that was looked at; of an answer: that carries the correction, 0 if it is refused */
};

/*
 * What a body in one form, of one of the two kinds, says of that.  Field by field, without memory: whoever looks for its own among
 * all corrections of the network reads each of them.  YW_EFORMAT: it is no request or answer, or is about nothing that may be.
 */
YW_CHECKED enum yw_code yw_about_read(struct yw_bytes body, enum yw_kind kind, struct yw_about *out, struct yw_error *err);

#endif
