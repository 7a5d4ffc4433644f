/*
 * ask.c - see ask.h.
 */
#include "cli/ask.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "record/sharing.h"
#include "service/prepare.h"

void
yw_reply_release(struct yw_reply *r)
{
	yw_answer_release(&r->answer);
	json_decref(r->json);
	r->json = NULL;
}

enum yw_exit
yw_daemon_open(const struct yw_call *call, struct yw_client **out)
{
	const char *path = call->socket;
	struct yw_config c;
	struct yw_error err;

	if (path == NULL) {
		if (yw_call_config(call, &c, &err) != YW_OK) {
			yw_failed(&err);
			if (call->config == NULL)
				yw_say(_("(the socket comes from the configuration: give --config FILE, or --socket PATH)"));
			return YW_EXIT_FAILED;
		}
		path = c.control_socket;
	}
	return yw_client_open(path, out, &err) == YW_OK ? YW_EXIT_DONE : yw_failed(&err);
}

enum yw_exit
yw_daemon_ask(struct yw_client *c, const char *method, struct yw_buf *params, struct yw_bytes data,
    uint32_t timeout_ms, struct yw_reply *out)
{
	struct yw_error err;
	enum yw_code code = yw_buf_check(params, &err);

	yw_reply_release(out);
	if (code == YW_OK)
		code = yw_client_ask(c, method, yw_buf_bytes(params), data, timeout_ms, &out->answer, &err);
	yw_buf_release(params);
	if (code == YW_OK)
		code = yw_json_parse(yw_buf_bytes(&out->answer.result), &out->json, &err);
	if (code == YW_OK)
		return YW_EXIT_DONE;
	yw_reply_release(out);
	return yw_failed(&err);
}

enum yw_exit
yw_ask(const struct yw_call *call, const char *method, struct yw_buf *params, uint32_t timeout_ms,
    struct yw_reply *out)
{
	struct yw_client *c;
	enum yw_exit status = yw_daemon_open(call, &c);

	if (status != YW_EXIT_DONE) {
		yw_buf_release(params);
		return status;
	}
	status = yw_daemon_ask(c, method, params, (struct yw_bytes) { NULL, 0 }, timeout_ms, out);
	yw_client_close(c);
	return status;
}

void
yw_params_text(struct yw_buf *out, const char *name, const char *text)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, name, text);
	yw_json_object_end(&j);
}

void
yw_params_page(struct yw_json *j, const char *code, const char *kind, const char *after, uint64_t limit)
{
	if (code != NULL)
		yw_json_str(j, "code", code);
	if (kind != NULL)
		yw_json_str(j, "kind", kind);
	if (after != NULL)
		yw_json_str(j, "after", after);
	if (limit != 0)
		yw_json_uint(j, "limit", limit);
}

enum yw_code
yw_params_class(const char *text, struct yw_json *j, struct yw_error *err)
{
	struct yw_jurisdiction *codes;
	struct yw_audience who;
	enum yw_code code;

	if (text == NULL)
		return YW_OK;
	code = yw_sharing_parse(text, &who, &codes, err);
	if (code == YW_OK)
		yw_prepare_audience_json(j, &who);
	else
		yw_fail_context(err, "--class");
	free(codes);
	return code;
}

enum yw_code
yw_class_over(const char *text, json_t *object, struct yw_error *err)
{
	struct yw_buf said = YW_BUF_INIT;
	json_t *members = NULL;
	struct yw_json j;
	enum yw_code code;

	yw_json_init(&j, &said);
	yw_json_object(&j, NULL);
	code = yw_params_class(text, &j, err);
	yw_json_object_end(&j);
	if (code == YW_OK)
		code = yw_json_parse(yw_buf_bytes(&said), &members, err);
	if (code == YW_OK && json_object_update(object, members) != 0)
		code = yw_fail(err, YW_ENOMEM, "no memory for a record");
	json_decref(members);
	yw_buf_release(&said);
	return code;
}

