/*
 * scrub.c - what is erased leaves the disk (V6).
 *
 * A body that is erased is deleted in the turn that learns of it, and remembered twice: by code and hash, so that no other
 * way brings it back, and by its place, until no file of the database can hold it any more.  Before that, what lies under no
 * place that counts is looked through: branches that were cut (L8), for bodies of that hash or of an erased id, and copies of
 * next generations (T14), for those of that hash.
 */
#include <stdlib.h>

#include "base/log.h"
#include "ledger/ledger_int.h"

#define SCRUBBED 512		/* bodies at once */
#define AGAIN_MS 1000
#define PREFIX_BYTES (4 + 8)	/* all items of an entry: so no key itself stands in what the database writes of its work */
#define KEPT_PREFIX 0xff	/* of all copies of next generations (kept.c): one that went has left keys behind */

static const struct yw_bytes nothing = { NULL, 0 };

static struct key
key_erased(const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_meta("erased");

	memcpy(k.b + k.len, code->code, YW_CODE_DIGITS);
	memcpy(k.b + k.len + YW_CODE_DIGITS, hash->b, YW_HASH_BYTES);
	k.len += YW_CODE_DIGITS + YW_HASH_BYTES;
	return k;
}

static void
be_due(struct yw_ledger *l)
{
	if (l->scrub_ms == INT64_MAX)
		l->scrub_ms = yw_mono_ms(&l->clock) + (int64_t)(l->erase_within_ms / 2);
}

void
put_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_erased(code, hash), look = key_meta("scrub");

	l->erased_changed |= !is_listed(l, code, hash);
	yw_batch_put(l->batch, F_META, key_bytes(&k), nothing);
	yw_batch_put(l->batch, F_META, key_bytes(&look), nothing);
	be_due(l);
}

void
drop_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_erased(code, hash);

	l->erased_changed = true;
	yw_batch_delete(l->batch, F_META, key_bytes(&k));
}

/* Of this code, under whatever place. */
bool
is_erased_hash(const struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_erased(code, hash);
	uint8_t none;

	return is_listed(l, code, hash) || yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), &none, 0, NULL) == YW_OK;
}

void
erase_body(struct yw_ledger *l, const struct key *place)
{
	struct key k = key_meta("scrub");

	memcpy(k.b + k.len, place->b, place->len);
	k.len += place->len;
	be_due(l);
	yw_batch_delete(l->batch, F_BODIES, key_bytes(place));
	yw_batch_put(l->batch, F_META, key_bytes(&k), nothing);
}

/* --- what lies under no place that counts --- */

/* Was anything under this id erased, whatever came after? */
static enum yw_code
is_erased_id(struct yw_ledger *l, const char *id, bool *yes, struct yw_error *err)
{
	struct key prefix = key_item_prefix(id);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_ITEMS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;
	struct yw_item item;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look up '%s'", id);
	for (; code == YW_OK && !*yes && yw_iter_valid(it); yw_iter_next(it)) {
		code = item_decode(yw_iter_key(it), yw_iter_value(it), &item, err);
		*yes = code == YW_OK && item.erased;
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}

static enum yw_code
is_erased_body(struct yw_ledger *l, const struct yw_jurisdiction *code, struct yw_bytes body, bool by_id, bool *yes,
    struct yw_error *err)
{
	struct yw_record r;
	struct yw_hash hash;
	struct key k;
	uint8_t none;
	enum yw_code result;

	yw_sha256(body.data, body.len, &hash);
	k = key_erased(code, &hash);
	result = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), &none, 0, err);
	*yes = result == YW_OK;
	if (result != YW_ENOENT)
		return result;
	return by_id && yw_record_form(body, &r, NULL) == YW_OK ? is_erased_id(l, r.id_text, yes, err) : YW_OK;
}

enum yw_code
sweep_copy(struct yw_ledger *l, uint32_t number, const struct yw_jurisdiction *code, bool by_id, size_t *n, struct yw_error *err)
{
	struct key prefix = key_number(number);
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_BODIES, key_bytes(&prefix), nothing, false);
	enum yw_code result = YW_OK, end;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look for what was erased");
	for (; result == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes key = yw_iter_key(it);
		struct key place = { .len = key.len };
		bool yes;

		result = is_erased_body(l, code, yw_iter_value(it), by_id, &yes, err);
		if (result != YW_OK || !yes)
			continue;
		memcpy(place.b, key.data, key.len);
		erase_body(l, &place);
		++*n;
	}
	end = yw_iter_finish(it, result == YW_OK ? err : NULL);
	return result == YW_OK ? end : result;
}

static enum yw_code
sweep_branches(struct yw_ledger *l, const struct log_inside *in, size_t *n, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'l');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look for what was erased");
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it))
		if (yw_iter_key(it).len == prefix.len + 1)
			code = sweep_copy(l, lost_number(in->pub.number, yw_iter_key(it).data[prefix.len]), &in->pub.code, true, n, err);
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}

