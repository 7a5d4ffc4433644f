/*
 * daemon_test.c - a county's daemon under power cuts and failing disks, with eight clients and its city beside it.
 *
 * A cut kills the daemon at a random write or sync below its data directory, or after a random acknowledgement, and
 * rolls that directory back to what was synced.  What must hold then (L1):
 *
 *	the guard, read before anybody starts again, covers every acknowledgement and every head that the city saw
 *	the daemon, started again, has every record acknowledged, and the city extends the copy it had
 *	without its last WAL too, it has them all, or it is behind and appends nothing
 *
 * The daemon that is looked at afterwards runs without the library, and is killed: the next life begins with what
 * a crash leaves.  `--long` makes 200 cuts.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "ledger/guard.h"
#include "support/asker.h"
#include "support/powercut.h"
#include "support/promise.h"

#define CODES "320100 320102"
#define ORIGIN "onenet.example/320102"
#define CUTS 40
#define CUTS_LONG 200
#define CUTS_OF_A_NETWORK 10
#define CLIENTS 8
#define ACKS_MAX 400		/* of one life */

static bool is_long;
static size_t acknowledged;		/* by all lives */
static size_t guard_failed;		/* so often its guard could not be written */

/* ---- what was acknowledged */

struct ack {
	char id[64];
	uint64_t index;
};

static struct acks {
	pthread_mutex_t lock;
	struct ack *a;
	size_t n, room;
	size_t checked;			/* of these a later life has shown that they are there */
	uint64_t size;			/* of the log, at least */
	size_t end;			/* so many, and the clients stop */
	pid_t victim;			/* and this daemon is killed; 0: none */
} acks = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
acks_forget(void)
{
	free(acks.a);
	acks.a = NULL;
	acks.n = acks.room = acks.checked = 0;
	acks.size = 0;
}

/* False: this life has had enough of them. */
static bool
acks_add(const char *id, uint64_t index)
{
	bool more;

	pthread_mutex_lock(&acks.lock);
	if (acks.n == acks.room) {
		acks.room = acks.room * 2 + 256;
		acks.a = realloc(acks.a, acks.room * sizeof *acks.a);
		if (acks.a == NULL)
			abort();
	}
	snprintf(acks.a[acks.n].id, sizeof acks.a->id, "%s", id);
	acks.a[acks.n++].index = index;
	if (index >= acks.size)
		acks.size = index + 1;
	more = acks.n < acks.end;
	if (acks.n == acks.end && acks.victim > 0)
		kill(acks.victim, SIGKILL);
	pthread_mutex_unlock(&acks.lock);
	return more;
}

/* ---- the network */

static struct yw_nodes net;
static struct yw_test_node *county, *city;
static char data[300], shadow[300], guard[320], db[320];
static const char *cut_fail;		/* what the next daemon meets; NULL: no library */
static unsigned life;

static void
under_the_library(const struct yw_test_node *n)
{
	(void)n;
	yw_powercut_prepare(data, shadow, cut_fail);
}

static void
found(const char *const *environment)
{
	acks_forget();
	yw_nodes_found(&net, CODES, "1 of 320100");
	city = yw_node_of(&net, "320100");
	county = yw_node_of(&net, "320102");
	snprintf(data, sizeof data, "%.280s/data", county->dir);
	snprintf(guard, sizeof guard, "%s/guard", data);
	snprintf(db, sizeof db, "%s/db", data);
	snprintf(shadow, sizeof shadow, "%.280s/shadow", net.dir);
	yw_node_configure(county, "write_buffer", "1MiB");	/* flushes in every life */
	yw_nodes_start_all(&net);
	yw_node_end(county, SIGKILL);
	county->environment = environment;
}

/* ---- one life */

static void *
client_run(void *arg)
{
	unsigned number = *(const unsigned *)arg, i = 0;
	struct yw_client *c = yw_asker_reach(county);
	uint64_t index;
	char id[64];

	do
		snprintf(id, sizeof id, "320102/demand/%u-%u-%u", life, number, i++);
	while (c != NULL && yw_asker_put(c, id, "unconditional", &index) == YW_OK && acks_add(id, index));
	yw_client_close(c);
	return NULL;
}

