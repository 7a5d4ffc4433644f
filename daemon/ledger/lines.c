/*
 * lines.c - which signature lines of a beat are kept (R5):
 *
 *	the head's own line, by the key valid at its size
 *	the newest of the owner's cosignatures: it dates the beat and never counts
 *	of each known key whose receipts travel, or did (T15), also of a generation that is closed (T12), the earliest (existed
 *	by) and the newest (freshness)
 *	of each code whose receipts travel, or did, one line by a key that is not known yet
 *
 * in this order, and inside it by name, key and time: the same lines give the same note whatever the order in
 * which they came.  Where there are more lines, or bytes, than a note may have, the last in this order give way, so
 * that freshness goes before existence does; what a stranger's key is said to have signed may have any length, and
 * keeps nothing else out.  No signature is verified here but in sift().
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

enum rank { HEAD, OWNER, EARLIEST, NEWEST, STRANGE, DROPPED };

struct line {
	const struct yw_note_sig *s;
	struct yw_jurisdiction code;	/* of a cosignature */
	enum rank rank;
	uint64_t time;
	size_t came;			/* what was held first stays, among equals */
};

struct lines {
	const struct yw_trust *t;
	const struct yw_generation *g;
	struct yw_vkey head;
	struct line at[2 * YW_NOTE_SIGNATURES_MAX];
	size_t n;
};

/* --- telling lines apart --- */

/* Is the line's key known, and which is it?  NULL: whichever it is. */
static bool
known_key(const struct lines *all, const struct line *line, struct yw_vkey *key)
{
	const struct yw_generation *g = all->g;
	const struct yw_key_span *span = NULL;

	if (line->rank == HEAD) {
		if (key != NULL)
			*key = all->head;
		return true;
	}
	if (!yw_jurisdiction_equal(&line->code, &g->code))
		g = yw_trust_cosign_key(all->t, all->g, &line->code, line->s->id, &span);
	for (size_t i = 0; g == all->g && span == NULL && i < g->n_spans; i++)	/* the owner's count in this log alone */
		span = g->spans[i].cosign_id == line->s->id ? &g->spans[i] : NULL;
	if (span == NULL)
		return false;
	if (key != NULL)
		yw_span_cosign_vkey(all->t, g, span, key);
	return true;
}

static enum rank
rank_of(const struct lines *all, struct line *line)
{
	if (yw_bytes_equal(line->s->name, yw_bytes_str(all->head.name)))
		return line->s->id == all->head.id ? HEAD : DROPPED;
	if (!yw_trust_cosigner(all->t, line->s->name, &line->code))
		return DROPPED;
	if (yw_jurisdiction_equal(&line->code, &all->g->code))
		return known_key(all, line, NULL) ? OWNER : DROPPED;
	if (!yw_trust_receipt_kept(all->t, all->g, &line->code))
		return DROPPED;
	return known_key(all, line, NULL) ? EARLIEST : STRANGE;
}

static void
add_note(struct lines *all, const struct yw_note *n)
{
	for (size_t i = 0; i < n->n_sigs; i++) {
		struct line *line = &all->at[all->n];

		*line = (struct line) { .s = &n->sigs[i], .rank = DROPPED, .came = all->n };
		line->rank = rank_of(all, line);
		if (line->s->len >= 8 && line->s->len <= sizeof line->s->data)
			line->time = yw_get_be64(line->s->data);
		all->n += line->rank != DROPPED;
	}
}

/* --- choosing --- */

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Lines of which at most one, or one pair, is kept stand together; the best of them comes first. */
static int
by_rank(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	bool receipts = a->rank == EARLIEST || a->rank == NEWEST;
	int c = compare(a->rank, b->rank);

	if (c == 0)
		c = strcmp(a->code.code, b->code.code);
	if (c == 0 && receipts)
		c = compare(a->s->id, b->s->id);
	if (c == 0 && receipts)
		c = compare(a->time, b->time);
	if (c == 0 && a->rank == OWNER)
		c = compare(b->time, a->time);
	return c != 0 ? c : compare(a->came, b->came);
}

static bool
same_group(const struct line *a, const struct line *b)
{
	return a->rank == b->rank && strcmp(a->code.code, b->code.code) == 0 &&
	    (a->rank != EARLIEST || a->s->id == b->s->id);
}

/* The lines for which a note with that text has room. */
static void
bound(struct lines *all, struct yw_bytes text)
{
	size_t bytes = text.len + 1, n = 0;

	while (n < all->n && n < YW_NOTE_SIGNATURES_MAX && all->at[n].rank < DROPPED &&
	    bytes + all->at[n].s->line.len <= YW_NOTE_MAX)
		bytes += all->at[n++].s->line.len;
	all->n = n;
}

