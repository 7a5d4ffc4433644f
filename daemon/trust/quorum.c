/*
 * quorum.c - a beat judged: whose receipts are on it, and since when do they make a quorum (T15)?
 *
 * Receipts are read from the lines' names, so that a beat costs as much as it has lines, not as the
 * network has keys.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "trust/trust_int.h"

#define COSIGN_SUFFIX "/cosign"
#define COSIGN_NAME_MAX (YW_NETWORK_NAME_MAX + YW_CODE_DIGITS + sizeof "/" COSIGN_SUFFIX)

static void
cosign_name(const char *network, const struct yw_jurisdiction *code, char out[static COSIGN_NAME_MAX])
{
	char *p = mempcpy(out, network, strnlen(network, YW_NETWORK_NAME_MAX));

	*p++ = '/';
	p = mempcpy(p, code->code, strlen(code->code));
	memcpy(p, COSIGN_SUFFIX, sizeof COSIGN_SUFFIX);
}

enum yw_code
yw_cosign_vkey(const char *network, const struct yw_jurisdiction *code, const struct yw_pubkey *cosign,
    struct yw_vkey *out)
{
	char name[COSIGN_NAME_MAX];

	cosign_name(network, code, name);
	return yw_vkey_make(name, YW_NOTE_COSIGNATURE, cosign, out);
}

void
yw_span_cosign_vkey(const struct yw_trust *t, const struct yw_generation *g, const struct yw_key_span *s,
    struct yw_vkey *out)
{
	char name[COSIGN_NAME_MAX];

	cosign_name(yw_trust_network(t)->name, &g->code, name);
	yw_vkey_again(name, YW_NOTE_COSIGNATURE, &s->keys.cosign, s->cosign_id, out);
}

void
yw_span_head_vkey(const struct yw_generation *g, const struct yw_key_span *s, struct yw_vkey *out)
{
	yw_vkey_again(g->origin.text, YW_NOTE_ED25519, &s->keys.head, s->head_id, out);
}

bool
yw_trust_cosigner(const struct yw_trust *t, struct yw_bytes name, struct yw_jurisdiction *out)
{
	const char *network = yw_trust_network(t)->name, *p = (const char *)name.data;
	size_t n = strlen(network), end = n + 1 + YW_CODE_DIGITS;

	return name.len == end + strlen(COSIGN_SUFFIX) && memcmp(p, network, n) == 0 && p[n] == '/' &&
	    memcmp(p + end, COSIGN_SUFFIX, strlen(COSIGN_SUFFIX)) == 0 &&
	    yw_jurisdiction_parse(p + n + 1, YW_CODE_DIGITS, out) == YW_OK;
}

static const struct yw_key_span *
cosign_span(const struct yw_generation *g, uint32_t id)
{
	for (size_t i = 0; i < g->n_spans; i++)
		if (g->spans[i].cosign_id == id)
			return &g->spans[i];
	return NULL;
}

const struct yw_generation *
yw_trust_cosign_key(const struct yw_trust *t, const struct yw_generation *log, const struct yw_jurisdiction *code, uint32_t id,
    const struct yw_key_span **span)
{
	bool found;
	size_t end = yw_trust_slot(t, code, UINT32_MAX, &found);

	for (end += found; end > 0 && yw_jurisdiction_equal(&t->generations[end - 1].code, code); end--) {
		*span = cosign_span(&t->generations[end - 1], id);
		if (*span != NULL)
			return &t->generations[end - 1];
	}
	for (size_t i = 0; log != NULL && i < log->n_admitted; i++) {
		*span = yw_jurisdiction_equal(&log->admitted[i].code, code) ? cosign_span(&log->admitted[i], id) : NULL;
		if (*span != NULL)
			return &log->admitted[i];
	}
	*span = NULL;
	return NULL;
}

static bool
has_receipt(const struct yw_beat_verdict *v, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < v->n_receipts; i++)
		if (yw_jurisdiction_equal(&v->receipts[i].code, code))
			return true;
	return false;
}

/* Who closed this generation, or revoked it by a closing that is void: as t knows, or else these witnesses.  NULL: nobody. */
static const struct yw_jurisdiction *
cut_by(const struct yw_generation *g, const struct yw_witnesses *w)
{
	for (size_t i = 0; w != NULL && i < w->n_ended; i++)
		if (strcmp(w->ended[i].origin.text, g->origin.text) == 0)
			return &w->ended[i].by;
	if (!g->open)
		return &g->closing.issuer;
	return g->revoked ? &g->revoked_by : NULL;
}

