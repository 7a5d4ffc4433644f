/*
 * records.c - see records.h.
 */
#include "support/records.h"

#include "record/kind.h"
#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

const char yw_sample_contract[] =
    "{\"contract\":{"
    "\"registration_number\":\"2025320102000017\",\"own_number\":\"HT-2025-0017\","
    "\"title\":\"面向智能制造的“数控机床主轴”研发\",\"kind\":\"development\",\"sub_kind\":\"commissioned_development\","
    "\"total_amount_fen\":125000000,\"technical_amount_fen\":118000050,"
    "\"signed_on\":\"2025-03-04\",\"start_on\":\"2025-03-10\",\"end_on\":\"2027-03-09\","
    "\"registered_on\":\"2025-04-01\","
    "\"registry_office\":{\"number\":\"32010211\",\"name\":\"南京市玄武区技术合同登记处\",\"division\":\"320102\"},"
    "\"certificate_number\":\"ZM2025320102000017\",\"status\":\"changed\",\"status_on\":\"2026-01-15\","
    "\"status_reason\":\"延期\","
    "\"seller\":{\"name\":\"南京澄湖理工大学\",\"identifier\":{\"scheme\":\"credit_code\","
    "\"value\":\"12320102103379084Q\"},\"division\":\"320102\",\"type\":\"university\","
    "\"nature_code\":\"022\",\"country\":\"CHN\"},"
    "\"buyer\":{\"name\":\"昆山瀚科精密机械有限公司\",\"identifier\":{\"scheme\":\"credit_code\","
    "\"value\":\"91320583103861794N\"},\"division\":\"320583\",\"type\":\"enterprise\","
    "\"nature_code\":\"150\",\"country\":\"CHN\"},"
    "\"buyer_profile\":{\"transfer_institution\":\"no\",\"research_body\":\"no\",\"converted_institute\":\"no\","
    "\"in_high_tech_zone\":\"yes\",\"listed\":\"no\",\"size\":\"small\"},"
    "\"field\":\"advanced_manufacturing\",\"sub_field\":\"机床\",\"ip_kind\":\"know_how\","
    "\"plan_source\":\"province\",\"plan_name\":\"省重点研发计划\",\"goal\":\"06\",\"industry\":\"C34\","
    "\"payment\":\"instalments\",\"related_parties\":\"no\","
    "\"broker\":{\"id\":\"320102/broker/b.1\",\"number\":\"JJR320102000001\"},"
    "\"institution\":{\"number\":\"JG32010200001\"},\"rule_version\":\"2001\","
    "\"transfer_forecast\":{\"new_investment_fen\":1,\"new_output_fen\":2},"
    "\"documents\":[{\"type\":\"contract\",\"media_type\":\"application/pdf\",\"bytes\":48213,\"sha256\":"
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}],"
    "\"secrecy\":\"public\"}}";

static uint64_t
below(uint64_t *seed, uint64_t n)
{
	return yw_test_next(seed) % n;
}

static void
random_text(uint64_t *seed, struct yw_buf *out)
{
	static const char *const pieces[] = { "技", "术", "合同", "a", "Z", "0", " ", "\"", "\\", "\n", "\x01", "/",
		"é", "㎜", "𠮷", "\xef\xbf\xbd", "<", "\x7f" };
	size_t n;

	for (n = 1 + below(seed, 12); n > 0; n--)
		yw_buf_add_str(out, pieces[below(seed, sizeof pieces / sizeof *pieces)]);
}

static uint64_t
random_number(uint64_t *seed, const ProtobufCFieldDescriptor *field)
{
	uint64_t v = yw_test_next(seed) >> below(seed, 64);
	const ProtobufCEnumDescriptor *names = field->descriptor;

	switch (field->type) {
	case PROTOBUF_C_TYPE_ENUM:
		if (below(seed, 8) != 0)
			return (uint64_t)(int64_t)names->values[below(seed, names->n_values)].value;
		return (uint64_t)(int64_t)(int32_t)v;
	case PROTOBUF_C_TYPE_UINT32:
		return (uint32_t)v;
	default:
		return below(seed, 2) ? v : -v;
	}
}

/* Fields that no type of ours has: the highest number in use is far below. */
static void
add_newer(uint64_t *seed, struct yw_buf *out)
{
	size_t n;

	for (n = 1 + below(seed, 3); n > 0; n--) {
		uint32_t number = 1000 + (uint32_t)below(seed, 100000);

		if (below(seed, 2))
			yw_wire_add_number(out, number, yw_test_next(seed) >> below(seed, 64));
		else
			yw_wire_add_bytes(out, number, YW_BYTES_LIT("\x00\xff??"));
	}
}

static void add_message(uint64_t *seed, const ProtobufCMessageDescriptor *type, bool newer, struct yw_buf *out);

static void
add_value(uint64_t *seed, const ProtobufCFieldDescriptor *field, bool newer, struct yw_buf *out)
{
	struct yw_buf inner = YW_BUF_INIT;
	uint64_t v;

	switch (field->type) {
	case PROTOBUF_C_TYPE_MESSAGE:
		add_message(seed, field->descriptor, newer, &inner);
		yw_wire_add_bytes(out, field->id, yw_buf_bytes(&inner));
		break;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
		random_text(seed, &inner);
		yw_wire_add_bytes(out, field->id, yw_buf_bytes(&inner));
		break;
	default:
		v = random_number(seed, field);
		if (v != 0 || field->label == PROTOBUF_C_LABEL_REPEATED)
			yw_wire_add_number(out, field->id, v);
	}
	yw_buf_release(&inner);
}

static void
add_message(uint64_t *seed, const ProtobufCMessageDescriptor *type, bool newer, struct yw_buf *out)
{
	size_t i, n;

	for (i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];

		n = below(seed, field->label == PROTOBUF_C_LABEL_REPEATED ? 4 : 2);
		for (; n > 0; n--)
			add_value(seed, field, newer, out);
	}
	if (newer && below(seed, 4) == 0)
		add_newer(seed, out);
}

void
yw_random_record(uint64_t *seed, bool newer, struct yw_buf *out)
{
	const ProtobufCMessageDescriptor *type = &yiwang__v1__record__descriptor;
	const char *kind = yw_kind_name((enum yw_kind)(1 + below(seed, YW_KINDS_END - 1)));
	bool withdraw = below(seed, 8) == 0;
	char text[YW_ID_MAX + 1];
	uint8_t salt[16];
	size_t i;

	for (i = 0; i < sizeof salt; i++)
		salt[i] = (uint8_t)yw_test_next(seed);
	snprintf(text, sizeof text, "320102/%s/r%u", kind, (unsigned)below(seed, 1000));
	yw_wire_add_bytes(out, 1, yw_bytes_str(text));
	yw_wire_add_number(out, 2, 1 + below(seed, 1000));
	yw_wire_add_number(out, 3, withdraw ? 2 : 1);
	yw_wire_add_bytes(out, 4, (struct yw_bytes) { salt, sizeof salt });
	if (below(seed, 4) == 0)
		yw_wire_add_bytes(out, 5, YW_BYTES_LIT("320103/demand/old"));
	if (!withdraw)
		add_value(seed, protobuf_c_message_descriptor_get_field_by_name(type, kind), newer, out);
	if (newer && below(seed, 2))
		add_newer(seed, out);
}
