/*
 * heads.c - what an owner has signed of its log, and whether two such heads can both be true (L2, L6).
 *
 * A head is compared when it comes: with every other note held of the same size, and with the tree as far as the
 * newest full head covers it, since a difference is proven by a consistency proof into a signed head and by
 * nothing less.  What cannot be compared yet stands somewhere until the full head reaches it: as newest head,
 * as a beat, or as the one head of each log that waits.
 */
#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/ledger_int.h"

enum yw_code
note_checkpoint(struct yw_bytes note, struct yw_checkpoint *out, struct yw_error *err)
{
	struct yw_note n;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, out, err);
	yw_note_release(&n);
	return code;
}

/* The head's own line of a beat at hand was verified when that came: receipts of it come with it, one after the other. */
static void
mark_sound(struct log_inside *in, uint64_t size, struct yw_bytes note, struct yw_note *n)
{
	const struct yw_beat *b = find_beat(&in->pub, size);
	struct yw_bytes lines, own;

	if (b == NULL || !has_text(b, note))
		return;
	lines = (struct yw_bytes) { b->note.data + b->lines_at, b->known - b->lines_at };
	if (yw_line_next(&lines, &own))
		for (size_t i = 0; i < n->n_sigs; i++)
			n->sigs[i].sound = yw_bytes_equal(n->sigs[i].line, (struct yw_bytes) { own.data, own.len + 1 });
}

/* Whose is it, and does the key valid at that size stand behind it? */
static enum yw_code
check_head(const struct yw_ledger *l, struct yw_bytes note, struct yw_note *n, struct log_inside **in,
    const struct yw_checkpoint *c, struct yw_error *err)
{
	const struct yw_generation *g;
	struct yw_vkey v;

	*in = find_log(l, c->origin);
	g = *in != NULL ? head_generation(l, *in) : NULL;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", c->origin);
	if (c->size == 0)
		return yw_fail(err, YW_EPEER, "a head of '%s' of no entries, which nobody signs", c->origin);
	yw_span_head_vkey(g, yw_generation_head_span(g, c->size), &v);
	mark_sound(*in, c->size, note, n);
	if (yw_note_check(n, &v, NULL) != YW_OK)
		return yw_fail(err, YW_ESIG, "the head of '%s' is not signed by its head key", c->origin);
	return YW_OK;
}

/* The log that a note speaks of, with the note's checkpoint verified by the key valid at that size. */
enum yw_code
read_head_note(struct yw_ledger *l, struct yw_bytes note, struct yw_note *n, struct log_inside **in, struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct yw_error why = { 0 };
	enum yw_code code;

	*in = NULL;
	*n = (struct yw_note) { 0 };
	code = yw_note_parse(note, n, &why);
	if (code != YW_OK)
		return yw_fail(err, code == YW_ENOMEM ? code : YW_EPEER, "a head that is none: %.180s", why.msg);
	if (yw_checkpoint_parse(n->text, c, &why) != YW_OK)
		code = yw_fail(err, YW_EPEER, "a head that is none: %.180s", why.msg);
	else
		code = check_head(l, note, n, in, c, err);
	return code == YW_ESIG ? judge_signer(l, *in, note, c, err) : code;
}

enum yw_code
read_head(struct yw_ledger *l, struct yw_bytes note, struct log_inside **in, struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct yw_note n;
	enum yw_code code = read_head_note(l, note, &n, in, c, err);

	yw_note_release(&n);
	return code;
}

bool
line_by(const struct yw_note *n, const struct yw_vkey *key, struct yw_buf *out)
{
	yw_buf_add(out, n->text.data, n->text.len);
	yw_buf_add_byte(out, '\n');
	for (size_t i = 0; i < n->n_sigs; i++)
		if (n->sigs[i].id == key->id && yw_bytes_equal(n->sigs[i].name, yw_bytes_str(key->name))) {
			yw_buf_add(out, n->sigs[i].line.data, n->sigs[i].line.len);
			return true;
		}
	return false;
}

enum yw_code
head_line(const struct yw_generation *g, struct yw_bytes note, struct yw_buf *out, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct yw_vkey key;
	struct yw_note n;
	enum yw_code code;

	if (g == NULL)	/* its delegation counts no more: it stands behind the end of its issuer's log (T6), or another took its place */
		return yw_fail(err, YW_ESIG, "a head of a log that nobody grants any more");
	code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(n.text, &c, err);
	if (code == YW_OK)
		yw_span_head_vkey(g, yw_generation_head_span(g, c.size), &key);
	if (code == YW_OK && !line_by(&n, &key, out))
		code = yw_fail(err, YW_ESIG, "a head of '%s' without a line by the key valid at its size", c.origin);
	yw_note_release(&n);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}

enum yw_code
head_alone(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_buf *out, struct yw_error *err)
{
	return head_line(head_generation(l, in), note, out, err);
}

