/*
 * The registry: whose a log is and by whose word; what has no effect, and what is said about it.
 */
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "yiwang/v1/trust.pb-c.h"

#define POLICY "group g 2 320000 320100 320200 320102\nquorum g\n"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320205" };
static struct yw_error err;

static struct yw_tnet *
small(void)
{
	return yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, POLICY);
}

static struct yw_jurisdiction
jurisdiction(const char *code)
{
	struct yw_jurisdiction j;

	YW_PASS(yw_jurisdiction_parse(code, strlen(code), &j));
	return j;
}

static const struct yw_generation *
held(struct yw_tnet *t, const char *code)
{
	struct yw_jurisdiction j = jurisdiction(code);

	return yw_trust_open(t->trust, &j);
}

/* A delegation of `code` with the keys of `label` in the log of `by`, naming `issuer`. */
static uint64_t
delegate(struct yw_tnet *t, const char *by, const char *code, const char *issuer, const char *label)
{
	struct yw_buf request = YW_BUF_INIT;
	uint64_t index;

	yw_tnet_request(t, code, issuer, label, &request);
	index = yw_tnet_add_delegation(yw_tnet_log(t, by), yw_buf_bytes(&request));
	yw_buf_release(&request);
	return index;
}

/* --- What a founded network comes to --- */

static void
founded(void)
{
	struct yw_tnet *t = small();
	const struct yw_generation *g;

	YW_CHECK(yw_trust_count(t->trust) == 5);
	for (size_t i = 0; i < 5; i++) {
		struct yw_tlog *l = yw_tnet_log(t, codes[i]);

		g = yw_trust_origin(t->trust, l->origin.text);
		YW_CHECK(g != NULL && g == held(t, codes[i]) && g->open && g->generation == 1 && !g->needs_newer);
		YW_CHECK(yw_jurisdiction_equal(&g->issuer, &l->issuer));
		YW_CHECK(memcmp(yw_generation_newest_keys(g), &l->keys.pub, sizeof l->keys.pub) == 0);
		YW_CHECK(yw_trust_by_session(t->trust, &l->code, &l->keys.pub.session) == g);
		YW_CHECK(i == 0 || yw_trust_by_session(t->trust, &l->code, &t->logs[0].keys.pub.session) == NULL);
		YW_CHECK(i == 0 || g->delegation.index == l->delegation);
	}
	YW_CHECK(held(t, "320000")->delegation.origin.text[0] == '\0');
	YW_CHECK(strcmp(held(t, "320102")->delegation.origin.text, "onenet.example/320100") == 0);
	YW_CHECK(strcmp(yw_trust_at(t->trust, 1)->code.code, "320100") == 0);	/* sorted by code */
	YW_CHECK(strcmp(yw_trust_at(t->trust, 2)->code.code, "320102") == 0);
	YW_CHECK(held(t, "320104") == NULL);
	YW_CHECK(yw_trust_origin(t->trust, "onenet.example/320100/g2") == NULL);
	YW_CHECK(yw_trust_origin(t->trust, "other.example/320100") == NULL);
	YW_CHECK(yw_trust_origin(t->trust, "") == NULL);
	YW_CHECK(strcmp(yw_trust_network(t->trust)->name, "onenet.example") == 0);
	yw_tnet_free(t);
}

static void
copies(void)
{
	struct yw_tnet *t = small();
	struct yw_trust *copy;

	YW_PASS(yw_trust_copy(t->trust, &copy, &err));
	delegate(t, "320100", "320104", "320100", "320104");
	YW_CHECK(yw_trust_count(t->trust) == 6 && yw_trust_count(copy) == 5);
	yw_tnet_free(t);
	YW_CHECK(strcmp(yw_trust_network(copy)->name, "onenet.example") == 0);
	YW_CHECK(strcmp(yw_trust_at(copy, 4)->code.code, "320205") == 0);
	yw_trust_free(copy);
}

