/*
 * mapping_check.c - what the keys of a mapping must be together, and a trial record per field.
 */
#include <stdlib.h>

#include "base/yaml.h"
#include "import/assemble.h"
#include "import/mapping_int.h"
#include "record/record.h"

#define SORT(s) (1u << YW_MAPPING_##s)

/* Keys that make sense with some sorts of cell only. */
struct rule {
	const char *key;
	unsigned sorts;
	const char *with;
};

static const struct rule rules[] = {
	{ "words", SORT(TEXT) | SORT(CODE), "text or code" },
	{ "list", SORT(TEXT) | SORT(CODE), "text or code" },
	{ "dates", SORT(DATE), "date" },
	{ "not_before", SORT(DATE), "date" },
	{ "unit", SORT(MONEY), "money" },
	{ "scheme", SORT(IDENTIFIER), "identifier" },
	{ "default", SORT(TEXT) | SORT(CODE) | SORT(DATE), "text, code or date" },
};

static enum yw_code
bad(struct yw_mapping_loader *l, unsigned line, const char *key, const char *reason)
{
	return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: %s", l->name, line, key, reason);
}

static enum yw_code
check_column(struct yw_mapping_loader *l, const struct yw_yaml_node *n, struct yw_mapping_column *c)
{
	struct yw_import_date day;
	bool other;
	size_t i;

	for (i = 0; i < sizeof rules / sizeof *rules; i++)
		if (yw_yaml_get(n, rules[i].key) && !(rules[i].sorts & 1u << c->sort))
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: goes only with 'as: %s'", l->name, n->line,
			    rules[i].key, rules[i].with);
	if (c->sort == YW_MAPPING_MONEY && c->unit == 0)
		return bad(l, n->line, "unit", "is missing, allowed: yuan or wan_yuan (元 or 万元)");
	if (c->sort == YW_MAPPING_DATE && c->dates == 0)
		c->dates = YW_IMPORT_YMD;
	if (c->list && c->fallback)
		return bad(l, n->line, "default", "does not go with 'list'");
	if (c->not_before && (yw_import_date(c->not_before, YW_IMPORT_YMD, &day, &other) || other))
		return bad(l, n->line, "not_before", "allowed: a date as 2021-03-05");
	if (c->names.n == 0)
		return bad(l, n->line, "names", "at least one is needed");
	return YW_OK;
}

static bool
is_reasons(const char *name)
{
	return strcmp(name, YW_IMPORT_REASONS_COLUMN) == 0;
}

/* Is a name met earlier: in a column before `columns`, or, for ignore and drop, in any? */
static bool
met(const struct yw_mapping *m, const char *name, size_t columns)
{
	size_t i;

	for (i = 0; i < columns; i++)
		if (yw_mapping_has_name(&m->columns[i].names, yw_bytes_str(name)))
			return true;
	return is_reasons(name);
}

static enum yw_code
check_names(struct yw_mapping_loader *l, const struct yw_mapping *m)
{
	const struct yw_mapping_names *rest[] = { &m->ignore, &m->drop, &m->change.field, &m->change.from, &m->change.to };
	static const char *const keys[] = { "ignore", "drop", "changes", "changes", "changes" };
	size_t i, k;

	for (i = 0; i < m->n_columns; i++)
		for (k = 0; k < m->columns[i].names.n; k++)
			if (met(m, m->columns[i].names.text[k], i))
				return yw_fail(l->err, YW_EINVAL, "%.80s:%u: names: '%.60s' heads another column too",
				    l->name, m->columns[i].line, m->columns[i].names.text[k]);
	for (i = 0; i < sizeof keys / sizeof *keys; i++)
		for (k = 0; k < rest[i]->n; k++)
			if (met(m, rest[i]->text[k], m->n_columns))
				return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: '%.60s' heads a column that is imported",
				    l->name, yw_yaml_get(m->root, keys[i])->line, keys[i], rest[i]->text[k]);
	return YW_OK;
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct yw_mapping_field *)a)->path, ((const struct yw_mapping_field *)b)->path);
}

static unsigned
line_of(const struct yw_mapping_field *f)
{
	return f->column ? f->column->line : f->constant->line;
}

static int
find_field(const struct yw_mapping *m, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < m->n_fields; i++)
		if (strlen(m->fields[i].path) == len && memcmp(m->fields[i].path, path, len) == 0)
			return (int)i;
	return -1;
}

