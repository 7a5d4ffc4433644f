/*
 * Two heads that cannot both be honest: judged, written as one file, judged offline.
 * Outside truth: the published pair of heads, typed in.
 */
#include "base/text.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence_int.h"

#define DASH "\xe2\x80\x94 "
#define HEAD_A "onenet.example/320100\n9\nB7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY=\n\n"              \
	DASH "onenet.example/320100 7pV2izGeCPRjWU5yuL7nV5GHZ874qEBX32MXGi9CGHJN7smNlZOcq5+S1i7D06kZ5LzYxn4kz0wLmy/xlkxov" \
	"gqc/AQ=\n"
#define HEAD_B "onenet.example/320100\n9\n2FQCqO9E0uh2PxhS+DGdxKBXah9iZbDzPkVDlnp/BB8=\n\n"              \
	DASH "onenet.example/320100 7pV2i4C6KN+LDZsm/Tcm+q8cQbgNAc6SzmyZZ/auluRhCXxE0Znl2TNqI0qXInuGVl7D" \
	"D3JxnF2tIxypa/fquJ5a6Qk=\n"

static const char *const codes[] = { "320000", "320100", "320102" };
static struct yw_error err;

static struct yw_tnet *
network(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 3, "quorum none\n");

	for (size_t i = 0; i < 3; i++)
		yw_tnet_beat(&t->logs[i], 1000, NULL, 0);
	return t;
}

static void
published(void)
{
	struct yw_contradiction c = { .head_a = yw_bytes_str(HEAD_A), .head_b = yw_bytes_str(HEAD_B) };
	struct yw_contradiction_verdict v;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_contradiction_check(yw_tnet_generation(t, "320100"), &c, &v, &err));
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &text, &err));
	YW_CHECK(yw_evidence_kind(yw_buf_bytes(&text)) == YW_EVIDENCE_CONTRADICTION);
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(strcmp(v.origin.text, "onenet.example/320100") == 0 && v.size_a == 9 && v.size_b == 9);
	YW_CHECK(memcmp(v.root_a.b, v.root_b.b, 32) < 0 && v.n_via == 2 && strcmp(v.via[1].code, "320100") == 0);

	/* The other way round it is the same text. */
	c = (struct yw_contradiction) { .head_a = yw_bytes_str(HEAD_B), .head_b = yw_bytes_str(HEAD_A) };
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &other, &err));
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&other)));
	yw_buf_release(&text);
	yw_buf_release(&other);
	yw_tnet_free(t);
}

/* A log of `n` leaves numbered from 0, but leaf `bent` is another. */
struct branch {
	struct yw_hash leaves[40];
	struct yw_hash root;
	struct yw_buf head;
	size_t n;
};

static void
grow(const struct yw_tlog *l, size_t n, size_t bent, struct branch *b)
{
	struct yw_checkpoint c = { .size = n };

	*b = (struct branch) { .n = n };
	for (size_t i = 0; i < n; i++) {
		uint8_t leaf[2] = { (uint8_t)i, i == bent };

		yw_leaf_hash((struct yw_bytes) { leaf, 2 }, &b->leaves[i]);
	}
	yw_range_root(b->leaves, n, &b->root);
	memcpy(c.origin, l->origin.text, sizeof c.origin);
	c.root = b->root;
	YW_PASS(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, &b->head, &err));
}

static enum yw_code
read_leaf(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *e)
{
	const struct branch *b = arg;

	if (level != 0 || n != 0 || width > b->n)
		return yw_fail(e, YW_ENOENT, "no tile");
	memcpy(out, b->leaves, width * sizeof *out);
	return YW_OK;
}

static void
two_sizes(void)
{
	struct yw_contradiction_verdict v;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT;
	struct yw_contradiction c = { 0 };
	struct yw_tile_reader tiles;
	struct yw_log_reader r;
	struct branch a, b;
	const struct yw_generation *g = yw_tnet_generation(t, "320102");

	yw_tnet_reader(t, &r);
	grow(yw_tnet_log(t, "320102"), 11, 3, &a);
	grow(yw_tnet_log(t, "320102"), 37, SIZE_MAX, &b);
	tiles = (struct yw_tile_reader) { read_leaf, &b };
	YW_PASS(yw_prove_consistency(&tiles, 11, 37, &c.consistency, &err));
	yw_range_root(b.leaves, 11, &c.instead);
	c.head_a = yw_buf_bytes(&a.head);
	c.head_b = yw_buf_bytes(&b.head);
	YW_PASS(yw_contradiction_make(t->trust, g, &c, &r, &text, &err));
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.size_a == 11 && v.size_b == 37 && yw_hash_equal(&v.root_a, &a.root) &&
	    yw_hash_equal(&v.root_b, &b.root));
	YW_CHECK(yw_hash_equal(&v.instead, &c.instead) && v.n_via == 3);

	/* A proof that fails proves nothing; a true one between agreeing heads either. */
	c.consistency.h[0].b[0] ^= 1;
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_ESIG);
	c.consistency.h[0].b[0] ^= 1;
	c.head_a = yw_buf_bytes(&b.head);
	c.head_b = yw_buf_bytes(&a.head);
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);
	yw_buf_release(&a.head);
	grow(yw_tnet_log(t, "320102"), 11, SIZE_MAX, &a);
	c.head_a = yw_buf_bytes(&a.head);
	c.head_b = yw_buf_bytes(&b.head);
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);
	c.head_b = c.head_a;
	YW_FAILS(yw_contradiction_check(g, &c, &v, &err), YW_EINVAL);

	/* Signed by another key, or of another log. */
	YW_FAILS(yw_contradiction_check(yw_tnet_generation(t, "320100"), &c, &v, &err), YW_EINVAL);
	a.head.data[a.head.len - 10] ^= 1;
	YW_CHECK(yw_contradiction_check(g, &c, &v, &err) != YW_OK);
	yw_buf_release(&a.head);
	yw_buf_release(&b.head);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* Any flipped bit: refused by the last line; with that mended, refused, or the same two heads. */
