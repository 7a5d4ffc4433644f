/*
 * assemble.c - objects are opened and closed as the paths, in their order, go in and out of them.
 */
#include "import/assemble.h"

#include "base/json.h"
#include "base/limits.h"

/* The end of the object that a path goes into next, NULL if it goes into no more; a list is none. */
static const char *
next_object(const char *path)
{
	const char *dot = strchr(path, '.');

	return dot != NULL && dot > path && dot[-1] == ']' ? NULL : dot;
}

/* Bytes of the beginning that two paths have in common, in whole objects. */
static size_t
common(const char *a, const char *b)
{
	const char *from = a, *dot;

	while ((dot = next_object(a)) != NULL && strncmp(a, b, (size_t)(dot - a) + 1) == 0) {
		b += dot - a + 1;
		a = dot + 1;
	}
	return (size_t)(a - from);
}

static size_t
objects(const char *path)
{
	const char *dot;
	size_t n = 0;

	for (; (dot = next_object(path)) != NULL; path = dot + 1)
		n++;
	return n;
}

/* key is the list's name, or "list[].field" where each item is a message with this one field. */
static void
add_strings(struct yw_json *j, const char *key, struct yw_bytes rest)
{
	const char *field = strstr(key, "[].");
	char list[YW_FIELD_PATH_MAX + 1];

	snprintf(list, sizeof list, "%.*s", (int)(field != NULL ? (size_t)(field - key) : strlen(key)), key);
	yw_json_array(j, list);
	while (rest.len > 0) {
		size_t n = strlen((const char *)rest.data);

		if (field != NULL)
			yw_json_object(j, NULL);
		yw_json_text(j, field != NULL ? field + 3 : NULL, (struct yw_bytes) { rest.data, n });
		if (field != NULL)
			yw_json_object_end(j);
		rest.data += n + 1;
		rest.len -= n + 1;
	}
	yw_json_array_end(j);
}

static void
add_value(struct yw_json *j, const char *key, const struct yw_import_value *v)
{
	switch (v->form) {
	case YW_IMPORT_ABSENT:
		break;
	case YW_IMPORT_NONE:
		yw_json_raw(j, key, YW_BYTES_LIT("null"));
		break;
	case YW_IMPORT_STRING:
		yw_json_text(j, key, v->text);
		break;
	case YW_IMPORT_INTEGER:
		yw_json_int(j, key, v->number);
		break;
	case YW_IMPORT_STRINGS:
		add_strings(j, key, v->text);
		break;
	case YW_IMPORT_IDENTIFIER:
		yw_json_object(j, key);
		yw_json_str(j, "scheme", v->scheme);
		if (v->text.len > 0)
			yw_json_text(j, "value", v->text);
		yw_json_object_end(j);
		break;
	}
}

/* Opens what leads to a value and returns its own name. */
static const char *
open_objects(struct yw_json *j, const char *path)
{
	char name[YW_FIELD_PATH_MAX + 1];
	const char *dot;

	while ((dot = next_object(path)) != NULL) {
		size_t n = (size_t)(dot - path) < sizeof name ? (size_t)(dot - path) : sizeof name - 1;

		memcpy(name, path, n);
		name[n] = '\0';
		yw_json_object(j, name);
		path = dot + 1;
	}
	return path;
}

void
yw_import_assemble(const char *id, const char *kind, const struct yw_import_value *values, size_t n,
    struct yw_buf *out)
{
	const char *before = "";
	struct yw_json j;
	size_t i, k, keep;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "id", id);
	yw_json_str(&j, "operation", "put");
	yw_json_object(&j, kind);
	for (i = 0; i < n; i++) {
		if (values[i].form == YW_IMPORT_ABSENT)
			continue;
		keep = common(before, values[i].path);
		for (k = objects(before + keep); k > 0; k--)
			yw_json_object_end(&j);
		add_value(&j, open_objects(&j, values[i].path + keep), &values[i]);
		before = values[i].path;
	}
	for (k = objects(before); k > 0; k--)
		yw_json_object_end(&j);
	yw_json_object_end(&j);
	yw_json_object_end(&j);
}
