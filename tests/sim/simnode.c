/*
 * simnode.c - one node: its disk (disk.c), and the real ledger, exchange and desk.
 */
#include "record/wire.h"
#include "sim_int.h"
#include "yiwang/v1/record.pb-c.h"

#define MEMORY_BYTES (8u << 20)
#define BEAT_MS 10000
#define TICK_MS 100		/* of a province: timers go off at these, so that one turn sees to all that are due */
#define PEER_WAIT_MS SIM_MINUTE		/* L3: of the prudent */

/* --- what is handed in --- */

static int64_t
mono_ms(void *arg)
{
	return ((struct node *)arg)->s->now;
}

static int64_t
utc_ms(void *arg)
{
	struct node *n = arg;

	return SIM_EPOCH_MS + n->s->now + n->utc_skew_ms;
}

static void
say(void *arg, int level, const char *event, const char *line)
{
	struct node *n = arg;

	(void)level;
	sim_tell(n->s, "%s says: %s %s", n->name, event, line);
}

static void
fill(void *arg, void *out, size_t len)
{
	sim_fill(((struct node *)arg)->s, out, len);
}

/* --- life --- */

static enum yw_code
open_ledger(struct node *n, const struct yw_guard_io *guard, struct yw_error *err)
{
	struct yw_guard_mark here = { .size = 0 };
	struct yw_ledger_options o = { .store = n->store, .guard = guard,
		.clock = { utc_ms, mono_ms, n }, .network = &n->s->network, .code = n->code, .keys = &n->keys,
		.next_keys = n->rotates ? &n->next : NULL, .request = yw_buf_bytes(&n->request), .beat_every_ms = BEAT_MS, .never_alone = n->prudent,
		.peer_wait_ms = n->prudent ? PEER_WAIT_MS : 0, .here = &here };

	if (n->prudent || n->names_boots)
		memset(here.boot_id, (int)n->power_ons % 255 + 1, sizeof here.boot_id);
	return yw_ledger_open(&o, &n->ledger, err);
}

static enum yw_code
open_exchange(struct node *n, struct yw_error *err)
{
	struct yw_clock clock = { utc_ms, mono_ms, n };
	struct yw_desk_io io = wire_io;
	struct yw_exchange_options o = { .ledger = n->ledger, .clock = clock, .random = fill, .random_arg = n,
		.request = yw_buf_bytes(&n->request), .memory_bytes = MEMORY_BYTES, .say = say,
		.say_arg = n };
	enum yw_code code = yw_exchange_new(&o, &n->x, err);

	io.arg = n;
	return code == YW_OK ? yw_desk_new(n->ledger, n->x, &clock, &io, &n->desk, err) : code;
}

/* What was not committed does not count; what was, does, even if nobody was told. */
static void
reload_revisions(struct node *n)
{
	char id[YW_ID_MAX + 1];
	struct yw_item item;
	struct yw_view *v;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	for (uint64_t i = 0; i < n->next_id && i < sizeof n->revisions / sizeof *n->revisions; i++) {
		snprintf(id, sizeof id, "%s/demand/d%llu", n->code.code, (unsigned long long)i);
		n->revisions[i] = yw_view_current(v, id, &item, NULL) == YW_OK ? item.revision : 0;
	}
	yw_view_close(v);
}

void
node_start(struct node *n)
{
	struct yw_guard_io guard = disk_guard;
	struct yw_error err = { 0 };

	guard.arg = n;
	n->crash_at = NO_CRASH;
	if (n->store == NULL) {
		n->store = disk_new();
		if (disk_init_guard(&guard, &err) != YW_OK)
			abort();
	}
	story_speaks(n);
	sim_tell(n->s, "%s starts%s", n->name, n->liar && n->main == NULL ? " (it lies)" : "");
	if (open_ledger(n, &guard, &err) != YW_OK || open_exchange(n, &err) != YW_OK) {
		sim_fail(n->s, "%s does not start: %s", n->code.code, err.msg);
		return;
	}
	if (n->resumes)
		case_resume(n);
	n->boots++;
	check_whole(n);
	check_restarted(n);
	check_truth(n);
	reload_revisions(n);
	node_poke(n, n->s->now);
	for (unsigned i = 0; i < n->s->n_wires; i++)
		if (n->s->wires[i].child == n)
			wire_connect(&n->s->wires[i]);
}

