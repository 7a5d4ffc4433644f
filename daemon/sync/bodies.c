/*
 * bodies.c - bodies that this node may have and lacks, asked for by place from whoever may hold them (B6, R3).
 *
 * They did not fit into their package, or its sender had not got them or might not give them then.  The
 * ledger knows all missing places; here only YW_X_PLACES of them are at hand at a time:
 *
 *	missing --(refill)--> here --(ask)--> asked --(body)--> gone
 *	                       ^               | not held, deadline: that peer has been tried
 *	                       +---------------+
 *	nobody left to ask: gone from here, and looked for again when a peer says that it holds more, or after
 *	YW_X_BODY_RETRY_MS; of a log that lacks what it lacked before, after twice as long each time, up to YW_X_BODY_REST_MS
 */
#include "sync/exchange_int.h"

#define PLACES_A_MESSAGE 64
#define OTHER_BODIES_MAX 8		/* of another hash than asked for, before that is a lie; of a session */
#define WORD_MS 30000			/* a new peer's first word about a log has come by then */

static bool
has_tried(const struct yw_asked_body *b, const struct yw_exchange_link *link)
{
	return (b->tried[link->slot / 64] >> link->slot % 64 & 1) != 0;
}

static void
set_tried(struct yw_asked_body *b, const struct yw_exchange_link *link, bool tried)
{
	uint64_t bit = UINT64_C(1) << link->slot % 64;

	b->tried[link->slot / 64] = (b->tried[link->slot / 64] & ~bit) | (tried ? bit : 0);
}

static void
remove_place(struct yw_exchange *x, struct yw_asked_body *b)
{
	*b = x->bodies[--x->n_bodies];
}

static struct yw_asked_body *
find_place(struct yw_exchange *x, uint32_t log, uint64_t index, uint16_t item)
{
	for (size_t i = 0; i < x->n_bodies; i++)
		if (x->bodies[i].log == log && x->bodies[i].index == index && x->bodies[i].item == item)
			return &x->bodies[i];
	return NULL;
}

/* How long it is not looked for again. */
static int64_t
patience(struct yw_xlog *xl)
{
	if (xl->body_size != xl->log->size || xl->body_missing != xl->log->n_missing) {
		xl->body_size = xl->log->size;
		xl->body_missing = xl->log->n_missing;
		xl->body_wait_ms = YW_X_BODY_RETRY_MS;
	}
	return xl->body_wait_ms;
}

static int64_t
longer(int64_t wait_ms)
{
	if (wait_ms == 0)
		return YW_X_BODY_RETRY_MS;
	return 2 * wait_ms < YW_X_BODY_REST_MS ? 2 * wait_ms : YW_X_BODY_REST_MS;
}

static void
give_up(struct yw_exchange *x, struct yw_asked_body *b)
{
	struct yw_xlog *xl = &x->logs[b->log];
	int64_t retry_ms = yw_x_now(x) + patience(xl);

	if (xl->body_retry_ms > retry_ms)
		xl->body_retry_ms = retry_ms;
	yw_x_wake(x, xl->body_retry_ms);
	remove_place(x, b);
}

/* Who is to be asked: of those that say they hold it first the log's owner and whoever is above it, who may have all bodies of it. */
static enum yw_body_use
use_of(const struct yw_exchange_link *link, const struct yw_asked_body *b)
{
	const struct yw_pair *p = &link->pairs[b->log];
	const struct yw_jurisdiction *code = &link->x->logs[b->log].log->code;

	if (yw_x_stranger(link) || has_tried(b, link) || p->theirs <= b->index)
		return YW_BODY_USELESS;
	if (p->theirs_held <= b->index)
		return YW_BODY_HAS_ENTRY;
	return yw_jurisdiction_equal(&link->code, code) || yw_jurisdiction_above(&link->code, code) ? YW_BODY_HOLDS_ALL : YW_BODY_HOLDS;
}

/* Of all links.  Each of them is looked at once for each of them: it is worked out anew when something has happened. */
static enum yw_body_use
best_use(const struct yw_exchange *x, struct yw_asked_body *b)
{
	if (b->best_at == yw_x_moves(x))
		return b->best;
	b->best = YW_BODY_USELESS;
	for (const struct yw_exchange_link *k = x->links; k != NULL && b->best != YW_BODY_HOLDS_ALL; k = k->next) {
		enum yw_body_use u = use_of(k, b);

		b->best = u > b->best ? u : b->best;
	}
	b->best_at = yw_x_moves(x);
	return b->best;
}

