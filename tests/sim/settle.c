/*
 * settle.c - does everybody agree?
 *
 * Of an honest owner's log everybody must come to hold every entry, every body it may have, and a beat with quorum
 * for all of it.  Of one that its owner spoiled, as much as can be: up to an entry that nobody signed; without the
 * bodies that nobody may hold, or that went with an old image of a disk; and of two branches, one, and that it is
 * frozen (L6).  Of one that was closed, up to its end; who was closed is given no bodies any more (V3), and holds what
 * it holds.
 */
#include "sim_int.h"

/* The first entry of that kind; the log's size if there is none. */
static uint64_t
first_spoilt(const struct node *owner, enum spoil how)
{
	for (size_t i = 0; owner->dishonest && i < owner->truth.n; i++)
		if (owner->truth.facts[i].spoil == how)
			return i;
	return owner->truth.n;
}

/* Need its own log not be whole at this node?  One whose disk was set back may say so instead. */
static bool
excused(struct node *n)
{
	struct yw_error why;

	return n->dishonest || (n->set_back && yw_ledger_state(n->ledger, &why) == YW_LEDGER_BEHIND);
}

/* What there is to hold of a log. */
struct goal {
	uint64_t least, most;	/* entries */
	bool whole;		/* with all bodies, and a beat with quorum */
};

/* What the others hold by now: of a log whose owner gives no more, or of which no head covers the rest. */
static void
goal_of_others(struct sim *s, const struct node *owner, bool broken, struct goal *g)
{
	g->least = 0;
	for (unsigned i = 0; i < s->n_nodes; i++) {
		const struct yw_log *log = &s->nodes[i] != owner ? world_log(s, &s->nodes[i], owner) : NULL;
		uint64_t held = log == NULL ? 0 : broken ? log->full_size : log->size;

		g->least = held > g->least ? held : g->least;
	}
	g->most = broken ? g->most : g->least;
	g->whole = false;
}

/* A closed log is fetched up to its end (L7), which all must agree on; what its owner wrote after that may be held by
 * whoever had it before it heard of the closing. */
static void
goal_of_closed(struct sim *s, const struct node *owner, struct goal *g)
{
	const struct yw_log *log = s->nodes[0].ledger != NULL ? world_log(s, &s->nodes[0], owner) : NULL;
	const struct yw_generation *gen = log != NULL ? yw_ledger_generation(s->nodes[0].ledger, log) : NULL;

	*g = (struct goal) { gen != NULL && !gen->open ? gen->end.size : owner->truth.n, owner->truth.n, false };
}

static void
goal_of(struct sim *s, struct node *owner, struct goal *g)
{
	uint64_t bad = first_spoilt(owner, UNSIGNED);

	*g = (struct goal) { bad, bad, first_spoilt(owner, BORROWED) == owner->truth.n && !owner->set_back };
	if (bad < owner->truth.n || owner->gone || (owner->set_back && excused(owner)))
		goal_of_others(s, owner, bad < owner->truth.n, g);
}

/* Of two machines one may have the seat of a second session, which is given no bodies (L5), until a person ends one of them: then
 * the other one has them. */
static bool
has_second_seat(struct node *n, struct node *owner)
{
	struct node *other = n->twin != NULL ? n->twin : n->main;
	const struct yw_log *log = other != NULL ? world_log(n->s, other, owner) : NULL;
	struct yw_error why;

	return other != NULL && yw_ledger_state(n->ledger, &why) == YW_LEDGER_TWO && (log == NULL || log->n_missing == 0);
}

static bool
log_settled(struct node *n, struct node *owner, const struct goal *g, char *why, size_t len)
{
	const struct yw_log *log = world_log(n->s, n, owner);

	if (log == NULL || log->size < g->least || log->size > g->most || (g->whole && log->full_size != log->size)) {
		snprintf(why, len, "%s holds %llu of %llu entries of %s", n->code.code,
		    (unsigned long long)(log != NULL ? log->size : 0), (unsigned long long)g->most, owner->code.code);
		return false;
	}
	if (g->whole && log->n_missing != 0 && !has_second_seat(n, owner)) {
		snprintf(why, len, "%s lacks %zu bodies of %s", n->code.code, log->n_missing, owner->code.code);
		return false;
	}
	if (g->whole && (log->n_beats == 0 || log->beats[log->n_beats - 1].size != log->size ||
	    (log->beats[log->n_beats - 1].quorum == YW_QUORUM_NOT_MET && !n->s->mirror_stopped))) {
		snprintf(why, len, "%s holds no beat with quorum for all of %s", n->code.code, owner->code.code);
		return false;
	}
	return true;
}