/* The lines of a generation, by any of its key sets: receipts of rotated-out keys go on counting (T5). */
static enum yw_code
take_generation(const struct yw_trust *t, const struct yw_note *note, const struct yw_generation *g,
    const struct yw_jurisdiction *by, struct yw_beat_verdict *v, struct yw_error *err)
{
	struct yw_beat_receipt r = { .code = g->code, .generation = g->generation, .earliest_s = UINT64_MAX, .cut = by != NULL,
		.revoked = g->revoked };
	enum yw_code found;

	for (size_t i = 0; i < g->n_spans; i++) {
		uint64_t earliest, newest;
		struct yw_vkey key;

		yw_span_cosign_vkey(t, g, &g->spans[i], &key);
		found = yw_note_check_span(note, &key, &earliest, &newest);
		if (found == YW_ENOENT)
			continue;
		if (found != YW_OK)
			return yw_fail(err, found, "the receipt of %s does not verify", g->code.code);
		r.earliest_s = earliest < r.earliest_s ? earliest : r.earliest_s;
		r.newest_s = newest > r.newest_s ? newest : r.newest_s;
	}
	if (by != NULL)
		r.cut_by = *by;
	if (r.earliest_s != UINT64_MAX || r.newest_s != 0)
		v->receipts[v->n_receipts++] = r;
	return YW_OK;
}

static const struct yw_generation *
newest_open(const struct yw_trust *t, const struct yw_jurisdiction *code, const struct yw_witnesses *w)
{
	const struct yw_generation *g;

	if (w == NULL) {
		g = yw_trust_open(t, code);
		return g != NULL && cut_by(g, NULL) == NULL ? g : NULL;
	}
	for (size_t i = t->n_generations; i-- > 0;)
		if (yw_jurisdiction_equal(&t->generations[i].code, code) && cut_by(&t->generations[i], w) == NULL)
			return &t->generations[i];
	return NULL;
}

/* Of one code those of its newest open generation count, or of one that the log admitted behind its end (T7).  Where there are
 * none, witnesses also say what was cut (T12). */
static enum yw_code
take_code(const struct yw_trust *t, const struct yw_generation *log, const struct yw_note *note, const struct yw_jurisdiction *code,
    const struct yw_witnesses *w, struct yw_beat_verdict *v, struct yw_error *err)
{
	const struct yw_generation *g = YW_FAULT("closed-cosigns") ? yw_trust_find(t, code, 1) : newest_open(t, code, w);
	size_t before = v->n_receipts;
	enum yw_code result = g != NULL ? take_generation(t, note, g, NULL, v, err) : YW_OK;

	for (size_t i = 0; result == YW_OK && v->n_receipts == before && i < log->n_admitted; i++)
		if (yw_jurisdiction_equal(&log->admitted[i].code, code) && !YW_FAULT("admitted-unheard"))
			result = take_generation(t, note, &log->admitted[i], NULL, v, err);
	for (size_t i = w != NULL ? t->n_generations : 0; result == YW_OK && v->n_receipts == before && i-- > 0;) {
		g = &t->generations[i];
		if (yw_jurisdiction_equal(&g->code, code) && cut_by(g, w) != NULL)
			result = take_generation(t, note, g, cut_by(g, w), v, err);
	}
	return result;
}

static int
by_code(const void *a, const void *b)
{
	return strcmp(((const struct yw_beat_receipt *)a)->code.code, ((const struct yw_beat_receipt *)b)->code.code);
}

static bool
is_asked(const struct yw_witnesses *w, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; w != NULL && w->codes != NULL && i < w->n; i++)
		if (yw_jurisdiction_equal(&w->codes[i], code))
			return true;
	return w == NULL || w->codes == NULL;
}

static enum yw_code
take_receipts(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note,
    const struct yw_witnesses *w, struct yw_beat_verdict *v, struct yw_error *err)
{
	struct yw_jurisdiction code;
	enum yw_code result = YW_OK;

	for (size_t i = 0; result == YW_OK && i < note->n_sigs; i++)
		if (yw_trust_cosigner(t, note->sigs[i].name, &code) &&
		    (!yw_jurisdiction_equal(&code, &g->code) || YW_FAULT("own-receipt")) &&
		    is_asked(w, &code) && (!has_receipt(v, &code) || YW_FAULT("receipt-twice")))
			result = take_code(t, g, note, &code, w, v, err);
	qsort(v->receipts, v->n_receipts, sizeof *v->receipts, by_code);
	return result;
}

/* T12: those of generations that are closed count for no quorum; what of them is asked about all the same. */
enum receipts { THAT_COUNT, NOT_REVOKED, ALL };

