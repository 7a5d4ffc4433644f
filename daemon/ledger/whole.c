/*
 * whole.c - is everything of my own log here that was promised, and the way back if not (L1, L2).
 *
 * What this node owes is known from three places: the guard (size and root of the last promise), heads of my own log
 * that peers show and that are larger than it, and a person's word.  While something is owed nothing is appended, and
 * my own log is taken from peers like any other, every signature and proof checked; a branch other than the one
 * held here is a contradiction (L6), and nothing is fetched over it.  Judged after each commit: once the tree has the
 * sizes and roots that are owed, the note of it goes with the next one.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define FIXED (1 + 8 + YW_HASH_BYTES)	/* of meta "behind", before the words */

/* --- what is owed --- */

bool
yw_ledger_behind(const struct yw_ledger *l)
{
	return l->behind.why.msg[0] != '\0';
}

bool
takes_entries(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);

	return in != l->own || yw_ledger_behind(l) || (g != NULL && !g->open);	/* a closed log is a copy like others (L8) */
}

void
put_behind(struct yw_ledger *l)
{
	const struct behind *b = &l->behind;
	uint8_t v[FIXED + YW_ERROR_MAX];
	struct key k = key_meta("behind");
	size_t n = strlen(b->why.msg);

	if (n == 0 && b->stored)
		yw_batch_delete(l->batch, F_META, key_bytes(&k));
	if (n == 0 || b->stored)
		return;
	v[0] = b->unknown;
	yw_put_be64(v + 1, b->size);
	memcpy(v + 9, b->root.b, YW_HASH_BYTES);
	memcpy(v + FIXED, b->why.msg, n);
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { v, FIXED + n });
}

enum yw_code
load_behind(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	struct key k = key_meta("behind");
	enum yw_code code = l->new_log ? YW_ENOENT : yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	if (code == YW_OK && v.len <= FIXED)
		code = yw_fail(err, YW_EIO, "the note of what this node lost has another form: the store is damaged");
	if (code == YW_OK) {
		l->behind.unknown = v.data[0] != 0;
		l->behind.size = yw_get_be64(v.data + 1);
		memcpy(l->behind.root.b, v.data + 9, YW_HASH_BYTES);
		yw_fail(&l->behind.why, YW_ESTOPPED, "%.*s", (int)(v.len - FIXED), (const char *)v.data + FIXED);
		l->behind.stored = true;
	}
	yw_buf_release(&v);
	return code == YW_ENOENT ? YW_OK : code;
}

/* A turn in which entries of my own were made cannot stand beside what somebody else already holds of my log. */
static void
stop_appending(struct yw_ledger *l)
{
	if (l->groups != NULL || (l->own != NULL && l->own->tree_changed && !yw_ledger_behind(l)))
		(void)spoil(l, YW_ESTOPPED, &l->behind.why);
	l->behind.stored = false;
	l->dirty = true;
}

void
owe_head(struct yw_ledger *l, const struct yw_checkpoint *c)
{
	struct behind *b = &l->behind;
	bool was = yw_ledger_behind(l);

	if (c->size <= l->own->committed_size || c->size <= b->size || !log_generation(l, l->own)->open || YW_FAULT("own-head-ignored"))
		return;
	if (!was) {
		yw_fail(&b->why, YW_ESTOPPED, "a peer showed a head of my own log with %llu entries, signed by my key, and this "
		    "database held %llu: it is an old copy", (unsigned long long)c->size,
		    (unsigned long long)l->own->committed_size);
		yw_log(YW_LOG_ERROR, "behind-own-head", "origin=%s %s", c->origin, b->why.msg);
	}
	b->size = c->size;
	b->root = c->root;
	l->clearing.n = 0;		/* what was answered before is worth nothing */
	if (was) {
		b->stored = false;
		l->dirty = true;
	} else {
		stop_appending(l);
		mark_restored(l);
	}
}

enum yw_code
yw_ledger_refetch(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_error why;
	enum yw_ledger_mode mode = yw_ledger_state(l, &why);
	enum yw_code code = may_take(l, err);

	if (code != YW_OK)
		return code;
	if (mode != YW_LEDGER_APPENDING && mode != YW_LEDGER_ASKING)
		return yw_fail(err, YW_EINVAL, "nothing to fetch back now: %.180s", why.msg);
	yw_fail(&l->behind.why, YW_ESTOPPED, "a person asked for it");
	yw_log(YW_LOG_WARN, "refetch", "own log of %llu entries: appending stops until peers have said that it is whole",
	    (unsigned long long)l->own->pub.size);
	l->behind.unknown = true;
	l->clearing.done = l->clearing.alone = false;
	l->clearing.n = 0;
	if (l->groups != NULL || l->own->tree_changed)
		(void)spoil(l, YW_ESTOPPED, &l->behind.why);
	l->dirty = true;
	mark_restored(l);
	return YW_OK;
}

/* --- the guard --- */