#define DAYS_MAX 512

struct days {
	struct yw_day at[DAYS_MAX];
	size_t n;
};

/* The days of owner's log, and by when each existed, as n would say (R6). */
static void
days_of(struct node *n, struct node *owner, struct days *out)
{
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_view *v;

	out->n = 0;
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(n->s, owner, &origin));
	if (log != NULL && yw_view_days(v, log, 0, UINT32_MAX, out->at, DAYS_MAX, &out->n, NULL) != YW_OK)
		sim_fail(n->s, "%s cannot read its days of %s", n->code.code, owner->code.code);
	yw_view_close(v);
}

static bool
same_days(const struct days *a, const struct days *b)
{
	bool same = a->n == b->n;

	for (size_t i = 0; same && i < a->n; i++)
		same = a->at[i].day == b->at[i].day && a->at[i].size == b->at[i].size &&
		    a->at[i].quorum_time_s == b->at[i].quorum_time_s;
	return same;
}

size_t
settle_days(struct node *n, struct node *owner, bool *same)
{
	struct days *days = sim_alloc(2 * sizeof *days);
	size_t kept;

	days_of(owner, owner, &days[0]);
	days_of(n, owner, &days[1]);
	*same = same_days(&days[0], &days[1]);
	kept = days[1].n;
	free(days);
	return kept;
}

/* Everybody ends with the owner's: whoever came late, or was away, has pulled them.  What had its quorum by an earlier
 * network file, or by keys that ended, stays with those who saw it; for others another may be the first (T12, T15). */
static bool
days_settled(struct sim *s, struct node *owner, char *why, size_t len)
{
	struct days *days = sim_alloc(2 * sizeof *days);
	bool same = true;

	days_of(owner, owner, &days[0]);
	for (unsigned i = 0; same && i < s->n_nodes; i++) {
		if (s->nodes[i].gone || s->nodes[i].closed || &s->nodes[i] == owner)
			continue;
		days_of(&s->nodes[i], owner, &days[1]);
		same = same_days(&days[0], &days[1]);
		if (!same)
			snprintf(why, len, "%s and %s keep other first beats of the days of %s", s->nodes[i].code.code,
			    owner->code.code, owner->code.code);
	}
	free(days);
	return same;
}

/* The two heads are passed on over every hop: once anybody has met both, everybody stops that log, and of several pairs
 * everybody comes to show the same.  Who was closed is a stranger, whom nobody tells. */
static bool
frozen_settled(struct sim *s, struct node *owner, char *why, size_t len)
{
	const struct node *missing = NULL;
	struct yw_hash first, pair;
	unsigned frozen = 0;

	for (unsigned i = 0; i < s->n_all; i++) {
		struct yw_log *log = world_log(s, &s->nodes[i], owner);

		frozen += log != NULL && log->frozen;
		if (i < s->n_nodes && s->nodes[i].ledger != NULL && !s->nodes[i].closed && (log == NULL || !log->frozen))
			missing = &s->nodes[i];
	}
	if (frozen != 0 && missing != NULL)
		snprintf(why, len, "%s does not know of the two branches of %s", missing->code.code, owner->code.code);
	for (unsigned i = 0, met = 0; frozen != 0 && missing == NULL && i < s->n_nodes; i++) {
		if (s->nodes[i].ledger == NULL || s->nodes[i].closed)
			continue;
		pair = world_log(s, &s->nodes[i], owner)->forks[0].id;
		first = met++ == 0 ? pair : first;
		if (!yw_hash_equal(&pair, &first))
			missing = &s->nodes[i];
		if (missing != NULL)
			snprintf(why, len, "%s shows another two heads of %s", missing->code.code, owner->code.code);
	}
	return frozen == 0 || missing == NULL;
}

