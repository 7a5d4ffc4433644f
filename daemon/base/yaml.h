/*
 * yaml.h - a small tree of scalars, lists and maps from the part of YAML that people write by hand.
 *
 * For configuration and mapping files only.  Aliases, tags, a second document and doubled keys are
 * refused, so that a file means what a reader sees; scalars stay text, so that `no`, `08` and `1e3`
 * are never guessed at.  Every node knows its line, every refusal says "file:line: ...".
 */
#ifndef YW_BASE_YAML_H
#define YW_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define YW_YAML_BYTES_MAX (256u << 10)
#define YW_YAML_DEPTH_MAX 16
#define YW_YAML_NODES_MAX 8192

enum yw_yaml_kind { YW_YAML_SCALAR, YW_YAML_LIST, YW_YAML_MAP };

struct yw_yaml_node {
	enum yw_yaml_kind kind;
	unsigned line;			/* from 1; of a value in a map: where the value begins */
	char *key;			/* inside a map, else NULL */
	char *text;			/* a scalar's, else NULL; UTF-8, holds no NUL */
	bool quoted;			/* the scalar was quoted or a block: "" is then no absence */
	size_t count;			/* children of a list or map */
	struct yw_yaml_node *first;	/* child, in file order */
	struct yw_yaml_node *next;	/* sibling */
};

/*
 * Reads one document.
 *
 * name		what messages call the file; borrowed for the call
 * text, len	borrowed for the call; a UTF-8 byte order mark is allowed
 * *out		set on YW_OK only; the caller frees it
 *
 * YW_EFORMAT	not YAML, not UTF-8, empty, more than one document, an alias, an anchor, a tag, a key
 *		that is no scalar or empty, a doubled key
 * YW_ELIMIT	larger, deeper or with more nodes than the limits above
 *
 * Any thread.
 */
YW_CHECKED enum yw_code yw_yaml_parse(const char *name, const void *text, size_t len,
    struct yw_yaml_node **out, struct yw_error *err);

/* The whole tree; NULL is fine. */
void yw_yaml_free(struct yw_yaml_node *root);

/* The value under key, or NULL if absent or if the node is no map.  Borrowed from the tree. */
const struct yw_yaml_node *yw_yaml_get(const struct yw_yaml_node *map, const char *key);

#endif
