/*
 * wants.c - which ranges of which log are asked from whom, and the packages that come (R3).
 *
 * The states of a log are drawn in exchange_int.h.  A want is bound to my own (size, root).  The first to a
 * new head names none: the package brings the head and proves that it extends what I hold; then the ledger
 * has a target, and up to YW_X_FLIGHTS wants for consecutive ranges are out at a time, each with whichever
 * peer has them.  What comes early waits here, within the bound on memory, and is applied in order.
 *
 * Where the disk is full nothing is asked for; when there is room, peers are asked to say all again, since nobody says
 * it twice unasked.
 *
 * A package is judged by the ledger only when it starts where my copy ends and leads to the present target:
 * an honest peer's answer that was overtaken is dropped, not held against it.
 */
#include "sync/exchange_int.h"

static const char *
origin_of(const struct yw_xlog *xl)
{
	return xl->log->origin.text;
}

static void
free_flight(struct yw_exchange *x, struct yw_flight *f)
{
	if (f->state == YW_FLIGHT_FREE)
		return;
	x->in_flight -= f->bytes;
	x->moves++;
	if (f->state == YW_FLIGHT_ASKED)
		f->link->n_wanted--;
	if (f->in != NULL)
		yw_inbound_free(f->in);
	*f = (struct yw_flight) { .state = YW_FLIGHT_FREE };
}

void
yw_x_wants_drop(struct yw_exchange *x, struct yw_xlog *xl)
{
	for (size_t i = 0; i < YW_X_FLIGHTS; i++)
		free_flight(x, &xl->flights[i]);
}

/* Who did not answer is not asked again at once, so that others get their turn. */
static void
miss(struct yw_exchange *x, const struct yw_xlog *xl, struct yw_flight *f)
{
	struct yw_pair *p = yw_x_pair(f->link, xl->log);

	if (p->hold_ms <= yw_x_now(x)) {	/* several at once are one miss */
		p->hold_ms = yw_x_now(x) + (YW_X_HOLD_MS << p->misses);
		p->misses += p->misses < YW_X_MISSES_MAX;
		p->sought++;
	}
	yw_x_wake(x, p->hold_ms);
	free_flight(x, f);
}

bool
yw_x_full(const struct yw_exchange *x)
{
	return yw_ledger_stopped(x->o.ledger)[0] != '\0';
}

static void
follow_room(struct yw_exchange *x)
{
	bool again = x->full && !yw_x_full(x);

	x->full = yw_x_full(x);
	x->moves += again;
	for (struct yw_exchange_link *k = x->links; again && k != NULL; k = k->next) {
		k->again_due = true;
		k->logs_stamp = 0;
	}
	if (again)
		yw_x_bodies_retry(x);
}

void
yw_x_wants_expire(struct yw_exchange *x, const struct yw_exchange_link *link)
{
	int64_t now = yw_x_now(x);

	if (link == NULL)
		follow_room(x);
	for (size_t i = 0; x->in_flight != 0 && i < x->n_logs; i++)
		for (size_t j = 0; j < YW_X_FLIGHTS; j++) {
			struct yw_flight *f = &x->logs[i].flights[j];

			if (f->state != YW_FLIGHT_ASKED)
				continue;
			if (f->keys && (f->link == link || (link == NULL && now >= f->deadline_ms)))
				yw_x_pair(f->link, x->logs[i].log)->keys_asked = 0;
			if (link == NULL && now >= f->deadline_ms)
				miss(x, &x->logs[i], f);
			else if (f->link == link)
				free_flight(x, f);
			else
				yw_x_wake(x, f->deadline_ms);
		}
}

/* --- asking --- */

static bool
somebody_has(struct yw_exchange *x, const struct yw_log *log, uint64_t size)
{
	for (struct yw_exchange_link *k = x->links; k != NULL; k = k->next)
		if (!yw_x_stranger(k) && yw_x_pair(k, log)->theirs >= size)
			return true;
	return false;
}

