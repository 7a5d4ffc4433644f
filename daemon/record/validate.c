/*
 * validate.c - the table of content rules, and the walk that asks them of a record.
 *
 * A row stands under the message it is about, not under a kind: an organisation is judged alike wherever
 * one is named.  Rows of one message stand together, those of one field in the order in which they are
 * asked.  Of every enumeration the walk itself asks whether its value is known.
 */
#include <stdarg.h>

#include "base/text.h"
#include "record/credit.h"
#include "record/validate_int.h"
#include "record/wire.h"
#include "yiwang/v1/record.pb-c.h"

#define RECORD &yiwang__v1__record__descriptor
#define CONTRACT &yiwang__v1__contract__descriptor
#define OFFICE &yiwang__v1__registry_office__descriptor
#define FORECAST &yiwang__v1__transfer_forecast__descriptor
#define ORGANISATION &yiwang__v1__organisation__descriptor
#define DOCUMENT &yiwang__v1__document__descriptor
#define LINK &yiwang__v1__reference__descriptor
#define INSTITUTION &yiwang__v1__institution__descriptor
#define FIGURES &yiwang__v1__year_figures__descriptor
#define BROKER &yiwang__v1__broker__descriptor
#define ACHIEVEMENT &yiwang__v1__achievement__descriptor
#define ACHIEVEMENT_SET &yiwang__v1__achievement_set__descriptor
#define DEMAND &yiwang__v1__demand__descriptor
#define PROJECT &yiwang__v1__project__descriptor
#define REQUEST &yiwang__v1__correction_request__descriptor
#define POINT &yiwang__v1__correction_point__descriptor
#define ANSWER &yiwang__v1__correction_answer__descriptor

/* Characters. */
#define DIGITS 64
#define WORDS 200
#define NAME 500
#define TEXT 2000
#define LONG 8000