static void
drop_records(struct node *n)
{
	for (size_t i = 0; i < n->n_records; i++)
		yw_buf_release(&n->records[i].body);
	n->n_records = 0;
	acts_committed(n);
}

void
node_stop(struct node *n)
{
	if (n->ledger == NULL)
		return;
	wire_lost_node(n);
	check_anew(n);
	yw_desk_free(n->desk);
	yw_exchange_free(n->x);
	yw_ledger_close(n->ledger);
	n->desk = NULL;
	n->x = NULL;
	n->ledger = NULL;
	n->turn_at = INT64_MAX;
	drop_records(n);
}

static void
restart(struct sim *s, void *what)
{
	struct node *n = what;

	if (n->ledger == NULL && !n->gone && !sim_failed(s))
		node_start(n);
}

void
node_crash_for(struct node *n, bool power, int64_t ms)
{
	struct sim *s = n->s;

	if (n->ledger == NULL)
		return;
	sim_tell(s, "%s %s", n->code.code, power ? "loses its power" : "is killed");
	s->r->bad[power ? SIM_POWER_GONE : SIM_KILLED]++;
	node_stop(n);
	n->power_ons += power;
	if (power) {
		struct yw_store *left = yw_store_power_cut(n->store);

		yw_store_close(n->store);
		n->store = left;
	}
	if (n->store == NULL)
		abort();
	sim_act(s, s->now + ms, restart, n);
}

void
node_crash(struct node *n, bool power)
{
	node_crash_for(n, power, 1000 + (int64_t)sim_random(n->s, 10 * SIM_MINUTE));
}

void
node_poke(struct node *n, int64_t at)
{
	if (n->ledger == NULL || at >= n->turn_at)
		return;
	n->turn_at = at < n->s->now ? n->s->now : at;
	sim_at(n->s, n->turn_at, EV_TURN, n);
}

static void
revisions_committed(struct node *n)
{
	for (size_t i = 0; i < n->n_records; i++)
		if (n->records[i].a.code != YW_OK && !n->closed)
			sim_fail(n->s, "%s refuses its own record: %s", n->code.code, n->records[i].a.err.msg);
	n->s->r->records += n->n_records;
}

static void
admit_waiting(struct node *n)
{
	struct yw_pending_join waiting[64];
	size_t k = yw_exchange_pending(n->x, waiting, 64);
	enum yw_code admitted;
	struct yw_error err;

	for (size_t i = 0; i < k; i++) {
		struct yw_jurisdiction code = waiting[i].code;
		const struct node *joiner = world_node(n->s, &code);

		/* The admin is not always at hand, and telephones before. */
		if (!sim_percent(n->s, 30) || joiner == NULL || joiner->waits ||
		    !yw_bytes_equal(waiting[i].signed_request, yw_buf_bytes(&joiner->request)))
			continue;
		admitted = yw_ledger_admit(n->ledger, waiting[i].signed_request, &err);
		if (admitted == YW_ESTOPPED)	/* an issuer that asks itself whether it is whole: later */
			return;
		if (admitted == YW_ENOENT && joiner->next_log.needs_consent)	/* no beat covers it yet */
			continue;
		if (admitted != YW_OK)
			sim_fail(n->s, "%s cannot admit %s: %s", n->code.code, code.code, err.msg);
		sim_tell(n->s, "%s admits %s", n->code.code, code.code);
		yw_exchange_settle_join(n->x, &code, NULL);
	}
}

/* The power goes in the middle of a commit: the batch is gone, or there and not yet in the guard. */
static void
power_goes(struct node *n, struct image *before)
{
	bool torn = n->crash_at == IN_THE_BATCH;

	sim_tell(n->s, "%s loses its power %s", n->code.code, torn ? "while the batch is written" :
	    n->crash_at == BEFORE_THE_GUARD ? "before the guard is written" : "while the guard is written");
	n->tears++;
	node_crash(n, true);
	if (torn)
		disk_return(n, before, true);
}

/* Its new keys sign: it goes on with them alone, under the new session key. */
static void
rotate_over(struct node *n)
{
	sim_tell(n->s, "the new keys of %s sign", n->code.code);
	node_crash_for(n, false, 1000);
	n->old = n->keys;
	n->keys = n->next;
	n->rotates = false;
}

