/*
 * case_disk.c - what disks and power do.
 */
#include "sim_int.h"

static int64_t
some_time(struct sim *s)
{
	return 12 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 14 * SIM_MINUTE);
}

static bool
pick_any(struct sim *s, struct drawn *c)
{
	c->who = world_pick(s, sim_percent(s, 50));
	return c->who != NULL;
}

/* --- it goes on, whatever its disk did --- */

#define PATIENCE_MS SIM_HOUR

#define LOOK_MS 5000

static bool
all_hold(struct sim *s, const struct node *owner)
{
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];
		const struct yw_log *log = world_log(s, n, owner);

		if (!n->gone && !n->closed && !n->set_back && (log == NULL || log->size < owner->truth.n))
			return false;
	}
	return true;
}

void
case_registers(struct sim *s, struct node *n)
{
	int64_t end = s->now + 2 * PATIENCE_MS;
	size_t before = n->truth.n;
	struct yw_error why;

	if (!case_comes_to(s, n, YW_LEDGER_APPENDING, PATIENCE_MS)) {
		yw_ledger_state(n->ledger, &why);
		sim_fail(s, "%s does not append: %s", n->code.code, why.msg);
		return;
	}
	node_register(n, 1, false);
	while (!sim_failed(s) && (n->truth.n == before || !all_hold(s, n)) && s->now < end)
		sim_run_until(s, s->now + LOOK_MS);
	if (n->truth.n == before || !all_hold(s, n))
		sim_fail(s, "%s registers, and not everybody gets it", n->code.code);
}

/* --- torn writes --- */

#define TEARS 8

static void
tear(struct sim *s, struct drawn *c)
{
	if (c->who->tears > c->number)
		cases_happened(s, c);
	c->number = c->who->tears;
	if (c->who->ledger != NULL && c->who->truth.n > 0)
		c->who->crash_at = IN_THE_BATCH + (enum crash_point)sim_random(s, 3);
}

static bool
torn_begin(struct sim *s, struct drawn *c)
{
	if (!pick_any(s, c))
		return false;
	for (unsigned i = 0; i < TEARS; i++)
		cases_at(s, some_time(s), tear, c);
	return true;
}

static void
torn_end(struct sim *s, struct drawn *c)
{
	const struct yw_log *own = yw_ledger_own(c->who->ledger);

	if (own->size < c->who->truth.n)
		sim_fail(s, "%s holds %llu of the %zu entries that it acknowledged", c->who->code.code, (unsigned long long)own->size,
		    c->who->truth.n);
	case_registers(s, c->who);
}

const struct sim_case case_torn = {
	.name = "torn-write",
	.what = "loses its power while it writes, again and again: the batch, before the guard, or the guard's slot",
	.holds = "it lost nothing that it had acknowledged, and appends",
	.percent = 15, .in_province = 50,
	.begin = torn_begin, .end = torn_end,
};

/* --- an old image, the guard beside it kept --- */

static void
set_back(struct sim *s, struct drawn *c)
{
	cases_happened(s, c);
	c->who->set_back = true;
	node_crash(c->who, true);
	disk_return(c->who, &c->image, false);
}

static void
image_returns(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n <= c->number) {
		cases_at(s, s->now + SIM_MINUTE, image_returns, c);
		return;
	}
	set_back(s, c);
}

static void
image_is_kept(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->truth.n == 0) {
		cases_at(s, s->now + SIM_MINUTE, image_is_kept, c);
		return;
	}
	disk_keep(c->who, &c->image);
	c->number = c->who->truth.n;
	cases_at(s, s->now + (int64_t)sim_random(s, 10 * SIM_MINUTE), image_returns, c);
}

static bool
old_image_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), image_is_kept, c);
	return true;
}

static void
set_back_end(struct sim *s, struct drawn *c)
{
	struct yw_log *own = yw_ledger_own(c->who->ledger);
	struct yw_error why;

	if (own->size < c->who->truth.n && yw_ledger_state(c->who->ledger, &why) == YW_LEDGER_APPENDING)
		sim_fail(s, "%s appends and is not whole", c->who->code.code);
}

const struct sim_case case_old_image = {
	.name = "old-image",
	.what = "finds its disk set back to an older image, the guard beside it kept",
	.holds = "it knows, and appends nothing unless it is whole again",
	.percent = 10,
	.begin = old_image_begin, .end = set_back_end,
};

