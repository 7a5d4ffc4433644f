/*
 * beats.c - beats and receipts (R4 to R6): which heads are offered for signing, and who signed them.
 *
 * Of each log at most three beats are kept at hand, sizes rising: the newest with quorum, the oldest pending, the
 * newest.  In the store stay besides, for ever, the first quorum beat of each UTC day (heads n 'd' day -> size).
 * Of one key the earliest receipt (existed by) and the newest (freshness) are kept.
 */
#include <stdlib.h>

#include "base/text.h"
#include "ledger/ledger_int.h"

#define REST_S 3600		/* R4: a log at rest gives a beat once an hour */
#define DAY_S 86400
#define TIME_BYTES 8

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

/* --- merging signature lines --- */

/* "<network>/<code>/cosign" -> code; false for any other name. */
static bool
cosigner(struct yw_bytes name, struct yw_jurisdiction *out)
{
	static const char suffix[] = "/cosign";
	size_t n = sizeof suffix - 1;

	if (name.len <= n + YW_CODE_DIGITS || memcmp(name.data + name.len - n, suffix, n) != 0 ||
	    name.data[name.len - n - YW_CODE_DIGITS - 1] != '/')
		return false;
	return yw_jurisdiction_parse((const char *)name.data + name.len - n - YW_CODE_DIGITS, YW_CODE_DIGITS, out) == YW_OK;
}

static bool
line_travels(const struct yw_ledger *l, const struct yw_generation *g, const struct yw_note_sig *s)
{
	struct yw_jurisdiction code;

	if (yw_bytes_equal(s->name, yw_bytes_str(g->origin.text)))
		return true;
	return cosigner(s->name, &code) &&
	    (yw_jurisdiction_equal(&code, &g->code) || yw_trust_receipt_travels(l->trust, g, &code));
}

static bool
same_key(const struct yw_note_sig *a, const struct yw_note_sig *b)
{
	return a->id == b->id && yw_bytes_equal(a->name, b->name);
}

static uint64_t
line_time(const struct yw_note_sig *s)
{
	return s->len >= TIME_BYTES && s->len <= sizeof s->data ? yw_get_be64(s->data) : 0;
}

struct lines {
	const struct yw_note_sig *s[2 * YW_NOTE_SIGNATURES_MAX];
	size_t n;
};

/* Is there an earlier and a later line of the same key?  Then this one says nothing new. */
static bool
between(const struct lines *all, const struct yw_note_sig *s)
{
	bool earlier = false, later = false;

	for (size_t i = 0; i < all->n; i++) {
		if (all->s[i] == s || !same_key(all->s[i], s))
			continue;
		earlier = earlier || line_time(all->s[i]) < line_time(s);
		later = later || line_time(all->s[i]) > line_time(s);
	}
	return earlier && later;
}

static bool
has_line(const struct lines *all, const struct yw_note_sig *s)
{
	for (size_t i = 0; i < all->n; i++)
		if (yw_bytes_equal(all->s[i]->line, s->line))
			return true;
	return false;
}

static void
add_lines(const struct yw_ledger *l, const struct yw_generation *g, const struct yw_note *n, struct lines *all)
{
	for (size_t i = 0; i < n->n_sigs; i++)
		if (line_travels(l, g, &n->sigs[i]) && !has_line(all, &n->sigs[i]))
			all->s[all->n++] = &n->sigs[i];
}

/* The text of `old` (or of `add` where there is none) with the lines of both; *changed: more than `old` said. */
static enum yw_code
merge(const struct yw_ledger *l, const struct yw_generation *g, struct yw_bytes old, struct yw_bytes add,
    struct yw_buf *out, bool *changed, struct yw_error *err)
{
	struct yw_note a = { 0 }, b = { 0 };
	struct lines all = { .n = 0 };
	size_t before, kept = 0;
	enum yw_code code = YW_OK;

	if (old.len > 0)
		code = yw_note_parse(old, &a, err);
	if (code == YW_OK)
		code = yw_note_parse(add, &b, err);
	if (code != YW_OK)
		goto out;
	add_lines(l, g, &a, &all);
	before = all.n;
	add_lines(l, g, &b, &all);
	*changed = old.len == 0;
	yw_buf_add(out, b.text.data, b.text.len);
	yw_buf_add_byte(out, '\n');
	for (size_t i = 0; i < all.n && kept < YW_NOTE_SIGNATURES_MAX; i++) {
		if (between(&all, all.s[i]))
			continue;
		yw_buf_add(out, all.s[i]->line.data, all.s[i]->line.len);
		*changed = *changed || i >= before;
		kept++;
	}
	code = yw_buf_check(out, err);
out:
	yw_note_release(&a);
	yw_note_release(&b);
	return code;
}

