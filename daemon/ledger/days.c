/*
 * days.c - what a quorum settles for ever: whose generation it is (T3), and the first beat of each UTC day (R6).
 *
 * Of each day with a quorum beat the smallest one stays in the store, though nobody asks for it at the moment:
 * heads n 'd' day -> size, quorum time.
 */
#include <stdlib.h>

#include "ledger/ledger_int.h"

#define DAY_S 86400
#define MARK_BYTES 16

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

/* That is said to each new registry
 * before it hears of delegations, since the beat itself can only be judged by keys that one of them gave. */
enum yw_code
settle_generation(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_hash request;
	struct key k;

	if (g == NULL || yw_hash_equal(&g->request, &in->quorum_of))	/* in this turn it may have turned out that nobody granted it */
		return YW_OK;
	request = g->request;
	k = key_quorum(in, &request);
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
key_day(uint32_t number, uint32_t day)
{
	struct key k = key_head(number, 'd');

	yw_put_be32(k.b + k.len, day);
	k.len += 4;
	return k;
}

uint32_t
beat_day(const struct yw_beat *b)
{
	return (uint32_t)(b->quorum_time_s / DAY_S);
}

static void
read_mark(const uint8_t v[static MARK_BYTES], uint32_t day, struct yw_day *out)
{
	*out = (struct yw_day) { day, yw_get_be64(v), yw_get_be64(v + 8) };
}

/* The open batch is not in the store: in->days is. */
enum yw_code
first_of_day(struct yw_ledger *l, struct log_inside *in, uint32_t day, struct yw_day *out, struct yw_error *err)
{
	struct key k = key_day(in->pub.number, day);
	uint8_t v[MARK_BYTES];
	enum yw_code code;

	for (size_t i = 0; i < in->n_days; i++)
		if (in->days[i].day == day) {
			*out = in->days[i];
			return YW_OK;
		}
	if (in->day_known && in->day_read.day == day) {	/* of each receipt that comes */
		*out = in->day_read;
		return YW_OK;
	}
	*out = (struct yw_day) { .day = day };
	code = yw_store_get_fixed(l->store, NULL, F_HEADS, key_bytes(&k), v, sizeof v, err);
	if (code == YW_OK)
		read_mark(v, day, out);
	if (code != YW_OK && code != YW_ENOENT)
		return code;
	in->day_read = *out;
	in->day_known = true;
	return YW_OK;
}

/* Where `was` says the same, this turn changes the beat and not its mark. */
static enum yw_code
set_day(struct yw_ledger *l, struct log_inside *in, const struct yw_day *mark, const struct yw_day *was, struct yw_error *err)
{
	struct key k = key_day(in->pub.number, mark->day);
	struct yw_day *grown;
	uint8_t v[MARK_BYTES];
	size_t i;

	for (i = 0; i < in->n_days && in->days[i].day != mark->day; i++)
		;
	if (i == in->n_days) {
		grown = realloc(in->days, (i + 1) * sizeof *grown);
		if (grown == NULL)
			return yw_fail(err, YW_ENOMEM, "no memory for a beat of '%s'", in->pub.origin.text);
		in->days = grown;
		in->n_days++;
	}
	in->days[i] = *mark;
	if (mark->size == was->size && mark->quorum_time_s == was->quorum_time_s)
		return YW_OK;
	in->pub.days_stamp = ++l->stamp;
	in->day_known = false;
	yw_put_be64(v, mark->size);
	yw_put_be64(v + 8, mark->quorum_time_s);
	if (mark->size == 0)
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	else
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	return YW_OK;
}

enum yw_code
forget_days(struct yw_ledger *l, struct log_inside *in, uint64_t size, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'd');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), nothing, false);

	in->pub.days_stamp = ++l->stamp;
	in->day_known = false;
	for (; yw_iter_valid(it); yw_iter_next(it))
		if (yw_iter_value(it).len == MARK_BYTES && yw_get_be64(yw_iter_value(it).data) == size)
			yw_batch_delete(l->batch, F_HEADS, yw_iter_key(it));
	return yw_iter_finish(it, err);
}

