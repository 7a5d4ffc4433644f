/*
 * checks.c - the checks that the table of rules names, one function each.
 */
#include "record/validate_int.h"

#include <inttypes.h>

#include "base/text.h"
#include "record/credit.h"
#include "record/kind.h"
#include "yiwang/v1/record.pb-c.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static void
check_count(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	if (v->number > rule->limit)
		yw_judge_refuse(j, "too_many_values", "%" PRId64 " values, at most %" PRId64 " are allowed",
		    v->number, rule->limit);
}

/* '9' in the form stands for a digit, 'A' for a capital, '*' for either, all else for itself. */
static bool
fits(const char *text, const char *form, size_t len)
{
	size_t i;

	if (strlen(text) != len)
		return false;
	for (i = 0; i < len; i++) {
		const char *set = form[i] == '9' ? DIGITS : form[i] == 'A' ? UPPER : form[i] == '*' ? DIGITS UPPER : NULL;

		if (set != NULL ? strchr(set, text[i]) == NULL : text[i] != form[i])
			return false;
	}
	return true;
}

/* --- Text --------------------------------------------------------------------------------------- */

struct text_facts {
	size_t chars;
	bool control, replacement, newline, fullwidth_digit;
	bool blank;			/* nothing in it can be seen */
	uint32_t hidden;		/* the first character that makes text look other than it is; 0: none */
};

