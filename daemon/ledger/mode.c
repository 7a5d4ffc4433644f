/*
 * mode.c - in which state this node is, and the sentence for it: which one, why, and what would end it.
 *
 * Worked out from what is held whenever it is asked for, the worst first; nothing here is stored.  Where nobody asks for
 * the sentence, none is made.
 */
#include "base/fault.h"
#include "ledger/ledger_int.h"

/* Who can end this log. */
static const char *
issuer_of(const struct yw_generation *g)
{
	return g->issuer.code[0] != '\0' ? g->issuer.code : "the root keys";
}

/* A later generation of this code that keys of another machine asked for (T9): the newest; NULL: there is none. */
const struct yw_generation *
recovered_by_others(const struct yw_ledger *l)
{
	const struct yw_generation *own = l->own != NULL ? log_generation(l, l->own) : NULL, *found = NULL;

	for (size_t i = 0; own != NULL && i < yw_trust_count(l->trust); i++) {
		const struct yw_generation *g = yw_trust_at(l->trust, i);

		if (g->recovery && g->generation > own->generation && yw_jurisdiction_equal(&g->code, &l->code) &&
		    !yw_hash_equal(&g->request, &l->request_hash))
			found = g;
	}
	return found;
}

/* What comes next. */
static void
say_next(const struct yw_ledger *l, const struct yw_generation *g, char *out, size_t len)
{
	const struct yw_closing *c = &g->closing;
	const struct yw_generation *next = recovered_by_others(l);

	if (next != NULL)
		snprintf(out, len, ", and its generation %u is a recovery by keys that are not of this machine: if nobody here asked for "
		    "it, ask %s", (unsigned)next->generation, issuer_of(next));
	else if (c->successor.code[0] != '\0')
		snprintf(out, len, ", and merged into %s, which registers from now on", c->successor.code);
	else if (c->revoked)
		snprintf(out, len, ", its keys as stolen or lost: it goes on with a next log ('yiwang log next'), to which the issuer of %s "
		    "has to consent", issuer_of(g));
	else
		snprintf(out, len, ": it goes on with a next log%s%s ('yiwang log next')", c->next_issuer.code[0] != '\0' ?
		    " below " : "", c->next_issuer.code);
}

static void
say_closed(const struct yw_ledger *l, const struct yw_generation *g, struct yw_error *why)
{
	char reason[YW_ERROR_MAX], next[YW_ERROR_MAX];

	if (why == NULL)
		return;
	yw_trust_closing_reason(l->trust, g, reason);
	say_next(l, g, next, sizeof next);
	yw_fail(why, YW_ESTOPPED, "'%s' was closed by %s at %llu entries%s; reason: %s", g->origin.text,
	    g->closing.issuer.code[0] != '\0' ? g->closing.issuer.code : "the root keys", (unsigned long long)g->end.size, next,
	    reason);
}

/* My generation is another request's (T3).  A next log may never have been granted to this machine (T8). */
static void
say_voided(const struct yw_ledger *l, struct yw_error *why)
{
	const struct yw_generation *g = yw_trust_origin(l->trust, l->claim.origin.text);
	const char *by = g->delegation.origin.text[0] != '\0' ? g->delegation.origin.text : "the network file";

	if (g->generation > 1)
		yw_fail(why, YW_ESTOPPED, "generation %u of %s was granted to another request, by entry %llu of '%s': what this machine "
		    "registered in it does not count, and 'yiwang lost %s' lists it, to be put again where that was made",
		    (unsigned)g->generation, l->code.code, (unsigned long long)g->delegation.index, by, l->code.code);
	else
		yw_fail(why, YW_ESTOPPED, "generation %u of %s belongs to other keys, by entry %llu of '%s', which goes before what admitted "
		    "this machine: if they are not this office's, it is for %s to close that log, then 'yiwang log next'",
		    (unsigned)g->generation, l->code.code, (unsigned long long)g->delegation.index, by, issuer_of(g));
}