/* The first gap behind the flights: [*start, *end) with *end 0 where nothing bounds it.  False: no gap. */
static bool
find_gap(const struct yw_xlog *xl, uint64_t *start, uint64_t *end)
{
	bool moved = true;

	*start = xl->log->size;
	while (moved) {
		moved = false;
		for (size_t i = 0; i < YW_X_FLIGHTS; i++) {
			const struct yw_flight *f = &xl->flights[i];

			if (f->state == YW_FLIGHT_FREE || f->start > *start || (f->end != 0 && f->end <= *start))
				continue;
			if (f->end == 0)	/* as far as one package goes: nobody knows how far */
				return false;
			*start = f->end;
			moved = true;
		}
	}
	*end = 0;
	for (size_t i = 0; i < YW_X_FLIGHTS; i++)
		if (xl->flights[i].state != YW_FLIGHT_FREE && xl->flights[i].start > *start &&
		    (*end == 0 || xl->flights[i].start < *end))
			*end = xl->flights[i].start;
	return true;
}

static struct yw_flight *
free_slot(struct yw_xlog *xl)
{
	for (size_t i = 0; i < YW_X_FLIGHTS; i++)
		if (xl->flights[i].state == YW_FLIGHT_FREE)
			return &xl->flights[i];
	return NULL;
}

static bool
any_asked(const struct yw_xlog *xl)
{
	for (size_t i = 0; i < YW_X_FLIGHTS; i++)
		if (xl->flights[i].state == YW_FLIGHT_ASKED)
			return true;
	return false;
}

/* How many entries are about one package. */
static uint64_t
chunk(const struct yw_xlog *xl)
{
	uint64_t n = YW_X_PACKAGE_BYTES / xl->per_entry;

	return n == 0 ? 1 : yw_x_min(n, YW_PACKAGE_ENTRIES);	/* per_entry is never 0 */
}

static uint64_t
block_end(uint64_t start)
{
	return start - start % YW_PACKAGE_ENTRIES + YW_PACKAGE_ENTRIES;
}

/* What is sought and this peer may hold: where it does not, the next one's turn is. */
static bool
find_sought(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_sought *out)
{
	const struct yw_pair *p = yw_x_pair(link, xl->log);
	size_t n = yw_ledger_n_sought(link->x->o.ledger, xl->log);

	for (size_t i = 0; i < n; i++) {
		yw_ledger_sought(link->x->o.ledger, xl->log, (p->sought + i) % n, out);
		if (out->head.size <= p->said)
			return true;
	}
	return false;
}

/* The same that was asked.  False: it is sought no more. */
static bool
still_sought(const struct yw_exchange *x, const struct yw_xlog *xl, const struct yw_flight *f, struct yw_sought *out)
{
	for (size_t i = 0; i < yw_ledger_n_sought(x->o.ledger, xl->log); i++) {
		yw_ledger_sought(x->o.ledger, xl->log, i, out);
		if (out->standing == f->standing && out->head.size == f->head_size && yw_hash_equal(&out->head.root, &f->head_root))
			return true;
	}
	return false;
}

/*
 * L8: where does the branch that counts leave my copy?  A peer that holds that branch is asked at the end of my copy,
 * then farther and farther back, until it has my root; from there on the ledger compares.
 */
static bool
next_sought(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_pair *p = yw_x_pair(link, xl->log);
	struct yw_sought s;
	uint64_t back;

	if (yw_x_stranger(link) || any_asked(xl) || free_slot(xl) == NULL || !find_sought(link, xl, &s))
		return false;
	if (yw_x_now(link->x) < p->hold_ms) {
		yw_x_wake(link->x, p->hold_ms);
		return false;
	}
	back = yw_x_min(p->back, s.most);
	*out = (struct yw_flight) { .link = link, .seeks = true, .standing = s.standing, .head_size = s.head.size,
		.head_root = s.head.root, .start = s.most - back > s.common ? s.most - back : s.common };
	out->end = s.standing ? out->start + 1 : yw_x_min(block_end(out->start), s.head.size);
	out->bytes = (size_t)(out->end - out->start) * xl->per_entry;
	return true;
}

