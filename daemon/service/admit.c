/*
 * admit.c - requests to join, for new keys (T5) and next logs (T8): listed, granted after the fingerprints were compared, or
 * refused (T14); and the consent to one that another node is to grant (T9).
 */
#include <stdlib.h>

#include "service/service_int.h"

#define PENDING_MAX 256
#define GIVEN_MAX 127

enum verb { LIST, GRANT, REFUSE, CONSENT };

struct admit {
	struct yw_node_job job;
	struct yw_service *s;
	struct yw_question *q;
	enum verb verb;
	struct yw_jurisdiction whose;
	char given[GIVEN_MAX + 1];	/* the fingerprint, as it was typed */
	char fingerprint[YW_FINGERPRINT_MAX];
	char reason[YW_ERROR_MAX];
	char name[YW_CALLED_NAME_MAX + 1];	/* of a jurisdiction that is in no table; "" not given */
	struct yw_buf request;		/* given by file, or found among the pending */
	struct yw_buf out;
	enum yw_code code;
	struct yw_error err;
};

static void
admit_free(struct admit *a)
{
	yw_buf_release(&a->request);
	yw_buf_release(&a->out);
	free(a);
}

static void
put_pending(struct admit *a, const struct yw_pending_join *p, size_t n)
{
	char at[YW_TIME_TEXT_MAX];
	struct yw_json j;

	yw_json_init(&j, &a->out);
	yw_json_object(&j, NULL);
	yw_json_array(&j, "pending");
	for (size_t i = 0; i < n; i++) {
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", p[i].code.code);
		yw_json_uint(&j, "generation", p[i].generation);
		yw_json_uint(&j, "key_set", p[i].key_set);
		yw_json_bool(&j, "by_old_keys", p[i].by_old_keys);
		yw_json_str(&j, "fingerprint", p[i].fingerprint);
		yw_json_str(&j, "received", yw_time_text(p[i].received_utc_ms, at));
		yw_json_object_end(&j);
	}
	yw_json_array_end(&j);
	yw_json_object_end(&j);
}

/* The right one is not told: who mistyped would copy it, and nobody would have compared. */
static enum yw_code
check_fingerprint(struct admit *a, const char *right, struct yw_error *err)
{
	if (!yw_groups_equal(right, a->given))
		return yw_fail(err, YW_EDENIED, "parameter 'fingerprint': the one given is not that of the request of %s: compare "
		    "again by telephone", a->whose.code);
	memcpy(a->fingerprint, right, sizeof a->fingerprint);
	return YW_OK;
}

static enum yw_code
find_pending(struct admit *a, const struct yw_pending_join *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!yw_jurisdiction_equal(&p[i].code, &a->whose))
			continue;
		if (a->verb == GRANT && check_fingerprint(a, p[i].fingerprint, &a->err) != YW_OK)
			return YW_EDENIED;
		yw_buf_add(&a->request, p[i].signed_request.data, p[i].signed_request.len);
		return yw_buf_check(&a->request, &a->err);
	}
	return yw_fail(&a->err, YW_ENOENT, "no request of %s is waiting", a->whose.code);
}

/* What is in no table of divisions is called as its issuer says, which its next log takes over. */
static enum yw_code
choose_name(struct admit *a, const struct yw_ledger *l)
{
	struct yw_request r;
	bool unlisted;
	const char *name = called_name(a->s, yw_ledger_trust(l), a->whose.code, &unlisted);
	enum yw_code code = yw_request_read(yw_buf_bytes(&a->request), NULL, &r, NULL, &a->err);

	if (code != YW_OK)
		return code;
	if (!unlisted && a->name[0] != '\0')
		return yw_fail(&a->err, YW_EINVAL, "parameter 'name': %s stands in the table of divisions as '%s': leave the name away",
		    a->whose.code, name);
	if (unlisted && a->name[0] == '\0' && r.key_set == 0) {
		if (*name == '\0')
			return yw_fail(&a->err, YW_EINVAL, "parameter 'name' is missing: %s stands in no table of divisions, so it is said here what "
			    "it is called", a->whose.code);
		snprintf(a->name, sizeof a->name, "%s", name);
	}
	return YW_OK;
}

static void
admit_apply(struct yw_node_job *job, struct yw_ledger *l, struct yw_exchange *x)
{
	struct yw_pending_join *pending;
	struct admit *a = (struct admit *)job;
	size_t n;

	pending = calloc(PENDING_MAX, sizeof *pending);
	if (pending == NULL) {
		a->code = yw_fail(&a->err, YW_ENOMEM, "no memory for the list of requests");
		return;
	}
	n = yw_exchange_pending(x, pending, PENDING_MAX);
	n = n > PENDING_MAX ? PENDING_MAX : n;
	a->code = YW_OK;
	if (a->verb == LIST)
		put_pending(a, pending, n);
	else if (a->request.len == 0)
		a->code = find_pending(a, pending, n);
	free(pending);
	if (a->code == YW_OK && a->verb == GRANT)
		a->code = choose_name(a, l);
	if (a->code == YW_OK && a->verb == GRANT)
		a->code = yw_ledger_admit_named(l, yw_buf_bytes(&a->request), a->name, &a->err);
	if (a->code == YW_OK && a->verb == CONSENT)
		a->code = yw_ledger_consent(l, yw_buf_bytes(&a->request), &a->err);
	if (a->code == YW_OK && a->verb == GRANT)
		yw_exchange_settle_join(x, &a->whose, NULL);
	if (a->code == YW_OK && a->verb == REFUSE)
		yw_exchange_settle_join(x, &a->whose, a->reason);
}

