/*
 * yaml.c - libyaml's events into a bounded tree.
 *
 * Events are taken one at a time and limits met before the next one is asked for: libyaml itself has
 * no depth limit and slows down with the square of the nesting.
 */
#include "base/yaml.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/file.h"
#include "base/text.h"

struct reader {
	yaml_parser_t parser;
	const char *name;
	size_t nodes;
	struct yw_error *err;
};

static enum yw_code
next_event(struct reader *r, yaml_event_t *ev)
{
	if (yaml_parser_parse(&r->parser, ev))
		return YW_OK;
	if (r->parser.error == YAML_MEMORY_ERROR)
		return yw_fail(r->err, YW_ENOMEM, "%s: out of memory", r->name);
	return yw_fail(r->err, YW_EFORMAT, "%s:%zu: %s", r->name, r->parser.problem_mark.line + 1,
	    r->parser.problem ? r->parser.problem : "not YAML");
}

static unsigned
line_of(const yaml_event_t *ev)
{
	return (unsigned)ev->start_mark.line + 1;
}

static enum yw_code
refuse_extras(struct reader *r, const yaml_event_t *ev)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return yw_fail(r->err, YW_EFORMAT, "%s:%u: aliases are not allowed", r->name, line_of(ev));
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor || tag)
		return yw_fail(r->err, YW_EFORMAT, "%s:%u: anchors and tags are not allowed", r->name,
		    line_of(ev));
	return YW_OK;
}

static enum yw_code
scalar_text(struct reader *r, const yaml_event_t *ev, char **out)
{
	size_t len = ev->data.scalar.length;

	if (memchr(ev->data.scalar.value, 0, len))
		return yw_fail(r->err, YW_EFORMAT, "%s:%u: a NUL inside a value", r->name, line_of(ev));
	*out = strndup((const char *)ev->data.scalar.value, len);
	if (!*out)
		return yw_fail(r->err, YW_ENOMEM, "%s: out of memory", r->name);
	return YW_OK;
}

static enum yw_code
read_key(struct reader *r, const struct yw_yaml_node *map, const yaml_event_t *ev, char **out)
{
	const struct yw_yaml_node *earlier;
	enum yw_code code = refuse_extras(r, ev);

	if (code != YW_OK)
		return code;
	if (ev->type != YAML_SCALAR_EVENT || ev->data.scalar.length == 0)
		return yw_fail(r->err, YW_EFORMAT, "%s:%u: a key must be a word", r->name, line_of(ev));
	code = scalar_text(r, ev, out);
	if (code != YW_OK)
		return code;
	earlier = yw_yaml_get(map, *out);
	if (earlier)
		return yw_fail(r->err, YW_EFORMAT, "%s:%u: key '%.64s' was given before, on line %u", r->name,
		    line_of(ev), *out, earlier->line);
	return YW_OK;
}

static enum yw_code read_node(struct reader *r, const yaml_event_t *ev, unsigned depth,
    struct yw_yaml_node **out);

/* Reads children until the end event; what was read hangs on node even after a failure. */
static enum yw_code
read_children(struct reader *r, struct yw_yaml_node *node, unsigned depth)
{
	struct yw_yaml_node **tail = &node->first;
	enum yw_code code;
	yaml_event_t ev;
	char *key;

	for (;;) {
		code = next_event(r, &ev);
		if (code != YW_OK)
			return code;
		if (ev.type == YAML_SEQUENCE_END_EVENT || ev.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&ev);
			return YW_OK;
		}
		key = NULL;
		if (node->kind == YW_YAML_MAP) {
			code = read_key(r, node, &ev, &key);
			yaml_event_delete(&ev);
			if (code == YW_OK)
				code = next_event(r, &ev);
			if (code != YW_OK) {
				free(key);
				return code;
			}
		}
		code = read_node(r, &ev, depth, tail);
		yaml_event_delete(&ev);
		if (code != YW_OK) {
			free(key);
			return code;
		}
		(*tail)->key = key;
		tail = &(*tail)->next;
		node->count++;
	}
}

