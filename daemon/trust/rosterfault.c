/*
 * rosterfault.c - a roster that disagrees with its log (T11), shown by itself or by one earlier entry of that log.
 *
 * A roster gives exactly what the log says below it, so each fault has such an entry: a row cites one that is something
 * else; a delegation or a closing since the roster before is not in it; a row of that one is gone without a closing, or
 * one has come that was delegated before it.  What the issuer logged is taken at its word, since it logs nothing that has
 * no effect (T2, T3): if it did, that is said here too.  It all lies in one log, which everybody holds alike: nothing else
 * need travel for others to find the same.
 */
#include "base/fault.h"
#include "record/wire.h"
#include "trust/evidence_int.h"
#include "trust/fields.h"

typedef Yiwang__V1__Roster__Open open_row;
typedef Yiwang__V1__Roster__Closed closed_row;

struct subject { struct yw_jurisdiction code; uint32_t generation; };

static bool
is_row(const char *code, uint32_t generation, const struct subject *s)
{
	return strcmp(code, s->code.code) == 0 && generation == s->generation;
}

static const open_row *
find_open(const Yiwang__V1__Roster *m, const struct subject *s)
{
	for (size_t i = 0; i < m->n_open; i++)
		if (is_row(m->open[i]->code, m->open[i]->generation, s))
			return m->open[i];
	return NULL;
}

static const closed_row *
find_closed(const Yiwang__V1__Roster *m, const struct subject *s)
{
	for (size_t i = 0; i < m->n_closed; i++)
		if (is_row(m->closed[i]->code, m->closed[i]->generation, s))
			return m->closed[i];
	return NULL;
}

static bool
rises(const char *a, uint32_t m, const char *b, uint32_t n)
{
	int c = strcmp(a, b);

	return c < 0 || (c == 0 && m < n);
}

/* --- The roster alone --- */

static bool
is_wrong_alone(const Yiwang__V1__Roster *m, uint64_t index, struct yw_error *why)
{
	uint64_t before = m->previous != NULL ? m->previous->index : 0;
	struct subject s;

	for (size_t i = 1; i < m->n_open; i++)
		if (!rises(m->open[i - 1]->code, m->open[i - 1]->generation, m->open[i]->code, m->open[i]->generation) &&
		    !YW_FAULT("roster-unordered"))
			return yw_fail(why, YW_OK, "its open rows are not in order, each once") == YW_OK;
	for (size_t i = 0; i < m->n_closed; i++) {
		const closed_row *c = m->closed[i];

		snprintf(s.code.code, sizeof s.code.code, "%s", c->code);
		s.generation = c->generation;
		if (i > 0 && !rises(m->closed[i - 1]->code, m->closed[i - 1]->generation, c->code, c->generation))
			return yw_fail(why, YW_OK, "its closed rows are not in order, each once") == YW_OK;
		if (find_open(m, &s) != NULL && !YW_FAULT("roster-both"))
			return yw_fail(why, YW_OK, "it lists generation %u of %s as open and as closed", (unsigned)s.generation, s.code.code) == YW_OK;
		if ((c->closing >= index || (m->previous != NULL && c->closing <= before)) && !YW_FAULT("roster-old-closing"))
			return yw_fail(why, YW_OK, "it cites a closing of %s that is not since the roster before", c->code) == YW_OK;
	}
	for (size_t i = 0; i < m->n_open; i++)
		if (m->open[i]->delegation >= index && !YW_FAULT("roster-looks-ahead"))
			return yw_fail(why, YW_OK, "it cites a delegation of %s that comes after it", m->open[i]->code) == YW_OK;
	return m->previous != NULL && before >= index &&
	    yw_fail(why, YW_OK, "it names a roster before it that comes after it") == YW_OK;
}

/* --- With one earlier entry --- */

/* Of which generation a delegation or closing speaks; false: it is neither. */
static bool
read_subject(const struct yw_entry *e, const Yiwang__V1__Trust *m, struct subject *out, uint32_t *key_set)
{
	struct yw_request r;

	*key_set = 0;
	if (e->trust_kind == YW_TRUST_CLOSING)
		return yw_origin_parse(m->closing->origin, strlen(m->closing->origin), NULL, &out->code, &out->generation) == YW_OK;
	if (e->trust_kind != YW_TRUST_DELEGATION ||
	    yw_request_read(bytes_of(&m->delegation->signed_request), NULL, &r, NULL, NULL) != YW_OK)
		return false;
	*out = (struct subject) { r.code, r.generation };
	*key_set = r.key_set;
	return true;
}