/* The character that begins at p, and its bytes; in UTF-8, which the wire check has made sure of. */
static uint32_t
char_at(const uint8_t *p, size_t *len)
{
	static const uint8_t first[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c;
	size_t i;

	*len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	c = *p & first[*len];
	for (i = 1; i < *len; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

/* Separators of lines, what turns the direction of writing (Unicode's UAX 9), a byte order mark, noncharacters. */
static bool
is_hidden(uint32_t c)
{
	return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c >= 0xfdd0 && c <= 0xfdef) ||
	    (c & 0xfffe) == 0xfffe;
}

/* White space, and the marks of no width that do nothing but between letters. */
static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == 0xa0 || (c >= 0x2000 && c <= 0x200f) || c == 0x202f || c == 0x205f ||
	    c == 0x2060 || c == 0x3000;
}

/* One pass over the characters. */
static struct text_facts
look_at(const char *text, bool lines)
{
	const uint8_t *p = (const uint8_t *)text;
	struct text_facts f = { .blank = true };
	size_t len;

	for (; *p; p += len) {
		uint32_t c = char_at(p, &len);

		f.chars++;
		f.blank = f.blank && is_blank(c);
		if (c == '\n')
			f.newline = true;
		else if ((c < 0x20 && !(lines && c == '\t')) || (c >= 0x7f && c <= 0x9f))
			f.control = true;		/* ASCII's, and C1 */
		else if (c == 0xfffd)
			f.replacement = true;
		else if (c >= 0xff10 && c <= 0xff19)
			f.fullwidth_digit = true;
		else if (f.hidden == 0 && is_hidden(c))
			f.hidden = c;
	}
	return f;
}

/* Does the text begin with white space as tables have it: ASCII, U+00A0, U+3000? */
static bool
space_at(const char *p)
{
	return strchr(" \t\n", *p) != NULL || strncmp(p, "\xc2\xa0", 2) == 0 || strncmp(p, "\xe3\x80\x80", 3) == 0;
}

static bool
has_surrounding_space(const char *text)
{
	const char *last = text + strlen(text) - 1;	/* only what is not empty is asked */

	while (last > text && (*last & 0xc0) == 0x80)
		last--;
	return space_at(text) || space_at(last);
}

/* False where a refusal was given. */
static bool
sound_text(struct yw_judge *j, const struct text_facts *f, int64_t limit)
{
	if (f->control)
		yw_judge_refuse(j, "control_character", N_("holds a control character"));
	else if (f->replacement)
		yw_judge_refuse(j, "replacement_character",
		    N_("holds U+FFFD: it was decoded in the wrong character set"));
	else if (f->hidden != 0)
		yw_judge_refuse(j, "hidden_character", "holds U+%04" PRIX32 ", which is not shown, or changes how the rest is shown: "
		    "remove it", f->hidden);
	else if (f->blank)
		yw_judge_refuse(j, "missing_field", N_("holds nothing but white space: state it, or leave it out"));
	else if ((int64_t)f->chars > limit)
		yw_judge_refuse(j, "overlong_field", "%zu characters, at most %" PRId64 " are allowed", f->chars,
		    limit);
	else
		return true;
	return false;
}

static void
check_line(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct text_facts f = look_at(v->text, false);

	if (!sound_text(j, &f, rule->limit))
		return;
	if (f.newline)
		yw_judge_note(j, "quoted_newline", N_("has more than one line"));
	if (has_surrounding_space(v->text))
		yw_judge_note(j, "surrounding_space", N_("begins or ends with a space"));
}

static void
check_lines(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct text_facts f = look_at(v->text, true);

	(void)sound_text(j, &f, rule->limit);
}

/* --- Numbers that are text ---------------------------------------------------------------------- */

static unsigned
number_at(const char *p, size_t digits)
{
	unsigned v = 0;

	while (digits-- > 0)
		v = v * 10 + (unsigned)(*p++ - '0');
	return v;
}

static bool
day_exists(unsigned y, unsigned m, unsigned d)
{
	return y >= 1900 && y < 2200 && yw_day_exists(y, m, d);
}

/* False where a refusal was given. */
static bool
sound_number(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct text_facts f = look_at(v->text, false);

	if (!sound_text(j, &f, rule->limit))
		return false;
	if (f.fullwidth_digit)
		yw_judge_refuse(j, "fullwidth_digits", N_("full-width digits"));
	else if (yw_is_mangled_number(v->text))
		yw_judge_refuse(j, "excel_scientific", "a spreadsheet has damaged this number to '%.40s'", v->text);
	else
		return true;
	return false;
}

void
yw_check_number(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	if (sound_number(j, rule, v))
		check_line(j, rule, v);
}

static void
check_registration(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	size_t len = strlen(v->text);

	if (sound_number(j, rule, v) && ((len != 16 && len != 14) || strspn(v->text, DIGITS) != len))
		yw_judge_refuse(j, "bad_registration_no", N_("not 16 digits, nor the older 14"));
}

static void
check_form(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	const char *form = rule->other;
	size_t len;

	for (;; form += len + 1) {
		len = strcspn(form, "|");
		if (fits(v->text, form, len))
			return;
		if (form[len] == '\0')
			break;
	}
	yw_judge_refuse(j, "bad_code", "'%.40s' has not the form %s (9 a digit, A a capital, * either)", v->text,
	    rule->other);
}

static void
check_media_type(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	static const char name[] = UPPER "abcdefghijklmnopqrstuvwxyz" DIGITS "!#$&-^_.+";
	size_t type = strspn(v->text, name);
	size_t sub = v->text[type] == '/' ? strspn(v->text + type + 1, name) : 0;

	if (type == 0 || sub == 0 || v->text[type + 1 + sub] != '\0' || type + 1 + sub > (size_t)rule->limit)
		yw_judge_refuse(j, "bad_code", "'%.40s' is no media type", v->text);
}

/* ZL, 8 digits (before 2003-10) or 12, a dot, a check character: weights 2 to 9 and again from 2, mod 11. */
static void
check_patent(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	unsigned sum = 0;
	const char *p;
	size_t i, n;

	(void)rule;
	if (strncmp(v->text, "ZL", 2) != 0)
		return;
	p = v->text + 2;
	n = strspn(p, DIGITS);
	for (i = 0; i < n; i++)
		sum += (unsigned)(p[i] - '0') * (2 + i % 8);
	if ((n != 8 && n != 12) || p[n] != '.' || p[n + 1] != "0123456789X"[sum % 11] || p[n + 2] != '\0')
		yw_judge_note(j, "bad_patent_no", "'%.40s' is no right patent number", v->text);
}

/* --- Dates -------------------------------------------------------------------------------------- */

static bool
is_date(const char *text)
{
	return fits(text, "9999-99-99", 10) &&
	    day_exists(number_at(text, 4), number_at(text + 5, 2), number_at(text + 8, 2));
}

static bool
is_month(const char *text)
{
	return fits(text, "9999-99", 7) && day_exists(number_at(text, 4), number_at(text + 5, 2), 1);
}

static void
check_date(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (!fits(v->text, "9999-99-99", 10))
		yw_judge_refuse(j, "bad_date", "'%.40s' is no date of the form 2021-03-05", v->text);
	else if (!is_date(v->text))
		yw_judge_refuse(j, "impossible_date", "there is no day %s", v->text);
}

static void
check_month(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (!fits(v->text, "9999-99", 7))
		yw_judge_refuse(j, "bad_date", "'%.40s' is no month of the form 2021-03", v->text);
	else if (!is_month(v->text))
		yw_judge_refuse(j, "impossible_date", "there is no month %s", v->text);
}

/* ISO dates, and ISO months, are in order of time as text. */
static void
check_past(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (is_date(v->text) && strcmp(v->text, j->today) > 0)
		yw_judge_refuse(j, "future_date", "%s is not yet", v->text);
}

static void
check_not_before(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	const char *other = yw_value_of(v->in, rule->other).text;
	bool comparable = (is_date(v->text) && is_date(other)) || (is_month(v->text) && is_month(other));

	if (comparable && strcmp(v->text, other) < 0)
		yw_judge_refuse(j, rule->code, "%s is before %s, %s", v->text, rule->other, other);
}

/* --- Quantities --------------------------------------------------------------------------------- */

static void
check_amount(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (v->number < 0)
		yw_judge_refuse(j, "negative_amount", N_("below 0"));
}

static void
check_at_most(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct yw_value other = { .number = rule->limit };

	if (rule->other != NULL)
		other = yw_value_of(v->in, rule->other);
	if (rule->other != NULL && (other.absent || other.number <= 0))
		return;
	if (v->number > other.number)
		yw_judge_refuse(j, rule->code != NULL ? rule->code : "bad_value", "%" PRId64 " is more than %s%s%" PRId64,
		    v->number, rule->other != NULL ? rule->other : "", rule->other != NULL ? ", " : "", other.number);
}

static void
check_bytes(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	if ((int64_t)v->bytes != rule->limit)
		yw_judge_refuse(j, "bad_value", "%zu bytes, not %" PRId64, v->bytes, rule->limit);
}

/* --- References --------------------------------------------------------------------------------- */

static void
check_division(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	const struct yw_division *d;
	struct yw_jurisdiction code;

	(void)rule;
	if (yw_jurisdiction_parse(v->text, strlen(v->text), &code) != YW_OK) {
		yw_judge_refuse(j, "bad_division", "'%.40s' is no division code of six digits", v->text);
		return;
	}
	if (j->by->divisions == NULL)
		return;
	d = yw_division_find(j->by->divisions, code.code);
	if (d == NULL && j->by->own != NULL && yw_jurisdiction_equal(&code, j->by->own))
		yw_judge_note(j, "unlisted_division", "%s is this node's own, and stands in no table of divisions", code.code);
	else if (d == NULL)
		yw_judge_refuse(j, "unknown_division", "there is no division %s", code.code);
	else if (d->valid_to[0] != '\0')
		yw_judge_note(j, "retired_division", "%s %.60s was in force until %s", code.code, d->name, d->valid_to);
	else if (d->level == YW_DIVISION_ZONE)
		yw_judge_note(j, "zone_division", "%s %.60s is a development zone, no division", code.code, d->name);
}

/* rule->other is the kind that belongs there, NULL for any. */
static void
check_id(struct yw_judge *j, const struct yw_rule *rule, const char *text)
{
	struct yw_record_id id;

	if (yw_record_id_parse(text, strlen(text), &id) != YW_OK || yw_kind_parse(id.kind, strlen(id.kind)) == YW_KIND_NONE)
		yw_judge_refuse(j, "bad_reference", "'%.60s' is no record id", text);
	else if (rule->other != NULL && strcmp(id.kind, rule->other) != 0)
		yw_judge_refuse(j, "bad_reference", "'%.60s' is of another kind than %s", text, rule->other);
}

static void
check_record_id(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	check_id(j, rule, v->text);
}

static void
check_reference(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	struct yw_value id = yw_value_of(v->message, "id"), number = yw_value_of(v->message, "number");
	size_t entered;

	if (id.absent && number.absent)
		yw_judge_refuse(j, "missing_field", N_("neither id nor number"));
	if (id.absent)
		return;
	entered = yw_path_enter(&j->path, "id");
	check_id(j, rule, id.text);
	yw_path_leave(&j->path, entered);
}

/* --- Rules of one kind -------------------------------------------------------------------------- */

/* The tens of a sub-kind are its kind; before the Civil Code a licence was a transfer. */
static void
check_sub_kind(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	int64_t kind = yw_value_of(v->in, "kind").number;
	struct yw_value signed_on = yw_value_of(v->in, "signed_on");
	bool before_the_code = !signed_on.absent && strcmp(signed_on.text, "2021-01-01") < 0;

	(void)rule;
	if (v->number / 10 == kind || kind < YIWANG__V1__CONTRACT_KIND__CONTRACT_KIND_DEVELOPMENT ||
	    kind > YIWANG__V1__CONTRACT_KIND__CONTRACT_KIND_SERVICE)
		return;		/* or a kind that is refused by itself */
	if (before_the_code && kind == YIWANG__V1__CONTRACT_KIND__CONTRACT_KIND_TRANSFER &&
	    v->number / 10 == YIWANG__V1__CONTRACT_KIND__CONTRACT_KIND_LICENCE)
		return;
	yw_judge_refuse(j, "bad_sub_kind", N_("belongs to another kind of contract"));
}

static void
check_price(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	bool stated = !yw_value_of(v->in, "asking_price_fen").absent;

	(void)rule;
	if (v->number == YIWANG__V1__PRICE_KIND__PRICE_KIND_ASKING && !stated)
		yw_judge_refuse(j, "missing_field", N_("asking_price_fen must be stated with it"));
	if ((v->number == YIWANG__V1__PRICE_KIND__PRICE_KIND_NEGOTIABLE ||
		v->number == YIWANG__V1__PRICE_KIND__PRICE_KIND_FREE) && stated)
		yw_judge_refuse(j, "price_without_asking", N_("no asking_price_fen goes with it"));
}

static void
check_outcome(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (v->number == YIWANG__V1__CORRECTION_OUTCOME__CORRECTION_OUTCOME_ACCEPTED &&
	    yw_value_of(v->in, "accepted_revision").absent)
		yw_judge_refuse(j, "missing_field", N_("accepted_revision must be stated with it"));
	if (v->number == YIWANG__V1__CORRECTION_OUTCOME__CORRECTION_OUTCOME_REFUSED &&
	    yw_value_of(v->in, "reason").absent)
		yw_judge_refuse(j, "missing_field", N_("a reason must be stated with it"));
}

static void
check_secrecy(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)rule;
	if (v->number == YIWANG__V1__SECRECY__SECRECY_INTERNAL && j->by->audience != NULL &&
	    j->by->audience->cls == YW_CLASS_UNCONDITIONAL)
		yw_judge_forbid(j, "internal_unconditional", N_("it is internal, and its class would show it to every node: give it as "
		    "conditional or not_shared"));
}

