/*
 * mapping.c - the tables of keys, one check per type of value, then what the keys must be together.
 *
 * The texts stay in the YAML tree, which the mapping keeps.
 */
#include "import/mapping.h"

#include <limits.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/yaml.h"
#include "import/mapping_int.h"
#include "record/kind.h"

enum type { TEXT, NAMES, CHOICE, BITS, KIND, ELSEWHERE };

struct choice {
	const char *word;
	unsigned value;
};

static const struct choice yes_no[] = { { "yes", 1 }, { "no", 0 }, { NULL, 0 } };
static const struct choice charsets[] = { { "detect", YW_MAPPING_DETECT }, { "utf-8", YW_MAPPING_UTF8 },
	{ "gb18030", YW_MAPPING_GB18030 }, { NULL, 0 } };
static const struct choice classes[] = { { "unconditional", YW_CLASS_UNCONDITIONAL },
	{ "conditional", YW_CLASS_CONDITIONAL }, { "not_shared", YW_CLASS_NOT_SHARED }, { NULL, 0 } };
static const struct choice opennesses[] = { { "internal", YW_OPENNESS_INTERNAL },
	{ "open", YW_OPENNESS_OPEN }, { NULL, 0 } };
static const struct choice identities[] = { { "secret", 0 }, { "public", 1 }, { NULL, 0 } };
static const struct choice sorts[] = { { "text", YW_MAPPING_TEXT }, { "lines", YW_MAPPING_LINES },
	{ "code", YW_MAPPING_CODE }, { "identifier", YW_MAPPING_IDENTIFIER }, { "date", YW_MAPPING_DATE },
	{ "money", YW_MAPPING_MONEY }, { "number", YW_MAPPING_NUMBER }, { NULL, 0 } };
static const struct choice units[] = { { "yuan", YW_IMPORT_YUAN }, { "元", YW_IMPORT_YUAN },
	{ "wan_yuan", YW_IMPORT_WAN_YUAN }, { "万元", YW_IMPORT_WAN_YUAN }, { NULL, 0 } };
static const struct choice date_forms[] = { { "ymd", YW_IMPORT_YMD }, { "mdy", YW_IMPORT_MDY }, { NULL, 0 } };

struct key {
	const char *key;
	enum type type;
	bool needed;
	size_t offset;
	const struct choice *choices;
	const char *allowed;	/* in words, for messages */
};

#define TOP(field) offsetof(struct yw_mapping, field)
#define COL(field) offsetof(struct yw_mapping_column, field)
#define SOME_NAMES "a name or a list of names"

static const struct key top_keys[] = {
	{ "kind", KIND, true, TOP(kind), NULL, "a kind of record, as in ids" },
	{ "charset", CHOICE, false, TOP(charset), charsets, "detect, utf-8 or gb18030" },
	{ "class", CHOICE, false, TOP(audience.cls), classes, "unconditional, conditional or not_shared" },
	{ "openness", CHOICE, false, TOP(audience.openness), opennesses, "internal or open" },
	{ "audience", NAMES, false, TOP(audience_codes), NULL, "a list of division codes, ascending" },
	{ "identity", NAMES, true, TOP(identity_fields), NULL, "1 to 8 fields of columns" },
	{ "identity_is", CHOICE, false, TOP(identity_public), identities, "secret or public" },
	{ "changes", ELSEWHERE, false, 0, NULL, "of, field, from and to" },
	{ "columns", ELSEWHERE, true, 0, NULL, "a list of columns" },
	{ "constants", ELSEWHERE, false, 0, NULL, "lines of the form 'field: value'" },
	{ "words", ELSEWHERE, false, 0, NULL, "named tables of 'cell: value' lines" },
	{ "ignore", NAMES, false, TOP(ignore), NULL, SOME_NAMES },
	{ "drop", NAMES, false, TOP(drop), NULL, SOME_NAMES },
};

#define CHANGE(field) offsetof(struct yw_mapping_change, field)
static const struct key change_keys[] = {
	{ "of", TEXT, true, CHANGE(of), NULL, "the name of a mapping in the same folder" },
	{ "field", NAMES, true, CHANGE(field), NULL, SOME_NAMES },
	{ "from", NAMES, true, CHANGE(from), NULL, SOME_NAMES },
	{ "to", NAMES, true, CHANGE(to), NULL, SOME_NAMES },
};

