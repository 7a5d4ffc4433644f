/*
 * versions_test.c - later network files among real daemons (T1), as a person gives them to one: they reach a county by
 * themselves, through the first node's log and without it; and records that a registrar signs elsewhere (T13).
 *
 *	320000 --- 320100 --- 320102
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "support/nodes.h"

#define ONE "onenet.example.network"
#define KEY "onenet.example.root.key"
#define FIVE ONE, "two", "three", "four", "five"
#define AFTER_FIVE "--previous", ONE, "--previous", "two", "--previous", "three", "--previous", "four", "--previous", "five"

static struct yw_nodes net;
static struct yw_buf talk = YW_BUF_INIT;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

#define RUN(node, ...)                                                                             \
	do {                                                                                       \
		yw_buf_clear(&talk);                                                               \
		int rc_ = yw_run(node, NULL, &talk, __VA_ARGS__, NULL);                            \
		YW_CHECK_MSG(rc_ == 0, "exit %d: %s", rc_, yw_buf_str(&talk));                     \
	} while (0)

static int64_t
version_at(const char *code)
{
	json_t *r = yw_ask(at(code), "status", NULL);
	int64_t version = yw_json_number(r, "network_version");

	json_decref(r);
	return version;
}

/* Entries of the province's log at a node. */
static int64_t
province_at(const char *code)
{
	json_t *r = yw_ask(at(code), "logs", NULL), *logs = json_object_get(r, "logs");
	int64_t size = 0;

	for (size_t i = 0; i < json_array_size(logs); i++)
		if (strcmp(yw_json_string(json_array_get(logs, i), "code"), "320000") == 0)
			size = yw_json_number(json_array_get(logs, i), "size");
	json_decref(r);
	return size;
}

static void
refused(struct yw_test_node *n, const char *file, const char *why)
{
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(n, NULL, &talk, "network", "add", file, NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), why) != NULL, "%s", yw_buf_str(&talk));
}

/* The public half of a root key, as text; where there is no such file, of a new one. */
static void
root_key(const char *file, struct yw_buf *out)
{
	YW_CHECK(yw_run(NULL, out, &talk, "network", "key", "onenet.example", file, NULL) == 0);
	out->data[out->len - 1] = '\0';		/* its line feed */
}

/* Given to the first node, which logs it: version 2 brings a second root key. */
static void
through_the_log(void)
{
	struct yw_buf key = YW_BUF_INIT, old = YW_BUF_INIT;
	int64_t before;

	yw_nodes_found(&net, "320000 320100 320102", "2 of 320000 320100 320102");
	yw_nodes_start_all(&net);
	YW_WAIT(60, yw_nodes_agree(&net));
	before = province_at("320102");
	root_key("second", &key);
	root_key(KEY, &old);
	RUN(NULL, "network", "next", ONE, "--root", (const char *)old.data, "--root", (const char *)key.data, "--k", "2", "-o", "two");
	RUN(NULL, "network", "sign", "two", "--key", KEY, "--previous", ONE);
	refused(at("320000"), "two", "1 of the 2 root keys");
	RUN(NULL, "network", "sign", "two", "--key", "second", "--previous", ONE);
	RUN(at("320000"), "network", "add", "two");
	YW_WAIT(30, version_at("320100") == 2 && version_at("320102") == 2);
	YW_WAIT(30, province_at("320102") > before);
	YW_CHECK(yw_node_said(at("320000"), "trust-alarm", "") == 0);
	yw_buf_release(&key);
	yw_buf_release(&old);
}

/* The first node is away: the city hands it down by hello, and both keep it over a restart. */
static void
without_the_first_node(void)
{
	yw_node_end(at("320000"), SIGTERM);
	RUN(NULL, "network", "next", ONE, "two", "--quorum", "1 of 320100 320102", "-o", "three");
	RUN(NULL, "network", "next", ONE, "two", "--quorum", "none", "-o", "other");
	for (int i = 0; i < 2; i++) {
		RUN(NULL, "network", "sign", "three", "--key", i ? KEY : "second", "--previous", ONE, "--previous", "two");
		RUN(NULL, "network", "sign", "other", "--key", i ? KEY : "second", "--previous", ONE, "--previous", "two");
	}
	RUN(NULL, "network", "next", ONE, "two", "three", "-o", "four");
	for (int i = 0; i < 2; i++)
		RUN(NULL, "network", "sign", "four", "--key", i ? KEY : "second", "--previous", ONE, "--previous", "two",
		    "--previous", "three");
	refused(at("320100"), "four", "network versions 3 to 4 are needed");
	RUN(at("320100"), "network", "add", "three");
	YW_WAIT(30, version_at("320102") == 3);
	refused(at("320102"), "other", "two different network files of version 3");
	yw_node_end(at("320102"), SIGKILL);
	yw_node_spawn(at("320102"));
	YW_CHECK(version_at("320102") == 3);
	RUN(at("320102"), "network", "get", "--version", "3", "-o", "got");
	RUN(at("320102"), "network", "add", "got");
	RUN(at("320102"), "network", "add", "four");
	YW_WAIT(30, version_at("320100") == 4);
	yw_node_put(at("320102"), "320102/demand/1", "\"class\":\"unconditional\"", "quorum");	/* of the county's neighbours alone */
}

