/*
 * wire.c - see wire.h.
 *
 * The check walks the bytes beside the type's field table, one pass, no memory: protobuf-c itself
 * accepts any order, repetition and padding, does not look at strings, and has no limit on depth.
 */
#include "record/wire.h"

#include <stdlib.h>

#include "base/text.h"

#define NUMBER_MAX ((1u << 29) - 1)	/* of a field */
#define FIELDS_MAX 256			/* fields of one message type of ours */
#define ALLOCATION_COST 16		/* what malloc itself takes for each piece */

typedef const ProtobufCMessageDescriptor message_type;
typedef const ProtobufCFieldDescriptor field_type;

/* --- Fields ------------------------------------------------------------------------------------- */

/* NULL, or what is wrong. */
static const char *
take_varint(struct yw_bytes *in, uint64_t *out)
{
	uint64_t v = 0;
	unsigned i;
	uint8_t b;

	for (i = 0; i < 10; i++) {
		if (i == in->len)
			return "is cut short";
		b = in->data[i];
		if (i == 9 && b > 1)
			return "holds a number of more than 64 bits";
		v |= (uint64_t)(b & 0x7f) << 7 * i;
		if (b < 0x80) {
			if (b == 0 && i != 0)
				return "holds a number that is not written the short way";
			in->data += i + 1;
			in->len -= i + 1;
			*out = v;
			return NULL;
		}
	}
	return "holds a number of more than 64 bits";
}

static const char *
take_fixed(struct yw_bytes *in, unsigned n, uint64_t *out)
{
	uint64_t v = 0;
	unsigned i;

	if (in->len < n)
		return "is cut short";
	for (i = 0; i < n; i++)
		v |= (uint64_t)in->data[i] << 8 * i;
	in->data += n;
	in->len -= n;
	*out = v;
	return NULL;
}

static const char *
take_bytes(struct yw_bytes *in, struct yw_bytes *out)
{
	const char *fault;
	uint64_t len;

	fault = take_varint(in, &len);
	if (fault != NULL)
		return fault;
	if (len > in->len)
		return "is cut short";
	*out = (struct yw_bytes) { in->data, (size_t)len };
	in->data += len;
	in->len -= (size_t)len;
	return NULL;
}

/* The next field of a message that is not at its end. */
static const char *
take_field(struct yw_bytes *in, struct yw_wire_field *out)
{
	const char *fault;
	uint64_t tag;

	fault = take_varint(in, &tag);
	if (fault != NULL)
		return fault;
	if (tag >> 3 == 0 || tag >> 3 > NUMBER_MAX)
		return "holds a field number out of range";
	out->number = (uint32_t)(tag >> 3);
	out->type = (enum yw_wire_type)(tag & 7);
	out->value = 0;
	out->bytes = (struct yw_bytes) { NULL, 0 };
	switch (out->type) {
	case YW_WIRE_VARINT:
		return take_varint(in, &out->value);
	case YW_WIRE_FIXED64:
		return take_fixed(in, 8, &out->value);
	case YW_WIRE_BYTES:
		return take_bytes(in, &out->bytes);
	case YW_WIRE_FIXED32:
		return take_fixed(in, 4, &out->value);
	}
	return "holds a field of a wire type other than 0, 1, 2 and 5";
}

enum yw_code
yw_wire_next(struct yw_bytes *in, struct yw_wire_field *out, struct yw_error *err)
{
	const char *fault;

	if (in->len == 0)
		return YW_ENOENT;
	fault = take_field(in, out);
	return fault == NULL ? YW_OK : yw_fail(err, YW_EFORMAT, "a message %s", fault);
}

bool
yw_wire_find(struct yw_bytes in, uint32_t number, struct yw_wire_field *out)
{
	while (yw_wire_next(&in, out, NULL) == YW_OK)
		if (out->number == number)
			return true;
	return false;
}

static void
add_varint(struct yw_buf *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		yw_buf_add_byte(out, (uint8_t)(v | 0x80));
	yw_buf_add_byte(out, (uint8_t)v);
}