enum yw_exit
yw_params_record(const struct yw_call *call, const char *at, struct yw_buf *out)
{
	uint64_t number[2];
	struct yw_json j;

	if (call->n_operands == 1) {
		yw_json_init(&j, out);
		yw_json_object(&j, NULL);
		yw_json_str(&j, "id", call->operands[0]);
		if (at != NULL)
			yw_json_str(&j, "at", at);
		yw_json_object_end(&j);
		return YW_EXIT_DONE;
	}
	if (at != NULL)
		return yw_misused(call->command, _("--at goes with an ID: a place of a log is what it is at all times"));
	if (call->n_operands == 2)
		return yw_misused(call->command, _("something is missing: %s"), call->command->operands);
	for (size_t i = 0; i < 2; i++) {
		const char *text = call->operands[i + 1];

		if (yw_decimal_decode(text, strlen(text), INT64_MAX, &number[i]) != YW_OK)
			return yw_misused(call->command, _("'%s' is no number of an entry or item"), text);
	}
	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "log", call->operands[0]);
	yw_json_uint(&j, "index", number[0]);
	yw_json_uint(&j, "item", number[1]);
	yw_json_object_end(&j);
	return YW_EXIT_DONE;
}

enum yw_exit
yw_reply_put(const struct yw_call *call, struct yw_reply *r, enum yw_exit (*show)(const json_t *result))
{
	enum yw_exit status = call->json ? yw_put_json(&r->answer.result) : show(r->json);

	yw_reply_release(r);
	return status;
}

/* --- taking apart --- */

const json_t *
yw_got(const json_t *o, const char *path)
{
	char name[64];
	const char *dot;

	while (o != NULL) {
		dot = strchr(path, '.');
		snprintf(name, sizeof name, "%.*s", dot != NULL ? (int)(dot - path) : (int)strlen(path), path);
		o = json_object_get(o, name);
		if (dot == NULL)
			return o;
		path = dot + 1;
	}
	return NULL;
}

const char *
yw_got_text(const json_t *o, const char *path)
{
	const char *text = json_string_value(yw_got(o, path));

	return text != NULL ? text : "";
}

uint64_t
yw_got_number(const json_t *o, const char *path)
{
	json_int_t v = json_integer_value(yw_got(o, path));

	return v > 0 ? (uint64_t)v : 0;
}

bool
yw_got_true(const json_t *o, const char *path)
{
	return json_is_true(yw_got(o, path));
}

/* --- for people --- */

const char *
yw_seconds_text(uint64_t seconds, char out[static YW_FOR_PEOPLE_MAX])
{
	unsigned long long s = seconds;

	if (s < 120)
		snprintf(out, YW_FOR_PEOPLE_MAX, _("%llu s"), s);
	else if (s < 2 * 3600)
		snprintf(out, YW_FOR_PEOPLE_MAX, _("%llu min"), s / 60);
	else if (s < 2 * 86400)
		snprintf(out, YW_FOR_PEOPLE_MAX, _("%llu h"), s / 3600);
	else
		snprintf(out, YW_FOR_PEOPLE_MAX, _("%llu d"), s / 86400);
	return out;
}

const char *
yw_age_of(const char *utc, char out[static YW_FOR_PEOPLE_MAX])
{
	char age[YW_FOR_PEOPLE_MAX];
	struct tm tm = { 0 };
	int64_t now = yw_utc_ms(&yw_clock_real) / 1000, then;

	if (strptime(utc, "%Y-%m-%dT%H:%M:%S", &tm) == NULL) {
		snprintf(out, YW_FOR_PEOPLE_MAX, "-");
		return out;
	}
	then = (int64_t)timegm(&tm);
	snprintf(out, YW_FOR_PEOPLE_MAX, _("%s ago"), yw_seconds_text(now > then ? (uint64_t)(now - then) : 0, age));
	return out;
}

const char *
yw_bytes_text(uint64_t bytes, char out[static YW_FOR_PEOPLE_MAX])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes;
	size_t u = 0;

	for (; v >= 1024 && u + 1 < sizeof units / sizeof *units; u++)
		v /= 1024;
	snprintf(out, YW_FOR_PEOPLE_MAX, u == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, units[u]);
	return out;
}

