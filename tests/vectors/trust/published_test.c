/*
 * The published vectors of section B as far as trust reads them: requests made again from their seeds,
 * the network file.
 */
#include <jansson.h>

#include "support/testing.h"
#include "support/tnet.h"
#include "base/text.h"
#include "trust/network.h"

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

static json_t *
load(const char *part)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *all, *j;

	yw_shared_file("vectors/yiwang/vectors.json", &text);
	all = json_loadb((const char *)text.data, text.len, 0, NULL);
	j = json_incref(json_object_get(all, part));
	json_decref(all);
	yw_buf_release(&text);
	YW_CHECK(j != NULL);
	return j;
}

static const char *
text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	YW_CHECK_MSG(s != NULL, "no '%s'", key);
	return s;
}

static void
requests(void)
{
	json_t *list = load("requests");

	YW_CHECK(json_array_size(list) == sizeof made_by / sizeof *made_by);
	for (size_t i = 0; i < json_array_size(list); i++)
		one(text_of(json_array_get(list, i), "signed_request"), made_by[i].label, made_by[i].old);
	json_decref(list);
}

static void
network(void)
{
	json_t *j = load("network");
	struct yw_buf hash = YW_BUF_INIT, vkey = YW_BUF_INIT;
	struct yw_network n;
	struct yw_error err;

	YW_PASS(yw_network_parse(yw_bytes_str(text_of(j, "file")), NULL, &n, &err));
	YW_PASS(yw_network_verify(&n, &err));
	yw_hex_add(&hash, n.hash.b, sizeof n.hash.b);
	YW_CHECK(strcmp(yw_buf_str(&hash), text_of(j, "network_hash")) == 0);
	yw_vkey_text(&n.roots[0], &vkey);
	YW_CHECK(strcmp(yw_buf_str(&vkey), text_of(j, "root_vkey")) == 0);
	yw_network_release(&n);
	yw_buf_release(&hash);
	yw_buf_release(&vkey);
	json_decref(j);
}

YW_TESTS({ "B10 the published requests", requests },
    { "B10 B11 the published network file", network })
