/*
 * division.c - one block of text, cut into rows in place; the rows are sorted because the file is.
 */
#include "record/division.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

#define COLUMNS 7
#define SUCCESSORS_MAX 16	/* more changes than this no place has seen; it ends a walk in a circle */

struct yw_divisions {
	char *text;		/* the file's bytes, cut by NULs; names point into it */
	struct yw_division *rows;
	size_t n;
};

static bool
is_date(const char *s)
{
	size_t i;

	for (i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	return s[10] == '\0';
}

static bool
take_date(const char *s, char out[static 11])
{
	if (*s != '\0' && !is_date(s))
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

static bool
take_code(const char *s, bool may_be_empty, struct yw_jurisdiction *out)
{
	if (*s == '\0' && may_be_empty) {
		out->code[0] = '\0';
		return true;
	}
	return yw_jurisdiction_parse(s, strlen(s), out) == YW_OK;
}

static bool
take_level(const char *s, enum yw_division_level *out)
{
	static const char *const names[] = { "province", "city", "county", "zone" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(s, names[i]) == 0) {
			*out = (enum yw_division_level)(i + 1);
			return true;
		}
	return false;
}

/* Cuts a line at its commas; false unless there are exactly COLUMNS columns, none quoted. */
static bool
cut(char *line, char *column[static COLUMNS])
{
	size_t i;

	if (strchr(line, '"') != NULL)
		return false;
	for (i = 0; i < COLUMNS; i++) {
		column[i] = line;
		line = strchr(line, ',');
		if ((line != NULL) != (i < COLUMNS - 1))
			return false;
		if (line != NULL)
			*line++ = '\0';
	}
	return true;
}

/* NULL, or what is wrong with the row. */
static const char *
take_row(char *line, struct yw_division *row)
{
	char *c[COLUMNS];

	if (!cut(line, c))
		return "not seven plain columns";
	if (!take_code(c[0], false, &row->code))
		return "the code is not six digits";
	if (c[1][0] == '\0' || !yw_utf8_valid(c[1], strlen(c[1])))
		return "no name in UTF-8";
	row->name = c[1];
	if (!take_level(c[2], &row->level))
		return "the level is not province, city, county or zone";
	if (!take_code(c[3], row->level == YW_DIVISION_PROVINCE, &row->parent) ||
	    (row->parent.code[0] && !yw_jurisdiction_above(&row->parent, &row->code)))
		return "the parent is no code above";
	if (!take_date(c[4], row->valid_from) || !take_date(c[5], row->valid_to))
		return "a date is not YYYY-MM-DD";
	if (row->valid_to[0] && strcmp(row->valid_to, row->valid_from) < 0)
		return "ends before it begins";
	if (!take_code(c[6], true, &row->successor))
		return "the successor is not six digits";
	if (row->successor.code[0] && !row->valid_to[0])
		return "a successor, and still in force";
	if (strcmp(row->successor.code, row->code.code) == 0)
		return "its own successor";
	return NULL;
}

static bool
in_order(const struct yw_division *a, const struct yw_division *b)
{
	int by_code = strcmp(a->code.code, b->code.code);

	return by_code < 0 || (by_code == 0 && strcmp(a->valid_from, b->valid_from) < 0);
}

static enum yw_code
take_rows(const char *name, struct yw_divisions *d, struct yw_error *err)
{
	char *line = d->text, *next;
	const char *fault;
	size_t n;

	for (n = 1; *line != '\0'; n++, line = next) {
		next = strchr(line, '\n');
		if (next == NULL)
			return yw_fail(err, YW_EFORMAT, "%.80s:%zu: the last line has no end", name, n);
		*next++ = '\0';
		if (n == 1) {
			if (strcmp(line, YW_DIVISIONS_HEADER) != 0)
				return yw_fail(err, YW_EFORMAT, "%.80s:1: not the header '%s'", name,
				    YW_DIVISIONS_HEADER);
			continue;
		}
		fault = take_row(line, &d->rows[d->n]);
		if (fault == NULL && d->n > 0 && !in_order(&d->rows[d->n - 1], &d->rows[d->n]))
			fault = "not after the row before it";
		if (fault != NULL)
			return yw_fail(err, YW_EFORMAT, "%.80s:%zu: %s", name, n, fault);
		d->n++;
	}
	return n == 1 ? yw_fail(err, YW_EFORMAT, "%.80s: empty", name) : YW_OK;
}

/* One step from a code that has ended to what it became; NULL at the end of the way. */
static const struct yw_division *
next_of(const struct yw_divisions *d, const struct yw_division *row)
{
	return row->valid_to[0] && row->successor.code[0] ? yw_division_find(d, row->successor.code) : NULL;
}

static bool
goes_round(const struct yw_divisions *d, const struct yw_division *row)
{
	size_t steps = 0;

	while (row != NULL && steps++ < SUCCESSORS_MAX)
		row = next_of(d, row);
	return row != NULL;
}

/* Rows are one a line from line 2 on, so that a row's index tells its line. */
static enum yw_code
check_links(const char *name, const struct yw_divisions *d, struct yw_error *err)
{
	size_t i;

	for (i = 0; i < d->n; i++) {
		const struct yw_division *row = &d->rows[i];
		bool parent = row->parent.code[0] == '\0' || yw_division_find(d, row->parent.code);

		if (!parent || (row->successor.code[0] && !yw_division_find(d, row->successor.code)))
			return yw_fail(err, YW_EFORMAT, "%.80s:%zu: %s %s has no row", name, i + 2,
			    parent ? "successor" : "parent", parent ? row->successor.code : row->parent.code);
		if (goes_round(d, row))
			return yw_fail(err, YW_EFORMAT, "%.80s:%zu: the successors of %s go round in a circle", name, i + 2,
			    row->code.code);
	}
	return YW_OK;
}

static size_t
lines_in(struct yw_bytes text)
{
	size_t i, n = 1;

	for (i = 0; i < text.len; i++)
		n += text.data[i] == '\n';
	return n;
}

enum yw_code
yw_divisions_parse(const char *name, struct yw_bytes text, struct yw_divisions **out, struct yw_error *err)
{
	struct yw_divisions *d;
	enum yw_code code;

	if (text.len > YW_DIVISIONS_BYTES_MAX)
		return yw_fail(err, YW_ELIMIT, "%.80s: over %u bytes", name, YW_DIVISIONS_BYTES_MAX);
	if (text.len != 0 && memchr(text.data, '\0', text.len) != NULL)
		return yw_fail(err, YW_EFORMAT, "%.80s: holds a NUL", name);
	d = calloc(1, sizeof *d);
	if (d != NULL) {
		d->text = malloc(text.len + 1);
		d->rows = calloc(lines_in(text), sizeof *d->rows);
	}
	if (d == NULL || d->text == NULL || d->rows == NULL) {
		yw_divisions_free(d);
		return yw_fail(err, YW_ENOMEM, "out of memory");
	}
	if (text.len != 0)
		memcpy(d->text, text.data, text.len);
	d->text[text.len] = '\0';
	code = take_rows(name, d, err);
	if (code == YW_OK)
		code = check_links(name, d, err);
	if (code != YW_OK) {
		yw_divisions_free(d);
		return code;
	}
	*out = d;
	return YW_OK;
}

enum yw_code
yw_divisions_read(const char *path, struct yw_divisions **out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code;

	code = yw_file_read(path, YW_DIVISIONS_BYTES_MAX, &text, err);
	if (code == YW_OK)
		code = yw_divisions_parse(path, yw_buf_bytes(&text), out, err);
	yw_buf_release(&text);
	return code;
}

void
yw_divisions_free(struct yw_divisions *d)
{
	if (d == NULL)
		return;
	free(d->text);
	free(d->rows);
	free(d);
}

const struct yw_division *
yw_division_find(const struct yw_divisions *d, const char *code)
{
	size_t lo = 0, hi = d->n;

	/* the last row that is not above the code: of several rows of one code the newest */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(d->rows[mid].code.code, code) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && strcmp(d->rows[lo - 1].code.code, code) == 0 ? &d->rows[lo - 1] : NULL;
}

const struct yw_division *
yw_division_then(const struct yw_divisions *d, const char *code, const char *day)
{
	const struct yw_division *row = yw_division_find(d, code);

	while (row != NULL && *day != '\0' && strcmp(row->valid_from, day) > 0 && row > d->rows &&
	    yw_jurisdiction_equal(&row[-1].code, &row->code))
		row--;
	return row;
}

const struct yw_division *
yw_division_today(const struct yw_divisions *d, const char *code)
{
	const struct yw_division *row = yw_division_find(d, code), *next;

	while (row != NULL && (next = next_of(d, row)) != NULL)
		row = next;
	return row;
}