static const struct key column_keys[] = {
	{ "names", NAMES, true, COL(names), NULL, SOME_NAMES },
	{ "field", TEXT, true, COL(field), NULL, "a field of the record" },
	{ "as", CHOICE, false, COL(sort), sorts, "text, lines, code, identifier, date, money or number" },
	{ "optional", CHOICE, false, COL(optional), yes_no, "yes or no" },
	{ "needed", CHOICE, false, COL(needed), yes_no, "yes or no" },
	{ "words", ELSEWHERE, false, 0, NULL, "the name of a table under 'words'" },
	{ "under", TEXT, false, COL(under), NULL, "a field of another column" },
	{ "list", TEXT, false, COL(list), NULL, "the characters between items" },
	{ "dates", BITS, false, COL(dates), date_forms, "ymd or mdy, or a list of them" },
	{ "unit", CHOICE, false, COL(unit), units, "yuan or wan_yuan (元 or 万元)" },
	{ "scheme", TEXT, false, COL(scheme), NULL, "a scheme of identifiers" },
	{ "absent", NAMES, false, COL(absent), NULL, "a text or a list of texts" },
	{ "remove", NAMES, false, COL(remove), NULL, "a text or a list of texts" },
	{ "implies", ELSEWHERE, false, 0, NULL, "lines of the form 'field: value'" },
	{ "default", TEXT, false, COL(fallback), NULL, "a value as in the record" },
	{ "not_before", TEXT, false, COL(not_before), NULL, "a date as 2021-03-05" },
};
#define N(array) (sizeof(array) / sizeof *(array))

static enum yw_code
refuse(struct yw_mapping_loader *l, const struct yw_yaml_node *n, const struct key *key)
{
	if (n->kind == YW_YAML_SCALAR)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: '%.40s' is not allowed, allowed: %s", l->name,
		    n->line, key->key, n->text, key->allowed);
	return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: not the right type, allowed: %s", l->name, n->line,
	    key->key, key->allowed);
}

static bool
choose(const struct key *key, const struct yw_yaml_node *n, unsigned *out)
{
	const struct choice *c;

	for (c = key->choices; n->kind == YW_YAML_SCALAR && c->word; c++)
		if (strcmp(c->word, n->text) == 0) {
			*out = c->value;
			return true;
		}
	return false;
}

static enum yw_code
set_names(struct yw_mapping_loader *l, const struct key *key, const struct yw_yaml_node *n,
    struct yw_mapping_names *out)
{
	const struct yw_yaml_node *item = n->kind == YW_YAML_LIST ? n->first : n;

	if (n->kind == YW_YAML_MAP)
		return refuse(l, n, key);
	out->text = calloc(n->count + 1, sizeof *out->text);
	if (!out->text)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	for (; item; item = n->kind == YW_YAML_LIST ? item->next : NULL) {
		if (item->kind != YW_YAML_SCALAR || *item->text == '\0')
			return refuse(l, item, key);
		out->text[out->n++] = item->text;
	}
	return YW_OK;
}

static enum yw_code
set_bits(struct yw_mapping_loader *l, const struct key *key, const struct yw_yaml_node *n, unsigned *out)
{
	const struct yw_yaml_node *item = n->kind == YW_YAML_LIST ? n->first : n;
	unsigned bit;

	for (; item; item = n->kind == YW_YAML_LIST ? item->next : NULL) {
		if (!choose(key, item, &bit))
			return refuse(l, item, key);
		*out |= bit;
	}
	return YW_OK;
}

static enum yw_code
set_key(struct yw_mapping_loader *l, const struct key *key, const struct yw_yaml_node *n, void *at)
{
	const char **text = at;

	switch (key->type) {
	case NAMES:
		return set_names(l, key, n, at);
	case BITS:
		return set_bits(l, key, n, at);
	case CHOICE:
		return choose(key, n, at) ? YW_OK : refuse(l, n, key);
	case TEXT:
		if (n->kind != YW_YAML_SCALAR || *n->text == '\0')
			return refuse(l, n, key);
		*text = n->text;
		return YW_OK;
	case KIND:
		if (n->kind == YW_YAML_SCALAR)
			*text = yw_kind_name(yw_kind_parse(n->text, strlen(n->text)));
		return *text ? YW_OK : refuse(l, n, key);
	case ELSEWHERE:
		break;
	}
	return YW_OK;
}