/* --- T3 --- */

static void
without_effect(void)
{
	static const struct { const char *what, *by, *code, *issuer, *says; } cases[] = {
		{ "names another issuer", "320100", "320104", "320000", "names 320000" },
		{ "names a city, logged by the province", "320000", "320104", "320100", "names 320100" },
		{ "logged by another city", "320200", "320104", "320100", "names 320100" },
		{ "logged by a county", "320102", "320104", "320100", "names 320100" },
		{ "second in the same log", "320100", "320102", "320100", "delegated it before" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_tnet *t = small();
		struct yw_hash before = held(t, "320102")->request;

		delegate(t, cases[i].by, cases[i].code, cases[i].issuer, "fresh keys");
		YW_CHECK_MSG(strstr(t->alarm.msg, cases[i].says) != NULL && strstr(t->alarm.msg, "no effect") != NULL,
		    "%s: %s", cases[i].what, t->alarm.msg);
		YW_CHECK_MSG(yw_trust_count(t->trust) == 5 && held(t, "320104") == NULL, "%s", cases[i].what);
		YW_CHECK(yw_hash_equal(&held(t, "320102")->request, &before));
		yw_tnet_free(t);
	}
}

static void
other_requests(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_request r = { .network = t->network.hash, .code = jurisdiction("320104"), .issuer = city->code };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set keys;

	yw_tnet_keys("320104", &keys);
	r.generation = 2;
	YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "is not closed before it") != NULL, "%s", t->alarm.msg);
	r.generation = 1;
	r.key_set = 1;
	yw_tnet_keys("320104 k1", &keys);
	yw_buf_clear(&request);
	YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "no first key set") != NULL, "%s", t->alarm.msg);
	r.key_set = 0;
	r.network.b[0] ^= 1;
	yw_tnet_keys("320104 elsewhere", &keys);
	yw_buf_clear(&request);
	YW_PASS(yw_request_make(&r, &keys, NULL, &request, &err));
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "another network") != NULL, "%s", t->alarm.msg);
	request.data[request.len - 1] ^= 1;
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "cosign_sig") != NULL, "%s", t->alarm.msg);
	YW_CHECK(yw_trust_count(t->trust) == 5);

	/* None of them used anything up. */
	delegate(t, "320100", "320104", "320100", "320104 first");
	YW_CHECK(t->alarm.msg[0] == '\0' && held(t, "320104") != NULL);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* The nearer issuer's word counts, whichever came first; both orders alarm. */
static void
two_issuers(void)
{
	for (int i = 0; i < 4; i++) {		/* the nearer log is the longer one, or the shorter: no matter */
		bool nearer_first = i % 2;
		struct yw_tnet *t = small();
		struct yw_tlog *longer = yw_tnet_log(t, i < 2 ? "320100" : "320000");
		struct yw_key_set near, far;

		for (int k = 0; k < 10; k++)
			yw_tnet_add_bodies(longer, &(struct yw_bytes) { (const uint8_t *)"a", 1 }, 1);
		yw_tnet_keys("near", &near);
		yw_tnet_keys("far", &far);
		if (nearer_first)
			delegate(t, "320100", "320104", "320100", "near");
		delegate(t, "320000", "320104", "320000", "far");
		if (!nearer_first) {
			YW_CHECK(t->alarm.msg[0] == '\0');
			YW_CHECK(memcmp(&held(t, "320104")->spans[0].keys, &far.pub, sizeof far.pub) == 0);
			delegate(t, "320100", "320104", "320100", "near");
		}
		YW_CHECK_MSG(strstr(t->alarm.msg, "two issuers") != NULL, "%s", t->alarm.msg);
		YW_CHECK(memcmp(&held(t, "320104")->spans[0].keys, &near.pub, sizeof near.pub) == 0);
		YW_CHECK(strcmp(held(t, "320104")->issuer.code, "320100") == 0);
		yw_tnet_free(t);
	}
}