static void
flips(void)
{
	struct yw_contradiction c = { .head_a = yw_bytes_str(HEAD_A), .head_b = yw_bytes_str(HEAD_B) };
	struct yw_contradiction_verdict v, want;
	struct yw_tnet *t = network();
	struct yw_buf text = YW_BUF_INIT, bent = YW_BUF_INIT;
	uint64_t state = yw_test_seed();
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &c, &r, &text, &err));
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &want, &err));
	for (int i = 0; i < 300; i++) {		/* those of the LF before the last line first */
		size_t bit = i < 8 ? (text.len - 73) * 8 + (size_t)i : yw_test_next(&state) % ((text.len - 72) * 8);

		yw_buf_clear(&bent);
		yw_buf_add(&bent, text.data, text.len);
		bent.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_FAILS(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err), YW_ESIG);
		yw_tnet_reseal(&bent);
		if (yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err) == YW_OK)
			YW_CHECK_MSG(yw_hash_equal(&v.root_a, &want.root_a) && yw_hash_equal(&v.root_b, &want.root_b) &&
			    v.size_a == want.size_a && strcmp(v.origin.text, want.origin.text) == 0, "bit %zu", bit);
	}
	yw_buf_release(&text);
	yw_buf_release(&bent);
	yw_tnet_free(t);
}

/* --- the root keys (T1) --- */

static void
next_version(const struct yw_network *prev, const char *policy, struct yw_buf *note)
{
	struct yw_network_change c = { .policy_lines = policy };
	struct yw_buf draft = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	yw_buf_clear(note);
	YW_PASS(yw_network_next(prev, &c, &draft, &err));
	YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, note, &err));
	yw_buf_release(&draft);
}

static void
two_network_files(void)
{
	struct yw_buf one = YW_BUF_INIT, other = YW_BUF_INIT, third = YW_BUF_INIT, text = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_contradiction_verdict v;
	struct yw_network n;
	struct yw_tnet *t = network();

	YW_FAILS(yw_network_contradiction_make(t->trust, &text, &err), YW_ENOENT);
	next_version(&t->network, "quorum 320000\n", &one);
	next_version(&t->network, "quorum 320100\n", &other);
	YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&one), &err));
	YW_FAILS(yw_trust_add_network(t->trust, yw_buf_bytes(&other), &err), YW_ECONFLICT);
	YW_PASS(yw_network_contradiction_make(t->trust, &text, &err));
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK(v.of == YW_CONTRADICTION_NETWORK && v.version == 2 && v.n_via == 0 && !yw_hash_equal(&v.text, &v.twin));
	for (int i = 0; i < 2; i++) {	/* whoever's own file is either of the two */
		YW_PASS(yw_network_parse(yw_buf_bytes(i == 0 ? &one : &other), &t->network.hash, &n, &err));
		YW_CHECK_MSG(yw_contradiction_verify(&n, yw_buf_bytes(&text), &v, &err) == YW_OK, "%s", err.msg);
		yw_network_release(&n);
	}
	next_version(&t->network, "quorum 320102\n", &third);	/* it is another one than both */
	YW_PASS(yw_network_parse(yw_buf_bytes(&third), &t->network.hash, &n, &err));
	YW_FAILS(yw_contradiction_verify(&n, yw_buf_bytes(&text), &v, &err), YW_EINVAL);
	yw_network_release(&n);

	YW_PASS(yw_evidence_begin(t->trust, "contradiction", &bent, &err));	/* one and the same is none */
	yw_sealed_add(&bent, "twin", yw_buf_bytes(&one));
	YW_PASS(yw_evidence_end(&bent, &err));
	YW_FAILS(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "agree") != NULL, "%s", err.msg);
	for (size_t at = 0; at < text.len; at += 97) {
		yw_buf_clear(&bent);
		yw_buf_add(&bent, text.data, text.len);
		bent.data[at] ^= 1;
		YW_CHECK(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err) != YW_OK);
	}
	yw_buf_release(&one);
	yw_buf_release(&other);
	yw_buf_release(&third);
	yw_buf_release(&text);
	yw_buf_release(&bent);
	yw_tnet_free(t);
}

/* --- rosters (T11) --- */

