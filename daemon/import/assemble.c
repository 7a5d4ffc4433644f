/*
 * assemble.c - objects are opened and closed as the paths, in their order, go in and out of them.
 */
#include "import/assemble.h"

#include "base/json.h"
#include "base/limits.h"

/* Bytes of the beginning that two paths have in common, up to and with a dot. */
static size_t
common(const char *a, const char *b)
{
	size_t i, n = 0;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '.')
			n = i + 1;
	return n;
}

static size_t
dots(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '.';
	return n;
}

static void
add_value(struct yw_json *j, const char *key, const struct yw_import_value *v)
{
	struct yw_bytes rest = v->text;

	switch (v->form) {
	case YW_IMPORT_ABSENT:
		break;
	case YW_IMPORT_STRING:
		yw_json_text(j, key, v->text);
		break;
	case YW_IMPORT_INTEGER:
		yw_json_int(j, key, v->number);
		break;
	case YW_IMPORT_STRINGS:
		yw_json_array(j, key);
		while (rest.len > 0) {
			size_t n = strlen((const char *)rest.data);

			yw_json_text(j, NULL, (struct yw_bytes) { rest.data, n });
			rest.data += n + 1;
			rest.len -= n + 1;
		}
		yw_json_array_end(j);
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

	while ((dot = strchr(path, '.')) != NULL) {
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
		for (k = dots(before + keep); k > 0; k--)
			yw_json_object_end(&j);
		add_value(&j, open_objects(&j, values[i].path + keep), &values[i]);
		before = values[i].path;
	}
	for (k = dots(before); k > 0; k--)
		yw_json_object_end(&j);
	yw_json_object_end(&j);
	yw_json_object_end(&j);
}
