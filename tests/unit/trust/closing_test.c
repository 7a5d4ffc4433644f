/*
 * Closings: where a log ends, what no closing can take away, what comes after; recovery and consent; registrars.
 */
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320104" };
static struct yw_error err;

static struct yw_tnet *
small(void)
{
	return yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320100 320200 320104\nquorum g\n");
}

static const struct yw_generation *
of(struct yw_tlog *l)
{
	return yw_trust_origin(l->net->trust, l->origin.text);
}

static struct yw_jurisdiction
jurisdiction(const char *code)
{
	struct yw_jurisdiction j;

	YW_PASS(yw_jurisdiction_parse(code, strlen(code), &j));
	return j;
}

static void
add_body(struct yw_tlog *l)
{
	yw_tnet_add_bodies(l, &(struct yw_bytes) { (const uint8_t *)"a", 1 }, 1);
}

static struct yw_tree_head
head_at(const struct yw_tlog *l, uint64_t size)
{
	struct yw_tree_head h = { .size = size };

	yw_tnet_root(l, size, &h.root);
	return h;
}

/* --- T6 --- */

static void
ended(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf roster = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_request r;
	Yiwang__V1__Trust *m;
	uint64_t at;

	add_body(county);
	at = yw_tnet_close(county, city);
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(!of(county)->open && of(county)->end.size == county->n && of(county)->closing.place.index == at);
	YW_CHECK(strcmp(of(county)->closing.issuer.code, "320100") == 0 && !of(county)->closing.revoked);
	YW_CHECK(yw_trust_open(t->trust, &county->code) == NULL);
	YW_CHECK(yw_trust_may_sign(t->trust, of(county), county->n - 1, &county->keys.pub.entry, "contract"));
	YW_CHECK(!yw_trust_may_sign(t->trust, of(county), county->n, &county->keys.pub.entry, "contract"));

	/* The roster after it says so once, and the next one no more. */
	YW_PASS(yw_trust_make_roster(t->trust, of(city), &roster, &err));
	YW_PASS(yw_decode(&yiwang__v1__trust__descriptor, yw_buf_bytes(&roster), &m, &err));
	YW_CHECK(m->roster->n_open == 1 && strcmp(m->roster->open[0]->code, "320104") == 0 && m->roster->n_closed == 0);
	yw_decode_free(m);

	/* Its keys are not changed any more. */
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "too late", 1, 1, &county->keys.head }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "its keys are not changed any more") != NULL, "%s", err.msg);

	/* Behind the end the log's own words have no effect. */
	yw_tnet_add_future(county);
	YW_CHECK_MSG(!of(county)->needs_newer, "%s", t->alarm.msg);
	yw_buf_release(&roster);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

static void
larger_head(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_hash leaf;

	for (int i = 0; i < 5; i++)
		add_body(county);
	leaf = county->leaves[2];
	/* At 2, a power of two, the proof into 3 entries is the third leaf, and does not hold the root that it starts from. */
	{
		struct yw_closing_draft d = { .origin = county->origin, .size = 2, .reason = "at its last package",
		    .consistency = { .n = 1 } };

		d.consistency.h[0] = leaf;
		yw_tnet_head(county, 3, NULL, &head);
		d.larger_head = yw_buf_bytes(&head);
		d.root = head_at(county, 2).root;
		d.root.b[0] ^= 1;
		YW_FAILS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err), YW_ESIG);
		d.root.b[0] ^= 1;
		YW_PASS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err));
		yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	}
	YW_CHECK(!of(county)->open && of(county)->end.size == 2);
	yw_buf_release(&head);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

static void
empty_log(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct yw_tree_head none = head_at(county, 0);
	struct yw_beat_said said = { head_at(county, 1), YW_BEAT_EXTENDS };

	yw_tnet_draft_closing(county, 0, &d, &head);
	yw_tnet_add_closing(city, &d, true);
	YW_CHECK(!of(county)->open && of(county)->end.size == 0);
	/* The issuer held nothing, a quorum did: what that had stands. */
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &none, &said, 1));
	YW_CHECK(!of(county)->open && of(county)->end.size == 1 && yw_hash_equal(&of(county)->end.root, &said.beat.root));
	yw_buf_release(&head);
	yw_tnet_free(t);
}

/* --- T7 --- */

static void
quorum_stands(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct yw_beat_said said[3];
	struct yw_tree_head at;

	for (int i = 0; i < 6; i++)
		add_body(county);
	at = head_at(county, 4);
	said[0] = (struct yw_beat_said) { head_at(county, 6), YW_BEAT_EXTENDS };
	said[1] = (struct yw_beat_said) { head_at(county, 5), YW_BEAT_EXTENDS };
	said[2] = (struct yw_beat_said) { head_at(county, 2), YW_BEAT_CONTRADICTS };
	yw_tnet_draft_closing(county, 4, &d, &head);
	yw_tnet_add_closing(city, &d, true);
	YW_CHECK(yw_trust_n_asked(t->trust) == 1 && yw_trust_asked(t->trust, 0)->head.size == 4);
	YW_CHECK(of(county)->end.size == 4);

	/* The largest of all. */
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, said, 2));
	YW_CHECK(of(county)->end.size == 6 && of(county)->closing.head.size == 4);

	/* Two quorum beats that contradict each other: the closing agrees with one of them, and stands. */
	said[2].beat.root.b[0] ^= 1;
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, said, 3));
	YW_CHECK(!of(county)->open && of(county)->end.size == 6 && !yw_trust_asked(t->trust, 0)->is_void);
	said[0] = (struct yw_beat_said) { head_at(county, 3), YW_BEAT_AGREES };
	said[1] = said[2];
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, said, 2));
	YW_CHECK(!of(county)->open && of(county)->end.size == 4 && !yw_trust_asked(t->trust, 0)->is_void);

	/* Without that one it is void, and with none of them it is not. */
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, said + 1, 1));
	YW_CHECK(of(county)->open && yw_trust_asked(t->trust, 0)->is_void);
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, NULL, 0));
	YW_CHECK(!of(county)->open && of(county)->end.size == 4);
	yw_buf_release(&head);
	yw_buf_release(&again);
	yw_tnet_free(t);
}