/* A full disk: nothing of the turn happened, and nobody was told of it. */
static void
commit_failed(struct node *n, enum yw_code code, const struct yw_error *err)
{
	if (code != YW_ESTOPPED)
		sim_fail(n->s, "%s cannot commit: %s", n->code.code, err->msg);
	sim_tell(n->s, "%s could not commit: %s", n->code.code, err->msg);
	drop_records(n);
	reload_revisions(n);
	node_poke(n, n->s->now + 1000);
}

static enum yw_code
commit(struct node *n, struct yw_error *err)
{
	struct image before = { NULL, { 0 } };
	bool armed = n->crash_at != NO_CRASH;
	enum yw_code code;

	if (armed)
		disk_keep(n, &before);
	code = yw_desk_commit(n->desk, err);
	/* A commit that had nothing to write is not the one that is waited for. */
	if (armed && (n->crash_at == IN_THE_BATCH ? memcmp(before.guard, n->guard, sizeof n->guard) != 0 : code != YW_OK)) {
		power_goes(n, &before);
		code = YW_EIO;
	}
	disk_forget(&before);
	return code;
}

int64_t
node_wake(const struct node *n)
{
	int64_t wake = yw_desk_wake(n->desk);

	return n->s->o.province && wake > n->s->now ? (wake + TICK_MS - 1) / TICK_MS * TICK_MS : wake;
}

void
node_turn(struct node *n)
{
	uint64_t commits = yw_ledger_commits(n->ledger);
	struct yw_error err = { 0 };
	enum yw_code code;
	int64_t wake;

	n->turn_at = INT64_MAX;
	story_speaks(n);
	admit_waiting(n);
	code = commit(n, &err);
	if (n->ledger == NULL)
		return;
	if (code != YW_OK) {
		commit_failed(n, code, &err);
		return;
	}
	revisions_committed(n);
	drop_records(n);
	if (yw_ledger_commits(n->ledger) != commits) {	/* else it shows what it showed before */
		check_truth(n);
		check_node(n, false);
	}
	if (yw_ledger_rotated(n->ledger)) {
		rotate_over(n);
		return;
	}
	yw_desk_speak(n->desk);
	wake = node_wake(n);
	node_poke(n, wake <= n->s->now ? n->s->now + 1 : wake);
}

/* --- what it registers --- */

static void
random_audience(struct node *n, struct record *r)
{
	struct sim *s = n->s;
	struct yw_audience *a = &r->a.audience;

	*a = (struct yw_audience) { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL };
	switch (sim_random(s, 4)) {
	case 0:
		a->openness = YW_OPENNESS_OPEN;
		break;
	case 1:
		a->cls = YW_CLASS_CONDITIONAL;
		for (unsigned i = 0; i < s->n_nodes && a->n_codes < SIM_AUDIENCE_MAX; i++)	/* world order is sorted enough */
			if (sim_percent(s, 25) && (a->n_codes == 0 || strcmp(r->codes[a->n_codes - 1].code, s->nodes[i].code.code) < 0))
				r->codes[a->n_codes++] = s->nodes[i].code;
		if (a->n_codes == 0)
			r->codes[a->n_codes++] = s->nodes[0].code;
		a->codes = r->codes;
		break;
	case 2:
		a->cls = YW_CLASS_NOT_SHARED;
		break;
	default:
		break;
	}
}

static void
pack_record(struct node *n, Yiwang__V1__Record *m, uint32_t revision, struct yw_buf *out)
{
	Yiwang__V1__Demand demand = YIWANG__V1__DEMAND__INIT;
	char title[400];
	uint8_t salt[16];
	struct yw_error err = { 0 };

	memset(title, 'x', sizeof title);
	title[sim_random(n->s, sizeof title)] = '\0';
	title[sizeof title - 1] = '\0';
	sim_fill(n->s, salt, sizeof salt);
	m->revision = revision;
	m->operation = YIWANG__V1__OPERATION__OPERATION_PUT;
	m->salt = (ProtobufCBinaryData) { sizeof salt, salt };
	if (revision % 4 == 0) {
		m->operation = YIWANG__V1__OPERATION__OPERATION_WITHDRAW;
	} else {
		demand.title = title;
		m->body_case = YIWANG__V1__RECORD__BODY_DEMAND;
		m->demand = &demand;
	}
	if (yw_wire_pack(&m->base, out, &err) != YW_OK)
		sim_fail(n->s, "no body: %s", err.msg);
}