/* Has my log the root at that size?  A size of 0 is always there. */
static enum yw_code
has_root(struct yw_ledger *l, uint64_t size, const struct yw_hash *root, bool *has, struct yw_error *err)
{
	struct yw_hash mine;
	enum yw_code code;

	*has = size == 0;
	if (*has || l->own == NULL || l->own->committed_size < size)
		return YW_OK;
	code = log_root(l, l->own, size, &mine, err);
	*has = code == YW_OK && yw_hash_equal(&mine, root);
	return code;
}

/* Is the log that the guard speaks of in the store, as long and with the same root? */
static enum yw_code
holds_marked(struct yw_ledger *l, bool *holds, struct yw_error *err)
{
	const struct yw_guard_mark *m = &l->mark;

	*holds = m->origin.text[0] == '\0' || (strcmp(m->origin.text, l->claim.origin.text) == 0 && is_passed_over(l));
	if (*holds || l->own == NULL || strcmp(l->own->pub.origin.text, m->origin.text) != 0)
		return YW_OK;
	return has_root(l, m->size, &m->root, holds, err);
}

/* Does the store hold everything that was promised (L1, L2)? */
enum yw_code
compare_guard(struct yw_ledger *l, const struct yw_guard_io *io, struct yw_error *err)
{
	enum yw_code code = yw_guard_open(&l->guard, io, &l->mark, err);
	bool whole = false;

	if (code == YW_ENOENT || code == YW_EFORMAT) {
		l->behind.unknown = true;
		if (!yw_ledger_behind(l))
			yw_fail(&l->behind.why, YW_ESTOPPED, "there is no whole guard: this may be an old copy of the disk");
		mark_restored(l);
		return load_cleared(l, err);
	}
	if (code == YW_OK)
		code = load_cleared(l, err);
	if (code == YW_OK)
		code = holds_marked(l, &whole, err);
	if (code != YW_OK)
		return code;
	if (!whole && !yw_ledger_behind(l) && !YW_FAULT("guard-ignored"))
		yw_fail(&l->behind.why, YW_ESTOPPED, "the guard promises commit %llu (%llu entries of my own log), the database "
		    "ends at %llu (%llu entries%s)", (unsigned long long)l->mark.commit, (unsigned long long)l->mark.size,
		    (unsigned long long)l->commit, (unsigned long long)(l->own != NULL ? l->own->pub.size : 0),
		    l->own != NULL && l->own->pub.size >= l->mark.size ? ", not those" : "");
	if (l->mark.commit > l->commit) {
		mark_restored(l);
		l->commit = l->mark.commit;
	} else if (l->mark.commit < l->commit) {	/* what the guard does not cover yet is shown to nobody */
		return write_guard(l, err);
	}
	return YW_OK;
}

/* A node that is behind leaves the guard's word about its own log as it is. */
enum yw_code
write_guard(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_guard_mark m = l->here;
	enum yw_code code;

	if (!l->clearing.done) {	/* a boot that is not cleared is asked about after the next start, too */
		memcpy(m.boot_id, l->mark.boot_id, sizeof m.boot_id);
		memcpy(m.machine_id, l->mark.machine_id, sizeof m.machine_id);
	}
	m.commit = l->commit;
	m.origin = l->mark.origin;
	m.size = l->mark.size;
	m.root = l->mark.root;
	if (l->own != NULL && !yw_ledger_behind(l)) {
		m.origin = l->own->pub.origin;
		m.size = l->own->pub.size;
		m.root = l->own->pub.root;
	}
	code = yw_guard_write(&l->guard, YW_FAULT("ack-before-guard") ? &l->mark : &m, err);
	if (code == YW_OK)
		l->mark = m;
	return code;
}

/* --- whole again --- */

enum yw_code
judge_whole(struct yw_ledger *l, struct yw_error *err)
{
	struct behind *b = &l->behind;
	bool marked, owed = false;
	enum yw_code code;

	if (!yw_ledger_behind(l) || b->unknown || (l->own != NULL && l->own->pub.frozen))
		return YW_OK;
	code = holds_marked(l, &marked, err);
	if (code == YW_OK && marked)
		code = has_root(l, b->size, &b->root, &owed, err);
	if (code != YW_OK || !owed)
		return code;
	yw_log(YW_LOG_WARN, "whole-again", "own log of %llu entries: appending goes on; it had stopped since %s",
	    (unsigned long long)(l->own != NULL ? l->own->pub.size : 0), b->why.msg);
	b->why.msg[0] = '\0';
	b->size = 0;
	l->dirty = true;	/* the store forgets it with the next commit */
	return YW_OK;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void
say_behind(const struct yw_ledger *l, struct yw_error *why)
{
	const struct behind *b = &l->behind;
	unsigned long long here = l->own != NULL ? l->own->pub.size : 0, owed = larger(b->size, l->mark.size);

	if (here >= owed && !b->unknown)
		yw_fail(why, YW_ESTOPPED, "%.150s; peers have no other: only a next generation ends this", b->why.msg);
	else
		yw_fail(why, YW_ESTOPPED, "%.150s; my log is fetched back from peers (%llu of %s%llu entries) until it is whole",
		    b->why.msg, here, b->unknown ? "at least " : "", owed);
}
