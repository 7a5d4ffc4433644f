/*
 * tiers_test.c - a province, two cities and two counties, as real daemons: what is registered anywhere is
 * verified everywhere, and each body is exactly where it may be.
 *
 *	320000 --+-- 320100 --- 320102
 *	         +-- 320500 --- 320505
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "support/nodes.h"

#define ALL "320000 320100 320102 320500 320505"
#define QUORUM "2 of 320000 320100 320500"

static struct yw_nodes net;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

/* Registers a demand with a file as a person would write it; returns its id (static). */
static const char *
put(const char *code, const char *name, const char *access, const char *durable)
{
	static char id[96];
	char path[300], text[512];
	struct yw_buf talk = YW_BUF_INIT;
	struct yw_error err;
	int rc;

	snprintf(id, sizeof id, "%s/demand/%s", code, name);
	snprintf(path, sizeof path, "%s/%s-%s.json", net.dir, code, name);
	snprintf(text, sizeof text, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"需求 %s of %s\"}},%s}", id, name, code, access);
	YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
	rc = durable == NULL ? yw_run(at(code), NULL, &talk, "put", path, NULL) :
	    yw_run(at(code), NULL, &talk, "put", path, "--durable", durable, NULL);
	YW_CHECK_MSG(rc == 0, "put %s: exit %d: %s", id, rc, yw_buf_str(&talk));
	yw_buf_release(&talk);
	return id;
}

static bool
shows(const char *code, const char *id)
{
	return yw_run(at(code), NULL, NULL, "get", id, NULL) == 0;
}

static bool
same_digest(const char *whose)
{
	char first[80] = "";

	for (size_t i = 0; i < net.count; i++) {
		json_t *r = yw_ask(&net.n[i], "digest", whose, NULL);
		const char *d = json_string_value(json_object_get(r, "digest"));
		bool same = d != NULL && (first[0] == '\0' || strcmp(first, d) == 0);

		if (d != NULL)
			snprintf(first, sizeof first, "%s", d);
		json_decref(r);
		if (!same)
			return false;
	}
	return true;
}

static void
founded_and_admitted(void)
{
	yw_nodes_found(&net, ALL, QUORUM);
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
}

static void
import_file(const char *code, const char *file, const char *mapping)
{
	char path[300];
	json_t *r;

	snprintf(path, sizeof path, YW_SOURCE "/node-config/sample/%s", file);
	r = yw_ask(at(code), "import", path, "--mapping", mapping, NULL);
	YW_CHECK(yw_json_number(r, "registered") > 0);
	YW_CHECK(yw_json_number(r, "refused") == 0);
	json_decref(r);
	r = yw_ask(at(code), "import", path, "--mapping", mapping, NULL);
	YW_CHECK(yw_json_number(r, "registered") == 0 && yw_json_number(r, "changed") == 0);
	YW_CHECK(yw_json_number(r, "unchanged") > 0);
	json_decref(r);
}

static void
imports_converge(void)
{
	import_file("320102", "contracts-320102.csv", "contracts");
	import_file("320102", "institutions-320102.csv", "institutions");
	import_file("320100", "contracts-320100.csv", "contracts");
	import_file("320100", "institutions-320100.csv", "institutions");
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_WAIT(30, same_digest("320102") && same_digest("320100"));
}

/* Which of the nodes show it, in the order of ALL: "yynnn". */
static bool
shown_at(const char *id, const char *want)
{
	for (size_t i = 0; i < net.count; i++)
		if (shows(net.n[i].code, id) != (want[i] == 'y'))
			return false;
	return true;
}

static void
bodies_are_where_they_may_be(void)
{
	static const struct {
		const char *at, *name, *access, *want;	/* want: 320000 320100 320102 320500 320505 */
	} rows[] = {
		{ "320102", "open", "\"class\":\"unconditional\",\"openness\":\"open\"", "yyyyy" },
		{ "320102", "internal", "\"class\":\"unconditional\",\"openness\":\"internal\"", "yyyyy" },
		{ "320102", "for-b", "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[\"320505\"]", "yyyyy" },
		{ "320102", "for-city", "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[\"320500\"]", "yyyyn" },
		{ "320102", "for-nobody", "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[\"320102\"]", "yyynn" },
		{ "320102", "not-shared", "\"class\":\"not_shared\",\"openness\":\"internal\"", "yyynn" },
		{ "320505", "not-shared", "\"class\":\"not_shared\",\"openness\":\"internal\"", "ynnyy" },
		{ "320100", "not-shared", "\"class\":\"not_shared\",\"openness\":\"internal\"", "yynnn" },
		{ "320100", "for-county", "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[\"320102\"]", "yyynn" },
		{ "320000", "not-shared", "\"class\":\"not_shared\",\"openness\":\"internal\"", "ynnnn" },
		{ "320000", "for-b", "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[\"320505\"]", "ynnyy" },
	};
	char ids[sizeof rows / sizeof *rows][96];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		snprintf(ids[i], sizeof ids[i], "%s", put(rows[i].at, rows[i].name, rows[i].access, NULL));
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_WAIT(30, shown_at(ids[i], rows[i].want));
		YW_CHECK_MSG(shown_at(ids[i], rows[i].want), "%s is not shown exactly at %s", ids[i], rows[i].want);
	}
}

