/*
 * A guard of any bytes: two slots.  The first byte says whose sums are made right (bit 0, bit 1), so that what stands
 * under a sum is looked at too.  Whatever opens is written over, and opens again as what was written.
 */
#include "ledger/guard.h"
#include "support/fuzz.h"

#include "crypto/hash.h"

#define SUM_AT (YW_GUARD_SLOT_BYTES - YW_HASH_BYTES)
#define SEQUENCE_AT 8

static enum yw_code
read_all(void *arg, uint8_t out[static YW_GUARD_BYTES], struct yw_error *err)
{
	(void)err;
	memcpy(out, arg, YW_GUARD_BYTES);
	return YW_OK;
}

static enum yw_code
write_slot(void *arg, unsigned slot, const uint8_t in[static YW_GUARD_SLOT_BYTES], struct yw_error *err)
{
	(void)err;
	YW_FUZZ_CHECK(slot < 2);
	memcpy((uint8_t *)arg + slot * YW_GUARD_SLOT_BYTES, in, YW_GUARD_SLOT_BYTES);
	return YW_OK;
}

static void
make_sum(uint8_t slot[static YW_GUARD_SLOT_BYTES])
{
	struct yw_hash sum;

	yw_sha256(slot, SUM_AT, &sum);
	memcpy(slot + SUM_AT, sum.b, sizeof sum.b);
}

static void
write_over(struct yw_guard *g, struct yw_guard_mark *m)
{
	struct yw_guard_mark again = { .size = 0 };
	struct yw_guard other;

	m->size++;
	YW_FUZZ_CHECK(yw_guard_write(g, m, NULL) == YW_OK);
	YW_FUZZ_CHECK(yw_guard_open(&other, &g->io, &again, NULL) == YW_OK);
	YW_FUZZ_CHECK(other.sequence == g->sequence && other.next == g->next);
	YW_FUZZ_CHECK(again.size == m->size && again.commit == m->commit);
	YW_FUZZ_CHECK(strcmp(again.origin.text, m->origin.text) == 0 && yw_hash_equal(&again.root, &m->root));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t bytes[YW_GUARD_BYTES] = { 0 };
	struct yw_guard_io io = { read_all, write_slot, bytes };
	struct yw_guard_mark m = { .size = 0 };
	struct yw_error err = { .code = YW_OK };
	struct yw_guard g;
	enum yw_code code;

	if (len == 0 || len > 1 + sizeof bytes)
		return 0;
	memcpy(bytes, data + 1, len - 1);
	for (unsigned i = 0; i < 2; i++)
		if (data[0] >> i & 1)
			make_sum(bytes + i * YW_GUARD_SLOT_BYTES);
	code = yw_guard_open(&g, &io, &m, &err);
	YW_FUZZ_CHECK(code == YW_OK || (code == YW_EFORMAT && err.msg[0] != '\0'));
	if (code != YW_OK)
		return 0;
	YW_FUZZ_CHECK(g.sequence != 0 && g.next < 2 && strlen(m.origin.text) <= YW_ORIGIN_MAX);
	YW_FUZZ_CHECK(yw_get_be64(bytes + (1 - g.next) * YW_GUARD_SLOT_BYTES + SEQUENCE_AT) == g.sequence);
	if (g.sequence != UINT64_MAX)		/* nobody has written so often */
		write_over(&g, &m);
	return 0;
}
