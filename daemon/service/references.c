/*
 * references.c - other records that a record names by id (broker, institution, achievements of a set, contract of a project,
 * record of a request, what it replaces), and what stands under each: they may be of other logs, and dangle.
 */
#include <string.h>

#include "record/code.h"
#include "record/kind.h"
#include "record/validate.h"
#include "service/service_int.h"

struct references {
	struct yw_json *j;
	const struct yw_view *v;
	const char *own;		/* the record's own id */
	enum yw_code code;
	struct yw_error *err;
};

static const char *
state_of(const struct yw_item *item)
{
	return item->erased ? "erased" : item->op == YW_OP_WITHDRAW ? "withdrawn" : "registered";
}

/* What has the form of a record's id. */
static void
put_reference(struct references *r, const char *text)
{
	struct yw_record_id id;
	struct yw_item item;
	enum yw_code code;

	if (yw_record_id_parse(text, strlen(text), &id) != YW_OK || yw_kind_parse(id.kind, strlen(id.kind)) == YW_KIND_NONE ||
	    strcmp(text, r->own) == 0)
		return;
	code = yw_view_current(r->v, text, &item, r->err);
	if (code != YW_OK && code != YW_ENOENT) {
		r->code = code;
		return;
	}
	yw_json_object(r->j, NULL);
	yw_json_str(r->j, "id", text);
	yw_json_str(r->j, "state", code == YW_OK ? state_of(&item) : "not_here");
	yw_json_object_end(r->j);
}

static void
find_references(struct references *r, const json_t *v)
{
	const char *key;
	json_t *below;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, below) {
		if (json_is_string(below) && yw_record_is_id(key))
			put_reference(r, json_string_value(below));
		find_references(r, below);
	}
	json_array_foreach(v, i, below)
		find_references(r, below);
}

enum yw_code
put_references(struct yw_json *j, const struct yw_view *v, const json_t *record, struct yw_error *err)
{
	struct references r = { .j = j, .v = v, .own = json_string_value(json_object_get(record, "id")), .code = YW_OK, .err = err };

	yw_json_array(j, "references");
	find_references(&r, record);
	yw_json_array_end(j);
	return r.code;
}