/* What had its quorum is not voided by the nearer issuer, whenever that is heard of. */
static void
quorum_stands(void)
{
	for (int quorum_first = 0; quorum_first < 2; quorum_first++) {
		struct yw_tnet *t = small();
		struct yw_key_set far;
		struct yw_hash request;

		yw_tnet_keys("far", &far);
		delegate(t, "320000", "320104", "320000", "far");
		request = held(t, "320104")->request;
		if (quorum_first)
			YW_PASS(yw_trust_add_quorum(t->trust, &request));
		delegate(t, "320100", "320104", "320100", "near");
		YW_CHECK_MSG(strstr(t->alarm.msg, "two issuers") != NULL, "%s", t->alarm.msg);
		if (!quorum_first) {
			YW_CHECK(strcmp(held(t, "320104")->issuer.code, "320100") == 0);
			YW_PASS(yw_trust_add_quorum(t->trust, &request));
		}
		YW_CHECK(memcmp(&held(t, "320104")->spans[0].keys, &far.pub, sizeof far.pub) == 0);
		YW_CHECK(strcmp(held(t, "320104")->issuer.code, "320000") == 0);
		yw_tnet_free(t);
	}
}

/* --- T2 --- */

/* A request of code whose keys are those of `label`, but the session key is that of another. */
static void
with_session_of(struct yw_tnet *t, const char *code, const char *issuer, const char *label,
    const void *session, struct yw_buf *out)
{
	struct yw_request r = { .network = t->network.hash, .code = jurisdiction(code),
	    .issuer = jurisdiction(issuer) };
	struct yw_key_set keys;

	r.generation = 1;
	yw_tnet_keys(label, &keys);
	memcpy(keys.pub.session.b, session, sizeof keys.pub.session.b);
	YW_PASS(yw_request_make(&r, &keys, NULL, out, &err));
}

static void
keys_used_before(void)
{
	struct yw_tnet *t = small();
	struct yw_buf request = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey root_pub;

	/* The same log, earlier; the log above; the first node; a root key. */
	delegate(t, "320100", "320104", "320100", "320102");
	YW_CHECK_MSG(strstr(t->alarm.msg, "its entry key is the entry key of 320102") != NULL, "%s", t->alarm.msg);
	delegate(t, "320100", "320104", "320100", "320100");
	YW_CHECK_MSG(strstr(t->alarm.msg, "of 320100") != NULL, "%s", t->alarm.msg);
	delegate(t, "320100", "320104", "320100", "320000");
	YW_CHECK_MSG(strstr(t->alarm.msg, "of 320000") != NULL, "%s", t->alarm.msg);
	yw_tnet_root_key("root", &root, &root_pub);
	with_session_of(t, "320104", "320100", "320104", root_pub.b, &request);
	yw_tnet_add_delegation(yw_tnet_log(t, "320100"), yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "its session key is a root key") != NULL, "%s", t->alarm.msg);
	yw_buf_clear(&request);

	/* Another use of another's key. */
	with_session_of(t, "320104", "320100", "320104", yw_tnet_log(t, "320102")->keys.pub.head.b, &request);
	yw_tnet_add_delegation(yw_tnet_log(t, "320100"), yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "its session key is the head key of 320102") != NULL, "%s", t->alarm.msg);

	/* The older ones stand, and nothing was used up. */
	YW_CHECK(yw_trust_count(t->trust) == 5);
	delegate(t, "320100", "320104", "320100", "320104");
	YW_CHECK(t->alarm.msg[0] == '\0' && yw_trust_count(t->trust) == 6);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* Who copied a key used up nothing by it: not the other keys of that request either, for whoever they are. */
