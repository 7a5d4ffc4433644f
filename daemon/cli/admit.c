/*
 * admit.c - `yiwang admit`: who asks to join below this node, for new keys or for a next log, and the answer.
 *
 * A request from the list is granted only with the fingerprint that the other admin has read out: that,
 * and no connection, says whose keys they are.
 */
#include "base/text.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "trust/request.h"

struct admit_call {
	struct yw_call call;
	bool list;
	const char *fingerprint, *request, *reason, *name;
};

static const struct yw_option options[] = {
	{ "list", 0, YW_OPTION_FLAG, offsetof(struct admit_call, list), NULL, N_("show the requests that wait") },
	{ "fingerprint", 0, YW_OPTION_TEXT, offsetof(struct admit_call, fingerprint), "'NNNNN NNNNN ...'",
	    N_("admit CODE, whose admin has read out this fingerprint") },
	{ "request", 0, YW_OPTION_TEXT, offsetof(struct admit_call, request), "FILE",
	    N_("admit the node whose request this file holds; compare its fingerprint first") },
	{ "name", 0, YW_OPTION_TEXT, offsetof(struct admit_call, name), "NAME",
	    N_("what a jurisdiction is called that is in no table of divisions, say a development zone") },
	{ "refuse", 0, YW_OPTION_TEXT, offsetof(struct admit_call, reason), "REASON",
	    N_("refuse CODE; the reason is shown there") },
	{ NULL, 0, YW_OPTION_FLAG, 0, NULL, NULL },
};

static void
show_wish(struct yw_table *t, const json_t *p)
{
	uint64_t generation = yw_got_number(p, "generation"), key_set = yw_got_number(p, "key_set");
	bool by_old = yw_got_true(p, "by_old_keys");

	if (key_set != 0)
		yw_table_cellf(t, by_old ? _("new keys: key set %llu") : _("new keys: key set %llu, NOT asked for by its old ones"),
		    (unsigned long long)key_set);
	else if (generation > 1)
		yw_table_cellf(t, by_old ? _("a next log: number %llu") : _("a next log: number %llu, NOT asked for by its old keys"),
		    (unsigned long long)generation);
	else
		yw_table_cell(t, _("to join"));
}

static enum yw_exit
show_list(const json_t *result)
{
	static const char *const headings[] = { N_("node"), N_("asks for"), N_("fingerprint"), N_("received"), NULL };
	const json_t *pending = yw_got(result, "pending");
	char age[YW_FOR_PEOPLE_MAX];
	struct yw_table t;

	if (json_array_size(pending) == 0) {
		yw_say(_("no request is waiting"));
		return YW_EXIT_DONE;
	}
	yw_table_init(&t, headings);
	for (size_t i = 0; i < json_array_size(pending); i++) {
		const json_t *p = json_array_get(pending, i);

		yw_table_cell(&t, yw_got_text(p, "code"));
		show_wish(&t, p);
		yw_table_cell(&t, yw_got_text(p, "fingerprint"));
		yw_table_cell(&t, yw_age_of(yw_got_text(p, "received"), age));
	}
	return yw_table_put(&t);
}

static enum yw_exit
show_granted(const json_t *result)
{
	yw_say(_("%s is admitted; fingerprint %s"), yw_got_text(result, "code"), yw_got_text(result, "fingerprint"));
	return YW_EXIT_DONE;
}

static enum yw_exit
show_refused(const json_t *result)
{
	yw_say(_("the request of %s is refused"), yw_got_text(result, "code"));
	return YW_EXIT_DONE;
}

/* The parameters of a grant by file. */
static enum yw_code
request_params(const char *path, const char *name, struct yw_buf *params, struct yw_error *err)
{
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r;
	struct yw_json j;
	enum yw_code code = yw_read_request(path, &request, err);

	if (code == YW_OK) {
		code = yw_request_read(yw_buf_bytes(&request), NULL, &r, NULL, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_json_init(&j, params);
	yw_json_object(&j, NULL);
	yw_json_base64(&j, "request", yw_buf_bytes(&request));
	if (name != NULL)
		yw_json_str(&j, "name", name);
	yw_json_object_end(&j);
	yw_buf_release(&request);
	return code;
}

/* Of the code; what is NULL is left out. */
static void
code_params(const struct admit_call *c, struct yw_buf *params)
{
	struct yw_json j;

	yw_json_init(&j, params);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", c->call.operands[0]);
	if (c->reason != NULL)
		yw_json_str(&j, "reason", c->reason);
	if (c->fingerprint != NULL)
		yw_json_str(&j, "fingerprint", c->fingerprint);
	if (c->name != NULL)
		yw_json_str(&j, "name", c->name);
	yw_json_object_end(&j);
}

static enum yw_exit
ask(const struct yw_call *call, const char *method, struct yw_buf *params, enum yw_exit (*show)(const json_t *))
{
	struct yw_reply reply = YW_REPLY_INIT;
	enum yw_exit status = yw_ask(call, method, params, YW_ASK_MS, &reply);

	return status == YW_EXIT_DONE ? yw_reply_put(call, &reply, show) : status;
}

static enum yw_exit
admit(struct yw_call *call)
{
	const struct admit_call *c = (const struct admit_call *)call;
	int ways = c->list + (c->fingerprint != NULL) + (c->request != NULL) + (c->reason != NULL);
	bool needs_code = c->fingerprint != NULL || c->reason != NULL;
	struct yw_buf params = YW_BUF_INIT;
	struct yw_error err;

	if (ways != 1 || (call->n_operands != 0) != needs_code || (c->name != NULL && c->fingerprint == NULL && c->request == NULL))
		return yw_misused(call->command, _("one of: --list; CODE --fingerprint; --request FILE; CODE --refuse REASON"));
	if (c->list)
		return ask(call, "admit.list", &params, show_list);
	if (c->reason != NULL) {
		code_params(c, &params);
		return ask(call, "admit.refuse", &params, show_refused);
	}
	if (c->fingerprint != NULL) {
		code_params(c, &params);
		return ask(call, "admit.grant", &params, show_granted);
	}
	if (request_params(c->request, c->name, &params, &err) != YW_OK) {
		yw_buf_release(&params);
		return yw_failed(&err);
	}
	return ask(call, "admit.grant", &params, show_granted);
}

const struct yw_command yw_cmd_admit = {
	.name = "admit",
	.operands = "[CODE]",
	.summary = N_("Admits a node below this one, its new keys or its next log, or refuses them."),
	.details = N_("yiwang admit --list\nyiwang admit CODE --fingerprint '...'    after a call: the other admin reads it out\n"
	    "yiwang admit --request FILE             by file\nyiwang admit CODE --refuse REASON"),
	.max = 1,
	.takes = YW_TAKES_JSON | YW_TAKES_DAEMON,
	.options = options,
	.size = sizeof(struct admit_call),
	.run = admit,
};
