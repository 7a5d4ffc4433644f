/*
 * bodies.c - which bodies this node may have, holds, and lacks (B6, R5, V3).
 *
 * A place whose body is wanted stands in the family "missing" until it comes.  One that came and may not be held
 * (no Record in one form with an id, or of another code's id) stays there for ever, marked: nobody can bring a better one,
 * since the hash decides, and no receipt goes past it (R5): only the owner's `lost` does.
 *
 * A place that was declared lost (V6) has a mark as well, which says by which entry, whether its body is here or not: it
 * counts as absent, is not asked for, served or shown, and kept, since whoever declared it may turn out to have been nobody.
 * So has one that was erased, whose body goes: nobody's word brings that back but another body of its hash, where the
 * erasure turns out to have been nobody's.
 *
 * What this node only keeps for its owner (V4) is wanted and held like all else, and nothing is said of its id.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

#define ABSENT_MARK_BYTES 9
#define TAKEN_MAX 1024		/* bodies of one log that one turn takes by themselves */

/* A body that came for a place of this log: may it be held here (B5, B6)? */
static bool
holdable(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e, const struct yw_body *b)
{
	struct yw_asker self;

	self_asker(l, &self);
	return b->form == YW_OK && !is_listed(l, &in->pub.code, &e->hashes[b->item]) &&
	    (yw_may_have(&in->pub.code, &in->pub.holder, &e->audience, &b->record.id, &self) || YW_FAULT("hold-any"));
}

/* May this node have bodies of that entry; and show them?  What it only keeps for their owner says nothing here (V4). */
static bool
may_keep(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e)
{
	struct yw_asker self;

	self_asker(l, &self);
	return yw_may_have(&in->pub.code, &in->pub.holder, &e->audience, NULL, &self);
}

bool
may_show(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e)
{
	struct yw_asker self;

	self_asker(l, &self);
	return yw_may_have(&in->pub.code, YW_FAULT("holder-shows") ? &in->pub.holder : NULL, &e->audience, NULL, &self);
}

/* It is the owner's doing, whoever brought it. */
static void
say_refused(const struct log_inside *in, const struct yw_body *b, bool listed)
{
	if (listed)
		yw_log(YW_LOG_WARN, "body-refused", "origin=%s index=%llu item=%u it was erased before this database was set back: not held",
		    in->pub.origin.text, (unsigned long long)b->index, b->item);
	else if (b->form != YW_OK)
		yw_log(YW_LOG_WARN, "body-refused", "origin=%s index=%llu item=%u no record in one form: not held",
		    in->pub.origin.text, (unsigned long long)b->index, b->item);
	else
		yw_log(YW_LOG_WARN, "body-refused", "origin=%s index=%llu item=%u a record of %s, not of this log's code: not held",
		    in->pub.origin.text, (unsigned long long)b->index, b->item, b->record.id.code.code);
}

static void
put_missing(struct yw_ledger *l, const struct log_inside *in, uint64_t index, uint16_t item, uint8_t flags)
{
	struct key k = key_place(in->pub.number, index, item);

	yw_batch_put(l->batch, F_MISSING, key_bytes(&k), (struct yw_bytes) { &flags, 1 });
}

static bool
is_absent(const struct yw_ledger *l, const struct log_inside *in, uint64_t index, uint16_t item, struct yw_absent_body *out)
{
	const struct yw_generation *g = log_generation(l, in);

	return g != NULL && yw_trust_absent_at(l->trust, g, index, item, out);
}

/* Receipts on a log ask for an entry below their size (R5): one of another log is none. */
uint64_t
absent_by(const struct log_inside *in, const struct yw_absent_body *absent)
{
	return strcmp(absent->by.origin.text, in->pub.origin.text) == 0 ? absent->by.index : UINT64_MAX;
}

bool
is_absent_mark(struct yw_bytes v)
{
	return v.len == ABSENT_MARK_BYTES && (v.data[0] & MISSING_ABSENT) != 0;
}

uint64_t
absent_mark_by(struct yw_bytes v)
{
	return yw_get_be64(v.data + 1);
}

