/*
 * mirror.c - a mirror that was set back does not know what it has signed (L4).
 *
 * A receipt is a promise about one branch.  Who lost the end of his store, or its guard, might sign the other one:
 * so he signs nothing for a log until its owner or acting issuer has said which of his receipts on it is the largest,
 * and then only what his copy has together with that one.  Others may remind him of a larger one, at any time.
 * Or he changes his keys: what he forgot is by other keys than those that sign from then on.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

#define RECEIPTS_LOOKED_AT 64	/* beats kept of a log, the largest first */

enum yw_code
load_restored(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("restored");
	uint8_t v;
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), &v, sizeof v, err);

	l->restored = l->restored_stored = code == YW_OK;
	return code == YW_ENOENT ? YW_OK : code;
}

void
mark_restored(struct yw_ledger *l)
{
	struct key k = key_meta("restored");
	uint8_t v = 1;

	if (!l->restored)
		yw_log(YW_LOG_WARN, "mirror-set-back", "receipts may be forgotten here: none is given for a log until its owner or "
		    "issuer has shown the last one");
	l->restored = l->dirty = true;
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { &v, sizeof v });
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i] != l->own && !l->logs[i]->unsure) {
			l->logs[i]->unsure = true;
			log_touch(l, l->logs[i]);
		}
}

/*
 * I am changing my keys, in this turn.  Not where my key change comes back to me from a peer: then it was made before
 * the disk was set back, and so may receipts by the new keys have been.
 */
void
end_restored(struct yw_ledger *l)
{
	struct key k = key_meta("restored");

	l->restored = false;
	yw_batch_delete(l->batch, F_META, key_bytes(&k));
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->unsure) {
			l->logs[i]->unsure = false;
			log_touch(l, l->logs[i]);
		}
}

enum yw_code
load_cosigned(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key k = key_head(in->pub.number, 'c');
	uint8_t v[8 + YW_HASH_BYTES];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_HEADS, key_bytes(&k), v, sizeof v, err);

	in->cosigned = 0;
	if (code != YW_OK)
		return code == YW_ENOENT ? YW_OK : code;
	in->cosigned = yw_get_be64(v);
	memcpy(in->cosigned_root.b, v + 8, YW_HASH_BYTES);
	return YW_OK;
}

void
put_cosigned(struct yw_ledger *l, struct log_inside *in, uint64_t size, const struct yw_hash *root)
{
	struct key k = key_head(in->pub.number, 'c');
	uint8_t v[8 + YW_HASH_BYTES];

	if (in->cosigned >= size)
		return;
	in->cosigned = size;
	in->cosigned_root = *root;
	yw_put_be64(v, size);
	memcpy(v + 8, root->b, YW_HASH_BYTES);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
	l->dirty = true;
}

/* --- the asker --- */

bool
yw_ledger_unsure(const struct yw_ledger *l, const struct yw_log *log)
{
	const struct log_inside *in = l->restored ? l->logs[log->number] : NULL;
	const struct yw_generation *g = in != NULL && in->unsure ? log_generation(l, in) : NULL;

	return g != NULL && !log->own && yw_trust_receipt_travels(l->trust, g, &l->code);
}

static bool
is_owner_or_issuer(const struct yw_ledger *l, const struct log_inside *in, const struct yw_jurisdiction *code)
{
	const struct yw_generation *g = log_generation(l, in), *issuer = NULL;

	if (g != NULL && g->issuer.code[0] != '\0')
		issuer = yw_trust_acting(l->trust, &g->issuer);
	return yw_jurisdiction_equal(&in->pub.code, code) || (issuer != NULL && yw_jurisdiction_equal(&issuer->code, code));
}

/* Does it bear my cosignature, by these keys?  YW_ENOENT, YW_ESIG. */
static enum yw_code
check_by(const struct yw_ledger *l, const struct yw_note *n, const struct yw_key_set_public *keys)
{
	struct yw_vkey v;
	uint64_t time_s;
	enum yw_code code = yw_cosign_vkey(l->network.name, &l->code, &keys->cosign, &v);

	return code == YW_OK ? yw_note_check(n, &v, &time_s) : code;
}

bool
signed_by_present_keys(const struct yw_ledger *l, struct yw_bytes note)
{
	struct yw_note n;
	bool is;

	if (yw_note_parse(note, &n, NULL) != YW_OK)
		return false;
	is = check_by(l, &n, &l->keys->pub) == YW_OK;
	yw_note_release(&n);
	return is;
}

/* A beat that bears my cosignature, by the keys that sign or by those that did before them in this log. */
static enum yw_code
check_mine(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_checkpoint *c,
    struct yw_error *err)
{
	const struct yw_generation *own = l->own != NULL ? log_generation(l, l->own) : NULL;
	struct log_inside *other;
	struct yw_note n;
	enum yw_code code = read_head(l, note, &other, c, err);

	if (code == YW_OK && other != in)
		code = yw_fail(err, YW_EPEER, "a receipt on '%s' that is on another log", in->pub.origin.text);
	if (code == YW_OK)
		code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = check_by(l, &n, &l->keys->pub);
	for (size_t i = 0; code == YW_ENOENT && own != NULL && i < own->n_spans; i++)
		code = check_by(l, &n, &own->spans[i].keys);
	yw_note_release(&n);
	return code == YW_OK ? code : yw_fail(err, YW_EPEER, "a receipt on '%s' that is none of mine", in->pub.origin.text);
}

enum yw_code
yw_ledger_take_receipt(struct yw_ledger *l, const char *origin, const struct yw_jurisdiction *from, struct yw_bytes beat,
    struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	struct yw_checkpoint c;
	enum yw_code code = may_take(l, err);

	if (code != YW_OK || in == NULL || in == l->own)
		return code;
	if (beat.len != 0) {
		code = check_mine(l, in, beat, &c, err);
		if (code == YW_OK)
			code = yw_ledger_take_beat(l, beat, err);
		if (code != YW_OK)
			return code;
		put_cosigned(l, in, c.size, &c.root);
	}
	if (in->unsure && is_owner_or_issuer(l, in, from)) {
		in->unsure = false;
		log_touch(l, in);
	}
	return YW_OK;
}

/* --- the answerer --- */

static bool
bears(struct yw_bytes note, const char *name)
{
	struct yw_note n;
	bool found = false;

	if (yw_note_parse(note, &n, NULL) != YW_OK)
		return false;
	for (size_t i = 0; !found && i < n.n_sigs; i++)
		found = yw_bytes_equal(n.sigs[i].name, yw_bytes_str(name));
	yw_note_release(&n);
	return found;
}

enum yw_code
yw_ledger_receipt_of(struct yw_ledger *l, const struct yw_log *log, const struct yw_jurisdiction *code, struct yw_buf *out,
    struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'b');
	enum yw_code result = YW_ENOENT, end;
	struct yw_iter *it;
	struct yw_vkey v;

	if (yw_cosign_vkey(l->network.name, code, &l->keys->pub.cosign, &v) != YW_OK)	/* for its name */
		return YW_ENOENT;
	it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, true);
	for (unsigned i = 0; i < RECEIPTS_LOOKED_AT && result != YW_OK && yw_iter_valid(it); yw_iter_next(it), i++)
		if (bears(yw_iter_value(it), v.name)) {
			yw_buf_add(out, yw_iter_value(it).data, yw_iter_value(it).len);
			result = yw_buf_check(out, err);
			break;
		}
	end = yw_iter_finish(it, err);
	return end != YW_OK ? end : result;
}
