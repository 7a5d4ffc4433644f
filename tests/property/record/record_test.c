/*
 * record_test.c - random records of every kind through JSON and back, stamped, compared.
 */
#include "record/record.h"
#include "record/wire.h"
#include "support/records.h"
#include "yiwang/v1/record.pb-c.h"

#define ROUNDS 3000

static void
check_form(const struct yw_buf *b)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_wire_check(&yiwang__v1__record__descriptor, yw_buf_bytes(b), NULL, &err) == YW_OK, "%s",
	    err.msg);
}

static void
json_and_back(void)
{
	struct yw_buf body = YW_BUF_INIT, json = YW_BUF_INIT, again = YW_BUF_INIT;
	uint64_t seed = yw_test_seed();
	struct yw_error err;
	size_t i;

	for (i = 0; i < ROUNDS; i++) {
		yw_buf_clear(&body);
		yw_buf_clear(&json);
		yw_buf_clear(&again);
		yw_random_record(&seed, i % 2, &body);
		check_form(&body);
		YW_PASS(yw_record_to_json(yw_buf_bytes(&body), &json, NULL));
		YW_CHECK_MSG(yw_record_from_json(yw_buf_bytes(&json), &again, &err) == YW_OK, "%s in %s", err.msg,
		    yw_buf_str(&json));
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&body), yw_buf_bytes(&again)), "%s", yw_buf_str(&json));
	}
	yw_buf_release(&body);
	yw_buf_release(&json);
	yw_buf_release(&again);
}

/* What follows the first four fields, whatever they are. */
static struct yw_bytes
tail(const struct yw_buf *b)
{
	struct yw_bytes rest = yw_buf_bytes(b), at = rest;
	struct yw_wire_field f;

	while (yw_wire_next(&rest, &f, NULL) == YW_OK && f.number <= 4)
		at = rest;
	return at;
}

static void
stamped(void)
{
	struct yw_buf body = YW_BUF_INIT, out = YW_BUF_INIT, again = YW_BUF_INIT;
	uint64_t seed = yw_test_seed();
	size_t i;

	for (i = 0; i < ROUNDS; i++) {
		const struct yw_record_stamp keep = { NULL, 0, 0, NULL };
		struct yw_record_stamp stamp = { NULL, (uint32_t)i + 2000, 0, (const uint8_t *)"0123456789abcdef" };
		struct yw_record was, is;

		yw_buf_clear(&body);
		yw_buf_clear(&out);
		yw_buf_clear(&again);
		yw_random_record(&seed, i % 2, &body);
		YW_PASS(yw_record_read(yw_buf_bytes(&body), &was, NULL));
		YW_PASS(yw_record_finish(yw_buf_bytes(&body), &keep, &out, NULL));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&body), yw_buf_bytes(&out)));
		YW_PASS(yw_record_finish(yw_buf_bytes(&body), &stamp, &again, NULL));
		check_form(&again);
		YW_CHECK(yw_bytes_equal(tail(&body), tail(&again)));
		YW_PASS(yw_record_read(yw_buf_bytes(&again), &is, NULL));
		YW_CHECK(is.revision == i + 2000 && is.op == was.op && strcmp(is.id_text, was.id_text) == 0);
		YW_CHECK(yw_record_same_content(yw_buf_bytes(&body), yw_buf_bytes(&again)));
	}
	yw_buf_release(&body);
	yw_buf_release(&out);
	yw_buf_release(&again);
}

/* Two different random records never pass for one; nor does a record with one byte changed. */
static void
different(void)
{
	struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT;
	uint64_t seed = yw_test_seed();
	size_t i;

	for (i = 0; i < ROUNDS; i++) {
		struct yw_bytes t;

		yw_buf_clear(&a);
		yw_buf_clear(&b);
		yw_random_record(&seed, true, &a);
		yw_random_record(&seed, true, &b);
		YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)) ||
		    (yw_bytes_equal(tail(&a), tail(&b)) && yw_record_same_content(yw_buf_bytes(&b), yw_buf_bytes(&a))));
		yw_buf_clear(&b);
		yw_buf_add(&b, a.data, a.len);
		t = tail(&b);
		if (t.len == 0)
			continue;
		b.data[b.len - 1 - yw_test_next(&seed) % t.len] ^= (uint8_t)(1u << yw_test_next(&seed) % 8);
		YW_CHECK(!yw_record_same_content(yw_buf_bytes(&a), yw_buf_bytes(&b)));
	}
	yw_buf_release(&a);
	yw_buf_release(&b);
}

YW_TESTS({ "B3 B5 a record through JSON and back is the same bytes, unknown fields too", json_and_back },
    { "B3 B5 a stamp changes four fields and nothing else", stamped }, { "B5 other content is noticed", different })