#define CHOICES 64	/* values of one list of words */
#define INDUSTRY "A99|A999|A9999"	/* GB/T 4754: letter, division, group, class */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Message, field, check, then what the check asks for: limit, other, code (validate_int.h). */
static const struct yw_rule rules[] = {
	{ RECORD, "replaces", RECORD_ID },

	{ CONTRACT, "registration_number", REQUIRED },
	{ CONTRACT, "registration_number", REGISTRATION, DIGITS },
	{ CONTRACT, "own_number", NUMBER, DIGITS },
	{ CONTRACT, "title", REQUIRED },
	{ CONTRACT, "title", LINE, NAME },
	{ CONTRACT, "kind", REQUIRED },
	{ CONTRACT, "sub_kind", SUB_KIND },
	{ CONTRACT, "total_amount_fen", REQUIRED, 0, NULL, "zero_amount" },
	{ CONTRACT, "total_amount_fen", AMOUNT },
	{ CONTRACT, "technical_amount_fen", ASKED, 0, NULL, "missing_amount" },
	{ CONTRACT, "technical_amount_fen", AMOUNT },
	{ CONTRACT, "technical_amount_fen", AT_MOST, 0, "total_amount_fen", "technical_gt_total" },
	{ CONTRACT, "signed_on", REQUIRED },
	{ CONTRACT, "signed_on", DATE },
	{ CONTRACT, "signed_on", PAST },
	{ CONTRACT, "start_on", DATE },
	{ CONTRACT, "end_on", DATE },
	{ CONTRACT, "end_on", NOT_BEFORE, 0, "start_on", "end_before_start" },
	{ CONTRACT, "registered_on", DATE },
	{ CONTRACT, "registered_on", PAST },
	{ CONTRACT, "registered_on", NOT_BEFORE, 0, "signed_on", "registered_before_signed" },
	{ CONTRACT, "certificate_number", NUMBER, DIGITS },
	{ CONTRACT, "status_on", TOLD },
	{ CONTRACT, "status_on", DATE },
	{ CONTRACT, "status_on", PAST },
	{ CONTRACT, "status_on", NOT_BEFORE, 0, "signed_on", "status_before_signed" },
	{ CONTRACT, "status_reason", TOLD },
	{ CONTRACT, "status_reason", LINES, TEXT },
	{ CONTRACT, "seller", REQUIRED },
	{ CONTRACT, "seller", IDENTIFIED },
	{ CONTRACT, "seller", SELLER },
	{ CONTRACT, "buyer", REQUIRED },
	{ CONTRACT, "buyer", IDENTIFIED },
	{ CONTRACT, "sub_field", LINE, WORDS },
	{ CONTRACT, "plan_name", LINE, WORDS },
	{ CONTRACT, "goal", FORM, 0, "**|***|****" },
	{ CONTRACT, "industry", FORM, 0, INDUSTRY },
	{ CONTRACT, "broker", REFERENCE, 0, "broker" },
	{ CONTRACT, "institution", REFERENCE, 0, "institution" },
	{ CONTRACT, "rule_version", FORM, 0, "9999" },
	{ CONTRACT, "documents", COUNT, YW_DOCUMENTS_MAX },
	{ CONTRACT, "secrecy", SECRECY },
	{ OFFICE, "number", NUMBER, DIGITS },
	{ OFFICE, "name", LINE, NAME },
	{ OFFICE, "division", DIVISION },
	{ FORECAST, "new_investment_fen", AMOUNT },
	{ FORECAST, "new_output_fen", AMOUNT },

	{ ORGANISATION, "name", PERSON },
	{ ORGANISATION, "name", LINE, NAME },
	{ ORGANISATION, "identifier", IDENTIFIER },
	{ ORGANISATION, "division", DIVISION },
	{ ORGANISATION, "nature_code", FORM, 0, "999" },
	{ ORGANISATION, "country", FORM, 0, "AAA|999" },
	{ DOCUMENT, "media_type", MEDIA_TYPE, 127 },
	{ DOCUMENT, "bytes", AMOUNT },
	{ DOCUMENT, "sha256", REQUIRED },
	{ DOCUMENT, "sha256", BYTES, YW_HASH_BYTES },
	{ LINK, "number", NUMBER, DIGITS },

	{ INSTITUTION, "number", NUMBER, DIGITS },
	{ INSTITUTION, "organisation", REQUIRED },
	{ INSTITUTION, "established_on", DATE },
	{ INSTITUTION, "established_on", PAST },
	{ INSTITUTION, "staff_brokers", AT_MOST, 0, "staff_total" },
	{ INSTITUTION, "fields", COUNT, CHOICES },
	{ INSTITUTION, "services", COUNT, CHOICES },
	{ INSTITUTION, "recognised_on", DATE },
	{ INSTITUTION, "recognised_on", PAST },
	{ INSTITUTION, "valid_to", DATE },
	{ INSTITUTION, "valid_to", NOT_BEFORE, 0, "recognised_on", "valid_to_before_start" },
	{ INSTITUTION, "figures", COUNT, 64 },
	{ FIGURES, "year", REQUIRED },
	{ FIGURES, "year", AT_MOST, 2199 },
	{ FIGURES, "amount_fen", AMOUNT },

	{ BROKER, "certificate_number", REQUIRED },
	{ BROKER, "certificate_number", NUMBER, DIGITS },
	{ BROKER, "name", LINE, WORDS },
	{ BROKER, "institution", REFERENCE, 0, "institution" },
	{ BROKER, "division", DIVISION },
	{ BROKER, "fields", COUNT, CHOICES },
	{ BROKER, "certified_on", DATE },
	{ BROKER, "certified_on", PAST },
	{ BROKER, "valid_to", DATE },
	{ BROKER, "valid_to", NOT_BEFORE, 0, "certified_on", "valid_to_before_start" },

	{ ACHIEVEMENT, "number", NUMBER, DIGITS },
	{ ACHIEVEMENT, "title", REQUIRED },
	{ ACHIEVEMENT, "title", LINE, NAME },
	{ ACHIEVEMENT, "summary", LINES, LONG },
	{ ACHIEVEMENT, "division", DIVISION },
	{ ACHIEVEMENT, "readiness", AT_MOST, 9 },
	{ ACHIEVEMENT, "secrecy", REQUIRED },
	{ ACHIEVEMENT, "secrecy", SECRECY },
	{ ACHIEVEMENT, "keywords", COUNT, 3 },
	{ ACHIEVEMENT, "keywords", LINE, WORDS },
	{ ACHIEVEMENT, "registered_on", DATE },
	{ ACHIEVEMENT, "registered_on", PAST },
	{ ACHIEVEMENT, "research_from", MONTH },
	{ ACHIEVEMENT, "research_to", MONTH },
	{ ACHIEVEMENT, "research_to", NOT_BEFORE, 0, "research_from", "end_before_start" },
	{ ACHIEVEMENT, "ip_numbers", COUNT, 64 },
	{ ACHIEVEMENT, "ip_numbers", NUMBER, DIGITS },
	{ ACHIEVEMENT, "ip_numbers", PATENT },
	{ ACHIEVEMENT, "ip_granted_on", DATE },
	{ ACHIEVEMENT, "ip_granted_on", PAST },
	{ ACHIEVEMENT, "transfer_modes", COUNT, CHOICES },
	{ ACHIEVEMENT, "price_kind", PRICE },
	{ ACHIEVEMENT, "asking_price_fen", AMOUNT },
	{ ACHIEVEMENT, "published_on", DATE },
	{ ACHIEVEMENT, "published_on", PAST },
	{ ACHIEVEMENT, "expires_on", DATE },
	{ ACHIEVEMENT, "expires_on", NOT_BEFORE, 0, "published_on", "valid_to_before_start" },

	{ ACHIEVEMENT_SET, "number", NUMBER, DIGITS },
	{ ACHIEVEMENT_SET, "title", REQUIRED },
	{ ACHIEVEMENT_SET, "title", LINE, NAME },
	{ ACHIEVEMENT_SET, "summary", LINES, LONG },
	{ ACHIEVEMENT_SET, "division", REQUIRED },
	{ ACHIEVEMENT_SET, "division", DIVISION },
	{ ACHIEVEMENT_SET, "published_on", REQUIRED },
	{ ACHIEVEMENT_SET, "published_on", DATE },
	{ ACHIEVEMENT_SET, "published_on", PAST },
	{ ACHIEVEMENT_SET, "fields", COUNT, CHOICES },
	{ ACHIEVEMENT_SET, "achievements", REQUIRED },
	{ ACHIEVEMENT_SET, "achievements", COUNT, 4096 },
	{ ACHIEVEMENT_SET, "achievements", REFERENCE, 0, "achievement" },

	{ DEMAND, "number", NUMBER, DIGITS },
	{ DEMAND, "title", REQUIRED },
	{ DEMAND, "title", LINE, NAME },
	{ DEMAND, "division", DIVISION },
	{ DEMAND, "industry", FORM, 0, INDUSTRY },
	{ DEMAND, "problem", LINES, LONG },
	{ DEMAND, "indicators", LINES, LONG },
	{ DEMAND, "cooperation", COUNT, CHOICES },
	{ DEMAND, "budget_fen", AMOUNT },
	{ DEMAND, "published_on", DATE },
	{ DEMAND, "published_on", PAST },
	{ DEMAND, "due_on", DATE },
	{ DEMAND, "due_on", NOT_BEFORE, 0, "published_on", "end_before_start" },
	{ DEMAND, "secrecy", SECRECY },

	{ PROJECT, "number", NUMBER, DIGITS },
	{ PROJECT, "title", REQUIRED },
	{ PROJECT, "title", LINE, NAME },
	{ PROJECT, "division", DIVISION },
	{ PROJECT, "amount_fen", AMOUNT },
	{ PROJECT, "start_on", DATE },
	{ PROJECT, "end_on", DATE },
	{ PROJECT, "end_on", NOT_BEFORE, 0, "start_on", "end_before_start" },
	{ PROJECT, "contract", REFERENCE, 0, "contract" },
	{ PROJECT, "secrecy", SECRECY },

	{ REQUEST, "record", REQUIRED },
	{ REQUEST, "record", RECORD_ID },
	{ REQUEST, "revision", REQUIRED },
	{ REQUEST, "raised_on", DATE },
	{ REQUEST, "raised_on", PAST },
	{ REQUEST, "reason", REQUIRED },
	{ REQUEST, "reason", LINES, TEXT },
	{ REQUEST, "points", COUNT, 64 },
	{ REQUEST, "documents", COUNT, YW_DOCUMENTS_MAX },
	{ POINT, "field", REQUIRED },
	{ POINT, "field", LINE, WORDS },
	{ POINT, "proposed", LINES, LONG },
	{ POINT, "reason", LINES, TEXT },
	{ ANSWER, "request", REQUIRED },
	{ ANSWER, "request", RECORD_ID, 0, "correction_request" },
	{ ANSWER, "outcome", REQUIRED },
	{ ANSWER, "outcome", OUTCOME },
	{ ANSWER, "reason", LINES, TEXT },
	{ ANSWER, "answered_on", DATE },
	{ ANSWER, "answered_on", PAST },
};
#pragma GCC diagnostic pop
#define N_RULES (sizeof rules / sizeof *rules)

