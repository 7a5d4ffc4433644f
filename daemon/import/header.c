/*
 * header.c - which column of the file fills which field.
 */
#include "import/import_int.h"

static struct yw_bytes
name_of(const struct yw_import *imp, size_t column)
{
	return yw_bytes_str(yw_import_column_name(imp, column));
}

static bool
same_name_before(const struct yw_import *imp, size_t column)
{
	size_t i;

	for (i = 0; i < column; i++)
		if (yw_bytes_equal(name_of(imp, i), name_of(imp, column)))
			return true;
	return false;
}

/* Decodes the names; false when one is in no character set. */
static bool
read_names(struct yw_import *imp, const struct yw_csv_row *row)
{
	size_t i;

	for (i = 0; i < row->n_cells; i++) {
		struct yw_bytes name;

		yw_buf_clear(&imp->cell);
		if (yw_charset_read(imp->charset, row->cells[i], &imp->cell))
			return false;
		if (!yw_import_holds(imp, &imp->cell))
			return true;
		name = yw_import_trim(yw_buf_bytes(&imp->cell));
		imp->name_at[i] = imp->names.len;
		yw_buf_add(&imp->names, name.data, name.len);
		yw_buf_add_byte(&imp->names, 0);
	}
	if (yw_import_holds(imp, &imp->names))
		imp->n_columns = row->n_cells;
	return true;
}

static size_t
find_slot(const struct yw_import *imp, struct yw_bytes name)
{
	size_t i;

	for (i = 0; i < imp->mapping->n_fields; i++)
		if (imp->mapping->fields[i].column &&
		    yw_mapping_has_name(&imp->mapping->fields[i].column->names, name))
			return i;
	return YW_IMPORT_UNBOUND;
}

/* Of a table of changes: where its column of this name belongs, NULL: it is none of the three. */
static size_t *
find_change(struct yw_import *imp, struct yw_bytes name)
{
	const struct yw_mapping_change *c = &imp->mapping->change;

	return yw_mapping_has_name(&c->field, name) ? &imp->change.field
	    : yw_mapping_has_name(&c->from, name) ? &imp->change.from
	    : yw_mapping_has_name(&c->to, name) ? &imp->change.to : NULL;
}

static void
check_change(struct yw_import *imp)
{
	const struct yw_mapping_change *c = &imp->mapping->change;
	const struct { size_t column; const struct yw_mapping_names *names; } all[] = {
		{ imp->change.field, &c->field }, { imp->change.from, &c->from }, { imp->change.to, &c->to },
	};
	size_t i;

	for (i = 0; c->base != NULL && i < sizeof all / sizeof *all; i++)
		if (all[i].column == YW_IMPORT_UNBOUND)
			yw_import_find(imp, "missing_required_column", all[i].names->text[0], "", (struct yw_bytes) { NULL, 0 });
}

/* No header of such a table at all: that is told once, and not for each column. */
static bool
is_foreign(struct yw_import *imp)
{
	for (size_t i = 0; i < imp->n_columns; i++)
		if (find_slot(imp, name_of(imp, i)) != YW_IMPORT_UNBOUND || find_change(imp, name_of(imp, i)) != NULL)
			return false;
	return imp->n_columns > 0;
}

static void
bind_column(struct yw_import *imp, size_t column)
{
	struct yw_bytes name = name_of(imp, column);
	const char *text = yw_import_column_name(imp, column);
	size_t slot, *change;

	if (yw_bytes_equal(name, YW_BYTES_LIT(YW_IMPORT_REASONS_COLUMN))) {
		imp->reasons_first |= column == 0;
		return;
	}
	slot = find_slot(imp, name);
	change = find_change(imp, name);
	if (name.len == 0)
		yw_import_find(imp, "unnamed_column", "", "", name);
	else if (same_name_before(imp, column))
		yw_import_find(imp, "duplicate_column", text, "", name);
	else if (change != NULL && *change != YW_IMPORT_UNBOUND)
		yw_import_find(imp, "double_source", text, "", name);
	else if (change != NULL)
		*change = column;
	else if (slot != YW_IMPORT_UNBOUND && imp->slots[slot].column != YW_IMPORT_UNBOUND)
		yw_import_find(imp, "double_source", text, imp->mapping->fields[slot].path, name);
	else if (slot != YW_IMPORT_UNBOUND)
		imp->slots[slot].column = column;
	else if (!yw_mapping_has_name(&imp->mapping->ignore, name) && !yw_mapping_has_name(&imp->mapping->drop, name))
		yw_import_find(imp, "unknown_column", text, "", name);
}

void
yw_import_take_header(struct yw_import *imp, const struct yw_csv_row *row)
{
	const struct yw_bytes none = { NULL, 0 };
	size_t i;

	if (row->shape != YW_CSV_WHOLE)
		yw_import_find_damage(imp, row);
	else if (row->n_cells > YW_CSV_COLUMNS_MAX)
		yw_import_find(imp, "too_many_columns", "", "", none);
	else if (!read_names(imp, row))
		yw_import_find(imp, "unreadable_header", "", "", none);
	else if (is_foreign(imp))
		yw_import_find(imp, "foreign_header", "", "", name_of(imp, 0));
	else {
		for (i = 0; i < imp->n_columns; i++)
			bind_column(imp, i);
		for (i = 0; i < imp->mapping->n_fields; i++) {
			const struct yw_mapping_field *f = &imp->mapping->fields[i];

			if (f->column && !f->column->optional && imp->slots[i].column == YW_IMPORT_UNBOUND)
				yw_import_find(imp, "missing_required_column", f->column->names.text[0], f->path, none);
		}
		check_change(imp);
		yw_buf_add(&imp->header_raw, row->raw.data, row->raw.len);
	}
	imp->counts.file_refused = imp->refused;
}