/* L6: a head to which the copy of a frozen log may go on, and that this peer may hold; where it does not, the next one's turn is. */
static bool
next_onward(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_pair *p = yw_x_pair(link, xl->log);
	struct yw_goal goals[YW_GOALS_MAX];
	size_t n = yw_ledger_goals(link->x->o.ledger, xl->log, goals);

	for (size_t i = 0; i < n; i++) {
		const struct yw_tree_head *head = &goals[(p->onward + i) % n].head;

		if (head->size > p->said)
			continue;
		*out = (struct yw_flight) { .link = link, .onward = true, .head_root = head->root, .head_size = head->size,
			.start = xl->log->size };
		out->end = yw_x_min(yw_x_min(block_end(out->start), out->start + chunk(xl)), head->size);
		out->bytes = (size_t)(out->end - out->start) * xl->per_entry;
		return !any_asked(xl);
	}
	return false;
}

/* Has somebody signed a beat of which it is not known who that is? */
static bool
has_strange_line(const struct yw_log *log)
{
	for (size_t i = 0; i < log->n_beats; i++)
		if (!log->beats[i].stands && log->beats[i].known < log->beats[i].note.len)
			return true;
	for (size_t i = 0; i < log->n_rivals; i++)
		if (!log->rivals[i].stands && log->rivals[i].known < log->rivals[i].note.len)
			return true;
	return false;
}

/* T5: the peer has said something of a log by keys that are not known here, or holds another branch of it: what is frozen here,
 * or what my copy says, may be so nowhere else.  So may where it was closed, if that was said, or a beat signed, by keys that are
 * known behind its end alone (T7).  Whenever it has more it is asked once for its keys. */
static bool
owes_keys(struct yw_exchange_link *link, const struct yw_log *log)
{
	const struct yw_pair *p = yw_x_pair(link, log);
	const struct yw_generation *g = yw_ledger_generation(link->x->o.ledger, log);

	if (p->keys_asked >= p->said || g == NULL)
		return false;
	return g->open ? p->deaf != 0 || p->parted : !log->own && (p->deaf != 0 || has_strange_line(log));
}

/* With one entry: at the end of my copy first, then farther and farther back, until it has my root. */
static bool
next_keys(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_pair *p = yw_x_pair(link, xl->log);

	*out = (struct yw_flight) { .link = link, .keys = true, .start = xl->log->size - yw_x_min(p->back, xl->log->size),
		.bytes = xl->per_entry };
	out->end = out->start + 1;
	return owes_keys(link, xl->log) && !any_asked(xl);
}

/* T7: of a log that was closed the key changes go before the head that the closing names, which nobody may hold. */
static bool
next_beyond(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_generation *g = yw_ledger_generation(link->x->o.ledger, xl->log);
	int64_t hold_ms = yw_x_pair(link, xl->log)->hold_ms;

	if (g == NULL || g->open || yw_x_stranger(link) || free_slot(xl) == NULL || !next_keys(link, xl, out))
		return false;
	if (yw_x_now(link->x) < hold_ms)
		yw_x_wake(link->x, hold_ms);
	return yw_x_now(link->x) >= hold_ms;
}

