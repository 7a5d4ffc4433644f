/*
 * evidencemake.c - an evidence file made from logs that are held; the format stands in evidence.c.
 */
#include <stdlib.h>

#include "base/text.h"
#include "record/wire.h"
#include "tlog/tlogproof.h"
#include "trust/evidence_int.h"
#include "trust/fields.h"

enum yw_code
yw_evidence_begin(const struct yw_trust *t, const char *kind, struct yw_buf *out, struct yw_error *err)
{
	if (yw_trust_n_networks(t) > YW_EVIDENCE_VERSIONS_MAX)
		return yw_fail(err, YW_ELIMIT, "evidence would carry more than %d network files", YW_EVIDENCE_VERSIONS_MAX);
	out->limit = YW_EVIDENCE_MAX;
	yw_buf_printf(out, "%s%s\n", YW_EVIDENCE_FIRST, kind);
	for (size_t i = 0; i < yw_trust_n_networks(t); i++)
		yw_sealed_add(out, "network", yw_buf_bytes(&yw_trust_network_at(t, i)->note));
	return YW_OK;
}

enum yw_code
yw_evidence_end(struct yw_buf *out, struct yw_error *err)
{
	yw_sealed_end(out);
	return yw_buf_check(out, err);
}

/* --- Whose receipts ----------------------------------------------------------------------------- */

/* generation 0: the newest that is open. */
static void
add_code(struct evidence_codes *s, const struct yw_jurisdiction *code, uint32_t generation)
{
	size_t i = s->n;

	for (size_t j = 0; j < s->n; j++)
		if (yw_jurisdiction_equal(&s->c[j], code))
			return;
	if (s->n == YW_EVIDENCE_MIRRORS_MAX)
		return;		/* one receipt fewer */
	for (; i > 0 && strcmp(s->c[i - 1].code, code->code) > 0; i--) {
		s->c[i] = s->c[i - 1];
		s->generation[i] = s->generation[i - 1];
	}
	s->c[i] = *code;
	s->generation[i] = generation;
	s->n++;
}

static void
drop_code(struct evidence_codes *s, size_t at)
{
	memmove(&s->c[at], &s->c[at + 1], (s->n - at - 1) * sizeof *s->c);
	memmove(&s->generation[at], &s->generation[at + 1], (s->n - at - 1) * sizeof *s->generation);
	s->n--;
}

static bool
has_code(void *arg, const char *member)
{
	const struct evidence_codes *s = arg;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->c[i].code, member) == 0)
			return true;
	return false;
}

/* Is the code above the log in question?  Its chain is in the file anyhow, so its receipt costs least. */
static bool
is_cheap(const struct yw_generation *g, const struct yw_jurisdiction *code)
{
	return yw_jurisdiction_above(code, &g->code);
}

/* Those of its members who have signed by then; of what was cut only where the beat was met when it was seen. */
static void
add_members(const struct yw_policy *p, const struct yw_beat_verdict *beat, uint64_t by_then, struct evidence_codes *out)
{
	const char *const *members;
	size_t n = yw_policy_members(p, &members);

	for (size_t i = 0; i < beat->n_receipts; i++) {
		const struct yw_beat_receipt *r = &beat->receipts[i];

		for (size_t j = 0; j < n; j++)
			if (strcmp(members[j], r->code.code) == 0 && r->earliest_s <= by_then && (!r->cut || beat->met_when_seen))
				add_code(out, &r->code, r->cut ? r->generation : 0);
	}
}

/* The codes whose receipts on this beat the quorum needs: those until quorum time, without whom it can do.  Where it is not
 * met, all that signed, and those too by whom it meets an older network file (T15). */
void
yw_evidence_choose(const struct yw_trust *t, const struct yw_generation *g, const struct yw_beat_verdict *beat,
    struct evidence_codes *out)
{
	const struct yw_policy *p = yw_trust_network(t)->policy;
	bool met = beat->quorum == YW_QUORUM_MET || beat->met_when_seen;