static void
clients_write(void)
{
	pthread_t threads[CLIENTS];
	unsigned number[CLIENTS];

	for (unsigned i = 0; i < CLIENTS; i++) {
		number[i] = i;
		YW_CHECK(pthread_create(&threads[i], NULL, client_run, &number[i]) == 0);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
}

/* Eight clients until the daemon dies: by itself (fail), or after so many acknowledgements. */
static void
live_and_die(const char *fail, size_t end)
{
	cut_fail = fail;
	county->prepare = under_the_library;
	life++;
	acks.end = acks.n + end;
	if (yw_node_start(county)) {
		acks.victim = county->pid;
		clients_write();
		kill(county->pid, SIGKILL);
		yw_node_wait(county);
	}
	county->prepare = NULL;
}

/* ---- what is there afterwards */

/* The largest size of the county's log at a node: of the newest head it knows, or of what it holds. */
static uint64_t
size_at(struct yw_test_node *n, const char *member)
{
	json_t *r = yw_ask(n, "logs", NULL), *log;
	uint64_t size = 0;
	size_t i;

	json_array_foreach(json_object_get(r, "logs"), i, log)
		if (strcmp(yw_json_string(log, "origin"), ORIGIN) == 0)
			size = (uint64_t)yw_json_number(log, member);
	json_decref(r);
	return size;
}

static bool
is_guarded(uint64_t size)
{
	struct yw_guard_mark mark = { .size = 0 };
	struct yw_guard_file f;
	struct yw_guard_io io;
	struct yw_error err;
	struct yw_guard g;
	enum yw_code code = yw_guard_file_open(&f, guard, false, &io, &err);

	if (code == YW_OK)
		code = yw_guard_open(&g, &io, &mark, &err);
	yw_guard_file_close(&f);
	if (code != YW_OK)
		printf("\n    %s", err.msg);
	else if (mark.size < size)
		printf("\n    the guard knows %llu entries, %llu were acknowledged or shown", (unsigned long long)mark.size,
		    (unsigned long long)size);
	return code == YW_OK && mark.size >= size;
}

static bool
state_is(const char *want)
{
	json_t *r = yw_ask(county, "status", NULL);
	bool yes = strcmp(yw_json_string(r, "state"), want) == 0;

	if (yes && strcmp(want, "appending") != 0)
		YW_CHECK(yw_json_string(r, "why")[0] != '\0');	/* it says so, and why */
	json_decref(r);
	return yes;
}

static bool
has_acknowledged(size_t from)
{
	struct yw_client *c = yw_asker_reach(county);
	size_t i;

	YW_CHECK(c != NULL);
	for (i = from; i < acks.n && yw_asker_has(c, acks.a[i].id); i++)
		continue;
	yw_client_close(c);
	if (i < acks.n)
		printf("\n    entry %llu is gone: %s", (unsigned long long)acks.a[i].index, acks.a[i].id);
	return i == acks.n;
}

static bool
refuses(void)
{
	struct yw_client *c = yw_asker_reach(county);
	enum yw_code code;

	YW_CHECK(c != NULL);
	code = yw_asker_put(c, "320102/demand/after", "unconditional", NULL);
	yw_client_close(c);
	return code == YW_ESTOPPED || code == YW_EIO;
}

static void
restore(void)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_powercut_restore(data, shadow, &err) == YW_OK, "%s", err.msg);
}

/* Without the library: everything promised is there, and the city goes on from the copy it had. */
static bool
is_whole(size_t from)
{
	bool whole;

	yw_node_spawn(county);
	whole = state_is("appending") && has_acknowledged(from);
	if (whole)
		YW_WAIT(60, yw_nodes_agree(&net));
	yw_node_end(county, SIGKILL);
	return whole;
}

