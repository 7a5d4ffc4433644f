/*
 * changes.c - a row of a table of changes, laid over the record that is registered.
 *
 * What a row does not touch was registered under the rules of its own day, so it is not judged again.  A row that
 * was imported before changes nothing: its new value stands, or a later change's does.
 */
#include "import/import_int.h"

#include "base/i18n.h"
#include "record/record.h"

#define CANCELLED "cancelled"

/* What a row is to the record: a change of it, one that was taken before, one of a record that is at an end. */
enum course { CHANGES, IS_DONE, STAYS_CANCELLED };

static const struct yw_bytes nothing = { NULL, 0 };

bool
yw_import_says(const struct yw_import *imp, const char *field)
{
	return imp->mapping->change.base == NULL || yw_import_field_at(imp, field) != YW_IMPORT_UNBOUND ||
	    (imp->change.changed != NULL && yw_import_leads_into(imp, imp->change.changed->path, field));
}

static const struct yw_mapping_field *
field_named(const struct yw_mapping *m, struct yw_bytes name)
{
	size_t i;

	for (i = 0; i < m->n_fields; i++)
		if (m->fields[i].column != NULL && yw_mapping_has_name(&m->fields[i].column->names, name))
			return &m->fields[i];
	return NULL;
}

/* The mapping's own field of this path, NULL: it has none. */
static const struct yw_import_value *
own_value(const struct yw_import *imp, const char *path)
{
	size_t i;

	for (i = 0; i < imp->mapping->n_fields; i++)
		if (strcmp(imp->mapping->fields[i].path, path) == 0)
			return &imp->values[i];
	return NULL;
}

/* The new value of a field that a column of the mapping's own fills too: both must say the same. */
static void
compare_own(struct yw_import *imp, const struct yw_csv_row *row, const struct yw_mapping_field *field,
    const struct yw_import_value *own)
{
	struct yw_import_value v = { .path = field->path };

	yw_import_take_cell(imp, field->column, imp->change.to, row, &v, &imp->change.new_text);
	if (!imp->refused && (v.form != own->form || v.number != own->number || !yw_bytes_equal(v.text, own->text)))
		yw_import_find(imp, "change_contradicts", yw_import_column_name(imp, imp->change.to), field->path,
		    field->party < 0 ? v.text : nothing);	/* a party may be a person */
}

/* Which field the row is about; false where it has no such field.  A list has no one old value. */
static bool
take_name(struct yw_import *imp, const struct yw_csv_row *row)
{
	const struct yw_mapping *m = imp->mapping;
	const char *column = yw_import_column_name(imp, imp->change.field), *wrong;
	const struct yw_mapping_field *field = NULL;
	const struct yw_import_value *own = NULL;
	struct yw_bytes name;

	yw_buf_clear(&imp->cell);
	wrong = yw_charset_read(imp->charset, row->cells[imp->change.field], &imp->cell);
	name = yw_import_trim(yw_buf_bytes(&imp->cell));
	if (wrong == NULL)
		field = field_named(m->change.base, name);
	if (wrong != NULL)
		yw_import_find(imp, wrong, column, "", nothing);
	else if (field == NULL || field->column->list != NULL)
		yw_import_find(imp, "unknown_change", column, "", name);
	if (field != NULL)
		own = own_value(imp, field->path);
	if (own != NULL)
		compare_own(imp, row, field, own);
	imp->change.changed = own == NULL ? field : NULL;
	return !imp->refused && yw_import_all_there(imp);
}

/* The record with some values laid over it. */
static enum yw_code
lay(struct yw_import *imp, const char *id, struct yw_bytes record, const struct yw_import_value *values, size_t n,
    struct yw_buf *out)
{
	yw_buf_clear(&imp->json);
	yw_buf_clear(out);
	yw_import_assemble(id, imp->mapping->kind, values, n, &imp->json);
	return yw_record_patch(record, yw_buf_bytes(&imp->json), out, imp->err);
}

static bool
makes_person(const struct yw_import_value *v)
{
	const char *dot = strrchr(v->path, '.');

	return dot != NULL && strcmp(dot, ".type") == 0 && yw_bytes_equal(v->text, YW_BYTES_LIT(YW_IMPORT_PERSON));
}