struct row { const char *code; uint32_t generation, key_set; uint64_t at; };

/* What it says of the generations of two counties and of the roster before it; code NULL: no row. */
static void
say_roster(struct yw_tlog *l, const struct row open[2], const struct row closed[2], const uint64_t *previous)
{
	Yiwang__V1__Roster__Open o[2], *os[2] = { &o[0], &o[1] };
	Yiwang__V1__Roster__Closed c[2], *cs[2] = { &c[0], &c[1] };
	Yiwang__V1__Roster__Previous p = YIWANG__V1__ROSTER__PREVIOUS__INIT;
	Yiwang__V1__Roster roster = YIWANG__V1__ROSTER__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_buf trust = YW_BUF_INIT;

	for (size_t i = 0; i < 2 && open[i].code != NULL; i++, roster.n_open++) {
		yiwang__v1__roster__open__init(&o[i]);
		o[i].code = (char *)(uintptr_t)open[i].code;
		o[i].generation = open[i].generation;
		o[i].key_set = open[i].key_set;
		o[i].delegation = open[i].at;
	}
	roster.open = os;
	for (size_t i = 0; i < 2 && closed[i].code != NULL; i++, roster.n_closed++) {
		yiwang__v1__roster__closed__init(&c[i]);
		c[i].code = (char *)(uintptr_t)closed[i].code;
		c[i].generation = closed[i].generation;
		c[i].closing = closed[i].at;
	}
	roster.closed = cs;
	if (previous != NULL) {
		p.index = *previous;
		roster.previous = &p;
	}
	m.kind_case = YIWANG__V1__TRUST__KIND_ROSTER;
	m.roster = &roster;
	YW_PASS(yw_wire_pack(&m.base, &trust, &err));
	yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
}

/* The city's log as it begins: genesis, the delegation of 320102 at 1, its roster at 2, that of 320104 at 3, its roster at
 * 4; then 320102 is closed at 5, and a roster comes that should say so. */
static void
false_rosters(void)
{
	static const uint64_t at2 = 2, at4 = 4, at9 = 9;
	static const struct {
		struct row open[2], closed[2];
		const uint64_t *previous;
		const char *says;
	} rows[] = {
		{ { { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 5 } }, &at4, NULL },	/* what is so */
		{ { { "320102", 1, 0, 1 }, { "320104", 1, 0, 3 } }, { { NULL } }, &at4, "320102, which entry 5 closes, is not among those" },
		{ { { "320104", 1, 0, 3 } }, { { NULL } }, &at4, "320102 is open in the roster before it, and gone" },
		{ { { NULL } }, { { "320102", 1, 0, 5 } }, &at4, "320104 is open in the roster before it, and gone" },
		{ { { "320104", 1, 0, 2 } }, { { "320102", 1, 0, 5 } }, &at4, "or another here" },
		{ { { "320104", 1, 1, 3 } }, { { "320102", 1, 0, 5 } }, &at4, "does not delegate key set 1 of 320104" },
		{ { { "320104", 1, 0, 3 } }, { { "320102", 2, 0, 5 } }, &at4, "320102 is open in the roster before it, and gone" },
		{ { { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 5 } }, &at2, "it passes over the roster at entry 4" },
		{ { { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 5 } }, NULL, "it passes over the roster at entry" },
		{ { { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 5 } }, &at9, "since the roster before" },
		{ { { "320104", 1, 0, 3 }, { "320102", 1, 0, 1 } }, { { NULL } }, &at4, "not in order" },
		{ { { "320102", 1, 0, 1 }, { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 5 } }, &at4, "as open and as closed" },
		{ { { "320104", 1, 0, 17 } }, { { "320102", 1, 0, 5 } }, &at4, "320104 that comes after it" },
	};
	static const char *const three[] = { "320000", "320100", "320102", "320104" };
	struct yw_contradiction_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct yw_log_reader r;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_tnet *t = yw_tnet_new("onenet.example", three, 4, "quorum none\n");
		struct yw_tlog *city = yw_tnet_log(t, "320100");
		struct yw_buf head = YW_BUF_INIT;
		struct yw_closing_draft d;
		uint64_t index;
		enum yw_code code;

		yw_tnet_draft_closing(yw_tnet_log(t, "320102"), 1, &d, &head);
		YW_CHECK(yw_tnet_add_closing(city, &d, false) == 5);
		say_roster(city, rows[i].open, rows[i].closed, rows[i].previous);
		for (size_t k = 0; k < 4; k++)
			yw_tnet_beat(&t->logs[k], 1000, NULL, 0);
		yw_tnet_reader(t, &r);
		yw_buf_clear(&text);
		code = yw_roster_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &r, &text, &err);
		YW_CHECK(yw_trust_roster_fault(t->trust, yw_tnet_generation(t, "320100"), &index) == (rows[i].says != NULL));
		if (rows[i].says == NULL) {
			YW_CHECK(code == YW_ENOENT);
		} else {
			YW_CHECK_MSG(code == YW_OK, "row %zu: %s", i, err.msg);
			YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
			YW_CHECK_MSG(strstr(v.says, rows[i].says) != NULL, "row %zu: %s", i, v.says);
			YW_CHECK(v.of == YW_CONTRADICTION_ROSTER && v.roster == index && v.witness <= index && v.n_via == 2);
			YW_CHECK(strcmp(v.code.code, "320100") == 0);
		}
		yw_buf_release(&head);
		yw_tnet_free(t);
	}
	yw_buf_release(&text);
}

