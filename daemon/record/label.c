/*
 * label.c - a walk down the generated types along a path.
 */
#include "record/label.h"

#include <stdio.h>
#include <string.h>

#include "yiwang/v1/record.pb-c.h"

typedef const ProtobufCMessageDescriptor message_type;
typedef const ProtobufCFieldDescriptor field_type;

/* The field that the path's first part names, without the number of an item. */
static field_type *
first_field(message_type *type, const char *path)
{
	size_t n = strcspn(path, ".[");
	unsigned i;

	for (i = 0; i < type->n_fields; i++)
		if (strlen(type->fields[i].name) == n && memcmp(type->fields[i].name, path, n) == 0)
			return &type->fields[i];
	return NULL;
}

/* The value of an enumeration by the name that JSON gives it: small letters, without the type's. */
static bool
is_word(const ProtobufCEnumDescriptor *type, const char *word)
{
	char name[YW_LABEL_MAX];
	size_t i, prefix = strlen(type->values[0].name) - strlen("UNSPECIFIED");

	for (i = 0; word[i] != '\0' && (word[i] < 'A' || word[i] > 'Z') && prefix + i + 1 < sizeof name; i++)
		name[prefix + i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 'a' + 'A' : word[i]);
	memcpy(name, type->values[0].name, prefix);
	name[prefix + i] = '\0';
	return i > 0 && word[i] == '\0' && protobuf_c_enum_descriptor_get_value_by_name(type, name) != NULL;
}

bool
yw_record_label(const char *path, const char *value, struct yw_label *out)
{
	message_type *type = &yiwang__v1__record__descriptor;
	const ProtobufCEnumDescriptor *words;
	field_type *field;

	while ((field = first_field(type, path)) != NULL && path[strcspn(path, ".")] != '\0') {
		if (field->type != PROTOBUF_C_TYPE_MESSAGE)
			return false;
		type = field->descriptor;
		path += strcspn(path, ".") + 1;
	}
	if (field == NULL)
		return false;
	snprintf(out->field, sizeof out->field, "%s.%s", type->short_name, field->name);
	out->word[0] = '\0';
	if (field->type == PROTOBUF_C_TYPE_ENUM) {
		words = field->descriptor;
		if (is_word(words, value))
			snprintf(out->word, sizeof out->word, "%s.%s", words->short_name, value);
	}
	return true;
}
