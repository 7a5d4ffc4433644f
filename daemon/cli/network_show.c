/*
 * network_show.c - `yiwang network show`: what stands in a network file, and who has signed it.
 */
#include "base/text.h"
#include "cli/commands.h"
#include "cli/netfile.h"

struct show_call {
	struct yw_call call;
	struct yw_words previous;
};

static const struct yw_option options[] = {
	{ "previous", 0, YW_OPTION_LIST, offsetof(struct show_call, previous), "FILE",
	    N_("of a later version: those before it, from version 1 on, once for each") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

/* "draft", "incomplete", "signed". */
static const char *
state_word(const struct yw_network *n, const struct yw_network *before)
{
	if (yw_network_is_draft(yw_buf_bytes(&n->note)))
		return N_("draft");
	return yw_netfile_complete(n, before) ? N_("signed") : N_("incomplete");
}

static enum yw_exit
show_json(const struct yw_network *n, const struct yw_network *before)
{
	struct yw_buf out = YW_BUF_INIT, text = YW_BUF_INIT;
	char fingerprint[YW_FINGERPRINT_MAX];
	struct yw_request r;
	enum yw_exit status;
	struct yw_json j;

	yw_json_init(&j, &out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "name", n->name);
	yw_json_uint(&j, "version", n->version);
	yw_json_hex(&j, "hash", (struct yw_bytes) { n->hash.b, sizeof n->hash.b });
	yw_json_hex(&j, "text_sha256", (struct yw_bytes) { n->text_sha256.b, sizeof n->text_sha256.b });
	yw_json_str(&j, "state", state_word(n, before));
	yw_json_uint(&j, "k", n->k);
	yw_json_array(&j, "roots");
	for (size_t i = 0; i < n->n_roots; i++) {
		yw_buf_clear(&text);
		yw_vkey_text(&n->roots[i], &text);
		yw_json_object(&j, NULL);
		yw_json_text(&j, "vkey", yw_buf_bytes(&text));
		yw_json_bool(&j, "signed", yw_netfile_has_signed(n, &n->roots[i]));
		yw_json_object_end(&j);
	}
	yw_json_array_end(&j);
	yw_json_array(&j, "first");
	for (size_t i = 0; i < n->n_first; i++) {
		if (yw_request_read(n->first[i], NULL, &r, NULL, NULL) != YW_OK)
			continue;	/* was read by the parser */
		yw_request_fingerprint(n->first[i], fingerprint);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", r.code.code);
		yw_json_uint(&j, "generation", r.generation);
		yw_json_uint(&j, "key_set", r.key_set);
		yw_json_str(&j, "fingerprint", fingerprint);
		yw_json_object_end(&j);
	}
	yw_json_array_end(&j);
	yw_buf_clear(&text);
	yw_policy_text(n->policy, &text);
	yw_json_text(&j, "policy", yw_buf_bytes(&text));
	yw_json_bool(&j, "split", yw_policy_is_split(n->policy));
	yw_json_object_end(&j);
	out.failed |= text.failed;
	status = yw_put_json(&out);
	yw_buf_release(&text);
	yw_buf_release(&out);
	return status;
}

static void
add_hex(struct yw_table *t, const struct yw_hash *h)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_hex_add(&text, h->b, sizeof h->b);
	yw_table_cell(t, yw_buf_str(&text));
	yw_buf_release(&text);
}

static void
add_roots(struct yw_table *t, const struct yw_network *n)
{
	for (size_t i = 0; i < n->n_roots; i++) {
		struct yw_buf text = YW_BUF_INIT;

		yw_vkey_text(&n->roots[i], &text);
		yw_buf_printf(&text, "  %s", yw_netfile_has_signed(n, &n->roots[i]) ? _("(has signed)") : _("(has not signed)"));
		yw_table_cell(t, i == 0 ? _("root keys") : "");
		yw_table_cell(t, yw_buf_str(&text));
		yw_buf_release(&text);
	}
}

static void
add_firsts(struct yw_table *t, const struct yw_network *n)
{
	char fingerprint[YW_FINGERPRINT_MAX];

	yw_table_cell(t, _("first node"));
	yw_table_cell(t, n->n_first != 0 ? n->first_code.code : n->version == 1 ? _("none yet") : _("as before"));
	for (size_t i = 0; i < n->n_first; i++) {
		yw_request_fingerprint(n->first[i], fingerprint);
		yw_table_cell(t, _("fingerprint"));
		yw_table_cell(t, fingerprint);
	}
}

static void
add_policy(struct yw_table *t, const struct yw_network *n)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_bytes rest, line;
	bool first = true;

	yw_policy_text(n->policy, &text);
	rest = yw_buf_bytes(&text);
	while (yw_line_next(&rest, &line)) {
		yw_table_cell(t, first ? _("quorum rule") : "");
		yw_table_cellf(t, "%.*s", (int)line.len, (const char *)line.data);
		first = false;
	}
	yw_buf_release(&text);
}

static enum yw_exit
show_text(const struct yw_network *n, const struct yw_network *before)
{
	static const char *const headings[] = { "", "", NULL };
	struct yw_table t;

	yw_table_init(&t, headings);
	yw_table_cell(&t, _("network"));
	yw_table_cell(&t, n->name);
	yw_table_cell(&t, _("version"));
	yw_table_cellf(&t, "%llu", (unsigned long long)n->version);
	yw_table_cell(&t, n->version == 1 ? _("hash") : _("network's hash"));
	add_hex(&t, &n->hash);
	if (n->version > 1) {	/* the network's is the same in all of them */
		yw_table_cell(&t, _("hash"));
		add_hex(&t, &n->text_sha256);
	}
	yw_table_cell(&t, _("state"));
	yw_table_cellf(&t, _("%s: %u of the %u signatures that are needed"), _(state_word(n, before)),
	    yw_netfile_count(n, n), n->k);
	add_roots(&t, n);
	add_firsts(&t, n);
	add_policy(&t, n);
	return yw_table_put(&t);
}

static enum yw_exit
network_show(struct yw_call *call)
{
	const struct show_call *c = (const struct show_call *)call;
	const struct yw_network *before = NULL;
	struct yw_trust *t = NULL;
	struct yw_network n;
	enum yw_exit status;
	struct yw_error err;
	enum yw_code code = YW_OK;

	if (c->previous.n != 0) {
		code = yw_netfile_walk(c->previous.word, c->previous.n, &t, &err);
		before = code == YW_OK ? yw_trust_network(t) : NULL;
	}
	if (code == YW_OK)
		code = yw_netfile_read(call->operands[0], before, &n, &err);
	if (code != YW_OK) {
		yw_trust_free(t);
		return yw_failed(&err);
	}
	status = call->json ? show_json(&n, before) : show_text(&n, before);
	if (!call->json)
		yw_netfile_warn(&n);
	yw_network_release(&n);
	yw_trust_free(t);
	return status;
}

const struct yw_command yw_cmd_network_show = {
	.name = "network show",
	.operands = "FILE",
	.summary = N_("Shows what stands in a network file or draft, and who has signed it."),
	.min = 1, .max = 1,
	.takes = YW_TAKES_JSON,
	.options = options,
	.size = sizeof(struct show_call),
	.run = network_show,
};