static void
voided(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, good = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_closing_draft d, second;
	struct yw_tree_head false_head;
	struct yw_beat_said said = { .relation = YW_BEAT_CONTRADICTS };
	struct yw_checkpoint c = { .size = 4 };

	for (int i = 0; i < 6; i++)
		add_body(county);
	/* A head on a branch of a thief's. */
	memcpy(c.origin, county->origin.text, sizeof c.origin);
	memset(&c.root, 7, sizeof c.root);
	YW_PASS(yw_head_sign(&c, &county->keys.head, &county->keys.pub.head, &head, &err));
	yw_tnet_draft_closing(county, 4, &d, &good);
	d.head = yw_buf_bytes(&head);
	yw_tnet_add_closing(city, &d, true);
	YW_CHECK(!of(county)->open);
	false_head = (struct yw_tree_head) { 4, c.root };
	said.beat = head_at(county, 5);
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &false_head, &said, 1));
	YW_CHECK(of(county)->open && of(county)->end.size == UINT64_MAX);
	YW_CHECK(yw_trust_n_asked(t->trust) == 1 && yw_trust_asked(t->trust, 0)->is_void);
	YW_CHECK(yw_trust_asked(t->trust, 0)->beat.size == 5);

	/* The same head again is refused before it is logged; the right one is logged, and ends the log. */
	YW_FAILS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "quorum") != NULL, "%s", err.msg);
	yw_buf_clear(&good);
	yw_tnet_draft_closing(county, 6, &second, &good);
	YW_PASS(yw_trust_make_closing(t->trust, of(city), &second, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	YW_CHECK(!of(county)->open && of(county)->end.size == 6);
	yw_buf_release(&head);
	yw_buf_release(&good);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

static void
first_counts(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_closing_draft d;

	for (int i = 0; i < 3; i++)
		add_body(county);
	yw_tnet_draft_closing(county, 3, &d, &head);
	yw_tnet_add_closing(city, &d, false);
	d.size = county->n;
	yw_buf_clear(&head);
	yw_tnet_head(county, county->n, NULL, &head);
	d.head = yw_buf_bytes(&head);
	yw_tnet_add_closing(city, &d, false);
	YW_CHECK(of(county)->end.size == 3);
	YW_FAILS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(err.msg, "closed already") != NULL, "%s", err.msg);
	yw_buf_release(&head);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

/* Two that stand: the issuer's own, and that of who acts for it since, at whatever index each is. */
static void
nearer_counts(void)
{
	for (int i = 0; i < 2; i++) {
		struct yw_tnet *t = small();
		struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
		struct yw_tlog *top = yw_tnet_log(t, "320000");
		struct yw_buf head = YW_BUF_INIT;
		struct yw_closing_draft d;
		uint64_t near, far;

		for (int k = 0; k < 3; k++)
			add_body(county);
		for (int k = 0; k < 20; k++)
			add_body(i == 0 ? city : top);
		yw_tnet_draft_closing(county, 2, &d, &head);
		near = yw_tnet_add_closing(city, &d, false);
		yw_buf_clear(&head);
		yw_tnet_draft_closing(city, city->n, &d, &head);
		yw_tnet_add_closing(top, &d, false);
		yw_buf_clear(&head);
		yw_tnet_draft_closing(county, 3, &d, &head);
		far = yw_tnet_add_closing(top, &d, false);
		YW_CHECK((near > far) == (i == 0) && yw_trust_n_asked(t->trust) == 3);
		YW_CHECK_MSG(of(county)->end.size == 2 && strcmp(of(county)->closing.issuer.code, "320100") == 0, "%d", i);
		yw_buf_release(&head);
		yw_tnet_free(t);
	}
}

/* --- What is no closing: each row a rule --- */

static struct yw_tnet *net;
static struct yw_closing_draft draft;
static struct yw_buf other_head;

static void as_it_is(void) { }
static void by_head_of_another(void)
{
	struct yw_tlog *l = yw_tnet_log(net, "320104");

	yw_buf_clear(&other_head);
	yw_tnet_head(l, draft.size, NULL, &other_head);
	draft.head = yw_buf_bytes(&other_head);
}
static void by_head_of_entry_key(void)
{
	struct yw_key_set wrong = yw_tnet_log(net, "320102")->keys;

	wrong.head = wrong.entry;
	wrong.pub.head = wrong.pub.entry;
	yw_buf_clear(&other_head);
	yw_tnet_head(yw_tnet_log(net, "320102"), draft.size, &wrong, &other_head);
	draft.head = yw_buf_bytes(&other_head);
}
static void beyond(void) { draft.size++; }
static void below(void) { draft.size--; }
static void headless(void) { draft.head = (struct yw_bytes) { NULL, 0 }; }
static void at_nothing(void) { draft.size = 0; }
static void bad_next(void) { draft.next_issuer = jurisdiction("320200"); }
static void of_itself(void) { draft.origin = yw_tnet_log(net, "320100")->origin; }
static void of_nobody(void) { memcpy(draft.origin.text, "onenet.example/320106", 22); }
static void of_later(void) { memcpy(draft.origin.text, "onenet.example/320102/g2", 25); }
static void of_another_network(void) { memcpy(draft.origin.text, "else.example/320102", 20); }

static void
refused(void)
{
	static const struct { const char *rule, *what, *by; void (*bend)(void); const char *says; bool stands; } cases[] = {
		{ "T6", "as it is", "320100", as_it_is, "", true },
		{ "T6", "of what is not its own", "320200", as_it_is, "320100, its issuer", false },
		{ "T3", "by the issuer's issuer, while that one is open", "320000", as_it_is, "who acts for that one", false },
		{ "T6", "by the log itself", "320102", as_it_is, "its issuer", false },
		{ "B8", "at a head of another log", "320100", by_head_of_another, "a head of", false },
		{ "T2", "at a head by the entry key", "320100", by_head_of_entry_key, "no head key", false },
		{ "B8", "at a size beyond its head", "320100", beyond, "its head has", false },
		{ "T6", "at a size below its head, without a proof", "320100", below, "its head has", false },
		{ "T6", "without a head", "320100", headless, "neither a head", false },
		{ "T6", "at nothing, with a head", "320100", at_nothing, "holds a head", false },
		{ "T6", "with a next issuer that is not above", "320100", bad_next, "not above", false },
		{ "T6", "of the issuer itself", "320100", of_itself, "a head of", false },
		{ "T6", "of a log that nobody admitted", "320100", of_nobody, "a head of", false },
		{ "T6", "of a generation to come", "320100", of_later, "a head of", false },
		{ "B9", "of another network", "320100", of_another_network, "names no log of network", false },
	};
	struct yw_buf head = YW_BUF_INIT, trust = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_tlog *county, *by;
		enum yw_code got;

		net = small();
		county = yw_tnet_log(net, "320102");
		by = yw_tnet_log(net, cases[i].by);
		add_body(county);
		add_body(yw_tnet_log(net, "320104"));
		yw_buf_clear(&head);
		yw_tnet_draft_closing(county, county->n, &draft, &head);
		cases[i].bend();
		/* Before it is logged, and by who reads it logged. */
		yw_buf_clear(&trust);
		got = yw_trust_make_closing(net->trust, of(by), &draft, &trust, &err);
		YW_CHECK_MSG((got == YW_OK) == cases[i].stands, "%s %s: gave '%s' (%s)", cases[i].rule, cases[i].what,
		    yw_code_name(got), err.msg);
		yw_tnet_add_closing(by, &draft, false);
		YW_CHECK_MSG(strstr(net->alarm.msg, cases[i].says) != NULL && (net->alarm.msg[0] == '\0') == cases[i].stands,
		    "%s %s: says '%s'", cases[i].rule, cases[i].what, net->alarm.msg);
		YW_CHECK_MSG(of(county)->open != cases[i].stands, "%s %s", cases[i].rule, cases[i].what);
		YW_CHECK(of(yw_tnet_log(net, "320100"))->open);
		yw_tnet_free(net);
	}
	yw_buf_release(&head);
	yw_buf_release(&trust);
	yw_buf_release(&other_head);
}

/* --- T8, T9 --- */

static void
next_generation(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100"), *next;
	struct yw_buf request = YW_BUF_INIT, genesis = YW_BUF_INIT;
	struct yw_generation moved;
	struct yw_request r;
	struct yw_entry e;
	uint64_t at;

	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "second", 2, 0, &county->keys.head }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "close it first") != NULL, "%s", err.msg);
	YW_CHECK(yw_trust_is_next(t->trust, yw_buf_bytes(&request), &r) && r.generation == 2);	/* T14 */
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "is not closed before it") != NULL, "%s", t->alarm.msg);

	yw_tnet_close(county, city);
	YW_CHECK(yw_trust_open(t->trust, &county->code) == NULL);	/* that one stood before the closing */
	YW_PASS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err));
	next = yw_tnet_reopen(county, city, "second");
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(of(next)->open && !of(next)->recovery && of(next)->generation == 2);
	YW_CHECK(yw_trust_open(t->trust, &county->code) == of(next) && !of(county)->open);
	YW_PASS(yw_entry_read(next->origin.text, yw_buf_bytes(&next->entries[0]), &e, &err));
	YW_PASS(yw_trust_judge_genesis(t->trust, of(next), &e, &err));
	yw_entry_release(&e);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ECONFLICT);

	/* Entry 0 by another request, which its maker would not take. */
	yw_buf_clear(&request);
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "third", 2, 0, &county->keys.head }, &request);
	moved = *of(next);
	yw_request_hash(yw_buf_bytes(&request), &moved.request);
	YW_PASS(yw_trust_make_reopening(&moved, yw_buf_bytes(&request), (struct yw_bytes) { NULL, 0 }, &genesis, &err));
	at = yw_tnet_add_trust(next, yw_buf_bytes(&genesis));
	YW_PASS(yw_entry_read(next->origin.text, yw_buf_bytes(&next->entries[at]), &e, &err));
	YW_FAILS(yw_trust_judge_genesis(t->trust, of(next), &e, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "another request") != NULL, "%s", err.msg);
	yw_entry_release(&e);

	/* Another's key asks: not one that a node keeps a copy for. */
	yw_buf_clear(&request);
	yw_tnet_ask(t, &(struct yw_tasked) { "320104", "320100", "thief's", 2, 0, &county->keys.head }, &request);
	YW_CHECK(!yw_trust_is_next(t->trust, yw_buf_bytes(&request), &r));
	yw_buf_release(&request);
	yw_buf_release(&genesis);
	yw_tnet_free(t);
}

