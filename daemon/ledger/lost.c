/*
 * lost.c - what was acknowledged on a branch that does not count (T8, L8), for whoever wants to put it again.
 */
#include "ledger/ledger_int.h"

static const struct yw_bytes nothing = { NULL, 0 };

static enum yw_code
get(const struct yw_view *v, enum family family, const struct key *k, struct yw_buf *out, struct yw_error *err)
{
	yw_buf_clear(out);
	return yw_store_get(view_store(v), view_snapshot(v), family, key_bytes(k), out, err);
}

/* The items of one entry whose bodies are held. */
static enum yw_code
list_entry(const struct yw_view *v, const struct yw_log_info *log, uint32_t number, uint64_t index,
    bool (*each)(void *arg, const struct yw_lost_item *), void *arg, bool *more, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT, body = YW_BUF_INIT;
	struct key k = key_entry(number, index);
	struct yw_asker self;
	struct yw_entry e;
	bool shown;
	enum yw_code code = get(v, F_ENTRIES, &k, &envelope, err);

	if (code == YW_OK)
		code = yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, err);
	if (code != YW_OK)
		goto out;
	view_self(v, &self);
	shown = yw_may_have(&log->code, NULL, &e.audience, NULL, &self);
	for (size_t i = 0; shown && code == YW_OK && *more && i < e.n_items; i++) {
		struct yw_lost_item item = { .index = index, .item = (uint16_t)i, .audience = &e.audience };

		k = key_place(number, index, item.item);
		code = get(v, F_BODIES, &k, &body, err);
		item.body = yw_buf_bytes(&body);
		if (code == YW_OK && yw_record_form(item.body, &item.record, NULL) == YW_OK)
			*more = each(arg, &item);
		code = code == YW_ENOENT ? YW_OK : code;
	}
	yw_entry_release(&e);
out:
	yw_buf_release(&envelope);
	yw_buf_release(&body);
	return code;
}

enum yw_code
yw_view_lost(const struct yw_view *v, const struct yw_log_info *log,
    bool (*each)(void *arg, const struct yw_lost_item *), void *arg, struct yw_error *err)
{
	struct key prefix = key_head(log->number, 'l');
	struct yw_iter *it = yw_iter_new(view_store(v), view_snapshot(v), F_HEADS, key_bytes(&prefix), nothing, false);
	enum yw_code code = YW_OK, end;
	bool more = true;

	for (; code == YW_OK && more && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes value = yw_iter_value(it);
		uint8_t branch = yw_iter_key(it).data[prefix.len];

		if (value.len != 16) {
			code = yw_fail(err, YW_EIO, "a lost branch of '%s' has another form: the store is damaged", log->origin.text);
			break;
		}
		for (uint64_t i = yw_get_be64(value.data); code == YW_OK && more && i < yw_get_be64(value.data + 8); i++)
			code = list_entry(v, log, lost_number(log->number, branch), i, each, arg, &more, err);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code == YW_OK ? end : code;
}
