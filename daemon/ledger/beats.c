/*
 * beats.c - beats and receipts (R4 to R6): which heads are offered for signing, and who signed them.
 *
 * Of each log at most three beats are kept at hand, sizes rising: the newest with quorum, the oldest pending, the
 * newest.  The oldest pending is that of those which had a quorum and stand all the same (T7) the newest, if there is any.
 * What stays besides, for ever, is in days.c.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/text.h"
#include "ledger/ledger_int.h"

#define REST_S 3600		/* R4: a log at rest gives a beat once an hour */

static const struct yw_bytes nothing = { NULL, 0 };

static void
release_beat(struct yw_beat *b)
{
	yw_buf_release(&b->note);
	*b = (struct yw_beat) { .note = YW_BUF_INIT };
}

void
drop_beats(struct log_inside *in)
{
	for (size_t i = 0; i < in->pub.n_beats; i++)
		release_beat(&in->pub.beats[i]);
	in->pub.n_beats = 0;
}

struct yw_beat *
find_beat(struct yw_log *log, uint64_t size)
{
	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].size == size)
			return &log->beats[i];
	return NULL;
}

const struct yw_beat *
standing_beat(const struct yw_log *log)
{
	const struct yw_beat *b = NULL;

	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].stands)
			b = &log->beats[i];
	return b;
}

bool
has_text(const struct yw_beat *b, struct yw_bytes note)
{
	return note.len > b->lines_at && memcmp(note.data, b->note.data, b->lines_at) == 0;
}

/* --- judging --- */

/* Fills in what the note says.  My receipt is compared with the owner's own time: the clocks of two nodes may differ by any
 * amount. */
static enum yw_code
judge(struct yw_ledger *l, const struct yw_generation *g, const struct yw_note *note, struct yw_beat *b, struct yw_error *err)
{
	struct yw_beat_verdict v;
	enum yw_code code = yw_trust_judge_note(l->trust, g, note, &v, err);

	if (code != YW_OK)
		return code;
	b->size = v.head.size;
	b->root = v.head.root;
	b->head_id = yw_generation_head_span(g, b->size)->head_id;
	b->quorum = v.quorum;
	b->stands = v.stands;
	b->stood = v.stood;
	b->quorum_time_s = v.quorum == YW_QUORUM_MET ? v.quorum_time_s : 0;
	b->owner_time_s = v.owner_time_s;
	b->mine = false;
	for (size_t i = 0; i < v.n_receipts; i++)
		if (yw_jurisdiction_equal(&v.receipts[i].code, &l->code))
			b->mine = true;
	if (b->mine && b->signed_for_s == 0)
		b->signed_for_s = b->owner_time_s;
	b->mine = b->mine && b->owner_time_s <= b->signed_for_s + REST_S / 2;
	return YW_OK;
}

static enum yw_code
merge_and_judge(struct yw_ledger *l, const struct yw_generation *g, struct yw_bytes old, size_t judged,
    const struct yw_note *add, struct yw_beat *b, struct yw_error *err)
{
	struct merged m = { .bytes = &b->note };
	enum yw_code code = merge_lines(l->trust, g, old, judged, add, &m, err);

	b->known = m.known;
	b->lines_at = m.note.text.len + 1;
	if (code == YW_OK)
		code = judge(l, g, &m.note, b, err);
	yw_note_release(&m.note);
	return code;
}

/* If it fails though `add` is good, a line of `old` is by a key that became known since, and not good: it goes. */
enum yw_code
judge_merged(struct yw_ledger *l, const struct yw_generation *g, struct yw_bytes old, size_t judged,
    const struct yw_note *add, struct yw_beat *b, struct yw_error *err)
{
	struct yw_buf clean = YW_BUF_INIT;
	enum yw_code code = merge_and_judge(l, g, old, judged, add, b, err);

	if (code != YW_ESIG || old.len == 0)
		return code;
	yw_buf_clear(&b->note);
	code = clean_lines(l->trust, g, old, &clean, err);
	if (code == YW_OK)
		code = merge_and_judge(l, g, yw_buf_bytes(&clean), 0, add, b, err);
	yw_buf_release(&clean);
	return code;
}

