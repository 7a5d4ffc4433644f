/*
 * items.c - what was said of each id: one key per item that counts (B7), the newest of an id first: its state.
 * An item that only a newer version can apply stands in a family of its own, in the same way.
 *
 * Value, numbers big-endian: operation u8, class u8, openness u8, revision u32, number of the log u32,
 * hash of the body 32.  Everything else stands in the key, the entry or the body.
 */
#include "ledger/ledger_int.h"

#define VALUE_BYTES (3 + 4 + 4 + YW_HASH_BYTES)
#define SUFFIX_BYTES (1 + 4 + 8 + 2)

void
item_put(struct yw_batch *b, const struct yw_log *log, const struct yw_record *r, const struct yw_entry *e,
    uint64_t index, uint16_t item)
{
	struct key k = key_item(r->id_text, log->generation, index, item);
	uint8_t v[VALUE_BYTES];

	if (r->counts == YW_COUNTS_NEVER)
		return;
	v[0] = r->counts == YW_COUNTS ? (uint8_t)r->op : 0;
	v[1] = (uint8_t)e->audience.cls;
	v[2] = (uint8_t)e->audience.openness;
	yw_put_be32(v + 3, r->revision);
	yw_put_be32(v + 7, log->number);
	memcpy(v + 11, e->hashes[item].b, YW_HASH_BYTES);
	if (r->counts == YW_COUNTS)
		replaced_put(b, r);
	yw_batch_put(b, r->counts == YW_COUNTS ? F_ITEMS : F_LATER, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
}

enum yw_code
item_decode(struct yw_bytes key, struct yw_bytes value, struct yw_item *out, struct yw_error *err)
{
	const uint8_t *suffix;
	size_t id_len;

	if (value.len != VALUE_BYTES || key.len <= SUFFIX_BYTES || key.len - SUFFIX_BYTES > YW_ID_MAX)
		return yw_fail(err, YW_EIO, "the store holds an item of another form");
	id_len = key.len - SUFFIX_BYTES;
	suffix = key.data + id_len + 1;
	*out = (struct yw_item) {
		.op = (enum yw_operation)value.data[0],
		.revision = yw_get_be32(value.data + 3),
		.log = yw_get_be32(value.data + 7),
		.generation = ~yw_get_be32(suffix),
		.index = ~yw_get_be64(suffix + 4),
		.item = (uint16_t)~yw_get_be16(suffix + 12),
		.audience = { .cls = (enum yw_class)value.data[1], .openness = (enum yw_openness)value.data[2] },
	};
	memcpy(out->id, key.data, id_len);
	memcpy(out->sha256.b, value.data + 11, sizeof out->sha256.b);
	return YW_OK;
}

enum yw_code
item_newest(struct yw_store *s, const struct yw_snapshot *snap, enum family family, const char *id, struct yw_item *out,
    struct yw_error *err)
{
	struct key prefix = key_item_prefix(id);
	struct yw_iter *it = yw_iter_new(s, snap, family, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_ENOENT, end;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look up '%s'", id);
	if (yw_iter_valid(it))
		code = item_decode(yw_iter_key(it), yw_iter_value(it), out, err);
	end = yw_iter_finish(it, err);
	if (end != YW_OK)
		return end;
	return code == YW_ENOENT ? yw_fail(err, code, "nothing is registered here under '%s'", id) : code;
}
