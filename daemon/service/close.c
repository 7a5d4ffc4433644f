/*
 * close.c - an issuer ends a log that it answers for (T6).
 */
#include "service/service_int.h"

#define REASON_MAX 500

struct closing {
	struct act a;
	char reason[REASON_MAX + 1];
	struct yw_closing_draft d;
};

static enum yw_code
read_reason(struct closing *c, const json_t *params, struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, "reason", true, &text, err);

	if (code == YW_OK)
		code = param_words("reason", text, REASON_MAX, c->reason, err);
	c->d.reason = c->reason;
	return code;
}

static enum yw_code
read_closing(struct act *a, const json_t *params, struct yw_error *err)
{
	struct closing *c = (struct closing *)a;
	enum yw_code code = param_code(params, "code", true, &a->what, err);

	if (code == YW_OK)
		code = read_reason(c, params, err);
	if (code == YW_OK)
		code = param_flag(params, "revoked", &c->d.revoked, err);
	if (code == YW_OK)
		code = param_code(params, "next_issuer", false, &c->d.next_issuer, err);
	if (code == YW_OK)
		code = param_code(params, "successor", false, &c->d.successor, err);
	c->d.doubted = json_object_get(params, "doubted_from") != NULL;
	return code == YW_OK ? param_uint(params, "doubted_from", 0, INT64_MAX, &c->d.doubted_from, err) : code;
}

/* The newest generation of the code, open or not. */
static const struct yw_generation *
newest(const struct yw_trust *t, const struct yw_jurisdiction *code)
{
	const struct yw_generation *found = NULL;

	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (yw_jurisdiction_equal(&yw_trust_at(t, i)->code, code))
			found = yw_trust_at(t, i);
	return found;
}

/* Copied: the registry moves as it is added to. */
static enum yw_code
find_origin(const struct act *a, const struct yw_ledger *l, struct yw_origin *out, struct yw_error *err)
{
	const struct yw_generation *g = newest(yw_ledger_trust(l), &a->what);

	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted %s as far as this node knows", a->what.code);
	*out = g->origin;
	return YW_OK;
}

/* T10: a successor may join later, but a closing is never changed: a code that nobody knows is a slip of the finger. */
static enum yw_code
check_successor(const struct closing *c, const struct yw_ledger *l, bool *admitted, struct yw_error *err)
{
	*admitted = newest(yw_ledger_trust(l), &c->d.successor) != NULL;
	if (*admitted || c->d.successor.code[0] == '\0' || yw_division_find(c->a.s->divisions, c->d.successor.code) != NULL)
		return YW_OK;
	return yw_fail(err, YW_EINVAL, "parameter 'successor': %s is in no table of divisions here, and nobody has been admitted as it; what a "
	    "closing says is never changed, so admit it first, or correct the code", c->d.successor.code);
}

static enum yw_code
say_closing(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	struct closing *c = (struct closing *)a;
	struct yw_origin origin;
	bool admitted = false;
	enum yw_code code = find_origin(a, l, &origin, err);

	(void)x;
	if (code == YW_OK)
		code = check_successor(c, l, &admitted, err);
	if (code == YW_OK)
		code = yw_ledger_close_log(l, origin.text, &c->d, err);
	if (code != YW_OK)
		return code;
	yw_json_str(j, "origin", origin.text);
	yw_json_uint(j, "size", yw_trust_origin(yw_ledger_trust(l), origin.text)->end.size);
	if (c->d.successor.code[0] != '\0')
		yw_json_bool(j, "successor_admitted", admitted);
	return YW_OK;
}

void
ask_close(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct closing), read_closing, say_closing, NULL, "closed" };

	act_start(s, q, params, &kind);
}

/* Of a log of the first node only the root keys can say that it ends: what they would sign. */
static enum yw_code
draw_up_closing(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	struct closing *c = (struct closing *)a;
	struct yw_buf line = YW_BUF_INIT;
	struct yw_origin origin;
	bool admitted;
	enum yw_code code = find_origin(a, l, &origin, err);

	(void)x;
	if (code == YW_OK)
		code = check_successor(c, l, &admitted, err);
	if (code == YW_OK)
		code = yw_ledger_closing_line(l, origin.text, &c->d, &line, err);
	if (code == YW_OK) {
		yw_json_str(j, "origin", origin.text);
		yw_json_base64(j, "closing", yw_buf_bytes(&line));
	}
	yw_buf_release(&line);
	return code;
}

void
ask_network_closing(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct closing), read_closing, draw_up_closing, NULL, "drawn up" };

	act_start(s, q, params, &kind);
}