/* --- the three at hand --- */

/* What is kept for ever is what was judged: a line by a key that becomes known later would go unnoticed there, and comes
 * again from whoever counts it. */
static struct yw_bytes
known_lines(const struct yw_beat *b)
{
	return (struct yw_bytes) { b->note.data, b->known };
}

static enum yw_code
remove_beat(struct yw_ledger *l, struct log_inside *in, size_t at, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct key k = key_beat(log->number, log->beats[at].size);
	struct yw_day first = { 0 };
	enum yw_code code = YW_OK;

	if (log->beats[at].quorum == YW_QUORUM_MET)
		code = first_of_day(l, in, beat_day(&log->beats[at]), &first, err);
	if (code != YW_OK)
		return code;
	if (first.size != log->beats[at].size && !is_met(in, log->beats[at].size))
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	else if (first.size == log->beats[at].size && log->beats[at].known != log->beats[at].note.len)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), known_lines(&log->beats[at]));
	release_beat(&log->beats[at]);
	memmove(&log->beats[at], &log->beats[at + 1], (log->n_beats - at - 1) * sizeof *log->beats);
	log->n_beats--;
	log->beats[log->n_beats] = (struct yw_beat) { .note = YW_BUF_INIT };
	return YW_OK;
}

/* b gives way to a newer one.  What stands stays as a rival while the copy does not show that it leads there, and while that one
 * says less of a closing: of a head that is not on disk yet it is not known how it stands to others (standing.c). */
static enum yw_code
keep_if_needed(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, const struct yw_beat *newer, struct yw_error *err)
{
	bool needed = b->stands && !is_mine(l, in, newer->size, &newer->root);
	enum yw_code code = YW_OK;

	if (b->stands && !needed && !YW_FAULT("closed-for-a-turn"))
		code = says_more(l, in, &(struct yw_tree_head) { b->size, b->root }, &(struct yw_tree_head) { newer->size, newer->root },
		    &needed, err);
	return code == YW_OK && needed ? keep_rival(l, in, b, err) : code;
}

/* Those at [from, to) give way to the one at `to`, which has a quorum, or had one. */
static enum yw_code
give_way(struct yw_ledger *l, struct log_inside *in, size_t from, size_t to, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (; code == YW_OK && from < to; to--) {
		code = keep_if_needed(l, in, &in->pub.beats[from], &in->pub.beats[to], err);
		if (code == YW_OK)
			code = remove_beat(l, in, from, err);
	}
	return code;
}

/* Leaves the newest with quorum, after it the newest that stands or else the oldest pending, and the newest. */
static enum yw_code
prune(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	size_t met = 0, stands = 0, before;
	enum yw_code code;

	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].quorum == YW_QUORUM_MET)
			met = i;
	code = give_way(l, in, 0, met, err);
	before = log->n_beats > 0 && log->beats[0].quorum == YW_QUORUM_MET;
	for (size_t i = before; i < log->n_beats; i++)
		if (log->beats[i].stands)
			stands = i;
	if (code == YW_OK)
		code = give_way(l, in, before, stands, err);
	while (code == YW_OK && log->n_beats > before + 2)
		code = remove_beat(l, in, before + 1, err);
	return code;
}

/* Puts *b, whose note passes over, in its place: there is none of that size, or it replaces that one. */
static enum yw_code
put_beat(struct yw_ledger *l, struct log_inside *in, struct yw_beat *b, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct key k = key_beat(log->number, b->size);
	enum yw_code code = YW_OK;
	size_t at;

	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&b->note));
	for (at = 0; at < log->n_beats && log->beats[at].size < b->size; at++)
		;
	if (at < log->n_beats && log->beats[at].size == b->size) {
		code = unmark_day(l, in, &log->beats[at], b, err);
		release_beat(&log->beats[at]);
	} else {
		memmove(&log->beats[at + 1], &log->beats[at], (log->n_beats - at) * sizeof *log->beats);
		log->n_beats++;
	}
	log_touch(l, in);
	b->stamp = log->stamp;
	log->beats[at] = *b;
	b->note = (struct yw_buf)YW_BUF_INIT;
	if (code == YW_OK)
		code = mark_day(l, in, &log->beats[at], err);
	if (code == YW_OK)
		code = prune(l, in, err);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
