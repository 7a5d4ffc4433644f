/*
 * statements.c - statements as they come, and the generations they come to (T2, T3).
 *
 * See trust_int.h for the order in which they are judged, and why that does not depend on the order in
 * which they came.
 */
#include <stdlib.h>

#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"
#include "yiwang/v1/trust.pb-c.h"

/* --- From statements to generations ------------------------------------------------------------- */

/* NULL: a new one, for which there was no memory. */
static struct yw_generation *
generation_for(struct yw_trust *t, const struct yw_request *r)
{
	bool found;
	size_t slot = yw_trust_slot(t, &r->code, r->generation, &found);
	struct yw_generation *more;

	if (found)
		return &t->generations[slot];
	more = realloc(t->generations, (t->n_generations + 1) * sizeof *more);
	if (more == NULL)
		return NULL;
	t->generations = more;
	memmove(more + slot + 1, more + slot, (t->n_generations - slot) * sizeof *more);
	t->n_generations++;
	return &more[slot];
}

/* The generation that a statement gives; `log` NULL for the first node. */
static enum yw_code
give(struct yw_trust *t, const struct fed_log *log, const struct statement *s)
{
	const struct yw_request *r = &s->request;
	struct yw_generation *g = generation_for(t, r);

	if (g == NULL)
		return YW_ENOMEM;
	*g = (struct yw_generation) { .code = r->code, .generation = r->generation, .issuer = r->issuer, .open = true };
	if (yw_origin_make(t->network->n.name, &r->code, r->generation, &g->origin) != YW_OK)
		g->origin.text[0] = '\0';	/* cannot be: name and code were read before */
	if (log != NULL)
		g->delegation = (struct yw_entry_place) { log->origin, s->index };
	g->request = s->request_sha256;
	g->spans[0] = (struct yw_key_span) { .key_set = r->key_set, .keys = r->keys };
	g->n_spans = 1;
	return YW_OK;
}

static bool
same_key_set(const struct yw_request *a, const struct yw_request *b)
{
	return yw_jurisdiction_equal(&a->code, &b->code) && a->generation == b->generation && a->key_set == b->key_set;
}

/* T3: the first of its log by index that stands. */
static const struct statement *
delegated_before(const struct fed_log *log, const struct statement *s)
{
	for (size_t i = 0; i < log->n && log->s[i].index < s->index; i++)
		if (log->s[i].stands && same_key_set(&log->s[i].request, &s->request))
			return &log->s[i];
	return NULL;
}

/*
 * Why a delegation in the log of g does not stand; YW_OK: it does.  Asks nothing that could come later
 * than the delegation itself, so that the answer is final.
 */
static enum yw_code
why_not(const struct yw_trust *t, const struct yw_generation *g, const struct fed_log *log,
    const struct statement *s, struct yw_error *why)
{
	const struct yw_request *r = &s->request;
	const struct statement *before;
	char reuse[YW_REUSE_MAX];

	if (!yw_hash_equal(&r->network, &t->network->n.hash))
		return yw_fail(why, YW_EINVAL, "it was made for another network");
	if (!yw_jurisdiction_equal(&r->issuer, &g->code))
		return yw_fail(why, YW_EINVAL, "it names %s as its issuer",
		    r->issuer.code[0] != '\0' ? r->issuer.code : "nobody");
	if (r->generation != 1 || r->key_set != 0)
		return yw_fail(why, YW_EINVAL, "later generations and key sets are not applied by this version");
	before = delegated_before(log, s);
	if (before != NULL)
		return yw_fail(why, YW_ECONFLICT, "entry %llu delegated it before", (unsigned long long)before->index);
	if (yw_trust_reuse(t, r, log, s->index, reuse) != NULL)
		return yw_fail(why, YW_EINVAL, "%s", reuse);
	return YW_OK;
}

