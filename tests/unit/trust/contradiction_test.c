/*
 * Two heads that cannot both be honest: judged, written as one file, judged offline.
 * Outside truth: the published pair of heads, typed in.
 */
#include "base/text.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"

#define DASH "\xe2\x80\x94 "
#define HEAD_A "onenet.example/320100\n9\nB7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY=\n\n"              \
	DASH "onenet.example/320100 7pV2izGeCPRjWU5yuL7nV5GHZ874qEBX32MXGi9CGHJN7smNlZOcq5+S1i7D06kZ5LzYxn4kz0wLmy/xlkxov" \
	"gqc/AQ=\n"
#define HEAD_B "onenet.example/320100\n9\n2FQCqO9E0uh2PxhS+DGdxKBXah9iZbDzPkVDlnp/BB8=\n\n"              \
	DASH "onenet.example/320100 7pV2i4C6KN+LDZsm/Tcm+q8cQbgNAc6SzmyZZ/auluRhCXxE0Znl2TNqI0qXInuGVl7D" \
	"D3JxnF2tIxypa/fquJ5a6Qk=\n"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

static struct yw_tnet *
network(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");

	for (size_t i = 0; i < 3; i++)
		yw_tnet_beat(&t->logs[i], 1000, NULL, 0);
	return t;
}

static void
published(void)
{
	struct yw_contradiction c = { .head_a = yw_bytes_str(HEAD_A), .head_b = yw_bytes_str(HEAD_B) };
	struct yw_contradiction_verdict v;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_contradiction_check(yw_tnet_generation(t, "320100"), &c, &v, &err));
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &text, &err));
	YW_CHECK(yw_evidence_kind(yw_buf_bytes(&text)) == YW_EVIDENCE_CONTRADICTION);
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(strcmp(v.origin.text, "onenet.example/320100") == 0 && v.size_a == 9 && v.size_b == 9);
	YW_CHECK(memcmp(v.root_a.b, v.root_b.b, 32) < 0 && v.n_via == 2 && strcmp(v.via[1].code, "320100") == 0);

	/* The other way round it is the same text. */
	c = (struct yw_contradiction) { .head_a = yw_bytes_str(HEAD_B), .head_b = yw_bytes_str(HEAD_A) };
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &other, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&other)));
	yw_buf_release(&text);
	yw_buf_release(&other);
	yw_tnet_free(t);
}

/* A log of `n` leaves numbered from 0, but leaf `bent` is another. */
struct branch {
	struct yw_hash leaves[40];
	struct yw_hash root;
	struct yw_buf head;
	size_t n;
};

static void
grow(const struct yw_tlog *l, size_t n, size_t bent, struct branch *b)
{
	struct yw_checkpoint c = { .size = n };

	*b = (struct branch) { .n = n };
	for (size_t i = 0; i < n; i++) {
		uint8_t leaf[2] = { (uint8_t)i, i == bent };

		yw_leaf_hash((struct yw_bytes) { leaf, 2 }, &b->leaves[i]);
	}
	yw_range_root(b->leaves, n, &b->root);
	memcpy(c.origin, l->origin.text, sizeof c.origin);
	c.root = b->root;
	YW_PASS(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, &b->head, &err));
}

static enum yw_code
read_leaf(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *e)
{
	const struct branch *b = arg;

	if (level != 0 || n != 0 || width > b->n)
		return yw_fail(e, YW_ENOENT, "no tile");
	memcpy(out, b->leaves, width * sizeof *out);
	return YW_OK;
}

static void
two_sizes(void)
{
	struct yw_contradiction_verdict v;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT;
	struct yw_contradiction c = { 0 };
	struct yw_tile_reader tiles;
	struct yw_log_reader r;
	struct branch a, b;
	const struct yw_generation *g = yw_tnet_generation(t, "320102");

	yw_tnet_reader(t, &r);
	grow(yw_tnet_log(t, "320102"), 11, 3, &a);
	grow(yw_tnet_log(t, "320102"), 37, SIZE_MAX, &b);
	tiles = (struct yw_tile_reader) { read_leaf, &b };
	YW_PASS(yw_prove_consistency(&tiles, 11, 37, &c.consistency, &err));
	yw_range_root(b.leaves, 11, &c.instead);
	c.head_a = yw_buf_bytes(&a.head);
	c.head_b = yw_buf_bytes(&b.head);
	YW_PASS(yw_contradiction_make(t->trust, g, &c, &r, &text, &err));
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.size_a == 11 && v.size_b == 37 && yw_hash_equal(&v.root_a, &a.root) &&
	    yw_hash_equal(&v.root_b, &b.root));
	YW_CHECK(yw_hash_equal(&v.instead, &c.instead) && v.n_via == 3);

	/* A proof that fails proves nothing; a true one between agreeing heads either. */
	c.consistency.h[0].b[0] ^= 1;
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_ESIG);
	c.consistency.h[0].b[0] ^= 1;
	c.head_a = yw_buf_bytes(&b.head);
	c.head_b = yw_buf_bytes(&a.head);
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);
	yw_buf_release(&a.head);
	grow(yw_tnet_log(t, "320102"), 11, SIZE_MAX, &a);
	c.head_a = yw_buf_bytes(&a.head);
	c.head_b = yw_buf_bytes(&b.head);
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);
	c.head_b = c.head_a;
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);

	/* Signed by another key, or of another log. */
	YW_FAILS(yw_contradiction_check(yw_tnet_generation(t, "320100"), &c, &v, &err), YW_EINVAL);
	a.head.data[a.head.len - 10] ^= 1;
	YW_CHECK(yw_contradiction_check(g, &c, &v, &err) != YW_OK);
	yw_buf_release(&a.head);
	yw_buf_release(&b.head);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* Any flipped bit: refused by the last line; with that mended, refused, or the same two heads. */
static void
flips(void)
{
	struct yw_contradiction c = { .head_a = yw_bytes_str(HEAD_A), .head_b = yw_bytes_str(HEAD_B) };
	struct yw_contradiction_verdict v, want;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT, bent = YW_BUF_INIT;
	uint64_t state = yw_test_seed();
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &text, &err));
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &want, &err));
	for (int i = 0; i < 300; i++) {
		size_t bit = yw_test_next(&state) % ((text.len - 72) * 8);

		yw_buf_clear(&bent);
		yw_buf_add(&bent, text.data, text.len);
		bent.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_FAILS(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err), YW_ESIG);
		yw_tnet_reseal(&bent);
		if (yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err) == YW_OK)
			YW_CHECK_MSG(yw_hash_equal(&v.root_a, &want.root_a) && yw_hash_equal(&v.root_b, &want.root_b) &&
			    v.size_a == want.size_a && strcmp(v.origin.text, want.origin.text) == 0, "bit %zu", bit);
	}
	yw_buf_release(&text);
	yw_buf_release(&bent);
	yw_tnet_free(t);
}

YW_TESTS({ "L6 B12 the published pair, one file for both orders", published },
    { "L6 two sizes: the proof leads from another root", two_sizes },
    { "L6 B12 bits flipped", flips })