static void
admit_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	static const char *const outcomes[] = { [LIST] = "listed", [GRANT] = "granted", [REFUSE] = "refused",
		[CONSENT] = "consented" };
	struct admit *a = (struct admit *)job;
	struct yw_json j;

	if (code == YW_OK && a->code != YW_OK) {
		code = a->code;
		err = &a->err;
	}
	audit_line(a->s, a->q, a->whose.code[0] != '\0' ? a->whose.code : "-",
	    code != YW_OK ? err->msg : outcomes[a->verb]);
	if (code != YW_OK) {
		answer_error(a->q, code, err);
		admit_free(a);
		return;
	}
	if (a->verb != LIST) {
		yw_json_init(&j, &a->out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "code", a->whose.code);
		if (a->verb != REFUSE)
			yw_json_str(&j, "fingerprint", a->fingerprint);
		yw_json_object_end(&j);
	}
	answer_json(a->q, &a->out, (struct yw_bytes) { NULL, 0 });
	admit_free(a);
}

/* A request that came as a file: whose it is stands inside. */
static enum yw_code
read_request(struct admit *a, const char *base64, struct yw_error *err)
{
	char right[YW_FINGERPRINT_MAX];
	struct yw_request r;
	bool old;
	enum yw_code code;

	a->request.limit = YW_REQUEST_MAX;
	code = yw_base64_decode(base64, strlen(base64), &a->request);
	if (code == YW_ENOMEM)
		return yw_fail(err, code, "no memory for a request");
	if (code != YW_OK || a->request.len == 0)
		return yw_fail(err, YW_EFORMAT, "parameter 'request' is no base64 of at most %d bytes", YW_REQUEST_MAX);
	code = yw_request_read(yw_buf_bytes(&a->request), NULL, &r, &old, err);
	if (code != YW_OK) {
		yw_fail_context(err, "parameter 'request'");
		return code;
	}
	a->whose = r.code;
	yw_request_fingerprint(yw_buf_bytes(&a->request), right);
	if (a->given[0] == '\0')
		memcpy(a->given, right, sizeof right);
	return check_fingerprint(a, right, err);
}

static enum yw_code
short_text(const json_t *params, const char *name, bool needed, char *out, size_t size, struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, name, needed, &text, err);

	if (code == YW_OK && text != NULL && (*text == '\0' || strlen(text) >= size))
		return yw_fail(err, YW_EINVAL, "parameter '%s' is empty, or longer than %zu bytes", name, size - 1);
	snprintf(out, size, "%s", code == YW_OK && text != NULL ? text : "");
	return code;
}

static enum yw_code
read_name(struct admit *a, const json_t *params, struct yw_error *err)
{
	char safe[YW_CALLED_NAME_MAX + 1];
	enum yw_code code = short_text(params, "name", false, a->name, sizeof a->name, err);

	memcpy(safe, a->name, sizeof safe);
	yw_text_safe(safe);
	return code == YW_OK && strcmp(safe, a->name) != 0 ?
	    yw_fail(err, YW_EINVAL, "parameter 'name' holds a line break, or a character that is not shown") : code;
}

static enum yw_code
read_admit(struct admit *a, const json_t *params, struct yw_error *err)
{
	const char *request = NULL;
	enum yw_code code = YW_OK;

	if (a->verb == LIST)
		return YW_OK;
	if (a->verb == REFUSE)
		code = short_text(params, "reason", true, a->reason, sizeof a->reason, err);
	if (code == YW_OK && a->verb == GRANT)
		code = read_name(a, params, err);
	if (code == YW_OK && a->verb != REFUSE)
		code = param_text(params, "request", a->verb == CONSENT, &request, err);
	if (code == YW_OK && a->verb != REFUSE)
		code = short_text(params, "fingerprint", request == NULL || a->verb == CONSENT, a->given, sizeof a->given, err);
	if (code == YW_OK && request == NULL)
		return param_code(params, "code", true, &a->whose, err);
	if (code == YW_OK && json_object_get(params, "code") != NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'code' beside 'request': the request says whose it is");
	return code == YW_OK ? read_request(a, request, err) : code;
}

static void
start(struct yw_service *s, struct yw_question *q, const json_t *params, enum verb verb)
{
	struct admit *a = calloc(1, sizeof *a);
	struct yw_error err;
	enum yw_code code;

	if (a == NULL) {
		yw_fail(&err, YW_ENOMEM, "no memory for an admission");
		audit_line(s, q, "-", err.msg);
		answer_error(q, YW_ENOMEM, &err);
		return;
	}
	*a = (struct admit) { .job = { .apply = admit_apply, .done = admit_done }, .s = s, .q = q, .verb = verb };
	code = answer_room(&a->out, &err);
	if (code == YW_OK)
		code = read_admit(a, params, &err);
	if (code == YW_OK)
		code = yw_node_post(s->node, &a->job, &err);
	if (code != YW_OK) {
		audit_line(s, q, a->whose.code[0] != '\0' ? a->whose.code : "-", err.msg);
		answer_error(q, code, &err);
		admit_free(a);
	}
}

void
ask_admit_list(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, LIST);
}

void
ask_admit_grant(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, GRANT);
}

void
ask_admit_refuse(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, REFUSE);
}

void
ask_consent(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	start(s, q, params, CONSENT);
}
