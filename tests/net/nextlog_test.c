/*
 * nextlog_test.c - nodes that go on with a next log: after a closing, after their log was forked, without their old keys,
 * and the first node by a network file.
 *
 *	320000 --- 320100 --+-- 320102
 *	                    +-- 320104
 */
#include <unistd.h>

#include "net/disk_world.h"

static struct yw_test_node *neighbour;

static void
founded(void)
{
	found("320000 320100 320102 320104");
	neighbour = yw_node_of(&net, "320104");
	yw_node_put(county, "320102/demand/old", SHARED, "quorum");
	yw_node_put(neighbour, "320104/demand/old", SHARED, "quorum");
}

static void
close_log(struct yw_test_node *by, const char *code, const char *revoked)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc = yw_run(by, NULL, &talk, "close", code, "--reason", "of a test", revoked, NULL);

	YW_CHECK_MSG(rc == 0, "close %s: exit %d: %s", code, rc, yw_buf_str(&talk));
	yw_buf_release(&talk);
}

/* What an admin reads out by telephone. */
static char fingerprint[64];

/* Its daemon does not run; the request then lies where `node request` reads it. */
static void
next_log(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "log", "next", "--yes", n->code, NULL);

	snprintf(fingerprint, sizeof fingerprint, "%s", yw_json_string(r, "fingerprint"));
	json_decref(r);
}

static bool
has_generation(struct yw_test_node *at, const char *origin)
{
	json_t *r = yw_ask(at, "logs", NULL), *log;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		found = found || (strcmp(yw_json_string(log, "origin"), origin) == 0 && yw_json_number(log, "size") > 0);
	json_decref(r);
	return found;
}

static void
is_proven(struct yw_test_node *at, const char *id)
{
	char file[300];

	snprintf(file, sizeof file, "%.250s/evidence", net.dir);
	unlink(file);
	YW_WAIT(60, yw_run(at, NULL, NULL, "evidence", id, "-o", file, NULL) == 0);
	YW_CHECK(yw_run(NULL, NULL, NULL, "verify", file, "--network", net.network_file, NULL) == 0);
	YW_CHECK(yw_exec((const char *const[]) { "python3", YW_SOURCE "/tests/outside/verify.py", "evidence", net.network_file,
	    file, NULL }, NULL, NULL) == 0);
}

/* --- in order --- */

/* Registers before it is admitted; nobody else shows that. */
static void
at_once(struct yw_test_node *n, const char *id)
{
	json_t *r;

	YW_WAIT(30, is(n, "appending", "not yet attributable"));
	yw_node_put(n, id, SHARED, NULL);
	r = yw_ask(n, "get", id, NULL);
	YW_CHECK(json_array_size(json_object_get(r, "via")) == 0);
	json_decref(r);
	YW_CHECK(yw_run(n, NULL, NULL, "evidence", id, NULL) == 1);
	YW_CHECK(!has(city, id) && !has(neighbour, id) && !has(province, id));
}

static void
after_a_closing(void)
{
	close_log(city, "320102", NULL);
	YW_WAIT(30, is(county, "closed", "was closed by 320100"));
	YW_CHECK(refuses(county, "was closed by 320100"));
	yw_node_end(county, SIGTERM);
	next_log(county);
	yw_node_spawn(county);
	at_once(county, "320102/demand/early");
	yw_node_join_network(&net, county);
	goes_on(county, "quorum");
	YW_WAIT(30, has_generation(neighbour, "onenet.example/320102/g2"));
	for (size_t i = 0; i < net.count; i++)
		YW_WAIT(30, has(&net.n[i], "320102/demand/early"));
	is_proven(neighbour, "320102/demand/early");
	yw_node_put(county, "320102/demand/second", SHARED, "quorum");
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(has(&net.n[i], "320102/demand/old") && has(&net.n[i], "320102/demand/second"));
	is_proven(neighbour, "320102/demand/old");
	is_proven(neighbour, "320102/demand/second");
}

/* --- to another issuer, and back --- */

/* Its issuer closes its log and names the next one; there its request comes by itself, and is granted as it is read out. */
static void
goes_to(struct yw_test_node *from, struct yw_test_node *to, const char *origin)
{
	struct yw_buf talk = YW_BUF_INIT;
	json_t *r;
	int rc = yw_run(from, NULL, &talk, "close", "320102", "--next-issuer", to->code, "--reason", "handed over", NULL);

	YW_CHECK_MSG(rc == 0, "close: exit %d: %s", rc, yw_buf_str(&talk));
	YW_WAIT(30, is(county, "closed", to->code));
	yw_node_end(county, SIGTERM);
	r = yw_ask(county, "log", "next", "--yes", "320102", "--issuer", to->code, NULL);
	snprintf(fingerprint, sizeof fingerprint, "%s", yw_json_string(r, "fingerprint"));
	json_decref(r);
	yw_node_spawn(county);
	YW_WAIT(60, yw_run(to, NULL, NULL, "admit", "320102", "--fingerprint", fingerprint, NULL) == 0);
	goes_on(county, "quorum");
	YW_WAIT(30, has_generation(neighbour, origin));
	yw_buf_release(&talk);
}