/* Does a row cite that entry as something that it is not? */
static bool
is_cited_wrongly(const Yiwang__V1__Roster *m, enum yw_trust_kind kind, const struct subject *s, uint32_t key_set,
    uint64_t at, struct yw_error *why)
{
	for (size_t i = 0; i < m->n_open; i++)
		if (m->open[i]->delegation == at && (kind != YW_TRUST_DELEGATION || key_set != m->open[i]->key_set ||
		    !is_row(m->open[i]->code, m->open[i]->generation, s)) && !YW_FAULT("roster-cites"))
			return yw_fail(why, YW_OK, "entry %llu, which it cites, does not delegate key set %u of %s", (unsigned long long)at,
			    (unsigned)m->open[i]->key_set, m->open[i]->code) == YW_OK;
	for (size_t i = 0; i < m->n_closed; i++)
		if (m->closed[i]->closing == at && (kind != YW_TRUST_CLOSING ||
		    !is_row(m->closed[i]->code, m->closed[i]->generation, s)))
			return yw_fail(why, YW_OK, "entry %llu, which it cites, does not close generation %u of %s", (unsigned long long)at,
			    (unsigned)m->closed[i]->generation, m->closed[i]->code) == YW_OK;
	return m->previous != NULL && m->previous->index == at && kind != YW_TRUST_ROSTER &&
	    yw_fail(why, YW_OK, "entry %llu, which it names as the roster before, is none", (unsigned long long)at) == YW_OK;
}

/* A delegation or a closing of which it should speak. */
static bool
is_left_out(const Yiwang__V1__Roster *m, enum yw_trust_kind kind, const struct subject *s, uint32_t key_set, uint64_t at,
    struct yw_error *why)
{
	const open_row *open = find_open(m, s);
	const closed_row *closed = find_closed(m, s);
	bool recent = (m->previous == NULL || m->previous->index < at) && !YW_FAULT("roster-leaves-out");

	if (kind == YW_TRUST_CLOSING)	/* of two closings the first stands there, so one may be missing */
		return recent && (open != NULL || (closed != NULL && closed->closing > at)) && yw_fail(why, YW_OK,
		    "generation %u of %s, which entry %llu closes, is not among those that it lists as closed there",
		    (unsigned)s->generation, s->code.code, (unsigned long long)at) == YW_OK;
	if (open != NULL && (open->key_set < key_set || (open->key_set == key_set && open->delegation > at)))
		return yw_fail(why, YW_OK, "key set %u of %s, which entry %llu delegates, is not in its row", (unsigned)key_set, s->code.code,
		    (unsigned long long)at) == YW_OK;
	return recent && open == NULL && closed == NULL && yw_fail(why, YW_OK,
	    "generation %u of %s, which entry %llu delegates, is not in it", (unsigned)s->generation, s->code.code,
	    (unsigned long long)at) == YW_OK;
}

/* Does it follow from the roster at `at`? */
static bool
is_no_successor(const Yiwang__V1__Roster *m, const Yiwang__V1__Roster *before, uint64_t at, struct yw_error *why)
{
	struct subject s;

	if ((m->previous == NULL || m->previous->index < at) && !YW_FAULT("roster-passes-over"))
		return yw_fail(why, YW_OK, "it passes over the roster at entry %llu", (unsigned long long)at) == YW_OK;
	if (m->previous->index != at)
		return false;
	for (size_t i = 0; i < before->n_open; i++) {
		const open_row *was = before->open[i], *is;

		snprintf(s.code.code, sizeof s.code.code, "%s", was->code);
		s.generation = was->generation;
		is = find_open(m, &s);
		if (is == NULL ? find_closed(m, &s) == NULL : is->key_set < was->key_set ||
		    (is->key_set == was->key_set && is->delegation != was->delegation))
			return yw_fail(why, YW_OK, "generation %u of %s is open in the roster before it, and gone or another here",
			    (unsigned)s.generation, was->code) == YW_OK;
	}
	for (size_t i = 0; i < m->n_open; i++) {
		snprintf(s.code.code, sizeof s.code.code, "%s", m->open[i]->code);
		s.generation = m->open[i]->generation;
		if (m->open[i]->delegation < at && find_open(before, &s) == NULL)
			return yw_fail(why, YW_OK, "generation %u of %s is open here by a delegation before the roster before it, which does "
			    "not have it", (unsigned)s.generation, s.code.code) == YW_OK;
	}
	return false;
}