static void
keys_used_without_effect(void)
{
	struct yw_tnet *t = small();
	struct yw_buf request = YW_BUF_INIT;

	with_session_of(t, "320104", "320100", "honest", yw_tnet_log(t, "320102")->keys.pub.session.b, &request);
	yw_tnet_add_delegation(yw_tnet_log(t, "320100"), yw_buf_bytes(&request));
	YW_CHECK(t->alarm.msg[0] != '\0' && held(t, "320104") == NULL);
	delegate(t, "320100", "320106", "320100", "honest");
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && held(t, "320106") != NULL, "%s", t->alarm.msg);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* Nor did who signed it with a key that was not valid there. */
static void
keys_used_by_a_stranger(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_key_set own = city->keys;

	yw_tnet_keys("stranger", &city->keys);
	delegate(t, "320100", "320104", "320100", "honest");
	city->keys = own;
	YW_CHECK_MSG(strstr(t->alarm.msg, "signer was not valid there") != NULL && held(t, "320104") == NULL, "%s", t->alarm.msg);
	delegate(t, "320100", "320106", "320100", "honest");
	YW_CHECK_MSG(t->alarm.msg[0] == '\0' && held(t, "320106") != NULL, "%s", t->alarm.msg);
	yw_tnet_free(t);
}

/* The owner's own keys, each in the other's use. */
static void
keys_used_otherwise(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_request r = { .network = t->network.hash, .code = jurisdiction("320104"), .issuer = city->code, .generation = 1 };
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set first, turned;

	yw_tnet_keys("320104", &first);
	turned = first;
	turned.entry = first.head;
	turned.pub.entry = first.pub.head;
	turned.head = first.entry;
	turned.pub.head = first.pub.entry;
	delegate(t, "320100", "320104", "320100", "320104");
	YW_PASS(yw_request_make(&r, &turned, NULL, &request, &err));
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "its entry key is the head key of 320104") != NULL, "%s", t->alarm.msg);
	YW_CHECK(memcmp(&held(t, "320104")->spans[0].keys, &first.pub, sizeof first.pub) == 0);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* A registrar's key asks for a log.  Of two codes each has its own registrar. */
static void
registrars_key_asks(void)
{
	static const char *const kinds[] = { "contract" };
	struct yw_tnet *t = small();
	struct yw_buf trust = YW_BUF_INIT;
	struct yw_key_set desk, another;

	yw_tnet_keys("desk", &desk);
	yw_tnet_keys("another desk", &another);
	yw_tnet_add_registrar(yw_tnet_log(t, "320100"), &desk.pub.entry, false);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_PASS(yw_trust_make_registrar(t->trust, held(t, "320200"), &another.pub.entry, kinds, 1, &trust, &err));
	delegate(t, "320100", "320104", "320100", "desk");
	YW_CHECK_MSG(strstr(t->alarm.msg, "its entry key is a registrar's of 320100") != NULL, "%s", t->alarm.msg);
	YW_CHECK(held(t, "320104") == NULL);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

/* In logs side by side nobody is older: both stand, and whoever copies a session key takes nothing. */
static void
keys_used_beside(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *owner = yw_tnet_log(t, "320205");
	struct yw_buf request = YW_BUF_INIT;

	with_session_of(t, "320104", "320100", "320104", owner->keys.pub.session.b, &request);
	yw_tnet_add_delegation(yw_tnet_log(t, "320100"), yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "its session key is the session key of 320205") != NULL, "%s", t->alarm.msg);
	YW_CHECK(held(t, "320104") != NULL && held(t, "320205") != NULL);
	YW_CHECK(yw_trust_by_session(t->trust, &owner->code, &owner->keys.pub.session) == held(t, "320205"));
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* --- Other kinds --- */

static void
kinds_for_later(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	Yiwang__V1__Consent consent = YIWANG__V1__CONSENT__INIT;
	Yiwang__V1__Holder holder = YIWANG__V1__HOLDER__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_buf b = YW_BUF_INIT;
	uint8_t hash[32] = { 1 };

	consent.request_sha256 = (ProtobufCBinaryData) { sizeof hash, hash };
	m.kind_case = YIWANG__V1__TRUST__KIND_CONSENT;
	m.consent = &consent;
	YW_PASS(yw_wire_pack(&m.base, &b, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&b));
	YW_CHECK(t->alarm.msg[0] == '\0');
	m.kind_case = YIWANG__V1__TRUST__KIND_HOLDER;
	m.holder = &holder;
	yw_buf_clear(&b);
	YW_PASS(yw_wire_pack(&m.base, &b, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&b));
	YW_CHECK(t->alarm.msg[0] == '\0' && yw_trust_count(t->trust) == 5);
	YW_CHECK(!held(t, "320100")->needs_newer);
	yw_buf_release(&b);
	yw_tnet_free(t);
}

/* A kind of the future: what came before it stands, no new key comes after it. */
static void
unknown_kind(void)
{
	struct yw_tnet *t = small();
	struct yw_request r;
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_add_future(yw_tnet_log(t, "320100"));
	YW_CHECK(held(t, "320100")->needs_newer && held(t, "320102") != NULL);
	YW_CHECK(!held(t, "320000")->needs_newer);
	yw_tnet_request(t, "320104", "320100", "320104", &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, held(t, "320100"), yw_buf_bytes(&request), &r, &err), YW_EINVAL);
	yw_tnet_add_delegation(yw_tnet_log(t, "320100"), yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "newer version") != NULL, "%s", t->alarm.msg);
	YW_CHECK(held(t, "320104") == NULL);
	delegate(t, "320200", "320206", "320200", "320206");	/* other logs go on */
	YW_CHECK(held(t, "320206") != NULL);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* --- Admission --- */

