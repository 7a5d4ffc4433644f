/*
 * value_test.c - cells as spreadsheets write them, and as they damage them.
 */
#include "import/value.h"
#include "support/testing.h"

static void
dates(void)
{
	static const char *const good[] = { "2021/3/5", "2021-03-05", "2021年3月5日", "２０２１－０３－０５" };
	static const struct { const char *text; enum yw_code code; } bad[] = {
		{ "", YW_EFORMAT }, { "44260", YW_EFORMAT }, { "2021/3-5", YW_EFORMAT },
		{ "2021-03-05 ", YW_EFORMAT }, { "2021年3月5", YW_EFORMAT }, { "2021-003-05", YW_EFORMAT },
		{ "0000-00-00", YW_EINVAL }, { "2021-02-29", YW_EINVAL }, { "1900-02-29", YW_EINVAL },
		{ "2021-13-01", YW_EINVAL }, { "2021-04-31", YW_EINVAL }, { "21-04-30", YW_EINVAL },
	};
	struct yw_import_date d;
	size_t i;

	for (i = 0; i < sizeof good / sizeof *good; i++) {
		YW_PASS(yw_import_date(good[i], &d, NULL));
		YW_CHECK(d.year == 2021 && d.month == 3 && d.day == 5);
	}
	YW_PASS(yw_import_date("2000-02-29", &d, NULL));
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(yw_import_date(bad[i].text, &d, NULL) == bad[i].code, "'%s'", bad[i].text);
}

static void
money(void)
{
	static const char *const bad[] = { "", ".", "1.", ".5", "-1", "+1", "1,000", "1.001", "1e3", "1元", "1 " };
	int64_t fen;
	size_t i;

	YW_PASS(yw_import_money("1234.5", YW_IMPORT_YUAN, &fen, NULL));
	YW_CHECK(fen == 123450);
	YW_PASS(yw_import_money("１２．３４０", YW_IMPORT_YUAN, &fen, NULL));
	YW_CHECK(fen == 1234);
	YW_PASS(yw_import_money("0.000001", YW_IMPORT_WAN_YUAN, &fen, NULL));
	YW_CHECK(fen == 1);
	YW_PASS(yw_import_money("92233720368547758.07", YW_IMPORT_YUAN, &fen, NULL));
	YW_CHECK(fen == INT64_MAX);
	YW_FAILS(yw_import_money("92233720368547758.08", YW_IMPORT_YUAN, &fen, NULL), YW_ELIMIT);
	YW_FAILS(yw_import_money("99999999999999999999", YW_IMPORT_YUAN, &fen, NULL), YW_ELIMIT);
	YW_FAILS(yw_import_money("0.0000001", YW_IMPORT_WAN_YUAN, &fen, NULL), YW_EFORMAT);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		YW_CHECK_MSG(yw_import_money(bad[i], YW_IMPORT_YUAN, &fen, NULL) == YW_EFORMAT, "'%s'", bad[i]);
}

static void
mangled(void)
{
	YW_CHECK(yw_import_is_mangled("2.02132E+15") && yw_import_is_mangled("２.0e+9"));
	YW_CHECK(!yw_import_is_mangled("2021320100010001") && !yw_import_is_mangled("E+15"));
	YW_CHECK(!yw_import_is_mangled("") && !yw_import_is_mangled("2E") && !yw_import_is_mangled("2E+1x"));
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

YW_TESTS({ "dates", dates }, { "B5 money is whole fen", money }, { "mangled numbers", mangled },
    { "B5 a local id is opaque and the same again", local_id })