	out->n = 0;
	if (beat->quorum == YW_QUORUM_NONE)
		return;
	add_members(p, beat, !met ? UINT64_MAX : beat->met_when_seen ? beat->seen_s : beat->quorum_time_s, out);
	if (beat->met_version != 0 && !met)
		add_members(yw_trust_network_at(t, (size_t)(beat->met_version - yw_trust_network_at(t, 0)->version))->policy, beat,
		    UINT64_MAX, out);
	for (int cheap = 0; cheap < 2 && met; cheap++)
		for (size_t i = out->n; i-- > 0; ) {
			struct yw_jurisdiction code = out->c[i];
			uint32_t generation = out->generation[i];

			if (is_cheap(g, &code) != (cheap != 0))
				continue;
			drop_code(out, i);
			if (yw_policy_judge(p, g->code.code, has_code, out) != YW_QUORUM_MET)
				add_code(out, &code, generation);
		}
}

/* --- Entries with proofs ------------------------------------------------------------------------ */

enum yw_code
yw_evidence_add_entry(const struct yw_trust *t, const struct yw_generation *g, const char *word, struct yw_bytes envelope,
    uint64_t index, struct yw_bytes beat, const struct evidence_codes *by, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf stripped = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_tlog_proof p = { .index = index };
	struct yw_beat_verdict v;
	enum yw_code code;

	code = yw_trust_judge_beat(t, g, beat, &v, err);
	if (code == YW_OK)
		code = by == NULL ? yw_beat_strip(t, g, beat, NULL, NULL, 0, &stripped, err) :
		    yw_beat_strip(t, g, beat, by->c, by->generation, by->n, &stripped, err);
	if (code == YW_OK)
		code = r->inclusion(r->arg, g->origin.text, index, v.head.size, &p.path, err);
	if (code == YW_OK) {
		p.checkpoint = yw_buf_bytes(&stripped);
		yw_tlog_proof_text(&p, &text);
		yw_sealed_add(out, word, envelope);
		yw_sealed_add(out, "proof", yw_buf_bytes(&text));
		code = yw_buf_check(&text, err);
	}
	yw_buf_release(&stripped);
	yw_buf_release(&text);
	return code;
}

/* The newest roster of g's log, if it is newer than its delegation of `of` and lists that as open; 0: there is none. */
static uint64_t
find_roster(const struct yw_trust *t, const struct yw_generation *g, const struct yw_generation *of)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	bool closed = false;
	uint64_t index = 0;

	for (size_t i = 0; log != NULL && i < log->n; i++) {
		const struct statement *s = &log->s[i];

		closed |= s->kind == YW_TRUST_CLOSING && s->stands && s->said->closing.generation == of->generation &&
		    yw_jurisdiction_equal(&s->said->closing.code, &of->code);
		if (s->kind == YW_TRUST_ROSTER && s->placed)
			index = closed ? 0 : s->index;
	}
	return index > of->delegation.index ? index : 0;
}

/* That roster, if some beat covers it. */
static enum yw_code
add_roster(const struct yw_trust *t, const struct yw_generation *of, const struct evidence_codes *by,
    const struct yw_log_reader *r, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_origin(t, of->delegation.origin.text);
	uint64_t index = find_roster(t, g, of);
	struct yw_buf envelope = YW_BUF_INIT, beat = YW_BUF_INIT;
	struct yw_checkpoint head;
	enum yw_code code;

	if (index == 0)
		return YW_OK;
	code = r->beat(r->arg, g->origin.text, index + 1, &beat, &head, err);
	if (code == YW_OK)
		code = r->entry(r->arg, g->origin.text, index, &envelope, err);
	if (code == YW_OK)
		code = yw_evidence_add_entry(t, g, "roster", yw_buf_bytes(&envelope), index, yw_buf_bytes(&beat), by, r, out, err);
	else if (code == YW_ENOENT)
		code = YW_OK;		/* it comes with a later beat */
	yw_buf_release(&envelope);
	yw_buf_release(&beat);
	return code;
}

/* --- Chains ------------------------------------------------------------------------------------- */

static bool
is_given(const struct evidence_given *s, const struct yw_generation *g)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->g[i] == g)
			return true;
	return g->delegation.origin.text[0] == '\0' && g->n_spans == 1;	/* by the network file alone */
}

