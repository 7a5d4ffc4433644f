/*
 * leaves.c - see leaves.h.
 */
#include "support/leaves.h"

#include "record/wire.h"
#include "support/testing.h"

enum yw_outcome
yw_clause_outcome(enum yw_clause c)
{
	return c <= YW_B3_BAD_SIGNATURE ? YW_BREAKS : c <= YW_B3_SIGNER ? YW_KEPT : YW_APPLIED;
}

const struct yw_leaf_row yw_leaf_rows[] = {
	{ YW_B3_TOO_LONG, "65,536 bytes", { .total = YW_ENTRY_MAX + 1 }, "65536 bytes" },

	{ YW_B3_NOT_ONE_FORM, "keyid empty", { .signatures = "1a44 0a40 S 1200" }, "default" },
	{ YW_B3_NOT_ONE_FORM, "origin twice", { .signer = "0a0161" }, "Entry.origin is written twice" },
	{ YW_B3_NOT_ONE_FORM, "fields out of order", { .signed_at = "2001", .cls = "1801" }, "Entry.signed_at" },
	{ YW_B3_NOT_ONE_FORM, "class 0 written", { .cls = "2000" }, "Entry.class" },
	{ YW_B3_NOT_ONE_FORM, "signed_at 0 written", { .signed_at = "1800" }, "Entry.signed_at" },
	{ YW_B3_NOT_ONE_FORM, "signed_at padded", { .signed_at = "188100" }, "short way" },
	{ YW_B3_NOT_ONE_FORM, "class as fixed32", { .cls = "2501000000" }, "wire type" },
	{ YW_B3_NOT_ONE_FORM, "audience not UTF-8", { .cls = "2002", .audience = "3202 fffe" }, "UTF-8" },
	{ YW_B3_NOT_ONE_FORM, "audience with a NUL", { .cls = "2002", .audience = "3206 333230320030" }, "NUL" },
	{ YW_B3_NOT_ONE_FORM, "body_sha256 and trust", { .content =
	    "3a20 e00d4616051cce59f50090fafabb0d9b5172e50b72037a7a85c603b117257648 4202 3a00" },
	    "only one" },
	{ YW_B3_NOT_ONE_FORM, "unknown field before a known one", { .openness = "2801 7a00" }, "unknown field" },
	{ YW_B3_NOT_ONE_FORM, "unknown group", { .content = "4202 3a00 7b7c" }, "wire type" },
	{ YW_B3_NOT_ONE_FORM, "two trust statements in one", { .content = "4204 32003a00" }, "only one" },
	{ YW_B3_NOT_ONE_FORM, "trust out of order inside", { .content = "4208 3206 10010a0161 61" }, "Closing" },
	{ YW_B3_NOT_ONE_FORM, "trust with text not UTF-8", { .content = "4205 3203 0a01ff" }, "UTF-8" },
	{ YW_B3_NOT_ONE_FORM, "trust cut short", { .content = "4202 3a01" }, "cut short" },
	{ YW_B3_NOT_ONE_FORM, "an unknown field before the signature", { .type = "2001" }, "unknown field" },

	{ YW_B3_PAYLOAD_TYPE, "payload type omitted", { .type = "" }, "payload type" },
	{ YW_B3_PAYLOAD_TYPE, "another payload type", { .type = "1201 61" }, "payload type" },

	{ YW_B3_SIGNATURES, "no signature", { .signatures = "" }, "0 signatures" },
	{ YW_B3_SIGNATURES, "two signatures", { .signatures = "1a42 0a40 S 1a42 0a40 S" }, "2 signatures" },
	{ YW_B3_SIGNATURES, "an empty signature", { .signatures = "1a00" }, "0 bytes" },
	{ YW_B3_SIGNATURES, "a signature of 65 bytes", { .signatures = "1a43 0a41 S 00" }, "65 bytes" },

	{ YW_B3_KEYID, "keyid present", { .signatures = "1a45 0a40 S 120161" }, "keyid" },

	{ YW_B3_ORIGIN, "origin absent", { .origin = "" }, "another log" },
	{ YW_B3_ORIGIN, "origin of another log", { .origin = "0a15 6f6e656e65742e6578616d706c652f333230313031" },
	    "another log" },
	{ YW_B3_ORIGIN, "origin of the next generation",
	    { .origin = "0a18 6f6e656e65742e6578616d706c652f3332303130302f6732" }, "another log" },

	{ YW_B3_SIGNER_SIZE, "signer absent", { .signer = "" }, "signer has 0 bytes" },
	{ YW_B3_SIGNER_SIZE, "signer of 31 bytes",
	    { .signer = "121f 01010101010101010101010101010101010101010101010101010101010101" },
	    "signer has 31 bytes" },

	{ YW_B3_HASHES, "body_sha256 empty", { .content = "3a00" }, "0 bytes" },
	{ YW_B3_HASHES, "body_sha256 of 31 bytes",
	    { .content = "3a1f 01010101010101010101010101010101010101010101010101010101010101" },
	    "31 bytes" },
	{ YW_B3_HASHES, "body_sha256 of 33 bytes",
	    { .content = "3a21 010101010101010101010101010101010101010101010101010101010101010101" },
	    "33 bytes" },
	{ YW_B3_HASHES, "257 hashes", { .hashes = YW_ITEMS_MAX + 1 }, "8224 bytes" },

	{ YW_B3_NO_CONTENT, "no content", { .content = "" }, "no content" },
	{ YW_B3_NO_CONTENT, "no content, an unknown field in the envelope", { .content = "", .signatures = "1a42 0a40 S 2001" },
	    "no content" },

	{ YW_B3_BAD_SIGNATURE, "a signature of zeros", { .signatures = "1a42 0a40 "
	    "0000000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000" }, "does not verify" },
	{ YW_B3_BAD_SIGNATURE, "signer is another key", { .signer =
	    "1220 f76be30730bb00a9043c92f478cbe9c4fdb639a25338602ee4938400435c5f7d" }, "does not verify" },
	{ YW_B3_BAD_SIGNATURE, "S with the order of the group added", { .signatures = "1a42 0a40 T" },
	    "does not verify" },
	{ YW_B3_BAD_SIGNATURE, "key and signature of small order, for which the equation holds",
	    { .signer = "1220 0100000000000000000000000000000000000000000000000000000000000000", .signatures = "1a42 0a40 "
	    "0100000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000000000000000000000000000000000" }, "does not verify" },

	{ YW_B3_UNKNOWN_FIELD, "unknown field in the envelope", { .signatures = "1a42 0a40 S 2001" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field in the signature", { .signatures = "1a44 0a40 S 1801" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field beside the content", { .content = "4202 3a00 7a00" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field instead of content", { .content = "7a05 6c61746572" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field inside a trust statement", { .content = "4205 3a03 f80101" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field beside a trust statement", { .content = "4205 3a00 f80101" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field deep inside", { .content = "4207 3a05 0a03 f80101" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown field beside the hash", { .content = "H 7a00" }, "a field" },
	{ YW_B3_UNKNOWN_FIELD, "unknown fields of each wire type, in any order, one twice",
	    { .content = "H fd0101020304 7a00 790102030405060708 7801 7802" }, "a field" },

	{ YW_B3_CLASS, "class absent", { .cls = "" }, "class" },
	{ YW_B3_CLASS, "class to come", { .cls = "2004" }, "class" },
	{ YW_B3_CLASS, "class negative", { .cls = "20ffffffffffffffffff01" }, "class" },

	{ YW_B3_OPENNESS, "openness absent", { .openness = "" }, "openness" },
	{ YW_B3_OPENNESS, "openness to come", { .openness = "2803" }, "openness" },

	{ YW_B3_AUDIENCE, "audience on unconditional", { .audience = "3206 333230323030" }, "not conditional" },
	{ YW_B3_AUDIENCE, "audience on not shared", { .cls = "2003", .audience = "3206 333230323030" },
	    "not conditional" },
	{ YW_B3_AUDIENCE, "conditional without audience", { .cls = "2002" }, "names no audience" },
	{ YW_B3_AUDIENCE, "audience unsorted", { .cls = "2002", .audience = "3206 333230323832 3206 333230323030" },
	    "sorted" },
	{ YW_B3_AUDIENCE, "audience doubled", { .cls = "2002", .audience = "3206 333230323030 3206 333230323030" },
	    "sorted" },
	{ YW_B3_AUDIENCE, "audience of an empty code", { .cls = "2002", .audience = "3200" }, "not a code" },
	{ YW_B3_AUDIENCE, "audience of seven digits", { .cls = "2002", .audience = "3207 33323032303030" },
	    "not a code" },
	{ YW_B3_AUDIENCE, "audience of a name", { .cls = "2002", .audience = "3206 333230323030 3207 6e616e6a696e67" },
	    "not a code" },

	{ YW_B3_OPEN, "open but conditional", { .cls = "2002", .openness = "2802",
	    .audience = "3206 333230323030" }, "open" },
	{ YW_B3_OPEN, "open but not shared", { .cls = "2003", .openness = "2802" }, "open" },

	{ YW_B3_TRUST_CLASS, "trust not shared", { .cls = "2003", .content = "4202 3a00" }, "trust" },
	{ YW_B3_TRUST_CLASS, "trust conditional", { .cls = "2002", .audience = "3206 333230323030",
	    .content = "4202 3a00" }, "trust" },

	{ YW_B3_TRUST_KIND, "a trust kind to come", { .content = "4208 9a0605 6c61746572" }, "kind of trust" },
	{ YW_B3_TRUST_KIND, "trust without a kind", { .content = "4200" }, "kind of trust" },

	{ YW_B3_SIGNER, "signed by the key of another log", { 0 }, "" },

	{ YW_B3_NOTHING, "a good entry", { 0 }, "" },
	{ YW_B3_NOTHING, "open", { .openness = "2802" }, "" },
	{ YW_B3_NOTHING, "not shared", { .cls = "2003" }, "" },
	{ YW_B3_NOTHING, "conditional for one", { .cls = "2002", .audience = "3206 333230323030" }, "" },
	{ YW_B3_NOTHING, "conditional for two", { .cls = "2002", .audience = "3206 333230323030 3206 333230323832" },
	    "" },
	{ YW_B3_NOTHING, "signed_at absent", { .signed_at = "" }, "" },
	{ YW_B3_NOTHING, "signed before 1970", { .signed_at = "18ffffffffffffffffff01" }, "" },
	{ YW_B3_NOTHING, "an empty roster", { .content = "4202 3a00" }, "" },
	{ YW_B3_NOTHING, "an open trust entry", { .openness = "2802", .content = "4202 3a00" }, "" },
	{ YW_B3_NOTHING, "a foreign beat", { .content = "4205 6203 0a0161" }, "" },
	{ YW_B3_NOTHING, "65,535 bytes", { .total = YW_ENTRY_MAX }, "" },
	{ YW_B3_NOTHING, "256 hashes", { .hashes = YW_ITEMS_MAX }, "" },
};
const size_t yw_n_leaf_rows = sizeof yw_leaf_rows / sizeof *yw_leaf_rows;

/* The order of Ed25519's group, RFC 8032 section 5.1. */
static void
add_order(uint8_t s[static 32])
{
	static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9,
		0xde, 0x14, [31] = 0x10 };
	unsigned carry = 0;

	for (size_t i = 0; i < 32; i++) {
		carry += s[i] + order[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* Hex, with the words of struct yw_leaf between. */
static void
add(struct yw_buf *out, const char *text, const struct yw_hash *body, const struct yw_sig *sig)
{
	struct yw_sig bent;

	for (; *text != '\0'; text++) {
		char two[3] = { text[0], text[1], '\0' };

		switch (*text) {
		case ' ':
			break;
		case 'H':
			yw_wire_add_bytes(out, 7, (struct yw_bytes) { body->b, sizeof body->b });
			break;
		case 'S':
			yw_buf_add(out, sig->b, sizeof sig->b);
			break;
		case 'T':
			bent = *sig;
			add_order(bent.b + 32);
			yw_buf_add(out, bent.b, sizeof bent.b);
			break;
		default:
			yw_unhex(two, out);
			text++;
		}
	}
}

static void
add_hashes(const struct yw_hash *body, size_t n, struct yw_buf *out)
{
	struct yw_buf hashes = YW_BUF_INIT;

	for (size_t i = 0; i < n; i++)
		yw_buf_add(&hashes, body->b, sizeof body->b);
	yw_wire_add_bytes(out, 7, yw_buf_bytes(&hashes));
	yw_buf_release(&hashes);
}

/* A network version of n bytes. */
static void
add_trust(size_t n, struct yw_buf *out)
{
	struct yw_buf version = YW_BUF_INIT, trust = YW_BUF_INIT, file = YW_BUF_INIT;
	uint8_t *p = yw_buf_extend(&file, n);

	YW_CHECK(p != NULL);
	memset(p, 'a', n);
	yw_wire_add_bytes(&version, 1, yw_buf_bytes(&file));
	yw_wire_add_bytes(&trust, 2, yw_buf_bytes(&version));
	yw_wire_add_bytes(out, 8, yw_buf_bytes(&trust));
	yw_buf_release(&file);
	yw_buf_release(&version);
	yw_buf_release(&trust);
}

static void
add_payload(const struct yw_leaf *l, const char *origin, const struct yw_pubkey *pub, const struct yw_hash *body, size_t grow,
    struct yw_buf *out)
{
	if (l->origin != NULL)
		add(out, l->origin, body, NULL);
	else
		yw_wire_add_bytes(out, 1, yw_bytes_str(origin));
	if (l->signer != NULL)
		add(out, l->signer, body, NULL);
	else
		yw_wire_add_bytes(out, 2, (struct yw_bytes) { pub->b, sizeof pub->b });
	add(out, l->signed_at != NULL ? l->signed_at : "1801", body, NULL);
	add(out, l->cls != NULL ? l->cls : "2001", body, NULL);
	add(out, l->openness != NULL ? l->openness : "2801", body, NULL);
	add(out, l->audience != NULL ? l->audience : "", body, NULL);
	if (l->hashes != 0)
		add_hashes(body, l->hashes, out);
	else if (l->total != 0)
		add_trust(grow, out);
	else
		add(out, l->content != NULL ? l->content : "H", body, NULL);
}

static void
make(const struct yw_leaf *l, const char *origin, const struct yw_seckey *key, const struct yw_pubkey *pub,
    const struct yw_hash *body, size_t grow, struct yw_buf *out)
{
	struct yw_buf payload = YW_BUF_INIT;
	struct yw_sig sig;

	yw_buf_clear(out);
	add_payload(l, origin, pub, body, grow, &payload);
	YW_PASS(yw_sign_pae(key, YW_ENTRY_TYPE, payload.data, payload.len, &sig, NULL));
	yw_wire_add_bytes(out, 1, yw_buf_bytes(&payload));
	if (l->type != NULL)
		add(out, l->type, body, &sig);
	else
		yw_wire_add_bytes(out, 2, yw_bytes_str(YW_ENTRY_TYPE));
	add(out, l->signatures != NULL ? l->signatures : "1a42 0a40 S", body, &sig);
	yw_buf_release(&payload);
}

void
yw_leaf_make(const struct yw_leaf *l, const char *origin, const struct yw_seckey *key, const struct yw_pubkey *pub,
    const struct yw_hash *body, struct yw_buf *out)
{
	size_t grow = 60000;		/* from here on lengths take three bytes each */

	make(l, origin, key, pub, body, grow, out);
	if (l->total != 0)
		make(l, origin, key, pub, body, grow + l->total - out->len, out);
	YW_CHECK(l->total == 0 || out->len == l->total);
}