/* By everybody who is there.  Of two branches either will do. */
static bool
owner_settled(struct sim *s, struct node *owner, char *why, size_t len)
{
	struct goal g;

	if (owner->twin != NULL)
		return frozen_settled(s, owner, why, len);
	if (owner->closed)
		goal_of_closed(s, owner, &g);
	else
		goal_of(s, owner, &g);
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (!s->nodes[i].gone && !s->nodes[i].closed && (&s->nodes[i] != owner || !excused(owner)) &&
		    !log_settled(&s->nodes[i], owner, &g, why, len))
			return false;
	return !g.whole || s->days_differ || days_settled(s, owner, why, len);
}

static bool
has_stopped(struct node *n, char *why, size_t len)
{
	struct yw_error state;

	if (yw_ledger_state(n->ledger, &state) == YW_LEDGER_CLOSED)
		return true;
	snprintf(why, len, "%s has not heard that it was closed: %s", n->code.code, state.msg);
	return false;
}

/* Everybody holds the newest network file, and the first node has logged each (T1). */
static bool
network_settled(struct sim *s, char *why, size_t len)
{
	const struct node *first = &s->nodes[0];

	for (unsigned i = 0; i < s->n_nodes; i++)
		if (!s->nodes[i].gone && acts_version_at(&s->nodes[i]) != world_newest(s)->version) {
			snprintf(why, len, "%s lacks version %llu of the network file", s->nodes[i].code.code,
			    (unsigned long long)world_newest(s)->version);
			return false;
		}
	if (yw_trust_network_unlogged(yw_ledger_trust(first->ledger)) == NULL)
		return true;
	snprintf(why, len, "%s has not logged each network file", first->code.code);
	return false;
}

bool
settled(struct sim *s, char *why, size_t len)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (s->nodes[i].ledger == NULL && !s->nodes[i].gone) {
			snprintf(why, len, "%s is down", s->nodes[i].code.code);
			return false;
		} else if (s->nodes[i].truth.n == 0) {
			snprintf(why, len, "%s has not begun its log", s->nodes[i].code.code);
			return false;
		} else if (s->nodes[i].closed && !has_stopped(&s->nodes[i], why, len)) {
			return false;
		}
	if (!network_settled(s, why, len))
		return false;
	for (unsigned i = 0; i < s->n_all; i++) {	/* of the one that was waited for first */
		unsigned k = (s->unsettled + i) % s->n_all;

		if (world_has_log(s, &s->nodes[k]) && !owner_settled(s, &s->nodes[k], why, len)) {
			s->unsettled = k;
			return false;
		}
	}
	return true;
}

/* Nothing is left to fetch: nobody lags behind a peer, in entries or in time. */
static void
check_lag(struct node *n)
{
	struct yw_peer_info peers[16];
	size_t k = yw_exchange_peers(n->x, peers, 16);

	for (size_t i = 0; i < k; i++)
		if (peers[i].lag_entries != 0 || peers[i].lag_ms != 0)
			sim_fail(n->s, "%s says that it lacks %llu entries of %s", n->code.code,
			    (unsigned long long)peers[i].lag_entries, peers[i].code.code);
}

/* What its node acknowledged in a log that ended is all there still, past the end too: it lists what does not count, for
 * whoever wants to put it again (T8). */
static void
check_acknowledged(const struct node *past)
{
	struct node *n = world_node(past->s, &past->code);
	struct yw_buf body = YW_BUF_INIT;
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_view *v;

	if (n->ledger == NULL || past->set_back || past->dishonest)
		return;
	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(n->s, past, &origin));
	for (uint64_t i = 0; log != NULL && i < past->truth.n; i++)
		for (size_t k = 0; k < past->truth.facts[i].n_items; k++) {
			yw_buf_clear(&body);
			if (yw_view_body(v, log, i, (uint16_t)k, &body, NULL) != YW_OK)
				sim_fail(n->s, "%s has acknowledged item %zu of entry %llu of '%s' and lost it", n->code.code, k,
				    (unsigned long long)i, origin.text);
		}
	if (log == NULL)
		sim_fail(n->s, "%s has lost its log '%s'", n->code.code, origin.text);
	yw_view_close(v);
	yw_buf_release(&body);
}

