/*
 * scrub.c - what is erased leaves the disk (V6).
 *
 * A body that is erased is deleted in the turn that learns of it, and remembered twice: by code and hash, so that no other
 * way brings it back, and by its place, until no file of the database can hold it any more.
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

void
put_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_erased(code, hash);

	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { NULL, 0 });
}

void
drop_erased_hash(struct yw_ledger *l, const struct yw_jurisdiction *code, const struct yw_hash *hash)
{
	struct key k = key_erased(code, hash);

	yw_batch_delete(l->batch, F_META, key_bytes(&k));
}

void
erase_body(struct yw_ledger *l, const struct key *place)
{
	struct key k = key_meta("scrub");

	memcpy(k.b + k.len, place->b, place->len);
	k.len += place->len;
	if (l->scrub_ms == INT64_MAX)
		l->scrub_ms = yw_mono_ms(&l->clock) + (int64_t)(l->erase_within_ms / 2);
	yw_batch_delete(l->batch, F_BODIES, key_bytes(place));
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { NULL, 0 });
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
		if (s->n == SCRUBBED || key.len < prefix.len + PREFIX_BYTES || key.len > sizeof s->done->b)
			continue;
		memcpy(s->done[s->n].b, key.data, key.len);
		s->done[s->n++].len = key.len;
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
	yw_log(YW_LOG_INFO, "erased", "%zu bodies that were erased have left the disk", s->n);
	return YW_OK;
}

enum yw_code
yw_ledger_scrub(struct yw_ledger *l, size_t *left, struct yw_error *err)
{
	struct scrub *s = calloc(1, sizeof *s);
	enum yw_code code = s != NULL ? may_take(l, err) : yw_fail(err, YW_ENOMEM, "no memory to scrub what was erased");

	*left = 0;
	if (code == YW_OK)
		code = find_scrubbed(l, s, err);
	if (code == YW_OK && s->n > 0 && !is_read(l))
		code = scrub_found(l, s, err);
	if (code == YW_OK) {
		*left = s->left;
		l->scrub_ms = s->left == 0 ? INT64_MAX : yw_mono_ms(&l->clock) + AGAIN_MS;
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