/* The file that shows a roster of that log beside another of its entries, or alone: what whoever gets it makes of that. */
static enum yw_code
shown(struct yw_tnet *t, struct yw_tlog *l, uint64_t roster, const uint64_t *witness, struct yw_bytes witness_beat,
    struct yw_contradiction_verdict *v)
{
	const struct yw_generation *g = yw_trust_origin(t->trust, l->origin.text);
	struct evidence_given given = { .n = 0 };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_log_reader r;
	enum yw_code code;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_evidence_begin(t->trust, "contradiction", &text, &err));
	YW_PASS(yw_evidence_add_links(t->trust, g, NULL, &r, &given, &text, &err));
	YW_PASS(yw_evidence_add_entry(t->trust, g, "roster", yw_buf_bytes(&l->entries[roster]), roster, yw_buf_bytes(&l->beat),
	    NULL, &r, &text, &err));
	if (witness != NULL)
		YW_PASS(yw_evidence_add_entry(t->trust, g, "entry", yw_buf_bytes(&l->entries[*witness]), *witness,
		    witness_beat.len != 0 ? witness_beat : yw_buf_bytes(&l->beat), NULL, &r, &text, &err));
	YW_PASS(yw_evidence_end(&text, &err));
	code = yw_contradiction_verify(&t->network, yw_buf_bytes(&text), v, &err);
	yw_buf_release(&text);
	return code;
}

/*
 * A city's log: as above up to the roster at 4; key set 1 of 320104 at 5, roster at 6; 320102 closed at 7, and once more at
 * 8; 320106 delegated at 9.  What comes at 10 is to be judged.
 */
static struct yw_tnet *
long_city(void)
{
	static const char *const four[] = { "320000", "320100", "320102", "320104" };
	struct yw_tnet *t = yw_tnet_new("onenet.example", four, 4, "quorum none\n");
	struct yw_tlog *city = yw_tnet_log(t, "320100"), *county = yw_tnet_log(t, "320102");
	struct yw_buf request = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_delegate_next_keys(yw_tnet_log(t, "320104"), city, "320104 new", &request);
	yw_tnet_draft_closing(county, 1, &d, &head);
	YW_CHECK(yw_tnet_add_closing(city, &d, false) == 7 && yw_tnet_add_closing(city, &d, false) == 8);
	yw_buf_clear(&request);
	yw_tnet_request(t, "320106", "320100", "320106", &request);
	YW_CHECK(yw_tnet_add_delegation(city, yw_buf_bytes(&request)) == 9);
	yw_buf_release(&request);
	yw_buf_release(&head);
	return t;
}

#define ALONE UINT64_MAX

