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

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "record/record.h"
#include "support/nodes.h"

#define ALL "320000 320100 320102 320500 320505"
#define QUORUM "2 of 320000 320100 320500"

static struct yw_nodes net;
static char founded_at[YW_TIME_TEXT_MAX];

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

/* Writes a demand to a file, as a person would; its id (static) and the file's path. */
static const char *
write_demand(const char *code, const char *name, const char *access, char path[static 300])
{
	static char id[96];
	char text[512];
	struct yw_error err;

	snprintf(id, sizeof id, "%s/demand/%s", code, name);
	snprintf(path, 300, "%s/%s-%s.json", net.dir, code, name);
	snprintf(text, sizeof text, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"需求 %s of %s\"}},%s}", id, name, code, access);
	YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
	return id;
}

/* Registers it; returns its id (static). */
static const char *
put(const char *code, const char *name, const char *access, const char *durable)
{
	struct yw_buf talk = YW_BUF_INIT;
	char path[300];
	const char *id = write_demand(code, name, access, path);
	int rc;

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
	yw_time_text(yw_utc_ms(&yw_clock_real) / 1000 * 1000, founded_at);
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

/* How many contracts a node takes for possible doubles; each is the one in both offices. */
static size_t
doubled(const char *code)
{
	json_t *r = yw_ask(at(code), "doubles", "--kind", "contract", NULL), *item;
	size_t i, n = json_array_size(json_object_get(r, "items"));
	char id[80];

	json_array_foreach(json_object_get(r, "items"), i, item) {
		snprintf(id, sizeof id, "320102/contract/%.40s", yw_json_string(item, "number"));
		YW_CHECK(strcmp(yw_json_string(json_array_get(json_object_get(item, "records"), 0), "id"), id) == 0);
		memcpy(id, "320505", 6);
		YW_CHECK(strcmp(yw_json_string(json_array_get(json_object_get(item, "records"), 1), "id"), id) == 0);
	}
	json_decref(r);
	return n;
}

static void
imported_twice(void)
{
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(doubled(net.n[i].code) == 0);
	import_file("320505", "contracts-320102.csv", "contracts");
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(doubled(net.n[i].code) == 20);
	YW_CHECK(yw_run(at("320505"), NULL, NULL, "withdraw", "320505/contract/2025320111000001", NULL) == 0);
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		YW_CHECK(doubled(net.n[i].code) == 19);
}

/* ---- who holds what */

#define CONDITIONAL(codes) "\"class\":\"conditional\",\"openness\":\"internal\",\"audience\":[" codes "]"
#define NOT_SHARED "\"class\":\"not_shared\",\"openness\":\"internal\""

static struct row {
	const char *at, *name, *access;
	char want[8];		/* who has the body, in the order of ALL: y and shows it, k and only keeps it (V4), n has not */
	char id[96];
	char index[24];
} rows[] = {
	{ .at = "320102", .name = "open", .access = "\"class\":\"unconditional\",\"openness\":\"open\"", .want = "yyyyy" },
	{ .at = "320102", .name = "internal", .access = "\"class\":\"unconditional\",\"openness\":\"internal\"", .want = "yyyyy" },
	{ .at = "320102", .name = "for-b", .access = CONDITIONAL("\"320505\""), .want = "yyyyy" },
	{ .at = "320102", .name = "for-city", .access = CONDITIONAL("\"320500\""), .want = "yyyyn" },
	{ .at = "320102", .name = "for-nobody", .access = CONDITIONAL("\"320102\""), .want = "yyynn" },
	{ .at = "320102", .name = "not-shared", .access = NOT_SHARED, .want = "yyynn" },
	{ .at = "320505", .name = "not-shared", .access = NOT_SHARED, .want = "ynnyy" },
	{ .at = "320505", .name = "for-two", .access = CONDITIONAL("\"320100\",\"320505\""), .want = "yynyy" },
	{ .at = "320100", .name = "not-shared", .access = NOT_SHARED, .want = "yynnn" },
	{ .at = "320100", .name = "for-county", .access = CONDITIONAL("\"320102\""), .want = "yyynn" },
	{ .at = "320100", .name = "without-it", .access = CONDITIONAL("\"320500\""), .want = "yynyn" },
	{ .at = "320000", .name = "not-shared", .access = NOT_SHARED, .want = "ynnnn" },
	{ .at = "320000", .name = "for-b", .access = CONDITIONAL("\"320505\""), .want = "ynnyy" },
};
#define N_ROWS (sizeof rows / sizeof *rows)
static bool registered;		/* the rows are */

/* A record for others each time (V4), and what each node has of it then, in the order of ALL: revisions, and the last of them;
 * negative: that is a withdrawal. */
static const struct shift {
	const char *access;
	struct { int n, last; } has[5];
} shifts[] = {
	{ "\"class\":\"unconditional\"", { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } } },
	{ CONDITIONAL("\"320500\""), { { 3, 3 }, { 3, 3 }, { 3, 3 }, { 3, 3 }, { 2, -2 } } },
	{ NOT_SHARED, { { 5, 5 }, { 5, 5 }, { 5, 5 }, { 4, -4 }, { 2, -2 } } },
	{ CONDITIONAL("\"320505\""), { { 6, 6 }, { 6, 6 }, { 6, 6 }, { 5, 6 }, { 3, 6 } } },
	{ "\"class\":\"unconditional\",\"openness\":\"open\"", { { 7, 7 }, { 7, 7 }, { 7, 7 }, { 6, 7 }, { 4, 7 } } },
	{ NOT_SHARED, { { 9, 9 }, { 9, 9 }, { 9, 9 }, { 7, -8 }, { 5, -8 } } },
};
#define N_SHIFTS (sizeof shifts / sizeof *shifts)
static bool shifted;		/* it was */

