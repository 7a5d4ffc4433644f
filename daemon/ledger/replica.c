/*
 * replica.c - verified copies: entries, bodies and heads of other logs, and the one place that writes an entry.
 *
 * What a replica asks of an entry, in this order: does it belong to the log (origin, form, signature: package.c),
 * does it prove into a head that its owner signed (here), was its signer valid at its index (trust/).  The
 * first two failing means a lying peer or a broken log; the third is kept, without effect, with an alarm.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define TAKEN_MAX 1024		/* bodies of one log that one turn takes by themselves */

/* --- writing an entry whose place is decided --- */

static bool
signer_valid(const struct yw_generation *g, const struct yw_entry *e, uint64_t index)
{
	return g != NULL &&
	    (yw_pubkey_equal(&yw_generation_entry_keys(g, index)->entry, &e->signer) || YW_FAULT("position"));
}

static enum yw_code
feed_trust(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, struct yw_error *err)
{
	struct key k = key_entry(in->pub.number, index);
	struct yw_error alarm = { 0 };
	enum yw_code code;

	yw_batch_put(l->batch, F_TRUST, key_bytes(&k), (struct yw_bytes) { NULL, 0 });
	code = yw_trust_add(l->trust, &in->pub.origin, index, e, &alarm);
	if (code != YW_OK)
		return yw_fail(err, code, "no memory for a trust statement of '%s'", in->pub.origin.text);
	if (alarm.msg[0] != '\0')
		yw_log(YW_LOG_WARN, "trust-without-effect", "origin=%s index=%llu %s", in->pub.origin.text,
		    (unsigned long long)index, alarm.msg);
	l->trust_changed = true;
	return attach_logs(l, err);
}

static void
mark_missing(struct yw_ledger *l, struct log_inside *in, uint64_t index, uint16_t item, bool unconditional)
{
	struct key k = key_place(in->pub.number, index, item);
	uint8_t v = unconditional;

	yw_batch_put(l->batch, F_MISSING, key_bytes(&k), (struct yw_bytes) { &v, 1 });
	in->pub.n_missing++;
}

/* A body that came for a place of this log: may it be held here (B5, B6)? */
static bool
holdable(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e, const struct yw_body *b)
{
	struct yw_asker self;

	self_asker(l, &self);
	return b->form == YW_OK && yw_may_have(&in->pub.code, &e->audience, &b->record.id, &self);
}

static void
put_body(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, bool counts, const struct yw_body *b)
{
	struct key k = key_place(in->pub.number, b->index, b->item);

	yw_batch_put(l->batch, F_BODIES, key_bytes(&k), b->bytes);
	if (counts)
		item_put(l->batch, &in->pub, &b->record, e, b->index, b->item);
}

/* `bodies` are those of this entry, rising by item. */
static void
write_bodies(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, bool counts,
    const struct yw_body *bodies, size_t n_bodies)
{
	struct yw_asker self;
	bool wanted;
	size_t b = 0;

	self_asker(l, &self);
	wanted = yw_may_have(&in->pub.code, &e->audience, NULL, &self);
	for (size_t i = 0; i < e->n_items; i++) {
		bool here = b < n_bodies && bodies[b].item == i;

		if (here && holdable(l, in, e, &bodies[b]))
			put_body(l, in, e, counts, &bodies[b]);
		else if (wanted)
			mark_missing(l, in, index, (uint16_t)i, e->audience.cls == YW_CLASS_UNCONDITIONAL);
		b += here;
	}
}

