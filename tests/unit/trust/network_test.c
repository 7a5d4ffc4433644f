/*
 * The network file: read, hashed, verified, made in steps; every bent line refused by its number.
 * Outside truth: the published network file, typed in.
 */
#include "base/text.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/network.h"
#include "yiwang/v1/trust.pb-c.h"

static const char published[] =
    "yiwang-network/v1\n"
    "name onenet.example\n"
    "version 1\n"
    "previous -\n"
    "root 1 onenet.example/root+3304137e+Ac9d22iTK6ePX8M1d6QjGPeApvLLyvOxRGW3lMnhL00I\n"
    "first CrQBCiCwPr6GLmsvn5UCTuBCRZgNIf2ooWYq5bti8YHD0KuwwRIGMzIwMDAwGAEqIB63lo+andMQnMVsb0X3yBDmekeamz"
    "w+hdObUaL6krj5MiAAgFaoVy+nvzlS32Q8EgjrUrGokvRq8pqEbrgGL2bYizog8C9W9jlOTf+JPAqIMS/2BAoZ3rlInJ+MpBrRHv"
    "KT5F1CIDbiGs2+UxnlJzB422SmIrou03Z1Rnszc0XxoV3hOMBSEkDD/HJD9mmM1NcrrQZK4A7qN0uppqSqjaGQrqJLSVlSOUk7Dz"
    "Y7NP0+2edJ+zFUskdXDGXTAFSXbEaVAgnOgd4MGkD32iaw2iP9jOvlTmF4x2pSqN4XdQvWghQbc3WMTfzyMsSZnV+cQcg+wd3mAH"
    "6LgLYEihwQp+Yzz2wcyyQjIdUPIkD8khneqRjhueePbOyvXVhpGMUe6Vg98lNxBU5o22jYfiXUtYX2Mh2v8XCygQBNoqc5KPg+qH"
    "9Dja0HNJtaZQcK\n"
    "group g 2 320000 320100 320102\n"
    "quorum g\n"
    "\n"
    "\xe2\x80\x94 onenet.example/root MwQTfi6MHj7hnGwO7km2Ka2P3N3KqfoQqSxyHkQ0giSbmaps9xSX4Key9G/JWD8/4Ow"
    "GM8X6Deh4K9jfS0RO3cVxSQo=\n";

#define HEAD "yiwang-network/v1\nname onenet.example\nversion 1\nprevious -\n"
#define ROOT_KEY "onenet.example/root+3304137e+Ac9d22iTK6ePX8M1d6QjGPeApvLLyvOxRGW3lMnhL00I"
#define ROOT "root 1 " ROOT_KEY "\n"
#define CONSENT "consent 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

static struct yw_error err;

static void
parse(const char *text, struct yw_network *out)
{
	enum yw_code code = yw_network_parse(yw_bytes_str(text), NULL, out, &err);

	YW_CHECK_MSG(code == YW_OK, "%s", err.msg);
}

static void
published_file(void)
{
	struct yw_network n;
	struct yw_buf hash = YW_BUF_INIT;

	parse(published, &n);
	YW_PASS(yw_network_verify(&n, &err));
	YW_CHECK(strcmp(n.name, "onenet.example") == 0 && n.version == 1 && n.k == 1 && n.n_roots == 1);
	YW_CHECK(n.n_first == 1 && strcmp(n.first_code.code, "320000") == 0);
	yw_hex_add(&hash, n.hash.b, sizeof n.hash.b);
	YW_CHECK(strcmp(yw_buf_str(&hash), "b03ebe862e6b2f9f95024ee04245980d21fda8a1662ae5bb62f181c3d0abb0c1") == 0);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&n.note), yw_bytes_str(published)));
	yw_buf_release(&hash);
	yw_network_release(&n);
}