/* A range of the log that this peer could give and nobody was asked for. */
static bool
next_entries(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_log *log = xl->log;
	const struct yw_pair *p = yw_x_pair(link, log);
	bool bound = yw_ledger_bound(link->x->o.ledger, log);
	uint64_t start, end;

	if (bound && log->target_size == 0)
		return false;
	if ((p->theirs <= log->size && !owes_keys(link, log)) || yw_x_stranger(link) || log->broken || free_slot(xl) == NULL ||
	    (log->frozen && p->theirs < log->target_size) || !yw_ledger_fetches(link->x->o.ledger, log))
		return false;
	if (yw_x_now(link->x) < p->hold_ms) {
		yw_x_wake(link->x, p->hold_ms);
		return false;
	}
	/* The keys first, once: nobody may ever hold the heads that are named. */
	if (p->theirs <= log->size || (log->frozen && log->target_size == 0))
		return next_keys(link, xl, out) || (p->theirs > log->size && next_onward(link, xl, out));
	*out = (struct yw_flight) { .link = link };
	if (log->target_size == 0 || (p->theirs < log->target_size && !somebody_has(link->x, log, log->target_size))) {
		out->start = log->size;
		out->bytes = (size_t)yw_x_min(p->theirs - log->size, YW_PACKAGE_ENTRIES) * xl->per_entry;
		return !bound && !any_asked(xl);
	}
	if (p->theirs < log->target_size || !find_gap(xl, &start, &end) || start >= log->target_size)
		return false;
	out->start = start;
	out->head_size = log->target_size;
	out->end = yw_x_min(yw_x_min(block_end(start), start + chunk(xl)), log->target_size);
	if (end != 0)
		out->end = yw_x_min(out->end, end);
	out->bytes = (size_t)(out->end - start) * xl->per_entry;
	return true;
}

/* Where another branch is sought nothing else is asked for.  Entries do not wait for an answer that nobody may have, and are asked
 * for when all that is sought was. */
static bool
next_want(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	const struct yw_log *log = xl->log;
	const struct yw_pair *p = yw_x_pair(link, log);
	size_t n = yw_ledger_n_sought(link->x->o.ledger, log);
	struct yw_sought sought;
	bool only, in_vain;

	if (next_beyond(link, xl, out))
		return true;
	if (n == 0)
		return next_entries(link, xl, out);
	yw_ledger_sought(link->x->o.ledger, log, 0, &sought);
	only = !sought.standing && (p->said >= sought.head.size || log->size >= sought.head.size);
	in_vain = !only && p->sought % (n + 1) == n;
	return (!in_vain && next_sought(link, xl, out)) || (!only && next_entries(link, xl, out)) ||
	    (in_vain && next_sought(link, xl, out));
}

/* One package at least is always allowed, so that a small bound slows and never stops. */
static bool
may_want(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *out)
{
	struct yw_exchange *x = link->x;

	if (yw_x_full(x) || !next_want(link, xl, out))
		return false;
	out->bytes = (size_t)yw_x_min(out->bytes, YW_X_PACKAGE_BYTES);
	return x->in_flight == 0 || x->in_flight + out->bytes <= x->o.memory_bytes;
}

/* Of the open logs, the first of the lowest rank, from x->turn on. */
static bool
find_want(struct yw_exchange_link *link, struct yw_xlog **xl, struct yw_flight *f)
{
	struct yw_exchange *x = link->x;
	struct yw_flight one;

	*xl = NULL;
	if (link->n_wanted == YW_X_ASKED)	/* what one peer keeps of wants */
		return false;
	for (size_t i = 0; i < x->n_logs && (*xl == NULL || (*xl)->rank > 0); i++) {
		struct yw_xlog *at = &x->logs[(x->turn + i) % x->n_logs];

		if (!link->looks[at - x->logs].open || (*xl != NULL && at->rank >= (*xl)->rank) || !may_want(link, at, &one))
			continue;
		*xl = at;
		*f = one;
	}
	return *xl != NULL;
}

/* A log of which the peer has more stays open until that is here: who else may be asked, for how much and when, changes with
 * all that comes from anybody. */
bool
yw_x_want_due(struct yw_exchange_link *link, struct yw_xlog *xl)
{
	struct yw_sought sought;
	struct yw_flight f;

	if (yw_x_pair(link, xl->log)->theirs <= xl->log->size && !owes_keys(link, xl->log) &&
	    !yw_ledger_seeks(link->x->o.ledger, xl->log, &sought))
		return false;
	link->looks[xl->log->number].open = link->restless = true;
	return link->n_wanted != YW_X_ASKED && may_want(link, xl, &f);
}

