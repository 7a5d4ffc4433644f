/*
 * keys_test.c - keys that change and logs that end, on real daemons: a node rotates while it registers and is copied, its
 * city and the first node rotate, a county is merged into another.
 *
 *	320000 --- 320100 --+-- 320102
 *	                    +-- 320104
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/file.h"
#include "net/disk_world.h"

static struct yw_test_node *neighbour;

static void
founded(void)
{
	found("320000 320100 320102 320104");
	neighbour = yw_node_of(&net, "320104");
	yw_node_put(county, "320102/demand/old", SHARED, "320100");
	yw_node_put(neighbour, "320104/demand/old", SHARED, "320100");
}

static void
run(struct yw_test_node *n, const char *what, const char *const *words)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc = yw_run(n, NULL, &talk, words[0], words[1], words[2], words[3], words[4], words[5], NULL);

	YW_CHECK_MSG(rc == 0, "%s at %s: exit %d: %s", what, n->code, rc, yw_buf_str(&talk));
	yw_buf_release(&talk);
}

/* --- somebody who registers all the while --- */

static struct {
	pthread_t thread;
	struct yw_test_node *node;
	atomic_bool stop;
	unsigned first, n;	/* registered from one to before the other */
	bool refused;
} writer;

static void *
write_on(void *arg)
{
	char id[64];

	(void)arg;
	while (!atomic_load(&writer.stop) && !writer.refused) {
		snprintf(id, sizeof id, "%s/demand/w%u", writer.node->code, writer.n);
		writer.refused = yw_node_try_put(writer.node, id, SHARED, NULL, NULL) != 0;
		writer.n += !writer.refused;
	}
	return NULL;
}

static void
write_at(struct yw_test_node *n)
{
	writer.node = n;
	writer.first = writer.n;
	writer.refused = false;
	atomic_store(&writer.stop, false);
	YW_CHECK(pthread_create(&writer.thread, NULL, write_on, NULL) == 0);
}

/* Nobody was refused, and everybody has it all. */
static void
all_was_taken(void)
{
	char id[64];

	atomic_store(&writer.stop, true);
	pthread_join(writer.thread, NULL);
	YW_CHECK_MSG(!writer.refused && writer.n > writer.first, "%s refused its record %u", writer.node->code, writer.n);
	YW_WAIT(60, yw_nodes_agree(&net));
	for (unsigned i = writer.first; i < writer.n; i += 1 + (writer.n - writer.first) / 20) {
		snprintf(id, sizeof id, "%s/demand/w%u", writer.node->code, i);
		YW_CHECK_MSG(has(province, id) && has(neighbour, id), "%s is not everywhere", id);
	}
}

/* --- rotation --- */

/* Does the request for new keys of that code wait here, asked for by its old ones? */
static bool
is_asked(struct yw_test_node *by, const char *code, char fingerprint[static 40])
{
	json_t *r = yw_ask(by, "admit", "--list", NULL);
	json_t *p = json_array_get(json_object_get(r, "pending"), 0);
	bool yes = json_array_size(json_object_get(r, "pending")) == 1 && json_is_true(json_object_get(p, "by_old_keys")) &&
	    strcmp(json_string_value(json_object_get(p, "code")), code) == 0 && json_integer_value(json_object_get(p, "key_set")) > 0;

	if (yes)
		snprintf(fingerprint, 40, "%s", json_string_value(json_object_get(p, "fingerprint")));
	json_decref(r);
	return yes;
}

/* Its admin asks; that of the node above finds the request there, and grants it with what is read out. */
static void
rotate(struct yw_test_node *n, struct yw_test_node *by)
{
	size_t before = yw_node_said(n, "keys-changed", n->code);
	struct yw_buf said = YW_BUF_INIT;
	char fingerprint[40];

	YW_CHECK(yw_run(n, &said, NULL, "key", "rotate", NULL) == 0);
	YW_WAIT(30, is_asked(by, n->code, fingerprint));
	YW_CHECK_MSG(strncmp(yw_buf_str(&said), fingerprint, strlen(fingerprint)) == 0, "'%s' and '%s'", yw_buf_str(&said), fingerprint);
	run(by, "admit", (const char *const[]) { "admit", n->code, "--fingerprint", fingerprint, NULL, NULL });
	YW_WAIT(30, yw_node_said(n, "keys-changed", n->code) > before);
	yw_buf_release(&said);
}