static bool
had_quorum(const struct yw_trust *t, const struct yw_hash *request)
{
	for (size_t i = 0; i < t->n_quorums; i++)
		if (yw_hash_equal(&t->quorums[i], request))
			return true;
	return false;
}

/*
 * Of several issuers of one generation (T3): what had a beat with quorum is not voided; else the
 * nearest one's statement counts, by the order of logs.
 */
static bool
goes_before(const struct yw_trust *t, const struct statement *s, const struct yw_generation *held)
{
	bool mine = had_quorum(t, &s->request_sha256), theirs = had_quorum(t, &held->request);

	if (mine != theirs)
		return mine;
	return yw_jurisdiction_digits(&s->request.issuer) > yw_jurisdiction_digits(&held->issuer);
}

static enum yw_code
judge(struct yw_trust *t, const struct yw_generation *g, const struct fed_log *log, struct statement *s)
{
	const struct yw_generation *held;

	s->stands = why_not(t, g, log, s, NULL) == YW_OK;
	if (!s->stands)
		return YW_OK;
	held = yw_trust_find(t, &s->request.code, s->request.generation);
	if (held != NULL && !goes_before(t, s, held))
		return YW_OK;
	return give(t, log, s);
}

/* One statement of the log of *g, in its turn.  *g may move. */
static enum yw_code
process(struct yw_trust *t, const struct yw_origin *origin, struct fed_log *log, struct statement *s)
{
	struct yw_generation *g = (struct yw_generation *)(uintptr_t)yw_trust_origin(t, origin->text);

	s->stands = false;
	if (!yw_pubkey_equal(&yw_generation_entry_keys(g, s->index)->entry, &s->signer))
		return YW_OK;
	switch (s->kind) {
	case YW_TRUST_UNKNOWN:
		g->needs_newer = true;
		return YW_OK;
	case YW_TRUST_ROSTER:
		s->stands = true;
		return YW_OK;
	case YW_TRUST_DELEGATION:
		return g->needs_newer ? YW_OK : judge(t, g, log, s);	/* B3: no new keys are accepted from it */
	default:
		return YW_OK;
	}
}

/* Everything anew, from the first node downwards: an issuer is above whom it admits, so each log is
 * complete before the logs that it gives. */
enum yw_code
yw_trust_recompute(struct yw_trust *t)
{
	enum yw_code code;

	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; j < t->logs[i].n; j++)
			t->logs[i].s[j].stands = false;
	t->n_generations = 0;
	code = give(t, NULL, &t->first);
	for (size_t digits = 0; digits <= YW_CODE_DIGITS; digits++)
		for (size_t i = 0; i < t->n_logs; i++) {
			struct fed_log *log = &t->logs[i];
			const struct yw_generation *g = yw_trust_origin(t, log->origin.text);

			if (g == NULL || yw_jurisdiction_digits(&g->code) != digits)
				continue;
			for (size_t j = 0; code == YW_OK && j < log->n; j++)
				code = process(t, &log->origin, log, &log->s[j]);
		}
	return code;
}

/* --- Feeding ------------------------------------------------------------------------------------ */

