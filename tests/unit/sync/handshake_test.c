/*
 * Sessions: the handshake, both sides in one process.
 * Outside truth: a transcript made from session.h by another program (vectors/sync/session_transcript.py).
 */
#include "crypto/box.h"
#include "crypto/hash.h"
#include "sync/session_int.h"
#include "unit/sync/session_world.h"

static const char fact_offer[] =
    "0100260606060606060606060606060606060606060606060606060606060606060606000100000002ce8d3ad1ccb633"
    "ec7b70c17814a5c76ecd029685050d344745ba05870e587d59";
static const char fact_choice[] =
    "0105050505050505050001ac01b2209e86354fb853237b5de0f4fab13c7fcbf433a61c019369617fecf10bb719b14d19"
    "eaf5ca91c89748c5ce8668e6864f05ee2367682b3e0c2fd086f0b43b40466c7aeb6d810ba427066d1ebe82b8b7d4e32f"
    "67e8d1629bf0fec8ddc807";
static const char fact_finish[] =
    "020505050505050505539a5cf3ae8a0a9134b32bfa775a1522db3558a1351ed4101989b8b88aa6a6f0b906b168102d8d"
    "e9756953d86a047f5e2f07d847ceb7bbfa05f6aa77489af88fccd2bd23735b84f168d8ca147aeaf2b4";
static const char fact_welcome[] =
    "02050505050505050500000000000000010020e694780965a31f2c5eb200d22a2578e12d592f2229103b70c3350ce14c"
    "3cfbd8";
static const char fact_request[] =
    "0305050505050505050000000000000001001ca365b82255010a8bd218ec9d60522f6fc03360f05e76e6f06fc3a0b6";
static const char fact_reply[] = "030505050505050505000000000000000200100758becf52e1b99a7f972d4559ea0d48";
static const char fact_request_2_sha256[] = "9ae999d22f69de82afecbc1ca716f06e1f50000939269f5fc420ca3a5f3c9f62";

static void
same(const struct yw_buf *got, const char *fact)
{
	struct yw_buf want = YW_BUF_INIT;

	yw_unhex(fact, &want);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(got), yw_buf_bytes(&want)), "not as '%.20s...'", fact);
	yw_buf_release(&want);
}

static void
transcript(void)
{
	static const uint8_t bytes[] = { 2, 5, 4 };	/* ephemeral below, id, ephemeral above */
	static uint8_t longer[2 * 65519 + 1];
	struct yw_session *a, *b;
	struct yw_sessions_in in;
	struct yw_hash h;
	uint8_t want[32];
	uint64_t m;

	begin(1, 1, 1);
	down.minor_high = 2;
	up.minor_high = 1;
	scripted = bytes;
	offer(&a);
	same(&req, fact_offer);
	feed();
	same(&rep, fact_choice);
	yw_buf_clear(&req);
	YW_PASS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("hello from below"), &req, &err));
	same(&req, fact_finish);
	in = feed();
	b = in.session;
	YW_CHECK(in.what == YW_FED_HELLO && yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("hello from below")));
	YW_PASS(yw_session_welcome(b, YW_BYTES_LIT("hello from above"), &rep, &err));
	same(&rep, fact_welcome);
	yw_buf_clear(&plain);
	YW_PASS(yw_session_confirm(a, yw_buf_bytes(&rep), &plain, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("hello from above")));
	YW_CHECK(a->minor == 1 && b->minor == 1);

	m = ask(a, YW_BYTES_LIT("what is new?"));
	same(&req, fact_request);
	answer(b, (struct yw_bytes) { NULL, 0 });
	same(&rep, fact_reply);
	yw_buf_clear(&plain);
	YW_PASS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err));
	YW_CHECK(m == 1 && plain.len == 0);

	for (size_t i = 0; i < sizeof longer; i++)
		longer[i] = (uint8_t)(i * 7);
	ask(a, (struct yw_bytes) { longer, sizeof longer });
	yw_sha256(req.data, req.len, &h);
	yw_buf_clear(&rep);
	yw_unhex(fact_request_2_sha256, &rep);
	memcpy(want, rep.data, sizeof want);
	YW_CHECK(memcmp(h.b, want, sizeof want) == 0);
	in = feed();
	YW_CHECK(in.what == YW_FED_REQUEST && in.m == 2);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), (struct yw_bytes) { longer, sizeof longer }));
	yw_session_unref(in.session);
	done(a, b);
}

