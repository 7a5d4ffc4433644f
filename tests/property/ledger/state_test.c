/*
 * State is a function of the logs: whatever happens in whatever order, a node that is opened again is the node
 * that it was, and replicas that hold the same logs have the same digests, whichever way these came.
 */
#include "ledger/ledger_int.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320104", "320205" };
#define N_CODES (sizeof codes / sizeof *codes)
#define LAST (N_CODES - 1)		/* joins at the end */
#define STEPS 150
#define RECORDS 12

static struct yw_error err;
static struct yw_lnet *net;
static uint64_t seed;
static uint32_t revision[N_CODES][RECORDS];
static bool there[N_CODES][RECORDS];	/* the last one was no withdrawal */

static uint64_t
below(uint64_t n)
{
	return yw_test_next(&seed) % n;
}

/* ---- steps */

static struct yw_audience
random_audience(void)
{
	switch (below(6)) {
	case 0:
		return yw_open;
	case 1:
		return yw_not_shared;
	case 2:
		return yw_conditional(codes[below(N_CODES)]);
	default:
		return yw_unconditional;
	}
}

static void
put_some(size_t i)
{
	struct yw_lnode *n = &net->n[i];
	struct yw_buf bodies[20];
	struct yw_append a[20];
	size_t count = 1 + below(20);

	if (yw_ledger_state(n->l, &err) != YW_LEDGER_APPENDING)
		return;
	for (size_t k = 0; k < count; k++) {
		size_t r = below(RECORDS);
		bool withdraw = there[i][r] && below(4) == 0;
		char id[64], title[16];

		snprintf(id, sizeof id, "%s/demand/%zu", codes[i], r);
		snprintf(title, sizeof title, "t%u", (unsigned)below(1000));
		yw_buf_init(&bodies[k]);
		yw_lrecord(id, ++revision[i][r], withdraw ? NULL : title, &bodies[k]);
		there[i][r] = !withdraw;
		a[k] = (struct yw_append) { .body = yw_buf_bytes(&bodies[k]), .audience = random_audience(), .again = true };
		YW_PASS(yw_ledger_append(n->l, &a[k], 1, &err));
		YW_CHECK_MSG(a[k].code == YW_OK, "%s: %s", id, a[k].err.msg);
	}
	yw_lnode_commit(n);
	for (size_t k = 0; k < count; k++)
		yw_buf_release(&bodies[k]);
}

/* A turn of several packages, from anybody, of any size, with or without bodies. */
static void
pull_some(size_t i)
{
	struct yw_lnode *to = &net->n[i], *from = &net->n[below(N_CODES)];
	struct yw_lpackage held[4];
	size_t n = 0;

	if (from->l == NULL || from == to)
		return;
	for (size_t k = 0; k < 4; k++) {
		const struct yw_log *theirs = yw_ledger_at(from->l, below(yw_ledger_count(from->l)));
		const struct yw_log *mine = yw_ledger_log(to->l, theirs->origin.text);
		struct yw_asker asker = { below(3) ? YW_ASKER_NODE : YW_ASKER_STRANGER, to->t->code };

		if (mine == NULL || mine->own)
			continue;
		if (yw_lnode_serve(from, theirs->origin.text, mine->size, mine->size + 1 + below(4), mine->target_size, mine->size,
		    &asker, 1 << 16, &held[n])) {
			YW_CHECK_MSG(yw_ledger_take_package(to->l, &held[n].p, &err) == YW_OK, "%s", err.msg);
			n++;
		}
	}
	yw_lnode_commit(to);
	while (n-- > 0)
		yw_lpackage_release(&held[n]);
}

static void
same_again(size_t i)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;

	yw_lnode_commit(&net->n[i]);	/* what a receipt is due for is signed in the next turn, not here */
	yw_lnode_state(&net->n[i], &before);
	yw_lnode_reopen(&net->n[i]);
	yw_lnode_state(&net->n[i], &after);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), "%s is another one:\n%s\n--- and was\n%s",
	    codes[i], yw_buf_str(&after), yw_buf_str(&before));
	yw_buf_release(&before);
	yw_buf_release(&after);
}

/* The guard fails after the batch: the turn was told to nobody, and is there after a restart. */
static void
lose_guard(size_t i)
{
	struct yw_lnode *n = &net->n[i];
	struct yw_buf body = YW_BUF_INIT;
	struct yw_append a;
	static unsigned count;
	char id[64];

	if (yw_ledger_state(n->l, &err) != YW_LEDGER_APPENDING)
		return;
	snprintf(id, sizeof id, "%s/demand/untold%u", codes[i], count++);
	yw_lrecord(id, 1, "x", &body);
	a = (struct yw_append) { .body = yw_buf_bytes(&body), .audience = yw_unconditional };
	YW_PASS(yw_ledger_append(n->l, &a, 1, &err));
	n->guard_broken = true;
	YW_FAILS(yw_ledger_commit(n->l, &err), YW_EIO);
	n->guard_broken = false;
	YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_FAILED);
	yw_lnode_reopen(n);
	YW_CHECK(yw_ledger_state(n->l, &err) == YW_LEDGER_APPENDING);
	yw_buf_release(&body);
}

/* What counts of its records now: one that was lost leaves what was said before it. */
static void
look_again(size_t i)
{
	struct yw_view *v;

	YW_PASS(yw_view_open(net->n[i].l, &v, &err));
	for (size_t r = 0; r < RECORDS; r++) {
		struct yw_item item = { .revision = 0 };
		char id[64];

		snprintf(id, sizeof id, "%s/demand/%zu", codes[i], r);
		there[i][r] = yw_view_current(v, id, &item, &err) == YW_OK && item.op == YW_OP_PUT;
		revision[i][r] = item.revision;
	}
	yw_view_close(v);
}

