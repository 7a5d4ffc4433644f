/*
 * service.c - the table of methods, rights, and what all handlers share.
 */
#include "service/service_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#define ANSWER_BYTES 2048	/* what a record or an admission needs, and more */
#define AUDIT_LINE_MAX 512
#define REACH_TIMEOUT_MS 30000
#define REACH_TIMEOUT_MAX_MS 3600000

enum rights {
	ANYBODY,	/* who reached the socket */
	OPERATOR	/* root or the daemon's own user: changes trust */
};

#define PLACE " log index item "
#define ACCESS " class openness audience "
#define REACH " durable timeout_ms "

static const struct method {
	const char *name;
	handler *run;
	enum rights rights;
	bool audited;			/* by the handler, or here where it is not reached */
	const char *params;		/* names, each between spaces */
} methods[] = {
	{ "status", ask_status, ANYBODY, false, "" },
	{ "logs", ask_logs, ANYBODY, false, "" },
	{ "log.places", ask_places, ANYBODY, false, " log after limit " },
	{ "log.lost", ask_lost, ANYBODY, false, " code limit " },
	{ "log.lacks", ask_lacks, ANYBODY, false, "" },
	{ "log.declare_lost", ask_declare_lost, OPERATOR, true, " lacks " },
	{ "erase.look", ask_erase_look, ANYBODY, false, " id " },
	{ "erase", ask_erase, OPERATOR, true, " id reason basis places " },
	{ "erase.scrub", ask_scrub, OPERATOR, true, "" },
	{ "peers", ask_peers, ANYBODY, false, "" },
	{ "digest", ask_digest, ANYBODY, false, " code " },
	{ "record.get", ask_get, ANYBODY, false, PLACE " id at " },
	{ "record.list", ask_list, ANYBODY, false, " code kind after limit " },
	{ "record.doubles", ask_doubles, ANYBODY, false, " code kind after limit " },
	{ "record.history", ask_history, ANYBODY, false, " id " },
	{ "evidence", ask_evidence, ANYBODY, false, PLACE " id at " },
	{ "contradiction", ask_contradiction, ANYBODY, false, " code network " },
	{ "record.put", ask_put, ANYBODY, true,
	    ACCESS REACH " again record place later divisions references as_of replaced_by corrections sha256 signed_at signer signature via log " },
	{ "record.withdraw", ask_withdraw, ANYBODY, true, REACH " id " },
	{ "record.put_signed", ask_put_signed, ANYBODY, true, REACH },
	{ "correction.ask", ask_correct, ANYBODY, true, REACH " record reason points " },
	{ "correction.answer", ask_answer, ANYBODY, true, REACH " request accepted reason " },
	{ "correction.list", ask_corrections, ANYBODY, false, " state after limit " },
	{ "import.begin", ask_import_begin, ANYBODY, true, ACCESS " mapping file dry_run durable " },
	{ "import.data", ask_import_data, ANYBODY, false, " import " },
	{ "import.end", ask_import_end, ANYBODY, true, REACH " import " },
	{ "backup", ask_backup, OPERATOR, true, " dir " },
	{ "refetch", ask_refetch, OPERATOR, true, "" },
	{ "node.take", ask_node_take, OPERATOR, true, "" },
	{ "close", ask_close, OPERATOR, true, " code reason revoked next_issuer successor doubted_from " },
	{ "network.add", ask_network_add, OPERATOR, true, "" },
	{ "network.get", ask_network_get, ANYBODY, false, " version " },
	{ "network.closing", ask_network_closing, OPERATOR, true,
	    " code reason revoked next_issuer successor doubted_from " },
	{ "registrar.list", ask_registrar_list, ANYBODY, false, "" },
	{ "registrar.add", ask_registrar_add, OPERATOR, true, " kinds fingerprint " },
	{ "registrar.end", ask_registrar_end, OPERATOR, true, " key " },
	{ "holder", ask_holder, OPERATOR, true, " holder nobody " },
	{ "key.rotate", ask_key_rotate, OPERATOR, true, "" },
	{ "consent", ask_consent, OPERATOR, true, " request fingerprint " },
	{ "admit.list", ask_admit_list, OPERATOR, true, "" },
	{ "admit.grant", ask_admit_grant, OPERATOR, true, " code fingerprint request name " },
	{ "admit.refuse", ask_admit_refuse, OPERATOR, true, " code reason " },
};

