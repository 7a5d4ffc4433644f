/*
 * The Merkle proofs that transparency-dev/merkle publishes, good and bad, and the log of
 * transparency-dev/tessera: checkpoints, tiles and entries.
 */
#include <jansson.h>

#include "base/text.h"
#include "support/testing.h"
#include "tlog/checkpoint.h"
#include "tlog/proof.h"

static json_t *
load(const char *path)
{
	struct yw_buf text = YW_BUF_INIT;
	json_t *j;

	yw_shared_file(path, &text);
	/* jansson's integers are signed: the one index beyond them is written as the same 64 bits */
	for (char *big; (big = memmem(text.data, text.len, "18446744073709551615", 20)) != NULL; )
		memcpy(big, "-1                  ", 20);
	j = json_loadb((const char *)text.data, text.len, 0, NULL);
	yw_buf_release(&text);
	YW_CHECK(j != NULL);
	return j;
}

static uint64_t
number(const json_t *c, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(c, key));
}

/* A hash of another length than 32 is a refusal of its own. */
static bool
hash(const json_t *v, struct yw_hash *out)
{
	const char *s = json_string_value(v);

	return s != NULL && yw_base64_decode_exact(s, strlen(s), out->b, sizeof out->b) == YW_OK;
}

/* A root that is only passed through may be any text in these files ("don't care"): zeros fill it up. */
static bool
root_of(const json_t *c, const char *key, struct yw_hash *out)
{
	const char *s = json_string_value(json_object_get(c, key));
	struct yw_buf raw = YW_BUF_INIT;
	bool ok;

	memset(out, 0, sizeof *out);
	ok = s != NULL && yw_base64_decode(s, strlen(s), &raw) == YW_OK && raw.len <= sizeof out->b;
	if (ok && raw.len > 0)
		memcpy(out->b, raw.data, raw.len);
	yw_buf_release(&raw);
	return ok;
}

static bool
proof(const json_t *c, struct yw_proof *out)
{
	const json_t *p = json_object_get(c, "proof");

	out->n = 0;
	for (size_t i = 0; i < json_array_size(p); i++)
		if (i == YW_PROOF_MAX || !hash(json_array_get(p, i), &out->h[out->n++]))
			return false;
	return true;
}

typedef bool accepts(const json_t *c);

static bool
inclusion_accepts(const json_t *c)
{
	struct yw_hash leaf, root;
	struct yw_proof p;

	return hash(json_object_get(c, "leafHash"), &leaf) && hash(json_object_get(c, "root"), &root) &&
	    proof(c, &p) &&
	    yw_check_inclusion(number(c, "leafIdx"), number(c, "treeSize"), &leaf, &p, &root) == YW_OK;
}

static bool
consistency_accepts(const json_t *c)
{
	struct yw_hash a, b;
	struct yw_proof p;

	return root_of(c, "root1", &a) && root_of(c, "root2", &b) && proof(c, &p) &&
	    yw_check_consistency(number(c, "size1"), &a, number(c, "size2"), &b, &p) == YW_OK;
}

static bool
subtree_accepts(const json_t *c)
{
	struct yw_hash a, b;
	struct yw_proof p;

	return root_of(c, "root1", &a) && root_of(c, "root2", &b) && proof(c, &p) &&
	    yw_check_subtree(number(c, "start"), number(c, "end"), &a, number(c, "size"), &b, &p) == YW_OK;
}

static void
run(const char *path, size_t want_cases, accepts *f)
{
	json_t *all = load(path);

	YW_CHECK(json_array_size(all) == want_cases);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *c = json_array_get(all, i);
		bool want = !json_is_true(json_object_get(c, "wantErr"));

		YW_CHECK_MSG(f(c) == want, "%s: %s: should be %s", path,
		    json_string_value(json_object_get(c, "case")), want ? "accepted" : "refused");
	}
	json_decref(all);
}

static void
inclusion(void)
{
	run("vectors/merkle/inclusion.json", 98, inclusion_accepts);
}

