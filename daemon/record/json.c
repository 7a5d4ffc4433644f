/*
 * json.c - a Record as JSON and back, driven by the field tables of the generated types.
 *
 * Both ways go straight between text and wire form: writing in the order of the field table is the one
 * form (B3), and fields without a name here are carried as the bytes they are.  The JSON in front of us
 * was written by people: every refusal names the field by its path.
 */
#include <inttypes.h>

#include <jansson.h>

#include "base/json.h"
#include "base/text.h"
#include "record/credit.h"
#include "record/path.h"
#include "record/record.h"
#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

#define UNKNOWN "unknown"

typedef const ProtobufCMessageDescriptor message_type;
typedef const ProtobufCFieldDescriptor field_type;
typedef const ProtobufCEnumDescriptor enum_type;

/* --- Enumerations ------------------------------------------------------------------------------- */

/* Value 0 of every enumeration of ours is its prefix and UNSPECIFIED. */
static const char *
bare_name(enum_type *type, const ProtobufCEnumValue *v)
{
	return v->name + strlen(type->values[0].name) - strlen("UNSPECIFIED");
}

static void
add_enum_name(struct yw_buf *out, enum_type *type, const ProtobufCEnumValue *v)
{
	const char *p;

	for (p = bare_name(type, v); *p; p++)
		yw_buf_add_byte(out, (uint8_t)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p));
}

static bool
is_enum_name(enum_type *type, const ProtobufCEnumValue *v, const char *text)
{
	const char *p = bare_name(type, v);

	for (; *p && *text; p++, text++)
		if (*text != (*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p))
			return false;
	return *p == *text;
}

static void
write_enum(struct yw_json *j, const char *key, enum_type *type, int32_t number)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(type, number);
	struct yw_buf name = YW_BUF_INIT;

	if (v == NULL) {
		yw_json_int(j, key, number);
		return;
	}
	add_enum_name(&name, type, v);
	yw_json_str(j, key, yw_buf_str(&name));
	j->out->failed |= name.failed;
	yw_buf_release(&name);
}

/* --- Out ---------------------------------------------------------------------------------------- */

static enum yw_code write_message(struct yw_json *j, const char *key, message_type *type, struct yw_bytes in,
    struct yw_error *err);

static enum yw_code
write_value(struct yw_json *j, const char *key, field_type *field, const struct yw_wire_field *f,
    struct yw_error *err)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		yw_json_text(j, key, f->bytes);
		return YW_OK;
	case PROTOBUF_C_TYPE_BYTES:
		yw_json_hex(j, key, f->bytes);
		return YW_OK;
	case PROTOBUF_C_TYPE_INT64:
		yw_json_int(j, key, (int64_t)f->value);
		return YW_OK;
	case PROTOBUF_C_TYPE_UINT32:
		yw_json_uint(j, key, f->value);
		return YW_OK;
	case PROTOBUF_C_TYPE_ENUM:
		write_enum(j, key, field->descriptor, (int32_t)f->value);
		return YW_OK;
	case PROTOBUF_C_TYPE_MESSAGE:
		return write_message(j, key, field->descriptor, f->bytes, err);
	default:
		return yw_fail(err, YW_EINVAL, "field '%s' is of a type that has no JSON form", field->name);
	}
}