/* Each thing that a roster can be wrong in, beside the one entry that shows it; whatever is right in it. */
static void
rosters_beside(void)
{
	static const uint64_t at4 = 4, at5 = 5, at6 = 6, at7 = 7, at8 = 8, at10 = 10;
	static const struct {
		struct row open[2], closed[2];
		const uint64_t *previous;
		uint64_t witness;
		const char *says;
	} rows[] = {
		{ { { "320104", 1, 1, 5 }, { "320104", 1, 1, 5 } }, { { NULL } }, &at6, ALONE, "its open rows are not in order" },
		{ { { "320104", 2, 0, 5 }, { "320104", 1, 1, 5 } }, { { NULL } }, &at6, ALONE, "its open rows are not in order" },
		{ { { NULL } }, { { "320104", 1, 0, 8 }, { "320102", 1, 0, 7 } }, &at6, ALONE, "its closed rows are not in order" },
		{ { { NULL } }, { { "320102", 1, 0, 7 }, { "320102", 1, 0, 8 } }, &at6, ALONE, "its closed rows are not in order" },
		{ { { NULL } }, { { "320102", 1, 0, 10 } }, &at6, ALONE, "cites a closing of 320102 that is not since" },
		{ { { NULL } }, { { "320102", 1, 0, 7 } }, &at7, ALONE, "cites a closing of 320102 that is not since" },
		{ { { "320106", 1, 0, 10 } }, { { NULL } }, &at6, ALONE, "a delegation of 320106 that comes after it" },
		{ { { NULL } }, { { NULL } }, &at10, ALONE, "names a roster before it that comes after it" },

		{ { { "320104", 1, 0, 4 } }, { { NULL } }, &at6, 4, "entry 4, which it cites, does not delegate key set 0 of 320104" },
		{ { { "320102", 1, 0, 7 } }, { { NULL } }, &at6, 7, "entry 7, which it cites, does not delegate key set 0 of 320102" },
		{ { { "320104", 1, 0, 1 } }, { { NULL } }, &at6, 1, "entry 1, which it cites, does not delegate key set 0 of 320104" },
		{ { { "320104", 2, 0, 3 } }, { { NULL } }, &at6, 3, "entry 3, which it cites, does not delegate key set 0 of 320104" },
		{ { { "320104", 1, 0, 5 } }, { { NULL } }, &at6, 5, "entry 5, which it cites, does not delegate key set 0 of 320104" },
		{ { { NULL } }, { { "320102", 1, 0, 1 } }, &at6, 1, "entry 1, which it cites, does not close generation 1 of 320102" },
		{ { { NULL } }, { { "320104", 1, 0, 7 } }, &at6, 7, "entry 7, which it cites, does not close generation 1 of 320104" },
		{ { { NULL } }, { { "320102", 2, 0, 7 } }, &at6, 7, "entry 7, which it cites, does not close generation 2 of 320102" },
		{ { { NULL } }, { { NULL } }, &at5, 5, "entry 5, which it names as the roster before, is none" },

		{ { { "320102", 1, 0, 1 } }, { { NULL } }, &at6, 7, "320102, which entry 7 closes, is not among those" },
		{ { { NULL } }, { { "320102", 1, 0, 8 } }, &at6, 7, "320102, which entry 7 closes, is not among those" },
		{ { { "320104", 1, 0, 3 } }, { { NULL } }, &at6, 5, "key set 1 of 320104, which entry 5 delegates, is not in its row" },
		{ { { "320104", 1, 1, 8 } }, { { NULL } }, &at6, 5, "key set 1 of 320104, which entry 5 delegates, is not in its row" },
		{ { { "320104", 1, 1, 5 } }, { { "320102", 1, 0, 7 } }, &at6, 9, "320106, which entry 9 delegates, is not in it" },
		{ { { "320104", 1, 1, 5 } }, { { NULL } }, NULL, 1, "320102, which entry 1 delegates, is not in it" },
		{ { { "320104", 1, 1, 5 } }, { { "320102", 1, 0, 7 } }, NULL, 1, NULL },
		{ { { NULL } }, { { "320102", 1, 0, 8 } }, &at8, 7, NULL },	/* what is before the roster before is for that to say */
		{ { { "320104", 1, 1, 5 } }, { { "320102", 1, 0, 7 } }, NULL, 4, "passes over the roster at entry 4" },
		{ { { "320104", 1, 1, 5 } }, { { "320102", 1, 0, 7 } }, &at4, 6, "passes over the roster at entry 6" },

		{ { { "320104", 1, 1, 5 } }, { { NULL } }, &at6, 6, "320102 is open in the roster before it, and gone" },
		{ { { NULL } }, { { "320102", 1, 0, 7 } }, &at6, 6, "320104 is open in the roster before it, and gone" },
		{ { { "320104", 1, 0, 3 } }, { { "320102", 1, 0, 7 } }, &at6, 6, "320104 is open in the roster before it, and gone or an" },
		{ { { "320104", 1, 1, 3 } }, { { "320102", 1, 0, 7 } }, &at6, 6, "320104 is open in the roster before it, and gone or an" },
		{ { { "320104", 1, 1, 5 }, { "320106", 1, 0, 3 } }, { { "320102", 1, 0, 7 } }, &at6, 6,
		    "320106 is open here by a delegation before the roster before it" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_tnet *t = long_city();
		struct yw_tlog *city = yw_tnet_log(t, "320100");
		struct yw_contradiction_verdict v;
		enum yw_code code;

		say_roster(city, rows[i].open, rows[i].closed, rows[i].previous);
		for (size_t k = 0; k < 4; k++)
			yw_tnet_beat(&t->logs[k], 1000, NULL, 0);
		code = shown(t, city, 10, rows[i].witness != ALONE ? &rows[i].witness : NULL, (struct yw_bytes) { NULL, 0 }, &v);
		YW_CHECK_MSG(code == (rows[i].says != NULL ? YW_OK : YW_EINVAL), "row %zu, %s", i, code == YW_OK ? v.says : err.msg);
		if (rows[i].says != NULL)
			YW_CHECK_MSG(strstr(v.says, rows[i].says) != NULL, "row %zu, %s", i, v.says);
		yw_tnet_free(t);
	}
}

/* Nothing speaks against rosters that say what is so, not even a closing or a delegation that was said again, or one of
 * what is no request. */
static void
true_rosters(void)
{
	struct yw_tnet *t = long_city();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_contradiction_verdict v;
	struct yw_closing_draft d;
	uint64_t index;

	yw_tnet_add_roster(city);
	yw_tnet_draft_closing(yw_tnet_log(t, "320102"), 1, &d, &head);
	yw_tnet_add_closing(city, &d, false);
	yw_tnet_request(t, "320106", "320100", "320106", &request);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	yw_buf_clear(&request);
	yw_tnet_request(t, "320108", "320100", "320108", &request);
	request.data[request.len - 1] ^= 1;
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	yw_tnet_add_roster(city);
	yw_buf_release(&head);
	yw_buf_release(&request);
	for (size_t k = 0; k < 4; k++)
		yw_tnet_beat(&t->logs[k], 1000, NULL, 0);
	YW_CHECK(city->n == 15 && !yw_trust_roster_fault(t->trust, yw_tnet_generation(t, "320100"), &index));
	for (uint64_t at = 0; at < city->n; at++) {
		if (at != 2 && at != 4 && at != 6 && at != 10 && at != 14)
			continue;
		YW_CHECK_MSG(shown(t, city, at, NULL, (struct yw_bytes) { NULL, 0 }, &v) == YW_EINVAL, "roster %u alone", (unsigned)at);
		for (uint64_t by = 0; by < city->n; by++)
			YW_CHECK_MSG(shown(t, city, at, &by, (struct yw_bytes) { NULL, 0 }, &v) == YW_EINVAL, "roster %u beside %u: %s",
			    (unsigned)at, (unsigned)by, v.says);
	}
	yw_tnet_free(t);
}

/* A roster by a stranger's key is none, neither to be judged nor beside another; and what stands in another beat may be of
 * another branch. */
static void
rosters_of_others(void)
{
	static const struct row open[2] = { { "320104", 1, 1, 5 }, { "320106", 1, 0, 9 } }, closed[2] = { { "320102", 1, 0, 7 } };
	static const uint64_t at6 = 6, at11 = 11;
	struct yw_tnet *t = long_city();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_key_set own = city->keys;
	struct yw_contradiction_verdict v;
	struct yw_buf old = YW_BUF_INIT, request = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_keys("stranger", &city->keys);
	say_roster(city, closed, open, &at6);
	city->keys = own;
	yw_tnet_request(t, "320108", "320100", "320108", &request);
	YW_CHECK(yw_tnet_add_delegation(city, yw_buf_bytes(&request)) == at11);
	yw_tnet_beat(city, 1000, NULL, 0);
	yw_buf_add(&old, city->beat.data, city->beat.len);
	say_roster(city, open, closed, &at6);		/* which leaves out 320108 */
	for (size_t k = 0; k < 4; k++)
		yw_tnet_beat(&t->logs[k], 2000, NULL, 0);
	YW_CHECK(shown(t, city, 10, NULL, (struct yw_bytes) { NULL, 0 }, &v) != YW_OK);
	YW_CHECK_MSG(strstr(err.msg, "roster") != NULL, "%s", err.msg);
	YW_CHECK(shown(t, city, 12, &(uint64_t) { 10 }, (struct yw_bytes) { NULL, 0 }, &v) != YW_OK);
	YW_FAILS(shown(t, city, 12, &at11, yw_buf_bytes(&old), &v), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "in the same beat") != NULL, "%s", err.msg);
	YW_FAILS(shown(t, city, 9, NULL, (struct yw_bytes) { NULL, 0 }, &v), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "it is no roster") != NULL, "%s", err.msg);

	yw_tnet_reader(t, &r);
	YW_CHECK_MSG(yw_roster_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &r, &text, &err) == YW_OK, "%s", err.msg);
	YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	YW_CHECK_MSG(v.roster == 12 && v.witness == at11 && strstr(v.says, "320108") != NULL, "%s", v.says);
	yw_buf_release(&old);
	yw_buf_release(&request);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* Which entry of a city's log, with what comes after it, is found to show that a roster is false; ALONE: none does. */