static void
register_rows(void)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		struct row *row = &rows[i];
		char path[300];
		json_t *r;

		snprintf(row->id, sizeof row->id, "%s", write_demand(row->at, row->name, row->access, path));
		r = yw_ask(at(row->at), "put", path, NULL);
		snprintf(row->index, sizeof row->index, "%lld", (long long)yw_json_number(r, "place.index"));
		YW_CHECK(yw_json_number(r, "place.item") == 0);
		json_decref(r);
	}
	registered = true;
}

/* A record by its id and by its place: all of it, or that it is withheld, or kept. */
static void
check_place(size_t node, const struct row *row)
{
	struct yw_test_node *n = &net.n[node];
	struct yw_buf talk = YW_BUF_INIT;
	bool may = row->want[node] == 'y';
	json_t *r;

	YW_CHECK_MSG(shows(n->code, row->id) == may, "%s is not shown exactly at %s: look at %s", row->id, row->want, n->code);
	YW_CHECK(yw_run(n, NULL, NULL, "history", row->id, NULL) == (may ? 0 : 1));
	if (may) {
		r = yw_ask(n, "get", row->at, row->index, "0", NULL);
		YW_CHECK(strcmp(yw_json_string(r, "record.id"), row->id) == 0);
		json_decref(r);
		return;
	}
	YW_CHECK(yw_run(n, NULL, &talk, "get", row->at, row->index, "0", NULL) == 1);
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), row->want[node] == 'k' ? "kept for its owner" : "withheld from this node") != NULL,
	    "%s at %s: %s", row->id, n->code, yw_buf_str(&talk));
	yw_buf_release(&talk);
}

static bool
is_of_row(const json_t *place, const struct row *row, const char *body)
{
	char access[160];

	snprintf(access, sizeof access, "\"class\":\"%s\"", yw_json_string(place, "class"));
	return yw_json_number(place, "index") == strtoll(row->index, NULL, 10) && yw_json_number(place, "item") == 0 &&
	    yw_json_number(place, "items") == 1 && strcmp(yw_json_string(place, "body"), body) == 0 &&
	    strstr(row->access, access) != NULL;
}

/* The places of a log that are withheld at a node, or kept, are exactly those of the rows; all others are held.  Gives how
 * many lie there. */