/* The members of one message; its unknown fields, which stand last, are left in *in. */
static enum yw_code
write_known(struct yw_json *j, message_type *type, struct yw_bytes *in, struct yw_error *err)
{
	field_type *field, *open = NULL;	/* open: the repeated field whose array has begun */
	struct yw_bytes rest = *in;
	struct yw_wire_field f;
	enum yw_code code;

	while ((code = yw_wire_next(&rest, &f, err)) == YW_OK) {
		field = protobuf_c_message_descriptor_get_field(type, f.number);
		if (field == NULL)
			break;
		if (open != NULL && open != field) {
			yw_json_array_end(j);
			open = NULL;
		}
		if (field->label == PROTOBUF_C_LABEL_REPEATED && open == NULL) {
			yw_json_array(j, field->name);
			open = field;
		}
		code = write_value(j, open == NULL ? field->name : NULL, field, &f, err);
		if (code != YW_OK)
			return code;
		*in = rest;
	}
	if (open != NULL)
		yw_json_array_end(j);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
write_message(struct yw_json *j, const char *key, message_type *type, struct yw_bytes in,
    struct yw_error *err)
{
	enum yw_code code;

	yw_json_object(j, key);
	code = write_known(j, type, &in, err);
	if (in.len != 0)
		yw_json_base64(j, UNKNOWN, in);
	yw_json_object_end(j);
	return code;
}

enum yw_code
yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err)
{
	size_t start = json->len;
	struct yw_json j;
	enum yw_code code;

	code = yw_wire_check(&yiwang__v1__record__descriptor, body, NULL, err);
	if (code != YW_OK)
		return code;
	yw_json_init(&j, json);
	code = write_message(&j, NULL, &yiwang__v1__record__descriptor, body, err);
	if (code == YW_OK)
		code = yw_buf_check(json, err);
	if (code != YW_OK)
		json->len = start;
	return code;
}

/* --- In ----------------------------------------------------------------------------------------- */

struct reader {
	struct yw_path path;
	struct yw_error *err;
};

static enum yw_code
wrong(struct reader *r, const char *why)
{
	return yw_fail(r->err, YW_EFORMAT, "%s: %s", r->path.text[0] ? r->path.text : "record", why);
}

static enum yw_code read_message(struct reader *r, message_type *type, const json_t *v, struct yw_buf *out);

static enum yw_code
read_bytes(struct reader *r, uint32_t number, const json_t *v, struct yw_buf *out)
{
	struct yw_buf raw = YW_BUF_INIT;
	size_t len = json_string_length(v);
	enum yw_code code;
	uint8_t *p;

	if (!json_is_string(v))
		return wrong(r, "expected a string of hex digits");
	if (len % 2 != 0 || len / 2 > YW_BODY_MAX)
		return wrong(r, "not hex in small letters");
	p = yw_buf_extend(&raw, len / 2);
	if (p == NULL)
		return yw_buf_check(&raw, r->err);
	code = yw_hex_decode(json_string_value(v), len, p, len / 2);
	if (code == YW_OK)
		yw_wire_add_bytes(out, number, yw_buf_bytes(&raw));
	yw_buf_release(&raw);
	return code == YW_OK ? YW_OK : wrong(r, "not hex in small letters");
}

static enum yw_code
read_enum(struct reader *r, field_type *field, const json_t *v, int64_t *out)
{
	enum_type *type = field->descriptor;
	unsigned i;

	if (json_is_integer(v)) {
		*out = json_integer_value(v);
		return *out < INT32_MIN || *out > INT32_MAX ? wrong(r, "out of range") : YW_OK;
	}
	if (!json_is_string(v))
		return wrong(r, "expected one of its words");
	for (i = 0; i < type->n_values; i++)
		if (is_enum_name(type, &type->values[i], json_string_value(v))) {
			*out = type->values[i].value;
			return YW_OK;
		}
	if (yw_names_person(json_string_value(v)))	/* errors are kept in logs */
		return wrong(r, "expected one of its words");
	return yw_fail(r->err, YW_EFORMAT, "%s: '%.40s' is not one of its words", r->path.text,
	    json_string_value(v));
}

static enum yw_code
read_number(struct reader *r, field_type *field, const json_t *v, int64_t *out)
{
	if (field->type == PROTOBUF_C_TYPE_ENUM)
		return read_enum(r, field, v, out);
	if (!json_is_integer(v))
		return wrong(r, "expected a whole number");
	*out = json_integer_value(v);
	if (field->type == PROTOBUF_C_TYPE_UINT32 && (*out < 0 || *out > UINT32_MAX))
		return wrong(r, "out of range");
	return YW_OK;
}

static enum yw_code
read_nested(struct reader *r, field_type *field, const json_t *v, struct yw_buf *out)
{
	struct yw_buf inner = YW_BUF_INIT;
	enum yw_code code;

	code = read_message(r, field->descriptor, v, &inner);
	if (code == YW_OK)
		code = yw_buf_check(&inner, r->err);
	if (code == YW_OK)
		yw_wire_add_bytes(out, field->id, yw_buf_bytes(&inner));
	yw_buf_release(&inner);
	return code;
}

