/*
 * record.c - a body judged by its bytes, and its first four fields written anew.
 *
 * Everything works field by field on the wire form: nothing is decoded and packed again, so what this
 * version does not know cannot be lost or moved.
 */
#include "record/record.h"

#include "base/fault.h"
#include "crypto/keys.h"
#include "record/kind.h"
#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

enum field { ID = 1, REVISION, OPERATION, SALT, REPLACES, FIRST_BODY };

/* The oneof's members have the numbers of the kinds, shifted. */
#define BODY_OF(kind) (FIRST_BODY + (kind) - 1)
_Static_assert((int)YIWANG__V1__RECORD__BODY_INSTITUTION == BODY_OF(YW_KIND_INSTITUTION), "kind.h");
_Static_assert((int)YIWANG__V1__RECORD__BODY_CORRECTION_ANSWER == BODY_OF(YW_KIND_CORRECTION_ANSWER), "kind.h");

static enum yw_code
check_form(struct yw_bytes body, bool *unknown, struct yw_error *err)
{
	if (body.len > YW_BODY_MAX)
		return yw_fail(err, YW_ELIMIT, "a record of %zu bytes, at most %u are allowed", body.len,
		    YW_BODY_MAX);
	return yw_wire_check(&yiwang__v1__record__descriptor, body, unknown, err);
}

static enum yw_kind
kind_of_field(uint32_t number)
{
	return number >= FIRST_BODY && number < BODY_OF(YW_KINDS_END)
	    ? (enum yw_kind)(number - FIRST_BODY + 1) : YW_KIND_NONE;
}

static enum yw_code
take_id(struct yw_bytes text, struct yw_record *r, struct yw_error *err)
{
	if (yw_record_id_parse((const char *)text.data, text.len, &r->id) != YW_OK)
		return yw_fail(err, YW_EFORMAT, "'%.*s' is no record id: <code>/<kind>/<local id>",
		    (int)(text.len > YW_ID_MAX ? YW_ID_MAX : text.len), (const char *)text.data);
	memcpy(r->id_text, text.data, text.len);
	r->id_text[text.len] = '\0';
	return YW_OK;
}

static void
take_replaces(struct yw_bytes text, struct yw_record *r)
{
	struct yw_record_id id;

	if (yw_record_id_parse((const char *)text.data, text.len, &id) != YW_OK)
		return;
	memcpy(r->replaces, text.data, text.len);
	r->replaces[text.len] = '\0';
}

static bool
known_kind(const struct yw_record_id *id)
{
	return yw_kind_parse(id->kind, strlen(id->kind)) != YW_KIND_NONE &&
	    !(YW_FAULT("older-version") && strcmp(id->kind, yw_kind_name(YW_KIND_DEMAND)) == 0);
}

/* Of an id that is well formed; `body` is the kind of the content. */
static enum yw_counts
judge(const struct yw_record *r, enum yw_kind body)
{
	const char *has = yw_kind_name(body);

	if (!known_kind(&r->id))
		return YW_COUNTS_LATER;
	if (r->op == 0)
		return YW_COUNTS_NEVER;
	switch (r->op) {
	case YW_OP_PUT:
		return has != NULL && strcmp(has, r->id.kind) == 0 ? YW_COUNTS : YW_COUNTS_NEVER;
	case YW_OP_WITHDRAW:
		return has == NULL ? YW_COUNTS : YW_COUNTS_NEVER;
	}
	return YW_COUNTS_LATER;
}

static enum yw_code
refuse(const struct yw_record *r, enum yw_kind body, struct yw_error *err)
{
	const char *has = yw_kind_name(body);

	if (r->counts == YW_COUNTS_LATER)
		return yw_fail(err, YW_EFORMAT, "record '%s' is of a kind or an operation that this version does not know",
		    r->id_text);
	if (r->op == 0)
		return yw_fail(err, YW_EFORMAT, "record '%s' has no operation", r->id_text);
	if (r->op == YW_OP_WITHDRAW)
		return yw_fail(err, YW_EFORMAT, "record '%s' is withdrawn and holds content", r->id_text);
	return yw_fail(err, YW_EFORMAT, "record '%s' holds %s%s", r->id_text,
	    has == NULL ? "nothing of a known kind" : "content of kind ", has == NULL ? "" : has);
}

/* *kind: of the content; YW_KIND_NONE: none that is known. */
static enum yw_code
read_fields(struct yw_bytes body, struct yw_record *r, enum yw_kind *kind, struct yw_error *err)
{
	struct yw_wire_field f;
	enum yw_code code;

	while ((code = yw_wire_next(&body, &f, err)) == YW_OK) {
		switch (f.number) {
		case ID:
			code = take_id(f.bytes, r, err);
			break;
		case REVISION:
			r->revision = (uint32_t)f.value;
			break;
		case OPERATION:
			r->op = (enum yw_operation)f.value;
			break;
		case REPLACES:
			take_replaces(f.bytes, r);
			break;
		default:
			if (kind_of_field(f.number) != YW_KIND_NONE)
				*kind = kind_of_field(f.number);
		}
		if (code != YW_OK)
			return code;
	}
	if (code != YW_ENOENT)
		return code;
	return r->id_text[0] != '\0' ? YW_OK : yw_fail(err, YW_EFORMAT, "a record without an id");
}