static void
durable_elsewhere(void)
{
	put("320102", "d1", "\"class\":\"unconditional\"", "320100");
	put("320102", "d2", "\"class\":\"unconditional\"", "320000");
	put("320505", "d3", "\"class\":\"unconditional\"", "quorum");
}

static void
revisions_are_checked(void)
{
	const char *id = put("320102", "rev", "\"class\":\"unconditional\"", NULL);
	char copy[96], path[300];
	struct yw_buf out = YW_BUF_INIT, talk = YW_BUF_INIT;
	struct yw_error err;
	json_t *r;

	snprintf(copy, sizeof copy, "%s", id);
	snprintf(path, sizeof path, "%s/rev.json", net.dir);
	YW_CHECK(yw_run(at("320102"), &out, NULL, "get", copy, "--json", NULL) == 0);
	YW_PASS(yw_file_write(path, out.data, out.len, 0644, true, &err));
	YW_CHECK(yw_run(at("320102"), NULL, NULL, "put", path, NULL) == 0);	/* what get printed, put reads */
	YW_CHECK(yw_run(at("320102"), NULL, &talk, "put", path, NULL) == 1);	/* now it was read too early */
	YW_CHECK(strstr(yw_buf_str(&talk), "revision 2") != NULL);
	YW_CHECK(yw_run(at("320102"), NULL, NULL, "withdraw", copy, NULL) == 0);
	YW_CHECK(yw_run(at("320102"), NULL, NULL, "withdraw", copy, NULL) == 1);
	r = yw_ask(at("320102"), "history", copy, NULL);
	YW_CHECK(json_array_size(json_object_get(r, "items")) == 3);
	json_decref(r);
	YW_CHECK(yw_run(at("320100"), NULL, NULL, "put", path, NULL) == 1);	/* another code's record */
	yw_buf_release(&out);
	yw_buf_release(&talk);
}

static void
offline_county_catches_up(void)
{
	char name[32];

	yw_node_end(at("320505"), SIGTERM);
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "away%d", i);
		put(i % 2 ? "320102" : "320000", name, "\"class\":\"unconditional\"", NULL);
	}
	yw_node_spawn(at("320505"));
	put("320505", "back", "\"class\":\"unconditional\"", NULL);
	YW_WAIT(60, yw_nodes_agree(&net));
}

static void
killed_daemons_lose_nothing(void)
{
	char ids[12][96], name[32];

	for (int i = 0; i < 12; i++) {
		struct yw_test_node *victim = at(i % 3 == 0 ? "320102" : i % 3 == 1 ? "320100" : "320000");

		snprintf(name, sizeof name, "kill%d", i);
		snprintf(ids[i], sizeof ids[i], "%s", put(victim->code, name, "\"class\":\"unconditional\"", NULL));
		yw_node_end(victim, SIGKILL);
		yw_node_spawn(victim);
		YW_CHECK(shows(victim->code, ids[i]));
	}
	YW_WAIT(90, yw_nodes_agree(&net));
	for (int i = 0; i < 12; i++)
		YW_CHECK(shown_at(ids[i], "yyyyy"));
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

YW_TESTS({ "B10 T3 T4 T11 T14 a network is founded, and each node admits the next", founded_and_admitted },
    { "B5 B7 S4 imports at county and city are the same everywhere", imports_converge },
    { "B6 V1 V2 V3 R3 each body is where it may be, through relays, and nowhere else", bodies_are_where_they_may_be },
    { "R5 R7 a write waits for who was asked", durable_elsewhere },
    { "B5 a revision read too early is refused", revisions_are_checked },
    { "R3 a county that was away catches up", offline_county_catches_up },
    { "L1 S1 S2 killed daemons lose nothing acknowledged", killed_daemons_lose_nothing },
    { "every daemon stops in order", stop })