static void
both_ways(void)
{
	struct yw_session *a, *b;
	struct yw_dh_public pub;
	uint64_t m;

	begin(1, 1, 1);
	connect_both(&a, &b);
	yw_dh_public_of(&up.key, &pub);
	YW_CHECK(memcmp(&pub, yw_session_peer_key(a), sizeof pub) == 0);
	yw_dh_public_of(&down.key, &pub);
	YW_CHECK(memcmp(&pub, yw_session_peer_key(b), sizeof pub) == 0);
	YW_CHECK(memcmp(a->id, b->id, YW_SESSION_ID_BYTES) == 0);
	for (int i = 0; i < 3; i++) {
		m = ask(a, YW_BYTES_LIT("ping"));
		answer(b, YW_BYTES_LIT("pong"));
		yw_buf_clear(&plain);
		YW_PASS(yw_session_open_reply(a, m, yw_buf_bytes(&rep), &plain, &err));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&plain), YW_BYTES_LIT("pong")));
	}
	done(a, b);
}

/* --- what must be refused in the handshake --- */

static void
bent_offers(void)
{
	struct yw_session *a;
	struct yw_buf good = YW_BUF_INIT;

	begin(1, 1, 1);
	offer(&a);
	yw_buf_add(&good, req.data, req.len);
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		struct yw_session *i = NULL;
		struct yw_sessions_in in;
		struct yw_buf out = YW_BUF_INIT;

		random_state = 7;
		offer(&i);		/* the same bytes each time */
		req.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		in = feed();
		YW_CHECK(in.what == YW_FED_REPLY);
		YW_CHECK_MSG(yw_session_accept(i, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &out, &err) != YW_OK,
		    "the initiator goes on after bit %zu of its offer was flipped", bit);
		YW_CHECK(out.len == 0);
		yw_session_unref(i);
	}
	for (size_t len = 0; len < good.len; len++) {
		yw_buf_clear(&req);
		yw_buf_add(&req, good.data, len);
		feed_is_unknown(YW_EFORMAT);
	}
	yw_buf_clear(&req);
	yw_buf_add(&req, good.data, good.len);
	yw_buf_add_byte(&req, 0);
	feed_is_unknown(YW_EFORMAT);
	yw_buf_release(&good);
	yw_session_unref(a);
	end();
}

static void
bent_choices(void)
{
	struct yw_session *a;
	struct yw_buf out = YW_BUF_INIT;
	size_t len;

	begin(1, 1, 1);
	offer(&a);
	feed();
	len = rep.len;
	yw_session_unref(a);
	for (size_t bit = 0; bit < len * 8; bit++) {
		struct yw_session *i;

		random_state = 7;
		offer(&i);
		feed();
		rep.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(yw_session_accept(i, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &out, &err) != YW_OK,
		    "the initiator goes on after bit %zu of the choice was flipped", bit);
		YW_CHECK(out.len == 0);
		yw_session_unref(i);
	}
	offer(&a);
	feed();
	for (size_t n = 0; n < len; n++)
		YW_FAILS(yw_session_accept(a, (struct yw_bytes) { rep.data, n }, YW_BYTES_LIT("h"), &out, &err),
		    YW_EFORMAT);
	yw_buf_add_byte(&rep, 0);
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &out, &err), YW_EFORMAT);
	yw_session_unref(a);
	end();
}

/* The id stands in the finish in clear: flipped, it names nothing; the rest kills that handshake. */
static void
bent_finishes(void)
{
	size_t len;

	begin(1, 1, 1);
	yw_session_unref(shake());
	len = req.len;
	for (size_t bit = 0; bit < len * 8; bit++) {
		struct yw_session *a = shake();
		struct yw_sessions_count c;

		req.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		/* bit 0 makes a message of it; the other bits of the kind, nothing */
		feed_is_unknown(bit >= 1 && bit < 8 ? YW_EFORMAT : bit < 72 ? YW_ENOENT : YW_ESIG);
		yw_sessions_count(table, &c);
		YW_CHECK(c.strangers == 0 && c.half_open == (bit < 72 ? 1 : 0));
		yw_session_unref(a);
	}
	for (size_t n = 1; n < len; n++) {
		struct yw_session *a = shake();

		req.len = n;
		feed_is_unknown(n < 1 + 8 + 64 ? YW_EFORMAT : YW_ESIG);
		yw_session_unref(a);
	}
	end();
}

