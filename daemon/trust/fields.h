/*
 * fields.h - byte fields of the generated types, as the spans that everything else uses.
 */
#ifndef YW_TRUST_FIELDS_H
#define YW_TRUST_FIELDS_H

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"

static inline struct yw_bytes
bytes_of(const ProtobufCBinaryData *f)
{
	return (struct yw_bytes) { f->data, f->len };
}

/* For packing only, which reads: the generated types know no const. */
static inline ProtobufCBinaryData
field_of(const void *data, size_t len)
{
	return (ProtobufCBinaryData) { .len = len, .data = (uint8_t *)(uintptr_t)data };
}

static inline ProtobufCBinaryData
field_of_bytes(struct yw_bytes b)
{
	return field_of(b.data, b.len);
}

#endif