/* --- the three at hand --- */

static enum yw_code
judge(struct yw_ledger *l, const struct yw_generation *g, struct yw_beat *b, struct yw_error *err)
{
	struct yw_beat_verdict v;
	enum yw_code code = yw_trust_judge_beat(l->trust, g, yw_buf_bytes(&b->note), &v, err);

	if (code != YW_OK)
		return code;
	b->size = v.head.size;
	b->root = v.head.root;
	b->quorum = v.quorum;
	b->quorum_time_s = v.quorum == YW_QUORUM_MET ? v.quorum_time_s : 0;
	b->owner_time_s = v.owner_time_s;
	b->mine = false;
	for (size_t i = 0; i < v.n_receipts; i++)
		if (yw_jurisdiction_equal(&v.receipts[i].code, &l->code))
			b->mine = true;
	if (b->mine && b->signed_for_s == 0)
		b->signed_for_s = b->owner_time_s;
	/* Compared with the owner's own time: the clocks of two nodes may differ by any amount. */
	b->mine = b->mine && b->owner_time_s <= b->signed_for_s + REST_S / 2;
	return YW_OK;
}

/* The first quorum beat of a UTC day stays in the store (R6). */
static enum yw_code
kept_for_ever(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, bool *kept, struct yw_error *err)
{
	struct key k = key_head(in->pub.number, 'd');
	struct yw_buf v = YW_BUF_INIT;
	uint8_t size[8];
	enum yw_code code;

	*kept = false;
	if (b->quorum != YW_QUORUM_MET)
		return YW_OK;
	yw_put_be32(k.b + k.len, (uint32_t)(b->quorum_time_s / DAY_S));
	k.len += 4;
	yw_put_be64(size, b->size);
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), &v, err);
	if (code == YW_OK)
		*kept = v.len == sizeof size && memcmp(v.data, size, sizeof size) == 0;
	yw_buf_release(&v);
	if (code != YW_ENOENT)
		return code;
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { size, sizeof size });
	*kept = true;
	return YW_OK;
}

static enum yw_code
remove_beat(struct yw_ledger *l, struct log_inside *in, size_t at, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct key k = key_beat(log->number, log->beats[at].size);
	bool kept;
	enum yw_code code = kept_for_ever(l, in, &log->beats[at], &kept, err);

	if (code != YW_OK)
		return code;
	if (!kept)
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	release_beat(&log->beats[at]);
	memmove(&log->beats[at], &log->beats[at + 1], (log->n_beats - at - 1) * sizeof *log->beats);
	log->n_beats--;
	log->beats[log->n_beats] = (struct yw_beat) { .note = YW_BUF_INIT };
	return YW_OK;
}

/* Index of the newest beat with quorum, or n_beats. */
static size_t
quorum_at(const struct yw_log *log)
{
	for (size_t i = log->n_beats; i-- > 0;)
		if (log->beats[i].quorum == YW_QUORUM_MET)
			return i;
	return log->n_beats;
}

/* Leaves the newest with quorum, the oldest pending and the newest. */
static enum yw_code
prune(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	size_t q = quorum_at(&in->pub), first_pending;
	enum yw_code code = YW_OK;

	if (q < in->pub.n_beats)
		for (; code == YW_OK && q > 0; q--)
			code = remove_beat(l, in, 0, err);
	first_pending = quorum_at(&in->pub) == 0 && in->pub.n_beats > 0 ? 1 : 0;
	while (code == YW_OK && in->pub.n_beats > first_pending + 2)
		code = remove_beat(l, in, first_pending + 1, err);
	return code;
}

/* Puts *b (whose note passes over) in its place: there is none of that size, or it replaces that one. */
static enum yw_code
put_beat(struct yw_ledger *l, struct log_inside *in, struct yw_beat *b, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct key k = key_beat(log->number, b->size);
	enum yw_code code = YW_OK;
	bool kept;
	size_t at;

	for (at = 0; at < log->n_beats && log->beats[at].size < b->size; at++)
		;
	if (at < log->n_beats && log->beats[at].size == b->size) {
		release_beat(&log->beats[at]);
	} else {
		if (log->n_beats == YW_BEATS_KEPT) {	/* between oldest pending and newest: it would be pruned at once */
			if (at < log->n_beats) {
				release_beat(b);
				return YW_OK;
			}
			code = remove_beat(l, in, log->n_beats - 1, err);
			if (code != YW_OK)
				return code;
			at = log->n_beats;
		}
		memmove(&log->beats[at + 1], &log->beats[at], (log->n_beats - at) * sizeof *log->beats);
		log->n_beats++;
	}
	log_touch(l, in);
	b->stamp = log->stamp;
	log->beats[at] = *b;
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), yw_buf_bytes(&b->note));
	b->note = (struct yw_buf)YW_BUF_INIT;
	code = kept_for_ever(l, in, &log->beats[at], &kept, err);
	return code == YW_OK ? prune(l, in, err) : code;
}