/* B7: does a body that is here say anything of its id?  NULL: it was declared neither lost nor erased. */
static bool
still_counts(const struct yw_absent_body *absent)
{
	return absent == NULL || (!absent->erased && YW_FAULT("lost-counts"));
}

/* V6: what is erased does not stay. */
static bool
may_stay(const struct yw_absent_body *absent)
{
	return absent == NULL || !absent->erased || YW_FAULT("erased-kept");
}

void
put_absent(struct yw_ledger *l, const struct log_inside *in, const struct yw_absent_body *absent, uint8_t flags)
{
	struct key k = key_place(in->pub.number, absent->place.index, absent->place.item);
	uint8_t v[ABSENT_MARK_BYTES];

	v[0] = (uint8_t)(flags | MISSING_ABSENT | (absent->erased ? MISSING_ERASED : 0));
	yw_put_be64(v + 1, absent_by(in, absent));
	yw_batch_put(l->batch, F_MISSING, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
}

/* B7, T13: was the signer allowed this kind? */
static bool
may_sign_item(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e, const struct yw_body *b)
{
	const struct yw_generation *g = log_generation(l, in);

	return g != NULL && (YW_FAULT("position") || yw_trust_may_sign(l->trust, g, b->index, &e->signer, b->record.id.kind));
}

static void
put_body(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, bool counts, const struct yw_body *b)
{
	struct key k = key_place(in->pub.number, b->index, b->item);

	yw_batch_put(l->batch, F_BODIES, key_bytes(&k), b->bytes);
	if (counts && may_show(l, in, e) && may_sign_item(l, in, e, b))
		item_put(l->batch, &in->pub, &b->record, e, b->index, b->item);
}

static uint8_t
missing_flags_of(const struct yw_entry *e)
{
	return e->audience.cls == YW_CLASS_UNCONDITIONAL ? MISSING_UNCONDITIONAL : 0;
}

/* The mark of a place that is lost or erased; what is erased is remembered by its hash as well. */
static void
set_absent(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, const struct yw_absent_body *absent, bool held)
{
	uint8_t flags = missing_flags_of(e);

	put_absent(l, in, absent, held ? flags | MISSING_HELD : flags);
	if (absent->erased)
		put_erased_hash(l, &in->pub.code, &e->hashes[absent->place.item]);
	in->pub.n_erased += absent->erased;
	in->pub.n_lost += !absent->erased;
}

/* A body that is not here, and that this node may have; `came`: it was one that may not be held. */
static void
lack(struct yw_ledger *l, struct log_inside *in, uint64_t index, uint16_t item, uint8_t flags, bool came)
{
	put_missing(l, in, index, item, came ? flags | MISSING_REFUSED : flags);
	in->n_refused += came;
	in->pub.n_missing += !came;
}

void
write_bodies(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, bool counts,
    const struct yw_body *bodies, size_t n_bodies)
{
	uint8_t flags = missing_flags_of(e);
	bool may = may_keep(l, in, e);
	struct yw_absent_body said;
	size_t b = 0;

	for (size_t i = 0; i < e->n_items; i++) {
		const struct yw_absent_body *absent = is_absent(l, in, index, (uint16_t)i, &said) ? &said : NULL;
		bool here = b < n_bodies && bodies[b].item == i;
		bool held = may && here && may_stay(absent) && holdable(l, in, e, &bodies[b]);

		if (held)
			put_body(l, in, e, counts && still_counts(absent), &bodies[b]);
		else if (may && here && may_stay(absent))
			say_refused(in, &bodies[b], is_listed(l, &in->pub.code, &e->hashes[i]));
		if (absent != NULL)
			set_absent(l, in, e, absent, held);
		else if (may && !held)
			lack(l, in, index, (uint16_t)i, flags, here);
		b += here;
	}
}

/* --- once more, from what is held --- */

static void
replay_body(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, const struct yw_body *b, bool counts)
{
	struct key item;

	if (b->form != YW_OK)
		return;
	item = key_item(b->record.id_text, in->pub.generation, b->index, b->item);
	yw_batch_delete(l->batch, F_ITEMS, key_bytes(&item));
	yw_batch_delete(l->batch, F_LATER, key_bytes(&item));
	if (counts && may_sign_item(l, in, e, b))
		item_put(l->batch, &in->pub, &b->record, e, b->index, b->item);
}

/* As the store has it.  What cannot be read is met again by whoever counts what is missing. */
static bool
was_erased(struct yw_ledger *l, const struct log_inside *in, const struct key *place)
{
	uint8_t v[ABSENT_MARK_BYTES];

	return in->pub.n_erased != 0 && yw_store_get_fixed(l->store, NULL, F_MISSING, key_bytes(place), v, sizeof v, NULL) == YW_OK &&
	    (v[0] & MISSING_ERASED) != 0;
}

/* A place that was refused is asked for again: who knows more may hold more. */
static void
replay_mark(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, uint64_t index, uint16_t item, bool held,
    const struct yw_absent_body *absent)
{
	struct key place = key_place(in->pub.number, index, item);
	uint8_t flags = missing_flags_of(e);

	if (absent == NULL && was_erased(l, in, &place))
		drop_erased_hash(l, &in->pub.code, &e->hashes[item]);
	if (absent != NULL)
		set_absent(l, in, e, absent, held);
	else if (!held && is_listed(l, &in->pub.code, &e->hashes[item]))
		put_missing(l, in, index, item, flags | MISSING_REFUSED);
	else if (!held && may_keep(l, in, e))
		put_missing(l, in, index, item, flags);
	else
		yw_batch_delete(l->batch, F_MISSING, key_bytes(&place));
}

/* What a newer version let in, under a class that this one does not know, stays: it shows and serves nothing of that. */
static bool
may_go_on(const struct yw_ledger *l, const struct log_inside *in, const struct yw_entry *e)
{
	return e->audience.cls == 0 || may_keep(l, in, e) || YW_FAULT("holder-stays");
}

enum yw_code
replay_place(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, uint16_t item, bool counts,
    struct yw_error *err)
{
	struct yw_body b = { .index = index, .item = item };
	struct key place = key_place(in->pub.number, index, item);
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_absent_body said;
	const struct yw_absent_body *absent = is_absent(l, in, index, item, &said) ? &said : NULL;
	bool stays = may_stay(absent) && !is_listed(l, &in->pub.code, &e->hashes[item]) && may_go_on(l, in, e);
	enum yw_code code = yw_store_get(l->store, NULL, F_BODIES, key_bytes(&place), &bytes, err);

	in->recount = true;
	b.bytes = yw_buf_bytes(&bytes);
	if (code == YW_OK) {
		b.form = yw_record_form(b.bytes, &b.record, NULL);
		replay_body(l, in, e, &b, counts && still_counts(absent) && stays && may_show(l, in, e));
	}
	if (code == YW_OK && !stays)
		erase_body(l, &place);
	if (code == YW_OK || code == YW_ENOENT)
		replay_mark(l, in, e, index, item, code == YW_OK && stays, absent);
	yw_buf_release(&bytes);
	return code == YW_ENOENT ? YW_OK : code;
}

/* --- bodies that come by themselves --- */

static bool
is_mark(struct yw_bytes v)
{
	return v.len == 1 || is_absent_mark(v);
}

/* *flags of a missing place; YW_ENOENT: it is not missing. */
static enum yw_code
missing_flags(struct yw_ledger *l, const struct key *k, uint8_t *flags, struct yw_error *err)
{
	struct yw_buf v = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_MISSING, key_bytes(k), &v, err);

	if (code == YW_OK && !is_mark(yw_buf_bytes(&v)))
		code = yw_fail(err, YW_EIO, "the mark of a missing body has another form: the store is damaged");
	if (code == YW_OK)
		*flags = v.data[0];
	yw_buf_release(&v);
	return code;
}

