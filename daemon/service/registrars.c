/*
 * registrars.c - who else acts for this node's log: registrars, who sign records elsewhere (T13), and the holder of its
 * restricted bodies (V4).
 */
#include <stdlib.h>

#include "service/service_int.h"
#include "trust/registrar.h"

#define REGISTRARS_MAX 1024

struct naming {
	struct act a;
	struct yw_pubkey key;
	const char *kinds[YW_KINDS_END];	/* static names */
	size_t n_kinds;
	struct yw_registrar_request request;	/* registrar.add */
	char fingerprint[YW_FINGERPRINT_MAX];
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The kinds, sorted, each once. */
static enum yw_code
read_kinds(struct naming *n, const json_t *params, struct yw_error *err)
{
	const json_t *list = json_object_get(params, "kinds");

	if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) >= YW_KINDS_END)
		return yw_fail(err, YW_EINVAL, "parameter 'kinds' is a list of kinds of record, at least one");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		enum yw_kind kind = name != NULL ? yw_kind_parse(name, strlen(name)) : YW_KIND_NONE;

		if (kind == YW_KIND_NONE)
			return yw_fail(err, YW_EINVAL, "parameter 'kinds': '%.40s' is no kind of record", name != NULL ? name : "");
		n->kinds[n->n_kinds++] = yw_kind_name(kind);
	}
	qsort(n->kinds, n->n_kinds, sizeof *n->kinds, compare_names);
	for (size_t i = 1; i < n->n_kinds; i++)
		if (n->kinds[i] == n->kinds[i - 1])
			return yw_fail(err, YW_EINVAL, "parameter 'kinds' holds '%s' twice", n->kinds[i]);
	return YW_OK;
}

static enum yw_code
read_request(struct naming *n, struct yw_error *err)
{
	enum yw_code code = yw_registrar_request_read(n->a.q->data, &n->request, err);

	if (code != YW_OK) {
		yw_fail_context(err, "the registrar's request");
		return code;
	}
	n->key = n->request.key;
	yw_request_fingerprint(n->a.q->data, n->fingerprint);
	return YW_OK;
}

static enum yw_code
read_add(struct act *a, const json_t *params, struct yw_error *err)
{
	struct naming *n = (struct naming *)a;
	const char *given;
	enum yw_code code = param_text(params, "fingerprint", false, &given, err);

	a->what = a->s->code;
	if (code == YW_OK)
		code = read_kinds(n, params, err);
	if (code == YW_OK)
		code = read_request(n, err);
	if (code == YW_OK && given != NULL && !yw_groups_equal(n->fingerprint, given))
		code = yw_fail(err, YW_EDENIED, "parameter 'fingerprint': the one given is not that of the request: compare again by "
		    "telephone");
	return code;
}

static enum yw_code
read_end(struct act *a, const json_t *params, struct yw_error *err)
{
	struct naming *n = (struct naming *)a;
	const char *hex;
	enum yw_code code = param_text(params, "key", true, &hex, err);

	a->what = a->s->code;
	if (code == YW_OK && yw_hex_decode(hex, strlen(hex), n->key.b, sizeof n->key.b) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "parameter 'key' is no key of 64 hex digits, as registrar.list has it");
	return code;
}

/* Is it a request for this very jurisdiction? */
static enum yw_code
check_owner(const struct naming *n, const struct yw_ledger *l, struct yw_error *err)
{
	const char *network = yw_trust_network(yw_ledger_trust(l))->name, *code = n->a.s->code.code;
	const struct yw_registrar_request *r = &n->request;

	if (n->n_kinds == 0 || (strcmp(r->network, network) == 0 && strcmp(r->code.code, code) == 0))
		return YW_OK;
	return yw_fail(err, YW_EINVAL, "the registrar's request is for '%s/%s', and this node is '%s/%s'", r->network,
	    r->code.code, network, code);
}

static enum yw_code
say_registrar(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	struct naming *n = (struct naming *)a;
	enum yw_code code = check_owner(n, l, err);

	(void)x;
	if (code == YW_OK)
		code = yw_ledger_registrar(l, &n->key, n->kinds, n->n_kinds, err);
	if (code != YW_OK)
		return code;
	yw_json_hex(j, "key", (struct yw_bytes) { n->key.b, sizeof n->key.b });
	if (n->n_kinds != 0)
		yw_json_str(j, "fingerprint", n->fingerprint);
	return YW_OK;
}

void
ask_registrar_add(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct naming), read_add, say_registrar, NULL, "registrar named" };

	act_start(s, q, params, &kind);
}

void
ask_registrar_end(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct naming), read_end, say_registrar, NULL, "registrar ended" };

	act_start(s, q, params, &kind);
}

/* --- The list ------------------------------------------------------------------------------------- */

static void
put_registrars(struct yw_json *j, const struct yw_registrar *r, size_t n)
{
	yw_json_array(j, "registrars");
	for (size_t i = 0; i < n; i++) {
		yw_json_object(j, NULL);
		yw_json_hex(j, "key", (struct yw_bytes) { r[i].key.b, sizeof r[i].key.b });
		yw_json_array(j, "kinds");
		for (enum yw_kind k = YW_KIND_NONE + 1; k < YW_KINDS_END; k++)
			if ((r[i].kinds >> k & 1) != 0)
				yw_json_str(j, NULL, yw_kind_name(k));
		yw_json_array_end(j);
		yw_json_uint(j, "since", r[i].index);
		yw_json_object_end(j);
	}
	yw_json_array_end(j);
}

void
ask_registrar_list(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct yw_registrar *list = calloc(REGISTRARS_MAX, sizeof *list);
	const struct yw_generation *g;
	struct yw_buf out = YW_BUF_INIT;
	struct yw_view *v = NULL;
	struct yw_error err;
	struct yw_json j;
	size_t n = 0;
	enum yw_code code;

	(void)params;
	code = list != NULL ? yw_view_open(s->ledger, &v, &err) : yw_fail(&err, YW_ENOMEM, "no memory for a list");
	if (code != YW_OK) {
		free(list);
		answer_error(q, code, &err);
		return;
	}
	g = yw_trust_open(yw_view_trust(v), &s->code);
	if (g != NULL)
		n = yw_trust_registrars(yw_view_trust(v), g, list, REGISTRARS_MAX);
	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", s->code.code);
	put_registrars(&j, list, n < REGISTRARS_MAX ? n : REGISTRARS_MAX);
	yw_json_object_end(&j);
	yw_view_close(v);
	free(list);
	answer_json(q, &out, (struct yw_bytes) { NULL, 0 });
}

/* --- The holder (V4) ------------------------------------------------------------------------------ */

struct holding {
	struct act a;
	struct yw_jurisdiction holder;
};

static enum yw_code
read_holder(struct act *a, const json_t *params, struct yw_error *err)
{
	struct holding *h = (struct holding *)a;
	bool nobody;
	enum yw_code code = param_flag(params, "nobody", &nobody, err);

	a->what = a->s->code;
	if (code == YW_OK)
		code = param_code(params, "holder", !nobody, &h->holder, err);
	if (code == YW_OK && nobody && h->holder.code[0] != '\0')
		code = yw_fail(err, YW_EINVAL, "parameter 'holder' beside 'nobody'");
	return code;
}

static enum yw_code
say_holder(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	struct holding *h = (struct holding *)a;
	enum yw_code code = yw_ledger_holder(l, &h->holder, err);

	(void)x;
	if (code == YW_OK)
		yw_json_str(j, "holder", h->holder.code);
	return code;
}

void
ask_holder(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct holding), read_holder, say_holder, NULL, "holder named" };

	act_start(s, q, params, &kind);
}
