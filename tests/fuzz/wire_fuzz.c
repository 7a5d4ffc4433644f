/*
 * The one form (B3) against protobuf-c: what the check passes is written again as the same bytes,
 * and what protobuf-c writes again as the same bytes is passed, but for what it does not look at.
 * The first byte chooses the message.
 */
#include "record/wire.h"
#include "support/fuzz.h"
#include "support/wire.pb-c.h"
#include "yiwang/v1/control.pb-c.h"
#include "yiwang/v1/entry.pb-c.h"
#include "yiwang/v1/record.pb-c.h"
#include "yiwang/v1/sync.pb-c.h"
#include "yiwang/v1/trust.pb-c.h"

static const ProtobufCMessageDescriptor *const types[] = {
	&yiwang__test__every__descriptor,	/* nests without end: not for protobuf-c alone */
	&yiwang__v1__envelope__descriptor, &yiwang__v1__entry__descriptor, &yiwang__v1__trust__descriptor,
	&yiwang__v1__record__descriptor, &yiwang__v1__signed_request__descriptor,
	&yiwang__v1__request__descriptor, &yiwang__v1__chain__descriptor,
	&yiwang__v1__peer_request__descriptor, &yiwang__v1__peer_reply__descriptor,
};

static void
same_again(const ProtobufCMessageDescriptor *type, struct yw_bytes in)
{
	struct yw_buf again = YW_BUF_INIT;
	ProtobufCMessage *m;

	if (yw_decode(type, in, &m, NULL) != YW_OK)
		return;
	YW_FUZZ_CHECK(yw_wire_pack(m, &again, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_bytes_equal(yw_buf_bytes(&again), in));
	yw_decode_free(m);
	yw_buf_release(&again);
}

/* protobuf-c takes strings as they come and keeps unknown fields as they were written. */
static bool
beyond_protobuf_c(const struct yw_error *err)
{
	return strstr(err->msg, "is not UTF-8") != NULL || strstr(err->msg, "not written the short way") != NULL ||
	    strstr(err->msg, "more than 64 bits") != NULL || strstr(err->msg, "out of range") != NULL;
}

static void
not_too_strict(const ProtobufCMessageDescriptor *type, struct yw_bytes in)
{
	ProtobufCMessage *m = protobuf_c_message_unpack(type, NULL, in.len, in.data);
	struct yw_buf again = YW_BUF_INIT;
	struct yw_error err;
	uint8_t *p;

	if (m == NULL)
		return;
	p = yw_buf_extend(&again, protobuf_c_message_get_packed_size(m));
	YW_FUZZ_CHECK(p != NULL);
	protobuf_c_message_pack(m, p);
	if (yw_bytes_equal(yw_buf_bytes(&again), in) && yw_wire_check(type, in, NULL, &err) != YW_OK)
		YW_FUZZ_CHECK(beyond_protobuf_c(&err));
	protobuf_c_message_free_unpacked(m, NULL);
	yw_buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_bytes in;
	size_t which;

	if (len == 0)
		return 0;
	which = data[0] % (sizeof types / sizeof *types);
	in = (struct yw_bytes) { data + 1, len - 1 };
	same_again(types[which], in);
	if (which != 0)
		not_too_strict(types[which], in);
	return 0;
}
