/*
 * One leaf: what breaks a log, what is kept without effect, what is applied (B1 to B3), each as a row
 * of bytes that differ in one thing from a good entry; then the signature, the leaf hash, sealing.
 * The typed leaves and hashes are the published vectors' (yiwang/vectors.json).
 */
#include "record/entry.h"
#include "crypto/hash.h"
#include "record/wire.h"
#include "support/testing.h"

#define ORIGIN "onenet.example/320100"
#define TYPE "application/vnd.yiwang.entry.v1+protobuf"
#define N(table) (sizeof table / sizeof *table)

enum outcome { BREAKS, KEPT, APPLIED };
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

/* A leaf in pieces of hex; NULL stands for what a good one has. */
struct leaf {
	const char *origin, *signer, *signed_at, *cls, *openness, *audience, *content;	/* the Entry */
	const char *type, *signatures;		/* the rest of the Envelope; "S" stands for the 64 bytes */
};

static void
add_hex(struct yw_buf *out, const char *hex)
{
	char byte[3] = "";

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		byte[0] = hex[0];
		byte[1] = *++hex;
		yw_unhex(byte, out);
	}
}

static void
add_payload(const struct leaf *l, struct yw_buf *out)
{
	static const char hash[] = "3a20 e00d4616051cce59f50090fafabb0d9b5172e50b72037a7a85c603b117257648";

	if (l->origin != NULL)
		add_hex(out, l->origin);
	else
		yw_wire_add_bytes(out, 1, yw_bytes_str(ORIGIN));
	if (l->signer != NULL)
		add_hex(out, l->signer);
	else
		yw_wire_add_bytes(out, 2, (struct yw_bytes) { pub.b, sizeof pub.b });
	add_hex(out, l->signed_at ? l->signed_at : "1801");
	add_hex(out, l->cls ? l->cls : "2001");
	add_hex(out, l->openness ? l->openness : "2801");
	add_hex(out, l->audience ? l->audience : "");
	add_hex(out, l->content ? l->content : hash);
}

static void
make_leaf(const struct leaf *l, struct yw_buf *out)
{
	struct yw_buf payload = YW_BUF_INIT;
	struct yw_sig sig;
	const char *at;

	yw_buf_clear(out);
	add_payload(l, &payload);
	YW_PASS(yw_sign_pae(&key, TYPE, payload.data, payload.len, &sig, NULL));
	yw_wire_add_bytes(out, 1, yw_buf_bytes(&payload));
	if (l->type != NULL)
		add_hex(out, l->type);
	else
		yw_wire_add_bytes(out, 2, yw_bytes_str(TYPE));
	for (at = l->signatures ? l->signatures : "1a42 0a40 S"; *at != '\0'; at++) {
		char two[3] = { at[0], at[1], '\0' };

		if (*at == 'S')
			yw_buf_add(out, sig.b, sizeof sig.b);
		else if (*at != ' ') {
			yw_unhex(two, out);
			at++;
		}
	}
	yw_buf_release(&payload);
}

/* What a node does with a leaf, its signature counted. */
static enum outcome
outcome_of(struct yw_bytes leaf, char why[static YW_ERROR_MAX])
{
	struct yw_error err = { 0 };
	struct yw_entry e;
	enum outcome got = BREAKS;

	if (yw_entry_read(ORIGIN, leaf, &e, &err) == YW_OK) {
		if (yw_entry_verify(&e, &err) == YW_OK)
			got = e.standing == YW_STANDING_APPLIED ? APPLIED : KEPT;
		YW_CHECK((e.why != NULL) == (e.standing == YW_STANDING_KEPT));
		if (e.why != NULL)
			snprintf(err.msg, sizeof err.msg, "%s", e.why);
		yw_entry_release(&e);
	}
	snprintf(why, YW_ERROR_MAX, "%s", err.msg);
	return got;
}

struct row {
	const char *what;
	struct leaf leaf;
	const char *why;	/* part of the sentence */
};

static void
run(const struct row *rows, size_t n, enum outcome want)
{
	struct yw_buf b = YW_BUF_INIT;
	char why[YW_ERROR_MAX];
	enum outcome got;

	make_key();
	for (size_t i = 0; i < n; i++) {
		make_leaf(&rows[i].leaf, &b);
		got = outcome_of(yw_buf_bytes(&b), why);
		YW_CHECK_MSG(got == want, "'%s' %s: %s", rows[i].what, outcome_names[got], why);
		YW_CHECK_MSG(strstr(why, rows[i].why) != NULL, "'%s': said '%s'", rows[i].what, why);
	}
	yw_buf_release(&b);
}

