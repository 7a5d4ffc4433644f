/*
 * accused_test.c - what a node says of issuers and root keys that contradict themselves: in `status`, and as the file
 * that `yiwang evidence` asks it for, which is judged as a stranger would who has nothing but the network file.
 *
 *	320000 --- 320100 --- 320102
 *	   |                            320300 holds copies of all three, and is asked
 *	320200
 */
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200", "320300" };
#define POLICY "group g 2 320000 320100 320200\nquorum g\n"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *reader;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

static void
begin(void)
{
	net = yw_lnet_new(codes, 5, POLICY);
	reader = yw_lnode(net, "320300");
	yw_lnode_open(reader);
}

static void
serve(void)
{
	yw_tservice_over(&s, reader);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
	yw_lnet_free(net);
}

/* What is not here yet of a log up to that size, without bodies. */
static void
take(const char *code, size_t size)
{
	struct yw_tlog *log = yw_tnet_log(net->t, code);
	const struct yw_log *copy = yw_ledger_log(reader->l, log->origin.text);
	uint64_t at = copy != NULL ? copy->size : 0;
	struct yw_lpackage lp;

	if (at == size)
		return;
	yw_tlog_package(log, at, size - at, size, at, false, &lp);
	YW_CHECK_MSG(yw_ledger_take_package(reader->l, &lp.p, &err) == YW_OK, "%s", err.msg);
	yw_lpackage_release(&lp);
	yw_lnode_commit(reader);
}

static void
take_whole(const char *code)
{
	struct yw_tlog *log = yw_tnet_log(net->t, code);

	take(code, log->n);
	YW_CHECK_MSG(yw_ledger_take_beat(reader->l, yw_buf_bytes(&log->beat), &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(reader);
}

/* What the city says of the county after it was admitted comes last. */
static void
take_all(void)
{
	take_whole("320000");
	take("320100", 3);
	take_whole("320102");
	take_whole("320100");
	while (yw_ledger_due(reader->l))
		yw_lnode_commit(reader);
}

static size_t
accused(const char *what)
{
	YW_CHECK_MSG(yw_asks(&a, &s, "status", "") == YW_OK, "%s", a.message);
	return json_array_size(yw_asked_at(&a, what));
}

/* As `yiwang evidence` and `yiwang verify` do it. */
static void
proven(const char *params, struct yw_contradiction_verdict *v)
{
	YW_CHECK_MSG(yw_asks(&a, &s, "contradiction", params) == YW_OK, "%s", a.message);
	YW_CHECK_MSG(yw_contradiction_verify(&net->t->network, yw_buf_bytes(&a.data), v, &err) == YW_OK, "%s", err.msg);
}

static void
none_of(const char *params)
{
	YW_CHECK_MSG(yw_asks(&a, &s, "contradiction", params) == YW_ENOENT && a.data.len == 0, "%s: '%s'", params, a.message);
}

/* What issuers and root keys have done that they may. */
static void
nobody(void)
{
	begin();
	for (size_t i = 0; i < 3; i++)
		yw_tnet_beat(&net->t->logs[i], 1700000000, NULL, 0);
	take_all();
	serve();
	YW_CHECK(accused("false_rosters") == 0 && json_is_array(yw_asked_at(&a, "false_rosters")));
	YW_CHECK(accused("void_closings") == 0 && json_is_array(yw_asked_at(&a, "void_closings")));
	YW_CHECK(json_is_false(yw_asked_at(&a, "network_twin")));
	none_of("{\"code\":\"320100\"}");
	none_of("{\"code\":\"320102\"}");
	none_of("{\"network\":true}");
	end();
}

/* The city's next roster names neither the county nor the roster before it. */
static void
false_roster(void)
{
	Yiwang__V1__Roster roster = YIWANG__V1__ROSTER__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_contradiction_verdict v;
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t index;

	begin();
	m.kind_case = YIWANG__V1__TRUST__KIND_ROSTER;
	m.roster = &roster;
	YW_PASS(yw_wire_pack(&m.base, &trust, &err));
	index = yw_tnet_add_trust(yw_tnet_log(net->t, "320100"), yw_buf_bytes(&trust));
	for (size_t i = 0; i < 3; i++)
		yw_tnet_beat(&net->t->logs[i], 1700000000, NULL, 0);
	take_all();
	serve();
	YW_CHECK(accused("false_rosters") == 1 && strcmp(yw_asked_text(&a, "false_rosters.0"), "320100") == 0);
	proven("{\"code\":\"320100\"}", &v);
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "onenet.example/320100") == 0);
	YW_CHECK(v.of == YW_CONTRADICTION_ROSTER && v.roster == index && strcmp(v.code.code, "320100") == 0 && v.says[0] != '\0');
	none_of("{\"code\":\"320102\"}");
	none_of("{\"code\":\"320000\"}");
	yw_buf_release(&trust);
	end();
}