const struct yw_rule *
yw_rules(size_t *n)
{
	*n = N_RULES;
	return rules;
}

bool
yw_record_is_id(const char *member)
{
	size_t i = 0;

	while (i < N_RULES && (rules[i].check != RECORD_ID || strcmp(rules[i].field, member) != 0))
		i++;
	return i < N_RULES || strcmp(member, "id") == 0;	/* the record's, and that of a REFERENCE */
}

/* --- Findings ----------------------------------------------------------------------------------- */

/* Where the next finding goes: a refusal takes the place of the last note when all are taken. */
static struct yw_finding *
next_finding(struct yw_judge *j, bool refuse)
{
	size_t i;

	if (j->n < j->max)
		return &j->out[j->n++];
	for (i = j->max; refuse && i > 0; i--)
		if (!j->out[i - 1].refuse)
			return &j->out[i - 1];
	return NULL;
}

enum weight { NOTE, REFUSAL, ALWAYS };

static void __attribute__((format(printf, 4, 0)))
find(struct yw_judge *j, enum weight weight, const char *code, const char *fmt, va_list ap)
{
	struct yw_finding *f = next_finding(j, weight != NOTE);

	if (f == NULL)
		return;
	f->refuse = weight != NOTE;
	f->always = weight == ALWAYS;
	f->person = j->person;
	snprintf(f->code, sizeof f->code, "%s", code);
	snprintf(f->field, sizeof f->field, "%.63s", j->path.text);
	vsnprintf(f->reason, sizeof f->reason, fmt, ap);
	yw_text_safe(f->reason);
}

