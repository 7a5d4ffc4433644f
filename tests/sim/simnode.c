/*
 * simnode.c - one node: a memory store, a guard in memory, the real ledger, exchange and desk.
 */
#include "record/wire.h"
#include "sim_int.h"
#include "yiwang/v1/record.pb-c.h"

#define EPOCH_MS INT64_C(1793000000000)		/* what the virtual world calls its beginning */
#define MEMORY_BYTES (8u << 20)
#define BEAT_MS 10000

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

	return EPOCH_MS + n->s->now + n->utc_skew_ms;
}

static enum yw_code
guard_read(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err)
{
	(void)err;
	memcpy(out, ((struct node *)arg)->guard, YW_GUARD_BYTES);
	return YW_OK;
}

/* A crash between the batch and the guard: the store is ahead, and nothing was acknowledged. */
static enum yw_code
guard_write(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err)
{
	struct node *n = arg;

	if (n->crash_at_guard)
		return yw_fail(err, YW_EIO, "the power went");
	memcpy(n->guard + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	return YW_OK;
}

static void
say(void *arg, int level, const char *event, const char *line)
{
	struct node *n = arg;

	(void)level;
	sim_tell(n->s, "%s says: %s %s", n->code.code, event, line);
}

static void
fill(void *arg, void *out, size_t len)
{
	sim_fill(((struct node *)arg)->s, out, len);
}

/* --- life --- */

struct yw_store *
sim_open_store(void)
{
	struct yw_store_options o = { .families = yw_ledger_families, .n_families = yw_ledger_n_families,
		.format_version = YW_LEDGER_FORMAT };
	struct yw_store *s = NULL;

	if (yw_store_open_memory(&o, &s) != YW_OK)
		abort();
	return s;
}

/* What `init` leaves: an empty store, and a guard that promises nothing. */
enum yw_code
sim_init_guard(const struct yw_guard_io *io, struct yw_error *err)
{
	struct yw_guard g = { .io = *io };
	struct yw_guard_mark nothing = { 0 };

	return yw_guard_write(&g, &nothing, err);
}

static enum yw_code
open_ledger(struct node *n, const struct yw_guard_io *guard, struct yw_error *err)
{
	struct yw_ledger_options o = { .store = n->store, .guard = guard,
		.clock = { utc_ms, mono_ms, n }, .network = &n->s->network, .code = n->code, .keys = &n->keys,
		.request = yw_buf_bytes(&n->request), .beat_every_ms = BEAT_MS };

	return yw_ledger_open(&o, &n->ledger, err);
}

static enum yw_code
open_exchange(struct node *n, struct yw_error *err)
{
	struct yw_clock clock = { utc_ms, mono_ms, n };
	struct yw_desk_io io = wire_io;
	struct yw_exchange_options o = { .ledger = n->ledger, .clock = clock, .random = fill, .random_arg = n,
		.keys = &n->keys, .request = yw_buf_bytes(&n->request), .memory_bytes = MEMORY_BYTES, .say = say,
		.say_arg = n };
	enum yw_code code = yw_exchange_new(&o, &n->x, err);

	io.arg = n;
	return code == YW_OK ? yw_desk_new(n->ledger, n->x, &clock, &io, &n->desk, err) : code;
}

/* What was acknowledged is still there after whatever happened to the node. */
static void
check_whole(struct node *n)
{
	struct yw_log *own = yw_ledger_own(n->ledger);
	struct yw_error why;

	if (n->truth.n > 0 && (own == NULL || own->size < n->truth.n))
		sim_fail(n->s, "%s has acknowledged %zu entries and holds %llu after its restart", n->code.code, n->truth.n,
		    (unsigned long long)(own != NULL ? own->size : 0));
	if (n->truth.n > 0 && yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING)
		sim_fail(n->s, "%s does not append after its restart: %s", n->code.code, why.msg);
}

void
node_start(struct node *n)
{
	struct yw_guard_io guard = { guard_read, guard_write, n };
	struct yw_error err = { 0 };

	n->crash_at_guard = false;
	if (n->store == NULL) {
		n->store = sim_open_store();
		if (sim_init_guard(&guard, &err) != YW_OK)
			abort();
	}
	if (open_ledger(n, &guard, &err) != YW_OK || open_exchange(n, &err) != YW_OK) {
		sim_fail(n->s, "%s does not start: %s", n->code.code, err.msg);
		return;
	}
	n->boots++;
	sim_tell(n->s, "%s starts%s", n->code.code, n->liar ? " (it lies)" : "");
	check_whole(n);
	check_truth(n);
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
}

void
node_stop(struct node *n)
{
	if (n->ledger == NULL)
		return;
	wire_lost_node(n);
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

	if (n->ledger == NULL && !sim_failed(s))
		node_start(n);
}

void
node_crash(struct node *n, bool power)
{
	struct sim *s = n->s;

	if (n->ledger == NULL)
		return;
	sim_tell(s, "%s %s", n->code.code, power ? "loses its power" : "is killed");
	node_stop(n);
	if (power) {
		struct yw_store *left = yw_store_power_cut(n->store);

		yw_store_close(n->store);
		n->store = left;
	}
	if (n->store == NULL)
		abort();
	memset(n->checked, 0, sizeof n->checked);
	sim_act(s, s->now + 1000 + (int64_t)sim_random(s, 10 * 60 * 1000), restart, n);
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
		if (n->records[i].a.code != YW_OK)
			sim_fail(n->s, "%s refuses its own record: %s", n->code.code, n->records[i].a.err.msg);
	n->s->r->records += n->n_records;
}

static void
admit_waiting(struct node *n)
{
	struct yw_pending_join waiting[8];
	size_t k = yw_exchange_pending(n->x, waiting, 8);
	struct yw_error err;

	for (size_t i = 0; i < k; i++) {
		struct yw_jurisdiction code = waiting[i].code;

		if (!sim_percent(n->s, 30))	/* the admin is not always at hand */
			continue;
		if (yw_ledger_admit(n->ledger, waiting[i].signed_request, &err) != YW_OK)
			sim_fail(n->s, "%s cannot admit %s: %s", n->code.code, code.code, err.msg);
		sim_tell(n->s, "%s admits %s", n->code.code, code.code);
		yw_exchange_settle_join(n->x, &code, NULL);
	}
}

void
node_turn(struct node *n)
{
	struct yw_error err = { 0 };
	int64_t wake;

	n->turn_at = INT64_MAX;
	admit_waiting(n);
	if (yw_desk_commit(n->desk, &err) != YW_OK) {
		if (!n->crash_at_guard)
			sim_fail(n->s, "%s cannot commit: %s", n->code.code, err.msg);
		node_crash(n, true);
		return;
	}
	revisions_committed(n);
	drop_records(n);
	check_truth(n);
	check_node(n, false);
	yw_desk_speak(n->desk);
	wake = yw_desk_wake(n->desk);
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
make_body(struct node *n, struct record *r, uint64_t id, uint32_t revision)
{
	Yiwang__V1__Record m = YIWANG__V1__RECORD__INIT;
	Yiwang__V1__Demand demand = YIWANG__V1__DEMAND__INIT;
	char text[YW_ID_MAX + 1], title[400];
	uint8_t salt[16];
	struct yw_error err = { 0 };

	snprintf(text, sizeof text, "%s/demand/d%llu", n->code.code, (unsigned long long)id);
	memset(title, 'x', sizeof title);
	title[sim_random(n->s, sizeof title)] = '\0';
	title[sizeof title - 1] = '\0';
	sim_fill(n->s, salt, sizeof salt);
	m.id = text;
	m.revision = revision;
	m.operation = YIWANG__V1__OPERATION__OPERATION_PUT;
	m.salt = (ProtobufCBinaryData) { sizeof salt, salt };
	if (revision % 4 == 0) {
		m.operation = YIWANG__V1__OPERATION__OPERATION_WITHDRAW;
	} else {
		demand.title = title;
		m.body_case = YIWANG__V1__RECORD__BODY_DEMAND;
		m.demand = &demand;
	}
	if (yw_wire_pack(&m.base, &r->body, &err) != YW_OK)
		sim_fail(n->s, "no body: %s", err.msg);
	r->a.body = yw_buf_bytes(&r->body);
}

/*
 * Registers records in the open turn.  Scattered: each with an audience of its own, so that they make many
 * entries; else they share one.
 */
void
node_register(struct node *n, unsigned records, bool scattered)
{
	struct yw_error err;
	struct yw_append *list;

	if (n->ledger == NULL || n->n_records > 0 || yw_ledger_state(n->ledger, &err) != YW_LEDGER_APPENDING)
		return;
	if (n->cap_records < records) {
		free(n->records);
		n->records = sim_alloc(records * sizeof *n->records);
		n->cap_records = records;
	}
	sim_tell(n->s, "%s registers %u record%s", n->code.code, records, records == 1 ? "" : "s");
	list = sim_alloc(sizeof *list);
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
		make_body(n, r, id, id < 64 ? ++n->revisions[id] : 1);
		n->n_records++;
		if (yw_ledger_append(n->ledger, &r->a, 1, &err) != YW_OK)
			sim_fail(n->s, "%s does not append: %s", n->code.code, err.msg);
	}
	free(list);
	node_poke(n, n->s->now + (int64_t)sim_random(n->s, 4));
}