static void
finish_twice(void)
{
	struct yw_session *a, *b;
	struct yw_buf finish = YW_BUF_INIT;
	struct yw_sessions_in in;

	begin(1, 1, 1);
	a = shake();
	yw_buf_add(&finish, req.data, req.len);
	in = feed();
	b = in.session;
	yw_buf_clear(&req);
	yw_buf_add(&req, finish.data, finish.len);
	feed_is_unknown(YW_ENOENT);
	yw_buf_clear(&rep);
	YW_PASS(yw_session_welcome(b, YW_BYTES_LIT(""), &rep, &err));
	YW_PASS(yw_session_confirm(a, yw_buf_bytes(&rep), &plain, &err));
	ask(a, YW_BYTES_LIT("still there?"));
	answer(b, YW_BYTES_LIT("yes"));
	yw_buf_release(&finish);
	done(a, b);
}

static void
bent_welcomes(void)
{
	struct yw_session *a, *b;
	struct yw_sessions_in in;

	begin(1, 1, 1);
	a = shake();
	in = feed();
	b = in.session;
	yw_buf_clear(&plain);
	YW_PASS(yw_session_welcome(b, YW_BYTES_LIT("welcome"), &rep, &err));
	for (size_t bit = 0; bit < rep.len * 8; bit++) {
		rep.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(yw_session_confirm(a, yw_buf_bytes(&rep), &plain, &err) != YW_OK && plain.len == 0,
		    "the welcome is taken with bit %zu flipped", bit);
		rep.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t n = 0; n < rep.len; n++)
		YW_CHECK(yw_session_confirm(a, (struct yw_bytes) { rep.data, n }, &plain, &err) != YW_OK);
	YW_PASS(yw_session_confirm(a, yw_buf_bytes(&rep), &plain, &err));
	YW_FAILS(yw_session_confirm(a, yw_buf_bytes(&rep), &plain, &err), YW_EINVAL);
	done(a, b);
}

static void
out_of_turn(void)
{
	struct yw_session *a;
	uint64_t m;

	begin(1, 1, 1);
	offer(&a);
	YW_FAILS(yw_session_request(a, YW_BYTES_LIT("x"), &m, &plain, &err), YW_EINVAL);
	YW_FAILS(yw_session_confirm(a, YW_BYTES_LIT("x"), &plain, &err), YW_EINVAL);
	YW_FAILS(yw_session_open_reply(a, 1, YW_BYTES_LIT("x"), &plain, &err), YW_EINVAL);
	yw_session_unref(a);
	a = shake();
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("x"), &plain, &err), YW_EINVAL);
	YW_FAILS(yw_session_request(a, YW_BYTES_LIT("x"), &m, &plain, &err), YW_EINVAL);
	yw_session_unref(a);
	end();
}

static void
hello_sizes(void)
{
	static uint8_t big[YW_HELLO_MAX + 1];
	struct yw_session *a;
	struct yw_sessions_in in;

	begin(1, 1, 1);
	offer(&a);
	feed();
	yw_buf_clear(&req);
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), (struct yw_bytes) { big, sizeof big }, &req, &err), YW_ELIMIT);
	YW_PASS(yw_session_accept(a, yw_buf_bytes(&rep), (struct yw_bytes) { big, YW_HELLO_MAX }, &req, &err));
	in = feed();
	YW_CHECK(in.what == YW_FED_HELLO && plain.len == YW_HELLO_MAX);
	yw_session_unref(in.session);
	yw_session_unref(a);
	a = shake();
	yw_buf_clear(&req);
	yw_buf_add_byte(&req, 2);
	yw_buf_add(&req, rep.data + 1, 8);	/* the id, and a noise(3) one byte too long */
	memset(yw_buf_extend(&req, 65536), 0, 65536);
	feed_is_unknown(YW_ELIMIT);
	yw_session_unref(a);
	end();
}

/* --- versions and networks --- */

static void
another_network(void)
{
	struct yw_session *a;

	begin(1, 1, 1);
	down.network.b[31] ^= 1;
	offer(&a);
	feed_is_refused(YW_REFUSED_NETWORK);
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &plain, &err), YW_EDENIED);
	YW_CHECK(strstr(err.msg, "another network") != NULL);
	yw_session_unref(a);
	end();
}

/* A later major may change everything after the major number; both are named to both. */
static void
another_major(void)
{
	struct yw_session *a;

	begin(1, 1, 1);
	down.major = 2;
	offer(&a);
	req.len = 3 + 34;
	req.data[2] = 34;
	feed_is_refused(YW_REFUSED_MAJOR);
	YW_CHECK(yw_get_be16(rep.data + 2) == 1 && yw_get_be16(rep.data + 4) == 2);
	YW_CHECK(strstr(err.msg, "version 2") != NULL);
	YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &plain, &err), YW_EDENIED);
	YW_CHECK(strstr(err.msg, "version 1") != NULL && strstr(err.msg, "version 2") != NULL);
	for (size_t n = 0; n < 10; n++) {
		struct yw_bytes cut = { rep.data, n };

		YW_FAILS(yw_session_accept(a, cut, YW_BYTES_LIT("h"), &plain, &err), YW_EFORMAT);
	}
	yw_session_unref(a);
	end();
}

