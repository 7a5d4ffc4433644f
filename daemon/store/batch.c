/*
 * batch.c - a batch as one run of bytes: per step a head, the key, the value.
 *
 * It knows no store, so that a batch may be made before and beside the store that will take it; the
 * bytes never leave the process.
 */
#include <stdlib.h>

#include "store/store_int.h"

struct head {
	uint32_t family, key_len, value_len;
	bool put;
};

struct yw_batch {
	struct yw_buf steps;
	size_t count;
	unsigned highest;	/* family */
	bool refused;		/* a key or value was too long */
};

struct yw_batch *
yw_batch_new(void)
{
	return calloc(1, sizeof(struct yw_batch));
}

void
yw_batch_free(struct yw_batch *b)
{
	if (b == NULL)
		return;
	yw_buf_release(&b->steps);
	free(b);
}

void
yw_batch_clear(struct yw_batch *b)
{
	yw_buf_clear(&b->steps);
	b->count = 0;
	b->highest = 0;
	b->refused = false;
}

static void
add(struct yw_batch *b, bool put, unsigned family, struct yw_bytes key, struct yw_bytes value)
{
	struct head h = { family, (uint32_t)key.len, (uint32_t)value.len, put };

	if (key.len > YW_STORE_KEY_MAX || value.len > UINT32_MAX) {
		b->refused = true;
		return;
	}
	yw_buf_add(&b->steps, &h, sizeof h);
	yw_buf_add(&b->steps, key.data, key.len);
	yw_buf_add(&b->steps, value.data, value.len);
	b->count++;
	if (family > b->highest)
		b->highest = family;
}

void
yw_batch_put(struct yw_batch *b, unsigned family, struct yw_bytes key, struct yw_bytes value)
{
	add(b, true, family, key, value);
}

void
yw_batch_delete(struct yw_batch *b, unsigned family, struct yw_bytes key)
{
	add(b, false, family, key, (struct yw_bytes) { NULL, 0 });
}

size_t
yw_batch_bytes(const struct yw_batch *b)
{
	return b->steps.len;
}

bool
yw_batch_step(const struct yw_batch *b, size_t *at, struct yw_batch_op *op)
{
	const uint8_t *p = b->steps.data + *at;
	struct head h;

	if (*at == b->steps.len)
		return false;
	memcpy(&h, p, sizeof h);
	p += sizeof h;
	op->family = h.family;
	op->put = h.put;
	op->key = (struct yw_bytes) { p, h.key_len };
	op->value = (struct yw_bytes) { p + h.key_len, h.value_len };
	*at += sizeof h + h.key_len + h.value_len;
	return true;
}

enum yw_code
yw_batch_check(const struct yw_batch *b, size_t n_families, struct yw_error *err)
{
	if (b->refused)
		return yw_fail(err, YW_EINVAL, "a key has more than %d bytes, or a value more than 4 GiB",
		    YW_STORE_KEY_MAX);
	if (b->count > 0 && b->highest >= n_families)
		return yw_fail(err, YW_EINVAL, "there is no family %u", b->highest);
	return yw_buf_check(&b->steps, err);
}
