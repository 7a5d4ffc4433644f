/*
 * credit_test.c - real codes, the standard's own examples, and one change at every place.
 */
#include "record/credit.h"
#include "support/testing.h"

static enum yw_number_fault
credit(const char *text, char *expected)
{
	return yw_credit_code_check(text, strlen(text), expected);
}

static void
good_codes(void)
{
	static const char *const good[] = {
		"914403001922038216", "9132070070404786XB", "91320500608296911W", "913201911348723659",
		"91320000608398264T", "12100000466007597C",
		"91350100M000100Y43",	/* GB 32100-2015's example, corrected */
	};
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		YW_CHECK_MSG(credit(good[i], NULL) == YW_NUMBER_GOOD, "%s", good[i]);
}

static void
bad_codes(void)
{
	static const struct {
		const char *text;
		enum yw_number_fault fault;
		char expected;
	} bad[] = {
		{ "91350100M000100Y4Z", YW_NUMBER_ALPHABET, 0 },	/* the standard's counter-example */
		{ "914403001922038217", YW_NUMBER_CHECK, '6' },
		{ "12100000466001597C", YW_NUMBER_CHECK, '1' },
		{ "91310115MA1H8R7C6D", YW_NUMBER_CHECK, '7' },
		{ "91110000MA12345678", YW_NUMBER_CHECK, '9' },
		{ "91440101TEST000001", YW_NUMBER_ALPHABET, 0 },
		{ "91350100m000100y43", YW_NUMBER_LOWERCASE, 0 },
		{ "91350100m000100y44", YW_NUMBER_CHECK, '3' },
		{ "91440300192203821", YW_NUMBER_LENGTH, 0 },
		{ "9144030019220382160", YW_NUMBER_LENGTH, 0 },
		{ "", YW_NUMBER_LENGTH, 0 },
		{ "９144030019220382", YW_NUMBER_ALPHABET, 0 },	/* 18 bytes, a full-width digit */
	};
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		char expected = 0;

		YW_CHECK_MSG(credit(bad[i].text, &expected) == bad[i].fault && expected == bad[i].expected,
		    "%s", bad[i].text);
	}
}

/* Weights are never 0 mod 31 and 31 is prime: one changed character is always noticed. */
static void
every_single_change(void)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
	char code[] = "9132070070404786XB", was;
	size_t i, j;

	for (i = 0; i < YW_CREDIT_CODE_CHARS; i++) {
		was = code[i];
		for (j = 0; alphabet[j]; j++) {
			code[i] = alphabet[j];
			YW_CHECK_MSG((credit(code, NULL) == YW_NUMBER_GOOD) == (alphabet[j] == was), "%s", code);
		}
		for (j = 1; j < 256; j++) {
			code[i] = (char)j;
			YW_CHECK_MSG(strchr(alphabet, (int)j) || credit(code, NULL) != YW_NUMBER_GOOD, "%zu", j);
		}
		code[i] = was;
	}
	code[3] = '\0';
	YW_CHECK(yw_credit_code_check(code, YW_CREDIT_CODE_CHARS, NULL) == YW_NUMBER_ALPHABET);
}

static void
prefix_and_inner_code(void)
{
	/* 320602 is retired; the inner organisation code "12345678" + "A" is wrong: neither matters */
	char code[] = "91320602123456780?", expected = 0;

	code[17] = '0';
	if (credit(code, &expected) == YW_NUMBER_CHECK)
		code[17] = expected;
	YW_CHECK(credit(code, NULL) == YW_NUMBER_GOOD);
	YW_CHECK(yw_organisation_code_check(code + 8, 9, &expected) == YW_NUMBER_CHECK && expected == '8');
}

/* The inner codes of the real codes above are the facts: 70404786-X, 60829691-1, 46600759-7. */
static void
organisation_codes(void)
{
	static const char *const good[] = { "70404786X", "608296911", "466007597", "134872365", "192203821" };
	char expected = 0;
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++)
		YW_CHECK_MSG(yw_organisation_code_check(good[i], 9, NULL) == YW_NUMBER_GOOD, "%s", good[i]);
	YW_CHECK(yw_organisation_code_check("70404786x", 9, NULL) == YW_NUMBER_LOWERCASE);
	YW_CHECK(yw_organisation_code_check("704047860", 9, &expected) == YW_NUMBER_CHECK && expected == 'X');
	YW_CHECK(yw_organisation_code_check("70404786-X", 10, NULL) == YW_NUMBER_LENGTH);
	YW_CHECK(yw_organisation_code_check("7040478-X", 9, NULL) == YW_NUMBER_ALPHABET);
}