/* --- comparing --- */

/* What is held was by a valid key when it came.  Where a key change was learnt since, it may be by none at its size: then the two
 * say nothing beside each other (T5). */
static enum yw_code
oppose(struct yw_ledger *l, struct log_inside *in, struct yw_bytes a, struct yw_bytes b, const struct yw_hash *instead,
    const struct yw_proof *proof, struct yw_error *err)
{
	enum yw_code code = freeze(l, in, a, b, instead, proof, err);

	return code == YW_EINVAL ? YW_OK : code;
}

/* With another note of the log that is held.  The head at which a void closing makes the log end stays beside the true one, and
 * keeps nobody from it (T7). */
static enum yw_code
compare_with(struct yw_ledger *l, struct log_inside *in, const struct yw_buf *held, uint64_t size, const struct yw_hash *root,
    const struct yw_checkpoint *c, struct yw_bytes note, struct yw_error *err)
{
	struct yw_tree_head h = { size, *root };
	enum yw_code code;

	if (c->size != size || yw_hash_equal(&c->root, root) || YW_FAULT("consistency"))
		return YW_OK;
	code = oppose(l, in, yw_buf_bytes(held), note, NULL, NULL, err);
	return code == YW_ECONFLICT && is_of_void_closing(l, in, &h) && !YW_FAULT("void-head-refuses") ? YW_OK : code;
}

enum yw_code
compare_same_size(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	const struct yw_log *log = &in->pub;
	enum yw_code code = compare_with(l, in, &log->target, log->target_size, &log->target_root, c, note, err);

	if (code == YW_OK)
		code = compare_with(l, in, &in->waiting.note, in->waiting.size, &in->waiting.root, c, note, err);
	for (size_t i = 0; code == YW_OK && i < log->n_beats; i++)
		code = compare_with(l, in, &log->beats[i].note, log->beats[i].size, &log->beats[i].root, c, note, err);
	return code == YW_OK ? compare_with(l, in, &log->head, log->head_size, &log->head_root, c, note, err) : code;
}

/* With the tree in the store, which reaches at least to c->size and to the full head. */
static enum yw_code
compare_tree(struct yw_ledger *l, struct log_inside *in, uint64_t size, const struct yw_hash *root, struct yw_bytes note,
    struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;
	struct yw_proof proof;
	struct yw_hash mine;
	enum yw_code code;

	tiles_reader(&t, &r);
	mine = in->committed_root;
	code = size == in->committed_size ? YW_OK : yw_root_at(&r, size, &mine, err);
	if (code != YW_OK || yw_hash_equal(&mine, root) || YW_FAULT("consistency"))
		return code;
	if (size == in->pub.full_size)
		return oppose(l, in, note, yw_buf_bytes(&in->pub.full), NULL, NULL, err);
	code = yw_prove_consistency(&r, size, in->pub.full_size, &proof, err);
	return code == YW_OK ? oppose(l, in, note, yw_buf_bytes(&in->pub.full), &mine, &proof, err) : code;
}

static bool
comparable(const struct log_inside *in, uint64_t size)
{
	return size <= in->pub.full_size && in->pub.full_size <= in->committed_size;
}

void
drop_waiting(struct log_inside *in)
{
	yw_buf_clear(&in->waiting.note);
	in->waiting.size = 0;
}

/* One place is enough: an owner that goes on in two ways is found by any head that stays. */
void
keep_waiting(struct log_inside *in, struct yw_bytes note, uint64_t size, const struct yw_hash *root)
{
	if (in->waiting.size != 0 || in->pub.frozen || (in->pub.broken && size > in->pub.size))
		return;
	yw_buf_add(&in->waiting.note, note.data, note.len);
	if (in->waiting.note.failed) {		/* then it does not wait */
		drop_waiting(in);
		return;
	}
	in->waiting.size = size;
	in->waiting.root = *root;
}

/* No target is reached any more in a log that breaks (L9): there a head before the break is full as it comes. */
static bool
before_break(const struct log_inside *in, uint64_t size)
{
	return in->pub.broken && size > in->pub.full_size && size <= in->committed_size;
}

static enum yw_code
fill_before_break(struct yw_ledger *l, struct log_inside *in, uint64_t size, const struct yw_hash *root, struct yw_bytes note,
    struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	struct yw_buf alone = YW_BUF_INIT;
	struct yw_hash mine;
	enum yw_code code;

	if (!before_break(in, size))
		return YW_OK;
	code = log_root(l, in, size, &mine, err);
	if (code != YW_OK || !yw_hash_equal(&mine, root))
		return code;
	code = head_alone(l, in, note, &alone, err);
	if (code != YW_OK) {
		yw_buf_release(&alone);
		return code == YW_ESIG ? YW_OK : code;	/* it waited, and its keys turned out to be rotated out before (T5) */
	}
	yw_buf_release(&log->full);
	log->full = alone;
	log->full_size = size;
	ledger_put_note(l, in, 'f', yw_buf_bytes(&alone));
	log_touch(l, in);
	return YW_OK;
}

