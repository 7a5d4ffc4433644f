/*
 * value_test.c - cells as spreadsheets write them, and as they damage them.
 */
#include "import/reason.h"
#include "import/value.h"
#include "support/testing.h"

/* A word that the table of reasons has, and the one that was expected. */
static bool
is(const char *got, const char *want)
{
	if (!want || !got)
		return want == got;
	return strcmp(got, want) == 0 && strcmp(yw_import_reason(got)->code, got) == 0;
}

static void
dates(void)
{
	static const struct { const char *text; unsigned forms; const char *want, *wrong; bool other; } cases[] = {
		{ "2021-03-05", YW_IMPORT_YMD, "2021-03-05", NULL, false },
		{ "2021/3/5", YW_IMPORT_YMD, "2021-03-05", NULL, true },
		{ "2021-3-5", YW_IMPORT_YMD, "2021-03-05", NULL, true },
		{ "2021年3月5日", YW_IMPORT_YMD, "2021-03-05", NULL, true },
		{ "2000-02-29", YW_IMPORT_YMD, "2000-02-29", NULL, false },
		{ "9999-12-31", YW_IMPORT_YMD, "9999-12-31", NULL, false },
		{ "1900-01-01", YW_IMPORT_YMD, "1900-01-01", NULL, false },
		{ "03/05/2021", YW_IMPORT_MDY, "2021-03-05", NULL, true },
		{ "2021-03-05", YW_IMPORT_YMD | YW_IMPORT_MDY, "2021-03-05", NULL, false },
		{ "3/5/2021", YW_IMPORT_YMD | YW_IMPORT_MDY, "2021-03-05", NULL, true },
		{ "2021-03-05", YW_IMPORT_MDY, NULL, "bad_date", false },
		{ "03/05/2021", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "44260", YW_IMPORT_YMD, NULL, "date_excel_serial", false },
		{ "44260.5", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "20210305", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "2021/3-5", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "2021-03-05 ", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "2021年3月5", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "2021-003-05", YW_IMPORT_YMD, NULL, "bad_date", false },
		{ "0000-00-00", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "1899-12-31", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "2021-02-29", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "1900-02-29", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "2021-13-01", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "2021-04-31", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "2021-04-00", YW_IMPORT_YMD, NULL, "impossible_date", false },
		{ "21-04-30", YW_IMPORT_YMD, NULL, "date_two_digit_year", false },
		{ "04/30/21", YW_IMPORT_MDY, NULL, "date_two_digit_year", false },
	};
	struct yw_import_date d;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		bool other = false;
		const char *wrong = yw_import_date(cases[i].text, cases[i].forms, &d, &other);

		YW_CHECK_MSG(is(wrong, cases[i].wrong), "'%s': %s", cases[i].text, wrong ? wrong : "taken");
		if (!wrong)
			YW_CHECK_MSG(strcmp(d.text, cases[i].want) == 0 && other == cases[i].other, "'%s': %s",
			    cases[i].text, d.text);
	}
}

static void
money(void)
{
	static const struct { const char *text; enum yw_import_unit unit; int64_t fen; const char *wrong; } cases[] = {
		{ "1234.5", YW_IMPORT_YUAN, 123450, NULL },
		{ "0", YW_IMPORT_YUAN, 0, NULL },
		{ "12.340", YW_IMPORT_YUAN, 1234, NULL },
		{ "0.000001", YW_IMPORT_WAN_YUAN, 1, NULL },
		{ "12.5", YW_IMPORT_WAN_YUAN, 12500000, NULL },
		{ "92233720368547758.07", YW_IMPORT_YUAN, INT64_MAX, NULL },
		{ "92233720368547758.08", YW_IMPORT_YUAN, 0, "amount_overflow" },
		{ "99999999999999999999", YW_IMPORT_YUAN, 0, "amount_overflow" },
		{ "9223372036855", YW_IMPORT_WAN_YUAN, 0, "amount_overflow" },
		{ "0.0000001", YW_IMPORT_WAN_YUAN, 0, "amount_too_precise" },
		{ "1.001", YW_IMPORT_YUAN, 0, "amount_too_precise" },
		{ "-1", YW_IMPORT_YUAN, 0, "negative_amount" },
		{ "8.80万元", YW_IMPORT_WAN_YUAN, 0, "amount_unit_text" },
		{ "1元", YW_IMPORT_YUAN, 0, "amount_unit_text" },
		{ "", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ ".", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "1.", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ ".5", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "+1", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "-", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "1,000", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "1e3", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "1 ", YW_IMPORT_YUAN, 0, "bad_amount" },
		{ "1.2.3", YW_IMPORT_YUAN, 0, "bad_amount" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t fen = -1;
		const char *wrong = yw_import_money(cases[i].text, cases[i].unit, &fen);

		YW_CHECK_MSG(is(wrong, cases[i].wrong), "'%s': %s", cases[i].text, wrong ? wrong : "taken");
		YW_CHECK_MSG(fen == (wrong ? -1 : cases[i].fen), "'%s': %lld", cases[i].text, (long long)fen);
	}
}

static void
numbers(void)
{
	static const char *const bad[] = { "", "-1", "1.0", "4294967296", "99999999999", "1 ", "a" };
	uint32_t v = 0;
	size_t i;

	YW_CHECK(!yw_import_number("4294967295", &v) && v == UINT32_MAX);
	YW_CHECK(!yw_import_number("007", &v) && v == 7);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(is(yw_import_number(bad[i], &v), "bad_number"), "'%s'", bad[i]);
	YW_CHECK(v == 7);
}

static void
folding(void)
{
	static const struct { const char *text, *want; bool any; } cases[] = {
		{ "", "", false }, { "2021 中", "2021 中", false }, { "２０２１", "2021", true },
		{ "Ａｂ／１．５－", "Ab/1.5-", true }, { "１　２", "1　2", true }, { "｟", "｟", false },
		{ "！～", "!~", true },
	};
	struct yw_buf out = YW_BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		yw_buf_clear(&out);
		YW_CHECK(yw_import_fold(yw_bytes_str(cases[i].text), &out) == cases[i].any);
		YW_CHECK_MSG(strcmp(yw_buf_str(&out), cases[i].want) == 0, "'%s'", yw_buf_str(&out));
	}
	yw_buf_release(&out);
}