/*
 * Its newest WAL is gone as well: it has everything all the same, or it says that it has not, as long as nobody gives
 * it back what it lacks.  False: it has not noticed, and there is nothing more to ask of it.
 */
static bool
without_its_wal(struct yw_cuts *o)
{
	bool behind, noticed;

	if (!yw_remove_last_wal(db))
		return true;
	kill(city->pid, SIGSTOP);
	yw_node_spawn(county);
	behind = !state_is("appending");
	if (behind)
		YW_CHECK(state_is("behind") && refuses());
	noticed = behind || has_acknowledged(0);
	o->noticed += behind;
	o->unnoticed += !noticed;
	yw_node_end(county, SIGKILL);
	kill(city->pid, SIGCONT);
	if (behind)
		restore();
	return noticed;
}

/* Returns whether the network is still whole. */
static bool
cut(uint64_t *seed, bool take_wal, struct yw_cuts *o)
{
	size_t before = acks.n, end = 50 + yw_test_next(seed) % (ACKS_MAX - 50);
	char fail[32];
	bool whole;

	snprintf(fail, sizeof fail, "kill:%llu", (unsigned long long)(yw_test_next(seed) % 900) + 1);
	live_and_die(yw_test_next(seed) % 4 == 0 ? NULL : fail, end);
	restore();
	acknowledged += acks.n - before;
	o->unguarded += !is_guarded(acks.size) || !is_guarded(size_at(city, "head_size"));
	if (take_wal && !without_its_wal(o))
		return false;
	whole = is_whole(acks.checked);
	o->lost += !whole;
	acks.checked = acks.n;
	return whole;
}

static void
cut_often(unsigned cuts, uint64_t seed, const char *const *environment, struct yw_cuts *o)
{
	bool whole = false;

	*o = (struct yw_cuts) { 0 };
	for (unsigned i = 0; i < cuts; i++) {
		if (!whole || i % CUTS_OF_A_NETWORK == 0) {
			if (whole)
				o->lost += !is_whole(0);
			yw_nodes_release(&net);
			found(environment);
		}
		whole = cut(&seed, i % 4 == 3, o);
	}
	o->lost += whole && !is_whole(0);
	yw_nodes_release(&net);
}

static void
nothing_is_lost(void)
{
	unsigned cuts = is_long ? CUTS_LONG : CUTS;
	struct yw_cuts o;

	cut_often(cuts, yw_test_seed(), NULL, &o);
	printf("\n    %u cuts, %zu records acknowledged, %u ends of the WAL missed", cuts, acknowledged, o.noticed);
	yw_cuts_lost_nothing(&o);
	YW_CHECK(acknowledged > cuts);
	printf("\n   ");
}

/* ---- a disk that fails */

/*
 * Writing has stopped and the daemon says why, or it never came up, or the one call that failed was of the audit log,
 * which stops nobody.  Returns whether writing has stopped.
 */
static bool
meets_failing_disk(const char *fail)
{
	bool up, stopped = false;

	cut_fail = fail;
	county->prepare = under_the_library;
	life++;
	acks.end = acks.n + ACKS_MAX;
	acks.victim = 0;
	up = yw_node_start(county);
	county->prepare = NULL;
	if (!up)
		return false;
	clients_write();
	stopped = !state_is("appending");
	YW_CHECK_MSG(stopped ? state_is("failed") && refuses() : acks.n >= acks.end, "%s: writing has neither stopped nor gone on",
	    fail);
	YW_CHECK(has_acknowledged(0));
	yw_node_end(county, SIGKILL);
	return stopped;
}

static void
failing_disk(void)
{
	static const char *const fails[] = { "eio:3", "eio:40", "eio:150", "eio:300", "eio:301:1", "eio:302:1", "eio:303:1",
		"enospc:40", "enospc:300", "enospc:301" };
	unsigned stopped = 0;

	found(NULL);
	for (size_t i = 0; i < sizeof fails / sizeof *fails; i++) {
		stopped += meets_failing_disk(fails[i]);
		restore();
		YW_CHECK_MSG(is_guarded(acks.size), "%s: the guard does not cover what was said", fails[i]);
		YW_CHECK_MSG(is_whole(0), "%s: something is lost", fails[i]);
	}
	YW_CHECK(stopped > 3);
	yw_nodes_release(&net);
}