/* The field of that name beside another. */
static int
beside(const struct yw_mapping *m, const char *path, const char *name)
{
	char other[YW_FIELD_PATH_MAX + sizeof "country"];
	const char *dot = strrchr(path, '.');

	snprintf(other, sizeof other, "%.*s%s", dot ? (int)(dot - path) + 1 : 0, path, name);
	return find_field(m, other, strlen(other));
}

/* The type of the party whose name or identifier a field is; a broker's name stands in no message of its own. */
static int
party_of(const struct yw_mapping *m, const struct yw_mapping_field *f)
{
	const char *dot = strrchr(f->path, '.');

	return dot && (strcmp(dot, ".name") == 0 || strcmp(dot, ".identifier") == 0) ? beside(m, f->path, "type") : -1;
}

static enum yw_code
fill_fields(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	size_t i, n = m->n_columns + m->n_constants;

	m->fields = calloc(n, sizeof *m->fields);
	if (!m->fields)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	for (i = 0; i < n; i++) {
		struct yw_mapping_field *f = &m->fields[i];

		if (i < m->n_columns)
			*f = (struct yw_mapping_field) { m->columns[i].field, &m->columns[i], NULL, -1, -1, -1, -1 };
		else
			*f = (struct yw_mapping_field) { m->constants[i - m->n_columns].field, NULL,
				&m->constants[i - m->n_columns], -1, -1, -1, -1 };
		if (strlen(f->path) > YW_FIELD_PATH_MAX)
			return bad(l, line_of(f), "field", "too long for a path of fields");
	}
	m->n_fields = n;
	qsort(m->fields, n, sizeof *m->fields, by_path);
	for (i = 0; i + 1 < n; i++) {
		const char *path = m->fields[i].path, *next = m->fields[i + 1].path;
		size_t len = strcspn(path, "[");

		if (strncmp(path, next, len) == 0 && strchr(".[", next[len]) != NULL)
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: field: '%s' is filled twice, see line %u", l->name,
			    line_of(&m->fields[i + 1]), next, line_of(&m->fields[i]));
	}
	return YW_OK;
}

/* What the value of one field needs of another's. */
static enum yw_code
link_fields(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	size_t i;

	for (i = 0; i < m->n_fields; i++) {
		struct yw_mapping_field *f = &m->fields[i];

		if (f->constant && f->constant->with)
			f->with = find_field(m, f->constant->with->field, strlen(f->constant->with->field));
		if (!f->column)
			continue;
		if (f->column->sort == YW_MAPPING_IDENTIFIER)
			f->country = beside(m, f->path, "country");
		f->party = party_of(m, f);
		if (!f->column->under)
			continue;
		f->under = find_field(m, f->column->under, strlen(f->column->under));
		if (f->under < 0 || !f->column->words || f->column->list ||
		    !m->fields[f->under].column || m->fields[f->under].column->under)
			return bad(l, f->column->line, "under", "allowed: with 'words', the field of another column");
	}
	return YW_OK;
}

/* The field of a correction that says what it is about, NULL: no correction. */
static const char *
about_of(const struct yw_mapping *m)
{
	return strcmp(m->kind, "correction_request") == 0 ? "record" : strcmp(m->kind, "correction_answer") == 0 ? "request" : NULL;
}

static enum yw_code
fill_identity(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	unsigned line = yw_yaml_get(m->root, "identity")->line;
	const char *about = about_of(m);
	size_t i;

	if (m->identity_fields.n == 0 || m->identity_fields.n > YW_IMPORT_IDENTITY_MAX)
		return bad(l, line, "identity", "allowed: 1 to 8 fields of columns");
	if (m->identity_public && m->identity_fields.n != 1)
		return bad(l, line, "identity", "a public identity is exactly one field");
	if (about != NULL && (m->identity_public || strcmp(m->identity_fields.text[0], about) != 0))
		return bad(l, line, "identity", "of a correction it is secret, and begins with what the correction is about: record, or request");
	if (about != NULL && m->audience.cls != 0)
		return bad(l, yw_yaml_get(m->root, "class")->line, "class", "who may see a correction is not chosen, it follows the record that it is about");
	for (i = 0; i < m->identity_fields.n; i++) {
		const char *path = m->identity_fields.text[i];
		int at = find_field(m, path, strlen(path));
		const struct yw_mapping_column *c = at < 0 ? NULL : m->fields[at].column;

		if (!c || c->optional || c->list || c->sort == YW_MAPPING_MONEY || c->sort == YW_MAPPING_NUMBER)
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: identity: '%.60s' is no field of a column that "
			    "must be there and holds one text", l->name, line, path);
		m->identity[m->n_identity++] = (size_t)at;
	}
	return YW_OK;
}