/* It comes back, fetches what it missed, and says it in its log. */
static void
the_first_node_comes_back(void)
{
	int64_t before = province_at("320102");

	yw_node_spawn(at("320000"));
	YW_WAIT(60, version_at("320000") == 4);
	YW_WAIT(60, province_at("320102") >= before + 2);
	YW_WAIT(60, yw_nodes_agree(&net));
}

/* B12: an auditor who holds an older version goes on from it, one who holds the newest or a later one compares; of another
 * history nothing is believed. */
static void
verified_by_any_version(void)
{
	static const char *const good[] = { ONE, "two", "three", "four" };

	RUN(at("320102"), "evidence", "320102/demand/1", "-o", "evidence");
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		RUN(NULL, "verify", "evidence", "--network", good[i]);
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(NULL, NULL, &talk, "verify", "evidence", "--network", "other", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "version 3 of its network file is another than ours") != NULL, "%s",
	    yw_buf_str(&talk));
}

static size_t
logs_at(const char *code)
{
	json_t *r = yw_ask(at(code), "logs", NULL);
	size_t n = json_array_size(json_object_get(r, "logs"));

	json_decref(r);
	return n;
}

/* The machine of the first node is lost with its keys.  A new one asks for its next log; the root keys end the old one, as
 * far as the city holds it, and grant that in version 5; nobody else has anything to do. */
static void
the_first_node_replaced(void)
{
	struct yw_test_node *first = at("320000");
	char url[sizeof first->url];
	size_t logs = logs_at("320102");

	yw_node_end(first, SIGKILL);
	snprintf(url, sizeof url, "%s", first->url);
	RUN(NULL, "node", "init", "--code", "320000", "--network", ONE, "--generation", "2", "--dir", "fresh", "--listen", url);
	RUN(at("320100"), "network", "closing", "320000", "--reason", "its machine burnt", "--revoked", "-o", "end");
	RUN(NULL, "network", "next", ONE, "two", "three", "four", "--first", "fresh/data/request", "--closing", "end", "-o", "five");
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "its keys are revoked: its machine burnt") != NULL, "%s", yw_buf_str(&talk));
	for (int i = 0; i < 2; i++)
		RUN(NULL, "network", "sign", "five", "--key", i ? KEY : "second", "--previous", ONE, "--previous", "two",
		    "--previous", "three", "--previous", "four");
	RUN(NULL, "verify", "evidence", "--network", "five");
	RUN(at("320100"), "network", "add", "five");
	YW_WAIT(30, version_at("320102") == 5);
	snprintf(first->dir, sizeof first->dir, "%s/fresh", net.dir);
	snprintf(first->config, sizeof first->config, "%s/fresh/yiwang.yaml", net.dir);
	snprintf(first->log, sizeof first->log, "%s/fresh/log", net.dir);
	YW_CHECK(symlink(YW_SOURCE "/node-config/divisions.csv", "fresh/divisions.csv") == 0);
	yw_node_append_at_once(first);
	yw_node_spawn(first);
	YW_WAIT(60, version_at("320000") == 5);
	YW_WAIT(60, logs_at("320102") == logs + 1 && logs_at("320000") == logs + 1);
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_put(first, "320000/demand/again", "\"class\":\"unconditional\"", "320100");
	YW_WAIT(30, yw_run(at("320102"), NULL, NULL, "get", "320000/demand/again", NULL) == 0);
	yw_node_put(at("320102"), "320102/demand/2", "\"class\":\"unconditional\"", "320100");
	YW_WAIT(30, yw_run(first, NULL, NULL, "get", "320102/demand/2", NULL) == 0);
}

/* Version 6 brings a third root key, of which two suffice; then the first is stolen or lost, and version 7 drops it by the
 * word of the two others.  What the thief signs with it after that nobody takes. */