/* --- life --- */

static enum yw_code
open_audit(struct yw_service *s, struct yw_error *err)
{
	s->audit = open(s->audit_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	return s->audit >= 0 ? YW_OK : yw_fail(err, YW_EIO, "unable to open '%s': %s", s->audit_path, strerror(errno));
}

enum yw_code
yw_service_new(const struct yw_service_options *o, struct yw_service **out, struct yw_error *err)
{
	struct yw_service *s = calloc(1, sizeof *s);
	enum yw_code code;

	if (s == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for the request handlers");
	s->config = o->config;
	s->home = o->home;
	s->ledger = o->ledger;
	s->node = o->node;
	s->store = o->store;
	s->clock = o->clock;
	s->next_import = 1;
	pthread_mutex_init(&s->imports_lock, NULL);
	pthread_mutex_init(&s->audit_lock, NULL);
	s->audit = -1;
	code = yw_home_path(o->config, "audit.log", s->audit_path, err);
	if (code == YW_OK)
		code = open_audit(s, err);
	if (code == YW_OK) {
		code = yw_divisions_read(o->config->divisions_file, &s->divisions, err);
		if (code == YW_ENOENT)
			yw_fail(err, code, "the table of division codes is not there: copy node-config/divisions.csv to '%s', which "
			    "'divisions_file' names", o->config->divisions_file);
		else if (code != YW_OK)
			yw_fail_context(err, "divisions_file");
	}
	if (code == YW_OK && yw_division_find(s->divisions, o->config->code) == NULL)
		yw_log(YW_LOG_WARN, "code-unlisted", "code=%s is not in '%s'", o->config->code, o->config->divisions_file);
	if (code == YW_OK)
		code = yw_jurisdiction_parse(o->config->code, strlen(o->config->code), &s->code);
	if (code != YW_OK) {
		yw_service_free(s);
		return code;
	}
	*out = s;
	return YW_OK;
}

void
yw_service_free(struct yw_service *s)
{
	if (s == NULL)
		return;
	imports_release(s);
	free(s->told);
	if (s->audit >= 0)
		close(s->audit);
	yw_divisions_free(s->divisions);
	pthread_mutex_destroy(&s->imports_lock);
	pthread_mutex_destroy(&s->audit_lock);
	free(s);
}

/* --- asking --- */

static enum yw_code
known_params(const struct method *m, json_t *params, struct yw_error *err)
{
	char name[64];
	const char *key;
	json_t *value;

	json_object_foreach(params, key, value)
		if (*key == '\0' || strchr(key, ' ') != NULL || (size_t)snprintf(name, sizeof name, " %s ", key) >= sizeof name ||
		    strstr(m->params, name) == NULL)
			return yw_fail(err, YW_EINVAL, "parameter '%.40s': %s has none of that name", key, m->name);
	return YW_OK;
}

static enum yw_code
read_params(const struct method *m, const struct yw_question *q, json_t **out, struct yw_error *err)
{
	enum yw_code code;

	if (q->params.len == 0) {
		*out = json_object();
		return *out != NULL ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory for the parameters");
	}
	code = yw_json_parse(q->params, out, err);
	if (code != YW_OK) {
		yw_fail_context(err, "parameters");
		return code;
	}
	code = json_is_object(*out) ? known_params(m, *out, err) :
	    yw_fail(err, YW_EFORMAT, "parameters are a JSON object");
	if (code != YW_OK)
		json_decref(*out);
	return code;
}

bool
yw_caller_operates(const struct yw_caller *c)
{
	return c->uid == 0 || c->uid == geteuid();
}

void
yw_service_ask(struct yw_service *s, struct yw_question *q)
{
	const struct method *m = NULL;
	struct yw_error err;
	json_t *params;
	enum yw_code code;

	for (size_t i = 0; i < sizeof methods / sizeof *methods && m == NULL; i++)
		if (strcmp(methods[i].name, q->method) == 0)
			m = &methods[i];
	if (m == NULL)
		code = yw_fail(&err, YW_EINVAL, "there is no method '%.40s'", q->method);
	else if (m->rights == OPERATOR && !yw_caller_operates(&q->caller))
		code = yw_fail(&err, YW_EDENIED, "%s needs root or the user that runs the daemon", m->name);
	else
		code = read_params(m, q, &params, &err);
	if (code != YW_OK) {
		if (m != NULL && m->audited)
			audit_line(s, q, "-", err.msg);
		answer_error(q, code, &err);
		return;
	}
	m->run(s, q, params);
	json_decref(params);
}

void
answer_json(struct yw_question *q, struct yw_buf *json, struct yw_bytes data)
{
	struct yw_error err;
	enum yw_code code = yw_buf_check(json, &err);

	if (code == YW_OK)
		q->answer(q, YW_OK, "", yw_buf_bytes(json), data);
	else
		answer_error(q, code, &err);
	yw_buf_release(json);
}

enum yw_code
answer_room(struct yw_buf *out, struct yw_error *err)
{
	enum yw_code code;

	(void)yw_buf_extend(out, ANSWER_BYTES);
	code = yw_buf_check(out, err);
	yw_buf_clear(out);
	return code;
}

void
answer_error(struct yw_question *q, enum yw_code code, const struct yw_error *err)
{
	struct yw_bytes none = { NULL, 0 };

	q->answer(q, code, err->msg, none, none);
}

/* Who keeps old lines renames the file; whoever removes it does not do so unseen.  Under audit_lock. */
static void
stand_by_audit(struct yw_service *s)
{
	struct yw_error err;

	if (yw_file_stands(s->audit, s->audit_path))
		return;
	if (s->audit >= 0) {
		close(s->audit);
		yw_log(YW_LOG_WARN, "audit-gone", "file='%s' it was renamed or removed: a new one is begun", s->audit_path);
	}
	if (open_audit(s, &err) != YW_OK)
		yw_log(YW_LOG_ERROR, "audit-unwritten", "%s", err.msg);
}

void
audit_line(struct yw_service *s, const struct yw_question *q, const char *what, const char *outcome)
{
	char line[AUDIT_LINE_MAX], at[YW_TIME_TEXT_MAX];
	size_t n;

	snprintf(line, sizeof line, "%s uid=%u pid=%d %s %.160s %.200s", yw_time_text(yw_utc_ms(&s->clock), at),
	    (unsigned)q->caller.uid, (int)q->caller.pid, q->method, what, outcome);
	yw_text_safe(line);
	n = strlen(line);
	line[n] = '\n';
	YW_POINT("audit");
	pthread_mutex_lock(&s->audit_lock);
	stand_by_audit(s);
	if (write(s->audit, line, n + 1) != (ssize_t)n + 1)
		yw_log(YW_LOG_ERROR, "audit-unwritten", "%.*s: %s", (int)n, line, strerror(errno));
	pthread_mutex_unlock(&s->audit_lock);
}

/* --- parameters --- */

enum yw_code
param_text(const json_t *params, const char *name, bool needed, const char **out, struct yw_error *err)
{
	const json_t *v = json_object_get(params, name);

	*out = NULL;
	if (v == NULL && !needed)
		return YW_OK;
	if (v == NULL)
		return yw_fail(err, YW_EINVAL, "parameter '%s' is missing", name);
	if (!json_is_string(v))
		return yw_fail(err, YW_EINVAL, "parameter '%s' is not a text", name);
	*out = json_string_value(v);
	return YW_OK;
}

enum yw_code
param_flag(const json_t *params, const char *name, bool *out, struct yw_error *err)
{
	const json_t *v = json_object_get(params, name);

	*out = json_is_true(v);
	if (v != NULL && !json_is_boolean(v))
		return yw_fail(err, YW_EINVAL, "parameter '%s' is neither true nor false", name);
	return YW_OK;
}

enum yw_code
param_uint(const json_t *params, const char *name, uint64_t fallback, uint64_t max, uint64_t *out, struct yw_error *err)
{
	const json_t *v = json_object_get(params, name);

	*out = fallback;
	if (v == NULL)
		return YW_OK;
	if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > max)
		return yw_fail(err, YW_EINVAL, "parameter '%s' is no whole number from 0 to %llu", name, (unsigned long long)max);
	*out = (uint64_t)json_integer_value(v);
	return YW_OK;
}

enum yw_code
param_limit(const json_t *params, uint64_t max, uint64_t *out, struct yw_error *err)
{
	enum yw_code code = param_uint(params, "limit", 100, max, out, err);

	return code != YW_OK || *out != 0 ? code : yw_fail(err, YW_EINVAL, "parameter 'limit' is at least 1");
}

enum yw_code
param_code(const json_t *params, const char *name, bool needed, struct yw_jurisdiction *out, struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, name, needed, &text, err);

	out->code[0] = '\0';
	if (code != YW_OK || text == NULL)
		return code;
	if (yw_jurisdiction_parse(text, strlen(text), out) != YW_OK)
		return yw_fail(err, YW_EINVAL, "parameter '%s': '%.40s' is no division code of six digits", name, text);
	return YW_OK;
}