const char *
yw_operation_word(const json_t *item)
{
	const char *op = yw_got_text(item, "operation");

	return strcmp(op, "put") == 0 ? _("registered") : strcmp(op, "withdraw") == 0 ? _("withdrawn") :
	    strcmp(op, "erase") == 0 ? _("erased") : op;
}

const char *
yw_sharing_word(const char *word)
{
	static const struct { const char *word, *says; } all[] = {
		{ "unconditional", N_("unconditional") }, { "conditional", N_("conditional") }, { "not_shared", N_("not_shared") },
		{ "internal", N_("internal") }, { "open", N_("open to the public") },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(word, all[i].word) == 0)
			return _(all[i].says);
	return word;
}

void
yw_put_state(struct yw_table *t, const json_t *item)
{
	const char *recovery = yw_got(item, "recovery") != NULL ? _(", recovery") : "";

	const char *into = json_string_value(json_array_get(yw_got(item, "replaced_by"), 0));

	if (into != NULL)
		yw_table_cellf(t, _("%s%s, changed into %s"), yw_operation_word(item), recovery, into);
	else if (yw_got(item, "doubted_by") != NULL)
		yw_table_cellf(t, _("%s%s, doubted by %s"), yw_operation_word(item), recovery,
		    yw_code_words(yw_got_text(item, "doubted_by")));
	else
		yw_table_cellf(t, "%s%s", yw_operation_word(item), recovery);
}

const char *
yw_code_words(const char *code)
{
	return strcmp(code, "root") == 0 ? _("the root keys") : code;
}

void
yw_put_cut(struct yw_table *t, const json_t *log)
{
	if (yw_got(log, "cut") == NULL)
		return;
	yw_table_cell(t, _("met when seen"));
	yw_table_cellf(t, _("%llu entries, %s, cut by %s, which closed a log whose receipts that took"),
	    (unsigned long long)yw_got_number(log, "cut.size"), yw_got_text(log, "cut.time"),
	    yw_code_words(yw_got_text(log, "cut.by")));
}

void
yw_put_recovery(struct yw_table *t, const json_t *of)
{
	if (yw_got(of, "recovery") == NULL)
		return;
	yw_table_cell(t, _("recovery"));
	yw_table_cellf(t, _("its old keys did not ask for this log: on the word of %s, with the consent of %s"),
	    yw_code_words(yw_got_text(of, "recovery.by")), yw_code_words(yw_got_text(of, "recovery.consent")));
}

void
yw_add_as_of(struct yw_buf *out, const json_t *result)
{
	unsigned long long size = yw_got_number(result, "as_of.size");
	const char *asked = yw_got_text(result, "as_of.asked"), *origin = yw_got_text(result, "as_of.origin");

	if (yw_got(result, "as_of.closed_by") != NULL)
		yw_buf_printf(out, _("%s: by the %llu entries at which %s was closed by %s, no later than %s"), asked, size, origin,
		    yw_code_words(yw_got_text(result, "as_of.closed_by")), yw_got_text(result, "as_of.time"));
	else
		yw_buf_printf(out, _("%s: by the last beat with quorum kept from before, %llu entries of %s at %s; what came after it is not "
		    "counted"), asked, size, origin, yw_got_text(result, "as_of.time"));
	if (yw_got(result, "as_of.network_version") != NULL)
		yw_buf_printf(out, _("; it is a quorum by version %llu of the network file, and none by the newest"),
		    (unsigned long long)yw_got_number(result, "as_of.network_version"));
}

void
yw_add_codes(struct yw_buf *out, const json_t *codes, const char *between)
{
	for (size_t i = 0; i < json_array_size(codes); i++) {
		const char *code = json_string_value(json_array_get(codes, i));

		yw_buf_add_str(out, i == 0 ? "" : between);
		yw_buf_add_str(out, code != NULL ? code : "?");
	}
}