/* One map by its table: every key known, every needed key there, every value of its type. */
static enum yw_code
set_map(struct yw_mapping_loader *l, const struct yw_yaml_node *map, const struct key *keys, size_t n_keys,
    void *out)
{
	const struct yw_yaml_node *n;
	enum yw_code code = YW_OK;
	size_t i;

	if (map->kind != YW_YAML_MAP)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: allowed: lines of the form 'key: value'", l->name,
		    map->line);
	for (n = map->first; n && code == YW_OK; n = n->next) {
		for (i = 0; i < n_keys && strcmp(keys[i].key, n->key) != 0; i++)
			;
		if (i == n_keys)
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: there is no key '%.40s' here", l->name,
			    n->line, n->key);
		code = set_key(l, &keys[i], n, (char *)out + keys[i].offset);
	}
	for (i = 0; i < n_keys && code == YW_OK; i++)
		if (keys[i].needed && !yw_yaml_get(map, keys[i].key))
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: is missing, allowed: %s", l->name, map->line,
			    keys[i].key, keys[i].allowed);
	return code;
}

/* One 'name: {cell: value}' under words. */
static enum yw_code
load_table(struct yw_mapping_loader *l, const struct yw_yaml_node *n, struct yw_mapping_words *out)
{
	const struct yw_yaml_node *word;

	if (n->kind != YW_YAML_MAP || n->count == 0)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %.40s: allowed: lines of the form 'cell: value'", l->name,
		    n->line, n->key);
	out->name = n->key;
	out->words = calloc(n->count, sizeof *out->words);
	if (!out->words)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	for (word = n->first; word; word = word->next) {
		if (word->kind != YW_YAML_SCALAR || *word->text == '\0')
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %.40s: not a word of the record", l->name,
			    word->line, word->key);
		out->words[out->n++] = (struct yw_mapping_word) { word->key, word->text };
	}
	return YW_OK;
}

static enum yw_code
load_words(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	const struct yw_yaml_node *all = yw_yaml_get(m->root, "words"), *n;
	enum yw_code code = YW_OK;

	if (!all)
		return YW_OK;
	if (all->kind != YW_YAML_MAP)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: words: allowed: named tables of 'cell: value' lines",
		    l->name, all->line);
	m->words = calloc(all->count + 1, sizeof *m->words);
	if (!m->words)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	for (n = all->first; n && code == YW_OK; n = n->next)
		code = load_table(l, n, &m->words[m->n_words++]);
	return code;
}

/* Adds 'field: value' lines to the constants; with: the column that must say something. */
static enum yw_code
load_constants(struct yw_mapping_loader *l, struct yw_mapping *m, const char *key,
    const struct yw_yaml_node *all, const struct yw_mapping_column *with)
{
	struct yw_mapping_constant *grown;
	const struct yw_yaml_node *n;

	if (!all)
		return YW_OK;
	if (all->kind != YW_YAML_MAP)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %s: allowed: lines of the form 'field: value'", l->name,
		    all->line, key);
	grown = realloc(m->constants, (m->n_constants + all->count + 1) * sizeof *grown);
	if (!grown)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	m->constants = grown;
	for (n = all->first; n; n = n->next) {
		if (n->kind != YW_YAML_SCALAR || *n->text == '\0')
			return yw_fail(l->err, YW_EINVAL, "%.80s:%u: %.40s: must be one value", l->name, n->line, n->key);
		m->constants[m->n_constants++] = (struct yw_mapping_constant) { n->line, n->key, n->text, with };
	}
	return YW_OK;
}

static enum yw_code
load_column(struct yw_mapping_loader *l, struct yw_mapping *m, const struct yw_yaml_node *n,
    struct yw_mapping_column *out)
{
	const struct yw_yaml_node *words = yw_yaml_get(n, "words");
	enum yw_code code;
	size_t i;

	out->line = n->line;
	code = set_map(l, n, column_keys, N(column_keys), out);
	if (code == YW_OK)
		code = load_constants(l, m, "implies", yw_yaml_get(n, "implies"), out);
	if (code != YW_OK || !words)
		return code;
	for (i = 0; i < m->n_words && !out->words; i++)
		if (words->kind == YW_YAML_SCALAR && strcmp(words->text, m->words[i].name) == 0)
			out->words = &m->words[i];
	if (!out->words)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: words: there is no table '%.40s' under 'words'", l->name,
		    words->line, words->kind == YW_YAML_SCALAR ? words->text : "");
	return YW_OK;
}

static enum yw_code
load_columns(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	const struct yw_yaml_node *all = yw_yaml_get(m->root, "columns"), *n;
	enum yw_code code = YW_OK;

	if (all->kind != YW_YAML_LIST || all->count == 0 || all->count > YW_CSV_COLUMNS_MAX)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: columns: allowed: a list of 1 to %d columns", l->name,
		    all->line, YW_CSV_COLUMNS_MAX);
	m->columns = calloc(all->count, sizeof *m->columns);
	if (!m->columns)
		return yw_fail(l->err, YW_ENOMEM, "out of memory");
	for (n = all->first; n && code == YW_OK; n = n->next)
		code = load_column(l, m, n, &m->columns[m->n_columns++]);
	return code;
}

