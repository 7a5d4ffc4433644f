/*
 * Out of memory at the first allocation, then at the second, and so on, through everything that trust
 * makes and judges: the answer is "out of memory" each time, never "forged" and never "good".
 */
#include "record/wire.h"
#include "support/starve.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"
#include "trust/instance.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static const struct yw_treceipt receipts[] = { { "320000", 200 }, { "320200", 250 } };

static struct yw_error err;
static struct yw_tnet *net;
static struct yw_log_reader reader;
static struct yw_evidence_subject subject;
static struct yw_contradiction pair;
static struct yw_buf body, chain, evidence, heads[2], contradiction, instance, text;

/* Sheds what a case made, whether it came to that or not. */
static struct yw_buf out;

static void
two_heads(const struct yw_tlog *l)
{
	struct yw_checkpoint c = l->beat_head;

	for (size_t i = 0; i < 2; i++) {
		c.root.b[0] ^= (uint8_t)i;
		YW_PASS(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, &heads[i], &err));
	}
	pair = (struct yw_contradiction) { .head_a = yw_buf_bytes(&heads[0]), .head_b = yw_buf_bytes(&heads[1]) };
}

static void
set_up(void)
{
	struct yw_tlog *l;

	net = yw_tnet_new("onenet.example", codes, 4, "group g 2 320000 320100 320200\nquorum g\n");
	yw_tnet_reader(net, &reader);
	l = yw_tnet_log(net, "320102");
	yw_wire_add_bytes(&body, 1, YW_BYTES_LIT("320102/contract/a"));
	yw_wire_add_number(&body, 3, 1);
	yw_wire_add_bytes(&body, 4, YW_BYTES_LIT("0123456789abcdef"));
	yw_wire_add_bytes(&body, 7, YW_BYTES_LIT(""));
	subject = (struct yw_evidence_subject) { .origin = l->origin, .body = yw_buf_bytes(&body) };
	subject.index = yw_tnet_add_bodies(l, &subject.body, 1);
	for (size_t i = 0; i < net->n_logs; i++)
		yw_tnet_beat(&net->logs[i], 100, receipts, &net->logs[i] == l ? 2 : 0);
	subject.beat = yw_buf_bytes(&l->beat);
	two_heads(l);
	YW_PASS(yw_chain_make(net->trust, yw_tnet_generation(net, "320102"), &reader, &chain, &err));
	YW_PASS(yw_evidence_make(net->trust, &subject, &reader, &evidence, &err));
	YW_PASS(yw_contradiction_make(net->trust, yw_tnet_generation(net, "320102"), &pair, &reader,
	    &contradiction, &err));
}

static void
tear_down(void)
{
	struct yw_buf *all[] = { &body, &chain, &evidence, &heads[0], &heads[1], &contradiction, &instance,
	    &text, &out };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		yw_buf_release(all[i]);
	yw_tnet_free(net);
}

/* --- What is tried --- */

static enum yw_code
read_request(void)
{
	struct yw_request r;

	return yw_request_read(yw_buf_bytes(&net->logs[1].request), NULL, &r, NULL, &err);
}

static enum yw_code
make_request(void)
{
	struct yw_request r = { .code = net->logs[1].code, .issuer = net->logs[0].code, .generation = 1 };

	return yw_request_make(&r, &net->logs[1].keys, NULL, &out, &err);
}

static enum yw_code
read_network(void)
{
	struct yw_network n;
	enum yw_code code = yw_network_parse(yw_buf_bytes(&net->network.note), NULL, &n, &err);

	if (code != YW_OK)
		return code;
	code = yw_network_verify(&n, &err);
	yw_network_release(&n);
	return code;
}

static enum yw_code
make_network(void)
{
	struct yw_buf full = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;
	struct yw_vkey v;
	enum yw_code code;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_root_vkey("onenet.example", &pub, &v));
	code = yw_network_draft("onenet.example", 1, &v, 1, &out, &err);
	if (code == YW_OK)
		code = yw_network_complete(yw_buf_bytes(&out), yw_buf_bytes(&net->logs[0].request),
		    "quorum none\n", &full, &err);
	if (code == YW_OK) {
		yw_buf_clear(&out);
		code = yw_network_sign(NULL, yw_buf_bytes(&full), &root, &pub, &out, &err);
	}
	yw_buf_release(&full);
	return code;
}

