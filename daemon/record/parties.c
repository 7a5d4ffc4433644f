/*
 * parties.c - the rules about organisations: their numbers, and what is kept of a natural person.
 */
#include "record/credit.h"
#include "record/validate_int.h"
#include "yiwang/v1/record.pb-c.h"

#define SCHEME(name) YIWANG__V1__IDENTIFIER_SCHEME__IDENTIFIER_SCHEME_##name

static void
judge_fault(struct yw_judge *j, enum yw_number_fault fault, bool credit, char expected)
{
	switch (fault) {
	case YW_NUMBER_GOOD:
		break;
	case YW_NUMBER_LENGTH:
		yw_judge_refuse(j, credit ? "bad_uscc_length" : "bad_identifier", N_("not as long as its scheme asks"));
		break;
	case YW_NUMBER_LOWERCASE:
		yw_judge_refuse(j, credit ? "lowercase_uscc" : "bad_identifier", N_("written in small letters"));
		break;
	case YW_NUMBER_ALPHABET:
		yw_judge_refuse(j, credit ? "bad_uscc_alphabet" : "bad_identifier",
		    N_("holds a character that its scheme does not know"));
		break;
	case YW_NUMBER_CHECK:
		yw_judge_refuse(j, credit ? "bad_uscc_check" : "bad_identifier",
		    "the check character does not agree, it would be %c", expected);
	}
}

/* note: the code of a note on a number that is in form, or NULL. */
static void
judge_digits(struct yw_judge *j, const char *value, size_t length, size_t or_length, const char *note)
{
	const size_t lengths[] = { length, or_length, 0 };
	enum yw_number_fault fault = yw_digits_check(value, strlen(value), lengths);

	judge_fault(j, fault, false, 0);
	if (fault == YW_NUMBER_GOOD && note != NULL)
		yw_judge_note(j, note, "an old registration number of %zu digits", length);
}

static void
judge_number(struct yw_judge *j, int64_t scheme, const char *value)
{
	static const struct yw_rule any = { .check = NUMBER, .limit = 64 };
	const struct yw_value v = { .text = value };
	enum yw_number_fault fault;
	char expected = 0;

	switch (scheme) {
	case SCHEME(CREDIT_CODE):
		fault = yw_credit_code_check(value, strlen(value), &expected);
		judge_fault(j, fault, true, expected);
		break;
	case SCHEME(REGISTRATION_15):
		if (yw_is_old_identity_number(value, strlen(value)))
			yw_judge_refuse(j, "identity_number", N_("15 digits with a day of birth among them, and the last one checks no "
			    "registration number: a person's old identity number does not belong here"));
		else
			judge_digits(j, value, YW_REGISTRATION_CHARS, 0, "legacy_reg_no_15");
		break;
	case SCHEME(REGISTRATION_13):
		judge_digits(j, value, 13, 0, "legacy_reg_no_13");
		break;
	case SCHEME(ORGANISATION_CODE):
		fault = yw_organisation_code_check(value, strlen(value), &expected);
		judge_fault(j, fault, false, expected);
		break;
	case SCHEME(MINISTRY_OF_EDUCATION):
		judge_digits(j, value, 10, 5, NULL);
		break;
	case SCHEME(NONE):
		yw_judge_refuse(j, "bad_identifier", N_("a number, where the scheme says that there is none"));
		break;
	default:
		yw_check_number(j, &any, &v);
	}
}

void
yw_check_identifier(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct yw_value scheme = yw_value_of(v->message, "scheme"), value = yw_value_of(v->message, "value");
	size_t entered = yw_path_enter(&j->path, "value");

	(void)rule;
	if (yw_names_person(value.text))
		;	/* refused as any text with one is, when the walk comes to it */
	else if (!value.absent && scheme.absent)
		yw_judge_refuse(j, "missing_scheme", N_("of which scheme this number is must be stated"));
	else if (!value.absent)
		judge_number(j, scheme.number, value.text);
	else if (scheme.number != SCHEME(NONE))
		yw_judge_refuse(j, "missing_field", N_("must be stated, or the scheme be none"));
	yw_path_leave(&j->path, entered);
}

static bool
is_person(const ProtobufCMessage *organisation)
{
	return yw_value_of(organisation, "type").number ==
	    YIWANG__V1__ORGANISATION_TYPE__ORGANISATION_TYPE_NATURAL_PERSON;
}

/* v is the name of an organisation. */
void
yw_check_person(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (!is_person(v->in)) {
		if (v->absent)
			yw_judge_refuse(j, "missing_field", N_("must be stated"));
		return;
	}
	j->person = true;
	if (v->absent && yw_value_of(v->in, "identifier").absent)
		yw_judge_note(j, "natural_person", N_("a natural person, stored without name and number"));
	else
		yw_judge_forbid(j, "natural_person_named", N_("a natural person is stored without name and number"));
	j->person = false;
}

/* By the letters of ISO 3166, its number there, or the customs' number; who states none is of here. */
static bool
is_domestic(const ProtobufCMessage *organisation)
{
	struct yw_value country = yw_value_of(organisation, "country");

	return country.absent || strcmp(country.text, "CHN") == 0 || strcmp(country.text, "156") == 0 ||
	    strcmp(country.text, "142") == 0;
}

/* Foreign parties and persons have no number here; of all others one is expected. */
void
yw_check_identified(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (is_domestic(v->message) && !is_person(v->message) && yw_value_of(v->message, "identifier").absent)
		yw_judge_note(j, "missing_identifier", N_("no identifier"));
}

static bool
covers(const struct yw_jurisdiction *own, const struct yw_jurisdiction *code)
{
	return yw_jurisdiction_equal(own, code) || yw_jurisdiction_above(own, code);
}

/* By the code of its own date, or by what that is today: the table never re-parents a record. */
static bool
is_within(const struct yw_validation *by, const struct yw_jurisdiction *code)
{
	const struct yw_division *today = by->divisions != NULL ? yw_division_today(by->divisions, code->code) : NULL;

	return covers(by->own, code) || (today != NULL && covers(by->own, &today->code));
}

/* A contract is registered where its seller is; one of a foreign seller by the domestic buyer, wherever that is. */
void
yw_check_seller(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct yw_value division = yw_value_of(v->message, "division");
	struct yw_jurisdiction code;
	size_t entered;

	(void)rule;
	if (j->by->own == NULL || division.absent || !is_domestic(v->message) ||
	    yw_jurisdiction_parse(division.text, strlen(division.text), &code) != YW_OK ||
	    (j->by->divisions != NULL && yw_division_find(j->by->divisions, code.code) == NULL) || is_within(j->by, &code))
		return;
	entered = yw_path_enter(&j->path, "division");
	yw_judge_note(j, "seller_elsewhere", "the seller is of %s, which is not in %s: a contract is registered where its seller is",
	    code.code, j->by->own->code);
	yw_path_leave(&j->path, entered);
}