/* A record with the new value; a party that becomes a natural person keeps neither name nor number. */
static enum yw_code
lay_new(struct yw_import *imp, const char *id, struct yw_bytes record, struct yw_buf *out)
{
	const struct yw_import_value *new = &imp->change.new_value;
	char number[YW_FIELD_PATH_MAX + sizeof "identifier"], name[sizeof number];
	struct yw_import_value person[] = { { .path = number, .form = YW_IMPORT_NONE }, { .path = name, .form = YW_IMPORT_NONE }, *new };
	int party = (int)(strlen(new->path) - strlen("type"));

	if (!makes_person(new))
		return lay(imp, id, record, new, 1, out);
	snprintf(number, sizeof number, "%.*sidentifier", party, new->path);
	snprintf(name, sizeof name, "%.*sname", party, new->path);
	return lay(imp, id, record, person, sizeof person / sizeof *person, out);
}

/* Does a value stand in the record as it is registered? */
static enum yw_code
stands(struct yw_import *imp, const char *id, const struct yw_import_value *v, bool *yes)
{
	enum yw_code code = lay(imp, id, yw_buf_bytes(&imp->change.current), v, 1, &imp->change.made);

	*yes = code == YW_OK &&
	    yw_record_same_content(yw_buf_bytes(&imp->change.made), yw_buf_bytes(&imp->change.current));
	return code;
}

static enum yw_code
text_of(struct yw_import *imp, const struct yw_buf *record, const char *field, struct yw_buf *out)
{
	yw_buf_clear(out);
	return yw_record_text(yw_buf_bytes(record), field, out, imp->err);
}

/* Is one text field of the registered record before the row's, by bytes?  Dates and words are compared so. */
static enum yw_code
order(struct yw_import *imp, const char *field, struct yw_buf *was, int *sign)
{
	struct yw_buf is = YW_BUF_INIT;
	enum yw_code code = text_of(imp, &imp->change.current, field, was);

	if (code == YW_OK)
		code = text_of(imp, &imp->body, field, &is);
	*sign = strcmp(yw_buf_str(&is), yw_buf_str(was));
	yw_buf_release(&is);
	return code;
}

/*
 * What the record's own course makes of the row.  Later changes stay; a cancellation too: then only the field changes.
 */
static enum yw_code
judge_course(struct yw_import *imp, bool new_stands, enum course *out)
{
	struct yw_buf was = YW_BUF_INIT;
	int later, status = 0;
	enum yw_code code = order(imp, "status_on", &was, &later);

	*out = CHANGES;
	if (code == YW_OK && later < 0) {
		*out = IS_DONE;
		if (!new_stands)
			yw_import_find(imp, "later_change", "", "status_on", yw_buf_bytes(&was));
	} else if (code == YW_OK) {
		code = order(imp, "status", &was, &status);
		if (code == YW_OK && status != 0 && strcmp(yw_buf_str(&was), CANCELLED) == 0) {
			*out = STAYS_CANCELLED;
			yw_import_find(imp, "already_cancelled", "", "status", nothing);
		}
	}
	yw_buf_release(&was);
	return code;
}

/* The old and new value of the changed field, by the rules of its column in the other mapping. */
static bool
take_values(struct yw_import *imp, const struct yw_csv_row *row, struct yw_import_value *old)
{
	const struct yw_mapping_field *f = imp->change.changed;
	struct yw_import_value *new = &imp->change.new_value;

	*old = *new = (struct yw_import_value) { .path = f->path };
	yw_import_take_cell(imp, f->column, imp->change.from, row, old, &imp->change.old_text);
	yw_import_take_cell(imp, f->column, imp->change.to, row, new, &imp->change.new_text);
	if (!imp->refused && new->form == YW_IMPORT_ABSENT)
		yw_import_find(imp, "missing_field", yw_import_column_name(imp, imp->change.to), f->path, nothing);
	return !imp->refused && yw_import_all_there(imp);
}

/* The name or number of a natural person is not kept, so it cannot change; nor is it shown. */
static enum yw_code
judge_party(struct yw_import *imp, const char *id)
{
	static const struct yw_import_reason named = { "natural_person_named", true,
		N_("a natural person is stored without name and number") };
	const struct yw_mapping_field *f = imp->change.changed;
	struct yw_import_value person = { .form = YW_IMPORT_STRING, .text = YW_BYTES_LIT(YW_IMPORT_PERSON) };
	enum yw_code code;
	bool is_one;

	if (f == NULL || f->party < 0)
		return YW_OK;
	person.path = imp->mapping->change.base->fields[f->party].path;
	code = stands(imp, id, &person, &is_one);
	if (code == YW_OK && is_one)
		yw_import_find_other(imp, &named, yw_import_column_name(imp, imp->change.to), f->path, nothing);
	return code;
}