/* --- only the last commit is lost: a disk that said it had synced --- */

static void
watch_commits(struct sim *s, struct drawn *c)
{
	struct node *n = c->who;

	if (n->ledger == NULL || n->truth.n == 0 || n->n_records > 0) {
		cases_soon(s, c, watch_commits);
		return;
	}
	node_register(n, 1, false);
	disk_keep(n, &c->image);
	c->number = n->truth.n;
	node_turn(n);
	if (n->truth.n > c->number && n->ledger != NULL)
		set_back(s, c);
	else
		cases_soon(s, c, watch_commits);
}

static bool
last_commit_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), watch_commits, c);
	return true;
}

const struct sim_case case_last_commit = {
	.name = "last-commit",
	.what = "loses its last commit with its power, though the disk had said that it was synced",
	.holds = "it knows, and appends nothing unless it is whole again",
	.percent = 10,
	.begin = last_commit_begin, .end = set_back_end,
};

/* --- a full disk --- */

/* c->number: entries that it had acknowledged when its disk was full; c->of[1]: how often it had started. */

static bool
has_stopped(const struct node *n)
{
	return n->ledger != NULL && strstr(yw_ledger_stopped(n->ledger), "the disk is full") != NULL;
}

static void
goes_on_by_itself(struct sim *s, struct drawn *c)
{
	struct node *n = c->who;

	if (n->ledger != NULL && n->boots == c->of[1] && yw_ledger_stopped(n->ledger)[0] != '\0')
		sim_fail(s, "%s has had room for a minute, and says: %s", n->code.code, yw_ledger_stopped(n->ledger));
}

static void
has_room(struct sim *s, struct drawn *c)
{
	if (c->who->store != NULL)
		yw_store_fill_disk(c->who->store, false);
	c->over = true;
	cases_at(s, s->now + SIM_MINUTE, goes_on_by_itself, c);
}

/* It has something to write, and says why it does not. */
static void
look_at_full(struct sim *s, struct drawn *c)
{
	struct node *n = c->who;

	if (c->over || n->boots != c->of[1])		/* its power went, and what filled its disk with it */
		return;
	if (n->truth.n > c->number)
		sim_fail(s, "%s acknowledges what it cannot have written: its disk is full", n->code.code);
	if (has_stopped(n))
		cases_happened(s, c);
	else
		node_register(n, 1, false);
	cases_soon(s, c, look_at_full);
}

static void
is_full(struct sim *s, struct drawn *c)
{
	if (c->who->ledger == NULL || c->who->n_records > 0) {
		cases_again(s, c, is_full);
		return;
	}
	sim_tell(s, "the disk of %s is full", c->who->code.code);
	yw_store_fill_disk(c->who->store, true);
	c->number = c->who->truth.n;
	c->of[1] = c->who->boots;
	look_at_full(s, c);
	cases_at(s, s->now + SIM_MINUTE + (int64_t)sim_random(s, 5 * SIM_MINUTE), has_room, c);
}

static void
disk_full_end(struct sim *s, struct drawn *c)
{
	if (yw_ledger_stopped(c->who->ledger)[0] != '\0')
		sim_fail(s, "%s has room, and says: %s", c->who->code.code, yw_ledger_stopped(c->who->ledger));
	case_registers(s, c->who);
}

static bool
disk_full_begin(struct sim *s, struct drawn *c)
{
	if (!pick_any(s, c))
		return false;
	cases_at(s, some_time(s), is_full, c);
	return true;
}

const struct sim_case case_disk_full = {
	.name = "disk-full",
	.what = "has a full disk for a while",
	.holds = "it acknowledged nothing that it could not write, said why, and goes on by itself",
	.percent = 10, .in_province = 50,
	.begin = disk_full_begin, .calm = has_room, .end = disk_full_end,
};

/* --- bodies are lost with the disk --- */

static bool
keep_bodies_back(struct sim *s, struct drawn *c, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	struct surgery g;
	bool changed = false;

	(void)s;
	(void)to;
	if (from != c->who || c->since == 0 || c->over || !surgery_open(&g, is_request, b))
		return true;
	for (size_t i = 0; i < g.e->n_packages; i++)
		while (g.e->packages[i]->n_bodies > 0) {
			surgery_drop_body(g.e->packages[i]->bodies, &g.e->packages[i]->n_bodies, 0);
			changed = true;
		}
	while (g.e->n_bodies > 0) {
		surgery_drop_body(g.e->bodies, &g.e->n_bodies, 0);
		changed = true;
	}
	surgery_close(&g, changed ? b : NULL);
	return true;
}

