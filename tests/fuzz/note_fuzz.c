/*
 * Signed notes, checkpoints and verifier keys: what is accepted is written again as the same bytes.
 */
#include "support/fuzz.h"
#include "tlog/checkpoint.h"

static void
as_vkey(struct yw_bytes in)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_vkey v;

	if (yw_vkey_parse((const char *)in.data, in.len, &v, NULL) == YW_OK) {
		yw_vkey_text(&v, &text);
		YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&text), in));
	}
	yw_buf_release(&text);
}

static void
as_checkpoint(struct yw_bytes in)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_checkpoint c;

	if (yw_checkpoint_parse(in, &c, NULL) == YW_OK) {
		yw_checkpoint_text(&c, &text);
		YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&text), in));
	}
	yw_buf_release(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char vkey[] = "onenet.example/320100+ee95768b+AVZ8EuXhRMCdEsxNPsdolUyxb5GJ+P7Q2TsA9qAwpuOH";
	struct yw_bytes in = { data, len };
	struct yw_buf again = YW_BUF_INIT;
	struct yw_note note;
	struct yw_vkey v;
	uint64_t time;

	as_vkey(in);
	as_checkpoint(in);
	if (yw_note_parse(in, &note, NULL) != YW_OK)
		return 0;
	yw_buf_add(&again, note.text.data, note.text.len);
	yw_buf_add_byte(&again, '\n');
	for (size_t i = 0; i < note.n_sigs; i++)
		yw_buf_add(&again, note.sigs[i].line.data, note.sigs[i].line.len);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&again), in));
	yw_buf_release(&again);
	as_checkpoint(note.text);
	if (yw_vkey_parse(vkey, sizeof vkey - 1, &v, NULL) == YW_OK && yw_note_check(&note, &v, &time) == YW_OK)
		YW_FUZZ_CHECK(note.n_sigs > 0);
	yw_note_release(&note);
	return 0;
}
