/*
 * correction.c - see corrections.h: one request or one answer, before it is registered.
 */
#include <stdlib.h>

#include "record/label.h"
#include "record/record.h"
#include "record/sharing.h"
#include "service/corrections.h"
#include "service/workdays.h"

bool
is_correction(enum yw_kind kind)
{
	return kind == YW_KIND_CORRECTION_REQUEST || kind == YW_KIND_CORRECTION_ANSWER;
}

static enum yw_kind
kind_of(const char *id)
{
	struct yw_record_id r;

	return yw_record_id_parse(id, strlen(id), &r) == YW_OK ? yw_kind_parse(r.kind, strlen(r.kind)) : YW_KIND_NONE;
}

static void
code_of(const char *id, struct yw_jurisdiction *out)
{
	snprintf(out->code, sizeof out->code, "%.6s", id);
}

/* --- for whom --- */

static bool
has_code(const struct yw_audience *a, const struct yw_jurisdiction *code)
{
	for (size_t i = 0; i < a->n_codes; i++)
		if (yw_jurisdiction_equal(&a->codes[i], code))
			return true;
	return false;
}

enum yw_code
correction_audience(const struct yw_audience *of, const struct yw_jurisdiction *also, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err)
{
	size_t n = of->n_codes;

	*codes = NULL;
	*out = (struct yw_audience) { .cls = of->cls, .openness = YW_OPENNESS_INTERNAL };
	if (of->cls == YW_CLASS_UNCONDITIONAL)
		return YW_OK;
	*codes = calloc(n + 1, sizeof **codes);
	if (*codes == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an audience");
	if (n > 0)
		memcpy(*codes, of->codes, n * sizeof **codes);
	if (!has_code(of, also))
		(*codes)[n++] = *also;
	if (n > YW_CODES_MAX)
		return yw_fail(err, YW_ELIMIT, "more than %d codes would see the correction", YW_CODES_MAX);
	yw_sharing_sort(*codes, n);
	out->cls = YW_CLASS_CONDITIONAL;
	out->codes = *codes;
	out->n_codes = n;
	return YW_OK;
}

/* --- may it be said --- */

/* Something that is registered, and may be spoken of. */
static enum yw_code
find_there(const struct yw_service *s, const struct yw_view *v, const char *id, struct registered *out, struct yw_error *err)
{
	enum yw_code code = registered_find(v, id, out, err);

	if (code == YW_OK && out->item.erased)
		return erased_under(v, &out->item, err);
	if (code == YW_OK && out->item.revision == 0)
		return nothing_under(s, v, id, err);
	if (code == YW_OK && out->item.op == YW_OP_WITHDRAW)
		return yw_fail(err, YW_ENOENT, "'%s' has been withdrawn", id);
	return code;
}

static enum yw_code
check_request(const struct yw_service *s, const char *id, const struct yw_about *c, const struct registered *of,
    struct yw_error *err)
{
	char prefix[YW_ID_MAX + 1];

	yw_request_prefix(&s->code, c->id, prefix);
	if (c->revision > of->item.revision)
		return yw_fail(err, YW_EINVAL, "revision %u of '%s' is not here: the newest is %u", (unsigned)c->revision, c->id,
		    (unsigned)of->item.revision);
	return strncmp(id, prefix, strlen(prefix)) == 0 ? YW_OK : yw_fail(err, YW_EINVAL,
	    "a request about '%s' is registered under an id that begins with '%s': use 'yiwang correct'", c->id, prefix);
}

static enum yw_code
request_for(const struct yw_service *s, const struct yw_view *v, const char *id, const struct yw_about *c,
    struct yw_audience *out, struct yw_jurisdiction **codes, struct yw_error *err)
{
	struct registered of = { .codes = NULL };
	struct yw_jurisdiction owner;
	enum yw_code code;

	code_of(c->id, &owner);
	if (yw_jurisdiction_equal(&owner, &s->code))
		return yw_fail(err, YW_EINVAL, "'%s' is this node's own record: change it with 'yiwang put'", c->id);
	code = find_there(s, v, c->id, &of, err);
	if (code == YW_OK)
		code = check_request(s, id, c, &of, err);
	if (code == YW_OK)
		code = correction_audience(&of.item.audience, &owner, out, codes, err);
	registered_release(&of);
	return code;
}

bool
answers_for(const struct yw_service *s, const struct yw_view *v, const char *record)
{
	const struct yw_generation *own;
	struct yw_jurisdiction owner;

	code_of(record, &owner);
	if (yw_jurisdiction_equal(&owner, &s->code))
		return true;
	own = yw_trust_open(yw_view_trust(v), &s->code);
	return own != NULL && yw_trust_judge_eraser(yw_view_trust(v), own, &owner, NULL) == YW_OK;
}

/* The correction stands in a later revision than the one that was looked at; a withdrawal is one too. */
static enum yw_code
check_accepted(const struct yw_view *v, const struct yw_about *request, uint32_t accepted, struct yw_error *err)
{
	struct registered now = { .codes = NULL };
	enum yw_code code = registered_find(v, request->id, &now, err);

	if (code == YW_OK && (accepted <= request->revision || accepted > now.item.revision))
		code = yw_fail(err, YW_EINVAL, "the request speaks of revision %u of '%s', and the newest is %u: change the record first, and "
		    "then accept", (unsigned)request->revision, request->id, (unsigned)now.item.revision);
	registered_release(&now);
	return code;
}

static enum yw_code
read_request(const struct yw_view *v, const struct yw_item *item, struct yw_about *out, struct yw_error *err)
{
	struct yw_buf body = YW_BUF_INIT;
	enum yw_code code = yw_view_body(v, item_log(v, item), item->index, item->item, &body, err);

	if (code == YW_OK)
		code = yw_about_read(yw_buf_bytes(&body), YW_KIND_CORRECTION_REQUEST, out, err);
	yw_buf_release(&body);
	return code;
}

/* What an answer follows: nothing, or one that was withdrawn. */
static enum yw_code
unanswered(const struct yw_view *v, const char *id, const char *request, uint32_t *revision, struct yw_error *err)
{
	struct yw_item item;
	enum yw_code code = yw_view_current(v, id, &item, err);

	*revision = 0;
	if (code != YW_OK)
		return code == YW_ENOENT ? YW_OK : code;
	*revision = item.revision;
	return item.erased || item.op == YW_OP_WITHDRAW ? YW_OK :
	    yw_fail(err, YW_ECONFLICT, "'%s' is answered already: 'yiwang get %s' shows it", request, id);
}

/* That of the request, and who made it; but nobody who may not see the record now: a request that is not as it must be asks for
 * no answer to be either. */
static enum yw_code
answer_audience(const struct yw_view *v, const struct registered *request, const char *record, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err)
{
	struct yw_jurisdiction owner, requester, *fit_codes = NULL;
	struct registered now = { .codes = NULL };
	struct yw_audience fits;
	enum yw_code code = registered_find(v, record, &now, err);

	code_of(record, &owner);
	code_of(request->item.id, &requester);
	if (code == YW_OK)
		code = correction_audience(&now.item.audience, &owner, &fits, &fit_codes, err);
	if (code == YW_OK)
		code = correction_audience(yw_audience_keeps(&requester, &request->item.audience, &fits) ? &request->item.audience : &fits,
		    &requester, out, codes, err);
	free(fit_codes);
	registered_release(&now);
	return code;
}

static enum yw_code
answer_for(const struct yw_service *s, const struct yw_view *v, const char *id, const struct yw_about *c,
    struct yw_audience *out, struct yw_jurisdiction **codes, struct yw_error *err)
{
	struct registered of = { .codes = NULL };
	struct yw_about request;
	char must[YW_ID_MAX + 1];
	uint32_t before;
	enum yw_code code = find_there(s, v, c->id, &of, err);

	yw_answer_id(&s->code, c->id, must);
	if (code == YW_OK)
		code = read_request(v, &of.item, &request, err);
	if (code == YW_OK && !answers_for(s, v, request.id))
		code = yw_fail(err, YW_EDENIED, "it is about '%s', for which %.6s answers", request.id, request.id);
	if (code == YW_OK && c->revision != 0)
		code = check_accepted(v, &request, c->revision, err);
	if (code == YW_OK && strcmp(id, must) != 0)
		code = yw_fail(err, YW_EINVAL, "the answer to '%s' is registered under '%s': use 'yiwang answer'", c->id, must);
	if (code == YW_OK)
		code = unanswered(v, must, c->id, &before, err);
	if (code == YW_OK)
		code = answer_audience(v, &of, request.id, out, codes, err);
	registered_release(&of);
	return code;
}

static enum yw_code
check_field(const char *kind, const char *field, struct yw_error *err)
{
	size_t n = strlen(kind);
	struct yw_label label;

	if (strncmp(field, kind, n) == 0 && field[n] == '.' && yw_record_label(field, "", &label))
		return YW_OK;
	return yw_fail(err, YW_EINVAL, "a %s has no field '%.80s': write it as '%s.NAME', 'yiwang schema %s' lists them", kind, field,
	    kind, kind);
}

/* A person mistypes a field, and nobody could tell later which one was meant.  Answers have no points. */
static enum yw_code
check_points(const char *about, struct yw_bytes body, enum yw_kind kind, struct yw_error *err)
{
	const json_t *points;
	const char *field;
	json_t *record;
	enum yw_code code = yw_record_load(body, &record, err);

	points = json_object_get(json_object_get(record, yw_kind_name(kind)), "points");
	for (size_t i = 0; code == YW_OK && i < json_array_size(points); i++) {
		field = json_string_value(json_object_get(json_array_get(points, i), "field"));
		if (field != NULL)
			code = check_field(yw_kind_name(kind_of(about)), field, err);
	}
	json_decref(record);
	return code;
}

enum yw_code
correction_check(const struct yw_service *s, const char *id, struct yw_bytes body, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err)
{
	enum yw_kind kind = kind_of(id);
	struct yw_view *v = NULL;
	struct yw_about c;
	enum yw_code code = yw_about_read(body, kind, &c, err);

	*codes = NULL;
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, err);
	if (code == YW_OK)
		code = kind == YW_KIND_CORRECTION_REQUEST ? request_for(s, v, id, &c, out, codes, err) :
		    answer_for(s, v, id, &c, out, codes, err);
	if (code == YW_OK)
		code = check_points(c.id, body, kind, err);
	yw_view_close(v);
	return code;
}