static void
put_want(struct yw_exchange *x, struct yw_outbound *o, const struct yw_xlog *xl, const struct yw_flight *f)
{
	const struct yw_generation *g = yw_ledger_generation(x->o.ledger, xl->log);
	Yiwang__V1__Want m = YIWANG__V1__WANT__INIT;
	struct yw_hash root = xl->log->root;
	struct yw_sought sought;

	m.origin = (char *)origin_of(xl);
	m.size = f->seeks || f->keys ? f->start : xl->log->size;
	m.start = f->start;
	m.head_size = f->head_size;
	m.end = f->end;
	m.admitted = f->keys && g != NULL && !g->open;
	m.prove = f->seeks || (f->onward && m.size != 0) || m.size < xl->log->size;
	if ((f->seeks && (!still_sought(x, xl, f, &sought) ||
	    (!sought.standing && yw_ledger_root(x->o.ledger, xl->log, f->start, &root, NULL) != YW_OK))) ||
	    (f->keys && yw_ledger_root(x->o.ledger, xl->log, f->start, &root, NULL) != YW_OK))
		return;			/* it is missed, and asked again */
	if (f->seeks && sought.standing)
		root = sought.root;
	m.root = yw_x_bin((struct yw_bytes) { root.b, YW_HASH_BYTES });
	if (f->head_size != 0)
		m.head_root = yw_x_bin((struct yw_bytes) { f->seeks || f->onward ? f->head_root.b : xl->log->target_root.b,
			YW_HASH_BYTES });
	yw_x_put(o, YW_X_WANTS, &m.base);
}

/*
 * As many wants as are worth one message of answers.  A peer that opened the link answers them in messages of
 * its own, one package each; of one that I opened it to, each of my requests gets one answer.
 */
void
yw_x_wants_ask(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_exchange *x = link->x;
	size_t most = link->upstream ? YW_X_SOFT_BYTES : YW_X_FLIGHTS * YW_X_SOFT_BYTES, asked = 0;
	struct yw_xlog *xl;
	struct yw_flight f;

	while (asked < most && find_want(link, &xl, &f)) {
		f.state = YW_FLIGHT_ASKED;
		f.deadline_ms = yw_x_now(x) + yw_x_patience(link);
		yw_x_wake(x, f.deadline_ms);
		put_want(x, o, xl, &f);
		*free_slot(xl) = f;
		if (f.keys)
			yw_x_pair(link, xl->log)->keys_asked = yw_x_pair(link, xl->log)->said;
		(void)yw_x_open(link, xl->log);
		x->in_flight += f.bytes;
		link->n_wanted++;
		asked += f.bytes;
		x->turn = (size_t)(xl - x->logs) + 1;
	}
}

/* --- taking --- */

static struct yw_flight *
flight_of(struct yw_xlog *xl, const struct yw_exchange_link *link, uint64_t start)
{
	for (size_t i = 0; i < YW_X_FLIGHTS; i++) {
		struct yw_flight *f = &xl->flights[i];

		if (f->state == YW_FLIGHT_ASKED && f->link == link && f->start == start)
			return f;
	}
	return NULL;
}

static size_t
package_bytes(const struct yw_package *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_entries; i++)
		n += p->entries[i].envelope.len;
	for (size_t i = 0; i < p->n_bodies; i++)
		n += p->bodies[i].bytes.len;
	return n;
}

/* Up at once, so that wants do not run into each other; down little by little. */
static void
learn_size(struct yw_xlog *xl, size_t per_entry)
{
	xl->per_entry = per_entry > xl->per_entry ? per_entry : (3 * xl->per_entry + per_entry) / 4;
}

/* Does it go on where my copy ends, towards a head that the ledger can judge now? */
static bool
fits(const struct yw_log *log, const struct yw_package *p)
{
	if (p->start != log->size)
		return false;
	return p->head.len == 0 ? p->head_size == log->target_size : log->size == 0 || p->from_size == log->size;
}