/* The city closes the county's log at a root that it never had; a quorum has signed it at that size, or further on. */
static void
void_closing(void)
{
	static const struct yw_treceipt signed_by[] = { { "320000", 1700000300 }, { "320200", 1700000400 } };

	for (size_t more = 0; more <= 4; more += 4) {
		struct yw_contradiction_verdict v;
		struct yw_void_closing c;

		begin();
		yw_tnet_void(net->t, more, signed_by, 2, &c);
		take_all();
		serve();
		YW_CHECK(accused("void_closings") == 1);
		YW_CHECK(strcmp(yw_asked_text(&a, "void_closings.0.origin"), "onenet.example/320102") == 0);
		YW_CHECK(strcmp(yw_asked_text(&a, "void_closings.0.by"), "320100") == 0);
		YW_CHECK(yw_asked_number(&a, "void_closings.0.index") == (int64_t)c.asked.place.index);
		YW_CHECK(yw_asked_number(&a, "void_closings.0.size") == 3);
		YW_CHECK(yw_asked_number(&a, "void_closings.0.quorum_size") == 3 + (int64_t)more);
		YW_CHECK(accused("false_rosters") == 0);
		proven("{\"code\":\"320100\"}", &v);
		YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "onenet.example/320100") == 0);
		YW_CHECK(v.of == YW_CONTRADICTION_CLOSING && strcmp(v.closer.code, "320100") == 0 && v.closing.index == c.asked.place.index);
		YW_CHECK(strcmp(v.code.code, "320102") == 0 && v.end.size == 3 && v.beat.size == 3 + more);
		YW_CHECK(v.quorum_time_s == 1700000400);
		none_of("{\"code\":\"320102\"}");		/* of a void closing the issuer is guilty */
		end();
	}
}

static void version_two(const char *policy, struct yw_buf *out);

/* The quorum that contradicted it has gone since: by a network file that leaves out one of its mirrors, or since one of them was
 * ended.  It is void for who has met that beat; what a stranger could check there is not. */
static void
void_by_a_quorum_that_has_gone(void)
{
	static const struct yw_treceipt signed_by[] = { { "320000", 1700000300 }, { "320200", 1700000400 } };

	for (int ended = 0; ended < 2; ended++) {
		struct yw_buf file = YW_BUF_INIT;
		struct yw_void_closing c;

		begin();
		yw_tnet_void(net->t, 0, signed_by, 2, &c);
		if (ended) {
			yw_tnet_close(yw_tnet_log(net->t, "320200"), yw_tnet_log(net->t, "320000"));
			yw_tnet_beat(yw_tnet_log(net->t, "320000"), 1700000500, NULL, 0);
		}
		take_all();
		version_two("group g 2 320000 320100\nquorum g\n", &file);
		if (!ended)
			YW_PASS(yw_ledger_take_network(reader->l, yw_buf_bytes(&file), &err));
		yw_lnode_commit(reader);
		serve();
		YW_CHECK(accused("void_closings") == 1);
		YW_CHECK(yw_asks(&a, &s, "contradiction", "{\"code\":\"320100\"}") == YW_EINVAL && a.data.len == 0);
		YW_CHECK_MSG(strstr(a.message, "is none any more, by the newest network file and the logs that are open") != NULL, "%s",
		    a.message);
		yw_buf_release(&file);
		end();
	}
}

static void
version_two(const char *policy, struct yw_buf *out)
{
	const struct yw_network_change c = { .policy_lines = policy };
	struct yw_buf draft = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(&net->t->network, &c, &draft, &err));
	YW_PASS(yw_network_sign(&net->t->network, yw_buf_bytes(&draft), &root, &pub, out, &err));
	yw_buf_release(&draft);
}

static void
two_network_files(void)
{
	struct yw_buf one = YW_BUF_INIT, other = YW_BUF_INIT;
	struct yw_contradiction_verdict v;

	begin();
	serve();
	a.q.caller = (struct yw_caller) { 0, 0, 1 };
	version_two("quorum 320000\n", &one);
	version_two("quorum 320100\n", &other);
	YW_CHECK_MSG(yw_asks_with(&a, &s, "network.add", "", yw_buf_bytes(&one)) == YW_OK, "%s", a.message);
	none_of("{\"network\":true}");
	YW_CHECK(yw_asks_with(&a, &s, "network.add", "", yw_buf_bytes(&other)) == YW_ECONFLICT);
	YW_CHECK_MSG(yw_asks(&a, &s, "status", "") == YW_OK && json_is_true(yw_asked_at(&a, "network_twin")), "%s", a.message);
	proven("{\"network\":true}", &v);
	YW_CHECK(v.of == YW_CONTRADICTION_NETWORK && v.version == 2 && !yw_hash_equal(&v.text, &v.twin));
	YW_CHECK(yw_asks(&a, &s, "contradiction", "{\"network\":true,\"code\":\"320100\"}") == YW_EINVAL);
	yw_buf_release(&one);
	yw_buf_release(&other);
	end();
}

YW_TESTS({ "T7 T11 T1 who contradicts nothing is accused of nothing", nobody },
    { "T11 B12 a false roster: a node says so in its status, and writes the proof", false_roster },
    { "T7 B12 a void closing: a node says so in its status, and writes the proof", void_closing },
    { "T7 T12 T15 a closing that is void by a quorum that has gone since is in the status, and why no proof is written is said",
	void_by_a_quorum_that_has_gone },
    { "T1 B12 two network files of one version: a node says so in its status, and writes the proof", two_network_files })