/* One code delegated in two logs of its issuer: the older log's counts, though the entry of the other has the smaller index. */
static void
older_log_counts(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000"), *next;
	struct yw_jurisdiction county = jurisdiction("320106");
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set one;
	uint64_t first, second;

	for (int i = 0; i < 20; i++)
		add_body(city);
	yw_tnet_ask(t, &(struct yw_tasked) { "320106", "320100", "one", 1, 0, NULL }, &request);
	first = yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	yw_tnet_close(city, top);
	next = yw_tnet_reopen(city, top, "320100 second");
	yw_buf_clear(&request);
	yw_tnet_ask(t, &(struct yw_tasked) { "320106", "320100", "two", 1, 0, NULL }, &request);
	second = yw_tnet_add_delegation(next, yw_buf_bytes(&request));
	YW_CHECK(second < first && of(next)->open);
	yw_tnet_keys("one", &one);
	YW_CHECK(memcmp(&yw_trust_open(t->trust, &county)->spans[0].keys, &one.pub, sizeof one.pub) == 0);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

static void
receipts_cut(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *mirror = yw_tnet_log(t, "320104"), *next;
	const struct yw_treceipt two[] = { { "320104", 200 }, { "320200", 250 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(county, 100, two, 2);
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET);
	yw_tnet_close(mirror, yw_tnet_log(t, "320100"));
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.n_receipts == 1);

	/* Nor does the old key sign for the next generation. */
	next = yw_tnet_reopen(mirror, yw_tnet_log(t, "320100"), "mirror again");
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET);
	yw_tnet_beat(county, 100, two, 2);		/* by the keys of the next one */
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && next->generation == 2);
	yw_tnet_free(t);
}

