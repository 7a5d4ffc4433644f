/*
 * erased.c - the list of what was erased, beside the guard (V6): so that a database that was set back brings nothing back.
 *
 * The list is a file of its own, outside backups, written anew as a whole when it changes, after the batch and before anybody
 * is told:
 *
 *	"yiwang-erased/1" LF		16 bytes
 *	code 6 digits, SHA-256 32	of each body, rising
 *	SHA-256 32			of all before
 *
 * In it stands what the database knows to be erased, and what an earlier list knew.  What the database does not know when it
 * is opened is *listed*: such bodies go before anybody is served, and are not taken when they come, until the entry that
 * erased them is here again; the place counts as one whose body may not be held, so no receipt goes past it either.
 */
#include <stdlib.h>

#include "base/log.h"
#include "ledger/ledger_int.h"

#define MAGIC "yiwang-erased/1\n"
#define MAGIC_BYTES 16
#define ROW_BYTES (YW_CODE_DIGITS + YW_HASH_BYTES)

static const struct yw_bytes nothing = { NULL, 0 };

static int
compare_rows(const void *a, const void *b)
{
	return memcmp(a, b, ROW_BYTES);
}

static void
make_row(const struct yw_jurisdiction *code, const struct yw_hash *hash, uint8_t out[static ROW_BYTES])
{
	memcpy(out, code->code, YW_CODE_DIGITS);
	memcpy(out + YW_CODE_DIGITS, hash->b, YW_HASH_BYTES);
}

static const uint8_t *
rows_of(const struct yw_buf *list)
{
	return list->data + MAGIC_BYTES;
}

static size_t
n_rows(const struct yw_buf *list)
{
	return list->len < MAGIC_BYTES + YW_HASH_BYTES ? 0 : (list->len - MAGIC_BYTES - YW_HASH_BYTES) / ROW_BYTES;
}

/* --- what the database does not know --- */

bool
is_listed(const struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	uint8_t row[ROW_BYTES];

	if (l->listed.len == 0)
		return false;
	make_row(code, hash, row);
	return bsearch(row, l->listed.data, l->listed.len / ROW_BYTES, ROW_BYTES, compare_rows) != NULL;
}

static bool
is_of(const struct yw_ledger *l, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < l->listed.len; i += ROW_BYTES)
		if (memcmp(l->listed.data + i, code->code, YW_CODE_DIGITS) == 0)
			return true;
	return false;
}

static enum yw_code
drop_of_entry(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, size_t *n, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < e->n_items; i++)
		if (is_listed(l, &in->pub.code, &e->hashes[i])) {
			code = replay_place(l, in, index, e, (uint16_t)i, false, err);
			++*n;
		}
	return code;
}

/* Every entry of the log is looked at: no row says where a hash stands. */
static enum yw_code
drop_of_log(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK;
	struct yw_entry e;
	size_t n = 0;

	for (uint64_t i = 0; code == YW_OK && i < in->pub.size; i++) {
		code = load_entry(l, in, i, &envelope, &e, err);
		if (code != YW_OK)
			break;
		code = drop_of_entry(l, in, i, &e, &n, err);
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	if (n != 0) {
		yw_log(YW_LOG_WARN, "erased-again", "origin=%s %zu bodies that were erased before came back with this database: they are "
		    "gone again", in->pub.origin.text, n);
		log_touch(l, in);
	}
	return code;
}

static enum yw_code
find_unknown(struct yw_ledger *l, const struct yw_buf *list, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n_rows(list); i++) {
		const uint8_t *row = rows_of(list) + i * ROW_BYTES;
		struct key k = key_meta("erased");
		uint8_t none;

		memcpy(k.b + k.len, row, ROW_BYTES);
		k.len += ROW_BYTES;
		code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), &none, 0, err);
		if (code == YW_ENOENT) {
			yw_buf_add(&l->listed, row, ROW_BYTES);
			code = yw_buf_check(&l->listed, err);
		}
	}
	return code;
}

static bool
is_whole(const struct yw_buf *list)
{
	struct yw_hash h;

	if (list->len < MAGIC_BYTES + YW_HASH_BYTES || (list->len - MAGIC_BYTES - YW_HASH_BYTES) % ROW_BYTES != 0 ||
	    memcmp(list->data, MAGIC, MAGIC_BYTES) != 0)
		return false;
	yw_sha256(list->data, list->len - YW_HASH_BYTES, &h);
	if (memcmp(h.b, list->data + list->len - YW_HASH_BYTES, YW_HASH_BYTES) != 0)
		return false;
	for (size_t i = 1; i < n_rows(list); i++)
		if (compare_rows(rows_of(list) + (i - 1) * ROW_BYTES, rows_of(list) + i * ROW_BYTES) >= 0)
			return false;
	return true;
}

/* --- the list --- */

