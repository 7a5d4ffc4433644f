/*
 * erase_test.c - one record of a group is erased, and its bytes are looked for by an own scan, before and after: here, at a
 * relay, at a node that was off, and after a restore.
 *
 *	320000 --- 320100 --- 320102		all three hold the record; the province is off while it is erased
 *
 * And the same of what the city only keeps for the province (V4), until it is named no more.
 *
 * The scan (support/scan.h) knows nothing of the daemon.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "support/disks.h"
#include "support/scan.h"

struct wanted {			/* a body */
	char id[128];
	struct yw_sought sought;	/* the beginning of a name in it that nobody else has */
};

static struct yw_nodes net;
static struct yw_test_node *province, *city, *county;
static struct wanted gone, neighbour;

static bool
has(struct yw_test_node *n, const char *id)
{
	return yw_run(n, NULL, NULL, "get", id, NULL) == 0;
}

/* --- the scan --- */

/* In how many places of a directory it lies. */
static size_t
scan_dir(const char *dir, struct wanted *w)
{
	return yw_scan(dir, YW_SCAN_ALL, &w->sought);
}

static size_t
scan_below(const struct yw_test_node *n, const char *what, struct wanted *w)
{
	char dir[300];

	snprintf(dir, sizeof dir, "%.200s/%s", n->dir, what);
	return scan_dir(dir, w);
}

static size_t
scan(const struct yw_test_node *n, struct wanted *w)
{
	return scan_below(n, "data", w);
}

/* As soon as the daemon has done it. */
static void
until_gone(const struct yw_test_node *n, struct wanted *w, int seconds)
{
	int64_t end = yw_test_now_ms() + seconds * 1000;

	while (scan(n, w) != 0) {
		YW_CHECK_MSG(yw_test_now_ms() < end, "%s: after %d s it is still in %s", n->code, seconds, yw_scan_seen());
		yw_test_pause();
	}
}

/* --- the story --- */

/* That of the items which is number n of its entry. */
static void
want(json_t *items, int64_t n, struct wanted *w)
{
	size_t i = 0;
	json_t *r;

	while (yw_json_number(json_array_get(items, i), "place.item") != n)
		i++;
	snprintf(w->id, sizeof w->id, "%s", yw_json_string(json_array_get(items, i), "id"));
	r = yw_ask(county, "get", w->id, NULL);
	yw_sought_set(&w->sought, yw_json_string(r, "record.institution.host.name"));
	json_decref(r);
}

static void
registered(void)
{
	char path[300];
	json_t *r;

	yw_nodes_found(&net, "320000 320100 320102", "2 of 320000 320100");
	province = yw_node_of(&net, "320000");
	city = yw_node_of(&net, "320100");
	county = yw_node_of(&net, "320102");
	for (size_t i = 0; i < net.count; i++)
		yw_node_configure(&net.n[i], "erase_within", "0");
	yw_nodes_start_all(&net);
	snprintf(path, sizeof path, "%.200s/table.csv", net.dir);
	yw_node_table(path, 256);
	YW_CHECK(yw_run(county, NULL, NULL, "import", path, "--mapping", "institutions", "--durable", "quorum", NULL) == 0);
	r = yw_ask(county, "list", "--code", "320102", "--kind", "institution", "--limit", "256", NULL);
	YW_CHECK(json_array_size(json_object_get(r, "items")) == 256);
	want(json_object_get(r, "items"), 0, &gone);		/* the first of a table: a MANIFEST holds its key */
	want(json_object_get(r, "items"), 1, &neighbour);
	json_decref(r);
	YW_WAIT(60, yw_nodes_agree(&net));
}

static char backup[300];

/* Where nothing is compressed (store/rocksdb_open.c) the bytes of a table show it. */
static bool
is_uncompressed(void)
{
	const char *fault = getenv("YW_FAULT");

	return fault != NULL && strcmp(fault, "uncompressed") == 0;
}

static bool
shows_raw(const struct yw_test_node *n, struct wanted *w)
{
	char dir[300];

	snprintf(dir, sizeof dir, "%.200s/data/db", n->dir);
	return yw_scan(dir, YW_SCAN_RAW, &w->sought) > 0 && strstr(yw_scan_seen(), ".sst") != NULL;
}

/* By the body's key alone, which a table has shown. */
static size_t
scan_for_key(const struct yw_test_node *n, const char *below, unsigned places, const struct wanted *w)
{
	struct yw_sought key;
	char dir[300];

	yw_sought_set(&key, "what stands in no file of this test");
	memcpy(key.key, w->sought.key, sizeof key.key);
	snprintf(dir, sizeof dir, "%.200s/%s", n->dir, below);
	return yw_scan(dir, places, &key);
}

