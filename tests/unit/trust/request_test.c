/*
 * Join requests: what each key must have signed, and every way in which one is refused, by name.
 * Outside truth: the request of the first node in the published vectors, typed in.
 */
#include "support/testing.h"
#include "support/tnet.h"
#include "record/wire.h"
#include "trust/request.h"
#include "yiwang/v1/trust.pb-c.h"

static const char first_node[] =
    "0ab4010a20b03ebe862e6b2f9f95024ee04245980d21fda8a1662ae5bb62f181c3d0abb0c1120633323030303018012a"
    "201eb7968f9a9dd3109cc56c6f45f7c810e67a479a9b3c3e85d39b51a2fa92b8f93220008056a8572fa7bf3952df643c"
    "1208eb52b1a892f46af29a846eb8062f66d88b3a20f02f56f6394e4dff893c0a88312ff6040a19deb9489c9f8ca41ad1"
    "1ef293e45d422036e21acdbe5319e5273078db64a622ba2ed37675467b337345f1a15de138c0521240c3fc7243f6698c"
    "d4d72bad064ae00eea374ba9a6a4aa8da190aea24b49595239493b0f363b34fd3ed9e749fb3154b247570c65d3005497"
    "6c46950209ce81de0c1a40f7da26b0da23fd8cebe54e6178c76a52a8de17750bd682141b73758c4dfcf232c4999d5f9c"
    "41c83ec1dde6007e8b80b6048a1c10a7e633cf6c1ccb242321d50f2240fc9219dea918e1b9e78f6cecaf5d586918c51e"
    "e9583df25371054e68db68d87e25d4b585f6321daff170b281004da2a73928f83ea87f438dad07349b5a65070a";

struct parts {			/* of a request, each of which a case may bend */
	Yiwang__V1__Request r;
	uint8_t network[32];
	struct yw_key_set keys;
	const struct yw_seckey *sign[4];	/* entry, head, cosign, old head */
	const char *type;
	size_t sig_len;
	bool tail;				/* an unknown field in the signed request */
};

static ProtobufCBinaryData
field_of(const void *data, size_t len)
{
	return (ProtobufCBinaryData) { .len = len, .data = (uint8_t *)(uintptr_t)data };
}

static void
good_parts(struct parts *p)
{
	static char code[] = "320102", issuer[] = "320100";

	memset(p, 0, sizeof *p);
	memset(p->network, 7, sizeof p->network);
	yw_tnet_keys("320102", &p->keys);
	p->r = (Yiwang__V1__Request)YIWANG__V1__REQUEST__INIT;
	p->r.network_hash = field_of(p->network, sizeof p->network);
	p->r.code = code;
	p->r.issuer = issuer;
	p->r.generation = 1;
	p->r.entry_key = field_of(p->keys.pub.entry.b, 32);
	p->r.head_key = field_of(p->keys.pub.head.b, 32);
	p->r.cosign_key = field_of(p->keys.pub.cosign.b, 32);
	p->r.session_key = field_of(p->keys.pub.session.b, 32);
	p->sign[0] = &p->keys.entry;
	p->sign[1] = &p->keys.head;
	p->sign[2] = &p->keys.cosign;
	p->type = YW_REQUEST_TYPE;
	p->sig_len = YW_SIG_BYTES;
}

static void
assemble(const struct parts *p, struct yw_buf *out)
{
	Yiwang__V1__SignedRequest s = YIWANG__V1__SIGNED_REQUEST__INIT;
	ProtobufCBinaryData *fields[] = { &s.entry_sig, &s.head_sig, &s.cosign_sig, &s.old_head_sig };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_error err;
	struct yw_sig sig[4];

	YW_PASS(yw_wire_pack(&p->r.base, &request, &err));
	s.request = field_of(request.data, request.len);
	for (size_t i = 0; i < 4; i++) {
		if (p->sign[i] == NULL)
			continue;
		YW_PASS(yw_sign_pae(p->sign[i], p->type, request.data, request.len, &sig[i], &err));
		*fields[i] = field_of(sig[i].b, p->sig_len);
	}
	YW_PASS(yw_wire_pack(&s.base, out, &err));
	if (p->tail)
		yw_wire_add_number(out, 99, 1);
	yw_buf_release(&request);
}