static void
consistency(void)
{
	run("vectors/merkle/consistency.json", 98, consistency_accepts);
}

static void
subtree_consistency(void)
{
	run("vectors/merkle/subtreeconsistency.json", 118, subtree_accepts);
}

#define TESSERA "vectors/tessera-log/"

struct tiles {
	size_t size;		/* of the tree */
	int written;
};

static enum yw_code
same_tile(void *arg, unsigned level, uint64_t n, const struct yw_hash *hashes, size_t width, struct yw_error *err)
{
	struct tiles *tiles = arg;
	struct yw_buf want = YW_BUF_INIT;
	char path[64];

	(void)err;
	YW_CHECK(level == 0 && n == 0 && width == tiles->size && tiles->written++ == 0);
	snprintf(path, sizeof path, TESSERA "tile/0/000.p/%zu", width);
	yw_shared_file(path, &want);
	YW_CHECK_MSG(want.len == width * sizeof *hashes && memcmp(want.data, hashes, want.len) == 0, "%s", path);
	yw_buf_release(&want);
	return YW_OK;
}

/* C2SP tlog-tiles: a bundle has each entry with its length in two bytes before it; each hashes to our leaf. */
static void
same_bundle(const struct yw_hash *leaves, size_t size)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_hash leaf;
	size_t at = 0, n = 0;
	char path[64];

	snprintf(path, sizeof path, TESSERA "tile/entries/000.p/%zu", size);
	yw_shared_file(path, &b);
	for (; at + 2 <= b.len; n++) {
		size_t len = (size_t)b.data[at] << 8 | b.data[at + 1];

		YW_CHECK_MSG(n < size && at + 2 + len <= b.len, "%s: entry %zu", path, n);
		yw_leaf_hash((struct yw_bytes) { b.data + at + 2, len }, &leaf);
		YW_CHECK_MSG(yw_hash_equal(&leaf, &leaves[n]), "%s: entry %zu", path, n);
		at += 2 + len;
	}
	YW_CHECK(n == size && at == b.len);
	yw_buf_release(&b);
}

/* Builds the log from its words; every published checkpoint must be signed and name our root, every published tile
 * be ours, and every bundle have our leaves. */
static void
tessera_log(void)
{
	static const char *const words[] = { "one", "two", "three", "four", "five", "six", "seven", "eit", "nain",
		"ten", "ileven", "twelf", "threeten", "fourten", "fivten" };
	static const char vkey[] =
	    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
	struct yw_buf note = YW_BUF_INIT;
	struct yw_checkpoint c;
	struct yw_hash leaves[15], root;
	struct yw_error err;
	struct yw_tree *t;
	struct yw_vkey v;
	struct tiles tiles;
	const struct yw_tile_writer writer = { same_tile, &tiles };
	char path[64];

	YW_PASS(yw_vkey_parse(vkey, strlen(vkey), &v, &err));
	YW_PASS(yw_tree_new(&t));
	for (size_t size = 0; size <= 15; size++) {
		if (size > 0) {
			yw_leaf_hash(yw_bytes_str(words[size - 1]), &leaves[size - 1]);
			YW_PASS(yw_tree_append(t, &leaves[size - 1], 1));
			tiles = (struct tiles) { .size = size };
			YW_PASS(yw_tree_flush(t, &writer, &err));
			YW_CHECK(tiles.written == 1);
			same_bundle(leaves, size);
		}
		snprintf(path, sizeof path, TESSERA "checkpoint.%zu", size);
		yw_buf_clear(&note);
		yw_shared_file(path, &note);
		YW_PASS(yw_head_check(yw_buf_bytes(&note), &v.key, &c, &err));
		yw_tree_root(t, &root);
		YW_CHECK(c.size == size && yw_hash_equal(&c.root, &root));
	}
	yw_buf_release(&note);
	yw_tree_free(t);
}