enum yw_code
write_entry(struct yw_ledger *l, struct log_inside *in, struct yw_bytes envelope, const struct yw_entry *e,
    const struct yw_body *bodies, size_t n_bodies, struct yw_error *err)
{
	uint64_t index = in->pub.size;
	struct key k = key_entry(in->pub.number, index);
	bool valid = signer_valid(log_generation(l, in), e, index);
	bool counts = valid && e->standing == YW_STANDING_APPLIED;
	struct yw_hash leaf;
	enum yw_code code = YW_OK;

	yw_batch_put(l->batch, F_ENTRIES, key_bytes(&k), envelope);
	if (!valid)
		yw_log(YW_LOG_WARN, "signer-not-valid", "origin=%s index=%llu the key was not valid there: kept without effect",
		    in->pub.origin.text, (unsigned long long)index);
	yw_leaf_hash(envelope, &leaf);
	if (yw_tree_append(in->tree, &leaf, 1) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory to extend '%s'", in->pub.origin.text);
	in->pub.size++;
	in->tree_changed = true;
	if (code == YW_OK && counts && e->trust_kind != YW_TRUST_NONE)
		code = feed_trust(l, in, index, e, err);
	write_bodies(l, in, index, e, counts, bodies, n_bodies);
	yw_tree_root(in->tree, &in->pub.root);
	if (in->pub.n_missing == 0)
		in->pub.held = in->pub.receipts_to = in->pub.size;
	log_touch(l, in);
	if (code != YW_OK)
		yw_fail(&l->spoilt, code, "%s", err != NULL ? err->msg : "an entry could not be written");
	return code;
}

/* --- heads --- */

/*
 * The log that a note speaks of, with the note's checkpoint verified by the key valid at that size.
 */
static enum yw_code
read_head(struct yw_ledger *l, struct yw_bytes note, struct log_inside **in, struct yw_checkpoint *c,
    struct yw_error *err)
{
	const struct yw_generation *g;
	struct yw_note n;
	enum yw_code code = yw_note_parse(note, &n, err);

	if (code != YW_OK)
		return YW_EPEER;
	code = yw_checkpoint_parse(n.text, c, err);
	yw_note_release(&n);
	if (code != YW_OK)
		return YW_EPEER;
	*in = find_log(l, c->origin);
	g = *in != NULL ? log_generation(l, *in) : NULL;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", c->origin);
	return yw_head_check(note, &yw_generation_head_keys(g, c->size)->head, c, err);
}

enum yw_code
freeze_heads(struct yw_ledger *l, struct log_inside *in, struct yw_bytes head_a, struct yw_bytes head_b, struct yw_error *err)
{
	struct key k = key_head(in->pub.number, 'x');

	if (!in->pub.frozen) {
		k.b[k.len++] = 'a';
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), head_a);
		k.b[k.len - 1] = 'b';
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), head_b);
		in->pub.frozen = true;
		in->pub.target_size = 0;
		yw_log(YW_LOG_ERROR, "contradiction", "origin=%s its owner signed two heads that cannot both be true: the log is "
		    "frozen, both are kept", in->pub.origin.text);
		log_touch(l, in);
	}
	return yw_fail(err, YW_ECONFLICT, "two contradicting heads of '%s'", in->pub.origin.text);
}

/* Does a verified head agree with what is held?  Heads beyond it are not judged here. */
static enum yw_code
compare_head(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;
	struct yw_hash root;
	enum yw_code code = YW_OK;

	if (c->size == in->pub.target_size && c->size > in->pub.size)
		return yw_hash_equal(&c->root, &in->pub.target_root) ? YW_OK :
		    freeze_heads(l, in, yw_buf_bytes(&in->pub.target), note, err);
	if (c->size > in->committed_size || in->pub.full_size < c->size)
		return YW_OK;
	if (c->size == in->committed_size) {
		root = in->committed_root;
	} else {
		tiles_reader(&t, &r);
		code = yw_root_at(&r, c->size, &root, err);
	}
	if (code == YW_OK && !yw_hash_equal(&root, &c->root) && !YW_FAULT("consistency"))
		code = freeze_heads(l, in, note, yw_buf_bytes(&in->pub.full), err);
	return code;
}

/* L2: a head of mine that I did not sign in this life of the disk is the one thing that stops me. */
static void
stop_behind_own_head(struct yw_ledger *l, const struct yw_checkpoint *c)
{
	if (l->behind.msg[0] != '\0')
		return;
	yw_fail(&l->behind, YW_ESTOPPED, "a peer showed a head of my own log with %llu entries, signed by my key, and this "
	    "store holds %llu: it is an old copy", (unsigned long long)c->size, (unsigned long long)l->own->pub.size);
	yw_log(YW_LOG_ERROR, "behind-own-head", "origin=%s %s", c->origin, l->behind.msg);
	l->dirty = true;
}

