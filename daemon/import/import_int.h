/*
 * import_int.h - one import's state, shared by import.c (the file), header.c (its first row) and
 * cells.c (a row's values).
 */
#ifndef YW_IMPORT_IMPORT_INT_H
#define YW_IMPORT_IMPORT_INT_H

#include "import/assemble.h"
#include "import/csv.h"
#include "import/import.h"
#include "import/reason.h"
#include "import/seen.h"

#define YW_IMPORT_UNBOUND SIZE_MAX
#define YW_IMPORT_SHOWN_MAX 80		/* bytes of a cell that a finding shows */
#define YW_IMPORT_PERSON "natural_person"	/* the type of a party whose name and number nobody reads */

struct yw_import_slot {			/* one field of the mapping */
	size_t column;			/* of the file; YW_IMPORT_UNBOUND: none */
	struct yw_buf text;		/* this row's */
};

struct yw_import {
	const struct yw_mapping *mapping;
	struct yw_import_options options;
	struct yw_import_sink sink;
	struct yw_import_counts counts;
	struct yw_csv *csv;
	struct yw_charset_reader *charset;	/* NULL until it is decided */
	enum yw_charset set;
	struct yw_buf head;		/* the start of the file, until then */

	struct yw_buf names;		/* the header's cells as UTF-8, each with a NUL behind it */
	size_t name_at[YW_CSV_COLUMNS_MAX];
	size_t n_columns;		/* 0: the header has not been read */
	bool reasons_first;		/* the file is a reject file */
	struct yw_buf header_raw;
	bool rejecting;			/* the reject file has its header */

	struct yw_import_slot *slots;	/* as mapping->fields */
	struct yw_import_value *values;	/* likewise */
	struct yw_seen seen;

	struct {			/* of a table of changes */
		size_t field, from, to;			/* columns of the file */
		const struct yw_mapping_field *changed;	/* this row's; NULL: a column of the mapping's own says it */
		struct yw_buf old_text, new_text;	/* its cells */
		struct yw_import_value new_value;	/* text in new_text */
		struct yw_buf current, made;		/* the record as it is registered, and as it becomes */
	} change;

	/* the row in hand */
	uint64_t record, line;
	bool refused;
	struct yw_buf reasons;		/* of the reject file */
	struct yw_buf cell, work, json, body;
	enum yw_code failed;		/* the sink's failure, or ours */
	struct yw_error *err;
};

/* Hands out a finding of this room's table, and keeps it for the reject file if it refuses.  column,
 * field (a path below the kind) and value may be empty. */
void yw_import_find(struct yw_import *imp, const char *code, const char *column, const char *field,
    struct yw_bytes value);

/* The same with a reason that is not in the table. */
void yw_import_find_other(struct yw_import *imp, const struct yw_import_reason *reason, const char *column,
    const char *field, struct yw_bytes value);

/* The same for a finding of the validator. */
void yw_import_find_as(struct yw_import *imp, const struct yw_import_finding *f);

/* The same for a row that could not be taken apart. */
void yw_import_find_damage(struct yw_import *imp, const struct yw_csv_row *row);

/* Does a path below the mapping's kind lead into the field of a finding, "contract.seller.identifier.value"?  Which field of the
 * mapping does; YW_IMPORT_UNBOUND: none. */
bool yw_import_leads_into(const struct yw_import *imp, const char *path, const char *field);
size_t yw_import_field_at(const struct yw_import *imp, const char *field);

/* Has a buffer, before it is used for something else, got its memory?  Else the import fails. */
bool yw_import_holds(struct yw_import *imp, const struct yw_buf *b);

/* The name of a column of the file, "" for YW_IMPORT_UNBOUND. */
const char *yw_import_column_name(const struct yw_import *imp, size_t column);

/* Reads the header; problems are findings, after which imp->counts.file_refused. */
void yw_import_take_header(struct yw_import *imp, const struct yw_csv_row *row);

/* Fills imp->values from a row that has as many cells as the header; problems are findings.  The cells with name and
 * number of a natural person are not looked at. */
void yw_import_take_cells(struct yw_import *imp, const struct yw_csv_row *row);

/*
 * A cell by the rules of a column, which need not be the mapping's own; at is the column of the file.  v stays
 * absent where the cell says nothing; its text lies in out.
 */
void yw_import_take_cell(struct yw_import *imp, const struct yw_mapping_column *column, size_t at,
    const struct yw_csv_row *row, struct yw_import_value *v, struct yw_buf *out);

/* --- A record on its way, import.c --- */

/* Asks for whom imp->body would be, and the validator; its findings are those of this row. */
void yw_import_validate(struct yw_import *imp, const struct yw_csv_row *row, const char *id);

/* The sink refuses the row, of YW_EDENIED since its id was erased: the finding says what the sink said. */
void yw_import_find_said(struct yw_import *imp, enum yw_code code, const struct yw_error *why);

/* Notes that the file has this id with this content; *verdict is NEW, or a finding names the earlier line. */
void yw_import_note_id(struct yw_import *imp, const char *id, struct yw_bytes content, enum yw_seen_verdict *verdict);

/* imp->body, which nothing refused, to the sink. */
void yw_import_hand_over(struct yw_import *imp, const char *id);

/* Has every buffer got its memory?  Else the import has failed. */
bool yw_import_all_there(struct yw_import *imp);

/* --- A table of changes, changes.c --- */

/* A row whose values and id are taken: lays it over the record, and hands that over unless something refuses it. */
void yw_import_take_change(struct yw_import *imp, const struct yw_csv_row *row, const char *id);

/* Does the row in hand say this field, "contract.total_amount_fen"?  Always, in a table of whole records. */
bool yw_import_says(const struct yw_import *imp, const char *field);

/* The part of a text without spaces around it, U+3000 and other invisible ones included. */
struct yw_bytes yw_import_trim(struct yw_bytes text);

#endif