static void
breaks_the_log(void)
{
	static const struct row rows[] = {
		{ "payload type omitted", { .type = "" }, "payload type" },
		{ "another payload type", { .type = "1201 61" }, "payload type" },
		{ "keyid present", { .signatures = "1a45 0a40 S 120161" }, "keyid" },
		{ "keyid empty", { .signatures = "1a44 0a40 S 1200" }, "default" },
		{ "no signature", { .signatures = "" }, "0 signatures" },
		{ "two signatures", { .signatures = "1a42 0a40 S 1a42 0a40 S" }, "2 signatures" },
		{ "an empty signature", { .signatures = "1a00" }, "0 bytes" },
		{ "a signature of 65 bytes", { .signatures = "1a43 0a41 S 00" }, "65 bytes" },
		{ "a signature of zeros", { .signatures = "1a42 0a40 "
		    "0000000000000000000000000000000000000000000000000000000000000000"
		    "0000000000000000000000000000000000000000000000000000000000000000" }, "does not verify" },
		{ "origin absent", { .origin = "" }, "another log" },
		{ "origin of another log", { .origin = "0a15 6f6e656e65742e6578616d706c652f333230313031" },
		    "another log" },
		{ "origin of the next generation",
		    { .origin = "0a18 6f6e656e65742e6578616d706c652f3332303130302f6732" }, "another log" },
		{ "origin twice", { .signer = "0a0161" }, "Entry.origin is written twice" },
		{ "signer absent", { .signer = "" }, "signer has 0 bytes" },
		{ "signer of 31 bytes",
		    { .signer = "121f 01010101010101010101010101010101010101010101010101010101010101" },
		    "signer has 31 bytes" },
		{ "signer is another key", { .signer =
		    "1220 1eb7968f9a9dd3109cc56c6f45f7c810e67a479a9b3c3e85d39b51a2fa92b8f9" }, "does not verify" },
		{ "fields out of order", { .signed_at = "2001", .cls = "1801" }, "Entry.signed_at" },
		{ "class 0 written", { .cls = "2000" }, "Entry.class" },
		{ "signed_at 0 written", { .signed_at = "1800" }, "Entry.signed_at" },
		{ "signed_at padded", { .signed_at = "188100" }, "short way" },
		{ "class as fixed32", { .cls = "2501000000" }, "wire type" },
		{ "audience not UTF-8", { .cls = "2002", .audience = "3202 fffe" }, "UTF-8" },
		{ "audience with a NUL", { .cls = "2002", .audience = "3206 333230320030" }, "NUL" },
		{ "body_sha256 empty", { .content = "3a00" }, "0 bytes" },
		{ "body_sha256 of 31 bytes",
		    { .content = "3a1f 01010101010101010101010101010101010101010101010101010101010101" },
		    "31 bytes" },
		{ "body_sha256 of 33 bytes",
		    { .content = "3a21 010101010101010101010101010101010101010101010101010101010101010101" },
		    "33 bytes" },
		{ "body_sha256 and trust", { .content =
		    "3a20 e00d4616051cce59f50090fafabb0d9b5172e50b72037a7a85c603b117257648 4202 3a00" },
		    "only one" },
		{ "no content", { .content = "" }, "no content" },
		{ "no content, an unknown field in the envelope", { .content = "", .signatures = "1a42 0a40 S 2001" },
		    "no content" },
		{ "unknown field before a known one", { .openness = "2801 7a00" }, "unknown field" },
		{ "unknown group", { .content = "4202 3a00 7b7c" }, "wire type" },
		{ "two trust statements in one", { .content = "4204 32003a00" }, "only one" },
		{ "trust out of order inside", { .content = "4208 3206 10010a0161 61" }, "Closing" },
		{ "trust with text not UTF-8", { .content = "4205 3203 0a01ff" }, "UTF-8" },
		{ "trust cut short", { .content = "4202 3a01" }, "cut short" },
		{ "an unknown field before the signature", { .type = "2001" }, "unknown field" },
	};

	run(rows, N(rows), BREAKS);
}