enum yw_code
yw_ledger_take_head(struct yw_ledger *l, struct yw_bytes note, struct yw_error *err)
{
	struct yw_checkpoint c;
	struct log_inside *in;
	enum yw_code code = read_head(l, note, &in, &c, err);

	if (code == YW_OK)
		code = compare_head(l, in, &c, note, err);
	if (code != YW_OK)
		return code;
	if (in == l->own && c.size > in->pub.size)
		stop_behind_own_head(l, &c);
	if (in == l->own || c.size <= in->pub.head_size)
		return YW_OK;
	yw_buf_clear(&in->pub.head);
	yw_buf_add(&in->pub.head, note.data, note.len);
	code = yw_buf_check(&in->pub.head, err);
	if (code != YW_OK)
		return code;
	in->pub.head_size = c.size;
	ledger_put_note(l, in, 'h', note);
	log_touch(l, in);
	return YW_OK;
}

/* --- packages --- */

/* The head that the package's proofs lead to: a target already held, or a new one proven to extend what is here. */
static enum yw_code
package_target(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct log_inside *other;
	enum yw_code code;

	if (p->head.len == 0) {
		if (in->pub.target_size == 0 || p->head_size != in->pub.target_size)
			return yw_fail(err, YW_EINVAL, "a package of '%s' leads to a head that is no target now", p->origin.text);
		c->size = in->pub.target_size;
		c->root = in->pub.target_root;
		return YW_OK;
	}
	code = read_head(l, p->head, &other, c, err);
	if (code == YW_OK && (other != in || c->size != p->head_size || c->size <= in->pub.size))
		code = yw_fail(err, YW_EPEER, "a package of '%s' comes with a head that does not fit it", p->origin.text);
	if (code != YW_OK || in->pub.size == 0 || YW_FAULT("consistency"))
		return code;
	if (!p->has_consistency || p->from_size != in->pub.size)
		return yw_fail(err, YW_EINVAL, "a package of '%s' proves consistency from %llu, this node is at %llu",
		    p->origin.text, (unsigned long long)p->from_size, (unsigned long long)in->pub.size);
	if (yw_check_consistency(in->pub.size, &in->pub.root, c->size, &c->root, &p->consistency) != YW_OK)
		return yw_fail(err, YW_ESIG, "the head of '%s' with %llu entries is not proven to extend the %llu held here",
		    p->origin.text, (unsigned long long)c->size, (unsigned long long)in->pub.size);
	return YW_OK;
}

/* [start rounded down to 256, end) is a subtree of the target. */
static enum yw_code
check_range(struct log_inside *in, const struct yw_package *p, const struct yw_checkpoint *c, struct yw_error *err)
{
	struct yw_hash leaves[2 * YW_TILE_HASHES], node;
	size_t left = yw_tree_edge(in->tree, leaves);
	uint64_t end = p->start + p->n_entries;

	for (size_t i = 0; i < p->n_entries; i++)
		leaves[left + i] = p->entries[i].leaf;
	yw_range_root(leaves, left + p->n_entries, &node);
	if (end > c->size ||
	    yw_check_subtree(p->start - left, end, &node, c->size, &c->root, &p->subtree) != YW_OK)
		return yw_fail(err, YW_ESIG, "entries %llu to %llu of '%s' do not prove into its head of %llu",
		    (unsigned long long)p->start, (unsigned long long)end - 1, p->origin.text,
		    (unsigned long long)c->size);
	return YW_OK;
}

static void
set_broken(struct yw_ledger *l, struct log_inside *in, uint64_t index, const char *why)
{
	in->pub.broken = true;
	in->pub.target_size = 0;
	snprintf(in->pub.trouble, sizeof in->pub.trouble, "entry %llu breaks the log: %.180s", (unsigned long long)index, why);
	yw_log(YW_LOG_ERROR, "broken-log", "origin=%s %s", in->pub.origin.text, in->pub.trouble);
	log_touch(l, in);
}

static enum yw_code
write_package(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p, struct yw_error *err)
{
	size_t body = 0, n;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < p->n_good; i++) {
		uint64_t index = p->start + i;

		for (n = 0; body + n < p->n_bodies && p->bodies[body + n].index == index; n++)
			;
		code = write_entry(l, in, p->entries[i].envelope, &p->entries[i].e, p->bodies + body, n, err);
		body += n;
	}
	if (code == YW_OK && p->n_good < p->n_entries)
		set_broken(l, in, p->start + p->n_good, p->broken.msg);
	return code;
}