enum yw_code
yw_evidence_add_links(const struct yw_trust *t, const struct yw_generation *g, const struct evidence_codes *rosters,
    const struct yw_log_reader *r, struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *up[YW_CHAIN_LINKS_MAX + 1];
	struct yw_buf link = YW_BUF_INIT;
	enum yw_code code = YW_OK;
	size_t n = 0;

	for (; g != NULL && !is_given(given, g); g = yw_trust_origin(t, g->delegation.origin.text)) {
		if (n == YW_CHAIN_LINKS_MAX + (g->delegation.origin.text[0] == '\0'))
			return yw_fail(err, YW_ELIMIT, "a chain would have more than %d links", YW_CHAIN_LINKS_MAX);
		up[n++] = g;
	}
	while (code == YW_OK && n-- > 0) {
		yw_buf_clear(&link);
		code = yw_link_make(t, up[n], r, &link, err);
		yw_sealed_add(out, "link", yw_buf_bytes(&link));
		if (code == YW_OK && rosters != NULL && up[n]->delegation.origin.text[0] != '\0')
			code = add_roster(t, up[n], rosters, r, out, err);
		given->g[given->n++] = up[n];
	}
	yw_buf_release(&link);
	return code;
}

/* What ended that mirror's key (T12), where it stands in a log: what a network file ends, that shows by itself. */
static enum yw_code
add_ending(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_entry_place *place = &g->closing.place;

	if (g->open || place->origin.text[0] == '\0')
		return YW_OK;
	return yw_evidence_add_closing(t, "closing", place, r, given, out, err);
}

enum yw_code
yw_evidence_add_mirrors(const struct yw_trust *t, const struct evidence_codes *by, const struct yw_log_reader *r,
    struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < by->n; i++) {
		const struct yw_generation *g = by->generation[i] == 0 ? yw_trust_open(t, &by->c[i]) :
		    yw_trust_find(t, &by->c[i], by->generation[i]);

		yw_buf_printf(out, "mirror %s\n", by->c[i].code);
		code = yw_evidence_add_links(t, g, NULL, r, given, out, err);
		if (code == YW_OK)
			code = add_ending(t, g, r, given, out, err);
	}
	return code;
}

/* --- The subject -------------------------------------------------------------------------------- */

struct making {
	const struct yw_trust *t;
	const struct yw_generation *g;
	const struct yw_evidence_subject *s;
	const struct yw_log_reader *r;
	struct yw_buf envelope, foreign;	/* foreign: empty if there is none that could be used */
	struct yw_buf registrar;		/* the statement that names the signer (T13); empty: the owner signed */
	uint64_t registrar_index;
	struct yw_hash hash;
	struct evidence_codes by, all;			/* receipts on the subject's beat; all mirrors */
	bool ended;					/* L10: what ended the log stands for a beat */
	const struct yw_generation *closer;		/* whose log holds the closing, or the network file that is it: NULL none */
	uint64_t closed_at;
	struct yw_buf closing, closing_beat;
};

/* The entry that says so, and the beat that covers it. */
static enum yw_code
read_at(struct making *m, const struct yw_generation *g, uint64_t index, struct yw_error *err)
{
	struct yw_checkpoint head;
	enum yw_code code;

	yw_buf_clear(&m->closing);
	yw_buf_clear(&m->closing_beat);
	code = m->r->entry(m->r->arg, g->origin.text, index, &m->closing, err);
	if (code == YW_OK)
		code = m->r->beat(m->r->arg, g->origin.text, index + 1, &m->closing_beat, &head, err);
	if (code != YW_OK)
		return code;
	m->closer = g;
	m->closed_at = index;
	return YW_OK;
}

/* A log of the first node that holds this version of the network file, and says by when.  None: nobody can say. */
static enum yw_code
find_logged(struct making *m, const struct yw_network *n, struct yw_error *err)
{
	for (size_t i = 0; m->closer == NULL && i < yw_trust_count(m->t); i++) {
		const struct yw_generation *g = yw_trust_at(m->t, i);
		const struct fed_log *log = g->issuer.code[0] == '\0' && g->generation != m->g->generation ?
		    yw_trust_fed(m->t, g->origin.text) : NULL;

		for (size_t k = 0; m->closer == NULL && log != NULL && k < log->n; k++) {
			const struct statement *s = &log->s[k];
			enum yw_code code = YW_ENOENT;

			if (s->kind == YW_TRUST_NETWORK_VERSION && s->placed && yw_hash_equal(&s->said->hash, &n->text_sha256))
				code = read_at(m, g, s->index, err);
			if (code != YW_OK && code != YW_ENOENT)
				return code;
		}
	}
	return YW_OK;
}

