/*
 * statements.c - statements as they come: each in its place in its log, and what a person must hear of it.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

/* --- Logs ---------------------------------------------------------------------------------------- */

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

struct fed_log *
yw_trust_fed_at(const struct yw_trust *t, size_t i, const struct yw_generation **g)
{
	struct fed_log *log;

	*g = NULL;
	if (i == 0)
		return (struct fed_log *)(uintptr_t)&t->root;
	log = &t->logs[i - 1];
	*g = yw_trust_find(t, &log->code, log->generation);
	return *g != NULL ? log : NULL;
}

/* NULL: no memory; *known false: it is no log of this network. */
static struct fed_log *
log_for(struct yw_trust *t, const struct yw_origin *origin, bool *known)
{
	struct fed_log made = { .origin = *origin }, *more;
	char network[YW_NETWORK_NAME_MAX + 1];
	bool found;
	size_t slot = log_slot(t, origin->text, &found);

	*known = true;
	if (found)
		return &t->logs[slot];
	*known = yw_origin_parse(origin->text, strlen(origin->text), network, &made.code, &made.generation) == YW_OK &&
	    strcmp(network, yw_trust_network(t)->name) == 0;
	if (!*known)
		return NULL;
	more = realloc(t->logs, (t->n_logs + 1) * sizeof *more);
	if (more == NULL)
		return NULL;
	t->logs = more;
	memmove(more + slot + 1, more + slot, (t->n_logs - slot) * sizeof *more);
	t->n_logs++;
	more[slot] = made;
	return &more[slot];
}

void
yw_fed_release(struct fed_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		yw_said_drop(log->s[i].said);
	free(log->s);
	free(log->rosters);
	yw_absent_row_drop(log->absent);
	log->absent = NULL;
	log->s = NULL;
	log->rosters = NULL;
	log->n = log->cap = log->n_rosters = log->cap_rosters = 0;
}

enum yw_code
yw_fed_copy(const struct fed_log *from, struct fed_log *to)
{
	struct statement *s = malloc(from->n != 0 ? from->n * sizeof *s : 1);
	struct heard_roster *rosters = malloc(from->n_rosters != 0 ? from->n_rosters * sizeof *rosters : 1);

	*to = (struct fed_log) { .n = 0 };
	if (s == NULL || rosters == NULL) {
		free(s);
		free(rosters);
		return YW_ENOMEM;
	}
	*to = *from;
	to->s = s;
	to->cap = to->n;
	to->rosters = rosters;
	to->cap_rosters = to->n_rosters;
	to->absent = yw_absent_row_share(from->absent);
	if (to->n_rosters != 0)
		memcpy(rosters, from->rosters, to->n_rosters * sizeof *rosters);
	for (size_t i = 0; i < to->n; i++) {
		s[i] = from->s[i];
		yw_said_share(s[i].said);
	}
	return YW_OK;
}

void
yw_fed_cut(struct fed_log *log, uint64_t from)
{
	size_t n = 0;

	if (log == NULL)
		return;
	for (size_t i = 0; i < log->n; i++) {
		if (log->s[i].index < from && !yw_says_absent(log->s[i].kind))
			log->s[n++] = log->s[i];
		else
			yw_said_drop(log->s[i].said);
	}
	log->n = n;
	while (log->n_rosters > 0 && log->rosters[log->n_rosters - 1].index >= from)
		log->n_rosters--;
	yw_absent_row_drop(log->absent);
	log->absent = NULL;
}

enum yw_code
yw_fed_put(struct fed_log *log, const struct statement *s, size_t *at, bool *fresh)
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

/* --- Alarms -------------------------------------------------------------------------------------- */

/* Another issuer's delegation of the same generation that stands. */
static const struct fed_log *
rival(const struct yw_trust *t, const struct fed_log *log, const struct statement *s)
{
	const struct yw_generation *g;

	for (size_t i = 1; i < yw_trust_n_fed(t); i++) {
		struct fed_log *l = yw_trust_fed_at(t, i, &g);

		for (size_t j = 0; l != NULL && !yw_jurisdiction_equal(&l->code, &log->code) && j < l->n; j++)
			if (l->s[j].kind == YW_TRUST_DELEGATION &&
			    l->s[j].said->request.generation == s->said->request.generation &&
			    l->s[j].said->request.key_set == s->said->request.key_set &&
			    yw_jurisdiction_equal(&l->s[j].said->request.code, &s->said->request.code) &&
			    !yw_hash_equal(&l->s[j].said->hash, &s->said->hash) &&
			    yw_trust_why_not(t, g, &l->s[j], NULL) == YW_OK)
				return l;
	}
	return NULL;
}

static void
alarm_delegation(const struct yw_trust *t, const struct yw_generation *g, const struct fed_log *log,
    struct statement *s, struct yw_error *alarm)
{
	const struct yw_request *r = &s->said->request;
	const struct fed_log *other;
	const struct yw_generation *by;
	struct statement *first;
	char reuse[YW_REUSE_MAX];

