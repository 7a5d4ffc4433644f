/*
 * erase.c - what stands under an id is erased, on a person's word (V6, T10).
 */
#include "ledger/ledger_int.h"

static bool
is_named(const struct yw_erasure_draft *d, const struct yw_item *item)
{
	const struct yw_own_place place = { item->generation, item->index, item->item };

	for (size_t i = 0; i < d->n; i++)
		if (yw_own_place_compare(&d->places[i], &place) == 0)
			return true;
	return false;
}

/* Whoever looked for the places may have done so before another record came. */
static enum yw_code
check_all_named(struct yw_ledger *l, enum family family, const struct yw_erasure_draft *d, struct yw_error *err)
{
	struct key prefix = key_item_prefix(d->id);
	struct yw_iter *it = yw_iter_new(l->store, NULL, family, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;
	struct yw_item item;

	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look up '%s'", d->id);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		code = item_decode(yw_iter_key(it), yw_iter_value(it), &item, err);
		if (code == YW_OK && !item.erased && !is_named(d, &item))
			code = yw_fail(err, YW_ECONFLICT, "more is registered under '%s' than was looked at: look again", d->id);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}

/* What is not here may be of this id too. */
static enum yw_code
check_all_here(const struct yw_ledger *l, const struct yw_jurisdiction *code, struct yw_error *err)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		const struct log_inside *in = l->logs[i];
		const struct yw_generation *g = yw_jurisdiction_equal(&in->pub.code, code) ? log_generation(l, in) : NULL;

		if (g != NULL && (in->pub.n_missing != 0 || (!in->pub.own && in->pub.size < g->end.size && !g->open)))
			return yw_fail(err, YW_EINVAL, "'%s' is not all here: %zu of its bodies are missing, and one of them may be of this id",
			    in->pub.origin.text, in->pub.n_missing);
	}
	return YW_OK;
}

static enum yw_code
say_erased(struct yw_ledger *l, const struct yw_erasure_draft *d, size_t at, struct yw_error *err)
{
	struct yw_erasure_draft part = *d;
	struct yw_buf erasure = YW_BUF_INIT;
	enum yw_code code;

	part.places += at;
	part.n = d->n - at < YW_ABSENT_MAX ? d->n - at : YW_ABSENT_MAX;
	code = yw_trust_make_erasure(l->trust, log_generation(l, l->own), &part, &erasure, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(&erasure), WITHOUT_ROSTER, err);
	yw_buf_release(&erasure);
	return code;
}

/* What fails after the first entry fails the turn: all or nothing. */
static enum yw_code
say_all_erased(struct yw_ledger *l, const struct yw_erasure_draft *d, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t at = 0; code == YW_OK && at < d->n; at += YW_ABSENT_MAX) {
		code = say_erased(l, d, at, err);
		if (code != YW_OK && at > 0)
			(void)spoil(l, code, err);
	}
	return code;
}

enum yw_code
yw_ledger_erase(struct yw_ledger *l, const struct yw_erasure_draft *d, struct yw_error *err)
{
	struct yw_record_id id;
	enum yw_code code = may_say(l, err);

	if (code == YW_OK && yw_record_id_parse(d->id, strlen(d->id), &id) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "'%s' is no id of a record", d->id);
	if (code == YW_OK)
		code = yw_trust_judge_eraser(l->trust, log_generation(l, l->own), &id.code, err);
	if (code == YW_OK && is_pending(l, d->id))
		code = yw_fail(err, YW_ECONFLICT, "'%s' is being registered at this moment: look again", d->id);
	if (code == YW_OK)
		code = check_all_here(l, &id.code, err);
	if (code == YW_OK)
		code = check_all_named(l, F_ITEMS, d, err);
	if (code == YW_OK)
		code = check_all_named(l, F_LATER, d, err);
	if (code == YW_OK && d->n == 0)
		code = yw_fail(err, YW_ENOENT, "no body is held here under '%s': there is nothing to erase", d->id);
	return code == YW_OK ? say_all_erased(l, d, err) : code;
}