static struct yw_beat *
find_beat(struct yw_log *log, uint64_t size)
{
	for (size_t i = 0; i < log->n_beats; i++)
		if (log->beats[i].size == size)
			return &log->beats[i];
	return NULL;
}

/* Adds the lines of `note` to the beat of that size, or makes one. */
static enum yw_code
add_to_beat(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_bytes note, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_beat *old = find_beat(&in->pub, size);
	struct yw_beat b = { .note = YW_BUF_INIT, .signed_for_s = old != NULL ? old->signed_for_s : 0 };
	bool changed;
	enum yw_code code;

	code = merge(l, g, old != NULL ? yw_buf_bytes(&old->note) : (struct yw_bytes) { NULL, 0 }, note, &b.note,
	    &changed, err);
	if (code == YW_OK && changed)
		code = judge(l, g, &b, err);
	if (code == YW_OK && changed)
		code = put_beat(l, in, &b, err);
	release_beat(&b);
	return code;
}

enum yw_code
load_beats(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct key prefix = key_head(in->pub.number, 'b');
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	drop_beats(in);
	if (g == NULL)
		return YW_OK;
	it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, true);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read the beats of '%s'", in->pub.origin.text);
	for (; code == YW_OK && yw_iter_valid(it) && in->pub.n_beats < YW_BEATS_KEPT; yw_iter_next(it)) {
		struct yw_beat b = { .note = YW_BUF_INIT, .stamp = in->pub.stamp };

		yw_buf_add(&b.note, yw_iter_value(it).data, yw_iter_value(it).len);
		code = yw_buf_check(&b.note, err);
		if (code == YW_OK)
			code = judge(l, g, &b, err);
		if (code != YW_OK) {
			release_beat(&b);
			break;
		}
		memmove(&in->pub.beats[1], &in->pub.beats[0], in->pub.n_beats * sizeof b);
		in->pub.beats[0] = b;
		in->pub.n_beats++;
		if (b.quorum == YW_QUORUM_MET)
			break;
	}
	end = yw_iter_finish(it, err);
	return code != YW_OK ? code : end;
}

/* --- my own log --- */