sort_out_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = in->pub.n_beats; code == YW_OK && i-- > 0;) {
		const struct yw_beat *b = &in->pub.beats[i];

		if (b->size > in->committed_size || is_mine(l, in, b->size, &b->root))
			continue;
		code = keep_rival(l, in, b, err);
		if (code == YW_OK)
			code = remove_beat(l, in, i, err);
	}
	return code;
}

/* Has a newer one quorum?  Then it is no longer waited for. */
static bool
is_settled(const struct yw_log *log, uint64_t size)
{
	return log->n_beats > 0 && size < log->beats[0].size && log->beats[0].quorum == YW_QUORUM_MET;
}

static enum yw_code
judge_note(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, size_t judged, struct yw_beat *b,
    struct yw_error *err)
{
	struct yw_buf alone = YW_BUF_INIT;
	struct yw_note n = { 0 };
	enum yw_code code = head_alone(l, in, note, &alone, err);

	if (code == YW_OK)
		code = yw_note_parse(yw_buf_bytes(&alone), &n, err);
	if (code == YW_OK)
		code = judge_merged(l, head_generation(l, in), note, judged, &n, b, err);
	yw_note_release(&n);
	yw_buf_release(&alone);
	return code;
}

enum yw_code
judge_again(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_beat *b, struct yw_error *err)
{
	return judge_note(l, in, note, 0, b, err);
}

enum yw_code
judge_quorum(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_beat *b, struct yw_error *err)
{
	return judge_note(l, in, note, note.len, b, err);
}

/* Of settled ones the first with quorum of each day stays: *b, of which `held` is what was kept so far. */
static enum yw_code
put_old(struct yw_ledger *l, struct log_inside *in, struct yw_bytes held, struct yw_beat *b, struct yw_error *err)
{
	struct yw_beat was = { .quorum = YW_QUORUM_NONE };
	struct key k = key_beat(in->pub.number, b->size);
	struct yw_day first;
	enum yw_code code = YW_OK;

	if (b->quorum != YW_QUORUM_MET)
		return YW_OK;
	if (held.len != 0)
		code = judge_again(l, in, held, &was, err);
	if (code == YW_OK)
		code = first_of_day(l, in, beat_day(b), &first, err);
	if (code == YW_OK && (held.len != 0 || first.size == 0 || b->size < first.size)) {
		bool stays = first.size == 0 || b->size <= first.size;

		log_touch(l, in);
		if (stays)
			yw_batch_put(l->batch, F_HEADS, key_bytes(&k), known_lines(b));
		else
			yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
		code = unmark_day(l, in, &was, b, err);
		if (code == YW_OK)
			code = mark_day(l, in, b, err);
		code = code == YW_OK ? code : spoil(l, code, err);
	}
	release_beat(&was);
	return code;
}

/* Does this turn change it already?  The store cannot tell how. */
static bool
marked_now(const struct log_inside *in, uint64_t size)
{
	for (size_t i = 0; i < in->n_days; i++)
		if (in->days[i].size == size)
			return true;
	return false;
}

/* What is kept of a beat that is not at hand any more; nothing: *out stays empty. */
static enum yw_code
kept_beat(struct yw_ledger *l, const struct log_inside *in, uint64_t size, struct yw_buf *out, struct yw_error *err)
{
	struct key k = key_beat(in->pub.number, size);
	enum yw_code code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), out, err);

	return code == YW_ENOENT ? YW_OK : code;
}