/* A registry fed with everything, out of order, and copied. */
static enum yw_code
build_registry(void)
{
	struct yw_trust *t, *copy;
	enum yw_code code = yw_trust_new(&net->network, &t, &err);

	if (code != YW_OK)
		return code;
	for (size_t i = net->n_logs; code == YW_OK && i-- > 0; )
		for (size_t j = 0; code == YW_OK && j < net->logs[i].n; j++) {
			struct yw_entry e;

			code = yw_entry_read(net->logs[i].origin.text, yw_buf_bytes(&net->logs[i].entries[j]),
			    &e, &err);
			if (code != YW_OK)
				break;
			if (e.trust_kind != YW_TRUST_NONE)
				code = yw_trust_add(t, &net->logs[i].origin, j, &e, &err);
			yw_entry_release(&e);
		}
	if (code == YW_OK)
		code = yw_trust_copy(t, &copy, &err);
	if (code == YW_OK) {
		YW_CHECK(yw_trust_count(copy) == net->n_logs);
		yw_trust_free(copy);
	}
	yw_trust_free(t);
	return code;
}

/* Key changes, a closing, a recovery by a consent, versions of the network file. */
static struct yw_tnet *life;

static void
live(void)
{
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_log_reader r;
	struct yw_tlog *county, *city, *top;

	life = yw_tnet_new("onenet.example", codes, 4, "quorum none\n");
	county = yw_tnet_log(life, "320102");
	city = yw_tnet_log(life, "320100");
	top = yw_tnet_log(life, "320000");
	yw_tnet_reader(life, &r);
	yw_tnet_rotate(top, NULL, "320000 k1");
	yw_tnet_rotate(county, city, "320102 k1");
	yw_tnet_close(county, city);
	yw_tnet_ask(life, &(struct yw_tasked) { "320102", "320100", "320102 found", 2, 0, NULL }, &request);
	YW_PASS(yw_trust_make_consent(life->trust, yw_tnet_generation(life, "320000"), yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	yw_tnet_beat(top, 100, NULL, 0);
	yw_buf_clear(&trust);
	YW_PASS(yw_recovery_make(life->trust, yw_tnet_generation(life, "320100"), yw_buf_bytes(&request), &r, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	YW_CHECK(yw_trust_count(life->trust) == 5);
	yw_buf_release(&request);
	yw_buf_release(&trust);
}

static enum yw_code
relive(void)
{
	struct yw_trust *t, *copy = NULL;
	enum yw_code code = yw_trust_new(&life->network, &t, &err);

	if (code != YW_OK)
		return code;
	for (size_t i = life->n_logs; code == YW_OK && i-- > 0; )
		for (size_t j = 0; code == YW_OK && j < life->logs[i].n; j++) {
			struct yw_entry e;

			code = yw_entry_read(life->logs[i].origin.text, yw_buf_bytes(&life->logs[i].entries[j]), &e, &err);
			if (code != YW_OK)
				break;
			code = yw_trust_add(t, &life->logs[i].origin, j, &e, &err);
			yw_entry_release(&e);
		}
	if (code == YW_OK)
		code = yw_trust_copy(t, &copy, &err);
	YW_CHECK(code != YW_OK || (yw_trust_count(copy) == 5 && yw_trust_network(copy)->version == 2));
	yw_trust_free(copy);
	yw_trust_free(t);
	return code;
}

static enum yw_code
make_statements(void)
{
	const struct yw_generation *g = yw_tnet_generation(net, "320102");
	enum yw_code code = yw_trust_make_roster(net->trust, yw_tnet_generation(net, "320100"), &out, &err);

	if (code == YW_OK)
		code = yw_trust_make_genesis(net->trust, g, yw_buf_bytes(&yw_tnet_log(net, "320102")->request),
		    &out, &err);
	if (code == YW_OK)
		code = yw_trust_make_delegation(yw_buf_bytes(&yw_tnet_log(net, "320102")->request), &out, &err);
	return code;
}

static enum yw_code
judge_geneses(void)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < 2; i++) {
		struct yw_tlog *l = &net->logs[i];
		struct yw_entry e;

		code = yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[0]), &e, &err);
		if (code != YW_OK)
			break;
		code = yw_trust_judge_genesis(net->trust, yw_trust_origin(net->trust, l->origin.text), &e, &err);
		yw_entry_release(&e);
	}
	return code;
}