/* The newest head moves up to `full` when everything below it is here. */
static enum yw_code
reach_target(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_log *log = &in->pub;

	if (log->size < log->target_size || log->target_size == 0)
		return YW_OK;
	if (!yw_hash_equal(&log->root, &log->target_root))	/* the proofs exclude it: our own tree is damaged */
		return yw_fail(&l->spoilt, YW_EIO, "the tree of '%s' does not give the root it was proven into",
		    log->origin.text);
	yw_buf_clear(&log->full);
	yw_buf_add(&log->full, log->target.data, log->target.len);
	log->full_size = log->target_size;
	log->target_size = 0;
	ledger_put_note(l, in, 'f', yw_buf_bytes(&log->full));
	return yw_buf_check(&log->full, err);
}

static enum yw_code
set_target(struct yw_ledger *l, struct log_inside *in, const struct yw_checkpoint *c, struct yw_bytes note,
    struct yw_error *err)
{
	struct yw_log *log = &in->pub;

	yw_buf_clear(&log->target);
	yw_buf_add(&log->target, note.data, note.len);
	log->target_size = c->size;
	log->target_root = c->root;
	if (c->size > log->head_size) {
		yw_buf_clear(&log->head);
		yw_buf_add(&log->head, note.data, note.len);
		log->head_size = c->size;
		ledger_put_note(l, in, 'h', note);
	}
	return yw_buf_check(&log->target, err) == YW_OK ? yw_buf_check(&log->head, err) : YW_ENOMEM;
}

/* An entry 0 that is no valid genesis makes a log that is never attributable (T4). */
static enum yw_code
check_genesis(struct yw_ledger *l, struct log_inside *in, const struct yw_package *p)
{
	struct yw_error why;

	if (p->start > 0 || p->n_good == 0)
		return YW_OK;
	if (yw_trust_judge_genesis(l->trust, log_generation(l, in), &p->entries[0].e, &why) == YW_OK)
		return YW_OK;
	set_broken(l, in, 0, why.msg);
	return YW_EINVAL;
}