static void
minor_versions(void)
{
	static const struct { uint16_t dl, dh, ul, uh; int want; } cases[] = {
		{ 0, 0, 0, 0, 0 }, { 0, 5, 2, 3, 3 }, { 2, 3, 0, 5, 3 }, { 0, 2, 2, 9, 2 }, { 2, 9, 0, 2, 2 },
		{ 0, 1, 2, 3, -1 }, { 2, 3, 0, 1, -1 }, { 3, 2, 0, 9, -1 }, { 0, 65535, 65535, 65535, 65535 },
	};
	struct yw_session *a, *b;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(1, 1, 1);
		down.minor_low = cases[i].dl, down.minor_high = cases[i].dh;
		up.minor_low = cases[i].ul, up.minor_high = cases[i].uh;
		if (cases[i].want < 0) {
			offer(&a);
			feed_is_refused(YW_REFUSED_MINOR);
			YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &plain, &err), YW_EDENIED);
			yw_session_unref(a);
			end();
			continue;
		}
		connect_both(&a, &b);
		YW_CHECK_MSG(a->minor == cases[i].want && b->minor == cases[i].want,
		    "case %zu: chose %u", i, b->minor);
		done(a, b);
	}
}

/* What a later minor appends to the offer is bound, but not understood. */
static void
longer_offers(void)
{
	static const size_t more[] = { 1, YW_OFFER_MAX - YW_OFFER_BYTES, YW_OFFER_MAX - YW_OFFER_BYTES + 1 };
	struct yw_session *a;
	struct yw_sessions_in in;

	for (size_t i = 0; i < 3; i++) {
		struct yw_buf longer = YW_BUF_INIT;

		begin(1, 1, 1);
		offer(&a);
		yw_buf_add(&longer, req.data, 3 + YW_OFFER_BYTES);
		memset(yw_buf_extend(&longer, more[i]), 'm', more[i]);
		yw_put_be16(longer.data + 1, (uint16_t)(YW_OFFER_BYTES + more[i]));
		yw_buf_add(&longer, req.data + 3 + YW_OFFER_BYTES, 32);
		yw_buf_clear(&req);
		yw_buf_add(&req, longer.data, longer.len);
		in = feed();
		YW_CHECK(in.fault == (i < 2 ? YW_OK : YW_EFORMAT) && rep.data[0] == (i < 2 ? 1 : 0));
		if (i < 2)	/* this initiator did not send that: its hash differs */
			YW_FAILS(yw_session_accept(a, yw_buf_bytes(&rep), YW_BYTES_LIT("h"), &plain, &err), YW_ESIG);
		yw_buf_release(&longer);
		yw_session_unref(a);
		end();
	}
}

static void
unknown_kinds(void)
{
	begin(1, 1, 1);
	feed_is_unknown(YW_EFORMAT);
	for (int kind = 0; kind < 256; kind++) {
		yw_buf_clear(&req);
		yw_buf_add_byte(&req, (uint8_t)kind);
		feed_is_unknown(YW_EFORMAT);
		memset(yw_buf_extend(&req, 500), 0, 500);
		if (kind != 1)
			feed_is_unknown(kind == 2 || kind == 3 ? YW_ENOENT : YW_EFORMAT);
	}
	end();
}

YW_TESTS({ "R2 a transcript of another implementation, byte for byte", transcript },
    { "R2 offer, choice, finish, welcome; then requests and replies", both_ways },
    { "R2 offer: every flipped bit, every cut", bent_offers },
    { "R2 choice: every flipped bit, every cut", bent_choices },
    { "R2 finish: every flipped bit, every cut", bent_finishes },
    { "R2 finish: the same one twice", finish_twice },
    { "R2 welcome: every flipped bit, every cut", bent_welcomes },
    { "R2 calls out of turn", out_of_turn },
    { "R2 hello: longest and one over", hello_sizes },
    { "R2 another network is refused", another_network },
    { "R2 another major version is refused, naming both", another_major },
    { "R2 the highest common minor version is chosen", minor_versions },
    { "R2 an offer may be longer", longer_offers },
    { "R2 unknown kinds of frame", unknown_kinds })