/* The old key is lost: the city alone cannot go on, with the province it can; and it is marked for ever. */
static void
recovery(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000");
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_log_reader reader;
	struct yw_tlog *next;
	struct yw_request r;

	yw_tnet_reader(t, &reader);
	yw_tnet_close(county, city);
	next = yw_tnet_new_log(county, 2, "lost and found");
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "lost and found", 2, 0, NULL }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "consent of 320000") != NULL, "%s", err.msg);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));	/* in spite of that */
	YW_CHECK_MSG(strstr(t->alarm.msg, "consent of 320000") != NULL && of(next) == NULL, "%s", t->alarm.msg);

	/* Not the city's to consent to; the province's. */
	YW_FAILS(yw_trust_make_consent(t->trust, of(city), yw_buf_bytes(&request), &trust, &err), YW_EINVAL);
	YW_PASS(yw_trust_make_consent(t->trust, of(top), yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	YW_PASS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err));
	yw_buf_clear(&trust);
	YW_FAILS(yw_recovery_make(t->trust, of(city), yw_buf_bytes(&request), &reader, &trust, &err), YW_ENOENT);
	yw_tnet_beat(top, 100, NULL, 0);
	YW_PASS(yw_recovery_make(t->trust, of(city), yw_buf_bytes(&request), &reader, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(of(next) != NULL && of(next)->open && of(next)->recovery);
	yw_buf_release(&request);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

/* Who has a key that was rotated out asks for nothing: the old key is the last of the log up to its end, be that where a
 * quorum has it and not its closing (T7). */
static void
asked_by_the_last(void)
{
	for (int i = 0; i < 2; i++) {
		struct yw_tnet *t = small();
		struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
		struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
		struct yw_seckey old = county->keys.head;
		struct yw_closing_draft d;
		struct yw_tree_head at;
		struct yw_beat_said said;
		struct yw_request r;

		add_body(county);
		at = head_at(county, county->n);
		if (i == 1)		/* while those keys sign */
			yw_tnet_draft_closing(county, county->n, &d, &head);
		yw_tnet_rotate(county, city, "320102 new");
		add_body(county);
		if (i != 1)
			yw_tnet_draft_closing(county, county->n, &d, &head);
		yw_tnet_add_closing(city, &d, true);
		said = (struct yw_beat_said) { head_at(county, county->n), YW_BEAT_EXTENDS };
		if (i == 1)
			YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &at, &said, 1));
		YW_CHECK(!of(county)->open && of(county)->end.size == county->n && of(county)->n_spans == 2);

		yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "thief's", 2, 0, &old }, &request);
		YW_CHECK(!yw_trust_is_next(t->trust, yw_buf_bytes(&request), &r));
		YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ENOENT);
		YW_CHECK_MSG(strstr(err.msg, "consent of 320000") != NULL, "%d: %s", i, err.msg);
		yw_tnet_add_delegation(city, yw_buf_bytes(&request));
		YW_CHECK_MSG(yw_trust_open(t->trust, &county->code) == NULL, "%d", i);

		yw_buf_clear(&request);
		yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "second", 2, 0, &county->keys.head }, &request);
		YW_CHECK(yw_trust_is_next(t->trust, yw_buf_bytes(&request), &r));
		YW_PASS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err));
		yw_tnet_add_delegation(city, yw_buf_bytes(&request));
		YW_CHECK_MSG(yw_trust_open(t->trust, &county->code) != NULL && !yw_trust_open(t->trust, &county->code)->recovery, "%d", i);
		yw_buf_release(&head);
		yw_buf_release(&request);
		yw_tnet_free(t);
	}
}

/* Who has not got the log that was closed knows its last key by the head at which it ends. */
static void
asked_of_who_has_not_the_log(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_seckey asks[2] = { county->keys.head };

	yw_tnet_rotate(county, city, "320102 new");
	asks[1] = county->keys.head;
	yw_tnet_close(county, city);
	for (int i = 0; i < 2; i++) {
		struct yw_buf request = YW_BUF_INIT;
		struct yw_trust *fresh;
		struct yw_request r;

		YW_PASS(yw_trust_new(&t->network, &fresh, &err));
		for (size_t k = 0; k < 2; k++) {
			struct yw_tlog *l = k == 0 ? yw_tnet_log(t, "320000") : city;

			for (uint64_t j = 0; j < l->n; j++) {
				struct yw_error alarm;
				struct yw_entry e;

				YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[j]), &e, &err));
				YW_PASS(yw_trust_add(fresh, &l->origin, j, &e, &alarm));
				yw_entry_release(&e);
			}
		}
		YW_CHECK(yw_trust_origin(fresh, county->origin.text)->n_spans == 1);
		yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "second", 2, 0, &asks[i] }, &request);
		YW_CHECK_MSG(yw_trust_is_next(fresh, yw_buf_bytes(&request), &r) == (i == 1), "%d", i);
		yw_trust_free(fresh);
		yw_buf_release(&request);
	}
	yw_tnet_free(t);
}

/* After `revoked` the old key's word counts for nothing, not even in asking. */
static void
revoked(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct yw_hash hash;
	struct yw_request r;

	yw_tnet_draft_closing(county, county->n, &d, &head);
	d.revoked = true;
	yw_tnet_add_closing(city, &d, true);
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "second", 2, 0, &county->keys.head }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ENOENT);
	/* A line of the network file stands for any consent, whenever it is known. */
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK(yw_trust_open(t->trust, &county->code) == NULL);
	yw_request_hash(yw_buf_bytes(&request), &hash);
	yw_tnet_version(t, &(struct yw_network_change) { .consent = &hash });
	YW_CHECK(yw_trust_open(t->trust, &county->code) != NULL && yw_trust_open(t->trust, &county->code)->recovery);
	yw_buf_release(&head);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* Consents that are none. */
