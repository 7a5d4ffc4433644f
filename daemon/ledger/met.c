/*
 * met.c - beats that had their quorum with receipts of a generation which was closed since (T12).
 *
 * Such receipts count no more for any quorum, whoever judges, so a beat may lose its quorum: what follows from that is as
 * if it had never had one (R6), but for what stands against a closing (T7).  But this node has seen it, and says so: "met when seen, cut by 320100".  Whoever comes
 * later cannot, since a stolen key signs whatever time it likes; so it is remembered here, beside the beat itself:
 * heads n 'm' size -> quorum time, code.  It goes where the closing turns out void (T7) and the quorum is there again.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define TIME_BYTES 8

static struct key
key_met(const struct log_inside *in, uint64_t size)
{
	struct key k = key_head(in->pub.number, 'm');

	yw_put_be64(k.b + k.len, size);
	k.len += 8;
	return k;
}

/* --- memory --- */

void
drop_met(struct log_inside *in)
{
	free(in->cut);
	in->cut = NULL;
	in->n_cut = 0;
	in->pub.met = (struct yw_met) { .size = 0 };
}

static struct yw_met *
find_met(const struct log_inside *in, uint64_t size)
{
	for (size_t i = 0; i < in->n_cut; i++)
		if (in->cut[i].size == size)
			return &in->cut[i];
	return NULL;
}

bool
is_met(const struct log_inside *in, uint64_t size)
{
	return find_met(in, size) != NULL;
}

void
choose_met(struct log_inside *in)
{
	uint64_t quorum = 0;

	for (size_t i = 0; i < in->pub.n_beats; i++)
		if (in->pub.beats[i].quorum == YW_QUORUM_MET)
			quorum = in->pub.beats[i].size;
	in->pub.met = (struct yw_met) { .size = 0 };
	for (size_t i = 0; i < in->n_cut; i++)
		if (in->cut[i].size > quorum && in->cut[i].size > in->pub.met.size)
			in->pub.met = in->cut[i];
}

static enum yw_code
add_met(struct log_inside *in, const struct yw_met *m, struct yw_error *err)
{
	struct yw_met *more = realloc(in->cut, (in->n_cut + 1) * sizeof *more);

	if (more == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a beat of '%s'", in->pub.origin.text);
	in->cut = more;
	more[in->n_cut++] = *m;
	return YW_OK;
}

/* --- the store --- */

static bool
decode_met(struct yw_bytes v, uint64_t size, struct yw_met *out)
{
	*out = (struct yw_met) { .size = size };
	if (v.len != TIME_BYTES && v.len != TIME_BYTES + YW_CODE_DIGITS)
		return false;
	out->quorum_time_s = yw_get_be64(v.data);
	return v.len == TIME_BYTES ||
	    yw_jurisdiction_parse((const char *)v.data + TIME_BYTES, YW_CODE_DIGITS, &out->by) == YW_OK;
}

enum yw_code
load_met(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'm');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;
	struct yw_met m;

	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		if (yw_iter_key(it).len == prefix.len + 8 &&
		    decode_met(yw_iter_value(it), yw_get_be64(yw_iter_key(it).data + prefix.len), &m))
			code = add_met(in, &m, err);
		else
			code = yw_fail(err, YW_EIO, "a quorum that was cut, of '%s', has another form: the store is damaged",
			    in->pub.origin.text);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	choose_met(in);
	return code == YW_OK ? end : code;
}

/* The smallest that is remembered from that size on; YW_ENOENT: none. */
static enum yw_code
first_met(const struct yw_view *v, const struct yw_log_info *log, uint64_t min_size, uint64_t *size, struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'm'), from = prefix;
	enum yw_code code = YW_ENOENT, end;
	struct yw_iter *it;

	yw_put_be64(from.b + from.len, min_size);
	from.len += 8;
	it = yw_iter_new(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&prefix), key_bytes(&from), false);
	if (yw_iter_valid(it) && yw_iter_key(it).len == from.len) {
		*size = yw_get_be64(yw_iter_key(it).data + prefix.len);
		code = YW_OK;
	}
	end = yw_iter_finish(it, err);
	return end == YW_OK ? code : end;
}