static enum yw_code read_mapping(const char *path, bool base, struct yw_mapping **out, struct yw_error *err);

/* The mapping whose columns a table of changes is about; it is of the same kind, and no table of changes. */
static enum yw_code
load_base(struct yw_mapping_loader *l, struct yw_mapping *m)
{
	const struct yw_yaml_node *n = yw_yaml_get(m->root, "changes");
	const char *slash = strrchr(l->name, '/');
	char path[PATH_MAX];
	enum yw_code code;

	if (!n)
		return YW_OK;
	if (l->base)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: changes: a table of changes cannot be about another one", l->name,
		    n->line);
	code = set_map(l, n, change_keys, N(change_keys), &m->change);
	if (code != YW_OK)
		return code;
	if (strspn(m->change.of, YW_MAPPING_NAME) != strlen(m->change.of))
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: of: '%.40s' is no name of a mapping", l->name, n->line,
		    m->change.of);
	snprintf(path, sizeof path, "%.*s%s.yaml", slash ? (int)(slash - l->name) + 1 : 0, l->name, m->change.of);
	code = read_mapping(path, true, &m->change.base, l->err);
	if (code == YW_ENOENT)
		return yw_fail(l->err, YW_EINVAL, "%.80s:%u: of: there is no mapping '%.40s' beside this one", l->name, n->line,
		    m->change.of);
	if (code == YW_OK && strcmp(m->change.base->kind, m->kind) != 0)
		code = yw_fail(l->err, YW_EINVAL, "%.80s:%u: of: '%.40s' makes no records of kind %s", l->name, n->line,
		    m->change.of, m->kind);
	return code;
}

/* base: it is read for the sake of a table of changes. */
static enum yw_code
parse(const char *name, struct yw_bytes text, bool base, struct yw_mapping **out, struct yw_error *err)
{
	struct yw_mapping_loader l = { name, base, err };
	struct yw_mapping *m = calloc(1, sizeof *m);
	enum yw_code code;

	*out = NULL;
	if (!m)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	code = yw_yaml_parse(name, text.data, text.len, &m->root, err);
	if (code == YW_OK)
		code = set_map(&l, m->root, top_keys, N(top_keys), m);
	if (code == YW_OK)
		code = load_words(&l, m);
	if (code == YW_OK)
		code = load_constants(&l, m, "constants", yw_yaml_get(m->root, "constants"), NULL);
	if (code == YW_OK)
		code = load_columns(&l, m);
	if (code == YW_OK)
		code = load_base(&l, m);
	if (code == YW_OK)
		code = yw_mapping_check(&l, m);
	if (code == YW_OK)
		*out = m;
	else
		yw_mapping_free(m);
	return code;
}

static enum yw_code
read_mapping(const char *path, bool base, struct yw_mapping **out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code = yw_file_read(path, YW_YAML_BYTES_MAX, &text, err);

	*out = NULL;
	if (code == YW_OK)
		code = parse(path, yw_buf_bytes(&text), base, out, err);
	yw_buf_release(&text);
	return code;
}

enum yw_code
yw_mapping_parse(const char *name, const void *text, size_t len, struct yw_mapping **out, struct yw_error *err)
{
	return parse(name, (struct yw_bytes) { text, len }, false, out, err);
}

enum yw_code
yw_mapping_read(const char *path, struct yw_mapping **out, struct yw_error *err)
{
	return read_mapping(path, false, out, err);
}

void
yw_mapping_free(struct yw_mapping *m)
{
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n_columns; i++) {
		free(m->columns[i].names.text);
		free(m->columns[i].absent.text);
		free(m->columns[i].remove.text);
	}
	for (i = 0; i < m->n_words; i++)
		free(m->words[i].words);
	free(m->change.field.text);
	free(m->change.from.text);
	free(m->change.to.text);
	yw_mapping_free(m->change.base);
	free(m->ignore.text);
	free(m->drop.text);
	free(m->identity_fields.text);
	free(m->audience_codes.text);
	free((void *)(uintptr_t)m->audience.codes);
	free(m->columns);
	free(m->constants);
	free(m->words);
	free(m->fields);
	yw_yaml_free(m->root);
	free(m);
}

bool
yw_mapping_has_name(const struct yw_mapping_names *names, struct yw_bytes text)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (yw_bytes_equal(yw_bytes_str(names->text[i]), text))
			return true;
	return false;
}