/* Small points and points with a small part (libsodium accepts some of them in signatures). */
static const uint8_t identity[32] = { 1 };
static const uint8_t not_canonical[32] = {
	0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
};
static const uint8_t order_eight[32] = {
	0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
};
static struct yw_key_set other;
static char county[] = "320104", odd[] = "32010", none[] = "";

static void no_entry_sig(struct parts *p) { p->sign[0] = NULL; }
static void no_head_sig(struct parts *p) { p->sign[1] = NULL; }
static void no_cosign_sig(struct parts *p) { p->sign[2] = NULL; }
static void entry_by_other(struct parts *p) { p->sign[0] = &other.entry; }
static void head_by_entry(struct parts *p) { p->sign[1] = &p->keys.entry; }
static void cosign_by_other(struct parts *p) { p->sign[2] = &other.cosign; }
static void wrong_type(struct parts *p) { p->type = "application/vnd.yiwang.entry.v1+protobuf"; }
static void short_sigs(struct parts *p) { p->sig_len = YW_SIG_BYTES - 1; }
static void entry_is_head(struct parts *p) { p->r.head_key = p->r.entry_key; p->sign[1] = p->sign[0]; }
static void head_is_cosign(struct parts *p) { p->r.cosign_key = p->r.head_key; p->sign[2] = p->sign[1]; }
static void session_is_entry(struct parts *p) { p->r.session_key = p->r.entry_key; }
static void small_entry(struct parts *p) { p->r.entry_key = field_of(identity, 32); }
static void small_head(struct parts *p) { p->r.head_key = field_of(order_eight, 32); }
static void loose_cosign(struct parts *p) { p->r.cosign_key = field_of(not_canonical, 32); }
static void short_key(struct parts *p) { p->r.entry_key.len = 31; }
static void no_session(struct parts *p) { p->r.session_key.len = 0; }
static void short_network(struct parts *p) { p->r.network_hash.len = 31; }
static void bad_code(struct parts *p) { p->r.code = odd; }
static void no_code(struct parts *p) { p->r.code = none; }
static void bad_issuer(struct parts *p) { p->r.issuer = odd; }
static void issuer_beside(struct parts *p) { p->r.issuer = county; }
static void issuer_itself(struct parts *p) { p->r.issuer = p->r.code; }
static void generation_0(struct parts *p) { p->r.generation = 0; }
static void follows_nothing(struct parts *p) { p->sign[3] = &other.head; }
static void unknown_outside(struct parts *p) { p->tail = true; }
static void unknown_inside(struct parts *p)
{
	static uint8_t one[] = { 1 };
	static ProtobufCMessageUnknownField f = { .tag = 99, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1 };

	f.data = one;
	p->r.base.n_unknown_fields = 1;
	p->r.base.unknown_fields = &f;
}

