/*
 * state.c - what counts, made anew where another version made what the store says of it.
 *
 * Which entries and records are applied depends on what a version knows (B3, B7): what is unknown to this one is held,
 * and comes into effect when a newer one opens the store.  So the store says by which YW_STATE_VERSION its families
 * trust, missing, items and later were made.  Where that is another one, older or newer, every log is gone through
 * twice at open: first for what it says of trust, since that may end or allow what stands in another log, then for its
 * records.  Every step sets what is to stand there, whatever stood there before: a run that was interrupted is simply
 * begun again.
 */
#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"
#include "record/kind.h"

#define BATCH_BYTES (1u << 20)

_Static_assert(YW_STATE_VERSION == 1 && YW_KINDS_END == 10 && YW_TRUST_UNKNOWN == 13 && YW_CLASS_NOT_SHARED == 3,
    "who knows more applies more: another state version");

uint32_t
state_version(void)
{
	return YW_STATE_VERSION - YW_FAULT("older-version");
}

enum yw_code
load_state_version(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("state");
	uint8_t v[4];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), v, sizeof v, err);

	if (code != YW_OK)
		return code == YW_ENOENT ? YW_OK : code;	/* nothing was ever committed */
	l->stale = yw_get_be32(v) != state_version();
	if (l->stale)
		yw_log(YW_LOG_INFO, "state-anew", "from=%u to=%u what counts is made anew from entries and bodies",
		    yw_get_be32(v), state_version());
	return YW_OK;
}

void
put_state_version(struct yw_ledger *l)
{
	struct key k = key_meta("state");
	uint8_t v[4];

	yw_put_be32(v, state_version());
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
}

static enum yw_code
write_batch(struct yw_ledger *l, bool sync, struct yw_error *err)
{
	enum yw_code code = yw_store_write(l->store, l->batch, sync, err);

	yw_batch_clear(l->batch);
	return code;
}

typedef enum yw_code (*step)(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e,
    struct yw_error *err);

/* Alarms were raised when the entry came. */
static enum yw_code
replay_statement(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, struct yw_error *err)
{
	struct key k = key_entry(in->pub.number, index);
	uint8_t kind = (uint8_t)e->trust_kind;
	struct yw_error alarm;
	enum yw_code code;

	if (e->trust_kind == YW_TRUST_NONE)
		return YW_OK;
	if (!speaks_of_trust(e)) {
		yw_batch_delete(l->batch, F_TRUST, key_bytes(&k));
		return YW_OK;
	}
	yw_batch_put(l->batch, F_TRUST, key_bytes(&k), (struct yw_bytes) { &kind, 1 });
	code = yw_trust_add(l->trust, &in->pub.origin, index, e, &alarm);
	return code == YW_OK ? code : yw_fail(err, code, "no memory to read '%s'", in->pub.origin.text);
}

static enum yw_code
replay_record(struct yw_ledger *l, struct log_inside *in, uint64_t index, const struct yw_entry *e, struct yw_error *err)
{
	bool counts = e->standing == YW_STANDING_APPLIED && signer_valid(l, in, e, index);
	enum yw_code code = YW_OK;

	if (speaks_of_trust(e) && e->trust_kind == YW_TRUST_ERASURE)
		code = items_follow_erasure(l, in, index, e, err);
	for (size_t i = 0; code == YW_OK && i < e->n_items; i++)
		code = replay_place(l, in, index, e, (uint16_t)i, counts, err);
	return code;
}

static enum yw_code
replay_entry(struct yw_ledger *l, struct log_inside *in, uint64_t index, step do_step, struct yw_buf *envelope,
    struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, index, envelope, &e, err);

	if (code != YW_OK)
		return code;
	code = do_step(l, in, index, &e, err);
	yw_entry_release(&e);
	return code;
}

enum yw_code
replay_range(struct yw_ledger *l, struct log_inside *in, uint64_t from, uint64_t to, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	for (uint64_t i = from; code == YW_OK && i < to; i++)
		code = replay_entry(l, in, i, replay_record, &envelope, err);
	yw_buf_release(&envelope);
	return code;
}

/* What is counted next comes from the store, so all of it goes there. */
static enum yw_code
replay(struct yw_ledger *l, struct log_inside *in, step do_step, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	for (uint64_t i = 0; code == YW_OK && i < in->pub.size; i++) {
		code = replay_entry(l, in, i, do_step, &envelope, err);
		if (code == YW_OK && yw_batch_bytes(l->batch) >= BATCH_BYTES)
			code = write_batch(l, false, err);
	}
	yw_buf_release(&envelope);
	return code == YW_OK ? write_batch(l, false, err) : code;
}

enum yw_code
replay_statements(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	return replay(l, in, replay_statement, err);
}

enum yw_code
replay_records(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	if (!l->stale)
		return YW_OK;
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		code = replay(l, l->logs[i], replay_record, err);
		if (code == YW_OK)
			code = count_missing(l, l->logs[i], err);
	}
	if (code != YW_OK)
		return code;
	l->stale = false;
	put_state_version(l);
	return write_batch(l, true, err);
}
