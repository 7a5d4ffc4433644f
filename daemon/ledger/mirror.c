/*
 * mirror.c - a mirror that was set back does not know what it has signed (L4).
 *
 * A receipt is a promise about one branch.  Who lost the end of his store, or its guard, might sign the other one:
 * so he signs nothing for a log until its owner or acting issuer has said which of his receipts on it is the largest,
 * and then only what his copy has together with that one.  Others may remind him of a larger one, at any time.
 * Or he changes his keys, or goes on with a next log: what he forgot is by other keys than those that sign from then on.
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

	l->restored = l->restored_stored = code == YW_OK && !l->new_log;	/* fresh keys have signed nothing */
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
	hold_bodies(l);
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
yw_ledger_set_back(const struct yw_ledger *l)
{
	return l->restored;
}

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

bool
signed_by_present_keys(const struct yw_ledger *l, struct yw_bytes note)
{
	struct yw_vkey v;
	struct yw_note n;
	uint64_t time_s;
	bool is;

	if (yw_cosign_vkey(l->network.name, &l->code, &l->keys->pub.cosign, &v) != YW_OK || yw_note_parse(note, &n, NULL) != YW_OK)
		return false;
	is = yw_note_check(&n, &v, &time_s) == YW_OK;
	yw_note_release(&n);
	return is;
}

/* The key of mine that a line names: the one that signs now, those of all my logs, and those that were granted and are not
 * in force as far as this node knows (T5). */
static bool
find_mine(const struct yw_ledger *l, const struct yw_note_sig *s, struct yw_vkey *key)
{
	struct yw_key_set_public delegated[YW_KEY_SETS_MAX];

	if (yw_cosign_vkey(l->network.name, &l->code, &l->keys->pub.cosign, key) == YW_OK && key->id == s->id)
		return true;
	for (size_t i = 0; i < yw_trust_count(l->trust); i++) {
		const struct yw_generation *g = yw_trust_at(l->trust, i);
		size_t n = yw_jurisdiction_equal(&g->code, &l->code) ? yw_trust_delegated_keys(l->trust, g, delegated) : 0;

		if (!yw_jurisdiction_equal(&g->code, &l->code))
			continue;
		for (size_t k = 0; k < g->n_spans; k++)
			if (g->spans[k].cosign_id == s->id) {
				yw_span_cosign_vkey(l->trust, g, &g->spans[k], key);
				return true;
			}
		for (size_t k = 0; k < n; k++)
			if (yw_cosign_vkey(l->network.name, &l->code, &delegated[k].cosign, key) == YW_OK && key->id == s->id)
				return true;
	}
	return false;
}

/* Does it bear a cosignature of mine?  YW_ENOENT: one in my name, by a key that this node does not know (yet): it may have
 * been set back to before it had it. */
static enum yw_code
check_lines(const struct yw_ledger *l, const struct yw_note *n)
{
	enum yw_code code = YW_ESIG;
	struct yw_vkey mine, v;
	uint64_t time_s;

	if (yw_cosign_vkey(l->network.name, &l->code, &l->keys->pub.cosign, &mine) != YW_OK)	/* for its name */
		return YW_ESIG;
	for (size_t i = 0; i < n->n_sigs; i++) {
		if (!yw_bytes_equal(n->sigs[i].name, yw_bytes_str(mine.name)))
			continue;
		if (!find_mine(l, &n->sigs[i], &v))
			code = YW_ENOENT;
		else if (yw_note_check(n, &v, &time_s) == YW_OK)
			return YW_OK;
		else
			return YW_ESIG;
	}
	return code;
}

/* A beat that bears my cosignature. */
static enum yw_code
check_mine(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes note, struct yw_checkpoint *c,
    struct yw_error *err)
{
	struct log_inside *other;
	struct yw_note n;
	enum yw_code code = read_head(l, note, &other, c, err);

	if (code == YW_OK && other != in)
		code = yw_fail(err, YW_EPEER, "a receipt on '%s' that is on another log", in->pub.origin.text);
	if (code == YW_OK)
		code = yw_note_parse(note, &n, err);
	if (code != YW_OK)
		return code;
	code = check_lines(l, &n);
	yw_note_release(&n);
	if (code == YW_ENOENT)
		return yw_fail(err, code, "a receipt on '%s' by a key that is not known here", in->pub.origin.text);
	return code == YW_OK ? code : yw_fail(err, YW_EPEER, "a receipt on '%s' that is none of mine", in->pub.origin.text);
}

enum yw_code
yw_ledger_take_receipt(struct yw_ledger *l, const char *origin, const struct yw_jurisdiction *from, struct yw_bytes beat,
    struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	struct yw_checkpoint c;
	enum yw_code code = may_write(l, err);

	if (code != YW_OK || in == NULL || in == l->own)
		return code;
	if (beat.len != 0) {
		code = check_mine(l, in, beat, &c, err);
		if (code == YW_OK)
			code = yw_ledger_take_beat(l, beat, err);
		if (code != YW_OK)
			return code == YW_ENOENT ? YW_OK : code;	/* it is asked for again */
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
