/*
 * prepare.c - see prepare.h.
 */
#include "service/prepare.h"

#include <stdlib.h>

#include "record/record.h"
#include "record/sharing.h"
#include "service/service_int.h"

/* --- Who may see it ------------------------------------------------------------------------------- */

static const struct word {
	const char *word;
	int value;
} class_words[] = {
	{ "unconditional", YW_CLASS_UNCONDITIONAL },
	{ "conditional", YW_CLASS_CONDITIONAL },
	{ "not_shared", YW_CLASS_NOT_SHARED },
	{ NULL, 0 }
}, openness_words[] = {
	{ "internal", YW_OPENNESS_INTERNAL },
	{ "open", YW_OPENNESS_OPEN },
	{ NULL, 0 }
};

static const char *
word_of(const struct word *words, int value)
{
	for (; words->word != NULL; words++)
		if (words->value == value)
			return words->word;
	return "unknown";
}

const char *
class_word(enum yw_class c)
{
	return word_of(class_words, c);
}

const char *
openness_word(enum yw_openness o)
{
	return word_of(openness_words, o);
}

static enum yw_code
param_word(const json_t *params, const char *name, const struct word *words, int fallback, int *out, struct yw_error *err)
{
	const char *text;
	enum yw_code code = param_text(params, name, false, &text, err);

	*out = fallback;
	if (code != YW_OK || text == NULL)
		return code;
	for (; words->word != NULL; words++)
		if (strcmp(words->word, text) == 0) {
			*out = words->value;
			return YW_OK;
		}
	return yw_fail(err, YW_EINVAL, "parameter '%s': there is no '%.40s'", name, text);
}

static enum yw_code
read_codes(const json_t *list, struct yw_jurisdiction **codes, size_t *n, struct yw_error *err)
{
	if (!json_is_array(list) || json_array_size(list) > YW_CODES_MAX)
		return yw_fail(err, YW_EINVAL, "parameter 'audience' is a list of at most %d codes", YW_CODES_MAX);
	*n = json_array_size(list);
	*codes = calloc(*n + 1, sizeof **codes);
	if (*codes == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for an audience");
	for (size_t i = 0; i < *n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || yw_jurisdiction_parse(text, strlen(text), &(*codes)[i]) != YW_OK)
			return yw_fail(err, YW_EINVAL, "parameter 'audience': '%.40s' is no division code",
			    text != NULL ? text : "");
	}
	yw_sharing_sort(*codes, *n);
	return YW_OK;
}

enum yw_code
yw_prepare_audience(const json_t *params, const struct yw_audience *last, struct yw_audience *out,
    struct yw_jurisdiction **codes, struct yw_error *err)
{
	const json_t *list = json_object_get(params, "audience");
	int cls, openness;
	enum yw_code code;

	*codes = NULL;
	*out = (struct yw_audience) { 0 };
	code = param_word(params, "class", class_words, last != NULL ? (int)last->cls : 0, &cls, err);
	if (code == YW_OK)
		code = param_word(params, "openness", openness_words, last != NULL ? (int)last->openness : 0, &openness, err);
	if (code != YW_OK)
		return code;
	if (cls == 0)
		return yw_fail(err, YW_EINVAL, "parameter 'class' is missing: unconditional, conditional or not_shared");
	out->cls = (enum yw_class)cls;
	out->openness = openness != 0 ? (enum yw_openness)openness : YW_OPENNESS_INTERNAL;
	if (list != NULL)
		code = read_codes(list, codes, &out->n_codes, err);
	out->codes = *codes;
	return code;
}

void
yw_prepare_audience_json(struct yw_json *j, const struct yw_audience *a)
{
	yw_json_str(j, "class", class_word(a->cls));
	yw_json_str(j, "openness", openness_word(a->openness));
	yw_json_array(j, "audience");
	for (size_t i = 0; i < a->n_codes; i++)
		yw_json_str(j, NULL, a->codes[i].code);
	yw_json_array_end(j);
}

/* --- The record ----------------------------------------------------------------------------------- */

/*
 * What "get" printed may come back whole.  Who says another operation is not served by a put; the salt is drawn anew, so
 * that only its form matters.
 */