/* One value.  `always`: also where it is the default, as in an array. */
static enum yw_code
read_value(struct reader *r, field_type *field, const json_t *v, bool always, struct yw_buf *out)
{
	enum yw_code code;
	int64_t n = 0;

	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		return read_nested(r, field, v, out);
	case PROTOBUF_C_TYPE_STRING:
		if (!json_is_string(v))
			return wrong(r, "expected a string");
		if (always || json_string_length(v) != 0)
			yw_wire_add_bytes(out, field->id, (struct yw_bytes) {
			    (const uint8_t *)json_string_value(v), json_string_length(v) });
		return YW_OK;
	case PROTOBUF_C_TYPE_BYTES:
		if (!always && json_is_string(v) && json_string_length(v) == 0)
			return YW_OK;
		return read_bytes(r, field->id, v, out);
	default:
		code = read_number(r, field, v, &n);
		if (code == YW_OK && (always || n != 0))
			yw_wire_add_number(out, field->id, (uint64_t)n);
		return code;
	}
}

static enum yw_code
read_field(struct reader *r, field_type *field, const json_t *v, struct yw_buf *out)
{
	enum yw_code code = YW_OK;
	size_t i, at, outer = yw_path_enter(&r->path, field->name);

	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		code = read_value(r, field, v, false, out);
	} else if (!json_is_array(v)) {
		code = wrong(r, "expected a list");
	} else {
		for (i = 0; code == YW_OK && i < json_array_size(v); i++) {
			at = yw_path_index(&r->path, i);
			code = read_value(r, field, json_array_get(v, i), true, out);
			yw_path_leave(&r->path, at);
		}
	}
	yw_path_leave(&r->path, outer);
	return code;
}

static enum yw_code
check_names(struct reader *r, message_type *type, const json_t *v)
{
	const char *key;
	json_t *member;

	if (!json_is_object(v))
		return wrong(r, "expected an object");
	json_object_foreach((json_t *)v, key, member)
		if (strcmp(key, UNKNOWN) != 0 && protobuf_c_message_descriptor_get_field_by_name(type, key) == NULL)
			return yw_fail(r->err, YW_EFORMAT, "%s: there is no field '%.40s'",
			    r->path.text[0] ? r->path.text : "record", key);
	return YW_OK;
}

static enum yw_code
read_unknown(struct reader *r, const json_t *v, struct yw_buf *out)
{
	size_t outer = yw_path_enter(&r->path, UNKNOWN);
	enum yw_code code = YW_EFORMAT;

	if (json_is_string(v))
		code = yw_base64_decode(json_string_value(v), json_string_length(v), out);
	if (code != YW_OK)
		code = out->failed ? yw_buf_check(out, r->err) : wrong(r, "expected a string of base64");
	yw_path_leave(&r->path, outer);
	return code;
}

/* Appends the message's fields.  Whether `unknown` holds what it should is for the check at the end. */
static enum yw_code
read_message(struct reader *r, message_type *type, const json_t *v, struct yw_buf *out)
{
	enum yw_code code = check_names(r, type, v);
	const json_t *member;
	unsigned i;

	for (i = 0; code == YW_OK && i < type->n_fields; i++) {
		member = json_object_get(v, type->fields[i].name);
		if (member != NULL)
			code = read_field(r, &type->fields[i], member, out);
	}
	member = json_object_get(v, UNKNOWN);
	if (code == YW_OK && member != NULL)
		code = read_unknown(r, member, out);
	return code;
}

