/*
 * cleared.c - may a node that was just started trust that its disk was not set back (L3)?
 *
 * A disk image can be put back with its guard, and then nothing on the machine can notice; peers can.  So after a
 * boot, and before entry 0, a node asks what they hold of its log, and appends once those that matter have said that
 * it is not more than this: its acting issuer if cleared itself, or a quorum in any state but behind.
 *
 * What an answer is worth depends on where the answerer's head came from: one that only I brought, after I was
 * started, says nothing.  "Before the answerer's own boot" would be too narrow: a node that stays up for months has
 * all it knows of a neighbour from later, and could never clear it.  What counts is whether it came before the
 * *asker's* present boot; each owner names that in its hello, and with each log stands how long it was when the
 * owner's present boot was first heard of, and how far others than the owner have shown it since.
 *
 * Before entry 0 the rule names the delegation as the answer, "delivered in a session by an issuer that holds no head of
 * this origin"; a next log "registers at once" (T8), long before it has one.  Both are true if what clears is the second
 * half: that its acting issuer says, in its own session, that it holds no head of this origin.  The delegation adds
 * nothing to that, it only comes the same way.  So a next log begins one question after it met its issuer; without
 * one it waits for `peer_wait` like any other, and then append_without_peer decides.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

/* --- the answerer --- */

/* A node without a guard has a name of its own for that: what it told before it lost it is good knowledge. */
void
yw_ledger_boot(const struct yw_ledger *l, struct yw_boot_name *out)
{
	static const uint8_t none[16];
	uint8_t in[16 + 16 + YW_CODE_DIGITS + 1];
	struct yw_hash h;

	*out = (struct yw_boot_name) { { 0 } };
	if (memcmp(l->here.boot_id, none, sizeof none) == 0)
		return;
	memcpy(in, l->here.boot_id, 16);
	memcpy(in + 16, l->here.machine_id, 16);
	memcpy(in + 32, l->code.code, YW_CODE_DIGITS);
	in[sizeof in - 1] = l->behind.unknown;
	yw_sha256(in, sizeof in, &h);
	memcpy(out->b, h.b, sizeof out->b);
}

void
yw_ledger_met(struct yw_ledger *l, const struct yw_log *log, const struct yw_boot_name *boot)
{
	struct log_inside *in = l->logs[log->number];

	if (log->own || memcmp(&in->met, boot, sizeof *boot) == 0 || may_write(l, NULL) != YW_OK)
		return;
	in->met = *boot;
	in->known = in->pub.head_size;
	in->changed = l->dirty = true;
}

void
yw_ledger_witness(struct yw_ledger *l, const struct yw_log *log, uint64_t size)
{
	struct log_inside *in = l->logs[log->number];

	if (size > in->known && size <= in->pub.head_size)
		in->known = size;	/* stored with whatever changes the log next: less than it knows is never too much */
}

bool
yw_ledger_knows(const struct yw_ledger *l, const struct yw_log *log, const struct yw_boot_name *boot)
{
	static const struct yw_boot_name none;
	const struct log_inside *in = l->logs[log->number];

	if (memcmp(boot, &none, sizeof none) == 0)
		return false;
	return (memcmp(&in->met, boot, sizeof *boot) == 0 ? in->known : in->pub.head_size) > 0;
}

/* --- the asker --- */

static bool
differ(const uint8_t a[static 16], const uint8_t b[static 16])
{
	static const uint8_t none[16];

	return memcmp(a, none, 16) != 0 && memcmp(b, none, 16) != 0 && memcmp(a, b, 16) != 0;
}

/* The store's word of an earlier run in this boot, and the guard's. */
enum yw_code
load_cleared(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("uncleared");
	uint8_t v;
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), &v, sizeof v, err);

	l->clearing.stored = code == YW_OK;
	l->clearing.done = code == YW_ENOENT && l->mark.size > 0 && !l->behind.unknown &&
	    ((!differ(l->mark.boot_id, l->here.boot_id) && !differ(l->mark.machine_id, l->here.machine_id)) || YW_FAULT("boot-ignored"));
	return code == YW_ENOENT ? YW_OK : code;
}

void
put_cleared(struct yw_ledger *l)
{
	struct key k = key_meta("uncleared");
	uint8_t v = 1;

	if (l->clearing.stored == !l->clearing.done)
		return;
	if (l->clearing.done)
		yw_batch_delete(l->batch, F_META, key_bytes(&k));
	else
		yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { &v, sizeof v });
}

bool
yw_ledger_asks(const struct yw_ledger *l)
{
	return !l->clearing.done;
}

static const struct yw_clearance *
answer_of(const struct yw_ledger *l, const char *code)
{
	for (size_t i = 0; i < l->clearing.n; i++)
		if (strcmp(l->clearing.answers[i].code.code, code) == 0)
			return &l->clearing.answers[i];
	return NULL;
}

static bool
is_good(void *arg, const char *member)
{
	const struct yw_clearance *a = answer_of(arg, member);

	return a != NULL && a->knows && !a->behind;
}

/* The first node: all whose generations are open in its log.  False where there are none. */
static bool
all_below(struct yw_ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < yw_trust_count(l->trust); i++) {
		const struct yw_generation *g = yw_trust_at(l->trust, i);

		if (!g->open || strcmp(g->delegation.origin.text, l->own->pub.origin.text) != 0)
			continue;
		if (!is_good(l, g->code.code))
			return false;
		n++;
	}
	return n > 0;
}