/* To somebody who has nothing but the first network file. */
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

static void
county_rotates(void)
{
	write_at(county);
	rotate(county, city);
	yw_node_put(county, "320102/demand/by-new-keys", SHARED, "quorum");
	all_was_taken();
	is_proven(neighbour, "320102/demand/old");
	is_proven(neighbour, "320102/demand/by-new-keys");
}

/* What was proven last is by a log that its old keys asked for (T9). */
static void
is_not_marked(void)
{
	struct yw_buf verdict = YW_BUF_INIT;
	char file[300];

	snprintf(file, sizeof file, "%.250s/evidence", net.dir);
	YW_CHECK(yw_run(NULL, &verdict, NULL, "verify", file, "--network", net.network_file, "--json", NULL) == 0);
	YW_CHECK_MSG(strstr(yw_buf_str(&verdict), "\"recovery\":true") == NULL, "%s", yw_buf_str(&verdict));
	yw_buf_release(&verdict);
}

static void
after_a_crash(void)
{
	yw_node_end(county, SIGKILL);
	yw_node_spawn(county);
	goes_on(county, "320100");
}

/* Sessions with all its children and its parent are made with the new keys; receipts by the old ones go on counting. */
static void
city_rotates(void)
{
	write_at(county);
	rotate(city, province);
	yw_node_put(city, "320100/demand/by-new-keys", SHARED, "quorum");
	all_was_taken();
	goes_on(neighbour, "quorum");
	is_proven(neighbour, "320100/demand/by-new-keys");
	is_proven(province, "320102/demand/by-new-keys");
}

/* --- the first node --- */