static void
consents(void)
{
	static const struct { const char *what; int bend; } cases[] = {
		{ "to another request", 0 }, { "by a log beside", 1 }, { "by a key that was rotated out", 2 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct yw_tnet *t = small();
		struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
		struct yw_tlog *top = yw_tnet_log(t, "320000"), *by = cases[i].bend == 1 ? yw_tnet_log(t, "320200") : top;
		struct yw_buf request = YW_BUF_INIT, other = YW_BUF_INIT, trust = YW_BUF_INIT, d = YW_BUF_INIT, proof = YW_BUF_INIT;
		struct yw_key_set old = top->keys;
		struct yw_log_reader reader;
		struct yw_proof path;
		uint64_t at;

		yw_tnet_reader(t, &reader);
		yw_tnet_close(county, city);
		yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "second", 2, 0, NULL }, &request);
		yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "third", 2, 0, NULL }, &other);
		YW_PASS(yw_trust_make_consent(t->trust, of(top), yw_buf_bytes(cases[i].bend == 0 ? &other : &request), &trust, &err));
		if (cases[i].bend == 2) {
			yw_tnet_rotate(top, NULL, "320000 new");
			top->keys.entry = old.entry;
			top->keys.pub.entry = old.pub.entry;
		}
		at = yw_tnet_add_trust(by, yw_buf_bytes(&trust));
		yw_tnet_beat(by, 100, NULL, 0);
		YW_PASS(reader.inclusion(t, by->origin.text, at, by->n, &path, &err));
		yw_wire_add_bytes(&proof, 1, yw_buf_bytes(&by->entries[at]));
		yw_wire_add_number(&proof, 2, at);
		for (size_t j = 0; j < path.n; j++)
			yw_wire_add_bytes(&proof, 3, (struct yw_bytes) { path.h[j].b, YW_HASH_BYTES });
		yw_wire_add_bytes(&proof, 4, yw_buf_bytes(&by->beat));
		yw_wire_add_bytes(&d, 1, yw_buf_bytes(&request));
		yw_wire_add_bytes(&d, 2, yw_buf_bytes(&proof));
		yw_buf_clear(&trust);
		yw_wire_add_bytes(&trust, 3, yw_buf_bytes(&d));
		yw_tnet_add_trust(city, yw_buf_bytes(&trust));
		YW_CHECK_MSG(strstr(t->alarm.msg, "consent") != NULL, "%s: says '%s'", cases[i].what, t->alarm.msg);
		YW_CHECK_MSG(yw_trust_open(t->trust, &county->code) == NULL, "%s", cases[i].what);
		yw_buf_release(&request);
		yw_buf_release(&other);
		yw_buf_release(&trust);
		yw_buf_release(&d);
		yw_buf_release(&proof);
		yw_tnet_free(t);
	}
}

/* From the city to the province and back. */
static void
handed_over(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000");
	struct yw_tlog *second, *third;
	struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_closing_draft d;
	struct yw_request r;

	yw_tnet_draft_closing(county, county->n, &d, &head);
	d.next_issuer = top->code;
	yw_tnet_add_closing(city, &d, true);
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "at the old one", 2, 0, &county->keys.head }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "leaves it to 320000") != NULL, "%s", err.msg);
	second = yw_tnet_reopen(county, top, "320102 second");
	YW_CHECK(of(second)->open && strcmp(of(second)->issuer.code, "320000") == 0 && !of(second)->recovery);

	yw_buf_clear(&head);
	yw_tnet_draft_closing(second, second->n, &d, &head);
	d.next_issuer = city->code;
	yw_tnet_add_closing(top, &d, true);
	third = yw_tnet_reopen(second, city, "320102 third");
	YW_CHECK(of(third)->open && strcmp(of(third)->issuer.code, "320100") == 0 && of(third)->generation == 3);
	yw_buf_release(&head);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* A closed city: the province acts for it, towards the counties that name it, until it has a log again. */
static void
acting(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000");
	struct yw_tlog *again;
	struct yw_buf request = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_closing_draft d;

	YW_CHECK(yw_trust_acting(t->trust, &city->code) == of(city));
	yw_tnet_close(city, top);
	YW_CHECK(yw_trust_acting(t->trust, &city->code) == of(top));
	YW_CHECK(of(county)->open && of(yw_tnet_log(t, "320104"))->open);	/* what it gave stays */
	yw_tnet_rotate(county, top, "320102 by the province");
	YW_CHECK_MSG(of(county)->n_spans == 2, "%s", t->alarm.msg);
	yw_tnet_draft_closing(county, county->n, &d, &head);
	yw_tnet_add_closing(top, &d, true);
	YW_CHECK_MSG(!of(county)->open && strcmp(of(county)->closing.issuer.code, "320000") == 0, "%s", t->alarm.msg);

	/* The old city log gives nothing any more; a new one does, and the province no longer acts. */
	yw_tnet_delegate_next_keys(yw_tnet_log(t, "320104"), city, "by the old city", &request);
	YW_CHECK(strstr(t->alarm.msg, "log ended before it") != NULL || t->alarm.msg[0] != '\0');
	again = yw_tnet_reopen(city, top, "320100 again");
	YW_CHECK(yw_trust_acting(t->trust, &city->code) == of(again));
	yw_tnet_rotate(yw_tnet_log(t, "320104"), again, "320104 by the new city");
	YW_CHECK(of(yw_tnet_log(t, "320104"))->n_spans == 2);
	yw_buf_clear(&head);
	yw_tnet_draft_closing(yw_tnet_log(t, "320104"), 1, &d, &head);
	yw_tnet_add_closing(top, &d, false);
	YW_CHECK_MSG(strstr(t->alarm.msg, "who acts for that one") != NULL && of(yw_tnet_log(t, "320104"))->open, "%s",
	    t->alarm.msg);
	yw_buf_release(&request);
	yw_buf_release(&head);
	yw_tnet_free(t);
}

/* Whoever may close it only because another closing counts takes nobody's word away. */
static void
who_takes_a_word_away(void)
{
	enum { ITS_ISSUER, WHO_ACTS, THE_NEXT_LOG, THE_NEXT_FIRST_NODE, WRITERS };

	for (int writer = 0; writer < WRITERS; writer++) {
		struct yw_tnet *t = small();
		struct yw_tlog *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000"), *by = city;
		struct yw_tlog *closed = writer == THE_NEXT_FIRST_NODE ? city : yw_tnet_log(t, "320102");
		struct yw_buf head = YW_BUF_INIT;
		struct yw_closing_draft d;

		if (writer == WHO_ACTS || writer == THE_NEXT_LOG)
			yw_tnet_close(city, top);
		if (writer == WHO_ACTS)
			by = top;
		else if (writer == THE_NEXT_LOG)
			by = yw_tnet_reopen(city, top, "320100 again");
		else if (writer == THE_NEXT_FIRST_NODE)
			by = yw_tnet_replace_first(t, "320000 again");
		yw_tnet_draft_closing(closed, closed->n, &d, &head);
		d.revoked = true;
		yw_tnet_add_closing(by, &d, true);
		YW_CHECK_MSG(!of(closed)->open && of(closed)->closing.revoked, "%d: %s", writer, t->alarm.msg);
		YW_CHECK_MSG(of(closed)->revoked == (writer == ITS_ISSUER || writer == THE_NEXT_FIRST_NODE), "%d", writer);
		yw_buf_release(&head);
		yw_tnet_free(t);
	}
}