static bool
any_below(const struct yw_ledger *l)
{
	for (size_t i = 0; i < yw_trust_count(l->trust); i++)
		if (strcmp(yw_trust_at(l->trust, i)->delegation.origin.text, l->own->pub.origin.text) == 0)
			return true;
	return false;
}

/* Would it do, from my issuer? */
static bool
would_clear(const struct yw_ledger *l, const struct yw_clearance *a)
{
	return a->holds_none ? l->own->committed_size == 0 && !l->behind.unknown : a->knows && a->cleared;
}

/* Who acts for my issuer now, whoever did when I was admitted: a code whose logs are closed has nobody to answer.  Found out
 * where there is an answer that would do: this is asked in each turn. */
static bool
by_issuer(struct yw_ledger *l, const struct yw_generation *own)
{
	const struct yw_generation *g = NULL;

	for (size_t i = 0; i < l->clearing.n; i++) {
		if (!would_clear(l, &l->clearing.answers[i]))
			continue;
		g = g != NULL ? g : yw_trust_acting(l->trust, &own->issuer);
		if (g != NULL && strcmp(l->clearing.answers[i].code.code, g->code.code) == 0)
			return true;
	}
	return false;
}

static bool
is_cleared(struct yw_ledger *l)
{
	const struct yw_generation *own = log_generation(l, l->own);
	const struct yw_network *n = yw_trust_network(l->trust);

	if (own == NULL)
		return false;
	if (YW_FAULT("anybody-clears") && l->clearing.n > 0)
		return true;
	if (!YW_FAULT("quorum-unasked") && yw_policy_judge(n->policy, l->code.code, is_good, l) == YW_QUORUM_MET)
		return true;
	if (own->issuer.code[0] != '\0')
		return by_issuer(l, own);
	return any_below(l) ? all_below(l) : !yw_ledger_behind(l) && yw_mono_ms(&l->clock) >= l->clearing.until_ms;
}

void
judge_cleared(struct yw_ledger *l)
{
	struct clearing *c = &l->clearing;

	if (c->done || l->own == NULL || l->own->pub.frozen)
		return;
	if (c->until_ms == INT64_MAX)
		c->until_ms = yw_mono_ms(&l->clock) + (int64_t)l->peer_wait_ms;
	if (is_cleared(l)) {
		yw_log(YW_LOG_INFO, "cleared", "origin=%s of %llu entries", l->own->pub.origin.text,
		    (unsigned long long)l->own->pub.size);
		c->done = true;
		c->alone = l->behind.unknown = false;
		c->n = 0;
		l->dirty = true;
	} else if (!c->alone && !l->never_alone && !yw_ledger_behind(l) && yw_mono_ms(&l->clock) >= c->until_ms) {
		yw_log(YW_LOG_WARN, "append-uncleared", "origin=%s nobody could say that this is no old copy of the disk: "
		    "append_without_peer allows to append", l->own->pub.origin.text);
		c->alone = true;
		l->dirty |= !c->stored;
	}
}

/* Monotonic; INT64_MAX: no time changes anything. */
int64_t
cleared_wake(const struct yw_ledger *l)
{
	const struct clearing *c = &l->clearing;

	return c->done || c->alone || l->own == NULL || yw_ledger_behind(l) || l->never_alone || yw_mono_ms(&l->clock) >= c->until_ms ?
	    INT64_MAX : c->until_ms;
}

/* A head that came with an answer, like any other of my log; one of another log is no answer. */
static enum yw_code
take_answered_head(struct yw_ledger *l, struct yw_bytes note, bool *mine, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct log_inside *in;
	enum yw_code code = read_head(l, note, &in, &c, err);

	*mine = false;
	if (code != YW_OK)
		return code;
	code = take_read_head(l, in, &c, note, err);
	*mine = code == YW_OK && in == l->own && c.size <= in->committed_size;
	return code;
}

/* One per code that proved itself, of which a network has YW_CODES_MAX. */
static struct yw_clearance *
add_answer(struct clearing *c)
{
	struct yw_clearance *grown = realloc(c->answers, (c->n + 1) * sizeof *grown);

	if (grown == NULL)
		return NULL;
	c->answers = grown;
	return &grown[c->n++];
}

enum yw_code
yw_ledger_take_clearance(struct yw_ledger *l, const struct yw_clearance *a, struct yw_error *err)
{
	struct clearing *c = &l->clearing;
	struct yw_clearance *at = (struct yw_clearance *)answer_of(l, a->code.code);
	struct yw_clearance copy = *a;
	enum yw_code code = may_take(l, err);

	if (code != YW_OK || c->done)
		return code;
	copy.holds_none = a->head.len == 0;
	if (a->head.len != 0)
		code = take_answered_head(l, a->head, &copy.knows, err);
	copy.knows = copy.knows && a->knows;
	copy.head = (struct yw_bytes) { NULL, 0 };
	if (at == NULL)
		at = add_answer(c);
	if (at == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an answer of %s", a->code.code);
	*at = copy;
	judge_cleared(l);
	return code;
}

void
say_asking(const struct yw_ledger *l, struct yw_error *why)
{
	const char *what = l->own->pub.size == 0 ? "before its first entry" : "after a start of the machine";

	if (l->never_alone)
		yw_fail(why, YW_ESTOPPED, "%s this node asks its issuer and a quorum whether anybody holds more of its log: it appends "
		    "when they have answered that nobody does", what);
	else
		yw_fail(why, YW_ESTOPPED, "%s this node asks its issuer and a quorum whether anybody holds more of its log: it appends "
		    "when nobody does, or by itself in %lld s", what,
		    (long long)((l->clearing.until_ms - yw_mono_ms(&l->clock) + 999) / 1000));
}
