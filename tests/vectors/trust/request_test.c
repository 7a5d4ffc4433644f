/*
 * The published requests: read, and made again from their seeds as the same bytes.
 */
#include <jansson.h>

#include "support/testing.h"
#include "support/tnet.h"
#include "trust/request.h"

/* What the vectors say of themselves: whose keys, and whose old head key signed too. */
static const struct { const char *label, *old; } made_by[] = {
	{ "320000", NULL }, { "320100", NULL }, { "320100 k1", "320100" },
};

static void
one(const char *hex, const char *label, const char *old)
{
	struct yw_buf want = YW_BUF_INIT, made = YW_BUF_INIT;
	struct yw_key_set keys, old_keys;
	struct yw_request r;
	struct yw_error err;
	bool by_old;

	yw_unhex(hex, &want);
	yw_tnet_keys(label, &keys);
	if (old != NULL)
		yw_tnet_keys(old, &old_keys);
	YW_PASS(yw_request_read(yw_buf_bytes(&want), old != NULL ? &old_keys.pub.head : NULL, &r, &by_old, &err));
	YW_CHECK(by_old == (old != NULL));
	YW_CHECK(memcmp(&r.keys, &keys.pub, sizeof r.keys) == 0);
	YW_PASS(yw_request_make(&r, &keys, old != NULL ? &old_keys.head : NULL, &made, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&made), yw_buf_bytes(&want)));
	yw_buf_release(&want);
	yw_buf_release(&made);
}

static void
requests(void)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *all, *list;

	yw_shared_file("vectors/yiwang/vectors.json", &text);
	all = json_loadb((const char *)text.data, text.len, 0, NULL);
	list = json_object_get(all, "requests");
	YW_CHECK(json_array_size(list) == sizeof made_by / sizeof *made_by);
	for (size_t i = 0; i < json_array_size(list); i++)
		one(json_string_value(json_object_get(json_array_get(list, i), "signed_request")), made_by[i].label,
		    made_by[i].old);
	json_decref(all);
	yw_buf_release(&text);
}

YW_TESTS({ "B10 the published requests", requests })