static void
refusals(void)
{
	static const struct {
		const char *what;
		void (*bend)(struct parts *p);
		enum yw_code want;
		const char *word;
	} cases[] = {
		{ "entry signature missing", no_entry_sig, YW_ESIG, "entry_sig" },
		{ "head signature missing", no_head_sig, YW_ESIG, "head_sig" },
		{ "cosigning signature missing", no_cosign_sig, YW_ESIG, "cosign_sig" },
		{ "entry signature by another key", entry_by_other, YW_ESIG, "entry_sig" },
		{ "head signature by the entry key", head_by_entry, YW_ESIG, "head_sig" },
		{ "cosigning signature by another key", cosign_by_other, YW_ESIG, "cosign_sig" },
		{ "signed as an entry", wrong_type, YW_ESIG, "entry_sig" },
		{ "signatures cut", short_sigs, YW_EFORMAT, "entry_sig" },
		{ "entry key is head key", entry_is_head, YW_EINVAL, "same key" },
		{ "head key is cosigning key", head_is_cosign, YW_EINVAL, "same key" },
		{ "session key is entry key", session_is_entry, YW_EINVAL, "same key" },
		{ "entry key is the identity", small_entry, YW_EINVAL, "entry_key" },
		{ "head key of order eight", small_head, YW_EINVAL, "head_key" },
		{ "cosigning key not canonical", loose_cosign, YW_EINVAL, "cosign_key" },
		{ "entry key of 31 bytes", short_key, YW_EFORMAT, "entry_key" },
		{ "session key missing", no_session, YW_EFORMAT, "session_key" },
		{ "network hash of 31 bytes", short_network, YW_EFORMAT, "network_hash" },
		{ "five digits", bad_code, YW_EFORMAT, "'code'" },
		{ "no code", no_code, YW_EFORMAT, "'code'" },
		{ "issuer no code", bad_issuer, YW_EFORMAT, "'issuer'" },
		{ "issuer beside", issuer_beside, YW_EINVAL, "'issuer'" },
		{ "issuer itself", issuer_itself, YW_EINVAL, "'issuer'" },
		{ "generation 0", generation_0, YW_EINVAL, "generation" },
		{ "a first key set that follows another", follows_nothing, YW_EINVAL, "old_head_sig" },
		{ "unknown field beside the request", unknown_outside, YW_EFORMAT, "not know" },
		{ "unknown field in the request", unknown_inside, YW_EFORMAT, "not know" },
	};
	struct yw_buf b = YW_BUF_INIT;
	struct yw_request r;
	struct yw_error err;
	struct parts p;

	yw_tnet_keys("another", &other);
	good_parts(&p);
	assemble(&p, &b);
	YW_PASS(yw_request_read(yw_buf_bytes(&b), NULL, &r, NULL, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got;

		good_parts(&p);
		cases[i].bend(&p);
		yw_buf_clear(&b);
		assemble(&p, &b);
		err.msg[0] = '\0';
		got = yw_request_read(yw_buf_bytes(&b), NULL, &r, NULL, &err);
		YW_CHECK_MSG(got == cases[i].want, "%s: gave '%s' (%s)", cases[i].what, yw_code_name(got), err.msg);
		YW_CHECK_MSG(strstr(err.msg, cases[i].word) != NULL, "%s: says '%s'", cases[i].what, err.msg);
	}
	yw_buf_release(&b);
}

static void
make_and_read(void)
{
	struct yw_request r = { .generation = 1 }, got;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_error err;
	bool by_old = true;

	memset(r.network.b, 7, sizeof r.network.b);
	YW_PASS(yw_jurisdiction_parse("320102", 6, &r.code));
	YW_PASS(yw_jurisdiction_parse("320000", 6, &r.issuer));
	yw_tnet_keys("320102", &keys);
	YW_PASS(yw_request_make(&r, &keys, NULL, &b, &err));
	YW_PASS(yw_request_read(yw_buf_bytes(&b), NULL, &got, &by_old, &err));
	YW_CHECK(!by_old && got.generation == 1 && got.key_set == 0);
	YW_CHECK(memcmp(&got.keys, &keys.pub, sizeof got.keys) == 0);
	YW_CHECK(yw_hash_equal(&got.network, &r.network));
	YW_CHECK(yw_jurisdiction_equal(&got.code, &r.code) && yw_jurisdiction_equal(&got.issuer, &r.issuer));
	YW_CHECK(b.len <= YW_REQUEST_MAX);

	r.generation = 0;
	yw_buf_clear(&b);
	YW_FAILS(yw_request_make(&r, &keys, NULL, &b, &err), YW_EINVAL);
	YW_CHECK(b.len == 0);
	yw_buf_release(&b);
}

/* The published request of the first node: read, and made again from its seed, byte for byte. */
static void
published(void)
{
	struct yw_buf want = YW_BUF_INIT, made = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_request r;
	struct yw_error err;

	yw_unhex(first_node, &want);
	YW_PASS(yw_request_read(yw_buf_bytes(&want), NULL, &r, NULL, &err));
	YW_CHECK(strcmp(r.code.code, "320000") == 0 && r.issuer.code[0] == '\0');
	yw_tnet_keys("320000", &keys);
	YW_PASS(yw_request_make(&r, &keys, NULL, &made, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&made), yw_buf_bytes(&want)));
	yw_buf_release(&want);
	yw_buf_release(&made);
}