static int64_t
check_log(size_t node, const char *code)
{
	json_t *owners = yw_ask(at(code), "logs", code, NULL), *r = yw_ask(&net.n[node], "logs", code, NULL);
	const json_t *places = json_object_get(r, "places");
	int64_t held = yw_json_number(r, "bodies.held");
	size_t others = shifted && strcmp(code, "320102") == 0 ? (size_t)(shifts[N_SHIFTS - 1].has[2].n - shifts[N_SHIFTS - 1].has[node].n) : 0;
	size_t withheld = 0, kept = 0, listed;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].at, code) != 0 || rows[i].want[node] == 'y')
			continue;
		withheld += rows[i].want[node] == 'n';
		kept += rows[i].want[node] == 'k';
		for (listed = 0; listed < json_array_size(places); listed++)
			if (is_of_row(json_array_get(places, listed), &rows[i], rows[i].want[node] == 'k' ? "kept" : "withheld"))
				break;
		YW_CHECK_MSG(listed < json_array_size(places), "%s does not list %s as %c", net.n[node].code, rows[i].id, rows[i].want[node]);
	}
	withheld += others;
	YW_CHECK_MSG(json_array_size(places) == withheld + kept, "%s lists other places of %s too", net.n[node].code, code);
	YW_CHECK(yw_json_number(r, "bodies.withheld") == (int64_t)withheld && yw_json_number(r, "bodies.kept") == (int64_t)kept);
	YW_CHECK(yw_json_number(r, "bodies.missing") == 0 && yw_json_number(r, "bodies.refused") == 0);
	YW_CHECK(held + (int64_t)(withheld + kept) == yw_json_number(owners, "bodies.held"));
	json_decref(owners);
	json_decref(r);
	return held + (int64_t)kept;
}

static void
check_everywhere(void)
{
	for (size_t n = 0; n < net.count; n++) {
		for (size_t i = 0; i < N_ROWS; i++)
			check_place(n, &rows[i]);
		for (size_t i = 0; i < net.count; i++)
			check_log(n, net.n[i].code);
	}
}

static void
bodies_are_where_they_may_be(void)
{
	register_rows();
	YW_WAIT(60, yw_nodes_agree(&net));
	check_everywhere();
}

/* ---- who keeps what is restricted */

#define KEEPER 3	/* of ALL: 320500 */

static const json_t *
of_code(const json_t *list, const char *code)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (strcmp(yw_json_string(one, "code"), code) == 0)
			return one;
	return NULL;
}

static bool
keeps_all(void)
{
	json_t *owner = yw_ask(at("320000"), "status", NULL), *keeper = yw_ask(&net.n[KEEPER], "status", NULL);
	const json_t *one = of_code(json_object_get(owner, "keepers"), net.n[KEEPER].code);
	const json_t *keeps = json_array_get(json_object_get(keeper, "keeps"), 0);
	bool all = one != NULL && json_is_true(json_object_get(one, "named")) &&
	    json_integer_value(json_object_get(one, "through")) == yw_json_number(owner, "log.size");

	all = all && keeps != NULL && yw_json_number(keeps, "missing") == 0 && strstr(yw_json_string(keeps, "origin"), "/320000") != NULL;
	json_decref(owner);
	json_decref(keeper);
	return all;
}

static void
province_names_a_keeper(void)
{
	json_t *r = yw_ask(at("320102"), "status", NULL);
	const json_t *above = json_object_get(r, "keepers");

	YW_CHECK(json_array_size(above) == 2 && of_code(above, "320000") != NULL && of_code(above, "320100") != NULL);
	json_decref(r);
	YW_CHECK(yw_run(at("320000"), NULL, NULL, "holder", net.n[KEEPER].code, NULL) == 0);
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].at, "320000") == 0 && rows[i].want[KEEPER] == 'n')
			rows[i].want[KEEPER] = 'k';
	YW_WAIT(60, keeps_all());
	YW_WAIT(60, yw_nodes_agree(&net));
	check_everywhere();
}

/* ---- what nodes say of themselves */

static bool
neighbours(const struct yw_test_node *a, const struct yw_test_node *b)
{
	return strcmp(a->code, b->issuer) == 0 || strcmp(b->code, a->issuer) == 0;
}

static int64_t
number_or_none(const json_t *j, const char *key, const char *member)
{
	return json_integer_value(json_object_get(json_object_get(j, key), member));
}

