/*
 * Any bytes as a Record: what is in one form comes back from JSON as the same bytes, what is stamped
 * counts, and what is judged is judged within bounds.
 */
#include "record/record.h"
#include "record/validate.h"
#include "record/wire.h"
#include "support/fuzz.h"
#include "yiwang/v1/record.pb-c.h"

static void
through_json(struct yw_bytes in)
{
	struct yw_buf json = YW_BUF_INIT, again = YW_BUF_INIT;

	if (yw_record_to_json(in, &json, NULL) == YW_OK) {
		YW_FUZZ_CHECK(yw_record_from_json(yw_buf_bytes(&json), &again, NULL) == YW_OK);
		YW_FUZZ_CHECK(yw_bytes_equal(in, yw_buf_bytes(&again)));
	}
	yw_buf_release(&json);
	yw_buf_release(&again);
}

static void
stamped(struct yw_bytes in)
{
	static const struct yw_record_stamp stamp = { .revision = 5 };
	struct yw_buf out = YW_BUF_INIT;
	struct yw_record r;

	if (yw_record_finish(in, &stamp, &out, NULL) == YW_OK) {
		YW_FUZZ_CHECK(yw_record_read(yw_buf_bytes(&out), &r, NULL) == YW_OK && r.revision == 5);
		YW_FUZZ_CHECK(yw_record_same_content(in, yw_buf_bytes(&out)));
	}
	yw_buf_release(&out);
}

/* What is read is held as well, and says of itself that it counts. */
static void
held(struct yw_bytes in)
{
	struct yw_record r, form;

	if (yw_record_form(in, &form, NULL) == YW_OK)
		YW_FUZZ_CHECK((form.counts == YW_COUNTS) == (yw_record_read(in, &r, NULL) == YW_OK));
	else
		YW_FUZZ_CHECK(yw_record_read(in, &r, NULL) != YW_OK);
}

static void
judged(struct yw_bytes in)
{
	static const struct yw_validation by = { .now_ms = INT64_C(1795611600000) };
	struct yw_finding f[YW_FINDINGS_MAX];
	size_t i, n = yw_record_validate(in, &by, f, YW_FINDINGS_MAX);
	bool form = yw_wire_check(&yiwang__v1__record__descriptor, in, NULL, NULL) == YW_OK;

	YW_FUZZ_CHECK(n <= YW_FINDINGS_MAX);
	for (i = 0; i < n; i++)
		YW_FUZZ_CHECK(f[i].code[0] != '\0' && f[i].reason[0] != '\0' && (f[i].field[0] != '\0') == form);
	YW_FUZZ_CHECK(form || (n == 1 && f[0].refuse));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in = { data, len };
	struct yw_error err;
	struct yw_record r;

	if (yw_record_read(in, &r, &err) == YW_OK)
		YW_FUZZ_CHECK(yw_wire_check(&yiwang__v1__record__descriptor, in, NULL, NULL) == YW_OK);
	held(in);
	through_json(in);
	stamped(in);
	judged(in);
	return 0;
}