/* Whoever has the root key drafts the next version, which grants a request, and signs it. */
static void
grant_by_root(const char *request, const char *version)
{
	struct yw_buf talk = YW_BUF_INIT;
	int rc = yw_run(NULL, NULL, &talk, "network", "next", net.network_file, "--first", request, "-o", version, NULL);

	YW_CHECK_MSG(rc == 0, "network next: %s", yw_buf_str(&talk));
	rc = yw_run(NULL, NULL, &talk, "network", "sign", version, "--key", "onenet.example.root.key", "--previous", net.network_file,
	    NULL);
	YW_CHECK_MSG(rc == 0, "network sign: %s", yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static void
first_rotates(void)
{
	char request[300], version[300];

	snprintf(request, sizeof request, "%.250s/new-keys", province->dir);
	snprintf(version, sizeof version, "%.200s/version-2", net.dir);
	run(province, "key rotate", (const char *const[]) { "key", "rotate", "-o", request, NULL, NULL });
	grant_by_root(request, version);
	run(county, "network add", (const char *const[]) { "network", "add", version, NULL, NULL, NULL });
	YW_WAIT(30, yw_node_said(province, "keys-changed", "/320000") == 1);
	yw_node_put(province, "320000/demand/by-new-keys", SHARED, "quorum");
	goes_on(county, "quorum");
	is_proven(county, "320000/demand/by-new-keys");
}

/* Its log is ended in order, as far as the city holds it, and it goes on with a next one that its old keys ask for: both
 * stand in the next network file, and nobody else has anything to do. */
static void
first_goes_on(void)
{
	char request[300], end[300], two[300], three[300];
	struct yw_buf talk = YW_BUF_INIT;
	int rc;

	snprintf(request, sizeof request, "%.200s/data/request", province->dir);
	snprintf(end, sizeof end, "%.200s/end", net.dir);
	snprintf(two, sizeof two, "%.200s/version-2", net.dir);
	snprintf(three, sizeof three, "%.200s/version-3", net.dir);
	yw_node_end(province, SIGTERM);
	run(province, "log next", (const char *const[]) { "log", "next", "--yes", "320000", NULL, NULL });
	rc = yw_run(city, NULL, &talk, "network", "closing", "320000", "--reason", "in order", "-o", end, NULL);
	YW_CHECK_MSG(rc == 0, "network closing: %s", yw_buf_str(&talk));
	rc = yw_run(NULL, NULL, &talk, "network", "next", net.network_file, two, "--first", request, "--closing", end, "-o", three, NULL);
	YW_CHECK_MSG(rc == 0, "network next: %s", yw_buf_str(&talk));
	rc = yw_run(NULL, NULL, &talk, "network", "sign", three, "--key", "onenet.example.root.key", "--previous", net.network_file,
	    "--previous", two, NULL);
	YW_CHECK_MSG(rc == 0, "network sign: %s", yw_buf_str(&talk));
	run(city, "network add", (const char *const[]) { "network", "add", three, NULL, NULL, NULL });
	yw_node_spawn(province);
	goes_on(province, "quorum");
	yw_node_put(province, "320000/demand/by-a-next-log", SHARED, "quorum");
	YW_WAIT(60, yw_nodes_agree(&net));
	goes_on(county, "quorum");
	is_proven(county, "320000/demand/by-new-keys");
	is_proven(county, "320000/demand/by-a-next-log");
	is_not_marked();
	yw_buf_release(&talk);
}

/* --- a merged county --- */

static void
put_in_its_place(const char *id, const char *replaces)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_error err;
	char path[300];

	snprintf(path, sizeof path, "%.250s/successor.json", county->dir);
	yw_buf_printf(&text, "{\"record\":{\"id\":\"%s\",\"replaces\":\"%s\",\"demand\":{\"title\":\"并入\"}},%s}", id, replaces,
	    SHARED);
	YW_PASS(yw_file_write(path, text.data, text.len, 0644, true, &err));
	yw_buf_release(&text);
	run(county, "put", (const char *const[]) { "put", path, "--durable", "quorum", NULL, NULL });
}

static bool
is_changed_into(struct yw_test_node *n, const char *old_id, const char *new_id)
{
	json_t *r = yw_ask(n, "get", old_id, NULL);
	const char *said = json_string_value(json_array_get(json_object_get(r, "replaced_by"), 0));
	bool yes = said != NULL && strcmp(said, new_id) == 0;

	json_decref(r);
	return yes;
}

static bool
is_listed_so(struct yw_test_node *n, const char *old_id, const char *new_id)
{
	json_t *r = yw_ask(n, "list", "--code", "320104", NULL), *item;
	bool yes = false, only = true;
	size_t i;

	json_array_foreach(json_object_get(r, "items"), i, item) {
		const char *into = json_string_value(json_array_get(json_object_get(item, "replaced_by"), 0));

		if (strcmp(yw_json_string(item, "id"), old_id) == 0)
			yes = into != NULL && strcmp(into, new_id) == 0;
		else
			only = only && into == NULL;
	}
	json_decref(r);
	return yes && only;
}

/* Its issuer ends its log and names who takes over; what it registered stays, and what comes after counts for nothing. */
static void
merged(void)
{
	yw_node_put(neighbour, "320104/demand/last", SHARED, "quorum");
	run(city, "close", (const char *const[]) { "close", "320104", "--successor", "320102", "--reason=并入", NULL });
	YW_WAIT(30, is(neighbour, "closed", "was closed by 320100"));
	YW_CHECK(refuses(neighbour, "was closed by 320100"));
	YW_WAIT(60, yw_nodes_agree(&net));	/* the successor has heard of it */
	yw_node_end(neighbour, SIGTERM);
	yw_node_spawn(neighbour);
	YW_CHECK(is(neighbour, "closed", "was closed by 320100"));
	yw_node_end(neighbour, SIGTERM);	/* nobody any more, who is given no bodies */
	put_in_its_place("320102/demand/merged", "320104/demand/last");
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(net.n[i].pid == 0 || (is_changed_into(&net.n[i], "320104/demand/last", "320102/demand/merged") &&
		    is_listed_so(&net.n[i], "320104/demand/last", "320102/demand/merged")));
	is_proven(county, "320104/demand/last");
	is_proven(city, "320102/demand/merged");
}

YW_TESTS({ "T4 L3 four nodes begin", founded },
    { "T5 R2 S2 a county rotates while it registers and is copied: no file is carried, nothing is refused, and both key sets prove", county_rotates },
    { "T5 L1 a daemon that is killed after it rotated goes on with its new keys", after_a_crash },
    { "T5 R2 a city rotates under its counties", city_rotates },
    { "T6 T10 a county is merged: its log ends, what it registered stays, its successor goes on", merged },
    { "T1 T5 the first node rotates by a network file", first_rotates },
    { "T1 T4 T8 the first node goes on with a next log by a network file, and is no recovery", first_goes_on },
    { "every daemon stops in order", stop })