static void
plain_digits(void)
{
	static const size_t lengths[] = { 16, 14, 0 };

	YW_CHECK(yw_digits_check("2021320100000001", 16, lengths) == YW_NUMBER_GOOD);
	YW_CHECK(yw_digits_check("21320100000001", 14, lengths) == YW_NUMBER_GOOD);
	YW_CHECK(yw_digits_check("202132010000000", 15, lengths) == YW_NUMBER_LENGTH);
	YW_CHECK(yw_digits_check("", 0, lengths) == YW_NUMBER_LENGTH);
	YW_CHECK(yw_digits_check("2.02132E+15", 11, lengths) == YW_NUMBER_ALPHABET);
}

/* The example of GB 11643-1999, 11010519491231002X; the other passes as a credit code too. */
static void
identity_numbers(void)
{
	static const char *const yes[] = { "11010519491231002X", "11010519491231002x", "320583198001010219" };
	static const char *const no[] = { "110105194912310021", "110105194913310005", "110105194912000005", "110105224912310008",
		"1101051949123100X2", "1101051949123102X", "11010519491231002XX", "91320102244230486P", "12100000466007597C",
		"914403001922038216", "" };
	size_t i;

	for (i = 0; i < sizeof yes / sizeof *yes; i++)
		YW_CHECK_MSG(yw_is_identity_number(yes[i], strlen(yes[i])), "%s", yes[i]);
	YW_CHECK(yw_credit_code_check(yes[2], 18, NULL) == YW_NUMBER_GOOD);
	for (i = 0; i < sizeof no / sizeof *no; i++)
		YW_CHECK_MSG(!yw_is_identity_number(no[i], strlen(no[i])), "%s", no[i]);
}

static void
persons_named(void)
{
	static const char *const yes[] = { "11010519491231002X", "王某（11010519491231002x）", "0 11010519491231002X", "a11010519491231002Xb",
		"１１０１０５１９４９１２３１００２Ｘ", "证１１０１０５19491231002ｘ号", "320583198001010219,", "12345678901234567890 11010519491231002X" };
	static const char *const no[] = { "", "1", "011010519491231002X", "11010519491231002X1", "3205831980010102190", "1320583198001010219",
		"11010519491231002\xef\xbc", "11010519491231002\xef\xbc\x80", "1101051949123100 2X", "110105194912310021" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		YW_CHECK_MSG(yw_names_person(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		YW_CHECK_MSG(!yw_names_person(no[i]), "%s", no[i]);
}

/* The example of GS 15-2006, 110108000000016; all real registration numbers here have their check digit, some a day too. */
static void
old_identity_numbers(void)
{
	static const char *const yes[] = { "130503670401001", "320583800101021", "320102000101003", "820102991231999" };
	static const char *const no[] = { "110108000000016", "320583000002094", "320483000118690", "320684000131056",
		"110105491231002" /* a person's, which passes by chance */, "320583000002095" /* a wrong check, and no day */, "320583801301021",
		"320583800132021", "320583800001021", "320583800100021", "920583800101021", "020583800101021", "320083800101021",
		"320500800101021", "32058380010102", "3205838001010211", "32058380010102X", "" };
	size_t i;

	for (i = 0; i < sizeof yes / sizeof *yes; i++)
		YW_CHECK_MSG(yw_is_old_identity_number(yes[i], strlen(yes[i])), "%s", yes[i]);
	for (i = 0; i < sizeof no / sizeof *no; i++)
		YW_CHECK_MSG(!yw_is_old_identity_number(no[i], strlen(no[i])), "%s", no[i]);
}

static void
mangled(void)
{
	YW_CHECK(yw_is_mangled_number("2.02132E+15") && yw_is_mangled_number("2.0e+9") && yw_is_mangled_number("2E+1"));
	YW_CHECK(!yw_is_mangled_number("2021320100010001") && !yw_is_mangled_number("E+15"));
	YW_CHECK(!yw_is_mangled_number("") && !yw_is_mangled_number("2E") && !yw_is_mangled_number("2E+"));
	YW_CHECK(!yw_is_mangled_number("2E+1x") && !yw_is_mangled_number("91320E15"));
}

YW_TESTS({ "B5 numbers that a spreadsheet has damaged", mangled },
    { "B5 a person's old number is told from an organisation's by a day and a check digit", old_identity_numbers },
    { "B5 a person's number is known from an organisation's", identity_numbers }, { "B5 a person's number in a text", persons_named },
    { "B5 credit codes that pass", good_codes }, { "B5 credit codes that fail, and why", bad_codes },
    { "B5 every single change of a credit code is noticed", every_single_change },
    { "B5 prefix and inner code refuse nothing", prefix_and_inner_code },
    { "B5 organisation codes", organisation_codes }, { "B5 plain numbers", plain_digits })