static void
schemes(void)
{
	static const struct { const char *text, *scheme; } cases[] = {
		{ "91320102244230486P", "credit_code" }, { "320583000002094", "registration_15" },
		{ "3202111100667", "registration_13" }, { "244230486", "organisation_code" },
		{ "24423048-6", "organisation_code" }, { "2442304860", "credit_code" }, { "9132010224423048", "credit_code" },
		{ "32058300000209A", "credit_code" }, { "企合苏锡总字第0001", "credit_code" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		YW_CHECK_MSG(strcmp(yw_import_scheme(cases[i].text), cases[i].scheme) == 0, "'%s'", cases[i].text);
}

static void
local_id(void)
{
	const struct yw_bytes ab_c[] = { YW_BYTES_LIT("ab"), YW_BYTES_LIT("c") };
	const struct yw_bytes a_bc[] = { YW_BYTES_LIT("a"), YW_BYTES_LIT("bc") };
	uint8_t key[32] = { 1 }, other[32] = { 2 };
	char id[4][YW_IMPORT_LOCAL_ID_CHARS + 1], again[YW_IMPORT_LOCAL_ID_CHARS + 1];
	size_t i, j;

	YW_PASS(yw_import_local_id(key, "contract", ab_c, 2, id[0], NULL));
	YW_PASS(yw_import_local_id(key, "contract", a_bc, 2, id[1], NULL));
	YW_PASS(yw_import_local_id(key, "demand", ab_c, 2, id[2], NULL));
	YW_PASS(yw_import_local_id(other, "contract", ab_c, 2, id[3], NULL));
	YW_PASS(yw_import_local_id(key, "contract", ab_c, 2, again, NULL));
	YW_CHECK(strcmp(id[0], again) == 0);
	for (i = 0; i < 4; i++) {
		YW_CHECK(strspn(id[i], "abcdefghijklmnopqrstuvwxyz234567") == YW_IMPORT_LOCAL_ID_CHARS);
		for (j = 0; j < i; j++)
			YW_CHECK(strcmp(id[i], id[j]) != 0);
	}
	YW_FAILS(yw_import_local_id(key, "contract", ab_c, 0, again, NULL), YW_ELIMIT);
	YW_FAILS(yw_import_local_id(key, "contract", ab_c, YW_IMPORT_IDENTITY_MAX + 1, again, NULL), YW_ELIMIT);
}

/*
 * An answer made elsewhere, every byte of the key being another one.  Python 3, where parts are kind and columns:
 *	m = b"".join(struct.pack(">Q", len(p)) + p for p in parts)
 *	base64.b32encode(hmac.new(bytes(range(32)), m, "sha256").digest()[:16]).decode().lower().rstrip("=")
 */
static void
local_id_known(void)
{
	const struct yw_bytes columns[] = { YW_BYTES_LIT("南京"), YW_BYTES_LIT("2021-7") };
	char id[YW_IMPORT_LOCAL_ID_CHARS + 1];
	uint8_t key[32];

	for (uint8_t i = 0; i < sizeof key; i++)
		key[i] = i;
	YW_PASS(yw_import_local_id(key, "contract", columns, 2, id, NULL));
	YW_CHECK_MSG(strcmp(id, "goonzgkoxff4bsafwbpsgzhwly") == 0, "%s", id);
}

YW_TESTS({ "dates in the forms of offices", dates }, { "B5 money is whole fen", money },
    { "whole numbers", numbers }, { "full-width characters become plain ones", folding },
    { "schemes of identifiers by their shape", schemes },
    { "B5 a local id is opaque and the same again", local_id },
    { "B5 a local id that another program made", local_id_known })