static bool
asks(const struct yw_exchange_link *link, struct yw_asked_body *b)
{
	enum yw_body_use best = b->link == NULL ? best_use(link->x, b) : YW_BODY_USELESS;

	return best != YW_BODY_USELESS && use_of(link, b) == best;
}

static void
refill_from(struct yw_exchange *x, struct yw_xlog *xl)
{
	struct yw_missing found[YW_X_PLACES];
	size_t room = YW_X_PLACES - x->n_bodies, n;

	n = yw_ledger_missing(x->o.ledger, xl->log, &xl->body_from, found, room);
	for (size_t i = 0; i < n; i++) {
		if (find_place(x, xl->log->number, found[i].index, found[i].item) == NULL)
			x->bodies[x->n_bodies++] = (struct yw_asked_body) { .log = xl->log->number,
				.index = found[i].index, .item = found[i].item };
		xl->body_from = (struct yw_missing) { found[i].index, (uint16_t)(found[i].item + 1) };
	}
	if (n < room)
		xl->body_stamp = xl->log->stamp;	/* all that there are, until the log changes */
}

static void
refill(struct yw_exchange *x)
{
	int64_t now = yw_x_now(x);
	uint64_t stamp = yw_ledger_stamp(x->o.ledger);
	bool lacks = x->n_bodies != 0;

	if (x->n_bodies == 0 && x->complete == stamp)
		return;
	for (size_t i = 0; i < x->n_logs && x->n_bodies < YW_X_PLACES / 2; i++) {
		struct yw_xlog *xl = &x->logs[(x->body_turn + i) % x->n_logs];

		if (xl->log->n_missing == 0)
			continue;
		lacks = true;
		if (now >= xl->body_retry_ms || xl->body_judged != xl->log->judged) {
			xl->body_judged = xl->log->judged;
			xl->body_wait_ms = now < xl->body_retry_ms ? YW_X_BODY_RETRY_MS : longer(xl->body_wait_ms);
			xl->body_retry_ms = INT64_MAX;
			xl->body_from = (struct yw_missing) { 0, 0 };
			xl->body_stamp = 0;
		} else if (xl->body_retry_ms != INT64_MAX)
			yw_x_wake(x, xl->body_retry_ms);
		if (xl->body_stamp < xl->log->stamp)
			refill_from(x, xl);
	}
	x->body_turn++;
	x->complete = lacks ? 0 : stamp;
	for (size_t i = x->n_bodies; i-- > 0;)
		if (x->bodies[i].link == NULL && best_use(x, &x->bodies[i]) == YW_BODY_USELESS)
			give_up(x, &x->bodies[i]);
}

bool
yw_x_bodies_due(struct yw_exchange_link *link)
{
	if (yw_x_full(link->x))
		return false;
	refill(link->x);
	for (size_t i = 0; i < link->x->n_bodies; i++)
		if (asks(link, &link->x->bodies[i]))
			return true;
	return false;
}

void
yw_x_bodies_ask(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_exchange *x = link->x;
	size_t n = 0;

	for (size_t i = 0; i < x->n_bodies && n < PLACES_A_MESSAGE; i++) {
		Yiwang__V1__BodyWant m = YIWANG__V1__BODY_WANT__INIT;
		struct yw_asked_body *b = &x->bodies[i];

		if (yw_x_full(x) || !asks(link, b))
			continue;
		m.origin = (char *)x->logs[b->log].log->origin.text;
		m.index = b->index;
		m.item = b->item;
		yw_x_put(o, YW_X_BODY_WANTS, &m.base);
		b->link = link;
		b->deadline_ms = yw_x_now(x) + yw_x_patience(link);
		yw_x_wake(x, b->deadline_ms);
		n++;
	}
}

/* The peer says that it holds more of a log than before: what it did not have may be there now. */
void
yw_x_bodies_hope(struct yw_exchange_link *link, struct yw_xlog *xl)
{
	struct yw_exchange *x = link->x;

	if (xl->log->n_missing == 0)
		return;
	for (size_t i = 0; i < x->n_bodies; i++)
		if (x->bodies[i].log == xl->log->number)
			set_tried(&x->bodies[i], link, false);
	if (xl->body_retry_ms != INT64_MAX)
		xl->body_retry_ms = yw_x_now(x);
	xl->body_wait_ms = 0;
	yw_x_wake(x, yw_x_now(x));
}