/* What ended the log, in place of a beat of it: *beat, empty if nothing says when. */
static enum yw_code
read_closing(struct making *m, struct yw_bytes *beat, struct yw_error *err)
{
	const struct yw_closing *c = &m->g->closing;
	enum yw_code code;

	if (m->g->open || m->s->index >= c->head.size)
		return yw_fail(err, YW_ENOENT, "no beat covers entry %llu of '%s', nor does a closing", (unsigned long long)m->s->index,
		    m->s->origin.text);
	m->ended = true;
	if (c->place.origin.text[0] != '\0')
		code = read_at(m, yw_trust_origin(m->t, c->place.origin.text), c->place.index, err);
	else
		code = find_logged(m, yw_trust_network_at(m->t, (size_t)c->place.index - 1), err);
	*beat = yw_buf_bytes(&m->closing_beat);
	return code;
}

/* Who signed the entry, where that was not the owner. */
static enum yw_code
read_registrar(struct making *m, const struct yw_pubkey *signer, struct yw_error *err)
{
	const struct statement *s;

	if (yw_pubkey_equal(signer, &yw_generation_entry_keys(m->g, m->s->index)->entry))
		return YW_OK;
	s = yw_trust_registrar_at(m->t, m->g, m->s->index, signer);
	if (s == NULL || s->said->kinds == 0)
		return yw_fail(err, YW_EINVAL, "the key that signed entry %llu of '%s' was not valid there",
		    (unsigned long long)m->s->index, m->s->origin.text);
	m->registrar_index = s->index;
	return m->r->entry(m->r->arg, m->s->origin.text, s->index, &m->registrar, err);
}

/* Whose receipts go with the beat, which is of that log. */
static enum yw_code
choose_receipts(struct making *m, const struct yw_generation *of, struct yw_bytes note, struct yw_error *err)
{
	static const struct yw_witnesses everybody = { .codes = NULL };
	struct yw_beat_verdict beat;
	enum yw_code code = m->s->met_when_seen && !m->ended ? yw_trust_judge_beat_by(m->t, of, note, &everybody, &beat, err) :
	    yw_trust_judge_beat(m->t, of, note, &beat, err);

	if (code == YW_OK && !m->ended && beat.head.size <= m->s->index)
		code = yw_fail(err, YW_EINVAL, "the beat of size %llu does not cover entry %llu",
		    (unsigned long long)beat.head.size, (unsigned long long)m->s->index);
	if (code == YW_OK)
		yw_evidence_choose(m->t, of, &beat, &m->by);
	m->all = m->by;
	return code;
}

static enum yw_code
read_subject(struct making *m, struct yw_error *err)
{
	const struct yw_evidence_subject *s = m->s;
	const struct yw_generation *of = m->g;
	struct yw_bytes note = s->beat;
	struct yw_entry e;
	enum yw_code code;

	code = m->r->entry(m->r->arg, s->origin.text, s->index, &m->envelope, err);
	if (code == YW_OK)
		code = yw_entry_read(s->origin.text, yw_buf_bytes(&m->envelope), &e, err);
	if (code != YW_OK)
		return code;
	if (e.standing != YW_STANDING_APPLIED || s->item >= e.n_items)
		code = yw_fail(err, YW_EINVAL, "entry %llu of '%s' has no applied item %u",
		    (unsigned long long)s->index, s->origin.text, (unsigned)s->item);
	else
		m->hash = e.hashes[s->item];
	if (code == YW_OK)
		code = read_registrar(m, &e.signer, err);
	yw_entry_release(&e);
	if (code == YW_OK && note.len == 0) {
		code = read_closing(m, &note, err);
		of = m->closer;
	}
	return code == YW_OK && of != NULL ? choose_receipts(m, of, note, err) : code;
}

