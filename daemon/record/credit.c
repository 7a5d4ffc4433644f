/*
 * credit.c - check characters of GB 32100-2015 (mod 31, weights 3^i), GB 11714 and GB 11643 (mod 11), GB/T 17710 (MOD 11,10).
 */
#include "record/credit.h"

#include <string.h>

#include "base/text.h"

static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";	/* no I O S V Z */

/* -1: not in the alphabet. */
static int
credit_value(char c)
{
	const char *p = c ? strchr(credit_alphabet, c) : NULL;

	return p != NULL ? (int)(p - credit_alphabet) : -1;
}

static int
organisation_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

/* Capitals of what is at most YW_CREDIT_CODE_CHARS long; true if there was a small letter. */
static bool
capitals(const char *text, size_t len, char out[static YW_CREDIT_CODE_CHARS])
{
	bool any = false;
	size_t i;

	for (i = 0; i < len; i++) {
		bool small = text[i] >= 'a' && text[i] <= 'z';

		out[i] = small ? (char)(text[i] - 'a' + 'A') : text[i];
		any |= small;
	}
	return any;
}

static enum yw_number_fault
compare(char is, char should_be, bool lowercase, char *expected)
{
	if (is != should_be) {
		if (expected != NULL)
			*expected = should_be;
		return YW_NUMBER_CHECK;
	}
	return lowercase ? YW_NUMBER_LOWERCASE : YW_NUMBER_GOOD;
}

enum yw_number_fault
yw_credit_code_check(const char *text, size_t len, char *expected)
{
	char code[YW_CREDIT_CODE_CHARS];
	unsigned sum = 0, weight = 1;
	bool lowercase;
	size_t i;

	if (len != YW_CREDIT_CODE_CHARS)
		return YW_NUMBER_LENGTH;
	lowercase = capitals(text, len, code);
	for (i = 0; i < YW_CREDIT_CODE_CHARS; i++) {
		int v = credit_value(code[i]);

		if (v < 0)
			return YW_NUMBER_ALPHABET;
		if (i < YW_CREDIT_CODE_CHARS - 1)
			sum += (unsigned)v * weight;
		weight = weight * 3 % 31;
	}
	/* "mod 31" once more: a sum of 0 would give 31, which is no character */
	return compare(code[i - 1], credit_alphabet[(31 - sum % 31) % 31], lowercase, expected);
}

enum yw_number_fault
yw_organisation_code_check(const char *text, size_t len, char *expected)
{
	static const unsigned weights[] = { 3, 7, 9, 10, 5, 8, 4, 2 };
	char code[YW_CREDIT_CODE_CHARS];
	unsigned sum = 0;
	bool lowercase;
	size_t i;

	if (len != YW_ORGANISATION_CODE_CHARS)
		return YW_NUMBER_LENGTH;
	lowercase = capitals(text, len, code);
	for (i = 0; i < YW_ORGANISATION_CODE_CHARS; i++) {
		int v = organisation_value(code[i]);

		if (v < 0)
			return YW_NUMBER_ALPHABET;
		if (i < YW_ORGANISATION_CODE_CHARS - 1)
			sum += (unsigned)v * weights[i];
	}
	return compare(code[i - 1], "0X987654321"[sum % 11], lowercase, expected);
}

enum yw_number_fault
yw_digits_check(const char *text, size_t len, const size_t *lengths)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return YW_NUMBER_ALPHABET;
	while (*lengths != 0)
		if (len == *lengths++)
			return YW_NUMBER_GOOD;
	return YW_NUMBER_LENGTH;
}

static unsigned
two_digits(const char *p)
{
	return (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
}

/* Month and day, after a region's code whose first digit is 1 to 8. */
static bool
is_born(const char *region, const char *day_of_year)
{
	unsigned month = two_digits(day_of_year), day = two_digits(day_of_year + 2);

	return region[0] >= '1' && region[0] <= '8' && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool
yw_is_identity_number(const char *text, size_t len)
{
	unsigned sum = 0, weight = 1;
	char last;
	size_t i;

	if (len != YW_IDENTITY_NUMBER_CHARS)
		return false;
	for (i = YW_IDENTITY_NUMBER_CHARS - 1; i > 0; i--) {	/* weights are the powers of 2, from the end */
		if (text[i - 1] < '0' || text[i - 1] > '9')
			return false;
		weight = weight * 2 % 11;
		sum += (unsigned)(text[i - 1] - '0') * weight;
	}
	last = text[YW_IDENTITY_NUMBER_CHARS - 1] == 'x' ? 'X' : text[YW_IDENTITY_NUMBER_CHARS - 1];
	return two_digits(text + 6) >= 19 && two_digits(text + 6) <= 21 && is_born(text, text + 10) && last == "10X98765432"[sum % 11];
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool
yw_names_person(const char *text)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
	char number[YW_IDENTITY_NUMBER_CHARS], c;	/* the digits before p, and what stands there */
	size_t len, digits = 0;
	bool whole = false;				/* there are as many as one has */

	for (; p < end; p += len) {
		c = yw_text_plain(p, (size_t)(end - p), &len);
		if (whole && !is_digit(c) && yw_is_identity_number(number, sizeof number))
			return true;
		whole = digits == sizeof number - 1;
		if (digits < sizeof number)
			number[digits] = c;
		digits = is_digit(c) ? digits + 1 : 0;
	}
	return whole && yw_is_identity_number(number, sizeof number);
}

/* MOD 11,10: each digit is added in the ring of 10 without a 0, and doubled in that of 11; the last one makes it 1. */
static bool
is_registration_number(const char *text)
{
	unsigned p = 10, sum;

	for (size_t i = 0; i + 1 < YW_REGISTRATION_CHARS; i++) {
		sum = (p + (unsigned)(text[i] - '0')) % 10;
		p = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (p + (unsigned)(text[YW_REGISTRATION_CHARS - 1] - '0')) % 10 == 1;
}

bool
yw_is_old_identity_number(const char *text, size_t len)
{
	static const size_t lengths[] = { YW_REGISTRATION_CHARS, 0 };

	return yw_digits_check(text, len, lengths) == YW_NUMBER_GOOD && two_digits(text + 2) != 0 && two_digits(text + 4) != 0 &&
	    is_born(text, text + 8) && !is_registration_number(text);
}

bool
yw_is_mangled_number(const char *text)
{
	size_t n = strspn(text, "0123456789.");

	if (n == 0 || (text[n] != 'E' && text[n] != 'e') || text[n + 1] != '+')
		return false;
	return text[n + 2] && text[n + 2 + strspn(text + n + 2, "0123456789")] == '\0';
}
