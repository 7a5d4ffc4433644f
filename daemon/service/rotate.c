/*
 * rotate.c - an owner asks for new keys (T5).
 *
 * The change itself is nobody's order: it comes by itself with the delegation.
 */
#include "service/service_int.h"

/* Does what was asked for before still wait to be granted, or to be used?  Then nothing new is asked for. */
static bool
still_waits(const struct yw_home *h, const struct yw_trust *t, const struct yw_generation *own, struct yw_request *r)
{
	struct yw_entry_place place;
	bool old;

	if (!h->has_next || yw_request_read(yw_buf_bytes(&h->next_request), NULL, r, &old, NULL) != YW_OK)
		return false;
	return r->generation == own->generation && (r->key_set >= yw_trust_next_key_set(t, own) ||
	    yw_trust_find_keys(t, own, &h->next.pub, &place) == YW_OK);
}

static enum yw_code
may_rotate(struct yw_ledger *l, struct yw_error *err)
{
	struct yw_error why;

	if (yw_ledger_state(l, &why) != YW_LEDGER_APPENDING || yw_ledger_claimed(l, yw_ledger_own(l)))
		return yw_fail(err, YW_ESTOPPED, "%s", why.msg);
	return YW_OK;
}

static enum yw_code
say_rotation(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	const struct yw_trust *t = yw_ledger_trust(l);
	struct yw_home *h = a->s->home;
	char fingerprint[YW_FINGERPRINT_MAX];
	const struct yw_generation *own;
	struct yw_request r;
	bool again;
	enum yw_code code = may_rotate(l, err);

	if (code != YW_OK)
		return code;
	own = yw_trust_origin(t, yw_ledger_own(l)->origin.text);
	if (own->n_spans == YW_KEY_SETS_MAX)
		return yw_fail(err, YW_ELIMIT, "this log has had %d key sets: it needs a next log", YW_KEY_SETS_MAX);
	again = still_waits(h, t, own, &r);
	if (again) {
		a->outcome = "asked for already";
	} else {
		r = (struct yw_request) { .code = own->code, .generation = own->generation, .issuer = own->issuer,
			.key_set = yw_trust_next_key_set(t, own) };
		yw_ledger_next_keys(l, NULL);
		code = yw_home_ask_keys(a->s->config, h, &r, err);
		if (h->has_next)
			yw_ledger_next_keys(l, &h->next);
		if (code == YW_OK)
			code = yw_exchange_ask_keys(x, yw_buf_bytes(&h->next_request), err);
	}
	if (code != YW_OK)
		return code;
	yw_request_fingerprint(yw_buf_bytes(&h->next_request), fingerprint);
	yw_json_str(j, "issuer", own->issuer.code);
	yw_json_uint(j, "key_set", r.key_set);
	yw_json_bool(j, "again", again);
	yw_json_str(j, "fingerprint", fingerprint);
	yw_json_base64(j, "request", yw_buf_bytes(&h->next_request));
	return YW_OK;
}

void
ask_key_rotate(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct act), NULL, say_rotation, NULL, "new keys asked for" };

	act_start(s, q, params, &kind);
}