enum yw_code
param_words(const char *name, const char *text, size_t max, char *out, struct yw_error *err)
{
	if (text[strspn(text, " \t\r\n")] == '\0' || strlen(text) > max)
		return yw_fail(err, YW_EINVAL, "parameter '%s' is empty, or longer than %zu bytes: people will ask for it", name, max);
	memcpy(out, text, strlen(text) + 1);
	yw_text_safe(out);
	if (strcmp(out, text) != 0)
		return yw_fail(err, YW_EINVAL, "parameter '%s' is no single line of text: a line break, or another character that is "
		    "not shown, or changes how the rest is shown, is in it", name);
	return YW_OK;
}

enum yw_code
param_id(const json_t *params, const char *name, const char **out, struct yw_error *err)
{
	struct yw_record_id id;
	enum yw_code code = param_text(params, name, true, out, err);

	if (code == YW_OK && yw_record_id_parse(*out, strlen(*out), &id) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "parameter '%s': '%.60s' is no record id, which is <code>/<kind>/<local id>", name,
		    *out);
	return code;
}

/* A code that nobody can answer for is refused before anything is registered. */
static enum yw_code
reach_exists(struct yw_service *s, const struct yw_jurisdiction *whose, struct yw_error *err)
{
	struct yw_view *v = NULL;
	enum yw_code code;

	if (yw_jurisdiction_equal(whose, &s->code))
		return yw_fail(err, YW_EINVAL, "parameter 'durable': %s is this node itself, on whose disk it is in any case",
		    whose->code);
	code = yw_view_open(s->ledger, &v, err);
	if (code == YW_OK && yw_trust_open(yw_view_trust(v), whose) == NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'durable': no node of %s has been admitted, as far as this node knows",
		    whose->code);
	yw_view_close(v);
	return code;
}