/* The store does not know yet what this turn took: YW_ECONFLICT if this body is among it. */
static enum yw_code
note_taken(struct log_inside *in, const struct yw_body *b, struct yw_error *err)
{
	struct yw_missing *grown;

	for (size_t i = 0; i < in->n_taken; i++)
		if (in->taken[i].index == b->index && in->taken[i].item == b->item)
			return YW_ECONFLICT;
	if (in->n_taken == TAKEN_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d bodies of '%s' in one turn", TAKEN_MAX, in->pub.origin.text);
	if (in->n_taken % 64 == 0) {
		grown = realloc(in->taken, (in->n_taken + 64) * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a body of '%s'", in->pub.origin.text);
		in->taken = grown;
	}
	in->taken[in->n_taken++] = (struct yw_missing) { b->index, b->item };
	return YW_OK;
}

/* A body with the hash that its entry names. */
static enum yw_code
take_right_one(struct yw_ledger *l, struct log_inside *in, const struct yw_entry *e, const struct yw_body *b,
    uint8_t flags, struct yw_error *err)
{
	struct key k = key_place(in->pub.number, b->index, b->item);
	enum yw_code code = note_taken(in, b, err);
	bool valid;

	if (code != YW_OK)
		return code == YW_ECONFLICT ? YW_OK : code;
	in->pub.n_missing--;
	log_touch(l, in);
	if (!holdable(l, in, e, b)) {
		put_missing(l, in, b->index, b->item, flags | MISSING_REFUSED);
		in->n_refused++;
		say_refused(in, b, is_listed(l, &in->pub.code, &e->hashes[b->item]));
		return yw_fail(err, YW_EINVAL, "body %u of entry %llu of '%s' may not be held here", b->item,
		    (unsigned long long)b->index, in->pub.origin.text);
	}
	valid = signer_valid(l, in, e, b->index);
	judged_early(l, in, b->index);
	put_body(l, in, e, valid && e->standing == YW_STANDING_APPLIED, b);
	yw_batch_delete(l->batch, F_MISSING, key_bytes(&k));
	return YW_OK;
}

static enum yw_code
take_missing(struct yw_ledger *l, struct log_inside *in, const struct yw_body *b, uint8_t flags, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, b->index, &envelope, &e, err);

	if (code != YW_OK)
		goto out;
	if (!yw_hash_equal(&b->sha256, &e.hashes[b->item]) && !YW_FAULT("body-hash"))
		code = yw_fail(err, YW_EPEER, "body %u of entry %llu of '%s' has another hash", b->item,
		    (unsigned long long)b->index, in->pub.origin.text);
	else
		code = take_right_one(l, in, &e, b, flags, err);
	yw_entry_release(&e);
out:
	yw_buf_release(&envelope);
	return code;
}

enum yw_code
yw_ledger_take_body(struct yw_ledger *l, const char *origin, const struct yw_body *b, struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	uint8_t flags;
	struct key k;
	enum yw_code code = may_write(l, err);

	if (code != YW_OK)
		return code;
	if (in == NULL || b->index >= in->committed_size)
		return yw_fail(err, YW_ENOENT, "no entry %llu of '%s' is held here", (unsigned long long)b->index, origin);
	k = key_place(in->pub.number, b->index, b->item);
	code = missing_flags(l, &k, &flags, err);
	if (code == YW_ENOENT || (code == YW_OK && (flags & (MISSING_REFUSED | MISSING_ABSENT)) != 0))
		return YW_OK;	/* held already, or never asked for */
	return code == YW_OK ? take_missing(l, in, b, flags, err) : code;
}

/* --- what is missing --- */

static struct yw_iter *
missing_from(struct yw_ledger *l, const struct yw_log *log, uint64_t index, uint16_t item)
{
	struct key prefix = key_number(log->number), from = key_place(log->number, index, item);

	return yw_iter_new(l->store, NULL, F_MISSING, key_bytes(&prefix), key_bytes(&from), false);
}

static uint64_t
missing_index(const struct yw_iter *it)
{
	return yw_get_be64(yw_iter_key(it).data + 4);
}

/* Of the flags in the mask it has exactly these. */
static bool
has_flags(const struct yw_iter *it, uint8_t mask, uint8_t flags)
{
	struct yw_bytes v = yw_iter_value(it);

	return is_mark(v) && (v.data[0] & mask) == flags;
}

static bool
is_wanted(const struct yw_iter *it)
{
	return has_flags(it, MISSING_REFUSED | MISSING_ABSENT, 0);
}

size_t
yw_ledger_missing(struct yw_ledger *l, const struct yw_log *log, const struct yw_missing *from, struct yw_missing *out,
    size_t max)
{
	struct yw_iter *it;
	size_t n = 0;

	if (log->n_missing == 0)
		return 0;
	for (it = missing_from(l, log, from->index, from->item); n < max && yw_iter_valid(it); yw_iter_next(it))
		if (is_wanted(it))
			out[n++] = (struct yw_missing) { missing_index(it), yw_get_be16(yw_iter_key(it).data + 12) };
	if (yw_iter_finish(it, NULL) != YW_OK)
		return 0;	/* the next write meets the same error and stops */
	return n;
}

enum yw_code
count_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_iter *it;

	in->pub.n_missing = in->pub.n_lost = in->pub.n_erased = in->n_refused = 0;
	for (it = missing_from(l, &in->pub, 0, 0); yw_iter_valid(it); yw_iter_next(it))
		if (is_wanted(it))
			in->pub.n_missing++;
		else if (has_flags(it, MISSING_ERASED, MISSING_ERASED))
			in->pub.n_erased++;
		else if (has_flags(it, MISSING_ABSENT, MISSING_ABSENT))
			in->pub.n_lost++;
		else
			in->n_refused++;
	return yw_iter_finish(it, err);
}