/* --- a disk that is full for a moment --- */

/* It is written in its place, and needs no room: who cannot write it stops for good. */
static bool
guard_has_failed(void)
{
	if (yw_node_said(county, "writing-stopped", "unable to write the guard") == guard_failed)
		return false;
	guard_failed++;
	return true;
}

/* Just now it may be opening its database again, and answer nobody. */
static bool
appends(void)
{
	struct yw_buf out = YW_BUF_INIT;
	bool yes = yw_run(county, &out, NULL, "status", "--json", NULL) == 0 &&
	    strstr(yw_buf_str(&out), "\"state\":\"appending\"") != NULL;

	yw_buf_release(&out);
	return yes;
}

/* It fails, and goes on by itself once there is room; or what found none was the audit log, which stops nobody, or the guard.
 * Whether the database had failed, and was opened again. */
static bool
meets_full_disk(const char *fail)
{
	size_t before = yw_node_said(county, "opening-again", "");
	bool failed, stopped;

	cut_fail = fail;
	county->prepare = under_the_library;
	life++;
	acks.end = acks.n + ACKS_MAX;
	acks.victim = 0;
	yw_node_spawn(county);
	county->prepare = NULL;
	clients_write();
	failed = acks.n < acks.end;
	stopped = guard_has_failed();
	if (failed && !stopped) {
		YW_WAIT(60, yw_node_said(county, "opening-again", "") > before);
		YW_WAIT(60, appends());
		life++;
		acks.end = acks.n + 50;
		clients_write();
		stopped = guard_has_failed();
	}
	if (!stopped) {
		YW_CHECK_MSG(acks.n >= acks.end, "%s: it has not gone on", fail);
		YW_WAIT(60, appends() || guard_has_failed());	/* in what it writes beside its clients */
		YW_CHECK(has_acknowledged(0));
	}
	yw_node_end(county, SIGKILL);
	return failed && !stopped;
}

/* Which call finds no room is chance, as threads take turns: so some are tried until the database was met twice. */
static void
full_disk(void)
{
	unsigned failed = 0;

	found(NULL);
	for (unsigned i = 0; i < 16 && failed < 2; i++) {
		char fail[32];

		snprintf(fail, sizeof fail, "enospc:%u:%u", 150 + 50 * i, 2 + i % 3);
		failed += meets_full_disk(fail);
		restore();
		YW_CHECK_MSG(is_guarded(acks.size), "%s: the guard does not cover what was said", fail);
		YW_CHECK_MSG(is_whole(0), "%s: something is lost", fail);
	}
	YW_CHECK(failed == 2);
	yw_nodes_release(&net);
}

#ifdef YW_FAULTS
static void
cut_with(const char *fault, uint64_t seed, struct yw_cuts *out)
{
	char name[64];
	const char *environment[] = { name, NULL };

	snprintf(name, sizeof name, "YW_FAULT=%s", fault);
	cut_often(8, seed, environment, out);
}

static void
mutations(void)
{
	yw_cuts_find_mutations(5, cut_with);
}
#endif

static const struct yw_case cases[] = {
	{ "L1 S2 S3 power cuts of the daemon lose nothing acknowledged and no head seen, and a lost end of the WAL is noticed",
	    nothing_is_lost },
	{ "L1 S3 a daemon whose disk fails says so, answers readers, and has lost nothing", failing_disk },
	{ "L1 S3 a daemon whose database met a full disk opens it again by itself, checks its guard, and has lost nothing", full_disk },
#ifdef YW_FAULTS
	{ "L1 mutations: a batch or guard without sync, and an acknowledgement before the guard, are found", mutations },
#endif
};

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--long") == 0) {
		is_long = true;
		argv++;
		argc--;
	}
	return yw_testing_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