	if (yw_trust_why_not(t, g, s, alarm) != YW_OK) {
		yw_fail_context(alarm, "the delegation of %s has no effect", r->code.code);
		return;
	}
	alarm->msg[0] = '\0';
	other = rival(t, log, s);
	if (other != NULL)
		yw_fail(alarm, YW_ECONFLICT, "%s is delegated by two issuers, in %s and in %s", r->code.code,
		    log->origin.text, other->origin.text);
	else if (yw_trust_choose(t, &r->code, r->generation, r->key_set, &first, &by) == YW_OK && first != NULL &&
	    first != s && !yw_hash_equal(&first->said->hash, &s->said->hash))
		yw_fail(alarm, YW_ECONFLICT, "the delegation of %s has no effect: entry %llu delegated it before",
		    r->code.code, (unsigned long long)first->index);
	else if (yw_trust_reuse(t, r, NULL, 0, reuse) != NULL)
		yw_fail(alarm, YW_EINVAL, "the delegation of %s uses a key of another: %s", r->code.code, reuse);
}

static void
alarm_closing(const struct yw_trust *t, const struct yw_generation *by, struct statement *s, struct yw_error *alarm)
{
	const struct said_closing *c = &s->said->closing;
	const struct yw_generation *g = yw_trust_find(t, &c->code, c->generation);
	struct yw_closing out;

	if (yw_trust_why_not_closing(t, by, s, g, &out, alarm) != YW_OK)
		yw_fail_context(alarm, "the closing of '%s' has no effect", c->origin.text);
	else
		alarm->msg[0] = '\0';
}

/* Of a statement of the log itself. */
static void
alarm_own(const struct yw_trust *t, const struct yw_generation *g, const struct statement *s, struct yw_error *alarm)
{
	char reuse[YW_REUSE_MAX];

	if (s->kind == YW_TRUST_KEY_CHANGE && !s->stands)
		yw_fail(alarm, YW_EINVAL, "the key change of %s has no effect (yet): it embeds no delegation of a higher key set "
		    "that counts here", g->code.code);
	if (s->kind == YW_TRUST_REGISTRAR && yw_trust_reuse_registrar(t, &s->said->key, &g->code, g, s->index, reuse) != NULL)
		yw_fail(alarm, YW_EINVAL, "the registrar of %s has no effect: %s", g->code.code, reuse);
	if (s->kind == YW_TRUST_ERASURE && !s->stands)
		yw_fail(alarm, YW_EINVAL, "an erasure by %s has no effect: it names a place that is not before it in a log of its own, or "
		    "in one for which it does not act", g->code.code);
	if (s->kind == YW_TRUST_LOST && !s->stands)
		yw_fail(alarm, YW_EINVAL, "a declaration of lost bodies by %s has no effect: it names a place that is not before it "
		    "in a log of %s", g->code.code, g->code.code);
}

/* What a person must hear of a statement: it has no effect, or more than one issuer's word is out. */
static void
raise_alarm(const struct yw_trust *t, const struct fed_log *log, struct statement *s, struct yw_error *alarm)
{
	const struct yw_generation *g = yw_trust_find(t, &log->code, log->generation);

	if (g == NULL || s->kind == YW_TRUST_UNKNOWN)
		return;
	if (s->kind == YW_TRUST_DELEGATION)
		alarm_delegation(t, g, log, s, alarm);
	else if (!s->placed)
		yw_fail(alarm, YW_EINVAL, "a trust statement has no effect: %s",
		    s->index >= g->end.size ? "its log ended before it" :
		    g->needs_newer ? "its log needs a newer version" : "its signer was not valid there");
	else if (s->kind == YW_TRUST_CLOSING)
		alarm_closing(t, g, s, alarm);
	else
		alarm_own(t, g, s, alarm);
}

/* T11: a roster must say what its log says.  Those behind what comes late are judged by that too. */
static enum yw_code
check_rosters(const struct yw_trust *t, struct fed_log *log, const struct statement *s, bool last, struct yw_error *alarm)
{
	enum yw_code code = s->kind == YW_TRUST_ROSTER || !last ? yw_trust_judge_rosters(t, log, s->index, alarm) : YW_OK;

	for (size_t i = 0; code == YW_OK && s->kind == YW_TRUST_ROSTER && i < log->n_rosters; i++)
		if (log->rosters[i].index == s->index && log->rosters[i].bad)
			yw_fail(alarm, YW_ECONFLICT, "the roster of %s disagrees with its log", log->code.code);
	return code;
}

/*
 * Of rosters the newest that is placed is all that is asked for as a statement; whether any was false is remembered of all
 * (roster.c).  Which that is may turn out later; but between two key changes those by one key are placed alike, as long as
 * their log goes on, so the newest of these stands for them.
 */