static uint64_t
found_beside(struct yw_tnet *t)
{
	struct yw_contradiction_verdict v;
	struct yw_buf text = YW_BUF_INIT;
	struct yw_log_reader r;
	enum yw_code code;

	for (size_t k = 0; k < t->n_logs; k++)
		yw_tnet_beat(&t->logs[k], 1000, NULL, 0);
	yw_tnet_reader(t, &r);
	code = yw_roster_contradiction_make(t->trust, yw_tnet_generation(t, "320100"), &r, &text, &err);
	if (code == YW_OK)
		YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
	else
		YW_CHECK_MSG(code == YW_ENOENT && strstr(err.msg, "no single entry shows it") != NULL, "%s", err.msg);
	yw_buf_release(&text);
	yw_tnet_free(t);
	return code == YW_OK ? v.witness : ALONE;
}

/* What cannot be shown is passed over: an entry of a kind that is not known, or by a stranger. */
static void
entries_that_show_nothing(void)
{
	static const struct row none[2] = { { NULL } }, of_9[2] = { { "320104", 1, 1, 5 }, { "320106", 1, 0, 9 } };
	static const struct row old_keys[2] = { { "320104", 1, 0, 3 }, { "320106", 1, 0, 9 } };
	static const struct row cites_1[2] = { { "320102", 1, 0, 1 } };
	static const char *const two[] = { "320000", "320100" };
	static const uint64_t at2 = 2, at10 = 10;
	struct yw_tnet *t = long_city();
	struct yw_tlog *city = yw_tnet_log(t, "320100");
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set own = city->keys;

	yw_tnet_add_future(city);
	yw_tnet_request(t, "320108", "320100", "320108", &request);
	YW_CHECK(yw_tnet_add_delegation(city, yw_buf_bytes(&request)) == 11);
	yw_buf_clear(&request);
	say_roster(city, of_9, none, &at10);
	YW_CHECK(found_beside(t) == 11);

	t = long_city();
	yw_tnet_add_future(yw_tnet_log(t, "320100"));
	say_roster(yw_tnet_log(t, "320100"), old_keys, none, &at10);
	YW_CHECK(found_beside(t) == 5);

	t = yw_tnet_new("onenet.example", two, 2, "quorum none\n");	/* the city's log is a genesis alone */
	city = yw_tnet_log(t, "320100");
	own = city->keys;
	yw_tnet_add_bodies(city, &YW_BYTES_LIT("a"), 1);
	yw_tnet_keys("stranger", &city->keys);
	say_roster(city, none, none, NULL);
	city->keys = own;
	say_roster(city, cites_1, none, &at2);
	YW_CHECK(found_beside(t) == 1);

	t = yw_tnet_new("onenet.example", two, 2, "quorum none\n");	/* a delegation that has no effect, and a roster that has it */
	city = yw_tnet_log(t, "320100");
	own = city->keys;
	yw_tnet_request(t, "320102", "320100", "320102", &request);
	yw_tnet_keys("stranger", &city->keys);
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	city->keys = own;
	say_roster(city, cites_1, none, NULL);
	YW_CHECK(found_beside(t) == ALONE);
	yw_buf_release(&request);
}