/* Draft, request of the first node, completion, signature: the published bytes again. */
static void
made_again(void)
{
	struct yw_buf draft = YW_BUF_INIT, full = YW_BUF_INIT, file = YW_BUF_INIT, twice = YW_BUF_INIT;
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r = { .generation = 1 };
	struct yw_key_set keys;
	struct yw_seckey root;
	struct yw_pubkey pub;
	struct yw_network n;
	struct yw_vkey v;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_root_vkey("onenet.example", &pub, &v));
	YW_PASS(yw_network_draft("onenet.example", 1, &v, 1, &draft, &err));
	YW_CHECK(strcmp(yw_buf_str(&draft), HEAD ROOT "quorum none\n") == 0);
	YW_CHECK(yw_network_is_draft(yw_buf_bytes(&draft)));
	parse(yw_buf_str(&draft), &n);
	YW_CHECK(n.first_code.code[0] == '\0');
	YW_FAILS(yw_network_verify(&n, &err), YW_EINVAL);
	YW_FAILS(yw_network_sign(NULL, yw_buf_bytes(&draft), &root, &pub, &file, &err), YW_EINVAL);

	r.network = n.hash;
	yw_network_release(&n);
	YW_PASS(yw_jurisdiction_parse("320000", 6, &r.code));
	yw_tnet_keys("320000", &keys);
	YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
	YW_PASS(yw_network_complete(yw_buf_bytes(&draft), yw_buf_bytes(&request), POLICY, &full, &err));
	YW_PASS(yw_network_complete(yw_buf_bytes(&full), yw_buf_bytes(&request), NULL, &twice, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&full), yw_buf_bytes(&twice)));	/* the same again changes nothing */
	parse(yw_buf_str(&full), &n);
	YW_FAILS(yw_network_verify(&n, &err), YW_ESIG);
	yw_network_release(&n);

	YW_PASS(yw_network_sign(NULL, yw_buf_bytes(&full), &root, &pub, &file, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&file), yw_bytes_str(published)));
	yw_buf_clear(&twice);
	YW_PASS(yw_network_sign(NULL, yw_buf_bytes(&file), &root, &pub, &twice, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&file), yw_buf_bytes(&twice)));
	YW_FAILS(yw_network_sign(NULL, yw_buf_bytes(&full), &keys.head, &keys.pub.head, &file, &err), YW_EINVAL);
	YW_FAILS(yw_network_complete(yw_buf_bytes(&file), yw_buf_bytes(&request), NULL, &twice, &err), YW_EINVAL);
	yw_buf_release(&draft);
	yw_buf_release(&full);
	yw_buf_release(&file);
	yw_buf_release(&twice);
	yw_buf_release(&request);
}

/* A full version 1 with k of n roots "root a", "root b", "root c", signed by those named. */
static void
network_of(unsigned k, const char *signers, struct yw_buf *out)
{
	static const char *const labels[] = { "root a", "root b", "root c" };
	struct yw_buf draft = YW_BUF_INIT, request = YW_BUF_INIT, next = YW_BUF_INIT;
	struct yw_request r = { .generation = 1 };
	struct yw_seckey root[3];
	struct yw_pubkey pub[3];
	struct yw_vkey v[3];
	struct yw_key_set keys;
	struct yw_network n;

	for (size_t i = 0; i < 3; i++) {
		yw_tnet_root_key(labels[i], &root[i], &pub[i]);
		YW_PASS(yw_root_vkey("onenet.example", &pub[i], &v[i]));
	}
	YW_PASS(yw_network_draft("onenet.example", k, v, 3, &draft, &err));
	parse(yw_buf_str(&draft), &n);
	r.network = n.hash;
	yw_network_release(&n);
	YW_PASS(yw_jurisdiction_parse("320000", 6, &r.code));
	yw_tnet_keys("320000", &keys);
	YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
	yw_buf_clear(out);
	YW_PASS(yw_network_complete(yw_buf_bytes(&draft), yw_buf_bytes(&request), POLICY, out, &err));
	for (; *signers != '\0'; signers++) {
		size_t i = (size_t)(*signers - 'a');

		yw_buf_clear(&next);
		YW_PASS(yw_network_sign(NULL, yw_buf_bytes(out), &root[i], &pub[i], &next, &err));
		yw_buf_clear(out);
		yw_buf_add(out, next.data, next.len);
	}
	yw_buf_release(&draft);
	yw_buf_release(&request);
	yw_buf_release(&next);
}