static size_t
log_slot(const struct yw_trust *t, const char *origin, bool *found)
{
	size_t lo = 0, hi = t->n_logs;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(origin, t->logs[mid].origin.text);

		*found |= c == 0;
		if (c > 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct fed_log *
yw_trust_fed(const struct yw_trust *t, const char *origin)
{
	bool found;
	size_t slot = log_slot(t, origin, &found);

	return found ? &t->logs[slot] : NULL;
}

static struct fed_log *
log_for(struct yw_trust *t, const struct yw_origin *origin)
{
	bool found;
	size_t slot = log_slot(t, origin->text, &found);
	struct fed_log *more;

	if (found)
		return &t->logs[slot];
	more = realloc(t->logs, (t->n_logs + 1) * sizeof *more);
	if (more == NULL)
		return NULL;
	t->logs = more;
	memmove(more + slot + 1, more + slot, (t->n_logs - slot) * sizeof *more);
	t->n_logs++;
	more[slot] = (struct fed_log) { .origin = *origin };
	return &more[slot];
}

/* Puts a statement in its place; one that is there already stays.  *at: where it stands. */
static enum yw_code
remember(struct fed_log *log, const struct statement *s, size_t *at, bool *fresh)
{
	size_t i = log->n;

	while (i > 0 && log->s[i - 1].index >= s->index)
		i--;
	*at = i;
	*fresh = i == log->n || log->s[i].index != s->index;
	if (!*fresh)
		return YW_OK;
	if (log->n == log->cap) {
		size_t cap = log->cap == 0 ? 8 : log->cap * 2;
		struct statement *more = realloc(log->s, cap * sizeof *more);

		if (more == NULL)
			return YW_ENOMEM;
		log->s = more;
		log->cap = cap;
	}
	memmove(log->s + i + 1, log->s + i, (log->n - i) * sizeof *log->s);
	log->s[i] = *s;
	log->n++;
	return YW_OK;
}

/* Of rosters the newest is all that is ever asked for. */
static void
forget_older_roster(struct fed_log *log, size_t *at)
{
	for (size_t i = 0; i < *at; i++)
		if (log->s[i].kind == YW_TRUST_ROSTER) {
			memmove(log->s + i, log->s + i + 1, (log->n - i - 1) * sizeof *log->s);
			log->n--;
			--*at;
			return;
		}
}

/*
 * May the newest statement be processed by itself?  Yes where nothing computed before could be
 * different: it is the last of its log, and what it may give was neither given nor spoken of before.
 */
static bool
is_simple(const struct yw_trust *t, const struct fed_log *log, size_t at)
{
	const struct statement *s = &log->s[at];
	struct yw_origin origin;

	if (at != log->n - 1 || yw_trust_origin(t, log->origin.text) == NULL)
		return false;
	if (s->kind != YW_TRUST_DELEGATION)
		return true;
	return yw_origin_make(t->network->n.name, &s->request.code, s->request.generation, &origin) == YW_OK &&
	    yw_trust_origin(t, origin.text) == NULL && yw_trust_fed(t, origin.text) == NULL;
}

/* Another issuer's statement about the same generation that stands. */
static const struct fed_log *
rival(const struct yw_trust *t, const struct fed_log *log, const struct statement *s)
{
	for (size_t i = 0; i < t->n_logs; i++)
		for (size_t j = 0; &t->logs[i] != log && j < t->logs[i].n; j++) {
			const struct statement *o = &t->logs[i].s[j];

			if (o->stands && o->kind == YW_TRUST_DELEGATION &&
			    o->request.generation == s->request.generation &&
			    yw_jurisdiction_equal(&o->request.code, &s->request.code))
				return &t->logs[i];
		}
	return NULL;
}

/* What a person must hear of a delegation: it has no effect, or more than one issuer's word is out. */
static void
raise_alarm(const struct yw_trust *t, const struct fed_log *log, const struct statement *s, struct yw_error *alarm)
{
	const struct yw_generation *g = yw_trust_origin(t, log->origin.text);
	const struct fed_log *other = s->stands ? rival(t, log, s) : NULL;
	char reuse[YW_REUSE_MAX];

	if (g == NULL || s->kind != YW_TRUST_DELEGATION)
		return;
	if (other != NULL)
		yw_fail(alarm, YW_ECONFLICT, "%s is delegated by two issuers, in %s and in %s", s->request.code.code,
		    log->origin.text, other->origin.text);
	else if (s->stands && yw_trust_reuse(t, &s->request, NULL, 0, reuse) != NULL)
		yw_fail(alarm, YW_EINVAL, "the delegation of %s uses a key of another: %s",
		    s->request.code.code, reuse);
	else if (s->stands)
		return;
	else if (why_not(t, g, log, s, alarm) != YW_OK)
		yw_fail_context(alarm, "the delegation of %s has no effect", s->request.code.code);
	else
		yw_fail(alarm, YW_EINVAL, "the delegation of %s has no effect: %s", s->request.code.code,
		    g->needs_newer ? "its log needs a newer version" : "its signer was not valid there");
}

static enum yw_code
read_delegation(const struct yw_entry *e, struct statement *s, struct yw_error *alarm)
{
	struct yw_bytes request;
	Yiwang__V1__Trust *m;
	enum yw_code code;

	code = yw_decode(&yiwang__v1__trust__descriptor, e->trust, &m, alarm);
	if (code != YW_OK)
		return code;
	request = bytes_of(&m->delegation->signed_request);
	code = yw_request_read(request, NULL, &s->request, NULL, alarm);
	yw_request_hash(request, &s->request_sha256);
	yw_decode_free(m);
	if (code != YW_OK && code != YW_ENOMEM)
		yw_fail_context(alarm, "a delegation has no effect");
	return code;
}

/* T11: a roster must say what its log says. */
static enum yw_code
check_roster(const struct yw_trust *t, const struct yw_origin *origin, uint64_t index, struct yw_bytes roster,
    struct yw_error *alarm)
{
	const struct yw_generation *g = yw_trust_origin(t, origin->text);
	struct yw_buf want = YW_BUF_INIT;
	enum yw_code code;

	if (g == NULL)
		return YW_OK;
	code = yw_trust_roster_at(t, g, index, &want, alarm);
	if (code == YW_OK && !yw_bytes_equal(yw_buf_bytes(&want), roster))
		yw_fail(alarm, YW_ECONFLICT, "the roster of %s disagrees with its log", g->code.code);
	yw_buf_release(&want);
	return code;
}

/* What is remembered of an entry.  YW_ENOENT: nothing. */
static enum yw_code
read_statement(const struct yw_trust *t, const struct yw_origin *origin, uint64_t index, const struct yw_entry *e,
    struct statement *s, struct yw_error *alarm)
{
	*s = (struct statement) { .index = index, .signer = e->signer, .kind = e->trust_kind };
	if (e->trust_kind == YW_TRUST_UNKNOWN)
		return YW_OK;
	if (e->standing != YW_STANDING_APPLIED)
		return YW_ENOENT;
	if (e->trust_kind == YW_TRUST_DELEGATION)
		return read_delegation(e, s, alarm);
	if (e->trust_kind == YW_TRUST_ROSTER)
		return check_roster(t, origin, index, e->trust, alarm);
	return YW_ENOENT;
}

enum yw_code
yw_trust_add(struct yw_trust *t, const struct yw_origin *origin, uint64_t index, const struct yw_entry *e,
    struct yw_error *alarm)
{
	struct fed_log *log;
	struct statement s;
	enum yw_code code;
	bool fresh;
	size_t at;

	alarm->msg[0] = '\0';
	code = read_statement(t, origin, index, e, &s, alarm);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	log = log_for(t, origin);
	if (log == NULL || remember(log, &s, &at, &fresh) != YW_OK)
		return YW_ENOMEM;
	if (!fresh)
		return YW_OK;
	if (s.kind == YW_TRUST_ROSTER)
		forget_older_roster(log, &at);
	code = is_simple(t, log, at) ? process(t, origin, log, &log->s[at]) : yw_trust_recompute(t);
	if (code == YW_OK)
		raise_alarm(t, log, &log->s[at], alarm);
	return code;
}

enum yw_code
yw_trust_add_quorum(struct yw_trust *t, const struct yw_hash *request)
{
	struct yw_hash *more;

	if (had_quorum(t, request))
		return YW_OK;
	more = realloc(t->quorums, (t->n_quorums + 1) * sizeof *more);
	if (more == NULL)
		return YW_ENOMEM;
	t->quorums = more;
	t->quorums[t->n_quorums++] = *request;
	return yw_trust_recompute(t);
}