/* In write-ahead logs as it stands, and in tables when those have been made. */
static void
is_found(void)
{
	char dir[300];

	for (size_t i = 0; i < net.count; i++)
		YW_CHECK_MSG(scan(&net.n[i], &gone) > 0 && scan(&net.n[i], &neighbour) > 0, "%s: the scan finds nothing", net.n[i].code);
	for (size_t i = 0; i < net.count; i++)
		yw_node_end(&net.n[i], SIGTERM);
	yw_disk_save(county, "in-logs");
	for (size_t i = 0; i < net.count; i++)
		yw_node_spawn(&net.n[i]);
	for (size_t i = 0; i < net.count; i++) {
		YW_CHECK_MSG(scan(&net.n[i], &gone) > 0 && scan(&net.n[i], &neighbour) > 0, "%s: the scan finds nothing", net.n[i].code);
		YW_CHECK_MSG(gone.sought.key[0] != '\0' && neighbour.sought.key[0] != '\0', "%s: no key", net.n[i].code);
		YW_CHECK_MSG(scan_for_key(&net.n[i], "data", YW_SCAN_TABLES, &gone) > 0 &&
		    scan_for_key(&net.n[i], "data", YW_SCAN_MANIFESTS, &gone) > 0, "%s", net.n[i].code);
		if (is_uncompressed())
			YW_CHECK_MSG(shows_raw(&net.n[i], &gone) && shows_raw(&net.n[i], &neighbour), "%s: no table's bytes show it", net.n[i].code);
	}
	snprintf(dir, sizeof dir, "%.200s/in-logs", county->dir);
	YW_CHECK(yw_scan(dir, YW_SCAN_WRITE_AHEAD, &gone.sought) > 0 && scan_for_key(county, "in-logs", YW_SCAN_WRITE_AHEAD, &gone) > 0);
	YW_WAIT(60, yw_nodes_agree(&net));
	snprintf(backup, sizeof backup, "%.200s/backup", net.dir);
	YW_CHECK(yw_run(city, NULL, NULL, "backup", backup, NULL) == 0);
	YW_CHECK(scan_dir(backup, &gone) > 0);
}

/* An older database was put back before anything was erased: what it took the place of lies in the data directory too. */
static void
is_put_aside(void)
{
	struct yw_buf talk = YW_BUF_INIT;

	yw_node_end(city, SIGTERM);
	YW_CHECK_MSG(yw_run(city, NULL, &talk, "restore", backup, NULL) == 0, "%s", yw_buf_str(&talk));
	yw_node_spawn(city);
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(scan_below(city, "data/db.before-restore", &gone) > 0 && scan_below(city, "data/db", &gone) > 0);
	yw_buf_release(&talk);
}

static void
is_erased(void)
{
	struct yw_buf talk = YW_BUF_INIT;

	yw_node_end(province, SIGTERM);
	YW_CHECK_MSG(yw_run(county, NULL, &talk, "erase", gone.id, "--reason", "asked for", "--basis", "PIPL 47", "--now", "--yes", gone.id,
	    NULL) == 0, "%s", yw_buf_str(&talk));
	YW_CHECK_MSG(strstr(yw_buf_str(&talk), "they have left this node's disk") != NULL, "%s", yw_buf_str(&talk));
	until_gone(county, &gone, 30);
	until_gone(city, &gone, 60);
	YW_CHECK(scan(county, &neighbour) > 0 && scan(city, &neighbour) > 0);
	YW_CHECK(has(county, neighbour.id) && has(city, neighbour.id) && !has(county, gone.id) && !has(city, gone.id));
	yw_buf_release(&talk);
}

/* It was off; no data directory of its own knows better. */
static void
hears_later(void)
{
	YW_CHECK(scan(province, &gone) > 0);
	yw_node_spawn(province);
	until_gone(province, &gone, 60);
	YW_CHECK(scan(province, &neighbour) > 0 && has(province, neighbour.id) && !has(province, gone.id));
	YW_WAIT(60, yw_nodes_agree(&net));
}

/* From the backup it comes back, and goes before anybody is served: what the guard's list says needs no neighbour. */
static void
is_restored(void)
{
	struct yw_buf talk = YW_BUF_INIT;

	yw_node_end(city, SIGTERM);
	YW_CHECK_MSG(yw_run(city, NULL, &talk, "restore", backup, NULL) == 0, "%s", yw_buf_str(&talk));
	YW_CHECK(scan(city, &gone) > 0);
	YW_CHECK(kill(province->pid, SIGSTOP) == 0 && kill(county->pid, SIGSTOP) == 0);
	yw_node_spawn(city);
	YW_CHECK(!has(city, gone.id) && has(city, neighbour.id));
	until_gone(city, &gone, 60);
	YW_CHECK(kill(province->pid, SIGCONT) == 0 && kill(county->pid, SIGCONT) == 0);
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(scan(city, &gone) == 0 && scan(city, &neighbour) > 0 && scan_dir(backup, &gone) > 0);
	yw_buf_release(&talk);
}

