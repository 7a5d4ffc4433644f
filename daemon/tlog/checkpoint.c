/*
 * checkpoint.c - the text of a tree head, and heads signed by their log.
 */
#include "tlog/checkpoint.h"

#include "base/fault.h"
#include "base/text.h"

enum yw_code
yw_checkpoint_parse(struct yw_bytes text, struct yw_checkpoint *out, struct yw_error *err)
{
	struct yw_bytes rest = text, origin, size, root;
	struct yw_checkpoint c;

	if (!yw_line_next(&rest, &origin) || !yw_line_next(&rest, &size) || !yw_line_next(&rest, &root))
		return yw_fail(err, YW_EFORMAT, "a checkpoint has fewer than three lines");
	if (rest.len != 0)
		return yw_fail(err, YW_EFORMAT, "a checkpoint has extension lines, which our logs never write");
	if (origin.len == 0 || origin.len > YW_ORIGIN_MAX || memchr(origin.data, '\0', origin.len) != NULL)
		return yw_fail(err, YW_EFORMAT, "the origin of a checkpoint is empty, too long, or no text");
	if (yw_decimal_decode((const char *)size.data, size.len, INT64_MAX, &c.size) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "the size of a checkpoint is not a plain decimal number");
	if (yw_base64_decode_exact((const char *)root.data, root.len, c.root.b, sizeof c.root.b) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "the root of a checkpoint is not base64 of 32 bytes");
	memcpy(c.origin, origin.data, origin.len);
	c.origin[origin.len] = '\0';
	*out = c;
	return YW_OK;
}

void
yw_checkpoint_text(const struct yw_checkpoint *c, struct yw_buf *out)
{
	yw_buf_printf(out, "%s\n%llu\n", c->origin, (unsigned long long)c->size);
	yw_base64_add(out, c->root.b, sizeof c->root.b);
	yw_buf_add_byte(out, '\n');
}

enum yw_code
yw_head_sign(const struct yw_checkpoint *c, const struct yw_seckey *head_key, const struct yw_pubkey *head_pub,
    struct yw_buf *note, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_vkey v;
	enum yw_code code;

	code = yw_vkey_make(c->origin, YW_NOTE_ED25519, head_pub, &v);
	if (code != YW_OK)
		return yw_fail(err, code, "'%s' cannot be the name of a head's key", c->origin);
	yw_checkpoint_text(c, &text);
	yw_buf_add(note, text.data, text.len);
	yw_buf_add_byte(note, '\n');
	code = yw_buf_check(&text, err);
	if (code == YW_OK)
		code = yw_note_sign(yw_buf_bytes(&text), &v, head_key, note, err);
	yw_buf_release(&text);
	return code;
}

enum yw_code
yw_head_check(struct yw_bytes data, const struct yw_pubkey *head_pub, struct yw_checkpoint *out,
    struct yw_error *err)
{
	struct yw_checkpoint c;
	struct yw_note note;
	struct yw_vkey v;
	enum yw_code code;

	code = yw_note_parse(data, &note, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(note.text, &c, err);
	if (code == YW_OK && yw_vkey_make(c.origin, YW_NOTE_ED25519, head_pub, &v) != YW_OK)
		code = yw_fail(err, YW_EFORMAT, "'%s' cannot be the name of a head's key", c.origin);
	if (code == YW_OK && yw_note_check(&note, &v, NULL) != YW_OK && !YW_FAULT("head-unsigned"))
		code = yw_fail(err, YW_ESIG, "the head of '%s' is not signed by its head key", c.origin);
	yw_note_release(&note);
	if (code == YW_OK)
		*out = c;
	return code;
}