/* What is kept of that size is of another branch. */
static enum yw_code
other_of_size(struct yw_ledger *l, struct log_inside *in, const struct yw_note *n, struct yw_error *err)
{
	struct yw_checkpoint c;
	enum yw_code code = yw_checkpoint_parse(n->text, &c, err);

	return code == YW_OK ? add_rival(l, in, &c, n, err) : code;
}

enum yw_code
add_to_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_bytes note, const struct yw_note *parsed,
    struct yw_error *err)
{
	const struct yw_generation *g = head_generation(l, in);
	struct yw_beat *old = find_beat(&in->pub, size);
	struct yw_beat b = { .note = YW_BUF_INIT, .signed_for_s = old != NULL ? old->signed_for_s : 0 };
	bool settled = is_settled(&in->pub, size);
	struct yw_buf kept = YW_BUF_INIT;
	struct yw_bytes held;
	enum yw_code code;

	if (settled && marked_now(in, size))
		return YW_OK;		/* it comes again */
	code = settled ? kept_beat(l, in, size, &kept, err) : YW_OK;
	if (code == YW_OK && kept.len > 0 && !yw_note_same_text(yw_buf_bytes(&kept), note)) {
		yw_buf_release(&kept);
		return other_of_size(l, in, parsed, err);
	}
	held = old != NULL ? yw_buf_bytes(&old->note) : yw_buf_bytes(&kept);
	if (code == YW_OK)
		code = judge_merged(l, g, held, old != NULL ? old->known : 0, parsed, &b, err);
	if (code == YW_OK && settled && b.stands && !is_mine(l, in, in->pub.beats[0].size, &in->pub.beats[0].root))
		code = keep_rival(l, in, &b, err);
	if (code == YW_OK && !yw_bytes_equal(held, settled ? known_lines(&b) : yw_buf_bytes(&b.note)))
		code = settled ? put_old(l, in, held, &b, err) : put_beat(l, in, &b, err);
	release_beat(&b);
	yw_buf_release(&kept);
	return code;
}

enum yw_code
add_note_to_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_bytes note, struct yw_error *err)
{
	struct yw_note n = { 0 };
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code == YW_OK)
		code = add_to_beat(l, in, size, note, &n, err);
	yw_note_release(&n);
	return code;
}

bool
judged_otherwise(const struct yw_beat *a, const struct yw_beat *b)
{
	return a->known != b->known || a->note.len != b->note.len || a->quorum != b->quorum || a->stands != b->stands ||
	    a->stood != b->stood || a->quorum_time_s != b->quorum_time_s;
}

/* T5: by a head key that was handed on before that size, as was learnt since it came.  It says nothing, of whichever branch. */
static bool
is_rotated_out(const struct yw_generation *g, const struct yw_beat *b)
{
	bool was = false;

	for (size_t i = 0; g != NULL && i < g->n_spans; i++)
		was |= g->spans[i].head_id == b->head_id;
	return was && yw_generation_head_span(g, b->size)->head_id != b->head_id;
}

/* The beats at hand of one log; all: also those of which every line is by a key that was known. */
static enum yw_code
judge_log(struct yw_ledger *l, struct log_inside *in, bool all, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t k = in->pub.n_beats; code == YW_OK && k-- > 0;) {
		const struct yw_beat *old = &in->pub.beats[k];
		struct yw_beat b = { .note = YW_BUF_INIT, .signed_for_s = old->signed_for_s };

		if (is_rotated_out(log_generation(l, in), old)) {
			code = remove_beat(l, in, k, err);
			log_touch(l, in);
			continue;
		}
		if (old->known == old->note.len && !all)
			continue;
		code = judge_again(l, in, yw_buf_bytes(&old->note), &b, err);
		if (code == YW_ESIG)	/* by keys that another delegation took away: it goes with the next start */
			code = YW_OK;
		else if (code == YW_OK && judged_otherwise(&b, old)) {
			code = note_met(l, in, old, &b, err);
			if (code == YW_OK)
				code = put_beat(l, in, &b, err);
			k = k < in->pub.n_beats ? k : in->pub.n_beats;
		}
		release_beat(&b);
	}
	return code;
}