void
yw_wire_add_number(struct yw_buf *out, uint32_t number, uint64_t value)
{
	add_varint(out, (uint64_t)number << 3 | YW_WIRE_VARINT);
	add_varint(out, value);
}

void
yw_wire_add_bytes(struct yw_buf *out, uint32_t number, struct yw_bytes bytes)
{
	add_varint(out, (uint64_t)number << 3 | YW_WIRE_BYTES);
	add_varint(out, bytes.len);
	yw_buf_add(out, bytes.data, bytes.len);
}

/* --- The one form ------------------------------------------------------------------------------- */

static enum yw_wire_type
wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return YW_WIRE_FIXED64;
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return YW_WIRE_FIXED32;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return YW_WIRE_BYTES;
	default:
		return YW_WIRE_VARINT;
	}
}

/* Would a number of that type be written as this varint? */
static bool
in_range(ProtobufCType type, uint64_t v)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return (int64_t)v >= INT32_MIN && (int64_t)v <= INT32_MAX;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return v <= UINT32_MAX;
	case PROTOBUF_C_TYPE_BOOL:
		return v <= 1;
	default:
		return true;
	}
}

static const char *
packed_fault(field_type *type, struct yw_bytes in)
{
	enum yw_wire_type each = wire_type_of(type->type);
	const char *fault;
	uint64_t v;

	if (in.len == 0)
		return "is an empty run of numbers";
	while (in.len != 0) {
		if (each == YW_WIRE_VARINT)
			fault = take_varint(&in, &v);
		else
			fault = take_fixed(&in, each == YW_WIRE_FIXED64 ? 8 : 4, &v);
		if (fault != NULL)
			return fault;
		if (!in_range(type->type, v))
			return "holds a number outside its type";
	}
	return NULL;
}

static bool
is_packed(field_type *type)
{
	return (type->flags & PROTOBUF_C_FIELD_FLAG_PACKED) != 0;
}

