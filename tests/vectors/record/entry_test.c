/*
 * The published entries (yiwang/vectors.json), made by an independent program: keys, names, encodings,
 * leaves and roots, and 43 leaves with their outcome by rule B3.
 */
#include "crypto/hash.h"
#include "record/entry.h"
#include "support/vectors.h"
#include "tlog/note.h"
#include "tlog/tree.h"

#define VECTORS "vectors/yiwang/vectors.json"

static void
key_set_of(const json_t *k, struct yw_key_set *out)
{
	struct yw_seed seed;

	YW_CHECK(yw_vectors_bytes(k, "seed", seed.b, sizeof seed.b));
	yw_key_set_derive(&seed, out);
}

/* The key set with that label. */
static void
find_keys(const json_t *all, const char *label, struct yw_key_set *out)
{
	const json_t *keys = json_object_get(all, "keys");

	for (size_t i = 0; i < json_array_size(keys); i++)
		if (strcmp(yw_vectors_text(json_array_get(keys, i), "label"), label) == 0) {
			key_set_of(json_array_get(keys, i), out);
			return;
		}
	YW_CHECK_MSG(false, "no keys of %s", label);
}

static void
keys(void)
{
	json_t *all = yw_vectors_load(VECTORS);
	const json_t *sets = json_object_get(all, "keys");

	YW_CHECK(json_array_size(sets) == 3);
	for (size_t i = 0; i < json_array_size(sets); i++) {
		const json_t *k = json_array_get(sets, i);
		struct yw_key_set ks;

		key_set_of(k, &ks);
		YW_CHECK(yw_vectors_is(k, "entry_seed", ks.entry.b, YW_SEED_BYTES));
		YW_CHECK(yw_vectors_is(k, "head_seed", ks.head.b, YW_SEED_BYTES));
		YW_CHECK(yw_vectors_is(k, "cosign_seed", ks.cosign.b, YW_SEED_BYTES));
		YW_CHECK(yw_vectors_is(k, "session_secret", ks.session.b, sizeof ks.session.b));
		YW_CHECK(yw_vectors_is(k, "entry_public", ks.pub.entry.b, sizeof ks.pub.entry.b));
		YW_CHECK(yw_vectors_is(k, "head_public", ks.pub.head.b, sizeof ks.pub.head.b));
		YW_CHECK(yw_vectors_is(k, "cosign_public", ks.pub.cosign.b, sizeof ks.pub.cosign.b));
		YW_CHECK(yw_vectors_is(k, "session_public", ks.pub.session.b, sizeof ks.pub.session.b));
		YW_PASS(yw_pubkey_check(&ks.pub.entry, NULL));
		YW_PASS(yw_pubkey_check(&ks.pub.head, NULL));
		YW_PASS(yw_pubkey_check(&ks.pub.cosign, NULL));
	}
	json_decref(all);
}

static void
check_vkey(const char *name, uint8_t alg, const struct yw_pubkey *key, const char *want)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_vkey v;

	YW_PASS(yw_vkey_make(name, alg, key, &v));
	yw_vkey_text(&v, &text);
	YW_CHECK_MSG(strcmp(yw_buf_str(&text), want) == 0, "%s: '%s'", name, yw_buf_str(&text));
	yw_buf_release(&text);
}

static void
key_names(void)
{
	json_t *all = yw_vectors_load(VECTORS);
	const json_t *cosigners = json_object_get(json_object_get(all, "beat"), "cosign_vkeys");
	struct yw_jurisdiction city, province;
	struct yw_key_set of_city, of_province;
	struct yw_origin origin;

	find_keys(all, "320100", &of_city);
	find_keys(all, "320000", &of_province);
	YW_PASS(yw_jurisdiction_parse("320100", 6, &city));
	YW_PASS(yw_jurisdiction_parse("320000", 6, &province));
	YW_CHECK(yw_jurisdiction_above(&province, &city));
	YW_PASS(yw_origin_make("onenet.example", &city, 1, &origin));
	YW_CHECK(strcmp(origin.text, yw_vectors_text(json_object_get(all, "one_form"), "origin")) == 0);
	check_vkey(origin.text, YW_NOTE_ED25519, &of_city.pub.head, yw_vectors_text(json_object_get(all, "head"), "vkey"));
	check_vkey("onenet.example/320100/cosign", YW_NOTE_COSIGNATURE, &of_city.pub.cosign,
	    json_string_value(json_array_get(cosigners, 0)));
	check_vkey("onenet.example/320000/cosign", YW_NOTE_COSIGNATURE, &of_province.pub.cosign,
	    json_string_value(json_array_get(cosigners, 1)));
	json_decref(all);
}