static void
handed_over(void)
{
	goes_to(city, province, "onenet.example/320102/g3");
	yw_node_put(county, "320102/demand/below-the-province", SHARED, "quorum");
	is_proven(neighbour, "320102/demand/below-the-province");
	goes_to(province, city, "onenet.example/320102/g4");
	yw_node_put(county, "320102/demand/below-the-city-again", SHARED, "quorum");
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(has(&net.n[i], "320102/demand/old") && has(&net.n[i], "320102/demand/second") &&
		    has(&net.n[i], "320102/demand/below-the-province"));
	is_proven(neighbour, "320102/demand/below-the-province");
	is_proven(neighbour, "320102/demand/below-the-city-again");
}

/* --- a thief, or a copy: the old keys' word counts for nothing --- */

/* Its city alone cannot take its place; with the province's consent it can, and it is marked. */
static void
recovers(struct yw_test_node *n)
{
	struct yw_buf talk = YW_BUF_INIT;
	char request[300];

	write_request(n, request);
	YW_CHECK(yw_run(city, NULL, &talk, "admit", "--request", request, NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "consent of 320000") != NULL, "admit said: %s", yw_buf_str(&talk));
	YW_WAIT(30, yw_run(province, NULL, NULL, "consent", request, "--fingerprint", fingerprint, NULL) == 0);
	YW_WAIT(60, yw_run(city, NULL, NULL, "admit", "--request", request, NULL) == 0);
	yw_buf_release(&talk);
	YW_WAIT(60, is(n, "appending", ""));
}

static void
is_marked(const char *id)
{
	struct yw_buf verdict = YW_BUF_INIT;
	char file[300];

	snprintf(file, sizeof file, "%.250s/evidence", net.dir);
	YW_CHECK(yw_run(NULL, &verdict, NULL, "verify", file, "--network", net.network_file, "--json", NULL) == 0);
	YW_CHECK_MSG(strstr(yw_buf_str(&verdict), "\"recovery\":true") != NULL, "%s: %s", id, yw_buf_str(&verdict));
	yw_buf_release(&verdict);
}

/* What a command prints for people at a node holds these words. */
static bool
prints(struct yw_test_node *n, const char *command, const char *operand, const char *words)
{
	struct yw_buf out = YW_BUF_INIT, talk = YW_BUF_INIT;
	bool yes = yw_run(n, &out, &talk, command, operand, NULL) == 0;

	yes = yes && (strstr(yw_buf_str(&out), words) != NULL || strstr(yw_buf_str(&talk), words) != NULL);
	yw_buf_release(&out);
	yw_buf_release(&talk);
	return yes;
}

/* For ever, wherever a person meets it (T9). */
static void
is_told(struct yw_test_node *at, const char *origin, const char *id)
{
	char words[160];

	snprintf(words, sizeof words, "%s: a recovery, on the word of 320100, with the consent of 320000", origin);
	YW_CHECK(prints(at, "logs", NULL, words));
	YW_CHECK(prints(at, "get", id, "on the word of 320100, with the consent of 320000"));
	YW_CHECK(prints(at, "history", id, ", recovery"));
	snprintf(words, sizeof words, "origin=%s by=320100 consent=320000 ", origin);
	YW_CHECK(yw_node_said(at, "recovery", words) == 1);
}

/* It was down when its log was closed: a stranger from then on, it reads its issuers' logs all the same (R2). */
static void
after_a_theft(void)
{
	yw_node_end(neighbour, SIGTERM);
	close_log(city, "320104", "--revoked");
	yw_node_spawn(neighbour);
	YW_WAIT(30, is(neighbour, "closed", "('yiwang log next'), to which the issuer of 320100 has to consent; reason: of a test"));
	YW_CHECK(prints(neighbour, "logs", NULL, "/320104: closed by 320100 at "));
	YW_CHECK(yw_node_said(neighbour, "log-closed", "yiwang log next; reason: of a test") == 1);
	yw_node_end(neighbour, SIGTERM);
	next_log(neighbour);
	yw_node_spawn(neighbour);
	recovers(neighbour);
	goes_on(neighbour, "quorum");
	yw_node_put(neighbour, "320104/demand/recovered", SHARED, "quorum");
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(has(county, "320104/demand/old") && has(neighbour, "320104/demand/old"));
	is_proven(county, "320104/demand/recovered");
	is_marked("320104/demand/recovered");
	is_told(county, "onenet.example/320104/g2", "320104/demand/recovered");
	YW_CHECK(prints(neighbour, "status", NULL, "on the word of 320100, with the consent of 320000"));
}

/* --- the keys are gone --- */

static void
without_keys(void)
{
	char seed[300];

	yw_node_end(neighbour, SIGTERM);
	snprintf(seed, sizeof seed, "%.250s/keys/seed", neighbour->dir);
	YW_CHECK(unlink(seed) == 0);
	YW_CHECK(!yw_node_start(neighbour));
	close_log(city, "320104", NULL);
	next_log(neighbour);
	yw_node_spawn(neighbour);
	recovers(neighbour);
	goes_on(neighbour, "quorum");
	YW_WAIT(30, has_generation(county, "onenet.example/320104/g3"));
}

YW_TESTS({ "T4 L3 four nodes begin", founded },
    { "T6 T8 a county whose log was closed registers in a next one at once; it counts everywhere once admitted, and both prove", after_a_closing },
    { "T3 T6 T8 a county goes from its city to the province and back, by requests that come by themselves", handed_over },
    { "T6 T9 R2 keys are stolen: revoked, and a next log with the consent of the issuer's issuer", after_a_theft },
    { "T9 T8 keys are lost: the same for who has nothing to sign with", without_keys },
    { "every daemon stops in order", stop })
