/*
 * credit.h - the numbers by which organisations are known, checked as far as their standards allow, and that by which
 * persons are, which is to be kept out.
 *
 * What is not checked is left out on purpose: real credit codes carry divisions that are long retired
 * and now and then an inner organisation code whose own check is wrong, so neither refuses a code and
 * no place is ever derived from one.
 */
#ifndef YW_RECORD_CREDIT_H
#define YW_RECORD_CREDIT_H

#include <stdbool.h>
#include <stddef.h>

#define YW_CREDIT_CODE_CHARS 18
#define YW_ORGANISATION_CODE_CHARS 9
#define YW_REGISTRATION_CHARS 15
#define YW_IDENTITY_NUMBER_CHARS 18

enum yw_number_fault {
	YW_NUMBER_GOOD,
	YW_NUMBER_LENGTH,	/* not as many characters as the scheme asks */
	YW_NUMBER_LOWERCASE,	/* good but for small letters */
	YW_NUMBER_ALPHABET,	/* a character that the scheme does not know */
	YW_NUMBER_CHECK		/* the check character disagrees */
};

/*
 * GB 32100-2015: length, alphabet, check character.  Where the fault is YW_NUMBER_CHECK, *expected is
 * the character that would agree (expected may be NULL).
 */
enum yw_number_fault yw_credit_code_check(const char *text, size_t len, char *expected);

/* GB 11714: eight characters and their check character, without a dash. */
enum yw_number_fault yw_organisation_code_check(const char *text, size_t len, char *expected);

/* A number of exactly one of the given lengths, ASCII digits only; lengths ends with 0. */
enum yw_number_fault yw_digits_check(const char *text, size_t len, const size_t *lengths);

/* A spreadsheet turned a long number into "2.02132E+15": its last digits are lost. */
bool yw_is_mangled_number(const char *text);

/*
 * GB 11643, a resident's identity number: 17 digits, a day of birth among them, and the check character.  A credit code may
 * look like one by chance (one in some 10,000 of those that do not begin with 9, as companies' do): it is then taken for one.
 */
bool yw_is_identity_number(const char *text, size_t len);

/* Does one stand in a text, by itself: not as part of a longer number?  In full-width digits too. */
bool yw_names_person(const char *text);

/*
 * Such a number as it was until 1999: 15 digits, a county's code and a day of birth among them, without a check character.  An old
 * registration number has as many, and may have a day among them too; its last digit checks the others (GS 15-2006, by MOD 11,10
 * of GB/T 17710).  So one whose check agrees is an organisation's; one in ten identity numbers passes for that, which nothing tells.
 * A tax number of before 2015 (a county's code and an organisation code) has a day among its digits in 3 of 100 and is then taken
 * for a person's: rather that than a person in a log that nobody can shorten.
 */
bool yw_is_old_identity_number(const char *text, size_t len);

#endif
