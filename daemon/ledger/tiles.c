/*
 * tiles.c - the tiles of one log as values of the store.
 */
#include "ledger/ledger_int.h"

static enum yw_code
read_tile(void *arg, unsigned level, uint64_t tile, size_t width, struct yw_hash *out, struct yw_error *err)
{
	const struct tiles *t = arg;
	struct key k = key_tile(t->number, level, tile);
	struct yw_buf b = YW_BUF_INIT;
	enum yw_code code = yw_store_get(t->store, t->snap, F_TILES, key_bytes(&k), &b, err);

	if (code == YW_ENOENT || (code == YW_OK && (b.len < width * YW_HASH_BYTES || b.len > YW_TILE_HASHES * YW_HASH_BYTES)))
		code = yw_fail(err, YW_EIO, "tile %llu of level %u is not as wide as its log is long: the store is damaged",
		    (unsigned long long)tile, level);
	if (code == YW_OK)
		memcpy(out, b.data, b.len);
	yw_buf_release(&b);
	return code;
}

static enum yw_code
write_tile(void *arg, unsigned level, uint64_t tile, const struct yw_hash *hashes, size_t width, struct yw_error *err)
{
	const struct tiles *t = arg;
	struct key k = key_tile(t->number, level, tile);

	(void)err;	/* a batch remembers its own errors */
	yw_batch_put(t->batch, F_TILES, key_bytes(&k),
	    (struct yw_bytes) { (const uint8_t *)hashes, width * YW_HASH_BYTES });
	return YW_OK;
}

void
tiles_reader(struct tiles *t, struct yw_tile_reader *out)
{
	*out = (struct yw_tile_reader) { read_tile, t };
}

void
tiles_writer(struct tiles *t, struct yw_tile_writer *out)
{
	*out = (struct yw_tile_writer) { write_tile, t };
}

enum yw_code
log_root(const struct yw_ledger *l, const struct log_inside *in, uint64_t size, struct yw_hash *out, struct yw_error *err)
{
	struct tiles t = { .store = l->store, .number = in->pub.number };
	struct yw_tile_reader r;

	tiles_reader(&t, &r);
	if (size != 0)
		return yw_root_at(&r, size, out, err);
	yw_empty_root(out);
	return YW_OK;
}