static void
thresholds(void)
{
	static const struct { unsigned k; const char *signers; enum yw_code want; } cases[] = {
		{ 1, "", YW_ESIG }, { 1, "b", YW_OK }, { 2, "b", YW_ESIG }, { 2, "bb", YW_ESIG }, { 2, "ca", YW_OK },
		{ 3, "ab", YW_ESIG }, { 3, "cab", YW_OK },
	};
	struct yw_buf file = YW_BUF_INIT;
	struct yw_network n;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		network_of(cases[i].k, cases[i].signers, &file);
		parse(yw_buf_str(&file), &n);
		YW_CHECK_MSG(yw_network_verify(&n, &err) == cases[i].want, "%u of 3 signed by '%s'", cases[i].k,
		    cases[i].signers);
		yw_network_release(&n);
	}
	network_of(2, "b", &file);
	parse(yw_buf_str(&file), &n);
	YW_FAILS(yw_network_verify(&n, &err), YW_ESIG);
	YW_CHECK_MSG(strstr(err.msg, "1 more must sign") != NULL, "%s", err.msg);
	yw_network_release(&n);
	yw_buf_release(&file);
}

/* One root key's line bent: the file is refused although another line would meet the threshold. */
static void
bad_line_refuses(void)
{
	struct yw_buf file = YW_BUF_INIT;
	struct yw_network n;
	char *a;

	network_of(1, "ab", &file);
	a = strstr(yw_buf_str(&file), "\xe2\x80\x94 ");
	a += strlen("\xe2\x80\x94 onenet.example/root ") + 40;
	*a = *a == 'A' ? 'B' : 'A';
	parse(yw_buf_str(&file), &n);
	YW_FAILS(yw_network_verify(&n, &err), YW_ESIG);
	yw_network_release(&n);
	yw_buf_release(&file);
}

/* Version 2 as a text, over a version 1 of 2 in 3. */
static void
second_version(const struct yw_network *one, const char *version, const char *roots, const char *signers,
    struct yw_buf *out)
{
	static const char *const labels[] = { "root a", "root b", "root c", "root d" };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_seckey root[4];
	struct yw_pubkey pub[4];
	struct yw_vkey v[4];

	for (size_t i = 0; i < 4; i++) {
		yw_tnet_root_key(labels[i], &root[i], &pub[i]);
		YW_PASS(yw_root_vkey("onenet.example", &pub[i], &v[i]));
	}
	yw_buf_printf(&text, "yiwang-network/v1\nname onenet.example\nversion %s\nprevious ", version);
	yw_base64_add(&text, one->text_sha256.b, sizeof one->text_sha256.b);
	yw_buf_add_str(&text, "\nroot 2");
	for (; *roots != '\0'; roots++) {
		yw_buf_add_byte(&text, ' ');
		yw_vkey_text(&v[*roots - 'a'], &text);
	}
	yw_buf_add_str(&text, "\nquorum none\n");
	yw_buf_clear(out);
	yw_buf_add(out, text.data, text.len);
	yw_buf_add_byte(out, '\n');
	for (; *signers != '\0'; signers++)
		YW_PASS(yw_note_sign(yw_buf_bytes(&text), &v[*signers - 'a'], &root[*signers - 'a'], out, &err));
	yw_buf_release(&text);
}