/* What is wrong with the value of a known field, but for what is inside a sub-message. */
static const char *
value_fault(field_type *type, const struct yw_wire_field *f)
{
	bool always = type->label == PROTOBUF_C_LABEL_REPEATED || type->type == PROTOBUF_C_TYPE_MESSAGE ||
	    (type->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

	if (f->type != (is_packed(type) ? YW_WIRE_BYTES : wire_type_of(type->type)))
		return "has another wire type than its own";
	if (is_packed(type))
		return packed_fault(type, f->bytes);
	if (!always && f->value == 0 && f->bytes.len == 0)
		return "is written although it is the default";
	if (!in_range(type->type, f->value))
		return "holds a number outside its type";
	if (type->type == PROTOBUF_C_TYPE_STRING) {
		if (!yw_utf8_valid(f->bytes.data, f->bytes.len))
			return "is not UTF-8";
		if (f->bytes.len != 0 && memchr(f->bytes.data, '\0', f->bytes.len) != NULL)
			return "holds a NUL";
	}
	return NULL;
}

/* Where one message's walk is: which fields it has met. */
struct met {
	uint32_t last;				/* number of the last known field */
	bool unknown;
	uint64_t set[FIELDS_MAX / 64];		/* by position in the type's field table */
};

/* Fields of one oneof, and no others, share the place in the struct that says which is set. */
static bool
oneof_taken(message_type *type, field_type *field, const struct met *met)
{
	size_t i, n = (size_t)(field - type->fields);

	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return false;
	for (i = 0; i < n; i++)
		if ((met->set[i / 64] >> i % 64 & 1) != 0 &&
		    type->fields[i].quantifier_offset == field->quantifier_offset)
			return true;
	return false;
}

/* What is wrong with the place of a known field among those met before. */
static const char *
place_fault(message_type *type, field_type *field, struct met *met)
{
	size_t i = (size_t)(field - type->fields);

	if (met->unknown)
		return "stands after an unknown field";
	if (field->id < met->last)
		return "stands after a field of a higher number";
	if (field->id == met->last && (field->label != PROTOBUF_C_LABEL_REPEATED || is_packed(field)))
		return "is written twice";
	if (oneof_taken(type, field, met))
		return "is written beside another of which only one may be";
	met->last = field->id;
	met->set[i / 64] |= UINT64_C(1) << i % 64;
	return NULL;
}

static enum yw_code
check_message(message_type *type, struct yw_bytes in, unsigned depth, bool *unknown, struct yw_error *err)
{
	struct met met = { 0 };
	struct yw_wire_field f;
	field_type *field;
	const char *fault;
	enum yw_code code;

	if (type->n_fields > FIELDS_MAX)
		return yw_fail(err, YW_EINVAL, "%s has more than %d fields", type->short_name, FIELDS_MAX);
	while (in.len != 0) {
		fault = take_field(&in, &f);
		if (fault != NULL)
			return yw_fail(err, YW_EFORMAT, "message %s %s", type->short_name, fault);
		field = protobuf_c_message_descriptor_get_field(type, f.number);
		if (field == NULL) {
			met.unknown = *unknown = true;
			continue;
		}
		fault = place_fault(type, field, &met);
		if (fault == NULL)
			fault = value_fault(field, &f);
		if (fault != NULL)
			return yw_fail(err, YW_EFORMAT, "%s.%s %s", type->short_name, field->name, fault);
		if (field->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		if (depth == YW_WIRE_DEPTH_MAX)
			return yw_fail(err, YW_ELIMIT, "%s.%s is nested more than %d deep", type->short_name,
			    field->name, YW_WIRE_DEPTH_MAX);
		code = check_message(field->descriptor, f.bytes, depth + 1, unknown, err);
		if (code != YW_OK)
			return code;
	}
	return YW_OK;
}

enum yw_code
yw_wire_check(message_type *type, struct yw_bytes in, bool *unknown, struct yw_error *err)
{
	bool seen = false;
	enum yw_code code;

	code = check_message(type, in, 0, &seen, err);
	if (code == YW_OK && unknown != NULL)
		*unknown = seen;
	return code;
}

/* --- The generated types ------------------------------------------------------------------------ */

struct budget {
	size_t left;
	enum yw_code code;	/* why an allocation was refused */
};

static void *
budget_alloc(void *arg, size_t size)
{
	struct budget *b = arg;
	void *p;

	if (size > b->left || b->left - size < ALLOCATION_COST) {
		b->code = YW_ELIMIT;
		return NULL;
	}
	p = malloc(size);
	if (p == NULL)
		b->code = YW_ENOMEM;
	b->left -= size + ALLOCATION_COST;
	return p;
}

static void
budget_free(void *arg, void *p)
{
	(void)arg;
	free(p);
}

enum yw_code
yw_decode(message_type *type, struct yw_bytes in, void *out, struct yw_error *err)
{
	struct budget budget = { YW_DECODE_MEMORY_MAX, YW_EFORMAT };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };
	ProtobufCMessage *m;
	enum yw_code code;

	code = yw_wire_check(type, in, NULL, err);
	if (code != YW_OK)
		return code;
	m = protobuf_c_message_unpack(type, &allocator, in.len, in.data);
	if (m == NULL)
		return yw_fail(err, budget.code, budget.code == YW_EFORMAT ? "message %s does not decode" :
		    budget.code == YW_ENOMEM ? "no memory for message %s" : "message %s takes too much memory", type->short_name);
	memcpy(out, &m, sizeof m);
	return YW_OK;
}

void
yw_decode_free(void *message)
{
	if (message != NULL)
		protobuf_c_message_free_unpacked(message, NULL);
}

enum yw_code
yw_wire_pack(const ProtobufCMessage *message, struct yw_buf *out, struct yw_error *err)
{
	size_t len = protobuf_c_message_get_packed_size(message), before = out->len;
	uint8_t *p = yw_buf_extend(out, len);
	struct yw_error why;

	if (p == NULL)
		return yw_buf_check(out, err);
	protobuf_c_message_pack(message, p);
	if (yw_wire_check(message->descriptor, (struct yw_bytes) { p, len }, NULL, &why) != YW_OK) {
		out->len = before;
		return yw_fail(err, YW_EINVAL, "%s", why.msg);
	}
	return YW_OK;
}
