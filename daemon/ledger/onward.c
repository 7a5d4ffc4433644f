/*
 * onward.c - how far the copy of a frozen log goes on (L6): to heads that are named, no further.
 *
 * An owner who has said two things is believed in nothing more.  But who comes when the log is frozen already has to know what
 * others held by then, the generations above all that are delegated there: of a frozen city no newcomer would ever know a
 * county, and a new first node, whose part it is to close it, would end it at nothing.  So a copy goes on to
 *
 *	a beat that has or had a quorum	no mirror signs for a frozen log: it was signed by who did not know yet
 *	a head of the lowest pair	the evidence itself says that the owner had gone so far when it was signed; and which pair
 *					that is is the same everywhere (forks.c).  Others may be signed later, to go on.  One by keys
 *					that were rotated out is none the higher: what is beyond has its quorum then (T5)
 *
 * where it is proven to lead there, by a package of somebody who holds that very head.  A size alone would not do: an owner
 * can sign a head of any size, and go on below it.  Which branch counts is said by the closing.
 *
 * The quorum may be one that only keys show whose key change is not held here, and what froze this copy may freeze no other any
 * more (T5).  So of a package that leads nowhere the key changes are learnt all the same, and nothing else: by them such a beat
 * is judged, and a goal like others; and so is what froze the copy, if it is by keys that were rotated out before.  In memory
 * alone: it is asked for again.  A copy that leads there from a smaller size only is cut first (elsewhere.c).
 */
#include <stdlib.h>

#include "base/fault.h"
#include "ledger/ledger_int.h"

struct goals {
	struct yw_goal at[YW_GOALS_MAX];
	size_t n;
};

/* Those come first that a quorum signed, then the larger ones: made of what is held alone, whatever came first. */
static int
by_worth(const void *pa, const void *pb)
{
	const struct yw_goal *a = pa, *b = pb;

	if (a->stood != b->stood)
		return a->stood ? -1 : 1;
	if (a->head.size != b->head.size)
		return a->head.size > b->head.size ? -1 : 1;
	return memcmp(a->head.root.b, b->head.root.b, YW_HASH_BYTES);
}

/* By keys of which it was learnt since, and not more than learnt, that they were rotated out before. */
static bool
is_by_old_keys(const struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note)
{
	const struct yw_generation *ahead = head_generation(l, in);
	struct yw_buf line = YW_BUF_INIT;
	bool old = ahead != log_generation(l, in) && head_line(ahead, note, &line, NULL) == YW_ESIG;

	yw_buf_release(&line);
	return old;
}

/* Unless it is known to be of another branch than the copy, or is there already. */
static void
add_goal(const struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *head, struct yw_bytes note, bool stood,
    struct goals *to)
{
	struct yw_tree_head mine = { in->committed_size, in->committed_root };
	enum standing s = UNKNOWN;

	if (head->size <= mine.size || is_by_old_keys(l, in, note) || compare_heads(l, in, &mine, head, &s, NULL) != YW_OK ||
	    s == OF_ANOTHER_BRANCH)
		return;
	for (size_t i = 0; i < to->n; i++)
		if (same_head(&to->at[i].head, head))
			return;
	to->at[to->n++] = (struct yw_goal) { *head, note, stood };
}

static void
add_beats(const struct yw_ledger *l, const struct log_inside *in, const struct yw_beat *b, size_t n, struct goals *to)
{
	for (size_t i = 0; i < n; i++)
		if (b[i].stood)
			add_goal(l, in, &(struct yw_tree_head) { b[i].size, b[i].root }, yw_buf_bytes(&b[i].note), true, to);
}

size_t
yw_ledger_goals(const struct yw_ledger *l, const struct yw_log *log, struct yw_goal out[static YW_GOALS_MAX])
{
	const struct log_inside *in = l->logs[log->number];
	struct goals all = { .n = 0 };
	const struct fork *lowest;

	if (!log->frozen || in->elsewhere.counts || log->broken || log->target_size != 0 || !takes_entries(l, in) ||
	    log->size != in->committed_size)
		return 0;
	add_beats(l, in, log->beats, log->n_beats, &all);
	add_beats(l, in, log->rivals, log->n_rivals, &all);
	if (in->beyond.size != 0)
		add_goal(l, in, &(struct yw_tree_head) { in->beyond.size, in->beyond.root }, yw_buf_bytes(&in->beyond.note), true, &all);
	lowest = lowest_pair(in);
	if (lowest != NULL) {
		add_goal(l, in, &lowest->small, yw_buf_bytes(&lowest->a), false, &all);
		add_goal(l, in, &lowest->large, yw_buf_bytes(&lowest->b), false, &all);
	}
	qsort(all.at, all.n, sizeof *all.at, by_worth);
	memcpy(out, all.at, all.n * sizeof *out);
	return all.n;
}

/* Does the package go on from the copy to that head? */
static bool
leads_to(const struct log_inside *in, const struct yw_package *p, const struct yw_tree_head *head)
{
	const struct yw_log *log = &in->pub;

	return p->head_size == head->size && p->start == log->size && (log->size == 0 || (p->has_consistency &&
	    p->from_size == log->size && yw_check_consistency(log->size, &log->root, head->size, &head->root, &p->consistency) == YW_OK));
}

/* Where the head is by keys that are not known here, and the copy leads to it. */
static enum yw_code
learn_keys(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct log_inside *other;
	struct yw_checkpoint c;
	enum yw_code code = read_head(l, p->head, &other, &c, err);

	if (code != YW_ENOENT || other != in || !leads_to(in, p, &(struct yw_tree_head) { c.size, c.root }))
		return code == YW_ENOENT ? YW_OK : code;
	code = take_key_changes(l, in, p, err);
	if (code == YW_OK)
		follow_frozen(l, in);
	return code == YW_EINVAL ? YW_OK : code;
}

void
drop_beyond(struct log_inside *in)
{
	yw_buf_clear(&in->beyond.note);
	in->beyond.size = 0;
}

enum yw_code
see_beyond(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note, struct yw_error *err)
{
	struct yw_beat_verdict v;
	enum yw_code code;

	if (!in->pub.frozen || c->size <= in->beyond.size)
		return YW_OK;
	code = yw_trust_judge_beat(l->trust, head_generation(l, in), note, &v, err);
	if (code != YW_OK || !v.stood)
		return code;
	drop_beyond(in);
	yw_buf_add(&in->beyond.note, note.data, note.len);
	if (!in->beyond.note.failed) {
		in->beyond.size = c->size;
		in->beyond.root = c->root;
	}
	return yw_buf_check(&in->beyond.note, err);
}

enum yw_code
aim_onward(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	struct yw_goal goals[YW_GOALS_MAX];
	size_t n = p->head.len == 0 ? yw_ledger_goals(l, &in->pub, goals) : 0;
	struct yw_checkpoint c = { .size = 0 };

	if (p->head.len != 0 && p->n_changes != 0 && !YW_FAULT("changes-unlearnt"))
		return learn_keys(l, in, p, err);
	for (size_t i = 0; i < n; i++) {
		struct yw_buf alone = YW_BUF_INIT;
		enum yw_code code;

		c.size = goals[i].head.size;
		c.root = goals[i].head.root;
		if (!leads_to(in, p, &goals[i].head) || check_range(in->tree, p, &c, NULL) != YW_OK)
			continue;
		code = head_alone(l, in, goals[i].note, &alone, err);
		if (code == YW_OK)
			aim_at(l, in, &goals[i].head, &alone);
		else
			yw_buf_release(&alone);
		return code;
	}
	return YW_OK;
}