enum yw_code
yw_record_from_json(struct yw_bytes json, struct yw_buf *body, struct yw_error *err)
{
	struct reader r = { { "" }, err };
	struct yw_buf made = YW_BUF_INIT;
	json_t *root = NULL;
	enum yw_code code;

	made.limit = YW_BODY_MAX;
	code = yw_json_parse(json, &root, err);
	if (code == YW_OK)
		code = read_message(&r, &yiwang__v1__record__descriptor, root, &made);
	if (code == YW_OK)
		code = yw_buf_check(&made, err);
	if (code == YW_OK)
		code = yw_wire_check(&yiwang__v1__record__descriptor, yw_buf_bytes(&made), NULL, err);
	if (code == YW_OK) {
		yw_buf_add(body, made.data, made.len);
		code = yw_buf_check(body, err);
	}
	json_decref(root);
	yw_buf_release(&made);
	return code;
}

/* --- The schema --------------------------------------------------------------------------------- */

static void describe_message(struct yw_json *j, const char *key, message_type *type);

static void
describe_string(struct yw_json *j, const char *key, const char *keyword, const char *value)
{
	yw_json_object(j, key);
	yw_json_str(j, "type", "string");
	if (keyword != NULL)
		yw_json_str(j, keyword, value);
	yw_json_object_end(j);
}

static void
describe_integer(struct yw_json *j, const char *key, int64_t min, int64_t max)
{
	yw_json_object(j, key);
	yw_json_str(j, "type", "integer");
	yw_json_int(j, "minimum", min);
	yw_json_int(j, "maximum", max);
	yw_json_object_end(j);
}

/* A known word, or the number of a value that a newer version knows. */
static void
describe_enum(struct yw_json *j, const char *key, enum_type *type)
{
	unsigned i;

	yw_json_object(j, key);
	yw_json_array(j, "anyOf");
	yw_json_object(j, NULL);
	yw_json_array(j, "enum");
	for (i = 0; i < type->n_values; i++)
		write_enum(j, NULL, type, type->values[i].value);
	yw_json_array_end(j);
	yw_json_object_end(j);
	describe_integer(j, NULL, INT32_MIN, INT32_MAX);
	yw_json_array_end(j);
	yw_json_object_end(j);
}

static void
describe_value(struct yw_json *j, const char *key, field_type *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		describe_message(j, key, field->descriptor);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		describe_enum(j, key, field->descriptor);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		describe_string(j, key, "pattern", "^([0-9a-f]{2})*$");
		break;
	case PROTOBUF_C_TYPE_UINT32:
		describe_integer(j, key, 0, UINT32_MAX);
		break;
	case PROTOBUF_C_TYPE_INT64:
		describe_integer(j, key, INT64_MIN, INT64_MAX);
		break;
	default:
		describe_string(j, key, NULL, NULL);
	}
}

static void
describe_field(struct yw_json *j, field_type *field)
{
	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		describe_value(j, field->name, field);
		return;
	}
	yw_json_object(j, field->name);
	yw_json_str(j, "type", "array");
	describe_value(j, "items", field);
	yw_json_object_end(j);
}

/* The members of a message inside an object that the caller has begun.  Of a oneof, `only`. */
static void
describe_members(struct yw_json *j, message_type *type, field_type *only)
{
	unsigned i;

	yw_json_str(j, "type", "object");
	yw_json_object(j, "properties");
	for (i = 0; i < type->n_fields; i++)
		if ((type->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 || &type->fields[i] == only)
			describe_field(j, &type->fields[i]);
	describe_string(j, UNKNOWN, "contentEncoding", "base64");
	yw_json_object_end(j);
	yw_json_bool(j, "additionalProperties", false);
}

static void
describe_message(struct yw_json *j, const char *key, message_type *type)
{
	yw_json_object(j, key);
	describe_members(j, type, NULL);
	yw_json_object_end(j);
}

enum yw_code
yw_record_schema_json(const char *kind, struct yw_buf *json, struct yw_error *err)
{
	message_type *type = &yiwang__v1__record__descriptor;
	field_type *field = protobuf_c_message_descriptor_get_field_by_name(type, kind);
	struct yw_json j;

	if (field == NULL || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return yw_fail(err, YW_EINVAL, "there is no kind '%.40s': 'yiwang schema' lists them", kind);
	yw_json_init(&j, json);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	yw_json_str(&j, "title", kind);
	describe_members(&j, type, field);
	yw_json_object_end(&j);
	return yw_buf_check(json, err);
}