/* It froze: what was asked towards another head is not waited for. */
static void
drop_older(struct yw_exchange *x, struct yw_xlog *xl)
{
	for (size_t i = 0; i < YW_X_FLIGHTS; i++)
		if (!xl->flights[i].onward && !xl->flights[i].keys)
			free_flight(x, &xl->flights[i]);
}

/* What waited for its turn; who sent one that turns out bad is cut by whoever drives the exchange. */
static void
apply_waiting(struct yw_exchange *x, struct yw_xlog *xl)
{
	struct yw_error err = { 0 };
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < YW_X_FLIGHTS; i++) {
			struct yw_flight *f = &xl->flights[i];
			enum yw_code code;

			if (f->state != YW_FLIGHT_HERE || !fits(xl->log, f->package))
				continue;
			code = yw_x_blame(x, f->link, yw_ledger_take_package(x->o.ledger, f->package, &err), &err);
			if (code != YW_OK && f->link != NULL)
				f->link->failed = err;
			free_flight(x, f);
			moved = true;
		}
	}
	for (size_t i = 0; i < YW_X_FLIGHTS; i++) {	/* of another target, or overtaken */
		struct yw_flight *f = &xl->flights[i];

		if (f->state == YW_FLIGHT_HERE && (f->head_size != xl->log->target_size || f->start < xl->log->size))
			free_flight(x, f);
	}
	if (xl->log->broken && !yw_ledger_seeks(x->o.ledger, xl->log, &(struct yw_sought) { .common = 0 }))
		yw_x_wants_drop(x, xl);
	else if (xl->log->frozen && xl->log->target_size == 0)
		drop_older(x, xl);
}

static void
keep(struct yw_exchange *x, struct yw_flight *f, struct yw_inbound *in, struct yw_package *p, size_t bytes)
{
	x->in_flight += bytes - f->bytes;
	f->link->n_wanted--;
	f->bytes = bytes;
	f->state = YW_FLIGHT_HERE;
	f->end = p->start + p->n_entries;
	f->in = yw_inbound_ref(in);
	f->package = p;
}

/* It has another root there, or does not hold that branch: then it has none of my roots. */
static void
refused_sought(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *f)
{
	struct yw_pair *pair = yw_x_pair(link, xl->log);
	struct yw_sought s;

	if (still_sought(link->x, xl, f, &s) && f->start > s.common) {
		pair->back = pair->back == 0 ? 1 : 2 * pair->back;
		free_flight(link->x, f);
		return;
	}
	pair->back = 0;
	miss(link->x, xl, f);
}

/* It has another root there. */
static void
refused_keys(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight *f)
{
	struct yw_pair *pair = yw_x_pair(link, xl->log);

	pair->keys_asked = f->start != 0 ? 0 : pair->said;
	pair->back = pair->back == 0 ? 1 : 2 * pair->back;
	free_flight(link->x, f);
}

/* "I cannot serve that": it may hold another branch, so it is shown my head to judge by (L6). */
static void
refused(struct yw_exchange_link *link, struct yw_xlog *xl, const struct yw_package *p)
{
	struct yw_pair *pair = yw_x_open(link, xl->log);
	struct yw_flight *f = flight_of(xl, link, p->start);

	if (f == NULL)
		return;
	if (f->seeks) {
		refused_sought(link, xl, f);
		return;
	}
	pair->parted = true;
	if (f->keys) {
		refused_keys(link, xl, f);
		return;
	}
	if (f->onward) {
		pair->onward++;
		miss(link->x, xl, f);
		return;
	}
	free_flight(link->x, f);
	pair->theirs = yw_x_min(pair->theirs, p->start);
	pair->told_head = pair->theirs_head = 0;
}

/* In time, or late over a slow link. */
static void
answered(struct yw_exchange_link *link, struct yw_pair *pair)
{
	link->serves = true;
	pair->misses = 0;
	pair->hold_ms = 0;
}

/* What its owner has signed is looked at, whatever the package is good for (L6); the last good entries of a broken log may wait
 * for just that head (L9). */