/* The entry with its 256 hashes is as it was: both prove, one without its content. */
static void
still_proves(void)
{
	char file[300], network[320];
	struct yw_buf talk = YW_BUF_INIT, said = YW_BUF_INIT;
	json_t *r = yw_ask(county, "history", gone.id, NULL), *places_now, *p;

	YW_CHECK(strcmp(yw_json_string(json_array_get(json_object_get(r, "items"), 0), "operation"), "erase") == 0);
	json_decref(r);
	snprintf(file, sizeof file, "%.200s/evidence", net.dir);
	snprintf(network, sizeof network, "%s", net.network_file);
	YW_WAIT(60, yw_run(city, NULL, &talk, "evidence", neighbour.id, "-o", file, NULL) == 0);
	YW_CHECK(yw_exec((const char *const[]) { YW_BIN "/yiwang", "verify", file, "--network", network, NULL }, &said, NULL) == 0);
	YW_CHECK_MSG(strstr(yw_buf_str(&said), neighbour.sought.text) != NULL, "%s", yw_buf_str(&said));
	places_now = yw_ask(city, "logs", "320102", NULL);
	p = json_array_get(json_object_get(places_now, "places"), 0);
	YW_CHECK(p != NULL && strcmp(yw_json_string(p, "body"), "erased") == 0);
	snprintf(file, sizeof file, "%.200s/evidence-erased", net.dir);
	{
		char index[24], item[24];

		snprintf(index, sizeof index, "%lld", (long long)yw_json_number(p, "index"));
		snprintf(item, sizeof item, "%lld", (long long)yw_json_number(p, "item"));
		YW_WAIT(60, yw_run(city, NULL, NULL, "evidence", "320102", index, item, "-o", file, NULL) == 0);
	}
	yw_buf_clear(&said);
	YW_CHECK(yw_exec((const char *const[]) { YW_BIN "/yiwang", "verify", file, "--network", network, NULL }, &said, NULL) == 0);
	YW_CHECK_MSG(strstr(yw_buf_str(&said), "withheld") != NULL, "%s", yw_buf_str(&said));
	yw_buf_release(&said);
	YW_CHECK(scan_dir(net.dir, &neighbour) > 0);
	json_decref(places_now);
	yw_buf_release(&talk);
}

/* --- what a holder keeps --- */

static struct wanted secrets[2];

static void
put_secret(struct wanted *w, const char *local, const char *title)
{
	char path[300], text[400];
	struct yw_error err;

	snprintf(w->id, sizeof w->id, "320000/demand/%s", local);
	snprintf(path, sizeof path, "%.200s/%s.json", net.dir, local);
	snprintf(text, sizeof text, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"%s\"}},\"class\":\"not_shared\"}", w->id, title);
	YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
	YW_CHECK(yw_run(province, NULL, NULL, "put", path, NULL) == 0);
	YW_CHECK(unlink(path) == 0);
	yw_sought_set(&w->sought, title);
}

static void
kept_and_erased(void)
{
	put_secret(&secrets[0], "first", "an offer that one of them knows of");
	put_secret(&secrets[1], "second", "a second one that stays for longer");
	YW_WAIT(60, yw_nodes_agree(&net));
	YW_CHECK(scan(province, &secrets[0]) > 0 && scan(city, &secrets[0]) == 0 && scan(county, &secrets[0]) == 0);
	YW_CHECK(yw_run(province, NULL, NULL, "holder", "320100", NULL) == 0);
	for (size_t i = 0; i < 2; i++)
		YW_WAIT(60, scan(city, &secrets[i]) > 0);
	YW_CHECK(scan(county, &secrets[0]) == 0 && !has(city, secrets[0].id));
	YW_CHECK(yw_run(province, NULL, NULL, "erase", secrets[0].id, "--reason", "asked for", "--basis", "PIPL 47", "--yes", secrets[0].id,
	    NULL) == 0);
	until_gone(province, &secrets[0], 60);
	until_gone(city, &secrets[0], 60);
	YW_CHECK(scan(province, &secrets[1]) > 0 && scan(city, &secrets[1]) > 0);
	YW_CHECK(yw_run(province, NULL, NULL, "holder", "--nobody", NULL) == 0);
	until_gone(city, &secrets[1], 60);
	YW_CHECK(scan(province, &secrets[1]) > 0 && has(province, secrets[1].id));
	YW_WAIT(60, yw_nodes_agree(&net));
}

static void
stop(void)
{
	for (size_t i = 0; i < net.count; i++)
		if (net.n[i].pid != 0)
			(void)kill(net.n[i].pid, SIGCONT);
	yw_nodes_release(&net);
}

YW_TESTS(
	{ "V6/erasure three tiers hold one record of a group of 256", registered },
	{ "V6/erasure its text and its key are found in files by a scan", is_found },
	{ "V6/erasure L2 and in a database that a restore put aside", is_put_aside },
	{ "V6/erasure erased, they are found neither here nor at the relay, and a neighbour still is", is_erased },
	{ "V6/erasure nor at a node that was off, when it is back", hears_later },
	{ "V6/erasure L2 nor where an older copy was restored, from the start on", is_restored },
	{ "V6/erasure B12 what stood beside it proves as before, and so does its place", still_proves },
	{ "V4 V6/erasure what a holder keeps is erased on its disk too, and leaves it when it is named no more", kept_and_erased },
	{ "every daemon stops in order", stop }
)
