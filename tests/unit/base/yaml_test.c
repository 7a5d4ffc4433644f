/*
 * yaml_test.c - a file means what a reader sees, and a refusal says where.
 */
#include "base/yaml.h"
#include "base/file.h"
#include "support/testing.h"

static enum yw_code
parse(const char *text, struct yw_yaml_node **out, struct yw_error *err)
{
	return yw_yaml_parse("f.yaml", text, strlen(text), out, err);
}

static void
a_tree_with_lines(void)
{
	struct yw_yaml_node *root = NULL;
	const struct yw_yaml_node *n;

	YW_PASS(parse("\xef\xbb\xbf# head\ncode: 320102\nlisten: []\nup:\n  - a\n  - 'b: c'\n"
		      "名称: {x: no, y: \"\", z: }\n", &root, NULL));
	YW_CHECK(root->kind == YW_YAML_MAP && root->count == 4);
	n = yw_yaml_get(root, "code");
	YW_CHECK(n && n->line == 2 && strcmp(n->text, "320102") == 0 && !n->quoted);
	n = yw_yaml_get(root, "listen");
	YW_CHECK(n && n->kind == YW_YAML_LIST && n->count == 0 && !n->first);
	n = yw_yaml_get(root, "up");
	YW_CHECK(n && n->count == 2 && n->first->line == 5 && n->first->next->line == 6);
	YW_CHECK(strcmp(n->first->next->text, "b: c") == 0 && n->first->next->quoted && !n->first->key);
	n = yw_yaml_get(root, "名称");
	YW_CHECK(n && strcmp(yw_yaml_get(n, "x")->text, "no") == 0);
	YW_CHECK(yw_yaml_get(n, "y")->quoted && !yw_yaml_get(n, "z")->quoted);
	YW_CHECK(!yw_yaml_get(root, "absent") && !yw_yaml_get(yw_yaml_get(root, "up"), "a"));
	YW_CHECK(!yw_yaml_get(NULL, "a"));
	yw_yaml_free(root);
	yw_yaml_free(NULL);
}

static void
refusals_say_where(void)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "holds nothing" }, { "# only a comment\n", "holds nothing" },
		{ "a: 1\nb: 2\na: 3\n", "f.yaml:3: key 'a' was given before, on line 1" },
		{ "a: &x 1\nb: *x\n", "f.yaml:1: anchors" }, { "a:\n  - *x\n", "f.yaml:2: aliases" },
		{ "a: 1\nb: !!int 2\n", "f.yaml:2: anchors and tags" }, { "a: !x [1]\n", "f.yaml:1:" },
		{ "a: !x {b: 1}\n", "f.yaml:1:" }, { "&k a: 1\n", "f.yaml:1:" },
		{ "a: 1\n? [b]\n: 2\n", "f.yaml:2: a key must be a word" },
		{ "'': 1\n", "a key must be a word" }, { "a: 1\n---\nb: 1\n", "f.yaml:2: only one document" },
		{ "a: 1\n  b: 2\n", "f.yaml:2:" }, { "a: [1, 2\n", "f.yaml:2:" }, { "a: \"x\n", "f.yaml:" },
		{ "a: \"x\\0y\"\n", "f.yaml:1: a NUL" }, { "a: \xff\n", "not UTF-8" }, { "\ta: 1\n", "f.yaml:1:" },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_yaml_node *root = NULL;
		struct yw_error err = { 0 };

		YW_CHECK_MSG(parse(rows[i].text, &root, &err) == YW_EFORMAT, "accepted '%s'", rows[i].text);
		YW_CHECK_MSG(strstr(err.msg, rows[i].says), "'%s' said '%s'", rows[i].text, err.msg);
		YW_CHECK(!root);
	}
}

/* n brackets open and closed again: the innermost list is the n-th node deep. */
static enum yw_code
nested(size_t n)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_yaml_node *root = NULL;
	enum yw_code code;
	size_t i;

	for (i = 0; i < n; i++)
		yw_buf_add_byte(&b, '[');
	for (i = 0; i < n; i++)
		yw_buf_add_byte(&b, ']');
	code = yw_yaml_parse("f", b.data, b.len, &root, NULL);
	yw_yaml_free(root);
	yw_buf_release(&b);
	return code;
}

static enum yw_code
list_of(size_t n)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_yaml_node *root = NULL;
	enum yw_code code;
	size_t i;

	for (i = 0; i < n; i++)
		yw_buf_add_str(&b, "- x\n");
	code = yw_yaml_parse("f", b.data, b.len, &root, NULL);
	yw_yaml_free(root);
	yw_buf_release(&b);
	return code;
}

static enum yw_code
comment_of(size_t bytes)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_yaml_node *root = NULL;
	enum yw_code code;

	yw_buf_add_str(&b, "a: 1\n#");
	memset(yw_buf_extend(&b, bytes - b.len), 'x', bytes - 6);
	code = yw_yaml_parse("f", b.data, b.len, &root, NULL);
	yw_yaml_free(root);
	yw_buf_release(&b);
	return code;
}

static void
limits(void)
{
	YW_PASS(nested(YW_YAML_DEPTH_MAX));
	YW_FAILS(nested(YW_YAML_DEPTH_MAX + 1), YW_ELIMIT);
	YW_FAILS(nested(100000), YW_ELIMIT);
	YW_PASS(list_of(YW_YAML_NODES_MAX - 1));
	YW_FAILS(list_of(YW_YAML_NODES_MAX), YW_ELIMIT);
	YW_PASS(comment_of(YW_YAML_BYTES_MAX));
	YW_FAILS(comment_of(YW_YAML_BYTES_MAX + 1), YW_ELIMIT);
}

/* Each cut and each flipped bit is read or refused, never more: run under the sanitizers. */
static void
cut_and_flipped(void)
{
	static const char text[] = "a: 1\nb: [x, 'y', {z: \"q\"}]\nc:\n  - d: |\n      e\n  - ~\n";
	size_t i, bit, n = sizeof text - 1;

	for (i = 0; i <= n; i++)
		for (bit = 0; bit < 9; bit++) {
			struct yw_yaml_node *root = NULL;
			char copy[sizeof text];
			enum yw_code code;

			memcpy(copy, text, sizeof text);
			if (bit < 8 && i < n)
				copy[i] ^= (char)(1u << bit);
			code = yw_yaml_parse("f", copy, bit < 8 ? n : i, &root, NULL);
			YW_CHECK((code == YW_OK) == (root != NULL));
			yw_yaml_free(root);
		}
}

YW_TESTS({ "a tree with lines", a_tree_with_lines }, { "refusals say where", refusals_say_where },
    { "limits", limits }, { "cut and flipped", cut_and_flipped })
