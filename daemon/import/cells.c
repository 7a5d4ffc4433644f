/*
 * cells.c - the cells of one row into the values of one record, each by its column's rules.
 */
#include "import/import_int.h"

#include "record/credit.h"

/* One cell on its way. */
struct cell {
	struct yw_import *imp;
	const struct yw_mapping_column *column;
	size_t at;			/* column of the file, YW_IMPORT_UNBOUND: none */
	int under;			/* the field whose value goes before a word, -1: none */
	bool needed;			/* it may not be empty */
	struct yw_bytes text;		/* decoded and trimmed */
};

static void
find(const struct cell *c, const char *code)
{
	yw_import_find(c->imp, code, yw_import_column_name(c->imp, c->at), c->column->field, c->text);
}

/* Bytes of the space at p that trimming drops, 0 if there is none. */
static size_t
space_at(const uint8_t *p, size_t n)
{
	static const char *const wide[] = { "\xc2\xa0", "\xe3\x80\x80", "\xef\xbb\xbf", "\xe2\x80\x8b" };
	size_t i;

	if (n > 0 && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		return 1;
	for (i = 0; i < sizeof wide / sizeof *wide; i++)
		if (n >= strlen(wide[i]) && memcmp(p, wide[i], strlen(wide[i])) == 0)
			return strlen(wide[i]);
	return 0;
}

struct yw_bytes
yw_import_trim(struct yw_bytes text)
{
	size_t n, i;

	while ((n = space_at(text.data, text.len)) > 0) {
		text.data += n;
		text.len -= n;
	}
	for (i = 1; i <= 3 && i <= text.len; i++)
		if (space_at(text.data + text.len - i, i) == i) {
			text.len -= i;
			i = 0;
		}
	return text;
}

/* Drops the texts that the mapping names, into imp->work. */
static void
remove_texts(struct cell *c)
{
	struct yw_buf *out = &c->imp->work;
	bool any = false;
	size_t i, k, n;

	yw_buf_clear(out);
	for (i = 0; i < c->text.len; i += n) {
		for (k = 0, n = 0; k < c->column->remove.n && n == 0; k++) {
			size_t len = strlen(c->column->remove.text[k]);

			if (len <= c->text.len - i && memcmp(c->text.data + i, c->column->remove.text[k], len) == 0)
				n = len;
		}
		any |= n > 0;
		if (n == 0) {
			yw_buf_add_byte(out, c->text.data[i]);
			n = 1;
		}
	}
	if (!any || !yw_import_holds(c->imp, out))
		return;
	find(c, "removed_text");
	c->text = yw_import_trim(yw_buf_bytes(out));
}

/* Line breaks and tabs of a one-line text become one space each. */
static void
one_line(struct cell *c, struct yw_buf *out)
{
	bool any = false;
	size_t i;

	for (i = 0; i < c->text.len; i++) {
		uint8_t b = c->text.data[i];

		if (b == '\r' && i + 1 < c->text.len && c->text.data[i + 1] == '\n')
			continue;
		any |= b == '\n' || b == '\r' || b == '\t';
		yw_buf_add_byte(out, b == '\n' || b == '\r' || b == '\t' ? ' ' : b);
	}
	if (any)
		find(c, "quoted_newline");
}

static void
keep_lines(struct cell *c, struct yw_buf *out)
{
	size_t i;

	for (i = 0; i < c->text.len; i++)
		if (c->text.data[i] != '\r')
			yw_buf_add_byte(out, c->text.data[i]);
		else if (i + 1 == c->text.len || c->text.data[i + 1] != '\n')
			yw_buf_add_byte(out, '\n');
}

/* Does a word of a table read "<under>/<word>"? */
static bool
is_under(const char *cell, struct yw_bytes under, struct yw_bytes word)
{
	return strlen(cell) == under.len + 1 + word.len && memcmp(cell, under.data, under.len) == 0 &&
	    cell[under.len] == '/' && memcmp(cell + under.len + 1, word.data, word.len) == 0;
}

/* The value of a cell's word, NULL if there is none. */
static const char *
look_up(const struct cell *c, struct yw_bytes word)
{
	const struct yw_mapping_words *w = c->column->words;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (c->under >= 0 && is_under(w->words[i].cell, c->imp->values[c->under].text, word))
			return w->words[i].value;
	for (i = 0; i < w->n; i++)
		if (yw_bytes_equal(yw_bytes_str(w->words[i].cell), word))
			return w->words[i].value;
	return NULL;
}

/* "unknown_kind", "unknown_field": the last part of the field's path. */
static void
unknown_word(const struct cell *c, struct yw_bytes word)
{
	const char *dot = strrchr(c->column->field, '.');
	char code[YW_FIELD_PATH_MAX + sizeof "unknown_"];
	struct yw_import_reason reason = *yw_import_reason("unknown_word");

	snprintf(code, sizeof code, "unknown_%s", dot ? dot + 1 : c->column->field);
	reason.code = code;
	yw_import_find_other(c->imp, &reason, yw_import_column_name(c->imp, c->at), c->column->field, word);
}

/* Bytes of the separator at p, 0 if there is none. */
static size_t
separator_at(const char *separators, const uint8_t *p, size_t n)
{
	while (*separators) {
		size_t len = 1;

		while ((separators[len] & 0xc0) == 0x80)
			len++;
		if (len <= n && memcmp(p, separators, len) == 0)
			return len;
		separators += len;
	}
	return 0;
}

/* Rewrites the one text in `out` as items with a NUL behind each. */
static void
split(struct cell *c, struct yw_buf *out)
{
	struct yw_buf *items = &c->imp->work;
	size_t start = 0, i = 0, n;

	yw_buf_clear(items);
	while (start <= out->len) {
		struct yw_bytes item;
		const char *value;

		for (i = start; i < out->len && separator_at(c->column->list, out->data + i, out->len - i) == 0; i++)
			;
		n = i < out->len ? separator_at(c->column->list, out->data + i, out->len - i) : 1;
		item = yw_import_trim((struct yw_bytes) { out->data + start, i - start });
		start = i + n;
		if (item.len == 0)
			continue;
		value = c->column->words ? look_up(c, item) : NULL;
		if (value)
			yw_buf_add_str(items, value);
		else
			yw_buf_add(items, item.data, item.len);
		yw_buf_add_byte(items, 0);
		if (c->column->words && !value)
			unknown_word(c, item);
	}
	yw_buf_clear(out);
	if (yw_import_holds(c->imp, items))
		yw_buf_add(out, items->data, items->len);
}

static void
take_text(struct cell *c, struct yw_import_value *v, struct yw_buf *out)
{
	const char *value;

	if (c->column->sort == YW_MAPPING_TEXT)
		one_line(c, out);
	else if (c->column->sort == YW_MAPPING_LINES)
		keep_lines(c, out);
	else if (yw_import_fold(c->text, out))
		find(c, "fullwidth_digits");
	if (!yw_import_holds(c->imp, out))
		return;
	v->form = YW_IMPORT_STRING;
	if (c->column->sort == YW_MAPPING_CODE && yw_is_mangled_number(yw_buf_str(out)))
		find(c, "excel_scientific");
	else if (c->column->list) {
		v->form = YW_IMPORT_STRINGS;
		split(c, out);
	} else if (c->column->words) {
		value = look_up(c, yw_buf_bytes(out));
		if (!value)
			unknown_word(c, yw_buf_bytes(out));
		yw_buf_clear(out);
		yw_buf_add_str(out, value ? value : "");
	}
	v->text = yw_buf_bytes(out);
}

static void
take_identifier(struct cell *c, struct yw_import_value *v, struct yw_buf *out)
{
	bool small = false;
	size_t i;

	v->form = YW_IMPORT_IDENTIFIER;
	v->scheme = c->column->scheme ? c->column->scheme : yw_import_scheme(yw_buf_str(out));
	for (i = 0; i < out->len; i++)
		if (out->data[i] >= 'a' && out->data[i] <= 'z') {
			out->data[i] = (uint8_t)(out->data[i] - 'a' + 'A');
			small = true;
		}
	if (small)
		find(c, "lowercase_uscc");
	if (strcmp(v->scheme, "organisation_code") == 0 && out->len == 10 && out->data[8] == '-') {
		out->data[8] = out->data[9];
		out->len--;
	}
	v->text = yw_buf_bytes(out);
}

static void
take_date(struct cell *c, struct yw_import_value *v, struct yw_buf *out)
{
	struct yw_import_date day;
	bool other = false;
	const char *wrong = yw_import_date(yw_buf_str(out), c->column->dates, &day, &other);

	if (wrong) {
		find(c, wrong);
		return;
	}
	if (other)
		find(c, "date_other_format");
	if (c->column->not_before && strcmp(day.text, c->column->not_before) < 0)
		find(c, "date_out_of_range");
	yw_buf_clear(out);
	yw_buf_add_str(out, day.text);
	v->form = YW_IMPORT_STRING;
	v->text = yw_buf_bytes(out);
}

static void
take_number(struct cell *c, struct yw_import_value *v, struct yw_buf *out)
{
	const char *wrong;
	uint32_t number = 0;

	v->form = YW_IMPORT_INTEGER;
	if (c->column->sort == YW_MAPPING_MONEY) {
		wrong = yw_import_money(yw_buf_str(out), c->column->unit, &v->number);
	} else {
		wrong = yw_import_number(yw_buf_str(out), &number);
		v->number = number;
	}
	if (wrong)
		find(c, wrong);
}

/* A cell that says something. */
static void
take_value(struct cell *c, struct yw_import_value *v, struct yw_buf *out)
{
	switch (c->column->sort) {
	case YW_MAPPING_TEXT:
	case YW_MAPPING_LINES:
	case YW_MAPPING_CODE:
		take_text(c, v, out);
		return;
	}
	if (yw_import_fold(c->text, out))
		find(c, "fullwidth_digits");
	if (!yw_import_holds(c->imp, out))
		return;
	if (yw_is_mangled_number(yw_buf_str(out)))
		find(c, "excel_scientific");
	else if (c->column->sort == YW_MAPPING_IDENTIFIER)
		take_identifier(c, v, out);
	else if (c->column->sort == YW_MAPPING_DATE)
		take_date(c, v, out);
	else
		take_number(c, v, out);
}

static void
take_cell(struct cell c, const struct yw_csv_row *row, struct yw_import_value *v, struct yw_buf *out)
{
	struct yw_import *imp = c.imp;
	size_t at = c.at;
	const char *wrong = NULL;

	yw_buf_clear(out);
	yw_buf_clear(&imp->cell);
	if (at != YW_IMPORT_UNBOUND)
		wrong = yw_charset_read(imp->charset, row->cells[at], &imp->cell);
	if (wrong) {
		bool cut = row->unended && at == row->n_cells - 1 && strncmp(wrong, "invalid_", 8) == 0;

		find(&c, cut ? "truncated_file" : wrong);
		return;
	}
	if (!yw_import_holds(imp, &imp->cell))
		return;
	c.text = yw_import_trim(yw_buf_bytes(&imp->cell));
	if (c.text.len < imp->cell.len && c.text.len > 0)
		find(&c, "surrounding_space");
	if (yw_mapping_has_name(&c.column->absent, c.text))
		c.text.len = 0;
	if (c.text.len > 0 && c.column->remove.n > 0)
		remove_texts(&c);
	if (c.text.len > 0) {
		take_value(&c, v, out);
	} else if (c.column->fallback) {
		v->form = YW_IMPORT_STRING;
		v->text = yw_bytes_str(c.column->fallback);
	} else if (c.needed) {
		find(&c, "missing_field");
	}
}

void
yw_import_take_cell(struct yw_import *imp, const struct yw_mapping_column *column, size_t at,
    const struct yw_csv_row *row, struct yw_import_value *v, struct yw_buf *out)
{
	take_cell((struct cell) { imp, column, at, -1, false, { NULL, 0 } }, row, v, out);
}

static void
take_field(struct yw_import *imp, size_t i, const struct yw_csv_row *row)
{
	const struct yw_mapping_field *f = &imp->mapping->fields[i];
	size_t at = imp->slots[i].column;
	bool needed = f->column->needed && at != YW_IMPORT_UNBOUND;

	take_cell((struct cell) { imp, f->column, at, f->under, needed, { NULL, 0 } }, row, &imp->values[i], &imp->slots[i].text);
}

/* China by the letters of ISO 3166, its number there, or the customs' number. */
static bool
is_foreign(struct yw_bytes country)
{
	return country.len > 0 && !yw_bytes_equal(country, YW_BYTES_LIT("CHN")) &&
	    !yw_bytes_equal(country, YW_BYTES_LIT("156")) && !yw_bytes_equal(country, YW_BYTES_LIT("142"));
}

static void
take_constant(struct yw_import *imp, size_t i)
{
	const struct yw_mapping_field *f = &imp->mapping->fields[i];

	if (f->with >= 0 && imp->values[f->with].form == YW_IMPORT_ABSENT)
		return;
	imp->values[i].form = YW_IMPORT_STRING;
	imp->values[i].text = yw_bytes_str(f->constant->value);
}

/* In which turn a field is filled: after those that it needs. */
static unsigned
turn_of(const struct yw_mapping_field *f)
{
	return f->with >= 0 ? 3 : f->party >= 0 ? 2 : f->constant || f->under >= 0 ? 1 : 0;
}

/* Not at all where what it needs was refused, and not what names a natural person. */
static void
fill(struct yw_import *imp, size_t i, const struct yw_csv_row *row)
{
	const struct yw_mapping_field *f = &imp->mapping->fields[i];

	if (f->constant)
		take_constant(imp, i);
	else if (f->party >= 0 && yw_bytes_equal(imp->values[f->party].text, YW_BYTES_LIT(YW_IMPORT_PERSON)))
		return;
	else if (f->under < 0 || !imp->refused || imp->values[f->under].text.len > 0)
		take_field(imp, i, row);
}

void
yw_import_take_cells(struct yw_import *imp, const struct yw_csv_row *row)
{
	const struct yw_mapping *m = imp->mapping;
	unsigned turn;
	size_t i;

	for (i = 0; i < m->n_fields; i++)
		imp->values[i] = (struct yw_import_value) { .path = m->fields[i].path };
	for (turn = 0; turn <= 3; turn++)
		for (i = 0; i < m->n_fields; i++)
			if (turn_of(&m->fields[i]) == turn)
				fill(imp, i, row);
	for (i = 0; i < m->n_fields; i++)
		if (m->fields[i].country >= 0 && imp->values[i].form == YW_IMPORT_IDENTIFIER &&
		    !m->fields[i].column->scheme && is_foreign(imp->values[m->fields[i].country].text))
			imp->values[i].scheme = "foreign";
}
