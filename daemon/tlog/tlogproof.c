/*
 * tlogproof.c - C2SP tlog-proof: a first line, an optional `extra`, `index`, the path from the leaf's
 * sibling to the root's child, an empty line, the checkpoint.
 */
#include "tlog/tlogproof.h"

#include "base/text.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

/* Base64 of something: without extra data the line is left out. */
static enum yw_code
check_extra(struct yw_bytes extra, struct yw_error *err)
{
	struct yw_buf raw = YW_BUF_INIT;
	enum yw_code code;

	code = yw_base64_decode((const char *)extra.data, extra.len, &raw);
	if (code == YW_ENOMEM)
		yw_fail(err, code, "no memory for a proof");
	else if (code != YW_OK || raw.len == 0)
		code = yw_fail(err, YW_EFORMAT, "the extra line of a proof is not base64");
	yw_buf_release(&raw);
	return code;
}

static enum yw_code
parse_path(struct yw_bytes *rest, struct yw_proof *out, struct yw_error *err)
{
	struct yw_bytes line;

	for (out->n = 0; yw_line_next(rest, &line); out->n++) {
		if (line.len == 0)
			return YW_OK;
		if (out->n == YW_PROOF_MAX)
			return yw_fail(err, YW_ELIMIT, "a proof has more than %d hashes", YW_PROOF_MAX);
		if (yw_base64_decode_exact((const char *)line.data, line.len, out->h[out->n].b, YW_HASH_BYTES) != YW_OK)
			return yw_fail(err, YW_EFORMAT, "hash %zu of a proof is not base64 of 32 bytes", out->n + 1);
	}
	return yw_fail(err, YW_EFORMAT, "a proof has no empty line before its checkpoint");
}

static enum yw_code
check_note(struct yw_bytes note, struct yw_error *err)
{
	struct yw_note parsed;
	enum yw_code code;

	code = yw_note_parse(note, &parsed, err);
	if (code != YW_OK) {
		yw_fail_context(err, "the checkpoint of a proof");
		return code;
	}
	yw_note_release(&parsed);
	return YW_OK;
}

enum yw_code
yw_tlog_proof_parse(struct yw_bytes text, struct yw_tlog_proof *out, struct yw_error *err)
{
	struct yw_bytes rest = text, line, value;
	struct yw_tlog_proof p = { 0 };
	enum yw_code code = YW_OK;

	if (!yw_line_next(&rest, &line) || !yw_bytes_equal(line, YW_BYTES_LIT(FIRST_LINE)))
		return yw_fail(err, YW_EFORMAT, "a proof does not start with the line " FIRST_LINE);
	if (!yw_line_next(&rest, &line))
		return yw_fail(err, YW_EFORMAT, "a proof ends after its first line");
	if (yw_line_after(line, "extra ", &p.extra)) {
		code = check_extra(p.extra, err);
		if (code == YW_OK && !yw_line_next(&rest, &line))
			code = yw_fail(err, YW_EFORMAT, "a proof ends after its extra line");
		if (code != YW_OK)
			return code;
	}
	if (!yw_line_after(line, "index ", &value) ||
	    yw_decimal_decode((const char *)value.data, value.len, INT64_MAX, &p.index) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "a proof has no line with its index where it belongs");
	code = parse_path(&rest, &p.path, err);
	if (code == YW_OK)
		code = check_note(rest, err);
	if (code != YW_OK)
		return code;
	p.checkpoint = rest;
	*out = p;
	return YW_OK;
}

void
yw_tlog_proof_text(const struct yw_tlog_proof *p, struct yw_buf *out)
{
	yw_buf_add_str(out, FIRST_LINE "\n");
	if (p->extra.data != NULL) {
		yw_buf_add_str(out, "extra ");
		yw_buf_add(out, p->extra.data, p->extra.len);
		yw_buf_add_byte(out, '\n');
	}
	yw_buf_printf(out, "index %llu\n", (unsigned long long)p->index);
	for (size_t i = 0; i < p->path.n; i++) {
		yw_base64_add(out, p->path.h[i].b, YW_HASH_BYTES);
		yw_buf_add_byte(out, '\n');
	}
	yw_buf_add_byte(out, '\n');
	yw_buf_add(out, p->checkpoint.data, p->checkpoint.len);
}
