/*
 * registered.c - what is registered under an id now, and for whom: what put, withdraw and import begin with.
 */
#include <stdlib.h>

#include "ledger/access.h"
#include "record/record.h"
#include "record/sharing.h"
#include "service/service_int.h"

enum yw_code
item_entry(const struct yw_view *v, const struct yw_item *item, struct yw_buf *envelope, struct yw_entry *out, struct yw_error *err)
{
	const struct yw_log_info *log = item_log(v, item);
	enum yw_code code = yw_view_entry(v, log, item->index, envelope, err);

	return code == YW_OK ? yw_entry_read(log->origin.text, yw_buf_bytes(envelope), out, err) : code;
}

/* The state has the class; the codes stand in the entry. */
static enum yw_code
read_codes(const struct yw_view *v, struct registered *r, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_entry e;
	enum yw_code code = item_entry(v, &r->item, &envelope, &e, err);

	if (code == YW_OK) {
		r->codes = calloc(e.audience.n_codes + 1, sizeof *r->codes);
		if (r->codes == NULL)
			code = yw_fail(err, YW_ENOMEM, "no memory for an audience");
		else if (e.audience.n_codes > 0)
			memcpy(r->codes, e.audience.codes, e.audience.n_codes * sizeof *r->codes);
		r->item.audience.codes = r->codes;
		r->item.audience.n_codes = e.audience.n_codes;
		yw_entry_release(&e);
	}
	yw_buf_release(&envelope);
	return code;
}

enum yw_code
registered_find(const struct yw_view *v, const char *id, struct registered *out, struct yw_error *err)
{
	enum yw_code code = yw_view_current(v, id, &out->item, err);

	out->codes = NULL;
	if (code == YW_ENOENT) {
		out->item = (struct yw_item) { .revision = 0 };
		return YW_OK;
	}
	return code == YW_OK && out->item.audience.cls == YW_CLASS_CONDITIONAL ? read_codes(v, out, err) : code;
}

void
registered_release(struct registered *r)
{
	free(r->codes);
	r->codes = NULL;
}

bool
registered_narrows(const struct yw_service *s, const struct registered *r, const struct yw_audience *now)
{
	return r->item.revision > 0 && r->item.op == YW_OP_PUT && !yw_audience_keeps(&s->code, &r->item.audience, now);
}

enum yw_code
registered_withdrawal(const struct registered *r, struct yw_buf *body, struct yw_error *err)
{
	struct yw_record_stamp stamp = { .id = r->item.id, .revision = r->item.revision + 1, .op = YW_OP_WITHDRAW };

	return yw_record_finish((struct yw_bytes) { NULL, 0 }, &stamp, body, err);
}

enum yw_code
default_sharing(const struct yw_service *s, const char *kind, struct yw_audience *out, struct yw_jurisdiction **codes,
    struct yw_error *err)
{
	const char *text = s->config->default_class[yw_kind_parse(kind, strlen(kind))];

	if (text[0] != '\0')
		return yw_sharing_parse(text, out, codes, err);
	return yw_fail(err, YW_EINVAL, "parameter 'class' is missing, and the configuration has no default_class of %s: unconditional, "
	    "conditional or not_shared", kind);
}