/* A key became known: beats that hold a line by one that was not are judged by it.  Another network file: all that are
 * kept are, by its quorum (T15).  A generation was closed, or turned out not to be: so are they, without its receipts or with
 * them (T12). */
enum yw_code
judge_strange(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t version = yw_trust_network(l->trust)->version;
	bool closed = words_due(l), other = version != l->judged_by;
	enum yw_code code = YW_OK;

	l->judged_by = version;
	l->words_judged = yw_trust_word_moment(l->trust);	/* what is judged may say more of closings: then they are due again */
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		size_t before = l->logs[i]->n_cut;

		code = judge_log(l, l->logs[i], closed || other, err);
		if (code == YW_OK)
			code = judge_rivals(l, l->logs[i], err);
		if (code == YW_OK && (closed || other))
			code = judge_days(l, l->logs[i], other, err);
		choose_met(l->logs[i]);
		say_met(l->logs[i], before);
	}
	/* What others say is asked for anew (follow_reach), and not before all are judged: until it is answered void closings count. */
	if (code == YW_OK && l->answers_forgotten && yw_trust_forget_beats(l->trust) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory to ask anew what beats say of closings");
	return code;
}

static enum yw_code
load_beat(struct yw_ledger *l, struct log_inside *in, struct yw_bytes note, struct yw_error *err)
{
	struct yw_beat b = { .note = YW_BUF_INIT, .stamp = in->pub.stamp };
	struct yw_log *log = &in->pub;
	enum yw_code code = judge_again(l, in, note, &b, err);

	if (code == YW_OK && b.size <= in->committed_size && !is_mine(l, in, b.size, &b.root)) {
		load_as_rival(in, &b);		/* kept for its day; what is of the copy's branch may lie behind it */
		return YW_OK;
	}
	if (code != YW_OK || (b.quorum != YW_QUORUM_MET && standing_beat(log) != NULL)) {	/* the latter: kept for its day */
		release_beat(&b);
		return code == YW_ESIG ? YW_OK : code;	/* by keys that a delegation gave and another took away (T3) */
	}
	memmove(&log->beats[1], &log->beats[0], log->n_beats * sizeof b);
	log->beats[0] = b;
	log->n_beats++;
	if (b.quorum != YW_QUORUM_MET && log->n_beats > 2) {	/* between the oldest pending and the newest: kept for its day */
		release_beat(&log->beats[1]);
		log->n_beats--;
		memmove(&log->beats[1], &log->beats[2], (log->n_beats - 1) * sizeof b);
		log->beats[log->n_beats] = (struct yw_beat) { .note = YW_BUF_INIT };
	}
	return YW_OK;
}

enum yw_code
load_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'b');
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	drop_beats(in);
	if (log_generation(l, in) == NULL)
		return YW_OK;
	it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, true);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		code = load_beat(l, in, yw_iter_value(it), err);
		if (code == YW_OK && in->pub.n_beats > 0 && in->pub.beats[0].quorum == YW_QUORUM_MET)
			break;
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

/* --- my own log --- */

static uint64_t
now_s(const struct yw_ledger *l)
{
	return (uint64_t)(yw_utc_ms(&l->clock) / 1000);
}

/* `note`: text and lines of a head or beat; *out: the same with my cosignature. */
static enum yw_code
add_cosignature(struct yw_ledger *l, struct yw_bytes note, uint64_t time_s, struct yw_buf *out, struct yw_error *err)
{
	struct yw_note n;
	struct yw_vkey v;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return code;
	yw_buf_add(out, note.data, note.len);
	if (yw_cosign_vkey(l->network.name, &l->code, &l->keys->pub.cosign, &v) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "'%s/%s/cosign' cannot be the name of a key", l->network.name, l->code.code);
	if (code == YW_OK)
		code = yw_note_cosign(n.text, &v, &l->keys->cosign, time_s, out, err);
	yw_note_release(&n);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}