/* One line stands for one generation of a code. */
static bool
is_cut(const struct evidence_codes *s, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < s->n; i++)
		if (yw_jurisdiction_equal(&s->c[i], code))
			return s->generation[i] != 0;
	return false;
}

/* The codes that the quorum of the foreign beat needs, if its log is on the way down to the subject. */
static enum yw_code
read_foreign(struct making *m, struct yw_bytes beat, struct yw_error *err)
{
	const struct yw_generation *g = NULL;
	struct yw_checkpoint head;
	struct yw_beat_verdict v;
	struct yw_note note;
	struct evidence_codes by;
	enum yw_code code;

	code = yw_note_parse(beat, &note, err);
	if (code != YW_OK)
		return code;
	if (yw_checkpoint_parse(note.text, &head, NULL) == YW_OK)
		g = yw_trust_origin(m->t, head.origin);
	yw_note_release(&note);
	if (g == NULL || !yw_jurisdiction_above(&g->code, &m->g->code) ||
	    yw_trust_judge_beat(m->t, g, beat, &v, NULL) != YW_OK || v.quorum != YW_QUORUM_MET) {
		yw_buf_clear(&m->foreign);
		return YW_OK;
	}
	yw_evidence_choose(m->t, g, &v, &by);
	for (size_t i = 0; i < by.n; i++)
		if (is_cut(&m->by, &by.c[i])) {
			m->all = m->by;
			yw_buf_clear(&m->foreign);
			return YW_OK;
		} else {
			add_code(&m->all, &by.c[i], 0);
		}
	return YW_OK;
}

static enum yw_code
find_foreign(struct making *m, struct yw_error *err)
{
	Yiwang__V1__Trust *trust = NULL;
	struct yw_entry e;
	enum yw_code code;

	if (!m->s->has_foreign || m->ended)
		return YW_OK;
	code = m->r->entry(m->r->arg, m->s->origin.text, m->s->foreign_index, &m->foreign, err);
	if (code == YW_OK)
		code = yw_entry_read(m->s->origin.text, yw_buf_bytes(&m->foreign), &e, err);
	if (code != YW_OK)
		return code;
	if (e.trust_kind != YW_TRUST_FOREIGN_BEAT || m->s->foreign_index >= m->s->index)
		code = yw_fail(err, YW_EINVAL, "entry %llu is no foreign beat below entry %llu",
		    (unsigned long long)m->s->foreign_index, (unsigned long long)m->s->index);
	if (code == YW_OK)
		code = yw_decode(&yiwang__v1__trust__descriptor, e.trust, &trust, err);
	if (code == YW_OK)
		code = read_foreign(m, bytes_of(&trust->foreign_beat->beat), err);
	yw_decode_free(trust);
	yw_entry_release(&e);
	return code;
}

/* Two lines: an entry of the subject's log, proven into the head of the closing. */
static enum yw_code
add_below(struct making *m, const char *word, struct yw_bytes envelope, uint64_t index, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_tlog_proof p = { .index = index };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_tree_head lead;
	enum yw_code code;

	p.checkpoint = yw_trust_closing_note(m->t, m->g, &lead);
	code = m->r->inclusion(m->r->arg, m->g->origin.text, index, lead.size, &p.path, err);
	if (code != YW_OK)
		return code;
	yw_tlog_proof_text(&p, &text);
	yw_sealed_add(out, word, envelope);
	yw_sealed_add(out, "proof", yw_buf_bytes(&text));
	code = yw_buf_check(&text, err);
	yw_buf_release(&text);
	return code;
}

/* The entry, and what ended its log with what leads to that. */
static enum yw_code
add_closed(struct making *m, struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	bool by_file = m->g->closing.place.origin.text[0] == '\0';
	enum yw_code code = add_below(m, "entry", yw_buf_bytes(&m->envelope), m->s->index, out, err);

	if (by_file)
		yw_buf_printf(out, "ended %llu\n", (unsigned long long)m->g->closing.place.index);
	if (code != YW_OK || m->closer == NULL)
		return code;
	code = yw_evidence_add_entry(m->t, m->closer, by_file ? "logged" : "closing", yw_buf_bytes(&m->closing), m->closed_at,
	    yw_buf_bytes(&m->closing_beat), &m->by, m->r, out, err);
	return code == YW_OK ? yw_evidence_add_links(m->t, m->closer, NULL, m->r, given, out, err) : code;
}

