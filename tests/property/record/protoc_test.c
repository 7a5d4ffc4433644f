/*
 * protoc_test.c - protoc as outside truth: it reads the records we write, and writes the same bytes.
 */
#include "base/file.h"
#include "record/record.h"
#include "support/records.h"

#define PROTOC_ROUNDS 12

static void
run_protoc(const char *how, const char *in, const char *out)
{
	char cmd[1024];

	snprintf(cmd, sizeof cmd, "%s --proto_path=%s --%s=yiwang.v1.Record yiwang/v1/record.proto < %s > %s",
	    YW_PROTOC, YW_PROTO_DIR, how, in, out);
	YW_CHECK_MSG(system(cmd) == 0, "%s", cmd);
}

/* protoc --decode reads what we write, and protoc --encode makes the same bytes of it. */
static void
reads_and_writes(void)
{
	struct yw_buf body = YW_BUF_INIT, again = YW_BUF_INIT, text = YW_BUF_INIT;
	uint64_t seed = yw_test_seed();
	char in[256], mid[256], out[256];
	size_t i;

	snprintf(in, sizeof in, "%s/body", yw_test_dir());
	snprintf(mid, sizeof mid, "%s/text", yw_test_dir());
	snprintf(out, sizeof out, "%s/again", yw_test_dir());
	for (i = 0; i < PROTOC_ROUNDS; i++) {
		yw_buf_clear(&body);
		yw_buf_clear(&again);
		if (i == 0) {
			struct yw_record_stamp stamp = { "320102/contract/1", 1, YW_OP_PUT, NULL };

			YW_PASS(yw_record_from_json(yw_bytes_str(yw_sample_contract), &again, NULL));
			YW_PASS(yw_record_finish(yw_buf_bytes(&again), &stamp, &body, NULL));
			yw_buf_clear(&again);
		} else {
			yw_random_record(&seed, false, &body);
		}
		YW_PASS(yw_file_write(in, body.data, body.len, 0600, true, NULL));
		run_protoc("decode", in, mid);
		run_protoc("encode", mid, out);
		YW_PASS(yw_file_read(out, YW_BODY_MAX, &again, NULL));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&body), yw_buf_bytes(&again)));
		if (i != 0)
			continue;
		YW_PASS(yw_file_read(mid, YW_BODY_MAX, &text, NULL));
		YW_CHECK(strstr(yw_buf_str(&text), "id: \"320102/contract/1\"") != NULL);
		YW_CHECK(strstr(yw_buf_str(&text), "technical_amount_fen: 118000050") != NULL);
		YW_CHECK(strstr(yw_buf_str(&text), "sub_kind: CONTRACT_SUB_KIND_COMMISSIONED_DEVELOPMENT") != NULL);
		YW_CHECK(strstr(yw_buf_str(&text), "value: \"12320102103379084Q\"") != NULL);
	}
	yw_buf_release(&body);
	yw_buf_release(&again);
	yw_buf_release(&text);
}

YW_TESTS({ "B3 B5 protoc reads what we write and writes the same", reads_and_writes })