static enum yw_code
check_printed(const json_t *record, bool may_withdraw, enum yw_operation *out, struct yw_error *err)
{
	uint8_t bytes[YW_SALT_BYTES];
	const char *op, *salt;
	enum yw_code code = param_text(record, "operation", false, &op, err);

	*out = YW_OP_PUT;
	if (code == YW_OK && op != NULL && may_withdraw && strcmp(op, "withdraw") == 0)
		*out = YW_OP_WITHDRAW;
	else if (code == YW_OK && op != NULL && strcmp(op, "put") != 0)
		code = yw_fail(err, YW_EINVAL, "'operation' is '%.40s', and only 'put' is done here: use yiwang withdraw to withdraw a "
		    "record", op);
	if (code == YW_OK)
		code = param_text(record, "salt", false, &salt, err);
	if (code == YW_OK && salt != NULL && yw_hex_decode(salt, strlen(salt), bytes, sizeof bytes) != YW_OK)
		code = yw_fail(err, YW_EINVAL, "'salt' is no %d bytes in hex, as get prints them: leave it out", YW_SALT_BYTES);
	return code;
}

enum yw_code
yw_prepare_take(json_t *record, bool may_withdraw, struct yw_prepared *out, struct yw_error *err)
{
	const char *id;
	uint64_t base;
	enum yw_code code = param_id(record, "id", &id, err);

	if (code == YW_OK)
		snprintf(out->id, sizeof out->id, "%s", id);
	if (code == YW_OK)
		code = param_uint(record, "revision", 0, UINT32_MAX - 1, &base, err);
	if (code == YW_OK)
		code = check_printed(record, may_withdraw, &out->op, err);
	if (code != YW_OK)
		return code;
	out->revision = (uint32_t)base + 1;
	json_object_del(record, "revision");
	json_object_del(record, "operation");
	json_object_del(record, "salt");
	return YW_OK;
}

static void
add_note(struct yw_json *notes, const char *id, const struct yw_finding *f)
{
	yw_json_object(notes, NULL);
	yw_json_str(notes, "id", id);
	yw_json_str(notes, "field", f->field);
	yw_json_str(notes, "code", f->code);
	yw_json_str(notes, "reason", f->reason);
	yw_json_object_end(notes);
}

enum yw_code
yw_prepare_validate(struct yw_bytes body, const char *id, const struct yw_validation *by, struct yw_json *notes,
    struct yw_error *err)
{
	struct yw_finding findings[YW_FINDINGS_MAX];
	size_t n = yw_record_validate(body, by, findings, YW_FINDINGS_MAX);

	if (n > 0 && strcmp(findings[0].code, "no_memory") == 0)
		return yw_fail(err, YW_ENOMEM, "%s", findings[0].reason);
	for (size_t i = 0; i < n; i++)
		if (findings[i].refuse)
			return yw_fail(err, YW_EINVAL, "field '%s': %s", findings[i].field, findings[i].reason);
	for (size_t i = 0; notes != NULL && i < n; i++)
		add_note(notes, id, &findings[i]);
	return YW_OK;
}

enum yw_code
yw_prepare_finish(const json_t *record, const struct yw_prepared *p, const struct yw_validation *by, struct yw_buf *body,
    struct yw_json *notes, struct yw_error *err)
{
	struct yw_record_stamp stamp = { .id = p->id, .revision = p->revision, .op = p->op };
	struct yw_buf text = YW_BUF_INIT, draft = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	if (p->op == YW_OP_PUT) {
		code = yw_json_dump(record, &text, err);
		if (code == YW_OK)
			code = yw_record_from_json(yw_buf_bytes(&text), &draft, err);
		if (code != YW_OK)
			yw_fail_context(err, "parameter 'record'");
	}
	if (code == YW_OK)
		code = yw_record_finish(yw_buf_bytes(&draft), &stamp, body, err);
	if (code == YW_OK && p->op == YW_OP_PUT)
		code = yw_prepare_validate(yw_buf_bytes(body), p->id, by, notes, err);
	yw_buf_release(&text);
	yw_buf_release(&draft);
	return code;
}