/* Makes imp->body of the record in hand, and says which values of the changed field stand in it as it is registered;
 * a row that states no old value is taken at its word. */
static enum yw_code
make_body(struct yw_import *imp, const struct yw_csv_row *row, const char *id, bool *old_stands, bool *new_stands)
{
	struct yw_import_value old;
	const struct yw_import_value *new = &imp->change.new_value;
	enum yw_code code;

	*old_stands = true;
	*new_stands = imp->change.changed == NULL;
	code = lay(imp, id, yw_buf_bytes(&imp->change.current), imp->values, imp->mapping->n_fields, &imp->body);
	if (code != YW_OK || imp->change.changed == NULL || !take_values(imp, row, &old))
		return code;
	code = stands(imp, id, new, new_stands);
	if (code == YW_OK && old.form != YW_IMPORT_ABSENT)
		code = stands(imp, id, &old, old_stands);
	if (code == YW_OK)
		code = lay_new(imp, id, yw_buf_bytes(&imp->body), &imp->change.made);
	yw_buf_clear(&imp->body);
	yw_buf_add(&imp->body, imp->change.made.data, imp->change.made.len);
	return code;
}

/* The record as it is registered, with the one field changed or not even that: then it counts as unchanged. */
static enum yw_code
keep(struct yw_import *imp, const char *id, bool change)
{
	const struct yw_mapping_field *f = imp->change.changed;

	if (change && f != NULL)
		return lay_new(imp, id, yw_buf_bytes(&imp->change.current), &imp->body);
	yw_buf_clear(&imp->body);
	yw_buf_add(&imp->body, imp->change.current.data, imp->change.current.len);
	return YW_OK;
}

static enum yw_code
find_current(struct yw_import *imp, const char *id, bool again)
{
	struct yw_error why = { YW_OK, "" };
	enum yw_code code;

	yw_buf_clear(&imp->change.current);
	code = imp->sink.current(imp->sink.arg, id, again, &imp->change.current, &why);
	if (code == YW_ENOENT)
		yw_import_find(imp, "no_such_record", "", "", yw_bytes_str(id));
	else if (code == YW_EDENIED)
		yw_import_find_said(imp, code, &why);
	else if (code != YW_OK)
		return yw_fail(imp->err, code, "%s", why.msg);
	return YW_OK;
}

static enum yw_code
take_change(struct yw_import *imp, const struct yw_csv_row *row, const char *id, bool again)
{
	bool old_stands, new_stands;
	enum course course = CHANGES;
	enum yw_code code = find_current(imp, id, again);

	if (code == YW_OK && !imp->refused)
		code = judge_party(imp, id);
	if (code == YW_OK && !imp->refused)
		code = make_body(imp, row, id, &old_stands, &new_stands);
	if (code == YW_OK && !imp->refused)
		code = judge_course(imp, new_stands, &course);
	if (code == YW_OK && !imp->refused && !old_stands && !new_stands && !(again && imp->options.dry_run))
		yw_import_find(imp, "old_value_differs", yw_import_column_name(imp, imp->change.from),
		    imp->change.changed->path, yw_buf_bytes(&imp->change.old_text));
	if (code == YW_OK && !imp->refused && course != CHANGES)
		code = keep(imp, id, course == STAYS_CANCELLED);
	return code;
}

void
yw_import_take_change(struct yw_import *imp, const struct yw_csv_row *row, const char *id)
{
	enum yw_seen_verdict verdict = YW_SEEN_NEW;
	enum yw_code code;

	if (!take_name(imp, row))
		return;
	yw_import_note_id(imp, id, row->raw, &verdict);	/* two changes of one record are no contradiction */
	if (imp->failed != YW_OK)
		return;
	if (verdict == YW_SEEN_SAME) {
		imp->counts.repeated++;
		return;
	}
	code = take_change(imp, row, id, verdict == YW_SEEN_OTHER);
	if (code == YW_EFORMAT || code == YW_ELIMIT)
		yw_import_find(imp, code == YW_ELIMIT ? "record_too_large" : "bad_record", "", "", nothing);
	else if (imp->failed == YW_OK)
		imp->failed = code;
	if (!imp->refused && imp->failed == YW_OK && yw_import_all_there(imp))
		yw_import_validate(imp, row, id);
	if (!imp->refused && imp->failed == YW_OK)
		yw_import_hand_over(imp, id);
}