static void
follows(void)
{
	static const struct { const char *version, *roots, *signers; enum yw_code want; } cases[] = {
		{ "2", "abc", "ab", YW_OK }, { "2", "abd", "ab", YW_OK }, { "2", "cd", "acd", YW_OK },
		{ "2", "cd", "cd", YW_ESIG },		/* of the old roots only one */
		{ "2", "cd", "ac", YW_ESIG },		/* of the new roots only one */
		{ "2", "abc", "a", YW_ESIG }, { "2", "abc", "aa", YW_ESIG },
		{ "3", "abc", "ab", YW_EINVAL },	/* a jump */
	};
	struct yw_buf file = YW_BUF_INIT;
	struct yw_network one, other, two;

	network_of(2, "ab", &file);
	parse(yw_buf_str(&file), &one);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		second_version(&one, cases[i].version, cases[i].roots, cases[i].signers, &file);
		YW_FAILS(yw_network_parse(yw_buf_bytes(&file), NULL, &two, &err), YW_EINVAL);
		YW_PASS(yw_network_parse(yw_buf_bytes(&file), &one.hash, &two, &err));
		YW_CHECK_MSG(yw_network_follows(&one, &two, &err) == cases[i].want, "case %zu", i);
		YW_FAILS(yw_network_verify(&two, &err), YW_EINVAL);
		YW_FAILS(yw_network_follows(&two, &one, &err), YW_EINVAL);	/* a step back */
		yw_network_release(&two);
	}
	/* Over another version 1 of the same network: its text differs, so it is not what version 2 follows. */
	second_version(&one, "2", "abc", "ab", &file);
	YW_PASS(yw_network_parse(yw_buf_bytes(&file), &one.hash, &two, &err));
	parse(published, &other);
	YW_FAILS(yw_network_follows(&other, &two, &err), YW_EINVAL);
	yw_network_release(&other);
	yw_network_release(&two);
	yw_network_release(&one);
	yw_buf_release(&file);
}

static void
refused_lines(void)
{
	static const struct { const char *text; int line; enum yw_code want; } cases[] = {
		{ "", 1, YW_EFORMAT }, { "yiwang-network/v2\n", 1, YW_EFORMAT },
		{ "yiwang-network/v1\r\nname onenet.example\n", 1, YW_EFORMAT },
		{ "yiwang-network/v1\n", 2, YW_EFORMAT },
		{ "yiwang-network/v1\nversion 1\n", 2, YW_EFORMAT },				/* name is missing */
		{ "yiwang-network/v1\nname onenet.example \n", 2, YW_EFORMAT },
		{ "yiwang-network/v1\nname  onenet.example\n", 2, YW_EFORMAT },
		{ "yiwang-network/v1\nname Onenet\n", 2, YW_EFORMAT },
		{ "yiwang-network/v1\nname \n", 2, YW_EFORMAT }, { "yiwang-network/v1\nname\n", 2, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nname onenet.example\n", 3, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 0\n", 3, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 01\n", 3, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 1 \n", 3, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 1\r\n", 3, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 1\nprevious\n", 4, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 2\nprevious -\n", 4, YW_EFORMAT },
		{ "yiwang-network/v1\nname onenet.example\nversion 1\nprevious "
		    "B7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY=\n", 4, YW_EFORMAT },
		{ HEAD "root 1\n", 5, YW_EFORMAT }, { HEAD "root 0 " ROOT_KEY "\n", 5, YW_EINVAL },
		{ HEAD "root 2 " ROOT_KEY "\n", 5, YW_EINVAL }, { HEAD "root 1 " ROOT_KEY " \n", 5, YW_EFORMAT },
		{ HEAD "root 1  " ROOT_KEY "\n", 5, YW_EFORMAT }, { HEAD "root one " ROOT_KEY "\n", 5, YW_EFORMAT },
		{ HEAD "root 1 " ROOT_KEY " " ROOT_KEY "\n", 5, YW_EINVAL },
		{ HEAD "root 1 onenet.example/320100+ee95768b+AVZ8EuXhRMCdEsxNPsdolUyxb5GJ+P7Q2TsA9qAwpuOH\n", 5,
		    YW_EINVAL },
		{ HEAD ROOT ROOT, 6, YW_EFORMAT }, { HEAD ROOT "first \n", 6, YW_EFORMAT },
		{ HEAD ROOT "first AAA\n", 6, YW_EFORMAT },
		{ HEAD ROOT "consent 00\n", 6, YW_EFORMAT }, { HEAD ROOT CONSENT CONSENT, 7, YW_EINVAL },
		{ HEAD ROOT CONSENT "first AAAA\n", 7, YW_EFORMAT },
		{ HEAD ROOT "closing AAAA\n", 6, YW_EFORMAT },					/* not a Closing */
		{ HEAD ROOT "group g 2 320000\n", 6, YW_EFORMAT },
		{ HEAD ROOT "group g any 32\n", 6, YW_EINVAL },
		{ HEAD ROOT "group 320100 any 320000\n", 6, YW_EINVAL },
		{ HEAD ROOT "group g any  320000\n", 6, YW_EFORMAT },
		{ HEAD ROOT POLICY CONSENT, 8, YW_EFORMAT }, { HEAD ROOT POLICY "quorum g\n", 8, YW_EFORMAT },
		{ HEAD ROOT "quorum none\ngroup g any 320000\n", 7, YW_EFORMAT },
		{ HEAD ROOT "quorum none", 6, YW_EFORMAT }, { HEAD ROOT "quorum none\r\n", 6, YW_EFORMAT },
		{ HEAD ROOT "quorum none \n", 6, YW_EFORMAT }, { HEAD ROOT "# comment\nquorum none\n", 6, YW_EFORMAT },
		{ HEAD ROOT "extra x\nquorum none\n", 6, YW_EFORMAT }, { HEAD ROOT, 6, YW_EFORMAT },
	};
	struct yw_network n;
	char where[64];

	parse(HEAD ROOT CONSENT POLICY, &n);
	YW_CHECK(n.n_consents == 1 && n.consents[0].len == 32 && n.consents[0].data[1] == 0x23);
	yw_network_release(&n);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_network_parse(yw_bytes_str(cases[i].text), NULL, &n, &err);

		snprintf(where, sizeof where, "network file: line %d: ", cases[i].line);
		YW_CHECK_MSG(got == cases[i].want, "case %zu: gave '%s' (%s)", i, yw_code_name(got), err.msg);
		YW_CHECK_MSG(strncmp(err.msg, where, strlen(where)) == 0, "case %zu: says '%s'", i, err.msg);
	}
	YW_FAILS(yw_network_parse(yw_bytes_str(HEAD ROOT "quorum none\n\n"), NULL, &n, &err), YW_EFORMAT);
	YW_FAILS(yw_network_parse(yw_bytes_str(HEAD ROOT "quorum none\n\n\n\xe2\x80\x94 a AAAAAAA=\n"), NULL, &n, &err),
	    YW_EFORMAT);
}

