/*
 * Instance statements.  Outside truth: the published one, typed in.
 */
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/instance.h"
#include "yiwang/v1/trust.pb-c.h"

static const char statement_hex[] =
    "0a156f6e656e65742e6578616d706c652f33323031303012105e8c03a94c7835b87dd82c690f9f85c0180720092a2007"
    "ba06b9292857c8a2901fc3c1abfde8dd451a5a0cd95874f0ed58ba73bd8ca6";
static const char signature_hex[] =
    "cbdc1b8783ef4607a9b3771d25cfb31fd24aa987b5ea18ec4ba32e83584b43f8f8af2b771ca65d416c720f03d26669da"
    "b7f2c34b8fb57275184017675fe58a07";

static struct yw_error err;

static void
published(void)
{
	struct yw_buf statement = YW_BUF_INIT, signature = YW_BUF_INIT, made = YW_BUF_INIT, want = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_instance i;
	struct yw_sig sig;

	yw_tnet_keys("320100", &keys);
	yw_unhex(statement_hex, &statement);
	yw_unhex(signature_hex, &signature);
	YW_CHECK(signature.len == sizeof sig);
	memcpy(sig.b, signature.data, sizeof sig.b);
	YW_PASS(yw_instance_check(yw_buf_bytes(&statement), &sig, &keys.pub.head, &i, &err));
	YW_CHECK(strcmp(i.origin.text, "onenet.example/320100") == 0 && i.counter == 7 && i.size == 9);
	YW_CHECK(i.id[0] == 0x5e && i.root.b[0] == 0x07);

	YW_PASS(yw_instance_sign(&i, &keys.head, &made, &err));
	yw_wire_add_bytes(&want, 1, yw_buf_bytes(&statement));
	yw_wire_add_bytes(&want, 2, yw_buf_bytes(&signature));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&made), yw_buf_bytes(&want)));
	yw_buf_release(&statement);
	yw_buf_release(&signature);
	yw_buf_release(&made);
	yw_buf_release(&want);
}

static void
bent(void)
{
	struct yw_buf statement = YW_BUF_INIT, signature = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_instance i;
	struct yw_sig sig;

	yw_tnet_keys("320100", &keys);
	yw_unhex(statement_hex, &statement);
	yw_unhex(signature_hex, &signature);
	memcpy(sig.b, signature.data, sizeof sig.b);
	YW_FAILS(yw_instance_check(yw_buf_bytes(&statement), &sig, &keys.pub.entry, &i, &err), YW_ESIG);
	for (size_t bit = 0; bit < statement.len * 8; bit++) {
		statement.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK(yw_instance_check(yw_buf_bytes(&statement), &sig, &keys.pub.head, &i, &err) != YW_OK);
		statement.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof sig * 8; bit++) {
		sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_FAILS(yw_instance_check(yw_buf_bytes(&statement), &sig, &keys.pub.head, &i, &err), YW_ESIG);
		sig.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < statement.len; len++)
		YW_CHECK(yw_instance_check((struct yw_bytes) { statement.data, len }, &sig, &keys.pub.head, &i,
		    &err) != YW_OK);
	yw_buf_release(&statement);
	yw_buf_release(&signature);
}

/* Well signed, but not well made. */
static void
refused_fields(void)
{
	static char bad_origin[] = "onenet.example", origin[] = "onenet.example/320100";
	static uint8_t bytes[32];
	const struct { char *origin; size_t id_len, root_len; bool ok; const char *says; } cases[] = {
		{ origin, 16, 32, true, "" }, { bad_origin, 16, 32, false, "'origin'" },
		{ origin, 15, 32, false, "'instance'" }, { origin, 0, 32, false, "'instance'" },
		{ origin, 16, 31, false, "'root'" }, { origin, 16, 0, false, "'root'" },
	};
	struct yw_buf b = YW_BUF_INIT;
	struct yw_key_set keys;
	struct yw_instance i;
	struct yw_sig sig;

	yw_tnet_keys("320100", &keys);
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		Yiwang__V1__Instance m = YIWANG__V1__INSTANCE__INIT;
		enum yw_code got;

		m.origin = cases[c].origin;
		m.instance = (ProtobufCBinaryData) { cases[c].id_len, bytes };
		m.root = (ProtobufCBinaryData) { cases[c].root_len, bytes };
		yw_buf_clear(&b);
		YW_PASS(yw_wire_pack(&m.base, &b, &err));
		YW_PASS(yw_sign_pae(&keys.head, YW_INSTANCE_TYPE, b.data, b.len, &sig, &err));
		err.msg[0] = '\0';
		got = yw_instance_check(yw_buf_bytes(&b), &sig, &keys.pub.head, &i, &err);
		YW_CHECK_MSG((got == YW_OK) == cases[c].ok && strstr(err.msg, cases[c].says) != NULL,
		    "case %zu: %s", c, err.msg);
	}
	yw_buf_release(&b);
}