enum yw_code
yw_ledger_take_package(struct yw_ledger *l, const struct yw_package *p, struct yw_error *err)
{
	struct log_inside *in = find_log(l, p->origin.text);
	struct yw_checkpoint c;
	enum yw_code code;

	if (in == NULL || log_generation(l, in) == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", p->origin.text);
	if (in == l->own || in->pub.frozen || in->pub.broken)
		return yw_fail(err, YW_EINVAL, "'%s' is not extended by peers: %s", p->origin.text,
		    in == l->own ? "it is my own" : in->pub.frozen ? "it is frozen" : in->pub.trouble);
	if (p->start != in->pub.size)
		return yw_fail(err, YW_EINVAL, "a package of '%s' starts at %llu, this node is at %llu", p->origin.text,
		    (unsigned long long)p->start, (unsigned long long)in->pub.size);
	code = package_target(l, in, p, &c, err);
	if (code == YW_OK)
		code = check_range(in, p, &c, err);
	if (code == YW_OK && check_genesis(l, in, p) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s': %s", p->origin.text, in->pub.trouble);
	if (code == YW_OK && p->head.len > 0)
		code = set_target(l, in, &c, p->head, err);
	if (code != YW_OK)
		return code;
	code = write_package(l, in, p, err);
	return code == YW_OK ? reach_target(l, in, err) : code;
}

/* --- bodies that come by themselves --- */

static enum yw_code
is_missing(struct yw_ledger *l, const struct key *k, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_MISSING, key_bytes(k), &v, err);

	yw_buf_release(&v);
	return code;
}

/* The store does not know yet what this turn took: YW_ECONFLICT if this body is among it. */
static enum yw_code
note_taken(struct log_inside *in, const struct yw_body *b)
{
	struct yw_missing *grown;

	for (size_t i = 0; i < in->n_taken; i++)
		if (in->taken[i].index == b->index && in->taken[i].item == b->item)
			return YW_ECONFLICT;
	if (in->n_taken == TAKEN_MAX)
		return YW_ELIMIT;
	if (in->n_taken % 64 == 0) {
		grown = realloc(in->taken, (in->n_taken + 64) * sizeof *grown);
		if (grown == NULL)
			return YW_ENOMEM;
		in->taken = grown;
	}
	in->taken[in->n_taken++] = (struct yw_missing) { b->index, b->item };
	return YW_OK;
}

static enum yw_code
body_entry(struct yw_ledger *l, struct log_inside *in, const struct yw_body *b, struct yw_buf *envelope,
    struct yw_entry *e, struct yw_error *err)
{
	struct key k = key_entry(in->pub.number, b->index);
	enum yw_code code = yw_store_get(l->store, NULL, F_ENTRIES, key_bytes(&k), envelope, err);

	return code != YW_OK ? code : yw_entry_read(in->pub.origin.text, yw_buf_bytes(envelope), e, err);
}

enum yw_code
yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b, struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	struct key k;
	enum yw_code code;

	if (in == NULL || b->index >= in->committed_size)
		return yw_fail(err, YW_ENOENT, "no entry %llu of '%s' is held here", (unsigned long long)b->index, origin);
	k = key_place(in->pub.number, b->index, b->item);
	code = is_missing(l, &k, err);
	if (code == YW_ENOENT)
		return YW_OK;	/* held already, or never asked for */
	if (code == YW_OK)
		code = body_entry(l, in, b, &envelope, &e, err);
	if (code != YW_OK) {
		yw_buf_release(&envelope);
		return code;
	}
	if (!yw_hash_equal(&b->sha256, &e.hashes[b->item]) && !YW_FAULT("body-hash"))
		code = yw_fail(err, YW_EPEER, "body %u of entry %llu of '%s' has another hash", b->item,
		    (unsigned long long)b->index, origin);
	else if (!holdable(l, in, &e, b))
		code = yw_fail(err, YW_EINVAL, "body %u of entry %llu of '%s' may not be held here", b->item,
		    (unsigned long long)b->index, origin);
	else
		code = note_taken(in, b);
	if (code == YW_OK) {
		bool counts = signer_valid(log_generation(l, in), &e, b->index) && e.standing == YW_STANDING_APPLIED;

		put_body(l, in, &e, counts, b);
		yw_batch_delete(l->batch, F_MISSING, key_bytes(&k));
		in->pub.n_missing--;
		log_touch(l, in);
	}
	yw_entry_release(&e);
	yw_buf_release(&envelope);
	return code == YW_ECONFLICT ? YW_OK : code;
}

/* --- what is missing --- */

size_t
yw_ledger_missing(struct yw_ledger *l, const struct yw_log *log, const struct yw_missing *from, struct yw_missing *out,
    size_t max)
{
	struct key prefix = key_number(log->number), k = key_place(log->number, from->index, from->item);
	struct yw_iter *it;
	size_t n = 0;

	if (log->n_missing == 0)
		return 0;
	it = yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&prefix), key_bytes(&k), false);
	for (; it != NULL && n < max && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes key = yw_iter_key(it);

		out[n++] = (struct yw_missing) { yw_get_be64(key.data + 4), yw_get_be16(key.data + 12) };
	}
	if (it != NULL && yw_iter_finish(it, NULL) != YW_OK)
		return 0;	/* the next write meets the same error and stops */
	return n;
}

/* After a commit: below which entry is every wanted, and every unconditional body held? */
enum yw_code
refresh_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_number(in->pub.number);
	bool any = false, unconditional = false;
	struct yw_iter *it;

	in->pub.held = in->pub.receipts_to = in->pub.size;
	if (in->pub.n_missing == 0)
		return YW_OK;
	it = yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	for (; yw_iter_valid(it) && !unconditional; yw_iter_next(it)) {
		uint64_t index = yw_get_be64(yw_iter_key(it).data + 4);

		if (!any)
			in->pub.held = index;
		any = true;
		unconditional = yw_iter_value(it).len == 1 && yw_iter_value(it).data[0] == 1;
		if (unconditional)
			in->pub.receipts_to = index;
	}
	return yw_iter_finish(it, err);
}
