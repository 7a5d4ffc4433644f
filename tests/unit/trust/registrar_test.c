/*
 * A registrar's request (T13): the note that says which key, signed by it, and nothing else.
 */
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/registrar.h"

static struct yw_error err;
static struct yw_seckey sec;
static struct yw_vkey key;
static const struct yw_jurisdiction county = { "320102" };

static void
make_key(const char *network)
{
	static const struct yw_seed seed = { { 9 } };
	struct yw_pubkey pub;

	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_registrar_vkey(network, &county, &pub, &key));
}

static void
make_request(struct yw_buf *out)
{
	make_key("onenet.example");
	yw_buf_clear(out);
	YW_PASS(yw_registrar_request_make(&key, &sec, out, &err));
}

static void
says_whose_key(void)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_registrar_request r;

	make_request(&request);
	YW_PASS(yw_registrar_request_read(yw_buf_bytes(&request), &r, &err));
	YW_CHECK(strcmp(r.network, "onenet.example") == 0 && strcmp(r.code.code, "320102") == 0 &&
	    yw_pubkey_equal(&r.key, &key.key));
	YW_CHECK(strncmp(yw_buf_str(&request), "yiwang-registrar/v1\nkey onenet.example/320102/registrar+", 55) == 0);
	yw_buf_release(&request);
}

/* Cut at each byte, each bit flipped, something behind it, another signature. */
static void
nothing_else_is_one(void)
{
	struct yw_buf request = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_registrar_request r;

	make_request(&request);
	for (size_t i = 0; i < request.len; i++)
		YW_CHECK(yw_registrar_request_read((struct yw_bytes) { request.data, i }, &r, &err) != YW_OK);
	for (size_t i = 0; i < request.len * 8; i++) {
		request.data[i / 8] ^= (uint8_t)(1u << i % 8);
		YW_CHECK_MSG(yw_registrar_request_read(yw_buf_bytes(&request), &r, &err) != YW_OK, "bit %zu", i);
		request.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	yw_buf_add(&bent, request.data, request.len);
	yw_buf_add_byte(&bent, '\n');
	YW_FAILS(yw_registrar_request_read(yw_buf_bytes(&bent), &r, &err), YW_EFORMAT);
	yw_buf_clear(&bent);
	yw_buf_add(&bent, request.data, request.len);
	YW_PASS(yw_note_sign(YW_BYTES_LIT("another\n"), &key, &sec, &bent, &err));
	YW_CHECK(yw_registrar_request_read(yw_buf_bytes(&bent), &r, &err) != YW_OK);
	yw_buf_clear(&bent);
	(void)yw_buf_extend(&bent, YW_REGISTRAR_MAX + 1);
	YW_FAILS(yw_registrar_request_read(yw_buf_bytes(&bent), &r, &err), YW_ELIMIT);
	yw_buf_release(&bent);
	yw_buf_release(&request);
}

static void
refuse(const char *name, const char *rest, enum yw_code want)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_registrar_request r;
	struct yw_vkey v;

	YW_PASS(yw_vkey_make(name, YW_NOTE_ED25519, &key.key, &v));
	yw_buf_add_str(&note, "yiwang-registrar/v1\nkey ");
	yw_vkey_text(&v, &note);
	yw_buf_printf(&note, "\n%s\n", rest);
	YW_PASS(yw_note_sign((struct yw_bytes) { note.data, note.len - 1 }, &v, &sec, &note, &err));
	YW_FAILS(yw_registrar_request_read(yw_buf_bytes(&note), &r, &err), want);
	yw_buf_release(&note);
}

static void
of_another_key(void)
{
	make_key("onenet.example");
	refuse("onenet.example/320102/registrar", "", YW_OK);
	refuse("onenet.example/320102/registrar", "more\n", YW_EFORMAT);
	refuse("onenet.example/320102/cosign", "", YW_EFORMAT);
	refuse("onenet.example/320102/g2/registrar", "", YW_EFORMAT);
	refuse("onenet.example/root", "", YW_EFORMAT);
	refuse("/registrar", "", YW_EFORMAT);
	key.key = (struct yw_pubkey) { { 1 } };	/* the neutral point: everybody can sign for it */
	refuse("onenet.example/320102/registrar", "", YW_EINVAL);
}

/* Whose the key is is said by the one who holds it: another cannot put it under his own name. */
static void
signed_by_another(void)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_registrar_request r;
	struct yw_seed seed = { { 8 } };
	struct yw_pubkey pub;
	struct yw_vkey victim;

	make_key("onenet.example");
	victim = key;
	yw_seckey_from_seed(&seed, &sec, &pub);
	yw_buf_add_str(&note, "yiwang-registrar/v1\nkey ");
	yw_vkey_text(&victim, &note);
	yw_buf_add_str(&note, "\n\n");
	YW_PASS(yw_note_sign((struct yw_bytes) { note.data, note.len - 1 }, &victim, &sec, &note, &err));
	YW_FAILS(yw_registrar_request_read(yw_buf_bytes(&note), &r, &err), YW_ESIG);
	YW_FAILS(yw_registrar_request_make(&victim, &sec, &note, &err), YW_ESIG);
	yw_buf_release(&note);
}

