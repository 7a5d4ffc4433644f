/*
 * load.c - memory from the store: at open, and after a turn that was not committed.
 *
 * Logs keep their struct and number over a reload, since other rooms hold pointers; one that only the abandoned
 * turn knew is empty again, and its record goes into the next commit so that numbers have no gap.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

#define IS_BROKEN 1
#define IS_UNSURE 2
#define WITHHOLDS 4
#define IS_HOLDER 8
#define MET_AT (8 + YW_HASH_BYTES + 1)
#define RECORD_FIXED (MET_AT + sizeof(struct yw_boot_name) + 8 + 2)

/* --- the record of a log --- */

/* False: the record has another form. */
static bool
decode_record(struct yw_bytes v, struct log_inside *in, struct yw_origin *origin)
{
	size_t n;

	if (v.len < RECORD_FIXED)
		return false;
	n = yw_get_be16(v.data + RECORD_FIXED - 2);
	if (n > YW_ORIGIN_MAX || v.len < RECORD_FIXED + n || v.len - RECORD_FIXED - n >= YW_ERROR_MAX)
		return false;
	*origin = (struct yw_origin) { 0 };
	memcpy(origin->text, v.data + RECORD_FIXED, n);
	if (in == NULL)
		return true;
	in->pub.size = in->committed_size = yw_get_be64(v.data);
	memcpy(in->pub.root.b, v.data + 8, YW_HASH_BYTES);
	in->committed_root = in->pub.root;
	in->pub.broken = (v.data[8 + YW_HASH_BYTES] & IS_BROKEN) != 0;
	in->unsure = (v.data[8 + YW_HASH_BYTES] & IS_UNSURE) != 0;
	in->pub.withholds = (v.data[8 + YW_HASH_BYTES] & WITHHOLDS) != 0;
	memcpy(&in->met, v.data + MET_AT, sizeof in->met);
	in->known = yw_get_be64(v.data + MET_AT + sizeof in->met);
	memset(in->pub.trouble, 0, sizeof in->pub.trouble);
	memcpy(in->pub.trouble, v.data + RECORD_FIXED + n, v.len - RECORD_FIXED - n);
	return true;
}

void
put_record(struct yw_ledger *l, const struct log_inside *in)
{
	uint8_t v[RECORD_FIXED + YW_ORIGIN_MAX + YW_ERROR_MAX];
	size_t n = strlen(in->pub.origin.text), m = strlen(in->pub.trouble);
	struct key k = key_log(in->pub.number);

	yw_put_be64(v, in->pub.size);
	memcpy(v + 8, in->pub.root.b, YW_HASH_BYTES);
	v[8 + YW_HASH_BYTES] = (uint8_t)((in->pub.broken ? IS_BROKEN : 0) | (in->unsure ? IS_UNSURE : 0) |
	    (in->pub.withholds ? WITHHOLDS : 0) | (yw_jurisdiction_equal(&in->pub.holder, &l->code) ? IS_HOLDER : 0));
	memcpy(v + MET_AT, &in->met, sizeof in->met);
	yw_put_be64(v + MET_AT + sizeof in->met, in->known);
	yw_put_be16(v + RECORD_FIXED - 2, (uint16_t)n);
	memcpy(v + RECORD_FIXED, in->pub.origin.text, n);
	memcpy(v + RECORD_FIXED + n, in->pub.trouble, m);
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { v, RECORD_FIXED + n + m });
}

/* --- the parts of a log --- */

/* A note under heads/n/what, with what it says; of a missing one the size is 0. */
static enum yw_code
load_head(struct yw_ledger *l, struct log_inside *in, char what, struct yw_buf *note, struct yw_checkpoint *out,
    struct yw_error *err)
{
	struct key k = key_head(in->pub.number, what);
	enum yw_code code;

	yw_buf_clear(note);
	*out = (struct yw_checkpoint) { .size = 0 };
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&k), note, err);
	if (code == YW_ENOENT)
		return YW_OK;
	return code == YW_OK ? note_checkpoint(yw_buf_bytes(note), out, err) : code;
}

static enum yw_code
load_heads(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_checkpoint head, full = { .size = 0 };
	enum yw_code code = load_head(l, in, 'h', &in->pub.head, &head, err);

	if (code == YW_OK)
		code = load_head(l, in, 'f', &in->pub.full, &full, err);
	in->pub.head_size = head.size;
	in->pub.head_root = head.root;
	in->pub.full_size = full.size;
	return code;
}