void
yw_judge_refuse(struct yw_judge *j, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find(j, REFUSAL, code, fmt, ap);
	va_end(ap);
}

void
yw_judge_forbid(struct yw_judge *j, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find(j, ALWAYS, code, fmt, ap);
	va_end(ap);
}

void
yw_judge_note(struct yw_judge *j, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	find(j, NOTE, code, fmt, ap);
	va_end(ap);
}

/* --- The walk ----------------------------------------------------------------------------------- */

/* What stands at `at` of a field's type. */
static struct yw_value
value_at(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *field, const void *at)
{
	struct yw_value v = { .in = m, .text = "" };

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		v.text = *(char *const *)at;
		v.absent = *v.text == '\0';
		break;
	case PROTOBUF_C_TYPE_BYTES:
		v.bytes = ((const ProtobufCBinaryData *)at)->len;
		v.absent = v.bytes == 0;
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		v.message = *(ProtobufCMessage *const *)at;
		v.absent = v.message == NULL;
		break;
	case PROTOBUF_C_TYPE_INT64:
		v.number = *(const int64_t *)at;
		v.absent = v.number == 0;
		break;
	case PROTOBUF_C_TYPE_UINT32:
		v.number = *(const uint32_t *)at;
		v.absent = v.number == 0;
		break;
	default:	/* an enumeration: no other type is in the schema */
		v.number = *(const int32_t *)at;
		v.absent = v.number == 0;
	}
	return v;
}

static const void *
member(const ProtobufCMessage *m, size_t offset)
{
	return (const char *)m + offset;
}

struct yw_value
yw_value_of(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

	return value_at(m, field, member(m, field->offset));
}

static bool
is_asked(enum yw_check check, bool whole, bool absent)
{
	switch (check) {
	case REQUIRED:
	case ASKED:
	case TOLD:
		return absent;
	case PERSON:
		return true;
	case COUNT:
		return whole && !absent;
	default:
		return !whole && !absent;
	}
}

