/*
 * items.c - what was said of each id: one key per item that counts (B7), the newest of an id first: its state.
 * An item that only a newer version can apply stands in a family of its own, in the same way.
 *
 * Value, numbers big-endian: operation u8, class u8, openness u8, revision u32, number of the log u32,
 * hash of the body 32.  Everything else stands in the key, the entry or the body.  Of an erasure (V6) the operation is ERASED,
 * revision and hash are 0.
 */
#include "ledger/ledger_int.h"

#define VALUE_BYTES (3 + 4 + 4 + YW_HASH_BYTES)
#define SUFFIX_BYTES (1 + 4 + 8 + 2)
#define ERASED 255

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
		.erased = value.data[0] == ERASED,
		.op = value.data[0] != ERASED ? (enum yw_operation)value.data[0] : 0,
		.revision = yw_get_be32(value.data + 3),
		.log = yw_get_be32(value.data + 7),
		.generation = ~yw_get_be32(suffix),
		.order = ~yw_get_be64(suffix + 4),
		.item = (uint16_t)~yw_get_be16(suffix + 12),
		.audience = { .cls = (enum yw_class)value.data[1], .openness = (enum yw_openness)value.data[2] },
	};
	out->index = out->erased ? yw_erased_by(out->order) : out->order;
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

/* --- erased ids (V6) --- */

struct erasing {		/* what one erasure says of its ids */
	struct yw_ledger *l;
	const struct log_inside *in;
	uint64_t index;
	bool stands;
	struct yw_erased_at at;
	enum yw_code code;
	struct yw_error err;
};

static void
put_erased(const struct erasing *e, const char *id, uint16_t n)
{
	struct key k = key_item(id, e->at.generation, e->at.order, n);
	uint8_t v[VALUE_BYTES] = { ERASED, YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL };

	yw_put_be32(v + 7, e->in->pub.number);
	yw_batch_put(e->l->batch, F_ITEMS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
}

/* Where it stood before it may be another place, as others' logs were closed or went on (T10). */
static void
follow_id(void *arg, const char *id, uint16_t n)
{
	struct erasing *e = arg;
	struct key prefix = key_item_prefix(id);
	struct yw_iter *it;
	struct yw_item item;
	enum yw_code end;

	if (e->code != YW_OK)
		return;
	it = yw_iter_new(e->l->store, NULL, F_ITEMS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	if (it == NULL) {
		e->code = yw_fail(&e->err, YW_ENOMEM, "no memory to look up '%s'", id);
		return;
	}
	for (; e->code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		e->code = item_decode(yw_iter_key(it), yw_iter_value(it), &item, &e->err);
		if (e->code == YW_OK && item.erased && item.log == e->in->pub.number && item.index == e->index && item.item == n)
			yw_batch_delete(e->l->batch, F_ITEMS, yw_iter_key(it));
	}
	end = yw_iter_finish(it, e->code == YW_OK ? &e->err : NULL);
	e->code = e->code == YW_OK ? end : e->code;
	if (e->stands)
		put_erased(e, id, n);
}

static enum yw_code
follow_ids(struct erasing *w, const struct yw_entry *e, struct yw_error *err)
{
	enum yw_code code = yw_erasure_read(e, follow_id, w, NULL, err);

	if (code == YW_OK && w->code != YW_OK)
		code = yw_fail(err, w->code, "%s", w->err.msg);
	return code;
}

enum yw_code
items_follow_erasure(struct yw_ledger *l, const struct log_inside *in, uint64_t index, const struct yw_entry *e,
    struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct erasing w = { .l = l, .in = in, .index = index };

	w.stands = g != NULL && yw_trust_erasure_stands(l->trust, g, index, &w.at);
	return follow_ids(&w, e, err);
}

enum yw_code
items_forget_erasure(struct yw_ledger *l, const struct log_inside *in, uint64_t index, const struct yw_entry *e,
    struct yw_error *err)
{
	struct erasing w = { .l = l, .in = in, .index = index };

	return follow_ids(&w, e, err);
}