static enum yw_code
load_tree(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;
	struct yw_hash root;
	enum yw_code code;

	tiles_reader(&t, &r);
	code = yw_tree_load(in->tree, in->pub.size, &r, err);
	if (code != YW_OK)
		return code;
	yw_tree_root(in->tree, &root);
	if (!yw_hash_equal(&root, &in->pub.root))
		return yw_fail(err, YW_EIO, "the tiles of '%s' do not give the root in its record: the store is damaged",
		    in->pub.origin.text);
	return YW_OK;
}

enum yw_code
load_entry(struct yw_ledger *l, const struct log_inside *in, uint64_t index, struct yw_buf *envelope, struct yw_entry *out,
    struct yw_error *err)
{
	struct key k = key_entry(in->pub.number, index);
	enum yw_code code;

	yw_buf_clear(envelope);
	code = yw_store_get(l->store, NULL, F_ENTRIES, key_bytes(&k), envelope, err);
	return code == YW_OK ? yw_entry_read(in->pub.origin.text, yw_buf_bytes(envelope), out, err) : code;
}

static enum yw_code
load_trust_entry(struct yw_ledger *l, struct log_inside *in, uint64_t index, struct yw_buf *envelope,
    struct yw_error *err)
{
	struct yw_error alarm;		/* it was said when the entry came */
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, index, envelope, &e, err);

	if (code != YW_OK)
		return code;
	code = yw_trust_add(l->trust, &in->pub.origin, index, &e, &alarm);
	yw_entry_release(&e);
	return code == YW_OK ? code : yw_fail(err, code, "no memory to read '%s'", in->pub.origin.text);
}

/* Feeds one log's trust entries to trust/, in order. */
static enum yw_code
load_trust(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_number(in->pub.number);
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	it = yw_iter_new(l->store, NULL, F_TRUST, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it))
		code = load_trust_entry(l, in, yw_get_be64(yw_iter_key(it).data + 4), &envelope, err);
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	yw_buf_release(&envelope);
	return code != YW_OK ? code : end;
}

static enum yw_code
load_log(struct yw_ledger *l, struct log_inside *in, struct yw_bytes record, struct yw_error *err)
{
	struct yw_origin origin;
	enum yw_code code;

	if (!decode_record(record, in, &origin))
		return yw_fail(err, YW_EIO, "the record of log %u has another form: the store is damaged", in->pub.number);
	if ((record.data[8 + YW_HASH_BYTES] & IS_HOLDER) != 0)
		in->pub.holder = l->code;
	in->stored = true;
	code = load_tree(l, in, err);
	if (code == YW_OK)
		code = load_heads(l, in, err);
	if (code == YW_OK)
		code = load_cosigned(l, in, err);
	if (code == YW_OK)
		code = load_forks(l, in, err);
	if (code == YW_OK)
		code = load_two_live(l, in, err);
	l->withholds |= in->pub.withholds;
	if (code == YW_OK)
		code = load_quorums(l, in, err);
	if (code == YW_OK)
		code = load_met(l, in, err);
	if (code == YW_OK)
		code = load_proven(l, in, err);
	if (code == YW_OK)
		code = load_applied(l, in, err);
	if (code == YW_OK)
		code = load_answers(l, in, err);
	if (code == YW_OK)
		code = l->stale ? replay_statements(l, in, err) : load_trust(l, in, err);
	if (code == YW_OK)
		code = count_missing(l, in, err);
	return code;
}

/* What a turn left in memory alone. */
static void
forget(struct log_inside *in)
{
	in->changed = in->tree_changed = in->stored = in->pub.own = in->pub.frozen = in->pub.broken = false;
	in->pub.needs_newer = in->pub.holder_due = false;
	in->pub.holder = (struct yw_jurisdiction) { "" };
	in->pub.size = in->pub.held = in->pub.receipts_to = in->committed_size = 0;
	in->pub.head_size = in->pub.full_size = in->pub.target_size = in->compared = 0;
	in->pub.n_missing = in->pub.n_lost = in->pub.n_erased = in->n_refused = in->n_taken = in->n_days = 0;
	in->day_known = false;
	in->recount = in->pub.withholds = in->pub.absent_due = in->erases = in->ids_due = in->beats_unread = false;
	in->met = (struct yw_boot_name) { { 0 } };
	in->known = in->cosigned = 0;
	in->unsure = false;
	in->pub.trouble[0] = '\0';
	in->quorum_of = (struct yw_hash) { { 0 } };
	yw_buf_clear(&in->pub.head);
	yw_buf_clear(&in->pub.full);
	yw_buf_clear(&in->pub.target);
	yw_buf_clear(&in->two_live);
	drop_waiting(in);
	drop_forks(in);
	drop_met(in);
	drop_ahead(in);
	drop_beyond(in);
	drop_beats(in);
	drop_rivals(in);
	drop_proven(in);
	drop_questions(in);
	in->applied_to = UINT64_MAX;
}