enum yw_code
mark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *b, struct yw_error *err)
{
	struct yw_day mark = { beat_day(b), b->size, b->quorum_time_s }, first;
	struct key old;
	enum yw_code code;

	if (b->quorum != YW_QUORUM_MET)
		return YW_OK;
	code = settle_generation(l, in, err);
	if (code == YW_OK)
		code = first_of_day(l, in, mark.day, &first, err);
	if (code != YW_OK || (first.size != 0 && first.size < mark.size))
		return code;
	old = key_beat(in->pub.number, first.size);
	if (first.size > mark.size && find_beat(&in->pub, first.size) == NULL)
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&old));
	return set_day(l, in, &mark, &first, err);
}

enum yw_code
unmark_day(struct yw_ledger *l, struct log_inside *in, const struct yw_beat *was, const struct yw_beat *is,
    struct yw_error *err)
{
	struct yw_day first, none;
	enum yw_code code;

	if (was->quorum != YW_QUORUM_MET || (is->quorum == YW_QUORUM_MET && beat_day(is) == beat_day(was)))
		return YW_OK;
	code = first_of_day(l, in, beat_day(was), &first, err);
	if (code != YW_OK || first.size != was->size)
		return code;
	none = (struct yw_day) { .day = first.day };
	code = set_day(l, in, &none, &first, err);
	for (size_t i = 0; code == YW_OK && i < in->pub.n_beats; i++)	/* the next one that is here, if any is */
		if (in->pub.beats[i].size != was->size && in->pub.beats[i].quorum == YW_QUORUM_MET &&
		    beat_day(&in->pub.beats[i]) == beat_day(was))
			code = mark_day(l, in, &in->pub.beats[i], err);
	return code;
}

static enum yw_code
read_day(const struct yw_log_info *log, struct yw_bytes key, struct yw_bytes value, struct yw_day *out, struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'd');

	if (value.len != MARK_BYTES || key.len != prefix.len + 4)
		return yw_fail(err, YW_EIO, "a day of '%s' has another form: the store is damaged", log->origin.text);
	read_mark(value.data, yw_get_be32(key.data + prefix.len), out);
	return YW_OK;
}

enum yw_code
yw_view_days(const struct yw_view *v, const struct yw_log_info *log, uint32_t from, uint32_t before, struct yw_day *out,
    size_t max, size_t *n, struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'd'), first = key_day(log->number, from);
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	*n = 0;
	it = yw_iter_new(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&prefix), key_bytes(&first), false);
	for (; code == YW_OK && yw_iter_valid(it) && *n < max; yw_iter_next(it)) {
		uint32_t day = yw_get_be32(yw_iter_key(it).data + prefix.len);

		if (day >= before)
			break;
		code = read_day(log, yw_iter_key(it), yw_iter_value(it), &out[*n], err);
		*n += code == YW_OK;
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

/* The day of that time is the first that can have one. */
enum yw_code
yw_view_quorum_at(const struct yw_view *v, const struct yw_log_info *log, uint64_t time_s, struct yw_day *out,
    struct yw_error *err)
{
	uint64_t day = time_s / DAY_S;
	struct key prefix = key_head(log->number, 'd'), last = key_day(log->number, day < UINT32_MAX ? (uint32_t)day : UINT32_MAX);
	struct yw_day at = { (uint32_t)(log->quorum_time_s / DAY_S), log->quorum_size, log->quorum_time_s };
	bool found = at.size != 0 && at.quorum_time_s <= time_s;
	enum yw_code code = YW_OK, end;
	struct yw_iter *it;

	it = yw_iter_new(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&prefix), key_bytes(&last), true);
	for (; !found && code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		code = read_day(log, yw_iter_key(it), yw_iter_value(it), &at, err);
		found = code == YW_OK && at.quorum_time_s <= time_s;
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	if (code != YW_OK || end != YW_OK)
		return code != YW_OK ? code : end;
	if (found)
		*out = at;
	return found ? YW_OK : YW_ENOENT;
}