/* A `first` line must be a request to the network it stands in, of one jurisdiction, without an issuer. */
static void
refused_firsts(void)
{
	static const struct { const char *what, *code, *issuer, *label; bool other_network; uint32_t k; bool root; } cases[] = {
		{ "another network", "320000", "", "x", true, 1, false },
		{ "an issuer", "320100", "320000", "x", false, 1, false },
		{ "another jurisdiction", "330000", "", "x", false, 1, false },
		{ "the same key set", "320000", "", "x", false, 0, false },
		{ "a root key as session key", "320000", "", "x", false, 1, true },
	};
	struct yw_buf request = YW_BUF_INIT, out = YW_BUF_INIT, draft = YW_BUF_INIT;
	struct yw_network n;

	parse(published, &n);
	yw_buf_add(&draft, published, (size_t)(strstr(published, "\n\n") - published) + 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_request r = { .network = n.hash, .generation = 1, .key_set = cases[i].k };
		struct yw_key_set keys;

		yw_tnet_keys(cases[i].label, &keys);
		if (cases[i].root)
			memcpy(keys.pub.session.b, n.roots[0].key.b, sizeof keys.pub.session.b);
		r.network.b[0] ^= cases[i].other_network;
		YW_PASS(yw_jurisdiction_parse(cases[i].code, 6, &r.code));
		if (cases[i].issuer[0] != '\0')
			YW_PASS(yw_jurisdiction_parse(cases[i].issuer, 6, &r.issuer));
		yw_buf_clear(&request);
		YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
		YW_CHECK_MSG(yw_network_complete(yw_buf_bytes(&draft), yw_buf_bytes(&request), NULL, &out,
		    &err) == YW_EINVAL, "%s", cases[i].what);
		YW_CHECK_MSG(strstr(err.msg, "'first' line 2") != NULL, "%s: %s", cases[i].what, err.msg);
	}
	yw_network_release(&n);
	yw_buf_release(&request);
	yw_buf_release(&draft);
	yw_buf_release(&out);
}