struct moment {
	const struct yw_beat_verdict *v;
	uint64_t time_s;
	enum receipts which;
};

static bool
signed_by_then(void *arg, const char *member)
{
	const struct moment *m = arg;

	for (size_t i = 0; i < m->v->n_receipts; i++) {
		const struct yw_beat_receipt *r = &m->v->receipts[i];

		if (strcmp(r->code.code, member) == 0)
			return r->earliest_s <= m->time_s && (!r->cut || m->which == ALL ||
			    (m->which == NOT_REVOKED && (!r->revoked || YW_FAULT("revoked-stands"))));
	}
	return false;
}

/* Is it met by such receipts, and what is the smallest of their times at which those that were there met it? */
static enum yw_quorum
judge_receipts(const struct yw_policy *p, const struct yw_generation *g, const struct yw_beat_verdict *v, enum receipts which,
    uint64_t *time_s)
{
	struct moment at = { v, UINT64_MAX, which };
	enum yw_quorum quorum = yw_policy_judge(p, g->code.code, signed_by_then, &at);

	if (quorum != YW_QUORUM_MET)
		return quorum;
	*time_s = UINT64_MAX;
	for (size_t i = 0; i < v->n_receipts; i++) {
		at.time_s = v->receipts[i].earliest_s;
		if (at.time_s < *time_s &&
		    (yw_policy_judge(p, g->code.code, signed_by_then, &at) == YW_QUORUM_MET || YW_FAULT("quorum-time")))
			*time_s = at.time_s;
	}
	return quorum;
}

/* T12: what of it was cut since; the first of those who did that stands for them. */
static void
find_quorum(const struct yw_policy *p, const struct yw_generation *g, struct yw_beat_verdict *v)
{
	v->quorum = judge_receipts(p, g, v, THAT_COUNT, &v->quorum_time_s);
	v->met_when_seen = v->quorum == YW_QUORUM_NOT_MET && judge_receipts(p, g, v, ALL, &v->seen_s) == YW_QUORUM_MET;
	for (size_t i = v->met_when_seen ? v->n_receipts : 0; i-- > 0;)
		if (v->receipts[i].cut)
			v->cut_by = v->receipts[i].cut_by;
}

static bool
signed_since_then(void *arg, const char *member)
{
	const struct moment *m = arg;

	for (size_t i = 0; i < m->v->n_receipts; i++)
		if (strcmp(m->v->receipts[i].code.code, member) == 0)
			return m->v->receipts[i].newest_s >= m->time_s;
	return false;
}

uint64_t
yw_trust_quorum_fresh(const struct yw_trust *t, const struct yw_generation *g, const struct yw_beat_verdict *v)
{
	uint64_t fresh = 0;

	for (size_t i = 0; i < v->n_receipts; i++) {
		struct moment at = { v, v->receipts[i].newest_s, THAT_COUNT };

		if (at.time_s > fresh &&
		    yw_policy_judge(yw_trust_network(t)->policy, g->code.code, signed_since_then, &at) == YW_QUORUM_MET)
			fresh = at.time_s;
	}
	return fresh;
}

/* Where the newest network file's quorum is not met: the newest older one whose is. */
static void
find_older(const struct yw_trust *t, const struct yw_generation *g, struct yw_beat_verdict *v)
{
	struct moment at = { v, UINT64_MAX, THAT_COUNT };

	for (size_t i = t->n_networks - 1; v->quorum == YW_QUORUM_NOT_MET && v->met_version == 0 && i-- > 0;)
		if (yw_policy_judge(t->networks[i]->n.policy, g->code.code, signed_by_then, &at) == YW_QUORUM_MET)
			v->met_version = t->networks[i]->n.version;
}

/* A receipt more of a code: where it has one, of another generation that is closed, one of the two need not be revoked. */
static void
fold_receipt(struct yw_beat_verdict *v)
{
	const struct yw_beat_receipt *last = &v->receipts[v->n_receipts - 1];

	for (size_t i = 0; i + 1 < v->n_receipts; i++)
		if (yw_jurisdiction_equal(&v->receipts[i].code, &last->code)) {
			v->receipts[i].revoked &= last->revoked;
			v->n_receipts--;
			return;
		}
}

/* Those by keys of generations that are closed are verified like others, and stand beside the ones that count. */
static enum yw_code
take_closed(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note, struct yw_beat_verdict *v,
    struct yw_error *err)
{
	const struct yw_key_span *span;
	struct yw_jurisdiction code;
	enum yw_code result = YW_OK;