bool
heads_due(const struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (before_break(l->logs[i], l->logs[i]->waiting.size))
			return true;
	return false;
}

enum yw_code
follow_heads(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];

		if (!before_break(in, in->waiting.size))
			continue;
		code = fill_before_break(l, in, in->waiting.size, &in->waiting.root, yw_buf_bytes(&in->waiting.note), err);
		drop_waiting(in);
	}
	return code;
}

enum yw_code
compare_reached(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	uint64_t from = in->compared;
	enum yw_code code = YW_OK;

	if (log->frozen || log->full_size <= from || !comparable(in, log->full_size))
		return YW_OK;
	in->compared = log->full_size;
	if (in->waiting.size != 0 && comparable(in, in->waiting.size)) {
		code = compare_tree(l, in, in->waiting.size, &in->waiting.root, yw_buf_bytes(&in->waiting.note), err);
		drop_waiting(in);
	}
	if (code == YW_OK && takes_entries(l, in) && log->head_size > from && comparable(in, log->head_size))
		code = compare_tree(l, in, log->head_size, &log->head_root, yw_buf_bytes(&log->head), err);
	for (size_t i = 0; code == YW_OK && i < log->n_beats; i++)
		if (log->beats[i].size > from && comparable(in, log->beats[i].size))
			code = compare_tree(l, in, log->beats[i].size, &log->beats[i].root, yw_buf_bytes(&log->beats[i].note), err);
	return code == YW_ECONFLICT ? YW_OK : code;	/* frozen: the next turn writes it down */
}

/* --- taking --- */

enum yw_code
take_newest(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	struct yw_buf alone = YW_BUF_INIT;
	enum yw_code code = head_alone(l, in, note, &alone, err);

	if (code != YW_OK) {
		yw_buf_release(&alone);
		return code;
	}
	if (in->pub.head_size > in->pub.full_size)
		keep_waiting(in, yw_buf_bytes(&in->pub.head), in->pub.head_size, &in->pub.head_root);
	yw_buf_release(&in->pub.head);
	in->pub.head = alone;
	in->pub.head_size = c->size;
	in->pub.head_root = c->root;
	ledger_put_note(l, in, 'h', yw_buf_bytes(&alone));
	log_touch(l, in);
	return YW_OK;
}

enum yw_code
take_read_head(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	bool frozen = in->pub.frozen;
	enum yw_code code = compare_same_size(l, in, c, note, err);

	if (code == YW_OK && comparable(in, c->size))
		code = compare_tree(l, in, c->size, &c->root, note, err);
	if (frozen)	/* no more is learnt of it than what else contradicts it */
		return code == YW_ECONFLICT ? YW_OK : code;
	if (code == YW_OK)
		code = fill_before_break(l, in, c->size, &c->root, note, err);
	if (code != YW_OK)
		return code;
	if (in == l->own)
		owe_head(l, c);
	if (in != l->own && (c->size > in->pub.head_size || YW_FAULT("older-head")))
		return take_newest(l, in, c, note, err);
	if (!comparable(in, c->size) && c->size != in->pub.head_size)
		keep_waiting(in, note, c->size, &c->root);
	return YW_OK;
}

/* What the statement says is another rule's; here only: two heads of one log in different mouths. */
static enum yw_code
see_head(void *arg, struct yw_bytes note, struct yw_error *err)
{
	struct yw_ledger *l = arg;
	struct yw_checkpoint c;
	struct log_inside *in;
	enum yw_code code = read_head(l, note, &in, &c, err);

	if (code == YW_OK)
		code = take_read_head(l, in, &c, note, err);
	return code == YW_ENOMEM || code == YW_EIO ? code : YW_OK;
}

enum yw_code
take_embedded(struct yw_ledger *l, const struct yw_entry *e, struct yw_error *err)
{
	return yw_trust_embedded(l->trust, e, &(struct yw_head_taker) { see_head, l }, err);
}

enum yw_code
take_file_heads(struct yw_ledger *l, struct yw_bytes file, struct yw_error *err)
{
	return yw_trust_embedded_file(l->trust, file, &(struct yw_head_taker) { see_head, l }, err);
}

enum yw_code
yw_ledger_take_head(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct log_inside *in;
	enum yw_code code = may_take(l, err);

	if (code == YW_OK)
		code = read_head(l, note, &in, &c, err);
	if (code == YW_OK && in != l->own)	/* one of mine may stop me (L2) */
		code = may_write(l, err);
	return code == YW_OK ? take_read_head(l, in, &c, note, err) : code;
}
