/*
 * liar_test.c - peers that were admitted and lie: with real keys over real sessions to real daemons.
 *
 * Whoever lies is found out by whoever it lies to, who says so in one line that names it and the reason, shows nothing
 * that it has not verified, and goes on with everybody else.  A lie of the owner in its own log (a signature, a key at
 * the wrong place, a borrowed hash, two heads) is the log's fault, whoever carries it: the line names the log.  Any
 * other lie is the peer's: it is cut off.
 *
 * In the faults build the city runs without the check that a case is about, removed where it is called: what nobody has
 * verified must then be shown, and the case turn red.
 */
#include <unistd.h>

#include "net/liar_world.h"

#ifdef YW_FAULTS
#define FAULTS true
#else
#define FAULTS false		/* checks cannot be removed here */
#endif

#define TAKEN "two heads are taken for one"
#define GIVEN "a body is given to somebody who may not have it"

static void
founded(void)
{
	found("320000 320100 320102 320104 320105 320106", (const char *const[]) { "320104", "320105", "320106" }, 3);
}

/* ---- saying things */

/* The last n entries of its log, and the head over them, pushed as an owner pushes news. */
static bool
pushes(struct yw_puppet *p, size_t n, const struct yw_bytes *bodies, size_t n_bodies)
{
	struct yw_lpackage lp;
	struct yw_buf x = YW_BUF_INIT;
	bool cut;

	yw_tlog_package(&p->log, p->log.n - n, n, p->log.n, p->log.n - n, false, &lp);
	yw_say_package(&x, &lp.p, bodies, n_bodies);
	cut = cut_off(p, &x);
	yw_lpackage_release(&lp);
	yw_buf_release(&x);
	return !cut;
}

/* A demand of that code with that title. */
static struct yw_bytes
demand(struct yw_buf *b, const char *code, const char *local, const char *title)
{
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "%s/demand/%s", code, local);
	yw_buf_clear(b);
	yw_lrecord(id, 1, title, b);
	return yw_buf_bytes(b);
}

/* ---- a child that lies to the city */

static void
body_hash(void)
{
	size_t before = yw_node_said(at("320100"), "peer-cut", "320104");
	struct yw_buf signed_one = YW_BUF_INIT, given = YW_BUF_INIT;
	struct yw_bytes body;
	struct yw_puppet p;
	bool cut;

	begin(&p, "320104");
	demand(&signed_one, "320104", "body", "what was signed");
	body = demand(&given, "320104", "body", "what is handed out");
	yw_tnet_add_bodies(&p.log, (struct yw_bytes[]) { yw_buf_bytes(&signed_one) }, 1);
	cut = !pushes(&p, 1, &body, 1);
	YW_CHECK_MSG(!shows("320100", "320104/demand/body"), SHOWN);
	YW_CHECK(cut);
	city_said(before, "peer-cut", "320104", "has another hash");
	YW_CHECK(size_at("320100", "320104") == p.log.n - 1);	/* nothing of that package counts */
	others_go_on();
	yw_puppet_release(&p);
	yw_buf_release(&signed_one);
	yw_buf_release(&given);
}

/* At a multiple of 256 the subtree proof alone would not notice: only consistency ties the new head to the old one.
 * The proof is no proof of anything, so that this is no contradiction either. */
static void
consistency(void)
{
	size_t before = yw_node_said(at("320100"), "peer-cut", "320104");
	struct yw_buf x = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_lpackage lp;
	struct yw_puppet p;
	uint64_t had;
	bool cut;

	begin(&p, "320104");
	had = p.log.n;
	yw_tlog_grow(&p.log, YW_PACKAGE_ENTRIES - p.log.n, "what the city was shown");
	YW_CHECK(pushes(&p, p.log.n - had, NULL, 0));
	YW_CHECK(size_at("320100", "320104") == YW_PACKAGE_ENTRIES);
	p.log.leaves[had].b[0] ^= 1;			/* another past */
	yw_tlog_grow(&p.log, 4, "what follows from it");
	yw_tlog_package(&p.log, YW_PACKAGE_ENTRIES, 2, p.log.n, YW_PACKAGE_ENTRIES, false, &lp);
	lp.p.consistency.h[0].b[0] ^= 1;
	yw_say_package(&x, &lp.p, (struct yw_bytes[]) { demand(&body, "320104", "256", "what follows from it") }, 1);
	cut = cut_off(&p, &x);
	YW_CHECK_MSG(!shows("320100", "320104/demand/256"), SHOWN);
	YW_CHECK(cut);
	city_said(before, "peer-cut", "320104", "is not proven to extend");
	YW_CHECK(size_at("320100", "320104") == YW_PACKAGE_ENTRIES);
	others_go_on();
	yw_lpackage_release(&lp);
	yw_puppet_release(&p);
	yw_buf_release(&x);
	yw_buf_release(&body);
}