static void
admissions(void)
{
	static const struct { const char *what, *by, *code, *issuer, *label, *says; enum yw_code want; } cases[] = {
		{ "good", "320100", "320104", "320100", "320104", "", YW_OK },
		{ "of another issuer", "320100", "320104", "320000", "320104", "names 320000", YW_EINVAL },
		{ "by the issuer's issuer", "320000", "320104", "320100", "320104", "names 320100", YW_EINVAL },
		{ "no issuer", "320000", "330000", "", "330000", "names no issuer", YW_EINVAL },
		{ "again", "320100", "320102", "320100", "320102 new", "delegated already", YW_ECONFLICT },
		{ "of another's county", "320000", "320102", "320000", "320102 new", "delegated already", YW_ECONFLICT },
		{ "a used key", "320100", "320104", "320100", "320205", "of 320205", YW_EINVAL },
	};
	struct yw_tnet *t = small();
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got;

		yw_buf_clear(&request);
		yw_tnet_request(t, cases[i].code, cases[i].issuer, cases[i].label, &request);
		err.msg[0] = '\0';
		got = yw_trust_judge_admission(t->trust, held(t, cases[i].by), yw_buf_bytes(&request), &r, &err);
		YW_CHECK_MSG(got == cases[i].want, "%s: gave '%s' (%s)", cases[i].what, yw_code_name(got), err.msg);
		YW_CHECK_MSG(strstr(err.msg, cases[i].says) != NULL, "%s: says '%s'", cases[i].what, err.msg);
	}
	request.data[request.len - 1] ^= 1;
	YW_FAILS(yw_trust_judge_admission(t->trust, held(t, "320100"), yw_buf_bytes(&request), &r, &err), YW_ESIG);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* --- Genesis --- */

static enum yw_code
judge(struct yw_tnet *t, const char *code, const struct yw_tlog *l, uint64_t index)
{
	struct yw_entry e;
	enum yw_code got;

	YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[index]), &e, &err));
	got = yw_trust_judge_genesis(t->trust, held(t, code), &e, &err);
	yw_entry_release(&e);
	return got;
}

