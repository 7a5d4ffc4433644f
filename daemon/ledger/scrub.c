/*
 * scrub.c - what is erased leaves the disk (V6).
 *
 * A body that is erased is deleted in the turn that learns of it, and remembered twice: by code and hash, so that no other
 * way brings it back, and by its place, until no file of the database can hold it any more.
 */
#include "ledger/ledger_int.h"

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
	yw_batch_delete(l->batch, F_BODIES, key_bytes(place));
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { NULL, 0 });
}
