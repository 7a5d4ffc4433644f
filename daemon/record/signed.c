/*
 * signed.c - see signed.h.
 */
#include "record/signed.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "record/sealed.h"

#define FIRST_LINE "yiwang-signed/v1"

/* --- Reading -------------------------------------------------------------------------------------- */

static enum yw_code
check_seal(struct yw_bytes text, struct yw_bytes *body, struct yw_error *err)
{
	switch (yw_sealed_body(text, body)) {
	case YW_SEAL_GOOD:
		return YW_OK;
	case YW_SEAL_MISSING:
		return yw_fail(err, YW_EFORMAT, "it does not end with a line 'sha256': it is cut off, or something was added");
	case YW_SEAL_OTHER:
		break;
	}
	return yw_fail(err, YW_EFORMAT, "it was changed after it had been signed");
}

/* The value of the next line. */
static enum yw_code
take(struct yw_bytes *rest, const char *word, struct yw_bytes *value, struct yw_error *err)
{
	struct yw_bytes line;

	if (!yw_line_next(rest, &line) || !yw_line_after(line, word, value))
		return yw_fail(err, YW_EFORMAT, "a line '%.*s' is missing", (int)strcspn(word, " "), word);
	return YW_OK;
}

/* Decoded into `d`, which has room for all of the file and so never moves. */
static enum yw_code
take_base64(struct yw_bytes *rest, const char *word, struct yw_buf *d, struct yw_bytes *out, struct yw_error *err)
{
	struct yw_bytes value;
	enum yw_code code = take(rest, word, &value, err);

	return code == YW_OK ? yw_sealed_value(word, value, d, out, err) : code;
}

