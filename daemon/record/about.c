/*
 * about.c - see about.h.
 */
#include "record/about.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

#define REQUEST_HEX 8	/* bytes of a hash in the id of a request, ... */
#define ANSWER_HEX 16	/* ... and of an answer, of which there is one for each request */

static void
begin(const struct yw_jurisdiction *whose, enum yw_kind kind, const char *about, size_t bytes, char out[static YW_ID_MAX + 1])
{
	int n = snprintf(out, YW_ID_MAX + 1, "%s/%s/", whose->code, yw_kind_name(kind));
	struct yw_hash h;

	yw_sha256(about, strlen(about), &h);
	for (size_t i = 0; i < bytes; i++)
		snprintf(out + n + 2 * i, YW_ID_MAX + 1 - (size_t)n - 2 * i, "%02x", h.b[i]);
}

void
yw_request_prefix(const struct yw_jurisdiction *by, const char *record, char out[static YW_ID_MAX + 1])
{
	begin(by, YW_KIND_CORRECTION_REQUEST, record, REQUEST_HEX, out);
	snprintf(out + strlen(out), YW_ID_MAX + 1 - strlen(out), "-");
}

void
yw_answer_id(const struct yw_jurisdiction *owner, const char *request, char out[static YW_ID_MAX + 1])
{
	begin(owner, YW_KIND_CORRECTION_ANSWER, request, ANSWER_HEX, out);
}

/* Of both kinds; the wire names them by number only. */
enum { ABOUT = 1, REQUEST_REVISION = 2, ANSWER_REVISION = 3 };

enum yw_code
yw_about_read(struct yw_bytes body, enum yw_kind kind, struct yw_about *out, struct yw_error *err)
{
	bool request = kind == YW_KIND_CORRECTION_REQUEST;
	struct yw_wire_field content, about, revision;
	struct yw_record_id id;
	enum yw_kind what = YW_KIND_NONE;

	if (yw_wire_find(body, request ? YIWANG__V1__RECORD__BODY_CORRECTION_REQUEST : YIWANG__V1__RECORD__BODY_CORRECTION_ANSWER,
	    &content) && yw_wire_find(content.bytes, ABOUT, &about) &&
	    yw_record_id_parse((const char *)about.bytes.data, about.bytes.len, &id) == YW_OK)
		what = yw_kind_parse(id.kind, strlen(id.kind));
	if (what == YW_KIND_NONE || (!request && what != YW_KIND_CORRECTION_REQUEST))
		return yw_fail(err, YW_EFORMAT, request ? "field 'correction_request.record': it is no id of a record" :
		    "field 'correction_answer.request': it is no id of a request");
	memcpy(out->id, about.bytes.data, about.bytes.len);
	out->id[about.bytes.len] = '\0';
	out->revision = yw_wire_find(content.bytes, request ? REQUEST_REVISION : ANSWER_REVISION, &revision) ?
	    (uint32_t)revision.value : 0;
	return YW_OK;
}