static void
check_entry(const json_t *v, const struct yw_key_set *ks, struct yw_hash *leaf)
{
	struct yw_buf envelope = YW_BUF_INIT, pae = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_entry_draft draft;
	struct yw_error err = { 0 };
	struct yw_entry e;

	yw_vectors_hex(v, "envelope", &envelope);
	YW_CHECK_MSG(yw_entry_read("onenet.example/320100", yw_buf_bytes(&envelope), &e, &err) == YW_OK, "%s: %s",
	    yw_vectors_text(v, "what"), err.msg);
	YW_PASS(yw_entry_verify(&e, &err));
	YW_CHECK_MSG(e.standing == YW_STANDING_APPLIED, "%s: %s", yw_vectors_text(v, "what"), e.why);
	YW_CHECK(yw_pubkey_equal(&e.signer, &ks->pub.entry));
	YW_CHECK(yw_vectors_is(v, "payload", e.payload.data, e.payload.len));
	yw_pae(&pae, YW_ENTRY_TYPE, e.payload.data, e.payload.len);
	YW_CHECK(yw_vectors_is(v, "pae", pae.data, pae.len));
	yw_leaf_hash(yw_buf_bytes(&envelope), leaf);
	YW_CHECK(yw_vectors_is(v, "leaf_hash", leaf->b, sizeof leaf->b));

	/* Ed25519 signs the same way twice: what we seal is what the other program sealed. */
	draft = (struct yw_entry_draft) { "onenet.example/320100", e.signed_at_ms, e.audience, e.hashes, e.n_items,
		e.trust };
	YW_PASS(yw_entry_seal(&draft, &ks->entry, &ks->pub.entry, &again, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&again), yw_buf_bytes(&envelope)));
	yw_entry_release(&e);
	yw_buf_release(&envelope);
	yw_buf_release(&pae);
	yw_buf_release(&again);
}

static void
entries(void)
{
	json_t *all = yw_vectors_load(VECTORS);
	const json_t *vectors = json_object_get(all, "entries"), *roots = json_object_get(all, "roots");
	struct yw_key_set ks;
	struct yw_tree *tree;
	struct yw_hash leaf, root;

	find_keys(all, "320100", &ks);
	YW_PASS(yw_tree_new(&tree));
	YW_CHECK(json_array_size(vectors) == 9 && json_array_size(roots) == 10);
	for (size_t i = 0; i < json_array_size(roots); i++) {
		yw_tree_root(tree, &root);
		YW_CHECK_MSG(yw_vectors_is(json_array_get(roots, i), "root", root.b, sizeof root.b), "root of %zu", i);
		if (i == json_array_size(vectors))
			break;
		check_entry(json_array_get(vectors, i), &ks, &leaf);
		YW_PASS(yw_tree_append(tree, &leaf, 1));
	}
	yw_tree_free(tree);
	json_decref(all);
}

/* Which "record <i>" the nine entries register, in order of index and item. */
static void
bodies(void)
{
	static const struct { int first; size_t n; } items[] = {
		{ 0, 1 }, { 1, 256 }, { 257, 3 }, { 260, 1 }, { 0, 0 }, { 295, 1 }, { 294, 1 }, { 293, 1 }, { 292, 1 },
	};
	json_t *all = yw_vectors_load(VECTORS);
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;

	for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
		yw_vectors_hex(json_array_get(json_object_get(all, "entries"), i), "envelope", &envelope);
		YW_PASS(yw_entry_read("onenet.example/320100", yw_buf_bytes(&envelope), &e, NULL));
		YW_CHECK_MSG(e.n_items == items[i].n, "entry %zu registers %zu", i, e.n_items);
		YW_CHECK((e.trust_kind == YW_TRUST_ROSTER) == (items[i].n == 0));
		for (size_t item = 0; item < e.n_items; item++) {
			struct yw_hash want;
			char body[16];

			snprintf(body, sizeof body, "record %d", items[i].first + (int)item);
			yw_sha256(body, strlen(body), &want);
			YW_CHECK_MSG(yw_hash_equal(&want, &e.hashes[item]), "entry %zu item %zu", i, item);
		}
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	json_decref(all);
}

/* What becomes of a leaf where the log's only key is this one. */
static const char *
outcome(const char *origin, struct yw_bytes leaf, const struct yw_pubkey *log_key, struct yw_error *err)
{
	const char *got = "breaks";
	struct yw_entry e;

	if (yw_entry_read(origin, leaf, &e, err) != YW_OK)
		return got;
	if (yw_entry_verify(&e, err) == YW_OK)
		got = e.standing == YW_STANDING_APPLIED && yw_pubkey_equal(&e.signer, log_key) ? "applied" :
		    "not applied";
	yw_entry_release(&e);
	return got;
}

static void
one_form(void)
{
	json_t *all = yw_vectors_load(VECTORS);
	const json_t *set = json_object_get(all, "one_form"), *cases = json_object_get(set, "cases");
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_key_set ks;

	find_keys(all, "320100", &ks);
	YW_CHECK(json_array_size(cases) == 43);
	for (size_t i = 0; i < json_array_size(cases); i++) {
		const json_t *c = json_array_get(cases, i);
		struct yw_error err = { 0 };
		const char *got;

		yw_vectors_hex(c, "envelope", &envelope);
		got = outcome(yw_vectors_text(set, "origin"), yw_buf_bytes(&envelope), &ks.pub.entry, &err);
		YW_CHECK_MSG(strcmp(got, yw_vectors_text(c, "outcome")) == 0, "'%s': %s, should be %s (%s)",
		    yw_vectors_text(c, "what"), got, yw_vectors_text(c, "outcome"), err.msg);
	}
	yw_buf_release(&envelope);
	json_decref(all);
}

YW_TESTS({ "B10 published keys", keys },
    { "B9 published names of keys", key_names },
    { "B1 B2 published entries: read, encoded, hashed, sealed again", entries },
    { "B2 published entries register the published bodies", bodies },
    { "B3 T5 the 43 leaves: breaks, kept, applied", one_form })