static enum yw_code
judge_beat(void)
{
	struct yw_beat_verdict v;
	enum yw_code code = yw_trust_judge_beat(net->trust, yw_tnet_generation(net, "320102"), subject.beat, &v, &err);

	YW_CHECK(code != YW_OK || v.quorum == YW_QUORUM_MET);
	return code;
}

static enum yw_code
make_chain(void)
{
	return yw_chain_make(net->trust, yw_tnet_generation(net, "320102"), &reader, &out, &err);
}

static enum yw_code
check_chain(void)
{
	struct yw_chain_end end;

	return yw_chain_check(net->trust, yw_buf_bytes(&chain), &end, &err);
}

static enum yw_code
make_evidence(void)
{
	return yw_evidence_make(net->trust, &subject, &reader, &out, &err);
}

static enum yw_code
verify_evidence(void)
{
	struct yw_evidence_verdict v;
	enum yw_code code = yw_evidence_verify(&net->network, yw_buf_bytes(&evidence), &v, &err);

	if (code != YW_OK)
		return code;
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.n_rosters == 2);
	yw_evidence_verdict_release(&v);
	return YW_OK;
}

static enum yw_code
make_contradiction(void)
{
	return yw_contradiction_make(net->trust, yw_tnet_generation(net, "320102"), &pair, &reader, &out, &err);
}

static enum yw_code
verify_contradiction(void)
{
	struct yw_contradiction_verdict v;

	return yw_contradiction_verify(&net->network, yw_buf_bytes(&contradiction), &v, &err);
}

static enum yw_code
sign_instance(void)
{
	struct yw_instance i = { .origin = net->logs[1].origin };

	return yw_instance_sign(&i, &net->logs[1].keys.head, &out, &err);
}

static void
starved(void)
{
	static const struct { const char *what; enum yw_code (*run)(void); size_t least; } cases[] = {
		{ "read a request", read_request, 3 }, { "make a request", make_request, 3 },
		{ "read a network file", read_network, 10 }, { "make a network file", make_network, 20 },
		{ "a registry", build_registry, 40 }, { "a life of keys", relive, 60 }, { "statements", make_statements, 3 },
		{ "geneses", judge_geneses, 10 }, { "a beat", judge_beat, 2 }, { "make a chain", make_chain, 5 },
		{ "check a chain", check_chain, 20 }, { "make evidence", make_evidence, 50 },
		{ "verify evidence", verify_evidence, 50 }, { "make a contradiction", make_contradiction, 50 },
		{ "verify a contradiction", verify_contradiction, 20 }, { "an instance", sign_instance, 2 },
	};

	set_up();
	live();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t n;

		for (n = 1; ; n++) {
			enum yw_code code;
			bool failed;

			memset(&err, 0, sizeof err);
			yw_buf_release(&out);
			yw_starve_at(n);
			code = cases[i].run();
			failed = yw_starve_end();
			YW_CHECK_MSG(code == (failed ? YW_ENOMEM : YW_OK), "%s, allocation %zu: '%s' (%s)",
			    cases[i].what, n, yw_code_name(code), err.msg);
			if (!failed)
				break;
		}
		YW_CHECK_MSG(n > cases[i].least, "%s came to %zu allocations", cases[i].what, n);
	}
	tear_down();
	yw_tnet_free(life);
}

YW_TESTS({ "B10 B11 B12 T16 out of memory anywhere is said as such", starved })
