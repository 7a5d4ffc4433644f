/*
 * The published vectors of section B as far as trust reads them: requests made again from their seeds,
 * the network file.
 */
#include "base/text.h"
#include "support/tnet.h"
#include "support/vectors.h"
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
part(const char *name)
{
	json_t *all = yw_vectors_load("vectors/yiwang/vectors.json");
	json_t *j = json_incref(json_object_get(all, name));

	json_decref(all);
	YW_CHECK_MSG(j != NULL, "no '%s'", name);
	return j;
}

static void
requests(void)
{
	json_t *list = part("requests");

	YW_CHECK(json_array_size(list) == sizeof made_by / sizeof *made_by);
	for (size_t i = 0; i < json_array_size(list); i++)
		one(yw_vectors_text(json_array_get(list, i), "signed_request"), made_by[i].label, made_by[i].old);
	json_decref(list);
}

static void
network(void)
{
	json_t *j = part("network");
	struct yw_buf hash = YW_BUF_INIT, vkey = YW_BUF_INIT;
	struct yw_network n;
	struct yw_error err;

	YW_PASS(yw_network_parse(yw_bytes_str(yw_vectors_text(j, "file")), NULL, &n, &err));
	YW_PASS(yw_network_verify(&n, &err));
	yw_hex_add(&hash, n.hash.b, sizeof n.hash.b);
	YW_CHECK(strcmp(yw_buf_str(&hash), yw_vectors_text(j, "network_hash")) == 0);
	yw_vkey_text(&n.roots[0], &vkey);
	YW_CHECK(strcmp(yw_buf_str(&vkey), yw_vectors_text(j, "root_vkey")) == 0);
	yw_network_release(&n);
	yw_buf_release(&hash);
	yw_buf_release(&vkey);
	json_decref(j);
}

YW_TESTS({ "B10 the published requests", requests },
    { "B10 B11 the published network file", network })