static enum yw_code
fill_audience(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	const struct yw_yaml_node *node = yw_yaml_get(m->root, "audience");
	struct yw_jurisdiction *codes;
	size_t i;

	if ((m->audience.cls == YW_CLASS_CONDITIONAL) != (m->audience_codes.n > 0))
		return bad(l, node ? node->line : 1, "audience", "goes with 'class: conditional', and must there");
	if (m->audience.openness == YW_OPENNESS_OPEN && m->audience.cls != YW_CLASS_UNCONDITIONAL)
		return bad(l, yw_yaml_get(m->root, "openness")->line, "openness", "'open' needs 'class: unconditional'");
	if (m->audience_codes.n == 0)
		return YW_OK;
	codes = calloc(m->audience_codes.n, sizeof *codes);
	if (!codes)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	m->audience.codes = codes;
	for (i = 0; i < m->audience_codes.n; i++) {
		const char *text = m->audience_codes.text[i];

		if (yw_jurisdiction_parse(text, strlen(text), &codes[i]) != YW_OK ||
		    (i > 0 && strcmp(codes[i - 1].code, codes[i].code) >= 0))
			return bad(l, node->line, "audience", "allowed: division codes, ascending, each once");
	}
	m->audience.n_codes = i;
	return YW_OK;
}

/* A record with this one value: has the kind such a field, of such a type, with such a word? */
static enum yw_code
try_value(struct yw_mapping_loader *l, const struct yw_mapping *m, unsigned line, const struct yw_import_value *v)
{
	struct yw_buf json = YW_BUF_INIT, body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];
	struct yw_error why = { YW_OK, "" };
	enum yw_code code;

	snprintf(id, sizeof id, "320000/%s/trial", m->kind);
	yw_import_assemble(id, m->kind, v, 1, &json);
	code = yw_buf_check(&json, l->err);
	if (code == YW_OK)
		code = yw_record_from_json(yw_buf_bytes(&json), &body, &why);
	if (code != YW_OK && code != YW_ENOMEM)
		code = yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: %s", l->name, line, v->path, why.msg);
	yw_buf_release(&json);
	yw_buf_release(&body);
	return code;
}

static enum yw_code
try_text(struct yw_mapping_loader *l, const struct yw_mapping *m, const struct yw_mapping_field *f,
    const char *text)
{
	struct yw_import_value v = { .path = f->path, .form = YW_IMPORT_STRING, .text = yw_bytes_str(text) };

	if (f->column && f->column->list) {
		v.form = YW_IMPORT_STRINGS;
		v.text.len++;
	}
	return try_value(l, m, line_of(f), &v);
}

static enum yw_code
try_field(struct yw_mapping_loader *l, const struct yw_mapping *m, const struct yw_mapping_field *f)
{
	const struct yw_mapping_column *c = f->column;
	struct yw_import_value v = { .path = f->path, .form = YW_IMPORT_INTEGER, .number = 1 };
	enum yw_code code = YW_OK;
	size_t i;

	if (f->constant)
		return try_text(l, m, f, f->constant->value);
	if (c->sort == YW_MAPPING_MONEY || c->sort == YW_MAPPING_NUMBER)
		return try_value(l, m, c->line, &v);
	if (c->sort == YW_MAPPING_IDENTIFIER) {
		v.form = YW_IMPORT_IDENTIFIER;
		v.scheme = c->scheme ? c->scheme : "credit_code";
		v.text = yw_bytes_str("1");
		return try_value(l, m, c->line, &v);
	}
	if (c->fallback)
		code = try_text(l, m, f, c->fallback);
	for (i = 0; c->words && i < c->words->n && code == YW_OK; i++)
		code = try_text(l, m, f, c->words->words[i].value);
	if (!c->words && code == YW_OK)
		code = try_text(l, m, f, "2021-03-05");
	return code;
}

enum yw_code
yw_mapping_check(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	const struct yw_yaml_node *n = yw_yaml_get(m->root, "columns")->first;
	enum yw_code code = YW_OK;
	size_t i;

	for (i = 0; i < m->n_columns && code == YW_OK; i++, n = n->next)
		code = check_column(l, n, &m->columns[i]);
	if (code == YW_OK)
		code = check_names(l, m);
	if (code == YW_OK)
		code = fill_fields(l, m);
	if (code == YW_OK)
		code = link_fields(l, m);
	if (code == YW_OK)
		code = fill_identity(l, m);
	if (code == YW_OK)
		code = fill_audience(l, m);
	for (i = 0; i < m->n_fields && code == YW_OK; i++)
		code = try_field(l, m, &m->fields[i]);
	return code;
}
