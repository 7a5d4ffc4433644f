/*
 * number_test.c - by which number a record's subject is known beyond its registry; which kinds have one.
 */
#include "record/number.h"
#include "record/record.h"
#include "support/testing.h"

static const char *
number_of(const char *json)
{
	static char out[YW_NUMBER_MAX + 1];
	struct yw_record_stamp stamp = { .revision = 1, .op = YW_OP_PUT };
	struct yw_buf bare = YW_BUF_INIT, body = YW_BUF_INIT;
	enum yw_kind kind;
	struct yw_record r;
	char id[64];
	bool has;

	snprintf(id, sizeof id, "320102/%.*s/1", (int)strcspn(json + 2, "\""), json + 2);
	stamp.id = id;
	YW_PASS(yw_record_from_json(yw_bytes_str(json), &bare, NULL));
	YW_PASS(yw_record_finish(yw_buf_bytes(&bare), &stamp, &body, NULL));
	YW_PASS(yw_record_read(yw_buf_bytes(&body), &r, NULL));
	has = yw_record_number(yw_buf_bytes(&body), &kind, out);
	YW_CHECK(!has || strcmp(yw_kind_name(kind), r.id.kind) == 0);
	yw_buf_release(&bare);
	yw_buf_release(&body);
	return has ? out : "none";
}

static void
kinds(void)
{
	static const struct { const char *json, *number; } rows[] = {
		{ "{\"contract\":{\"registration_number\":\"2024320102000001\",\"own_number\":\"x\",\"certificate_number\":\"y\"}}",
		    "2024320102000001" },
		{ "{\"contract\":{\"registration_number\":\"7\",\"status\":\"registered\"}}", "7" },
		{ "{\"contract\":{\"registration_number\":\"7\",\"status\":\"changed\"}}", "7" },
		{ "{\"contract\":{\"registration_number\":\"7\",\"status\":\"cancelled\"}}", "none" },
		{ "{\"contract\":{\"own_number\":\"7\"}}", "none" },
		{ "{\"institution\":{\"number\":\"JG1\",\"organisation\":{\"name\":\"n\",\"identifier\":{\"scheme\":\"credit_code\",\"value\":"
		    "\"12320102103379084Q\"}},\"host\":{\"identifier\":{\"value\":\"host\"}}}}", "12320102103379084Q" },
		{ "{\"institution\":{\"organisation\":{\"identifier\":{\"value\":\"7\"}},\"status\":\"active\"}}", "7" },
		{ "{\"institution\":{\"organisation\":{\"identifier\":{\"value\":\"7\"}},\"status\":\"revoked\"}}", "none" },
		{ "{\"institution\":{\"number\":\"JG1\",\"organisation\":{\"identifier\":{\"scheme\":\"none\"}}}}", "none" },
		{ "{\"institution\":{\"number\":\"JG1\",\"organisation\":{\"name\":\"a unit of its host\"}}}", "none" },
		{ "{\"institution\":{\"number\":\"JG1\"}}", "none" },
		{ "{\"broker\":{\"certificate_number\":\"JJR1\",\"name\":\"n\"}}", "JJR1" },
		{ "{\"broker\":{\"certificate_number\":\"JJR1\",\"status\":\"lapsed\"}}", "JJR1" },
		{ "{\"broker\":{\"certificate_number\":\"JJR1\",\"status\":\"revoked\"}}", "none" },
		{ "{\"achievement\":{\"number\":\"3202024Y0001\"}}", "3202024Y0001" },
		{ "{\"achievement\":{\"number\":\"3202024Y0001\",\"status\":\"withdrawn\"}}", "none" },
		{ "{\"achievement_set\":{\"number\":\"1\"}}", "none" },
		{ "{\"demand\":{\"number\":\"1\"}}", "none" },
		{ "{\"project\":{\"number\":\"1\"}}", "none" },
		{ "{\"correction_answer\":{\"request\":\"320102/correction_request/1\"}}", "none" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		YW_CHECK_MSG(strcmp(number_of(rows[i].json), rows[i].number) == 0, "%s: %s", rows[i].json, number_of(rows[i].json));
	YW_CHECK(!yw_kind_is_numbered(YW_KIND_NONE) && !yw_kind_is_numbered(YW_KIND_DEMAND) && yw_kind_is_numbered(YW_KIND_BROKER));
}

static void
lengths(void)
{
	static const size_t sizes[] = { 1, YW_NUMBER_MAX, YW_NUMBER_MAX + 1, 100000 };
	char digits[YW_NUMBER_MAX + 1];

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct yw_buf json = YW_BUF_INIT;

		yw_buf_add_str(&json, "{\"contract\":{\"registration_number\":\"");
		for (size_t k = 0; k < sizes[i]; k++)
			yw_buf_add_str(&json, "1");
		yw_buf_add_str(&json, "\"}}");
		memset(digits, '1', sizeof digits);
		digits[sizes[i] < sizeof digits ? sizes[i] : 0] = '\0';
		YW_CHECK(strcmp(number_of(yw_buf_str(&json)), sizes[i] <= YW_NUMBER_MAX ? digits : "none") == 0);
		yw_buf_release(&json);
	}
}

YW_TESTS({ "B5 by which number a record is known elsewhere, as long as it has not ended", kinds },
    { "B5 a number of 256 bytes is one, a longer text is not", lengths })