/* An owner declares lost what stands somewhere in its log, whoever holds it, itself too, and whether it was a record. */
static void
lose_some(size_t i)
{
	struct yw_ledger *l = net->n[i].l;
	struct yw_own_place places[3];
	struct yw_buf lost = YW_BUF_INIT;
	uint64_t size = yw_ledger_own(l) != NULL ? yw_ledger_own(l)->size : 0;
	size_t n = 0;

	for (uint64_t at = size > 3 ? below(size - 3) : size; at < size && n < 3; at += 1 + below(3))
		places[n++] = (struct yw_own_place) { 1, at, (uint16_t)below(2) };
	if (n == 0 || yw_ledger_state(l, &err) != YW_LEDGER_APPENDING ||
	    yw_trust_make_lost(l->trust, log_generation(l, l->own), places, n, &lost, &err) != YW_OK)
		return;		/* one of them was declared before */
	YW_PASS(say(l, yw_buf_bytes(&lost), WITHOUT_ROSTER, &err));
	yw_lnode_commit(&net->n[i]);
	yw_buf_release(&lost);
	look_again(i);
}

/* An owner erases what is under one of its ids, if it has it all. */
static void
erase_some(size_t i)
{
	struct yw_lnode *n = &net->n[i];
	struct yw_own_place places[200];
	char id[64];
	struct yw_erasure_draft d = { .id = id, .reason = "asked for", .basis = "PIPL 47", .places = places };
	struct yw_view *v;
	enum yw_code code;

	snprintf(id, sizeof id, "%s/demand/%zu", codes[i], (size_t)below(RECORDS));
	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_places_of(v, id, places, 200, &d.n, &err));
	yw_view_close(v);
	if (d.n > 200 || yw_ledger_state(n->l, &err) != YW_LEDGER_APPENDING)
		return;
	code = yw_ledger_erase(n->l, &d, &err);
	YW_CHECK_MSG(code == YW_OK || code == YW_ENOENT || code == YW_EINVAL, "%s", err.msg);
	yw_lnode_commit(n);
	look_again(i);
}

static void
step(void)
{
	size_t i = below(LAST);

	switch (below(8)) {
	case 0:
	case 1:
		put_some(i);
		break;
	case 2:
		yw_lnet_wait(net, (int64_t)below(20000));
		yw_lnode_tick(&net->n[i]);
		break;
	case 3:
		yw_lnode_follow(&net->n[i], &net->n[below(LAST)]);
		break;
	case 4:
		if (below(6) == 0)
			lose_guard(i);
		else if (below(2) == 0)
			lose_some(i);
		else
			erase_some(i);
		break;
	default:
		pull_some(i);
	}
	same_again(i);
}

/* ---- the end */

static void
all_agree(void)
{
	for (size_t c = 0; c < N_CODES; c++) {
		struct yw_hash first, h;

		for (size_t i = 0; i < N_CODES; i++) {
			bool complete = false;
			struct yw_view *v;

			YW_PASS(yw_view_open(net->n[i].l, &v, &err));
			YW_PASS(yw_view_digest(v, &net->n[c].t->code, &complete, i == 0 ? &first : &h, &err));
			yw_view_close(v);
			YW_CHECK_MSG(complete, "%s does not hold all of %s", codes[i], codes[c]);
			YW_CHECK_MSG(i == 0 || yw_hash_equal(&first, &h), "%s and %s differ over %s", codes[0], codes[i], codes[c]);
		}
	}
}

static void
admit(const char *code)
{
	struct yw_lnode *n = yw_lnode(net, code);

	yw_lnode_admit(net, code);
	while (yw_ledger_own(n->l) == NULL || yw_ledger_own(n->l)->size == 0)
		for (size_t i = 0; i < N_CODES; i++)
			if (net->n[i].l != NULL && &net->n[i] != n)
				yw_lnode_follow(n, &net->n[i]);
}

static void
random_story(void)
{
	seed = yw_test_seed();
	for (int round = 0; round < (getenv("YW_ON_DISK") != NULL ? 1 : 3); round++) {
		net = yw_lnet_new(codes, N_CODES, "group g 2 320000 320100 320102\nquorum g\n");
		memset(revision, 0, sizeof revision);
		memset(there, 0, sizeof there);
		for (size_t i = 0; i < LAST; i++)
			yw_lnode_open(&net->n[i]);
		admit("320100");
		for (int s = 0; s < STEPS / 3; s++)
			step();
		admit("320200");
		yw_lnode_follow(&net->n[1], &net->n[0]);
		admit("320102");
		for (int s = 0; s < STEPS / 3; s++)
			step();
		admit("320104");
		for (int s = 0; s < STEPS / 3; s++)
			step();

		/* one that knows nothing yet takes it all from others, piece by piece, in any order */
		yw_lnode_open(&net->n[LAST]);
		yw_lnode_follow(&net->n[2], &net->n[0]);
		admit(codes[LAST]);
		for (int s = 0; s < 100; s++)
			pull_some(LAST);
		same_again(LAST);
		yw_lnet_sync(net);
		all_agree();
		for (size_t i = 0; i < N_CODES; i++)
			same_again(i);
		all_agree();
		yw_lnet_free(net);
	}
}

YW_TESTS({ "S1 S4 B7 V6/erasure opened again it is the same, and fed in any order it has the same digest", random_story })