static void
kept_not_applied(void)
{
	static const struct row rows[] = {
		{ "unknown field in the envelope", { .signatures = "1a42 0a40 S 2001" }, "a field" },
		{ "unknown field in the signature", { .signatures = "1a44 0a40 S 1801" }, "a field" },
		{ "unknown field beside the content", { .content = "4202 3a00 7a00" }, "a field" },
		{ "unknown field instead of content", { .content = "7a05 6c61746572" }, "a field" },
		{ "unknown field inside a trust statement", { .content = "4205 3a03 f80101" }, "a field" },
		{ "unknown field beside a trust statement", { .content = "4205 3a00 f80101" }, "a field" },
		{ "unknown field deep inside", { .content = "4207 3a05 0a03 f80101" }, "a field" },
		{ "a trust kind to come", { .content = "4208 9a0605 6c61746572" }, "kind of trust" },
		{ "trust without a kind", { .content = "4200" }, "kind of trust" },
		{ "class absent", { .cls = "" }, "class" },
		{ "class to come", { .cls = "2004" }, "class" },
		{ "class negative", { .cls = "20ffffffffffffffffff01" }, "class" },
		{ "openness absent", { .openness = "" }, "openness" },
		{ "openness to come", { .openness = "2803" }, "openness" },
		{ "audience on unconditional", { .audience = "3206 333230323030" }, "not conditional" },
		{ "audience on not shared", { .cls = "2003", .audience = "3206 333230323030" },
		    "not conditional" },
		{ "conditional without audience", { .cls = "2002" }, "names no audience" },
		{ "audience unsorted", { .cls = "2002", .audience = "3206 333230323832 3206 333230323030" },
		    "sorted" },
		{ "audience doubled", { .cls = "2002", .audience = "3206 333230323030 3206 333230323030" },
		    "sorted" },
		{ "audience of an empty code", { .cls = "2002", .audience = "3200" }, "not a code" },
		{ "audience of seven digits", { .cls = "2002", .audience = "3207 33323032303030" },
		    "not a code" },
		{ "audience of a name", { .cls = "2002", .audience = "3206 333230323030 3207 6e616e6a696e67" },
		    "not a code" },
		{ "open but conditional", { .cls = "2002", .openness = "2802",
		    .audience = "3206 333230323030" }, "open" },
		{ "open but not shared", { .cls = "2003", .openness = "2802" }, "open" },
		{ "trust not shared", { .cls = "2003", .content = "4202 3a00" }, "trust" },
		{ "trust conditional", { .cls = "2002", .audience = "3206 333230323030",
		    .content = "4202 3a00" }, "trust" },
	};

	run(rows, N(rows), KEPT);
}

static void
applied(void)
{
	static const struct row rows[] = {
		{ "a good entry", { 0 }, "" },
		{ "open", { .openness = "2802" }, "" },
		{ "not shared", { .cls = "2003" }, "" },
		{ "conditional for one", { .cls = "2002", .audience = "3206 333230323030" }, "" },
		{ "conditional for two", { .cls = "2002", .audience = "3206 333230323030 3206 333230323832" },
		    "" },
		{ "signed_at absent", { .signed_at = "" }, "" },
		{ "signed before 1970", { .signed_at = "18ffffffffffffffffff01" }, "" },
		{ "an empty roster", { .content = "4202 3a00" }, "" },
		{ "an open trust entry", { .openness = "2802", .content = "4202 3a00" }, "" },
		{ "a foreign beat", { .content = "4205 6203 0a0161" }, "" },
	};

	run(rows, N(rows), APPLIED);
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
	yw_entry_leaf_hash(yw_buf_bytes(&b), &leaf);
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
	YW_CHECK(outcome_of(yw_buf_bytes(&b), why) == APPLIED);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(outcome_of(yw_buf_bytes(&b), why) == BREAKS, "bit %zu flipped", bit);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		YW_CHECK_MSG(outcome_of((struct yw_bytes) { b.data, len }, why) == BREAKS, "cut at %zu", len);
	yw_buf_add_byte(&b, 0);
	YW_CHECK(outcome_of(yw_buf_bytes(&b), why) == BREAKS);
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
	yw_entry_leaf_hash(YW_BYTES_LIT(""), &leaf);
	YW_CHECK(memcmp(leaf.b, h.data, sizeof leaf.b) == 0);
	YW_FAILS(yw_entry_read(ORIGIN, YW_BYTES_LIT(""), &e, NULL), YW_EFORMAT);
	yw_buf_release(&h);
}

YW_TESTS({ "B3 L9 what breaks a log", breaks_the_log },
    { "B3 what is kept and not applied", kept_not_applied },
    { "B1 B2 B3 what is applied", applied },
    { "B1 B2 published leaves", typed_leaves },
    { "B1 B3 published leaves, every bit flipped, every cut, one byte more", bent_leaves },
    { "B1 the leaf hash", leaf_of_nothing },
    { "B2 what is sealed is applied", sealed_is_applied },
    { "B2 B3 sealing refuses what nobody would apply", sealing_refuses },
    { "B2 sealing checks its own key", sealing_checks_the_key },
    { "B1 the longest envelope", longest },
    { "B2 an audience as large as an envelope holds", many_codes })