static bool
is_wrong_beside(const Yiwang__V1__Roster *m, const struct yw_entry *w, uint64_t at, struct yw_error *why)
{
	Yiwang__V1__Trust *said = NULL;
	struct subject s = { .generation = 0 };
	uint32_t key_set = 0;
	bool wrong, known = false;

	if (w->trust_kind != YW_TRUST_NONE && yw_decode(&yiwang__v1__trust__descriptor, w->trust, &said, why) != YW_OK)
		return false;
	if (said != NULL)
		known = read_subject(w, said, &s, &key_set);
	wrong = is_cited_wrongly(m, w->trust_kind, &s, key_set, at, why);
	if (!wrong && known)
		wrong = is_left_out(m, w->trust_kind, &s, key_set, at, why);
	if (!wrong && w->trust_kind == YW_TRUST_ROSTER)
		wrong = is_no_successor(m, said->roster, at, why);
	yw_decode_free(said);
	return wrong;
}

/* --- Judging a file --- */

static enum yw_code
judge(const struct evidence_proved *roster, const struct evidence_proved *witness, struct yw_contradiction_verdict *out,
    struct yw_error *err)
{
	struct yw_error why = { 0 };
	Yiwang__V1__Trust *m;
	bool wrong;
	enum yw_code code;

	if (roster->e.trust_kind != YW_TRUST_ROSTER)
		return yw_fail(err, YW_EINVAL, "it is no roster");
	if (witness != NULL && (witness->index >= roster->index || !yw_bytes_equal(witness->checkpoint, roster->checkpoint)))
		return yw_fail(err, YW_EINVAL, "the entry beside it does not stand before it, in the same beat");
	code = yw_decode(&yiwang__v1__trust__descriptor, roster->e.trust, &m, err);
	if (code != YW_OK)
		return code;
	wrong = witness == NULL ? is_wrong_alone(m->roster, roster->index, &why) :
	    is_wrong_beside(m->roster, &witness->e, witness->index, &why);
	yw_decode_free(m);
	if (!wrong)
		return yw_fail(err, YW_EINVAL, "it agrees with what is shown of its log");
	snprintf(out->says, sizeof out->says, "%s", why.msg);
	return YW_OK;
}

enum yw_code
yw_roster_contradiction_check(struct yw_trust *t, const struct evidence *e, const struct yw_generation *g,
    struct yw_contradiction_verdict *out, struct yw_error *err)
{
	struct evidence_proved roster, witness;
	enum yw_code code = yw_evidence_prove(t, g, &yw_evidence_nobody, &e->entry, NULL, "roster", &roster, err);

	if (code != YW_OK)
		return code;
	*out = (struct yw_contradiction_verdict) { .of = YW_CONTRADICTION_ROSTER, .origin = g->origin, .code = g->code,
		.roster = roster.index, .witness = roster.index };
	if (e->has_witness) {
		code = yw_evidence_prove(t, g, &yw_evidence_nobody, &e->witness, NULL, "entry", &witness, err);
		out->witness = code == YW_OK ? witness.index : 0;
	}
	if (code == YW_OK) {
		code = judge(&roster, e->has_witness ? &witness : NULL, out, err);
		if (code != YW_OK)
			yw_fail_context(err, "evidence line %zu (roster)", e->entry.line);
		if (e->has_witness)
			yw_entry_release(&witness.e);
	}
	yw_entry_release(&roster.e);
	return code;
}

/* --- Making one --- */

struct search {
	const struct yw_trust *t;
	const struct yw_generation *g;
	const struct yw_log_reader *r;
	uint64_t index;
	struct yw_buf roster;
	Yiwang__V1__Trust *m;
	struct yw_buf witness;		/* empty: the roster shows it alone */
	uint64_t at;
};