/* Once somebody holds the entry, and nobody the body, the disk goes. */
static void
disk_goes(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && c->who->ledger != NULL; i++) {
		struct yw_log *log = world_log(s, &s->nodes[i], c->who);

		if (&s->nodes[i] == c->who || log == NULL || log->size <= c->number)
			continue;
		sim_tell(s, "the disk of %s is lost, and bodies with it", c->who->code.code);
		node_stop(c->who);
		c->who->gone = true;
		cases_happened(s, c);
		return;
	}
	cases_at(s, s->now + 10000, disk_goes, c);
}

static void
bodies_stay(struct sim *s, struct drawn *c)
{
	static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };
	char id[YW_ID_MAX + 1];

	snprintf(id, sizeof id, "%s/demand/lost", c->who->code.code);
	if (!world_all_in(s) || !node_append(c->who, id, &unconditional)) {
		cases_at(s, s->now + 10000, bodies_stay, c);
		return;
	}
	c->since = s->now;
	c->number = c->who->truth.n;
	cases_soon(s, c, disk_goes);
}

static bool
bodies_lost_begin(struct sim *s, struct drawn *c)
{
	c->who = world_pick_idle(s);
	if (c->who == NULL)
		return false;
	cases_at(s, some_time(s), bodies_stay, c);
	return true;
}

static void
bodies_lost_calm(struct sim *s, struct drawn *c)
{
	(void)s;
	c->over = !c->who->gone;
}

static void
bodies_lost_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];
		struct yw_log *log = world_log(s, n, c->who);

		if (log == NULL || log->size <= c->number || n->robbed)
			continue;
		for (size_t k = 0; k < log->n_beats; k++)
			if (log->beats[k].mine && log->beats[k].size > c->number)
				sim_fail(s, "%s gave a receipt for a body of %s that nobody holds", n->code.code, c->who->code.code);
	}
}

const struct sim_case case_bodies_lost = {
	.name = "bodies-lost",
	.what = "loses its disk, and with it a body of which others hold only the entry",
	.holds = "receipts stop before it, and everything else goes on",
	.percent = 10,
	.begin = bodies_lost_begin, .carry = keep_bodies_back, .calm = bodies_lost_calm, .end = bodies_lost_end,
};

/* --- a power cut in the whole province --- */

#define NOT_CUT UINT64_MAX	/* c->of[i]: node i was off; else the entries that it had acknowledged */

static void
all_lose_power(struct sim *s, struct drawn *c)
{
	sim_tell(s, "the power goes in the whole province");
	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[i];

		c->of[i] = n->dishonest || n->ledger == NULL ? NOT_CUT : n->truth.n;
		if (!n->dishonest)
			node_crash(n, true);
	}
	cases_happened(s, c);
}

/* It was on, and what it had acknowledged then is its still: of a log that went on, in the one before. */
static void
check_kept(struct sim *s, struct drawn *c, struct node *n)
{
	const struct yw_log *own = n->ledger != NULL ? yw_ledger_own(n->ledger) : NULL;

	if (c->of[n->id] == NOT_CUT || n->gone || n->dishonest || n->set_back || n->generation > 1)
		return;
	if (n->power_ons == 0)
		sim_fail(s, "%s has lost no power", n->code.code);
	else if (own == NULL || own->size < c->of[n->id])
		sim_fail(s, "%s holds %llu of the %llu entries that it had acknowledged when the power went", n->code.code,
		    (unsigned long long)(own != NULL ? own->size : 0), (unsigned long long)c->of[n->id]);
}

static bool
power_cut_begin(struct sim *s, struct drawn *c)
{
	cases_at(s, some_time(s), all_lose_power, c);
	return true;
}

static void
power_cut_end(struct sim *s, struct drawn *c)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		check_kept(s, c, &s->nodes[i]);
	case_all_append(s, false);
}

const struct sim_case case_power_cut = {
	.name = "power-cut",
	.what = "the whole province loses its power at once",
	.holds = "nobody lost what it had acknowledged, and all go on by themselves",
	.percent = 10, .in_province = 50,
	.begin = power_cut_begin, .end = power_cut_end,
};