static enum yw_code
cosign_vkey(const struct yw_ledger *l, struct yw_vkey *v, struct yw_error *err)
{
	char name[YW_KEYNAME_MAX + 1];

	snprintf(name, sizeof name, "%s/%s/cosign", l->network.name, l->code.code);
	if (yw_vkey_make(name, YW_NOTE_COSIGNATURE, &l->keys->pub.cosign, v) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s' cannot be the name of a key", name);
	return YW_OK;
}

/* `note`: text and lines of a head or beat; appends my cosignature line over its text. */
static enum yw_code
add_cosignature(struct yw_ledger *l, struct yw_bytes note, struct yw_buf *out, struct yw_error *err)
{
	struct yw_note n;
	struct yw_vkey v;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return code;
	code = cosign_vkey(l, &v, err);
	yw_buf_add(out, note.data, note.len);
	if (code == YW_OK)
		code = yw_note_cosign(n.text, &v, &l->keys->cosign, (uint64_t)(yw_utc_ms(&l->clock) / 1000), out, err);
	yw_note_release(&n);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}

static const struct yw_beat *
newest_beat(const struct yw_log *log)
{
	return log->n_beats > 0 ? &log->beats[log->n_beats - 1] : NULL;
}

/* When the next beat is due: a growing log's after beat_every, one at rest after an hour.  INT64_MAX: none. */
static int64_t
beat_due_at(struct yw_ledger *l)
{
	const struct yw_beat *b = newest_beat(&l->own->pub);
	bool grows = l->own->pub.size > (b != NULL ? b->size : 0) || l->groups != NULL;
	int64_t at = l->own->beat_at_ms;

	if (b == NULL)
		return grows ? INT64_MIN : INT64_MAX;
	if (at == INT64_MIN) {		/* made before this run: the wall clock says how long ago, as far as it can */
		int64_t age = yw_utc_ms(&l->clock) - (int64_t)b->owner_time_s * 1000;

		at = yw_mono_ms(&l->clock) - (age < 0 ? 0 : age);
	}
	return at + (grows ? (int64_t)l->beat_every_ms : REST_S * 1000);
}

enum yw_code
yw_ledger_beat(struct yw_ledger *l, int64_t *next_ms, struct yw_error *err)
{
	int64_t now = yw_mono_ms(&l->clock), due;

	(void)err;
	*next_ms = INT64_MAX;
	if (!may_append(l, NULL))
		return YW_OK;
	due = beat_due_at(l);
	if (due <= now) {
		l->beat_due = l->dirty = true;
		due = now + (int64_t)l->beat_every_ms;
	}
	*next_ms = due;
	return YW_OK;
}

enum yw_code
make_beat(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf note = YW_BUF_INIT;
	enum yw_code code;

	if (!may_append(l, NULL) || l->own->pub.size == 0)
		return YW_OK;
	code = add_cosignature(l, yw_buf_bytes(&l->own->pub.full), &note, err);
	if (code == YW_OK)
		code = add_to_beat(l, l->own, l->own->pub.size, yw_buf_bytes(&note), err);
	if (code == YW_OK)
		l->own->beat_at_ms = yw_mono_ms(&l->clock);
	yw_buf_release(&note);
	return code;
}

/* --- other logs --- */

enum yw_code
yw_ledger_take_beat(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct log_inside *in;
	struct yw_beat *same;
	struct yw_note n;
	enum yw_code code;

	code = yw_ledger_take_head(l, note, err);
	if (code != YW_OK)
		return code;
	if (yw_note_parse(note, &n, err) != YW_OK)
		return YW_EPEER;
	code = yw_checkpoint_parse(n.text, &c, err);
	yw_note_release(&n);
	if (code != YW_OK)
		return code;
	in = find_log(l, c.origin);
	same = find_beat(&in->pub, c.size);
	if (same != NULL && !yw_hash_equal(&same->root, &c.root))
		return freeze_heads(l, in, yw_buf_bytes(&same->note), note, err);
	if (same == NULL && (in == l->own || (in->pub.n_beats > 0 && c.size < in->pub.beats[0].size)))
		return YW_OK;	/* of a beat that is settled, or that I never gave */
	return add_to_beat(l, in, c.size, note, err);
}

/* Do I hold everything a receipt for this beat promises (R5), on the same branch? */
static bool
deserves_receipt(struct yw_ledger *l, const struct log_inside *in, const struct yw_beat *b)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;
	struct yw_hash root;

	if (b->mine || b->size > in->pub.receipts_to)
		return false;
	if (b->size == in->pub.size)
		return yw_hash_equal(&in->pub.root, &b->root);
	tiles_reader(&t, &r);
	return b->size <= in->committed_size && yw_root_at(&r, b->size, &root, NULL) == YW_OK &&
	    yw_hash_equal(&root, &b->root);
}

static bool
may_cosign(struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);

	return l->own != NULL && in != l->own && l->behind.msg[0] == '\0' && l->failed.msg[0] == '\0' && g != NULL &&
	    !in->pub.frozen && yw_trust_receipt_travels(l->trust, g, &l->code);
}

bool
receipts_due(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		for (size_t k = 0; k < l->logs[i]->pub.n_beats; k++)
			if (!l->logs[i]->pub.beats[k].mine && may_cosign(l, l->logs[i]) &&
			    deserves_receipt(l, l->logs[i], &l->logs[i]->pub.beats[k]))
				return true;
	return false;
}

/* L4: what was cosigned last is in the batch that the receipt waits for. */
static void
put_cosigned(struct yw_ledger *l, const struct log_inside *in, uint64_t size, const struct yw_hash *root)
{
	struct key k = key_head(in->pub.number, 'c');
	uint8_t v[8 + YW_HASH_BYTES];

	yw_put_be64(v, size);
	memcpy(v + 8, root->b, sizeof root->b);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
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
	for (size_t i = 0; code == YW_OK && i < n; i++) {
		struct yw_beat *b = find_beat(&in->pub, sizes[i]);
		struct yw_buf note = YW_BUF_INIT;

		if (b == NULL)
			continue;
		put_cosigned(l, in, b->size, &b->root);
		code = add_cosignature(l, yw_buf_bytes(&b->note), &note, err);
		b->signed_for_s = b->owner_time_s;
		if (code == YW_OK)
			code = add_to_beat(l, in, sizes[i], yw_buf_bytes(&note), err);
		yw_buf_release(&note);
	}
	return code;
}

enum yw_code
yw_ledger_cosign(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		if (may_cosign(l, l->logs[i]))
			code = cosign_log(l, l->logs[i], err);
	return code;
}