/* Its log has come to rest: a beat and a quorum cover it; neighbours hold it all, and so does whoever has signed. */
static bool
at_rest(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "status", NULL);
	const json_t *log = json_object_get(r, "log"), *durable = json_object_get(log, "durable_at");
	int64_t size = yw_json_number(log, "size");
	bool rest = number_or_none(log, "beat", "size") == size && number_or_none(log, "quorum", "size") == size;

	for (size_t i = 0; i < net.count; i++) {
		const json_t *there = of_code(durable, net.n[i].code);

		rest = rest && (there == NULL ? !neighbours(n, &net.n[i]) : yw_json_number(there, "size") == size);
	}
	json_decref(r);
	return rest;
}

/* Between the start of the test and now, to the second. */
static void
check_time(const char *time)
{
	char now[YW_TIME_TEXT_MAX];

	yw_time_text(yw_utc_ms(&yw_clock_real), now);
	YW_CHECK_MSG(strcmp(time, founded_at) >= 0 && strcmp(time, now) <= 0, "%s is not from %s to %s", time, founded_at, now);
}

static void
check_peers(struct yw_test_node *n, const json_t *answer, int64_t own_size)
{
	const json_t *peers = json_object_get(answer, "peers"), *p;
	size_t found = 0;

	for (size_t i = 0; i < net.count; i++) {
		p = of_code(peers, net.n[i].code);
		YW_CHECK_MSG((p != NULL) == neighbours(n, &net.n[i]), "%s as a peer of %s", net.n[i].code, n->code);
		if (p == NULL)
			continue;
		found++;
		YW_CHECK(json_is_true(json_object_get(p, "upstream")) == (strcmp(net.n[i].code, n->issuer) == 0));
		YW_CHECK(yw_json_number(p, "own_held") == own_size && yw_json_number(p, "lag_entries") == 0 &&
		    yw_json_number(p, "lag_seconds") == 0);
		YW_CHECK(yw_json_number(p, "up_seconds") >= 0 && yw_json_number(p, "heard_seconds") >= 0);
	}
	YW_CHECK(json_array_size(peers) == found && json_array_size(json_object_get(answer, "not_connected")) == 0);
}

static void
check_logs(struct yw_test_node *n)
{
	json_t *r = yw_ask(n, "logs", NULL);
	const json_t *logs = json_object_get(r, "logs");

	YW_CHECK(json_array_size(logs) == net.count);
	for (size_t i = 0; i < net.count; i++) {
		const json_t *log = of_code(logs, net.n[i].code);
		int64_t size = yw_json_number(log, "size");

		YW_CHECK(json_is_true(json_object_get(log, "own")) == (n == &net.n[i]));
		YW_CHECK(yw_json_number(log, "held") == size && yw_json_number(log, "head_size") == size);
		YW_CHECK(yw_json_number(log, "receipts_to") == size && yw_json_number(log, "quorum.size") == size);
		YW_CHECK(json_is_false(json_object_get(log, "frozen")) && json_is_false(json_object_get(log, "broken")));
		check_time(yw_json_string(log, "beat.time"));
		check_time(yw_json_string(log, "quorum.time"));
	}
	json_decref(r);
}

static bool
all_at_rest(void)
{
	for (size_t i = 0; i < net.count; i++)
		if (!at_rest(&net.n[i]))
			return false;
	return yw_nodes_agree(&net);
}

/* A quorum has signed for every log, and every node knows. */
static bool
quorums_known(void)
{
	bool known = true;

	for (size_t n = 0; n < net.count && known; n++) {
		json_t *r = yw_ask(&net.n[n], "logs", NULL), *log;
		size_t i;

		json_array_foreach(json_object_get(r, "logs"), i, log)
			known = known && number_or_none(log, "quorum", "size") == yw_json_number(log, "size") &&
			    yw_json_number(log, "receipts_to") == yw_json_number(log, "size");
		json_decref(r);
	}
	return known;
}