	for (size_t i = 0; result == YW_OK && i < note->n_sigs; i++) {
		const struct yw_generation *by = NULL;
		size_t before = v->n_receipts;

		if (yw_trust_cosigner(t, note->sigs[i].name, &code) && !yw_jurisdiction_equal(&code, &g->code))
			by = yw_trust_cosign_key(t, NULL, &code, note->sigs[i].id, &span);
		if (by == NULL || cut_by(by, NULL) == NULL)
			continue;
		result = take_generation(t, note, by, cut_by(by, NULL), v, err);
		if (v->n_receipts > before)
			fold_receipt(v);
	}
	return result;
}

/* Has it a quorum, by any network file that is held? */
static bool
meets_any(const struct yw_trust *t, const struct yw_generation *g, const struct yw_beat_verdict *v, enum receipts which)
{
	struct moment at = { v, UINT64_MAX, which };

	for (size_t i = t->n_networks; i-- > 0;)
		if (yw_policy_judge(t->networks[i]->n.policy, g->code.code, signed_by_then, &at) == YW_QUORUM_MET)
			return true;
	return false;
}

/* The head by the head key valid at its size, and the owner's own time by the cosigning key beside it. */
static enum yw_code
check_owner(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note,
    struct yw_beat_verdict *v, struct yw_error *err)
{
	const struct yw_key_span *span;
	struct yw_vkey head, cosign;
	enum yw_code code;

	code = yw_checkpoint_parse(note->text, &v->head, err);
	if (code != YW_OK)
		return code;
	if (strcmp(v->head.origin, g->origin.text) != 0 && !YW_FAULT("beat-of-another"))
		return yw_fail(err, YW_EINVAL, "it is a beat of '%s'", v->head.origin);
	span = yw_generation_head_span(g, v->head.size);
	yw_span_head_vkey(g, span, &head);
	yw_span_cosign_vkey(t, g, span, &cosign);
	code = yw_note_check(note, &head, NULL);
	if (code != YW_OK && !YW_FAULT("beat-unsigned"))
		return yw_fail(err, YW_ESIG, "it is not signed by the head key that was valid at its size");
	code = yw_note_check(note, &cosign, &v->owner_time_s);
	if (code == YW_ENOENT)
		return YW_FAULT("head-as-beat") ? YW_OK :
		    yw_fail(err, YW_ESIG, "it is a head, not a beat: its owner did not cosign it");
	if (code != YW_OK)
		return yw_fail(err, code, "the owner's cosignature does not verify");
	return YW_OK;
}

/* What `before` has of the same text was verified there. */
static void
mark_sound(struct yw_note *note, struct yw_bytes beat, struct yw_bytes before)
{
	if (before.len == 0 || !yw_note_same_text(beat, before))
		return;
	for (size_t i = 0; i < note->n_sigs; i++)
		note->sigs[i].sound = yw_note_has_line(before, note->sigs[i].line);
}

static enum yw_code
judge_note(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note, const struct yw_witnesses *w,
    struct yw_beat_verdict *out, struct yw_error *err)
{
	struct yw_beat_verdict v = { 0 }, all;
	enum yw_code code = check_owner(t, g, note, &v, err);

	if (code == YW_OK)
		code = take_receipts(t, g, note, w, &v, err);
	all = v;
	if (code == YW_OK && w == NULL)
		code = take_closed(t, g, note, &all, err);
	if (code != YW_OK)
		return code;
	find_quorum(yw_trust_network(t)->policy, g, &v);
	find_older(t, g, &v);
	v.stands = v.quorum == YW_QUORUM_MET || meets_any(t, g, &all, NOT_REVOKED);
	v.stood = v.stands || meets_any(t, g, &all, ALL);
	*out = v;
	return YW_OK;
}

static enum yw_code
judge(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat, const struct yw_witnesses *w,
    struct yw_bytes before, struct yw_beat_verdict *out, struct yw_error *err)
{
	struct yw_note note;
	enum yw_code code = yw_note_parse(beat, &note, err);

	if (code == YW_OK) {
		mark_sound(&note, beat, before);
		code = judge_note(t, g, &note, w, out, err);
		yw_note_release(&note);
	}
	if (code != YW_OK)
		yw_fail_context(err, "a beat of %s", g->origin.text);
	return code;
}

enum yw_code
yw_trust_judge_beat(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat,
    struct yw_beat_verdict *out, struct yw_error *err)
{
	return judge(t, g, beat, NULL, (struct yw_bytes) { NULL, 0 }, out, err);
}

enum yw_code
yw_trust_judge_more(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat, struct yw_bytes before,
    struct yw_beat_verdict *out, struct yw_error *err)
{
	return judge(t, g, beat, NULL, before, out, err);
}

