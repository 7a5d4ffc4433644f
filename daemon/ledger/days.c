/*
 * days.c - what a quorum settles for ever: whose generation it is (T3), and the first beat of each UTC day (R6).
 *
 * Of each day with a quorum beat the smallest one stays in the store, though nobody asks for it at the moment:
 * heads n 'd' day -> size.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

#define DAY_S 86400

static const struct yw_bytes nothing = { NULL, 0 };

/* --- what a quorum settles (T3) --- */

static struct key
key_quorum(const struct log_inside *in, const struct yw_hash *request)
{
	struct key k = key_head(in->pub.number, 'q');

	memcpy(k.b + k.len, request->b, YW_HASH_BYTES);
	k.len += YW_HASH_BYTES;
	return k;
}

/* A beat with quorum: no other issuer's delegation voids the generation any more.  That is said to each new registry
 * before it hears of delegations, since the beat itself can only be judged by keys that one of them gave. */
static enum yw_code
settle_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_hash request = log_generation(l, in)->request;
	struct key k = key_quorum(in, &request);

	if (yw_hash_equal(&request, &in->quorum_of))
		return YW_OK;
	if (yw_trust_add_quorum(l->trust, &request) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for the quorum of '%s'", in->pub.origin.text);
	in->quorum_of = request;
	l->trust_changed = true;
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), nothing);
	return YW_OK;
}

enum yw_code
load_quorums(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'q');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;

	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		memcpy(in->quorum_of.b, yw_iter_key(it).data + prefix.len, YW_HASH_BYTES);
		code = yw_trust_add_quorum(l->trust, &in->quorum_of);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : yw_fail(err, code, "no memory for the quorum of '%s'", in->pub.origin.text);
}

/* --- what is kept for ever (R6) --- */

static struct key
key_day(const struct log_inside *in, uint32_t day)
{
	struct key k = key_head(in->pub.number, 'd');

	yw_put_be32(k.b + k.len, day);
	k.len += 4;
	return k;
}

uint32_t
beat_day(const struct yw_beat *b)
{
	return (uint32_t)(b->quorum_time_s / DAY_S);
}

/* The open batch is not in the store: in->days is. */
enum yw_code
first_of_day(struct yw_ledger *l, const struct log_inside *in, uint32_t day, uint64_t *size, struct yw_error *err)
{
	struct key k = key_day(in, day);
	uint8_t v[8];
	enum yw_code code;

	for (size_t i = 0; i < in->n_days; i++)
		if (in->days[i].day == day) {
			*size = in->days[i].size;
			return YW_OK;
		}
	code = yw_store_get_fixed(l->store, NULL, F_HEADS, key_bytes(&k), v, sizeof v, err);
	*size = code == YW_OK ? yw_get_be64(v) : 0;
	return code == YW_ENOENT ? YW_OK : code;
}

static enum yw_code
set_day(struct yw_ledger *l, struct log_inside *in, uint32_t day, uint64_t size, struct yw_error *err)
{
	struct key k = key_day(in, day);
	struct day_mark *grown;
	uint8_t v[8];
	size_t i;

	for (i = 0; i < in->n_days && in->days[i].day != day; i++)
		;
	if (i == in->n_days) {
		grown = realloc(in->days, (i + 1) * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a beat of '%s'", in->pub.origin.text);
		in->days = grown;
		in->n_days++;
	}
	in->days[i] = (struct day_mark) { day, size };
	yw_put_be64(v, size);
	if (size == 0)
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	else
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	return YW_OK;
}

enum yw_code
mark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, struct yw_error *err)
{
	uint64_t first;
	struct key old;
	enum yw_code code;

	if (b->quorum != YW_QUORUM_MET)
		return YW_OK;
	code = settle_generation(l, in, err);
	if (code == YW_OK)
		code = first_of_day(l, in, beat_day(b), &first, err);
	if (code != YW_OK || (first != 0 && first <= b->size))
		return code;
	old = key_beat(in->pub.number, first);
	if (first != 0 && find_beat(&in->pub, first) == NULL)
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&old));
	return set_day(l, in, beat_day(b), b->size, err);
}

enum yw_code
unmark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was, const struct yw_beat *is, struct yw_error *err)
{
	uint64_t first;
	enum yw_code code;

	if (was->quorum != YW_QUORUM_MET || (is->quorum == YW_QUORUM_MET && beat_day(is) == beat_day(was)))
		return YW_OK;
	code = first_of_day(l, in, beat_day(was), &first, err);
	return code == YW_OK && first == was->size ? set_day(l, in, beat_day(was), 0, err) : code;
}
