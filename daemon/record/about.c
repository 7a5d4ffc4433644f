/*
 * about.c - see about.h.
 */
#include "record/about.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "record/kind.h"

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