static void
nodes_say_how_they_are(void)
{
	YW_WAIT(90, all_at_rest() && quorums_known());
	for (size_t i = 0; i < net.count; i++) {
		json_t *r = yw_ask(&net.n[i], "status", NULL), *peers = yw_ask(&net.n[i], "peers", NULL);
		const json_t *durable = json_object_get(json_object_get(r, "log"), "durable_at");
		int64_t size = yw_json_number(r, "log.size");

		YW_CHECK(strcmp(yw_json_string(r, "code"), net.n[i].code) == 0);
		YW_CHECK(strcmp(yw_json_string(r, "state"), "appending") == 0 && *yw_json_string(r, "why") == '\0');
		YW_CHECK(*yw_json_string(r, "joining") == '\0' && strlen(yw_json_string(r, "log.root")) == 64);
		for (size_t k = 0; k < net.count; k++)
			YW_CHECK(of_code(durable, net.n[k].code) != NULL ? k != i : !neighbours(&net.n[i], &net.n[k]));
		check_time(yw_json_string(r, "log.beat.time"));
		check_time(yw_json_string(r, "log.quorum.time"));
		check_peers(&net.n[i], r, size);
		check_peers(&net.n[i], peers, size);
		check_logs(&net.n[i]);
		json_decref(r);
		json_decref(peers);
	}
}