static bool
speaks_for(const struct yw_view *v, const struct yw_item *answer, const struct yw_jurisdiction *owner)
{
	const struct yw_generation *g = yw_view_generation(v, item_log(v, answer));

	return g != NULL && yw_trust_speaks_for(yw_view_trust(v), g, answer->index, owner);
}

/* T10: of what was merged into another code, who acts for its issuer may have answered. */
enum yw_code
find_answer(const struct yw_view *v, const char *request, const char *record, struct yw_item *out, struct yw_error *err)
{
	struct yw_jurisdiction owner, by, successor;
	bool merged = yw_view_successor(v, record, &successor);
	char id[YW_ID_MAX + 1];
	enum yw_code code;

	code_of(record, &owner);
	by = owner;
	for (size_t digits = yw_jurisdiction_digits(&by);; digits -= 2) {
		memset(by.code + digits, '0', YW_CODE_DIGITS - digits);
		yw_answer_id(&by, request, id);
		code = yw_view_current(v, id, out, err);
		if (code == YW_OK && (out->erased || out->op == YW_OP_WITHDRAW || !speaks_for(v, out, &owner)))
			code = YW_ENOENT;
		if (code != YW_ENOENT || !merged || digits <= 2)
			return code;
	}
}

/* --- what a person says --- */