static void
merged(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(county, county->n, &d, &head);
	d.successor = county->code;
	YW_FAILS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err), YW_EINVAL);
	d.successor = jurisdiction("320104");
	YW_PASS(yw_trust_make_closing(t->trust, of(city), &d, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	YW_CHECK(!of(county)->open && strcmp(of(county)->closing.successor.code, "320104") == 0);
	yw_buf_release(&head);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

/* --- T11 --- */

static void
roster_due(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, lost = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t index;

	YW_CHECK(!yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS));
	YW_CHECK(yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS + YW_ROSTER_EVERY_MS + 10));
	YW_CHECK(!yw_trust_roster_due(t->trust, of(county), YW_TNET_TIME_MS + YW_ROSTER_EVERY_MS * 9));	/* issues nothing */
	add_body(city);		/* what is said of bodies changes nothing of whom it answers for */
	YW_PASS(yw_trust_make_lost(t->trust, of(city), &(struct yw_own_place) { 1, city->n - 1, 0 }, 1, &lost, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&lost));
	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(!yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS));
	yw_tnet_draft_closing(county, county->n, &d, &head);
	yw_tnet_add_closing(city, &d, false);
	YW_CHECK(yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS));
	YW_CHECK(!yw_trust_roster_fault(t->trust, of(city), &index));
	yw_tnet_add_trust(city, (struct yw_bytes) { (const uint8_t *)"\x3a", 2 });	/* an empty roster */
	YW_CHECK_MSG(strstr(t->alarm.msg, "disagrees") != NULL, "%s", t->alarm.msg);
	YW_CHECK(yw_trust_roster_fault(t->trust, of(city), &index) && index == city->n - 1);
	yw_buf_release(&head);
	yw_buf_release(&lost);
	yw_tnet_free(t);
}

/* What the next one must say, after a roster by `keys`, true or not, is what it was without that. */
static void
adds_nothing(struct yw_tnet *t, struct yw_tlog *city, const struct yw_key_set *keys, const char *by, struct yw_bytes roster)
{
	struct yw_key_set own = city->keys;
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;
	bool due = yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS);
	uint64_t index;

	YW_PASS(yw_trust_make_roster(t->trust, of(city), &before, &err));
	city->keys = *keys;
	yw_tnet_add_trust(city, roster.len != 0 ? roster : yw_buf_bytes(&before));
	city->keys = own;
	YW_CHECK_MSG(strstr(t->alarm.msg, "signer was not valid") != NULL, "%s", t->alarm.msg);
	YW_PASS(yw_trust_make_roster(t->trust, of(city), &after, &err));
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), "%s makes the one before forgotten", by);
	YW_CHECK_MSG(yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS) == due, "%s makes one due, or not due", by);
	YW_CHECK_MSG(!yw_trust_roster_fault(t->trust, of(city), &index), "%s accuses the city", by);
	yw_buf_release(&before);
	yw_buf_release(&after);
}

/* By a key that is nobody's, and by the old key behind a key change: neither is the roster before the next one. */
static void
roster_by_another(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100");
	const struct yw_bytes empty = { (const uint8_t *)"\x3a", 2 };
	struct yw_key_set stranger, old = city->keys;
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_close(yw_tnet_log(t, "320102"), city);
	yw_tnet_keys("stranger", &stranger);
	adds_nothing(t, city, &stranger, "a stranger", (struct yw_bytes) { NULL, 0 });
	adds_nothing(t, city, &stranger, "a stranger", empty);
	yw_tnet_add_key_change(city, top, yw_tnet_delegate_next_keys(city, top, "320100 new", &request));
	yw_tnet_keys("320100 new", &city->keys);
	adds_nothing(t, city, &old, "the old key", (struct yw_bytes) { NULL, 0 });
	adds_nothing(t, city, &old, "the old key", empty);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* A registry that was given the logs one by one, in that order, as a node that starts again is. */
static struct yw_trust *
fed_in_order(struct yw_tnet *t, const char *const order[3])
{
	struct yw_trust *fresh;
	struct yw_error alarm;
	struct yw_entry e;

	YW_PASS(yw_trust_new(&t->network, &fresh, &err));
	for (size_t i = 0; i < 3; i++) {
		const struct yw_tlog *l = yw_tnet_log(t, order[i]);

		for (size_t k = 0; k < l->n; k++) {
			YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[k]), &e, &err));
			YW_PASS(yw_trust_add(fresh, &l->origin, k, &e, &alarm));
			yw_entry_release(&e);
		}
	}
	return fresh;
}