static enum yw_code
see_head(struct yw_exchange_link *link, const struct yw_package *p, struct yw_error *err)
{
	if (p->head.len == 0)
		return YW_OK;
	return yw_x_blame(link->x, link, yw_ledger_take_head(link->x->o.ledger, p->head, err), err);
}

/* What it said by keys that it brings now can be judged then. */
static void
hear_again(struct yw_exchange_link *link, const struct yw_xlog *xl, const struct yw_package *p)
{
	struct yw_pair *pair = yw_x_pair(link, xl->log);
	uint64_t at = p->n_changes != 0 ? p->changes[p->n_changes - 1].index : pair->keys_at;

	link->again_due |= at != pair->keys_at;
	pair->keys_at = at;
}

/* One that goes on where my copy ends, or was sought; *f is NULL when its flight has ended. */
static enum yw_code
use(struct yw_exchange_link *link, struct yw_xlog *xl, struct yw_flight **f, struct yw_package *p, bool *used,
    struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_pair *pair = yw_x_pair(link, xl->log);
	bool sought = *f != NULL && (*f)->seeks, onward = *f != NULL && (*f)->onward;
	bool goes_on = !sought && !onward && fits(xl->log, p);
	enum yw_code code;

	if (*f != NULL && (*f)->keys)
		hear_again(link, xl, p);
	if (sought || onward ? p->head.len != 0 : !goes_on && (*f == NULL || !(*f)->keys || p->n_changes + p->n_admitted == 0))
		return YW_OK;
	code = yw_ledger_take_package(x->o.ledger, p, err);
	*used = code == YW_OK;
	if (onward && code != YW_OK) {
		pair->onward++;
		pair->parted = true;
	}
	if (code == YW_OK && goes_on) {
		pair->parted = false;
		pair->back = 0;
	}
	if (code == YW_OK && sought)
		yw_x_heard(link, xl->log, p->head_size);	/* it holds that branch */
	if (code == YW_ENOENT && sought)	/* and my copy left it before */
		refused_sought(link, xl, *f);
	else if (code != YW_OK && *f != NULL)	/* it would bring the same again */
		miss(x, xl, *f);
	if (code != YW_OK)
		*f = NULL;
	return yw_x_blame(x, link, code, err);
}

enum yw_code
yw_x_package_take(struct yw_exchange_link *link, struct yw_inbound *in, struct yw_package *p, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_xlog *xl = yw_x_log(x, p->origin.text);
	size_t bytes = package_bytes(p);
	struct yw_flight *f;
	struct yw_pair *pair;
	enum yw_code code;
	bool used = false;

	if (xl == NULL) {
		yw_x_strange_take(link, p);
		return YW_OK;
	}
	if (p->n_entries == 0)
		refused(link, xl, p);
	else
		yw_x_met(link, xl->log);
	if (p->n_entries == 0 || (xl->log->broken && p->head.len != 0))
		return see_head(link, p, err);
	pair = yw_x_pair(link, xl->log);
	yw_x_heard(link, xl->log, p->start + p->n_entries);
	if (p->head.len != 0 && pair->theirs_head < p->head_size)
		pair->theirs_head = p->head_size;
	learn_size(xl, bytes / p->n_entries + 1);
	f = flight_of(xl, link, p->start);
	if (f != NULL || pair->misses > 0)
		answered(link, pair);
	code = use(link, xl, &f, p, &used, err);
	if (code == YW_OK && !used)
		code = see_head(link, p, err);
	if (code == YW_OK && !used && f != NULL && p->start > xl->log->size && p->head_size == xl->log->target_size &&
	    x->in_flight - f->bytes + bytes <= x->o.memory_bytes) {
		keep(x, f, in, p, bytes);
		return YW_OK;
	}
	if (code == YW_OK && p->head.len != 0)
		yw_x_witness(link, xl->log, p->head_size);
	if (f != NULL)
		free_flight(x, f);
	apply_waiting(x, xl);
	return code;
}