/* Rotation and recovery ask whether the newest old head key agreed; others' signatures say nothing. */
static void
old_head(void)
{
	struct yw_request r = { .generation = 1, .key_set = 1 }, got;
	struct yw_key_set old, new;
	struct yw_buf b = YW_BUF_INIT;
	struct yw_error err;
	bool by_old;

	YW_PASS(yw_jurisdiction_parse("320102", 6, &r.code));
	yw_tnet_keys("320102", &old);
	yw_tnet_keys("320102 k1", &new);
	YW_PASS(yw_request_make(&r, &new, &old.head, &b, &err));
	YW_PASS(yw_request_read(yw_buf_bytes(&b), &old.pub.head, &got, &by_old, &err));
	YW_CHECK(by_old);
	YW_PASS(yw_request_read(yw_buf_bytes(&b), &old.pub.entry, &got, &by_old, &err));
	YW_CHECK(!by_old);
	YW_PASS(yw_request_read(yw_buf_bytes(&b), NULL, &got, &by_old, &err));
	YW_CHECK(!by_old);
	yw_buf_clear(&b);
	YW_PASS(yw_request_make(&r, &new, NULL, &b, &err));
	YW_PASS(yw_request_read(yw_buf_bytes(&b), &old.pub.head, &got, &by_old, &err));
	YW_CHECK(!by_old);
	yw_buf_release(&b);
}

static void
bent_and_cut(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_request r;
	struct yw_error err;
	struct parts p;

	good_parts(&p);
	assemble(&p, &b);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(yw_request_read(yw_buf_bytes(&b), NULL, &r, NULL, &err) != YW_OK, "bit %zu", bit);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		YW_CHECK(yw_request_read((struct yw_bytes) { b.data, len }, NULL, &r, NULL, &err) != YW_OK);
	yw_buf_add_byte(&b, 0);
	YW_FAILS(yw_request_read(yw_buf_bytes(&b), NULL, &r, NULL, &err), YW_EFORMAT);
	while (b.len <= YW_REQUEST_MAX)
		yw_buf_add_byte(&b, 0);
	YW_FAILS(yw_request_read(yw_buf_bytes(&b), NULL, &r, NULL, &err), YW_ELIMIT);
	yw_buf_release(&b);
}

static void
fingerprints(void)
{
	char text[YW_FINGERPRINT_MAX], again[YW_FINGERPRINT_MAX];

	/* SHA-256("abc") = ba7816bf8f 01cfea4141 40de5dae22 23b00361a3 96177a9cb4 10ff61f200 15ad */
	yw_request_fingerprint(YW_BYTES_LIT("abc"), text);
	YW_CHECK_MSG(strcmp(text, "73807 03137 88322 66979 05876 85760") == 0, "%s", text);
	yw_request_fingerprint(YW_BYTES_LIT("abd"), again);
	YW_CHECK(strcmp(text, again) != 0);
}

YW_TESTS({ "B10 T2 every refusal names the field", refusals },
    { "B10 a request is signed by its keys and reads back", make_and_read },
    { "B10 the published request of the first node", published },
    { "B10 T9 the old head key's signature is told apart", old_head },
    { "B10 each bit flipped, cut at each byte, trailing bytes, too long", bent_and_cut },
    { "B10 the fingerprint is thirty decimal digits of the hash", fingerprints })