/* What a city said honestly, before it heard that its log had ended before that, accuses it nowhere. */
static void
roster_behind_the_end(void)
{
	static const char *const orders[][3] = { { "320100", "320102", "320000" }, { "320000", "320100", "320102" } };
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t index;

	yw_tnet_draft_closing(city, city->n, &d, &head);
	yw_tnet_request(t, "320105", "320100", "320105", &request);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	yw_tnet_add_roster(city);
	yw_tnet_add_closing(yw_tnet_log(t, "320000"), &d, true);
	YW_CHECK(of(city)->end.size == city->n - 2 && !yw_trust_roster_fault(t->trust, of(city), &index));
	for (size_t i = 0; i < 2; i++) {
		struct yw_trust *fresh = fed_in_order(t, orders[i]);
		const struct yw_generation *g = yw_trust_origin(fresh, city->origin.text);

		YW_CHECK_MSG(!yw_trust_roster_fault(fresh, g, &index), "order %zu: at entry %u", i, (unsigned)index);
		yw_trust_free(fresh);
	}
	yw_buf_release(&head);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* The province acts for a city that it has closed, and closes the county that this one had admitted.  Whoever holds the
 * province's log first does not know of the county yet: what the roster is good for it finds when it does. */
static void
roster_before_its_subject(void)
{
	static const char *const orders[][3] = { { "320000", "320100", "320102" }, { "320100", "320102", "320000" },
		{ "320102", "320000", "320100" } };
	static const char *const what[] = { "true", "that leaves it out" };

	for (int lies = 0; lies < 2; lies++) {
		struct yw_tnet *t = small();
		struct yw_tlog *top = yw_tnet_log(t, "320000"), *county = yw_tnet_log(t, "320102");
		struct yw_buf head = YW_BUF_INIT, roster = YW_BUF_INIT;
		struct yw_closing_draft d;
		uint64_t index;

		yw_tnet_close(yw_tnet_log(t, "320100"), top);
		YW_PASS(yw_trust_make_roster(t->trust, of(top), &roster, &err));
		yw_tnet_draft_closing(county, county->n, &d, &head);
		yw_tnet_add_closing(top, &d, lies == 0);
		if (lies)
			yw_tnet_add_trust(top, yw_buf_bytes(&roster));
		YW_CHECK(!of(county)->open);
		for (size_t i = 0; i < 3; i++) {
			struct yw_trust *fresh = fed_in_order(t, orders[i]);
			const struct yw_generation *g = yw_trust_origin(fresh, top->origin.text);

			YW_CHECK_MSG(yw_trust_roster_fault(fresh, g, &index) == (lies == 1), "a roster %s, order %zu", what[lies], i);
			YW_CHECK(lies == 0 || index == top->n - 1);
			yw_trust_free(fresh);
		}
		yw_buf_release(&head);
		yw_buf_release(&roster);
		yw_tnet_free(t);
	}
}

/* Whether it was said before the end is known only with the beats, and of the older of two rosters too. */
static void
roster_before_a_later_end(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, roster = YW_BUF_INIT;
	struct yw_tree_head end = head_at(city, city->n);
	struct yw_beat_said said = { .relation = YW_BEAT_EXTENDS };
	struct yw_closing_draft d;
	uint64_t at = city->n, index = 0;

	yw_tnet_draft_closing(city, city->n, &d, &head);
	YW_PASS(yw_trust_make_roster(t->trust, of(top), &roster, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&roster));
	yw_tnet_add_roster(city);
	YW_CHECK(yw_trust_roster_fault(t->trust, of(city), &index) && index == at);
	yw_tnet_add_closing(top, &d, true);
	YW_CHECK(of(city)->end.size == at && !yw_trust_roster_fault(t->trust, of(city), &index));
	said.beat = head_at(city, at + 1);
	YW_PASS(yw_trust_say_beats(t->trust, city->origin.text, &end, &said, 1));
	YW_CHECK(of(city)->end.size == at + 1);
	YW_CHECK(yw_trust_roster_fault(t->trust, of(city), &index) && index == at);
	yw_buf_release(&head);
	yw_buf_release(&roster);
	yw_tnet_free(t);
}

/* Delegations without effect, by a key that is not the log's or of a key that was used before, are not there for a roster. */
static void
roster_of_what_has_effect(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_key_set own = city->keys;
	struct yw_buf roster = YW_BUF_INIT, again = YW_BUF_INIT, request = YW_BUF_INIT;

	YW_PASS(yw_trust_make_roster(t->trust, of(city), &roster, &err));
	yw_tnet_request(t, "320105", "320100", "320105", &request);
	yw_tnet_keys("stranger", &city->keys);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	city->keys = own;
	yw_buf_clear(&request);
	yw_tnet_request(t, "320106", "320100", "320102", &request);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	YW_CHECK_MSG(strstr(t->alarm.msg, "entry key of 320102") != NULL, "%s", t->alarm.msg);
	YW_CHECK(!yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS));
	YW_PASS(yw_trust_make_roster(t->trust, of(city), &again, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&roster), yw_buf_bytes(&again)));
	yw_buf_release(&roster);
	yw_buf_release(&again);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* The newest key set of each, and where it was delegated. */
