/*
 * One leaf: what breaks a log, what is kept without effect, what is applied (B1 to B4), by the table of leaves.h;
 * then the signature, the leaf hash, sealing.
 * The typed leaves and hashes are the published vectors' (yiwang/vectors.json).
 */
#include "record/entry.h"
#include "crypto/hash.h"
#include "record/wire.h"
#include "support/leaves.h"
#include "support/testing.h"

#define ORIGIN "onenet.example/320100"
#define N(table) (sizeof table / sizeof *table)

static const char *const outcome_names[] = { "breaks the log", "is kept", "is applied" };

static const char one_record[] =
    "0a660a156f6e656e65742e6578616d706c652f3332303130301220f76be30730bb00a9043c92f478cbe9c4fdb639a2533860"
    "2ee4938400435c5f7d1880d095ffbc31200128013a20e00d4616051cce59f50090fafabb0d9b5172e50b72037a7a85c603b1"
    "1725764812286170706c69636174696f6e2f766e642e796977616e672e656e7472792e76312b70726f746f6275661a420a40"
    "0070eeb47476448439b2bbc0b5089c10326bdedd9ab86d9f9c3443afab495dc3ffe0a3d994b2e7ce33896a791de4c5c6e6db"
    "708428bea17ecdae173cf6ea2f02";
static const char two_codes[] =
    "0ab6010a156f6e656e65742e6578616d706c652f3332303130301220f76be30730bb00a9043c92f478cbe9c4fdb639a25338"
    "602ee4938400435c5f7d1882d095ffbc3120022801320633323032303032063332303238323a6007f2ac1a0898a60ae8d701"
    "c2a80794c4e5e67f5a5c8f175aa751e95d65643b91df17f50c711670766ee2fcb6bcf27dec9b20126f9c50920faf6627d5fe"
    "5b6d15f38c439f57de79d6b626493a673b0db8f7f74affd42547732deb206a8d3effd012286170706c69636174696f6e2f76"
    "6e642e796977616e672e656e7472792e76312b70726f746f6275661a420a4020ad02c4ec5af314b4ba5a396f5c00b7d49ea0"
    "2d9b0dd1f960197453a03d0df787f209d41db195a0037e73d74acf28b5385aadb8f77cb0de2793816ec9bcc50c";
static const char empty_roster[] =
    "0a480a156f6e656e65742e6578616d706c652f3332303130301220f76be30730bb00a9043c92f478cbe9c4fdb639a2533860"
    "2ee4938400435c5f7d1884d095ffbc312001280142023a0012286170706c69636174696f6e2f766e642e796977616e672e65"
    "6e7472792e76312b70726f746f6275661a420a40f16217eeb425d6f867ef9c24f89b80d30d439442d40438fbc9b9025de045"
    "18e492a2e968d2f0fea1440e4fcc17daaa5aa0965ac0e20e40bfca66ed46ad559904";

static struct yw_seckey key;
static struct yw_pubkey pub;

static void
make_key(void)
{
	static const struct yw_seed seed = { { 7 } };

	yw_seckey_from_seed(&seed, &key, &pub);
}

/* What a node does with a leaf, its signature counted. */
static enum yw_outcome
outcome_of(struct yw_bytes leaf, char why[static YW_ERROR_MAX])
{
	struct yw_error err = { 0 };
	struct yw_entry e;
	enum yw_outcome got = YW_BREAKS;

	if (yw_entry_read(ORIGIN, leaf, &e, &err) == YW_OK) {
		if (yw_entry_verify(&e, &err) == YW_OK)
			got = e.standing == YW_STANDING_APPLIED ? YW_APPLIED : YW_KEPT;
		YW_CHECK((e.why != NULL) == (e.standing == YW_STANDING_KEPT));
		if (e.why != NULL)
			snprintf(err.msg, sizeof err.msg, "%s", e.why);
		yw_entry_release(&e);
	}
	snprintf(why, YW_ERROR_MAX, "%s", err.msg);
	return got;
}

/* Every clause of B3 has rows, and each row falls under its clause. */
static void
every_clause(void)
{
	struct yw_buf b = YW_BUF_INIT;
	size_t rows[YW_B3_CLAUSES] = { 0 };
	struct yw_hash body;
	char why[YW_ERROR_MAX];

	make_key();
	yw_sha256("record 0", 8, &body);
	for (size_t i = 0; i < yw_n_leaf_rows; i++) {
		const struct yw_leaf_row *r = &yw_leaf_rows[i];
		enum yw_outcome got, want = r->clause == YW_B3_SIGNER ? YW_APPLIED : yw_clause_outcome(r->clause);

		rows[r->clause]++;
		yw_leaf_make(&r->leaf, ORIGIN, &key, &pub, &body, &b);
		got = outcome_of(yw_buf_bytes(&b), why);
		YW_CHECK_MSG(got == want, "'%s' %s: %s", r->what, outcome_names[got], why);
		YW_CHECK_MSG(strstr(why, r->why) != NULL, "'%s': said '%s'", r->what, why);
	}
	for (size_t c = 0; c < YW_B3_CLAUSES; c++)
		YW_CHECK_MSG(rows[c] > 0, "clause %zu has no row", c);
	yw_buf_release(&b);
}