/* The two fields of a SignedTake. */
static void
split(const struct yw_buf *made, struct yw_buf *take, struct yw_sig *sig)
{
	Yiwang__V1__SignedTake *m;

	YW_PASS(yw_decode(&yiwang__v1__signed_take__descriptor, yw_buf_bytes(made), &m, &err));
	yw_buf_clear(take);
	yw_buf_add(take, m->take.data, m->take.len);
	YW_CHECK(m->signature.len == sizeof sig->b);
	memcpy(sig->b, m->signature.data, sizeof sig->b);
	yw_decode_free(m);
}

static void
takes(void)
{
	struct yw_buf made = YW_BUF_INIT, take = YW_BUF_INIT;
	struct yw_take t = { .n_ended = 0 }, out;
	struct yw_key_set keys;
	struct yw_sig sig;

	yw_tnet_keys("320100", &keys);
	snprintf(t.origin.text, sizeof t.origin.text, "onenet.example/320100");
	memset(t.id, 1, sizeof t.id);
	for (size_t n = 0; n <= YW_TAKE_MAX; n++) {	/* none, the fewest, the most */
		t.n_ended = n;
		memset(t.ended, (int)n + 2, sizeof t.ended);
		yw_buf_clear(&made);
		YW_PASS(yw_take_sign(&t, &keys.head, &made, &err));
		split(&made, &take, &sig);
		if (n == 0) {
			YW_FAILS(yw_take_check(yw_buf_bytes(&take), &sig, &keys.pub.head, &out, &err), YW_EFORMAT);
			continue;
		}
		YW_PASS(yw_take_check(yw_buf_bytes(&take), &sig, &keys.pub.head, &out, &err));
		YW_CHECK(out.n_ended == n && memcmp(out.id, t.id, sizeof t.id) == 0 && memcmp(out.ended, t.ended, n * sizeof t.ended[0]) == 0 &&
		    strcmp(out.origin.text, t.origin.text) == 0);
	}
	YW_FAILS(yw_take_check(yw_buf_bytes(&take), &sig, &keys.pub.cosign, &out, &err), YW_ESIG);
	for (size_t bit = 0; bit < take.len * 8; bit++) {
		take.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK(yw_take_check(yw_buf_bytes(&take), &sig, &keys.pub.head, &out, &err) != YW_OK);
		take.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < take.len; len++)
		YW_CHECK(yw_take_check((struct yw_bytes) { take.data, len }, &sig, &keys.pub.head, &out, &err) != YW_OK);
	yw_wire_add_bytes(&take, 3, (struct yw_bytes) { t.id, sizeof t.id });	/* one over */
	YW_PASS(yw_sign_pae(&keys.head, YW_TAKE_TYPE, take.data, take.len, &sig, &err));
	YW_FAILS(yw_take_check(yw_buf_bytes(&take), &sig, &keys.pub.head, &out, &err), YW_EFORMAT);
	yw_buf_release(&made);
	yw_buf_release(&take);
}

YW_TESTS({ "L5 the published statement", published }, { "L5 a take: what it ends, bits flipped, cut, one over, another key", takes },
    { "L5 bits flipped, cut, another key", bent },
    { "L5 refused fields", refused_fields })