/* ---- an owner that lies in its own log */

static void
signature(void)
{
	size_t before = yw_node_said(at("320100"), "broken-log", "/320105 ");
	struct yw_buf body = YW_BUF_INIT, envelope = YW_BUF_INIT;
	struct yw_puppet p;
	json_t *log;

	begin(&p, "320105");
	demand(&body, "320105", "unsigned", "never signed");
	yw_tnet_seal(&p.log, &p.log.keys, yw_buf_bytes(&body), &envelope);
	envelope.data[envelope.len - 1] ^= 1;		/* the signature is the last thing in an envelope */
	yw_tnet_add_envelope(&p.log, yw_buf_bytes(&envelope));
	(void)pushes(&p, 1, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	YW_CHECK_MSG(!shows("320100", "320105/demand/unsigned"), SHOWN);
	city_said(before, "broken-log", "/320105 ", "signature");
	log = log_of("320100", "320105");
	YW_CHECK((size_t)yw_json_number(log, "size") == p.log.n - 1 && json_is_true(json_object_get(log, "broken")));
	YW_CHECK(strstr(yw_json_string(log, "trouble"), "breaks the log") != NULL);
	json_decref(log);
	yw_tlog_grow(&p.log, 1, "after it");		/* nobody goes on past it (L9) */
	(void)pushes(&p, 1, NULL, 0);
	YW_CHECK(size_at("320100", "320105") == p.log.n - 2);
	others_go_on();
	yw_puppet_release(&p);
	yw_buf_release(&body);
	yw_buf_release(&envelope);
}

/* By the key of another node, which was never valid in this log. */
static void
position(void)
{
	size_t before = yw_node_said(at("320100"), "signer-not-valid", "/320104 ");
	struct yw_buf body = YW_BUF_INIT, envelope = YW_BUF_INIT;
	struct yw_puppet p, other;

	begin(&p, "320104");
	yw_puppet_take(&other, at("320106"));
	demand(&body, "320104", "foreign", "signed by another");
	yw_tnet_seal(&p.log, &other.log.keys, yw_buf_bytes(&body), &envelope);
	yw_tnet_add_envelope(&p.log, yw_buf_bytes(&envelope));
	YW_CHECK(pushes(&p, 1, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1));
	YW_CHECK_MSG(!shows("320100", "320104/demand/foreign"), SHOWN);
	city_said(before, "signer-not-valid", "/320104 ", "kept without effect");
	YW_CHECK(size_at("320100", "320104") == p.log.n);	/* kept and mirrored (B3) */
	others_go_on();
	yw_puppet_release(&p);
	yw_puppet_release(&other);
	yw_buf_release(&body);
	yw_buf_release(&envelope);
}

static void
borrowed_hash(void)
{
	size_t before = yw_node_said(at("320100"), "body-refused", "/320104 ");
	struct yw_buf body = YW_BUF_INIT;
	struct yw_puppet p;

	begin(&p, "320104");
	demand(&body, "320102", "borrowed", "of another's log");
	yw_tnet_add_bodies(&p.log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	YW_CHECK(pushes(&p, 1, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1));
	YW_CHECK_MSG(!shows("320100", "320102/demand/borrowed"), SHOWN);
	city_said(before, "body-refused", "/320104 ", "320102");
	YW_CHECK(size_at("320100", "320104") == p.log.n);	/* the entry stands, and no receipt goes past it (R5) */
	others_go_on();
	yw_puppet_release(&p);
	yw_buf_release(&body);
}

/* ---- somebody who asks for what is not for him */

static size_t
bodies_in(const Yiwang__V1__PeerReply *reply)
{
	size_t n = 0;

	YW_CHECK(reply != NULL && reply->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE);
	for (size_t i = 0; i < reply->exchange->n_packages; i++)
		n += reply->exchange->packages[i]->n_bodies;
	for (size_t i = 0; i < reply->exchange->n_bodies; i++)
		n += !reply->exchange->bodies[i]->not_held;
	return n;
}

static const char secret[] = "320102/demand/secret";

static uint64_t
registered_secret(void)
{
	uint64_t index;
	json_t *r;

	if (!shows("320102", secret))
		yw_node_put(at("320102"), secret, "\"class\":\"not_shared\"", "320100");
	YW_CHECK(shows("320100", secret));		/* the city is above, and holds it */
	r = yw_ask(at("320100"), "get", secret, NULL);
	index = (uint64_t)yw_json_number(r, "place.index");
	json_decref(r);
	return index;
}

/* The log up to the secret, as the city serves it to this peer: then what follows. */
static size_t
asked_in_package(struct yw_puppet *p, uint64_t index)
{
	struct yw_tlog *l = &p->log;
	Yiwang__V1__PeerReply *reply;
	struct yw_buf x = YW_BUF_INIT;
	struct yw_hash root;
	size_t n;

	snprintf(l->origin.text, sizeof l->origin.text, "%s/320102", p->home.network.name);
	yw_puppet_fetch(p);
	YW_CHECK(l->n > index);
	yw_tnet_root(l, index, &root);
	yw_say_want(&x, l->origin.text, index, &root);
	reply = yw_puppet_ask(p, &x);
	YW_CHECK(reply != NULL && reply->exchange->n_packages == 1 && reply->exchange->packages[0]->start == index);
	n = bodies_in(reply);
	yw_decode_free(reply);
	yw_buf_release(&x);
	return n;
}

static void
may_have_package(void)
{
	uint64_t index = registered_secret();
	struct yw_puppet p;

	begin_at(&p, "320104", "320100");
	YW_CHECK_MSG(asked_in_package(&p, index) == 0, GIVEN);
	yw_puppet_release(&p);
}

static void
may_have_place(void)
{
	uint64_t index = registered_secret();
	struct yw_buf x = YW_BUF_INIT;
	Yiwang__V1__PeerReply *reply;
	struct yw_puppet p;
	char origin[YW_ORIGIN_MAX + 1];

	begin_at(&p, "320104", "320100");
	snprintf(origin, sizeof origin, "%s/320102", p.home.network.name);
	yw_say_place(&x, origin, index, 0);
	reply = yw_puppet_ask(&p, &x);
	YW_CHECK_MSG(bodies_in(reply) == 0, GIVEN);
	YW_CHECK(reply->exchange->n_bodies == 1 && reply->exchange->bodies[0]->not_held);
	yw_decode_free(reply);
	yw_puppet_release(&p);
	yw_buf_release(&x);
}

/* ---- two heads */

static const char *
evidence_file(void)
{
	static char path[300];

	snprintf(path, sizeof path, "%.200s/contradiction", net.dir);
	return path;
}

static bool
judged_by_other(void)
{
	return yw_exec((const char *const[]) { "python3", YW_SOURCE "/tests/outside/verify.py", "contradiction", net.network_file,
	    evidence_file(), NULL }, NULL, NULL) == 0;
}

static void
says_so(void)
{
	struct yw_buf talk = YW_BUF_INIT;

	YW_CHECK(yw_run(at("320100"), NULL, &talk, "logs", NULL) == 0);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "/320106: frozen") != NULL, "yiwang logs says: %s", yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static bool
is_frozen(const char *code)
{
	json_t *log = log_of("320100", code);
	bool frozen = json_is_true(json_object_get(log, "frozen"));

	json_decref(log);
	return frozen;
}

/* The same keys used twice: on one machine the log goes on with one record, on another with another. */
static void
two_heads(void)
{
	size_t before = yw_node_said(at("320100"), "contradiction", "/320106 ");
	struct yw_buf body = YW_BUF_INIT, x = YW_BUF_INIT, verdict = YW_BUF_INIT;
	struct yw_puppet one, two;

	begin(&one, "320106");
	yw_tnet_add_bodies(&one.log, (struct yw_bytes[]) { demand(&body, "320106", "one", "on one machine") }, 1);
	begin(&two, "320106");
	YW_CHECK(pushes(&one, 1, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1));
	YW_CHECK(shows("320100", "320106/demand/one"));
	yw_tnet_add_bodies(&two.log, (struct yw_bytes[]) { demand(&body, "320106", "two", "on another") }, 1);
	yw_say_head(&x, &two.log, two.log.n);
	YW_CHECK(!cut_off(&two, &x));			/* who shows it does everybody a service */
	YW_CHECK_MSG(is_frozen("320106"), TAKEN);
	city_said(before, "contradiction", "/320106 ", "two heads");
	YW_CHECK(yw_node_said(at("320100"), "contradiction", "/320106 shown-by=320106 peer=127.0.0.1:") == before + 1);
	says_so();
	YW_CHECK(yw_run(at("320100"), NULL, NULL, "evidence", "320102", NULL) == 1);	/* which says one thing only */
	YW_WAIT(60, yw_run(at("320100"), NULL, NULL, "evidence", "320106", "-o", evidence_file(), NULL) == 0);
	YW_CHECK(yw_run(NULL, &verdict, NULL, "verify", evidence_file(), "--network", net.network_file, NULL) == 0);
	YW_CHECK(strstr(yw_buf_str(&verdict), "320106") != NULL);
	YW_CHECK(judged_by_other());
	yw_tlog_grow(&one.log, 1, "after it");
	(void)pushes(&one, 1, NULL, 0);
	YW_CHECK(size_at("320100", "320106") == one.log.n - 1);		/* it is not extended any more */
	YW_CHECK(shows("320100", "320106/demand/one"));			/* and served as far as it was verified */
	others_go_on();
	yw_puppet_release(&one);
	yw_puppet_release(&two);
	yw_buf_release(&body);
	yw_buf_release(&x);
	yw_buf_release(&verdict);
}

/* The pair outlives the daemon. */
static void
two_heads_are_kept(void)
{
	yw_node_end(at("320100"), SIGKILL);
	yw_node_spawn(at("320100"));
	says_so();
	YW_CHECK(unlink(evidence_file()) == 0);
	YW_WAIT(60, yw_run(at("320100"), NULL, NULL, "evidence", "320106", "-o", evidence_file(), NULL) == 0);
	YW_CHECK(yw_run(NULL, NULL, NULL, "verify", evidence_file(), "--network", net.network_file, NULL) == 0);
	others_go_on();
}

/* ---- the same without the checks */

static void
turns_red(const char *fault, void (*run)(void), const char *reason)
{
	const char *environment[] = { fault, NULL };
	struct yw_test_node *city = at("320100");

	yw_node_end(city, SIGTERM);
	city->environment = environment;
	yw_node_spawn(city);
	YW_CHECK_MSG(yw_test_fails(run, reason), "%s: nobody notices", fault);
	yw_node_end(city, SIGTERM);
	city->environment = NULL;
	yw_node_spawn(city);
}

/* First what needs the county's trust: from body-hash on the city holds what nobody signed, and passes it on; the county,
 * which checks, cuts it off for good. */
static void
without_checks(void)
{
	turns_red("YW_FAULT=serve-any-package", may_have_package, GIVEN);
	turns_red("YW_FAULT=serve-any-place", may_have_place, GIVEN);
	turns_red("YW_FAULT=position", position, SHOWN);
	turns_red("YW_FAULT=hold-any", borrowed_hash, SHOWN);
	turns_red("YW_FAULT=body-hash", body_hash, SHOWN);
	turns_red("YW_FAULT=signature", signature, SHOWN);
	turns_red("YW_FAULT=consistency", two_heads, TAKEN);
	turns_red("YW_FAULT=consistency", consistency, SHOWN);
}

static const struct yw_case cases[] = {
	{ "T4 six nodes are one network, and three of them come into the hands of a test", founded },
	{ "B7 a child that hands out another body than was signed is cut off", body_hash },
	{ "R3 a child whose new head does not extend its old one is cut off", consistency },
	{ "B4 L9 an entry that nobody signed ends what is taken of that log", signature },
	{ "B3 T5 what a key signed where it was not valid is kept and not shown", position },
	{ "B6 a record of another code than the log's is not held", borrowed_hash },
	{ "V1 V3 no package brings what is not for the asker", may_have_package },
	{ "V3 B6 nor does asking by place", may_have_place },
	{ "L6 B12 two heads stop that log, are kept, and are proven offline", two_heads },
	{ "L6 S1 two heads outlive the daemon", two_heads_are_kept },
	{ "every daemon stops in order", stop },
};

static const struct yw_case mutations[] = {
	{ "T4 six nodes are one network, and three of them come into the hands of a test", founded },
	{ "B4 B6 B7 T5 R3 V3 L6 without its check each lie is believed, and its case turns red", without_checks },
	{ "every daemon stops in order", stop },
};

int
main(int argc, char **argv)
{
	if (FAULTS)
		return yw_testing_main(argc, argv, mutations, sizeof mutations / sizeof *mutations);
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