/* When the next beat is due: a growing log's after beat_every, one at rest after an hour.  INT64_MAX: none. */
static int64_t
beat_due_at(struct yw_ledger *l)
{
	const struct yw_log *log = &l->own->pub;
	const struct yw_beat *b = log->n_beats > 0 ? &log->beats[log->n_beats - 1] : NULL;
	bool grows = log->size > (b != NULL ? b->size : 0) || l->groups != NULL;

	if (b == NULL)
		return grows ? INT64_MIN : INT64_MAX;
	if (l->own->beat_at_ms == INT64_MIN) {	/* made before this run: the wall clock says how long ago, as far as it can */
		int64_t age = yw_utc_ms(&l->clock) - (int64_t)b->owner_time_s * 1000;

		l->own->beat_at_ms = yw_mono_ms(&l->clock) - (age < 0 ? 0 : age);
	}
	return l->own->beat_at_ms + (grows ? (int64_t)l->beat_every_ms : REST_S * 1000);
}

enum yw_code
yw_ledger_beat(struct yw_ledger *l, int64_t *next_ms, struct yw_error *err)
{
	int64_t now = yw_mono_ms(&l->clock), due;

	(void)err;
	if (!may_append(l, NULL)) {
		*next_ms = cleared_wake(l);
		return YW_OK;
	}
	due = beat_due_at(l);
	if (due <= now) {
		l->beat_due = may_write(l, NULL) == YW_OK;
		l->dirty |= l->beat_due;
		due = now + (int64_t)l->beat_every_ms;
	}
	*next_ms = due;
	return YW_OK;
}

/* Where my clock was set back, a log at rest goes on from its last beat, hour by hour: one that is dated before it would be
 * news to nobody, and the owner silent.  With the next entry the clock counts again. */
static uint64_t
beat_time_s(const struct yw_ledger *l)
{
	const struct yw_beat *last = find_beat(&l->own->pub, l->own->pub.size);
	uint64_t now = now_s(l);

	return last != NULL && now <= last->owner_time_s ? last->owner_time_s + REST_S : now;
}

enum yw_code
make_beat(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code;

	if (!may_append(l, NULL) || l->own->pub.size == 0)
		return YW_OK;
	code = add_cosignature(l, yw_buf_bytes(&l->own->pub.full), beat_time_s(l), &note, err);
	if (code == YW_OK)
		code = add_note_to_beat(l, l->own, l->own->pub.size, yw_buf_bytes(&note), err);
	if (code == YW_OK)
		l->own->beat_at_ms = yw_mono_ms(&l->clock);
	yw_buf_release(&note);
	return code;
}

/* --- other logs --- */

bool
is_mine(struct yw_ledger *l, const struct log_inside *in, uint64_t size, const struct yw_hash *root)
{
	struct yw_hash mine;

	if (size == in->pub.size)
		return yw_hash_equal(&in->pub.root, root);
	return size <= in->committed_size && log_root(l, in, size, &mine, NULL) == YW_OK && yw_hash_equal(&mine, root);
}

/* A receipt of mine that I do not know of: this is an old copy of the disk (L4).  Unless it is by keys from before a key
 * change: whoever has the change has all that they signed, or has forgotten it already. */
static void
recognise(struct yw_ledger *l, struct log_inside *in, uint64_t size)
{
	const struct yw_beat *b = find_beat(&in->pub, size);

	if (in == l->own || b == NULL || !b->mine || size <= in->cosigned)
		return;
	if (!l->restored && signed_by_present_keys(l, yw_buf_bytes(&b->note)))
		mark_restored(l);
	put_cosigned(l, in, size, &b->root);
}

/* Is the key that is valid at this size one that the log as it is held here gives? */
static bool
is_placed(const struct yw_ledger *l, const struct log_inside *in, uint64_t size)
{
	const struct yw_pubkey *known = &yw_generation_head_keys(log_generation(l, in), size)->head;

	return yw_pubkey_equal(known, &yw_generation_head_keys(head_generation(l, in), size)->head);
}