static enum yw_code
empty_tree(struct log_inside *in, struct yw_error *err)
{
	struct yw_tree *t;

	if (yw_tree_new(&t) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	yw_tree_free(in->tree);
	in->tree = t;
	yw_tree_root(t, &in->pub.root);
	in->committed_root = in->pub.root;
	return YW_OK;
}

/* --- the whole --- */

/* The record of log n; YW_ENOENT behind the last. */
static enum yw_code
load_number(struct yw_ledger *l, uint32_t n, struct yw_buf *record, struct yw_error *err)
{
	struct key k = key_log(n);
	struct yw_origin origin;
	struct log_inside *in;
	enum yw_code code;

	yw_buf_clear(record);
	code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), record, err);
	if (code == YW_OK && !decode_record(yw_buf_bytes(record), NULL, &origin))
		code = yw_fail(err, YW_EIO, "the record of log %u has another form: the store is damaged", n);
	if (code == YW_OK && n == l->n_logs)
		code = add_log(l, &origin, &in, err);
	return code == YW_OK ? load_log(l, l->logs[n], yw_buf_bytes(record), err) : code;
}

static enum yw_code
load_logs(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf record = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		forget(l->logs[i]);
		code = empty_tree(l->logs[i], err);
	}
	for (uint32_t n = 0; code == YW_OK; n++)
		code = load_number(l, n, &record, err);
	yw_buf_release(&record);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
load_commit(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("commit");
	uint8_t v[8];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), v, sizeof v, err);

	if (code == YW_OK && yw_get_be64(v) > l->commit)	/* a guard may have raised it further */
		l->commit = yw_get_be64(v);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
check_code(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("code");
	struct yw_buf v = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_META, key_bytes(&k), &v, err);

	if (code == YW_OK && !yw_bytes_equal(yw_buf_bytes(&v), yw_bytes_str(l->code.code)))
		code = yw_fail(err, YW_EDENIED, "this data directory belongs to node %.6s, the configuration says %s",
		    yw_buf_str(&v), l->code.code);
	yw_buf_release(&v);
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
load_foreign_day(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("foreign");
	uint8_t v[4];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), v, sizeof v, err);

	l->foreign_day = code == YW_OK ? yw_get_be32(v) : 0;
	return code == YW_ENOENT ? YW_OK : code;
}

enum yw_code
load_notes(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code = load_rivals(l, in, err);

	if (code == YW_OK)
		code = load_beats(l, in, err);
	choose_met(in);
	in->beats_unread = log_generation(l, in) == NULL;
	return code;
}

enum yw_code
load_all(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_trust *fresh;
	enum yw_code code = yw_trust_new(&l->network, &fresh, err);

	if (code != YW_OK)
		return code;
	if (l->trust != NULL)
		yw_trust_replace(fresh, l->trust);
	yw_trust_free(l->trust);
	l->trust = fresh;
	forget_attributed(l);
	l->trust_changed = true;
	l->own = NULL;
	code = load_claim(l, err);
	if (code != YW_OK)
		return code;
	l->restored |= l->restored_stored;	/* what ended it is lost */
	code = load_networks(l, err);
	if (code == YW_OK)
		code = load_commit(l, err);
	if (code == YW_OK)
		code = check_code(l, err);
	if (code == YW_OK)
		code = load_foreign_day(l, err);
	if (code == YW_OK)
		code = load_request(l, err);
	if (code == YW_OK)
		code = load_twins(l, err);
	if (code == YW_OK)
		code = load_state_version(l, err);
	if (code == YW_OK)
		code = load_logs(l, err);
	if (code == YW_OK)
		code = load_kept(l, err);
	if (code == YW_OK)
		code = load_scrub(l, err);
	if (code == YW_OK)
		code = replay_records(l, err);
	if (code == YW_OK)
		code = attach_logs(l, err);
	if (code == YW_OK)
		code = load_words(l, err);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		code = load_notes(l, l->logs[i], err);
		if (code == YW_OK)
			code = refresh_missing(l, l->logs[i], err);
	}
	if (code == YW_OK)
		code = start_reach(l, err);
	if (code == YW_OK)
		code = start_absent(l, err);
	if (code == YW_OK) {
		start_holders(l);
		load_frozen(l);
	}
	if (code == YW_OK && l->restored && !l->restored_stored)
		mark_restored(l);
	return code;
}
