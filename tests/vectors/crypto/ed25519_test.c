/*
 * Ed25519 where verifiers disagree (C2SP/CCTV) and where they have been wrong (C2SP/wycheproof), against
 * the set of B4.  CCTV tells what each vector is made of; B4 says which of these count.
 */
#include "crypto/sign.h"
#include "support/vectors.h"

static bool
has(const json_t *vector, const char *flag)
{
	const json_t *flags = json_object_get(vector, "flags");

	for (size_t i = 0; i < json_array_size(flags); i++)
		if (strcmp(json_string_value(json_array_get(flags, i)), flag) == 0)
			return true;
	return false;
}

static bool
key_counts(const json_t *v)
{
	return !has(v, "low_order_A") && !has(v, "low_order_component_A") && !has(v, "non_canonical_A");
}

static bool
signature_counts(const json_t *v)
{
	return !has(v, "low_order_A") && !has(v, "non_canonical_A") && !has(v, "low_order_R") &&
	    !has(v, "non_canonical_R") && !has(v, "low_order_residue") && !has(v, "reencoded_k");
}

static void
cctv(void)
{
	json_t *all = yw_vectors_load("vectors/cctv/ed25519vectors.json");
	size_t n_signatures = 0, n_both = 0;

	YW_CHECK(json_array_size(all) == 914);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *v = json_array_get(all, i);
		const char *msg = yw_vectors_text(v, "msg");
		struct yw_pubkey key;
		struct yw_sig sig;
		bool verifies, good_key;

		YW_CHECK(yw_vectors_bytes(v, "key", key.b, sizeof key.b) && yw_vectors_bytes(v, "sig", sig.b, sizeof sig.b));
		verifies = yw_verify(&key, msg, strlen(msg), &sig);
		good_key = yw_pubkey_check(&key, NULL) == YW_OK;
		YW_CHECK_MSG(verifies == signature_counts(v), "vector %zu: signature %d", i, verifies);
		YW_CHECK_MSG(good_key == key_counts(v), "vector %zu: key %d", i, good_key);
		n_signatures += verifies;
		n_both += verifies && good_key;
	}
	YW_CHECK(n_signatures == 43 && n_both == 1);
	json_decref(all);
}

static void
run_group(const json_t *group, size_t counts[static 2])
{
	const json_t *tests = json_object_get(group, "tests");
	struct yw_buf msg = YW_BUF_INIT;
	struct yw_pubkey key;
	struct yw_sig sig;

	YW_CHECK(yw_vectors_bytes(json_object_get(group, "publicKey"), "pk", key.b, sizeof key.b));
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *t = json_array_get(tests, i);
		bool want = strcmp(yw_vectors_text(t, "result"), "valid") == 0;
		bool got;

		yw_vectors_hex(t, "msg", &msg);
		got = yw_vectors_bytes(t, "sig", sig.b, sizeof sig.b) && yw_verify(&key, msg.data, msg.len, &sig) &&
		    yw_pubkey_check(&key, NULL) == YW_OK;
		YW_CHECK_MSG(got == want, "test %lld (%s)",
		    (long long)json_integer_value(json_object_get(t, "tcId")),
		    yw_vectors_text(t, "comment"));
		counts[want]++;
	}
	yw_buf_release(&msg);
}

static void
wycheproof(void)
{
	json_t *all = yw_vectors_load("vectors/wycheproof/ed25519_test.json");
	const json_t *groups = json_object_get(all, "testGroups");
	size_t counts[2] = { 0, 0 };

	for (size_t i = 0; i < json_array_size(groups); i++)
		run_group(json_array_get(groups, i), counts);
	YW_CHECK(counts[0] == 63 && counts[1] == 88);
	json_decref(all);
}

YW_TESTS({ "B4 CCTV: exactly what is canonical, cofactorless and of the prime-order group", cctv },
    { "B4 wycheproof", wycheproof })