static enum yw_code
read_node(struct reader *r, const yaml_event_t *ev, unsigned depth, struct yw_yaml_node **out)
{
	struct yw_yaml_node *node;
	enum yw_code code = refuse_extras(r, ev);

	if (code != YW_OK)
		return code;
	if (depth >= YW_YAML_DEPTH_MAX)
		return yw_fail(r->err, YW_ELIMIT, "%s:%u: nested deeper than %d", r->name, line_of(ev),
		    YW_YAML_DEPTH_MAX);
	if (r->nodes++ >= YW_YAML_NODES_MAX)
		return yw_fail(r->err, YW_ELIMIT, "%s:%u: more than %d values", r->name, line_of(ev),
		    YW_YAML_NODES_MAX);
	node = calloc(1, sizeof *node);
	if (!node)
		return yw_fail(r->err, YW_ENOMEM, "%s: out of memory", r->name);
	node->line = line_of(ev);
	if (ev->type == YAML_SCALAR_EVENT) {
		node->kind = YW_YAML_SCALAR;
		node->quoted = ev->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		code = scalar_text(r, ev, &node->text);
	} else {
		node->kind = ev->type == YAML_MAPPING_START_EVENT ? YW_YAML_MAP : YW_YAML_LIST;
		code = read_children(r, node, depth + 1);
	}
	if (code != YW_OK) {
		yw_yaml_free(node);
		return code;
	}
	*out = node;
	return YW_OK;
}

/* Takes one event that must be of this type: the frame around the document. */
static enum yw_code
expect(struct reader *r, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t ev;
	enum yw_code code = next_event(r, &ev);

	if (code != YW_OK)
		return code;
	if (ev.type != type)
		code = yw_fail(r->err, YW_EFORMAT, "%s:%u: %s", r->name, line_of(&ev), otherwise);
	yaml_event_delete(&ev);
	return code;
}

static enum yw_code
read_document(struct reader *r, struct yw_yaml_node **out)
{
	enum yw_code code;
	yaml_event_t ev;

	code = expect(r, YAML_STREAM_START_EVENT, "not YAML");
	if (code == YW_OK)
		code = expect(r, YAML_DOCUMENT_START_EVENT, "the file holds nothing");
	if (code == YW_OK)
		code = next_event(r, &ev);
	if (code != YW_OK)
		return code;
	code = read_node(r, &ev, 0, out);
	yaml_event_delete(&ev);
	if (code == YW_OK)
		code = expect(r, YAML_DOCUMENT_END_EVENT, "not YAML");
	if (code == YW_OK)
		code = expect(r, YAML_STREAM_END_EVENT, "only one document is allowed");
	return code;
}

enum yw_code
yw_yaml_parse(const char *name, const void *text, size_t len, struct yw_yaml_node **out,
    struct yw_error *err)
{
	struct reader r = { .name = name, .err = err };
	struct yw_yaml_node *root = NULL;
	struct yw_bytes unmarked;
	enum yw_code code;

	if (len > YW_YAML_BYTES_MAX)
		return yw_fail(err, YW_ELIMIT, "%s: larger than %u bytes", name, YW_YAML_BYTES_MAX);
	if (len > 0 && !yw_utf8_valid(text, len))
		return yw_fail(err, YW_EFORMAT, "%s: not UTF-8", name);
	if (!yaml_parser_initialize(&r.parser))
		return yw_fail(err, YW_ENOMEM, "%s: out of memory", name);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	unmarked = yw_utf8_unmarked((struct yw_bytes) { text, len });
	yaml_parser_set_input_string(&r.parser, unmarked.len > 0 ? unmarked.data : (const uint8_t *)"", unmarked.len);
	code = read_document(&r, &root);
	yaml_parser_delete(&r.parser);
	if (code != YW_OK) {
		yw_yaml_free(root);
		return code;
	}
	*out = root;
	return YW_OK;
}

void
yw_yaml_free(struct yw_yaml_node *root)
{
	struct yw_yaml_node *child, *next;

	if (!root)
		return;
	for (child = root->first; child; child = next) {
		next = child->next;
		yw_yaml_free(child);
	}
	free(root->key);
	free(root->text);
	free(root);
}

const struct yw_yaml_node *
yw_yaml_get(const struct yw_yaml_node *map, const char *key)
{
	const struct yw_yaml_node *n;

	if (!map || map->kind != YW_YAML_MAP)
		return NULL;
	for (n = map->first; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n;
	return NULL;
}