static void
read_typed(const char *hex, struct yw_buf *b, struct yw_entry *e)
{
	yw_buf_clear(b);
	yw_unhex(hex, b);
	YW_PASS(yw_entry_read(ORIGIN, yw_buf_bytes(b), e, NULL));
	YW_PASS(yw_entry_verify(e, NULL));
	YW_CHECK(e->standing == YW_STANDING_APPLIED && e->why == NULL);
}

static void
typed_leaves(void)
{
	struct yw_hash body, leaf, want_leaf;
	struct yw_buf b = YW_BUF_INIT, h = YW_BUF_INIT;
	struct yw_entry e;

	read_typed(one_record, &b, &e);
	yw_sha256("record 0", 8, &body);
	YW_CHECK(e.n_items == 1 && yw_hash_equal(&e.hashes[0], &body));
	YW_CHECK(e.signed_at_ms == 1700000000000);
	YW_CHECK(e.audience.cls == YW_CLASS_UNCONDITIONAL && e.audience.openness == YW_OPENNESS_INTERNAL);
	YW_CHECK(e.audience.n_codes == 0 && e.trust_kind == YW_TRUST_NONE && e.trust.len == 0);
	yw_unhex("7874b52aeb899271b781ec9b2be71e12280929e17f8289f6afb8cf90d8bea082", &h);
	memcpy(want_leaf.b, h.data, sizeof want_leaf.b);
	yw_leaf_hash(yw_buf_bytes(&b), &leaf);
	YW_CHECK(yw_hash_equal(&leaf, &want_leaf));
	yw_entry_release(&e);

	read_typed(two_codes, &b, &e);
	YW_CHECK(e.n_items == 3 && e.audience.cls == YW_CLASS_CONDITIONAL && e.audience.n_codes == 2);
	YW_CHECK(strcmp(e.audience.codes[0].code, "320200") == 0 && strcmp(e.audience.codes[1].code, "320282") == 0);
	yw_entry_release(&e);

	read_typed(empty_roster, &b, &e);
	YW_CHECK(e.hashes == NULL && e.n_items == 0 && e.trust_kind == YW_TRUST_ROSTER);
	YW_CHECK(yw_bytes_equal(e.trust, YW_BYTES_LIT("\x3a\x00")));
	yw_entry_release(&e);
	yw_entry_release(&e);	/* twice does no harm */
	yw_buf_release(&b);
	yw_buf_release(&h);
}

static void
bent_leaf(const char *hex)
{
	struct yw_buf b = YW_BUF_INIT;
	char why[YW_ERROR_MAX];

	yw_unhex(hex, &b);
	YW_CHECK(outcome_of(yw_buf_bytes(&b), why) == YW_APPLIED);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(outcome_of(yw_buf_bytes(&b), why) == YW_BREAKS, "bit %zu flipped", bit);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		YW_CHECK_MSG(outcome_of((struct yw_bytes) { b.data, len }, why) == YW_BREAKS, "cut at %zu", len);
	yw_buf_add_byte(&b, 0);
	YW_CHECK(outcome_of(yw_buf_bytes(&b), why) == YW_BREAKS);
	yw_buf_release(&b);
}

static void
bent_leaves(void)
{
	bent_leaf(one_record);
	bent_leaf(two_codes);
	bent_leaf(empty_roster);
}

/* --- Sealing ------------------------------------------------------------------------------------ */

static const struct yw_jurisdiction audience[] = { { "320200" }, { "320282" } };

static enum yw_code
seal(struct yw_entry_draft d, struct yw_buf *b, struct yw_error *err)
{
	make_key();
	d.origin = d.origin ? d.origin : ORIGIN;
	yw_buf_clear(b);
	yw_buf_add_str(b, "before");
	return yw_entry_seal(&d, &key, &pub, b, err);
}