enum yw_code
param_reach(struct yw_service *s, const json_t *params, struct reach *out, struct yw_error *err)
{
	const char *text;
	uint64_t ms;
	enum yw_code code = param_text(params, "durable", false, &text, err);

	*out = (struct reach) { 0 };
	if (code == YW_OK)
		code = param_uint(params, "timeout_ms", REACH_TIMEOUT_MS, REACH_TIMEOUT_MAX_MS, &ms, err);
	if (code != YW_OK || text == NULL)
		return code;
	out->asked = true;
	out->timeout_ms = (uint32_t)ms;
	if (strcmp(text, "quorum") == 0)
		return YW_OK;
	if (yw_jurisdiction_parse(text, strlen(text), &out->code) != YW_OK)
		return yw_fail(err, YW_EINVAL, "parameter 'durable': '%.40s' is neither a division code nor 'quorum'", text);
	return reach_exists(s, &out->code, err);
}

const char *
reach_word(const struct reach *r)
{
	if (!r->asked)
		return "disk";
	return r->code.code[0] != '\0' ? r->code.code : "quorum";
}

void
reach_failed(const struct reach *r, enum yw_code code, const char *what, struct yw_error *err)
{
	if (code == YW_ETIMEOUT)
		yw_fail(err, code, "%s on this node's disk but not confirmed by %s within %u ms: it stays registered and travels "
		    "on", what, reach_word(r), r->timeout_ms);
	else
		yw_fail(err, code, "%s on this node's disk but not confirmed by %s, since %s: it stays registered and travels on",
		    what, reach_word(r), code == YW_ESTOPPED ? "the daemon is stopping" : "memory is short");
}