static enum yw_code
read_form(struct yw_bytes body, struct yw_record *out, enum yw_kind *kind, struct yw_error *err)
{
	struct yw_record r = { .revision = 0 };
	enum yw_code code = check_form(body, &r.newer_schema, err);

	*kind = YW_KIND_NONE;
	if (code == YW_OK)
		code = read_fields(body, &r, kind, err);
	if (code != YW_OK)
		return code;
	r.counts = judge(&r, *kind);
	*out = r;
	return YW_OK;
}

enum yw_code
yw_record_form(struct yw_bytes body, struct yw_record *out, struct yw_error *err)
{
	enum yw_kind kind;

	return read_form(body, out, &kind, err);
}

enum yw_code
yw_record_read(struct yw_bytes body, struct yw_record *out, struct yw_error *err)
{
	struct yw_record r;
	enum yw_kind kind;
	enum yw_code code = read_form(body, &r, &kind, err);

	if (code == YW_OK && r.counts != YW_COUNTS)
		code = refuse(&r, kind, err);
	if (code == YW_OK)
		*out = r;
	return code;
}

/* The first four fields as they are to be, from what is there and the stamp. */
struct head {
	struct yw_bytes id;
	uint64_t revision, op;
	struct yw_bytes salt;
};

/* Takes them off *body, so that it begins with the first field that stays. */
static enum yw_code
take_head(struct yw_bytes *body, struct head *head, struct yw_error *err)
{
	struct yw_bytes rest = *body;
	struct yw_wire_field f;
	enum yw_code code;

	while ((code = yw_wire_next(&rest, &f, err)) == YW_OK && f.number <= SALT) {
		switch (f.number) {
		case ID:
			head->id = f.bytes;
			break;
		case REVISION:
			head->revision = f.value;
			break;
		case OPERATION:
			head->op = f.value;
			break;
		case SALT:
			head->salt = f.bytes;
		}
		*body = rest;
	}
	return code == YW_ENOENT ? YW_OK : code;
}

static void
add_head(const struct head *head, struct yw_buf *out)
{
	if (head->id.len != 0)
		yw_wire_add_bytes(out, ID, head->id);
	if (head->revision != 0)
		yw_wire_add_number(out, REVISION, head->revision);
	if (head->op != 0)
		yw_wire_add_number(out, OPERATION, head->op);
	yw_wire_add_bytes(out, SALT, head->salt);
}

enum yw_code
yw_record_finish(struct yw_bytes body, const struct yw_record_stamp *stamp, struct yw_buf *out,
    struct yw_error *err)
{
	struct head head = { .revision = 0 };
	uint8_t drawn[YW_SALT_BYTES];
	size_t start = out->len;
	struct yw_record made;
	enum yw_code code;

	code = check_form(body, NULL, err);
	if (code == YW_OK)
		code = take_head(&body, &head, err);
	if (code != YW_OK)
		return code;
	if (stamp->id != NULL)
		head.id = yw_bytes_str(stamp->id);
	if (stamp->revision != 0)
		head.revision = stamp->revision;
	if (stamp->op != 0)
		head.op = stamp->op;
	if (stamp->salt != NULL)
		head.salt = (struct yw_bytes) { stamp->salt, YW_SALT_BYTES };
	if (head.salt.len == 0) {
		yw_random(drawn, sizeof drawn);
		head.salt = (struct yw_bytes) { drawn, sizeof drawn };
	}
	if (head.salt.len != YW_SALT_BYTES)
		return yw_fail(err, YW_EFORMAT, "a salt of %zu bytes, not %d", head.salt.len, YW_SALT_BYTES);
	add_head(&head, out);
	yw_buf_add(out, body.data, body.len);
	code = yw_buf_check(out, err);
	if (code == YW_OK)
		code = yw_record_read((struct yw_bytes) { out->data + start, out->len - start }, &made, err);
	if (code != YW_OK)
		out->len = start;
	return code;
}

/* The next field that counts as content; its bytes with the tag are *whole. */
static bool
next_content(struct yw_bytes *in, struct yw_bytes *whole)
{
	struct yw_bytes rest = *in;
	struct yw_wire_field f;

	while (yw_wire_next(&rest, &f, NULL) == YW_OK) {
		*whole = (struct yw_bytes) { in->data, in->len - rest.len };
		*in = rest;
		if (f.number != REVISION && f.number != SALT)
			return true;
	}
	return false;
}

bool
yw_record_same_content(struct yw_bytes a, struct yw_bytes b)
{
	struct yw_bytes fa, fb;
	bool more_a, more_b;

	do {
		more_a = next_content(&a, &fa);
		more_b = next_content(&b, &fb);
		if (more_a != more_b || (more_a && !yw_bytes_equal(fa, fb)))
			return false;
	} while (more_a);
	return a.len == 0 && b.len == 0;
}