static void
sealed_is_applied(void)
{
	static const struct yw_hash hashes[YW_ITEMS_MAX];
	const struct yw_entry_draft drafts[] = {
		{ .signed_at_ms = 1700000000000, .audience = { 1, 1, NULL, 0 }, .hashes = hashes, .n_items = 1 },
		{ .signed_at_ms = -1, .audience = { 1, 2, NULL, 0 }, .hashes = hashes, .n_items = YW_ITEMS_MAX },
		{ .audience = { 2, 1, audience, 2 }, .hashes = hashes, .n_items = 3 },
		{ .audience = { 3, 1, NULL, 0 }, .hashes = hashes, .n_items = 2 },
		{ .audience = { 1, 1, NULL, 0 }, .trust = YW_BYTES_LIT("\x3a\x00") },
	};
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;
	struct yw_entry e;

	for (size_t i = 0; i < N(drafts); i++) {
		YW_PASS(seal(drafts[i], &b, &err));
		YW_CHECK(memcmp(b.data, "before", 6) == 0);
		YW_PASS(yw_entry_read(ORIGIN, (struct yw_bytes) { b.data + 6, b.len - 6 }, &e, &err));
		YW_PASS(yw_entry_verify(&e, &err));
		YW_CHECK(e.standing == YW_STANDING_APPLIED && yw_pubkey_equal(&e.signer, &pub));
		YW_CHECK(e.signed_at_ms == drafts[i].signed_at_ms && e.n_items == drafts[i].n_items);
		YW_CHECK(e.audience.cls == drafts[i].audience.cls);
		YW_CHECK(e.audience.openness == drafts[i].audience.openness);
		YW_CHECK(e.audience.n_codes == drafts[i].audience.n_codes);
		YW_CHECK(yw_bytes_equal(e.trust, drafts[i].trust));
		yw_entry_release(&e);
	}
	yw_buf_release(&b);
}

static void
sealing_refuses(void)
{
	static const struct yw_hash hashes[YW_ITEMS_MAX + 1];
	static const struct yw_jurisdiction doubled[] = { { "320200" }, { "320200" } }, word[] = { { "wuxi" } };
	static const struct {
		const char *what;
		struct yw_entry_draft draft;
		enum yw_code want;
	} rows[] = {
		{ "no record", { .audience = { 1, 1, NULL, 0 }, .hashes = hashes }, YW_EINVAL },
		{ "257 records", { .audience = { 1, 1, NULL, 0 }, .hashes = hashes, .n_items = 257 }, YW_ELIMIT },
		{ "no class", { .audience = { 0, 1, NULL, 0 }, .hashes = hashes, .n_items = 1 }, YW_EINVAL },
		{ "no openness", { .audience = { 1, 0, NULL, 0 }, .hashes = hashes, .n_items = 1 }, YW_EINVAL },
		{ "open and not shared", { .audience = { 3, 2, NULL, 0 }, .hashes = hashes, .n_items = 1 }, YW_EINVAL },
		{ "an audience doubled", { .audience = { 2, 1, doubled, 2 }, .hashes = hashes, .n_items = 1 },
		    YW_EINVAL },
		{ "an audience of words", { .audience = { 2, 1, word, 1 }, .hashes = hashes, .n_items = 1 }, YW_EINVAL },
		{ "conditional for nobody", { .audience = { 2, 1, NULL, 0 }, .hashes = hashes, .n_items = 1 },
		    YW_EINVAL },
		{ "unconditional with an audience", { .audience = { 1, 1, audience, 2 }, .hashes = hashes,
		    .n_items = 1 }, YW_EINVAL },
		{ "no trust", { .audience = { 1, 1, NULL, 0 } }, YW_EINVAL },
		{ "trust that is no message", { .audience = { 1, 1, NULL, 0 }, .trust = YW_BYTES_LIT("\x3a\x01") },
		    YW_EINVAL },
		{ "trust not shared", { .audience = { 3, 1, NULL, 0 }, .trust = YW_BYTES_LIT("\x3a\x00") }, YW_EINVAL },
		{ "an origin that is not UTF-8", { .origin = "\xff", .audience = { 1, 1, NULL, 0 }, .hashes = hashes,
		    .n_items = 1 }, YW_EINVAL },
	};
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;

	for (size_t i = 0; i < N(rows); i++) {
		enum yw_code got = seal(rows[i].draft, &b, &err);

		YW_CHECK_MSG(got == rows[i].want, "%s: gave '%s'", rows[i].what, yw_code_name(got));
		YW_CHECK_MSG(b.len == strlen("before"), "%s: left bytes behind", rows[i].what);
	}
	yw_buf_release(&b);
}