/* The first place from `index` on whose mark has, of the flags in the mask, exactly these; the log's size: there is none. */
static enum yw_code
first_missing(struct yw_ledger *l, const struct yw_log *log, uint64_t index, uint8_t mask, uint8_t flags, uint64_t *out,
    struct yw_error *err)
{
	struct yw_iter *it = missing_from(l, log, index, 0);

	while (yw_iter_valid(it) && !has_flags(it, mask, flags))
		yw_iter_next(it);
	*out = yw_iter_valid(it) ? missing_index(it) : log->size;
	return yw_iter_finish(it, err);
}

/* After a commit.  Neither number falls but where places were judged anew, so each search goes on where the last one ended. */
enum yw_code
refresh_missing(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_log *log = &in->pub;
	enum yw_code code = YW_OK;

	if (in->recount) {
		code = count_missing(l, in, err);
		log->held = log->receipts_to = 0;
		log->judged++;
		in->recount = false;
	}
	if (log->holder_due)
		log->held = 0;	/* nobody knows yet */
	else if (code == YW_OK && log->n_missing > 0)
		code = first_missing(l, log, log->held, MISSING_REFUSED | MISSING_ABSENT, 0, &log->held, err);
	else
		log->held = log->size;
	if (code == YW_OK && log->n_missing + in->n_refused > 0)
		code = first_missing(l, log, log->receipts_to, MISSING_UNCONDITIONAL | MISSING_ABSENT, MISSING_UNCONDITIONAL,
		    &log->receipts_to, err);
	else if (code == YW_OK)
		log->receipts_to = log->size;
	return code;
}

bool
absent_too_late(struct yw_ledger *l, const struct log_inside *in, uint64_t size)
{
	struct yw_iter *it;
	bool found = false;

	if (in->pub.n_lost + in->pub.n_erased == 0)
		return false;
	for (it = missing_from(l, &in->pub, 0, 0); !found && yw_iter_valid(it) && missing_index(it) < size; yw_iter_next(it))
		found = has_flags(it, MISSING_UNCONDITIONAL | MISSING_ABSENT | MISSING_HELD, MISSING_UNCONDITIONAL | MISSING_ABSENT) &&
		    absent_mark_by(yw_iter_value(it)) >= size;
	return yw_iter_finish(it, NULL) != YW_OK || found;	/* what cannot be read is not signed for */
}