/* --- pieces of answers --- */

void
put_place(struct yw_json *j, const char *key, const char *origin, uint64_t index, uint16_t item)
{
	yw_json_object(j, key);
	yw_json_str(j, "origin", origin);
	yw_json_uint(j, "index", index);
	yw_json_uint(j, "item", item);
	yw_json_object_end(j);
}

void
put_claimed(struct yw_json *j, bool claimed)
{
	if (claimed)
		yw_json_bool(j, "attributable", false);
}

static const char *
code_or_root(const struct yw_jurisdiction *code)
{
	return code->code[0] != '\0' ? code->code : "root";
}

static void
put_beat(struct yw_json *j, const char *key, uint64_t size, uint64_t time_s)
{
	char at[YW_TIME_TEXT_MAX];

	if (size == 0)
		return;
	yw_json_object(j, key);
	yw_json_uint(j, "size", size);
	yw_json_str(j, "time", yw_time_text((int64_t)time_s * 1000, at));
	yw_json_object_end(j);
}

void
put_beats(struct yw_json *j, const struct yw_log_info *log)
{
	char at[YW_TIME_TEXT_MAX];

	put_beat(j, "beat", log->beat_size, log->beat_time_s);
	put_beat(j, "quorum", log->quorum_size, log->quorum_time_s);
	if (log->met.size == 0)
		return;
	yw_json_object(j, "cut");
	yw_json_uint(j, "size", log->met.size);
	yw_json_str(j, "time", yw_time_text((int64_t)log->met.quorum_time_s * 1000, at));
	yw_json_str(j, "by", code_or_root(&log->met.by));
	yw_json_object_end(j);
}

void
put_recovery(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text), *by;

	if (g == NULL || !g->recovery)
		return;
	by = yw_trust_origin(yw_view_trust(v), g->delegation.origin.text);
	yw_json_object(j, "recovery");
	yw_json_str(j, "by", by != NULL ? by->code.code : "root");
	yw_json_str(j, "consent", code_or_root(&g->consent));
	yw_json_object_end(j);
}

void
put_closed(struct yw_json *j, const struct yw_view *v, const struct yw_log_info *log)
{
	const struct yw_generation *g = yw_trust_origin(yw_view_trust(v), log->origin.text);
	char reason[YW_ERROR_MAX];

	if (g == NULL || g->open)
		return;
	yw_trust_closing_reason(yw_view_trust(v), g, reason);
	yw_json_object(j, "closed");
	yw_json_str(j, "by", code_or_root(&g->closing.issuer));
	yw_json_uint(j, "size", g->end.size);
	yw_json_bool(j, "revoked", g->closing.revoked);
	yw_json_str(j, "reason", reason);
	if (g->closing.successor.code[0] != '\0')
		yw_json_str(j, "successor", g->closing.successor.code);
	if (g->closing.next_issuer.code[0] != '\0')
		yw_json_str(j, "next_issuer", g->closing.next_issuer.code);
	yw_json_object_end(j);
}

const struct yw_log_info *
item_log(const struct yw_view *v, const struct yw_item *item)
{
	return yw_view_at(v, item->log);
}