static void
make_record(struct node *n, const char *id, const char *replaces, uint32_t revision, struct yw_buf *out)
{
	Yiwang__V1__Record m = YIWANG__V1__RECORD__INIT;

	m.id = (char *)(uintptr_t)id;
	m.replaces = (char *)(uintptr_t)replaces;
	pack_record(n, &m, revision, out);
}

void
node_record(struct node *n, const char *id, uint32_t revision, struct yw_buf *out)
{
	make_record(n, id, "", revision, out);
}

static void
make_body(struct node *n, struct record *r, uint64_t id, uint32_t revision)
{
	char text[YW_ID_MAX + 1];

	snprintf(text, sizeof text, "%s/demand/d%llu", n->code.code, (unsigned long long)id);
	node_record(n, text, revision, &r->body);
	r->a.body = yw_buf_bytes(&r->body);
}

/* May it register now?  It has no other records waiting, since these stay where they are until the commit. */
static bool
may_register(struct node *n, unsigned records)
{
	struct yw_error err;

	if (n->ledger == NULL || n->n_records > 0 || yw_ledger_state(n->ledger, &err) != YW_LEDGER_APPENDING)
		return false;
	if (n->cap_records < records) {
		free(n->records);
		n->records = sim_alloc(records * sizeof *n->records);
		n->cap_records = records;
	}
	return true;
}

/* False: its disk was full when it was looked at last, and nothing of this turn is registered. */
static bool
append_last(struct node *n)
{
	struct yw_error err;
	enum yw_code code = yw_ledger_append(n->ledger, &n->records[n->n_records++].a, 1, &err);

	if (code == YW_OK)
		return true;
	if (code != YW_ESTOPPED || strcmp(err.msg, yw_ledger_stopped(n->ledger)) != 0)
		sim_fail(n->s, "%s does not append: %s", n->code.code, err.msg);
	sim_tell(n->s, "%s registers nothing: %s", n->code.code, err.msg);
	drop_records(n);
	return false;
}

/*
 * Registers records in the open turn.  Scattered: each with an audience of its own, so that they make many
 * entries; else they share one.
 */
void
node_register(struct node *n, unsigned records, bool scattered)
{
	if (!may_register(n, records))
		return;
	if (n->set_back || n->generation > 1)	/* what it holds may have come back from others since, or its last log ended */
		reload_revisions(n);
	sim_tell(n->s, "%s registers %u record%s", n->name, records, records == 1 ? "" : "s");
	for (unsigned i = 0; i < records; i++) {
		struct record *r = &n->records[i];
		bool again = n->next_id > 0 && sim_percent(n->s, 20);
		uint64_t id = again ? sim_random(n->s, n->next_id) : n->next_id;

		*r = (struct record) { .body = YW_BUF_INIT };
		if (id >= sizeof n->revisions / sizeof *n->revisions || !again)
			id = n->next_id++;
		if (i == 0 || scattered)
			random_audience(n, r);
		else
			r->a.audience = n->records[0].a.audience;
		make_body(n, r, id, id < 64 ? n->revisions[id] + 1 : 1);
		if (!append_last(n)) {
			reload_revisions(n);
			return;
		}
		if (id < 64)
			n->revisions[id]++;
	}
	node_poke(n, n->s->now + (int64_t)sim_random(n->s, 4));
}

bool
node_append(struct node *n, const char *id, const struct yw_audience *a)
{
	return node_append_for(n, id, "", a);
}

bool
node_append_for(struct node *n, const char *id, const char *replaces, const struct yw_audience *a)
{
	struct record *r;

	if (!may_register(n, 1))
		return false;
	r = &n->records[0];
	*r = (struct record) { .body = YW_BUF_INIT, .a.audience = *a };
	make_record(n, id, replaces, 1, &r->body);
	r->a.body = yw_buf_bytes(&r->body);
	if (!append_last(n))
		return false;
	node_poke(n, n->s->now);
	return true;
}