/* An answer for which nobody waits any more, since it was slow, is still one; what it is worth its bytes say, and nobody is
 * blamed.  What this node does not lack is none. */
static enum yw_code
take_late(struct yw_exchange *x, const struct yw_in_body *in, struct yw_error *err)
{
	enum yw_code code = yw_ledger_take_body(x->o.ledger, in->origin.text, &in->body, err);

	return code == YW_ENOMEM || code == YW_EIO ? code : YW_OK;
}

/* Where an owner went on in two ways and nobody has seen both yet, an honest peer has another body at the place that it was
 * asked for: so a few of another hash are no lie yet (L6). */
enum yw_code
yw_x_body_take(struct yw_exchange_link *link, struct yw_in_body *in, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_xlog *xl = yw_x_log(x, in->origin.text);
	struct yw_asked_body *b = xl != NULL ? find_place(x, xl->log->number, in->body.index, in->body.item) : NULL;
	enum yw_code code;

	if (b == NULL)
		return in->not_held || xl == NULL ? YW_OK : yw_x_blame(x, link, take_late(x, in, err), err);
	link->serves |= b->link == link;
	if (in->not_held) {
		set_tried(b, link, true);
		b->link = NULL;
		return YW_OK;
	}
	code = yw_ledger_take_body(x->o.ledger, in->origin.text, &in->body, err);
	if (code == YW_EPEER && (xl->log->n_forks > 0 || link->other_bodies < OTHER_BODIES_MAX)) {
		link->other_bodies += xl->log->n_forks == 0;
		set_tried(b, link, true);
		b->link = NULL;
		return YW_OK;
	}
	if (code == YW_OK)
		remove_place(x, b);
	else if (code == YW_EINVAL)	/* it may not be held here (B5, B6): no other copy of it may either */
		give_up(x, b);
	else
		b->link = NULL;
	return yw_x_blame(x, link, code, err);
}

void
yw_x_bodies_expire(struct yw_exchange *x, const struct yw_exchange_link *link)
{
	int64_t now = yw_x_now(x);

	for (size_t i = 0; i < x->n_bodies; i++) {
		struct yw_asked_body *b = &x->bodies[i];

		if (b->link == NULL)
			continue;
		if (link == NULL && now >= b->deadline_ms)
			set_tried(b, b->link, true);
		else if (b->link != link) {
			yw_x_wake(x, b->deadline_ms);
			continue;
		}
		b->link = NULL;
		x->moves++;
	}
}

void
yw_x_bodies_retry(struct yw_exchange *x)
{
	for (size_t i = 0; i < x->n_logs; i++)
		if (x->logs[i].log->n_missing != 0) {
			x->logs[i].body_retry_ms = yw_x_now(x) + YW_X_HOLD_MS;
			x->logs[i].body_wait_ms = 0;
		}
	for (size_t i = 0; i < x->n_bodies; i++)
		memset(x->bodies[i].tried, 0, sizeof x->bodies[i].tried);
	x->moves++;
}

void
yw_x_bodies_meet(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->x->n_bodies; i++)
		set_tried(&link->x->bodies[i], link, false);
}

/* Has it not said yet how much of the log it holds?  Of one that never does there is nothing to ask. */
static bool
may_say_more(const struct yw_exchange_link *link, uint32_t log)
{
	return !yw_x_stranger(link) && (log >= link->n_pairs || link->pairs[log].theirs == 0) &&
	    yw_x_now(link->x) < link->up_ms + WORD_MS;
}

/* Is everything that this log lacks given up, until it is asked for anew? */
static bool
is_nowhere(const struct yw_exchange *x, const struct yw_xlog *xl)
{
	if (xl->log->n_missing == 0)
		return true;
	for (size_t i = 0; i < x->n_bodies; i++)
		if (x->bodies[i].log == xl->log->number)
			return false;
	for (const struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		if (may_say_more(k, xl->log->number))
			return false;
	return xl->body_stamp >= xl->log->stamp && xl->body_retry_ms != INT64_MAX && yw_x_now(x) < xl->body_retry_ms;
}

bool
yw_exchange_asked_all(const struct yw_exchange *x)
{
	const struct yw_log *own = yw_ledger_own(x->o.ledger);

	for (size_t i = 0; own != NULL && i < x->n_logs; i++)
		if (yw_jurisdiction_equal(&x->logs[i].log->code, &own->code) && !is_nowhere(x, &x->logs[i]))
			return false;
	return true;
}
