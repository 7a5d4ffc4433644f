/*
 * json_test.c - the JSON of a record: what it looks like, what is refused and under which name.
 */
#include <jansson.h>

#include "base/json.h"
#include "record/kind.h"
#include "record/record.h"
#include "support/records.h"
#include "yiwang/v1/record.pb-c.h"

static void
looks(void)
{
	static const char text[] =
	    "{\"id\":\"320102/contract/1\",\"revision\":4294967295,\"operation\":\"put\","
	    "\"salt\":\"000102030405060708090a0b0c0d0eff\",\"contract\":{\"title\":\"“智慧\\\"港口\\\"”\","
	    "\"kind\":\"licence\",\"total_amount_fen\":9223372036854775807,\"field\":77,"
	    "\"related_parties\":\"no\",\"documents\":[{},{\"bytes\":-1,\"sha256\":\"ab\"}],"
	    "\"unknown\":\"+D8F\"},\"unknown\":\"+D8G\"}";
	struct yw_buf body = YW_BUF_INIT, json = YW_BUF_INIT;
	struct yw_error err;

	YW_CHECK_MSG(yw_record_from_json(YW_BYTES_LIT(text), &body, &err) == YW_OK, "%s", err.msg);
	yw_buf_add_str(&json, "# ");
	YW_PASS(yw_record_to_json(yw_buf_bytes(&body), &json, NULL));
	YW_CHECK_MSG(strcmp(yw_buf_str(&json) + 2, text) == 0, "%s", yw_buf_str(&json));
	yw_buf_release(&body);
	yw_buf_release(&json);
}

/* Order of members, spaces, defaults written out: all the same record. */
static void
one_record_many_texts(void)
{
	static const char *const texts[] = {
		"{\"contract\":{\"title\":\"a\",\"kind\":\"service\"},\"operation\":\"put\"}",
		" { \"operation\" : 1 , \"contract\" : { \"kind\" : 5 , \"title\" : \"a\" } }\n",
		"{\"id\":\"\",\"revision\":0,\"salt\":\"\",\"unknown\":\"\",\"operation\":\"put\",\"contract\":{\"kind\":"
		"\"service\",\"title\":\"\\u0061\",\"sub_kind\":\"unspecified\",\"documents\":[],\"total_amount_fen\":0}}",
	};
	struct yw_buf first = YW_BUF_INIT, body = YW_BUF_INIT;
	size_t i;

	YW_PASS(yw_record_from_json(yw_bytes_str(texts[0]), &first, NULL));
	for (i = 1; i < sizeof texts / sizeof *texts; i++) {
		yw_buf_clear(&body);
		YW_PASS(yw_record_from_json(yw_bytes_str(texts[i]), &body, NULL));
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&first), yw_buf_bytes(&body)), "%s", texts[i]);
	}
	yw_buf_release(&first);
	yw_buf_release(&body);
}