enum yw_code
yw_view_met(const struct yw_view *v, const struct yw_log_info *log, uint64_t min_size, struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *g = yw_view_generation(v, log);
	struct yw_buf note = YW_BUF_INIT;
	uint64_t size = 0;
	enum yw_code code = g != NULL ? first_met(v, log, min_size, &size, err) : YW_ENOENT;
	struct key k = key_beat(log->number, size);

	if (code == YW_OK)
		code = yw_store_get(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&k), &note, err);
	if (code == YW_OK)
		code = verified_lines(yw_view_trust(v), g, yw_buf_bytes(&note), out, err);
	yw_buf_release(&note);
	return code;
}

static enum yw_code
put_met(struct yw_ledger *l, struct log_inside *in, const struct yw_met *m, struct yw_error *err)
{
	struct key k = key_met(in, m->size);
	uint8_t v[TIME_BYTES + YW_CODE_DIGITS];

	if (is_met(in, m->size))
		return YW_OK;
	yw_put_be64(v, m->quorum_time_s);
	memcpy(v + TIME_BYTES, m->by.code, YW_CODE_DIGITS);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k),
	    (struct yw_bytes) { v, m->by.code[0] != '\0' ? sizeof v : TIME_BYTES });
	log_touch(l, in);
	return add_met(in, m, err);
}

static void
take_back(struct yw_ledger *l, struct log_inside *in, uint64_t size)
{
	struct yw_met *m = find_met(in, size);
	struct key k = key_met(in, size);

	if (m == NULL)
		return;
	*m = in->cut[--in->n_cut];
	yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	log_touch(l, in);
}

/* One line for each log, however many beats. */
void
say_met(const struct log_inside *in, size_t before)
{
	const struct yw_met *m;

	if (in->n_cut <= before)
		return;
	m = &in->cut[before];
	for (size_t i = before + 1; i < in->n_cut; i++)
		if (in->cut[i].size > m->size)
			m = &in->cut[i];
	yw_log(YW_LOG_WARN, "quorum-cut", "origin=%s by=%s %zu of its beats, the last of %llu entries, had their quorum with receipts "
	    "of a generation that is closed now: such receipts count no more, and 'yiwang logs' says met when seen",
	    in->pub.origin.text, m->by.code[0] != '\0' ? m->by.code : "root-keys", in->n_cut - before,
	    (unsigned long long)m->size);
}

/* --- judging --- */

#define DUE UINT64_MAX		/* no moment of trust/ */

bool
words_due(const struct yw_ledger *l)
{
	return l->words_judged != yw_trust_word_moment(l->trust);
}

void
put_words(struct yw_ledger *l)
{
	struct key k = key_meta("words");

	if (words_due(l))
		yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { (const uint8_t *)"", 0 });
	else if (l->words_stored)
		yw_batch_delete(l->batch, F_META, key_bytes(&k));
}

enum yw_code
load_words(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("words");
	struct yw_buf v = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	yw_buf_release(&v);
	l->words_stored = code == YW_OK;
	l->words_judged = l->words_stored && !YW_FAULT("words-forgotten") ? DUE : yw_trust_word_moment(l->trust);
	l->dirty |= words_due(l);
	return code == YW_ENOENT ? YW_OK : code;
}

/* Does the note hold a receipt of a generation that is closed?  The owner's own never counted (T15). */
static bool
is_cut(const struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_jurisdiction *by)
{
	struct yw_jurisdiction code;
	struct yw_note n;
	bool found = false;

	if (yw_note_parse(note, &n, NULL) != YW_OK)
		return false;
	for (size_t i = 0; i < n.n_sigs && !found; i++)
		found = yw_trust_cosigner(l->trust, n.sigs[i].name, &code) && !yw_jurisdiction_equal(&code, &in->pub.code) &&
		    yw_trust_receipt_cut(l->trust, &n.sigs[i], by);
	yw_note_release(&n);
	return found;
}

enum yw_code
note_met(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was, const struct yw_beat *is,
    struct yw_error *err)
{
	struct yw_met m = { .size = was->size, .quorum_time_s = was->quorum_time_s };

	l->answers_forgotten |= was->stands && !is->stands;
	if (is->quorum == YW_QUORUM_MET)
		take_back(l, in, is->size);
	else if (was->quorum == YW_QUORUM_MET && is_cut(l, in, yw_buf_bytes(&is->note), &m.by))
		return put_met(l, in, &m, err);
	return YW_OK;
}