static enum yw_code
take_origin(struct yw_bytes *rest, struct yw_signed *s, struct yw_error *err)
{
	struct yw_jurisdiction code;
	struct yw_bytes value;
	uint32_t generation;
	enum yw_code result = take(rest, "origin ", &value, err);

	if (result != YW_OK)
		return result;
	if (value.len > YW_ORIGIN_MAX ||
	    yw_origin_parse((const char *)value.data, value.len, NULL, &code, &generation) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'origin' is no origin of a log");
	memcpy(s->origin.text, value.data, value.len);
	return YW_OK;
}

static enum yw_code
read_entry(struct yw_signed *s, struct yw_error *err)
{
	enum yw_code code = yw_entry_read(s->origin.text, s->envelope, &s->e, err);

	if (code != YW_OK) {
		yw_fail_context(err, "its entry breaks a log");
		return code;
	}
	if (s->e.trust_kind != YW_TRUST_NONE && !YW_FAULT("signed-trust"))
		return yw_fail(err, YW_EINVAL, "its entry is a statement about keys or logs, which only the node itself makes");
	if (s->e.standing != YW_STANDING_APPLIED)
		return yw_fail(err, YW_EINVAL, "its entry would have no effect: %s", s->e.why);
	return yw_entry_verify(&s->e, err);
}

static enum yw_code
take_record(struct yw_bytes *rest, struct yw_signed *s, size_t item, struct yw_error *err)
{
	struct yw_signed_record *r = &s->records[item];
	struct yw_hash is;
	enum yw_code code = take_base64(rest, "record ", &s->decoded, &r->bytes, err);

	if (code != YW_OK)
		return code;
	yw_sha256(r->bytes.data, r->bytes.len, &is);
	if (!yw_hash_equal(&is, &s->e.hashes[item]))
		return yw_fail(err, YW_EFORMAT, "record %zu is not the one that was signed", item + 1);
	code = yw_record_read(r->bytes, &r->record, err);
	if (code != YW_OK)
		yw_fail_context(err, "record %zu", item + 1);
	return code;
}

static enum yw_code
read_lines(struct yw_bytes text, struct yw_signed *s, struct yw_error *err)
{
	struct yw_bytes rest, line;
	enum yw_code code = check_seal(text, &rest, err);

	if (code != YW_OK)
		return code;
	if (!yw_line_next(&rest, &line) || !yw_bytes_equal(line, YW_BYTES_LIT(FIRST_LINE)))
		return yw_fail(err, YW_EFORMAT, "it does not begin with '" FIRST_LINE "'");
	code = take_origin(&rest, s, err);
	if (code == YW_OK)
		code = take_base64(&rest, "entry ", &s->decoded, &s->envelope, err);
	if (code == YW_OK)
		code = read_entry(s, err);
	if (code != YW_OK)
		return code;
	s->records = calloc(s->e.n_items, sizeof *s->records);
	if (s->records == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for what was signed");
	for (size_t i = 0; code == YW_OK && i < s->e.n_items; i++)
		code = take_record(&rest, s, i, err);
	if (code == YW_OK && rest.len != 0)
		code = yw_fail(err, YW_EFORMAT, "something stands after its %zu records", s->e.n_items);
	return code;
}

enum yw_code
yw_signed_read(struct yw_bytes text, struct yw_signed *out, struct yw_error *err)
{
	struct yw_signed s = { .decoded = YW_BUF_INIT };
	enum yw_code code;

	if (text.len > YW_SIGNED_MAX)
		return yw_fail(err, YW_ELIMIT, "a file of signed records has at most %u bytes", YW_SIGNED_MAX);
	(void)yw_buf_extend(&s.decoded, text.len + 1);
	code = yw_buf_check(&s.decoded, err);
	yw_buf_clear(&s.decoded);
	if (code == YW_OK)
		code = read_lines(text, &s, err);
	if (code == YW_OK)
		*out = s;
	else
		yw_signed_release(&s);
	return code;
}

void
yw_signed_release(struct yw_signed *s)
{
	yw_entry_release(&s->e);
	free(s->records);
	yw_buf_release(&s->decoded);
	*s = (struct yw_signed) { .decoded = YW_BUF_INIT };
}

/* --- Making --------------------------------------------------------------------------------------- */

static void
add_file(const char *origin, struct yw_bytes envelope, const struct yw_bytes *records, size_t n, struct yw_buf *out)
{
	yw_buf_printf(out, FIRST_LINE "\norigin %s\n", origin);
	yw_sealed_add(out, "entry", envelope);
	for (size_t i = 0; i < n; i++)
		yw_sealed_add(out, "record", records[i]);
	yw_sealed_end(out);
}

/* What leaves here must be what a node takes. */
static enum yw_code
hand_over(const struct yw_buf *made, struct yw_buf *out, struct yw_error *err)
{
	struct yw_signed s;
	enum yw_code code = yw_buf_check(made, err);

	if (code == YW_OK)
		code = yw_signed_read(yw_buf_bytes(made), &s, err);
	if (code != YW_OK)
		return code;
	yw_signed_release(&s);
	yw_buf_add(out, made->data, made->len);
	return yw_buf_check(out, err);
}

enum yw_code
yw_signed_make(const struct yw_entry_draft *draft, const struct yw_bytes *records, size_t n, const struct yw_seckey *key,
    const struct yw_pubkey *pub, struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT, made = { .limit = YW_SIGNED_MAX };
	struct yw_hash hashes[YW_ITEMS_MAX];
	struct yw_entry_draft d = *draft;
	enum yw_code code;

	if (n == 0 || n > YW_ITEMS_MAX)
		return yw_fail(err, YW_EINVAL, "one entry registers 1 to %d records", YW_ITEMS_MAX);
	for (size_t i = 0; i < n; i++)
		yw_sha256(records[i].data, records[i].len, &hashes[i]);
	d.hashes = hashes;
	d.n_items = n;
	code = yw_entry_seal(&d, key, pub, &envelope, err);
	if (code == YW_OK) {
		add_file(d.origin, yw_buf_bytes(&envelope), records, n, &made);
		code = hand_over(&made, out, err);
	}
	yw_buf_release(&envelope);
	yw_buf_release(&made);
	return code;
}