static void
check_required(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)v;
	yw_judge_refuse(j, rule->code != NULL ? rule->code : "missing_field", N_("must be stated"));
}

static void
check_told(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	int64_t status = yw_value_of(v->in, "status").number;

	(void)rule;
	if (j->by->told && (status == YIWANG__V1__CONTRACT_STATUS__CONTRACT_STATUS_CHANGED ||
	    status == YIWANG__V1__CONTRACT_STATUS__CONTRACT_STATUS_CANCELLED))
		yw_judge_refuse(j, "missing_field", N_("must be stated of a contract that is changed or cancelled"));
}

static void
check_asked(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	(void)v;
	yw_judge_note(j, rule->code, N_("not stated"));
}

void
yw_check(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v)
{
	static void (*const checks[])(struct yw_judge *, const struct yw_rule *, const struct yw_value *) = {
		[REQUIRED] = check_required, [ASKED] = check_asked, [TOLD] = check_told, [PERSON] = yw_check_person, [COUNT] = check_count,
		[LINE] = check_line, [LINES] = check_lines, [NUMBER] = yw_check_number,
		[REGISTRATION] = check_registration, [FORM] = check_form, [MEDIA_TYPE] = check_media_type,
		[PATENT] = check_patent, [DATE] = check_date, [MONTH] = check_month, [PAST] = check_past,
		[NOT_BEFORE] = check_not_before, [AMOUNT] = check_amount, [AT_MOST] = check_at_most,
		[BYTES] = check_bytes, [DIVISION] = check_division, [RECORD_ID] = check_record_id,
		[REFERENCE] = check_reference, [IDENTIFIER] = yw_check_identifier,
		[IDENTIFIED] = yw_check_identified, [SELLER] = yw_check_seller, [SUB_KIND] = check_sub_kind, [PRICE] = check_price,
		[OUTCOME] = check_outcome,
		[SECRECY] = check_secrecy,
	};

	checks[rule->check](j, rule, v);
}