/* It lies in the store alone; `was` and `is` say how it stood, and stands.  Its bytes may have been given up in this turn,
 * for another one of the day that it leaves. */
static enum yw_code
move_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was, const struct yw_beat *is, struct yw_bytes note,
    struct yw_error *err)
{
	struct key k = key_beat(in->pub.number, was->size);
	struct yw_day first = { .size = 0 };
	enum yw_code code = unmark_day(l, in, was, is, err);

	if (code == YW_OK)
		code = mark_day(l, in, is, err);
	if (code == YW_OK && is->quorum == YW_QUORUM_MET)
		code = first_of_day(l, in, beat_day(is), &first, err);
	if (code == YW_OK && first.size == was->size)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), note);
	return code == YW_OK ? note_met(l, in, was, is, err) : code;
}

/*
 * By the newest network file a beat may have its quorum at another time, and so be of another day.  One that meets an older
 * file only stays where it is: what existed by then is proven by it still, and a verdict names that version (T15).
 */
static enum yw_code
judge_by_other(struct yw_ledger *l, struct log_inside *in, struct yw_beat *was, struct yw_bytes note, struct yw_error *err)
{
	struct yw_beat b = { .note = YW_BUF_INIT };
	enum yw_code code = judge_quorum(l, in, note, &b, err);

	if (code == YW_OK && b.quorum == YW_QUORUM_MET && b.quorum_time_s != was->quorum_time_s)
		code = move_day(l, in, was, &b, note, err);
	yw_buf_release(&b.note);
	return code;
}

/* One that is at hand, and was judged: `was` is what the store says of it, which may be from before memory was read anew. */
static enum yw_code
follow_judged(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was, const struct yw_beat *is, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if ((was->quorum == YW_QUORUM_MET) == (is->quorum == YW_QUORUM_MET))
		return YW_OK;
	code = unmark_day(l, in, was, is, err);
	if (code == YW_OK)
		code = mark_day(l, in, is, err);
	return code == YW_OK ? note_met(l, in, was, is, err) : code;
}

/* `was` says how it stood so far. */
static enum yw_code
judge_stored(struct yw_ledger *l, struct log_inside *in, struct yw_beat *was, bool other_quorum, struct yw_error *err)
{
	struct key k = key_beat(in->pub.number, was->size);
	struct yw_beat b = { .note = YW_BUF_INIT };
	struct yw_buf note = YW_BUF_INIT;
	struct yw_jurisdiction by;
	const struct yw_beat *at_hand = find_beat(&in->pub, was->size);
	enum yw_code code;

	if (at_hand != NULL)
		return follow_judged(l, in, was, at_hand, err);
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), &note, err);
	if (code == YW_OK && (is_met(in, was->size) || is_cut(l, in, yw_buf_bytes(&note), &by))) {
		code = judge_again(l, in, yw_buf_bytes(&note), &b, err);
		if (code == YW_OK)
			code = move_day(l, in, was, &b, yw_buf_bytes(&note), err);
	} else if (code == YW_OK && other_quorum) {
		code = judge_by_other(l, in, was, yw_buf_bytes(&note), err);
	}
	yw_buf_release(&b.note);
	yw_buf_release(&note);
	return code == YW_ENOENT || code == YW_ESIG ? YW_OK : code;	/* by keys that a delegation gave and another took away */
}

enum yw_code
judge_days(struct yw_ledger *l, struct log_inside *in, bool other_quorum, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'd');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;

	if (log_generation(l, in) == NULL)
		return yw_iter_finish(it, err);
	for (size_t i = in->n_cut; code == YW_OK && i-- > 0;)
		code = judge_stored(l, in, &(struct yw_beat) { .size = in->cut[i].size, .quorum = YW_QUORUM_NOT_MET }, false, err);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes v = yw_iter_value(it);

		if (v.len == 2 * TIME_BYTES)
			code = judge_stored(l, in, &(struct yw_beat) { .size = yw_get_be64(v.data),
			    .quorum = YW_QUORUM_MET, .quorum_time_s = yw_get_be64(v.data + TIME_BYTES) }, other_quorum, err);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}