static void
choose(struct lines *all, struct yw_bytes text)
{
	size_t first, next, last;

	qsort(all->at, all->n, sizeof *all->at, by_rank);
	for (first = 0; first < all->n; first = next) {
		for (next = first + 1; next < all->n && same_group(&all->at[first], &all->at[next]); next++)
			all->at[next].rank = all->at[next].rank == EARLIEST ? NEWEST : DROPPED;
		/* of equal times the one that came first is the last of the earlier ones */
		for (last = next - 1; last > first && all->at[last].time == all->at[last - 1].time; last--)
			all->at[last].rank = DROPPED;
		for (size_t i = first + 1; i < last; i++)
			all->at[i].rank = DROPPED;
	}
	qsort(all->at, all->n, sizeof *all->at, by_rank);
	bound(all, text);
}

/* The lines of ranks below `end`; those that are STRANGE come last. */
static enum yw_code
write_lines(const struct lines *all, struct yw_bytes text, enum rank end, struct yw_buf *out, size_t *known,
    struct yw_error *err)
{
	yw_buf_add(out, text.data, text.len);
	yw_buf_add_byte(out, '\n');
	*known = out->len;
	for (size_t i = 0; i < all->n && all->at[i].rank < end; i++) {
		yw_buf_add(out, all->at[i].s->line.data, all->at[i].s->line.len);
		if (all->at[i].rank < STRANGE)
			*known = out->len;
	}
	return yw_buf_check(out, err);
}

/* --- the two ways in --- */

static enum yw_code
begin(struct lines *all, const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes text, struct yw_error *err)
{
	struct yw_checkpoint c;
	enum yw_code code = yw_checkpoint_parse(text, &c, err);

	*all = (struct lines) { .t = t, .g = g };
	if (code == YW_OK)
		yw_span_head_vkey(g, yw_generation_head_span(g, c.size), &all->head);
	return code;
}

/* What was chosen, parsed: a note like every other. */
static enum yw_code
to_note(const struct lines *all, struct yw_bytes text, struct yw_note *out, struct yw_error *err)
{
	out->text = text;
	out->sigs = malloc((all->n + 1) * sizeof *out->sigs);
	if (out->sigs == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a signed note");
	for (size_t i = 0; i < all->n; i++)
		out->sigs[out->n_sigs++] = *all->at[i].s;
	return out->n_sigs > 0 ? YW_OK : yw_fail(err, YW_EFORMAT, "no signature of a signed note counts here");
}

static enum yw_code
merge(struct lines *all, const struct yw_note *a, const struct yw_note *b, struct merged *out, struct yw_error *err)
{
	enum yw_code code;

	add_note(all, a);
	add_note(all, b);
	choose(all, b->text);
	code = write_lines(all, b->text, DROPPED, out->bytes, &out->known, err);
	return code == YW_OK ? to_note(all, b->text, &out->note, err) : code;
}

enum yw_code
merge_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes old, size_t judged,
    const struct yw_note *add, struct merged *out, struct yw_error *err)
{
	struct yw_note a = { 0 };
	struct lines all;
	enum yw_code code = YW_OK;

	if (old.len > 0)
		code = yw_note_parse(old, &a, err);
	if (code == YW_OK)
		code = begin(&all, t, g, add->text, err);
	for (size_t i = 0; code == YW_OK && i < a.n_sigs && yw_bytes_equal(a.text, add->text); i++)
		a.sigs[i].sound = a.sigs[i].line.data + a.sigs[i].line.len <= old.data + judged;
	if (code == YW_OK)
		code = merge(&all, &a, add, out, err);
	yw_note_release(&a);
	return code;
}

/* The lines of ranks below `end`, without those that do not verify. */
static enum yw_code
sift(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note, enum rank end, struct yw_buf *out,
    struct yw_error *err)
{
	struct yw_note n;
	struct lines all;
	struct yw_vkey key;
	size_t known;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return code;
	code = begin(&all, t, g, n.text, err);
	if (code == YW_OK)
		add_note(&all, &n);
	for (size_t i = 0; code == YW_OK && i < all.n; i++) {
		struct yw_note one = { n.text, (struct yw_note_sig *)(uintptr_t)all.at[i].s, 1 };

		if (!known_key(&all, &all.at[i], &key))
			continue;
		code = yw_note_check(&one, &key, NULL);
		if (code == YW_ENOMEM)
			yw_fail(err, code, "no memory to verify a line of '%s'", g->origin.text);
		else if (code != YW_OK)
			all.at[i].rank = DROPPED;
		code = code == YW_ENOMEM ? code : YW_OK;
	}
	if (code == YW_OK) {
		choose(&all, n.text);
		code = write_lines(&all, n.text, end, out, &known, err);
	}
	yw_note_release(&n);
	return code;
}

enum yw_code
clean_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note, struct yw_buf *out,
    struct yw_error *err)
{
	return sift(t, g, note, DROPPED, out, err);
}

enum yw_code
verified_lines(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes note, struct yw_buf *out,
    struct yw_error *err)
{
	return sift(t, g, note, STRANGE, out, err);
}
