/*
 * replaced.c - records of a jurisdiction that was merged into another, and what stands in their place there (T10).
 *
 * The old log says nothing any more, and no id changes.  A record of the successor may say that it replaces an old one;
 * whether that counts depends on a closing that may come before or after it, and on what the record says now.  So the
 * store keeps only who ever said so, and what it means is asked when somebody reads.
 */
#include "base/fault.h"
#include "ledger/ledger_int.h"

void
replaced_put(struct yw_batch *b, const struct yw_record *r)
{
	struct key k;

	if (r->replaces[0] == '\0')
		return;
	k = key_replaced(r->replaces, r->id_text);
	yw_batch_put(b, F_REPLACED, key_bytes(&k), (struct yw_bytes) { NULL, 0 });
}

bool
yw_view_successor(const struct yw_view *v, const char *id, struct yw_jurisdiction *out)
{
	const struct yw_trust *t = yw_view_trust(v);
	const struct yw_generation *last = NULL;
	struct yw_jurisdiction code;

	if (yw_jurisdiction_parse(id, YW_CODE_DIGITS, &code) != YW_OK || yw_trust_open(t, &code) != NULL)
		return false;
	for (size_t i = 0; i < yw_trust_count(t); i++)	/* by code, then generation */
		if (yw_jurisdiction_equal(&yw_trust_at(t, i)->code, &code))
			last = yw_trust_at(t, i);
	if (last == NULL || last->closing.successor.code[0] == '\0')
		return false;
	*out = last->closing.successor;
	return true;
}

/* Does the record that counts now under new_id still say so? */
static enum yw_code
says_so(const struct yw_view *v, const char *new_id, const char *old_id, bool *yes, struct yw_error *err)
{
	struct yw_buf body = YW_BUF_INIT;
	struct yw_record r;
	struct yw_item item;
	enum yw_code code = yw_view_current(v, new_id, &item, err);

	*yes = false;
	if (code == YW_OK && item.op == YW_OP_PUT) {
		code = yw_view_body(v, yw_view_at(v, item.log), item.index, item.item, &body, err);
		if (code == YW_OK)
			code = yw_record_read(yw_buf_bytes(&body), &r, err);
		*yes = code == YW_OK && strcmp(r.replaces, old_id) == 0;
	}
	yw_buf_release(&body);
	return code == YW_ENOENT ? YW_OK : code;
}

enum yw_code
yw_view_replaced(const struct yw_view *v, const char *id, bool (*each)(void *arg, const char *id), void *arg,
    struct yw_error *err)
{
	struct yw_jurisdiction successor;
	char new_id[YW_ID_MAX + 1];
	struct yw_iter *it;
	struct key prefix;
	enum yw_code code = YW_OK, end;
	bool yes;

	if (!yw_view_successor(v, id, &successor))
		return YW_OK;
	prefix = key_replaced(id, YW_FAULT("replaced-by-any") ? "" : successor.code);
	it = yw_iter_new(view_store(v), view_snapshot(v), F_REPLACED, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	if (it == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to look up what replaces '%s'", id);
	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes k = yw_iter_key(it);
		size_t n = k.len - strlen(id) - 1;

		if (n > YW_ID_MAX)
			continue;
		memcpy(new_id, k.data + strlen(id) + 1, n);
		new_id[n] = '\0';
		code = says_so(v, new_id, id, &yes, err);
		if (code == YW_OK && yes && !each(arg, new_id))
			break;
	}
	end = yw_iter_finish(it, err);
	return code != YW_OK ? code : end;
}
