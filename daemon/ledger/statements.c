/*
 * statements.c - what a node says of trust in its own log, on a person's word.
 *
 * Each is judged by trust/ as if it were the next entry, so that nothing is logged that has no effect; then it is
 * appended at once, so that several in one turn are judged one after the other.  A statement that changes what this
 * node answers for is never without its roster (T11): what fails after the judgement fails the turn.
 */
#include "ledger/ledger_int.h"

enum yw_code
may_say(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_error why = { 0 };
	enum yw_code code = may_take(l, err);

	if (code == YW_OK && !may_append(l, err != NULL ? &why : NULL))
		code = yw_fail(err, YW_ESTOPPED, "%s", why.msg);
	if (code == YW_OK && is_claim(l, l->own)) {	/* what it says of trust nobody could judge yet: records only */
		say_claimed(l, &why);
		code = yw_fail(err, YW_ESTOPPED, "%s", why.msg);
	}
	return code == YW_OK ? may_write(l, err) : code;
}

static enum yw_code
append_roster(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_buf roster = YW_BUF_INIT;
	enum yw_code code = yw_trust_make_roster(l->trust, log_generation(l, l->own), &roster, err);

	if (code == YW_OK)
		code = append_trust(l, yw_buf_bytes(&roster), err);
	yw_buf_release(&roster);
	return code;
}

enum yw_code
say(struct yw_ledger *l, struct yw_bytes statement, enum roster roster, struct yw_error *err)
{
	enum yw_code code = begin_entries(l, err);

	if (code == YW_OK)
		code = append_trust(l, statement, err);
	if (code == YW_OK && roster == WITH_ROSTER)
		code = append_roster(l, err);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
say_due_roster(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code;

	if (!yw_trust_roster_due(l->trust, log_generation(l, l->own), yw_utc_ms(&l->clock)))
		return YW_OK;
	code = begin_entries(l, err);
	if (code == YW_OK)
		code = append_roster(l, err);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
yw_ledger_admit(struct yw_ledger *l, struct yw_bytes signed_request, struct yw_error *err)
{
	return yw_ledger_admit_named(l, signed_request, "", err);
}

enum yw_code
yw_ledger_admit_named(struct yw_ledger *l, struct yw_bytes signed_request, const char *name, struct yw_error *err)
{
	struct yw_buf delegation = YW_BUF_INIT, named = YW_BUF_INIT;
	struct yw_log_reader r;
	struct yw_view *v = NULL;
	enum yw_code code = may_say(l, err);

	if (code == YW_OK)
		code = yw_view_open(l, &v, err);	/* the log that holds a consent is another one (T9) */
	if (code == YW_OK) {
		yw_view_reader(v, &r);
		code = yw_recovery_make(l->trust, log_generation(l, l->own), signed_request, &r, &delegation, err);
		yw_view_close(v);
	}
	if (code == YW_OK && *name != '\0')
		code = yw_trust_name_delegation(yw_buf_bytes(&delegation), name, &named, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(*name != '\0' ? &named : &delegation), WITH_ROSTER, err);
	yw_buf_release(&delegation);
	yw_buf_release(&named);
	return code;
}

enum yw_code
yw_ledger_consent(struct yw_ledger *l, struct yw_bytes signed_request, struct yw_error *err)
{
	struct yw_buf consent = YW_BUF_INIT;
	enum yw_code code = may_say(l, err);

	if (code == YW_OK)
		code = yw_trust_make_consent(l->trust, log_generation(l, l->own), signed_request, &consent, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(&consent), WITHOUT_ROSTER, err);
	yw_buf_release(&consent);
	return code;
}

/* Where the log would end: the newest head whose entries are all here. */
static enum yw_code
fill_end(struct yw_ledger *l, const struct log_inside *in, struct yw_closing_draft *d, struct yw_error *err)
{
	struct yw_checkpoint c = { .size = 0 };
	struct yw_tree_head end;
	enum yw_code code;

	d->origin = in->pub.origin;
	d->size = in->pub.full_size;
	if (d->size == 0)
		return YW_OK;
	d->head = yw_buf_bytes(&in->pub.full);
	code = note_checkpoint(d->head, &c, err);
	end = (struct yw_tree_head) { c.size, c.root };
	return code == YW_OK ? answer_head(l, in, &end, err) : code;	/* a quorum on another branch would void it (T7) */
}

enum yw_code
yw_ledger_close_log(struct yw_ledger *l, const char *origin, const struct yw_closing_draft *draft, struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	struct yw_closing_draft d = *draft;
	struct yw_buf closing = YW_BUF_INIT;
	enum yw_code code = may_say(l, err);

	if (code == YW_OK && (in == NULL || log_generation(l, in) == NULL))
		code = yw_fail(err, YW_ENOENT, "no log '%s' is known here", origin);
	if (code == YW_OK)
		code = fill_end(l, in, &d, err);
	if (code == YW_OK)
		code = yw_trust_make_closing(l->trust, log_generation(l, l->own), &d, &closing, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(&closing), WITH_ROSTER, err);
	yw_buf_release(&closing);
	return code;
}

/* Not said here, but by the root keys in their next file (T1). */
enum yw_code
yw_ledger_closing_line(struct yw_ledger *l, const char *origin, const struct yw_closing_draft *draft, struct yw_buf *out,
    struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	struct yw_closing_draft d = *draft;
	enum yw_code code;

	if (in == NULL || log_generation(l, in) == NULL)
		return yw_fail(err, YW_ENOENT, "no log '%s' is known here", origin);
	code = fill_end(l, in, &d, err);
	return code == YW_OK ? yw_trust_make_closing_line(l->trust, &d, out, err) : code;
}

enum yw_code
yw_ledger_registrar(struct yw_ledger *l, const struct yw_pubkey *key, const char *const *kinds, size_t n_kinds,
    struct yw_error *err)
{
	struct yw_buf registrar = YW_BUF_INIT;
	enum yw_code code = may_say(l, err);

	if (code == YW_OK)
		code = yw_trust_make_registrar(l->trust, log_generation(l, l->own), key, kinds, n_kinds, &registrar, err);
	if (code == YW_OK)
		code = say(l, yw_buf_bytes(&registrar), WITHOUT_ROSTER, err);
	yw_buf_release(&registrar);
	return code;
}

enum yw_code
yw_ledger_holder(struct yw_ledger *l, const struct yw_jurisdiction *code, struct yw_error *err)
{
	struct yw_buf holder = YW_BUF_INIT;
	enum yw_code result = may_say(l, err);

	if (result == YW_OK)
		result = yw_trust_make_holder(l->trust, log_generation(l, l->own), code, &holder, err);
	if (result == YW_OK)
		result = say(l, yw_buf_bytes(&holder), WITHOUT_ROSTER, err);
	yw_buf_release(&holder);
	return result;
}
