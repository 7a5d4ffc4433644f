/*
 * vectors.c - see vectors.h.
 */
#include "support/vectors.h"

json_t *
yw_vectors_load(const char *path)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *j;

	yw_shared_file(path, &text);
	j = json_loadb((const char *)text.data, text.len, 0, NULL);
	yw_buf_release(&text);
	YW_CHECK_MSG(j != NULL, "'%s' is no JSON", path);
	return j;
}

const char *
yw_vectors_text(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	YW_CHECK_MSG(s != NULL, "there is no text '%s'", member);
	return s;
}

void
yw_vectors_hex(const json_t *o, const char *member, struct yw_buf *out)
{
	yw_buf_clear(out);
	yw_unhex(yw_vectors_text(o, member), out);
}

bool
yw_vectors_bytes(const json_t *o, const char *member, void *out, size_t len)
{
	struct yw_buf b = YW_BUF_INIT;
	bool fits;

	yw_vectors_hex(o, member, &b);
	fits = b.len == len;
	if (fits)
		memcpy(out, b.data, len);
	yw_buf_release(&b);
	return fits;
}

bool
yw_vectors_is(const json_t *o, const char *member, const void *data, size_t len)
{
	struct yw_buf b = YW_BUF_INIT;
	bool same;

	yw_vectors_hex(o, member, &b);
	same = yw_bytes_equal(yw_buf_bytes(&b), (struct yw_bytes) { data, len });
	yw_buf_release(&b);
	return same;
}