/* The registrar of a log is none of the next one, until that names it; which the same code may, and no other. */
static void
in_the_next_log(void)
{
	static const char *const codes[] = { "320000", "320100", "320102", "320104" }, *const kinds[] = { "contract" };
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 4, "quorum none\n");
	struct yw_tlog *old = yw_tnet_log(t, "320102"), *by = yw_tnet_log(t, "320100"), *next;
	struct yw_buf statement = YW_BUF_INIT;
	const struct yw_generation *g;
	struct yw_registrar named;
	struct yw_key_set keys;
	const struct yw_pubkey *r = &keys.pub.entry;
	uint64_t at, again, end;

	yw_tnet_keys("a registrar", &keys);
	at = yw_tnet_add_registrar(old, r, false);
	end = old->n + 5;
	for (int i = 0; i < 5; i++)
		yw_tnet_add_bodies(old, (struct yw_bytes[]) { YW_BYTES_LIT("x") }, 1);
	yw_tnet_close(old, by);
	next = yw_tnet_reopen(old, by, "320102 g2");
	g = yw_trust_origin(t->trust, next->origin.text);
	YW_CHECK(g != NULL && g->open && g->generation == 2);
	YW_CHECK(yw_trust_registrars(t->trust, g, &named, 1) == 0);
	YW_CHECK(!yw_trust_may_sign(t->trust, g, next->n, r, "contract"));
	YW_FAILS(yw_trust_make_registrar(t->trust, yw_tnet_generation(t, "320104"), r, kinds, 1, &statement, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "320102") != NULL, "%s", err.msg);
	yw_buf_clear(&statement);
	YW_PASS(yw_trust_make_registrar(t->trust, g, r, kinds, 1, &statement, &err));
	t->alarm = (struct yw_error) { 0 };
	again = yw_tnet_add_registrar(next, r, false);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	g = yw_trust_origin(t->trust, next->origin.text);
	YW_CHECK(yw_trust_registrars(t->trust, g, &named, 1) == 1 && named.index == again && yw_pubkey_equal(&named.key, r));
	YW_CHECK(!yw_trust_may_sign(t->trust, g, again, r, "contract"));
	YW_CHECK(yw_trust_may_sign(t->trust, g, again + 1, r, "contract"));
	g = yw_trust_origin(t->trust, old->origin.text);	/* what it signed before stays, up to the end */
	YW_CHECK(yw_trust_may_sign(t->trust, g, at + 1, r, "contract") && yw_trust_may_sign(t->trust, g, end - 1, r, "contract"));
	YW_CHECK(!yw_trust_may_sign(t->trust, g, end, r, "contract"));
	yw_buf_release(&statement);
	yw_tnet_free(t);
}

/* So does who keeps the restricted bodies: of the next log nobody does, until that names him; the old one's stays. */
static void
a_holder_in_the_next_log(void)
{
	static const char *const codes[] = { "320000", "320100", "320102", "320200" };
	const struct yw_jurisdiction other = { "320200" };
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 4, "quorum none\n");
	struct yw_tlog *old = yw_tnet_log(t, "320102"), *by = yw_tnet_log(t, "320100"), *next;
	struct yw_buf statement = YW_BUF_INIT;
	struct yw_holder held;

	YW_PASS(yw_trust_make_holder(t->trust, yw_tnet_generation(t, "320102"), &other, &statement, &err));
	yw_tnet_add_trust(old, yw_buf_bytes(&statement));
	yw_tnet_close(old, by);
	next = yw_tnet_reopen(old, by, "320102 g2");
	yw_trust_holder(t->trust, yw_trust_origin(t->trust, next->origin.text), &held);
	YW_CHECK_MSG(held.code.code[0] == '\0', "%s", held.code.code);
	yw_trust_holder(t->trust, yw_trust_origin(t->trust, old->origin.text), &held);
	YW_CHECK(yw_jurisdiction_equal(&held.code, &other));
	t->alarm = (struct yw_error) { 0 };
	yw_tnet_add_trust(next, yw_buf_bytes(&statement));
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	yw_trust_holder(t->trust, yw_trust_origin(t->trust, next->origin.text), &held);
	YW_CHECK(yw_jurisdiction_equal(&held.code, &other));
	yw_buf_release(&statement);
	yw_tnet_free(t);
}

YW_TESTS({ "T13 a registrar's request says whose key it is", says_whose_key },
    { "T8 T13 a registrar is named again in the next log of its code, and in no other's", in_the_next_log },
    { "T8 V4 a holder is named again in the next log of its code", a_holder_in_the_next_log },
    { "T13 a request that is cut, bent or longer is none", nothing_else_is_one },
    { "T13 B4 a key of another use, or no sound one, is refused", of_another_key },
    { "T13 nobody asks for a key that he does not hold", signed_by_another })