/* --- closings that a quorum makes void (T7) --- */

static const char *const mirrors[] = { "320000", "320100", "320102", "320200" };
#define TWO_OF_THREE "group g 2 320000 320100 320200\nquorum g\n"
static const struct yw_treceipt signed_by[] = { { "320000", 1700000300 }, { "320200", 1700000400 } };

static struct yw_tnet *
void_closing(size_t more, size_t receipts, struct yw_void_closing *c)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", mirrors, 4, TWO_OF_THREE);

	yw_tnet_void(t, more, signed_by, receipts, c);
	return t;
}

static enum yw_code
make_void(struct yw_tnet *t, const struct yw_void_closing *c, struct yw_buf *out)
{
	struct yw_log_reader r;

	yw_buf_clear(out);
	yw_tnet_reader(t, &r);
	return yw_closing_contradiction_make(t->trust, c, &r, out, &err);
}

static void
void_closings(void)
{
	static const size_t sizes[] = { 0, 4 };		/* the beat is of the closing's size, or larger */
	struct yw_buf text = YW_BUF_INIT, again = YW_BUF_INIT;
	struct yw_contradiction_verdict v;
	struct yw_void_closing c;

	for (size_t i = 0; i < 2; i++) {
		struct yw_tnet *t = void_closing(sizes[i], 2, &c);

		YW_CHECK_MSG(make_void(t, &c, &text) == YW_OK, "%s", err.msg);
		YW_PASS(yw_contradiction_verify(&t->network, yw_buf_bytes(&text), &v, &err));
		YW_CHECK(v.of == YW_CONTRADICTION_CLOSING && strcmp(v.closer.code, "320100") == 0 && v.closing.index == c.asked.place.index);
		YW_CHECK(strcmp(v.code.code, "320102") == 0 && v.end.size == 3 && v.beat.size == 3 + sizes[i]);
		YW_CHECK(yw_hash_equal(&v.end.root, &c.asked.head.root) && yw_hash_equal(&v.beat.root, &c.asked.beat.root));
		YW_CHECK(v.quorum_time_s == 1700000400 && v.n_via == 3);
		YW_PASS(make_void(t, &c, &again));
		YW_CHECK(yw_bytes_equal(yw_buf_bytes(&text), yw_buf_bytes(&again)));
		yw_tnet_free(t);
	}
	yw_buf_release(&text);
	yw_buf_release(&again);
}

/* An honest closing, which the beat extends or is; a beat without its quorum; a proof that fails; the network file's. */
static void
void_refused(void)
{
	struct yw_buf text = YW_BUF_INIT, head = YW_BUF_INIT;
	struct yw_void_closing c;
	struct yw_closing_draft d;
	struct yw_tlog *county;
	struct yw_tnet *t = void_closing(4, 2, &c);

	county = yw_tnet_log(t, "320102");
	c.consistency.h[0].b[0] ^= 1;
	YW_FAILS(make_void(t, &c, &text), YW_ESIG);
	YW_CHECK_MSG(strstr(err.msg, "the consistency proof fails") != NULL, "%s", err.msg);
	c.consistency.h[0].b[0] ^= 1;
	yw_tnet_draft_closing(county, 3, &d, &head);
	c.asked.place.index = yw_tnet_add_closing(yw_tnet_log(t, "320100"), &d, false);
	yw_tnet_root(county, 3, &c.asked.head.root);
	yw_tnet_beat(yw_tnet_log(t, "320100"), 1700000900, NULL, 0);
	YW_FAILS(make_void(t, &c, &text), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "does not contradict") != NULL, "%s", err.msg);
	c.asked.place.origin.text[0] = '\0';
	YW_FAILS(make_void(t, &c, &text), YW_ENOENT);
	yw_buf_clear(&head);
	yw_tnet_free(t);

	t = void_closing(0, 1, &c);
	YW_FAILS(make_void(t, &c, &text), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "make no quorum") != NULL, "%s", err.msg);
	yw_tnet_free(t);

	t = void_closing(0, 2, &c);		/* at the very head of the beat */
	county = yw_tnet_log(t, "320102");
	yw_tnet_draft_closing(county, 3, &d, &head);
	c.asked.place.index = yw_tnet_add_closing(yw_tnet_log(t, "320100"), &d, false);
	c.asked.head.root = c.asked.beat.root;
	yw_tnet_beat(yw_tnet_log(t, "320100"), 1700000900, NULL, 0);
	YW_FAILS(make_void(t, &c, &text), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "does not contradict") != NULL, "%s", err.msg);
	YW_CHECK(text.len == 0);
	yw_tnet_free(t);
	yw_buf_release(&text);
	yw_buf_release(&head);
}