static void
geneses(void)
{
	static const char *const others[] = { "320000", "320100", "320102" };
	struct yw_tnet *t = small(), *twin;
	struct yw_buf b = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_generation moved;
	uint64_t index;

	for (size_t i = 0; i < 5; i++)
		YW_PASS(judge(t, codes[i], yw_tnet_log(t, codes[i]), 0));
	YW_FAILS(judge(t, "320100", yw_tnet_log(t, "320102"), 0), YW_EINVAL);	/* another's */
	YW_FAILS(judge(t, "320100", yw_tnet_log(t, "320100"), 1), YW_EINVAL);	/* a delegation */

	moved = *held(t, "320102");
	moved.delegation.index++;
	YW_PASS(yw_trust_make_genesis(t->trust, &moved, yw_buf_bytes(&yw_tnet_log(t, "320102")->request), &b, &err));
	index = yw_tnet_add_trust(yw_tnet_log(t, "320102"), yw_buf_bytes(&b));
	YW_FAILS(judge(t, "320102", yw_tnet_log(t, "320102"), index), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another delegation") != NULL, "%s", err.msg);

	moved.delegation = held(t, "320102")->delegation;	/* the same index, in another log */
	moved.delegation.origin = yw_tnet_log(t, "320000")->origin;
	yw_buf_clear(&b);
	YW_PASS(yw_trust_make_genesis(t->trust, &moved, yw_buf_bytes(&yw_tnet_log(t, "320102")->request), &b, &err));
	index = yw_tnet_add_trust(yw_tnet_log(t, "320102"), yw_buf_bytes(&b));
	YW_FAILS(judge(t, "320102", yw_tnet_log(t, "320102"), index), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another delegation") != NULL, "%s", err.msg);

	/* Another request, which its maker would not take. */
	yw_tnet_request(t, "320102", "320100", "320102 new", &request);
	moved = *held(t, "320102");
	yw_request_hash(yw_buf_bytes(&request), &moved.request);
	yw_buf_clear(&b);
	YW_PASS(yw_trust_make_genesis(t->trust, &moved, yw_buf_bytes(&request), &b, &err));
	index = yw_tnet_add_trust(yw_tnet_log(t, "320102"), yw_buf_bytes(&b));
	YW_FAILS(judge(t, "320102", yw_tnet_log(t, "320102"), index), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another request") != NULL, "%s", err.msg);
	YW_FAILS(yw_trust_make_genesis(t->trust, held(t, "320102"), yw_buf_bytes(&request), &b, &err), YW_EINVAL);

	/* The first node's, in a log that was delegated. */
	yw_buf_clear(&b);
	YW_PASS(yw_trust_make_genesis(t->trust, held(t, "320000"), (struct yw_bytes) { NULL, 0 }, &b, &err));
	index = yw_tnet_add_trust(yw_tnet_log(t, "320102"), yw_buf_bytes(&b));
	YW_FAILS(judge(t, "320102", yw_tnet_log(t, "320102"), index), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "holds no delegation") != NULL, "%s", err.msg);

	/* Its own, by another key than the first. */
	{
		struct yw_tlog *l = yw_tnet_log(t, "320102");
		struct yw_key_set own = l->keys, other;

		yw_tnet_keys("320102 new", &other);
		l->keys.entry = other.entry;
		l->keys.pub.entry = other.pub.entry;
		yw_buf_clear(&b);
		YW_PASS(yw_trust_make_genesis(t->trust, held(t, "320102"), yw_buf_bytes(&l->request), &b, &err));
		index = yw_tnet_add_trust(l, yw_buf_bytes(&b));
		l->keys = own;
		YW_FAILS(judge(t, "320102", l, index), YW_EINVAL);
		YW_CHECK_MSG(strstr(err.msg, "not signed by the first entry key") != NULL, "%s", err.msg);
	}

	/* The network file of the first node must be the one that we hold. */
	twin = yw_tnet_new("onenet.example", others, 3, "quorum none\n");
	YW_FAILS(judge(t, "320000", yw_tnet_log(twin, "320000"), 0), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another network file") != NULL, "%s", err.msg);
	yw_tnet_free(twin);
	yw_buf_release(&b);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* --- Rosters --- */

static void
rosters(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_buf b = YW_BUF_INIT;
	Yiwang__V1__Trust *m;

	delegate(t, "320100", "320101", "320100", "320101");
	YW_PASS(yw_trust_make_roster(t->trust, held(t, "320100"), &b, &err));
	YW_PASS(yw_decode(&yiwang__v1__trust__descriptor, yw_buf_bytes(&b), &m, &err));
	YW_CHECK(m->kind_case == YIWANG__V1__TRUST__KIND_ROSTER && m->roster->n_open == 2 && m->roster->n_closed == 0);
	YW_CHECK(strcmp(m->roster->open[0]->code, "320101") == 0 && m->roster->open[0]->generation == 1);
	YW_CHECK(strcmp(m->roster->open[1]->code, "320102") == 0 && m->roster->open[1]->delegation == 1);
	YW_CHECK(m->roster->previous != NULL && m->roster->previous->index == 2);
	yw_decode_free(m);

	yw_tnet_add_trust(city, yw_buf_bytes(&b));
	YW_CHECK(t->alarm.msg[0] == '\0');
	yw_tnet_add_trust(city, yw_buf_bytes(&b));	/* the same words again: its previous one is another now */
	YW_CHECK_MSG(strstr(t->alarm.msg, "disagrees") != NULL, "%s", t->alarm.msg);

	/* A county that admits nobody has an empty roster, without a previous one. */
	yw_buf_clear(&b);
	YW_PASS(yw_trust_make_roster(t->trust, held(t, "320102"), &b, &err));
	YW_CHECK(b.len == 2 && b.data[0] == (7 << 3 | 2) && b.data[1] == 0);
	yw_buf_release(&b);
	yw_tnet_free(t);
}

static void
positions(void)
{
	struct yw_generation g = { .n_spans = 2 };

	g.spans[1].from = 8;		/* the key change is entry 7 */
	YW_CHECK(yw_generation_entry_keys(&g, 7) == &g.spans[0].keys);
	YW_CHECK(yw_generation_entry_keys(&g, 8) == &g.spans[1].keys);
	YW_CHECK(yw_generation_head_keys(&g, 0) == &g.spans[0].keys);
	YW_CHECK(yw_generation_head_keys(&g, 8) == &g.spans[0].keys);
	YW_CHECK(yw_generation_head_keys(&g, 9) == &g.spans[1].keys);
	YW_CHECK(yw_generation_newest_keys(&g) == &g.spans[1].keys);
}

YW_TESTS({ "T3 B10 a founded network: whose each log is", founded },
    { "T3 a copy stays as it was", copies },
    { "T3 delegations without effect", without_effect },
    { "T3 T9 requests of another network, generation, key set; bad bytes", other_requests },
    { "T3 two issuers of one generation: the nearest counts, in either order", two_issuers },
    { "T3 what had a beat with quorum is not voided by another issuer", quorum_stands },
    { "T2 a key used before: no effect, an alarm, the older one stands", keys_used_before },
    { "T2 a use of a key that had no effect is no earlier use", keys_used_without_effect },
    { "T2 a use of a key by a signer that was not valid is no earlier use", keys_used_by_a_stranger },
    { "T2 a key of one's own in another use: no effect, an alarm", keys_used_otherwise },
    { "T2 T13 a registrar's key that asks for a log; each code has registrars of its own", registrars_key_asks },
    { "T2 a key used beside: both stand, with an alarm", keys_used_beside },
    { "B8 kinds whose rules come later are accepted without effect", kinds_for_later },
    { "B3 an unknown kind: no new keys from that log", unknown_kind },
    { "T3 T2 what may be admitted", admissions },
    { "T4 entry 0", geneses },
    { "T11 rosters", rosters },
    { "T5 which key set signs where", positions })