static void
roster_of_key_sets(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf roster = YW_BUF_INIT, request = YW_BUF_INIT;
	uint64_t at = yw_tnet_delegate_next_keys(county, city, "320102 new", &request);
	Yiwang__V1__Trust *m;

	YW_PASS(yw_trust_make_roster(t->trust, of(city), &roster, &err));
	YW_PASS(yw_decode(&yiwang__v1__trust__descriptor, yw_buf_bytes(&roster), &m, &err));
	YW_CHECK(m->roster->n_open == 2 && strcmp(m->roster->open[0]->code, "320102") == 0);
	YW_CHECK(m->roster->open[0]->key_set == 1 && m->roster->open[0]->delegation == at);
	YW_CHECK(m->roster->open[1]->key_set == 0);
	yw_decode_free(m);
	yw_buf_release(&roster);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* Closings that end nothing - of a log that is not the city's, by a key that is not - are not listed, and take nothing off. */
static void
roster_of_what_stands(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100"), *beside = yw_tnet_log(t, "320200");
	struct yw_key_set own = city->keys;
	struct yw_buf head = YW_BUF_INIT, roster = YW_BUF_INIT;
	struct yw_closing_draft d;
	Yiwang__V1__Trust *m;

	yw_tnet_draft_closing(beside, beside->n, &d, &head);
	yw_tnet_add_closing(city, &d, false);
	yw_buf_clear(&head);
	yw_tnet_draft_closing(county, county->n, &d, &head);
	yw_tnet_keys("stranger", &city->keys);
	yw_tnet_add_closing(city, &d, false);
	city->keys = own;
	YW_CHECK(of(county)->open && of(beside)->open && !yw_trust_roster_due(t->trust, of(city), YW_TNET_TIME_MS));
	YW_PASS(yw_trust_make_roster(t->trust, of(city), &roster, &err));
	YW_PASS(yw_decode(&yiwang__v1__trust__descriptor, yw_buf_bytes(&roster), &m, &err));
	YW_CHECK_MSG(m->roster->n_open == 2 && m->roster->n_closed == 0, "%zu open, %zu closed", m->roster->n_open,
	    m->roster->n_closed);
	yw_decode_free(m);
	yw_buf_release(&head);
	yw_buf_release(&roster);
	yw_tnet_free(t);
}

/* --- T13, V4 --- */

static void
registrars(void)
{
	static const char *const two[] = { "contract", "institution" }, *const odd[] = { "contract", "nothing" };
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102");
	struct yw_key_set desk = { 0 };
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t at, end;

	yw_tnet_keys("the desk", &desk);
	YW_FAILS(yw_trust_make_registrar(t->trust, of(county), &desk.pub.entry, odd, 2, &trust, &err), YW_EINVAL);
	YW_FAILS(yw_trust_make_registrar(t->trust, of(county), &desk.pub.entry, NULL, 0, &trust, &err), YW_ENOENT);
	YW_FAILS(yw_trust_make_registrar(t->trust, of(county), &county->keys.pub.head, two, 2, &trust, &err), YW_EINVAL);
	YW_FAILS(yw_trust_make_registrar(t->trust, of(county), &yw_tnet_log(t, "320200")->keys.pub.entry, two, 2, &trust, &err),
	    YW_EINVAL);
	YW_PASS(yw_trust_make_registrar(t->trust, of(county), &desk.pub.entry, two, 2, &trust, &err));
	at = yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	YW_CHECK(!yw_trust_may_sign(t->trust, of(county), at, &desk.pub.entry, "contract"));
	YW_CHECK(yw_trust_may_sign(t->trust, of(county), at + 1, &desk.pub.entry, "contract"));
	YW_CHECK(yw_trust_may_sign(t->trust, of(county), at + 1, &desk.pub.entry, NULL));
	YW_CHECK(!yw_trust_may_sign(t->trust, of(county), at + 1, &desk.pub.entry, "broker"));
	YW_CHECK(!yw_trust_may_sign(t->trust, of(yw_tnet_log(t, "320104")), at + 1, &desk.pub.entry, "contract"));

	/* Never trust entries. */
	{
		struct yw_key_set own = county->keys;

		county->keys.entry = desk.entry;
		county->keys.pub.entry = desk.pub.entry;
		yw_tnet_add_roster(county);
		county->keys = own;
		YW_CHECK_MSG(strstr(t->alarm.msg, "signer was not valid") != NULL, "%s", t->alarm.msg);
	}
	/* A key in two uses: as a registrar's of another code, or in a request. */
	yw_buf_clear(&trust);
	YW_FAILS(yw_trust_make_registrar(t->trust, of(yw_tnet_log(t, "320104")), &desk.pub.entry, two, 2, &trust, &err), YW_EINVAL);
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_registrar(t->trust, of(county), &desk.pub.entry, NULL, 0, &trust, &err));
	end = yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	YW_CHECK(yw_trust_may_sign(t->trust, of(county), end, &desk.pub.entry, "contract"));
	YW_CHECK(!yw_trust_may_sign(t->trust, of(county), end + 1, &desk.pub.entry, "contract"));
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

static void
holders(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102");
	struct yw_jurisdiction nobody = { "" }, other = jurisdiction("320200");
	struct yw_holder held;
	struct yw_buf trust = YW_BUF_INIT;

	YW_FAILS(yw_trust_make_holder(t->trust, of(county), &county->code, &trust, &err), YW_EINVAL);
	YW_FAILS(yw_trust_make_holder(t->trust, of(county), &(struct yw_jurisdiction) { "320900" }, &trust, &err), YW_ENOENT);
	yw_trust_holder(t->trust, of(county), &held);
	YW_CHECK(held.code.code[0] == '\0');
	YW_PASS(yw_trust_make_holder(t->trust, of(county), &other, &trust, &err));
	yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	yw_trust_holder(t->trust, of(county), &held);
	YW_CHECK(yw_jurisdiction_equal(&held.code, &other));
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_holder(t->trust, of(county), &nobody, &trust, &err));
	yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	yw_trust_holder(t->trust, of(county), &held);
	YW_CHECK(held.code.code[0] == '\0');
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

YW_TESTS({ "T6 T5 a closing ends a log", ended },
    { "T6 B8 at a size at which no head was signed", larger_head },
    { "T6 T7 at nothing, and what a quorum had all the same", empty_log },
    { "T7 the end is the larger of the closing's and the quorum's", quorum_stands },
    { "T7 a closing that a quorum contradicts is void, speaks against its issuer, and may be logged again", voided },
    { "T6 the first closing counts", first_counts },
    { "T6 T3 of two closings in two logs the nearer issuer's counts", nearer_counts },
    { "T6 T3 B8 T2 closings that are none", refused },
    { "T8 T4 T14 the next generation", next_generation },
    { "T3 T8 of two logs of one issuer the older one's delegation counts", older_log_counts },
    { "T12 T15 receipts of a closed generation count no more", receipts_cut },
    { "T9 a recovery needs the consent of the issuer's issuer", recovery },
    { "T9 T5 T7 the old key that asks is the last one of its log up to its end, and none that was rotated out", asked_by_the_last },
    { "T9 T6 where the closed log is not held, the key of the head at which it ends is the one that asks",
	asked_of_who_has_not_the_log },
    { "T9 T1 after revoked, and by a line of the network file", revoked },
    { "T9 consents that are none", consents },
    { "T6 T3 a county handed to the province and back", handed_over },
    { "T3 T6 who acts for a closed city", acting },
    { "T6 T7 whose revocation takes a word away", who_takes_a_word_away },
    { "T10 T6 a closing names a successor", merged },
    { "T11 when a roster is due, and one that disagrees", roster_due },
    { "T11 a roster by a key that was not valid there is none", roster_by_another },
    { "T11 T6 a roster behind the end of its log accuses nobody, in any order", roster_behind_the_end },
    { "T11 whoever hears of a log first or last accuses its issuer of the same: a roster that closes for another", roster_before_its_subject },
    { "T11 T7 a false roster that a beat with quorum puts before the end of its log accuses, though a later one stays behind",
      roster_before_a_later_end },
    { "T11 a roster lists only closings that stand", roster_of_what_stands },
    { "T11 T2 delegations without effect change no roster", roster_of_what_has_effect },
    { "T11 T5 a roster gives the newest key set of each", roster_of_key_sets },
    { "T13 T2 registrars", registrars },
    { "V4 who else keeps the restricted bodies", holders })
