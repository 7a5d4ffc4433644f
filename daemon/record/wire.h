/*
 * wire.h - protobuf bytes: the one form of a message (B3), and the only way in and out of the
 * generated types.
 *
 * A message is in one form when it equals its own re-encoding by any protobuf library:
 *   - known fields in ascending order, each once, a repeated field in one run, one field of a oneof;
 *   - defaults absent.  In a oneof or a repeated field 0 and "" are values; an empty sub-message is
 *     one too, an empty run of packed numbers is not;
 *   - repeated numbers packed; every number inside the range of its type, negative int32 and enum
 *     values as ten bytes, a bool as 0 or 1;
 *   - strings are UTF-8 without NUL;
 *   - unknown fields after all known ones, in any order of their own, wire types 0, 1, 2 or 5, their
 *     content not looked at.  Tags, lengths and varints are minimal in them too: a library that
 *     keeps unknown fields as numbers writes them so, and a later version will know these fields.
 *
 * No message of ours has a float or double: libraries disagree on whether -0 is the default.
 *
 * Nothing here allocates but yw_decode and the growing of a yw_buf.  Any thread.
 */
#ifndef YW_RECORD_WIRE_H
#define YW_RECORD_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"
#include "base/limits.h"

/*
 * Are these bytes a message of that type in one form?  *unknown (may be NULL) says whether a field
 * unknown to the type stands anywhere in it, at any depth.
 *
 * YW_EFORMAT	they are not; err names the message, the field and the fault
 * YW_ELIMIT	messages nested deeper than YW_WIRE_DEPTH_MAX
 */
YW_CHECKED enum yw_code yw_wire_check(const ProtobufCMessageDescriptor *type, struct yw_bytes in, bool *unknown,
    struct yw_error *err);

/*
 * The same check, then the generated struct: `out` is the address of a pointer to it
 * (Yiwang__V1__Entry *e; yw_decode(&yiwang__v1__entry__descriptor, in, &e, err)).  It borrows nothing
 * and is given back by yw_decode_free, which accepts NULL.
 *
 * YW_EFORMAT, YW_ELIMIT	as above; YW_ELIMIT also where it would take more than
 *				YW_DECODE_MEMORY_MAX (a megabyte of empty sub-messages is 126 of memory)
 */
YW_CHECKED enum yw_code yw_decode(const ProtobufCMessageDescriptor *type, struct yw_bytes in, void *out,
    struct yw_error *err);
void yw_decode_free(void *message);

/* Appends a message (&m.base).  YW_EINVAL: what it holds has no one form (a string is not UTF-8); YW_ENOMEM
 * and YW_ELIMIT as the buffer has it.  *out is as before on failure. */
YW_CHECKED enum yw_code yw_wire_pack(const ProtobufCMessage *message, struct yw_buf *out, struct yw_error *err);

/* --- Field by field, for what is read too often to decode (entry.c) ------------------------------ */

enum yw_wire_type { YW_WIRE_VARINT = 0, YW_WIRE_FIXED64 = 1, YW_WIRE_BYTES = 2, YW_WIRE_FIXED32 = 5 };

struct yw_wire_field {
	uint32_t number;
	enum yw_wire_type type;
	uint64_t value;		/* of a varint or fixed number, as it stands on the wire */
	struct yw_bytes bytes;	/* of YW_WIRE_BYTES: inside the input */
};

/* Takes the next field off *in.  YW_ENOENT: nothing is left.  YW_EFORMAT: cut short, not minimal, or
 * another wire type; cannot happen in what yw_wire_check has passed. */
YW_CHECKED enum yw_code yw_wire_next(struct yw_bytes *in, struct yw_wire_field *out, struct yw_error *err);

/* The first field of that number.  False: there is none.  `in` has one form. */
bool yw_wire_find(struct yw_bytes in, uint32_t number, struct yw_wire_field *out);

/* Append one field, also where the value is a default: leaving those out is the caller's part. */
void yw_wire_add_number(struct yw_buf *out, uint32_t number, uint64_t value);
void yw_wire_add_bytes(struct yw_buf *out, uint32_t number, struct yw_bytes bytes);

#endif