static const char *
today(const struct yw_service *s, char out[static YW_DAY_TEXT_MAX])
{
	return yw_day_text(yw_china_day(yw_utc_ms(&s->clock)), out);
}

/* {"record": {"id", kind: content}}; takes the content. */
static enum yw_code
wrap(const char *id, uint32_t revision, enum yw_kind kind, json_t *content, json_t **out, struct yw_error *err)
{
	json_t *record = content != NULL ? json_pack("{s:s,s:I,s:o}", "id", id, "revision", (json_int_t)revision, yw_kind_name(kind),
	    content) : NULL;

	*out = record != NULL ? json_pack("{s:o}", "record", record) : NULL;
	return *out != NULL ? YW_OK : yw_fail(err, YW_ENOMEM, "no memory for a correction");
}

/* Registered is the revision that is here now: its reader has just looked at it. */
enum yw_code
correction_of_params(const struct yw_service *s, const json_t *params, json_t **out, struct yw_error *err)
{
	char id[YW_ID_MAX + 1], day[YW_DAY_TEXT_MAX];
	json_t *points = json_object_get(params, "points"), *content;
	struct yw_view *v = NULL;
	const char *record, *reason;
	uint32_t drawn;
	struct yw_item now;
	enum yw_code code = param_id(params, "record", &record, err);

	if (code == YW_OK)
		code = param_text(params, "reason", true, &reason, err);
	if (code == YW_OK && points != NULL && !json_is_array(points))
		code = yw_fail(err, YW_EINVAL, "parameter 'points' is no list");
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, err);
	if (code == YW_OK)
		code = yw_view_current(v, record, &now, err);
	if (code == YW_ENOENT)
		code = nothing_under(s, v, record, err);
	yw_view_close(v);
	if (code != YW_OK)
		return code;
	yw_random(&drawn, sizeof drawn);
	yw_request_prefix(&s->code, record, id);
	snprintf(id + strlen(id), sizeof id - strlen(id), "%08x", (unsigned)drawn);
	content = json_pack("{s:s,s:I,s:s,s:s}", "record", record, "revision", (json_int_t)now.revision, "raised_on", today(s, day), "reason",
	    reason);
	if (points != NULL && json_object_set(content, "points", points) != 0) {
		json_decref(content);
		content = NULL;
	}
	return wrap(id, 0, YW_KIND_CORRECTION_REQUEST, content, out, err);
}