/* *n: so many go with the next commit. */
static enum yw_code
sweep(struct yw_ledger *l, size_t *n, struct yw_error *err)
{
	enum yw_code code = sweep_kept(l, n, err);

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		code = sweep_branches(l, l->logs[i], n, err);
	return code;
}

/* --- leaving the disk --- */

/* Nobody knows since when it waits. */
enum yw_code
load_scrub(struct yw_ledger *l, struct yw_error *err)
{
	struct key prefix = key_meta("scrub");
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_META, key_bytes(&prefix), nothing, false);

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read what was erased");
	if (yw_iter_valid(it) && l->scrub_ms == INT64_MAX)
		l->scrub_ms = yw_mono_ms(&l->clock);
	return yw_iter_finish(it, err);
}

struct scrub {
	struct key done[SCRUBBED];		/* in meta */
	uint8_t b[2 * SCRUBBED][PREFIX_BYTES];
	struct yw_bytes prefixes[2 * SCRUBBED + 1];
	size_t n, n_prefixes, left;
};

static void
add_prefix(struct scrub *s, const uint8_t *place)
{
	memcpy(s->b[s->n_prefixes], place, PREFIX_BYTES);
	s->prefixes[s->n_prefixes] = (struct yw_bytes) { s->b[s->n_prefixes], PREFIX_BYTES };
	s->n_prefixes++;
}

/* A body of a branch that was cut (branch.c) lay in the log's own row before. */
static void
add_place(struct scrub *s, const uint8_t *place)
{
	uint8_t before[PREFIX_BYTES];

	add_prefix(s, place);
	if (place[0] == 0 || place[0] == KEPT_PREFIX)
		return;
	memcpy(before, place, sizeof before);
	before[0] = 0;
	add_prefix(s, before);
}

static enum yw_code
find_scrubbed(struct yw_ledger *l, struct scrub *s, struct yw_error *err)
{
	static const uint8_t kept = KEPT_PREFIX;
	struct key prefix = key_meta("scrub");
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_META, key_bytes(&prefix), nothing, false);

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read what was erased");
	for (; yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes key = yw_iter_key(it);

		s->left++;
		if (s->n == SCRUBBED || key.len > sizeof s->done->b)
			continue;
		memcpy(s->done[s->n].b, key.data, key.len);
		s->done[s->n++].len = key.len;
		if (key.len >= prefix.len + PREFIX_BYTES)	/* else it says no more than that there is something to look for */
			add_place(s, key.data + prefix.len);
	}
	s->prefixes[s->n_prefixes++] = (struct yw_bytes) { &kept, 1 };
	return yw_iter_finish(it, err);
}

/* Does anybody read what was there before the last commit? */
static bool
is_read(struct yw_ledger *l)
{
	bool read;

	pthread_mutex_lock(&l->publish_lock);
	read = l->n_snapshots > 1;
	pthread_mutex_unlock(&l->publish_lock);
	return read;
}

static enum yw_code
scrub_found(struct yw_ledger *l, struct scrub *s, struct yw_error *err)
{
	enum yw_code code = yw_store_scrub(l->store, F_BODIES, s->prefixes, s->n_prefixes, err);

	if (code != YW_OK)
		return code;
	for (size_t i = 0; i < s->n; i++)
		yw_batch_delete(l->batch, F_META, key_bytes(&s->done[i]));
	l->dirty = true;
	s->left -= s->n;
	yw_log(YW_LOG_INFO, "erased", "what was erased has left the disk: %zu entries", s->n_prefixes - 1);
	return YW_OK;
}

enum yw_code
yw_ledger_scrub(struct yw_ledger *l, size_t *left, struct yw_error *err)
{
	struct scrub *s = calloc(1, sizeof *s);
	size_t swept = 0;
	enum yw_code code = s != NULL ? may_take(l, err) : yw_fail(err, YW_ENOMEM, "no memory to scrub what was erased");

	*left = 0;
	if (code == YW_OK)
		code = find_scrubbed(l, s, err);
	if (code == YW_OK && s->n > 0)
		code = sweep(l, &swept, err);
	if (code == YW_OK && swept != 0)
		l->dirty = true;
	else if (code == YW_OK && s->n > 0 && !is_read(l))
		code = scrub_found(l, s, err);
	if (code == YW_OK) {
		*left = s->left + swept;
		l->scrub_ms = *left == 0 ? INT64_MAX : yw_mono_ms(&l->clock) + AGAIN_MS;
	}
	free(s);
	return code;
}

/* Trouble with the disk shows at the next write; without room it is tried again. */
int64_t
scrub_rest(struct yw_ledger *l)
{
	int64_t now = yw_mono_ms(&l->clock);
	size_t left;

	if (now >= l->scrub_ms && yw_ledger_scrub(l, &left, NULL) != YW_OK)
		l->scrub_ms = now + 60 * AGAIN_MS;
	return l->scrub_ms;
}