/* Is anything of my own log of no use as it is: contradicted, closed, given away, or run by two? */
static enum yw_ledger_mode
judge_own(struct yw_ledger *l, struct yw_error *why)
{
	const struct yw_generation *g = l->own != NULL ? log_generation(l, l->own) : NULL;

	if (l->own != NULL && l->own->pub.frozen) {
		yw_fail(why, YW_ESTOPPED, "two contradicting heads of '%s' exist: this log has been forked, so %s has to close it ('yiwang "
		    "close'), and it goes on with a next one ('yiwang log next')", l->own->pub.origin.text, g != NULL ? issuer_of(g) : "its issuer");
		return YW_LEDGER_CONTRADICTED;
	}
	if (g != NULL && !g->open && !YW_FAULT("closed")) {
		say_closed(l, g, why);
		return YW_LEDGER_CLOSED;
	}
	if (is_passed_over(l)) {
		say_voided(l, why);
		return YW_LEDGER_VOIDED;
	}
	if (l->twins.why.msg[0] == '\0')
		return YW_LEDGER_APPENDING;
	if (why != NULL)
		*why = l->twins.why;
	return YW_LEDGER_TWO;
}

/* May it append, as far as its own disk and keys go? */
static enum yw_ledger_mode
judge_machine(struct yw_ledger *l, struct yw_error *why)
{
	const struct yw_generation *g = l->own != NULL ? log_generation(l, l->own) : NULL;

	if (yw_ledger_behind(l)) {	/* also where the delegation was lost with the rest */
		say_behind(l, why);
		return YW_LEDGER_BEHIND;
	}
	if (l->own == NULL) {
		yw_fail(why, YW_ESTOPPED, "node %s has not been admitted yet: its issuer has to grant its request", l->code.code);
		return YW_LEDGER_JOINING;
	}
	if (!l->keys_sign) {
		yw_fail(why, YW_ESTOPPED, "key set %u signs '%s', and it is not on this machine: put its seed back, or let the "
		    "issuer close this log, and go on with a next one", (unsigned)g->spans[g->n_spans - 1].key_set, g->origin.text);
		return YW_LEDGER_ROTATED_OUT;
	}
	if (l->clearing.done || l->clearing.alone)
		return YW_LEDGER_APPENDING;
	say_asking(l, why);
	return YW_LEDGER_ASKING;
}

/* It appends; what a person should know all the same. */
static void
say_appending(struct yw_ledger *l, struct yw_error *why)
{
	size_t unsure = 0;

	if (why == NULL)
		return;
	for (size_t i = 0; l->restored && i < l->n_logs; i++)
		unsure += yw_ledger_unsure(l, &l->logs[i]->pub);
	if (l->clearing.done && unsure > 0)
		yw_fail(why, YW_OK, "an old copy of the disk was put back: no receipts for %zu logs until their owner or issuer has "
		    "said what this node signed last; who is connected to neither ends it with 'yiwang key rotate'", unsure);
	else if (is_claim(l, l->own))
		say_claimed(l, why);
	else if (l->clearing.done)
		yw_fail(why, YW_OK, "appending");
	else
		yw_fail(why, YW_OK, "nobody has said yet that this is no old copy of the disk: it appends all the same, as "
		    "append_without_peer allows, and goes on asking");
}

enum yw_ledger_mode
yw_ledger_state(struct yw_ledger *l, struct yw_error *why)
{
	enum yw_ledger_mode mode;

	if (l->failed.msg[0] != '\0') {
		if (why != NULL)
			*why = l->failed;
		return YW_LEDGER_FAILED;
	}
	mode = judge_own(l, why);
	if (mode == YW_LEDGER_APPENDING)
		mode = judge_machine(l, why);
	if (mode == YW_LEDGER_APPENDING)
		say_appending(l, why);
	return mode;
}

bool
may_append(struct yw_ledger *l, struct yw_error *why)
{
	judge_cleared(l);
	return yw_ledger_state(l, why) == YW_LEDGER_APPENDING;
}
