/*
 * networks.c - network files (T1): a later version is given to this node, which tells all others; those held are handed
 * out to people.
 */
#include "service/service_int.h"

static enum yw_code
read_add(struct act *a, const json_t *params, struct yw_error *err)
{
	(void)params;
	a->what = a->s->code;
	if (a->q->data.len == 0 || a->q->data.len > YW_NETWORK_FILE_MAX)
		return yw_fail(err, YW_EINVAL, "a network file of 1 to %u bytes was expected, not of %zu", YW_NETWORK_FILE_MAX,
		    a->q->data.len);
	return YW_OK;
}

/* Whoever gives an old file may take it for the newest. */
static void
put_versions(struct yw_json *j, struct yw_bytes file, uint64_t before, const struct yw_network *newest)
{
	struct yw_network n;

	yw_json_uint(j, "version", newest->version);
	yw_json_bool(j, "held", newest->version == before);
	if (yw_network_parse(file, &newest->hash, &n, NULL) == YW_OK) {
		yw_json_uint(j, "given", n.version);
		yw_network_release(&n);
	}
}

/* A second text of a version is kept as evidence, and told to whoever brought it. */
static enum yw_code
say_add(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	uint64_t before = yw_trust_network(yw_ledger_trust(l))->version;
	enum yw_code code = yw_ledger_take_network(l, a->q->data, err);

	(void)x;
	if (code == YW_OK)
		put_versions(j, a->q->data, before, yw_trust_network(yw_ledger_trust(l)));
	if (code == YW_OK && yw_trust_network(yw_ledger_trust(l))->version == before)
		a->outcome = "network file held already";
	return code;
}

void
ask_network_add(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct act), read_add, say_add, NULL, "network file taken" };

	act_start(s, q, params, &kind);
}

void
ask_network_get(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	const struct yw_network *n = NULL;
	struct yw_buf out = YW_BUF_INIT;
	struct yw_view *v = NULL;
	struct yw_error err;
	struct yw_json j;
	uint64_t version;
	enum yw_code code = param_uint(params, "version", 0, INT64_MAX, &version, &err);

	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, &err);
	if (code == YW_OK && version == 0)
		version = yw_trust_network(yw_view_trust(v))->version;
	for (size_t i = 0; code == YW_OK && n == NULL && i < yw_trust_n_networks(yw_view_trust(v)); i++)
		if (yw_trust_network_at(yw_view_trust(v), i)->version == version)
			n = yw_trust_network_at(yw_view_trust(v), i);
	if (code == YW_OK && n == NULL)
		code = yw_fail(&err, YW_ENOENT, "version %llu of the network file is not held here: the newest is %llu",
		    (unsigned long long)version, (unsigned long long)yw_trust_network(yw_view_trust(v))->version);
	if (code == YW_OK) {
		yw_json_init(&j, &out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "network", n->name);
		yw_json_uint(&j, "version", n->version);
		yw_json_uint(&j, "newest", yw_trust_network(yw_view_trust(v))->version);
		yw_json_object_end(&j);
		answer_json(q, &out, yw_buf_bytes(&n->note));
	} else {
		answer_error(q, code, &err);
	}
	yw_view_close(v);
}
