/*
 * about_test.c - what a correction says that it is about, read from its bytes as its JSON says it.
 */
#include "record/about.h"
#include "record/record.h"
#include "support/testing.h"

#define REQUEST YW_KIND_CORRECTION_REQUEST
#define ANSWER YW_KIND_CORRECTION_ANSWER

static struct yw_error err;

static void
make(const char *json, struct yw_buf *body)
{
	struct yw_record_stamp stamp = { .id = "320102/demand/1", .revision = 1, .op = YW_OP_PUT };
	struct yw_buf bare = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "320102/%.*s/1", (int)strcspn(json + 2, "\""), json + 2);
	stamp.id = id;
	YW_PASS(yw_record_from_json(yw_bytes_str(json), &bare, &err));
	YW_PASS(yw_record_finish(yw_buf_bytes(&bare), &stamp, body, &err));
	yw_buf_release(&bare);
}

/* id NULL: it is about nothing. */
static void
said(void)
{
	static const struct { const char *json; enum yw_kind kind; const char *id; uint32_t revision; } rows[] = {
		{ "{\"correction_request\":{\"record\":\"320505/contract/1\",\"revision\":7,\"reason\":\"x\",\"points\":[{\"field\":\"f\"}]}}",
		    REQUEST, "320505/contract/1", 7 },
		{ "{\"correction_request\":{\"record\":\"320505/contract/1\",\"revision\":4294967295}}", REQUEST, "320505/contract/1",
		    UINT32_MAX },
		{ "{\"correction_request\":{\"record\":\"320505/correction_answer/1\"}}", REQUEST, "320505/correction_answer/1", 0 },
		{ "{\"correction_answer\":{\"request\":\"320505/correction_request/1\",\"outcome\":\"accepted\",\"accepted_revision\":300}}",
		    ANSWER, "320505/correction_request/1", 300 },
		{ "{\"correction_answer\":{\"request\":\"320505/correction_request/1\",\"outcome\":\"refused\",\"reason\":\"x\"}}", ANSWER,
		    "320505/correction_request/1", 0 },
		{ "{\"correction_request\":{\"revision\":7}}", REQUEST, NULL, 0 },
		{ "{\"correction_request\":{\"record\":\"320505/nothing/1\"}}", REQUEST, NULL, 0 },
		{ "{\"correction_request\":{\"record\":\"320505/contract/\"}}", REQUEST, NULL, 0 },
		{ "{\"correction_request\":{\"record\":\"x\"}}", REQUEST, NULL, 0 },
		{ "{\"correction_answer\":{\"request\":\"320505/contract/1\"}}", ANSWER, NULL, 0 },
		{ "{\"correction_answer\":{\"request\":\"320505/correction_request/1\"}}", REQUEST, NULL, 0 },
		{ "{\"correction_request\":{\"record\":\"320505/correction_request/1\"}}", ANSWER, NULL, 0 },
		{ "{\"demand\":{\"number\":\"320505/contract/1\"}}", REQUEST, NULL, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_buf body = YW_BUF_INIT;
		struct yw_about about;
		enum yw_code code;

		make(rows[i].json, &body);
		code = yw_about_read(yw_buf_bytes(&body), rows[i].kind, &about, &err);
		YW_CHECK_MSG(code == (rows[i].id != NULL ? YW_OK : YW_EFORMAT), "%s: '%s'", rows[i].json, yw_code_name(code));
		if (rows[i].id != NULL)
			YW_CHECK_MSG(strcmp(about.id, rows[i].id) == 0 && about.revision == rows[i].revision, "%s", rows[i].json);
		yw_buf_release(&body);
	}
}

/* The longest id there is; one character more is none. */
static void
longest(void)
{
	char json[256];

	for (int more = 0; more < 2; more++) {
		struct yw_buf body = YW_BUF_INIT;
		struct yw_about about;

		snprintf(json, sizeof json, "{\"correction_request\":{\"record\":\"320505/correction_request/%0*d\"}}", YW_LOCAL_ID_MAX + more, 1);
		make(json, &body);
		YW_CHECK(yw_about_read(yw_buf_bytes(&body), REQUEST, &about, &err) == (more ? YW_EFORMAT : YW_OK));
		YW_CHECK(more || strlen(about.id) == strlen("320505/correction_request/") + YW_LOCAL_ID_MAX);
		yw_buf_release(&body);
	}
}

YW_TESTS(
	{ "V5 a request is about a record, an answer about a request, each with its revision", said },
	{ "V5 what is about an id of the greatest length says so", longest }
)