/* Of each place at each node: with the body where it is shown, and else of its hash alone. */
static void
proven_everywhere(void)
{
	YW_WAIT(90, all_at_rest());
	for (size_t n = 0; n < net.count; n++)
		for (size_t i = 0; i < N_ROWS; i++) {
			struct yw_buf file = YW_BUF_INIT;
			bool withheld;

			YW_CHECK(yw_run(&net.n[n], &file, NULL, "evidence", rows[i].at, rows[i].index, "0", NULL) == 0);
			withheld = strstr(yw_buf_str(&file), "\nwithheld\n") != NULL;
			YW_CHECK_MSG(withheld == (rows[i].want[n] != 'y') && withheld == (strstr(yw_buf_str(&file), "\nbody ") == NULL),
			    "%s has evidence of %s, %s", net.n[n].code, rows[i].id, withheld ? "withheld" : "with its body");
			yw_buf_release(&file);
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

/* ---- for whom a record is changes (V4) */

static bool
has_shifted(size_t node, const char *id, const struct shift *s)
{
	json_t *r = yw_ask(&net.n[node], "history", id, NULL);
	const json_t *items = json_object_get(r, "items"), *last = json_array_get(items, json_array_size(items) - 1);
	bool withdrawn = s->has[node].last < 0, has;

	has = (int)json_array_size(items) == s->has[node].n &&
	    yw_json_number(last, "revision") == (withdrawn ? -s->has[node].last : s->has[node].last) &&
	    strcmp(yw_json_string(last, "operation"), withdrawn ? "withdraw" : "put") == 0;
	json_decref(r);
	return has;
}

/* What is read is that which counts there now, and nothing newer. */
static void
check_shifted(size_t node, const char *id, const struct shift *s)
{
	json_t *r = yw_ask(&net.n[node], "get", id, NULL);
	char title[32];

	snprintf(title, sizeof title, "t%d", s->has[node].last);
	YW_CHECK(strcmp(yw_json_string(r, "record.operation"), s->has[node].last < 0 ? "withdraw" : "put") == 0);
	if (s->has[node].last > 0)
		YW_CHECK(strcmp(yw_json_string(r, "record.demand.title"), title) == 0);
	json_decref(r);
}

static void
narrowed_and_widened(void)
{
	const char *id = "320102/demand/shift";
	char text[512], path[300];
	struct yw_error err;
	int revision = 0;

	snprintf(path, sizeof path, "%s/shift.json", net.dir);
	for (size_t i = 0; i < N_SHIFTS; i++) {
		snprintf(text, sizeof text, "{\"record\":{\"id\":\"%s\",\"revision\":%d,\"demand\":{\"title\":\"t%d\"}},%s}", id, revision,
		    shifts[i].has[2].last, shifts[i].access);
		YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
		YW_CHECK(yw_run(at("320102"), NULL, NULL, "put", path, NULL) == 0);
		revision = shifts[i].has[2].last;
		for (size_t n = 0; n < net.count; n++) {
			if (i == 0)
				YW_WAIT(60, shows(net.n[n].code, id));
			YW_WAIT(60, has_shifted(n, id, &shifts[i]));
			check_shifted(n, id, &shifts[i]);
		}
	}
	shifted = true;
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t n = 0; n < net.count; n++)		/* and nothing came late */
		YW_CHECK(has_shifted(n, id, &shifts[N_SHIFTS - 1]));
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

/* ---- what lies on the disks, without a daemon that could keep it back */

static unsigned
family(const char *name)
{
	unsigned i = 0;

	while (strcmp(yw_ledger_families[i].name, name) != 0)
		i++;
	return i;
}

/* Does the store hold a body with the row's id?  *n counts them all. */
static bool
body_lies_in(struct yw_store *s, const struct row *row, int64_t *n)
{
	const struct yw_bytes none = { NULL, 0 };
	struct yw_iter *it = yw_iter_new(s, NULL, family("bodies"), none, none, false);
	struct yw_record r;
	struct yw_error err;
	bool found = false;

	for (*n = 0; yw_iter_valid(it); yw_iter_next(it), ++*n) {
		YW_PASS(yw_record_read(yw_iter_value(it), &r, &err));
		found = found || strcmp(r.id_text, row->id) == 0;
	}
	YW_PASS(yw_iter_finish(it, &err));
	return found;
}

/* Is the id in a key? */
static bool
id_lies_in(struct yw_store *s, const struct row *row)
{
	const struct yw_bytes none = { NULL, 0 }, prefix = { (const uint8_t *)row->id, strlen(row->id) + 1 };
	struct yw_iter *it = yw_iter_new(s, NULL, family("items"), prefix, none, false);
	bool found = yw_iter_valid(it);

	YW_PASS(yw_iter_finish(it, NULL));
	return found;
}

static void
check_store(size_t node, int64_t held)
{
	struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT, .cache_bytes = 1 << 20, .write_buffer_bytes = 1 << 20, .read_only = true };
	struct yw_store *s;
	struct yw_error err;
	char dir[300];
	int64_t n;

	snprintf(dir, sizeof dir, "%s/data/db", net.n[node].dir);
	YW_PASS(yw_store_open(dir, &o, &s, &err));
	for (size_t i = 0; i < N_ROWS; i++) {
		char want = rows[i].want[node];

		YW_CHECK_MSG(body_lies_in(s, &rows[i], &n) == (want != 'n') && id_lies_in(s, &rows[i]) == (want == 'y'),
		    "%s lies not exactly at %s: look at %s", rows[i].id, rows[i].want, dir);
	}
	YW_CHECK_MSG(n == held, "%lld bodies lie in %s, which tells of %lld", (long long)n, dir, (long long)held);
	yw_store_close(s);
}

static void
disks_hold_what_they_may(void)
{
	int64_t held[YW_NODES_MAX] = { 0 };

	if (!registered)
		register_rows();
	YW_WAIT(60, yw_nodes_agree(&net));
	for (size_t n = 0; n < net.count; n++)
		for (size_t i = 0; i < net.count; i++)
			held[n] += check_log(n, net.n[i].code);
	yw_nodes_release(&net);
	for (size_t n = 0; n < net.count; n++)
		check_store(n, held[n]);
}

YW_TESTS({ "B10 T3 T4 T11 T14 a network is founded, and each node admits the next", founded_and_admitted },
    { "B5 B7 S4 imports at county and city are the same everywhere", imports_converge },
    { "B5 a table that two offices import is kept at both, and its contracts are possible doubles everywhere", imported_twice },
    { "B6 V1 V2 V3 R3 each body is where it may be, through relays, and nowhere else", bodies_are_where_they_may_be },
    { "V4 B6 whom the province names keeps what nobody else may have, and shows none of it", province_names_a_keeper },
    { "R4 R5 R7 every node says how it is", nodes_say_how_they_are },
    { "V1 V2 V3 V4 B12 evidence of each place has the body where it is shown, and nowhere else", proven_everywhere },
    { "R5 R7 a write waits for who was asked", durable_elsewhere },
    { "B5 a revision read too early is refused", revisions_are_checked },
    { "V4 who may see it no more reads that it is withdrawn, and who may again reads what is new", narrowed_and_widened },
    { "R3 a county that was away catches up", offline_county_catches_up },
    { "B6 V1 V3 every daemon stops in order, and its disk holds what it may, and nothing else", disks_hold_what_they_may })