static size_t
split(const struct yw_buf *text, struct yw_bytes lines[static 40])
{
	struct yw_bytes rest = yw_buf_bytes(text);
	size_t n = 0;

	while (n < 40 && yw_line_next(&rest, &lines[n]))
		n++;
	return n;
}

/* All lines but the last, in that order, with a new last line. */
static void
join(const struct yw_bytes *lines, size_t n, struct yw_buf *out)
{
	yw_buf_clear(out);
	for (size_t i = 0; i < n; i++) {
		yw_buf_add(out, lines[i].data, lines[i].len);
		yw_buf_add_byte(out, '\n');
	}
	yw_tnet_reseal(out);
}

/* Each line left out, doubled, exchanged with its neighbour, taken from a file about another beat; a bit of each flipped. */
static void
void_lines(void)
{
	struct yw_buf text = YW_BUF_INIT, other = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_bytes lines[40], others[40], moved[41];
	struct yw_contradiction_verdict v;
	struct yw_void_closing c, d;
	struct yw_tnet *t = void_closing(4, 2, &c), *u = void_closing(9, 2, &d);
	uint64_t state = yw_test_seed();
	size_t n;

	YW_PASS(make_void(t, &c, &text));
	YW_PASS(make_void(u, &d, &other));
	n = split(&text, lines);
	YW_CHECK(split(&other, others) >= n && n > 12);
	for (size_t i = 0; i + 1 < n; i++) {
		for (int how = 0; how < 4; how++) {
			memcpy(moved, lines, sizeof lines);
			if (how == 0)
				memmove(moved + i, moved + i + 1, (n - i - 1) * sizeof *moved);
			else if (how == 1)
				memmove(moved + i + 1, lines + i, (n - i) * sizeof *moved);
			else if (how == 2 && i + 2 < n) {
				moved[i] = lines[i + 1];
				moved[i + 1] = lines[i];
			} else if (how == 3)
				moved[i] = others[i];
			join(moved, how == 0 ? n - 1 : how == 1 ? n + 1 : n, &bent);
			if (yw_bytes_equal(yw_buf_bytes(&bent), yw_buf_bytes(&text)))
				continue;
			YW_CHECK_MSG(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err) != YW_OK, "line %zu, %d: %.12s", i + 1,
			    how, (const char *)lines[i].data);
		}
		for (int k = 0; k < 8; k++) {
			size_t bit = yw_test_next(&state) % (lines[i].len * 8);

			yw_buf_clear(&bent);
			yw_buf_add(&bent, text.data, text.len);
			bent.data[(size_t)(lines[i].data - text.data) + bit / 8] ^= (uint8_t)(1u << bit % 8);
			YW_FAILS(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err), YW_ESIG);
			yw_tnet_reseal(&bent);
			YW_CHECK_MSG(yw_contradiction_verify(&t->network, yw_buf_bytes(&bent), &v, &err) != YW_OK, "line %zu, bit %zu: %.12s",
			    i + 1, bit, (const char *)lines[i].data);
		}
	}
	yw_buf_release(&text);
	yw_buf_release(&other);
	yw_buf_release(&bent);
	yw_tnet_free(t);
	yw_tnet_free(u);
}

YW_TESTS({ "T7 B12 a closing that a beat with quorum contradicts, in one file: a contradiction of the issuer", void_closings },
    { "T7 B12 a beat that extends the closing, has no quorum, or is not proven apart, contradicts nothing", void_refused },
    { "T7 B12 such a file with any line moved, changed or of another", void_lines },
    { "L6 B12 the published pair, one file for both orders", published },
    { "L6 two sizes: the proof leads from another root", two_sizes },
    { "L6 B12 bits flipped", flips },
    { "T1 B12 two network files of one version: a contradiction of the root keys, in one file", two_network_files },
    { "T11 B12 a roster that is not what its log says: a contradiction of the issuer, in one file", false_rosters },
    { "T11 B12 whatever is wrong in a roster, beside the one entry that shows it", rosters_beside },
    { "T11 B12 nothing speaks against a roster that says what is so", true_rosters },
    { "T11 B12 a stranger's roster, and an entry of another beat, speak neither for nor against one", rosters_of_others },
    { "T11 B12 what shows a roster to be false is found past what cannot be shown", entries_that_show_nothing })