static void
sealing_checks_the_key(void)
{
	static const struct yw_hash hash;
	const struct yw_entry_draft d = { .origin = ORIGIN, .audience = { 1, 1, NULL, 0 }, .hashes = &hash,
		.n_items = 1 };
	struct yw_buf b = YW_BUF_INIT;
	struct yw_pubkey other;
	struct yw_seckey damaged;

	make_key();
	other = pub;
	other.b[0] ^= 1;
	YW_FAILS(yw_entry_seal(&d, &key, &other, &b, NULL), YW_EINVAL);
	damaged = key;
	damaged.b[0] ^= 1;
	YW_FAILS(yw_entry_seal(&d, &damaged, &pub, &b, NULL), YW_ESIG);
	YW_CHECK(b.len == 0);
	yw_buf_release(&b);
}

/* A network version of n bytes. */
static void
make_trust(size_t n, struct yw_buf *out)
{
	struct yw_buf file = YW_BUF_INIT, version = YW_BUF_INIT;
	uint8_t *p;

	yw_buf_clear(out);
	p = yw_buf_extend(&file, n);
	YW_CHECK(p != NULL);
	memset(p, 'a', n);
	yw_wire_add_bytes(&version, 1, yw_buf_bytes(&file));
	yw_wire_add_bytes(out, 2, yw_buf_bytes(&version));
	yw_buf_release(&file);
	yw_buf_release(&version);
}

static void
longest(void)
{
	struct yw_entry_draft d = { .audience = { 1, 1, NULL, 0 } };
	struct yw_buf b = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_error err;
	struct yw_entry e;
	size_t n = 65000;

	make_trust(n, &trust);
	d.trust = yw_buf_bytes(&trust);
	YW_PASS(seal(d, &b, &err));
	n += YW_ENTRY_MAX - (b.len - strlen("before"));	/* lengths of three bytes stay so */
	make_trust(n, &trust);
	d.trust = yw_buf_bytes(&trust);
	YW_PASS(seal(d, &b, &err));
	YW_CHECK(b.len - strlen("before") == YW_ENTRY_MAX);
	YW_PASS(yw_entry_read(ORIGIN, (struct yw_bytes) { b.data + 6, b.len - 6 }, &e, &err));
	yw_entry_release(&e);
	make_trust(n + 1, &trust);
	d.trust = yw_buf_bytes(&trust);
	YW_FAILS(seal(d, &b, &err), YW_ELIMIT);
	make_trust(2 * n, &trust);
	d.trust = yw_buf_bytes(&trust);
	YW_FAILS(seal(d, &b, &err), YW_ELIMIT);
	yw_buf_release(&b);
	yw_buf_release(&trust);
}

static void
many_codes(void)
{
	static struct yw_jurisdiction codes[8000];
	static const struct yw_hash hash;
	struct yw_entry_draft d = { .audience = { 2, 1, codes, N(codes) }, .hashes = &hash, .n_items = 1 };
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;
	struct yw_entry e;

	for (unsigned i = 0; i < N(codes); i++)
		snprintf(codes[i].code, sizeof codes[i].code, "%u", 100000 + i);
	YW_PASS(seal(d, &b, &err));
	YW_PASS(yw_entry_read(ORIGIN, (struct yw_bytes) { b.data + 6, b.len - 6 }, &e, &err));
	YW_CHECK(e.audience.n_codes == N(codes));
	YW_CHECK(memcmp(e.audience.codes, codes, sizeof codes) == 0);
	yw_entry_release(&e);
	yw_buf_release(&b);
}

static void
leaf_of_nothing(void)
{
	struct yw_buf h = YW_BUF_INIT;
	struct yw_hash leaf;
	struct yw_entry e;

	/* RFC 6962 2.1: the hash of a leaf without bytes is SHA-256 of one zero byte */
	yw_unhex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", &h);
	yw_leaf_hash(YW_BYTES_LIT(""), &leaf);
	YW_CHECK(memcmp(leaf.b, h.data, sizeof leaf.b) == 0);
	YW_FAILS(yw_entry_read(ORIGIN, YW_BYTES_LIT(""), &e, NULL), YW_EFORMAT);
	yw_buf_release(&h);
}

YW_TESTS({ "B1 B2 B3 B4 what breaks a log, what is kept and not applied, what is applied", every_clause },
    { "B1 B2 published leaves", typed_leaves },
    { "B1 B3 published leaves, every bit flipped, every cut, one byte more", bent_leaves },
    { "B1 the leaf hash", leaf_of_nothing },
    { "B2 what is sealed is applied", sealed_is_applied },
    { "B2 B3 sealing refuses what nobody would apply", sealing_refuses },
    { "B2 sealing checks its own key", sealing_checks_the_key },
    { "B1 the longest envelope", longest },
    { "B2 an audience as large as an envelope holds", many_codes })