/* Looked for from *at on, since both mostly have their lines in one order; then among all. */
static bool
has_line(struct yw_bytes lines, struct yw_bytes *at, struct yw_bytes line)
{
	struct yw_bytes one;

	for (unsigned round = 0; round < 2; round++, *at = lines)
		while (yw_line_next(at, &one))
			if (yw_bytes_equal(one, line))
				return true;
	return false;
}

/* Has the beat that is held all lines of the note, of the same text? */
static bool
has_all(const struct yw_beat *b, struct yw_bytes note)
{
	struct yw_bytes held = { b->note.data + b->lines_at, b->note.len - b->lines_at }, at = held, rest, line;
	bool all = has_text(b, note);

	if (!all)
		return false;
	rest = (struct yw_bytes) { note.data + b->lines_at, note.len - b->lines_at };
	while (all && yw_line_next(&rest, &line))
		all = has_line(held, &at, line);
	return all && rest.len == 0;
}

/* Is there nothing in it that one of the beats at hand has not?  Most of what comes was sent by two ways at once. */
static bool
is_old_news(const struct yw_ledger *l, struct yw_bytes note)
{
	struct yw_bytes rest = note, line = nothing;
	char origin[YW_ORIGIN_MAX + 1];
	const struct log_inside *in;

	if (!yw_line_next(&rest, &line) || line.len == 0 || line.len > YW_ORIGIN_MAX)
		return false;
	memcpy(origin, line.data, line.len);
	origin[line.len] = '\0';
	in = find_log(l, origin);
	for (size_t i = 0; in != NULL && i < in->pub.n_beats; i++)
		if (has_all(&in->pub.beats[i], note))
			return true;
	for (size_t i = 0; in != NULL && i < in->pub.n_rivals; i++)
		if (has_all(&in->pub.rivals[i], note))
			return true;
	return false;
}

/* Is it known not to be of the branch that is held here, or of which branch it is will not be learnt by fetching on? */
static bool
is_rival(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c)
{
	const struct yw_beat *same = find_beat(&in->pub, c->size);

	if (same != NULL)
		return !yw_hash_equal(&same->root, &c->root);
	return (c->size <= in->committed_size || in->pub.frozen || !takes_entries(l, in)) && !is_mine(l, in, c->size, &c->root);
}

/* What read_head_note() read. */
static enum yw_code
take_read_beat(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    const struct yw_note *parsed, struct yw_error *err)
{
	enum yw_code seen = take_read_head(l, in, c, note, err), code;

	if (seen != YW_OK && seen != YW_ECONFLICT)
		return seen;
	if (!is_placed(l, in, c->size) && log_generation(l, in)->open) {
		code = see_beyond(l, in, c, note, err);
		return code == YW_OK ? yw_fail(err, YW_ENOENT, "a beat of '%s' by a key whose key change is not here yet", c->origin) : code;
	}
	if (is_rival(l, in, c)) {
		code = add_rival(l, in, c, parsed, err);
		return code == YW_OK ? seen : code;
	}
	code = add_to_beat(l, in, c->size, note, parsed, err);
	if (code == YW_OK)
		recognise(l, in, c->size);
	return code == YW_OK ? seen : code;
}

enum yw_code
yw_ledger_take_beat(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct log_inside *in;
	struct yw_note n;
	enum yw_code code = may_write(l, err), seen = YW_OK;

	if (code != YW_OK || is_old_news(l, note))
		return code;
	code = read_head_note(l, note, &n, &in, &c, err);
	if (in != NULL && (code == YW_OK || code == YW_ENOENT))
		seen = see_elsewhere(l, in, note, err);
	if (seen != YW_OK)
		code = seen;
	if (code == YW_OK)
		code = take_read_beat(l, in, &c, note, &n, err);
	yw_note_release(&n);
	return code;
}