static void
closings(void)
{
	Yiwang__V1__Closing c = YIWANG__V1__CLOSING__INIT;
	char origin[] = "onenet.example/320000";
	struct yw_buf text = YW_BUF_INIT, closing = YW_BUF_INIT;
	struct yw_network n;

	c.origin = origin;
	YW_PASS(yw_wire_pack(&c.base, &closing, &err));
	yw_buf_add_str(&text, HEAD ROOT "closing ");
	yw_base64_add(&text, closing.data, closing.len);
	yw_buf_add_str(&text, "\nquorum none\n");
	YW_PASS(yw_network_parse(yw_buf_bytes(&text), NULL, &n, &err));
	YW_CHECK(n.n_closings == 1 && yw_bytes_equal(n.closings[0], yw_buf_bytes(&closing)));
	yw_network_release(&n);
	yw_buf_release(&text);
	yw_buf_release(&closing);
}

static void
bent_and_cut(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_network n;

	yw_buf_add_str(&b, published);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		bool good;

		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		good = yw_network_parse(yw_buf_bytes(&b), NULL, &n, &err) == YW_OK;
		if (good) {
			good = yw_network_verify(&n, &err) == YW_OK;
			yw_network_release(&n);
		}
		YW_CHECK_MSG(!good, "bit %zu", bit);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		if (yw_network_parse((struct yw_bytes) { b.data, len }, NULL, &n, &err) == YW_OK) {
			YW_FAILS(yw_network_verify(&n, &err), YW_ESIG);		/* cut to the draft it was */
			yw_network_release(&n);
		}
	yw_buf_release(&b);
}

static void
limits(void)
{
	struct yw_buf b = YW_BUF_INIT;
	struct yw_network n;

	yw_buf_add_str(&b, HEAD ROOT "group g any");
	for (int i = 0; i < 4096; i++)
		yw_buf_printf(&b, " %d", 110000 + i);
	yw_buf_add_str(&b, "\nquorum g\n");
	YW_CHECK(b.len < YW_NETWORK_FILE_MAX);
	YW_PASS(yw_network_parse(yw_buf_bytes(&b), NULL, &n, &err));
	yw_network_release(&n);
	while (b.len <= YW_NETWORK_FILE_MAX)
		yw_buf_add_str(&b, "group x any 990000\n");
	YW_FAILS(yw_network_parse(yw_buf_bytes(&b), NULL, &n, &err), YW_ELIMIT);

	yw_buf_clear(&b);
	yw_buf_add_str(&b, HEAD "root 1");
	for (int i = 0; i <= YW_NETWORK_ROOTS_MAX; i++) {
		struct yw_seckey sec;
		struct yw_pubkey pub;
		struct yw_vkey v;
		char label[16];

		snprintf(label, sizeof label, "root %d", i);
		yw_tnet_root_key(label, &sec, &pub);
		YW_PASS(yw_root_vkey("onenet.example", &pub, &v));
		yw_buf_add_byte(&b, ' ');
		yw_vkey_text(&v, &b);
	}
	yw_buf_add_str(&b, "\nquorum none\n");
	YW_FAILS(yw_network_parse(yw_buf_bytes(&b), NULL, &n, &err), YW_ELIMIT);
	yw_buf_release(&b);
}

YW_TESTS({ "B11 B10 the published file", published_file },
    { "B11 T1 drafted, completed and signed: the published file again", made_again },
    { "T1 version 1 needs k distinct root keys", thresholds },
    { "T1 a root key's line that fails refuses the file", bad_line_refuses },
    { "T1 version 2 carries the thresholds of both, no jump, no step back", follows },
    { "B11 refused lines, by their number", refused_lines },
    { "B11 T1 refused requests of a first node", refused_firsts },
    { "B11 closing lines are carried", closings },
    { "B11 each bit flipped, cut at each byte", bent_and_cut },
    { "B11 limits", limits })