static void
root_key_dropped(void)
{
	struct yw_buf first = YW_BUF_INIT, second = YW_BUF_INIT, third = YW_BUF_INIT;
	static const char *const keys[] = { KEY, "second", "third" };

	root_key(KEY, &first);
	root_key("second", &second);
	root_key("third", &third);
	RUN(NULL, "network", "next", FIVE, "--root", (const char *)first.data, "--root", (const char *)second.data, "--root",
	    (const char *)third.data, "--k", "2", "-o", "six");
	for (size_t i = 0; i < 3; i++)
		RUN(NULL, "network", "sign", "six", "--key", keys[i], AFTER_FIVE);
	RUN(at("320100"), "network", "add", "six");
	YW_WAIT(30, version_at("320000") == 6 && version_at("320102") == 6);

	RUN(NULL, "network", "next", FIVE, "six", "--root", (const char *)second.data, "--root", (const char *)third.data, "--k", "2",
	    "-o", "seven");
	for (size_t i = 1; i < 3; i++)
		RUN(NULL, "network", "sign", "seven", "--key", keys[i], AFTER_FIVE, "--previous", "six");
	RUN(at("320102"), "network", "add", "seven");
	YW_WAIT(30, version_at("320000") == 7 && version_at("320100") == 7);

	RUN(NULL, "network", "next", FIVE, "six", "seven", "--quorum", "none", "-o", "eight");
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(NULL, NULL, &talk, "network", "sign", "eight", "--key", KEY, AFTER_FIVE, "--previous", "six", "--previous",
	    "seven", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "this key is no root key") != NULL, "%s", yw_buf_str(&talk));
	RUN(NULL, "network", "sign", "eight", "--key", "second", AFTER_FIVE, "--previous", "six", "--previous", "seven");
	refused(at("320102"), "eight", "1 of the 2 root keys");
	YW_CHECK(version_at("320102") == 7);
	yw_buf_release(&first);
	yw_buf_release(&second);
	yw_buf_release(&third);
}

/* A key that no daemon ever had signs; the county's node takes it, and the province shows it. */
static void
signed_elsewhere(void)
{
	static const char record[] = "{\"record\":{\"id\":\"320102/demand/9\",\"demand\":{\"title\":\"signed elsewhere\"}},"
	    "\"class\":\"unconditional\"}";
	static const char late[] = "{\"record\":{\"id\":\"320102/demand/10\",\"demand\":{\"title\":\"too late\"}},"
	    "\"class\":\"unconditional\"}";
	struct yw_error err;
	json_t *r;

	YW_PASS(yw_file_write("r.json", record, strlen(record), 0644, true, &err));
	RUN(NULL, "registrar", "request", "onenet.example/320102", "--key", "k", "-o", "request");
	RUN(NULL, "sign", "r.json", "--key", "k", "-o", "signed");
	YW_PASS(yw_file_write("late.json", late, strlen(late), 0644, true, &err));
	RUN(NULL, "sign", "late.json", "--key", "k", "-o", "late");
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(at("320102"), NULL, &talk, "put", "--signed", "signed", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "no registrar's of 320102") != NULL, "%s", yw_buf_str(&talk));
	RUN(at("320102"), "registrar", "add", "request", "--kind", "demand");
	RUN(at("320102"), "put", "--signed", "signed", "--durable", "320100");
	YW_WAIT(30, yw_run(at("320000"), NULL, NULL, "get", "320102/demand/9", NULL) == 0);
	r = yw_ask(at("320102"), "registrar", "list", NULL);
	RUN(at("320102"), "registrar", "end", yw_json_string(json_array_get(json_object_get(r, "registrars"), 0), "key"));
	json_decref(r);
	yw_buf_clear(&talk);
	YW_CHECK(yw_run(at("320102"), NULL, &talk, "put", "--signed", "late", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "no registrar's of 320102, or no longer") != NULL, "%s", yw_buf_str(&talk));
	YW_WAIT(60, yw_nodes_agree(&net));
	yw_nodes_release(&net);
	yw_buf_release(&talk);
}

YW_TESTS({ "T1 a later version that is given to the first node reaches a county by itself", through_the_log },
    { "T1 without the first node too, step by step; a jump and a second text are refused", without_the_first_node },
    { "T1 the first node comes back, fetches what it missed and logs it", the_first_node_comes_back },
    { "B12 T1 evidence is judged by whoever holds any of its versions, or the next", verified_by_any_version },
    { "T1 T6 T8 the first node is lost, and replaced by a network file", the_first_node_replaced },
    { "T1 a root key is stolen or lost: the others drop it, and it signs nothing any more", root_key_dropped },
    { "T13 records are signed on a machine without a daemon, and shown everywhere", signed_elsewhere })