/* How old the newest roster of its own log is, by its own clock (T11); -1: it has none. */
static int64_t
roster_age(struct node *n)
{
	const struct yw_log_info *log;
	struct yw_origin origin;
	struct yw_view *v;
	int64_t age = -1;

	if (yw_view_open(n->ledger, &v, NULL) != YW_OK)
		abort();
	log = yw_view_log(v, world_origin(n->s, n, &origin));
	for (uint64_t i = log != NULL ? log->size : 0; i-- > 0 && age < 0;) {
		struct yw_buf envelope = YW_BUF_INIT;
		struct yw_entry e;

		if (yw_view_entry(v, log, i, &envelope, NULL) != YW_OK ||
		    yw_entry_read(origin.text, yw_buf_bytes(&envelope), &e, NULL) != YW_OK)
			abort();
		if (e.trust_kind == YW_TRUST_ROSTER)
			age = SIM_EPOCH_MS + n->s->now + n->utc_skew_ms - e.signed_at_ms;
		yw_entry_release(&e);
		yw_buf_release(&envelope);
	}
	yw_view_close(v);
	return age;
}

/* How old its newest beat is, by its own clock (R4); -1: it has none yet. */
static int64_t
beat_age(struct node *n)
{
	const struct yw_log *own = yw_ledger_own(n->ledger);
	const struct yw_beat *last = own->n_beats > 0 ? &own->beats[own->n_beats - 1] : NULL;

	return last == NULL ? -1 : SIM_EPOCH_MS + n->s->now + n->utc_skew_ms - (int64_t)last->owner_time_s * 1000;
}

/* Whoever may append has said a beat within the hour, and a roster within the week; but whose clock has just stepped, not by it. */
static void
check_rest(struct node *n)
{
	bool stepped = n->stepped_at != 0 && n->s->now < n->stepped_at + SIM_HOUR;
	struct yw_error why;

	if (excused(n) || stepped || llabs(n->utc_skew_ms) > SIM_HOUR || yw_ledger_state(n->ledger, &why) != YW_LEDGER_APPENDING)
		return;
	if (beat_age(n) > SIM_HOUR + SIM_MINUTE)
		sim_fail(n->s, "%s has said no beat for more than an hour", n->code.code);
	if (roster_age(n) > YW_ROSTER_EVERY_MS + SIM_HOUR)
		sim_fail(n->s, "%s has said no roster for more than a week", n->code.code);
}

/* One that was set back and waits to be cleared makes no beat. */
static bool
quorum_for_all(const struct node *n, const struct yw_log *own)
{
	const struct yw_beat *last = own->n_beats > 0 ? &own->beats[own->n_beats - 1] : NULL;

	return last != NULL && last->quorum == YW_QUORUM_MET && last->size >= n->truth.n;
}

void
settle_end(struct sim *s)
{
	for (unsigned i = 0; i < s->n_nodes && !sim_failed(s); i++) {
		struct node *n = &s->nodes[i];
		struct yw_jurisdiction quorum = { "" };
		struct yw_log *own;

		if (n->ledger == NULL)
			continue;
		check_node(n, true);
		check_rest(n);
		if (s->n_cases == 0 && !n->closed)	/* who was closed is not waited for either */
			check_lag(n);
		own = yw_ledger_own(n->ledger);
		if (!excused(n) && !n->closed && s->network.policy != NULL && quorum_for_all(n, own) &&
		    !yw_exchange_durable(n->x, &quorum, n->truth.n))
			sim_fail(s, "%s does not know that its log is durable", n->code.code);
	}
	for (unsigned i = s->n_nodes; i < s->n_all && !sim_failed(s); i++)
		if (s->nodes[i].past)
			check_acknowledged(&s->nodes[i]);
	if (!sim_failed(s))
		fresh_compare(s, world_honest(s), true);
}