/* B9, B10: the network's own head and beat, made by an independent program. */
static void
own_head_and_beat(void)
{
	json_t *all = load("vectors/yiwang/vectors.json"), *head = json_object_get(all, "head");
	json_t *beat = json_object_get(all, "beat"), *keys = json_object_get(beat, "cosign_vkeys");
	const char *vkey = json_string_value(json_object_get(head, "vkey"));
	const char *note = json_string_value(json_object_get(head, "note"));
	struct yw_buf text = YW_BUF_INIT;
	struct yw_checkpoint c;
	struct yw_note n;
	struct yw_error err;
	struct yw_vkey v;
	uint64_t time;

	YW_PASS(yw_vkey_parse(vkey, strlen(vkey), &v, &err));
	yw_vkey_text(&v, &text);
	YW_CHECK(strcmp(yw_buf_str(&text), vkey) == 0);
	YW_PASS(yw_head_check(yw_bytes_str(note), &v.key, &c, &err));
	yw_buf_clear(&text);
	yw_checkpoint_text(&c, &text);
	YW_CHECK(memcmp(text.data, note, text.len) == 0 && note[text.len] == '\n');

	YW_PASS(yw_note_parse(yw_bytes_str(json_string_value(json_object_get(beat, "note"))), &n, &err));
	YW_CHECK(json_array_size(keys) == 2);
	for (size_t i = 0; i < 2; i++) {
		vkey = json_string_value(json_array_get(keys, i));
		YW_PASS(yw_vkey_parse(vkey, strlen(vkey), &v, &err));
		YW_CHECK(v.alg == YW_NOTE_COSIGNATURE);
		YW_PASS(yw_note_check(&n, &v, &time));
		YW_CHECK(time > 0);
	}
	yw_note_release(&n);
	yw_buf_release(&text);
	json_decref(all);
}

/* B: leaves, roots and inclusion proofs of a log of nine entries. */
static void
own_roots(void)
{
	json_t *all = load("vectors/yiwang/vectors.json"), *list = json_object_get(all, "entries"), *c;
	struct yw_hash leaves[9], root, want;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_tree *t;
	struct yw_proof p;
	size_t i, k;

	YW_PASS(yw_tree_new(&t));
	json_array_foreach(list, i, c) {
		yw_buf_clear(&b);
		yw_unhex(json_string_value(json_object_get(c, "envelope")), &b);
		yw_leaf_hash(yw_buf_bytes(&b), &leaves[i]);
	}
	json_array_foreach(json_object_get(all, "roots"), i, c) {
		yw_tree_root(t, &root);
		yw_buf_clear(&b);
		yw_unhex(json_string_value(json_object_get(c, "root")), &b);
		YW_CHECK(number(c, "size") == i && b.len == sizeof want && memcmp(b.data, &root, b.len) == 0);
		if (i < 9)
			YW_PASS(yw_tree_append(t, &leaves[i], 1));
	}
	json_array_foreach(json_object_get(all, "inclusion"), i, c) {
		json_t *path = json_object_get(c, "path"), *h;

		yw_range_root(leaves, number(c, "size"), &root);
		p.n = 0;
		json_array_foreach(path, k, h) {
			yw_buf_clear(&b);
			yw_unhex(json_string_value(h), &b);
			memcpy(p.h[p.n++].b, b.data, YW_HASH_BYTES);
		}
		YW_PASS(yw_check_inclusion(number(c, "index"), number(c, "size"), &leaves[number(c, "index")], &p,
		    &root));
	}
	yw_buf_release(&b);
	yw_tree_free(t);
	json_decref(all);
}

YW_TESTS({ "RFC 9162: inclusion proofs", inclusion },
    { "RFC 9162: consistency proofs", consistency },
    { "C2SP tlog-mirror: subtree consistency proofs", subtree_consistency },
    { "C2SP tlog-tiles: a published log", tessera_log },
    { "B9 B10 R4 the network's own head and beat", own_head_and_beat },
    { "B1 leaves, roots and inclusion proofs", own_roots })
