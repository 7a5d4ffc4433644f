/*
 * mapping.h - a mapping file: how one office's table becomes records of one kind.
 *
 * node-config/mappings/README.md explains the keys to the person who writes one; the table in
 * mapping.c is what is checked.  Everything is judged when the file is loaded, down to whether the
 * record has such a field and the field such a word, so that an import never meets a mapping's fault.
 */
#ifndef YW_IMPORT_MAPPING_H
#define YW_IMPORT_MAPPING_H

#include "base/limits.h"
#include "import/charset.h"
#include "import/value.h"
#include "record/entry.h"

/* The column of reasons in a reject file; any file may have it, it is never read. */
#define YW_IMPORT_REASONS_COLUMN "退回原因"

enum yw_mapping_sort {
	YW_MAPPING_TEXT,	/* one line */
	YW_MAPPING_LINES,	/* keeps its line breaks, as LF */
	YW_MAPPING_CODE,	/* full-width characters become plain ones, as in the rest below */
	YW_MAPPING_IDENTIFIER,	/* an organisation's number, in capitals; its scheme by its shape */
	YW_MAPPING_DATE,
	YW_MAPPING_MONEY,
	YW_MAPPING_NUMBER
};

enum yw_mapping_charset { YW_MAPPING_DETECT, YW_MAPPING_UTF8, YW_MAPPING_GB18030 };

struct yw_mapping_names {
	const char **text;
	size_t n;
};

/* What a mapping may be called, without ".yaml". */
#define YW_MAPPING_NAME "abcdefghijklmnopqrstuvwxyz0123456789_-"

struct yw_mapping_word { const char *cell, *value; };

struct yw_mapping_words {
	const char *name;
	struct yw_mapping_word *words;
	size_t n;
};

struct yw_mapping_column {
	unsigned line;			/* in the mapping file */
	struct yw_mapping_names names;	/* any of these heads the column; the first stands for it in messages */
	const char *field;		/* path below the kind: "seller.name" */
	unsigned sort;			/* enum yw_mapping_sort */
	unsigned optional;		/* the file may lack the column */
	unsigned needed;		/* a file that has it says something in each row */
	const struct yw_mapping_words *words;	/* NULL: none */
	const char *under;		/* the field whose value goes before a word, with a slash, in the table; NULL */
	const char *list;		/* the characters between items, NULL: one value */
	unsigned dates;			/* bits of enum yw_import_date_form */
	unsigned unit;			/* of money: enum yw_import_unit */
	const char *scheme;		/* of an identifier; NULL: by its shape */
	struct yw_mapping_names absent;	/* cells that say nothing */
	struct yw_mapping_names remove;	/* texts that damage left in cells, dropped with a note */
	const char *fallback;		/* what an empty cell stands for, as in the record; NULL: nothing */
	const char *not_before;		/* the earliest date, NULL: any */
};

struct yw_mapping_constant {
	unsigned line;
	const char *field, *value;
	const struct yw_mapping_column *with;	/* only where this column's cell says something; NULL: always */
};

struct yw_mapping_field {	/* columns and constants together, sorted by path */
	const char *path;
	const struct yw_mapping_column *column;		/* NULL: a constant */
	const struct yw_mapping_constant *constant;	/* NULL: a column */
	int country;			/* of an identifier: which field holds its country, -1: none */
	int party;			/* of a party's name or identifier: which field holds its type, -1: none */
	int under;			/* of a column: the field named there, -1: none */
	int with;			/* of a constant: the field of that column, -1: always */
};

/* A table of changes: each row changes one field of a record that is registered. */
struct yw_mapping_change {
	const char *of;				/* the mapping beside this one by which those records came */
	struct yw_mapping *base;		/* it; NULL: not a table of changes */
	struct yw_mapping_names field, from, to;	/* columns: the field by its column's name there, what it said, says now */
};

struct yw_mapping {		/* read only once it is loaded; everything in it is its own */
	const char *kind;
	unsigned charset;			/* enum yw_mapping_charset */
	struct yw_audience audience;		/* cls and openness may be 0: the caller decides */
	struct yw_mapping_column *columns;
	size_t n_columns;
	struct yw_mapping_constant *constants;
	size_t n_constants;
	struct yw_mapping_field *fields;
	size_t n_fields;
	struct yw_mapping_words *words;
	size_t n_words;
	size_t identity[YW_IMPORT_IDENTITY_MAX];	/* indices into fields */
	size_t n_identity;
	unsigned identity_public;	/* the one column is the local id; else an HMAC of all is */
	struct yw_mapping_change change;
	struct yw_mapping_names ignore;	/* columns that are not imported */
	struct yw_mapping_names drop;	/* columns that must never be imported: persons, telephones */
	struct yw_mapping_names identity_fields, audience_codes;
	struct yw_yaml_node *root;	/* holds the texts */
};

/*
 * Loads a mapping; *out is the caller's after YW_OK, NULL else.
 *
 * YW_EINVAL	an unknown, missing or contradicting key, a value out of its set, a field or word that
 *		the record does not have: "file:line: key: reason"
 * and the errors of yw_yaml_parse() and yw_file_read().  Any thread.
 */
YW_CHECKED enum yw_code yw_mapping_parse(const char *name, const void *text, size_t len,
    struct yw_mapping **out, struct yw_error *err);
YW_CHECKED enum yw_code yw_mapping_read(const char *path, struct yw_mapping **out, struct yw_error *err);
void yw_mapping_free(struct yw_mapping *m);	/* NULL is fine */

bool yw_mapping_has_name(const struct yw_mapping_names *names, struct yw_bytes text);

#endif