static void
refused(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "line 1" },
		{ "[]", "record: expected an object" },
		{ "{\"contract\":{\"title\":\"a\",\"title\":\"b\"}}", "line 1" },
		{ "{\"contrat\":{}}", "record: there is no field 'contrat'" },
		{ "{\"contract\":{\"titel\":\"a\"}}", "contract: there is no field 'titel'" },
		{ "{\"contract\":[]}", "contract: expected an object" },
		{ "{\"contract\":null}", "contract: expected an object" },
		{ "{\"contract\":{\"title\":1}}", "contract.title: expected a string" },
		{ "{\"contract\":{\"total_amount_fen\":1.0}}", "contract.total_amount_fen: expected a whole number" },
		{ "{\"contract\":{\"total_amount_fen\":\"1\"}}", "contract.total_amount_fen: expected a whole number" },
		{ "{\"contract\":{\"total_amount_fen\":9223372036854775808}}", "line 1" },
		{ "{\"contract\":{\"kind\":\"lease\"}}", "contract.kind: 'lease' is not one of its words" },
		{ "{\"contract\":{\"kind\":\"LICENCE\"}}", "contract.kind: 'LICENCE' is not" },
		{ "{\"contract\":{\"kind\":\"licenc\"}}", "contract.kind: 'licenc' is not" },
		{ "{\"contract\":{\"kind\":\"licences\"}}", "contract.kind: 'licences' is not" },
		{ "{\"contract\":{\"kind\":\"11010519491231002X\"}}", "contract.kind: expected one of its words" },
		{ "{\"contract\":{\"kind\":2147483648}}", "contract.kind: out of range" },
		{ "{\"contract\":{\"kind\":true}}", "contract.kind: expected one of its words" },
		{ "{\"contract\":{\"documents\":{}}}", "contract.documents: expected a list" },
		{ "{\"contract\":{\"documents\":[{},{\"sha256\":\"abc\"}]}}", "contract.documents[1].sha256: not hex" },
		{ "{\"contract\":{\"documents\":[{\"sha256\":\"AB\"}]}}", "contract.documents[0].sha256: not hex" },
		{ "{\"contract\":{\"documents\":[{\"sha256\":7}]}}", "contract.documents[0].sha256: expected" },
		{ "{\"contract\":{\"seller\":{\"identifier\":{\"value\":[]}}}}", "contract.seller.identifier.value: " },
		{ "{\"broker\":{\"fields\":[\"agriculture\",\"x\"]}}", "broker.fields[1]: 'x' is not" },
		{ "{\"revision\":-1}", "revision: out of range" },
		{ "{\"revision\":4294967296}", "revision: out of range" },
		{ "{\"contract\":{},\"demand\":{}}", "Record.demand is written beside another" },
		{ "{\"contract\":{\"unknown\":\"+D8F=\"}}", "contract.unknown: expected a string of base64" },
		{ "{\"contract\":{\"unknown\":5}}", "contract.unknown: expected a string of base64" },
		{ "{\"contract\":{\"unknown\":\"+D8=\"}}", "message Contract is cut short" },
		{ "{\"contract\":{\"total_amount_fen\":1,\"unknown\":\"CAE=\"}}", "Contract.registration_number" },
	};
	struct yw_buf body = YW_BUF_INIT;
	struct yw_error err;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		YW_FAILS(yw_record_from_json(yw_bytes_str(bad[i].text), &body, &err), YW_EFORMAT);
		YW_CHECK_MSG(strncmp(err.msg, bad[i].says, strlen(bad[i].says)) == 0, "%s: %s", bad[i].text, err.msg);
		YW_CHECK(body.len == 0);
	}
	YW_FAILS(yw_record_to_json(YW_BYTES_LIT("\x12\x01"), &body, NULL), YW_EFORMAT);
	yw_buf_release(&body);
}

static void
too_large(void)
{
	struct yw_buf text = YW_BUF_INIT, body = YW_BUF_INIT;
	size_t i;

	yw_buf_add_str(&text, "{\"demand\":{\"problem\":\"");
	for (i = 0; i <= YW_BODY_MAX / 16; i++)
		yw_buf_add_str(&text, "0123456789abcdef");
	yw_buf_add_str(&text, "\"}}");
	YW_FAILS(yw_record_from_json(yw_buf_bytes(&text), &body, NULL), YW_ELIMIT);
	yw_buf_clear(&text);
	yw_buf_add_str(&text, "{\"demand\":{\"unknown\":\"");
	for (i = 0; i <= YW_BODY_MAX / 12; i++)
		yw_buf_add_str(&text, "AAAAAAAAAAAAAAAA");
	yw_buf_add_str(&text, "\"}}");
	YW_FAILS(yw_record_from_json(yw_buf_bytes(&text), &body, NULL), YW_ELIMIT);
	yw_buf_release(&text);
	yw_buf_release(&body);
}