/* The first row about a message; those of one message stand together. */
static const struct yw_rule *
rules_of(const ProtobufCMessageDescriptor *type)
{
	const struct yw_rule *r = rules;

	while (r < rules + N_RULES && r->type != type)
		r++;
	return r;
}

/* The rows of one field; `whole` means the list and not one value in it. */
static void
ask(struct yw_judge *j, const char *field, const struct yw_value *v, bool whole)
{
	const struct yw_rule *r;

	for (r = j->rules; r < rules + N_RULES && r->type == v->in->descriptor; r++)
		if (r->field[0] == field[0] &&	/* tells most apart, and this is asked of each pair */
		    strcmp(r->field, field) == 0 && is_asked(r->check, whole, v->absent))
			yw_check(j, r, v);
}

static void walk(struct yw_judge *j, const ProtobufCMessage *m);

static void
judge_value(struct yw_judge *j, const ProtobufCFieldDescriptor *field, const struct yw_value *v)
{
	char code[32];

	if (field->type == PROTOBUF_C_TYPE_ENUM && !v->absent &&
	    protobuf_c_enum_descriptor_get_value(field->descriptor, (int)v->number) == NULL) {
		snprintf(code, sizeof code, "unknown_%.23s", field->name);
		yw_judge_refuse(j, code, "the value %d is not known to this version", (int)v->number);
		return;
	}
	if (yw_names_person(v->text)) {		/* before any rule could quote it */
		j->person = true;
		yw_judge_refuse(j, "identity_number", N_("a person's identity number does not belong here"));
		j->person = false;
		return;
	}
	ask(j, field->name, v, false);
	if (v->message != NULL)
		walk(j, v->message);
}

static size_t
size_of(const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_INT64:
		return sizeof(int64_t);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return sizeof(int32_t);
	}
}

static void
judge_list(struct yw_judge *j, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *field)
{
	size_t i, entered, n = *(const size_t *)member(m, field->quantifier_offset);
	struct yw_value all = { .in = m, .text = "", .number = (int64_t)n, .absent = n == 0 };
	const char *values = *(const char *const *)member(m, field->offset);

	ask(j, field->name, &all, true);
	for (i = 0; i < n; i++) {
		struct yw_value v = value_at(m, field, values + i * size_of(field));

		entered = yw_path_index(&j->path, i);
		if (v.absent)
			yw_judge_refuse(j, "missing_field", N_("an empty value in a list"));
		else
			judge_value(j, field, &v);
		yw_path_leave(&j->path, entered);
	}
}

static void
walk(struct yw_judge *j, const ProtobufCMessage *m)
{
	const struct yw_rule *outer = j->rules;
	size_t i, entered;

	j->rules = rules_of(m->descriptor);
	for (i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &m->descriptor->fields[i];
		bool one_of = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
		struct yw_value v;

		if (one_of && *(const uint32_t *)member(m, field->quantifier_offset) != field->id)
			continue;
		entered = yw_path_enter(&j->path, field->name);
		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			judge_list(j, m, field);
		} else {
			v = value_at(m, field, member(m, field->offset));
			judge_value(j, field, &v);
		}
		yw_path_leave(&j->path, entered);
	}
	j->rules = outer;
}

/* Offices write the day it is in China. */
static void
set_today(struct yw_judge *j)
{
	char text[YW_TIME_TEXT_MAX];

	yw_time_text(j->by->now_ms + INT64_C(8) * 3600 * 1000, text);
	memcpy(j->today, text, 10);
	j->today[10] = '\0';
}

size_t
yw_record_validate(struct yw_bytes body, const struct yw_validation *by, struct yw_finding *out, size_t max)
{
	struct yw_judge j = { .by = by, .out = out, .max = max };
	Yiwang__V1__Record *record = NULL;
	struct yw_error err;
	enum yw_code code;

	set_today(&j);
	code = body.len > YW_BODY_MAX ? yw_fail(&err, YW_ELIMIT, "over %u bytes", YW_BODY_MAX)
	    : yw_decode(&yiwang__v1__record__descriptor, body, &record, &err);
	if (code != YW_OK)
		yw_judge_refuse(&j, code == YW_ENOMEM ? "no_memory" : "malformed", "%s", err.msg);
	else
		walk(&j, &record->base);
	yw_decode_free(record);
	return j.n;
}
