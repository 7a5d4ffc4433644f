/*
 * sharing.c - see sharing.h.
 */
#include "record/sharing.h"

#include <stdlib.h>

#define BLANK " \t"

static int
compare_codes(const void *a, const void *b)
{
	return strcmp(((const struct yw_jurisdiction *)a)->code, ((const struct yw_jurisdiction *)b)->code);
}

void
yw_sharing_sort(struct yw_jurisdiction *codes, size_t n)
{
	qsort(codes, n, sizeof *codes, compare_codes);
}

bool
yw_audience_equal(const struct yw_audience *a, const struct yw_audience *b)
{
	return a->cls == b->cls && a->openness == b->openness && a->n_codes == b->n_codes &&
	    (a->n_codes == 0 || memcmp(a->codes, b->codes, a->n_codes * sizeof *a->codes) == 0);
}

/* The next word of *rest; its length is 0 at the end. */
static const char *
next_word(const char **rest, size_t *len)
{
	const char *word = *rest + strspn(*rest, BLANK);

	*len = strcspn(word, BLANK);
	*rest = word + *len;
	return word;
}

static enum yw_code
read_codes(const char *rest, struct yw_jurisdiction *codes, size_t *n, struct yw_error *err)
{
	const char *word;
	size_t len;

	while (word = next_word(&rest, &len), len > 0) {
		if (yw_jurisdiction_parse(word, len, &codes[*n]) != YW_OK)
			return yw_fail(err, YW_EINVAL, "'%.*s' is no division code", (int)(len < 40 ? len : 40), word);
		for (size_t i = 0; i < *n; i++)
			if (yw_jurisdiction_equal(&codes[i], &codes[*n]))
				return yw_fail(err, YW_EINVAL, "'%s' is named twice", codes[i].code);
		++*n;
	}
	return YW_OK;
}

enum yw_code
yw_sharing_parse(const char *text, struct yw_audience *out, struct yw_jurisdiction **codes, struct yw_error *err)
{
	static const struct { const char *word; enum yw_class cls; enum yw_openness openness; } words[] = {
		{ "unconditional", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL }, { "open", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_OPEN },
		{ "not_shared", YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL }, { "conditional", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL },
	};
	const char *rest = text, *word;
	size_t len, i = 0, n = 0;
	enum yw_code code;

	*codes = NULL;
	word = next_word(&rest, &len);
	while (i < sizeof words / sizeof *words && (strlen(words[i].word) != len || memcmp(words[i].word, word, len) != 0))
		i++;
	if (i == sizeof words / sizeof *words)
		return yw_fail(err, YW_EINVAL, "'%.40s' is none of: " YW_SHARING_FORMS, text);
	*codes = calloc(strlen(rest) / 7 + 1, sizeof **codes);	/* a blank and six digits each */
	code = *codes != NULL ? read_codes(rest, *codes, &n, err) : yw_fail(err, YW_ENOMEM, "no memory for an audience");
	if (code == YW_OK && (n > 0) != (words[i].cls == YW_CLASS_CONDITIONAL))
		code = yw_fail(err, YW_EINVAL, "codes go with 'conditional', and must there: '%.40s'", text);
	if (code == YW_OK && n > YW_CODES_MAX)
		code = yw_fail(err, YW_ELIMIT, "an audience has at most %d codes", YW_CODES_MAX);
	if (code == YW_OK)
		yw_sharing_sort(*codes, n);
	if (code != YW_OK || n == 0) {
		free(*codes);
		*codes = NULL;
	}
	*out = (struct yw_audience) { words[i].cls, words[i].openness, *codes, n };
	return code;
}