/* Does entry `at` show it? */
static enum yw_code
look_at(struct search *s, uint64_t at, bool *found, struct yw_error *err)
{
	struct yw_error why;
	struct yw_entry e;
	enum yw_code code;

	if (at >= s->index)
		return YW_OK;
	yw_buf_clear(&s->witness);
	code = s->r->entry(s->r->arg, s->g->origin.text, at, &s->witness, err);
	if (code == YW_OK)
		code = yw_entry_read(s->g->origin.text, yw_buf_bytes(&s->witness), &e, err);
	if (code != YW_OK)
		return code;
	*found = e.standing == YW_STANDING_APPLIED && is_wrong_beside(s->m->roster, &e, at, &why) &&
	    yw_pubkey_equal(&e.signer, &yw_generation_entry_keys(s->g, at)->entry);
	yw_entry_release(&e);
	s->at = at;
	return YW_OK;
}

/* What it cites, then what the log says of trust, then all that stands behind the roster which it names, as do the closings
 * that it cites: of rosters the registry remembers the newest ones alone. */
static enum yw_code
find_witness(struct search *s, bool *found, struct yw_error *err)
{
	const struct fed_log *log = yw_trust_fed(s->t, s->g->origin.text);
	const Yiwang__V1__Roster *m = s->m->roster;
	struct yw_error why;
	enum yw_code code = YW_OK;

	*found = is_wrong_alone(m, s->index, &why);
	if (!*found && m->previous != NULL)
		code = look_at(s, m->previous->index, found, err);
	for (size_t i = 0; code == YW_OK && !*found && i < m->n_open; i++)
		code = look_at(s, m->open[i]->delegation, found, err);
	for (size_t i = 0; code == YW_OK && !*found && log != NULL && i < log->n; i++)
		code = look_at(s, log->s[i].index, found, err);
	for (uint64_t at = s->index; code == YW_OK && !*found && at > (m->previous != NULL ? m->previous->index + 1 : 0);)
		code = look_at(s, --at, found, err);
	return code == YW_OK && !*found ? yw_fail(err, YW_ENOENT, "the roster at entry %llu of '%s' disagrees with its log, and no "
	    "single entry shows it", (unsigned long long)s->index, s->g->origin.text) : code;
}

static enum yw_code
write_file(const struct search *s, bool alone, struct yw_buf *out, struct yw_error *err)
{
	struct evidence_given given = { .n = 0 };
	struct yw_buf beat = YW_BUF_INIT;
	struct yw_checkpoint head;
	enum yw_code code = s->r->beat(s->r->arg, s->g->origin.text, s->index + 1, &beat, &head, err);

	if (code == YW_OK)
		code = yw_evidence_begin(s->t, "contradiction", out, err);
	if (code == YW_OK)
		code = yw_evidence_add_links(s->t, s->g, NULL, s->r, &given, out, err);
	if (code == YW_OK)
		code = yw_evidence_add_entry(s->t, s->g, "roster", yw_buf_bytes(&s->roster), s->index, yw_buf_bytes(&beat), NULL,
		    s->r, out, err);
	if (code == YW_OK && !alone)
		code = yw_evidence_add_entry(s->t, s->g, "entry", yw_buf_bytes(&s->witness), s->at, yw_buf_bytes(&beat), NULL, s->r,
		    out, err);
	yw_buf_release(&beat);
	return code;
}

/* The roster at s->index. */
static enum yw_code
read_roster(struct search *s, struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = s->r->entry(s->r->arg, s->g->origin.text, s->index, &s->roster, err);

	if (code == YW_OK)
		code = yw_entry_read(s->g->origin.text, yw_buf_bytes(&s->roster), &e, err);
	if (code != YW_OK)
		return code;
	code = yw_decode(&yiwang__v1__trust__descriptor, e.trust, &s->m, err);
	yw_entry_release(&e);
	return code;
}

enum yw_code
yw_roster_contradiction_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct search s = { .t = t, .g = g, .r = r };
	struct yw_buf made = YW_BUF_INIT;
	bool found = false;
	enum yw_code code = yw_trust_roster_fault(t, g, &s.index) ? read_roster(&s, err) :
	    yw_fail(err, YW_ENOENT, "every roster of %s agrees with its log, as far as this node holds it", g->code.code);

	if (code == YW_OK)
		code = find_witness(&s, &found, err);
	if (code == YW_OK)
		code = write_file(&s, s.witness.len == 0, &made, err);
	yw_decode_free(s.m);
	yw_buf_release(&s.roster);
	yw_buf_release(&s.witness);
	return yw_contradiction_end(t, code, &made, out, err);
}