/* What the store says, and what it does not know yet; both rise. */
static enum yw_code
collect(struct yw_ledger *l, struct yw_buf *out, struct yw_error *err)
{
	struct key prefix = key_meta("erased");
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_META, key_bytes(&prefix), nothing, false);
	size_t at = 0;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the list of what was erased");
	for (; yw_iter_valid(it); yw_iter_next(it)) {
		const uint8_t *row = yw_iter_key(it).data + prefix.len;
		int c = 1;

		if (yw_iter_key(it).len != prefix.len + ROW_BYTES)
			continue;
		for (; at < l->listed.len && (c = compare_rows(l->listed.data + at, row)) < 0; at += ROW_BYTES)
			yw_buf_add(out, l->listed.data + at, ROW_BYTES);
		at += at < l->listed.len && c == 0 ? ROW_BYTES : 0;
		yw_buf_add(out, row, ROW_BYTES);
	}
	if (at < l->listed.len)
		yw_buf_add(out, l->listed.data + at, l->listed.len - at);
	return yw_iter_finish(it, err);
}

/* A crash may have come between the batch and the list. */
static enum yw_code
compare_list(struct yw_ledger *l, const struct yw_buf *list, struct yw_error *err)
{
	struct yw_buf all = YW_BUF_INIT;
	enum yw_code code = collect(l, &all, err);

	if (code == YW_OK)
		code = yw_buf_check(&all, err);
	if (code == YW_OK && (all.len != n_rows(list) * ROW_BYTES || (all.len != 0 && memcmp(all.data, rows_of(list), all.len) != 0)))
		l->erased_changed = l->dirty = true;
	yw_buf_release(&all);
	return code;
}

enum yw_code
apply_erased(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf list = YW_BUF_INIT;
	enum yw_code code = l->erased.read != NULL ? l->erased.read(l->erased.arg, &list, err) : YW_ENOENT;

	if (code == YW_OK && !is_whole(&list)) {
		yw_log(YW_LOG_ERROR, "erased-unknown", "the list of what was erased is damaged, and is made anew from the database");
		mark_restored(l);
		l->erased_changed = l->dirty = true;
	} else if (code == YW_OK) {
		code = find_unknown(l, &list, err);
	}
	code = code == YW_ENOENT ? YW_OK : code;
	if (code == YW_OK)
		code = compare_list(l, &list, err);
	yw_buf_release(&list);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		if (is_of(l, &l->logs[i]->pub.code))
			code = drop_of_log(l, l->logs[i], err);
	return code;
}

enum yw_code
write_erased(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf list = YW_BUF_INIT;
	struct yw_hash h;
	enum yw_code code;

	if (!l->erased_changed || l->erased.write == NULL)
		return YW_OK;
	yw_buf_add(&list, MAGIC, MAGIC_BYTES);
	code = collect(l, &list, err);
	if (code == YW_OK)
		code = yw_buf_check(&list, err);
	if (code == YW_OK) {
		yw_sha256(list.data, list.len, &h);
		yw_buf_add(&list, h.b, sizeof h.b);
		code = yw_buf_check(&list, err);
	}
	if (code == YW_OK)
		code = l->erased.write(l->erased.arg, yw_buf_bytes(&list), err);
	yw_buf_release(&list);
	l->erased_changed = code != YW_OK;
	return code;
}

/* --- what a node that was set back does not give out --- */

void
hold_bodies(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->committed_size != 0 && !l->logs[i]->pub.withholds) {
			l->logs[i]->pub.withholds = l->withholds = true;
			log_touch(l, l->logs[i]);
		}
}

void
yw_ledger_heard(struct yw_ledger *l, const struct yw_log *log, uint64_t size)
{
	struct log_inside *in = l->logs[log->number];

	if (size > in->pub.head_size)	/* a number alone is nobody's signature: a liar would keep it waiting for ever */
		size = in->pub.head_size;
	if (size > in->heard)
		in->heard = size;
	l->dirty |= in->pub.withholds;
}

static bool
is_reached(const struct yw_ledger *l, const struct log_inside *in)
{
	return in->heard != 0 && !in->pub.absent_due && !is_cutting(in) &&
	    (in->committed_size >= in->heard || in->pub.frozen || in->pub.broken || is_ended(l, in));
}

/* Any log of the code may say it. */
static bool
knows_erasures(const struct yw_ledger *l, const struct log_inside *in)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (yw_jurisdiction_equal(&l->logs[i]->pub.code, &in->pub.code) && l->logs[i]->committed_size != 0 &&
		    !is_reached(l, l->logs[i]))
			return false;
	return true;
}

void
release_bodies(struct yw_ledger *l)
{
	l->withholds = false;
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->pub.withholds && knows_erasures(l, l->logs[i])) {
			l->logs[i]->pub.withholds = false;
			log_touch(l, l->logs[i]);
		} else {
			l->withholds |= l->logs[i]->pub.withholds;
		}
}