/* Do I hold everything a receipt for this beat promises (R5), on the same branch, and on that of my last one (L4)? */
static bool
deserves_receipt(struct yw_ledger *l, const struct log_inside *in, const struct yw_beat *b)
{
	return !b->mine && !is_rotated_out(log_generation(l, in), b) &&
	    ((b->size <= in->pub.receipts_to && (!absent_too_late(l, in, b->size) || YW_FAULT("lost-early"))) || YW_FAULT("receipt-early")) &&
	    is_mine(l, in, b->size, &b->root) &&
	    (in->cosigned == 0 || is_mine(l, in, in->cosigned, &in->cosigned_root));
}

static bool
may_cosign(struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);

	return l->own != NULL && in != l->own && !yw_ledger_behind(l) && (!in->unsure || YW_FAULT("receipts-unasked")) && g != NULL &&
	    g->open && !in->pub.frozen && yw_trust_receipt_travels(l->trust, g, &l->code);
}

/* Looked at before who may sign, which takes longer. */
static bool
awaits_receipt(const struct log_inside *in)
{
	for (size_t k = 0; k < in->pub.n_beats; k++)
		if (!in->pub.beats[k].mine)
			return true;
	return false;
}

bool
receipts_due(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		const struct log_inside *in = l->logs[i];

		if (in->cosign_looked != 0 || !awaits_receipt(in) || !may_cosign(l, in))
			continue;
		for (size_t k = 0; k < in->pub.n_beats; k++)
			if (deserves_receipt(l, in, &in->pub.beats[k]))
				return true;
	}
	return false;
}

/* To the head alone: a line that is held may be by a key that became known in this turn, and not be good. */
static enum yw_code
cosign_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_error *err)
{
	struct yw_beat *b = find_beat(&in->pub, size);
	struct yw_buf alone = YW_BUF_INIT, note = YW_BUF_INIT;
	enum yw_code code;

	if (b == NULL)
		return YW_OK;
	put_cosigned(l, in, b->size, &b->root);		/* in the batch that the receipt waits for (L4) */
	code = head_alone(l, in, yw_buf_bytes(&b->note), &alone, err);
	if (code == YW_OK)
		code = add_cosignature(l, yw_buf_bytes(&alone), now_s(l), &note, err);
	if (code == YW_OK)
		code = add_note_to_beat(l, in, size, yw_buf_bytes(&note), err);
	yw_buf_release(&alone);
	yw_buf_release(&note);
	b = find_beat(&in->pub, size);
	if (code == YW_OK && b != NULL) {	/* also where my clock went back and the note says no more than before */
		b->signed_for_s = b->owner_time_s;
		b->mine = true;
	}
	return code;
}

static enum yw_code
cosign_log(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	uint64_t sizes[YW_BEATS_KEPT];
	size_t n = 0;
	enum yw_code code = YW_OK;

	for (size_t i = 0; i < in->pub.n_beats; i++)	/* a receipt can bring the quorum, and that prunes the list */
		if (deserves_receipt(l, in, &in->pub.beats[i]))
			sizes[n++] = in->pub.beats[i].size;
	for (size_t i = 0; code == YW_OK && i < n; i++)
		code = cosign_beat(l, in, sizes[i], err);
	return code;
}

/* Only what has changed since it was looked at last: most logs of a network wait for others' receipts only. */
enum yw_code
yw_ledger_cosign(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t moment = yw_trust_moment(l->trust);
	enum yw_code code = may_write(l, err);

	if (code != YW_OK || l->own == NULL || yw_ledger_behind(l))
		return code == YW_ESTOPPED ? YW_OK : code;
	if (l->cosign_looked == l->stamp && l->cosign_moment == moment && l->cosign_commit == l->commit)
		return YW_OK;
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if (in->cosign_looked == in->pub.stamp && in->cosign_moment == moment)
			continue;
		if (awaits_receipt(in) && may_cosign(l, in))
			code = cosign_log(l, in, err);
		in->cosign_looked = code == YW_OK ? in->pub.stamp : 0;
		in->cosign_moment = moment;
	}
	l->cosign_looked = code == YW_OK ? l->stamp : 0;
	l->cosign_moment = moment;
	l->cosign_commit = l->commit;
	return code;
}