/* The revision of the record that a request is about; of what is not here, 0: correction_check() says why. */
static enum yw_code
newest_of(const struct yw_view *v, const char *request, uint32_t *revision, struct yw_error *err)
{
	struct yw_item item;
	struct yw_about c;
	enum yw_code code = yw_view_current(v, request, &item, err);

	*revision = 0;
	if (code == YW_OK && !item.erased && item.op == YW_OP_PUT)
		code = read_request(v, &item, &c, err);
	else
		return code == YW_ENOENT ? YW_OK : code;
	if (code == YW_OK)
		code = yw_view_current(v, c.id, &item, err);
	if (code == YW_OK)
		*revision = item.revision;
	return code == YW_ENOENT ? YW_OK : code;
}

enum yw_code
answer_of_params(const struct yw_service *s, const json_t *params, json_t **out, struct yw_error *err)
{
	char id[YW_ID_MAX + 1], day[YW_DAY_TEXT_MAX];
	uint32_t newest = 0, before = 0;
	struct yw_view *v = NULL;
	const char *request, *reason;
	json_t *content;
	bool accepted;
	enum yw_code code = param_id(params, "request", &request, err);

	if (code == YW_OK && kind_of(request) != YW_KIND_CORRECTION_REQUEST)
		code = yw_fail(err, YW_EINVAL, "parameter 'request': '%s' is no id of a correction request", request);
	if (code == YW_OK && json_object_get(params, "accepted") == NULL)
		code = yw_fail(err, YW_EINVAL, "parameter 'accepted' is missing: true, or false with a reason");
	if (code == YW_OK)
		code = param_flag(params, "accepted", &accepted, err);
	if (code == YW_OK)
		code = param_text(params, "reason", false, &reason, err);
	if (code == YW_OK)
		code = yw_view_open(s->ledger, &v, err);
	if (code == YW_OK)
		code = newest_of(v, request, &newest, err);
	if (code == YW_OK) {
		yw_answer_id(&s->code, request, id);
		code = unanswered(v, id, request, &before, err);
	}
	yw_view_close(v);
	if (code != YW_OK)
		return code;
	content = json_pack("{s:s,s:s,s:I,s:s,s:s}", "request", request, "outcome", accepted ? "accepted" : "refused", "accepted_revision",
	    accepted ? (json_int_t)newest : 0, "reason", reason != NULL ? reason : "", "answered_on", today(s, day));
	return wrap(id, before, YW_KIND_CORRECTION_ANSWER, content, out, err);
}