/* The entry in its beat, and the closing where that doubts it; what the network file doubts, shows by itself. */
static enum yw_code
add_covered(struct making *m, struct evidence_given *given, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_closing *c = &m->g->closing;
	enum yw_code code = yw_evidence_add_entry(m->t, m->g, "entry", yw_buf_bytes(&m->envelope), m->s->index, m->s->beat, &m->by,
	    m->r, out, err);

	if (code != YW_OK || m->g->open || !c->doubted || m->s->index < c->doubted_from || c->place.origin.text[0] == '\0')
		return code;
	return yw_evidence_add_closing(m->t, "doubted", &c->place, m->r, given, out, err);
}

static enum yw_code
add_registrar(struct making *m, struct yw_buf *out, struct yw_error *err)
{
	struct yw_bytes envelope = yw_buf_bytes(&m->registrar);

	if (envelope.len == 0)
		return YW_OK;
	if (m->ended)
		return add_below(m, "registrar", envelope, m->registrar_index, out, err);
	return yw_evidence_add_entry(m->t, m->g, "registrar", envelope, m->registrar_index, m->s->beat, &m->by, m->r, out, err);
}

static enum yw_code
write_all(struct making *m, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_evidence_subject *s = m->s;
	struct evidence_given given = { .n = 0 };
	enum yw_code code;

	code = yw_evidence_begin(m->t, "record", out, err);
	if (code == YW_OK)
		code = yw_evidence_add_links(m->t, m->g, &m->all, m->r, &given, out, err);
	if (code == YW_OK)
		code = m->ended ? add_closed(m, &given, out, err) : add_covered(m, &given, out, err);
	if (code == YW_OK)
		code = add_registrar(m, out, err);
	yw_buf_printf(out, "item %u\nhash ", (unsigned)s->item);
	yw_hex_add(out, m->hash.b, sizeof m->hash.b);
	yw_buf_add_byte(out, '\n');
	if (code == YW_OK && m->foreign.len != 0)
		code = yw_evidence_add_entry(m->t, m->g, "foreign", yw_buf_bytes(&m->foreign), s->foreign_index, s->beat,
		    &m->by, m->r, out, err);
	if (code == YW_OK)
		code = yw_evidence_add_mirrors(m->t, &m->all, m->r, &given, out, err);
	if (s->body.data != NULL)
		yw_sealed_add(out, "body", s->body);
	else
		yw_buf_add_str(out, "withheld\n");
	return code == YW_OK ? yw_evidence_end(out, err) : code;
}

/* Read back before it leaves: whoever gets it may have nothing else to ask. */
static enum yw_code
read_back(const struct yw_trust *t, struct yw_buf *made, struct yw_error *err)
{
	struct yw_evidence_verdict v;
	enum yw_code code;

	code = yw_evidence_verify(yw_trust_network(t), yw_buf_bytes(made), &v, err);
	if (code == YW_OK)
		yw_evidence_verdict_release(&v);
	return code;
}

enum yw_code
yw_evidence_make(const struct yw_trust *t, const struct yw_evidence_subject *s, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct making m = { .t = t, .g = yw_trust_origin(t, s->origin.text), .s = s, .r = r };
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	if (m.g == NULL)
		return yw_fail(err, YW_EINVAL, "nothing leads to the log '%s'", s->origin.text);
	code = read_subject(&m, err);
	if (code == YW_OK)
		code = find_foreign(&m, err);
	if (code == YW_OK)
		code = write_all(&m, &made, err);
	if (code == YW_OK)
		code = read_back(t, &made, err);
	if (code == YW_OK) {
		yw_buf_add(out, made.data, made.len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(&m.envelope);
	yw_buf_release(&m.foreign);
	yw_buf_release(&m.registrar);
	yw_buf_release(&m.closing);
	yw_buf_release(&m.closing_beat);
	yw_buf_release(&made);
	return code;
}