enum yw_code
yw_trust_judge_note(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note,
    struct yw_beat_verdict *out, struct yw_error *err)
{
	enum yw_code code = judge_note(t, g, note, NULL, out, err);

	if (code != YW_OK)
		yw_fail_context(err, "a beat of %s", g->origin.text);
	return code;
}

enum yw_code
yw_trust_judge_beat_by(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat,
    const struct yw_witnesses *w, struct yw_beat_verdict *out, struct yw_error *err)
{
	return judge(t, g, beat, w, (struct yw_bytes) { NULL, 0 }, out, err);
}

enum yw_quorum
yw_trust_unwitnessed(const struct yw_trust *t, const struct yw_generation *g)
{
	struct yw_beat_verdict nobody = { 0 };

	return judge_receipts(yw_trust_network(t)->policy, g, &nobody, THAT_COUNT, &nobody.quorum_time_s);
}

/* --- Whose word counts (T12) --- */

static bool
is_of(const struct given_word *w, const struct yw_generation *g)
{
	return w->generation == g->generation && yw_jurisdiction_equal(&w->code, &g->code);
}

/* Keys that are rotated out go on counting (T5); but a key change may turn out to be none, or another one. */
static bool
lost_key(const struct given_word *w, const struct yw_generation *g)
{
	return w->n_spans > g->n_spans ||
	    (w->n_spans > 0 && !yw_pubkey_equal(&w->newest, &g->spans[w->n_spans - 1].keys.cosign));
}

static bool
counts_otherwise(const struct given_word *w, const struct yw_generation *g)
{
	return (w->open != g->open && !YW_FAULT("closed-unheard")) || w->revoked != g->revoked ||
	    ((!yw_hash_equal(&w->request, &g->request) || lost_key(w, g)) && !YW_FAULT("change-stays"));
}

/* By keys that were not there before nothing was judged: their lines were by no known one. */
enum yw_code
yw_trust_words_changed(struct yw_trust *t)
{
	struct given_word *now = malloc((t->n_generations + 1) * sizeof *now);
	size_t at = 0, still = 0;
	bool other = false;

	if (now == NULL)
		return YW_ENOMEM;
	for (size_t i = 0; i < t->n_generations; i++) {		/* both are sorted */
		const struct yw_generation *g = &t->generations[i];
		const struct given_word *was = NULL;

		for (size_t k = at; k < t->n_words && was == NULL; k++)
			if (is_of(&t->words[k], g))
				was = &t->words[k];
		if (was != NULL) {
			at = (size_t)(was - t->words) + 1;
			still++;
			other |= counts_otherwise(was, g);
		}
		now[i] = (struct given_word) { .code = g->code, .generation = g->generation, .request = g->request, .n_spans = g->n_spans,
			.open = g->open, .revoked = g->revoked };
		if (g->n_spans > 0)
			now[i].newest = g->spans[g->n_spans - 1].keys.cosign;
	}
	if (other || still != t->n_words)
		t->word_moment = t->moment;
	free(t->words);
	t->words = now;
	t->n_words = t->n_generations;
	return YW_OK;
}

bool
yw_trust_receipt_cut(const struct yw_trust *t, const struct yw_note_sig *s, struct yw_jurisdiction *by)
{
	const struct yw_key_span *span;
	const struct yw_generation *g;
	struct yw_jurisdiction code;

	g = yw_trust_cosigner(t, s->name, &code) ? yw_trust_cosign_key(t, NULL, &code, s->id, &span) : NULL;
	if (g == NULL || cut_by(g, NULL) == NULL)
		return false;
	*by = *cut_by(g, NULL);
	return true;
}

static bool
is_member(const struct yw_policy *p, const struct yw_jurisdiction *code)
{
	const char *const *members;
	size_t n = yw_policy_members(p, &members);

	for (size_t i = 0; i < n; i++)
		if (strcmp(members[i], code->code) == 0)
			return true;
	return false;
}

bool
yw_trust_receipt_travels(const struct yw_trust *t, const struct yw_generation *g, const struct yw_jurisdiction *code)
{
	return yw_jurisdiction_above(code, &g->code) || is_member(yw_trust_network(t)->policy, code);
}

bool
yw_trust_receipt_kept(const struct yw_trust *t, const struct yw_generation *g, const struct yw_jurisdiction *code)
{
	bool kept = yw_jurisdiction_above(code, &g->code);

	for (size_t i = t->n_networks; !kept && i-- > 0;)
		kept = is_member(t->networks[i]->n.policy, code);
	return kept;
}
