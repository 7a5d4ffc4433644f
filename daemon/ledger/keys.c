/*
 * keys.c - the key space of the store; the table is at the head of ledger_int.h.
 */
#include "ledger/ledger_int.h"

const struct yw_family_spec yw_ledger_families[] = {
	[F_META] = { "meta", false },
	[F_ENTRIES] = { "entries", true },
	[F_TILES] = { "tiles", true },
	[F_BODIES] = { "bodies", true },
	[F_MISSING] = { "missing", false },
	[F_TRUST] = { "trust", false },
	[F_HEADS] = { "heads", false },
	[F_ITEMS] = { "items", false },
	[F_LATER] = { "later", false },
	[F_REPLACED] = { "replaced", false },
};
const size_t yw_ledger_n_families = sizeof yw_ledger_families / sizeof *yw_ledger_families;

static void
add(struct key *k, const void *data, size_t len)
{
	memcpy(k->b + k->len, data, len);
	k->len += len;
}

static void
add_be16(struct key *k, uint16_t v)
{
	yw_put_be16(k->b + k->len, v);
	k->len += 2;
}

static void
add_be32(struct key *k, uint32_t v)
{
	yw_put_be32(k->b + k->len, v);
	k->len += 4;
}

static void
add_be64(struct key *k, uint64_t v)
{
	yw_put_be64(k->b + k->len, v);
	k->len += 8;
}

struct key
key_meta(const char *name)
{
	struct key k = { .len = 0 };

	add(&k, name, strlen(name));
	return k;
}

struct key
key_log(uint32_t n)
{
	struct key k = key_meta("log");

	add_be32(&k, n);
	return k;
}

struct key
key_network(uint64_t version)
{
	struct key k = key_meta("network");

	add_be64(&k, version);
	return k;
}

struct key
key_number(uint32_t n)
{
	struct key k = { .len = 0 };

	add_be32(&k, n);
	return k;
}

struct key
key_entry(uint32_t n, uint64_t index)
{
	struct key k = key_number(n);

	add_be64(&k, index);
	return k;
}

struct key
key_tile(uint32_t n, unsigned level, uint64_t tile)
{
	struct key k = key_number(n);
	uint8_t l = (uint8_t)level;

	add(&k, &l, 1);
	add_be64(&k, tile);
	return k;
}

struct key
key_place(uint32_t n, uint64_t index, uint16_t item)
{
	struct key k = key_entry(n, index);

	add_be16(&k, item);
	return k;
}

struct key
key_head(uint32_t n, char what)
{
	struct key k = key_number(n);

	add(&k, &what, 1);
	return k;
}

struct key
key_beat(uint32_t n, uint64_t size)
{
	struct key k = key_head(n, 'b');

	add_be64(&k, size);
	return k;
}

struct key
key_item_prefix(const char *id)
{
	struct key k = { .len = 0 };

	add(&k, id, strnlen(id, YW_ID_MAX));
	add(&k, "", 1);
	return k;
}

struct key
key_replaced(const char *old_id, const char *new_id)
{
	struct key k = key_item_prefix(old_id);

	add(&k, new_id, strnlen(new_id, YW_ID_MAX));
	return k;
}

struct key
key_item(const char *id, uint32_t generation, uint64_t index, uint16_t item)
{
	struct key k = key_item_prefix(id);

	/* Complements: what was said last comes first, so that one forward seek finds it. */
	add_be32(&k, ~generation);
	add_be64(&k, ~index);
	add_be16(&k, (uint16_t)~item);
	return k;
}