static void
forget_older_roster(struct fed_log *log, size_t *at)
{
	for (size_t i = *at; i-- > 0 && log->s[i].kind != YW_TRUST_KEY_CHANGE;)
		if (log->s[i].kind == YW_TRUST_ROSTER &&
		    (yw_pubkey_equal(&log->s[i].signer, &log->s[*at].signer) || YW_FAULT("roster-forgets-any"))) {
			memmove(log->s + i, log->s + i + 1, (log->n - i - 1) * sizeof *log->s);
			log->n--;
			--*at;
			return;
		}
}

bool
yw_trust_roster_fault(const struct yw_trust *t, const struct yw_generation *g, uint64_t *index)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);

	for (size_t i = 0; log != NULL && i < log->n_rosters; i++)
		if (log->rosters[i].bad) {
			*index = log->rosters[i].index;
			return true;
		}
	return false;
}

/* --- Feeding ------------------------------------------------------------------------------------- */

/* A network file that an entry holds is taken like any other. */
static enum yw_code
take_file(struct yw_trust *t, struct yw_bytes file, struct yw_error *alarm)
{
	enum yw_code code = yw_trust_add_network(t, file, alarm);

	if (code == YW_OK)
		alarm->msg[0] = '\0';
	return code == YW_ENOMEM ? code : YW_OK;
}

static enum yw_code
take_statement(struct yw_trust *t, const struct yw_origin *origin, struct statement *s, const struct yw_entry *e,
    struct yw_error *alarm)
{
	struct fed_log *log;
	bool known, fresh = false, last, done;
	size_t at;
	enum yw_code code;

	log = log_for(t, origin, &known);
	code = log != NULL ? YW_OK : YW_ENOMEM;
	if (code == YW_OK)
		code = yw_fed_put(log, s, &at, &fresh);
	if (code != YW_OK || !fresh)
		yw_said_drop(s->said);
	if (code != YW_OK || !fresh)
		return known ? code : YW_OK;
	if (yw_says_absent(s->kind)) {
		t->has_absent = true;
		code = yw_trust_keep_places(log, at);
	}
	if (code == YW_OK && s->kind == YW_TRUST_ROSTER)
		code = yw_trust_hear_roster(log, s->index, &s->signer, e->trust, alarm);
	done = last = at == log->n - 1;
	if (code == YW_OK && done)
		code = yw_trust_compute_last(t, log, &done);
	if (code == YW_OK && !done)
		code = yw_trust_recompute(t);
	if (code == YW_OK)
		code = check_rosters(t, log, &log->s[at], last, alarm);
	if (code == YW_OK && s->kind == YW_TRUST_ROSTER)
		forget_older_roster(log, &at);
	if (code == YW_OK)
		raise_alarm(t, log, &log->s[at], alarm);
	if (code == YW_OK && log->s[at].said != NULL && log->s[at].said->file.len != 0)
		code = take_file(t, yw_buf_bytes(&log->s[at].said->file), alarm);
	return code;
}

enum yw_code
yw_trust_add(struct yw_trust *t, const struct yw_origin *origin, uint64_t index, const struct yw_entry *e,
    struct yw_error *alarm)
{
	struct statement s;
	enum yw_code code;

	alarm->msg[0] = '\0';
	code = yw_said_read(t, index, e, &s, alarm);
	if (code != YW_OK)
		return code == YW_ENOMEM ? code : YW_OK;
	return take_statement(t, origin, &s, e, alarm);
}

/* Does more than one issuer speak of the generation of this request? */
static bool
is_disputed(const struct yw_trust *t, const struct yw_hash *request)
{
	size_t n = 0, same = 0;

	for (size_t i = 0; i < t->n_generations; i++)
		if (yw_hash_equal(&t->generations[i].request, request)) {
			const struct yw_generation *g = &t->generations[i];

			for (size_t l = 0; l < t->n_logs; l++)
				for (size_t j = 0; j < t->logs[l].n; j++) {
					const struct statement *s = &t->logs[l].s[j];

					if (s->kind != YW_TRUST_DELEGATION || s->said->request.generation != g->generation ||
					    !yw_jurisdiction_equal(&s->said->request.code, &g->code))
						continue;
					n++;
					same += yw_hash_equal(&s->said->hash, request);
				}
			return n != same;
		}
	return true;
}

enum yw_code
yw_trust_add_quorum(struct yw_trust *t, const struct yw_hash *request)
{
	struct yw_hash *more;

	for (size_t i = 0; i < t->n_quorums; i++)
		if (yw_hash_equal(&t->quorums[i], request))
			return YW_OK;
	more = realloc(t->quorums, (t->n_quorums + 1) * sizeof *more);
	if (more == NULL)
		return YW_ENOMEM;
	t->quorums = more;
	t->quorums[t->n_quorums++] = *request;
	return is_disputed(t, request) ? yw_trust_recompute(t) : YW_OK;
}