/* Every message and enumeration that a Record can hold keeps to what JSON relies on. */
static void
walk(const ProtobufCMessageDescriptor *type, size_t depth)
{
	size_t i;

	YW_CHECK_MSG(depth < 8, "%s nests too deep, or in itself", type->name);
	YW_CHECK(protobuf_c_message_descriptor_get_field_by_name(type, "unknown") == NULL);
	for (i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];
		const ProtobufCEnumDescriptor *e = f->descriptor;
		const char *zero = f->type == PROTOBUF_C_TYPE_ENUM ? e->values[0].name : NULL;
		size_t prefix, k;

		YW_CHECK(i == 0 || type->fields[i - 1].id < f->id);
		YW_CHECK_MSG((f->flags & PROTOBUF_C_FIELD_FLAG_PACKED) == 0, "%s.%s", type->name, f->name);
		YW_CHECK_MSG(f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_BYTES ||
			f->type == PROTOBUF_C_TYPE_INT64 || f->type == PROTOBUF_C_TYPE_UINT32 ||
			f->type == PROTOBUF_C_TYPE_ENUM || f->type == PROTOBUF_C_TYPE_MESSAGE,
		    "%s.%s", type->name, f->name);
		if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			walk(f->descriptor, depth + 1);
		if (zero == NULL)
			continue;
		YW_CHECK_MSG(strlen(zero) > 12 && strcmp(zero + strlen(zero) - 12, "_UNSPECIFIED") == 0, "%s", zero);
		prefix = strlen(zero) - 11;
		for (k = 0; k < e->n_values; k++)
			YW_CHECK_MSG(strncmp(e->values[k].name, zero, prefix) == 0, "%s", e->values[k].name);
	}
}

static void
the_schema_of_record(void)
{
	walk(&yiwang__v1__record__descriptor, 0);
}

static json_t *
at(json_t *v, const char *path)
{
	char name[64];
	size_t n;

	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		snprintf(name, sizeof name, "%.*s", (int)n, path);
		v = json_object_get(v, name);
		YW_CHECK_MSG(v != NULL, "nothing at %s", path);
	}
	return v;
}

static void
schemas(void)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *s, *words;
	size_t k;

	for (k = 1; k < YW_KINDS_END; k++) {
		yw_buf_clear(&text);
		YW_PASS(yw_record_schema_json(yw_kind_name((enum yw_kind)k), &text, NULL));
		YW_PASS(yw_json_parse(yw_buf_bytes(&text), &s, NULL));
		YW_CHECK(json_object_get(at(s, "properties"), yw_kind_name((enum yw_kind)k)) != NULL);
		YW_CHECK(json_object_size(at(s, "properties")) == 7);	/* id .. replaces, the kind, unknown */
		json_decref(s);
	}
	yw_buf_clear(&text);
	YW_PASS(yw_record_schema_json("contract", &text, NULL));
	YW_PASS(yw_json_parse(yw_buf_bytes(&text), &s, NULL));
	words = at(json_array_get(at(s, "properties/contract/properties/kind/anyOf"), 0), "enum");
	YW_CHECK(json_array_size(words) == 6 && strcmp(json_string_value(json_array_get(words, 3)), "licence") == 0);
	YW_CHECK(strcmp(json_string_value(at(s, "properties/contract/properties/documents/items/properties/"
		 "sha256/type")), "string") == 0);
	YW_CHECK(json_is_false(at(s, "properties/contract/additionalProperties")));
	json_decref(s);
	YW_FAILS(yw_record_schema_json("lease", &text, NULL), YW_EINVAL);
	YW_FAILS(yw_record_schema_json("salt", &text, NULL), YW_EINVAL);
	yw_buf_release(&text);
}

YW_TESTS({ "B3 B5 what it looks like", looks }, { "B3 one record, many texts", one_record_many_texts },
    { "refusals name the field", refused }, { "B5 too large", too_large },
    { "B3 B5 the schema keeps to what JSON relies on", the_schema_of_record }, { "schemas for people", schemas })
